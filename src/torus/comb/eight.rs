//! The comb of g for eight exponents at once, one in each lane.

use zeroize::Zeroizing;

use crate::backend::Ifma;
use crate::fault;
use crate::field::wide::{Fp2Eight, Fp52x8, Table};
use crate::scalar::Scalar;
use crate::scalar::digits::{self, STEPS, TABLES};
use crate::torus::Torus;

/// The comb of g, 20 KiB, as a test derives it: the 32 entries of a table in four values.
static G: Table<{ TABLES * 4 * Fp52x8::SIZE }> = Table(*include_bytes!("g-52x8.bin"));

/// gʳ for each of up to eight r, in constant time; the class of 1 in the lanes beyond them.
///                                                     43 squarings, 172 products (2M) of eight
pub(crate) fn pow_g(ifma: Ifma, r: &[Scalar]) -> [Torus; 8] {
    let digits = digits::of_eight(r);
    let tables = Fp52x8::from_table(ifma, &G).as_chunks::<4>().0;
    let mut powers = Zeroizing::new(Fp2Eight::one(ifma));
    for step in (0..STEPS).rev() {
        powers.square();
        for (j, table) in tables.iter().enumerate() {
            let (indices, negative) = digits::entries(&digits, j, step);
            powers.mul_by_entry(table, indices, negative);
        }
        fault::at("gʳ so far", &mut *powers);
    }
    let powers = Zeroizing::new(powers.leave());
    core::array::from_fn(|l| {
        Torus(powers[l]).if_right(digits[l].are_of(r.get(l).unwrap_or(&Scalar::ZERO)))
    })
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::super::tests::comb_of_g;
    use super::*;
    use std::vec::Vec;

    fn derived(ifma: Ifma) -> Vec<u8> {
        let comb = comb_of_g();
        let values = comb.0.as_flattened().as_chunks().0.iter().map(|t| Fp52x8::enter(ifma, t));
        values.flat_map(Fp52x8::to_table).flatten().flat_map(u64::to_le_bytes).collect()
    }

    #[test]
    fn the_file_is_the_comb_of_g() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        crate::tables::check("torus/comb/g-52x8.bin", include_bytes!("g-52x8.bin"), &derived(ifma));
    }

    #[test]
    fn works_like_the_comb() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        let r: [_; 8] = core::array::from_fn(|l| Scalar::reduce(&[(31 * l) as u8; 128]));
        for count in 0..=8 {
            let powers = pow_g(ifma, &r[..count]);
            for (l, power) in powers.iter().enumerate() {
                let r = r[..count].get(l).cloned().unwrap_or(Scalar::ZERO);
                let expected = Torus::G.pow(r.to_be_bytes().as_slice());
                assert_eq!(power.to_bytes(), expected.to_bytes());
            }
        }
    }
}
