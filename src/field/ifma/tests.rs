//! Compares every operation of the vector forms with [`Fp`], on random values and on values at the bounds.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]

#[cfg(feature = "alloc")]
mod sums;

extern crate std;

use std::println;
use std::vec::Vec;

use crypto_bigint::{U1024, U2048};
use subtle::ConstantTimeEq;

use super::Fp52x8;
use super::columns::vectors;
use super::digits::{DIGITS, ENTER, LEAVE, MASK, MINUS_P_INVERSE, P, TWICE_P};
use super::eight::{SLACK, is_bounded};
use crate::backend::Ifma;
use crate::field::{Field, Fp, Fp2};

/// The token, or `None` and a printed note.
pub(crate) fn ifma() -> Option<Ifma> {
    let token = Ifma::detect();
    if token.is_none() {
        println!("not tested: no AVX-512 IFMA here, or another backend is forced");
    }
    token
}

/// The integer of these digits.
fn value_of(digits: &[u64; DIGITS]) -> U2048 {
    digits
        .iter()
        .rev()
        .fold(U2048::ZERO, |sum, &digit| sum.shl(52).wrapping_add(&U2048::from_u64(digit)))
}

fn p() -> U2048 {
    let p_minus_1 = U1024::from_be_slice(&(-Fp::ONE).to_be_bytes());
    p_minus_1.resize::<{ U2048::LIMBS }>().wrapping_add(&U2048::ONE)
}

#[test]
fn constants_come_from_p() {
    let p = p();
    let modulo = |power: u32| U2048::ONE.shl(power).rem_vartime(&p.to_nz().unwrap());
    assert_eq!(value_of(&P), p);
    assert_eq!(value_of(&TWICE_P), p.shl(1));
    assert_eq!(P[0].wrapping_mul(MINUS_P_INVERSE) & MASK, MASK);
    assert_eq!(value_of(&ENTER), modulo(1056));
    assert_eq!(value_of(&LEAVE), modulo(1024));
    // Two factors at their bound give a product below p + 2^1012. Three times a value is a factor.
    assert_eq!(SLACK, 1 << (2052 - 1040 - 988));
    assert!(p.shl(1).wrapping_add(&p).wrapping_add(&U2048::ONE.shl(1012)) < U2048::ONE.shl(1026));
}

/// xorshift64*: the same values in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    /// Digits of a value within the bound. They are zeros, all ones, those of p, or random, and the lowest may be off
    /// by up to 2. The top digit is 0 or near it, near that of p or half of it, the largest within the bound, or
    /// random.
    pub(crate) fn value(&mut self) -> [u64; DIGITS] {
        let mut digits = [0; DIGITS];
        let kind = self.below(4);
        for (digit, p) in digits.iter_mut().zip(P) {
            *digit = match if kind == 3 { self.below(4) } else { kind } {
                0 => 0,
                1 => MASK,
                2 => p,
                _ => self.next() & MASK,
            };
        }
        if self.below(2) == 0 {
            digits[0] = digits[0].wrapping_add(self.next() % 5).wrapping_sub(2) & MASK;
        }
        let top = P[DIGITS - 1];
        digits[DIGITS - 1] = match self.below(8) {
            0 => 0,
            1 => self.next() % 4,
            2 => top - self.next() % 4,
            3 => top,
            4 => top + self.next() % 4,
            5 => top + SLACK - 1,
            6 => top / 2 + self.next() % 4,
            _ => self.next() % (top + SLACK),
        };
        digits
    }

    pub(crate) fn values(&mut self) -> Fp52x8 {
        let lanes: [_; 8] = core::array::from_fn(|_| self.value());
        Fp52x8::checked(vectors(core::array::from_fn(|i| core::array::from_fn(|l| lanes[l][i]))))
    }
}

/// Compares each operation on a and b with the same operation on [`Fp`], and checks the bound of each result.
fn agrees(a: Fp52x8, b: Fp52x8) {
    let (x, y) = (a.leave(), b.leave());
    let same = |lanes: Fp52x8, narrow: &dyn Fn(Fp, Fp) -> Fp| {
        assert!(is_bounded(&lanes.0));
        for (lane, value) in lanes.leave().iter().enumerate() {
            assert!(bool::from(value.ct_eq(&narrow(x[lane], y[lane]))), "lane {lane}");
        }
    };
    same(a * b, &|x, y| x * y);
    same(a.square(), &|x, _| x.square());
    same(a + b, &|x, y| x + y);
    same(a - b, &|x, y| x - y);
    same(b - a, &|x, y| y - x);
    same(-a, &|x, _| -x);
    same(a.double(), &|x, _| x.double());
    let bits = |f: &dyn Fn(usize) -> bool| (0..8).fold(0, |bits, l| bits | u8::from(f(l)) << l);
    let equal = bits(&|lane| bool::from(x[lane].ct_eq(&y[lane])));
    assert_eq!(a.ct_eq(&b), equal);
    assert_eq!(a.is_zero(), bits(&|lane| bool::from(x[lane].ct_eq(&Fp::ZERO))));
    assert_eq!(a.ct_eq(&a), 0xff);
}

fn rounds(seed: u64, rounds: u32) {
    let mut random = Random(seed);
    for _ in 0..rounds {
        let (a, b) = (random.values(), random.values());
        agrees(a, b);
    }
}

#[test]
fn operations_agree_at_the_bounds() {
    if ifma().is_some() {
        rounds(1, 1000);
    }
}

/// `cargo test --release operations_agree_a_million_times -- --ignored`
#[test]
#[ignore = "seconds"]
fn operations_agree_a_million_times() {
    if ifma().is_some() {
        rounds(2, 125_000);
    }
}

/// A value below 2^1012 and the same value plus p.
#[test]
fn both_representations_are_one_element() {
    let Some(ifma) = ifma() else { return };
    let mut random = Random(3);
    for round in 0..100 {
        let mut small: [_; DIGITS] = core::array::from_fn(|_| random.next() & MASK);
        small[DIGITS - 1] %= SLACK - 1;
        if round == 0 {
            small = [0; DIGITS];
        }
        let (mut large, mut carry) = (small, 0);
        for (digit, p) in large.iter_mut().zip(P) {
            (*digit, carry) = ((*digit + p + carry) & MASK, (*digit + p + carry) >> 52);
        }
        let all = |digits: [u64; DIGITS]| Fp52x8::checked(vectors(digits.map(|digit| [digit; 8])));
        let (small, large) = (all(small), all(large));
        assert_eq!(small.ct_eq(&large), 0xff);
        assert_eq!(large.ct_eq(&small), 0xff);
        assert_eq!(large.is_zero(), if round == 0 { 0xff } else { 0 });
        assert_eq!(large.ct_eq(&(small + Fp52x8::splat(ifma, Fp::ONE))), 0);
        agrees(small, large);
        agrees(large, small);
    }
}

#[test]
fn entering_and_leaving() {
    let Some(ifma) = ifma() else { return };
    let values: Vec<Fp> = super::super::tests::weird_elements();
    for chunk in values.windows(8) {
        let chunk: &[Fp; 8] = chunk.try_into().unwrap();
        let back = Fp52x8::enter(ifma, chunk).leave();
        assert!(chunk.iter().zip(back).all(|(a, b)| bool::from(a.ct_eq(&b))));
        let splat = Fp52x8::splat(ifma, chunk[0]).leave();
        assert!(splat.iter().all(|value| bool::from(value.ct_eq(&chunk[0]))));
    }
    for a in &values {
        for chunk in values.windows(8).step_by(8) {
            let b = Fp52x8::enter(ifma, chunk.try_into().unwrap());
            agrees(Fp52x8::splat(ifma, *a), b);
        }
    }
}

/// Any sequence of sums and differences without a product stays within the bound.
#[test]
fn long_chains_stay_within_the_bound() {
    let Some(ifma) = ifma() else { return };
    let mut random = Random(5);
    for _ in 0..20 {
        let start = random.values();
        let (mut a, mut b) = (start, start);
        let (mut x, mut y) = (start.leave()[0], start.leave()[0]);
        for _ in 0..200 {
            (a, b, x, y) = match random.below(6) {
                0 => (a + b, a, x + y, x),
                1 => (a - b, a, x - y, x),
                2 => (b - a, b, y - x, y),
                3 => (-a, b.double(), -x, y.double()),
                4 => (a.double().double().double(), b, x.double().double().double(), y),
                _ => (b, -b - a - b, y, -y - x - y),
            };
            assert!(bool::from(a.leave()[0].ct_eq(&x)));
        }
        let lanes = Fp2 { re: a, im: b };
        let narrow = Fp2 { re: x, im: y };
        let (lanes, narrow) = ((lanes * lanes).square(), (narrow * narrow).square());
        assert!(bool::from(lanes.re.leave()[0].ct_eq(&narrow.re)));
        assert!(bool::from(lanes.im.leave()[0].ct_eq(&narrow.im)));
    }
    let zero = Fp52x8::splat(ifma, Fp::ZERO);
    assert_eq!((-zero).is_zero() & (zero - (-zero)).is_zero() & (zero.square()).is_zero(), 0xff);
}

/// Asserts that the lanes hold the elements that `expected` returns for each lane.
#[cfg(feature = "alloc")]
pub(crate) fn hold<const N: usize>(found: [[Fp; N]; 8], expected: impl Fn(usize) -> [Fp; N]) {
    for (lane, found) in found.iter().enumerate() {
        let expected = expected(lane);
        assert!(found.iter().zip(&expected).all(|(a, b)| bool::from(a.ct_eq(b))), "lane {lane}");
    }
}
