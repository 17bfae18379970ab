//! The Miller loop with both arguments new: Jacobian steps x = X/Z², y = Y/Z³, each with the line
//! it draws, evaluated at φ(Q) = (−x_Q, i·y_Q).
//!
//! A line may be multiplied by any element of 𝔽_p*, which PF_p forgets: so the denominators of
//! RFC 6508's slopes are cleared, and the vertical lines, which lie in 𝔽_p*, are left out.

use zeroize::{Zeroize, Zeroizing};

use crate::curve::Affine;
use crate::field::{Field, Fp2};
use crate::params::{Q, bits_below_top};

/// A multiple of the running point: (X/Z², Y/Z³).
#[derive(Clone, Copy)]
struct Jacobian<F> {
    x: F,
    y: F,
    z: F,
}

/// f_{q,P}(φ(Q)) up to 𝔽_p*: RFC 6508 section 3.2 before its final power.
///
/// The loop runs over the bits of q − 1, as in the RFC, so that its last addition meets no vertical
/// line: 1021 doublings, 512 additions. Its schedule is that of a constant.
///
/// P must have order q. Then no multiple met in the loop is O, ±P before an addition, or of order
/// 2, and no formula meets a case it doesn't handle.
pub(super) fn miller_loop<F: Field>(one: Fp2<F>, p: &Affine<F>, q: &Affine<F>) -> Fp2<F> {
    let mut multiple = Zeroizing::new(Jacobian { x: p.x, y: p.y, z: one.re });
    let mut f = one;
    for bit in bits_below_top(&Q.as_ref().wrapping_sub(&crypto_bigint::U1024::ONE)) {
        let tangent;
        (*multiple, tangent) = multiple.double(q);
        f = f.square() * tangent;
        if bit {
            let chord;
            (*multiple, chord) = multiple.add(p, q);
            f = f * chord;
        }
    }
    f
}

impl<F: Zeroize> Zeroize for Jacobian<F> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
        self.z.zeroize();
    }
}

impl<F: Field> Jacobian<F> {
    /// [2]T, and the tangent at T.                                                  7M + 5S
    ///
    /// a = −3, so 3x² − 3 = 3(X − Z²)(X + Z²)/Z⁴ (Bernstein, A software implementation of NIST
    /// P-224, 2001: EFD dbl-2001-b). With α = 3(X − Z²)(X + Z²) the slope is λ = α/(2YZ):
    ///
    /// ```text
    /// X′ = α² − 8XY²    Z′ = 2YZ = (Y + Z)² − Y² − Z²    Y′ = α(4XY² − X′) − 8Y⁴
    /// ```
    ///
    /// RFC 6508's λ(x_Q + x) − y + i·y_Q, times Z′Z² ∈ 𝔽_p*, is
    ///
    /// ```text
    /// α(Z²x_Q + X) − 2Y² + i·Z′Z²y_Q
    /// ```
    ///
    /// T of order 2 gives Z′ = 0, and T = O a line that is 0: both are excluded by the loop.
    fn double(self, q: &Affine<F>) -> (Self, Fp2<F>) {
        let zz = self.z.square();
        let yy = self.y.square();
        let xyy = self.x * yy;
        let difference = (self.x - zz) * (self.x + zz);
        let alpha = difference.double() + difference;
        let four_xyy = xyy.double().double();
        let x = alpha.square() - four_xyy.double();
        let z = (self.y + self.z).square() - yy - zz;
        let y = alpha * (four_xyy - x) - yy.square().double().double().double();
        let tangent = Fp2 { re: alpha * (zz * q.x + self.x) - yy.double(), im: z * zz * q.y };
        (Self { x, y, z }, tangent)
    }

    /// T + P for affine P, and the chord through them.                              11M + 3S
    ///
    /// EFD madd (Cohen, Miyaji, Ono 1998): H = x_P·Z² − X, R = y_P·Z³ − Y,
    ///
    /// ```text
    /// X′ = R² − H³ − 2XH²    Y′ = R(XH² − X′) − YH³    Z′ = ZH
    /// ```
    ///
    /// The slope is λ = R/Z′. RFC 6508's λ(x_Q + x_P) − y_P + i·y_Q, times Z′ ∈ 𝔽_p*, is
    ///
    /// ```text
    /// R(x_Q + x_P) − Z′y_P + i·Z′y_Q
    /// ```
    ///
    /// T = ±P or T = O gives Z′ = 0: excluded by the loop.
    fn add(self, p: &Affine<F>, q: &Affine<F>) -> (Self, Fp2<F>) {
        let zz = self.z.square();
        let h = p.x * zz - self.x;
        let r = p.y * (self.z * zz) - self.y;
        let hh = h.square();
        let hhh = h * hh;
        let xhh = self.x * hh;
        let z = self.z * h;
        let x = r.square() - hhh - xhh.double();
        let y = r * (xhh - x) - self.y * hhh;
        let chord = Fp2 { re: r * (q.x + p.x) - z * p.y, im: z * q.y };
        (Self { x, y, z }, chord)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Fp;
    use crate::field::counting::{Cost, Counted, cost_of};

    #[test]
    fn costs_are_as_stated() {
        let point = Affine::GENERATOR;
        let point = Affine { x: Counted(point.x), y: Counted(point.y) };
        let one = Fp2 { re: Counted(Fp::ONE), im: Counted(Fp::ZERO) };
        let multiple = Jacobian { x: point.x, y: point.y, z: Counted(Fp::ONE) };
        assert_eq!(cost_of(|| _ = multiple.double(&point)), Cost { products: 7, squares: 5 });
        assert_eq!(cost_of(|| _ = multiple.add(&point, &point)), Cost { products: 11, squares: 3 });
        // 1021 doublings, squarings of f and products with a tangent; 512 additions and products with a chord.
        assert_eq!(
            cost_of(|| _ = miller_loop(one, &point, &point)),
            Cost { products: 1021 * (7 + 2 + 3) + 512 * (11 + 3), squares: 1021 * 5 + 512 * 3 }
        );
    }
}
