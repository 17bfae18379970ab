//! P-256 with AVX-512. A look-up in a comb's table loads a whole entry with each instruction, and [`lanes`] computes
//! with eight elements of the field at once.
//!
//! # Why there is unsafe code, and why it is sound
//!
//! Each block here and in [`lanes`] cites these clauses.
//!
//! 1. **The CPU has the instructions.** A function with `#[target_feature(enable = "avx512f,avx512ifma")]` is called by
//!    another such function, or by one that has an [`Ifma`] token or a value that can only be made with one. The token
//!    is made only after the CPU and the operating system were found to support both, or in a build with
//!    `eccsi_sakke_backend_unchecked`, whose builder promises this.
//! 2. **Memory and bit patterns.** Whatever is read or written as another type is an array or vector of
//!    integers of the same size, which the function borrows or owns. It has no padding, and
//!    every bit pattern is a value of it. `Affine<Fp>` has the layout of C, and `Fp` is transparent over
//!    its limbs, so the two coordinates are eight limbs.

#![allow(unsafe_code, reason = "the clauses above")]
#![allow(clippy::wildcard_imports, reason = "the intrinsics have a prefix of their own")]
#![allow(clippy::cast_possible_wrap, reason = "places in a table are few")]

#[cfg(feature = "alloc")]
pub(super) mod eight;
#[cfg(feature = "alloc")]
pub(super) mod lanes;

use core::arch::x86_64::*;

use super::group::Fp;
use crate::backend::Ifma;
use crate::jacobian::Affine;

/// table[index]. Every entry is read.
///
/// Secret: `index`. Leaks: nothing.
#[inline]
pub(super) fn lookup(_: Ifma, table: &[Affine<Fp>], index: u8) -> Affine<Fp> {
    // SAFETY: clause 1, by the token.
    unsafe { scan(table, index) }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn scan(table: &[Affine<Fp>], index: u8) -> Affine<Fp> {
    const { assert!(size_of::<Affine<Fp>>() == size_of::<__m512i>()) };
    let wanted = _mm512_set1_epi64(i64::from(index));
    let mut number = _mm512_setzero_si512();
    let mut found = _mm512_setzero_si512();
    for entry in table {
        let here = _mm512_cmpeq_epi64_mask(number, wanted);
        // The mask becomes a vector, so that every entry is loaded whole.
        let here = _mm512_maskz_set1_epi64(here, -1);
        // SAFETY: clause 2, a borrowed entry of 64 octets; the load takes any alignment.
        let entry = unsafe { _mm512_loadu_si512(core::ptr::from_ref(entry).cast()) };
        // found | (here & entry)
        found = _mm512_ternarylogic_epi64::<0xf8>(found, here, entry);
        number = _mm512_add_epi64(number, _mm512_set1_epi64(1));
    }
    // SAFETY: clause 2.
    unsafe { core::mem::transmute::<__m512i, Affine<Fp>>(found) }
}
