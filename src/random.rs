//! Uniform integers from the caller's generator.

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::error::{Error, TryError};

/// Candidates drawn before the generator is called broken. The worst case, SAKKE's z, keeps three
/// candidates of five, so a sound generator gets here once in about 2¹⁶⁹ calls.
const DRAWS: usize = 128;

/// The first of up to 128 drawn candidates of N octets that `accept` takes.
///
/// Secret: the candidates. Public: how many were drawn, which depends on rejected ones alone.
pub(crate) fn first_accepted<const N: usize, T, R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    accept: impl Fn(&mut [u8; N]) -> Option<T>,
) -> Result<T, TryError<R::Error>> {
    let mut candidate = Zeroizing::new([0; N]);
    for _ in 0..DRAWS {
        rng.try_fill_bytes(candidate.as_mut_slice()).map_err(TryError::Rng)?;
        if let Some(accepted) = accept(&mut candidate) {
            return Ok(accepted);
        }
    }
    Err(Error::Randomness.into())
}

#[cfg(test)]
pub(crate) mod testing {
    use core::convert::Infallible;
    use rand_core::{TryCryptoRng, TryRng};

    /// A broken generator: one octet for ever.
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
}
