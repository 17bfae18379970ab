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
    /// The signature doesn't refer to the whole of the document beside it.
    Signed,
    /// What was canonicalised isn't what was decoded.
    Canonical,
    /// The digest isn't that of the canonicalised octets.
    Digest,
    /// The document names another key than the one that it is checked with.
    SignatureId,
    /// The key has fewer than 16 octets.
    ShortKey,
    /// The MAC isn't the key's.
    Mac,
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
            Self::TooLarge => "document too large",
            Self::TooDeep => "nested too deep",
            Self::TooMany => "too many attributes, namespaces or items",
            Self::TooLong => "text too long",
            Self::Encoding => "not UTF-8, or a character not allowed",
            Self::Syntax => "not well-formed",
            Self::Doctype => "document type declaration",
            Self::Instruction => "processing instruction",
            Self::Reference => "reference not allowed",
            Self::Namespace => "namespace not declared, or not allowed",
            Self::Root => "not a document of this kind",
            Self::Missing => "missing or out of order",
            Self::Unexpected => "unexpected element",
            Self::Content => "text instead of elements, or elements instead of text",
            Self::Attribute => "attribute malformed, missing, unknown or repeated",
            Self::Version => "version not known",
            Self::Type => "not of this type",
            Self::Value => "value not possible",
            Self::Algorithm => "algorithm not allowed",
            Self::NotSigned => "not signed",
            Self::Signed => "signature is not of the whole document",
            Self::Canonical => "not the canonical form of what was decoded",
            Self::Digest => "digest does not match",
            Self::SignatureId => "signed with another key",
            Self::ShortKey => "key shorter than 16 octets: agree on a longer one",
            Self::Mac => "MAC rejected",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (element, kind, position) = (self.element, self.kind.text(), self.position);
        match element {
            "" => write!(f, "{kind}, at octet {position}"),
            _ => write!(f, "{element}: {kind}, at octet {position}"),
        }
    }
}

impl core::error::Error for Error {}

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
        ErrorKind::Canonical,
        ErrorKind::Digest,
        ErrorKind::SignatureId,
        ErrorKind::ShortKey,
        ErrorKind::Mac,
    ];

    #[test]
    fn every_kind_has_its_own_words() {
        let mut all: Vec<_> =
            KINDS.iter().map(|kind| Error::new(*kind, "KmsId", 7).to_string()).collect();
        assert!(all.iter().all(|text| text.starts_with("KmsId: ") && text.ends_with(" octet 7")));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), KINDS.len());
        let outside = Error::new(ErrorKind::Syntax, "", 9);
        assert_eq!(outside.to_string(), "not well-formed, at octet 9");
        assert_eq!(outside.of("KmsId").to_string(), "KmsId: not well-formed, at octet 9");
        assert_eq!(Error::of_value(ErrorKind::Value, "KmsId").position(), 0);
    }
}
