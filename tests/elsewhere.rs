//! Keys that live elsewhere: a KMS without KSAK and z in its process, a client without its SSK, RSK, TrK and InK, and
//! wrong answers that are refused.

#[path = "elsewhere/issuing.rs"]
mod issuing;
#[path = "elsewhere/keys.rs"]
mod keys;
#[path = "elsewhere/opening.rs"]
mod opening;
#[path = "elsewhere/shared_keys.rs"]
mod shared_keys;
#[path = "elsewhere/signing.rs"]
mod signing;
#[path = "../src/random/testing.rs"]
mod testing;

use eccsi_sakke::kms::{CertificateParts, KeyIssuer, KeySet, KmsCertificate};
use eccsi_sakke::mikey::Kms;
use eccsi_sakke::{Identifier, KeyPeriods, NtpTime, eccsi, sakke};
use getrandom::{SysRng, rand_core::UnwrapErr};

const ALICE: &str = "sip:alice@example.org";
const BOB: &str = "sip:bob@example.org";
const PERIOD: u64 = 2_592_000;
const NOW: NtpTime = NtpTime::from_unix(1_800_000_000);

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// The time of the next key period.
fn next() -> NtpTime {
    NtpTime::from_seconds(NOW.seconds() + PERIOD)
}

/// A KMS with its master keys, with which the keys elsewhere are compared.
struct Home {
    ksak: eccsi::KmsSecretKey,
    z: sakke::KmsSecretKey,
    certificate: KmsCertificate,
}

impl Home {
    fn new() -> Self {
        let ksak = eccsi::KmsSecretKey::generate(&mut rng()).expect("a key");
        let z = sakke::KmsSecretKey::generate(&mut rng()).expect("a key");
        let periods = KeyPeriods::new(PERIOD).expect("a period");
        let (kpak, public) = (ksak.public_key(), z.public_key());
        let parts = CertificateParts::new("kms.example.org", periods, kpak, public);
        Self { certificate: KmsCertificate::try_from(parts).expect("a certificate"), ksak, z }
    }

    fn kms(&self) -> &Kms {
        self.certificate.kms(NOW).expect("in force")
    }

    fn number(&self) -> u64 {
        self.certificate.periods().number(NOW).expect("a period")
    }

    fn uid(&self, user: &str, time: NtpTime) -> Identifier {
        self.kms().user(user).identifier(time).expect("a UID")
    }

    fn key_set(&self, user: &str, number: u64) -> KeySet {
        let issuer = KeyIssuer::new(&self.certificate, &self.ksak, &self.z).expect("its keys");
        issuer.issue(&mut rng(), user, number).expect("a key set")
    }
}
