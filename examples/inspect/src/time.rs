//! A time as it is given on the command line.

use eccsi_sakke::NtpTime;

use crate::Error;

/// The time of `text`: RFC 3339 in UTC, as in `2027-01-15T08:00:00Z`, or seconds since 1970.
///
/// ```
/// use eccsi_sakke::NtpTime;
/// use eccsi_sakke_inspect::time;
///
/// let time = time("2027-01-15T08:00:00Z")?;
/// assert_eq!(time, NtpTime::from_unix(1_800_000_000));
/// # Ok::<(), eccsi_sakke_inspect::Error>(())
/// ```
///
/// Errors: [`Error::Time`], also for a time before 1970.
pub fn time(text: &str) -> Result<NtpTime, Error> {
    if !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit()) {
        return text.parse().map(NtpTime::from_unix).map_err(|_| Error::Time);
    }
    let time = calendar(text).ok_or(Error::Time)?;
    // A day that its month doesn't have is written otherwise.
    if time.to_string() == text { Ok(time) } else { Err(Error::Time) }
}

fn calendar(text: &str) -> Option<NtpTime> {
    let number = |start: usize, end: usize| text.get(start..end)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if year < 1970 || month == 0 {
        return None;
    }
    // Years from March, so that the leap day is the last: months of it, days since 0000-03-01.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    // To 1970-01-01, the day itself counted from 1.
    let days = days.checked_sub(719_469)?;
    Some(NtpTime::from_unix(86_400 * days + 3600 * hour + 60 * minute + second))
}
