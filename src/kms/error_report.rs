//! TS 33.180 D.2.2 and D.3: the errors that client and KMS report to each other.

use alloc::string::{String, ToString};

use super::Error;
#[cfg(feature = "kms-xml")]
use super::xml::ErrorKind;

/// An error that client or KMS reports.
///
/// TS 33.180 has an integer for `ErrorCode`, and says of none what it means. The constants are those of
/// this crate, by what the client does about it; those of another KMS are for its documents to explain.
///
/// ```
/// use eccsi_sakke::kms::{Error, ErrorReport, Request, Response};
/// # use eccsi_sakke::kms::{SharedKeyId, SharedKeys, TransportKey};
/// # use eccsi_sakke::{KmsUri, NtpTime, UserUri};
///
/// # let now = NtpTime::from_unix(1_800_000_000);
/// # let url = "https://kms.example.org/keymanagement/identity/v1/keyprov";
/// # let request = Request::new(UserUri("sip:alice@example.org"), KmsUri("kms.example.org"), url, now);
/// # let refused = Error::Stale;
/// # let keys = SharedKeys::new(TransportKey::new(SharedKeyId(1), [1; 32])?, None);
/// let report = ErrorReport::from(refused);
/// assert_eq!(report.code, ErrorReport::ASK_AGAIN);
/// // With the keys that sign it, so that a client that is replacing them knows which.
/// let answer = Response { error: Some(report), ..Response::new(&request, now, None, Some(keys.transport())) };
/// # Ok::<(), Error>(())
/// ```
#[doc(alias("KmsError", "ClientError", "ErrorType"))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ErrorReport {
    /// `Version`.
    pub version: String,
    /// `ErrorCode`.
    pub code: i64,
    /// `ErrorMsg`.
    pub message: String,
}

impl ErrorReport {
    /// The request is not for this KMS, not for this URL, or for nothing that a KMS has.
    pub const MISDIRECTED: i64 = 1;
    /// The user may not ask for this user's keys.
    pub const OTHER_USER: i64 = 2;
    /// The request is too old, too new, or was here before, or the KMS is busy, or can't reach a key that lives
    /// elsewhere: ask again with a new time, once the clock is right.
    pub const ASK_AGAIN: i64 = 3;
    /// The request names or is signed with keys that the KMS doesn't know: see
    /// [`KeyRing`](super::KeyRing).
    pub const OTHER_KEYS: i64 = 4;
    /// Keys of this time are not given out.
    pub const OTHER_TIME: i64 = 5;
    /// Anything else.
    pub const FAILED: i64 = 6;
}

impl From<Error> for ErrorReport {
    /// The report of an error, whose message is the text of the error, without a version. The text of
    /// [`Error::Message`] stays here, for it would tell a peer what failed.
    fn from(error: Error) -> Self {
        let code = match error {
            Error::KmsUri | Error::ClientReqUrl | Error::Resource | Error::PercentEncoding => {
                Self::MISDIRECTED
            }
            Error::UserUri => Self::OTHER_USER,
            Error::Stale
            | Error::Replayed
            | Error::Forgotten
            | Error::Full
            | Error::Primitive(crate::Error::Unavailable) => Self::ASK_AGAIN,
            Error::TransportKey | Error::SignatureId | Error::Mac => Self::OTHER_KEYS,
            #[cfg(feature = "kms-xml")]
            Error::Document(error)
                if matches!(error.kind(), ErrorKind::SignatureId | ErrorKind::Mac) =>
            {
                Self::OTHER_KEYS
            }
            Error::TooFar | Error::KeyPeriod => Self::OTHER_TIME,
            _ => Self::FAILED,
        };
        let message = match error {
            // A peer isn't told why: see `mikey::Error::number`.
            Error::Message(_) => "message refused".into(),
            error => error.to_string(),
        };
        Self { version: String::new(), code, message }
    }
}
