//! Four classes of 𝔽_p²*/𝔽_p* in eight lanes. A product with t + i, for t in 𝔽_p, costs one
//! product of eight lanes, and so does a squaring.
//!
//! # Bounds
//!
//! Both parts of a class are below 3p + 2¹⁰¹³. This is more than the bound of a value, but a
//! factor may be as large: see [`eight`](crate::field::ifma::eight).

#![allow(unsafe_code, reason = "AVX-512: the reasons are numbered in field::ifma")]
#![allow(clippy::wildcard_imports, reason = "the intrinsics have a prefix of their own")]

use core::arch::x86_64::*;

use zeroize::Zeroize;

use crate::backend::Ifma;
use crate::field::Fp;
use crate::field::ifma::columns::{
    Vectors, add_in, broadcast_digit, columns, lanes, normalise, pick, sub_in,
};
use crate::field::ifma::digits::{DIGITS, FOUR_P, THREE_P, TWICE_P};
use crate::field::ifma::eight::{Fp52x8, SLACK, mul};
use crate::field::ifma::entries::{self, Entries};

/// The lanes of the parts a of the classes a + ib. The others are those of the parts b.
const A: __mmask8 = lanes!(0, 2, 4, 6);

/// Selects b for a and a for b in each class.
const EXCHANGED: [i64; 8] = [1, 0, 3, 2, 5, 4, 7, 6];

/// Four classes a + ib, in the lanes a, b, a′, b′, …
pub(crate) struct FourClasses(Vectors);

/// Four tables of 32 representatives t, one for each class.
pub(crate) type FourTables = Entries<4>;

impl FourClasses {
    /// The class of 1, four times.
    pub(crate) fn one(ifma: Ifma) -> Self {
        let [one, zero] = [Fp::ONE, Fp::ZERO];
        Self(Fp52x8::enter(ifma, &[one, zero, one, zero, one, zero, one, zero]).0)
    }

    /// [a, b] of each class.
    pub(crate) fn leave(&self) -> [[Fp; 2]; 4] {
        let [a, b, c, d, e, f, g, h] = Fp52x8::leave(Fp52x8(self.0));
        [[a, b], [c, d], [e, f], [g, h]]
    }

    /// (a + ib)² = (a + b)(a − b) + i·2a·b.                                     1 product of 8
    #[inline]
    pub(crate) fn square(&mut self) {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { square(&mut self.0) }
        self.check();
    }

    /// (a + ib)(±t + i) = (±at − b) + i(a ± bt) for each class. In class j, t is entry `indices[j]` of its table, and
    /// the sign is minus where bit j of `negative` is set. Every entry is read.
    ///                                                                          1 product of 8
    ///
    /// Secret: the classes, the indices and the signs. Leaks: nothing.
    #[inline]
    pub(crate) fn mul_by_t(&mut self, table: &FourTables, indices: [u8; 4], negative: u8) {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { mul_by_t(&mut self.0, table, indices, negative) }
        self.check();
    }

    /// Checks the bound of the classes in debug builds.
    #[inline]
    fn check(&self) {
        let is_bounded = || {
            columns(&self.0)[DIGITS - 1].iter().all(|&top| top < THREE_P[DIGITS - 1] + 2 * SLACK)
        };
        debug_assert!(is_bounded(), "a part of a class is below 3p + 2^1013");
    }
}

impl Zeroize for FourClasses {
    fn zeroize(&mut self) {
        // SAFETY: field::ifma clause 2: zero is a value, and nothing is to be dropped.
        unsafe { zeroize::zeroize_flat_type(self) }
    }
}

/// See [`FourClasses::square`]. a + b and 2a are below 6p + 2¹⁰¹⁴, and b is below 3p + 2¹⁰¹³. So is a − b where the top
/// digit of a is larger than that of b. Elsewhere a − b is below 2⁹⁸⁸, and 4p is added, which makes it positive.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn square(x: &mut Vectors) {
    let exchange = pick(EXCHANGED);
    // a + b and 2a.
    let left = normalise(|i| {
        let exchanged = _mm512_permutexvar_epi64(exchange, x[i]);
        _mm512_add_epi64(exchanged, _mm512_mask_mov_epi64(exchanged, A, x[i]))
    });
    // a − b and b.
    let b = |i: usize| _mm512_maskz_permutexvar_epi64(A, exchange, x[i]);
    let lifted = _mm512_mask_cmple_epi64_mask(A, x[DIGITS - 1], b(DIGITS - 1));
    let right = normalise(|i| {
        let difference = _mm512_sub_epi64(x[i], b(i));
        add_in!(lifted, difference, broadcast_digit(FOUR_P[i]))
    });
    *x = mul(&left, &right);
}

/// See [`FourClasses::mul_by_t`]. The product is below p + 2¹⁰¹², and below 5p + 2¹⁰¹² when a or 4p − b is
/// added. Let the unit be 2⁹⁸⁸ and s the sum of the top digits. Then the whole sum lies in (s − 1, s + 2). Where
/// s > ⌊2p⌋ + 1 it exceeds 2p, and 2p is subtracted. Elsewhere it is below 2p + 4.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn mul_by_t(x: &mut Vectors, table: &FourTables, [i, j, k, l]: [u8; 4], negative: u8) {
    let places = [lanes!(0, 1), lanes!(2, 3), lanes!(4, 5), lanes!(6, 7)];
    let found = entries::look_up_each([(table, 0xff)], places, [i, i, j, j, k, k, l, l]);
    let of_class = |j: usize| (negative >> j & 1) * places[j];
    let negative = (0..4).fold(0, |mask, j| mask | of_class(j));
    let t = normalise(|i| {
        let digit = found.digit(i);
        _mm512_mask_sub_epi64(digit, negative, broadcast_digit(TWICE_P[i]), digit)
    });
    let product = mul(x, &t);
    let exchange = pick(EXCHANGED);
    let sum = |i: usize| {
        let term = _mm512_permutexvar_epi64(exchange, x[i]);
        let term = _mm512_mask_sub_epi64(term, A, broadcast_digit(FOUR_P[i]), term);
        _mm512_add_epi64(product[i], term)
    };
    let too_large =
        _mm512_cmpgt_epi64_mask(sum(DIGITS - 1), broadcast_digit(TWICE_P[DIGITS - 1] + 1));
    *x = normalise(|i| {
        let sum = sum(i);
        sub_in!(too_large, sum, broadcast_digit(TWICE_P[i]))
    });
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::field::Fp2;
    use crate::field::ifma::columns::vectors;
    use crate::field::ifma::digits::MASK;
    use subtle::ConstantTimeEq;

    fn assert_eq(classes: &FourClasses, expected: &[Fp2<Fp>; 4]) {
        for ([a, b], x) in classes.leave().iter().zip(expected) {
            assert!(bool::from(a.ct_eq(&x.re) & b.ct_eq(&x.im)));
        }
    }

    /// A sequence of both operations, with entries that are 0, 1, p − 1 or random. Before each product, some of the a
    /// and b get 2p more, so that all of them reach their bound in turn.
    #[test]
    fn works_like_the_formulas() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        let seed = Fp::from_u64(0x9e37_79b9_7f4a_7c15).invert();
        let entry = |e: usize| match e % 8 {
            0 => Fp::ZERO,
            1 => Fp::ONE,
            2 => -Fp::ONE,
            _ => seed * Fp::from_u64(e as u64 * e as u64 + 1),
        };
        let elements: [[Fp; 32]; 4] =
            core::array::from_fn(|c| core::array::from_fn(|e| entry(e + 7 * c)));
        let table = FourTables::new(ifma, &elements);
        let mut classes = FourClasses::one(ifma);
        let mut expected = [Fp2::ONE; 4];
        for round in 0..400usize {
            if round % 5 == 4 {
                classes.square();
                expected = expected.map(Fp2::square);
            }
            // The same elements, with 2p more where the bound allows it.
            let (integers, twice_p) = (*columns(&classes.0), TWICE_P);
            let mut lifted = integers;
            for lane in (0..8).filter(|lane| (round >> (lane % 3)) & 1 == 1) {
                if integers[DIGITS - 1][lane] <= twice_p[DIGITS - 1] / 2 {
                    let mut carry = 0;
                    for i in 0..DIGITS {
                        let digit = integers[i][lane] + twice_p[i] + carry;
                        lifted[i][lane] = if i + 1 < DIGITS { digit & MASK } else { digit };
                        carry = digit >> 52;
                    }
                }
            }
            classes = FourClasses(vectors(lifted));
            classes.check();
            assert_eq(&classes, &expected);
            let indices: [u8; 4] = core::array::from_fn(|j| ((round * (j + 3) + j) % 32) as u8);
            let negative = (round * 11 / 3 % 16) as u8;
            classes.mul_by_t(&table, indices, negative);
            for j in 0..4 {
                let t = elements[j][usize::from(indices[j])];
                let t = if (negative >> j) & 1 == 1 { -t } else { t };
                let Fp2 { re: a, im: b } = expected[j];
                expected[j] = Fp2 { re: a * t - b, im: a + b * t };
            }
            assert_eq(&classes, &expected);
        }
    }
}
