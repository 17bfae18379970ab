//! Powers of g for eight exponents at once, one in each lane. The combs are those that are used for one exponent.

use zeroize::Zeroizing;

use super::classes::FourTables;
use super::comb::{FAR, G};
use crate::backend::Ifma;
use crate::fault;
use crate::field::ifma::Fp2x8;
use crate::scalar::Scalar;
use crate::scalar::digits::{self, STEPS, TABLES};
use crate::torus::Torus;

/// gʳ for each of up to eight r, in constant time; the class of 1 in the lanes beyond them.
///                                                     21 squarings, 172 products (2M) of eight
pub(in crate::torus) fn pow_g(ifma: Ifma, r: &[Scalar]) -> [Torus; 8] {
    let digits = digits::of_eight(r);
    let tables = FourTables::from_table(ifma, &G);
    let mut powers = Zeroizing::new(Fp2x8::one(ifma));
    for step in (0..FAR).rev() {
        if step + 1 < FAR {
            powers.square();
        }
        for (table, step) in tables.iter().zip([step, step + FAR]) {
            for j in (0..TABLES).filter(|_| step < STEPS) {
                let (indices, negative) = digits::entries(&digits, j, step);
                powers.mul_by_entry(table, j, indices, negative);
            }
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

    use super::*;

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
