//! A device key in a file, for devices without a better place for it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process;

use eccsi_sakke::stored::{self, DeviceKey};
use getrandom::{SysRng, rand_core::TryRng};
use zeroize::Zeroizing;

use crate::Error;
use crate::folder::{failed, sync_name};

/// The device key with this identifier from a file. If the file does not exist, the function makes it with a fresh key.
/// Only its user can read the file, and the file never exists in part.
///
/// **Anybody who can read the file can open every record.** If the device has a key store, keep the key there instead.
///
/// Errors: [`Error::Io`]; [`Error::Record`] for a file of another length, or if the random generator fails.
pub fn device_key(file: &Path, id: u32) -> Result<DeviceKey, Error> {
    let refused = |source| Error::Record { name: file.display().to_string(), source };
    if !file.try_exists().map_err(failed("looking for", file))? {
        let mut octets = Zeroizing::new([0; DeviceKey::LEN]);
        let random = SysRng.try_fill_bytes(octets.as_mut_slice());
        random.map_err(|_| refused(stored::Error::Randomness))?;
        make(file, octets.as_slice())?;
    }
    // If two processes make the file at the same time, both read the one that was made first.
    let octets = Zeroizing::new(fs::read(file).map_err(failed("reading", file))?);
    let octets = octets.as_slice().try_into().map_err(|_| refused(stored::Error::Record))?;
    Ok(DeviceKey::new(id, octets))
}

/// Makes the whole file, unless it exists.
fn make(file: &Path, octets: &[u8]) -> Result<(), Error> {
    let new = file.with_extension(format!("{}.new", process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // A killed process may have left such a file.
    let _ = fs::remove_file(&new);
    let written = options.open(&new).and_then(|mut new| {
        new.write_all(octets)?;
        new.sync_all()
    });
    written.map_err(failed("writing", &new))?;
    // Linking, unlike renaming, never replaces an existing file.
    let linked = fs::hard_link(&new, file).or_else(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) }
    });
    fs::remove_file(&new).map_err(failed("removing", &new))?;
    linked.map_err(failed("making", file))?;
    sync_name(file)
}
