//! A public scalar as a quotient of two half as long.

use super::Scalar;
use super::residue::{Limbs, Modulus, Q, add_limbs, sub_limbs};

/// ±c₀ and c₁ with c₀·u ≡ ±c₁ (mod q), 0 < c₀ and both below 2¹²⁸.
pub(super) struct Halves {
    pub(super) c0: Limbs,
    pub(super) c1: Limbs,
    /// Whether c₀·u ≡ −c₁.
    pub(super) opposite: bool,
}

/// Euclid's algorithm on (q, u), stopped at the first remainder below 2¹²⁸. Leaks u.
///
/// Every remainder is rᵢ = sᵢq + tᵢu, and |tᵢ₊₁|·rᵢ ≤ q for neighbours: with rᵢ the last remainder
/// of at least 2¹²⁸, |tᵢ₊₁| ≤ q/2¹²⁸ < 2¹²⁸. The tᵢ alternate in sign, so magnitudes suffice. A
/// quotient is taken off by subtracting shifted divisors.
pub(super) fn halves_vartime(u: &Scalar) -> Halves {
    let (mut larger, mut smaller) = (Q::M, u.to_integer());
    let (mut t_larger, mut t_smaller) = ([0; 4], [1, 0, 0, 0]);
    let mut opposite = false;
    while bits(&smaller) > 128 {
        while !is_less(&larger, &smaller) {
            let mut shift = bits(&larger) - bits(&smaller);
            if is_less(&larger, &shifted(&smaller, shift)) {
                shift -= 1;
            }
            larger = sub_limbs(&larger, &shifted(&smaller, shift)).0;
            t_larger = add_limbs(&t_larger, &shifted(&t_smaller, shift)).0;
        }
        (larger, smaller) = (smaller, larger);
        (t_larger, t_smaller) = (t_smaller, t_larger);
        opposite = !opposite;
    }
    debug_assert!(bits(&t_smaller) <= 128 && bits(&t_smaller) > 0, "the bound above");
    Halves { c0: t_smaller, c1: smaller, opposite }
}

fn is_less(a: &Limbs, b: &Limbs) -> bool {
    sub_limbs(a, b).1 == 1
}

/// Bits of x without leading zeros.
fn bits(x: &Limbs) -> u32 {
    let top = (0u32..).zip(x).filter(|(_, limb)| **limb != 0).last();
    top.map_or(0, |(i, limb)| 64 * (i + 1) - limb.leading_zeros())
}

/// x·2ⁿ, n < 256, which fits.
fn shifted(x: &Limbs, n: u32) -> Limbs {
    let (limbs, n) = ((n / 64) as usize, n % 64);
    core::array::from_fn(|i| {
        let at = |back: usize| i.checked_sub(limbs + back).map_or(0, |source| x[source]);
        if n == 0 { at(0) } else { at(0) << n | at(1) >> (64 - n) }
    })
}
