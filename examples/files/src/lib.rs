//! State on disk: sealed records in a folder, each replaced so that a crash leaves the old one or the new one whole.
//!
//! The crate `eccsi-sakke` seals and opens records and does no I/O. This package is the I/O that goes with it, for
//! programs with a file system: read it, use it as it is, or copy it.
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
//! // Once, when the device is set up. The device key comes from where the device keeps it.
//! let folder = Folder::open(&path, device.clone(), "sip:alice@example.org")?;
//! let store = FileStore::create(&folder, "store", MemoryStore::new(MemoryCache::new(1000), 100))?;
//! drop((store, folder));
//!
//! // At every start after that. The store is given to `Reception` as it is.
//! let folder = Folder::open(&path, device, "sip:alice@example.org")?;
//! let store = FileStore::open(&folder, "store")?;
//! assert_eq!(store.keys().count(), 0);
//! # std::fs::remove_dir_all(&path).expect("a folder");
//! # Ok::<(), eccsi_sakke_files::Error>(())
//! ```
//!
//! # What it promises
//!
//! * A record is written to a new file, which is synced and then renamed over the old one; then the folder is synced.
//!   Whenever the process or the machine stops, the old record is there or the new one, whole. `tests/order.rs` watches
//!   the system calls, and `tests/kill` kills processes while they write.
//! * What a function has returned is on disk: a key that was received, a ring that offers a new key.
//! * Of each record the name and the owner are sealed with it: the files of two records can't be exchanged.
//! * A folder has one process at a time.
//!
//! It is for Unix, where a folder can be synced, and relies on a file system that renames in one step and keeps what was
//! synced. Without a [`Counter`] it can't know
//! that an old file was put back: see `eccsi_sakke::stored`.

#![forbid(unsafe_code)]
#![warn(missing_docs, clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::missing_errors_doc, reason = "a line `Errors:` says them")]

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
