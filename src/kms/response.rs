//! TS 33.180 D.3: the responses of a KMS.

use alloc::string::String;
use alloc::vec::Vec;

use super::request::recent;
use super::{
    CertificateParts, Error, ErrorReport, KeyContent, KeySetParts, Request, RequestKind, Resource,
    SharedKeyId, TransportKey,
};
use crate::identifier::NtpTime;
use crate::mikey::Clock;

/// A response in the form that is sent, element by element.
#[doc(alias("KmsResponse", "SignedKmsResponse"))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// `Version` of the document. It is kept, but not checked.
    pub version: String,
    /// `Id`, which a signature refers to.
    pub id: Option<String>,
    /// `UserUri`: the user who asked.
    pub user_uri: String,
    /// `KmsUri`: the KMS that answers.
    pub kms_uri: String,
    /// `Time`.
    pub time: NtpTime,
    /// `KmsId`.
    pub kms_id: Option<String>,
    /// `ClientReqUrl`: the URL that the request was sent to.
    pub client_req_url: String,
    /// `KmsMessage`.
    pub message: Option<KmsMessage>,
    /// `KmsError`.
    pub error: Option<ErrorReport>,
    /// `TrK-ID`: the transport key that wraps the keys.
    pub trk_id: Option<SharedKeyId>,
    /// `Signature-ID`: the key that signs the response.
    pub signature_id: Option<SharedKeyId>,
}

impl Response {
    /// The version of new responses.
    pub const VERSION: &'static str = "1.0.0";

    /// An answer to `request` at the time `time`. Its keys are wrapped with `transport`, or in clear without it.
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

    /// The message, if it answers `request`: from the KMS that was asked, for the user who asked, to the URL of the
    /// request, at the present time, wrapped with the transport key that the request names, if any, and of a kind that
    /// was asked for. None if the request only handed something in.
    ///
    /// Errors: [`Error::KmsUri`], [`Error::UserUri`], [`Error::ClientReqUrl`], [`Error::Stale`],
    /// [`Error::TransportKey`]; [`Error::Reported`] if the response reports an error; [`Error::Resource`] if it answers
    /// something else.
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

/// The content of an answer. The variants have the names of the requests that they answer, [`RequestKind`].
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum KmsMessage {
    /// `KmsInit`: the certificate of the KMS.
    #[doc(alias("KMSInit", "S-KMSInit"))]
    Init {
        /// The certificate.
        certificate: CertificateParts,
        /// Keys that replace the ones shared so far.
        new_keys: NewKeys,
    },
    /// `KmsKeyProv`: key sets of one user, or of several of its identities.
    #[doc(alias("KMSKeyProv", "S-KMSKeyProv"))]
    KeyProv {
        /// The key sets.
        key_sets: Vec<KeySetParts>,
        /// Keys that replace the ones shared so far.
        new_keys: NewKeys,
    },
    /// `KmsCertCache`: certificates of this KMS and others.
    #[doc(alias("KMSCertCache", "S-KMSCertCache"))]
    CertCache {
        /// `CacheNum`: the state of the cache of the KMS.
        cache_num: Option<u64>,
        /// The certificates.
        certificates: Vec<CertificateParts>,
    },
    /// `KmsLookup`: the KMS of a user. This crate does not know the content of the element, and keeps it in XML as it
    /// was received. If the element needs namespaces that were declared around it, its start tag declares them here.
    #[doc(alias("KMSLookup", "S-KMSLookup"))]
    Lookup(Vec<u8>),
}

impl KmsMessage {
    /// The kind of request that this message mainly answers, and whose [name](RequestKind::name) it has. A request for
    /// one certificate gets the answer of a request for the cache, and so may a request for the KMS of a user.
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

/// Keys that replace the ones which client and KMS have shared so far.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NewKeys {
    /// `NewTransportKey`.
    pub transport: Vec<KeyContent>,
    /// `NewIntegrityKey`.
    pub integrity: Vec<KeyContent>,
}
