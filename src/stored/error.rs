//! Why a record was refused.

use core::fmt;

use crate::error::TryError;

/// Why a record was refused, or could not be made.
///
/// The variants up to [`Generation`](Error::Generation) concern the part of the record that is in clear. Any other
/// alteration of a record is [`Sealed`](Error::Sealed).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Error {
    /// The octets are not a record, or not a whole record.
    Record,
    /// The version of the record is unknown.
    Version,
    /// The record contains another kind of value than expected.
    Kind,
    /// The record is sealed with another device key.
    DeviceKey,
    /// The record belongs to another owner.
    Owner,
    /// The record is older than the least expected generation.
    Generation,
    /// The record does not open: it was altered, or another device key has the same identifier.
    Sealed,
    /// The record opens, but its content is not valid: a faulty version made it.
    Content,
    /// A value has more octets or items than a record can contain.
    Length,
    /// The random number generator failed.
    Randomness,
}

impl<E> From<TryError<E>> for Error {
    fn from(_: TryError<E>) -> Self {
        Self::Randomness
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record => "not a whole record: read the file that was written last",
            Self::Version => {
                "record has an unknown version: read it with a version of the crate that supports it"
            }
            Self::Kind => "record contains another kind of value: check that you read the right file",
            Self::DeviceKey => {
                "record is sealed with another device key: open it with the key that it names"
            }
            Self::Owner => "record belongs to another owner: check whose file it is",
            Self::Generation => {
                "record is older than expected: find the last record, or start anew as after a loss"
            }
            Self::Sealed => "record does not open: restore the file, or start anew as after a loss",
            Self::Content => {
                "record has content that is not valid: restore the file, or start anew as after a loss"
            }
            Self::Length => "value is too large for a record: split it, or store less",
            Self::Randomness => "random number generator failed: stop, and replace it",
        })
    }
}

impl core::error::Error for Error {}
