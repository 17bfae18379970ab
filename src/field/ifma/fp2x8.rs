//! Eight elements of 𝔽_p² = 𝔽_p(i), one in each lane, which are changed in place.

use core::arch::x86_64::*;

use zeroize::Zeroize;

use super::columns::{Vectors, broadcast_digit, normalise};
use super::digits::TWICE_P;
use super::eight::{Fp52x8, add, mul, sub};
use super::entries::{Entries, look_up};
use crate::backend::Ifma;
use crate::field::{Fp, Fp2};

/// a + ib in each lane.
#[derive(Clone, Copy)]
pub(crate) struct Fp2x8 {
    a: Vectors,
    b: Vectors,
}

impl Fp2x8 {
    /// 1 in each lane.
    pub(crate) fn one(ifma: Ifma) -> Self {
        let [zero, one] = [Fp::ZERO, Fp::ONE].map(|element| Fp52x8::splat(ifma, element).0);
        Self { a: one, b: zero }
    }

    #[cfg(test)]
    pub(super) fn new(a: Fp52x8, b: Fp52x8) -> Self {
        Self { a: a.0, b: b.0 }
    }

    /// The elements.
    pub(crate) fn leave(&self) -> [Fp2<Fp>; 8] {
        let [re, im] = [self.a, self.b].map(|value| Fp52x8(value).leave());
        core::array::from_fn(|lane| Fp2 { re: re[lane], im: im[lane] })
    }

    /// (a + ib)² = (a + b)(a − b) + i·2ab.                                                  2M
    pub(crate) fn square(&mut self) {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { square(self) }
    }

    /// (a + ib)(t + i) = (at − b) + i(a + bt), where t is element `c` of entry `indices[l]` in lane l, negated
    /// where bit l of `negative` is set. Every entry is read.                              2M
    ///
    /// Secret: the elements, the indices, the signs. Leaks: nothing.
    pub(crate) fn mul_by_entry<const C: usize>(
        &mut self,
        table: &Entries<C>,
        c: usize,
        indices: [u8; 8],
        negative: u8,
    ) {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { mul_by_entry(self, table, c, indices, negative) }
    }
}

impl Zeroize for Fp2x8 {
    fn zeroize(&mut self) {
        self.a.zeroize();
        self.b.zeroize();
    }
}

/// See [`Fp2x8::square`]. The factors are below 3p + 2¹⁰¹² < 2¹⁰²⁶.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn square(Fp2x8 { a, b }: &mut Fp2x8) {
    let sum = normalise(|i| _mm512_add_epi64(a[i], b[i]));
    let lifted = |i: usize| _mm512_add_epi64(a[i], broadcast_digit(TWICE_P[i]));
    let difference = normalise(|i| _mm512_sub_epi64(lifted(i), b[i]));
    let doubled = normalise(|i| _mm512_add_epi64(a[i], a[i]));
    *b = mul(&doubled, b);
    *a = mul(&sum, &difference);
}

/// See [`Fp2x8::mul_by_entry`]. For −t, 2p − t is used without reduction.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn mul_by_entry<const C: usize>(
    Fp2x8 { a, b }: &mut Fp2x8,
    table: &Entries<C>,
    c: usize,
    indices: [u8; 8],
    negative: u8,
) {
    let found = look_up(table, c, indices);
    let t = normalise(|i| {
        let t = found.digit(i);
        _mm512_mask_sub_epi64(t, negative, broadcast_digit(TWICE_P[i]), t)
    });
    let (at, bt) = (mul(a, &t), mul(b, &t));
    (*a, *b) = (sub(&at, b), add(a, &bt));
}
