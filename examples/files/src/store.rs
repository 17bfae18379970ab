//! The store of a receiver on disk. `Reception` and `SessionReception` take it as it is.

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey::{self, Remembered, ReplayCache, ReplayKey, Standing};
use eccsi_sakke::mission_critical::{Held, KeyId, KeyName, KeyStore, MemoryStore, Received};

use crate::{Error, Folder, Record};

/// Keys, tombstones and the replay cache in one record. A key and the outcome of its message are written together,
/// before the key is returned.
///
/// A pending message is only written together with the next key or outcome. After a crash it may be new, which does no
/// harm, because a pending message may be received again anyway.
#[derive(Debug)]
pub struct FileStore(FileCache);

/// The replay cache of a [`FileStore`].
#[derive(Debug)]
pub struct FileCache {
    memory: MemoryStore,
    record: Record<MemoryStore>,
    /// The last error of the store.
    failed: Option<Error>,
}

impl FileStore {
    /// A new store with the content of `store`, for a device that has never received anything.
    ///
    /// **Do not use it after a loss**, unless the cache in `store` was made with `MemoryCache::lost_at`. Otherwise the
    /// store accepts recorded messages as new.
    ///
    /// Errors: those of [`Folder::create`].
    pub fn create(folder: &Folder, name: &str, store: MemoryStore) -> Result<Self, Error> {
        let record = folder.create(name, &store)?;
        Ok(Self(FileCache { memory: store, record, failed: None }))
    }

    /// The store as it was last written.
    ///
    /// Errors: those of [`Folder::read`].
    pub fn open(folder: &Folder, name: &str) -> Result<Self, Error> {
        let (record, memory) = folder.read(name)?;
        Ok(Self(FileCache { memory, record, failed: None }))
    }

    /// The content of the store.
    #[must_use]
    pub const fn memory(&self) -> &MemoryStore {
        &self.0.memory
    }

    /// The keys and their names.
    pub fn keys(&self) -> impl Iterator<Item = (KeyName<'_>, &Received)> {
        self.0.memory.keys()
    }

    /// Changes the store in one transaction, for example to delete expired keys or to let pending messages be tried
    /// again.
    ///
    /// Errors: those of [`Record::write`]. After an error the store in memory is unchanged. The disk may have the old
    /// or the new content until the next write.
    pub fn change<R>(&mut self, change: impl FnOnce(&mut MemoryStore) -> R) -> Result<R, Error> {
        let mut next = self.0.memory.clone();
        let given = change(&mut next);
        self.0.keep(next)?;
        Ok(given)
    }

    /// Deletes the other keys without a group from this initiator, because a session has only one key at a time.
    ///
    /// Errors: those of [`change`](Self::change).
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

    /// Takes the last error of the store, for which reception only returns `mikey::Error::Store`.
    pub const fn take_error(&mut self) -> Option<Error> {
        self.0.failed.take()
    }
}

impl FileCache {
    /// Changes the disk, and then the memory. If writing fails, the disk may have the old or the new content until the
    /// next write.
    fn keep(&mut self, next: MemoryStore) -> Result<(), Error> {
        self.record.write(&next)?;
        self.memory = next;
        Ok(())
    }

    /// A change by reception.
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
