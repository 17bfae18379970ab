//! The responder's side: a pre-shared-key message on its way to its keys.

use core::fmt;

use alloc::vec::Vec;
use zeroize::Zeroizing;

use super::key_data::Chain;
use super::{KeyData, MacKey, aes_cm};
use crate::eccsi::Signature;
use crate::identifier::{Identifier, NtpTime};
use crate::mikey::freshness::Freshness;
use crate::mikey::i_message::once;
use crate::mikey::message::Walk;
use crate::mikey::octets::Seen;
use crate::mikey::payload::Kemac;
use crate::mikey::{
    Clock, CsIdMap, Derivation, Error, Identity, Limits, MIN_RAND, Message, MessageType, Origin,
    Payload, ReplayCache, Sign, Timestamp,
};

/// A pre-shared-key message, decoded completely and not yet trusted in anything.
///
/// Its keys come out of [`check_fresh`](Self::check_fresh) and [`FreshPsk::authenticate`].
#[derive(Clone, Copy, Debug)]
pub struct PskMessage<'a> {
    message: Message<'a>,
    timestamp: Timestamp,
    rand: &'a [u8],
    kemac: Kemac<'a>,
    /// Where the MAC starts.
    covered: usize,
    /// For its key data and the answer to it.
    limits: Limits,
}

impl<'a> PskMessage<'a> {
    /// Decodes a whole message of RFC 3830: T and RAND must be there, and KEMAC at the end.
    ///
    /// Errors: whatever is wrong with an item of it; [`Error::MessageType`], [`Error::Payload`],
    /// [`Error::Missing`], [`Error::Repeated`], [`Error::Rand`], [`Error::Suite`]; [`Error::Limit`]
    /// beyond the default [`Limits`].
    pub fn decode(octets: &'a [u8]) -> Result<Self, Error> {
        Self::decode_within(octets, &Limits::default())
    }

    /// Decodes a whole message within these limits, which are then those of its key data and of the
    /// answer to it.
    ///
    /// Errors: as of [`decode`](Self::decode).
    pub fn decode_within(octets: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        Self::parse(octets, limits, false).map(|(message, _)| message)
    }

    /// The message, and its signature if there may be one and is.
    pub(super) fn parse(
        octets: &'a [u8],
        limits: &Limits,
        signed: bool,
    ) -> Result<(Self, Option<Signature>), Error> {
        let mut walk = Walk::begin(octets, limits)?;
        let header = *walk.message().header();
        if header.message_type != MessageType::PreSharedKey {
            return Err(Error::MessageType);
        }
        let (mut timestamp, mut rand, mut kemac, mut signature) = (None, None, None, None);
        let (mut identities, mut policies) = (0, Seen::default());
        while let Some((payload, end)) = walk.next()? {
            match payload {
                Payload::Sign(sign) if signed && kemac.is_some() => signature = Some(sign),
                // Nothing else comes after KEMAC.
                _ if kemac.is_some() => return Err(Error::Payload),
                Payload::Timestamp(found) => once(&mut timestamp, found)?,
                Payload::Rand(found) => once(&mut rand, found)?,
                Payload::Kemac(found) => kemac = Some((found, end)),
                Payload::Identity(_) if identities == 2 => return Err(Error::Repeated),
                Payload::Identity(_) => identities += 1,
                Payload::Policy(policy) => policies.once(policy.number)?,
                Payload::Extension(_) => {}
                _ => return Err(Error::Payload),
            }
        }
        let timestamp = timestamp.ok_or(Error::Missing)?;
        let rand: &[u8] = rand.ok_or(Error::Missing)?;
        if rand.len() < MIN_RAND {
            return Err(Error::Rand);
        }
        let (kemac, end): (Kemac<'_>, usize) = kemac.ok_or(Error::Missing)?;
        kemac.check(header.prf)?;
        let covered = end - kemac.mac.as_bytes().len();
        let signature = match signature {
            Some(Sign { kind: Sign::ECCSI, signature }) => Some(Signature::try_from(signature)?),
            Some(_) => return Err(Error::Value),
            None => None,
        };
        let message = *walk.message();
        Ok((Self { message, timestamp, rand, kemac, covered, limits: *limits }, signature))
    }

    /// The octets it was decoded from.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.message.as_bytes()
    }

    /// The header and the payloads as they came.
    #[must_use]
    pub const fn message(&self) -> &Message<'a> {
        &self.message
    }

    /// Whether the initiator asks for a verification message.
    #[must_use]
    pub const fn v(&self) -> bool {
        self.message.header().v
    }

    /// The crypto session bundle, by which the pre-shared key is found.
    #[must_use]
    pub const fn csb_id(&self) -> u32 {
        self.message.header().csb_id
    }

    /// The crypto sessions of the bundle.
    #[must_use]
    pub const fn map(&self) -> &CsIdMap<'a> {
        &self.message.header().map
    }

    /// T.
    #[must_use]
    pub const fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// RAND, 16 to 255 octets.
    #[must_use]
    pub const fn rand(&self) -> &'a [u8] {
        self.rand
    }

    /// The identities, two at most: IDi and IDr.
    pub fn identities(&self) -> impl Iterator<Item = Identity<'a>> + use<'a> {
        self.message.payloads().filter_map(|payload| match payload {
            Payload::Identity(identity) => Some(identity),
            _ => None,
        })
    }

    /// What keys are derived with.
    #[must_use]
    pub const fn derivation(&self) -> Derivation<'a> {
        Derivation { prf: self.message.header().prf, csb_id: self.csb_id(), rand: self.rand }
    }

    /// The message, if it says that it is from the one to the other.
    ///
    /// **Two that share a key each have what the other sends**: without this a receiver takes its own message,
    /// sent back to it, for one of its peer's. In a group, whose members may all have made it, the names say
    /// nothing.
    ///
    /// Errors: [`Error::Initiator`] and [`Error::Responder`], also for a message that doesn't name them.
    pub fn from_to(self, initiator: &str, responder: &str) -> Result<Self, Error> {
        let mut named = self.identities();
        if named.next() != Some(Identity::uri(initiator)) {
            return Err(Error::Initiator);
        }
        if named.next() != Some(Identity::uri(responder)) {
            return Err(Error::Responder);
        }
        Ok(self)
    }

    /// First: whether T is near the clock, and the message new.
    ///
    /// Errors: [`Error::Stale`], [`Error::Forgotten`], [`Error::Replayed`], [`Error::Settled`];
    /// [`Error::TimestampType`] for a counter.
    pub fn check_fresh<C: ReplayCache + ?Sized>(
        self,
        clock: &Clock,
        cache: &C,
    ) -> Result<FreshPsk<'a>, Error> {
        let freshness = Freshness::check(self.timestamp, self.covered(), clock, cache)?;
        Ok(self.fresh(Some(freshness)))
    }

    /// First, where T is a counter: whether it is above that of the last message accepted from this
    /// initiator, which the caller keeps, and stores again before the keys of this one are used.
    ///
    /// Errors: [`Error::Stale`]; [`Error::TimestampType`] for a time.
    pub fn check_counter(self, last: Option<u32>) -> Result<FreshPsk<'a>, Error> {
        match self.timestamp {
            Timestamp::Counter(counter) if last.is_none_or(|last| counter > last) => {
                Ok(self.fresh(None))
            }
            Timestamp::Counter(_) => Err(Error::Stale),
            _ => Err(Error::TimestampType),
        }
    }

    fn fresh(self, freshness: Option<Freshness>) -> FreshPsk<'a> {
        FreshPsk { message: self, freshness, origin: Origin::of_psk(self.csb_id()) }
    }

    /// Within which it was decoded.
    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What the MAC is over: everything from the header to the MAC algorithm.
    fn covered(&self) -> &'a [u8] {
        &self.as_bytes()[..self.covered]
    }
}

/// A pre-shared-key message that is fresh, from whomever. It is authenticated once.
#[derive(Debug)]
pub struct FreshPsk<'a> {
    message: PskMessage<'a>,
    /// None where a counter was compared instead.
    freshness: Option<Freshness>,
    /// Who authenticates it: whoever has the pre-shared key, or the one who signed it.
    origin: Origin,
}

impl<'a> FreshPsk<'a> {
    /// The message.
    #[must_use]
    pub const fn message(&self) -> &PskMessage<'a> {
        &self.message
    }

    pub(super) const fn freshness(&self) -> Option<&Freshness> {
        self.freshness.as_ref()
    }

    /// The message, whose signature was verified: in the cache it is the signer's, so that no member of a group
    /// takes the room of another.
    pub(super) fn signed_by(self, signer: &Identifier) -> Self {
        Self { origin: Origin::of_signer(signer), ..self }
    }

    /// Second: whether somebody who has `psk` made the message. It enters the cache if so, and only
    /// then are its keys decrypted. The outcome is final: it is accepted, or refused if the keys are malformed.
    ///
    /// Secret: `psk`, the keys. Public: the outcome.
    ///
    /// Errors: [`Error::PreSharedKey`] for a `psk` of fewer than 16 octets, or with equal blocks; [`Error::Mac`];
    /// those of [`ReplayCache::enter`] and [`ReplayCache::settle`]; whatever is wrong with the key data.
    pub fn authenticate<C: ReplayCache + ?Sized>(
        self,
        psk: &[u8],
        cache: &mut C,
    ) -> Result<OpenedPsk<'a>, Error> {
        let message = self.message;
        let derivation = message.derivation();
        let mac_key = MacKey::derive(&derivation, psk)?;
        mac_key.verify(&[message.covered()], &message.kemac.mac)?;
        let keys = || {
            let mut data = Zeroizing::new(Vec::from(message.kemac.data));
            aes_cm(&derivation, psk, message.timestamp, &mut data)?;
            Chain::decode(data, message.limits.payloads)
        };
        let keys = match &self.freshness {
            Some(freshness) => {
                let replay = freshness.enter(self.origin, cache)?;
                let keys = keys();
                cache.settle(&replay, keys.is_err())?;
                keys?
            }
            None => keys()?,
        };
        let time = self.freshness.map(|freshness| freshness.time);
        Ok(OpenedPsk { message, time, mac_key, keys })
    }
}

/// A pre-shared-key message that is authentic, and its keys.
#[derive(Clone)]
pub struct OpenedPsk<'a> {
    message: PskMessage<'a>,
    time: Option<NtpTime>,
    pub(super) mac_key: MacKey,
    keys: Chain,
}

impl<'a> OpenedPsk<'a> {
    /// The message.
    #[must_use]
    pub const fn message(&self) -> &PskMessage<'a> {
        &self.message
    }

    /// T in full seconds, unless it is a counter.
    #[must_use]
    pub const fn time(&self) -> Option<NtpTime> {
        self.time
    }

    /// The keys: one at least.
    pub fn key_data(&self) -> impl Iterator<Item = KeyData<'_>> {
        self.keys.iter()
    }

    /// The key data sub-payloads, decrypted.
    #[must_use]
    pub fn key_data_octets(&self) -> &[u8] {
        self.keys.as_bytes()
    }
}

impl fmt::Debug for OpenedPsk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mikey::psk::OpenedPsk(..)")
    }
}
