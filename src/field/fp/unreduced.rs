//! Sums of products that are reduced once.

use super::kernel;
use super::kernel::portable::{self, WideLimbs};
use super::{Fp, MODULUS};

/// A sum of products of elements, modulo pR; always below pR, which is what the reduction takes.
///
/// A product is below p², and p < R. As pR is p in the upper half, to stay below it takes no more
/// than an element's addition does.
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
    }

    #[inline]
    pub(super) fn minus(mut self, rhs: &Self) -> Self {
        kernel::wide_sub(&mut self.0, &rhs.0, &MODULUS);
        self
    }

    /// The element: times R⁻¹, modulo p.
    #[inline]
    pub(super) fn reduce(mut self) -> Fp {
        debug_assert!(
            self.0.last_chunk().is_some_and(|high| portable::is_reduced(high, &MODULUS).into()),
            "below pR"
        );
        Fp(kernel::reduce(&mut self.0, &MODULUS))
    }
}
