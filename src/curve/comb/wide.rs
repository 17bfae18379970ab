//! Combs in eight lanes, two at a time: see [`EdwardsPair`].
//!
//! For one base the two halves share its four tables; for two bases each has the tables of its own.

use zeroize::Zeroizing;

#[cfg(feature = "alloc")]
use super::{Comb, Entry};
use crate::backend::Ifma;
use crate::curve::Edwards;
use crate::field::Fp;
use crate::field::wide::{EdwardsPair, Fp52x8, PairEntry, Table};
use crate::scalar::Scalar;
use crate::scalar::digits::{ENTRIES, STEPS, SignedDigits, TABLES};

/// Octets of a comb of one base: 80 KiB.
const SIZE: usize = TABLES / 2 * ENTRIES * Fp52x8::SIZE;

/// The comb of P, as `tests::write` made it.
static GENERATOR: Table<SIZE> = Table(*include_bytes!("p-52.bin"));

/// [k]P in constant time.        43 · (double + 2 mixed_add of a pair), and one addition
pub(crate) fn mul_generator(ifma: Ifma, k: &Scalar) -> Edwards<Fp> {
    mul_one(ifma, PairEntry::from_table(ifma, &GENERATOR), k)
}

/// The tables of one base, 0 beside 2 and 1 beside 3: 80 KiB.
#[derive(Clone)]
#[cfg(feature = "alloc")]
pub(crate) struct WideComb(alloc::vec::Vec<PairEntry>, Ifma);

#[cfg(feature = "alloc")]
impl WideComb {
    pub(crate) fn new(ifma: Ifma, comb: &Comb) -> Self {
        let [a, b, c, d] = &comb.0;
        Self(beside(ifma, [[a, c], [b, d]]), ifma)
    }

    /// [k]B in constant time.
    pub(crate) fn mul(&self, k: &Scalar) -> Edwards<Fp> {
        mul_one(self.1, &self.0, k)
    }
}

/// The tables of P beside those of another base: 160 KiB.
#[derive(Clone)]
#[cfg(feature = "alloc")]
pub(crate) struct WidePairComb(alloc::vec::Vec<PairEntry>, Ifma);

#[cfg(feature = "alloc")]
impl WidePairComb {
    pub(crate) fn new(ifma: Ifma, p: &Comb, other: &Comb) -> Self {
        let tables: [_; TABLES] = core::array::from_fn(|j| [&p.0[j], &other.0[j]]);
        Self(beside(ifma, tables), ifma)
    }

    /// [k]P + [l]B in constant time.      43 · (double + 4 mixed_add of a pair), and one addition
    pub(crate) fn mul(&self, k: &Scalar, l: &Scalar) -> Edwards<Fp> {
        let (k, l) = (SignedDigits::new(k), SignedDigits::new(l));
        mul(self.1, &self.0, |j, step| [k.entry(j, step), l.entry(j, step)])
    }
}

/// Each entry of the first table of a pair beside that of the second.
#[cfg(feature = "alloc")]
fn beside<const N: usize>(
    ifma: Ifma,
    tables: [[&[Entry<Fp>; ENTRIES]; 2]; N],
) -> alloc::vec::Vec<PairEntry> {
    let pairs = tables.into_iter().flat_map(|[first, second]| first.iter().zip(second));
    pairs.map(|(e, f)| PairEntry::enter(ifma, [[e.x, e.y], [f.x, f.y]])).collect()
}

fn mul_one(ifma: Ifma, tables: &[PairEntry], k: &Scalar) -> Edwards<Fp> {
    let k = SignedDigits::new(k);
    mul(ifma, tables, |j, step| [k.entry(j, step), k.entry(j + TABLES / 2, step)])
}

/// The sum of both halves. `digits` names the entry of pair j in a step for each half.
fn mul(
    ifma: Ifma,
    tables: &[PairEntry],
    digits: impl Fn(usize, usize) -> [(u8, subtle::Choice); 2],
) -> Edwards<Fp> {
    let none = PairEntry::identity(ifma);
    let mut sums = Zeroizing::new(EdwardsPair::identity(ifma));
    for step in (0..STEPS).rev() {
        *sums = sums.double();
        for (j, table) in tables.chunks_exact(ENTRIES).enumerate() {
            let [(first, minus_first), (second, minus_second)] = digits(j, step);
            let entry = PairEntry::lookup(&none, table, [first, second]);
            let signs = minus_first.unwrap_u8() | minus_second.unwrap_u8() << 1;
            *sums = sums.mixed_add(&entry.negate(signs));
        }
    }
    let [one, other] = sums.leave().map(|[x, y, t, z]| Edwards { x, y, t, z });
    one + other
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;
    use subtle::ConstantTimeEq;

    fn derived(ifma: Ifma) -> Vec<u8> {
        let comb = WideComb::new(ifma, &Comb::new(&Edwards::generator()));
        let digits = comb.0.iter().flat_map(|entry| entry.to_table());
        digits.flatten().flat_map(u64::to_le_bytes).collect()
    }

    #[test]
    fn the_file_is_the_comb_of_p() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        assert!(derived(ifma) == include_bytes!("p-52.bin"));
    }

    #[test]
    #[ignore = "the generator of the file: writes to the source folder"]
    fn write() {
        let ifma = Ifma::detect().expect("a CPU with AVX-512 IFMA");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/curve/comb/p-52.bin");
        std::fs::write(path, derived(ifma)).expect("written");
    }

    #[test]
    fn works_like_the_comb() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        let p = Comb::new(&Edwards::generator());
        let z = Comb::new(&Edwards::generator().mul(&Scalar::reduce(&[0x77; 128])));
        let (wide, pair) = (WideComb::new(ifma, &z), WidePairComb::new(ifma, &p, &z));
        for seed in 0..=20u8 {
            let k = Scalar::reduce(&core::array::from_fn(|i| (i as u8).wrapping_mul(seed) ^ seed));
            let l = Scalar::reduce(&[0xff - seed; 128]);
            assert!(bool::from(mul_generator(ifma, &k).ct_eq(&p.mul(&k))));
            assert!(bool::from(wide.mul(&k).ct_eq(&z.mul(&k))));
            assert!(bool::from(pair.mul(&k, &l).ct_eq(&p.mul_two(&k, &z, &l))));
        }
        let zero = Scalar::reduce(&[0; 128]);
        assert!(bool::from(pair.mul(&zero, &zero).is_identity()));
    }
}
