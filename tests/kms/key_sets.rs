//! Key sets: how they are made, sent, and validated as a whole.

use eccsi_sakke::kms::{
    CertificateParts, CertificateStore, Error, KeyContent, KeyIssuer, KeySet, KeySetCheck,
    KeySetParts, KmsCertificate, Protection, Reading, Role, SharedKeyId, TransportKey, ValidPeriod,
    WrappedKey, Wrapping,
};
use eccsi_sakke::{Error as Primitive, KmsUri, NtpTime, TryError, UserUri};
use subtle::ConstantTimeEq;
use zeroize::ZeroizeOnDrop;

use super::testing::{NoEntropy, failing};
use super::{ALICE, BOB, HOME, Kms, NOW, PERIOD, holding, later, rng};

const WRAPPINGS: [Wrapping; 3] = [Wrapping::Padded, Wrapping::PaddedPoints, Wrapping::Unpadded];

pub(super) fn trk() -> TransportKey {
    TransportKey::generate(SharedKeyId(7), &mut rng())
}

fn octets(content: &KeyContent) -> &[u8] {
    match content {
        KeyContent::Plain(octets) => octets,
        KeyContent::Wrapped(wrapped) => &wrapped.octets,
    }
}

/// The octets in clear or wrapped, to be changed.
pub(super) fn octets_mut(content: &mut KeyContent) -> &mut Vec<u8> {
    match content {
        KeyContent::Plain(octets) => octets,
        KeyContent::Wrapped(wrapped) => &mut wrapped.octets,
    }
}

#[test]
fn what_is_issued_is_accepted_in_every_form() {
    let kms = Kms::new(HOME);
    let set = kms.keys(ALICE);
    let plain = set.to_parts(None).expect("parts");
    let again = plain.validate(&kms.check(ALICE)).expect("accepted");
    assert_eq!(again.to_parts(None), Ok(plain.clone()));
    assert!(bool::from(again.ct_eq(&set)));
    assert!(!bool::from(kms.keys(ALICE).ct_eq(&set)), "every SSK is new");
    assert_eq!((again.kms_uri(), again.user_uri(), again.cert_uri()), (HOME, ALICE, None));
    assert_eq!(again.key_period_no(), kms.number());
    assert_eq!(again.uid().as_bytes(), plain.user_id);

    let trk = trk();
    for wrapping in WRAPPINGS {
        let sent = set.to_parts(Some((&trk, wrapping))).expect("parts");
        for reading in [Reading::Only(wrapping), Reading::Any] {
            let protection = Protection::Wrapped(&trk, reading);
            let check = KeySetCheck { protection, ..kms.check(ALICE) };
            let again = sent.validate(&check).expect("accepted");
            assert_eq!(again.to_parts(None), Ok(plain.clone()), "{wrapping:?}");
        }
    }
    let lengths = |wrapping| {
        let sent = set.to_parts(Some((&trk, wrapping))).expect("parts");
        [&sent.user_decrypt_key, &sent.user_signing_key_ssk, &sent.user_pub_token_pvt]
            .map(|content| octets(content).len())
    };
    assert_eq!(lengths(Wrapping::Padded), [272, 40, 80]);
    assert_eq!(lengths(Wrapping::PaddedPoints), [272, 40, 80]);
    assert_eq!(lengths(Wrapping::Unpadded), [264, 40, 72]);
}

#[test]
fn what_the_set_says_is_checked() {
    let kms = Kms::new(HOME);
    let good = kms.keys(ALICE).to_parts(None).expect("parts");
    let with = |change: &dyn Fn(&mut KeySetParts)| {
        let mut parts = good.clone();
        change(&mut parts);
        parts.validate(&kms.check(ALICE)).expect_err("refused")
    };
    assert_eq!(with(&|set| set.kms_uri.push('\0')), Error::KmsUri);
    assert_eq!(with(&|set| set.cert_uri = Some("1".into())), Error::CertUri);
    assert_eq!(with(&|set| set.user_uri = BOB.into()), Error::UserUri);
    assert_eq!(with(&|set| set.revoked = true), Error::Revoked);
    let over = ValidPeriod { from: None, to: Some(NtpTime::from_seconds(1)) };
    assert_eq!(with(&|set| set.valid = over), Error::Expired);
    let backwards = ValidPeriod { from: Some(later(2)), to: Some(later(1)) };
    assert_eq!(with(&|set| set.valid = backwards), Error::Validity);
    assert_eq!(with(&|set| set.key_period_no += 1), Error::UserId);
    assert_eq!(with(&|set| set.key_period_no = u64::MAX), Error::KeyPeriod);
    assert_eq!(with(&|set| set.user_id.truncate(31)), Error::UserId);
    assert_eq!(with(&|set| set.user_id = hex::encode(&set.user_id).into()), Error::UserId);
    assert_eq!(
        good.validate(&kms.check(BOB)).expect_err("another's"),
        Error::UserUri,
        "the set does not decide whose it must be"
    );
}

#[test]
fn the_keys_have_one_answer() {
    let kms = Kms::new(HOME);
    let good = kms.keys(ALICE).to_parts(None).expect("parts");
    let bobs = kms.keys(BOB).to_parts(None).expect("parts");
    let next = kms.issuer().issue(&mut rng(), ALICE, kms.number() + 1).expect("a key set");
    let next = next.to_parts(None).expect("parts");
    let others = Kms::new(HOME).keys(ALICE).to_parts(None).expect("parts");
    let refused = |set: KeySetParts| set.validate(&kms.check(ALICE)).expect_err("refused");
    for wrong in [&bobs, &next, &others] {
        let rsk = wrong.user_decrypt_key.clone();
        let (ssk, pvt) = (wrong.user_signing_key_ssk.clone(), wrong.user_pub_token_pvt.clone());
        let good = || good.clone();
        assert_eq!(refused(KeySetParts { user_decrypt_key: rsk.clone(), ..good() }), Error::Keys);
        assert_eq!(
            refused(KeySetParts { user_signing_key_ssk: ssk.clone(), ..good() }),
            Error::Keys
        );
        assert_eq!(refused(KeySetParts { user_pub_token_pvt: pvt.clone(), ..good() }), Error::Keys);
        let both = KeySetParts { user_signing_key_ssk: ssk, user_pub_token_pvt: pvt, ..good() };
        assert_eq!(refused(both), Error::Keys);
    }
    // A wrong encoding of a secret or a point has the same error as another key.
    type Content = fn(&mut KeySetParts) -> &mut KeyContent;
    let contents: [Content; 3] = [
        |set| &mut set.user_decrypt_key,
        |set| &mut set.user_signing_key_ssk,
        |set| &mut set.user_pub_token_pvt,
    ];
    for content in contents {
        for octet in [0, 1, 20, usize::MAX] {
            let mut set = good.clone();
            let octets = octets_mut(content(&mut set));
            let octet = octet.min(octets.len() - 1);
            octets[octet] ^= 0x80;
            assert_eq!(refused(set), Error::Keys);
        }
        for value in [0, 0xff] {
            let mut set = good.clone();
            octets_mut(content(&mut set)).fill(value);
            assert_eq!(refused(set), Error::Keys);
        }
        // Lengths are checked before any key is.
        for change in [
            (|octets| octets.truncate(octets.len() - 1)) as fn(&mut Vec<u8>),
            |octets| octets.extend([0; 9]),
            Vec::clear,
        ] {
            let mut set =
                KeySetParts { user_signing_key_ssk: KeyContent::plain(&[0; 32]), ..good.clone() };
            change(octets_mut(content(&mut set)));
            assert_eq!(refused(set), Error::Length);
        }
    }
}

/// In RFC 6507 5.1, SSK is an integer below q, and some KMSs write octets 00 before its 32 octets.
#[test]
fn octets_of_zero_may_stand_before_an_ssk() {
    let kms = Kms::new(HOME);
    let set = kms.keys(ALICE);
    let good = set.to_parts(None).expect("parts");
    let trk = trk();
    let ssk = set.signing_key().ssk();
    let with = |before: &[u8], wrapping: Option<Wrapping>| {
        let octets = [before, ssk.as_slice()].concat();
        let (ssk, others) = match wrapping {
            None => (KeyContent::plain(&octets), good.clone()),
            Some(wrapping) => (
                KeyContent::wrapped(&trk.wrap(&octets, wrapping).expect("wrapped")),
                set.to_parts(Some((&trk, wrapping))).expect("parts"),
            ),
        };
        let protection = wrapping
            .map_or(Protection::Clear, |wrapping| Protection::Wrapped(&trk, wrapping.into()));
        let parts = KeySetParts { user_signing_key_ssk: ssk, ..others };
        let check = KeySetCheck { protection, ..kms.check(ALICE) };
        let fault = parts.key_fault(&check).map(|fault| fault.error);
        (parts.validate(&check).map(|keys| keys.to_parts(None)), fault)
    };
    for wrapping in [None, Some(Wrapping::Padded), Some(Wrapping::PaddedPoints)] {
        for zeros in 0..=8 {
            // The key that comes out has 32 octets again.
            assert_eq!(with(&[0; 8][..zeros], wrapping), (Ok(Ok(good.clone())), None));
        }
        assert_eq!(with(&[0; 9], wrapping).0, Err(Error::Length));
        let out_of_range = Some(Error::Primitive(Primitive::Range));
        for before in [&[1_u8] as &[u8], &[0, 1], &[1, 1], &[0x80, 0], &[1, 0, 0, 0, 0, 0, 0, 0]] {
            assert_eq!(with(before, wrapping), (Err(Error::Keys), out_of_range), "{before:?}");
        }
    }
    // SSK + q is the same key modulo q, but not the same integer.
    let q = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let mut carry = 0;
    let mut sum: Vec<u8> = (ssk.iter().zip(q.expect("hexadecimal")).rev())
        .map(|(one, other)| {
            carry += u16::from(*one) + u16::from(other);
            let [high, low] = carry.to_be_bytes();
            carry = high.into();
            low
        })
        .collect();
    sum.push(u8::try_from(carry).expect("0 or 1"));
    sum.reverse();
    let parts = KeySetParts { user_signing_key_ssk: KeyContent::plain(&sum), ..good };
    assert_eq!(parts.validate(&kms.check(ALICE)).map(drop), Err(Error::Keys));
}

#[test]
fn protection_is_as_demanded() {
    let kms = Kms::new(HOME);
    let set = kms.keys(ALICE);
    let trk = trk();
    let plain = set.to_parts(None).expect("parts");
    let wrapped = set.to_parts(Some((&trk, Wrapping::Padded))).expect("parts");
    let with = |set: &KeySetParts, protection| {
        set.validate(&KeySetCheck { protection, ..kms.check(ALICE) }).map(drop)
    };
    let demanded = Protection::Wrapped(&trk, Reading::default());
    assert_eq!(with(&wrapped, demanded), Ok(()));
    assert_eq!(with(&plain, demanded), Err(Error::Protection));
    assert_eq!(with(&wrapped, Protection::Clear), Err(Error::Protection));
    for (mixed, protection) in [(&plain, Protection::Clear), (&wrapped, demanded)] {
        let other = if core::ptr::eq(mixed, &plain) { &wrapped } else { &plain };
        let mixed =
            KeySetParts { user_pub_token_pvt: other.user_pub_token_pvt.clone(), ..mixed.clone() };
        assert_eq!(with(&mixed, protection), Err(Error::Protection));
    }
    let other = TransportKey::generate(SharedKeyId(7), &mut rng());
    assert_eq!(with(&wrapped, Protection::Wrapped(&other, Reading::Any)), Err(Error::Unwrap));
    let unpadded = Protection::Wrapped(&trk, Wrapping::Unpadded.into());
    assert_eq!(with(&wrapped, unpadded), Err(Error::Length));
    let mut tampered = wrapped.clone();
    octets_mut(&mut tampered.user_signing_key_ssk)[39] ^= 1;
    assert_eq!(with(&tampered, demanded), Err(Error::Unwrap));
    // A wrapped key that opens, but has another length.
    let short = trk.wrap(&[1; 31], Wrapping::Padded).expect("wrapped");
    let short = KeySetParts { user_signing_key_ssk: KeyContent::wrapped(&short), ..wrapped };
    assert_eq!(with(&short, demanded), Err(Error::Unwrap));
}

#[test]
fn a_transport_key_of_another_name_is_not_tried() {
    let kms = Kms::new(HOME);
    let (old, new) = (trk().named("tk.12"), trk().named("tk.13"));
    let sent = kms.keys(ALICE).to_parts(Some((&old, Wrapping::Padded))).expect("parts");
    let check = |trk| {
        let protection = Protection::Wrapped(trk, Reading::Any);
        sent.validate(&KeySetCheck { protection, ..kms.check(ALICE) }).map(drop)
    };
    assert_eq!(check(&old), Ok(()));
    assert_eq!(check(&new), Err(Error::TransportKey));
    let nameless = TransportKey::new(SharedKeyId(7), *old.to_bytes()).expect("32 octets");
    assert_eq!(check(&nameless), Ok(()));
}

#[test]
fn the_certificate_is_one_that_provisions() {
    let with = |change: &dyn Fn(CertificateParts) -> CertificateParts| {
        let kms = Kms::with(HOME, change);
        kms.keys(ALICE).to_parts(None).expect("parts").validate(&kms.check(ALICE)).map(drop)
    };
    assert_eq!(with(&|parts| CertificateParts { revoked: true, ..parts }), Err(Error::Revoked));
    let over = ValidPeriod { from: None, to: Some(NtpTime::from_seconds(1)) };
    assert_eq!(with(&|parts| CertificateParts { valid: over, ..parts }), Err(Error::Expired));
    let ahead = ValidPeriod { from: Some(later(1)), to: None };
    assert_eq!(with(&|parts| CertificateParts { valid: ahead, ..parts }), Ok(()));
    let role = |role| with(&move |parts| CertificateParts { role, ..parts });
    assert_eq!(role(Role::Home), Ok(()));
    assert_eq!(role(Role::Migration), Ok(()));
    assert_eq!(role(Role::External), Err(Error::Role));
}

#[test]
fn a_set_belongs_to_the_certificate_that_it_names() {
    let cert = |uri: &str, from| {
        let uri = Some(uri.into());
        let valid = ValidPeriod { from: Some(from), to: None };
        Kms::with(HOME, move |parts| CertificateParts { cert_uri: uri.clone(), valid, ..parts })
    };
    let (now, next) = (cert("1", NOW), cert("2", later(PERIOD)));
    let store = holding(2, &[&now.certificate, &next.certificate]);
    for kms in [&now, &next] {
        let set = kms.keys(ALICE).to_parts(None).expect("parts");
        let certificate = store.of_key_set(&set, NOW).expect("stored");
        assert_eq!(certificate, &kms.certificate);
        let keys =
            set.validate(&KeySetCheck { certificate, ..kms.check(ALICE) }).expect("its keys");
        assert_eq!(keys.cert_uri(), kms.certificate.cert_uri());
        let nameless = KeySetParts { cert_uri: None, ..set };
        assert_eq!(store.of_key_set(&nameless, NOW), Ok(&now.certificate));
        assert_eq!(store.of_key_set(&nameless, later(PERIOD)), Ok(&next.certificate));
        let unknown = KeySetParts { cert_uri: Some("3".into()), ..nameless };
        assert_eq!(store.of_key_set(&unknown, NOW), Err(Error::Unknown));
    }
}

#[test]
fn the_set_of_a_time_is_found() {
    let kms = Kms::new(HOME);
    let number = kms.number();
    let begins = kms.certificate.periods().start(number).expect("a time");
    let at = |seconds: u64| NtpTime::from_seconds(begins.seconds() + seconds);
    let issue = |number| kms.issuer().issue(&mut rng(), ALICE, number).expect("a key set");
    let first = issue(number);
    assert!(first.covers(begins) && first.covers(at(PERIOD - 1)));
    assert!(!first.covers(at(PERIOD)));
    assert!(!first.covers(NtpTime::from_seconds(begins.seconds() - 1)));
    assert!(!first.covers(NtpTime::from_seconds(0)));

    let dated = |from, to| {
        let valid = ValidPeriod { from, to };
        issue(number + 1).with_validity(valid).expect("possible")
    };
    let sets = [first, dated(Some(at(PERIOD + 10)), Some(at(PERIOD + 20)))];
    let found = |time| KeySet::at(&sets, time).map(KeySet::key_period_no);
    assert_eq!(found(at(0)), Ok(number));
    assert_eq!(found(at(PERIOD)), Err(Error::NotYetValid));
    assert_eq!(found(at(PERIOD + 10)), Ok(number + 1));
    assert_eq!(found(at(PERIOD + 21)), Err(Error::Expired));
    assert_eq!(found(at(2 * PERIOD)), Err(Error::NoKeySet));
    assert_eq!(sets[1].valid().from, Some(at(PERIOD + 10)));
    // If several are valid, it is the last.
    let sets = [issue(number), issue(number), dated(None, None)];
    let found = KeySet::at(&sets, at(5)).expect("two");
    assert!(core::ptr::eq(found, &raw const sets[1]));
    let backwards = ValidPeriod { from: Some(at(1)), to: Some(at(0)) };
    assert_eq!(issue(number).with_validity(backwards).expect_err("refused"), Error::Validity);
}

#[test]
fn a_period_that_is_over_is_over() {
    let kms = Kms::new(HOME);
    let set = kms.keys(ALICE);
    let end = kms.certificate.periods().start(kms.number() + 1).expect("a time");
    let last = NtpTime::from_seconds(end.seconds() - 1);
    assert!(!set.is_over(NtpTime::from_seconds(0)) && !set.is_over(last));
    assert!(set.is_over(end) && set.is_over(NtpTime::from_seconds(u64::MAX)));
    // A validity can shorten the period, but cannot extend it.
    let open = ValidPeriod { from: None, to: Some(later(10 * PERIOD)) };
    for valid in [ValidPeriod::default(), open] {
        let set =
            set.clone().with_validity(valid).expect("possible").to_parts(None).expect("parts");
        let at = |now| set.validate(&KeySetCheck { now, ..kms.check(ALICE) }).map(drop);
        assert_eq!(at(NtpTime::from_seconds(0)), Ok(()), "not begun");
        assert_eq!(at(last), Ok(()));
        assert_eq!(at(end), Err(Error::PeriodOver));
    }
    let short = ValidPeriod { from: None, to: Some(NOW) };
    let short = set.with_validity(short).expect("possible");
    assert!(!short.is_over(NOW) && short.is_over(later(1)));
    // The last period that a time can reach does not end.
    let numbers = kms.certificate.periods();
    let last = numbers.number(NtpTime::from_seconds(u64::MAX)).expect("a period");
    let set = kms.issuer().issue(&mut rng(), ALICE, last).expect("a key set");
    assert!(!set.is_over(NtpTime::from_seconds(u64::MAX)));
}

#[test]
fn dates_beside_the_period_are_sent_and_kept() {
    let kms = Kms::new(HOME);
    let valid = ValidPeriod { from: Some(later(1)), to: Some(later(2)) };
    let set = kms.keys(ALICE).with_validity(valid).expect("possible");
    let mut sent = set.to_parts(None).expect("parts");
    sent.issuer = Some("example.org".into());
    let again = sent.validate(&kms.check(ALICE)).expect("not valid yet");
    assert_eq!(again.valid(), valid);
    assert_eq!(again.to_parts(None), Ok(sent));
}

#[test]
fn many_are_issued_at_once() {
    let kms = Kms::new(HOME);
    let users: Vec<String> = (0..11).map(|i| format!("sip:user{i}@example.org")).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    assert_eq!(format!("{:?}", kms.issuer()), format!("kms::KeyIssuer({HOME:?})"));
    let sets = kms.issuer().issue_all(&mut rng(), &users, kms.number()).expect("key sets");
    assert_eq!(sets.len(), users.len());
    for (set, user) in sets.iter().zip(users) {
        let parts = set.to_parts(None).expect("parts");
        parts.validate(&kms.check(user)).expect("the user's");
    }
    assert_eq!(kms.issuer().issue_all(&mut rng(), &[], 0).map(|sets| sets.len()), Ok(0));
}

#[test]
fn what_cannot_be_issued_is_refused() {
    let (kms, other) = (Kms::new(HOME), Kms::new(HOME));
    let issuer = |certificate, ksak, z| KeyIssuer::new(certificate, ksak, z).map(drop);
    assert_eq!(issuer(&kms.certificate, &kms.ksak, &kms.z), Ok(()));
    let wrong = Err(Error::MasterKeys);
    assert_eq!(issuer(&kms.certificate, &other.ksak, &kms.z), wrong);
    assert_eq!(issuer(&kms.certificate, &kms.ksak, &other.z), wrong);
    let refused = |user: &str, number| {
        kms.issuer().issue(&mut rng(), user, number).map(drop).expect_err("refused")
    };
    assert_eq!(refused("", 0), Error::Primitive(Primitive::Length));
    assert_eq!(refused(&"u".repeat(65_536), 0), Error::Primitive(Primitive::Length));
    assert_eq!(refused(ALICE, u64::MAX), Error::Primitive(Primitive::Range));
    let failed = kms.issuer().try_issue(&mut failing(), ALICE, 0).map(drop);
    assert_eq!(failed, Err(TryError::Rng(NoEntropy)));
}

#[test]
fn a_uid_that_starts_with_00_is_issued_and_accepted() {
    let kms = Kms::new(HOME);
    let uid = |number| {
        kms.certificate.periods().uid(UserUri(ALICE), KmsUri(HOME), number).expect("a UID")
    };
    // One UID in 256 does.
    let number = (kms.number()..).find(|number| uid(*number).as_bytes()[0] == 0).expect("a period");
    let set = kms.issuer().issue(&mut rng(), ALICE, number).expect("a key set");
    assert_eq!(set.uid(), &uid(number));
    let parts = set.to_parts(None).expect("parts");
    let accepted = parts.validate(&kms.check(ALICE)).expect("accepted");
    assert!(bool::from(accepted.ct_eq(&set)));
}

#[test]
fn a_kms_may_issue_keys_for_the_digits_of_uids() {
    let usual = Kms::new(HOME);
    let kms = Kms { certificate: usual.certificate.clone().with_hex_uids(), ..usual };
    assert!(kms.certificate.has_hex_uids());
    // A store remembers this for the KMS, because its next certificate does not say so either.
    let mut store = CertificateStore::new(9);
    let next = |uri: &str| {
        let parts = kms.certificate.parts().clone();
        CertificateParts { cert_uri: Some(uri.into()), ..parts }.try_into().expect("a certificate")
    };
    store.insert(next("1"), NOW).expect("room");
    assert!(!store.get(HOME, Some("1")).expect("it").has_hex_uids());
    store.insert(kms.certificate.clone(), NOW).expect("room");
    store.insert(next("2"), NOW).expect("room");
    assert!(store.iter().all(KmsCertificate::has_hex_uids));
    assert!(store.with_hex_uids().eq([HOME]));
    store.set_hex_uids(HOME, false);
    store.insert(next("3"), NOW).expect("room");
    assert!(!store.iter().any(KmsCertificate::has_hex_uids));
    store.set_hex_uids(HOME, true);
    assert_eq!(store.iter().filter(|held| held.has_hex_uids()).count(), 4);
    let set = kms.keys(ALICE);
    let periods = kms.certificate.periods();
    let uid = periods.uid(UserUri(ALICE), KmsUri(HOME), kms.number()).expect("a UID");
    assert_eq!(set.uid(), &uid);
    assert_eq!(set.receiver_key().identifier().as_bytes(), uid.to_string().as_bytes());
    let parts = set.to_parts(None).expect("parts");
    assert_eq!(parts.user_id, uid.as_bytes());
    let check = kms.check(ALICE);
    let again = parts.validate(&check).expect("accepted");
    assert!(bool::from(again.ct_eq(&set)));
    assert_eq!(parts.key_fault(&check), None);
    // Keys of the digits are not keys of the UID, and the other way round.
    let without = KmsCertificate::try_from(kms.certificate.parts().clone()).expect("as it was");
    assert!(!without.has_hex_uids());
    let of_uids = KeySetCheck { certificate: &without, ..check };
    assert_eq!(parts.validate(&of_uids).err(), Some(Error::Keys));
    let issuer = KeyIssuer::new(&without, &kms.ksak, &kms.z).expect("its own keys");
    let of_uid = issuer.issue(&mut rng(), ALICE, kms.number()).expect("issued");
    let parts = of_uid.to_parts(None).expect("parts");
    parts.validate(&of_uids).expect("accepted");
    assert_eq!(parts.validate(&check).err(), Some(Error::Keys));
}

#[test]
fn key_sets_are_secret() {
    fn secret<T: ZeroizeOnDrop + ConstantTimeEq>() {}
    secret::<KeySet>();
    let kms = Kms::new(HOME);
    let set = kms.keys(ALICE);
    let plain = set.to_parts(None).expect("parts");
    let shown = format!("{set:?} {plain:?} {plain:#?}");
    for content in [&plain.user_decrypt_key, &plain.user_signing_key_ssk] {
        let secret = octets(content);
        for octets in secret.windows(4) {
            let decimal = octets.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
            assert!(!shown.contains(&hex::encode(octets)) && !shown.contains(&decimal));
        }
    }
    assert!(shown.contains("Plain(..)") && shown.contains("KeySet(\"sip:alice@example.org\""));
    let wrapped = WrappedKey { octets: vec![1, 2, 3], ..WrappedKey::default() };
    assert!(format!("{:?}", KeyContent::from(wrapped)).contains("[1, 2, 3]"));
}

#[test]
fn contents_are_equal_to_themselves_alone() {
    let (one, other) = (KeyContent::plain(&[1; 32]), KeyContent::plain(&[2; 32]));
    assert_eq!(one, one.clone());
    assert_ne!(one, other);
    assert_ne!(one, KeyContent::plain(&[1; 31]));
    assert_ne!(one, KeyContent::wrapped(&[1; 32]));
    assert_eq!(KeyContent::wrapped(&[1; 32]), KeyContent::wrapped(&[1; 32]));
}

#[test]
fn a_certificate_of_the_same_keys_under_another_uri_is_another() {
    let kms = Kms::new(HOME);
    let set = kms.keys(ALICE).to_parts(None).expect("parts");
    let renamed =
        CertificateParts { kms_uri: "kms.example.com".into(), ..kms.certificate.parts().clone() };
    let renamed = KmsCertificate::try_from(renamed).expect("a certificate");
    let check = KeySetCheck { certificate: &renamed, ..kms.check(ALICE) };
    assert_eq!(set.validate(&check).expect_err("another KMS"), Error::KmsUri);
    let moved = KeySetParts { kms_uri: "kms.example.com".into(), ..set };
    assert_eq!(moved.validate(&check).expect_err("another UID"), Error::UserId);
}
