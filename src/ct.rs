//! The places where a secret becomes public, and the table look-up that keeps it secret.
//!
//! Everything else works on [`Choice`] masks. A branch on a value that came from a secret is
//! taken only through [`declassify`], [`reveal`], [`publish`] or [`publish_octets`], so that a search
//! for their names lists every such place. Under `--cfg eccsi_sakke_poison` they tell valgrind so, which
//! reports every other branch and address that depends on a secret: see `assure/poison`.

#[cfg(eccsi_sakke_poison)]
mod poison;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, CtOption};

/// Turns the outcome of a check into a `bool` that may be branched on.
///
/// The caller says beside the call why this one bit may be known: the outcome of a validation or
/// of a comparison that is about to be returned, or the verdict on a candidate that is thrown away.
#[inline]
pub(crate) fn declassify(outcome: Choice) -> bool {
    #[cfg(eccsi_sakke_poison)]
    let outcome = poison::defined(outcome);
    outcome.into()
}

/// The value of an option whose being there may be known, for a reason given beside the call.
#[inline]
pub(crate) fn reveal<T>(option: CtOption<T>) -> Option<T> {
    #[cfg(eccsi_sakke_poison)]
    let option = poison::with_defined_outcome(option);
    option.into_option()
}

/// A value that was computed from secrets and is given to everybody: a public key, a signature, an
/// encapsulation.
#[inline]
pub(crate) fn publish<T>(value: T) -> T {
    #[cfg(eccsi_sakke_poison)]
    let value = poison::defined(value);
    value
}

/// [`publish`] for octets that stand where they are sent from.
#[inline]
#[cfg(feature = "mikey")]
pub(crate) fn publish_octets(octets: &mut [u8]) {
    #[cfg(eccsi_sakke_poison)]
    poison::define_octets(octets);
    let _ = octets;
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
