//! State on disk: sealed records in a folder. A crash leaves either the old or the new version of each record whole.
//!
//! The crate `eccsi-sakke` seals and opens records and does no I/O. This package adds the I/O for programs with a file
//! system. You can use it as it is, or copy it.
//!
//! ```
//! use eccsi_sakke::mikey::MemoryCache;
//! use eccsi_sakke::mission_critical::MemoryStore;
//! use eccsi_sakke::stored::DeviceKey;
//! use eccsi_sakke_files::{FileStore, Folder};
//! # use getrandom::{SysRng, rand_core::UnwrapErr};
//!
//! # let path = std::env::temp_dir().join(format!("eccsi-sakke-files-{}", std::process::id()));
//! # let device = DeviceKey::generate(1, &mut UnwrapErr(SysRng));
//! // Once, when the device is set up. The device key comes from the key store of the device.
//! let folder = Folder::open(&path, device.clone(), "sip:alice@example.org")?;
//! let store = FileStore::create(&folder, "store", MemoryStore::new(MemoryCache::new(1000), 100))?;
//! drop((store, folder));
//!
//! // At every later start. `Reception` takes the store as it is.
//! let folder = Folder::open(&path, device, "sip:alice@example.org")?;
//! let store = FileStore::open(&folder, "store")?;
//! assert_eq!(store.keys().count(), 0);
//! # std::fs::remove_dir_all(&path).expect("a folder");
//! # Ok::<(), eccsi_sakke_files::Error>(())
//! ```
//!
//! # Guarantees
//!
//! * A record is written to a new file. The file is synced and renamed over the old one, and then the folder is synced.
//!   Whenever the process or the machine stops, either the old or the new record exists whole. `tests/order.rs` checks
//!   the system calls, and `tests/kill` kills processes while they write.
//! * When a function returns a value, the value is on disk, for example a received key or a ring that offers a new key.
//! * The name and the owner of a record are sealed with it, so an attacker cannot exchange the files of two records.
//! * Only one process at a time can open a folder.
//!
//! The package is for Unix, where a folder can be synced. It relies on a file system that renames atomically and keeps
//! synced data. Without a [`Counter`] it cannot detect that an old file was put back: see `eccsi_sakke::stored`.

#![forbid(unsafe_code)]
#![warn(missing_docs, clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::missing_errors_doc, reason = "a line `Errors:` lists them")]

mod device_key;
mod error;
mod folder;
mod issued;
mod store;
mod user;

pub use device_key::device_key;
pub use error::Error;
pub use folder::{Counter, Folder, NoCounter, Record};
pub use issued::{forget_issued_before, issued};
pub use store::{FileCache, FileStore};
pub use user::{KmsUser, Line, People};
