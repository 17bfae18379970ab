//! What is accepted as input, and as the time to inspect for.

mod common;

use base64ct::{Base64, Encoding};
use common::{inspected, message, options, vectors};
use eccsi_sakke_inspect::{Error, Form, Keys, inspect, time};

#[test]
fn times_are_read_strictly() {
    for (text, unix) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2000-02-29T23:59:59Z", 951_868_799),
        ("2026-01-01T00:00:00Z", common::NOW),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
        ("1800000000", 1_800_000_000),
    ] {
        assert_eq!(time(text).expect("a time").to_unix(), Some(unix), "{text}");
    }
    for text in "|now|-1|1969-12-31T23:59:59Z|2026-02-29T00:00:00Z|2026-13-01T00:00:00Z|\
        2026-00-01T00:00:00Z|2026-01-00T00:00:00Z|2026-01-01T24:00:00Z|\
        2026-01-01T00:60:00Z|2026-01-01|2026-01-01T00:00:00|\
        2026-01-01T00:00:00+01:00|2026-01-01 00:00:00Z|+026-01-01T00:00:00Z|\
        99999999999999999999999"
        .split('|')
    {
        assert!(matches!(time(text), Err(Error::Time)), "{text}");
    }
}

#[test]
fn every_form_of_input() {
    let tests = vectors("i-message");
    let test = &tests[0];
    let keys = Keys::of_vector(test).expect("keys");
    let hex = message(test);
    let octets = hex::decode(hex).expect("hex");
    let binary = inspected(&octets, &keys);
    assert_eq!(binary.input.form, Form::Binary);
    let encoded = Base64::encode_string(&octets);
    let colons: Vec<String> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    let rtsp = format!("KeyMgmt: prot=mikey;uri=\"rtsp://192.0.2.1/\";data=\"{encoded}\"\r\n");
    let sdp = format!("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\na=key-mgmt:mikey {encoded}\r\nt=0 0\r\n");
    for (text, form) in [
        (hex.to_uppercase(), Form::Hexadecimal),
        (format!("0x{hex}\n"), Form::Hexadecimal),
        (format!("{}\n{}\n", &hex[..64], &hex[64..]), Form::Hexadecimal),
        (colons.join(":"), Form::Hexadecimal),
        (encoded.clone(), Form::Base64),
        (encoded.trim_end_matches('=').to_owned(), Form::Base64),
        (format!("mikey {encoded}"), Form::Attribute),
        (format!("\"mikey {encoded}\""), Form::Attribute),
        (format!("a=key-mgmt:mikey {encoded}\n"), Form::Attribute),
        (sdp, Form::Attribute),
        (rtsp, Form::Attribute),
    ] {
        let report = inspected(&text, &keys);
        assert_eq!(report.input.form, form, "{text}");
        assert_eq!(report.structure, binary.structure, "{text}");
        assert_eq!(report.checks, binary.checks, "{text}");
    }
    // Base64 may contain the letters by chance.
    let by_chance = inspected("AQAFmikeyAQA", &Keys::new());
    assert_eq!(by_chance.input.form, Form::Base64);
}

#[test]
fn what_is_no_input_has_its_own_sentence() {
    for (input, sentence) in [
        (b"".as_slice(), "there is no message: give its octets"),
        (b" \n", "there is no message: give its octets"),
        (b"0x", "there is no message: give its octets"),
        (b"mikey", "there is no message: give its octets"),
        (b"\xff\xfe<\0", "text in UTF-16: write it in UTF-8"),
        (
            b"a=key-mgmt:mikey AQAF\na=key-mgmt:mikey AQAF",
            "2 lines contain mikey: give the one to inspect",
        ),
        (b"AQAF*", "neither XML, hexadecimal nor base64"),
        (b"mikey AQAFA", "neither XML, hexadecimal nor base64"),
    ] {
        let error = inspect(input, &Keys::new(), &options()).expect_err("no input").to_string();
        assert!(error.starts_with(sentence), "{error}");
    }
    let error = inspect(&vec![b'0'; (1 << 20) + 1], &Keys::new(), &options());
    assert_eq!(
        error.expect_err("large").to_string(),
        "more than 1048576 octets: give a smaller file"
    );
}
