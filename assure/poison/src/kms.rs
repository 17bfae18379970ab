//! TS 33.180 annex D: secret are the keys that wrap and sign, and the keys of a set.

use std::hint::black_box;

use eccsi_sakke::kms::{
    CertificateParts, Error, IntegrityKey, KeyContent, KeyIssuer, KeySetCheck, KeySetParts,
    KmsCertificate, Protection, Reading, SharedKeyId, SharedKeys, TransportKey, UnwrapKey,
    WrappedKey, Wrapping,
};
use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
use subtle::ConstantTimeEq;

use crate::client::secret;
use crate::{Run, is_public, is_secret, secret_rng};

const USER: &str = "sip:alice@example.org";
const NOW: NtpTime = NtpTime::from_unix(1_800_000_000);
const ID: SharedKeyId = SharedKeyId(1);
const WRAPPINGS: [Wrapping; 3] = [Wrapping::Padded, Wrapping::PaddedPoints, Wrapping::Unpadded];

fn trk() -> TransportKey {
    TransportKey::new(ID, secret([0x41; 32])).expect("32 octets")
}

fn ink() -> IntegrityKey {
    IntegrityKey::new(ID, secret([0x42; 32])).expect("32 octets")
}

fn wrapped(octets: &[u8]) -> WrappedKey {
    WrappedKey { octets: octets.to_vec(), ..WrappedKey::default() }
}

pub fn operations(run: &mut Run) {
    shared(run);
    wrapping(run);
    sets(run);
}

fn shared(run: &mut Run) {
    run.wanted("TransportKey, IntegrityKey: generate, ct_eq, clone, drop", || {
        let (trk, ink) = (
            TransportKey::generate(ID, &mut secret_rng(40)),
            IntegrityKey::generate(ID, &mut secret_rng(41)),
        );
        is_secret(trk.to_bytes().as_slice());
        is_secret(ink.to_bytes().as_slice());
        black_box(trk.ct_eq(&trk.clone()));
        black_box(ink.ct_eq(&ink.clone()));
    });
    run.wanted("SharedKeys::sign, verify", || {
        for keys in [SharedKeys::new(trk(), Some(ink())), SharedKeys::new(trk(), None)] {
            let mac = keys.sign(b"octets").expect("a MAC");
            is_public(&mac);
            assert_eq!(keys.verify(b"octets", Some(ID), &mac), Ok(()));
            assert_eq!(keys.verify(b"others", Some(ID), &mac), Err(Error::Mac));
        }
    });
}

fn wrapping(run: &mut Run) {
    let (ssk, mut point) = (secret([0x51; 32]), secret([0x52; 257]));
    point[0] = 4;
    for wrapping in WRAPPINGS {
        run.wanted(&format!("TransportKey::wrap, unwrap: {wrapping:?}"), || {
            for key in [&ssk[..], &point[..]] {
                let octets = trk().wrap(key, wrapping).expect("wrapped");
                is_public(&octets);
                let opened = trk().unwrap(&wrapped(&octets), key.len(), wrapping.into());
                is_secret(&opened.expect("opens"));
                let opened = trk().unwrap(&wrapped(&octets), key.len(), Reading::Any);
                is_secret(&opened.expect("opens"));
            }
        });
        run.wanted(&format!("TransportKey::unwrap, refused: {wrapping:?}"), || {
            let mut octets = trk().wrap(&ssk, wrapping).expect("wrapped");
            octets[20] ^= 1;
            assert_eq!(trk().unwrap(&wrapped(&octets), 32, wrapping.into()), Err(Error::Unwrap));
        });
    }
    run.wanted("TransportKey::wrap_transport_key, unwrap_transport_key", || {
        let content = trk().wrap_transport_key(&trk(), Wrapping::Padded).expect("wrapped");
        let key = trk().unwrap_transport_key(&content, ID, Reading::default()).expect("opens");
        is_secret(key.to_bytes().as_slice());
    });
}

fn check<'a>(certificate: &'a KmsCertificate, protection: Protection<'a>) -> KeySetCheck<'a> {
    KeySetCheck { certificate, user_uri: USER, protection, now: NOW }
}

fn sets(run: &mut Run) {
    let ksak = eccsi::KmsSecretKey::try_from(&secret([0x25; 32])).expect("in range");
    let z = sakke::KmsSecretKey::try_from(&secret([0x26; 128])).expect("in range");
    let periods = KeyPeriods::new(2_592_000).expect("a period");
    let parts =
        CertificateParts::new("kms.example.org", periods, ksak.public_key(), z.public_key());
    let certificate = KmsCertificate::try_from(parts).expect("a certificate");
    let issuer = KeyIssuer::new(&certificate, &ksak, &z).expect("its keys");
    let number = periods.number(NOW).expect("a period");
    let issue = |user| issuer.issue(&mut secret_rng(42), user, number).expect("issued");

    run.wanted("KeyIssuer::issue", || {
        let set = issue(USER);
        is_secret(set.signing_key().ssk().as_slice());
        is_public(&set.signing_key().pvt());
        is_secret(&set.receiver_key().to_bytes()[1..]);
    });
    let (set, other) = (issue(USER), issue("sip:bob@example.org"));
    for wrapping in WRAPPINGS {
        run.wanted(&format!("KeySet::to_parts, KeySetParts::validate: {wrapping:?}"), || {
            let trk = trk();
            let sent = set.to_parts(Some((&trk, wrapping))).expect("wrapped");
            let again =
                sent.validate(&check(&certificate, Protection::Wrapped(&trk, Reading::Any)));
            let again = again.expect("its keys");
            is_secret(again.signing_key().ssk().as_slice());
            is_secret(&again.receiver_key().to_bytes()[1..]);
            is_public(&again.signing_key().pvt());
        });
    }
    run.wanted("KeySetParts::validate, in clear and refused", || {
        let plain = set.to_parts(None).expect("parts");
        plain.validate(&check(&certificate, Protection::Clear)).expect("its keys");
        black_box(set.ct_eq(&other));
        let others = other.to_parts(None).expect("parts");
        for wrong in [
            KeySetParts { user_decrypt_key: others.user_decrypt_key.clone(), ..plain.clone() },
            KeySetParts {
                user_signing_key_ssk: others.user_signing_key_ssk.clone(),
                ..plain.clone()
            },
            KeySetParts {
                user_signing_key_ssk: KeyContent::plain(&secret([0; 32])),
                ..plain.clone()
            },
        ] {
            let refused = wrong.validate(&check(&certificate, Protection::Clear));
            assert_eq!(refused.err(), Some(Error::Keys));
        }
    });
}
