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
