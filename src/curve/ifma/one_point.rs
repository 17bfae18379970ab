//! A point of the Edwards curve X² + Y² = 1 − X²Y² in two pairs of elements. It is for a base that is used once: there
//! each product waits for the one before, and half of eight lanes would be idle.

#![allow(unsafe_code, reason = "AVX-512: the reasons are numbered in field::ifma")]

use core::arch::x86_64::{_mm512_cmpeq_epi64_mask, _mm512_set1_epi64};

use subtle::Choice;
use zeroize::Zeroize;

use crate::backend::Ifma;
use crate::field::Fp;
use crate::field::ifma::pair::{FIRST, Fp50x2};

/// A point in extended coordinates as (Y, X) and (T, Z), T = XY/Z.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct OnePoint {
    yx: Fp50x2,
    tz: Fp50x2,
}

impl OnePoint {
    /// The point [X, Y, T, Z].
    pub(crate) fn enter(cpu: Ifma, [x, y, t, z]: &[Fp; 4]) -> Self {
        // SAFETY: field::ifma clause 1, by the token.
        unsafe { Self { yx: Fp50x2::enter(cpu, y, x), tz: Fp50x2::enter(cpu, t, z) } }
    }

    /// The inverse of [`enter`](Self::enter).
    pub(crate) fn leave(&self) -> [Fp; 4] {
        // SAFETY: field::ifma clause 1, as self exists.
        let ((y, x), (t, z)) = unsafe { (self.yx.leave(), self.tz.leave()) };
        [x, y, t, z]
    }

    /// self ← [2]self.                                                  4 pairs of products
    ///
    /// The formula of `curve::edwards` with all four results negated. The curve's equation gives X² + Y² = Z² − T²:
    ///
    /// ```text
    /// (Y + iX)² = H + iE   G = Z² − T²   F = Z² + T²               (EF : GH : EH : FG)
    /// ```
    ///
    /// The formula is right only for points of the curve. For these it has no exceptional case.
    #[inline]
    pub(crate) fn double(&mut self) {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { double(self) }
    }

    /// self ← self + rhs.                     3 pairs of products and one of sums of two products
    ///
    /// The formula of `curve::edwards`, and complete like that one:
    ///
    /// ```text
    /// (Y₁ + iX₁)(Y₂ + iX₂) = H + iE   F = Z₁Z₂ + T₁T₂   G = Z₁Z₂ − T₁T₂         (EF : GH : EH : FG)
    /// ```
    #[inline]
    pub(crate) fn add(&mut self, rhs: &Self) {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { add(self, rhs) }
    }

    /// −(x, y) = (−x, y).
    #[cfg(feature = "alloc")]
    pub(crate) fn negated(&self) -> Self {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { Self { yx: self.yx.negate(!FIRST), tz: self.tz.negate(FIRST) } }
    }

    /// ±`table[index]`. Every entry is read.
    ///
    /// [`entries`](crate::field::ifma::entries) has a look-up in which each lane selects for itself. It would need the
    /// table in another layout, because the digits of an entry lie across the lanes here, and this table is built anew
    /// for each base.
    ///
    /// Secret: the index and the sign. Leaks: nothing.
    #[inline]
    pub(crate) fn look_up(table: &[Self; 32], index: u8, negative: Choice) -> Self {
        // SAFETY: field::ifma clause 1, as the table has entries.
        unsafe { look_up(table, index, negative.unwrap_u8()) }
    }
}

impl Zeroize for OnePoint {
    fn zeroize(&mut self) {
        // SAFETY: field::ifma clause 2: zero is a value, and nothing is to be dropped.
        unsafe { zeroize::zeroize_flat_type(self) }
    }
}

/// See [`OnePoint::double`].
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn double(point: &mut OnePoint) {
    let he = point.yx.square_fp2();
    *point = product(he, point.tz.square());
}

/// See [`OnePoint::add`].
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn add(point: &mut OnePoint, rhs: &OnePoint) {
    let he = point.yx.mul_fp2(rhs.yx);
    *point = product(he, point.tz.mul(rhs.tz));
}

/// (EF : GH : EH : FG) for (H, E) and (C, D) with G = D − C, F = D + C.       2 pairs of products
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn product(he: Fp50x2, cd: Fp50x2) -> OnePoint {
    let (cc, dd) = (cd.lo(), cd.hi());
    let gf = dd.minus(cc).blend(dd.plus(cc));
    let (hg, ef) = (he.factor().lo().blend(gf.lo()), he.swap().factor().blend(gf));
    OnePoint { yx: he.mul(gf), tz: hg.mul(ef) }
}

/// See [`OnePoint::look_up`].
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn look_up(table: &[OnePoint; 32], index: u8, negative: u8) -> OnePoint {
    let wanted = _mm512_set1_epi64(index.into());
    let (mut yx, mut tz) = (Fp50x2::zero(), Fp50x2::zero());
    for (i, entry) in (0i64..).zip(table) {
        let here = _mm512_cmpeq_epi64_mask(wanted, _mm512_set1_epi64(i));
        yx = yx.or_where(here, entry.yx);
        tz = tz.or_where(here, entry.tz);
    }
    // −(x, y) = (−x, y).
    let negative = negative.wrapping_neg();
    OnePoint { yx: yx.negate(negative & !FIRST), tz: tz.negate(negative & FIRST) }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use subtle::ConstantTimeEq;

    /// Coordinates that need not satisfy the curve's equation, which addition doesn't use.
    fn coordinates(seed: u64) -> [Fp; 4] {
        let base = Fp::from_u64(0x9e37_79b9_7f4a_7c15).invert() * Fp::from_u64(seed + 2);
        [base, base + Fp::ONE, base.invert(), Fp::ZERO - Fp::from_u64(seed)]
    }

    fn expected([x, y, t, z]: [Fp; 4], [x2, y2, t2, z2]: [Fp; 4]) -> [Fp; 4] {
        let (e, h) = (x * y2 + y * x2, y * y2 - x * x2);
        let (f, g) = (z * z2 + t * t2, z * z2 - t * t2);
        [e * f, g * h, e * h, f * g]
    }

    #[test]
    fn adds_entries_as_one_by_one() {
        let Some(cpu) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        let table = core::array::from_fn(|i| coordinates(i as u64));
        let packed = table.each_ref().map(|entry| OnePoint::enter(cpu, entry));
        let mut sum = coordinates(99);
        let mut point = OnePoint::enter(cpu, &sum);
        for round in 0..64u8 {
            let (index, negative) = (round % 32, (round / 3) % 2);
            let entry = OnePoint::look_up(&packed, index, Choice::from(negative));
            point.add(&entry);
            let [x, y, t, z] = table[usize::from(index)];
            let signed = if negative == 1 { [-x, y, -t, z] } else { [x, y, t, z] };
            for (ours, theirs) in entry.leave().iter().zip(&signed) {
                assert!(bool::from(ours.ct_eq(theirs)));
            }
            sum = expected(sum, signed);
            for (ours, theirs) in point.leave().iter().zip(&sum) {
                assert!(bool::from(ours.ct_eq(theirs)));
            }
        }
    }
}
