//! How each role uses the crate, and which clause of which standard is where.
//!
//! | chapter | for |
//! |---|---|
//! | [`kms`] | who runs a key management server |
//! | [`gms`] | who runs a group management server |
//! | [`client`] | who builds radios and their servers |
//! | [`prose`] | who builds radios that speak to a group without a server |
//! | [`storing`] | who has state that must survive a restart |
//! | [`life_cycle`] | who keeps any of them running: what is due, what is over, what is replaced |
//! | [`field`] | whose peers come from other vendors: what to accept of them, and what to send |
//! | [`errors`] | who reads the logs |
//! | [`standards`] | who looks for a clause, or for what was chosen where a standard leaves room |
//! | [`requirements`] | who has to show that a system has everything it must |
//!
//! The module is documentation alone: it holds no item, and no build but that of the documentation has
//! it.

#[doc = include_str!("guide/kms.md")]
pub mod kms {}

#[doc = include_str!("guide/gms.md")]
pub mod gms {}

#[doc = include_str!("guide/client.md")]
pub mod client {}

#[doc = include_str!("guide/prose.md")]
pub mod prose {}

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
