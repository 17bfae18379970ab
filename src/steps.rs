//! Counts the steps of decoding. In the crate's own tests every read of a decoder is a step, to see that
//! no message takes more steps than a constant times its length. In every other build these functions
//! do nothing.

/// Counts this number of steps.
#[cfg(not(test))]
#[inline]
pub(crate) const fn take(_: usize) {}

#[cfg(test)]
pub(crate) use counting::{steps_of, take};

#[cfg(test)]
mod counting {
    extern crate std;

    use core::cell::Cell;

    std::thread_local! {
        static TAKEN: Cell<usize> = const { Cell::new(0) };
    }

    pub(crate) fn take(steps: usize) {
        TAKEN.set(TAKEN.get() + steps);
    }

    /// The number of steps that `decode` takes.
    pub(crate) fn steps_of<T>(decode: impl FnOnce() -> T) -> usize {
        let before = TAKEN.get();
        decode();
        TAKEN.get() - before
    }
}
