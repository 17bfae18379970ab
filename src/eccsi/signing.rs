//! RFC 6507 sections 5.1.2 and 5.2.1: a signer's key, checked once, and signing with it.

use core::fmt;

use rand_core::{CryptoRng, TryCryptoRng};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::curve::{self, Point, SecretScalar, SignerComb, Summand};
use super::nonce::{self, Nonces};
use super::verifying::{is_valid_of_known_vartime, is_valid_vartime};
use super::{KmsPublicKey, PreparedSigningKey, Signature, hash_of_signer, he, hs};
use crate::ct;
use crate::error::{Error, TryError};
use crate::fault;

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
        Self::validated(ssk, pvt, id.as_ref(), kms, Summand::Fresh(&kms.kpak))
    }

    /// [`new`](Self::new), `kpak` being that of `kms`.
    pub(super) fn validated(
        ssk: &[u8; Self::SSK_LEN],
        pvt: &[u8; Self::PVT_LEN],
        id: &[u8],
        kms: &KmsPublicKey,
        kpak: Summand<'_>,
    ) -> Result<Self, Error> {
        let pvt = Point::from_bytes(pvt)?;
        let ssk = SecretScalar::from_bytes(ssk)?;
        let hs = fault::passed("HS", hs(hash_of_signer(&kms.kpak, id), &pvt));
        let holds = Point::is_sum(&ssk, (curve::reduce(&hs), &pvt), kpak);
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

    /// Whether it is the key of this identifier under this KMS: the one that it was accepted for. HS is
    /// a hash of both.
    #[must_use]
    pub fn is_for(&self, id: impl AsRef<[u8]>, kms: &KmsPublicKey) -> bool {
        self.hs == hs(hash_of_signer(&kms.kpak, id.as_ref()), &self.pvt)
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
    /// The ephemeral j is derived, as RFC 6979 does it, from SSK, HS, the message and 32 octets of
    /// `rng`, and wiped. A j that repeats, or is known to anybody, would give SSK away: this one
    /// doesn't, even if `rng` repeats itself or can be guessed.
    ///
    /// The signature is verified before it is given out: one that a fault spoilt could give SSK away.
    /// Verifying takes several times as long as signing; a [prepared](Self::prepare) key has it
    /// done in about the time of signing.
    ///
    /// Secret: SSK, j. Public: the message, the signature.
    ///
    /// Errors: [`Error::Fault`] if the signature doesn't verify.
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
        let signed = self.try_signed(rng, message)?;
        Ok(self.verified(&signed.signature, message, None)?)
    }

    /// [`sign_parts`](Self::sign_parts) without verifying the signature.
    ///
    /// **A signature that a fault of the computation spoilt can give SSK away.** For devices that
    /// can't be made to err, or that verify what they send themselves.
    pub fn sign_unverified<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[&[u8]],
    ) -> Result<Signature, Error> {
        Ok(self.try_sign_unverified(rng, message)?)
    }

    /// [`sign_unverified`](Self::sign_unverified) with a generator that can fail.
    pub fn try_sign_unverified<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[&[u8]],
    ) -> Result<Signature, TryError<R::Error>> {
        Ok(self.try_signed(rng, message)?.signature)
    }

    /// This key with a comb of its own Y, for who signs more than a few messages.
    ///
    /// Errors: [`Error::Fault`].
    pub fn prepare(&self) -> Result<PreparedSigningKey, Error> {
        PreparedSigningKey::new(self)
    }

    /// Section 5.2.1, not verified.
    pub(super) fn try_signed<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[&[u8]],
    ) -> Result<Signed, TryError<R::Error>> {
        let mut nonces = self.nonces(rng, message).map_err(TryError::Rng)?;
        let mut j = nonces.next();
        fault::at("j", &mut j);
        // The RFC has another j drawn for the one in 2²⁵⁵ that is unusable: a fault is likelier.
        let signed = self.sign_with(&j, message).ok_or(Error::Fault)?;
        nonces.confirm(&j)?;
        Ok(signed)
    }

    /// The values of j for one signature.
    pub(super) fn nonces<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[&[u8]],
    ) -> Result<Nonces, R::Error> {
        let mut fresh = Zeroizing::new([0; nonce::FRESH]);
        rng.try_fill_bytes(fresh.as_mut_slice())?;
        Ok(Nonces::new(&self.ssk, message, [&self.hs, fresh.as_slice()]))
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
        let signature = self.verified(&signed.signature, message, None)?;
        Ok(SigningTrace { hs: self.hs, j: *signed.j.as_bytes(), he: signed.he, signature })
    }

    /// Steps 2 to 6 of section 5.2.1; none if this j is unusable.
    fn sign_with(&self, j: &SecretScalar, message: &[&[u8]]) -> Option<Signed> {
        let big_j = Point::mul_base(j);
        let (divisor, he) = self.divisor(&big_j, message)?;
        self.signed(big_j, he, &s_of(j, &divisor.invert())?)
    }

    /// HE + r·SSK mod q for J, none if it is 0, and HE: steps 2 to 5.
    pub(super) fn divisor(
        &self,
        big_j: &Point,
        message: &[&[u8]],
    ) -> Option<(SecretScalar, [u8; 32])> {
        let r = fault::passed("r", big_j.x());
        let he = fault::passed("HE", he(&self.hs, &r, message));
        Some((divisor(&self.ssk, &r, &he)?, he))
    }

    /// What is sent; none if r = 0.
    pub(super) fn signed(&self, j: Point, he: [u8; 32], s: &SecretScalar) -> Option<Signed> {
        let r = fault::passed("r, sent", j.x());
        Some(Signed { signature: Signature::new(&r, s, &self.pvt)?, he, j })
    }

    /// The signature, if it is one.
    ///
    /// As everybody verifies it: the octets that are sent are decoded, and HE is computed anew. What
    /// a fault spoilt on the way to s, HE included, doesn't come in a second time.
    pub(super) fn verified(
        &self,
        signature: &Signature,
        message: &[&[u8]],
        own: Option<&Own>,
    ) -> Result<Signature, Error> {
        let sent = Signature::try_from(signature.as_bytes()).map_err(|_| Error::Fault)?;
        let valid = if let Some(own) = own {
            own.accepts_vartime(message, &sent)
        } else {
            let he = he(&self.hs, &sent.r(), message);
            is_valid_vartime(Summand::Fresh(&self.kpak), &self.hs, &he, &sent)
        };
        if fault::verdict(valid) { Ok(sent) } else { Err(Error::Fault) }
    }
}

/// HE + r·SSK mod q, none if it is 0 (steps 4 and 5).
fn divisor(ssk: &SecretScalar, r: &[u8; 32], he: &[u8; 32]) -> Option<SecretScalar> {
    let ssk = ssk.as_scalar();
    let r_ssk = Zeroizing::new(curve::reduce(r) * fault::passed("SSK", *ssk));
    let mut divisor = Zeroizing::new(fault::passed("r·SSK", *r_ssk) + curve::reduce(he));
    fault::at("HE + r·SSK", &mut divisor);
    SecretScalar::from_scalar(&divisor)
}

/// s = j/(HE + r·SSK) mod q (step 6), the divisor being inverted.
///
/// The RFC has a signer send q − s if s doesn't fit N octets; on P-256 it always fits.
pub(super) fn s_of(j: &SecretScalar, inverse_of_divisor: &SecretScalar) -> Option<SecretScalar> {
    let (inverse, j) = (inverse_of_divisor.as_scalar(), j.as_scalar());
    let product = fault::passed("1/(HE + r·SSK)", *inverse) * fault::passed("j, used again", *j);
    let mut s = Zeroizing::new(product);
    fault::at("s", &mut s);
    SecretScalar::from_scalar(&s)
}

/// What one run of section 5.2.1 gives.
pub(super) struct Signed {
    pub(super) signature: Signature,
    #[cfg_attr(not(feature = "hazmat"), expect(dead_code, reason = "a trace reads it"))]
    he: [u8; 32],
    #[cfg_attr(not(feature = "hazmat"), expect(dead_code, reason = "a trace reads it"))]
    j: Point,
}

/// By what a prepared key verifies its own signatures: all that is fixed in them, in a copy that
/// signing doesn't read. Public.
#[derive(Clone)]
pub(super) struct Own {
    pvt: [u8; SigningKey::PVT_LEN],
    hs: [u8; 32],
    /// Of Y.
    comb: SignerComb,
}

impl Own {
    /// Errors: [`Error::Fault`] if Y is infinity, which no key's \[SSK\]G is.
    pub(super) fn new_vartime(key: &SigningKey) -> Result<Self, Error> {
        let y = Point::sum_vartime((curve::reduce(&key.hs), &key.pvt), &key.kpak);
        let comb = SignerComb::new_vartime(&y.ok_or(Error::Fault)?);
        Ok(Self { pvt: key.pvt(), hs: key.hs, comb })
    }

    /// Whether it is a signature of this key over the message.
    fn accepts_vartime(&self, message: &[&[u8]], signature: &Signature) -> bool {
        let he = he(&self.hs, &signature.r(), message);
        *signature.pvt_point().as_bytes() == self.pvt
            && is_valid_of_known_vartime(&self.comb, &he, signature)
    }
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
mod faults;
#[cfg(test)]
mod tests {
    use super::*;

    fn secret(octet: u8) -> SecretScalar {
        SecretScalar::from_bytes(&[octet; 32]).unwrap()
    }

    #[test]
    fn a_divisor_of_0_makes_j_unusable() {
        // HE = −r·SSK, which no message can be found for.
        let (ssk, r) = (secret(0x51), [0x53; 32]);
        let minus_r_ssk = curve::Scalar::ZERO - curve::reduce(&r) * *ssk.as_scalar();
        let he = SecretScalar::from_scalar(&minus_r_ssk).unwrap().to_bytes();
        assert!(divisor(&ssk, &r, &he).is_none());
    }

    #[test]
    fn s_is_j_over_he_plus_r_ssk() {
        let (ssk, j, r) = (secret(0x51), secret(0x52), [0x53; 32]);
        for he in [[0; 32], [0x54; 32], [0xff; 32]] {
            let s = s_of(&j, &divisor(&ssk, &r, &he).unwrap().invert()).unwrap();
            let divisor = curve::reduce(&he) + curve::reduce(&r) * *ssk.as_scalar();
            assert!((*s.as_scalar() * divisor).equals_vartime(j.as_scalar()));
        }
    }

    #[test]
    fn another_signature_stays_inside() {
        let kms = crate::eccsi::KmsSecretKey::try_from(&[0x55; 32]).unwrap();
        let rng = &mut crate::random::testing::Repeat(0x56);
        let [key, other] = [b"id", b"di"].map(|id| kms.issue(rng, id).unwrap());
        let own = Own::new_vartime(&key).unwrap();
        let sign = |key: &SigningKey, message: &[u8]| {
            key.sign_with(&secret(0x57), &[message]).unwrap().signature
        };
        let s = Signature::new(&sign(&key, b"message").r(), &secret(0x58), &key.pvt).unwrap();
        for own in [None, Some(&own)] {
            let verified = |signature: &Signature| key.verified(signature, &[b"message"], own);
            assert!(verified(&sign(&key, b"message")).is_ok());
            assert_eq!(verified(&s), Err(Error::Fault));
            assert_eq!(verified(&sign(&key, b"massage")), Err(Error::Fault));
            assert_eq!(verified(&sign(&other, b"message")), Err(Error::Fault));
        }
    }

    #[test]
    fn keys_are_equal_in_both_parts() {
        let kms = crate::eccsi::KmsSecretKey::try_from(&[0x55; 32]).unwrap();
        let key = |ssk, hs| {
            SigningKey::from_parts(secret(ssk), Point::generator(), [hs; 32], kms.public_key())
        };
        let one = key(1, 1);
        for (ssk, hs) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            assert_eq!(bool::from(one.ct_eq(&key(ssk, hs))), (ssk, hs) == (1, 1));
        }
    }

    #[test]
    fn r_of_0_makes_no_signature() {
        assert!(Signature::new(&[0; 32], &secret(1), &Point::generator()).is_none());
    }
}
