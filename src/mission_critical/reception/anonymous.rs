//! Receiving a key from an initiator who hides behind its UID: TS 33.180 5.2.6 and E.7.

use super::Profiled;
use crate::identifier::{NtpTime, UserUri};
use crate::mikey::{self, Clock, Departures, IMessage, Limits, User};
use crate::mission_critical::store::take;
use crate::mission_critical::{Error, KeyName, KeyStore, Purpose, Received};
use crate::sakke::Decapsulate;
use crate::wiped::stack_wiped;

/// A message from an initiator who hides behind its UID. It is verified but not opened, because the receiver does not
/// know the initiator yet.
#[derive(Clone, Debug)]
pub struct Anonymous<'a, 'k> {
    hidden: mikey::Hidden<'a, 'k>,
    responder: User<'k>,
    now: NtpTime,
    profiled: Profiled<'a>,
    limits: Limits,
}

impl<'a, 'k> Anonymous<'a, 'k> {
    /// Verifies a message for `responder` whose initiator is some user of `kms`.
    ///
    /// Errors: those of [`Reception::receive`](super::Reception::receive) that come before opening; [`Error::Purpose`]
    /// also for a GMK, because a receiver must know the GMS beforehand.
    pub fn receive(
        purpose: Purpose,
        octets: &'a [u8],
        (kms, responder): (&'k mikey::Kms, User<'k>),
        clock: &Clock,
        store: &mut (impl KeyStore + ?Sized),
    ) -> Result<Self, Error> {
        let strictly = (&Limits::DEFAULT, Departures::NONE);
        Self::receive_within(purpose, octets, (kms, responder), clock, store, strictly)
    }

    /// The same as [`receive`](Self::receive) within these limits, with the departures that are accepted from the users
    /// of `kms`.
    ///
    /// Errors: those of [`receive`](Self::receive).
    pub fn receive_within(
        purpose: Purpose,
        octets: &'a [u8],
        (kms, responder): (&'k mikey::Kms, User<'k>),
        clock: &Clock,
        store: &mut (impl KeyStore + ?Sized),
        (limits, departures): (&Limits, Departures),
    ) -> Result<Self, Error> {
        if purpose == Purpose::Gmk {
            return Err(Error::Purpose);
        }
        let profiled = Profiled::decode(purpose, octets, (limits, departures))?;
        let fresh = profiled.message.check_fresh(clock, store.cache())?;
        let hidden = fresh.verify_hidden(kms, &responder, departures, store.cache_mut())?;
        Ok(Self { hidden, responder, now: clock.now, profiled, limits: *limits })
    }

    /// The message.
    #[must_use]
    pub const fn message(&self) -> &IMessage<'a> {
        self.hidden.message()
    }

    /// The key, after signalling has named the initiator. The UID that signed the message must belong to this URI. If a
    /// URI is refused, the right one can still be given.
    ///
    /// `store` must be the store with which the message was received.
    ///
    /// Errors: [`Error::Message`] with [`mikey::Error::Initiator`] for another user; those of
    /// [`Reception::receive`](super::Reception::receive).
    pub fn reveal(
        &self,
        initiator_uri: &str,
        store: &mut (impl KeyStore + ?Sized),
        key: &(impl Decapsulate + ?Sized),
    ) -> Result<Received, Error> {
        self.reveal_as(initiator_uri, Departures::NONE, store, key)
    }

    /// The same as [`reveal`](Self::reveal) for an initiator from whom these departures are accepted, as far as they
    /// were accepted from the users of its KMS.
    ///
    /// Errors: those of [`reveal`](Self::reveal); [`Error::Message`] with [`mikey::Error::Departure`] if the message
    /// made use of another departure.
    pub fn reveal_as(
        &self,
        initiator_uri: &str,
        departures: Departures,
        store: &mut (impl KeyStore + ?Sized),
        key: &(impl Decapsulate + ?Sized),
    ) -> Result<Received, Error> {
        self.profiled.departures.check(departures)?;
        let verified = self.hidden.reveal_as(initiator_uri, departures)?;
        stack_wiped(|| {
            let received = || {
                let opened = verified.open(key)?;
                let responder = UserUri(self.responder.uri());
                Received::new(&opened, &self.profiled, responder, &self.limits)?.in_force(self.now)
            };
            let name = |received: &Received| KeyName {
                initiator: initiator_uri,
                group: None,
                id: received.key().id(),
            };
            take(store, received(), name, verified.replay())
        })
    }
}
