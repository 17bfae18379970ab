//! Counts products and squares, to check the costs that are stated beside the formulas.
//!
//! [`Counted`] is a field that counts for one formula. A whole operation is partly written for [`Fp`] alone, so its
//! products and squares are counted in the kernel.

extern crate std;

use core::cell::Cell;
use core::ops::{Add, Mul, Neg, Sub};

use zeroize::Zeroize;

use super::{Field, Fp};

std::thread_local! {
    static COUNT: Cell<Cost> = const { Cell::new(Cost::NONE) };
    static OF_KERNEL: Cell<Cost> = const { Cell::new(Cost::NONE) };
}

/// Products M and squares S of one evaluation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Cost {
    pub(crate) products: u32,
    pub(crate) squares: u32,
}

impl Cost {
    const NONE: Self = Self { products: 0, squares: 0 };
    pub(super) const PRODUCT: Self = Self { products: 1, squares: 0 };
    pub(super) const SQUARE: Self = Self { products: 0, squares: 1 };

    fn plus(self, other: Self) -> Self {
        Self { products: self.products + other.products, squares: self.squares + other.squares }
    }
}

/// Notes what the kernel did for a single element.
pub(super) fn by_kernel(cost: Cost) {
    OF_KERNEL.set(OF_KERNEL.get().plus(cost));
}

/// The cost of `operation`, without what AVX-512 computes in lanes.
pub(crate) fn cost_in_kernel(operation: impl FnOnce()) -> Cost {
    OF_KERNEL.set(Cost::NONE);
    operation();
    OF_KERNEL.get()
}

/// An [`Fp`] whose products and squares are counted.
#[derive(Clone, Copy)]
pub(crate) struct Counted<F = Fp>(pub(crate) F);

/// The cost of `formula`, over [`Counted`].
pub(crate) fn cost_of(formula: impl FnOnce()) -> Cost {
    COUNT.set(Cost::NONE);
    formula();
    COUNT.get()
}

impl<F: Zeroize> Zeroize for Counted<F> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl<F: Field> Field for Counted<F> {
    fn square(self) -> Self {
        COUNT.set(COUNT.get().plus(Cost::SQUARE));
        Self(self.0.square())
    }

    fn double(self) -> Self {
        Self(self.0.double())
    }
}

impl<F: Field> Mul for Counted<F> {
    type Output = Self;

    fn mul(self, rhs: Self) -> Self {
        COUNT.set(COUNT.get().plus(Cost::PRODUCT));
        Self(self.0 * rhs.0)
    }
}

impl<F: Field> Add for Counted<F> {
    type Output = Self;

    fn add(self, rhs: Self) -> Self {
        Self(self.0 + rhs.0)
    }
}

impl<F: Field> Sub for Counted<F> {
    type Output = Self;

    fn sub(self, rhs: Self) -> Self {
        Self(self.0 - rhs.0)
    }
}

impl<F: Field> Neg for Counted<F> {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}
