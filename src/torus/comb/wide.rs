//! The comb of g in eight lanes: one power a + ib for each of its four tables, in the lanes
//! a, b, a′, b′, …

use subtle::Choice;
use zeroize::Zeroizing;

use crate::backend::Ifma;
use crate::field::wide::{Fp52x8, Table};
use crate::field::{Field, Fp, Fp2};
use crate::scalar::Scalar;
use crate::scalar::digits::{ENTRIES, STEPS, SignedDigits, TABLES};
use crate::torus::Torus;

/// The comb of g, 40 KiB, as `tests::write` made it: entry e of all four tables, each twice.
static G: Table<{ ENTRIES * Fp52x8::SIZE }> = Table(*include_bytes!("g-52.bin"));

/// The lanes of a, or of b.
const A: u8 = 0b0101_0101;

/// The lanes a and b exchanged.
const EXCHANGED: [u64; 8] = [1, 0, 3, 2, 5, 4, 7, 6];

/// gʳ in constant time.                                   86 products of 8, and three of 𝔽_p²
pub(super) fn pow_g(ifma: Ifma, r: &Scalar) -> Torus {
    let digits = SignedDigits::new(r);
    let table = Fp52x8::from_table(ifma, &G);
    let [one, zero] = [Fp::ONE, Fp::ZERO];
    let mut powers =
        Zeroizing::new(Fp52x8::enter(ifma, &[one, zero, one, zero, one, zero, one, zero]));
    for step in (0..STEPS).rev() {
        let entries: [(u8, Choice); TABLES] = core::array::from_fn(|j| digits.entry(j, step));
        let [i, j, k, l] = entries.map(|(index, _)| index);
        let t = Fp52x8::lookup(table, [i, i, j, j, k, k, l, l]);
        let negative =
            entries.iter().rev().fold(0, |mask, (_, sign)| (mask << 2) | (3 * sign.unwrap_u8()));
        *powers = mul_by_t(square(*powers), Fp52x8::select(negative, &t, &-t));
    }
    let [a, b, c, d, e, f, g, h] = powers.leave();
    let power = |re, im| Fp2 { re, im };
    Torus((power(a, b) * power(c, d)) * (power(e, f) * power(g, h)))
}

/// (a + ib)² = (a + b)(a − b) + i·2ab, four times.                              1 product of 8
fn square(x: Fp52x8) -> Fp52x8 {
    let exchanged = x.permute(EXCHANGED);
    // a + b and a − b in the lanes of a, b and 2a in those of b.
    let left = Fp52x8::select(A, &x, &(x + exchanged));
    let right = Fp52x8::select(A, &exchanged.double(), &(x - exchanged));
    left * right
}

/// (a + ib)(t + i) = (at − b) + i(a + bt), four times.                          1 product of 8
fn mul_by_t(x: Fp52x8, t: Fp52x8) -> Fp52x8 {
    let exchanged = x.permute(EXCHANGED);
    x * t + Fp52x8::select(A, &exchanged, &-exchanged)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::super::tests::comb_of_g;
    use super::*;
    use std::vec::Vec;

    fn derived(ifma: Ifma) -> Vec<u8> {
        let [a, b, c, d] = comb_of_g().0;
        let values = (0..ENTRIES)
            .map(|e| Fp52x8::enter(ifma, &[a[e], a[e], b[e], b[e], c[e], c[e], d[e], d[e]]));
        values.flat_map(Fp52x8::to_table).flatten().flat_map(u64::to_le_bytes).collect()
    }

    #[test]
    fn the_file_is_the_comb_of_g() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        assert!(derived(ifma) == include_bytes!("g-52.bin"));
    }

    #[test]
    #[ignore = "the generator of the file: writes to the source folder"]
    fn write() {
        let ifma = Ifma::detect().expect("a CPU with AVX-512 IFMA");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/torus/comb/g-52.bin");
        std::fs::write(path, derived(ifma)).expect("written");
    }

    #[test]
    fn works_like_the_comb() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        for seed in 0..=20u8 {
            let r = Scalar::reduce(&core::array::from_fn(|i| (i as u8).wrapping_mul(seed) ^ seed));
            let expected = Torus::G.pow(r.to_be_bytes().as_slice());
            assert_eq!(pow_g(ifma, &r).to_bytes(), expected.to_bytes());
        }
    }
}
