//! The message profile of TS 33.180 E.1.2, as far as it can be checked before anything is opened.

use alloc::vec::Vec;

use crate::mikey::{
    self, CsIdMap, Departure, Departures, Extension, IMessage, Limits, Payload, Prf, Reader, Role,
    SakkePayload, SecurityPolicy, Timestamp,
};
use crate::mission_critical::crypto_sessions::SRTP;
use crate::mission_critical::delivery::has_profile;
use crate::mission_critical::{Error, KeyId, Purpose};

/// A message that follows the profile, as far as that can be checked before it is opened.
#[derive(Clone, Debug)]
pub(crate) struct Profiled<'a> {
    pub(super) message: IMessage<'a>,
    to_self: Option<&'a [u8]>,
    /// The key parameters, which are sealed.
    pub(in crate::mission_critical) parameters: Option<&'a [u8]>,
    pub(in crate::mission_critical) policies: Vec<SecurityPolicy<'a>>,
    /// The departures from the profile that the message makes use of.
    pub(in crate::mission_critical) departures: Departures,
}

impl<'a> Profiled<'a> {
    /// Decodes the message in one pass over its octets, and then checks its crypto sessions, when the policies are
    /// known.
    ///
    /// Errors: those of [`Reception::receive`](super::Reception::receive) that come before opening.
    pub(super) fn decode(
        purpose: Purpose,
        octets: &'a [u8],
        (limits, accepted): (&Limits, Departures),
    ) -> Result<Self, Error> {
        has_profile(purpose)?;
        let (mut to_self, mut parameters, mut is_repeated) = (None, None, false);
        let mut policies = Vec::new();
        let message = IMessage::decode_showing(octets, limits, accepted, |payload| {
            let (place, data) = match payload {
                Payload::Extension(Extension { kind: Extension::SAKKE_TO_SELF, data }) => {
                    (&mut to_self, data)
                }
                Payload::Extension(Extension { kind: Extension::KEY_PARAMETERS, data }) => {
                    (&mut parameters, data)
                }
                Payload::Policy(policy) => return policies.push(policy),
                _ => return,
            };
            is_repeated |= place.replace(data).is_some();
        })?;
        if KeyId::try_from(message.csb_id())?.purpose() != purpose {
            return Err(Error::Purpose);
        }
        let has = |role| message.identity(role).is_some();
        let complete = (has(Role::Initiator) || has(Role::InitiatorUid))
            && (has(Role::Responder) || has(Role::ResponderUid))
            && has(Role::InitiatorKms)
            && has(Role::ResponderKms);
        if !complete {
            return Err(Error::Identity);
        }
        let mut departures = Departures::NONE;
        let mut names = |policies: &[u8]| match policies {
            [number] if message.policy_numbers().contains(*number) => true,
            [_] | [] => departures.used(Departure::MissingPolicy, accepted),
            _ => false,
        };
        let sessions = match message.map() {
            // The standard's sessions and the standard's policy apply. A policy in the message belongs to no session;
            // E.3.1 neither requires nor forbids it.
            CsIdMap::Empty => true,
            // An empty list is another form of the empty map.
            CsIdMap::GenericId(sessions) => {
                sessions.iter().all(|session| session.protocol == SRTP && names(session.policies))
            }
            CsIdMap::SrtpId(streams) => {
                let follows = streams.iter().all(|stream| names(&[stream.policy]));
                let departure = match purpose {
                    Purpose::Gmk => Departure::SrtpIdMapOfGmk,
                    _ => Departure::SrtpIdMap,
                };
                follows && departures.used(departure, accepted)
            }
        };
        let follows = sessions
            && !is_repeated
            && message.derivation().prf == Prf::HmacSha256
            && matches!(message.timestamp(), Timestamp::NtpUtc(_));
        if !follows {
            return Err(Error::Profile);
        }
        Ok(Self { message, to_self, parameters, policies, departures })
    }

    /// The SAKKE payload that is encapsulated to the initiator itself. Its first octet, the type of the next payload,
    /// has no meaning.
    ///
    /// Errors: [`Error::Profile`].
    pub(super) fn sakke_to_self(&self) -> Result<SakkePayload<'a>, Error> {
        let mut reader = Reader::new(self.to_self.ok_or(Error::Profile)?);
        let mut decode = || {
            reader.u8()?;
            let payload = SakkePayload::decode(&mut reader)?;
            reader.end()?;
            Ok(payload)
        };
        decode().map_err(|_: mikey::Error| Error::Profile)
    }
}
