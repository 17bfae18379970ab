//! Combs on two points at a time: see [`TwoPoints`].
//!
//! For one base, each half of the lanes takes half of its tables. For two bases, each half takes one base.
//!
//! There are tables of B and tables of \[2²²\]B. At digit s, a step adds entries of the former, and entries of the
//! latter for digit s + 22. So these combs take 22 steps where [`Comb`](crate::curve::comb::Comb) takes 43, and a step
//! adds twice as many entries.

#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, boxed::Box, vec::Vec};

use zeroize::Zeroizing;

#[cfg(feature = "alloc")]
use super::one_point::OnePoint;
use super::two_points::{AffineTable, TwoEntries, TwoPoints};
use crate::backend::Ifma;
use crate::curve::Edwards;
#[cfg(feature = "alloc")]
use crate::curve::comb::Teeth;
use crate::fault;
use crate::field::Fp;
use crate::field::ifma::Table;
use crate::scalar::Scalar;
#[cfg(feature = "alloc")]
use crate::scalar::digits::{self, ENTRIES};
use crate::scalar::digits::{STEPS, SignedDigits, TABLES};

/// The number of steps. Digits below this belong to the comb of B, and those from here on to the comb of \[2²²\]B.
const FAR: usize = STEPS.div_ceil(2);

/// The size of the tables of one base in octets: 96 KiB.
const SIZE: usize = 2 * TABLES * AffineTable::SIZE;

/// The tables of P. A test derives them and compares.
static GENERATOR: Table<SIZE> = Table(*include_bytes!("../comb/p-52.bin"));

/// [k]P in constant time.                    21 double and 86 mixed_add of a pair, one addition
pub(crate) fn mul_generator(ifma: Ifma, k: &Scalar) -> Edwards<Fp> {
    mul_one(ifma, AffineTable::from_table(ifma, &GENERATOR), k)
}

/// The tables of one base: 96 KiB.
#[derive(Clone)]
#[cfg(feature = "alloc")]
pub(crate) struct TwoPointComb(Vec<AffineTable>, Ifma);

#[cfg(all(test, feature = "alloc"))]
impl TwoPointComb {
    pub(crate) fn words(&self) -> usize {
        fault::injection::words(&self.0[..])
    }

    pub(crate) fn change(&mut self, by: fault::injection::Change) {
        fault::injection::change(&mut self.0[..], by);
    }
}

#[cfg(feature = "alloc")]
impl TwoPointComb {
    /// The comb whose tables are those of B and of \[2²²\]B.
    pub(crate) fn new(ifma: Ifma, combs: [&AffineTables; 2]) -> Self {
        let points = combs.into_iter().flatten().map(|table| {
            let elements = [0, 1, 2].map(|coordinate| table.map(|point| point[coordinate]));
            AffineTable::new(ifma, &elements)
        });
        Self(points.collect(), ifma)
    }

    /// The tables of `base`.
    pub(crate) fn of(ifma: Ifma, base: &Edwards<Fp>) -> Self {
        let [near, far] = combs(ifma, base);
        Self::new(ifma, [&near, &far])
    }

    /// [k]B in constant time.
    pub(crate) fn mul(&self, k: &Scalar) -> Edwards<Fp> {
        mul_one(self.1, &self.0, k)
    }

    /// [k]P + [l]B in constant time.        21 double and 172 mixed_add of a pair, one addition
    pub(crate) fn mul_beside(&self, p: &TablesOfP, k: &Scalar, l: &Scalar) -> Edwards<Fp> {
        let (k, l) = (SignedDigits::new(k), SignedDigits::new(l));
        let p = Summand { tables: &p.0, first: 0, digits: &k };
        mul(self.1, TABLES, &[p, Summand { tables: &self.0, first: 0, digits: &l }])
    }
}

/// The tables of P, for sums with multiples of another base.
#[derive(Clone)]
#[cfg(feature = "alloc")]
pub(crate) struct TablesOfP(Cow<'static, [AffineTable]>);

#[cfg(feature = "alloc")]
impl TablesOfP {
    pub(crate) fn new(ifma: Ifma) -> Self {
        if cfg!(feature = "tables") {
            return Self(Cow::Borrowed(AffineTable::from_table(ifma, &GENERATOR)));
        }
        Self(Cow::Owned(TwoPointComb::of(ifma, &Edwards::generator()).0))
    }
}

/// The multiples of one base in affine coordinates, each as [x, y, xy].
#[cfg(feature = "alloc")]
pub(in crate::curve) type AffineTables = [[[Fp; 3]; ENTRIES]; TABLES];

/// The tables of `base` and of \[2²²\]`base`. The former are those of [`Comb`](crate::curve::comb::Comb). `base` may be
/// any point.
#[cfg(feature = "alloc")]
pub(in crate::curve) fn combs(ifma: Ifma, base: &Edwards<Fp>) -> [Box<AffineTables>; 2] {
    let double = |mut point: OnePoint| {
        point.double();
        point
    };
    let sum = |mut one: OnePoint, other| {
        one.add(&other);
        one
    };
    let base = OnePoint::enter(ifma, &[base.x, base.y, base.t, base.z]);
    Teeth::new(base, double, [0, FAR]).map(|teeth| {
        Box::new(
            teeth
                .0
                .map(|teeth| affine(&digits::table(&teeth, sum, |point| point.negated(), double))),
        )
    })
}

/// Each point as [x, y, xy], with one inversion for all points.                    6M a point, I
#[cfg(feature = "alloc")]
fn affine(points: &[OnePoint; ENTRIES]) -> [[Fp; 3]; ENTRIES] {
    let points = points.each_ref().map(OnePoint::leave);
    let mut inverses = points.map(|[_, _, _, z]| z);
    Fp::invert_all(&mut inverses);
    core::array::from_fn(|i| {
        let [x, y, ..] = points[i];
        let (x, y) = (x * inverses[i], y * inverses[i]);
        [x, y, x * y]
    })
}

/// The multiple that one half of the lanes computes.
struct Summand<'a> {
    tables: &'a [AffineTable],
    /// The number of the first table of each comb that this half uses.
    first: usize,
    digits: &'a SignedDigits,
}

fn mul_one(ifma: Ifma, tables: &[AffineTable], k: &Scalar) -> Edwards<Fp> {
    let digits = &SignedDigits::new(k);
    mul(ifma, TABLES / 2, &[0, TABLES / 2].map(|first| Summand { tables, first, digits }))
}

/// The sum of both halves. Each half uses `tables` tables of each comb.
fn mul(ifma: Ifma, tables: usize, halves: &[Summand<'_>; 2]) -> Edwards<Fp> {
    let mut sums = Zeroizing::new(TwoPoints::identity(ifma));
    let points =
        |comb, j| halves.each_ref().map(|half| &half.tables[comb * TABLES + half.first + j]);
    for step in (0..FAR).rev() {
        if step + 1 < FAR {
            sums.double();
        }
        for (comb, digit) in [step, step + FAR].into_iter().enumerate() {
            for j in (0..tables).filter(|_| digit < STEPS) {
                let [(i, minus_first), (k, minus_second)] =
                    halves.each_ref().map(|half| half.digits.entry(half.first + j, digit));
                let negative = minus_first.unwrap_u8() | minus_second.unwrap_u8() << 1;
                let mut entry = TwoEntries::look_up(ifma, points(comb, j), [i, k], negative);
                fault::at("entry of the comb", &mut entry);
                let next = if j + 1 < tables { points(comb, j + 1) } else { points(1 - comb, 0) };
                sums.mixed_add(&entry, next);
                fault::at("sums of entries", &mut *sums);
            }
        }
    }
    let [one, other] = sums.leave().map(|[x, y, t, z]| Edwards { x, y, t, z });
    one + other
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    extern crate std;

    use super::*;
    use crate::curve::comb::Comb;
    use subtle::ConstantTimeEq;

    fn derived(ifma: Ifma) -> Vec<u8> {
        let comb = TwoPointComb::of(ifma, &Edwards::generator());
        comb.0.iter().flat_map(AffineTable::to_table).collect()
    }

    #[test]
    fn the_file_is_the_comb_of_p() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        crate::tables::check(
            "curve/comb/p-52.bin",
            include_bytes!("../comb/p-52.bin"),
            &derived(ifma),
        );
    }

    #[test]
    fn works_like_the_comb() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        let p = Comb::new(&Edwards::generator());
        let z = Edwards::generator().mul(&Scalar::reduce(&[0x77; 128]));
        let (beside, comb) = (TablesOfP::new(ifma), TwoPointComb::of(ifma, &z));
        let z = Comb::new(&z);
        for seed in 0..=20u8 {
            let k = Scalar::reduce(&core::array::from_fn(|i| (i as u8).wrapping_mul(seed) ^ seed));
            let l = Scalar::reduce(&[0xff - seed; 128]);
            assert!(bool::from(mul_generator(ifma, &k).ct_eq(&p.mul(&k))));
            assert!(bool::from(comb.mul(&k).ct_eq(&z.mul(&k))));
            assert!(bool::from(comb.mul_beside(&beside, &k, &l).ct_eq(&p.mul_two(&k, &z, &l))));
        }
        let zero = Scalar::reduce(&[0; 128]);
        assert!(bool::from(comb.mul_beside(&beside, &zero, &zero).is_identity()));
        let none = TwoPointComb::of(ifma, &Edwards::IDENTITY);
        assert!(bool::from(none.mul(&Scalar::reduce(&[9; 128])).is_identity()));
    }
}
