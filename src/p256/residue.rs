//! Integers modulo one of P-256's two primes: 4 × 64-bit limbs in Montgomery form, R = 2²⁵⁶.
//!
//! Both primes lie between 2²⁵⁵ and 2²⁵⁶. So sums and products have a carry beyond the four limbs, and are below 2m
//! before one conditional subtraction. Every value is below its modulus, and so equal residues have equal limbs.
//! Selections go through the crate `cmov`, whose conditional move the compiler can't turn into a branch.

#![expect(clippy::cast_possible_truncation, reason = "carries and halves are taken apart")]

use core::marker::PhantomData;
use core::ops::{Add, Mul, Neg, Sub};

use cmov::Cmov;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroize;

use crate::ct;
use crate::divsteps::Inverter;
use crate::words::{adc, doubled_modulo, mac, minus_inverse, sbb};

/// Limbs of a residue, least significant first.
pub(super) type Limbs = [u64; 4];

/// One of the two primes m, 2²⁵⁵ < m < 2²⁵⁶.
pub(crate) trait Modulus: Copy {
    const M: Limbs;

    /// One round of the reduction of a t of five limbs: (t + k·m)/2⁶⁴ for the k < 2⁶⁴ with which it is whole. The
    /// result is below 2²⁵⁶ + m, so it has four limbs and a carry of 0 or 1.
    fn round(t: [u64; 5]) -> (Limbs, u64);
}

/// p = 2²⁵⁶ − 2²²⁴ + 2¹⁹² + 2⁹⁶ − 1, the prime of the field.
#[derive(Clone, Copy)]
pub(crate) struct P;

/// q, the order of G.
#[derive(Clone, Copy)]
pub(crate) struct Q;

impl Modulus for P {
    const M: Limbs = [0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001];

    /// −1/p ≡ 1 modulo 2⁶⁴, so k is the lowest limb. k·p = k·p₃·2¹⁹² + k·2⁹⁶ − k for the top limb p₃.
    #[inline]
    fn round([k, t1, t2, t3, t4]: [u64; 5]) -> (Limbs, u64) {
        let (low, high) = mac(0, k, Self::M[3], 0);
        let (t1, carry) = adc(t1, k << 32, 0);
        let (t2, carry) = adc(t2, k >> 32, carry);
        let (t3, carry) = adc(t3, low, carry);
        let (t4, carry) = adc(t4, high, carry);
        ([t1, t2, t3, t4], carry)
    }
}

impl Modulus for Q {
    const M: Limbs = [
        0xf3b9_cac2_fc63_2551,
        0xbce6_faad_a717_9e84,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_0000_0000,
    ];

    #[inline]
    fn round([t0, t1, t2, t3, t4]: [u64; 5]) -> (Limbs, u64) {
        let k = t0.wrapping_mul(const { minus_inverse(Self::M[0]) });
        let (_, carry) = mac(t0, k, Self::M[0], 0);
        let (t1, carry) = mac(t1, k, Self::M[1], carry);
        let (t2, carry) = mac(t2, k, Self::M[2], carry);
        let (t3, carry) = mac(t3, k, Self::M[3], carry);
        let (t4, carry) = adc(t4, carry, 0);
        ([t1, t2, t3, t4], carry)
    }
}

/// A residue x modulo M, kept as x·2²⁵⁶ mod M.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Residue<M>(Limbs, PhantomData<M>);

impl<M: Modulus> Residue<M> {
    pub(crate) const ZERO: Self = Self::from_limbs([0; 4]);
    pub(crate) const ONE: Self = Self::from_limbs(Self::R);

    /// 2²⁵⁶ mod m = 2²⁵⁶ − m.
    const R: Limbs = sub_limbs(&[0; 4], &M::M).0;
    const R_SQUARED: Limbs = doubled_modulo(Self::R, 256, &M::M);

    const INVERTER: Inverter<4, 5> = Inverter::new(&M::M, &Self::R_SQUARED);

    /// A value that is in Montgomery form and below m already, as from a table or from an inversion.
    pub(super) const fn from_limbs(limbs: Limbs) -> Self {
        Self(limbs, PhantomData)
    }

    /// The inverse of [`from_limbs`](Self::from_limbs).
    #[cfg(any(test, target_arch = "x86_64"))]
    pub(super) const fn to_limbs(self) -> Limbs {
        self.0
    }

    pub(super) fn as_limbs(&self) -> &Limbs {
        &self.0
    }

    /// (carry·2²⁵⁶ + words) mod m for a value below 2m that is in Montgomery form already.
    #[cfg(all(feature = "alloc", target_arch = "x86_64"))]
    pub(super) fn from_words(words: &Limbs, carry: u64) -> Self {
        Self::from_limbs(subtract_m::<M>(words, carry))
    }

    /// An integer below m. For compile time only.
    pub(super) const fn from_integer(integer: Limbs) -> Self {
        Self::from_limbs(doubled_modulo(integer, 256, &M::M))
    }

    /// An integer of 256 bits, reduced modulo m.
    pub(super) fn new(integer: &Limbs) -> Self {
        // The first factor may be any 256-bit integer.
        Self::from_limbs(mul::<M>(integer, &Self::R_SQUARED))
    }

    /// 32 octets, big-endian, reduced modulo m, and whether they were below m.
    pub(super) fn from_be_bytes(octets: &[u8; 32]) -> (Self, Choice) {
        let mut integer = [0; 4];
        for (limb, chunk) in integer.iter_mut().rev().zip(octets.as_chunks::<8>().0) {
            *limb = u64::from_be_bytes(*chunk);
        }
        let (_, below) = sub_limbs(&integer, &M::M);
        (Self::new(&integer), Choice::from(below as u8))
    }

    /// 32 octets, big-endian, reduced modulo m.
    pub(crate) fn reduce(octets: &[u8; 32]) -> Self {
        Self::from_be_bytes(octets).0
    }

    /// 32 octets, big-endian, below m.
    pub(crate) fn to_be_bytes(self) -> [u8; 32] {
        let mut octets = [0; 32];
        let integer = self.to_integer();
        for (chunk, limb) in octets.as_chunks_mut::<8>().0.iter_mut().zip(integer.iter().rev()) {
            *chunk = limb.to_be_bytes();
        }
        octets
    }

    /// The integer below m.
    pub(super) fn to_integer(self) -> Limbs {
        mul::<M>(&self.0, &[1, 0, 0, 0])
    }

    #[inline]
    pub(super) fn square(self) -> Self {
        Self::from_limbs(square::<M>(&self.0))
    }

    #[inline]
    pub(super) fn double(self) -> Self {
        self + self
    }

    /// self/2: m is odd, so one of x and x + m is even.
    #[inline]
    pub(super) fn halve(self) -> Self {
        let odd = ct::mask((self.0[0] & 1) as u8);
        let (t0, carry) = adc(self.0[0], M::M[0] & odd, 0);
        let (t1, carry) = adc(self.0[1], M::M[1] & odd, carry);
        let (t2, carry) = adc(self.0[2], M::M[2] & odd, carry);
        let (t3, carry) = adc(self.0[3], M::M[3] & odd, carry);
        Self::from_limbs([
            t0 >> 1 | t1 << 63,
            t1 >> 1 | t2 << 63,
            t2 >> 1 | t3 << 63,
            t3 >> 1 | carry << 63,
        ])
    }

    /// 1/self, and 0 for 0, in constant time.
    pub(crate) fn invert(self) -> Self {
        Self::from_limbs(Self::INVERTER.invert(&self.0))
    }

    /// Whether both are the same. Leaks both.
    pub(crate) fn equals_vartime(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// a − b and the borrow, 0 or 1.
#[inline]
pub(super) const fn sub_limbs(a: &Limbs, b: &Limbs) -> (Limbs, u64) {
    let (r0, borrow) = sbb(a[0], b[0], 0);
    let (r1, borrow) = sbb(a[1], b[1], borrow);
    let (r2, borrow) = sbb(a[2], b[2], borrow);
    let (r3, borrow) = sbb(a[3], b[3], borrow);
    ([r0, r1, r2, r3], borrow)
}

/// a + b and the carry, 0 or 1.
#[inline]
pub(super) const fn add_limbs(a: &Limbs, b: &Limbs) -> (Limbs, u64) {
    let (r0, carry) = adc(a[0], b[0], 0);
    let (r1, carry) = adc(a[1], b[1], carry);
    let (r2, carry) = adc(a[2], b[2], carry);
    let (r3, carry) = adc(a[3], b[3], carry);
    ([r0, r1, r2, r3], carry)
}

/// (carry·2²⁵⁶ + t) mod m for a value below 2m.
#[inline]
fn subtract_m<M: Modulus>(t: &Limbs, carry: u64) -> Limbs {
    let (mut reduced, borrow) = sub_limbs(t, &M::M);
    let (_, below_m) = sbb(carry, 0, borrow);
    for (limb, kept) in reduced.iter_mut().zip(t) {
        limb.cmovnz(kept, below_m as u8);
    }
    debug_assert_eq!(sub_limbs(&reduced, &M::M).1, 1, "a value below 2m");
    reduced
}

/// x·y/R mod m for x < R and y < m, one limb of y and one round of the reduction at a time.
///
/// Let B = 2⁶⁴, so that R = B⁴, and T the value of t and `top`. A step takes T to (T + x·yᵢ + kᵢ·m)/B with
/// yᵢ, kᵢ < B.
///
/// 1. T < R + m after every step: T = 0 at the start, and then T′ < (R + m + (B − 1)R + (B − 1)m)/B = R + m.
/// 2. R + m < 2R, so T is four limbs and a `top` of 0 or 1. Within a step, T + x·yᵢ < BR + m has five limbs and
///    a carry `first`; the round divides it by B, where it has the weight of `top`.
/// 3. T < 2m after the last step: T = (x·y + k·m)/R with k = Σ kᵢBⁱ < R, and x·y < Rm.
#[inline]
fn mul<M: Modulus>(x: &Limbs, y: &Limbs) -> Limbs {
    let (mut t, mut top) = ([0; 4], 0);
    for y in *y {
        let (t0, carry) = mac(t[0], x[0], y, 0);
        let (t1, carry) = mac(t[1], x[1], y, carry);
        let (t2, carry) = mac(t[2], x[2], y, carry);
        let (t3, carry) = mac(t[3], x[3], y, carry);
        let (t4, first) = adc(top, carry, 0);
        let second;
        (t, second) = M::round([t0, t1, t2, t3, t4]);
        top = first + second;
        debug_assert!(top <= 1, "T < 2R");
    }
    subtract_m::<M>(&t, top)
}

/// x²/R mod m for x < m: the six products above the diagonal, which are doubled, then the diagonal, and then four
/// rounds on the lower half.
///
/// 1. x² < 2⁵¹² has eight limbs, and the doubled products are no more than x².
/// 2. A round takes t < 2²⁵⁶ to (t + km)/2⁶⁴ < 2¹⁹² + m. Both primes are below 2²⁵⁶ − 2¹⁹², so that is below
///    2²⁵⁶ again, and no round has a carry.
/// 3. With the upper half the result is (x² + km)/R for some k < R, which is below (m² + Rm)/R < 2m.
#[inline]
fn square<M: Modulus>(x: &Limbs) -> Limbs {
    let (r1, carry) = mac(0, x[0], x[1], 0);
    let (r2, carry) = mac(0, x[0], x[2], carry);
    let (r3, r4) = mac(0, x[0], x[3], carry);
    let (r3, carry) = mac(r3, x[1], x[2], 0);
    let (r4, r5) = mac(r4, x[1], x[3], carry);
    let (r5, r6) = mac(r5, x[2], x[3], 0);
    let doubled = [
        0,
        r1 << 1,
        r2 << 1 | r1 >> 63,
        r3 << 1 | r2 >> 63,
        r4 << 1 | r3 >> 63,
        r5 << 1 | r4 >> 63,
        r6 << 1 | r5 >> 63,
        r6 >> 63,
    ];
    let mut wide = [0; 8];
    let mut carry = 0;
    for i in 0..4 {
        let (low, high) = mac(0, x[i], x[i], 0);
        (wide[2 * i], carry) = adc(doubled[2 * i], low, carry);
        (wide[2 * i + 1], carry) = adc(doubled[2 * i + 1], high, carry);
    }
    debug_assert_eq!(carry, 0, "x² < 2⁵¹²");
    let mut t = [wide[0], wide[1], wide[2], wide[3]];
    for _ in 0..4 {
        let carry;
        (t, carry) = M::round([t[0], t[1], t[2], t[3], 0]);
        debug_assert_eq!(carry, 0, "(t + km)/2⁶⁴ < 2¹⁹² + m");
    }
    let (sum, carry) = add_limbs(&t, &[wide[4], wide[5], wide[6], wide[7]]);
    subtract_m::<M>(&sum, carry)
}

impl<M: Modulus> Add for Residue<M> {
    type Output = Self;

    #[inline]
    fn add(self, rhs: Self) -> Self {
        let (sum, carry) = add_limbs(&self.0, &rhs.0);
        Self::from_limbs(subtract_m::<M>(&sum, carry))
    }
}

impl<M: Modulus> Sub for Residue<M> {
    type Output = Self;

    #[inline]
    fn sub(self, rhs: Self) -> Self {
        let (difference, borrow) = sub_limbs(&self.0, &rhs.0);
        let below_zero = ct::mask(borrow as u8);
        Self::from_limbs(add_limbs(&difference, &M::M.map(|limb| limb & below_zero)).0)
    }
}

impl<M: Modulus> Mul for Residue<M> {
    type Output = Self;

    #[inline]
    fn mul(self, rhs: Self) -> Self {
        Self::from_limbs(mul::<M>(&self.0, &rhs.0))
    }
}

impl<M: Modulus> Neg for Residue<M> {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl<M: Modulus> ConditionallySelectable for Residue<M> {
    #[inline]
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        let mut selected = *a;
        for (limb, other) in selected.0.iter_mut().zip(&b.0) {
            limb.cmovnz(other, choice.unwrap_u8());
        }
        selected
    }
}

impl<M: Modulus> ConstantTimeEq for Residue<M> {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl<M: Modulus> Zeroize for Residue<M> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}
