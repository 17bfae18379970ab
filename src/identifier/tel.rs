//! RFC 6509 section 3.2: a telephone number and a month.

use super::{Identifier, IdentifierKind};
use crate::error::Error;

/// Octets of `YYYY-MM`.
const MONTH: usize = 7;

/// Octets of the longest E.164 number behind `tel:+`.
const DIGITS: usize = 15;

/// What every tel URI in global notation starts with.
const PREFIX: &str = "tel:+";

impl Identifier {
    /// The identifier of RFC 6509 section 3.2: `YYYY-MM` NUL, tel URI, NUL, in ASCII.
    ///
    /// `uri` is `tel:+` and 1 to 15 digits: global notation without visual separators or parameters.
    /// Whether there is such a number isn't looked at.
    /// The month must be that of the T payload of the message the key is used for; RFC 6509 section
    /// 3.3 has the user hold the keys of two months around the change.
    ///
    /// Errors: [`Error::Range`] for a month outside 1 to 12 or a year over 9999,
    /// [`Error::Identifier`] for any other URI.
    pub fn tel_monthly(year: u16, month: u8, uri: &str) -> Result<Self, Error> {
        if year > 9999 || !(1..=12).contains(&month) {
            return Err(Error::Range);
        }
        let digits = uri.strip_prefix(PREFIX).ok_or(Error::Identifier)?.as_bytes();
        if !(1..=DIGITS).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
            return Err(Error::Identifier);
        }
        let digit = |value: u16| b'0' + (value % 10) as u8;
        let month = u16::from(month);
        let mut octets = [0; MONTH + 1 + PREFIX.len() + DIGITS + 1];
        octets[..MONTH].copy_from_slice(&[
            digit(year / 1000),
            digit(year / 100),
            digit(year / 10),
            digit(year),
            b'-',
            digit(month / 10),
            digit(month),
        ]);
        octets[MONTH + 1..][..uri.len()].copy_from_slice(uri.as_bytes());
        Self::of_kind(IdentifierKind::TelMonthly, &octets[..=MONTH + 1 + uri.len()])
    }
}
