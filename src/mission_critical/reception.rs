//! Receiving a key: the message profiles of TS 33.180 E.2 to E.7 and the checks of 5.7.

mod anonymous;
mod profiled;
#[cfg(test)]
mod tests;

pub use anonymous::Anonymous;
pub(super) use profiled::Profiled;

use super::store::take;
use super::{Error, Held, KeyName, KeyStore, Purpose, Received};
use crate::identifier::UserUri;
use crate::mikey::{self, Clock, Expected, Limits, ReplayCache, ReplayKey, User, Verified};
use crate::sakke::Decapsulate;
use crate::wiped::stack_wiped;

/// The expected initiator and responder of messages with keys, and the receiver's clock.
///
/// Every function decodes the message completely, checks that it is fresh and that the expected initiator signed it,
/// and only then opens it. A verified message enters the store's cache as pending. Then the store accepts the key and
/// settles the message in one step.
///
/// If the reason for a refusal can change, the message stays pending and can be received again: the receiver's key is
/// not provisioned yet, another group is configured, or the store failed. These refusals are final: the key is revoked,
/// deleted, or a known GMK; it does not open; its SPI or its parameters do not belong to it.
#[derive(Clone, Copy, Debug)]
pub struct Reception<'a> {
    /// The expected initiator and responder.
    pub expected: Expected<'a>,
    /// The receiver's clock.
    pub clock: Clock,
    /// How large a message may be.
    pub limits: Limits,
}

impl<'a> Reception<'a> {
    /// A reception of messages within the default limits.
    #[must_use]
    pub const fn new(expected: Expected<'a>, clock: Clock) -> Self {
        Self { expected, clock, limits: Limits::DEFAULT }
    }

    /// Receives a GMK from the GMS of the group (E.2, 5.7).
    ///
    /// Its parameters must open, name `group` and say that the key is not revoked, and the store must not know its
    /// GMK-ID for this GMS and group. If the parameters say that the key is revoked, the store deletes the key. A
    /// message that does not name the group changes nothing.
    ///
    /// The departures of [`expected`](Self::expected) can allow a GMS to name no group, or to send no parameters. Then
    /// `group` must come from signalling. The sender and the GMK-ID are checked in any case.
    ///
    /// Errors: those of [`receive`](Self::receive); [`Error::Parameters`], [`Error::Group`],
    /// [`Error::Duplicate`].
    pub fn gmk(
        &self,
        octets: &[u8],
        group: &[u8],
        store: &mut (impl KeyStore + ?Sized),
        key: &(impl Decapsulate + ?Sized),
    ) -> Result<Received, Error> {
        stack_wiped(|| {
            let (opened, message) = self.open(Purpose::Gmk, octets, store.cache_mut(), key)?;
            let name = |received: &Received| KeyName { group: Some(group), ..self.name(received) };
            let checked = opened.and_then(|mut received| {
                received.check_group(group, self.expected.departures)?;
                if received.is_revoked() {
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

    /// Receives a PCK from the calling user (E.3).
    ///
    /// Errors: those of [`receive`](Self::receive).
    pub fn pck(
        &self,
        octets: &[u8],
        store: &mut (impl KeyStore + ?Sized),
        key: &(impl Decapsulate + ?Sized),
    ) -> Result<Received, Error> {
        self.receive(Purpose::Pck, octets, store, key)
    }

    /// Receives a CSK from a user at its server, or from the server at the user (E.4).
    ///
    /// Errors: those of [`receive`](Self::receive).
    pub fn csk(
        &self,
        octets: &[u8],
        store: &mut (impl KeyStore + ?Sized),
        key: &(impl Decapsulate + ?Sized),
    ) -> Result<Received, Error> {
        self.receive(Purpose::Csk, octets, store, key)
    }

    /// Receives a MuSiK from the server (E.4).
    ///
    /// Errors: those of [`receive`](Self::receive).
    pub fn musik(
        &self,
        octets: &[u8],
        store: &mut (impl KeyStore + ?Sized),
        key: &(impl Decapsulate + ?Sized),
    ) -> Result<Received, Error> {
        self.receive(Purpose::MuSik, octets, store, key)
    }

    /// Receives a key of this purpose, other than a GMK. [`gmk`](Self::gmk) receives a GMK, for which it needs the
    /// group.
    ///
    /// Errors: [`Error::Message`] for refusals of MIKEY and of the store; [`Error::Purpose`],
    /// [`Error::Profile`], [`Error::Identity`], [`Error::Spi`]; if there are parameters,
    /// [`Error::Parameters`], [`Error::Sealed`], [`Error::Revoked`], [`Error::Expired`].
    pub fn receive(
        &self,
        purpose: Purpose,
        octets: &[u8],
        store: &mut (impl KeyStore + ?Sized),
        key: &(impl Decapsulate + ?Sized),
    ) -> Result<Received, Error> {
        if purpose == Purpose::Gmk {
            return Err(Error::Purpose);
        }
        self.of_no_group(purpose, octets, store, key)
    }

    /// Receives a GMK of any group, for tools that show the content of a message. The store keeps it under no group.
    ///
    /// Errors: those of [`receive`](Self::receive).
    pub fn gmk_of_any_group(
        &self,
        octets: &[u8],
        store: &mut (impl KeyStore + ?Sized),
        key: &(impl Decapsulate + ?Sized),
    ) -> Result<Received, Error> {
        self.of_no_group(Purpose::Gmk, octets, store, key)
    }

    fn of_no_group(
        &self,
        purpose: Purpose,
        octets: &[u8],
        store: &mut (impl KeyStore + ?Sized),
        key: &(impl Decapsulate + ?Sized),
    ) -> Result<Received, Error> {
        stack_wiped(|| {
            let (opened, message) = self.open(purpose, octets, store.cache_mut(), key)?;
            let checked = opened.and_then(|received| received.in_force(self.clock.now));
            take(store, checked, |received| self.name(received), &message)
        })
    }

    /// The outcome of opening a verified message, and the name of the message in the cache. A revoked key opens too.
    fn open(
        &self,
        purpose: Purpose,
        octets: &[u8],
        cache: &mut (impl ReplayCache + ?Sized),
        key: &(impl Decapsulate + ?Sized),
    ) -> Result<(Result<Received, Error>, ReplayKey), Error> {
        let accepted = self.expected.departures;
        let profiled = Profiled::decode(purpose, octets, (&self.limits, accepted))?;
        let verified = self.verified(&profiled, &self.expected.responder, cache, key)?;
        let received = || {
            let opened = verified.open(key)?;
            Received::new(&opened, &profiled, UserUri(self.expected.responder.uri()), &self.limits)
        };
        Ok((received(), *verified.replay()))
    }

    /// The message, if it is fresh and verified and `key` is the key of `user`, who opens it.
    fn verified<'m>(
        &self,
        profiled: &Profiled<'m>,
        user: &User<'_>,
        cache: &mut (impl ReplayCache + ?Sized),
        key: &(impl Decapsulate + ?Sized),
    ) -> Result<Verified<'m>, Error> {
        let fresh = profiled.message.check_fresh(&self.clock, cache)?;
        if !key.has(&user.identifier(fresh.time())?, user.kms().z()) {
            return Err(mikey::Error::Responder.into());
        }
        Ok(fresh.verify(&self.expected, cache)?)
    }

    /// The name under which the store keeps a key that belongs to no group.
    const fn name(&self, received: &Received) -> KeyName<'a> {
        KeyName { initiator: self.expected.initiator.uri(), group: None, id: received.key().id() }
    }

    /// Receives a key that the sender of the message also encapsulated to itself (E.5), on another device of the
    /// sender. `expected` is the same as for the responder, and `key` is the key of the initiator.
    ///
    /// Errors: those of [`receive`](Self::receive); [`Error::Profile`] if the encapsulation to the sender is missing or
    /// malformed.
    pub fn to_self(
        &self,
        purpose: Purpose,
        octets: &[u8],
        store: &mut (impl KeyStore + ?Sized),
        key: &(impl Decapsulate + ?Sized),
    ) -> Result<Received, Error> {
        let accepted = self.expected.departures;
        let mut profiled = Profiled::decode(purpose, octets, (&self.limits, accepted))?;
        let inner = profiled.sakke_to_self()?;
        if inner.id_scheme != self.expected.initiator.kms().scheme().number() {
            return Err(mikey::Error::IdScheme.into());
        }
        let inner = mikey::encapsulation(&inner, accepted, &mut profiled.departures)?;
        let initiator = &self.expected.initiator;
        let verified = self.verified(&profiled, initiator, store.cache_mut(), key)?;
        stack_wiped(|| {
            let received = || {
                let opened = verified.open_to_signer(&inner, key)?;
                let responder = UserUri(self.expected.responder.uri());
                let received = Received::new(&opened, &profiled, responder, &self.limits)?;
                received.of_another_user(UserUri(initiator.uri()))?.in_force(self.clock.now)
            };
            take(store, received(), |received| self.name(received), verified.replay())
        })
    }
}
