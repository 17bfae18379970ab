//! Powers of g on AVX-512 IFMA: for one exponent with four classes side by side, or for eight exponents.

mod classes;
pub(super) mod comb;
#[cfg(feature = "alloc")]
pub(super) mod comb_eight;
