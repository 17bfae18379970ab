//! Generators for tests. The packages `memory`, `poison` and `timing` share this file.

#![allow(dead_code, reason = "each test uses only some of them")]

use core::convert::Infallible;
use core::error::Error;
use core::fmt;

use rand_core::utils::next_word_via_fill;
use rand_core::{CryptoRng, TryCryptoRng, TryRng};

/// A generator whose octets a function fills in, which may fail.
pub(crate) struct Octets<F>(pub(crate) F);

impl<E: Error, F: FnMut(&mut [u8]) -> Result<(), E>> TryRng for Octets<F> {
    type Error = E;

    fn try_next_u32(&mut self) -> Result<u32, E> {
        next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, E> {
        next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), E> {
        (self.0)(out)
    }
}

impl<E: Error, F: FnMut(&mut [u8]) -> Result<(), E>> TryCryptoRng for Octets<F> {}

/// A generator whose function never fails.
pub(crate) fn filled_by(mut fill: impl FnMut(&mut [u8])) -> impl CryptoRng {
    Octets(move |out: &mut [u8]| {
        fill(out);
        Ok::<_, Infallible>(())
    })
}

/// A broken generator, which always gives the same octet.
pub(crate) fn repeating(octet: u8) -> impl CryptoRng {
    filled_by(move |out| out.fill(octet))
}

/// A broken generator, which always fails.
pub(crate) fn failing() -> impl TryCryptoRng<Error = NoEntropy> {
    Octets(|_: &mut [u8]| Err(NoEntropy))
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NoEntropy;

impl fmt::Display for NoEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no entropy")
    }
}

impl Error for NoEntropy {}

/// The next octet of a linear congruential generator.
pub(crate) fn next(state: &mut u64) -> u8 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 56) as u8
}
