//! The scan of a table in vectors of 256 bits.

use core::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_or_si256, _mm256_set1_epi64x, _mm256_setzero_si256,
};
use core::mem::transmute;

use super::{Adx, Limbs};

/// Works like [`ct::masked`](crate::ct::masked).
#[inline]
pub(in crate::field) fn masked<'a>(
    _: Adx,
    elements: impl Iterator<Item = &'a Limbs>,
    masks: &[u64],
) -> Limbs {
    // SAFETY: reason 1.
    unsafe { masked_avx2(elements, masks) }
}

#[target_feature(enable = "avx2")]
fn masked_avx2<'a>(elements: impl Iterator<Item = &'a Limbs>, masks: &[u64]) -> Limbs {
    let mut found = [_mm256_setzero_si256(); 4];
    for (element, mask) in elements.zip(masks) {
        let mask = _mm256_set1_epi64x(mask.cast_signed());
        for (found, four) in found.iter_mut().zip(element.as_chunks::<4>().0) {
            // SAFETY: reason 2.
            let four = unsafe { transmute::<[u64; 4], __m256i>(*four) };
            *found = _mm256_or_si256(*found, _mm256_and_si256(four, mask));
        }
    }
    let mut out = [0; 16];
    for (four, found) in out.as_chunks_mut::<4>().0.iter_mut().zip(found) {
        // SAFETY: reason 2.
        *four = unsafe { transmute::<__m256i, [u64; 4]>(found) };
    }
    out
}
