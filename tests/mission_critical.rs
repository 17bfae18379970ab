//! Keys of the mission-critical system, from the users who make them to the users who receive them.

#[path = "scenario/world.rs"]
#[expect(dead_code, reason = "each test uses a part of the world")]
mod world;

#[path = "../src/random/testing.rs"]
mod testing;

use aes_gcm::AesGcm;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::consts::U16;
use eccsi_sakke::mikey::{self, Expected, Extension, IMessage, IdScheme, Role, User};
use eccsi_sakke::mission_critical::{
    Anonymous, CALL_POLICY, CsId, Delivery, Distribution, Error, GROUP_POLICY, Group, Hiding, Key,
    KeyId, KeyParameters, MemoryStore, ParametersHeader, PreparedKms, Purpose, Reception,
    SealedParameters, SignallingKeys, SrtpKeys, Validity, in_force, last_received,
};
use eccsi_sakke::{NtpTime, UserUri, sakke};
use subtle::ConstantTimeEq;
use testing::repeating;
use zeroize::ZeroizeOnDrop;

use world::{Domain, PERIOD, at, clock, equal, home, outline, rng, store as empty_store};

/// Ten days before the end of a key period.
const NOW: u64 = 1532 * PERIOD - 864_000;

const GMS: &str = "sip:gms@example.org";
const ALICE: &str = "sip:alice@example.org";
const BOB: &str = "sip:bob@example.net";
const CAROL: &str = "sip:carol@example.net";
const SERVER: &str = "sip:mcptt-server@example.org";
const GROUP: &[u8] = b"sip:group-1@example.org";

fn reception<'a>(initiator: User<'a>, responder: User<'a>, now: u64) -> Reception<'a> {
    Reception::new(Expected::new(initiator, responder), clock(now))
}

fn group_parameters() -> KeyParameters {
    KeyParameters {
        text: b"Ops".to_vec(),
        groups: vec![Group::new(GROUP)],
        ..KeyParameters::new(Purpose::Gmk)
    }
}

#[test]
fn the_policy_is_the_keys_or_the_callers() {
    let domain = home();
    let (from, to) = (domain.kms.user(GMS), domain.kms.user(ALICE));
    let own: &[(u8, &[u8])] = &[(0, &[1]), (200, &[])];
    let signing_key = domain.signing_key(GMS, NOW);
    for (purpose, given, expected) in [
        (Purpose::Gmk, None, GROUP_POLICY),
        (Purpose::Pck, None, CALL_POLICY),
        (Purpose::Gmk, Some(own), own),
    ] {
        let parameters = KeyParameters::new(purpose);
        let delivery = Delivery {
            cs_ids: &[CsId::agreed(200)],
            policy: given,
            parameters: Some(&parameters),
            ..Delivery::new(from, to, at(NOW))
        };
        let key = Key::generate(purpose, &mut rng());
        let octets = delivery.message(&key, &signing_key, &mut rng()).expect("a message");
        let message = IMessage::decode(&octets).expect("a message");
        let policy = message.policy(0).expect("a policy").parameters;
        assert!(policy.iter().eq(expected.iter().copied()));
    }
}

#[test]
fn a_gmk_is_not_sent_without_parameters() {
    let domain = home();
    let delivery = Delivery::new(domain.kms.user(GMS), domain.kms.user(ALICE), at(NOW));
    let gmk = Key::generate(Purpose::Gmk, &mut rng());
    assert_eq!(delivery.unsigned(&gmk, &mut rng()).err(), Some(Error::Parameters));
    let of_pck = KeyParameters::new(Purpose::Pck);
    let delivery = Delivery { parameters: Some(&of_pck), ..delivery };
    assert_eq!(delivery.unsigned(&gmk, &mut rng()).err(), Some(Error::Purpose));
}

#[test]
fn each_key_has_its_profile() {
    let domain = home();
    let deliveries: [(Purpose, &str, &str, &[CsId]); 6] = [
        (Purpose::Pck, ALICE, BOB, &[CsId::MCPTT_CALLER, CsId::MCPTT_CALLEE]),
        (Purpose::Csk, ALICE, SERVER, &[CsId::MCPTT_CSK]),
        (Purpose::Csk, SERVER, ALICE, &[CsId::MCVIDEO_CSK]),
        (Purpose::MuSik, SERVER, ALICE, &[CsId::MCPTT_MUSIK]),
        (Purpose::Mscck, SERVER, ALICE, &[]),
        (Purpose::Pck, BOB, ALICE, &[]),
    ];
    for (i, (purpose, from, to, cs_ids)) in deliveries.into_iter().enumerate() {
        let (from, to) = (domain.kms.user(from), domain.kms.user(to));
        let key = Key::generate(purpose, &mut rng());
        assert_eq!(key.user_id(UserUri(to.uri())), Ok(key.id()), "not diversified");
        let parameters = KeyParameters::new(purpose);
        let delivery = Delivery {
            hiding: Hiding { initiator: i % 2 == 0, responder: i % 3 == 0 },
            cs_ids,
            parameters: (i > 0).then_some(&parameters),
            to_self: i < 3,
            ..Delivery::new(from, to, at(NOW))
        };
        let signing_key = domain.signing_key(from.uri(), NOW);
        let octets = delivery.message(&key, &signing_key, &mut rng()).expect("a message");

        let message = IMessage::decode(&octets).expect("a message");
        assert_eq!(message.csb_id(), key.id().value());
        assert_eq!(message.identity(Role::InitiatorUid).is_some(), i % 2 == 0);
        assert_eq!(message.identity(Role::ResponderUid).is_some(), i % 3 == 0);
        let policy = message.policy(0).map(|policy| policy.parameters.iter().collect::<Vec<_>>());
        assert_eq!(policy, (!cs_ids.is_empty()).then(|| CALL_POLICY.to_vec()));
        for cs_id in cs_ids {
            let session = message.session(cs_id.number()).expect("a session");
            assert_eq!(session.spi, key.id().to_bytes());
        }

        let receiver_key = domain.receiver_key(to.uri(), NOW);
        let by_name = |reception: Reception<'_>, store: &mut MemoryStore| match purpose {
            Purpose::Pck => reception.pck(&octets, store, &receiver_key),
            Purpose::Csk => reception.csk(&octets, store, &receiver_key),
            Purpose::MuSik => reception.musik(&octets, store, &receiver_key),
            _ => reception.receive(purpose, &octets, store, &receiver_key),
        };
        let received = by_name(reception(from, to, NOW), &mut empty_store()).expect("received");
        assert!(equal(received.key(), &key));
        assert_eq!(received.parameters().is_some(), i > 0);
        // Parameters come first, because some receivers look only at the first extension.
        let message = IMessage::decode(&octets).expect("a message");
        let kinds: Vec<_> = message.extensions().map(|extension| extension.kind).collect();
        let expected = [
            (i > 0).then_some(Extension::KEY_PARAMETERS),
            (i < 3).then_some(Extension::SAKKE_TO_SELF),
        ];
        assert_eq!(kinds, expected.into_iter().flatten().collect::<Vec<_>>());
        assert_eq!((received.key().rand(), received.time()), (key.rand(), at(NOW)));
        // Another purpose is refused before the clock is checked.
        let other = if purpose == Purpose::Pck { Purpose::Csk } else { Purpose::Pck };
        let store = &mut empty_store();
        let refused = reception(from, to, 0).receive(other, &octets, store, &receiver_key);
        assert_eq!(refused.err(), Some(Error::Purpose));

        // Another device of the sender.
        let own_key = domain.receiver_key(from.uri(), NOW);
        let to_self =
            reception(from, to, NOW).to_self(purpose, &octets, &mut empty_store(), &own_key);
        if i < 3 {
            assert!(equal(to_self.expect("to self").key(), &key));
            let store = &mut empty_store();
            let refused = reception(from, to, NOW).to_self(purpose, &octets, store, &receiver_key);
            assert_eq!(refused.err(), Some(mikey::Error::Responder.into()));
        } else {
            assert_eq!(to_self.err(), Some(Error::Profile));
        }

        // A receiver who does not know the caller yet.
        let clock = clock(NOW);
        let store = &mut empty_store();
        let anonymous = Anonymous::receive(purpose, &octets, (&domain.kms, to), &clock, store);
        if i % 2 == 0 {
            let anonymous = anonymous.expect("hidden");
            assert!(equal(
                anonymous.reveal(from.uri(), store, &receiver_key).expect("r").key(),
                &key
            ));
            let refused = anonymous.reveal(CAROL, store, &receiver_key);
            assert_eq!(refused.err(), Some(mikey::Error::Initiator.into()));
        } else {
            assert_eq!(anonymous.err(), Some(mikey::Error::Initiator.into()));
        }
    }
}

#[test]
fn a_gms_gets_its_own_key_back() {
    let domain = home();
    let (gms, alice) = (domain.kms.user(GMS), domain.kms.user(ALICE));
    let gmk = Key::generate(Purpose::Gmk, &mut rng());
    let parameters = group_parameters();
    let delivery = Delivery {
        cs_ids: &[CsId::MCPTT_GROUP],
        parameters: Some(&parameters),
        to_self: true,
        ..Delivery::new(gms, alice, at(NOW))
    };
    let octets = delivery.message(&gmk, &domain.signing_key(GMS, NOW), &mut rng()).expect("m");
    let key = domain.receiver_key(GMS, NOW);
    let own = reception(gms, alice, NOW).to_self(Purpose::Gmk, &octets, &mut empty_store(), &key);
    let own = own.expect("to self");
    let key = domain.receiver_key(ALICE, NOW);
    let hers = reception(gms, alice, NOW).gmk(&octets, GROUP, &mut empty_store(), &key);
    let hers = hers.expect("received");
    assert!(equal(own.key(), &gmk) && equal(hers.key(), &gmk));
    assert_eq!(gmk.user_id(UserUri(GMS)), Ok(own.user_id()));
    assert_eq!(gmk.user_id(UserUri(ALICE)), Ok(hers.user_id()));
    let keys = hers.srtp_of(own.user_id(), CsId::MCPTT_GROUP, at(NOW)).expect("keys");
    let owns = own.srtp(CsId::MCPTT_GROUP, at(NOW)).expect("keys");
    assert_eq!(owns.master_key, keys.master_key);
}

/// A group with members of several KMSs. Most members are neighbours of members of the same KMS.
#[test]
fn one_key_reaches_the_members_of_several_kmss() {
    let domains = ["kms.example.org", "kms.example.net", "kms.example.com"]
        .map(|uri| Domain::with_uids(uri, PERIOD, 0));
    let gms = domains[0].kms.user(GMS);
    let signing_key = domains[0].signing_key(GMS, NOW);
    let gmk = Key::generate(Purpose::Gmk, &mut rng());
    let parameters = group_parameters();
    let delivery = Delivery { parameters: Some(&parameters), ..Delivery::new(gms, gms, at(NOW)) };
    // The last KMS is not prepared.
    let prepared = [0, 1].map(|i: usize| PreparedKms::new(&domains[i].kms));
    let distribution = Distribution::new(&gmk, delivery, &signing_key, &prepared).expect("its key");
    let shown = format!("{distribution:?}");
    assert!(shown.starts_with("Distribution { key: ") && !shown.contains("signing_key"), "{shown}");
    let uris: Vec<_> = (0..90).map(|i| format!("sip:member-{i}@example.org")).collect();
    let of = |i: usize| &domains[[0, 0, 0, 1, 2, 1][i / 15]];
    let members: Vec<_> = uris.iter().enumerate().map(|(i, uri)| of(i).kms.user(uri)).collect();
    let messages = distribution.messages(&members, &mut rng()).expect("messages");
    assert_eq!(messages.len(), members.len());
    // Check some members of each domain, and those next to a member of another domain.
    let some = |i: &usize| i.is_multiple_of(7) || i.is_multiple_of(15);
    for i in (0..members.len()).filter(some) {
        let (member, octets) = (&members[i], &messages[i]);
        let key = of(i).receiver_key(member.uri(), NOW);
        let received = reception(gms, *member, NOW).gmk(octets, GROUP, &mut empty_store(), &key);
        assert!(equal(received.expect("received").key(), &gmk), "{i}");
    }
    assert!(distribution.messages(&[], &mut rng()).expect("none").is_empty());
}

#[test]
fn a_distribution_names_the_member_who_cannot_be_served() {
    let domain = home();
    let gms = domain.kms.user(GMS);
    let signing_key = domain.signing_key(GMS, NOW);
    let gmk = Key::generate(Purpose::Gmk, &mut rng());
    let parameters = group_parameters();
    let delivery = Delivery { parameters: Some(&parameters), ..Delivery::new(gms, gms, at(NOW)) };
    let prepared = [PreparedKms::new(&domain.kms)];
    let distribution = Distribution::new(&gmk, delivery, &signing_key, &prepared).expect("its key");
    let nobody = "x".repeat(65_536);
    let mut members = vec![domain.kms.user(ALICE); 70];
    members[67] = domain.kms.user(&nobody);
    let error = distribution.messages(&members, &mut rng()).expect_err("nobody");
    assert_eq!((error.member, error.uri.as_str()), (67, nobody.as_str()));
    assert!(error.to_string().starts_with("xxx"));
    assert!(std::error::Error::source(&error).is_some());

    // The key of another user and the key for another period are refused at once.
    for key in [domain.signing_key(ALICE, NOW), domain.signing_key(GMS, NOW + PERIOD)] {
        let refused = Distribution::new(&gmk, delivery, &key, &prepared).err();
        assert_eq!(refused, Some(Error::SigningKey));
    }
}

#[test]
fn nobody_signs_for_the_sender() {
    let domain = home();
    let (gms, alice) = (domain.kms.user(GMS), domain.kms.user(ALICE));
    let key = Key::generate(Purpose::Pck, &mut rng());
    let delivery = Delivery::new(gms, alice, at(NOW));
    let unsigned = || delivery.unsigned(&key, &mut rng()).expect("a message");
    let right = domain.signing_key(GMS, NOW);
    for wrong in [domain.signing_key(ALICE, NOW), domain.signing_key(GMS, NOW + PERIOD)] {
        assert_eq!(unsigned().sign(&wrong, &mut rng()).err(), Some(Error::SigningKey));
        assert_eq!(delivery.message(&key, &wrong, &mut rng()).err(), Some(Error::SigningKey));
        let made = unsigned();
        let signature = wrong.sign(&mut rng(), made.to_be_signed()).expect("signed");
        assert_eq!(made.attach(&signature).err(), Some(mikey::Error::Signature.into()));
    }
    let made = unsigned();
    let signature = right.sign(&mut rng(), made.to_be_signed()).expect("signed");
    assert!(made.attach(&signature).is_ok());
    assert!(unsigned().sign(&right, &mut rng()).is_ok());
}

/// A sender may confuse seconds since 1900 with seconds since 1970, which are 70 years apart.
#[test]
fn a_time_that_cannot_be_meant_is_not_sent() {
    let domain = home();
    let key = Key::generate(Purpose::Pck, &mut rng());
    let sent = |activation, expiry| {
        let parameters = KeyParameters { activation, expiry, ..KeyParameters::new(Purpose::Pck) };
        let (from, to) = (domain.kms.user(GMS), domain.kms.user(ALICE));
        let delivery =
            Delivery { parameters: Some(&parameters), ..Delivery::new(from, to, at(NOW)) };
        delivery.unsigned(&key, &mut rng()).err()
    };
    let (soon, wrong) = (Some(at(NOW + 3600)), Some(NtpTime::from_unix(NOW + 3600)));
    assert_eq!((sent(None, soon), sent(soon, None), sent(soon, soon)), (None, None, None));
    for (activation, expiry) in [(None, wrong), (wrong, None), (soon, wrong), (soon, Some(at(NOW)))]
    {
        assert_eq!(sent(activation, expiry), Some(Error::Times), "{activation:?} {expiry:?}");
    }
    let edge = |seconds: u64| sent(Some(at(NOW + seconds)), None);
    assert_eq!((edge((1 << 31) - 1), edge(1 << 31)), (None, Some(Error::Times)));
}

#[test]
fn a_key_has_its_rand() {
    let domain = home();
    let delivery = Delivery::new(domain.kms.user(GMS), domain.kms.user(ALICE), at(NOW));
    let (id, secret) = (KeyId::new(Purpose::Pck, 1), sakke::SharedSecret::from([1; 16]));
    for rand in [[0].repeat(16), [1].repeat(15), [1].repeat(256), [0].repeat(255), Vec::new()] {
        let refused = Key::new(id, secret.clone(), &rand).err();
        assert_eq!(refused, Some(Error::Rand), "{rand:?}");
    }
    for rand in [[1].repeat(16), [1].repeat(255)] {
        let key = Key::new(id, secret.clone(), &rand).expect("a key");
        assert_eq!(key.rand(), Some(rand.as_slice()));
        let made = delivery.unsigned(&key, &mut rng()).expect("a message");
        assert!(made.to_be_signed().windows(rand.len()).any(|octets| octets == rand));
    }
    // A key without RAND is not sent, and a broken generator makes such a key.
    let drawn = [
        Key::generate(Purpose::Pck, &mut repeating(0)),
        Key::try_generate(Purpose::Pck, &mut repeating(0)).expect("a key"),
    ];
    for key in [Key::without_rand(id, secret)].into_iter().chain(drawn) {
        assert_eq!(key.rand(), None);
        assert_eq!(delivery.unsigned(&key, &mut rng()).err(), Some(Error::Rand));
        assert_eq!(key.srtp(key.id(), CsId::MCPTT_CALLER).err(), Some(Error::Rand));
        assert_eq!(key.srtcp(key.id(), CsId::MCPTT_CALLER).err(), Some(Error::Rand));
    }
}

/// The table of sessions, and a session that is not in the table.
#[test]
fn a_session_is_of_its_kind_of_key() {
    use Purpose::{Csk, Gmk, MuSik, Pck};
    let table = [
        (CsId::MCPTT_CALLER, Pck),
        (CsId::MCPTT_CALLEE, Pck),
        (CsId::MCVIDEO_CALLER, Pck),
        (CsId::MCVIDEO_CALLEE, Pck),
        (CsId::MCPTT_GROUP, Gmk),
        (CsId::MCVIDEO_GROUP, Gmk),
        (CsId::MCPTT_CSK, Csk),
        (CsId::MCPTT_MUSIK, MuSik),
        (CsId::MCVIDEO_CSK, Csk),
        (CsId::MCVIDEO_MUSIK, MuSik),
    ];
    let domain = home();
    for (number, (cs_id, purpose)) in table.into_iter().enumerate() {
        assert_eq!(usize::from(cs_id.number()), number);
        for other in [Gmk, Pck, Csk, Purpose::Spk, Purpose::Mkfc, Purpose::Mscck, MuSik] {
            let key = Key::generate(other, &mut rng());
            let wrong = (other != purpose).then_some(Error::CsId);
            assert_eq!(key.srtcp(key.id(), cs_id).err(), wrong);
            assert!(key.srtcp(key.id(), CsId::agreed(cs_id.number())).is_ok());
            if [Gmk, Pck].contains(&other) {
                assert_eq!(key.srtp(key.id(), cs_id).err(), wrong);
            }
            if [Pck, Csk, MuSik].contains(&other) {
                let (from, to) = (domain.kms.user(GMS), domain.kms.user(ALICE));
                let sessions = [CsId::agreed(200), cs_id];
                let delivery = Delivery { cs_ids: &sessions, ..Delivery::new(from, to, at(NOW)) };
                assert_eq!(delivery.unsigned(&key, &mut rng()).err(), wrong);
            }
        }
    }
}

#[test]
fn the_purpose_tag_rules() {
    let purposes = [
        Purpose::Gmk,
        Purpose::Pck,
        Purpose::Csk,
        Purpose::Spk,
        Purpose::Mkfc,
        Purpose::Mscck,
        Purpose::MuSik,
    ];
    for (tag, purpose) in purposes.into_iter().enumerate() {
        let id = KeyId::new(purpose, u32::MAX);
        assert_eq!(id.value(), (tag as u32) << 28 | 0x0fff_ffff);
        assert_eq!(KeyId::try_from(id.value()), Ok(id));
        assert_eq!(KeyId::try_from(id.to_bytes()), Ok(id));
        assert_eq!((id.purpose(), usize::from(purpose.tag())), (purpose, tag));
        assert_eq!(KeyId::generate(purpose, &mut rng()).purpose(), purpose);
        let key = Key::new(id, [1; 16].into(), [2; 16]).expect("a key");
        assert_eq!(key.signalling_keys(UserUri(ALICE)).is_ok(), tag == 2 || tag == 3);
        assert_eq!(key.mki(id).as_ref().len(), if tag == 0 { 8 } else { 4 });
        assert_eq!(key.user_id(UserUri(ALICE)).expect("an identifier") == id, tag != 0);
        let other = KeyId::new(purposes[(tag + 1) % 7], 1);
        let session = CsId::agreed(0);
        assert_eq!(key.srtcp(other, session).err(), Some(Error::Purpose));
        // Only GMK and PCK protect media.
        let srtp = key.srtp(id, session);
        let srtcp = key.srtcp(id, session).expect("keys");
        assert_eq!(purpose.is_for_media(), tag < 2);
        match srtp {
            Ok(srtp) => assert!(tag < 2 && srtp.master_key == srtcp.master_key),
            Err(error) => assert!(tag >= 2 && error == Error::Purpose),
        }
    }
    for tag in 7u32..16 {
        assert_eq!(KeyId::try_from(tag << 28), Err(Error::Purpose));
    }
    // The length of the URI in octets must fit two octets.
    let key = Key::without_rand(KeyId::new(Purpose::Gmk, 1), [1; 16].into());
    assert!(key.user_id(UserUri(&"u".repeat(65_535))).is_ok());
    let refused = key.user_id(UserUri(&"u".repeat(65_536))).err();
    assert_eq!(refused, Some(eccsi_sakke::Error::Length.into()));
}

#[test]
fn which_key_is_in_force() {
    let key = |activation, expiry: Option<u64>, received| Validity {
        activation: Some(at(activation)),
        expiry: expiry.map(at),
        received: at(received),
    };
    let keys =
        [key(100, None, 1), key(200, Some(300), 9), key(200, Some(300), 5), key(250, Some(260), 3)];
    for (now, expected) in [
        (0, None),
        (99, None),
        (100, Some(0)),
        (200, Some(1)),
        (249, Some(1)),
        (250, Some(3)),
        (259, Some(3)),
        (260, Some(1)),
        (299, Some(1)),
        (300, Some(0)),
    ] {
        assert_eq!(in_force(&keys, at(now)), expected, "{now}");
    }
    assert_eq!(in_force(&[], at(0)), None);
    assert_eq!(last_received(&keys, at(299)), Some(1));
    assert_eq!(last_received(&keys, at(300)), Some(0));

    let at_once = Validity::new(at(NOW), Some(&KeyParameters::new(Purpose::Gmk)));
    assert_eq!(at_once, Validity { activation: None, expiry: None, received: at(NOW) });
    assert!(at_once.contains(at(NOW - 120)), "the sender's clock is ahead");
    assert_eq!(at_once, Validity::new(at(NOW), None));
    let [five, seven] = [5, 7].map(NtpTime::from_unix);
    let (activation, expiry) = (Some(five), Some(seven));
    let parameters = KeyParameters { activation, expiry, ..group_parameters() };
    let validity = Validity::new(at(NOW), Some(&parameters));
    assert_eq!((validity.activation, validity.expiry), (activation, expiry));
}

#[test]
fn parameters_are_an_element_or_its_content() {
    let parameters = group_parameters();
    let content = parameters.encode().expect("encoded");
    let length = u16::try_from(content.len()).expect("short").to_be_bytes();
    let nested = [[0x79].as_slice(), &length, &content].concat();
    assert_eq!(KeyParameters::decode(&content), Ok(parameters.clone()));
    assert_eq!(KeyParameters::decode(&nested), Ok(parameters));
    for octets in [&[nested.as_slice(), &[0]].concat(), &nested[..nested.len() - 1], &[0, 0, 0]] {
        assert!(KeyParameters::decode(octets).is_err());
    }

    let domain = home();
    let key = Key::generate(Purpose::MuSik, &mut rng());
    let content = KeyParameters::new(Purpose::MuSik).encode().expect("encoded");
    let length = u16::try_from(content.len()).expect("short").to_be_bytes();
    let nested = [[0x79].as_slice(), &length, &content].concat();
    let reserved = [content.as_slice(), b"more"].concat();
    let length = u16::try_from(reserved.len()).expect("short").to_be_bytes();
    let nested_reserved = [[0x79].as_slice(), &length, &reserved].concat();
    for (plain, rest) in [
        (&content, b"".as_slice()),
        (&nested, b""),
        (&reserved, b"more"),
        (&nested_reserved, b"more"),
    ] {
        let octets = with_parameters(&domain, &key, false, &sealed(&key, plain));
        let reception = reception(domain.kms.user(ALICE), domain.kms.user(BOB), NOW);
        let receiver_key = domain.receiver_key(BOB, NOW);
        let received = reception.musik(&octets, &mut empty_store(), &receiver_key).expect("a key");
        let parameters = received.parameters().expect("parameters");
        assert_eq!(parameters.reserved, rest);
        assert_eq!(parameters.encode().expect("encoded"), [content.as_slice(), rest].concat());
    }
    // An element inside of an element could not be stored. Without a list of groups, nothing may follow the text.
    let twice = hex::decode("79001101000e0001000000000000000000000000").expect("hexadecimal");
    assert_eq!(KeyParameters::decode(&twice), Err(Error::Parameters));
    let of_pck = KeyParameters::new(Purpose::Pck).encode().expect("encoded");
    assert_eq!(KeyParameters::decode(&[&of_pck[..], &[0]].concat()), Err(Error::Parameters));
}

/// Both message types, and the signalling algorithm of TS 33.180 8.5.4.1.
#[test]
fn sealed_parameters_of_either_type_and_form_open() {
    let data = "40006b49d2000000000000010909090909090909090909090909090901a96396000024d5538dfaf43b7d\
                bb4a4e868b943960284c788108e1b938a418a21675aee079820537e961";
    let data = hex::decode(data).expect("hexadecimal");
    let sealed = SealedParameters::decode(&data).expect("whole");
    let secret = sakke::SharedSecret::from([0x42; 16]);
    assert_eq!((sealed.header().message_type, sealed.header().key_id), (0x40, 0x01a9_6396));
    let content = sealed.open_octets(&secret).expect("it opens");
    assert_eq!(hex::encode(content.as_slice()), "0000000001000000000000000000000000000100");
    assert_eq!(sealed.open(&secret), Ok(KeyParameters::new(Purpose::Gmk)));

    let parameters = group_parameters();
    for message_type in [0x40, 0x43] {
        for signalling_algorithm in [None, Some(0), Some(1), Some(12)] {
            let header = ParametersHeader {
                message_type,
                date: (1 << 40) - 1,
                payload_id: 0x0102_0304,
                sequence: 5,
                signalling_algorithm,
                nonce: [6; 16],
                key_id: 0x0708_090a,
                content: 0x0b,
            };
            let mut data = header.seal(&parameters, &secret).expect("sealed");
            let sealed = SealedParameters::decode(&data).expect("whole");
            assert_eq!((sealed.header(), sealed.open(&secret)), (&header, Ok(parameters.clone())));
            // The header is authenticated, including the type and the algorithm.
            for at in [0, 11 + usize::from(signalling_algorithm.is_some()), 12, 31] {
                data[at] ^= 3;
                let opened =
                    SealedParameters::decode(&data).and_then(|sealed| sealed.open(&secret));
                assert!(opened.is_err(), "octet {at}");
                data[at] ^= 3;
            }
        }
    }
    let header = ParametersHeader::new(5, [7; 16], 0x0123_4567);
    let unknown = ParametersHeader { message_type: 0x41, ..header };
    assert_eq!(unknown.seal(&parameters, &secret), Err(Error::Parameters));
}

/// Seals any octets as the parameters of `key`.
fn sealed(key: &Key, plain: &[u8]) -> Vec<u8> {
    let payload_key = key.payload_cipher_key(key.id()).expect("a key");
    let header = ParametersHeader::new(0, [1; 16], key.id().value());
    let any = header.seal(&KeyParameters::new(Purpose::Pck), key.secret()).expect("sealed");
    let mut data = plain.to_vec();
    let cipher = AesGcm::<Aes128, U16>::new((&*payload_key).into());
    let buffer = InOutBuf::from(data.as_mut_slice());
    let tag = cipher.encrypt_inout_detached(&[1; 16].into(), &any[..32], buffer).expect("a tag");
    data.extend_from_slice(&tag);
    let length = u16::try_from(data.len()).expect("short").to_be_bytes();
    [&any[..33], &length, &data].concat()
}

#[test]
fn what_does_not_fit_the_parameters_is_not_encoded() {
    let group = |octets| vec![Group { element: 0, identity: vec![1; octets] }];
    let fits = KeyParameters::new(Purpose::Gmk);
    let unix = |seconds| Some(NtpTime::from_unix(seconds));
    let refused = [
        KeyParameters { activation: unix(1 << 40), ..fits.clone() },
        KeyParameters { expiry: unix(1 << 40), ..fits.clone() },
        // Times that are not after the start of 1970.
        KeyParameters { activation: unix(0), ..fits.clone() },
        KeyParameters { activation: Some(at(1)), ..fits.clone() },
        KeyParameters { text: vec![0; 65_536], ..fits.clone() },
        KeyParameters { groups: group(0), ..fits.clone() },
        KeyParameters { groups: group(65_536), ..fits.clone() },
        KeyParameters { groups: vec![group(1).remove(0); 256], ..fits.clone() },
        KeyParameters { groups: group(1), ..KeyParameters::new(Purpose::Pck) },
    ];
    for parameters in refused {
        assert_eq!(parameters.encode(), Err(Error::Parameters));
    }
    let over = KeyParameters { activation: unix(7), expiry: unix(5), ..fits.clone() };
    assert_eq!(over.encode(), Err(Error::Times), "over before it begins");
    let header = ParametersHeader::new(1 << 40, [0; 16], 1);
    assert_eq!(header.seal(&fits, &[1; 16].into()), Err(Error::Parameters));
    let text = vec![0; 65_520];
    let header = ParametersHeader::new(0, [0; 16], 1);
    let long = KeyParameters { text, ..fits };
    assert_eq!(header.seal(&long, &[1; 16].into()), Err(Error::Parameters));
}

#[test]
fn parameters_under_another_key_do_not_open() {
    let domain = home();
    let key = Key::generate(Purpose::Pck, &mut rng());
    // The parameters are sealed under one key and sent with another.
    let parameters = KeyParameters::new(Purpose::Pck);
    let header = ParametersHeader::new(0, [1; 16], key.id().value());
    let data = header.seal(&parameters, &[9; 16].into()).expect("sealed");
    let octets = with_parameters(&domain, &key, false, &data);
    let (from, to) = (domain.kms.user(ALICE), domain.kms.user(BOB));
    let receiver_key = domain.receiver_key(BOB, NOW);
    let refused = reception(from, to, NOW).pck(&octets, &mut empty_store(), &receiver_key);
    assert_eq!(refused.err(), Some(Error::Sealed));
}

/// A message with a key from Alice to Bob and these parameters. It names no crypto session.
fn with_parameters(domain: &Domain, key: &Key, hidden: bool, data: &[u8]) -> Vec<u8> {
    let encapsulation = domain.encapsulation(BOB, NOW, key.secret());
    let uid = domain.kms.user(ALICE).identifier(at(NOW)).expect("a UID");
    let mut identities = domain.identities(ALICE, BOB);
    if hidden {
        identities[0] = (Role::InitiatorUid, mikey::Identity::uri(&uid));
    }
    let outline = mikey::Outline {
        csb_id: key.id().value(),
        identities: &identities,
        extensions: &[Extension { kind: Extension::KEY_PARAMETERS, data }],
        ..outline(&encapsulation, NOW)
    };
    outline
        .encode()
        .and_then(|unsigned| unsigned.sign(&domain.signing_key(ALICE, NOW), &mut rng()))
        .expect("signed")
}

#[test]
fn the_parameters_of_a_hidden_initiator_are_read() {
    let domain = home();
    let key = Key::generate(Purpose::Pck, &mut rng());
    let content = KeyParameters::new(Purpose::Pck).encode().expect("encoded");
    let receiver_key = domain.receiver_key(BOB, NOW);
    let users = (&domain.kms, domain.kms.user(BOB));
    let received = |content: &[u8]| {
        let octets = with_parameters(&domain, &key, true, &sealed(&key, content));
        let store = &mut empty_store();
        let anonymous = Anonymous::receive(Purpose::Pck, &octets, users, &clock(NOW), store)?;
        anonymous.reveal(ALICE, store, &receiver_key)
    };
    let parameters = received(&content).expect("a key").parameters().cloned();
    assert_eq!(parameters, Some(KeyParameters::new(Purpose::Pck)));
    let mut revoked = content;
    revoked[4] = 0;
    assert_eq!(received(&revoked).err(), Some(Error::Revoked));
    // A GMK never comes from an unknown initiator.
    let gmk = Key::generate(Purpose::Gmk, &mut rng());
    let octets = with_parameters(&domain, &gmk, true, &[]);
    let refused = Anonymous::receive(Purpose::Gmk, &octets, users, &clock(NOW), &mut empty_store());
    assert_eq!(refused.err(), Some(Error::Purpose));
}

#[test]
fn nobody_hides_without_a_uid() {
    let Domain { kms, .. } = Domain::new("kms.example.org", IdScheme::TelMonthly);
    let (from, to) = (kms.user("tel:+447700900123"), kms.user("tel:+447700900124"));
    let key = Key::generate(Purpose::Pck, &mut rng());
    for (initiator, responder) in [(false, false), (true, false), (false, true)] {
        let hiding = Hiding { initiator, responder };
        let delivery = Delivery { hiding, ..Delivery::new(from, to, at(NOW)) };
        let error = (initiator || responder).then_some(mikey::Error::IdScheme.into());
        assert_eq!(delivery.unsigned(&key, &mut rng()).err(), error);
    }
}

#[test]
fn secret_types_wipe_themselves() {
    fn secret<T: ZeroizeOnDrop>() {}
    secret::<Key>();
    secret::<SrtpKeys>();
    secret::<SignallingKeys>();
    let one = Key::generate(Purpose::Pck, &mut rng());
    let other = Key::without_rand(one.id(), sakke::SharedSecret::generate(&mut rng()));
    let id = KeyId::new(Purpose::Pck, !one.id().value());
    let renamed = Key::without_rand(id, one.secret().clone());
    assert!(bool::from(one.ct_eq(&one.clone()) & !one.ct_eq(&other) & !one.ct_eq(&renamed)));
}

#[test]
fn debug_names_the_kms_that_is_prepared() {
    let domain = home();
    let shown = format!("{:?}", PreparedKms::new(&domain.kms));
    assert_eq!(shown, "mission_critical::PreparedKms(\"kms.example.org\")");
}

#[test]
fn debug_shows_no_secret() {
    let secret = [0xab; 16];
    let key = Key::new(KeyId::new(Purpose::Csk, 7), secret.into(), [1; 16]).expect("a key");
    let srtp = key.srtcp(key.id(), CsId::MCPTT_CSK).expect("keys");
    let signalling = key.signalling_keys(UserUri(ALICE)).expect("keys");
    let shown = format!("{key:?} {srtp:?} {signalling:?}");
    assert!(shown.contains("Csk") && shown.contains("20000007"), "{shown}");
    assert!(!shown.contains("abab") && !shown.contains("171"), "{shown}");
    assert_eq!(shown.matches("(..)").count(), 2);
}
