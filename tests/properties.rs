//! Properties that hold for any input. A decoder refuses the input or returns a value that encodes to the same octets,
//! and never panics. A role accepts what the other role makes, and refuses it if anything was changed.

#[path = "../src/cases.rs"]
mod cases;

use std::sync::LazyLock;

use eccsi_sakke::{Error, Identifier, KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, sakke};
use getrandom::{SysRng, rand_core::UnwrapErr};
use proptest::prelude::*;
use subtle::ConstantTimeEq;

const ID: &[u8] = b"2011-02\0tel:+447700900123\0";

/// The lengths that decoders accept, and the lengths next to them.
const LENGTHS: &[usize] =
    &[0, 1, 16, 31, 32, 33, 64, 65, 66, 127, 128, 129, 130, 256, 257, 258, 272, 273, 274];

/// Octets of any length, which is often a length that a decoder accepts.
fn octets() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![prop::sample::select(LENGTHS), 0..600usize];
    (length, any::<u8>(), any::<bool>()).prop_flat_map(|(length, first, tagged)| {
        prop::collection::vec(any::<u8>(), length).prop_map(move |mut octets| {
            if let Some(octet) = octets.first_mut() {
                *octet = if tagged { 4 } else { first };
            }
            octets
        })
    })
}

/// A decoded value encodes to the same octets. Octets of a length other than `length` are refused with the error of a
/// wrong length.
fn decoded<T>(
    length: usize,
    octets: &[u8],
    decoded: Result<T, Error>,
    encode: impl FnOnce(&T) -> Vec<u8>,
) -> Result<(), TestCaseError> {
    if let Ok(value) = &decoded {
        prop_assert!(encode(value) == octets);
    }
    prop_assert_eq!(decoded.err() == Some(Error::Length), octets.len() != length);
    Ok(())
}

proptest! {
    #![proptest_config(cases::at_most(2048))]

    #[test]
    fn decoders_refuse_or_return_the_same_octets(octets in octets()) {
        let octets = octets.as_slice();
        decoded(32, octets, eccsi::KmsSecretKey::try_from(octets), |key| key.to_bytes().to_vec())?;
        decoded(65, octets, eccsi::KmsPublicKey::try_from(octets), |key| key.to_bytes().into())?;
        decoded(129, octets, eccsi::Signature::try_from(octets), |made| made.to_bytes().into())?;
        decoded(128, octets, sakke::KmsSecretKey::try_from(octets), |key| key.to_bytes().to_vec())?;
        decoded(257, octets, sakke::KmsPublicKey::try_from(octets), |key| key.to_bytes().into())?;
        decoded(273, octets, sakke::Encapsulation::try_from(octets), |made| made.to_bytes().into())?;
        decoded(16, octets, sakke::SharedSecret::try_from(octets), |ssv| ssv.as_bytes().into())?;
        let kms = USERS.kms_sign.public_key();
        let of_ssk = eccsi::SigningKey::new(octets, [4; 65], ID, kms);
        decoded(32, octets, of_ssk, |key| key.ssk().to_vec())?;
        let of_pvt = eccsi::SigningKey::new([4; 32], octets, ID, kms);
        decoded(65, octets, of_pvt, |key| key.pvt().into())?;
        let rsk = sakke::ReceiverKey::new(octets, &USERS.id, USERS.kms_enc.public_key());
        decoded(257, octets, rsk, |key| key.to_bytes().to_vec())?;
        match Identifier::try_from(octets) {
            Ok(id) => prop_assert_eq!(id.as_bytes(), octets),
            Err(error) => prop_assert_eq!(error, Error::Identifier),
        }
    }

    #[test]
    fn times_and_periods(period: u64, offset: u64, time: u64, number: u64, low: u32, unix: u64) {
        let offset = offset % period.max(1);
        let Ok(periods) = KeyPeriods::new(period).and_then(|periods| periods.with_offset(offset)) else {
            prop_assert_eq!(period, 0);
            return Ok(());
        };
        let time = NtpTime::from_seconds(time);
        match periods.number(time) {
            Ok(number) => {
                let start = periods.start(number).expect("a period that has come has a start");
                prop_assert!(start <= time && time.seconds() - start.seconds() < period);
            }
            Err(error) => {
                prop_assert_eq!(error, Error::Range);
                prop_assert!(time.seconds() < offset);
            }
        }
        if let Ok(start) = periods.start(number) {
            prop_assert_eq!(periods.number(start), Ok(number));
        }
        let near = NtpTime::from_timestamp(low, time);
        prop_assert_eq!(near.seconds() as u32, low);
        let inside = 1 << 31..u64::MAX - (1 << 31);
        let distance = near.seconds().abs_diff(time.seconds());
        prop_assert!(distance <= 1 << 31 || !inside.contains(&time.seconds()));
        prop_assert!(NtpTime::from_unix(unix).seconds() >= unix);
        let later = time.checked_add(unix).map(NtpTime::seconds);
        prop_assert_eq!(later, time.seconds().checked_add(unix));
    }

    #[test]
    fn uids_take_any_text(identifier: String, kms_uri: String, number: u64) {
        let periods = KeyPeriods::new(2_592_000).expect("not 0");
        let uid = periods.uid(UserUri(&identifier), KmsUri(&kms_uri), number).expect("short enough");
        prop_assert_eq!(uid.as_bytes().len(), 32);
        prop_assert_ne!(periods.uid(UserUri(&identifier), KmsUri(&kms_uri), number ^ 1), Ok(uid));
        prop_assert_ne!(periods.uid(UserUri(&kms_uri), KmsUri(&(identifier + "x")), number), Ok(uid));
    }

    #[test]
    fn tel_identifiers(year: u16, month: u8, digits in "[0-9]{0,20}", uri: String) {
        let tel = format!("tel:+{digits}");
        let legal = year <= 9999 && (1..=12).contains(&month) && (1..=15).contains(&digits.len());
        let id = Identifier::tel_monthly(year, month, &tel);
        prop_assert_eq!(id.is_ok(), legal);
        if let Ok(id) = id {
            let expected = format!("{year:04}-{month:02}\0{tel}\0");
            prop_assert_eq!(id.as_bytes(), expected.as_bytes());
        }
        prop_assert!(Identifier::tel_monthly(year, month, &uri).is_err());
    }
}

#[test]
fn eras_are_clamped_to_what_a_time_can_be() {
    let near =
        |low, seconds| NtpTime::from_timestamp(low, NtpTime::from_seconds(seconds)).seconds();
    assert_eq!(near(5, u64::MAX), u64::MAX - 0xffff_ffff + 5);
    assert_eq!(near(u32::MAX, 0), u64::from(u32::MAX));
    // On 2036-02-07 the seconds wrap around.
    assert_eq!(near(10, (1 << 32) - 10), (1 << 32) + 10);
    assert_eq!(near(u32::MAX, (1 << 32) + 10), (1 << 32) - 1);
}

#[test]
fn months_of_times() {
    let month = |days: u64, second| NtpTime::from_seconds(days * 86_400 + second).year_month();
    assert_eq!(month(0, 0), Ok((1900, 1)));
    assert_eq!(month(58, 86_399), Ok((1900, 2)));
    assert_eq!(month(59, 0), Ok((1900, 3)), "1900 was no leap year");
    assert_eq!(NtpTime::from_unix(0).year_month(), Ok((1970, 1)));
    assert_eq!(NtpTime::from_unix(951_782_400).year_month(), Ok((2000, 2)), "2000-02-29");
    assert_eq!(NtpTime::from_unix(951_868_800).year_month(), Ok((2000, 3)));
    assert_eq!(NtpTime::from_unix(1_297_036_692).year_month(), Ok((2011, 2)));
    assert_eq!(NtpTime::from_unix(253_402_300_799).year_month(), Ok((9999, 12)));
    assert_eq!(NtpTime::from_unix(253_402_300_800).year_month(), Err(Error::Range));
    assert_eq!(NtpTime::from_seconds(u64::MAX).year_month(), Err(Error::Range));
    // Every day from 1900 to 2399 comes after the day before.
    let mut months = 0;
    for day in 1..182_621 {
        let (yesterday, today) =
            (month(day - 1, 0).expect("in range"), month(day, 0).expect("in range"));
        if today != yesterday {
            let (year, last) = yesterday;
            assert_eq!(today, if last == 12 { (year + 1, 1) } else { (year, last + 1) });
            months += 1;
        }
    }
    assert_eq!(months, 500 * 12 - 1);
}

/// One KMS and one user, which are made once.
struct Users {
    id: Identifier,
    kms_sign: eccsi::KmsSecretKey,
    kms_enc: sakke::KmsSecretKey,
    signer: eccsi::SigningKey,
}

static USERS: LazyLock<Users> = LazyLock::new(|| {
    let mut rng = UnwrapErr(SysRng);
    let id = Identifier::try_from(ID).expect("an identifier");
    let kms_sign = eccsi::KmsSecretKey::generate(&mut rng).expect("a key");
    let kms_enc = sakke::KmsSecretKey::generate(&mut rng).expect("a key");
    let signer = kms_sign.issue(&mut rng, ID).expect("a key");
    Users { id, kms_sign, kms_enc, signer }
});

proptest! {
    #![proptest_config(cases::at_most(64))]

    #[test]
    fn what_is_signed_verifies_and_nothing_else(message: Vec<u8>, cut: usize, bit in 0..129 * 8usize, id: Vec<u8>) {
        let signature = USERS.signer.sign(&mut UnwrapErr(SysRng), &message).expect("signed");
        let verifier = USERS.kms_sign.public_key().verifying_key(ID);
        prop_assert_eq!(verifier.verify(&message, &signature), Ok(()));
        // A message in parts is the same message.
        let (head, tail) = message.split_at(cut % (message.len() + 1));
        prop_assert_eq!(verifier.verify_parts(&[head, &[], tail], &signature), Ok(()));
        let in_parts = USERS.signer.sign_parts(&mut UnwrapErr(SysRng), &[head, tail]).expect("signed");
        prop_assert_eq!(verifier.verify(&message, &in_parts), Ok(()));
        prop_assert_ne!(signature, in_parts);

        let mut other = message.clone();
        other.push(0);
        prop_assert_eq!(verifier.verify(&other, &signature), Err(Error::Rejected));
        let mut octets = signature.to_bytes();
        octets[bit / 8] ^= 1 << (bit % 8);
        if let Ok(tampered) = eccsi::Signature::try_from(&octets) {
            prop_assert_eq!(verifier.verify(&message, &tampered), Err(Error::Rejected));
        }
        let other = USERS.kms_sign.public_key().verifying_key(&id);
        prop_assert_eq!(other.verify(&message, &signature).is_ok(), id == ID);
    }

    #[test]
    fn issued_keys_validate_for_their_identifier_alone(id: Vec<u8>, other: Vec<u8>) {
        let kms = &USERS.kms_sign;
        let key = kms.issue(&mut UnwrapErr(SysRng), &id).expect("issued");
        let imported = eccsi::SigningKey::new(key.ssk(), key.pvt(), &id, kms.public_key());
        prop_assert!(bool::from(imported.expect("its own").ct_eq(&key)));
        let imported = eccsi::SigningKey::new(key.ssk(), key.pvt(), &other, kms.public_key());
        prop_assert_eq!(imported.is_ok(), id == other);
    }
}

/// Opens with the key and with the prepared key, which must agree.
fn opened(
    key: &sakke::ReceiverKey,
    sealed: &sakke::Encapsulation,
) -> Result<sakke::SharedSecret, Error> {
    let opened = key.decapsulate(sealed);
    #[cfg(feature = "alloc")]
    {
        let prepared = key.prepare().expect("of order q");
        assert!(prepared.identifier() == key.identifier());
        assert!(bool::from(prepared.ct_eq(&key.prepare().expect("of order q"))));
        match (&opened, prepared.decapsulate(sealed)) {
            (Ok(one), Ok(other)) => assert!(bool::from(one.ct_eq(&other))),
            (one, other) => assert_eq!(one.as_ref().err(), other.as_ref().err()),
        }
    }
    opened
}

proptest! {
    // Each case builds the functions of a key, which takes some fifty thousand products of 1024 bits.
    #![proptest_config(cases::at_most(12))]

    #[test]
    fn what_is_encapsulated_opens_and_nothing_else(ssv: [u8; 16], id in octets(), bit in 0..273 * 8usize) {
        let Ok(id) = Identifier::try_from(id.as_slice()) else { return Ok(()) };
        let kms = USERS.kms_enc.public_key();
        let key = USERS.kms_enc.extract_ambiguous(&id).expect("a key");
        let imported = sakke::ReceiverKey::new(key.to_bytes(), &id, kms);
        prop_assert!(bool::from(imported.expect("its own").ct_eq(&key)));
        let imported = sakke::ReceiverKey::new(key.to_bytes(), &USERS.id, kms);
        prop_assert_eq!(imported.err(), (id != USERS.id).then_some(Error::KeyMismatch));

        let ssv = sakke::SharedSecret::from(ssv);
        let seal = |id| kms.recipient(id).and_then(|to| to.encapsulate(&ssv)).expect("sealed");
        let sealed = seal(&id);
        prop_assert!(bool::from(opened(&key, &sealed).expect("opened").ct_eq(&ssv)));
        let mut octets = sealed.to_bytes();
        octets[bit / 8] ^= 1 << (bit % 8);
        if let Ok(tampered) = sakke::Encapsulation::try_from(&octets) {
            prop_assert_eq!(opened(&key, &tampered).err(), Some(Error::Rejected));
        }
        let refused = opened(&key, &seal(&USERS.id)).err();
        prop_assert_eq!(refused, (id != USERS.id).then_some(Error::Rejected));
    }
}

#[cfg(feature = "hazmat")]
proptest! {
    #![proptest_config(cases::at_most(256))]

    #[test]
    fn the_bare_pieces_take_any_octets(a in octets(), b in octets()) {
        use eccsi_sakke::hazmat;
        let (a, b) = (a.as_slice(), b.as_slice());
        if let Ok(v) = hazmat::hash_to_integer_range(a, b) {
            let zeros = b.iter().take_while(|octet| **octet == 0).count();
            let n = &b[zeros..];
            prop_assert!(n.len() > 128 || v[128 - n.len()..] < *n);
        }
        if let Ok(point) = hazmat::Point::try_from(a) {
            prop_assert!(point.to_bytes().as_slice() == a);
        }
        prop_assert!(hazmat::pf_pow(a, b).is_ok() || a.len() != 128 || a[0] >= 0x99);
        prop_assert!(USERS.signer.sign_with_j(a, &[b]).is_ok() || a.len() != 32 || a[0] == 0xff || a.iter().all(|o| *o == 0));
        prop_assert!(USERS.kms_sign.issue_with_v(a, b).is_ok() || a.len() != 32 || a[0] == 0xff || a.iter().all(|o| *o == 0));
    }
}
