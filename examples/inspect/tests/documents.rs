//! Documents of a KMS that are right, and documents that are refused.

mod common;

use common::{
    ALICE, BOB, Domain, assert_verdict, has_finding, inspected, keys_of, now, options, outcome, rng,
};
use eccsi_sakke::kms::xml::Signed;
use eccsi_sakke::kms::{
    CertificateParts, ErrorReport, IntegrityKey, KeyContent, KeySetParts, KmsMessage, NewKeys,
    Request, Response, SharedKeyId, SharedKeys, TransportKey, ValidPeriod, Wrapping,
};
use eccsi_sakke::{KmsUri, NtpTime, UserUri};
use eccsi_sakke_inspect::{Form, Keys, Kind, Options, Report, Verdict, inspect};
use serde_json::json;

const URL: &str = "https://kms.example.org/keymanagement/identity/v1/keyprov";

fn domain() -> Domain {
    Domain::new("kms.example.org", 2_592_000)
}

fn written(parts: &CertificateParts) -> Vec<u8> {
    parts.to_xml().expect("written").to_vec()
}

#[test]
fn a_certificate() {
    let domain = domain();
    let report = inspected(domain.certificate_xml(), &Keys::new());
    assert_verdict(&report, Verdict::NoCheckFailed);
    assert_eq!((report.kind, report.input.form), (Kind::Certificate, Form::Xml));
    let page = report.to_string();
    for line in [
        "KmsCertificate           of kms.example.org",
        "    UserKeyPeriod          2592000",
        "  yes  KPAK of kms.example.org is a point of P-256",
        "  yes  Z of kms.example.org is a point of the curve of SAKKE and of order q",
        "  the time of the inspection is in key period 1534",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    let parts = domain.certificate.parts();
    let mut off_kpak = parts.clone();
    off_kpak.pub_auth_key[64] ^= 1;
    let mut off_z = parts.clone();
    off_z.pub_enc_key[256] ^= 1;
    let valid = ValidPeriod { from: None, to: Some(NtpTime::from_unix(common::NOW - 1)) };
    for (parts, id, why) in [
        (off_kpak, "point-kpak", "point is not on the curve"),
        (off_z, "point-z", "point is not on the curve"),
        (
            CertificateParts { user_key_period: 0, ..parts.clone() },
            "certificate",
            "the key period is not possible",
        ),
        (
            CertificateParts { valid, ..parts.clone() },
            "in-force",
            "the certificate or key set is not valid any longer",
        ),
        (
            CertificateParts { revoked: true, ..parts.clone() },
            "in-force",
            "the certificate or key set is revoked",
        ),
    ] {
        let report = inspected(written(&parts), &Keys::new());
        assert_verdict(&report, Verdict::CheckFailed);
        let (failed, given) = outcome(&report, id);
        assert!(failed == "failed" && given.starts_with(why), "{given}");
    }
    // If both are off their curves, the report says so of both.
    let both =
        CertificateParts { pub_auth_key: vec![4; 65], pub_enc_key: vec![4; 257], ..parts.clone() };
    let report = inspected(written(&both), &Keys::new());
    assert_eq!(outcome(&report, "point-kpak").0, "failed");
    assert_eq!(outcome(&report, "point-z").0, "failed");
}

fn key_set(domain: &Domain) -> KeySetParts {
    domain.key_set(ALICE).to_parts(None).expect("parts")
}

fn inspected_set(set: &KeySetParts, keys: &Keys) -> Report {
    inspected(&*set.to_xml().expect("written"), keys)
}

#[test]
fn a_key_set() {
    let domain = domain();
    let set = key_set(&domain);
    let rsk = domain.rsk(ALICE);
    let report = inspected_set(&set, &Keys::new());
    assert_verdict(&report, Verdict::NotAllMade);
    let why = "give the certificate of kms.example.org".to_owned();
    assert_eq!(outcome(&report, "key-set"), ("not-made".into(), why));
    assert!(!report.to_string().contains(&rsk), "not without being asked for");
    let with = domain.keys(&json!({}), &[]);
    let as_json = keys_of(&json!({
        "kms_uri": "kms.example.org", "period": 2_592_000, "KPAK": domain.kpak(), "Z": domain.z(),
        "user_uri": ALICE,
    }));
    for (keys, is_named) in [(&with, false), (&as_json, true)] {
        let report = inspected_set(&set, keys);
        assert_verdict(&report, Verdict::NoCheckFailed);
        assert_eq!(report.kind, Kind::KeySet);
        assert!(report.to_string().contains(&rsk), "{report}");
        assert_eq!(has_finding(&report, "user"), !is_named, "{report}");
    }
    let mut of_bob = with.clone();
    of_bob.add(json!({ "user_uri": BOB }).to_string().as_bytes()).expect("keys");
    let report = inspected_set(&set, &of_bob);
    assert!(
        outcome(&report, "key-set").1.starts_with("the user is not the expected one"),
        "{report}"
    );
}

#[test]
fn the_key_of_a_set_that_is_at_fault_is_named() {
    let domain = domain();
    let set = key_set(&domain);
    let keys = domain.keys(&json!({}), &[]);
    let other = domain.key_set(BOB).to_parts(None).expect("parts");
    let off = |content: &KeyContent| {
        let KeyContent::Plain(octets) = content else { panic!("in clear") };
        let mut octets = octets.to_vec();
        *octets.last_mut().expect("octets") ^= 1;
        KeyContent::plain(&octets)
    };
    let curve = "point is not on the curve";
    for (set, why) in [
        (
            KeySetParts { user_decrypt_key: off(&set.user_decrypt_key), ..set.clone() },
            format!("UserDecryptKey (RSK): {curve}"),
        ),
        (
            KeySetParts { user_pub_token_pvt: off(&set.user_pub_token_pvt), ..set.clone() },
            format!("UserPubTokenPVT (PVT): {curve}"),
        ),
        (
            KeySetParts { user_decrypt_key: other.user_decrypt_key.clone(), ..set.clone() },
            "UserDecryptKey (RSK): key does not belong".into(),
        ),
        (
            KeySetParts { user_signing_key_ssk: off(&set.user_signing_key_ssk), ..set.clone() },
            "UserSigningKeySSK (SSK): key does not belong".into(),
        ),
        (KeySetParts { user_id: vec![1; 32], ..set.clone() }, "the UID is not the user's".into()),
        (
            KeySetParts { revoked: true, ..set.clone() },
            "the certificate or key set is revoked".into(),
        ),
    ] {
        let report = inspected_set(&set, &keys);
        assert_verdict(&report, Verdict::CheckFailed);
        let (failed, given) = outcome(&report, "key-set");
        assert!(failed == "failed" && given.starts_with(&why), "{given}");
        assert!(report.keys.is_empty(), "{report}");
    }
    // A set of the past can be inspected for a time in its period.
    let later = NtpTime::from_unix(common::NOW + 2 * 2_592_000);
    let document = set.to_xml().expect("written");
    let report = inspect(&document, &keys, &Options::at(later)).expect("a report");
    assert!(outcome(&report, "key-set").1.starts_with("the key period is over"), "{report}");
}

#[test]
fn a_wrapped_key_set() {
    let domain = domain();
    let trk = TransportKey::generate(SharedKeyId(1), &mut rng());
    let set = domain.key_set(ALICE).to_parts(Some((&trk, Wrapping::Padded))).expect("parts");
    let mut keys = domain.keys(&json!({}), &[]);
    let report = inspected_set(&set, &keys);
    assert_verdict(&report, Verdict::NotAllMade);
    let why = "its keys are wrapped: give TrK, the transport key".to_owned();
    assert_eq!(outcome(&report, "key-set"), ("not-made".into(), why));
    let octets = hex::encode(*trk.to_bytes());
    keys.add(json!({ "TrK": octets }).to_string().as_bytes()).expect("keys");
    assert_verdict(&inspected_set(&set, &keys), Verdict::NoCheckFailed);
}

/// A request and its answer, signed with an integrity key.
fn dialogue(domain: &Domain) -> (SharedKeys, Vec<u8>, Vec<u8>) {
    let trk = TransportKey::generate(SharedKeyId(1), &mut rng());
    let ink = IntegrityKey::generate(SharedKeyId(2), &mut rng());
    let shared = SharedKeys::new(trk, Some(ink));
    let request = Request::new(UserUri(ALICE), KmsUri("kms.example.org"), URL, now());
    let set = domain.key_set(ALICE);
    let key_sets = vec![set.to_parts(Some((shared.transport(), Wrapping::Padded))).expect("parts")];
    let message = KmsMessage::KeyProv { key_sets, new_keys: NewKeys::default() };
    let response = Response::new(&request, now(), Some(message), Some(shared.transport()));
    let request = Signed::<Request>::sign(request, &shared).expect("signed");
    let response = Signed::<Response>::sign(response, &shared).expect("signed");
    let request = request.to_xml().expect("written").to_vec();
    (shared, request, response.to_xml().expect("written").to_vec())
}

#[test]
fn a_request_and_its_answer() {
    let domain = domain();
    let (shared, request, response) = dialogue(&domain);
    let trk = hex::encode(*shared.transport().to_bytes());
    let ink = hex::encode(*shared.integrity().expect("one").to_bytes());
    let keys = domain.keys(&json!({ "TrK": trk, "InK": ink, "InK_ID": "00000002" }), &[]);
    for (document, kind) in [(&request, Kind::Request), (&response, Kind::Response)] {
        let report = inspected(document, &keys);
        assert_verdict(&report, Verdict::NoCheckFailed);
        assert_eq!(report.kind, kind);
        let report = inspected(document, &Keys::new());
        assert_verdict(&report, Verdict::NotAllMade);
        let (made, why) = outcome(&report, "signature");
        assert!(made == "not-made" && why.starts_with("give InK and InK_ID"), "{why}");
        // Another key, another identifier, and the transport key where there is an integrity key.
        for (members, why) in [
            (json!({ "InK": "00".repeat(32), "InK_ID": "00000002" }), "the MAC is wrong"),
            (json!({ "InK": ink, "InK_ID": "00000003" }), "signed with another key"),
            (json!({ "TrK": trk, "TrK_ID": "00000001" }), "signed with another key"),
        ] {
            let report = inspected(document, &keys_of(&members));
            let (failed, given) = outcome(&report, "signature");
            assert!(failed == "failed" && given.contains(why), "{given}");
        }
        // Other content, and white space in what was signed.
        let text = std::str::from_utf8(document).expect("text");
        let other = text.replace(URL, &format!("{URL}/x"));
        assert_eq!(outcome(&inspected(&other, &keys), "signature").0, "failed");
        let indented = text.replace("<UserUri>", "\n  <UserUri>");
        assert_eq!(outcome(&inspected(&indented, &keys), "signature").0, "failed");
        let apart = text.replace("<UserUri>", "<UserUri >");
        assert_eq!(outcome(&inspected(&apart, &keys), "signature").0, "passed");
    }
}

#[test]
fn what_is_beside_the_keys_is_said() {
    let domain = domain();
    let request = Request::new(UserUri(ALICE), KmsUri("kms.example.org"), URL, now());
    let init = KmsMessage::Init {
        certificate: domain.certificate.parts().clone(),
        new_keys: NewKeys::default(),
    };
    let response = Response::new(&request, now(), Some(init), None);
    let document = response.to_xml().expect("written");
    let report = inspected(&*document, &Keys::new());
    assert_verdict(&report, Verdict::NotAllMade);
    assert!(outcome(&report, "signature").1.starts_with("there is no signature"), "{report}");
    assert_eq!(outcome(&report, "point-z").0, "passed");
    // A minute later its receiver would refuse it.
    let later = NtpTime::from_unix(common::NOW + 60);
    let report = inspect(&document, &Keys::new(), &Options::at(later)).expect("a report");
    assert!(has_finding(&report, "stale"), "{report}");
    let strict = Options { strict: true, ..Options::at(later) };
    let report = inspect(&document, &Keys::new(), &strict).expect("a report");
    assert_verdict(&report, Verdict::CheckFailed);
    // A reported error, and a URL that is no resource of a KMS.
    let error = ErrorReport { version: "1.0.0".into(), code: 3, message: "later".into() };
    let failed = Response {
        error: Some(error),
        client_req_url: "https://kms.example.org/".into(),
        ..Response::new(&request, now(), None, None)
    };
    let report = inspected(&*failed.to_xml().expect("written"), &Keys::new());
    assert_verdict(&report, Verdict::CheckFailed);
    assert_eq!(outcome(&report, "kms-error").0, "failed");
    assert!(outcome(&report, "url").1.starts_with("there is no such resource"));
    assert!(report.to_string().contains("KmsError               3: later"), "{report}");
}

#[test]
fn a_document_that_is_refused_is_shown_by_its_tags() {
    let domain = domain();
    let text = String::from_utf8(domain.certificate_xml()).expect("text");
    let wrong = text.replace("<UserKeyOffset>0<", "\n<UserKeyOffset>none<");
    let report = inspected(&wrong, &Keys::new());
    assert_verdict(&report, Verdict::CheckFailed);
    assert_eq!(report.kind, Kind::OtherDocument);
    let (failed, why) = outcome(&report, "document");
    assert_eq!(failed, "failed");
    assert!(
        why.starts_with("UserKeyOffset, at octet ") && why.contains("(line 3, column 1)"),
        "{why}"
    );
    assert_eq!(report.trouble, Some(why));
    let names: Vec<&str> =
        report.structure[0].fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names[..3], ["KmsCertificate", "  KmsUri", "  UserIdFormat"], "{names:?}");
    assert!(report.to_string().contains("    KmsUri\n"), "{report}");
    for id in ["signature", "key-set"] {
        let why = "the document was refused before that".to_owned();
        assert_eq!(outcome(&report, id), ("not-made".into(), why));
    }
    for (document, why) in [
        ("<html><body/></html>", "its root element is unknown"),
        ("<!DOCTYPE a><a/>", "at octet "),
        ("<KmsCertificate", "at octet "),
        ("<", "at octet "),
        ("<!--", "at octet "),
        ("<![CDATA[", "at octet "),
    ] {
        let report = inspected(document, &Keys::new());
        assert_verdict(&report, Verdict::CheckFailed);
        let (failed, given) = outcome(&report, "document");
        assert!(failed == "failed" && given.starts_with(why), "{document}: {given}");
    }
}

#[test]
fn every_document_cut_short_gives_a_report() {
    let domain = domain();
    let (_, request, response) = dialogue(&domain);
    for document in [request, response, domain.certificate_xml(), domain.key_set_xml(ALICE)] {
        for len in (1..document.len()).step_by(97) {
            let report = inspect(&document[..len], &Keys::new(), &options());
            assert_verdict(&report.expect("a report"), Verdict::CheckFailed);
        }
    }
}

#[test]
fn a_redirect_response() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/kms_xml/redirect.xml");
    let document = std::fs::read(path).expect("readable");
    let report = inspected(&document, &Keys::new());
    assert_verdict(&report, Verdict::NotAllMade);
    assert_eq!(report.kind, Kind::Redirect);
    assert!(outcome(&report, "signature").1.contains("signature"), "{report}");
}
