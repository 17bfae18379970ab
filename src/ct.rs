//! The places where a secret becomes public.
//!
//! Everything below works on [`Choice`] masks. A branch on a value that came from a secret is
//! taken only through [`declassify`] or [`reveal`], so that a search for their names lists every
//! such place.

use subtle::{Choice, CtOption};

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
