//! The secrets of messages: pre-shared keys, the keys that messages carry, what is derived from either, and what
//! is derived from a GMK, which is the SSV.

use eccsi_sakke::mikey::psk::{KeyData, KeyKind, PskMessage};
use eccsi_sakke::mikey::{Derivation, Expected, KeyUse, MemoryCache, Prf};
use eccsi_sakke::mission_critical::{GroupSession, Key, Purpose, Received, Reception};
use eccsi_sakke::{Identifier, UserUri, eccsi, sakke};

use super::{Needle, forms, signed};
use crate::cases::messages::{
    CS_ID, GROUP, RAND, USER, clock, delivery, header, key_id, kms, now, outline, parameters,
    session, session_delivery,
};
use crate::cases::{ID, SEED_KSAK, SEED_SIGN, SEED_SSV, SEED_TGK, SEED_V, SEED_Z, drawn, rng};
use crate::store::store;

const SEED_PSK: u64 = 6;

/// The CS ID of keys for a message itself.
const WHOLE_MESSAGE: u8 = 0xff;

pub fn secrets(needles: &mut Vec<Needle>, inputs: &mut Vec<(&str, Vec<u8>)>) {
    let [psk, tgk]: [[u8; 16]; 2] = [SEED_PSK, SEED_TGK].map(drawn);
    forms::octets(&psk, needles);
    forms::octets(&tgk, needles);
    inputs.push(("psk", psk.to_vec()));
    inputs.push(("tgk", tgk.to_vec()));
    for (prf, encryption, sent, answered) in [
        (Prf::HmacSha1, 16, "of-psk-sha-1", "answer-sha-1"),
        (Prf::HmacSha256, 32, "of-psk-sha-256", "answer-sha-256"),
    ] {
        let session = Derivation { prf, csb_id: outline(prf).csb_id, rand: &RAND };
        derived(&session, KeyUse::MessageEncryption, &psk, WHOLE_MESSAGE, encryption, needles);
        derived(&session, KeyUse::MessageAuthentication, &psk, WHOLE_MESSAGE, 20, needles);
        derived(&session, KeyUse::MessageSalt, &psk, WHOLE_MESSAGE, 14, needles);
        derived(&session, KeyUse::Tek, &tgk, CS_ID.number(), 16, needles);
        derived(&session, KeyUse::Salt, &tgk, CS_ID.number(), 14, needles);
        let keys = [KeyData::new(KeyKind::Tgk, &tgk)];
        let octets = outline(prf).seal(&psk, &keys).expect("sealed");
        let mut cache = MemoryCache::new(1);
        let message = PskMessage::decode(&octets).expect("decoded");
        let fresh = message.check_fresh(&clock(), &cache).expect("fresh");
        let opened = fresh.authenticate(&psk, &mut cache).expect("authentic");
        let answer = opened.verification(None, b"initiator", b"responder").expect("made");
        inputs.push((sent, octets));
        inputs.push((answered, answer));
    }
    mission_critical(&tgk, needles, inputs);
}

fn derived(
    session: &Derivation<'_>,
    key_use: KeyUse,
    from: &[u8],
    cs_id: u8,
    length: usize,
    needles: &mut Vec<Needle>,
) {
    let mut key = vec![0; length];
    session.fill(key_use, from, cs_id, &mut key).expect("derived");
    forms::short(&key, needles);
}

/// Everything that is derived from the SSV as a GMK and as a CSK.
fn mission_critical(tgk: &[u8; 16], needles: &mut Vec<Needle>, inputs: &mut Vec<(&str, Vec<u8>)>) {
    let sign = eccsi::KmsSecretKey::generate(&mut rng(SEED_KSAK)).expect("drawn");
    let encapsulate = sakke::KmsSecretKey::generate(&mut rng(SEED_Z)).expect("drawn");
    let signer = sign.issue(&mut rng(SEED_V), ID).expect("issued");
    let kms = kms(sign.public_key(), encapsulate.public_key());

    let [gmk, csk] = [Purpose::Gmk, Purpose::Csk]
        .map(|of| Key::new(key_id(of), drawn(SEED_SSV).into(), RAND).expect("a key"));
    let guk_id = gmk.user_id(UserUri(USER)).expect("a URI");
    for sender in [gmk.id(), guk_id] {
        let srtp = gmk.srtp(sender, CS_ID).expect("derived");
        forms::short(&srtp.master_key[..], needles);
        forms::short(&srtp.master_salt[..], needles);
        forms::short(&gmk.payload_cipher_key(sender).expect("derived")[..], needles);
    }
    let signalling = csk.signalling_keys(UserUri(USER)).expect("derived");
    forms::short(&signalling.confidentiality[..], needles);
    forms::short(&signalling.integrity[..], needles);

    let said = parameters();
    let sealed = header(gmk.id()).seal(&said, gmk.secret()).expect("sealed");
    inputs.push(("parameters", sealed));
    let user = kms.user(USER);
    let octets = delivery(user, &said).message(&gmk, &signer, &mut rng(SEED_SIGN)).expect("made");
    of_signature(&sign, &signer, &octets, needles);

    let receiver = Identifier::try_from(ID).and_then(|id| encapsulate.extract(&id));
    let reception = Reception::new(Expected::new(user, user), clock());
    let gmk = reception.gmk(&octets, GROUP, &mut store(), &receiver.expect("extracted"));
    inputs.push(("delivery", octets));
    let gmk = gmk.expect("received");
    let octets = in_session(tgk, &gmk, needles, |session| {
        session_delivery(user).message(session, &gmk, &signer, &mut rng(SEED_SIGN)).expect("made")
    });
    of_signature(&sign, &signer, &octets, needles);
    inputs.push(("session", octets));
}

/// The signature at the end of a message.
fn of_signature(
    sign: &eccsi::KmsSecretKey,
    signer: &eccsi::SigningKey,
    octets: &[u8],
    needles: &mut Vec<Needle>,
) {
    let (covered, signature) = octets.split_at(octets.len() - eccsi::Signature::LEN);
    let signature = eccsi::Signature::try_from(signature).expect("a signature");
    signed(sign, signer, covered, &signature, needles);
}

/// The TGK as a GSK under the GMK, and the message that brings it.
fn in_session(
    tgk: &[u8; 16],
    gmk: &Received,
    needles: &mut Vec<Needle>,
    message: impl FnOnce(&GroupSession) -> Vec<u8>,
) -> Vec<u8> {
    let session = session(tgk, gmk).expect("made");
    let srtp = session.srtp(CS_ID, now()).expect("derived");
    forms::short(&srtp.master_key[..], needles);
    forms::short(&srtp.master_salt[..], needles);
    let csb_id = session.gmk_id().value();
    let under_gmk = Derivation { prf: Prf::HmacSha256, csb_id, rand: session.rand() };
    let psk = gmk.key().secret().as_bytes();
    for (key_use, length) in [
        (KeyUse::MessageEncryption, 32),
        (KeyUse::MessageAuthentication, 20),
        (KeyUse::MessageSalt, 14),
    ] {
        derived(&under_gmk, key_use, psk, WHOLE_MESSAGE, length, needles);
    }
    message(&session)
}
