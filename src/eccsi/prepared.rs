//! Keys with their tables, for those who use one key many times.
//!
//! | prepared | KiB | made in the time of | pays from | makes fast |
//! |---|---|---|---|---|
//! | [`PreparedKmsPublicKey`] | 4 | half a verification | 5 signatures | any signer's signatures, by a tenth; batches, four times; imports |
//! | [`PreparedSigner`] | 5 | 2 verifications | 4 signatures | one signer's signatures, three times |
//!
//! Both are public values of a fixed size and own no heap: where they are kept is the caller's choice. A
//! server that meets many signers keeps a map with as many [`PreparedSigner`]s as it has memory for, the
//! key being the signer's identifier together with [`Signature::pvt`], and drops those unused for longest.
//! It makes an entry on a signer's second signature rather than on the first, and verifies with the
//! [`PreparedKmsPublicKey`] meanwhile. Take none from a signature before it has verified: everybody can
//! send a PVT.

use core::fmt;

use sha2::{Digest, Sha256};

use super::verifying::{is_valid_of_known_vartime, is_valid_vartime, outcome};
use super::{KmsPublicKey, Signature, SigningKey, VerifyingKey, hash_of_signer, he, hs};
use crate::error::Error;
use crate::fault;
use crate::p256::{self, OddMultiples, Point, SignerComb, Summand};

/// A KMS public key with 64 multiples of KPAK: for signers met for the first time.
///
/// 4 KiB beside the key. Public, like the key.
#[derive(Clone)]
pub struct PreparedKmsPublicKey {
    key: KmsPublicKey,
    multiples: OddMultiples,
    /// SHA-256 after G ‖ KPAK.
    hash: Sha256,
}

impl KmsPublicKey {
    /// This key with multiples of KPAK. It costs half as much as one verification.
    #[must_use]
    pub fn prepare(&self) -> PreparedKmsPublicKey {
        PreparedKmsPublicKey {
            key: *self,
            multiples: self.kpak.odd_multiples(),
            hash: hash_of_signer(&self.kpak, &[]),
        }
    }
}

impl PreparedKmsPublicKey {
    /// The key itself.
    #[must_use]
    pub fn public_key(&self) -> &KmsPublicKey {
        &self.key
    }

    /// Section 5.2.2: whether `signature` is that of the signer `id` over `message`.
    ///
    /// Leaks: everything; verification has no secret.
    ///
    /// Errors: [`Error::Rejected`].
    pub fn verify(
        &self,
        id: impl AsRef<[u8]>,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), Error> {
        self.verify_parts(id, &[message], signature)
    }

    /// [`verify`](Self::verify) over the parts of a message, one after the other.
    pub fn verify_parts(
        &self,
        id: impl AsRef<[u8]>,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error> {
        let hashes = |signature: &Signature| self.hashes(id.as_ref(), message, signature);
        outcome(is_valid_vartime(Summand::Prepared(&self.multiples), hashes, signature))
    }

    /// HS of the signer `id` with the PVT of a signature, and HE.
    pub(super) fn hashes(
        &self,
        id: &[u8],
        message: &[&[u8]],
        signature: &Signature,
    ) -> [[u8; 32]; 2] {
        let hs = hs(self.hash.clone().chain_update(id), signature.pvt_point());
        let hs = fault::passed("HS", hs);
        [hs, fault::passed("HE", he(&hs, &signature.r(), message))]
    }

    #[cfg(feature = "alloc")]
    pub(super) fn multiples(&self) -> &OddMultiples {
        &self.multiples
    }

    /// [`SigningKey::new`] under this KMS.
    ///
    /// Errors: as there.
    pub fn signing_key(
        &self,
        ssk: impl AsRef<[u8]>,
        pvt: impl AsRef<[u8]>,
        id: impl AsRef<[u8]>,
    ) -> Result<SigningKey, Error> {
        SigningKey::validated(
            ssk.as_ref().try_into().map_err(|_| Error::Length)?,
            pvt.as_ref().try_into().map_err(|_| Error::Length)?,
            id.as_ref(),
            &self.key,
            Summand::Prepared(&self.multiples),
        )
    }
}

/// A signer known by identifier and PVT, with the comb of the Y = \[HS\]PVT + KPAK that belongs to
/// them.
///
/// 5 KiB. Public.
#[derive(Clone)]
pub struct PreparedSigner {
    key: VerifyingKey,
    pvt: [u8; 65],
    hs: [u8; 32],
    comb: SignerComb,
}

impl PreparedSigner {
    pub(super) fn new(key: &VerifyingKey, pvt: &[u8; 65]) -> Result<Self, Error> {
        let point = Point::from_bytes(pvt)?;
        let hs = key.hs_with(&point);
        let y = Point::sum_vartime((p256::reduce(&hs), &point), &key.kpak);
        let comb = SignerComb::new_vartime(&y.ok_or(Error::Rejected)?);
        Ok(Self { key: key.clone(), pvt: *pvt, hs, comb })
    }

    /// The signer's plain key.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The PVT this signer was prepared with.
    #[must_use]
    pub fn pvt(&self) -> [u8; 65] {
        self.pvt
    }

    /// Section 5.2.2: whether `signature` is this signer's over `message`.
    ///
    /// A signature with another PVT, of another of the signer's devices say, is verified as by
    /// [`VerifyingKey::verify`].
    ///
    /// Leaks: everything; verification has no secret.
    ///
    /// Errors: [`Error::Rejected`].
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), Error> {
        self.verify_parts(&[message], signature)
    }

    /// [`verify`](Self::verify) over the parts of a message, one after the other.
    pub fn verify_parts(&self, message: &[&[u8]], signature: &Signature) -> Result<(), Error> {
        if *signature.pvt_point().as_bytes() != self.pvt {
            return self.key.verify_parts(message, signature);
        }
        let he = |signature: &Signature| fault::passed("HE", he(&self.hs, &signature.r(), message));
        outcome(is_valid_of_known_vartime(&self.comb, he, signature))
    }
}

impl fmt::Debug for PreparedKmsPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("eccsi::PreparedKmsPublicKey").field(&self.key).finish()
    }
}

impl fmt::Debug for PreparedSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("eccsi::PreparedSigner(..)")
    }
}

#[cfg(feature = "signature")]
impl signature::Verifier<Signature> for PreparedSigner {
    fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), signature::Error> {
        self.verify_parts(&[message], signature).map_err(|_| signature::Error::new())
    }
}
