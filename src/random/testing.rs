//! A generator for tests that are to come out alike every time.

use core::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

/// A broken generator, which always gives the same octet.
pub(crate) struct Repeat(pub(crate) u8);

impl TryRng for Repeat {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes([self.0; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes([self.0; 8]))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Repeat {}
