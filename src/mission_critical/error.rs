//! Why a key or its message was refused.

use core::convert::Infallible;
use core::fmt;

use crate::error::TryError;
use crate::mikey;

/// Why a key, or the message that carries a key, was refused.
///
/// A receiver that answers with an error should reveal no more than [`number`](Error::number).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Error {
    /// MIKEY refused the message.
    Message(mikey::Error),
    /// The purpose tag of the identifier is not assigned, or is not that of the expected kind of key.
    Purpose,
    /// The message does not follow the profile: its PRF, timestamp, map or policies differ from it.
    Profile,
    /// An identity that the profile requires is missing.
    Identity,
    /// An SPI is not the one that belongs to the key and the CSB ID.
    Spi,
    /// Key parameters are missing or malformed.
    Parameters,
    /// The key parameters do not open with the key in the same message.
    Sealed,
    /// The status of the key says that it is revoked.
    Revoked,
    /// The key has expired according to the receiver's clock.
    Expired,
    /// The key parameters do not name the expected group.
    Group,
    /// A key with this identifier is already stored.
    Duplicate,
    /// The signing key is not the sender's key for the period of T.
    SigningKey,
    /// The key has no valid RAND: it is missing, has fewer than 16 or more than 255 octets, or is all zeros, which
    /// means that nobody drew it.
    Rand,
    /// The crypto session belongs to another kind of key.
    CsId,
    /// The policy of the crypto session requires keys for another cipher or of other lengths than this crate derives,
    /// or the message does not contain the policy.
    Policy,
    /// The key expires before it comes into force, or one of these times is at least 68 years from the time of the
    /// message.
    Times,
    /// The key is not in force yet according to the own clock.
    NotYet,
    /// The GMK that a message or a session names is not stored for this group, or is not the given one.
    Gmk,
}

impl Error {
    /// The number of the MIKEY error payload that reports this error.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Message(error) => error.number(),
            Self::Sealed => 0,
            _ => 12,
        }
    }

    /// Whether a message that was verified and then refused for this reason stays refused.
    pub(super) const fn is_final(self) -> bool {
        match self {
            Self::Message(error) => error.is_final(),
            Self::Sealed | Self::Spi | Self::Revoked | Self::Duplicate => true,
            _ => false,
        }
    }
}

impl From<TryError<Infallible>> for Error {
    /// The error of a `try_` function whose generator cannot fail.
    fn from(error: TryError<Infallible>) -> Self {
        crate::Error::from(error).into()
    }
}

impl From<mikey::Error> for Error {
    fn from(error: mikey::Error) -> Self {
        Self::Message(error)
    }
}

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        Self::Message(error.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Message(error) => return error.fmt(f),
            Self::Purpose => "identifier is of another purpose: check which kind of key is meant",
            Self::Profile => "message does not follow the profile: have the sender follow TS 33.180 annex E",
            Self::Identity => "an identity is missing: have the sender name both users and their KMSs",
            Self::Spi => "SPI does not belong to the key: ask the sender for a new message",
            Self::Parameters => {
                "key parameters are missing or malformed: have the sender include the parameters of the key"
            }
            Self::Sealed => "key parameters do not open: ask the sender for a new message",
            Self::Revoked => "key is revoked: use its successor, or ask for a new key",
            Self::Expired => "key has expired: ask for its successor, and check the clock",
            Self::Group => "key is for another group: check which group is configured",
            Self::Duplicate => "a key with this identifier is already stored: keep the stored key",
            Self::SigningKey => {
                "signing key is not the sender's key for this time: load the key of that key period"
            }
            Self::Rand => {
                "key has no RAND of 16 to 255 octets that are not all zeros: use the RAND that is stored with the key"
            }
            Self::Times => {
                "activation or expiry cannot be right: give times near now, and an expiry after the activation"
            }
            Self::NotYet => "key is not in force yet: send under the key that is in force, and check the clock",
            Self::Policy => {
                "policy of the session is not supported: have the sender offer AES-GCM with keys of 16 octets"
            }
            Self::CsId => "crypto session belongs to another kind of key: name a session of this kind of key",
            Self::Gmk => {
                "GMK is not stored for the group: use the GMK that is named, or ask the GMS of the group for it"
            }
        })
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Message(error) => Some(error),
            _ => None,
        }
    }
}
