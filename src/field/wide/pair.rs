//! Two elements of 𝔽_p across the lanes: radix 2⁵⁰, 21 digits, Montgomery form with R = 2¹⁰⁵⁰.
//!
//! Lane 2i holds digit i of the first element, lane 2i + 1 digit i of the second, counted over six
//! vectors; digits 21 to 23 are 0. The multiplier takes 52 bits, so a digit has two to spare:
//! sums go into it unreduced, and carries move up one place at a time, all in parallel.
//!
//! # Bounds
//!
//! One invariant holds for every [`Fp50x2`]: each digit is below [`TIGHT`] = 2⁵⁰ + 2¹³ and the top
//! one, digit 20, is below [`TOP`] = 6·2²⁴. So a value is below 10.1 p. Sums and differences restore
//! it by [`Packed::settle`], products by their own last carry. A [`Factor`] is a sum that was left
//! as it came: digits below [`LOOSE`] = 2⁵², top digit below [`LOOSE_TOP`] = 2²⁹. It may be
//! multiplied, and nothing else.

#![allow(unsafe_code, reason = "AVX-512: the reasons are numbered in field::wide")]
#![allow(clippy::wildcard_imports, reason = "the intrinsics carry their prefix")]
#![allow(clippy::large_types_passed_by_value, reason = "inlined: the values are in registers")]

mod constants;
#[cfg(test)]
mod tests;

use core::arch::asm;
use core::arch::x86_64::*;

use super::super::fp::{Fp, MODULUS};
use super::super::kernel::portable;
use crate::backend::Ifma;
use constants::{CONSTANTS, Lanes};

const DIGITS: usize = 21;
const DIGIT_BITS: usize = 50;
const MASK: u64 = (1 << DIGIT_BITS) - 1;

/// Digits of a settled value are below this: 2⁵⁰ and the carry of a product's column.
const TIGHT: u64 = (1 << 50) + (1 << 13);
/// The top digit of a settled value is below this.
const TOP: u64 = 6 << 24;
/// Digits of a factor are below what the multiplier reads.
const LOOSE: u64 = 1 << 52;
/// The top digit of a factor is below this: 7 products of them are below 2⁻¹¹·p·R.
const LOOSE_TOP: u64 = 1 << 29;
/// Bits of the top digit that [`Packed::settle`] leaves: the rest counts multiples of 2¹⁰²⁶.
const TOP_BITS: u32 = 26;

/// The first element's lanes; the others are the second's.
const FIRST: __mmask8 = 0x55;

type Vectors = [__m512i; 6];

/// Two elements of 𝔽_p. Made only by [`Fp50x2::enter`] and from other values, so that a value
/// proves that the CPU can work on it.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Packed<const SETTLED: bool>(Vectors);

/// Two elements within the invariant.
pub(crate) type Fp50x2 = Packed<true>;

/// Two sums that go into a product.
pub(crate) type Factor = Packed<false>;

impl Fp50x2 {
    /// (a, b).
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn enter(_: Ifma, a: &Fp, b: &Fp) -> Self {
        let (a, b) = (constants::digits(&a.0), constants::digits(&b.0));
        let mut lanes: Lanes = [[0; 8]; 6];
        for i in 0..DIGITS {
            lanes[i / 4][2 * (i % 4)] = a[i];
            lanes[i / 4][2 * (i % 4) + 1] = b[i];
        }
        Self(load(&lanes)).mul(Packed::<true>(load(&CONSTANTS.enter)))
    }

    /// The two elements, reduced.
    ///
    /// Times 2¹⁰²⁴ mod p < p a value below 11p gives less than (1 + 2⁻²²)p: one subtraction is left.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn leave(self) -> (Fp, Fp) {
        let lanes = store(&self.mul(Packed::<true>(load(&CONSTANTS.leave))).0);
        (element(&lanes, 0), element(&lanes, 1))
    }

    /// x + y: the top digit reaches 2·TOP.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn add(self, rhs: Self) -> Self {
        Self::settle(self.plus(rhs).0)
    }

    /// 2x.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn double(self) -> Self {
        self.add(self)
    }

    /// 3x: the top digit reaches 3·TOP = 18·2²⁴, of the 20·2²⁴ that settle.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn triple(self) -> Self {
        Self::settle(each(|k| add(add(self.0[k], self.0[k]), self.0[k])))
    }

    /// x − y.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn sub(self, rhs: Self) -> Self {
        Self::settle(self.minus(rhs).0)
    }

    /// x − 2y, over 21p: the top digit reaches TOP + ⌊21p/2¹⁰⁰⁰⌋ < 18.6·2²⁴, of the 20·2²⁴ that
    /// settle.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn sub_double(self, rhs: Self) -> Self {
        let multiple = load(&CONSTANTS.twice);
        Self::settle(each(|k| sub(add(self.0[k], multiple[k]), add(rhs.0[k], rhs.0[k]))))
    }

    /// −x.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn neg(self) -> Self {
        let multiple = load(&CONSTANTS.once);
        Self::settle(each(|k| sub(multiple[k], self.0[k])))
    }

    /// x + y as a factor: digits below 2·TIGHT < 2⁵², top digit below 2·TOP < 2²⁹.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn plus(self, rhs: Self) -> Factor {
        Factor::new(each(|k| add(self.0[k], rhs.0[k])))
    }

    /// x − y as a factor, over 11p: its digits are at least TIGHT, as a const assertion checks, and
    /// below 2⁵¹, so the sum is below 3·2⁵⁰ + 2¹³ < 2⁵²; its top digit is below 7·2²⁴.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn minus(self, rhs: Self) -> Factor {
        let multiple = load(&CONSTANTS.once);
        Factor::new(each(|k| sub(add(self.0[k], multiple[k]), rhs.0[k])))
    }

    /// (a − c, b + d) as a factor.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
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

    /// Within the invariant from digits below 2⁵³ and a top digit below 5·2²⁶.
    ///
    /// The top digit's bits from 26 up count 2¹⁰²⁶ at most 4 times; 2¹⁰²⁶ mod p takes their place:
    /// 4 times a digit of it still fits the multiplier's low half. Then every digit passes on what
    /// is above 50 bits, at most 2⁵. The new top digit is below 2²⁶ + 4·⌊(2¹⁰²⁶ mod p)/2¹⁰⁰⁰⌋ + 2⁵
    /// < 5.7·2²⁴.
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

impl<const SETTLED: bool> Packed<SETTLED> {
    /// The bounds of the type, checked in debug builds.
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

    /// (a, d) of (a, b) and (c, d).
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn blend(self, second: Self) -> Self {
        Self(each(|k| _mm512_mask_mov_epi64(second.0[k], FIRST, self.0[k])))
    }

    /// (a·c, b·d).
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn mul<const OTHER: bool>(self, rhs: Packed<OTHER>) -> Fp50x2 {
        sum_of_products([&self.0], [&rhs.0])
    }

    /// (a², b²).
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn square(self) -> Fp50x2 {
        self.mul(self)
    }
}

/// x·y + z·w in both elements, with one reduction.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn mul_add(x: Factor, y: Factor, z: Factor, w: Factor) -> Fp50x2 {
    sum_of_products([&x.0, &z.0], [&y.0, &w.0])
}

/// The body once for each value of a constant.
macro_rules! unroll {
    ($name:ident in $($value:literal)+ => $body:block) => {
        $({
            #[allow(non_upper_case_globals, reason = "a loop counter")]
            const $name: usize = $value;
            $body
        })+
    };
}
/// Σ xᵢ·yᵢ·R⁻¹ mod p for one to seven products of factors, in three phases without a serial chain:
///
/// ```text
/// T = Σ xᵢ·yᵢ     m = (T mod R)·N′ mod R     (T + m·p)/R
/// ```
///
/// Product j of digits adds its low 52 bits to column j and its high ones, worth four times as much
/// there, to column j + 1. A column gets at most 7·21 + 21 halves of each kind: less than
/// 168·5·2⁵² < 2⁶².
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn sum_of_products<const N: usize>(x: [&Vectors; N], y: [&Vectors; N]) -> Fp50x2 {
    const { assert!(N >= 1 && N <= 7) };
    let zero = _mm512_setzero_si512();
    let mask = vector(&CONSTANTS.mask);
    // T.
    let mut low = [zero; 11];
    let mut high = [zero; 11];
    for (x, y) in x.iter().zip(y) {
        let digits = in_memory(y);
        let mut left = **x;
        unroll!(r in 0 1 2 3 => {
            unroll!(q in 0 1 2 3 4 5 => {
                if 4 * q + r < DIGITS {
                    let digit = broadcast(digits, 4 * q + r);
                    unroll!(k in 0 1 2 3 4 5 => {
                        mac_low(&mut low[q + k], left[k], digit);
                        mac_high(&mut high[q + k], left[k], digit);
                    });
                }
            });
            if r < 3 {
                left = up(&left);
            }
        });
    }
    // T mod R with digits that the multiplier takes; what they carry goes to column 21.
    let halves: Vectors = each(|k| _mm512_slli_epi64::<2>(high[k]));
    let moved = up(&halves);
    let sums: Vectors = each(|k| add(low[k], moved[k]));
    let carries: Vectors = each(|k| _mm512_srli_epi64::<50>(sums[k]));
    let moved = up(&carries);
    let t: Vectors = each(|k| add(_mm512_and_si512(sums[k], mask), moved[k]));
    low[6] = add(low[6], _mm512_alignr_epi64::<6>(zero, carries[5]));
    low[5] = t[5];
    // Of vector 5 the columns 20 to 22 have passed their high halves on.
    high[5] = _mm512_maskz_mov_epi64(0xc0, high[5]);

    // m; the columns of vectors 4 and 5 get the most products, and so two accumulators, in turns.
    // The high halves of vector 5 belong above m.
    let digits = in_memory(&t);
    let mut m_low = [zero; 6];
    let mut m_high = [zero; 5];
    let (mut low_too, mut high_too) = ([zero; 2], zero);
    unroll!(r in 0 1 2 3 => {
        unroll!(q in 0 1 2 3 4 5 => {
            if 4 * q + r < DIGITS {
                let digit = broadcast(digits, 4 * q + r);
                unroll!(v in 0 1 2 3 4 5 => {
                    if v >= q {
                        let left = vector(&CONSTANTS.minus_p_inverse[r][v - q]);
                        if v >= 4 && q % 2 == 1 {
                            mac_low(&mut low_too[v - 4], left, digit);
                        } else {
                            mac_low(&mut m_low[v], left, digit);
                        }
                        if v == 4 && q % 2 == 1 {
                            mac_high(&mut high_too, left, digit);
                        } else if v < 5 {
                            mac_high(&mut m_high[v], left, digit);
                        }
                    }
                });
            }
        });
    });
    m_low[4] = add(m_low[4], low_too[0]);
    m_low[5] = add(m_low[5], low_too[1]);
    m_high[4] = add(m_high[4], high_too);
    let halves: Vectors = each(|k| if k < 5 { _mm512_slli_epi64::<2>(m_high[k]) } else { zero });
    let moved = up(&halves);
    let sums: Vectors = each(|k| add(m_low[k], moved[k]));
    let carries: Vectors = each(|k| _mm512_srli_epi64::<50>(sums[k]));
    let moved = up(&carries);
    let mut m: Vectors = each(|k| add(_mm512_and_si512(sums[k], mask), moved[k]));
    m[5] = _mm512_maskz_mov_epi64(0x03, m[5]);

    // T + m·p from column 20 on, and the high halves of column 19, which are in high[4].
    let digits = in_memory(&m);
    high[4] = zero;
    let (mut low_too, mut high_too) = (zero, [zero; 2]);
    unroll!(r in 0 1 2 3 => {
        unroll!(q in 0 1 2 3 4 5 => {
            if 4 * q + r < DIGITS {
                let digit = broadcast(digits, 4 * q + r);
                unroll!(k in 0 1 2 3 4 5 => {
                    if q + k >= 4 {
                        let left = vector(&CONSTANTS.p[r][k]);
                        if q + k == 5 && q % 2 == 1 {
                            mac_low(&mut low_too, left, digit);
                        } else if q + k >= 5 {
                            mac_low(&mut low[q + k], left, digit);
                        }
                        if q + k <= 5 && q % 2 == 1 {
                            mac_high(&mut high_too[q + k - 4], left, digit);
                        } else {
                            mac_high(&mut high[q + k], left, digit);
                        }
                    }
                });
            }
        });
    });
    low[5] = add(low[5], low_too);
    high[4] = add(high[4], high_too[0]);
    high[5] = add(high[5], high_too[1]);
    // The columns below are 0 mod R: what they carry into column 20 is less than 2⁵⁰ and makes it
    // a multiple of 2⁵⁰. So the carry out of column 20 is its quotient by 2⁵⁰, rounded up.
    let mut below = _mm512_slli_epi64::<2>(high[4]);
    unroll!(k in 5 6 7 8 9 10 => {
        let halves = _mm512_slli_epi64::<2>(high[k]);
        low[k] = add(low[k], _mm512_alignr_epi64::<6>(halves, below));
        below = halves;
    });
    _ = below;
    low[5] = add(low[5], vector(&CONSTANTS.round));
    Fp50x2::new(each(|k| {
        let carry = _mm512_srli_epi64::<50>(low[5 + k]);
        let here = _mm512_and_si512(low[5 + k], mask);
        let above = if k == 5 { zero } else { _mm512_and_si512(low[6 + k], mask) };
        add(_mm512_alignr_epi64::<2>(above, here), carry)
    }))
}

/// accumulator += the low 52 bits of x·y, in every lane.
///
/// In assembly for the order of the products: the compiler would gather those of one accumulator,
/// which then waits for itself, and spill the others.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn mac_low(accumulator: &mut __m512i, x: __m512i, y: __m512i) {
    // SAFETY: reasons 1 and 5: one register written, no memory.
    unsafe {
        asm!(
            "vpmadd52luq {0}, {1}, {2}",
            inout(zmm_reg) *accumulator,
            in(zmm_reg) x,
            in(zmm_reg) y,
            options(nomem, nostack, preserves_flags)
        );
    }
}

/// accumulator += the bits of x·y above the low 52, in every lane.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn mac_high(accumulator: &mut __m512i, x: __m512i, y: __m512i) {
    // SAFETY: reasons 1 and 5: one register written, no memory.
    unsafe {
        asm!(
            "vpmadd52huq {0}, {1}, {2}",
            inout(zmm_reg) *accumulator,
            in(zmm_reg) x,
            in(zmm_reg) y,
            options(nomem, nostack, preserves_flags)
        );
    }
}

/// Every digit one place up.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn up(x: &Vectors) -> Vectors {
    each(|k| {
        let below = if k == 0 { _mm512_setzero_si512() } else { x[k - 1] };
        _mm512_alignr_epi64::<6>(x[k], below)
    })
}

/// The digits of both elements, to be loaded one pair at a time into every pair of lanes.
///
/// The empty assembly keeps them in memory: the compiler would shuffle registers instead, on one of
/// the two ports that multiply.
#[inline]
fn in_memory(x: &Vectors) -> &[__m128i; 24] {
    let mut digits: *const [__m128i; 24] = core::ptr::from_ref(x).cast();
    // SAFETY: reason 5: no instruction; the operand is an address that stays what it is.
    unsafe { asm!("/* {0} */", inout(reg) digits, options(nostack, preserves_flags, readonly)) }
    // SAFETY: reason 4, and the borrow of x.
    unsafe { &*digits }
}

/// Digit j in every pair of lanes.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn broadcast(digits: &[__m128i; 24], j: usize) -> __m512i {
    _mm512_broadcast_i32x4(digits[j])
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

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn vector(lanes: &[u64; 8]) -> __m512i {
    // SAFETY: reason 4; the load takes any alignment.
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
        // SAFETY: reason 4; the store takes any alignment.
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

/// One element from the digits of a value below 2p: carries, limbs, p subtracted once.
#[expect(clippy::cast_possible_truncation, reason = "the low half of a double word")]
fn element(lanes: &Lanes, which: usize) -> Fp {
    let mut limbs = [0u64; 16];
    let (mut bits, mut held) = (0u128, 0);
    let mut filled = 0;
    for digit in lanes.as_flattened().iter().skip(which).step_by(2).take(DIGITS) {
        bits += u128::from(*digit) << held;
        held += DIGIT_BITS;
        if held >= 64 && filled < 16 {
            limbs[filled] = bits as u64;
            bits >>= 64;
            held -= 64;
            filled += 1;
        }
    }
    Fp(portable::subtract_p(&limbs, bits as u64, &MODULUS))
}
