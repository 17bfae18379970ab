//! The functions of eight windows side by side: the windows sorted by their pole orders, so that
//! lanes have equally much to do.

use alloc::vec;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::super::packed;
use super::{MAX_ORDER, ORDERS, WINDOWS, monomials};
use crate::backend::Ifma;
use crate::curve::Affine;
use crate::field::wide::{Fp52x8, Scaled};
use crate::field::{Fp, Fp2};

/// The functions for one running point: block after block of eight windows, the coefficients of
/// e₀, e₂, e₃, … up to the largest order in it, leading ones written out and 0 above them. Wiped on
/// drop.
pub(crate) struct Wide {
    coefficients: Zeroizing<Vec<Fp52x8>>,
    ifma: Ifma,
}

impl Wide {
    /// From the coefficients of `Prepared`.
    pub(super) fn new(ifma: Ifma, plain: &[Fp]) -> Self {
        let mut starts = [0; WINDOWS];
        for window in 1..WINDOWS {
            starts[window] = starts[window - 1] + ORDERS[window - 1] - 1;
        }
        // Coefficient k of a window; e₁ doesn't exist, so those from e₂ on stand one lower.
        let coefficient = |window: usize, k: usize| {
            let (start, n) = (starts[window], ORDERS[window]);
            match k {
                0 => plain[start],
                _ if k < n => plain[start + k - 1],
                _ if k == n => Fp::ONE,
                _ => Fp::ZERO,
            }
        };
        let mut coefficients = Zeroizing::new(Vec::with_capacity(COEFFICIENTS));
        for block in SORTED.chunks(LANES) {
            for k in indices(block) {
                let lane = |l| block.get(l).map_or(Fp::ZERO, |window| coefficient(*window, k));
                let lanes = Zeroizing::new(core::array::from_fn(lane));
                coefficients.push(Fp52x8::enter(ifma, &lanes));
            }
        }
        Self { coefficients, ifma }
    }

    /// The pairing's value with its final power.
    pub(super) fn tate(&self, q: &Affine<Fp>) -> Fp2<Fp> {
        let monomials = monomials(q, Fp::ZERO, Fp::ONE).map(|e| Fp52x8::splat(self.ifma, e));
        let mut values = Zeroizing::new(vec![[[0; 16]; 2]; WINDOWS]);
        let mut coefficients = self.coefficients.as_slice();
        for block in SORTED.chunks(LANES) {
            let (own, rest) = coefficients.split_at(indices(block).count());
            coefficients = rest;
            for (window, value) in block.iter().zip(block_values(own, &monomials)) {
                values[*window] = value;
            }
        }
        packed::accumulate(self.ifma, &values)
    }
}

/// The functions of eight windows at φ(Q), as real and imaginary part.       n − 1 products of 8
fn block_values(
    coefficients: &[Fp52x8],
    monomials: &[Fp52x8; MAX_ORDER + 1],
) -> impl Iterator<Item = [Scaled; 2]> {
    let mut re = coefficients[0];
    let mut im = coefficients[2] * monomials[3];
    re = re + coefficients[1] * monomials[2];
    for (k, coefficient) in (4..).zip(&coefficients[3..]) {
        let part = if k % 2 == 0 { &mut re } else { &mut im };
        *part = *part + *coefficient * monomials[k];
    }
    re.to_scaled().into_iter().zip(im.to_scaled()).map(|(re, im)| [re, im])
}

/// The k of the coefficients stored for a block: 0 and 2 up to its largest order.
fn indices(block: &[usize]) -> impl Iterator<Item = usize> {
    let largest = block.iter().map(|window| ORDERS[*window]).max().unwrap_or(0).max(3);
    (0..=largest).filter(|k| *k != 1)
}

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
        assert_eq!(blocks.map(|block| indices(block).count()).sum::<usize>(), COEFFICIENTS);
        assert_eq!(COEFFICIENTS * size_of::<Fp52x8>(), 613_120);
    }
}
