//! Faults in decapsulation and in the import of keys. Wherever a fault hits, no SSV leaves unless TEST = R, and no key
//! is accepted that isn't its identifier's.
//!
//! Each value on the way is changed in turn, and each value that a key keeps, for correct Encapsulated Data and keys
//! and for altered ones. Either the right value comes out or an error. The control leaves the comparison out and gives
//! out wrong values.

extern crate std;

use core::iter::once;
use std::rc::Rc;
use std::vec::Vec;

use super::*;
use crate::backend::Backend;
use crate::curve::Edwards;
use crate::fault::injection::{
    BITS, Bit, Change, Extent, Fault, Outcome, Tally, change, faults, one_of, outcome_of,
    outcomes_with, without_comparison, words,
};
use crate::sakke::KmsSecretKey;

/// How many faults are tried: `WIDE` for correct data, `NARROW` for altered data and for imports.
const WIDE: Extent = Extent { words: 256, passes: 24 };
const NARROW: Extent = Extent { words: 16, passes: 6 };

/// The number of words of a table in which a bit is flipped.
const OF_TABLE: usize = 700;

const SSV: [u8; 16] = [0x9b; 16];

#[derive(Clone)]
struct Receiver {
    rsk: [u8; 257],
    key: ReceiverKey,
    prepared: Rc<PreparedReceiverKey>,
    sealed: Encapsulation,
    /// The SSV in `sealed`, if this receiver may open it.
    ssv: Option<SharedSecret>,
}

fn kms() -> KmsSecretKey {
    KmsSecretKey::try_from(&[0x25; 128]).unwrap()
}

impl Receiver {
    fn new(name: &[u8], ssv: [u8; 16]) -> Self {
        let kms = kms();
        let id = Identifier::try_from(name).unwrap();
        let key = kms.extract(&id).unwrap();
        let recipient = kms.public_key().recipient(&id).unwrap();
        let sealed = recipient.encapsulate(&ssv.into()).unwrap();
        let prepared = Rc::new(key.prepare().unwrap());
        Self { rsk: *key.to_bytes(), prepared, key, sealed, ssv: Some(ssv.into()) }
    }

    fn bob() -> Self {
        Self::new(b"2011-02\0tel:+447700900123\0", SSV)
    }

    /// A receiver with another key, whose values have nothing to do with Bob's.
    fn unrelated() -> Self {
        Self::new(b"2011-02\0tel:+447700900456\0", [0x4e; 16])
    }

    /// Data whose w begins with 00 and was hashed without it.
    fn read_otherwise(&self) -> Self {
        let recipient = self.key.kms.recipient(&self.key.id).unwrap();
        let mut secrets = (0_u128..).map(|number| SharedSecret::from(number.to_be_bytes()));
        let ssv = secrets.find(|ssv| !recipient.is_read_alike(ssv)).unwrap();
        let sealed = recipient.encapsulate(&ssv).unwrap();
        let w = Torus::pow_g(&hash::r(&ssv, &self.key.id)).representative();
        let h = ssv.masked(&hash::mask_of_stripped(w).0);
        Self { sealed: Encapsulation::new(&sealed.r, &h), ssv: Some(ssv), ..self.clone() }
    }

    /// Data that this receiver's key must not open.
    fn altered(&self) -> Vec<(&'static str, Self)> {
        let own = self.key.kms.point_of(&self.key.id);
        let h = self.sealed.h();
        let with = |r: Affine<Fp>, h: &[u8; 16]| Self {
            sealed: Encapsulation::new(&r, h),
            ssv: None,
            ..self.clone()
        };
        let big_r = Edwards::from(&self.sealed.r);
        let mut other_h = h;
        other_h[15] ^= 1;
        // R and H of an SSV for values of w whose hash everybody knows.
        let known = SharedSecret::from([0x77; 16]);
        let for_known = own.mul(&hash::r(&known, &self.key.id)).to_affine();
        let [for_0, for_1, for_minus_1] =
            [Fp::ZERO, Fp::ONE, -Fp::ONE].map(|w| known.masked(&hash::mask(w).0));
        std::vec![
            ("another H", with(self.sealed.r, &other_h)),
            ("−R", with((-big_r).to_affine(), &h)),
            ("R + P", with((big_r + Edwards::generator()).to_affine(), &h)),
            ("R of order 4q", with((big_r + Edwards::of_order_4()).to_affine(), &h)),
            ("R of order 4", with(Edwards::of_order_4().to_affine(), &h)),
            ("H for w = 0", with(for_known, &for_0)),
            ("H for w = 1", with(for_known, &for_1)),
            ("H for w = −1", with(for_known, &for_minus_1)),
        ]
    }
}

type Open = fn(&Receiver) -> Result<SharedSecret, Error>;

const WAYS: [(&str, Open); 2] = [
    ("decapsulate", |receiver| receiver.key.decapsulate(&receiver.sealed)),
    ("prepared decapsulate", |receiver| receiver.prepared.decapsulate(&receiver.sealed)),
];

/// With two readings of w. If a fault spoils one, the other may open all the same.
const EITHER: [(&str, Open); 2] = [
    ("either", |receiver| Ok(receiver.key.decapsulate_either(&receiver.sealed)?.0)),
    ("prepared either", |receiver| Ok(receiver.prepared.decapsulate_either(&receiver.sealed)?.0)),
];

impl Receiver {
    fn judge(&self, opened: Result<SharedSecret, Error>) -> Outcome {
        match (opened, &self.ssv) {
            (Err(Error::Rejected), _) => Outcome::Refused,
            (Ok(ssv), Some(right)) if bool::from(ssv.ct_eq(right)) => Outcome::Unharmed,
            _ => Outcome::Wrong,
        }
    }

    fn tally(&self, what: &str, extent: Extent, open: Open) -> Tally {
        let opens = if self.ssv.is_some() { Outcome::Unharmed } else { Outcome::Refused };
        assert_eq!(self.judge(open(self)), opens, "{what}");
        let unrelated = || open(&Self::unrelated());
        Tally::of_all(what, extent, || open(self), unrelated, |opened| self.judge(opened))
    }

    /// Without the comparison, for the controls.
    fn outcomes_unchecked(&self, open: Open) -> Vec<(Fault, Outcome)> {
        let few = Extent { words: 40, passes: 4 };
        without_comparison(|| {
            let faults = faults(few, || open(self), || open(&Self::unrelated()));
            outcomes_with(&faults, || self.judge(open(self)))
        })
    }
}

#[test]
fn no_ssv_leaves_unless_test_is_r() {
    let receiver = Receiver::bob();
    let mut all = Tally::default();
    for (name, open) in WAYS {
        let tally = receiver.tally(name, WIDE, open);
        std::println!("{name}: {tally:?}");
        // In eight lanes, not every lane matters, nor does every bit above a digit.
        let most = if Backend::detect() == Backend::Ifma { 1 } else { 8 };
        assert!(tally.refused > most * tally.unharmed, "{name}: {tally:?}");
        all += tally;
    }
    assert!(all.all() > 2000 / one_of(), "{all:?}");
    all.report("decapsulation");
}

#[test]
fn either_reading_gives_the_right_ssv_or_none() {
    let bob = Receiver::bob();
    let stripped = bob.read_otherwise();
    // Only one of the readings opens.
    assert_eq!(stripped.key.decapsulate(&stripped.sealed).err(), Some(Error::Rejected));
    let mut all = Tally::default();
    for (name, open) in EITHER {
        for (receiver, extent) in [(&bob, WIDE), (&stripped, NARROW)] {
            let tally = receiver.tally(name, extent, open);
            assert!(tally.refused > tally.unharmed / 8, "{name}: {tally:?}");
            all += tally;
        }
    }
    all.report("decapsulation of either reading");
}

#[test]
fn altered_data_stays_shut() {
    let mut all = Tally::default();
    for (name, altered) in Receiver::bob().altered() {
        for (way, open) in WAYS.into_iter().chain(EITHER) {
            all += altered.tally(&std::format!("{way}, {name}"), NARROW, open);
        }
    }
    all.report("decapsulation of altered data");
}

/// The control.
#[test]
fn without_the_comparison_they_do() {
    let receiver = Receiver::bob();
    for (name, open) in WAYS {
        let outcomes = receiver.outcomes_unchecked(open);
        let tally = Tally::of(&outcomes);
        // Everything that comes before the SSV, and the SSV itself.
        let sites = ["w", "w, represented", "mask", "H", "SSV", "SSV, hashed", "f"];
        for site in sites {
            let wrong = |(fault, outcome): &&(Fault, Outcome)| {
                fault.site == site && *outcome == Outcome::Wrong
            };
            let there = outcomes.iter().any(|(fault, _)| fault.site == site);
            // In eight lanes, the values of a loop have other names.
            assert!(
                outcomes.iter().find(wrong).is_some() || !there && site == "f",
                "{name}: {site}"
            );
        }
        assert!(tally.wrong > 100 / one_of(), "{name}: {tally:?}");
        std::println!("control, {name} without comparison: {tally:?}");
    }
    for (name, open) in EITHER {
        assert!(Tally::of(&receiver.outcomes_unchecked(open)).wrong > 40 / one_of(), "{name}");
    }
}

fn prepared(receiver: &mut Receiver) -> &mut PreparedReceiverKey {
    Rc::get_mut(&mut receiver.prepared).unwrap()
}

/// Faults in what a key keeps: K, Z, the functions of K, the comb for TEST. And faults in R.
#[test]
fn a_spoilt_key_opens_nothing_wrong() {
    type Stored = fn(&mut Receiver, Change);
    let mut receiver = Receiver::bob();
    let (functions, comb) = (receiver.prepared.functions.words(), receiver.prepared.own.words());
    let coordinates = words(&*receiver.key.k);
    assert_eq!(coordinates, 32);
    let kept: [(&str, usize, Stored); 5] = [
        ("K", coordinates, |receiver, by| change(&mut *receiver.key.k, by)),
        ("Z", coordinates, |receiver, by| change(&mut receiver.key.kms.z, by)),
        ("R", coordinates, |receiver, by| change(&mut receiver.sealed.r, by)),
        ("functions of K", functions, |receiver, by| prepared(receiver).functions.change(by)),
        ("comb of [a]P + Z", comb, |receiver, by| prepared(receiver).own.change(by)),
    ];
    let mut all = Tally::default();
    for (name, words, spoil) in kept {
        let mut tally = Tally::default();
        let mut try_all = |receiver: &Receiver| {
            for (_, open) in WAYS {
                // A spoilt table affects the prepared key alone.
                if words <= OF_TABLE || open as usize == WAYS[1].1 as usize {
                    tally.count(outcome_of(|| receiver.judge(open(receiver))));
                }
            }
        };
        let chosen = (0..words).step_by((one_of() * (words / OF_TABLE)) | 1).chain(once(words - 1));
        for (n, word) in chosen.enumerate() {
            let bits = if words > OF_TABLE { &BITS[n % 3..][..1] } else { &BITS[..] };
            for &bit in bits {
                let turned = Change::Bit(Bit { word, bit });
                spoil(&mut receiver, turned);
                try_all(&receiver);
                // The same change once more restores it.
                spoil(&mut receiver, turned);
            }
        }
        for by in [Change::ZERO, Change::Ones] {
            let mut spoilt = Receiver::bob();
            spoil(&mut spoilt, by);
            try_all(&spoilt);
        }
        std::println!("{name}: {tally:?}");
        assert_eq!((tally.wrong, tally.right), (0, 0), "{name}: {tally:?}");
        // Z isn't read after the key was accepted: the comb gives TEST, or gʳ takes its place.
        assert_eq!(tally.refused > 0, name != "Z", "{name}: {tally:?}");
        all += tally;
    }
    assert!(all.all() > 1500 / one_of(), "{all:?}");
    all.report("keys of receivers");
}

/// The RSK and Z that come from a KMS, correct and altered.
#[test]
fn no_wrong_key_is_accepted() {
    type Import = fn(&[u8; 257]) -> Result<[u8; 257], Error>;
    let rsk: (&str, Import) = ("RSK", |rsk| {
        let bob = Identifier::try_from(&b"2011-02\0tel:+447700900123\0"[..])?;
        ReceiverKey::new(rsk, &bob, kms().public_key()).map(|key| *key.to_bytes())
    });
    let z: (&str, Import) = ("Z", |z| KmsPublicKey::try_from(z).map(|z| z.to_bytes()));
    let bob = Receiver::bob();
    let of_another = Receiver::unrelated();
    let mut all = Tally::default();
    for ((name, import), right, other) in [
        (rsk, bob.rsk, of_another.rsk),
        (
            z,
            kms().public_key().to_bytes(),
            KmsSecretKey::try_from(&[9; 128]).unwrap().public_key().to_bytes(),
        ),
    ] {
        let point = Edwards::from(&Affine::from_bytes(&right).unwrap());
        let with_4 = (point + Edwards::of_order_4()).to_affine().to_bytes();
        let with_2 = (point + Edwards::of_order_4().double()).to_affine().to_bytes();
        let order_4 = Edwards::of_order_4().to_affine().to_bytes();
        let minus = (-point).to_affine().to_bytes();
        let mut off_curve = right;
        off_curve[256] ^= 1;
        // Points off the curve, one with x = 0 and one with y = 0.
        let (mut x_0, mut y_0) = (right, right);
        x_0[1..129].fill(0);
        y_0[129..].fill(0);
        // −Z and another Z are as good as Z.
        let wrong = if name == "Z" { &[][..] } else { &[minus, other][..] };
        let altered = [with_4, with_2, order_4, off_curve, x_0, y_0];
        for octets in altered.iter().chain(wrong).chain([&right]) {
            let is_right = *octets == right;
            assert_eq!(import(octets).is_ok(), is_right, "{name}");
            let judge = |imported| match imported {
                Ok(accepted) if is_right && accepted == right => Outcome::Unharmed,
                Ok(_) => Outcome::Wrong,
                Err(_) => Outcome::Refused,
            };
            let unrelated = if name == "Z" { other } else { with_4 };
            let (run, other) = (|| import(octets), || import(&unrelated));
            let tally = Tally::of_all(name, NARROW, run, other, judge);
            assert!(!is_right || tally.refused > 20 / one_of(), "{name}: {tally:?}");
            all += tally;
        }
    }
    all.report("imports for receivers");
}
