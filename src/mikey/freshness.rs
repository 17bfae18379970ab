//! RFC 3830 section 5.4: no message is accepted twice.
//!
//! A message is fresh if its T is within the skew of the clock and it isn't in the cache of those
//! accepted before. Only an authenticated message gets into the cache, and it stays for as long as
//! its T is within the skew. There is no rule that T must grow from message to message.

use alloc::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Error, Timestamp};
use crate::identifier::NtpTime;

/// The receiver's clock, and how far from it a message's T may be.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Clock {
    /// The time.
    pub now: NtpTime,
    /// Seconds that T may be before or after `now`: minutes to hours. Where messages wait for their
    /// receiver (RFC 6509 section 2.5), as long as they may wait; the cache has to remember for as
    /// long, and the receiver to keep the keys of the periods that they are of.
    pub skew: u32,
}

impl Clock {
    /// The time of a T, in the era nearest to now, if it is within the skew.
    pub(super) fn accept(&self, timestamp: Timestamp) -> Result<NtpTime, Error> {
        let seconds = timestamp.seconds().ok_or(Error::TimestampType)?;
        let time = NtpTime::from_timestamp(seconds, self.now);
        if time.seconds().abs_diff(self.now.seconds()) > self.skew.into() {
            return Err(Error::Stale);
        }
        Ok(time)
    }

    /// A T's last second within the skew: until then its message must be remembered.
    pub(super) fn expiry(&self, time: NtpTime) -> NtpTime {
        NtpTime::from_seconds(time.seconds().saturating_add(self.skew.into()))
    }
}

/// What a message is remembered by: the SHA-256 of its octets without signature or MAC.
///
/// The signature is left out because others make a second valid one from it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ReplayKey([u8; 32]);

impl ReplayKey {
    pub(super) fn of(authenticated: &[u8]) -> Self {
        Self(Sha256::digest(authenticated).into())
    }

    /// The 32 octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What a cache can vouch for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CacheState {
    /// Every message that was accepted and could still be replayed is in it.
    Complete,
    /// It lost entries at this time, by a restart or an overflow. What could have been accepted
    /// before, a T up to this time and the skew, is refused.
    LostAt(NtpTime),
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Entered {
    /// It is in the cache.
    New,
    /// It was in the cache already.
    Seen,
    /// There is no room. An entry that hasn't expired must not make room for another.
    Full,
}

/// The messages accepted so far, kept by the caller.
pub trait ReplayCache {
    /// Whether it has lost anything.
    fn state(&self) -> CacheState;

    /// Whether this message was accepted before.
    fn contains(&self, key: &ReplayKey) -> bool;

    /// Remembers an authenticated message until its `expiry`; what expired before `now` may go. If
    /// several share a cache, looking and entering are one step.
    fn enter(&mut self, key: ReplayKey, now: NtpTime, expiry: NtpTime) -> Entered;
}

/// A cache in memory, for a limited number of messages.
#[derive(Clone, Debug)]
pub struct MemoryCache {
    entries: BTreeMap<ReplayKey, NtpTime>,
    capacity: usize,
    state: CacheState,
}

impl MemoryCache {
    /// An empty cache of a receiver that has never accepted a message.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { entries: BTreeMap::new(), capacity, state: CacheState::Complete }
    }

    /// An empty cache of a receiver that has lost its cache, or restarts without one.
    #[must_use]
    pub const fn lost(capacity: usize, now: NtpTime) -> Self {
        Self { entries: BTreeMap::new(), capacity, state: CacheState::LostAt(now) }
    }
}

impl ReplayCache for MemoryCache {
    fn state(&self) -> CacheState {
        self.state
    }

    fn contains(&self, key: &ReplayKey) -> bool {
        self.entries.contains_key(key)
    }

    fn enter(&mut self, key: ReplayKey, now: NtpTime, expiry: NtpTime) -> Entered {
        if self.contains(&key) {
            return Entered::Seen;
        }
        if self.entries.len() >= self.capacity {
            self.entries.retain(|_, expiry| *expiry >= now);
        }
        if self.entries.len() >= self.capacity {
            return Entered::Full;
        }
        self.entries.insert(key, expiry);
        Entered::New
    }
}

/// A message whose T is within the skew and that the cache doesn't know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Freshness {
    pub(super) time: NtpTime,
    pub(super) now: NtpTime,
    expiry: NtpTime,
    key: ReplayKey,
}

impl Freshness {
    pub(super) fn check<C: ReplayCache + ?Sized>(
        timestamp: Timestamp,
        authenticated: &[u8],
        clock: &Clock,
        cache: &C,
    ) -> Result<Self, Error> {
        let time = clock.accept(timestamp)?;
        if let CacheState::LostAt(lost) = cache.state()
            && time <= clock.expiry(lost)
        {
            return Err(Error::CacheLost);
        }
        let key = ReplayKey::of(authenticated);
        if cache.contains(&key) {
            return Err(Error::Replayed);
        }
        Ok(Self { time, now: clock.now, expiry: clock.expiry(time), key })
    }

    /// To be called once the message is authenticated.
    pub(super) fn enter<C: ReplayCache + ?Sized>(&self, cache: &mut C) -> Result<(), Error> {
        match cache.enter(self.key, self.now, self.expiry) {
            Entered::New => Ok(()),
            Entered::Seen => Err(Error::Replayed),
            Entered::Full => Err(Error::CacheFull),
        }
    }
}
