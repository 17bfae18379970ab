//! State that survives a restart: keys, certificates and caches as records that a device seals with a key of its own.
//!
//! | kind | what | type |
//! |---|---|---|
//! | 1 | KSAK of a KMS | [`eccsi::KmsSecretKey`] |
//! | 2 | z of a KMS | [`sakke::KmsSecretKey`] |
//! | 3 | TrK and InK, in use and offered | [`KeyRing`] |
//! | 4 | a key set | [`KeySetParts`], of which [`KeySetParts::validate`] makes a `KeySet` again |
//! | 5 | certificates and revocations | [`CertificateStore`] |
//! | 6 | a group key with its RAND, or another key that was made here | [`Key`] |
//! | 7 | a key that was received | [`Received`] |
//! | 8 | a replay cache, with its floor, skew and quota | [`MemoryCache`] |
//! | 9 | a receiver's store: keys, tombstones and the cache | [`MemoryStore`] |
//!
//! A record says in clear of which kind, version and owner it is, under which device key, and of which generation, and
//! is refused if it isn't as expected: see [`DeviceKey`]. **Writing it is the application's**: to a new file that is
//! synced, then renamed over the old one, so that a crash leaves the one or the other whole.
//!
//! ```
//! use eccsi_sakke::mission_critical::{Key, Purpose};
//! use eccsi_sakke::stored::{DeviceKey, Error, Label};
//! use getrandom::{SysRng, rand_core::UnwrapErr};
//!
//! let mut rng = UnwrapErr(SysRng);
//! let device = DeviceKey::generate(1, &mut rng);
//! let gmk = Key::generate(Purpose::Gmk, &mut rng);
//!
//! let label = Label { owner: "sip:gms@example.org", generation: 7 };
//! let record = device.seal(&gmk, label, &mut rng)?;
//! let opened = device.open::<Key>(&record, label)?;
//! assert_eq!(opened.value.id(), gmk.id());
//!
//! // One that was put back is known by a counter that the device keeps.
//! let later = Label { generation: 8, ..label };
//! assert_eq!(device.open::<Key>(&record, later).err(), Some(Error::Generation));
//! # Ok::<(), Error>(())
//! ```
//!
//! # What a record that is put back costs
//!
//! Without a counter that only grows, who can write to the storage puts an older record in the place of the last one,
//! and no cryptography notices. Of a cache and a store that lets in again what was received since: a message that was
//! recorded, a key that was revoked or deleted. Of a [`KeyRing`] it brings back keys that were replaced. Of a
//! [`CertificateStore`] it undoes a revocation. KSAK, z, key sets and group keys are what they were.

mod error;
mod fields;
mod keys;
mod kms;
mod received;
mod record;

pub use error::Error;
pub use record::{DeviceKey, Label, Opened};

use fields::{Reader, Writer};

#[cfg(doc)]
use crate::{
    eccsi,
    kms::{CertificateStore, KeyRing, KeySetParts},
    mikey::MemoryCache,
    mission_critical::{Key, MemoryStore, Received},
    sakke,
};

/// What a record holds.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// KSAK.
    Ksak,
    /// z.
    Z,
    /// TrK and InK.
    KeyRing,
    /// A key set.
    KeySet,
    /// Certificates.
    Certificates,
    /// A key that was made here.
    Key,
    /// A key that was received.
    Received,
    /// A replay cache.
    Cache,
    /// A receiver's store.
    Store,
}

impl Kind {
    /// Its number in a record.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }
}

/// A type that has a stored form.
pub trait Stored: fields_of::Fields {
    /// The kind of its records.
    const KIND: Kind;
}

/// The fields of a type, which only this crate writes and reads.
mod fields_of {
    use super::{Error, Reader, Writer};

    pub trait Fields: Sized {
        fn write(&self, out: &mut Writer) -> Result<(), Error>;
        fn read(reader: &mut Reader<'_>) -> Result<Self, Error>;
    }
}
