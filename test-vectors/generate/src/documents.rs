//! `documents.json`: documents of a KMS as other implementations write them. Beside each stands the nearest document
//! that is refused.

use serde_json::{Value, json};

use crate::file::{File, Tests};

const KMS: &str = "urn:3gpp:ns:mcsecKMSInterface:1.0";
const KRR: &str = "urn:3gpp:ns:mcsecKMSKRR:1.0";

/// The text of the file.
pub fn text() -> String {
    let mut file = File::default();
    let fields = "kind document -> says, or refuse (TS 33.180 D.2 to D.4, Namespaces in XML 1.0)";
    file.group("attributes", "kms-document", fields, attributes);
    file.group("roles", "kms-document", fields, roles);
    file.group("user-identifiers", "kms-document", fields, user_identifiers);
    file.group("validity", "kms-document", fields, validity);
    file.group("lookups", "kms-document", fields, lookups);
    file.group("redirects", "kms-document", fields, redirects);
    file.text(
        "Documents of a KMS: XML of TS 33.180 annex D as it is met",
        "computed by tests/kms_documents.rs of this repository from the schemas; the signatures are those of xmlsec1 and openssl",
    )
}

fn test(kind: &str, document: &str, says: Option<Value>) -> Value {
    let mut test = json!({ "kind": kind, "document": document });
    if let Some(says) = says {
        test["says"] = says;
    }
    test
}

/// A certificate with these attributes in addition to its version, and with these elements after `KmsUri`.
fn certificate(attributes: &str, elements: &str) -> String {
    format!(
        "<KmsCertificate xmlns=\"{KMS}\" Version=\"1.1.0\"{attributes}><KmsUri>kms.example.org</KmsUri>{elements}\
         <UserIdFormat>2</UserIdFormat><UserKeyPeriod>2592000</UserKeyPeriod><UserKeyOffset>0</UserKeyOffset>\
         <PubEncKey>04</PubEncKey><PubAuthKey>04</PubAuthKey></KmsCertificate>"
    )
}

fn of_certificate(role: &str, from: Option<u64>, to: Option<u64>) -> Value {
    json!({ "Role": role, "KmsUri": "kms.example.org", "ValidFrom": from, "ValidTo": to })
}

fn key_set(user_id: &str) -> String {
    format!(
        "<KmsKeySet xmlns=\"{KMS}\" Version=\"1.1.0\"><KmsUri>kms.example.org</KmsUri>\
         <UserUri>sip:alice@example.org</UserUri><UserID>{user_id}</UserID><KeyPeriodNo>1546</KeyPeriodNo>\
         <UserDecryptKey>04</UserDecryptKey><UserSigningKeySSK>01</UserSigningKeySSK>\
         <UserPubTokenPVT>04</UserPubTokenPVT></KmsKeySet>"
    )
}

/// The time of requests and responses, 2021-05-17T13:25:16, in seconds since 1900.
const TIME: u64 = 3_830_246_716;
const HEAD: &str = "<UserUri>sip:alice@example.org</UserUri><KmsUri>kms.example.org</KmsUri>\
    <Time>2021-05-17T13:25:16Z</Time><ClientReqUrl>https://kms.example.org/</ClientReqUrl>";

/// Two attributes are the same if their namespaces and local names are the same (Namespaces in XML 6.3).
fn attributes(tests: &mut Tests<'_>) {
    let with = |attributes: &str| certificate(&format!(" Role=\"Root\"{attributes}"), "");
    let says = Some(of_certificate("Root", None, None));
    let flags = &["ExpandedName"];
    let two = " xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" a:y=\"1\" b:y=\"2\"";
    let comment = "one local name in two namespaces";
    let control = tests.valid(comment, flags, test("certificate", &with(two), says.clone()));
    let other = two.replace("b:y", "b:z").replace("urn:b", "urn:a");
    tests.valid("two names in one namespace", flags, test("certificate", &with(&other), says));
    for (comment, attributes) in [
        ("one name under two prefixes of one namespace", two.replace("urn:b", "urn:a")),
        (
            "the prefixes declared after their use",
            " a:y=\"1\" b:y=\"2\" xmlns:a=\"u\" xmlns:b=\"u\"".into(),
        ),
    ] {
        let refused = test("certificate", &with(&attributes), None);
        tests.invalid(comment, flags, ("xml-attribute", control), refused);
    }
}

fn roles(tests: &mut Tests<'_>) {
    let flags = &["Role"];
    let mut control = 0;
    for (attribute, role) in [
        (" Role=\"Root\"", "Root"),
        (" Role=\"Home\"", "Root"),
        (" Role=\"Migration\"", "Migration"),
        (" Role=\"External\"", "External"),
        ("", "External"),
    ] {
        let comment =
            if attribute.is_empty() { "no role: that of another's KMS" } else { attribute.trim() };
        let says = Some(of_certificate(role, None, None));
        control =
            tests.valid(comment, flags, test("certificate", &certificate(attribute, ""), says));
    }
    for (comment, attribute) in [("an empty role", " Role=\"\""), ("another", " Role=\"Partner\"")]
    {
        let refused = test("certificate", &certificate(attribute, ""), None);
        tests.invalid(comment, flags, ("xml-attribute", control), refused);
    }
}

/// 32 octets in base64, or in 64 hexadecimal digits, which would also be the base64 of 48 octets.
fn user_identifiers(tests: &mut Tests<'_>) {
    let uid = "0a".repeat(32);
    let flags = &["UserIdText"];
    let says = || {
        Some(json!({
            "UserUri": "sip:alice@example.org", "UserID": uid, "ValidFrom": null, "ValidTo": null,
        }))
    };
    let base64 = "CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=";
    let control = tests.valid("base64", flags, test("key-set", &key_set(base64), says()));
    tests.valid("hexadecimal", flags, test("key-set", &key_set(&uid), says()));
    tests.valid(
        "hexadecimal, capitals",
        flags,
        test("key-set", &key_set(&uid.to_uppercase()), says()),
    );
    for (comment, text) in [
        ("48 octets in base64", "CgoK".repeat(15) + "Cgog"),
        ("31 octets in hexadecimal", uid[2..].into()),
        ("no padding", base64.trim_end_matches('=').into()),
        ("nothing", String::new()),
    ] {
        tests.invalid(
            comment,
            flags,
            ("xml-value", control),
            test("key-set", &key_set(&text), None),
        );
    }
}

fn validity(tests: &mut Tests<'_>) {
    let with = |from: &str, to: &str| {
        certificate(
            " Role=\"Root\"",
            &format!("<ValidFrom>{from}</ValidFrom><ValidTo>{to}</ValidTo>"),
        )
    };
    let flags = &["UnsetTime"];
    let (from, to) = ("2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
    let (from_seconds, to_seconds) = (Some(3_786_825_600), Some(4_102_444_800));
    let unset = "0001-01-01T00:00:00";
    let mut control = 0;
    for (comment, document, from, to) in [
        ("both bounds", with(from, to), from_seconds, to_seconds),
        ("never set from", with(unset, to), None, to_seconds),
        ("never set to", with(from, unset), from_seconds, None),
        ("never set, in a zone", with(unset, "0001-01-01T00:00:00.0000000+02:00"), None, None),
        ("from before 1900", with("1753-01-01T00:00:00", to), None, to_seconds),
        ("to after 9999", with(from, "9999-12-31T23:59:59-01:00"), from_seconds, None),
        (
            "to in a year of nine digits",
            with(from, "292278994-08-17T07:12:55.807Z"),
            from_seconds,
            None,
        ),
    ] {
        let says = Some(of_certificate("Root", from, to));
        let id = tests.valid(comment, flags, test("certificate", &document, says));
        control = if control == 0 { id } else { control };
    }
    for (comment, document) in [
        ("from after 9999: never valid", with("10000-01-01T00:00:00Z", to)),
        ("to before 1900: it has ended", with(from, "1899-12-31T23:59:59Z")),
        ("to a second after what is never set", with(from, "0001-01-01T00:00:01")),
        ("to before the common era", with(from, "-0001-01-01T00:00:00")),
        ("a year of ten digits", with(from, "1000000000-01-01T00:00:00")),
        ("a year with a zero in front", with(from, "02030-01-01T00:00:00Z")),
        ("no time", with(from, "")),
    ] {
        tests.invalid(comment, flags, ("xml-value", control), test("certificate", &document, None));
    }
}

fn lookups(tests: &mut Tests<'_>) {
    let response = |message: &str| {
        format!(
            "<KmsResponse xmlns=\"{KMS}\" xmlns:x=\"urn:x\">{HEAD}<KmsMessage>{message}</KmsMessage></KmsResponse>"
        )
    };
    let flags = &["Lookup"];
    let says = |lookup: &str| {
        Some(json!({ "UserUri": "sip:alice@example.org", "Time": TIME, "KmsLookup": lookup }))
    };
    let content = "<KmsUri x:a=\"1\">kms.example.com</KmsUri>";
    let inside = format!("<KmsLookup>{content}</KmsLookup>");
    let kept = format!("<KmsLookup xmlns=\"{KMS}\" xmlns:x=\"urn:x\">{content}</KmsLookup>");
    let comment = "with the namespaces from around it";
    let control = tests.valid(comment, flags, test("response", &response(&inside), says(&kept)));
    tests.valid("that declares its own", flags, test("response", &response(&kept), says(&kept)));
    for (comment, reason, message) in [
        ("two", "xml-unexpected", inside.repeat(2)),
        (
            "an element in no namespace",
            "xml-namespace",
            inside.replace("<KmsUri", "<KmsUri xmlns=\"\""),
        ),
        ("a prefix of nothing", "xml-namespace", inside.replace("x:a", "y:a")),
    ] {
        tests.invalid(
            comment,
            flags,
            (reason, control),
            test("response", &response(&message), None),
        );
    }
}

/// Redirect responses alone, with a signature, and in a request.
fn redirects(tests: &mut Tests<'_>) {
    let flags = &["Redirect"];
    let signed = include_str!("../../../tests/kms_xml/redirect_signed.xml");
    let value = "9932a7076c5c8e2c2a425c4c9397bd0071d1f82a8f20cd1d1e1591b4c13803a12547153a63be19970813328a\
                 c7cef4e02b5dd9dbc0b37b7db78b354b982f557a";
    let certificate = hex::encode(include_bytes!("../../../tests/kms_xml/redirect.der"));
    let says = json!({
        "Id": "second", "KmsUri": ["kms.option1.example.org"], "nested": "first",
        "Signature": { "SignatureValue": value, "X509Certificate": [certificate] },
    });
    let control = tests.valid(
        "signed, with one inside",
        flags,
        test("redirect-response", signed, Some(says)),
    );
    let kind = "redirect-response";
    for (comment, from, to) in [
        ("signed by another algorithm", "#ecdsa-sha256", "#rsa-sha256"),
        ("digested by another", "xmlenc#sha256", "xmldsig#sha1"),
        (
            "canonicalised otherwise",
            "TR/2001/REC-xml-c14n-20010315\"/><ds:Sig",
            "2001/10/xml-exc-c14n#\"/><ds:Sig",
        ),
    ] {
        assert!(signed.contains(from), "{from}");
        let refused = test(kind, &signed.replace(from, to), None);
        tests.invalid(comment, flags, ("xml-algorithm", control), refused);
    }
    let request = |list: &str| {
        format!(
            "<KmsRequest xmlns=\"{KMS}\" xmlns:r=\"{KRR}\" Version=\"1.1.0\">{HEAD}<KrrList>{list}</KrrList></KmsRequest>"
        )
    };
    let says = |kept: &str| {
        Some(json!({ "UserUri": "sip:alice@example.org", "Time": TIME, "KrrList": [kept] }))
    };
    let own = format!("<r:KmsRedirectResponse xmlns:r=\"{KRR}\"/>");
    let comment = "handed in, its namespace declared by itself";
    let control = tests.valid(comment, flags, test("request", &request(&own), says(&own)));
    let kept = format!("<r:KmsRedirectResponse xmlns=\"{KMS}\" xmlns:r=\"{KRR}\"/>");
    let comment = "handed in, its namespace declared around it";
    tests.valid(comment, flags, test("request", &request("<r:KmsRedirectResponse/>"), says(&kept)));
    for (comment, reason, list) in [
        ("handed in, its prefix declared nowhere", "xml-namespace", own.replace("r:Kms", "q:Kms")),
        ("handed in, of another namespace", "xml-unexpected", own.replace(KRR, "urn:other")),
    ] {
        tests.invalid(comment, flags, (reason, control), test("request", &request(&list), None));
    }
}
