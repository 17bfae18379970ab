//! The constants of [`pair`](super), all derived from p at compile time.

use super::{DIGIT_BITS, DIGITS, MASK, TIGHT, TOP, TOP_BITS};
use crate::field::fp::{Fp, MODULUS};
use crate::words::to_digits;

/// One integer in 21 digits of 50 bits, least significant first.
pub(super) type Integer = [u64; DIGITS];

/// Both elements of a pair, digit by digit. Digit i of the first is in lane 2i mod 8 of vector
/// ⌊i/4⌋, and that of the second in the next lane.
pub(super) type Lanes = [[u64; 8]; 6];

/// All constants that the routines read. One pointer serves for all of them.
#[repr(C, align(64))]
pub(super) struct Constants {
    /// 2⁵⁰ − 1 in every lane.
    pub(super) mask: [u64; 8],
    /// 2⁵⁰ − 1 in the lanes of digit 0. Added to column 20, it rounds the carry of that column up.
    pub(super) round: [u64; 8],
    /// 2²⁶ − 1 in the lanes of the top digit.
    pub(super) top_mask: [u64; 8],
    /// N′ = −p⁻¹ mod R, shifted up by 0, 1, 2 and 3 digits. Digits shifted out at the top count R or more, and are not
    /// needed.
    pub(super) minus_p_inverse: [Lanes; 4],
    /// p, shifted up by 0, 1, 2 and 3 digits.
    pub(super) p: [Lanes; 4],
    /// 2¹⁰²⁶ mod p, which replaces each multiple of 2¹⁰²⁶ in the top digit.
    pub(super) fold: Lanes,
    /// 11p with digits below 2⁵¹, from which the digits of any one value can be taken.
    pub(super) once: Lanes,
    /// 2¹⁰⁷⁶ mod p. A product with it turns x·2¹⁰²⁴ into x·2¹⁰⁵⁰.
    pub(super) enter: Lanes,
    /// 2¹⁰²⁴ mod p. A product with it turns x·2¹⁰⁵⁰ into x·2¹⁰²⁴.
    pub(super) leave: Lanes,
}

pub(super) static CONSTANTS: Constants = Constants {
    mask: [MASK; 8],
    round: [MASK, MASK, 0, 0, 0, 0, 0, 0],
    top_mask: [(1 << TOP_BITS) - 1, (1 << TOP_BITS) - 1, 0, 0, 0, 0, 0, 0],
    minus_p_inverse: shifts(&minus_p_inverse()),
    p: shifts(&P),
    fold: both(&times_2_1024(1 << 2)),
    once: both(&ONCE),
    enter: both(&times_2_1024(1 << 52)),
    leave: both(&times_2_1024(1)),
};

pub(super) const P: Integer = to_digits::<DIGIT_BITS, _, _>(&MODULUS.p);
pub(super) const ONCE: Integer = spread_multiple(11, 1);

/// The same integer in both elements.
const fn both(integer: &Integer) -> Lanes {
    shifted(integer, 0)
}

/// The integer in both elements, shifted up by `by` digits, as far as it fits.
const fn shifted(integer: &Integer, by: usize) -> Lanes {
    let mut lanes = [[0; 8]; 6];
    let mut i = 0;
    while i < DIGITS && i + by < 24 {
        let (vector, lane) = ((i + by) / 4, 2 * ((i + by) % 4));
        lanes[vector][lane] = integer[i];
        lanes[vector][lane + 1] = integer[i];
        i += 1;
    }
    lanes
}

const fn shifts(integer: &Integer) -> [Lanes; 4] {
    [shifted(integer, 0), shifted(integer, 1), shifted(integer, 2), shifted(integer, 3)]
}

/// N′ with N′·p ≡ −1 (mod R). Starting from 1, each digit of N′ is the multiple of p that clears the next digit.
#[expect(clippy::cast_possible_truncation, reason = "masked to 50 bits")]
const fn minus_p_inverse() -> Integer {
    let mut inverse = [0; DIGITS];
    let mut rest = [0u64; DIGITS];
    rest[0] = 1;
    let mut i = 0;
    while i < DIGITS {
        let digit = rest[i].wrapping_mul(MODULUS.minus_p_inverse) & MASK;
        inverse[i] = digit;
        let mut carry = 0;
        let mut j = i;
        while j < DIGITS {
            let sum = rest[j] as u128 + digit as u128 * P[j - i] as u128 + carry;
            rest[j] = sum as u64 & MASK;
            carry = sum >> DIGIT_BITS;
            j += 1;
        }
        i += 1;
    }
    inverse
}

/// n·2¹⁰²⁴ mod p, which is the form in which [`Fp`] keeps n.
const fn times_2_1024(n: u64) -> Integer {
    to_digits::<DIGIT_BITS, _, _>(&Fp::from_u64(n).0)
}

/// k·p with digits from which those of `values` values can be taken. To this end each digit lends `values`·2⁵⁰ to
/// the digit below it.
const fn spread_multiple(k: u64, values: u64) -> Integer {
    let mut out = [0; DIGITS];
    let mut carry = 0;
    let mut i = 0;
    while i < DIGITS {
        let product = k * P[i] + carry;
        carry = product >> DIGIT_BITS;
        let lent = if i == 0 { 0 } else { values };
        let borrowed = if i == DIGITS - 1 { 0 } else { values << DIGIT_BITS };
        out[i] = (product & MASK) + borrowed - lent;
        let subtrahend = values * if i == DIGITS - 1 { TOP } else { TIGHT };
        assert!(out[i] >= subtrahend, "a constant below its subtrahend");
        i += 1;
    }
    assert!(carry == 0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_bigint::{NonZero, U1024, U2048};

    fn value(digits: &Integer) -> U2048 {
        digits.iter().rev().fold(U2048::ZERO, |sum, digit| {
            sum.wrapping_shl_vartime(50).wrapping_add(&U2048::from(*digit))
        })
    }

    fn first(lanes: &Lanes) -> Integer {
        core::array::from_fn(|i| {
            let (vector, lane) = (i / 4, 2 * (i % 4));
            assert_eq!(lanes[vector][lane], lanes[vector][lane + 1]);
            lanes[vector][lane]
        })
    }

    #[test]
    fn constants_are_what_they_are_called() {
        let one = U2048::ONE;
        let p_minus_1 = U1024::from_be_slice(&(-Fp::ONE).to_be_bytes());
        let p: U2048 = p_minus_1.wrapping_add(&U1024::ONE).resize();
        assert_eq!(value(&first(&CONSTANTS.p[0])), p);
        let inverse = value(&first(&CONSTANTS.minus_p_inverse[0]));
        let r_mask = one.shl(1050).wrapping_sub(&one);
        assert_eq!(inverse.wrapping_mul(&p).wrapping_add(&one) & r_mask, U2048::ZERO);
        let modulus = NonZero::new(p).expect("p > 0");
        let power = |n: u32| one.shl(n).rem_vartime(&modulus);
        assert_eq!(value(&first(&CONSTANTS.fold)), power(1026));
        assert_eq!(value(&first(&CONSTANTS.enter)), power(1076));
        assert_eq!(value(&first(&CONSTANTS.leave)), power(1024));
        assert_eq!(value(&first(&CONSTANTS.once)), p.wrapping_mul(&U2048::from(11u8)));
        for shifted in [&CONSTANTS.p, &CONSTANTS.minus_p_inverse] {
            let flat = |by: usize| shifted[by].as_flattened();
            for by in 1..4 {
                assert_eq!(flat(by)[2 * by..], flat(0)[..48 - 2 * by]);
                assert!(flat(by)[..2 * by].iter().all(|lane| *lane == 0));
            }
        }
    }
}
