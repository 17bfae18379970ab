//! Prepared keys and batches of ECCSI agree with unprepared keys about good and bad signatures.
//!
//! The input is KSAK of 32 octets and a seed of 8 octets. Then follow, for each message, the number of its signer, the
//! place and the mask of a change to its signature, its length, and the message.
#![no_main]

use eccsi_sakke::eccsi::{KmsSecretKey, Signature, SignedMessage};
use eccsi_sakke_fuzz::{Rng, take};
use libfuzzer_sys::fuzz_target;

/// The signature with an octet changed, or unchanged if the change would leave no signature.
fn altered(signature: Signature, place: u8, mask: u8) -> Signature {
    let mut octets = signature.to_bytes();
    octets[usize::from(place) % octets.len()] ^= mask;
    Signature::try_from(&octets).unwrap_or(signature)
}

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let Ok(kms) = KmsSecretKey::try_from(&take::<32>(&mut data)) else { return };
    let rng = &mut Rng(u64::from_be_bytes(take(&mut data)));
    let ids: [&[u8]; 2] = [b"one", b"other"];
    let keys = ids.map(|id| kms.issue(rng, id).expect("issued"));
    let (public, prepared) = (kms.public_key(), kms.public_key().prepare());
    for (key, id) in keys.iter().zip(ids) {
        let again = prepared.signing_key(&key.ssk()[..], &key.pvt()[..], id).expect("its own");
        assert_eq!(again.ssk(), key.ssk());
    }

    let mut messages = Vec::new();
    while messages.len() < 20 && !data.is_empty() {
        let [signer, place, mask, length] = take(&mut data);
        let (message, rest) = data.split_at(usize::from(length).min(data.len()));
        data = rest;
        messages.push((usize::from(signer & 1), place, mask, message));
    }
    let mut signed = Vec::new();
    let mut wrong = Vec::new();
    for (i, (who, place, mask, message)) in messages.into_iter().enumerate() {
        let signature = altered(keys[who].sign(rng, message).expect("signed"), place, mask);
        let key = public.verifying_key(ids[who]);
        let accepted = key.verify(message, &signature);
        assert_eq!(prepared.verify(ids[who], message, &signature), accepted);
        let signer = key.prepare(keys[who].pvt()).expect("a point");
        assert_eq!(signer.verify(message, &signature), accepted);
        if accepted.is_err() {
            wrong.push(i);
        }
        signed.push((ids[who], message, signature));
    }
    let batch: Vec<_> = signed
        .iter()
        .map(|(signer, message, signature)| SignedMessage { signer, message, signature })
        .collect();
    assert_eq!(prepared.verify_all(&batch).err().unwrap_or_default(), wrong);
});
