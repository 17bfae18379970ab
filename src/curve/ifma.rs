//! The group law and the combs on AVX-512 IFMA, for one point, two points or eight points at a time.
//!
//! Each form works like its counterpart on single elements and is tested against it.

pub(super) mod comb;
#[cfg(feature = "alloc")]
pub(super) mod comb_eight;
#[cfg(feature = "alloc")]
mod eight_points;
mod one_point;
#[cfg(test)]
mod tests;
mod two_points;
pub(super) mod windows;
