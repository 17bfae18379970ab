//! RFC 6508 section 6.2.1: encapsulating a secret to a recipient.

#[cfg(feature = "alloc")]
mod prepared;

#[cfg(feature = "alloc")]
pub use prepared::{PreparedKmsPublicKey, PreparedRecipient};

use core::fmt;

use rand_core::{CryptoRng, TryCryptoRng};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Encapsulation, SharedSecret, hash};
use crate::ct;
use crate::curve::{Affine, Edwards};
use crate::error::{Error, TryError};
use crate::field::Fp;
use crate::identifier::Identifier;
use crate::torus::Torus;

/// Whom a secret is sent to: the identifier b and its public point \[b\]P + Z. Public.
#[derive(Clone, Copy)]
pub struct Recipient {
    id: Identifier,
    point: Edwards<Fp>,
}

impl Recipient {
    /// `point` is \[b\]P + Z.
    pub(super) fn new(id: Identifier, point: Edwards<Fp>) -> Result<Self, Error> {
        // Public.
        if ct::declassify(point.is_identity()) {
            return Err(Error::Identifier);
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
    /// Errors: [`Error::Fault`] if R comes out as no point of the curve.
    pub fn encapsulate(&self, ssv: &SharedSecret) -> Result<Encapsulation, Error> {
        // 2) r = HashToIntegerRange(SSV ‖ b, q)
        let r = hash::r(ssv, &self.id);
        // 3) R = [r]([b]P + Z)
        let big_r = Zeroizing::new(self.point.mul(&r));
        seal(ssv, &big_r, &Torus::pow_g(&r))
    }

    /// Section 6.2.1 with a fresh SSV.
    ///
    /// Errors: [`Error::Fault`] if R comes out as no point of the curve.
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
            mask: hash::mask(g_r.representative()),
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

/// Step 4 of section 6.2.1: R in affine coordinates and H = SSV ⊕ HashToIntegerRange(gʳ, 2ⁿ).
fn seal(ssv: &SharedSecret, big_r: &Edwards<Fp>, g_r: &Torus) -> Result<Encapsulation, Error> {
    let mut inverses = Zeroizing::new([big_r.affine_denominator(), g_r.denominator()]);
    Fp::invert_all(&mut inverses);
    let [of_r, of_g_r] = *inverses;
    seal_over(ssv, big_r, of_r, g_r, of_g_r)
}

/// [`seal`], given the inverses of the denominators of R and gʳ.
fn seal_over(
    ssv: &SharedSecret,
    big_r: &Edwards<Fp>,
    of_r: Fp,
    g_r: &Torus,
    of_g_r: Fp,
) -> Result<Encapsulation, Error> {
    let big_r = big_r.to_affine_over(of_r);
    // r = 0 comes up for one SSV in 2¹⁰²² and gives (0, 0), of order 2; a fault gives a pair off the
    // curve.
    if !ct::declassify(big_r.is_on_curve() & !big_r.y.ct_eq(&Fp::ZERO)) {
        return Err(Error::Fault);
    }
    Ok(Encapsulation::new(&big_r, &ssv.masked(&hash::mask(g_r.representative_over(of_g_r)))))
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
    use crate::field::Field;
    use crate::scalar::Scalar;

    #[test]
    fn an_r_of_0_and_a_fault_stay_inside() {
        let ssv = SharedSecret::from([0x5a; 16]);
        let k = Scalar::reduce(&[0x3c; 128]);
        let (big_r, g_r) = (Edwards::generator().mul(&k), Torus::pow_g(&k));
        assert!(seal(&ssv, &big_r, &g_r).is_ok());
        let infinity = Edwards::generator().mul(&Scalar::reduce(&[0; 128]));
        assert_eq!(seal(&ssv, &infinity, &g_r), Err(Error::Fault));
        // Another inverse than that of R's denominator gives no point of the curve.
        let (wrong, of_g_r) = (Fp::ONE.double(), g_r.denominator().invert());
        assert_eq!(seal_over(&ssv, &big_r, wrong, &g_r, of_g_r), Err(Error::Fault));
    }
}
