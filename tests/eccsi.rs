//! Prepared keys and batches of ECCSI give the same results as the plain operations.

use eccsi_sakke::{Error, eccsi};
use getrandom::{SysRng, rand_core::UnwrapErr};

const ID: &[u8] = b"2011-02\0tel:+447700900123\0";

fn kms() -> eccsi::KmsSecretKey {
    eccsi::KmsSecretKey::generate(&mut UnwrapErr(SysRng)).expect("a key")
}

#[test]
fn every_path_verifies_alike() {
    let mut rng = UnwrapErr(SysRng);
    let kms = kms();
    let public = kms.public_key().prepare();
    assert_eq!(public.public_key(), kms.public_key());
    let (key, second_device) = (kms.issue(&mut rng, ID), kms.issue(&mut rng, ID));
    let (key, second_device) = (key.expect("a key"), second_device.expect("a key"));
    let plain = kms.public_key().verifying_key(ID);
    let known = plain.prepare(key.pvt()).expect("prepared");
    assert_eq!(known.pvt(), key.pvt());
    let message = b"a message in parts";
    let parts: &[&[u8]] = &[&message[..5], &[], &message[5..]];
    let signatures = [
        key.sign(&mut rng, message),
        key.sign_parts(&mut rng, parts),
        key.sign_unverified(&mut rng, parts),
        second_device.sign(&mut rng, message),
    ];
    for signature in signatures {
        let signature = signature.expect("signed");
        let verdicts = |signature: &eccsi::Signature, id: &[u8], message: &[u8]| {
            [
                kms.public_key().verifying_key(id).verify(message, signature),
                public.verify(id, message, signature),
                public.verify_parts(id, &[message, b""], signature),
                if id == ID { known.verify(message, signature) } else { Err(Error::Rejected) },
                known.verifying_key().verify(message, signature).or(Err(Error::Rejected)),
            ]
        };
        assert_eq!(verdicts(&signature, ID, message), [Ok(()); 5]);
        assert_eq!(known.verify_parts(parts, &signature), Ok(()));
        assert_eq!(verdicts(&signature, ID, b"another"), [Err(Error::Rejected); 5]);
        assert_eq!(public.verify(b"another", message, &signature), Err(Error::Rejected));
        for octet in 0..64 {
            let mut spoilt = signature.to_bytes();
            spoilt[octet] ^= 1;
            if let Ok(spoilt) = eccsi::Signature::try_from(&spoilt) {
                assert_eq!(verdicts(&spoilt, ID, message), [Err(Error::Rejected); 5]);
            }
        }
    }
    let other = self::kms();
    let signature = key.sign(&mut rng, message).expect("signed");
    assert_eq!(other.public_key().prepare().verify(ID, message, &signature), Err(Error::Rejected));
}

#[test]
fn a_signer_is_prepared_with_a_point() {
    let kms = kms();
    let pvt = kms.issue(&mut UnwrapErr(SysRng), ID).expect("a key").pvt();
    let plain = kms.public_key().verifying_key(ID);
    let error = |pvt: &[u8]| plain.prepare(pvt).err();
    assert_eq!(error(&pvt), None);
    assert_eq!(error(&pvt[1..]), Some(Error::Length));
    let mut spoilt = pvt;
    spoilt[64] ^= 1;
    assert_eq!(error(&spoilt), Some(Error::NotOnCurve));
    spoilt[0] = 3;
    assert_eq!(error(&spoilt), Some(Error::PointEncoding));
}

#[cfg(feature = "alloc")]
#[test]
fn a_batch_is_verified_as_one_by_one() {
    use eccsi::SignedMessage;

    let mut rng = UnwrapErr(SysRng);
    let kms = kms();
    let public = kms.public_key().prepare();
    let ids: Vec<String> = (0..5).map(|i| format!("signer {i}")).collect();
    let keys: Vec<_> = ids.iter().map(|id| kms.issue(&mut rng, id).expect("a key")).collect();
    for length in [0, 1, 7, 8, 9, 16, 17, 33] {
        let messages: Vec<String> = (0..length).map(|i| format!("message {i}")).collect();
        let slices: Vec<&[u8]> = messages.iter().map(String::as_bytes).collect();
        let mut sign = |key: &eccsi::SigningKey, message| key.sign(&mut rng, message);
        let signed: Vec<Vec<_>> = keys
            .iter()
            .map(|key| slices.iter().map(|message| sign(key, message).expect("signed")).collect())
            .collect();
        // Signer i mod 5 signed message i.
        let mut items: Vec<_> = (0..length)
            .map(|i| SignedMessage {
                signer: ids[i % 5].as_bytes(),
                message: slices[i],
                signature: &signed[i % 5][i],
            })
            .collect();
        let mut seen: Vec<_> = signed.concat().iter().map(eccsi::Signature::r).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 5 * length, "every j once");
        assert_eq!(public.verify_all(&items), Ok(()));
        for invalid in
            [vec![0], vec![length / 2], (0..length).step_by(3).collect(), (0..length).collect()]
        {
            let originals = items.clone();
            for &i in invalid.iter().filter(|i| **i < length) {
                match i % 3 {
                    0 => items[i].message = b"another",
                    1 => items[i].signer = b"another",
                    _ => items[i].signature = &signed[(i + 1) % 5][i],
                }
            }
            let invalid: Vec<usize> = invalid.into_iter().filter(|i| *i < length).collect();
            let expected = if invalid.is_empty() { Ok(()) } else { Err(invalid) };
            assert_eq!(public.verify_all(&items), expected);
            items = originals;
        }
    }
}
