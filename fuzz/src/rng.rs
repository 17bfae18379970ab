//! The generator of random octets for the fuzz targets and for the package `assure/cost`, which shares this file.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

/// A generator for tests. It draws the same in every run with one seed, and it is not cryptographic.
pub struct Rng(pub u64);

impl TryRng for Rng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|word| (word >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Ok(self.0 ^ self.0 >> 29)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for octet in out {
            *octet = (self.try_next_u64()? >> 40) as u8;
        }
        Ok(())
    }
}

impl TryCryptoRng for Rng {}
