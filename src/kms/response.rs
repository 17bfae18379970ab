//! TS 33.180 D.3: what a KMS answers.

use alloc::string::String;
use alloc::vec::Vec;

use super::request::recent;
use super::{
    CertificateParts, Error, ErrorReport, KeyContent, KeySetParts, Request, RequestKind, Resource,
    SharedKeyId, TransportKey,
};
use crate::identifier::NtpTime;
use crate::mikey::Clock;

/// A response as it is sent, element by element.
#[doc(alias("KmsResponse", "SignedKmsResponse"))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// `Version` of the document. Kept, not checked.
    pub version: String,
    /// `Id`, what a signature refers to.
    pub id: Option<String>,
    /// `UserUri`: who asked.
    pub user_uri: String,
    /// `KmsUri`: who answers.
    pub kms_uri: String,
    /// `Time`.
    pub time: NtpTime,
    /// `KmsId`.
    pub kms_id: Option<String>,
    /// `ClientReqUrl`: the URL that was asked.
    pub client_req_url: String,
    /// `KmsMessage`.
    pub message: Option<KmsMessage>,
    /// `KmsError`.
    pub error: Option<ErrorReport>,
    /// `TrK-ID`: the transport key that wraps.
    pub trk_id: Option<SharedKeyId>,
    /// `Signature-ID`: the key that signs.
    pub signature_id: Option<SharedKeyId>,
}

impl Response {
    /// The version that responses have.
    pub const VERSION: &'static str = "1.0.0";

    /// An answer to `request` at the time `time`, whose keys are wrapped with `transport`, or in clear.
    #[must_use]
    pub fn new(
        request: &Request,
        time: NtpTime,
        message: Option<KmsMessage>,
        transport: Option<&TransportKey>,
    ) -> Self {
        Self {
            version: Self::VERSION.into(),
            id: None,
            user_uri: request.user_uri.clone(),
            kms_uri: request.kms_uri.clone(),
            time,
            kms_id: None,
            client_req_url: request.client_req_url.clone(),
            message,
            error: None,
            trk_id: transport.map(TransportKey::id),
            signature_id: None,
        }
    }

    /// The message, if it answers `request`: from the KMS that was asked, for the user who asked, to
    /// the URL that was asked, now, wrapped with the transport key asked for if there was one, and of a
    /// kind that was asked for. None if nothing was asked for but to take something.
    ///
    /// Errors: [`Error::KmsUri`], [`Error::UserUri`], [`Error::ClientReqUrl`], [`Error::Stale`],
    /// [`Error::TransportKey`]; [`Error::Reported`] if it is an error instead; [`Error::Resource`] if it
    /// answers something else.
    pub fn check(&self, request: &Request, clock: &Clock) -> Result<Option<&KmsMessage>, Error> {
        if self.kms_uri != request.kms_uri {
            return Err(Error::KmsUri);
        }
        if self.user_uri != request.user_uri {
            return Err(Error::UserUri);
        }
        if self.client_req_url != request.client_req_url {
            return Err(Error::ClientReqUrl);
        }
        recent(self.time, clock)?;
        if self.error.is_some() {
            return Err(Error::Reported);
        }
        if let (Some(wrapped), Some(asked)) = (self.trk_id, request.trk_id)
            && wrapped != asked
        {
            return Err(Error::TransportKey);
        }
        match (Resource::of_url(&request.client_req_url)?, &self.message) {
            (Resource::Init, Some(KmsMessage::Init { .. }))
            | (Resource::KeyProv(_), Some(KmsMessage::KeyProv { .. }))
            | (
                Resource::CertCache(_) | Resource::Cert(_) | Resource::Lookup(_),
                Some(KmsMessage::CertCache { .. } | KmsMessage::Init { .. }),
            )
            | (Resource::Lookup(_), Some(KmsMessage::Lookup(_)))
            | (Resource::Redirect, _) => Ok(self.message.as_ref()),
            _ => Err(Error::Resource),
        }
    }
}

/// What an answer says; its names are those of what it answers, [`RequestKind`].
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum KmsMessage {
    /// `KmsInit`: the KMS's certificate.
    #[doc(alias("KMSInit", "S-KMSInit"))]
    Init {
        /// The certificate.
        certificate: CertificateParts,
        /// Keys that replace those shared so far.
        new_keys: NewKeys,
    },
    /// `KmsKeyProv`: key sets, of one user or several identities of it.
    #[doc(alias("KMSKeyProv", "S-KMSKeyProv"))]
    KeyProv {
        /// The key sets.
        key_sets: Vec<KeySetParts>,
        /// Keys that replace those shared so far.
        new_keys: NewKeys,
    },
    /// `KmsCertCache`: certificates of this KMS and others.
    #[doc(alias("KMSCertCache", "S-KMSCertCache"))]
    CertCache {
        /// `CacheNum`: the state of the KMS's cache.
        cache_num: Option<u64>,
        /// The certificates.
        certificates: Vec<CertificateParts>,
    },
    /// `KmsLookup`: which KMS a user has. Nothing is known here of its content, so the element is kept in XML as it
    /// came. If it needs the namespaces that were in force where it stood, its start tag declares them.
    #[doc(alias("KMSLookup", "S-KMSLookup"))]
    Lookup(Vec<u8>),
}

impl KmsMessage {
    /// What it answers in the first place, and whose [name](RequestKind::name) it has: a request for one
    /// certificate is answered as one for the cache, and one for a user's KMS may be.
    #[must_use]
    pub const fn kind(&self) -> RequestKind {
        match self {
            Self::Init { .. } => RequestKind::Init,
            Self::KeyProv { .. } => RequestKind::KeyProv,
            Self::CertCache { .. } => RequestKind::CertCache,
            Self::Lookup(_) => RequestKind::Lookup,
        }
    }
}

/// Keys that replace those which client and KMS shared so far.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NewKeys {
    /// `NewTransportKey`.
    pub transport: Vec<KeyContent>,
    /// `NewIntegrityKey`.
    pub integrity: Vec<KeyContent>,
}
