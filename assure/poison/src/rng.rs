//! A generator whose every octet is a secret.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

use crate::client::make_secret;

/// The octets of a linear congruential generator, poisoned.
pub struct SecretRng(pub u64);

impl SecretRng {
    fn octet(&mut self) -> u8 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 56) as u8
    }
}

impl TryRng for SecretRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut octets = [0; 4];
        self.try_fill_bytes(&mut octets)?;
        Ok(u32::from_le_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut octets = [0; 8];
        self.try_fill_bytes(&mut octets)?;
        Ok(u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill_with(|| self.octet());
        make_secret(out);
        Ok(())
    }
}

impl TryCryptoRng for SecretRng {}
