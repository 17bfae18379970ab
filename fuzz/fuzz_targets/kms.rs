//! Resources, wrapped keys, certificates and key sets of any octets are refused, or are what their decoded value
//! encodes to.

#![no_main]

use std::sync::LazyLock;

use eccsi_sakke::kms::{
    CertificateParts, Error, KeyContent, KeyIssuer, KeySetCheck, KeySetParts, KeyWrap,
    KmsCertificate, Protection, Reading, Resource, SharedKeyId, TransportKey, UnwrapKey,
    WrappedKey, Wrapping,
};
use eccsi_sakke::{KeyPeriods, NtpTime, eccsi};
use eccsi_sakke_fuzz::{RECEIVER, Rng, take};
use libfuzzer_sys::fuzz_target;

const USER: &str = "sip:alice@example.org";
const NOW: NtpTime = NtpTime::from_unix(1_800_000_000);
const WRAPPINGS: [Wrapping; 3] = [Wrapping::Padded, Wrapping::PaddedPoints, Wrapping::Unpadded];

static TRK: LazyLock<TransportKey> =
    LazyLock::new(|| TransportKey::new(SharedKeyId(1), [7; 32]).expect("32 octets"));

/// A certificate and a key set of its KMS.
static GOOD: LazyLock<(CertificateParts, KeySetParts)> = LazyLock::new(|| {
    let ksak = eccsi::KmsSecretKey::try_from(&[1; 32]).expect("in range");
    let periods = KeyPeriods::new(2_592_000).expect("a period");
    let (kpak, z) = (ksak.public_key(), RECEIVER.kms.public_key());
    let parts = CertificateParts::new("kms.example.org", periods, kpak, z);
    let certificate = KmsCertificate::try_from(parts.clone()).expect("a certificate");
    let issuer = KeyIssuer::new(&certificate, &ksak, &RECEIVER.kms).expect("its keys");
    let number = periods.number(NOW).expect("a period");
    let set = issuer.issue(&mut Rng(1), USER, number).expect("a key set");
    (parts, set.to_parts(None).expect("parts"))
});

/// Changes one of `octets`, cuts them there, or appends one, as `data` says.
fn changed(octets: &mut Vec<u8>, data: &mut &[u8]) {
    let [at, with, how] = take(data);
    let at = usize::from(at) % octets.len().max(1);
    match how {
        0 => octets.truncate(at),
        1 => octets.push(with),
        _ => octets.iter_mut().skip(at).take(1).for_each(|octet| *octet ^= with),
    }
}

fn resource(data: &[u8]) {
    let Ok(url) = std::str::from_utf8(data) else { return };
    for url in [url.to_owned(), format!("/keymanagement/identity/v1/{url}")] {
        if let Ok(resource) = Resource::of_url(&url) {
            assert_eq!(Resource::of_url(&resource.path()), Ok(resource));
        }
    }
}

fn wrapped(mut data: &[u8]) {
    let [len, change] = take(&mut data);
    let foreign = WrappedKey { octets: data.to_vec(), ..WrappedKey::default() };
    let foreign = TRK.unwrap(&foreign, len.into(), Reading::Any);
    assert!(matches!(foreign, Ok(_) | Err(Error::Unwrap | Error::Length)));
    for wrap in [KeyWrap::Rfc3394, KeyWrap::Rfc5649] {
        if let Ok(key) = wrap.unwrap(&[7; 16], data) {
            assert_eq!(wrap.wrap(&[7; 16], &key).as_deref(), Ok(data));
        }
    }
    for wrapping in WRAPPINGS {
        let Ok(mut octets) = TRK.wrap(data, wrapping) else { continue };
        let open = |octets: &[u8], reading| {
            let wrapped = WrappedKey { octets: octets.to_vec(), ..WrappedKey::default() };
            TRK.unwrap(&wrapped, data.len(), reading)
        };
        for reading in [Reading::Only(wrapping), Reading::Any] {
            assert_eq!(open(&octets, reading).as_deref().map(Vec::as_slice), Ok(data));
        }
        let at = usize::from(len) % octets.len();
        octets[at] ^= change;
        assert_eq!(open(&octets, Reading::Any).is_ok(), change == 0);
    }
}

fn certificate(mut data: &[u8]) {
    let good = GOOD.0.clone();
    let mut parts = good.clone();
    let [what] = take(&mut data);
    match what % 8 {
        0 => changed(&mut parts.pub_enc_key, &mut data),
        1 => changed(&mut parts.pub_auth_key, &mut data),
        2 => parts.parameter_set = Some(u64::from_be_bytes(take(&mut data))),
        3 => parts.user_key_period = u64::from_be_bytes(take(&mut data)),
        4 => parts.user_id_format = String::from_utf8_lossy(data).into(),
        5 => parts.valid.from = Some(NtpTime::from_seconds(u64::from_be_bytes(take(&mut data)))),
        6 => parts.pub_enc_key = data.to_vec(),
        _ => parts.pub_auth_key = data.to_vec(),
    }
    if let Ok(certificate) = KmsCertificate::try_from(parts.clone()) {
        assert_eq!(*certificate.parts(), parts);
        let _ = certificate.check(NOW);
        // The key is the same exactly if the octets of the point are.
        let is_same = certificate.z().to_bytes().as_slice() == good.pub_enc_key;
        assert_eq!(is_same, parts.pub_enc_key == good.pub_enc_key);
    }
}

fn key_set(mut data: &[u8]) {
    let (certificate, good) = &*GOOD;
    let certificate = KmsCertificate::try_from(certificate.clone()).expect("a certificate");
    let mut parts = good.clone();
    let [what] = take(&mut data);
    let content = match what % 8 {
        0 => Some(&mut parts.user_decrypt_key),
        1 => Some(&mut parts.user_signing_key_ssk),
        2 => Some(&mut parts.user_pub_token_pvt),
        _ => None,
    };
    match (content, what % 8) {
        (Some(KeyContent::Plain(octets)), _) => changed(octets, &mut data),
        (_, 3) => changed(&mut parts.user_id, &mut data),
        (_, 4) => parts.key_period_no = u64::from_be_bytes(take(&mut data)),
        (_, 5) => parts.kms_uri = String::from_utf8_lossy(data).into(),
        (_, 6) => parts.user_uri = String::from_utf8_lossy(data).into(),
        _ => parts.valid.to = Some(NtpTime::from_seconds(u64::from_be_bytes(take(&mut data)))),
    }
    let check = KeySetCheck {
        certificate: &certificate,
        user_uri: USER,
        protection: Protection::Clear,
        now: NOW,
    };
    match parts.validate(&check) {
        Ok(set) => {
            assert_eq!(set.to_parts(None), Ok(parts.clone()));
            let valid = parts.valid;
            assert_eq!(KeySetParts { valid: good.valid, ..parts }, *good);
            assert!(valid.to.is_none_or(|to| NOW <= to));
        }
        Err(error) => assert_ne!(&parts, good, "{error}"),
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((what, data)) = data.split_first() else { return };
    match what % 4 {
        0 => resource(data),
        1 => wrapped(data),
        2 => certificate(data),
        _ => key_set(data),
    }
});
