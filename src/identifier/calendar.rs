//! The date of a time in the Gregorian calendar, and the text of a time.

use core::fmt;

use super::NtpTime;
use crate::error::Error;

const DAY: u64 = 86_400;

/// The number of days from 0000-03-01 to 1900-01-01.
const EPOCH: u64 = 693_901;

/// The year, the month and the day of a time, the last two counted from 1.
///
/// Errors: [`Error::Range`] after the year 9999.
pub(super) const fn date(time: NtpTime) -> Result<(u16, u8, u8), Error> {
    // Years are counted from March, so that the leap day is the last day of a year. The constants are the numbers of
    // days in 400, 100, 4 and 1 years.
    let day = time.seconds() / DAY + EPOCH;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let leap_days = of_era / 1_460 - of_era / 36_524 + of_era / 146_096;
    let year = (of_era - leap_days) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    // From March on, the lengths of the months repeat as 31, 30, 31, 30, 31.
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

/// The time in UTC in the format of RFC 3339 and xs:dateTime, or `None` after the year 9999.
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

/// The time in UTC in the format of RFC 3339: `2027-01-15T08:00:00Z`. The format ends with the year 9999, so a later
/// time is shown as `300000000000 seconds since 1900`.
impl fmt::Display for NtpTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match rfc3339(*self) {
            Some(text) => f.pad(core::str::from_utf8(&text).map_err(|_| fmt::Error)?),
            None => write!(f, "{} seconds since 1900", self.seconds()),
        }
    }
}
