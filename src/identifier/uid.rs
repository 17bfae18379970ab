//! 3GPP TS 33.180 annex F.2.1: the UID, a hash of the user, the KMS and the key period.

use core::num::NonZeroU64;

use sha2::{Digest, Sha256};

use super::{Identifier, KmsUri, UserUri, calendar};
use crate::error::Error;

/// P0 of annex F.2.1.
const LABEL: &[u8] = b"MIKEY-SAKKE-UID";

/// A time in whole seconds since 1900-01-01T00:00Z, the epoch of NTP, of key periods and of the T
/// payload.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NtpTime(u64);

impl NtpTime {
    /// The number of seconds from the NTP epoch to the Unix epoch.
    pub const UNIX_EPOCH: u64 = 2_208_988_800;

    /// The time that is this number of seconds after the start of 1900. The number has 64 bits and does not wrap in
    /// 2036.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The time that is this number of seconds after the start of 1970. A time beyond the range of u64 becomes the last
    /// second of that range.
    #[must_use]
    pub const fn from_unix(seconds: u64) -> Self {
        Self(seconds.saturating_add(Self::UNIX_EPOCH))
    }

    /// The number of seconds since 1970, or `None` for an earlier time.
    #[must_use]
    pub const fn to_unix(self) -> Option<u64> {
        self.0.checked_sub(Self::UNIX_EPOCH)
    }

    /// The time `seconds` later, or `None` beyond the range of u64.
    #[must_use]
    pub const fn checked_add(self, seconds: u64) -> Option<Self> {
        match self.0.checked_add(seconds) {
            Some(later) => Some(Self(later)),
            None => None,
        }
    }

    /// The time `seconds` later, or the last second in the range of u64.
    #[cfg(feature = "mikey")]
    pub(crate) const fn saturating_add(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The time of the 32-bit seconds of an NTP timestamp. These seconds wrap in 2036 and every 136 years; the result
    /// is the time nearest to `now`, but never before 1900 or beyond the range of u64.
    #[must_use]
    pub const fn from_timestamp(seconds: u32, now: Self) -> Self {
        // The difference to now, read as a signed 32-bit number, is the distance to the nearest such time.
        let distance = seconds.wrapping_sub(now.low()).cast_signed();
        match now.0.checked_add_signed(distance as i64) {
            Some(time) => Self(time),
            // Beyond either end of u64, the result is in the era of now, which is the last or the first era.
            None => Self(now.0 & !(u32::MAX as u64) | seconds as u64),
        }
    }

    /// Whether keys of the month that contains this time are in use at `now` (RFC 6509 section 3.3). Keys of the
    /// present month are in use, those of the next month from the last day but one of the present month, and those of
    /// the previous month through the 2nd.
    ///
    /// Errors: [`Error::Range`] after the year 9999.
    pub fn is_of_month_in_use(self, now: Self) -> Result<bool, Error> {
        const TWO_DAYS: u64 = 2 * 86_400;
        let month = self.year_month()?;
        for around in [now.0.saturating_sub(TWO_DAYS), now.0, now.0.saturating_add(TWO_DAYS)] {
            if Self(around).year_month()? == month {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The year and the month, 1 to 12, in the Gregorian calendar. [`Identifier::tel_monthly`] needs them for the time
    /// of the T payload.
    ///
    /// Errors: [`Error::Range`] after the year 9999.
    pub const fn year_month(self) -> Result<(u16, u8), Error> {
        match calendar::date(self) {
            Ok((year, month, _)) => Ok((year, month)),
            Err(error) => Err(error),
        }
    }

    /// The low 32 bits of the seconds, which a timestamp carries.
    #[expect(clippy::cast_possible_truncation, reason = "a timestamp leaves out the era")]
    const fn low(self) -> u32 {
        self.0 as u32
    }

    /// The number of seconds since 1900.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }
}

/// How a KMS divides time into key periods: `UserKeyPeriod` and `UserKeyOffset` of its certificate.
///
/// ```
/// use eccsi_sakke::{KeyPeriods, KmsUri, NtpTime, UserUri};
///
/// let periods = KeyPeriods::new(2_592_000)?; // thirty days
/// let number = periods.number(NtpTime::from_unix(1_800_000_000))?;
/// let alice = periods.uid(UserUri("sip:alice@example.org"), KmsUri("kms.example.org"), number)?;
/// assert_eq!(alice.as_bytes().len(), 32);
/// # Ok::<(), eccsi_sakke::Error>(())
/// ```
#[doc(alias("UserKeyPeriod", "UserKeyOffset"))]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct KeyPeriods {
    period: NonZeroU64,
    offset: u64,
}

impl KeyPeriods {
    /// The length of a UID.
    pub const UID_LEN: usize = 32;

    /// Periods of `period` seconds, counted from the start of 1900.
    ///
    /// Errors: [`Error::Range`] for a period of 0.
    pub const fn new(period: u64) -> Result<Self, Error> {
        match NonZeroU64::new(period) {
            Some(period) => Ok(Self { period, offset: 0 }),
            None => Err(Error::Range),
        }
    }

    /// The same periods, but counted from `offset` seconds after the start of 1900.
    ///
    /// Errors: [`Error::Range`] unless the offset is below the period (TS 33.180 F.2.1.1).
    pub const fn with_offset(self, offset: u64) -> Result<Self, Error> {
        if offset < self.period.get() { Ok(Self { offset, ..self }) } else { Err(Error::Range) }
    }

    /// `UserKeyPeriod` in seconds.
    #[must_use]
    pub const fn period(&self) -> u64 {
        self.period.get()
    }

    /// `UserKeyOffset` in seconds.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The number of the period that contains `time`: ⌊(time − offset)/period⌋.
    ///
    /// Errors: [`Error::Range`] for a time before the offset.
    #[doc(alias = "KeyPeriodNo")]
    // assure/disassembly allows this division by the name of its function.
    #[inline(never)]
    pub const fn number(&self, time: NtpTime) -> Result<u64, Error> {
        match time.0.checked_sub(self.offset) {
            Some(elapsed) => Ok(elapsed / self.period.get()),
            None => Err(Error::Range),
        }
    }

    /// The first second of period `number`. The period ends where the next one starts.
    ///
    /// Errors: [`Error::Range`] if that second is beyond the range of u64.
    pub const fn start(&self, number: u64) -> Result<NtpTime, Error> {
        let Some(elapsed) = number.checked_mul(self.period.get()) else {
            return Err(Error::Range);
        };
        match elapsed.checked_add(self.offset) {
            Some(seconds) => Ok(NtpTime(seconds)),
            None => Err(Error::Range),
        }
    }

    /// The UID of a user of a KMS in period `number` (TS 33.180 F.2.1). It has 32 octets and is the identifier for both
    /// ECCSI and SAKKE.
    ///
    /// Both URIs are hashed as they are, so write them exactly as provisioned.
    ///
    /// Errors: [`Error::Length`] for a URI of more than 65,535 octets.
    #[doc(alias = "MIKEY-SAKKE-UID")]
    pub fn uid(
        &self,
        user: UserUri<'_>,
        kms: KmsUri<'_>,
        number: u64,
    ) -> Result<Identifier, Error> {
        let mut hash = Sha256::new();
        self.write_input(user, kms, number, |octets| hash.update(octets))?;
        // A hash with the value 0 or 1 is not an identifier, but does not occur in practice.
        Identifier::from_uid(&hash.finalize().into())
    }

    /// The [UID](Self::uid) for the period that contains `time`.
    ///
    /// Errors: [`Error::Range`] for a time before the offset, [`Error::Length`] for a URI of more
    /// than 65,535 octets.
    pub fn uid_at(
        &self,
        user: UserUri<'_>,
        kms: KmsUri<'_>,
        time: NtpTime,
    ) -> Result<Identifier, Error> {
        self.uid(user, kms, self.number(time)?)
    }

    /// Writes S = 00 ‖ P0 ‖ L0 ‖ … ‖ P5 ‖ L5 of F.2.1 piece by piece, with lengths of two octets.
    fn write_input(
        &self,
        UserUri(user): UserUri<'_>,
        KmsUri(kms): KmsUri<'_>,
        number: u64,
        mut write: impl FnMut(&[u8]),
    ) -> Result<(), Error> {
        let integers = [self.period.get(), self.offset, number].map(u64::to_be_bytes);
        let [period, offset, number] = integers.each_ref().map(shortest);
        write(&[0]);
        for parameter in [LABEL, user.as_bytes(), kms.as_bytes(), period, offset, number] {
            let length = u16::try_from(parameter.len()).map_err(|_| Error::Length)?;
            write(parameter);
            write(&length.to_be_bytes());
        }
        Ok(())
    }
}

/// An integer in the fewest octets. The integer 0 is one octet 00 (TS 33.220 B.2.1.3).
fn shortest(octets: &[u8; 8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    &octets[zeros.min(7)..]
}

/// The octets that [`KeyPeriods::uid`] hashes.
#[cfg(all(feature = "hazmat", feature = "alloc"))]
pub(crate) fn input_string(
    periods: &KeyPeriods,
    user: UserUri<'_>,
    kms: KmsUri<'_>,
    number: u64,
) -> Result<alloc::vec::Vec<u8>, Error> {
    let mut input = alloc::vec::Vec::new();
    periods.write_input(user, kms, number, |octets| input.extend_from_slice(octets))?;
    Ok(input)
}
