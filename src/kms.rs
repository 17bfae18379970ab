//! What a key management service gives: certificates and key sets of 3GPP TS 33.180 5.3 and annex D.

mod certificate;
mod content;
mod error;
mod issuing;
mod key_set;
mod key_wrap;
mod parameter_set;
mod request;
mod resource;
mod response;
mod shared_key;
mod store;
mod wrap;

pub use certificate::{CertificateParts, KmsCertificate, Role, ValidPeriod};
pub use content::{KeyContent, WrappedKey};
pub use error::Error;
pub use issuing::KeyIssuer;
pub use key_set::{KeySet, KeySetCheck, KeySetParts, Protection};
pub use key_wrap::KeyWrap;
pub use parameter_set::{ParameterSet, UserIdFormat};
pub use request::{ErrorReport, Request, RequestCheck, RequestKind};
pub use resource::{KeysOf, Resource};
pub use response::{KmsMessage, NewKeys, Response};
pub use shared_key::{IntegrityKey, SharedKeyId, SharedKeys, TransportKey};
pub use store::CertificateStore;
pub use wrap::{Reading, Wrapping};
