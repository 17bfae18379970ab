//! MIKEY messages: an encoded message decodes to the same content, a decoded message encodes to the same octets, and a
//! receiver cannot skip a step.

#[path = "mikey/encoding.rs"]
mod encoding;
#[path = "mikey/freshness.rs"]
mod freshness;
#[path = "mikey/psk.rs"]
mod psk;
#[path = "scenario/world.rs"]
#[expect(dead_code, reason = "each test uses a part of the world")]
mod world;

use std::fs;
use std::path::Path;

use eccsi_sakke::mikey::{
    Builder, Departure, Departures, Error, Expected, Extension, Fresh, Header, IMessage, IdScheme,
    Identity, Kms, MemoryCache, Message, Outline, Payload, Role,
};
use eccsi_sakke::sakke::Decapsulate;
use eccsi_sakke::{KeyPeriods, sakke};
use subtle::ConstantTimeEq;

use freshness::open;
use world::{Domain, PERIOD, at, clock, home, outline, rng};

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
