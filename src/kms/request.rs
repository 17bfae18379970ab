//! TS 33.180 D.2.2: what a client asks of a KMS.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Error, ErrorReport, SharedKeyId};
use crate::identifier::{KmsUri, NtpTime, UserUri};
use crate::mikey::Clock;

/// What is asked for, by the names of MCPTT (TS 33.180) and SEAL (TS 33.434).
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
    /// Which KMS a user has.
    Lookup,
    /// Nothing: it hands in redirect responses that the client got.
    Redirect,
}

impl RequestKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Init, Self::KeyProv, Self::CertCache, Self::Cert, Self::Lookup, Self::Redirect];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Init => "KMSInit",
            Self::KeyProv => "KMSKeyProv",
            Self::CertCache => "KMSCertCache",
            Self::Cert => "KMSCert",
            Self::Lookup => "KMSLookup",
            Self::Redirect => "KMSRedirect",
        }
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

    /// The kind of this name, with or without SEAL's S-; the upload of redirect responses is also
    /// called KRR.
    ///
    /// Errors: [`Error::Resource`] for another name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        let name = name.strip_prefix("S-").unwrap_or(name);
        if name == "KRR" {
            return Ok(Self::Redirect);
        }
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(Error::Resource)
    }
}

/// A request as it is sent, element by element.
#[doc(alias("KmsRequest", "SignedKmsRequest"))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// `Version` of the document. Kept, not checked.
    pub version: String,
    /// `Id`, what a signature refers to.
    pub id: Option<String>,
    /// `UserUri`: who asks.
    pub user_uri: String,
    /// `KmsUri`: who is asked.
    pub kms_uri: String,
    /// `Time`.
    pub time: NtpTime,
    /// `ClientId`.
    pub client_id: Option<String>,
    /// `DeviceId`.
    pub device_id: Option<String>,
    /// `ClientReqUrl`: the URL that the request is sent to.
    pub client_req_url: String,
    /// `KrrList`: redirect responses, as they came.
    pub krr_list: Vec<Vec<u8>>,
    /// `ClientError`.
    pub client_error: Option<ErrorReport>,
    /// `TrK-ID`: the transport key that the answer is to be wrapped with.
    pub trk_id: Option<SharedKeyId>,
    /// `Signature-ID`: the key that signs.
    pub signature_id: Option<SharedKeyId>,
}

impl Request {
    /// The version that requests have.
    pub const VERSION: &'static str = "1.1.0";

    /// A request with nothing optional in it.
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

/// Errors: [`Error::Stale`].
pub(super) fn recent(time: NtpTime, clock: &Clock) -> Result<(), Error> {
    let distance = time.seconds().abs_diff(clock.now.seconds());
    if distance > clock.skew.into() { Err(Error::Stale) } else { Ok(()) }
}
