//! The reasons why a document is refused, and the place in it.

use core::fmt;

/// The reason why a document is refused or cannot be written, and the place.
///
/// It contains nothing of the document's text, and so nothing secret.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Error {
    kind: ErrorKind,
    element: &'static str,
    position: usize,
}

/// The reason of an [`Error`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ErrorKind {
    /// The document has more octets than allowed.
    TooLarge,
    /// Elements are nested deeper than allowed.
    TooDeep,
    /// An element has more attributes, a document has more namespaces in force, or a list has more items than allowed.
    TooMany,
    /// A text or an attribute has more octets than allowed.
    TooLong,
    /// The document is not UTF-8, declares another encoding, or contains a character that XML does not allow.
    Encoding,
    /// The document is not well-formed.
    Syntax,
    /// The document contains a document type declaration. It is refused, whatever it declares.
    Doctype,
    /// The document contains a processing instruction.
    Instruction,
    /// A reference stands for an entity that is not predefined, or for a character that XML does not allow.
    Reference,
    /// A namespace prefix is not declared, or a declaration is not allowed.
    Namespace,
    /// The document is of another kind.
    Root,
    /// A required element is missing, or comes after elements that it must precede.
    Missing,
    /// An element is unknown, repeated or out of order.
    Unexpected,
    /// There is text where only elements are allowed, or an element where only text is allowed.
    Content,
    /// An attribute is malformed, missing, unknown or given twice.
    Attribute,
    /// The version is not known.
    Version,
    /// `xsi:type` names a type that the element cannot have.
    Type,
    /// A value does not belong to its type: it is not hexadecimal, not a date, or out of range.
    Value,
    /// An algorithm, or a parameter of an algorithm, is not allowed.
    Algorithm,
    /// There is no signature.
    NotSigned,
    /// The signature does not refer to the message beside it or to the whole, or it refers to a name that several
    /// elements have.
    Signed,
    /// The digest is not that of the canonical form, because what was signed has been changed.
    Digest,
    /// The document names another key than the one that verifies it.
    SignatureId,
    /// The key has fewer than 16 octets.
    ShortKey,
    /// The MAC was made with another key.
    Mac,
    /// The signing key could not be used.
    Primitive(crate::Error),
}

impl Error {
    pub(super) const fn new(kind: ErrorKind, element: &'static str, position: usize) -> Self {
        Self { kind, element, position }
    }

    /// An error of a value that is to be written. Its position is 0.
    pub(super) const fn of_value(kind: ErrorKind, element: &'static str) -> Self {
        Self::new(kind, element, 0)
    }

    /// The same error of another element.
    pub(super) const fn of(self, element: &'static str) -> Self {
        Self { element, ..self }
    }

    /// The reason.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The element that is wrong: the missing one, the one with the wrong content or attribute, or the one that
    /// contains an unexpected element. Empty outside of the document element.
    #[must_use]
    pub const fn element(&self) -> &'static str {
        self.element
    }

    /// The place, in octets from the beginning of the document.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

impl ErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::TooLarge => {
                "the document is larger than its limit: shorten it, or raise the limit"
            }
            Self::TooDeep => {
                "elements are nested deeper than the limit: flatten them, or raise the limit"
            }
            Self::TooMany => {
                "there are more attributes, namespaces or items than the limit: use fewer, or raise the limit"
            }
            Self::TooLong => "a text is longer than the limit: shorten it, or raise the limit",
            Self::Encoding => {
                "the document is not UTF-8, or contains a character that XML 1.0 does not allow: \
                 write it in UTF-8, with allowed characters"
            }
            Self::Syntax => "the document is not well-formed: correct it at this position",
            Self::Doctype => "there is a document type declaration: leave it out",
            Self::Instruction => "there is a processing instruction: leave it out",
            Self::Reference => "the reference is not allowed: write the character itself",
            Self::Namespace => "the namespace is undeclared or not allowed: declare an allowed one",
            Self::Root => "the document is of another kind: decode it as the kind that it is",
            Self::Missing => "the element is missing or out of order: write it in its place",
            Self::Unexpected => "it contains an unexpected element: leave that out",
            Self::Content => {
                "there is text instead of elements, or elements instead of text: write what the schema requires"
            }
            Self::Attribute => {
                "an attribute is malformed, missing, unknown or repeated: write what the schema requires"
            }
            Self::Version => "the version is not known: write a known one",
            Self::Type => "the element cannot have this type: write a type that it can have",
            Self::Value => "the value does not belong to its type: write one that does",
            Self::Algorithm => "the algorithm is not allowed: sign with those of TS 33.180 D.3",
            Self::NotSigned => "the document is not signed: have it signed",
            Self::Signed => {
                "the signature does not cover the whole message: \
                 refer to the message, by an Id that no other element has"
            }
            Self::Digest => {
                "the digest does not match, because what was signed has been changed: ask for the document again"
            }
            Self::SignatureId => {
                "the document is signed with another key than expected: \
                 sign with the integrity key in use, or if there is none, with the transport key"
            }
            Self::ShortKey => "the key is shorter than 16 octets: agree on a longer one",
            Self::Mac => "the MAC is wrong: check that both ends have the same key",
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
        assert_eq!(
            outside.to_string(),
            "at octet 9: the document is not well-formed: correct it at this position"
        );
        assert_eq!(
            outside.of("KmsId").to_string(),
            "KmsId, at octet 9: the document is not well-formed: correct it at this position"
        );
        assert_eq!(Error::of_value(ErrorKind::Value, "KmsId").position(), 0);
    }
}
