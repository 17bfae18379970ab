//! TS 33.180 D.3.5: a key in a message, in clear or wrapped.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use super::Error;
use crate::ct;
use crate::eccsi::SigningKey;
use crate::sakke::ReceiverKey;

/// A key in the form that it has in a message.
#[derive(Clone)]
pub enum KeyContent {
    /// In clear. It is wiped on drop, and its `Debug` output hides it.
    #[doc(alias = "KeyContentType")]
    Plain(Zeroizing<Vec<u8>>),
    /// Wrapped with a transport key.
    ///
    /// It is boxed so that both variants have the same size. Otherwise moving a key in clear would fill the unused room
    /// from registers, which may still hold octets of a key that was copied just before.
    #[doc(alias = "EncKeyContentType")]
    Wrapped(Box<WrappedKey>),
}

/// A key wrapped with a transport key, with the names that XML encryption gives beside it.
#[doc(alias = "EncryptedKey")]
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct WrappedKey {
    /// The wrapped octets.
    #[doc(alias = "CipherValue")]
    pub octets: Vec<u8>,
    /// The name of the transport key. If the key that unwraps has a name, this must be the same.
    #[doc(alias = "KeyName")]
    pub key_name: Option<String>,
    /// The name of the wrapped key.
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

/// The octets of an RSK.
pub(super) const RSK_LENS: RangeInclusive<usize> = ReceiverKey::LEN..=ReceiverKey::LEN;
/// The octets that an SSK may have. It is an integer, and some KMSs write octets 00 before it.
pub(super) const SSK_LENS: RangeInclusive<usize> = SigningKey::SSK_LEN..=SigningKey::SSK_LEN + 8;
/// The octets of a PVT.
pub(super) const PVT_LENS: RangeInclusive<usize> = SigningKey::PVT_LEN..=SigningKey::PVT_LEN;

/// The last 32 octets of an SSK, and whether all octets before them are 00. In RFC 6507 section 5.1, SSK is an integer
/// below q.
///
/// Secret: the octets, and whether they are 00. Public: their number.
///
/// Errors: [`Error::Length`] for fewer than 32 octets.
pub(super) fn integer(ssk: &[u8]) -> Result<(Choice, &[u8; SigningKey::SSK_LEN]), Error> {
    let (before, ssk) = ssk.split_last_chunk().ok_or(Error::Length)?;
    Ok((before.iter().fold(0, |all, octet| all | octet).ct_eq(&0), ssk))
}
