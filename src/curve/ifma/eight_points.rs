//! Eight points of the Edwards curve X² + Y² = 1 − X²Y², one in each lane, which are changed in place.
//!
//! No sum is reduced: a factor may be as large as 2¹⁰²⁶, which is more than 6p, and the product of two factors
//! as large as 2²⁰⁵², which is more than 44p².

#![allow(unsafe_code, reason = "AVX-512: the reasons are numbered in field::ifma")]
#![allow(clippy::wildcard_imports, reason = "the intrinsics have a prefix of their own")]
#![allow(clippy::needless_range_loop, reason = "the columns of several numbers run together")]

use core::arch::x86_64::*;

use zeroize::Zeroize;

use crate::backend::Ifma;
use crate::field::Fp;
use crate::field::ifma::columns::{Vectors, broadcast_digit, normalise, take_in};
use crate::field::ifma::digits::{DIGITS, THREE_P, TWICE_P};
use crate::field::ifma::eight::{Fp52x8, mul, square};
use crate::field::ifma::entries::{DigitEntries, wanted};

/// Eight points (X : Y : T : Z), T = XY/Z.
#[derive(Clone, Copy)]
pub(crate) struct EightPoints {
    x: Vectors,
    y: Vectors,
    t: Vectors,
    z: Vectors,
}

/// A table of affine points (x, y) of odd order, each as 1/y − x, 1/y + x and 2x/y.
pub(crate) type OddTable = DigitEntries<3>;

/// The entry of an [`OddTable`] for (x, y), given x and 1/y.                              M
pub(crate) fn table_entry(x: Fp, inverse_of_y: Fp) -> [Fp; 3] {
    let t = x * inverse_of_y;
    [inverse_of_y - x, inverse_of_y + x, t + t]
}

impl EightPoints {
    /// O in each lane.
    pub(crate) fn identity(ifma: Ifma) -> Self {
        let [zero, one] = [Fp::ZERO, Fp::ONE].map(|element| Fp52x8::splat(ifma, element).0);
        Self { x: zero, y: one, t: zero, z: one }
    }

    /// The points with these X, Y, T and Z.
    #[cfg(test)]
    pub(super) fn new([x, y, t, z]: [Fp52x8; 4]) -> Self {
        Self { x: x.0, y: y.0, t: t.0, z: z.0 }
    }

    /// The points, each as [X, Y, T, Z].
    pub(crate) fn leave(&self) -> [[Fp; 4]; 8] {
        let [x, y, t, z] = [self.x, self.y, self.t, self.z].map(|value| Fp52x8(value).leave());
        core::array::from_fn(|lane| [x[lane], y[lane], t[lane], z[lane]])
    }

    /// Doubles each point.                                                            4M + 4S
    ///
    /// The formula of `curve::edwards`, which doesn't read T. It has no exceptional case.
    pub(crate) fn double(&mut self) {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { double(self) }
    }

    /// Adds entry `indices[l]` of the 32 to the point of lane l, or subtracts it where bit l of `negative` is set.
    /// Every entry is read. T is computed if `WITH_T`, and is otherwise left as it was.
    ///                                                             7M with T, 6M without
    ///
    /// (X : Y : T : Z) ↦ (T : Z : X : Y) is an isomorphism to −X² + Y² = 1 + X²Y², which maps (x, y) to
    /// (x, 1/y). On that curve an addition costs less: Hisil, Wong, Carter, Dawson, Twisted Edwards curves
    /// revisited, section 4.2. In the coordinates used here, for an affine (x, y):
    ///
    /// ```text
    /// A = (Z − T)(1/y − x)   B = (Z + T)(1/y + x)   C = X·2x/y   D = 2Y
    /// E = B − A   F = D − C   G = D + C   H = B + A          (EH : FG : EF : GH)
    /// ```
    ///
    /// The formula is complete only for points of odd order: if the sum or the difference has order 4, F or G is
    /// 0, and a point of order 4 has no 1/y.
    ///
    /// −(x, y) = (−x, y). So a negative entry has its first two numbers exchanged, and F and G change places.
    ///
    /// Secret: the points, the indices, the signs. Leaks: nothing.
    pub(crate) fn add_entry<const WITH_T: bool>(
        &mut self,
        table: &OddTable,
        indices: [u8; 8],
        negative: u8,
    ) {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { add_entry::<WITH_T>(self, table, indices, negative) }
    }
}

impl Zeroize for EightPoints {
    fn zeroize(&mut self) {
        for value in [&mut self.x, &mut self.y, &mut self.t, &mut self.z] {
            value.zeroize();
        }
    }
}

/// See [`EightPoints::add_entry`]. Up to 2¹⁰¹⁴, E is below 3p, H below 2p, one of F and G below 4p and the other below
/// 3p. So no product exceeds 12p² by much, and 44p² < 2²⁰⁵².
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn add_entry<const WITH_T: bool>(
    point: &mut EightPoints,
    table: &OddTable,
    indices: [u8; 8],
    negative: u8,
) {
    let wanted = wanted(indices);
    // The factors of Z − T, Z + T and X.
    let mut entry = [[_mm512_setzero_si512(); DIGITS]; 3];
    for i in 0..DIGITS {
        let [minus, plus, twice] = [0, 1, 2].map(|c| table.digit(c, i, wanted));
        entry[0][i] = take_in(negative, minus, plus);
        entry[1][i] = take_in(negative, plus, minus);
        entry[2][i] = twice;
    }
    let z_less_t = normalise(|i| less(point.z[i], point.t[i], i));
    let z_and_t = normalise(|i| _mm512_add_epi64(point.z[i], point.t[i]));
    let a = mul(&z_less_t, &entry[0]);
    let b = mul(&z_and_t, &entry[1]);
    let c = mul(&point.x, &entry[2]);
    let e = normalise(|i| less(b[i], a[i], i));
    let h = normalise(|i| _mm512_add_epi64(b[i], a[i]));
    // D − C and D + C, or the other way round.
    let twice_p = |i| broadcast_digit(TWICE_P[i]);
    let [f, g] = [negative, !negative].map(|added| {
        normalise(|i| {
            let d = _mm512_add_epi64(point.y[i], point.y[i]);
            let c = take_in(added, _mm512_sub_epi64(twice_p(i), c[i]), c[i]);
            _mm512_add_epi64(d, c)
        })
    });
    point.x = mul(&e, &h);
    point.y = mul(&f, &g);
    if WITH_T {
        point.t = mul(&e, &f);
    }
    point.z = mul(&g, &h);
}

/// See [`EightPoints::double`]. 2p or 3p is added to each difference, so the factors are positive and below 5p.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn double(point: &mut EightPoints) {
    let sum = normalise(|i| _mm512_add_epi64(point.x[i], point.y[i]));
    let (a, b) = (square(&point.x), square(&point.y));
    let (c, s) = (square(&point.z), square(&sum));
    let g = normalise(|i| _mm512_add_epi64(a[i], b[i]));
    let h = normalise(|i| less(a[i], b[i], i));
    let thrice_p = |i| broadcast_digit(THREE_P[i]);
    // (X + Y)² − G and G − 2Z²
    let e = normalise(|i| {
        let added = _mm512_add_epi64(s[i], thrice_p(i));
        _mm512_sub_epi64(added, _mm512_add_epi64(a[i], b[i]))
    });
    let f = normalise(|i| {
        let added = _mm512_add_epi64(_mm512_add_epi64(a[i], b[i]), thrice_p(i));
        _mm512_sub_epi64(added, _mm512_add_epi64(c[i], c[i]))
    });
    point.x = mul(&e, &f);
    point.y = mul(&g, &h);
    point.t = mul(&e, &h);
    point.z = mul(&f, &g);
}

/// Column i of x − y + 2p, below 3p + 2¹⁰¹².
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn less(x: __m512i, y: __m512i, i: usize) -> __m512i {
    _mm512_sub_epi64(_mm512_add_epi64(x, broadcast_digit(TWICE_P[i])), y)
}
