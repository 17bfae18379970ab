//! TS 33.180 D.2.3: the resources of a KMS and their URLs.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Error, RequestKind};
use crate::identifier::NtpTime;

/// The beginning of the paths of all resources.
const ROOT: &str = "/keymanagement/identity/v1/";

/// A resource of a KMS, with the parameters in its path.
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
    /// The certificates that the KMS knows. With a number, only if the client's cache has another state than that.
    CertCache(Option<u64>),
    /// The certificate of the KMS with this URI.
    Cert(String),
    /// The KMS of the user with this URI.
    Lookup(String),
    /// The resource that takes redirect responses.
    Redirect,
}

/// The user whose keys are asked for, and the time that they are for.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct KeysOf {
    /// The user's URI.
    pub user_uri: String,
    /// An NTP timestamp with the whole seconds in its upper half, which is a time in the key period.
    pub time: Option<u64>,
}

impl KeysOf {
    /// The keys of this user for the present key period.
    #[must_use]
    pub fn new(user_uri: &str) -> Self {
        Self { user_uri: user_uri.into(), time: None }
    }

    /// The keys for the key period of this time, asked for at the time `now`.
    ///
    /// Errors: [`Error::TooFar`] if the two are 68 years apart, because a timestamp does not contain the era and would
    /// mean another time.
    pub fn at(self, time: NtpTime, now: NtpTime) -> Result<Self, Error> {
        // The low 32 bits of the seconds.
        let keys = Self { time: Some(time.seconds() << 32), ..self };
        if keys.time(now) == Some(time) { Ok(keys) } else { Err(Error::TooFar) }
    }

    /// The time in the era nearest to `now`, if a time is asked for.
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

    /// Its path, which follows the name of the server.
    #[must_use]
    pub fn path(&self) -> String {
        let rest = match self {
            Self::Init => "init".into(),
            Self::KeyProv(None) => "keyprov".into(),
            Self::KeyProv(Some(KeysOf { user_uri, time })) => {
                let time = time.map_or(String::new(), |time| format!("/{time:016X}"));
                format!("keyprov/{}{time}", escaped(user_uri))
            }
            Self::CertCache(None) => "certcache".into(),
            Self::CertCache(Some(number)) => format!("certcache/{number}"),
            Self::Cert(kms_uri) => format!("cert/{}", escaped(kms_uri)),
            Self::Lookup(uri) => format!("lookup/{}", escaped(uri)),
            Self::Redirect => "redirect".into(),
        };
        format!("{ROOT}{rest}")
    }

    /// The resource of a URL or path. The part before the common beginning of all paths does not matter.
    ///
    /// Errors: [`Error::Resource`] for an unknown resource, for an impossible parameter, and for a query;
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

/// A number in this base, with exactly 16 hexadecimal digits, or with up to 20 decimal digits.
fn number(digits: &str, base: u32, most: usize) -> Result<u64, Error> {
    let is_long_enough = if base == 16 { digits.len() == most } else { digits.len() <= most };
    if !is_long_enough || !digits.chars().all(|digit| digit.is_digit(base)) {
        return Err(Error::Resource);
    }
    u64::from_str_radix(digits, base).map_err(|_| Error::Resource)
}

/// Whether the octet needs no escape (RFC 3986 section 2.3).
const fn is_unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~')
}

/// The text with %HH for every octet that needs an escape (RFC 3986 section 2.1).
fn escaped(text: &str) -> String {
    let escaped = |octet: u8| {
        if is_unreserved(octet) { char::from(octet).into() } else { format!("%{octet:02X}") }
    };
    text.bytes().map(escaped).collect()
}

/// A segment of a path with its escapes replaced.
///
/// Errors: [`Error::Resource`] for an empty segment, a query or a fragment; [`Error::PercentEncoding`] for a malformed
/// escape, and for octets that are not UTF-8.
fn unescaped(segment: &str) -> Result<String, Error> {
    let mut out = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    loop {
        rest = match *rest {
            [] => break,
            [b'%', high, low, ref rest @ ..] => {
                let digit = |octet: u8| {
                    char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
                };
                let (high, low) = digit(high).zip(digit(low)).ok_or(Error::PercentEncoding)?;
                out.push(high << 4 | low);
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
    match String::from_utf8(out) {
        Ok(text) if text.is_empty() => Err(Error::Resource),
        Ok(text) => Ok(text),
        Err(_) => Err(Error::PercentEncoding),
    }
}
