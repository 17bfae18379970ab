//! Runs every test of every file in `test-vectors/`, and checks that enough of them ran and that the runner notices
//! every mistake.
//!
//! The files take thousands of scalar multiplications and pairings. This takes seconds with optimisation, which the
//! test profile has, and minutes without.

#[path = "../examples/vectors/runner.rs"]
mod runner;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use eccsi_sakke::kms::xml::ErrorKind;
use eccsi_sakke::{Error, kms, mikey, mission_critical};
use runner::Expected::{Invalid, Valid};
use runner::{Passed, Refusal, Report};
use serde_json::{Value, json};

/// A test for each file, and the list of the files.
macro_rules! files {
    ($($name:ident)*) => {
        const FILES: &[&str] = &[$(concat!(stringify!($name), ".json")),*];

        mod file {
            $(#[test]
            fn $name() {
                super::all_pass(concat!(stringify!($name), ".json"));
            })*
        }
    };
}

files! { rfc eccsi sakke arithmetic identity exchange mikey kms documents zeros negative }

/// The reports of [`FILES`]: each file is run once.
static REPORTS: [OnceLock<Report>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];

fn report(file: &str) -> &'static Report {
    let index = FILES.iter().position(|name| *name == file).expect("a file of the list");
    REPORTS[index].get_or_init(|| runner::run_file(&directory().join(file)).expect("readable"))
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors")
}

fn all_pass(file: &str) {
    let report = report(file);
    let failed: Vec<String> = report.failed.iter().map(ToString::to_string).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_file_has_a_test() {
    let names = fs::read_dir(directory())
        .expect("readable")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("a name in UTF-8"));
    let present: BTreeSet<String> = names.filter(|name| name.ends_with(".json")).collect();
    let listed = FILES.iter().map(ToString::to_string).collect();
    assert_eq!(present, listed);
}

#[test]
fn every_known_answer_ran() {
    // An operation, and the numbers of its valid and invalid tests in all files. The other tests are acceptable.
    let counts = [
        ("eccsi", 143, 0),
        ("eccsi-verify", 254, 434),
        ("eccsi-validate", 235, 131),
        ("sakke", 96, 31),
        ("sakke-decaps", 250, 376),
        ("sakke-rsk", 238, 231),
        ("h2ir", 111, 1),
        ("pairing", 46, 46),
        ("pf-pow", 95, 15),
        ("kms-range", 20, 34),
        ("uid", 141, 8),
        ("key-period", 45, 13),
        ("mikey-key", 70, 1),
        ("uk-id", 28, 0),
        ("xpk", 20, 0),
        ("dpck", 20, 0),
        ("key-params", 35, 69),
        ("i-message", 80, 438),
        ("psk", 42, 125),
        ("eccsi-verify-hashes", 14, 18),
        ("tel-id", 6, 26),
        ("psk-verify", 4, 58),
        ("psk-signed", 2, 72),
        ("aes-kw", 34, 39),
        ("aes-kwp", 55, 114),
        ("kms-wrap", 24, 154),
        ("kms-mac", 18, 32),
        ("kms-certificate", 20, 54),
        ("key-set", 28, 138),
        ("kms-document", 22, 23),
    ];
    let all = |operation, expected| {
        FILES.iter().flat_map(move |file| report(file).answers(operation, expected))
    };
    for (operation, valid, invalid) in counts {
        assert_eq!(all(operation, &[Valid]).count(), valid, "{operation}");
        assert_eq!(all(operation, &[Invalid]).count(), invalid, "{operation}");
        let has_outputs = !matches!(
            operation,
            "eccsi-verify"
                | "eccsi-verify-hashes"
                | "eccsi-validate"
                | "sakke-rsk"
                | "kms-range"
                | "kms-mac"
                | "psk-verify"
        );
        if has_outputs {
            assert!(all(operation, &[Valid]).all(|test| test.compared > 0), "{operation}");
        }
    }
    let total: usize = FILES.iter().map(|file| report(file).passed.len()).sum();
    assert_eq!(total, 4883);
}

/// The error of a test that must be refused for `reason`.
fn error_for(reason: &str) -> Refusal {
    use mission_critical::Error as Profile;
    let message = match reason {
        "truncated" => mikey::Error::Truncated,
        "trailing" => mikey::Error::Trailing,
        "length" | "inkey-length" => mikey::Error::Length,
        "psk-length" => mikey::Error::PreSharedKey,
        "version" => mikey::Error::Version,
        "data-type" => mikey::Error::MessageType,
        "payload" => mikey::Error::Payload,
        "missing" => mikey::Error::Missing,
        "repeated" => mikey::Error::Repeated,
        "value" => mikey::Error::Value,
        "ts-type" => mikey::Error::TimestampType,
        "rand" => mikey::Error::Rand,
        "suite" => mikey::Error::Suite,
        "initiator" => mikey::Error::Initiator,
        "responder" => mikey::Error::Responder,
        "id-scheme" => mikey::Error::IdScheme,
        "signature" => mikey::Error::Signature,
        "mac" => mikey::Error::Mac,
        "decapsulation" => mikey::Error::Decapsulation,
        "stale" => mikey::Error::Stale,
        "replayed" => mikey::Error::Replayed,
        "purpose" => return Refusal::Message(Profile::Purpose),
        "profile" => return Refusal::Message(Profile::Profile),
        "identity" => return Refusal::Message(Profile::Identity),
        "group" => return Refusal::Message(Profile::Group),
        "policy" => return Refusal::Message(Profile::Policy),
        "spi" => return Refusal::Message(Profile::Spi),
        "key-params" | "key-params-header" | "key-params-id" => {
            return Refusal::Message(Profile::Parameters);
        }
        "gcm-tag" => return Refusal::Message(Profile::Sealed),
        "revoked" => return Refusal::Message(Profile::Revoked),
        "xml-algorithm" => return Refusal::Document(ErrorKind::Algorithm),
        "xml-attribute" => return Refusal::Document(ErrorKind::Attribute),
        "xml-namespace" => return Refusal::Document(ErrorKind::Namespace),
        "xml-unexpected" => return Refusal::Document(ErrorKind::Unexpected),
        "xml-value" => return Refusal::Document(ErrorKind::Value),
        _ => {
            return match key_error_for(reason) {
                Some(error) => Refusal::KeyMaterial(error),
                None => Refusal::Primitive(primitive_error_for(reason)),
            };
        }
    };
    Refusal::Message(message.into())
}

/// The error, if this is a reason to refuse key material. The schemes refuse a point.
fn key_error_for(reason: &str) -> Option<kms::Error> {
    Some(match reason {
        "kw-length" | "key-length" | "mac-length" => kms::Error::Length,
        "kw-integrity" => kms::Error::Unwrap,
        "signature-id" => kms::Error::SignatureId,
        "hmac" => kms::Error::Mac,
        "uri" => kms::Error::Uri,
        "user-id-format" => kms::Error::UserIdFormat,
        "parameter-set" => kms::Error::ParameterSet,
        "key-period" => kms::Error::KeyPeriod,
        "validity" => kms::Error::Validity,
        "period-over" => kms::Error::PeriodOver,
        "not-yet-valid" => kms::Error::NotYetValid,
        "expired" => kms::Error::Expired,
        "kms-revoked" => kms::Error::Revoked,
        "role" => kms::Error::Role,
        "kms-uri" => kms::Error::KmsUri,
        "cert-uri" => kms::Error::CertUri,
        "user-uri" => kms::Error::UserUri,
        "user-id" => kms::Error::UserId,
        "protection" => kms::Error::Protection,
        "keys" => kms::Error::Keys,
        _ => return None,
    })
}

fn primitive_error_for(reason: &str) -> Error {
    match reason {
        "sig-length" | "point-length" | "enc-length" | "ssk-length" | "ssv-length"
        | "kdf-param-length" | "z-length" | "base-length" => Error::Length,
        "point-prefix" | "coordinate-range" => Error::PointEncoding,
        "not-on-curve" => Error::NotOnCurve,
        "wrong-order" => Error::WrongOrder,
        "r-range" | "s-range" | "ssk-range" | "ksak-range" | "v-range" | "j-range" | "z-range" => {
            Error::Range
        }
        "period-zero"
        | "offset-not-below-period"
        | "time-before-offset"
        | "no-representative"
        | "base-range"
        | "modulus-range"
        | "month-range"
        | "year-range" => Error::Range,
        "identifier-range" | "identifier-length" | "id-is-minus-z" | "tel-uri" => Error::Identifier,
        "ssk-inconsistent" | "rsk-mismatch" => Error::KeyMismatch,
        // The comparison with TEST checks the order of R.
        "J-mismatch" | "TEST-mismatch" | "R-wrong-order" => Error::Rejected,
        _ => panic!("no error for {reason}"),
    }
}

#[test]
fn each_is_refused_for_its_own_reason() {
    let mut refused = 0;
    for test in FILES.iter().flat_map(|file| &report(file).passed) {
        if let Some(error) = test.refused {
            let Passed { operation, id, reason, .. } = test;
            assert_eq!(error, error_for(reason), "{operation} {id}: {reason}");
            refused += 1;
        }
    }
    assert!(refused > 1500);
}

#[test]
fn the_appendices_of_the_rfcs_ran() {
    // The operation, the id in rfc.json, and the number of outputs that are compared.
    let appendices = [
        ("eccsi", "1", 10),
        ("eccsi-verify", "2", 0),
        ("eccsi-validate", "5", 0),
        ("sakke", "7", 11),
        ("h2ir", "8", 2),
        ("h2ir", "9", 2),
        ("sakke-rsk", "10", 0),
        ("sakke-decaps", "12", 1),
        ("pairing", "14", 1),
        ("pf-pow", "15", 1),
    ];
    for (operation, id, compared) in appendices {
        let test = report("rfc.json").answers(operation, &[Valid]).find(|test| test.id == id);
        assert_eq!(test.map(|test| test.compared), Some(compared), "{operation} {id}");
    }
}

/// One group with one valid test of a key period.
fn document() -> Value {
    json!({ "groups": [{ "name": "group", "operation": "key-period", "tests": [{
        "id": 1, "comment": "", "flags": [], "result": "valid",
        "ntp_seconds": 25, "period": 10, "offset": 1, "period_no": 2,
    }] }] })
}

/// The document with `change` made to its test.
fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut document = document();
    change(&mut document["groups"][0]["tests"][0]);
    document
}

/// The reason why the one test of `document` fails.
fn failure(document: &Value) -> String {
    let report = runner::run("file", document).expect("groups of tests");
    assert!(report.passed.is_empty(), "passed");
    assert_eq!(report.failed.len(), 1);
    report.failed[0].why.clone()
}

/// Whether the one test of `document` passes.
fn passes(document: &Value) -> bool {
    runner::run("file", document).expect("groups of tests").passed.len() == 1
}

#[test]
fn what_is_as_expected_passes() {
    assert!(passes(&document()));
    let refused = with(|test| {
        test["result"] = "invalid".into();
        test["reason"] = "before the first period".into();
        test["offset"] = 26.into();
    });
    assert!(passes(&refused));
}

#[test]
fn acceptable_is_either_but_not_another_output() {
    let accepted = with(|test| test["result"] = "acceptable".into());
    assert!(passes(&accepted));
    let refused = with(|test| {
        test["result"] = "acceptable".into();
        test["period"] = 0.into();
    });
    assert!(passes(&refused));
    let wrong = with(|test| {
        test["result"] = "acceptable".into();
        test["period_no"] = 3.into();
    });
    assert_eq!(failure(&wrong), "period_no is 2, not 3");
}

#[test]
fn a_wrong_output_fails() {
    for wrong in [json!(3), json!("2"), json!(2.5), json!(null)] {
        failure(&with(|test| test["period_no"] = wrong));
    }
}

#[test]
fn an_unknown_attribute_fails() {
    let why = "unknown attributes: {\"extra\"}";
    assert_eq!(failure(&with(|test| test["extra"] = 1.into())), why);
    let refused = with(|test| {
        test["result"] = "invalid".into();
        test["period"] = 0.into();
        test["extra"] = 1.into();
    });
    assert_eq!(failure(&refused), why);
}

#[test]
fn a_missing_or_ill_typed_input_fails() {
    for result in ["valid", "invalid", "acceptable"] {
        let missing = with(|test| {
            test["result"] = result.into();
            test.as_object_mut().expect("object").remove("period");
        });
        assert_eq!(failure(&missing), "period is missing");
        for period in [json!("10"), json!(-1), json!(1.5), json!([10])] {
            let ill_typed = with(|test| {
                test["result"] = result.into();
                test["period"] = period;
            });
            assert_eq!(failure(&ill_typed), "period has the wrong type");
        }
    }
}

#[test]
fn octets_that_are_no_hex_fail() {
    for m in [json!("abc"), json!("xy"), json!(12)] {
        let mut document = document();
        document["groups"][0]["operation"] = "eccsi-verify".into();
        document["groups"][0]["tests"] = json!([{
            "id": 1, "result": "invalid", "KPAK": "", "ID": "", "M": m, "signature": "",
        }]);
        assert_eq!(failure(&document), "M has the wrong type");
    }
}

#[test]
fn a_test_that_expects_a_refusal_in_vain_fails() {
    assert_eq!(failure(&with(|test| test["result"] = "invalid".into())), "not refused");
}

#[test]
fn a_refusal_of_a_valid_test_fails() {
    let refused = failure(&with(|test| test["period"] = 0.into()));
    assert_eq!(refused, format!("refused: {}", eccsi_sakke::Error::Range));
}

#[test]
fn a_result_of_another_name_fails() {
    failure(&with(|test| test["result"] = "ok".into()));
    failure(&with(|test| *test = json!([])));
}

#[test]
fn an_id_used_twice_fails() {
    let mut document = document();
    let test = document["groups"][0]["tests"][0].clone();
    document["groups"].as_array_mut().expect("array").push(json!({
        "name": "another group", "operation": "key-period", "tests": [test],
    }));
    let report = runner::run("file", &document).expect("groups of tests");
    assert_eq!((report.passed.len(), report.failed.len()), (1, 1));
}

#[test]
fn a_control_is_a_valid_test_of_the_operation() {
    let refused = |control: Value| {
        let mut document = document();
        let mut test = document["groups"][0]["tests"][0].clone();
        test["id"] = 2.into();
        test["result"] = "invalid".into();
        test["period"] = 0.into();
        test["control"] = control;
        let tests = document["groups"][0]["tests"].as_array_mut().expect("array");
        tests.push(test);
        document
    };
    let report = runner::run("file", &refused(1.into())).expect("groups of tests");
    assert_eq!((report.passed.len(), report.failed.len()), (2, 0));
    let mut of_another = refused(1.into());
    let group = of_another["groups"][0].clone();
    of_another["groups"].as_array_mut().expect("array").push(group);
    // Its control is a test of another operation.
    of_another["groups"][0]["operation"] = "uid".into();
    of_another["groups"][0]["tests"].as_array_mut().expect("array").truncate(1);
    of_another["groups"][1]["tests"].as_array_mut().expect("array").remove(0);
    for (document, failures) in
        [(refused(2.into()), 1), (refused(3.into()), 1), (refused("1".into()), 1), (of_another, 2)]
    {
        let report = runner::run("file", &document).expect("groups of tests");
        assert_eq!(report.failed.len(), failures, "{document}");
        let last = report.failed.last().expect("a failure");
        assert_eq!(last.why, "its control is no valid test of this operation");
    }
}

#[test]
fn an_unknown_operation_fails() {
    let mut document = document();
    document["groups"][0]["operation"] = "eccsi-sign".into();
    assert_eq!(failure(&document), "unknown operation eccsi-sign");
}

#[test]
fn a_file_without_the_tests_it_announces_is_refused() {
    let mut document = document();
    document["numberOfTests"] = 1.into();
    assert!(runner::run("file", &document).is_ok());
    document["numberOfTests"] = 2.into();
    assert!(runner::run("file", &document).is_err());
    assert!(runner::run("file", &json!({})).is_err());
    assert!(runner::run_file(&directory().join("none.json")).is_err());
}

#[test]
fn integers_have_any_number_of_digits() {
    // 5 digits, 65 digits with a leading zero, and 65 that don't fit.
    let wide = "1".repeat(65);
    for (value, result) in
        [("12345", "valid"), (&format!("0{}", &wide[1..]), "valid"), (&wide, "invalid")]
    {
        for scalar in ["KSAK", "v", "j"] {
            let mut document = document();
            document["groups"][0]["operation"] = "kms-range".into();
            document["groups"][0]["tests"] =
                json!([{ "id": 1, "result": result, "scalar": scalar, "value": value }]);
            assert!(passes(&document), "{scalar} {value}");
        }
    }
}

#[test]
fn logarithms_of_the_points_of_a_pairing_are_checked() {
    let text = fs::read_to_string(directory().join("rfc.json")).expect("readable");
    let mut rfc: Value = serde_json::from_str(&text).expect("JSON");
    let groups = rfc["groups"].as_array_mut().expect("array");
    groups.retain(|group| group["operation"] == "pairing");
    let mut document = json!({ "groups": groups });
    assert!(passes(&document));
    document["groups"][0]["tests"][0]["b"] = "2".into();
    assert_eq!(failure(&document), "two answers for Q");
}

#[test]
fn show_prints_every_intermediate_value() {
    let rfc = directory().join("rfc.json");
    for (id, names) in [
        ("1", "KSAK v j ID M KPAK PVT HS SSK J r HE s signature Y"),
        ("7", "z ID SSV Z RSK bP_Z r g_r mask H R encapsulated w TEST"),
    ] {
        let shown = runner::show(&rfc, id).expect("a test of the file");
        for name in names.split(' ') {
            let lines = shown.lines().filter(|line| line.split_once(' ').unwrap().0 == name);
            assert_eq!(lines.count(), 1, "{name} in\n{shown}");
        }
        assert!(shown.ends_with("succeeds\n"), "{shown}");
    }
    let refused = runner::show(&rfc, "4").expect("a test of the file");
    let outcome = format!("refused: {}\n", eccsi_sakke::Error::Rejected);
    assert!(refused.ends_with(&outcome), "{refused}");
    assert!(runner::show(&rfc, "0").is_err());
}
