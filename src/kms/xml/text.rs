//! The text of an element, and the simple types of XML Schema that it can have.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::date_time::{self, Moment};
use super::octets::{self, Octets};
use super::{Error, ErrorKind};
use crate::identifier::NtpTime;
use crate::kms::SharedKeyId;
use crate::steps;

/// The octets of a UID.
pub(super) const UID: usize = 32;

/// The text without white space at either end.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}

/// The text of an element: a part of the document, or joined from several parts. It may be secret.
pub(super) struct Text<'a> {
    pieces: Pieces<'a>,
    element: &'static str,
    position: usize,
}

enum Pieces<'a> {
    /// A part of the document.
    One(&'a str),
    /// Copied, and wiped on drop.
    Joined(Zeroizing<String>),
}

impl<'a> Text<'a> {
    pub(super) const fn new(element: &'static str, position: usize) -> Self {
        Self { pieces: Pieces::One(""), element, position }
    }

    pub(super) fn as_str(&self) -> &str {
        match &self.pieces {
            Pieces::One(piece) => piece,
            Pieces::Joined(pieces) => pieces,
        }
    }

    pub(super) fn push_char(&mut self, c: char) {
        self.join(c.encode_utf8(&mut [0; 4]));
    }

    /// Adds a part of the document. Every end of a line becomes a line feed (XML 2.11).
    pub(super) fn push(&mut self, piece: &'a str) {
        if !piece.contains('\r') {
            match self.pieces {
                Pieces::One("") => self.pieces = Pieces::One(piece),
                _ => self.join(piece),
            }
            return;
        }
        let mut lines = piece.split('\r');
        self.join(lines.next().unwrap_or_default());
        for line in lines {
            self.join("\n");
            self.join(line.strip_prefix('\n').unwrap_or(line));
        }
    }

    /// Adds a piece to a copy. A copy that is outgrown is wiped.
    fn join(&mut self, piece: &str) {
        let len = self.as_str().len() + piece.len();
        match &mut self.pieces {
            Pieces::Joined(joined) if len <= joined.capacity() => {
                steps::take(piece.len());
                joined.push_str(piece);
            }
            _ => {
                steps::take(len);
                let mut joined = Zeroizing::new(String::with_capacity(2 * len));
                joined.push_str(self.as_str());
                joined.push_str(piece);
                self.pieces = Pieces::Joined(joined);
            }
        }
    }

    pub(super) const fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.element, self.position)
    }

    /// The value, or [`ErrorKind::Value`] without one.
    fn value<T>(&self, value: Option<T>) -> Result<T, Error> {
        value.ok_or(self.error(ErrorKind::Value))
    }

    /// xs:string, unchanged.
    pub(super) fn string(&self) -> String {
        self.as_str().into()
    }

    /// xs:anyURI, or another type that ignores white space at its ends.
    pub(super) fn token(&self) -> &str {
        trim(self.as_str())
    }

    /// xs:dateTime from 1900 to 9999.
    pub(super) fn time(&self) -> Result<NtpTime, Error> {
        match date_time::parse(self.token()) {
            Some(Moment::Within(time)) => Ok(time),
            _ => Err(self.error(ErrorKind::Value)),
        }
    }

    /// xs:dateTime of a `ValidFrom`. It sets no bound if it was never set, or is before every time.
    pub(super) fn lower_bound(&self) -> Result<Option<NtpTime>, Error> {
        match date_time::parse(self.token()) {
            Some(Moment::Before | Moment::Unset) => Ok(None),
            _ => self.time().map(Some),
        }
    }

    /// xs:dateTime of a `ValidTo`. It sets no bound if it was never set, or is after every time.
    pub(super) fn upper_bound(&self) -> Result<Option<NtpTime>, Error> {
        match date_time::parse(self.token()) {
            Some(Moment::After | Moment::Unset) => Ok(None),
            _ => self.time().map(Some),
        }
    }

    /// xs:boolean.
    pub(super) fn boolean(&self) -> Result<bool, Error> {
        self.value(boolean(self.token()))
    }

    /// xs:integer in the range of u64.
    pub(super) fn unsigned(&self) -> Result<u64, Error> {
        self.value(integer(self.token()))
    }

    /// xs:integer in the range of i64.
    pub(super) fn signed(&self) -> Result<i64, Error> {
        self.value(integer(self.token()))
    }

    /// xs:hexBinary. Secret: the octets. Public: their number.
    pub(super) fn hex(&self) -> Result<Octets, Error> {
        self.value(octets::from_hex(self.token()))
    }

    /// xs:base64Binary. Secret: the octets. Public: their number.
    pub(super) fn base64(&self) -> Result<Octets, Error> {
        self.value(octets::from_base64(self.as_str()))
    }

    /// xs:base64Binary of exactly N octets, which are public.
    pub(super) fn base64_array<const N: usize>(&self) -> Result<[u8; N], Error> {
        self.value(self.base64()?.as_slice().try_into().ok())
    }

    /// xs:base64Binary or xs:hexBinary.
    pub(super) fn hex_or_base64(&self) -> Result<Vec<u8>, Error> {
        self.value(octets::from_hex_or_base64(self.token())).map(|octets| octets.to_vec())
    }

    /// A UID: 32 octets in base64, as in D.3.3, or in 64 hexadecimal digits. As base64 those digits would be 48 octets,
    /// so the two cannot be confused.
    pub(super) fn uid(&self) -> Result<Vec<u8>, Error> {
        let uid = self.hex_or_base64()?;
        self.value((uid.len() == UID).then_some(uid))
    }

    /// The identifier of a shared key: 4 octets, in base64 or hexadecimal.
    pub(super) fn key_id(&self) -> Result<SharedKeyId, Error> {
        let id = <[u8; 4]>::try_from(self.hex_or_base64()?).ok();
        self.value(id.map(SharedKeyId::from))
    }
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// The integer in digits after an optional sign.
pub(super) fn integer<T: TryFrom<i128>>(text: &str) -> Option<T> {
    T::try_from(text.parse::<i128>().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(pieces: &[&'static str]) -> String {
        let mut text = Text::new("", 0);
        for piece in pieces {
            text.push(piece);
        }
        text.string()
    }

    #[test]
    fn lines_end_with_line_feeds() {
        assert_eq!(joined(&["a\r\nb\rc\nd\r"]), "a\nb\nc\nd\n");
        assert_eq!(joined(&["\r\r\n\n"]), "\n\n\n");
        assert_eq!(joined(&["a", "", "b\r", "\nc"]), "ab\n\nc");
    }

    #[test]
    fn one_piece_is_not_copied() {
        let piece = "a key";
        let mut text = Text::new("", 0);
        text.push(piece);
        assert!(core::ptr::eq(text.as_str(), piece));
    }

    #[test]
    fn integers_of_schema() {
        assert_eq!(integer::<u64>("18446744073709551615"), Some(u64::MAX));
        assert_eq!(integer::<u64>("+007"), Some(7));
        assert_eq!(integer::<u64>("-0"), Some(0));
        assert_eq!(integer::<i64>("-9223372036854775808"), Some(i64::MIN));
        let too_long = "9".repeat(60);
        for text in "|-|+|+-1|1 |\u{661}|1.0|0x1|1e3|1_0|18446744073709551616|-1".split('|') {
            assert_eq!(integer::<u64>(text), None, "{text}");
        }
        assert_eq!(integer::<u64>(&too_long), None);
    }
}
