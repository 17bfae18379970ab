//! A folder of sealed records.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eccsi_sakke::stored::{DeviceKey, Label, Opened, Stored};
use getrandom::SysRng;

use crate::Error;

/// The extension of the file of a record.
const RECORD: &str = ".record";

/// The extension of the file that replaces it.
const NEW: &str = ".new";

/// The longest name of a file, without its extension.
const MAX_NAME: usize = 200;

/// A counter for each record that the device keeps elsewhere and that only grows. It reveals an old file that was put
/// back.
pub trait Counter: Send + Sync {
    /// The number that was set last for the record with this name, or 0.
    ///
    /// Errors: those of the device. After an error nothing is read.
    fn least(&self, name: &str) -> io::Result<u64>;

    /// Sets the number, after the record with this number was written to disk.
    ///
    /// Errors: those of the device. The record stays on disk.
    fn set(&self, name: &str, generation: u64) -> io::Result<()>;
}

/// The counter of a device that has none.
#[derive(Clone, Copy, Debug)]
pub struct NoCounter;

impl Counter for NoCounter {
    fn least(&self, _: &str) -> io::Result<u64> {
        Ok(0)
    }

    fn set(&self, _: &str, _: u64) -> io::Result<()> {
        Ok(())
    }
}

/// A folder of records under one device key and for one owner. Only one process can open it. Clones are the same
/// folder.
#[derive(Clone)]
pub struct Folder(Arc<Opening>);

struct Opening {
    path: PathBuf,
    /// The folder itself, for syncing the names in it.
    directory: File,
    /// The lock file, which is locked as long as the folder is open.
    _lock: File,
    device: DeviceKey,
    owner: String,
    counter: Box<dyn Counter>,
}

impl Folder {
    /// Opens the folder, or makes it so that only its user can read it.
    ///
    /// Errors: [`Error::InUse`], [`Error::Io`].
    pub fn open(path: &Path, device: DeviceKey, owner: &str) -> Result<Self, Error> {
        Self::open_with(path, device, owner, NoCounter)
    }

    /// Opens the folder on a device with a counter.
    ///
    /// Errors: those of [`open`](Self::open).
    pub fn open_with(
        path: &Path,
        device: DeviceKey,
        owner: &str,
        counter: impl Counter + 'static,
    ) -> Result<Self, Error> {
        make(path)?;
        let directory = File::open(path).map_err(failed("opening", path))?;
        let lock_path = path.join("lock");
        let lock = OpenOptions::new().create(true).append(true).open(&lock_path);
        let lock = lock.map_err(failed("opening", &lock_path))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Error::InUse(path.into()),
            TryLockError::Error(source) => failed("locking", &lock_path)(source),
        })?;
        // Remove files whose process was killed while it wrote them.
        for entry in fs::read_dir(path).map_err(failed("listing", path))? {
            let file = entry.map_err(failed("listing", path))?.path();
            if file.extension().is_some_and(|extension| extension == &NEW[1..]) {
                fs::remove_file(&file).map_err(failed("removing", &file))?;
            }
        }
        Ok(Self(Arc::new(Opening {
            path: path.into(),
            directory,
            _lock: lock,
            device,
            owner: owner.into(),
            counter: Box::new(counter),
        })))
    }

    /// The record with this name, which must exist, and its value.
    ///
    /// Errors: [`Error::Missing`], [`Error::Lost`], [`Error::Record`], [`Error::Name`], [`Error::Io`].
    pub fn read<T: Stored>(&self, name: &str) -> Result<(Record<T>, T), Error> {
        let (path, least) = (self.path(name)?, self.least(name)?);
        let octets = match fs::read(&path) {
            Ok(octets) => octets,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let missing = if least == 0 { Error::Missing } else { Error::Lost };
                return Err(missing(name.into()));
            }
            Err(error) => return Err(failed("reading", &path)(error)),
        };
        let label = Label { owner: &self.owner_of(name), generation: least };
        let opened = self.0.device.open::<T>(&octets, label);
        let Opened { value, generation } =
            opened.map_err(|source| Error::Record { name: name.into(), source })?;
        Ok((self.record(name, path, generation), value))
    }

    /// A new record with this name, which must not exist.
    ///
    /// After a loss, do not create a record as for a new device: the value must know of the loss, as with
    /// `MemoryCache::lost_at`.
    ///
    /// Errors: [`Error::Exists`], [`Error::Record`], [`Error::Name`], [`Error::Io`].
    pub fn create<T: Stored>(&self, name: &str, value: &T) -> Result<Record<T>, Error> {
        self.must_lack(name)?;
        self.replaced(name, value)
    }

    /// Errors: [`Error::Exists`] if a record with this name exists; [`Error::Name`], [`Error::Io`].
    pub(crate) fn must_lack(&self, name: &str) -> Result<(), Error> {
        let path = self.path(name)?;
        let exists = path.try_exists().map_err(failed("looking for", &path))?;
        if exists { Err(Error::Exists(name.into())) } else { Ok(()) }
    }

    /// Writes this value under this name. It replaces an existing record, even one that does not open.
    ///
    /// Errors: [`Error::Name`], [`Error::Record`], [`Error::Io`].
    pub fn put<T: Stored>(&self, name: &str, value: &T) -> Result<Record<T>, Error> {
        match self.read::<T>(name) {
            Ok((mut record, _)) => record.write(value).map(|()| record),
            Err(Error::Missing(_) | Error::Lost(_) | Error::Record { .. }) => {
                self.replaced(name, value)
            }
            Err(error) => Err(error),
        }
    }

    /// The record with this name. If it does not exist, `make` makes its value.
    ///
    /// Errors: those of [`read`](Self::read) and [`create`](Self::create).
    pub fn read_or_create<T: Stored, E: From<Error>>(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<(Record<T>, T), E> {
        match self.read(name) {
            Err(Error::Missing(_)) => {
                let value = make()?;
                Ok((self.create(name, &value)?, value))
            }
            read => Ok(read?),
        }
    }

    /// Removes the record with this name, if it exists.
    ///
    /// The deleted data may still be on the medium, because file systems and disks keep copies.
    ///
    /// Errors: [`Error::Name`], [`Error::Io`].
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        let path = self.path(name)?;
        for path in [path.with_extension(&NEW[1..]), path] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("removing", &path)(error));
                }
                _ => {}
            }
        }
        self.sync()
    }

    /// The names of all records, sorted.
    ///
    /// Errors: [`Error::Io`].
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let path = &self.0.path;
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(failed("listing", path))? {
            let file = entry.map_err(failed("listing", path))?.file_name();
            names.extend(file.to_str().and_then(|file| unescaped(file.strip_suffix(RECORD)?)));
        }
        names.sort();
        Ok(names)
    }

    /// Writes a record without reading the old one. Only the counter gives its generation.
    fn replaced<T: Stored>(&self, name: &str, value: &T) -> Result<Record<T>, Error> {
        let mut record = self.record(name, self.path(name)?, self.least(name)?);
        record.write(value)?;
        Ok(record)
    }

    fn least(&self, name: &str) -> Result<u64, Error> {
        self.0.counter.least(name).map_err(failed("counting", &self.0.path))
    }

    fn record<T>(&self, name: &str, path: PathBuf, generation: u64) -> Record<T> {
        Record { folder: self.clone(), name: name.into(), path, generation, holds: PhantomData }
    }

    fn path(&self, name: &str) -> Result<PathBuf, Error> {
        let file = escaped(name);
        if file.is_empty() || file.len() > MAX_NAME {
            return Err(Error::Name(name.into()));
        }
        Ok(self.0.path.join(file + RECORD))
    }

    /// The owner in the record. It contains the name of the record, so that its file cannot replace that of another
    /// record.
    fn owner_of(&self, name: &str) -> String {
        format!("{} {name}", self.0.owner)
    }

    fn sync(&self) -> Result<(), Error> {
        self.0.directory.sync_all().map_err(failed("syncing", &self.0.path))
    }
}

impl std::fmt::Debug for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Folder").field("path", &self.0.path).finish_non_exhaustive()
    }
}

/// A record in a folder, for values of one type. You get it by reading or making its file.
#[derive(Debug)]
pub struct Record<T> {
    folder: Folder,
    name: String,
    path: PathBuf,
    generation: u64,
    holds: PhantomData<fn() -> T>,
}

impl<T: Stored> Record<T> {
    /// Replaces the value. When this function has returned, the value is on disk.
    ///
    /// Errors: [`Error::Record`], [`Error::Io`]. After an error either the old or the new value is on disk. Write it
    /// again.
    pub fn write(&mut self, value: &T) -> Result<(), Error> {
        // Every attempt gets its own number.
        self.generation += 1;
        let Opening { device, counter, .. } = &*self.folder.0;
        let owner = self.folder.owner_of(&self.name);
        let label = Label { owner: &owner, generation: self.generation };
        let octets = device
            .try_seal(value, label, &mut SysRng)
            .map_err(|source| Error::Record { name: self.name.clone(), source })?;
        let new = self.path.with_extension(&NEW[1..]);
        let written = || {
            let mut file = File::create(&new)?;
            file.write_all(&octets)?;
            file.sync_all()
        };
        written().map_err(failed("writing", &new))?;
        fs::rename(&new, &self.path).map_err(failed("renaming", &new))?;
        self.folder.sync()?;
        counter.set(&self.name, self.generation).map_err(failed("counting", &self.path))
    }
}

/// Makes a folder that only its user can read, if it does not exist, and syncs the names of all folders that it makes.
fn make(path: &Path) -> Result<(), Error> {
    let missing: Vec<_> = path.ancestors().take_while(|path| !path.exists()).collect();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(failed("making", path))?;
    missing.into_iter().try_for_each(sync_name)
}

/// Syncs the parent folder of a file or folder, and so its name.
pub(crate) fn sync_name(path: &Path) -> Result<(), Error> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    let synced = File::open(parent).and_then(|parent| parent.sync_all());
    synced.map_err(failed("syncing", parent))
}

pub(crate) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::Io { doing, path, source }
}

/// The name as the name of a file. Small letters, digits, `-` and `_` stay as they are; every other octet becomes %HH.
/// Capital letters are escaped because some file systems do not distinguish them from small letters.
fn escaped(name: &str) -> String {
    let mut file = String::with_capacity(name.len());
    for octet in name.bytes() {
        if octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-' || octet == b'_' {
            file.push(octet.into());
        } else {
            // Writing to a string does not fail.
            let _ = write!(file, "%{octet:02x}");
        }
    }
    file
}

/// The name of the record in a file with this name, or `None` if this module did not make the file.
fn unescaped(file: &str) -> Option<String> {
    let mut name = Vec::with_capacity(file.len());
    let mut octets = file.bytes();
    while let Some(octet) = octets.next() {
        name.push(if octet == b'%' {
            let digits = [octets.next()?, octets.next()?];
            u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
        } else {
            octet
        });
    }
    String::from_utf8(name).ok()
}
