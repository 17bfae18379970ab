//! How each role uses the crate, and where each clause of the standards is.
//!
//! | chapter | read it if you |
//! |---|---|
//! | [`kms`] | run a key management server |
//! | [`gms`] | run a group management server |
//! | [`client`] | build radios, or servers that are users of a KMS |
//! | [`prose`] | build radios that talk to a group without a server |
//! | [`schemes`] | need ECCSI and SAKKE alone, without MIKEY |
//! | [`storing`] | keep state that must survive a restart |
//! | [`life_cycle`] | keep a system running: what is due, what has ended, what replaces what |
//! | [`field`] | talk to other vendors' products: what to accept from them, and what to send |
//! | [`errors`] | read the logs |
//! | [`standards`] | look for a clause, or for a choice that the standards leave open |
//! | [`requirements`] | have to show that your system meets the standards' requirements |
//!
//! # Abbreviations
//!
//! | name | what it is | who holds it |
//! |---|---|---|
//! | KSAK, z | the two master secrets | the KMS |
//! | KPAK, Z | their public keys | everyone |
//! | SSK, PVT | a user's signing key for one key period. PVT is public | the user |
//! | RSK | a user's receiver key for one key period | the user |
//! | UID | the identifier of a user in one key period, a hash of the user's URI, the KMS's URI and the period | everyone |
//! | SSV | the shared secret that SAKKE encapsulates | sender and receiver |
//! | TrK, InK | the transport key that wraps keys, and the integrity key that signs requests and answers | a user and its KMS |
//! | GMK | a group's master key, which the GMS sends to each member | the GMS and the members |
//! | GMK-ID, GUK-ID | the identifier of a GMK, and a member's own identifier for it | the GMS and the members |
//! | PCK | the key of a private call | the two users |
//! | CSK | the key of a client's signalling | the client and its server |
//! | GSK | the key of one speaker's session in ProSe, sent under a GMK | the members |
//! | RAND | a random value that goes with a key, and from which media keys are derived | as the key |
//! | T | the time that a message states | |
//! | skew | the number of seconds by which T may differ from the receiver's clock | |
//! | MKI, SPI | the identifiers of a key in media packets and in a MIKEY message | |
//!
//! This module has no items. It exists in the documentation alone, and no other build contains it.

#[doc = include_str!("guide/kms.md")]
pub mod kms {}

#[doc = include_str!("guide/gms.md")]
pub mod gms {}

#[doc = include_str!("guide/client.md")]
pub mod client {}

#[doc = include_str!("guide/prose.md")]
pub mod prose {}

#[doc = include_str!("guide/schemes.md")]
pub mod schemes {}

#[doc = include_str!("guide/storing.md")]
pub mod storing {}

#[doc = include_str!("guide/life_cycle.md")]
pub mod life_cycle {}

#[doc = include_str!("guide/field.md")]
pub mod field {}

#[doc = include_str!("guide/errors.md")]
pub mod errors {}

#[doc = include_str!("guide/standards.md")]
pub mod standards {}

#[doc = include_str!("guide/requirements.md")]
pub mod requirements {}
