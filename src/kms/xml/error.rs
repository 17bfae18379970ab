//! Why a document was refused, and where in it.

use core::fmt;

/// Why a document was refused, or can't be written, and where.
///
/// Nothing of the document's text is in it, so nothing secret is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Error {
    kind: ErrorKind,
    element: &'static str,
    position: usize,
}

/// What is wrong.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ErrorKind {
    /// The document has more octets than allowed.
    TooLarge,
    /// Elements are nested deeper than allowed.
    TooDeep,
    /// An element has more attributes, a document more namespaces in force, or a list more items than
    /// allowed.
    TooMany,
    /// A text or an attribute has more octets than allowed.
    TooLong,
    /// Not UTF-8, declared as another encoding, or with a character that XML hasn't.
    Encoding,
    /// Not well-formed.
    Syntax,
    /// A document type declaration, which is refused whatever it declares.
    Doctype,
    /// A processing instruction.
    Instruction,
    /// A reference to an entity that isn't predefined, or to a character that XML hasn't.
    Reference,
    /// A namespace prefix that isn't declared, or a declaration that isn't allowed.
    Namespace,
    /// The document is of another kind.
    Root,
    /// An element that must be there isn't, or comes after those that it stands before.
    Missing,
    /// An element that is unknown, repeated or out of order.
    Unexpected,
    /// Text where only elements are allowed, or elements where only text is.
    Content,
    /// An attribute is malformed, missing, unknown or given twice.
    Attribute,
    /// The version isn't known here.
    Version,
    /// `xsi:type` names a type that the element can't have.
    Type,
    /// A value is none of its type: not hexadecimal, no date, out of range.
    Value,
    /// An algorithm, or a parameter of one, that isn't allowed.
    Algorithm,
    /// There is no signature.
    NotSigned,
    /// The signature doesn't refer to the message beside it or to the whole, or by a name that several elements have.
    Signed,
    /// The digest isn't that of the canonical form: what was signed has been changed.
    Digest,
    /// The document names another key than the one that it is checked with.
    SignatureId,
    /// The key has fewer than 16 octets.
    ShortKey,
    /// The MAC isn't the key's.
    Mac,
    /// The key that signs couldn't be used.
    Primitive(crate::Error),
}

impl Error {
    pub(super) const fn new(kind: ErrorKind, element: &'static str, position: usize) -> Self {
        Self { kind, element, position }
    }

    /// An error of a value that is to be written: its position is 0.
    pub(super) const fn of_value(kind: ErrorKind, element: &'static str) -> Self {
        Self::new(kind, element, 0)
    }

    /// The same of another element.
    pub(super) const fn of(self, element: &'static str) -> Self {
        Self { element, ..self }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The element that it is wrong with: the one missing, the one whose content or attribute it is, or
    /// the one that an unexpected element stands in. Empty outside of the document element.
    #[must_use]
    pub const fn element(&self) -> &'static str {
        self.element
    }

    /// Where, in octets from the start of the document.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

impl ErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::TooLarge => "document larger than its limit: shorten it, or widen the limit",
            Self::TooDeep => "nested deeper than the limit: flatten it, or widen the limit",
            Self::TooMany => {
                "more attributes, namespaces or items than the limit: name fewer, or widen the limit"
            }
            Self::TooLong => "text longer than the limit: shorten it, or widen the limit",
            Self::Encoding => {
                "not UTF-8, or a character not allowed: write it in UTF-8, with characters of XML 1.0"
            }
            Self::Syntax => "not well-formed: mend it there",
            Self::Doctype => "document type declaration: leave it out",
            Self::Instruction => "processing instruction: leave it out",
            Self::Reference => "reference not allowed: write the character itself",
            Self::Namespace => "namespace not declared, or not allowed: declare its own",
            Self::Root => "not a document of this kind: read it as the kind that it is",
            Self::Missing => "missing or out of order: write it in its place",
            Self::Unexpected => "unexpected element: leave it out",
            Self::Content => {
                "text instead of elements, or elements instead of text: write what the schema has"
            }
            Self::Attribute => {
                "attribute malformed, missing, unknown or repeated: write what the schema has"
            }
            Self::Version => "version not known: write one that is",
            Self::Type => "not of this type: write a type that the element can have",
            Self::Value => "value not possible: write one of its type",
            Self::Algorithm => "algorithm not allowed: sign with those of TS 33.180 D.3",
            Self::NotSigned => "not signed: have it signed",
            Self::Signed => {
                "signature is not of the whole message: have it refer to that, by an Id that nothing else has"
            }
            Self::Digest => {
                "digest does not match, for what was signed has been changed: ask for the document again"
            }
            Self::SignatureId => {
                "signed with another key than must sign: sign with the integrity key, or else the transport key, that is in use"
            }
            Self::ShortKey => "key shorter than 16 octets: agree on a longer one",
            Self::Mac => "MAC rejected: check that both ends have the same key",
            Self::Primitive(error) => error.text(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (element, kind, position) = (self.element, self.kind.text(), self.position);
        match element {
            "" => write!(f, "at octet {position}: {kind}"),
            _ => write!(f, "{element}, at octet {position}: {kind}"),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.kind {
            ErrorKind::Primitive(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec::Vec;

    use super::*;

    const KINDS: [ErrorKind; 26] = [
        ErrorKind::TooLarge,
        ErrorKind::TooDeep,
        ErrorKind::TooMany,
        ErrorKind::TooLong,
        ErrorKind::Encoding,
        ErrorKind::Syntax,
        ErrorKind::Doctype,
        ErrorKind::Instruction,
        ErrorKind::Reference,
        ErrorKind::Namespace,
        ErrorKind::Root,
        ErrorKind::Missing,
        ErrorKind::Unexpected,
        ErrorKind::Content,
        ErrorKind::Attribute,
        ErrorKind::Version,
        ErrorKind::Type,
        ErrorKind::Value,
        ErrorKind::Algorithm,
        ErrorKind::NotSigned,
        ErrorKind::Signed,
        ErrorKind::Digest,
        ErrorKind::SignatureId,
        ErrorKind::ShortKey,
        ErrorKind::Mac,
        ErrorKind::Primitive(crate::Error::Unavailable),
    ];

    #[test]
    fn every_kind_has_its_own_words() {
        let mut all: Vec<_> =
            KINDS.iter().map(|kind| Error::new(*kind, "KmsId", 7).to_string()).collect();
        assert!(all.iter().all(|text| text.starts_with("KmsId, at octet 7: ")));
        assert!(all.iter().all(|text| text.matches(": ").count() == 2), "what to do: {all:?}");
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), KINDS.len());
        let outside = Error::new(ErrorKind::Syntax, "", 9);
        assert_eq!(outside.to_string(), "at octet 9: not well-formed: mend it there");
        assert_eq!(
            outside.of("KmsId").to_string(),
            "KmsId, at octet 9: not well-formed: mend it there"
        );
        assert_eq!(Error::of_value(ErrorKind::Value, "KmsId").position(), 0);
    }
}
