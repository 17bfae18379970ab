//! One element of 𝔽_p: 16 × 64-bit limbs in Montgomery form, R = 2¹⁰²⁴.

use core::ops::{Add, Mul, Neg, Sub};

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{U1024, Word};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, CtOption};
use zeroize::Zeroize;

use super::kernel::portable::{self, Limbs, Modulus};
use super::{Field, OCTETS};

/// p of RFC 6509 appendix A.
const P_HEX: &str = "997abb1f0a563fda65c61198dad0657a416c0ce19cb48261be9ae358b3e01a2e\
                     f40aab27e2fc0f1b228730d531a59cb0e791b39ff7c88a19356d27f4a666a6d0\
                     e26c6487326b4cd4512ac5cd65681ce1b6aff4a831852a82a7cf3c521c3c09aa\
                     9f94d6af56971f1ffce3e82389857db080c5df10ac7ace87666d807afea85feb";

crypto_bigint::const_monty_params!(
    BigintModulus,
    U1024,
    P_HEX,
    "p, for the inversion and constants"
);

/// The same element on crypto-bigint, which has the same R: the bridge costs nothing.
type BigintForm = ConstMontyForm<BigintModulus, { U1024::LIMBS }>;

pub(super) const MODULUS: Modulus = Modulus::new(limbs(&U1024::from_be_hex(P_HEX)));

/// An element x of 𝔽_p, kept as x·2¹⁰²⁴ mod p, always below p: equal elements have equal limbs.
#[derive(Clone, Copy)]
pub(crate) struct Fp(pub(super) Limbs);

impl Fp {
    pub(crate) const ZERO: Self = Self([0; 16]);
    pub(crate) const ONE: Self = Self(limbs(BigintForm::ONE.as_montgomery()));

    /// A constant of the parameter set from its 256 hexadecimal digits. For compile time only.
    pub(crate) const fn from_hex(hex: &str) -> Self {
        Self(limbs(BigintForm::new(&U1024::from_be_hex(hex)).as_montgomery()))
    }

    /// RFC 6508 section 4: 128 octets, big-endian; none for an integer of p or above.
    ///
    /// Constant time: the coordinates of an RSK pass here.
    pub(crate) fn from_be_bytes(octets: &[u8; OCTETS]) -> CtOption<Self> {
        let mut integer = [0u64; 16];
        for (limb, chunk) in integer.iter_mut().rev().zip(octets.as_chunks::<8>().0) {
            *limb = u64::from_be_bytes(*chunk);
        }
        let in_range = portable::is_reduced(&integer, &MODULUS);
        // The product is right for any 1024-bit integer times R² < p; its value is used if x < p.
        CtOption::new(Self(integer) * Self::R_SQUARED, in_range)
    }

    /// 128 octets, big-endian, below p.
    pub(crate) fn to_be_bytes(self) -> [u8; OCTETS] {
        let plain = self * Self::UNIT;
        let mut octets = [0; OCTETS];
        for (chunk, limb) in octets.as_chunks_mut::<8>().0.iter_mut().zip(plain.0.iter().rev()) {
            *chunk = limb.to_be_bytes();
        }
        octets
    }

    /// 1/self, and 0 for 0; in constant time (Bernstein–Yang divsteps).
    pub(crate) fn invert(self) -> Self {
        let inverse = BigintForm::from_montgomery(integer(&self.0)).invert();
        Self(limbs(inverse.unwrap_or(BigintForm::ZERO).as_montgomery()))
    }

    /// R² mod p as bare limbs: times this, an integer enters Montgomery form.
    const R_SQUARED: Self =
        Self(limbs(BigintForm::new(BigintForm::ONE.as_montgomery()).as_montgomery()));

    /// The integer 1 as bare limbs: times this, an element leaves Montgomery form.
    const UNIT: Self = Self([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
}

impl Field for Fp {
    #[inline]
    fn square(self) -> Self {
        Self(portable::square(&self.0, &MODULUS))
    }

    #[inline]
    fn double(self) -> Self {
        self + self
    }
}

impl Add for Fp {
    type Output = Self;

    #[inline]
    fn add(self, rhs: Self) -> Self {
        Self(portable::add(&self.0, &rhs.0, &MODULUS))
    }
}

impl Sub for Fp {
    type Output = Self;

    #[inline]
    fn sub(self, rhs: Self) -> Self {
        Self(portable::sub(&self.0, &rhs.0, &MODULUS))
    }
}

impl Mul for Fp {
    type Output = Self;

    #[inline]
    fn mul(self, rhs: Self) -> Self {
        Self(portable::mul(&self.0, &rhs.0, &MODULUS))
    }
}

impl Neg for Fp {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl ConstantTimeEq for Fp {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl ConditionallySelectable for Fp {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        let mut out = [0; 16];
        for (limb, (a, b)) in out.iter_mut().zip(a.0.iter().zip(&b.0)) {
            *limb = u64::conditional_select(a, b, choice);
        }
        Self(out)
    }
}

impl Zeroize for Fp {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// A crypto-bigint integer, whose words follow the target, as 64-bit limbs.
#[allow(clippy::unnecessary_cast, reason = "Word has 32 bits on 32-bit targets")]
const fn limbs(integer: &U1024) -> Limbs {
    let words = integer.as_words();
    let mut out = [0u64; 16];
    let mut i = 0;
    while i < words.len() {
        let bit = i * Word::BITS as usize;
        out[bit / 64] |= (words[i] as u64) << (bit % 64);
        i += 1;
    }
    out
}

/// The inverse of [`limbs`].
#[allow(clippy::unnecessary_cast, reason = "Word has 32 bits on 32-bit targets")]
const fn integer(limbs: &Limbs) -> U1024 {
    let mut words = [0 as Word; U1024::LIMBS];
    let mut i = 0;
    while i < words.len() {
        let bit = i * Word::BITS as usize;
        words[i] = (limbs[bit / 64] >> (bit % 64)) as Word;
        i += 1;
    }
    U1024::from_words(words)
}
