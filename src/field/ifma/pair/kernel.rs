//! Σ xᵢ·yᵢ·R⁻¹ mod p. Every product of pairs is computed by this routine.

use core::arch::asm;
use core::arch::x86_64::*;

use super::constants::CONSTANTS;
use super::{DIGITS, Fp50x2, Vectors, add, each, vector};

/// Σ xᵢ·yᵢ·R⁻¹ mod p for one to seven products of factors, in three phases. Within a phase, no product waits for
/// another:
///
/// ```text
/// T = Σ xᵢ·yᵢ     m = (T mod R)·N′ mod R     (T + m·p)/R
/// ```
///
/// A product of digits that counts 2⁵⁰ʲ adds its low 52 bits to column j and its high ones to column j + 1, where they
/// count four times as much. A column gets at most 7·21 + 21 halves of each kind, which is less than 168·5·2⁵² < 2⁶².
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn sum_of_products<const N: usize>(x: [&Vectors; N], y: [&Vectors; N]) -> Fp50x2 {
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
            if r > 0 {
                left = up(&left);
            }
            unroll!(q in 0 1 2 3 4 5 => {
                if 4 * q + r < DIGITS {
                    let digit = broadcast(digits, 4 * q + r);
                    unroll!(k in 0 1 2 3 4 5 => {
                        mac_low(&mut low[q + k], left[k], digit);
                        mac_high(&mut high[q + k], left[k], digit);
                    });
                }
            });
        });
    }
    // T mod R in digits that the multiplier can read. Their last carry goes to column 21.
    let (t, carried) = digits_of(each(|k| low[k]), each(|k| high[k]));
    low[6] = add(low[6], _mm512_alignr_epi64::<6>(zero, carried));
    low[5] = t[5];
    // In vector 5, columns 20 to 22 have passed their high halves on; column 23 has not.
    high[5] = _mm512_maskz_mov_epi64(0xc0, high[5]);

    // m. The columns of vectors 4 and 5 get the most products, so they have two accumulators that take turns.
    // The high halves of vector 5 count R or more and are left out.
    let digits = in_memory(&t);
    let mut m_low = [zero; 6];
    let mut m_high = [zero; 6];
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
    let (mut m, _) = digits_of(m_low, m_high);
    m[5] = _mm512_maskz_mov_epi64(0x03, m[5]);

    // T + m·p from column 20 on, and the high halves of column 19, which count in column 20. They are in high[4].
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
    // The columns below are 0 mod R. What they carry into column 20 is less than 2⁵⁰ and makes it
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
/// It is in assembly to keep the order of the products. The compiler would put those of one accumulator together, so
/// that each waits for the one before, and would spill the other accumulators.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn mac_low(accumulator: &mut __m512i, x: __m512i, y: __m512i) {
    // SAFETY: field::ifma clauses 1 and 3: it writes one register and touches no memory.
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
    // SAFETY: field::ifma clauses 1 and 3: it writes one register and touches no memory.
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

/// Digits of 50 bits plus one carry each, from the columns of low and high halves; and the carries out of the last
/// vector.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn digits_of(low: Vectors, high: Vectors) -> (Vectors, __m512i) {
    let mask = vector(&CONSTANTS.mask);
    let moved = up(&each(|k| _mm512_slli_epi64::<2>(high[k])));
    let sums: Vectors = each(|k| add(low[k], moved[k]));
    let carries: Vectors = each(|k| _mm512_srli_epi64::<50>(sums[k]));
    let moved = up(&carries);
    (each(|k| add(_mm512_and_si512(sums[k], mask), moved[k])), carries[5])
}

/// Moves every digit up by one place.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn up(x: &Vectors) -> Vectors {
    each(|k| {
        let below = if k == 0 { _mm512_setzero_si512() } else { x[k - 1] };
        _mm512_alignr_epi64::<6>(x[k], below)
    })
}

/// The digits of both elements in memory, so that one digit of both can be loaded into every pair of lanes.
///
/// The empty assembly keeps them in memory. The compiler would otherwise shuffle registers, which takes one of
/// the two ports that multiply.
#[inline]
fn in_memory(x: &Vectors) -> &[__m128i; 24] {
    let mut digits: *const [__m128i; 24] = core::ptr::from_ref(x).cast();
    // SAFETY: field::ifma clause 3: there is no instruction, and the operand is an address that does not change.
    unsafe { asm!("/* {0} */", inout(reg) digits, options(nostack, preserves_flags, readonly)) }
    // SAFETY: field::ifma clause 2: 384 octets, aligned to 64, borrowed as long as x.
    unsafe { &*digits }
}

/// Digit j in every pair of lanes.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn broadcast(digits: &[__m128i; 24], j: usize) -> __m512i {
    _mm512_broadcast_i32x4(digits[j])
}
