//! RFC 6507 sections 5.1.2 and 5.2.1: a signer's key, checked once, and signing with it.

use core::fmt;

use rand_core::{CryptoRng, TryCryptoRng};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::curve::{self, Point, SecretScalar, Summand};
use super::verifying::is_valid_vartime;
use super::{KmsPublicKey, Signature, hash_of_signer, he, hs};
use crate::ct;
use crate::error::{Error, TryError};

/// Values of j tried before signing is given up; each is unusable with probability 2⁻²⁵⁵.
const ATTEMPTS: usize = 3;

/// A signer's key: the secret signing key SSK with its public validation token PVT, known to be
/// this identifier's under this KMS, and the hash HS that belongs to them.
///
/// Wiped on drop.
#[doc(alias("SSK", "PVT", "HS"))]
#[derive(Clone)]
pub struct SigningKey {
    ssk: SecretScalar,
    pvt: Point,
    hs: [u8; 32],
    kpak: Point,
}

impl SigningKey {
    /// Octets of an encoded SSK.
    pub const SSK_LEN: usize = 32;
    /// Octets of an encoded PVT, 04 ‖ x ‖ y.
    pub const PVT_LEN: usize = curve::POINT;

    /// Section 5.1.2: the key that a KMS delivered, if \[SSK\]G − \[HS\]PVT = KPAK.
    ///
    /// Secret: SSK. Public: everything else, and the outcome.
    ///
    /// Errors: [`Error::Length`] unless `ssk` has 32 and `pvt` 65 octets; [`Error::Range`] unless
    /// 1 ≤ SSK < q; [`Error::PointEncoding`] and [`Error::NotOnCurve`] for PVT;
    /// [`Error::KeyMismatch`] if the equation doesn't hold.
    pub fn new(
        ssk: impl AsRef<[u8]>,
        pvt: impl AsRef<[u8]>,
        id: impl AsRef<[u8]>,
        kms: &KmsPublicKey,
    ) -> Result<Self, Error> {
        let ssk: &[u8; Self::SSK_LEN] = ssk.as_ref().try_into().map_err(|_| Error::Length)?;
        let pvt: &[u8; Self::PVT_LEN] = pvt.as_ref().try_into().map_err(|_| Error::Length)?;
        let pvt = Point::from_bytes(pvt)?;
        let ssk = SecretScalar::from_bytes(ssk)?;
        let hs = hs(hash_of_signer(&kms.kpak, id.as_ref()), &pvt);
        let holds = Point::is_sum(&ssk, (curve::reduce(&hs), &pvt), &kms.kpak);
        // The outcome of the validation is about to be told.
        if ct::declassify(holds) {
            Ok(Self::from_parts(ssk, pvt, hs, kms))
        } else {
            Err(Error::KeyMismatch)
        }
    }

    /// A key known to fulfil the equation.
    pub(super) fn from_parts(
        ssk: SecretScalar,
        pvt: Point,
        hs: [u8; 32],
        kms: &KmsPublicKey,
    ) -> Self {
        Self { ssk, pvt, hs, kpak: kms.kpak }
    }

    /// SSK, 32 octets, big-endian.
    #[must_use]
    pub fn ssk(&self) -> Zeroizing<[u8; 32]> {
        self.ssk.to_bytes()
    }

    /// PVT, 65 octets.
    #[must_use]
    pub fn pvt(&self) -> [u8; 65] {
        *self.pvt.as_bytes()
    }

    /// Section 5.2.1: a signature over `message`.
    ///
    /// The ephemeral j is drawn uniformly and wiped. **A j that repeats, or is known to anybody,
    /// gives SSK away: `rng` must be a cryptographic generator, soundly seeded.**
    ///
    /// The signature is verified before it is given out: one that a fault spoilt could give SSK away.
    ///
    /// Secret: SSK, j. Public: the message, the signature.
    ///
    /// Errors: [`Error::Randomness`] if the generator gives nothing usable, [`Error::Fault`] if the
    /// signature doesn't verify.
    pub fn sign<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[u8],
    ) -> Result<Signature, Error> {
        Ok(self.try_sign_parts(rng, &[message])?)
    }

    /// [`sign`](Self::sign) over the parts of a message, one after the other, without joining them.
    pub fn sign_parts<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[&[u8]],
    ) -> Result<Signature, Error> {
        Ok(self.try_sign_parts(rng, message)?)
    }

    /// [`sign`](Self::sign) with a generator that can fail.
    pub fn try_sign<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[u8],
    ) -> Result<Signature, TryError<R::Error>> {
        self.try_sign_parts(rng, &[message])
    }

    /// [`sign_parts`](Self::sign_parts) with a generator that can fail.
    pub fn try_sign_parts<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[&[u8]],
    ) -> Result<Signature, TryError<R::Error>> {
        for _ in 0..ATTEMPTS {
            let j = SecretScalar::try_draw(rng)?;
            if let Some(signed) = self.sign_with(&j, message) {
                return Ok(self.verified(&signed)?);
            }
        }
        Err(Error::Fault.into())
    }

    /// [`sign_parts`](Self::sign_parts) with a given j, for test vectors.
    ///
    /// **A j used twice, or known to anybody, gives SSK away.**
    ///
    /// Errors: [`Error::Length`] unless `j` has 32 octets, [`Error::Range`] unless it is in
    /// 1 ..= q − 1 and fit for this message.
    #[cfg(feature = "hazmat")]
    #[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
    pub fn sign_with_j(&self, j: &[u8], message: &[&[u8]]) -> Result<Signature, Error> {
        self.trace_with_j(j, message).map(|trace| trace.signature)
    }

    /// [`sign_with_j`](Self::sign_with_j) with its intermediate values.
    #[cfg(feature = "hazmat")]
    #[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
    pub fn trace_with_j(&self, j: &[u8], message: &[&[u8]]) -> Result<SigningTrace, Error> {
        let j = SecretScalar::from_bytes(j.try_into().map_err(|_| Error::Length)?)?;
        let signed = self.sign_with(&j, message).ok_or(Error::Range)?;
        let signature = self.verified(&signed)?;
        Ok(SigningTrace { hs: self.hs, j: *signed.j.as_bytes(), he: signed.he, signature })
    }

    /// Steps 2 to 6 of section 5.2.1; none if this j is unusable.
    fn sign_with(&self, j: &SecretScalar, message: &[&[u8]]) -> Option<Signed> {
        let big_j = Point::mul_base(j);
        let r = big_j.x();
        let he = he(&self.hs, &r, message);
        let s = signature_s(&self.ssk, j, &r, &he)?;
        let signature = Signature::new(&r, &s, &self.pvt)?;
        Some(Signed { signature, he, j: big_j })
    }

    /// The signature, if it is one.
    fn verified(&self, signed: &Signed) -> Result<Signature, Error> {
        if is_valid_vartime(Summand::Fresh(&self.kpak), &self.hs, &signed.he, &signed.signature) {
            Ok(signed.signature)
        } else {
            Err(Error::Fault)
        }
    }
}

/// s = j/(HE + r·SSK) mod q, none if the divisor is 0 modulo q (steps 4 to 6).
///
/// The RFC has a signer send q − s if s doesn't fit N octets; on P-256 it always fits.
fn signature_s(
    ssk: &SecretScalar,
    j: &SecretScalar,
    r: &[u8; 32],
    he: &[u8; 32],
) -> Option<SecretScalar> {
    let r_ssk = Zeroizing::new(curve::reduce(r) * *ssk.as_scalar());
    let divisor = SecretScalar::from_scalar(&Zeroizing::new(*r_ssk + curve::reduce(he)))?;
    SecretScalar::from_scalar(&Zeroizing::new(*divisor.invert().as_scalar() * *j.as_scalar()))
}

/// What one run of section 5.2.1 gives.
struct Signed {
    signature: Signature,
    he: [u8; 32],
    #[cfg_attr(not(feature = "hazmat"), expect(dead_code, reason = "a trace reads it"))]
    j: Point,
}

/// The values met while signing: all of them public, the signature being known.
#[cfg(feature = "hazmat")]
#[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SigningTrace {
    /// HS.
    pub hs: [u8; 32],
    /// J = \[j\]G, 65 octets.
    pub j: [u8; 65],
    /// HE.
    pub he: [u8; 32],
    /// r ‖ s ‖ PVT.
    pub signature: Signature,
}

impl ConstantTimeEq for SigningKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.ssk.ct_eq(&other.ssk) & self.hs.ct_eq(&other.hs)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("eccsi::SigningKey(..)")
    }
}

impl ZeroizeOnDrop for SigningKey {}

/// The trait's `sign_with_rng` panics where [`try_sign_with_rng`] and [`SigningKey::sign`] return an
/// error: for a broken generator or a fault.
///
/// [`try_sign_with_rng`]: signature::RandomizedSigner::try_sign_with_rng
#[cfg(feature = "signature")]
impl signature::RandomizedSigner<Signature> for SigningKey {
    fn try_sign_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[u8],
    ) -> Result<Signature, signature::Error> {
        self.try_sign(rng, message).map_err(|_| signature::Error::new())
    }
}

#[cfg(feature = "signature")]
impl signature::RandomizedMultipartSigner<Signature> for SigningKey {
    fn try_multipart_sign_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[&[u8]],
    ) -> Result<Signature, signature::Error> {
        self.try_sign_parts(rng, message).map_err(|_| signature::Error::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(octet: u8) -> SecretScalar {
        SecretScalar::from_bytes(&[octet; 32]).unwrap()
    }

    #[test]
    fn a_divisor_of_0_makes_j_unusable() {
        // HE = −r·SSK, which no message can be found for.
        let (ssk, j, r) = (secret(0x51), secret(0x52), [0x53; 32]);
        let minus_r_ssk = curve::Scalar::ZERO - curve::reduce(&r) * *ssk.as_scalar();
        let he = SecretScalar::from_scalar(&minus_r_ssk).unwrap().to_bytes();
        assert!(signature_s(&ssk, &j, &r, &he).is_none());
    }

    #[test]
    fn s_is_j_over_he_plus_r_ssk() {
        let (ssk, j, r) = (secret(0x51), secret(0x52), [0x53; 32]);
        for he in [[0; 32], [0x54; 32], [0xff; 32]] {
            let s = signature_s(&ssk, &j, &r, &he).unwrap();
            let divisor = curve::reduce(&he) + curve::reduce(&r) * *ssk.as_scalar();
            assert!((*s.as_scalar() * divisor).equals_vartime(j.as_scalar()));
        }
    }

    #[test]
    fn a_spoilt_signature_stays_inside() {
        let kms = crate::eccsi::KmsSecretKey::try_from(&[0x55; 32]).unwrap();
        let key = kms.issue(&mut crate::random::testing::Repeat(0x56), b"id").unwrap();
        let good = key.sign_with(&secret(0x57), &[b"message"]).unwrap();
        assert!(key.verified(&good).is_ok());
        let mut spoilt = key.sign_with(&secret(0x57), &[b"message"]).unwrap();
        spoilt.he[0] ^= 1;
        assert_eq!(key.verified(&spoilt), Err(Error::Fault));
        spoilt.he[0] ^= 1;
        let s = SecretScalar::from_bytes(&[0x58; 32]).unwrap();
        spoilt.signature = Signature::new(&good.signature.r(), &s, &key.pvt).unwrap();
        assert_eq!(key.verified(&spoilt), Err(Error::Fault));
    }

    #[test]
    fn r_of_0_makes_no_signature() {
        assert!(Signature::new(&[0; 32], &secret(1), &Point::generator()).is_none());
    }
}
