//! What a key management service gives: certificates and key sets of 3GPP TS 33.180 5.3 and annex D.

mod certificate;
mod content;
mod error;
mod key_set;
mod key_wrap;
mod parameter_set;
mod request;
mod response;
mod shared_key;
mod wrap;

pub use certificate::{CertificateParts, KmsCertificate, Role, ValidPeriod};
pub use content::{KeyContent, WrappedKey};
pub use error::Error;
pub use key_set::{KeySet, KeySetCheck, KeySetParts, Protection};
pub use key_wrap::KeyWrap;
pub use parameter_set::{ParameterSet, UserIdFormat};
pub use request::{ErrorReport, Request, RequestKind};
pub use response::{KmsMessage, NewKeys, Response};
pub use shared_key::{IntegrityKey, SharedKeyId, TransportKey};
pub use wrap::{Reading, Wrapping};
