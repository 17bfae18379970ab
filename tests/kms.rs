//! What a KMS gives out: certificates, key sets, the keys that wrap and sign them, and the messages that contain them.

#[path = "kms/asked.rs"]
mod asked;
#[path = "kms/certificates.rs"]
mod certificates;
#[path = "kms/domains.rs"]
mod domains;
#[path = "kms/key_faults.rs"]
mod key_faults;
#[path = "kms/key_rings.rs"]
mod key_rings;
#[path = "kms/key_sets.rs"]
mod key_sets;
#[path = "kms/messages.rs"]
mod messages;
#[path = "kms/opening.rs"]
mod opening;
#[path = "kms/revocations.rs"]
mod revocations;
#[path = "kms/shared_keys.rs"]
mod shared_keys;
#[path = "../src/random/testing.rs"]
mod testing;

use eccsi_sakke::kms::{
    CertificateParts, CertificateStore, KeyIssuer, KeySet, KeySetCheck, KmsCertificate, Protection,
};
use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
use getrandom::{SysRng, rand_core::UnwrapErr};

const HOME: &str = "kms.example.org";
const ALICE: &str = "sip:alice@example.org";
const BOB: &str = "sip:bob@example.org";
const PERIOD: u64 = 2_592_000;
const NOW: NtpTime = NtpTime::from_unix(1_800_000_000);

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn later(seconds: u64) -> NtpTime {
    NtpTime::from_seconds(NOW.seconds() + seconds)
}

/// A store with these certificates, inserted in their order.
fn holding(capacity: usize, certificates: &[&KmsCertificate]) -> CertificateStore {
    let mut store = CertificateStore::new(capacity);
    for certificate in certificates {
        store.insert((*certificate).clone(), NOW).expect("room");
    }
    store
}

/// A KMS with its master keys.
struct Kms {
    ksak: eccsi::KmsSecretKey,
    z: sakke::KmsSecretKey,
    certificate: KmsCertificate,
}

impl Kms {
    fn new(uri: &str) -> Self {
        Self::with(uri, |parts| parts)
    }

    /// A KMS whose certificate `change` has changed.
    fn with(uri: &str, change: impl Fn(CertificateParts) -> CertificateParts) -> Self {
        let ksak = eccsi::KmsSecretKey::generate(&mut rng()).expect("a key");
        let z = sakke::KmsSecretKey::generate(&mut rng()).expect("a key");
        let periods = KeyPeriods::new(PERIOD).expect("a period");
        let parts = CertificateParts::new(uri, periods, ksak.public_key(), z.public_key());
        let certificate = KmsCertificate::try_from(change(parts)).expect("a certificate");
        Self { ksak, z, certificate }
    }

    fn number(&self) -> u64 {
        self.certificate.periods().number(NOW).expect("a period")
    }

    fn issuer(&self) -> KeyIssuer<'_> {
        KeyIssuer::new(&self.certificate, &self.ksak, &self.z).expect("its keys")
    }

    fn keys(&self, user_uri: &str) -> KeySet {
        self.issuer().issue(&mut rng(), user_uri, self.number()).expect("a key set")
    }

    fn check<'a>(&'a self, user_uri: &'a str) -> KeySetCheck<'a> {
        KeySetCheck {
            certificate: &self.certificate,
            user_uri,
            protection: Protection::Clear,
            now: NOW,
        }
    }
}
