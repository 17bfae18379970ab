//! Documents in the forms that occur in practice, with meaningless values.

use eccsi_sakke::kms::xml::{Error, ErrorKind, RedirectResponse, Signed};
use eccsi_sakke::kms::{
    CertificateParts, ErrorReport, KeyContent, KeySetParts, KmsMessage, NewKeys, Request, Response,
    Role, SharedKeyId, ValidPeriod, WrappedKey,
};
use eccsi_sakke::{KmsUri, NtpTime, UserUri};

pub const KMS: &str = "urn:3gpp:ns:mcsecKMSInterface:1.0";
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
pub const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
pub const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
pub const KRR: &str = "urn:3gpp:ns:mcsecKMSKRR:1.0";
const URL: &str = "https://kms.example.org/keymanagement/identity/v1/init";

/// A decoded document of any kind.
#[derive(Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one at a time")]
pub enum Document {
    Request(Signed<Request>),
    Response(Signed<Response>),
    Certificate(CertificateParts),
    KeySet(KeySetParts),
    Redirect(RedirectResponse),
}

/// Decodes a document as the kind that it is. The error is that of its kind, if it is of any kind.
pub fn decode(document: &[u8]) -> Result<Document, Error> {
    let results = [
        Signed::<Request>::from_xml(document).map(Document::Request),
        Signed::<Response>::from_xml(document).map(Document::Response),
        CertificateParts::from_xml(document).map(Document::Certificate),
        KeySetParts::from_xml(document).map(Document::KeySet),
        RedirectResponse::from_xml(document).map(Document::Redirect),
    ];
    let of_other_kind =
        |result: &Result<Document, Error>| matches!(result, Err(e) if e.kind() == ErrorKind::Root);
    let mut results = results.into_iter();
    let first = results.next().expect("five");
    if of_other_kind(&first) {
        results.find(|result| !of_other_kind(result)).unwrap_or(first)
    } else {
        first
    }
}

pub fn encode(document: &Document) -> Result<Vec<u8>, Error> {
    match document {
        Document::Request(request) => request.to_xml(),
        Document::Response(response) => response.to_xml(),
        Document::Certificate(certificate) => certificate.to_xml(),
        Document::KeySet(key_set) => key_set.to_xml(),
        Document::Redirect(redirect) => return Ok(redirect.as_bytes().to_vec()),
    }
    .map(|document| document.to_vec())
}

/// The reason why the document is refused, and the element.
pub fn refusal(document: &str) -> (ErrorKind, &'static str) {
    let error = decode(document.as_bytes()).map(|_| ()).expect_err(document);
    assert!(error.position() <= document.len(), "{error}");
    (error.kind(), error.element())
}

/// An element of a document: its name, its text with both tags, and whether it is optional.
#[derive(Clone)]
pub struct Element(pub &'static str, pub String, pub bool);

pub fn element(name: &'static str, text: &str, optional: bool) -> Element {
    Element(name, format!("<{name}>{text}</{name}>"), optional)
}

/// A document as a list of its elements.
#[derive(Clone)]
pub struct Parts {
    pub before: String,
    pub elements: Vec<Element>,
    pub after: String,
}

impl Parts {
    pub fn document(&self) -> String {
        let elements = self.elements.iter().map(|element| element.1.as_str());
        format!("{}{}{}", self.before, elements.collect::<String>(), self.after)
    }
}

pub fn request_parts() -> Parts {
    let error = r#"<ErrorCode>-7</ErrorCode><ErrorMsg>no keys</ErrorMsg>"#;
    Parts {
        before: format!(r#"<KmsRequest xmlns="{KMS}" Id="xmldoc" Version="1.1.0">"#),
        elements: vec![
            element("UserUri", "sip:alice@example.org", false),
            element("KmsUri", "kms.example.org", false),
            element("Time", "2021-05-10T11:23:02", false),
            element("ClientId", "client 1", true),
            element("DeviceId", "device 1", true),
            element("ClientReqUrl", URL, false),
            element("KrrList", &format!(r#"<r:KmsRedirectResponse xmlns:r="{KRR}"/>"#), true),
            element("ClientError", error, true),
            element("TrK-ID", "0000000A", true),
            element("Signature-ID", "0000000b", true),
        ],
        after: "</KmsRequest>".into(),
    }
}

/// What [`request_parts`] means.
pub fn request() -> Request {
    let time = NtpTime::from_unix(1_620_645_782);
    Request {
        id: Some("xmldoc".into()),
        client_id: Some("client 1".into()),
        device_id: Some("device 1".into()),
        krr_list: vec![format!(r#"<r:KmsRedirectResponse xmlns:r="{KRR}"/>"#).into_bytes()],
        client_error: Some(ErrorReport {
            version: String::new(),
            code: -7,
            message: "no keys".into(),
        }),
        trk_id: Some(SharedKeyId(10)),
        signature_id: Some(SharedKeyId(11)),
        ..Request::new(UserUri("sip:alice@example.org"), KmsUri("kms.example.org"), URL, time)
    }
}

pub fn response_parts(message: &str) -> Parts {
    let error = r#"<ErrorCode>5</ErrorCode><ErrorMsg></ErrorMsg>"#;
    Parts {
        before: format!(r#"<KmsResponse xmlns="{KMS}" xmlns:xsi="{XSI}" Id="xmldoc">"#),
        elements: vec![
            element("UserUri", "sip:alice@example.org", false),
            element("KmsUri", "kms.example.org", false),
            element("Time", "2021-05-10T11:23:02", false),
            element("KmsId", "kms 1", true),
            element("ClientReqUrl", URL, false),
            element("KmsMessage", message, true),
            element("KmsError", error, true),
            element("TrK-ID", "0000000A", true),
            element("Signature-ID", "AAAACw==", true),
        ],
        after: "</KmsResponse>".into(),
    }
}

/// What [`response_parts`] means.
pub fn response(message: Option<KmsMessage>) -> Response {
    let request = request();
    Response {
        id: Some("xmldoc".into()),
        kms_id: Some("kms 1".into()),
        error: Some(ErrorReport { version: String::new(), code: 5, message: String::new() }),
        trk_id: Some(SharedKeyId(10)),
        signature_id: Some(SharedKeyId(11)),
        ..Response::new(&request, request.time, message, None)
    }
}

pub fn certificate_parts() -> Parts {
    Parts {
        before: format!(
            r#"<KmsCertificate xmlns="{KMS}" Version="1.1.0" Role="Root" IsSecurityGateway="true">"#
        ),
        elements: vec![
            element("CertUri", "cert.example.org", true),
            element("KmsUri", "kms.example.org", false),
            element("Issuer", "An issuer", true),
            element("ValidFrom", "2020-01-01T00:00:00Z", true),
            element("ValidTo", "2030-01-01T00:00:00+01:00", true),
            element("Revoked", "1", true),
            element("UserIdFormat", "2", false),
            element("UserKeyPeriod", "2592000", false),
            element("UserKeyOffset", "0", false),
            element("PubEncKey", "04aBcD", false),
            element("PubAuthKey", "0401", false),
            element("ParameterSet", "1", true),
            element(
                "KmsDomainList",
                "<KmsDomain>a.example.org</KmsDomain><KmsDomain>b.example.org</KmsDomain>",
                true,
            ),
        ],
        after: "</KmsCertificate>".into(),
    }
}

/// What [`certificate_parts`] means.
pub fn certificate() -> CertificateParts {
    CertificateParts {
        version: "1.1.0".into(),
        role: Role::Home,
        is_security_gateway: true,
        cert_uri: Some("cert.example.org".into()),
        kms_uri: "kms.example.org".into(),
        issuer: Some("An issuer".into()),
        valid: ValidPeriod {
            from: Some(NtpTime::from_unix(1_577_836_800)),
            to: Some(NtpTime::from_unix(1_893_452_400)),
        },
        revoked: true,
        user_id_format: "2".into(),
        user_key_period: 2_592_000,
        user_key_offset: 0,
        pub_enc_key: vec![4, 0xab, 0xcd],
        pub_auth_key: vec![4, 1],
        parameter_set: Some(1),
        domains: vec!["a.example.org".into(), "b.example.org".into()],
    }
}

/// Wrapped octets 00 to 07, with everything that may accompany them.
pub fn encrypted_key(value: &str) -> String {
    format!(
        r#"<EncryptedKey xmlns="{XENC}" Id="key">
             <EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#kw-aes256"/>
             <ds:KeyInfo xmlns:ds="{DS}"><ds:KeyName>tk.11</ds:KeyName></ds:KeyInfo>
             <CipherData><CipherValue>{value}</CipherValue></CipherData>
             <CarriedKeyName>tk.12</CarriedKeyName>
           </EncryptedKey>"#
    )
}

pub fn wrapped() -> KeyContent {
    let wrapped = WrappedKey {
        octets: (0..8).collect(),
        key_name: Some("tk.11".into()),
        carried_key_name: Some("tk.12".into()),
    };
    wrapped.into()
}

pub fn key_set_parts() -> Parts {
    let typed = |name, xsi_type: &str, content: &str| {
        let start = format!(r#"<{name} xmlns:xsi="{XSI}" xsi:type="{xsi_type}">"#);
        Element(name, format!("{start}{content}</{name}>"), false)
    };
    Parts {
        before: format!(r#"<KmsKeySet xmlns="{KMS}" Version="1.1.0">"#),
        elements: vec![
            element("KmsUri", "kms.example.org", false),
            element("CertUri", "cert.example.org", true),
            element("Issuer", "An issuer", true),
            element("UserUri", "sip:alice@example.org", false),
            element("UserID", &"0a".repeat(32), false),
            element("ValidFrom", "2020-01-01T00:00:00Z", true),
            element("ValidTo", "2030-01-01T00:00:00Z", true),
            element("KeyPeriodNo", "625", false),
            element("Revoked", "false", true),
            typed("UserDecryptKey", "EncKeyContentType", &encrypted_key("AAECAwQFBgc=")),
            typed("UserSigningKeySSK", "KeyContentType", "D31C6F"),
            element("UserPubTokenPVT", "04fa", false),
        ],
        after: "</KmsKeySet>".into(),
    }
}

/// What [`key_set_parts`] means.
pub fn key_set() -> KeySetParts {
    KeySetParts {
        version: "1.1.0".into(),
        kms_uri: "kms.example.org".into(),
        cert_uri: Some("cert.example.org".into()),
        issuer: Some("An issuer".into()),
        user_uri: "sip:alice@example.org".into(),
        user_id: vec![10; 32],
        valid: ValidPeriod {
            from: Some(NtpTime::from_unix(1_577_836_800)),
            to: Some(NtpTime::from_unix(1_893_456_000)),
        },
        key_period_no: 625,
        revoked: false,
        user_decrypt_key: wrapped(),
        user_signing_key_ssk: KeyContent::plain(&[0xd3, 0x1c, 0x6f]),
        user_pub_token_pvt: KeyContent::plain(&[4, 0xfa]),
    }
}

pub fn new_keys() -> String {
    let key = encrypted_key("0001020304050607");
    format!(
        "<NewTransportKey>{key}</NewTransportKey><NewTransportKey>{key}</NewTransportKey>\
         <NewIntegrityKey>{key}</NewIntegrityKey>"
    )
}

/// The messages of responses, and what they mean.
pub fn messages() -> Vec<(String, Option<KmsMessage>)> {
    let (certificate_xml, key_set_xml) =
        (certificate_parts().document(), key_set_parts().document());
    let signed = format!(
        r#"<SignedKmsCertificate Id="c">{certificate_xml}<Signature xmlns="{DS}"><A>x</A></Signature></SignedKmsCertificate>"#
    );
    let keys = NewKeys { transport: vec![wrapped(), wrapped()], integrity: vec![wrapped()] };
    let init = |new_keys| KmsMessage::Init { certificate: certificate(), new_keys };
    let prov =
        |number, new_keys| KmsMessage::KeyProv { key_sets: vec![key_set(); number], new_keys };
    vec![
        (format!("<KmsInit>{certificate_xml}</KmsInit>"), Some(init(NewKeys::default()))),
        (
            format!(r#"<KmsInit Version="1.0.0" xsi:type="KmsInitTkIkType">{signed}</KmsInit>"#),
            Some(init(NewKeys::default())),
        ),
        (
            format!(
                r#"<KmsInit xsi:type="KmsInitTkIkType">{certificate_xml}<f:x xmlns:f="f"/>{}</KmsInit>"#,
                new_keys()
            ),
            Some(init(keys.clone())),
        ),
        ("<KmsKeyProv/>".into(), Some(prov(0, NewKeys::default()))),
        (
            format!(
                r#"<KmsKeyProv Version="1.0.0" Id="p" xsi:type="KmsKeyProvTkIkType">{key_set_xml}{key_set_xml}{}</KmsKeyProv>"#,
                new_keys()
            ),
            Some(prov(2, keys)),
        ),
        (
            "<KmsCertCache/>".into(),
            Some(KmsMessage::CertCache { cache_num: None, certificates: Vec::new() }),
        ),
        (
            format!(
                r#"<KmsCertCache CacheNum=" 17 ">{signed}{certificate_xml}<f:x xmlns:f="f"/></KmsCertCache>"#
            ),
            Some(KmsMessage::CertCache {
                cache_num: Some(17),
                certificates: vec![certificate(), certificate()],
            }),
        ),
        (r#"<Lookup xmlns="of others">x</Lookup>"#.into(), None),
        (String::new(), None),
    ]
}

/// One document of every kind.
pub fn all() -> Vec<Parts> {
    let mut all = vec![request_parts(), certificate_parts(), key_set_parts()];
    all.extend(messages().iter().map(|(message, _)| response_parts(message)));
    all
}

#[test]
fn a_request_says_what_it_says() {
    let document = request_parts().document();
    assert_eq!(Request::from_xml(document.as_bytes()), Ok(request()));
    let signed = Signed::<Request>::from_xml(document.as_bytes()).expect("a request");
    assert_eq!((signed.unverified(), signed.signature()), (&request(), None));
    assert_eq!(signed.into_unverified(), request());
}

#[test]
fn a_request_with_nothing_optional() {
    let mut parts = request_parts();
    parts.elements.retain(|element| !element.2);
    for (version, known) in
        [("Version=\"1.1.0\"", "1.1.0"), ("Version=\"1.0.0\"", "1.0.0"), ("", "1.1.0")]
    {
        parts.before = format!(r#"<KmsRequest xmlns="{KMS}" {version}>"#);
        let expected = Request {
            version: known.into(),
            id: None,
            client_id: None,
            device_id: None,
            krr_list: Vec::new(),
            client_error: None,
            trk_id: None,
            signature_id: None,
            ..request()
        };
        assert_eq!(Request::from_xml(parts.document().as_bytes()), Ok(expected));
    }
}

#[test]
fn a_certificate_says_what_it_says() {
    let document = certificate_parts().document();
    assert_eq!(CertificateParts::from_xml(document.as_bytes()), Ok(certificate()));
    for (name, role) in [
        ("Root", Role::Home),
        ("Home", Role::Home),
        ("Migration", Role::Migration),
        ("External", Role::External),
    ] {
        let document = document.replace("Root", name);
        let parts = CertificateParts::from_xml(document.as_bytes()).expect("a certificate");
        assert_eq!(parts.role, role);
    }
    // Without a role it gets the one with the fewest rights, which is also written.
    let nameless = document.replace(" Role=\"Root\"", "");
    let parts = CertificateParts::from_xml(nameless.as_bytes()).expect("a certificate");
    assert_eq!(parts, CertificateParts { role: Role::External, ..certificate() });
    assert!(!parts.role.provisions());
    let written = parts.to_xml().expect("written");
    assert!(String::from_utf8_lossy(&written).contains(" Role=\"External\""));
}

#[test]
fn a_key_set_says_what_it_says() {
    let document = key_set_parts().document();
    assert_eq!(KeySetParts::from_xml(document.as_bytes()), Ok(key_set()));
}

#[test]
fn a_response_says_what_its_message_says() {
    for (message, expected) in messages() {
        let document = response_parts(&message).document();
        let decoded = Response::from_xml(document.as_bytes());
        assert_eq!(decoded, Ok(response(expected)), "{document}");
    }
}

#[test]
fn a_redirect_response_is_kept_as_it_came() {
    let element = format!(
        r#"<r:KmsRedirectResponse xmlns:r="{KRR}" Id='1'><r:a>b</r:a> </r:KmsRedirectResponse>"#
    );
    let document = format!("<?xml version='1.0'?>\n{element}\n");
    let redirect = RedirectResponse::from_xml(document.as_bytes()).expect("a redirect");
    assert_eq!((redirect.as_bytes(), redirect.is_signed()), (element.as_bytes(), false));
    let signature = format!(r#"<r:a/><Signature xmlns="{DS}"/>"#);
    let document = document.replace("<r:a>b</r:a>", &signature);
    let redirect = RedirectResponse::from_xml(document.as_bytes()).expect("a redirect");
    assert!(redirect.is_signed());
    let around = document.replace("r:KmsRedirect", "r:SignedKmsRedirect");
    RedirectResponse::from_xml(around.as_bytes()).expect("a redirect");
    let other = document.replace("r:KmsRedirect", "r:Other");
    assert_eq!(refusal(&other), (ErrorKind::Root, ""));
    // A request contains it unchanged.
    let request = Request { krr_list: vec![redirect.as_bytes().to_vec()], ..request() };
    let written = request.to_xml().expect("written");
    assert_eq!(Request::from_xml(&written), Ok(request));
}

#[test]
fn prefixes_are_the_writers_choice() {
    let document = request_parts().document();
    let inside = document.replace("<r:", "[r:").replace("</", "</k:");
    let prefixed = inside.replace('<', "<k:").replace("<k:/k:", "</k:").replace("[r:", "<r:");
    let prefixed = prefixed.replace(" xmlns=", " xmlns:k=");
    assert!(prefixed.starts_with("<k:KmsRequest xmlns:k="));
    assert_eq!(Request::from_xml(prefixed.as_bytes()), Ok(request()));
}

#[test]
fn documents_as_they_are_seen() {
    let decoded = |document: &str| decode(document.as_bytes()).expect(document);
    let of_message = |index: usize| decoded(&response_parts(&messages()[index].0).document());
    let same = decoded(&request_parts().document());
    assert_eq!(decoded(include_str!("request.xml")), same);
    let Document::Response(init) = decoded(include_str!("init.xml")) else { panic!("a response") };
    let keys = NewKeys { transport: vec![wrapped(), wrapped()], integrity: vec![wrapped()] };
    let message = KmsMessage::Init { certificate: certificate(), new_keys: keys };
    assert_eq!(init.unverified(), &response(Some(message)));
    assert_eq!(decoded(include_str!("key_prov.xml")), of_message(4));
    assert_eq!(decoded(include_str!("cert_cache.xml")), of_message(6));
    let same = Document::Certificate(certificate());
    assert_eq!(decoded(include_str!("certificate.xml")), same);
    assert_eq!(decoded(include_str!("key_set.xml")), Document::KeySet(key_set()));
    let redirect = decoded(include_str!("redirect.xml"));
    assert!(matches!(redirect, Document::Redirect(redirect) if redirect.is_signed()));
}
