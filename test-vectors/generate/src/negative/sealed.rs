//! Key parameters that are sealed in another way than in TS 33.180 8.5.4 and E.6.

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::consts::{U12, U16};
use aes_gcm::{AesGcm, Nonce, Tag};
use serde_json::{Value, json};

use super::message::{Outline, Users, kdf, long};
use crate::file::Tests;
use crate::fixed::octets;

/// The number of GENERAL-EXT.
pub const EXT: u8 = 21;

/// Everything that goes into the sealing of parameters.
#[derive(Clone)]
struct Sealing {
    /// The content of the element.
    plain: Vec<u8>,
    /// The first 32 octets.
    header: Vec<u8>,
    key: [u8; 16],
    /// The nonce has 16 octets, or 12 as in most uses of AES-GCM.
    nonce: Vec<u8>,
    authenticated: Vec<u8>,
}

fn id() -> [u8; 4] {
    0x0234_5678_u32.to_be_bytes()
}

/// The low 16 octets of a derived key.
fn low(whole: [u8; 32]) -> [u8; 16] {
    whole[16..].try_into().expect("16 octets")
}

/// The content for a key type: in force from T on, without expiry, and for one group if there is a list of groups.
pub fn content(key_type: u8) -> Vec<u8> {
    let fixed = [&[key_type][..], &[0, 0, 0, 1], &[0; 10], &[0, 0]].concat();
    let list = [&[1, 0x7b][..], &long(b"sip:group@example.org")].concat();
    if matches!(key_type, 0 | 4 | 6) { [fixed, long(&list)].concat() } else { fixed }
}

impl Sealing {
    /// The outputs of a test, with `rest` after the list of groups.
    fn answer(&self, rest: &str) -> Value {
        let mut answer = inputs(&self.seal());
        answer["csb_id"] = hex::encode(id()).into();
        answer["iv"] = hex::encode(&self.nonce).into();
        answer["plaintext"] = hex::encode(&self.plain).into();
        answer["dpck"] = hex::encode(self.key).into();
        answer["fields"] = json!({
            "key_type": 0, "status": 1, "activation": 0, "expiry": 0, "text": "", "rest": rest,
            "groups": [[0x7b, hex::encode("sip:group@example.org")]],
        });
        answer
    }

    /// The same under another header, which is authenticated.
    fn under(&self, header: &[u8]) -> Self {
        Self { header: header.to_vec(), authenticated: header.to_vec(), ..self.clone() }
    }

    /// Correctly sealed under the identifier with which the key is sent.
    fn new(plain: Vec<u8>, id: [u8; 4]) -> Self {
        let nonce: [u8; 16] = octets("nonce", 0);
        let date = [0, 0x69, 0xa0, 0, 0];
        let header = [&[0x43][..], &date, &[0; 5], &[1], &nonce, &id].concat();
        let key = low(kdf(&Users::ssv(), 0x53, &[&id]));
        Self { plain, authenticated: header.clone(), header, key, nonce: nonce.to_vec() }
    }

    fn seal(&self) -> Vec<u8> {
        let mut data = self.plain.clone();
        let out = InOutBuf::from(data.as_mut_slice());
        let tag: Tag = if self.nonce.len() == 16 {
            let nonce: &Nonce<U16> = self.nonce[..].try_into().expect("16 octets");
            AesGcm::<Aes128, U16>::new(&self.key.into()).encrypt_inout_detached(
                nonce,
                &self.authenticated,
                out,
            )
        } else {
            let nonce: &Nonce<U12> = self.nonce[..].try_into().expect("12 octets");
            AesGcm::<Aes128, U12>::new(&self.key.into()).encrypt_inout_detached(
                nonce,
                &self.authenticated,
                out,
            )
        }
        .expect("sealed");
        [&self.header[..], &[0], &long(&[&data[..], &tag].concat())].concat()
    }
}

/// Parameters that are correctly sealed under this identifier.
pub fn sealed(plain: Vec<u8>, csb_id: u32) -> Vec<u8> {
    Sealing::new(plain, csb_id.to_be_bytes()).seal()
}

fn inputs(data: &[u8]) -> Value {
    json!({ "K": hex::encode(Users::ssv()), "data": hex::encode(data) })
}

/// The forms that parameters may have.
fn forms(tests: &mut Tests<'_>, right: &Sealing) {
    let flags = &["KeyParameters"];
    let with_plain = |plain: &[u8]| Sealing { plain: plain.to_vec(), ..right.clone() };
    let [more, element] = [&[&right.plain[..], b"more"].concat(), &long(&right.plain)];
    let element = [&[0x7a], &element[..]].concat();
    let protected = right.under(&[&[0x40], &right.header[1..]].concat());
    let signalling =
        |algorithm| right.under(&[&right.header[..12], &[algorithm], &right.header[12..]].concat());
    for (comment, sealing, rest) in [
        ("octets after the list of groups", with_plain(more), "6d6f7265"),
        ("the element with its type and length", with_plain(&element), ""),
        ("message type 40", protected, ""),
        ("a signalling algorithm of 0", signalling(0), ""),
        ("a signalling algorithm of 1", signalling(1), ""),
    ] {
        tests.valid(comment, flags, sealing.answer(rest));
    }
    let data = "40006b49d2000000000000010909090909090909090909090909090901a96396000024d5538dfaf43b7dbb\
                4a4e868b943960284c788108e1b938a418a21675aee079820537e961";
    let dpck = low(kdf(&[0x42; 16], 0x53, &[&0x01a9_6396_u32.to_be_bytes()]));
    let answer = json!({
        "K": "42".repeat(16), "data": data, "csb_id": "01a96396", "iv": "09".repeat(16),
        "dpck": hex::encode(dpck),
        "plaintext": "0000000001000000000000000000000000000100",
        "fields": {
            "key_type": 0, "status": 1, "activation": 0, "expiry": 0, "text": "", "rest": "",
            "groups": [],
        },
    });
    tests.valid("message type 40, in force for no group", flags, answer);
}

pub fn otherwise(tests: &mut Tests<'_>) {
    let right = Sealing::new(content(0), id());
    let sealed = right.seal();
    let flags = &["Control", "KeyParameters"];
    let control = tests.valid("control: parameters of a GMK", flags, right.answer(""));
    forms(tests, &right);

    let gmk = Users::ssv();
    let high = |whole: [u8; 32]| -> [u8; 16] { whole[..16].try_into().expect("16 octets") };
    let derived = kdf(&gmk, 0x53, &[&id()]);
    let reversed: Vec<u8> = id().into_iter().rev().collect();
    let with_key = |key| Sealing { key, ..right.clone() };
    let with_nonce = |nonce: &[u8]| Sealing { nonce: nonce.to_vec(), ..right.clone() };
    let with_authenticated =
        |octets: &[u8]| Sealing { authenticated: octets.to_vec(), ..right.clone() };
    let mut without_date = right.header.clone();
    without_date[1..6].fill(0);
    for (what, sealing) in [
        ("the GMK itself for the key", with_key(gmk)),
        ("the high octets of the derived key", with_key(high(derived))),
        ("a key derived with FC 50", with_key(low(kdf(&gmk, 0x50, &[&id()])))),
        ("a key derived with FC 51", with_key(low(kdf(&gmk, 0x51, &[&id()])))),
        ("a key derived with FC 52", with_key(low(kdf(&gmk, 0x52, &[&id()])))),
        ("a key derived with FC 54", with_key(low(kdf(&gmk, 0x54, &[&id()])))),
        ("a key derived without an identifier", with_key(low(kdf(&gmk, 0x53, &[])))),
        (
            "a key derived with the identifier reversed",
            with_key(low(kdf(&gmk, 0x53, &[&reversed]))),
        ),
        ("a key derived with the identifier in hexadecimal", {
            with_key(low(kdf(&gmk, 0x53, &[hex::encode(id()).as_bytes()])))
        }),
        ("a key of zeros", with_key([0; 16])),
        ("the first 12 octets of the nonce for the IV", with_nonce(&right.nonce[..12])),
        ("the last 12 octets of the nonce for the IV", with_nonce(&right.nonce[4..])),
        ("another nonce than it says", with_nonce(&octets::<16>("nonce", 1))),
        ("a nonce of zeros", with_nonce(&[0; 16])),
        ("nothing authenticated beside it", with_authenticated(&[])),
        ("the first 12 octets authenticated", with_authenticated(&right.header[..12])),
        ("the first 28 octets authenticated", with_authenticated(&right.header[..28])),
        ("33 octets authenticated", with_authenticated(&sealed[..33])),
        ("35 octets authenticated", with_authenticated(&sealed[..35])),
        ("the header authenticated without its date", with_authenticated(&without_date)),
    ] {
        let comment = format!("sealed with {what}");
        let flags = &["KeyParameters", "Sealing"];
        tests.invalid(&comment, flags, ("gcm-tag", control), inputs(&sealing.seal()));
    }
    let body = sealed.len() - 16;
    let short = [&sealed[..35], &sealed[35..body], &sealed[body..body + 12], &[0; 4]].concat();
    let first = [&sealed[..35], &sealed[body..], &sealed[35..body]].concat();
    let zero = [&sealed[..body], &[0; 16]].concat();
    for (what, data) in [
        ("a tag of 12 octets, filled with zeros", short),
        ("the tag in front", first),
        ("a tag of zeros", zero),
    ] {
        let comment = format!("sealed with {what}");
        let flags = &["KeyParameters", "Sealing"];
        tests.invalid(&comment, flags, ("gcm-tag", control), inputs(&data));
    }
    let clear = [&right.header[..], &[0], &long(&right.plain)].concat();
    let flags = &["KeyParameters", "LegacyParameters"];
    tests.invalid("not sealed", flags, ("gcm-tag", control), inputs(&clear));
    let comment = "the content alone, not sealed";
    tests.invalid(comment, flags, ("key-params-header", control), inputs(&right.plain));
}

/// A key type that contradicts the purpose of the key.
pub fn key_types(tests: &mut Tests<'_>) {
    let users = Users::new();
    let uid = users.uid(&users.responder);
    let message = |csb_id: u32, plain: Vec<u8>| {
        let data = sealed(plain, csb_id);
        let mut outline = Outline::new(&users, csb_id, &users.encapsulated(&uid).expect("sealed"));
        outline.payloads.push((EXT, [&[7], &long(&data)[..]].concat()));
        let octets = outline.encode();
        let signed = Users::signed(&users.uid(&users.initiator), &octets, &octets);
        (outline, signed)
    };
    for (name, tag) in [("GMK", 0), ("PCK", 1), ("CSK", 2), ("MSCCK", 5), ("MuSiK", 6)] {
        let id = u32::from(tag) << 28 | 0x0234_5678;
        let csb_id = if tag == 0 { id ^ users.user_salt() } else { id };
        let (outline, signed) = message(csb_id, content(tag));
        let mut answer = users.answer(&outline, &signed);
        answer["key_parameters"] = hex::encode(content(tag)).into();
        let comment = format!("control: {name}, key type {tag}");
        let control = tests.valid(&comment, &["Control", "KeyParameters"], answer);
        for (what, key_type) in [("counted from 1", tag + 1), ("one too low", tag.wrapping_sub(1))]
        {
            let refused = users.inputs(&message(csb_id, content(key_type)).1);
            let comment = format!("{name}, key type {key_type}: {what}");
            let flags = &["Purpose", "LegacyParameters"];
            tests.invalid(&comment, flags, ("purpose", control), refused);
        }
        let element = [&[0x79][..], &long(&content(tag))].concat();
        let (outline, signed) = message(csb_id, element);
        let mut answer = users.answer(&outline, &signed);
        answer["key_parameters"] = hex::encode(content(tag)).into();
        let comment = format!("{name}, the element with its type and length");
        tests.valid(&comment, &["KeyParameters"], answer);
        let mut revoked = content(tag);
        revoked[4] = 2;
        let refused = users.inputs(&message(csb_id, revoked).1);
        let comment = format!("{name}, status 2: revoked, shared with a security gateway");
        tests.invalid(&comment, &["Revoked", "KeyParameters"], ("revoked", control), refused);
    }
}
