//! How each role uses the crate, and which clause of which standard is where.
//!
//! | chapter | for |
//! |---|---|
//! | [`kms`] | who runs a key management server |
//! | [`gms`] | who runs a group management server |
//! | [`client`] | who builds radios and their servers |
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

#[doc = include_str!("guide/standards.md")]
pub mod standards {}

#[doc = include_str!("guide/requirements.md")]
pub mod requirements {}
