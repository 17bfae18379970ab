//! One element of 𝔽_p: 16 × 64-bit limbs in Montgomery form, R = 2¹⁰²⁴.

mod unreduced;

use core::ops::{Add, Mul, Neg, Sub};

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{JacobiSymbol, Odd, U1024, Word};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, CtOption};
use zeroize::Zeroize;

use super::kernel;
use super::kernel::portable::{self, Limbs, Modulus};
use super::{Field, OCTETS};
use crate::divsteps::{Inverter, invert_all};
use crate::words;
use unreduced::Unreduced;

/// p of RFC 6509 appendix A.
const P_HEX: &str = "997abb1f0a563fda65c61198dad0657a416c0ce19cb48261be9ae358b3e01a2e\
                     f40aab27e2fc0f1b228730d531a59cb0e791b39ff7c88a19356d27f4a666a6d0\
                     e26c6487326b4cd4512ac5cd65681ce1b6aff4a831852a82a7cf3c521c3c09aa\
                     9f94d6af56971f1ffce3e82389857db080c5df10ac7ace87666d807afea85feb";

crypto_bigint::const_monty_params!(BigintModulus, U1024, P_HEX, "p, for constants");

/// The same element in crypto-bigint. It has the same R, so a conversion costs nothing.
type BigintForm = ConstMontyForm<BigintModulus, { U1024::LIMBS }>;

pub(super) const MODULUS: Modulus = Modulus::new(limbs(&U1024::from_be_hex(P_HEX)));

static INVERTER: Inverter<16, 17> = Inverter::new(&MODULUS.p, &Fp::R_SQUARED.0);

/// An element x of 𝔽_p, kept as x·2¹⁰²⁴ mod p. It is always below p, so equal elements have equal limbs.
#[derive(Clone, Copy)]
pub(crate) struct Fp(pub(super) Limbs);

impl Fp {
    pub(crate) const ZERO: Self = Self([0; 16]);
    pub(crate) const ONE: Self = Self(limbs(BigintForm::ONE.as_montgomery()));

    pub(crate) const THREE: Self = Self(limbs(BigintForm::new(&U1024::from_u8(3)).as_montgomery()));

    /// A constant of the parameter set from its 256 hexadecimal digits. For compile time only.
    pub(crate) const fn from_hex(hex: &str) -> Self {
        Self(limbs(BigintForm::new(&U1024::from_be_hex(hex)).as_montgomery()))
    }

    /// Element `index` of a table file: 16 little-endian limbs of 8 octets in Montgomery form.
    pub(crate) const fn from_table(file: &[u8], index: usize) -> Self {
        Self(words::from_table(file, index))
    }

    /// The octets that [`from_table`](Self::from_table) reads.
    #[cfg(test)]
    pub(crate) fn to_table(self) -> [u8; OCTETS] {
        let mut octets = [0; OCTETS];
        for (chunk, limb) in octets.as_chunks_mut::<8>().0.iter_mut().zip(self.0) {
            *chunk = limb.to_le_bytes();
        }
        octets
    }

    /// RFC 6508 section 4: 128 octets, big-endian, and none for an integer of p or above.
    ///
    /// Constant time, because the coordinates of an RSK are decoded here.
    pub(crate) fn from_be_bytes(octets: &[u8; OCTETS]) -> CtOption<Self> {
        let mut integer = [0u64; 16];
        for (limb, chunk) in integer.iter_mut().rev().zip(octets.as_chunks::<8>().0) {
            *limb = u64::from_be_bytes(*chunk);
        }
        let in_range = portable::is_reduced(&integer, &MODULUS);
        // The first operand may be any 1024-bit integer. The product counts only if it was below p.
        CtOption::new(Self(integer) * Self::R_SQUARED, in_range)
    }

    /// 128 octets, big-endian, below p.
    pub(crate) fn to_be_bytes(self) -> [u8; OCTETS] {
        let mut octets = [0; OCTETS];
        self.write_be_bytes(&mut octets);
        octets
    }

    /// Writes [`to_be_bytes`](Self::to_be_bytes) to the place where the octets of a secret stay.
    pub(crate) fn write_be_bytes(&self, octets: &mut [u8; OCTETS]) {
        let plain = *self * Self::UNIT;
        for (chunk, limb) in octets.as_chunks_mut::<8>().0.iter_mut().zip(plain.0.iter().rev()) {
            *chunk = limb.to_be_bytes();
        }
    }

    /// self·rhs by the portable kernel, whichever kernel runs otherwise: for benches.
    #[cfg(feature = "hazmat")]
    pub(crate) fn portable_mul(self, rhs: Self) -> Self {
        Self(portable::mul(&self.0, &rhs.0, &MODULUS))
    }

    /// self² by the portable kernel: for benches.
    #[cfg(feature = "hazmat")]
    pub(crate) fn portable_square(self) -> Self {
        Self(portable::square(&self.0, &MODULUS))
    }

    /// 1/self, and 0 for 0, in constant time.
    pub(crate) fn invert(self) -> Self {
        Self(INVERTER.invert(&self.0))
    }

    /// Whether self is a square other than 0, by its Jacobi symbol. Leaks self.
    ///
    /// The Montgomery form x·2¹⁰²⁴ is a square if and only if x is.
    pub(crate) fn is_square_vartime(&self) -> bool {
        const P: Odd<U1024> = Odd::<U1024>::from_be_hex(P_HEX);
        integer(&self.0).jacobi_symbol_vartime(&P) == JacobiSymbol::One
    }

    /// The element whose mask is all ones, where the other masks are 0. It is 0 if no mask is. Every element is read.
    #[inline]
    pub(crate) fn masked<'a>(elements: impl Iterator<Item = &'a Self>, masks: &[u64]) -> Self {
        Self(kernel::masked(elements.map(|element| &element.0), masks))
    }

    /// Inverts every element with one inversion, and leaves 0 as it is.          3M an element, I
    ///
    /// Constant time. In the product of all, a 0 is replaced by 1.
    pub(crate) fn invert_all<const N: usize>(elements: &mut [Self; N]) {
        let zeros = elements.map(|element| element.ct_eq(&Self::ZERO));
        for (element, zero) in elements.iter_mut().zip(zeros) {
            element.replace(&Self::ONE, zero);
        }
        let (mut before, one) = ([Self::ONE; N], Self::ONE);
        invert_all(elements, |x| x, &mut before, |x| x, one, |x, y| *x * *y, |x| x.invert());
        for (element, zero) in elements.iter_mut().zip(zeros) {
            element.replace(&Self::ZERO, zero);
        }
    }

    /// self ← other, if the choice says so.
    ///
    /// It isn't inlined, so that the compiler doesn't gather the limbs of several elements in a vector.
    #[inline(never)]
    fn replace(&mut self, other: &Self, choice: Choice) {
        self.conditional_assign(other, choice);
    }

    /// The element of a small integer. For compile time only.
    #[cfg(target_arch = "x86_64")]
    pub(crate) const fn from_u64(integer: u64) -> Self {
        Self(limbs(BigintForm::new(&U1024::from_u64(integer)).as_montgomery()))
    }

    /// x·2¹⁰²⁴ mod p, for the vector forms.
    #[cfg(target_arch = "x86_64")]
    pub(super) const fn to_limbs(self) -> Limbs {
        self.0
    }

    /// The inverse of [`Fp::to_limbs`], for limbs below p.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn from_limbs(limbs: Limbs) -> Self {
        debug_assert!(bool::from(portable::is_reduced(&limbs, &MODULUS)), "an element is below p");
        Self(limbs)
    }

    /// R² mod p as bare limbs. An integer times this is in Montgomery form.
    const R_SQUARED: Self =
        Self(limbs(BigintForm::new(BigintForm::ONE.as_montgomery()).as_montgomery()));

    /// The integer 1 as bare limbs. An element times this is the integer that it stands for.
    const UNIT: Self = Self([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
}

impl Field for Fp {
    #[inline]
    fn square(self) -> Self {
        Self(kernel::square(&self.0, &MODULUS))
    }

    #[inline]
    fn double(self) -> Self {
        self + self
    }

    #[inline]
    fn mul_minus_product(self, x: Self, y: Self, z: Self) -> Self {
        Unreduced::product(&self, &x).minus(&Unreduced::product(&y, &z)).reduce()
    }

    #[inline]
    fn mul_minus_double_square(self, x: Self, y: Self) -> Self {
        let square = Unreduced::square(&y);
        Unreduced::product(&self, &x).minus(&square).minus(&square).reduce()
    }

    #[inline]
    fn complex_product([a, b]: [Self; 2], [c, d]: [Self; 2]) -> [Self; 2] {
        let (ac, bd) = (Unreduced::product(&a, &c), Unreduced::product(&b, &d));
        let im = Unreduced::product(&(a + b), &(c + d)).minus(&ac).minus(&bd).reduce();
        [ac.minus(&bd).reduce(), im]
    }

    #[inline]
    fn plus_products<'a>(self, mut pairs: impl Iterator<Item = (&'a Self, &'a Self)>) -> Self {
        let Some((x, y)) = pairs.next() else { return self };
        let mut sum = Unreduced::product(x, y);
        for (x, y) in pairs {
            sum.add(&Unreduced::product(x, y));
        }
        self + sum.reduce()
    }
}

impl Add for Fp {
    type Output = Self;

    #[inline]
    fn add(self, rhs: Self) -> Self {
        Self(kernel::add(&self.0, &rhs.0, &MODULUS))
    }
}

impl Sub for Fp {
    type Output = Self;

    #[inline]
    fn sub(self, rhs: Self) -> Self {
        Self(kernel::sub(&self.0, &rhs.0, &MODULUS))
    }
}

impl Mul for Fp {
    type Output = Self;

    #[inline]
    fn mul(self, rhs: Self) -> Self {
        Self(kernel::mul(&self.0, &rhs.0, &MODULUS))
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
    // It isn't inlined. In the code of a routine with vectors, `assure/disassembly` couldn't tell its loop over the
    // limbs from a loop whose end depends on what the vectors hold.
    #[inline(never)]
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

/// A crypto-bigint integer, whose words have the target's size, as 64-bit limbs.
#[allow(clippy::unnecessary_cast, reason = "Word has 32 bits on 32-bit targets")]
pub(crate) const fn limbs(integer: &U1024) -> Limbs {
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
pub(crate) const fn integer(limbs: &Limbs) -> U1024 {
    let mut words = [0 as Word; U1024::LIMBS];
    let mut i = 0;
    while i < words.len() {
        let bit = i * Word::BITS as usize;
        words[i] = (limbs[bit / 64] >> (bit % 64)) as Word;
        i += 1;
    }
    U1024::from_words(words)
}
