//! Signatures: those of another implementation, those of this crate, and each way in which one is refused.
//!
//! The three files are documents that xmlsec1 signed with a key of the octets 00 to 1f.

use base64ct::{Base64, Encoding};
use eccsi_sakke::kms::xml::{Canonicalisation, ErrorKind, Signed, SignedInfo};
use eccsi_sakke::kms::{IntegrityKey, Request, Response, SharedKeyId, SharedKeys, TransportKey};

use super::documents::{DS, KMS, KRR, messages, refusal, request, response};

pub const INNER: &str = include_str!("inner.xml");
pub const WHOLE: &str = include_str!("whole.xml");
pub const NAMED: &str = include_str!("named.xml");

pub fn octets() -> Vec<u8> {
    (0..32).collect()
}

/// The integrity key that signed, with another identifier or name.
fn keys_named(id: u32, name: &str) -> SharedKeys {
    let integrity = IntegrityKey::new(SharedKeyId(id), octets()).expect("a key");
    let integrity = if name.is_empty() { integrity } else { integrity.named(name) };
    let transport = TransportKey::new(SharedKeyId(10), [7; 32]).expect("a key");
    SharedKeys::new(transport, Some(integrity))
}

pub fn keys() -> SharedKeys {
    keys_named(11, "ink.1")
}

pub fn parse(document: &str) -> Signed<Response> {
    Signed::<Response>::from_xml(document.as_bytes()).expect(document)
}

fn verify_with(keys: &SharedKeys, document: &str) -> Result<(), ErrorKind> {
    let document = parse(document);
    let verified = document.verify(keys);
    verified.map(|content| assert_eq!(&content, document.unverified())).map_err(|e| e.kind())
}

pub fn verify(document: &str) -> Result<(), ErrorKind> {
    verify_with(&keys(), document)
}

/// The document with one place changed.
pub fn changed(document: &str, from: &str, to: &str) -> String {
    assert!(document.contains(from), "{from}");
    document.replacen(from, to, 1)
}

#[test]
fn signatures_of_another_implementation() {
    for document in [INNER, WHOLE, NAMED] {
        assert_eq!(verify(document), Ok(()));
        assert_eq!(parse(document).unverified().user_uri, "sip:alice@example.org");
        assert_eq!(parse(document).to_xml().expect("as it came").as_slice(), document.as_bytes());
    }
    let signature = parse(WHOLE).signature().cloned().expect("a signature");
    assert_eq!(signature.key_name.as_deref(), Some("ink.1"));
    let signed_info = signature.signed_info;
    let with_comments = Canonicalisation { comments: true, exclusive: None };
    assert_eq!(signed_info.canonicalisation, with_comments);
    assert_eq!(signed_info.transform, Some(with_comments));
    assert_eq!((signed_info.uri.as_str(), signed_info.enveloped), ("", true));
}

#[test]
fn what_is_signed_cannot_be_changed() {
    for document in [INNER, WHOLE, NAMED] {
        let refused =
            |from, to| assert_eq!(verify(&changed(document, from, to)), Err(ErrorKind::Digest));
        refused("alice", "mallory");
        refused("<k:UserUri>", "<k:UserUri> ");
        refused("<k:Time>", "\n<k:Time>");
        refused("</k:KmsResponse>", "\t</k:KmsResponse>");
        refused("?a&amp;b", "?b&amp;a");
        refused("<k:KmsResponse ", "<k:KmsResponse xmlns:y='urn:y' ");
        refused("<k:KmsResponse ", "<k:KmsResponse x:y='' ");
        // A namespace that is declared around both is in both canonical forms.
        for (from, to) in
            [("\"urn:x\"", "\"urn:y\""), ("xmlns:x", "xmlns:y"), ("xmlns:x", "xml:lang='' xmlns:x")]
        {
            assert_eq!(verify(&changed(document, from, to)), Err(ErrorKind::Mac));
        }
        // Changes that do not change the canonical form are accepted.
        let same = |from, to| assert_eq!(verify(&changed(document, from, to)), Ok(()));
        same("<!-- who -->", "");
        same("<k:UserUri>", "<k:UserUri ><!-- & -->");
        same("alice&#64;", "alice@");
        same("Version = '1.0.0' Id=\"inner\"", "Id='inner' Version='1.0.0'");
        same("<![CDATA[kms.example.org]]>", "kms.<![CDATA[example]]>.org");
        same("<?xml version=\"1.0\"?>", "\u{feff}<?xml version='1.0'?><!-- -->\n");
    }
    // A change outside of the signed element has no effect, but a change inside of it does.
    for (document, expected) in
        [(INNER, Ok(())), (WHOLE, Err(ErrorKind::Digest)), (NAMED, Err(ErrorKind::Digest))]
    {
        assert_eq!(verify(&changed(document, "</k:KmsResponse>", "</k:KmsResponse> ")), expected);
        assert_eq!(verify(&changed(document, "</Signature>", "</Signature>\n")), expected);
    }
}

/// What was signed is compared octet by octet. It shows its signature, and not the document.
#[test]
fn another_document_of_the_same_content_is_not_equal() {
    let (one, other) = (parse(INNER), parse(&changed(INNER, "<!-- who -->", "")));
    assert_eq!(one.unverified(), other.unverified());
    assert!(one == parse(INNER) && one != other);
    let shown = format!("{one:?}");
    assert!(shown.contains("SignedInfo") && !shown.contains("CDATA"));
}

#[test]
fn the_signed_info_is_signed() {
    for document in [INNER, WHOLE, NAMED] {
        let refused =
            |from, to| assert_eq!(verify(&changed(document, from, to)), Err(ErrorKind::Mac));
        refused("</SignedInfo>", " </SignedInfo>");
        refused("<SignedInfo>", "<SignedInfo>\n");
        refused("<SignedInfo>", "<SignedInfo Id='a'>");
        refused("<HMACOutputLength>256</HMACOutputLength>", "");
        refused("<DigestValue>", "<DigestValue>\n");
        let digest =
            document.split("<DigestValue>").nth(1).expect("there").chars().next().expect("a digit");
        refused(
            &format!("<DigestValue>{digest}"),
            &format!("<DigestValue>{}", if digest == 'A' { 'B' } else { 'A' }),
        );
    }
    // A canonicalisation that keeps comments signs them.
    let comment = "</SignedInfo><SignatureValue>";
    let commented = "<!-- --></SignedInfo><SignatureValue>";
    assert_eq!(verify(&changed(INNER, comment, commented)), Ok(()));
    assert_eq!(verify(&changed(WHOLE, comment, commented)), Err(ErrorKind::Mac));
    // The signature doesn't cover the octets outside of the element.
    for same in ["<SignatureValue><!-- -->", "<SignatureValue Id='s'>\n"] {
        assert_eq!(verify(&changed(INNER, "<SignatureValue>", same)), Ok(()));
    }
}

/// A document without a canonical form can be read, for programs that do not verify it, but it cannot be verified.
#[test]
fn what_has_no_canonical_form_is_not_verified() {
    let relative = changed(INNER, "xmlns:x=\"urn:x\"", "xmlns:x=\"x\"");
    assert_eq!(parse(&relative).unverified(), parse(INNER).unverified());
    assert_eq!(verify(&relative), Err(ErrorKind::Namespace));
    let relative = changed(INNER, "<k:UserUri>", "<k:UserUri xmlns:y='y'>");
    assert_eq!(verify(&relative), Err(ErrorKind::Namespace));
}

#[test]
fn the_key_is_the_one_expected() {
    let mac = "8/2Yj0gCT6Yrom2zyTwyk8M7ruLjAgABmgVUnSNJ6V4=";
    let other = changed(INNER, mac, &mac.replacen('8', "A", 1));
    assert_eq!(verify(&other), Err(ErrorKind::Mac));
    assert_eq!(verify_with(&keys_named(12, "ink.1"), INNER), Err(ErrorKind::SignatureId));
    // If there is an identifier, it counts, and the name does not.
    assert_eq!(verify_with(&keys_named(11, "other"), INNER), Ok(()));
    // If there is an integrity key, neither the transport key nor a key with another value may sign.
    let transport = TransportKey::new(SharedKeyId(11), octets()).expect("a key");
    let integrity = IntegrityKey::new(SharedKeyId(11), [1; 32]).expect("a key");
    let both = SharedKeys::new(transport.clone(), Some(integrity));
    assert_eq!(verify_with(&both, INNER), Err(ErrorKind::Mac));
    assert_eq!(verify_with(&SharedKeys::new(transport, None), INNER), Ok(()));
}

#[test]
fn a_signature_refers_to_all_there_is() {
    for uri in "|#|#other|inner|#whole2|#xpointer(/)|#xpointer(id('inner'))|cid:1|ü".split('|') {
        // An empty URI means the whole document, which has another signature.
        let kind = if uri.is_empty() { ErrorKind::Mac } else { ErrorKind::Signed };
        let other = changed(INNER, "\"#inner\"", &format!("\"{uri}\""));
        assert_eq!(verify(&other), Err(kind), "{uri}");
    }
    // A signature cannot cover itself.
    let enveloped =
        r#"<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>"#;
    assert_eq!(verify(&changed(WHOLE, enveloped, "")), Err(ErrorKind::Signed));
    // An empty name is not a name.
    let empty = changed(&changed(WHOLE, "'whole'", "''"), "URI=\"\"", "URI=\"#\"");
    assert_eq!(verify(&empty), Err(ErrorKind::Signed));
}

#[test]
fn algorithms_are_those_allowed() {
    use ErrorKind::{Attribute, Unexpected, Value};
    for (from, to, element) in [
        ("xml-c14n-20010315'", "xml-c14n-20010316'", "CanonicalizationMethod"),
        ("TR/2001/REC-xml-c14n-20010315'", "2006/12/xml-c14n11'", "CanonicalizationMethod"),
        ("TR/2001/REC-xml-c14n-20010315'", "2010/xml-c14n2'", "CanonicalizationMethod"),
        ("xmldsig-more#hmac-sha256", "xmldsig-more#hmac-sha512", "SignatureMethod"),
        ("2001/04/xmldsig-more#hmac-sha256", "2000/09/xmldsig#hmac-sha1", "SignatureMethod"),
        ("xmldsig-more#hmac-sha256", "xmldsig-more#ecdsa-sha256", "SignatureMethod"),
        (">256<", ">128<", "HMACOutputLength"),
        (">256<", ">0<", "HMACOutputLength"),
        (">256<", ">512<", "HMACOutputLength"),
        ("xmlenc#sha256", "xmldsig#sha1", "DigestMethod"),
        ("#enveloped-signature", "#base64", "Transform"),
        ("xml-c14n-20010315\"/>", "xpath\"/>", "Transform"),
    ] {
        let document = changed(INNER, from, to);
        assert_eq!(refusal(&document), (ErrorKind::Algorithm, element), "{to}");
    }
    for (from, to, kind, element) in [
        (">256<", "><", Value, "HMACOutputLength"),
        ("8/2Y", "", Value, "SignatureValue"),
        ("8/2Y", "AAAA8/2Y", Value, "SignatureValue"),
        ("8/2Y", "*/2Y", Value, "SignatureValue"),
        ("HWKO", "", Value, "DigestValue"),
        ("<SignedInfo>", "<SignedInfo a='1'>", Attribute, "SignedInfo"),
        (" URI=\"#inner\"", "", Attribute, "Reference"),
        ("<DigestMethod Algorithm=", "<DigestMethod algorithm=", Attribute, "DigestMethod"),
        ("<HMACOutputLength>", "<a/><HMACOutputLength>", Unexpected, "SignatureMethod"),
        ("</Transforms>", "<Transform/></Transforms>", Unexpected, "Transforms"),
        (
            "20010315\"/></Transforms>",
            "20010315\"><a/></Transform></Transforms>",
            Unexpected,
            "Transform",
        ),
        ("<KeyInfo>", "<Object/><KeyInfo>", Unexpected, "Signature"),
        ("</KeyInfo>", "</KeyInfo><Object/>", Unexpected, "Signature"),
        ("</Signature>", "</Signature><Signature/>", Unexpected, "SignedKmsResponse"),
    ] {
        let document = changed(INNER, from, to);
        assert_eq!(refusal(&document), (kind, element), "{to}");
    }
    // Two references, no reference, two enveloped signatures.
    let cut = |name: &str| {
        let start = INNER.find(&format!("<{name} ")).or(INNER.find(&format!("<{name}>")));
        let start = start.expect(name);
        let end = INNER.find(&format!("</{name}>")).expect(name) + name.len() + 3;
        &INNER[start..end]
    };
    let reference = cut("Reference");
    let twice = INNER.replace(reference, &reference.repeat(2));
    assert_eq!(refusal(&twice), (ErrorKind::Unexpected, "SignedInfo"));
    for part in ["Reference", "SignedInfo", "SignatureValue", "SignatureMethod", "DigestValue"] {
        assert_eq!(refusal(&INNER.replace(cut(part), "")), (ErrorKind::Missing, part));
    }
    let empty = INNER.replace(cut("Transforms"), "<Transforms/>");
    assert_eq!(refusal(&empty), (ErrorKind::Missing, "Transform"));
    let enveloped =
        "<Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let again = INNER.replace(enveloped, &enveloped.repeat(2));
    assert_eq!(refusal(&again), (ErrorKind::Algorithm, "Transform"));
}

#[test]
fn own_signatures() {
    for (_, message) in messages() {
        let content = Response { signature_id: None, id: None, ..response(message) };
        let signed = Signed::<Response>::sign(content.clone(), &keys()).expect("signed");
        assert_eq!(signed.unverified().signature_id, Some(SharedKeyId(11)));
        let document = signed.to_xml().expect("written");
        let read = Signed::<Response>::from_xml(&document).expect("read");
        assert_eq!(read, signed);
        let expected =
            Response { signature_id: Some(SharedKeyId(11)), id: Some("xmldoc".into()), ..content };
        assert_eq!(signed.verify(&keys()), Ok(expected.clone()));
        assert_eq!(read.verify(&keys()), Ok(expected));
        // White space between elements does not change the meaning, but it changes the octets that were signed.
        let text = core::str::from_utf8(&document).expect("UTF-8");
        let spaced = parse(&changed(text, "<KmsUri>", "\n<KmsUri>"));
        assert_eq!(spaced.unverified(), read.unverified());
        assert_eq!(spaced.verify(&keys()).map_err(|e| e.kind()), Err(ErrorKind::Digest));
        let other = changed(text, "kms.example.org<", "kms.example.com<");
        assert_eq!(verify(&other), Err(ErrorKind::Digest));
        assert_eq!(verify_with(&keys_named(12, "ink.1"), text), Err(ErrorKind::SignatureId));
    }
}

#[test]
fn a_whole_document_is_signed() {
    let content = response(None).to_xml().expect("written");
    let content = core::str::from_utf8(&content).expect("UTF-8");
    let (declaration, content) = content.split_at(content.find("<KmsResponse").expect("there"));
    let content = content.replacen(&format!(" xmlns=\"{KMS}\""), "", 1);
    let (start, end) =
        (format!("<SignedKmsResponse xmlns=\"{KMS}\" Id=\"w\">{content}"), "</SignedKmsResponse>");
    let signed_info =
        SignedInfo { enveloped: true, ..SignedInfo::new("#w", format!("{start}{end}").as_bytes()) };
    let info = signed_info.to_canonical().expect("written");
    let mac = base64(&keys().sign(&info).expect("a MAC"));
    let info = String::from_utf8(info).expect("UTF-8").replacen(&format!(" xmlns=\"{DS}\""), "", 1);
    let signature = format!(
        "<Signature xmlns=\"{DS}\">{info}<SignatureValue>{mac}</SignatureValue></Signature>"
    );
    // With and without the signature, it is written as it was read.
    for (signature, expected) in [(signature.as_str(), None), ("", Some(ErrorKind::NotSigned))] {
        let document = format!("{declaration}{start}{signature}{end}");
        let read = parse(&document);
        assert_eq!(read.verify(&keys()).err().map(|e| e.kind()), expected);
        assert_eq!(read.to_xml().expect("written").as_slice(), document.as_bytes());
    }
}

#[test]
fn a_request_is_signed() {
    // It contains a redirect response, which the canonicaliser has to change.
    let redirect = format!("<r:KmsRedirectResponse b='' a='' xmlns:r='{KRR}'/>").into_bytes();
    let content = Request { krr_list: vec![redirect], id: Some("r1".into()), ..request() };
    let transport = TransportKey::new(SharedKeyId(10), octets()).expect("a key");
    let keys = SharedKeys::new(transport, None);
    let signed = Signed::<Request>::sign(content, &keys).expect("signed");
    let document = signed.to_xml().expect("written");
    let text = core::str::from_utf8(&document).expect("UTF-8");
    assert!(text.contains("<Reference URI=\"#r1\">"));
    assert!(text.contains("<KeyName>AAAACg==</KeyName>"), "its identifier for want of a name");
    let read = Signed::<Request>::from_xml(&document).expect("read");
    let verified = read.verify(&keys).expect("verified");
    assert_eq!(verified.signature_id, Some(SharedKeyId(10)));
    // The returned document is exactly the document that was signed.
    let form =
        format!("<r:KmsRedirectResponse xmlns:r=\"{KRR}\" a=\"\" b=\"\"></r:KmsRedirectResponse>");
    assert_eq!(verified.krr_list, [form.into_bytes()]);
    assert_ne!(read.unverified().krr_list, verified.krr_list);
    // A signed request must have a signature, but a signed response may have none.
    let start = text.find("<Signature ").expect("there");
    let end = text.find("</Signature>").expect("there") + 12;
    let unsigned = text.replace(&text[start..end], "");
    assert_eq!(refusal(&unsigned), (ErrorKind::Missing, "Signature"));
    let bare =
        &text[text.find("<KmsRequest").expect("there")..text.find("<Signature ").expect("there")];
    let bare = bare.replacen("<KmsRequest", &format!("<KmsRequest xmlns=\"{KMS}\""), 1);
    let bare = Signed::<Request>::from_xml(bare.as_bytes()).expect("read");
    assert_eq!(bare.verify(&keys).map_err(|e| e.kind()), Err(ErrorKind::NotSigned));
    // The request must not have the name of a redirect response.
    let named = format!("<r:KmsRedirectResponse xmlns:r='{KRR}' Id='xmldoc'/>").into_bytes();
    let sign = |id: Option<&str>| {
        let id = id.map(Into::into);
        Signed::<Request>::sign(Request { krr_list: vec![named.clone()], id, ..request() }, &keys)
    };
    for id in [None, Some(""), Some("r1")] {
        let verified = sign(id).and_then(|signed| signed.verify(&keys)).expect("verified");
        assert_ne!(verified.id.as_deref(), Some("xmldoc"));
        assert_eq!(verified.id.as_deref() == Some("r1"), id == Some("r1"));
    }
    assert_eq!(sign(Some("xmldoc")).map_err(|e| e.kind()), Err(ErrorKind::Signed));
    // A relative namespace has no canonical form.
    let relative = format!("<r:KmsRedirectResponse xmlns:r='{KRR}' xmlns:a='a'/>").into_bytes();
    let content = Request { krr_list: vec![relative], ..request() };
    let signed = Signed::<Request>::sign(content, &keys).map_err(|e| e.kind());
    assert_eq!(signed, Err(ErrorKind::Namespace));
}

#[test]
fn documents_of_older_releases_name_the_key_in_the_signature() {
    // Without a Signature-ID the document is a different one, so it is signed again.
    let unnamed = |name: Option<&str>| {
        let content = Response { id: Some("a".into()), signature_id: None, ..response(None) };
        let bare = content.to_xml().expect("written");
        let bare = core::str::from_utf8(&bare).expect("UTF-8");
        let bare = &bare[bare.find("<KmsResponse").expect("there")..];
        let signed_info = SignedInfo::new("#a", bare.as_bytes());
        let octets = signed_info.to_canonical().expect("written");
        let value = keys().sign(&octets).expect("a MAC");
        let name = name.map(|name| format!("<KeyInfo><KeyName>{name}</KeyName></KeyInfo>"));
        let value = base64(&value);
        let info = String::from_utf8(octets).expect("UTF-8");
        let document = format!(
            "<SignedKmsResponse xmlns=\"{KMS}\">{bare}<Signature xmlns=\"{DS}\">{info}\
             <SignatureValue>{value}</SignatureValue>{}</Signature></SignedKmsResponse>",
            name.unwrap_or_default()
        );
        parse(&document)
    };
    let kind = |signed: &Signed<Response>, keys: &SharedKeys| {
        signed.verify(keys).map(|_| ()).map_err(|error| error.kind())
    };
    assert_eq!(kind(&unnamed(Some("ink.1")), &keys()), Ok(()));
    assert_eq!(kind(&unnamed(Some("AAAACw==")), &keys_named(11, "")), Ok(()));
    assert_eq!(kind(&unnamed(Some("AAAACw==")), &keys()), Err(ErrorKind::SignatureId));
    assert_eq!(kind(&unnamed(Some("ink.2")), &keys()), Err(ErrorKind::SignatureId));
    // Without any name, the only shared key must have signed. If there are several, the signature is refused.
    assert_eq!(kind(&unnamed(None), &keys()), Err(ErrorKind::SignatureId));
    let only =
        |octets| SharedKeys::new(TransportKey::new(SharedKeyId(10), octets).expect("a key"), None);
    assert_eq!(kind(&unnamed(None), &only(octets().try_into().expect("32"))), Ok(()));
    assert_eq!(kind(&unnamed(None), &only([1; 32])), Err(ErrorKind::Mac));
    assert_eq!(kind(&unnamed(Some("ink.2")), &only([1; 32])), Err(ErrorKind::SignatureId));
}

pub fn base64(octets: &[u8]) -> String {
    Base64::encode_string(octets)
}

pub fn hmac(key: &[u8], octets: &[u8]) -> [u8; 32] {
    use ::hmac::{Hmac, KeyInit, Mac};
    let mut hmac = Hmac::<sha2::Sha256>::new_from_slice(key).expect("a key");
    hmac.update(octets);
    hmac.finalize().into_bytes().into()
}
