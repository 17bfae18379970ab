//! Combs in eight lanes, two at a time: see [`EdwardsPair`].
//!
//! For one base its tables are shared out to the halves; for two bases each has a half.
//!
//! A step of these combs adds more than one of [`Comb`]: the tables of B, at digit s, stand beside
//! those of [2²²]B, at digit s + 22, so that 22 steps do.

#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, boxed::Box, vec::Vec};

use zeroize::Zeroizing;

#[cfg(feature = "alloc")]
use super::Teeth;
use crate::backend::Ifma;
use crate::curve::Edwards;
use crate::fault;
use crate::field::Fp;
#[cfg(feature = "alloc")]
use crate::field::wide::pair::PackedPoint;
use crate::field::wide::{EdwardsPair, PairEntry, Points, Table};
use crate::scalar::Scalar;
#[cfg(feature = "alloc")]
use crate::scalar::digits::{self, ENTRIES};
use crate::scalar::digits::{STEPS, SignedDigits, TABLES};

/// Doublings and one; the digits of a table from here on are those of the second comb.
const HALF: usize = STEPS.div_ceil(2);

/// Octets of the tables of one base, 96 KiB.
const SIZE: usize = 2 * TABLES * Points::SIZE;

/// The tables of P, as a test derives them.
static GENERATOR: Table<SIZE> = Table(*include_bytes!("p-52.bin"));

/// [k]P in constant time.                    21 double and 86 mixed_add of a pair, one addition
pub(crate) fn mul_generator(ifma: Ifma, k: &Scalar) -> Edwards<Fp> {
    mul_one(ifma, Points::from_table(ifma, &GENERATOR), k)
}

/// The tables of one base: 96 KiB.
#[derive(Clone)]
#[cfg(feature = "alloc")]
pub(crate) struct WideComb(Vec<Points>, Ifma);

#[cfg(all(test, feature = "alloc"))]
impl WideComb {
    pub(crate) fn words(&self) -> usize {
        fault::injection::words(&self.0[..])
    }

    pub(crate) fn change(&mut self, by: fault::injection::Change) {
        fault::injection::change(&mut self.0[..], by);
    }
}

#[cfg(feature = "alloc")]
impl WideComb {
    /// From the combs of B and of [2²²]B.
    pub(crate) fn new(ifma: Ifma, combs: [&AffineTables; 2]) -> Self {
        let points = combs.into_iter().flatten().map(|table| {
            let elements = [0, 1, 2].map(|coordinate| table.map(|point| point[coordinate]));
            Points::new(ifma, &elements)
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
    pub(crate) fn mul_beside(&self, p: &BesideB, k: &Scalar, l: &Scalar) -> Edwards<Fp> {
        let (k, l) = (SignedDigits::new(k), SignedDigits::new(l));
        let p = Half { tables: &p.0, first: 0, digits: &k };
        mul(self.1, TABLES, &[p, Half { tables: &self.0, first: 0, digits: &l }])
    }
}

/// The tables of P, for use beside another base.
#[derive(Clone)]
#[cfg(feature = "alloc")]
pub(crate) struct BesideB(Cow<'static, [Points]>);

#[cfg(feature = "alloc")]
impl BesideB {
    pub(crate) fn new(ifma: Ifma) -> Self {
        if cfg!(feature = "tables") {
            return Self(Cow::Borrowed(Points::from_table(ifma, &GENERATOR)));
        }
        Self(Cow::Owned(WideComb::of(ifma, &Edwards::generator()).0))
    }
}

/// The multiples of one base in affine coordinates, each as [x, y, xy].
#[cfg(feature = "alloc")]
pub(super) type AffineTables = [[[Fp; 3]; ENTRIES]; TABLES];

/// The tables of `base` and of [2²²]`base`, any point, as [`Comb`](super::Comb) has them of the
/// first.
#[cfg(feature = "alloc")]
pub(super) fn combs(ifma: Ifma, base: &Edwards<Fp>) -> [Box<AffineTables>; 2] {
    let double = |mut point: PackedPoint| {
        point.double();
        point
    };
    let sum = |mut one: PackedPoint, other| {
        one.add(&other);
        one
    };
    let base = PackedPoint::enter(ifma, &[base.x, base.y, base.t, base.z]);
    Teeth::new(base, double, [0, HALF]).map(|teeth| {
        Box::new(
            teeth
                .0
                .map(|teeth| affine(&digits::table(&teeth, sum, |point| point.negated(), double))),
        )
    })
}

/// Each point as [x, y, xy], one inversion for all.                                6M a point, I
#[cfg(feature = "alloc")]
fn affine(points: &[PackedPoint; ENTRIES]) -> [[Fp; 3]; ENTRIES] {
    let points = points.each_ref().map(PackedPoint::leave);
    let mut inverses = points.map(|[_, _, _, z]| z);
    Fp::invert_all(&mut inverses);
    core::array::from_fn(|i| {
        let [x, y, ..] = points[i];
        let (x, y) = (x * inverses[i], y * inverses[i]);
        [x, y, x * y]
    })
}

/// What runs in one half of the lanes.
struct Half<'a> {
    tables: &'a [Points],
    /// The first table of each comb that is used here.
    first: usize,
    digits: &'a SignedDigits,
}

fn mul_one(ifma: Ifma, tables: &[Points], k: &Scalar) -> Edwards<Fp> {
    let digits = &SignedDigits::new(k);
    mul(ifma, TABLES / 2, &[0, TABLES / 2].map(|first| Half { tables, first, digits }))
}

/// The sum of both halves, of each comb so many tables in each half.
fn mul(ifma: Ifma, tables: usize, halves: &[Half<'_>; 2]) -> Edwards<Fp> {
    let mut sums = Zeroizing::new(EdwardsPair::identity(ifma));
    let points =
        |comb, j| halves.each_ref().map(|half| &half.tables[comb * TABLES + half.first + j]);
    for step in (0..HALF).rev() {
        if step + 1 < HALF {
            sums.double();
        }
        for (comb, digit) in [step, step + HALF].into_iter().enumerate() {
            for j in (0..tables).filter(|_| digit < STEPS) {
                let [(i, minus_first), (k, minus_second)] =
                    halves.each_ref().map(|half| half.digits.entry(half.first + j, digit));
                let negative = minus_first.unwrap_u8() | minus_second.unwrap_u8() << 1;
                let mut entry = PairEntry::look_up(ifma, points(comb, j), [i, k], negative);
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

    use super::super::Comb;
    use super::*;
    use subtle::ConstantTimeEq;

    fn derived(ifma: Ifma) -> Vec<u8> {
        let comb = WideComb::of(ifma, &Edwards::generator());
        comb.0.iter().flat_map(Points::to_table).collect()
    }

    #[test]
    fn the_file_is_the_comb_of_p() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        crate::tables::check("curve/comb/p-52.bin", include_bytes!("p-52.bin"), &derived(ifma));
    }

    #[test]
    fn works_like_the_comb() {
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        let p = Comb::new(&Edwards::generator());
        let z = Edwards::generator().mul(&Scalar::reduce(&[0x77; 128]));
        let (beside, wide) = (BesideB::new(ifma), WideComb::of(ifma, &z));
        let z = Comb::new(&z);
        for seed in 0..=20u8 {
            let k = Scalar::reduce(&core::array::from_fn(|i| (i as u8).wrapping_mul(seed) ^ seed));
            let l = Scalar::reduce(&[0xff - seed; 128]);
            assert!(bool::from(mul_generator(ifma, &k).ct_eq(&p.mul(&k))));
            assert!(bool::from(wide.mul(&k).ct_eq(&z.mul(&k))));
            assert!(bool::from(wide.mul_beside(&beside, &k, &l).ct_eq(&p.mul_two(&k, &z, &l))));
        }
        let zero = Scalar::reduce(&[0; 128]);
        assert!(bool::from(wide.mul_beside(&beside, &zero, &zero).is_identity()));
        let none = WideComb::of(ifma, &Edwards::IDENTITY);
        assert!(bool::from(none.mul(&Scalar::reduce(&[9; 128])).is_identity()));
    }

    /// `cargo test --release what_a_multiplication_costs -- --ignored --nocapture`
    #[test]
    #[ignore = "a measurement"]
    fn what_a_multiplication_costs() {
        use core::hint::black_box;
        use std::time::Instant;
        let Some(ifma) = Ifma::detect() else { return std::println!("no AVX-512 IFMA here") };
        let p = Edwards::generator();
        let (beside, wide) = (BesideB::new(ifma), WideComb::of(ifma, &p.double()));
        let [k, l] = [0x77, 0x19].map(|octet| Scalar::reduce(&[octet; 128]));
        let operations: [(&str, &dyn Fn()); 6] = [
            ("[k]P", &|| _ = black_box(mul_generator(ifma, &k))),
            ("[k]P + [l]B", &|| _ = black_box(wide.mul_beside(&beside, &k, &l))),
            ("[k]B, B new", &|| _ = black_box(p.mul(&k))),
            ("tables of B", &|| _ = black_box(WideComb::of(ifma, &p))),
            ("and one by one", &|| _ = black_box(Comb::new(&p))),
            ("g^k", &|| _ = black_box(crate::torus::Torus::pow_g(&k))),
        ];
        let mut minima = [f64::MAX; 6];
        for _ in 0..50 {
            for ((_, operation), minimum) in operations.iter().zip(&mut minima) {
                // Several times each: with its tables in the cache.
                for _ in 0..5 {
                    let start = Instant::now();
                    operation();
                    *minimum = minimum.min(start.elapsed().as_secs_f64() * 1e6);
                }
            }
        }
        for ((name, _), minimum) in operations.iter().zip(minima) {
            std::println!("{name:14} {minimum:8.1} us");
        }
    }
}
