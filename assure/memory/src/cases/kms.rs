//! The keys that a KMS gives: those that wrap and sign, and those of a set.

use eccsi_sakke::kms::{
    CertificateParts, Error, IntegrityKey, KeyContent, KeyIssuer, KeySetCheck, KeySetParts,
    KmsCertificate, Protection, Reading, SharedKeyId, SharedKeys, TransportKey, UnwrapKey,
    ValidPeriod, WrappedKey, Wrapping,
};
use eccsi_sakke::{KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, sakke};

use super::{Case, Inputs, good, rng};

pub const USER: &str = "sip:alice@example.org";
pub const NOW: NtpTime = NtpTime::from_unix(1_800_000_000);
pub const SEED_SET: u64 = 8;
const KMS: &str = "kms";
const ID: SharedKeyId = SharedKeyId(1);

pub fn periods() -> KeyPeriods {
    KeyPeriods::new(2_592_000).expect("a period")
}

pub fn number() -> u64 {
    periods().number(NOW).expect("a period")
}

pub fn certificate(kpak: &eccsi::KmsPublicKey, z: &sakke::KmsPublicKey) -> KmsCertificate {
    KmsCertificate::try_from(CertificateParts::new(KMS, periods(), kpak, z)).expect("good parts")
}

fn public(inputs: &Inputs) -> KmsCertificate {
    certificate(&inputs.kpak(), &inputs.public())
}

fn trk(inputs: &Inputs) -> Result<TransportKey, Error> {
    TransportKey::new(ID, &inputs.plain::<32>("trk")[..])
}

/// A set with these contents for RSK, SSK and PVT.
fn set([rsk, ssk, pvt]: [KeyContent; 3]) -> KeySetParts {
    let uid = periods().uid(UserUri(USER), KmsUri(KMS), number()).expect("a URI");
    KeySetParts {
        version: KeySetParts::VERSION.into(),
        kms_uri: KMS.into(),
        cert_uri: None,
        issuer: None,
        user_uri: USER.into(),
        user_id: uid.as_bytes().to_vec(),
        valid: ValidPeriod::default(),
        key_period_no: number(),
        revoked: false,
        user_decrypt_key: rsk,
        user_signing_key_ssk: ssk,
        user_pub_token_pvt: pvt,
    }
}

fn in_clear(inputs: &Inputs) -> KeySetParts {
    let rsk = KeyContent::plain(&inputs.plain::<257>("set-rsk")[..]);
    let ssk = KeyContent::plain(&inputs.plain::<32>("set-ssk")[..]);
    set([rsk, ssk, KeyContent::plain(&inputs.plain::<65>("set-pvt")[..])])
}

fn wrapped(inputs: &Inputs) -> KeySetParts {
    let rsk = KeyContent::wrapped(&inputs.plain::<272>("set-rsk-wrapped")[..]);
    let ssk = KeyContent::wrapped(&inputs.plain::<40>("set-ssk-wrapped")[..]);
    set([rsk, ssk, KeyContent::wrapped(&inputs.plain::<80>("set-pvt-wrapped")[..])])
}

fn check<'a>(certificate: &'a KmsCertificate, protection: Protection<'a>) -> KeySetCheck<'a> {
    KeySetCheck { certificate, user_uri: USER, protection, now: NOW }
}

pub(super) const CASES: &[(&str, Case)] = &[
    ("kms::TransportKey::unwrap", |inputs| {
        let trk = trk(inputs);
        let opened = |wrapped: &[u8], len| {
            let wrapped = WrappedKey { octets: wrapped.to_vec(), ..WrappedKey::default() };
            good(&good(&trk).unwrap(&wrapped, len, Reading::Any));
        };
        opened(&inputs.plain::<272>("set-rsk-wrapped")[..], 257);
        opened(&inputs.plain::<40>("set-ssk-wrapped")[..], 32);
    }),
    ("kms::TransportKey::wrap", |inputs| {
        let trk = trk(inputs);
        for wrapping in [Wrapping::Padded, Wrapping::Unpadded] {
            good(&good(&trk).wrap(&inputs.plain::<257>("set-rsk")[..], wrapping));
            good(&good(&trk).wrap(&inputs.plain::<32>("set-ssk")[..], wrapping));
        }
    }),
    ("kms::SharedKeys::sign, verify", |inputs| {
        let ink = IntegrityKey::new(ID, &inputs.plain::<32>("trk")[..]);
        let keys = SharedKeys::new(good(&trk(inputs)).clone(), Some(good(&ink).clone()));
        let mac = keys.sign(b"octets");
        good(&keys.verify(b"octets", Some(ID), &good(&mac)[..]));
    }),
    ("kms::KeySetParts::validate, in clear", |inputs| {
        let certificate = public(inputs);
        good(&in_clear(inputs).validate(&check(&certificate, Protection::Clear)));
    }),
    ("kms::KeySetParts::validate, refused", |inputs| {
        let certificate = public(inputs);
        let others = KeyContent::plain(&inputs.plain::<257>("rsk")[..]);
        let wrong = KeySetParts { user_decrypt_key: others, ..in_clear(inputs) };
        let refused = wrong.validate(&check(&certificate, Protection::Clear));
        assert_eq!(refused.as_ref().err(), Some(&Error::Keys));
    }),
    ("kms::KeySetParts::validate, wrapped", |inputs| {
        let (certificate, trk) = (public(inputs), trk(inputs));
        let trk: &TransportKey = good(&trk);
        let protection = Protection::Wrapped(trk, Reading::default());
        good(&wrapped(inputs).validate(&check(&certificate, protection)));
    }),
    ("kms::KeyIssuer::issue, KeySet::to_parts", |inputs| {
        let (ksak, z, trk) = (inputs.ksak(), inputs.z(), trk(inputs));
        let certificate = public(inputs);
        let issuer = KeyIssuer::new(&certificate, good(&ksak), good(&z));
        let set = good(&issuer).issue(&mut rng(SEED_SET), USER, number());
        good(&good(&set).to_parts(Some((good(&trk), Wrapping::Padded))));
        good(&good(&set).to_parts(None));
    }),
    ("kms::KeySet::to_parts, in clear", |inputs| {
        let certificate = public(inputs);
        let set = in_clear(inputs).validate(&check(&certificate, Protection::Clear));
        good(&good(&set).to_parts(None));
    }),
];
