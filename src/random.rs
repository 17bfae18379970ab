//! Uniform integers from the caller's generator.

#[cfg(test)]
pub(crate) mod testing;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::error::{Error, TryError};

/// The number of candidates that are drawn before the generator counts as broken. The worst case is SAKKE's z, for
/// which three candidates in five are accepted. So a sound generator fails once in about 2¹⁶⁹ calls.
const DRAWS: usize = 128;

/// Draws up to 128 candidates of N octets, and returns the first that `accept` accepts.
///
/// Secret: the candidates. Public: how many were drawn, which depends only on those that were rejected.
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
