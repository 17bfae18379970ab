//! State that survives a restart: keys, certificates and caches in records that a device seals with its own key.
//!
//! | kind | content | type |
//! |---|---|---|
//! | 1 | KSAK of a KMS | [`eccsi::KmsSecretKey`] |
//! | 2 | z of a KMS | [`sakke::KmsSecretKey`] |
//! | 3 | TrK and InK, both in use and offered | [`KeyRing`] |
//! | 4 | a key set | [`KeySetParts`], from which [`KeySetParts::validate`] makes a `KeySet` again |
//! | 5 | certificates and revocations | [`CertificateStore`] |
//! | 6 | a key that was made here, such as a group key with its RAND | [`Key`] |
//! | 7 | a key that was received | [`Received`] |
//! | 8 | a replay cache with its floor, skew and quota | [`MemoryCache`] |
//! | 9 | a receiver's store: keys, tombstones and the cache | [`MemoryStore`] |
//!
//! A record states its kind, version, owner, device key and generation in clear, and is refused unless they are the
//! expected ones: see [`DeviceKey`]. **The application writes the record.** Write it to a new file, sync the file, and
//! rename it over the old one. Then a crash leaves either the old record or the new one whole.
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
//! // A counter that the device keeps reveals a record that was put back.
//! let later = Label { generation: 8, ..label };
//! assert_eq!(device.open::<Key>(&record, later).err(), Some(Error::Generation));
//! # Ok::<(), Error>(())
//! ```
//!
//! # The damage that an old record does
//!
//! An attacker who can write to the storage can put an older record in the place of the last one. Only a counter that
//! never decreases reveals this; cryptography cannot. An old cache or store accepts again what was received since then:
//! recorded messages, and keys that were revoked or deleted. An old [`KeyRing`] brings back keys that were replaced. An
//! old [`CertificateStore`] undoes a revocation. KSAK, z, key sets and group keys do not change, so old records of them
//! do no harm.

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

/// The kind of value that a record contains.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// The KSAK of a KMS.
    Ksak,
    /// The secret z of a KMS.
    Z,
    /// The transport keys and integrity keys TrK and InK.
    KeyRing,
    /// A key set.
    KeySet,
    /// Certificates of KMSs.
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
    /// The number of the kind in a record.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }
}

/// A type with a stored form.
pub trait Stored: fields_of::Fields {
    /// The kind of its records.
    const KIND: Kind;
}

/// The fields of a type. Only this crate writes and reads them.
mod fields_of {
    use super::{Error, Reader, Writer};

    pub trait Fields: Sized {
        fn write(&self, out: &mut Writer) -> Result<(), Error>;
        fn read(reader: &mut Reader<'_>) -> Result<Self, Error>;
    }
}
