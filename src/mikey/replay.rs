//! RFC 3830 section 5.4: what a receiver remembers of the messages that it verified.
//!
//! Section 5.4 discards a message that has been received before. Here a message has been received when its
//! outcome is final: its key was taken, or refused for a reason that stays. Until then it is *pending*: a key
//! that is yet to be provisioned, a group that was configured wrongly or a store that failed doesn't make a
//! message worthless that nobody can send again.
//!
//! A cache forgets what is too old to be fresh. What it has forgotten, or lost, it must not accept later, when
//! the clock goes back or a call allows a larger skew: so it owns the largest skew, and a *floor*, the latest T
//! that it has forgotten. A T at the floor or before is refused.

use alloc::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::Error;
use crate::identifier::{Identifier, NtpTime};

/// What a message is remembered by: the SHA-256 of its octets without signature or MAC.
///
/// The signature is left out because others make a second valid one from it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ReplayKey([u8; 32]);

impl ReplayKey {
    pub(super) fn of(authenticated: &[u8]) -> Self {
        Self(Sha256::digest(authenticated).into())
    }

    /// One that was stored.
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

/// Who authenticated a message, for the quota: the SHA-256 of the identifier that signed it, or of the CSB
/// ID that names the pre-shared key. What a message only claims isn't in it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Origin([u8; 32]);

impl Origin {
    pub(super) fn of_signer(signer: &Identifier) -> Self {
        Self(Sha256::new().chain_update([0]).chain_update(signer).finalize().into())
    }

    pub(super) fn of_psk(csb_id: u32) -> Self {
        Self(Sha256::new().chain_update([1]).chain_update(csb_id.to_be_bytes()).finalize().into())
    }

    /// One that was stored.
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

/// A message that was verified, as a cache keeps it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Remembered {
    /// The message.
    pub key: ReplayKey,
    /// T in full seconds.
    pub time: NtpTime,
    /// Who authenticated it.
    pub origin: Origin,
}

/// What has become of a message that was verified.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Standing {
    /// Its key was neither taken nor refused for good: it may be received again.
    Pending,
    /// Its key was taken.
    Accepted,
    /// It was refused for a reason that stays.
    Refused,
}

/// The messages verified so far, kept by the receiver.
///
/// If several share a cache, each call is one step.
pub trait ReplayCache {
    /// Seconds that a T may be from the clock at most. It never changes.
    fn skew(&self) -> u32;

    /// The latest T that the cache has forgotten or may have lost. It goes back by a call alone that says what
    /// it risks.
    fn floor(&self) -> Option<NtpTime>;

    /// What has become of this message; none if the cache doesn't have it.
    fn standing(&self, key: &ReplayKey) -> Option<Standing>;

    /// Remembers a verified message as pending. What can't be fresh at `now` any more may make room for it,
    /// and raises the floor; nothing else may.
    ///
    /// Errors: [`Error::Replayed`] or [`Error::Settled`] for one that isn't pending; [`Error::Forgotten`] for
    /// one that isn't there and whose T isn't after the floor; [`Error::Retries`] for a pending one that came
    /// too often; [`Error::Quota`], [`Error::Full`]; [`Error::Store`].
    fn enter(&mut self, message: &Remembered, now: NtpTime) -> Result<(), Error>;

    /// The outcome of a pending message is final: its key was taken, or it is `refused`.
    ///
    /// Errors: [`Error::Replayed`] for one that isn't pending, because another call was faster or it was
    /// forgotten meanwhile; [`Error::Store`], and then it is as it was.
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
    /// The latest time that its clock had shown when it was lost.
    lost: Option<NtpTime>,
}

/// What a cache is beside its messages.
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
    /// How often it was entered.
    tries: u8,
}

impl MemoryCache {
    /// Seconds of skew, if nothing else is said: five minutes.
    pub const SKEW: u32 = 300;

    /// How often a pending message can be tried. Each costs its receiver a signature and a decapsulation, and
    /// whoever saw it can send it again.
    pub const TRIES: u8 = 16;

    /// An empty cache of a receiver that has never accepted a message. A quarter of its room is one
    /// identifier's at most, and a T may be [`SKEW`](Self::SKEW) from the clock. Around the change of a key
    /// period a user has two identifiers.
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

    /// The same with another largest skew, in seconds. It stays: a cache that is stored and read again has
    /// the skew that it had.
    #[must_use]
    pub fn with_skew(self, skew: u32) -> Self {
        Self { skew, ..self }
    }

    /// The same with room for so many messages of one initiator.
    #[must_use]
    pub fn with_quota(self, quota: usize) -> Self {
        Self { quota, ..self }
    }

    /// The same of a receiver that has lost its cache, or restarts without one: what it could have accepted
    /// until `latest`, a T up to a skew later, is refused.
    ///
    /// It is the latest time that the receiver's clock has shown: now, unless the clock was set back.
    #[must_use]
    pub fn lost_at(self, latest: NtpTime) -> Self {
        Self { lost: self.lost.max(Some(latest)), ..self }
    }

    /// Lowers the floor, for a receiver whose clock once ran ahead and that refuses everything since.
    ///
    /// **What was recorded of a T after the new floor, and is forgotten here, can be replayed.** Delete the
    /// keys that it could bring, or ask for new ones.
    pub const fn lower_floor_and_risk_replays(&mut self, floor: Option<NtpTime>) {
        self.floor = floor;
        self.lost = None;
    }

    /// Lets messages that are pending be tried anew: **what was in their way has been mended**, as when a group was
    /// configured, or a store has room again. Who only repeats a message can't have that.
    pub fn retry_pending(&mut self) {
        let pending = self.entries.values_mut().filter(|entry| entry.standing == Standing::Pending);
        pending.for_each(|entry| entry.tries = 0);
    }

    /// What had a T up to this one is refused, unless it is here.
    #[cfg(feature = "mission-critical")]
    pub(crate) fn raise_floor(&mut self, floor: NtpTime) {
        self.floor = self.floor.max(Some(floor));
    }

    /// All but the messages.
    #[cfg(feature = "stored")]
    pub(crate) const fn state(&self) -> CacheState {
        let Self { capacity, quota, skew, floor, lost, .. } = *self;
        CacheState { capacity, quota, skew, floor, lost }
    }

    /// The messages, what has become of each, and how often it was entered.
    #[cfg(feature = "stored")]
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Remembered, Standing, u8)> {
        self.entries.values().map(|entry| (entry.message, entry.standing, entry.tries))
    }

    /// A cache that was stored, without its messages.
    #[cfg(feature = "stored")]
    pub(crate) fn of_state(state: CacheState) -> Self {
        let CacheState { capacity, quota, skew, floor, lost } = state;
        Self { quota, skew, floor, lost, ..Self::new(capacity) }
    }

    /// A message that was stored; none if it is there already, or there is no room.
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
        // It may have been forgotten since it was looked for.
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
