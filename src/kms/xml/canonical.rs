//! Canonical XML 1.0 and Exclusive XML Canonicalization 1.0 (W3C): the octets that a signature covers.
//!
//! They are made from a document that the strict [`Reader`](super::reader::Reader) has accepted, so there is little to
//! do: such a document has no document type, and so no entities, default attributes or attribute types, and no
//! processing instructions. The element to canonicalise is given by the octet where it begins, which no name in the
//! document can redirect. The form is made in one pass, which keeps nothing of the document but the namespaces in
//! force. The output wipes itself, because it may contain keys in clear.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use quick_xml::XmlVersion;
use quick_xml::events::attributes::Attribute as Raw;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{PrefixDeclaration, ResolveResult};
use quick_xml::reader::NsReader;

use super::octets::Octets;
use super::reader::{MARK, parser};
use super::writer::Writer;
use super::{Canonicalisation, Error, ErrorKind, syntax};
use crate::steps;

/// How many times larger than the document its form may be. Canonical XML makes at most six octets from one, a
/// quotation mark. The exclusive form repeats declarations. A form that repeats them more often than this is refused.
const GROWTH: usize = 8;

/// The part of a document to canonicalise.
pub(super) struct Part<'a> {
    pub(super) document: &'a [u8],
    /// The octet where the element begins, or None for the whole document, with the comments around its element.
    pub(super) element: Option<usize>,
    /// The octet where an element begins that is left out, which is an enveloped signature.
    pub(super) except: Option<usize>,
}

impl Canonicalisation {
    /// The canonical form of a part of a document that a reader has accepted as a whole.
    pub(super) fn of(&self, part: &Part<'_>) -> Result<Octets, Error> {
        Form::new(self, part)?.make(part)
    }
}

/// A canonical form while it is made.
struct Form<'a> {
    method: &'a Canonicalisation,
    xml: NsReader<&'a [u8]>,
    /// The octets of the byte order mark.
    mark: usize,
    out: Writer,
    /// The `xml:` attributes of each element around the chosen one, by local name.
    around: Vec<Vec<(String, String)>>,
    /// The namespaces that are in force in the form, prefix and URI, with the innermost last.
    declared: Vec<(String, String)>,
    /// For each open element of the form, the number of namespaces that were declared around it.
    open: Vec<usize>,
    /// Whether the outermost element of the form has ended.
    ended: bool,
}

/// An attribute, in the order of the form. The reader has made sure that no element has the same one twice.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
struct Attribute {
    space: String,
    local: String,
    name: String,
    value: String,
}

impl<'a> Form<'a> {
    fn new(method: &'a Canonicalisation, part: &Part<'a>) -> Result<Self, Error> {
        let text = core::str::from_utf8(part.document)
            .map_err(|error| Error::new(ErrorKind::Encoding, "", error.valid_up_to()))?;
        let document = text.strip_prefix(MARK).unwrap_or(text);
        // The reader has counted the namespaces.
        let xml = parser(document, usize::MAX);
        Ok(Self {
            method,
            xml,
            mark: text.len() - document.len(),
            out: Writer::with_room(text.len()),
            around: Vec::new(),
            declared: Vec::new(),
            open: Vec::new(),
            ended: false,
        })
    }

    fn make(mut self, part: &Part<'_>) -> Result<Octets, Error> {
        let limit = part.document.len().saturating_mul(GROWTH);
        // The number of open elements in the one that is left out, including that element.
        let mut skipped = 0_usize;
        loop {
            let position = self.position();
            let written = self.out.len();
            let error = |kind| Error::new(kind, "", position);
            let event = self.xml.read_event().map_err(|found| error(syntax::kind(&found)))?;
            steps::take(1 + self.position() - position);
            match event {
                Event::Start(_) if skipped > 0 || part.except == Some(position) => skipped += 1,
                Event::End(_) if skipped > 0 => skipped -= 1,
                _ if skipped > 0 => {}
                Event::Start(tag) => {
                    let is_first = self.open.is_empty();
                    let is_chosen = part.element.is_none_or(|element| element == position);
                    let written = if is_first && !is_chosen {
                        self.pass(&tag)
                    } else {
                        self.start(&tag, is_first)
                    };
                    written.map_err(error)?;
                }
                Event::End(tag) => match self.open.pop() {
                    None => {
                        self.around.pop();
                    }
                    Some(declared) => {
                        self.declared.truncate(declared);
                        for piece in ["</", tag.name().into_inner(), ">"] {
                            self.out.push(piece.as_bytes());
                        }
                        self.ended = self.open.is_empty();
                        if self.ended && part.element.is_some() {
                            return Ok(self.out.finish());
                        }
                    }
                },
                Event::Comment(comment) if self.method.comments => {
                    self.comment(&comment, part.element.is_none());
                }
                Event::Text(text) if !self.open.is_empty() => self.lines(&text, Writer::text),
                Event::CData(text) if !self.open.is_empty() => self.lines(&text, Writer::text),
                Event::GeneralRef(reference) if !self.open.is_empty() => {
                    let character = syntax::character(&reference);
                    let character = character.ok_or(error(ErrorKind::Reference))?;
                    self.out.text(character.encode_utf8(&mut [0; 4]));
                }
                Event::Eof if self.ended => return Ok(self.out.finish()),
                Event::Eof => return Err(error(ErrorKind::Root)),
                Event::PI(_) => return Err(error(ErrorKind::Instruction)),
                Event::DocType(_) => return Err(error(ErrorKind::Doctype)),
                _ => {}
            }
            steps::take(self.out.len() - written);
            if self.out.len() > limit {
                return Err(error(ErrorKind::TooLarge));
            }
        }
    }

    /// Where the next event begins.
    fn position(&self) -> usize {
        self.mark + usize::try_from(self.xml.buffer_position()).unwrap_or(usize::MAX - self.mark)
    }

    /// Passes a start tag around the chosen element.
    fn pass(&mut self, tag: &BytesStart<'_>) -> Result<(), ErrorKind> {
        let mut inherited = Vec::new();
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| ErrorKind::Attribute)?;
            let value = value(&attribute)?;
            if attribute.key.as_namespace_binding().is_some() {
                check_space(&value)?;
            } else if let Some(local) = attribute.key.into_inner().strip_prefix("xml:") {
                inherited.push((local.to_string(), value));
            }
        }
        self.around.push(inherited);
        Ok(())
    }

    /// Writes a start tag. `is_first` means that it is the outermost element of the form.
    fn start(&mut self, tag: &BytesStart<'_>, is_first: bool) -> Result<(), ErrorKind> {
        let resolver = self.xml.resolver();
        let exclusive = self.method.exclusive.as_deref();
        let is_kept =
            |prefix: &str| exclusive.is_none_or(|kept| kept.iter().any(|one| one == prefix));
        let mut spaces: Vec<(String, String)> = Vec::new();
        if is_first {
            // These include the namespaces that the tag itself declares.
            let in_force = resolver.bindings().map(|(prefix, space)| (prefix_of(prefix), space.0));
            let kept = in_force.filter(|(prefix, _)| is_kept(prefix));
            spaces.extend(kept.map(|(prefix, space)| (prefix.to_string(), space.to_string())));
        }
        let mut attributes = Vec::new();
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| ErrorKind::Attribute)?;
            let (key, value) = (attribute.key, value(&attribute)?);
            steps::take(value.len());
            if let Some(declared) = key.as_namespace_binding() {
                check_space(&value)?;
                if !is_first && is_kept(prefix_of(declared)) {
                    spaces.push((prefix_of(declared).to_string(), value));
                }
                continue;
            }
            let (found, local) = resolver.resolve_attribute(key);
            let space = space_of(&found)?;
            if exclusive.is_some()
                && let Some(prefix) = key.prefix()
            {
                spaces.push((prefix.into_inner().to_string(), space.to_string()));
            }
            attributes.push(Attribute {
                space: space.to_string(),
                local: local.into_inner().to_string(),
                name: key.into_inner().to_string(),
                value,
            });
        }
        let prefix = tag.name().prefix().map_or("", |prefix| prefix.into_inner());
        // No element may use this prefix, because nothing can declare it (Namespaces in XML 3).
        if prefix == "xmlns" {
            return Err(ErrorKind::Namespace);
        }
        if exclusive.is_some() {
            let (found, _) = resolver.resolve_element(tag.name());
            spaces.push((prefix.to_string(), space_of(&found)?.to_string()));
        } else if is_first {
            self.inherit(&mut attributes);
        }
        attributes.sort_unstable();
        spaces.sort_unstable();
        spaces.dedup();
        self.open.push(self.declared.len());
        self.out.push(b"<");
        self.out.push(tag.name().into_inner().as_bytes());
        for (prefix, space) in spaces {
            let in_form = self.declared.iter().rev().find(|(known, _)| *known == prefix);
            if prefix != "xml" && in_form.map_or("", |(_, space)| space) != space {
                match prefix.as_str() {
                    "" => self.out.attribute("xmlns", &space),
                    _ => self.out.attribute(&alloc::format!("xmlns:{prefix}"), &space),
                }
                self.declared.push((prefix, space));
            }
        }
        for attribute in attributes {
            self.out.attribute(&attribute.name, &attribute.value);
        }
        self.out.push(b">");
        Ok(())
    }
}

impl Form<'_> {
    /// Adds the `xml:` attributes of the elements around the chosen one, the nearest of each name (Canonical XML 2.4).
    fn inherit(&self, attributes: &mut Vec<Attribute>) {
        for (local, value) in self.around.iter().rev().flatten() {
            if !attributes.iter().any(|own| own.space == XML && own.local == *local) {
                attributes.push(Attribute {
                    space: XML.into(),
                    local: local.clone(),
                    name: alloc::format!("xml:{local}"),
                    value: value.clone(),
                });
            }
        }
    }

    /// Writes a comment inside of the form, or beside the element of a whole document.
    fn comment(&mut self, comment: &str, is_whole: bool) {
        let is_inside = !self.open.is_empty();
        if !is_inside && !is_whole {
            return;
        }
        if self.ended {
            self.out.push(b"\n");
        }
        self.out.push(b"<!--");
        self.lines(comment, |out, line| out.push(line.as_bytes()));
        self.out.push(b"-->");
        if !is_inside && !self.ended {
            self.out.push(b"\n");
        }
    }

    /// Writes text of the document. Every end of a line becomes a line feed (XML 2.11).
    fn lines(&mut self, text: &str, write: fn(&mut Writer, &str)) {
        let mut lines = text.split('\r');
        write(&mut self.out, lines.next().unwrap_or_default());
        for line in lines {
            write(&mut self.out, "\n");
            write(&mut self.out, line.strip_prefix('\n').unwrap_or(line));
        }
    }
}

/// The number of elements in a document that has been read which have this name in any attribute that a reader might
/// take for an `Id`.
pub(super) fn named(document: &[u8], name: &str) -> usize {
    let Ok(text) = core::str::from_utf8(document) else { return 0 };
    let mut xml = quick_xml::Reader::from_str(text);
    let mut found = 0;
    loop {
        match xml.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                let is_name = |attribute: &Raw<'_>| {
                    let local = attribute.key.local_name();
                    local.as_ref().eq_ignore_ascii_case("id")
                        && value(attribute).is_ok_and(|value| value == name)
                };
                let mut attributes = tag.attributes();
                let named = attributes.with_checks(false).flatten().any(|one| is_name(&one));
                found += usize::from(named);
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

/// The namespace of the prefix `xml`.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

fn value(attribute: &Raw<'_>) -> Result<String, ErrorKind> {
    let value = attribute.normalized_value(XmlVersion::Implicit1_0);
    value.map(Cow::into_owned).map_err(|_| ErrorKind::Reference)
}

/// The prefix of a declaration. That of the default namespace is empty.
const fn prefix_of(declared: PrefixDeclaration<'_>) -> &str {
    match declared {
        PrefixDeclaration::Default => "",
        PrefixDeclaration::Named(prefix) => prefix,
    }
}

fn space_of<'a>(found: &ResolveResult<'a>) -> Result<&'a str, ErrorKind> {
    match found {
        ResolveResult::Unbound => Ok(""),
        ResolveResult::Bound(space) => Ok(space.0),
        ResolveResult::Unknown(_) => Err(ErrorKind::Namespace),
    }
}

/// A namespace must be an absolute URI or empty (Canonical XML 1.3). No URI contains a quotation mark, which would be a
/// reference in the form. The reader refuses references there.
fn check_space(space: &str) -> Result<(), ErrorKind> {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|c| c.is_ascii_alphanumeric() || b"+-.".contains(&c))
    };
    let is_absolute = space.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme));
    if space.is_empty() || is_absolute && !space.contains('"') {
        Ok(())
    } else {
        Err(ErrorKind::Namespace)
    }
}
