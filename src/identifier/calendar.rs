//! Seconds since 1900 in the Gregorian calendar, and as text.

use core::fmt;

use super::NtpTime;
use crate::error::Error;

const DAY: u64 = 86_400;

/// Days from 0000-03-01 to 1900-01-01.
const EPOCH: u64 = 693_901;

/// The year, the month and the day of a time, the last two counted from 1.
///
/// Errors: [`Error::Range`] after the year 9999.
pub(super) const fn date(time: NtpTime) -> Result<(u16, u8, u8), Error> {
    // Years from March, so that the leap day is the last: days in 400, 100, 4 and 1 of them.
    let day = time.seconds() / DAY + EPOCH;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let leap_days = of_era / 1_460 - of_era / 36_524 + of_era / 146_096;
    let year = (of_era - leap_days) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    // The lengths of months from March: 31, 30, 31, 30, 31 again and again.
    let from_march = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * from_march + 2) / 5;
    let (month, turn) = if from_march < 10 { (from_march + 3, 0) } else { (from_march - 9, 1) };
    let year = 400 * era + year + turn;
    if year > 9_999 {
        return Err(Error::Range);
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 9999, 12 and 31")]
    Ok((year as u16, month as u8, of_month as u8 + 1))
}

/// The time in UTC as RFC 3339 and xs:dateTime write it; none after the year 9999.
pub(crate) fn rfc3339(time: NtpTime) -> Option<[u8; 20]> {
    let (year, month, day) = date(time).ok()?;
    let of_day = time.seconds() % DAY;
    let mut out = *b"0000-00-00T00:00:00Z";
    let fields =
        [year.into(), month.into(), day.into(), of_day / 3_600, of_day / 60 % 60, of_day % 60];
    for (field, end) in fields.into_iter().zip([4, 7, 10, 13, 16, 19]) {
        let mut left = field;
        for digit in out[..end].iter_mut().rev().take_while(|octet| octet.is_ascii_digit()) {
            *digit += u8::try_from(left % 10).ok()?;
            left /= 10;
        }
    }
    Some(out)
}

/// RFC 3339 in UTC: `2027-01-15T08:00:00Z`. That ends with the year 9999; a later time is shown by the
/// seconds since 1900, as in `300000000000 seconds since 1900`.
impl fmt::Display for NtpTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match rfc3339(*self) {
            Some(text) => f.pad(core::str::from_utf8(&text).map_err(|_| fmt::Error)?),
            None => write!(f, "{} seconds since 1900", self.seconds()),
        }
    }
}
