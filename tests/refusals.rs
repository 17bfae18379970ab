//! Messages with a single fault. Each is refused because of that fault.

#[path = "scenario/world.rs"]
#[expect(dead_code, reason = "each test uses a part of the world")]
mod world;

use eccsi_sakke::mikey::psk::{KeyData, KeyKind, PskMessage, PskOutline, SignedPskMessage};
use eccsi_sakke::mikey::{
    Builder, CryptoSession, CsIdMap, Error, Expected, Extension, Header, IMessage, Identity,
    Message, MessageType, Outline, Payload, Prf, Role, SecurityPolicy, Sign, Timestamp,
};
use eccsi_sakke::mission_critical::{self, Delivery, Key, Purpose, Reception};
use eccsi_sakke::sakke::Encapsulation;
use eccsi_sakke::{eccsi, sakke};

use world::{Domain, PSK, at, clock, home, outline, psk_outline, rng, store};

const ALICE: &str = "sip:alice@example.org";
const BOB: &str = "sip:bob@example.org";
const NOW: u64 = 3_968_536_648;
/// The outline of a pre-shared-key message at NOW.
fn psk_now() -> PskOutline<'static> {
    psk_outline(Timestamp::from_time(at(NOW)))
}

fn encapsulation(domain: &Domain) -> Encapsulation {
    domain.encapsulation(BOB, NOW, &[7; 16].into())
}

fn keys() -> [KeyData<'static>; 1] {
    [KeyData::new(KeyKind::Tgk, &[2; 16])]
}

/// The message with changed payloads.
fn remade<'a>(octets: &'a [u8], change: impl FnOnce(&mut Vec<Payload<'a>>)) -> Vec<u8> {
    let message = Message::decode(octets).expect("a message");
    let mut payloads: Vec<_> = message.payloads().collect();
    change(&mut payloads);
    let mut builder = Builder::new(message.header()).expect("a header");
    payloads.iter().try_for_each(|payload| builder.push(payload)).expect("payloads");
    builder.finish()
}

#[test]
fn an_outline_says_what_a_receiver_accepts() {
    let domain = home();
    let encapsulation = encapsulation(&domain);
    let policy = SecurityPolicy { number: 1, protocol: 0, parameters: (&[][..]).into() };
    let outline = Outline { timestamp: Timestamp::Ntp(NOW << 32), ..outline(&encapsulation, NOW) };
    assert!(outline.encode().is_ok());
    let error = |outline: Outline<'_>| outline.encode().err();
    assert_eq!(error(Outline { rand: &[3; 15], ..outline }), Some(Error::Rand));
    assert_eq!(error(Outline { rand: &[3; 255], ..outline }), None);
    assert_eq!(error(Outline { rand: &[3; 256], ..outline }), Some(Error::Length));
    for timestamp in [Timestamp::Counter(1), Timestamp::NtpUtc32(1)] {
        assert_eq!(error(Outline { timestamp, ..outline }), Some(Error::TimestampType));
    }
    let twice = [(Role::Kms, Identity::uri(ALICE)), (Role::Kms, Identity::uri(BOB))];
    assert_eq!(error(Outline { identities: &twice, ..outline }), Some(Error::Repeated));
    assert_eq!(error(Outline { identities: &twice[..1], ..outline }), None);
    assert_eq!(error(Outline { policies: &[policy; 2], ..outline }), Some(Error::Repeated));
    assert_eq!(error(Outline { policies: &[policy], ..outline }), None);
}

#[test]
fn an_i_message_has_each_payload_once() {
    let domain = home();
    let encapsulation = encapsulation(&domain);
    let identities = &[(Role::Initiator, Identity::uri(ALICE))];
    let outline = Outline { identities, ..outline(&encapsulation, NOW) };
    let signer = domain.signing_key(ALICE, NOW);
    let octets = outline.encode().and_then(|unsigned| unsigned.sign(&signer, &mut rng()));
    let octets: &'static [u8] = octets.expect("a message").leak();
    let error = |change: &dyn Fn(&mut Vec<Payload<'static>>)| {
        IMessage::decode(&remade(octets, |payloads| change(payloads))).err()
    };
    assert_eq!(error(&|_| {}), None);
    // T, RAND, IDRi, SAKKE, SIGN.
    for (place, repeated) in [(0, true), (1, true), (2, true), (3, true)] {
        assert_eq!(error(&|p| p.insert(0, p[place])), repeated.then_some(Error::Repeated));
    }
    for place in [0, 1, 3, 4] {
        assert_eq!(error(&|p| _ = p.remove(place)), Some(Error::Missing));
    }
    assert_eq!(error(&|p| _ = p.remove(2)), None, "identities are optional");
    for timestamp in [Timestamp::Counter(1), Timestamp::NtpUtc32(1)] {
        assert_eq!(error(&|p| p[0] = Payload::Timestamp(timestamp)), Some(Error::TimestampType));
    }
    assert_eq!(error(&|p| p[0] = Payload::Timestamp(Timestamp::Ntp(1))), None);
    assert_eq!(error(&|p| p[1] = Payload::Rand(&[1; 15])), Some(Error::Rand));
    assert_eq!(error(&|p| p[1] = Payload::Rand(&[1; 255])), None);
    let out_of_place = [
        Payload::Identity(Identity::uri(ALICE)),
        Payload::Error(0),
        Payload::Verification(eccsi_sakke::mikey::Mac::HmacSha256(&[0; 32])),
    ];
    for payload in out_of_place {
        assert_eq!(error(&|p| p.insert(2, payload)), Some(Error::Payload));
    }
    let policy = SecurityPolicy { number: 5, protocol: 0, parameters: (&[][..]).into() };
    let other = SecurityPolicy { number: 6, ..policy };
    let policies = |number: &SecurityPolicy<'static>| Payload::Policy(*number);
    assert_eq!(error(&|p| p.insert(2, policies(&policy))), None);
    let two = [policies(&policy), policies(&other)];
    assert_eq!(error(&|p| drop(p.splice(2..2, two))), None);
    let same = [policies(&policy), policies(&policy)];
    assert_eq!(error(&|p| drop(p.splice(2..2, same))), Some(Error::Repeated));
    let Some(Payload::Sign(sign)) = Message::decode(octets).expect("one").payloads().last() else {
        panic!("no signature");
    };
    for kind in [0, 1, 3, 15] {
        assert_eq!(error(&|p| p[4] = Payload::Sign(Sign { kind, ..sign })), Some(Error::Value));
    }
    let Some(Payload::Sakke(own)) = Message::decode(octets).expect("one").payloads().nth(3) else {
        panic!("no encapsulation");
    };
    for parameters in [0, 2, 255] {
        let other = eccsi_sakke::mikey::SakkePayload { parameters, ..own };
        assert_eq!(error(&|p| p[3] = Payload::Sakke(other)), Some(Error::Value));
    }
    let short = eccsi_sakke::mikey::SakkePayload { data: &own.data[1..], ..own };
    let length = Some(Error::Primitive(eccsi_sakke::Error::Length));
    assert_eq!(error(&|p| p[3] = Payload::Sakke(short)), length);
    let short = Sign { signature: &sign.signature[1..], ..sign };
    assert_eq!(error(&|p| p[4] = Payload::Sign(short)), length);
}

#[test]
fn what_an_error_payload_reserves_is_zero() {
    let header = Header {
        message_type: MessageType::Error,
        v: false,
        prf: Prf::HmacSha256,
        csb_id: 1,
        map: CsIdMap::Empty,
    };
    let mut builder = Builder::new(&header).expect("a header");
    builder.push(&Payload::Error(12)).expect("a payload");
    let octets = builder.finish();
    let message = Message::decode(&octets).expect("a message");
    assert!(message.payloads().eq([Payload::Error(12)]));
    assert_eq!(IMessage::decode(&octets).err(), Some(Error::MessageType));
    assert_eq!(PskMessage::decode(&octets).err(), Some(Error::MessageType));
    for place in [1, 2] {
        let mut octets = octets.clone();
        let at = octets.len() - place;
        octets[at] = 1;
        assert_eq!(Message::decode(&octets), Err(Error::Value));
    }
}

#[test]
fn a_pre_shared_key_message_has_each_payload_once() {
    let octets: &'static [u8] = psk_now().seal(&PSK, &keys()).expect("sealed").leak();
    let error = |change: &dyn Fn(&mut Vec<Payload<'static>>)| {
        PskMessage::decode(&remade(octets, |payloads| change(payloads))).err()
    };
    let identity = || Payload::Identity(Identity::uri(ALICE));
    let extension = Payload::Extension(Extension { kind: 1, data: b"data" });
    assert_eq!(error(&|_| {}), None);
    // T, RAND, KEMAC.
    for place in 0..3 {
        assert_eq!(error(&|p| _ = p.remove(place)), Some(Error::Missing));
    }
    for place in 0..2 {
        assert_eq!(error(&|p| p.insert(0, p[place])), Some(Error::Repeated));
    }
    assert_eq!(error(&|p| p.push(p[2])), Some(Error::Payload), "nothing follows KEMAC");
    assert_eq!(error(&|p| p.push(extension)), Some(Error::Payload));
    assert_eq!(error(&|p| p.insert(1, extension)), None);
    assert_eq!(error(&|p| p.insert(1, Payload::Error(0))), Some(Error::Payload));
    assert_eq!(error(&|p| drop(p.splice(2..2, [identity(), identity()]))), None);
    let three = || [identity(), identity(), identity()];
    assert_eq!(error(&|p| drop(p.splice(2..2, three()))), Some(Error::Repeated));
    assert_eq!(error(&|p| p[1] = Payload::Rand(&[1; 15])), Some(Error::Rand));
    let policy = SecurityPolicy { number: 5, protocol: 0, parameters: (&[][..]).into() };
    assert_eq!(error(&|p| p.insert(2, Payload::Policy(policy))), None);
    let same = || [Payload::Policy(policy), Payload::Policy(policy)];
    assert_eq!(error(&|p| drop(p.splice(2..2, same()))), Some(Error::Repeated));
    let Some(Payload::Kemac(kemac)) = Message::decode(octets).expect("one").payloads().last()
    else {
        panic!("no KEMAC");
    };
    for encryption in [0, 1, 2, 4] {
        let kemac = eccsi_sakke::mikey::Kemac { encryption, ..kemac };
        assert_eq!(error(&|p| p[2] = Payload::Kemac(kemac)), Some(Error::Suite));
    }
    let sha1 = eccsi_sakke::mikey::Mac::HmacSha1(&[0; 20]);
    let kemac = eccsi_sakke::mikey::Kemac { mac: sha1, ..kemac };
    assert_eq!(error(&|p| p[2] = Payload::Kemac(kemac)), Some(Error::Suite));

    let outline = psk_now();
    let identities = [Identity::uri(ALICE); 3];
    let seal = |outline: PskOutline<'_>| outline.seal(&PSK, &keys()).err();
    assert_eq!(seal(PskOutline { identities: &identities[..2], ..outline }), None);
    assert_eq!(seal(PskOutline { identities: &identities, ..outline }), Some(Error::Repeated));
    assert_eq!(seal(PskOutline { policies: &[policy; 2], ..outline }), Some(Error::Repeated));
    assert_eq!(seal(PskOutline { rand: &[3; 15], ..outline }), Some(Error::Rand));
}

#[test]
fn the_signature_of_prose_follows_kemac_and_is_eccsi() {
    let key = home().signing_key(ALICE, NOW);
    let unsigned = psk_now().seal_for_signature(&PSK, &keys()).expect("sealed");
    let octets: &'static [u8] = unsigned.sign(&key, &mut rng()).expect("signed").leak();
    let message = SignedPskMessage::decode(octets).expect("a message");
    let Some(Payload::Sign(sign)) = message.message().payloads().last() else {
        panic!("no signature");
    };
    assert_eq!(message.signature().as_bytes().as_slice(), sign.signature);
    let with = |sign: Sign<'static>| {
        let octets = remade(octets, |payloads| payloads[3] = Payload::Sign(sign));
        SignedPskMessage::decode(&octets).err()
    };
    assert_eq!(with(sign), None);
    assert_eq!(with(Sign { kind: 1, ..sign }), Some(Error::Value));
    let length = Some(Error::Primitive(eccsi_sakke::Error::Length));
    assert_eq!(with(Sign { signature: &sign.signature[1..], ..sign }), length);
    let early = remade(octets, |payloads| _ = payloads.remove(2));
    assert_eq!(SignedPskMessage::decode(&early).err(), Some(Error::Payload));
}

/// The message of a PCK from Alice to Bob with changed payloads and a new signature.
fn pck(domain: &Domain, change: impl FnOnce(&mut Vec<Payload<'_>>)) -> Vec<u8> {
    let key = Key::generate(Purpose::Pck, &mut rng());
    let (alice, bob) = (domain.kms.user(ALICE), domain.kms.user(BOB));
    let delivery = Delivery { to_self: true, ..Delivery::new(alice, bob, at(NOW)) };
    let signer = domain.signing_key(ALICE, NOW);
    let octets = delivery.message(&key, &signer, &mut rng()).expect("a message");
    let octets = remade(&octets, change);
    let covered = &octets[..octets.len() - eccsi::Signature::LEN];
    let signature = signer.sign(&mut rng(), covered).expect("signed");
    [covered, signature.as_bytes()].concat()
}

#[test]
fn what_the_sender_sends_itself_is_checked_too() {
    let domain = home();
    let (alice, bob) = (domain.kms.user(ALICE), domain.kms.user(BOB));
    let reception = Reception::new(Expected::new(alice, bob), clock(NOW));
    let own = domain.receiver_key(ALICE, NOW);
    let error = |change: &dyn Fn(&mut Vec<u8>)| {
        let octets = pck(&domain, |payloads| {
            for payload in payloads {
                if let Payload::Extension(extension) = payload {
                    let mut data = extension.data.to_vec();
                    change(&mut data);
                    extension.data = data.leak();
                }
            }
        });
        reception.to_self(Purpose::Pck, &octets, &mut store(), &own).err()
    };
    assert_eq!(error(&|_| {}), None);
    for next in [4, 255] {
        assert_eq!(error(&|data| data[0] = next), None, "the next payload means nothing");
    }
    // Next payload, parameter set, scheme, length, R and H.
    assert_eq!(error(&|data| data[1] = 2), Some(Error::Value.into()));
    assert_eq!(error(&|data| data[2] = 1), Some(Error::IdScheme.into()));
    assert_eq!(error(&|data| data[4] += 1), Some(mission_critical::Error::Profile));
    assert_eq!(error(&|data| data.push(0)), Some(mission_critical::Error::Profile));
    assert_eq!(error(&|data| data.truncate(0)), Some(mission_critical::Error::Profile));
    assert_eq!(error(&|data| data.truncate(277)), Some(mission_critical::Error::Profile));
    let last = 1 + 2 + 2 + 272;
    assert_eq!(error(&|data| data[last] ^= 1), Some(Error::Decapsulation.into()));
}

/// If the standard's sessions apply, so does its policy, regardless of other policies in the message.
#[test]
fn a_policy_beside_the_empty_map() {
    let domain = home();
    let (alice, bob) = (domain.kms.user(ALICE), domain.kms.user(BOB));
    let reception = Reception::new(Expected::new(alice, bob), clock(NOW));
    let key = domain.receiver_key(BOB, NOW);
    for numbers in [&[][..], &[0], &[255], &[0, 128], &[127, 255], &[1, 2]] {
        let octets = pck(&domain, |payloads| {
            let policy = |number: &u8| {
                let parameters = [].as_slice().into();
                Payload::Policy(SecurityPolicy { number: *number, protocol: 0, parameters })
            };
            let place = payloads.iter().position(|payload| matches!(payload, Payload::Sakke(_)));
            let place = place.expect("a SAKKE payload");
            payloads.splice(place..place, numbers.iter().map(policy));
        });
        let refused = reception.pck(&octets, &mut store(), &key).err();
        assert_eq!(refused, None, "{numbers:?}");
    }
}

#[test]
fn a_message_of_a_key_follows_the_profile() {
    use mission_critical::Error::{Identity as Who, Profile};
    let domain = home();
    let (alice, bob) = (domain.kms.user(ALICE), domain.kms.user(BOB));
    let reception = Reception::new(Expected::new(alice, bob), clock(NOW));
    let key = domain.receiver_key(BOB, NOW);
    let receive = |octets: &[u8]| reception.pck(octets, &mut store(), &key).err();
    let error = |change: &dyn Fn(&mut Vec<Payload<'_>>)| {
        receive(&pck(&domain, |payloads| change(payloads)))
    };
    assert_eq!(error(&|_| {}), None);
    // T, RAND, four identities, SAKKE, the extension, SIGN.
    for place in 2..6 {
        assert_eq!(error(&|p| _ = p.remove(place)), Some(Who), "{place}");
    }
    assert_eq!(error(&|p| p[0] = Payload::Timestamp(Timestamp::Ntp(NOW << 32))), Some(Profile));
    let twice = |kind| {
        let extension = Payload::Extension(Extension { kind, data: &[] });
        error(&|p| drop(p.splice(7..7, [extension, extension])))
    };
    assert_eq!(twice(Extension::SAKKE_TO_SELF), Some(Profile));
    assert_eq!(twice(Extension::KEY_PARAMETERS), Some(Profile));
    assert_eq!(twice(0x42), None, "others are kept");
}

#[test]
fn a_crypto_session_names_one_policy_of_srtp() {
    use mission_critical::Error::{Profile, Spi};
    let domain = home();
    let (alice, bob) = (domain.kms.user(ALICE), domain.kms.user(BOB));
    let reception = Reception::new(Expected::new(alice, bob), clock(NOW));
    let signer = domain.signing_key(ALICE, NOW);
    let receiver = domain.receiver_key(BOB, NOW);
    let key = Key::generate(Purpose::Pck, &mut rng());
    let spi = key.id().to_bytes();
    let identities = domain.identities(ALICE, BOB);
    let encapsulation = domain.encapsulation(BOB, NOW, key.secret());
    let policies =
        [0, 1].map(|number| SecurityPolicy { number, protocol: 0, parameters: (&[][..]).into() });
    let with_policies = |prf, map: CsIdMap<'_>, policies: &[SecurityPolicy<'_>]| {
        let (csb_id, identities) = (key.id().value(), &identities);
        let outline =
            Outline { prf, csb_id, map, identities, policies, ..outline(&encapsulation, NOW) };
        let octets = outline.encode().and_then(|unsigned| unsigned.sign(&signer, &mut rng()));
        reception.pck(&octets.expect("a message"), &mut store(), &receiver).err()
    };
    let error = |prf, map: CsIdMap<'_>| with_policies(prf, map, &policies);
    let session = CryptoSession {
        cs_id: 0,
        protocol: 0,
        s: false,
        policies: &[0],
        session_data: &[],
        spi: &spi,
    };
    let with = |session: CryptoSession<'_>| {
        error(Prf::HmacSha256, CsIdMap::GenericId((&[session]).into()))
    };
    assert_eq!(with(session), None);
    assert_eq!(with(CryptoSession { policies: &[1], ..session }), None);
    assert_eq!(with(CryptoSession { policies: &[2], ..session }), Some(Profile));
    assert_eq!(with(CryptoSession { policies: &[], ..session }), Some(Profile));
    assert_eq!(with(CryptoSession { policies: &[0, 1], ..session }), Some(Profile));
    assert_eq!(with(CryptoSession { protocol: 1, ..session }), Some(Profile));
    assert_eq!(with(CryptoSession { spi: &[], ..session }), None);
    assert_eq!(with(CryptoSession { spi: &spi[..3], ..session }), Some(Spi));
    assert_eq!(with(CryptoSession { spi: &[0; 4], ..session }), Some(Spi));
    let other = CryptoSession { cs_id: 1, spi: &[0; 4], ..session };
    let both = [session, other];
    assert_eq!(error(Prf::HmacSha256, CsIdMap::GenericId((&both).into())), Some(Spi));
    let other = CryptoSession { cs_id: 1, protocol: 2, ..session };
    let both = [session, other];
    assert_eq!(error(Prf::HmacSha256, CsIdMap::GenericId((&both).into())), Some(Profile));
    assert_eq!(error(Prf::HmacSha256, CsIdMap::GenericId((&[]).into())), None);
    assert_eq!(error(Prf::HmacSha256, CsIdMap::SrtpId((&[]).into())), Some(Profile));
    assert_eq!(error(Prf::HmacSha256, CsIdMap::Empty), None, "policies of no session");
    assert_eq!(with_policies(Prf::HmacSha256, CsIdMap::Empty, &[]), None);
    assert_eq!(with_policies(Prf::HmacSha1, CsIdMap::Empty, &[]), Some(Profile));
}

#[test]
fn some_keys_have_no_message() {
    let domain = home();
    let (alice, bob) = (domain.kms.user(ALICE), domain.kms.user(BOB));
    let key = domain.receiver_key(BOB, NOW);
    let reception = Reception::new(Expected::new(alice, bob), clock(NOW));
    let pck = pck(&domain, |_| {});
    // Type, CSB ID.
    let csb_id = 4;
    for (purpose, there) in [
        (Purpose::Pck, true),
        (Purpose::Csk, true),
        (Purpose::Mscck, true),
        (Purpose::MuSik, true),
        (Purpose::Spk, false),
        (Purpose::Mkfc, false),
    ] {
        let delivery = Delivery::new(alice, bob, at(NOW));
        let sent = delivery.unsigned(&Key::generate(purpose, &mut rng()), &mut rng());
        assert_eq!(sent.err(), (!there).then_some(mission_critical::Error::Purpose), "{purpose:?}");
        let mut octets = pck.clone();
        octets[csb_id] = purpose.tag() << 4;
        octets[csb_id + 1] ^= 1;
        let received = reception.receive(purpose, &octets, &mut store(), &key).err();
        let expected = match purpose {
            Purpose::Spk | Purpose::Mkfc => mission_critical::Error::Purpose,
            _ => Error::Signature.into(),
        };
        assert_eq!(received, Some(expected), "{purpose:?}");
    }
}

#[test]
fn an_empty_map_has_no_sessions() {
    let octets = psk_now().seal(&PSK, &keys()).expect("sealed");
    // #CS and the type of the map.
    assert_eq!(octets[8..10], [0, 1]);
    let error = |count: u8, kind: u8| {
        let mut octets = octets.clone();
        octets[8..10].copy_from_slice(&[count, kind]);
        Message::decode(&octets).err()
    };
    assert_eq!(error(0, 1), None);
    assert_eq!(error(1, 1), Some(Error::Length));
    assert_eq!(error(255, 1), Some(Error::Length));
    assert_eq!(error(0, 0), None);
    assert_eq!(error(0, 2), None);
    for kind in [3, 4, 255] {
        assert_eq!(error(0, kind), Some(Error::Value));
    }
}

#[test]
fn sealed_parameters_have_a_tag_at_least() {
    use mission_critical::{Error as Profile, KeyParameters, ParametersHeader, SealedParameters};
    let secret = sakke::SharedSecret::from([7; 16]);
    let parameters = KeyParameters::new(Purpose::Pck);
    let sealed = ParametersHeader::new(1, [2; 16], 3).seal(&parameters, &secret).expect("sealed");
    // Header, content type, length.
    let front = 32 + 1 + 2;
    let with_length = |length: u8| {
        let mut octets = sealed[..front].to_vec();
        octets[front - 1] = length;
        octets.resize(front + usize::from(length), 0);
        SealedParameters::decode(&octets).map(|sealed| sealed.open(&secret).err())
    };
    assert_eq!(with_length(16), Ok(Some(Profile::Sealed)));
    for length in [0, 1, 15] {
        assert_eq!(with_length(length), Err(Profile::Parameters));
    }
}
