//! TS 33.180 D.2.3: where a KMS is asked for what.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::{Error, RequestKind};
use crate::identifier::NtpTime;

/// What the paths of all resources begin with.
const ROOT: &str = "/keymanagement/identity/v1/";

/// What is asked for, with the parameters that are part of its path.
///
/// ```
/// use eccsi_sakke::kms::{KeysOf, Resource};
/// use eccsi_sakke::NtpTime;
///
/// let time = NtpTime::from_unix(1_393_144_754);
/// let keys = KeysOf::new("sip:alice@example.org").at(time, time)?;
/// let resource = Resource::KeyProv(Some(keys));
/// let path = "/keymanagement/identity/v1/keyprov/sip%3Aalice%40example.org/D6B4323200000000";
/// assert_eq!(resource.path(), path);
/// assert_eq!(Resource::of_url("https://kms.example.org/keymanagement/identity/v1/keyprov/\
///     sip%3Aalice%40example.org/D6B4323200000000"), Ok(resource));
/// # Ok::<(), eccsi_sakke::kms::Error>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Resource {
    /// The certificate of the KMS.
    Init,
    /// The keys of the user who asks, or of one of its identities.
    KeyProv(Option<KeysOf>),
    /// The certificates that the KMS knows; if the client's are of another state than this number.
    CertCache(Option<u64>),
    /// The certificate of the KMS with this URI.
    Cert(String),
    /// Which KMS the user with this URI has.
    Lookup(String),
    /// Where redirect responses are handed in.
    Redirect,
}

/// Whose keys, and for when.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct KeysOf {
    /// The user's URI.
    pub user_uri: String,
    /// An NTP timestamp, whole seconds in its upper half: a time in the key period.
    pub time: Option<u64>,
}

impl KeysOf {
    /// The keys of this user for the key period of now.
    #[must_use]
    pub fn new(user_uri: &str) -> Self {
        Self { user_uri: user_uri.into(), time: None }
    }

    /// For the key period of this time, asked for at the time `now`.
    ///
    /// Errors: [`Error::TooFar`] if they are 68 years apart: a timestamp leaves the era out, and would
    /// name another time.
    pub fn at(self, time: NtpTime, now: NtpTime) -> Result<Self, Error> {
        // The seconds' low 32 bits.
        let keys = Self { time: Some(time.seconds() << 32), ..self };
        if keys.time(now) == Some(time) { Ok(keys) } else { Err(Error::TooFar) }
    }

    /// The time in the era nearest to `now`, if there is one.
    #[must_use]
    pub fn time(&self, now: NtpTime) -> Option<NtpTime> {
        self.time.map(|timestamp| NtpTime::from_timestamp((timestamp >> 32) as u32, now))
    }
}

impl Resource {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> RequestKind {
        match self {
            Self::Init => RequestKind::Init,
            Self::KeyProv(_) => RequestKind::KeyProv,
            Self::CertCache(_) => RequestKind::CertCache,
            Self::Cert(_) => RequestKind::Cert,
            Self::Lookup(_) => RequestKind::Lookup,
            Self::Redirect => RequestKind::Redirect,
        }
    }

    /// Its path, below the name of the server.
    #[must_use]
    pub fn path(&self) -> String {
        let path = |rest: &str| format!("{ROOT}{rest}");
        match self {
            Self::Init => path("init"),
            Self::KeyProv(None) => path("keyprov"),
            Self::KeyProv(Some(KeysOf { user_uri, time: None })) => {
                path(&format!("keyprov/{}", escaped(user_uri)))
            }
            Self::KeyProv(Some(KeysOf { user_uri, time: Some(time) })) => {
                path(&format!("keyprov/{}/{time:016X}", escaped(user_uri)))
            }
            Self::CertCache(None) => path("certcache"),
            Self::CertCache(Some(number)) => path(&format!("certcache/{number}")),
            Self::Cert(kms_uri) => path(&format!("cert/{}", escaped(kms_uri))),
            Self::Lookup(uri) => path(&format!("lookup/{}", escaped(uri))),
            Self::Redirect => path("redirect"),
        }
    }

    /// The resource of a URL or path, whatever stands before the part that all have.
    ///
    /// Errors: [`Error::Resource`] for another resource, a parameter that isn't one, a query;
    /// [`Error::PercentEncoding`].
    pub fn of_url(url: &str) -> Result<Self, Error> {
        let (before, path) = url.split_once(ROOT).ok_or(Error::Resource)?;
        if before.contains(['?', '#']) {
            return Err(Error::Resource);
        }
        let segments: Vec<&str> = path.splitn(4, '/').collect();
        Ok(match *segments.as_slice() {
            ["init"] => Self::Init,
            ["keyprov"] => Self::KeyProv(None),
            ["keyprov", user_uri] => {
                Self::KeyProv(Some(KeysOf { user_uri: unescaped(user_uri)?, time: None }))
            }
            ["keyprov", user_uri, time] => {
                let time = Some(number(time, 16, 16)?);
                Self::KeyProv(Some(KeysOf { user_uri: unescaped(user_uri)?, time }))
            }
            ["certcache"] => Self::CertCache(None),
            ["certcache", state] => Self::CertCache(Some(number(state, 10, 20)?)),
            ["cert", kms_uri] => Self::Cert(unescaped(kms_uri)?),
            ["lookup", uri] => Self::Lookup(unescaped(uri)?),
            ["redirect"] => Self::Redirect,
            _ => return Err(Error::Resource),
        })
    }
}

/// A number in digits of this base: 16 of them, or up to 20 decimal ones.
fn number(digits: &str, base: u32, most: usize) -> Result<u64, Error> {
    let is_long_enough = if base == 16 { digits.len() == most } else { digits.len() <= most };
    if !is_long_enough || !digits.chars().all(|digit| digit.is_digit(base)) {
        return Err(Error::Resource);
    }
    u64::from_str_radix(digits, base).map_err(|_| Error::Resource)
}

/// Whether RFC 3986 section 2.3 has the octet stand for itself.
const fn is_unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~')
}

/// RFC 3986 section 2.1: every octet that isn't unreserved as %HH.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for octet in text.bytes() {
        if is_unreserved(octet) {
            out.push(octet.into());
        } else {
            // Writing to a string doesn't fail.
            let _ = write!(out, "%{octet:02X}");
        }
    }
    out
}

/// The value of a hexadecimal digit.
const fn digit(digit: u8) -> Result<u8, Error> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(Error::PercentEncoding),
    }
}

/// A segment of a path without its escapes.
///
/// Errors: [`Error::Resource`] for none, a query or a fragment; [`Error::PercentEncoding`] for an escape that is
/// none, and for what isn't UTF-8.
fn unescaped(segment: &str) -> Result<String, Error> {
    let mut out = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    loop {
        rest = match *rest {
            [] => break,
            [b'%', high, low, ref rest @ ..] => {
                out.push(digit(high)? << 4 | digit(low)?);
                rest
            }
            [b'%', ..] => return Err(Error::PercentEncoding),
            [b'?' | b'#' | b'/', ..] => return Err(Error::Resource),
            [octet, ref rest @ ..] => {
                out.push(octet);
                rest
            }
        };
    }
    match core::str::from_utf8(&out) {
        Ok("") => Err(Error::Resource),
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(Error::PercentEncoding),
    }
}
