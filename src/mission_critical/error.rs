//! Why a key or its message was refused.

use core::convert::Infallible;
use core::fmt;

use crate::error::TryError;
use crate::mikey;

/// Why a key, or the message that carries one, was refused.
///
/// A receiver that answers with an error should tell no more than [`number`](Error::number).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Error {
    /// MIKEY refused it.
    Message(mikey::Error),
    /// The identifier's purpose tag isn't assigned, or isn't that of the key expected.
    Purpose,
    /// The message doesn't follow the profile: PRF, timestamp, map or policies are others.
    Profile,
    /// An identity that the profile demands is missing.
    Identity,
    /// An SPI isn't the one that belongs to the key and the CSB ID.
    Spi,
    /// Key parameters are missing, or malformed.
    Parameters,
    /// Key parameters don't open with the key beside them.
    Sealed,
    /// The key's status is revoked.
    Revoked,
    /// The key has expired by the receiver's clock.
    Expired,
    /// The key parameters don't name the group expected.
    Group,
    /// A key of this identifier is stored already.
    Duplicate,
    /// The signing key isn't the sender's of the period of T.
    SigningKey,
    /// The key has no RAND, or one that is none: zeros that nobody drew, fewer than 16 octets, more than 255.
    Rand,
    /// The crypto session goes under another kind of key.
    CsId,
    /// The policy of the crypto session asks for keys that aren't made here, of another cipher or other lengths, or
    /// isn't in the message.
    Policy,
    /// The key expires before it comes into force, or one of these times is 68 years from the message's.
    Times,
    /// The key isn't in force yet by the own clock.
    NotYet,
    /// The GMK that a message or session names isn't held for this group, or isn't the one given.
    Gmk,
}

impl Error {
    /// The number of a MIKEY error payload that reports this.
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
    /// The error of a `try_` function whose generator can't fail.
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
            Self::Purpose => "not an identifier of this purpose: check which kind of key is meant",
            Self::Profile => "message does not follow the profile: have its sender follow TS 33.180 annex E",
            Self::Identity => "identity missing: have its sender name both users and their KMSs",
            Self::Spi => "SPI does not belong to the key: ask its sender for a new message",
            Self::Parameters => "key parameters missing or malformed: have its sender state what belongs to the key",
            Self::Sealed => "key parameters do not open: ask its sender for a new message",
            Self::Revoked => "key is revoked: use its successor, or ask for one",
            Self::Expired => "key has expired: ask for its successor, and check the clock",
            Self::Group => "key is for another group: check which group is configured",
            Self::Duplicate => "key identifier is known already: keep the key that is stored",
            Self::SigningKey => {
                "signing key is not the sender's of this time: load the one of its key period"
            }
            Self::Rand => {
                "key without a RAND of 16 to 255 octets, not all zeros: take the one that is kept with the key"
            }
            Self::Times => {
                "activation or expiry that cannot be meant: give an NtpTime near now, and the expiry last"
            }
            Self::NotYet => "key is not in force yet: send under the one that is, and check the clock",
            Self::Policy => {
                "no keys are made here for the policy of the session: have its sender offer AES-GCM with keys of 16 octets"
            }
            Self::CsId => "crypto session is not one of this kind of key: name one that is",
            Self::Gmk => {
                "not a GMK that is held for the group: take the one named, or ask the group's GMS for it"
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
