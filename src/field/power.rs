//! Powers with a public exponent, such as those that give square roots.

use crypto_bigint::U1024;
use zeroize::Zeroize;

use super::{Field, Fp};
#[cfg(target_arch = "x86_64")]
use crate::backend::Ifma;
#[cfg(target_arch = "x86_64")]
use crate::field::ifma::pair;
use crate::wiped::Wiped;

/// Bits of a window.
const WINDOW: u32 = 5;

impl Fp {
    /// self to the power of `exponent`.
    ///
    /// Secret: self. Leaks: the exponent.
    pub(crate) fn pow_public(self, exponent: &U1024) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(ifma) = Ifma::detect() {
            return pair::pow_public(ifma, self, exponent);
        }
        pow_public(self, Self::ONE, exponent)
    }
}

/// [`Fp::pow_public`] in any field.
///
/// S for each bit of the exponent, M for about a sixth of them, and S + 15M for the odd powers.
pub(crate) fn pow_public<F: Field>(base: F, one: F, exponent: &U1024) -> F {
    sliding_windows(base, exponent, F::square, F::mul).unwrap_or(one)
}

/// The power by sliding windows over the bits of the exponent, given functions for the square and the product. A window
/// begins and ends with a bit that is 1. For the exponent 0 it is `None`, which stands for 1.
///
/// Secret: the base. Leaks: the exponent.
pub(super) fn sliding_windows<T: Copy + Zeroize>(
    base: T,
    exponent: &U1024,
    square: impl Fn(T) -> T,
    mul: impl Fn(T, T) -> T,
) -> Option<T> {
    let mut odd_powers = [base; 1 << (WINDOW - 1)];
    let mut odd_powers = Wiped(&mut odd_powers);
    let base_squared = square(base);
    for i in 1..odd_powers.len() {
        odd_powers[i] = mul(odd_powers[i - 1], base_squared);
    }
    let mut power = None;
    let mut left = exponent.bit_width_vartime();
    while left > 0 {
        let (width, digit) = window(exponent, left);
        left -= width;
        let shifted = power.map(|power| (0..width).fold(power, |power, _| square(power)));
        power = match (shifted, digit) {
            (shifted, 0) => shifted,
            (None, digit) => Some(odd_powers[digit / 2]),
            (Some(shifted), digit) => Some(mul(shifted, odd_powers[digit / 2])),
        };
    }
    power
}

/// The width and the value of the window below bit `left`. It is a single bit that is 0, or at most [`WINDOW`] bits, of
/// which the first and the last are 1.
fn window(exponent: &U1024, left: u32) -> (u32, usize) {
    if !exponent.bit_vartime(left - 1) {
        return (1, 0);
    }
    let mut bottom = left.saturating_sub(WINDOW);
    while !exponent.bit_vartime(bottom) {
        bottom += 1;
    }
    let bits = (bottom..left).rev();
    let digit = bits.fold(0, |digit, i| 2 * digit + usize::from(exponent.bit_vartime(i)));
    (left - bottom, digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::counting::{Cost, Counted, cost_of};
    use crate::params::Q;
    use subtle::ConstantTimeEq;

    fn binary(base: Fp, exponent: &U1024) -> Fp {
        (0..1024).rev().fold(Fp::ONE, |power, i| {
            let square = power.square();
            if exponent.bit_vartime(i) { square * base } else { square }
        })
    }

    #[test]
    fn powers_are_those_of_square_and_multiply() {
        let base = crate::params::P_X;
        let q = *Q.as_ref();
        let small = (0u8..=70).map(U1024::from);
        for exponent in small.chain([q, q.shl(2), q.shr(500), U1024::ONE.shl(1023), U1024::MAX]) {
            let expected = binary(base, &exponent);
            assert!(bool::from(base.pow_public(&exponent).ct_eq(&expected)));
            assert!(bool::from(pow_public(base, Fp::ONE, &exponent).ct_eq(&expected)));
        }
        for edge in [Fp::ZERO, Fp::ONE, -Fp::ONE] {
            assert!(bool::from(edge.pow_public(&q).ct_eq(&binary(edge, &q))));
        }
    }

    #[test]
    fn cost_of_the_power_q() {
        let cost = cost_of(|| _ = pow_public(Counted(Fp::THREE), Counted(Fp::ONE), Q.as_ref()));
        assert_eq!(cost, Cost { products: 15 + 171, squares: 1 + 1_017 });
    }
}
