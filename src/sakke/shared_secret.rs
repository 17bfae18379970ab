//! The shared secret value of RFC 6508 section 6.2.

use core::fmt;

use rand_core::{CryptoRng, TryCryptoRng};
#[cfg(feature = "alloc")]
use subtle::ConditionallySelectable;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::{Error, TryError};

/// The shared secret value SSV: n/8 = 16 octets for parameter set 1.
///
/// 3GPP sends a GMK, PCK, CSK and so on in it. All 128 bits must be random. It is wiped on drop, compared in constant
/// time and never printed.
#[doc(alias("SSV", "GMK", "PCK", "CSK"))]
#[derive(Clone)]
pub struct SharedSecret([u8; Self::LEN]);

impl SharedSecret {
    /// The length of an SSV in octets.
    pub const LEN: usize = 16;

    /// Generates an SSV.
    #[must_use]
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut secret = Self([0; Self::LEN]);
        rng.fill_bytes(&mut secret.0);
        secret
    }

    /// [`generate`](Self::generate) with a generator that can fail.
    pub fn try_generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, TryError<R::Error>> {
        let mut secret = Self([0; Self::LEN]);
        rng.try_fill_bytes(&mut secret.0).map_err(TryError::Rng)?;
        Ok(secret)
    }

    /// The 16 octets, in a copy that wipes itself.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 16]> {
        Zeroizing::new(self.0)
    }

    /// The 16 octets. If you copy them, wipe the copy.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Becomes `other` if `choice` is 1.
    #[cfg(feature = "alloc")]
    pub(super) fn conditional_assign(&mut self, other: &Self, choice: Choice) {
        for (octet, other) in self.0.iter_mut().zip(&other.0) {
            octet.conditional_assign(other, choice);
        }
    }

    /// H = self ⊕ mask, which is public.
    ///
    /// It isn't inlined: otherwise the next call spills both operands from registers to the stack.
    #[inline(never)]
    pub(super) fn masked(&self, mask: &Self) -> [u8; Self::LEN] {
        core::array::from_fn(|i| self.0[i] ^ mask.0[i])
    }

    /// The SSV = H ⊕ self, where self is the mask.
    pub(super) fn unmask(&self, h: &[u8; Self::LEN]) -> Self {
        // Cloned, because a value that is moved out leaves a copy which isn't wiped.
        let mut secret = self.clone();
        for (octet, h) in secret.0.iter_mut().zip(h) {
            *octet ^= h;
        }
        secret
    }
}

impl From<[u8; 16]> for SharedSecret {
    fn from(octets: [u8; 16]) -> Self {
        Self(octets)
    }
}

impl From<&[u8; 16]> for SharedSecret {
    fn from(octets: &[u8; 16]) -> Self {
        Self(*octets)
    }
}

impl TryFrom<&[u8]> for SharedSecret {
    type Error = Error;

    /// Errors: [`Error::Length`] unless there are 16 octets.
    fn try_from(octets: &[u8]) -> Result<Self, Error> {
        octets.try_into().map(Self).map_err(|_| Error::Length)
    }
}

impl ConstantTimeEq for SharedSecret {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sakke::SharedSecret(..)")
    }
}

impl Drop for SharedSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for SharedSecret {}
