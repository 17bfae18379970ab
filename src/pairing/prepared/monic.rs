//! Functions on E with their poles in O alone, and the operation that merges lines into them.

use zeroize::Zeroize;

use super::MAX_ORDER;
use crate::curve::Affine;
use crate::field::Field;

/// c₀e₀ + c₂e₂ + … + e_n in the basis of pole orders. It is monic and of pole order n ≥ 2.
#[derive(Clone, Copy)]
pub(in crate::pairing) struct Monic<F> {
    order: usize,
    /// By pole order: c₁ = 0, c_n = 1, and 0 above.
    c: [F; MAX_ORDER + 1],
}

/// The largest n before a division by a vertical line: f_8 of order 9 times a function of order 4 + 2.
const MAX_PRODUCT: usize = 9 + 6;

impl<F: Zeroize> Zeroize for Monic<F> {
    fn zeroize(&mut self) {
        self.c.zeroize();
    }
}

impl<F: Field> Monic<F> {
    fn new(order: usize, c_0: F, c_2: F, zero: F, one: F) -> Self {
        let mut c = [zero; MAX_ORDER + 1];
        (c[0], c[2], c[order]) = (c_0, c_2, one);
        Self { order, c }
    }

    /// x − x_T.
    pub(in crate::pairing) fn vertical(x: F, zero: F, one: F) -> Self {
        Self::new(2, -x, one, zero, one)
    }

    /// y − λx − (y_T − λx_T): the line through T with the slope λ.                        M
    pub(in crate::pairing) fn line(t: &Affine<F>, slope: F, zero: F, one: F) -> Self {
        Self::new(3, slope * t.x - t.y, -slope, zero, one)
    }

    /// The function T ↦ f(−T), made monic again. The sign of e_k changes for odd k.
    pub(in crate::pairing) fn mirrored(mut self) -> Self {
        for (k, c) in self.c[..self.order].iter_mut().enumerate() {
            if (k + self.order) % 2 == 1 {
                *c = -*c;
            }
        }
        self
    }

    /// f·h/(x − root), for a product that vanishes at both points with x = root.
    ///                              at most (n_f − 1)(n_h − 1) + n_f + n_h − 6 M
    ///
    /// In the product e_s·e_t = e_(s+t), except for two odd orders, where y² = x³ − 3x gives
    /// e_(s+t) − 3e_(s+t−4). The quotient is found from the top, because x·e_k = e_(k+2) for every k of the basis:
    ///
    /// ```text
    /// q_(k−2) = c_k + root·q_k
    /// ```
    ///
    /// The remainders, q₋₂ and q₁, are 0. So c₀ and c₃ aren't computed. One sum of products gives q_(k−2), and
    /// another the part of c_k that comes from y².
    pub(in crate::pairing) fn times_over(&self, rhs: &Self, root: F) -> Self {
        let zero = self.c[1];
        let n = self.order + rhs.order;
        let mut with_yy = [zero; MAX_PRODUCT + 1];
        let mut quotient = Self { order: n - 2, c: [zero; MAX_ORDER + 1] };
        let q = &mut quotient.c;
        for k in (2..=n).rev().filter(|k| *k != 3) {
            let mut sum = zero;
            if k % 2 == 0 {
                if k >= 6 {
                    with_yy[k] = self.plus_column(rhs, k, |s| s % 2 == 1, zero, None);
                    sum = with_yy[k];
                }
                if k + 4 <= n {
                    let below = with_yy[k + 4];
                    sum = sum - (below.double() + below);
                }
            }
            let last = match n - k {
                0 | 1 => None,
                2 => {
                    sum = sum + root;
                    None
                }
                _ => Some((&root, &q[k])),
            };
            q[k - 2] = self.plus_column(rhs, k, |s| k % 2 == 1 || s % 2 == 0, sum, last);
        }
        quotient
    }

    /// `sum` + the `last` product + Σ f_s·h_(k−s) over the `wanted` s.
    fn plus_column(
        &self,
        rhs: &Self,
        k: usize,
        wanted: impl Fn(usize) -> bool,
        mut sum: F,
        last: Option<(&F, &F)>,
    ) -> F {
        let wanted = |s: &usize| wanted(*s) && *s != 1 && k - s != 1;
        // Both leading coefficients are 1.
        let (own, other) = (self.order, rhs.order);
        if k >= own && wanted(&own) {
            sum = sum + rhs.c[k - own];
        }
        if let Some(s) = k.checked_sub(other).filter(|s| *s < own && wanted(s)) {
            sum = sum + self.c[s];
        }
        let products = ((k + 1).saturating_sub(other)..own.min(k + 1)).filter(wanted);
        sum.plus_products(products.map(|s| (&self.c[s], &rhs.c[k - s])).chain(last))
    }

    /// Writes c₀, c₂, …, c_(n−1) to the front of `out`, and returns the rest of it.
    pub(in crate::pairing) fn write<'a>(&self, out: &'a mut [F]) -> &'a mut [F] {
        let (own, rest) = out.split_at_mut(self.order - 1);
        own[0] = self.c[0];
        own[1..].copy_from_slice(&self.c[2..self.order]);
        rest
    }

    /// c₀, c₂, …, c_(n−1).
    #[cfg(target_arch = "x86_64")]
    pub(in crate::pairing) fn coefficients(&self) -> impl Iterator<Item = F> {
        self.orders().take(self.order - 1).map(|k| self.c[k])
    }

    /// The same function in another representation of the field.
    #[cfg(target_arch = "x86_64")]
    pub(in crate::pairing) fn map<G: Field>(&self, to: impl Fn(F) -> G) -> Monic<G> {
        Monic { order: self.order, c: self.c.map(to) }
    }

    /// The pole orders of the basis up to n.
    #[cfg(target_arch = "x86_64")]
    fn orders(&self) -> impl Iterator<Item = usize> + use<F> {
        (0..=self.order).filter(|k| *k != 1)
    }
}
