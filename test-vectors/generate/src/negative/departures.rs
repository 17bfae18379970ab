//! Messages of initiators that differ from the standards. They are refused, except by a receiver that accepts the
//! departure.

use serde_json::{Value, json};
use sha2::Digest;

use super::message::{Outline, SP, Signed, Users, long};
use super::sealed::{EXT, content, sealed};
use crate::file::Tests;

/// The number of CERT.
const CERT: u8 = 7;

const PCK: u32 = 0x1234_5678;

/// The test without the inputs from which the message could be made again, so that the message is only received.
fn received(mut test: Value) -> Value {
    let attributes = test.as_object_mut().expect("an object");
    for name in ["SSK", "PVT", "j"] {
        attributes.remove(name);
    }
    test
}

/// A test of one departure: the message, and what its receiver must get.
struct Case<'a> {
    what: &'a str,
    departure: &'a str,
    reason: &'a str,
    users: &'a Users,
    outline: Outline,
    parameters: Option<Vec<u8>>,
    /// The group that is expected, if any.
    group: Option<&'a str>,
}

impl Case<'_> {
    fn signed(&self) -> Signed {
        let octets = self.outline.encode();
        let covered = match self.departure {
            "SignHeaderUnsigned" => &octets[..octets.len() - 2],
            _ => &octets,
        };
        Users::signed(&self.users.uid(&self.users.initiator), &octets, covered)
    }

    /// Adds the test with the departure accepted, and the test without.
    fn both(&self, tests: &mut Tests<'_>) {
        let signed = self.signed();
        let mut taken = received(self.users.answer(&self.outline, &signed));
        taken["departures"] = json!([self.departure]);
        if let Some(parameters) = &self.parameters {
            taken["key_parameters"] = hex::encode(parameters).into();
        }
        let mut refused = received(self.users.inputs(&signed));
        if let Some(group) = self.group {
            taken["group"] = group.into();
            refused["group"] = group.into();
        }
        let comment = format!("{}: accepted of this initiator", self.what);
        let control = tests.valid(&comment, &["Departure"], taken);
        tests.invalid(self.what, &["Departure"], (self.reason, control), refused);
    }
}

/// A map of one session that names policy 0.
const SESSION: &[u8] = &[1, 2, 0, 0, 1, 0, 0, 0, 0];
/// A map of one stream under policy 0, with its SSRC and roll-over counter.
const STREAM: &[u8] = &[1, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0];

fn outline(users: &Users, csb_id: u32) -> Outline {
    let uid = users.uid(&users.responder);
    Outline::new(users, csb_id, &users.encapsulated(&uid).expect("sealed"))
}

pub fn departures(tests: &mut Tests<'_>) {
    let users = &Users::new();
    let gmk = 0x0234_5678 ^ users.user_salt();
    let of = |csb_id, map: &[u8], policy: &[u8]| {
        let mut outline = outline(users, csb_id);
        outline.map = map.to_vec();
        if !policy.is_empty() {
            outline.payloads.insert(6, (SP, [&[0, 0], &long(policy)[..]].concat()));
        }
        outline
    };
    let with_extension = |csb_id, data: &[u8]| {
        let mut outline = outline(users, csb_id);
        outline.payloads.push((EXT, [&[7], &long(data)[..]].concat()));
        outline
    };
    let aes_gcm = &[0, 1, 6, 1, 1, 16, 4, 1, 12];
    let status_0 = |key_type| {
        let mut plain = content(key_type);
        plain[1..5].fill(0);
        plain
    };
    for (what, departure, reason, outline, parameters) in [
        (
            "signed without type and length of SIGN",
            "SignHeaderUnsigned",
            "signature",
            of(PCK, &[0, 1], &[]),
            None,
        ),
        (
            "a session whose policy isn't there",
            "MissingPolicy",
            "profile",
            of(PCK, SESSION, &[]),
            None,
        ),
        ("an SRTP-ID map", "SrtpIdMap", "profile", of(PCK, STREAM, aes_gcm), None),
        ("an SRTP-ID map for a GMK", "SrtpIdMapOfGmk", "profile", of(gmk, STREAM, aes_gcm), None),
        (
            "parameters in clear",
            "ParametersInClear",
            "key-params-header",
            with_extension(PCK, &content(1)),
            Some(content(1)),
        ),
        (
            "parameters of a GMK in clear",
            "GmkParametersInClear",
            "key-params-header",
            with_extension(gmk, &content(0)),
            Some(content(0)),
        ),
        (
            "a PCK of status 0",
            "NoRevocation",
            "revoked",
            with_extension(PCK, &sealed(status_0(1), PCK)),
            Some(status_0(1)),
        ),
        (
            "a GMK of status 0",
            "NoRevocation",
            "revoked",
            with_extension(gmk, &sealed(status_0(0), gmk)),
            Some(status_0(0)),
        ),
    ] {
        Case { what, departure, reason, users, outline, parameters, group: None }.both(tests);
    }
    let mut of_none = content(0);
    let start = of_none.len() - long(b"sip:group@example.org").len() - 2;
    of_none.truncate(start - 2);
    of_none.extend_from_slice(&[0, 1, 0]);
    for (what, departure, reason, outline, parameters) in [
        (
            "a GMK that names no group",
            "NoGroupNamed",
            "group",
            with_extension(gmk, &sealed(of_none.clone(), gmk)),
            Some(of_none),
        ),
        (
            "a GMK without parameters",
            "GmkWithoutParameters",
            "key-params",
            of(gmk, &[0, 1], &[]),
            None,
        ),
    ] {
        let group = Some("sip:group@example.org");
        Case { what, departure, reason, users, outline, parameters, group }.both(tests);
    }
    zeros(tests);
    hex_uids(tests, users);
    certificates(tests, users);
}

/// An H and a w that begin with 00, for users who were found by search.
fn zeros(tests: &mut Tests<'_>) {
    let responder =
        |number: u32| Users { responder: format!("sip:bob-{number}@example.org"), ..Users::new() };
    let encapsulated = |users: &Users| users.encapsulated(&users.uid(&users.responder));
    let found = (0..).map(responder).find(|users| encapsulated(users).expect("sealed")[257] == 0);
    let users = &found.expect("one of 256");
    let octets = encapsulated(users).expect("sealed");
    let short = [&octets[..257], &octets[258..]].concat();
    let with_data = |users: &Users, data: &[u8]| {
        let mut outline = outline(users, PCK);
        outline.payloads[6].1 = [&[1, 2], &long(data)[..]].concat();
        outline
    };
    Case {
        what: "H without its leading zero octet",
        departure: "ShortH",
        reason: "enc-length",
        users,
        outline: with_data(users, &short),
        parameters: None,
        group: None,
    }
    .both(tests);

    let w = |users: &Users| users.g_r(&users.uid(&users.responder));
    let found = (0..).map(responder).find(|users| w(users)[0] == 0);
    let users = &found.expect("one of 256");
    let zeros = w(users).iter().take_while(|octet| **octet == 0).count();
    // HashToIntegerRange(w, 2^128) of RFC 6508 section 5.1.
    let a = sha2::Sha256::digest(&w(users)[zeros..]);
    let h_1 = sha2::Sha256::digest([0; 32]);
    let v = sha2::Sha256::digest([h_1, a].concat());
    let h: Vec<u8> = Users::ssv().iter().zip(&v[16..]).map(|(ssv, mask)| ssv ^ mask).collect();
    let stripped = [&encapsulated(users).expect("sealed")[..257], &h].concat();
    Case {
        what: "w hashed without its leading zero octet",
        departure: "StrippedW",
        reason: "decapsulation",
        users,
        outline: with_data(users, &stripped),
        parameters: None,
        group: None,
    }
    .both(tests);
}

/// The identifiers are the hexadecimal digits of the UIDs.
fn hex_uids(tests: &mut Tests<'_>, users: &Users) {
    let [from, to] = [&users.initiator, &users.responder].map(|uri| hex::encode(users.uid(uri)));
    let encapsulated = users.encapsulated(to.as_bytes()).expect("sealed");
    let outline = Outline::new(users, PCK, &encapsulated);
    let octets = outline.encode();
    let signed = Users::signed(from.as_bytes(), &octets, &octets);
    let mut taken = received(users.answer(&outline, &signed));
    taken["RSK"] = hex::encode(&Users::rsk(to.as_bytes())[..]).into();
    taken["hex_uids"] = true.into();
    let comment = "identifiers that are the digits of UIDs, of a KMS that has them";
    let control = tests.valid(comment, &["HexUid"], taken);
    let refused = received(users.inputs(&signed));
    let comment = "identifiers that are the digits of UIDs";
    tests.invalid(comment, &["HexUid"], ("signature", control), refused);
}

/// The signature covers CERT, which has no other effect.
fn certificates(tests: &mut Tests<'_>, users: &Users) {
    let mut outline = outline(users, PCK);
    outline.payloads.insert(6, (CERT, [&[0], &long(b"a certificate")[..]].concat()));
    let octets = outline.encode();
    let signed = Users::signed(&users.uid(&users.initiator), &octets, &octets);
    let answer = received(users.answer(&outline, &signed));
    let control = tests.valid("a CERT payload", &["Departure"], answer);
    let mut altered = signed.clone();
    let place = octets.windows(13).position(|octets| octets == b"a certificate");
    altered.message[place.expect("it is there")] ^= 1;
    let refused = received(users.inputs(&altered));
    let comment = "a CERT payload changed after signing";
    tests.invalid(comment, &["Tampered"], ("signature", control), refused);
}
