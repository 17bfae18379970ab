//! A time as it is given on the command line.

use eccsi_sakke::NtpTime;

use crate::Error;

/// Seconds from 1970 to the last second of the year 9999.
const LAST: u64 = 253_402_300_799;

/// The time that `text` gives, as RFC 3339 in UTC or as the seconds since 1970.
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
/// Errors: [`Error::Time`] for any other text, and for a time before 1970.
pub fn time(text: &str) -> Result<NtpTime, Error> {
    if !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit()) {
        return text.parse().map(NtpTime::from_unix).map_err(|_| Error::Time);
    }
    // Times have the same order as their texts, so bisection finds the only time that can have this text.
    let (mut low, mut high) = (0, LAST);
    while low < high {
        let middle = low.midpoint(high);
        if NtpTime::from_unix(middle).to_string().as_str() < text {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let time = NtpTime::from_unix(low);
    if time.to_string() == text { Ok(time) } else { Err(Error::Time) }
}
