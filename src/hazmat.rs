//! The pieces of the schemes on their own, for test vectors and reviewers.
//!
//! **Build no protocols with them.** Some pieces belong to a key and are methods of that key. They issue or sign with a
//! given v or j, and trace the intermediate values.

#[doc(hidden)]
pub mod bench;

use core::fmt;

use crypto_bigint::{NonZero, U1024};

use crate::ct;
use crate::curve::{self, Affine, Edwards};
use crate::error::Error;
use crate::field::{self, Fp};
use crate::pairing;
use crate::sakke::hash;
use crate::torus::Torus;

/// RFC 6508 section 5.1: HashToIntegerRange(s, n) with SHA-256, as 128 octets.
///
/// `n` is a big-endian integer of any length in 2 ..= 2¹⁰²⁴. Leaks n.
///
/// Errors: [`Error::Range`] for any other n.
pub fn hash_to_integer_range(s: &[u8], n: &[u8]) -> Result<[u8; 128], Error> {
    let zeros = n.iter().take_while(|octet| **octet == 0).count();
    let n = &n[zeros..];
    let mut v = [0; 128];
    if n.len() == 129 && n[0] == 1 && n[1..].iter().all(|octet| *octet == 0) {
        // n = 2¹⁰²⁴, so l = 4, and v is below n without a reduction.
        hash::expand(&[s], &mut v);
        return Ok(v);
    }
    let mut modulus = [0; 128];
    let start = modulus.len().checked_sub(n.len()).ok_or(Error::Range)?;
    modulus[start..].copy_from_slice(n);
    let modulus = U1024::from_be_slice(&modulus);
    if modulus <= U1024::ONE {
        return Err(Error::Range);
    }
    // ⌈lg n⌉ is the length of n − 1 in bits: l takes the real logarithm, so 2²⁵⁶ has l = 1.
    let hashes = modulus.wrapping_sub(&U1024::ONE).bit_width_vartime().div_ceil(256) as usize;
    hash::expand(&[s], &mut v[128 - 32 * hashes..]);
    let modulus = NonZero::new(modulus).into_option().ok_or(Error::Range)?;
    let reduced = U1024::from_be_slice(&v).rem_vartime(&modulus);
    v.copy_from_slice(reduced.to_be_bytes().as_ref());
    Ok(v)
}

/// A point of order q, which may be secret.
#[derive(Clone, Copy)]
pub struct Point(Affine<Fp>);

impl Point {
    /// The length of an encoded point in octets, as 04 ‖ x ‖ y.
    pub const LEN: usize = curve::OCTETS;

    /// P of RFC 6509 appendix A.
    pub const GENERATOR: Self = Self(Affine::GENERATOR);

    /// 04 ‖ x ‖ y, 257 octets.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 257] {
        self.0.to_bytes()
    }
}

impl TryFrom<&[u8]> for Point {
    type Error = Error;

    /// Errors: [`Error::Length`] unless there are 257 octets, [`Error::PointEncoding`],
    /// [`Error::NotOnCurve`], [`Error::WrongOrder`].
    fn try_from(octets: &[u8]) -> Result<Self, Error> {
        let point = Affine::from_bytes(octets.try_into().map_err(|_| Error::Length)?)?;
        // The caller is about to learn the outcome of the import.
        if ct::declassify(Edwards::from(&point).has_order_q()) {
            Ok(Self(point))
        } else {
            Err(Error::WrongOrder)
        }
    }
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hazmat::Point(..)")
    }
}

/// RFC 6508 section 3.2: ⟨P, Q⟩ as its representative in 𝔽_p, 128 octets. Constant time.
#[must_use]
pub fn pairing(p: &Point, q: &Point) -> [u8; 128] {
    Torus::from(pairing::tate(&p.0, &q.0)).to_bytes()
}

/// The power baseᵉ in PF_p (RFC 6508 section 2.1). Base and result are representatives in 𝔽_p of 128 octets. The
/// exponent is a big-endian integer of any length.
///
/// Errors: [`Error::Length`] unless `base` has 128 octets; [`Error::Range`] if it is p or more, or
/// if the power is the class of i, which has no representative.
pub fn pf_pow(base: &[u8], exponent: &[u8]) -> Result<[u8; 128], Error> {
    let base: &[u8; field::OCTETS] = base.try_into().map_err(|_| Error::Length)?;
    let base = ct::reveal(Fp::from_be_bytes(base)).ok_or(Error::Range)?;
    let power = Torus::from_representative(base).pow(exponent);
    if ct::declassify(power.has_representative()) {
        Ok(power.to_bytes())
    } else {
        Err(Error::Range)
    }
}

/// The octets S that [`KeyPeriods::uid`](crate::KeyPeriods::uid) hashes (TS 33.180 F.2.1).
///
/// Errors: [`Error::Length`] for a URI of more than 65,535 octets.
#[cfg(feature = "alloc")]
#[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
pub fn uid_input(
    periods: &crate::KeyPeriods,
    user: crate::UserUri<'_>,
    kms: crate::KmsUri<'_>,
    number: u64,
) -> Result<alloc::vec::Vec<u8>, Error> {
    crate::identifier::input_string(periods, user, kms, number)
}
