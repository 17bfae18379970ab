//! Every value of the appendices of RFC 6507, RFC 6508 and RFC 6509, and the published UIDs of
//! TS 33.180, each compared with what the crate computes.
//!
//! The values stand at the end. Each test counts its comparisons, so that none is lost unnoticed.

use crypto_bigint::{NonZero, U256, U1024};
use eccsi_sakke::{Error, Identifier, KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, hazmat, sakke};
use sha2::{Digest, Sha256};

/// Compares with published values, and counts.
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

fn octets(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

/// The octets of `hex` behind zeros.
fn on_128(hex: &str) -> [u8; 128] {
    let octets = octets(hex);
    let mut padded = [0; 128];
    padded[128 - octets.len()..].copy_from_slice(&octets);
    padded
}

/// An odd integer less one.
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

fn signer() -> (eccsi::KmsSecretKey, eccsi::SigningKey) {
    use rfc6507::{ID, KSAK, V};
    let kms = eccsi::KmsSecretKey::try_from(octets(KSAK).as_slice()).unwrap();
    let key = kms.issue_with_v(&octets(V), octets(ID)).unwrap();
    (kms, key)
}

/// Whether y² = x³ − 3x + B modulo p.
fn is_on_p256(point: &[u8; 65]) -> bool {
    let p = NonZero::new(U256::from_be_hex(rfc6507::P)).unwrap();
    let (x, y) = (U256::from_be_slice(&point[1..33]), U256::from_be_slice(&point[33..]));
    let xx_minus_3 = x.mul_mod(&x, &p).sub_mod(&U256::from(3u8), &p);
    let right = x.mul_mod(&xx_minus_3, &p).add_mod(&U256::from_be_hex(rfc6507::B), &p);
    y.mul_mod(&y, &p) == right
}

#[test]
fn rfc6507_parameters() {
    use rfc6507::{BITS, G, N, P, Q, SIGNATURE};
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

    // r of a signature is below p, KSAK below q, and [q − 1]G = −G.
    let with_r = |r: &[u8]| {
        let mut signature = octets(SIGNATURE);
        signature[..32].copy_from_slice(r);
        eccsi::Signature::try_from(signature.as_slice()).err()
    };
    answers.holds("r < p", with_r(&less_one(P)).is_none());
    answers.holds("p is no r", with_r(&octets(P)) == Some(Error::Range));
    answers.holds("q is no KSAK", kms(&octets(Q)).err() == Some(Error::Range));
    let minus_g = kms(&less_one(Q)).unwrap().public_key().to_bytes();
    answers.is("x of [q − 1]G", &minus_g[..33], &G[..66]);
    answers.holds("[q − 1]G is not G", minus_g != g);
    answers.ran(9);
}

#[test]
fn rfc6507_keys() {
    use rfc6507::{HS, ID, KPAK, KPAK_CHECK, KSAK, PVT, SSK};
    let mut answers = Answers::default();
    let (kms, key) = signer();
    let kpak = kms.public_key();
    answers.is("KSAK", kms.to_bytes(), KSAK);
    answers.is("KPAK", kpak.to_bytes(), KPAK);
    let id = Identifier::tel_monthly(2011, 2, "tel:+447700900123").unwrap();
    answers.is("ID", id, ID);
    answers.is("PVT", key.pvt(), PVT);
    answers.is("SSK", key.ssk(), SSK);
    answers.holds("KPAK is on the curve of p and B", is_on_p256(&kpak.to_bytes()));

    let hs = [rfc6507::G, KPAK, ID, PVT].map(octets).concat();
    answers.is("HS, as hashed", Sha256::digest(hs), HS);

    let kpak_check = eccsi::KmsPublicKey::try_from(octets(KPAK_CHECK).as_slice()).unwrap();
    let accepts = |kpak| eccsi::SigningKey::new(octets(SSK), octets(PVT), octets(ID), kpak);
    answers.holds("[SSK]G − [HS]PVT = KPAK", accepts(&kpak_check).is_ok());
    let other = eccsi::KmsSecretKey::try_from(&[1; 32]).unwrap();
    assert_eq!(accepts(other.public_key()).err(), Some(Error::KeyMismatch));
    answers.ran(8);
}

#[test]
fn rfc6507_signature() {
    use rfc6507::{HE, HS, ID, J, J_SECRET, M, R, S, S_PRIME, SIGNATURE, Y};
    let mut answers = Answers::default();
    let (kms, key) = signer();
    let message = b"message\0";
    answers.is("M", message, M);
    let signed = key.trace_with_j(&octets(J_SECRET), &[message]).unwrap();
    let signature = signed.signature.to_bytes();
    answers.is("HS", signed.hs, HS);
    answers.is("J", signed.j, J);
    answers.is("r", &signature[..32], R);
    answers.is("HE", signed.he, HE);
    // s′ fits N octets, and so is s.
    answers.is("s′", &signature[32..64], S_PRIME);
    answers.is("s", &signature[32..64], S);
    answers.is("signature", signature, SIGNATURE);
    let untraced = key.sign_with_j(&octets(J_SECRET), &[message]).unwrap();
    answers.is("signature, untraced", untraced, SIGNATURE);

    let he = [HS, R, M].map(octets).concat();
    answers.is("HE, as hashed", Sha256::digest(he), HE);

    let published = eccsi::Signature::try_from(octets(SIGNATURE).as_slice()).unwrap();
    let verifying_key = kms.public_key().verifying_key(octets(ID));
    answers.holds("the signature verifies", verifying_key.verify(message, &published).is_ok());
    let verified = verifying_key.trace(&[message], &published).unwrap();
    answers.is("HS, verifying", verified.hs, HS);
    answers.is("HE, verifying", verified.he, HE);
    answers.is("Y", verified.y, Y);
    answers.is("J, verifying", verified.j, J);
    answers.ran(15);
}

#[test]
fn rfc6509_parameters() {
    use rfc6509::{BITS, G, P, P_X, P_Y, Q};
    let mut answers = Answers::default();
    answers.is("n", [u8::try_from(8 * sakke::SharedSecret::LEN).unwrap()], BITS);

    let (p, q) = (U1024::from_be_hex(P), U1024::from_be_hex(Q));
    answers.holds("p + 1 = 4q", p.wrapping_add(&U1024::ONE) == q.shl(2));
    answers.holds("p is 3 modulo 4", p.as_words()[0] % 4 == 3);
    answers.holds("p has 1024 bits, q 1022", (p.bit_width(), q.bit_width()) == (1024, 1022));

    // p bounds the field, q z and the identifiers.
    answers.is("p − 1", hazmat::pf_pow(&less_one(P), &[1]).unwrap(), &hex::encode(less_one(P)));
    answers.holds("p is no element", hazmat::pf_pow(&octets(P), &[1]) == Err(Error::Range));
    let kms = |z: &[u8; 128]| sakke::KmsSecretKey::try_from(z);
    answers.holds("q is no z", kms(&on_128(Q)).err() == Some(Error::Range));
    let identifier = |octets: &[u8]| Identifier::try_from(octets);
    answers.holds("q is no identifier", identifier(&octets(Q)) == Err(Error::Identifier));

    // [1/(a + z)]P = P and [q − 1]P = −P.
    let q_minus_1 = less_one(Q);
    let a = identifier(&q_minus_1).unwrap();
    let generator = kms(&on_128("02")).unwrap().extract(&a).unwrap().to_bytes();
    answers.is("P_x", &generator[1..129], P_X);
    answers.is("P_y", &generator[129..], P_Y);
    let q_minus_1: &[u8; 128] = q_minus_1.first_chunk().unwrap();
    let minus_generator = kms(q_minus_1).unwrap().public_key().to_bytes();
    answers.is("x of [q − 1]P", &minus_generator[1..129], P_X);
    answers.holds("[q − 1]P is not P", minus_generator[129..] != generator[129..]);

    let point = point(&["04", P_X, P_Y].concat());
    answers.is("P", hazmat::Point::GENERATOR.to_bytes(), &["04", P_X, P_Y].concat());
    answers.is("g", hazmat::pairing(&point, &point), G);
    // The representative of 1 is 0.
    answers.holds("g has order q", hazmat::pf_pow(&octets(G), &octets(Q)) == Ok([0; 128]));
    answers.ran(15);
}

fn point(hex: &str) -> hazmat::Point {
    hazmat::Point::try_from(octets(hex).as_slice()).unwrap()
}

fn recipient() -> Identifier {
    Identifier::try_from(octets(rfc6508::ID).as_slice()).unwrap()
}

#[test]
fn rfc6508_keys() {
    use rfc6508::{BP_Z, ID, RSK, Z, Z_SECRET};
    let mut answers = Answers::default();
    let kms = sakke::KmsSecretKey::try_from(&on_128(Z_SECRET)).unwrap();
    answers.is("z", kms.to_bytes(), &hex::encode(on_128(Z_SECRET)));
    answers.is("Z", kms.public_key().to_bytes(), Z);
    let id = Identifier::tel_monthly(2011, 2, "tel:+447700900123").unwrap();
    answers.is("b", id, ID);
    answers.is("RSK", kms.extract(&id).unwrap().to_bytes(), RSK);

    let published = sakke::KmsPublicKey::try_from(octets(Z).as_slice()).unwrap();
    answers.is("[b]P + Z", published.recipient(&id).unwrap().to_bytes(), BP_Z);
    let receiver = sakke::ReceiverKey::new(octets(RSK), &id, &published);
    answers.holds("⟨[b]P + Z, RSK⟩ = g", receiver.is_ok());
    answers.is("g, from [b]P + Z and RSK", hazmat::pairing(&point(BP_Z), &point(RSK)), rfc6509::G);
    answers.ran(7);
}

#[test]
fn rfc6508_encapsulation() {
    use rfc6508::{BIG_R, BP_Z, ENCAPSULATED, G_R, H, MASK, R, SSV, Z};
    let mut answers = Answers::default();
    let kms = sakke::KmsPublicKey::try_from(octets(Z).as_slice()).unwrap();
    let ssv = sakke::SharedSecret::try_from(octets(SSV).as_slice()).unwrap();
    let recipient = kms.recipient(&recipient()).unwrap();
    let sent = recipient.trace(&ssv).unwrap();
    answers.is("[b]P + Z", sent.point, BP_Z);
    answers.is("r", sent.r, R);
    answers.is("g^r", sent.g_r, G_R);
    answers.is("mask", sent.mask.as_bytes(), MASK);
    answers.is("R", &sent.encapsulation.as_bytes()[..257], BIG_R);
    answers.is("H", &sent.encapsulation.as_bytes()[257..], H);
    answers.is("Encapsulated Data", sent.encapsulation, ENCAPSULATED);
    let untraced = recipient.encapsulate(&ssv).unwrap();
    answers.is("Encapsulated Data, untraced", untraced, ENCAPSULATED);
    answers.is("g^r, as a power", hazmat::pf_pow(&octets(rfc6509::G), &octets(R)).unwrap(), G_R);
    answers.ran(9);
}

#[test]
fn rfc6508_decapsulation() {
    use rfc6508::{BIG_R, ENCAPSULATED, MASK, R, RSK, SSV, W, Z};
    let mut answers = Answers::default();
    let kms = sakke::KmsPublicKey::try_from(octets(Z).as_slice()).unwrap();
    let receiver = sakke::ReceiverKey::new(octets(RSK), &recipient(), &kms).unwrap();
    let published = sakke::Encapsulation::try_from(octets(ENCAPSULATED).as_slice()).unwrap();
    answers.is("SSV", receiver.decapsulate(&published).unwrap().as_bytes(), SSV);
    let prepared = receiver.prepare().unwrap();
    answers.is("SSV, prepared", prepared.decapsulate(&published).unwrap().as_bytes(), SSV);
    let received = receiver.trace(&published);
    answers.is("w", received.w, W);
    answers.is("mask", received.mask.as_bytes(), MASK);
    answers.is("SSV, traced", received.ssv.as_bytes(), SSV);
    answers.is("r", received.r, R);
    answers.is("TEST", received.test, BIG_R);
    answers.is("w = ⟨R, RSK⟩", hazmat::pairing(&point(BIG_R), &point(RSK)), W);
    answers.ran(8);
}

/// Compares A, h₁ … and v₁ … of HashToIntegerRange(s, ·), and gives v₁ ‖ v₂ ‖ ….
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
    use rfc6508::{A_R, H1_R, H2_R, H3_R, H4_R, ID, R, SSV, V1_R, V2_R, V3_R, V4_R};
    let mut answers = Answers::default();
    let s = [SSV, ID].map(octets).concat();
    let steps = [(H1_R, V1_R), (H2_R, V2_R), (H3_R, V3_R), (H4_R, V4_R)];
    let v = chain(&mut answers, &s, A_R, &steps);

    let q = NonZero::new(U1024::from_be_hex(rfc6509::Q)).unwrap();
    answers.is("r = v mod q", U1024::from_be_slice(&v).rem(&q).to_be_bytes(), R);
    // The range 2¹⁰²⁴ takes four hashes, and all of them.
    let whole = hazmat::hash_to_integer_range(&s, &two_to_the(1024)).unwrap();
    answers.is("v₁ ‖ … ‖ v₄", whole, &hex::encode(v));
    answers.is("r", hazmat::hash_to_integer_range(&s, &octets(rfc6509::Q)).unwrap(), R);
    answers.ran(12);
}

#[test]
fn rfc6508_hash_to_integer_range_of_the_mask() {
    use rfc6508::{A_MASK, G_R, H, H1_MASK, MASK, SSV, V1_MASK};
    let mut answers = Answers::default();
    let s = octets(G_R);
    let v = chain(&mut answers, &s, A_MASK, &[(H1_MASK, V1_MASK)]);
    answers.is("mask = v₁ mod 2^128", &v[16..], MASK);

    let range = |n| hazmat::hash_to_integer_range(&s, &two_to_the(n)).unwrap();
    answers.is("v₁", &range(256)[96..], V1_MASK);
    answers.is("mask", range(128), &hex::encode(on_128(MASK)));
    let h: Vec<u8> = octets(SSV).iter().zip(octets(MASK)).map(|(ssv, mask)| ssv ^ mask).collect();
    answers.is("H = SSV ⊕ mask", h, H);
    answers.ran(7);
}

#[test]
fn rfc6509_identifier() {
    let mut answers = Answers::default();
    let id = Identifier::tel_monthly(2011, 2, "tel:+447700900123").unwrap();
    let published = hex::encode(b"2011-02\0tel:+447700900123\0");
    answers.is("section 3.2", id, &published);
    answers.is("as an identifier", recipient(), &published);
    answers.ran(2);
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
    answers.ran(12);
    let time = NtpTime::from_seconds(3_599_719_634);
    assert_eq!(KeyPeriods::new(2_592_000).unwrap().number(time), Ok(1388));
}

/// URI, KMS URI, period, offset, period number and UID: the values published with sw_mikey_sakke.
const UIDS: [(&str, &str, u64, u64, u64, &str); 6] = [
    // TS 33.180 F.2.1.2, at the time 3,599,719,634.
    (
        "sip:user@example.org",
        "kms.example.org",
        2_592_000,
        0,
        1388,
        "3a81fb14c3b1d0fe43c9c577104d55a6d81788bfd2f09743c4557746a5a0353b",
    ),
    (
        "sip:user@example.org",
        "kms.example.org",
        2_592_000,
        0,
        1,
        "74e2af803ab5d72841bbced0ce319ffe64f6fe23c88a2d258aabcf6ac5658ef4",
    ),
    (
        "sip:user@example.org",
        "kms.example.org",
        10,
        0,
        10,
        "94fb1a697c15d7e9d6b7062066affebda2d9e346e0090d67525c0c3ce666eafa",
    ),
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
    pub const KSAK: &str = "0000000000000000000000000000000000000000000000000000000000012345";
    pub const KPAK: &str = "\
        04\
        50d4670bde75244f28d2838a0d25558a7a72686d4522d4c8273fb6442aebfa93\
        dbdd37551afd263b5dfd617f3960c65a8c298850ff99f20366dce7d4367217f4";
    pub const ID: &str = "323031312d30320074656c3a2b34343737303039303031323300";
    pub const V: &str = "0000000000000000000000000000000000000000000000000000000000023456";
    pub const PVT: &str = "\
        04\
        758a142779be89e829e71984cb40ef758cc4ad775fc5b9a3e1c8ed52f6fa36d9\
        a79d247692f4eda3a6bdab77d6aa6474a464ae4934663c5265ba7018ba091f79";
    pub const HS: &str = "490f3febbc1c902f6289723d7f8cbf79db88930849d19f38f0295b5c276c14d1";
    pub const SSK: &str = "23f374ae1f4033f3e9dbddaaef20f4cf0b86bbd5a138a5ae9e7e006b34489a0d";
    pub const M: &str = "6d65737361676500";
    pub const J_SECRET: &str = "0000000000000000000000000000000000000000000000000000000000034567";
    pub const J: &str = "\
        04\
        269d4c8fdeb66a74e4ef8c0d5dcc597ddfe6029c2affc4936008cd2cc1045d81\
        6dda6a1310f4b067bd5dabdad741b7cef36457e196b1bfa97fd5f8fbb3926adb";
    pub const R: &str = "269d4c8fdeb66a74e4ef8c0d5dcc597ddfe6029c2affc4936008cd2cc1045d81";
    pub const HE: &str = "111f90eae8271c96df9b3d6726768d9ee9b18145d7ec152cfa9c23d1c4f02285";
    pub const S_PRIME: &str = "e09b528d0ef8d6df1aa3ecbf80110cfcec9fc68252cebb679f4134846940ccfd";
    pub const S: &str = "e09b528d0ef8d6df1aa3ecbf80110cfcec9fc68252cebb679f4134846940ccfd";
    pub const SIGNATURE: &str = "\
        269d4c8fdeb66a74e4ef8c0d5dcc597ddfe6029c2affc4936008cd2cc1045d81\
        e09b528d0ef8d6df1aa3ecbf80110cfcec9fc68252cebb679f4134846940ccfd\
        04758a142779be89e829e71984cb40ef758cc4ad775fc5b9a3e1c8ed52f6fa36\
        d9a79d247692f4eda3a6bdab77d6aa6474a464ae4934663c5265ba7018ba091f\
        79";
    pub const Y: &str = "\
        04\
        833898d939c0013bb05027286f95cce037c11bd25799423c76e48362a4959978\
        95d0473a1cd6186ee9f0c104b472499e1a24d6ce3d85173f02ebbd945c25f604";
    pub const KPAK_CHECK: &str = "\
        04\
        50d4670bde75244f28d2838a0d25558a7a72686d4522d4c8273fb6442aebfa93\
        dbdd37551afd263b5dfd617f3960c65a8c298850ff99f20366dce7d4367217f4";
}

/// RFC 6508 appendix A.
mod rfc6508 {
    pub const Z_SECRET: &str = "aff429d35f84b110d094803b3595a6e2998bc99f";
    pub const Z: &str = "\
        04\
        5958ef1b1679bf099b3a030df255aa6a23c1d8f143d4d23f753e69bd27a832f3\
        8cb4ad53ddef4260b0fe8bb45c4c1ff510effe300367a37b61f701d914aef097\
        24825fa0707d61a6dff4fbd7273566cdde352a0b04b7c16a78309be640697de7\
        47613a5fc195e8b9f328852a579db8f99b1d0034479ea9c5595f47c4b2f54ff2\
        1508d37514dcf7a8e143a6058c09a6bf2c9858ca37c258065ae6bf7532bc8b5b\
        63383866e0753c5ac0e72709f8445f2e6178e065857e0eda10f68206b63505ed\
        87e534fb2831ff957fb7dc619dae61301eeacc2fda3680ea4999258a833cea8f\
        c67c6d19487fb449059f26cc8aab655ab58b7cc796e24e9a394095754f5f8bae";
    pub const ID: &str = "323031312d30320074656c3a2b34343737303039303031323300";
    pub const RSK: &str = "\
        04\
        93af67e5007ba6e6a80da793da300fa4b52d0a74e25e6e7b2b3d6ee9d18a9b5c\
        5023597bd82d8062d34019563ba1d25c0dc56b7b979d74aa50f29fbf11cc2c93\
        f5dfca615e609279f6175ceadb00b58c6bee1e7a2a47c4f0c456f05259a6fa94\
        a634a40dae1df593d4fecf688d5fc678be7efc6df3d6835325b83b2c6e69036b\
        155f0a27241094b04bfb0bdfac6c670a65c325d39a069f03659d44ca27d3be8d\
        f311172b554160181cbe94a2a783320ced590bc42644702cf371271e496bf20f\
        588b78a1bc01ecbb6559934bdd2fb65d2884318a33d1a42adf5e33cc5800280b\
        28356497f87135bab9612a17260424409ac15fee996b744c332151235decb0f5";
    pub const BP_Z: &str = "\
        04\
        688ea7fec5cced5719217c92c5630f100dc20b77e31574433d191bab1e2bf6ad\
        fb608b28b56fb2c8f8d3429de5aa495af70437dd88136eb6793c096a26153986\
        220698155d2bd59adad55013852b59e183bd96ad3797428d9c393dd6662c4b9a\
        e3de40dfa6647965dbb3a9522477e153d57e2dc3689ee10eff84ce086e290a1d\
        2a54538e7102ea8f436c6d63df0d04b99debb80ffe91003eb76a18f9a2d97a5d\
        2fbde7820d7424c0ea755abbf7a9a7fa08d4d3c3eee8a8b8f620d6afa0006c19\
        f1a7aaeb0fe3ef4beaff274a52580a74e9f3c02e5334003f3d257ff75a9eb438\
        a2757c53a6a3866c82b283b8ccbf36a6d3df897801263def9ba47611ab7144af";
    pub const SSV: &str = "123456789abcdef0123456789abcdef0";
    pub const A_R: &str = "e04d4ef69df8689322b39ae3802846174a93bedb1e3d2a2c5f2c7ea005513eba";
    pub const H1_R: &str = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
    pub const H2_R: &str = "2b32db6c2c0a6235fb1397e8225ea85e0f0e6e8c7b126d0016ccbde0e667151e";
    pub const H3_R: &str = "12771355e46cd47c71ed1721fd5319b383cca3a1f9fce3aa1c8cd3bd37af20d7";
    pub const H4_R: &str = "fe15c0d3ebe314fad720a08b839a004c2e6386f5aecc19ec74807d1920cb6aeb";
    pub const V1_R: &str = "fa2656ca1d2dbd79015ae918773dfedc24957c91e3c9c33540d6bf6d7c3c0055";
    pub const V2_R: &str = "f016cd6759620ad787669e3add887df625895a910cee148691a06735b2f0a248";
    pub const V3_R: &str = "ac45c6f97f83bce0a2bbd0a14cf4d7f4cb3590fbfaf93ae71c64e426185710b5";
    pub const V4_R: &str = "e65d50bd551a54ef981f535e072de98d2223acad4621e0263b0a61eac56db078";
    pub const R: &str = "\
        13ee3e1b8dac5db168b1ceb32f0566a4c273693f78baffa2a2ee6a686e6bd90f\
        8206ccab84e7f42ed39bd4fb131012ecca2ecd2119414560c17cab46b956a80f\
        58a3302eb3e2c9a228fba7ed34d8aca2392da1ffb0b17b2320ae09aaedfd0235\
        f6fe0eb65337a63f9cc97728b8e5ad0460fade144369aa5b2166213247712096";
    pub const BIG_R: &str = "\
        04\
        44e8ad44ab8592a6a5a3ddca5cf896c718043606a01d650def37a01f37c228c3\
        32fc317354e2c274d4daf8ad001054c76ce57971c6f4486d5723043261c506eb\
        f5be438f53de04f067c776e0dd3b71a6290133283725a532f21af145126dc1d7\
        77ecc27be50835bd28098b8a73d9f801d893793a41ff5c49b87e79f2be4d56ce\
        557e134ad85bb1d4b9ce4f8be4b08a12babf55b1d6f1d7a638019ea28e15ab1c\
        9f76375fdd1210d4f4351b9a009486b7f3ed46c965ded2d80dade4f38c6721d5\
        2c3ad103a10ebd2959248b4ef006836bf097448e6107c9edee9fb704823df199\
        f832c905ae45f8a247a072d8ef729eabc5e27574b07739b34be74a532f747b86";
    pub const G_R: &str = "\
        7d2a8438e6291c649b6579eb3b79eae948b1de9e5f7d1f4070a08f8db6b3c515\
        6f2201affbb5cb9d82aa3ec0d0398b89abc78a13a760c0bf3f77e63d0df3f1a3\
        41a41b8811df197fd6cd0f003125606f4f109f400f7292a10d255e3c0ebccb42\
        53fb182c68f09cf6cd9c4a53da6c74ad007af36b8bca979d5895e282f483fcd6";
    pub const A_MASK: &str = "ac0ad528474ec9e57bee4d98cc149faf7d6fe7dfe7a67193c75670d640677f2f";
    pub const H1_MASK: &str = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
    pub const V1_MASK: &str = "6949c449bc76075dd43d7522f97f82049bd4ea1e801d37e62ad2fab0d4f5bbf7";
    pub const MASK: &str = "9bd4ea1e801d37e62ad2fab0d4f5bbf7";
    pub const H: &str = "89e0bc661aa1e91638e6acc84e496507";
    pub const ENCAPSULATED: &str = "\
        0444e8ad44ab8592a6a5a3ddca5cf896c718043606a01d650def37a01f37c228\
        c332fc317354e2c274d4daf8ad001054c76ce57971c6f4486d5723043261c506\
        ebf5be438f53de04f067c776e0dd3b71a6290133283725a532f21af145126dc1\
        d777ecc27be50835bd28098b8a73d9f801d893793a41ff5c49b87e79f2be4d56\
        ce557e134ad85bb1d4b9ce4f8be4b08a12babf55b1d6f1d7a638019ea28e15ab\
        1c9f76375fdd1210d4f4351b9a009486b7f3ed46c965ded2d80dade4f38c6721\
        d52c3ad103a10ebd2959248b4ef006836bf097448e6107c9edee9fb704823df1\
        99f832c905ae45f8a247a072d8ef729eabc5e27574b07739b34be74a532f747b\
        8689e0bc661aa1e91638e6acc84e496507";
    pub const W: &str = "\
        7d2a8438e6291c649b6579eb3b79eae948b1de9e5f7d1f4070a08f8db6b3c515\
        6f2201affbb5cb9d82aa3ec0d0398b89abc78a13a760c0bf3f77e63d0df3f1a3\
        41a41b8811df197fd6cd0f003125606f4f109f400f7292a10d255e3c0ebccb42\
        53fb182c68f09cf6cd9c4a53da6c74ad007af36b8bca979d5895e282f483fcd6";
}

/// RFC 6509 appendix A, which RFC 6508 appendix A repeats.
mod rfc6509 {
    pub const BITS: &str = "80";
    pub const P: &str = "\
        997abb1f0a563fda65c61198dad0657a416c0ce19cb48261be9ae358b3e01a2e\
        f40aab27e2fc0f1b228730d531a59cb0e791b39ff7c88a19356d27f4a666a6d0\
        e26c6487326b4cd4512ac5cd65681ce1b6aff4a831852a82a7cf3c521c3c09aa\
        9f94d6af56971f1ffce3e82389857db080c5df10ac7ace87666d807afea85feb";
    pub const Q: &str = "\
        265eaec7c2958ff69971846636b4195e905b0338672d20986fa6b8d62cf8068b\
        bd02aac9f8bf03c6c8a1cc354c69672c39e46ce7fdf222864d5b49fd2999a9b4\
        389b1921cc9ad335144ab173595a07386dabfd2a0c614aa0a9f3cf14870f026a\
        a7e535abd5a5c7c7ff38fa08e2615f6c203177c42b1eb3a1d99b601ebfaa17fb";
    pub const P_X: &str = "\
        53fc09ee332c29ad0a7990053ed9b52a2b1a2fd60aec69c698b2f204b6ff7cbf\
        b5edb6c0f6ce2308ab10db9030b09e1043d5f22cdb9dfa55718bd9e7406ce890\
        9760af765dd5bccb337c86548b72f2e1a702c3397a60de74a7c1514dba66910d\
        d5cfb4cc80728d87ee9163a5b63f73ec80ec46c4967e0979880dc8abeae63895";
    pub const P_Y: &str = "\
        0a8249063f6009f1f9f1f0533634a135d3e82016029906963d778d821e141178\
        f5ea69f4654ec2b9e7f7f5e5f0de55f66b598ccf9a140b2e416cff0ca9e032b9\
        70dae117ad547c6ccad696b5b7652fe0ac6f1e80164aa989492d979fc5a4d5f2\
        13515ad7e9cb99a980bdad5ad5bb4636adb9b5706a67dcde75573fd71bef16d7";
    pub const G: &str = "\
        66fc2a432b6ea392148f15867d623068c6a87bd1fb94c41e27fabe658e015a87\
        371e94744c96feda449ae9563f8bc446cbfda85d5d00ef577072da8f541721be\
        ee0faed1828eab90b99dfb0138c7843355df0460b4a9fd74b4f1a32bcafa1ffa\
        d682c033a7942bcce3720f20b9b7b0403c8cae87b7a0042acde0fab36461ea46";
}
