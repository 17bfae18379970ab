//! Product and square of 16 × 64-bit limbs modulo p: the routines under [`Fp`](super::Fp).
//!
//! The contract is that of [`portable::mul`] and [`portable::square`]: x·y·2⁻¹⁰²⁴ mod p, below p, for
//! operands below p; the first of a product may be any 1024-bit integer, as the decoder has it.

pub(super) mod portable;
