//! A receiver's store on disk: `Reception` and `SessionReception` take it as it is.

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey::{self, Remembered, ReplayCache, ReplayKey, Standing};
use eccsi_sakke::mission_critical::{Held, KeyId, KeyName, KeyStore, MemoryStore, Received};

use crate::{Error, Folder, Record};

/// Keys, tombstones and the replay cache, all in one record: a key and what became of its message are written together,
/// before the key is given out.
///
/// What is only pending is written with the next key or outcome, not before: a message that was verified and whose
/// outcome wasn't final may be new after a crash, and may be received again anyway.
#[derive(Debug)]
pub struct FileStore(FileCache);

/// The messages of a [`FileStore`].
#[derive(Debug)]
pub struct FileCache {
    memory: MemoryStore,
    record: Record<MemoryStore>,
    /// Why the store failed last.
    failed: Option<Error>,
}

impl FileStore {
    /// A new store, which begins as `store`: for a device that has never received anything.
    ///
    /// **Not after a loss**, unless the cache in it was made with `MemoryCache::lost_at`: it would take what was recorded
    /// for new.
    ///
    /// Errors: as of [`Folder::create`].
    pub fn create(folder: &Folder, name: &str, store: MemoryStore) -> Result<Self, Error> {
        let record = folder.create(name, &store)?;
        Ok(Self(FileCache { memory: store, record, failed: None }))
    }

    /// The store as it was when something was written last.
    ///
    /// Errors: as of [`Folder::read`].
    pub fn open(folder: &Folder, name: &str) -> Result<Self, Error> {
        let (record, memory) = folder.read(name)?;
        Ok(Self(FileCache { memory, record, failed: None }))
    }

    /// What it holds, to read.
    #[must_use]
    pub const fn memory(&self) -> &MemoryStore {
        &self.0.memory
    }

    /// The keys, with their names.
    pub fn keys(&self) -> impl Iterator<Item = (KeyName<'_>, &Received)> {
        self.0.memory.keys()
    }

    /// Changes the store in one transaction: deletes what is over, or lets pending messages be tried anew.
    ///
    /// Errors: as of [`Record::write`]; then nothing was changed here, and the next write decides.
    pub fn change<R>(&mut self, change: impl FnOnce(&mut MemoryStore) -> R) -> Result<R, Error> {
        let mut next = self.0.memory.clone();
        let given = change(&mut next);
        self.0.keep(next)?;
        Ok(given)
    }

    /// Deletes the other keys of no group that this initiator has sent: of a session there is one key at a time.
    ///
    /// Errors: as of [`change`](Self::change).
    pub fn keep_only(&mut self, initiator: &str, id: KeyId, now: NtpTime) -> Result<(), Error> {
        let others = self
            .keys()
            .map(|(name, _)| name)
            .filter(|name| name.initiator == initiator && name.group.is_none() && name.id != id);
        let others: Vec<_> = others.map(|name| name.id).collect();
        if others.is_empty() {
            return Ok(());
        }
        self.change(|store| {
            for id in others {
                store.delete(&KeyName { initiator, group: None, id }, now);
            }
        })
    }

    /// Why the store failed last, where `mikey::Error::Store` is all that reception says.
    pub const fn take_error(&mut self) -> Option<Error> {
        self.0.failed.take()
    }
}

impl FileCache {
    /// Changes the disk, and then the memory. If writing fails, the disk may have either: the next write decides.
    fn keep(&mut self, next: MemoryStore) -> Result<(), Error> {
        self.record.write(&next)?;
        self.memory = next;
        Ok(())
    }

    /// A change that reception makes.
    fn transact(
        &mut self,
        change: impl FnOnce(&mut MemoryStore) -> Result<(), mikey::Error>,
    ) -> Result<(), mikey::Error> {
        let mut next = self.memory.clone();
        change(&mut next)?;
        self.keep(next).map_err(|error| {
            self.failed = Some(error);
            mikey::Error::Store
        })
    }
}

impl ReplayCache for FileCache {
    fn skew(&self) -> u32 {
        self.memory.cache().skew()
    }

    fn floor(&self) -> Option<NtpTime> {
        self.memory.cache().floor()
    }

    fn standing(&self, key: &ReplayKey) -> Option<Standing> {
        self.memory.cache().standing(key)
    }

    fn enter(&mut self, message: &Remembered, now: NtpTime) -> Result<(), mikey::Error> {
        self.memory.cache_mut().enter(message, now)
    }

    fn settle(&mut self, key: &ReplayKey, refused: bool) -> Result<(), mikey::Error> {
        self.transact(|next| next.cache_mut().settle(key, refused))
    }
}

impl KeyStore for FileStore {
    type Cache = FileCache;

    fn cache(&self) -> &FileCache {
        &self.0
    }

    fn cache_mut(&mut self) -> &mut FileCache {
        &mut self.0
    }

    fn held(&self, name: &KeyName<'_>) -> Held {
        self.0.memory.held(name)
    }

    fn key(&self, name: &KeyName<'_>) -> Option<Received> {
        self.0.memory.key(name)
    }

    fn accept(
        &mut self,
        name: &KeyName<'_>,
        received: &Received,
        message: &ReplayKey,
    ) -> Result<(), mikey::Error> {
        self.0.transact(|next| next.accept(name, received, message))
    }

    fn revoke(
        &mut self,
        name: &KeyName<'_>,
        revoked: &Received,
        message: &ReplayKey,
    ) -> Result<(), mikey::Error> {
        self.0.transact(|next| next.revoke(name, revoked, message))
    }
}
