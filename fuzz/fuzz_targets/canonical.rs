//! The canonical form of a document is its own canonical form, says what the document says, and is the one that another
//! library makes.

#![no_main]

use bergshamra_c14n::C14nMode;
use eccsi_sakke::kms::xml::{Canonicalisation, ErrorKind};
use eccsi_sakke::kms::{KeySetParts, Response};
use libfuzzer_sys::fuzz_target;

/// The prefixes that may be kept, and their names in a signature.
const PREFIXES: [(&str, &str); 5] =
    [("", "#default"), ("a", "a"), ("b", "b"), ("k", "k"), ("x", "x")];

fuzz_target!(|input: &[u8]| {
    let Some((&choice, document)) = input.split_first() else { return };
    let chosen = |number: usize| choice >> (number + 2) & 1 == 1;
    let prefixes = PREFIXES.iter().enumerate().filter(|(number, _)| chosen(*number));
    let (own, named): (Vec<_>, Vec<_>) =
        prefixes.map(|(_, (own, named))| (own.to_string(), *named)).unzip();
    let (comments, exclusive) = (choice & 1 == 1, (choice & 2 == 2).then_some(own));
    let mode = match (exclusive.is_some(), comments) {
        (false, false) => C14nMode::Inclusive,
        (false, true) => C14nMode::InclusiveWithComments,
        (true, false) => C14nMode::Exclusive,
        (true, true) => C14nMode::ExclusiveWithComments,
    };
    let method = Canonicalisation { exclusive, comments };
    let Ok(form) = method.canonicalise(document) else { return };
    // The exclusive form declares namespaces where they are used, so an element may have too many declarations.
    match method.canonicalise(&form) {
        Ok(again) => assert_eq!(again, form),
        Err(error) => assert!(
            matches!(error.kind(), ErrorKind::TooMany | ErrorKind::TooLong | ErrorKind::TooLarge),
            "{error}"
        ),
    }
    // The exclusive form may lose the prefix in the value of a type.
    if method.exclusive.is_none() {
        if let Ok(response) = Response::from_xml(document) {
            assert_eq!(Response::from_xml(&form), Ok(response));
        }
        if let Ok(key_set) = KeySetParts::from_xml(document) {
            assert_eq!(KeySetParts::from_xml(&form), Ok(key_set));
        }
    }
    // The other library leaves white space in attributes, comments and sections as it is.
    let spaced = |octet: &u8| if b"\t\n\r".contains(octet) { b' ' } else { *octet };
    let plain = document.iter().map(spaced).collect::<Vec<_>>();
    let (Ok(form), Ok(text)) = (method.canonicalise(&plain), str::from_utf8(&plain)) else {
        return;
    };
    if let Ok(other) = bergshamra_c14n::canonicalize(text, mode, None, &named) {
        assert_eq!(String::from_utf8_lossy(&form), String::from_utf8_lossy(&other));
    }
});
