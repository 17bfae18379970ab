//! Why a record was refused.

use core::fmt;

use crate::error::TryError;

/// Why a record was refused, or couldn't be made.
///
/// Up to [`Generation`](Error::Generation) the reason stands in clear in the record. Whatever else is wrong with it is
/// [`Sealed`](Error::Sealed).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Error {
    /// The octets are no record, or not all of one.
    Record,
    /// The record is of a version that isn't known here.
    Version,
    /// The record holds something else than what is expected.
    Kind,
    /// The record is sealed with another device key.
    DeviceKey,
    /// The record is another owner's.
    Owner,
    /// The record is older than the least generation expected.
    Generation,
    /// The record doesn't open: it was altered, or the device key has another's identifier.
    Sealed,
    /// The record opens, and what it holds can't be: it was made by a version that was wrong.
    Content,
    /// Something has more octets or items than a record takes.
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
                "record of another version: read it with a version of the crate that knows it"
            }
            Self::Kind => "record of something else: check which file belongs to what",
            Self::DeviceKey => {
                "record under another device key: open it with the one of its identifier"
            }
            Self::Owner => "record of another owner: check whose file it is",
            Self::Generation => {
                "record older than expected: find the last one, or start anew as after a loss"
            }
            Self::Sealed => "record does not open: restore the file, or start anew as after a loss",
            Self::Content => {
                "record holds what cannot be: restore the file, or start anew as after a loss"
            }
            Self::Length => "too much for a record: split it, or keep less",
            Self::Randomness => "random number generator failed: stop, and replace it",
        })
    }
}

impl core::error::Error for Error {}
