//! Arithmetic on 16 × 64-bit limbs modulo p: the routines under [`Fp`](super::Fp), among them the
//! halves of a product, for what reduces once for several.
//!
//! The contract is that of [`portable`]'s functions of the same names: x·y·2⁻¹⁰²⁴ mod p, below p, for
//! operands below p; the first of a product may be any 1024-bit integer, as the decoder has it. Which
//! kernel runs is asked at every call, one relaxed load.

#[cfg(target_arch = "x86_64")]
pub(super) mod adx;
pub(super) mod portable;

#[cfg(test)]
use super::counting;
#[cfg(target_arch = "x86_64")]
use crate::backend::Adx;
use crate::ct;
use portable::{Limbs, Modulus, WideLimbs};

/// Each routine, on the kernel that runs here. Tests count those that are a product or a square.
macro_rules! routines {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) $(-> $out:ty)? $(, $cost:ident)?;)*) => {$(
        $(#[$doc])*
        #[inline]
        pub(super) fn $name($($argument: $type),*) $(-> $out)? {
            $(
                #[cfg(test)]
                counting::by_kernel(counting::Cost::$cost);
            )?
            #[cfg(target_arch = "x86_64")]
            if let Some(adx) = Adx::detect() {
                return adx::$name(adx, $($argument),*);
            }
            portable::$name($($argument),*)
        }
    )*};
}

routines! {
    /// x·y·R⁻¹ mod p for x < R and y < p.
    mul(x: &Limbs, y: &Limbs, modulus: &Modulus) -> Limbs, PRODUCT;
    /// x²·R⁻¹ mod p for x < p.
    square(x: &Limbs, modulus: &Modulus) -> Limbs, SQUARE;
    /// x·y.
    wide_mul(x: &Limbs, y: &Limbs) -> WideLimbs, PRODUCT;
    /// x².
    wide_square(x: &Limbs) -> WideLimbs, SQUARE;
    /// t·R⁻¹ mod p for t < pR; spoils t.
    reduce(t: &mut WideLimbs, modulus: &Modulus) -> Limbs;
    /// x + y mod p for x, y < p.
    add(x: &Limbs, y: &Limbs, modulus: &Modulus) -> Limbs;
    /// x − y mod p for x, y < p.
    sub(x: &Limbs, y: &Limbs, modulus: &Modulus) -> Limbs;
    /// t ← t + u mod pR for t, u < pR.
    wide_add(t: &mut WideLimbs, u: &WideLimbs, modulus: &Modulus);
    /// t ← t − u mod pR for t, u < pR.
    wide_sub(t: &mut WideLimbs, u: &WideLimbs, modulus: &Modulus);
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
