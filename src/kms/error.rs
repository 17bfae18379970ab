//! Why key material, or the message that brings it, was refused.

use core::convert::Infallible;
use core::fmt;

#[cfg(feature = "kms-xml")]
use super::xml;
use crate::error::TryError;
use crate::mikey;

/// Why key material, or the message that brings it, was refused.
///
/// Precise about what everybody sees. Of secrets there are two answers: wrapped octets don't open
/// ([`Unwrap`](Error::Unwrap)), and keys aren't their user's ([`Keys`](Error::Keys)). The user's own log
/// may have more, from [`KeySetParts::key_fault`](super::KeySetParts::key_fault).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Error {
    /// A URI is missing, or has more than 65,535 octets.
    Uri,
    /// How the KMS makes UIDs of URIs isn't known here.
    UserIdFormat,
    /// The parameter set isn't known here.
    ParameterSet,
    /// A key period of 0 seconds, one that lies beyond all time, or a time before the first.
    KeyPeriod,
    /// The key period is over. Ask the KMS for the keys of the present one.
    PeriodOver,
    /// KPAK is refused.
    PubAuthKey(crate::Error),
    /// Z is refused.
    PubEncKey(crate::Error),
    /// It ends before it begins.
    Validity,
    /// It isn't valid yet.
    NotYetValid,
    /// It isn't valid any longer.
    Expired,
    /// It is revoked.
    Revoked,
    /// A KMS of this role has no say in this, or has another role in the store.
    Role,
    /// Of another KMS than expected.
    KmsUri,
    /// Of another certificate than expected.
    CertUri,
    /// No such certificate is stored, or none that is in force.
    Unknown,
    /// No key set of the time's key period is held. Ask the KMS for it.
    NoKeySet,
    /// The store can't take another certificate: remove one, or make a store of a larger capacity. Or so
    /// many requests are remembered that another can't be: ask again later.
    Full,
    /// Of another user than expected.
    UserUri,
    /// The UID isn't that of the user in the key period.
    UserId,
    /// The master keys aren't those of the certificate.
    MasterKeys,
    /// Key content is in clear where it must be wrapped, or wrapped where it must be in clear.
    Protection,
    /// Key content is wrapped, or is to be wrapped, with another transport key.
    TransportKey,
    /// Octets are of a length that theirs can't be.
    Length,
    /// Wrapped octets don't open with this key: the one answer for every reason.
    Unwrap,
    /// The keys of a set aren't its user's: the one answer for every reason.
    Keys,
    /// The time of a message is further from the clock than allowed.
    Stale,
    /// The request was accepted before. To ask again is to send a new `Time` and `Id`.
    Replayed,
    /// The request may have been accepted before: the KMS has just started, or its clock ran ahead once. See
    /// [`SeenRequests`](super::SeenRequests).
    Forgotten,
    /// Keys are asked for a time too far from now: one that the KMS gives no keys out for, or one that a
    /// timestamp of 32 bits can't say, 68 years away.
    TooFar,
    /// The message is for, or answers, another URL.
    ClientReqUrl,
    /// No resource of a KMS is called this.
    Resource,
    /// A `%` in the URL isn't followed by two hexadecimal digits, or the octets encoded so are no UTF-8.
    PercentEncoding,
    /// The message isn't signed with the key that must have signed it, by its identifier.
    SignatureId,
    /// The MAC isn't that of these octets under this key.
    Mac,
    /// The KMS, or the client, reports an error instead.
    Reported,
    /// The cryptography below failed.
    Primitive(crate::Error),
    /// MIKEY refused a message. Nothing here gives this: it is for `?` in a program that receives both.
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
    /// The error of a `try_` function whose generator can't fail.
    fn from(error: TryError<Infallible>) -> Self {
        crate::Error::from(error).into()
    }
}

impl From<mikey::Error> for Error {
    /// What MIKEY has from the cryptography below is [`Error::Primitive`] here too.
    fn from(error: mikey::Error) -> Self {
        match error {
            mikey::Error::Primitive(error) => Self::Primitive(error),
            error => Self::Message(error),
        }
    }
}

#[cfg(feature = "kms-xml")]
impl From<xml::Error> for Error {
    /// What a document has from the cryptography below is [`Error::Primitive`] here too.
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
            Self::Uri => "URI missing or too long: give one of 1 to 65,535 octets",
            Self::UserIdFormat => "format of user identifiers not known: only 2, the hash of TS 33.180 F.2.1, is",
            Self::ParameterSet => "parameter set not known: only 1, of RFC 6509, is",
            Self::KeyPeriod => "key period not possible: check the length and offset in the certificate, and the clock",
            Self::PeriodOver => "key period is over: ask for the keys of the present one",
            Self::PubAuthKey(error) => return write!(f, "KPAK: {error}"),
            Self::PubEncKey(error) => return write!(f, "Z: {error}"),
            Self::Validity => "ends before it begins: have its dates mended",
            Self::NotYetValid => "not valid yet: wait, and check the clock",
            Self::Expired => "not valid any longer: ask the KMS for its successor, and check the clock",
            Self::Revoked => "revoked: ask the KMS for its successor",
            Self::Role => "KMS has no such role: check which KMS is the home, and migrate by name",
            Self::KmsUri => "of another KMS: check which one is configured",
            Self::CertUri => "of another certificate: ask the KMS for the one that is named",
            Self::Unknown => "no such certificate in force: ask the KMS for it",
            Self::NoKeySet => "no key set of that key period: ask for it",
            Self::Full => "store is full: give it more room, or ask again later",
            Self::UserUri => "of another user: ask for one's own keys alone",
            Self::UserId => "UID is not the user's in the key period: check the URI as provisioned",
            Self::MasterKeys => "master keys are not those of the certificate: load the ones that are",
            Self::Protection => "key content not protected as demanded: have it wrapped, or expect it in clear",
            Self::TransportKey => "another transport key: use the one in use, or be provisioned with a new one",
            Self::Length => "key content of a wrong number of octets: ask for it again",
            Self::Unwrap => "wrapped key does not open: check that both ends have the same transport key",
            Self::Keys => "keys are not the user's: ask for them again, and log the key_fault",
            Self::Stale => "time outside the allowed skew: check the clock, and ask again",
            Self::Replayed => "request was here before: ask with a new time",
            Self::Forgotten => {
                "request may have been here before the KMS started: ask again in a few seconds, with a new time"
            }
            Self::TooFar => "keys of a time too far from now: ask for those of the present key period",
            Self::ClientReqUrl => "for another URL: send it to the one that it names",
            Self::Resource => "no such resource: check the path of the URL",
            Self::PercentEncoding => "% without two hexadecimal digits, or not UTF-8: write a % as %25",
            Self::SignatureId => "not signed with the key expected: sign with the integrity key, or else the transport key",
            Self::Mac => "MAC rejected: check that both ends have the same integrity key",
            Self::Reported => "an error is reported: do what its code and message say",
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
