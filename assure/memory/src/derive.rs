//! The secrets that the operations work on, and every form of them.

use crypto_bigint::{U256, U1024};
use eccsi_sakke::{Identifier, eccsi, sakke};

use crate::cases::{ID, MESSAGE, SEED_KSAK, SEED_SIGN, SEED_SSV, SEED_V, SEED_Z, UID, drawn, rng};
use crate::forms::{self, Kind, Needle, p, q};
use crate::masked::Masked;

mod kms;
mod messages;
mod stored;

/// The lines `input NAME HEX` for what a case needs, and `octets HEX` and `words HEX` for what is searched for.
pub fn everything() -> String {
    let mut needles = Vec::new();
    let mut inputs = Vec::new();
    eccsi_secrets(&mut needles, &mut inputs);
    sakke_secrets(&mut needles, &mut inputs);
    kms::secrets(&mut needles, &mut inputs);
    messages::secrets(&mut needles, &mut inputs);
    let mut text = String::new();
    for (name, octets) in inputs {
        text += &format!("input {name} {}\n", Masked::new(&octets).to_hex());
    }
    for Needle { kind, octets } in needles {
        let kind = if kind == Kind::Octets { "octets" } else { "words" };
        text += &format!("{kind} {}\n", octets.to_hex());
    }
    text
}

fn eccsi_secrets(needles: &mut Vec<Needle>, inputs: &mut Vec<(&str, Vec<u8>)>) {
    let kms = eccsi::KmsSecretKey::generate(&mut rng(SEED_KSAK)).expect("drawn");
    let key = kms.issue(&mut rng(SEED_V), ID).expect("issued");
    let v = v_of(&kms, ID, &key);
    // v and j are derived from octets of the generator.
    for seed in [SEED_V, SEED_SIGN] {
        let fresh: [u8; 32] = drawn(seed);
        forms::octets(&fresh, needles);
    }
    for secret in [&kms.to_bytes()[..], &key.ssk()[..], &v] {
        forms::scalar_256(secret, needles);
    }
    let alone = key.sign(&mut rng(SEED_SIGN), MESSAGE).expect("signed");
    signed(&kms, &key, MESSAGE, &alone, needles);
    inputs.push(("ksak", kms.to_bytes().to_vec()));
    inputs.push(("ssk", key.ssk().to_vec()));
    inputs.push(("pvt", key.pvt().to_vec()));
    inputs.push(("kpak", kms.public_key().to_bytes().to_vec()));
}

/// v = (SSK − KSAK)/HS.
fn v_of(kms: &eccsi::KmsSecretKey, id: &[u8], key: &eccsi::SigningKey) -> [u8; 32] {
    let q = forms::Q_256;
    let signature = key.sign(&mut rng(SEED_SIGN), MESSAGE).expect("signed");
    let everybody = kms.public_key().verifying_key(id);
    let hs = everybody.trace(&[MESSAGE], &signature).expect("a point").hs;
    let hs = U256::from_be_slice(&hs).mul_mod(&U256::ONE, q.as_nz_ref());
    let [ssk, ksak] = [key.ssk(), kms.to_bytes()].map(|octets| U256::from_be_slice(&octets[..]));
    let inverse = hs.invert_odd_mod(&q).into_option().expect("not 0");
    let mut v = [0; 32];
    let product = ssk.sub_mod(&ksak, q.as_nz_ref()).mul_mod(&inverse, q.as_nz_ref());
    v.copy_from_slice(&product.to_be_bytes()[..]);
    assert_eq!(kms.issue_with_v(&v, id).expect("issued").pvt(), key.pvt());
    v
}

/// r·SSK, HE + r·SSK, its inverse, and j = s·(HE + r·SSK).
fn signed(
    kms: &eccsi::KmsSecretKey,
    key: &eccsi::SigningKey,
    message: &[u8],
    signature: &eccsi::Signature,
    needles: &mut Vec<Needle>,
) {
    let q = forms::Q_256;
    let mul = |a: &U256, b: &U256| a.mul_mod(b, q.as_nz_ref());
    let of = |octets: &[u8]| mul(&U256::from_be_slice(octets), &U256::ONE);
    let everybody = kms.public_key().verifying_key(ID);
    let trace = everybody.trace(&[message], signature).expect("a point");
    let r_ssk = mul(&of(&signature.r()), &of(&key.ssk()[..]));
    let divisor = r_ssk.add_mod(&of(&trace.he), q.as_nz_ref());
    let j = mul(&of(&signature.s()), &divisor);
    let again = key.sign_with_j(&j.to_be_bytes()[..], &[message]).expect("signed");
    assert_eq!(again.to_bytes(), signature.to_bytes(), "j is that of the signature");
    let inverse = divisor.invert_odd_mod(&q).into_option().expect("not 0");
    for secret in [r_ssk, divisor, inverse, j] {
        forms::scalar_256(&secret.to_be_bytes()[..], needles);
    }
}

fn sakke_secrets(needles: &mut Vec<Needle>, inputs: &mut Vec<(&str, Vec<u8>)>) {
    let kms = sakke::KmsSecretKey::generate(&mut rng(SEED_Z)).expect("drawn");
    let id = Identifier::try_from(UID).expect("an identifier");
    let key = kms.extract(&id).expect("extracted");
    let z = kms.to_bytes();
    forms::integer_1024(&z[..], &q(), needles);
    extracting(&z, UID, needles);
    let rsk = key.to_bytes();
    point(&rsk, needles);

    let ssv = sakke::SharedSecret::from(drawn(SEED_SSV));
    let traced = kms.public_key().recipient(&id).and_then(|to| to.trace(&ssv)).expect("sealed");
    forms::octets(ssv.as_bytes(), needles);
    forms::octets(traced.mask.as_bytes(), needles);
    forms::integer_1024(&traced.r[..], &q(), needles);
    forms::element(&traced.g_r[..], needles);

    inputs.push(("z", z.to_vec()));
    inputs.push(("rsk", rsk.to_vec()));
    inputs.push(("ssv", ssv.as_bytes().to_vec()));
    inputs.push(("Z", kms.public_key().to_bytes().to_vec()));
    inputs.push(("sealed", traced.encapsulation.to_bytes().to_vec()));
}

/// a + z and 1/(a + z), from which an RSK is made.
fn extracting(z: &[u8; 128], id: &[u8], needles: &mut Vec<Needle>) {
    let a = U1024::from_be_slice(&[&[0; 128][..], id].concat()[id.len()..]);
    let sum = a.add_mod(&U1024::from_be_slice(z), q().as_nz_ref());
    let inverse = sum.invert_odd_mod(&q()).into_option().expect("not 0");
    for scalar in [sum, inverse] {
        forms::integer_1024(&scalar.to_be_bytes()[..], &q(), needles);
    }
}

/// The coordinates of K, and those of its Edwards form, X = αx/y and Y = (βx + 1)/(βx − 1).
fn point(rsk: &[u8; 257], needles: &mut Vec<Needle>) {
    let (x, y) = (U1024::from_be_slice(&rsk[1..129]), U1024::from_be_slice(&rsk[129..]));
    let p = p();
    let mul = |a: &U1024, b: &U1024| a.mul_mod(b, p.as_nz_ref());
    let (bx, ax) = (mul(&U1024::from_be_hex(BETA), &x), mul(&U1024::from_be_hex(ALPHA), &x));
    let plus = bx.add_mod(&U1024::ONE, p.as_nz_ref());
    let minus = bx.sub_mod(&U1024::ONE, p.as_nz_ref());
    let over = |a: &U1024, b: &U1024| mul(a, &b.invert_odd_mod(&p).into_option().expect("not 0"));
    let edwards = [over(&ax, &y), over(&plus, &minus)];
    let projective = [mul(&ax, &minus), mul(&y, &plus), mul(&ax, &plus), mul(&y, &minus)];
    for coordinate in [x, y].iter().chain(&edwards).chain(&projective) {
        forms::element(&coordinate.to_be_bytes()[..], needles);
    }
}

/// β is the root of −1/3 that is a square, and α² = 6β.
const BETA: &str = "748f63aa4bcea843bceb1a61f8e9037efc80080c763a11e7ad4f7ded18f77225\
                    1004eaeae9b13a8eb348cf8b011b6014a99fdb0fbc3dd96b1051793d8eedf098\
                    9b07b015e63973bfa3e9fdc2ece44d2b4ae58b84fbba70721f70847d801ad3a3\
                    8b68d8c8657e62ce1107e711630f9e9b66ffd16ad1aa78b52d6bb428ea6da230";
const ALPHA: &str = "4d47c996bb6f5aa035884cd8893f30f1d95485f9fb02716a93b22662993722b2\
                     9e66e7433e8d305b97c86595ab781d9caa0d345722031c7c815eed4c2bd726d9\
                     eaa3ce5f83999edda7adaaf624e6ac396a571f8cf70afb77bcad867a9217b8a5\
                     e80c2a781fbb004df2605d93b3daf3b3cc0a49fb08b2640294f2211d908255ed";
