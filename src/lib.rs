#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;

mod error;
mod identifier;

pub mod eccsi;
pub mod sakke;

mod curve;
mod field;
mod pairing;
mod params;
mod scalar;
mod torus;

mod ct;
mod debug;
mod random;

#[cfg(feature = "hazmat")]
#[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
pub mod hazmat;

pub use error::{Error, TryError};
pub use identifier::{Identifier, KeyPeriods, NtpTime};
