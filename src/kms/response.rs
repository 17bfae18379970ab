//! TS 33.180 D.3: what a KMS answers.

use alloc::string::String;
use alloc::vec::Vec;

use super::{CertificateParts, ErrorReport, KeyContent, KeySetParts, SharedKeyId};
use crate::identifier::NtpTime;

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

/// What an answer says.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum KmsMessage {
    /// `KmsInit`: the KMS's certificate.
    Init {
        /// The certificate.
        certificate: CertificateParts,
        /// Keys that replace those shared so far.
        new_keys: NewKeys,
    },
    /// `KmsKeyProv`: key sets, of one user or several identities of it.
    KeyProv {
        /// The key sets.
        key_sets: Vec<KeySetParts>,
        /// Keys that replace those shared so far.
        new_keys: NewKeys,
    },
    /// `KmsCertCache`: certificates of this KMS and others.
    CertCache {
        /// `CacheNum`: the state of the KMS's cache.
        cache_num: Option<u64>,
        /// The certificates.
        certificates: Vec<CertificateParts>,
    },
}

/// Keys that replace those which client and KMS shared so far.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NewKeys {
    /// `NewTransportKey`.
    pub transport: Vec<KeyContent>,
    /// `NewIntegrityKey`.
    pub integrity: Vec<KeyContent>,
}
