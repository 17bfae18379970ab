//! The secrets of a key set, and of the key that wraps it.

use eccsi_sakke::kms::{KeyContent, KeyIssuer, KeySetParts, SharedKeyId, TransportKey, Wrapping};
use eccsi_sakke::{eccsi, sakke};

use super::{Needle, extracting, forms, point, v_of};
use crate::cases::kms::{SEED_SET, USER, certificate, number};
use crate::cases::{SEED_KSAK, SEED_Z, drawn, rng};

const SEED_TRK: u64 = 9;

pub fn secrets(needles: &mut Vec<Needle>, inputs: &mut Vec<(&str, Vec<u8>)>) {
    let trk: [u8; 32] = drawn(SEED_TRK);
    // The key itself, and the forms in which HMAC uses it.
    for pad in [0, 0x36, 0x5c] {
        forms::octets(&trk.map(|octet| octet ^ pad), needles);
    }
    let key = TransportKey::new(SharedKeyId(1), trk).expect("32 octets");

    let ksak = eccsi::KmsSecretKey::generate(&mut rng(SEED_KSAK)).expect("drawn");
    let z = sakke::KmsSecretKey::generate(&mut rng(SEED_Z)).expect("drawn");
    let certificate = certificate(ksak.public_key(), z.public_key());
    let issuer = KeyIssuer::new(&certificate, &ksak, &z).expect("its keys");
    let set = issuer.issue(&mut rng(SEED_SET), USER, number()).expect("issued");
    let v = v_of(&ksak, set.uid().as_bytes(), set.signing_key());
    let fresh: [u8; 32] = drawn(SEED_SET);
    forms::octets(&fresh, needles);
    let (ssk, rsk) = (set.signing_key().ssk(), set.receiver_key().to_bytes());
    forms::scalar_256(&v, needles);
    forms::scalar_256(&ssk[..], needles);
    point(&rsk, needles);
    extracting(&z.to_bytes(), set.uid().as_bytes(), needles);

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
