//! Sums of products that are reduced once.

use super::kernel;
use super::kernel::portable::{self, WideLimbs};
use super::{Fp, MODULUS};

/// A sum of products of elements, modulo pR. It is always below pR, which the reduction requires:
///
/// 1. A product of elements is at most (p − 1)², and p < R.
/// 2. A sum of two such values is below 2pR, a difference above −pR. One subtraction or addition of pR makes either
///    a value below pR again, so the number of terms has no bound.
/// 3. pR is p in the upper half and 0 in the lower. So this correction costs no more than for an element.
pub(super) struct Unreduced(WideLimbs);

impl Unreduced {
    /// x·y.
    #[inline]
    pub(super) fn product(x: &Fp, y: &Fp) -> Self {
        Self(kernel::wide_mul(&x.0, &y.0))
    }

    /// x².
    #[inline]
    pub(super) fn square(x: &Fp) -> Self {
        Self(kernel::wide_square(&x.0))
    }

    #[inline]
    pub(super) fn add(&mut self, rhs: &Self) {
        kernel::wide_add(&mut self.0, &rhs.0, &MODULUS);
        debug_assert!(self.is_bounded());
    }

    #[inline]
    pub(super) fn minus(mut self, rhs: &Self) -> Self {
        kernel::wide_sub(&mut self.0, &rhs.0, &MODULUS);
        debug_assert!(self.is_bounded());
        self
    }

    /// The sum as an element: times R⁻¹, modulo p.
    #[inline]
    pub(super) fn reduce(mut self) -> Fp {
        debug_assert!(self.is_bounded());
        Fp(kernel::reduce(&mut self.0, &MODULUS))
    }

    fn is_bounded(&self) -> bool {
        portable::is_below_pr(&self.0, &MODULUS)
    }
}
