//! State that survives a restart: records open as they were sealed, and altered records are refused.

#[path = "scenario/world.rs"]
#[expect(dead_code, reason = "each test uses a part of the world")]
mod world;

#[path = "../src/random/testing.rs"]
mod testing;

use eccsi_sakke::kms::{
    CertificateParts, CertificateStore, IntegrityKey, KeyIssuer, KeyRing, KeySetCheck, KeySetParts,
    KmsCertificate, Protection, Role, SharedKey, SharedKeyId, SharedKeys, TransportKey,
    ValidPeriod, Wrapping,
};
use eccsi_sakke::mikey::{
    self, CsIdMap, Departure, Departures, MemoryCache, ReplayCache, SecurityPolicy, SrtpStream,
};
use eccsi_sakke::mission_critical::{
    self, CALL_POLICY, CryptoSessions, CsId, Key, KeyId, KeyName, KeyParameters, KeyStore,
    MemoryStore, Purpose, Received,
};
use eccsi_sakke::stored::{DeviceKey, Error, Kind, Label, Stored};
use eccsi_sakke::{KeyPeriods, eccsi, sakke};
use subtle::ConstantTimeEq;

use testing::repeating;
use world::{Client, GroupKey, SKEW, at, home};

const NOW: u64 = 3_970_000_000;
const GMS: &str = "sip:gms@example.org";
const ALICE: &str = "sip:alice@example.org";
const GROUP: &[u8] = b"sip:group@example.org";
const LABEL: Label<'_> = Label { owner: ALICE, generation: 7 };

fn device() -> DeviceKey {
    DeviceKey::new(0x0102_0304, &core::array::from_fn(|i| i as u8))
}

/// The record of a value under a constant nonce, so that equal values have equal records.
fn record<T: Stored>(value: &T) -> Vec<u8> {
    device().seal(value, LABEL, &mut repeating(9)).expect("a record")
}

fn open<T: Stored>(record: &[u8]) -> Result<T, Error> {
    device().open(record, LABEL).map(|opened| opened.value)
}

fn store() -> MemoryStore {
    MemoryStore::new(MemoryCache::new(100).with_skew(SKEW).with_quota(20), 30)
}

/// A receiver with keys, a tombstone, and messages that are accepted, refused and pending.
fn receiver() -> MemoryStore {
    let home = home();
    let gms = home.kms.user(GMS);
    let mut alice = Client::new(&home, ALICE, NOW);
    alice.store = store();
    let mut keys = [GroupKey::new(GROUP), GroupKey::new(GROUP), GroupKey::new(GROUP)];
    keys[1].parameters.expiry = Some(at(NOW + 1000));
    keys[1].parameters.text = b"text".to_vec();
    for key in &keys {
        let octets = key.message(gms, &home.signing_key(GMS, NOW), alice.user(), NOW);
        alice.gmk(gms, GROUP, &octets, NOW).expect("received");
    }
    let name = KeyName { initiator: GMS, group: Some(GROUP), id: keys[2].key.id() };
    alice.store.delete(&name, at(NOW));
    let octets = keys[0].message(gms, &home.signing_key(GMS, NOW + 1), alice.user(), NOW + 1);
    alice.gmk(gms, GROUP, &octets, NOW).expect_err("a duplicate, refused for good");
    let octets = keys[0].message(gms, &home.signing_key(GMS, NOW + 2), alice.user(), NOW + 2);
    alice.gmk(gms, b"sip:other@example.org", &octets, NOW).expect_err("pending");
    alice.store
}

fn kms_keys() -> (eccsi::KmsSecretKey, sakke::KmsSecretKey) {
    let ksak = eccsi::KmsSecretKey::try_from(&[0x51; 32]).expect("a key");
    (ksak, sakke::KmsSecretKey::try_from(&[0x25; 128]).expect("a key"))
}

fn certificate() -> KmsCertificate {
    let (ksak, z) = kms_keys();
    let periods = KeyPeriods::new(2_592_000).and_then(|periods| periods.with_offset(60));
    let periods = periods.expect("a period");
    CertificateParts::new("kms.example.org", periods, ksak.public_key(), z.public_key())
        .try_into()
        .expect("a certificate")
}

/// Two certificates of the home KMS, one of them revoked, and one of an external KMS with all fields of a certificate.
fn certificates() -> CertificateStore {
    let mut certificates = CertificateStore::new(5);
    let insert = |store: &mut CertificateStore, change: &dyn Fn(&mut CertificateParts)| {
        let mut parts = certificate().parts().clone();
        change(&mut parts);
        store.insert(parts.try_into().expect("a certificate"), at(NOW)).expect("room");
    };
    insert(&mut certificates, &|parts| parts.cert_uri = Some("first".into()));
    insert(&mut certificates, &|parts| {
        (parts.cert_uri, parts.revoked) = (Some("first".into()), true);
    });
    insert(&mut certificates, &|parts| parts.cert_uri = Some("second".into()));
    insert(&mut certificates, &|parts| {
        parts.kms_uri = "kms.example.net".into();
        parts.role = Role::External;
        parts.is_security_gateway = true;
        parts.issuer = Some("issuer".into());
        parts.valid = ValidPeriod { from: Some(at(NOW)), to: Some(at(NOW + 1)) };
        parts.parameter_set = None;
        parts.domains = vec!["example.net".into(), "example.com".into()];
    });
    certificates
}

fn key_set(wrapped: bool) -> KeySetParts {
    let ((ksak, z), certificate) = (kms_keys(), certificate());
    let issuer = KeyIssuer::new(&certificate, &ksak, &z).expect("its keys");
    let number = certificate.periods().number(at(NOW)).expect("a period");
    let set = issuer.issue(&mut repeating(3), ALICE, number).expect("a key set");
    let trk = TransportKey::new(SharedKeyId(1), [1; 32]).expect("a key").named("trk");
    set.to_parts(wrapped.then_some((&trk, Wrapping::Padded))).expect("parts")
}

fn ring(offered: bool) -> KeyRing {
    let trk = |id| TransportKey::new(SharedKeyId(id), [id as u8; 32]).expect("a key");
    let ink = IntegrityKey::new(SharedKeyId(3), [3; 32]).expect("a key");
    if !offered {
        return KeyRing::new(SharedKeys::new(trk(1), None));
    }
    let mut ring = KeyRing::new(SharedKeys::new(trk(1).named("trk"), Some(ink.named("ink"))));
    ring.offer(trk(2), None).expect("offered");
    ring
}

fn key() -> Key {
    Key::new(KeyId::new(Purpose::Pck, 5), [6; 16].into(), [7; 16]).expect("a key")
}

/// A check of each kind of record.
trait Each {
    fn with<T: Stored>(&mut self, value: &T);
}

fn each(all: &mut impl Each) {
    let (ksak, z) = kms_keys();
    all.with(&ksak);
    all.with(&z);
    all.with(&ring(false));
    all.with(&ring(true));
    all.with(&key_set(false));
    all.with(&key_set(true));
    all.with(&certificates());
    all.with(&CertificateStore::new(0));
    all.with(&key());
    all.with(&Key::without_rand(KeyId::new(Purpose::Spk, 5), [6; 16].into()));
    let store = receiver();
    let received = store.keys().map(|(_, received)| received).last().expect("a key");
    all.with(received);
    let received = |said| Received::from_parts(key(), key().id(), at(NOW), None, said);
    all.with(&received(Default::default()).expect("a key"));
    let sessions = [SrtpStream { policy: 0, ssrc: 1, roc: 2 }];
    let policy = SecurityPolicy { number: 7, protocol: 0, parameters: CALL_POLICY.into() };
    let sessions = CryptoSessions::new(&CsIdMap::SrtpId((&sessions).into()), [policy]);
    let departures = Departures::of(&[Departure::SrtpIdMap, Departure::MissingPolicy]);
    all.with(&received((sessions.expect("encoded"), departures)).expect("a key"));
    all.with(store.cache());
    all.with(&MemoryCache::new(3).lost_at(at(NOW)));
    all.with(&store);
}

#[test]
fn what_is_sealed_opens() {
    struct Opens(Vec<u8>);
    impl Each for Opens {
        fn with<T: Stored>(&mut self, value: &T) {
            let sealed = record(value);
            let opened = device().open::<T>(&sealed, LABEL).expect("its own");
            assert_eq!(opened.generation, 7);
            assert_eq!(record(&opened.value), sealed, "{:?}", T::KIND);
            self.0.push(T::KIND.number());
        }
    }
    let mut opens = Opens(Vec::new());
    each(&mut opens);
    opens.0.dedup();
    assert_eq!(opens.0, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn one_octet_more_or_less_or_another_is_refused() {
    struct Refuses(usize);
    impl Each for Refuses {
        fn with<T: Stored>(&mut self, value: &T) {
            let sealed = record(value);
            for i in 0..sealed.len() {
                let mut other = sealed.clone();
                other[i] ^= 1 << (i % 8);
                let refused = open::<T>(&other).err().expect("altered");
                let expected = match i {
                    0..4 => Error::Record,
                    4 => Error::Version,
                    5 => Error::Kind,
                    6..10 => Error::DeviceKey,
                    10..18 if other[..18] < sealed[..18] => Error::Generation,
                    32..53 => Error::Owner,
                    _ if refused == Error::Record => Error::Record,
                    _ if refused == Error::Owner => Error::Owner,
                    _ => Error::Sealed,
                };
                assert_eq!(refused, expected, "octet {i}");
                let refused = open::<T>(&sealed[..i]).err().expect("cut off");
                assert!(matches!(refused, Error::Record | Error::Owner | Error::Sealed), "{i}");
                self.0 += 1;
            }
            let longer = [&sealed[..], &[0]].concat();
            assert_eq!(open::<T>(&longer).err(), Some(Error::Sealed));
        }
    }
    let mut refuses = Refuses(0);
    each(&mut refuses);
    assert!(refuses.0 > 5000, "{}", refuses.0);
}

#[test]
fn a_record_is_of_one_kind_owner_device_key_and_of_no_older_generation() {
    let sealed = record(&key());
    let refused = |label| device().open::<Key>(&sealed, label).err();
    assert_eq!(refused(LABEL), None);
    assert_eq!(refused(Label { owner: GMS, ..LABEL }), Some(Error::Owner));
    assert_eq!(refused(Label { owner: "", ..LABEL }), Some(Error::Owner));
    for (least, error) in [(0, None), (6, None), (7, None), (8, Some(Error::Generation))] {
        assert_eq!(refused(Label { generation: least, ..LABEL }), error);
    }
    assert_eq!(open::<Received>(&sealed).err(), Some(Error::Kind));
    // A device key with another identifier, and another key with the same identifier.
    let other = DeviceKey::new(5, &device().to_bytes());
    assert_eq!(other.open::<Key>(&sealed, LABEL).err(), Some(Error::DeviceKey));
    let other = DeviceKey::new(device().id(), &[0; 32]);
    assert_eq!(other.open::<Key>(&sealed, LABEL).err(), Some(Error::Sealed));
    // The fields in clear.
    assert_eq!(sealed[..10], *b"ECSR\x02\x06\x01\x02\x03\x04");
    assert_eq!(sealed[10..18], 7u64.to_be_bytes());
    assert_eq!(sealed[18..30], [9; 12]);
    assert_eq!(sealed[30..32], 21u16.to_be_bytes());
    assert_eq!(sealed[32..53], *ALICE.as_bytes());
    // An owner that does not fit.
    let owner = "x".repeat(65_536);
    let label = Label { owner: &owner, generation: 0 };
    assert_eq!(device().seal(&key(), label, &mut repeating(9)).err(), Some(Error::Length));
    let label = Label { owner: &owner[1..], generation: 0 };
    assert!(device().seal(&key(), label, &mut repeating(9)).is_ok());
}

#[test]
fn no_record_says_what_another_says() {
    let mut rng = world::rng();
    let [one, other] = [(); 2].map(|()| device().seal(&key(), LABEL, &mut rng).expect("sealed"));
    assert_ne!(one, other, "a nonce of its own");
    assert!(!record(&key()).windows(16).any(|octets| octets == [6; 16]));
    assert_eq!(format!("{:?}", device()), "stored::DeviceKey(01020304, ..)");
    assert_eq!(*device().to_bytes(), core::array::from_fn(|i| i as u8));
}

/// A receiver continues after a restart.
#[test]
fn a_receiver_goes_on_after_a_restart() {
    let home = home();
    let gms = home.kms.user(GMS);
    let mut alice = Client::new(&home, ALICE, NOW);
    alice.store = store();
    let [kept, deleted, late] = [GROUP; 3].map(GroupKey::new);
    let sent = |key: &GroupKey, time| {
        key.message(gms, &home.signing_key(GMS, time), home.kms.user(ALICE), time)
    };
    let restart = |client: &mut Client<'_>| {
        client.store = open(&record(&client.store)).expect("its own");
    };
    let first = sent(&kept, NOW);
    let before = alice.gmk(gms, GROUP, &first, NOW).expect("received");
    alice.gmk(gms, GROUP, &sent(&deleted, NOW), NOW).expect("received");
    let name = KeyName { initiator: GMS, group: Some(GROUP), id: deleted.key.id() };
    alice.store.delete(&name, at(NOW));
    let pending = sent(&late, NOW + 3);
    alice.gmk(gms, b"another", &pending, NOW).expect_err("another group");
    restart(&mut alice);

    // The store has the key with its RAND, and knows the message.
    let name = KeyName { id: kept.key.id(), ..name };
    let after = alice.store.get(&name).expect("the key");
    assert!(bool::from(after.key().ct_eq(before.key())));
    assert_eq!(after.key().rand(), before.key().rand());
    let media = |key: &Received| key.srtp(CsId::MCPTT_GROUP, at(NOW)).expect("keys").master_key;
    assert_eq!(media(after), media(&before));
    let refused = |error: mikey::Error| Some(mission_critical::Error::Message(error));
    assert_eq!(alice.gmk(gms, GROUP, &first, NOW).err(), refused(mikey::Error::Replayed));
    // The deleted key stays deleted, and the pending message can be received.
    let again = alice.gmk(gms, GROUP, &sent(&deleted, NOW + 1), NOW).err();
    assert_eq!(again, Some(mission_critical::Error::Revoked));
    restart(&mut alice);
    alice.gmk(gms, GROUP, &pending, NOW).expect("received");
    // The skew, the capacity and the floor are unchanged.
    assert_eq!(alice.store.capacity(), 30);
    assert_eq!(alice.store.cache().skew(), SKEW);
    let lost = MemoryCache::new(3).lost_at(at(NOW));
    let restored: MemoryCache = open(&record(&lost)).expect("its own");
    assert_eq!(restored.floor(), Some(at(NOW + u64::from(MemoryCache::SKEW))));
    let mut cache = MemoryCache::new(3).with_skew(17);
    cache.lower_floor_and_risk_replays(Some(at(NOW)));
    let restored: MemoryCache = open(&record(&cache)).expect("its own");
    assert_eq!((restored.skew(), restored.floor()), (17, Some(at(NOW))));
}

/// The role of a KMS survives a restart.
#[test]
fn a_certificate_keeps_its_role() {
    for role in [Role::Home, Role::Migration, Role::External] {
        let parts = CertificateParts { role, ..certificate().parts().clone() };
        let mut store = CertificateStore::new(1);
        store.insert(parts.try_into().expect("a certificate"), at(NOW)).expect("room");
        let restored: CertificateStore = open(&record(&store)).expect("its own");
        assert_eq!(restored.iter().next().expect("it").role(), role);
    }
    let mut store = CertificateStore::new(1);
    store.insert(certificate().with_hex_uids(), at(NOW)).expect("room");
    let restored: CertificateStore = open(&record(&store)).expect("its own");
    assert!(restored.iter().next().expect("it").has_hex_uids(), "which no part of it says");
}

#[test]
fn a_quota_and_tries_outlive_a_restart() {
    let home = home();
    let gms = home.kms.user(GMS);
    let mut alice = Client::new(&home, ALICE, NOW);
    let small = MemoryCache::new(9).with_skew(SKEW).with_quota(2);
    alice.store = MemoryStore::new(small, 9);
    let sent = |time| {
        let key = GroupKey::new(GROUP);
        key.message(gms, &home.signing_key(GMS, time), home.kms.user(ALICE), time)
    };
    let pending = sent(NOW);
    for _ in 0..MemoryCache::TRIES {
        let error = alice.gmk(gms, b"another", &pending, NOW).err();
        assert_eq!(error, Some(mission_critical::Error::Group));
        alice.store = open(&record(&alice.store)).expect("its own");
    }
    let refused = |error: mikey::Error| Some(mission_critical::Error::Message(error));
    assert_eq!(alice.gmk(gms, GROUP, &pending, NOW).err(), refused(mikey::Error::Retries));
    alice.gmk(gms, GROUP, &sent(NOW + 1), NOW).expect("received");
    alice.store = open(&record(&alice.store)).expect("its own");
    assert_eq!(alice.gmk(gms, GROUP, &sent(NOW + 2), NOW).err(), refused(mikey::Error::Quota));
}

#[test]
fn a_revocation_outlives_a_restart() {
    let mut store: CertificateStore = open(&record(&certificates())).expect("its own");
    assert!(store.iter().eq(certificates().iter()));
    assert_eq!(store.capacity(), 5);
    let mut first = certificate().parts().clone();
    first.cert_uri = Some("first".into());
    let first = KmsCertificate::try_from(first).expect("a certificate");
    assert_eq!(store.insert(first, at(NOW)), Err(eccsi_sakke::kms::Error::Revoked));
}

#[test]
fn a_key_set_is_validated_again() {
    let certificate = certificate();
    let check = KeySetCheck {
        certificate: &certificate,
        user_uri: ALICE,
        protection: Protection::Clear,
        now: at(NOW),
    };
    let parts: KeySetParts = open(&record(&key_set(false))).expect("its own");
    let (again, before) = (parts.validate(&check), key_set(false).validate(&check));
    assert!(bool::from(again.expect("valid").ct_eq(&before.expect("valid"))));
}

#[test]
fn keys_that_were_offered_are_offered_after_a_restart() {
    let mut ring: KeyRing = open(&record(&ring(true))).expect("its own");
    assert_eq!(ring.in_use().transport().name(), Some("trk"));
    assert_eq!(ring.in_use().integrity().and_then(SharedKey::name), Some("ink"));
    assert_eq!(ring.newest().transport().id(), SharedKeyId(2));
    ring.confirm(Some(SharedKeyId(2)));
    assert!(ring.offered().is_none());
    assert_eq!(ring.in_use().transport().to_bytes()[..], [2; 32]);
}

#[test]
fn a_received_key_is_made_of_parts_that_belong_together() {
    let other = KeyId::new(Purpose::Gmk, 5);
    let made = |user_id, parameters| {
        Received::from_parts(key(), user_id, at(NOW), parameters, Default::default())
            .map(|received| received.time())
    };
    let refused = Err(mission_critical::Error::Purpose);
    assert_eq!(made(key().id(), None), Ok(at(NOW)));
    assert_eq!(made(key().id(), Some(KeyParameters::new(Purpose::Pck))), Ok(at(NOW)));
    assert_eq!(made(other, None), refused);
    assert_eq!(made(KeyId::new(Purpose::Pck, 6), None), refused, "it has one identifier");
    assert_eq!(made(key().id(), Some(KeyParameters::new(Purpose::Csk))), refused);
}

#[test]
fn every_error_says_what_to_do() {
    let all = [
        Error::Record,
        Error::Version,
        Error::Kind,
        Error::DeviceKey,
        Error::Owner,
        Error::Generation,
        Error::Sealed,
        Error::Content,
        Error::Length,
        Error::Randomness,
    ];
    let texts: std::collections::BTreeSet<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), all.len());
    assert!(texts.iter().all(|text| text.contains(": ")));
}

/// Records of version 1 open, and are written in the present version.
#[test]
fn records_of_version_1_open() {
    fn opens<T: Stored>(octets: &[u8]) {
        assert_eq!(octets[4], 1);
        let value = open::<T>(octets).expect("its own");
        assert_eq!(record(&open::<T>(&record(&value)).expect("its own")), record(&value));
    }
    let lines = include_str!("stored/version-1.txt").lines();
    let mut opened = 0;
    for line in lines {
        let (kind, octets) = line.split_once(' ').expect("a line");
        let octets = hex::decode(octets).expect("hexadecimal");
        match kind {
            "Ksak" => opens::<eccsi::KmsSecretKey>(&octets),
            "Z" => opens::<sakke::KmsSecretKey>(&octets),
            "KeyRing" => opens::<KeyRing>(&octets),
            "KeySet" => opens::<KeySetParts>(&octets),
            "Certificates" => opens::<CertificateStore>(&octets),
            "Key" => opens::<Key>(&octets),
            "Received" => opens::<Received>(&octets),
            "Cache" => opens::<MemoryCache>(&octets),
            "Store" => opens::<MemoryStore>(&octets),
            other => panic!("no kind {other}"),
        }
        opened += 1;
    }
    assert_eq!(opened, 15);
}

/// Records of version 2 open. Every later version must open them too.
#[test]
fn records_of_version_2_open() {
    struct Vectors<'a>(std::str::Lines<'a>, Vec<String>);
    impl Each for Vectors<'_> {
        fn with<T: Stored>(&mut self, value: &T) {
            let line = format!("{:?} {}", T::KIND, hex::encode(record(value)));
            // These values contain random parts, so the same value cannot be made again.
            if matches!(T::KIND, Kind::Received | Kind::Cache | Kind::Store) {
                if let Some(expected) = self.0.next() {
                    let (kind, octets) = expected.split_once(' ').expect("a line");
                    assert_eq!(kind, format!("{:?}", T::KIND));
                    let octets = hex::decode(octets).expect("hexadecimal");
                    assert_eq!(record(&open::<T>(&octets).expect("its own")), octets);
                }
            } else if let Some(expected) = self.0.next() {
                assert_eq!(line, expected);
            }
            self.1.push(line);
        }
    }
    let lines = include_str!("stored/version-2.txt");
    let mut vectors = Vectors(lines.lines(), Vec::new());
    each(&mut vectors);
    assert_eq!(lines.lines().count(), vectors.1.len(), "{}", vectors.1.join("\n"));
}
