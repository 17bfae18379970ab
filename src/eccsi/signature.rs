//! RFC 6507 section 3.3: a signature on the wire, r ‖ s ‖ PVT.

use core::fmt;
use core::hash::{Hash, Hasher};

use crate::error::Error;
use crate::p256::{self, Point, SecretScalar};

/// A signature r ‖ s ‖ PVT, 129 octets. Every part is checked on its own: 1 ≤ r < p, 1 ≤ s < q, and PVT
/// is a point of the curve.
///
/// `==` compares octets. Two different signatures can be valid for the same message: see the module.
#[derive(Clone, Copy)]
pub struct Signature {
    octets: [u8; Self::LEN],
    s: p256::Scalar,
    pvt: Point,
}

impl Signature {
    /// The length of a signature in octets: 4N + 1 with N = 32.
    pub const LEN: usize = 129;

    /// A signature as section 5.2.1 makes it; `None` if r = 0.
    pub(super) fn new(r: &[u8; 32], s: &SecretScalar, pvt: &Point) -> Option<Self> {
        if *r == [0; 32] {
            return None;
        }
        let mut octets = [0; Self::LEN];
        octets[..32].copy_from_slice(r);
        octets[32..64].copy_from_slice(s.to_bytes().as_slice());
        octets[64..].copy_from_slice(pvt.as_bytes());
        crate::fault::at("r ‖ s ‖ PVT", &mut octets);
        Some(crate::ct::publish(Self { octets, s: *s.as_scalar(), pvt: *pvt }))
    }

    /// r ‖ s ‖ PVT, 129 octets.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 129] {
        self.octets
    }

    /// r ‖ s ‖ PVT, 129 octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 129] {
        &self.octets
    }

    /// r, the x-coordinate of J, 32 octets.
    #[must_use]
    pub fn r(&self) -> [u8; 32] {
        let mut r = [0; 32];
        r.copy_from_slice(&self.octets[..32]);
        r
    }

    /// s, 32 octets.
    #[must_use]
    pub fn s(&self) -> [u8; 32] {
        let mut s = [0; 32];
        s.copy_from_slice(&self.octets[32..64]);
        s
    }

    /// PVT, 65 octets. It tells which of a signer's keys signed.
    #[must_use]
    pub fn pvt(&self) -> [u8; 65] {
        *self.pvt.as_bytes()
    }

    pub(super) fn s_scalar(&self) -> &p256::Scalar {
        &self.s
    }

    pub(super) fn pvt_point(&self) -> &Point {
        &self.pvt
    }
}

impl TryFrom<&[u8]> for Signature {
    type Error = Error;

    /// Errors: [`Error::Length`] unless there are 129 octets, [`Error::Range`] for r or s,
    /// [`Error::PointEncoding`] and [`Error::NotOnCurve`] for PVT.
    fn try_from(octets: &[u8]) -> Result<Self, Error> {
        Self::try_from(<&[u8; Self::LEN]>::try_from(octets).map_err(|_| Error::Length)?)
    }
}

impl TryFrom<&[u8; 129]> for Signature {
    type Error = Error;

    fn try_from(octets: &[u8; Self::LEN]) -> Result<Self, Error> {
        let (r, rest) = octets.split_first_chunk::<32>().ok_or(Error::Length)?;
        let (s, pvt) = rest.split_first_chunk::<32>().ok_or(Error::Length)?;
        let pvt = pvt.try_into().map_err(|_| Error::Length)?;
        if !p256::is_coordinate(r) {
            return Err(Error::Range);
        }
        let s = SecretScalar::from_bytes(s)?;
        Ok(Self { octets: *octets, s: *s.as_scalar(), pvt: Point::from_bytes(pvt)? })
    }
}

impl AsRef<[u8]> for Signature {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

impl From<Signature> for [u8; 129] {
    fn from(signature: Signature) -> Self {
        signature.octets
    }
}

impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        self.octets == other.octets
    }
}

impl Eq for Signature {}

impl Hash for Signature {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.octets.hash(state);
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::debug::octets(f, "eccsi::Signature", &self.octets)
    }
}

#[cfg(feature = "signature")]
impl signature::SignatureEncoding for Signature {
    type Repr = [u8; 129];
}
