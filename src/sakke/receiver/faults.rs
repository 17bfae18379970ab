//! A fault in decapsulation, wherever it hits: no SSV leaves unless TEST = R.
//!
//! Each value on the way to the SSV is spoilt in turn, one bit of it, and each that a key keeps. The
//! SSV comes out, or [`Error::Rejected`]; the control, which doesn't compare, gives out wrong ones.

extern crate std;

use core::iter::once;
use std::collections::BTreeMap;
use std::vec::Vec;

use super::*;
use crate::backend::Backend;
use crate::fault::injection::{
    BITS, Fault, Outcome, Tally, faults, outcome_of, outcome_with, turn, without_comparison, words,
};
use crate::sakke::KmsSecretKey;

/// Words at one site up to which every bit of [`BITS`] is turned in every one.
const MOST: usize = 256;

/// Words of a table in which a bit is turned.
const OF_TABLE: usize = 700;

/// Of so many faults one is tried: few where `PROPTEST_CASES` bounds the random cases, on an emulated
/// CPU; else all of them in a build as it is released, which `.ci/assure faults` makes.
fn one_of() -> usize {
    match (std::env::var_os("PROPTEST_CASES"), cfg!(debug_assertions)) {
        (Some(_), _) => 48,
        (None, true) => 12,
        (None, false) => 1,
    }
}

const SSV: [u8; 16] = [0x9b; 16];

struct Receiver {
    key: ReceiverKey,
    prepared: PreparedReceiverKey,
    sealed: Encapsulation,
}

impl Receiver {
    fn new() -> Self {
        let kms = KmsSecretKey::try_from(&[0x25; 128]).unwrap();
        let id = Identifier::try_from(&b"2011-02\0tel:+447700900123\0"[..]).unwrap();
        let key = kms.extract(&id).unwrap();
        let recipient = kms.public_key().recipient(&id).unwrap();
        let sealed = recipient.encapsulate(&SSV.into()).unwrap();
        Self { prepared: key.prepare().unwrap(), key, sealed }
    }
}

fn judge(opened: Result<SharedSecret, Error>) -> Outcome {
    match opened {
        Err(Error::Rejected) => Outcome::Refused,
        Ok(ssv) if *ssv.as_bytes() == SSV => Outcome::Unharmed,
        _ => Outcome::Wrong,
    }
}

type Open = fn(&Receiver) -> Result<SharedSecret, Error>;

const WAYS: [(&str, Open); 2] = [
    ("decapsulate", |receiver| receiver.key.decapsulate(&receiver.sealed)),
    ("prepared decapsulate", |receiver| receiver.prepared.decapsulate(&receiver.sealed)),
];

fn tally(receiver: &Receiver, most: usize, open: Open) -> (Tally, Vec<(Fault, Outcome)>) {
    assert_eq!(judge(open(receiver)), Outcome::Unharmed);
    let mut tally = Tally::default();
    let one = |fault| (fault, outcome_with(fault, || judge(open(receiver))));
    // Of each site some, its first among them.
    let mut seen = BTreeMap::new();
    let chosen = faults(most, || open(receiver)).into_iter().filter(|fault| {
        let seen = seen.entry(fault.site).or_insert(0);
        *seen += 1;
        (*seen - 1) % one_of() == 0
    });
    let outcomes: Vec<_> = chosen.map(one).collect();
    for (_, outcome) in &outcomes {
        tally.count(*outcome);
    }
    (tally, outcomes)
}

#[test]
fn no_ssv_leaves_unless_test_is_r() {
    let receiver = Receiver::new();
    let mut all = Tally::default();
    for (name, open) in WAYS {
        let (tally, outcomes) = tally(&receiver, MOST, open);
        std::println!("{name}: {tally:?}");
        for (fault, outcome) in &outcomes {
            assert_ne!(*outcome, Outcome::Wrong, "{name}: {fault:?}");
        }
        // In eight lanes not every lane counts, nor all that stands above a digit.
        let most = if Backend::detect() == Backend::Ifma { 1 } else { 8 };
        assert!(tally.refused > most * tally.unharmed, "{name}: {tally:?}");
        all += tally;
    }
    assert!(all.stopped == 0 || cfg!(debug_assertions), "{all:?}");
    assert!(all.all() > 2000 / one_of(), "{all:?}");
    std::println!("decapsulation: {} faults, {all:?}", all.all());
}

/// The control.
#[test]
fn without_the_comparison_they_do() {
    let receiver = Receiver::new();
    for (name, open) in WAYS {
        let (tally, outcomes) = without_comparison(|| tally(&receiver, 40, open));
        // All that comes before the SSV, and the SSV itself.
        let sites = ["w", "w, represented", "mask", "H", "SSV", "SSV, hashed", "f"];
        for site in sites {
            let wrong = |(fault, outcome): &&(Fault, Outcome)| {
                fault.site == site && *outcome == Outcome::Wrong
            };
            let there = outcomes.iter().any(|(fault, _)| fault.site == site);
            // Where eight lanes run, the values of a loop have other names.
            assert!(
                outcomes.iter().find(wrong).is_some() || !there && site == "f",
                "{name}: {site}"
            );
        }
        assert!(tally.wrong > 100 / one_of(), "{name}: {tally:?}");
        std::println!("control, {name} without comparison: {tally:?}");
    }
}

/// Faults of what is kept: K, Z, a, the functions of K, the comb for TEST; and of R.
#[test]
fn a_spoilt_key_opens_nothing_wrong() {
    type Stored = fn(&mut Receiver, usize, usize);
    let mut receiver = Receiver::new();
    let (functions, comb) = (receiver.prepared.functions.words(), receiver.prepared.own.words());
    let coordinates = words(&*receiver.key.k);
    assert_eq!(coordinates, 32);
    let kept: [(&str, usize, Stored); 5] = [
        ("K", coordinates, |receiver, word, bit| turn(&mut *receiver.key.k, word, bit)),
        ("Z", coordinates, |receiver, word, bit| turn(&mut receiver.key.kms.z, word, bit)),
        ("R", coordinates, |receiver, word, bit| turn(&mut receiver.sealed.r, word, bit)),
        ("functions of K", functions, |receiver, word, bit| {
            receiver.prepared.functions.turn(word, bit);
        }),
        ("comb of [a]P + Z", comb, |receiver, word, bit| receiver.prepared.own.turn(word, bit)),
    ];
    let mut all = Tally::default();
    for (name, words, spoil) in kept {
        let mut tally = Tally::default();
        let chosen = (0..words).step_by((one_of() * (words / OF_TABLE)) | 1).chain(once(words - 1));
        for (n, word) in chosen.enumerate() {
            let bits = if words > OF_TABLE { &BITS[n % 3..][..1] } else { &BITS[..] };
            for &bit in bits {
                spoil(&mut receiver, word, bit);
                for (_, open) in WAYS {
                    // A table has nothing to do with the key beside it.
                    if words <= OF_TABLE || open as usize == WAYS[1].1 as usize {
                        tally.count(outcome_of(|| judge(open(&receiver))));
                    }
                }
                spoil(&mut receiver, word, bit);
            }
        }
        std::println!("{name}: {tally:?}");
        assert_eq!((tally.wrong, tally.right), (0, 0), "{name}: {tally:?}");
        assert!(tally.refused > 0, "{name}: {tally:?}");
        all += tally;
    }
    assert!(all.stopped == 0 || cfg!(debug_assertions), "{all:?}");
    assert!(all.all() > 1500 / one_of(), "{all:?}");
    std::println!("keys of receivers: {} faults, {all:?}", all.all());
}
