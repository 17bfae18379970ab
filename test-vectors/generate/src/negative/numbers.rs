//! Numbers outside of their ranges, as inputs of whole operations.

use crypto_bigint::{NonZero, U1024};
use eccsi_sakke::{Identifier, hazmat, sakke};
use serde_json::{Value, json};

use super::points::{p, q};
use crate::file::Tests;
use crate::fixed::{below_q, octets};

const ID: &[u8] = b"2026-11\0tel:+447700900456\0";

fn big_endian(number: &U1024) -> [u8; 128] {
    number.to_be_bytes().into()
}

/// z, ID and SSV as given, and every value that follows from them.
fn encapsulation(z: &[u8; 128], id: &[u8], ssv: &[u8; 16]) -> Value {
    let kms = sakke::KmsSecretKey::try_from(z).expect("in range");
    let identifier = Identifier::try_from(id).expect("in range");
    let rsk = kms.extract(&identifier).expect("a key");
    let sent = kms.public_key().recipient(&identifier).expect("a recipient");
    let sent = sent.trace(&ssv.into()).expect("sealed");
    let received = rsk.trace(&sent.encapsulation);
    let sealed = sent.encapsulation.to_bytes();
    json!({
        "z": hex::encode(z), "ID": hex::encode(id), "SSV": hex::encode(ssv),
        "Z": hex::encode(kms.public_key().to_bytes()), "RSK": hex::encode(&rsk.to_bytes()[..]),
        "bP_Z": hex::encode(sent.point), "r": hex::encode(&sent.r[..]),
        "g_r": hex::encode(&sent.g_r[..]), "mask": hex::encode(sent.mask.as_bytes()),
        "H": hex::encode(&sealed[257..]), "R": hex::encode(&sealed[..257]),
        "encapsulated": hex::encode(sealed), "w": hex::encode(&received.w[..]),
        "TEST": hex::encode(received.test),
    })
}

pub fn kms_and_sender(tests: &mut Tests<'_>) {
    let (z, ssv) = (below_q("z", 0), octets::<16>("SSV", 0));
    let inputs = |z: &[u8], id: &[u8], ssv: &[u8]| -> Value {
        json!({ "z": hex::encode(z), "ID": hex::encode(id), "SSV": hex::encode(ssv) })
    };
    let comment = "control: an ordinary KMS, identifier and SSV";
    let control = tests.valid(comment, &["Control"], encapsulation(&z, ID, &ssv));

    // a + z ≡ 0: z = q − a.
    for (what, id) in [
        ("an identifier of 26 octets", ID),
        ("an identifier of 32 octets", &octets::<32>("UID", 0)),
        ("the identifier 2", &[2]),
    ] {
        let a = U1024::from_be_slice(&[&vec![0; 128 - id.len()], id].concat());
        let minus_a = q().wrapping_sub(&a);
        let flags = &["IdentifierIsMinusZ"];
        let comment = format!("{what} for which a + z = q: it has no RSK and no recipient");
        let refused = inputs(&big_endian(&minus_a), id, &ssv);
        let beside = big_endian(&minus_a.wrapping_sub(&U1024::ONE));
        let near = format!("control: {what} for which a + z = q - 1");
        let control =
            tests.valid(&near, &["Control", "EdgeIdentifier"], encapsulation(&beside, id, &ssv));
        tests.invalid(&comment, flags, ("id-is-minus-z", control), refused);
    }

    let more = |n: u32| big_endian(&q().wrapping_add(&U1024::from_u32(n)));
    let residue = [&[0; 102][..], ID].concat();
    let congruent = big_endian(&q().wrapping_add(&U1024::from_be_slice(&residue)));
    let identifiers: [(&str, &[u8]); 12] = [
        ("empty", &[]),
        ("0 in one octet", &[0]),
        ("0 in 32 octets", &[0; 32]),
        ("1 in one octet", &[1]),
        ("1 in 128 octets", &big_endian(&U1024::ONE)),
        ("q", &more(0)),
        ("q + 1", &more(1)),
        ("q + 2", &more(2)),
        ("q plus the identifier of the control: equal to it modulo q", &congruent),
        ("128 octets ff", &[0xff; 128]),
        ("of 129 octets, the first 01", &[&[1][..], &residue].concat()),
        ("text of 200 octets", &[b's'; 200]),
    ];
    for (what, id) in identifiers {
        let comment = format!("identifier out of range: {what}");
        let refused = inputs(&z, id, &ssv);
        tests.invalid(&comment, &["IdentifierRange"], ("identifier-range", control), refused);
    }
    for length in [0, 1, 15, 17, 24, 32, 64] {
        let comment = format!("SSV of {length} octets");
        let refused = inputs(&z, ID, &octets::<64>("SSV", 1)[..length]);
        tests.invalid(&comment, &["Length"], ("ssv-length", control), refused);
    }
    for (what, wrong) in [
        ("0", [0; 128]),
        ("1", big_endian(&U1024::ONE)),
        ("q", more(0)),
        ("q + 1", more(1)),
        ("q plus the z of the control", big_endian(&q().wrapping_add(&U1024::from_be_slice(&z)))),
        ("2^1024-1", [0xff; 128]),
    ] {
        let refused = inputs(&wrong, ID, &ssv);
        tests.invalid(&format!("z = {what}"), &["Range"], ("z-range", control), refused);
    }
    for (what, wrong) in [
        ("with an octet less", &z[1..]),
        ("with an octet 00 in front", &[&[0][..], &z].concat()),
        ("of no octets", &[]),
    ] {
        let refused = inputs(wrong, ID, &ssv);
        tests.invalid(&format!("z {what}"), &["Length"], ("z-length", control), refused);
    }
}

pub fn pf_pow(tests: &mut Tests<'_>) {
    let base = below_q("base", 0);
    let inputs = |base: &[u8]| json!({ "base": hex::encode(base), "e": "10001" });
    let mut right = inputs(&base);
    let power = hazmat::pf_pow(&base, &[1, 0, 1]).expect("a power");
    right["result_value"] = hex::encode(power).into();
    let control = tests.valid("control: a base below p", &["Control"], right);
    let p = p();
    for (what, wrong) in [
        ("p, equal to 0 modulo p", p),
        ("p + 1", p.wrapping_add(&U1024::ONE)),
        ("p plus the base of the control", p.wrapping_add(&U1024::from_be_slice(&base))),
        ("2^1024-1", U1024::MAX),
    ] {
        let refused = inputs(&big_endian(&wrong));
        let flags = &["Range", "SecondEncoding"];
        tests.invalid(&format!("base {what}"), flags, ("base-range", control), refused);
    }
    for (what, wrong) in [
        ("without its first octet", &base[1..]),
        ("with an octet 00 in front", &[&[0][..], &base].concat()),
        ("of no octets", &[]),
    ] {
        let flags = &["Length"];
        tests.invalid(&format!("base {what}"), flags, ("base-length", control), inputs(wrong));
    }
}

pub fn hash_to_integer_range(tests: &mut Tests<'_>) {
    let s = hex::encode(ID);
    let inputs = |n: &str| json!({ "s": s, "n": n });
    for (n, v_octets) in [("2", 1), ("100", 1), ("101", 2)] {
        let modulus = U1024::from_be_hex(&format!("{n:0>256}"));
        let v = hazmat::hash_to_integer_range(ID, &big_endian(&modulus)).expect("a modulus");
        assert!(U1024::from_be_slice(&v) < modulus);
        let mut right = inputs(n);
        right["v_octets"] = hex::encode(&v[128 - v_octets..]).into();
        right["v"] = right["v_octets"].clone();
        tests.valid(&format!("control: below {n}"), &["Control", "Edge"], right);
    }
    let control = tests.last();
    let flags = &["Edge", "Range"];
    tests.invalid("below 0", flags, ("modulus-range", control), inputs("0"));
    let mut one = inputs("1");
    one["v"] = "0".into();
    one["v_octets"] = "".into();
    let comment = "below 1: only 0 is, and l is 0";
    tests.acceptable(comment, flags, ("modulus-range", control), one);
    let q = NonZero::new(q()).expect("not 0");
    // With a bound of q, the value that results if another hash is reduced.
    let v = hazmat::hash_to_integer_range(ID, q.to_be_bytes().as_ref()).expect("a modulus");
    let mut right = inputs(&hex::encode(q.to_be_bytes()));
    right["v"] = hex::encode(v).into();
    right["v_octets"] = hex::encode(v).into();
    tests.valid("control: below q", &["Control"], right);
}

pub fn tel_identifiers(tests: &mut Tests<'_>) {
    let inputs = |uri: &str, year: u16, month: u8| -> Value {
        json!({ "uri": uri, "year": year, "month": month })
    };
    let uri = "tel:+447700900123";
    let mut control = 0;
    for (what, uri, year, month) in [
        ("control: a number of 12 digits", uri, 2011, 2),
        ("control: December", uri, 2026, 12),
        ("control: January", uri, 2027, 1),
        ("control: one digit", "tel:+1", 2026, 11),
        ("control: 15 digits", "tel:+123456789012345", 2026, 11),
        ("control: the year 9999", uri, 9999, 11),
    ] {
        let identifier = format!("{year:04}-{month:02}\0{uri}\0");
        let mut right = inputs(uri, year, month);
        right["identifier"] = hex::encode(identifier).into();
        let number = tests.valid(what, &["Control", "TelUri"], right);
        control = if control == 0 { number } else { control };
    }
    for (what, wrong) in [
        ("national notation", "tel:07700900123"),
        ("no plus sign", "tel:447700900123"),
        ("two plus signs", "tel:++447700900123"),
        ("visual separators", "tel:+44-7700-900-123"),
        ("visual separators", "tel:+44(0)7700900123"),
        ("a space", "tel:+44 7700900123"),
        ("a dot", "tel:+44.7700900123"),
        ("a parameter", "tel:+447700900123;isub=1"),
        ("a phone-context", "tel:7700900123;phone-context=+44"),
        ("no digits", "tel:+"),
        ("16 digits", "tel:+1234567890123456"),
        ("a letter", "tel:+44770090012a"),
        ("a hexadecimal digit", "tel:+44770090012f"),
        ("a NUL at its end", "tel:+447700900123\0"),
        ("a NUL within", "tel:+4477009\x00123"),
        ("a line feed at its end", "tel:+447700900123\n"),
        ("digits that are not ASCII", "tel:+44770090012\u{663}"),
        ("no scheme", "+447700900123"),
        ("another scheme", "sip:+447700900123"),
        ("a space in front", " tel:+447700900123"),
        ("empty", ""),
    ] {
        let comment = format!("URI: {what}");
        let flags = &["TelUri"];
        tests.invalid(&comment, flags, ("tel-uri", control), inputs(wrong, 2011, 2));
    }
    for (year, month) in [(2011, 0), (2011, 13), (2011, 255), (2011, 22)] {
        let comment = format!("month {month}");
        let flags = &["TelUri", "Range"];
        tests.invalid(&comment, flags, ("month-range", control), inputs(uri, year, month));
    }
    let refused = inputs(uri, 10000, 2);
    tests.invalid("year of five digits", &["TelUri", "Range"], ("year-range", control), refused);
}
