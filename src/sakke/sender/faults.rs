//! Faults in encapsulation. Wherever a fault hits, every mask depends on the SSV, and every R that is sent is a point
//! of the curve.
//!
//! The tests look at the mask of the H that is sent: with the same fault, the masks of two SSVs differ. Other faults
//! make data that doesn't open, which the sender can't notice. A value that nobody knows may take the place of another.

extern crate std;

use super::*;
use crate::fault::injection::{
    Change, Extent, Outcome, Tally, faults, one_of, outcome_of, outcomes_with, without_comparison,
};
use crate::sakke::KmsSecretKey;

const EXTENT: Extent = Extent { words: 64, passes: 12 };

const SSV: [[u8; 16]; 2] = [[0x9b; 16], [0x4c; 16]];

struct Sender {
    id: Identifier,
    recipient: Recipient,
    prepared: PreparedRecipient,
    kms: PreparedKmsPublicKey,
}

impl Sender {
    fn new() -> Self {
        let kms = KmsSecretKey::try_from(&[0x25; 128]).unwrap();
        let id = Identifier::try_from(&b"2011-02\0tel:+447700900123\0"[..]).unwrap();
        let recipient = kms.public_key().recipient(&id).unwrap();
        Self { id, prepared: recipient.prepare(), recipient, kms: kms.public_key().prepare() }
    }
}

type Seal = fn(&Sender, &SharedSecret) -> Result<Encapsulation, Error>;

const WAYS: [(&str, Seal); 4] = [
    ("recipient", |sender, ssv| sender.recipient.encapsulate(ssv)),
    ("prepared recipient", |sender, ssv| sender.prepared.encapsulate(ssv)),
    ("prepared KMS", |sender, ssv| sender.kms.encapsulate(&sender.id, ssv)),
    // The last of four recipients.
    ("to all", |sender, ssv| sender.kms.encapsulate_to_all(&[sender.id; 4], ssv).map(|all| all[3])),
];

/// The mask SSV ⊕ H, if R is a point that may be sent.
fn mask(ssv: [u8; 16], sealed: &Encapsulation) -> Option<[u8; 16]> {
    let h = Encapsulation::try_from(&sealed.to_bytes()).ok()?.h();
    Some(core::array::from_fn(|i| ssv[i] ^ h[i]))
}

/// Encapsulates both SSVs with each of the faults. The second result is whether a mask didn't depend on the SSV.
fn tally_of(seal: Seal, sender: &Sender) -> (Tally, bool) {
    let sealed = |ssv: usize| seal(sender, &SSV[ssv].into());
    let right = [0, 1].map(|ssv| sealed(ssv).unwrap());
    let faults = faults(EXTENT, || sealed(0), || seal(sender, &[0x17; 16].into()));
    let seen = core::cell::RefCell::new(std::vec::Vec::new());
    let note = |ssv: usize| {
        let made = sealed(ssv);
        seen.borrow_mut().push(made);
        match made {
            Ok(made) if made == right[ssv] => Outcome::Unharmed,
            // Judged below.
            Ok(_) => Outcome::Right,
            Err(Error::Fault) => Outcome::Refused,
            Err(_) => Outcome::Wrong,
        }
    };
    let outcomes = [0, 1].map(|ssv| {
        let outcomes = outcomes_with(&faults, || {
            // A run that an assertion stops gives nothing to look at.
            let before = seen.borrow().len();
            let outcome = outcome_of(|| note(ssv));
            if seen.borrow().len() == before {
                seen.borrow_mut().push(Err(Error::Fault));
            }
            outcome
        });
        (outcomes, seen.take())
    });
    let [(first, made_first), (second, made_second)] = outcomes;
    let mut predictable = false;
    for ((fault, _), (one, other)) in first.iter().zip(made_first.iter().zip(&made_second)) {
        if let (Ok(one), Ok(other)) = (one, other) {
            let masks = [mask(SSV[0], one), mask(SSV[1], other)];
            let known = masks[0] == masks[1] && fault.change != Change::Unrelated;
            if known || masks.contains(&None) {
                std::println!("a mask that doesn't depend on the SSV, or no R: {fault:?}");
                predictable = true;
            }
        }
    }
    let mut tally = Tally::of(&first);
    tally += Tally::of(&second);
    (tally, predictable)
}

#[test]
fn no_ssv_is_sent_under_a_mask_that_everybody_knows() {
    let sender = Sender::new();
    let mut all = Tally::default();
    for (name, seal) in WAYS {
        let (tally, predictable) = tally_of(seal, &sender);
        std::println!("{name}: {tally:?}");
        assert!(!predictable && tally.wrong == 0, "{name}: {tally:?}");
        assert!(tally.refused > 100 / one_of(), "{name}: {tally:?}");
        all += tally;
    }
    all.report("encapsulation");
}

/// The control.
#[test]
fn without_the_comparison_they_are() {
    let sender = Sender::new();
    for (name, seal) in WAYS {
        let (_, predictable) = without_comparison(|| tally_of(seal, &sender));
        assert!(predictable, "{name}");
    }
}
