//! The clock of the operating system.

use std::time::SystemTime;

use super::NtpTime;
use crate::error::Error;

/// The time in full seconds, without the fraction of a second.
///
/// ```
/// use eccsi_sakke::NtpTime;
/// use std::time::SystemTime;
///
/// let now = NtpTime::try_from(SystemTime::now())?;
/// assert!(now > NtpTime::from_unix(1_700_000_000));
/// # Ok::<(), eccsi_sakke::Error>(())
/// ```
impl TryFrom<SystemTime> for NtpTime {
    type Error = Error;

    /// Errors: [`Error::Range`] for a time before 1900.
    fn try_from(time: SystemTime) -> Result<Self, Error> {
        let seconds = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Self::UNIX_EPOCH.checked_add(after.as_secs()),
            Err(error) => {
                let before = error.duration();
                let part = u64::from(before.subsec_nanos() != 0);
                Self::UNIX_EPOCH.checked_sub(before.as_secs().saturating_add(part))
            }
        };
        seconds.map(Self::from_seconds).ok_or(Error::Range)
    }
}
