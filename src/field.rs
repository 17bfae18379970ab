//! 𝔽_p of RFC 6508 with the 1024-bit prime p of RFC 6509 appendix A.
//!
//! [`Field`] is the contract that every formula of the floors above relies on. [`Fp`] is one
//! element in Montgomery form, [`Fp2`] the quadratic extension of any [`Field`]. Nothing here
//! knows of curves.

mod fp;
mod fp2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod ifma;
mod kernel;
mod power;

#[cfg(test)]
pub(crate) mod counting;
#[cfg(test)]
mod tests;

use core::ops::{Add, Mul, Neg, Sub};

pub(crate) use fp::{Fp, integer, limbs};
pub(crate) use fp2::Fp2;
use zeroize::Zeroize;

/// Octets of an encoded element: L = ⌈lg p / 8⌉ (RFC 6508 section 4).
pub(crate) const OCTETS: usize = 128;

/// Elements of a prime field as the formulas need them.
///
/// Every operation takes any value that the type may hold, and returns such a value. Neither its time nor its addresses
/// depend on a value. The contract has no constants. They enter a formula as arguments, because some representations
/// need a token of the CPU to make one.
pub(crate) trait Field:
    Copy + Zeroize + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// self², cheaper than `self * self`.
    fn square(self) -> Self;

    /// 2·self.
    fn double(self) -> Self;

    /// self − 2x.
    #[inline]
    fn minus_twice(self, x: Self) -> Self {
        self - x.double()
    }

    /// self·x − y·z. 2M, and a representation may reduce once for both.
    #[inline]
    fn mul_minus_product(self, x: Self, y: Self, z: Self) -> Self {
        self * x - y * z
    }

    /// self·x − 2y². M + S, and a representation may reduce once for both.
    fn mul_minus_double_square(self, x: Self, y: Self) -> Self {
        self * x - y.square().double()
    }

    /// (a + ib)(c + id) for i² = −1, as ac − bd + i·((a + b)(c + d) − ac − bd): 3M.
    fn complex_product([a, b]: [Self; 2], [c, d]: [Self; 2]) -> [Self; 2] {
        let (ac, bd) = (a * c, b * d);
        [ac - bd, (a + b) * (c + d) - ac - bd]
    }

    /// self + Σ xy over the pairs (x, y). A representation may reduce once for all of them.
    #[cfg_attr(not(feature = "alloc"), allow(dead_code, reason = "prepared keys alone use it"))]
    fn plus_products<'a>(mut self, pairs: impl Iterator<Item = (&'a Self, &'a Self)>) -> Self
    where
        Self: 'a,
    {
        for (x, y) in pairs {
            self = self + *x * *y;
        }
        self
    }
}
