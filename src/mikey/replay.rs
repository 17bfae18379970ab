//! RFC 3830 section 5.4: what a receiver remembers of the messages that it verified.
//!
//! Section 5.4 discards a message that has been received before. Here, a message counts as received when its outcome
//! is final: its key was accepted, or it was refused for a reason that cannot change. Until then it is *pending*. So a
//! message is not lost because a key is not provisioned yet, a group was configured wrongly, or a store failed.
//!
//! A cache forgets messages that are too old to be fresh. It must not accept them later, when the clock is set back or
//! a call allows a larger skew. Therefore the cache itself holds the largest skew, and a *floor*: the latest T that it
//! has forgotten. It refuses a message whose T is at the floor or before it.

use alloc::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::Error;
use crate::identifier::{Identifier, NtpTime};

/// The name by which a message is remembered: the SHA-256 hash of its octets without the signature or the MAC.
///
/// The hash excludes the signature, because anybody can turn a valid signature into another one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ReplayKey([u8; 32]);

impl ReplayKey {
    pub(super) fn of(authenticated: &[u8]) -> Self {
        Self(Sha256::digest(authenticated).into())
    }

    /// A value that was stored.
    #[must_use]
    pub const fn from_bytes(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// The 32 octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The party that authenticated a message, for the quota: the SHA-256 hash of the identifier that signed it, or of the
/// CSB ID that names the pre-shared key. Mere claims of a message do not enter the hash.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Origin([u8; 32]);

impl Origin {
    pub(super) fn of_signer(signer: &Identifier) -> Self {
        Self(Sha256::new().chain_update([0]).chain_update(signer).finalize().into())
    }

    pub(super) fn of_psk(csb_id: u32) -> Self {
        Self(Sha256::new().chain_update([1]).chain_update(csb_id.to_be_bytes()).finalize().into())
    }

    /// A value that was stored.
    #[must_use]
    pub const fn from_bytes(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// The 32 octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A verified message, as a cache stores it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Remembered {
    /// The message.
    pub key: ReplayKey,
    /// T in full seconds.
    pub time: NtpTime,
    /// The party that authenticated it.
    pub origin: Origin,
}

/// The outcome of a verified message.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Standing {
    /// The outcome is not final: the message may be received again.
    Pending,
    /// Its key was accepted.
    Accepted,
    /// It was refused for a reason that cannot change.
    Refused,
}

/// The receiver's memory of verified messages.
///
/// If several threads or processes share a cache, each call must be atomic.
pub trait ReplayCache {
    /// The most seconds that T may be from the clock. This never changes.
    fn skew(&self) -> u32;

    /// The latest T that the cache has forgotten or may have lost. The floor goes back only by an explicit call that
    /// accepts the risk of replays.
    fn floor(&self) -> Option<NtpTime>;

    /// The outcome of this message, or `None` if the cache does not contain it.
    fn standing(&self, key: &ReplayKey) -> Option<Standing>;

    /// Enters a verified message as pending. To make room, a cache may forget only messages that can no longer be fresh
    /// at `now`, and forgetting a message raises the floor.
    ///
    /// Errors: [`Error::Replayed`] or [`Error::Settled`] for a message that is not pending; [`Error::Forgotten`] for a
    /// message that the cache does not contain and whose T is not after the floor; [`Error::Retries`] for a pending
    /// message that came too often; [`Error::Quota`], [`Error::Full`]; [`Error::Store`].
    fn enter(&mut self, message: &Remembered, now: NtpTime) -> Result<(), Error>;

    /// Makes the outcome of a pending message final: its key was accepted, or it is `refused`.
    ///
    /// Errors: [`Error::Replayed`] for a message that is not pending, because another call was faster or because it was
    /// forgotten meanwhile; [`Error::Store`], which leaves the message as it was.
    fn settle(&mut self, key: &ReplayKey, refused: bool) -> Result<(), Error>;
}

/// A cache in memory, for a limited number of messages.
#[derive(Clone, Debug)]
pub struct MemoryCache {
    entries: BTreeMap<ReplayKey, Entry>,
    by_time: BTreeSet<(NtpTime, ReplayKey)>,
    by_origin: BTreeMap<Origin, BTreeSet<(NtpTime, ReplayKey)>>,
    capacity: usize,
    quota: usize,
    skew: u32,
    floor: Option<NtpTime>,
    /// The latest time that the clock had shown when the cache was lost.
    lost: Option<NtpTime>,
}

/// The state of a cache without its messages.
#[cfg(feature = "stored")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct CacheState {
    pub(crate) capacity: usize,
    pub(crate) quota: usize,
    pub(crate) skew: u32,
    pub(crate) floor: Option<NtpTime>,
    pub(crate) lost: Option<NtpTime>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    message: Remembered,
    standing: Standing,
    /// How often the message was entered.
    tries: u8,
}

impl MemoryCache {
    /// The default skew in seconds: five minutes.
    pub const SKEW: u32 = 300;

    /// How often a pending message can be tried. Each try costs the receiver a verification and a decapsulation, and
    /// anybody who saw the message can send it again.
    pub const TRIES: u8 = 16;

    /// An empty cache for a receiver that has never accepted a message.
    ///
    /// One identifier can use at most a quarter of the room, and T may be [`SKEW`](Self::SKEW) seconds from the clock.
    /// When the key period changes, a user has two identifiers for a time.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self {
            entries: BTreeMap::new(),
            by_time: BTreeSet::new(),
            by_origin: BTreeMap::new(),
            capacity,
            quota: capacity.div_ceil(4),
            skew: Self::SKEW,
            floor: None,
            lost: None,
        }
    }

    /// The same cache with another largest skew, in seconds. A cache that is stored and read again keeps this skew.
    #[must_use]
    pub fn with_skew(self, skew: u32) -> Self {
        Self { skew, ..self }
    }

    /// The same cache with room for `quota` messages of one initiator.
    #[must_use]
    pub fn with_quota(self, quota: usize) -> Self {
        Self { quota, ..self }
    }

    /// The same cache for a receiver that has lost its cache or restarts without one. It refuses every message that the
    /// receiver could have accepted until `latest`, that is, every message with a T up to one skew after `latest`.
    ///
    /// `latest` is the latest time that the receiver's clock has shown: now, unless the clock was set back.
    #[must_use]
    pub fn lost_at(self, latest: NtpTime) -> Self {
        Self { lost: self.lost.max(Some(latest)), ..self }
    }

    /// Lowers the floor, for a receiver that refuses every message because its clock once ran ahead.
    ///
    /// **An attacker can replay recorded messages that have a T after the new floor and that this cache has
    /// forgotten.** Delete the keys that such messages could bring, or ask for new ones.
    pub const fn lower_floor_and_risk_replays(&mut self, floor: Option<NtpTime>) {
        self.floor = floor;
        self.lost = None;
    }

    /// Resets the count of tries of all pending messages. **Call this after you removed the reason why they were
    /// refused**, for example after you configured a group or made room in a store. A sender cannot reset the count by
    /// repeating a message.
    pub fn retry_pending(&mut self) {
        let pending = self.entries.values_mut().filter(|entry| entry.standing == Standing::Pending);
        pending.for_each(|entry| entry.tries = 0);
    }

    /// Raises the floor: messages with a T up to this one are refused unless the cache contains them.
    #[cfg(feature = "mission-critical")]
    pub(crate) fn raise_floor(&mut self, floor: NtpTime) {
        self.floor = self.floor.max(Some(floor));
    }

    /// The state without the messages.
    #[cfg(feature = "stored")]
    pub(crate) const fn state(&self) -> CacheState {
        let Self { capacity, quota, skew, floor, lost, .. } = *self;
        CacheState { capacity, quota, skew, floor, lost }
    }

    /// The messages, each with its outcome and how often it was entered.
    #[cfg(feature = "stored")]
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Remembered, Standing, u8)> {
        self.entries.values().map(|entry| (entry.message, entry.standing, entry.tries))
    }

    /// A cache with this stored state, without its messages.
    #[cfg(feature = "stored")]
    pub(crate) fn of_state(state: CacheState) -> Self {
        let CacheState { capacity, quota, skew, floor, lost } = state;
        Self { quota, skew, floor, lost, ..Self::new(capacity) }
    }

    /// Adds a message that was stored. Returns `None` if the cache contains it already or has no room.
    #[cfg(feature = "stored")]
    pub(crate) fn put_back(
        &mut self,
        message: Remembered,
        standing: Standing,
        tries: u8,
    ) -> Option<()> {
        let is_new = !self.entries.contains_key(&message.key) && self.entries.len() < self.capacity;
        is_new.then(|| self.insert(Entry { message, standing, tries }))
    }

    fn insert(&mut self, entry: Entry) {
        let Remembered { key, time, origin } = entry.message;
        self.entries.insert(key, entry);
        self.by_time.insert((time, key));
        self.by_origin.entry(origin).or_default().insert((time, key));
    }

    /// Forgets the oldest of these if it is too old to be fresh.                          O(log n)
    fn forget(&mut self, oldest: Option<(NtpTime, ReplayKey)>, now: NtpTime) {
        if let Some((time, key)) = oldest
            && time.saturating_add(self.skew.into()) < now
            && let Some(Entry { message, .. }) = self.entries.remove(&key)
        {
            self.by_time.remove(&(time, key));
            if let Some(of_origin) = self.by_origin.get_mut(&message.origin) {
                of_origin.remove(&(time, key));
                if of_origin.is_empty() {
                    self.by_origin.remove(&message.origin);
                }
            }
            self.floor = self.floor.max(Some(time));
        }
    }

    fn count(&self, origin: &Origin) -> usize {
        self.by_origin.get(origin).map_or(0, BTreeSet::len)
    }

    fn oldest_of(&self, origin: &Origin) -> Option<(NtpTime, ReplayKey)> {
        self.by_origin.get(origin)?.first().copied()
    }
}

impl ReplayCache for MemoryCache {
    fn skew(&self) -> u32 {
        self.skew
    }

    fn floor(&self) -> Option<NtpTime> {
        self.floor.max(self.lost.map(|latest| latest.saturating_add(self.skew.into())))
    }

    fn standing(&self, key: &ReplayKey) -> Option<Standing> {
        self.entries.get(key).map(|entry| entry.standing)
    }

    fn enter(&mut self, message: &Remembered, now: NtpTime) -> Result<(), Error> {
        let Remembered { key, time, origin } = *message;
        if let Some(entry) = self.entries.get_mut(&key) {
            match entry.standing {
                Standing::Accepted => return Err(Error::Replayed),
                Standing::Refused => return Err(Error::Settled),
                Standing::Pending if entry.tries >= Self::TRIES => return Err(Error::Retries),
                Standing::Pending => entry.tries += 1,
            }
            return Ok(());
        }
        // It may have been forgotten since the caller looked for it.
        if self.floor().is_some_and(|floor| time <= floor) {
            return Err(Error::Forgotten);
        }
        if self.count(&origin) >= self.quota {
            self.forget(self.oldest_of(&origin), now);
        }
        if self.count(&origin) >= self.quota {
            let is_full = self.entries.len() >= self.capacity;
            return Err(if is_full { Error::Full } else { Error::Quota });
        }
        if self.entries.len() >= self.capacity {
            self.forget(self.by_time.first().copied(), now);
        }
        if self.entries.len() >= self.capacity {
            return Err(Error::Full);
        }
        self.insert(Entry { message: *message, standing: Standing::Pending, tries: 1 });
        Ok(())
    }

    fn settle(&mut self, key: &ReplayKey, refused: bool) -> Result<(), Error> {
        match self.entries.get_mut(key) {
            Some(entry) if entry.standing == Standing::Pending => {
                entry.standing = if refused { Standing::Refused } else { Standing::Accepted };
                Ok(())
            }
            _ => Err(Error::Replayed),
        }
    }
}

#[cfg(test)]
mod tests;
