//! gʳ for the one base g: a comb of signed digits, see [`scalar::digits`](crate::scalar::digits).
//!
//! An entry is the t of a class t + i, whose representative is 1/t. A product with this class costs 2M. Its inverse is
//! the class of −t + i.

use subtle::ConditionallySelectable;

use super::Torus;
#[cfg(target_arch = "x86_64")]
use super::ifma;
#[cfg(target_arch = "x86_64")]
use crate::backend::Ifma;
use crate::ct;
use crate::fault;
use crate::field::{Field, Fp, Fp2};
use crate::scalar::Scalar;
use crate::scalar::digits::{ENTRIES, STEPS, SignedDigits, TABLES};

/// The powers of one base: 16 KiB.
pub(crate) struct Comb(pub(super) [[Fp; ENTRIES]; TABLES]);

/// The comb of g. A test derives its file again.
static G: Comb = Comb::from_table(include_bytes!("comb/g-64.bin"));

impl Comb {
    const fn from_table(file: &[u8; size_of::<Self>()]) -> Self {
        let mut tables = [[Fp::ZERO; ENTRIES]; TABLES];
        let mut i = 0;
        while i < TABLES * ENTRIES {
            tables[i / ENTRIES][i % ENTRIES] = Fp::from_table(file, i);
            i += 1;
        }
        Self(tables)
    }

    /// baseʳ in constant time.                         430M: 43 squarings and 172 products of 2M each
    ///
    /// Secret: r. Leaks: nothing. Every entry of a table is read for every digit.
    pub(crate) fn pow(&self, r: &Scalar) -> Torus {
        let digits = SignedDigits::new(r);
        let mut power = Fp2::ONE;
        for step in (0..STEPS).rev() {
            power = power.square();
            for (j, table) in self.0.iter().enumerate() {
                let (index, negative) = digits.entry(j, step);
                let t = lookup(table, index);
                let t = fault::passed("entry of g's comb", t);
                power = mul_by_t(power, Fp::conditional_select(&t, &-t, negative));
            }
            fault::at("gʳ so far", &mut power);
        }
        Torus(power).if_right(digits.are_of(r))
    }
}

/// (a + ib)(t + i) = (at − b) + i(a + bt).                                               2M
fn mul_by_t<F: Field>(x: Fp2<F>, t: F) -> Fp2<F> {
    Fp2 { re: x.re * t - x.im, im: x.re + x.im * t }
}

/// table[index]. Every entry is read.
fn lookup(table: &[Fp; ENTRIES], index: u8) -> Fp {
    Fp::masked(table.iter(), &ct::masks::<ENTRIES>(index))
}

/// gʳ in constant time.
pub(super) fn pow_g(r: &Scalar) -> Torus {
    #[cfg(target_arch = "x86_64")]
    if let Some(ifma) = Ifma::detect() {
        return ifma::comb::pow_g(ifma, r);
    }
    G.pow(r)
}

#[cfg(test)]
pub(super) mod tests {
    extern crate std;

    use super::*;
    use core::ops::Mul;

    use crate::field::counting::{Cost, Counted, cost_of};
    use crate::scalar::digits::{self, TEETH};

    impl Comb {
        /// The tables of the class of `base`.
        ///
        /// No sum of digits in a table may be 0 modulo the base's order, because the class of 1 has no t.
        pub(crate) fn new(base: Fp2<Fp>) -> Self {
            let mut teeth = [[base; TEETH]; TABLES];
            let mut power = base;
            for t in 0..TEETH {
                for table in &mut teeth {
                    table[t] = power;
                    for _ in 0..STEPS {
                        power = power.square();
                    }
                }
            }
            let conjugate = |x: Fp2<Fp>| Fp2 { re: x.re, im: -x.im };
            Self(teeth.map(|teeth| {
                digits::table(&teeth, Fp2::mul, conjugate, Fp2::square)
                    .map(|x| x.re * x.im.invert())
            }))
        }
    }

    pub(in crate::torus) fn comb_of_g() -> Comb {
        let Torus(g) = &Torus::G;
        Comb::new(*g)
    }

    #[test]
    fn the_file_is_the_comb_of_g() {
        let derived: std::vec::Vec<u8> =
            comb_of_g().0.as_flattened().iter().flat_map(|t| t.to_table()).collect();
        crate::tables::check("torus/comb/g-64.bin", include_bytes!("comb/g-64.bin"), &derived);
    }

    #[test]
    fn powers_are_those_of_the_plain_windows() {
        for seed in 0..20 {
            let r = Scalar::reduce(&core::array::from_fn(|i| (i as u8).wrapping_mul(seed) ^ seed));
            assert_eq!(pow_g(&r).to_bytes(), Torus::G.pow(r.to_be_bytes().as_slice()).to_bytes());
        }
    }

    #[test]
    fn cost_is_as_stated() {
        let one = Counted(Fp::ONE);
        let x = Fp2 { re: one, im: one };
        assert_eq!(cost_of(|| _ = mul_by_t(x, one)), Cost { products: 2, squares: 0 });
    }
}
