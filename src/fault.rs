//! Sites of faults. The crate's own tests can change a value at its site, to check that no wrong result is given out.
//! In every other build these functions do nothing.
//!
//! A site is the name of a value. It may be passed many times.

#[cfg(test)]
pub(crate) mod injection;

#[cfg(test)]
pub(crate) use injection::{at, passed, verdict};

/// The site of a value that stays in its place.
#[cfg(not(test))]
#[inline]
pub(crate) const fn at<T: ?Sized>(_: &'static str, _: &mut T) {}

/// The site of a value that is passed on.
#[cfg(not(test))]
#[expect(clippy::inline_always, reason = "it must cost nothing at any level of optimisation")]
#[inline(always)]
pub(crate) const fn passed<T: Copy>(_: &'static str, value: T) -> T {
    value
}

/// The site of the comparison that decides whether something is given out.
#[cfg(not(test))]
#[expect(clippy::inline_always, reason = "it must cost nothing at any level of optimisation")]
#[inline(always)]
pub(crate) const fn verdict(holds: bool) -> bool {
    holds
}
