//! The Miller loop over signed windows: it draws a chord for one bit of q − 1 in seven, instead of one in two.
//!
//! The digits of q − 1 are 0, or odd with |d| < 2⁵, and of six neighbouring digits at most one isn't 0. A digit d ≠ 0
//! takes M = \[m\]P to M + \[d\]P. With the function f_d of the divisor d(P) − (\[d\]P) − (d − 1)(O), this step is
//!
//! ```text
//! f_(m + d) = f_m · f_d · (the chord through M and [d]P)
//! ```
//!
//! up to a vertical line, whose value lies in 𝔽_p*. The value of f_d·f_−d lies there too. So f_−d is the inverse of f_d
//! in PF_p, which is its conjugate.

use crypto_bigint::U1024;
use zeroize::{Zeroize, Zeroizing};

use crate::curve::Affine;
use crate::digits::{non_adjacent, reversed};
use crate::fault;
use crate::field::{Field, Fp2, limbs};
use crate::jacobian::Jacobian;
use crate::params::Q;
use crate::wiped::Wiped;

/// f_{q,P}(φ(Q)) up to 𝔽_p*: RFC 6508 section 3.2 before its final power.      14,971M + 5,593S + 2I
///
/// ```text
/// table of [d]P and f_d                                    325M +    66S + 2I
/// 1019 doublings, squares of f and tangents: 12M + 5S   12,228M + 5,095S
/// 144 additions and chords: 14M + 3S                     2,016M +   432S
/// 134 products with an f_d, d ≠ ±1: 3M                     402M
/// ```
///
/// Like the RFC's loop this one ends at \[q − 1\]P, so that no chord is vertical. Its steps depend on this constant
/// only.
///
/// The value is right for P of order q. m grows from the first digit on, and 2⁶ ≤ m < q − 1 before an addition. So M is
/// never O, ±\[d\]P or of order 2, and no formula meets a case that it doesn't handle. The second result is \[q − 1\]P
/// for every P with y ≠ 0, unless a formula met such a case. Then it has Z = 0, because a Z of 0 stays 0.
pub(in crate::pairing) fn miller_loop<F: Field>(
    one: Fp2<F>,
    p: &Affine<F>,
    q: &Affine<F>,
    invert: impl Fn(F) -> F,
) -> (Fp2<F>, Zeroizing<Jacobian<F>>) {
    let mut table = [Multiple { point: *p, f: one }; ODD];
    let mut table = Wiped(&mut table);
    odd_multiples(&mut table, one, q, invert);
    fault::at("[d]K and their functions", &mut *table);
    let first = &table[index(DIGITS[0])];
    let mut multiple = Zeroizing::new(Jacobian { x: first.point.x, y: first.point.y, z: one.re });
    let mut f = first.f;
    for &digit in &DIGITS[1..] {
        let (doubled, tangent) = multiple.double();
        f = f.square() * fault::passed("tangent", multiple.tangent(&doubled, &tangent, q));
        *multiple = fault::passed("[2m]K", doubled);
        if digit != 0 {
            let own = table[index(digit)].with_sign_of(digit);
            let (sum, chord) = multiple.add(&own.point);
            f = f * fault::passed("chord", sum.chord(&chord, &own.point, q));
            if digit.abs() != 1 {
                f = f * own.f;
            }
            *multiple = fault::passed("[m + d]K", sum);
        }
        fault::at("f", &mut f);
    }
    (f, multiple)
}

/// \[d\]P and f_d(φ(Q)).
#[derive(Clone, Copy)]
struct Multiple<F> {
    point: Affine<F>,
    f: Fp2<F>,
}

impl<F: Field> Multiple<F> {
    /// The multiple for this digit, d or −d.
    fn with_sign_of(&self, digit: i8) -> Self {
        let Self { point: Affine { x, y }, f } = *self;
        if digit > 0 {
            *self
        } else {
            Self { point: Affine { x, y: -y }, f: Fp2 { re: f.re, im: -f.im } }
        }
    }
}

impl<F: Zeroize> Zeroize for Multiple<F> {
    fn zeroize(&mut self) {
        self.point.zeroize();
        self.f.zeroize();
    }
}

/// Fills the table for d = 1, 3, …, 31. Its first entry is P and 1 already.       325M + 66S + 2I
///
/// \[2\]P is made affine and then added repeatedly. Z begins as 1, and each sum multiplies it by its H. So the last Z
/// is the product of all H, and its inverse gives each 1/Z in turn (Montgomery's trick).
///
/// Nothing is divided by 0 and no chord is vertical. Otherwise \[d\]P = ±\[2\]P for an odd d < 31, and P has an odd
/// order of at most 31. Orders on E divide 4q, so P would be O. A point of order 4 does no harm: its odd multiples are
/// P and −P in turn.
fn odd_multiples<F: Field>(
    table: &mut [Multiple<F>; ODD],
    one: Fp2<F>,
    q: &Affine<F>,
    invert: impl Fn(F) -> F,
) {
    let p = table[0].point;
    let p_jacobian = Jacobian { x: p.x, y: p.y, z: one.re };
    let (twice, tangent) = p_jacobian.double();
    let f_2 = p_jacobian.tangent(&twice, &tangent, q);
    let twice = twice.over(invert(twice.z));

    let mut factors = [one.re; ODD];
    let mut last = p_jacobian;
    for i in 1..ODD {
        let (sum, chord) = last.add(&twice);
        let f = table[i - 1].f * f_2 * sum.chord(&chord, &twice, q);
        table[i] = Multiple { point: Affine { x: sum.x, y: sum.y }, f };
        factors[i] = chord.h;
        last = sum;
    }
    let mut inverse = invert(last.z);
    for i in (1..ODD).rev() {
        let Affine { x, y } = table[i].point;
        table[i].point = Jacobian { x, y, z: one.re }.over(inverse);
        inverse = inverse * factors[i];
    }
    factors.zeroize();
}

/// The index of \[|d|\]P in the table.
fn index(digit: i8) -> usize {
    usize::from(digit.unsigned_abs() / 2)
}

/// Bits of a digit, its sign included.
const WIDTH: usize = 6;

/// Odd multiples in the table.
const ODD: usize = 1 << (WIDTH - 2);

/// The number of digits of q − 1, without leading zeros.
const COUNT: usize = 1020;

/// The digits of q − 1, the most significant first.
const DIGITS: [i8; COUNT] = {
    let digits = non_adjacent(&limbs(&Q.as_ref().wrapping_sub(&U1024::ONE)), WIDTH);
    assert!(digits[COUNT - 1] != 0);
    reversed(digits)
};

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::miller_loop as by_bits;
    use crate::curve::Edwards;
    use crate::field::Fp;
    use crate::field::counting::{Cost, Counted, cost_of};
    use crate::scalar::Scalar;
    use crate::torus::Torus;

    #[test]
    fn the_digits_are_those_of_q_minus_1() {
        let mut value = U1024::ZERO;
        for digit in DIGITS {
            assert!(digit == 0 || digit % 2 != 0 && index(digit) < ODD);
            let magnitude = U1024::from(digit.unsigned_abs());
            value = value.shl(1);
            value = if digit < 0 {
                value.wrapping_sub(&magnitude)
            } else {
                value.wrapping_add(&magnitude)
            };
        }
        assert_eq!(value, Q.as_ref().wrapping_sub(&U1024::ONE));
    }

    #[test]
    fn windows_are_bits() {
        let multiple = |k| Edwards::generator().mul(&Scalar::reduce(&[k; 128])).to_affine();
        for (p, q) in [(0xa7, 0x5c), (0x01, 0xff), (0x33, 0x33)] {
            let (p, q) = (multiple(p), multiple(q));
            let (f, end) = miller_loop(Fp2::ONE, &p, &q, Fp::invert);
            let (expected, _) = by_bits(Fp2::ONE, &p, &q);
            let class = |f: Fp2<Fp>| Torus::from(f.square().square()).to_bytes();
            assert_eq!(class(f), class(expected));
            assert!(bool::from(end.is_minus(&p)));
        }
    }

    #[test]
    fn costs_are_as_stated() {
        let p = Affine::GENERATOR;
        let p = Affine { x: Counted(p.x), y: Counted(p.y) };
        let one = Fp2 { re: Counted(Fp::ONE), im: Counted(Fp::ZERO) };
        let invert = |Counted(x): Counted| Counted(x.invert());
        assert_eq!(
            cost_of(|| odd_multiples(&mut [Multiple { point: p, f: one }; ODD], one, &p, invert)),
            Cost { products: 325, squares: 66 }
        );
        // 1019 doublings, squarings of f and products with a tangent; 144 additions and products with a chord. For 134
        // of these the digit isn't 1 or −1, and its function is multiplied too.
        let others = DIGITS[1..].iter().filter(|digit| **digit != 0);
        assert_eq!((COUNT, others.clone().count()), (1 + 1019, 144));
        assert_eq!(others.filter(|digit| digit.abs() != 1).count(), 134);
        assert_eq!(
            cost_of(|| _ = miller_loop(one, &p, &p, invert)),
            Cost {
                products: 325 + 1019 * (7 + 2 + 3) + 144 * (11 + 3) + 134 * 3,
                squares: 66 + 1019 * 5 + 144 * 3
            }
        );
    }
}
