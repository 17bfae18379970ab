//! A field that counts its products, to check the costs written beside the formulas.

extern crate std;

use core::cell::Cell;
use core::ops::{Add, Mul, Neg, Sub};

use zeroize::Zeroize;

use super::{Field, Fp};

std::thread_local! {
    static COUNT: Cell<Cost> = const { Cell::new(Cost { products: 0, squares: 0 }) };
}

/// Products M and squares S of one evaluation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Cost {
    pub(crate) products: u32,
    pub(crate) squares: u32,
}

/// An element whose products and squares are counted for the thread.
#[derive(Clone, Copy)]
pub(crate) struct Counted<F = Fp>(pub(crate) F);

/// What `formula` costs.
pub(crate) fn cost_of(formula: impl FnOnce()) -> Cost {
    COUNT.set(Cost { products: 0, squares: 0 });
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
        let count = COUNT.get();
        COUNT.set(Cost { squares: count.squares + 1, ..count });
        Self(self.0.square())
    }

    fn double(self) -> Self {
        Self(self.0.double())
    }
}

impl<F: Field> Mul for Counted<F> {
    type Output = Self;

    fn mul(self, rhs: Self) -> Self {
        let count = COUNT.get();
        COUNT.set(Cost { products: count.products + 1, ..count });
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
