//! The pairing on AVX-512 IFMA: the Miller loop in eight lanes, and eight functions of a prepared
//! argument at a time.

#[cfg(feature = "alloc")]
pub(super) mod build;
mod miller;
#[cfg(feature = "alloc")]
pub(super) mod prepared;
pub(super) mod schedule;
