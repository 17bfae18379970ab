//! Product and square of 16 × 64-bit limbs modulo p: the routines under [`Fp`](super::Fp).
//!
//! The contract is that of [`portable::mul`] and [`portable::square`]: operands below p, result
//! below p, x·y·2⁻¹⁰²⁴ mod p.

pub(super) mod portable;
