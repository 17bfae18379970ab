//! Batches beside single divsteps, and the inversion beside that of crypto-bigint.

extern crate std;

use crypto_bigint::{Odd, U256, U1024, Uint, Word};
use proptest::prelude::*;
use std::vec::Vec;

use super::{BITS, Inverter, Matrix, batch, divsteps, run};
use crate::cases;

const P: U1024 = U1024::from_be_hex(
    "997abb1f0a563fda65c61198dad0657a416c0ce19cb48261be9ae358b3e01a2e\
     f40aab27e2fc0f1b228730d531a59cb0e791b39ff7c88a19356d27f4a666a6d0\
     e26c6487326b4cd4512ac5cd65681ce1b6aff4a831852a82a7cf3c521c3c09aa\
     9f94d6af56971f1ffce3e82389857db080c5df10ac7ace87666d807afea85feb",
);

/// (p + 1)/4, as p ≡ 3 modulo 4.
const Q: U1024 = P.shr(2).wrapping_add(&U1024::ONE);

/// The prime and the order of P-256.
const P256: U256 =
    U256::from_be_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
const N256: U256 =
    U256::from_be_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/// One divstep by its definition, with 2δ in the place of δ.
fn divstep((delta, f, g): (i64, i128, i128)) -> (i64, i128, i128) {
    if delta > 0 && g & 1 == 1 {
        (2 - delta, g, (g - f) >> 1)
    } else {
        (2 + delta, f, (g + (g & 1) * f) >> 1)
    }
}

/// Compares k divsteps from ζ with a matrix over 2ᵏ and the ζ after it, for |f|, |g| < 2⁶³.
fn is_so_many_divsteps(k: u32, matrix: &Matrix, before: i64, after: i64, f: i64, g: i64) {
    let wide = (i128::from(f), i128::from(g));
    let (delta, end_f, end_g) =
        (0..k).fold((1 - 2 * before, wide.0, wide.1), |state, _| divstep(state));
    let row = |[u, v]: [i64; 2]| i128::from(u) * wide.0 + i128::from(v) * wide.1;
    assert_eq!(matrix.map(row), [end_f << k, end_g << k], "{before} {f:#x} {g:#x}");
    assert_eq!(after, (1 - delta) / 2);
}

#[test]
fn every_run_of_eight() {
    for f in (-127..128).step_by(2) {
        for g in -128..128 {
            for before in -9..=9 {
                let mut zeta = before;
                let matrix = run::<8>(&mut zeta, f, g);
                is_so_many_divsteps(8, &matrix, before, zeta, f, g);
            }
        }
    }
}

/// Limbs for which the rows become long or carry.
fn limb() -> impl Strategy<Value = i64> {
    let extreme = [0, 1, 2, (1 << 61) - 1, 1 << 61, (1 << 62) - 1, 0x1555_5555_5555_5555];
    let short = (any::<i64>(), 0..62).prop_map(|(x, shift)| (x & ((1 << 62) - 1)) >> shift);
    prop_oneof![
        prop::sample::select(extreme.to_vec()),
        short.clone(),
        short.prop_map(|x| x << 30 >> 2)
    ]
}

proptest! {
    #![proptest_config(cases::at_most(4000))]

    #[test]
    fn a_batch_is_62_divsteps(f in limb(), g in limb(), before in -80i64..80) {
        let (f, g) = (f & ((1 << 62) - 1) | 1, g & ((1 << 62) - 1));
        let mut zeta = before;
        let matrix = batch(&mut zeta, f, g);
        is_so_many_divsteps(BITS, &matrix, before, zeta, f, g);
        for [x, y] in matrix {
            prop_assert!(x.abs() + y.abs() <= 1 << BITS);
        }
    }
}

#[test]
fn the_bound_holds_where_all_can_be_tried() {
    for bits in 1..=9 {
        let mut most = 0;
        for f in (1..1i128 << bits).step_by(2) {
            for g in 0..1i128 << bits {
                let mut state = (1, f, g);
                let mut steps = 0;
                while state.2 != 0 {
                    state = divstep(state);
                    steps += 1;
                }
                most = most.max(steps);
            }
        }
        assert!(most <= divsteps(bits), "{bits} bits: {most}");
        assert!(most + 4 > divsteps(bits), "{bits} bits: {most} is so few that the bound is loose");
    }
    // The numbers for the lengths that are used.
    assert_eq!([256, 1022, 1024].map(divsteps), [591, 2355, 2360]);
    assert_eq!([256, 1022, 1024].map(|bits| divsteps(bits).div_ceil(BITS)), [10, 38, 39]);
}

/// The 64-bit words of an integer, whose own words have the target's size.
#[allow(clippy::useless_conversion, reason = "Word has 32 bits on 32-bit targets")]
fn words<const L: usize, const WORDS: usize>(integer: &Uint<L>) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    for (i, &word) in integer.as_words().iter().enumerate() {
        let bit = i * Word::BITS as usize;
        words[bit / 64] |= u64::from(word) << (bit % 64);
    }
    words
}

/// Small numbers, 2ᵏ, 2ᵏ − 1, numbers with two bits, m shifted down, and the negatives of all these.
fn edges<const L: usize>(modulus: &Odd<Uint<L>>) -> Vec<Uint<L>> {
    let m = modulus.as_ref();
    let small = (1u8..=16).map(Uint::from);
    let powers = (0..Uint::<L>::BITS - 2).map(|k| Uint::ONE.shl(k));
    let sparse =
        (5..Uint::<L>::BITS - 2).step_by(13).map(|k| Uint::ONE.shl(k) | Uint::ONE.shl(k / 3));
    let shorter = powers.clone().skip(1).map(|power| power.wrapping_sub(&Uint::ONE));
    let halves = (1..Uint::<L>::BITS - 2).step_by(7).map(|k| m.shr(k));
    let positive: Vec<_> = small.chain(powers).chain(shorter).chain(sparse).chain(halves).collect();
    positive.iter().flat_map(|x| [*x, m.wrapping_sub(x)]).collect()
}

/// Inverts every edge and a chain of values that look random, and compares the inverse, and `factor` times the inverse,
/// with those of crypto-bigint.
fn agrees<const L: usize, const WORDS: usize, const N: usize>(m: &Uint<L>, factor: &Uint<L>) {
    let modulus = Odd::new(*m).unwrap();
    let plain = Inverter::<WORDS, N>::new(&words(m), &words(&Uint::<L>::ONE));
    let scaled = Inverter::<WORDS, N>::new(&words(m), &words(factor));
    assert_eq!(plain.invert(&[0; WORDS]), [0; WORDS]);
    assert_eq!(scaled.invert(&[0; WORDS]), [0; WORDS]);
    let check = |x: &Uint<L>| {
        let inverse = x.invert_odd_mod(&modulus).unwrap();
        assert_eq!(plain.invert(&words(x)), words(&inverse), "{x:x}");
        assert_eq!(inverse.mul_mod(x, modulus.as_nz_ref()), Uint::ONE);
        let product = inverse.mul_mod(factor, modulus.as_nz_ref());
        assert_eq!(scaled.invert(&words(x)), words(&product), "{x:x}");
    };
    edges(&modulus).iter().for_each(check);
    let mut x = m.shr(2);
    for _ in 0..500 {
        check(&x);
        x = x.square_mod(modulus.as_nz_ref()).add_mod(factor, modulus.as_nz_ref());
    }
}

#[test]
fn inverses_modulo_p_and_q() {
    for m in [P, Q] {
        agrees::<{ U1024::LIMBS }, 16, 17>(&m, &m.wrapping_sub(&U1024::ONE));
        agrees::<{ U1024::LIMBS }, 16, 17>(
            &m,
            &U1024::MAX.rem_vartime(Odd::new(m).unwrap().as_nz_ref()),
        );
    }
}

#[test]
fn inverses_modulo_those_of_p256() {
    for m in [P256, N256] {
        agrees::<{ U256::LIMBS }, 4, 5>(&m, &m.wrapping_sub(&U256::ONE));
        agrees::<{ U256::LIMBS }, 4, 5>(&m, &m.wrapping_neg());
    }
}
