//! Writes documents. Each is its own canonical form (Canonical XML 1.0), except for the declaration before it.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::octets::{Octets, to_base64, to_hex};
use super::syntax::is_char;
use super::tag::{Name, Space};
use super::{Error, ErrorKind};

/// What precedes the document element.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A document that is being written. A buffer that is outgrown is wiped, because it may contain keys.
pub(super) struct Writer {
    out: Octets,
    open: Vec<Open>,
}

#[derive(Clone, Copy)]
struct Open {
    name: &'static str,
    /// The default namespace inside of it.
    space: Space,
    /// Whether it declares xsi.
    declares: bool,
}

impl Writer {
    /// A document with its declaration.
    pub(super) fn document() -> Self {
        let mut writer = Self::canonical();
        writer.push(DECLARATION.as_bytes());
        writer
    }

    /// A canonical form, which has no declaration.
    pub(super) fn canonical() -> Self {
        Self { out: Octets::default(), open: Vec::new() }
    }

    /// A canonical form with room for this number of octets.
    pub(super) fn with_room(octets: usize) -> Self {
        Self { out: Zeroizing::new(Vec::with_capacity(octets)), open: Vec::new() }
    }

    /// The number of octets that have been written.
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// The octets that have been written.
    pub(super) fn written(&self) -> &[u8] {
        &self.out
    }

    /// The octets.
    pub(super) fn finish(self) -> Octets {
        self.out
    }

    /// Writes octets as they are.
    pub(super) fn push(&mut self, octets: &[u8]) {
        let len = self.out.len() + octets.len();
        if len > self.out.capacity() {
            let mut grown = Zeroizing::new(Vec::with_capacity(2 * len));
            grown.extend_from_slice(&self.out);
            self.out = grown;
        }
        self.out.extend_from_slice(octets);
    }

    /// Writes a start tag. It declares the namespace of the element if the parent is in another one. The attributes
    /// must be in the order of their names. The attribute `xsi:type` comes after them.
    ///
    /// Errors: [`ErrorKind::Value`] for a value with a character that XML does not allow.
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

    /// Writes the end tag.
    pub(super) fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.push(b"</");
            self.push(open.name.as_bytes());
            self.push(b">");
        }
    }

    /// Writes an attribute of a start tag.
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

    /// Writes text.
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

    /// Writes an empty element.
    pub(super) fn empty(
        &mut self,
        name: Name,
        attributes: &[(&str, Option<&str>)],
    ) -> Result<(), Error> {
        self.open(name, attributes, None)?;
        self.close();
        Ok(())
    }

    fn here(&self) -> Space {
        self.open.last().map_or(Space::None, |open| open.space)
    }

    /// Writes an element in the parent's namespace whose text needs no escapes.
    pub(super) fn plain(&mut self, name: &'static str, text: &str) -> Result<(), Error> {
        self.open(Name(self.here(), name), &[], None)?;
        self.push(text.as_bytes());
        self.close();
        Ok(())
    }

    /// xs:string.
    ///
    /// Errors: [`ErrorKind::Value`] for a character that XML does not allow.
    pub(super) fn string(&mut self, name: &'static str, text: &str) -> Result<(), Error> {
        check(text, name)?;
        self.open(Name(self.here(), name), &[], None)?;
        self.text(text);
        self.close();
        Ok(())
    }

    /// xs:hexBinary as the text of the open element.
    pub(super) fn secret_hex(&mut self, octets: &[u8]) {
        self.push(to_hex(octets).as_bytes());
    }

    /// xs:base64Binary.
    pub(super) fn base64(&mut self, name: &'static str, octets: &[u8]) -> Result<(), Error> {
        self.plain(name, &to_base64(octets))
    }
}

/// Checks that XML allows every character.
fn check(text: &str, element: &'static str) -> Result<(), Error> {
    if text.chars().all(is_char) { Ok(()) } else { Err(Error::of_value(ErrorKind::Value, element)) }
}
