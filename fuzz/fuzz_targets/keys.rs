//! No wrong private key is accepted.
//!
//! The first octet of the input says what follows: for 0 an RSK, for 1 SSK and PVT, and for 2 an identifier for the RSK
//! of the appendix.
#![no_main]

use eccsi_sakke::sakke::ReceiverKey;
use eccsi_sakke::{Identifier, eccsi};
use eccsi_sakke_fuzz::{RECEIVER, SIGNER};
use libfuzzer_sys::fuzz_target;

fn is_accepted(rsk: &[u8], id: &Identifier) -> bool {
    ReceiverKey::new(rsk, id, RECEIVER.kms.public_key()).is_ok()
}

fuzz_target!(|data: &[u8]| {
    let own = RECEIVER.key.to_bytes();
    match data.split_first() {
        Some((0, rsk)) => assert_eq!(is_accepted(rsk, &RECEIVER.id), rsk == own.as_slice()),
        Some((1, key)) if key.len() >= 32 => {
            let (ssk, pvt) = key.split_at(32);
            // The target doesn't know whose SSK this is, but an accepted one must sign.
            if let Ok(key) = eccsi::SigningKey::new(ssk, pvt, &SIGNER.id, &SIGNER.kms) {
                assert_eq!((&key.ssk()[..], &key.pvt()[..]), (ssk, pvt));
                let signed = key.sign(&mut eccsi_sakke_fuzz::Rng(1), b"m").expect("signed");
                SIGNER.kms.verifying_key(&SIGNER.id).verify(b"m", &signed).expect("verified");
            }
        }
        Some((2, id)) => {
            if let Ok(id) = Identifier::try_from(id) {
                // Identifiers that are the same integer, with zeros in front, have the same key.
                let integer = |id: &Identifier| {
                    let zeros = id.as_bytes().iter().take_while(|octet| **octet == 0).count();
                    id.as_bytes()[zeros..].to_vec()
                };
                let same = integer(&id) == integer(&RECEIVER.id);
                assert_eq!(id.shares_receiver_key(&RECEIVER.id), same);
                assert_eq!(is_accepted(&own[..], &id), same);
            }
        }
        _ => {}
    }
});
