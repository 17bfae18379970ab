//! The reports on messages that are right, and on messages that are broken.

mod common;

use common::{
    ALICE, BOB, Domain, assert_verdict, has_finding, inspected, keys_of, message, now, options,
    outcome, rng, vectors, vectors_of,
};
use eccsi_sakke::mikey::{
    CsIdMap, Extension, IdScheme, Kms, Outline, Prf, Sessions, SrtpStream, Timestamp,
};
use eccsi_sakke::mission_critical::{Delivery, Key, Purpose};
use eccsi_sakke::{eccsi, sakke};
use eccsi_sakke_inspect::{Check, Group, Keys, Options, Outcome, Report, Verdict, inspect, time};
use serde_json::{Value, json};

/// All keys that were opened, in one text.
fn secrets(report: &Report) -> String {
    let values = report.keys.iter().flat_map(|key| &key.values);
    values.map(|value| value.value.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn messages_that_are_right() {
    for test in vectors("i-message").into_iter().chain(vectors("psk")) {
        if test["result"] != "valid" || !test["departures"].is_null() {
            continue;
        }
        let report = inspected(message(&test), &Keys::of_vector(&test).expect("keys"));
        assert_verdict(&report, Verdict::NoCheckFailed);
        assert!(report.to_string().ends_with("\nno check failed\n"), "{report}");
        for secret in ["SSV", "tgk", "srtp_master_key"] {
            if let Some(secret) = test[secret].as_str() {
                let shown = secrets(&report).contains(secret);
                // The message need not name the session of the vector.
                assert!(shown || secret == test["srtp_master_key"], "{secret} {report}");
            }
        }
        // Without keys, the report contains no secret, and says what could not be checked.
        let report = inspected(message(&test), &Keys::new());
        assert_verdict(&report, Verdict::NotAllMade);
        assert_eq!(report.with_outcome(Outcome::Failed).count(), 0, "{report}");
        assert!(report.to_string().contains("\nnot checked\n"), "{report}");
        assert!(!report.to_string().contains("no check failed"), "{report}");
        for secret in ["SSV", "tgk", "srtp_master_key", "RSK", "psk"] {
            let secret = test[secret].as_str();
            assert!(secret.is_none_or(|secret| !report.to_string().contains(secret)), "{report}");
        }
        // Only checks that need no keys are requested.
        let asked = vec![Group::Structure, Group::Profile];
        let report =
            inspect(message(&test).as_bytes(), &Keys::new(), &Options { asked, ..options() });
        assert_verdict(&report.expect("a report"), Verdict::NoCheckFailed);
    }
}

fn published() -> Value {
    message_of("published message, Test 1: GMK")
}

fn message_of(comment: &str) -> Value {
    let tests = vectors("i-message");
    tests.iter().find(|test| test["comment"] == comment).expect("the test").clone()
}

#[test]
fn the_published_group_key() {
    let test = published();
    let report = inspected(message(&test), &Keys::of_vector(&test).expect("keys"));
    assert_verdict(&report, Verdict::NoCheckFailed);
    let page = report.to_string();
    for line in [
        "     0  HDR                      SAKKE I_MESSAGE",
        "       4  CSB ID                 06a12aea (tag of GMK)",
        "      10  CS ID                  4",
        "SPI                    0df9bc3906a12aea",
        "    25  T                        2025-10-02T23:47:52Z",
        "identity               kms.mydev.streamwide.com",
        "parameter 0            encryption algorithm: 6 (AES-GCM)",
        "GENERAL-EXT              key parameters",
        "SIGN                     ECCSI",
        "deviation: T is 90 days before the time of the inspection: a receiver would refuse it as stale",
        "T is in key period 236 of kms.mydev.streamwide.com",
        "  yes  R of SAKKE is on the curve",
        "  yes  PVT of SIGN is on the curve",
        "  yes  signed by the initiator",
        "  yes  the responder accepts and opens it",
        "GMK                      07d1a1677ac36d8e81620484689b3c2d",
        "ID                       0df9bc39",
        "user's ID                06a12aea",
        "CS 4, SRTP master key    acb1b4e2b2dca12291e1794a8ef84947",
        "CS 4, SRTP master salt   ee2f78e5ef16939d4a938327",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    // Another initiator than the signer, another responder, another KMS.
    for (name, other, id, why) in [
        ("initiator", "sip:mallory@example.org", "signature", "rejected"),
        ("responder", "sip:mallory@example.org", "responder-key", "RSK: key does not belong"),
        (
            "kms_uri",
            "kms.example.org",
            "identity",
            "it is kms.mydev.streamwide.com, not kms.example.org",
        ),
    ] {
        let mut test = test.clone();
        test[name] = other.into();
        let report = inspected(message(&test), &Keys::of_vector(&test).expect("keys"));
        assert_verdict(&report, Verdict::CheckFailed);
        let mut failed = report.with_outcome(Outcome::Failed).filter(|check| check.id == id);
        let given =
            |check: &Check| check.why.as_deref().is_some_and(|given| given.starts_with(why));
        assert!(failed.any(given), "{why}\n{report}");
    }
}

#[test]
fn it_is_inspected_for_a_time() {
    let test = message_of("published message, Test 2: CSK");
    let keys = Keys::of_vector(&test).expect("keys");
    let at = time("2025-10-02T23:50:00Z").expect("a time");
    let fresh = inspect(message(&test).as_bytes(), &keys, &Options::at(at)).expect("a report");
    assert!(!has_finding(&fresh, "stale") && has_finding(&fresh, "fresh"), "{fresh}");
    assert_eq!(fresh.at, "2025-10-02T23:50:00Z");
    // With strict options, what a receiver would refuse is a failure.
    for (at, stale) in [(at, false), (now(), true)] {
        let options = Options { strict: true, ..Options::at(at) };
        let report = inspect(message(&test).as_bytes(), &keys, &options).expect("a report");
        assert_eq!(has_finding(&report, "stale"), stale);
        let verdict = if stale { Verdict::CheckFailed } else { Verdict::NoCheckFailed };
        assert_verdict(&report, verdict);
        let end = "\nNO CHECK FAILED, BUT DEVIATIONS COUNT AS FAILURES\n";
        assert_eq!(report.to_string().ends_with(end), stale, "{report}");
    }
}

#[test]
fn a_group_key_of_no_group_is_a_deviation() {
    let test = published();
    let report = inspected(message(&test), &Keys::of_vector(&test).expect("keys"));
    assert_verdict(&report, Verdict::NoCheckFailed);
    assert!(has_finding(&report, "no-group"), "{report}");
}

/// Checks that each test is accepted or refused as it says. Returns how many were refused with a report.
#[track_caller]
fn refused_of(tests: Vec<Value>) -> usize {
    let mut refused = 0;
    for test in tests {
        let result = test["result"].as_str().unwrap_or_default();
        if result == "acceptable" || test["group"].is_string() {
            continue;
        }
        let is_valid = result == "valid" && test["departures"].is_null();
        // A test without octets, or with an impossible KPAK or Z, is refused as a whole.
        let report = Keys::of_vector(&test)
            .and_then(|keys| inspect(message(&test).as_bytes(), &keys, &options()));
        let Ok(report) = report else {
            assert!(!is_valid, "{}", test["comment"]);
            continue;
        };
        let verdict = if is_valid { Verdict::NoCheckFailed } else { Verdict::CheckFailed };
        assert_eq!(report.verdict, verdict, "{} {report}", test["comment"]);
        refused += usize::from(!is_valid);
    }
    refused
}

#[test]
fn messages_that_are_broken() {
    assert!(refused_of(vectors("i-message")) > 200);
    assert!(refused_of(vectors("psk")) > 60);
    let mut negative = vectors_of("negative.json", "i-message");
    // A message is inspected alone, and for its own time.
    negative.retain(|test| test["now"].is_null() && test["before"].is_null());
    assert!(refused_of(negative) > 100);
    assert!(refused_of(vectors_of("negative.json", "psk")) > 50);
    assert!(refused_of(vectors_of("negative.json", "psk-signed")) > 50);
}

#[test]
fn what_a_receiver_must_accept_is_named() {
    let mut named = 0;
    for test in vectors("i-message").into_iter().chain(vectors_of("negative.json", "i-message")) {
        let Some(departure) = test["departures"][0].as_str() else { continue };
        let report = inspected(message(&test), &Keys::of_vector(&test).expect("keys"));
        // The expected group is not given, so the report says what a receiver does without one.
        if test["group"].is_string() {
            assert_verdict(&report, Verdict::NoCheckFailed);
            let ids = ["no-group", "no-parameters"];
            let said = report.findings.iter().find(|finding| ids.contains(&finding.id));
            assert!(said.is_some_and(|finding| finding.text.ends_with(departure)), "{report}");
            continue;
        }
        assert_verdict(&report, Verdict::CheckFailed);
        let found = report.findings.iter().find(|finding| finding.id == "departures");
        let text = &found.unwrap_or_else(|| panic!("{departure}: {report}")).text;
        assert!(text.ends_with(&format!(": {departure}")), "{text}");
        assert!(secrets(&report).starts_with(test["SSV"].as_str().expect("a secret")));
        named += 1;
    }
    assert!(named > 8);
}

#[test]
fn the_point_that_is_off_the_curve_is_named() {
    let test = published();
    let keys = Keys::of_vector(&test).expect("keys");
    let octets = hex::decode(message(&test)).expect("hex");
    let place = |name: &str| {
        let report = inspected(&octets, &keys);
        let fields = report.structure.iter().flat_map(|item| &item.fields);
        let place = fields.filter(|field| field.name == name).find_map(|field| field.place);
        place.expect("a place")
    };
    for (name, id, other) in [("R", "point-r", "point-pvt"), ("PVT", "point-pvt", "point-r")] {
        let mut octets = octets.clone();
        octets[place(name).end - 1] ^= 1;
        let report = inspected(&octets, &keys);
        assert_verdict(&report, Verdict::CheckFailed);
        let why = "point is not on the curve: ask for it again".to_owned();
        assert_eq!(outcome(&report, id), ("failed".into(), why));
        assert_eq!(outcome(&report, other).0, "passed");
        // The other checks are still made.
        assert_eq!(outcome(&report, "i-message").0, "failed");
        assert_eq!(outcome(&report, "csb-id").0, "passed");
        for id in ["signature", "open"] {
            let why = "the message was refused before that".to_owned();
            assert_eq!(outcome(&report, id), ("not-made".into(), why));
        }
    }
    // With s = 0, the integers are refused, but PVT is not.
    let mut zero = octets.clone();
    zero[place("s").start..place("s").end].fill(0);
    let report = inspected(&zero, &keys);
    assert_eq!(outcome(&report, "integers").0, "failed");
    assert_eq!(outcome(&report, "point-pvt").0, "passed");
    // An RSK off the curve is refused before the check that it is the responder's.
    let mut off = test.clone();
    let rsk = test["RSK"].as_str().expect("text");
    let last = if rsk.ends_with('0') { "1" } else { "0" };
    off["RSK"] = format!("{}{last}", &rsk[..rsk.len() - 1]).into();
    let report = inspected(&octets, &Keys::of_vector(&off).expect("keys"));
    let why = "RSK: point is not on the curve: ask for it again".to_owned();
    assert_eq!(outcome(&report, "responder-key"), ("failed".into(), why));
    assert_eq!(outcome(&report, "open").0, "not-made");
}

#[test]
fn between_two_key_servers_and_to_the_sender_itself() {
    let own = Domain::new("kms.example.org", 2_592_000);
    let theirs = Domain::new("kms.example.net", 604_800);
    let bob = "sip:bob@example.net";
    let key = Key::generate(Purpose::Pck, &mut rng());
    let [from, to] = [&own, &theirs].map(|domain| domain.certificate.kms(now()).expect("in force"));
    let delivery = Delivery::new(from.user(ALICE), to.user(bob), now());
    let octets = Delivery { to_self: true, ..delivery }
        .message(&key, own.key_set(ALICE).signing_key(), &mut rng())
        .expect("a message");
    let members = json!({
        "kms_uri": "kms.example.org", "period": 2_592_000, "initiator": ALICE, "KPAK": own.kpak(),
        "initiator_Z": own.z(), "own_RSK": own.rsk(ALICE),
        "responder_kms_uri": "kms.example.net", "responder_period": 604_800, "responder": bob,
        "Z": theirs.z(), "RSK": theirs.rsk(bob),
    });
    let report = inspected(&octets, &keys_of(&members));
    assert_verdict(&report, Verdict::NoCheckFailed);
    let shown = hex::encode(key.secret().as_bytes());
    assert_eq!(secrets(&report).matches(&shown).count(), 2, "{report}");
    // The responder's Z does not belong to the initiator's key.
    let mut wrong = members.clone();
    wrong["initiator_Z"] = wrong["Z"].clone();
    let report = inspected(&octets, &keys_of(&wrong));
    assert_verdict(&report, Verdict::CheckFailed);
    assert_eq!(outcome(&report, "initiator-key").0, "failed");
    // Certificates and key sets give the same result, whatever their order.
    let mut keys = keys_of(&json!({ "initiator": ALICE }));
    for file in [
        theirs.certificate_xml(),
        own.certificate_xml(),
        own.key_set_xml(ALICE),
        theirs.key_set_xml(bob),
    ] {
        keys.add(&file).expect("keys");
    }
    let report = inspected(&octets, &keys);
    assert_verdict(&report, Verdict::NoCheckFailed);
    assert_eq!(secrets(&report).matches(&shown).count(), 2, "{report}");
    // The responder needs no Z of the initiator's KMS.
    let keys = theirs.keys(&json!({
        "kms_uri": "kms.example.org", "period": 2_592_000, "KPAK": own.kpak(), "initiator": ALICE,
    }), &[bob]);
    let report = inspected(&octets, &keys);
    assert_verdict(&report, Verdict::NoCheckFailed);
    assert!(has_finding(&report, "to-self"), "{report}");
}

#[test]
fn what_was_not_given_is_said() {
    let domain = Domain::new("kms.example.org", 2_592_000);
    let octets = domain.message(ALICE, BOB);
    let members = json!({
        "kms_uri": "kms.example.org", "period": 2_592_000, "KPAK": domain.kpak(), "Z": domain.z(),
        "initiator": ALICE, "responder": BOB, "RSK": domain.rsk(BOB),
    });
    assert_verdict(&inspected(&octets, &keys_of(&members)), Verdict::NoCheckFailed);
    for (name, id, why) in [
        ("initiator", "signature", "give initiator in KEYS.json"),
        ("kms_uri", "signature", "give kms_uri in KEYS.json"),
        ("period", "signature", "give period in KEYS.json"),
        ("KPAK", "signature", "give KPAK in KEYS.json"),
        ("responder", "open", "give responder in KEYS.json"),
        ("Z", "open", "give Z in KEYS.json"),
        ("RSK", "responder-key", "give RSK in KEYS.json"),
    ] {
        let mut members = members.clone();
        members.as_object_mut().expect("an object").remove(name);
        let report = inspected(&octets, &keys_of(&members));
        assert_verdict(&report, Verdict::NotAllMade);
        let (made, given) = outcome(&report, id);
        assert!(made == "not-made" && given.starts_with(why), "{given}\n{report}");
        assert_eq!(outcome(&report, "open").0, "not-made", "nothing is opened");
        assert!(report.keys.is_empty());
    }
}

#[test]
fn what_the_profile_refuses_is_shown_as_far_as_it_opens() {
    let domain = Domain::new("kms.example.org", 2_592_000);
    let (alice, bob) = (domain.key_set(ALICE), domain.key_set(BOB));
    let stream = SrtpStream { policy: 0, ssrc: 1, roc: 0 };
    let recipient = domain.certificate.z().recipient(bob.uid()).expect("a recipient");
    let octets = Outline {
        csb_id: 0x1123_4567,
        map: CsIdMap::SrtpId(Sessions::from([stream].as_slice())),
        timestamp: Timestamp::from_time(now()),
        rand: &[1; 16],
        identities: &[],
        policies: &[],
        extensions: &[Extension { kind: Extension::KEY_PARAMETERS, data: &[0x43, 0] }],
        id_scheme: 2,
        encapsulation: &recipient.encapsulate(&[7; 16].into()).expect("encapsulated"),
        prf: Prf::HmacSha256,
    }
    .encode()
    .expect("encoded")
    .sign(alice.signing_key(), &mut rng())
    .expect("signed");
    let mut keys = domain.keys(&json!({ "initiator": ALICE }), &[]);
    let key_set = bob.to_parts(None).expect("parts").to_xml().expect("written");
    keys.add(&key_set).expect("a key set");
    let report = inspected(&octets, &keys);
    assert_verdict(&report, Verdict::CheckFailed);
    for (id, expected) in [
        ("identities", "failed"),
        ("map", "failed"),
        ("parameters", "failed"),
        ("signature", "passed"),
        ("open", "failed"),
    ] {
        assert_eq!(outcome(&report, id).0, expected, "{id}\n{report}");
    }
    assert_eq!(report.keys[0].title, "not accepted as a key: what RFC 6509 alone opens");
    assert!(secrets(&report).starts_with(&"07".repeat(16)), "{report}");
    // If another user signed it, it is not opened.
    let others = domain.keys(&json!({ "initiator": BOB }), &["sip:carol@example.org"]);
    assert!(inspected(&octets, &others).keys.is_empty());
}

#[test]
fn a_signature_of_older_stacks_is_recognised() {
    let domain = Domain::new("kms.example.org", 2_592_000);
    let kms = domain.certificate.kms(now()).expect("in force");
    let key = Key::generate(Purpose::Csk, &mut rng());
    let delivery = Delivery::new(kms.user(ALICE), kms.user(BOB), now());
    let unsigned = delivery.unsigned(&key, &mut rng()).expect("a message");
    let octets = unsigned.to_be_signed();
    // The signature does not cover type and length of SIGN.
    let signing_key = domain.key_set(ALICE);
    let signature = signing_key.signing_key().sign(&mut rng(), &octets[..octets.len() - 2]);
    let octets = [octets, signature.expect("signed").as_ref()].concat();
    let keys = domain.keys(&json!({ "initiator": ALICE }), &[BOB]);
    let report = inspected(&octets, &keys);
    assert_verdict(&report, Verdict::CheckFailed);
    assert_eq!(outcome(&report, "signature").0, "failed");
    assert!(has_finding(&report, "coverage"), "{report}");
    assert!(has_finding(&report, "departures"), "{report}");
    assert!(secrets(&report).starts_with(&hex::encode(key.secret().as_bytes())));
}

#[test]
fn a_message_of_rfc_6509() {
    let sign = eccsi::KmsSecretKey::generate(&mut rng()).expect("a key");
    let enc = sakke::KmsSecretKey::generate(&mut rng()).expect("a key");
    let kms =
        Kms::new("kms.example.org", IdScheme::TelMonthly, *sign.public_key(), *enc.public_key());
    let (alice, bob) = ("tel:+447700900123", "tel:+447700900456");
    let [from, to] = [alice, bob].map(|user| kms.user(user).identifier(now()).expect("one"));
    let recipient = kms.z().recipient(&to).expect("a recipient");
    let octets = Outline {
        csb_id: 0x0123_4567,
        map: CsIdMap::Empty,
        timestamp: Timestamp::from_time(now()),
        rand: &[1; 16],
        identities: &[],
        policies: &[],
        extensions: &[],
        id_scheme: IdScheme::TelMonthly.number(),
        encapsulation: &recipient.encapsulate(&[7; 16].into()).expect("encapsulated"),
        prf: Prf::HmacSha256,
    }
    .encode()
    .expect("encoded")
    .sign(&sign.issue(&mut rng(), from).expect("a key"), &mut rng())
    .expect("signed");
    let rsk = enc.extract(&to).expect("a key").to_bytes();
    let mut members = json!({
        "kms_uri": "kms.example.org", "initiator": alice, "responder": bob,
        "KPAK": hex::encode(kms.kpak().to_bytes()), "Z": hex::encode(kms.z().to_bytes()),
        "RSK": hex::encode(rsk.as_slice()),
    });
    let report = inspected(&octets, &keys_of(&members));
    assert_verdict(&report, Verdict::NoCheckFailed);
    assert_eq!(secrets(&report), "07".repeat(16));
    assert!(has_finding(&report, "monthly"), "{report}");
    members["initiator"] = "tel:+447700900789".into();
    let report = inspected(&octets, &keys_of(&members));
    assert_verdict(&report, Verdict::CheckFailed);
    assert_eq!(outcome(&report, "signature").0, "failed");
}
