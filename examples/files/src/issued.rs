//! The key sets that a KMS has issued. It makes each of them only once.

use eccsi_sakke::kms::{KeyIssuer, KeySet, KeySetCheck, KeySetParts, KmsCertificate, Protection};
use eccsi_sakke::stored;
use eccsi_sakke::{NtpTime, TryError};
use getrandom::SysRng;

use crate::{Error, Folder};

/// The key set of a user for a period. The first call makes and stores it, and later calls return the stored one. So a
/// user who asks again, after a crash or because an answer was lost, does not get a second signing key for the period.
///
/// Errors: those of [`Folder::read`] and [`Folder::create`]; [`Error::Kms`].
pub fn issued(
    folder: &Folder,
    issuer: &KeyIssuer<'_>,
    certificate: &KmsCertificate,
    (user_uri, number): (&str, u64),
    now: NtpTime,
) -> Result<KeySet, Error> {
    let name = format!("{number} {user_uri}");
    match folder.read::<KeySetParts>(&name) {
        Ok((_, parts)) => {
            let protection = Protection::Clear;
            Ok(parts.validate(&KeySetCheck { certificate, user_uri, protection, now })?)
        }
        Err(Error::Missing(_)) => {
            let set = issuer.try_issue(&mut SysRng, user_uri, number);
            let set = set.map_err(|error| match error {
                TryError::Refused(error) => Error::Kms(error.into()),
                TryError::Rng(_) => {
                    Error::Record { name: name.clone(), source: stored::Error::Randomness }
                }
            })?;
            folder.create(&name, &set.to_parts(None)?)?;
            Ok(set)
        }
        Err(error) => Err(error),
    }
}

/// Deletes the key sets of the periods before this number, because their RSKs open messages that were recorded then.
///
/// Errors: [`Error::Io`].
pub fn forget_issued_before(folder: &Folder, number: u64) -> Result<(), Error> {
    for name in folder.names()? {
        let period = name.split_once(' ').and_then(|(period, _)| period.parse::<u64>().ok());
        if period.is_some_and(|period| period < number) {
            folder.remove(&name)?;
        }
    }
    Ok(())
}
