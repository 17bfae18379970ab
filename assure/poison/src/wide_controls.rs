//! What the search of the disassembly must find in AVX-512 routines. These functions are compiled and never run.

use std::arch::x86_64::{
    __m512i, _mm512_cmplt_epu64_mask, _mm512_i64gather_epi64, _mm512_i64scatter_epi64,
    _mm512_reduce_add_epi64, _mm512_set1_epi64,
};
use std::hint::black_box;

/// A branch on a comparison of vectors.
#[inline(never)]
#[target_feature(enable = "avx512f")]
pub fn branch(a: &__m512i, b: &__m512i) {
    if _mm512_cmplt_epu64_mask(*a, *b) != 0 {
        black_box(_mm512_set1_epi64(3));
    }
}

/// A table that is read at an index from a vector.
#[inline(never)]
#[target_feature(enable = "avx512f")]
pub fn index(a: &__m512i, table: &[u8; 256]) -> u8 {
    table[(_mm512_reduce_add_epi64(*a) & 0xff) as usize]
}

/// A table read at eight such indices.
#[inline(never)]
#[target_feature(enable = "avx512f")]
pub fn gather(a: &__m512i, table: &[i64; 256]) -> __m512i {
    // SAFETY: this is never run.
    unsafe { _mm512_i64gather_epi64::<8>(*a, table.as_ptr()) }
}

/// A table written at eight such indices.
#[inline(never)]
#[target_feature(enable = "avx512f")]
pub fn scatter(a: &__m512i, table: &mut [i64; 256]) {
    // SAFETY: this is never run.
    unsafe { _mm512_i64scatter_epi64::<8>(table.as_mut_ptr(), *a, *a) }
}

/// A comparison of words, which the compiler turns into one of vectors.
#[inline(never)]
pub fn by_itself(a: &[u64; 32], b: &[u64; 32]) {
    let difference = a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b));
    if difference != 0 {
        black_box(a);
    }
}

/// Keeps these functions in the binary.
pub fn link() {
    black_box(by_itself as fn(&[u64; 32], &[u64; 32]));
    black_box(branch as unsafe fn(&__m512i, &__m512i));
    black_box(index as unsafe fn(&__m512i, &[u8; 256]) -> u8);
    black_box(gather as unsafe fn(&__m512i, &[i64; 256]) -> __m512i);
    black_box(scatter as unsafe fn(&__m512i, &mut [i64; 256]));
}
