//! Where a fault would spoil a value: in the crate's own tests it can be changed there, to see that what
//! comes of it isn't given out. In every other build these functions are nothing.
//!
//! A site is the name of a value; it may be passed many times.

#[cfg(test)]
pub(crate) mod injection;

#[cfg(test)]
pub(crate) use injection::{at, passed, verdict};

/// The site of a value that stands where it is.
#[cfg(not(test))]
#[inline]
pub(crate) const fn at<T: ?Sized>(_: &'static str, _: &mut T) {}

/// The site of a value that is passed on.
#[cfg(not(test))]
#[expect(clippy::inline_always, reason = "nothing, at every level of optimisation")]
#[inline(always)]
pub(crate) const fn passed<T: Copy>(_: &'static str, value: T) -> T {
    value
}

/// The site of the comparison that decides whether something is given out.
#[cfg(not(test))]
#[expect(clippy::inline_always, reason = "nothing, at every level of optimisation")]
#[inline(always)]
pub(crate) const fn verdict(holds: bool) -> bool {
    holds
}
