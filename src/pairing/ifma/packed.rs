//! The long product of a prepared pairing on [`Fp50x2`], an element of 𝔽_p² at a time.

#![allow(unsafe_code, reason = "AVX-512: the reasons are numbered in field::ifma")]

use crate::backend::Ifma;
use crate::fault;
use crate::field::ifma::ScaledPair;
use crate::field::ifma::pair::Fp50x2;
use crate::field::{Fp, Fp2};

/// (f₀^(8ⁿ)·f₁^(8ⁿ⁻¹)⋯fₙ)⁴ up to 𝔽_p*, for the values of a prepared pairing's windows.
///                                                 3 squarings and a product in 𝔽_p² for each
pub(super) fn accumulate<'a>(cpu: Ifma, values: impl Iterator<Item = &'a ScaledPair>) -> Fp2<Fp> {
    // SAFETY: field::ifma clause 1: the token.
    unsafe { run_accumulate(cpu, values) }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn run_accumulate<'a>(cpu: Ifma, values: impl Iterator<Item = &'a ScaledPair>) -> Fp2<Fp> {
    let one = Fp50x2::enter(cpu, &Fp::ONE, &Fp::ZERO);
    let f = values.fold(one, |f, value| {
        let f = f.square_fp2().square_fp2().square_fp2();
        fault::passed("f", f.mul_fp2(Fp50x2::enter_scaled(cpu, value)))
    });
    let (re, im) = f.square_fp2().square_fp2().leave();
    Fp2 { re, im }
}
