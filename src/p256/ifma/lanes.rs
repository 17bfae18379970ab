//! Eight elements of the field at once, one in each 64-bit lane, for batches of public points.
//!
//! # The bound
//!
//! An element has 5 digits of 52 bits and is in Montgomery form with R = 2²⁶⁰. Every value is below 1.5·2²⁵⁶, and
//! its digits are below 2⁵².
//!
//! * **Products**: (ab + kp)/R with k < R is below 2.25·2⁵¹²/2²⁶⁰ + p < 1.25·2²⁵⁶.
//! * **Sums** get a multiple of p, at most 6p, that makes them positive, and stay below 2²⁶⁰. Then
//!   [`fold`] takes from the top digit the bits above 2²⁵⁶ as f, and replaces f·2²⁵⁶ by
//!   f·(2²⁵⁶ − p) < f·2²²⁴, where f < 2⁴. The digits below the top one carry less than ±2⁵ into it, so the result
//!   is below 2²⁵⁶ + 2²¹³ + 2²²⁸. It is not negative: if f is 0, nothing was taken away, and otherwise
//!   f·(2²⁵⁶ − p) outweighs those carries.

use core::arch::x86_64::*;
use core::ops::{Add, Mul, Neg, Sub};

use zeroize::Zeroize;

use crate::backend::Ifma;
use crate::field::Field;
use crate::jacobian::{Affine, Jacobian};
use crate::p256::group::{Cached, Coordinate, Fp};

/// \[2ⁿ\]P, see [`Jacobian::double_times`].
pub(in crate::p256) fn double_times(point: &Jacobian<Eight>, n: usize) -> Jacobian<Eight> {
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn inner(point: &Jacobian<Eight>, n: usize) -> Jacobian<Eight> {
        point.double_times_inline(n)
    }
    // SAFETY: clause 1, as the point exists.
    unsafe { inner(point, n) }
}

/// P + Q, see [`Jacobian::add_affine`].
pub(in crate::p256) fn add_affine(
    point: &Jacobian<Eight>,
    other: &Affine<Eight>,
) -> Jacobian<Eight> {
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn inner(point: &Jacobian<Eight>, other: &Affine<Eight>) -> Jacobian<Eight> {
        point.add_inline(other).0
    }
    // SAFETY: clause 1, as the points exist.
    unsafe { inner(point, other) }
}

/// P + Q, see [`Jacobian::add_cached`].
pub(in crate::p256) fn add_cached(
    point: &Jacobian<Eight>,
    other: &Cached<Eight>,
) -> Jacobian<Eight> {
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn inner(point: &Jacobian<Eight>, other: &Cached<Eight>) -> Jacobian<Eight> {
        point.add_cached_inline(other)
    }
    // SAFETY: clause 1, as the points exist.
    unsafe { inner(point, other) }
}

/// The number of digits in an element.
const DIGITS: usize = 5;
const BITS: u32 = 52;
const MASK: i64 = (1 << BITS) - 1;

/// The digits of eight integers: vector i holds digit i of all of them.
type Vectors = [__m512i; DIGITS];

/// p in digits.
const P: [i64; DIGITS] = [MASK, (1 << 44) - 1, 0, 1 << 36, 0xffff_ffff_0000];

/// Eight elements of 𝔽_p, one in each 64-bit lane.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(in crate::p256) struct Eight(Vectors);

impl Eight {
    /// Lane l holds `elements[l]`.
    pub(in crate::p256) fn enter(_: Ifma, elements: [Fp; 8]) -> Self {
        let limbs = elements.map(Fp::to_limbs);
        let words = core::array::from_fn(|i| core::array::from_fn(|lane| limbs[lane][i]));
        // SAFETY: clause 1, by the token.
        unsafe { from_words(words) }
    }

    /// Eight times the same element.
    pub(in crate::p256) fn splat(ifma: Ifma, element: Fp) -> Self {
        Self::enter(ifma, [element; 8])
    }

    /// The elements.
    pub(in crate::p256) fn leave(self) -> [Fp; 8] {
        // SAFETY: clause 2.
        let digits = unsafe { core::mem::transmute::<Vectors, [[u64; 8]; DIGITS]>(self.0) };
        core::array::from_fn(|lane| {
            let [d0, d1, d2, d3, d4] = digits.map(|digit| digit[lane]);
            let words =
                [d0 | d1 << 52, d1 >> 12 | d2 << 40, d2 >> 24 | d3 << 28, d3 >> 36 | d4 << 16];
            // A value is below 1.5·2²⁵⁶, so one bit is above the words. Four halvings lead from R = 2²⁶⁰ to 2²⁵⁶.
            Fp::from_words(&words, d4 >> 48).halve().halve().halve().halve()
        })
    }
}

/// In lane l, the point of `table` at `indices[l]`, negated where bit l of `negative` is set.
///
/// Leaks the indices, so it is only for public points.
pub(in crate::p256) fn gather_affine_vartime(
    _: Ifma,
    table: &[Affine<Fp>],
    indices: [u8; 8],
    negative: u8,
) -> Affine<Eight> {
    let points = indices.map(|index| &table[usize::from(index)]);
    let words = |limbs: fn(&Affine<Fp>) -> [u64; 4]| {
        let limbs = points.map(limbs);
        core::array::from_fn(|i| core::array::from_fn(|lane| limbs[lane][i]))
    };
    let (x, y) = (words(|point| point.x.to_limbs()), words(|point| point.y.to_limbs()));
    // SAFETY: clause 1, by the token.
    unsafe { Affine { x: from_words(x), y: negate_where(negative, from_words(y)) } }
}

/// In lane l, what the entry at `indices[l]` has there, with y negated where bit l of `negative` is set.
///
/// Leaks the indices, so it is only for public points.
pub(in crate::p256) fn gather_cached_vartime(
    table: &[Cached<Eight>],
    indices: [u8; 8],
    negative: u8,
) -> Cached<Eight> {
    assert!(indices.iter().all(|index| usize::from(*index) < table.len()));
    // SAFETY: clause 1, as the table has an entry: the assertion would fail without one.
    unsafe { gather_cached(table, indices.map(i64::from), negative) }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn gather_cached(table: &[Cached<Eight>], indices: [i64; 8], negative: u8) -> Cached<Eight> {
    const WORDS: i64 = (size_of::<Cached<Eight>>() / size_of::<u64>()) as i64;
    const { assert!(size_of::<Cached<Eight>>() == 5 * size_of::<Vectors>()) };
    let places: [i64; 8] = core::array::from_fn(|lane| WORDS * indices[lane] + lane as i64);
    // SAFETY: clause 2.
    let places = unsafe { core::mem::transmute::<[i64; 8], __m512i>(places) };
    let vector = |element: usize, digit: usize| {
        let place = broadcast((8 * (DIGITS * element + digit)) as i64);
        // SAFETY: clause 2; an entry is 25 vectors of 8 words, in the layout of C, and the caller has asserted that the
        // indices lie in the table.
        unsafe {
            _mm512_i64gather_epi64::<8>(_mm512_add_epi64(places, place), table.as_ptr().cast())
        }
    };
    let element = |element: usize| Eight(core::array::from_fn(|digit| vector(element, digit)));
    Cached {
        x: element(0),
        y: negate_where(negative, element(1)),
        z: element(2),
        zz: element(3),
        zzz: element(4),
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn broadcast(digit: i64) -> __m512i {
    _mm512_set1_epi64(digit)
}

/// 16 times the integers below 2²⁵⁶ that have these words, which leads from R = 2²⁵⁶ to 2²⁶⁰.
#[target_feature(enable = "avx512f,avx512ifma")]
fn from_words(words: [[u64; 8]; 4]) -> Eight {
    // SAFETY: clause 2.
    let [w0, w1, w2, w3] = unsafe { core::mem::transmute::<[[u64; 8]; 4], [__m512i; 4]>(words) };
    let mask = broadcast(MASK);
    let digit = |low: __m512i, high: __m512i| _mm512_and_si512(_mm512_or_si512(low, high), mask);
    fold([
        _mm512_and_si512(_mm512_slli_epi64::<4>(w0), mask),
        digit(_mm512_srli_epi64::<48>(w0), _mm512_slli_epi64::<16>(w1)),
        digit(_mm512_srli_epi64::<36>(w1), _mm512_slli_epi64::<28>(w2)),
        digit(_mm512_srli_epi64::<24>(w2), _mm512_slli_epi64::<40>(w3)),
        _mm512_srli_epi64::<12>(w3),
    ])
}

/// a·b/R mod p.                                                                80 IFMA
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn mul(Eight(a): &Eight, Eight(b): &Eight) -> Eight {
    debug_assert!(is_element(a) && is_element(b), "a factor is below 1.5·2²⁵⁶");
    let mut columns = [_mm512_setzero_si512(); 2 * DIGITS];
    for i in 0..DIGITS {
        for j in 0..DIGITS {
            columns[i + j] = _mm512_madd52lo_epu64(columns[i + j], a[i], b[j]);
            columns[i + j + 1] = _mm512_madd52hi_epu64(columns[i + j + 1], a[i], b[j]);
        }
    }
    reduce(columns)
}

/// a²/R mod p.                                                                 60 IFMA
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn square(Eight(a): &Eight) -> Eight {
    debug_assert!(is_element(a), "a factor is below 1.5·2²⁵⁶");
    let mut columns = [_mm512_setzero_si512(); 2 * DIGITS];
    for i in 0..DIGITS {
        for j in i + 1..DIGITS {
            columns[i + j] = _mm512_madd52lo_epu64(columns[i + j], a[i], a[j]);
            columns[i + j + 1] = _mm512_madd52hi_epu64(columns[i + j + 1], a[i], a[j]);
        }
    }
    for column in &mut columns {
        *column = _mm512_add_epi64(*column, *column);
    }
    for i in 0..DIGITS {
        columns[2 * i] = _mm512_madd52lo_epu64(columns[2 * i], a[i], a[i]);
        columns[2 * i + 1] = _mm512_madd52hi_epu64(columns[2 * i + 1], a[i], a[i]);
    }
    reduce(columns)
}

/// Σ columns·2⁵²ⁱ/R mod p, where each column is below 2⁵⁸.
///
/// −1/p ≡ 1 modulo 2⁵², so column i is cleared by adding kp, where k is its own low 52 bits. kp is k·(p + 1) − k, and
/// p + 1 is (p₁ + 1)·2⁵² + p₃·2¹⁵⁶ + p₄·2²⁰⁸.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn reduce(mut columns: [__m512i; 2 * DIGITS]) -> Eight {
    let (p1, p3, p4) = (broadcast(P[1] + 1), broadcast(P[3]), broadcast(P[4]));
    for i in 0..DIGITS {
        // The multiplications read the lower 52 bits only.
        let k = columns[i];
        columns[i + 1] = _mm512_add_epi64(columns[i + 1], _mm512_srli_epi64::<52>(k));
        columns[i + 1] = _mm512_madd52lo_epu64(columns[i + 1], k, p1);
        columns[i + 2] = _mm512_madd52hi_epu64(columns[i + 2], k, p1);
        columns[i + 3] = _mm512_madd52lo_epu64(columns[i + 3], k, p3);
        columns[i + 4] = _mm512_madd52hi_epu64(columns[i + 4], k, p3);
        columns[i + 4] = _mm512_madd52lo_epu64(columns[i + 4], k, p4);
        columns[i + 5] = _mm512_madd52hi_epu64(columns[i + 5], k, p4);
    }
    Eight(carried(core::array::from_fn(|i| columns[DIGITS + i])))
}

/// Whether every lane is within the bound of the module.
#[target_feature(enable = "avx512f,avx512ifma")]
fn is_element(digits: &Vectors) -> bool {
    let below = |digit, bound| _mm512_cmplt_epu64_mask(digit, broadcast(bound)) == 0xff;
    let [lower @ .., top] = digits;
    lower.iter().all(|digit| below(*digit, 1 << BITS)) && below(*top, 3 << 47)
}

/// Carries digits of either sign. They become digits in [0, 2⁵²), except the top one, which takes the last carry.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn carried(mut digits: Vectors) -> Vectors {
    for i in 0..DIGITS - 1 {
        let carry = _mm512_srai_epi64::<52>(digits[i]);
        digits[i] = _mm512_and_si512(digits[i], broadcast(MASK));
        digits[i + 1] = _mm512_add_epi64(digits[i + 1], carry);
    }
    digits
}

/// The value modulo p, within the bound of the module. The value must not be negative.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn fold([d0, d1, d2, d3, d4]: Vectors) -> Eight {
    debug_assert!(
        _mm512_cmplt_epu64_mask(d4, broadcast(1 << 52)) == 0xff,
        "a sum is positive and below 2²⁶⁰"
    );
    let above = _mm512_srli_epi64::<48>(d4);
    let d4 = _mm512_and_si512(d4, broadcast((1 << 48) - 1));
    // 2²⁵⁶ − p = 2²²⁴ − 2¹⁹² − 2⁹⁶ + 1.
    Eight(carried([
        _mm512_add_epi64(d0, above),
        _mm512_sub_epi64(d1, _mm512_slli_epi64::<44>(above)),
        d2,
        _mm512_sub_epi64(d3, _mm512_slli_epi64::<36>(above)),
        _mm512_add_epi64(d4, _mm512_slli_epi64::<16>(above)),
    ]))
}

/// `digits` + `multiple`·p mod p.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn fold_with(multiple: i64, digits: Vectors) -> Eight {
    fold(core::array::from_fn(|i| _mm512_add_epi64(digits[i], broadcast(multiple * P[i]))))
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn add(Eight(a): &Eight, Eight(b): &Eight) -> Eight {
    fold(core::array::from_fn(|i| _mm512_add_epi64(a[i], b[i])))
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn sub(Eight(a): &Eight, Eight(b): &Eight) -> Eight {
    fold_with(2, core::array::from_fn(|i| _mm512_sub_epi64(a[i], b[i])))
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn minus_twice(Eight(a): &Eight, Eight(b): &Eight) -> Eight {
    fold_with(4, core::array::from_fn(|i| _mm512_sub_epi64(a[i], _mm512_slli_epi64::<1>(b[i]))))
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn twice_minus(Eight(a): &Eight, Eight(b): &Eight) -> Eight {
    fold_with(2, core::array::from_fn(|i| _mm512_sub_epi64(_mm512_slli_epi64::<1>(a[i]), b[i])))
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn thrice_difference(Eight(a): &Eight, Eight(b): &Eight) -> Eight {
    fold_with(
        6,
        core::array::from_fn(|i| {
            let difference = _mm512_sub_epi64(a[i], b[i]);
            _mm512_add_epi64(_mm512_slli_epi64::<1>(difference), difference)
        }),
    )
}

/// a/2 mod p. p is added where a is odd, and the sum is below 2.5·2²⁵⁶.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn halve(Eight(a): &Eight) -> Eight {
    let odd = _mm512_test_epi64_mask(a[0], broadcast(1));
    let even =
        carried(core::array::from_fn(|i| _mm512_mask_add_epi64(a[i], odd, a[i], broadcast(P[i]))));
    Eight(core::array::from_fn(|i| {
        let low = _mm512_srli_epi64::<1>(even[i]);
        if i + 1 == DIGITS {
            return low;
        }
        let bit = _mm512_and_si512(even[i + 1], broadcast(1));
        _mm512_or_si512(low, _mm512_slli_epi64::<51>(bit))
    }))
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn negate_where(mask: u8, a: Eight) -> Eight {
    let negative = sub(&Eight([_mm512_setzero_si512(); DIGITS]), &a);
    Eight(core::array::from_fn(|i| _mm512_mask_blend_epi64(mask, a.0[i], negative.0[i])))
}

impl Add for Eight {
    type Output = Self;

    #[inline]
    fn add(self, rhs: Self) -> Self {
        // SAFETY: clause 1, as self exists; here and in all that follow.
        unsafe { add(&self, &rhs) }
    }
}

impl Sub for Eight {
    type Output = Self;

    #[inline]
    fn sub(self, rhs: Self) -> Self {
        // SAFETY: as for the sum.
        unsafe { sub(&self, &rhs) }
    }
}

impl Mul for Eight {
    type Output = Self;

    #[inline]
    fn mul(self, rhs: Self) -> Self {
        // SAFETY: as for the sum.
        unsafe { mul(&self, &rhs) }
    }
}

impl Neg for Eight {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        // SAFETY: as for the sum.
        unsafe { negate_where(0xff, self) }
    }
}

impl Field for Eight {
    #[inline]
    fn square(self) -> Self {
        // SAFETY: as for the sum.
        unsafe { square(&self) }
    }

    #[inline]
    fn double(self) -> Self {
        self + self
    }

    #[inline]
    fn minus_twice(self, x: Self) -> Self {
        // SAFETY: as for the sum.
        unsafe { minus_twice(&self, &x) }
    }
}

impl Coordinate for Eight {
    #[inline]
    fn halve(self) -> Self {
        // SAFETY: as for the sum.
        unsafe { halve(&self) }
    }

    #[inline]
    fn twice_minus(self, b: Self) -> Self {
        // SAFETY: as for the sum.
        unsafe { twice_minus(&self, &b) }
    }

    #[inline]
    fn thrice_difference(self, b: Self) -> Self {
        // SAFETY: as for the sum.
        unsafe { thrice_difference(&self, &b) }
    }
}

impl Zeroize for Eight {
    fn zeroize(&mut self) {
        // SAFETY: clause 2: zero is a value, and nothing is to be dropped.
        unsafe { zeroize::zeroize_flat_type(self) }
    }
}
