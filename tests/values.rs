//! The octets, equality, hashes and text of public types, and the parts of decoded values.

#[path = "../src/random/testing.rs"]
mod testing;
#[path = "scenario/world.rs"]
#[expect(dead_code, reason = "each test uses a part of the world")]
mod world;

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use eccsi_sakke::mikey::psk::{KeyData, KeyKind, PskMessage, PskOutline, Validity};
use eccsi_sakke::mikey::{
    Clock, CryptoSession, CsIdMap, Departures, Derivation, Expected, Extension, IMessage, Identity,
    IdentityType, KeyUse, MemoryCache, Outline, Parameters, Prf, Role, SecurityPolicy, Sessions,
    SrtpStream, Timestamp,
};
use eccsi_sakke::mission_critical::{Anonymous, Delivery, Hiding, Key, KeyId, Purpose};
use eccsi_sakke::{Backend, Error, Identifier, KeyPeriods, NtpTime, TryError, eccsi, sakke};
use getrandom::rand_core::TryCryptoRng;
use subtle::ConstantTimeEq;

use testing::Octets;
use world::{home, outline, rng};

const ID: &[u8] = b"2011-02\0tel:+447700900123\0";
const OTHER: &[u8] = b"2011-02\0tel:+447700900124\0";
const ALICE: &str = "sip:alice@example.org";
const BOB: &str = "sip:bob@example.org";
const NOW: u64 = 3_968_536_648;

fn id(octets: &[u8]) -> Identifier {
    Identifier::try_from(octets).expect("an identifier")
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Checks that equal values have equal hashes, and that different values have different hashes.
fn apart<T: Hash + PartialEq>(one: &T, again: &T, other: &T) {
    assert!(one == again && one != other);
    assert!(hash(one) == hash(again) && hash(one) != hash(other));
}

fn now() -> NtpTime {
    NtpTime::from_seconds(NOW)
}

/// A generator that counts octets from the first one on, and fails when fewer are left than it is asked for.
fn counting(mut next: u8, mut left: usize) -> impl TryCryptoRng<Error = Error> {
    Octets(move |out: &mut [u8]| {
        left = left.checked_sub(out.len()).ok_or(Error::Randomness)?;
        for octet in out {
            *octet = next;
            next = next.wrapping_add(1);
        }
        Ok(())
    })
}

#[test]
fn the_backend_has_a_name() {
    let names = [Backend::Portable, Backend::Adx, Backend::Ifma].map(|name| name.to_string());
    assert_eq!(names, ["portable", "adx", "ifma"]);
    assert!(names.contains(&Backend::detect().to_string()));
    #[cfg(all(
        target_arch = "x86_64",
        not(any(
            eccsi_sakke_backend = "portable",
            eccsi_sakke_backend = "adx",
            eccsi_sakke_backend = "ifma"
        ))
    ))]
    {
        use std::arch::is_x86_feature_detected;
        let ifma = is_x86_feature_detected!("avx512ifma");
        let adx = is_x86_feature_detected!("adx")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("avx2");
        let best = match (ifma, adx) {
            (true, _) => Backend::Ifma,
            (false, true) => Backend::Adx,
            (false, false) => Backend::Portable,
        };
        assert_eq!(Backend::detect(), best, "what this CPU has is used");
    }
}

#[test]
fn identifiers() {
    apart(
        &id(ID),
        &Identifier::try_from(ID.first_chunk::<26>().expect("26")).expect("an id"),
        &id(OTHER),
    );
    assert_eq!(AsRef::<[u8]>::as_ref(&id(ID)), ID);
    // Leading zeros belong to an identifier.
    apart(&id(&[0, 0, 7]), &id(&[0, 0, 7]), &id(&[0, 7]));
    assert_eq!(Identifier::try_from(&[1]), Err(Error::Identifier));
    let periods = KeyPeriods::new(86_400).and_then(|periods| periods.with_offset(12));
    let periods = periods.expect("a period");
    assert_eq!((periods.period(), periods.offset()), (86_400, 12));
    assert_eq!(KeyPeriods::new(0), Err(Error::Range));
    let longest = KeyPeriods::new(u64::MAX).and_then(|periods| periods.with_offset(u64::MAX - 1));
    assert_eq!(longest.and_then(|periods| periods.start(1)), Err(Error::Range));
    for (period, offset) in [(1, 1), (86_400, 86_400), (86_400, 86_401), (u64::MAX, u64::MAX)] {
        let periods = KeyPeriods::new(period).expect("a period");
        assert_eq!(periods.with_offset(offset), Err(Error::Range));
        assert_eq!(periods.with_offset(period - 1).map(|periods| periods.offset()), Ok(period - 1));
    }
    assert_eq!(KeyPeriods::new(2).and_then(|periods| periods.start(1 << 63)), Err(Error::Range));
    let last = longest.and_then(|periods| periods.start(0));
    assert_eq!(last, Ok(NtpTime::from_seconds(u64::MAX - 1)));
    // Years and months are padded with zeros.
    for (year, month, text) in
        [(9999, 12, "9999-12"), (0, 1, "0000-01"), (2026, 10, "2026-10"), (1234, 9, "1234-09")]
    {
        let id = Identifier::tel_monthly(year, month, "tel:+1").expect("an identifier");
        assert_eq!(id.as_bytes(), format!("{text}\0tel:+1\0").as_bytes());
    }
    for (year, month) in [(10_000, 1), (2026, 0), (2026, 13)] {
        assert_eq!(Identifier::tel_monthly(year, month, "tel:+1"), Err(Error::Range));
    }
}

#[test]
fn a_timestamp_beyond_the_last_era_is_of_the_last() {
    let last = NtpTime::from_seconds(u64::MAX - 5);
    let low = |distance: u32| (u32::MAX - 5).wrapping_add(distance);
    for (seconds, expected) in [
        (low(0), u64::MAX - 5),
        (low(5), u64::MAX),
        (low(6), u64::MAX - u64::from(u32::MAX)),
        (low(7), u64::MAX - u64::from(u32::MAX) + 1),
    ] {
        let time = NtpTime::from_timestamp(seconds, last);
        assert_eq!(time.seconds(), expected, "{seconds:08x}");
    }
    let first = NtpTime::from_seconds(5);
    for seconds in [0, 5, 1 << 31, u32::MAX] {
        assert_eq!(NtpTime::from_timestamp(seconds, first).seconds(), u64::from(seconds));
    }
}

/// p and q of P-256.
const P256: [&str; 2] = [
    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
];

#[test]
fn what_a_signature_holds_is_in_range() {
    let kms = eccsi::KmsSecretKey::generate(&mut rng()).expect("a key");
    let key = kms.issue(&mut rng(), ID).expect("a key");
    let good = key.sign(&mut rng(), b"message").expect("signed").to_bytes();
    let [p, q] = P256.map(|text| hex::decode(text).expect("hex"));
    let less_one = |octets: &[u8]| {
        let mut less = octets.to_vec();
        less[31] -= 1;
        less
    };
    let with = |place: usize, octets: &[u8]| {
        let mut octets_of = good;
        octets_of[place..place + octets.len()].copy_from_slice(octets);
        eccsi::Signature::try_from(&octets_of).map(|signature| signature.to_bytes() == octets_of)
    };
    let one = [[0; 31].as_slice(), &[1]].concat();
    for (place, bound) in [(0, &p), (32, &q)] {
        assert_eq!(with(place, &one), Ok(true));
        assert_eq!(with(place, &less_one(bound)), Ok(true));
        for refused in [&[0; 32], bound.as_slice(), &[0xff; 32]] {
            assert_eq!(with(place, refused), Err(Error::Range));
        }
    }
    assert_eq!(with(64, &[5]), Err(Error::PointEncoding));
    assert_eq!(with(65, &p), Err(Error::PointEncoding));
    assert_eq!(with(65, &[0; 64]), Err(Error::NotOnCurve));
    for length in [0, 128, 130] {
        let octets = vec![4; length];
        assert_eq!(eccsi::Signature::try_from(octets.as_slice()), Err(Error::Length));
    }
}

#[test]
fn each_coordinate_of_a_point_is_below_p() {
    let kms = sakke::KmsSecretKey::try_from(&[0x25; 128]).expect("a key");
    for place in [1, 129] {
        let mut octets = kms.public_key().to_bytes();
        octets[place..place + 128].fill(0xff);
        assert_eq!(sakke::KmsPublicKey::try_from(&octets).err(), Some(Error::PointEncoding));
    }
}

#[test]
fn keys_that_share_a_part_are_different() {
    // Z and −Z have the same x.
    let kms = sakke::KmsSecretKey::try_from(&[0x25; 128]).expect("a key");
    let z = kms.public_key().to_bytes();
    let p = hex::decode(
        "997abb1f0a563fda65c61198dad0657a416c0ce19cb48261be9ae358b3e01a2e\
         f40aab27e2fc0f1b228730d531a59cb0e791b39ff7c88a19356d27f4a666a6d0\
         e26c6487326b4cd4512ac5cd65681ce1b6aff4a831852a82a7cf3c521c3c09aa\
         9f94d6af56971f1ffce3e82389857db080c5df10ac7ace87666d807afea85feb",
    );
    let (mut minus, mut borrow) = (z, 0);
    for (octet, p) in minus[129..].iter_mut().zip(p.expect("hex")).rev() {
        let difference = i16::from(p) - i16::from(*octet) - borrow;
        *octet = difference.rem_euclid(256) as u8;
        borrow = i16::from(difference < 0);
    }
    let minus = sakke::KmsPublicKey::try_from(&minus).expect("a point of order q");
    assert_ne!(&minus, kms.public_key());
    // 1/(a + z) is the same for a + 1 and z − 1.
    let mut less = [0x25; 128];
    less[127] -= 1;
    let less = sakke::KmsSecretKey::try_from(&less).expect("a key");
    let one = kms.extract(&id(&[8])).expect("a key");
    let other = less.extract(&id(&[9])).expect("a key");
    assert_eq!(one.to_bytes(), other.to_bytes());
    assert!(!bool::from(one.ct_eq(&other)) && bool::from(one.ct_eq(&one.clone())));
    let prepared = one.prepare().expect("prepared");
    assert!(!bool::from(prepared.ct_eq(&other.prepare().expect("prepared"))));
    assert!(bool::from(prepared.ct_eq(&one.prepare().expect("prepared"))));
}

#[test]
fn two_bits_of_a_status_have_a_meaning() {
    use eccsi_sakke::mission_critical::Status;
    for (bits, revoked, shared) in
        [(0, true, false), (1, false, false), (2, true, true), (3, false, true), (4, true, false)]
    {
        let status = Status(bits);
        assert_eq!((status.is_revoked(), status.is_shared_with_gateway()), (revoked, shared));
    }
    assert_eq!(Status::IN_FORCE, Status(1));
}

#[test]
fn keys_and_signatures_of_eccsi() {
    let kms = eccsi::KmsSecretKey::generate(&mut rng()).expect("a key");
    let other = eccsi::KmsSecretKey::generate(&mut rng()).expect("a key");
    let public = kms.public_key();
    let again = eccsi::KmsPublicKey::try_from(&public.to_bytes()).expect("a key");
    apart(public, &again, other.public_key());
    assert_eq!(public.as_ref(), public.to_bytes());
    let prepared = format!("{:?}", public.prepare());
    assert!(prepared.contains("PreparedKmsPublicKey") && prepared.contains(&hex::encode(public)));

    let key = kms.issue(&mut rng(), ID).expect("a key");
    let signature = key.sign(&mut rng(), b"message").expect("signed");
    let octets = signature.to_bytes();
    let again = eccsi::Signature::try_from(octets.as_slice()).expect("a signature");
    let another = key.sign(&mut rng(), b"message").expect("signed");
    apart(&signature, &again, &another);
    let parts = [signature.r().as_slice(), &signature.s(), &signature.pvt()].concat();
    assert!(parts == octets && signature.as_bytes() == &octets && signature.pvt() == key.pvt());
    assert!(<[u8; 129]>::from(signature) == octets && signature.as_ref() == octets);

    let verifying = public.verifying_key(ID);
    assert_eq!(format!("{verifying:?}"), "eccsi::VerifyingKey(..)");
    let signer = verifying.prepare(key.pvt()).expect("prepared");
    assert_eq!(format!("{signer:?}"), "eccsi::PreparedSigner(..)");
}

#[cfg(feature = "signature")]
#[test]
fn keys_have_the_signature_traits() {
    use signature::{MultipartVerifier, RandomizedSigner, Verifier};
    let kms = eccsi::KmsSecretKey::generate(&mut rng()).expect("a key");
    let key = kms.issue(&mut rng(), ID).expect("a key");
    let signature: eccsi::Signature =
        key.try_sign_with_rng(&mut getrandom::SysRng, b"message").expect("signed");
    let known = kms.public_key().verifying_key(ID).prepare(key.pvt()).expect("prepared");
    assert!(Verifier::verify(&known, b"message", &signature).is_ok());
    assert!(Verifier::verify(&known, b"another", &signature).is_err());
    let plain = kms.public_key().verifying_key(ID);
    assert!(plain.multipart_verify(&[b"mess", b"age"], &signature).is_ok());
    assert!(plain.multipart_verify(&[b"mess"], &signature).is_err());
    assert!(key.try_sign_with_rng(&mut counting(0, 31), b"").is_err());
}

#[test]
fn keys_and_encapsulations_of_sakke() {
    let kms = sakke::KmsSecretKey::generate(&mut rng()).expect("a key");
    let other = sakke::KmsSecretKey::generate(&mut rng()).expect("a key");
    let public = kms.public_key();
    let again = sakke::KmsPublicKey::try_from(&public.to_bytes()).expect("a key");
    apart(public, &again, other.public_key());
    assert!(format!("{public:?}").contains(&hex::encode(public.to_bytes())));
    let (to, ssv) = (public.recipient(&id(ID)).expect("a recipient"), [0x5a; 16].into());
    assert_eq!(to.identifier(), &id(ID));
    assert!(to == again.recipient(&id(ID)).expect("a recipient"));
    assert!(to != public.recipient(&id(OTHER)).expect("a recipient"));
    assert!(to != other.public_key().recipient(&id(ID)).expect("a recipient"));
    assert!(format!("{to:?}").starts_with("sakke::Recipient(Identifier(\"2011-02"));

    let sealed = to.encapsulate(&ssv).expect("sealed");
    let again = sakke::Encapsulation::try_from(sealed.as_bytes()).expect("octets");
    let another = to.encapsulate(&[0x5b; 16].into()).expect("sealed");
    apart(&sealed, &again, &another);
    assert!(format!("{sealed:?}").contains(&hex::encode(sealed.to_bytes())));
    assert!(<[u8; 273]>::from(sealed) == sealed.to_bytes() && sealed.as_ref() == sealed.as_bytes());

    let prepared = to.prepare();
    assert!(prepared.recipient() == &to);
    assert_eq!(prepared.encapsulate(&ssv), Ok(sealed));
    assert!(format!("{prepared:?}").starts_with("sakke::PreparedRecipient(sakke::Recipient("));
    let prepared = public.prepare();
    assert_eq!(prepared.public_key(), public);
    assert!(
        format!("{prepared:?}").starts_with("sakke::PreparedKmsPublicKey(sakke::KmsPublicKey(")
    );

    assert_eq!(*ssv.to_bytes(), [0x5a; 16]);
    assert_eq!(sakke::SharedSecret::try_from([1; 16].as_slice()).expect("16").as_bytes(), &[1; 16]);
    assert_eq!(sakke::SharedSecret::try_from([1; 15].as_slice()).err(), Some(Error::Length));
    assert_eq!(sakke::SharedSecret::try_from([1; 17].as_slice()).err(), Some(Error::Length));
}

#[test]
fn a_fresh_secret_is_encapsulated() {
    let kms = sakke::KmsSecretKey::generate(&mut rng()).expect("a key");
    let to = kms.public_key().recipient(&id(ID)).expect("a recipient");
    let key = kms.extract(&id(ID)).expect("a key");
    assert_eq!(key.identifier(), &id(ID));
    let stored = sakke::ReceiverKey::new(key.to_bytes().as_slice(), &id(ID), kms.public_key());
    assert!(bool::from(stored.expect("its octets").ct_eq(&key)));
    let (sealed, ssv) = to.encapsulate_with_rng(&mut rng()).expect("sealed");
    assert!(bool::from(key.decapsulate(&sealed).expect("opened").ct_eq(&ssv)));
    let (_, another) = to.encapsulate_with_rng(&mut rng()).expect("sealed");
    assert!(!bool::from(ssv.ct_eq(&another)));
    let (sealed, ssv) = to.try_encapsulate_with_rng(&mut counting(1, 16)).expect("sealed");
    assert_eq!(ssv.as_bytes(), &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    assert_eq!(to.encapsulate(&ssv), Ok(sealed));
}

#[test]
fn keys_of_the_system_from_a_generator_that_can_fail() {
    let mut generator = counting(0xc1, 36);
    let key = Key::try_generate(Purpose::Csk, &mut generator).expect("a key");
    assert_eq!(key.id().value(), 0x24c3_c2c1);
    assert_eq!(key.secret().as_bytes()[..3], [0xc5, 0xc6, 0xc7]);
    assert_eq!(key.rand().map(|rand| rand.to_vec()), Some((0xd5..=0xe4).collect()));
    let shown = format!("{key:?}");
    assert!(shown.contains("Csk") && shown.contains("24c3c2c1") && !shown.contains("198"));
    for left in [0, 3, 4, 19, 20, 35] {
        let mut generator = counting(0, left);
        let failed = Key::try_generate(Purpose::Csk, &mut generator);
        assert_eq!(failed.err(), Some(TryError::Rng(Error::Randomness)));
    }
    let id = KeyId::try_generate(Purpose::Gmk, &mut counting(0x91, 4));
    assert_eq!(id, KeyId::try_from(0x0493_9291).map_err(|_| Error::Range));
}

#[test]
fn every_step_of_a_receiver_shows_its_message() {
    let domain = home();
    let kms = &domain.kms;
    let uid = |uri: &str| kms.user(uri).identifier(now()).expect("a UID");
    let secret = sakke::SharedSecret::generate(&mut rng());
    let encapsulation = domain.encapsulation(BOB, NOW, &secret);
    let hidden = uid(ALICE);
    let outline = Outline {
        identities: &[(Role::InitiatorUid, Identity::uri(&hidden))],
        extensions: &[Extension { kind: 0x42, data: b"data" }],
        ..outline(&encapsulation, NOW)
    };
    let signer = domain.signing_key(ALICE, NOW);
    let unsigned = outline.encode().expect("encoded");
    let covered = unsigned.to_be_signed().to_vec();
    let failed = unsigned.clone().try_sign(&signer, &mut counting(0, 31));
    assert_eq!(failed, Err(TryError::Rng(Error::Randomness)));
    let octets = unsigned.try_sign(&signer, &mut counting(0, 32)).expect("signed");
    assert_eq!(octets[..octets.len() - 129], covered);

    let message = IMessage::decode(&octets).expect("a message");
    assert_eq!(message.as_bytes(), octets);
    assert_eq!(message.message().header().csb_id, 5);
    assert_eq!((message.map(), message.id_scheme()), (&CsIdMap::Empty, 2));
    assert!(message.extensions().eq(outline.extensions.iter().copied()));
    assert!(message.session(0).is_none() && message.policy(0).is_none());
    let mut cache = MemoryCache::new(9);
    let fresh = message.check_fresh(&Clock { now: now(), skew: 9 }, &cache).expect("fresh");
    assert_eq!((fresh.message().as_bytes(), fresh.time()), (octets.as_slice(), now()));
    let bob = kms.user(BOB);
    let hidden = fresh
        .verify_hidden(kms, &bob, Departures::NONE, &mut MemoryCache::new(9))
        .expect("verified");
    assert_eq!(hidden.message().as_bytes(), octets);
    let expected = Expected::new(kms.user(ALICE), bob);
    let verified = fresh.verify(&expected, &mut cache).expect("verified");
    assert_eq!((verified.message().as_bytes(), verified.time()), (octets.as_slice(), now()));
    assert_eq!((verified.signer(), verified.responder()), (&uid(ALICE), &uid(BOB)));
    let key = domain.receiver_key(BOB, NOW);
    let opened = verified.decapsulate(&key, &mut cache).expect("opened");
    assert_eq!((opened.message().as_bytes(), opened.time()), (octets.as_slice(), now()));
    assert!(bool::from(opened.secret().ct_eq(&secret)));

    let key = Key::generate(Purpose::Pck, &mut rng());
    let delivery = Delivery {
        hiding: Hiding { initiator: true, responder: false },
        ..Delivery::new(kms.user(ALICE), bob, now())
    };
    let octets = delivery.message(&key, &signer, &mut rng()).expect("a message");
    let clock = Clock { now: now(), skew: 9 };
    let mut store = world::store();
    let anonymous = Anonymous::receive(Purpose::Pck, &octets, (kms, bob), &clock, &mut store);
    assert_eq!(anonymous.expect("verified").message().as_bytes(), octets);
}

#[test]
fn every_part_of_a_pre_shared_key_message() {
    let identities = [Identity::uri(ALICE), Identity { kind: IdentityType::Octets, data: &[1, 2] }];
    let listed: [(u8, &[u8]); 2] = [(1, &[5]), (7, &[6, 7])];
    let policies =
        [SecurityPolicy { number: 3, protocol: 0, parameters: listed.as_slice().into() }];
    let streams = [SrtpStream { policy: 3, ssrc: 4, roc: 5 }];
    let outline = PskOutline {
        prf: Prf::HmacSha1,
        v: true,
        csb_id: 7,
        map: CsIdMap::SrtpId((&streams).into()),
        timestamp: Timestamp::NtpUtc32(u32::try_from(NOW).expect("of the first era")),
        rand: &[3; 16],
        identities: &identities,
        policies: &policies,
    };
    let psk = [1; 16];
    let keys = [
        KeyData::new(KeyKind::Tgk, &[2; 16]),
        KeyData {
            validity: Validity::Interval { from: &[1], to: &[2] },
            ..KeyData::new(KeyKind::Tek, &[4; 20])
        },
    ];
    let octets = outline.seal(&psk, &keys).expect("sealed");
    let message = PskMessage::decode(&octets).expect("a message");
    assert_eq!(message.as_bytes(), octets);
    assert_eq!((message.v(), message.csb_id(), message.map()), (true, 7, &outline.map));
    assert_eq!((message.timestamp(), message.rand()), (outline.timestamp, [3; 16].as_slice()));
    assert!(message.identities().eq(identities));
    let mut cache = MemoryCache::new(1);
    let fresh = message.check_fresh(&Clock { now: now(), skew: 0 }, &cache).expect("fresh");
    assert_eq!(fresh.message().as_bytes(), octets);
    let opened = fresh.authenticate(&psk, &mut cache).expect("opened");
    assert_eq!((opened.message().as_bytes(), opened.time()), (octets.as_slice(), Some(now())));
    let expected =
        [[20, 0, 0, 16].as_slice(), &[2; 16], &[0, 0x22, 0, 20], &[4; 20], &[1, 1, 1, 2]];
    assert_eq!(opened.key_data_octets(), expected.concat());
    assert_eq!(format!("{opened:?}"), "mikey::psk::OpenedPsk(..)");
    let responder = Some(Identity::uri(BOB));
    let answer = opened.verification(responder, ALICE.as_bytes(), BOB.as_bytes());
    let answer = answer.expect("an answer");
    let checked = eccsi_sakke::mikey::psk::verify_response(
        &answer,
        &message,
        &psk,
        ALICE.as_bytes(),
        BOB.as_bytes(),
    );
    assert_eq!(checked, Ok(()));

    let counted = PskOutline { timestamp: Timestamp::Counter(1), ..outline };
    let octets = counted.seal(&psk, &keys).expect("sealed");
    let fresh = PskMessage::decode(&octets).and_then(|message| message.check_counter(None));
    let opened = fresh.and_then(|fresh| fresh.authenticate(&psk, &mut cache)).expect("opened");
    assert_eq!(opened.time(), None);
}

#[test]
fn what_is_listed_is_shown() {
    let listed: [(u8, &[u8]); 2] = [(1, &[5]), (7, &[6, 7])];
    let parameters = Parameters::from(listed.as_slice());
    assert_eq!(parameters.get(7), Some([6, 7].as_slice()));
    assert_eq!((parameters.get(1), parameters.get(2)), (Some([5].as_slice()), None));
    assert_eq!(format!("{parameters:?}"), "{1: [5], 7: [6, 7]}");
    assert_ne!(parameters, Parameters::from(&listed[..1]));
    let streams = [SrtpStream { policy: 3, ssrc: 4, roc: 5 }];
    let sessions = Sessions::from(&streams);
    assert_eq!(format!("{sessions:?}"), format!("{streams:?}"));
    assert_eq!((sessions.len(), sessions.is_empty()), (1, false));
    assert!(sessions != Sessions::from(&[]) && Sessions::<SrtpStream>::from(&[]).is_empty());
    let session = |cs_id| CryptoSession {
        cs_id,
        protocol: 0,
        s: false,
        policies: &[],
        session_data: &[],
        spi: &[1, 2],
    };
    let sessions = [session(4), session(9)];
    let sessions = Sessions::from(&sessions);
    assert_eq!((sessions.get(9), sessions.get(5)), (Some(session(9)), None));
    assert_eq!(format!("{:?}", Identity::uri("sip:é")), "Uri(\"sip:\\xc3\\xa9\")");
    let kinds =
        [Validity::Unlimited, Validity::Spi(&[1]), Validity::Interval { from: &[], to: &[] }];
    assert_eq!(format!("{kinds:?}"), "[Unlimited, Spi(..), Interval(..)]");
    assert_eq!(format!("{:?}", KeyData::new(KeyKind::Gtgk, &[7])), "KeyData(Gtgk, ..)");
}

/// RFC 3830 section 4.1.4: each use has its own label. The secrets here have several blocks.
#[test]
fn keys_for_every_use_differ() {
    let uses = [
        KeyUse::Tek,
        KeyUse::Authentication,
        KeyUse::Encryption,
        KeyUse::Salt,
        KeyUse::MessageEncryption,
        KeyUse::MessageSalt,
        KeyUse::MessageAuthentication,
    ];
    for prf in [Prf::HmacSha1, Prf::HmacSha256] {
        let derivation = Derivation { prf, csb_id: 1, rand: &[3; 16] };
        let mut keys = Vec::new();
        let [one, other]: [[u8; 100]; 2] =
            [7, 8].map(|first| core::array::from_fn(|i| first + i as u8));
        for (secret, cs_id) in [(one, 0), (one, 1), (other, 0)] {
            for key_use in uses {
                let long = derivation.key::<100>(key_use, &secret, cs_id).expect("a key");
                let short = derivation.key::<50>(key_use, &secret, cs_id).expect("a key");
                assert_eq!(long[..50], *short, "as many octets as are asked for");
                keys.push(*long);
            }
        }
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 21);
    }
}

#[cfg(feature = "hazmat")]
#[test]
fn what_the_benches_reach_computes_what_the_operations_do() {
    use eccsi_sakke::hazmat::{self, Point, bench};
    let mut names = Vec::new();
    for kernel in bench::kernels() {
        (kernel.mul)(3);
        (kernel.square)(3);
        assert!([1, 2, 8].contains(&kernel.elements));
        names.push(kernel.name);
    }
    bench::invert(2);
    // A build that forces the portable backend offers no other kernels.
    let backend = Backend::detect();
    assert_eq!(names[0], "portable");
    assert_eq!(names.contains(&"adx"), backend != Backend::Portable);
    assert_eq!(names.contains(&"ifma-8"), backend == Backend::Ifma);
    assert_eq!(bench::multiply_adds().is_some(), backend == Backend::Ifma);
    for chains in bench::multiply_adds().into_iter().flatten() {
        chains(48);
    }

    let kms = sakke::KmsSecretKey::generate(&mut rng()).expect("a key");
    let to = kms.public_key().recipient(&id(ID)).expect("a recipient");
    let trace = to.trace(&[0x5a; 16].into()).expect("sealed");
    assert_eq!(bench::pow_g(&trace.r), *trace.g_r);
    let point = |octets: &[u8]| Point::try_from(octets).expect("a point");
    let (z, key) = (point(&kms.public_key().to_bytes()), kms.extract(&id(ID)).expect("a key"));
    let key = point(key.to_bytes().as_slice());
    let prepared = bench::PreparedPoint::new(&z).expect("prepared");
    assert_eq!(prepared.pairing(&key), hazmat::pairing(&z, &key));
    assert_eq!(format!("{z:?}"), "hazmat::Point(..)");
}
