//! The forms in which the crate holds an integer: octets, limbs, Montgomery limbs, and the digits of
//! the AVX-512 routines.

use crypto_bigint::{Odd, U256, U1024};

use crate::masked::Masked;

/// The kind of a form, which `derive` prints and by which finds are counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    Octets,
    Words,
}

/// What is searched for. It is 16 octets of a secret, or 8 where neighbours belong to different numbers.
#[derive(Clone, Debug)]
pub struct Needle {
    pub kind: Kind,
    pub octets: Masked,
}

/// The needles for octets as they are sent, one for every 16 octets.
pub fn octets(plain: &[u8], needles: &mut Vec<Needle>) {
    for chunk in plain.chunks_exact(16) {
        push(Kind::Octets, chunk, needles);
    }
}

/// The needles for keys of messages. Each is 16 octets, or the rest of a key, which may have 12 or 14 octets.
pub fn short(plain: &[u8], needles: &mut Vec<Needle>) {
    for chunk in plain.chunks(16) {
        push(Kind::Octets, chunk, needles);
    }
}

/// The needles for limbs, each of two neighbouring 64-bit words in little-endian order.
fn limbs(little_endian: &[u8], needles: &mut Vec<Needle>) {
    for chunk in little_endian.chunks_exact(16) {
        push(Kind::Words, chunk, needles);
    }
}

/// An integer below the q of P-256, as octets, limbs, and limbs in Montgomery form.
pub fn scalar_256(big_endian: &[u8], needles: &mut Vec<Needle>) {
    octets(big_endian, needles);
    let x = U256::from_be_slice(big_endian);
    limbs(&x.to_le_bytes()[..], needles);
    let mut montgomery = x;
    for _ in 0..256 {
        montgomery = montgomery.add_mod(&montgomery, Q_256.as_nz_ref());
    }
    limbs(&montgomery.to_le_bytes()[..], needles);
}

/// An integer modulo the q or the p of SAKKE, as octets, limbs, and limbs in Montgomery form.
pub fn integer_1024(big_endian: &[u8], modulus: &Odd<U1024>, needles: &mut Vec<Needle>) {
    octets(big_endian, needles);
    let x = U1024::from_be_slice(big_endian);
    limbs(&x.to_le_bytes()[..], needles);
    limbs(&times_power_of_2(&x, 1024, modulus).to_le_bytes()[..], needles);
}

/// An element of 𝔽_p, in the forms of any integer, and in digits of 52 and of 50 bits. The digits are those of the
/// element and of other integers that stand for it.
pub fn element(big_endian: &[u8], needles: &mut Vec<Needle>) {
    integer_1024(big_endian, &p(), needles);
    let x = U1024::from_be_slice(big_endian);
    for (bits, shift, multiples) in [(52, 1040, 0), (50, 1050, 10), (50, 1024, 0), (52, 1024, 0)] {
        let form = times_power_of_2(&x, shift, &p());
        for multiple in 0..=multiples {
            for digit in digits(&form, multiple, bits) {
                // A digit of less than 40 bits could be anything.
                if digit >> 40 != 0 {
                    push(Kind::Words, &digit.to_le_bytes(), needles);
                }
            }
        }
    }
}

/// x + multiple·p in digits of `bits` bits.
fn digits(x: &U1024, multiple: u64, bits: usize) -> Vec<u64> {
    // Words in little-endian order, with room above.
    let mut words = [0u64; 18];
    let (x, p) = (x.to_le_bytes(), p().to_le_bytes());
    let word = |octets: &[u8], i: usize| {
        octets[8 * i..8 * i + 8]
            .iter()
            .rev()
            .fold(0u64, |word, octet| word << 8 | u64::from(*octet))
    };
    let mut carry = 0u128;
    for (i, sum) in words.iter_mut().enumerate().take(16) {
        carry += u128::from(word(&x, i)) + u128::from(multiple) * u128::from(word(&p, i));
        *sum = carry as u64;
        carry >>= 64;
    }
    words[16] = carry as u64;
    let digit = |i: usize| {
        let (word, shift) = (bits * i / 64, bits * i % 64);
        let two = u128::from(words[word]) | u128::from(words[word + 1]) << 64;
        (two >> shift) as u64 & ((1 << bits) - 1)
    };
    (0..1050 / bits).map(digit).collect()
}

fn times_power_of_2(x: &U1024, power: usize, modulus: &Odd<U1024>) -> U1024 {
    (0..power).fold(*x, |x, _| x.add_mod(&x, modulus.as_nz_ref()))
}

fn push(kind: Kind, plain: &[u8], needles: &mut Vec<Needle>) {
    // Zeros, as in the upper half of a short integer, are everywhere in memory.
    if plain.iter().filter(|octet| **octet != 0).count() >= 6 {
        needles.push(Needle { kind, octets: Masked::new(plain) });
    }
}

pub fn p() -> Odd<U1024> {
    Odd::new(U1024::from_be_hex(P)).expect("odd")
}

pub fn q() -> Odd<U1024> {
    Odd::new(U1024::from_be_hex(P).wrapping_add(&U1024::ONE).shr(2)).expect("odd")
}

/// p of RFC 6509 appendix A; q is (p + 1)/4.
const P: &str = "997abb1f0a563fda65c61198dad0657a416c0ce19cb48261be9ae358b3e01a2e\
                 f40aab27e2fc0f1b228730d531a59cb0e791b39ff7c88a19356d27f4a666a6d0\
                 e26c6487326b4cd4512ac5cd65681ce1b6aff4a831852a82a7cf3c521c3c09aa\
                 9f94d6af56971f1ffce3e82389857db080c5df10ac7ace87666d807afea85feb";

pub const Q_256: Odd<U256> =
    Odd::<U256>::from_be_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
