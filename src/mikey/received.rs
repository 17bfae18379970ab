//! RFC 6509 section 2.1 and RFC 3830 section 5.3, the responder's side: the steps from an I_MESSAGE to its secret, in
//! the only order that is safe.

use super::freshness::Freshness;
use super::payload::Sign;
use super::{
    Clock, Departure, Departures, Error, IMessage, IdScheme, Identity, IdentityType, Kms, Origin,
    ReplayCache, ReplayKey, Role, User,
};
use crate::eccsi::Signature;
use crate::identifier::{Identifier, KeyPeriods, NtpTime};
use crate::sakke::{Decapsulate, Encapsulation, KmsPublicKey, LeadingZeros, SharedSecret};
use crate::wiped::stack_wiped;

impl<'a> IMessage<'a> {
    /// The first step: checks that T is near the clock and that the message is new.
    ///
    /// Errors: [`Error::Stale`], [`Error::Forgotten`], [`Error::Replayed`], [`Error::Settled`].
    pub fn check_fresh<C: ReplayCache + ?Sized>(
        self,
        clock: &Clock,
        cache: &C,
    ) -> Result<Fresh<'a>, Error> {
        let signed = self.signed();
        let freshness = Freshness::check(self.timestamp(), signed, clock, cache)?;
        Ok(Fresh { message: self, freshness })
    }

    /// The octets that the signature covers: everything before it.
    fn signed(&self) -> &'a [u8] {
        let octets = self.as_bytes();
        &octets[..octets.len() - Signature::LEN]
    }

    /// The octets that the signature covers under [`Departure::SignHeaderUnsigned`].
    fn signed_without_header(&self) -> &'a [u8] {
        let signed = self.signed();
        &signed[..signed.len() - Sign::HEADER]
    }

    /// Whether the message leaves out the identity in this role, or has the expected one.
    fn matches(&self, role: Role, expected: &[u8]) -> bool {
        self.identity(role).is_none_or(|identity| identity == Identity::uri(expected))
    }

    /// The identifier of `responder` at the time T, if the message is for it.
    ///
    /// Errors: [`Error::Responder`], [`Error::IdScheme`]; [`Error::Primitive`] for a user without an identifier.
    fn responder(&self, responder: &User<'_>, time: NtpTime) -> Result<Identifier, Error> {
        let identifier = responder.identifier(time)?;
        let is_theirs = self.matches(Role::Responder, responder.uri().as_bytes())
            && self.matches(Role::ResponderUid, identifier.as_bytes())
            && self.matches(Role::ResponderKms, responder.kms().uri().as_bytes());
        if !is_theirs {
            return Err(Error::Responder);
        }
        if self.id_scheme() != responder.kms().scheme().number() {
            return Err(Error::IdScheme);
        }
        Ok(identifier)
    }
}

/// The expected initiator and responder of a message. Take them from configuration and signalling, never only from the
/// message: any user can sign a message in its own name.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The user who signs the message.
    pub initiator: User<'a>,
    /// The user whom the message is for: the receiver itself.
    pub responder: User<'a>,
    /// The ways in which messages of the initiator may differ from the standards.
    pub departures: Departures,
}

impl<'a> Expected<'a> {
    /// The expectation of a message that follows the standards.
    #[must_use]
    pub const fn new(initiator: User<'a>, responder: User<'a>) -> Self {
        Self { initiator, responder, departures: Departures::NONE }
    }
}

/// An I_MESSAGE that is fresh, from an unknown sender.
#[derive(Clone, Copy, Debug)]
pub struct Fresh<'a> {
    message: IMessage<'a>,
    freshness: Freshness,
}

impl<'a> Fresh<'a> {
    /// The message.
    #[must_use]
    pub const fn message(&self) -> &IMessage<'a> {
        &self.message
    }

    /// T in full seconds.
    #[must_use]
    pub const fn time(&self) -> NtpTime {
        self.freshness.time
    }

    /// The second step: checks that the expected initiator signed the message for the expected responder, and enters it
    /// in the cache as pending.
    ///
    /// If the message names the initiator, the responder or their KMSs, the names must be the expected ones; names that
    /// it leaves out are implied. The initiator is free to name identities in other roles, and [`IMessage::identity`]
    /// shows them.
    ///
    /// Errors: [`Error::Initiator`], [`Error::Responder`], [`Error::IdScheme`],
    /// [`Error::Departure`], [`Error::Signature`]; [`Error::Stale`] for keys of a month that are not in use now; those
    /// of [`ReplayCache::enter`]; [`Error::Primitive`] for a user without an identifier.
    pub fn verify<C: ReplayCache + ?Sized>(
        self,
        expected: &Expected<'_>,
        cache: &mut C,
    ) -> Result<Verified<'a>, Error> {
        let Expected { initiator, responder, departures } = expected;
        let (message, time) = (&self.message, self.freshness.time);
        self.check_month(initiator.kms(), responder.kms())?;
        let signer = initiator.identifier(time)?;
        let is_theirs = message.matches(Role::Initiator, initiator.uri().as_bytes())
            && message.matches(Role::InitiatorUid, signer.as_bytes())
            && message.matches(Role::InitiatorKms, initiator.kms().uri().as_bytes());
        if !is_theirs {
            return Err(Error::Initiator);
        }
        self.signed_by((initiator.kms(), signer), responder, *departures, cache)
    }

    /// The second step if the initiator is hidden behind its UID and is not known yet: checks that a user of `kms`
    /// signed the message for the expected responder, and enters it in the cache as pending. `departures` are those
    /// that are accepted from the users of `kms`.
    ///
    /// Errors: those of [`verify`](Self::verify), [`Error::Initiator`] also if the initiator is not hidden.
    pub fn verify_hidden<'k, C: ReplayCache + ?Sized>(
        self,
        kms: &'k Kms,
        responder: &User<'_>,
        departures: Departures,
        cache: &mut C,
    ) -> Result<Hidden<'a, 'k>, Error> {
        let message = &self.message;
        let Some(Identity { kind: IdentityType::Uri, data: uid }) =
            message.identity(Role::InitiatorUid)
        else {
            return Err(Error::Initiator);
        };
        // No source says how a message would carry the UID in hexadecimal.
        if matches!(kms.scheme(), IdScheme::HexUid(_)) {
            return Err(Error::IdScheme);
        }
        if uid.len() != KeyPeriods::UID_LEN
            || message.identity(Role::Initiator).is_some()
            || !message.matches(Role::InitiatorKms, kms.uri().as_bytes())
        {
            return Err(Error::Initiator);
        }
        self.check_month(kms, responder.kms())?;
        let signer = Identifier::try_from(uid)?;
        let verified = self.signed_by((kms, signer), responder, departures, cache)?;
        Ok(Hidden { verified, kms })
    }

    /// Errors: [`Error::Stale`] unless the keys of both for the month of T are in use.
    fn check_month(&self, initiator: &Kms, responder: &Kms) -> Result<(), Error> {
        let Freshness { time, now, .. } = self.freshness;
        initiator.check_month(time, now)?;
        responder.check_month(time, now)
    }

    /// Checks that `signer`, a user of `kms`, signed the message for `responder`, and enters it in the cache.
    fn signed_by<C: ReplayCache + ?Sized>(
        self,
        (kms, signer): (&Kms, Identifier),
        responder: &User<'_>,
        accepted: Departures,
        cache: &mut C,
    ) -> Result<Verified<'a>, Error> {
        let Self { message, freshness } = self;
        let z = [kms, responder.kms()].map(|kms| *kms.z());
        let responder = message.responder(responder, freshness.time)?;
        let mut used = message.departures();
        used.check(accepted)?;
        let verifying_key = kms.kpak().verifying_key(signer);
        let covers = |octets| verifying_key.verify(octets, message.signature()).is_ok();
        let is_signed = covers(message.signed())
            || used.used(Departure::SignHeaderUnsigned, accepted)
                && covers(message.signed_without_header());
        if !is_signed {
            return Err(Error::Signature);
        }
        let replay = freshness.enter(Origin::of_signer(&signer), cache)?;
        let (time, departures) = (freshness.time, Taken { accepted, used });
        Ok(Verified { message, time, signer, responder, z, replay, departures })
    }
}

/// An I_MESSAGE that the owner of its UID signed. The receiver does not know yet who that is.
#[derive(Clone, Copy, Debug)]
pub struct Hidden<'a, 'k> {
    verified: Verified<'a>,
    kms: &'k Kms,
}

impl<'a> Hidden<'a, '_> {
    /// The message.
    #[must_use]
    pub const fn message(&self) -> &IMessage<'a> {
        &self.verified.message
    }

    /// The message of the initiator with this URI, which the receiver has learnt from signalling. The UID must belong
    /// to the URI (TS 33.180 5.2.6, E.7).
    ///
    /// Errors: [`Error::Initiator`]; [`Error::Primitive`] for a URI without an identifier.
    pub fn reveal(self, initiator_uri: &str) -> Result<Verified<'a>, Error> {
        self.reveal_as(initiator_uri, Departures::NONE)
    }

    /// The same as [`reveal`](Self::reveal) for an initiator from whom these departures are accepted, as far as they
    /// were accepted from the users of its KMS.
    ///
    /// Errors: those of [`reveal`](Self::reveal); [`Error::Departure`] if the message made use of another departure.
    pub fn reveal_as(
        self,
        initiator_uri: &str,
        departures: Departures,
    ) -> Result<Verified<'a>, Error> {
        let Self { mut verified, kms } = self;
        let identifier = kms.user(initiator_uri).identifier(verified.time)?;
        if identifier != verified.signer {
            return Err(Error::Initiator);
        }
        verified.departures.used.check(departures)?;
        verified.departures.accepted = departures.of_both(verified.departures.accepted);
        Ok(verified)
    }
}

/// An I_MESSAGE that is fresh and that the expected initiator signed for the expected responder.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a> {
    message: IMessage<'a>,
    time: NtpTime,
    signer: Identifier,
    responder: Identifier,
    /// Z of the KMSs of the signer and of the responder.
    z: [KmsPublicKey; 2],
    replay: ReplayKey,
    departures: Taken,
}

/// The departures that are accepted from an initiator, and those that a message made use of.
#[derive(Clone, Copy, Debug)]
struct Taken {
    accepted: Departures,
    used: Departures,
}

impl<'a> Verified<'a> {
    /// The message.
    #[must_use]
    pub const fn message(&self) -> &IMessage<'a> {
        &self.message
    }

    /// T in full seconds.
    #[must_use]
    pub const fn time(&self) -> NtpTime {
        self.time
    }

    /// The identifier of the signer.
    #[must_use]
    pub const fn signer(&self) -> &Identifier {
        &self.signer
    }

    /// The identifier to which the secret is encapsulated: that of the responder at the time T.
    #[must_use]
    pub const fn responder(&self) -> &Identifier {
        &self.responder
    }

    /// The third step: the secret. `key` is the responder's key for the period of T, or a collection that contains it.
    ///
    /// `cache` is the cache that the message entered. The outcome becomes final in it: the message is accepted, or
    /// refused if it does not open. If the key is missing, the message stays pending.
    ///
    /// Errors: [`Error::Responder`] if `key` belongs to another user or to another period; [`Error::Decapsulation`];
    /// those of [`ReplayCache::settle`].
    pub fn decapsulate<K, C>(self, key: &K, cache: &mut C) -> Result<Opened<'a>, Error>
    where
        K: Decapsulate + ?Sized,
        C: ReplayCache + ?Sized,
    {
        stack_wiped(|| {
            let opened = self.open(key);
            if opened.as_ref().err().is_none_or(|error| error.is_final()) {
                cache.settle(&self.replay, opened.is_err())?;
            }
            opened
        })
    }

    /// The secret. The caller must settle the outcome.
    pub(crate) fn open<K: Decapsulate + ?Sized>(self, key: &K) -> Result<Opened<'a>, Error> {
        self.open_as(key, (&self.responder, &self.z[1]), self.message.encapsulation())
    }

    /// The secret that is encapsulated to `identifier` under the KMS with this Z. `key` must be its key.
    fn open_as<K: Decapsulate + ?Sized>(
        &self,
        key: &K,
        (identifier, z): (&Identifier, &KmsPublicKey),
        encapsulation: &Encapsulation,
    ) -> Result<Opened<'a>, Error> {
        if !key.has(identifier, z) {
            return Err(Error::Responder);
        }
        let Taken { accepted, mut used } = self.departures;
        let opened = if accepted.contains(Departure::StrippedW) {
            key.open_either(identifier, z, encapsulation).map(|(secret, zeros)| {
                if zeros == LeadingZeros::Stripped {
                    used.used(Departure::StrippedW, accepted);
                }
                secret
            })
        } else {
            key.open(identifier, z, encapsulation)
        };
        let secret = opened.map_err(|error| match error {
            crate::Error::Rejected => Error::Decapsulation,
            // The key could not be used, but a later attempt may succeed.
            error => Error::Primitive(error),
        })?;
        let departures = Taken { accepted, used };
        Ok(Opened { message: self.message, time: self.time, secret, departures })
    }

    /// The name of the message in the cache.
    #[cfg(feature = "mission-critical")]
    pub(crate) const fn replay(&self) -> &ReplayKey {
        &self.replay
    }

    /// The secret from another encapsulation in the message, which is for the signer itself.
    #[cfg(feature = "mission-critical")]
    pub(crate) fn open_to_signer<K: Decapsulate + ?Sized>(
        self,
        encapsulation: &Encapsulation,
        key: &K,
    ) -> Result<Opened<'a>, Error> {
        self.open_as(key, (&self.signer, &self.z[0]), encapsulation)
    }
}

/// An I_MESSAGE and its secret.
#[derive(Clone, Debug)]
pub struct Opened<'a> {
    message: IMessage<'a>,
    time: NtpTime,
    secret: SharedSecret,
    departures: Taken,
}

impl<'a> Opened<'a> {
    /// The message.
    #[must_use]
    pub const fn message(&self) -> &IMessage<'a> {
        &self.message
    }

    /// T in full seconds.
    #[must_use]
    pub const fn time(&self) -> NtpTime {
        self.time
    }

    /// The secret: the TGK, or the key that the profile defines.
    #[must_use]
    pub const fn secret(&self) -> &SharedSecret {
        &self.secret
    }

    /// The departures from the standards that the message made use of.
    #[must_use]
    pub const fn departures(&self) -> Departures {
        self.departures.used
    }

    /// The departures that are accepted from its initiator.
    #[cfg(feature = "mission-critical")]
    pub(crate) const fn accepted(&self) -> Departures {
        self.departures.accepted
    }
}
