//! The values that the appendices of RFC 6507, RFC 6508 and RFC 6509 print in addition to those of
//! `test-vectors/rfc.json`, which `tests/vectors.rs` compares: the parameters, and the steps of the hashes. This file
//! recomputes the hashes, and checks that points are on their curves, with code of its own. It also contains published
//! UIDs of TS 33.180.
//!
//! The values are at the end. Each test counts its comparisons, so that a comparison that is lost is noticed.

use std::sync::LazyLock;

use crypto_bigint::{NonZero, U256, U1024};
use eccsi_sakke::{Error, Identifier, KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, hazmat, sakke};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Compares with published values, and counts the comparisons.
#[derive(Default)]
struct Answers(usize);

impl Answers {
    fn is(&mut self, name: &str, computed: impl AsRef<[u8]>, published: &str) {
        assert_eq!(hex::encode(computed), published, "{name}");
        self.0 += 1;
    }

    fn holds(&mut self, what: &str, holds: bool) {
        assert!(holds, "{what}");
        self.0 += 1;
    }

    fn ran(self, number: usize) {
        assert_eq!(self.0, number, "known answers");
    }
}

/// The value of this name in a test of `test-vectors/rfc.json`.
fn rfc(test: u64, name: &str) -> &'static str {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let text = include_str!("../test-vectors/rfc.json");
        serde_json::from_str(text).expect("JSON")
    });
    let groups = DOCUMENT["groups"].as_array().expect("groups").iter();
    let mut tests = groups.flat_map(|group| group["tests"].as_array().expect("tests"));
    let test = tests.find(|one| one["id"] == test).expect("a test of this number");
    test[name].as_str().expect("a text")
}

/// The tests of that file that repeat the appendices.
const RFC_6507: u64 = 1;
const RFC_6508: u64 = 7;
const R: u64 = 8;
const G: u64 = 14;

fn octets(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

/// The octets of `hex` after leading zeros.
fn on_128(hex: &str) -> [u8; 128] {
    let octets = octets(hex);
    let mut padded = [0; 128];
    padded[128 - octets.len()..].copy_from_slice(&octets);
    padded
}

/// An odd integer minus one.
fn less_one(hex: &str) -> Vec<u8> {
    let mut octets = octets(hex);
    *octets.last_mut().unwrap() -= 1;
    octets
}

/// 2ⁿ for n a multiple of 8.
fn two_to_the(n: usize) -> Vec<u8> {
    let mut octets = vec![0; n / 8 + 1];
    octets[0] = 1;
    octets
}

/// Whether y² = x³ − 3x + B modulo p.
fn is_on_p256(point: &[u8]) -> bool {
    let p = NonZero::new(U256::from_be_hex(rfc6507::P)).unwrap();
    let (x, y) = (U256::from_be_slice(&point[1..33]), U256::from_be_slice(&point[33..]));
    let xx_minus_3 = x.mul_mod(&x, &p).sub_mod(&U256::from(3u8), &p);
    let right = x.mul_mod(&xx_minus_3, &p).add_mod(&U256::from_be_hex(rfc6507::B), &p);
    y.mul_mod(&y, &p) == right
}

#[test]
fn rfc6507_parameters() {
    use rfc6507::{BITS, G, N, P, Q};
    let mut answers = Answers::default();
    let len = u16::try_from(eccsi::KmsSecretKey::LEN).unwrap();
    answers.is("n", (8 * len).to_be_bytes(), BITS);
    answers.is("N", &len.to_be_bytes()[1..], N);

    let kms = |ksak: &[u8]| eccsi::KmsSecretKey::try_from(ksak);
    let mut one = [0; 32];
    one[31] = 1;
    let g = kms(&one).unwrap().public_key().to_bytes();
    answers.is("G", g, G);
    answers.holds("G is on the curve of p and B", is_on_p256(&g));
    answers.holds("KPAK is on the curve of p and B", is_on_p256(&octets(rfc(RFC_6507, "KPAK"))));

    // r of a signature is below p, and KSAK is below q. [q − 1]G = −G.
    let with_r = |r: &[u8]| {
        let mut signature = octets(rfc(RFC_6507, "signature"));
        signature[..32].copy_from_slice(r);
        eccsi::Signature::try_from(signature.as_slice()).err()
    };
    answers.holds("r < p", with_r(&less_one(P)).is_none());
    answers.holds("p is no r", with_r(&octets(P)) == Some(Error::Range));
    answers.holds("q is no KSAK", kms(&octets(Q)).err() == Some(Error::Range));
    let minus_g = kms(&less_one(Q)).unwrap().public_key().to_bytes();
    answers.is("x of [q − 1]G", &minus_g[..33], &G[..66]);
    answers.holds("[q − 1]G is not G", minus_g != g);
    answers.ran(10);
}

#[test]
fn rfc6507_hashes() {
    let mut answers = Answers::default();
    let value = |name| rfc(RFC_6507, name);
    let hs = [rfc6507::G, value("KPAK"), value("ID"), value("PVT")].map(octets).concat();
    answers.is("HS", Sha256::digest(hs), value("HS"));
    let he = [value("HS"), value("r"), value("M")].map(octets).concat();
    answers.is("HE", Sha256::digest(he), value("HE"));
    answers.ran(2);
}

#[test]
fn rfc6509_parameters() {
    use rfc6509::{BITS, P};
    let (generator, q) = (rfc(G, "P"), rfc(R, "n"));
    let mut answers = Answers::default();
    answers.is("n", [u8::try_from(8 * sakke::SharedSecret::LEN).unwrap()], BITS);

    let p = U1024::from_be_hex(P);
    answers.holds("p + 1 = 4q", p.wrapping_add(&U1024::ONE) == U1024::from_be_hex(q).shl(2));
    answers.holds("p is 3 modulo 4", p.as_words()[0] % 4 == 3);
    answers.holds("p has 1024 bits", p.bit_width() == 1024);

    // p is the bound of the field. q is the bound of z and of the identifiers.
    answers.is("p − 1", hazmat::pf_pow(&less_one(P), &[1]).unwrap(), &hex::encode(less_one(P)));
    answers.holds("p is no element", hazmat::pf_pow(&octets(P), &[1]) == Err(Error::Range));
    let kms = |z: &[u8; 128]| sakke::KmsSecretKey::try_from(z);
    answers.holds("q is no z", kms(&on_128(q)).err() == Some(Error::Range));
    let identifier = |octets: &[u8]| Identifier::try_from(octets);
    answers.holds("q is no identifier", identifier(&octets(q)) == Err(Error::Identifier));

    // [1/(a + z)]P = P and [q − 1]P = −P.
    let q_minus_1 = less_one(q);
    let a = identifier(&q_minus_1).unwrap();
    let extracted = kms(&on_128("02")).unwrap().extract(&a).unwrap().to_bytes();
    answers.is("[1/(q − 1 + 2)]P", extracted, generator);
    let q_minus_1: &[u8; 128] = q_minus_1.first_chunk().unwrap();
    let minus_generator = kms(q_minus_1).unwrap().public_key().to_bytes();
    answers.is("x of [q − 1]P", &minus_generator[..129], &generator[..258]);
    answers.holds("[q − 1]P is not P", hex::encode(minus_generator) != generator);
    answers.is("P", hazmat::Point::GENERATOR.to_bytes(), generator);
    // The representative of 1 is 0.
    let one = hazmat::pf_pow(&octets(rfc(G, "w")), &octets(q));
    answers.holds("g has order q", one == Ok([0; 128]));
    answers.ran(13);
}

#[test]
fn rfc6508_pairings() {
    let mut answers = Answers::default();
    let point = |name| hazmat::Point::try_from(octets(rfc(RFC_6508, name)).as_slice()).unwrap();
    let rsk = point("RSK");
    answers.is("g", hazmat::pairing(&point("bP_Z"), &rsk), rfc(G, "w"));
    answers.is("w", hazmat::pairing(&point("R"), &rsk), rfc(RFC_6508, "w"));
    answers.is("w = gʳ", octets(rfc(RFC_6508, "w")), rfc(RFC_6508, "g_r"));
    answers.ran(3);
}

/// Compares A, h₁ … and v₁ … of HashToIntegerRange(s, ·), and returns v₁ ‖ v₂ ‖ ….
fn chain(answers: &mut Answers, s: &[u8], a: &str, steps: &[(&str, &str)]) -> Vec<u8> {
    let hash_of_s = Sha256::digest(s);
    answers.is("A", hash_of_s, a);
    let mut h = [0; 32];
    let mut joined = Vec::new();
    for (published_h, published_v) in steps {
        h = Sha256::digest(h).into();
        answers.is("h", h, published_h);
        let v = Sha256::new().chain_update(h).chain_update(hash_of_s).finalize();
        answers.is("v", v, published_v);
        joined.extend_from_slice(&v);
    }
    joined
}

#[test]
fn rfc6508_hash_to_integer_range_of_r() {
    use rfc6508::{A_R, H1_R, H2_R, H3_R, H4_R, V1_R, V2_R, V3_R, V4_R};
    let mut answers = Answers::default();
    let s = ["SSV", "ID"].map(|name| octets(rfc(RFC_6508, name))).concat();
    let steps = [(H1_R, V1_R), (H2_R, V2_R), (H3_R, V3_R), (H4_R, V4_R)];
    let v = chain(&mut answers, &s, A_R, &steps);

    let q = NonZero::new(U1024::from_be_hex(rfc(R, "n"))).unwrap();
    let r = U1024::from_be_slice(&v).rem(&q);
    answers.is("r = v mod q", r.to_be_bytes(), rfc(RFC_6508, "r"));
    // The range 2¹⁰²⁴ takes four hashes and uses all of their octets.
    let whole = hazmat::hash_to_integer_range(&s, &two_to_the(1024)).unwrap();
    answers.is("v₁ ‖ … ‖ v₄", whole, &hex::encode(v));
    answers.ran(11);
}

#[test]
fn rfc6508_hash_to_integer_range_of_the_mask() {
    use rfc6508::{A_MASK, H1_MASK, V1_MASK};
    let value = |name| rfc(RFC_6508, name);
    let mut answers = Answers::default();
    let s = octets(value("g_r"));
    let v = chain(&mut answers, &s, A_MASK, &[(H1_MASK, V1_MASK)]);
    answers.is("mask = v₁ mod 2^128", &v[16..], value("mask"));
    let v_1 = hazmat::hash_to_integer_range(&s, &two_to_the(256)).unwrap();
    answers.is("v₁", &v_1[96..], V1_MASK);
    let h: Vec<u8> =
        octets(value("SSV")).iter().zip(&v[16..]).map(|(ssv, mask)| ssv ^ mask).collect();
    answers.is("H = SSV ⊕ mask", h, value("H"));
    answers.ran(6);
}

#[test]
fn rfc6509_identifier() {
    let id = Identifier::tel_monthly(2011, 2, "tel:+447700900123").unwrap();
    assert_eq!(id.as_bytes(), b"2011-02\0tel:+447700900123\0", "section 3.2");
    assert_eq!(id.as_bytes(), octets(rfc(RFC_6508, "ID")), "as an identifier");
}

#[test]
fn uids_of_ts_33_180() {
    let mut answers = Answers::default();
    for (uri, kms_uri, period, offset, number, uid) in UIDS {
        let periods = KeyPeriods::new(period).unwrap().with_offset(offset).unwrap();
        answers.is(uri, periods.uid(UserUri(uri), KmsUri(kms_uri), number).unwrap(), uid);
        let s = hazmat::uid_input(&periods, UserUri(uri), KmsUri(kms_uri), number).unwrap();
        answers.is("hash of S", Sha256::digest(s), uid);
    }
    answers.ran(6);
    let time = NtpTime::from_seconds(3_599_719_634);
    assert_eq!(KeyPeriods::new(2_592_000).unwrap().number(time), Ok(1388), "F.2.1.2");
}

/// URI, KMS URI, period, offset, period number and UID that were published with sw_mikey_sakke and are missing in
/// `test-vectors/identity.json`.
const UIDS: [(&str, &str, u64, u64, u64, &str); 3] = [
    (
        "sip:user@example.org",
        "kms.example.org",
        25_920_000,
        100,
        1,
        "3c0ad8828cfae1ad1d08b27cc7b61258c6cfcd405081b68cd778f1e1c7f562a7",
    ),
    (
        "gms@streamwide.com",
        "kms.mydev.streamwide.com",
        16_777_215,
        0,
        236,
        "15a4d5b12856538d02d91fedbb766e6dd377b014c92e216666c8fb678608d20e",
    ),
    (
        "sip:alice@streamwide.com",
        "kms.mydev.streamwide.com",
        16_777_215,
        0,
        236,
        "b5c452309219da6a3d805615548d6c1b0f4de45a6b48fb13d9a24d857fc03dc4",
    ),
];

/// RFC 6507 appendix A.
mod rfc6507 {
    pub const BITS: &str = "0100";
    pub const N: &str = "20";
    pub const P: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
    pub const B: &str = "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b";
    pub const Q: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    pub const G: &str = "\
        04\
        6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
        4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
}

/// RFC 6508 appendix A: the steps of HashToIntegerRange.
mod rfc6508 {
    pub const A_R: &str = "e04d4ef69df8689322b39ae3802846174a93bedb1e3d2a2c5f2c7ea005513eba";
    pub const H1_R: &str = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
    pub const H2_R: &str = "2b32db6c2c0a6235fb1397e8225ea85e0f0e6e8c7b126d0016ccbde0e667151e";
    pub const H3_R: &str = "12771355e46cd47c71ed1721fd5319b383cca3a1f9fce3aa1c8cd3bd37af20d7";
    pub const H4_R: &str = "fe15c0d3ebe314fad720a08b839a004c2e6386f5aecc19ec74807d1920cb6aeb";
    pub const V1_R: &str = "fa2656ca1d2dbd79015ae918773dfedc24957c91e3c9c33540d6bf6d7c3c0055";
    pub const V2_R: &str = "f016cd6759620ad787669e3add887df625895a910cee148691a06735b2f0a248";
    pub const V3_R: &str = "ac45c6f97f83bce0a2bbd0a14cf4d7f4cb3590fbfaf93ae71c64e426185710b5";
    pub const V4_R: &str = "e65d50bd551a54ef981f535e072de98d2223acad4621e0263b0a61eac56db078";
    pub const A_MASK: &str = "ac0ad528474ec9e57bee4d98cc149faf7d6fe7dfe7a67193c75670d640677f2f";
    pub const H1_MASK: &str = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
    pub const V1_MASK: &str = "6949c449bc76075dd43d7522f97f82049bd4ea1e801d37e62ad2fab0d4f5bbf7";
}

/// RFC 6509 appendix A, which RFC 6508 appendix A repeats.
mod rfc6509 {
    pub const BITS: &str = "80";
    pub const P: &str = "\
        997abb1f0a563fda65c61198dad0657a416c0ce19cb48261be9ae358b3e01a2e\
        f40aab27e2fc0f1b228730d531a59cb0e791b39ff7c88a19356d27f4a666a6d0\
        e26c6487326b4cd4512ac5cd65681ce1b6aff4a831852a82a7cf3c521c3c09aa\
        9f94d6af56971f1ffce3e82389857db080c5df10ac7ace87666d807afea85feb";
}
