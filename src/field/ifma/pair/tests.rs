//! Compares every operation of the pair with [`Fp`], on random values and on values at the bounds.

#![expect(clippy::print_stdout, reason = "a test that can't run says so")]

extern crate std;

use proptest::prelude::*;
use std::println;
use std::sync::LazyLock;
use subtle::ConstantTimeEq;

use super::*;
use crate::cases;
use crate::field::ifma::tests::Random;
use crate::field::{Field, Fp2};

fn same(ours: Fp50x2, a: Fp, b: Fp) {
    // SAFETY: field::ifma clause 1: a value is the proof.
    let (x, y) = unsafe { ours.leave() };
    assert!(bool::from(x.ct_eq(&a) & y.ct_eq(&b)));
}

/// Lanes whose digits are 0, 1, all ones, the largest that the bounds allow, or random.
fn lanes(random: &mut Random, digit_bound: u64, top_bound: u64) -> Lanes {
    let mut lanes: Lanes = [[0; 8]; 6];
    let kind = random.next() % 8;
    for (lane, value) in lanes.as_flattened_mut().iter_mut().enumerate().take(2 * DIGITS) {
        let bound = if lane / 2 == DIGITS - 1 { top_bound } else { digit_bound };
        let choice = if kind < 6 { kind } else { random.next() % 6 };
        *value = match choice {
            0 => bound - 1,
            1 => MASK.min(bound - 1),
            2 => 0,
            3 => 1,
            _ => random.next() % bound,
        };
    }
    lanes
}

/// 2⁻²⁶ and 2⁹⁹⁸.
static POWERS: LazyLock<(Fp, Fp)> = LazyLock::new(|| {
    let half = Fp::ONE.double().invert();
    let down = (0..26).fold(Fp::ONE, |power, _| power * half);
    (down, (0..998).fold(Fp::ONE, |power, _| power.double()))
});

/// The elements that lanes stand for, computed without the code under test: (low + 2¹⁰²⁴·high)·2⁻¹⁰⁵⁰. An [`Fp`] with
/// the limbs n stands for n·2⁻¹⁰²⁴.
fn meaning(lanes: &Lanes) -> (Fp, Fp) {
    let (down, up) = *POWERS;
    let element = |which: usize| {
        let mut limbs = [0u128; 18];
        for i in 0..DIGITS {
            let digit = u128::from(lanes.as_flattened()[2 * i + which]) << (50 * i % 64);
            limbs[50 * i / 64] += digit & u128::from(u64::MAX);
            limbs[50 * i / 64 + 1] += digit >> 64;
        }
        for i in 0..17 {
            limbs[i + 1] += limbs[i] >> 64;
            limbs[i] &= u128::from(u64::MAX);
        }
        let word = |i: usize| u64::try_from(limbs[i]).expect("carried");
        let mut high = [0; 16];
        (high[0], high[1]) = (word(16), word(17));
        let low = portable::subtract_p(&core::array::from_fn(word), 0, &MODULUS);
        Fp(low) * down + Fp(high) * up
    };
    (element(0), element(1))
}

struct Sample<const SETTLED: bool> {
    packed: Pair<SETTLED>,
    a: Fp,
    b: Fp,
}

fn sample<const SETTLED: bool>(_: Ifma, random: &mut Random) -> Sample<SETTLED> {
    let (digit, top) = if SETTLED { (TIGHT, TOP) } else { (LOOSE, LOOSE_TOP) };
    let lanes = lanes(random, digit, top);
    let (a, b) = meaning(&lanes);
    // SAFETY: field::ifma clause 1: a token is here.
    Sample { packed: Pair(unsafe { load(&lanes) }), a, b }
}

/// Tries every operation `rounds` times.
#[target_feature(enable = "avx512f,avx512ifma")]
fn every_operation(cpu: Ifma, seed: u64, rounds: usize) {
    let random = &mut Random(seed);
    for _ in 0..rounds {
        let x: Sample<true> = sample(cpu, random);
        let y: Sample<true> = sample(cpu, random);
        same(x.packed, x.a, x.b);
        same(Fp50x2::enter(cpu, &x.a, &x.b), x.a, x.b);
        same(x.packed.swap(), x.b, x.a);
        same(x.packed.lo(), x.a, x.a);
        same(x.packed.hi(), x.b, x.b);
        same(x.packed.blend(y.packed), x.a, y.b);
        same(x.packed.mul(y.packed), x.a * y.a, x.b * y.b);
        same(x.packed.plus(y.packed).square(), (x.a + y.a).square(), (x.b + y.b).square());
        same(x.packed.minus(y.packed).mul(x.packed), (x.a - y.a) * x.a, (x.b - y.b) * x.b);
        same(x.packed.minus_plus(y.packed).mul(y.packed), (x.a - y.a) * y.a, (x.b + y.b) * y.b);
        let (f, g) = (Fp2 { re: x.a, im: x.b }, Fp2 { re: y.a, im: y.b });
        same(x.packed.square_fp2(), f.square().re, f.square().im);
        same(x.packed.mul_fp2(y.packed), (f * g).re, (f * g).im);

        let factors: [(Sample<false>, Sample<false>); 7] =
            core::array::from_fn(|_| (sample(cpu, random), sample(cpu, random)));
        let [(x, y), (z, w), ..] = &factors;
        same(x.packed.mul(y.packed), x.a * y.a, x.b * y.b);
        same(x.packed.square(), x.a.square(), x.b.square());
        let sum = sum_of_products([&x.packed.0, &z.packed.0], [&y.packed.0, &w.packed.0]);
        same(sum, x.a * y.a + z.a * w.a, x.b * y.b + z.b * w.b);
        let seven = sum_of_products(
            factors.each_ref().map(|(x, _)| &x.packed.0),
            factors.each_ref().map(|(_, y)| &y.packed.0),
        );
        let (a, b) = factors
            .iter()
            .fold((Fp::ZERO, Fp::ZERO), |(a, b), (x, y)| (a + x.a * y.a, b + x.b * y.b));
        same(seven, a, b);
    }
}

fn with_ifma(test: impl FnOnce(Ifma)) {
    match Ifma::detect() {
        Some(cpu) => test(cpu),
        None => println!("not run: this CPU has no AVX-512 IFMA"),
    }
}

#[test]
fn weird_and_random_values() {
    // SAFETY: field::ifma clause 1.
    with_ifma(|cpu| unsafe { every_operation(cpu, 1, 2_000) });
}

#[test]
#[ignore = "a million rounds"]
fn a_million_values() {
    // SAFETY: field::ifma clause 1.
    with_ifma(|cpu| unsafe { every_operation(cpu, 2, 1_000_000) });
}

/// Limbs of several patterns, reduced modulo p.
fn element() -> impl Strategy<Value = [u64; 16]> {
    let limb = prop_oneof![
        Just(0u64),
        Just(1),
        Just(1 << 63),
        Just(u64::MAX),
        Just(MODULUS.p[0]),
        any::<u64>(),
    ];
    prop::array::uniform16(limb)
        .prop_map(|limbs: [u64; 16]| portable::subtract_p(&limbs, 0, &MODULUS))
}

proptest! {
    #![proptest_config(cases::at_most(2048))]

    #[test]
    fn enters_and_leaves(a in element(), b in element(), c in element(), d in element()) {
        let (a, b, c, d) = (Fp(a), Fp(b), Fp(c), Fp(d));
        with_ifma(|cpu| {
            // SAFETY: field::ifma clause 1.
            let (x, y) = unsafe { (Fp50x2::enter(cpu, &a, &b), Fp50x2::enter(cpu, &c, &d)) };
            same(x, a, b);
            // SAFETY: field::ifma clause 1.
            unsafe {
                same(x.mul(y), a * c, b * d);
                same(x.minus(y).mul(y), (a - c) * c, (b - d) * d);
                same(x.minus(x).mul(y), Fp::ZERO, Fp::ZERO);
            }
        });
    }
}
