//! Of all signatures and messages, only what the signer signed is accepted.
//!
//! The input is a signature of 129 octets and a message.
#![no_main]

use eccsi_sakke::eccsi::Signature;
use eccsi_sakke_fuzz::{SIGNER, attribute, take};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let octets: [u8; 129] = take(&mut data);
    let Ok(signature) = Signature::try_from(&octets) else { return };
    let key = SIGNER.kms.verifying_key(&SIGNER.id);
    let accepted = key.verify(data, &signature);
    let (front, back) = data.split_at(data.len() / 2);
    assert_eq!(key.verify_parts(&[front, back], &signature), accepted);
    if accepted.is_ok() {
        // It is the signature of the appendix, or that one with q − s in place of s.
        let own = attribute("rfc6507-appendix-a", "signature");
        assert_eq!(data, attribute("rfc6507-appendix-a", "M"));
        assert_eq!((&octets[..32], &octets[64..]), (&own[..32], &own[64..]));
    }
});
