//! The group of P-256 on top of [`jacobian`](crate::jacobian), for every form of its field.
//!
//! The functions named `_vartime` are complete. The others leave out the cases that they name.

#![expect(clippy::inline_always, reason = "CPU features don't pass a call")]

use subtle::{Choice, ConstantTimeEq};

use super::residue::{P, Residue};
use crate::field::Field;
use crate::jacobian::{Affine, Jacobian};

/// The operations that [`Jacobian::double_times`] needs beyond [`Field`].
pub(crate) trait Coordinate: Field {
    /// self/2.
    fn halve(self) -> Self;

    /// 2·self − b.
    #[inline]
    fn twice_minus(self, b: Self) -> Self {
        self.double() - b
    }

    /// 3(self − b).
    #[inline]
    fn thrice_difference(self, b: Self) -> Self {
        let difference = self - b;
        difference.double() + difference
    }
}

/// An element of the field of the curve.
pub(super) type Fp = Residue<P>;

impl Field for Fp {
    #[inline]
    fn square(self) -> Self {
        Self::square(self)
    }

    #[inline]
    fn double(self) -> Self {
        Self::double(self)
    }
}

impl Coordinate for Fp {
    #[inline]
    fn halve(self) -> Self {
        Self::halve(self)
    }
}

/// A form of [`Fp`] that is fast on one kind of CPU.
pub(crate) trait Element: Coordinate {
    /// The proof that this CPU is of that kind.
    type Token: Copy;

    fn enter(token: Self::Token, element: &Fp) -> Self;

    fn leave(self) -> Fp;
}

impl Element for Fp {
    type Token = ();

    #[inline]
    fn enter((): (), element: &Fp) -> Self {
        *element
    }

    #[inline]
    fn leave(self) -> Fp {
        self
    }
}

/// A point with the powers of Z that an addition needs.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Cached<F> {
    pub(super) x: F,
    pub(super) y: F,
    pub(super) z: F,
    pub(super) zz: F,
    pub(super) zzz: F,
}

impl<F: Coordinate> Jacobian<F> {
    /// \[2ⁿ\]self for n ≥ 1.                                          n(4M + 4S) + 2S − M
    ///
    /// With y = 2Y and w = Z⁴ kept from one doubling to the next, let a = 3(X² − w), b = X·y² and t = y⁴. Then
    ///
    /// ```text
    /// X′ = a² − 2b    Z′ = y·Z    y′ = 2a(b − X′) − t    w′ = w·t
    /// ```
    ///
    /// The slope is λ = 3(x² − 1)/(2y), and 3X² − 3Z⁴ is its numerator once the denominators are cleared. The formula
    /// is complete: no point has order 2, and Z = 0 gives Z′ = 0.
    ///
    /// [`Jacobian::double`] with its 3M + 5S saves M − S for each doubling, but takes 15 sums and differences where
    /// this takes 8. On four limbs these cost more: with the ADX kernel 1,069 instructions to 980, which is 9 %.
    pub(super) fn double_times(&self, n: usize) -> Self {
        self.double_times_inline(n)
    }

    /// [`double_times`](Self::double_times) inside of a function with CPU features of its own.
    #[inline(always)]
    pub(super) fn double_times_inline(&self, n: usize) -> Self {
        let (mut x, mut y, mut z) = (self.x, self.y.double(), self.z);
        let mut w = z.square().square();
        for left in (0..n).rev() {
            let yy = y.square();
            let a = x.square().thrice_difference(w);
            let b = x * yy;
            let t = yy.square();
            z = z * y;
            if left > 0 {
                w = w * t;
            }
            x = a.square().minus_twice(b);
            y = (a * (b - x)).twice_minus(t);
        }
        Self { x, y: y.halve(), z }
    }

    /// self + (x, y), see [`Jacobian::add`].                                          8M + 3S
    pub(super) fn add_affine(&self, other: &Affine<F>) -> Self {
        self.add_inline(other).0
    }

    /// [`add_affine`](Self::add_affine) twice, side by side.                     2(8M + 3S)
    ///
    /// One addition doesn't keep a CPU busy, and both together take only half as long again as one.
    #[inline]
    pub(super) fn add_affine_two([a, b]: [&Self; 2], [p, q]: [&Affine<F>; 2]) -> [Self; 2] {
        let zz = [a.z.square(), b.z.square()];
        let x2 = [p.x * zz[0], q.x * zz[1]];
        let zzz = [zz[0] * a.z, zz[1] * b.z];
        let y2 = [p.y * zzz[0], q.y * zzz[1]];
        let h = [x2[0] - a.x, x2[1] - b.x];
        let r = [y2[0] - a.y, y2[1] - b.y];
        let hh = [h[0].square(), h[1].square()];
        let z = [a.z * h[0], b.z * h[1]];
        let rr = [r[0].square(), r[1].square()];
        let hhh = [hh[0] * h[0], hh[1] * h[1]];
        let v = [a.x * hh[0], b.x * hh[1]];
        let x = [(rr[0] - hhh[0]).minus_twice(v[0]), (rr[1] - hhh[1]).minus_twice(v[1])];
        let y_hhh = [a.y * hhh[0], b.y * hhh[1]];
        let r_v = [r[0] * (v[0] - x[0]), r[1] * (v[1] - x[1])];
        [
            Self { x: x[0], y: r_v[0] - y_hhh[0], z: z[0] },
            Self { x: x[1], y: r_v[1] - y_hhh[1], z: z[1] },
        ]
    }

    /// self + other.                                                              11M + 3S
    ///
    /// Both points are brought to the same Z, which makes this one (X·Z₂², Y·Z₂³, Z·Z₂). Then follows
    /// [`Jacobian::add_chord`]. Not for self = ±other, nor if one of them is infinity: it gives Z′ = 0.
    pub(super) fn add_cached(&self, other: &Cached<F>) -> Self {
        self.add_cached_inline(other)
    }

    /// [`add_cached`](Self::add_cached) inside of a function with CPU features of its own.
    #[inline(always)]
    pub(super) fn add_cached_inline(&self, other: &Cached<F>) -> Self {
        let zz = self.z.square();
        let own = Self { x: self.x * other.zz, y: self.y * other.zzz, z: self.z * other.z };
        let h = other.x * zz - own.x;
        let r = other.y * (zz * self.z) - own.y;
        own.add_chord(r, h)
    }

    /// This point as a summand.                                                     M + S
    pub(super) fn cached(&self) -> Cached<F> {
        let zz = self.z.square();
        Cached { x: self.x, y: self.y, z: self.z, zz, zzz: zz * self.z }
    }
}

impl<F: Coordinate> Cached<F> {
    pub(super) fn negate(&self) -> Self {
        Self { y: -self.y, ..*self }
    }
}

impl From<&Affine<Fp>> for Jacobian<Fp> {
    fn from(point: &Affine<Fp>) -> Self {
        point.with_z(Fp::ONE)
    }
}

impl Affine<Fp> {
    #[inline]
    pub(super) fn enter<F: Element>(&self, token: F::Token) -> Affine<F> {
        Affine { x: F::enter(token, &self.x), y: F::enter(token, &self.y) }
    }

    /// The point in a form of the field, with Z = 1.
    #[inline]
    pub(super) fn enter_jacobian<F: Element>(&self, token: F::Token) -> Jacobian<F> {
        self.enter(token).with_z(F::enter(token, &Fp::ONE))
    }
}

/// Operations on public points.
impl<F: Element> Jacobian<F> {
    pub(super) fn infinity(token: F::Token) -> Self {
        let one = F::enter(token, &Fp::ONE);
        Self { x: one, y: one, z: F::enter(token, &Fp::ZERO) }
    }

    #[cfg(target_arch = "x86_64")]
    pub(super) fn leave(self) -> Jacobian<Fp> {
        Jacobian { x: self.x.leave(), y: self.y.leave(), z: self.z.leave() }
    }

    pub(super) fn is_infinity_vartime(&self) -> bool {
        self.z.leave().equals_vartime(&Fp::ZERO)
    }

    /// self + other for any two points. Leaks both.
    pub(super) fn add_affine_vartime(&self, token: F::Token, other: &Affine<F>) -> Self {
        if self.is_infinity_vartime() {
            return other.with_z(F::enter(token, &Fp::ONE));
        }
        let sum = self.add_affine(other);
        if !sum.is_infinity_vartime() {
            return sum;
        }
        // H = 0: the points are equal or opposite.
        let y = other.y * (self.z.square() * self.z);
        self.double_if_equal(token, self.y, y)
    }

    /// self + other for any two points. Leaks both.
    pub(super) fn add_cached_vartime(&self, token: F::Token, other: &Cached<F>) -> Self {
        if self.is_infinity_vartime() {
            return Self { x: other.x, y: other.y, z: other.z };
        }
        let sum = self.add_cached(other);
        if !sum.is_infinity_vartime() {
            return sum;
        }
        if other.z.leave().equals_vartime(&Fp::ZERO) {
            return *self;
        }
        let (y1, y2) = (self.y * other.zzz, other.y * (self.z.square() * self.z));
        self.double_if_equal(token, y1, y2)
    }

    fn double_if_equal(&self, token: F::Token, y1: F, y2: F) -> Self {
        if y1.leave().equals_vartime(&y2.leave()) {
            self.double_times(1)
        } else {
            Self::infinity(token)
        }
    }
}

impl Jacobian<Fp> {
    pub(super) const INFINITY: Self = Self { x: Fp::ONE, y: Fp::ONE, z: Fp::ZERO };

    /// Whether both are the same point, other than infinity.                       6M + 2S
    ///
    /// X₁Z₂² = X₂Z₁² and Y₁Z₂³ = Y₂Z₁³. A value with Z = 0 equals nothing, not even itself, because a fault may give
    /// (0, 0, 0), which fulfils both equations with any point.
    pub(super) fn ct_eq(&self, other: &Self) -> Choice {
        let (a, b) = (self.cached(), other.cached());
        (a.x * b.zz).ct_eq(&(b.x * a.zz))
            & (a.y * b.zzz).ct_eq(&(b.y * a.zzz))
            & !a.z.ct_eq(&Fp::ZERO)
            & !b.z.ct_eq(&Fp::ZERO)
    }
}
