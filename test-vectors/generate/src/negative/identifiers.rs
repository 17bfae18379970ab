//! UIDs that differ from TS 33.180 F.2.1. Messages are signed by them, or encapsulated to them.

use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};

use super::message::{Outline, UidInput, Users, joined, shortest};
use crate::file::Tests;

/// A PCK-ID.
pub const PCK: u32 = 0x1234_5678;

fn two_octets(length: usize) -> Vec<u8> {
    (length as u16).to_be_bytes().to_vec()
}

fn hashed(string: &[u8]) -> Vec<u8> {
    Sha256::digest(string).to_vec()
}

/// The identifier with one parameter replaced.
fn with(input: &UidInput<'_>, index: usize, parameter: &[u8]) -> Vec<u8> {
    let mut parameters = input.parameters();
    parameters[index] = parameter.to_vec();
    hashed(&joined(&[0], &parameters, two_octets))
}

/// The identifier with its parameters in another order.
fn in_order(input: &UidInput<'_>, order: [usize; 6]) -> Vec<u8> {
    let parameters = input.parameters();
    let parameters: Vec<_> = order.iter().map(|index| parameters[*index].clone()).collect();
    hashed(&joined(&[0], &parameters, two_octets))
}

/// The mistake, its flag, and the identifier that results.
type Variant = (&'static str, &'static str, fn(&UidInput<'_>) -> Vec<u8>);

const NUMBERS: &[Variant] = &[
    ("the period on 3 octets", "NumberOctets", |i| with(i, 3, &i.period.to_be_bytes()[5..])),
    ("the period on 4 octets", "NumberOctets", |i| with(i, 3, &i.period.to_be_bytes()[4..])),
    ("the period on 8 octets", "NumberOctets", |i| with(i, 3, &i.period.to_be_bytes())),
    ("the offset on 4 octets", "NumberOctets", |i| with(i, 4, &i.offset.to_be_bytes()[4..])),
    ("the number on 2 octets", "NumberOctets", |i| with(i, 5, &i.number.to_be_bytes()[6..])),
    ("the number on 4 octets", "NumberOctets", |i| with(i, 5, &i.number.to_be_bytes()[4..])),
    ("the number on 8 octets", "NumberOctets", |i| with(i, 5, &i.number.to_be_bytes())),
    ("the number in decimal", "NumberOctets", |i| with(i, 5, i.number.to_string().as_bytes())),
    ("the period in decimal", "NumberOctets", |i| with(i, 3, i.period.to_string().as_bytes())),
    ("the number little-endian", "NumberOctets", |i| with(i, 5, &i.number.to_le_bytes()[..3])),
    ("the next number, that of T without the offset", "KeyPeriod", |i| {
        with(i, 5, &shortest(i.number + 1))
    }),
    ("the number before", "KeyPeriod", |i| with(i, 5, &shortest(i.number - 1))),
    ("the number of seconds since 1970", "KeyPeriod", |i| {
        with(i, 5, &shortest(i.number - 2_208_988_800 / i.period))
    }),
    ("an offset of 0", "KeyPeriod", |i| with(i, 4, &[0])),
    ("an offset of no octets", "NumberOctets", |i| with(i, 4, &[])),
];

const STRINGS: &[Variant] = &[
    ("the KMS URI with a NUL", "TrailingNul", |i| with(i, 2, &[i.kms_uri, b"\0"].concat())),
    ("the URI with a NUL", "TrailingNul", |i| with(i, 1, &[i.identifier, b"\0"].concat())),
    ("the URI without its scheme", "UriForm", |i| with(i, 1, &i.identifier[4..])),
    ("the URI in capitals", "UriForm", |i| with(i, 1, &i.identifier.to_ascii_uppercase())),
    ("the KMS URI in capitals", "UriForm", |i| with(i, 2, &i.kms_uri.to_ascii_uppercase())),
    ("the KMS URI with a dot", "UriForm", |i| with(i, 2, &[i.kms_uri, b"."].concat())),
    ("the KMS URI with a scheme", "UriForm", |i| with(i, 2, &[b"https://", i.kms_uri].concat())),
    ("no KMS URI", "UriForm", |i| with(i, 2, &[])),
    ("no P0", "UidString", |i| hashed(&joined(&[0], &i.parameters()[1..], two_octets))),
    ("P0 with a NUL", "UidString", |i| with(i, 0, b"MIKEY-SAKKE-UID\0")),
    ("P0 in small letters", "UidString", |i| with(i, 0, b"mikey-sakke-uid")),
    ("no FC", "UidString", |i| hashed(&i.string()[1..])),
    ("an FC of 01", "UidString", |i| hashed(&joined(&[1], &i.parameters(), two_octets))),
    ("URI and KMS URI exchanged", "UidString", |i| in_order(i, [0, 2, 1, 3, 4, 5])),
    ("period and offset exchanged", "UidString", |i| in_order(i, [0, 1, 2, 4, 3, 5])),
    ("the number before the period", "UidString", |i| in_order(i, [0, 1, 2, 5, 3, 4])),
    ("no number", "UidString", |i| hashed(&joined(&[0], &i.parameters()[..5], two_octets))),
    ("lengths in front", "UidString", |i| {
        let parts = i.parameters().into_iter();
        let parts = parts.map(|part| [two_octets(part.len()), part].concat());
        hashed(&[vec![0], parts.collect::<Vec<_>>().concat()].concat())
    }),
    ("no lengths", "UidString", |i| hashed(&joined(&[0], &i.parameters(), |_| vec![]))),
    ("lengths on one octet", "UidString", |i| {
        hashed(&joined(&[0], &i.parameters(), |length| vec![length as u8]))
    }),
    ("lengths little-endian", "UidString", |i| {
        hashed(&joined(&[0], &i.parameters(), |length| (length as u16).to_le_bytes().to_vec()))
    }),
    ("lengths in bits", "UidString", |i| {
        hashed(&joined(&[0], &i.parameters(), |length| two_octets(8 * length)))
    }),
    ("the string not hashed", "UidString", |i| i.string()),
    ("hashed twice", "UidString", |i| hashed(&i.uid())),
    ("hashed with SHA-512, cut", "UidString", |i| Sha512::digest(i.string())[..32].to_vec()),
    ("the UID cut to 16 octets", "UidString", |i| i.uid()[..16].to_vec()),
    ("the UID in hexadecimal", "HexUid", |i| hex::encode(i.uid()).into()),
    ("the UID in capital hexadecimal", "HexUid", |i| hex::encode_upper(i.uid()).into()),
    ("the UID with an octet 00 in front", "UidString", |i| [&[0], &i.uid()[..]].concat()),
    ("the UID in reverse order", "UidString", |i| i.uid().into_iter().rev().collect()),
    ("the URI itself", "UidString", |i| i.identifier.to_vec()),
];

/// Only a length of more than 255 octets shows whether its high octet is ignored.
const LONG: &[Variant] = &[
    ("the high octet of lengths 0", "LengthOctets", |i| {
        hashed(&joined(&[0], &i.parameters(), |length| vec![0, length as u8]))
    }),
    ("the URI cut to 255 octets", "LengthOctets", |i| with(i, 1, &i.identifier[..255])),
    ("lengths of 255 at most", "LengthOctets", |i| {
        hashed(&joined(&[0], &i.parameters(), |length| vec![0, length.min(255) as u8]))
    }),
];

/// Users with URIs of 300 octets.
fn long_users() -> Users {
    let long = |name: &str| format!("sip:{name}@{}.example.org", "a".repeat(283 - name.len()));
    let users = Users::new();
    Users { initiator: long("alice"), responder: long("bob"), ..users }
}

/// Users of a KMS whose periods have no offset.
fn users_without_offset() -> Users {
    Users { offset: 0, ..Users::new() }
}

/// Adds a control for each of the users, and a test for each variant.
fn each(
    tests: &mut Tests<'_>,
    refused: fn(&Users, &Variant) -> Option<(String, Value)>,
    reason: &str,
) {
    let users = [(Users::new(), [NUMBERS, STRINGS].concat()), (long_users(), LONG.to_vec())];
    let without = NUMBERS.iter().filter(|(what, ..)| what.ends_with("no octets"));
    let users = users.into_iter().chain([(users_without_offset(), without.copied().collect())]);
    for (users, variants) in users {
        let uid = users.uid(&users.responder);
        let outline = Outline::new(&users, PCK, &users.encapsulated(&uid).expect("sealed"));
        let octets = outline.encode();
        let signed = Users::signed(&users.uid(&users.initiator), &octets, &octets);
        let comment = format!(
            "control: period {}, offset {}, URIs of {} and {} octets",
            users.period,
            users.offset,
            users.initiator.len(),
            users.responder.len(),
        );
        let control = tests.valid(&comment, &["Control"], users.answer(&outline, &signed));
        for variant in variants {
            if let Some((comment, attributes)) = refused(&users, &variant) {
                tests.invalid(&comment, &[variant.1], (reason, control), attributes);
            }
        }
    }
}

/// The UID of the signer is wrong.
pub fn signed(tests: &mut Tests<'_>) {
    each(
        tests,
        |users, (what, _, make)| {
            let uid = users.uid(&users.responder);
            let octets = Outline::new(users, PCK, &users.encapsulated(&uid)?).encode();
            let wrong = make(&users.uid_input(&users.initiator));
            assert_ne!(wrong, users.uid(&users.initiator), "{what}");
            let comment = format!("signed under a UID of {what}");
            Some((comment, users.inputs(&Users::signed(&wrong, &octets, &octets))))
        },
        "signature",
    );
}

/// The UID of the receiver is wrong.
pub fn encapsulated(tests: &mut Tests<'_>) {
    each(
        tests,
        |users, (what, _, make)| {
            let wrong = make(&users.uid_input(&users.responder));
            assert_ne!(wrong, users.uid(&users.responder), "{what}");
            let octets = Outline::new(users, PCK, &users.encapsulated(&wrong)?).encode();
            let comment = format!("encapsulated to a UID of {what}");
            let signed = Users::signed(&users.uid(&users.initiator), &octets, &octets);
            Some((comment, users.inputs(&signed)))
        },
        "decapsulation",
    );
}
