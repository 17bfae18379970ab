//! Sums of products in eight lanes, where all lanes have the same right factors: the values of eight
//! polynomials at one point.
//!
//! Each lane has two sums, which become one [`ScaledPair`]: its digits lie across the lanes. The digits change
//! their radix and their places in registers.

use core::arch::x86_64::*;

use super::ScaledPair;
use super::columns::{Vectors, broadcast_digit, multiply_add, normalise, opaque, reduce_row};
use super::digits::{BITS, DIGITS, TO_R_1040};
use super::eight::Fp52x8;
use crate::backend::Ifma;
use crate::field::Fp;
use crate::words::to_digits;

/// One element for all lanes. It is below p and in the Montgomery form of [`Fp52x8`].
#[derive(Clone, Copy)]
pub(crate) struct SharedFactor([u64; DIGITS]);

impl SharedFactor {
    pub(crate) fn new(element: Fp) -> Self {
        Self(to_digits::<BITS, _, _>(&(element * TO_R_1040).to_limbs()))
    }
}

/// One digit of each of eight integers.
pub(crate) type EightDigits = __m512i;

/// A pair to be overwritten by a result.
// SAFETY: field::ifma clause 2: zero is a value.
pub(crate) const ZERO_PAIR: ScaledPair = unsafe { core::mem::zeroed() };

/// The largest number of products in a sum.
const LONGEST: usize = 7;

/// The left factors of two sums in the order in which [`sums_of_products`] reads them: the first sum's, the constant
/// and the second sum's. Of a sum's factors come the lowest digits of all, then the next digits of all, and so on.
pub(crate) fn factor_digits<'a>(
    constant: &'a Fp52x8,
    first: &'a [Fp52x8],
    second: &'a [Fp52x8],
) -> impl Iterator<Item = EightDigits> + 'a {
    let rows = |factors: &'a [Fp52x8]| {
        (0..DIGITS).flat_map(move |j| factors.iter().map(move |factor| factor.0[j]))
    };
    let constant = constant.0.iter().copied();
    rows(first).chain(constant).chain(rows(second))
}

/// Writes (constant + Σ first·right, Σ second·right) of each lane to `pairs`, for `left` from [`factor_digits`].
/// `right` has one factor for each left factor.
///                                           810 IFMA a product, and 820 for each of the two sums
pub(crate) fn sums_of_products(
    _: Ifma,
    left: &[EightDigits],
    right: [&[SharedFactor]; 2],
    pairs: &mut [ScaledPair; 8],
) {
    let [first, second] = right;
    let (left_first, left) = left.split_at(DIGITS * first.len());
    let (constant, left_second) = left.split_at(DIGITS);
    debug_assert!(left_second.len() == DIGITS * second.len(), "a digit for each product");
    // SAFETY: field::ifma clause 1, by the token.
    unsafe {
        let (real, imaginary) = (columns(left_first, first), columns(left_second, second));
        let real = normalise(|i| _mm512_add_epi64(real[i], constant[i]));
        interleave(&real, &normalise(|i| imaginary[i]), pairs);
    }
}

/// Σ left·right·R⁻¹ mod p, below p + 2¹⁰¹¹, in columns below 2⁶².
///
/// Row j adds digit j of each left factor times the right factor, and then reduces once. A column takes
/// part in 20 rows, and each adds at most 2·7 + 2 halves of a product to it, which is less than
/// 320·2⁵² + 2¹² < 2⁶¹ in all. The sum of products is below 7·(p + 2¹⁰¹²)·p < 2²⁰⁵⁰, and divided by R below 2¹⁰¹⁰.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn columns(left: &[EightDigits], right: &[SharedFactor]) -> [__m512i; DIGITS + 1] {
    debug_assert!(right.len() <= LONGEST, "a sum that overflows");
    let mut columns = [_mm512_setzero_si512(); DIGITS + 1];
    let mut left = left.iter();
    for _ in 0..DIGITS {
        for (right, left) in right.iter().zip(&mut left) {
            let right = opaque(&right.0);
            for i in 0..DIGITS {
                multiply_add(&mut columns, i, *left, broadcast_digit(right[i]));
            }
        }
        reduce_row(&mut columns);
    }
    columns
}

/// Writes both integers of each lane to its pair, in digits of 50 bits, the first integer in the even places.
///
/// The integers are below 2¹⁰²⁶, so 21 digits hold them and the top digit is below 2²⁶.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn interleave(first: &Vectors, second: &Vectors, pairs: &mut [ScaledPair; 8]) {
    let (first, second) = (radix_50(first), radix_50(second));
    for k in 0..6 {
        let rows = core::array::from_fn(|row| {
            let digits = if row % 2 == 0 { &first } else { &second };
            digits[4 * k + row / 2]
        });
        for (pair, vector) in pairs.iter_mut().zip(transpose(rows)) {
            pair[k] = vector;
        }
    }
}

/// Turns 20 digits of 52 bits into 21 digits of 50 bits, followed by three zeros.
#[expect(clippy::cast_possible_truncation, reason = "shifts are below 53")]
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn radix_50(digits: &Vectors) -> [__m512i; 24] {
    let mut out = [_mm512_setzero_si512(); 24];
    unroll!(I => {
        // For i > 0, bit 50i is bit 52 − 2i of digit i − 1, which has 2i bits from there on.
        out[I] = if I == 0 {
            digits[0]
        } else {
            let low = _mm512_srli_epi64::<{ 52 - 2 * I as u32 }>(digits[(I + DIGITS - 1) % DIGITS]);
            _mm512_or_si512(low, _mm512_slli_epi64::<{ 2 * I as u32 }>(digits[I]))
        };
        out[I] = _mm512_and_si512(out[I], broadcast_digit((1 << 50) - 1));
    });
    out[DIGITS] = _mm512_srli_epi64::<12>(digits[DIGITS - 1]);
    out
}

/// Lane l of vector i becomes lane i of vector l.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn transpose(mut rows: [__m512i; 8]) -> [__m512i; 8] {
    // An index of 8 or more is a lane of the second operand.
    let rounds = [
        (1, [0, 8, 2, 10, 4, 12, 6, 14], [1, 9, 3, 11, 5, 13, 7, 15]),
        (2, [0, 1, 8, 9, 4, 5, 12, 13], [2, 3, 10, 11, 6, 7, 14, 15]),
        (4, [0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15]),
    ];
    for (distance, low, high) in rounds {
        let [low, high] = [low, high]
            .map(|[a, b, c, d, e, f, g, h]: [i64; 8]| _mm512_setr_epi64(a, b, c, d, e, f, g, h));
        for i in (0..8).filter(|i| i & distance == 0) {
            let (a, b) = (rows[i], rows[i + distance]);
            rows[i] = _mm512_permutex2var_epi64(a, low, b);
            rows[i + distance] = _mm512_permutex2var_epi64(a, high, b);
        }
    }
    rows
}
