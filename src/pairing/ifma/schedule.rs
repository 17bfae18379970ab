//! The Miller loop of [`pairing::miller`](crate::pairing::miller) in eight lanes, over the multiples of
//! \[2\]P: see [`miller`](super::miller) for the formulas.
//!
//! Instead of f_{q, P} the loop computes f_{q − 1, P}: they differ by a vertical line, whose value lies in 𝔽_p*.
//! q − 1 = 2n, and a digit d of n adds \[2d\]P. The function f_{2d, P} of this point is multiplied in with the chord.
//! For a negative digit, f_{−2d, P} is the inverse of f_{2d, P}, and so its conjugate, up to a factor in 𝔽_p*.

#![allow(unsafe_code, reason = "AVX-512: the reasons are numbered in field::ifma")]

use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use super::miller::{Addend, GROUP, Miller, Progression, SLOTS};
use crate::backend::Ifma;
use crate::curve::{Affine, BETA};
use crate::digits::{non_adjacent, reversed};
use crate::field::ifma::Fp52x8;
use crate::field::{Field, Fp, Fp2, limbs};
use crate::params::Q;

/// The width of the non-adjacent form of n.
const WIDTH: usize = 5;

/// The number of odd d in the table.
const TABLE: usize = 1 << (WIDTH - 2);

/// β^(3/2): (βx, β^(3/2)·y) lies on y² = x³ + x.
const BETA_3_2: Fp = Fp::from_hex(
    "03268b144e677b6ed5e82aabd40a5e7cfead3a447ab01f38f0593c2d3810e1c7\
     b5bf56c2eaa89168d4f4fb1172810d9c07c78c863003286827e80b8e288a2f95\
     902a463f2577ed988eb975a2b1d103e904fcc3ca0a7ffc6bf2dd62c975e23238\
     29db73ed699da6897fe78b7191dc2478059b621e0574178707636b844594838c",
);

/// f_{q,P}(φ(Q)) up to 𝔽_p*, which is RFC 6508 section 3.2 before its final power, and whether P has order q.
///
/// Secret: both arguments. Leaks: nothing. The value is right for P of order q, as in
/// [`pairing::miller`](crate::pairing::miller). The verdict is right for every P with y ≠ 0: the loop ends at
/// \[q − 1\]P, which is −P only for order q. The one case that an addition doesn't handle occurs only if P has order 4,
/// as `docs/ifma-miller.md` shows. It gives zeros, and the verdict rejects these.
pub(in crate::pairing) fn miller_loop(
    ifma: Ifma,
    p: &Affine<Fp>,
    q: &Affine<Fp>,
) -> (Fp2<Fp>, Choice) {
    let mapped = |point: &Affine<Fp>| Affine { x: BETA * point.x, y: BETA_3_2 * point.y };
    let [p, q] = [p, q].map(|point| Zeroizing::new(mapped(point)));
    let table = Table::new(ifma, &p, &q);
    // SAFETY: field::ifma clause 1: the token.
    unsafe { run(ifma, &p, &q, &table) }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn run(ifma: Ifma, p: &Affine<Fp>, q: &Affine<Fp>, table: &Table) -> (Fp2<Fp>, Choice) {
    let mut miller = Zeroizing::new(Miller::new(ifma, *table.start, [q.x, q.y]));
    // `start` stands for a point that a first half has made, so the loop begins with a second half.
    miller.end(IDLE_SLOTS);
    for (i, digit) in (1..).zip(&DIGITS_OF_N[1..]) {
        let slot = (IDLE_SLOTS + i) % SLOTS;
        miller.begin(slot);
        if *digit != 0 {
            let addend = &table.addends[usize::from(digit.unsigned_abs()) / 2];
            miller.add(addend, *digit < 0, slot);
        }
        if slot.is_multiple_of(GROUP) {
            miller.merge(slot);
        }
        if IDLE_SLOTS + i == GROUP {
            // No doubling gives these slots a line. f begins with the function of the leading digit.
            for idle in 0..IDLE_SLOTS {
                let f = if idle + 1 == IDLE_SLOTS { *table.f } else { Fp2::ONE };
                miller.set_line(ifma, idle, &f);
            }
        }
        if i < DOUBLINGS {
            miller.end(slot);
        }
    }
    let (f, lines, [a, c, s, y]) = miller.leave((IDLE_SLOTS + DOUBLINGS) % SLOTS);
    let f = (lines[1..].iter()).fold(f * lines[0], |f, line| f.square() * *line);
    // T = −P: X² = x·Z², and 2XZ·Y = −2y·Z⁴.
    let is_minus = ((s - a - c) * y).ct_eq(&-(p.y * c.square()).double()) & a.ct_eq(&(p.x * c));
    (f, is_minus & !c.ct_eq(&Fp::ZERO))
}

/// The addends for the digits d = 1, 3, …, 15, and what the loop begins with.
struct Table {
    addends: Zeroizing<[Addend; TABLE]>,
    /// X², Z², (X + Z)² and Y of the multiple that belongs to the leading digit.
    start: Zeroizing<[Fp; 4]>,
    /// The function of this multiple.
    f: Zeroizing<Fp2<Fp>>,
}

/// \[2d\]P as X², Z², 2XZ and Y, and f_{2d,P}(φ(Q)).
#[derive(Clone, Copy)]
struct Multiple<F> {
    a: F,
    c: F,
    two_m: F,
    y: F,
    f: Fp2<F>,
}

impl Table {
    fn new(ifma: Ifma, p: &Affine<Fp>, q: &Affine<Fp>) -> Self {
        let one = Zeroizing::new(Multiple::doubled(p, q, Fp::ONE));
        let two = Zeroizing::new(one.double(q));
        let lanes = Zeroizing::new(two.addend(q, Fp::ZERO));
        let addend = Zeroizing::new(Addend::enter(ifma, &lanes.0, &lanes.1));
        let start = [one.a, one.c, one.two_m + one.a + one.c, one.y];
        let steps = Zeroizing::new(Progression::new(ifma, start, &addend));
        let splat = |e| Fp52x8::splat(ifma, e);
        let all = Zeroizing::new(Multiple {
            a: steps.a,
            c: steps.c,
            two_m: steps.two_m,
            y: steps.y,
            f: steps.f * Fp2 { re: splat(one.f.re), im: splat(one.f.im) },
        });
        let q = Affine { x: splat(q.x), y: splat(q.y) };
        let lanes = Zeroizing::new(all.addend(&q, splat(Fp::ZERO)));
        let [a, c, two_m, y, re, im] = [all.a, all.c, all.two_m, all.y, all.f.re, all.f.im]
            .map(|lanes| lanes.leave()[usize::from(FIRST.unsigned_abs()) / 2]);
        Self {
            addends: Zeroizing::new(Addend::all(&lanes.0, &lanes.1)),
            start: Zeroizing::new([a, c, two_m + a + c, y]),
            f: Zeroizing::new(Fp2 { re, im }),
        }
    }
}

impl<F: Field> Zeroize for Multiple<F> {
    fn zeroize(&mut self) {
        for part in [&mut self.a, &mut self.c, &mut self.two_m, &mut self.y] {
            part.zeroize();
        }
        self.f.zeroize();
    }
}

impl<F: Field> Multiple<F> {
    /// \[2\]P and the tangent at P.                                                4M + 4S
    ///
    /// X = x² − 1, Z = 2y and Y = 2(x² + 1)² − X². The tangent is x(x² − 1) + x_Q(3x² + 1) + i·2y·y_Q.
    fn doubled(p: &Affine<F>, q: &Affine<F>, one: F) -> Self {
        let xx = p.x.square();
        let (x, h) = (xx - one, xx + one);
        let z = p.y.double();
        let a = x.square();
        let y = h.square().double() - a;
        let re = p.x * x + q.x * (xx.double() + h);
        Self { a, c: z.square(), two_m: (x * z).double(), y, f: Fp2 { re, im: z * q.y } }
    }

    /// The doubled point, and f² times the tangent.                               12M + 5S
    fn double(&self, q: &Affine<F>) -> Self {
        let (aa, cc) = (self.a.square(), self.c.square());
        let (x, h) = (aa - cc, aa + cc);
        let z = self.two_m * self.y;
        let a = x.square();
        let y = h.square().double() - a;
        let re = self.a * x + self.c * q.x * (aa.double() + h);
        let tangent = Fp2 { re, im: self.c * q.y * z };
        let f = self.f.square() * tangent;
        Self { a, c: z.square(), two_m: (x * z).double(), y, f }
    }

    /// The lanes of an [`Addend`].                                                16M
    ///
    /// The point is taken as (2X, 4Y, 2Z), so that neither 2m nor Y need be halved. The chord through it, which is
    /// (a/c, mY/c²) in affine coordinates, is multiplied by 8c²·f and has the factors
    ///
    /// ```text
    /// of 2m₁Y₁    2c(c·x_Q + a)·2f
    /// of c₁²      −(2mY·x_Q + i·2ac·y_Q)·4f
    /// of (2m₁)²   (−2mY + i·2c²·y_Q)·f
    /// ```
    fn addend(&self, q: &Affine<F>, zero: F) -> ([F; 8], [F; 8]) {
        let [a, c, y] = [self.a, self.c, self.y].map(|e| e.double().double());
        let (m, half_y) = (self.two_m.double(), self.y.double());
        let point = [a, c, half_y, m, y, zero, a + c, m];
        let two_c = self.c.double();
        let y = self.two_m * self.y;
        let first = (two_c * (self.c * q.x + self.a)).double();
        let second = self.f * Fp2 { re: -(y * q.x), im: -(two_c * self.a * q.y) };
        let third = self.f * Fp2 { re: -y, im: two_c * self.c * q.y };
        let [first, second] = [
            Fp2 { re: self.f.re * first, im: self.f.im * first },
            Fp2 { re: second.re.double().double(), im: second.im.double().double() },
        ];
        let chord = [first.re, first.im, second.re, second.im, third.re, third.im, zero, zero];
        (point, chord)
    }
}

/// The number of doublings.
const DOUBLINGS: usize = 1018;
/// The slot in which the loop begins. With it, the last doubling, which has no second half, is the first of a group.
const IDLE_SLOTS: usize = (GROUP - DOUBLINGS % GROUP) % GROUP;
/// The number of digits that aren't 0, without the leading one.
#[cfg(test)]
const ADDITIONS: usize = 170;
/// The leading digit.
const FIRST: i8 = 5;

/// The digits of n = (q − 1)/2 from the top, in non-adjacent form of width 5: a digit is 0, or odd and below 2⁴ in
/// size, and between two of the latter there are at least four zeros.
const DIGITS_OF_N: [i8; DOUBLINGS + 1] = {
    let digits = reversed(non_adjacent(&limbs(&Q.as_ref().shr_vartime(1)), WIDTH));
    assert!(digits[0] == FIRST);
    digits
};

#[cfg(test)]
#[expect(clippy::print_stdout, reason = "a test that can't run says so")]
mod tests {
    extern crate std;

    use super::*;
    use crate::curve::Edwards;
    use crate::field::counting::{Cost, Counted, cost_of};
    use crate::scalar::Scalar;
    use crate::torus::Torus;
    use crypto_bigint::U1024;
    use std::println;

    #[test]
    fn the_constant_satisfies_its_equation() {
        assert!(bool::from(BETA_3_2.square().ct_eq(&(BETA.square() * BETA))));
    }

    #[test]
    fn digits_are_those_of_q() {
        let mut n = U1024::ZERO;
        for digit in DIGITS_OF_N {
            n = n.shl(1);
            let size = U1024::from(digit.unsigned_abs());
            n = if digit < 0 { n.wrapping_sub(&size) } else { n.wrapping_add(&size) };
            assert!(digit == 0 || (digit % 2 != 0 && digit.unsigned_abs() < 16));
        }
        assert_eq!(n.shl(1).wrapping_add(&U1024::ONE), *Q.as_ref());
        assert_eq!(DIGITS_OF_N.iter().filter(|digit| **digit != 0).count(), 1 + ADDITIONS);
        // Between two additions there are at least as many doublings as a merging round takes.
        let mut gaps = DIGITS_OF_N.split(|digit| *digit != 0);
        assert!(gaps.clone().count() > 1 && gaps.next_back().is_some_and(<[i8]>::is_empty));
        assert!(gaps.skip(1).all(|gap| gap.len() >= GROUP));
    }

    #[test]
    fn agrees_with_the_plain_loop() {
        let Some(ifma) = Ifma::detect() else {
            println!("not run: this CPU has no AVX-512 IFMA");
            return;
        };
        let g = Edwards::generator();
        let few = |n: u8| {
            let mut octets = [0; 128];
            octets[127] = n;
            octets
        };
        for n in 0..15u8 {
            let scalars = if n < 8 {
                [few(n + 1), few(3 * (8 - n))]
            } else {
                [[0xa7 ^ n; 128], [0x5c ^ (17 * n); 128]]
            };
            let [p, q] = scalars.map(|octets| g.mul(&Scalar::reduce(&octets)).to_affine());
            for (p, q) in [(p, q), (q, p), (p, p), (p, Affine { x: p.x, y: -p.y })] {
                let (ours, has_order_q) = miller_loop(ifma, &p, &q);
                assert!(bool::from(has_order_q));
                let ours = ours.square().square();
                let (plain, _) = crate::pairing::miller::miller_loop(Fp2::ONE, &p, &q);
                let plain = plain.square().square();
                assert_eq!(Torus::from(ours).to_bytes(), Torus::from(plain).to_bytes());
            }
        }
    }

    #[test]
    fn other_orders_are_told() {
        let Some(ifma) = Ifma::detect() else { return };
        let (g, low) = (Edwards::generator(), Edwards::of_order_4());
        for n in 0..4u8 {
            let point = g.mul(&Scalar::reduce(&[0x39 ^ n; 128]));
            for other in [point + low, point + low + low, point + low + low + low, low, -low] {
                let other = other.to_affine();
                assert!(!bool::from(miller_loop(ifma, &other, &Affine::GENERATOR).1));
                assert!(bool::from(miller_loop(ifma, &Affine::GENERATOR, &other).1));
            }
        }
    }

    #[test]
    fn costs_are_as_stated() {
        let f = Counted(BETA);
        let point = Affine { x: f, y: f };
        let double = Multiple::doubled(&point, &point, f);
        let cost = |products, squares| Cost { products, squares };
        assert_eq!(cost_of(|| _ = Multiple::doubled(&point, &point, f)), cost(4, 4));
        assert_eq!(cost_of(|| _ = double.double(&point)), cost(12, 5));
        assert_eq!(cost_of(|| _ = double.addend(&point, f)), cost(16, 0));
    }
}
