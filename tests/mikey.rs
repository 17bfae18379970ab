//! MIKEY messages: an encoded message decodes to the same content, a decoded message encodes to the same octets, and a
//! receiver cannot skip a step.

#[path = "scenario/world.rs"]
#[expect(dead_code, reason = "each test uses a part of the world")]
mod world;

use std::fs;
use std::path::Path;

use eccsi_sakke::mikey::psk::{
    KeyData, KeyKind, MIN_PSK, OpenedPsk, PskMessage, PskOutline, SignedPskMessage, Validity,
    verify_response,
};
use eccsi_sakke::mikey::{
    Builder, CryptoSession, CsIdMap, Departure, Departures, Derivation, Error, Expected, Extension,
    Fresh, Header, IMessage, IdScheme, Identity, IdentityType, Kemac, KeyUse, Kms, Limits, Mac,
    MemoryCache, Message, MessageType, Outline, Parameters, Payload, Prf, Remembered, ReplayCache,
    ReplayKey, Role, SakkePayload, SecurityPolicy, Sign, SrtpStream, Standing, Timestamp,
};
use eccsi_sakke::mission_critical::{
    Group, KeyParameters, ParametersHeader, Purpose, SealedParameters, Status,
};
use eccsi_sakke::sakke::Decapsulate;
use eccsi_sakke::{KeyPeriods, NtpTime, sakke};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use subtle::ConstantTimeEq;

use world::{Domain, PERIOD, PSK, at, clock, home, outline, psk_outline, rng};

/// The attribute `name` of every test of `operation` in mikey.json, as octets.
fn vectors(operation: &str, name: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mikey.json");
    let document: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(path).expect("readable")).expect("JSON");
    let groups = document["groups"].as_array().expect("groups").iter();
    let tests = groups
        .filter(|group| group["operation"] == operation)
        .flat_map(|group| group["tests"].as_array().expect("tests"));
    tests.map(|test| hex::decode(test[name].as_str().expect("text")).expect("hex")).collect()
}

/// The message, built again from its header and payloads.
fn remade(message: &Message<'_>) -> Result<Vec<u8>, Error> {
    let mut builder = Builder::new(message.header())?;
    for payload in message.payloads() {
        builder.push(&payload)?;
    }
    Ok(builder.finish())
}

fn octets(longest: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..=longest.min(20)), vec(any::<u8>(), longest)]
}

/// A payload that owns its octets.
#[derive(Clone, Debug)]
enum Owned {
    Timestamp(Timestamp),
    Rand(Vec<u8>),
    Identity(IdentityType, Vec<u8>),
    Role(Role, IdentityType, Vec<u8>),
    Policy(u8, u8, Vec<(u8, Vec<u8>)>),
    Sakke(u8, u8, Vec<u8>),
    Extension(u8, Vec<u8>),
    Kemac(u8, Vec<u8>, [u8; 32], bool),
    Verification([u8; 32], bool),
    Error(u8),
}

fn mac(octets: &[u8; 32], sha256: bool) -> Mac<'_> {
    if sha256 {
        Mac::HmacSha256(octets)
    } else {
        Mac::HmacSha1(octets.first_chunk().expect("20 octets"))
    }
}

impl Owned {
    fn with<T>(&self, run: impl FnOnce(Payload<'_>) -> T) -> T {
        let parameters: Vec<(u8, &[u8])>;
        run(match self {
            Self::Timestamp(timestamp) => Payload::Timestamp(*timestamp),
            Self::Rand(rand) => Payload::Rand(rand),
            Self::Identity(kind, data) => Payload::Identity(Identity { kind: *kind, data }),
            Self::Role(role, kind, data) => Payload::Role(*role, Identity { kind: *kind, data }),
            Self::Policy(number, protocol, listed) => {
                parameters = listed.iter().map(|(kind, value)| (*kind, value.as_slice())).collect();
                let parameters = Parameters::from(parameters.as_slice());
                Payload::Policy(SecurityPolicy { number: *number, protocol: *protocol, parameters })
            }
            Self::Sakke(parameters, id_scheme, data) => Payload::Sakke(SakkePayload {
                parameters: *parameters,
                id_scheme: *id_scheme,
                data,
            }),
            Self::Extension(kind, data) => Payload::Extension(Extension { kind: *kind, data }),
            Self::Kemac(encryption, data, octets, sha256) => {
                Payload::Kemac(Kemac { encryption: *encryption, data, mac: mac(octets, *sha256) })
            }
            Self::Verification(octets, sha256) => Payload::Verification(mac(octets, *sha256)),
            Self::Error(number) => Payload::Error(*number),
        })
    }
}

fn identity_type() -> impl Strategy<Value = IdentityType> {
    prop_oneof![Just(IdentityType::Nai), Just(IdentityType::Uri), Just(IdentityType::Octets)]
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![
        Just(Role::Initiator),
        Just(Role::Responder),
        Just(Role::Kms),
        Just(Role::PreSharedKey),
        Just(Role::Application),
        Just(Role::InitiatorKms),
        Just(Role::ResponderKms),
        Just(Role::InitiatorUid),
        Just(Role::ResponderUid),
    ]
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        any::<u64>().prop_map(Timestamp::NtpUtc),
        any::<u64>().prop_map(Timestamp::Ntp),
        any::<u32>().prop_map(Timestamp::Counter),
        any::<u32>().prop_map(Timestamp::NtpUtc32),
    ]
}

fn payload() -> impl Strategy<Value = Owned> {
    prop_oneof![
        timestamp().prop_map(Owned::Timestamp),
        octets(255).prop_map(Owned::Rand),
        (identity_type(), octets(300)).prop_map(|(kind, data)| Owned::Identity(kind, data)),
        (role(), identity_type(), octets(65_535))
            .prop_map(|(role, kind, data)| Owned::Role(role, kind, data)),
        (any::<u8>(), any::<u8>(), proptest::collection::btree_map(any::<u8>(), octets(255), 0..9))
            .prop_map(|(number, protocol, all)| {
                Owned::Policy(number, protocol, all.into_iter().collect())
            }),
        (any::<u8>(), any::<u8>(), octets(273))
            .prop_map(|(parameters, scheme, data)| Owned::Sakke(parameters, scheme, data)),
        (any::<u8>(), octets(300)).prop_map(|(kind, data)| Owned::Extension(kind, data)),
        (any::<u8>(), octets(40), any::<[u8; 32]>(), any::<bool>())
            .prop_map(|(alg, data, mac, sha256)| Owned::Kemac(alg, data, mac, sha256)),
        (any::<[u8; 32]>(), any::<bool>())
            .prop_map(|(mac, sha256)| Owned::Verification(mac, sha256)),
        any::<u8>().prop_map(Owned::Error),
    ]
}

#[derive(Clone, Debug)]
enum OwnedMap {
    Empty,
    Srtp(Vec<(u8, u32, u32)>),
    Generic(Vec<(u8, bool, Vec<u8>, Vec<u8>)>),
}

fn map() -> impl Strategy<Value = OwnedMap> {
    prop_oneof![
        Just(OwnedMap::Empty),
        vec(any::<(u8, u32, u32)>(), 0..=255).prop_map(OwnedMap::Srtp),
        proptest::collection::btree_map(
            any::<u8>(),
            (any::<bool>(), octets(127), octets(255)),
            0..20
        )
        .prop_map(|all| OwnedMap::Generic(
            all.into_iter().map(|(id, (s, policies, spi))| (id, s, policies, spi)).collect()
        )),
    ]
}

proptest! {
    #[test]
    fn a_message_decodes_to_what_was_said(
        map in map(),
        message_type in prop_oneof![
            Just(MessageType::PreSharedKey),
            Just(MessageType::Verification),
            Just(MessageType::Error),
            Just(MessageType::Sakke),
        ],
        (v, sha256, csb_id) in any::<(bool, bool, u32)>(),
        payloads in vec(payload(), 0..8),
        sign in option::of((0u8..16, octets(4095))),
    ) {
        let (streams, sessions): (Vec<_>, Vec<_>);
        let map = match &map {
            OwnedMap::Empty => CsIdMap::Empty,
            OwnedMap::Srtp(all) => {
                streams = all
                    .iter()
                    .map(|&(policy, ssrc, roc)| SrtpStream { policy, ssrc, roc })
                    .collect();
                CsIdMap::SrtpId(streams.as_slice().into())
            }
            OwnedMap::Generic(all) => {
                sessions = all
                    .iter()
                    .map(|(cs_id, s, policies, spi)| CryptoSession {
                        cs_id: *cs_id,
                        protocol: 0,
                        s: *s,
                        policies,
                        session_data: &[7; 10][..if *s { 10 } else { 4 }],
                        spi,
                    })
                    .collect();
                CsIdMap::GenericId(sessions.as_slice().into())
            }
        };
        let prf = if sha256 { Prf::HmacSha256 } else { Prf::HmacSha1 };
        let header = Header { message_type, v, prf, csb_id, map };
        let mut builder = Builder::new(&header).unwrap();
        for payload in &payloads {
            payload.with(|payload| builder.push(&payload)).unwrap();
        }
        if let Some((kind, signature)) = &sign {
            let sign = Payload::Sign(Sign { kind: *kind, signature });
            builder.push(&sign).unwrap();
            prop_assert_eq!(builder.push(&sign), Err(Error::Payload), "SIGN is the last");
        }
        let octets = builder.finish();
        // The message may exceed the default limits.
        let limits = Limits { octets: usize::MAX, ..Limits::default() };
        let message = Message::decode_within(&octets, &limits).unwrap();
        prop_assert_eq!(message.header(), &header);
        let mut decoded = message.payloads();
        for payload in &payloads {
            let next = decoded.next().unwrap();
            prop_assert!(payload.with(|payload| payload == next));
        }
        let last = decoded.next();
        prop_assert_eq!(last.is_some(), sign.is_some());
        if let (Some((kind, signature)), Some(payload)) = (&sign, last) {
            prop_assert_eq!(payload, Payload::Sign(Sign { kind: *kind, signature }));
        }
        prop_assert!(decoded.next().is_none());
        prop_assert_eq!(remade(&message).unwrap(), &octets[..]);
        // The message with one octet more or less does not decode.
        prop_assert!(Message::decode_within(&octets[..octets.len() - 1], &limits).is_err());
        let longer = [octets.as_slice(), &[0]].concat();
        prop_assert_eq!(Message::decode_within(&longer, &limits), Err(Error::Trailing));
    }

    #[test]
    fn what_decodes_is_made_again(
        which in any::<prop::sample::Index>(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in option::of(any::<prop::sample::Index>()),
    ) {
        thread_local! {
            static ALL: Vec<Vec<u8>> =
                [vectors("i-message", "message"), vectors("psk", "message")].concat();
        }
        let mut octets = ALL.with(|all| which.get(all).clone());
        if let Some(cut) = cut {
            octets.truncate(cut.index(octets.len() + 1));
        }
        for (at, value) in changes {
            if !octets.is_empty() {
                let at = at.index(octets.len());
                octets[at] = value;
            }
        }
        if let Ok(message) = Message::decode(&octets) {
            prop_assert_eq!(remade(&message).unwrap(), octets);
        }
    }

    #[test]
    fn any_octets_are_refused_or_made_again(octets in octets(600)) {
        if let Ok(message) = Message::decode(&octets) {
            prop_assert_eq!(remade(&message).unwrap(), &octets[..]);
        }
        if let Ok(parameters) = KeyParameters::decode(&octets) {
            prop_assert_eq!(parameters.encode().unwrap(), &octets[..]);
        }
    }

    #[test]
    fn key_parameters_decode_to_what_was_said(
        purpose in prop_oneof![
            Just(Purpose::Gmk), Just(Purpose::Pck), Just(Purpose::Csk), Just(Purpose::Spk),
            Just(Purpose::Mkfc), Just(Purpose::Mscck), Just(Purpose::MuSik),
        ],
        (status, date, payload_id, sequence) in any::<(u32, u64, u32, u8)>(),
        (activation, expiry) in (1u64..1 << 39, 0u64..1 << 39),
        (activated, expires) in any::<(bool, bool)>(),
        (nonce, key_id, content, secret) in any::<([u8; 16], u32, u8, [u8; 16])>(),
        text in octets(300),
        groups in vec((any::<u8>(), vec(any::<u8>(), 1..40)), 0..20),
        (reserved, signalling_algorithm) in (any::<[u8; 3]>(), any::<Option<u8>>()),
    ) {
        let has_list = matches!(purpose, Purpose::Gmk | Purpose::Mkfc | Purpose::MuSik);
        let groups = if has_list {
            groups.into_iter().map(|(element, identity)| Group { element, identity }).collect()
        } else {
            Vec::new()
        };
        let status = Status(status);
        let time = |is_there: bool, seconds| is_there.then(|| NtpTime::from_unix(seconds));
        let expiry = time(expires, activation + expiry);
        let activation = time(activated, activation);
        let reserved = if has_list { reserved.to_vec() } else { Vec::new() };
        let parameters =
            KeyParameters { purpose, status, activation, expiry, text, groups, reserved };
        let octets = parameters.encode();
        // A receiver would read the top half of such a status as a length.
        prop_assume!(octets != Err(eccsi_sakke::mission_critical::Error::Parameters));
        let octets = octets.unwrap();
        let decoded = KeyParameters::decode(&octets);
        prop_assert_eq!(decoded.as_ref(), Ok(&parameters));
        let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
        let element = [&[0x7a][..], &length, &octets].concat();
        prop_assert_eq!(KeyParameters::decode(&element), decoded);
        let without = &octets[..octets.len() - parameters.reserved.len()];
        prop_assert!(KeyParameters::decode(&without[..without.len() - 1]).is_err());
        // Sealed parameters, once opened, seal to the same octets again.
        let date = date >> 24;
        let header = ParametersHeader {
            date,
            payload_id,
            sequence,
            signalling_algorithm,
            content,
            ..ParametersHeader::new(date, nonce, key_id)
        };
        let sealed = header.seal(&parameters, &secret.into()).unwrap();
        let decoded = SealedParameters::decode(&sealed).unwrap();
        prop_assert_eq!(decoded.header(), &header);
        let opened = decoded.open(&secret.into()).unwrap();
        prop_assert_eq!(decoded.header().seal(&opened, &secret.into()).unwrap(), sealed);
    }

    #[test]
    fn key_parameters_are_made_again(
        which in any::<prop::sample::Index>(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        thread_local! {
            static ALL: Vec<Vec<u8>> = {
                let sealed = vectors("key-params", "data");
                let keys = vectors("key-params", "K");
                let opened = sealed.iter().zip(&keys).filter_map(|(data, k)| {
                    let secret = sakke::SharedSecret::try_from(k.as_slice()).ok()?;
                    let octets = SealedParameters::decode(data).ok()?.open_octets(&secret).ok()?;
                    Some(octets.to_vec())
                });
                opened.filter(|octets| !octets.is_empty()).collect()
            };
        }
        let mut octets = ALL.with(|all| which.get(all).clone());
        for (at, value) in changes {
            let at = at.index(octets.len());
            octets[at] = value;
        }
        if let Ok(parameters) = KeyParameters::decode(&octets) {
            let encoded = parameters.encode().unwrap();
            prop_assert!(encoded == octets || encoded == octets[3..], "the content, or its element");
        }
    }
}

#[test]
fn what_does_not_fit_is_not_encoded() {
    let header = |map| Header {
        message_type: MessageType::Sakke,
        v: false,
        prf: Prf::HmacSha256,
        csb_id: 1,
        map,
    };
    let mut builder = Builder::new(&header(CsIdMap::Empty)).unwrap();
    builder.push(&Payload::Rand(&[1; 16])).unwrap();
    let before = builder.clone().finish();
    let long = vec![0; 65_536];
    let repeated: [(u8, &[u8]); 2] = [(1, &[]), (1, &[])];
    let too_long: [(u8, &[u8]); 1] = [(1, &long[..256])];
    let policy = |parameters| SecurityPolicy { number: 0, protocol: 0, parameters };
    let refused = [
        (Payload::Rand(&long[..256]), Error::Length),
        (Payload::Identity(Identity::uri(&long)), Error::Length),
        (Payload::Extension(Extension { kind: 0, data: &long }), Error::Length),
        (Payload::Sign(Sign { kind: 2, signature: &long[..4096] }), Error::Length),
        (Payload::Sign(Sign { kind: 16, signature: &[] }), Error::Value),
        (Payload::Policy(policy(repeated.as_slice().into())), Error::Repeated),
        (Payload::Policy(policy(too_long.as_slice().into())), Error::Length),
    ];
    for (payload, error) in refused {
        assert_eq!(builder.push(&payload), Err(error));
        assert_eq!(builder.clone().finish(), before, "as it was before");
    }
    let session = |cs_id| CryptoSession {
        cs_id,
        protocol: 0,
        s: false,
        policies: &[],
        session_data: &[],
        spi: &[],
    };
    let maps = [
        (vec![session(1), session(1)], Error::Repeated),
        (vec![CryptoSession { policies: &long[..128], ..session(1) }], Error::Length),
        (vec![CryptoSession { spi: &long[..256], ..session(1) }], Error::Length),
        (vec![CryptoSession { session_data: &long[..5], ..session(1) }], Error::Length),
    ];
    for (sessions, error) in &maps {
        let map = CsIdMap::GenericId(sessions.as_slice().into());
        assert_eq!(Builder::new(&header(map)).err(), Some(*error));
    }
    let streams = [SrtpStream { policy: 0, ssrc: 0, roc: 0 }; 256];
    assert!(Builder::new(&header(CsIdMap::SrtpId((&streams[..255]).into()))).is_ok());
    let map = CsIdMap::SrtpId(streams.as_slice().into());
    assert_eq!(Builder::new(&header(map)).err(), Some(Error::Length));
}

const NOW: u64 = 3_968_536_648;

fn uids(kms_uri: &str) -> Domain {
    Domain::with_uids(kms_uri, PERIOD, 0)
}

/// The message, after it was found fresh at NOW.
fn fresh(octets: &[u8]) -> Fresh<'_> {
    IMessage::decode(octets)
        .and_then(|message| message.check_fresh(&clock(NOW), &MemoryCache::new(1)))
        .expect("fresh")
}

/// The identities of a message: their roles and octets.
type Identities = Vec<(Role, Vec<u8>)>;

/// A message with T = `time` from `alice`, a user of `from`, to `bob`, a user of `to`.
fn message(
    (from, alice): (&Domain, &str),
    (to, bob): (&Domain, &str),
    time: u64,
    identities: &Identities,
    secret: &sakke::SharedSecret,
) -> Vec<u8> {
    let identities: Vec<_> =
        identities.iter().map(|(role, data)| (*role, Identity::uri(data))).collect();
    let encapsulation = to.encapsulation(bob, time, secret);
    let id_scheme = to.kms.scheme().number();
    let outline = Outline { identities: &identities, id_scheme, ..outline(&encapsulation, time) };
    let unsigned = outline.encode().expect("encoded");
    unsigned.sign(&from.signing_key(alice, time), &mut rng()).expect("signed")
}

const ALICE: &str = "sip:alice@example.org";
const BOB: &str = "sip:bob@example.net";

#[test]
fn users_of_two_kmss() {
    let (one, other) = (home(), uids("kms.example.net"));
    let secret = sakke::SharedSecret::generate(&mut rng());
    let identities = vec![
        (Role::Initiator, ALICE.into()),
        (Role::Responder, BOB.into()),
        (Role::InitiatorKms, one.kms.uri().into()),
        (Role::ResponderKms, other.kms.uri().into()),
    ];
    let octets = message((&one, ALICE), (&other, BOB), NOW, &identities, &secret);
    let open = |initiator, responder| {
        let mut cache = MemoryCache::new(1);
        let key = other.receiver_key(BOB, NOW);
        let opened = IMessage::decode(&octets)?
            .check_fresh(&clock(NOW), &cache)?
            .verify(&Expected::new(initiator, responder), &mut cache)?
            .decapsulate(&key, &mut cache)?;
        let prepared = IMessage::decode(&octets)?
            .check_fresh(&clock(NOW), &MemoryCache::new(1))?
            .verify(&Expected::new(initiator, responder), &mut MemoryCache::new(1))?
            .decapsulate(&key.prepare()?, &mut open())?;
        assert!(bool::from(opened.secret().ct_eq(prepared.secret())));
        Ok(opened.secret().clone())
    };
    let (alice, bob) = (one.kms.user(ALICE), other.kms.user(BOB));
    assert!(bool::from(open(alice, bob).expect("opened").ct_eq(&secret)));
    let error = |initiator, responder| open(initiator, responder).err();
    assert_eq!(error(one.kms.user(BOB), bob), Some(Error::Initiator));
    assert_eq!(error(other.kms.user(ALICE), bob), Some(Error::Initiator));
    assert_eq!(error(alice, other.kms.user(ALICE)), Some(Error::Responder));
    assert_eq!(error(alice, one.kms.user(BOB)), Some(Error::Responder));
    // Another KMS has the same URI, but other keys.
    let impostor = home();
    assert_eq!(error(impostor.kms.user(ALICE), bob), Some(Error::Signature));
}

#[test]
fn what_a_message_does_not_say_is_implied() {
    let domain = home();
    let secret = sakke::SharedSecret::generate(&mut rng());
    let octets = message((&domain, ALICE), (&domain, BOB), NOW, &Vec::new(), &secret);
    let verify = |initiator: &str, responder: &str| {
        let expected = Expected::new(domain.kms.user(initiator), domain.kms.user(responder));
        let fresh = IMessage::decode(&octets)?.check_fresh(&clock(NOW), &MemoryCache::new(1))?;
        fresh.verify(&expected, &mut MemoryCache::new(1))
    };
    let key = domain.receiver_key(BOB, NOW);
    assert!(
        verify(ALICE, BOB).and_then(|verified| verified.decapsulate(&key, &mut open())).is_ok()
    );
    assert_eq!(verify(BOB, BOB).err(), Some(Error::Signature));
    // Alice signed the message for Bob, so no other user's key opens it.
    let verified = verify(ALICE, ALICE).expect("signed by her");
    assert_eq!(verified.decapsulate(&key, &mut open()).err(), Some(Error::Responder));
    let own = domain.receiver_key(ALICE, NOW);
    assert_eq!(verified.decapsulate(&own, &mut open()).err(), Some(Error::Decapsulation));
    // Bob's key for another period.
    let old = domain.receiver_key(BOB, NOW - 2_592_000);
    let verified = verify(ALICE, BOB).expect("signed by her");
    assert_eq!(verified.decapsulate(&old, &mut open()).err(), Some(Error::Responder));
}

#[test]
fn telephone_numbers() {
    let domain = Domain::new("kms.example.org", IdScheme::TelMonthly);
    let (alice, bob) = ("tel:+447700900123", "tel:+447700900124");
    let secret = sakke::SharedSecret::generate(&mut rng());
    let octets = message((&domain, alice), (&domain, bob), NOW, &Vec::new(), &secret);
    let expected = Expected::new(domain.kms.user(alice), domain.kms.user(bob));
    let verified = IMessage::decode(&octets)
        .and_then(|message| message.check_fresh(&clock(NOW), &MemoryCache::new(1)))
        .and_then(|fresh| fresh.verify(&expected, &mut MemoryCache::new(1)))
        .expect("verified");
    assert!(verified.decapsulate(&domain.receiver_key(bob, NOW), &mut open()).is_ok());
    let next_month = domain.receiver_key(bob, NOW + 31 * 86_400);
    assert_eq!(verified.decapsulate(&next_month, &mut open()).err(), Some(Error::Responder));
    // The same KMS keys with the other identifier scheme.
    let scheme = IdScheme::Uid(KeyPeriods::new(2_592_000).expect("a period"));
    let kms = Kms::new("kms.example.org", scheme, *domain.kms.kpak(), *domain.kms.z());
    let expected = Expected::new(domain.kms.user(alice), kms.user(bob));
    assert_eq!(
        fresh(&octets).verify(&expected, &mut MemoryCache::new(1)).err(),
        Some(Error::IdScheme)
    );
}

/// A dated number does not name its KMS, so two KMSs can have users with the same identifier.
#[test]
fn the_key_of_another_kms_opens_nothing() {
    let [one, two] = ["kms.one", "kms.two"].map(|uri| Domain::new(uri, IdScheme::TelMonthly));
    let (alice, bob) = ("tel:+447700900123", "tel:+447700900124");
    let secret = sakke::SharedSecret::generate(&mut rng());
    let keys = [&one, &two].map(|domain| domain.receiver_key(bob, NOW));
    // In the first case the secret is encapsulated under the first KMS, but the receiver is a user of the second.
    for (under, opens) in [(&one, false), (&two, true)] {
        let octets = message((&two, alice), (under, bob), NOW, &Vec::new(), &secret);
        let expected = Expected::new(two.kms.user(alice), two.kms.user(bob));
        let verified = fresh(&octets).verify(&expected, &mut open()).expect("verified");
        assert_eq!(verified.decapsulate(&keys, &mut open()).is_ok(), opens);
        assert_eq!(verified.decapsulate(&keys[1], &mut open()).is_ok(), opens);
        assert_eq!(verified.decapsulate(&keys[0], &mut open()).err(), Some(Error::Responder));
    }
}

#[test]
fn a_hidden_initiator_is_revealed_before_anything_is_opened() {
    let domain = home();
    let secret = sakke::SharedSecret::generate(&mut rng());
    let uid = domain.kms.user(ALICE).identifier(at(NOW)).expect("an identifier");
    let hidden = vec![(Role::InitiatorUid, uid.as_bytes().to_vec())];
    let octets = message((&domain, ALICE), (&domain, BOB), NOW, &hidden, &secret);
    let bob = domain.kms.user(BOB);
    let verified = || {
        let mut cache = MemoryCache::new(1);
        fresh(&octets)
            .verify_hidden(&domain.kms, &bob, Departures::NONE, &mut cache)
            .expect("verified")
    };
    let opened = verified()
        .reveal(ALICE)
        .and_then(|verified| verified.decapsulate(&domain.receiver_key(BOB, NOW), &mut open()))
        .expect("opened");
    assert!(bool::from(opened.secret().ct_eq(&secret)));
    for other in [BOB, "alice@example.org", ""] {
        assert_eq!(verified().reveal(other).err(), Some(Error::Initiator));
    }
    // A receiver who knows her verifies the same message at once.
    let expected = Expected::new(domain.kms.user(ALICE), bob);
    assert!(fresh(&octets).verify(&expected, &mut MemoryCache::new(1)).is_ok());
    let expected = Expected::new(bob, bob);
    let refused = fresh(&octets).verify(&expected, &mut MemoryCache::new(1));
    assert_eq!(refused.err(), Some(Error::Initiator));

    // Messages that name her in the wrong way or not at all.
    let mallory = domain.kms.user("sip:mallory@example.org").identifier(at(NOW)).expect("an id");
    let wrong: [(Identities, Error); 5] = [
        (vec![], Error::Initiator),
        (vec![(Role::Initiator, ALICE.into())], Error::Initiator),
        (vec![(Role::InitiatorUid, ALICE.into())], Error::Initiator),
        (vec![hidden[0].clone(), (Role::Initiator, ALICE.into())], Error::Initiator),
        (vec![(Role::InitiatorUid, mallory.as_bytes().to_vec())], Error::Signature),
    ];
    for (identities, error) in &wrong {
        let octets = message((&domain, ALICE), (&domain, BOB), NOW, identities, &secret);
        let mut cache = MemoryCache::new(1);
        let refused = fresh(&octets).verify_hidden(&domain.kms, &bob, Departures::NONE, &mut cache);
        assert_eq!(refused.err(), Some(*error));
    }
}

#[test]
fn the_older_coverage_is_accepted_only_where_asked_for() {
    let domain = home();
    let secret = sakke::SharedSecret::generate(&mut rng());
    let octets = message((&domain, ALICE), (&domain, BOB), NOW, &Vec::new(), &secret);
    let covered = &octets[..octets.len() - 129 - 2];
    let signature = domain.signing_key(ALICE, NOW).sign(&mut rng(), covered);
    let signature = signature.expect("signed").to_bytes();
    let older = [&octets[..octets.len() - 129], &signature].concat();
    let strict = Expected::new(domain.kms.user(ALICE), domain.kms.user(BOB));
    let departures = Departures::of(&[Departure::SignHeaderUnsigned]);
    let lenient = Expected { departures, ..strict };
    for (octets, expected, accepted) in [
        (&octets, strict, true),
        (&octets, lenient, true),
        (&older, strict, false),
        (&older, lenient, true),
    ] {
        let verified = fresh(octets).verify(&expected, &mut MemoryCache::new(1));
        assert_eq!(verified.err(), (!accepted).then_some(Error::Signature));
    }
}

/// A cache that remembers nothing and calls this function when a message enters.
struct Entering(fn(&Remembered, NtpTime) -> Result<(), Error>);

impl ReplayCache for Entering {
    fn skew(&self) -> u32 {
        300
    }
    fn floor(&self) -> Option<NtpTime> {
        None
    }
    fn standing(&self, _: &ReplayKey) -> Option<Standing> {
        None
    }
    fn enter(&mut self, message: &Remembered, now: NtpTime) -> Result<(), Error> {
        self.0(message, now)
    }
    fn settle(&mut self, _: &ReplayKey, _: bool) -> Result<(), Error> {
        Ok(())
    }
}

/// A cache that accepts everything, for messages that are opened more than once.
fn open() -> Entering {
    Entering(|_, _| Ok(()))
}

/// A message of the vectors with this T. Its signature is not valid then.
fn with_time(seconds: u32) -> Vec<u8> {
    let mut octets = vectors("i-message", "message").remove(2);
    let message = IMessage::decode(&octets).expect("a message");
    let Timestamp::NtpUtc(value) = message.timestamp() else { panic!("another timestamp") };
    let value = value.to_be_bytes();
    let at = octets.windows(8).position(|window| *window == value).expect("T");
    octets[at..at + 4].copy_from_slice(&seconds.to_be_bytes());
    octets
}

#[test]
fn the_skew_is_allowed_both_ways_and_across_the_end_of_an_era() {
    let check = |seconds: u32, now: u64| {
        let octets = with_time(seconds);
        let message = IMessage::decode(&octets).expect("a message");
        message.check_fresh(&clock(now), &MemoryCache::new(0)).map(|fresh| fresh.time())
    };
    let era = 1 << 32;
    for now in [NOW, era - 5, era, era + 5, 2 * era + 100] {
        for distance in [0, 1, 300] {
            for t in [now - distance, now + distance] {
                assert_eq!(check(t as u32, now), Ok(at(t)), "{now} {t}");
            }
        }
        for t in [now - 301, now + 301, now + (1 << 31), now - (1 << 31)] {
            assert_eq!(check(t as u32, now), Err(Error::Stale), "{now} {t}");
        }
    }
    assert_eq!(check(0, 3), Ok(at(0)));
    assert_eq!(check(u32::MAX, 3), Err(Error::Stale), "before 1900");
}

/// The message with q − s in place of s.
fn with_the_other_s(message: &[u8]) -> Vec<u8> {
    let q = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let mut twin = message.to_vec();
    let s = message.len() - 97;
    let mut borrow = 0;
    for (i, q) in q.expect("hex").into_iter().enumerate().rev() {
        let difference = i16::from(q) - i16::from(message[s + i]) - borrow;
        twin[s + i] = difference.rem_euclid(256) as u8;
        borrow = i16::from(difference < 0);
    }
    twin
}

#[test]
fn only_verified_messages_enter_the_cache() {
    let domain = home();
    let secret = sakke::SharedSecret::generate(&mut rng());
    let octets = message((&domain, ALICE), (&domain, BOB), NOW, &Vec::new(), &secret);
    let mut forged = octets.clone();
    forged[octets.len() - 70] ^= 1;
    let twin = with_the_other_s(&octets);
    let expected = Expected::new(domain.kms.user(ALICE), domain.kms.user(BOB));
    let key = domain.receiver_key(BOB, NOW);
    let mut cache = MemoryCache::new(1);
    let mut verify = |octets: &[u8], now| {
        let fresh = IMessage::decode(octets)?.check_fresh(&clock(now), &cache)?;
        fresh.verify(&expected, &mut cache)?.decapsulate(&key, &mut cache).map(drop)
    };
    assert_eq!(verify(&forged, NOW), Err(Error::Signature));
    assert_eq!(verify(&octets, NOW), Ok(()));
    assert_eq!(verify(&octets, NOW), Err(Error::Replayed));
    assert_eq!(verify(&octets, NOW + 300), Err(Error::Replayed));
    // With another valid signature it is still the same message.
    assert!(fresh(&twin).verify(&expected, &mut MemoryCache::new(1)).is_ok());
    assert_eq!(verify(&twin, NOW), Err(Error::Replayed));
    // The cache has no room for another message while the first one could be replayed.
    let later = message((&domain, ALICE), (&domain, BOB), NOW + 300, &Vec::new(), &secret);
    assert_eq!(verify(&later, NOW + 300), Err(Error::Full));
    assert_eq!(verify(&later, NOW + 301), Ok(()));
    assert_eq!(verify(&octets, NOW + 301), Err(Error::Stale), "the first is too old by now");
}

#[test]
fn a_lost_cache_refuses_what_could_have_been_in_it() {
    let check = |seconds: u64, now: u64| {
        let octets = with_time(seconds as u32);
        let cache = MemoryCache::new(10).lost_at(at(NOW));
        IMessage::decode(&octets)?.check_fresh(&clock(now), &cache).map(drop)
    };
    assert_eq!(check(NOW, NOW), Err(Error::Forgotten));
    // A message could have been accepted just before the loss from a sender whose clock was ahead.
    assert_eq!(check(NOW + 300, NOW + 1), Err(Error::Forgotten));
    assert_eq!(check(NOW + 300, NOW + 500), Err(Error::Forgotten));
    assert_eq!(check(NOW + 301, NOW + 1), Ok(()));
    assert_eq!(check(NOW + 301, NOW + 601), Ok(()));
    assert_eq!(check(NOW + 301, NOW + 602), Err(Error::Stale));
}

#[test]
fn a_shared_cache_decides_when_entering() {
    // Another thread settles every message after it was found fresh and before it enters.
    let mut raced = Entering(|message, now| {
        assert_ne!(message.key.as_bytes(), &[0; 32]);
        assert_eq!((message.time, now), (at(NOW), at(NOW)));
        Err(Error::Replayed)
    });
    let domain = home();
    let secret = sakke::SharedSecret::generate(&mut rng());
    let octets = message((&domain, ALICE), (&domain, BOB), NOW, &Vec::new(), &secret);
    let expected = Expected::new(domain.kms.user(ALICE), domain.kms.user(BOB));
    let fresh = IMessage::decode(&octets)
        .and_then(|message| message.check_fresh(&clock(NOW), &raced))
        .expect("fresh");
    assert_eq!(fresh.verify(&expected, &mut raced).err(), Some(Error::Replayed));
}

/// Two parties that share a key both have the messages that they sent themselves.
#[test]
fn a_message_that_is_sent_back_is_told_by_its_names() {
    let names = [ALICE, BOB].map(Identity::uri);
    let outline = psk_outline(Timestamp::from_time(at(NOW)));
    let named = |identities: &[Identity<'_>], initiator, responder| {
        let octets = sealed(&PskOutline { identities, ..outline }, &TGK);
        decoded(&octets).from_to(initiator, responder).err()
    };
    assert_eq!(named(&names, ALICE, BOB), None);
    assert_eq!(named(&names, BOB, ALICE), Some(Error::Initiator));
    assert_eq!(named(&names, ALICE, ALICE), Some(Error::Responder));
    assert_eq!(named(&names[..1], ALICE, BOB), Some(Error::Responder));
    assert_eq!(named(&[], ALICE, BOB), Some(Error::Initiator));
}

#[test]
fn a_pre_shared_key_that_cancels_itself_is_refused() {
    let (k, other) = ([0x11; 32], [0x22; 32]);
    let derived = |psk: &[u8]| {
        let derivation = Derivation { prf: Prf::HmacSha256, csb_id: 1, rand: &[7; 16] };
        derivation.key::<16>(KeyUse::MessageAuthentication, psk, 0xff).map(|key| *key)
    };
    for psk in [&k[..16], &k, &[k, other].concat(), &[&k[..], &other[..8]].concat()] {
        assert_ne!(derived(psk).expect("a key"), [0; 16]);
    }
    let padded = [&[0x11; 20][..], &[0; 12], &[0x11; 20]].concat();
    for psk in [[k, k].concat(), [k, other, other, k].concat(), [other, k, k].concat(), padded] {
        assert_eq!(derived(&psk), Err(Error::PreSharedKey));
    }
}

#[test]
fn payloads_may_come_in_any_order_and_v_is_ignored() {
    let octets = vectors("i-message", "message").remove(2);
    let message = Message::decode(&octets).expect("a message");
    let mut header = *message.header();
    header.v = true;
    let mut payloads: Vec<_> = message.payloads().collect();
    let last = payloads.len() - 1;
    payloads[..last].reverse();
    let mut builder = Builder::new(&header).expect("a header");
    payloads.iter().try_for_each(|payload| builder.push(payload)).expect("payloads");
    let turned = builder.finish();
    let turned = IMessage::decode(&turned).expect("a message");
    let straight = IMessage::decode(&octets).expect("a message");
    assert!(turned.message().header().v);
    assert_eq!(turned.rand(), straight.rand());
    assert_eq!(turned.encapsulation(), straight.encapsulation());
    assert_eq!(turned.signature(), straight.signature());
    assert_eq!(turned.identity(Role::Initiator), straight.identity(Role::Initiator));
}

#[test]
fn unknown_extensions_and_v_are_kept_as_they_came() {
    let domain = home();
    let secret = sakke::SharedSecret::generate(&mut rng());
    let octets = message((&domain, ALICE), (&domain, BOB), NOW, &Vec::new(), &secret);
    let plain = Message::decode(&octets).expect("a message");
    // The same message with V and unknown extensions, one type of them twice, and with a new signature.
    let extensions = [(200, [1; 3].as_slice()), (200, &[2]), (8, &[]), (255, &[0xff; 300])];
    let extensions = extensions.map(|(kind, data)| Extension { kind, data });
    let mut builder = Builder::new(&Header { v: true, ..*plain.header() }).expect("a header");
    for payload in plain.payloads() {
        if let Payload::Sign(sign) = payload {
            for extension in extensions {
                builder.push(&Payload::Extension(extension)).expect("an extension");
            }
            builder.push(&Payload::Sign(sign)).expect("a signature");
        } else {
            builder.push(&payload).expect("a payload");
        }
    }
    let mut octets = builder.finish();
    let (signed, signature) = octets.split_last_chunk_mut::<129>().expect("a signature");
    let key = domain.signing_key(ALICE, NOW);
    *signature = key.sign(&mut rng(), signed).expect("signed").to_bytes();

    let expected = Expected::new(domain.kms.user(ALICE), domain.kms.user(BOB));
    let verified = fresh(&octets).verify(&expected, &mut MemoryCache::new(1)).expect("verified");
    assert!(verified.message().message().header().v);
    assert!(verified.message().extensions().eq(extensions));
    assert_eq!(remade(verified.message().message()), Ok(octets.clone()));
    let opened = verified.decapsulate(&domain.receiver_key(BOB, NOW), &mut open()).expect("opened");
    assert!(bool::from(opened.secret().ct_eq(&secret)));
}

#[test]
fn several_keys_are_held_at_once() {
    let domain = home();
    let secret = sakke::SharedSecret::generate(&mut rng());
    let octets = message((&domain, ALICE), (&domain, BOB), NOW, &Vec::new(), &secret);
    let expected = Expected::new(domain.kms.user(ALICE), domain.kms.user(BOB));
    let verified = fresh(&octets).verify(&expected, &mut MemoryCache::new(1)).expect("verified");
    let [old, now, next] = [NOW - 2_592_000, NOW, NOW + 2_592_000]
        .map(|time| domain.receiver_key(BOB, time).prepare().expect("prepared"));
    assert!(verified.decapsulate(&[&old, &now], &mut open()).is_ok());
    assert!(verified.decapsulate([&now, &next].as_slice(), &mut open()).is_ok());
    assert_eq!(verified.decapsulate(&[&old, &next], &mut open()).err(), Some(Error::Responder));
    let none: [sakke::ReceiverKey; 0] = [];
    assert_eq!(verified.decapsulate(&none, &mut open()).err(), Some(Error::Responder));
    // Decapsulating directly makes no difference.
    let (id, encapsulation) = (verified.responder(), verified.message().encapsulation());
    let z = domain.kms.z();
    let rejected = Some(eccsi_sakke::Error::Rejected);
    assert_eq!(Decapsulate::open(&old, id, z, encapsulation).err(), rejected);
    assert_eq!(Decapsulate::open(&[&old, &next], id, z, encapsulation).err(), rejected);
    assert!(Decapsulate::open(&[old, now], id, z, encapsulation).is_ok());
}

#[test]
fn sessions_get_what_is_transported_or_derived() {
    let derivation = psk_outline(Timestamp::Counter(0));
    let derivation =
        Derivation { prf: derivation.prf, csb_id: derivation.csb_id, rand: derivation.rand };
    let data = |kind, salt| KeyData { salt, ..KeyData::new(kind, &[2; 16]) };
    let tek = derivation.key::<16>(KeyUse::Tek, &[2; 16], 3).expect("a key");
    let salt = derivation.key::<12>(KeyUse::Salt, &[2; 16], 3).expect("a salt");
    for kind in [KeyKind::Tgk, KeyKind::Gtgk] {
        assert_eq!(data(kind, None).master_key(&derivation, 3), Ok(tek.clone()));
        assert_eq!(data(kind, None).master_salt(&derivation, 3), Ok(salt.clone()));
        let salted = data(kind, Some(&[4; 12]));
        assert_eq!(salted.master_key(&derivation, 3), Ok(tek.clone()));
        assert_eq!(*salted.master_salt::<12>(&derivation, 3).expect("a salt"), [4; 12]);
        assert_eq!(salted.master_salt::<14>(&derivation, 3).err(), Some(Error::Length));
    }
    let tek = data(KeyKind::Tek, Some(&[4; 14]));
    assert_eq!(*tek.master_key::<16>(&derivation, 3).expect("a key"), [2; 16]);
    assert_eq!(tek.master_key::<32>(&derivation, 3).err(), Some(Error::Length));
    assert_eq!(*tek.master_salt::<14>(&derivation, 3).expect("a salt"), [4; 14]);
    let unsalted = data(KeyKind::Tek, None);
    assert_eq!(unsalted.master_salt::<14>(&derivation, 3).err(), Some(Error::Missing));
    let mpk = data(KeyKind::Mpk, None);
    assert_eq!(mpk.master_key::<16>(&derivation, 3).err(), Some(Error::Value));
    assert_eq!(mpk.master_salt::<14>(&derivation, 3).err(), Some(Error::Value));
}

/// A message under the pre-shared key with these keys.
fn sealed(outline: &PskOutline<'_>, keys: &[KeyData<'_>]) -> Vec<u8> {
    outline.seal(&PSK, keys).expect("sealed")
}

/// The message, opened with this key at NOW by a receiver with an empty cache.
fn opened<'a>(message: &PskMessage<'a>, psk: &[u8]) -> Result<OpenedPsk<'a>, Error> {
    let cache = &mut MemoryCache::new(1);
    message.check_fresh(&clock(NOW), cache)?.authenticate(psk, cache)
}

fn decoded(octets: &[u8]) -> PskMessage<'_> {
    PskMessage::decode(octets).expect("a message")
}

const TGK: [KeyData<'static>; 1] = [KeyData::new(KeyKind::Tgk, &[2; 16])];

#[test]
fn every_kind_of_key_data_arrives() {
    let kinds = [KeyKind::Tgk, KeyKind::Tek, KeyKind::Gtgk, KeyKind::Mpk];
    let salts = [None, Some([4; 14].as_slice()), Some(&[])];
    let validities = [
        Validity::Unlimited,
        Validity::Spi(&[1, 2, 3, 4]),
        Validity::Interval { from: &[0; 6], to: &[255; 6] },
    ];
    let mut sent = Vec::new();
    for kind in kinds {
        for salt in salts {
            for validity in validities {
                if kind != KeyKind::Mpk || salt.is_none() {
                    sent.push(KeyData { kind, key: &[2; 16], salt, validity });
                }
            }
        }
    }
    let outline = psk_outline(Timestamp::from_time(at(NOW)));
    let octets = sealed(&outline, &sent);
    let opened = opened(&decoded(&octets), &PSK).expect("opened");
    assert_eq!(opened.key_data().count(), sent.len());
    for (received, sent) in opened.key_data().zip(&sent) {
        assert_eq!((received.kind, received.key), (sent.kind, sent.key));
        assert!(received.salt == sent.salt && received.validity == sent.validity);
    }
    let seal = |key: KeyData<'_>| outline.seal(&PSK, &[key]).err();
    let mpk = KeyData { salt: Some(&[1]), ..KeyData::new(KeyKind::Mpk, &[1]) };
    assert_eq!(seal(mpk), Some(Error::Value));
    assert_eq!(seal(KeyData::new(KeyKind::Tgk, &[])), Some(Error::Length));
    assert_eq!(seal(KeyData::new(KeyKind::Tgk, &[0; 65_532])), Some(Error::Length));
    assert_eq!(outline.seal(&PSK, &[]).err(), Some(Error::Length));
}

#[test]
fn a_pre_shared_key_message_is_accepted_once() {
    let octets = sealed(&psk_outline(Timestamp::from_time(at(NOW))), &TGK);
    let mut cache = MemoryCache::new(1);
    let mut open = |psk: &[u8], now| {
        let fresh = PskMessage::decode(&octets)?.check_fresh(&clock(now), &cache)?;
        fresh.authenticate(psk, &mut cache).map(drop)
    };
    assert_eq!(open(&[7; 16], NOW), Err(Error::Mac));
    assert_eq!(open(&PSK, NOW - 301), Err(Error::Stale));
    assert_eq!(open(&PSK, NOW), Ok(()));
    assert_eq!(open(&PSK, NOW), Err(Error::Replayed));
    assert_eq!(decoded(&octets).check_counter(None).err(), Some(Error::TimestampType));

    let octets = sealed(&psk_outline(Timestamp::Counter(7)), &TGK);
    let message = decoded(&octets);
    for (last, accepted) in [(None, true), (Some(6), true), (Some(7), false), (Some(8), false)] {
        let opened = message
            .check_counter(last)
            .and_then(|fresh| fresh.authenticate(&PSK, &mut MemoryCache::new(0)));
        assert_eq!(opened.err(), (!accepted).then_some(Error::Stale));
    }
    let fresh = message.check_fresh(&clock(NOW), &MemoryCache::new(1));
    assert_eq!(fresh.err(), Some(Error::TimestampType));
}

#[test]
fn a_signed_message_is_verified_before_it_opens() {
    let domain = home();
    let key = domain.signing_key(ALICE, NOW);
    let names = [Identity::uri(ALICE)];
    let outline = psk_outline(Timestamp::from_time(at(NOW)));
    let outline = PskOutline { identities: &names, ..outline };
    let signed = outline
        .seal_for_signature(&PSK, &TGK)
        .and_then(|unsigned| unsigned.sign(&key, &mut rng()))
        .expect("signed");
    assert_eq!(PskMessage::decode(&signed).err(), Some(Error::Payload));
    let message = SignedPskMessage::decode(&signed).expect("a message");
    assert_eq!((message.csb_id(), message.timestamp()), (outline.csb_id, outline.timestamp));
    assert!(message.identities().eq(names));
    let cache = &mut MemoryCache::new(1);
    for (other, error) in [(BOB, Error::Signature), (ALICE, Error::Replayed)] {
        if other == ALICE {
            let fresh =
                message.verify(&domain.kms.user(ALICE), &clock(NOW), cache).expect("verified");
            let opened = fresh.authenticate(&PSK, cache).expect("opened");
            assert_eq!(opened.key_data().next().expect("a key").key, [2; 16]);
        }
        let refused = message.verify(&domain.kms.user(other), &clock(NOW), cache);
        assert_eq!(refused.err(), Some(error));
    }
    let late = message.verify(&domain.kms.user(ALICE), &clock(NOW + 301), cache);
    assert_eq!(late.err(), Some(Error::Stale));
    // A receiver can accept a message from any member of the group by name.
    assert!(opened(&message.without_its_signature(), &PSK).is_ok());

    let unsigned = sealed(&outline, &TGK);
    assert_eq!(SignedPskMessage::decode(&unsigned).err(), Some(Error::Missing));
    let counted = psk_outline(Timestamp::Counter(7));
    let counted = counted.seal_for_signature(&PSK, &TGK).expect("sealed");
    let counted = counted.sign(&key, &mut rng()).expect("signed");
    let counted = SignedPskMessage::decode(&counted).expect("a message");
    let refused = counted.verify(&domain.kms.user(ALICE), &clock(NOW), cache);
    assert_eq!(refused.err(), Some(Error::TimestampType));
}

#[test]
fn a_signed_message_takes_the_room_of_its_signer() {
    let domain = home();
    let cache = &mut MemoryCache::new(10).with_quota(1);
    let mut received = |from: &str, time| {
        let outline = psk_outline(Timestamp::from_time(at(time)));
        let signed = outline
            .seal_for_signature(&PSK, &TGK)
            .and_then(|unsigned| unsigned.sign(&domain.signing_key(from, NOW), &mut rng()));
        SignedPskMessage::decode(&signed.expect("signed"))
            .and_then(|message| message.verify(&domain.kms.user(from), &clock(NOW), cache))
            .and_then(|fresh| fresh.authenticate(&PSK, cache))
            .err()
    };
    assert_eq!(received(ALICE, NOW), None);
    assert_eq!(received(ALICE, NOW + 1), Some(Error::Quota));
    assert_eq!(received(BOB, NOW + 2), None, "under the same key");
}

#[test]
fn a_pre_shared_key_has_16_octets_at_least() {
    let outline = PskOutline { v: true, ..psk_outline(Timestamp::from_time(at(NOW))) };
    for len in [0, 1, 15, 16, 17, 32, 65] {
        let psk: Vec<u8> = (3..).take(len).collect();
        let expected = if len < MIN_PSK { Err(Error::PreSharedKey) } else { Ok(()) };
        assert_eq!(outline.seal(&psk, &TGK).map(drop), expected, "{len}");
        assert_eq!(outline.seal_for_signature(&psk, &TGK).map(drop), expected, "{len}");
        // A short key neither opens a message nor checks an answer.
        let used = if len < MIN_PSK { PSK.as_slice() } else { &psk };
        let octets = outline.seal(used, &TGK).expect("a message");
        let message = decoded(&octets);
        assert_eq!(opened(&message, &psk).map(drop), expected, "{len}");
        let opened = opened(&message, used).expect("opened");
        let answer = opened.verification(None, b"a", b"b").expect("an answer");
        assert_eq!(verify_response(&answer, &message, &psk, b"a", b"b"), expected, "{len}");
    }
}

#[test]
fn a_verification_message_answers_one_message() {
    let timestamp = Timestamp::from_time(at(NOW));
    let outline = PskOutline { v: true, ..psk_outline(timestamp) };
    let sent = sealed(&outline, &TGK);
    let sent = decoded(&sent);
    assert!(sent.v());
    let answer = |identity| {
        let opened = opened(&sent, &PSK).expect("opened");
        opened.verification(identity, b"initiator", b"responder").expect("an answer")
    };
    let check = |octets: &[u8], psk: &[u8], initiator: &[u8], responder: &[u8]| {
        verify_response(octets, &sent, psk, initiator, responder)
    };
    for identity in [None, Some(Identity::uri(b"responder".as_slice()))] {
        let octets = answer(identity);
        assert!(!Message::decode(&octets).expect("a message").header().v, "it asks for nothing");
        assert_eq!(check(&octets, &PSK, b"initiator", b"responder"), Ok(()));
        assert_eq!(check(&octets, &[7; 16], b"initiator", b"responder"), Err(Error::Mac));
        assert_eq!(check(&octets, &PSK, b"another", b"responder"), Err(Error::Mac));
        let error = if identity.is_some() { Error::Responder } else { Error::Mac };
        assert_eq!(check(&octets, &PSK, b"initiator", b"another"), Err(error));
        for place in 0..octets.len() {
            let mut altered = octets.clone();
            altered[place] ^= 1;
            assert!(check(&altered, &PSK, b"initiator", b"responder").is_err(), "octet {place}");
        }
    }
    // The answer does not fit another message.
    let octets = answer(None);
    let others = [
        (PskOutline { timestamp: Timestamp::from_time(at(NOW + 1)), ..outline }, Error::Value),
        (PskOutline { csb_id: 1, ..outline }, Error::Value),
        (PskOutline { prf: Prf::HmacSha1, ..outline }, Error::Suite),
        (PskOutline { rand: &[4; 16], ..outline }, Error::Mac),
    ];
    for (outline, error) in others {
        let other = sealed(&outline, &TGK);
        let refused = verify_response(&octets, &decoded(&other), &PSK, b"initiator", b"responder");
        assert_eq!(refused, Err(error));
    }
    assert_eq!(check(sent.as_bytes(), &PSK, b"", b""), Err(Error::MessageType));
}

#[test]
fn a_verification_message_has_its_payloads_and_no_others() {
    let timestamp = Timestamp::from_time(at(NOW));
    let sent = sealed(&PskOutline { v: true, ..psk_outline(timestamp) }, &TGK);
    let sent = decoded(&sent);
    let header = Header { message_type: MessageType::Verification, ..*sent.message().header() };
    let t = Payload::Timestamp(timestamp);
    let id = Payload::Identity(Identity::uri(b"responder".as_slice()));
    let v = Payload::Verification(Mac::HmacSha256(&[0; 32]));
    let sha1 = Payload::Verification(Mac::HmacSha1(&[0; 20]));
    let cases: [(&[Payload<'_>], Error); 11] = [
        (&[t, v], Error::Mac),
        (&[t, id, v], Error::Mac),
        (&[t], Error::Missing),
        (&[v], Error::Missing),
        (&[], Error::Missing),
        (&[t, t, v], Error::Repeated),
        (&[t, id, id, v], Error::Repeated),
        (&[t, v, id], Error::Payload),
        (&[t, v, v], Error::Payload),
        (&[t, Payload::Rand(&[3; 16]), v], Error::Payload),
        (&[t, sha1], Error::Suite),
    ];
    for (payloads, error) in cases {
        let mut builder = Builder::new(&header).expect("a header");
        payloads.iter().try_for_each(|payload| builder.push(payload)).expect("payloads");
        let octets = builder.finish();
        let refused = verify_response(&octets, &sent, &PSK, b"initiator", b"responder");
        assert_eq!(refused, Err(error), "{payloads:?}");
    }
}
