//! RFC 6508 sections 6.1.1 and 6.2.2 for keys that live elsewhere: z at a KMS, RSK at a receiver.
//!
//! A key may be in an HSM, on a card, or in another process. The layers above the schemes take any type that implements
//! these traits, as the keys of this crate do. The calls block until the answer is there.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::ops::Deref;
use core::slice;

use super::{Encapsulation, KmsPublicKey, KmsSecretKey, ReceiverKey, SharedSecret};
#[cfg(feature = "alloc")]
use super::{LeadingZeros, PreparedReceiverKey};
use crate::error::Error;
use crate::identifier::Identifier;

/// Extracts receiver keys. [`KmsSecretKey`] implements it, and so may a type that stands for a z that lives elsewhere.
///
/// `kms::KeyIssuer` takes any type with this trait. The guide's chapter on the KMS has an HSM for an example.
pub trait Extract {
    /// Z = \[z\]P.
    fn z(&self) -> &KmsPublicKey;

    /// Section 6.1.1: the receiver key of this identifier.
    ///
    /// The place where z is gives octets. [`ReceiverKey::new`] makes a key of them, and refuses any key that isn't the
    /// identifier's.
    ///
    /// An implementation must refuse raw octets that start with 00. Where a KMS serves both UIDs and raw octets, it
    /// must refuse more: see [`KmsSecretKey::extract`].
    ///
    /// Secret: z, K. Public: `id`.
    ///
    /// Errors: [`Error::LeadingZero`]; [`Error::Identifier`] for an identifier that has no key;
    /// [`Error::Unavailable`] if z can't be reached; those of [`ReceiverKey::new`].
    fn extract(&self, id: &Identifier) -> Result<ReceiverKey, Error>;

    /// [`extract`](Self::extract) for each of the identifiers, in their order. The provided method takes one after the
    /// other.
    ///
    /// Errors: those of [`extract`](Self::extract), if any of the identifiers has one.
    #[cfg(feature = "alloc")]
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    fn extract_all(&self, ids: &[Identifier]) -> Result<Vec<ReceiverKey>, Error> {
        // There is room for all of them, because a vector that grows leaves copies of the keys behind.
        let mut keys = Vec::with_capacity(ids.len());
        for id in ids {
            keys.push(self.extract(id)?);
        }
        Ok(keys)
    }
}

impl Extract for KmsSecretKey {
    fn z(&self) -> &KmsPublicKey {
        self.public_key()
    }

    fn extract(&self, id: &Identifier) -> Result<ReceiverKey, Error> {
        self.extract(id)
    }

    #[cfg(feature = "alloc")]
    fn extract_all(&self, ids: &[Identifier]) -> Result<Vec<ReceiverKey>, Error> {
        self.extract_all(ids)
    }
}

/// Opens Encapsulated Data. The receiver's keys of this crate implement it, and so may a type that stands for a key
/// that lives elsewhere.
///
/// Around the change of a key period, a receiver holds the keys of both periods in a slice or an array. The key with
/// the identifier and the KMS that the caller asks for opens.
pub trait Decapsulate {
    /// Whether this is, or has, the key of this identifier under the KMS with this Z. (The identifier of a telephone
    /// number doesn't say which KMS it belongs to.) An implementation answers without the key itself, which may be out
    /// of reach.
    fn has(&self, identifier: &Identifier, z: &KmsPublicKey) -> bool;

    /// Section 6.2.2: the secret, if it was encapsulated to this identifier under that KMS.
    ///
    /// The whole of section 6.2.2 is done in the place where the key is, including the check TEST = R. If w left that
    /// place, or an SSV without that check, this would be an oracle for the key.
    ///
    /// Secret: the key, the SSV. Public: everything else, and the outcome.
    ///
    /// Errors: [`Error::Rejected`] if it wasn't, whatever the reason. The message that brought it stays refused.
    /// Any other error means that the key couldn't be used: [`Error::Unavailable`] if it can't be reached,
    /// [`Error::Fault`] if the computation went wrong. Then the message may be received again.
    fn open(
        &self,
        identifier: &Identifier,
        z: &KmsPublicKey,
        encapsulation: &Encapsulation,
    ) -> Result<SharedSecret, Error>;

    /// [`open`](Self::open) for a sender that may hash w without its leading zero octets:
    /// [`ReceiverKey::decapsulate_either`].
    ///
    /// The provided method opens only what follows the RFC: a key that lives elsewhere may know no other reading. **If
    /// you implement this method, compute both readings every time**: if some messages alone get a second try, the time
    /// tells how w begins.
    ///
    /// Errors: those of [`open`](Self::open).
    #[cfg(feature = "alloc")]
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    fn open_either(
        &self,
        identifier: &Identifier,
        z: &KmsPublicKey,
        encapsulation: &Encapsulation,
    ) -> Result<(SharedSecret, LeadingZeros), Error> {
        Ok((self.open(identifier, z, encapsulation)?, LeadingZeros::Kept))
    }
}

/// A key of this crate opens what is for its own identifier and KMS.
macro_rules! own_key {
    ($key:ty) => {
        impl Decapsulate for $key {
            fn has(&self, identifier: &Identifier, z: &KmsPublicKey) -> bool {
                self.is_for(identifier, z)
            }

            fn open(
                &self,
                identifier: &Identifier,
                z: &KmsPublicKey,
                encapsulation: &Encapsulation,
            ) -> Result<SharedSecret, Error> {
                key_of(slice::from_ref(self), identifier, z)?.decapsulate(encapsulation)
            }

            #[cfg(feature = "alloc")]
            fn open_either(
                &self,
                identifier: &Identifier,
                z: &KmsPublicKey,
                encapsulation: &Encapsulation,
            ) -> Result<(SharedSecret, LeadingZeros), Error> {
                key_of(slice::from_ref(self), identifier, z)?.decapsulate_either(encapsulation)
            }
        }
    };
}

own_key!(ReceiverKey);
#[cfg(feature = "alloc")]
own_key!(PreparedReceiverKey);

impl<K: Decapsulate> Decapsulate for [K] {
    fn has(&self, identifier: &Identifier, z: &KmsPublicKey) -> bool {
        key_of(self, identifier, z).is_ok()
    }

    fn open(
        &self,
        identifier: &Identifier,
        z: &KmsPublicKey,
        encapsulation: &Encapsulation,
    ) -> Result<SharedSecret, Error> {
        key_of(self, identifier, z)?.open(identifier, z, encapsulation)
    }

    #[cfg(feature = "alloc")]
    fn open_either(
        &self,
        identifier: &Identifier,
        z: &KmsPublicKey,
        encapsulation: &Encapsulation,
    ) -> Result<(SharedSecret, LeadingZeros), Error> {
        key_of(self, identifier, z)?.open_either(identifier, z, encapsulation)
    }
}

/// The first of the keys that is for this identifier under this KMS.
fn key_of<'k, K: Decapsulate>(
    keys: &'k [K],
    identifier: &Identifier,
    z: &KmsPublicKey,
) -> Result<&'k K, Error> {
    keys.iter().find(|key| key.has(identifier, z)).ok_or(Error::Rejected)
}

/// Implements [`Decapsulate`] for a type that passes each call on to another.
macro_rules! opens_with {
    ($(#[$doc:meta])* [$($generics:tt)*] $from:ty, $to:expr) => {
        $(#[$doc])*
        impl<$($generics)*> $crate::sakke::Decapsulate for $from {
            fn has(
                &self,
                identifier: &$crate::Identifier,
                z: &$crate::sakke::KmsPublicKey,
            ) -> bool {
                $to(self).has(identifier, z)
            }

            fn open(
                &self,
                identifier: &$crate::Identifier,
                z: &$crate::sakke::KmsPublicKey,
                encapsulation: &$crate::sakke::Encapsulation,
            ) -> Result<$crate::sakke::SharedSecret, $crate::Error> {
                $to(self).open(identifier, z, encapsulation)
            }

            #[cfg(feature = "alloc")]
            fn open_either(
                &self,
                identifier: &$crate::Identifier,
                z: &$crate::sakke::KmsPublicKey,
                encapsulation: &$crate::sakke::Encapsulation,
            ) -> Result<($crate::sakke::SharedSecret, $crate::sakke::LeadingZeros), $crate::Error>
            {
                $to(self).open_either(identifier, z, encapsulation)
            }
        }
    };
}

opens_with!([K: Decapsulate, const N: usize] [K; N], <[K; N]>::as_slice);
opens_with!([K: Decapsulate + ?Sized] &K, Deref::deref);

#[cfg(feature = "kms")]
pub(crate) use opens_with;
