//! A scalar as the combs of [`curve`](crate::curve) and [`torus`](crate::torus) read it.
//!
//! Its digits are all +1 or −1, and none is 0 (Hamburg, Fast and compact elliptic-curve cryptography,
//! section 3.3). With m of them and k′ = (k + 2ᵐ − 1)/2 mod q,
//!
//! ```text
//! k ≡ Σ (2k′ᵢ − 1)·2ⁱ  (mod q),  i = 0 … m − 1
//! ```
//!
//! for any k, 0 included. The m = 6·4·43 = 1032 digits are dealt to 4 tables: digit i + 43j + 172t is
//! tooth t of table j in step i. A table holds the 32 sums of its six teeth in which the top one is positive. The other
//! 32 are their negatives. `docs/p256-comb.md` derives such digits.

use crypto_bigint::U1024;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::{MontyForm, Scalar};
#[cfg(all(feature = "alloc", target_arch = "x86_64"))]
use crate::digits::of_lanes;
pub(crate) use crate::digits::table;
use crate::digits::{entry, teeth};
use crate::fault;
use crate::params::Q;
#[cfg(target_arch = "x86_64")]
use crate::words::bits;

/// Teeth of a table.
pub(crate) const TEETH: usize = 6;
/// Tables of a comb.
pub(crate) const TABLES: usize = 4;
/// Steps of a multiplication, and the distance between tables.
pub(crate) const STEPS: usize = 43;
/// Entries of a table.
pub(crate) const ENTRIES: usize = 1 << (TEETH - 1);

/// m, which is more than the number of bits of q.
const DIGITS: usize = TEETH * TABLES * STEPS;

/// 2ᵐ − 1 mod q. 2ᵐ is 256·2¹⁰²⁴, the Montgomery form of 256, and isn't 0 modulo q.
const ALL_SET: U1024 = MontyForm::new(&U1024::from_u16(1 << (DIGITS - 1024)))
    .to_montgomery()
    .wrapping_sub(&U1024::ONE);

/// k′, whose bit i is 1 for the digit +1 and 0 for −1. Wiped on drop.
pub(crate) struct SignedDigits(Zeroizing<[u64; 16]>);

impl SignedDigits {
    /// The digits of k, in constant time.
    pub(crate) fn new(k: &Scalar) -> Self {
        let twice = k.0.add_mod(&ALL_SET, Q.as_nz_ref());
        // Half of it modulo q: q is odd, so twice or twice + q is even. There is no carry, as twice + q < 2q < 2¹⁰²⁴.
        let addend = U1024::conditional_select(&U1024::ZERO, Q.as_ref(), twice.is_odd().into());
        let mut digits = Scalar(twice.wrapping_add(&addend).shr(1)).limbs();
        fault::at("digits", &mut *digits);
        Self(digits)
    }

    /// Whether these are still the digits of k: a fault may have spoilt them since.
    pub(crate) fn are_of(&self, k: &Scalar) -> Choice {
        self.0.as_slice().ct_eq(Self::new(k).0.as_slice())
    }

    /// The entry of `table` in `step`, and whether it is to be negated.
    pub(crate) fn entry(&self, table: usize, step: usize) -> (u8, Choice) {
        let digits = teeth(&*self.0, step + STEPS * table, STEPS * TABLES, TEETH);
        entry(digits, TEETH)
    }
}

/// The digits of the integer k | 1 in windows of six. Wiped on drop.
///
/// They are not reduced modulo q, so the base may have any order, while [`SignedDigits`] need a base of order q. k | 1
/// is odd, and so it has m = 6·171 digits ±1 as it stands: k | 1 = 2k′ − (2ᵐ − 1) for k′ = 2ᵐ⁻¹ + ⌊k/2⌋.
#[cfg(target_arch = "x86_64")]
pub(crate) struct Windows {
    /// 2k′ + (k mod 2), which is 2ᵐ + k. Its lowest bit, below k′, tells whether k is odd.
    twice: Zeroizing<[u64; 17]>,
}

#[cfg(target_arch = "x86_64")]
impl Windows {
    /// Windows of a scalar: 1022 bits and a sign.
    pub(crate) const COUNT: usize = 1023usize.div_ceil(TEETH);

    /// The digits of k | 1, in constant time.
    pub(crate) fn new(k: &Scalar) -> Self {
        let mut twice = Zeroizing::new([0; 17]);
        twice[..16].copy_from_slice(&*k.limbs());
        twice[16] = 1 << (TEETH * Self::COUNT - 1024);
        Self { twice }
    }

    /// Whether k is even. Then k | 1 = k + 1, and B must be subtracted from [k | 1]B.
    pub(crate) fn is_one_more(&self) -> Choice {
        (self.twice[0] & 1).ct_eq(&0)
    }

    /// Window w as ±(2e + 1): e, and whether the sign is minus.
    pub(crate) fn entry(&self, window: usize) -> (u8, Choice) {
        entry(bits(&*self.twice, TEETH * window + 1, TEETH), TEETH)
    }
}

/// The digits of up to eight scalars, and those of 0 in the lanes beyond them.
#[cfg(all(feature = "alloc", target_arch = "x86_64"))]
pub(crate) fn of_eight(scalars: &[Scalar]) -> [SignedDigits; 8] {
    core::array::from_fn(|l| SignedDigits::new(scalars.get(l).unwrap_or(&Scalar::ZERO)))
}

/// The entry of `table` in `step` for each of eight scalars. Bit l tells whether that of lane l is to be negated.
#[cfg(all(feature = "alloc", target_arch = "x86_64"))]
pub(crate) fn entries(digits: &[SignedDigits; 8], table: usize, step: usize) -> ([u8; 8], u8) {
    of_lanes(digits.each_ref().map(|digits| digits.entry(table, step)))
}

#[cfg(test)]
#[cfg(target_arch = "x86_64")]
mod tests {
    use super::*;
    use crate::scalar::OCTETS;

    /// Primes below 2³¹, modulo which integers are compared.
    const PRIMES: [i64; 3] = [2_147_483_647, 2_147_483_629, 2_147_483_587];

    fn scalars() -> [Scalar; 6] {
        let mut one = [0; OCTETS];
        one[OCTETS - 1] = 1;
        let mut two = [0; OCTETS];
        two[OCTETS - 1] = 2;
        [[0; OCTETS], one, two, [0x25; OCTETS], [0xff; OCTETS], [0x5a; OCTETS]]
            .map(|octets| Scalar::reduce(&octets))
    }

    /// ±(2e + 1).
    fn value((index, negative): (u8, Choice)) -> i64 {
        assert!(usize::from(index) < ENTRIES);
        let value = 2 * i64::from(index) + 1;
        if bool::from(negative) { -value } else { value }
    }

    #[test]
    fn windows_add_up_to_the_scalar_made_odd() {
        for k in scalars() {
            let windows = Windows::new(&k);
            let octets = k.to_be_bytes();
            let even = octets[OCTETS - 1] % 2 == 0;
            assert_eq!(bool::from(windows.is_one_more()), even);
            for prime in PRIMES {
                let horner = |sum: i64, base: i64, next: i64| (sum * base + next).rem_euclid(prime);
                let integer = octets.iter().fold(0, |sum, &o| horner(sum, 256, i64::from(o)));
                let sum = (0..Windows::COUNT)
                    .rev()
                    .fold(0, |sum, window| horner(sum, 64, value(windows.entry(window))));
                assert_eq!(sum, (integer + i64::from(even)) % prime);
            }
        }
    }

    #[test]
    #[cfg(feature = "alloc")]
    fn eight_scalars_are_read_each_for_itself() {
        let scalars = scalars();
        let digits = of_eight(&scalars);
        for (table, step) in [(0, 0), (3, 42), (1, 7), (2, 30)] {
            let (indices, negative) = entries(&digits, table, step);
            for (lane, of_lane) in indices.into_iter().enumerate() {
                let k = scalars.get(lane).cloned().unwrap_or(Scalar::ZERO);
                let (index, sign) = SignedDigits::new(&k).entry(table, step);
                assert_eq!((of_lane, negative >> lane & 1), (index, sign.unwrap_u8()));
            }
        }
    }
}
