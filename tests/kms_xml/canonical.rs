//! Canonical forms and signatures over them, made by two libraries. `signed.py` makes the files.

use eccsi_sakke::kms::xml::{Canonicalisation, ErrorKind};
use serde_json::Value;

use super::signatures::{keys, parse, verify};

fn tests(file: &str) -> Vec<Value> {
    serde_json::from_str(file).expect("JSON")
}

fn text<'a>(test: &'a Value, name: &str) -> &'a str {
    test[name].as_str().expect(name)
}

fn method(test: &Value) -> Canonicalisation {
    let text = |prefix: &Value| prefix.as_str().expect("a prefix").to_owned();
    let exclusive = &test["method"]["exclusive"];
    Canonicalisation {
        exclusive: exclusive.as_array().map(|prefixes| prefixes.iter().map(text).collect()),
        comments: test["method"]["comments"].as_bool().expect("comments"),
    }
}

#[test]
fn forms_are_those_of_libxml2() {
    let tests = tests(include_str!("forms.json"));
    assert_eq!(tests.len(), 120);
    for test in &tests {
        let (method, document) = (method(test), text(test, "document"));
        let form = method.canonicalise(document.as_bytes()).expect(document);
        let expected = text(test, "form");
        assert_eq!(core::str::from_utf8(&form), Ok(expected), "{method:?} of {document}");
        // A canonical form is its own canonical form.
        assert_eq!(method.canonicalise(&form), Ok(form));
    }
}

/// A case that lxml does not cover: the default namespace among the prefixes (Exclusive XML Canonicalization 3 and
/// 3.1).
#[test]
fn the_default_namespace_is_kept_if_it_is_asked_for() {
    let form = |prefixes: &[&str], document: &str| {
        let exclusive = Some(prefixes.iter().map(|prefix| (*prefix).to_owned()).collect());
        let method = Canonicalisation { exclusive, comments: false };
        let form = method.canonicalise(document.as_bytes()).expect(document);
        String::from_utf8(form.to_vec()).expect("UTF-8")
    };
    let document = "<x:a xmlns='urn:a' xmlns:x='urn:x'><x:b/><x:b xmlns=''><c/></x:b></x:a>";
    let without = "<x:a xmlns:x=\"urn:x\"><x:b></x:b><x:b><c></c></x:b></x:a>";
    let with =
        "<x:a xmlns=\"urn:a\" xmlns:x=\"urn:x\"><x:b></x:b><x:b xmlns=\"\"><c></c></x:b></x:a>";
    assert_eq!(form(&[], document), without);
    assert_eq!(form(&[""], document), with);
    assert_eq!(form(&["x", "y", "", "xml"], document), with);
}

#[test]
fn signatures_are_those_of_xmlsec() {
    let tests = tests(include_str!("signed.json"));
    assert_eq!(tests.len(), 144);
    for test in &tests {
        let document = text(test, "document");
        let what =
            format!("{} {} {}", text(test, "style"), text(test, "method"), text(test, "target"));
        assert_eq!(verify(document), Ok(()), "{what}");
        let response = parse(document).verify(&keys()).expect("verified");
        let said = [response.user_uri, response.kms_uri, response.client_req_url];
        assert_eq!(said, ["sip:alice@example.org", "kms.example.org", "https://k/?a&b"], "{what}");
        // White space must not be added after any tag of what is signed.
        let end =
            document.find("</KmsResponse>").or(document.find("</k:KmsResponse>")).expect("there");
        let start = document.find("Version").expect("there");
        for (place, _) in
            document.match_indices('>').filter(|(place, _)| (start..end).contains(place))
        {
            if document[..place].ends_with("--") || document[..place].ends_with("]]") {
                continue;
            }
            let (before, after) = document.split_at(place + 1);
            let spaced = format!("{before} {after}");
            assert_eq!(verify(&spaced), Err(ErrorKind::Digest), "{what} at {place}");
        }
        let mallory = document.replacen("alice", "mallory", 1);
        assert_eq!(verify(&mallory), Err(ErrorKind::Digest), "{what}");
    }
}
