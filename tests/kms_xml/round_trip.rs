//! A document that this crate writes can be read again, and a document that was read can be written.

use eccsi_sakke::kms::xml::{ErrorKind, Signed};
use eccsi_sakke::kms::{
    CertificateParts, ErrorReport, KeyContent, KeySetParts, KmsMessage, NewKeys, Request, Response,
    Role, SharedKeyId, ValidPeriod, WrappedKey,
};
use eccsi_sakke::{KmsUri, NtpTime, UserUri};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::cases;
use super::documents::{
    all, certificate, decode, encode, key_set, key_set_parts, messages, request, response,
    response_parts, wrapped,
};

#[test]
fn what_is_read_is_written_and_read_again() {
    for parts in all() {
        let decoded = decode(parts.document().as_bytes()).expect("a document");
        let written = encode(&decoded).expect("written");
        assert_eq!(decode(&written).as_ref(), Ok(&decoded));
        // Writing it again gives the same octets.
        assert_eq!(encode(&decoded).expect("written"), written);
    }
}

#[test]
fn a_document_as_it_is_written() {
    let request = Request {
        id: Some("a\"<>&\t\n\r'".into()),
        client_id: Some(" <a>&\"'\t\r\n]]> ".into()),
        trk_id: Some(SharedKeyId(0xabc)),
        ..Request::new(UserUri("sip:a"), KmsUri("k"), "https://k/", NtpTime::from_seconds(0))
    };
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <KmsRequest xmlns=\"urn:3gpp:ns:mcsecKMSInterface:1.0\" \
        Id=\"a&quot;&lt;>&amp;&#x9;&#xA;&#xD;'\" Version=\"1.1.0\">\
        <UserUri>sip:a</UserUri><KmsUri>k</KmsUri><Time>1900-01-01T00:00:00Z</Time>\
        <ClientId> &lt;a&gt;&amp;\"'\t&#xD;\n]]&gt; </ClientId>\
        <ClientReqUrl>https://k/</ClientReqUrl><TrK-ID>00000abc</TrK-ID></KmsRequest>";
    let written = request.to_xml().expect("written");
    assert_eq!(String::from_utf8_lossy(&written), expected);
    assert_eq!(Request::from_xml(&written), Ok(request));
}

#[test]
fn types_are_written_where_the_schema_has_them() {
    let written = |message: usize| {
        let decoded = decode(response_parts(&messages()[message].0).document().as_bytes());
        String::from_utf8(encode(&decoded.expect("a response")).expect("written")).expect("UTF-8")
    };
    // Every element has the type that it has without `xsi:type`, so xsi is not declared.
    assert!(!written(0).contains("xsi"));
    let extended = written(4);
    let declared = "<KmsKeyProv xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
        Version=\"1.0.0\" xsi:type=\"KmsKeyProvTkIkType\">";
    assert!(extended.contains(declared), "{extended}");
    assert_eq!(extended.matches("xmlns:xsi").count(), 1);
    assert!(extended.contains("<UserSigningKeySSK xsi:type=\"KeyContentType\">d31c6f</"));
    // New keys of either kind need the extended type.
    let either = [(vec![wrapped()], vec![]), (vec![], vec![wrapped()])];
    for (transport, integrity) in either {
        let new_keys = NewKeys { transport, integrity };
        let message = KmsMessage::KeyProv { key_sets: vec![], new_keys };
        let written = response(Some(message)).to_xml().expect("written");
        assert!(String::from_utf8_lossy(&written).contains(declared));
    }
    let alone = decode(key_set_parts().document().as_bytes()).expect("a key set");
    let alone = String::from_utf8(encode(&alone).expect("written")).expect("UTF-8");
    assert_eq!(alone.matches("xmlns:xsi").count(), 3, "where it is needed");
    assert!(alone.contains("<CipherValue>AAECAwQFBgc=</CipherValue>"));
}

#[test]
fn what_cannot_be_read_again_is_not_written() {
    let of_request = |change: fn(&mut Request)| {
        let mut request = request();
        change(&mut request);
        let error = request.to_xml().expect_err("refused");
        (error.kind(), error.element())
    };
    assert_eq!(of_request(|r| r.version = "2".into()), (ErrorKind::Version, "KmsRequest"));
    assert_eq!(of_request(|r| r.version.clear()), (ErrorKind::Version, "KmsRequest"));
    assert_eq!(of_request(|r| r.id = Some("\0".into())), (ErrorKind::Value, "KmsRequest"));
    assert_eq!(of_request(|r| r.user_uri = " a".into()), (ErrorKind::Value, "UserUri"));
    assert_eq!(of_request(|r| r.kms_uri = "a\n".into()), (ErrorKind::Value, "KmsUri"));
    assert_eq!(of_request(|r| r.kms_uri = "a\u{1}b".into()), (ErrorKind::Value, "KmsUri"));
    let late = |r: &mut Request| r.time = NtpTime::from_seconds(u64::MAX);
    assert_eq!(of_request(late), (ErrorKind::Value, "Time"));
    for redirect in
        ["", "a", "<a/>", "<a xmlns='b'/>", " <r:a xmlns:r='urn:3gpp:ns:mcsecKMSKRR:1.0'/>"]
    {
        let request = Request { krr_list: vec![redirect.into()], ..request() };
        let error = request.to_xml().expect_err("refused");
        assert_eq!((error.kind(), error.element()), (ErrorKind::Content, "KrrList"), "{redirect}");
    }
    let redirects = |number| vec![request().krr_list[0].clone(); number];
    Request { krr_list: redirects(64), ..request() }.to_xml().expect("written");
    let error = Request { krr_list: redirects(65), ..request() }.to_xml().expect_err("refused");
    assert_eq!((error.kind(), error.element()), (ErrorKind::TooMany, "KrrList"));

    let of_set = |parts: KeySetParts| {
        let error = parts.to_xml().expect_err("refused");
        (error.kind(), error.element())
    };
    assert_eq!(
        of_set(KeySetParts { user_id: vec![1; 31], ..key_set() }),
        (ErrorKind::Value, "UserID")
    );
    let empty = KeyContent::plain(&[]);
    let set = KeySetParts { user_signing_key_ssk: empty, ..key_set() };
    assert_eq!(of_set(set), (ErrorKind::Value, "UserSigningKeySSK"));
    let set = KeySetParts { user_decrypt_key: KeyContent::wrapped(&[]), ..key_set() };
    assert_eq!(of_set(set), (ErrorKind::Value, "UserDecryptKey"));
    assert_eq!(
        of_set(KeySetParts { version: "1.0.0".into(), ..key_set() }),
        (ErrorKind::Version, "KmsKeySet")
    );

    let new_keys = NewKeys { transport: vec![KeyContent::plain(&[1; 32])], integrity: vec![] };
    let message = KmsMessage::KeyProv { key_sets: vec![], new_keys };
    let error = response(Some(message)).to_xml().expect_err("refused");
    assert_eq!((error.kind(), error.element()), (ErrorKind::Content, "NewTransportKey"));
    let unknown = CertificateParts { version: "3".into(), ..certificate() };
    assert_eq!(unknown.to_xml().expect_err("refused").kind(), ErrorKind::Version);
    let unversioned = CertificateParts { version: String::new(), ..certificate() };
    let written = unversioned.to_xml().expect("written");
    assert_eq!(CertificateParts::from_xml(&written), Ok(unversioned));
}

fn text() -> impl Strategy<Value = String> {
    "[ -~\t\n\r\u{80}\u{2028}\u{fffd}\u{1f600}]{0,12}"
}

fn token() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.trim_matches([' ', '\t', '\n', '\r']).into())
}

fn time() -> impl Strategy<Value = NtpTime> {
    (0_u64..255_611_289_600).prop_map(NtpTime::from_seconds)
}

fn key() -> impl Strategy<Value = KeyContent> {
    let names = (option::of(text()), option::of(text()));
    prop_oneof![
        vec(any::<u8>(), 1..70).prop_map(|octets| KeyContent::plain(&octets)),
        (vec(any::<u8>(), 1..70), names).prop_map(|(octets, (key_name, carried_key_name))| {
            WrappedKey { octets, key_name, carried_key_name }.into()
        }),
    ]
}

fn report() -> impl Strategy<Value = ErrorReport> {
    (text(), any::<i64>(), text()).prop_map(|(version, code, message)| ErrorReport {
        version,
        code,
        message,
    })
}

fn valid() -> impl Strategy<Value = ValidPeriod> {
    (option::of(time()), option::of(time())).prop_map(|(from, to)| ValidPeriod { from, to })
}

fn any_certificate() -> impl Strategy<Value = CertificateParts> {
    let role = prop_oneof![Just(Role::Home), Just(Role::Migration), Just(Role::External)];
    let names = (option::of(token()), token(), option::of(text()), token(), vec(token(), 0..4));
    let keys = (vec(any::<u8>(), 0..300), vec(any::<u8>(), 0..70));
    let numbers = (any::<u64>(), any::<u64>(), option::of(any::<u64>()));
    let flags = (any::<bool>(), any::<bool>());
    (role, names, valid(), keys, numbers, flags).prop_map(
        |(role, names, valid, keys, numbers, flags)| CertificateParts {
            version: "1.1.0".into(),
            role,
            is_security_gateway: flags.0,
            cert_uri: names.0,
            kms_uri: names.1,
            issuer: names.2,
            valid,
            revoked: flags.1,
            user_id_format: names.3,
            user_key_period: numbers.0,
            user_key_offset: numbers.1,
            pub_enc_key: keys.0,
            pub_auth_key: keys.1,
            parameter_set: numbers.2,
            domains: names.4,
        },
    )
}

fn any_key_set() -> impl Strategy<Value = KeySetParts> {
    let names = (token(), option::of(token()), option::of(text()), token());
    let keys = (key(), key(), key());
    (names, vec(any::<u8>(), 32), valid(), any::<u64>(), any::<bool>(), keys).prop_map(
        |(names, user_id, valid, key_period_no, revoked, keys)| KeySetParts {
            version: "1.1.0".into(),
            kms_uri: names.0,
            cert_uri: names.1,
            issuer: names.2,
            user_uri: names.3,
            user_id,
            valid,
            key_period_no,
            revoked,
            user_decrypt_key: keys.0,
            user_signing_key_ssk: keys.1,
            user_pub_token_pvt: keys.2,
        },
    )
}

fn any_message() -> impl Strategy<Value = KmsMessage> {
    let new_keys = (0_usize..3, 0_usize..3).prop_map(|(transport, integrity)| NewKeys {
        transport: vec![wrapped(); transport],
        integrity: vec![wrapped(); integrity],
    });
    let more = new_keys.clone();
    let certificates = vec(any_certificate(), 0..4);
    prop_oneof![
        (any_certificate(), new_keys)
            .prop_map(|(certificate, new_keys)| KmsMessage::Init { certificate, new_keys }),
        (vec(any_key_set(), 0..3), more)
            .prop_map(|(key_sets, new_keys)| KmsMessage::KeyProv { key_sets, new_keys }),
        (option::of(any::<u64>()), certificates).prop_map(|(cache_num, certificates)| {
            KmsMessage::CertCache { cache_num, certificates }
        }),
    ]
}

proptest! {
    #![proptest_config(cases::at_most(64))]

    #[test]
    fn every_request(
        uris in (token(), token(), token()),
        time in time(),
        texts in (option::of(text()), option::of(text()), option::of(text())),
        report in option::of(report()),
        ids in (option::of(any::<u32>()), option::of(any::<u32>())),
        krr in 0_usize..3,
    ) {
        let request = Request {
            version: "1.0.0".into(),
            id: texts.0,
            user_uri: uris.0,
            kms_uri: uris.1,
            time,
            client_id: texts.1,
            device_id: texts.2,
            client_req_url: uris.2,
            krr_list: vec![request().krr_list[0].clone(); krr],
            client_error: report,
            trk_id: ids.0.map(SharedKeyId),
            signature_id: ids.1.map(SharedKeyId),
        };
        let written = request.to_xml().expect("written");
        prop_assert_eq!(Request::from_xml(&written), Ok(request.clone()));
        let signed = Signed::<Request>::from_xml(&written).expect("a request");
        prop_assert_eq!(signed.unverified(), &request);
        prop_assert_eq!(signed.to_xml().expect("written"), written);
    }

    #[test]
    fn every_response(message in option::of(any_message()), report in option::of(report())) {
        let response = Response { error: report, ..response(message) };
        let written = response.to_xml().expect("written");
        prop_assert_eq!(Response::from_xml(&written), Ok(response));
    }
}
