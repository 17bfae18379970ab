//! Combs of bases that a user brings, in the form that this CPU multiplies fastest.

use alloc::boxed::Box;

#[cfg(target_arch = "x86_64")]
use super::eight::{self, EightComb};
#[cfg(target_arch = "x86_64")]
use super::wide::{WideComb, WidePairComb};
use super::{Comb, GENERATOR};
#[cfg(target_arch = "x86_64")]
use crate::backend::Ifma;
use crate::curve::Edwards;
use crate::field::Fp;
use crate::scalar::Scalar;

/// The comb of one base: 48 KiB, or 80 KiB in the wide form.
#[derive(Clone)]
pub(crate) enum PreparedComb {
    Plain(Box<Comb>),
    #[cfg(target_arch = "x86_64")]
    Wide(WideComb),
}

impl PreparedComb {
    pub(crate) fn new(base: &Edwards<Fp>) -> Self {
        let comb = Box::new(Comb::new(base));
        #[cfg(target_arch = "x86_64")]
        if let Some(ifma) = Ifma::detect() {
            return Self::Wide(WideComb::new(ifma, &comb));
        }
        Self::Plain(comb)
    }

    /// [k]B in constant time.
    pub(crate) fn mul(&self, k: &Scalar) -> Edwards<Fp> {
        match self {
            Self::Plain(comb) => comb.mul(k),
            #[cfg(target_arch = "x86_64")]
            Self::Wide(comb) => comb.mul(k),
        }
    }
}

/// The combs of P and of another base: 48 KiB, or in the wide forms 160 KiB for one multiplication
/// and 60 KiB for eight.
#[derive(Clone)]
pub(crate) enum CombBesideP {
    Plain(Box<Comb>),
    #[cfg(target_arch = "x86_64")]
    Wide(WidePairComb, EightComb),
}

impl CombBesideP {
    pub(crate) fn new(base: &Edwards<Fp>) -> Self {
        let comb = Box::new(Comb::new(base));
        #[cfg(target_arch = "x86_64")]
        if let Some(ifma) = Ifma::detect() {
            let eight = EightComb::new(ifma, &comb);
            if cfg!(feature = "tables") {
                return Self::Wide(WidePairComb::new(ifma, &GENERATOR, &comb), eight);
            }
            let p = Box::new(Comb::new(&Edwards::generator()));
            return Self::Wide(WidePairComb::new(ifma, &p, &comb), eight);
        }
        Self::Plain(comb)
    }

    /// [k]P + [l]B in constant time.
    pub(crate) fn mul(&self, k: &Scalar, l: &Scalar) -> Edwards<Fp> {
        match self {
            Self::Plain(comb) if cfg!(feature = "tables") => GENERATOR.mul_two(k, comb, l),
            Self::Plain(comb) => Edwards::generator().mul(k) + comb.mul(l),
            #[cfg(target_arch = "x86_64")]
            Self::Wide(comb, _) => comb.mul(k, l),
        }
    }

    /// [k]P + [l]B for each of up to eight pairs, in constant time; O in the places beyond them.
    pub(crate) fn mul_all(&self, k: &[Scalar], l: &[Scalar]) -> [Edwards<Fp>; 8] {
        #[cfg(target_arch = "x86_64")]
        if cfg!(feature = "tables")
            && let Self::Wide(_, comb) = self
            && k.len() >= eight::PAYS_FROM
        {
            return comb.mul_beside_p(k, l);
        }
        core::array::from_fn(|i| {
            k.get(i).zip(l.get(i)).map_or(Edwards::IDENTITY, |(k, l)| self.mul(k, l))
        })
    }
}
