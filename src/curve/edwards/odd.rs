//! Additions of points of odd order, which cost less than the complete ones.

use subtle::{Choice, ConditionallySelectable};
use zeroize::Zeroize;

use super::Edwards;
use super::windows::Factors;
use crate::field::{Field, Fp};

/// An affine point (x, y) of odd order, ready to be added.
#[derive(Clone, Copy)]
pub(in crate::curve) struct Entry<F> {
    /// (1/y − x)/2
    pub(in crate::curve) minus: F,
    /// (1/y + x)/2
    pub(in crate::curve) plus: F,
    /// x/y
    pub(in crate::curve) product: F,
}

impl<F: Field> Edwards<F> {
    /// self + (x, y), as factors.                                                       3M
    ///
    /// (X : Y : T : Z) ↦ (T : Z : X : Y) is an isomorphism to −X² + Y² = 1 + X²Y², where (x, y)
    /// becomes (x, 1/y). There an addition costs less: Hisil, Wong, Carter, Dawson, Twisted Edwards
    /// curves revisited, section 4.2. In the coordinates used here:
    ///
    /// ```text
    /// A = (Z − T)(1/y − x)/2   B = (Z + T)(1/y + x)/2   C = X·x/y
    /// E = B − A   F = Y − C   G = Y + C   H = B + A          (EH : FG : EF : GH)
    /// ```
    ///
    /// [`Factors`] are e, f, g, h of the point (ef : gh : eh : fg), so f is this H, and h is this F.
    ///
    /// It is complete only for points of odd order. If the sum or the difference has order 4, F or G is 0. And a point
    /// of order 4 has no 1/y.
    ///
    /// `curve::ifma::eight_points` has the same addition for eight points. It isn't written over [`Field`], because its
    /// sums stay unreduced, and because its entries are twice these: it can double Y at no cost.
    fn add_odd(&self, entry: &Entry<F>) -> Factors<F> {
        let a = (self.z - self.t) * entry.minus;
        let b = (self.z + self.t) * entry.plus;
        let c = self.x * entry.product;
        Factors { e: b - a, f: b + a, g: self.y + c, h: self.y - c }
    }
}

impl Edwards<Fp> {
    /// self + `entry`, or self − `entry` if `negative`, as factors.                       3M
    ///
    /// −(x, y) = (−x, y) exchanges the sum and the difference in the entry. The sign of C changes, which exchanges F
    /// and G.
    ///
    /// Secret: all arguments. Leaks: nothing.
    pub(in crate::curve) fn add_signed(
        &self,
        mut entry: Entry<Fp>,
        negative: Choice,
    ) -> Factors<Fp> {
        Fp::conditional_swap(&mut entry.minus, &mut entry.plus, negative);
        let mut sum = self.add_odd(&entry);
        Fp::conditional_swap(&mut sum.g, &mut sum.h, negative);
        sum
    }
}

impl Entry<Fp> {
    /// The points as entries, with one inversion.                          6M a point, I
    ///
    /// x = T/Y, 1/y = Z/Y and x/y = X/Y. What is inverted is 2Y, which is 0 only for a point of order 4.
    pub(in crate::curve) fn of<const N: usize>(points: [Edwards<Fp>; N]) -> [Self; N] {
        let mut inverses = points.map(|point| point.y.double());
        Fp::invert_all(&mut inverses);
        core::array::from_fn(|i| {
            let Edwards { x, t, z, .. } = points[i];
            let inverse = inverses[i];
            Self {
                minus: (z - t) * inverse,
                plus: (z + t) * inverse,
                product: (x * inverse).double(),
            }
        })
    }
}

impl<F: Zeroize> Zeroize for Entry<F> {
    fn zeroize(&mut self) {
        self.minus.zeroize();
        self.plus.zeroize();
        self.product.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::counting::{Cost, Counted, cost_of};
    use crate::scalar::Scalar;
    use subtle::ConstantTimeEq;

    #[test]
    fn works_like_the_complete_addition() {
        let p = Edwards::generator();
        let other = p.mul(&Scalar::reduce(&[0x9d; 128]));
        let points = [Edwards::IDENTITY, p, -p, p.double(), -p.double(), other, -other];
        let entries = Entry::of(points);
        for one in points {
            for (point, entry) in points.into_iter().zip(entries) {
                let [sum, difference] = [0, 1].map(|sign| one.add_signed(entry, sign.into()));
                for (found, expected) in [(sum, one + point), (difference, one + -point)] {
                    let found = found.extended();
                    assert!(bool::from(found.ct_eq(&expected)));
                    assert!(bool::from((found.t * found.z).ct_eq(&(found.x * found.y))));
                    assert!(!bool::from(found.z.ct_eq(&Fp::ZERO)));
                }
            }
        }
    }

    #[test]
    fn cost_is_as_stated() {
        let f = Counted(Fp::THREE);
        let point = Edwards { x: f, y: f, t: f, z: f };
        let entry = Entry { minus: f, plus: f, product: f };
        let sum = || point.add_odd(&entry);
        assert_eq!(cost_of(|| _ = sum()), Cost { products: 3, squares: 0 });
        assert_eq!(cost_of(|| _ = sum().projective()), Cost { products: 6, squares: 0 });
        assert_eq!(cost_of(|| _ = sum().extended()), Cost { products: 7, squares: 0 });
    }
}
