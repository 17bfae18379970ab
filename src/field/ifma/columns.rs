//! Eight integers as columns: 20 vectors with an integer in each lane, of which vector i counts 2⁵²ⁱ. Between two
//! carries, a column may have more than 52 bits and either sign. Products and squares modulo p, and selections of
//! lanes.

use core::arch::asm;
use core::arch::x86_64::*;

use super::digits::{DIGITS, MASK, MINUS_P_INVERSE, P};

/// The digits or columns of eight integers: vector i holds digit i of all of them.
pub(crate) type Vectors = [__m512i; DIGITS];

/// The same digits or columns as plain integers, lane by lane.
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

/// Writes a·b·R⁻¹ mod p to `out` as columns below 2⁵⁹, for a·b < 2²⁰⁵², plus what `above` gives.     1620 IFMA
///
/// Row j adds a·b_j and then the m·p that clears the lowest column, and moves all columns down by one. Each
/// of the 20 rows adds at most four halves of a product to a column, so a column stays below 2⁵⁹. The integer that is
/// left is (ab + mp)/R with m < R, which is below p + 2¹⁰¹². The multiplier reads only the low 52 bits of a digit of
/// a and b, so both may come from [`carried`].
///
/// `above(j)` is column j of an integer that is added. It enters as the highest column of row j, and the rows move it
/// down to its place.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn product(
    a: &Vectors,
    b: &Vectors,
    above: impl Fn(usize) -> __m512i,
    out: &mut Vectors,
) {
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
    *out = core::array::from_fn(|i| columns[i]);
}

/// Writes a²·R⁻¹ mod p to `out` in the same way, for a < 2¹⁰²⁶.                                      1240 IFMA
///
/// Row j adds a_j·(a_j·2⁵²ʲ + 2·Σ a_i·2⁵²ⁱ over i > j), which lies in the columns that [`product`] holds
/// in its row j. The digits of the doubled sum are those of 2a, except that its lowest digit lacks the bit
/// that 2a_j carries into it. 2a < 2¹⁰⁴⁰ has no more digits than a.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn square(a: &Vectors, above: impl Fn(usize) -> __m512i, out: &mut Vectors) {
    debug_assert!(fit(a, a), "a factor is below 2^1026");
    let (one, top) = (broadcast_digit(1), broadcast_digit(1 << 51));
    let mut doubled = [_mm512_setzero_si512(); DIGITS];
    for i in 0..DIGITS {
        let carry = if i == 0 { 0 } else { _mm512_test_epi64_mask(a[i - 1], top) };
        let lowest = _mm512_add_epi64(a[i], a[i]);
        doubled[i] = _mm512_mask_add_epi64(lowest, carry, lowest, one);
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
    *out = core::array::from_fn(|i| columns[i]);
}

/// Adds the two halves of x·y to columns i and i + 1.
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

/// Carries columns of either sign, below 2⁶² in size, to digits in [0, 2⁵²). The last digit keeps its sign and what is
/// above 52 bits.
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
    // What the mask took from the last digit, with its sign.
    out[DIGITS - 1] = _mm512_or_si512(out[DIGITS - 1], _mm512_slli_epi64::<52>(carry));
    out
}

/// Carries columns of either sign, below 2⁶² in size. The digits stand in the low 52 bits of each lane, which are
/// all that the multiplier reads; the bits above them are not cleared.
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

/// The index for a lane that nothing reads.
pub(crate) const ANY: i64 = 0;

/// In a selection from two operands, this is added to the index of a lane of the second one.
pub(crate) const OTHER: i64 = 8;

/// The index vector that selects these lanes, in this order.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn pick([a, b, c, d, e, f, g, h]: [i64; 8]) -> __m512i {
    _mm512_setr_epi64(a, b, c, d, e, f, g, h)
}

/// The place of a lane in an array of eight.
#[expect(clippy::cast_possible_truncation, reason = "below 8")]
pub(crate) const fn place(lane: i64) -> usize {
    lane.cast_unsigned() as usize
}

/// The mask of these lanes.
pub(crate) const fn mask<const N: usize>(numbers: [i64; N]) -> __mmask8 {
    let (mut mask, mut i) = (0, 0);
    while i < N {
        mask |= 1 << numbers[i];
        i += 1;
    }
    mask
}

/// The mask of these lanes. It is a constant, so the compiler can choose instructions that suit it.
macro_rules! lanes {
    ($($lane:expr),+) => { const { crate::field::ifma::columns::mask([$($lane),+]) } };
}
pub(crate) use lanes;

/// sum + term in these lanes, sum in the others. This is a macro because a function would be compiled for
/// any mask, which takes more instructions.
macro_rules! add_in {
    ($lanes:expr, $sum:expr, $term:expr) => {{
        let sum = $sum;
        _mm512_mask_add_epi64(sum, $lanes, sum, $term)
    }};
}
pub(crate) use add_in;

/// sum − term in these lanes, sum in the others; see [`add_in`].
macro_rules! sub_in {
    ($lanes:expr, $sum:expr, $term:expr) => {{
        let sum = $sum;
        _mm512_mask_sub_epi64(sum, $lanes, sum, $term)
    }};
}
pub(crate) use sub_in;

/// `other` in these lanes, `value` in the others.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn take_in(lanes: __mmask8, value: __m512i, other: __m512i) -> __m512i {
    _mm512_mask_mov_epi64(value, lanes, other)
}

/// Constants that name the lanes from 0 on, in one module for each state.
macro_rules! lane_names {
    ($($state:ident: $($lane:ident)+;)+) => {$(
        pub(super) mod $state {
            crate::field::ifma::columns::lane_names!(@ 0; $($lane)+);
        }
    )+};
    (@ $number:expr; $first:ident $($rest:ident)*) => {
        pub(crate) const $first: i64 = $number;
        crate::field::ifma::columns::lane_names!(@ $number + 1; $($rest)*);
    };
    (@ $number:expr;) => {};
}
pub(crate) use lane_names;

/// Returns the same reference, but the compiler no longer knows what it points to. So it loads the digits where they
/// are used. Otherwise it would load them all before a loop and spill them.
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

/// Lane l of vector i is `columns[i][l]`.
pub(crate) const fn vectors(columns: Columns) -> Vectors {
    // SAFETY: field::ifma clause 2.
    unsafe { core::mem::transmute(columns) }
}

/// The inverse of [`vectors`], in place.
pub(crate) const fn columns(vectors: &Vectors) -> &Columns {
    // SAFETY: field::ifma clause 2.
    unsafe { &*core::ptr::from_ref(vectors).cast() }
}

/// Like [`columns`], but they may be changed.
pub(crate) const fn columns_mut(vectors: &mut Vectors) -> &mut Columns {
    // SAFETY: field::ifma clause 2.
    unsafe { &mut *core::ptr::from_mut(vectors).cast() }
}

/// Whether a·b is below 2²⁰⁵² in each lane, judged by the top two digits of both. For assertions.
pub(super) fn fit(a: &Vectors, b: &Vectors) -> bool {
    let [a, b] = [a, b].map(columns);
    let top = |x: &Columns, lane: usize| {
        u128::from(x[DIGITS - 2][lane] & MASK) + (u128::from(x[DIGITS - 1][lane]) << 52)
    };
    // The top two digits count 2⁹³⁶. Both factors are rounded up to a multiple of 2⁹⁶⁸.
    (0..8).all(|lane| {
        let [a, b] = [a, b].map(|x| (top(x, lane) >> 32) + 1);
        a < 1 << 60 && b < 1 << 60 && a * b <= 1 << (2052 - 2 * 968)
    })
}
