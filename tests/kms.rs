//! What a KMS gives: certificates, key sets, and the keys they are wrapped with.

use eccsi_sakke::kms::{
    CertificateParts, Error, KeyContent, KeySetCheck, KeySetParts, KmsCertificate, Protection,
    Reading, SharedKeyId, TransportKey, ValidPeriod, WrappedKey, Wrapping,
};
use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
use getrandom::{SysRng, rand_core::UnwrapErr};

const KMS: &str = "kms.example.org";
const ALICE: &str = "sip:alice@example.org";
const NOW: NtpTime = NtpTime::from_unix(1_800_000_000);

#[test]
fn a_key_set_is_validated_and_sent_again() {
    let mut rng = UnwrapErr(SysRng);
    let periods = KeyPeriods::new(2_592_000, 0).unwrap();
    let number = periods.number(NOW).unwrap();
    let (sign, enc) = (
        eccsi::KmsSecretKey::generate(&mut rng).unwrap(),
        sakke::KmsSecretKey::generate(&mut rng).unwrap(),
    );
    let parts = CertificateParts::new(KMS, periods, sign.public_key(), enc.public_key());
    let certificate = KmsCertificate::try_from(parts).unwrap();
    let uid = periods.uid(ALICE, KMS, number).unwrap();
    let signing = sign.issue(&mut rng, uid).unwrap();
    let plain = KeySetParts {
        version: KeySetParts::VERSION.into(),
        kms_uri: KMS.into(),
        cert_uri: None,
        issuer: None,
        user_uri: ALICE.into(),
        user_id: uid.as_bytes().to_vec(),
        valid: ValidPeriod::default(),
        key_period_no: number,
        revoked: false,
        user_decrypt_key: KeyContent::plain(enc.extract(&uid).unwrap().to_bytes().as_slice()),
        user_signing_key_ssk: KeyContent::plain(signing.ssk().as_slice()),
        user_pub_token_pvt: KeyContent::plain(&signing.pvt()),
    };
    let check = KeySetCheck {
        certificate: &certificate,
        user_uri: ALICE,
        protection: Protection::Clear,
        now: NOW,
    };
    let set = plain.validate(&check).unwrap();
    assert_eq!(set.to_parts(None).unwrap(), plain);

    let trk = TransportKey::generate(SharedKeyId(7), &mut rng);
    for wrapping in [Wrapping::Padded, Wrapping::PaddedPoints, Wrapping::Unpadded] {
        let wrapped = set.to_parts(Some((&trk, wrapping))).unwrap();
        assert_eq!(wrapped.validate(&check).unwrap_err(), Error::Protection);
        for reading in [Reading::Only(wrapping), Reading::Any] {
            let check = KeySetCheck { protection: Protection::Wrapped(&trk, reading), ..check };
            let again = wrapped.validate(&check).unwrap();
            assert_eq!(again.to_parts(None).unwrap(), plain);
        }
    }
}

#[test]
fn nothing_too_short_opens() {
    let trk = TransportKey::new(SharedKeyId(7), [1; 32]).unwrap();
    // The integrity value alone would be a wrapped key of no octets.
    let wrapped = WrappedKey { octets: vec![0xa6; 8], ..WrappedKey::default() };
    for len in [0, 8, 32] {
        assert_eq!(trk.unwrap(&wrapped, len, Reading::Any), Err(Error::Length));
        assert_eq!(trk.unwrap(&wrapped, len, Wrapping::Unpadded), Err(Error::Length));
    }
}
