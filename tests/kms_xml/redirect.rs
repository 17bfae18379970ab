//! Redirect responses: how they are read, made, signed and verified.
//!
//! The files beside this one are two responses. One has canonical forms that libxml2 made, and is signed by xmlsec1
//! with a key and a certificate of openssl. The other was made by this crate, and xmlsec1 verifies it.

use eccsi_sakke::kms::xml::{Error, ErrorKind, Limits, RedirectResponse};
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
use p256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar, Sec1Point};
use sha2::{Digest, Sha256};

use super::documents::{DS, KRR, refusal};
use super::signatures::base64;

const SIGNED: [&str; 3] = [
    include_str!("redirect_signed.xml"),
    include_str!("redirect_signed.si"),
    include_str!("redirect_signed.signed"),
];

fn scalar(octets: &[u8]) -> Scalar {
    Scalar::reduce(&FieldBytes::try_from(octets).expect("32 octets"))
}

/// Verifies ECDSA on P-256 with the key of a certificate, whose DER contains the point uncompressed.
fn is_signature(certificate: &[u8], octets: &[u8], signature: &[u8]) -> bool {
    let start = certificate.windows(4).position(|at| at == [0x03, 0x42, 0, 4]).expect("a key") + 3;
    let point = Sec1Point::from_bytes(&certificate[start..start + 65]).expect("a point");
    let key = AffinePoint::from_sec1_point(&point).into_option().expect("on the curve");
    let (r, s) = (scalar(&signature[..32]), scalar(&signature[32..]));
    let inverse = s.invert().into_option().expect("not 0");
    let z = scalar(&Sha256::digest(octets));
    let sum =
        ProjectivePoint::GENERATOR * (z * inverse) + ProjectivePoint::from(key) * (r * inverse);
    scalar(sum.to_affine().to_sec1_point(false).x().expect("not infinity")) == r
}

fn parse(document: &str) -> RedirectResponse {
    RedirectResponse::from_xml(document.as_bytes()).expect(document)
}

/// The signed response, if the signature is right.
fn verify(document: &str) -> Result<RedirectResponse, ErrorKind> {
    let rejected = |certificate: &[u8], octets: &[u8], value: &[u8]| {
        // An error of the caller, which must be returned unchanged.
        let error = RedirectResponse::from_xml(b"").expect_err("nothing");
        if is_signature(certificate, octets, value) { Ok(()) } else { Err(error) }
    };
    let verified = parse(document)
        .verify(|signature, octets| rejected(&signature.certificates[0], octets, &signature.value));
    verified.map_err(|error| error.kind())
}

#[test]
fn the_signature_of_another_implementation() {
    let received = parse(SIGNED[0]);
    assert_eq!((received.id().as_deref(), received.is_signed()), (Some("second"), true));
    let signature = received.signature().expect("a signature");
    assert_eq!(signature.signed_info.uri, "#second");
    assert!(signature.signed_info.enveloped && signature.signed_info.transform.is_some());
    assert_eq!((signature.value.len(), signature.certificates.len()), (64, 1));
    let signed = verify(SIGNED[0]).expect("verified");
    assert_eq!(signed.as_bytes(), SIGNED[2].as_bytes());
    let form = received.verify(|_, octets| {
        assert_eq!(octets, SIGNED[1].as_bytes());
        Ok::<_, Error>(())
    });
    assert_eq!(form, Ok(signed.clone()));
    assert_eq!(signed.texts("UserUri").expect("a text"), ["sip:bob@example.com"]);
}

#[test]
fn what_is_in_a_response_is_taken_by_name() {
    let received = parse(SIGNED[0]);
    let texts = |response: &RedirectResponse, name: &str| response.texts(name).expect("texts");
    assert_eq!(texts(&received, "KmsUri"), ["kms.option1.example.org"]);
    assert_eq!(texts(&received, "Unknown"), [] as [&str; 0]);
    // This one is in another namespace, that of the signature.
    assert_eq!(texts(&received, "KeyName"), [] as [&str; 0]);
    let error = received.texts("KmsUris").expect_err("elements");
    assert_eq!(error.kind(), ErrorKind::Content);
    let nested = received.nested().expect("read").expect("a response");
    assert_eq!(nested.id().as_deref(), Some("first"));
    assert_eq!(texts(&nested, "KmsUri"), ["kms.option1.example.org", "kms.option2.example.org"]);
    assert_eq!(nested.nested(), Ok(None));
    assert_eq!(nested.signature().map_err(|e| e.kind()), Err(ErrorKind::NotSigned));
    // It can be put into a list by itself. If it needs namespaces of the elements around it, it declares them.
    let start = format!(r#"<KmsRedirectResponse xmlns="{KRR}" Id="first">"#);
    assert!(nested.as_bytes().starts_with(start.as_bytes()));
    assert_eq!(parse(core::str::from_utf8(nested.as_bytes()).expect("UTF-8")), nested);
    let prefixed = "<r:KmsRedirectResponse/></r:KmsRedirectResponse>";
    let around = parse(
        &SIGNED[0]
            .replacen("</r:KmsRedirectResponse>", prefixed, 1)
            .replacen(
                r#"<KmsRedirectResponse xmlns="urn:3gpp:ns:mcsecKMSKRR:1.0" Id="first">"#,
                "<o xmlns='urn:o'>",
                1,
            )
            .replacen("</KmsRedirectResponse>", "</o>", 1),
    );
    let nested = around.nested().expect("read").expect("a response");
    let declared = format!(r#"<r:KmsRedirectResponse xmlns:x="urn:x" xmlns:r="{KRR}"/>"#);
    assert_eq!(nested.as_bytes(), declared.as_bytes());
}

#[test]
fn what_was_not_signed_is_refused() {
    let document = SIGNED[0];
    let cut = |text: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    assert_eq!(verify(&cut(document, "option1", "option3")), Err(ErrorKind::Digest));
    assert_eq!(verify(&cut(document, "<ds:Signature", "\n<ds:Signature")), Err(ErrorKind::Digest));
    // Comments are in no canonical form, and white space after the document element is in no element.
    assert!(verify(&cut(document, "<ds:Signature", "<!-- --><ds:Signature")).is_ok());
    assert!(verify(&format!("{document}\n ")).is_ok());
    // The signature must refer to the response, by a name that nothing else has.
    for (from, to) in [
        ("URI=\"#second\"", "URI=\"#first\""),
        ("URI=\"#second\"", "URI=\"#third\""),
        ("URI=\"#second\"", "URI=\"#\""),
        ("Id=\"first\"", "Id=\"second\""),
    ] {
        assert_eq!(verify(&cut(document, from, to)), Err(ErrorKind::Signed), "{to}");
    }
    // The caller's check refuses other octets and other values.
    let other = cut(document, "URI=\"#second\"", "URI=\"\"");
    assert_eq!(verify(&other), Err(ErrorKind::Root));
    assert_eq!(verify(&cut(document, "mTKnB2xc", "nTKnB2xc")), Err(ErrorKind::Root));
    // The signature must be left out of what is signed.
    let enveloped =
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    assert_eq!(verify(&cut(document, enveloped, "")), Err(ErrorKind::Signed));
    // Moved into another response, it is no signature of that one.
    let document = cut(document, "<?xml version=\"1.0\"?>", "");
    let moved =
        format!("<KmsRedirectResponse xmlns='{KRR}' Id='1'>{document}</KmsRedirectResponse>");
    assert_eq!(verify(&moved), Err(ErrorKind::NotSigned));
    let signature = &document[document.find("<ds:Signature ").expect("there")..];
    let end = signature.find("</ds:Signature>").expect("there") + "</ds:Signature>".len();
    let signature = &signature[..end];
    let around = format!(
        "<KmsRedirectResponse xmlns='{KRR}' Id='1'>{}{signature}</KmsRedirectResponse>",
        document.replacen(signature, "", 1)
    );
    assert_eq!(verify(&around), Err(ErrorKind::Signed));
}

/// A signed response beside its signature, which covers the one or the whole.
#[test]
fn a_response_may_stand_beside_its_signature() {
    let response =
        "<KmsRedirectResponse Id=\"in\"><KmsUri>a</KmsUri></KmsRedirectResponse>".to_owned();
    let form = |root: &str| root.replacen(" Id", &format!(" xmlns=\"{KRR}\" Id"), 1);
    let digest = base64(&Sha256::digest(form(&response)));
    let algorithm = |name: &str, uri: &str| format!("<{name} Algorithm=\"{uri}\"/>");
    let info = format!(
        "<SignedInfo>{}{}<Reference URI=\"#in\">{}<DigestValue>{digest}</DigestValue></Reference></SignedInfo>",
        algorithm("CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        algorithm("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
        algorithm("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256"),
    );
    let document = format!(
        "<SignedKmsRedirectResponse xmlns=\"{KRR}\" Id=\"out\">{response}<Signature xmlns=\"{DS}\">{info}<SignatureValue>AA==</SignatureValue></Signature></SignedKmsRedirectResponse>"
    );
    let verified = |document: &str| {
        parse(document).verify(|_, _| Ok::<_, Error>(())).map_err(|error| error.kind())
    };
    let signed = verified(&document).expect("verified");
    assert_eq!(signed.as_bytes(), form(&response).as_bytes());
    assert_eq!(verified(&document.replace(">a<", ">b<")), Err(ErrorKind::Digest));
    // A signature cannot be a part of what it signs.
    assert_eq!(verified(&document.replace("#in", "#out")), Err(ErrorKind::Signed));
    assert_eq!(verified(&document.replace("\"#in\"", "\"\"")), Err(ErrorKind::Signed));
}

#[test]
fn a_signature_is_one_of_the_profile() {
    let with = |from: &str, to: &str| {
        assert!(SIGNED[0].contains(from), "{from}");
        let received = parse(&SIGNED[0].replacen(from, to, 1));
        received.signature().map_err(|error| (error.kind(), error.element()))
    };
    let signature = parse(SIGNED[0]).signature();
    let c14n = "TR/2001/REC-xml-c14n-20010315\"/><ds:SignatureMethod";
    let algorithm = |element| Err((ErrorKind::Algorithm, element));
    assert_eq!(
        with(c14n, &format!("2001/10/xml-exc-c14n#{}", &c14n[29..])),
        algorithm("CanonicalizationMethod")
    );
    assert_eq!(with("#ecdsa-sha256", "#rsa-sha256"), algorithm("SignatureMethod"));
    assert_eq!(with("#ecdsa-sha256", "#hmac-sha256"), algorithm("SignatureMethod"));
    assert_eq!(with("xmlenc#sha256", "xmldsig#sha1"), algorithm("DigestMethod"));
    assert_eq!(with("#enveloped-signature", "#base64"), algorithm("Transform"));
    let twice =
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    assert_eq!(with(twice, &twice.repeat(2)), algorithm("Transform"));
    let form =
        twice.replace("2000/09/xmldsig#enveloped-signature", "TR/2001/REC-xml-c14n-20010315");
    assert_eq!(with(twice, &form.repeat(3)), algorithm("Transform"));
    assert_eq!(with(" URI=\"#second\"", ""), Err((ErrorKind::Attribute, "Reference")));
    assert_eq!(with("mo37", ""), Err((ErrorKind::Value, "DigestValue")));
    assert_eq!(with("mTKn", "*"), Err((ErrorKind::Value, "SignatureValue")));
    assert_eq!(with("MIIBkz", "*"), Err((ErrorKind::Value, "X509Certificate")));
    assert_eq!(
        with("</ds:Signature>", &format!("</ds:Signature><Signature xmlns='{DS}'/>")),
        Err((ErrorKind::Unexpected, "KmsRedirectResponse"))
    );
    // Other elements of `KeyInfo` are ignored, and it may be missing.
    assert_eq!(
        with("<ds:KeyName>gateway</ds:KeyName>", "<ds:KeyValue/>"),
        signature.map_err(|_| unreachable!())
    );
    let (start, end) = (SIGNED[0].find("<ds:KeyInfo>").expect("there"), "</ds:KeyInfo>");
    let info = &SIGNED[0][start..SIGNED[0].find(end).expect("there") + end.len()];
    assert_eq!(with(info, "").expect("a signature").certificates, Vec::<Vec<u8>>::new());
    // A response is read whatever its signature looks like, because a client must accept it.
    assert!(parse(&SIGNED[0].replace("#ecdsa-sha256", "#other")).is_signed());
}

#[test]
fn a_response_is_made_and_signed() {
    let uri = format!(r#"<KmsUri xmlns="{KRR}">kms.example.com</KmsUri>"#);
    let first = RedirectResponse::new("first", &[uri.as_bytes()]).expect("made");
    let made = RedirectResponse::new("a\"<", &[uri.as_bytes(), first.as_bytes()]).expect("made");
    assert_eq!((made.id().as_deref(), made.is_signed()), (Some("a\"<"), false));
    assert_eq!(made.texts("KmsUri").expect("texts"), ["kms.example.com"]);
    assert_eq!(made.nested(), Ok(Some(first.clone())));
    assert_eq!(RedirectResponse::from_xml(made.as_bytes()), Ok(made.clone()));
    assert_eq!(made.signature().map_err(|e| e.kind()), Err(ErrorKind::NotSigned));
    for element in
        ["", "text", "<KmsUri/>", "<KmsUri xmlns='urn:o'/>", &format!(" {uri}"), &uri.repeat(2)]
    {
        let error = RedirectResponse::new("1", &[element.as_bytes()]).expect_err(element);
        assert_eq!(error.kind(), ErrorKind::Content, "{element}");
    }
    assert_eq!(RedirectResponse::new("\0", &[]).map_err(|e| e.kind()), Err(ErrorKind::Value));

    // Its canonical form does not repeat the declaration.
    let canonical = format!(
        r#"<KmsRedirectResponse xmlns="{KRR}" Id="first"><KmsUri>kms.example.com</KmsUri></KmsRedirectResponse>"#
    );
    let certificate = parse(SIGNED[0]).signature().expect("a signature").certificates.remove(0);
    let mut octets = Vec::new();
    let signed = first.sign(&[&certificate], |signed_info| {
        octets = signed_info.to_vec();
        Ok::<_, Error>(
            hex::decode(MADE_SIGNATURE).expect("hexadecimal").try_into().expect("64 octets"),
        )
    });
    let signed = signed.expect("signed");
    assert!(
        octets
            .starts_with(format!("<SignedInfo xmlns=\"{DS}\"><CanonicalizationMethod ").as_bytes())
    );
    assert_eq!(String::from_utf8_lossy(signed.as_bytes()), include_str!("redirect_made.xml"));
    let verified = verify(include_str!("redirect_made.xml")).expect("verified");
    assert_eq!(verified.as_bytes(), canonical.as_bytes());
    assert_eq!(verified.texts("KmsUri").expect("a text"), ["kms.example.com"]);

    // A response that is signed, or was made elsewhere, is not signed here: more may be in force around `SignedInfo`.
    let refused = |response: &RedirectResponse| {
        let signed = response.sign(&[], |_| Ok::<_, Error>([0; 64]));
        assert_eq!(signed.map_err(|e| e.kind()), Err(ErrorKind::Signed));
    };
    refused(&signed);
    refused(&parse(&format!("<KmsRedirectResponse xmlns='{KRR}' Id='1'></KmsRedirectResponse>")));
    refused(&parse(&format!("<r:KmsRedirectResponse xmlns:r='{KRR}' Id='1'/>")));
    refused(&parse(&format!("<KmsRedirectResponse xmlns=\"{KRR}\"/>")));
    // An unusable key is an error too.
    let error = RedirectResponse::from_xml(b"").expect_err("nothing");
    assert_eq!(first.sign(&[], |_| Err::<[u8; 64], _>(error)), Err(error));
}

/// Made by openssl, with the key of the certificate.
const MADE_SIGNATURE: &str = "34c936016fc16135abd42621dcdba51ed6790b61f5286a77bc2b09dc8c503a93\
    04744b4aba4518503d71897b90d15afa7dd4963333b9b2443575d2058a7a32e8";

#[test]
fn limits_hold_for_what_is_inside() {
    let limits = Limits { depth: 64, ..Limits::default() };
    let deep = |depth| {
        let (open, close) = ("<a>".repeat(depth), "</a>".repeat(depth));
        format!("<KmsRedirectResponse xmlns='{KRR}'>{open}{close}<b>1</b></KmsRedirectResponse>")
    };
    let within = |depth| RedirectResponse::from_xml_within(deep(depth).as_bytes(), &limits);
    assert_eq!(refusal(&deep(40)).0, ErrorKind::TooDeep);
    assert_eq!(within(40).and_then(|response| response.texts("b")), Ok(vec!["1".into()]));
    assert_eq!(within(64).map_err(|error| error.kind()), Err(ErrorKind::TooDeep));
}
