//! RFC 6509 section 2.1 and RFC 3830 section 5.3, the responder's side: an I_MESSAGE on its way to its
//! secret, in the one order that is safe.

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
    /// First: whether T is near the clock, and the message new.
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

    /// What is signed: everything before the signature.
    fn signed(&self) -> &'a [u8] {
        let octets = self.as_bytes();
        &octets[..octets.len() - Signature::LEN]
    }

    /// What is signed by [`Departure::SignHeaderUnsigned`].
    fn signed_without_header(&self) -> &'a [u8] {
        let signed = self.signed();
        &signed[..signed.len() - Sign::HEADER]
    }

    /// The identity in this role must be the URI expected, if the message has one.
    fn matches(&self, role: Role, expected: &[u8]) -> bool {
        self.identity(role).is_none_or(|identity| identity == Identity::uri(expected))
    }

    /// The message must be for `responder`: its identifier at the time of T.
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

/// Whom a message is expected from and for. It comes from configuration and signalling, never from the
/// message alone: any user can sign as itself.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who signs.
    pub initiator: User<'a>,
    /// Whom it is for: the receiver itself.
    pub responder: User<'a>,
    /// How the initiator's messages may differ from the standards.
    pub departures: Departures,
}

impl<'a> Expected<'a> {
    /// A message as the standards define it.
    #[must_use]
    pub const fn new(initiator: User<'a>, responder: User<'a>) -> Self {
        Self { initiator, responder, departures: Departures::NONE }
    }
}

/// An I_MESSAGE that is fresh, from whomever.
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

    /// Second: whether the expected initiator signed it for the expected responder. It enters the
    /// cache as pending if so.
    ///
    /// Every identity of the initiator, the responder and their KMSs that the message has must be the expected
    /// one; those it leaves out are implied. Identities in other roles are the initiator's to say, and
    /// [`IMessage::identity`] shows them.
    ///
    /// Errors: [`Error::Initiator`], [`Error::Responder`], [`Error::IdScheme`],
    /// [`Error::Departure`], [`Error::Signature`]; [`Error::Stale`] for keys of a month that are no longer, or not yet, in
    /// use; those of [`ReplayCache::enter`]; [`Error::Primitive`] for a user without an identifier.
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
        let z = [initiator, responder].map(|user| *user.kms().z());
        let responder = message.responder(responder, time)?;
        let used = self.verify_signature(initiator.kms(), &signer, *departures)?;
        let replay = self.freshness.enter(Origin::of_signer(&signer), cache)?;
        let departures = Taken { accepted: *departures, used };
        Ok(Verified { message: self.message, time, signer, responder, z, replay, departures })
    }

    /// Second, where the initiator is hidden behind its UID and not known yet: whether a user of
    /// `kms` signed it for the expected responder. It enters the cache as pending if so. `departures` are those
    /// accepted of the users of `kms`.
    ///
    /// Errors: as of [`verify`](Self::verify), [`Error::Initiator`] also if it isn't hidden.
    pub fn verify_hidden<'k, C: ReplayCache + ?Sized>(
        self,
        kms: &'k Kms,
        responder: &User<'_>,
        departures: Departures,
        cache: &mut C,
    ) -> Result<Hidden<'a, 'k>, Error> {
        let (message, time) = (&self.message, self.freshness.time);
        let Some(Identity { kind: IdentityType::Uri, data: uid }) =
            message.identity(Role::InitiatorUid)
        else {
            return Err(Error::Initiator);
        };
        // How a message would carry another isn't known.
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
        let z = [kms, responder.kms()].map(|kms| *kms.z());
        let responder = message.responder(responder, time)?;
        let used = self.verify_signature(kms, &signer, departures)?;
        let replay = self.freshness.enter(Origin::of_signer(&signer), cache)?;
        let departures = Taken { accepted: departures, used };
        let verified =
            Verified { message: self.message, time, signer, responder, z, replay, departures };
        Ok(Hidden { verified, kms })
    }

    /// Whether T is of a month in use, for the keys of both.
    fn check_month(&self, initiator: &Kms, responder: &Kms) -> Result<(), Error> {
        let Freshness { time, now, .. } = self.freshness;
        initiator.check_month(time, now)?;
        responder.check_month(time, now)
    }

    /// The departures that the message has made use of by then.
    fn verify_signature(
        &self,
        kms: &Kms,
        signer: &Identifier,
        accepted: Departures,
    ) -> Result<Departures, Error> {
        let mut used = self.message.departures();
        used.check(accepted)?;
        let verifying_key = kms.kpak().verifying_key(signer);
        let is_over = |octets| verifying_key.verify(octets, self.message.signature()).is_ok();
        let is_signed = is_over(self.message.signed())
            || used.used(Departure::SignHeaderUnsigned, accepted)
                && is_over(self.message.signed_without_header());
        if is_signed { Ok(used) } else { Err(Error::Signature) }
    }
}

/// An I_MESSAGE that is signed by whoever has its UID, whom the receiver has yet to learn.
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

    /// The initiator's URI as the receiver has learnt it from signalling: the UID must be its own
    /// (TS 33.180 5.2.6, E.7).
    ///
    /// Errors: [`Error::Initiator`]; [`Error::Primitive`] for a URI without an identifier.
    pub fn reveal(self, initiator_uri: &str) -> Result<Verified<'a>, Error> {
        self.reveal_as(initiator_uri, Departures::NONE)
    }

    /// [`reveal`](Self::reveal) of an initiator of whom these departures are accepted, if they were accepted of the
    /// users of its KMS.
    ///
    /// Errors: as of [`reveal`](Self::reveal); [`Error::Departure`] if the message made use of another.
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

/// An I_MESSAGE that is fresh and signed by the expected initiator for the expected responder.
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

/// The departures that are accepted of an initiator, and those of them that a message made use of.
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

    /// The identifier that signed.
    #[must_use]
    pub const fn signer(&self) -> &Identifier {
        &self.signer
    }

    /// The identifier that the secret is encapsulated to: that of the responder at the time of T.
    #[must_use]
    pub const fn responder(&self) -> &Identifier {
        &self.responder
    }

    /// Third: the secret. `key` is the responder's for the key period of T, or has it among others.
    ///
    /// The outcome is final then, for the cache that the message entered: it is accepted, or refused if it
    /// doesn't open. One whose key isn't there stays pending.
    ///
    /// Errors: [`Error::Responder`] if it is another's or of another period; [`Error::Decapsulation`];
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

    /// The secret, the outcome being the caller's to settle.
    pub(crate) fn open<K: Decapsulate + ?Sized>(self, key: &K) -> Result<Opened<'a>, Error> {
        self.open_as(key, (&self.responder, &self.z[1]), self.message.encapsulation())
    }

    /// The secret encapsulated to `identifier` under the KMS with this Z, whose key must be `key`.
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
            // The key couldn't be used; another time it may.
            error => Error::Primitive(error),
        })?;
        let departures = Taken { accepted, used };
        Ok(Opened { message: self.message, time: self.time, secret, departures })
    }

    /// What the cache has the message as.
    #[cfg(feature = "mission-critical")]
    pub(crate) const fn replay(&self) -> &ReplayKey {
        &self.replay
    }

    /// The secret from another encapsulation of it in the message, to the signer itself.
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

    /// The secret value: the TGK, or the key that the profile sends.
    #[must_use]
    pub const fn secret(&self) -> &SharedSecret {
        &self.secret
    }

    /// The departures from the standards that the message made use of.
    #[must_use]
    pub const fn departures(&self) -> Departures {
        self.departures.used
    }

    /// Those that are accepted of its initiator.
    #[cfg(feature = "mission-critical")]
    pub(crate) const fn accepted(&self) -> Departures {
        self.departures.accepted
    }
}
