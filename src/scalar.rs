//! Integers modulo q, the order of P (RFC 6508 section 2.1), such as z, r, identifiers and 1/(a + z).

pub(crate) mod digits;

use crypto_bigint::U1024;
use crypto_bigint::modular::ConstMontyForm;
use rand_core::TryCryptoRng;
use subtle::{
    Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater, ConstantTimeLess,
    CtOption,
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::ct;
use crate::divsteps::Inverter;
#[cfg(feature = "alloc")]
use crate::divsteps::invert_all;
use crate::error::TryError;
use crate::field::{integer, limbs};
use crate::params::{Q, Q_HEX};
use crate::random;

/// Octets of an encoded scalar.
pub(crate) const OCTETS: usize = 128;

crypto_bigint::const_monty_params!(Modulus, U1024, Q_HEX, "q, for products");

type MontyForm = ConstMontyForm<Modulus, { U1024::LIMBS }>;

static INVERTER: Inverter<16, 17> = Inverter::new(&limbs(Q.as_ref()), &limbs(&U1024::ONE));

/// An integer in 0 ..= q − 1. It is secret unless its user says otherwise, and wiped on drop.
#[derive(Clone)]
pub(crate) struct Scalar(U1024);

impl Scalar {
    /// 0.
    #[cfg(feature = "alloc")]
    pub(crate) const ZERO: Self = Self(U1024::ZERO);

    /// 1.
    #[cfg(feature = "alloc")]
    pub(crate) const ONE: Self = Self(U1024::ONE);

    /// The integer of 128 big-endian octets, if it is below q. Constant time.
    pub(crate) fn from_be_bytes(octets: &[u8; OCTETS]) -> CtOption<Self> {
        let scalar = Self(U1024::from_be_slice(octets));
        let in_range = scalar.0.ct_lt(Q.as_ref());
        CtOption::new(scalar, in_range)
    }

    /// Any 128 big-endian octets modulo q.
    ///
    /// 2¹⁰²⁴ < 7q. So 4q, 2q and q are subtracted in turn, each if it isn't larger than what is left. 4q = p + 1 has
    /// 1024 bits, like the integer.
    pub(crate) fn reduce(octets: &[u8; OCTETS]) -> Self {
        let mut scalar = Self(U1024::from_be_slice(octets));
        for multiple in [Q.shl(2), Q.shl(1), *Q.as_ref()] {
            let reduced = Zeroizing::new(scalar.0.wrapping_sub(&multiple));
            let fits = !scalar.0.ct_lt(&multiple);
            scalar.0.conditional_assign(&reduced, fits);
        }
        scalar
    }

    /// q − 1.
    #[cfg(any(test, feature = "hazmat"))]
    pub(crate) fn minus_one() -> Self {
        Self(Q.as_ref().wrapping_sub(&U1024::ONE))
    }

    /// A uniform integer in 2 ..= q − 1, as RFC 6508 section 6.1.1 requires for z.
    ///
    /// q has 1022 bits, so the top two bits of each candidate are cleared. About three candidates of five are then in
    /// range.
    pub(crate) fn try_draw<R: TryCryptoRng + ?Sized>(
        rng: &mut R,
    ) -> Result<Self, TryError<R::Error>> {
        random::first_accepted(rng, |octets: &mut [u8; OCTETS]| {
            octets[0] &= 0x3f;
            let candidate = Self(U1024::from_be_slice(octets));
            let in_range = candidate.0.ct_lt(Q.as_ref()) & candidate.is_at_least_two();
            // A rejected candidate is discarded, so its verdict says nothing of the accepted one.
            ct::declassify(in_range).then_some(candidate)
        })
    }

    /// Whether this is neither 0 nor 1.
    pub(crate) fn is_at_least_two(&self) -> Choice {
        self.0.ct_gt(&U1024::ONE)
    }

    /// Whether this is 0.
    pub(crate) fn is_zero(&self) -> Choice {
        self.0.ct_eq(&U1024::ZERO)
    }

    /// self + rhs mod q, in constant time.
    pub(crate) fn add(&self, rhs: &Self) -> Self {
        Self(self.0.add_mod(&rhs.0, Q.as_nz_ref()))
    }

    /// −self mod q, in constant time.
    pub(crate) fn negate(&self) -> Self {
        Self(self.0.neg_mod(Q.as_nz_ref()))
    }

    /// self·rhs mod q, in constant time.
    pub(crate) fn mul(&self, rhs: &Self) -> Self {
        Self((MontyForm::new(&self.0) * MontyForm::new(&rhs.0)).retrieve())
    }

    /// 1/self mod q, and 0 for 0, in constant time.
    pub(crate) fn invert(&self) -> Self {
        Self(integer(&Zeroizing::new(INVERTER.invert(&self.limbs()))))
    }

    /// Inverts every scalar with one inversion. None may be 0.                3 products each, I
    #[cfg(feature = "alloc")]
    pub(crate) fn invert_all<const N: usize>(scalars: &mut [Self; N]) {
        let mut before = [Self::ONE; N];
        invert_all(scalars, |x| x, &mut before, |x| x, Self::ONE, Self::mul, Self::invert);
    }

    /// The integer as 16 words of 64 bits.
    pub(crate) fn limbs(&self) -> Zeroizing<[u64; 16]> {
        Zeroizing::new(limbs(&self.0))
    }

    /// 128 octets, big-endian.
    pub(crate) fn to_be_bytes(&self) -> Zeroizing<[u8; OCTETS]> {
        let mut octets = Zeroizing::new([0; OCTETS]);
        for (chunk, word) in octets
            .chunks_exact_mut(size_of::<crypto_bigint::Word>())
            .zip(self.0.as_words().iter().rev())
        {
            chunk.copy_from_slice(&word.to_be_bytes());
        }
        octets
    }
}

impl ConstantTimeEq for Scalar {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl Zeroize for Scalar {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Drop for Scalar {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for Scalar {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::random::testing::repeating;

    fn octets(integer: &U1024) -> [u8; OCTETS] {
        integer.to_be_bytes().into()
    }

    #[test]
    fn reduction_is_the_remainder() {
        let q = *Q.as_ref();
        for multiple in 0u8..=6 {
            let base = q.wrapping_mul(&U1024::from(multiple));
            for delta in [U1024::ZERO, U1024::ONE, q.wrapping_sub(&U1024::ONE), U1024::MAX] {
                let value = base.wrapping_add(&delta);
                let expected = value.rem_vartime(Q.as_nz_ref());
                assert_eq!(Scalar::reduce(&octets(&value)).0, expected);
            }
        }
        assert_eq!(Scalar::reduce(&[0xff; OCTETS]).0, U1024::MAX.rem_vartime(Q.as_nz_ref()));
    }

    #[test]
    fn decoding_is_strict_and_encoding_its_inverse() {
        let q = *Q.as_ref();
        let q_minus_1 = octets(&q.wrapping_sub(&U1024::ONE));
        for value in [[0; OCTETS], q_minus_1, [0x25; OCTETS]] {
            let scalar = Scalar::from_be_bytes(&value).into_option().unwrap();
            assert_eq!(*scalar.to_be_bytes(), value);
        }
        assert!(bool::from(Scalar::from_be_bytes(&octets(&q)).is_none()));
        assert!(bool::from(Scalar::from_be_bytes(&[0xff; OCTETS]).is_none()));
    }

    #[test]
    fn inverse_and_sum() {
        let x = Scalar::reduce(&[0x5a; OCTETS]);
        let inverse = x.invert();
        assert_eq!(x.0.mul_mod(&inverse.0, Q.as_nz_ref()), U1024::ONE);
        assert!(bool::from(Scalar(U1024::ZERO).invert().is_zero()));
        assert!(bool::from(x.add(&x.negate()).is_zero()));
        assert!(bool::from(Scalar(U1024::ZERO).negate().is_zero()));
    }

    #[test]
    fn what_is_wiped_is_0() {
        let mut x = Scalar::reduce(&[0x5a; OCTETS]);
        x.zeroize();
        assert!(bool::from(x.is_zero()));
    }

    #[test]
    #[cfg(feature = "alloc")]
    fn inverses_of_all() {
        let x = Scalar::reduce(&[0x5a; OCTETS]);
        let mut all = [x.clone(), Scalar::ONE, x.invert()];
        Scalar::invert_all(&mut all);
        assert_eq!(all.each_ref().map(|scalar| scalar.0), [x.invert().0, U1024::ONE, x.0]);
    }

    #[test]
    fn a_draw_is_in_range_or_refused() {
        // 0x3f…3f and 0 are out of range. A generator that is stuck there is refused.
        for stuck in [0xff, 0x3f, 0x00] {
            let drawn = Scalar::try_draw(&mut repeating(stuck));
            assert!(matches!(drawn, Err(TryError::Refused(Error::Randomness))), "{stuck:#x}");
        }
        // The top two bits are cleared: 0xe5 counts as 0x25, which is in range.
        let drawn = Scalar::try_draw(&mut repeating(0xe5)).unwrap();
        assert_eq!(drawn.to_be_bytes()[..2], [0x25, 0xe5]);
    }
}
