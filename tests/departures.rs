//! Messages that differ from the standards are refused, unless a departure accepts them from their initiator.

#[path = "scenario/world.rs"]
#[expect(dead_code, reason = "each test uses a part of the world")]
mod world;

use eccsi_sakke::mikey::{
    self, Certificate, CryptoSession, CsIdMap, Departure, Departures, Expected, Extension, Header,
    IMessage, IdScheme, Identity, MemoryCache, MessageType, Parameters, Payload, Prf, Role,
    SakkePayload, SecurityPolicy, Sign, SrtpStream, Timestamp, User,
};
use eccsi_sakke::mission_critical::{
    Anonymous, CALL_POLICY, CryptoSessions, CsId, Delivery, Error, Group, Held, Hiding, Key,
    KeyName, KeyParameters, KeyStore, MemoryStore, ParametersHeader, Policy, Purpose, Received,
    Reception, Status,
};
use eccsi_sakke::sakke::{self, Encapsulation, LeadingZeros, SharedSecret};
use eccsi_sakke::{Identifier, KeyPeriods, KmsUri, UserUri, hazmat};

use world::{Domain, at, clock, home, rng, store};

const NOW: u64 = 3_970_000_000;
/// A time in key period 1545.
const ZEROS: u64 = 1545 * 2_592_000;
const GMS: &str = "sip:gms@example.org";
const ALICE: &str = "sip:alice@example.org";
const BOB: &str = "sip:bob@example.org";
const GROUP: &[u8] = b"sip:group@example.org";

/// A message of another implementation, payload by payload.
struct Sent<'a> {
    from: &'a str,
    to: &'a str,
    key: Key,
    map: CsIdMap<'a>,
    policies: Vec<SecurityPolicy<'a>>,
    certificates: Vec<Certificate<'a>>,
    /// The content of the SAKKE payload, if it is not the encapsulation of the key.
    data: Option<Vec<u8>>,
    parameters: Option<Vec<u8>>,
    to_self: Option<Vec<u8>>,
    hidden: bool,
    time: u64,
}

impl<'a> Sent<'a> {
    fn new(purpose: Purpose) -> Self {
        let from = if purpose == Purpose::Gmk { GMS } else { ALICE };
        Self {
            from,
            to: BOB,
            key: Key::generate(purpose, &mut rng()),
            map: CsIdMap::Empty,
            policies: Vec::new(),
            certificates: Vec::new(),
            data: None,
            parameters: None,
            to_self: None,
            hidden: false,
            time: NOW,
        }
    }

    fn csb_id(&self) -> u32 {
        self.key.user_id(UserUri(self.to)).expect("an identifier").value()
    }

    fn sealed(mut self, parameters: &KeyParameters) -> Self {
        let header = ParametersHeader::new(5, [7; 16], self.csb_id());
        self.parameters = Some(header.seal(parameters, self.key.secret()).expect("sealed"));
        self
    }

    fn octets(&self, domain: &Domain) -> Vec<u8> {
        let uid = domain.kms.user(self.from).identifier(at(self.time)).expect("a UID");
        let own = domain.encapsulation(self.to, self.time, self.key.secret());
        let data = self.data.as_deref().unwrap_or(own.as_bytes());
        let header = Header {
            message_type: MessageType::Sakke,
            v: false,
            prf: Prf::HmacSha256,
            csb_id: self.csb_id(),
            map: self.map,
        };
        let mut identities = domain.identities(self.from, self.to);
        if self.hidden {
            identities[0] = (Role::InitiatorUid, Identity::uri(&uid));
        }
        let mut payloads = vec![
            Payload::Timestamp(Timestamp::from_time(at(self.time))),
            Payload::Rand(self.key.rand().expect("a RAND")),
        ];
        payloads.extend(identities.map(|(role, identity)| Payload::Role(role, identity)));
        payloads.extend(self.certificates.iter().map(|one| Payload::Certificate(*one)));
        payloads.extend(self.policies.iter().map(|policy| Payload::Policy(*policy)));
        payloads.push(Payload::Sakke(SakkePayload { parameters: 1, id_scheme: 2, data }));
        if let Some(data) = &self.parameters {
            payloads.push(Payload::Extension(Extension { kind: Extension::KEY_PARAMETERS, data }));
        }
        if let Some(data) = &self.to_self {
            payloads.push(Payload::Extension(Extension { kind: Extension::SAKKE_TO_SELF, data }));
        }
        let sign = |signature: &[u8; 129]| {
            let mut builder = mikey::Builder::new(&header).expect("a header");
            payloads.iter().for_each(|payload| builder.push(payload).expect("a payload"));
            let sign = Sign { kind: 2, signature };
            builder.push(&Payload::Sign(sign)).expect("a payload");
            builder.finish()
        };
        let unsigned = sign(&[0; 129]);
        let covered = &unsigned[..unsigned.len() - 129];
        let key = domain.signing_key(self.from, self.time);
        sign(&key.sign(&mut rng(), covered).expect("signed").to_bytes())
    }
}

fn received<'a>(
    domain: &'a Domain,
    sent: &Sent<'_>,
    departures: &[Departure],
    store: &mut MemoryStore,
) -> Result<Received, Error> {
    let from = if sent.key.purpose() == Purpose::Gmk { GMS } else { ALICE };
    let [from, to]: [User<'a>; 2] = [from, BOB].map(|uri| domain.kms.user(uri));
    let expected = Expected { departures: Departures::of(departures), ..Expected::new(from, to) };
    let reception = Reception::new(expected, clock(NOW));
    let octets = sent.octets(domain);
    let key = domain.receiver_key(BOB, NOW);
    match sent.key.purpose() {
        Purpose::Gmk => reception.gmk(&octets, GROUP, store, &key),
        purpose => reception.receive(purpose, &octets, store, &key),
    }
}

/// Checks that a message is refused for this reason, even if all other departures are accepted, and that it is accepted
/// with this departure, which the key then reports.
fn only_by(domain: &Domain, sent: &Sent<'_>, departure: Departure, refusal: Error) -> Received {
    let others: Vec<Departure> = ALL.into_iter().filter(|other| *other != departure).collect();
    for accepted in [&[][..], &others] {
        let refused = received(domain, sent, accepted, &mut store());
        assert_eq!(refused.err(), Some(refusal), "{departure:?} by {accepted:?}");
    }
    let all = received(domain, sent, &ALL, &mut store()).expect("a key");
    let taken = received(domain, sent, &[departure], &mut store()).expect("a key");
    assert_eq!(taken.departures(), Departures::of(&[departure]));
    assert_eq!(taken.departures(), all.departures());
    assert_eq!(taken.key().secret().as_bytes(), sent.key.secret().as_bytes());
    assert_eq!(taken.key().id(), sent.key.id());
    taken
}

const ALL: [Departure; 11] = [
    Departure::SignHeaderUnsigned,
    Departure::ShortH,
    Departure::StrippedW,
    Departure::MissingPolicy,
    Departure::SrtpIdMap,
    Departure::SrtpIdMapOfGmk,
    Departure::ParametersInClear,
    Departure::GmkParametersInClear,
    Departure::GmkWithoutParameters,
    Departure::NoGroupNamed,
    Departure::NoRevocation,
];

fn policy(number: u8, parameters: &'static Policy) -> SecurityPolicy<'static> {
    SecurityPolicy { number, protocol: 0, parameters: Parameters::from(parameters) }
}

const SESSION: CryptoSession<'static> = CryptoSession {
    cs_id: 0,
    protocol: 0,
    s: false,
    policies: &[0],
    session_data: &[0, 0, 0, 7],
    spi: &[],
};

fn group_parameters() -> KeyParameters {
    KeyParameters { groups: vec![Group::new(GROUP)], ..KeyParameters::new(Purpose::Gmk) }
}

#[test]
fn a_set_of_departures_is_what_it_was_made_of() {
    let two = Departures::of(&[Departure::NoRevocation, Departure::ShortH]);
    assert!(two.iter().eq([Departure::ShortH, Departure::NoRevocation]));
    assert_eq!(format!("{two:?}"), "{ShortH, NoRevocation}");
    assert!(Departures::NONE.is_empty() && !two.is_empty());
    assert_eq!(two.and(Departures::of(&[Departure::SrtpIdMap])).iter().count(), 3);
    assert_eq!(two.and(two), two);
    let others = Departures::of(&[Departure::ShortH, Departure::StrippedW]);
    assert_eq!(two.of_both(others), Departures::of(&[Departure::ShortH]));
}

#[test]
fn certificates_are_signed_over_and_ignored() {
    let domain = home();
    let sent = Sent {
        certificates: vec![
            Certificate { kind: 0, data: b"X.509" },
            Certificate { kind: 1, data: b"" },
        ],
        ..Sent::new(Purpose::Pck)
    };
    let octets = sent.octets(&domain);
    let message = IMessage::decode(&octets).expect("a message");
    let kept = message.message().payloads().filter_map(|payload| match payload {
        Payload::Certificate(certificate) => Some(certificate),
        _ => None,
    });
    assert!(kept.eq(sent.certificates.iter().copied()));
    received(&domain, &sent, &[], &mut store()).expect("a key");
    // A change in the certificate breaks the signature.
    let place = octets.windows(5).position(|octets| octets == b"X.509").expect("it is there");
    let mut altered = octets;
    altered[place] ^= 1;
    let expected = Expected::new(domain.kms.user(ALICE), domain.kms.user(BOB));
    let reception = Reception::new(expected, clock(NOW));
    let key = domain.receiver_key(BOB, NOW);
    let refused = reception.pck(&altered, &mut store(), &key);
    assert_eq!(refused.err(), Some(mikey::Error::Signature.into()));
}

#[test]
fn a_policy_that_is_not_there_is_the_default_by_a_departure() {
    let domain = home();
    for policies in [&[0][..], &[]] {
        let sessions = [CryptoSession { policies, ..SESSION }];
        let map = CsIdMap::GenericId((&sessions).into());
        let sent = Sent { map, ..Sent::new(Purpose::Pck) };
        let taken = only_by(&domain, &sent, Departure::MissingPolicy, Error::Profile);
        assert!(taken.srtp(CsId::MCPTT_CALLER, at(NOW)).is_ok());
        assert_eq!(taken.crypto_sessions().policy(CsId::MCPTT_CALLER), None);
        let session = taken.crypto_sessions().session(CsId::MCPTT_CALLER).expect("listed");
        assert_eq!(session.session_data, SESSION.session_data);
    }
    // A session with two policies never follows the profile.
    let sessions = [CryptoSession { policies: &[0, 1], ..SESSION }];
    let map = CsIdMap::GenericId((&sessions).into());
    let sent = Sent { map, ..Sent::new(Purpose::Pck) };
    assert_eq!(received(&domain, &sent, &ALL, &mut store()).err(), Some(Error::Profile));
}

#[test]
fn no_keys_are_made_for_another_policy() {
    let domain = home();
    let aes_cm: &Policy = &[(0, &[1]), (1, &[16]), (4, &[14])];
    let aes_256: &Policy = &[(0, &[6]), (1, &[32]), (4, &[12])];
    let no_cipher: &Policy = &[(1, &[16])];
    let no_lengths: &Policy = &[(0, &[6])];
    let sessions = [SESSION, CryptoSession { cs_id: 1, policies: &[1], ..SESSION }];
    let map = CsIdMap::GenericId((&sessions).into());
    let [caller, callee, other] = [CsId::MCPTT_CALLER, CsId::MCPTT_CALLEE, CsId::agreed(99)];
    for (first, second, made) in [
        (CALL_POLICY, no_lengths, [true, true, true]),
        (CALL_POLICY, aes_cm, [true, false, false]),
        (aes_256, no_lengths, [false, true, false]),
        (no_cipher, aes_cm, [false, false, false]),
    ] {
        let policies = vec![policy(0, first), policy(1, second)];
        let sent = Sent { map, policies, ..Sent::new(Purpose::Pck) };
        let taken = received(&domain, &sent, &[], &mut store()).expect("a key");
        for (cs_id, is_made) in [caller, callee, other].into_iter().zip(made) {
            let refusal = (!is_made).then_some(Error::Policy);
            assert_eq!(taken.srtp(cs_id, at(NOW)).err(), refusal);
            assert_eq!(taken.srtcp(cs_id, at(NOW)).err(), refusal);
            assert_eq!(taken.srtp_of(taken.user_id(), cs_id, at(NOW)).err(), refusal);
        }
        let said = taken.crypto_sessions();
        assert!(said.policies().eq(sent.policies.iter().copied()));
        assert_eq!(said.policy(callee), Some(policy(1, second)));
        assert_eq!((said.map(), said.session(other)), (map, None));
        // An application that stores a key in parts stores the crypto sessions with it.
        let again = CryptoSessions::new(&said.map(), said.policies()).expect("encoded");
        assert!(format!("{again:?}").starts_with("CryptoSessions { map: "));
        assert_eq!(&again, said);
        let parts = (taken.key().clone(), taken.user_id(), taken.time());
        let said = (again, taken.departures());
        let stored = Received::from_parts(parts.0, parts.1, parts.2, None, said).expect("a key");
        assert_eq!(stored.srtp(callee, at(NOW)).err(), taken.srtp(callee, at(NOW)).err());
    }
    // The same with an empty map.
    for (policies, is_made) in [
        (vec![], true),
        (vec![policy(0, CALL_POLICY)], true),
        (vec![policy(0, aes_cm)], false),
        (vec![SecurityPolicy { protocol: 1, ..policy(0, CALL_POLICY) }], false),
    ] {
        let sent = Sent { policies, ..Sent::new(Purpose::Pck) };
        let taken = received(&domain, &sent, &[], &mut store()).expect("a key");
        let refusal = (!is_made).then_some(Error::Policy);
        assert_eq!(taken.srtp(caller, at(NOW)).err(), refusal);
        assert_eq!(taken.crypto_sessions().policies().count(), sent.policies.len());
    }
}

#[test]
fn an_srtp_id_map_is_taken_by_a_departure_of_its_kind_of_key() {
    let domain = home();
    let streams = [SrtpStream { policy: 0, ssrc: 7, roc: 1 }];
    let map = CsIdMap::SrtpId((&streams).into());
    let policies = || vec![policy(0, CALL_POLICY)];
    let sent = Sent { map, policies: policies(), ..Sent::new(Purpose::Pck) };
    let taken = only_by(&domain, &sent, Departure::SrtpIdMap, Error::Profile);
    assert_eq!(taken.crypto_sessions().map(), map);
    assert!(taken.srtp(CsId::agreed(1), at(NOW)).is_ok());
    let sent = Sent { map, policies: policies(), ..Sent::new(Purpose::Gmk) };
    let sent = sent.sealed(&group_parameters());
    only_by(&domain, &sent, Departure::SrtpIdMapOfGmk, Error::Profile);
    // If the policy is missing too, both departures are necessary.
    let sent = Sent { map, ..Sent::new(Purpose::Pck) };
    let both = [Departure::SrtpIdMap, Departure::MissingPolicy];
    assert_eq!(received(&domain, &sent, &both[..1], &mut store()).err(), Some(Error::Profile));
    let taken = received(&domain, &sent, &both, &mut store()).expect("a key");
    assert_eq!(taken.departures(), Departures::of(&both));
}

#[test]
fn parameters_in_clear_are_taken_by_a_departure_of_their_kind_of_key() {
    let domain = home();
    let of_pck = KeyParameters::new(Purpose::Pck);
    let clear = of_pck.encode().expect("encoded");
    assert_eq!(clear.len(), 17);
    let sent = Sent { parameters: Some(clear), ..Sent::new(Purpose::Pck) };
    let taken = only_by(&domain, &sent, Departure::ParametersInClear, Error::Parameters);
    assert_eq!(taken.parameters(), Some(&of_pck));
    let clear = group_parameters().encode().expect("encoded");
    let sent = Sent { parameters: Some(clear.clone()), ..Sent::new(Purpose::Gmk) };
    only_by(&domain, &sent, Departure::GmkParametersInClear, Error::Parameters);
    // Older releases define no list of groups, which ends the parameters of a GMK. Those of other keys have no such end.
    let of_gmk = KeyParameters::new(Purpose::Gmk);
    let cut = |parameters: &KeyParameters| {
        let clear = parameters.encode().expect("encoded");
        Some(clear[..clear.len() - 3].to_vec())
    };
    let sent = Sent { parameters: cut(&of_gmk), ..Sent::new(Purpose::Gmk) };
    let taken = received(&domain, &sent, &ALL, &mut store()).expect("a key");
    assert_eq!(taken.parameters(), Some(&of_gmk));
    let sent = Sent { parameters: cut(&of_pck), ..Sent::new(Purpose::Pck) };
    assert_eq!(received(&domain, &sent, &ALL, &mut store()).err(), Some(Error::Parameters));
    // The parameters must still belong to the key, and sealed parameters are still opened.
    let sent = Sent { parameters: Some(clear), ..Sent::new(Purpose::Pck) };
    assert_eq!(received(&domain, &sent, &ALL, &mut store()).err(), Some(Error::Purpose));
    let sealed = Sent::new(Purpose::Pck).sealed(&of_pck);
    let taken = received(&domain, &sealed, &ALL, &mut store()).expect("a key");
    assert_eq!(taken.departures(), Departures::NONE);
}

#[test]
fn signalling_may_say_which_group_a_key_is_for() {
    let domain = home();
    let none_named = Sent::new(Purpose::Gmk).sealed(&KeyParameters::new(Purpose::Gmk));
    only_by(&domain, &none_named, Departure::NoGroupNamed, Error::Group);
    let without = Sent::new(Purpose::Gmk);
    only_by(&domain, &without, Departure::GmkWithoutParameters, Error::Parameters);
    // A message that names another group is refused.
    let other = KeyParameters { groups: vec![Group::new(*b"sip:other")], ..group_parameters() };
    let other = Sent::new(Purpose::Gmk).sealed(&other);
    assert_eq!(received(&domain, &other, &ALL, &mut store()).err(), Some(Error::Group));

    for sent in [none_named, without] {
        // The sender and the GMK-ID are still checked.
        let store = &mut store();
        received(&domain, &sent, &ALL, store).expect("a key");
        let again = Sent { certificates: vec![Certificate { kind: 0, data: b"" }], ..sent };
        assert_eq!(received(&domain, &again, &ALL, store).err(), Some(Error::Duplicate));
        let other = Expected {
            departures: Departures::of(&ALL),
            ..Expected::new(domain.kms.user(ALICE), domain.kms.user(BOB))
        };
        let reception = Reception::new(other, clock(NOW));
        let key = domain.receiver_key(BOB, NOW);
        let again = Sent { certificates: vec![Certificate { kind: 1, data: b"" }], ..again };
        let refused = reception.gmk(&again.octets(&domain), GROUP, store, &key);
        assert_eq!(refused.err(), Some(mikey::Error::Initiator.into()));
    }
}

#[test]
fn a_status_of_0_says_nothing_by_a_departure() {
    let domain = home();
    let of = |status| KeyParameters { status: Status(status), ..group_parameters() };
    let sent = Sent::new(Purpose::Gmk).sealed(&of(0));
    only_by(&domain, &sent, Departure::NoRevocation, Error::Revoked);
    let pck = KeyParameters { status: Status(0), ..KeyParameters::new(Purpose::Pck) };
    let sent = Sent::new(Purpose::Pck).sealed(&pck);
    only_by(&domain, &sent, Departure::NoRevocation, Error::Revoked);
    // The departure does not apply to a status with other bits.
    let sent = Sent::new(Purpose::Gmk).sealed(&of(2));
    let store = &mut store();
    assert_eq!(received(&domain, &sent, &ALL, store).err(), Some(Error::Revoked));
    let name = KeyName { initiator: GMS, group: Some(GROUP), id: sent.key.id() };
    assert_eq!(store.held(&name), Held::Gone);
}

/// A KMS with z = 2, and a user for whom some secrets have a w that begins with 00.
struct Zeros {
    kms: sakke::KmsSecretKey,
    uid: Identifier,
    key: sakke::ReceiverKey,
}

impl Zeros {
    fn new() -> Self {
        let mut z = [0; 128];
        z[127] = 2;
        let kms = sakke::KmsSecretKey::try_from(&z).expect("a key");
        let periods = KeyPeriods::new(2_592_000).expect("a period");
        let kms_uri = KmsUri("kms.example.org");
        let uid = periods.uid(UserUri(ALICE), kms_uri, 1545).expect("a UID");
        let key = kms.extract(&uid).expect("a key");
        Self { kms, uid, key }
    }

    /// The domain of that KMS.
    fn domain(&self) -> Domain {
        let scheme = IdScheme::Uid(KeyPeriods::new(2_592_000).expect("a period"));
        let z = sakke::KmsSecretKey::try_from(&*self.kms.to_bytes()).expect("a key");
        Domain::with_z("kms.example.org", scheme, z)
    }

    fn encapsulated(&self, last: u8) -> (SharedSecret, [u8; 273]) {
        let mut ssv = [0; 16];
        ssv[15] = last;
        let recipient = self.kms.public_key().recipient(&self.uid).expect("a recipient");
        let secret = SharedSecret::from(ssv);
        let octets = recipient.encapsulate(&secret).expect("encapsulated").to_bytes();
        (secret, octets)
    }
}

#[test]
fn w_is_hashed_either_way() {
    let zeros = Zeros::new();
    let (secret, right) = zeros.encapsulated(0xaf);
    assert_eq!(hex::encode(&right[257..]), "e7ac26d80b8bca6883db1ae825c79ec4");
    let mut stripped = right;
    hex::decode_to_slice("fe429b0d35552c21528473666f4f6840", &mut stripped[257..])
        .expect("16 octets");
    let recipient = zeros.kms.public_key().recipient(&zeros.uid).expect("a recipient");
    assert!(!recipient.is_read_alike(&secret));
    let prepared = zeros.key.prepare().expect("prepared");
    let open = |octets: &[u8; 273]| {
        let sealed = Encapsulation::try_from(octets).expect("encapsulated");
        let either = zeros.key.decapsulate_either(&sealed);
        let of_prepared = prepared.decapsulate_either(&sealed);
        let opened = |one: Result<(SharedSecret, LeadingZeros), _>| {
            one.map(|(secret, zeros)| (*secret.as_bytes(), zeros))
        };
        let (either, of_prepared) = (opened(either), opened(of_prepared));
        assert_eq!(either, of_prepared);
        (zeros.key.decapsulate(&sealed).is_ok(), either)
    };
    let ssv = *secret.as_bytes();
    assert_eq!(open(&right), (true, Ok((ssv, LeadingZeros::Kept))));
    assert_eq!(open(&stripped), (false, Ok((ssv, LeadingZeros::Stripped))));
    for octets in [right, stripped] {
        for place in [100, 257, 272] {
            let mut altered = octets;
            altered[place] ^= 1;
            if let Ok(sealed) = Encapsulation::try_from(&altered) {
                let refused = zeros.key.decapsulate_either(&sealed);
                assert_eq!(refused.err(), Some(eccsi_sakke::Error::Rejected), "octet {place}");
            }
        }
    }
    // Both ways are the same for a w that does not begin with 00.
    let (secret, octets) = zeros.encapsulated(1);
    assert!(recipient.is_read_alike(&secret));
    assert_eq!(open(&octets), (true, Ok((*secret.as_bytes(), LeadingZeros::Kept))));
}

/// A key whose encapsulation to BOB at NOW has this property.
fn key_with(domain: &Domain, has: impl Fn(&SharedSecret, &[u8; 273]) -> bool) -> (Key, [u8; 273]) {
    let uid = domain.kms.user(BOB).identifier(at(NOW)).expect("a UID");
    let recipient = domain.kms.z().recipient(&uid).expect("a recipient");
    loop {
        let key = Key::generate(Purpose::Pck, &mut rng());
        let octets = recipient.encapsulate(key.secret()).expect("encapsulated").to_bytes();
        if has(key.secret(), &octets) {
            return (key, octets);
        }
    }
}

#[test]
fn h_without_its_first_octet_is_padded_by_a_departure() {
    let domain = home();
    let (key, octets) = key_with(&domain, |_, octets| octets[257] == 0);
    let short = [&octets[..257], &octets[258..]].concat();
    let sent = Sent { key, data: Some(short), ..Sent::new(Purpose::Pck) };
    let refusal = mikey::Error::Primitive(eccsi_sakke::Error::Length).into();
    only_by(&domain, &sent, Departure::ShortH, refusal);

    // The known values for z = 2.
    let zeros = Zeros::new();
    let (_, octets) = zeros.encapsulated(0x34);
    assert_eq!(hex::encode(&octets[257..261]), "006e5b5b");
    let short = [&octets[..257], &octets[258..]].concat();
    let payload = SakkePayload { parameters: 1, id_scheme: 2, data: &short };
    // The short H is in the encapsulation to the sender itself; the rest of the message is correct.
    let of_two = zeros.domain();
    let (key, _) = key_with(&of_two, |_, _| true);
    let secret = zeros.encapsulated(0x34).0;
    let rand = key.rand().expect("a RAND").to_vec();
    let key = Key::new(key.id(), secret, rand).expect("a key");
    let to_self = [&[0, payload.parameters, payload.id_scheme][..], &272_u16.to_be_bytes(), &short];
    let sent =
        Sent { key, to_self: Some(to_self.concat()), time: ZEROS, ..Sent::new(Purpose::Pck) };
    let octets = sent.octets(&of_two);
    let open = |departures: &[Departure]| {
        let expected = Expected {
            departures: Departures::of(departures),
            ..Expected::new(of_two.kms.user(ALICE), of_two.kms.user(BOB))
        };
        let reception = Reception::new(expected, clock(ZEROS));
        reception.to_self(Purpose::Pck, &octets, &mut store(), &zeros.key)
    };
    assert_eq!(open(&[]).err(), Some(refusal));
    let taken = open(&[Departure::ShortH]).expect("a key");
    assert_eq!(taken.departures(), Departures::of(&[Departure::ShortH]));
    assert_eq!(taken.key().secret().as_bytes(), sent.key.secret().as_bytes());

    // If the missing octet of H was not 00, the message does not open.
    let (key, octets) = key_with(&domain, |_, octets| octets[257] != 0);
    let short = [&octets[..257], &octets[258..]].concat();
    let sent = Sent { key, data: Some(short), ..Sent::new(Purpose::Pck) };
    let refused = received(&domain, &sent, &ALL, &mut store());
    assert_eq!(refused.err(), Some(mikey::Error::Decapsulation.into()));
    // H must not lack two octets.
    let sent = Sent { data: Some(octets[..271].to_vec()), ..Sent::new(Purpose::Pck) };
    assert_eq!(received(&domain, &sent, &ALL, &mut store()).err(), Some(refusal));
    // A message that was decoded with a departure is refused if the expected initiator may not use that departure.
    let (key, octets) = key_with(&domain, |_, octets| octets[257] == 0);
    let short = [&octets[..257], &octets[258..]].concat();
    let sent = Sent { key, data: Some(short), ..Sent::new(Purpose::Pck) };
    let message = sent.octets(&domain);
    let departures = Departures::of(&[Departure::ShortH]);
    let decoded = IMessage::decode_departing(&message, &mikey::Limits::DEFAULT, departures);
    let decoded = decoded.expect("a message");
    assert_eq!(decoded.departures(), departures);
    let clock = clock(NOW);
    let mut cache = MemoryCache::new(1);
    let fresh = decoded.check_fresh(&clock, &cache).expect("fresh");
    let strict = Expected::new(domain.kms.user(ALICE), domain.kms.user(BOB));
    let refused = fresh.verify(&strict, &mut cache);
    assert_eq!(refused.err(), Some(mikey::Error::Departure));
}

#[test]
fn w_hashed_without_leading_zeros_is_read_by_a_departure() {
    let domain = home();
    let uid = domain.kms.user(BOB).identifier(at(NOW)).expect("a UID");
    let recipient = domain.kms.z().recipient(&uid).expect("a recipient");
    let (key, octets) = key_with(&domain, |secret, _| !recipient.is_read_alike(secret));
    // The correct message opens with and without the departure.
    let sent = Sent { key: key.clone(), ..Sent::new(Purpose::Pck) };
    for departures in [&[][..], &[Departure::StrippedW]] {
        let taken = received(&domain, &sent, departures, &mut store()).expect("a key");
        assert_eq!(taken.departures(), Departures::NONE);
    }
    // Compute H with the other mask: take w from a trace of the encapsulation, and hash it without its zeros.
    let trace = recipient.trace(key.secret()).expect("a trace");
    let w: Vec<u8> = trace.g_r.iter().copied().skip_while(|octet| *octet == 0).collect();
    assert!(w.len() < 128);
    let two_to_128 = [&[1][..], &[0; 16]].concat();
    let mask = hazmat::hash_to_integer_range(&w, &two_to_128).expect("a mask");
    let ssv = key.secret().as_bytes().iter();
    let h: Vec<u8> = ssv.zip(&mask[112..]).map(|(ssv, mask)| ssv ^ mask).collect();
    let stripped = [&octets[..257], &h].concat();
    let sent = Sent { key, data: Some(stripped), ..Sent::new(Purpose::Pck) };
    only_by(&domain, &sent, Departure::StrippedW, mikey::Error::Decapsulation.into());

    // A sender can draw a key for which both ways are the same.
    let delivery = Delivery::new(domain.kms.user(ALICE), domain.kms.user(BOB), at(NOW));
    for _ in 0..3 {
        let key = delivery.key_read_alike(Purpose::Csk, &mut rng()).expect("a key");
        assert!(recipient.is_read_alike(key.secret()));
        assert_eq!(key.purpose(), Purpose::Csk);
    }
    assert_eq!(delivery.key_read_alike(Purpose::Gmk, &mut rng()).err(), Some(Error::Purpose));
}

#[test]
fn a_hidden_initiator_may_differ_too() {
    let domain = home();
    let (key, octets) = key_with(&domain, |_, octets| octets[257] == 0);
    let short = [&octets[..257], &octets[258..]].concat();
    let sent = Sent { key, data: Some(short), hidden: true, ..Sent::new(Purpose::Pck) };
    let octets = sent.octets(&domain);
    let clock = clock(NOW);
    let who = (&domain.kms, domain.kms.user(BOB));
    let limits = &mikey::Limits::DEFAULT;
    let refused = Anonymous::receive(Purpose::Pck, &octets, who, &clock, &mut store());
    let length = mikey::Error::Primitive(eccsi_sakke::Error::Length).into();
    assert_eq!(refused.err(), Some(length));
    let accepted = Departures::of(&[Departure::ShortH]);
    let store = &mut store();
    let call =
        Anonymous::receive_within(Purpose::Pck, &octets, who, &clock, store, (limits, accepted));
    let key = domain.receiver_key(BOB, NOW);
    let call = call.expect("verified");
    let departure = Some(mikey::Error::Departure.into());
    for of_alice in [Departures::NONE, Departures::of(&[Departure::MissingPolicy])] {
        assert_eq!(call.reveal_as(ALICE, of_alice, store, &key).err(), departure);
    }
    assert_eq!(call.reveal(ALICE, store, &key).err(), departure);
    let all = Departures::ALL;
    assert_eq!(call.reveal_as(GMS, all, store, &key).err(), Some(mikey::Error::Initiator.into()));
    let taken = call.reveal_as(ALICE, all, store, &key).expect("a key");
    assert_eq!(taken.departures(), accepted);
    // A departure that is not accepted from the users of the KMS is not accepted from one of them.
    let clear = KeyParameters::new(Purpose::Pck).encode().expect("encoded");
    let sent = Sent { parameters: Some(clear), hidden: true, ..Sent::new(Purpose::Pck) };
    let octets = sent.octets(&domain);
    let store = &mut world::store();
    let call = Anonymous::receive(Purpose::Pck, &octets, who, &clock, store).expect("verified");
    assert_eq!(call.reveal_as(ALICE, all, store, &key).err(), Some(Error::Parameters));
}

#[test]
fn identifiers_may_be_hexadecimal_uids() {
    let periods = KeyPeriods::new(2_592_000).expect("a period");
    let domain = Domain::new("kms.example.org", IdScheme::HexUid(periods));
    let (from, to) = (domain.kms.user(ALICE), domain.kms.user(BOB));
    let uid = periods.uid_at(UserUri(BOB), KmsUri("kms.example.org"), at(NOW));
    let identifier = to.identifier(at(NOW)).expect("an identifier");
    assert_eq!(identifier.as_bytes(), uid.expect("a UID").to_string().as_bytes());
    assert_eq!(identifier.as_bytes().len(), 64);
    let delivery = Delivery::new(from, to, at(NOW));
    let pck = Key::generate(Purpose::Pck, &mut rng());
    let octets = delivery.message(&pck, &domain.signing_key(ALICE, NOW), &mut rng()).expect("sent");
    assert_eq!(IMessage::decode(&octets).expect("a message").id_scheme(), 2);
    let reception = |kms: &mikey::Kms| {
        let expected = Expected::new(kms.user(ALICE), kms.user(BOB));
        let clock = clock(NOW);
        let key = domain.receiver_key(BOB, NOW);
        Reception::new(expected, clock).pck(&octets, &mut store(), &key).map(drop)
    };
    assert_eq!(reception(&domain.kms), Ok(()));
    let usual = mikey::Kms::new(
        "kms.example.org",
        IdScheme::Uid(periods),
        *domain.kms.kpak(),
        *domain.kms.z(),
    );
    assert_eq!(reception(&usual), Err(mikey::Error::Responder.into()));
    let hidden = Delivery { hiding: Hiding { initiator: true, responder: false }, ..delivery };
    assert_eq!(hidden.unsigned(&pck, &mut rng()).err(), Some(mikey::Error::IdScheme.into()));
}
