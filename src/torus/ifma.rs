//! Powers of g on AVX-512 IFMA: of one exponent in four classes side by side, or of eight.

mod classes;
pub(super) mod comb;
#[cfg(feature = "alloc")]
pub(super) mod comb_eight;
