//! SAKKE, RFC 6508: identity-based key encapsulation with parameter set 1 of RFC 6509.
//!
//! ```text
//! KMS       z random, Z = [z]P                                6.1.1    KmsSecretKey, KmsPublicKey
//!           K = [1/(a + z)]P for the identifier a             6.1.1    KmsSecretKey::extract
//! receiver  accepts K iff ⟨[a]P + Z, K⟩ = g and [q]K = O      6.1.2    ReceiverKey::new
//! sender    r = HashToIntegerRange(SSV ‖ b, q)                6.2.1    Recipient::encapsulate
//!           R = [r]([b]P + Z)
//!           H = SSV ⊕ HashToIntegerRange(gʳ, 2¹²⁸)
//! receiver  w = ⟨R, K⟩ = gʳ                                   6.2.2    ReceiverKey::decapsulate
//!           SSV = H ⊕ HashToIntegerRange(w, 2¹²⁸)
//!           TEST = [r]([b]P + Z), the SSV is used iff TEST = R
//! ```
//!
//! P, q and g = ⟨P, P⟩ are in `params`, ⟨ , ⟩ in `pairing`, the group of gʳ in `torus`,
//! HashToIntegerRange in `sakke::hash`.
//!
//! The SSV has 16 octets. The caller chooses it, because a group key goes to many recipients. Encapsulation
//! is deterministic: an SSV must have its full 128 bits of entropy, and everybody can see when the same SSV
//! is sent to the same recipient twice.
//!
//! ```
//! use eccsi_sakke::Identifier;
//! use eccsi_sakke::sakke::{Encapsulation, KmsPublicKey, KmsSecretKey, ReceiverKey, SharedSecret};
//! use getrandom::{SysRng, rand_core::UnwrapErr};
//! use subtle::ConstantTimeEq;
//!
//! let mut rng = UnwrapErr(SysRng);
//! let bob = Identifier::tel_monthly(2011, 2, "tel:+447700900123")?;
//!
//! // KMS
//! let kms = KmsSecretKey::generate(&mut rng)?;
//! let rsk = kms.extract(&bob)?.to_bytes();
//! let z = kms.public_key().to_bytes();
//!
//! // sender
//! let kms = KmsPublicKey::try_from(&z)?;
//! let key = SharedSecret::generate(&mut rng);
//! let octets = kms.recipient(&bob)?.encapsulate(&key)?.to_bytes();
//!
//! // receiver
//! let receiver = ReceiverKey::new(&rsk, &bob, &kms)?;
//! let opened = receiver.decapsulate(&Encapsulation::try_from(&octets)?)?;
//! assert!(bool::from(opened.ct_eq(&key)));
//! # Ok::<(), eccsi_sakke::Error>(())
//! ```

mod encapsulation;
pub(crate) mod hash;
mod kms;
mod receiver;
mod sender;
mod shared_secret;
mod traits;

pub use encapsulation::Encapsulation;
pub use kms::{KmsPublicKey, KmsSecretKey};
pub use receiver::ReceiverKey;
#[cfg(feature = "alloc")]
#[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
pub use receiver::{LeadingZeros, PreparedReceiverKey};
pub use sender::Recipient;
#[cfg(feature = "alloc")]
#[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
pub use sender::{PreparedKmsPublicKey, PreparedRecipient};
pub use shared_secret::SharedSecret;
#[cfg(feature = "kms")]
pub(crate) use traits::opens_with;
pub use traits::{Decapsulate, Extract};

#[cfg(feature = "hazmat")]
pub use receiver::DecapsulationTrace;
#[cfg(feature = "hazmat")]
pub use sender::EncapsulationTrace;
