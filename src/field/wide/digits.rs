//! Integers in 20 digits of 52 bits, least significant first, and those that come from p.

use crate::field::Fp;
use crate::field::fp::MODULUS;
use crate::field::kernel::portable::Limbs;
use crate::words;

/// Digits of an element.
pub(super) const DIGITS: usize = 20;

/// The largest digit, 2⁵² − 1.
pub(super) const MASK: u64 = (1 << 52) - 1;

/// p.
pub(super) const P: [u64; DIGITS] = digits(&MODULUS.p);

/// 2p.
pub(super) const TWICE_P: [u64; DIGITS] = sum(&P, &P);

/// 3p.
pub(super) const THREE_P: [u64; DIGITS] = sum(&P, &TWICE_P);

/// 4p.
pub(super) const FOUR_P: [u64; DIGITS] = sum(&TWICE_P, &TWICE_P);

/// −p⁻¹ mod 2⁵².
pub(super) const MINUS_P_INVERSE: u64 = MODULUS.minus_p_inverse & MASK;

/// 2¹⁰⁵⁶ mod p, as 2¹⁰²⁴·2³²: times this, x·2¹⁰²⁴ becomes x·2¹⁰⁴⁰.
pub(super) const ENTER: [u64; DIGITS] = digits(&Fp::from_u64(1 << 32).to_limbs());

/// 2¹⁶: the limbs of an element times this are x·2¹⁰⁴⁰.
#[cfg(feature = "alloc")]
pub(super) const TO_WIDE: Fp = Fp::from_u64(1 << 16);

/// 2¹⁰²⁴ mod p: times this, x·2¹⁰⁴⁰ becomes x·2¹⁰²⁴.
pub(super) const LEAVE: [u64; DIGITS] = digits(&Fp::ONE.to_limbs());

/// x + y < 2¹⁰⁴⁰.
const fn sum(x: &[u64; DIGITS], y: &[u64; DIGITS]) -> [u64; DIGITS] {
    let mut out = [0; DIGITS];
    let mut carry = 0;
    let mut i = 0;
    while i < DIGITS {
        let digit = x[i] + y[i] + carry;
        out[i] = digit & MASK;
        carry = digit >> 52;
        i += 1;
    }
    out
}

/// 16 limbs of 64 bits as 20 digits of 52.
pub(super) const fn digits(limbs: &Limbs) -> [u64; DIGITS] {
    words::digits(limbs, 52)
}

/// The inverse of [`digits`], for integers below 2¹⁰²⁴.
pub(super) fn limbs(digits: &[u64; DIGITS]) -> Limbs {
    let mut out = [0; 16];
    for (i, digit) in digits.iter().enumerate() {
        let (limb, shift) = (52 * i / 64, 52 * i % 64);
        out[limb] |= digit << shift;
        if shift > 12 && limb < 15 {
            out[limb + 1] |= digit >> (64 - shift);
        }
    }
    out
}
