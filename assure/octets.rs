//! A generator whose octets a function fills in. The packages `memory`, `poison` and `timing` share it.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

pub struct Octets<F>(pub F);

impl<F: FnMut(&mut [u8])> TryRng for Octets<F> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut octets = [0; 4];
        (self.0)(&mut octets);
        Ok(u32::from_le_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut octets = [0; 8];
        (self.0)(&mut octets);
        Ok(u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        (self.0)(out);
        Ok(())
    }
}

impl<F: FnMut(&mut [u8])> TryCryptoRng for Octets<F> {}

/// The next octet of a linear congruential generator.
#[allow(dead_code, reason = "`timing` draws its own")]
pub fn next(state: &mut u64) -> u8 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 56) as u8
}
