//! The crypto sessions and policies in the message of a key: TS 33.180 E.1.2 and E.1.3, RFC 3830 section 6.10, RFC 6043
//! section 6.1.1.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::{CsId, Error};
use crate::mikey::{CryptoSession, CsIdMap, Departure, Departures, Limits, Reader, SecurityPolicy};

/// The number of SRTP in policies and crypto sessions.
pub(super) const SRTP: u8 = 0;

/// The map and the policies of a message, stored with the key that the message carried.
///
/// If the map is empty or lists no session, the standard's sessions and the standard's policy apply. If the message
/// also has a policy for another cipher, no media keys are derived.
#[derive(Clone, Eq, PartialEq)]
pub struct CryptoSessions {
    /// A map that is known to decode.
    map: Box<[u8]>,
    /// The concatenated policies, which are known to decode.
    policies: Box<[u8]>,
}

impl CryptoSessions {
    /// The sessions of this map, with these policies.
    ///
    /// Errors: [`Error::Message`] for a map or a policy that cannot be encoded.
    pub fn new<'a>(
        map: &CsIdMap<'_>,
        policies: impl IntoIterator<Item = SecurityPolicy<'a>>,
    ) -> Result<Self, Error> {
        let (mut of_map, mut of_policies) = (Vec::new(), Vec::new());
        map.encode(&mut of_map)?;
        policies.into_iter().try_for_each(|policy| policy.encode(&mut of_policies))?;
        Ok(Self { map: of_map.into(), policies: of_policies.into() })
    }

    /// The sessions from the octets of a map and of policies, as a record stores them.
    #[cfg(feature = "stored")]
    pub(crate) fn from_octets(map: &[u8], policies: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(map);
        CsIdMap::decode(&mut reader, &Limits::NONE).and_then(|_| reader.end()).ok()?;
        let mut reader = Reader::new(policies);
        while !reader.is_empty() {
            SecurityPolicy::decode(&mut reader).ok()?;
        }
        Some(Self { map: map.into(), policies: policies.into() })
    }

    /// The octets of the map and of the policies.
    #[cfg(feature = "stored")]
    pub(crate) fn octets(&self) -> [&[u8]; 2] {
        [&self.map, &self.policies]
    }

    /// The map.
    #[must_use]
    pub fn map(&self) -> CsIdMap<'_> {
        // The map is known to decode.
        CsIdMap::decode(&mut Reader::new(&self.map), &Limits::NONE).unwrap_or(CsIdMap::Empty)
    }

    /// The policies.
    pub fn policies(&self) -> impl Iterator<Item = SecurityPolicy<'_>> {
        let mut reader = Reader::new(&self.policies);
        core::iter::from_fn(move || SecurityPolicy::decode(&mut reader).ok())
    }

    /// The session with this number, with its policies and session data. `None` if the map is not of type GENERIC-ID,
    /// or does not list the session.
    #[must_use]
    pub fn session(&self, cs_id: CsId) -> Option<CryptoSession<'_>> {
        match self.map() {
            CsIdMap::GenericId(sessions) => sessions.get(cs_id.number()),
            CsIdMap::Empty | CsIdMap::SrtpId(_) => None,
        }
    }

    /// The policy that this session names, if the message contains it. In a map of type SRTP-ID, the CS ID of a stream
    /// is its place, counted from 1.
    #[must_use]
    pub fn policy(&self, cs_id: CsId) -> Option<SecurityPolicy<'_>> {
        let Listed::Under(number) = self.listed(cs_id) else { return None };
        self.policies().find(|policy| policy.number == number)
    }

    fn listed(&self, cs_id: CsId) -> Listed {
        match self.map() {
            CsIdMap::GenericId(sessions) => match sessions.get(cs_id.number()) {
                Some(session) => {
                    session.policies.first().copied().map_or(Listed::Bare, Listed::Under)
                }
                None => Listed::Not,
            },
            CsIdMap::SrtpId(streams) => {
                let place = usize::from(cs_id.number()).checked_sub(1);
                let stream = place.and_then(|place| streams.iter().nth(place));
                stream.map_or(Listed::Not, |stream| Listed::Under(stream.policy))
            }
            CsIdMap::Empty => Listed::Not,
        }
    }

    /// Checks that the session uses keys of the kind that this crate derives: for AES-GCM, with keys of 16 octets and
    /// salts of 12. The standard's policy applies to a session that is not listed, and no policy of the message may
    /// contradict it.
    ///
    /// Errors: [`Error::Policy`].
    pub(super) fn check_policy(&self, cs_id: CsId, departures: Departures) -> Result<(), Error> {
        let is_made = match (self.listed(cs_id), self.policy(cs_id)) {
            (Listed::Not, _) => self.policies().all(|policy| says_aes_gcm(&policy) != Some(false)),
            (_, Some(policy)) => is_of_aes_gcm(&policy),
            (_, None) => departures.contains(Departure::MissingPolicy),
        };
        if is_made { Ok(()) } else { Err(Error::Policy) }
    }
}

/// How a map lists a session.
enum Listed {
    /// The map does not list it.
    Not,
    /// The session names no policy.
    Bare,
    /// The session names the policy with this number.
    Under(u8),
}

/// The standard's sessions under the standard's policy.
impl Default for CryptoSessions {
    fn default() -> Self {
        // #CS 0, and the type of an empty map.
        Self { map: [0, 1].into(), policies: Box::default() }
    }
}

impl fmt::Debug for CryptoSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let policies: Vec<_> = self.policies().collect();
        let mut shown = f.debug_struct("CryptoSessions");
        shown.field("map", &self.map()).field("policies", &policies).finish()
    }
}

/// Whether the policy is for SRTP with AES-GCM, with keys of 16 octets and salts of 12.
///
/// The policy need not state the lengths: keys of 16 octets are the default of RFC 3830 section 6.10.1, and RFC 7714
/// defines only salts of 12.
pub(super) fn is_of_aes_gcm(policy: &SecurityPolicy<'_>) -> bool {
    says_aes_gcm(policy) == Some(true)
}

/// The same as [`is_of_aes_gcm`], but `None` if the policy names no cipher and does not contradict AES-GCM.
fn says_aes_gcm(policy: &SecurityPolicy<'_>) -> Option<bool> {
    let says = |kind, value| policy.parameters.get(kind).map(|said| said == [value]);
    let [cipher, key, salt] = [(0, 6), (1, 16), (4, 12)].map(|(kind, value)| says(kind, value));
    if policy.protocol != SRTP || key == Some(false) || salt == Some(false) {
        return Some(false);
    }
    cipher
}
