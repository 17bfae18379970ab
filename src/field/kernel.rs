//! Arithmetic on 16 × 64-bit limbs modulo p: the routines under [`Fp`](super::Fp). A product is also available
//! in two halves, multiplication and reduction, so that a sum of products is reduced once.
//!
//! The contract is that of [`portable`]'s functions of the same names. A product is x·y·2⁻¹⁰²⁴ mod p and below p, for
//! operands below p. Its first factor may be any 1024-bit integer, which the decoder needs. Every call asks by one
//! relaxed load which kernel runs.

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
    /// t·R⁻¹ mod p for t < pR. It spoils t.
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

/// The element whose mask is all ones, where the other masks are 0. It is 0 if no mask is.
#[inline]
pub(super) fn masked<'a>(elements: impl Iterator<Item = &'a Limbs>, masks: &[u64]) -> Limbs {
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = Adx::detect() {
        return adx::masked(adx, elements, masks);
    }
    // The compiler doesn't see the masks. So it reads one element after the other, and doesn't gather limbs of several.
    let masks = masks.iter().map(|mask| core::hint::black_box(*mask));
    let [found] = ct::masked(elements.map(|element| [element]), masks);
    found
}
