//! ECCSI, RFC 6507: certificateless signatures on P-256 with SHA-256 (RFC 6509 section 2.1.1).
//!
//! ```text
//! KMS     KPAK = [KSAK]G                                  4.2      KmsSecretKey, KmsPublicKey
//!         v random, PVT = [v]G                            5.1.1    KmsSecretKey::issue
//!         HS = SHA-256( G ‖ KPAK ‖ ID ‖ PVT )
//!         SSK = KSAK + HS·v mod q
//! signer  accepts (SSK, PVT) iff [SSK]G − [HS]PVT = KPAK  5.1.2    SigningKey::new
//!         j random, r = x([j]G)                           5.2.1    SigningKey::sign
//!         HE = SHA-256( HS ‖ r ‖ M )
//!         s = j/(HE + r·SSK) mod q, signature r ‖ s ‖ PVT
//! anyone  Y = [HS]PVT + KPAK                              5.2.2    VerifyingKey::verify
//!         accepts iff x([s]([HE]G + [r]Y)) = r ≠ 0
//! ```
//!
//! A verifier needs only the signer's identifier and KPAK, because the signature contains PVT.
//! q is the order of G, and q < p. r is an x-coordinate; it is not reduced modulo q.
//!
//! To verify many signatures, prepare the keys: use [`PreparedKmsPublicKey`] for new signers and for
//! batches, [`PreparedSigner`] for a signer that you meet again. The results are the same.
//!
//! This module asks for more than the letter of the RFC: 1 ≤ r < p and 1 ≤ s < q in a signature, and 1 ≤ SSK <
//! q in a key. A signer that follows section 5.2.1 on P-256 makes nothing else. Even so, signatures are not
//! unique: (r, s) and (r, q − s) both verify, as section 6 of the RFC concedes. So don't use the octets of a
//! signature as a name for it.
//!
//! ```
//! use eccsi_sakke::eccsi::{KmsPublicKey, KmsSecretKey, Signature, SigningKey};
//! use getrandom::{SysRng, rand_core::UnwrapErr};
//!
//! let mut rng = UnwrapErr(SysRng);
//! let id = b"2011-02\0tel:+447700900123\0";
//!
//! // KMS
//! let kms = KmsSecretKey::generate(&mut rng)?;
//! let issued = kms.issue(&mut rng, id)?;
//! let (ssk, pvt) = (issued.ssk(), issued.pvt());
//! let kpak = kms.public_key().to_bytes();
//!
//! // signer
//! let kms = KmsPublicKey::try_from(&kpak)?;
//! let key = SigningKey::new(&ssk, pvt, id, &kms)?;
//! let octets = key.sign(&mut rng, b"message")?.to_bytes();
//!
//! // anyone
//! let signature = Signature::try_from(&octets)?;
//! kms.verifying_key(id).verify(b"message", &signature)?;
//! # Ok::<(), eccsi_sakke::Error>(())
//! ```

#[cfg(feature = "alloc")]
mod batch;
mod kms;
mod nonce;
mod prepared;
mod signature;
mod signing;
mod traits;
mod verifying;

#[cfg(feature = "alloc")]
pub use batch::SignedMessage;
pub use kms::{KmsPublicKey, KmsSecretKey};
pub use prepared::{PreparedKmsPublicKey, PreparedSigner};
pub use signature::Signature;
pub use signing::SigningKey;
#[cfg(feature = "kms")]
pub(crate) use traits::signs_with;
pub use traits::{Issue, IssuedPair, Sign};
pub use verifying::VerifyingKey;

#[cfg(feature = "hazmat")]
pub use signing::SigningTrace;
#[cfg(feature = "hazmat")]
pub use verifying::VerifyingTrace;

use sha2::{Digest, Sha256};

use crate::p256;

/// SHA-256 after everything that stands before PVT in HS: G ‖ KPAK ‖ ID.
fn hash_of_signer(kpak: &p256::Point, id: &[u8]) -> Sha256 {
    let g = p256::Point::generator();
    Sha256::new().chain_update(g.as_bytes()).chain_update(kpak.as_bytes()).chain_update(id)
}

/// HS = SHA-256( G ‖ KPAK ‖ ID ‖ PVT ).
fn hs(signer: Sha256, pvt: &p256::Point) -> [u8; 32] {
    signer.chain_update(pvt.as_bytes()).finalize().into()
}

/// HE = SHA-256( HS ‖ r ‖ M ), where M comes in any number of parts.
fn he(hs: &[u8; 32], r: &[u8; 32], message: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(hs).chain_update(r);
    for part in message {
        hash.update(part);
    }
    hash.finalize().into()
}
