//! RFC 6508 section 6.2.1: the encapsulation of a secret to a recipient.
//!
//! # The cost of an encapsulation
//!
//! M and S are a product and a square in 𝔽_p, I is an inversion. The costs are those of single elements, with the
//! feature `tables`. Where AVX-512 IFMA runs, several elements are computed at once.
//!
//! | step | [`Recipient`] | `PreparedRecipient` | `PreparedKmsPublicKey` |
//! |---|---|---|---|
//! | R, by windows, one comb, or two | 5,054M + 4,104S | 1,337M + 172S | 2,541M + 172S |
//! | gʳ, by its comb | 430M | 430M | 430M |
//! | both denominators and their inverses | 7M + I | 7M + I | 7M + I |
//! | R and gʳ over these inverses | 6M | 6M | 6M |
//! | checks: R is on the curve, gʳ has this representative | 2M + 2S | 2M + 2S | 2M + 2S |
//! | octets of R, and of gʳ for two masks | 4M | 4M | 4M |
//! | sum | 5,503M + 4,106S + I | 1,786M + 174S + I | 2,990M + 174S + I |

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

/// The recipient of a secret: the identifier b and its point \[b\]P + Z. Both are public.
#[derive(Clone, Copy)]
pub struct Recipient {
    id: Identifier,
    point: Edwards<Fp>,
}

impl Recipient {
    /// `point` is \[b\]P + Z.
    pub(super) fn new(id: Identifier, point: Edwards<Fp>) -> Result<Self, Error> {
        // The point is public, and so are the outcomes of these checks.
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

    /// Whether a receiver that hashes gʳ without its leading zero octets computes the same mask for this SSV. It
    /// doesn't if gʳ begins with 00, as it does for one SSV in 256. Draw another SSV for such a receiver.
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

/// The results of steps 1 to 3 of section 6.2.1, and gʳ.
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
    /// A mask that everybody can compute would publish the SSV. So the result is withheld if r is no longer the
    /// hash of the SSV, if gʳ came out as 1 or without a representative, or if H isn't the SSV under the hash
    /// of gʳ.
    fn seal_over(self, inverses: Inverses) -> Result<Encapsulation, Error> {
        let Inverses { of_big_r, of_g_r } = inverses;
        let big_r = fault::passed("R", self.big_r.to_affine_over(of_big_r));
        let g_r = fault::passed("gʳ, represented", self.g_r.representative_over(of_g_r));
        let (mut mask, hides) = hash::mask(g_r);
        let is_g_r = self.g_r.is_represented_by(&g_r);
        fault::at("mask", &mut mask);
        let mut h = self.ssv.masked(&mask);
        fault::at("H", &mut h);
        // Computed a second time, because a fault may have spoilt the mask or the XOR.
        let is_h = hash::mask(black_box(g_r)).0.unmask(&h).ct_eq(self.ssv);
        // One SSV in 2¹⁰²² gives r = 0, and then R is (0, 0), which has order 2. A fault gives an R that isn't
        // on the curve.
        let is_big_r = big_r.is_on_curve() & !big_r.y.ct_eq(&Fp::ZERO);
        let is_r = hash::r(self.ssv, self.b).ct_eq(self.r);
        // All of this holds unless there was a fault or r is 0.
        if !fault::verdict(ct::declassify(is_big_r & is_r & is_g_r & hides & is_h)) {
            return Err(Error::Fault);
        }
        Ok(Encapsulation::new(&big_r, &h))
    }
}

/// The inverses of the denominators of R and gʳ.
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

/// The intermediate values of an encapsulation. **Each of `r`, `g_r` and `mask` opens it.**
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
    #[cfg(all(feature = "alloc", feature = "tables"))]
    use crate::{
        backend::Backend,
        field::counting::{Cost, cost_in_kernel},
    };

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
        // A wrong inverse of R's denominator gives no point of the curve.
        let inverses = Inverses { of_big_r: Fp::THREE, of_g_r: g_r.denominator().invert() };
        assert_eq!(right.seal_over(inverses), Err(Error::Fault));
        // The masks of 0, of the class of i and of the class of 1 hide nothing.
        for (re, im) in [(Fp::ZERO, Fp::ZERO), (Fp::ZERO, Fp::THREE), (Fp::THREE, Fp::ZERO)] {
            let g_r = Torus::from(Fp2 { re, im });
            assert_eq!(Unsealed { g_r: &g_r, ..right }.seal(), Err(Error::Fault));
        }
    }

    #[cfg(all(feature = "alloc", feature = "tables"))]
    #[test]
    fn costs_are_as_stated() {
        if Backend::detect() == Backend::Ifma {
            return;
        }
        let kms = crate::sakke::KmsSecretKey::try_from(&[0x25; 128]).unwrap();
        let (ssv, bob) =
            (SharedSecret::from([0x5a; 16]), Identifier::try_from(&b"bob"[..]).unwrap());
        let recipient = kms.public_key().recipient(&bob).unwrap();
        let (prepared, kms) = (recipient.prepare(), kms.public_key().prepare());
        let costs = [
            cost_in_kernel(|| _ = recipient.encapsulate(&ssv)),
            cost_in_kernel(|| _ = prepared.encapsulate(&ssv)),
            cost_in_kernel(|| _ = kms.encapsulate(&bob, &ssv)),
        ];
        let stated = [(5_503, 4_106), (1_786, 174), (2_990, 174)];
        assert_eq!(costs, stated.map(|(products, squares)| Cost { products, squares }));
    }
}
