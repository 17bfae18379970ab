//! The values of RFC 6507 appendix A, and of RFC 6508 appendix A for the same identifier.
#![no_std]

include!(concat!(env!("OUT_DIR"), "/values.rs"));
