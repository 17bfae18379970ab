//! Elements that are kept as they stand.

use alloc::string::String;
use alloc::vec::Vec;

use quick_xml::name::{Namespace, PrefixDeclaration};

use super::{Reader, Token};
use crate::kms::xml::tag::{Name, Space};
use crate::kms::xml::{Error, ErrorKind, Limits};
use crate::steps;

impl<'a> Reader<'a> {
    /// The next element with all that is in it, as it stands, and its namespace. None at the end of the
    /// parent.
    pub(in crate::kms::xml) fn raw(&mut self) -> Result<Option<(&'a str, Space)>, Error> {
        match self.take()? {
            Token::Start(tag) => {
                self.skip()?;
                let range = tag.position() - self.mark..self.offset() - self.mark;
                let raw = self.document.get(range).ok_or(self.error(ErrorKind::Syntax))?;
                Ok(Some((raw, tag.space())))
            }
            other => {
                self.peeked = Some(other);
                Ok(None)
            }
        }
    }

    /// The element of this name, if it comes next, with all that is in it. It is as it stands but for its start tag,
    /// which declares the namespaces that are in force around it as well: it means the same wherever it stands.
    ///
    /// Errors: [`ErrorKind::Namespace`] for an element in it that is in no namespace, and for more declarations
    /// than the limits allow.
    pub(in crate::kms::xml) fn whole_if(&mut self, name: Name) -> Result<Option<Vec<u8>>, Error> {
        let tag = match self.take()? {
            Token::Start(tag) if tag.is(name) => tag,
            other => {
                self.peeked = Some(other);
                return Ok(None);
            }
        };
        let inherited = self.inherited();
        let start = tag.position() - self.mark;
        self.skip()?;
        let after_name = start + 1 + tag.name_len();
        let error = self.error(ErrorKind::Syntax);
        let (before, after) = (self.document.get(start..after_name), self.offset() - self.mark);
        let rest = self.document.get(after_name..after);
        let (before, rest) = before.zip(rest).ok_or(error)?;
        let whole = [before, &inherited, rest].concat();
        steps::take(whole.len());
        if !is_element(whole.as_bytes(), &self.limits, name.0) {
            return Err(self.error(ErrorKind::Namespace));
        }
        Ok(Some(whole.into_bytes()))
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
