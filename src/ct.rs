//! The places where a secret becomes public, and the table look-up that keeps it secret.
//!
//! Everything else works on [`Choice`] masks. A branch on a value that came from a secret is
//! taken only through [`declassify`], [`reveal`], [`publish`] or [`publish_octets`], so that a search
//! for their names lists every such place. Under `--cfg eccsi_sakke_poison` they tell valgrind that the value is
//! public. Valgrind then reports every other branch and address that depends on a secret: see `assure/poison`.

#[cfg(eccsi_sakke_poison)]
mod poison;

use cmov::Cmov;
use subtle::{Choice, CtOption};

/// Turns the outcome of a check into a `bool` that may be branched on.
///
/// The caller says beside the call why this one bit may be known. It is the outcome of a validation or of a comparison
/// that is about to be returned, or the verdict on a candidate that is thrown away.
#[inline]
pub(crate) fn declassify(outcome: Choice) -> bool {
    #[cfg(eccsi_sakke_poison)]
    let outcome = poison::defined(outcome);
    outcome.into()
}

/// The value of an option, if it has one. Whether it has one may be known, for a reason given beside the call.
#[inline]
pub(crate) fn reveal<T>(option: CtOption<T>) -> Option<T> {
    #[cfg(eccsi_sakke_poison)]
    let option = poison::with_defined_outcome(option);
    option.into_option()
}

/// A value that was computed from secrets and becomes public: a public key, a signature, an encapsulation.
#[inline]
pub(crate) fn publish<T>(value: T) -> T {
    #[cfg(eccsi_sakke_poison)]
    let value = poison::defined(value);
    value
}

/// [`publish`] for octets in the place that they are sent from.
#[inline]
#[cfg(feature = "mikey")]
pub(crate) fn publish_octets(octets: &mut [u8]) {
    #[cfg(eccsi_sakke_poison)]
    poison::define_octets(octets);
    let _ = octets;
}

/// All ones, or 0 if `condition` is 0. The compiler doesn't know which, and so can't make a branch of it.
#[inline]
pub(crate) fn mask(condition: u8) -> u64 {
    let mut mask = 0;
    mask.cmovnz(&u64::MAX, condition);
    mask
}

/// A mask for each place of a table: all ones at `index`, 0 elsewhere.
pub(crate) fn masks<const N: usize>(index: u8) -> [u64; N] {
    let mut masks = [0; N];
    for (mask, each) in masks.iter_mut().zip(each_mask(index)) {
        *mask = each;
    }
    masks
}

/// [`masks`] for a table of any length.
#[inline]
pub(crate) fn each_mask(index: u8) -> impl Iterator<Item = u64> {
    (0u8..).map(move |i| !mask(i ^ index))
}

/// The entry whose mask is all ones, where the other masks are 0. It is 0 if no mask is. Every entry is read. An entry
/// is `PARTS` arrays of `N` words.
#[inline]
pub(crate) fn masked<'a, const PARTS: usize, const N: usize>(
    entries: impl Iterator<Item = [&'a [u64; N]; PARTS]>,
    masks: impl Iterator<Item = u64>,
) -> [[u64; N]; PARTS] {
    let mut found = [[0; N]; PARTS];
    for (entry, mask) in entries.zip(masks) {
        for (found, part) in found.iter_mut().zip(entry) {
            for (found, word) in found.iter_mut().zip(part) {
                *found |= word & mask;
            }
        }
    }
    found
}
