//! The secrets of a key set, and of the key that wraps it.

use crypto_bigint::U1024;
use eccsi_sakke::kms::{KeyContent, KeyIssuer, KeySetParts, SharedKeyId, TransportKey, Wrapping};
use eccsi_sakke::{eccsi, sakke};

use super::{Needle, forms, point, q, v_of};
use crate::cases::kms::{SEED_SET, USER, certificate, number};
use crate::cases::{Rng, SEED_KSAK, SEED_Z};

const SEED_TRK: u64 = 9;

pub fn secrets(needles: &mut Vec<Needle>, inputs: &mut Vec<(&str, Vec<u8>)>) {
    let mut trk = [0; 32];
    Rng(SEED_TRK).fill(&mut trk);
    // As it is, and as HMAC takes it.
    for pad in [0, 0x36, 0x5c] {
        forms::octets(&trk.map(|octet| octet ^ pad), needles);
    }
    let key = TransportKey::new(SharedKeyId(1), trk).expect("32 octets");

    let ksak = eccsi::KmsSecretKey::generate(&mut Rng(SEED_KSAK)).expect("drawn");
    let z = sakke::KmsSecretKey::generate(&mut Rng(SEED_Z)).expect("drawn");
    let certificate = certificate(ksak.public_key(), z.public_key());
    let issuer = KeyIssuer::new(&certificate, &ksak, &z).expect("its keys");
    let set = issuer.issue(&mut Rng(SEED_SET), USER, number()).expect("issued");
    let v = v_of(&ksak, set.uid().as_bytes(), set.signing_key());
    let mut fresh = [0; 32];
    Rng(SEED_SET).fill(&mut fresh);
    forms::octets(&fresh, needles);
    let (ssk, rsk) = (set.signing_key().ssk(), set.receiver_key().to_bytes());
    forms::scalar_256(&v, needles);
    forms::scalar_256(&ssk[..], needles);
    point(&rsk, needles);
    // a + z and 1/(a + z).
    let mut a = [0; 128];
    a[96..].copy_from_slice(set.uid().as_bytes());
    let sum =
        U1024::from_be_slice(&a).add_mod(&U1024::from_be_slice(&z.to_bytes()[..]), q().as_nz_ref());
    let inverse = sum.invert_odd_mod(&q()).into_option().expect("not 0");
    for scalar in [sum, inverse] {
        forms::integer_1024(&scalar.to_be_bytes()[..], &q(), needles);
    }

    let octets = |content: &KeyContent| match content {
        KeyContent::Plain(octets) => octets.to_vec(),
        KeyContent::Wrapped(wrapped) => wrapped.octets.clone(),
    };
    let mut push = |parts: &KeySetParts, names: [&'static str; 3]| {
        let contents =
            [&parts.user_decrypt_key, &parts.user_signing_key_ssk, &parts.user_pub_token_pvt];
        inputs.extend(names.into_iter().zip(contents.map(octets)));
    };
    push(&set.to_parts(None).expect("parts"), ["set-rsk", "set-ssk", "set-pvt"]);
    let wrapped = set.to_parts(Some((&key, Wrapping::Padded))).expect("wrapped");
    push(&wrapped, ["set-rsk-wrapped", "set-ssk-wrapped", "set-pvt-wrapped"]);
    inputs.push(("trk", trk.to_vec()));
    super::stored::secrets(&trk, needles, inputs);
}
