//! The Miller loop with both arguments new: Jacobian steps x = X/Z², y = Y/Z³, each with the line
//! it draws, evaluated at φ(Q) = (−x_Q, i·y_Q).
//!
//! A line may be multiplied by any element of 𝔽_p*, which PF_p forgets: so the denominators of
//! RFC 6508's slopes are cleared, and the vertical lines, which lie in 𝔽_p*, are left out.

pub(super) mod windows;

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;
#[cfg(test)]
use zeroize::Zeroizing;

use crate::curve::Affine;
use crate::field::{Field, Fp, Fp2};
#[cfg(test)]
use crate::params::{Q, bits_below_top};

/// A multiple of the running point: (X/Z², Y/Z³).
#[derive(Clone, Copy)]
pub(super) struct Jacobian<F> {
    pub(super) x: F,
    pub(super) y: F,
    pub(super) z: F,
}

/// What a tangent shares with its doubling: the slope is α/Z′.
pub(super) struct Tangent<F> {
    pub(super) alpha: F,
    two_yy: F,
    zz: F,
}

/// What a chord shares with its addition: the slope is R/Z′, and Z′ = ZH.
pub(super) struct Chord<F> {
    pub(super) r: F,
    pub(super) h: F,
}

/// [`windows::miller_loop`] as the RFC has it, for comparison.
///
/// The loop runs over the bits of q − 1, as in the RFC, so that its last addition meets no vertical
/// line: 1021 doublings, 512 additions. Its schedule is that of a constant.
///
/// The value is right for P of order q: then no multiple met in the loop is O, ±P before an addition,
/// or of order 2, and no formula meets a case it doesn't handle. The second result is [q − 1]P for
/// every P with y ≠ 0, or has Z = 0, which stays once it comes.
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

impl<F: Zeroize> Zeroize for Jacobian<F> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
        self.z.zeroize();
    }
}

impl Jacobian<Fp> {
    /// Whether this is −P.
    pub(super) fn is_minus(&self, p: &Affine<Fp>) -> Choice {
        let zz = self.z.square();
        let x = self.x.ct_eq(&(p.x * zz));
        x & (-self.y).ct_eq(&(p.y * (zz * self.z))) & !self.z.ct_eq(&Fp::ZERO)
    }
}

impl<F: Field> Jacobian<F> {
    /// The affine point, given 1/Z.                                                  3M + S
    fn to_affine_over(self, inverse: F) -> Affine<F> {
        let inverse_zz = inverse.square();
        Affine { x: self.x * inverse_zz, y: self.y * (inverse_zz * inverse) }
    }

    /// [2]T, and the tangent at T.                                                  3M + 5S
    ///
    /// a = −3, so 3x² − 3 = 3(X − Z²)(X + Z²)/Z⁴ (Bernstein, A software implementation of NIST
    /// P-224, 2001: EFD dbl-2001-b). With α = 3(X − Z²)(X + Z²) the slope is λ = α/(2YZ):
    ///
    /// ```text
    /// X′ = α² − 8XY²    Z′ = 2YZ = (Y + Z)² − Y² − Z²    Y′ = α(4XY² − X′) − 2(2Y²)²
    /// ```
    ///
    /// T of order 2 and T = O give Z′ = 0: both are excluded by the loop.
    pub(super) fn double(self) -> (Self, Tangent<F>) {
        let zz = self.z.square();
        let yy = self.y.square();
        let two_yy = yy.double();
        let difference = (self.x - zz) * (self.x + zz);
        let alpha = difference.double() + difference;
        let four_xyy = self.x * two_yy.double();
        let x = alpha.square() - four_xyy.double();
        let z = (self.y + self.z).square() - yy - zz;
        let y = alpha.mul_minus_double_square(four_xyy - x, two_yy);
        (Self { x, y, z }, Tangent { alpha, two_yy, zz })
    }

    /// The tangent at φ(Q).                                                              4M
    ///
    /// RFC 6508's λ(x_Q + x) − y + i·y_Q, times Z′Z² ∈ 𝔽_p*, is
    ///
    /// ```text
    /// α(Z²x_Q + X) − 2Y² + i·Z′Z²y_Q
    /// ```
    ///
    /// It is 0 where Z′ is.
    fn tangent(self, doubled: &Self, tangent: &Tangent<F>, q: &Affine<F>) -> Fp2<F> {
        let Tangent { alpha, two_yy, zz } = *tangent;
        Fp2 { re: alpha * (zz * q.x + self.x) - two_yy, im: doubled.z * zz * q.y }
    }

    /// T + P for affine P, and the chord through them.                               8M + 3S
    ///
    /// EFD madd (Cohen, Miyaji, Ono 1998): H = x_P·Z² − X, R = y_P·Z³ − Y,
    ///
    /// ```text
    /// X′ = R² − H³ − 2XH²    Y′ = R(XH² − X′) − YH³    Z′ = ZH
    /// ```
    ///
    /// T = ±P or T = O gives Z′ = 0: excluded by the loop.
    pub(super) fn add(self, p: &Affine<F>) -> (Self, Chord<F>) {
        let zz = self.z.square();
        let h = p.x * zz - self.x;
        let r = p.y * (self.z * zz) - self.y;
        let hh = h.square();
        let hhh = h * hh;
        let xhh = self.x * hh;
        let z = self.z * h;
        let x = r.square() - hhh - xhh.double();
        let y = r.mul_minus_product(xhh - x, self.y, hhh);
        (Self { x, y, z }, Chord { r, h })
    }

    /// The chord that gave this sum, at φ(Q).                                            3M
    ///
    /// The slope is λ = R/Z′. RFC 6508's λ(x_Q + x_P) − y_P + i·y_Q, times Z′ ∈ 𝔽_p*, is
    ///
    /// ```text
    /// R(x_Q + x_P) − Z′y_P + i·Z′y_Q
    /// ```
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
