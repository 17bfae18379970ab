//! The records of the cases, and the key that each is sealed with.

use eccsi_sakke::eccsi;
use eccsi_sakke::mission_critical::{Key, Purpose};
use eccsi_sakke::stored::{DeviceKey, Kind};
use hkdf::Hkdf;
use sha2::Sha256;

use super::{Needle, forms};
use crate::cases::messages::{RAND, key_id};
use crate::cases::stored::{LABEL, SEED_NONCE};
use crate::cases::{SEED_KSAK, SEED_SSV, drawn, rng};

/// The device key is the transport key of the other cases.
pub fn secrets(trk: &[u8; 32], needles: &mut Vec<Needle>, inputs: &mut Vec<(&str, Vec<u8>)>) {
    for kind in [Kind::Key, Kind::Ksak] {
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(None, trk)
            .expand_multi_info(&[b"eccsi-sakke record", &[1, kind.number()]], &mut key)
            .expect("32 octets");
        forms::octets(&key, needles);
    }
    let device = DeviceKey::new(1, trk);
    let key = Key::new(key_id(Purpose::Gmk), drawn(SEED_SSV).into(), RAND).expect("a key");
    let record = device.seal(&key, LABEL, &mut rng(SEED_NONCE)).expect("sealed");
    inputs.push(("record-key", record));
    let ksak = eccsi::KmsSecretKey::generate(&mut rng(SEED_KSAK)).expect("drawn");
    let record = device.seal(&ksak, LABEL, &mut rng(SEED_NONCE)).expect("sealed");
    inputs.push(("record-ksak", record));
}
