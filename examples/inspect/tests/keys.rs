//! KEYS.json and keys in XML: what is accepted, and the sentences with which the rest is refused.

mod common;

use common::{
    ALICE, BOB, Domain, assert_verdict, inspected, keys_of, message, now, options, outcome, rng,
    vectors, vectors_of,
};
use eccsi_sakke::kms::{
    CertificateParts, KeySetParts, KmsMessage, NewKeys, Request, Response, SharedKeyId,
    TransportKey, ValidPeriod, Wrapping,
};
use eccsi_sakke::{KeyPeriods, KmsUri, NtpTime, UserUri, eccsi};
use eccsi_sakke_inspect::{Keys, Verdict, inspect};
use serde_json::json;

/// The reason why this file is refused as keys.
#[track_caller]
fn refused(file: impl AsRef<[u8]>) -> String {
    Keys::new().add(file.as_ref()).expect_err("no keys").to_string()
}

#[test]
fn a_name_that_is_misspelt_is_refused() {
    for name in ["initator", "kpak", "kms-uri", "Initiator", "RSK ", "SSV"] {
        let sentence = refused(json!({ name: "04" }).to_string());
        let start =
            format!("not valid as KEYS.json: unknown field `{name}`, expected one of `kms_uri`");
        assert!(sentence.starts_with(&start), "{sentence}");
    }
}

#[test]
fn what_is_no_key_has_its_own_sentence() {
    let domain = Domain::new("kms.example.org", 2_592_000);
    let off = |point: String| {
        format!("{}{}", &point[..point.len() - 1], if point.ends_with('0') { 1 } else { 0 })
    };
    let curve = "point is not on the curve: ask for it again";
    for (members, sentence) in [
        (json!({ "KPAK": "zz" }), "KPAK: not hexadecimal: Invalid character".to_owned()),
        (json!({ "psk": "012" }), "psk: not hexadecimal: Odd number of digits".into()),
        (json!({ "KPAK": "04" }), "KPAK: wrong number of octets".into()),
        (json!({ "KPAK": off(domain.kpak()) }), format!("KPAK: {curve}")),
        (json!({ "Z": off(domain.z()) }), format!("Z: {curve}")),
        (json!({ "initiator_Z": off(domain.z()) }), format!("initiator_Z: {curve}")),
        (json!({ "period": 0 }), "period: value out of range".into()),
        (json!({ "responder_period": 0 }), "responder_period: value out of range".into()),
        (json!({ "offset": 1 }), "offset: has no meaning alone: give period too".into()),
        (
            json!({ "responder_offset": 1 }),
            "responder_offset: has no meaning alone: give responder_period too".into(),
        ),
        (json!({ "TrK": "00" }), "TrK: wrong number of octets".into()),
        (json!({ "InK": "00" }), "InK: wrong number of octets".into()),
        (json!({ "TrK_ID": "1" }), "TrK_ID: not hexadecimal".into()),
        (json!({ "InK_ID": "000001" }), "InK_ID: wrong number of octets".into()),
        (json!({ "period": "2592000" }), "not valid as KEYS.json: invalid type: string".into()),
        (json!({ "initiator": 1 }), "not valid as KEYS.json: invalid type: integer".into()),
        (json!([]), "not valid as KEYS.json: ".into()),
    ] {
        let refusal = refused(members.to_string());
        assert!(refusal.starts_with(&sentence), "{members}: {refusal}");
    }
    for (file, sentence) in [
        (r#"{"psk": "00", "psk": "00"}"#, "not valid as KEYS.json: duplicate field `psk`"),
        (r#"{"psk": "00""#, "not valid as KEYS.json: EOF while parsing"),
        ("", "not valid as KEYS.json: EOF while parsing"),
        ("\u{1}\u{1a}", "no keys: give KEYS.json"),
        ("<a/>", "no keys: give KEYS.json"),
        ("<a", "not a document with keys: "),
    ] {
        let refusal = refused(file);
        assert!(refusal.starts_with(sentence), "{file}: {refusal}");
    }
    assert!(refused(vec![b' '; (1 << 20) + 1]).starts_with("more than 1048576 octets"));
    // A refused file adds nothing.
    let mut keys = Keys::new();
    assert!(keys.add(br#"{"psk": "00", "KPAK": "zz"}"#).is_err());
    keys.add(br#"{"psk": "00"}"#).expect("given for the first time");
}

#[test]
fn a_value_is_given_once() {
    let mut keys = keys_of(&json!({ "initiator": ALICE }));
    keys.add(json!({ "responder": BOB }).to_string().as_bytes()).expect("another");
    let error = keys.add(json!({ "initiator": BOB }).to_string().as_bytes());
    let sentence = "initiator: given in two files: give it in one";
    assert_eq!(error.expect_err("twice").to_string(), sentence);
}

#[test]
fn null_is_nothing() {
    let keys = keys_of(&json!({ "initiator": null, "psk": null }));
    let domain = Domain::new("kms.example.org", 2_592_000);
    let report = inspected(domain.message(ALICE, BOB), &keys);
    assert_verdict(&report, Verdict::NotAllMade);
}

#[test]
fn certificate_and_key_set_are_keys() {
    let domain = Domain::new("kms.example.org", 2_592_000);
    let octets = domain.message(ALICE, BOB);
    let mut keys = domain.keys(&json!({ "initiator": ALICE }), &[]);
    let report = inspected(&octets, &keys);
    assert_verdict(&report, Verdict::NotAllMade);
    assert_eq!(outcome(&report, "signature").0, "passed");
    let (open, why) = outcome(&report, "open");
    assert!(open == "not-made" && why.starts_with("give responder in KEYS.json"), "{why}");
    // The key set of a user who is not the responder, and that of the responder.
    let mut others = keys.clone();
    others.add(&domain.key_set_xml("sip:carol@example.org")).expect("a key set");
    let report = inspected(&octets, &others);
    assert_verdict(&report, Verdict::CheckFailed);
    assert_eq!(outcome(&report, "open").0, "failed");
    keys.add(&domain.key_set_xml(BOB)).expect("a key set");
    assert_verdict(&inspected(&octets, &keys), Verdict::NoCheckFailed);
}

fn message_of_kms(domain: &Domain, message: KmsMessage) -> Vec<u8> {
    let url = "https://kms.example.org/keymanagement/identity/v1/init";
    let request = Request::new(UserUri(BOB), KmsUri(domain.certificate.kms_uri()), url, now());
    Response::new(&request, now(), Some(message), None).to_xml().expect("written").to_vec()
}

#[test]
fn answers_of_a_kms_are_keys() {
    let domain = Domain::new("kms.example.org", 2_592_000);
    let certificate = domain.certificate.parts().clone();
    let key_sets = vec![domain.key_set(BOB).to_parts(None).expect("parts")];
    let new_keys = NewKeys::default;
    let init = KmsMessage::Init { certificate: certificate.clone(), new_keys: new_keys() };
    let cache = KmsMessage::CertCache { cache_num: None, certificates: vec![certificate] };
    let prov = KmsMessage::KeyProv { key_sets, new_keys: new_keys() };
    for of_certificate in [init, cache] {
        let mut keys = keys_of(&json!({ "initiator": ALICE }));
        keys.add(&message_of_kms(&domain, of_certificate)).expect("a certificate");
        keys.add(&message_of_kms(&domain, prov.clone())).expect("a key set");
        let report = inspected(domain.message(ALICE, BOB), &keys);
        assert_verdict(&report, Verdict::NoCheckFailed);
    }
    // A response without a message contains no keys.
    let url = "https://kms.example.org/keymanagement/identity/v1/init";
    let request = Request::new(UserUri(BOB), KmsUri("kms.example.org"), url, now());
    let empty = Response::new(&request, now(), None, None).to_xml().expect("written");
    assert!(refused(&*empty).starts_with("no keys"));
}

#[test]
fn wrapped_keys_take_the_transport_key() {
    let domain = Domain::new("kms.example.org", 2_592_000);
    let trk = TransportKey::generate(SharedKeyId(1), &mut rng());
    let octets = hex::encode(*trk.to_bytes());
    let octets_of_message = domain.message(ALICE, BOB);
    for wrapping in [Wrapping::Padded, Wrapping::PaddedPoints, Wrapping::Unpadded] {
        let parts = domain.key_set(BOB).to_parts(Some((&trk, wrapping))).expect("parts");
        let document = parts.to_xml().expect("written");
        for (members, verdict, why) in [
            (json!({ "initiator": ALICE }), Verdict::CheckFailed, "key content is not protected"),
            (
                json!({ "initiator": ALICE, "TrK": "00".repeat(32) }),
                Verdict::CheckFailed,
                "UserDecryptKey (RSK): the wrapped key does not open",
            ),
            (json!({ "initiator": ALICE, "TrK": octets }), Verdict::NoCheckFailed, ""),
        ] {
            let mut keys = keys_of(&members);
            keys.add(&domain.certificate_xml()).expect("a certificate");
            keys.add(&document).expect("a key set");
            let report = inspected(&octets_of_message, &keys);
            assert_verdict(&report, verdict);
            let given = outcome(&report, "responder-key").1;
            assert!(given.contains(why), "{given}");
        }
    }
}

#[test]
fn keys_of_another_time_are_named() {
    let domain = Domain::new("kms.example.org", 2_592_000);
    let octets = domain.message(ALICE, BOB);
    // A set of another key period.
    let other =
        KeySetParts { key_period_no: 1, ..domain.key_set(BOB).to_parts(None).expect("parts") };
    let keys = domain.keys(&json!({ "initiator": ALICE }), &[]);
    let mut with_other = keys.clone();
    with_other.add(&other.to_xml().expect("written")).expect("a key set");
    let report = inspected(&octets, &with_other);
    assert_verdict(&report, Verdict::NotAllMade);
    let (made, why) = outcome(&report, "responder-key");
    assert!(
        made == "not-made" && why.starts_with("give RSK in KEYS.json, or the key set"),
        "{why}"
    );
    // A certificate that had expired at the time of T, and then also the one that was in force.
    let valid = ValidPeriod { from: None, to: Some(NtpTime::from_unix(common::NOW - 1)) };
    let over = CertificateParts { valid, ..domain.certificate.parts().clone() };
    let over = over.to_xml().expect("written");
    let mut keys = keys_of(&json!({ "initiator": ALICE }));
    keys.add(&over).expect("a certificate");
    let report = inspected(&octets, &keys);
    assert_verdict(&report, Verdict::CheckFailed);
    let (_, given) = outcome(&report, "in-force");
    assert!(given.starts_with("the certificate or key set is not valid any longer"), "{given}");
    keys.add(&domain.certificate_xml()).expect("a certificate");
    keys.add(&domain.key_set_xml(BOB)).expect("a key set");
    assert_verdict(&inspected(&octets, &keys), Verdict::NoCheckFailed);
}

#[test]
fn an_identity_is_not_taken_from_the_message() {
    let domain = Domain::new("kms.example.org", 2_592_000);
    let keys = domain.keys(&json!({}), &[BOB]);
    let report = inspect(&domain.message(ALICE, BOB), &keys, &options()).expect("a report");
    assert_verdict(&report, Verdict::NotAllMade);
    let why = "give initiator in KEYS.json, or the KMS's certificate for the values of the KMS";
    assert_eq!(outcome(&report, "signature"), ("not-made".into(), why.into()));
}

#[test]
fn a_certificate_says_who_signed_under_a_pre_shared_key() {
    let tests = vectors_of("negative.json", "psk-signed");
    let test = tests.iter().find(|test| test["result"] == "valid").expect("the test");
    let text = |name: &str| test[name].as_str().expect("text");
    let kpak = hex::decode(text("KPAK")).expect("hex");
    let periods = KeyPeriods::new(test["period"].as_u64().expect("a number"))
        .expect("a period")
        .with_offset(test["offset"].as_u64().expect("a number"));
    // Z can be any, because nothing is encapsulated.
    let z = Domain::new("kms.example.org", 1);
    let kpak = eccsi::KmsPublicKey::try_from(kpak.as_slice()).expect("a key");
    let parts =
        CertificateParts::new(text("kms_uri"), periods.expect("periods"), &kpak, z.certificate.z());
    let certificate = parts.to_xml().expect("written");
    let mut keys = keys_of(&json!({ "psk": text("psk") }));
    keys.add(&certificate).expect("a certificate");
    let report = inspected(text("message"), &keys);
    assert_verdict(&report, Verdict::NotAllMade);
    let (made, why) = outcome(&report, "signature");
    assert!(made == "not-made" && why.starts_with("give KPAK or the KMS's certificate"), "{why}");
    for (initiator, verdict) in
        [(text("initiator"), Verdict::NoCheckFailed), (BOB, Verdict::CheckFailed)]
    {
        let mut keys = keys.clone();
        keys.add(json!({ "initiator": initiator }).to_string().as_bytes()).expect("keys");
        assert_verdict(&inspected(text("message"), &keys), verdict);
    }
    // A message without a signature.
    let tests = vectors("psk");
    let unsigned = tests.iter().find(|test| test["result"] == "valid").expect("the test");
    let mut keys = Keys::of_vector(unsigned).expect("keys");
    assert_verdict(&inspected(message(unsigned), &keys), Verdict::NoCheckFailed);
    keys.add(&certificate).expect("a certificate");
    let report = inspected(message(unsigned), &keys);
    assert_verdict(&report, Verdict::CheckFailed);
    assert!(outcome(&report, "signature").1.starts_with("there is no signature"), "{report}");
}
