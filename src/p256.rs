//! P-256 for ECCSI: y² = x³ − 3x + b over 𝔽_p, of prime order q (FIPS 186-5, SP 800-186).
//!
//! RFC 6507's q is the order of G. A [`Scalar`] is an integer modulo q, for public values and for intermediate ones. A
//! [`SecretScalar`] is in 1 ..= q − 1 and is wiped on drop.

#[cfg(target_arch = "x86_64")]
mod adx;
mod comb;
mod euclid;
mod group;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod residue;
mod table;
#[cfg(test)]
mod tests;
mod wnaf;

use rand_core::TryCryptoRng;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use comb::Comb;
use group::Fp;
use residue::Residue;
pub(crate) use table::OddMultiples;
use wnaf::Term;

#[cfg(all(feature = "alloc", target_arch = "x86_64"))]
use crate::backend::Ifma;
use crate::ct;
use crate::divsteps::invert_all;
use crate::error::{Error, TryError};
use crate::fault;
use crate::jacobian::{Affine, Jacobian};
use crate::random;

/// An integer modulo q.
pub(crate) type Scalar = Residue<residue::Q>;

/// Octets of an encoded point, 04 ‖ x ‖ y.
pub(crate) const POINT: usize = 65;

/// b of the curve, 5ac635d8 aa3a93e7 b3ebbd55 769886bc 651d06b0 cc53b0f6 3bce3c3e 27d2604b.
const B: Fp = Fp::from_integer([
    0x3bce_3c3e_27d2_604b,
    0x651d_06b0_cc53_b0f6,
    0xb3eb_bd55_7698_86bc,
    0x5ac6_35d8_aa3a_93e7,
]);

/// p, big-endian.
#[cfg(test)]
pub(crate) const P: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, //
    0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];

const THREE: Fp = Fp::from_integer([3, 0, 0, 0]);

/// A point other than infinity, with the octets that are hashed and sent. Public: PVT, KPAK, J.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    point: Affine<Fp>,
    octets: [u8; POINT],
}

impl Point {
    /// G.
    pub(crate) fn generator() -> Self {
        Self::from_affine(table::OF_GENERATOR[0])
    }

    /// RFC 6507 section 3.3: 04 ‖ x ‖ y with coordinates below p, on the curve. Infinity has no such encoding, and no
    /// other form of a point is accepted.
    pub(crate) fn from_bytes(octets: &[u8; POINT]) -> Result<Self, Error> {
        let [tag, coordinates @ ..] = octets;
        let (x, rest) = coordinates.split_first_chunk::<32>().ok_or(Error::Length)?;
        let y = rest.first_chunk::<32>().ok_or(Error::Length)?;
        let ((x, x_below_p), (y, y_below_p)) = (Fp::from_be_bytes(x), Fp::from_be_bytes(y));
        // The point is public.
        if *tag != 4 || !ct::declassify(x_below_p & y_below_p) {
            return Err(Error::PointEncoding);
        }
        let right = (x.square() - THREE) * x + B;
        if y.square().equals_vartime(&right) {
            Ok(Self { point: Affine { x, y }, octets: *octets })
        } else {
            Err(Error::NotOnCurve)
        }
    }

    /// \[k\]G in constant time.
    pub(crate) fn mul_base(k: &SecretScalar) -> Self {
        let product = fault::passed("J, projective", comb::GENERATOR.mul(&k.0));
        // Z is as secret as k, because it depends on the points through which J was reached.
        let inverse = fault::passed("1/Z", product.z.invert());
        Self::from_affine(fault::passed("J", product.over(inverse)))
    }

    /// Whether \[k\]G has the x-coordinate of these octets, see [`has_x`], in constant time.
    ///
    /// Secret: k. Public: `x`. Leaks: what [`Comb::mul`] leaks of k.
    // It isn't inlined: otherwise signing would hold its stack as well.
    #[inline(never)]
    pub(crate) fn base_times_has_x(k: &Scalar, x: &[u8; 32]) -> Choice {
        has_x(&Zeroizing::new(comb::GENERATOR.mul(k)), x)
    }

    /// \[a\]G + \[b\]P + \[c\]Q, infinity as `None`. Leaks its operands.
    #[cfg(any(test, feature = "hazmat"))]
    pub(crate) fn lincomb_vartime(
        a: Scalar,
        (b, p): (Scalar, &Self),
        (c, q): (Scalar, &Self),
    ) -> Option<Self> {
        let sum = wnaf::sum_vartime(&[
            Term::prepared(&a, &table::OF_GENERATOR),
            Term::fresh(&b, &p.point),
            Term::fresh(&c, &q.point),
        ]);
        let affine = sum.over(sum.z.invert());
        (!sum.is_infinity_vartime()).then(|| Self::from_affine(affine))
    }

    /// \[c\]P + Q, infinity as `None`. Leaks its operands.
    pub(crate) fn sum_vartime((c, p): (Scalar, &Self), q: &Self) -> Option<Self> {
        let sum = wnaf::sum_vartime(&[Term::fresh(&c, &p.point)]);
        let sum = sum.add_affine_vartime((), &q.point);
        let affine = sum.over(sum.z.invert());
        (!sum.is_infinity_vartime()).then(|| Self::from_affine(affine))
    }

    /// The odd multiples P, 3P, … for [`Summand::Prepared`].
    pub(crate) fn odd_multiples(&self) -> OddMultiples {
        OddMultiples::new_vartime(&self.point)
    }

    /// Whether \[k\]G = \[c\]P + Q.
    ///
    /// c is written as ±c₁/c₀ modulo q with c₀ and c₁ of half its length, see [`euclid`]. Then the question is whether
    /// \[c₀k\]G = ±\[c₁\]P + \[c₀\]Q, because c₀ is a unit modulo q. That sum takes half the doublings.
    ///
    /// Secret: k. Public: c, P, Q. Leaks: what [`Comb::mul`] leaks of −c₀k, and the outcome.
    // It isn't inlined: otherwise signing and its check would hold its 4 KB of stack as well.
    #[inline(never)]
    pub(crate) fn is_sum(k: &SecretScalar, (c, p): (Scalar, &Self), q: Summand<'_>) -> Choice {
        let halves = euclid::halves_vartime(&c);
        let [c0, c1] = fault::passed("c₀ and c₁", [halves.c0, halves.c1]).map(|c| Scalar::new(&c));
        let p = if halves.opposite { p.point.negate() } else { p.point };
        let sum = wnaf::sum_vartime(&[Term::fresh(&c1, &p), q.times(&c0)]);
        let sum = fault::passed("[c₁]P + [c₀]Q", sum);
        // The sides have opposite signs and are compared as opposites. If a fault leaves one in the place of the other,
        // the comparison fails.
        let multiple = Zeroizing::new(fault::passed("−c₀k", Scalar::ZERO - c0 * k.0));
        let product = Zeroizing::new(comb::GENERATOR.mul(&multiple));
        let product = Zeroizing::new(fault::passed("[−c₀k]G", *product));
        // A fault may have changed c₀ or c₁. So it is checked again that they are halves of c.
        let c1 = if halves.opposite { Scalar::ZERO - c1 } else { c1 };
        product.ct_eq(&Jacobian { y: -sum.y, ..sum }) & (c0 * c).ct_eq(&c1)
    }

    /// x as N = 32 octets, not reduced modulo q.
    pub(crate) fn x(&self) -> [u8; 32] {
        let mut x = [0; 32];
        x.copy_from_slice(&self.octets[1..33]);
        x
    }

    pub(crate) fn as_bytes(&self) -> &[u8; POINT] {
        &self.octets
    }

    /// A fault in the 8 words of the coordinates and the 9 of the octets after them.
    #[cfg(test)]
    pub(crate) fn change(&mut self, by: fault::injection::Change) {
        use fault::injection::{Bit, Change, change};
        match by {
            Change::Bit(Bit { word: 0..8, .. }) => change(&mut self.point, by),
            Change::Bit(Bit { word, bit }) => {
                change(&mut self.octets, Change::Bit(Bit { word: word - 8, bit }));
            }
            whole => {
                change(&mut self.point, whole);
                change(&mut self.octets, whole);
            }
        }
    }

    fn from_affine(point: Affine<Fp>) -> Self {
        let mut octets = [0; POINT];
        octets[0] = 4;
        octets[1..33].copy_from_slice(&point.x.to_be_bytes());
        octets[33..].copy_from_slice(&point.y.to_be_bytes());
        ct::publish(Self { point, octets })
    }
}

/// A point of a sum.
#[derive(Clone, Copy)]
pub(crate) enum Summand<'p> {
    /// Its multiples are computed with the sum.
    Fresh(&'p Point),
    Prepared(&'p OddMultiples),
}

impl Summand<'_> {
    fn times(&self, k: &Scalar) -> Term<'_> {
        match self {
            Self::Fresh(point) => Term::fresh(k, &point.point),
            Self::Prepared(multiples) => Term::prepared(k, multiples.table()),
        }
    }
}

/// Whether \[a\]G + \[b\]P + \[c\]Q has the x-coordinate of these octets, see [`has_x_vartime`]. Leaks
/// everything.
// It isn't inlined: otherwise signing would hold its 6 KB of stack as well.
#[inline(never)]
pub(crate) fn sum_has_x_vartime(
    a: &Scalar,
    (b, p): (&Scalar, Summand<'_>),
    (c, q): (&Scalar, &Point),
    x: &[u8; 32],
) -> bool {
    let a = Term::prepared(a, &table::OF_GENERATOR);
    has_x_vartime(&wnaf::sum_vartime(&[a, p.times(b), Summand::Fresh(q).times(c)]), x)
}

/// [`sum_has_x_vartime`] for each of up to eight a, b, c, Q and x, and one P. Leaks everything.
#[cfg(feature = "alloc")]
pub(crate) fn sums_have_x_vartime(
    a: &[Scalar; 8],
    (b, p): (&[Scalar; 8], &OddMultiples),
    (c, q): (&[Scalar; 8], &[&Point; 8]),
    x: &[[u8; 32]; 8],
) -> [bool; 8] {
    let alone =
        |i: usize| sum_has_x_vartime(&a[i], (&b[i], Summand::Prepared(p)), (&c[i], q[i]), &x[i]);
    #[cfg(target_arch = "x86_64")]
    if let Some(ifma) = Ifma::detect().filter(|_| cfg!(feature = "tables")) {
        let points = q.map(|q| q.point);
        let sums = ifma::eight::sums_vartime(ifma, a, (b, p.table()), (c, points));
        // A lane may have met a case that the additions leave out.
        return core::array::from_fn(|i| has_x_vartime(&sums[i], &x[i]) || alone(i));
    }
    core::array::from_fn(alone)
}

/// The comb of a known signer's Y, 4 KiB.
#[derive(Clone)]
pub(crate) struct SignerComb(comb::OfSigner);

impl SignerComb {
    pub(crate) fn new_vartime(y: &Point) -> Self {
        Self(Comb::new_vartime(&y.point))
    }

    /// Whether \[a\]G + \[b\]Y has the x-coordinate of these octets, see [`has_x_vartime`]. Leaks
    /// everything.
    pub(crate) fn sum_has_x_vartime(&self, a: &Scalar, b: &Scalar, x: &[u8; 32]) -> bool {
        has_x_vartime(&comb::sum_with_signer_vartime(a, b, &self.0), x)
    }
}

/// The affine forms of points other than infinity, with one inversion.           6M + S each, I
fn normalize(points: &mut [Jacobian<Fp>], affine: &mut [Affine<Fp>]) {
    let invert = |z: &Fp| fault::passed("1/Z", z.invert());
    invert_all(points, |p| &mut p.z, affine, |p| &mut p.x, Fp::ONE, |x, y| *x * *y, invert);
    for (point, affine) in points.iter().zip(affine) {
        *affine = point.over(point.z);
    }
}

/// Whether the point has the x-coordinate r of these 32 octets, in constant time: whether r·Z² = X with Z ≠ 0, for an
/// r that is below p and not 0.                                                       M + S
fn has_x(point: &Jacobian<Fp>, r: &[u8; 32]) -> Choice {
    let point = Zeroizing::new(fault::passed("J, found", *point));
    let (r, below_p) = Fp::from_be_bytes(&fault::passed("r, compared", *r));
    let right = (r * point.z.square()).ct_eq(&point.x);
    right & below_p & !r.ct_eq(&Fp::ZERO) & !point.z.ct_eq(&Fp::ZERO)
}

/// [`has_x`] of a public point.
fn has_x_vartime(point: &Jacobian<Fp>, r: &[u8; 32]) -> bool {
    ct::declassify(has_x(point, r))
}

/// 32 octets, big-endian, modulo q.
pub(crate) fn reduce(octets: &[u8; 32]) -> Scalar {
    Scalar::reduce(octets)
}

/// Whether these 32 octets are an element of 𝔽_p other than 0.
pub(crate) fn is_coordinate(octets: &[u8; 32]) -> bool {
    let (x, below_p) = Fp::from_be_bytes(octets);
    // r of a signature: public.
    ct::declassify(below_p) && !x.equals_vartime(&Fp::ZERO)
}

/// An integer in 1 ..= q − 1: KSAK, SSK, v, j. Wiped on drop.
#[derive(Clone)]
pub(crate) struct SecretScalar(Scalar);

impl SecretScalar {
    /// 32 octets, big-endian, or [`Error::Range`] unless in 1 ..= q − 1. Only that outcome leaks.
    pub(crate) fn from_bytes(octets: &[u8; 32]) -> Result<Self, Error> {
        let (scalar, below_q) = Scalar::from_be_bytes(octets);
        let scalar = Zeroizing::new(scalar);
        // The outcome of an import is about to be returned, and a rejected draw is discarded.
        if ct::declassify(below_q) {
            Self::from_scalar(&scalar).ok_or(Error::Range)
        } else {
            Err(Error::Range)
        }
    }

    /// A uniform integer in 1 ..= q − 1, by rejection.
    pub(crate) fn try_draw<R: TryCryptoRng + ?Sized>(
        rng: &mut R,
    ) -> Result<Self, TryError<R::Error>> {
        random::first_accepted(rng, |octets: &mut [u8; 32]| Self::from_bytes(octets).ok())
    }

    /// The scalar, if it isn't 0. Only whether it is 0 leaks.
    pub(crate) fn from_scalar(scalar: &Scalar) -> Option<Self> {
        // It is 0 with probability 1/q, and then the whole attempt is discarded.
        (!ct::declassify(scalar.ct_eq(&Scalar::ZERO))).then_some(Self(*scalar))
    }

    pub(crate) fn as_scalar(&self) -> &Scalar {
        &self.0
    }

    /// 1/self mod q, in constant time.
    pub(crate) fn invert(&self) -> Self {
        Self(self.0.invert())
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_be_bytes())
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
