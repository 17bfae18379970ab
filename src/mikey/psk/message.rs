//! The responder's side: a pre-shared-key message on its way to its keys.

use core::fmt;

use alloc::vec::Vec;
use zeroize::Zeroizing;

use super::key_data::Chain;
use super::{KeyData, MacKey, aes_cm};
use crate::eccsi::Signature;
use crate::identifier::{Identifier, NtpTime};
use crate::mikey::freshness::Freshness;
use crate::mikey::message::{Shared, Walk};
use crate::mikey::payload::Kemac;
use crate::mikey::{
    Clock, CsIdMap, Derivation, Error, Identity, Limits, Message, MessageType, Origin, Payload,
    ReplayCache, Sign, Timestamp,
};

/// A pre-shared-key message, decoded completely. Nothing in it is trusted yet.
///
/// To get its keys, call [`check_fresh`](Self::check_fresh) and then [`FreshPsk::authenticate`].
#[derive(Clone, Copy, Debug)]
pub struct PskMessage<'a> {
    message: Message<'a>,
    timestamp: Timestamp,
    rand: &'a [u8],
    kemac: Kemac<'a>,
    /// The place where the MAC starts.
    covered: usize,
    /// The limits of its key data and of the answer to it.
    limits: Limits,
}

impl<'a> PskMessage<'a> {
    /// Decodes a whole message of RFC 3830: T and RAND must be present, and KEMAC must be the last payload.
    ///
    /// Errors: the error of any item that does not decode; [`Error::MessageType`], [`Error::Payload`],
    /// [`Error::Missing`], [`Error::Repeated`], [`Error::Rand`], [`Error::Suite`]; [`Error::Limit`]
    /// beyond the default [`Limits`].
    pub fn decode(octets: &'a [u8]) -> Result<Self, Error> {
        Self::decode_within(octets, &Limits::default())
    }

    /// Decodes a whole message within these limits. They also apply to its key data and to the answer to it.
    ///
    /// Errors: those of [`decode`](Self::decode).
    pub fn decode_within(octets: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        Self::parse(octets, limits, false).map(|(message, _)| message)
    }

    /// The message, and its signature if it has one. Only with `signed` may it have one.
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
        let (mut kemac, mut signature) = (None, None);
        let (mut shared, mut identities) = (Shared::default(), 0);
        while let Some((payload, end)) = walk.next()? {
            match payload {
                Payload::Sign(sign) if signed && kemac.is_some() => signature = Some(sign),
                // No other payload may follow KEMAC.
                _ if kemac.is_some() => return Err(Error::Payload),
                Payload::Kemac(found) => kemac = Some((found, end)),
                Payload::Identity(_) if identities == 2 => return Err(Error::Repeated),
                Payload::Identity(_) => identities += 1,
                other => shared.take(&other)?,
            }
        }
        let (timestamp, rand) = (shared.timestamp()?, shared.rand()?);
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

    /// The octets that it was decoded from.
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

    /// The identities, at most two: IDi and IDr.
    pub fn identities(&self) -> impl Iterator<Item = Identity<'a>> + use<'a> {
        self.message.payloads().filter_map(|payload| match payload {
            Payload::Identity(identity) => Some(identity),
            _ => None,
        })
    }

    /// The values that keys are derived with.
    #[must_use]
    pub const fn derivation(&self) -> Derivation<'a> {
        Derivation { prf: self.message.header().prf, csb_id: self.csb_id(), rand: self.rand }
    }

    /// The message, if it names this initiator and this responder.
    ///
    /// **Call this if two parties share a key and both send messages under it.** Otherwise a receiver accepts its own
    /// message, if somebody sends it back, as a message of its peer. In a group the names prove nothing, because every
    /// member can make a message with any names.
    ///
    /// Errors: [`Error::Initiator`] and [`Error::Responder`], also for a message that does not name them.
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

    /// The first step: checks that T is near the clock and that the message is new.
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

    /// The first step if T is a counter: checks that it is greater than `last`, the counter of the last message that
    /// was accepted from this initiator.
    ///
    /// The caller keeps that counter, and must store the new one before it uses the keys of this message.
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

    /// The limits within which it was decoded.
    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The octets that the MAC covers: everything from the header to the MAC algorithm.
    fn covered(&self) -> &'a [u8] {
        &self.as_bytes()[..self.covered]
    }
}

/// A pre-shared-key message that is fresh, from an unknown sender. It can be authenticated once.
#[derive(Debug)]
pub struct FreshPsk<'a> {
    message: PskMessage<'a>,
    /// `None` if a counter was compared instead.
    freshness: Option<Freshness>,
    /// The party that authenticates it: the holders of the pre-shared key, or the user who signed it.
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

    /// The message after its signature was verified. In the cache it counts for the signer, so that no member of a
    /// group uses up the room of another.
    pub(super) fn signed_by(self, signer: &Identifier) -> Self {
        Self { origin: Origin::of_signer(signer), ..self }
    }

    /// The second step: checks that somebody who has `psk` made the message, enters it in the cache, and decrypts its
    /// keys. The outcome is final: the message is accepted, or it is refused if the keys are malformed.
    ///
    /// Secret: `psk`, the keys. Public: the outcome.
    ///
    /// Errors: [`Error::PreSharedKey`] for a `psk` of fewer than 16 octets, or with equal blocks; [`Error::Mac`];
    /// those of [`ReplayCache::enter`] and [`ReplayCache::settle`]; the error of any key data that does not decode.
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

    /// T in full seconds, or `None` if it is a counter.
    #[must_use]
    pub const fn time(&self) -> Option<NtpTime> {
        self.time
    }

    /// The keys, at least one.
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
