//! The group of E in its complete Edwards form X² + Y² = 1 − X²Y². Every scalar multiplication
//! runs here, because the addition has no exceptional case.
//!
//! q = (p + 1)/4 is prime, so p ≡ 1 (mod 3) and −3 is a square. With β² = −1/3 and α² = 6β
//!
//! ```text
//! X = αx/y        Y = (βx + 1)/(βx − 1)         x = 3β(1 + Y)/(1 − Y)       y = αx/X
//! ```
//!
//! is an isomorphism. (u, v) = (−βx, β^(3/2)y) lies on the Montgomery curve −v² = u³ + u, whose Edwards form by
//! X = √−2·u/v, Y = (u − 1)/(u + 1) is the one above. (−2 is a square, and β is the root of −1/3 that is a square, so
//! that β^(1/2) exists.) O corresponds to (0, 1), the point of order 2 to (0, −1),
//! and those of order 4 to (±1, 0). The coefficient −1 of X²Y² is not a square, because p ≡ 3 (mod 4). So the
//! addition law is complete (Bernstein and Lange, Faster addition and doubling on elliptic curves, Theorem 3.3).
//!
//! Extended coordinates (X : Y : T : Z) with T = XY/Z: Hisil, Wong, Carter, Dawson, Twisted Edwards
//! curves revisited, sections 3.1 and 3.3, for a = 1 and d = −1.

mod odd;
mod windows;

use core::ops::{Add, Neg};

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroize;

use super::Affine;
#[cfg(target_arch = "x86_64")]
use super::ifma;
#[cfg(target_arch = "x86_64")]
use crate::backend::Ifma;
use crate::field::{Field, Fp};
use crate::scalar::Scalar;
pub(super) use odd::Entry;
pub(super) use windows::{Factors, Projective};

/// β, the root of −1/3 that is a square.
pub(crate) const BETA: Fp = Fp::from_hex(
    "748f63aa4bcea843bceb1a61f8e9037efc80080c763a11e7ad4f7ded18f77225\
     1004eaeae9b13a8eb348cf8b011b6014a99fdb0fbc3dd96b1051793d8eedf098\
     9b07b015e63973bfa3e9fdc2ece44d2b4ae58b84fbba70721f70847d801ad3a3\
     8b68d8c8657e62ce1107e711630f9e9b66ffd16ad1aa78b52d6bb428ea6da230",
);

/// 3β.
const THREE_BETA: Fp = Fp::from_hex(
    "2ab8b4c0cebf79166b352bf4351a3f8872a7fe62294530f38ab8b315e3262211\
     47f96a70f71b9175d4cc0cf6a006e6dc2dbc29ef4528780ec61a1bcf5ffc8428\
     0c3e47334dd5c19649686dadfbdcadbe7350b93e9024fc510eb314d447d86795\
     6310dcfa834cea2a394fe4ed1623e0713373b61f1c09cd10bb681b84c1f826ba",
);

/// α, a root of 6β.
const ALPHA: Fp = Fp::from_hex(
    "4d47c996bb6f5aa035884cd8893f30f1d95485f9fb02716a93b22662993722b2\
     9e66e7433e8d305b97c86595ab781d9caa0d345722031c7c815eed4c2bd726d9\
     eaa3ce5f83999edda7adaaf624e6ac396a571f8cf70afb77bcad867a9217b8a5\
     e80c2a781fbb004df2605d93b3daf3b3cc0a49fb08b2640294f2211d908255ed",
);

/// A point of the group, O included: (X/Z, Y/Z) with T = XY/Z and Z ≠ 0.
#[derive(Clone, Copy)]
pub(crate) struct Edwards<F> {
    pub(super) x: F,
    pub(super) y: F,
    pub(super) t: F,
    pub(super) z: F,
}

impl<F: Field> Edwards<F> {
    /// [2]self, see [`Projective::double`].                                         4M + 4S
    pub(crate) fn double(self) -> Self {
        Projective::from(self).double().extended()
    }

    /// self + rhs, as factors.                                                          5M
    ///
    /// A = X₁X₂, B = Y₁Y₂, C = T₁T₂, D = Z₁Z₂, E = (X₁ + Y₁)(X₂ + Y₂) − A − B, F = D + C,
    /// G = D − C, H = B − A. Complete: right for any two points, equal, opposite, O or of small order.
    fn add_factors(&self, rhs: &Self) -> Factors<F> {
        let (xx, yy) = (self.x * rhs.x, self.y * rhs.y);
        let (tt, zz) = (self.t * rhs.t, self.z * rhs.z);
        let e = (self.x + self.y) * (rhs.x + rhs.y) - (xx + yy);
        Factors { e, f: zz + tt, g: zz - tt, h: yy - xx }
    }
}

impl<F: Field> Neg for Edwards<F> {
    type Output = Self;

    /// −(x, y) = (−x, y).
    fn neg(self) -> Self {
        Self { x: -self.x, y: self.y, t: -self.t, z: self.z }
    }
}

impl<F: Field> Add for Edwards<F> {
    type Output = Self;

    /// self + rhs, complete.                                                            9M
    fn add(self, rhs: Self) -> Self {
        self.add_factors(&rhs).extended()
    }
}

impl Edwards<Fp> {
    /// O.
    pub(super) const IDENTITY: Self = Self { x: Fp::ZERO, y: Fp::ONE, t: Fp::ZERO, z: Fp::ONE };

    /// P.
    pub(crate) fn generator() -> Self {
        Self::from(&Affine::GENERATOR)
    }

    /// [k]self in constant time.
    ///
    /// Secret: k and self. Leaks: nothing.
    pub(crate) fn mul(&self, k: &Scalar) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(ifma) = Ifma::detect() {
            return ifma::windows::mul(ifma, self, k);
        }
        windows::mul(self, k)
    }

    /// Whether the order is q: whether [q − 1]self = −self, and self isn't O.
    ///
    /// Secret: self. Leaks: nothing.
    #[cfg(any(test, feature = "hazmat"))]
    pub(crate) fn has_order_q(&self) -> Choice {
        self.mul(&Scalar::minus_one()).is_minus(self) & !self.is_identity()
    }

    /// (1, 0), of order 4.
    #[cfg(test)]
    pub(crate) fn of_order_4() -> Self {
        Self { x: Fp::ONE, y: Fp::ZERO, t: Fp::ZERO, z: Fp::ONE }
    }

    /// Whether self = O, that is (0, 1).
    pub(crate) fn is_identity(&self) -> Choice {
        self.x.ct_eq(&Fp::ZERO) & self.y.ct_eq(&self.z) & self.is_point()
    }

    /// Whether self = −other, which is (−x, y) for other = (x, y).                         4M
    ///
    /// A value that isn't a point is the opposite of nothing.
    pub(crate) fn is_minus(&self, other: &Self) -> Choice {
        self.ct_eq(&-*other)
    }

    /// Whether Z ≠ 0, which holds for every point. No formula gives Z = 0, but a fault may.
    pub(crate) fn is_point(&self) -> Choice {
        !self.z.ct_eq(&Fp::ZERO)
    }

    /// The affine point.                                                              6M + I
    ///
    /// O and the point of order 2 give (0, 0), which no [`Affine`] may be.
    pub(crate) fn to_affine(self) -> Affine<Fp> {
        self.to_affine_over(self.affine_denominator().invert())
    }

    /// (Z − Y)X, which is 0 only at O and at the point of order 2.                        M
    pub(crate) fn affine_denominator(&self) -> Fp {
        (self.z - self.y) * self.x
    }

    /// The affine point, given the inverse of its denominator.                           5M
    ///
    /// x = 3β(Z + Y)/(Z − Y), y = αx·Z/X.
    pub(crate) fn to_affine_over(self, inverse: Fp) -> Affine<Fp> {
        let numerator = THREE_BETA * (self.z + self.y) * inverse;
        Affine { x: numerator * self.x, y: numerator * ALPHA * self.z }
    }
}

impl From<&Affine<Fp>> for Edwards<Fp> {
    /// The map with the common denominator y(βx − 1), so that nothing is inverted.      6M
    ///
    /// The type says that y ≠ 0. βx = 1 would mean v² = −(u³ + u) = 2 at u = −1, and 2 is not a square.
    fn from(point: &Affine<Fp>) -> Self {
        let bx = BETA * point.x;
        let ax = ALPHA * point.x;
        let (plus, minus) = (bx + Fp::ONE, bx - Fp::ONE);
        Self { x: ax * minus, y: point.y * plus, t: ax * plus, z: point.y * minus }
    }
}

impl ConstantTimeEq for Edwards<Fp> {
    /// Equality of the points, whatever their coordinates are scaled by.               4M
    ///
    /// A value that isn't a point equals nothing, not even itself. Otherwise (0, 0, 0, 0) would fulfil both equations
    /// with any point.
    fn ct_eq(&self, other: &Self) -> Choice {
        (self.x * other.z).ct_eq(&(other.x * self.z))
            & (self.y * other.z).ct_eq(&(other.y * self.z))
            & self.is_point()
            & other.is_point()
    }
}

impl ConditionallySelectable for Edwards<Fp> {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self {
            x: Fp::conditional_select(&a.x, &b.x, choice),
            y: Fp::conditional_select(&a.y, &b.y, choice),
            t: Fp::conditional_select(&a.t, &b.t, choice),
            z: Fp::conditional_select(&a.z, &b.z, choice),
        }
    }
}

impl<F: Zeroize> Zeroize for Edwards<F> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
        self.t.zeroize();
        self.z.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::counting::{Cost, Counted, cost_of};

    #[test]
    fn the_opposite_is_one_point() {
        let (p, order_4) = (Edwards::generator(), Edwards::of_order_4());
        assert!(bool::from((-p.double()).is_minus(&(p + p))));
        for other in [p, -p.double(), p + order_4, -p + order_4.double(), Edwards::IDENTITY] {
            assert!(!bool::from(other.is_minus(&p)));
        }
    }

    #[test]
    fn what_has_no_z_equals_nothing() {
        let p = Edwards::generator();
        let mut wiped = p;
        wiped.zeroize();
        let no_z = Edwards { z: Fp::ZERO, ..p };
        for none in [wiped, no_z] {
            for other in [p, -p, Edwards::IDENTITY, Edwards::of_order_4(), none] {
                assert!(!bool::from(none.ct_eq(&other) | other.ct_eq(&none)));
                assert!(!bool::from(none.is_minus(&other) | other.is_minus(&none)));
            }
            assert!(!bool::from(none.is_identity()));
        }
    }

    #[test]
    fn what_is_wiped_is_0() {
        let mut point = Edwards::generator();
        point.zeroize();
        let coordinates = [point.x, point.y, point.t, point.z];
        assert!(coordinates.iter().all(|coordinate| bool::from(coordinate.ct_eq(&Fp::ZERO))));
        let mut point = Affine::GENERATOR;
        point.zeroize();
        assert!(bool::from(point.x.ct_eq(&Fp::ZERO) & point.y.ct_eq(&Fp::ZERO)));
    }

    #[test]
    fn constants_satisfy_their_equations() {
        assert!(bool::from((Fp::THREE * BETA.square()).ct_eq(&-Fp::ONE)));
        assert!(bool::from((Fp::THREE * BETA).ct_eq(&THREE_BETA)));
        assert!(bool::from(ALPHA.square().ct_eq(&THREE_BETA.double())));
    }

    #[test]
    fn the_map_lands_on_the_edwards_curve_and_comes_back() {
        let point = Edwards::generator();
        let (xx, yy) = (point.x.square(), point.y.square());
        let zz = point.z.square();
        assert!(bool::from((zz * (xx + yy)).ct_eq(&(zz.square() - xx * yy))));
        assert!(bool::from((point.t * point.z).ct_eq(&(point.x * point.y))));
        assert!(bool::from(point.to_affine().ct_eq(&Affine::GENERATOR)));
    }

    /// The chord-and-tangent law on E itself, by its textbook formulas.
    fn weierstrass_add(p: Affine<Fp>, q: Affine<Fp>) -> Affine<Fp> {
        let slope = if bool::from(p.ct_eq(&q)) {
            (Fp::THREE * p.x.square() - Fp::THREE) * p.y.double().invert()
        } else {
            (q.y - p.y) * (q.x - p.x).invert()
        };
        let x = slope.square() - p.x - q.x;
        Affine { x, y: slope * (p.x - x) - p.y }
    }

    #[test]
    fn addition_and_doubling_are_those_of_the_weierstrass_curve() {
        let (mut edwards, mut affine) = (Edwards::generator(), Affine::GENERATOR);
        for _ in 0..20 {
            assert!(bool::from(
                edwards.double().to_affine().ct_eq(&weierstrass_add(affine, affine))
            ));
            assert!(bool::from((edwards + edwards).ct_eq(&edwards.double())));
            let sum = edwards.double() + Edwards::generator();
            affine = weierstrass_add(weierstrass_add(affine, affine), Affine::GENERATOR);
            assert!(bool::from(sum.to_affine().ct_eq(&affine)));
            edwards = sum;
        }
    }

    #[test]
    fn exceptional_points_need_no_care() {
        let (p, order_4) = (Edwards::generator(), Edwards::of_order_4());
        let order_2 = Edwards { x: Fp::ZERO, y: -Fp::ONE, t: Fp::ZERO, z: Fp::ONE };
        assert!(bool::from((order_4 + order_4).ct_eq(&order_2)));
        assert!(bool::from((p + Edwards::IDENTITY).ct_eq(&p)));
        for o in [p + -p, Edwards::IDENTITY.double(), order_2 + order_2, order_4.double().double()]
        {
            assert!(bool::from(o.is_identity()));
        }
        for other in [order_4, order_2, order_4 + order_2, p, p + order_2, p + order_4] {
            assert!(!bool::from(other.is_identity()));
            assert_eq!(bool::from(other.has_order_q()), bool::from(other.ct_eq(&p)));
        }
        assert!(!bool::from(Edwards::IDENTITY.has_order_q()));
    }

    #[test]
    fn multiplication_is_repeated_addition() {
        let p = Edwards::generator();
        let scalar = |n: u8| {
            let mut octets = [0; 128];
            octets[127] = n;
            Scalar::reduce(&octets)
        };
        assert!(bool::from(p.mul(&scalar(0)).is_identity()));
        let mut expected = p;
        for n in 1..40 {
            assert!(bool::from(p.mul(&scalar(n)).ct_eq(&expected)), "{n}");
            expected = expected + p;
        }
        for k in [Scalar::minus_one(), Scalar::reduce(&[0x9d; 128])] {
            assert!(bool::from(p.mul(&k).ct_eq(&windows::mul(&p, &k))));
        }
        assert!(bool::from((p.mul(&Scalar::minus_one()) + p).is_identity()));
    }

    #[test]
    fn costs_are_as_stated() {
        let f = Counted(ALPHA);
        let point = Edwards { x: f, y: f, t: f, z: f };
        assert_eq!(cost_of(|| _ = point.double()), Cost { products: 4, squares: 4 });
        assert_eq!(cost_of(|| _ = point + point), Cost { products: 9, squares: 0 });
    }
}
