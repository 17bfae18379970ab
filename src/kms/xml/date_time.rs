//! Reads xs:dateTime (XML Schema part 2, 3.2.7).

use crate::identifier::NtpTime;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// Days from 0000-03-01 to 1900-01-01.
const EPOCH: i64 = 693_901;

/// A time in a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Moment {
    /// Before 1900.
    Before,
    /// From 1900 to 9999.
    Within(NtpTime),
    /// After 9999.
    After,
    /// 0001-01-01T00:00:00 in any zone. Some platforms write it for a time that was never set.
    Unset,
}

/// The time in a text, without the fraction of its second. A text without a zone is in UTC.
///
/// None for a text of another form, and for a date that does not exist.
pub(super) fn parse(text: &str) -> Option<Moment> {
    let mut rest = text.as_bytes();
    let year = year(&mut rest)?;
    let month = separated(&mut rest, b'-')?;
    let day = separated(&mut rest, b'-')?;
    let hour = separated(&mut rest, b'T')?;
    let minute = separated(&mut rest, b':')?;
    let second = separated(&mut rest, b':')?;
    let fraction = fraction(&mut rest)?;
    let zone = zone(rest)?;
    let midnight = hour == 24 && minute == 0 && second == 0 && !fraction;
    if !(1..=days_of(year, month)?).contains(&day)
        || !(hour < 24 || midnight)
        || minute >= 60
        || second >= 60
    {
        return None;
    }
    if [year, month, day, hour, minute, second] == [1, 1, 1, 0, 0, 0] && !fraction {
        return Some(Moment::Unset);
    }
    let days = days_from_1900(year, month, day);
    let seconds = days * DAY + hour * HOUR + minute * MINUTE + second - zone;
    let Ok(seconds) = u64::try_from(seconds) else { return Some(Moment::Before) };
    let time = NtpTime::from_seconds(seconds);
    Some(if time.year_month().is_ok() { Moment::Within(time) } else { Moment::After })
}

/// A year of four digits, or of up to nine digits without a leading 0. A sign is refused.
fn year(rest: &mut &[u8]) -> Option<i64> {
    let digits = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
    let is_long = (5..=9).contains(&digits) && !rest.starts_with(b"0");
    if digits == 4 || is_long { number(rest, digits) } else { None }
}

/// A number of exactly this many digits.
fn number(rest: &mut &[u8], digits: usize) -> Option<i64> {
    let (number, after) = rest.split_at_checked(digits)?;
    *rest = after;
    number.iter().try_fold(0, |number, octet| {
        octet.is_ascii_digit().then(|| 10 * number + i64::from(octet - b'0'))
    })
}

/// Two digits after this separator.
fn separated(rest: &mut &[u8], separator: u8) -> Option<i64> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    if *first == separator { number(rest, 2) } else { None }
}

/// Whether there is a fraction of a second that is not 0.
fn fraction(rest: &mut &[u8]) -> Option<bool> {
    let [b'.', digits @ ..] = *rest else { return Some(false) };
    let len = digits.iter().take_while(|octet| octet.is_ascii_digit()).count();
    let (digits, after) = digits.split_at(len);
    *rest = after;
    if digits.is_empty() { None } else { Some(digits.iter().any(|digit| *digit != b'0')) }
}

/// How many seconds the zone is ahead of UTC.
fn zone(rest: &[u8]) -> Option<i64> {
    let (sign, mut rest) = match rest {
        [] | [b'Z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let hours = number(&mut rest, 2)?;
    let minutes = separated(&mut rest, b':')?;
    let ahead = hours * HOUR + minutes * MINUTE;
    (rest.is_empty() && minutes < 60 && ahead <= 14 * HOUR).then_some(sign * ahead)
}

/// The number of days in a month, 1 to 12.
fn days_of(year: i64, month: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => Some(if leap { 29 } else { 28 }),
        4 | 6 | 9 | 11 => Some(30),
        1..=12 => Some(31),
        _ => None,
    }
}

/// Days since 1900-01-01. Years begin in March, so that the leap day is the last one.
///
/// `identifier::calendar` goes the other way, and only for years from 1900 on. This one accepts any year.
fn days_from_1900(year: i64, month: i64, day: i64) -> i64 {
    let (year, from_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let years = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    years + (153 * from_march + 2) / 5 + day - 1 - EPOCH
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::rfc3339 as format;

    const LAST: NtpTime = NtpTime::from_seconds(2_958_464 * 86_400 - 1);

    fn within(text: &str) -> Option<NtpTime> {
        match parse(text) {
            Some(Moment::Within(time)) => Some(time),
            _ => None,
        }
    }

    #[test]
    fn known_times() {
        assert_eq!(within("1900-01-01T00:00:00Z"), Some(NtpTime::from_seconds(0)));
        assert_eq!(within("1970-01-01T00:00:00Z"), Some(NtpTime::from_unix(0)));
        assert_eq!(within("2000-02-29T23:59:59Z"), Some(NtpTime::from_unix(951_868_799)));
        // The key provisioning request of the standard's example: D6B43232 in seconds since 1900.
        let example = NtpTime::from_seconds(0xd6b4_3232);
        for same in [
            "2014-02-23T08:39:14Z",
            "2014-02-23T08:39:14",
            "2014-02-23T08:39:14.999",
            "2014-02-23T10:09:14+01:30",
            "2014-02-22T22:39:14-10:00",
        ] {
            assert_eq!(within(same), Some(example), "{same}");
        }
        assert_eq!(within("2013-12-31T24:00:00Z"), within("2014-01-01T00:00:00Z"));
        assert_eq!(format(example).unwrap(), *b"2014-02-23T08:39:14Z");
    }

    #[test]
    fn days_there_and_back() {
        // Two centuries, and every eleventh day up to the end of the year 9999.
        for day in (0..73_000).chain((73_000..=2_958_463).step_by(11)) {
            let time = NtpTime::from_seconds(day * 86_400 + day % 86_400);
            let text = format(time).unwrap();
            assert_eq!(within(core::str::from_utf8(&text).unwrap()), Some(time));
        }
        assert_eq!(format(LAST).unwrap(), *b"9999-12-31T23:59:59Z");
        assert_eq!(format(NtpTime::from_seconds(LAST.seconds() + 1)), None);
        assert_eq!(format(NtpTime::from_seconds(u64::MAX)), None);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in "|2014|2014-02-23|2014-02-23 08:39:14|2014-02-23t08:39:14Z|2014-02-23T08:39|\
            2014-02-23T08:39:14z|2014-02-23T08:39:14.Z|2014-02-23T08:39:14ZZ|\
            2014-02-23T08:39:14+1:00|2014-02-23T08:39:14+01:60|\
            2014-02-23T08:39:14+14:01|2014-02-23T08:39:14+01:00Z|2014-13-01T00:00:00Z|\
            2014-00-01T00:00:00Z|2014-02-29T00:00:00Z|2014-02-00T00:00:00Z|\
            2014-01-32T00:00:00Z|2014-04-31T00:00:00Z|2014-06-31T00:00:00Z|\
            2014-09-31T00:00:00Z|2014-11-31T00:00:00Z|1900-02-29T00:00:00Z|\
            2014-02-23T24:00:01Z|2014-02-23T24:00:00.1Z|2014-02-23T25:00:00Z|\
            2014-02-23T00:60:00Z|2014-02-23T00:00:60Z|-2014-02-23T08:39:14Z|\
            +2014-02-23T08:39:14Z|02014-02-23T08:39:14Z|1000000000-02-23T08:39:14Z|\
            ２014-02-23T08:39:14Z| 2014-02-23T08:39:14Z"
            .split('|')
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn times_outside_are_told_apart() {
        for (text, moment) in [
            ("1899-12-31T23:59:59Z", Moment::Before),
            ("1900-01-01T00:59:59+01:00", Moment::Before),
            ("0001-01-01T00:00:01", Moment::Before),
            ("0001-01-01T00:00:00.1", Moment::Before),
            ("0000-01-01T00:00:00", Moment::Before),
            ("9999-12-31T24:00:00Z", Moment::After),
            ("9999-12-31T23:59:59-00:01", Moment::After),
            ("12014-02-23T08:39:14Z", Moment::After),
            ("292278994-08-17T07:12:55.807Z", Moment::After),
            ("999999999-12-31T24:00:00-14:00", Moment::After),
            ("0001-01-01T00:00:00", Moment::Unset),
            ("0001-01-01T00:00:00Z", Moment::Unset),
            ("0001-01-01T00:00:00.000+02:00", Moment::Unset),
            ("1900-01-01T00:00:00Z", Moment::Within(NtpTime::from_seconds(0))),
            ("9999-12-31T23:59:59.9999999", Moment::Within(LAST)),
        ] {
            assert_eq!(parse(text), Some(moment), "{text}");
        }
    }
}
