//! The Encapsulated Data of RFC 6508 section 4.

use core::fmt;
use core::hash::{Hash, Hasher};

use super::SharedSecret;
use crate::ct;
use crate::curve::{self, Affine};
use crate::error::Error;
use crate::field::Fp;

/// Encapsulated Data 04 ‖ R_x ‖ R_y ‖ H: 273 octets. R is a point of the curve, and neither infinity nor the point
/// of order 2.
///
/// Section 4 of the RFC states the length with n in bits. The length in octets is 2L + 1 + n/8, as the RFC's own
/// example shows. Decapsulation finds out whether R has order q: no other point passes the check TEST = R.
#[doc(alias("SED", "R_(b,S)"))]
#[derive(Clone, Copy)]
pub struct Encapsulation {
    pub(super) r: Affine<Fp>,
    octets: [u8; Self::LEN],
}

impl Encapsulation {
    /// The length of Encapsulated Data in octets.
    pub const LEN: usize = curve::OCTETS + SharedSecret::LEN;

    /// R and H = SSV ⊕ mask.
    pub(super) fn new(r: &Affine<Fp>, h: &[u8; SharedSecret::LEN]) -> Self {
        let mut octets = [0; Self::LEN];
        octets[..curve::OCTETS].copy_from_slice(&r.to_bytes());
        octets[curve::OCTETS..].copy_from_slice(h);
        ct::publish(Self { r: *r, octets })
    }

    /// Encapsulated Data whose sender left out the first octet of H, which was 00.
    ///
    /// Errors: those of `try_from` for the whole octets.
    #[cfg(feature = "mikey")]
    pub(crate) fn with_short_h(octets: &[u8; Self::LEN - 1]) -> Result<Self, Error> {
        let mut whole = [0; Self::LEN];
        let (big_r, h) = octets.split_at(curve::OCTETS);
        whole[..curve::OCTETS].copy_from_slice(big_r);
        whole[curve::OCTETS + 1..].copy_from_slice(h);
        Self::try_from(&whole)
    }

    /// 04 ‖ R_x ‖ R_y ‖ H, 273 octets.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 273] {
        self.octets
    }

    /// 04 ‖ R_x ‖ R_y ‖ H, 273 octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 273] {
        &self.octets
    }

    pub(super) fn h(&self) -> [u8; SharedSecret::LEN] {
        let mut h = [0; SharedSecret::LEN];
        h.copy_from_slice(&self.octets[curve::OCTETS..]);
        h
    }
}

impl TryFrom<&[u8]> for Encapsulation {
    type Error = Error;

    /// Errors: [`Error::Length`] unless there are 273 octets, [`Error::PointEncoding`],
    /// [`Error::NotOnCurve`], [`Error::WrongOrder`] if y = 0.
    fn try_from(octets: &[u8]) -> Result<Self, Error> {
        Self::try_from(<&[u8; Self::LEN]>::try_from(octets).map_err(|_| Error::Length)?)
    }
}

impl TryFrom<&[u8; 273]> for Encapsulation {
    type Error = Error;

    fn try_from(octets: &[u8; Self::LEN]) -> Result<Self, Error> {
        let r = Affine::from_bytes(octets.first_chunk().ok_or(Error::Length)?)?;
        Ok(Self { r, octets: *octets })
    }
}

impl AsRef<[u8]> for Encapsulation {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

impl PartialEq for Encapsulation {
    fn eq(&self, other: &Self) -> bool {
        self.octets == other.octets
    }
}

impl Eq for Encapsulation {}

impl Hash for Encapsulation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.octets.hash(state);
    }
}

impl From<Encapsulation> for [u8; 273] {
    fn from(encapsulation: Encapsulation) -> Self {
        encapsulation.octets
    }
}

impl fmt::Debug for Encapsulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::debug::octets(f, "sakke::Encapsulation", &self.octets)
    }
}
