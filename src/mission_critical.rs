//! The keys of the mission-critical system and the messages that bring them: the MIKEY-SAKKE
//! profile of 3GPP TS 33.180.

mod delivery;
pub mod derive;
mod error;
mod key;
mod parameters;
mod reception;
mod sealed;
mod selection;

pub use delivery::{CALL_POLICY, Delivery, GROUP_POLICY, Hiding, Policy, cs_id};
pub use error::Error;
pub use key::{Key, KeyId, Mki, Purpose, SignallingKeys, SrtpKeys};
pub use parameters::{Group, KeyParameters, Status};
pub use reception::{Anonymous, KeyStore, Received, Reception};
pub use sealed::{ParametersHeader, SealedParameters};
pub use selection::{Validity, in_force, last_received};
