//! E: y² = x³ − 3x over 𝔽_p (RFC 6508 section 2.1 with RFC 6509 appendix A): its points in octets and in affine
//! coordinates. The group law is in [`edwards`].
//!
//! E(𝔽_p) is cyclic of order p + 1 = 4q. Its one point of order 2 is (0, 0), and the two points of order 4
//! have x² = −3. Everything that SAKKE sends lies in the subgroup of order q.

mod comb;
mod edwards;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod order;

/// A point (x, y) of E with y ≠ 0: neither infinity nor the point of order 2.
pub(crate) use crate::jacobian::Affine;
#[cfg(feature = "alloc")]
pub(crate) use comb::prepared::{CombBesideP, PreparedComb};
#[cfg(target_arch = "x86_64")]
pub(crate) use edwards::BETA;
pub(crate) use edwards::Edwards;

use subtle::{Choice, ConstantTimeEq};

#[cfg(target_arch = "x86_64")]
use crate::backend::Ifma;
use crate::ct;
use crate::error::Error;
use crate::fault;
use crate::field::{self, Field, Fp};
use crate::params::{P_X, P_Y};
use crate::scalar::Scalar;

/// The length of an encoded point in octets, as 04 ‖ x ‖ y.
pub(crate) const OCTETS: usize = 1 + 2 * field::OCTETS;

/// [k]P in constant time, by the comb of P if the crate was built with it.
pub(crate) fn mul_generator(k: &Scalar) -> Edwards<Fp> {
    #[cfg(target_arch = "x86_64")]
    if cfg!(feature = "tables")
        && let Some(ifma) = Ifma::detect()
    {
        return ifma::comb::mul_generator(ifma, k);
    }
    if cfg!(feature = "tables") { comb::GENERATOR.mul(k) } else { Edwards::generator().mul(k) }
}

/// [k]P for each of up to eight k, in constant time, and O in the places beyond them.
#[cfg(feature = "alloc")]
pub(crate) fn mul_generator_all(k: &[Scalar]) -> [Edwards<Fp>; 8] {
    #[cfg(target_arch = "x86_64")]
    if cfg!(feature = "tables")
        && let Some(ifma) = Ifma::detect().filter(|_| k.len() >= ifma::comb_eight::PAYS_FROM)
    {
        return ifma::comb_eight::mul_generator(ifma, k);
    }
    core::array::from_fn(|i| k.get(i).map_or(Edwards::IDENTITY, mul_generator))
}

impl Affine<Fp> {
    /// P, of order q.
    pub(crate) const GENERATOR: Self = Self { x: P_X, y: P_Y };

    /// RFC 6508 section 4: decodes 04 ‖ x ‖ y, where each coordinate has 128 octets and is below p. The point must be
    /// on the curve, and y ≠ 0, which excludes the point of order 2. The order isn't checked.
    ///
    /// Secret: the coordinates, as those of an RSK. Public: the first octet and the outcomes.
    pub(crate) fn from_bytes(octets: &[u8; OCTETS]) -> Result<Self, Error> {
        let [tag, coordinates @ ..] = octets;
        let (x, rest) = coordinates.split_first_chunk().ok_or(Error::Length)?;
        let y = rest.first_chunk().ok_or(Error::Length)?;
        let (x, y) = (Fp::from_be_bytes(x), Fp::from_be_bytes(y));
        // The caller is about to learn the outcomes of the validation.
        if *tag != 4 || !ct::declassify(x.is_some() & y.is_some()) {
            return Err(Error::PointEncoding);
        }
        let point = Self { x: x.unwrap_or(Fp::ZERO), y: y.unwrap_or(Fp::ZERO) };
        if !ct::declassify(point.is_on_curve()) {
            return Err(Error::NotOnCurve);
        }
        if ct::declassify(point.y.ct_eq(&Fp::ZERO)) {
            return Err(Error::WrongOrder);
        }
        Ok(point)
    }

    /// 04 ‖ x ‖ y.
    pub(crate) fn to_bytes(self) -> [u8; OCTETS] {
        let mut octets = [0; OCTETS];
        self.write_bytes(&mut octets);
        octets
    }

    /// Writes 04 ‖ x ‖ y to the place where the octets of an RSK stay.
    pub(crate) fn write_bytes(&self, octets: &mut [u8; OCTETS]) {
        let [tag, coordinates @ ..] = octets;
        *tag = 4;
        for (octets, coordinate) in coordinates.as_chunks_mut().0.iter_mut().zip([&self.x, &self.y])
        {
            coordinate.write_be_bytes(octets);
        }
    }

    /// y² = x(x² − 3).                                                               M + 2S
    pub(crate) fn is_on_curve(&self) -> Choice {
        // The sides have opposite signs. If a fault leaves one in the place of the other, the comparison fails.
        let yy = fault::passed("y²", self.y.square());
        yy.ct_eq(&-fault::passed("3x − x³", self.x * (Fp::THREE - self.x.square())))
    }
}

impl ConstantTimeEq for Affine<Fp> {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.x.ct_eq(&other.x) & self.y.ct_eq(&other.y)
    }
}
