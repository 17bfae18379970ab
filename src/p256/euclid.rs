//! A public scalar as the quotient of two integers of half its length.

#![expect(clippy::cast_possible_truncation, reason = "4 limbs have few bits")]

use super::Scalar;
use super::residue::{Limbs, Modulus, Q, add_limbs, sub_limbs};

/// c₀ and c₁ with c₀·u ≡ ±c₁ (mod q), where 0 < c₀ and both are below 2¹²⁸.
pub(super) struct Halves {
    pub(super) c0: Limbs,
    pub(super) c1: Limbs,
    /// Whether c₀·u ≡ −c₁.
    pub(super) opposite: bool,
}

/// Euclid's algorithm on (q, u), stopped at the first remainder below 2¹²⁸. Leaks u.
///
/// Every remainder is rᵢ = sᵢq + tᵢu, and |tᵢ₊₁|·rᵢ ≤ q for neighbours. Let rᵢ be the last remainder that is 2¹²⁸ or
/// more. Then c₁ = rᵢ₊₁, and c₀ = |tᵢ₊₁| ≤ q/2¹²⁸ < 2¹²⁸. The tᵢ alternate in sign, so only magnitudes are kept. A
/// division subtracts shifted divisors.
pub(super) fn halves_vartime(u: &Scalar) -> Halves {
    let (mut larger, mut smaller) = (Q::M, u.to_integer());
    let (mut t_larger, mut t_smaller) = ([0; 4], [1, 0, 0, 0]);
    let mut opposite = false;
    let (mut larger_bits, mut smaller_bits) = (bits(&larger), bits(&smaller));
    while smaller_bits > 128 {
        while larger_bits >= smaller_bits {
            let mut shift = larger_bits - smaller_bits;
            let (mut rest, borrow) = sub_limbs(&larger, &shifted(&smaller, shift));
            if borrow == 1 {
                if shift == 0 {
                    break;
                }
                shift -= 1;
                rest = sub_limbs(&larger, &shifted(&smaller, shift)).0;
            }
            larger = rest;
            larger_bits = bits(&larger);
            t_larger = add_limbs(&t_larger, &shifted(&t_smaller, shift)).0;
        }
        (larger, smaller) = (smaller, larger);
        (t_larger, t_smaller) = (t_smaller, t_larger);
        (larger_bits, smaller_bits) = (smaller_bits, larger_bits);
        opposite = !opposite;
    }
    debug_assert!(bits(&t_smaller) <= 128 && bits(&t_smaller) > 0, "the bound above");
    Halves { c0: t_smaller, c1: smaller, opposite }
}

/// The number of bits of x, without leading zeros.
fn bits(x: &Limbs) -> u32 {
    let top = x.iter().rposition(|limb| *limb != 0);
    top.map_or(0, |top| 64 * top as u32 + 64 - x[top].leading_zeros())
}

/// x·2ⁿ for n < 256, if it fits four limbs.
fn shifted(x: &Limbs, n: u32) -> Limbs {
    let bits = n % 64;
    // A shift by 1 comes first, because there is none by 64.
    let limb = |i: usize| (x[i] << bits) | if i == 0 { 0 } else { x[i - 1] >> 1 >> (63 - bits) };
    let [a, b, c, d] = [limb(0), limb(1), limb(2), limb(3)];
    match n / 64 {
        0 => [a, b, c, d],
        1 => [0, a, b, c],
        2 => [0, 0, a, b],
        _ => [0, 0, 0, a],
    }
}
