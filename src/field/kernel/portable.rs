//! Montgomery arithmetic on 16 little-endian limbs of 64 bits, R = 2¹⁰²⁴, in plain Rust.
//!
//! p fills all 1024 bits (its top octet is 0x99), so there is no spare bit. Every sum has a carry out, which
//! [`subtract_p`] takes into account. No loop bound, index or branch depends on
//! a limb. The one selection goes through `subtle`, whose masks the compiler can't see through.

#![expect(clippy::needless_range_loop, reason = "the columns of several numbers run together")]
#![expect(clippy::cast_possible_truncation, reason = "the halves of a double word are taken apart")]

use subtle::{Choice, ConditionallySelectable};

use crate::words::{self, adc, mac, sbb};

/// Limbs of an element, least significant first.
pub(in crate::field) type Limbs = [u64; 16];

/// Limbs of a product that is not reduced.
pub(in crate::field) type WideLimbs = [u64; 32];

/// The modulus, and two values that are derived from it at compile time: −p⁻¹ mod 2⁶⁴ and R − p.
///
/// It has the layout of C, because assembly reads it.
#[repr(C)]
pub(in crate::field) struct Modulus {
    pub(in crate::field) p: Limbs,
    pub(in crate::field) minus_p_inverse: u64,
    pub(in crate::field) r: Limbs,
}

impl Modulus {
    pub(in crate::field) const fn new(p: Limbs) -> Self {
        let mut r = [0; 16];
        let mut borrow = 0;
        let mut i = 0;
        while i < 16 {
            (r[i], borrow) = sbb(0, p[i], borrow);
            i += 1;
        }
        Self { p, minus_p_inverse: words::minus_inverse(p[0]), r }
    }
}

/// x·y·R⁻¹ mod p for x < R and y < p: the whole product, then the reduction.
pub(in crate::field) fn mul(x: &Limbs, y: &Limbs, modulus: &Modulus) -> Limbs {
    reduce(&mut wide_mul(x, y), modulus)
}

/// x²·R⁻¹ mod p for x < p.
pub(in crate::field) fn square(x: &Limbs, modulus: &Modulus) -> Limbs {
    reduce(&mut wide_square(x), modulus)
}

/// x·y.
pub(in crate::field) fn wide_mul(x: &Limbs, y: &Limbs) -> WideLimbs {
    let mut wide = [0u64; 32];
    for i in 0..16 {
        let mut carry = 0;
        for j in 0..16 {
            (wide[i + j], carry) = mac(wide[i + j], x[j], y[i], carry);
        }
        wide[i + 16] = carry;
    }
    wide
}

/// x²: the 120 products above the diagonal, which are doubled, and then the diagonal.
pub(in crate::field) fn wide_square(x: &Limbs) -> WideLimbs {
    let mut wide = [0u64; 32];
    for i in 0..15 {
        let mut carry = 0;
        for j in i + 1..16 {
            (wide[i + j], carry) = mac(wide[i + j], x[i], x[j], carry);
        }
        wide[i + 16] = carry;
    }
    let mut shifted_out = 0;
    let mut carry = 0;
    for i in 0..16 {
        let (low, high) = (wide[2 * i], wide[2 * i + 1]);
        let (square_low, square_high) = mac(0, x[i], x[i], 0);
        (wide[2 * i], carry) = adc((low << 1) | shifted_out, square_low, carry);
        (wide[2 * i + 1], carry) = adc((high << 1) | (low >> 63), square_high, carry);
        shifted_out = high >> 63;
    }
    debug_assert_eq!((carry, shifted_out), (0, 0), "x^2 < 2^2048");
    wide
}

/// wide·R⁻¹ mod p for wide < pR. It spoils `wide`.
///
/// Let B = 2⁶⁴. Row i adds mᵢ·p·Bⁱ, where mᵢ < B is the digit that makes limb i 0.
///
/// 1. The rows below i have cleared the limbs below i, and row i adds nothing to them: at the end the lower half is 0.
/// 2. Together they add m·p with m = Σ mᵢBⁱ < R. So the sum is below 2pR, and its upper half, `top` included, is
///    (wide + m·p)/R < 2p.
/// 3. Row i ends in limb i + 16, whose carry has the weight of limb i + 17. That is where row i + 1 ends, and adds it.
///    The last one is `top`: 0 or 1, as 2p < 2R.
pub(in crate::field) fn reduce(wide: &mut WideLimbs, modulus: &Modulus) -> Limbs {
    debug_assert!(is_below_pr(wide, modulus), "wide < pR");
    let mut top = 0;
    for i in 0..16 {
        let m = wide[i].wrapping_mul(modulus.minus_p_inverse);
        let mut carry = 0;
        for j in 0..16 {
            (wide[i + j], carry) = mac(wide[i + j], m, modulus.p[j], carry);
        }
        (wide[i + 16], top) = adc(wide[i + 16], carry, top);
    }
    debug_assert!(wide[..16] == [0; 16], "every row cleared its limb");
    let mut high = [0; 16];
    high.copy_from_slice(&wide[16..]);
    subtract_p(&high, top, modulus)
}

/// x + y mod p for x, y < p.
pub(in crate::field) fn add(x: &Limbs, y: &Limbs, modulus: &Modulus) -> Limbs {
    let mut sum = [0; 16];
    let mut carry = 0;
    for i in 0..16 {
        (sum[i], carry) = adc(x[i], y[i], carry);
    }
    subtract_p(&sum, carry, modulus)
}

/// x − y mod p for x, y < p: p is added back where the difference went below zero.
pub(in crate::field) fn sub(x: &Limbs, y: &Limbs, modulus: &Modulus) -> Limbs {
    let mut difference = [0; 16];
    let mut borrow = 0;
    for i in 0..16 {
        (difference[i], borrow) = sbb(x[i], y[i], borrow);
    }
    let below_zero = Choice::from(borrow as u8);
    let mut carry = 0;
    for i in 0..16 {
        let addend = u64::conditional_select(&0, &modulus.p[i], below_zero);
        (difference[i], carry) = adc(difference[i], addend, carry);
    }
    difference
}

/// t ← t + u mod pR for t, u < pR. The sum is below 2pR. pR is 0 in the lower half, so only the upper one changes.
pub(in crate::field) fn wide_add(t: &mut WideLimbs, u: &WideLimbs, modulus: &Modulus) {
    let mut carry = 0;
    for i in 0..32 {
        (t[i], carry) = adc(t[i], u[i], carry);
    }
    let mut high = [0; 16];
    high.copy_from_slice(&t[16..]);
    t[16..].copy_from_slice(&subtract_p(&high, carry, modulus));
}

/// t ← t − u mod pR for t, u < pR.
pub(in crate::field) fn wide_sub(t: &mut WideLimbs, u: &WideLimbs, modulus: &Modulus) {
    let mut borrow = 0;
    for i in 0..32 {
        (t[i], borrow) = sbb(t[i], u[i], borrow);
    }
    let below_zero = Choice::from(borrow as u8);
    let mut carry = 0;
    for i in 0..16 {
        let addend = u64::conditional_select(&0, &modulus.p[i], below_zero);
        (t[16 + i], carry) = adc(t[16 + i], addend, carry);
    }
}

/// (top·2¹⁰²⁴ + t) mod p for a value below 2p, where top is 0 or 1.
pub(in crate::field) fn subtract_p(t: &Limbs, top: u64, modulus: &Modulus) -> Limbs {
    let mut less_p = [0; 16];
    let mut borrow = 0;
    for i in 0..16 {
        (less_p[i], borrow) = sbb(t[i], modulus.p[i], borrow);
    }
    let (_, below_p) = sbb(top, 0, borrow);
    let keep = Choice::from(below_p as u8);
    let mut out = [0; 16];
    for i in 0..16 {
        out[i] = u64::conditional_select(&less_p[i], &t[i], keep);
    }
    debug_assert!(bool::from(is_reduced(&out, modulus)), "a value below 2p");
    out
}

/// Whether t < pR, that is, whether the upper half is below p: for assertions.
pub(in crate::field) fn is_below_pr(t: &WideLimbs, modulus: &Modulus) -> bool {
    t.last_chunk().is_some_and(|high| is_reduced(high, modulus).into())
}

/// Whether x < p: the strict decoder's range check, in constant time.
pub(in crate::field) fn is_reduced(x: &Limbs, modulus: &Modulus) -> Choice {
    let mut borrow = 0;
    for i in 0..16 {
        (_, borrow) = sbb(x[i], modulus.p[i], borrow);
    }
    Choice::from(borrow as u8)
}
