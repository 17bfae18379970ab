//! A strict reader of XML 1.0 with namespaces (W3C), one element at a time.
//!
//! It accepts elements, attributes, text, CDATA sections, comments, the five predefined entities and references to
//! characters, all in UTF-8. Document types are refused, so there are no other entities and no default attributes.
//! Every element is checked for being well-formed, including those that are skipped.

mod whole;

use alloc::borrow::Cow;
use alloc::vec::Vec;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::NsReader;
pub(super) use whole::is_element;

use super::syntax::{self, is_blank, is_char};
use super::tag::{Name, Space, Tag};
use super::text::Text;
use super::{Error, ErrorKind, Limits};
use crate::steps;

/// The byte order mark that a document may begin with.
pub(super) const MARK: char = '\u{feff}';

/// What comes next where only elements are allowed.
enum Token<'a> {
    Start(Tag<'a>),
    End,
    Eof,
}

/// The content of an element.
pub(super) enum Content<'a> {
    /// Text. The end of the element has been read.
    Text(Text<'a>),
    /// An element, whose start tag has been read.
    Element(Tag<'a>),
}

/// A document that is being read.
pub(super) struct Reader<'a> {
    /// The document without its byte order mark.
    document: &'a str,
    /// The length of the byte order mark in octets.
    mark: usize,
    xml: NsReader<&'a [u8]>,
    limits: Limits,
    /// The names of the open elements, for errors.
    path: Vec<&'static str>,
    /// The number of open elements, including those that are skipped.
    depth: usize,
    peeked: Option<Token<'a>>,
    /// Whether every element must be in a namespace.
    qualified: bool,
    /// Whether anything has been read.
    begun: bool,
    /// Where the last event begins.
    position: usize,
    /// The octets of all declarations that were added to elements that are kept as they are.
    added: usize,
}

impl<'a> Reader<'a> {
    /// Errors: [`ErrorKind::TooLarge`], [`ErrorKind::Encoding`].
    pub(super) fn new(document: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        if document.len() > limits.octets {
            return Err(Error::new(ErrorKind::TooLarge, "", limits.octets));
        }
        steps::take(document.len());
        let text = core::str::from_utf8(document)
            .map_err(|error| Error::new(ErrorKind::Encoding, "", error.valid_up_to()))?;
        if let Some((position, _)) = text.char_indices().find(|(_, c)| !is_char(*c)) {
            return Err(Error::new(ErrorKind::Encoding, "", position));
        }
        let document = text.strip_prefix(MARK).unwrap_or(text);
        if document.starts_with(MARK) {
            return Err(Error::new(ErrorKind::Syntax, "", MARK.len_utf8()));
        }
        Ok(Self {
            document,
            mark: text.len() - document.len(),
            xml: parser(document, limits.attributes),
            limits: *limits,
            path: Vec::new(),
            depth: 0,
            peeked: None,
            qualified: false,
            begun: false,
            position: 0,
            added: 0,
        })
    }

    /// The start tag of the document element, which must have this name.
    pub(super) fn root(&mut self, name: Name) -> Result<Tag<'a>, Error> {
        self.open_if(name)?.ok_or(self.error(ErrorKind::Root))
    }

    /// The end of the document. Only comments and white space may follow the document element.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        match self.take()? {
            Token::Eof => Ok(()),
            Token::Start(_) | Token::End => Err(self.error(ErrorKind::Syntax)),
        }
    }

    /// The start tag of this name, which must come next.
    ///
    /// Errors: [`ErrorKind::Missing`].
    pub(super) fn open(&mut self, name: Name) -> Result<Tag<'a>, Error> {
        match self.open_if(name)? {
            Some(tag) => Ok(tag),
            None => Err(Error::new(ErrorKind::Missing, name.1, self.position)),
        }
    }

    /// The start tag of this name, if it comes next.
    pub(super) fn open_if(&mut self, name: Name) -> Result<Option<Tag<'a>>, Error> {
        let tag = self.next_if(|tag| tag.is(name))?;
        if tag.is_some() {
            self.path.push(name.1);
        }
        Ok(tag)
    }

    /// The next token, if it is a start tag that `is_it` accepts.
    fn next_if(&mut self, is_it: impl Fn(&Tag<'a>) -> bool) -> Result<Option<Tag<'a>>, Error> {
        match self.take()? {
            Token::Start(tag) if is_it(&tag) => Ok(Some(tag)),
            other => {
                self.peeked = Some(other);
                Ok(None)
            }
        }
    }

    /// The end of the element, which must come next.
    ///
    /// Errors: [`ErrorKind::Unexpected`].
    pub(super) fn close(&mut self) -> Result<(), Error> {
        match self.take()? {
            Token::End => {
                self.path.pop();
                Ok(())
            }
            Token::Start(_) | Token::Eof => Err(self.error(ErrorKind::Unexpected)),
        }
    }

    /// Skips the elements of other namespaces that come next, which the schema calls `any ##other`.
    pub(super) fn skip_others(&mut self) -> Result<(), Error> {
        self.skip_while(|tag| !matches!(tag.space(), Space::Kms | Space::None))
    }

    /// Skips the element, if it comes next.
    pub(super) fn skip_if(&mut self, name: Name) -> Result<(), Error> {
        if self.open_if(name)?.is_some() {
            self.skip()?;
            self.path.pop();
        }
        Ok(())
    }

    /// Skips elements up to the next one of this name.
    pub(super) fn skip_until(&mut self, name: Name) -> Result<(), Error> {
        self.skip_while(|tag| !tag.is(name))
    }

    fn skip_while(&mut self, is_skipped: impl Fn(&Tag<'a>) -> bool) -> Result<(), Error> {
        while self.next_if(&is_skipped)?.is_some() {
            self.skip()?;
        }
        Ok(())
    }

    /// Reads the rest of an element after its start tag.
    fn skip(&mut self) -> Result<(), Error> {
        let outside = self.depth - 1;
        while self.next_inside(outside)?.is_some() {}
        Ok(())
    }

    /// The next start tag inside of the open element, at any depth, or None at its end. `outside` is the depth around
    /// that element.
    fn next_inside(&mut self, outside: usize) -> Result<Option<Tag<'a>>, Error> {
        while self.depth > outside {
            match self.event()? {
                Event::Start(tag) => return self.tag(tag).map(Some),
                Event::End(_) => self.depth -= 1,
                Event::Text(text) => self.check_text(&text)?,
                Event::GeneralRef(reference) => {
                    self.character(&reference)?;
                }
                Event::CData(_) => {}
                _ => return Err(self.error(ErrorKind::Syntax)),
            }
        }
        Ok(None)
    }

    /// The text of the element, and its end.
    ///
    /// Errors: [`ErrorKind::Content`] if it contains elements.
    pub(super) fn text(&mut self) -> Result<Text<'a>, Error> {
        match self.content()? {
            Content::Text(text) => Ok(text),
            Content::Element(_) => Err(self.error(ErrorKind::Content)),
        }
    }

    /// The text of an element of this name, which must come next. Attributes are refused.
    pub(super) fn text_of(&mut self, name: Name) -> Result<Text<'a>, Error> {
        self.open(name)?.attributes(name.1, [])?;
        self.text()
    }

    /// The text of an element of this name, if it comes next. Attributes are refused.
    pub(super) fn text_if(&mut self, name: Name) -> Result<Option<Text<'a>>, Error> {
        let Some(tag) = self.open_if(name)? else { return Ok(None) };
        tag.attributes(name.1, [])?;
        self.text().map(Some)
    }

    /// The content of an element: its text, or else its first element.
    pub(super) fn content(&mut self) -> Result<Content<'a>, Error> {
        let mut text = Text::new(self.element(), self.position);
        let mut only_white = true;
        loop {
            let piece = match self.event()? {
                Event::Text(piece) => {
                    self.check_text(&piece)?;
                    only_white &= is_blank(&piece);
                    piece.into_inner()
                }
                Event::CData(piece) => {
                    only_white = false;
                    piece.into_inner()
                }
                Event::GeneralRef(reference) => {
                    only_white = false;
                    text.push_char(self.character(&reference)?);
                    Cow::Borrowed("")
                }
                Event::Start(tag) => {
                    let tag = self.tag(tag)?;
                    if !only_white {
                        return Err(self.error(ErrorKind::Content));
                    }
                    return Ok(Content::Element(tag));
                }
                Event::End(_) => {
                    self.depth -= 1;
                    self.path.pop();
                    return Ok(Content::Text(text));
                }
                _ => return Err(self.error(ErrorKind::Syntax)),
            };
            // Every piece is a part of the document.
            let Cow::Borrowed(piece) = piece else { return Err(self.error(ErrorKind::Syntax)) };
            text.push(piece);
            if text.as_str().len() > self.limits.text {
                return Err(self.error(ErrorKind::TooLong));
            }
        }
    }

    /// Enters an element whose start tag [`content`](Self::content) has read, and which must have this name.
    pub(super) fn enter(&mut self, tag: &Tag<'a>, name: Name) -> Result<(), Error> {
        if !tag.is(name) {
            return Err(self.error(ErrorKind::Unexpected));
        }
        self.path.push(name.1);
        Ok(())
    }

    fn take(&mut self) -> Result<Token<'a>, Error> {
        match self.peeked.take() {
            Some(token) => Ok(token),
            None => self.read(),
        }
    }

    fn read(&mut self) -> Result<Token<'a>, Error> {
        loop {
            match self.event()? {
                Event::Start(tag) => return self.tag(tag).map(Token::Start),
                Event::End(_) => {
                    self.depth -= 1;
                    return Ok(Token::End);
                }
                Event::Text(text) if is_blank(&text) => {}
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if self.depth > 0 => {
                    return Err(self.error(ErrorKind::Content));
                }
                Event::Eof if self.depth == 0 => return Ok(Token::Eof),
                _ => return Err(self.error(ErrorKind::Syntax)),
            }
        }
    }

    fn tag(&mut self, tag: BytesStart<'a>) -> Result<Tag<'a>, Error> {
        if self.depth == self.limits.depth {
            return Err(self.error(ErrorKind::TooDeep));
        }
        self.depth += 1;
        let tag = Tag::new(tag, self.xml.resolver(), &self.limits, self.position)
            .map_err(|kind| self.error(kind))?;
        if self.qualified && tag.space() == Space::None {
            return Err(self.error(ErrorKind::Namespace));
        }
        Ok(tag)
    }

    /// The next event that is not a comment.
    fn event(&mut self) -> Result<Event<'a>, Error> {
        loop {
            self.position = self.offset();
            let event = self.xml.read_event().map_err(|error| self.error(syntax::kind(&error)))?;
            steps::take(1 + self.offset() - self.position);
            let first = !core::mem::replace(&mut self.begun, true);
            match event {
                Event::Comment(_) => {}
                Event::Decl(declaration) if first => {
                    if !syntax::is_declaration(&declaration) {
                        return Err(self.error(ErrorKind::Encoding));
                    }
                }
                Event::Decl(_) | Event::PI(_) => return Err(self.error(ErrorKind::Instruction)),
                Event::DocType(_) => return Err(self.error(ErrorKind::Doctype)),
                event => return Ok(event),
            }
        }
    }

    /// Text must not contain the end of a CDATA section.
    fn check_text(&self, text: &str) -> Result<(), Error> {
        if text.contains("]]>") { Err(self.error(ErrorKind::Syntax)) } else { Ok(()) }
    }

    /// The character that a reference stands for.
    fn character(&self, reference: &BytesRef<'_>) -> Result<char, Error> {
        syntax::character(reference).ok_or(self.error(ErrorKind::Reference))
    }

    fn element(&self) -> &'static str {
        self.path.last().copied().unwrap_or_default()
    }

    /// Where the next event begins.
    fn offset(&self) -> usize {
        self.mark + usize::try_from(self.xml.buffer_position()).unwrap_or(self.document.len())
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// An error in the open element, at the last event.
    pub(super) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.element(), self.position)
    }
}

/// The parser of a document, with at most this number of namespaces in force.
pub(super) fn parser(document: &str, namespaces: usize) -> NsReader<&[u8]> {
    let mut xml = NsReader::from_str(document);
    let config = xml.config_mut();
    config.check_comments = true;
    config.expand_empty_elements = true;
    xml.resolver_mut().set_max_namespace_bindings(namespaces);
    xml
}
