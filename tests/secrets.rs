//! Secret types don't print themselves, they wipe themselves, and they take their randomness from the caller.

#[path = "../src/random/testing.rs"]
mod testing;

use core::fmt;

use eccsi_sakke::{Error, Identifier, TryError, eccsi, sakke};
use getrandom::{SysRng, rand_core::UnwrapErr};
use subtle::ConstantTimeEq;
use testing::{NoEntropy, failing, repeating};
use zeroize::ZeroizeOnDrop;

const ID: &[u8] = b"2011-02\0tel:+447700900123\0";

fn id() -> Identifier {
    Identifier::try_from(ID).expect("an identifier")
}

/// Whether `text` contains eight of the octets in a row, in hexadecimal or decimal.
fn shows(text: &str, secret: &[u8]) -> bool {
    let text = text.to_lowercase();
    secret.windows(8).any(|octets| {
        let decimal = octets.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        text.contains(&hex::encode(octets)) || text.contains(&decimal)
    })
}

#[test]
fn debug_shows_no_secret() {
    let mut rng = UnwrapErr(SysRng);
    let kms_sign = eccsi::KmsSecretKey::generate(&mut rng).expect("a key");
    let kms_enc = sakke::KmsSecretKey::generate(&mut rng).expect("a key");
    let signer = kms_sign.issue(&mut rng, ID).expect("a key");
    let receiver = kms_enc.extract(&id()).expect("a key");
    let ssv = sakke::SharedSecret::generate(&mut rng);
    let hidden = |value: &dyn fmt::Debug, secret: &[u8]| {
        let (plain, pretty) = (format!("{value:?}"), format!("{value:#?}"));
        assert!(!shows(&plain, secret) && !shows(&pretty, secret), "{plain}");
        assert!(plain.ends_with("(..)"), "{plain}");
    };
    hidden(&kms_sign, kms_sign.to_bytes().as_slice());
    hidden(&kms_enc, kms_enc.to_bytes().as_slice());
    hidden(&signer, signer.ssk().as_slice());
    hidden(&receiver, receiver.to_bytes().as_slice());
    #[cfg(feature = "alloc")]
    hidden(&receiver.prepare().expect("prepared"), receiver.to_bytes().as_slice());
    hidden(&ssv, ssv.as_bytes());
}

#[test]
fn debug_shows_what_is_public() {
    let mut rng = UnwrapErr(SysRng);
    let kms = eccsi::KmsSecretKey::generate(&mut rng).expect("a key");
    let kpak = kms.public_key();
    assert!(shows(&format!("{kpak:?}"), &kpak.to_bytes()), "the detector finds what is shown");
    let signature =
        kms.issue(&mut rng, ID).and_then(|key| key.sign(&mut rng, b"")).expect("signed");
    assert!(shows(&format!("{signature:?}"), &signature.to_bytes()));
    assert_eq!(format!("{:?}", id()), r#"Identifier("2011-02\x00tel:+447700900123\x00")"#);
}

#[test]
fn secret_types_wipe_themselves_and_compare_in_constant_time() {
    fn secret<T: ZeroizeOnDrop + ConstantTimeEq>() {}
    secret::<eccsi::KmsSecretKey>();
    secret::<eccsi::SigningKey>();
    secret::<sakke::KmsSecretKey>();
    secret::<sakke::ReceiverKey>();
    #[cfg(feature = "alloc")]
    secret::<sakke::PreparedReceiverKey>();
    secret::<sakke::SharedSecret>();
}

#[test]
fn keys_are_equal_to_themselves_alone() {
    let mut rng = UnwrapErr(SysRng);
    let (one, other) = (
        eccsi::KmsSecretKey::generate(&mut rng).expect("a key"),
        eccsi::KmsSecretKey::generate(&mut rng).expect("a key"),
    );
    let again = eccsi::KmsSecretKey::try_from(one.to_bytes().as_slice()).expect("its octets");
    assert!(bool::from(one.ct_eq(&again) & !one.ct_eq(&other)));
    let (first, second) =
        (one.issue(&mut rng, ID).expect("a key"), one.issue(&mut rng, ID).expect("a key"));
    assert!(bool::from(first.ct_eq(&first.clone()) & !first.ct_eq(&second)), "every pair is new");

    let (one, other) = (
        sakke::KmsSecretKey::generate(&mut rng).expect("a key"),
        sakke::KmsSecretKey::generate(&mut rng).expect("a key"),
    );
    let again = sakke::KmsSecretKey::try_from(one.to_bytes().as_slice()).expect("its octets");
    assert!(bool::from(one.ct_eq(&again) & !one.ct_eq(&other)));
    let (first, second) =
        (one.extract(&id()).expect("a key"), other.extract(&id()).expect("a key"));
    assert!(bool::from(first.ct_eq(&first.clone()) & !first.ct_eq(&second)));
}

#[test]
fn a_failing_generator_is_reported_as_it_fails() {
    let mut rng = UnwrapErr(SysRng);
    let kms = eccsi::KmsSecretKey::generate(&mut rng).expect("a key");
    let signer = kms.issue(&mut rng, ID).expect("a key");
    let to = sakke::KmsSecretKey::generate(&mut rng)
        .and_then(|kms| kms.public_key().recipient(&id()))
        .expect("a recipient");
    let failing = &mut failing();
    assert_eq!(eccsi::KmsSecretKey::try_generate(failing).err(), Some(TryError::Rng(NoEntropy)));
    assert_eq!(sakke::KmsSecretKey::try_generate(failing).err(), Some(TryError::Rng(NoEntropy)));
    assert_eq!(kms.try_issue(failing, ID).err(), Some(TryError::Rng(NoEntropy)));
    assert_eq!(signer.try_sign(failing, b"").err(), Some(TryError::Rng(NoEntropy)));
    assert_eq!(signer.try_sign_parts(failing, &[]).err(), Some(TryError::Rng(NoEntropy)));
    assert_eq!(signer.try_sign_unverified(failing, &[]).err(), Some(TryError::Rng(NoEntropy)));
    assert_eq!(to.try_encapsulate_with_rng(failing).err(), Some(TryError::Rng(NoEntropy)));
    assert_eq!(sakke::SharedSecret::try_generate(failing).err(), Some(TryError::Rng(NoEntropy)));
    let error = eccsi::KmsSecretKey::try_generate(failing).expect_err("fails");
    let words = "random number generator failed: stop, and look at its own error";
    assert_eq!(error.to_string(), words);
    let source = std::error::Error::source(&error).expect("the generator's own error");
    assert_eq!(source.to_string(), "no entropy");
}

#[test]
fn a_stuck_generator_ends_in_an_error() {
    for octet in [0x00, 0xff] {
        let stuck = &mut repeating(octet);
        assert_eq!(eccsi::KmsSecretKey::generate(stuck).err(), Some(Error::Randomness));
        assert_eq!(sakke::KmsSecretKey::generate(stuck).err(), Some(Error::Randomness));
    }
}

#[test]
fn a_stuck_generator_gives_no_two_messages_one_j() {
    let mut rng = UnwrapErr(SysRng);
    let kms = eccsi::KmsSecretKey::generate(&mut rng).expect("a key");
    let signer = kms.issue(&mut rng, ID).expect("a key");
    let other = kms.issue(&mut rng, ID).expect("a key");
    let sign = |key: &eccsi::SigningKey, octet, message| {
        let signature = key.sign(&mut repeating(octet), message).expect("signed");
        assert!(kms.public_key().verifying_key(ID).verify(message, &signature).is_ok());
        signature
    };
    let signatures = [
        sign(&signer, 0x00, b"a"),
        sign(&signer, 0x00, b"b"),
        sign(&signer, 0xff, b"a"),
        sign(&other, 0x00, b"a"),
    ];
    for (i, one) in signatures.iter().enumerate() {
        assert!(signatures[..i].iter().all(|before| before.r() != one.r()), "r tells j");
    }
    assert_eq!(sign(&signer, 0x00, b"a"), signatures[0], "which is deterministic then");
}

#[cfg(feature = "signature")]
#[test]
fn the_signature_traits_are_the_methods() {
    use signature::{
        MultipartVerifier, RandomizedMultipartSigner, RandomizedSigner, SignatureEncoding, Verifier,
    };
    let mut rng = UnwrapErr(SysRng);
    let kms = eccsi::KmsSecretKey::generate(&mut rng).expect("a key");
    let signer = kms.issue(&mut rng, ID).expect("a key");
    let verifier = kms.public_key().verifying_key(ID);
    let signature: eccsi::Signature = signer.try_sign_with_rng(&mut SysRng, b"ab").expect("signed");
    assert!(MultipartVerifier::multipart_verify(&verifier, &[b"a", b"b"], &signature).is_ok());
    let signature: eccsi::Signature =
        signer.try_multipart_sign_with_rng(&mut SysRng, &[b"a", b"b"]).expect("signed");
    assert!(Verifier::verify(&verifier, b"ab", &signature).is_ok());
    assert!(Verifier::verify(&verifier, b"a", &signature).is_err());
    assert_eq!(signature.encoded_len(), eccsi::Signature::LEN);
    assert!(signer.try_sign_with_rng(&mut failing(), b"").is_err());
}
