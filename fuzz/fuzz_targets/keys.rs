//! Private keys from anybody: the two ways to check an RSK agree, and nothing wrong is accepted.
//!
//! An octet says what follows: 0 an RSK, 1 SSK and PVT, 2 an identifier for the appendix's RSK.
#![no_main]

use std::sync::LazyLock;

use eccsi_sakke::sakke::{ReceiverKey, ReceiverKeyValidator};
use eccsi_sakke::{Identifier, eccsi};
use eccsi_sakke_fuzz::{RECEIVER, SIGNER};
use libfuzzer_sys::fuzz_target;

static VALIDATOR: LazyLock<ReceiverKeyValidator> =
    LazyLock::new(|| RECEIVER.kms.public_key().prepare_validation().expect("prepared"));

fn both(rsk: &[u8], id: &Identifier) -> bool {
    let one = ReceiverKey::new(rsk, id, RECEIVER.kms.public_key()).map(|key| *key.to_bytes());
    let other = VALIDATOR.validate(rsk, id).map(|key| *key.to_bytes());
    assert_eq!(one, other);
    one.is_ok()
}

fuzz_target!(|data: &[u8]| {
    let own = RECEIVER.key.to_bytes();
    match data.split_first() {
        Some((0, rsk)) => assert_eq!(both(rsk, &RECEIVER.id), rsk == own.as_slice()),
        Some((1, key)) if key.len() >= 32 => {
            let (ssk, pvt) = key.split_at(32);
            // Whose SSK it is, the signer alone knows: what is accepted signs.
            if let Ok(key) = eccsi::SigningKey::new(ssk, pvt, &SIGNER.id, &SIGNER.kms) {
                assert_eq!((&key.ssk()[..], &key.pvt()[..]), (ssk, pvt));
                let signed = key.sign(&mut eccsi_sakke_fuzz::Rng(1), b"m").expect("signed");
                SIGNER.kms.verifying_key(&SIGNER.id).verify(b"m", &signed).expect("verified");
            }
        }
        Some((2, id)) => {
            if let Ok(id) = Identifier::try_from(id) {
                // The same integer with zeros in front has the same key.
                let integer = |id: &Identifier| {
                    let zeros = id.as_bytes().iter().take_while(|octet| **octet == 0).count();
                    id.as_bytes()[zeros..].to_vec()
                };
                let same = integer(&id) == integer(&RECEIVER.id);
                assert_eq!(id.shares_receiver_key(&RECEIVER.id), same);
                assert_eq!(both(&own[..], &id), same);
            }
        }
        _ => {}
    }
});
