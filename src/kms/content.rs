//! TS 33.180 D.3.5: a key in a message, in clear or wrapped.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::ct;

/// A key as it stands in a message.
#[derive(Clone)]
pub enum KeyContent {
    /// In clear. Wiped on drop, not printed.
    #[doc(alias = "KeyContentType")]
    Plain(Zeroizing<Vec<u8>>),
    /// Wrapped with a transport key.
    ///
    /// Boxed: beside a key in clear there would be room that moving it fills with whatever a register
    /// holds, octets of the key that were just copied.
    #[doc(alias = "EncKeyContentType")]
    Wrapped(Box<WrappedKey>),
}

/// A key wrapped with a transport key, and what XML encryption says beside it.
#[doc(alias = "EncryptedKey")]
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct WrappedKey {
    /// The wrapped octets.
    #[doc(alias = "CipherValue")]
    pub octets: Vec<u8>,
    /// What the transport key is called. It must be the one it is opened with, if that has a name.
    #[doc(alias = "KeyName")]
    pub key_name: Option<String>,
    /// What the key inside is called.
    #[doc(alias = "CarriedKeyName")]
    pub carried_key_name: Option<String>,
}

impl KeyContent {
    /// A key in clear.
    #[must_use]
    pub fn plain(octets: &[u8]) -> Self {
        Self::Plain(Zeroizing::new(octets.to_vec()))
    }

    /// A wrapped key, without names.
    #[must_use]
    pub fn wrapped(octets: &[u8]) -> Self {
        WrappedKey { octets: octets.to_vec(), ..WrappedKey::default() }.into()
    }
}

impl From<WrappedKey> for KeyContent {
    fn from(key: WrappedKey) -> Self {
        Self::Wrapped(Box::new(key))
    }
}

impl PartialEq for KeyContent {
    /// Keys in clear are compared in constant time.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(one), Self::Plain(other)) => {
                ct::declassify(one.as_slice().ct_eq(other.as_slice()))
            }
            (Self::Wrapped(one), Self::Wrapped(other)) => one == other,
            _ => false,
        }
    }
}

impl Eq for KeyContent {}

impl fmt::Debug for KeyContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(_) => f.write_str("Plain(..)"),
            Self::Wrapped(wrapped) => wrapped.fmt(f),
        }
    }
}
