//! TS 33.180 D.2: the checks of a request that a KMS makes before it answers.

use alloc::string::String;
use core::ops::RangeInclusive;

use super::request::recent;
use super::{
    Error, KeysOf, KmsCertificate, Request, Resource, SeenRequests, SharedKeyId, SharedKeys,
};
use crate::identifier::NtpTime;
use crate::mikey::Clock;

/// What a KMS checks a request against: what the request must be, and what its user may get.
#[derive(Clone, Copy, Debug)]
pub struct RequestCheck<'a> {
    /// The KMS's own certificate. Its key periods are those of the keys.
    pub certificate: &'a KmsCertificate,
    /// The URL at which the request arrived.
    pub url: &'a str,
    /// The URIs of the authenticated user. The user who asks must be one of them, and so must the user whose keys are
    /// asked for.
    pub user_uris: &'a [&'a str],
    /// The keys that verified the request. The transport key among them wraps the answer. None for a user who shares no
    /// keys with the KMS.
    pub shared: Option<&'a SharedKeys>,
    /// For how many key periods after the present one the KMS gives out keys. With 1, a client has the keys of both
    /// periods when they change. Keys of periods that are over are never given out.
    pub periods_ahead: u8,
    /// The KMS's clock, and how far the time of a request may be from it. The standard suggests 5 seconds.
    pub clock: Clock,
    /// How requests may differ from D.2.2. By default they may not.
    pub deviations: Deviations<'a>,
}

/// Switches of a [`RequestCheck`] for clients whose requests differ from D.2.2. All are off by default.
///
/// ```
/// use eccsi_sakke::kms::Deviations;
///
/// let deviations = Deviations {
///     kms_uri_aliases: &["https://kms.example.org"],
///     url_prefix_left_out: Some("https://kms.example.org"),
///     ..Deviations::default()
/// };
/// assert!(!deviations.any_time_under_tls && !deviations.no_body_under_tls);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Deviations<'a> {
    /// Values of `KmsUri` that are accepted beside that of the certificate. The answer repeats the value. This loses no
    /// security. UIDs are still made with the certificate's URI, so a client that makes them with an alias refuses the
    /// keys that it gets.
    pub kms_uri_aliases: &'a [&'a str],
    /// A prefix that `ClientReqUrl` may leave out, such as the scheme and the host. The omitted part is not signed: if
    /// two servers differ in nothing else, a request to one of them can be sent to the other.
    pub url_prefix_left_out: Option<&'a str>,
    /// Ignores `Time`, for clients that write their local time. Such a request is not remembered either, so **it can be
    /// replayed, and only TLS that authenticates the user prevents that**. A proxy that terminates TLS does not.
    pub any_time_under_tls: bool,
    /// In XML, `answer` answers a request without a body. It counts as a request of the first of
    /// [`RequestCheck::user_uris`] at the time of the clock, and one such request is answered per second. **Only TLS
    /// that authenticates the user proves who asks**, because no integrity key has signed the request.
    pub no_body_under_tls: bool,
}

/// What a user asks for and may get.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Asked {
    /// The certificate of the KMS.
    Init,
    /// Keys of a user.
    KeyProv {
        /// The URI of that user.
        user_uri: String,
        /// The numbers of the key periods: the requested one, or the present one and those ahead.
        periods: RangeInclusive<u64>,
    },
    /// The certificates that the KMS knows. With a number, only if the client's cache has another state than that.
    CertCache(Option<u64>),
    /// The certificate of the KMS with this URI.
    Cert(String),
    /// The KMS of the user with this URI.
    Lookup(String),
    /// Nothing: the request hands in redirect responses.
    Redirect,
}

impl Request {
    /// Checks a request before the KMS answers it. The request must be for this KMS, from this user, and recent. It
    /// must ask only for what the user may get. It must not have been received before, and so `seen` remembers it.
    ///
    /// Where requests must be signed, call [`SharedKeys::verify`](super::SharedKeys::verify) first, so that only
    /// requests of the user are remembered.
    ///
    /// Errors: [`Error::KmsUri`], [`Error::ClientReqUrl`], [`Error::Stale`]; [`Error::UserUri`] if another user asks,
    /// or if the user asks for the keys of another; [`Error::TransportKey`] if the request names another transport key
    /// than the user's; [`Error::Resource`] for a URL that is no resource of a KMS, and for redirect responses that are
    /// handed in at the wrong URL; [`Error::TooFar`] for keys of a time outside of the key periods that are given out;
    /// [`Error::KeyPeriod`] if the first key period has not begun; [`Error::Replayed`] if the request was accepted
    /// before; [`Error::Forgotten`] if it may have been; [`Error::Full`] if it cannot be remembered.
    pub fn check(&self, check: &RequestCheck<'_>, seen: &mut SeenRequests) -> Result<Asked, Error> {
        let deviations = &check.deviations;
        let is_alias = deviations.kms_uri_aliases.contains(&self.kms_uri.as_str());
        if self.kms_uri != check.certificate.kms_uri() && !is_alias {
            return Err(Error::KmsUri);
        }
        if !check.is_url(&self.client_req_url) {
            return Err(Error::ClientReqUrl);
        }
        check.check_user(&self.user_uri)?;
        check.check_transport(self.trk_id)?;
        if !deviations.any_time_under_tls {
            recent(self.time, &check.clock)?;
        }
        let asked = match Resource::of_url(check.url)? {
            Resource::Init => Asked::Init,
            Resource::KeyProv(keys) => {
                check.keys(keys.unwrap_or_else(|| KeysOf::new(&self.user_uri)))?
            }
            Resource::CertCache(state) => Asked::CertCache(state),
            Resource::Cert(kms_uri) => Asked::Cert(kms_uri),
            Resource::Lookup(uri) => Asked::Lookup(uri),
            Resource::Redirect => Asked::Redirect,
        };
        if !self.krr_list.is_empty() && asked != Asked::Redirect {
            return Err(Error::Resource);
        }
        if !deviations.any_time_under_tls {
            seen.enter(self, &check.clock)?;
        }
        Ok(asked)
    }
}

impl RequestCheck<'_> {
    /// Whether the request arrived at this URL.
    fn is_url(&self, client_req_url: &str) -> bool {
        let without = |prefix| self.url.strip_prefix(prefix) == Some(client_req_url);
        client_req_url == self.url || self.deviations.url_prefix_left_out.is_some_and(without)
    }

    /// Errors: [`Error::UserUri`].
    fn check_user(&self, user_uri: &str) -> Result<(), Error> {
        if self.user_uris.contains(&user_uri) { Ok(()) } else { Err(Error::UserUri) }
    }

    /// Errors: [`Error::TransportKey`].
    fn check_transport(&self, trk_id: Option<SharedKeyId>) -> Result<(), Error> {
        let own = self.shared.map(|shared| shared.transport().id());
        if trk_id.is_none() || trk_id == own { Ok(()) } else { Err(Error::TransportKey) }
    }

    /// Errors: [`Error::UserUri`], [`Error::TooFar`], [`Error::KeyPeriod`].
    fn keys(&self, keys: KeysOf) -> Result<Asked, Error> {
        self.check_user(&keys.user_uri)?;
        let now = self.clock.now;
        let number = |time: NtpTime| self.certificate.periods().number(time);
        let present = number(now).map_err(|_| Error::KeyPeriod)?;
        let given_out = present..=present.saturating_add(self.periods_ahead.into());
        let periods = match keys.time(now) {
            None => given_out,
            Some(time) => match number(time) {
                Ok(number) if given_out.contains(&number) => number..=number,
                _ => return Err(Error::TooFar),
            },
        };
        Ok(Asked::KeyProv { user_uri: keys.user_uri, periods })
    }
}
