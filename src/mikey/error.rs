//! Why a message was refused.

use core::fmt;

use super::Limit;

/// Why a message was refused.
///
/// Precise about octets that everybody sees. What a receiver answers to its peer is another matter:
/// [`number`](Error::number) gives every failed authentication the same number, and RFC 3830 section
/// 5.1.2 has an unauthenticated answer be no more than a hint.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Error {
    /// The octets end inside an item, or a length says more than there is.
    Truncated,
    /// Octets follow where an item or the message ends.
    Trailing,
    /// A value is too long for its length field, or of a length its meaning doesn't allow.
    Length,
    /// The version isn't 1.
    Version,
    /// The data type is unknown, or isn't that of the message expected.
    MessageType,
    /// A payload of unknown type, or one that has no place in this message.
    Payload,
    /// A payload that the message must have is missing.
    Missing,
    /// Something comes twice that must be unique: a payload, an identity role, a CS ID, a policy.
    Repeated,
    /// A field has a value that is reserved, undefined, or not supported here.
    Value,
    /// The timestamp's type isn't allowed in this message, or can't be compared with a clock.
    TimestampType,
    /// RAND has fewer than 16 octets.
    Rand,
    /// PRF, encryption and MAC aren't one of the permitted suites.
    Suite,
    /// The pre-shared key has fewer than 16 octets, or repeats a block of 32 octets.
    PreSharedKey,
    /// The timestamp is further from the clock than the skew allows, or a counter didn't grow.
    Stale,
    /// The message has been accepted before.
    Replayed,
    /// The message was refused before, for a reason that stays.
    Settled,
    /// The message was verified and refused too often, for reasons that could have changed.
    Retries,
    /// The replay cache can't say: it has lost or forgotten messages of this T or a later one.
    Forgotten,
    /// The replay cache can't take another message, or the store another key, so the message can't be accepted.
    Full,
    /// The replay cache has as many messages of this initiator as it takes of one, or the store as many keys.
    Quota,
    /// The store didn't keep what has to be kept: nothing was changed, and the message can be received again.
    Store,
    /// The message names another initiator than the one expected.
    Initiator,
    /// The message, or the key to open it with, is another responder's.
    Responder,
    /// The SAKKE payload's identifier scheme isn't that of the responder's KMS.
    IdScheme,
    /// The message differs from the standards in a way that isn't accepted of its initiator.
    Departure,
    /// The signature isn't the initiator's over this message.
    Signature,
    /// The MAC doesn't belong to this message under this key.
    Mac,
    /// What the message encapsulates doesn't open with this key.
    Decapsulation,
    /// The message has more of this than the limits it was decoded within allow.
    Limit(Limit),
    /// A line of a session description doesn't carry a MIKEY message.
    Sdp,
    /// A point, scalar, identifier or time is refused by the cryptography below.
    Primitive(crate::Error),
}

impl Error {
    /// The number of an error payload that reports this (RFC 3830 section 6.12, RFC 6509).
    ///
    /// ```
    /// use eccsi_sakke::mikey::Error;
    ///
    /// assert_eq!(Error::Signature.number(), Error::Decapsulation.number());
    /// assert_eq!(Error::Stale.number(), 1);
    /// ```
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Initiator
            | Self::Responder
            | Self::Signature
            | Self::Mac
            | Self::Decapsulation => 0,
            Self::TimestampType
            | Self::Stale
            | Self::Replayed
            | Self::Settled
            | Self::Retries
            | Self::Forgotten => 1,
            Self::Suite => 2,
            Self::MessageType => 13,
            _ => 12,
        }
    }

    /// Whether a message that was verified and then refused for this reason stays refused.
    pub(crate) const fn is_final(self) -> bool {
        matches!(self, Self::Decapsulation)
    }
}

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        Self::Primitive(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "ends inside an item: ask its sender for the whole message",
            Self::Trailing => "octets after the end: give the message alone",
            Self::Length => "length not possible: shorten what does not fit, or have its sender do so",
            Self::Version => "version is not 1: ask its sender for a message of RFC 3830",
            Self::MessageType => "not a message of this type: decode it as the type that it is",
            Self::Payload => "payload unknown or out of place: have its sender leave it out",
            Self::Missing => "payload missing: have its sender add it",
            Self::Repeated => "repeated where once is allowed: state it once",
            Self::Value => "field value reserved or not supported: use one that the standard gives a meaning",
            Self::TimestampType => "timestamp of a type not allowed here: use NTP-UTC",
            Self::Rand => "RAND shorter than 16 octets: draw 16",
            Self::Suite => "algorithms are not one permitted suite: use the encryption and MAC that go with the PRF",
            Self::PreSharedKey => {
                "pre-shared key shorter than 16 octets or repeated: agree on 16 or 32 random octets"
            }
            Self::Stale => "timestamp outside the allowed skew: check both clocks, and ask for a new message",
            Self::Replayed => "message was accepted before: ignore it, or ask its sender for a new one",
            Self::Settled => "message was refused before: ask its sender for a new one",
            Self::Retries => "message was tried too often: ask its sender for a new one",
            Self::Forgotten => {
                "replay cache has forgotten messages of this time: wait, and ask for a new one"
            }
            Self::Full => {
                "no room for another message or key: delete keys that are over, or give the store more room"
            }
            Self::Quota => "no more room for this initiator: find out why it sends so many messages and keys",
            Self::Store => "store failed: nothing was changed, receive the message again",
            Self::Initiator => "not the expected initiator: check whom signalling named",
            Self::Responder => "for another responder, or of a period whose key is not here: fetch the key set",
            Self::Departure => "differs from the standards in a way that is not accepted of its initiator: have that mended, or accept the departure by name",
            Self::IdScheme => "identifier scheme is not the responder's: have its sender take that of the responder's KMS",
            Self::Signature => "signature rejected: check the initiator's URI, its KMS's certificate and the clocks",
            Self::Mac => "MAC rejected: check that both ends have the same pre-shared key",
            Self::Decapsulation => "does not open: ask its sender for a new message",
            Self::Limit(limit) => limit.text(),
            Self::Sdp => {
                "line of a session description without a MIKEY message: give the one of a=key-mgmt:mikey"
            }
            Self::Primitive(error) => return error.fmt(f),
        })
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Primitive(error) => Some(error),
            _ => None,
        }
    }
}
