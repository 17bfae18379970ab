//! [k]B for a base B that is used again and again: P, a KMS's Z, a recipient's [b]P + Z.
//!
//! A comb of signed digits, see [`scalar::digits`](crate::scalar::digits). Each of its 43 steps doubles once and adds
//! one entry of each of the 4 tables. To find it, all 32 entries are read.

#[cfg(feature = "alloc")]
pub(super) mod prepared;

use core::ops::{Add, Neg};

use zeroize::Zeroize;

use super::Edwards;
use super::edwards::{Entry, Factors};
use crate::ct;
use crate::fault;
use crate::field::Fp;
use crate::scalar::Scalar;
use crate::scalar::digits::{self, ENTRIES, STEPS, SignedDigits, TABLES, TEETH};

/// The multiples of one base of odd order: 128 points, 48 KiB. They are secret if the base is, and their owner wipes
/// them.
#[derive(Clone)]
pub(crate) struct Comb([[Entry<Fp>; ENTRIES]; TABLES]);

/// The comb of P, 48 KiB. A test derives its file again.
pub(super) static GENERATOR: Comb = Comb::from_table(include_bytes!("comb/p-64.bin"));

impl Comb {
    #[expect(clippy::large_stack_arrays, reason = "evaluated at compile time")]
    const fn from_table(file: &[u8; size_of::<Self>()]) -> Self {
        let zero = Entry { minus: Fp::ZERO, plus: Fp::ZERO, product: Fp::ZERO };
        let mut tables = [[zero; ENTRIES]; TABLES];
        let mut i = 0;
        while i < TABLES * ENTRIES {
            tables[i / ENTRIES][i % ENTRIES] = Entry {
                minus: Fp::from_table(file, 3 * i),
                plus: Fp::from_table(file, 3 * i + 1),
                product: Fp::from_table(file, 3 * i + 2),
            };
            i += 1;
        }
        Self(tables)
    }

    /// The tables of `base`.
    ///
    /// The teeth take 1032 doublings (3M + 4S). A table takes 4M for each of its 6 teeth, 36 additions (9M),
    /// 5 doublings (4M + 4S), 6M for each of its 32 entries, and I.
    ///
    /// Constant time in the base, which has order q or is O. The additions of entries are complete for points of odd
    /// order only.
    pub(crate) fn new(base: &Edwards<Fp>) -> Self {
        let double = |point: Factors<Fp>| point.projective().double();
        let [teeth] = Teeth::new(Factors::from(base), double, [0]);
        Self(teeth.0.map(|teeth| {
            let teeth = teeth.map(Factors::extended);
            Entry::of(digits::table(&teeth, Edwards::add, Edwards::neg, Edwards::double))
        }))
    }

    /// [k]B in constant time.                                                1,337M + 172S
    ///
    /// 43 doublings (4M + 4S), 172 additions (7M, but 6M for the 42 before a doubling), and 3M for O at the start.
    ///
    /// Secret: k and the base. Leaks: nothing. Every entry of a table is read for every digit.
    pub(crate) fn mul(&self, k: &Scalar) -> Edwards<Fp> {
        let digits = SignedDigits::new(k);
        let mut sum = Factors::IDENTITY;
        for step in (0..STEPS).rev() {
            let doubled = sum.projective().double().extended();
            sum = self.add_step(doubled, &digits, step);
        }
        sum.extended()
    }

    /// [k]B + [l]C. The two combs share their doublings.                     2,541M + 172S
    ///
    /// 43 doublings (4M + 4S), 344 additions (7M, but 6M for the 42 before a doubling), and 3M for O at the start.
    ///
    /// Secret: k, l and the bases. Leaks: nothing.
    pub(crate) fn mul_two(&self, k: &Scalar, other: &Self, l: &Scalar) -> Edwards<Fp> {
        let own_digits = SignedDigits::new(k);
        let other_digits = SignedDigits::new(l);
        let mut sum = Factors::IDENTITY;
        for step in (0..STEPS).rev() {
            let doubled = sum.projective().double().extended();
            let with_own = self.add_step(doubled, &own_digits, step).extended();
            sum = other.add_step(with_own, &other_digits, step);
        }
        sum.extended()
    }

    /// `sum` + one entry of each table. It stays in factors, because the doubling that follows needs no T.
    fn add_step(&self, sum: Edwards<Fp>, digits: &SignedDigits, step: usize) -> Factors<Fp> {
        let add = |sum: Edwards<Fp>, j: usize| {
            let (index, negative) = digits.entry(j, step);
            sum.add_signed(lookup(&self.0[j], index), negative)
        };
        let sums = (0..TABLES - 1).fold(sum, |sum, j| add(sum, j).extended());
        fault::passed("sums of entries", add(sums, TABLES - 1))
    }
}

/// The points that make the tables of one base: tooth t of table j is [2^(43j + 172t)]B.
pub(crate) struct Teeth<T>(pub(super) [[T; TEETH]; TABLES]);

impl<T: Copy> Teeth<T> {
    /// The teeth of [2ᵒ]`base` for each o of `offsets`, all below 43. They share their doublings.
    pub(super) fn new<const N: usize>(
        base: T,
        double: impl Fn(T) -> T,
        offsets: [usize; N],
    ) -> [Self; N] {
        let mut all = [(); N].map(|()| Self([[base; TEETH]; TABLES]));
        let mut power = base;
        for t in 0..TEETH {
            for j in 0..TABLES {
                for doublings in 0..STEPS {
                    for (teeth, offset) in all.iter_mut().zip(offsets) {
                        if offset == doublings {
                            teeth.0[j][t] = power;
                        }
                    }
                    power = double(power);
                }
            }
        }
        all
    }
}

/// table[index]. Every entry is read.
fn lookup(table: &[Entry<Fp>; ENTRIES], index: u8) -> Entry<Fp> {
    let masks = ct::masks::<ENTRIES>(index);
    let entry = Entry {
        minus: Fp::masked(table.iter().map(|entry| &entry.minus), &masks),
        plus: Fp::masked(table.iter().map(|entry| &entry.plus), &masks),
        product: Fp::masked(table.iter().map(|entry| &entry.product), &masks),
    };
    fault::passed("entry of the comb", entry)
}

impl Zeroize for Comb {
    fn zeroize(&mut self) {
        for entry in self.0.as_flattened_mut() {
            entry.zeroize();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Q;
    use crypto_bigint::U1024;
    use subtle::ConstantTimeEq;

    #[test]
    fn multiplication_is_that_of_the_plain_windows() {
        let p = Edwards::generator();
        let z = p.mul(&Scalar::reduce(&[0x77; 128]));
        let (comb, other) = (Comb::new(&p), Comb::new(&z));
        let q = *Q.as_ref();
        let one = U1024::ONE;
        let edges = [
            U1024::ZERO,
            one,
            one.shl(1),
            q.wrapping_sub(&one),
            q.shr(1),
            U1024::MAX,
            one.shl(1021),
        ];
        for k in edges {
            let k = Scalar::reduce(&k.to_be_bytes().into());
            assert!(bool::from(comb.mul(&k).ct_eq(&p.mul(&k))));
            let l = k.add(&Scalar::reduce(&[0x5b; 128]));
            let expected = p.mul(&k) + z.mul(&l);
            assert!(bool::from(comb.mul_two(&k, &other, &l).ct_eq(&expected)));
        }
        for seed in 0..20 {
            let k = Scalar::reduce(&core::array::from_fn(|i| (i as u8).wrapping_mul(seed) ^ seed));
            assert!(bool::from(other.mul(&k).ct_eq(&z.mul(&k))));
        }
    }

    #[test]
    fn the_file_is_the_comb_of_p() {
        extern crate std;
        let comb = Comb::new(&Edwards::generator());
        let entries = comb.0.as_flattened().iter();
        let elements = entries.flat_map(|e| [e.minus, e.plus, e.product].map(Fp::to_table));
        let derived: std::vec::Vec<u8> = elements.flatten().collect();
        crate::tables::check("curve/comb/p-64.bin", include_bytes!("comb/p-64.bin"), &derived);
    }

    #[test]
    fn o_is_a_base() {
        let comb = Comb::new(&Edwards::IDENTITY);
        assert!(bool::from(comb.mul(&Scalar::reduce(&[9; 128])).is_identity()));
    }
}
