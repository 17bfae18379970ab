//! The places where a secret becomes public, and the table look-up that keeps it secret.
//!
//! Everything else works on [`Choice`] masks. A branch on a value that came from a secret is
//! taken only through [`declassify`] or [`reveal`], so that a search for their names lists every
//! such place.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, CtOption};

/// Turns the outcome of a check into a `bool` that may be branched on.
///
/// The caller says beside the call why this one bit may be known: the outcome of a validation or
/// of a comparison that is about to be returned, or the verdict on a candidate that is thrown away.
#[inline]
pub(crate) fn declassify(outcome: Choice) -> bool {
    outcome.into()
}

/// The value of an option whose being there may be known, for a reason given beside the call.
#[inline]
pub(crate) fn reveal<T>(option: CtOption<T>) -> Option<T> {
    option.into_option()
}

/// table[digit] for a digit below 16, every entry read.
pub(crate) fn lookup<T: ConditionallySelectable>(table: &[T; 16], digit: u8) -> T {
    let mut found = table[0];
    for (i, entry) in (0u8..).zip(table) {
        found.conditional_assign(entry, i.ct_eq(&digit));
    }
    found
}

/// A mask for each place of a table: all ones at `index`, 0 elsewhere.
///
/// Their making is hidden from the compiler, which would turn a look-up by masks into branches.
pub(crate) fn masks<const N: usize>(index: u8) -> [u64; N] {
    let mut masks = [0; N];
    for (i, mask) in (0u8..).zip(&mut masks) {
        mask.conditional_assign(&u64::MAX, i.ct_eq(&index));
    }
    masks
}
