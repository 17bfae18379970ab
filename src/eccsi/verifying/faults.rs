//! A fault in verification, wherever it hits: no signature is accepted that isn't the signer's.

extern crate std;

use std::vec::Vec;

use super::*;
use crate::eccsi::{KmsSecretKey, SignedMessage, SigningKey};
use crate::fault::injection::{Extent, Outcome, Tally, faults, outcomes_with};
use crate::random::testing::Repeat;

const ID: &[u8] = b"id";
const MESSAGE: &[u8] = &[0x4d; 100];
const EXTENT: Extent = Extent { words: 64, passes: 12 };

type Verify = fn(&KmsPublicKey, &Signature) -> Result<(), Error>;

const WAYS: [(&str, Verify); 4] = [
    ("verify", |kms, signature| kms.verifying_key(ID).verify(MESSAGE, signature)),
    ("of a prepared KMS", |kms, signature| kms.prepare().verify(ID, MESSAGE, signature)),
    ("of a prepared signer", |kms, signature| {
        kms.verifying_key(ID).prepare(signature.pvt())?.verify(MESSAGE, signature)
    }),
    ("in a batch", |kms, signature| {
        let item = SignedMessage { signer: ID, message: MESSAGE, signature };
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

#[test]
fn no_wrong_signature_is_accepted() {
    let kms = KmsSecretKey::try_from(&[0x55; 32]).unwrap();
    let key = kms.issue(&mut Repeat(0x56), ID).unwrap();
    let right = key.sign(&mut Repeat(1), MESSAGE).unwrap();
    let other = key.sign(&mut Repeat(1), b"another message").unwrap();
    let mut all = Tally::default();
    for (name, verify) in WAYS {
        for signature in altered(&key, &right, &other).iter().chain([&right]) {
            let is_right = *signature == right;
            assert_eq!(verify(kms.public_key(), signature).is_ok(), is_right, "{name}");
            let judge = || match verify(kms.public_key(), signature) {
                Ok(()) if is_right => Outcome::Unharmed,
                Ok(()) => Outcome::Wrong,
                Err(_) => Outcome::Refused,
            };
            let run = |signature| verify(kms.public_key(), signature);
            let faults = faults(EXTENT, || run(signature), || run(&other));
            let outcomes = outcomes_with(&faults, judge);
            let tally = Tally::of_held(name, &outcomes);
            assert!(!is_right || tally.refused > 0, "{name}: {tally:?}");
            all += tally;
        }
    }
    all.report("verification");
}
