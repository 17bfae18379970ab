//! Products and squares of eight lanes for [`miller`](super): operands as columns come in, columns go
//! out, and a multiple of p comes with them that keeps later differences positive.

use core::arch::x86_64::*;

use super::Columns;
use crate::field::ifma::digits::{DIGITS, MASK, P};
use crate::field::ifma::eight::{Vectors, broadcast_digit, multiply_add, opaque, reduce_row};

/// The body once for each digit.
macro_rules! unroll {
    ($i:ident => $body:block) => {
        unroll!($i => $body; 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19)
    };
    ($i:ident => $body:block; $($digit:literal)*) => {$({ const $i: usize = $digit; $body })*};
}

/// A multiple of p in each lane, as columns.
#[repr(C, align(64))]
pub(super) struct Lift(pub(super) Columns);

impl Lift {
    pub(super) const NONE: Self = Self::new([0; 8]);

    pub(super) const fn new(multiples: [u64; 8]) -> Self {
        let mut columns = [[0; 8]; DIGITS];
        let mut i = 0;
        while i < 8 * DIGITS {
            columns[i / 8][i % 8] = multiples[i % 8] * P[i / 8];
            i += 1;
        }
        Self(columns)
    }

    pub(super) const fn vectors(&self) -> &Vectors {
        // SAFETY: field::ifma clause 2.
        unsafe { &*core::ptr::from_ref(&self.0).cast() }
    }
}

/// The digits of columns of either sign, below 2⁶² in size, in the low 52 bits of each lane, which are
/// all that the multiplier reads.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(super) fn carried(column: impl Fn(usize) -> __m512i) -> Vectors {
    let mut out = [_mm512_setzero_si512(); DIGITS];
    let mut carry = _mm512_setzero_si512();
    unroll!(I => {
        out[I] = _mm512_add_epi64(column(I), carry);
        carry = _mm512_srai_epi64::<52>(out[I]);
    });
    out
}

/// a·b·R⁻¹ mod p as columns below 2⁵⁹, plus `lift`, for a·b < 2²⁰⁵².                 1620 IFMA
///
/// As [`eight::mul`](crate::field::ifma::eight::mul); the digit of `lift` that comes in with row j as its
/// highest column is the lowest one of what the last row leaves after j more.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(super) fn product(a: &Vectors, b: &Vectors, lift: &Lift, out: &mut Vectors) {
    debug_assert!(fit(a, b), "a product is below 2^2052");
    let mut columns = [_mm512_setzero_si512(); DIGITS + 1];
    for (&digit, &lift) in b.iter().zip(lift.vectors()) {
        let a = opaque(a);
        columns[DIGITS] = lift;
        for i in 0..DIGITS {
            multiply_add(&mut columns, i, a[i], digit);
        }
        reduce_row(&mut columns);
    }
    *out = core::array::from_fn(|i| columns[i]);
}

/// a²·R⁻¹ mod p as columns below 2⁵⁹, plus `lift`, for a < 2¹⁰²⁶.                      1240 IFMA
///
/// As [`eight::square`](crate::field::ifma::eight::square).
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(super) fn squared(a: &Vectors, lift: &Lift, out: &mut Vectors) {
    debug_assert!(fit(a, a), "a factor is below 2^1026");
    let (one, top) = (broadcast_digit(1), broadcast_digit(1 << 51));
    let mut doubled = [_mm512_setzero_si512(); DIGITS];
    let mut doubled_lowest = doubled;
    for i in 0..DIGITS {
        doubled_lowest[i] = _mm512_add_epi64(a[i], a[i]);
        let carry = if i == 0 { 0 } else { _mm512_test_epi64_mask(a[i - 1], top) };
        doubled[i] = _mm512_mask_add_epi64(doubled_lowest[i], carry, doubled_lowest[i], one);
    }
    let lift = lift.vectors();
    let mut columns = [_mm512_setzero_si512(); DIGITS + 1];
    unroll!(J => {
        let doubled = opaque(&doubled);
        columns[DIGITS] = lift[J];
        multiply_add(&mut columns, J, a[J], a[J]);
        if J + 1 < DIGITS {
            let lowest = _mm512_add_epi64(a[(J + 1) % DIGITS], a[(J + 1) % DIGITS]);
            multiply_add(&mut columns, J + 1, lowest, a[J]);
        }
        for i in (0..DIGITS).skip(J + 2) {
            multiply_add(&mut columns, i, doubled[i], a[J]);
        }
        reduce_row(&mut columns);
    });
    *out = core::array::from_fn(|i| columns[i]);
}

/// Whether each lane of a times that of b is below 2²⁰⁵², judged by their top two digits. For
/// assertions.
fn fit(a: &Vectors, b: &Vectors) -> bool {
    let [a, b] = [a, b].map(super::columns);
    let top = |x: &Columns, lane: usize| {
        u128::from(x[DIGITS - 2][lane] & MASK) + (u128::from(x[DIGITS - 1][lane]) << 52)
    };
    // Both below 2⁹² in units of 2⁹³⁶, rounded up in units of 2⁹⁶⁸.
    (0..8).all(|lane| {
        let [a, b] = [a, b].map(|x| (top(x, lane) >> 32) + 1);
        a < 1 << 60 && b < 1 << 60 && a * b <= 1 << (2052 - 2 * 968)
    })
}
