//! RFC 6507 sections 5.1.2 and 5.2.1: a signer's key, which is checked once, and signing.
//!
//! # The check before release
//!
//! A signature that a fault spoilt can give SSK away. So no signature is released that its verifier would refuse.
//! Section 5.2.2 accepts if r = x(J) for J = \[s\](\[HE\]G + \[r\]Y) with Y = \[HS\]PVT + KPAK. The signer
//! knows that Y = \[SSK\]G: the key was accepted because this holds. So
//!
//! ```text
//! J = [s·(HE + r·SSK)]G
//! ```
//!
//! and one multiplication of G by its comb decides. The check takes r, s and PVT from the octets that will be sent, and
//! computes HE again. SSK, HS and PVT can't be computed again, so the key keeps a digest of them, and the check
//! compares it. Without the digest, a bit of SSK that flipped in memory would pass unnoticed, and the
//! signature would tell which bit. KPAK isn't kept, because HS is a hash of it.

use core::fmt;
use core::hint::black_box;

use rand_core::{CryptoRng, TryCryptoRng};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::nonce::{self, Nonces};
use super::{KmsPublicKey, Signature, hash_of_signer, he, hs};
use crate::ct;
use crate::error::{Error, TryError};
use crate::fault;
use crate::p256::{self, Point, Scalar, SecretScalar, Summand};

/// A signer's key: the secret signing key SSK with its public validation token PVT, which are known to belong to an
/// identifier under a KMS, and the hash HS of all these.
///
/// It is wiped on drop.
#[doc(alias("SSK", "PVT", "HS"))]
#[derive(Clone)]
pub struct SigningKey {
    ssk: SecretScalar,
    pvt: Point,
    hs: [u8; 32],
    digest: Zeroizing<[u8; 32]>,
}

impl SigningKey {
    /// The length of an encoded SSK in octets.
    pub const SSK_LEN: usize = 32;
    /// The length of an encoded PVT in octets, as 04 ‖ x ‖ y.
    pub const PVT_LEN: usize = p256::POINT;

    /// Section 5.1.2: accepts the key that a KMS delivered if \[SSK\]G − \[HS\]PVT = KPAK.
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

    /// [`new`](Self::new), where `kpak` is that of `kms`.
    pub(super) fn validated(
        ssk: &[u8; Self::SSK_LEN],
        pvt: &[u8; Self::PVT_LEN],
        id: &[u8],
        kms: &KmsPublicKey,
        kpak: Summand<'_>,
    ) -> Result<Self, Error> {
        let pvt = Point::from_bytes(pvt)?;
        let ssk = SecretScalar::from_bytes(ssk)?;
        let hs = |pvt| hs(hash_of_signer(&kms.kpak, id), pvt);
        let of_pvt = fault::passed("HS", hs(&pvt));
        let key = Self::from_parts(ssk, pvt, of_pvt);
        let holds = Point::is_sum(&key.ssk, (p256::reduce(&key.hs), &key.pvt), kpak);
        // HS is computed once more: SSK and PVT may have been chosen for an HS that a fault makes.
        let is_hs = hs(black_box(&key.pvt)) == key.hs;
        // The caller is about to learn the outcome of the validation.
        if ct::declassify(holds & key.is_as_accepted()) && is_hs {
            Ok(key)
        } else {
            Err(Error::KeyMismatch)
        }
    }

    /// A key that fulfils the equation, or that is about to be checked.
    pub(super) fn from_parts(ssk: SecretScalar, pvt: Point, hs: [u8; 32]) -> Self {
        let mut digest = Zeroizing::new([0; 32]);
        write_digest(&ssk, &hs, &pvt, &mut digest);
        Self { ssk, pvt, hs, digest }
    }

    /// Whether SSK, HS and PVT are still what they were when the key was accepted.
    fn is_as_accepted(&self) -> Choice {
        let mut digest = Zeroizing::new([0; 32]);
        write_digest(black_box(&self.ssk), &self.hs, &self.pvt, &mut digest);
        fault::at("digest", &mut *digest);
        digest.ct_eq(&*self.digest)
    }

    /// Whether this is the key of that identifier under that KMS. HS, which is a hash of both, decides.
    #[must_use]
    pub fn is_for(&self, id: impl AsRef<[u8]>, kms: &KmsPublicKey) -> bool {
        self.hs == hs(hash_of_signer(&kms.kpak, id.as_ref()), &self.pvt)
    }

    /// SSK, 32 octets, big-endian.
    #[must_use]
    pub fn ssk(&self) -> Zeroizing<[u8; 32]> {
        self.ssk.to_bytes()
    }

    /// HS.
    pub(super) const fn hs(&self) -> &[u8; 32] {
        &self.hs
    }

    /// Whether this is SSK.
    pub(super) fn has_ssk(&self, ssk: &SecretScalar) -> Choice {
        self.ssk.ct_eq(ssk)
    }

    /// PVT, 65 octets.
    #[must_use]
    pub fn pvt(&self) -> [u8; 65] {
        *self.pvt.as_bytes()
    }

    /// Section 5.2.1: signs `message`.
    ///
    /// A j that two messages share, or that anybody knows, would give SSK away. So j is derived, as RFC 6979 does it,
    /// from SSK, HS, the message and 32 octets of `rng`: it stays secret, and no other message has it, even if `rng`
    /// repeats itself or can be guessed. It is wiped.
    ///
    /// The signature is checked before it is released: one that a fault spoilt could give SSK away.
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

    /// [`sign`](Self::sign) for a message in parts, which need not be joined.
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
        Ok(self.checked(&signed.signature, message)?)
    }

    /// [`sign_parts`](Self::sign_parts) without the check of the signature.
    ///
    /// **A signature that a fault of the computation spoilt can give SSK away.** Use this only on devices in which
    /// nobody can cause a fault, or if you verify the signature yourself before you send it.
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

    /// Section 5.2.1, without the check.
    fn try_signed<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[&[u8]],
    ) -> Result<Signed, TryError<R::Error>> {
        let mut nonces = self.nonces(rng, message).map_err(TryError::Rng)?;
        let mut j = nonces.next();
        fault::at("j", &mut j);
        // One j in 2²⁵⁵ is unusable, and the RFC draws another. A fault is likelier.
        let signed = self.sign_with(&j, message).ok_or(Error::Fault)?;
        nonces.confirm(&j)?;
        Ok(signed)
    }

    /// The values of j for one signature.
    fn nonces<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[&[u8]],
    ) -> Result<Nonces, R::Error> {
        let mut fresh = Zeroizing::new([0; nonce::FRESH]);
        rng.try_fill_bytes(fresh.as_mut_slice())?;
        Ok(Nonces::new(&self.ssk, message, [&self.hs, fresh.as_slice()]))
    }

    /// [`sign_parts`](Self::sign_parts) with a given j. It is for test vectors.
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
        let signature = self.checked(&signed.signature, message)?;
        Ok(SigningTrace { hs: self.hs, j: *signed.j.as_bytes(), he: signed.he, signature })
    }

    /// Steps 2 to 6 of section 5.2.1; `None` if this j is unusable.
    fn sign_with(&self, j: &SecretScalar, message: &[&[u8]]) -> Option<Signed> {
        let big_j = Point::mul_base(j);
        let r = fault::passed("r", big_j.x());
        let he = fault::passed("HE", he(&self.hs, &r, message));
        let s = s_of(j, &divisor(&self.ssk, &r, &he)?.invert())?;
        let r = fault::passed("r, sent", big_j.x());
        Some(Signed { signature: Signature::new(&r, &s, &self.pvt)?, he, j: big_j })
    }

    /// The signature, if its verifier would accept it: see the module.
    ///
    /// Secret: SSK, and the multiplier of G, which is j. Leaks: the verdict.
    fn checked(&self, signature: &Signature, message: &[&[u8]]) -> Result<Signature, Error> {
        let sent = Signature::try_from(signature.as_bytes()).map_err(|_| Error::Fault)?;
        let he = fault::passed("HE, checked", he(&self.hs, &sent.r(), message));
        let divisor = he_plus_r_ssk(&self.ssk, &sent.r(), &he);
        let mut multiplier = Zeroizing::new(*divisor * *sent.s_scalar());
        fault::at("s·(HE + r·SSK)", &mut multiplier);
        let holds = Point::base_times_has_x(&multiplier, &sent.r()) & self.is_as_accepted();
        let has_pvt = sent.pvt_point().as_bytes() == self.pvt.as_bytes();
        // It holds unless there was a fault.
        if fault::verdict(ct::declassify(holds) && has_pvt) { Ok(sent) } else { Err(Error::Fault) }
    }
}

/// SHA-256 of SSK, HS and PVT. It is as secret as SSK, because anyone who has it can try candidates for SSK.
fn write_digest(ssk: &SecretScalar, hs: &[u8; 32], pvt: &Point, digest: &mut [u8; 32]) {
    // The hasher is wiped in the place where it stands.
    let mut hash = Sha256::new();
    hash.update(ssk.to_bytes());
    hash.update(hs);
    hash.update(pvt.as_bytes());
    Digest::finalize_into_reset(&mut hash, digest.into());
}

/// HE + r·SSK mod q; `None` if it is 0 (steps 4 and 5).
fn divisor(ssk: &SecretScalar, r: &[u8; 32], he: &[u8; 32]) -> Option<SecretScalar> {
    SecretScalar::from_scalar(&he_plus_r_ssk(ssk, r, he))
}

/// HE + r·SSK mod q.
fn he_plus_r_ssk(ssk: &SecretScalar, r: &[u8; 32], he: &[u8; 32]) -> Zeroizing<Scalar> {
    // SSK is read from memory for each use, not kept in a register.
    let ssk = black_box(ssk).as_scalar();
    let r_ssk = Zeroizing::new(p256::reduce(r) * fault::passed("SSK", *ssk));
    let mut sum = Zeroizing::new(fault::passed("r·SSK", *r_ssk) + p256::reduce(he));
    fault::at("HE + r·SSK", &mut sum);
    sum
}

/// s = j/(HE + r·SSK) mod q (step 6), given the inverse of the divisor.
///
/// The RFC has a signer send q − s if s doesn't fit into N octets. On P-256 it always fits.
fn s_of(j: &SecretScalar, inverse_of_divisor: &SecretScalar) -> Option<SecretScalar> {
    let (inverse, j) = (inverse_of_divisor.as_scalar(), j.as_scalar());
    let product = fault::passed("1/(HE + r·SSK)", *inverse) * fault::passed("j, used again", *j);
    let mut s = Zeroizing::new(product);
    fault::at("s", &mut s);
    SecretScalar::from_scalar(&s)
}

/// The results of one run of section 5.2.1.
struct Signed {
    signature: Signature,
    #[cfg_attr(not(feature = "hazmat"), expect(dead_code, reason = "a trace reads it"))]
    he: [u8; 32],
    #[cfg_attr(not(feature = "hazmat"), expect(dead_code, reason = "a trace reads it"))]
    j: Point,
}

/// The intermediate values of a signature. All of them are public once the signature is known.
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
        // HE = −r·SSK. Nobody can find a message for it.
        let (ssk, r) = (secret(0x51), [0x53; 32]);
        let minus_r_ssk = p256::Scalar::ZERO - p256::reduce(&r) * *ssk.as_scalar();
        let he = SecretScalar::from_scalar(&minus_r_ssk).unwrap().to_bytes();
        assert!(divisor(&ssk, &r, &he).is_none());
    }

    #[test]
    fn s_is_j_over_he_plus_r_ssk() {
        let (ssk, j, r) = (secret(0x51), secret(0x52), [0x53; 32]);
        for he in [[0; 32], [0x54; 32], [0xff; 32]] {
            let s = s_of(&j, &divisor(&ssk, &r, &he).unwrap().invert()).unwrap();
            let divisor = p256::reduce(&he) + p256::reduce(&r) * *ssk.as_scalar();
            assert!((*s.as_scalar() * divisor).equals_vartime(j.as_scalar()));
        }
    }

    #[test]
    fn another_signature_stays_inside() {
        let kms = crate::eccsi::KmsSecretKey::try_from(&[0x55; 32]).unwrap();
        let issued = |octet, id: &[u8]| {
            kms.issue(&mut crate::random::testing::repeating(octet), id).unwrap()
        };
        let (key, other) = (issued(0x56, b"id"), issued(0x57, b"di"));
        let sign = |key: &SigningKey, message: &[u8]| {
            key.sign_with(&secret(0x57), &[message]).unwrap().signature
        };
        let checked = |signature: &Signature| key.checked(signature, &[b"message"]);
        assert!(checked(&sign(&key, b"message")).is_ok());
        let r = sign(&key, b"message").r();
        let wrong_s = Signature::new(&r, &secret(0x58), &key.pvt).unwrap();
        assert_eq!(checked(&wrong_s), Err(Error::Fault));
        assert_eq!(checked(&sign(&key, b"massage")), Err(Error::Fault));
        assert_eq!(checked(&sign(&other, b"message")), Err(Error::Fault));
        // The right r and s with another PVT.
        let mut octets = sign(&key, b"message").to_bytes();
        octets[64..].copy_from_slice(&other.pvt());
        assert_eq!(checked(&Signature::try_from(&octets).unwrap()), Err(Error::Fault));
    }

    #[test]
    fn the_check_accepts_what_a_verifier_accepts() {
        let kms = crate::eccsi::KmsSecretKey::try_from(&[0x55; 32]).unwrap();
        let rng = &mut crate::random::testing::repeating(0x56);
        let key = kms.issue(rng, b"id").unwrap();
        let everybody = kms.public_key().verifying_key(b"id");
        let right = key.sign_with(&secret(0x57), &[b"message"]).unwrap().signature;
        // q − s is right as well.
        let minus_s = SecretScalar::from_scalar(&(Scalar::ZERO - *right.s_scalar())).unwrap();
        let opposite = Signature::new(&right.r(), &minus_s, &key.pvt).unwrap();
        for signature in [right, opposite] {
            assert!(everybody.verify(b"message", &signature).is_ok());
            assert!(key.checked(&signature, &[b"message"]).is_ok());
        }
    }

    #[test]
    fn keys_are_equal_in_both_parts() {
        let key = |ssk, hs| SigningKey::from_parts(secret(ssk), Point::generator(), [hs; 32]);
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
