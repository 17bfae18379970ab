//! The errors: precise about public encodings, silent about secrets.

use core::fmt;

/// Why an operation was refused.
///
/// The variants down to [`LeadingZero`](Error::LeadingZero) are about public octets and the
/// caller's own imports, and may be reported as they are. Verification and decapsulation fail in exactly
/// one way, so that a failure tells an attacker nothing about a secret.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Error {
    /// An octet string doesn't have the length that its type has.
    Length,
    /// A point isn't encoded as 04 ‖ x ‖ y with both coordinates below p.
    PointEncoding,
    /// A point isn't on the curve.
    NotOnCurve,
    /// A point is on the curve but isn't of order q.
    WrongOrder,
    /// An integer is outside the range its meaning allows: a scalar, a period, a date.
    Range,
    /// An identifier can't be used. For SAKKE its integer must lie in 2 ..= q − 1 (RFC 6508
    /// section 2.2), a tel URI must be in global notation (RFC 6509 section 3.2), and \[b\]P + Z must
    /// not be O, because then this KMS has no key for the identifier.
    Identifier,
    /// A KMS was asked for the receiver key of raw octets that start with 00. The identifier without that
    /// octet has the same key, so the user who gets this key could open what is sent to that other user. Refuse the
    /// request. If the octets are a UID, use [`Identifier::from_uid`](crate::Identifier::from_uid).
    LeadingZero,
    /// A user's key is well formed, but it isn't the key of this identifier under this KMS.
    KeyMismatch,
    /// The signature isn't this signer's over this message, or the Encapsulated Data doesn't open
    /// with this key. This is the one answer, whatever the reason.
    Rejected,
    /// The computation met a value that correct hardware and sound randomness don't produce. No part of the result
    /// is given out.
    Fault,
    /// The random number generator gave no usable value in 128 draws. It is broken.
    Randomness,
    /// The key lives elsewhere and can't be reached. Nothing was done: try again. A message that the key was to open
    /// may be received again.
    Unavailable,
}

impl Error {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Length => "wrong number of octets: give as many as the type has",
            Self::PointEncoding => {
                "point is not encoded as 04, x, y with coordinates below p: ask for it in that form"
            }
            Self::NotOnCurve => "point is not on the curve: ask for it again",
            Self::WrongOrder => {
                "point is not of order q: ask for it again, and trust nothing that comes with it"
            }
            Self::Range => "value out of range: give one in the range that is documented for it",
            Self::Identifier => {
                "identifier cannot be used: check the URI, the number or the octets it is made of"
            }
            Self::LeadingZero => {
                "identifier of raw octets starts with 00 and shares its receiver key with another: \
                 refuse it, or use Identifier::from_uid if it is a UID"
            }
            Self::KeyMismatch => {
                "key does not belong to this identifier and KMS: check both, and ask the KMS for it again"
            }
            Self::Rejected => {
                "rejected: check that the sender, the recipient and their keys are the right ones, or \
                 ask for a new message"
            }
            Self::Fault => {
                "computation fault: try again, and replace the machine if it occurs again"
            }
            Self::Randomness => {
                "random number generator gives no usable value: stop, and replace it"
            }
            Self::Unavailable => "key lives elsewhere and cannot be reached: try again",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for Error {}

/// Why an operation with a generator that can fail was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TryError<E> {
    /// The error of the generator.
    Rng(E),
    /// The error of the operation.
    Refused(Error),
}

impl<E> From<Error> for TryError<E> {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<TryError<core::convert::Infallible>> for Error {
    fn from(error: TryError<core::convert::Infallible>) -> Self {
        match error {
            TryError::Refused(error) => error,
        }
    }
}

impl<E> fmt::Display for TryError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rng(_) => {
                f.write_str("random number generator failed: stop, and look at its own error")
            }
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for TryError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Rng(error) => Some(error),
            Self::Refused(_) => None,
        }
    }
}
