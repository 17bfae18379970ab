//! Compares sums of products and elements of 𝔽_p² in eight lanes, which batches and prepared pairings use, with single
//! elements.

use super::super::digits::BITS;
use super::super::entries::Entries;
use super::super::{Fp2x8, ScaledPair, SharedFactor, ZERO_PAIR, factor_digits, sums_of_products};
use super::*;
use crate::words::to_digits;

/// The integers of a pair, from digits of 50 bits.
fn integers_of_pair(pair: ScaledPair) -> [U2048; 2] {
    // SAFETY: field::ifma clause 2.
    let lanes: [[u64; 2]; 24] = unsafe { core::mem::transmute(pair) };
    assert!(lanes.as_flattened().iter().all(|digit| *digit < 1 << 50));
    assert!(lanes[21..].as_flattened().iter().all(|digit| *digit == 0));
    [0, 1].map(|which| {
        let digits = lanes.iter().rev().map(|pair| U2048::from_u64(pair[which]));
        digits.fold(U2048::ZERO, |sum, digit| sum.wrapping_shl_vartime(50).wrapping_add(&digit))
    })
}

/// Compares sums of all lengths, with factors at their bounds, with the sums of the single products.
#[test]
fn sums_of_products_are_sums_of_products() {
    let Some(ifma) = ifma() else { return };
    let mut random = Random(8);
    let modulus = p().to_nz().unwrap();
    let bound = p().shl(1).wrapping_add(&U2048::ONE.shl(1013));
    let elements = crate::field::tests::weird_elements();
    let mut pairs = [ZERO_PAIR; 8];
    for round in 0..200 {
        let lengths = [1 + round % 7, round / 7 % 8];
        let constant = random.values();
        let left = lengths.map(|n| (0..n).map(|_| random.values()).collect::<Vec<_>>());
        let right = lengths.map(|n| {
            let pick =
                |_| if round == 0 { -Fp::ONE } else { elements[random.below(elements.len())] };
            (0..n).map(pick).collect::<Vec<_>>()
        });
        let common = right.each_ref().map(|right| right.iter().copied().map(SharedFactor::new));
        let common = common.map(Iterator::collect::<Vec<_>>);
        let factors = factor_digits(&constant, &left[0], &left[1]).collect::<Vec<_>>();
        sums_of_products(ifma, &factors, [&common[0], &common[1]], &mut pairs);
        for lane in 0..8 {
            let integers = integers_of_pair(pairs[lane]);
            for (which, integer) in integers.iter().enumerate() {
                let products = left[which].iter().zip(&right[which]);
                let start = if which == 0 { constant.leave()[lane] } else { Fp::ZERO };
                let expected = products.fold(start, |sum, (a, b)| sum + a.leave()[lane] * *b);
                // Its limbs are those of x·2^1024.
                let expected = value_of(&to_digits::<BITS, _, _>(&expected.to_limbs())).shl(16);
                assert_eq!(integer.rem_vartime(&modulus), expected.rem_vartime(&modulus));
                assert!(*integer < bound);
            }
        }
    }
}

/// Compares the formulas in place with the same formulas on single elements, for values at their bounds.
#[test]
fn eight_elements_in_place() {
    if ifma().is_none() {
        return;
    }
    let mut random = Random(9);
    for _ in 0..200 {
        let [a, b] = [(); 2].map(|()| random.values());
        // Entries at the bound of a value, too.
        let entries = [(); 2].map(|()| [(); 4].map(|()| random.values()));
        let table = Entries::<2>::of_values(|c, chunk| entries[c][chunk]);
        let entries = entries[1].map(Fp52x8::leave);
        let indices = [0; 8].map(|_| u8::try_from(random.below(32)).unwrap());
        let negative = random.next().to_le_bytes()[0];
        let (re, im) = (a.leave(), b.leave());
        let entry = |lane: usize| entries.as_flattened()[usize::from(indices[lane])];
        let is_negative = |lane: usize| negative >> lane & 1 == 1;

        let mut elements = Fp2x8::new(a, b);
        elements.square();
        let squares = |lane: usize| Fp2 { re: re[lane], im: im[lane] }.square();
        hold(elements.leave().map(|f| [f.re, f.im]), |lane| [squares(lane).re, squares(lane).im]);
        elements.mul_by_entry(&table, 1, indices, negative);
        hold(elements.leave().map(|f| [f.re, f.im]), |lane| {
            let t = entry(lane);
            let product =
                squares(lane) * Fp2 { re: if is_negative(lane) { -t } else { t }, im: Fp::ONE };
            [product.re, product.im]
        });
        let mut elements = Fp2x8::new(a, b);
        elements.mul_by_entry(&table, 1, [31; 8], 0);
        hold(elements.leave().map(|f| [f.re, f.im]), |lane| {
            let (t, re, im) = (entries[3][7], re[lane], im[lane]);
            [re * t - im, re + im * t]
        });
    }
}
