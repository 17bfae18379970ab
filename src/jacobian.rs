//! Points of y² = x³ − 3x + b in affine and in Jacobian coordinates: (X, Y, Z) is (X/Z², Y/Z³).
//!
//! No formula here uses b: it is 0 for the curve of RFC 6508, and another number for P-256. The formulas take constant
//! time and are not complete. Each names the cases that it leaves out, and gives Z′ = 0 in them. A Z of 0 always gives
//! Z′ = 0. So a caller who doesn't exclude such a case beforehand looks at Z once, at the end.

#![expect(clippy::inline_always, reason = "CPU features don't pass a call")]

use zeroize::Zeroize;

use crate::field::Field;

/// A point (x, y), not infinity.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Affine<F> {
    pub(crate) x: F,
    pub(crate) y: F,
}

/// Any point: (X/Z², Y/Z³), or infinity if Z = 0.
#[derive(Clone, Copy)]
pub(crate) struct Jacobian<F> {
    pub(crate) x: F,
    pub(crate) y: F,
    pub(crate) z: F,
}

/// The values that a tangent shares with its doubling. The slope is α/Z′.
pub(crate) struct Tangent<F> {
    pub(crate) alpha: F,
    pub(crate) two_yy: F,
    pub(crate) zz: F,
}

/// The values that a chord shares with its addition. The slope is R/Z′, and Z′ = ZH.
pub(crate) struct Chord<F> {
    pub(crate) r: F,
    pub(crate) h: F,
}

impl<F: Field> Affine<F> {
    /// This point with Z = `one`.
    pub(crate) fn with_z(&self, one: F) -> Jacobian<F> {
        Jacobian { x: self.x, y: self.y, z: one }
    }

    pub(crate) fn negate(&self) -> Self {
        Self { x: self.x, y: -self.y }
    }
}

impl<F: Field> Jacobian<F> {
    /// The affine point, given 1/Z.                                                  3M + S
    ///
    /// Not for infinity, where Z has no inverse.
    pub(crate) fn over(&self, inverse: F) -> Affine<F> {
        let square = inverse.square();
        Affine { x: self.x * square, y: self.y * (square * inverse) }
    }

    /// [2]T, and what its tangent shares with it.                                    3M + 5S
    ///
    /// a = −3, so 3x² − 3 = 3(X − Z²)(X + Z²)/Z⁴ (Bernstein, A software implementation of NIST
    /// P-224, 2001: EFD dbl-2001-b). With α = 3(X − Z²)(X + Z²) the slope is λ = α/(2YZ):
    ///
    /// ```text
    /// X′ = α² − 8XY²    Z′ = 2YZ = (Y + Z)² − Y² − Z²    Y′ = α(4XY² − X′) − 2(2Y²)²
    /// ```
    ///
    /// Not for T of order 2 nor infinity: it gives Z′ = 0.
    pub(crate) fn double(&self) -> (Self, Tangent<F>) {
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

    /// T + P for affine P, and what the chord through them shares with it.           8M + 3S
    ///
    /// EFD madd (Cohen, Miyaji, Ono 1998): H = x_P·Z² − X and R = y_P·Z³ − Y, then
    /// [`add_chord`](Self::add_chord). Not for T = ±P nor for T infinity: it gives Z′ = 0.
    pub(crate) fn add(&self, p: &Affine<F>) -> (Self, Chord<F>) {
        self.add_inline(p)
    }

    /// [`add`](Self::add) inside of a function with CPU features of its own.
    #[inline(always)]
    pub(crate) fn add_inline(&self, p: &Affine<F>) -> (Self, Chord<F>) {
        let zz = self.z.square();
        let h = p.x * zz - self.x;
        let r = p.y * (zz * self.z) - self.y;
        (self.add_chord(r, h), Chord { r, h })
    }

    /// T + (X + H, Y + R, Z), which is a point with the Z of T.                      5M + 2S
    ///
    /// ```text
    /// V = XH²    X′ = R² − H³ − 2V    Y′ = R(V − X′) − YH³    Z′ = ZH
    /// ```
    ///
    /// Not for H = 0, where the points are equal or opposite, nor for infinity: it gives Z′ = 0.
    #[inline(always)]
    pub(crate) fn add_chord(&self, r: F, h: F) -> Self {
        let hh = h.square();
        let hhh = hh * h;
        let v = self.x * hh;
        let x = (r.square() - hhh).minus_twice(v);
        Self { x, y: r.mul_minus_product(v - x, self.y, hhh), z: self.z * h }
    }
}

impl<F: Zeroize> Zeroize for Affine<F> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
    }
}

impl<F: Zeroize> Zeroize for Jacobian<F> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
        self.z.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Fp;
    use crate::field::counting::{Cost, Counted, cost_of};

    #[test]
    fn costs_are_as_stated() {
        let f = Counted(Fp::ONE);
        let point = Jacobian { x: f, y: f, z: f };
        let cost = |products, squares| Cost { products, squares };
        assert_eq!(cost_of(|| _ = point.over(f)), cost(3, 1));
        assert_eq!(cost_of(|| _ = point.double()), cost(3, 5));
        assert_eq!(cost_of(|| _ = point.add(&Affine { x: f, y: f })), cost(8, 3));
        assert_eq!(cost_of(|| _ = point.add_chord(f, f)), cost(5, 2));
    }
}
