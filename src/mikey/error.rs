//! Why a message was refused.

use core::fmt;

use super::Limit;

/// Why a message was refused.
///
/// The variants are precise about octets that everybody can see. Do not send a variant to a peer:
/// [`number`](Error::number) gives every failed authentication the same number, and RFC 3830 section
/// 5.1.2 says that an unauthenticated answer is only a hint.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Error {
    /// The octets end inside an item, or a length exceeds the octets that are left.
    Truncated,
    /// Octets follow the end of an item or of the message.
    Trailing,
    /// A value is too long for its length field, or has a length that its meaning does not allow.
    Length,
    /// The version is not 1.
    Version,
    /// The data type is unknown, or is not that of the expected kind of message.
    MessageType,
    /// A payload has an unknown type, or does not belong in this kind of message.
    Payload,
    /// A payload that the message must have is missing.
    Missing,
    /// An item that must be unique comes twice: a payload, an identity role, a CS ID, or a policy.
    Repeated,
    /// A field has a value that is reserved, undefined, or not supported.
    Value,
    /// The type of the timestamp is not allowed in this message, or cannot be compared with a clock.
    TimestampType,
    /// RAND has fewer than 16 octets.
    Rand,
    /// PRF, encryption and MAC do not form a permitted suite.
    Suite,
    /// The pre-shared key has fewer than 16 octets, or repeats a block of 32 octets.
    PreSharedKey,
    /// The timestamp is further from the clock than the skew allows, or a counter did not grow.
    Stale,
    /// The message has been accepted before.
    Replayed,
    /// The message was refused before, for a reason that cannot change.
    Settled,
    /// The message was verified and refused too often for reasons that could change.
    Retries,
    /// The replay cache cannot tell whether the message is new: it has lost or forgotten messages with this T or a
    /// later one.
    Forgotten,
    /// The message cannot be accepted because the replay cache has no room for another message, or the store for
    /// another key.
    Full,
    /// This initiator has used up its quota of messages in the replay cache, or of keys in the store.
    Quota,
    /// The store failed to write. Nothing was changed, and the message can be received again.
    Store,
    /// The message names an initiator other than the expected one.
    Initiator,
    /// The message, or the key to open it with, belongs to another responder.
    Responder,
    /// The identifier scheme of the SAKKE payload is not that of the responder's KMS.
    IdScheme,
    /// The message differs from the standards in a way that is not accepted from its initiator.
    Departure,
    /// The signature is not the initiator's signature of this message.
    Signature,
    /// The MAC is not the MAC of this message under this key.
    Mac,
    /// The encapsulated secret does not open with this key.
    Decapsulation,
    /// The message exceeds this limit.
    Limit(Limit),
    /// A line of a session description does not carry a MIKEY message.
    Sdp,
    /// The cryptography refused a point, a scalar, an identifier or a time.
    Primitive(crate::Error),
}

impl Error {
    /// The number of the error payload that reports this error (RFC 3830 section 6.12, RFC 6509).
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
            Self::Truncated => "message ends inside an item: ask its sender for the whole message",
            Self::Trailing => "octets follow the end of the message: pass the message alone",
            Self::Length => "a value has a length that is not possible: shorten it, or have the sender shorten it",
            Self::Version => "version is not 1: ask the sender for a message of RFC 3830",
            Self::MessageType => "message is of another type: decode it as a message of its own type",
            Self::Payload => "a payload is unknown or does not belong here: have the sender leave it out",
            Self::Missing => "a payload is missing: have the sender add it",
            Self::Repeated => "an item is repeated that must be unique: include it once",
            Self::Value => "a field value is reserved or not supported: use a value that the standard defines",
            Self::TimestampType => "timestamp is of a type that is not allowed here: use NTP-UTC",
            Self::Rand => "RAND is shorter than 16 octets: draw 16 random octets",
            Self::Suite => {
                "algorithms do not form a permitted suite: use the encryption and the MAC that belong to the PRF"
            }
            Self::PreSharedKey => {
                "pre-shared key is shorter than 16 octets or repeats a block: agree on 16 or 32 random octets"
            }
            Self::Stale => "timestamp is outside the allowed skew: check both clocks, and ask for a new message",
            Self::Replayed => "message was accepted before: ignore it, or ask the sender for a new one",
            Self::Settled => "message was refused before: ask the sender for a new one",
            Self::Retries => "message was tried too often: ask the sender for a new one",
            Self::Forgotten => {
                "replay cache has forgotten messages of this time: wait, and ask for a new message"
            }
            Self::Full => {
                "no room for another message or key: delete keys that are no longer used, or give the store more room"
            }
            Self::Quota => "initiator has used up its quota: find out why it sends so many messages and keys",
            Self::Store => "store failed to write: nothing was changed, so receive the message again",
            Self::Initiator => "initiator is not the expected one: check whom signalling named",
            Self::Responder => {
                "message is for another responder, or for a period whose key is missing: fetch the key set"
            }
            Self::Departure => {
                "message differs from the standards in a way that is not accepted from its initiator: \
                 have the initiator corrected, or accept the departure by name"
            }
            Self::IdScheme => "identifier scheme is not that of the responder's KMS: have the sender use that scheme",
            Self::Signature => {
                "signature is not valid: check the initiator's URI, the certificate of its KMS and the clocks"
            }
            Self::Mac => "MAC is not valid: check that both ends have the same pre-shared key",
            Self::Decapsulation => "encapsulated secret does not open: ask the sender for a new message",
            Self::Limit(limit) => limit.text(),
            Self::Sdp => {
                "line of a session description has no MIKEY message: pass the line a=key-mgmt:mikey"
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
