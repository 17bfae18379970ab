//! Two elements of 𝔽_p across the lanes: 21 digits of 50 bits, in Montgomery form with R = 2¹⁰⁵⁰.
//!
//! If the lanes of the six vectors are numbered from 0 to 47, lane 2i holds digit i of the first element and lane
//! 2i + 1 digit i of the second. Digits 21 to 23 are 0. The multiplier takes 52 bits, so a digit has two bits to spare:
//! sums are multiplied without being reduced, and all carries move up by one place in parallel.
//!
//! # Bounds
//!
//! One invariant holds for every [`Fp50x2`]: each digit is below [`TIGHT`] = 2⁵⁰ + 2¹³, and the top
//! one, digit 20, is below [`TOP`] = 6·2²⁴. So a value is below 10.1 p. [`Pair::settle`] restores the invariant after
//! sums and differences, and a product does so by its last carry. A [`Factor`] is a sum that has not been
//! settled: its digits are below [`LOOSE`] = 2⁵², its top digit is below [`LOOSE_TOP`] = 2²⁹. It may only be
//! multiplied.

mod constants;
mod kernel;
mod power;
#[cfg(test)]
mod tests;

use core::arch::x86_64::*;

#[cfg(feature = "alloc")]
use super::ScaledPair;
use crate::backend::Ifma;
use crate::field::fp::{Fp, MODULUS};
use crate::field::kernel::portable::{self, Limbs};
use crate::words::{from_digits, to_digits};
use constants::{CONSTANTS, Lanes};
use kernel::sum_of_products;
pub(crate) use power::pow_public;

const DIGITS: usize = 21;
const DIGIT_BITS: usize = 50;
const MASK: u64 = (1 << DIGIT_BITS) - 1;

/// Digits of a settled value are below this, which is 2⁵⁰ and the largest carry of a product's column.
const TIGHT: u64 = (1 << 50) + (1 << 13);
/// The top digit of a settled value is below this.
const TOP: u64 = 6 << 24;
/// Digits of a factor are below this: the multiplier reads 52 bits.
const LOOSE: u64 = 1 << 52;
/// The top digit of a factor is below this: 7 products of them are below 2⁻¹¹·p·R.
const LOOSE_TOP: u64 = 1 << 29;
/// [`Pair::settle`] keeps this many bits of the top digit. Those above count multiples of 2¹⁰²⁶.
const TOP_BITS: u32 = 26;

/// The lanes of the first element. The others are those of the second.
pub(crate) const FIRST: __mmask8 = 0x55;

type Vectors = [__m512i; 6];

/// Two elements of 𝔽_p. A value is made only by [`Fp50x2::enter`] and from other values, so it
/// proves that the CPU has the instructions.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Pair<const SETTLED: bool>(Vectors);

/// Two elements within the invariant.
pub(crate) type Fp50x2 = Pair<true>;

/// Two sums that may be multiplied.
pub(crate) type Factor = Pair<false>;

impl Fp50x2 {
    /// (a, b).
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn enter(_: Ifma, a: &Fp, b: &Fp) -> Self {
        Self(load(&interleaved(&a.0, &b.0))).mul(Pair::<true>(load(&CONSTANTS.enter)))
    }

    /// (a, b), from digits that stand for them up to a common power of 2.
    #[cfg(feature = "alloc")]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn enter_scaled(_: Ifma, digits: &ScaledPair) -> Self {
        Self::new(*digits)
    }

    /// The two elements, reduced.
    ///
    /// A value below 11p times 2¹⁰²⁴ mod p, which is below p, gives less than (1 + 2⁻²²)p. So one subtraction of p is
    /// left.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn leave(self) -> (Fp, Fp) {
        let lanes = store(&self.mul(Pair::<true>(load(&CONSTANTS.leave))).0);
        (element(&lanes, 0), element(&lanes, 1))
    }

    /// x + y as a factor: digits below 2·TIGHT < 2⁵², top digit below 2·TOP < 2²⁹.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn plus(self, rhs: Self) -> Factor {
        Factor::new(each(|k| add(self.0[k], rhs.0[k])))
    }

    /// x + 11p − y as a factor. The digits of 11p are spread so that they are at least TIGHT, as a const assertion
    /// checks, and below 2⁵¹. So the digits of the result are below 3·2⁵⁰ + 2¹³ < 2⁵². The top digit of 11p is below
    /// 7·2²⁴, so that of the result is below 13·2²⁴ < 2²⁹.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn minus(self, rhs: Self) -> Factor {
        let multiple = load(&CONSTANTS.once);
        Factor::new(each(|k| sub(add(self.0[k], multiple[k]), rhs.0[k])))
    }

    /// (a − c, b + d) as a factor.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    #[cfg(test)]
    pub(crate) fn minus_plus(self, rhs: Self) -> Factor {
        self.minus(rhs).blend(self.plus(rhs))
    }

    /// A factor with the same value.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn factor(self) -> Factor {
        Factor::new(self.0)
    }

    /// (a + ib)² = (a + b)(a − b) + i·a·2b for the pair (a, b).                    one product
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn square_fp2(self) -> Self {
        let swapped = self.swap();
        let left = self.plus(swapped).blend(swapped.factor());
        let right = self.minus(swapped).blend(self.plus(self));
        left.mul(right)
    }

    /// (a + ib)(c + id) = a·c − b·d + i·(b·c + a·d) for (a, b) and (c, d).      one sum of two
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn mul_fp2(self, rhs: Self) -> Self {
        let swapped = self.swap();
        let multiple = load(&CONSTANTS.once);
        let turned = Factor::new(each(|k| {
            _mm512_mask_sub_epi64(swapped.0[k], FIRST, multiple[k], swapped.0[k])
        }));
        sum_of_products([&self.0, &turned.0], [&rhs.lo().0, &rhs.hi().0])
    }

    /// (0, 0). Like every value, it may only be made by code that runs on IFMA.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn zero() -> Self {
        Self([_mm512_setzero_si512(); 6])
    }

    /// Negates the elements in these lanes.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn negate(self, lanes: __mmask8) -> Self {
        let multiple = load(&CONSTANTS.once);
        Self::settle(each(|k| {
            let negated = sub(multiple[k], self.0[k]);
            _mm512_mask_mov_epi64(self.0[k], lanes, negated)
        }))
    }

    /// Takes `other` in these lanes.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn or_where(self, lanes: __mmask8, other: Self) -> Self {
        Self(each(|k| _mm512_mask_mov_epi64(self.0[k], lanes, other.0[k])))
    }

    /// Restores the invariant of a sum whose digits are below 2⁵³ and whose top digit is below 5·2²⁶.
    ///
    /// The bits of the top digit from bit 26 up count 2¹⁰²⁶, at most 4 times. They are replaced by as many times 2¹⁰²⁶
    /// mod p: 4 times one of its digits still fits the multiplier's low half. Then every digit passes on what is above
    /// 50 bits, which is at most 2⁵. The new top digit is below 2²⁶ + 4·⌊(2¹⁰²⁶ mod p)/2¹⁰⁰⁰⌋ + 2⁵ < 5.7·2²⁴.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn settle(mut sum: Vectors) -> Self {
        debug_assert!(within(&sum, 1 << 53, 5 << 26), "a sum that doesn't settle");
        let top = _mm512_srli_epi64::<TOP_BITS>(sum[5]);
        let multiples = _mm512_shuffle_i64x2::<0>(top, top);
        sum[5] = _mm512_and_si512(sum[5], vector(&CONSTANTS.top_mask));
        let fold = load(&CONSTANTS.fold);
        let mask = vector(&CONSTANTS.mask);
        let sum: Vectors = each(|k| _mm512_madd52lo_epu64(sum[k], multiples, fold[k]));
        let carry: Vectors = each(|k| _mm512_srli_epi64::<50>(sum[k]));
        Self::new(each(|k| {
            let below = if k == 0 { _mm512_setzero_si512() } else { carry[k - 1] };
            add(_mm512_and_si512(sum[k], mask), _mm512_alignr_epi64::<6>(carry[k], below))
        }))
    }
}

impl<const SETTLED: bool> Pair<SETTLED> {
    /// Wraps vectors. Debug builds check the bounds of the type.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn new(vectors: Vectors) -> Self {
        let (digit, top) = if SETTLED { (TIGHT, TOP) } else { (LOOSE, LOOSE_TOP) };
        debug_assert!(within(&vectors, digit, top), "a value out of its bounds");
        Self(vectors)
    }

    /// (b, a).
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn swap(self) -> Self {
        Self(each(|k| _mm512_shuffle_epi32::<0x4e>(self.0[k])))
    }

    /// (a, a).
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn lo(self) -> Self {
        Self(each(|k| _mm512_shuffle_epi32::<0x44>(self.0[k])))
    }

    /// (b, b).
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn hi(self) -> Self {
        Self(each(|k| _mm512_shuffle_epi32::<0xee>(self.0[k])))
    }

    /// (a, d) for (a, b) and (c, d).
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn blend(self, second: Self) -> Self {
        Self(each(|k| _mm512_mask_mov_epi64(second.0[k], FIRST, self.0[k])))
    }

    /// (a·c, b·d).
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn mul<const OTHER: bool>(self, rhs: Pair<OTHER>) -> Fp50x2 {
        sum_of_products([&self.0], [&rhs.0])
    }

    /// (a², b²).
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn square(self) -> Fp50x2 {
        self.mul(self)
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn each(f: impl Fn(usize) -> __m512i) -> Vectors {
    [f(0), f(1), f(2), f(3), f(4), f(5)]
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn add(x: __m512i, y: __m512i) -> __m512i {
    _mm512_add_epi64(x, y)
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn sub(x: __m512i, y: __m512i) -> __m512i {
    _mm512_sub_epi64(x, y)
}

/// The digits of two integers below 2¹⁰²⁴, in the lanes that they have in a value.
fn interleaved(a: &Limbs, b: &Limbs) -> Lanes {
    let [a, b]: [[_; DIGITS]; 2] = [a, b].map(to_digits::<DIGIT_BITS, _, _>);
    let mut lanes: Lanes = [[0; 8]; 6];
    for i in 0..DIGITS {
        lanes[i / 4][2 * (i % 4)] = a[i];
        lanes[i / 4][2 * (i % 4) + 1] = b[i];
    }
    lanes
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn vector(lanes: &[u64; 8]) -> __m512i {
    // SAFETY: field::ifma clause 2; the load takes any alignment.
    unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn load(lanes: &Lanes) -> Vectors {
    each(|k| vector(&lanes[k]))
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn store(vectors: &Vectors) -> Lanes {
    let mut lanes = [[0; 8]; 6];
    for (lanes, vector) in lanes.iter_mut().zip(vectors) {
        // SAFETY: field::ifma clause 2; the store takes any alignment.
        unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), *vector) }
    }
    lanes
}

/// Whether the digits are below `digit`, the top ones below `top`, and the padding is 0.
#[target_feature(enable = "avx512f,avx512ifma")]
fn within(vectors: &Vectors, digit: u64, top: u64) -> bool {
    let lanes = store(vectors);
    lanes.as_flattened().iter().enumerate().all(|(lane, value)| match lane / 2 {
        0..20 => *value < digit,
        20 => *value < top,
        _ => *value == 0,
    })
}

/// One of the two elements, from the digits of a value below 2p.
fn element(lanes: &Lanes, which: usize) -> Fp {
    let flat = lanes.as_flattened();
    let digits: [_; DIGITS] = core::array::from_fn(|i| flat[2 * i + which]);
    let [limbs @ .., carry]: [_; 17] = from_digits::<DIGIT_BITS, _, _>(&digits);
    Fp(portable::subtract_p(&limbs, carry, &MODULUS))
}
