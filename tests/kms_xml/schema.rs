//! The rules of the schema: elements that are missing, repeated, out of order or foreign, and wrong attributes,
//! versions, types and values.

use eccsi_sakke::kms::xml::ErrorKind;
use eccsi_sakke::kms::{KeyContent, KeySetParts, Request, ValidPeriod};

use super::documents::{
    DS, Element, KMS, KRR, Parts, XENC, all, certificate_parts, decode, element, encrypted_key,
    key_set, key_set_parts, new_keys, refusal, request_parts, response_parts, wrapped,
};

fn without(parts: &Parts, index: usize) -> Parts {
    let mut parts = parts.clone();
    parts.elements.remove(index);
    parts
}

fn with(parts: &Parts, index: usize, element: Element) -> Parts {
    let mut parts = parts.clone();
    parts.elements.insert(index, element);
    parts
}

#[test]
fn an_element_is_missing() {
    for parts in all() {
        for (index, Element(name, _, optional)) in parts.elements.iter().enumerate() {
            let document = without(&parts, index).document();
            if *optional {
                decode(document.as_bytes()).expect("an optional element");
            } else {
                assert_eq!(refusal(&document), (ErrorKind::Missing, *name), "{document}");
            }
        }
    }
}

#[test]
fn an_element_is_repeated() {
    for parts in all() {
        for index in 0..parts.elements.len() {
            let repeated = with(&parts, index, parts.elements[index].clone());
            let (kind, _) = refusal(&repeated.document());
            assert!(matches!(kind, ErrorKind::Unexpected | ErrorKind::Missing), "{kind:?}");
        }
    }
}

#[test]
fn two_elements_are_out_of_order() {
    for parts in all() {
        for first in 0..parts.elements.len() {
            for second in first + 1..parts.elements.len() {
                let mut swapped = parts.clone();
                swapped.elements.swap(first, second);
                let (kind, _) = refusal(&swapped.document());
                assert!(matches!(kind, ErrorKind::Unexpected | ErrorKind::Missing), "{kind:?}");
            }
        }
    }
}

#[test]
fn an_element_is_unknown() {
    let unknown = element("Unknown", "", false);
    let nowhere = Element("Unknown", r#"<Unknown xmlns=""/>"#.into(), false);
    for parts in all() {
        for index in 0..=parts.elements.len() {
            for element in [&unknown, &nowhere] {
                let (kind, _) = refusal(&with(&parts, index, element.clone()).document());
                assert!(matches!(kind, ErrorKind::Unexpected | ErrorKind::Missing), "{kind:?}");
            }
        }
    }
}

#[test]
fn elements_of_others_stand_at_the_end_alone() {
    let other = Element(
        "x",
        r#"<o:x xmlns:o="of others" o:a="&amp;"><KmsUri/>text &lt;<![CDATA[<]]><o:y/></o:x>"#
            .into(),
        false,
    );
    for parts in all() {
        let end = parts.elements.len();
        for index in 0..end {
            let (kind, _) = refusal(&with(&parts, index, other.clone()).document());
            assert!(matches!(kind, ErrorKind::Unexpected | ErrorKind::Missing), "{kind:?}");
        }
        let document = with(&with(&parts, end, other.clone()), end, other.clone()).document();
        if parts.before.starts_with("<KmsKeySet") {
            assert_eq!(refusal(&document), (ErrorKind::Unexpected, "KmsKeySet"));
        } else {
            assert_eq!(decode(document.as_bytes()), decode(parts.document().as_bytes()));
        }
    }
}

#[test]
fn an_element_is_of_another_namespace() {
    for parts in all() {
        for (index, Element(name, text, optional)) in parts.elements.iter().enumerate() {
            let moved = text.replacen(name, &format!("{name} xmlns=\"urn:other\""), 1);
            let mut changed = parts.clone();
            changed.elements[index].1 = moved;
            if *optional && index + 1 == parts.elements.len() {
                // At the end it counts as an element of another namespace.
                decode(changed.document().as_bytes()).expect("skipped");
                continue;
            }
            let (kind, element) = refusal(&changed.document());
            if *optional {
                assert!(matches!(kind, ErrorKind::Unexpected | ErrorKind::Missing), "{kind:?}");
            } else {
                assert_eq!((kind, element), (ErrorKind::Missing, *name));
            }
        }
        let document = parts.document().replacen(KMS, "urn:3gpp:ns:mcsecKMSInterface:2.0", 1);
        assert_eq!(refusal(&document), (ErrorKind::Root, ""));
        let document = parts.document().replacen(&format!(" xmlns=\"{KMS}\""), "", 1);
        assert_eq!(refusal(&document), (ErrorKind::Root, ""));
        // The namespace must not be written in another way.
        let document = parts.document().replacen("mcsecKMS", "mcsec&#75;MS", 1);
        assert_eq!(refusal(&document).0, ErrorKind::Namespace);
    }
}

#[test]
fn a_text_has_elements_or_attributes() {
    for parts in all() {
        let names = parts.elements.iter().map(|element| element.0);
        for (index, name) in names.enumerate() {
            let mut changed = parts.clone();
            let text = &mut changed.elements[index].1;
            *text = text.replacen(name, &format!("{name} unknown='1'"), 1);
            if !matches!(name, "KrrList") {
                assert_eq!(refusal(&changed.document()), (ErrorKind::Attribute, name));
            }
            // Attributes of other namespaces are ignored.
            let text = &mut changed.elements[index].1;
            *text = text.replacen("unknown", "xml:lang", 1);
            assert_eq!(decode(changed.document().as_bytes()), decode(parts.document().as_bytes()));
        }
    }
    for parts in [request_parts(), certificate_parts()] {
        let mut changed = parts.clone();
        changed.elements[1].1 = changed.elements[1].1.replace("kms.", "<KmsUri/>");
        assert_eq!(refusal(&changed.document()), (ErrorKind::Content, parts.elements[1].0));
    }
}

#[test]
fn there_is_text_among_elements() {
    for parts in all() {
        for index in 0..=parts.elements.len() {
            for text in ["x", "&#32;", "&amp;", "<![CDATA[ ]]>"] {
                let document = with(&parts, index, Element("", text.into(), false)).document();
                assert_eq!(refusal(&document).0, ErrorKind::Content, "{text}");
            }
        }
    }
}

#[test]
fn a_version_is_not_known() {
    for (parts, element) in [
        (request_parts(), "KmsRequest"),
        (certificate_parts(), "KmsCertificate"),
        (key_set_parts(), "KmsKeySet"),
    ] {
        for version in ["", "1", "1.1", "1.1.1", "2.0.0", " 1.1.0"] {
            let document = parts.document().replacen("1.1.0", version, 1);
            assert_eq!(refusal(&document), (ErrorKind::Version, element));
        }
    }
    let document = key_set_parts().document().replacen("1.1.0", "1.0.0", 1);
    assert_eq!(refusal(&document), (ErrorKind::Version, "KmsKeySet"));
    let key_set = key_set_parts().document().replacen(" Version=\"1.1.0\"", "", 1);
    assert_eq!(KeySetParts::from_xml(key_set.as_bytes()), Ok(self::key_set()));
    for element in ["KmsInit", "KmsKeyProv", "KmsCertCache"] {
        let certificate = certificate_parts().document();
        let document = response_parts(&format!("<{element} Version='9'>{certificate}</{element}>"));
        assert_eq!(refusal(&document.document()), (ErrorKind::Version, element));
    }
}

#[test]
fn an_attribute_is_wrong() {
    let certificate = certificate_parts().document();
    for (from, to) in [
        ("Root", "root"),
        ("Root", ""),
        ("IsSecurityGateway=\"true\"", "IsSecurityGateway=\"yes\""),
        ("IsSecurityGateway", "IsSecurityGatewey"),
    ] {
        let document = certificate.replacen(from, to, 1);
        assert_eq!(refusal(&document), (ErrorKind::Attribute, "KmsCertificate"), "{to}");
    }
    let document = response_parts("<KmsCertCache CacheNum='-1'/>").document();
    assert_eq!(refusal(&document), (ErrorKind::Attribute, "KmsCertCache"));
    let document = response_parts("<KmsMessage><KmsInit/></KmsMessage>").document();
    assert_eq!(refusal(&document), (ErrorKind::Unexpected, "KmsMessage"));
}

#[test]
fn a_value_is_none_of_its_type() {
    let of = |parts: &Parts, name: &'static str, text: &str| {
        let mut parts = parts.clone();
        let index = parts.elements.iter().position(|element| element.0 == name).expect("there");
        parts.elements[index] = element(name, text, false);
        parts.document()
    };
    let request = request_parts();
    for time in ["", "now", "2021-02-29T00:00:00Z", "2021-05-10", "2021-05-10T11:23:02+15:00"] {
        assert_eq!(refusal(&of(&request, "Time", time)), (ErrorKind::Value, "Time"), "{time}");
    }
    decode(of(&request, "Time", "\n 2021-05-10T11:23:02.5+05:30\t").as_bytes()).expect("a time");
    for id in ["", "1", "000000", "0000000000", "0000000g", "AAAA", "AAAAAAA="] {
        assert_eq!(refusal(&of(&request, "TrK-ID", id)), (ErrorKind::Value, "TrK-ID"), "{id}");
    }
    let certificate = certificate_parts();
    for number in ["", "-1", "1e3", "0x10", "18446744073709551616", "1 2"] {
        for name in ["UserKeyPeriod", "UserKeyOffset", "ParameterSet"] {
            assert_eq!(refusal(&of(&certificate, name, number)), (ErrorKind::Value, name));
        }
    }
    decode(of(&certificate, "UserKeyPeriod", " +0018446744073709551615 ").as_bytes())
        .expect("a number");
    for hex in ["0", "0g", "0x00", "00 11", "00\n11", "é"] {
        for name in ["PubEncKey", "PubAuthKey"] {
            assert_eq!(refusal(&of(&certificate, name, hex)), (ErrorKind::Value, name), "{hex}");
        }
    }
    for text in ["", "yes", "True", "2"] {
        let (kind, name) = refusal(&of(&certificate, "Revoked", text));
        assert_eq!((kind, name), (ErrorKind::Value, "Revoked"), "{text}");
    }
    let key_set = key_set_parts();
    for text in ["", "0", "0g", "zz"] {
        for name in ["UserDecryptKey", "UserSigningKeySSK", "UserPubTokenPVT"] {
            assert_eq!(refusal(&of(&key_set, name, text)), (ErrorKind::Value, name), "{text}");
        }
    }
    for code in ["", "x", "9223372036854775808"] {
        let report = format!("<ErrorCode>{code}</ErrorCode><ErrorMsg/>");
        let document = of(&request, "ClientError", &report);
        assert_eq!(refusal(&document), (ErrorKind::Value, "ErrorCode"), "{code}");
    }
    let domains = of(&certificate, "KmsDomainList", "");
    assert_eq!(refusal(&domains), (ErrorKind::Missing, "KmsDomain"));
}

#[test]
fn a_bound_that_was_never_set_is_none() {
    let (from, to) = ("2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
    let valid = |from_text: &str, to_text: &str| {
        let document = key_set_parts().document().replace(from, from_text).replace(to, to_text);
        KeySetParts::from_xml(document.as_bytes()).map(|parts| parts.valid)
    };
    let both = key_set().valid;
    let unset = "0001-01-01T00:00:00";
    assert_eq!(valid(unset, to), Ok(ValidPeriod { from: None, ..both }));
    assert_eq!(valid("1899-12-31T23:59:59Z", to), Ok(ValidPeriod { from: None, ..both }));
    assert_eq!(valid(from, unset), Ok(ValidPeriod { to: None, ..both }));
    assert_eq!(valid(from, "10000-01-01T00:00:00Z"), Ok(ValidPeriod { to: None, ..both }));
    assert_eq!(valid(unset, unset), Ok(ValidPeriod::default()));
    let error = valid("10000-01-01T00:00:00Z", to).expect_err("never valid");
    assert_eq!((error.kind(), error.element()), (ErrorKind::Value, "ValidFrom"));
    let error = valid(from, "1899-12-31T23:59:59Z").expect_err("over since");
    assert_eq!((error.kind(), error.element()), (ErrorKind::Value, "ValidTo"));
    // A request must have a time, and this is not a time.
    let document = request_parts().document().replace("2021-05-10T11:23:02", unset);
    assert_eq!(refusal(&document), (ErrorKind::Value, "Time"));
}

#[test]
fn a_uid_is_base64_or_hexadecimal() {
    let document = key_set_parts().document();
    let uid = "0a".repeat(32);
    let written = key_set().to_xml().expect("written");
    let written = String::from_utf8_lossy(&written);
    assert!(written.contains("<UserID>CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=</UserID>"));
    for same in [
        "0A".repeat(32),
        "CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=".into(),
        "\n CgoKCgoKCgoKCgoKCgoK\n CgoKCgoKCgoKCgoKCgoKCgo= \n".into(),
    ] {
        let document = document.replace(&uid, &same);
        assert_eq!(KeySetParts::from_xml(document.as_bytes()), Ok(key_set()), "{same}");
    }
    // In base64 these are 48 octets.
    let long = "Cgog".repeat(16);
    for other in [&uid[2..], "", "CgoK", &"0g".repeat(32), &"00".repeat(33), &long] {
        let document = document.replace(&uid, other);
        assert_eq!(refusal(&document), (ErrorKind::Value, "UserID"), "{other}");
    }
}

#[test]
fn a_wrapped_key_is_base64_or_hexadecimal() {
    let document = key_set_parts().document();
    for value in [
        "0001020304050607",
        "AAEC\n\tAwQFBgc=",
        " AAECAwQFBgc= ",
        "<!-- -->AAEC<![CDATA[AwQFBgc]]>&#61;",
    ] {
        let document = document.replace("AAECAwQFBgc=", value);
        assert_eq!(KeySetParts::from_xml(document.as_bytes()), Ok(key_set()), "{value}");
    }
    for value in ["", " ", "0", "AAECAwQFBgc", "AAECAwQFBgd=", "*"] {
        let document = document.replace("AAECAwQFBgc=", value);
        assert_eq!(refusal(&document), (ErrorKind::Value, "CipherValue"), "{value}");
    }
}

#[test]
fn what_xml_encryption_has_beside() {
    let decoded = |from: &str, to: &str| {
        let document = key_set_parts().document();
        assert!(document.contains(from), "{from}");
        KeySetParts::from_xml(document.replace(from, to).as_bytes())
            .map(|parts| parts.user_decrypt_key)
            .map_err(|error| (error.kind(), error.element()))
    };
    let method = r#"<EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#kw-aes256"/>"#;
    let kw = "http://www.w3.org/2001/04/xmlenc#kw-aes256";
    assert_eq!(decoded(method, ""), Ok(wrapped()));
    assert_eq!(decoded(kw, "http://www.w3.org/2009/xmlenc11#kw-aes-256-pad"), Ok(wrapped()));
    for algorithm in [
        "",
        "http://www.w3.org/2001/04/xmlenc#kw-aes128",
        "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
    ] {
        assert_eq!(decoded(kw, algorithm), Err((ErrorKind::Algorithm, "EncryptionMethod")));
    }
    assert_eq!(
        decoded("Algorithm=", "algorithm="),
        Err((ErrorKind::Attribute, "EncryptionMethod"))
    );
    let sized =
        |size| method.replace("/>", &format!("><KeySize>{size}</KeySize></EncryptionMethod>"));
    assert_eq!(decoded(method, &sized(256)), Ok(wrapped()));
    assert_eq!(decoded(method, &sized(128)), Err((ErrorKind::Algorithm, "KeySize")));

    let name = "<ds:KeyName>tk.11</ds:KeyName>";
    let among = format!("<ds:X509Data><ds:x/></ds:X509Data>{name}<o:y xmlns:o='o'/>");
    assert_eq!(decoded(name, &among), Ok(wrapped()));
    let twice = format!("{name}{name}");
    assert_eq!(decoded(name, &twice), Err((ErrorKind::Unexpected, "KeyInfo")));
    let unnamed = match (wrapped(), decoded(name, "")) {
        (KeyContent::Wrapped(named), Ok(KeyContent::Wrapped(key))) => {
            key.key_name.is_none() && key.octets == named.octets
        }
        _ => false,
    };
    assert!(unnamed);

    let value = "<CipherValue>AAECAwQFBgc=</CipherValue>";
    let elsewhere = "<CipherReference URI='https://example.org'/>";
    assert_eq!(decoded(value, elsewhere), Err((ErrorKind::Missing, "CipherValue")));
    let twice = format!("{value}{value}");
    assert_eq!(decoded(value, &twice), Err((ErrorKind::Unexpected, "CipherData")));
    let carried = "<CarriedKeyName>";
    let beside = "<EncryptionProperties><EncryptionProperty/></EncryptionProperties><ReferenceList/><CarriedKeyName>";
    assert_eq!(decoded(carried, beside), Ok(wrapped()));
    let end = "</EncryptedKey>";
    assert_eq!(
        decoded(end, "<Unknown/></EncryptedKey>"),
        Err((ErrorKind::Unexpected, "EncryptedKey"))
    );
    let twice = format!("{end}{}", encrypted_key("AAECAwQFBgc="));
    assert_eq!(decoded(end, &twice), Err((ErrorKind::Unexpected, "UserDecryptKey")));
    assert_eq!(decoded(XENC, DS), Err((ErrorKind::Unexpected, "UserDecryptKey")));
    // Text must not stand beside the element.
    assert_eq!(
        decoded("<EncryptedKey", "00<EncryptedKey"),
        Err((ErrorKind::Content, "UserDecryptKey"))
    );
    assert_eq!(decoded(end, "</EncryptedKey>00"), Err((ErrorKind::Content, "UserDecryptKey")));
}

#[test]
fn the_type_of_a_key_is_what_it_is() {
    let document = key_set_parts().document();
    let changed = |from: &str, to: &str| refusal(&document.replacen(from, to, 1));
    let wrapped = "xsi:type=\"EncKeyContentType\"";
    let plain = "xsi:type=\"KeyContentType\"";
    assert_eq!(changed(wrapped, plain), (ErrorKind::Content, "UserDecryptKey"));
    assert_eq!(changed(plain, wrapped), (ErrorKind::Content, "UserSigningKeySSK"));
    for (unknown, kind) in [
        ("xsi:type=\"KmsInitType\"", ErrorKind::Type),
        ("xsi:type=\"xsi:KeyContentType\"", ErrorKind::Type),
        ("xsi:type=\"\"", ErrorKind::Type),
        ("xsi:type=\"k:KeyContentType\"", ErrorKind::Namespace),
    ] {
        let (found, element) = changed(plain, unknown);
        assert_eq!(found, kind, "{unknown} {element}");
    }
    for same in [
        "",
        "xsi:type=\" KeyContentType \"",
        &format!("xmlns:k=\"{KMS}\" xsi:type=\"k:KeyContentType\""),
        &format!("xmlns=\"{KMS}\" {plain}"),
        // Other attributes that look similar.
        "xmlns:o=\"o\" o:type=\"o:a\"",
        "xsi:schemaLocation=\"a b\" xsi:nil=\"false\"",
    ] {
        let document = document.replacen(plain, same, 1);
        assert_eq!(KeySetParts::from_xml(document.as_bytes()), Ok(key_set()), "{same}");
    }
    let twice = format!(
        "xmlns:x=\"http://www.w3.org/2001/XMLSchema-instance\" x:type=\"KeyContentType\" {plain}"
    );
    assert_eq!(changed(plain, &twice), (ErrorKind::Attribute, "KmsKeySet"));
}

#[test]
fn new_keys_have_a_type_and_are_wrapped() {
    let certificate = certificate_parts().document();
    let keys = new_keys();
    let init = |start: &str, keys: &str| {
        response_parts(&format!("<KmsInit {start}>{certificate}{keys}</KmsInit>")).document()
    };
    decode(init("", &keys).as_bytes()).expect("no type is any");
    let document = init("xsi:type='KmsInitType'", &keys);
    assert_eq!(refusal(&document), (ErrorKind::Unexpected, "KmsInit"));
    let document = init("xsi:type='KmsKeyProvTkIkType'", &keys);
    assert_eq!(refusal(&document), (ErrorKind::Type, "KmsInit"));
    let plain = "<NewTransportKey>0011</NewTransportKey>";
    assert_eq!(refusal(&init("", plain)), (ErrorKind::Content, "NewTransportKey"));
    let typed = "<NewIntegrityKey xsi:type='KeyContentType'>0011</NewIntegrityKey>";
    assert_eq!(refusal(&init("", typed)), (ErrorKind::Type, "NewIntegrityKey"));
    let later = format!("{keys}<o:x xmlns:o='o'/>");
    assert_eq!(refusal(&init("", &later)), (ErrorKind::Unexpected, "KmsInit"));
    let swapped = keys.replace("NewIntegrityKey", "NewKey").replace("NewTransport", "NewIntegrity");
    assert_eq!(refusal(&init("", &swapped)), (ErrorKind::Unexpected, "KmsInit"));
    assert_eq!(
        refusal(&response_parts("<KmsInit/>").document()),
        (ErrorKind::Missing, "KmsCertificate")
    );
}

#[test]
fn redirect_responses_stand_by_themselves() {
    let document = request_parts().document();
    let element = format!(r#"<r:KmsRedirectResponse xmlns:r="{KRR}"/>"#);
    let changed = |to: &str| document.replace(&element, to);
    let decoded = |to: &str| Request::from_xml(changed(to).as_bytes()).map(|r| r.krr_list.len());
    assert_eq!(decoded(""), Ok(0));
    assert_eq!(decoded(&element.repeat(64)), Ok(64));
    assert_eq!(refusal(&changed(&element.repeat(65))), (ErrorKind::TooMany, "KrrList"));
    // The namespaces that it inherits from the elements around it are kept with it.
    let kept = |document: &str| {
        let request = Request::from_xml(document.as_bytes()).expect(document);
        let written = request.to_xml().expect("written");
        assert_eq!(Request::from_xml(&written).as_ref(), Ok(&request));
        String::from_utf8(request.krr_list[0].clone()).expect("UTF-8")
    };
    let inside =
        format!(r#"<r:KmsRedirectResponse xmlns:r="{KRR}"><UserUri/></r:KmsRedirectResponse>"#);
    let declared = inside.replacen("Response", &format!(r#"Response xmlns="{KMS}""#), 1);
    assert_eq!(kept(&changed(&inside)), declared);
    let around = changed("<r:KmsRedirectResponse/>").replacen(
        "<KmsRequest",
        &format!(r#"<KmsRequest xmlns:r="{KRR}""#),
        1,
    );
    let declared = format!(r#"<r:KmsRedirectResponse xmlns:r="{KRR}" xmlns="{KMS}"/>"#);
    assert_eq!(kept(&around), declared);
    // But an element in no namespace is refused, and so is a prefix that is declared nowhere.
    let nowhere = inside.replace("<UserUri/>", "<UserUri xmlns=''/>");
    assert_eq!(refusal(&changed(&nowhere)), (ErrorKind::Namespace, "KrrList"));
    assert_eq!(refusal(&changed("<r:KmsRedirectResponse/>")), (ErrorKind::Namespace, "KrrList"));
    // Many small elements must not make a large document of long declarations.
    let long = format!(r#"<KmsRequest xmlns:r="{KRR}" xmlns:l="{}""#, "l".repeat(2000));
    let many = changed(&"<r:KmsRedirectResponse/>".repeat(40)).replacen("<KmsRequest", &long, 1);
    assert_eq!(refusal(&many), (ErrorKind::TooLarge, "KrrList"));
    // They may add as many octets as the document has, and no more.
    let two = |letters: usize| {
        let long = format!(r#"<KmsRequest xmlns:r="{KRR}" xmlns:l="{}""#, "l".repeat(letters));
        changed(&"<r:KmsRedirectResponse/>".repeat(2)).replacen("<KmsRequest", &long, 1)
    };
    let added = format!(r#" xmlns="{KMS}" xmlns:r="{KRR}" xmlns:l="""#).len();
    let most = two(0).len() - 2 * added;
    assert!(Request::from_xml(two(most).as_bytes()).is_ok());
    assert_eq!(refusal(&two(most + 1)), (ErrorKind::TooLarge, "KrrList"));
    assert_eq!(refusal(&changed("<o:x xmlns:o='o'/>")), (ErrorKind::Unexpected, "KrrList"));
    assert_eq!(refusal(&changed("text")), (ErrorKind::Content, "KrrList"));
}
