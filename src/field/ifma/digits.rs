//! Constants that come from p, as integers in 20 digits of 52 bits, least significant first.

use crate::field::Fp;
use crate::field::fp::MODULUS;
use crate::words::to_digits;

/// The number of bits in a digit.
pub(crate) const BITS: usize = 52;

/// The number of digits in an element.
pub(crate) const DIGITS: usize = 20;

/// The largest digit, 2⁵² − 1.
pub(crate) const MASK: u64 = (1 << BITS) - 1;

/// p.
pub(crate) const P: [u64; DIGITS] = to_digits::<BITS, _, _>(&MODULUS.p);

/// 2p.
pub(crate) const TWICE_P: [u64; DIGITS] = times_p(2);

/// 3p.
pub(crate) const THREE_P: [u64; DIGITS] = times_p(3);

/// 4p.
pub(crate) const FOUR_P: [u64; DIGITS] = times_p(4);

/// −p⁻¹ mod 2⁵².
pub(crate) const MINUS_P_INVERSE: u64 = MODULUS.minus_p_inverse & MASK;

/// 2¹⁰⁵⁶ mod p, which is 2¹⁰²⁴·2³². A product with it turns x·2¹⁰²⁴ into x·2¹⁰⁴⁰.
pub(crate) const ENTER: [u64; DIGITS] = to_digits::<BITS, _, _>(&Fp::from_u64(1 << 32).to_limbs());

/// 2¹⁶. The limbs of x times this element are x·2¹⁰⁴⁰.
#[cfg(feature = "alloc")]
pub(crate) const TO_R_1040: Fp = Fp::from_u64(1 << 16);

/// 2¹⁰²⁴ mod p. A product with it turns x·2¹⁰⁴⁰ into x·2¹⁰²⁴.
pub(crate) const LEAVE: [u64; DIGITS] = to_digits::<BITS, _, _>(&Fp::ONE.to_limbs());

/// k·p for a small k.
const fn times_p(k: u64) -> [u64; DIGITS] {
    let mut out = [0; DIGITS];
    let (mut carry, mut i) = (0, 0);
    while i < DIGITS {
        let digit = k * P[i] + carry;
        out[i] = digit & MASK;
        carry = digit >> BITS;
        i += 1;
    }
    out
}
