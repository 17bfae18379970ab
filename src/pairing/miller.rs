//! The Miller loop for two arguments of which neither is prepared. Its multiples of P are in Jacobian coordinates,
//! x = X/Z² and y = Y/Z³. Each step also gives the value of its line at φ(Q) = (−x_Q, i·y_Q).
//!
//! A line may be multiplied by any element of 𝔽_p*, which makes no difference in PF_p. So the denominators of
//! RFC 6508's slopes are cleared. Vertical lines are left out, because their values lie in 𝔽_p*.

pub(super) mod windows;

use subtle::{Choice, ConstantTimeEq};
#[cfg(test)]
use zeroize::Zeroizing;

use crate::curve::Affine;
use crate::field::{Field, Fp, Fp2};
use crate::jacobian::{Chord, Jacobian, Tangent};
#[cfg(test)]
use crate::params::{Q, bits_below_top};

/// The loop of RFC 6508, bit by bit: [`windows::miller_loop`] is compared with it.
///
/// It runs over the bits of q − 1, as in the RFC, so that no chord is vertical: 1021 doublings, 512 additions. Its
/// steps depend on this constant only.
///
/// The value is right for P of order q. Then no multiple is O or of order 2, none is ±P before an addition, and so no
/// formula meets a case that it doesn't handle. The second result is [q − 1]P for every P with y ≠ 0, unless a formula
/// met such a case. Then it has Z = 0, because a Z of 0 stays 0.
#[cfg(test)]
pub(super) fn miller_loop<F: Field>(
    one: Fp2<F>,
    p: &Affine<F>,
    q: &Affine<F>,
) -> (Fp2<F>, Zeroizing<Jacobian<F>>) {
    let mut multiple = Zeroizing::new(Jacobian { x: p.x, y: p.y, z: one.re });
    let mut f = one;
    for bit in bits_below_top(&Q.as_ref().wrapping_sub(&crypto_bigint::U1024::ONE)) {
        let (doubled, tangent) = multiple.double();
        f = f.square() * multiple.tangent(&doubled, &tangent, q);
        *multiple = doubled;
        if bit {
            let (sum, chord) = multiple.add(p);
            f = f * sum.chord(&chord, p, q);
            *multiple = sum;
        }
    }
    (f, multiple)
}

impl Jacobian<Fp> {
    /// Whether this is −P.                                                           3M + S
    pub(super) fn is_minus(&self, p: &Affine<Fp>) -> Choice {
        let zz = self.z.square();
        let x = self.x.ct_eq(&(p.x * zz));
        x & (-self.y).ct_eq(&(p.y * (zz * self.z))) & !self.z.ct_eq(&Fp::ZERO)
    }
}

impl<F: Field> Jacobian<F> {
    /// The tangent at φ(Q).                                                              4M
    ///
    /// RFC 6508's λ(x_Q + x) − y + i·y_Q, times Z′Z² ∈ 𝔽_p*, is
    ///
    /// ```text
    /// α(Z²x_Q + X) − 2Y² + i·Z′Z²y_Q
    /// ```
    ///
    /// Not for T of order 2 nor infinity: Z′ = 0, and so the imaginary part is 0.
    fn tangent(self, doubled: &Self, tangent: &Tangent<F>, q: &Affine<F>) -> Fp2<F> {
        let Tangent { alpha, two_yy, zz } = *tangent;
        Fp2 { re: alpha * (zz * q.x + self.x) - two_yy, im: doubled.z * zz * q.y }
    }

    /// The chord of the addition that gave this sum, at φ(Q).                            3M
    ///
    /// The slope is λ = R/Z′. RFC 6508's λ(x_Q + x_P) − y_P + i·y_Q, times Z′ ∈ 𝔽_p*, is
    ///
    /// ```text
    /// R(x_Q + x_P) − Z′y_P + i·Z′y_Q
    /// ```
    ///
    /// Not for the cases that the addition leaves out: Z′ = 0, and so the imaginary part is 0.
    fn chord(self, chord: &Chord<F>, p: &Affine<F>, q: &Affine<F>) -> Fp2<F> {
        Fp2 { re: chord.r.mul_minus_product(q.x + p.x, self.z, p.y), im: self.z * q.y }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::counting::{Cost, Counted, cost_of};

    #[test]
    fn minus_p_is_one_point() {
        let p = Affine::GENERATOR;
        let (z, minus_y) = (Fp::THREE, -p.y);
        let scaled = |x: Fp, y: Fp| Jacobian { x: x * z.square(), y: y * z.square() * z, z };
        assert!(bool::from(scaled(p.x, minus_y).is_minus(&p)));
        for (x, y) in [(p.x, p.y), (p.x.double(), minus_y), (p.x.double(), p.y)] {
            assert!(!bool::from(scaled(x, y).is_minus(&p)));
        }
        for y in [p.y, minus_y, Fp::ZERO] {
            let infinity = Jacobian { x: Fp::ZERO, y, z: Fp::ZERO };
            assert!(!bool::from(infinity.is_minus(&p)));
        }
    }

    #[test]
    fn costs_are_as_stated() {
        let point = Affine::GENERATOR;
        let point = Affine { x: Counted(point.x), y: Counted(point.y) };
        let one = Fp2 { re: Counted(Fp::ONE), im: Counted(Fp::ZERO) };
        let multiple = Jacobian { x: point.x, y: point.y, z: Counted(Fp::ONE) };
        assert_eq!(cost_of(|| _ = multiple.double()), Cost { products: 3, squares: 5 });
        assert_eq!(cost_of(|| _ = multiple.add(&point)), Cost { products: 8, squares: 3 });
        // 1021 doublings, squarings of f and products with a tangent; 512 additions and products with a chord.
        assert_eq!(
            cost_of(|| _ = miller_loop(one, &point, &point)),
            Cost { products: 1021 * (7 + 2 + 3) + 512 * (11 + 3), squares: 1021 * 5 + 512 * 3 }
        );
    }
}
