//! Whether a public point has order q, for a fraction of what \[q\]R costs.
//!
//! E(𝔽_p) is cyclic of order 4q, so the points of order q, and O, are those that can be halved twice.
//! On v² = u³ + u, with u = βx, whose one point of order 2 is (0, 0):
//!
//! * (u, v) with u ≠ 0 can be halved if and only if u is a square; then so is u² + 1 = v²/u, and
//!   only then.
//! * A half has the u-coordinate s with u = (s − 1/s)²/4(s + 1/s), so t = s + 1/s solves
//!   t² − 4ut − 4 = 0: t = 2(u ± w) with w² = u² + 1. Of the two, whose product is −4, one is a
//!   square. It is this t, as s(s² + 1) is a square and with it (s² + 1)/s.
//! * That half can be halved if and only if s is a square, and with it t + 2 = (s + 1)²/s.
//!
//! The two t + 2 have the product 8u, no square as 2 is none. So for either sign of w, t(t + 2) =
//! 4(u + w)(u + w + 1) is a square if and only if t + 2 is one for the t that is a square.
//!
//! Squares are told by roots: as p ≡ 3 (mod 4), the root of a square a is a^((p + 1)/4) = a^q.

use core::hint::black_box;

use subtle::{Choice, ConstantTimeEq};

use super::Affine;
use super::edwards::BETA;
use crate::ct;
use crate::fault;
use crate::field::{Field, Fp};
use crate::params::Q;

impl Affine<Fp> {
    /// Whether the order is q, of a public point.                             a power to q, 6M + 3S
    ///
    /// Whether t(t + 1) is a square is told by its Jacobi symbol, in a fraction of the time of a power. A
    /// symbol holds for half of all values, so it is computed twice, for a fault in either.
    pub(crate) fn has_order_q_vartime(&self) -> bool {
        let u = fault::passed("βx", BETA * self.x);
        let w = first_root(u);
        let is_square = || fault::passed("t(t + 1)", self.second_over(w)).is_square_vartime();
        // The point is public.
        ct::declassify(self.has_first_root(w)) && is_square() && is_square()
    }

    /// Whether w is the root of this point's u² + 1.                                             M + 2S
    ///
    /// u comes from x again: what a fault spoilt on the way to the root doesn't come in a second time. And
    /// the root isn't 0, which a fault may have made of both sides.
    fn has_first_root(&self, w: Fp) -> Choice {
        let u = BETA * black_box(self.x);
        w.square().ct_eq(&(u.square() + Fp::ONE)) & !w.ct_eq(&Fp::ZERO)
    }

    /// t(t + 1) for t = u + w, with u ≠ 0 from x again.                                              2M
    fn second_over(&self, w: Fp) -> Fp {
        let t = BETA * black_box(self.x) + w;
        t * (t + Fp::ONE)
    }
}

/// w = (u² + 1)^q, which is the root of u² + 1 if it has one.                             a power, S
fn first_root(u: Fp) -> Fp {
    let radicand = fault::passed("u² + 1", u.square() + Fp::ONE);
    fault::passed("root of u² + 1", radicand.pow_public(Q.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::Edwards;
    use crate::scalar::Scalar;

    /// A point of order q, plus each of the points of order 2 and 4; and those of order 4.
    fn points(seed: u8) -> [Affine<Fp>; 6] {
        let k = Edwards::generator().mul(&Scalar::reduce(&[seed; 128]));
        let one = Edwards::of_order_4();
        let (two, three) = (one.double(), one.double() + one);
        [k, k + two, k + one, k + three, one, three].map(Edwards::to_affine)
    }

    #[test]
    fn one_coset_of_four_has_order_q() {
        for seed in [1, 2, 3, 0x5a, 0xa7, 0xff] {
            for (i, point) in points(seed).iter().enumerate() {
                assert!(bool::from(point.is_on_curve()));
                assert_eq!(point.has_order_q_vartime(), i == 0);
                assert_eq!(bool::from(Edwards::from(point).has_order_q()), i == 0);
            }
        }
    }

    #[test]
    fn squares_are_those_that_have_roots() {
        assert!(!Fp::ZERO.is_square_vartime());
        let mut element = BETA;
        for _ in 0..40 {
            element = element * Fp::THREE + Fp::ONE;
            let has_root = element.pow_public(Q.as_ref()).square().ct_eq(&element);
            assert_eq!(element.is_square_vartime(), bool::from(has_root));
        }
    }

    #[test]
    fn two_has_no_root() {
        let two = Fp::ONE.double();
        assert!(!bool::from(two.pow_public(Q.as_ref()).square().ct_eq(&two)));
    }
}
