//! Combs for eight scalars at once, one in each lane.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::comb::AffineTables;
use super::eight_points::{EightPoints, OddTable, table_entry};
use crate::backend::Ifma;
use crate::curve::Edwards;
use crate::field::Fp;
use crate::field::ifma::Table;
use crate::scalar::Scalar;
use crate::scalar::digits::{self, ENTRIES, STEPS, TABLES};

/// The size of a comb in octets: 60 KiB.
const SIZE: usize = TABLES * OddTable::SIZE;

/// From this number of scalars on, one multiplication in eight lanes is faster than one for each scalar.
pub(crate) const PAYS_FROM: usize = 6;

/// The comb of P. A test derives it and compares.
static GENERATOR: Table<SIZE> = Table(*include_bytes!("../comb/p-52x8.bin"));

/// [k]P for each of up to eight k, in constant time; O in the lanes beyond them.
///                                       43 · (double + 4 add_entry of eight)
pub(crate) fn mul_generator(ifma: Ifma, k: &[Scalar]) -> [Edwards<Fp>; 8] {
    mul(ifma, [(generator(ifma), k)])
}

/// The tables of a base of odd order, 60 KiB.
#[derive(Clone)]
pub(crate) struct EightPointComb(Vec<OddTable>, Ifma);

impl EightPointComb {
    /// The tables that `comb` has in affine coordinates.                   4M an entry, four I
    pub(crate) fn new(ifma: Ifma, comb: &AffineTables) -> Self {
        let tables = comb.iter().map(|table| {
            let mut inverses = table.map(|[_, y, _]| y);
            Fp::invert_all(&mut inverses);
            let entries: [_; ENTRIES] =
                core::array::from_fn(|i| table_entry(table[i][0], inverses[i]));
            OddTable::new(ifma, &[0, 1, 2].map(|c| entries.map(|entry| entry[c])))
        });
        Self(tables.collect(), ifma)
    }

    /// [k]P + [l]B for each of up to eight pairs, in constant time; O in the lanes beyond them.
    ///                                             43 · (double + 8 add_entry of eight)
    pub(crate) fn mul_beside_p(&self, k: &[Scalar], l: &[Scalar]) -> [Edwards<Fp>; 8] {
        mul(self.1, [(generator(self.1), k), (&self.0, l)])
    }
}

fn generator(ifma: Ifma) -> &'static [OddTable] {
    OddTable::from_table(ifma, &GENERATOR)
}

/// The sum over all combs in each lane. The combs share the doublings.
fn mul<const N: usize>(ifma: Ifma, combs: [(&[OddTable], &[Scalar]); N]) -> [Edwards<Fp>; 8] {
    let combs = combs.map(|(tables, scalars)| (tables, digits::of_eight(scalars)));
    let mut sums = Zeroizing::new(EightPoints::identity(ifma));
    for step in (0..STEPS).rev() {
        sums.double();
        for (c, (tables, digits)) in combs.iter().enumerate() {
            for (j, table) in tables.iter().enumerate() {
                let (indices, negative) = digits::entries(digits, j, step);
                // A doubling follows the last addition of a step, and it doesn't need T.
                if step > 0 && (c, j) == (N - 1, TABLES - 1) {
                    sums.add_entry::<false>(table, indices, negative);
                } else {
                    sums.add_entry::<true>(table, indices, negative);
                }
            }
        }
    }
    Zeroizing::new(sums.leave()).map(|[x, y, t, z]| Edwards { x, y, t, z })
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::super::comb::combs;
    use super::*;
    use crate::curve::comb::Comb;
    use subtle::ConstantTimeEq;

    fn derived(ifma: Ifma) -> Vec<u8> {
        let comb = EightPointComb::new(ifma, &combs(ifma, &Edwards::generator())[0]);
        comb.0.iter().flat_map(OddTable::to_table).collect()
    }

    #[test]
    fn the_file_is_the_comb_of_p() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        crate::tables::check(
            "curve/comb/p-52x8.bin",
            include_bytes!("../comb/p-52x8.bin"),
            &derived(ifma),
        );
    }

    #[test]
    fn works_like_the_comb() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        let p = Comb::new(&Edwards::generator());
        let z = Edwards::generator().mul(&Scalar::reduce(&[0x77; 128]));
        let eight = EightPointComb::new(ifma, &combs(ifma, &z)[0]);
        let z = Comb::new(&z);
        let k: [_; 8] = core::array::from_fn(|l| Scalar::reduce(&[(37 * l) as u8; 128]));
        let l: [_; 8] = core::array::from_fn(|l| {
            Scalar::reduce(&core::array::from_fn(|i| (i * (l + 1) + 3 * l) as u8))
        });
        for count in 0..=8 {
            let multiples = mul_generator(ifma, &k[..count]);
            let sums = eight.mul_beside_p(&k[..count], &l[..count]);
            for lane in 0..8 {
                let of = |scalars: &[Scalar]| scalars[..count].get(lane).cloned();
                let (k, l) = (of(&k).unwrap_or(Scalar::ZERO), of(&l).unwrap_or(Scalar::ZERO));
                assert!(bool::from(multiples[lane].ct_eq(&p.mul(&k))));
                assert!(bool::from(sums[lane].ct_eq(&p.mul_two(&k, &z, &l))));
            }
        }
    }
}
