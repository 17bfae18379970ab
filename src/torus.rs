//! PF_p = 𝔽_p²*/𝔽_p* (RFC 6508 section 2.1), the group that the pairing maps into. It is cyclic of order p + 1.
//!
//! The representative of a class a + ib is b/a ∈ 𝔽_p. The class of i, which is the one element of order 2, has no
//! representative. It isn't in the subgroup of order q, in which SAKKE works.

mod comb;
#[cfg(target_arch = "x86_64")]
mod ifma;

#[cfg(feature = "alloc")]
use core::ops::Mul;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroize;

#[cfg(all(feature = "alloc", target_arch = "x86_64"))]
use crate::backend::Ifma;
use crate::ct;
use crate::fault;
use crate::field::{Fp, Fp2};
use crate::params::G;
use crate::scalar::Scalar;
use crate::wiped::Wiped;

/// From this many powers on, eight lanes are faster than one power at a time, even if some lanes are idle.
#[cfg(all(feature = "alloc", target_arch = "x86_64"))]
const EIGHT_PAYS_FROM: usize = 3;

/// A class of PF_p as a + ib, up to a factor in 𝔽_p*. Wiped on drop.
pub(crate) struct Torus(Fp2<Fp>);

impl Torus {
    /// g = ⟨P, P⟩.
    pub(crate) const G: Self = Self::from_representative(G);

    /// The class 1 + ix, whose representative is x.
    pub(crate) const fn from_representative(x: Fp) -> Self {
        Self(Fp2 { re: Fp::ONE, im: x })
    }

    /// gʳ in constant time, by the comb of g if the crate was built with it.
    pub(crate) fn pow_g(r: &Scalar) -> Self {
        let mut power = if cfg!(feature = "tables") {
            comb::pow_g(r)
        } else {
            Self::G.pow(r.to_be_bytes().as_slice())
        };
        fault::at("gʳ", &mut power);
        power
    }

    /// gʳ for each of up to eight r, and the class of 1 in the places beyond them.
    #[cfg(feature = "alloc")]
    pub(crate) fn pow_g_all(r: &[Scalar]) -> [Self; 8] {
        #[cfg(target_arch = "x86_64")]
        if cfg!(feature = "tables")
            && let Some(ifma) = Ifma::detect().filter(|_| r.len() >= EIGHT_PAYS_FROM)
        {
            let mut powers = ifma::comb_eight::pow_g(ifma, r);
            fault::at("gʳ", &mut powers);
            return powers;
        }
        core::array::from_fn(|l| r.get(l).map_or(Self(Fp2::ONE), Self::pow_g))
    }

    /// selfᵏ for an exponent of any length, big-endian, by fixed windows of four bits.
    ///
    /// 15 products (3M) for the table; per octet 8 squarings (2M) and 2 products (3M).
    ///
    /// Secret: self and the exponent. Leaks: the exponent's length. Every entry of the table is read for every digit.
    // It isn't inlined. Otherwise its caller would hold its 5 KB of stack during a multiplication on the curve too.
    #[inline(never)]
    pub(crate) fn pow(&self, exponent: &[u8]) -> Self {
        let mut table = [Fp2::ONE; 16];
        let mut table = Wiped(&mut table);
        for i in 1..16 {
            table[i] = table[i - 1] * self.0;
        }
        let mut power = Fp2::ONE;
        for octet in exponent {
            for digit in [octet >> 4, octet & 0xf] {
                power = power.square().square().square().square();
                let masks = ct::masks::<16>(digit);
                let part = |of: fn(&Fp2<Fp>) -> &Fp| Fp::masked(table.iter().map(of), &masks);
                power = power * Fp2 { re: part(|entry| &entry.re), im: part(|entry| &entry.im) };
            }
        }
        Self(power)
    }

    /// This class if `holds`, else 0, which is no class.
    ///
    /// It withholds a power whose digits a fault has changed, because anybody may be able to compute such a power.
    fn if_right(self, holds: Choice) -> Self {
        let part = |part: &Fp| Fp::conditional_select(&Fp::ZERO, part, holds);
        Self(Fp2 { re: part(&self.0.re), im: part(&self.0.im) })
    }

    /// Whether x is the representative b/a. The class of i has none, nor does 0, which is no class.         M
    pub(crate) fn is_represented_by(&self, x: &Fp) -> Choice {
        self.0.im.ct_eq(&(*x * self.0.re)) & self.has_representative()
    }

    /// Whether the inverse of this class, that of a − ib, has the representative x.                    M
    pub(crate) fn is_inverse_of(&self, x: &Fp) -> Choice {
        self.is_represented_by(&-*x)
    }

    /// Whether there is a representative. There is none for the class of i, nor for 0, which is no class.
    pub(crate) fn has_representative(&self) -> Choice {
        !self.0.re.ct_eq(&Fp::ZERO)
    }

    /// The representative b/a, and 0 for the class of i.                               M + I
    pub(crate) fn representative(&self) -> Fp {
        self.representative_over(self.denominator().invert())
    }

    /// a, which is 0 only for the class of i.
    pub(crate) fn denominator(&self) -> Fp {
        self.0.re
    }

    /// The representative, given the inverse of its denominator.                            M
    pub(crate) fn representative_over(&self, inverse: Fp) -> Fp {
        self.0.im * inverse
    }

    /// The representative in L = 128 octets, leading zeros included, as it is hashed.
    #[cfg(any(test, feature = "hazmat"))]
    pub(crate) fn to_bytes(&self) -> [u8; crate::field::OCTETS] {
        self.representative().to_be_bytes()
    }
}

impl ConstantTimeEq for Torus {
    /// b/a = b′/a′, whatever the elements are scaled by.                                  2M
    ///
    /// The class of i equals nothing, not even itself. It isn't in the group of order q, to which all compared classes
    /// belong. 0 equals nothing either. It is no class, and no formula gives it, but a fault may. It would fulfil the
    /// equation with any class.
    fn ct_eq(&self, other: &Self) -> Choice {
        (self.0.im * other.0.re).ct_eq(&(other.0.im * self.0.re))
            & self.has_representative()
            & other.has_representative()
    }
}

#[cfg(feature = "alloc")]
impl Mul for &Torus {
    type Output = Torus;

    /// The product of two classes.                                                        3M
    fn mul(self, rhs: Self) -> Torus {
        Torus(self.0 * rhs.0)
    }
}

impl From<Fp2<Fp>> for Torus {
    fn from(element: Fp2<Fp>) -> Self {
        Self(element)
    }
}

impl Drop for Torus {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_representative_equals_nothing() {
        let i = || Torus(Fp2 { re: Fp::ZERO, im: Fp::ONE });
        let wiped = || Torus(Fp2 { re: Fp::ZERO, im: Fp::ZERO });
        let others =
            [Torus::G, Torus(Fp2::ONE), Torus::from_representative(Fp::THREE), i(), wiped()];
        for none in [i(), wiped()] {
            for other in &others {
                assert!(!bool::from(none.ct_eq(other) | other.ct_eq(&none)));
            }
            for x in [Fp::ZERO, Fp::ONE, Fp::THREE] {
                assert!(!bool::from(none.is_represented_by(&x) | none.is_inverse_of(&x)));
            }
        }
        assert!(bool::from(Torus::G.is_inverse_of(&-G)));
        assert!(!bool::from(Torus::G.is_inverse_of(&G)));
        assert!(bool::from(Torus::G.is_represented_by(&G)));
        assert!(!bool::from(Torus::G.is_represented_by(&Fp::THREE)));
        assert!(bool::from(Torus::G.ct_eq(&Torus(Fp2 { re: Fp::THREE, im: G * Fp::THREE }))));
    }
}
