//! Keys that go through documents: wrapped, in clear, new shared ones.

use eccsi_sakke::kms::xml::Signed;
use eccsi_sakke::kms::{
    CertificateParts, Error, IntegrityKey, KeyIssuer, KeySetCheck, KmsCertificate, KmsMessage,
    NewKeys, Protection, Reading, Request, Response, SharedKeyId, SharedKeys, TransportKey,
    UnwrapKey, Wrapping,
};
use eccsi_sakke::mikey::Clock;
use eccsi_sakke::{KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, sakke};
use getrandom::{SysRng, rand_core::UnwrapErr};
use subtle::ConstantTimeEq;

const KMS_URI: &str = "kms.example.org";
const ALICE: &str = "sip:alice@example.org";
const URL: &str = "https://kms.example.org/keymanagement/identity/v1/keyprov";
const NOW: NtpTime = NtpTime::from_unix(1_800_000_000);

/// The octets in hexadecimal of either case, behind each other, for base64 of them.
fn base64_to_hex(document: &str, names: &[&str]) -> String {
    let mut out = document.to_owned();
    for name in names {
        for value in document.split(&format!("<{name}>")).skip(1) {
            let value = value.split('<').next().expect("a value");
            let octets = base64(value);
            out = out.replace(value, &hex::encode_upper(octets));
        }
    }
    out
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for digit in text.trim_end_matches('=').chars() {
        bits = bits << 6 | u32::try_from(DIGITS.find(digit).expect("a digit")).expect("small");
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    out
}

#[test]
fn a_key_set_comes_through_in_every_form() {
    let mut rng = UnwrapErr(SysRng);
    let (sign, enc) = (
        eccsi::KmsSecretKey::generate(&mut rng).expect("a key"),
        sakke::KmsSecretKey::generate(&mut rng).expect("a key"),
    );
    let periods = KeyPeriods::new(2_592_000).expect("a period");
    let parts = CertificateParts::new(KMS_URI, periods, sign.public_key(), enc.public_key());
    let document = parts.to_xml().expect("written");
    let certificate = CertificateParts::from_xml(&document).expect("read");
    assert_eq!(certificate, parts);
    let certificate = KmsCertificate::try_from(certificate).expect("a certificate");
    let issuer = KeyIssuer::new(&certificate, &sign, &enc).expect("its keys");
    let number = periods.number(NOW).expect("a number");
    let key_set = issuer.issue(&mut rng, ALICE, number).expect("a key set");

    let trk = TransportKey::generate(SharedKeyId(1), &mut rng).named("tk.1");
    let (next_trk, next_ink) = (
        TransportKey::generate(SharedKeyId(3), &mut rng).named("tk.2"),
        IntegrityKey::generate(SharedKeyId(4), &mut rng).named("ink.2"),
    );
    let request = Request::new(UserUri(ALICE), KmsUri(KMS_URI), URL, NOW);
    let clock = Clock { now: NOW, skew: 5 };
    let check = |protection| KeySetCheck {
        certificate: &certificate,
        user_uri: ALICE,
        protection,
        now: NOW,
    };
    for wrapping in
        [None, Some(Wrapping::Padded), Some(Wrapping::PaddedPoints), Some(Wrapping::Unpadded)]
    {
        let parts = key_set.to_parts(wrapping.map(|wrapping| (&trk, wrapping))).expect("parts");
        let of_keys = wrapping.unwrap_or_default();
        let new_keys = NewKeys {
            transport: vec![trk.wrap_transport_key(&next_trk, of_keys).expect("wrapped")],
            integrity: vec![trk.wrap_integrity_key(&next_ink, of_keys).expect("wrapped")],
        };
        let message = KmsMessage::KeyProv { key_sets: vec![parts.clone()], new_keys };
        let response = Response::new(&request, NOW, Some(message), wrapping.map(|_| &trk));
        let document = response.to_xml().expect("written");
        let text = core::str::from_utf8(&document).expect("UTF-8");
        let ssk = hex::encode(key_set.signing_key().ssk());
        assert_eq!(text.contains(&ssk), wrapping.is_none(), "in clear if it isn't wrapped");
        for text in [text.to_owned(), base64_to_hex(text, &["CipherValue"])] {
            let read = Signed::<Response>::from_xml(text.as_bytes()).expect("read");
            assert_eq!(read.unverified(), &response);
            let answer = read.unverified().check(&request, &clock).expect("an answer");
            let Some(KmsMessage::KeyProv { key_sets, new_keys }) = answer else {
                panic!("key sets were sent")
            };
            assert_eq!(key_sets, core::slice::from_ref(&parts));
            let protection = match wrapping {
                None => Protection::Clear,
                Some(wrapping) => Protection::Wrapped(&trk, wrapping.into()),
            };
            let set = key_sets[0].validate(&check(protection)).expect("valid");
            assert!(bool::from(set.ct_eq(&key_set)));
            let other = match wrapping {
                None => Protection::Wrapped(&trk, Reading::Any),
                Some(_) => Protection::Clear,
            };
            let refused = key_sets[0].validate(&check(other)).map(|_| ());
            assert_eq!(refused, Err(Error::Protection));
            let opened = trk
                .unwrap_transport_key(&new_keys.transport[0], SharedKeyId(3), of_keys.into())
                .expect("opened");
            assert!(bool::from(opened.ct_eq(&next_trk)));
            assert_eq!(opened.name(), Some("tk.2"));
        }
    }
}

#[test]
fn a_message_is_of_the_key_that_must_sign() {
    let mut rng = UnwrapErr(SysRng);
    let trk = TransportKey::generate(SharedKeyId(1), &mut rng);
    let ink = IntegrityKey::generate(SharedKeyId(2), &mut rng);
    let with_ink = SharedKeys::new(trk.clone(), Some(ink));
    let without = SharedKeys::new(trk, None);
    let request = Request::new(UserUri(ALICE), KmsUri(KMS_URI), URL, NOW);
    for (signer, other) in [(&with_ink, &without), (&without, &with_ink)] {
        let signed = Signed::<Request>::sign(request.clone(), signer).expect("signed");
        let document = signed.to_xml().expect("written");
        let read = Signed::<Request>::from_xml(&document).expect("read");
        assert_eq!(read.verify(signer).expect("verified").user_uri, ALICE);
        assert!(read.verify(other).is_err());
    }
}
