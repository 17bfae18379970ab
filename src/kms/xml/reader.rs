//! A strict reading of XML 1.0 with namespaces (W3C), element after element.
//!
//! Of XML it takes elements, attributes, text, CDATA sections, comments, the five predefined entities and
//! references to characters; in UTF-8. There is no document type, so no entity and no default. What a
//! document says of its elements is checked wherever they are, in skipped ones too.

mod whole;

use alloc::vec::Vec;

use quick_xml::events::{BytesRef, Event};
use quick_xml::reader::NsReader;
pub(super) use whole::is_element;

use super::syntax::{self, is_blank, is_char};
use super::tag::{Name, Space, Tag};
use super::text::Text;
use super::{Error, ErrorKind, Limits};
use crate::steps;

/// The byte order mark, which a document may begin with.
const MARK: char = '\u{feff}';

/// What comes next where there are only elements.
enum Token<'a> {
    Start(Tag<'a>),
    End,
    Eof,
}

/// What is inside of an element.
pub(super) enum Content<'a> {
    /// Text, and the end of the element was read.
    Text(Text<'a>),
    /// An element, whose start was read.
    Element(Tag<'a>),
}

/// A document being read.
pub(super) struct Reader<'a> {
    /// Without a byte order mark.
    document: &'a str,
    /// Octets of the byte order mark.
    mark: usize,
    xml: NsReader<&'a [u8]>,
    limits: Limits,
    /// The elements that are open here, for errors.
    path: Vec<&'static str>,
    /// How many elements are open, skipped ones among them.
    depth: usize,
    peeked: Option<Token<'a>>,
    /// Every element must be in a namespace.
    qualified: bool,
    /// Something has been read.
    begun: bool,
    /// Where the event begins that was read last.
    position: usize,
    /// Octets of declarations that elements kept as they stand have got.
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
        let (mark, document) = match text.strip_prefix(MARK) {
            Some(rest) if rest.starts_with(MARK) => {
                return Err(Error::new(ErrorKind::Syntax, "", MARK.len_utf8()));
            }
            Some(rest) => (MARK.len_utf8(), rest),
            None => (0, text),
        };
        let mut xml = NsReader::from_str(document);
        let config = xml.config_mut();
        config.check_comments = true;
        config.expand_empty_elements = true;
        xml.resolver_mut().set_max_namespace_bindings(limits.attributes);
        Ok(Self {
            document,
            mark,
            xml,
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

    /// The document element, which must have this name.
    pub(super) fn root(&mut self, name: Name) -> Result<Tag<'a>, Error> {
        self.open_if(name)?.ok_or(self.error(ErrorKind::Root))
    }

    /// Nothing but comments and white space may follow the document element.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        match self.take()? {
            Token::Eof => Ok(()),
            Token::Start(_) | Token::End => Err(self.error(ErrorKind::Syntax)),
        }
    }

    /// The element that must come next.
    ///
    /// Errors: [`ErrorKind::Missing`] if it doesn't.
    pub(super) fn open(&mut self, name: Name) -> Result<Tag<'a>, Error> {
        match self.open_if(name)? {
            Some(tag) => Ok(tag),
            None => Err(Error::new(ErrorKind::Missing, name.1, self.position)),
        }
    }

    /// The element, if it comes next.
    pub(super) fn open_if(&mut self, name: Name) -> Result<Option<Tag<'a>>, Error> {
        match self.take()? {
            Token::Start(tag) if tag.is(name) => {
                self.path.push(name.1);
                Ok(Some(tag))
            }
            other => {
                self.peeked = Some(other);
                Ok(None)
            }
        }
    }

    /// The end of the element, which must come next.
    ///
    /// Errors: [`ErrorKind::Unexpected`] if it doesn't.
    pub(super) fn close(&mut self) -> Result<(), Error> {
        match self.take()? {
            Token::End => {
                self.path.pop();
                Ok(())
            }
            Token::Start(_) | Token::Eof => Err(self.error(ErrorKind::Unexpected)),
        }
    }

    /// Skips elements of other namespaces than annex D's, as far as there are any: what the schema calls
    /// `any ##other`.
    pub(super) fn skip_others(&mut self) -> Result<(), Error> {
        loop {
            match self.take()? {
                Token::Start(tag) if !matches!(tag.space(), Space::Kms | Space::None) => {
                    self.skip()?;
                }
                other => {
                    self.peeked = Some(other);
                    return Ok(());
                }
            }
        }
    }

    /// Skips the element, if it comes next.
    pub(super) fn skip_if(&mut self, name: Name) -> Result<(), Error> {
        if self.open_if(name)?.is_some() {
            self.skip()?;
            self.path.pop();
        }
        Ok(())
    }

    /// Skips elements of any name but this one's.
    pub(super) fn skip_until(&mut self, name: Name) -> Result<(), Error> {
        loop {
            match self.take()? {
                Token::Start(tag) if !tag.is(name) => self.skip()?,
                other => {
                    self.peeked = Some(other);
                    return Ok(());
                }
            }
        }
    }

    /// Reads to the end of an element whose start was read.
    fn skip(&mut self) -> Result<(), Error> {
        let outside = self.depth - 1;
        while self.next_inside(outside)?.is_some() {}
        Ok(())
    }

    /// The next start tag, at whatever depth, inside of the element that is open, or None at its end.
    /// `outside` is the depth around that element.
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
    /// Errors: [`ErrorKind::Content`] if there are elements.
    pub(super) fn text(&mut self) -> Result<Text<'a>, Error> {
        match self.content()? {
            Content::Text(text) => Ok(text),
            Content::Element(_) => Err(self.error(ErrorKind::Content)),
        }
    }

    /// The text of an element of this name, which must come next and have no attributes.
    pub(super) fn text_of(&mut self, name: Name) -> Result<Text<'a>, Error> {
        self.open(name)?.attributes(name.1, [])?;
        self.text()
    }

    /// The text of an element of this name, if it comes next.
    pub(super) fn text_if(&mut self, name: Name) -> Result<Option<Text<'a>>, Error> {
        match self.open_if(name)? {
            None => Ok(None),
            Some(tag) => {
                tag.attributes(name.1, [])?;
                self.text().map(Some)
            }
        }
    }

    /// What is inside of an element: text or an element.
    pub(super) fn content(&mut self) -> Result<Content<'a>, Error> {
        let mut text = Text::new(self.element(), self.position);
        let mut only_white = true;
        loop {
            match self.event()? {
                Event::Text(piece) => {
                    self.check_text(&piece)?;
                    let alloc::borrow::Cow::Borrowed(piece) = piece.into_inner() else {
                        return Err(self.error(ErrorKind::Syntax));
                    };
                    only_white &= is_blank(piece);
                    text.push(piece);
                }
                Event::CData(piece) => {
                    let alloc::borrow::Cow::Borrowed(piece) = piece.into_inner() else {
                        return Err(self.error(ErrorKind::Syntax));
                    };
                    only_white = false;
                    text.push(piece);
                }
                Event::GeneralRef(reference) => {
                    only_white = false;
                    text.push_char(self.character(&reference)?);
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
            }
            if text.as_str().len() > self.limits.text {
                return Err(self.error(ErrorKind::TooLong));
            }
        }
    }

    /// An element of this name, whose start [`content`](Self::content) has read.
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

    fn tag(&mut self, tag: quick_xml::events::BytesStart<'a>) -> Result<Tag<'a>, Error> {
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

    /// The next event but comments.
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

    /// Text must not contain what ends a CDATA section.
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

    /// An error of the element that is open, where the event begins that was read last.
    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.element(), self.position)
    }
}
