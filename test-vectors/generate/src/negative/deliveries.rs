//! Messages that carry a key: the coverage of the signature, the crypto sessions, freshness, and replay.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::identifiers::PCK;
use super::message::{Outline, SP, Signed, Users, kdf, long};
use crate::file::Tests;

/// A GMK-ID.
const GMK: u32 = 0x0234_5678;

/// A correct message for `users`.
fn outline(users: &Users, csb_id: u32) -> Outline {
    let uid = users.uid(&users.responder);
    Outline::new(users, csb_id, &users.encapsulated(&uid).expect("sealed"))
}

/// The message with a correct signature.
fn signed(users: &Users, outline: &Outline) -> Signed {
    let octets = outline.encode();
    Users::signed(&users.uid(&users.initiator), &octets, &octets)
}

/// Signatures that cover something other than everything before the signature.
pub fn coverage(tests: &mut Tests<'_>) {
    let users = Users::new();
    let right = outline(&users, PCK);
    let octets = right.encode();
    let uid = users.uid(&users.initiator);
    let comment = "control: signed is all before the signature";
    let control = tests.valid(comment, &["Control"], users.answer(&right, &signed(&users, &right)));
    let with_v = Outline { v: true, ..right.clone() };
    let comment = "V set and signed so: it means nothing in an I_MESSAGE";
    let of_v = users.answer(&with_v, &signed(&users, &with_v));
    tests.valid(comment, &["Control", "BitOfV"], of_v);

    // Before SIGN is appended, the last payload states that no payload follows it. SIGN has the number 4.
    let sakke = octets.len() - 2 - 2 - 2 - 273 - 1;
    let unannounced = |covered: &[u8]| {
        let mut covered = covered.to_vec();
        assert_eq!(covered[sakke], 4);
        covered[sakke] = 0;
        covered
    };
    let without_header = &octets[..octets.len() - 2];
    let mut with_v = octets.clone();
    with_v[3] |= 0x80;
    let mut of_type_0 = octets.clone();
    of_type_0[octets.len() - 2] = 0;
    for (what, covered) in [
        ("without type and length of SIGN", without_header.to_vec()),
        ("before SIGN was announced or appended", unannounced(without_header)),
        ("before SIGN was announced", unannounced(&octets)),
        ("with 129 zero octets for the signature", [&octets[..], &[0; 129]].concat()),
        ("with a length of 32 in SIGN", [without_header, &[0x20, 32]].concat()),
        ("with a length of 0 in SIGN", [without_header, &[0x20, 0]].concat()),
        ("with a signature type of 0", of_type_0),
        ("with V set", with_v),
        ("without the header", octets[10..].to_vec()),
        ("the header alone", octets[..10].to_vec()),
        ("SHA-256 of it", Sha256::digest(&octets).to_vec()),
        ("it in hexadecimal", hex::encode(&octets).into()),
        ("nothing", vec![]),
    ] {
        let comment = format!("signed: {what}");
        let refused = users.inputs(&Users::signed(&uid, &octets, &covered));
        tests.invalid(&comment, &["LegacyCoverage"], ("signature", control), refused);
    }
    let uid_r = users.uid(&users.responder);
    for (what, id) in [
        ("the responder", &uid_r[..]),
        ("the KMS URI", users.kms_uri.as_bytes()),
        ("both UIDs", &[uid, uid_r].concat()),
        ("no identifier", &[]),
    ] {
        let comment = format!("signed with the key of {what}");
        let refused = users.inputs(&Users::signed(id, &octets, &octets));
        tests.invalid(&comment, &["Signature", "WrongKey"], ("signature", control), refused);
    }
    let whole = signed(&users, &right);
    let h = octets.len() - 2 - 16;
    for (what, at) in [("H", h), ("the CSB ID", 7), ("T", 15), ("RAND", 24)] {
        let mut altered = whole.clone();
        altered.message[at] ^= 1;
        let comment =
            format!("{what} changed after signing: nothing is opened before it is verified");
        let flags = &["Tampered", "OrderOfChecks"];
        tests.invalid(&comment, flags, ("signature", control), users.inputs(&altered));
    }
}

/// Maps that list no session, and policies with such a map.
pub fn sessions(tests: &mut Tests<'_>) {
    let users = Users::new();
    let of = |map: &[u8], policies: &[(u8, &[u8])]| {
        let mut outline = outline(&users, PCK);
        outline.map = map.to_vec();
        let policies = policies
            .iter()
            .map(|(number, parameters)| (SP, [&[*number, 0], &long(parameters)[..]].concat()));
        outline.payloads.splice(6..6, policies);
        outline
    };
    let answer = |outline: Outline| users.answer(&outline, &signed(&users, &outline));
    // AES-GCM with keys of 16 octets; AES-CM with keys of 32.
    let (default, other) = (&[0, 1, 6, 1, 1, 16][..], &[0, 1, 1, 1, 1, 32][..]);
    let (empty, of_none) = (&[0, 1][..], &[0, 2][..]);
    let control =
        tests.valid("control: no session, no policy", &["Control"], answer(of(empty, &[])));
    for (what, map, policies) in [
        ("a policy beside the empty map", empty, &[(0, default)][..]),
        ("two policies beside it", empty, &[(0, default), (1, default)]),
        ("a GENERIC-ID map of none", of_none, &[]),
        ("a policy beside a GENERIC-ID map of none", of_none, &[(0, default)]),
    ] {
        tests.valid(what, &["Sessions"], answer(of(map, policies)));
    }
    // The receiver derives the keys that the standard defines, or none, because the policy asks for others.
    let comment = "another policy beside it";
    let policy = ("policy", control);
    tests.acceptable(comment, &["Sessions"], policy, answer(of(empty, &[(0, other)])));
    let inputs = |outline: Outline| users.inputs(&signed(&users, &outline));
    let twice = inputs(of(empty, &[(0, default), (0, default)]));
    tests.invalid("one policy twice", &["Repeated"], ("repeated", control), twice);
    for (what, policies) in [
        ("an SRTP-ID map of none", &[][..]),
        ("a policy beside an SRTP-ID map of none", &[(0, default)]),
    ] {
        let refused = inputs(of(&[0, 0], policies));
        tests.invalid(what, &["Profile"], ("profile", control), refused);
    }
}

/// A GENERIC-ID map with one crypto session of this SPI, and the policy that the session names.
fn with_spi(mut outline: Outline, spi: &[u8]) -> Outline {
    let length = u8::try_from(spi.len()).expect("an octet");
    outline.map = [&[1, 2, 0, 0, 1, 0, 0, 0, length], spi].concat();
    outline.payloads.insert(6, (SP, [&[0, 0], &long(&[0, 1, 6])[..]].concat()));
    outline
}

pub fn mki(tests: &mut Tests<'_>) {
    let users = Users::new();
    let salt = users.user_salt();
    let salt_of = |uri: &str| {
        let whole = kdf(&Users::ssv(), 0x50, &[uri.as_bytes()]);
        u32::from_be_bytes(whole[28..].try_into().expect("4 octets")) & 0x0fff_ffff
    };
    let (gmk, guk) = (GMK.to_be_bytes(), (GMK ^ salt).to_be_bytes());
    let both = [gmk, guk].concat();
    let answer = |csb_id, spi: &[u8]| {
        let outline = with_spi(outline(&users, csb_id), spi);
        users.answer(&outline, &signed(&users, &outline))
    };
    let comment = "control: GMK, the SPI is GMK-ID and GUK-ID";
    let control = tests.valid(comment, &["Control", "Mki"], answer(GMK ^ salt, &both));
    tests.valid("GMK, no SPI", &["Mki"], answer(GMK ^ salt, &[]));

    let inputs =
        |csb_id, spi: &[u8]| users.inputs(&signed(&users, &with_spi(outline(&users, csb_id), spi)));
    let other = (GMK ^ salt_of(&users.initiator)).to_be_bytes();
    let reversed: Vec<u8> = both.iter().rev().copied().collect();
    for (what, spi) in [
        ("GUK-ID and GMK-ID", &[guk, gmk].concat()[..]),
        ("the GMK-ID alone", &gmk),
        ("the GUK-ID alone", &guk),
        ("the GMK-ID twice", &[gmk, gmk].concat()),
        ("the GUK-ID twice", &[guk, guk].concat()),
        ("GMK-ID and the salt", &[gmk, salt.to_be_bytes()].concat()),
        ("the exclusive or of both", &salt.to_be_bytes()),
        ("GMK-ID and the GUK-ID of the initiator", &[gmk, other].concat()),
        ("GMK-ID and GUK-ID in reverse order", &reversed),
        ("GMK-ID and GUK-ID less an octet", &both[..7]),
        ("GMK-ID and GUK-ID and an octet", &[&both[..], &[0]].concat()),
        ("8 zero octets", &[0; 8]),
        ("one octet", &[2]),
        ("255 octets", &[2; 255]),
        ("in hexadecimal", hex::encode(&both).as_bytes()),
    ] {
        let comment = format!("GMK, the SPI is {what}");
        tests.invalid(&comment, &["Mki"], ("spi", control), inputs(GMK ^ salt, spi));
    }

    // The receiver computes the identifier of the key from the CSB ID.
    let flags = &["Mki", "Diversification"];
    let high = kdf(&Users::ssv(), 0x50, &[users.responder.as_bytes()]);
    let high = u32::from_be_bytes(high[..4].try_into().expect("4 octets")) >> 4;
    for (what, salt) in [
        ("none", 0),
        ("that of the initiator's URI", salt_of(&users.initiator)),
        ("that of the KMS URI", salt_of(&users.kms_uri)),
        ("that of the responder's URI with a NUL", salt_of(&format!("{}\0", users.responder))),
        ("the high bits of the hash", high),
    ] {
        let csb_id = GMK ^ salt;
        let spi = [gmk, csb_id.to_be_bytes()].concat();
        let comment = format!("GMK, its identifier diversified with another salt: {what}");
        tests.invalid(&comment, flags, ("spi", control), inputs(csb_id, &spi));
    }
    for (name, id) in
        [("PCK", PCK), ("CSK", 0x2234_5678), ("MSCCK", 0x5234_5678), ("MuSiK", 0x6234_5678)]
    {
        let own = id.to_be_bytes();
        let comment = format!("control: {name}, the SPI is its identifier");
        let control = tests.valid(&comment, &["Control", "Mki"], answer(id, &own));
        for (what, spi) in [
            ("its identifier twice", &[own, own].concat()[..]),
            ("less an octet", &own[..3]),
            ("with an octet more", &[&own[..], &[0]].concat()),
            ("the identifier with the salt", &(id ^ salt).to_be_bytes()),
            ("with another purpose tag", &(id ^ 1 << 28).to_be_bytes()),
            ("4 zero octets", &[0; 4]),
        ] {
            let comment = format!("{name}, the SPI is {what}");
            tests.invalid(&comment, &["Mki"], ("spi", control), inputs(id, spi));
        }
        let comment = format!("{name}, diversified as a GMK is");
        tests.invalid(&comment, flags, ("spi", control), inputs(id ^ salt, &own));
    }
}

/// The inputs of a test, with the receiver's clock.
fn at(mut test: Value, now: u64, skew: u32) -> Value {
    test["now"] = now.into();
    test["skew"] = skew.into();
    test
}

pub fn freshness(tests: &mut Tests<'_>) {
    let era = 1 << 32;
    let mut control = 0;
    for (what, seconds, now, skew, is_fresh) in [
        ("T is now", 3_999_999_999, 3_999_999_999, 0, true),
        ("T is a second ago", 3_999_999_999, 4_000_000_000, 0, false),
        ("T is in a second", 3_999_999_999, 3_999_999_998, 0, false),
        ("T is as old as it may be", 3_999_999_999, 4_000_000_299, 300, true),
        ("T is a second older than it may be", 3_999_999_999, 4_000_000_300, 300, false),
        ("T is as far ahead as it may be", 3_999_999_999, 3_999_999_699, 300, true),
        ("T is a second further ahead than it may be", 3_999_999_999, 3_999_999_698, 300, false),
        ("T is a day old", 3_999_999_999, 4_000_086_399, 3600, false),
        ("T is a day ahead", 3_999_999_999, 3_999_913_599, 3600, false),
        ("T is of 2009, the clock of 2026", 3_463_000_000, 3_999_999_999, 3600, false),
        ("T before the seconds wrap in 2036, the clock after", era - 10, era + 5, 300, true),
        ("T after the seconds wrap, the clock before", era + 5, era - 10, 300, true),
        ("T and clock after the wrap", era + 1000, era + 1100, 300, true),
        ("T too old over the wrap", era - 10, era + 291, 300, false),
        ("T too far ahead over the wrap", era + 291, era - 10, 300, false),
        ("T of the first second after the wrap, the clock late", era, era + 301, 300, false),
    ] {
        let users = Users { seconds, ..Users::new() };
        let outline = outline(&users, PCK);
        let message = signed(&users, &outline);
        let flags =
            if seconds < era && now < era { &["Freshness"][..] } else { &["Freshness", "Era"] };
        if is_fresh {
            let comment = format!("control: {what}");
            let flags = [&["Control"], flags].concat();
            let answer = at(users.answer(&outline, &message), now, skew);
            control = tests.valid(&comment, &flags, answer);
        } else {
            let refused = at(users.inputs(&message), now, skew);
            tests.invalid(what, flags, ("stale", control), refused);
        }
    }
    periods(tests);
}

/// T selects the key period. The receiver's clock doesn't.
fn periods(tests: &mut Tests<'_>) {
    let last = Users { seconds: 1800 + 3600 * 1_111_111 - 1, ..Users::new() };
    let next = Users { seconds: last.seconds + 1, ..last.clone() };
    let now = next.seconds + 60;
    let right = outline(&last, PCK);
    let comment = "control: T in the last second of a period, the clock in the next one";
    let answer = at(last.answer(&right, &signed(&last, &right)), now, 300);
    let control = tests.valid(comment, &["Control", "KeyPeriod"], answer);
    let octets = right.encode();
    let of_next = Users::signed(&next.uid(&next.initiator), &octets, &octets);
    let comment = "signed with the key of the clock's period, not of T's";
    let refused = at(last.inputs(&of_next), now, 300);
    tests.invalid(comment, &["KeyPeriod"], ("signature", control), refused);
    let wrong =
        Outline::new(&last, PCK, &last.encapsulated(&next.uid(&next.responder)).expect("sealed"));
    let comment = "encapsulated to the identifier of the clock's period, not of T's";
    let refused = at(last.inputs(&signed(&last, &wrong)), now, 300);
    tests.invalid(comment, &["KeyPeriod"], ("decapsulation", control), refused);
    let mut refused = at(last.inputs(&signed(&last, &right)), now, 300);
    refused["RSK"] = next.inputs(&signed(&last, &right))["RSK"].clone();
    let comment = "received with the RSK of the clock's period, not of T's";
    tests.invalid(comment, &["KeyPeriod"], ("rsk-mismatch", control), refused);
}

/// The inputs of a test, with messages that were received before.
fn after(mut test: Value, before: &[&Signed]) -> Value {
    let before: Vec<String> = before.iter().map(|signed| hex::encode(&signed.message)).collect();
    test["before"] = json!(before);
    test
}

pub fn replay(tests: &mut Tests<'_>) {
    let users = Users::new();
    let right = outline(&users, PCK);
    let message = signed(&users, &right);
    let mut other = right.clone();
    other.payloads[1].1[1] ^= 1;
    let of_other_rand = signed(&users, &other);
    let of_other_id = signed(&users, &outline(&users, PCK ^ 1));
    let answer = |before: &[&Signed]| after(users.answer(&right, &message), before);
    let comment = "control: others came before, of another RAND and of another CSB ID";
    let flags = &["Control", "Replay"];
    let control = tests.valid(comment, flags, answer(&[&of_other_rand, &of_other_id]));
    tests.valid("control: none came before", flags, answer(&[]));
    let refused = |signed: &Signed, before: &[&Signed]| after(users.inputs(signed), before);
    let comment = "it came before";
    tests.invalid(comment, &["Replay"], ("replayed", control), refused(&message, &[&message]));
    let comment = "it came before, and another since";
    let before = [&message, &of_other_rand];
    tests.invalid(comment, &["Replay"], ("replayed", control), refused(&message, &before));

    // Anybody can turn (r, s) into (r, q − s).
    let mut malleated = message.clone();
    let s = malleated.message.len() - 129 + 32;
    let negative = super::hashes::negative(&malleated.message[s..s + 32]);
    malleated.message[s..s + 32].copy_from_slice(&negative);
    let mut alone = after(users.answer(&right, &malleated), &[]);
    alone.as_object_mut().expect("an object").remove("j");
    tests.valid("control: q - s for s, first received so", &["Control", "Malleability"], alone);
    let comment = "it came before with s, and has q - s: its signature doesn't make it another";
    let flags = &["Replay", "Malleability"];
    tests.invalid(comment, flags, ("replayed", control), refused(&malleated, &[&message]));
    let comment = "it came before with q - s, and has s";
    tests.invalid(comment, flags, ("replayed", control), refused(&message, &[&malleated]));
    let octets = right.encode();
    let again = Users::signed_again(&users.uid(&users.initiator), &octets);
    let comment = "it came before, and is signed once more";
    tests.invalid(comment, &["Replay"], ("replayed", control), refused(&again, &[&message]));
}
