//! RFC 3830 section 5.4: no message is accepted twice.
//!
//! A message is fresh if its T is within the skew of the clock, and the cache neither has it as one whose
//! outcome is final nor has forgotten its T. Only an authenticated message gets into the cache. There is no
//! rule that T must grow from message to message.

use super::{Error, Origin, Remembered, ReplayCache, ReplayKey, Standing, Timestamp};
use crate::identifier::NtpTime;

/// The receiver's clock, and how far from it a message's T may be.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Clock {
    /// The time.
    pub now: NtpTime,
    /// Seconds that T may be before or after `now`: minutes to hours, and never more than the cache's
    /// [`skew`](ReplayCache::skew). Where messages wait for their receiver (RFC 6509 section 2.5), as long as
    /// they may wait; the cache has to remember for as long, and the receiver to keep the keys of the periods
    /// that they are of.
    pub skew: u32,
}

impl Clock {
    /// The time of a T, in the era nearest to now, if it is within the skew.
    fn accept(&self, timestamp: Timestamp, largest: u32) -> Result<NtpTime, Error> {
        let seconds = timestamp.seconds().ok_or(Error::TimestampType)?;
        let time = NtpTime::from_timestamp(seconds, self.now);
        if time.seconds().abs_diff(self.now.seconds()) > self.skew.min(largest).into() {
            return Err(Error::Stale);
        }
        Ok(time)
    }
}

/// A message whose T is within the skew and whose outcome isn't final.
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

    /// To be called once the message is authenticated: it is pending then.
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
