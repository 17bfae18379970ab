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
use crate::mikey::{self, Clock, Expected, Limits, ReplayCache, ReplayKey};
use crate::sakke::Decapsulate;
use crate::wiped::stack_wiped;

/// Whom keys are expected from and for, and the receiver's clock.
///
/// Every function decodes the message completely, checks that it is fresh, that the expected initiator
/// signed it, and only then opens it. The message enters the store's cache as pending once it is verified,
/// and the store takes the key and settles the message in one step. A refusal that can change leaves the
/// message pending, to be received again: a key that is yet to be provisioned, another group than is
/// configured, a store that failed. What stays refused: a key that is revoked, deleted or a known GMK, one
/// that doesn't open, and one whose SPI or parameters don't belong to it.
#[derive(Clone, Copy, Debug)]
pub struct Reception<'a> {
    /// From whom and for whom.
    pub expected: Expected<'a>,
    /// When.
    pub clock: Clock,
    /// How large a message may be.
    pub limits: Limits,
}

impl<'a> Reception<'a> {
    /// Messages as the implementations of the standard send them, within the default limits.
    #[must_use]
    pub const fn new(expected: Expected<'a>, clock: Clock) -> Self {
        Self { expected, clock, limits: Limits::DEFAULT }
    }

    /// A GMK from the group's GMS (E.2, 5.7): its parameters must open, name `group` and say that it
    /// isn't revoked, and its GMK-ID must be new to the store for this GMS and group. If it is revoked, the
    /// store is told; a message that doesn't name the group changes nothing. Of a GMS that names no group, sends no
    /// parameters, or a status that says nothing, `group` is what signalling names, if the departures of
    /// [`expected`](Self::expected) allow it; the sender and the GMK-ID are checked all the same.
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
        let accepted = self.expected.departures;
        let profiled = Profiled::decode(purpose, octets, (&self.limits, accepted))?;
        let fresh = profiled.message.check_fresh(&self.clock, cache)?;
        let responder = &self.expected.responder;
        if !key.has(&responder.identifier(fresh.time())?, responder.kms().z()) {
            return Err(mikey::Error::Responder.into());
        }
        let verified = fresh.verify(&self.expected, cache)?;
        let received = || {
            let opened = verified.open(key)?;
            Received::new(&opened, &profiled, UserUri(self.expected.responder.uri()), &self.limits)
        };
        Ok((received(), *verified.replay()))
    }

    /// What the store has a key as that is of no group.
    const fn name(&self, received: &Received) -> KeyName<'a> {
        KeyName { initiator: self.expected.initiator.uri(), group: None, id: received.key().id() }
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
        let accepted = self.expected.departures;
        let mut profiled = Profiled::decode(purpose, octets, (&self.limits, accepted))?;
        let inner = profiled.sakke_to_self()?;
        if inner.id_scheme != self.expected.initiator.kms().scheme().number() {
            return Err(mikey::Error::IdScheme.into());
        }
        let inner = mikey::encapsulation(&inner, accepted, &mut profiled.departures)?;
        let fresh = profiled.message.check_fresh(&self.clock, store.cache())?;
        let initiator = &self.expected.initiator;
        if !key.has(&initiator.identifier(fresh.time())?, initiator.kms().z()) {
            return Err(mikey::Error::Responder.into());
        }
        let verified = fresh.verify(&self.expected, store.cache_mut())?;
        stack_wiped(|| {
            let received = || {
                let opened = verified.open_to_signer(&inner, key)?;
                let responder = UserUri(self.expected.responder.uri());
                let received = Received::new(&opened, &profiled, responder, &self.limits)?;
                let own = UserUri(self.expected.initiator.uri());
                received.of_another_user(own)?.in_force(self.clock.now)
            };
            take(store, received(), |received| self.name(received), verified.replay())
        })
    }
}
