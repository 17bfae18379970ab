//! The group law of y² = x³ − 3x + b in Jacobian coordinates: (X, Y, Z) is (X/Z², Y/Z³), and Z = 0
//! is infinity. The b isn't used.
//!
//! The bare formulas take constant time and leave cases out, as each says; what they give there
//! has Z = 0, which every one of them hands on: who excludes those cases otherwise looks at Z once,
//! at the end. The functions named `_vartime` are complete.

use zeroize::Zeroize;

use super::residue::{P, Residue};
use crate::field::Field;

/// What these formulas want of a field beyond [`Field`].
pub(super) trait Coordinate: Field {
    /// self/2.
    fn halve(self) -> Self;

    /// a − 2b.
    #[inline]
    fn minus_twice(a: Self, b: Self) -> Self {
        a - b.double()
    }

    /// 2a − b.
    #[inline]
    fn twice_minus(a: Self, b: Self) -> Self {
        a.double() - b
    }

    /// 3(a − b).
    #[inline]
    fn thrice_difference(a: Self, b: Self) -> Self {
        let difference = a - b;
        difference.double() + difference
    }
}

/// An element of the field the curve is over.
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

/// A form of [`Fp`] that a kind of CPU is fast with.
pub(super) trait Element: Coordinate {
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

/// A point (x, y), not infinity.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Affine<F> {
    pub(super) x: F,
    pub(super) y: F,
}

/// Any point.
#[derive(Clone, Copy)]
pub(super) struct Jacobian<F> {
    pub(super) x: F,
    pub(super) y: F,
    pub(super) z: F,
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
    /// On (X, y = 2Y, Z, w = Z⁴), a = 3(X² − w), b = X·y², t = y⁴:
    ///   X′ = a² − 2b    Z′ = y·Z    y′ = 2a(b − X′) − t    w′ = w·t
    /// which is λ = 3(x² − 1)/(2y) with denominators cleared, since 3X² − 3Z⁴ is its numerator.
    /// Complete: no point has order 2, and Z = 0 gives Z′ = 0.
    pub(super) fn double_times(&self, n: usize) -> Self {
        self.double_times_inline(n)
    }

    /// [`double_times`](Self::double_times) inside of a function with CPU features of its own.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "features don't pass a call")]
    pub(super) fn double_times_inline(&self, n: usize) -> Self {
        let (mut x, mut y, mut z) = (self.x, self.y.double(), self.z);
        let mut w = z.square().square();
        for left in (0..n).rev() {
            let yy = y.square();
            let a = F::thrice_difference(x.square(), w);
            let b = x * yy;
            let t = yy.square();
            z = z * y;
            if left > 0 {
                w = w * t;
            }
            x = F::minus_twice(a.square(), b);
            y = F::twice_minus(a * (b - x), t);
        }
        Self { x, y: y.halve(), z }
    }

    /// self + (x, y).                                                              8M + 3S
    ///
    /// H = x·Z² − X, r = y·Z³ − Y, V = X·H²:
    ///   X′ = r² − H³ − 2V    Y′ = r(V − X′) − Y·H³    Z′ = Z·H
    /// Not for self = ±(x, y) nor infinity: gives Z′ = 0.
    pub(super) fn add_affine(&self, other: &Affine<F>) -> Self {
        self.add_affine_inline(other)
    }

    /// [`add_affine`](Self::add_affine) inside of a function with CPU features of its own.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "features don't pass a call")]
    pub(super) fn add_affine_inline(&self, other: &Affine<F>) -> Self {
        let zz = self.z.square();
        let h = other.x * zz - self.x;
        let r = other.y * (zz * self.z) - self.y;
        let hh = h.square();
        let hhh = hh * h;
        let v = self.x * hh;
        let x = F::minus_twice(r.square() - hhh, v);
        Self { x, y: r * (v - x) - self.y * hhh, z: self.z * h }
    }

    /// [`add_affine`](Self::add_affine) twice, side by side: a CPU that isn't kept busy by one
    /// takes half as long again for both.                                       2(8M + 3S)
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
        let x = [F::minus_twice(rr[0] - hhh[0], v[0]), F::minus_twice(rr[1] - hhh[1], v[1])];
        let y_hhh = [a.y * hhh[0], b.y * hhh[1]];
        let r_v = [r[0] * (v[0] - x[0]), r[1] * (v[1] - x[1])];
        [
            Self { x: x[0], y: r_v[0] - y_hhh[0], z: z[0] },
            Self { x: x[1], y: r_v[1] - y_hhh[1], z: z[1] },
        ]
    }

    /// self + other.                                                              11M + 3S
    ///
    /// As [`add_affine`](Self::add_affine) with X·Z₂² for X, Y·Z₂³ for Y and Z·Z₂ for Z. Not for
    /// self = ±other nor where either is infinity: gives Z′ = 0.
    pub(super) fn add_cached(&self, other: &Cached<F>) -> Self {
        self.add_cached_inline(other)
    }

    /// [`add_cached`](Self::add_cached) inside of a function with CPU features of its own.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "features don't pass a call")]
    pub(super) fn add_cached_inline(&self, other: &Cached<F>) -> Self {
        let zz = self.z.square();
        let (x1, y1) = (self.x * other.zz, self.y * other.zzz);
        let h = other.x * zz - x1;
        let r = other.y * (zz * self.z) - y1;
        let hh = h.square();
        let hhh = hh * h;
        let v = x1 * hh;
        let x = F::minus_twice(r.square() - hhh, v);
        Self { x, y: r * (v - x) - y1 * hhh, z: self.z * other.z * h }
    }

    /// This point as a summand.                                                      M + S
    pub(super) fn cached(&self) -> Cached<F> {
        let zz = self.z.square();
        Cached { x: self.x, y: self.y, z: self.z, zz, zzz: zz * self.z }
    }

    /// The affine point, 1/Z being given.                                           3M + S
    pub(super) fn over(&self, z_inverse: F) -> Affine<F> {
        let square = z_inverse.square();
        Affine { x: self.x * square, y: self.y * (square * z_inverse) }
    }
}

impl<F: Coordinate> Affine<F> {
    /// This point with Z = `one`.
    pub(super) fn with_z(&self, one: F) -> Jacobian<F> {
        Jacobian { x: self.x, y: self.y, z: one }
    }

    pub(super) fn negate(&self) -> Self {
        Self { x: self.x, y: -self.y }
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

    /// As a point in a form.
    #[inline]
    pub(super) fn enter_jacobian<F: Element>(&self, token: F::Token) -> Jacobian<F> {
        self.enter(token).with_z(F::enter(token, &Fp::ONE))
    }
}

/// For public points.
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

    /// self + other for any two points; leaks both.
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

    /// self + other for any two points; leaks both.
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

    /// Whether both are the same point, other than infinity.
    ///
    /// X₁Z₂² = X₂Z₁² and Y₁Z₂³ = Y₂Z₁³. What has Z = 0 equals nothing, itself included: a fault may give
    /// (0, 0, 0), which fulfils both equations beside any point.
    pub(super) fn ct_eq(&self, other: &Self) -> subtle::Choice {
        use subtle::ConstantTimeEq;
        let (a, b) = (self.cached(), other.cached());
        (a.x * b.zz).ct_eq(&(b.x * a.zz))
            & (a.y * b.zzz).ct_eq(&(b.y * a.zzz))
            & !a.z.ct_eq(&Fp::ZERO)
            & !b.z.ct_eq(&Fp::ZERO)
    }
}

impl<F: Zeroize> Zeroize for Jacobian<F> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
        self.z.zeroize();
    }
}
