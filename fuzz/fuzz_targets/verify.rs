//! Any signature over any message: a signature is accepted only if the signer made it.
//!
//! The input: a signature of 129 octets, then the message.
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
        // The signature of the appendix, or the same with q − s in place of s.
        let own = attribute("rfc6507-appendix-a", "signature");
        assert_eq!(data, attribute("rfc6507-appendix-a", "M"));
        assert_eq!((&octets[..32], &octets[64..]), (&own[..32], &own[64..]));
    }
});
