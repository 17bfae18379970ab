//! Signed messages under a pre-shared key, which carry a GSK of ProSe. The signature is by another user or over other
//! octets, or the MAC belongs to another message.

use serde_json::{Value, json};

use super::message::{SIGN, Signed, UidInput, Users};
use super::psk::{SUITES, Suite, T, key_data, psk};
use crate::file::Tests;

/// The users, at the time of T.
fn users() -> Users {
    Users { seconds: T >> 32, ..Users::new() }
}

/// The header of an ECCSI signature of 129 octets.
const OF_ECCSI: [u8; 2] = [0x20, 129];

/// The length of an ECCSI signature.
const SIGNATURE: usize = 129;

/// The message with type and length of SIGN, and with the signature of `id` over `covered` instead of over the
/// message.
fn message(protected: &[u8], id: &[u8], covered: &[u8]) -> Signed {
    Users::signed(id, &[protected, &OF_ECCSI].concat(), covered)
}

/// The message with the signature of `id` over the octets that it must cover.
fn right(protected: &[u8], id: &[u8]) -> Signed {
    message(protected, id, &[protected, &OF_ECCSI].concat())
}

/// The octets with the suite's MAC over `over`.
fn with_mac(suite: Suite, octets: &[u8], over: &[u8]) -> Vec<u8> {
    [octets, &suite.hmac(&suite.mac_key(), over)].concat()
}

fn inputs(signed: &Signed) -> Value {
    let all = users().inputs(signed);
    let names = ["KPAK", "SSK", "PVT", "j", "initiator", "kms_uri", "period", "offset", "message"];
    let mut inputs = json!({ "psk": hex::encode(psk()) });
    for name in names {
        inputs[name] = all[name].clone();
    }
    inputs
}

fn of_octets(message: Vec<u8>, j: [u8; 32]) -> Value {
    inputs(&Signed { message, j })
}

pub fn signed(tests: &mut Tests<'_>) {
    let users = users();
    let uid = users.uid(&users.initiator);
    for suite in SUITES {
        let name = format!("PRF {}", suite.number);
        let covered = suite.right_before(SIGN);
        let protected = with_mac(suite, &covered, &covered);
        let whole = right(&protected, &uid);
        let mut answer = inputs(&whole);
        answer["period_no"] = users.number().into();
        for (name, value) in [
            ("uid_i", uid.to_vec()),
            ("csb_id", covered[4..8].to_vec()),
            ("rand", covered[22..38].to_vec()),
            ("key_data_subpayload", key_data()),
        ] {
            answer[name] = hex::encode(value).into();
        }
        let comment = format!("control: {name}, one key, signed by the initiator");
        let control = tests.valid(&comment, &["Control", "Suite"], answer);
        signers(tests, &name, control, &protected);
        coverage(tests, &name, control, (&covered, &protected), &uid);
        macs(tests, suite, control, &covered, &uid);
        altered(tests, suite, control, &whole);
        let last = suite.right_before(0);
        let last = with_mac(suite, &last, &last);
        encodings(tests, &name, control, (&last, &protected, &uid), &whole);
    }
}

/// The signer isn't the initiator in the period of T.
fn signers(tests: &mut Tests<'_>, name: &str, control: u32, protected: &[u8]) {
    let users = users();
    let input = users.uid_input(&users.initiator);
    let of_number = |number| UidInput { number, ..users.uid_input(&users.initiator) }.uid();
    let of_kms = UidInput { kms_uri: b"kms.example.net", ..users.uid_input(&users.initiator) };
    for (what, flag, id) in [
        ("another member, in the initiator's name", "WrongInitiator", users.uid(&users.responder)),
        ("the initiator's key of the period before", "KeyPeriod", of_number(input.number - 1)),
        ("the initiator's key of the next period", "KeyPeriod", of_number(input.number + 1)),
        ("the user of that URI of another KMS", "WrongUid", of_kms.uid()),
    ] {
        let comment = format!("{name}, signed by {what}");
        let refused = inputs(&right(protected, &id));
        tests.invalid(&comment, &[flag, "Signature"], ("signature", control), refused);
    }
    for (what, flag, id) in [
        ("the URI for the UID", "UidString", users.initiator.as_bytes()),
        ("the UID in hexadecimal", "HexUid", hex::encode(input.uid()).as_bytes()),
    ] {
        let comment = format!("{name}, signed with {what}");
        let refused = inputs(&right(protected, id));
        tests.invalid(&comment, &[flag, "Signature"], ("signature", control), refused);
    }
}

/// The signature covers other octets than all those before it.
fn coverage(
    tests: &mut Tests<'_>,
    name: &str,
    control: u32,
    (covered, protected): (&[u8], &[u8]),
    uid: &[u8],
) {
    let header = 10;
    let kemac = covered.len() - 1 - key_data().len() - 4;
    let whole = [protected, &OF_ECCSI].concat();
    let mut as_if_last = whole.clone();
    as_if_last[kemac] = 0;
    let mut in_clear = whole.clone();
    in_clear[kemac + 4..][..key_data().len()].copy_from_slice(&key_data());
    for (what, over) in [
        ("the octets without type and length of the signature", protected),
        ("the octets without the MAC", covered),
        ("the octets without KEMAC", &whole[..kemac]),
        ("the octets without the header", &whole[header..]),
        ("the octets with KEMAC as the last payload", &as_if_last),
        ("the octets with the key data in clear", &in_clear),
        (
            "the octets with zeros for the MAC",
            &[covered, &vec![0; protected.len() - covered.len()], &OF_ECCSI].concat(),
        ),
        ("the octets with zeros for the signature", &[&whole[..], &[0; SIGNATURE]].concat()),
        ("no octets", &[]),
    ] {
        let comment = format!("{name}, signed over {what}");
        let refused = inputs(&message(protected, uid, over));
        tests.invalid(&comment, &["Signature"], ("signature", control), refused);
    }
}

/// The signature is correct, but covers a wrong MAC: its signer doesn't have the pre-shared key, or sends another
/// user's message.
fn macs(tests: &mut Tests<'_>, suite: Suite, control: u32, covered: &[u8], uid: &[u8]) {
    let name = format!("PRF {}", suite.number);
    let last = suite.right_before(0);
    for (what, protected) in [
        ("of the message without a signature", with_mac(suite, covered, &last)),
        ("over type and length of the signature too", {
            with_mac(suite, covered, &[covered, &OF_ECCSI].concat())
        }),
        ("made with the pre-shared key", [covered, &suite.hmac(&psk(), covered)].concat()),
        ("of zeros", [covered, &vec![0; suite.mac]].concat()),
    ] {
        let comment = format!("{name}, signed, with a MAC {what}");
        tests.invalid(&comment, &["Mac"], ("mac", control), inputs(&right(&protected, uid)));
    }
}

/// The message was changed after it was signed. Every member can compute a correct MAC for it.
fn altered(tests: &mut Tests<'_>, suite: Suite, control: u32, whole: &Signed) {
    let name = format!("PRF {}", suite.number);
    let signature = whole.message.len() - SIGNATURE;
    let mac = signature - OF_ECCSI.len() - suite.mac;
    for (what, at, bit) in [
        ("V set after it was signed, the MAC being right", 3, 0x80),
        ("a bit of the key changed after it was signed, the MAC being right", mac - 2, 1),
        ("a bit of the MAC changed after it was signed", mac, 1),
        ("a bit of r changed", signature + 31, 1),
        ("a bit of s changed", signature + 63, 1),
    ] {
        let mut octets = whole.message.clone();
        octets[at] ^= bit;
        if at < mac {
            let right = suite.hmac(&suite.mac_key(), &octets[..mac]);
            octets[mac..][..suite.mac].copy_from_slice(&right);
        }
        let comment = format!("{name}, {what}");
        let flags = &["Tampered", "Signature"];
        tests.invalid(&comment, flags, ("signature", control), of_octets(octets, whole.j));
    }
    let mut octets = whole.message.clone();
    *octets.last_mut().expect("octets") ^= 1;
    let comment = format!("{name}, a bit of PVT changed");
    let flags = &["OffCurve", "Tampered"];
    tests.invalid(&comment, flags, ("not-on-curve", control), of_octets(octets, whole.j));
}

/// The signature is missing, or has another form.
fn encodings(
    tests: &mut Tests<'_>,
    name: &str,
    control: u32,
    (last, protected, uid): (&[u8], &[u8], &[u8]),
    whole: &Signed,
) {
    let signature = whole.message.len() - SIGNATURE;
    let with_header = |header: [u8; 2], octets: &[u8]| {
        let signed =
            Users::signed(uid, &[protected, &header].concat(), &[protected, &header].concat());
        [&[protected, &header].concat(), &signed.message[protected.len() + 2..], octets].concat()
    };
    let mut short = with_header([0x20, 128], &[]);
    short.truncate(short.len() - 1);
    let mut only_mac_is_said = whole.message.clone();
    only_mac_is_said[38] = 0;
    for (what, flag, reason, octets) in [
        ("not signed", "MissingPayload", "missing", last.to_vec()),
        (
            "signed, and KEMAC says that nothing follows",
            "TrailingOctets",
            "trailing",
            only_mac_is_said,
        ),
        ("a signature of type 0", "UnknownValue", "value", with_header([0, 129], &[])),
        ("a signature of type 1", "UnknownValue", "value", with_header([0x10, 129], &[])),
        ("a signature of 128 octets", "SignatureLength", "sig-length", short),
        (
            "a signature of 130 octets",
            "SignatureLength",
            "sig-length",
            with_header([0x20, 130], &[0]),
        ),
        ("an octet after the signature", "TrailingOctets", "trailing", with_header(OF_ECCSI, &[0])),
        (
            "cut by an octet",
            "Truncated",
            "truncated",
            whole.message[..whole.message.len() - 1].to_vec(),
        ),
        ("cut before the signature", "Truncated", "truncated", whole.message[..signature].to_vec()),
        ("cut after the MAC", "Truncated", "truncated", protected.to_vec()),
        ("empty", "Truncated", "truncated", vec![]),
    ] {
        let comment = format!("{name}, {what}");
        tests.invalid(&comment, &[flag], (reason, control), of_octets(octets, whole.j));
    }
}
