//! The functions of eight windows side by side: the windows sorted by their pole orders, so that
//! lanes have equally much to do.

#![allow(unsafe_code, reason = "AVX-512: the reasons are numbered in field::ifma")]

use alloc::vec;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::backend::Ifma;
use crate::curve::Affine;
use crate::fault;
use crate::field::ifma::pair::Fp50x2;
use crate::field::ifma::{
    EightDigits, Fp52x8, ScaledPair, SharedFactor, ZERO_PAIR, factor_digits, sums_of_products,
};
use crate::field::{Fp, Fp2};
use crate::pairing::prepared::{MAX_ORDER, ORDERS, STARTS, WINDOWS, monomials};

/// The functions for one running point: block after block of eight windows, the coefficients of
/// e₀, e₂, e₄, … and then those of e₃, e₅, … up to the largest order in it, leading ones written out
/// and 0 above them. Wiped on drop.
pub(crate) struct Functions {
    coefficients: Zeroizing<Vec<EightDigits>>,
    ifma: Ifma,
}

impl Functions {
    /// From the coefficients of `Prepared`.
    pub(in crate::pairing) fn new(ifma: Ifma, plain: &[Fp]) -> Self {
        // Coefficient k of a window; e₁ doesn't exist, so those from e₂ on stand one lower.
        let coefficient = |window: usize, k: usize| {
            let (start, n) = (STARTS[window], ORDERS[window]);
            match k {
                0 => plain[start],
                _ if k < n => plain[start + k - 1],
                _ if k == n => Fp::ONE,
                _ => Fp::ZERO,
            }
        };
        let mut coefficients = Zeroizing::new(Vec::with_capacity(COEFFICIENTS * DIGITS));
        for block in SORTED.chunks(LANES) {
            let vector = |k| {
                let lane = |l| block.get(l).map_or(Fp::ZERO, |window| coefficient(*window, k));
                Fp52x8::enter(ifma, &Zeroizing::new(core::array::from_fn(lane)))
            };
            let order = largest_order(block);
            let even = Zeroizing::new((2..=order).step_by(2).map(vector).collect::<Vec<_>>());
            let odd = Zeroizing::new((3..=order).step_by(2).map(vector).collect::<Vec<_>>());
            coefficients.extend(factor_digits(&vector(0), &even, &odd));
        }
        Self { coefficients, ifma }
    }

    /// The pairing's value with its final power.
    pub(in crate::pairing) fn tate(&self, q: &Affine<Fp>) -> Fp2<Fp> {
        let monomials = monomials(q, Fp::ZERO, Fp::ONE).map(SharedFactor::new);
        // e₂, e₄, … and e₃, e₅, …
        let even: [_; MAX_ORDER / 2] = core::array::from_fn(|i| monomials[2 * i + 2]);
        let odd: [_; (MAX_ORDER - 1) / 2] = core::array::from_fn(|i| monomials[2 * i + 3]);
        let blocks = SORTED.chunks(LANES);
        let mut values = Zeroizing::new(vec![[ZERO_PAIR; LANES]; blocks.len()]);
        let mut coefficients = self.coefficients.as_slice();
        for (block, values) in blocks.zip(values.iter_mut()) {
            let order = largest_order(block);
            let (of_block, rest) = coefficients.split_at(order * DIGITS);
            coefficients = rest;
            let right = [&even[..order / 2], &odd[..(order - 1) / 2]];
            sums_of_products(self.ifma, of_block, right, values);
            fault::at("functions' values", values);
        }
        accumulate(self.ifma, PLACES.iter().map(|place| &values.as_flattened()[*place]))
    }
}

#[cfg(test)]
impl Functions {
    pub(in crate::pairing) fn words(&self) -> usize {
        fault::injection::words(&self.coefficients[..])
    }

    pub(in crate::pairing) fn change(&mut self, by: fault::injection::Change) {
        fault::injection::change(&mut self.coefficients[..], by);
    }
}

/// (f₀^(8ⁿ)·f₁^(8ⁿ⁻¹)⋯fₙ)⁴ up to 𝔽_p*, for the values of a prepared pairing's windows.
///                                                 3 squarings and a product in 𝔽_p² for each
fn accumulate<'a>(cpu: Ifma, values: impl Iterator<Item = &'a ScaledPair>) -> Fp2<Fp> {
    // SAFETY: field::ifma clause 1: the token.
    unsafe { run_accumulate(cpu, values) }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn run_accumulate<'a>(cpu: Ifma, values: impl Iterator<Item = &'a ScaledPair>) -> Fp2<Fp> {
    let one = Fp50x2::enter(cpu, &Fp::ONE, &Fp::ZERO);
    let f = values.fold(one, |f, value| {
        let f = f.square_fp2().square_fp2().square_fp2();
        fault::passed("f", f.mul_fp2(Fp50x2::enter_scaled(cpu, value)))
    });
    let (re, im) = f.square_fp2().square_fp2().leave();
    Fp2 { re, im }
}

/// The largest n in a block: as many coefficients it has, those of e₀ and e₂ to e_n.
fn largest_order(block: &[usize]) -> usize {
    block.iter().map(|window| ORDERS[*window]).max().unwrap_or(0)
}

/// Digits of a coefficient.
const DIGITS: usize = Fp52x8::DIGITS;

/// Windows in a block.
const LANES: usize = 8;

/// The windows by their orders.
const SORTED: [usize; WINDOWS] = {
    let mut sorted = [0; WINDOWS];
    let (mut filled, mut order) = (0, 0);
    while order <= MAX_ORDER {
        let mut window = 0;
        while window < WINDOWS {
            if ORDERS[window] == order {
                sorted[filled] = window;
                filled += 1;
            }
            window += 1;
        }
        order += 1;
    }
    assert!(filled == WINDOWS);
    sorted
};

/// Where each window stands in [`SORTED`].
const PLACES: [usize; WINDOWS] = {
    let mut places = [0; WINDOWS];
    let mut place = 0;
    while place < WINDOWS {
        places[SORTED[place]] = place;
        place += 1;
    }
    places
};

/// Vectors of coefficients in all.
const COEFFICIENTS: usize = {
    let (mut sum, mut last) = (0, LANES - 1);
    while last < WINDOWS + LANES - 1 {
        sum += ORDERS[SORTED[if last < WINDOWS { last } else { WINDOWS - 1 }]];
        last += LANES;
    }
    sum
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_coefficients_as_reserved() {
        let blocks = SORTED.chunks(LANES);
        assert_eq!(blocks.map(largest_order).sum::<usize>(), COEFFICIENTS);
        assert_eq!(COEFFICIENTS * size_of::<Fp52x8>(), 613_120);
        assert_eq!(size_of::<Fp52x8>(), DIGITS * size_of::<EightDigits>());
    }
}
