//! The comb of g in eight lanes. Each of its four tables has a partial power a + ib of its own, in the lanes
//! a, b, a′, b′, …
//!
//! There are tables of g and tables of g^(2²²). At digit s, a step multiplies by entries of the former, and by entries
//! of the latter for digit s + 22. So this comb takes 22 steps where [`Comb`](crate::torus::comb::Comb) takes 43, and a
//! step takes twice as many entries.

use subtle::Choice;
use zeroize::Zeroizing;

use super::classes::{FourClasses, FourTables};
use crate::backend::Ifma;
use crate::fault;
use crate::field::Fp2;
use crate::field::ifma::Table;
use crate::scalar::Scalar;
use crate::scalar::digits::{STEPS, SignedDigits, TABLES};
use crate::torus::Torus;

/// The number of steps. Digits below this belong to the comb of g, and those from here on to the comb of g^(2²²).
pub(super) const FAR: usize = STEPS.div_ceil(2);

/// The two combs, 32 KiB. A test derives them and compares.
pub(super) static G: Table<{ 2 * FourTables::SIZE }> = Table(*include_bytes!("../comb/g-52.bin"));

/// gʳ in constant time.              21 square and 43 mul_by_t of four classes, three products of 𝔽_p²
pub(in crate::torus) fn pow_g(ifma: Ifma, r: &Scalar) -> Torus {
    let digits = SignedDigits::new(r);
    let tables = FourTables::from_table(ifma, &G);
    let mut powers = Zeroizing::new(FourClasses::one(ifma));
    for step in (0..FAR).rev() {
        if step + 1 < FAR {
            powers.square();
        }
        for (table, digit) in tables.iter().zip([step, step + FAR]) {
            if digit < STEPS {
                let entries: [(u8, Choice); TABLES] =
                    core::array::from_fn(|j| digits.entry(j, digit));
                let signs = entries.iter().rev();
                let negative = signs.fold(0, |mask, (_, sign)| mask << 1 | sign.unwrap_u8());
                powers.mul_by_t(table, entries.map(|(index, _)| index), negative);
            }
        }
        fault::at("gʳ so far", &mut *powers);
    }
    let [[a, b], [c, d], [e, f], [g, h]] = powers.leave();
    let power = |re, im| Fp2 { re, im };
    Torus((power(a, b) * power(c, d)) * (power(e, f) * power(g, h))).if_right(digits.are_of(r))
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::torus::comb::Comb;
    use std::vec::Vec;

    fn derived(ifma: Ifma) -> Vec<u8> {
        let Torus(g) = &Torus::G;
        let far = (0..FAR).fold(*g, |power, _| power.square());
        let tables = [*g, far].map(|base| FourTables::new(ifma, &Comb::new(base).0));
        tables.iter().flat_map(FourTables::to_table).collect()
    }

    #[test]
    fn the_file_is_the_comb_of_g() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        crate::tables::check(
            "torus/comb/g-52.bin",
            include_bytes!("../comb/g-52.bin"),
            &derived(ifma),
        );
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
