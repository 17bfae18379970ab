//! P-256 for ECCSI: the one module that names the `p256` crate.
//!
//! RFC 6507's q is the order of G. `Scalar` is an integer modulo q, for public values and for
//! intermediate ones; [`SecretScalar`] one in 1 ..= q − 1 that is wiped on drop.

use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::group::Group;
use p256::elliptic_curve::ops::{Invert, LinearCombination, Reduce};
use p256::elliptic_curve::point::AffineCoordinates;
use p256::{AffinePoint, FieldBytes, NonZeroScalar, ProjectivePoint};
use rand_core::TryCryptoRng;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub(super) use p256::Scalar;

use crate::ct;
use crate::error::{Error, TryError};
use crate::random;

/// Octets of an encoded point, 04 ‖ x ‖ y.
pub(super) const POINT: usize = 65;

/// The field prime p = 2²⁵⁶ − 2²²⁴ + 2¹⁹² + 2⁹⁶ − 1, big-endian.
pub(super) const P: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, //
    0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];

/// A point other than infinity, with the octets that are hashed and sent. Public: PVT, KPAK, J.
#[derive(Clone, Copy)]
pub(super) struct Point {
    point: AffinePoint,
    octets: [u8; POINT],
}

impl Point {
    /// G.
    pub(super) fn generator() -> Self {
        Self::from_affine(AffinePoint::GENERATOR)
    }

    /// RFC 6507 section 3.3: 04 ‖ x ‖ y with coordinates below p, on the curve. Infinity has no
    /// such encoding, and no other form of a point is taken.
    pub(super) fn from_bytes(octets: &[u8; POINT]) -> Result<Self, Error> {
        let [tag, coordinates @ ..] = octets;
        let (x, rest) = coordinates.split_first_chunk::<32>().ok_or(Error::Length)?;
        let y = rest.first_chunk::<32>().ok_or(Error::Length)?;
        if *tag != 4 || *x >= P || *y >= P {
            return Err(Error::PointEncoding);
        }
        let point = AffinePoint::from_coordinates(&FieldBytes::from(*x), &FieldBytes::from(*y));
        // The point is public.
        let point = ct::reveal(point).ok_or(Error::NotOnCurve)?;
        Ok(Self { point, octets: *octets })
    }

    /// [k]G in constant time.
    pub(super) fn mul_base(k: &SecretScalar) -> Self {
        // k is not 0 and G has prime order, so this isn't infinity.
        Self::from_affine(ProjectivePoint::mul_by_generator(k.as_scalar()).to_affine())
    }

    /// [a]G + [b]P + [c]Q, infinity as `None`. Leaks its operands.
    pub(super) fn lincomb_vartime(
        a: Scalar,
        (b, p): (Scalar, &Self),
        (c, q): (Scalar, &Self),
    ) -> Option<Self> {
        let sum = ProjectivePoint::lincomb_vartime(&[
            (ProjectivePoint::GENERATOR, a),
            (p.point.into(), b),
            (q.point.into(), c),
        ]);
        (!bool::from(sum.is_identity())).then(|| Self::from_affine(sum.to_affine()))
    }

    /// Whether [k]G = [c]P + Q, in constant time. k is secret, the rest public.
    pub(super) fn is_sum(k: &SecretScalar, (c, p): (Scalar, &Self), q: &Self) -> Choice {
        let sum = ProjectivePoint::from(p.point) * c + q.point;
        ProjectivePoint::mul_by_generator(k.as_scalar()).ct_eq(&sum)
    }

    /// x as N = 32 octets, not reduced modulo q.
    pub(super) fn x(&self) -> [u8; 32] {
        let mut x = [0; 32];
        x.copy_from_slice(&self.octets[1..33]);
        x
    }

    pub(super) fn as_bytes(&self) -> &[u8; POINT] {
        &self.octets
    }

    fn from_affine(point: AffinePoint) -> Self {
        let mut octets = [0; POINT];
        octets[0] = 4;
        octets[1..33].copy_from_slice(&point.x());
        octets[33..].copy_from_slice(&point.y());
        ct::publish(Self { point, octets })
    }
}

/// 32 octets, big-endian, modulo q.
pub(super) fn reduce(octets: &[u8; 32]) -> Scalar {
    Scalar::reduce(&FieldBytes::from(*octets))
}

/// An integer in 1 ..= q − 1: KSAK, SSK, v, j. Wiped on drop.
#[derive(Clone)]
pub(super) struct SecretScalar(NonZeroScalar);

impl SecretScalar {
    /// 32 octets, big-endian; [`Error::Range`] unless in 1 ..= q − 1. Only that outcome leaks.
    pub(super) fn from_bytes(octets: &[u8; 32]) -> Result<Self, Error> {
        // The outcome of an import is about to be told, and a rejected draw is thrown away.
        ct::reveal(NonZeroScalar::from_repr(FieldBytes::from(*octets)))
            .map(Self)
            .ok_or(Error::Range)
    }

    /// A uniform integer in 1 ..= q − 1, by rejection.
    pub(super) fn try_draw<R: TryCryptoRng + ?Sized>(
        rng: &mut R,
    ) -> Result<Self, TryError<R::Error>> {
        random::first_accepted(rng, |octets: &mut [u8; 32]| Self::from_bytes(octets).ok())
    }

    /// The scalar if it isn't 0. Only that leaks.
    pub(super) fn from_scalar(scalar: &Scalar) -> Option<Self> {
        // 0 comes up with probability 1/q, whereupon the whole attempt is thrown away.
        ct::reveal(NonZeroScalar::new(*scalar)).map(Self)
    }

    pub(super) fn as_scalar(&self) -> &Scalar {
        &self.0
    }

    /// 1/self mod q, in constant time.
    pub(super) fn invert(&self) -> Self {
        Self(self.0.invert())
    }

    pub(super) fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_repr().into())
    }
}

impl Drop for SecretScalar {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for SecretScalar {}

impl ConstantTimeEq for SecretScalar {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

#[cfg(test)]
impl Point {
    /// A point with this x-coordinate, if the curve has one.
    pub(super) fn with_x(x: &[u8; 32]) -> Option<Self> {
        use p256::elliptic_curve::point::DecompressPoint;
        AffinePoint::decompress(&FieldBytes::from(*x), 0.into())
            .into_option()
            .map(Self::from_affine)
    }
}
