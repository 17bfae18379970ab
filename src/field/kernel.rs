//! Arithmetic on 16 × 64-bit limbs modulo p: the routines under [`Fp`](super::Fp), among them the
//! halves of a product, for what reduces once for several.
//!
//! The contract is that of [`portable`]'s functions of the same names: x·y·2⁻¹⁰²⁴ mod p, below p, for
//! operands below p; the first of a product may be any 1024-bit integer, as the decoder has it. Which
//! kernel runs is asked at every call, one relaxed load.

#[cfg(target_arch = "x86_64")]
pub(super) mod adx;
pub(super) mod portable;

#[cfg(target_arch = "x86_64")]
use crate::backend::Adx;
use crate::ct;
use portable::{Limbs, Modulus, WideLimbs};

/// x·y·R⁻¹ mod p for x < R and y < p.
#[inline]
pub(super) fn mul(x: &Limbs, y: &Limbs, modulus: &Modulus) -> Limbs {
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = Adx::detect() {
        return adx::mul(adx, x, y, modulus);
    }
    portable::mul(x, y, modulus)
}

/// x²·R⁻¹ mod p for x < p.
#[inline]
pub(super) fn square(x: &Limbs, modulus: &Modulus) -> Limbs {
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = Adx::detect() {
        return adx::square(adx, x, modulus);
    }
    portable::square(x, modulus)
}

/// x·y.
#[inline]
pub(super) fn wide_mul(x: &Limbs, y: &Limbs) -> WideLimbs {
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = Adx::detect() {
        return adx::wide_mul(adx, x, y);
    }
    portable::wide_mul(x, y)
}

/// x².
#[inline]
pub(super) fn wide_square(x: &Limbs) -> WideLimbs {
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = Adx::detect() {
        return adx::wide_square(adx, x);
    }
    portable::wide_square(x)
}

/// t·R⁻¹ mod p for t < pR; spoils t.
#[inline]
pub(super) fn reduce(t: &mut WideLimbs, modulus: &Modulus) -> Limbs {
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = Adx::detect() {
        return adx::reduce(adx, t, modulus);
    }
    portable::reduce(t, modulus)
}

/// x + y mod p for x, y < p.
#[inline]
pub(super) fn add(x: &Limbs, y: &Limbs, modulus: &Modulus) -> Limbs {
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = Adx::detect() {
        return adx::add(adx, x, y, modulus);
    }
    portable::add(x, y, modulus)
}

/// x − y mod p for x, y < p.
#[inline]
pub(super) fn sub(x: &Limbs, y: &Limbs, modulus: &Modulus) -> Limbs {
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = Adx::detect() {
        return adx::sub(adx, x, y, modulus);
    }
    portable::sub(x, y, modulus)
}

/// t ← t + u mod pR for t, u < pR.
#[inline]
pub(super) fn wide_add(t: &mut WideLimbs, u: &WideLimbs, modulus: &Modulus) {
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = Adx::detect() {
        return adx::wide_add(adx, t, u, modulus);
    }
    portable::wide_add(t, u, modulus);
}

/// t ← t − u mod pR for t, u < pR.
#[inline]
pub(super) fn wide_sub(t: &mut WideLimbs, u: &WideLimbs, modulus: &Modulus) {
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = Adx::detect() {
        return adx::wide_sub(adx, t, u, modulus);
    }
    portable::wide_sub(t, u, modulus);
}

/// The one of the elements whose mask is all ones, where the others are 0; 0 without one.
#[inline]
pub(super) fn masked<'a>(elements: impl Iterator<Item = &'a Limbs>, masks: &[u64]) -> Limbs {
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = Adx::detect() {
        return adx::masked(adx, elements, masks);
    }
    // One element after the other, whatever the compiler thinks of gathering limbs of several.
    let masks = masks.iter().map(|mask| core::hint::black_box(*mask));
    let [found] = ct::masked(elements.map(|element| [element]), masks);
    found
}
