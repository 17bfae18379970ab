//! Faults in verification. Wherever a fault hits, no signature is accepted that isn't the signer's.

extern crate std;

use std::vec::Vec;

use super::*;
use crate::eccsi::{KmsSecretKey, SignedMessage, SigningKey};
use crate::fault::injection::{Extent, Outcome, Tally, faults, outcomes_with};
use crate::p256::{Scalar, SecretScalar};
use crate::random::testing::repeating;

const ID: &[u8] = b"id";
const MESSAGE: &[u8] = &[0x4d; 100];
const ANOTHER: &[u8] = b"another message";
const EXTENT: Extent = Extent { words: 64, passes: 12 };

type Verify = fn(&KmsPublicKey, &[u8], &Signature) -> Result<(), Error>;

const WAYS: [(&str, Verify); 4] = [
    ("verify", |kms, message, signature| kms.verifying_key(ID).verify(message, signature)),
    ("of a prepared KMS", |kms, message, signature| kms.prepare().verify(ID, message, signature)),
    ("of a prepared signer", |kms, message, signature| {
        kms.verifying_key(ID).prepare(signature.pvt())?.verify(message, signature)
    }),
    ("in a batch", |kms, message, signature| {
        let item = SignedMessage { signer: ID, message, signature };
        kms.prepare().verify_all(&[item; 4]).map_err(|_| Error::Rejected)
    }),
];

/// Signatures that aren't valid.
fn altered(key: &SigningKey, right: &Signature, other: &Signature) -> Vec<Signature> {
    let octets = right.to_bytes();
    let turned = |place: usize| {
        let mut octets = octets;
        octets[place] ^= 1;
        Signature::try_from(&octets).unwrap()
    };
    let with = |r: &[u8; 32], s: &[u8]| {
        Signature::try_from(&[&r[..], s, &key.pvt()].concat()[..]).unwrap()
    };
    let mut one = [0; 32];
    one[31] = 1;
    std::vec![
        turned(31),
        turned(63),
        with(&other.r(), &octets[32..64]),
        // r = 1, and s = 1.
        with(&one, &octets[32..64]),
        with(&right.r(), &one),
        *other,
    ]
}

/// Signatures that need no key, for values that a fault may make: one for an HE or s·HE of 0, one for an s·r of 0.
fn forged(kms: &KmsPublicKey) -> [Signature; 2] {
    let secret = |octet| SecretScalar::from_bytes(&[octet; 32]).unwrap();
    let [v, k] = [secret(7), secret(9)];
    let over =
        |x: Scalar, y: Scalar| x * *SecretScalar::from_scalar(&y).unwrap().invert().as_scalar();
    let pvt = Point::mul_base(&v);
    let with = |r: &[u8; 32], s: Scalar| {
        Signature::try_from(&[&r[..], &s.to_be_bytes(), pvt.as_bytes()].concat()[..]).unwrap()
    };
    let hs = kms.verifying_key(ID).hs_with(&pvt);
    // J = [s·r]Y = [k]Y.
    let y = Point::sum_vartime((p256::reduce(&hs), &pvt), &kms.kpak).unwrap();
    let none = (Scalar::ZERO, &pvt);
    let r = Point::lincomb_vartime(Scalar::ZERO, (*k.as_scalar(), &y), none).unwrap().x();
    let without_he = with(&r, over(*k.as_scalar(), p256::reduce(&r)));
    // J = [s·HE]G + [s·r·HS]PVT = [k]G.
    let r = Point::mul_base(&k).x();
    let he = p256::reduce(&he(&hs, &r, &[MESSAGE]));
    let divisor = he + p256::reduce(&r) * p256::reduce(&hs) * *v.as_scalar();
    [without_he, with(&r, over(*k.as_scalar(), divisor))]
}

#[test]
fn no_wrong_signature_is_accepted() {
    let kms = KmsSecretKey::try_from(&[0x55; 32]).unwrap();
    let key = kms.issue(&mut repeating(0x56), ID).unwrap();
    let right = key.sign(&mut repeating(1), MESSAGE).unwrap();
    let other = key.sign(&mut repeating(1), ANOTHER).unwrap();
    let mut all = Tally::default();
    for (name, verify) in WAYS {
        let altered = altered(&key, &right, &other);
        for signature in altered.iter().chain(&forged(kms.public_key())).chain([&right]) {
            let is_right = *signature == right;
            assert_eq!(verify(kms.public_key(), MESSAGE, signature).is_ok(), is_right, "{name}");
            let judge = |verdict| match verdict {
                Ok(()) if is_right => Outcome::Unharmed,
                Ok(()) => Outcome::Wrong,
                Err(_) => Outcome::Refused,
            };
            let run = |signature| verify(kms.public_key(), MESSAGE, signature);
            let tally = Tally::of_all(name, EXTENT, || run(signature), || run(&other), judge);
            assert!(!is_right || tally.refused > 0, "{name}: {tally:?}");
            all += tally;
        }
    }
    all.report("verification");
}

/// Another message with a signature that was just verified, whose hashes and scalars are left behind.
/// The values of J are excepted, because J is computed only once.
#[test]
fn no_earlier_message_is_verified_in_the_place_of_another() {
    let kms = KmsSecretKey::try_from(&[0x55; 32]).unwrap();
    let key = kms.issue(&mut repeating(0x56), ID).unwrap();
    let earlier = key.sign(&mut repeating(1), ANOTHER).unwrap();
    for (name, verify) in WAYS {
        let run = || verify(kms.public_key(), MESSAGE, &earlier);
        assert!(run().is_err());
        let earlier = || verify(kms.public_key(), ANOTHER, &earlier);
        let mut faults = faults(EXTENT, run, earlier);
        faults.retain(|fault| !OF_J.contains(&fault.site));
        let outcomes = outcomes_with(&faults, || match run() {
            Ok(()) => Outcome::Wrong,
            Err(_) => Outcome::Refused,
        });
        Tally::of_held(name, &outcomes);
    }
}

/// The sites at which J is computed from its scalars.
const OF_J: [&str; 5] = ["J, found", "r, compared", "digits", "sums of entries", "1/Z"];
