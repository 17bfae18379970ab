//! RFC 6509 section 3.2: a telephone number and a month.

use super::{Identifier, IdentifierKind};
use crate::error::Error;

/// The length of `YYYY-MM`.
const MONTH: usize = 7;

/// The number of digits of the longest E.164 number.
const DIGITS: usize = 15;

/// The start of every tel URI in global notation.
const PREFIX: &str = "tel:+";

impl Identifier {
    /// The identifier of RFC 6509 section 3.2: `YYYY-MM`, NUL, tel URI, NUL, in ASCII.
    ///
    /// `uri` is `tel:+` followed by 1 to 15 digits, which is the global notation without visual separators or
    /// parameters. The function does not check whether the number exists. The month must be that of the T payload of
    /// the message for which the key is used. RFC 6509 section 3.3 lets a user have the keys of two months around the
    /// end of a month.
    ///
    /// Errors: [`Error::Range`] for a month outside of 1 to 12 or a year after 9999;
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
