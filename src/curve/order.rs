//! Whether a public point has order q, at a fraction of the cost of \[q\]R.
//!
//! E(𝔽_p) is cyclic of order 4q, so the points of order q, and O, are those that can be halved twice.
//! On v² = u³ + u, where u = βx and the one point of order 2 is (0, 0):
//!
//! * (u, v) with u ≠ 0 can be halved if and only if u is a square, that is, if and only if u² + 1 = v²/u is one.
//! * A half has the u-coordinate s with u = (s − 1/s)²/4(s + 1/s), so t = s + 1/s solves
//!   t² − 4ut − 4 = 0: t = 2(u ± w) with w² = u² + 1. The product of these two t is −4, so one of them is a
//!   square. The t of a half is that one, because s(s² + 1) is a square, and so is (s² + 1)/s.
//! * That half can be halved if and only if s is a square, that is, if and only if t + 2 = (s + 1)²/s is one.
//!
//! For the two t, the product of the two t + 2 is 8u, which is not a square, because 2 is none. So for either sign of
//! w, t(t + 2) = 4(u + w)(u + w + 1) is a square if and only if t + 2 is one for the t that is a square.
//!
//! A value is found to be a square by its root: as p ≡ 3 (mod 4), the root of a square a is a^((p + 1)/4) = a^q.

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
    /// The Jacobi symbol tells whether t(t + 1) is a square, in a fraction of the time of a power. Half of all values
    /// have the right symbol, so a fault would often pass. Hence the symbol is computed twice.
    pub(crate) fn has_order_q_vartime(&self) -> bool {
        let u = fault::passed("βx", BETA * self.x);
        let w = first_root(u);
        let is_square = || fault::passed("t(t + 1)", self.second_over(w)).is_square_vartime();
        // The point is public.
        ct::declassify(self.has_first_root(w)) && is_square() && is_square()
    }

    /// Whether w is the root of this point's u² + 1.                                             M + 2S
    ///
    /// u is computed from x again, so that a value that a fault spoilt on the way to the root isn't used a second time.
    /// And the root must not be 0, because a fault may make both sides 0.
    fn has_first_root(&self, w: Fp) -> Choice {
        let u = BETA * black_box(self.x);
        w.square().ct_eq(&(u.square() + Fp::ONE)) & !w.ct_eq(&Fp::ZERO)
    }

    /// t(t + 1) for t = u + w, with u ≠ 0 computed from x again.                                     2M
    fn second_over(&self, w: Fp) -> Fp {
        let t = BETA * black_box(self.x) + w;
        t * (t + Fp::ONE)
    }
}

/// w = (u² + 1)^q, which is a root of u² + 1 if there is one.                    a power to q, S
fn first_root(u: Fp) -> Fp {
    let radicand = fault::passed("u² + 1", u.square() + Fp::ONE);
    fault::passed("root of u² + 1", radicand.pow_public(Q.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::Edwards;
    use crate::scalar::Scalar;

    /// A point of order q, its sums with the points of order 2 and 4, and the points of order 4.
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
