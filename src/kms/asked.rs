//! TS 33.180 D.2: what a KMS makes sure of before it answers a request.

use alloc::string::String;
use core::ops::RangeInclusive;

use super::request::recent;
use super::{
    Error, KeysOf, KmsCertificate, Request, Resource, SeenRequests, SharedKeyId, SharedKeys,
};
use crate::identifier::NtpTime;
use crate::mikey::Clock;

/// What a request must be, and what its user may have.
#[derive(Clone, Copy, Debug)]
pub struct RequestCheck<'a> {
    /// The KMS's own certificate, whose key periods are those of the keys.
    pub certificate: &'a KmsCertificate,
    /// The URL that the request came to.
    pub url: &'a str,
    /// The URIs of the user who was authenticated. Who asks must be one of them, and whose keys are
    /// asked for must be too.
    pub user_uris: &'a [&'a str],
    /// The keys that the request was verified with; what is sent is wrapped with the transport key among
    /// them. None for a user who shares no keys with the KMS.
    pub shared: Option<&'a SharedKeys>,
    /// How many key periods after the present one keys are given out for: 1, so that a client holds two
    /// around the change. Keys of periods that are over are never given out.
    pub periods_ahead: u8,
    /// The KMS's clock, and how far from it the time of a request may be: 5 seconds is what the
    /// standard suggests.
    pub clock: Clock,
    /// In what requests may differ from D.2.2: in nothing by default.
    pub deviations: Deviations<'a>,
}

/// Switches of a [`RequestCheck`] for clients that don't send requests as D.2.2 has them. All are off by default.
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
    /// What `KmsUri` may be instead of the certificate's. The answer repeats it. Nothing is lost by that. UIDs are
    /// still made with the certificate's: a client that makes them with an alias refuses the keys that it gets.
    pub kms_uri_aliases: &'a [&'a str],
    /// What `ClientReqUrl` may lack at its start, such as the scheme and the host. What is left out isn't signed: a
    /// request can be moved from one of two servers to the other if they differ in that alone.
    pub url_prefix_left_out: Option<&'a str>,
    /// `Time` isn't looked at, for clients that write their local time. Such a request isn't remembered either, so
    /// **it can be replayed, and only TLS that authenticates the user prevents that**: a proxy that ends it doesn't.
    pub any_time_under_tls: bool,
    /// In XML, `answer` answers a request without a body. It counts as a request of the first of
    /// [`RequestCheck::user_uris`] at the time of the clock, and one such request is answered in a second. **Only TLS
    /// that authenticates the user says who asks**: no integrity key has signed it.
    pub no_body_under_tls: bool,
}

/// What is asked for, of all that the user may have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Asked {
    /// The certificate of the KMS.
    Init,
    /// Keys of the user.
    KeyProv {
        /// The URI of the user whose keys they are.
        user_uri: String,
        /// The numbers of the key periods: the one asked for, or the present one and those ahead.
        periods: RangeInclusive<u64>,
    },
    /// The certificates that the KMS knows; if the client's are of another state than this number.
    CertCache(Option<u64>),
    /// The certificate of the KMS with this URI.
    Cert(String),
    /// Which KMS the user with this URI has.
    Lookup(String),
    /// To take the redirect responses that the request hands in.
    Redirect,
}

impl Request {
    /// What a KMS makes sure of before it answers: that the request is for it, from this user, recent,
    /// for nothing but what the user may have, and not here before: `seen` remembers it. That it is
    /// signed, where it must be, is for [`SharedKeys::verify`](super::SharedKeys::verify), which comes
    /// first: only what is the user's may be remembered.
    ///
    /// Errors: [`Error::KmsUri`], [`Error::ClientReqUrl`], [`Error::Stale`]; [`Error::UserUri`] if
    /// another user asks, or asks for another's keys; [`Error::TransportKey`] if the answer is to be
    /// wrapped with another transport key than the user's; [`Error::Resource`] for a URL that isn't a KMS's,
    /// or redirect responses handed in elsewhere than where they belong; [`Error::TooFar`] for keys of a
    /// time that is not in the key periods given out; [`Error::KeyPeriod`] if the first key period
    /// hasn't begun; [`Error::Replayed`] if it was accepted before, [`Error::Forgotten`] if it may have been; [`Error::Full`] if
    /// it can't be remembered.
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
    /// Whether this is the URL that the request came to.
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
