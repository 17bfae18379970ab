//! A device key in a file, for devices that have no other place for it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use eccsi_sakke::stored::{self, DeviceKey};
use getrandom::{SysRng, rand_core::TryRng};

use crate::Error;
use crate::folder::failed;

/// The device key of this identifier in a file, which is made at the first start, for its user alone.
///
/// **Whoever can read the file can open every record.** A device that has a key store keeps the key there.
///
/// Errors: [`Error::Io`]; [`Error::Record`] for a file of another length, or without a generator.
pub fn device_key(file: &Path, id: u32) -> Result<DeviceKey, Error> {
    let refused = |source| Error::Record { name: file.display().to_string(), source };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(mut new) => {
            let mut octets = [0; DeviceKey::LEN];
            SysRng.try_fill_bytes(&mut octets).map_err(|_| refused(stored::Error::Randomness))?;
            let key = DeviceKey::new(id, &octets);
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            let written = new
                .write_all(&octets)
                .and_then(|()| new.sync_all())
                .and_then(|()| File::open(folder.unwrap_or(Path::new(".")))?.sync_all());
            octets.fill(0);
            written.map_err(failed("writing", file))?;
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let mut octets = fs::read(file).map_err(failed("reading", file))?;
            let key = octets.as_slice().try_into().map(|octets| DeviceKey::new(id, octets));
            octets.fill(0);
            key.map_err(|_| refused(stored::Error::Record))
        }
        Err(error) => Err(failed("making", file)(error)),
    }
}
