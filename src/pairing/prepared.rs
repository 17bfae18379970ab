//! The pairing with its running argument K prepared. A pairing with Q then evaluates functions that are known, and
//! multiplies their values in 𝔽_p².
//!
//! q is written in radix 8 with digits −3 ..= 4. Let m be the number that the digits before d make, and M = \[m\]K. The
//! window of d takes M to \[8m + d\]K. Its three tangents and its chord are merged into one function with the divisor
//!
//! ```text
//! 8(M) + |d|(±K) + (−[8m + d]K) − n(O)        n = 9 + |d|
//! ```
//!
//! The first window has m = 0 and n = 1 + |d|. In the last one \[8m + d\]K = O and n = 8 + |d|.
//!
//! A function is a sum over the basis e₀ = 1, e₂ = x, e₃ = y, e₄ = x², e₅ = xy, …, where e_k has the pole order k. The
//! coefficient of e_n is 1 and isn't stored, which leaves n − 1. At φ(Q) = (−x_Q, i·y_Q) the even k give the real part,
//! and the odd ones the imaginary part.
//!
//! `docs/prepared-key.md` shows that these functions exist, that their product is that of Miller's loop, and that no
//! value is 0. It lists their degrees, costs, bounds and exceptions.

pub(super) mod build;
mod monic;

use alloc::boxed::Box;
use alloc::vec;

use subtle::{Choice, CtOption};
use zeroize::Zeroizing;

#[cfg(target_arch = "x86_64")]
use super::ifma;
#[cfg(target_arch = "x86_64")]
use crate::backend::Ifma;
use crate::curve::Affine;
use crate::digits::{reversed, windows};
use crate::fault;
use crate::field::{Field, Fp, Fp2, limbs};
use crate::params::Q;

/// The functions of the windows for one running point K of order q, in the form that this CPU
/// evaluates fastest. Wiped on drop.
pub(crate) enum Prepared {
    /// Window after window the coefficients of e₀, e₂, e₃, …, e_(n − 1).
    Plain(Zeroizing<Box<[Fp]>>),
    #[cfg(target_arch = "x86_64")]
    Ifma(ifma::prepared::Functions),
}

impl Prepared {
    /// The functions for K, or none if K isn't of order q. K may be any point of E with y ≠ 0.
    ///
    /// Secret: K. Leaks: nothing.
    pub(crate) fn new(k: &Affine<Fp>) -> CtOption<Self> {
        let (coefficients, has_order_q) = coefficients(k);
        #[cfg(target_arch = "x86_64")]
        if let Some(ifma) = Ifma::detect() {
            return CtOption::new(
                Self::Ifma(ifma::prepared::Functions::new(ifma, &coefficients)),
                has_order_q,
            );
        }
        CtOption::new(Self::Plain(coefficients), has_order_q)
    }

    /// ⟨K, evaluated⟩ as [`tate`](super::tate) gives it, up to a factor in 𝔽_p*.
    ///
    /// Secret: K and the point. Leaks: nothing.
    pub(crate) fn tate(&self, evaluated: &Affine<Fp>) -> Fp2<Fp> {
        match self {
            // f⁴
            Self::Plain(coefficients) => {
                evaluate(coefficients, evaluated, Fp::ZERO, Fp::ONE).square().square()
            }
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(functions) => functions.tate(evaluated),
        }
    }
}

#[cfg(test)]
impl Prepared {
    /// What a fault in memory can hit.
    pub(crate) fn words(&self) -> usize {
        match self {
            Self::Plain(coefficients) => fault::injection::words(&coefficients[..]),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(functions) => functions.words(),
        }
    }

    pub(crate) fn change(&mut self, by: fault::injection::Change) {
        match self {
            Self::Plain(coefficients) => fault::injection::change(&mut coefficients[..], by),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(functions) => functions.change(by),
        }
    }
}

/// The coefficients for K, and whether \[q − 1\]K = −K.
fn coefficients(k: &Affine<Fp>) -> (Zeroizing<Box<[Fp]>>, Choice) {
    let mut coefficients = Zeroizing::new(vec![Fp::ZERO; COEFFICIENTS].into_boxed_slice());
    let mut steps = Zeroizing::new(vec![build::Step::new(Fp::ZERO, Fp::ZERO); build::STEPS]);
    #[cfg(target_arch = "x86_64")]
    if let Some(ifma) = Ifma::detect() {
        let end = ifma::build::build(ifma, k, &mut steps, &mut coefficients);
        return (coefficients, end.has_order_q());
    }
    let end = build::build(k, Fp::ZERO, Fp::ONE, Fp::invert, &mut steps, &mut coefficients);
    (coefficients, end.has_order_q())
}

/// f_{q,K}(φ(Q)) up to 𝔽_p*.                                                          6,158M
///
/// The monomials take 10M, and the values of the functions 3,088M with 681 reductions. To multiply the values takes
/// 3,060M.
fn evaluate<F: Field>(coefficients: &[F], q: &Affine<F>, zero: F, one: F) -> Fp2<F> {
    let monomials = fault::passed("monomials", monomials(q, zero, one));
    let mut values = [Fp2 { re: zero, im: zero }; BLOCK];
    let (first, rest) = ORDERS.split_at(1);
    let mut coefficients = window_values(first, coefficients, &monomials, &mut values);
    let mut f = values[0];
    for orders in rest.chunks(BLOCK) {
        coefficients = window_values(orders, coefficients, &monomials, &mut values);
        fault::at("functions' values", &mut values[..orders.len()]);
        f = fault::passed("f", accumulate(f, &values[..orders.len()]));
    }
    f
}

/// Each e_k at φ(Q), without the i of odd k. There is no e₁, and index 1 holds 0.           10M
pub(super) fn monomials<F: Field>(q: &Affine<F>, zero: F, one: F) -> [F; MAX_ORDER + 1] {
    let mut e = [one; MAX_ORDER + 1];
    (e[1], e[2], e[3]) = (zero, -q.x, q.y);
    for k in 4..=MAX_ORDER {
        e[k] = e[2] * e[k - 2];
    }
    e
}

/// Computes the values of neighbouring functions at φ(Q).                               (n − 2)M each
///
/// Returns the coefficients of the functions after them.
///
/// No value depends on another, so the CPU can work on several at a time.
fn window_values<'a, F: Field>(
    orders: &[usize],
    mut coefficients: &'a [F],
    monomials: &[F; MAX_ORDER + 1],
    values: &mut [Fp2<F>],
) -> &'a [F] {
    for (&n, value) in orders.iter().zip(values) {
        let (own, rest) = coefficients.split_at(n - 1);
        let mut parts = [own[0], monomials[1]];
        parts[n % 2] = parts[n % 2] + monomials[n];
        let pairs = |first| (first..n).step_by(2).map(|k| (&own[k - 1], &monomials[k]));
        *value = Fp2 { re: parts[0].plus_products(pairs(2)), im: parts[1].plus_products(pairs(3)) };
        coefficients = rest;
    }
    coefficients
}

/// f ← f⁸·v for the value v of each window in turn.                                     9M each
fn accumulate<F: Field>(f: Fp2<F>, values: &[Fp2<F>]) -> Fp2<F> {
    values.iter().fold(f, |f, value| f.square().square().square() * *value)
}

/// Windows evaluated at a time.
const BLOCK: usize = 8;

/// Windows of q: ⌈1022/3⌉.
pub(super) const WINDOWS: usize = 341;

/// The digits of q, the most significant first.
pub(super) const DIGITS_OF_Q: [i8; WINDOWS] = {
    let mut digits = [0; WINDOWS];
    windows(&limbs(Q.as_ref()), 3, &mut digits);
    let digits = reversed(digits);
    assert!(digits[0] > 0);
    digits
};

/// The pole order n of each window's function.
pub(super) const ORDERS: [usize; WINDOWS] = {
    let mut orders = [0; WINDOWS];
    let mut window = 0;
    while window < WINDOWS {
        let without_digit = match window {
            0 => 1,
            LAST => 8,
            _ => 9,
        };
        orders[window] = without_digit + DIGITS_OF_Q[window].unsigned_abs() as usize;
        window += 1;
    }
    orders
};

/// The last window.
pub(super) const LAST: usize = WINDOWS - 1;

/// Where the coefficients of each window begin.
#[cfg(target_arch = "x86_64")]
pub(super) const STARTS: [usize; WINDOWS] = {
    let (mut starts, mut window) = ([0; WINDOWS], 1);
    while window < WINDOWS {
        starts[window] = starts[window - 1] + ORDERS[window - 1] - 1;
        window += 1;
    }
    starts
};

/// The largest pole order, that of the digit 4.
pub(super) const MAX_ORDER: usize = 9 + 4;

/// Coefficients of all functions.
const COEFFICIENTS: usize = {
    let (mut sum, mut window) = (0, 0);
    while window < WINDOWS {
        sum += ORDERS[window] - 1;
        window += 1;
    }
    sum
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::Edwards;
    use crate::field::counting::{Cost, Counted, cost_of};
    use crate::pairing::tate;
    use crate::params::G;
    use crate::scalar::Scalar;
    use crate::torus::Torus;
    use subtle::ConstantTimeEq;

    fn multiple(octet: u8) -> Affine<Fp> {
        Edwards::generator().mul(&Scalar::reduce(&[octet; 128])).to_affine()
    }

    fn prepared(k: &Affine<Fp>) -> Prepared {
        Prepared::new(k).into_option().expect("of order q")
    }

    #[test]
    fn the_digits_are_those_of_q() {
        use crypto_bigint::U1024;
        let mut q = U1024::ZERO;
        for digit in DIGITS_OF_Q {
            assert!((-3..=4).contains(&digit));
            q = q.shl(3).wrapping_add(&U1024::from(4u8));
            q = q.wrapping_sub(&U1024::from(4u8.wrapping_sub(digit.cast_unsigned())));
        }
        assert_eq!(q, *Q.as_ref());
        assert_eq!(COEFFICIENTS * size_of::<Fp>(), 438_912);
    }

    #[test]
    fn g_from_p_prepared() {
        let w = Torus::from(prepared(&Affine::GENERATOR).tate(&Affine::GENERATOR));
        assert_eq!(w.to_bytes(), G.to_be_bytes());
    }

    #[test]
    fn prepared_is_unprepared() {
        for (k, q) in [(0xa7, 0x5c), (0x01, 0xff), (0x33, 0x33)] {
            let (k, q) = (multiple(k), multiple(q));
            let plain = Prepared::Plain(super::coefficients(&k).0);
            assert_eq!(
                Torus::from(plain.tate(&q)).to_bytes(),
                Torus::from(prepared(&k).tate(&q)).to_bytes()
            );
            let unprepared = Torus::from(tate(&k, &q)).to_bytes();
            assert_eq!(Torus::from(prepared(&k).tate(&q)).to_bytes(), unprepared);
            assert_eq!(Torus::from(prepared(&q).tate(&k)).to_bytes(), unprepared);
        }
    }

    /// A summand of order 2 or 4 in Q changes nothing. In K it is noticed.
    #[test]
    fn points_of_other_orders() {
        let order_4 = Affine { x: Fp::from_hex(ORDER_4.0), y: Fp::from_hex(ORDER_4.1) };
        assert!(bool::from(order_4.is_on_curve()));
        let minus = Affine { y: -order_4.y, ..order_4 };
        let order_2 = Edwards::from(&order_4).double();
        let (k, q) = (multiple(0x42), Edwards::from(&multiple(0x24)));
        let functions = prepared(&k);
        let w = Torus::from(functions.tate(&q.to_affine())).to_bytes();
        for low in [Edwards::from(&order_4), Edwards::from(&minus), order_2] {
            let shifted = (q + low).to_affine();
            assert!(bool::from(shifted.is_on_curve()));
            assert!(bool::from(Prepared::new(&shifted).is_none()));
            assert_eq!(Torus::from(functions.tate(&shifted)).to_bytes(), w);
        }
        assert!(bool::from(Prepared::new(&order_4).is_none() & Prepared::new(&minus).is_none()));
    }

    /// x = √−3 and y = √(−6x).
    const ORDER_4: (&str, &str) = (
        "2ab8b4c0cebf79166b352bf4351a3f8872a7fe62294530f38ab8b315e3262211\
         47f96a70f71b9175d4cc0cf6a006e6dc2dbc29ef4528780ec61a1bcf5ffc8428\
         0c3e47334dd5c19649686dadfbdcadbe7350b93e9024fc510eb314d447d86795\
         6310dcfa834cea2a394fe4ed1623e0713373b61f1c09cd10bb681b84c1f826ba",
        "8c108284ecad95f76be5c8a8d8b08222084c5204e71657482725cdd6493e0d32\
         1e4d1f71e8b2fddf1cac9e277889223f9f22978747207482841ebf6ec1d414d0\
         bcb94d96eba2340a5682e44b4dcb21ab01ce27abe021a307c5ce73216dedbc1f\
         3d215d7cbeca210b9d2b1f271b165814504ef5d05d4902766e939464d3013e46",
    );

    /// Functions built in eight lanes are those built one by one.
    #[test]
    fn coefficients_are_those_of_the_plain_builder() {
        let order_4 = Affine { x: Fp::from_hex(ORDER_4.0), y: Fp::from_hex(ORDER_4.1) };
        let shifted = Edwards::from(&multiple(0x35)) + Edwards::from(&order_4);
        for (k, of_order_q) in [(multiple(0x35), true), (shifted.to_affine(), false)] {
            let (found, has_order_q) = super::coefficients(&k);
            assert_eq!(bool::from(has_order_q), of_order_q);
            let mut steps = vec![build::Step::new(Fp::ZERO, Fp::ZERO); build::STEPS];
            let mut plain = vec![Fp::ZERO; COEFFICIENTS];
            let end = build::build(&k, Fp::ZERO, Fp::ONE, Fp::invert, &mut steps, &mut plain);
            assert_eq!(bool::from(end.has_order_q()), of_order_q);
            assert!(found.iter().zip(&plain).all(|(a, b)| bool::from(a.ct_eq(b))));
        }
    }

    #[test]
    fn costs_are_as_stated() {
        let q = Affine { x: Counted(Fp::ONE), y: Counted(Fp::ONE) };
        let k = multiple(0x11);
        let (coefficients, _) = super::coefficients(&k);
        let coefficients: vec::Vec<_> = coefficients.iter().copied().map(Counted).collect();
        let (zero, one) = (Counted(Fp::ZERO), Counted(Fp::ONE));
        let products = 10 + 3_088 + 3_060;
        assert_eq!(
            cost_of(|| _ = evaluate(&coefficients, &q, zero, one)),
            Cost { products, squares: 0 }
        );

        let k = Affine { x: Counted(k.x), y: Counted(k.y) };
        let mut steps = vec![build::Step::new(zero, zero); build::STEPS];
        let mut out = coefficients.clone();
        let invert = |Counted(x): Counted| Counted(x.invert());
        let cost = cost_of(|| _ = build::build(&k, zero, one, invert, &mut steps, &mut out));
        assert_eq!(cost, Cost { products: 36_180, squares: 7_312 });
        let cost = cost_of(|| _ = build::slopes(&k, zero, one, invert, &mut steps, &mut []));
        assert_eq!(cost, Cost { products: 8_092, squares: 5_995 });
    }
}
