//! RFC 6508 section 6.2.1: encapsulating a secret to a recipient.
//!
//! # What an encapsulation costs
//!
//! With the comb of g and one element at a time, as on a CPU without AVX-512 (M, S and I in 𝔽_p):
//!
//! ```text
//! R = [r]([b]P + Z)     curve::edwards::windows    5,054M + 4,104S
//! gʳ                    torus::comb                  430M
//! R and gʳ out          Unsealed::seal                14M            + I
//! R is on the curve     Affine::is_on_curve            1M +     2S
//!                                                  5,499M + 4,106S + I
//! ```

#[cfg(all(test, feature = "alloc"))]
mod faults;
#[cfg(feature = "alloc")]
mod prepared;

#[cfg(feature = "alloc")]
pub use prepared::{PreparedKmsPublicKey, PreparedRecipient};

use core::fmt;
use core::hint::black_box;

use rand_core::{CryptoRng, TryCryptoRng};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Encapsulation, SharedSecret, hash};
use crate::ct;
use crate::curve::{Affine, Edwards};
use crate::error::{Error, TryError};
use crate::fault;
use crate::field::Fp;
use crate::identifier::Identifier;
use crate::scalar::Scalar;
use crate::torus::Torus;
use crate::wiped::stack_wiped;

/// Whom a secret is sent to: the identifier b and its public point \[b\]P + Z. Public.
#[derive(Clone, Copy)]
pub struct Recipient {
    id: Identifier,
    point: Edwards<Fp>,
}

impl Recipient {
    /// `point` is \[b\]P + Z.
    pub(super) fn new(id: Identifier, point: Edwards<Fp>) -> Result<Self, Error> {
        // The point is public, and so is what it isn't.
        if ct::declassify(point.is_identity()) {
            return Err(Error::Identifier);
        }
        if !ct::declassify(point.is_point()) {
            return Err(Error::Fault);
        }
        Ok(Self { id, point })
    }

    /// The identifier b.
    #[must_use]
    pub fn identifier(&self) -> &Identifier {
        &self.id
    }

    /// Section 6.2.1 with a chosen SSV. The same SSV gives the same octets every time.
    ///
    /// Secret: the SSV, r, gʳ. Public: the result.
    ///
    /// Errors: [`Error::Fault`] if the computation went wrong.
    pub fn encapsulate(&self, ssv: &SharedSecret) -> Result<Encapsulation, Error> {
        // 2) r = HashToIntegerRange(SSV ‖ b, q)
        let r = hash::r(ssv, &self.id);
        // 3) R = [r]([b]P + Z)
        let big_r = Zeroizing::new(self.point.mul(&r));
        Unsealed { ssv, b: &self.id, r: &r, big_r: &big_r, g_r: &Torus::pow_g(&r) }.seal()
    }

    /// Whether gʳ of this SSV begins with another octet than 00, so that a receiver who hashes it without leading
    /// zero octets computes the same mask. It doesn't for one SSV in 256. Draw another one for such a receiver.
    ///
    /// Secret: the SSV, r, gʳ. Public: the outcome.
    #[must_use]
    pub fn is_read_alike(&self, ssv: &SharedSecret) -> bool {
        stack_wiped(|| {
            let g_r = Zeroizing::new(Torus::pow_g(&hash::r(ssv, &self.id)).representative());
            let octets = Zeroizing::new(g_r.to_be_bytes());
            ct::declassify(!octets[0].ct_eq(&0))
        })
    }

    /// Section 6.2.1 with a fresh SSV.
    ///
    /// Errors: [`Error::Fault`] if the computation went wrong.
    pub fn encapsulate_with_rng<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
    ) -> Result<(Encapsulation, SharedSecret), Error> {
        Ok(self.try_encapsulate_with_rng(rng)?)
    }

    /// [`encapsulate_with_rng`](Self::encapsulate_with_rng) with a generator that can fail.
    pub fn try_encapsulate_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
    ) -> Result<(Encapsulation, SharedSecret), TryError<R::Error>> {
        let ssv = SharedSecret::try_generate(rng)?;
        Ok((self.encapsulate(&ssv)?, ssv))
    }

    /// [`encapsulate`](Self::encapsulate) with its intermediate values, most of which are secret.
    ///
    /// Errors: [`Error::Fault`].
    #[cfg(feature = "hazmat")]
    #[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
    pub fn trace(&self, ssv: &SharedSecret) -> Result<EncapsulationTrace, Error> {
        let r = hash::r(ssv, &self.id);
        let g_r = Torus::pow_g(&r);
        Ok(EncapsulationTrace {
            point: self.to_bytes(),
            r: r.to_be_bytes(),
            mask: hash::mask(g_r.representative()).0,
            g_r: Zeroizing::new(g_r.to_bytes()),
            encapsulation: self.encapsulate(ssv)?,
        })
    }

    /// \[b\]P + Z.
    #[cfg(feature = "alloc")]
    pub(super) fn as_edwards(&self) -> &Edwards<Fp> {
        &self.point
    }

    /// \[b\]P + Z in affine coordinates.
    pub(super) fn to_affine(self) -> Affine<Fp> {
        self.point.to_affine()
    }

    /// \[b\]P + Z, 257 octets.
    #[cfg(feature = "hazmat")]
    #[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 257] {
        self.to_affine().to_bytes()
    }
}

/// What steps 1 to 3 of section 6.2.1 give, and gʳ.
#[derive(Clone, Copy)]
struct Unsealed<'s> {
    ssv: &'s SharedSecret,
    b: &'s Identifier,
    r: &'s Scalar,
    big_r: &'s Edwards<Fp>,
    g_r: &'s Torus,
}

impl Unsealed<'_> {
    /// Step 4 of section 6.2.1: R in affine coordinates and H = SSV ⊕ HashToIntegerRange(gʳ, 2ⁿ).
    fn seal(self) -> Result<Encapsulation, Error> {
        let mut inverses =
            Zeroizing::new([self.big_r.affine_denominator(), self.g_r.denominator()]);
        Fp::invert_all(&mut inverses);
        let [of_big_r, of_g_r] = *inverses;
        self.seal_over(Inverses { of_big_r, of_g_r })
    }

    /// [`seal`](Self::seal), given the inverses.
    ///
    /// A mask that everybody can compute would publish the SSV. So nothing is given out if r isn't the hash
    /// of the SSV any more, if gʳ came out as 1 or as what has no representative, or if H isn't the SSV under
    /// the hash of gʳ.
    fn seal_over(self, inverses: Inverses) -> Result<Encapsulation, Error> {
        let Inverses { of_big_r, of_g_r } = inverses;
        let big_r = fault::passed("R", self.big_r.to_affine_over(of_big_r));
        let g_r = fault::passed("gʳ, represented", self.g_r.representative_over(of_g_r));
        let (mut mask, hides) = hash::mask(g_r);
        let is_g_r = self.g_r.is_represented_by(&g_r);
        fault::at("mask", &mut mask);
        let mut h = self.ssv.masked(&mask);
        fault::at("H", &mut h);
        // Computed once more, for a mask or an XOR that a fault spoilt.
        let is_h = hash::mask(black_box(g_r)).0.unmask(&h).ct_eq(self.ssv);
        // r = 0 comes up for one SSV in 2¹⁰²² and gives (0, 0), of order 2; a fault gives a pair off the
        // curve.
        let is_big_r = big_r.is_on_curve() & !big_r.y.ct_eq(&Fp::ZERO);
        let is_r = hash::r(self.ssv, self.b).ct_eq(self.r);
        // All of it holds, but for a fault or that SSV.
        if !fault::verdict(ct::declassify(is_big_r & is_r & is_g_r & hides & is_h)) {
            return Err(Error::Fault);
        }
        Ok(Encapsulation::new(&big_r, &h))
    }
}

/// What the denominators of R and gʳ are inverted to.
#[derive(Clone, Copy)]
struct Inverses {
    of_big_r: Fp,
    of_g_r: Fp,
}

impl PartialEq for Recipient {
    fn eq(&self, other: &Self) -> bool {
        // Public.
        self.id == other.id && ct::declassify(self.point.ct_eq(&other.point))
    }
}

impl Eq for Recipient {}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("sakke::Recipient").field(&self.id).finish()
    }
}

/// The values met while encapsulating. **All but the last open the encapsulation.**
#[cfg(feature = "hazmat")]
#[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
#[non_exhaustive]
pub struct EncapsulationTrace {
    /// \[b\]P + Z, 257 octets. Public.
    pub point: [u8; 257],
    /// r, 128 octets.
    pub r: Zeroizing<[u8; 128]>,
    /// gʳ, 128 octets.
    pub g_r: Zeroizing<[u8; 128]>,
    /// HashToIntegerRange(gʳ, 2¹²⁸).
    pub mask: SharedSecret,
    /// R and H.
    pub encapsulation: Encapsulation,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Fp2;

    #[test]
    fn an_r_of_0_and_a_fault_stay_inside() {
        let (ssv, b) = (SharedSecret::from([0x5a; 16]), Identifier::try_from(&b"bob"[..]).unwrap());
        let r = hash::r(&ssv, &b);
        let (big_r, g_r) = (Edwards::generator().mul(&r), Torus::pow_g(&r));
        let right = Unsealed { ssv: &ssv, b: &b, r: &r, big_r: &big_r, g_r: &g_r };
        assert!(right.seal().is_ok());
        let infinity = Edwards::generator().mul(&Scalar::reduce(&[0; 128]));
        assert_eq!(Unsealed { big_r: &infinity, ..right }.seal(), Err(Error::Fault));
        assert_eq!(Unsealed { r: &r.add(&r), ..right }.seal(), Err(Error::Fault));
        // Another inverse than that of R's denominator gives no point of the curve.
        let inverses = Inverses { of_big_r: Fp::THREE, of_g_r: g_r.denominator().invert() };
        assert_eq!(right.seal_over(inverses), Err(Error::Fault));
        // What has no representative, and the class of 1, hide nothing.
        for (re, im) in [(Fp::ZERO, Fp::ZERO), (Fp::ZERO, Fp::THREE), (Fp::THREE, Fp::ZERO)] {
            let g_r = Torus::from(Fp2 { re, im });
            assert_eq!(Unsealed { g_r: &g_r, ..right }.seal(), Err(Error::Fault));
        }
    }
}
