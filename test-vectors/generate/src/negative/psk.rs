//! Messages under a pre-shared key, and their answers, that are protected in another way than in RFC 3830.

use aes::{Aes128, Aes256};
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use eccsi_sakke::mikey::{Derivation, KeyUse, Prf};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;

use super::message::{hmac_sha256, long};
use crate::file::Tests;
use crate::fixed::octets;

const CSB_ID: u32 = 0x0234_5678;
pub const T: u64 = 0xee6b_2800_1234_5678;
const ID_I: &[u8] = b"sip:initiator@example.org";
const ID_R: &[u8] = b"sip:responder@example.org";

/// A suite: the PRF and its number, the numbers of encryption and MAC, and the lengths of key and MAC in octets.
#[derive(Clone, Copy)]
pub struct Suite {
    prf: Prf,
    pub number: u8,
    algorithms: [u8; 2],
    key: usize,
    pub mac: usize,
}

pub const SUITES: [Suite; 2] = [
    Suite { prf: Prf::HmacSha1, number: 0, algorithms: [1, 1], key: 16, mac: 20 },
    Suite { prf: Prf::HmacSha256, number: 1, algorithms: [3, 2], key: 32, mac: 32 },
];

pub fn psk() -> [u8; 16] {
    octets("PSK", 0)
}

impl Suite {
    fn other(self) -> Self {
        SUITES[usize::from(1 - self.number)]
    }

    fn derived(self, key_use: KeyUse, cs_id: u8, length: usize) -> Vec<u8> {
        let derivation =
            Derivation { prf: self.prf, csb_id: CSB_ID, rand: &octets::<16>("RAND", 1) };
        let mut key = vec![0; length];
        derivation.fill(key_use, &psk(), cs_id, &mut key).expect("a key");
        key
    }

    pub fn mac_key(self) -> Vec<u8> {
        self.derived(KeyUse::MessageAuthentication, 0xff, self.mac)
    }

    pub fn hmac(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        if self.number == 1 {
            return hmac_sha256(key, data).to_vec();
        }
        let mac = Hmac::<Sha1>::new_from_slice(key).expect("any length");
        mac.chain_update(data).finalize().into_bytes().to_vec()
    }

    /// The IV with salt, CSB ID and T in their places, or without some of them.
    fn iv(self, salt: bool, csb_id: bool, t: bool) -> [u8; 16] {
        let salt_key = self.derived(KeyUse::MessageSalt, 0xff, 14);
        let mut iv = [0; 16];
        iv[..14].copy_from_slice(if salt { &salt_key } else { &[0; 14] });
        let csb_id = if csb_id { u128::from(CSB_ID) << 80 } else { 0 };
        let t = if t { u128::from(T) << 16 } else { 0 };
        (u128::from_be_bytes(iv) ^ csb_id ^ t).to_be_bytes()
    }

    fn encrypted(self, key: &[u8], iv: &[u8; 16]) -> Vec<u8> {
        let mut data = key_data();
        if let Ok(key) = <&[u8; 16]>::try_from(key) {
            Ctr128BE::<Aes128>::new(key.into(), iv.into()).apply_keystream(&mut data);
        } else {
            let key: &[u8; 32] = key.try_into().expect("32 octets");
            Ctr128BE::<Aes256>::new(key.into(), iv.into()).apply_keystream(&mut data);
        }
        data
    }

    fn encryption_key(self) -> Vec<u8> {
        self.derived(KeyUse::MessageEncryption, 0xff, self.key)
    }

    /// The header, with the number of the first payload.
    fn header(self, data_type: u8, next: u8) -> Vec<u8> {
        [&[1, data_type, next, self.number][..], &CSB_ID.to_be_bytes(), &[0, 1]].concat()
    }

    /// The message up to its MAC, with these octets as encrypted key data.
    fn covered(self, data: &[u8]) -> Vec<u8> {
        self.covered_before(0, data)
    }

    /// The correct message up to its MAC, stating that payload `next` follows.
    pub fn right_before(self, next: u8) -> Vec<u8> {
        self.covered_before(
            next,
            &self.encrypted(&self.encryption_key(), &self.iv(true, true, true)),
        )
    }

    fn covered_before(self, next: u8, data: &[u8]) -> Vec<u8> {
        let [encryption, mac] = self.algorithms;
        let t = [&[11, 0][..], &T.to_be_bytes()].concat();
        let rand = [&[1, 16][..], &octets::<16>("RAND", 1)].concat();
        let kemac = [&[next, encryption], &long(data)[..], &[mac]].concat();
        [self.header(0, 5), t, rand, kemac].concat()
    }

    /// The message with its correct MAC.
    fn protected(self, data: &[u8]) -> Vec<u8> {
        let covered = self.covered(data);
        [&covered[..], &self.hmac(&self.mac_key(), &covered)].concat()
    }

    fn right(self) -> Vec<u8> {
        self.protected(&self.encrypted(&self.encryption_key(), &self.iv(true, true, true)))
    }
}

/// Key data with one TGK of 16 octets and nothing else.
pub fn key_data() -> Vec<u8> {
    [&[0, 0][..], &long(&octets::<16>("TGK", 0))].concat()
}

pub fn protection(tests: &mut Tests<'_>) {
    let inputs =
        |message: &[u8]| json!({ "psk": hex::encode(psk()), "message": hex::encode(message) });
    for suite in SUITES {
        let name = format!("PRF {}", suite.number);
        let iv = suite.iv(true, true, true);
        let mut answer = inputs(&suite.right());
        for (name, value) in [
            ("csb_id", CSB_ID.to_be_bytes().to_vec()),
            ("rand", octets::<16>("RAND", 1).to_vec()),
            ("encr_key", suite.encryption_key()),
            ("auth_key", suite.mac_key()),
            ("salt_key", suite.derived(KeyUse::MessageSalt, 0xff, 14)),
            ("iv", iv.to_vec()),
            ("key_data_subpayload", key_data()),
        ] {
            answer[name] = hex::encode(value).into();
        }
        answer["prf"] = suite.number.into();
        answer["ts_type"] = 0.into();
        let comment = format!("control: {name}, one key");
        let control = tests.valid(&comment, &["Control", "Suite"], answer);

        // The receiver decrypts other key data than was encrypted, and its first octet isn't the type of a payload.
        let key = suite.encryption_key();
        let next = (u128::from_be_bytes(iv) + 1).to_be_bytes();
        let salt_of_srtp = suite.derived(KeyUse::Salt, 0xff, 14);
        let mut other_salt = [0; 16];
        other_salt[..14].copy_from_slice(&salt_of_srtp);
        let fixed = u128::from_be_bytes(suite.iv(false, true, true));
        let other_salt = (u128::from_be_bytes(other_salt) ^ fixed).to_be_bytes();
        let of_cs_0 = suite.derived(KeyUse::MessageEncryption, 0, suite.key);
        let of_tek = suite.derived(KeyUse::Tek, 0xff, suite.key);
        for (what, data) in [
            ("no encryption, announced or not", key_data()),
            ("a key derived with CS ID 0", suite.encrypted(&of_cs_0, &iv)),
            ("a key derived as a TEK", suite.encrypted(&of_tek, &iv)),
            ("the pre-shared key itself", suite.encrypted(&psk(), &iv)),
            ("an IV without T", suite.encrypted(&key, &suite.iv(true, true, false))),
            ("an IV without the CSB ID", suite.encrypted(&key, &suite.iv(true, false, true))),
            ("an IV without the salt", suite.encrypted(&key, &suite.iv(false, true, true))),
            ("an IV of zeros", suite.encrypted(&key, &[0; 16])),
            ("a counter that starts at 1", suite.encrypted(&key, &next)),
            ("a salt derived for media", suite.encrypted(&key, &other_salt)),
        ] {
            let comment = format!("{name}, key data encrypted with {what}");
            let flags = &["PskEncryption"];
            tests.invalid(&comment, flags, ("payload", control), inputs(&suite.protected(&data)));
        }
        macs(tests, suite, control, inputs);
    }
}

/// MACs that don't belong to the message and the key.
fn macs(tests: &mut Tests<'_>, suite: Suite, control: u32, inputs: impl Fn(&[u8]) -> Value) {
    let name = format!("PRF {}", suite.number);
    let whole = suite.right();
    let covered = &whole[..whole.len() - suite.mac];
    let key = suite.mac_key();
    let kemac = covered.len() - 1 - key_data().len() - 4;
    let mut with_v = covered.to_vec();
    with_v[3] |= 0x80;
    let other = suite.other();
    let of_cs_0 = suite.derived(KeyUse::MessageAuthentication, 0, suite.mac);
    for (what, key, over) in [
        ("it without the number of the MAC", &key[..], &covered[..covered.len() - 1]),
        ("it without KEMAC", &key, &covered[..kemac]),
        ("it without the header", &key, &covered[10..]),
        ("it with zeros for the MAC", &key, &[covered, &vec![0; suite.mac]].concat()),
        ("it with V set", &key, &with_v),
        ("its key data as it is", &key, &suite.covered(&key_data())),
        ("it, with the pre-shared key", &psk(), covered),
        ("it, with a key derived with CS ID 0", &of_cs_0, covered),
        ("it, with the first 16 octets of the key", &key[..16], covered),
        ("it, with the encryption key", &suite.encryption_key(), covered),
        ("it, with the other suite's key", &other.mac_key(), covered),
        ("it, with no key", &[], covered),
    ] {
        let comment = format!("{name}, MAC over {what}");
        let message = [covered, &suite.hmac(key, over)].concat();
        tests.invalid(&comment, &["Mac"], ("mac", control), inputs(&message));
    }
    let mac = &whole[covered.len()..];
    let halved = [&mac[..suite.mac / 2], &vec![0; suite.mac / 2]].concat();
    for (what, mac) in [("of zeros", vec![0; suite.mac]), ("of which half is zeros", halved)] {
        let comment = format!("{name}, a MAC {what}");
        let message = [covered, &mac].concat();
        tests.invalid(&comment, &["Mac"], ("mac", control), inputs(&message));
    }
    for (what, at) in [("V", 3), ("the CSB ID", 7), ("T", 15), ("RAND", 28)] {
        let mut altered = whole.clone();
        altered[at] ^= if at == 3 { 0x80 } else { 1 };
        let comment = format!("{name}, {what} changed after the MAC was made");
        let flags = &["Mac", "Tampered"];
        tests.invalid(&comment, flags, ("mac", control), inputs(&altered));
    }
}

/// Octets in several parts.
type Parts<'a> = &'a [&'a [u8]];

/// Verification messages: their header, T, V, and the other octets that the MAC covers.
pub fn verification(tests: &mut Tests<'_>) {
    for suite in SUITES {
        let name = format!("PRF {}", suite.number);
        let sent = suite.right();
        let inputs = |response: &[u8]| {
            json!({
                "psk": hex::encode(psk()), "message": hex::encode(&sent),
                "id_i": hex::encode(ID_I), "id_r": hex::encode(ID_R),
                "response": hex::encode(response),
            })
        };
        let t = T.to_be_bytes();
        let number = suite.algorithms[1];
        let timestamp = |next: u8, t: &[u8]| [&[next, 0], t].concat();
        let verification = [0, number];
        let key = suite.mac_key();
        let ending: Parts<'_> = &[ID_I, ID_R, &t];
        // The answer up to the MAC, and the other octets that the MAC covers.
        let answer = |covered: &[u8], key: &[u8], beside: Parts<'_>| {
            [covered, &suite.hmac(key, &[covered, &beside.concat()].concat())].concat()
        };
        let header = suite.header(1, 5);
        let right = [&header[..], &timestamp(9, &t), &verification].concat();
        let comment = format!("control: {name}");
        let flags = &["Control", "Verification"];
        let control = tests.valid(&comment, flags, inputs(&answer(&right, &key, ending)));
        let identity = |id: &[u8]| [&[9, 1], &long(id)[..]].concat();
        let named =
            |id: &[u8]| [&header[..], &timestamp(6, &t), &identity(id), &verification].concat();
        let comment = format!("control: {name}, the responder is named");
        tests.valid(&comment, flags, inputs(&answer(&named(ID_R), &key, ending)));

        let flags = &["Verification", "Mac"];
        let of_message: Parts<'_> = &[ID_I, ID_R, &t, &sent];
        let cases: [(&str, &[u8], Parts<'_>); 11] = [
            ("without the identities", &key, &[&t]),
            ("with the identities exchanged", &key, &[ID_R, ID_I, &t]),
            ("without the initiator's identity", &key, &[ID_R, &t]),
            ("without the responder's identity", &key, &[ID_I, &t]),
            ("without T behind the identities", &key, &[ID_I, ID_R]),
            ("with T in front of the identities", &key, &[&t, ID_I, ID_R]),
            ("with 4 octets of T", &key, &[ID_I, ID_R, &t[..4]]),
            ("with the message it answers", &key, of_message),
            ("over itself alone", &key, &[]),
            ("with the pre-shared key", &psk(), ending),
            ("with the encryption key", &suite.encryption_key(), ending),
        ];
        for (what, key, beside) in cases {
            let comment = format!("{name}, MAC {what}");
            let refused = inputs(&answer(&right, key, beside));
            tests.invalid(&comment, flags, ("mac", control), refused);
        }
        let mut flipped = answer(&right, &key, ending);
        *flipped.last_mut().expect("octets") ^= 1;
        let comment = format!("{name}, a bit of the MAC changed");
        tests.invalid(&comment, flags, ("mac", control), inputs(&flipped));

        let other = (T + 1).to_be_bytes();
        let of_other_t = [&header[..], &timestamp(9, &other), &verification].concat();
        let mut of_other_bundle = right.clone();
        of_other_bundle[7] ^= 1;
        let mut of_type_0 = right.clone();
        of_type_0[1] = 0;
        let mut of_version_2 = right.clone();
        of_version_2[0] = 2;
        let mut of_other_prf = right.clone();
        of_other_prf[3] ^= 1;
        let without_t = [&suite.header(1, 9)[..], &verification].concat();
        let without_v = [&header[..], &timestamp(0, &t)].concat();
        let twice = [&header[..], &timestamp(5, &t), &timestamp(9, &t), &verification].concat();
        let rand = [&[9, 16][..], &octets::<16>("RAND", 1)].concat();
        let with_rand = [&header[..], &timestamp(11, &t), &rand, &verification].concat();
        for (what, reason, covered) in [
            ("T isn't the one of the message", "value", &of_other_t),
            ("the CSB ID isn't the one of the message", "value", &of_other_bundle),
            ("the data type is the initiator's", "data-type", &of_type_0),
            ("version 2", "version", &of_version_2),
            ("the PRF isn't the one of the message", "suite", &of_other_prf),
            ("no T", "missing", &without_t),
            ("T twice", "repeated", &twice),
            ("a RAND", "payload", &with_rand),
            ("another responder is named", "responder", &named(b"sip:another@example.org")),
        ] {
            let comment = format!("{name}, {what}");
            let beside: Parts<'_> = if reason == "value" { &[ID_I, ID_R, &other] } else { ending };
            let beside = if what.starts_with("the CSB") { ending } else { beside };
            let refused = inputs(&answer(covered, &key, beside));
            tests.invalid(&comment, &["Verification"], (reason, control), refused);
        }
        let whole = answer(&right, &key, ending);
        let null = [&right[..right.len() - 1], &[0]].concat();
        for (what, reason, response) in [
            ("no V", "missing", &without_v[..]),
            ("a null MAC", "suite", &null),
            ("an octet after it", "trailing", &[&whole[..], &[0]].concat()),
            ("cut by an octet", "truncated", &whole[..whole.len() - 1]),
            ("empty", "truncated", &[]),
            ("the message that it is to answer", "data-type", &sent),
        ] {
            let comment = format!("{name}, {what}");
            tests.invalid(&comment, &["Verification"], (reason, control), inputs(response));
        }
        for (what, of, id) in [
            ("another initiator", "id_i", "sip:a@example.org"),
            ("another responder", "id_r", "sip:b@example.org"),
        ] {
            let mut refused = inputs(&whole);
            refused[of] = hex::encode(id).into();
            let comment = format!("{name}, between {what} and the other");
            tests.invalid(&comment, flags, ("mac", control), refused);
        }
    }
}
