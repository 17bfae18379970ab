//! The reasons why key material, or the message that brings it, is refused.

use core::convert::Infallible;
use core::fmt;

#[cfg(feature = "kms-xml")]
use super::xml;
use crate::error::TryError;
use crate::mikey;

/// The reason why key material, or the message that brings it, is refused.
///
/// The reasons are precise about everything public. About secrets there are only two: wrapped octets do not open
/// ([`Unwrap`](Error::Unwrap)), and keys are not their user's ([`Keys`](Error::Keys)). The user's own log may contain
/// more, from [`KeySetParts::key_fault`](super::KeySetParts::key_fault).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Error {
    /// A URI is missing, or has more than 65,535 octets.
    Uri,
    /// The way in which the KMS makes UIDs from URIs is not supported.
    UserIdFormat,
    /// The parameter set is not supported.
    ParameterSet,
    /// The key period has 0 seconds or can never be reached, or the time is before the first one.
    KeyPeriod,
    /// The key period is over. Ask the KMS for the keys of the present one.
    PeriodOver,
    /// KPAK is refused.
    PubAuthKey(crate::Error),
    /// Z is refused.
    PubEncKey(crate::Error),
    /// The validity ends before it begins.
    Validity,
    /// The certificate or key set is not valid yet.
    NotYetValid,
    /// The certificate or key set is not valid any longer.
    Expired,
    /// The certificate or key set is revoked.
    Revoked,
    /// A KMS with this role cannot do this, or the KMS has another role in the store.
    Role,
    /// The KMS is another one than expected.
    KmsUri,
    /// The certificate is another one than expected.
    CertUri,
    /// No such certificate is in the store, or none that is in force.
    Unknown,
    /// There is no key set of the key period of this time. Ask the KMS for it.
    NoKeySet,
    /// The store cannot take another certificate: remove one, or make a store with a larger capacity. Or too many
    /// requests are remembered for another one: ask again later.
    Full,
    /// The user is another one than expected.
    UserUri,
    /// The UID is not that of the user in the key period.
    UserId,
    /// The master keys do not belong to the certificate.
    MasterKeys,
    /// Key content is in clear where it must be wrapped, or wrapped where it must be in clear.
    Protection,
    /// Key content is wrapped, or is to be wrapped, with another transport key.
    TransportKey,
    /// Octets have an impossible length.
    Length,
    /// Wrapped octets do not open with this key. This is the answer for every reason.
    Unwrap,
    /// The keys of a set are not its user's. This is the answer for every reason.
    Keys,
    /// The time of a message is further from the clock than allowed.
    Stale,
    /// The request was accepted before. To ask again, send a new `Time` and `Id`.
    Replayed,
    /// The request may have been accepted before, because the KMS has just started, or because its clock once ran
    /// ahead. See [`SeenRequests`](super::SeenRequests).
    Forgotten,
    /// The keys are for a time too far from now: the KMS gives out no keys for it, or it is 68 years away, so that a
    /// timestamp of 32 bits cannot express it.
    TooFar,
    /// The message is for another URL, or answers a request to another URL.
    ClientReqUrl,
    /// A KMS has no resource of this name.
    Resource,
    /// A `%` in the URL is not followed by two hexadecimal digits, or the decoded octets are not UTF-8.
    PercentEncoding,
    /// The message does not name the key that must have signed it.
    SignatureId,
    /// The MAC is not that of these octets under this key.
    Mac,
    /// The KMS or the client reports an error instead.
    Reported,
    /// The cryptography below failed.
    Primitive(crate::Error),
    /// MIKEY refused a message. No function here returns this: it is for `?` in a program that also receives messages.
    Message(mikey::Error),
    /// A document was refused.
    #[cfg(feature = "kms-xml")]
    #[cfg_attr(docsrs, doc(cfg(feature = "kms-xml")))]
    Document(xml::Error),
}

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        Self::Primitive(error)
    }
}

impl From<TryError<Infallible>> for Error {
    /// The error of a `try_` function whose generator cannot fail.
    fn from(error: TryError<Infallible>) -> Self {
        crate::Error::from(error).into()
    }
}

impl From<mikey::Error> for Error {
    /// An error of the cryptography below MIKEY is [`Error::Primitive`] here too.
    fn from(error: mikey::Error) -> Self {
        match error {
            mikey::Error::Primitive(error) => Self::Primitive(error),
            error => Self::Message(error),
        }
    }
}

#[cfg(feature = "kms-xml")]
impl From<xml::Error> for Error {
    /// An error of the cryptography below a document is [`Error::Primitive`] here too.
    fn from(error: xml::Error) -> Self {
        match error.kind() {
            xml::ErrorKind::Primitive(error) => Self::Primitive(error),
            _ => Self::Document(error),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uri => "the URI is missing or too long: give one of 1 to 65,535 octets",
            Self::UserIdFormat => "the format of user identifiers is not supported: use 2, the hash of TS 33.180 F.2.1",
            Self::ParameterSet => "the parameter set is not supported: use 1, of RFC 6509",
            Self::KeyPeriod => {
                "the key period is not possible: check its length and offset in the certificate, and the clock"
            }
            Self::PeriodOver => "the key period is over: ask for the keys of the present one",
            Self::PubAuthKey(error) => return write!(f, "KPAK: {error}"),
            Self::PubEncKey(error) => return write!(f, "Z: {error}"),
            Self::Validity => "the validity ends before it begins: have its dates corrected",
            Self::NotYetValid => "the certificate or key set is not valid yet: wait, and check the clock",
            Self::Expired => {
                "the certificate or key set is not valid any longer: ask the KMS for its successor, and check the clock"
            }
            Self::Revoked => "the certificate or key set is revoked: ask the KMS for its successor",
            Self::Role => "the KMS does not have this role: check which KMS is the home, or call migrate",
            Self::KmsUri => "the KMS is not the expected one: check which KMS is configured",
            Self::CertUri => "the certificate is not the expected one: ask the KMS for the one that is named",
            Self::Unknown => "no such certificate is in force: ask the KMS for it",
            Self::NoKeySet => "there is no key set of this key period: ask the KMS for it",
            Self::Full => "the store is full: give it more room, or ask again later",
            Self::UserUri => "the user is not the expected one: ask only for the keys of your own user",
            Self::UserId => "the UID is not the user's in this key period: check that the URI is the provisioned one",
            Self::MasterKeys => "the master keys do not belong to the certificate: load those that do",
            Self::Protection => "key content is not protected as required: have it wrapped, or expect it in clear",
            Self::TransportKey => "another transport key is named: take the one in use, or have a new one provisioned",
            Self::Length => "key content has the wrong number of octets: ask for it again",
            Self::Unwrap => "the wrapped key does not open: check that both ends have the same transport key",
            Self::Keys => "the keys are not the user's: ask for them again, and log the key_fault",
            Self::Stale => "the time is outside of the allowed skew: check the clock, and ask again",
            Self::Replayed => "the request was received before: ask again with a new time",
            Self::Forgotten => {
                "the request may have been received before the KMS started: \
                 ask again in a few seconds, with a new time"
            }
            Self::TooFar => "the requested time is too far from now: ask for the keys of the present key period",
            Self::ClientReqUrl => "the message is for another URL: send it to the URL that it names",
            Self::Resource => "there is no such resource: check the path of the URL",
            Self::PercentEncoding => {
                "a % is not followed by two hexadecimal digits, or the octets are not UTF-8: write a % as %25"
            }
            Self::SignatureId => {
                "another key must have signed this: sign with the integrity key, \
                 or if there is none, with the transport key"
            }
            Self::Mac => "the MAC is wrong: check that both ends have the same integrity key",
            Self::Reported => "the other end reports an error: do what its code and message say",
            Self::Primitive(error) => return error.fmt(f),
            Self::Message(error) => return error.fmt(f),
            #[cfg(feature = "kms-xml")]
            Self::Document(error) => return error.fmt(f),
        })
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::PubAuthKey(error) | Self::PubEncKey(error) | Self::Primitive(error) => {
                Some(error)
            }
            Self::Message(error) => Some(error),
            #[cfg(feature = "kms-xml")]
            Self::Document(error) => Some(error),
            _ => None,
        }
    }
}
