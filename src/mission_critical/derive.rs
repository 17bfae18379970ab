//! The derivations of TS 33.180 F.1, with the KDF of TS 33.220 B.2.
//!
//! ```text
//! KDF(K, FC, P0, P1 …) = HMAC-SHA-256( K, FC ‖ P0 ‖ L0 ‖ P1 ‖ L1 … )    lengths on two octets
//!
//! FC   derived                          K            parameters
//! 50   user salt, 28 low bits           GMK          user URI                F.1.3
//! 51   signalling confidentiality key   CSK or SPK   user URI, key's ID      F.1.4
//! 52   signalling integrity key         CSK or SPK   user URI, key's ID      F.1.4
//! 53   DPCK                             any          key's or CSB's ID       F.1.5
//! ```
//!
//! From a key of 16 octets, the derived key is the low 16 octets of the result; from a key of 32 octets, it is the
//! whole result. The keys of the mission-critical system have 16 octets, and [`Key`](super::Key) offers these functions
//! as methods. The length octets that the standard prints are examples.

use zeroize::Zeroizing;

use super::Error;
use crate::ct;
use crate::identifier::UserUri;
use crate::mikey::hmac_sha256;
use crate::wiped::stack_wiped;

const USER_SALT: u8 = 0x50;
const CONFIDENTIALITY: u8 = 0x51;
const INTEGRITY: u8 = 0x52;
const PAYLOAD: u8 = 0x53;

/// The low N octets of KDF(key, fc, parameters).
fn kdf<const N: usize>(
    key: &[u8],
    fc: u8,
    parameters: &[&[u8]],
) -> Result<Zeroizing<[u8; N]>, Error> {
    const { assert!(N <= 32) }
    let mut lengths = [[0; 2]; 2];
    for (length, parameter) in lengths.iter_mut().zip(parameters) {
        let octets = u16::try_from(parameter.len()).map_err(|_| crate::Error::Length)?;
        *length = octets.to_be_bytes();
    }
    let mut parts: [&[u8]; 5] = [&[]; 5];
    let fc = [fc];
    parts[0] = &fc;
    for (i, (parameter, length)) in parameters.iter().zip(&lengths).enumerate() {
        parts[1 + 2 * i] = parameter;
        parts[2 + 2 * i] = length;
    }
    stack_wiped(|| {
        let all = hmac_sha256(key, &parts)?;
        let mut low = Zeroizing::new([0; N]);
        low.copy_from_slice(&all[32 - N..]);
        Ok(low)
    })
}

/// The key of N octets that is derived from a key of N octets.
fn key<const N: usize>(
    from: &[u8; N],
    fc: u8,
    parameters: &[&[u8]],
) -> Result<Zeroizing<[u8; N]>, Error> {
    const { assert!(N == 16 || N == 32, "keys have 16 or 32 octets") }
    kdf(from, fc, parameters)
}

/// The user salt of 28 bits (F.1.3): the difference between a GMK-ID and a GUK-ID.
///
/// Errors: [`Error::Message`] for a URI of more than 65,535 octets.
pub fn user_salt<const N: usize>(gmk: &[u8; N], user_uri: UserUri<'_>) -> Result<u32, Error> {
    const { assert!(N == 16 || N == 32, "keys have 16 or 32 octets") }
    let low = kdf(gmk, USER_SALT, &[user_uri.0.as_bytes()])?;
    // Anybody who sees both identifiers sees their difference.
    Ok(ct::publish(u32::from_be_bytes(*low) & 0x0fff_ffff))
}

/// The signalling confidentiality key (F.1.4) of a CSK or SPK.
///
/// Errors: [`Error::Message`] for a URI of more than 65,535 octets.
#[doc(alias = "XPK")]
pub fn confidentiality_key<const N: usize>(
    xpk: &[u8; N],
    user_uri: UserUri<'_>,
    xpk_id: u32,
) -> Result<Zeroizing<[u8; N]>, Error> {
    key(xpk, CONFIDENTIALITY, &[user_uri.0.as_bytes(), &xpk_id.to_be_bytes()])
}

/// The signalling integrity key (F.1.4) of a CSK or SPK.
///
/// Errors: [`Error::Message`] for a URI of more than 65,535 octets.
#[doc(alias = "XPK")]
pub fn integrity_key<const N: usize>(
    xpk: &[u8; N],
    user_uri: UserUri<'_>,
    xpk_id: u32,
) -> Result<Zeroizing<[u8; N]>, Error> {
    key(xpk, INTEGRITY, &[user_uri.0.as_bytes(), &xpk_id.to_be_bytes()])
}

/// The MCData payload cipher key (F.1.5) of any key.
///
/// Errors: none; every key and identifier has a payload cipher key.
#[doc(alias("DPCK", "DPPK"))]
pub fn payload_cipher_key<const N: usize>(
    dppk: &[u8; N],
    dppk_id: u32,
) -> Result<Zeroizing<[u8; N]>, Error> {
    key(dppk, PAYLOAD, &[&dppk_id.to_be_bytes()])
}
