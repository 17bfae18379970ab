//! Key data under a right MAC is refused, or is what its decoded keys encode to.

#![no_main]

use eccsi_sakke::mikey::psk::{KeyData, KeyKind, PskMessage};
use eccsi_sakke::mikey::{KeyUse, MemoryCache, Message, Payload};
use eccsi_sakke_fuzz::OUTLINE;
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use sha2::Sha256;

const PSK: [u8; 16] = [1; 16];

/// A message whose key data is `plain`, which may be anything.
fn message(plain: &[u8]) -> Option<Vec<u8>> {
    // A message for a key of as many zeros, whose known plaintext is then replaced in the ciphertext.
    let zeros = vec![0; plain.len().checked_sub(4)?];
    let mut octets = OUTLINE.seal(&PSK, &[KeyData::new(KeyKind::Tgk, &zeros)]).ok()?;
    let known = [[0, 0].as_slice(), &(zeros.len() as u16).to_be_bytes(), &zeros].concat();
    let end = octets.len() - 33;
    let data = &mut octets[end - plain.len()..end];
    for (octet, (known, plain)) in data.iter_mut().zip(known.iter().zip(plain)) {
        *octet ^= known ^ plain;
    }
    let derivation = PskMessage::decode(&octets).expect("a message").derivation();
    let key = derivation.key::<32>(KeyUse::MessageAuthentication, &PSK, 0xff).expect("a key");
    let (covered, mac) = octets.split_at_mut(end + 1);
    let own = Hmac::<Sha256>::new_from_slice(&*key).expect("a key").chain_update(covered);
    mac.copy_from_slice(&own.finalize().into_bytes());
    Some(octets)
}

fuzz_target!(|plain: &[u8]| {
    let Some(octets) = message(plain) else { return };
    let decoded = Message::decode(&octets).expect("a message");
    assert!(matches!(decoded.payloads().last(), Some(Payload::Kemac(_))));
    let fresh = PskMessage::decode(&octets).expect("a message").check_counter(None);
    let opened = fresh.expect("fresh").authenticate(&PSK, &mut MemoryCache::new(0));
    if let Ok(opened) = opened {
        assert_eq!(opened.key_data_octets(), plain);
        let keys: Vec<_> = opened.key_data().collect();
        assert_eq!(OUTLINE.seal(&PSK, &keys).expect("sealed"), octets);
        for key in keys {
            let derivation = opened.message().derivation();
            let _ = key.master_key::<16>(&derivation, 1);
            let _ = key.master_salt::<14>(&derivation, 1);
        }
    }
});
