//! Signatures: those of another implementation, own ones, and each way in which one is refused.
//!
//! The files beside this are documents whose canonical forms libxml2 made and whose signatures xmlsec1
//! verifies, under a key of the octets 00 to 1f.

use eccsi_sakke::kms::xml::{
    Canonical, Canonicalisation, ErrorKind, Limits, Signature, Signed, SignedInfo,
};
use eccsi_sakke::kms::{IntegrityKey, Request, Response, SharedKeyId, SharedKeys, TransportKey};

use super::documents::{DS, KMS, messages, refusal, request, response};

const INNER: [&str; 3] =
    [include_str!("inner.xml"), include_str!("inner.si"), include_str!("inner.signed")];
const WHOLE: [&str; 3] =
    [include_str!("whole.xml"), include_str!("whole.si"), include_str!("whole.signed")];
const NAMED: [&str; 3] =
    [include_str!("named.xml"), include_str!("named.si"), include_str!("named.signed")];

fn octets() -> Vec<u8> {
    (0..32).collect()
}

/// The integrity key that signed, named as here or not.
fn keys_named(id: u32, name: &str) -> SharedKeys {
    let integrity = IntegrityKey::new(SharedKeyId(id), octets()).expect("a key");
    let integrity = if name.is_empty() { integrity } else { integrity.named(name) };
    let transport = TransportKey::new(SharedKeyId(10), [7; 32]).expect("a key");
    SharedKeys::new(transport, Some(integrity))
}

fn keys() -> SharedKeys {
    keys_named(11, "ink.1")
}

fn parse(document: &str) -> Signed<Response> {
    Signed::<Response>::from_xml(document.as_bytes()).expect(document)
}

fn verify_with(
    keys: &SharedKeys,
    [document, signed_info, signed]: [&str; 3],
) -> Result<(), ErrorKind> {
    let (signed_info, signed) = (signed_info.as_bytes(), signed.as_bytes());
    let document = parse(document);
    let verified = document.verify(keys, &Canonical { signed_info, signed });
    verified.map(|content| assert_eq!(content, document.unverified())).map_err(|e| e.kind())
}

fn verify(files: [&str; 3]) -> Result<(), ErrorKind> {
    verify_with(&keys(), files)
}

#[test]
fn signatures_of_another_implementation() {
    for files in [INNER, WHOLE, NAMED] {
        assert_eq!(verify(files), Ok(()));
        assert_eq!(parse(files[0]).unverified().user_uri, "sip:alice@example.org");
    }
    let signature = parse(WHOLE[0]).signature().cloned().expect("a signature");
    assert_eq!(signature.key_name.as_deref(), Some("ink.1"));
    let signed_info = signature.signed_info;
    assert_eq!(signed_info.canonicalisation, Canonicalisation::WithComments);
    assert_eq!(signed_info.transform, Some(Canonicalisation::WithComments));
    assert_eq!((signed_info.uri.as_str(), signed_info.enveloped), ("", true));
}

#[test]
fn what_was_signed_is_what_was_decoded() {
    let [document, signed_info, signed] = INNER;
    // The document says something else than what was signed.
    let other = document.replace("alice", "mallory");
    assert_eq!(verify([&other, signed_info, signed]), Err(ErrorKind::Canonical));
    // So does what is given as signed.
    let other = signed.replace("alice", "mallory");
    assert_eq!(verify([document, signed_info, &other]), Err(ErrorKind::Canonical));
    // Both do.
    let both = document.replace("alice", "mallory");
    assert_eq!(verify([&both, signed_info, &other]), Err(ErrorKind::Digest));
    // Another signed part that says the same.
    let other = signed.replace("alice", "al<!-- -->ice");
    assert_eq!(verify([document, signed_info, &other]), Err(ErrorKind::Digest));
    // Of the whole for a part, and the other way round.
    assert_eq!(verify([document, signed_info, WHOLE[2]]), Err(ErrorKind::Canonical));
    assert_eq!(verify([WHOLE[0], WHOLE[1], signed]), Err(ErrorKind::Canonical));
    // With the signature still in it: it isn't what is signed.
    assert_eq!(verify([NAMED[0], NAMED[1], NAMED[0]]), Err(ErrorKind::Canonical));
    let renamed = NAMED[2].replace("\"whole\"", "\"other\"");
    assert_eq!(verify([NAMED[0], NAMED[1], &renamed]), Err(ErrorKind::Canonical));
    for rubbish in ["", "<a/>", signed_info] {
        assert_eq!(verify([document, signed_info, rubbish]), Err(ErrorKind::Canonical));
    }
}

#[test]
fn the_signed_info_is_that_of_the_document() {
    let [document, signed_info, signed] = INNER;
    for rubbish in ["", "<a/>", WHOLE[1], signed] {
        assert_eq!(verify([document, rubbish, signed]), Err(ErrorKind::Canonical));
    }
    // It says the same, in octets that were not signed.
    let other = format!("{signed_info}<!-- -->");
    assert_eq!(verify([document, &other, signed]), Err(ErrorKind::Mac));
    // A digest of something else.
    let digest = "HWKO1gaHATkYW2xy9Lfc22gP3a4UHAIxEFCKtQWVJQg=";
    let other = digest.replace("HW", "AA");
    let (with, info) = (document.replace(digest, &other), signed_info.replace(digest, &other));
    assert_eq!(verify([&with, signed_info, signed]), Err(ErrorKind::Canonical));
    assert_eq!(verify([document, &info, signed]), Err(ErrorKind::Canonical));
    assert_eq!(verify([&with, &info, signed]), Err(ErrorKind::Digest));
}

#[test]
fn the_key_is_the_one_expected() {
    let [document, signed_info, signed] = INNER;
    let mac = "8/2Yj0gCT6Yrom2zyTwyk8M7ruLjAgABmgVUnSNJ6V4=";
    let other = document.replace(mac, &mac.replacen('8', "A", 1));
    assert_eq!(verify([&other, signed_info, signed]), Err(ErrorKind::Mac));
    assert_eq!(verify_with(&keys_named(12, "ink.1"), INNER), Err(ErrorKind::SignatureId));
    // The identifier counts where there is one, the name doesn't.
    assert_eq!(verify_with(&keys_named(11, "other"), INNER), Ok(()));
    // The transport key doesn't sign where there is an integrity key, nor a key of another value.
    let transport = TransportKey::new(SharedKeyId(11), octets()).expect("a key");
    let integrity = IntegrityKey::new(SharedKeyId(11), [1; 32]).expect("a key");
    let both = SharedKeys::new(transport.clone(), Some(integrity));
    assert_eq!(verify_with(&both, INNER), Err(ErrorKind::Mac));
    assert_eq!(verify_with(&SharedKeys::new(transport, None), INNER), Ok(()));
}

#[test]
fn a_signature_refers_to_all_there_is() {
    let other = |from: &str, to: &str| {
        let [document, signed_info, signed] = INNER;
        verify([&document.replacen(from, to, 1), signed_info, signed])
    };
    for uri in ["", "#", "#other", "inner", "#whole2", "#xpointer(/)", "cid:1", "ü"] {
        let changed = other("\"#inner\"", &format!("\"{uri}\""));
        // The whole document is what is signed then, and it isn't what is given.
        let kind = if uri.is_empty() { ErrorKind::Canonical } else { ErrorKind::Signed };
        assert_eq!(changed, Err(kind), "{uri}");
    }
    // One name for two.
    assert_eq!(other("'whole'", "'inner'"), Err(ErrorKind::Signed));
    // A signature over itself.
    let enveloped =
        r#"<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>"#;
    let [document, signed_info, signed] = WHOLE;
    let changed = document.replace(enveloped, "");
    assert_eq!(verify([&changed, signed_info, signed]), Err(ErrorKind::Signed));
    // An empty name is none.
    let empty = document.replace("'whole'", "''").replace("URI=\"\"", "URI=\"#\"");
    assert_eq!(verify([&empty, signed_info, signed]), Err(ErrorKind::Signed));
}

#[test]
fn algorithms_are_those_allowed() {
    for (from, to, element) in [
        ("xml-c14n-20010315'", "xml-c14n-20010316'", "CanonicalizationMethod"),
        ("TR/2001/REC-xml-c14n-20010315'", "2001/10/xml-exc-c14n#'", "CanonicalizationMethod"),
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
        assert!(INNER[0].contains(from), "{from}");
        let document = INNER[0].replacen(from, to, 1);
        assert_eq!(refusal(&document), (ErrorKind::Algorithm, element), "{to}");
    }
    for (from, to, kind, element) in [
        (">256<", "><", ErrorKind::Value, "HMACOutputLength"),
        ("8/2Y", "", ErrorKind::Value, "SignatureValue"),
        ("8/2Y", "AAAA8/2Y", ErrorKind::Value, "SignatureValue"),
        ("8/2Y", "*/2Y", ErrorKind::Value, "SignatureValue"),
        ("HWKO", "", ErrorKind::Value, "DigestValue"),
        ("<SignedInfo>", "<SignedInfo a='1'>", ErrorKind::Attribute, "SignedInfo"),
        (" URI=\"#inner\"", "", ErrorKind::Attribute, "Reference"),
        (
            "<DigestMethod Algorithm=",
            "<DigestMethod algorithm=",
            ErrorKind::Attribute,
            "DigestMethod",
        ),
        ("<HMACOutputLength>", "<a/><HMACOutputLength>", ErrorKind::Unexpected, "SignatureMethod"),
        ("</Transforms>", "<Transform/></Transforms>", ErrorKind::Unexpected, "Transforms"),
        ("<KeyInfo>", "<Object/><KeyInfo>", ErrorKind::Unexpected, "Signature"),
        ("</KeyInfo>", "</KeyInfo><Object/>", ErrorKind::Unexpected, "Signature"),
        ("</Signature>", "</Signature><Signature/>", ErrorKind::Unexpected, "SignedKmsResponse"),
    ] {
        assert!(INNER[0].contains(from), "{from}");
        let document = INNER[0].replacen(from, to, 1);
        assert_eq!(refusal(&document), (kind, element), "{to}");
    }
    // Two references, none, two enveloped signatures.
    let cut = |name: &str| {
        let start = INNER[0].find(&format!("<{name} ")).or(INNER[0].find(&format!("<{name}>")));
        let start = start.expect(name);
        let end = INNER[0].find(&format!("</{name}>")).expect(name) + name.len() + 3;
        &INNER[0][start..end]
    };
    let reference = cut("Reference");
    let twice = INNER[0].replace(reference, &reference.repeat(2));
    assert_eq!(refusal(&twice), (ErrorKind::Unexpected, "SignedInfo"));
    for (part, element) in [
        ("Reference", "Reference"),
        ("SignedInfo", "SignedInfo"),
        ("SignatureValue", "SignatureValue"),
        ("SignatureMethod", "SignatureMethod"),
        ("DigestValue", "DigestValue"),
    ] {
        assert_eq!(refusal(&INNER[0].replace(cut(part), "")), (ErrorKind::Missing, element));
    }
    let empty = INNER[0].replace(cut("Transforms"), "<Transforms/>");
    assert_eq!(refusal(&empty), (ErrorKind::Missing, "Transform"));
    let enveloped =
        "<Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let again = INNER[0].replace(enveloped, &enveloped.repeat(2));
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
        assert_eq!(read.verify_own(&keys()), Ok(&expected));
        // The canonical forms by another way.
        let text = core::str::from_utf8(&document).expect("UTF-8");
        let inside = |name: &str, space: &str| {
            let start = text.find(&format!("<{name}")).expect("there");
            let end = text.find(&format!("</{name}>")).expect("there") + name.len() + 3;
            text[start..end].replacen(name, &format!("{name} xmlns=\"{space}\""), 1)
        };
        let (signed_info, content) = (inside("SignedInfo", DS), inside("KmsResponse", KMS));
        let canonical =
            Canonical { signed_info: signed_info.as_bytes(), signed: content.as_bytes() };
        assert_eq!(read.verify(&keys(), &canonical), Ok(&expected));
        // White space in between is no matter to what is said, but to what was signed.
        let spaced = text.replace("<KmsUri>", "\n<KmsUri>");
        let spaced = Signed::<Response>::from_xml(spaced.as_bytes()).expect("read");
        assert_eq!(spaced, read);
        let changed = text.replace("kms.example.org<", "kms.example.com<");
        let changed = Signed::<Response>::from_xml(changed.as_bytes()).expect("read");
        assert_eq!(changed.verify_own(&keys()).map_err(|e| e.kind()), Err(ErrorKind::Digest));
        let other = keys_named(12, "ink.1");
        assert_eq!(read.verify_own(&other).map_err(|e| e.kind()), Err(ErrorKind::SignatureId));
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
    // With the signature and without, it is written as it was read.
    for (signature, expected) in [(signature.as_str(), None), ("", Some(ErrorKind::NotSigned))] {
        let document = format!("{declaration}{start}{signature}{end}");
        let read = parse(&document);
        assert_eq!(read.verify_own(&keys()).err().map(|e| e.kind()), expected);
        assert_eq!(read.to_xml().expect("written").as_slice(), document.as_bytes());
    }
}

#[test]
fn a_request_is_signed() {
    let content = Request { krr_list: Vec::new(), id: Some("r1".into()), ..request() };
    let transport = TransportKey::new(SharedKeyId(10), octets()).expect("a key");
    let keys = SharedKeys::new(transport, None);
    let signed = Signed::<Request>::sign(content, &keys).expect("signed");
    let document = signed.to_xml().expect("written");
    let text = core::str::from_utf8(&document).expect("UTF-8");
    assert!(text.contains("<Reference URI=\"#r1\">"));
    assert!(text.contains("<KeyName>AAAACg==</KeyName>"), "its identifier for want of a name");
    let read = Signed::<Request>::from_xml(&document).expect("read");
    assert_eq!(read.verify_own(&keys).expect("verified").signature_id, Some(SharedKeyId(10)));
    // A signed request must have a signature, a signed response needn't.
    let start = text.find("<Signature ").expect("there");
    let end = text.find("</Signature>").expect("there") + 12;
    let unsigned = text.replace(&text[start..end], "");
    assert_eq!(refusal(&unsigned), (ErrorKind::Missing, "Signature"));
    let bare =
        &text[text.find("<KmsRequest").expect("there")..text.find("<Signature ").expect("there")];
    let bare = bare.replacen("<KmsRequest", &format!("<KmsRequest xmlns=\"{KMS}\""), 1);
    let bare = Signed::<Request>::from_xml(bare.as_bytes()).expect("read");
    assert_eq!(bare.verify_own(&keys).map_err(|e| e.kind()), Err(ErrorKind::NotSigned));
    let redirects = Signed::<Request>::sign(request(), &keys).map_err(|e| e.kind());
    assert_eq!(redirects, Err(ErrorKind::Canonical));
}

#[test]
fn documents_of_older_releases_name_the_key_in_the_signature() {
    // Without Signature-ID: what was signed is another document, so it is signed anew.
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
        signed.verify_own_unnamed(keys).map(|_| ()).map_err(|error| error.kind())
    };
    let strict = |signed: &Signed<Response>| signed.verify_own(&keys()).err().map(|e| e.kind());
    assert_eq!(strict(&unnamed(Some("ink.1"))), Some(ErrorKind::SignatureId));
    assert_eq!(kind(&unnamed(Some("ink.1")), &keys()), Ok(()));
    assert_eq!(kind(&unnamed(Some("AAAACw==")), &keys_named(11, "")), Ok(()));
    assert_eq!(kind(&unnamed(Some("AAAACw==")), &keys()), Err(ErrorKind::SignatureId));
    assert_eq!(kind(&unnamed(None), &keys()), Err(ErrorKind::SignatureId));
    assert_eq!(kind(&unnamed(Some("ink.2")), &keys()), Err(ErrorKind::SignatureId));
}

fn base64(octets: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in octets.chunks(3) {
        let bits = three.iter().fold(0, |bits, octet| bits << 8 | u32::from(*octet));
        let bits = bits << (8 * (3 - three.len()));
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit) & 63) as usize;
            out.push(if digit <= three.len() { DIGITS[index].into() } else { '=' });
        }
    }
    out
}

#[test]
fn a_signature_of_signalling_stands_alone() {
    // As TS 36.579-1 5.5.13 has it: a part of a body by its Content-ID, under a key of 16 octets.
    let key = [0x42; 16];
    let signed = b"<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\"></mcpttinfo>";
    let signed_info = SignedInfo::new("cid:body@example.org", signed);
    let info = signed_info.to_canonical().expect("written");
    let (text, mac) = (String::from_utf8(info.clone()).expect("UTF-8"), hmac(&key, &info));
    let document = |mac: &[u8]| {
        format!(
            "<Signature xmlns=\"{DS}\">{text}<SignatureValue>{}</SignatureValue>\
             <KeyInfo><KeyName>AAAACw==</KeyName></KeyInfo></Signature>",
            base64(mac)
        )
    };
    let signature = Signature::from_xml(document(&mac).as_bytes()).expect("a signature");
    assert_eq!(signature.signed_info, signed_info);
    assert_eq!((signature.value, signature.key_name.as_deref()), (mac, Some("AAAACw==")));
    let canonical = Canonical { signed_info: &info, signed };
    let kind = |signature: &Signature, key: &[u8], canonical: &Canonical<'_>| {
        signature.verify(key, canonical).map_err(|error| error.kind())
    };
    assert_eq!(kind(&signature, &key, &canonical), Ok(()));
    for other in [&[0x43; 16][..], &[0x42; 17]] {
        assert_eq!(kind(&signature, other, &canonical), Err(ErrorKind::Mac));
    }
    for other in [&key[..15], &[]] {
        assert_eq!(kind(&signature, other, &canonical), Err(ErrorKind::ShortKey));
    }
    // A key may be longer, but not shorter.
    for len in [15, 16, 17, 32] {
        let key = &octets()[..len];
        let signature = Signature { value: hmac(key, &info), ..signature.clone() };
        let expected = if len < 16 { Err(ErrorKind::ShortKey) } else { Ok(()) };
        assert_eq!(kind(&signature, key, &canonical), expected, "{len}");
    }
    let other = Canonical { signed: b"", ..canonical };
    assert_eq!(kind(&signature, &key, &other), Err(ErrorKind::Digest));
    let spaced = [info.as_slice(), b" "].concat();
    let other = Canonical { signed_info: &spaced, ..canonical };
    assert_eq!(kind(&signature, &key, &other), Err(ErrorKind::Mac));
    for bit in 0..256 {
        let mut changed = mac;
        changed[bit / 8] ^= 1 << (bit % 8);
        let changed = Signature { value: changed, ..signature.clone() };
        assert_eq!(kind(&changed, &key, &canonical), Err(ErrorKind::Mac));
    }
    let limits = Limits::default();
    let long = format!("{}{}", document(&mac), " ".repeat(limits.octets));
    let error = Signature::from_xml(long.as_bytes()).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

#[test]
fn a_canonical_form_is_larger_than_what_it_is_of() {
    // Quotes are escaped in it, and attributes of the elements around are in it.
    let quotes = "\"".repeat(20_000);
    let signed_info = SignedInfo::new(&format!("cid:{quotes}"), b"");
    let info = String::from_utf8(signed_info.to_canonical().expect("written")).expect("UTF-8");
    let attributes = |name: &str| {
        (10..40).fold(String::new(), |text, number| format!("{text} xml:{name}{number}=\"\""))
    };
    let (outer, inner) = (attributes("a"), attributes("b"));
    let start = format!("<SignedInfo xmlns=\"{DS}\"");
    let canonical = info.replacen(&start, &format!("{start}{outer}{inner}"), 1);
    let key = octets();
    let mac = base64(&hmac(&key, canonical.as_bytes()));
    let info = info.replacen(&start, &format!("<SignedInfo{inner}"), 1);
    let info = info.replacen(
        &format!("\"cid:{}\"", "&quot;".repeat(20_000)),
        &format!("'cid:{quotes}'"),
        1,
    );
    let document = format!(
        "<Signature xmlns=\"{DS}\"{outer}>{info}<SignatureValue>{mac}</SignatureValue></Signature>"
    );
    let signature = Signature::from_xml(document.as_bytes()).expect("a signature");
    let canonical = Canonical { signed_info: canonical.as_bytes(), signed: b"" };
    assert_eq!(signature.verify(&key, &canonical), Ok(()));
}

fn hmac(key: &[u8], octets: &[u8]) -> [u8; 32] {
    use ::hmac::{Hmac, KeyInit, Mac};
    let mut hmac = Hmac::<sha2::Sha256>::new_from_slice(key).expect("a key");
    hmac.update(octets);
    hmac.finalize().into_bytes().into()
}
