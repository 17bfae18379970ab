//! Well-formed XML: the rules of XML 1.0 and its namespaces that the parser leaves to its caller.

use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesDecl, BytesRef};
use quick_xml::name::NamespaceError;

use super::ErrorKind;

/// Whether the octet is white space in XML.
pub(super) const fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\n' | b'\r')
}

pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

/// Whether XML 1.0 allows the character (2.2).
pub(super) const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether there is white space before each attribute (XML 3.1).
pub(super) fn is_spaced(attributes: &str) -> bool {
    let mut quote = None;
    let mut closed = true;
    for octet in attributes.bytes() {
        match quote {
            Some(open) => {
                if octet == open {
                    (quote, closed) = (None, true);
                }
            }
            None if matches!(octet, b'"' | b'\'') => quote = Some(octet),
            None if closed && !is_space(octet) => return false,
            None => closed = false,
        }
    }
    true
}

/// Whether it is a name with at most one colon, which is not at an end (Namespaces in XML 4). All characters beyond
/// ASCII are accepted.
pub(super) fn is_qualified_name(name: &str) -> bool {
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let is_inner = |c: char| is_start(c) || c.is_ascii_digit() || matches!(c, '-' | '.');
    let is_name = |name: &str| name.starts_with(is_start) && name.chars().all(is_inner);
    match name.split_once(':') {
        None => is_name(name),
        Some((prefix, local)) => is_name(prefix) && is_name(local),
    }
}

/// Whether it is `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`, of which only the version is required.
pub(super) fn is_declaration(declaration: &BytesDecl<'_>) -> bool {
    let (name, attributes) = declaration.split_at("xml".len());
    let mut names = ["version", "encoding", "standalone"].into_iter();
    let mut are_right =
        Attributes::new(declaration, name.len()).enumerate().map(|(index, found)| {
            let Ok(attribute) = found else { return false };
            let (key, value) = (attribute.key.as_ref(), attribute.value.as_ref());
            let is_right = match key {
                "version" => value == "1.0",
                "encoding" => value.eq_ignore_ascii_case("UTF-8"),
                _ => matches!(value, "yes" | "no"),
            };
            // They must be in their order, and the version must be the first.
            names.any(|name| name == key) && is_right && (index > 0 || key == "version")
        });
    let has_version = are_right.next() == Some(true);
    has_version && are_right.all(|is_right| is_right) && is_spaced(attributes)
}

/// The character that a reference stands for: one of the five predefined ones, or one given by its number.
pub(super) fn character(reference: &BytesRef<'_>) -> Option<char> {
    let character = match reference.as_ref() {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => reference.resolve_char_ref().ok()??,
    };
    is_char(character).then_some(character)
}

/// The reason of an error of the parser.
pub(super) const fn kind(error: &quick_xml::Error) -> ErrorKind {
    use quick_xml::Error as Xml;
    match error {
        Xml::Syntax(SyntaxError::UnclosedDoctype)
        | Xml::IllFormed(IllFormedError::MissingDoctypeName) => ErrorKind::Doctype,
        Xml::Syntax(SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl) => {
            ErrorKind::Instruction
        }
        Xml::Namespace(NamespaceError::TooManyBindings(_)) => ErrorKind::TooMany,
        Xml::Namespace(_) => ErrorKind::Namespace,
        Xml::IllFormed(IllFormedError::UnclosedReference) => ErrorKind::Reference,
        _ => ErrorKind::Syntax,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_xml() {
        for c in ['\t', '\n', '\r', ' ', '\u{d7ff}', '\u{e000}', '\u{fffd}', '\u{10ffff}'] {
            assert!(is_char(c));
        }
        for c in ['\0', '\u{1}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
            assert!(!is_char(c));
        }
    }

    #[test]
    fn qualified_names() {
        for name in ["a", "_", "a1", "a-b.c_d", "a:b", "é:ü", "KmsKeySet"] {
            assert!(is_qualified_name(name), "{name}");
        }
        for name in ["", ":", "a:", ":a", "a:b:c", "1", "-a", "a b", "a/b", "a\"", "a:1", "a=b"] {
            assert!(!is_qualified_name(name), "{name}");
        }
    }

    #[test]
    fn attributes_are_spaced() {
        for attributes in ["", " ", " a='1'", " a='1' b=\"2\"", "\na = '1'\t", " a='\"x' b='y'"] {
            assert!(is_spaced(attributes), "{attributes}");
        }
        for attributes in ["a='1'", " a='1'b='2'", " a=\"1\"b='2'", " a=''b", " a='1'/"] {
            assert!(!is_spaced(attributes), "{attributes}");
        }
    }
}
