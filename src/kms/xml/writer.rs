//! Documents as they are written: each is its own canonical form (Canonical XML 1.0), but for the
//! declaration before it.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::octets::{Octets, to_base64, to_hex};
use super::syntax::is_char;
use super::tag::{Name, Space};
use super::text::trim;
use super::{Error, ErrorKind};
use crate::identifier::{NtpTime, rfc3339};
use crate::kms::{SharedKeyId, ValidPeriod};

/// What stands before the document element.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A document being written. What is outgrown is wiped: keys may be in it.
pub(super) struct Writer {
    out: Octets,
    open: Vec<Open>,
}

#[derive(Clone, Copy)]
struct Open {
    name: &'static str,
    /// The default namespace in it.
    space: Space,
    /// xsi is declared in it.
    declares: bool,
}

impl Writer {
    /// A document of its own.
    pub(super) fn document() -> Self {
        let mut writer = Self::canonical();
        writer.push(DECLARATION.as_bytes());
        writer
    }

    /// A canonical form: without declaration.
    pub(super) fn canonical() -> Self {
        Self { out: Octets::default(), open: Vec::new() }
    }

    /// A canonical form of about so many octets.
    pub(super) fn with_room(octets: usize) -> Self {
        Self { out: Zeroizing::new(Vec::with_capacity(octets)), open: Vec::new() }
    }

    /// How many octets have been written.
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// What has been written.
    pub(super) fn written(&self) -> &[u8] {
        &self.out
    }

    /// The octets.
    pub(super) fn finish(self) -> Octets {
        self.out
    }

    fn push(&mut self, octets: &[u8]) {
        let len = self.out.len() + octets.len();
        if len > self.out.capacity() {
            let mut grown = Zeroizing::new(Vec::with_capacity(2 * len));
            grown.extend_from_slice(&self.out);
            self.out = grown;
        }
        self.out.extend_from_slice(octets);
    }

    /// The start of an element, with its namespace if it isn't that of its parent, and with attributes,
    /// which are in the order of their names. The attribute `xsi:type` has a place of its own.
    ///
    /// Errors: [`ErrorKind::Value`] for a value with a character that XML hasn't.
    pub(super) fn open(
        &mut self,
        Name(space, name): Name,
        attributes: &[(&str, Option<&str>)],
        xsi_type: Option<&str>,
    ) -> Result<(), Error> {
        let outside = self.open.last().map_or(Space::None, |open| open.space);
        let in_force = self.open.iter().any(|open| open.declares);
        let declares = xsi_type.is_some() && !in_force;
        self.push(b"<");
        self.push(name.as_bytes());
        if space != outside {
            self.attribute("xmlns", space.uri());
        }
        if declares {
            self.attribute("xmlns:xsi", Space::Instance.uri());
        }
        for (key, value) in attributes {
            let Some(value) = value else { continue };
            check(value, name)?;
            self.attribute(key, value);
        }
        if let Some(xsi_type) = xsi_type {
            self.attribute("xsi:type", xsi_type);
        }
        self.push(b">");
        self.open.push(Open { name, space, declares });
        Ok(())
    }

    /// The end of the element.
    pub(super) fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.push(b"</");
            self.push(open.name.as_bytes());
            self.push(b">");
        }
    }

    /// An attribute of the start tag that is being written.
    pub(super) fn attribute(&mut self, key: &str, value: &str) {
        self.push(b" ");
        self.push(key.as_bytes());
        self.push(b"=\"");
        self.escape(value, |c| match c {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'"' => Some("&quot;"),
            b'\t' => Some("&#x9;"),
            b'\n' => Some("&#xA;"),
            b'\r' => Some("&#xD;"),
            _ => None,
        });
        self.push(b"\"");
    }

    /// Text as it is.
    pub(super) fn text(&mut self, text: &str) {
        self.escape(text, |c| match c {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'>' => Some("&gt;"),
            b'\r' => Some("&#xD;"),
            _ => None,
        });
    }

    fn escape(&mut self, text: &str, escaped: impl Fn(u8) -> Option<&'static str>) {
        for piece in text
            .as_bytes()
            .chunk_by(|one, next| escaped(*one).is_none() && escaped(*next).is_none())
        {
            let first = piece.first().copied().and_then(&escaped);
            self.push(first.map_or(piece, str::as_bytes));
        }
    }

    /// An element with nothing in it.
    pub(super) fn empty(
        &mut self,
        name: Name,
        attributes: &[(&str, Option<&str>)],
    ) -> Result<(), Error> {
        self.open(name, attributes, None)?;
        self.close();
        Ok(())
    }

    /// Octets as they stand.
    pub(super) fn raw(&mut self, octets: &[u8]) {
        self.push(octets);
    }

    fn here(&self) -> Space {
        self.open.last().map_or(Space::None, |open| open.space)
    }

    /// An element of the parent's namespace, with a text of letters, digits and the like.
    fn plain(&mut self, name: &'static str, text: &str) -> Result<(), Error> {
        self.open(Name(self.here(), name), &[], None)?;
        self.push(text.as_bytes());
        self.close();
        Ok(())
    }

    /// xs:string.
    ///
    /// Errors: [`ErrorKind::Value`] for a character that XML hasn't.
    pub(super) fn string(&mut self, name: &'static str, text: &str) -> Result<(), Error> {
        check(text, name)?;
        self.open(Name(self.here(), name), &[], None)?;
        self.text(text);
        self.close();
        Ok(())
    }

    /// xs:string, if there is one.
    pub(super) fn string_if(
        &mut self,
        name: &'static str,
        text: Option<&str>,
    ) -> Result<(), Error> {
        text.map_or(Ok(()), |text| self.string(name, text))
    }

    /// xs:anyURI, or another type that white space at its ends doesn't belong to.
    ///
    /// Errors: [`ErrorKind::Value`] for white space at an end, or a character that XML hasn't.
    pub(super) fn token(&mut self, name: &'static str, token: &str) -> Result<(), Error> {
        if trim(token) != token {
            return Err(Error::of_value(ErrorKind::Value, name));
        }
        self.string(name, token)
    }

    /// The same, if there is one.
    pub(super) fn token_if(
        &mut self,
        name: &'static str,
        token: Option<&str>,
    ) -> Result<(), Error> {
        token.map_or(Ok(()), |token| self.token(name, token))
    }

    /// xs:dateTime.
    ///
    /// Errors: [`ErrorKind::Value`] for a time after the year 9999.
    pub(super) fn time(&mut self, name: &'static str, time: NtpTime) -> Result<(), Error> {
        let text = rfc3339(time).ok_or(Error::of_value(ErrorKind::Value, name))?;
        self.plain(name, &text.map(char::from).iter().collect::<alloc::string::String>())
    }

    /// xs:dateTime, if there is one.
    pub(super) fn time_if(
        &mut self,
        name: &'static str,
        time: Option<NtpTime>,
    ) -> Result<(), Error> {
        time.map_or(Ok(()), |time| self.time(name, time))
    }

    /// xs:boolean, if it is true: what isn't said is false.
    pub(super) fn if_true(&mut self, name: &'static str, value: bool) -> Result<(), Error> {
        if value { self.plain(name, "true") } else { Ok(()) }
    }

    /// xs:integer.
    pub(super) fn integer(
        &mut self,
        name: &'static str,
        value: impl Into<i128>,
    ) -> Result<(), Error> {
        self.plain(name, &alloc::format!("{}", value.into()))
    }

    /// xs:hexBinary.
    pub(super) fn hex(&mut self, name: &'static str, octets: &[u8]) -> Result<(), Error> {
        self.plain(name, &to_hex(octets))
    }

    /// xs:hexBinary as the text of the element that is open.
    pub(super) fn secret_hex(&mut self, octets: &[u8]) {
        self.push(to_hex(octets).as_bytes());
    }

    /// The identifier of a shared key, if there is one.
    pub(super) fn key_id_if(
        &mut self,
        name: &'static str,
        id: Option<SharedKeyId>,
    ) -> Result<(), Error> {
        id.map_or(Ok(()), |id| self.hex(name, &id.to_bytes()))
    }

    /// `ValidFrom` and `ValidTo`, those that there are.
    pub(super) fn valid(&mut self, valid: &ValidPeriod) -> Result<(), Error> {
        self.time_if("ValidFrom", valid.from)?;
        self.time_if("ValidTo", valid.to)
    }

    /// xs:base64Binary.
    pub(super) fn base64(&mut self, name: &'static str, octets: &[u8]) -> Result<(), Error> {
        self.plain(name, &to_base64(octets))
    }
}

/// Every character must be one that XML has.
fn check(text: &str, element: &'static str) -> Result<(), Error> {
    if text.chars().all(is_char) { Ok(()) } else { Err(Error::of_value(ErrorKind::Value, element)) }
}
