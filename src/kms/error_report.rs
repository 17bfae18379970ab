//! TS 33.180 D.2.2 and D.3: the errors that clients and KMSs report to each other.

use alloc::string::{String, ToString};

use super::Error;
#[cfg(feature = "kms-xml")]
use super::xml::ErrorKind;

/// An error that a client or a KMS reports.
///
/// In TS 33.180, `ErrorCode` is an integer without any defined meaning. The constants here are those of this crate.
/// Each stands for what the client should do. For the codes of another KMS, see the documents of that KMS.
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
/// // The answer names the keys that sign it, for a client that is replacing its keys.
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
    /// The request is for another KMS or another URL, or asks for something that no KMS offers.
    pub const MISDIRECTED: i64 = 1;
    /// The user may not ask for this user's keys.
    pub const OTHER_USER: i64 = 2;
    /// The request is too old or too new, or was received before; or the KMS is busy, or cannot reach a key that lives
    /// elsewhere. Check the clock, and ask again with a new time.
    pub const ASK_AGAIN: i64 = 3;
    /// The KMS does not know the keys that the request names, or that signed it: see [`KeyRing`](super::KeyRing).
    pub const OTHER_KEYS: i64 = 4;
    /// The KMS does not give out keys of this time.
    pub const OTHER_TIME: i64 = 5;
    /// Anything else.
    pub const FAILED: i64 = 6;
}

impl From<Error> for ErrorReport {
    /// The report of an error, with the error's text as its message and without a version. The text of
    /// [`Error::Message`] is replaced, because it would tell a peer which check failed.
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
            // A peer must not learn the reason: see `mikey::Error::number`.
            Error::Message(_) => "message refused".into(),
            error => error.to_string(),
        };
        Self { version: String::new(), code, message }
    }
}
