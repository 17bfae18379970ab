//! The attacks on a signed document by an adversary without a key, who keeps the signature and moves the signed part
//! to a place where nobody reads it. Only content that was signed is ever returned.

use eccsi_sakke::kms::Response;
use eccsi_sakke::kms::xml::{Canonicalisation, ErrorKind, Signed, SignedInfo};

use super::documents::{DS, KMS, XSI, refusal};
use super::signatures::{INNER, NAMED, WHOLE, base64, changed, hmac, keys, octets, parse, verify};

/// The element of this name, from its start to its end.
fn element<'a>(document: &'a str, name: &str) -> &'a str {
    let start = document.find(&format!("<{name}")).expect(name);
    let end = document.find(&format!("</{name}>")).expect(name) + name.len() + 3;
    &document[start..end]
}

/// The document with another message in place of its own. The other has this `Id`, and `inside` in a part that is
/// skipped.
fn forged(document: &str, id: &str, inside: &str) -> String {
    let original = element(document, "k:KmsResponse");
    let forged = original.replace("alice", "mallory").replace("\"inner\"", &format!("\"{id}\""));
    let end = format!("<x:w>{inside}</x:w></k:KmsResponse>");
    document.replace(original, &forged.replace("</k:KmsResponse>", &end))
}

#[test]
fn a_message_is_not_moved_into_another() {
    let original = element(INNER, "k:KmsResponse");
    for (id, inside, expected) in [
        ("other", original, ErrorKind::Signed),
        ("inner", original, ErrorKind::Signed),
        ("inner", "", ErrorKind::Digest),
        ("other", "", ErrorKind::Signed),
        ("", original, ErrorKind::Signed),
    ] {
        assert_eq!(verify(&forged(INNER, id, inside)), Err(expected), "{id}");
        // Giving the name to the element around it does not help either.
        let whole = changed(&forged(INNER, id, inside), "'whole'", "'inner'");
        let is_once = inside.is_empty() && id != "inner";
        let expected = if is_once { ErrorKind::Digest } else { ErrorKind::Signed };
        assert_eq!(verify(&whole), Err(expected), "{id}");
    }
}

#[test]
fn a_whole_is_not_moved_into_another() {
    let original = element(NAMED, "k:SignedKmsResponse");
    let original = original.replace(element(original, "Signature"), "");
    for (id, inside, expected) in [
        ("other", original.as_str(), ErrorKind::Signed),
        ("whole", original.as_str(), ErrorKind::Signed),
        ("whole", "", ErrorKind::Digest),
        ("other", "", ErrorKind::Signed),
    ] {
        let document =
            changed(&forged(NAMED, "inner", inside), "Id='whole'", &format!("Id='{id}'"));
        assert_eq!(verify(&document), Err(expected), "{id}");
    }
    // Without a name, the signature refers to the document's own element.
    assert_eq!(verify(&forged(WHOLE, "inner", &original)), Err(ErrorKind::Digest));
    assert_eq!(verify(&forged(WHOLE, "inner", "")), Err(ErrorKind::Digest));
}

#[test]
fn a_message_is_not_moved_into_the_signature() {
    let original = element(INNER, "k:KmsResponse");
    let into_key_info = |id| {
        let hidden = format!("<KeyInfo><x:w>{original}</x:w>");
        changed(&forged(INNER, id, ""), "<KeyInfo>", &hidden)
    };
    for id in ["inner", "other"] {
        assert_eq!(verify(&into_key_info(id)), Err(ErrorKind::Signed));
        let object = format!("</KeyInfo><Object>{original}</Object>");
        let document = changed(&forged(INNER, id, ""), "</KeyInfo>", &object);
        assert_eq!(refusal(&document), (ErrorKind::Unexpected, "Signature"));
    }
    // A signature over the whole leaves out itself and what is hidden in it, but nobody reads a message there.
    let moved = WHOLE.replace(original, "");
    let moved = changed(&moved, "<KeyInfo>", &format!("<KeyInfo>{original}"));
    assert_eq!(refusal(&moved), (ErrorKind::Missing, "KmsResponse"));
    let hidden = changed(WHOLE, "<KeyInfo>", &format!("<KeyInfo><x:w>{original}</x:w>"));
    assert_eq!(verify(&hidden), Ok(()));
}

#[test]
fn a_name_is_that_of_one_element() {
    for attribute in ["Id", "ID", "id", "xml:id", "x:Id"] {
        for quoted in ["'inner'", "\"inn&#101;r\""] {
            let twice = format!("<KeyInfo><x:w {attribute}={quoted}/>");
            assert_eq!(verify(&changed(INNER, "<KeyInfo>", &twice)), Err(ErrorKind::Signed));
        }
        let other = format!("<KeyInfo><x:w {attribute}='Inner'/>");
        assert_eq!(verify(&changed(INNER, "<KeyInfo>", &other)), Ok(()));
    }
    let twice = changed(INNER, "<SignatureValue>", "<SignatureValue Id='inner'>");
    assert_eq!(verify(&twice), Err(ErrorKind::Signed));
    // For a whole without a name, no name is looked up.
    assert_eq!(verify(&changed(WHOLE, "<SignatureValue>", "<SignatureValue Id='inner'>")), Ok(()));
}

#[test]
fn elements_stay_in_their_places() {
    let (message, signature) = (element(INNER, "k:KmsResponse"), element(INNER, "Signature"));
    for (from, to, expected) in [
        (message, format!("{signature}{message}"), (ErrorKind::Missing, "KmsResponse")),
        (message, message.repeat(2), (ErrorKind::Unexpected, "SignedKmsResponse")),
        (signature, signature.repeat(2), (ErrorKind::Unexpected, "SignedKmsResponse")),
        (
            signature,
            format!("<x:w>{signature}</x:w>"),
            (ErrorKind::Unexpected, "SignedKmsResponse"),
        ),
        (message, format!("<x:w>{message}</x:w>"), (ErrorKind::Missing, "KmsResponse")),
    ] {
        assert_eq!(refusal(&INNER.replace(from, &to)), expected);
    }
    // A signature that is not beside the message does not count.
    let inside = INNER.replace(signature, "");
    let inside = changed(&inside, "</k:KmsResponse>", &format!("{signature}</k:KmsResponse>"));
    assert_eq!(verify(&inside), Err(ErrorKind::NotSigned));
    assert_eq!(verify(&INNER.replace(signature, "")), Err(ErrorKind::NotSigned));
}

#[test]
fn a_signature_is_of_its_own_document() {
    let signature = |document: &'static str| element(document, "Signature");
    let other = INNER.replace("alice", "mallory");
    assert_eq!(verify(&other), Err(ErrorKind::Digest));
    for (document, from, expected) in
        [(INNER, NAMED, Ok(())), (INNER, WHOLE, Ok(())), (NAMED, INNER, Ok(()))]
    {
        assert_eq!(verify(&document.replace(signature(document), signature(from))), expected);
        let other =
            document.replace(signature(document), signature(from)).replace("alice", "mallory");
        assert_eq!(verify(&other), Err(ErrorKind::Digest));
    }
}

/// A comment does not cut a text in two for any reader.
#[test]
fn a_text_is_all_of_it() {
    let document =
        changed(INNER, "alice&#64;example.org", "alice@<!-- -->example<![CDATA[.]]><!-- -->org");
    let response = parse(&document).verify(&keys()).expect("verified");
    assert_eq!(response.user_uri, "sip:alice@example.org");
    let longer = changed(INNER, "example.org<", "example.org<!-- -->.example.com<");
    assert_eq!(verify(&longer), Err(ErrorKind::Digest));
}

/// If any character is removed, doubled or replaced, the document is refused, or it has the content that was signed.
#[test]
fn no_change_of_a_character_changes_what_was_signed() {
    let mut refused = 0;
    for document in [INNER, WHOLE, NAMED] {
        let signed = parse(document).verify(&keys()).expect("verified");
        for (place, c) in document.char_indices() {
            let (before, after) = (&document[..place], &document[place + c.len_utf8()..]);
            for put in ["", &format!("{c}{c}"), " ", "x", "<!---->"] {
                let changed = format!("{before}{put}{after}");
                let read = Signed::<Response>::from_xml(changed.as_bytes());
                match read.and_then(|read| read.verify(&keys())) {
                    Ok(response) => assert_eq!(response, signed, "{changed}"),
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert!(refused > 10_000, "{refused}");
}

/// A document with a response that is signed over `form`, but written with other octets.
fn signed(method: &Canonicalisation, form: &str, around: &str, message: &str) -> String {
    let signed_info = SignedInfo {
        // The form contains nothing of the elements around it.
        canonicalisation: exclusive(&[]),
        transform: Some(method.clone()),
        ..SignedInfo::new("#a", form.as_bytes())
    };
    let info = signed_info.to_canonical().expect("written");
    let value = base64(&hmac(&octets(), &info));
    let info = String::from_utf8(info).expect("UTF-8");
    format!(
        "<SignedKmsResponse xmlns='{KMS}'{around}>{message}<Signature xmlns='{DS}'>{info}\
         <SignatureValue>{value}</SignatureValue></Signature></SignedKmsResponse>"
    )
}

fn message(attributes: &str, inside: &str) -> String {
    format!(
        "<KmsResponse{attributes} Id=\"a\"><UserUri>u</UserUri><KmsUri>k</KmsUri><Time>2021-05-10T11:23:02Z</Time>\
         <ClientReqUrl></ClientReqUrl>{inside}<Signature-ID>0000000b</Signature-ID></KmsResponse>"
    )
}

fn exclusive(prefixes: &[&str]) -> Canonicalisation {
    let prefixes = prefixes.iter().map(|prefix| (*prefix).to_owned());
    Canonicalisation { exclusive: Some(prefixes.collect()), comments: false }
}

/// The exclusive form does not keep a prefix that is used only in the value of an attribute. An attacker could
/// therefore give the prefix another meaning outside of the signed part. Inside of it, the prefix has no meaning.
#[test]
fn a_prefix_means_what_was_signed() {
    let typed = |declared: &str| {
        format!(
            "<KmsMessage><KmsKeyProv{declared} xmlns:xsi=\"{XSI}\" xsi:type=\"k:KmsKeyProvTkIkType\">\
             </KmsKeyProv></KmsMessage>"
        )
    };
    let form = message(&format!(" xmlns=\"{KMS}\""), &typed(""));
    let document =
        signed(&exclusive(&[]), &form, &format!(" xmlns:k='{KMS}'"), &message("", &typed("")));
    assert_eq!(verify(&document), Err(ErrorKind::Namespace));
    // If the prefix is signed too, it has its meaning.
    let form = message(&format!(" xmlns=\"{KMS}\" xmlns:k=\"{KMS}\""), &typed(""));
    let around = format!(" xmlns:k='{KMS}'");
    let document = signed(&exclusive(&["k"]), &form, &around, &message("", &typed("")));
    assert_eq!(verify(&document), Ok(()));
    let other = changed(&document, &around, " xmlns:k='urn:other'");
    assert_eq!(refusal(&other), (ErrorKind::Type, "KmsKeyProv"));
}

/// The form has the `xml:` attributes around what was signed, except those that its element has itself.
#[test]
fn an_own_language_comes_before_one_around() {
    let form = message(&format!(" xmlns=\"{KMS}\""), "");
    let with = |form: &str, own: &str| {
        let form = changed(form, " Id=\"a\"", " Id=\"a\" xml:lang=\"en\" xml:space=\"default\"");
        let around = " xml:lang='de' xml:space='default'";
        verify(&signed(&Canonicalisation::default(), &form, around, &message(own, "")))
    };
    assert_eq!(with(&form, " xml:lang='en'"), Ok(()));
    assert_eq!(with(&form, ""), Err(ErrorKind::Digest));
}

#[test]
fn a_form_is_not_much_larger_than_its_document() {
    let long = format!(" xmlns:p='urn:{}'", "x".repeat(1_000));
    for (count, expected) in [(5, ErrorKind::Digest), (100, ErrorKind::TooLarge)] {
        let document = signed(&exclusive(&[]), "", &long, &message("", &"<p:b/>".repeat(count)));
        // Elements of other namespaces must stand at the end.
        let last = "<Signature-ID>0000000b</Signature-ID>";
        let added = "<p:b/>".repeat(count);
        let document = document.replace(&added, "").replace(last, &format!("{last}{added}"));
        assert_eq!(verify(&document), Err(expected), "{count}");
        // The inclusive form repeats nothing.
        let inclusive = signed(&Canonicalisation::default(), "", "", &message("", ""));
        let inclusive = inclusive.replace(last, &format!("{last}<p:b{long}>{}</p:b>", added));
        assert_eq!(verify(&inclusive), Err(ErrorKind::Digest));
    }
    // It may have eight times as many octets, and no more.
    let document = |letters: usize| {
        let pieces = "<p:b/>".repeat(9);
        format!("<a xmlns:p='urn:{}'>{pieces}</a>", "x".repeat(letters))
    };
    let form = |letters| exclusive(&[]).canonicalise(document(letters).as_bytes());
    let room = 8 * document(1).len() - form(1).expect("a form").len();
    assert_eq!(form(1 + room).expect("a form").len(), 8 * document(1 + room).len());
    assert_eq!(form(2 + room).err().map(|error| error.kind()), Some(ErrorKind::TooLarge));
}

#[test]
fn a_list_of_prefixes_is_short() {
    let prefixes = |count: usize| {
        let list = "p ".repeat(count);
        let document = signed(&exclusive(&["p"]), "", "", &message("", ""));
        document.replace("PrefixList=\"p\"", &format!("PrefixList=\"{list}\""))
    };
    assert_eq!(verify(&prefixes(32)), Err(ErrorKind::Mac));
    assert_eq!(refusal(&prefixes(33)), (ErrorKind::TooMany, "InclusiveNamespaces"));
    let without = prefixes(1).replace("PrefixList=", "prefixes=");
    assert_eq!(refusal(&without), (ErrorKind::Attribute, "InclusiveNamespaces"));
    // The inclusive form has no prefixes.
    let inclusive =
        prefixes(1).replace("2001/10/xml-exc-c14n#\"", "TR/2001/REC-xml-c14n-20010315\"");
    assert_eq!(refusal(&inclusive), (ErrorKind::Unexpected, "Transform"));
}

#[test]
fn what_has_no_form_is_refused() {
    let method = Canonicalisation::default();
    let kind = |document: &str| method.canonicalise(document.as_bytes()).map_err(|e| e.kind());
    for (document, expected) in [
        ("", ErrorKind::Root),
        ("<a>", ErrorKind::Syntax),
        ("<a/><b/>", ErrorKind::Syntax),
        ("a", ErrorKind::Syntax),
        ("<a b='' b=''/>", ErrorKind::Attribute),
        ("<p:a/>", ErrorKind::Namespace),
        ("<a><?b?></a>", ErrorKind::Instruction),
        ("<!DOCTYPE a><a/>", ErrorKind::Doctype),
        ("<a>&b;</a>", ErrorKind::Reference),
        ("<a xmlns='a'/>", ErrorKind::Namespace),
        ("<a xmlns:b='b'/>", ErrorKind::Namespace),
        ("<a xmlns:b='/b:c'/>", ErrorKind::Namespace),
        ("<a xmlns:b='1:b'/>", ErrorKind::Namespace),
        ("<a><b xmlns:b=':'/></a>", ErrorKind::Namespace),
        ("<a xmlns='urn:\"'/>", ErrorKind::Namespace),
        ("<xmlns:a/>", ErrorKind::Namespace),
    ] {
        assert_eq!(kind(document).map(|_| ()), Err(expected), "{document}");
    }
    let deep = |depth| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert_eq!(kind(&deep(33)).map(|_| ()), Err(ErrorKind::TooDeep));
    assert_eq!(kind(&deep(32)).map(|form| form.to_vec()), Ok(deep(32).into_bytes()));
}
