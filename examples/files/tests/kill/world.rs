//! The participants are a KMS with constant master keys, its GMS, and a client. Only the results of their steps are
//! stored.

use std::fs;
use std::path::{Path, PathBuf};

use eccsi_sakke::kms::{CertificateParts, KeyIssuer, KmsCertificate};
use eccsi_sakke::mikey::{Clock, Expected, IdScheme, Kms, User};
use eccsi_sakke::mission_critical::{Group, KeyParameters, Purpose, Reception};
use eccsi_sakke::sakke::{self, ReceiverKey};
use eccsi_sakke::stored::DeviceKey;
use eccsi_sakke::{KeyPeriods, NtpTime, eccsi};
use eccsi_sakke_files::Folder;
use getrandom::{SysRng, rand_core::UnwrapErr};

pub const GROUP: &[u8] = b"sip:group@example.org";
pub const GMS: &str = "sip:gms@example.org";
pub const ALICE: &str = "sip:alice@example.org";
pub const SKEW: u32 = 10;
pub const KMS: &str = "kms.example.org";
const PERIOD: u64 = 2_592_000;
/// The number of the key period in which the test takes place.
pub const NUMBER: u64 = 1532;

pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// The time at which group key `number` is sent, one second after the previous one.
pub fn time_of(number: u32) -> NtpTime {
    NtpTime::from_seconds(NUMBER * PERIOD + 1000 + u64::from(number))
}

pub struct World {
    ksak: eccsi::KmsSecretKey,
    z: sakke::KmsSecretKey,
    certificate: KmsCertificate,
    kms: Kms,
    /// The signing key of the GMS.
    pub signing_key: eccsi::SigningKey,
    /// The receiver key of Alice.
    pub receiver_key: ReceiverKey,
}

impl World {
    pub fn new() -> Self {
        let ksak = eccsi::KmsSecretKey::try_from(&[0x51; 32]).expect("in range");
        let mut z = [0x51; 128];
        z[0] = 1;
        let z = sakke::KmsSecretKey::try_from(&z).expect("in range");
        let periods = KeyPeriods::new(PERIOD).expect("a period");
        let parts = CertificateParts::new(KMS, periods, ksak.public_key(), z.public_key());
        let kms = Kms::new(KMS, IdScheme::Uid(periods), *ksak.public_key(), *z.public_key());
        let identifier = |uri| kms.user(uri).identifier(time_of(0)).expect("an identifier");
        let signing_key = ksak.issue(&mut rng(), identifier(GMS)).expect("a key");
        let receiver_key = z.extract(&identifier(ALICE)).expect("a key");
        let certificate = parts.try_into().expect("a certificate");
        Self { ksak, z, certificate, kms, signing_key, receiver_key }
    }

    pub fn issuer(&self) -> KeyIssuer<'_> {
        KeyIssuer::new(&self.certificate, &self.ksak, &self.z).expect("its keys")
    }

    pub fn certificate(&self) -> &KmsCertificate {
        &self.certificate
    }

    pub fn gms(&self) -> User<'_> {
        self.kms.user(GMS)
    }

    pub fn alice(&self) -> User<'_> {
        self.kms.user(ALICE)
    }

    /// Alice's clock when group key `number` is the last one sent.
    pub fn reception(&self, number: u32) -> Reception<'_> {
        let clock = Clock { now: time_of(number), skew: SKEW };
        Reception::new(Expected::new(self.gms(), self.alice()), clock)
    }
}

pub fn parameters() -> KeyParameters {
    let group = Group::new(GROUP);
    KeyParameters { groups: vec![group], ..KeyParameters::new(Purpose::Gmk) }
}

pub fn folder(place: &Path, name: &str) -> Folder {
    Folder::open(&place.join(name), DeviceKey::new(1, &[7; 32]), name).expect("a folder")
}

/// Messages in transit, as files that are named after the number of their group key. Any of them may be lost.
pub struct Network(PathBuf);

impl Network {
    pub fn new(place: &Path) -> Self {
        let path = place.join("network");
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub fn send(&self, number: u32, message: &[u8]) {
        let new = self.0.join("new");
        fs::write(&new, message).expect("written");
        fs::rename(new, self.0.join(number.to_string())).expect("renamed");
    }

    /// Reads the messages of the last group keys up to this one, whose T Alice accepts as fresh.
    pub fn recent(&self, number: u32) -> Vec<(u32, Vec<u8>)> {
        let numbers = number.saturating_sub(SKEW)..=number;
        let read = |number: u32| fs::read(self.0.join(number.to_string())).ok();
        numbers.filter_map(|number| Some((number, read(number)?))).collect()
    }
}

pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
