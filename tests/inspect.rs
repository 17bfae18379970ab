//! The example `inspect`: what it says of messages that are right, and of those that are broken.

#[path = "../examples/inspect/inspection.rs"]
mod inspection;
#[path = "scenario/world.rs"]
#[expect(dead_code, reason = "most of the world is for tests/scenario.rs")]
mod world;

use std::fs;
use std::path::Path;

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey::{CsIdMap, IdScheme, Outline, Prf, Timestamp};
use eccsi_sakke::mission_critical::{Delivery, Key, Purpose};
use serde_json::{Value, json};

use inspection::inspect;
use world::{Domain, rng};

/// 2026-01-01T00:00Z.
const NOW: u64 = 1_767_225_600;

/// The tests of these groups in mikey.json.
fn vectors(operation: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mikey.json");
    let document: Value =
        serde_json::from_str(&fs::read_to_string(path).expect("readable")).expect("JSON");
    let groups = document["groups"].as_array().expect("groups").iter();
    let groups = groups.filter(|group| group["operation"] == operation);
    groups.flat_map(|group| group["tests"].as_array().expect("tests").clone()).collect()
}

fn message(test: &Value) -> &str {
    test["message"].as_str().expect("text")
}

fn inspected(text: &str, keys: &Value) -> (String, bool) {
    let inspected = inspect(text, keys, NtpTime::from_unix(NOW)).expect("octets");
    (inspected.page.to_string(), inspected.good)
}

/// RFC 4648 section 4.
fn base64(octets: &[u8]) -> String {
    let symbols = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = octets.chunks(3).map(|group| {
        let bits = group.iter().fold(0u32, |bits, octet| bits << 8 | u32::from(*octet));
        let bits = bits << (8 * (3 - group.len()));
        let symbol = |i: usize| char::from(symbols[(bits >> (18 - 6 * i) & 63) as usize]);
        (0..4).map(|i| if i <= group.len() { symbol(i) } else { '=' }).collect::<String>()
    });
    groups.collect()
}

#[test]
fn messages_that_are_right() {
    for test in vectors("i-message").into_iter().chain(vectors("psk")) {
        if test["result"] != "valid" {
            continue;
        }
        let (page, good) = inspected(message(&test), &test);
        assert!(good, "{page}");
        assert!(!page.contains("  NO "), "{page}");
        assert!(page.ends_with("no check failed\n"), "{page}");
        for secret in ["SSV", "tgk", "srtp_master_key"] {
            if let Some(secret) = test[secret].as_str() {
                let shown = page.contains(secret);
                // The session of the vector needn't be one that the message names.
                assert!(shown || secret == test["srtp_master_key"], "{secret} {page}");
            }
        }
        // Without keys: no secret, and what is missing is said.
        let (page, good) = inspected(message(&test), &Value::Null);
        assert!(good && page.contains("needs"), "{page}");
        for secret in ["SSV", "tgk", "srtp_master_key", "RSK", "psk"] {
            let secret = test[secret].as_str();
            assert!(secret.is_none_or(|secret| !page.contains(secret)), "{page}");
        }
    }
}

#[test]
fn the_published_group_key() {
    let tests = vectors("i-message");
    let test = tests.iter().find(|test| test["comment"] == "published message, Test 1: GMK");
    let test = test.expect("the test");
    let (page, good) = inspected(message(test), test);
    assert!(good, "{page}");
    for line in [
        "    0  HDR         SAKKE I_MESSAGE",
        "CSB ID     06a12aea, by its tag of a Gmk",
        "CS 4       SRTP, policy 0, session data none, SPI 0df9bc3906a12aea",
        "   25  T           2025-10-02 23:47:52 UTC",
        "IDRkmsi     kms.mydev.streamwide.com (uri)",
        "0          encryption algorithm: 6 (AES-GCM)",
        "EXT         type 7 (key parameters)",
        "SIGN        type 2 (ECCSI), 129 octets",
        "a receiver would refuse it as stale",
        "T is in key period 236 of kms.mydev.streamwide.com",
        "  yes  signed by the initiator",
        "  yes  the responder accepts and opens it",
        "Gmk        07d1a1677ac36d8e81620484689b3c2d",
        "ID         0df9bc39",
        "user's ID  06a12aea",
        "SRTP master key acb1b4e2b2dca12291e1794a8ef84947",
        "SRTP master salt ee2f78e5ef16939d4a938327",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    // Another initiator than the one who signed, another responder, a key that is none.
    for (name, other, line) in [
        ("initiator", "sip:mallory@example.org", "  NO   signed by the initiator: "),
        ("responder", "sip:mallory@example.org", "  NO   RSK is the responder's"),
        ("kms_uri", "kms.example.org", "  NO   IDRkmsi is the expected one: "),
    ] {
        let mut keys = test.clone();
        keys[name] = other.into();
        let (page, good) = inspected(message(test), &keys);
        assert!(!good && page.contains(line), "{page}");
    }
    for (name, other) in [("KPAK", json!("04")), ("Z", json!("zz")), ("period", json!(0))] {
        let mut keys = test.clone();
        keys[name] = other;
        let error = inspect(message(test), &keys, NtpTime::from_unix(NOW)).err().expect("an error");
        assert!(error.to_string().starts_with(name), "{error}");
    }
}

#[test]
fn messages_that_are_broken() {
    for test in vectors("i-message").into_iter().chain(vectors("psk")) {
        // A test whose keys are no keys is refused as a whole.
        let outcome = inspect(message(&test), &test, NtpTime::from_unix(NOW));
        if test["result"] == "invalid"
            && let Ok(inspected) = outcome
        {
            assert!(!inspected.good, "{} {}", test["comment"], inspected.page);
        }
    }
    // Where it breaks off is said.
    let tests = vectors("i-message");
    let whole = hex::decode(message(&tests[0])).expect("hex");
    let cut = hex::encode(&whole[..60]);
    let (page, good) = inspected(&cut, &Value::Null);
    assert!(!good && page.contains("NOT a MIKEY message"), "{page}");
    assert!(page.contains("the payload at octet 53, of type 14 (IDR), has 37 octets by its lengths, and 7 are left"), "{page}");
    let longer = hex::encode([whole.as_slice(), &[0, 1]].concat());
    let (page, good) = inspected(&longer, &Value::Null);
    assert!(!good && page.contains("2 octets are left"), "{page}");
    let mut unknown = whole.clone();
    unknown[2] = 99;
    let (page, good) = inspected(&hex::encode(unknown), &Value::Null);
    let line = "the payload at octet 25, of type 99 (no known type), is not known here";
    assert!(!good && page.contains(line), "{page}");
    for length in 0..whole.len() {
        if length > 0 {
            assert!(!inspected(&hex::encode(&whole[..length]), &Value::Null).1);
        }
    }
}

#[test]
fn every_form_of_input() {
    let tests = vectors("i-message");
    let test = &tests[0];
    let hex = message(test);
    let octets = hex::decode(hex).expect("hex");
    let expected = inspected(hex, test).0;
    let encoded = base64(&octets);
    let colons: Vec<String> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    let sdp = format!("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\na=key-mgmt:mikey {encoded}\r\nt=0 0\r\n");
    for text in [
        hex.to_uppercase(),
        format!("0x{hex}\n"),
        format!("{}\n{}\n", &hex[..64], &hex[64..]),
        colons.join(":"),
        encoded.clone(),
        encoded.trim_end_matches('=').to_owned(),
        format!("mikey {encoded}"),
        format!("\"mikey {encoded}\""),
        format!("a=key-mgmt:mikey {encoded}\n"),
        sdp,
    ] {
        assert_eq!(inspected(&text, test).0, expected, "{text}");
    }
    for text in
        ["", "mikey", "mikey AQA", "0x", "AQAF*", "a=key-mgmt:mikey AQAF\na=key-mgmt:mikey AQAF"]
    {
        let outcome = inspect(text, &Value::Null, NtpTime::from_unix(NOW));
        assert!(outcome.is_err() || !outcome.expect("octets").good, "{text}");
    }
}

/// The user's RSK as a key set of the example has it.
fn rsk(domain: &Domain, user: &str) -> String {
    hex::encode(domain.receiver_key(user, now().seconds()).to_bytes())
}

fn z(domain: &Domain) -> String {
    hex::encode(domain.kms.z().to_bytes())
}

fn kpak(domain: &Domain) -> String {
    hex::encode(domain.kms.kpak().to_bytes())
}

fn now() -> NtpTime {
    NtpTime::from_unix(NOW)
}

#[test]
fn between_two_key_servers_and_to_the_sender_itself() {
    let own = Domain::with_uids("kms.example.org", 2_592_000, 0);
    let theirs = Domain::with_uids("kms.example.net", 604_800, 0);
    let (alice, bob) = ("sip:alice@example.org", "sip:bob@example.net");
    let key = Key::generate(Purpose::Pck, &mut rng());
    let (from, to) = (own.kms.user(alice), theirs.kms.user(bob));
    let delivery = Delivery::new(from, to, now());
    let octets = Delivery { to_self: true, ..delivery }
        .message(&key, &own.signing_key(alice, now().seconds()), &mut rng())
        .expect("a message");
    let keys = json!({
        "kms_uri": "kms.example.org", "period": 2_592_000, "initiator": alice, "KPAK": kpak(&own),
        "initiator_Z": z(&own), "own_RSK": rsk(&own, alice),
        "responder_kms_uri": "kms.example.net", "responder_period": 604_800, "responder": bob,
        "Z": z(&theirs), "RSK": rsk(&theirs, bob),
    });
    let (page, good) = inspected(&hex::encode(&octets), &keys);
    assert!(good && page.contains("  yes  the initiator opens it too"), "{page}");
    let shown = hex::encode(key.secret().as_bytes());
    assert_eq!(page.matches(&shown).count(), 2, "{page}");
    // The responder's Z isn't that of the initiator's key.
    let mut wrong = keys;
    wrong["initiator_Z"] = wrong["Z"].clone();
    let (page, good) = inspected(&hex::encode(&octets), &wrong);
    assert!(!good && page.contains("  NO   own_RSK is the initiator's"), "{page}");
}

#[test]
fn a_message_of_rfc_6509() {
    let domain = Domain::new("kms.example.org", IdScheme::TelMonthly);
    let (alice, bob) = ("tel:+447700900123", "tel:+447700900456");
    let to = domain.kms.user(bob).identifier(now()).expect("an identifier");
    let recipient = domain.kms.z().recipient(&to).expect("a recipient");
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
    .sign(&domain.signing_key(alice, now().seconds()), &mut rng())
    .expect("signed");
    let mut keys = json!({
        "kms_uri": "kms.example.org", "initiator": alice, "responder": bob,
        "KPAK": kpak(&domain), "Z": z(&domain), "RSK": rsk(&domain, bob),
    });
    let (page, good) = inspected(&hex::encode(&octets), &keys);
    assert!(good && page.contains(&format!("TGK        {}", "07".repeat(16))), "{page}");
    assert!(page.contains("not the profile of TS 33.180"), "{page}");
    keys["initiator"] = "tel:+447700900789".into();
    let (page, good) = inspected(&hex::encode(&octets), &keys);
    assert!(!good && page.contains("  NO   signed by the initiator"), "{page}");
}
