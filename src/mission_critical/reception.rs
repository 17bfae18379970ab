//! Receiving a key: the message profiles of TS 33.180 E.2 to E.7 and the checks of 5.7.

#[cfg(test)]
mod tests;

use super::delivery::{SRTP, has_profile};
use super::store::take;
use super::{
    CsId, Error, Held, Key, KeyId, KeyName, KeyParameters, KeyStore, Nesting, Purpose,
    SealedParameters, SrtpKeys, Validity,
};
use crate::identifier::{NtpTime, UserUri};
use crate::mikey::{
    self, Clock, CsIdMap, Expected, Extension, IMessage, Limits, Prf, Reader, ReplayCache,
    ReplayKey, Role, SakkePayload, Timestamp, User,
};
use crate::sakke::Decapsulate;
use crate::wiped::stack_wiped;

/// Whom keys are expected from and for, and the receiver's clock.
///
/// Every function decodes the message completely, checks that it is fresh, that the expected initiator
/// signed it, and only then opens it. The message enters the store's cache as pending once it is verified,
/// and the store takes the key and settles the message in one step. A refusal that can change leaves the
/// message pending, to be received again: a key that is yet to be provisioned, another group or nesting than
/// is configured, a store that failed. What stays refused: a key that is revoked, deleted or a known GMK, one
/// that doesn't open, and one whose SPI or parameters don't belong to it.
#[derive(Clone, Copy, Debug)]
pub struct Reception<'a> {
    /// From whom and for whom.
    pub expected: Expected<'a>,
    /// When.
    pub clock: Clock,
    /// In which form key parameters may come.
    pub nesting: Nesting,
    /// How large a message may be.
    pub limits: Limits,
}

impl<'a> Reception<'a> {
    /// Messages as the implementations of the standard send them, within the default limits.
    #[must_use]
    pub const fn new(expected: Expected<'a>, clock: Clock) -> Self {
        Self { expected, clock, nesting: Nesting::Content, limits: Limits::DEFAULT }
    }

    /// A GMK from the group's GMS (E.2, 5.7): its parameters must open, name `group` and say that it
    /// isn't revoked, and its GMK-ID must be new to the store for this GMS and group. If it is revoked, the
    /// store is told; a message that doesn't name the group changes nothing.
    ///
    /// Errors: as of [`receive`](Self::receive); [`Error::Parameters`], [`Error::Group`],
    /// [`Error::Duplicate`].
    pub fn gmk<S, K>(
        &self,
        octets: &[u8],
        group: &[u8],
        store: &mut S,
        key: &K,
    ) -> Result<Received, Error>
    where
        S: KeyStore + ?Sized,
        K: Decapsulate + ?Sized,
    {
        stack_wiped(|| {
            let (opened, message) = self.open(Purpose::Gmk, octets, store.cache_mut(), key)?;
            let name = |received: &Received| KeyName { group: Some(group), ..self.name(received) };
            let checked = opened.and_then(|received| {
                let parameters = received.parameters.as_ref().ok_or(Error::Parameters)?;
                if !parameters.names(group) {
                    return Err(Error::Group);
                }
                if parameters.status.is_revoked() {
                    store.revoke(&name(&received), &received, &message)?;
                    return Err(Error::Revoked);
                }
                match store.held(&name(&received)) {
                    Held::Nothing => received.in_force(self.clock.now),
                    Held::Key => Err(Error::Duplicate),
                    Held::Gone => Err(Error::Revoked),
                }
            });
            take(store, checked, name, &message)
        })
    }

    /// A PCK from the calling user (E.3).
    ///
    /// Errors: as of [`receive`](Self::receive).
    pub fn pck<S, K>(&self, octets: &[u8], store: &mut S, key: &K) -> Result<Received, Error>
    where
        S: KeyStore + ?Sized,
        K: Decapsulate + ?Sized,
    {
        self.receive(Purpose::Pck, octets, store, key)
    }

    /// A CSK, from a user to its server or the other way (E.4).
    ///
    /// Errors: as of [`receive`](Self::receive).
    pub fn csk<S, K>(&self, octets: &[u8], store: &mut S, key: &K) -> Result<Received, Error>
    where
        S: KeyStore + ?Sized,
        K: Decapsulate + ?Sized,
    {
        self.receive(Purpose::Csk, octets, store, key)
    }

    /// A MuSiK from the server (E.4).
    ///
    /// Errors: as of [`receive`](Self::receive).
    pub fn musik<S, K>(&self, octets: &[u8], store: &mut S, key: &K) -> Result<Received, Error>
    where
        S: KeyStore + ?Sized,
        K: Decapsulate + ?Sized,
    {
        self.receive(Purpose::MuSik, octets, store, key)
    }

    /// A key of this purpose, other than a GMK: [`gmk`](Self::gmk) is told its group.
    ///
    /// Errors: [`Error::Message`] for what MIKEY and the store refuse; [`Error::Purpose`],
    /// [`Error::Profile`], [`Error::Identity`], [`Error::Spi`]; if there are parameters,
    /// [`Error::Parameters`], [`Error::Sealed`], [`Error::Revoked`], [`Error::Expired`].
    pub fn receive<S, K>(
        &self,
        purpose: Purpose,
        octets: &[u8],
        store: &mut S,
        key: &K,
    ) -> Result<Received, Error>
    where
        S: KeyStore + ?Sized,
        K: Decapsulate + ?Sized,
    {
        if purpose == Purpose::Gmk {
            return Err(Error::Purpose);
        }
        self.of_no_group(purpose, octets, store, key)
    }

    /// A GMK of whatever group its GMS names, known or not, for tools that show what a message holds. The
    /// store has it under no group.
    ///
    /// Errors: as of [`receive`](Self::receive).
    pub fn gmk_of_any_group<S, K>(
        &self,
        octets: &[u8],
        store: &mut S,
        key: &K,
    ) -> Result<Received, Error>
    where
        S: KeyStore + ?Sized,
        K: Decapsulate + ?Sized,
    {
        self.of_no_group(Purpose::Gmk, octets, store, key)
    }

    fn of_no_group<S, K>(
        &self,
        purpose: Purpose,
        octets: &[u8],
        store: &mut S,
        key: &K,
    ) -> Result<Received, Error>
    where
        S: KeyStore + ?Sized,
        K: Decapsulate + ?Sized,
    {
        stack_wiped(|| {
            let (opened, message) = self.open(purpose, octets, store.cache_mut(), key)?;
            let checked = opened.and_then(|received| received.in_force(self.clock.now));
            take(store, checked, |received| self.name(received), &message)
        })
    }

    /// What comes of a message that is verified, revoked or not, and what the cache has it as.
    fn open<C, K>(
        &self,
        purpose: Purpose,
        octets: &[u8],
        cache: &mut C,
        key: &K,
    ) -> Result<(Result<Received, Error>, ReplayKey), Error>
    where
        C: ReplayCache + ?Sized,
        K: Decapsulate + ?Sized,
    {
        let profiled = Profiled::decode(purpose, octets, &self.limits)?;
        let fresh = profiled.message.check_fresh(&self.clock, cache)?;
        let responder = &self.expected.responder;
        if !key.has(&responder.identifier(fresh.time())?, responder.kms().z()) {
            return Err(mikey::Error::Responder.into());
        }
        let verified = fresh.verify(&self.expected, cache)?;
        let received = || {
            let opened = verified.open(key)?;
            let reading = (profiled.parameters, self.nesting, &self.limits);
            Received::new(&opened, UserUri(self.expected.responder.uri()), reading)
        };
        Ok((received(), *verified.replay()))
    }

    /// What the store has a key as that is of no group.
    const fn name(&self, received: &Received) -> KeyName<'a> {
        KeyName { initiator: self.expected.initiator.uri(), group: None, id: received.key.id() }
    }

    /// The key that the sender of a message encapsulated to itself in it (E.5), for another device of
    /// the sender's: `expected` is what the responder would expect, `key` is the initiator's.
    ///
    /// Errors: as of [`receive`](Self::receive); [`Error::Profile`] for a message without, or one that
    /// is malformed.
    pub fn to_self<S, K>(
        &self,
        purpose: Purpose,
        octets: &[u8],
        store: &mut S,
        key: &K,
    ) -> Result<Received, Error>
    where
        S: KeyStore + ?Sized,
        K: Decapsulate + ?Sized,
    {
        let profiled = Profiled::decode(purpose, octets, &self.limits)?;
        let inner = profiled.sakke_to_self()?;
        if inner.id_scheme != self.expected.initiator.kms().scheme().number() {
            return Err(mikey::Error::IdScheme.into());
        }
        let inner = mikey::encapsulation(&inner)?;
        let fresh = profiled.message.check_fresh(&self.clock, store.cache())?;
        let initiator = &self.expected.initiator;
        if !key.has(&initiator.identifier(fresh.time())?, initiator.kms().z()) {
            return Err(mikey::Error::Responder.into());
        }
        let verified = fresh.verify(&self.expected, store.cache_mut())?;
        stack_wiped(|| {
            let received = || {
                let opened = verified.open_to_signer(&inner, key)?;
                let reading = (profiled.parameters, self.nesting, &self.limits);
                let mut received =
                    Received::new(&opened, UserUri(self.expected.responder.uri()), reading)?;
                received.user_id = received.key.user_id(UserUri(self.expected.initiator.uri()))?;
                received.in_force(self.clock.now)
            };
            take(store, received(), |received| self.name(received), verified.replay())
        })
    }
}

/// A message from an initiator that hides behind its UID, verified but not opened: the receiver has
/// yet to learn who it is.
#[derive(Clone, Copy, Debug)]
pub struct Anonymous<'a, 'k> {
    hidden: mikey::Hidden<'a, 'k>,
    responder: User<'k>,
    now: NtpTime,
    parameters: Option<&'a [u8]>,
    limits: Limits,
}

impl<'a, 'k> Anonymous<'a, 'k> {
    /// Verifies a message for `responder` whose initiator is some user of `kms`.
    ///
    /// Errors: as of [`Reception::receive`], but those of opening; [`Error::Purpose`] also for a GMK,
    /// whose GMS is known beforehand or else not to be trusted.
    pub fn receive<S: KeyStore + ?Sized>(
        purpose: Purpose,
        octets: &'a [u8],
        (kms, responder): (&'k mikey::Kms, User<'k>),
        clock: &Clock,
        store: &mut S,
    ) -> Result<Self, Error> {
        Self::receive_within(purpose, octets, (kms, responder), clock, store, &Limits::DEFAULT)
    }

    /// [`receive`](Self::receive) within these limits.
    pub fn receive_within<S: KeyStore + ?Sized>(
        purpose: Purpose,
        octets: &'a [u8],
        (kms, responder): (&'k mikey::Kms, User<'k>),
        clock: &Clock,
        store: &mut S,
        limits: &Limits,
    ) -> Result<Self, Error> {
        if purpose == Purpose::Gmk {
            return Err(Error::Purpose);
        }
        let Profiled { message, parameters, .. } = Profiled::decode(purpose, octets, limits)?;
        let fresh = message.check_fresh(clock, store.cache())?;
        let hidden = fresh.verify_hidden(kms, &responder, store.cache_mut())?;
        Ok(Self { hidden, responder, now: clock.now, parameters, limits: *limits })
    }

    /// The message.
    #[must_use]
    pub const fn message(&self) -> &IMessage<'a> {
        self.hidden.message()
    }

    /// The key, once signalling has said who the initiator is: its UID must be the one that signed.
    ///
    /// `store` is the one that it was received with. Errors: [`Error::Message`] with
    /// [`mikey::Error::Initiator`] for another; as of [`Reception::receive`] for the rest.
    pub fn reveal<S, K>(
        self,
        initiator_uri: &str,
        store: &mut S,
        key: &K,
    ) -> Result<Received, Error>
    where
        S: KeyStore + ?Sized,
        K: Decapsulate + ?Sized,
    {
        self.reveal_as(initiator_uri, store, key, Nesting::Content)
    }

    /// [`reveal`](Self::reveal) with key parameters of either form.
    pub fn reveal_as<S, K>(
        self,
        initiator_uri: &str,
        store: &mut S,
        key: &K,
        nesting: Nesting,
    ) -> Result<Received, Error>
    where
        S: KeyStore + ?Sized,
        K: Decapsulate + ?Sized,
    {
        let verified = self.hidden.reveal(initiator_uri)?;
        stack_wiped(|| {
            let received = || {
                let opened = verified.open(key)?;
                let reading = (self.parameters, nesting, &self.limits);
                Received::new(&opened, UserUri(self.responder.uri()), reading)?.in_force(self.now)
            };
            let name = |received: &Received| KeyName {
                initiator: initiator_uri,
                group: None,
                id: received.key.id(),
            };
            take(store, received(), name, verified.replay())
        })
    }
}

/// A message that follows the profile, as far as that can be seen from outside.
struct Profiled<'a> {
    message: IMessage<'a>,
    to_self: Option<&'a [u8]>,
    /// Key parameters, sealed.
    parameters: Option<&'a [u8]>,
}

impl<'a> Profiled<'a> {
    /// One pass over the octets, and then one over the crypto sessions, when the policies are known.
    fn decode(purpose: Purpose, octets: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        has_profile(purpose)?;
        let (mut to_self, mut parameters, mut is_repeated) = (None, None, false);
        let message = IMessage::decode_showing(octets, limits, |extension| {
            let place = match extension.kind {
                Extension::SAKKE_TO_SELF => &mut to_self,
                Extension::KEY_PARAMETERS => &mut parameters,
                _ => return,
            };
            is_repeated |= place.replace(extension.data).is_some();
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
        let policies = message.policy_numbers();
        let sessions = match message.map() {
            // Where the standard's sessions apply, so does its policy. One that comes along is of no session (E.3.1
            // requires none, and forbids none).
            CsIdMap::Empty => true,
            // A list of none is the empty map in another form.
            CsIdMap::GenericId(sessions) => sessions.iter().all(|session| {
                session.protocol == SRTP
                    && matches!(session.policies, [number] if policies.contains(*number))
            }),
            CsIdMap::SrtpId(_) => false,
        };
        let follows = sessions
            && !is_repeated
            && message.derivation().prf == Prf::HmacSha256
            && matches!(message.timestamp(), Timestamp::NtpUtc(_));
        if !follows {
            return Err(Error::Profile);
        }
        Ok(Self { message, to_self, parameters })
    }

    /// The SAKKE payload to the initiator itself; its next payload means nothing.
    fn sakke_to_self(&self) -> Result<SakkePayload<'a>, Error> {
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

/// A key that was received, with all that its message said of it.
#[derive(Clone, Debug)]
pub struct Received {
    key: Key,
    user_id: KeyId,
    time: NtpTime,
    parameters: Option<KeyParameters>,
}

impl Received {
    /// `sealed`: the parameters beside the key, and how they may be read.
    fn new(
        opened: &mikey::Opened<'_>,
        responder: UserUri<'_>,
        (sealed, nesting, limits): (Option<&[u8]>, Nesting, &Limits),
    ) -> Result<Self, Error> {
        let message = opened.message();
        let csb_id = KeyId::try_from(message.csb_id())?;
        let key = Key::from_message(csb_id, opened.secret().clone(), message.rand(), responder)?;
        if let CsIdMap::GenericId(sessions) = message.map() {
            let mki = key.mki(csb_id);
            // An SPI may be left out (RFC 6043 section 6.1.1).
            if sessions.iter().any(|session| !session.spi.is_empty() && session.spi != mki.as_ref())
            {
                return Err(Error::Spi);
            }
        }
        let parameters = match sealed {
            Some(data) => Some(parameters(data, (&key, csb_id), nesting, limits)?),
            None => None,
        };
        Ok(Self { key, user_id: csb_id, time: opened.time(), parameters })
    }

    /// A key that was received and has been stored in its parts.
    ///
    /// Errors: [`Error::Purpose`] if the user's identifier or the parameters are those of another kind of key.
    pub fn from_parts(
        key: Key,
        user_id: KeyId,
        time: NtpTime,
        parameters: Option<KeyParameters>,
    ) -> Result<Self, Error> {
        let purpose = key.purpose();
        let is_its = user_id.purpose() == purpose
            && (purpose.is_diversified() || user_id == key.id())
            && parameters.as_ref().is_none_or(|parameters| parameters.purpose == purpose);
        if is_its { Ok(Self { key, user_id, time, parameters }) } else { Err(Error::Purpose) }
    }

    /// Errors: [`Error::Revoked`]; [`Error::Expired`].
    fn in_force(self, now: NtpTime) -> Result<Self, Error> {
        match &self.parameters {
            Some(parameters) if parameters.status.is_revoked() => Err(Error::Revoked),
            _ => self.check_expiry(now).map(|()| self),
        }
    }

    /// The key with its identifier.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// The user's own identifier for it: the GUK-ID of a GMK, of others the key's.
    #[doc(alias("GUK-ID", "UK-ID"))]
    #[must_use]
    pub const fn user_id(&self) -> KeyId {
        self.user_id
    }

    /// T in full seconds.
    #[must_use]
    pub const fn time(&self) -> NtpTime {
        self.time
    }

    /// What the message says of the key.
    #[must_use]
    pub const fn parameters(&self) -> Option<&KeyParameters> {
        self.parameters.as_ref()
    }

    /// When the key is in force.
    #[must_use]
    pub fn validity(&self) -> Validity {
        Validity::new(self.time, self.parameters.as_ref())
    }

    /// The SRTP master key and salt for sending media at the time `now`.
    ///
    /// Media of a key that has expired, such as recordings, are for [`Key::srtp`].
    ///
    /// Errors: [`Error::Expired`]; [`Error::NotYet`]; as of [`Key::srtp`].
    pub fn srtp(&self, cs_id: CsId, now: NtpTime) -> Result<SrtpKeys, Error> {
        if self.validity().activation.is_some_and(|activation| now < activation) {
            return Err(Error::NotYet);
        }
        self.srtp_of(self.user_id, cs_id, now)
    }

    /// The SRTP master key and salt of what another member sends, whose GUK-ID is in the MKI. The other's clock may
    /// be ahead: a key that isn't in force yet by the own is as good.
    ///
    /// Errors: [`Error::Expired`]; as of [`Key::srtp`].
    pub fn srtp_of(&self, sender: KeyId, cs_id: CsId, now: NtpTime) -> Result<SrtpKeys, Error> {
        self.check_expiry(now)?;
        self.key.srtp(sender, cs_id)
    }

    /// The SRTCP master key and salt for sending floor control, or what else goes by SRTCP.
    ///
    /// Errors: [`Error::Expired`]; as of [`Key::srtcp`].
    pub fn srtcp(&self, cs_id: CsId, now: NtpTime) -> Result<SrtpKeys, Error> {
        self.check_expiry(now)?;
        self.key.srtcp(self.user_id, cs_id)
    }

    /// Errors: [`Error::Expired`].
    fn check_expiry(&self, now: NtpTime) -> Result<(), Error> {
        if self.validity().has_expired(now) { Err(Error::Expired) } else { Ok(()) }
    }
}

/// The parameters beside `key`, which must be of its purpose, sealed under it and the identifier it
/// travels under.
fn parameters(
    data: &[u8],
    (key, csb_id): (&Key, KeyId),
    nesting: Nesting,
    limits: &Limits,
) -> Result<KeyParameters, Error> {
    let sealed = SealedParameters::decode(data)?;
    if sealed.header().key_id != csb_id.value() {
        return Err(Error::Parameters);
    }
    let parameters = sealed.open_within(key.secret(), nesting, limits)?;
    if parameters.purpose != key.purpose() {
        return Err(Error::Purpose);
    }
    Ok(parameters)
}
