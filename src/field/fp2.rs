//! 𝔽_p² = 𝔽_p[i]/(i² + 1), RFC 6508 section 2.1. It is a field, because p ≡ 3 (mod 4).

use core::ops::Mul;

use zeroize::Zeroize;

use super::{Field, Fp};

/// re + i·im.
#[derive(Clone, Copy)]
pub(crate) struct Fp2<F> {
    pub(crate) re: F,
    pub(crate) im: F,
}

impl<F: Field> Fp2<F> {
    /// (a + ib)² = (a + b)(a − b) + i·2ab.                                              2M
    pub(crate) fn square(self) -> Self {
        Self { re: (self.re + self.im) * (self.re - self.im), im: (self.re * self.im).double() }
    }
}

impl<F: Field> Mul for Fp2<F> {
    type Output = Self;

    /// (a + ib)(c + id), see [`Field::complex_product`].                                3M
    fn mul(self, rhs: Self) -> Self {
        let [re, im] = F::complex_product([self.re, self.im], [rhs.re, rhs.im]);
        Self { re, im }
    }
}

impl Fp2<Fp> {
    pub(crate) const ONE: Self = Self { re: Fp::ONE, im: Fp::ZERO };
}

impl<F: Zeroize> Zeroize for Fp2<F> {
    fn zeroize(&mut self) {
        self.re.zeroize();
        self.im.zeroize();
    }
}
