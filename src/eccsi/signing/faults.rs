//! Faults in signing. Wherever a fault hits, no signature leaves that its verifier would refuse.
//!
//! Each value on the way to a signature is changed in turn, and each value that a key keeps. A fault may have no
//! effect, or end in [`Error::Fault`]. The controls release their signatures unchecked, and some of these are wrong.
//! And no fault makes the import accept a key that isn't its identifier's.

extern crate std;

use std::collections::BTreeSet;
use std::vec::Vec;

use super::*;
use crate::eccsi::{KmsSecretKey, VerifyingKey};
use crate::fault::injection::{
    BITS, Bit, Change, Extent, Fault, Outcome, Tally, change, faults, one_of, outcome_of,
    outcomes_with, without_comparison, words,
};
use crate::random::testing::repeating;

const ID: &[u8] = b"id";
/// Messages of no octets, of less than a block of the hash, of more than one, and of many blocks.
const MESSAGES: [&[u8]; 4] = [&[], &[0x4d; 40], &[0x4d; 100], &[0x4d; 1000]];

const WIDE: Extent = Extent { words: 700, passes: 24 };

struct Signer {
    key: SigningKey,
    everybody: VerifyingKey,
}

impl Signer {
    fn new(fresh: u8) -> Self {
        let kms = KmsSecretKey::try_from(&[0x55; 32]).unwrap();
        let key = kms.issue(&mut repeating(fresh), ID).unwrap();
        let everybody = kms.public_key().verifying_key(ID);
        Self { key, everybody }
    }

    /// Judges the octets, as a receiver does.
    fn judge(&self, message: &[u8], made: Result<Signature, Error>, right: &Signature) -> Outcome {
        match made {
            Err(Error::Fault) => Outcome::Refused,
            Err(_) => Outcome::Wrong,
            Ok(made) if made.to_bytes() == right.to_bytes() => Outcome::Unharmed,
            Ok(made) => match Signature::try_from(&made.to_bytes()) {
                Ok(sent) if self.everybody.verify(message, &sent).is_ok() => Outcome::Right,
                _ => Outcome::Wrong,
            },
        }
    }

    /// The outcomes of `sign` with each of the faults that it can meet.
    fn outcomes(&self, sign: Sign, message: &[u8]) -> Vec<(Fault, Outcome)> {
        let sign = |signer: &Self| sign(&signer.key, message);
        let right = sign(self).unwrap();
        let other = Self::new(0x57);
        let all = faults(WIDE, || sign(self), || sign(&other));
        outcomes_with(&all, || self.judge(message, sign(self), &right))
    }
}

type Sign = fn(&SigningKey, &[u8]) -> Result<Signature, Error>;

/// Every way to sign with the check before release.
const CHECKED: [(&str, Sign); 2] = [
    ("sign", |key, message| key.sign(&mut repeating(1), message)),
    ("sign_parts", |key, message| {
        let (first, second) = message.split_at(message.len() / 3);
        key.sign_parts(&mut repeating(1), &[first, second])
    }),
];

/// Each of them, of each message.
fn every_way() -> impl Iterator<Item = ((&'static str, Sign), &'static [u8])> {
    CHECKED.into_iter().flat_map(|way| MESSAGES.map(|message| (way, message)))
}

fn unchecked(key: &SigningKey, message: &[u8]) -> Result<Signature, Error> {
    key.sign_unverified(&mut repeating(1), &[message])
}

#[test]
fn no_spoilt_signature_is_released() {
    let signer = Signer::new(0x56);
    let mut all = Tally::default();
    for ((name, sign), message) in every_way() {
        let outcomes = signer.outcomes(sign, message);
        let tally = Tally::of(&outcomes);
        std::println!("{name}, {} octets: {tally:?}", message.len());
        for (fault, outcome) in &outcomes {
            // A valid signature with another j must not leave either, unless the j comes from another K or V: nobody
            // knows both.
            let of_another_j = ["K", "V"].contains(&fault.site) && *outcome == Outcome::Right;
            let held = !matches!(outcome, Outcome::Wrong | Outcome::Right) || of_another_j;
            assert!(held, "{name}: {fault:?}: {outcome:?}");
        }
        // Nearly every fault has an effect.
        assert!(tally.refused > 8 * tally.unharmed, "{name}: {tally:?}");
        all += tally;
    }
    // Without its tables, a multiplication passes fewer sites.
    let least = if cfg!(feature = "tables") { 25_000 } else { 15_000 };
    assert!(all.all() > least / one_of(), "{all:?}");
    all.report("signing");
}

/// No fault gives a second signature the j of an earlier one of the same key, not even with the values that the earlier
/// one left behind. SSK would follow from the two.
#[test]
fn no_two_messages_have_one_j() {
    let Signer { key, everybody } = Signer::new(0x56);
    let sign = |fresh, message| key.sign(&mut repeating(fresh), message);
    let earlier = sign(1, b"earlier").unwrap();
    let judge = |signed: Result<Signature, _>| match signed {
        Err(Error::Fault) => Outcome::Refused,
        Ok(made) if made.r() == earlier.r() => Outcome::Wrong,
        Ok(made) if everybody.verify(MESSAGES[1], &made).is_ok() => Outcome::Right,
        _ => Outcome::Wrong,
    };
    Tally::of_all("an earlier j", WIDE, || sign(2, MESSAGES[1]), || sign(1, b"earlier"), judge);
}

/// The control: SSK follows from two signatures with the same j.
#[cfg(feature = "hazmat")]
#[test]
fn two_signatures_with_one_j_give_ssk_away() {
    let key = Signer::new(0x56).key;
    let trace = |message| key.trace_with_j(&[0x31; 32], &[message]).unwrap();
    let [one, two] = [trace(b"one"), trace(b"two")];
    let [s_1, s_2] = [&one, &two].map(|trace| *trace.signature.s_scalar());
    let [he_1, he_2] = [&one, &two].map(|trace| p256::reduce(&trace.he));
    let difference = p256::reduce(&one.signature.r()) * (s_1 - s_2);
    let inverse = SecretScalar::from_scalar(&difference).unwrap().invert();
    let ssk = (s_2 * he_2 - s_1 * he_1) * *inverse.as_scalar();
    assert_eq!(ssk.to_be_bytes(), *key.ssk());
}

/// The control: without the check, wrong signatures are released.
#[test]
fn without_the_check_they_are() {
    let signer = Signer::new(0x56);
    let outcomes = signer.outcomes(unchecked, MESSAGES[2]);
    let of_outcome = |wanted| -> BTreeSet<&str> {
        outcomes.iter().filter(|(_, one)| *one == wanted).map(|(fault, _)| fault.site).collect()
    };
    let sites: BTreeSet<&str> = outcomes.iter().map(|(fault, _)| fault.site).collect();
    // A fault at any site gives a wrong signature, except at the sites of j, which is compared with its source.
    let missed: Vec<_> = sites.difference(&of_outcome(Outcome::Wrong)).copied().collect();
    assert_eq!(missed, ["K", "V", "j"]);

    // Without the comparison alone.
    for ((name, sign), message) in every_way() {
        let tally = Tally::of(&without_comparison(|| signer.outcomes(sign, message)));
        assert!(tally.wrong > 500 / one_of(), "{name}: {tally:?}");
    }
    std::println!("control, unchecked signing: {:?}", Tally::of(&outcomes));
}

/// Faults in what a key keeps: SSK, HS, PVT, and the digest that checks them.
#[test]
fn a_spoilt_key_signs_nothing_wrong() {
    type Stored = fn(&mut Signer, Change);
    // The name of the value, its words, and how to change it.
    let kept: [(&str, usize, Stored); 4] = [
        ("SSK", 4, |signer, by| change(&mut signer.key.ssk, by)),
        ("HS", 4, |signer, by| change(&mut signer.key.hs, by)),
        ("PVT", 17, |signer, by| signer.key.pvt.change(by)),
        ("digest", 4, |signer, by| change(&mut *signer.key.digest, by)),
    ];
    let mut all = Tally::default();
    let message = MESSAGES[2];
    let right = unchecked(&Signer::new(0x56).key, message).unwrap();
    assert_eq!(words(&Signer::new(0x56).key.ssk), 4);
    let mut released = 0;
    for (name, words, spoil) in kept {
        let mut tally = Tally::default();
        let bits = (0..words).flat_map(|word| BITS.map(|bit| Change::Bit(Bit { word, bit })));
        let mut signer = Signer::new(0x56);
        for by in bits.chain([Change::ZERO, Change::Ones]) {
            spoil(&mut signer, by);
            for (_, sign) in CHECKED {
                let made = || sign(&signer.key, message);
                tally.count(outcome_of(|| signer.judge(message, made(), &right)));
            }
            // The control.
            let unchecked = || signer.judge(message, unchecked(&signer.key, message), &right);
            released += usize::from(outcome_of(unchecked) == Outcome::Wrong);
            match by {
                // The same change once more restores it.
                Change::Bit(_) => spoil(&mut signer, by),
                _ => signer = Signer::new(0x56),
            }
        }
        std::println!("{name}: {tally:?}");
        assert_eq!((tally.wrong, tally.right), (0, 0), "{name}: {tally:?}");
        // The coordinates of a point aren't read. Its octets fill 65 of 72.
        let octets = if words == 17 { 9 } else { words };
        assert!(tally.refused >= 2 * (BITS.len() * octets - 2), "{name}: {tally:?}");
        all += tally;
    }
    // Without the check, a spoilt HS, PVT or SSK gives a wrong signature.
    assert!(released > 50, "the controls: {released}");
    all.report("keys of signers");
}

/// The sites at which [`Point::is_sum`] computes the sides of its equation.
const OF_THE_SIDES: [&str; 6] =
    ["−c₀k", "[−c₀k]G", "[c₁]P + [c₀]Q", "digits", "entry of the comb", "sums of entries"];

/// SSK and PVT.
type Parts = ([u8; 32], [u8; 65]);
type Import<'i> = &'i dyn Fn(&Parts) -> Result<SigningKey, Error>;

/// An (SSK, PVT) that comes from a KMS, correct and altered.
#[test]
fn no_wrong_key_is_accepted() {
    let kms = KmsSecretKey::try_from(&[0x55; 32]).unwrap();
    let issued = |octet, id| {
        let key = kms.issue(&mut repeating(octet), id).unwrap();
        (*key.ssk(), key.pvt())
    };
    let right = issued(0x56, ID);
    let (of_another, another) = (issued(0x56, b"di"), issued(0x57, ID));
    let (mut other_ssk, mut other_tag) = (right, right);
    other_ssk.0[31] ^= 1;
    other_tag.1[64] ^= 1;
    let minus = {
        let mut minus = right;
        minus.0 = (p256::Scalar::ZERO - p256::reduce(&right.0)).to_be_bytes();
        minus
    };
    let mixed = (right.0, another.1);
    // A pair that nobody issued: PVT = [1/HS*]([SSK]G − KPAK) for an HS* that a fault may make.
    let for_ones = {
        let ssk = SecretScalar::from_bytes(&[0x21; 32]).unwrap();
        let hs = SecretScalar::from_scalar(&p256::reduce(&[0xff; 32])).unwrap();
        let inverse = *hs.invert().as_scalar();
        let kpak = (Scalar::ZERO - inverse, &kms.public_key().kpak);
        let none = (Scalar::ZERO, &Point::generator());
        let pvt = Point::lincomb_vartime(*ssk.as_scalar() * inverse, kpak, none).unwrap();
        (*ssk.to_bytes(), *pvt.as_bytes())
    };
    let prepared = kms.public_key().prepare();
    let imports: [Import<'_>; 2] =
        [&|(ssk, pvt)| SigningKey::new(ssk, pvt, ID, kms.public_key()), &|(ssk, pvt)| {
            prepared.signing_key(ssk, pvt, ID)
        }];
    let mut all = Tally::default();
    for parts in [right, of_another, other_ssk, other_tag, minus, mixed, for_ones] {
        for import in imports {
            assert_eq!(import(&parts).is_ok(), parts == right);
            let judge = || match import(&parts) {
                Ok(key) if (*key.ssk(), key.pvt()) == right => Outcome::Unharmed,
                Ok(_) => Outcome::Wrong,
                Err(_) => Outcome::Refused,
            };
            // The values of the right import, or of an insider's own, may be left behind. The two sides of the
            // equation are excepted, because each is computed only once.
            let of_right = || drop(import(&right));
            let of_insider =
                || drop(SigningKey::new(of_another.0, of_another.1, b"di", kms.public_key()));
            for earlier in [&of_right as &dyn Fn(), &of_insider] {
                let mut faults = faults(WIDE, || drop(import(&parts)), earlier);
                faults.retain(|fault| {
                    fault.change != Change::Unrelated || !OF_THE_SIDES.contains(&fault.site)
                });
                let outcomes = outcomes_with(&faults, judge);
                all += Tally::of_held("SSK and PVT", &outcomes);
            }
        }
    }
    all.report("imports for signers");
}
