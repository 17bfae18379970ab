//! Signatures of signalling (TS 33.180 9.3). They stand alone, and cover another body of their message.

use eccsi_sakke::kms::xml::{Canonicalisation, ErrorKind, Limits, Signature, SignedInfo};

use super::documents::DS;
use super::signatures::{base64, changed, hmac, octets};

#[test]
fn a_signature_of_signalling_stands_alone() {
    // As in TS 36.579-1 5.5.13: a part of a body, referred to by its Content-ID, under a key of 16 octets.
    let key = [0x42; 16];
    let signed = b"<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\"></mcpttinfo>";
    let document = |signed_info: &SignedInfo, key: &[u8]| {
        let info = signed_info.to_canonical().expect("written");
        let mac = base64(&hmac(key, &info));
        let info = String::from_utf8(info).expect("UTF-8");
        format!(
            "<Signature xmlns=\"{DS}\">{info}<SignatureValue>{mac}</SignatureValue>\
             <KeyInfo><KeyName>AAAACw==</KeyName></KeyInfo></Signature>",
        )
    };
    let read = |document: &str| Signature::from_xml(document.as_bytes()).expect("a signature");
    let kind = |signature: &Signature, key: &[u8], signed: &[u8]| {
        signature.verify(key, signed).map_err(|error| error.kind())
    };
    let signed_info = SignedInfo::new("cid:body@example.org", signed);
    let document_of = document(&signed_info, &key);
    let signature = read(&document_of);
    assert_eq!(
        (&signature.signed_info, signature.key_name.as_deref()),
        (&signed_info, Some("AAAACw=="))
    );
    assert_eq!(kind(&signature, &key, signed), Ok(()));
    for other in [&[0x43; 16][..], &[0x42; 17]] {
        assert_eq!(kind(&signature, other, signed), Err(ErrorKind::Mac));
    }
    for other in [&key[..15], &[]] {
        assert_eq!(kind(&signature, other, signed), Err(ErrorKind::ShortKey));
    }
    // A key may be longer, but not shorter.
    for len in [15, 16, 17, 32] {
        let key = &octets()[..len];
        let expected = if len < 16 { Err(ErrorKind::ShortKey) } else { Ok(()) };
        assert_eq!(kind(&read(&document(&signed_info, key)), key, signed), expected, "{len}");
    }
    assert_eq!(kind(&signature, &key, b""), Err(ErrorKind::Digest));
    let spaced = read(&changed(&document_of, "</SignedInfo>", " </SignedInfo>"));
    assert_eq!(kind(&spaced, &key, signed), Err(ErrorKind::Mac));
    for bit in 0..256 {
        let mut changed = signature.clone();
        changed.value[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(kind(&changed, &key, signed), Err(ErrorKind::Mac));
    }
    // Octets are taken as they are, unless the signature says that they are canonicalised. Then comments may be left
    // out.
    let indented = b"<mcpttinfo  xmlns='urn:3gpp:ns:mcpttInfo:1.0'><!-- --></mcpttinfo>\n";
    assert_eq!(kind(&signature, &key, indented), Err(ErrorKind::Digest));
    for (comments, expected) in [(false, Ok(())), (true, Err(ErrorKind::Digest))] {
        let method = Canonicalisation { comments, exclusive: None };
        let signed_info = SignedInfo { transform: Some(method), ..signed_info.clone() };
        let signature = read(&document(&signed_info, &key));
        assert_eq!(kind(&signature, &key, indented), expected);
        assert_eq!(kind(&signature, &key, b"<a>"), Err(ErrorKind::Syntax));
    }
    // These would refer to the document around the signature, and there is none.
    for uri in ["", "#a", "#"] {
        let signed_info = SignedInfo::new(uri, signed);
        assert_eq!(
            kind(&read(&document(&signed_info, &key)), &key, signed),
            Err(ErrorKind::Signed)
        );
    }
    let enveloped = SignedInfo { enveloped: true, ..signed_info };
    assert_eq!(kind(&read(&document(&enveloped, &key)), &key, signed), Err(ErrorKind::Signed));
    let limits = Limits::default();
    let long = format!("{document_of}{}", " ".repeat(limits.octets));
    let error = Signature::from_xml(long.as_bytes()).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

#[test]
fn a_canonical_form_is_larger_than_what_it_is_of() {
    // The form escapes quotes, and contains attributes of the elements around.
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
    assert_eq!(signature.verify(&key, b""), Ok(()));
}
