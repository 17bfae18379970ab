//! Elements that are kept as they stand.

use alloc::string::String;
use alloc::vec::Vec;

use quick_xml::name::{Namespace, PrefixDeclaration};

use super::{Reader, Token};
use crate::kms::xml::tag::{Name, Space, Tag};
use crate::kms::xml::{Error, ErrorKind, Limits};
use crate::steps;

impl<'a> Reader<'a> {
    /// The next element with all that is in it, as it stands, and its namespace. None at the end of the
    /// parent.
    pub(in crate::kms::xml) fn raw(&mut self) -> Result<Option<(&'a str, Space)>, Error> {
        match self.take()? {
            Token::Start(tag) => {
                self.skip()?;
                Ok(Some((self.since(&tag)?, tag.space())))
            }
            other => {
                self.peeked = Some(other);
                Ok(None)
            }
        }
    }

    /// The document from a start tag to what was read last.
    fn since(&self, tag: &Tag<'a>) -> Result<&'a str, Error> {
        let range = tag.position() - self.mark..self.offset() - self.mark;
        self.document.get(range).ok_or(self.error(ErrorKind::Syntax))
    }

    /// The next element with all that is in it, so that it means the same wherever it stands: as it stands, or if it
    /// needs them with the declarations of the namespaces that are in force around it. None at the end of the parent,
    /// and for an element that isn't wanted.
    ///
    /// Errors: [`ErrorKind::Namespace`] for an element in it that is in no namespace, and for more declarations
    /// than the limits allow; [`ErrorKind::TooLarge`] if the elements of the document would get more of them than
    /// it has octets.
    pub(in crate::kms::xml) fn whole_if(
        &mut self,
        is_wanted: impl Fn(&Tag<'a>) -> bool,
    ) -> Result<Option<Vec<u8>>, Error> {
        let tag = match self.take()? {
            Token::Start(tag) if is_wanted(&tag) => tag,
            other => {
                self.peeked = Some(other);
                return Ok(None);
            }
        };
        let inherited = self.inherited();
        self.skip()?;
        let raw = self.since(&tag)?;
        if is_element(raw.as_bytes(), &self.limits, tag.space()) {
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
        if !is_element(whole.as_bytes(), &self.limits, tag.space()) {
            return Err(self.error(ErrorKind::Namespace));
        }
        Ok(Some(whole.into_bytes()))
    }

    /// The first element of this name inside of the one that is open, whole.
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

    /// The texts of all elements of this name inside of the one that is open, but for those inside of an element
    /// named `except`.
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

    /// The namespaces that the element whose start was read last has from around it, as it would declare them.
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
            // It stood in quotes of one kind.
            let quote = if uri.contains('"') { '\'' } else { '"' };
            declarations.extend([" xmlns", colon, prefix, "="]);
            declarations.push(quote);
            declarations.push_str(uri);
            declarations.push(quote);
        }
        declarations
    }
}

/// Whether the octets are one element of this namespace, well-formed, that means the same wherever it
/// stands: every prefix is declared in it, and a default namespace if it needs one.
pub(in crate::kms::xml) fn is_element(octets: &[u8], limits: &Limits, space: Space) -> bool {
    let Ok(mut reader) = Reader::new(octets, limits) else { return false };
    reader.qualified = true;
    // It is all there is: no declaration, no comment beside it.
    let raw = reader.raw();
    matches!(raw, Ok(Some(raw)) if raw == (reader.document, space) && reader.mark == 0)
        && reader.end().is_ok()
}
