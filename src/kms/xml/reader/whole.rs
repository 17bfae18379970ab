//! Elements that are kept as they are.

use alloc::string::String;
use alloc::vec::Vec;

use quick_xml::name::{Namespace, PrefixDeclaration};

use super::{Reader, Token};
use crate::kms::xml::tag::{Name, Space, Tag};
use crate::kms::xml::{Error, ErrorKind, Limits};
use crate::steps;

impl<'a> Reader<'a> {
    /// The next element with its content, as it is in the document, and its start tag. None at the end of the parent.
    pub(in crate::kms::xml) fn raw(&mut self) -> Result<Option<(&'a str, Tag<'a>)>, Error> {
        let Some(tag) = self.next_if(|_| true)? else { return Ok(None) };
        self.skip()?;
        Ok(Some((self.since(&tag)?, tag)))
    }

    /// The document from a start tag to the last event.
    fn since(&self, tag: &Tag<'a>) -> Result<&'a str, Error> {
        let range = tag.position() - self.mark..self.offset() - self.mark;
        self.document.get(range).ok_or(self.error(ErrorKind::Syntax))
    }

    /// The next element with its content, in a form that means the same in any other place. It is as in the document,
    /// unless it needs namespaces that are declared around it. Then its start tag declares all of those. None at the
    /// end of the parent, and for an element that is not wanted.
    ///
    /// Errors: [`ErrorKind::Namespace`] if it contains an element that is in no namespace, or would need more
    /// declarations than the limits allow; [`ErrorKind::TooLarge`] if the declarations that are added to the elements
    /// of a document have more octets than the document.
    pub(in crate::kms::xml) fn whole_if(
        &mut self,
        is_wanted: impl Fn(&Tag<'a>) -> bool,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some(tag) = self.next_if(is_wanted)? else { return Ok(None) };
        let inherited = self.inherited();
        self.skip()?;
        let raw = self.since(&tag)?;
        let (space, limits) = (tag.space(), self.limits);
        let is_whole = |octets: &[u8]| is_element(octets, &limits, |own| own.space() == space);
        if is_whole(raw.as_bytes()) {
            return Ok(Some(raw.into()));
        }
        self.added += inherited.len();
        if self.added > self.document.len() {
            return Err(self.error(ErrorKind::TooLarge));
        }
        let name = raw.split_at_checked(1 + tag.name_len());
        let (name, rest) = name.ok_or(self.error(ErrorKind::Syntax))?;
        let whole = [name, &inherited, rest].concat();
        steps::take(whole.len());
        if !is_whole(whole.as_bytes()) {
            return Err(self.error(ErrorKind::Namespace));
        }
        Ok(Some(whole.into_bytes()))
    }

    /// The first element of this name inside of the open one, in the form of [`whole_if`](Self::whole_if).
    pub(in crate::kms::xml) fn find(&mut self, name: Name) -> Result<Option<Vec<u8>>, Error> {
        let outside = self.depth - 1;
        while let Some(tag) = self.next_inside(outside)? {
            if tag.is(name) {
                self.peeked = Some(Token::Start(tag));
                return self.whole_if(|_| true);
            }
        }
        Ok(None)
    }

    /// The texts of all elements of this name inside of the open one. Elements named `except` are skipped with their
    /// content.
    pub(in crate::kms::xml) fn texts(
        &mut self,
        space: Space,
        name: &str,
        except: Name,
    ) -> Result<Vec<String>, Error> {
        let outside = self.depth - 1;
        let mut texts = Vec::new();
        while let Some(tag) = self.next_inside(outside)? {
            if tag.is(except) {
                self.skip()?;
            } else if tag.space() == space && tag.local_name() == name {
                self.path.push(self.element());
                texts.push(self.text()?.token().into());
            }
        }
        Ok(texts)
    }

    /// Declarations of the namespaces that the last start tag inherits from the elements around it.
    fn inherited(&self) -> String {
        let resolver = self.xml.resolver();
        let mut declarations = String::new();
        for (prefix, Namespace(uri)) in resolver.bindings() {
            if resolver.bindings_of(resolver.level()).any(|(own, _)| own == prefix) {
                continue;
            }
            let (colon, prefix) = match prefix {
                PrefixDeclaration::Default => ("", ""),
                PrefixDeclaration::Named(prefix) => (":", prefix),
            };
            // It contains one kind of quotes at most, because it was read from quotes of the other kind.
            let quote = if uri.contains('"') { "'" } else { "\"" };
            declarations.extend([" xmlns", colon, prefix, "=", quote, uri, quote]);
        }
        declarations
    }
}

/// Whether the octets are one element that `is_it` accepts and that means the same in any place: it is well-formed and
/// declares every prefix itself, and a default namespace if it needs one.
pub(in crate::kms::xml) fn is_element(
    octets: &[u8],
    limits: &Limits,
    is_it: impl Fn(&Tag<'_>) -> bool,
) -> bool {
    let Ok(mut reader) = Reader::new(octets, limits) else { return false };
    reader.qualified = true;
    let is_all = match reader.raw() {
        // No declaration and no comment may stand beside it.
        Ok(Some((raw, tag))) => raw == reader.document && reader.mark == 0 && is_it(&tag),
        _ => false,
    };
    is_all && reader.end().is_ok()
}
