//! A fault in signing, wherever it hits: no signature leaves that its own verifier would refuse.
//!
//! Each value on the way to a signature is spoilt in turn, one bit of it, and each that a key keeps.
//! What a fault may do is nothing, or end in [`Error::Fault`], or, where it hits j before j is used,
//! give the signature that belongs to the other j. The controls give out what they made without
//! looking at it, and do give out wrong ones.

extern crate std;

use core::mem::size_of;
use std::collections::BTreeSet;
use std::vec::Vec;

use super::*;
use crate::eccsi::{KmsSecretKey, VerifyingKey};
use crate::fault::injection::{
    BITS, Fault, Outcome, Tally, faults, outcome_of, outcome_with, turn, without_comparison, words,
};
use crate::random::testing::Repeat;

const ID: &[u8] = b"id";
/// More than one block of the hash.
const MESSAGE: &[u8] = &[0x4d; 100];

/// Words at one site up to which every bit of [`BITS`] is turned in every one.
const MOST: usize = 700;

struct Signer {
    key: SigningKey,
    prepared: PreparedSigningKey,
    everybody: VerifyingKey,
}

impl Signer {
    fn new() -> Self {
        let kms = KmsSecretKey::try_from(&[0x55; 32]).unwrap();
        let key = kms.issue(&mut Repeat(0x56), ID).unwrap();
        let everybody = kms.public_key().verifying_key(ID);
        Self { prepared: key.prepare().unwrap(), key, everybody }
    }

    /// As a receiver sees it: the octets.
    fn judge(&self, made: Result<Signature, Error>, right: &Signature) -> Outcome {
        match made {
            Err(Error::Fault) => Outcome::Refused,
            Err(_) => Outcome::Wrong,
            Ok(made) if made.to_bytes() == right.to_bytes() => Outcome::Unharmed,
            Ok(made) => match Signature::try_from(&made.to_bytes()) {
                Ok(sent) if self.everybody.verify(MESSAGE, &sent).is_ok() => Outcome::Right,
                _ => Outcome::Wrong,
            },
        }
    }

    /// What becomes of `sign` with each of the faults that it can meet.
    fn tally(&self, sign: &dyn Fn() -> Result<Signature, Error>) -> (Tally, Vec<(Fault, Outcome)>) {
        let right = sign().unwrap();
        let mut tally = Tally::default();
        let all = faults(MOST, sign);
        let one = |fault| (fault, outcome_with(fault, || self.judge(sign(), &right)));
        let outcomes: Vec<_> = all.into_iter().map(one).collect();
        for (_, outcome) in &outcomes {
            tally.count(*outcome);
        }
        (tally, outcomes)
    }
}

type Sign = fn(&Signer) -> Result<Signature, Error>;

/// Every way to sign with the check before release.
const CHECKED: [(&str, Sign); 4] = [
    ("sign", |signer| signer.key.sign(&mut Repeat(1), MESSAGE)),
    ("sign_parts", |signer| signer.key.sign_parts(&mut Repeat(1), &[&MESSAGE[..9], &MESSAGE[9..]])),
    ("prepared sign", |signer| signer.prepared.sign(&mut Repeat(1), MESSAGE)),
    ("sign_all", |signer| of_batch(signer, 1)),
];

/// One of three.
#[cfg(feature = "alloc")]
fn of_batch(signer: &Signer, which: usize) -> Result<Signature, Error> {
    let all = signer.prepared.sign_all(&mut Repeat(1), &[b"first", MESSAGE, b"last"])?;
    for (message, signature) in [&b"first"[..], MESSAGE, b"last"].into_iter().zip(&all) {
        // None of the others may be wrong either.
        signer.everybody.verify(message, signature)?;
    }
    Ok(all[which])
}

#[cfg(not(feature = "alloc"))]
fn of_batch(signer: &Signer, _: usize) -> Result<Signature, Error> {
    signer.prepared.sign(&mut Repeat(1), MESSAGE)
}

fn unchecked(signer: &Signer) -> Result<Signature, Error> {
    signer.key.sign_unverified(&mut Repeat(1), &[MESSAGE])
}

/// Sites before j is used: what is spoilt there is another j, and the signature is that of it.
const OF_J: [&str; 1] = ["j"];

#[test]
fn no_spoilt_signature_is_released() {
    let signer = Signer::new();
    let mut all = Tally::default();
    for (name, sign) in CHECKED {
        let (tally, outcomes) = signer.tally(&|| sign(&signer));
        std::println!("{name}: {tally:?}");
        for (fault, outcome) in &outcomes {
            assert_ne!(*outcome, Outcome::Wrong, "{name}: {fault:?}");
            let of_j = OF_J.contains(&fault.site);
            assert!(*outcome != Outcome::Right || of_j, "{name}: {fault:?} gives another");
        }
        // Nearly everything has an effect.
        assert!(tally.refused > 8 * tally.unharmed, "{name}: {tally:?}");
        all += tally;
    }
    assert!(all.stopped == 0 || cfg!(debug_assertions), "{all:?}");
    assert!(all.all() > 5000, "{all:?}");
    std::println!("signing: {} faults, {all:?}", all.all());
}

/// The control: what isn't looked at is released.
#[test]
fn without_the_check_they_are() {
    let signer = Signer::new();
    let (tally, outcomes) = signer.tally(&|| unchecked(&signer));
    let of_outcome = |wanted| -> BTreeSet<&str> {
        outcomes.iter().filter(|(_, one)| *one == wanted).map(|(fault, _)| fault.site).collect()
    };
    let sites: BTreeSet<&str> = outcomes.iter().map(|(fault, _)| fault.site).collect();
    // Every site but j itself gives a wrong signature.
    let missed: Vec<_> = sites.difference(&of_outcome(Outcome::Wrong)).copied().collect();
    assert_eq!(missed, OF_J, "{tally:?}");

    // The comparison itself left out.
    for (name, sign) in CHECKED {
        let (tally, _) = without_comparison(|| signer.tally(&|| sign(&signer)));
        assert!(tally.wrong > 500, "{name}: {tally:?}");
    }
    std::println!("control, unchecked signing: {tally:?}");
}

/// Faults of what is kept: SSK, HS, PVT, KPAK, and by what a prepared key checks.
#[test]
fn a_spoilt_key_signs_nothing_wrong() {
    type Stored = fn(&mut Signer, usize, usize);
    // Which, its words, how a bit of it is turned.
    let kept: [(&str, usize, Stored); 9] = [
        ("SSK", 4, |signer, word, bit| turn(&mut signer.key.ssk, word, bit)),
        ("HS", 4, |signer, word, bit| turn(&mut signer.key.hs, word, bit)),
        ("PVT", 17, |signer, word, bit| signer.key.pvt.turn(word, bit)),
        ("prepared SSK", 4, |signer, word, bit| turn(&mut signer.prepared.key.ssk, word, bit)),
        ("prepared HS", 4, |signer, word, bit| turn(&mut signer.prepared.key.hs, word, bit)),
        ("prepared PVT", 17, |signer, word, bit| signer.prepared.key.pvt.turn(word, bit)),
        ("its copy of PVT", 9, |signer, word, bit| turn(&mut signer.prepared.own.pvt, word, bit)),
        ("its copy of HS", 4, |signer, word, bit| turn(&mut signer.prepared.own.hs, word, bit)),
        ("the comb of Y", size_of::<SignerComb>() / 8, |signer, word, bit| {
            turn(&mut signer.prepared.own.comb, word, bit);
        }),
    ];
    // KPAK's octets went into HS, and aren't read again.
    let kpak: (&str, usize, Stored) =
        ("KPAK", 8, |signer, word, bit| signer.key.kpak.turn(word, bit));
    let mut all = Tally::default();
    let mut signer = Signer::new();
    let right = unchecked(&signer).unwrap();
    assert_eq!(words(&signer.key.ssk), 4);
    let mut released = 0;
    for (name, words, spoil) in kept.into_iter().chain([kpak]) {
        let mut tally = Tally::default();
        for (word, bit) in (0..words).flat_map(|word| BITS.map(|bit| (word, bit))) {
            spoil(&mut signer, word, bit);
            for (_, sign) in CHECKED {
                tally.count(outcome_of(|| signer.judge(sign(&signer), &right)));
            }
            // The control.
            released += usize::from(
                outcome_of(|| signer.judge(unchecked(&signer), &right)) == Outcome::Wrong,
            );
            spoil(&mut signer, word, bit);
        }
        std::println!("{name}: {tally:?}");
        assert_eq!((tally.wrong, tally.right), (0, 0), "{name}: {tally:?}");
        // Half of the ways to sign use it, but not every entry of the comb.
        assert!(tally.refused > 0, "{name}: {tally:?}");
        all += tally;
    }
    assert!(released > 50, "the controls: {released}");
    assert!(all.stopped == 0 || cfg!(debug_assertions), "{all:?}");
    assert!(all.all() > 6000, "{all:?}");
    std::println!("keys of signers: {} faults, {all:?}", all.all());
}
