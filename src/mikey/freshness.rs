//! RFC 3830 section 5.4: no message is accepted twice.
//!
//! A message is fresh if its T is within the skew of the clock, if the cache does not know a final outcome for it, and
//! if the cache has not forgotten messages with its T or a later one. Only an authenticated message enters the cache.
//! T need not grow from message to message.

use super::{Error, Origin, Remembered, ReplayCache, ReplayKey, Standing, Timestamp};
use crate::identifier::NtpTime;

/// The receiver's clock, and how far T of a message may be from it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Clock {
    /// The time.
    pub now: NtpTime,
    /// The number of seconds that T may be before or after `now`: minutes to hours. The cache limits it to its own
    /// [`skew`](ReplayCache::skew).
    ///
    /// If messages wait for their receiver (RFC 6509 section 2.5), set it to the longest time that they may wait. The
    /// cache must remember messages for that time, and the receiver must keep the keys of the periods that the messages
    /// belong to.
    pub skew: u32,
}

impl Clock {
    /// The time of T in the era nearest to now.
    ///
    /// Errors: [`Error::TimestampType`]; [`Error::Stale`] unless it is within the skew.
    fn accept(&self, timestamp: Timestamp, largest: u32) -> Result<NtpTime, Error> {
        let seconds = timestamp.seconds().ok_or(Error::TimestampType)?;
        let time = NtpTime::from_timestamp(seconds, self.now);
        if time.seconds().abs_diff(self.now.seconds()) > self.skew.min(largest).into() {
            return Err(Error::Stale);
        }
        Ok(time)
    }
}

/// A message whose T is within the skew and whose outcome is not final.
#[derive(Clone, Copy, Debug)]
pub(super) struct Freshness {
    pub(super) time: NtpTime,
    pub(super) now: NtpTime,
    key: ReplayKey,
}

impl Freshness {
    pub(super) fn check<C: ReplayCache + ?Sized>(
        timestamp: Timestamp,
        authenticated: &[u8],
        clock: &Clock,
        cache: &C,
    ) -> Result<Self, Error> {
        let time = clock.accept(timestamp, cache.skew())?;
        let key = ReplayKey::of(authenticated);
        match cache.standing(&key) {
            Some(Standing::Accepted) => Err(Error::Replayed),
            Some(Standing::Refused) => Err(Error::Settled),
            None if cache.floor().is_some_and(|floor| time <= floor) => Err(Error::Forgotten),
            Some(Standing::Pending) | None => Ok(Self { time, now: clock.now, key }),
        }
    }

    /// Enters the message in the cache as pending. Call this after the message is authenticated.
    pub(super) fn enter<C: ReplayCache + ?Sized>(
        &self,
        origin: Origin,
        cache: &mut C,
    ) -> Result<ReplayKey, Error> {
        let Self { time, now, key } = *self;
        cache.enter(&Remembered { key, time, origin }, now)?;
        Ok(key)
    }
}
