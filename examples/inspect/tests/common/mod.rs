//! A KMS with its users, the messages that they send, and files of test vectors.

#![allow(dead_code, reason = "each test uses only a part of it")]

use std::fs;
use std::path::{Path, PathBuf};

use eccsi_sakke::kms::{CertificateParts, KeyIssuer, KeySet, KmsCertificate};
use eccsi_sakke::mission_critical::{Delivery, Key, Purpose};
use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
use eccsi_sakke_inspect::{Keys, Options, Report, Verdict, inspect};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use serde_json::Value;

/// 2026-01-01T00:00:00Z.
pub const NOW: u64 = 1_767_225_600;
pub const ALICE: &str = "sip:alice@example.org";
pub const BOB: &str = "sip:bob@example.org";

pub fn now() -> NtpTime {
    NtpTime::from_unix(NOW)
}

pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

pub fn options() -> Options {
    Options::at(now())
}

/// The report on this input at the present time. Checks that every name in it is documented.
pub fn inspected(input: impl AsRef<[u8]>, keys: &Keys) -> Report {
    let report = inspect(input.as_ref(), keys, &options()).expect("a report");
    let ids = report.checks.iter().map(|check| check.id);
    for id in ids.chain(report.findings.iter().map(|finding| finding.id)) {
        assert!(include_str!("../../src/lib.rs").contains(&format!("`{id}`")), "{id}");
    }
    report
}

pub fn keys_of(members: &Value) -> Keys {
    let mut keys = Keys::new();
    keys.add(members.to_string().as_bytes()).expect("keys");
    keys
}

/// The outcome of the first check with this id, as in JSON, and its reason.
pub fn outcome(report: &Report, id: &str) -> (String, String) {
    let check = report.checks.iter().find(|check| check.id == id);
    let check = check.unwrap_or_else(|| panic!("no check {id}\n{report}"));
    let outcome = serde_json::to_value(check.outcome).expect("JSON");
    (outcome.as_str().expect("text").into(), check.why.clone().unwrap_or_default())
}

pub fn has_finding(report: &Report, id: &str) -> bool {
    report.findings.iter().any(|finding| finding.id == id)
}

#[track_caller]
pub fn assert_verdict(report: &Report, verdict: Verdict) {
    assert_eq!(report.verdict, verdict, "{report}");
}

/// A KMS.
pub struct Domain {
    pub certificate: KmsCertificate,
    sign: eccsi::KmsSecretKey,
    enc: sakke::KmsSecretKey,
}

impl Domain {
    pub fn new(uri: &str, period: u64) -> Self {
        let sign = eccsi::KmsSecretKey::generate(&mut rng()).expect("a key");
        let enc = sakke::KmsSecretKey::generate(&mut rng()).expect("a key");
        let periods = KeyPeriods::new(period).expect("a period");
        let parts = CertificateParts::new(uri, periods, sign.public_key(), enc.public_key());
        let certificate = KmsCertificate::try_from(parts).expect("a certificate");
        Self { certificate, sign, enc }
    }

    pub fn kpak(&self) -> String {
        hex::encode(self.certificate.kpak().to_bytes())
    }

    pub fn z(&self) -> String {
        hex::encode(self.certificate.z().to_bytes())
    }

    /// The user's keys of the present key period.
    pub fn key_set(&self, user: &str) -> KeySet {
        let number = self.certificate.periods().number(now()).expect("a number");
        let issuer = KeyIssuer::new(&self.certificate, &self.sign, &self.enc).expect("an issuer");
        issuer.issue(&mut rng(), user, number).expect("keys")
    }

    pub fn rsk(&self, user: &str) -> String {
        hex::encode(self.key_set(user).receiver_key().to_bytes().as_slice())
    }

    /// The certificate in XML.
    pub fn certificate_xml(&self) -> Vec<u8> {
        self.certificate.parts().to_xml().expect("written").to_vec()
    }

    /// The user's key set in clear, in XML.
    pub fn key_set_xml(&self, user: &str) -> Vec<u8> {
        let parts = self.key_set(user).to_parts(None).expect("parts");
        parts.to_xml().expect("written").to_vec()
    }

    /// The given members of KEYS.json, the certificate, and the key sets of these users.
    pub fn keys(&self, members: &Value, users: &[&str]) -> Keys {
        let mut keys = keys_of(members);
        keys.add(&self.certificate_xml()).expect("a certificate");
        for user in users {
            keys.add(&self.key_set_xml(user)).expect("a key set");
        }
        keys
    }

    /// A PCK from one user to the other.
    pub fn message(&self, from: &str, to: &str) -> Vec<u8> {
        let kms = self.certificate.kms(now()).expect("in force");
        let key = Key::generate(Purpose::Pck, &mut rng());
        let delivery = Delivery::new(kms.user(from), kms.user(to), now());
        let signing_key = self.key_set(from);
        delivery.message(&key, signing_key.signing_key(), &mut rng()).expect("a message")
    }
}

pub fn vectors_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors")
}

/// The tests of these groups in mikey.json.
pub fn vectors(operation: &str) -> Vec<Value> {
    vectors_of("mikey.json", operation)
}

pub fn vectors_of(file: &str, operation: &str) -> Vec<Value> {
    let text = fs::read_to_string(vectors_folder().join(file)).expect("readable");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let groups = document["groups"].as_array().expect("groups").iter();
    let groups = groups.filter(|group| group["operation"] == operation);
    groups.flat_map(|group| group["tests"].as_array().expect("tests").clone()).collect()
}

pub fn message(test: &Value) -> &str {
    test["message"].as_str().expect("text")
}

/// A message in the way that cameras send it over RTSP: a TEK with salt, without encryption and MAC.
pub fn of_camera() -> Vec<u8> {
    let hdr = "01000500 0a0b0c0d 0100 00 deadbeef 00000000";
    // 2026-01-01T00:00:00Z.
    let t = "0b00 ed003780 00000000";
    let rand = "0a10 000102030405060708090a0b0c0d0e0f";
    let sp = "010000 0018 000101 010110 020101 030114 070101 080101 0a0101 0b010a";
    let key = "101112131415161718191a1b1c1d1e1f 202122232425262728292a2b2c2d";
    let kemac = format!("0000 0027 0021 001e {key} 04 00000001 00");
    let digits: String = [hdr, t, rand, sp, &kemac].concat().split_whitespace().collect();
    hex::decode(digits).expect("octets")
}
