//! ECCSI: secret are KSAK, v, SSK and j.

use std::hint::black_box;

use eccsi_sakke::Error;
use eccsi_sakke::eccsi::{KmsSecretKey, SigningKey};
use signature::{RandomizedMultipartSigner, RandomizedSigner};
use subtle::ConstantTimeEq;

use crate::client::secret;
use crate::{Run, is_public, is_secret, secret_rng};

const ID: &[u8] = b"2011-02\0tel:+447700900123\0";

/// A value for KSAK, v and j.
const KSAK: [u8; 32] = [0x51; 32];
const EPHEMERAL: [u8; 32] = [0x52; 32];

pub fn operations(run: &mut Run) {
    let kms = KmsSecretKey::try_from(&secret(KSAK)).expect("in range");
    let key = kms.issue(&mut secret_rng(1), ID).expect("issued");
    let (ssk, pvt, kpak) = (*key.ssk(), key.pvt(), *kms.public_key());

    run.wanted("KmsSecretKey::generate", || {
        let kms = KmsSecretKey::generate(&mut secret_rng(2)).expect("drawn");
        is_secret(kms.to_bytes().as_slice());
        is_public(&kms.public_key().to_bytes());
    });
    run.wanted("KmsSecretKey::try_from", || {
        is_secret(KmsSecretKey::try_from(&secret(KSAK)).expect("in range").to_bytes().as_slice());
        assert_eq!(KmsSecretKey::try_from(&secret([0; 32])).err(), Some(Error::Range));
        assert_eq!(KmsSecretKey::try_from(&secret([0xff; 32])).err(), Some(Error::Range));
    });
    run.wanted("KmsSecretKey::issue", || {
        let key = kms.issue(&mut secret_rng(3), ID).expect("issued");
        is_secret(key.ssk().as_slice());
        is_public(&key.pvt());
    });
    run.wanted("KmsSecretKey::issue_with_v", || {
        let key = kms.issue_with_v(&secret(EPHEMERAL), ID).expect("issued");
        is_secret(key.ssk().as_slice());
    });
    run.wanted("SigningKey::new", || {
        let key = SigningKey::new(secret(ssk), pvt, ID, &kpak).expect("its own");
        is_secret(key.ssk().as_slice());
    });
    run.wanted("SigningKey::new, refused", || {
        let refused = SigningKey::new(secret([0x53; 32]), pvt, ID, &kpak).err();
        assert_eq!(refused, Some(Error::KeyMismatch));
        for ssk in [[0; 32], [0xff; 32]] {
            assert_eq!(SigningKey::new(secret(ssk), pvt, ID, &kpak).err(), Some(Error::Range));
        }
    });
    let prepared_kms = kpak.prepare();
    run.wanted("PreparedKmsPublicKey::signing_key", || {
        let key = prepared_kms.signing_key(secret(ssk), pvt, ID).expect("its own");
        is_secret(key.ssk().as_slice());
        let refused = prepared_kms.signing_key(secret([0x53; 32]), pvt, ID).err();
        assert_eq!(refused, Some(Error::KeyMismatch));
    });
    signing(run, &key);
    run.wanted("ct_eq, clone, drop", || {
        black_box(key.ct_eq(&key.clone()));
        black_box(kms.ct_eq(&KmsSecretKey::try_from(&secret(KSAK)).expect("in range")));
    });
}

fn signing(run: &mut Run, key: &SigningKey) {
    run.wanted("SigningKey::sign", || {
        is_public(key.sign(&mut secret_rng(4), b"message").expect("signed").as_bytes());
    });
    run.wanted("SigningKey::sign_parts", || {
        let signature = key.sign_parts(&mut secret_rng(5), &[b"mess", b"age"]).expect("signed");
        is_public(signature.as_bytes());
    });
    run.wanted("SigningKey::sign_with_j", || {
        let signature = key.sign_with_j(&secret(EPHEMERAL), &[b"message"]).expect("signed");
        is_public(signature.as_bytes());
    });
    run.wanted("signature::RandomizedSigner", || {
        let rng = &mut secret_rng(6);
        is_public(key.try_sign_with_rng(rng, b"message").expect("signed").as_bytes());
        let parts = key.try_multipart_sign_with_rng(rng, &[b"mess", b"age"]).expect("signed");
        is_public(parts.as_bytes());
    });
    run.wanted("SigningKey::sign_unverified", || {
        let signature = key.sign_unverified(&mut secret_rng(7), &[b"message"]).expect("signed");
        is_public(signature.as_bytes());
    });
    run.wanted("SigningKey::trace_with_j", || {
        let trace = key.trace_with_j(&secret(EPHEMERAL), &[b"message"]).expect("signed");
        is_public(&trace.j);
        is_public(trace.signature.as_bytes());
    });
}
