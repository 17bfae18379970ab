//! `KmsLookup`, whose content is unknown. It is kept so that it means the same in any place.

use eccsi_sakke::kms::xml::{ErrorKind, Signed};
use eccsi_sakke::kms::{
    Error, KmsMessage, Request, RequestKind, Resource, Response, SharedKeyId, SharedKeys,
    TransportKey,
};
use eccsi_sakke::mikey::Clock;
use eccsi_sakke::{KmsUri, UserUri};

use super::documents::{KMS, KRR, XSI, refusal, response, response_parts};

fn keys() -> SharedKeys {
    SharedKeys::new(TransportKey::new(SharedKeyId(10), [7; 32]).expect("32 octets"), None)
}

/// The element that is kept of this message, in the namespaces of annex D and XML Schema.
fn kept(message: &str) -> String {
    let document = response_parts(message).document();
    let read = Response::from_xml(document.as_bytes()).expect(message);
    let Some(KmsMessage::Lookup(element)) = &read.message else { panic!("no lookup: {message}") };
    // It is written and read again without a change.
    let written = read.to_xml().expect("written");
    assert_eq!(Response::from_xml(&written).as_ref(), Ok(&read));
    String::from_utf8(element.clone()).expect("UTF-8")
}

#[test]
fn a_lookup_is_kept_with_the_namespaces_around_it() {
    let both = format!(r#" xmlns="{KMS}" xmlns:xsi="{XSI}""#);
    let content = "<KmsUri xsi:type=\"a\">kms.example.com</KmsUri> <!-- a --><Unknown a='&lt;'/>";
    assert_eq!(
        kept(&format!("<KmsLookup>{content}</KmsLookup>")),
        format!("<KmsLookup{both}>{content}</KmsLookup>")
    );
    assert_eq!(kept(" <KmsLookup /> "), format!("<KmsLookup{both} />"));
    assert_eq!(kept("<KmsLookup\nId='1'/>"), format!("<KmsLookup{both}\nId='1'/>"));
    // Its own declarations are in force, and nothing is added if it needs nothing.
    let own = format!(r#"<k:KmsLookup xmlns:k="{KMS}" xmlns="urn:o"><o/></k:KmsLookup>"#);
    assert_eq!(kept(&own), own);
    let needs = own.replace("<o/>", "<o xsi:nil='true'/>");
    let declared = needs.replace("<k:KmsLookup", &format!(r#"<k:KmsLookup xmlns:xsi="{XSI}""#));
    assert_eq!(kept(&needs), declared);
    assert_eq!(kept(&declared), declared);
    // A namespace in quotes of the other kind.
    let around = response_parts("<KmsLookup/>").document().replace(" Id=", " xmlns:q='a\"b' Id=");
    let read = Response::from_xml(around.as_bytes()).expect("a response");
    let Some(KmsMessage::Lookup(element)) = read.message else { panic!("no lookup") };
    assert_eq!(element, format!("<KmsLookup{both} xmlns:q='a\"b'/>").into_bytes());
}

#[test]
fn a_lookup_is_one_element_of_annex_d() {
    for (message, kind) in [
        ("<KmsLookup/><KmsLookup/>", ErrorKind::Unexpected),
        ("<KmsLookup/><KmsInit/>", ErrorKind::Unexpected),
        ("<KmsLookup/>text", ErrorKind::Content),
        ("<KmsLookup><a xmlns=''/></KmsLookup>", ErrorKind::Namespace),
        ("<KmsLookup><k:a/></KmsLookup>", ErrorKind::Namespace),
        ("<KmsLookup><a></KmsLookup>", ErrorKind::Syntax),
    ] {
        assert_eq!(refusal(&response_parts(message).document()).0, kind, "{message}");
    }
    for element in [
        "",
        "text",
        "<KmsLookup/>",
        &format!("<KmsInit xmlns='{KMS}'/>"),
        &format!("<KmsLookup xmlns='{KRR}'/>"),
        &format!("<KmsLookup xmlns='{KMS}'/> "),
        &format!("<!-- a --><KmsLookup xmlns='{KMS}'/>"),
    ] {
        let message = KmsMessage::Lookup(element.into());
        let error = response(Some(message)).to_xml().expect_err(element);
        assert_eq!((error.kind(), error.element()), (ErrorKind::Content, "KmsLookup"), "{element}");
    }
}

#[test]
fn a_lookup_answers_a_lookup() {
    let message = KmsMessage::Lookup(format!("<KmsLookup xmlns='{KMS}'/>").into_bytes());
    assert_eq!(message.kind(), RequestKind::Lookup);
    let time = response(None).time;
    let answers = |resource: &Resource| {
        let url = format!("https://kms.example.org{}", resource.path());
        let (user, kms) = (UserUri("sip:alice@example.org"), KmsUri("kms.example.org"));
        let request = Request::new(user, kms, &url, time);
        let answer = Response::new(&request, time, Some(message.clone()), None);
        answer.check(&request, &Clock { now: time, skew: 0 }).map(|message| message.cloned())
    };
    let lookup = Resource::Lookup("sip:bob@example.org".into());
    assert_eq!(answers(&lookup), Ok(Some(message.clone())));
    for other in [Resource::Init, Resource::KeyProv(None), Resource::CertCache(None)] {
        assert_eq!(answers(&other), Err(Error::Resource));
    }
}

#[test]
fn a_lookup_is_signed_as_its_canonical_form() {
    let message = KmsMessage::Lookup(format!("<KmsLookup xmlns='{KMS}'/>").into_bytes());
    let signed = Signed::<Response>::sign(response(Some(message)), &keys()).expect("signed");
    let document = signed.to_xml().expect("written");
    let received = Signed::<Response>::from_xml(&document).expect("read");
    let verified = received.verify(&keys()).expect("verified");
    let Some(KmsMessage::Lookup(octets)) = verified.message else { panic!("no lookup") };
    let form = format!("<KmsLookup xmlns=\"{KMS}\"></KmsLookup>");
    assert_eq!(String::from_utf8_lossy(&octets), form);
}
