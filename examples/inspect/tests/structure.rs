//! The content of a message, octet by octet, even if the message is refused.

mod common;

use std::fs;
use std::path::Path;

use common::{assert_verdict, inspected, message, now, of_camera, options, outcome, vectors};
use eccsi_sakke::mikey::{Message, Payload};
use eccsi_sakke_inspect::{Keys, Kind, Options, Report, Verdict, inspect};
use serde_json::Value;

/// Checks that every octet that was reached is in one field, and that the fields are in order.
fn assert_whole(report: &Report, octets: &[u8]) {
    let mut at = 0;
    for item in &report.structure {
        let place = item.place.expect("a place");
        assert_eq!(place.start, at, "{}\n{report}", item.name);
        for field in &item.fields {
            let place = field.place.expect("a place");
            assert_eq!(place.start, at, "{} of {}\n{report}", field.name, item.name);
            let shown = field.octets.as_deref().expect("octets");
            assert_eq!(shown, hex::encode(&octets[place.start..place.end]), "{}", field.name);
            at = place.end;
        }
        assert_eq!(place.end, at, "{}\n{report}", item.name);
    }
    assert_eq!(at, octets.len(), "{report}");
}

#[test]
fn every_octet_is_in_one_field() {
    let mut messages: Vec<Vec<u8>> = vectors("i-message")
        .iter()
        .chain(&vectors("psk"))
        .map(|test| hex::decode(message(test)).expect("hex"))
        .filter(|octets| !octets.is_empty())
        .collect();
    messages.push(of_camera());
    // Messages that are cut, changed, or followed by other octets.
    for octets in messages.clone().into_iter().step_by(40).chain([of_camera()]) {
        for len in (1..octets.len()).step_by(7) {
            messages.push(octets[..len].to_vec());
        }
        for at in (0..octets.len()).step_by(5) {
            for other in [0, 1, 0x7f, 0xff] {
                let mut octets = octets.clone();
                octets[at] = other;
                messages.push(octets);
            }
        }
        messages.push([octets.as_slice(), &[1, 2, 3]].concat());
    }
    for octets in &messages {
        let report = inspected(hex::encode(octets), &Keys::new());
        assert_whole(&report, octets);
        // The program and the library must agree about the lengths.
        if let Ok(message) = Message::decode(octets) {
            // The library does not look into extensions and unencrypted key data.
            let has_more = |payload| matches!(payload, Payload::Extension(_) | Payload::Kemac(_));
            assert!(report.trouble.is_none() || message.payloads().any(has_more), "{report}");
            let payloads: Vec<Payload<'_>> = message.payloads().collect();
            assert_eq!(report.structure.len(), 1 + payloads.len(), "{report}");
            for (item, payload) in report.structure.iter().skip(1).zip(payloads) {
                assert_eq!(item.name, name(&payload), "{report}");
            }
        }
    }
}

fn name(payload: &Payload<'_>) -> &'static str {
    match payload {
        Payload::Timestamp(_) => "T",
        Payload::Rand(_) => "RAND",
        Payload::Identity(_) => "ID",
        Payload::Role(..) => "IDR",
        Payload::Policy(_) => "SP",
        Payload::Sakke(_) => "SAKKE",
        Payload::Extension(_) => "GENERAL-EXT",
        Payload::Kemac(_) => "KEMAC",
        Payload::Verification(_) => "V",
        Payload::Error(_) => "ERR",
        Payload::Sign(_) => "SIGN",
        _ => "another",
    }
}

#[test]
fn the_keys_of_a_camera_are_shown_and_refused() {
    let octets = of_camera();
    assert!(Message::decode(&octets).is_err());
    let report = inspected(&octets, &Keys::new());
    assert_verdict(&report, Verdict::CheckFailed);
    assert_eq!((report.kind, report.trouble.as_ref()), (Kind::PreSharedKey, None));
    assert_whole(&report, &octets);
    assert!(report.keys.is_empty(), "none of its keys is taken as one");
    let (message, why) = outcome(&report, "message");
    assert_eq!(message, "failed");
    assert!(why.starts_with("algorithms do not form a permitted suite"), "{why}");
    let (suite, why) = outcome(&report, "suite");
    assert_eq!(suite, "failed");
    assert!(why.starts_with("it has neither encryption nor MAC"), "{why}");
    assert_eq!(outcome(&report, "mac").0, "not-made");
    let page = report.to_string();
    for line in [
        "120 octets binary: pre-shared-key message",
        "     0  HDR                      pre-shared-key message",
        "       4  CSB ID                 0a0b0c0d",
        "      10  CS 1, policy           0",
        "      11  SSRC                   deadbeef",
        "    19  T                        2026-01-01T00:00:00Z, 3976214400 seconds after 1900",
        "      31  value                  000102030405060708090a0b0c0d0e0f",
        "      52  parameter 0            encryption algorithm: 1 (AES-CM)",
        "    76  KEMAC                    encryption none, MAC none",
        "      81  type and validity      2 (TEK); 1 (for an SPI or MKI)",
        "      84  key, in clear          101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d",
        "     115  SPI or MKI             00000001",
        "     119  MAC algorithm          0 (none)",
        "     120  MAC                    none",
    ] {
        assert!(page.contains(&format!("{line}\n")), "{line}\n{page}");
    }
}

#[test]
fn each_half_of_a_null_suite_has_its_own_sentence() {
    let end = of_camera().len() - 1;
    let kemac = 76;
    // Only encryption, only a MAC, and the suite of another PRF.
    let encrypted = {
        let mut octets = of_camera();
        octets[kemac + 1] = 1;
        octets
    };
    let with_mac = {
        let mut octets = of_camera();
        octets[end] = 1;
        [octets, vec![7; 20]].concat()
    };
    let mixed = {
        let mut octets = with_mac.clone();
        octets[kemac + 1] = 3;
        octets
    };
    for (octets, start) in [
        (encrypted, "it has no MAC"),
        (with_mac, "it has no encryption"),
        (mixed, "it has MIKEY-1, HMAC-SHA-1, AES-CM-256 and HMAC-SHA-1-160. RFC 6043"),
    ] {
        let report = inspected(&octets, &Keys::new());
        assert_verdict(&report, Verdict::CheckFailed);
        let (suite, why) = outcome(&report, "suite");
        assert!(suite == "failed" && why.starts_with(start), "{why}");
        assert_whole(&report, &octets);
    }
}

#[test]
fn where_lengths_cannot_be_followed_is_said() {
    let tests = vectors("i-message");
    let whole = hex::decode(message(&tests[0])).expect("hex");
    let cut = inspected(&whole[..60], &Keys::new());
    assert_verdict(&cut, Verdict::CheckFailed);
    let trouble = cut.trouble.as_deref().expect("trouble");
    assert_eq!(trouble, "identity of IDR, at octet 58, has 32 octets, and 2 are left");
    assert!(outcome(&cut, "message").1.ends_with(trouble));
    let longer = [whole.as_slice(), &[0, 1]].concat();
    let trouble = inspected(&longer, &Keys::new()).trouble.expect("trouble");
    assert!(trouble.ends_with("2 octets are left"), "{trouble}");
    let mut unknown = whole.clone();
    unknown[2] = 99;
    let trouble = inspected(&unknown, &Keys::new()).trouble.expect("trouble");
    let expected = "the end of the payload at octet 25, of type 99 (unknown type), is not known";
    assert_eq!(trouble, expected);
    for len in 1..whole.len() {
        assert_verdict(&inspected(&whole[..len], &Keys::new()), Verdict::CheckFailed);
    }
    let large = vec![1; (1 << 17) + 1];
    let report = inspect(&large, &Keys::new(), &options()).expect("a report");
    assert_eq!(
        report.trouble.as_deref(),
        Some("a message of more than 131072 octets is not inspected")
    );
}

/// New names in a report are added to the file. Those in the file never change, except for reasons from the library.
#[test]
fn a_report_in_json_stays_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/camera.json");
    let report = inspect(&of_camera(), &Keys::new(), &Options::at(now())).expect("a report");
    let json = report.to_json().expect("JSON");
    let kept = fs::read_to_string(path).expect("readable");
    let without_reasons = |json: &str| {
        let lines = json.lines().filter(|line| !line.trim_start().starts_with("\"why\": "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(without_reasons(&json), without_reasons(&kept), "{json}");
    let value: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value["verdict"], "check-failed");
    assert_eq!(value["structure"][4]["fields"][6]["octets"].as_str().map(str::len), Some(60));
}
