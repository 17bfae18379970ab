//! Combs of bases that a user brings, in the form that this CPU multiplies fastest.

use alloc::boxed::Box;

use super::{Comb, GENERATOR};
#[cfg(target_arch = "x86_64")]
use crate::backend::Ifma;
use crate::curve::Edwards;
#[cfg(target_arch = "x86_64")]
use crate::curve::ifma::{
    comb::{self, TablesOfP, TwoPointComb},
    comb_eight::{self, EightPointComb},
};
use crate::field::Fp;
use crate::scalar::Scalar;

/// The comb of one base of order q, or of O: 48 KiB, or 96 KiB on AVX-512 IFMA.
#[derive(Clone)]
pub(crate) enum PreparedComb {
    Plain(Box<Comb>),
    #[cfg(target_arch = "x86_64")]
    Ifma(TwoPointComb),
}

impl PreparedComb {
    pub(crate) fn new(base: &Edwards<Fp>) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(ifma) = Ifma::detect() {
            return Self::Ifma(TwoPointComb::of(ifma, base));
        }
        Self::Plain(Box::new(Comb::new(base)))
    }

    /// [k]B in constant time.
    pub(crate) fn mul(&self, k: &Scalar) -> Edwards<Fp> {
        match self {
            Self::Plain(comb) => comb.mul(k),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(comb) => comb.mul(k),
        }
    }
}

#[cfg(test)]
impl PreparedComb {
    /// What a fault in memory can hit.
    pub(crate) fn words(&self) -> usize {
        match self {
            Self::Plain(comb) => crate::fault::injection::words(&**comb),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(comb) => comb.words(),
        }
    }

    pub(crate) fn change(&mut self, by: crate::fault::injection::Change) {
        match self {
            Self::Plain(comb) => crate::fault::injection::change(&mut **comb, by),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(comb) => comb.change(by),
        }
    }
}

/// The combs of P and of another base, of order q or O. The one of P comes with the crate if it was built with tables.
/// The other takes 48 KiB, or on AVX-512 IFMA 96 KiB for single multiplications and 60 KiB for eight at once.
#[derive(Clone)]
pub(crate) enum CombBesideP {
    Plain(Box<Comb>),
    #[cfg(target_arch = "x86_64")]
    Ifma(TablesOfP, TwoPointComb, EightPointComb),
}

impl CombBesideP {
    pub(crate) fn new(base: &Edwards<Fp>) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(ifma) = Ifma::detect() {
            let [near, far] = comb::combs(ifma, base);
            let comb = TwoPointComb::new(ifma, [&near, &far]);
            return Self::Ifma(TablesOfP::new(ifma), comb, EightPointComb::new(ifma, &near));
        }
        Self::Plain(Box::new(Comb::new(base)))
    }

    /// [k]P + [l]B in constant time.
    pub(crate) fn mul(&self, k: &Scalar, l: &Scalar) -> Edwards<Fp> {
        match self {
            Self::Plain(comb) if cfg!(feature = "tables") => GENERATOR.mul_two(k, comb, l),
            Self::Plain(comb) => Edwards::generator().mul(k) + comb.mul(l),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(p, comb, _) => comb.mul_beside(p, k, l),
        }
    }

    /// [k]P + [l]B for each of up to eight pairs, in constant time, and O in the places beyond them.
    pub(crate) fn mul_all(&self, k: &[Scalar], l: &[Scalar]) -> [Edwards<Fp>; 8] {
        #[cfg(target_arch = "x86_64")]
        if cfg!(feature = "tables")
            && let Self::Ifma(_, _, comb) = self
            && k.len() >= comb_eight::PAYS_FROM
        {
            return comb.mul_beside_p(k, l);
        }
        core::array::from_fn(|i| {
            k.get(i).zip(l.get(i)).map_or(Edwards::IDENTITY, |(k, l)| self.mul(k, l))
        })
    }
}
