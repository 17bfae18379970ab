//! The store of a receiver: the keys, and the outcomes of the messages that carried them (TS 33.180 5.7, RFC 3830
//! section 5.4).

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use subtle::ConstantTimeEq;

use super::{Error, KeyId, Received};
use crate::identifier::NtpTime;
use crate::mikey::{self, MemoryCache, ReplayCache, ReplayKey, Standing};

/// The name of a key at its receiver. The identifier alone is not enough: two servers may choose the same identifier,
/// and so may one server for two groups.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyName<'a> {
    /// The URI of the user who made the key. For a GMK this is the GMS.
    pub initiator: &'a str,
    /// The group of a GMK, or `None` for any other key.
    pub group: Option<&'a [u8]>,
    /// The identifier of the key. For a GMK this is the GMK-ID.
    pub id: KeyId,
}

/// What a store contains under a name.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Held {
    /// Nothing.
    Nothing,
    /// A key.
    Key,
    /// A tombstone: the key was revoked or deleted, and no message brings it back.
    Gone,
}

/// The memory of a receiver: the keys, and a cache of the messages.
///
/// A key and the outcome of its message change in **one transaction**. If the transaction fails, nothing has changed
/// and the message can be received again.
pub trait KeyStore {
    /// The type of the cache.
    type Cache: ReplayCache;

    /// The cache of the messages.
    fn cache(&self) -> &Self::Cache;

    /// The cache of the messages.
    fn cache_mut(&mut self) -> &mut Self::Cache;

    /// What the store contains under this name.
    fn held(&self, name: &KeyName<'_>) -> Held;

    /// The key that is stored under this name. It is needed to receive a GSK under a GMK.
    fn key(&self, name: &KeyName<'_>) -> Option<Received>;

    /// Stores the key that a message carried, and settles the message as accepted.
    ///
    /// Errors: those of [`ReplayCache::settle`]; [`mikey::Error::Store`], which leaves everything unchanged.
    fn accept(
        &mut self,
        name: &KeyName<'_>,
        received: &Received,
        message: &ReplayKey,
    ) -> Result<(), mikey::Error>;

    /// Deletes the key because its GMS says in this message that it is revoked, leaves a tombstone, and settles the
    /// message as refused. If another key is stored under the name, it stays, because it is not the revoked key.
    ///
    /// Errors: those of [`accept`](Self::accept).
    fn revoke(
        &mut self,
        name: &KeyName<'_>,
        revoked: &Received,
        message: &ReplayKey,
    ) -> Result<(), mikey::Error>;
}

/// Stores the key of a message under its name if it was accepted so far, or settles a final refusal.
pub(super) fn take<'n, S: KeyStore + ?Sized>(
    store: &mut S,
    checked: Result<Received, Error>,
    name: impl Fn(&Received) -> KeyName<'n>,
    message: &ReplayKey,
) -> Result<Received, Error> {
    let checked = checked.and_then(|received| match store.held(&name(&received)) {
        Held::Gone => Err(Error::Revoked),
        Held::Nothing | Held::Key => Ok(received),
    });
    match &checked {
        Ok(received) => store.accept(&name(received), received, message)?,
        // The store has already settled the message of a revocation.
        Err(error) if error.is_final() && store.cache().standing(message) == PENDING => {
            store.cache_mut().settle(message, true)?;
        }
        Err(_) => {}
    }
    checked
}

/// The outcome of a message before it is settled.
const PENDING: Option<Standing> = Some(Standing::Pending);

/// A store in memory, for a limited number of keys.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    cache: MemoryCache,
    records: BTreeMap<OwnedName, Record>,
    capacity: usize,
    /// The number of keys without a group that one initiator may have in the store.
    quota: usize,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct OwnedName {
    initiator: String,
    group: Option<Vec<u8>>,
    id: KeyId,
}

#[derive(Clone, Debug)]
enum Record {
    Key(Received),
    /// The latest T of a message about it.
    Gone(NtpTime),
}

impl OwnedName {
    fn as_name(&self) -> KeyName<'_> {
        let Self { initiator, group, id } = self;
        KeyName { initiator, group: group.as_deref(), id: *id }
    }
}

impl From<&KeyName<'_>> for OwnedName {
    fn from(name: &KeyName<'_>) -> Self {
        let KeyName { initiator, group, id } = *name;
        Self { initiator: initiator.into(), group: group.map(Into::into), id }
    }
}

impl MemoryStore {
    /// A store with room for this number of keys, including tombstones.
    ///
    /// Any user can send keys of calls and sessions. Such keys of one initiator use at most a quarter of the room, and
    /// those of all initiators at most half; the rest is reserved for keys of groups. A tombstone stays for three
    /// skews, so a client that deletes the key of each call needs room for the calls of that time.
    #[must_use]
    pub const fn new(cache: MemoryCache, keys: usize) -> Self {
        Self { cache, records: BTreeMap::new(), capacity: keys, quota: keys.div_ceil(4) }
    }

    /// The same store with room for `quota` keys of calls and sessions of one initiator.
    #[must_use]
    pub fn with_quota(self, quota: usize) -> Self {
        Self { quota, ..self }
    }

    /// The quota.
    #[cfg(feature = "stored")]
    pub(crate) const fn quota(&self) -> usize {
        self.quota
    }

    /// The key with this name.
    #[must_use]
    pub fn get(&self, name: &KeyName<'_>) -> Option<&Received> {
        match self.records.get(&name.into()) {
            Some(Record::Key(received)) => Some(received),
            _ => None,
        }
    }

    /// The keys, with their names.
    pub fn keys(&self) -> impl Iterator<Item = (KeyName<'_>, &Received)> {
        self.records.iter().filter_map(|(name, record)| {
            let Record::Key(received) = record else { return None };
            Some((name.as_name(), received))
        })
    }

    /// The keys of a group from this GMS. Choose among them with [`in_force`](super::in_force).
    pub fn of_group(&self, initiator: &str, group: &[u8]) -> impl Iterator<Item = &Received> {
        let is_its =
            move |name: &KeyName<'_>| name.initiator == initiator && name.group == Some(group);
        self.keys().filter(move |(name, _)| is_its(name)).map(|(_, received)| received)
    }

    /// The key of a group from this GMS that was received last, by T of its message, as ProSe requires. Keys that have
    /// expired at `now` are ignored.
    #[must_use]
    pub fn last_received(&self, initiator: &str, group: &[u8], now: NtpTime) -> Option<&Received> {
        let alive = self.of_group(initiator, group).filter(|key| !key.validity().has_expired(now));
        alive.max_by_key(|key| key.time())
    }

    /// Deletes a key at the time `now`, for example when it has expired or the user has left the group. A tombstone
    /// stays until no message with the key that was sent before `now` can be fresh.
    pub fn delete(&mut self, name: &KeyName<'_>, now: NtpTime) {
        let latest = now.saturating_add(self.cache.skew().into());
        if let Some(record) = self.records.get_mut(&name.into())
            && let Record::Key(received) = record
        {
            *record = Record::Gone(received.time().max(latest));
        }
    }

    /// Deletes the keys of a group that are superseded at `now`: those that came into force before the key that
    /// [`in_force`](super::in_force) would choose, even if they arrived after it. Keys that are not in force yet stay.
    /// If no key has an activation time, only the key that was received last, by T of its message, stays.
    pub fn delete_superseded(&mut self, initiator: &str, group: &[u8], now: NtpTime) {
        let validities = self.of_group(initiator, group).map(Received::validity);
        let in_force = validities.filter(|key| key.contains(now));
        let Some(best) = in_force.map(|key| key.rank()).max() else { return };
        let superseded = self.of_group(initiator, group).filter(|key| key.validity().rank() < best);
        let superseded: Vec<KeyId> = superseded.map(|key| key.key().id()).collect();
        for id in superseded {
            self.delete(&KeyName { initiator, group: Some(group), id }, now);
        }
    }

    /// The number of keys and tombstones for which the store has room.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// The names of the tombstones, each with the latest T of a message about the key.
    pub fn tombstones(&self) -> impl Iterator<Item = (KeyName<'_>, NtpTime)> {
        self.records.iter().filter_map(|(name, record)| match record {
            Record::Gone(last) => Some((name.as_name(), *last)),
            Record::Key(_) => None,
        })
    }

    /// Adds a key that was stored. Returns whether there was room and the name was free.
    #[cfg(feature = "stored")]
    pub(crate) fn put_back(&mut self, name: &KeyName<'_>, received: Received) -> bool {
        self.put_record_back(name, Record::Key(received))
    }

    /// The same as [`put_back`](Self::put_back) for a tombstone.
    #[cfg(feature = "stored")]
    pub(crate) fn put_tombstone_back(&mut self, name: &KeyName<'_>, last: NtpTime) -> bool {
        self.put_record_back(name, Record::Gone(last))
    }

    #[cfg(feature = "stored")]
    fn put_record_back(&mut self, name: &KeyName<'_>, record: Record) -> bool {
        self.records.len() < self.capacity && self.records.insert(name.into(), record).is_none()
    }

    /// Makes room for this name if necessary. As a message with this T is fresh, older tombstones may be removed if no
    /// fresh message can be as old as they are. The floor of the cache then refuses the messages that the tombstones
    /// refused, in case the clock is set back.
    ///
    /// Errors: [`mikey::Error::Quota`], [`mikey::Error::Full`].
    fn make_room(&mut self, name: &OwnedName, time: NtpTime) -> Result<(), mikey::Error> {
        if self.records.contains_key(name) {
            return Ok(());
        }
        if self.lacks_room(name).is_some() {
            // T of this message is within the skew of the clock, and so is T of every fresh message.
            let distance = 2 * u64::from(self.cache.skew());
            let is_over = |record: &Record| match record {
                Record::Key(_) => None,
                Record::Gone(last) => (last.saturating_add(distance) < time).then_some(*last),
            };
            if let Some(floor) = self.records.values().filter_map(is_over).max() {
                self.cache.raise_floor(floor);
            }
            self.records.retain(|_, record| is_over(record).is_none());
        }
        self.lacks_room(name).map_or(Ok(()), Err)
    }

    /// The reason for refusing another name of this kind, or `None` if there is room for it.
    fn lacks_room(&self, name: &OwnedName) -> Option<mikey::Error> {
        if self.records.len() >= self.capacity {
            return Some(mikey::Error::Full);
        }
        if name.group.is_some() {
            return None;
        }
        let of_no_group = self.records.keys().filter(|held| held.group.is_none());
        let of_initiator = of_no_group.clone().filter(|held| held.initiator == name.initiator);
        if of_initiator.count() >= self.quota {
            Some(mikey::Error::Quota)
        } else if of_no_group.count() >= self.capacity.div_ceil(2) {
            Some(mikey::Error::Full)
        } else {
            None
        }
    }
}

impl KeyStore for MemoryStore {
    type Cache = MemoryCache;

    fn cache(&self) -> &MemoryCache {
        &self.cache
    }

    fn cache_mut(&mut self) -> &mut MemoryCache {
        &mut self.cache
    }

    fn held(&self, name: &KeyName<'_>) -> Held {
        match self.records.get(&name.into()) {
            None => Held::Nothing,
            Some(Record::Key(_)) => Held::Key,
            Some(Record::Gone(_)) => Held::Gone,
        }
    }

    fn key(&self, name: &KeyName<'_>) -> Option<Received> {
        self.get(name).cloned()
    }

    fn accept(
        &mut self,
        name: &KeyName<'_>,
        received: &Received,
        message: &ReplayKey,
    ) -> Result<(), mikey::Error> {
        let name = OwnedName::from(name);
        self.make_room(&name, received.time())?;
        self.cache.settle(message, false)?;
        self.records.insert(name, Record::Key(received.clone()));
        Ok(())
    }

    fn revoke(
        &mut self,
        name: &KeyName<'_>,
        revoked: &Received,
        message: &ReplayKey,
    ) -> Result<(), mikey::Error> {
        let (name, time) = (OwnedName::from(name), revoked.time());
        let last = match self.records.get(&name) {
            Some(Record::Key(held)) if !bool::from(held.key().ct_eq(revoked.key())) => {
                return self.cache.settle(message, true);
            }
            Some(Record::Key(held)) => held.time().max(time),
            Some(Record::Gone(last)) => time.max(*last),
            None => time,
        };
        self.make_room(&name, time)?;
        self.cache.settle(message, true)?;
        self.records.insert(name, Record::Gone(last));
        Ok(())
    }
}
