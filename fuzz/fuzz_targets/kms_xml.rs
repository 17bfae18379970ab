//! Documents of a KMS are refused, or can be written and read again with the same content.

#![no_main]

use eccsi_sakke::kms::xml::{Error, RedirectResponse, Signature, Signed};
use eccsi_sakke::kms::{
    CertificateParts, IntegrityKey, KeySetParts, KmsCertificate, Request, Response, SharedKeyId,
    SharedKeys, TransportKey,
};
use libfuzzer_sys::fuzz_target;

/// What a document decodes to is written to a document that decodes to the same value and is written the same again.
macro_rules! round_trip {
    ($type:ty, $document:expr) => {
        <$type>::from_xml($document).inspect(|decoded| {
            let written = decoded.to_xml().expect("written");
            let again = <$type>::from_xml(&written).expect("read again");
            assert_eq!(&again, decoded);
            assert_eq!(again.to_xml().expect("written"), written);
        })
    };
}

fuzz_target!(|document: &[u8]| {
    let transport = TransportKey::new(SharedKeyId(1), [1; 32]).expect("a key");
    let integrity = IntegrityKey::new(SharedKeyId(2), [2; 32]).expect("a key");
    let keys = SharedKeys::new(transport, Some(integrity));

    macro_rules! signed {
        ($type:ty) => {
            let bare = round_trip!($type, document);
            let signed = round_trip!(Signed<$type>, document);
            if let Ok(signed) = &signed {
                // A random document is never signed correctly.
                assert!(signed.verify(&keys).is_err());
            }
            // A document without a signature can be read in both ways, and can be signed.
            if let Ok(bare) = bare {
                assert_eq!(signed.expect("the same").into_unverified(), bare);
                if let Ok(signed) = Signed::<$type>::sign(bare, &keys) {
                    let written = signed.to_xml().expect("written");
                    let read = Signed::<$type>::from_xml(&written).expect("read again");
                    assert_eq!(read, signed);
                    // Signing the same again gives a signature that verifies too.
                    let verified = read.verify(&keys).expect("verified");
                    let signed = Signed::<$type>::sign(verified.clone(), &keys).expect("signed");
                    assert_eq!(signed.verify(&keys), Ok(verified));
                }
            }
        };
    }
    signed!(Request);
    signed!(Response);
    if let Ok(certificate) = round_trip!(CertificateParts, document) {
        let _ = KmsCertificate::try_from(certificate);
    }
    let _ = round_trip!(KeySetParts, document);
    if let Ok(redirect) = RedirectResponse::from_xml(document) {
        assert_eq!(RedirectResponse::from_xml(redirect.as_bytes()).as_ref(), Ok(&redirect));
        let _ = (redirect.id(), redirect.texts("KmsUri"), redirect.signature());
        if let Ok(Some(nested)) = redirect.nested() {
            assert_eq!(RedirectResponse::from_xml(nested.as_bytes()), Ok(nested));
        }
        // The octets that a signature covers are a redirect response themselves.
        if let Ok(signed) = redirect.verify(|_, _| Ok::<_, Error>(())) {
            let read = RedirectResponse::from_xml(signed.as_bytes()).expect("read again");
            assert_eq!(read.as_bytes(), signed.as_bytes());
        }
    }
    if let Ok(signature) = Signature::from_xml(document) {
        assert!(signature.verify(&[1; 16], document).is_err());
    }
});
