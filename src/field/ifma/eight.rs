//! Eight elements of 𝔽_p, one in each 64-bit lane: 20 digits of 52 bits, in Montgomery form with R = 2¹⁰⁴⁰.
//!
//! # The bound
//!
//! p has 1024 bits, and 20 digits hold 1040. Every value is below p + 2¹⁰¹², and its digits are below 2⁵².
//! Every operation takes values with this bound and returns values with it, so a formula may have any length.
//!
//! * **Products** need no final subtraction. For a·b ≤ 2²⁰⁵² the result (ab + mp)/R with m < R is below
//!   2²⁰⁵²/2¹⁰⁴⁰ + p. So both operands may be as large as 2¹⁰²⁶ ≈ 6.7p, which lets the group laws multiply sums that
//!   are not reduced.
//! * **Sums and differences** look at the top digits alone and then subtract or add p up to twice,
//!   in the same pass over the digits in which they carry. The estimate is off by less than 2⁹⁹⁰, which is
//!   good enough for a bound with a slack of 2¹⁰¹²: see [`add`] and [`sub`].

use core::arch::x86_64::*;
use core::ops::{Add, Mul, MulAssign, Neg, Sub};

use zeroize::Zeroize;

use super::columns::{
    self, Vectors, broadcast_digit, multiply_add, normalise, opaque, reduce_row, vectors,
};
use super::digits::{BITS, DIGITS, ENTER, LEAVE, MASK, P, TWICE_P};
use crate::backend::Ifma;
use crate::field::{Field, Fp};
use crate::words::{from_digits, to_digits};

/// A value may exceed p by 2¹⁰¹². This is that number in units of the top digit, 2⁹⁸⁸.
pub(crate) const SLACK: u64 = 1 << (1012 - 988);

/// Eight independent elements of 𝔽_p, each below p + 2¹⁰¹².
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Fp52x8(pub(crate) Vectors);

impl Fp52x8 {
    /// Lane l holds `elements[l]`.
    pub(crate) fn enter(_: Ifma, elements: &[Fp; 8]) -> Self {
        let mut integers = [[0; 8]; DIGITS];
        for (lane, element) in elements.iter().enumerate() {
            let digits: [_; DIGITS] = to_digits::<BITS, _, _>(&element.to_limbs());
            for (integer, digit) in integers.iter_mut().zip(digits) {
                integer[lane] = digit;
            }
        }
        // SAFETY: field::ifma clause 2 for the vectors, clause 1 by the token.
        unsafe { Self::checked(mul(&vectors(integers), &broadcast(&ENTER))) }
    }

    /// All eight lanes hold `element`.
    pub(crate) fn splat(ifma: Ifma, element: Fp) -> Self {
        Self::enter(ifma, &[element; 8])
    }

    /// The elements, fully reduced.
    pub(crate) fn leave(self) -> [Fp; 8] {
        // SAFETY: field::ifma clause 1, as self exists.
        let reduced = unsafe { canonical(&mul(&self.0, &broadcast(&LEAVE))) };
        let integers = columns::columns(&reduced);
        core::array::from_fn(|lane| {
            let digits: [_; DIGITS] = core::array::from_fn(|i| integers[i][lane]);
            Fp::from_limbs(from_digits::<BITS, _, _>(&digits))
        })
    }

    /// Bit l: whether lane l is zero.
    #[cfg(test)]
    pub(crate) fn is_zero(&self) -> u8 {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { is_zero(&self.0) }
    }

    /// Bit l: whether lane l of both is the same element.
    #[cfg(test)]
    pub(crate) fn ct_eq(&self, other: &Self) -> u8 {
        (*self - *other).is_zero()
    }

    /// The number of digits in an element.
    #[cfg(feature = "alloc")]
    pub(crate) const DIGITS: usize = DIGITS;

    /// Wraps the result of an operation. Debug builds check its bound.
    #[inline]
    pub(crate) fn checked(value: Vectors) -> Self {
        let value = Self(value);
        value.check();
        value
    }

    /// Checks the bound of a value in debug builds.
    #[inline]
    pub(crate) fn check(&self) {
        debug_assert!(is_bounded(&self.0), "a value is below p + 2^1012, its digits below 2^52");
    }
}

impl Zeroize for Fp52x8 {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Field for Fp52x8 {
    #[inline]
    fn square(self) -> Self {
        // SAFETY: field::ifma clause 1, as self exists.
        Self::checked(unsafe { square(&self.0) })
    }

    #[inline]
    fn double(self) -> Self {
        self + self
    }

    /// The sum is updated in place, because moving an element is expensive.
    #[inline]
    fn plus_products<'a>(mut self, pairs: impl Iterator<Item = (&'a Self, &'a Self)>) -> Self {
        for (x, y) in pairs {
            // SAFETY: field::ifma clause 1, as self exists.
            self.0 = unsafe { add(&self.0, &mul(&x.0, &y.0)) };
        }
        Self::checked(self.0)
    }
}

impl Add for Fp52x8 {
    type Output = Self;

    #[inline]
    fn add(self, rhs: Self) -> Self {
        // SAFETY: field::ifma clause 1, as self exists.
        Self::checked(unsafe { add(&self.0, &rhs.0) })
    }
}

impl Sub for Fp52x8 {
    type Output = Self;

    #[inline]
    fn sub(self, rhs: Self) -> Self {
        // SAFETY: field::ifma clause 1, as self exists.
        Self::checked(unsafe { sub(&self.0, &rhs.0) })
    }
}

impl Mul for Fp52x8 {
    type Output = Self;

    #[inline]
    fn mul(mut self, rhs: Self) -> Self {
        self *= &rhs;
        self
    }
}

impl MulAssign<&Self> for Fp52x8 {
    #[inline]
    fn mul_assign(&mut self, rhs: &Self) {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { mul_assign(&mut self.0, &rhs.0) }
        self.check();
    }
}

impl Neg for Fp52x8 {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        // SAFETY: field::ifma clause 1, as self exists.
        Self::checked(unsafe { sub(&broadcast(&[0; DIGITS]), &self.0) })
    }
}

/// a·b·R⁻¹ mod p, below p + 2¹⁰¹², for a·b < 2²⁰⁵².
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(crate) fn mul(a: &Vectors, b: &Vectors) -> Vectors {
    product_beside(a, b, |_| ())
}

/// a ← a·b, like [`mul`].
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn mul_assign(a: &mut Vectors, b: &Vectors) {
    *a = product_beside(a, b, |_| ());
}

/// [`mul`], inlined, which also calls `aside` in each of the 20 rows.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn product_beside(a: &Vectors, b: &Vectors, aside: impl Fn(usize)) -> Vectors {
    debug_assert!(is_carried(a) && is_carried(b), "the multiplier reads 52 bits of a digit");
    let zero = _mm512_setzero_si512();
    let mut columns = [zero; DIGITS];
    let above = |row| {
        aside(row);
        zero
    };
    columns::product(a, b, above, &mut columns);
    normalise(|i| columns[i])
}

/// a²·R⁻¹ mod p, below p + 2¹⁰¹², for a < 2¹⁰²⁶.                                 1240 IFMA
///
/// Like [`columns::square`], but for digits below 2⁵². It is written out here because it takes 2,719
/// instructions in this form, and 2,903 by way of [`columns::square`].
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(crate) fn square(a: &Vectors) -> Vectors {
    debug_assert!(is_carried(a), "a carry from a digit to the next is one bit");
    debug_assert!(columns::fit(a, a), "a factor is below 2^1026");
    let mask = broadcast_digit(MASK);
    let mut doubled = [_mm512_setzero_si512(); DIGITS];
    let mut doubled_lowest = doubled;
    for i in 0..DIGITS {
        doubled_lowest[i] = _mm512_and_si512(_mm512_add_epi64(a[i], a[i]), mask);
        let carry = if i == 0 { _mm512_setzero_si512() } else { _mm512_srli_epi64::<51>(a[i - 1]) };
        doubled[i] = _mm512_add_epi64(doubled_lowest[i], carry);
    }
    let mut columns = [_mm512_setzero_si512(); DIGITS + 1];
    unroll!(J => {
        let doubled = opaque(&doubled);
        multiply_add(&mut columns, J, a[J], a[J]);
        if J + 1 < DIGITS {
            multiply_add(&mut columns, J + 1, doubled_lowest[(J + 1) % DIGITS], a[J]);
        }
        for i in (0..DIGITS).skip(J + 2) {
            multiply_add(&mut columns, i, doubled[i], a[J]);
        }
        reduce_row(&mut columns);
    });
    normalise(|i| columns[i])
}

/// a + b mod p, below p + 2⁹⁹⁰ or 2¹⁰¹³, for a, b < p + 2¹⁰¹².
///
/// Let the unit be 2⁹⁸⁸ and s the sum of the top digits. Then a + b lies in [s, s + 2). p is subtracted where s > ⌊p⌋,
/// and a + b > p there. It is subtracted again where s > ⌊2p⌋, and a + b > 2p there. So no result is negative. Without
/// a subtraction a + b < p + 2, with one a + b < 2p + 2, and with two a + b < 2p + 2²⁵.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(crate) fn add(a: &Vectors, b: &Vectors) -> Vectors {
    let top = _mm512_add_epi64(a[DIGITS - 1], b[DIGITS - 1]);
    let once = _mm512_cmpgt_epi64_mask(top, broadcast_digit(P[DIGITS - 1]));
    let twice = _mm512_cmpgt_epi64_mask(top, broadcast_digit(TWICE_P[DIGITS - 1]));
    normalise(|i| {
        let (sum, p) = (_mm512_add_epi64(a[i], b[i]), broadcast_digit(P[i]));
        let sum = _mm512_mask_sub_epi64(sum, once, sum, p);
        _mm512_mask_sub_epi64(sum, twice, sum, p)
    })
}

/// a − b mod p, below p + 2⁹⁹⁰ or the bound of a, for a, b < p + 2¹⁰¹².
///
/// Let the unit be 2⁹⁸⁸ and s the difference of the top digits. Then a − b lies in (s − 1, s + 1). p is added where
/// s ≤ 0, and again where s ≤ −⌊p⌋. No result is negative: without an addition a − b > 0, with one a − b > −⌊p⌋ ≥ −p,
/// and two are enough because a − b > −p − 2²⁴. No result is too large: with one addition a − b < 1, and with two
/// a − b < 1 − ⌊p⌋ < 2 − p.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(crate) fn sub(a: &Vectors, b: &Vectors) -> Vectors {
    let (a_top, b_top) = (a[DIGITS - 1], b[DIGITS - 1]);
    let once = _mm512_cmple_epi64_mask(a_top, b_top);
    let lifted = _mm512_add_epi64(a_top, broadcast_digit(P[DIGITS - 1]));
    let twice = _mm512_cmple_epi64_mask(lifted, b_top);
    normalise(|i| {
        let (difference, p) = (_mm512_sub_epi64(a[i], b[i]), broadcast_digit(P[i]));
        let difference = _mm512_mask_add_epi64(difference, once, difference, p);
        _mm512_mask_add_epi64(difference, twice, difference, p)
    })
}

/// The value in [0, p).
#[target_feature(enable = "avx512f,avx512ifma")]
fn canonical(a: &Vectors) -> Vectors {
    let less_p = normalise(|i| _mm512_sub_epi64(a[i], broadcast_digit(P[i])));
    let below_p = _mm512_cmplt_epi64_mask(less_p[DIGITS - 1], _mm512_setzero_si512());
    select(below_p, &less_p, a)
}

/// Whether the value is 0 or p: below p + 2¹⁰¹² there is no other multiple.
#[cfg(test)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn is_zero(a: &Vectors) -> __mmask8 {
    let mut nonzero = _mm512_setzero_si512();
    let mut not_p = nonzero;
    for i in 0..DIGITS {
        nonzero = _mm512_or_si512(nonzero, a[i]);
        not_p = _mm512_or_si512(not_p, _mm512_xor_si512(a[i], broadcast_digit(P[i])));
    }
    _mm512_testn_epi64_mask(nonzero, nonzero) | _mm512_testn_epi64_mask(not_p, not_p)
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn select(mask: __mmask8, a: &Vectors, b: &Vectors) -> Vectors {
    core::array::from_fn(|i| _mm512_mask_blend_epi64(mask, a[i], b[i]))
}

/// One integer in all lanes.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn broadcast(integer: &[u64; DIGITS]) -> Vectors {
    core::array::from_fn(|i| broadcast_digit(integer[i]))
}

/// Whether each lane is a value: below p + 2¹⁰¹², its digits below 2⁵². For assertions.
pub(crate) fn is_bounded(a: &Vectors) -> bool {
    let integers = columns::columns(a);
    let below = |lane: usize| {
        let bound = |i| if i == DIGITS - 1 { P[i] + SLACK } else { P[i] };
        (0..DIGITS).rev().map(|i| integers[i][lane].cmp(&bound(i))).find(|order| order.is_ne())
    };
    is_carried(a) && (0..8).all(|lane| below(lane).is_some_and(core::cmp::Ordering::is_lt))
}

/// Whether all digits are below 2⁵². For assertions.
fn is_carried(a: &Vectors) -> bool {
    columns::columns(a).as_flattened().iter().all(|&digit| digit <= MASK)
}
