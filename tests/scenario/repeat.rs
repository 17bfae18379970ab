//! A broken random number generator.

use std::error::Error;

use getrandom::rand_core::{TryCryptoRng, TryRng};

/// A generator that returns the same octet for ever, or that always fails.
pub struct Repeat<E>(pub Result<u8, E>);

impl<E: Copy + Error> TryRng for Repeat<E> {
    type Error = E;

    fn try_next_u32(&mut self) -> Result<u32, E> {
        Ok(u32::from_be_bytes([self.0?; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, E> {
        Ok(u64::from_be_bytes([self.0?; 8]))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), E> {
        out.fill(self.0?);
        Ok(())
    }
}

impl<E: Copy + Error> TryCryptoRng for Repeat<E> {}
