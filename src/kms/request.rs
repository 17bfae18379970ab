//! TS 33.180 D.2.2: what a client asks of a KMS.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Error, ErrorReport, SharedKeyId};
use crate::identifier::{KmsUri, NtpTime, UserUri};
use crate::mikey::Clock;

/// The kinds of requests, with their names in MCPTT (TS 33.180) and SEAL (TS 33.434).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum RequestKind {
    /// The certificate of the KMS.
    Init,
    /// The user's keys.
    KeyProv,
    /// The certificates that the KMS knows.
    CertCache,
    /// The certificate of one KMS.
    Cert,
    /// The KMS of a user.
    Lookup,
    /// Nothing: the request hands in redirect responses that the client has received.
    Redirect,
}

impl RequestKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Init, Self::KeyProv, Self::CertCache, Self::Cert, Self::Lookup, Self::Redirect];

    /// Its name, which is the one in SEAL without the S- in front.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.seal_name().split_at(2).1
    }

    /// Its name in SEAL.
    #[must_use]
    pub const fn seal_name(self) -> &'static str {
        match self {
            Self::Init => "S-KMSInit",
            Self::KeyProv => "S-KMSKeyProv",
            Self::CertCache => "S-KMSCertCache",
            Self::Cert => "S-KMSCert",
            Self::Lookup => "S-KMSLookup",
            Self::Redirect => "S-KMSRedirect",
        }
    }

    /// The kind with this name, with or without the S- of SEAL. The kind that hands in redirect responses is also
    /// called KRR.
    ///
    /// Errors: [`Error::Resource`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        let name = name.strip_prefix("S-").unwrap_or(name);
        if name == "KRR" {
            return Ok(Self::Redirect);
        }
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(Error::Resource)
    }
}

/// A request in the form that is sent, element by element.
#[doc(alias("KmsRequest", "SignedKmsRequest"))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// `Version` of the document. It is kept, but not checked.
    pub version: String,
    /// `Id`, which a signature refers to.
    pub id: Option<String>,
    /// `UserUri`: the user who asks.
    pub user_uri: String,
    /// `KmsUri`: the KMS that is asked.
    pub kms_uri: String,
    /// `Time`.
    pub time: NtpTime,
    /// `ClientId`.
    pub client_id: Option<String>,
    /// `DeviceId`.
    pub device_id: Option<String>,
    /// `ClientReqUrl`: the URL that the request is sent to.
    pub client_req_url: String,
    /// `KrrList`: redirect responses, as they were received.
    pub krr_list: Vec<Vec<u8>>,
    /// `ClientError`.
    pub client_error: Option<ErrorReport>,
    /// `TrK-ID`: the transport key that is to wrap the answer.
    pub trk_id: Option<SharedKeyId>,
    /// `Signature-ID`: the key that signs the request.
    pub signature_id: Option<SharedKeyId>,
}

impl Request {
    /// The version of new requests.
    pub const VERSION: &'static str = "1.1.0";

    /// A request without optional elements.
    #[must_use]
    pub fn new(
        UserUri(user_uri): UserUri<'_>,
        KmsUri(kms_uri): KmsUri<'_>,
        client_req_url: &str,
        time: NtpTime,
    ) -> Self {
        Self {
            version: Self::VERSION.into(),
            id: None,
            user_uri: user_uri.into(),
            kms_uri: kms_uri.into(),
            time,
            client_id: None,
            device_id: None,
            client_req_url: client_req_url.into(),
            krr_list: Vec::new(),
            client_error: None,
            trk_id: None,
            signature_id: None,
        }
    }
}

/// Checks that the time is within the skew of the clock.
///
/// Errors: [`Error::Stale`].
pub(super) fn recent(time: NtpTime, clock: &Clock) -> Result<(), Error> {
    let distance = time.seconds().abs_diff(clock.now.seconds());
    if distance > clock.skew.into() { Err(Error::Stale) } else { Ok(()) }
}
