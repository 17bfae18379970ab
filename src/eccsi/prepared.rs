//! Public keys and signers with precomputed tables: prepare one that you use many times.
//!
//! | prepared | KiB | preparing takes as long as | pays from | what becomes faster |
//! |---|---|---|---|---|
//! | [`PreparedKmsPublicKey`] | 4 | half a verification | 5 signatures | verifying any signer, by a tenth; batches, by a factor of four; imports |
//! | [`PreparedSigner`] | 5 | 2 verifications | 4 signatures | verifying this signer, by a factor of three |
//!
//! Both are public, have a fixed size and own no heap, so the caller may keep them anywhere. A server that meets
//! many signers keeps a map of as many [`PreparedSigner`]s as it has memory for. The key of the map is the signer's
//! identifier together with [`Signature::pvt`]. When the map is full, drop the entry that was not used for the longest
//! time. Make an entry on a signer's second signature rather than on the first, and verify with the
//! [`PreparedKmsPublicKey`] until then. Never prepare the PVT of a signature before that signature has verified:
//! everybody can send a PVT.

use core::fmt;

use sha2::{Digest, Sha256};

use super::verifying::{hashes, is_valid_of_known_vartime, is_valid_vartime, outcome};
use super::{KmsPublicKey, Signature, SigningKey, VerifyingKey, hash_of_signer, he};
use crate::error::Error;
use crate::fault;
use crate::p256::{self, OddMultiples, Point, SignerComb, Summand};

/// A KMS public key with 64 multiples of KPAK, for signers that you meet for the first time.
///
/// The multiples take 4 KiB. They are public, like the key.
#[derive(Clone)]
pub struct PreparedKmsPublicKey {
    key: KmsPublicKey,
    multiples: OddMultiples,
    /// SHA-256 after G ‖ KPAK.
    hash: Sha256,
}

impl KmsPublicKey {
    /// Computes multiples of KPAK. It takes half as long as one verification.
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

    /// [`verify`](Self::verify) for a message in parts.
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
        hashes(self.hash.clone().chain_update(id), message, signature)
    }

    #[cfg(feature = "alloc")]
    pub(super) fn multiples(&self) -> &OddMultiples {
        &self.multiples
    }

    /// [`SigningKey::new`] under this KMS.
    ///
    /// Errors: those of [`SigningKey::new`].
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

/// A signer that is known by its identifier and PVT, with the comb of their Y = \[HS\]PVT + KPAK.
///
/// It takes 5 KiB and is public.
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

    /// The PVT that this signer was prepared with.
    #[must_use]
    pub fn pvt(&self) -> [u8; 65] {
        self.pvt
    }

    /// Section 5.2.2: whether `signature` is this signer's over `message`.
    ///
    /// A signature with another PVT, for example from another device of the signer, is verified as
    /// [`VerifyingKey::verify`] does it.
    ///
    /// Leaks: everything; verification has no secret.
    ///
    /// Errors: [`Error::Rejected`].
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), Error> {
        self.verify_parts(&[message], signature)
    }

    /// [`verify`](Self::verify) for a message in parts.
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
