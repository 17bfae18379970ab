//! Integers in the lanes as columns: 20 vectors of which vector i counts 2⁵²ⁱ, with more than 52 bits
//! and of either sign between two carries. Products and squares modulo p, and selections of lanes.

use core::arch::asm;
use core::arch::x86_64::*;

use super::digits::{DIGITS, MASK, MINUS_P_INVERSE, P};

/// The digits or columns of eight integers, each vector one of all.
pub(crate) type Vectors = [__m512i; DIGITS];

/// The same as integers, lane by lane.
pub(crate) type Columns = [[u64; 8]; DIGITS];

/// A multiple of p in each lane, as columns.
#[repr(C, align(64))]
pub(crate) struct Lift(pub(crate) Columns);

impl Lift {
    pub(crate) const NONE: Self = Self::new([0; 8]);

    pub(crate) const fn new(multiples: [u64; 8]) -> Self {
        let mut columns = [[0; 8]; DIGITS];
        let mut i = 0;
        while i < 8 * DIGITS {
            columns[i / 8][i % 8] = multiples[i % 8] * P[i / 8];
            i += 1;
        }
        Self(columns)
    }

    pub(crate) const fn vectors(&self) -> &Vectors {
        // SAFETY: field::ifma clause 2.
        unsafe { &*core::ptr::from_ref(&self.0).cast() }
    }
}

/// a·b·R⁻¹ mod p as columns below 2⁵⁹, for a·b < 2²⁰⁵², plus what `above` gives.          1620 IFMA
///
/// Row j adds a·b_j, then the m·p that clears the lowest column, and moves down by one column. Each
/// of the 20 rows adds at most four halves of a product to a column, so it stays below 2⁵⁹. What is
/// left is below p + 2¹⁰¹², as (ab + mp)/R with m < R is. Of the digits of a and b, the low 52 bits
/// count, which are all that the multiplier reads.
///
/// `above(j)` comes in with row j as its highest column, and is the lowest of what the last row leaves
/// after j more: column j of what is added.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn product(a: &Vectors, b: &Vectors, above: impl Fn(usize) -> __m512i) -> Vectors {
    debug_assert!(fit(a, b), "a product is below 2^2052");
    let mut columns = [_mm512_setzero_si512(); DIGITS + 1];
    for (row, &digit) in b.iter().enumerate() {
        columns[DIGITS] = above(row);
        let a = opaque(a);
        for i in 0..DIGITS {
            multiply_add(&mut columns, i, a[i], digit);
        }
        reduce_row(&mut columns);
    }
    core::array::from_fn(|i| columns[i])
}

/// a²·R⁻¹ mod p in the same way, for a < 2¹⁰²⁶.                                          1240 IFMA
///
/// Row j adds a_j·(a_j·2⁵²ʲ + 2·Σ a_i·2⁵²ⁱ over i > j), which lies in the columns that [`product`] holds
/// in its row j. The doubled sum has the digits of 2a but for its lowest one, which lacks the bit
/// that 2a_j carries into it. 2a < 2¹⁰⁴⁰ has no more digits than a.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn square(a: &Vectors, above: impl Fn(usize) -> __m512i) -> Vectors {
    debug_assert!(fit(a, a), "a factor is below 2^1026");
    let (one, top) = (broadcast_digit(1), broadcast_digit(1 << 51));
    let mut doubled = [_mm512_setzero_si512(); DIGITS];
    for i in 0..DIGITS {
        let carry = if i == 0 { 0 } else { _mm512_test_epi64_mask(a[i - 1], top) };
        let lowest = _mm512_add_epi64(a[i], a[i]);
        doubled[i] = add_in(carry, lowest, one);
    }
    let mut columns = [_mm512_setzero_si512(); DIGITS + 1];
    unroll!(J => {
        let doubled = opaque(&doubled);
        columns[DIGITS] = above(J);
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
    core::array::from_fn(|i| columns[i])
}

/// Columns i and i + 1 plus the two halves of x·y.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn multiply_add(columns: &mut [__m512i; DIGITS + 1], i: usize, x: __m512i, y: __m512i) {
    columns[i] = _mm512_madd52lo_epu64(columns[i], x, y);
    columns[i + 1] = _mm512_madd52hi_epu64(columns[i + 1], x, y);
}

/// (columns + m·p)/2⁵² for the m that makes it an integer; the last column becomes zero.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn reduce_row(columns: &mut [__m512i; DIGITS + 1]) {
    let p = opaque(&P);
    let zero = _mm512_setzero_si512();
    let m = _mm512_madd52lo_epu64(zero, columns[0], broadcast_digit(MINUS_P_INVERSE));
    let cleared = _mm512_madd52lo_epu64(columns[0], m, broadcast_digit(p[0]));
    for i in 1..DIGITS {
        let column = _mm512_madd52hi_epu64(columns[i], m, broadcast_digit(p[i - 1]));
        columns[i - 1] = _mm512_madd52lo_epu64(column, m, broadcast_digit(p[i]));
    }
    columns[DIGITS - 1] = _mm512_madd52hi_epu64(columns[DIGITS], m, broadcast_digit(p[DIGITS - 1]));
    columns[0] = _mm512_add_epi64(columns[0], _mm512_srli_epi64::<52>(cleared));
    columns[DIGITS] = zero;
}

/// Digits in [0, 2⁵²) from columns of either sign, below 2⁶² in size; the last keeps its sign.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn normalise(column: impl Fn(usize) -> __m512i) -> Vectors {
    let mask = broadcast_digit(MASK);
    let mut out = [_mm512_setzero_si512(); DIGITS];
    let mut carry = _mm512_setzero_si512();
    unroll!(I => {
        let sum = _mm512_add_epi64(column(I), carry);
        carry = _mm512_srai_epi64::<52>(sum);
        out[I] = _mm512_and_si512(sum, mask);
    });
    // With the sign: what the mask took from the last digit.
    out[DIGITS - 1] = _mm512_or_si512(out[DIGITS - 1], _mm512_slli_epi64::<52>(carry));
    out
}

/// The digits of columns of either sign, below 2⁶² in size, in the low 52 bits of each lane, which are
/// all that the multiplier reads.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn carried(column: impl Fn(usize) -> __m512i) -> Vectors {
    let mut out = [_mm512_setzero_si512(); DIGITS];
    let mut carry = _mm512_setzero_si512();
    unroll!(I => {
        out[I] = _mm512_add_epi64(column(I), carry);
        carry = _mm512_srai_epi64::<52>(out[I]);
    });
    debug_assert!(
        columns(&out).as_flattened().iter().all(|sum| sum.cast_signed().unsigned_abs() < 1 << 62),
        "a carry with its sign"
    );
    out
}

/// An index from which a lane isn't used.
pub(crate) const ANY: u8 = 0;

/// Added to an index of a selection from two operands: the lane of the second one.
pub(crate) const OTHER: u8 = 8;

/// The lanes to select, in their order.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn pick(lanes: [u8; 8]) -> __m512i {
    let [a, b, c, d, e, f, g, h] = lanes.map(i64::from);
    _mm512_setr_epi64(a, b, c, d, e, f, g, h)
}

/// The mask of these lanes.
pub(crate) const fn lanes<const N: usize>(numbers: [u8; N]) -> __mmask8 {
    let (mut mask, mut i) = (0, 0);
    while i < N {
        mask |= 1 << numbers[i];
        i += 1;
    }
    mask
}

/// sum + term in these lanes, sum in the others.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn add_in(lanes: __mmask8, sum: __m512i, term: __m512i) -> __m512i {
    _mm512_mask_add_epi64(sum, lanes, sum, term)
}

/// sum − term in these lanes, sum in the others.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn sub_in(lanes: __mmask8, sum: __m512i, term: __m512i) -> __m512i {
    _mm512_mask_sub_epi64(sum, lanes, sum, term)
}

/// `other` in these lanes, `value` in the others.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn take_in(lanes: __mmask8, value: __m512i, other: __m512i) -> __m512i {
    _mm512_mask_mov_epi64(value, lanes, other)
}

/// Names for the lanes from 0 on, of each state in a module of its own.
macro_rules! lane_names {
    ($($state:ident: $($lane:ident)+;)+) => {$(
        pub(super) mod $state {
            crate::field::ifma::columns::lane_names!(@ 0; $($lane)+);
        }
    )+};
    (@ $number:expr; $first:ident $($rest:ident)*) => {
        pub(crate) const $first: u8 = $number;
        crate::field::ifma::columns::lane_names!(@ $number + 1; $($rest)*);
    };
    (@ $number:expr;) => {};
}
pub(crate) use lane_names;

/// The same reference, about which the compiler knows nothing any more: what lies behind it is
/// loaded where it is used, and not in advance of a loop, to be spilled.
#[inline]
#[expect(clippy::pointers_in_nomem_asm_block, reason = "the block doesn't use the pointer")]
pub(crate) fn opaque<T>(reference: &T) -> &T {
    let mut pointer = core::ptr::from_ref(reference);
    // SAFETY: field::ifma clause 3.
    unsafe {
        asm!("/* {0} */", inout(reg) pointer, options(nomem, nostack, preserves_flags));
        &*pointer
    }
}

/// One digit in all lanes.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn broadcast_digit(digit: u64) -> __m512i {
    _mm512_set1_epi64(digit.cast_signed())
}

/// Lane l of vector i from `columns[i][l]`.
pub(crate) const fn vectors(columns: Columns) -> Vectors {
    // SAFETY: field::ifma clause 2.
    unsafe { core::mem::transmute(columns) }
}

/// The inverse of [`vectors`], in place.
pub(crate) const fn columns(vectors: &Vectors) -> &Columns {
    // SAFETY: field::ifma clause 2.
    unsafe { &*core::ptr::from_ref(vectors).cast() }
}

/// [`columns`], to be changed.
pub(crate) const fn columns_mut(vectors: &mut Vectors) -> &mut Columns {
    // SAFETY: field::ifma clause 2.
    unsafe { &mut *core::ptr::from_mut(vectors).cast() }
}

/// Whether each lane of a times that of b is below 2²⁰⁵², judged by their top two digits. For
/// assertions.
fn fit(a: &Vectors, b: &Vectors) -> bool {
    let [a, b] = [a, b].map(columns);
    let top = |x: &Columns, lane: usize| {
        u128::from(x[DIGITS - 2][lane] & MASK) + (u128::from(x[DIGITS - 1][lane]) << 52)
    };
    // Both below 2⁹² in units of 2⁹³⁶, rounded up in units of 2⁹⁶⁸.
    (0..8).all(|lane| {
        let [a, b] = [a, b].map(|x| (top(x, lane) >> 32) + 1);
        a < 1 << 60 && b < 1 << 60 && a * b <= 1 << (2052 - 2 * 968)
    })
}
