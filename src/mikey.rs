//! MIKEY: the messages that keys travel in, RFC 3830 with RFC 6043 and RFC 6509.

mod error;
mod freshness;
mod header;
mod i_message;
mod keys;
mod kms;
mod message;
mod octets;
mod outline;
mod payload;
pub mod psk;
mod received;

pub use error::Error;
pub use freshness::{CacheState, Clock, Entered, MemoryCache, ReplayCache, ReplayKey};
pub use header::{CryptoSession, CsIdMap, Entry, Header, MessageType, Sessions, SrtpStream};
pub use i_message::IMessage;
pub use keys::{Derivation, KeyUse, Prf};
pub use kms::{IdScheme, Kms, User};
pub use message::{Builder, Message};
pub use outline::{Outline, Unsigned};
pub use payload::{
    Extension, Identity, IdentityType, Kemac, Mac, Parameters, Payload, Role, SakkePayload,
    SecurityPolicy, Sign, Timestamp,
};
pub use received::{Coverage, Decapsulate, Expected, Fresh, Hidden, Opened, Verified};

#[cfg(feature = "mission-critical")]
pub(crate) use keys::hmac_sha256;
#[cfg(feature = "mission-critical")]
pub(crate) use octets::{Reader, write_long};
#[cfg(feature = "mission-critical")]
pub(crate) use {i_message::encapsulation, received::open};

/// Octets of the shortest RAND.
const MIN_RAND: usize = 16;

/// The SAKKE parameter set of RFC 6509 appendix A.
pub(crate) const PARAMETER_SET: u8 = 1;
