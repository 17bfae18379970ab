//! RFC 6508 sections 6.1.1 and 6.2.2 for keys that live elsewhere: z at a KMS, RSK at a receiver.
//!
//! A key may be in an HSM, on a card, or in another process. Whoever needs one takes any type with these traits,
//! and the keys of this crate are the first that have them. The calls block until the answer is there.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::ops::Deref;

use super::{Encapsulation, KmsPublicKey, KmsSecretKey, ReceiverKey, SharedSecret};
#[cfg(feature = "alloc")]
use super::{LeadingZeros, PreparedReceiverKey};
use crate::error::Error;
use crate::identifier::Identifier;

/// What extracts receiver keys: z, or what stands for one that lives elsewhere.
///
/// A `kms::KeyIssuer` takes it. The guide's chapter of the KMS has an example of an HSM.
pub trait Extract {
    /// Z = \[z\]P.
    fn z(&self) -> &KmsPublicKey;

    /// Section 6.1.1: the receiver key of this identifier.
    ///
    /// The octets that come from where z is become one by [`ReceiverKey::new`], which refuses any other than the
    /// identifier's.
    ///
    /// Raw octets that start with 00 must be refused, and more besides where a KMS has both UIDs and raw octets for
    /// identifiers: see [`KmsSecretKey::extract`].
    ///
    /// Secret: z, K. Public: `id`.
    ///
    /// Errors: [`Error::LeadingZero`]; [`Error::Identifier`] for an identifier that has no key;
    /// [`Error::Unavailable`] if z can't be reached; those of [`ReceiverKey::new`].
    fn extract(&self, id: &Identifier) -> Result<ReceiverKey, Error>;

    /// [`extract`](Self::extract) for each of the identifiers, in their order: one after the other, unless it
    /// can do better.
    ///
    /// Errors: as of [`extract`](Self::extract), for any of them.
    #[cfg(feature = "alloc")]
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    fn extract_all(&self, ids: &[Identifier]) -> Result<Vec<ReceiverKey>, Error> {
        // With room for all: a vector that grows leaves copies of the keys behind.
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

/// What opens Encapsulated Data: a receiver's key, several of them, or what stands for one that lives elsewhere.
///
/// Around the change of a key period a receiver holds the keys of two. A slice or an array of keys is for that: of
/// them the one opens whose identifier and KMS are asked for.
pub trait Decapsulate {
    /// Whether it has the key of this identifier under the KMS with this Z. An identifier of a telephone
    /// number doesn't say which KMS it is of. The key itself isn't asked: it may be out of reach.
    fn has(&self, identifier: &Identifier, z: &KmsPublicKey) -> bool;

    /// Section 6.2.2: the secret, if it was encapsulated to this identifier under that KMS.
    ///
    /// The whole of section 6.2.2 is done where the key is, TEST = R with it. What gave w, or an SSV without that
    /// check, would be an oracle for the key.
    ///
    /// Secret: the key, the SSV. Public: everything else, and the outcome.
    ///
    /// Errors: [`Error::Rejected`] if it wasn't, for whatever reason: a message that brought it stays refused.
    /// Any other if the key couldn't be used: [`Error::Unavailable`] if it can't be reached, [`Error::Fault`].
    /// Such a message may be received again.
    fn open(
        &self,
        identifier: &Identifier,
        z: &KmsPublicKey,
        encapsulation: &Encapsulation,
    ) -> Result<SharedSecret, Error>;

    /// [`open`](Self::open) for a sender that may hash w without its leading zero octets:
    /// [`ReceiverKey::decapsulate_either`].
    ///
    /// A key that lives elsewhere, and knows no reading but the RFC's, opens what follows the RFC: that is what this does
    /// if a type doesn't say otherwise. **Whoever implements it computes both readings every time**: a second try for
    /// some messages alone tells by its time what w begins with.
    ///
    /// Errors: as of [`open`](Self::open).
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
                let key = self.has(identifier, z).then_some(self).ok_or(Error::Rejected)?;
                key.decapsulate(encapsulation)
            }

            #[cfg(feature = "alloc")]
            fn open_either(
                &self,
                identifier: &Identifier,
                z: &KmsPublicKey,
                encapsulation: &Encapsulation,
            ) -> Result<(SharedSecret, LeadingZeros), Error> {
                let key = self.has(identifier, z).then_some(self).ok_or(Error::Rejected)?;
                key.decapsulate_either(encapsulation)
            }
        }
    };
}

#[cfg(feature = "alloc")]
own_key!(ReceiverKey);
own_key!(PreparedReceiverKey);

impl<K: Decapsulate> Decapsulate for [K] {
    fn has(&self, identifier: &Identifier, z: &KmsPublicKey) -> bool {
        self.iter().any(|key| key.has(identifier, z))
    }

    fn open(
        &self,
        identifier: &Identifier,
        z: &KmsPublicKey,
        encapsulation: &Encapsulation,
    ) -> Result<SharedSecret, Error> {
        let key = self.iter().find(|key| key.has(identifier, z)).ok_or(Error::Rejected)?;
        key.open(identifier, z, encapsulation)
    }

    #[cfg(feature = "alloc")]
    fn open_either(
        &self,
        identifier: &Identifier,
        z: &KmsPublicKey,
        encapsulation: &Encapsulation,
    ) -> Result<(SharedSecret, LeadingZeros), Error> {
        let key = self.iter().find(|key| key.has(identifier, z)).ok_or(Error::Rejected)?;
        key.open_either(identifier, z, encapsulation)
    }
}

/// An array passes each call on to its slice, and a reference to what it refers to.
macro_rules! passes_on {
    ([$($generics:tt)+] $from:ty, $to:expr) => {
        impl<$($generics)+> Decapsulate for $from {
            fn has(&self, identifier: &Identifier, z: &KmsPublicKey) -> bool {
                $to(self).has(identifier, z)
            }

            fn open(
                &self,
                identifier: &Identifier,
                z: &KmsPublicKey,
                encapsulation: &Encapsulation,
            ) -> Result<SharedSecret, Error> {
                $to(self).open(identifier, z, encapsulation)
            }

            #[cfg(feature = "alloc")]
            fn open_either(
                &self,
                identifier: &Identifier,
                z: &KmsPublicKey,
                encapsulation: &Encapsulation,
            ) -> Result<(SharedSecret, LeadingZeros), Error> {
                $to(self).open_either(identifier, z, encapsulation)
            }
        }
    };
}

passes_on!([K: Decapsulate, const N: usize] [K; N], <[K; N]>::as_slice);
passes_on!([K: Decapsulate + ?Sized] &K, Deref::deref);
