//! \[k\]B for a new base on single elements: signed windows of five bits.
//!
//! Neither a doubling nor the windows' end reads T, so most results are left without it.

use subtle::{Choice, ConditionallySelectable};
use zeroize::Zeroizing;

use super::Edwards;
use crate::ct;
use crate::digits::windows;
use crate::fault;
use crate::field::{Field, Fp};
use crate::scalar::Scalar;
use crate::wiped::Wiped;

/// What a doubling or an addition ends with: (EF : GH : EH : FG).
#[derive(Clone, Copy)]
pub(in crate::curve) struct Factors<F> {
    pub(super) e: F,
    pub(super) f: F,
    pub(super) g: F,
    pub(super) h: F,
}

/// A point without its T.
#[derive(Clone, Copy)]
pub(in crate::curve) struct Projective<F> {
    x: F,
    y: F,
    z: F,
}

impl<F: Field> Factors<F> {
    /// The point.                                                                       4M
    pub(in crate::curve) fn extended(self) -> Edwards<F> {
        let Self { e, f, g, h } = self;
        Edwards { x: e * f, y: g * h, t: e * h, z: f * g }
    }

    /// The point without its T.                                                         3M
    pub(in crate::curve) fn projective(self) -> Projective<F> {
        let Self { e, f, g, h } = self;
        Projective { x: e * f, y: g * h, z: f * g }
    }
}

impl<F: Field> Projective<F> {
    /// [2]self, as factors.                                                             4S
    ///
    /// A = X², B = Y², C = 2Z², E = (X + Y)² − A − B = 2XY, G = A + B, F = G − C, H = A − B. No
    /// exceptional case.
    pub(in crate::curve) fn double(self) -> Factors<F> {
        let (xx, yy) = (self.x.square(), self.y.square());
        let g = xx + yy;
        let e = (self.x + self.y).square() - g;
        let f = g - self.z.square().double();
        Factors { e, f, g, h: xx - yy }
    }
}

impl Factors<Fp> {
    /// O.
    pub(in crate::curve) const IDENTITY: Self =
        Self { e: Fp::ZERO, f: Fp::ONE, g: Fp::ONE, h: Fp::ONE };
}

impl<F: Copy> From<&Edwards<F>> for Factors<F> {
    /// (XZ : YZ : XY : Z²), as XY = TZ.
    fn from(&Edwards { x, y, z, .. }: &Edwards<F>) -> Self {
        Self { e: x, f: z, g: z, h: y }
    }
}

impl<F> From<Edwards<F>> for Projective<F> {
    fn from(Edwards { x, y, z, .. }: Edwards<F>) -> Self {
        Self { x, y, z }
    }
}

/// [k]base in constant time, every entry of the table read for every digit.
///               5,054M + 4,104S: 205(24M + 20S), 130M + 4S for the table, and 4M at the end
///
/// Secret: k and the base. Leaks: nothing.
pub(super) fn mul(base: &Edwards<Fp>, k: &Scalar) -> Edwards<Fp> {
    let mut table = [Edwards::IDENTITY; MULTIPLES];
    let mut table = Wiped(&mut table);
    multiples(base, &mut table);
    let mut digits = Zeroizing::new([0; WINDOWS]);
    windows(&*k.limbs(), WIDTH, &mut digits);
    let mut sum = Factors::IDENTITY;
    for &digit in digits.iter().rev() {
        for _ in 0..WIDTH {
            sum = sum.projective().double();
        }
        sum = sum.extended().add_factors(&fault::passed("[d]([b]P + Z)", lookup(&table, digit)));
        fault::at("[r]([b]P + Z) so far", &mut sum);
    }
    sum.extended()
}

/// O, B, [2]B, … [16]B, into a table that begins as O.                           130M + 4S
fn multiples<F: Field>(base: &Edwards<F>, table: &mut [Edwards<F>; MULTIPLES]) {
    table[1] = *base;
    table[2] = base.double();
    for i in 3..MULTIPLES {
        table[i] = table[i - 1] + *base;
    }
}

/// [digit]B, every entry read.
fn lookup(table: &[Edwards<Fp>; MULTIPLES], digit: i8) -> Edwards<Fp> {
    let sign = digit >> 7;
    let magnitude = ((digit ^ sign) - sign).cast_unsigned();
    let masks = ct::masks::<MULTIPLES>(magnitude);
    let entry = |of: fn(&Edwards<Fp>) -> &Fp| Fp::masked(table.iter().map(of), &masks);
    let (x, t) = (entry(|entry| &entry.x), entry(|entry| &entry.t));
    let negative = Choice::from(sign.cast_unsigned() & 1);
    Edwards {
        x: Fp::conditional_select(&x, &-x, negative),
        y: entry(|entry| &entry.y),
        t: Fp::conditional_select(&t, &-t, negative),
        z: entry(|entry| &entry.z),
    }
}

/// Bits of a window.
const WIDTH: usize = 5;

/// ⌈1022/5⌉ digits −15 ..= 16. They hold every k < q, the carry of the last one included.
const WINDOWS: usize = 205;

/// O and the multiples up to 2⁴.
const MULTIPLES: usize = (1 << (WIDTH - 1)) + 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_bigint::U1024;
    use subtle::ConstantTimeEq;

    use crate::field::counting::{Cost, Counted, cost_of};

    #[test]
    fn the_digits_are_those_of_the_scalar() {
        let scalars =
            [Scalar::reduce(&[0; 128]), Scalar::minus_one(), Scalar::reduce(&[0x84; 128])];
        let random = (1..50u8).map(|seed| {
            Scalar::reduce(&core::array::from_fn(|i| (i as u8).wrapping_mul(seed) ^ seed))
        });
        for k in scalars.into_iter().chain(random) {
            let mut value = U1024::ZERO;
            let mut digits = [0; WINDOWS];
            windows(&*k.limbs(), WIDTH, &mut digits);
            for digit in digits.into_iter().rev() {
                assert!((-15..=16).contains(&digit));
                value = value.shl(5).wrapping_add(&U1024::from(16u8));
                value = value.wrapping_sub(&U1024::from(16i8.wrapping_sub(digit).cast_unsigned()));
            }
            assert_eq!(value.to_be_bytes(), U1024::from_be_slice(&*k.to_be_bytes()).to_be_bytes());
        }
    }

    #[test]
    fn every_multiple_is_found() {
        let base = Edwards::generator();
        let mut table = [Edwards::IDENTITY; MULTIPLES];
        multiples(&base, &mut table);
        let mut expected = Edwards::IDENTITY;
        for digit in 0..=16 {
            assert!(bool::from(lookup(&table, digit).ct_eq(&expected)), "{digit}");
            assert!(bool::from(lookup(&table, -digit).ct_eq(&-expected)), "{digit}");
            expected = expected + base;
        }
    }

    #[test]
    fn costs_are_as_stated() {
        let f = Counted(Fp::THREE);
        let point = Edwards { x: f, y: f, t: f, z: f };
        let double = || Projective::from(point).double();
        assert_eq!(cost_of(|| _ = double()), Cost { products: 0, squares: 4 });
        assert_eq!(cost_of(|| _ = double().projective()), Cost { products: 3, squares: 4 });
        assert_eq!(cost_of(|| _ = point.add_factors(&point)), Cost { products: 5, squares: 0 });
        let mut table = [point; MULTIPLES];
        assert_eq!(cost_of(|| multiples(&point, &mut table)), Cost { products: 130, squares: 4 });
    }
}
