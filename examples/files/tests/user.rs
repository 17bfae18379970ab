//! A user of a KMS keeps its state on disk, and a KMS keeps the key sets that it has issued.

mod place;

use std::fs;

use eccsi_sakke::kms::xml::{Served, answer};
use eccsi_sakke::kms::{
    self, Asked, CertificateParts, Deviations, ErrorReport, IntegrityKey, KeyIssuer, KeyRing,
    KmsCertificate, RequestCheck, Resource, SeenRequests, SharedKeyId, SharedKeys, TransportKey,
    Wrapping,
};
use eccsi_sakke::mikey::{Clock, MemoryCache};
use eccsi_sakke::mission_critical::MemoryStore;
use eccsi_sakke::stored::DeviceKey;
use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
use eccsi_sakke_files::{Error, Folder, KmsUser, Line, forget_issued_before, issued};
use getrandom::{SysRng, rand_core::UnwrapErr};
use place::Place;

const ALICE: &str = "sip:alice@example.org";
const KMS: &str = "kms.example.org";
const PERIOD: u64 = 2_592_000;
const START: u64 = 1532 * PERIOD;

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

impl Place {
    fn folder(&self, name: &str) -> Folder {
        Folder::open(&self.0.join(name), DeviceKey::new(1, &[7; 32]), name).expect("a folder")
    }

    fn alice(&self, seconds: u64) -> Result<KmsUser, Error> {
        KmsUser::open(self.folder("alice"), ALICE, KMS, NtpTime::from_seconds(START + seconds))
    }
}

fn keys(id: u32) -> (TransportKey, IntegrityKey) {
    let integrity = IntegrityKey::generate(SharedKeyId(id + 100), &mut rng());
    (TransportKey::generate(SharedKeyId(id), &mut rng()), integrity)
}

/// A KMS in the same process, and the connection to it.
struct Server {
    folder: Folder,
    ksak: eccsi::KmsSecretKey,
    z: sakke::KmsSecretKey,
    certificate: KmsCertificate,
    seen: SeenRequests,
    ring: KeyRing,
    /// The time, which advances by one second with every request.
    seconds: u64,
    requests: u32,
    /// Whether its answers are lost.
    loses: bool,
}

impl Server {
    /// Sets up a KMS and Alice's device with the keys that they share.
    fn with_alice(place: &Place) -> Self {
        let ksak = eccsi::KmsSecretKey::generate(&mut rng()).expect("a key");
        let z = sakke::KmsSecretKey::generate(&mut rng()).expect("a key");
        let periods = KeyPeriods::new(PERIOD).expect("a period");
        let parts = CertificateParts::new(KMS, periods, ksak.public_key(), z.public_key());
        let (transport, integrity) = keys(1);
        let ring = KeyRing::new(SharedKeys::new(transport, Some(integrity)));
        let store = MemoryStore::new(MemoryCache::new(100), 100);
        KmsUser::create(&place.folder("alice"), &ring, 10, &store).expect("created");
        let started = Clock { now: NtpTime::from_seconds(START - 100), skew: 5 };
        Self {
            folder: place.folder("kms"),
            ksak,
            z,
            certificate: parts.try_into().expect("a certificate"),
            seen: SeenRequests::new(100, &started),
            ring,
            seconds: 10,
            requests: 0,
            loses: false,
        }
    }
}

impl Line for Server {
    fn address(&self) -> &'static str {
        "https://kms.example.org"
    }

    fn clock(&self) -> Clock {
        Clock { now: NtpTime::from_seconds(START + self.seconds), skew: 5 }
    }

    fn exchange(
        &mut self,
        url: &str,
        document: &[u8],
    ) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let clock = self.clock();
        (self.seconds, self.requests) = (self.seconds + 1, self.requests + 1);
        let Self { folder, ksak, z, certificate, seen, ring, .. } = self;
        let issuer = KeyIssuer::new(certificate, ksak, z)?;
        let check = RequestCheck {
            certificate,
            url,
            user_uris: &[ALICE],
            shared: None,
            periods_ahead: 1,
            clock,
            deviations: Deviations::default(),
        };
        let answer = answer(document, ring, Wrapping::Padded, &check, seen, |asked| match asked {
            Asked::Init => Ok(Served::Certificate),
            Asked::KeyProv { user_uri, periods } => {
                let set =
                    |number| issued(folder, &issuer, certificate, (&user_uri, number), clock.now);
                Ok(Served::KeySets(periods.map(set).collect::<Result<_, _>>()?))
            }
            Asked::CertCache(_) => Ok(Served::Certificates(None, Vec::new())),
            _ => Err(kms::Error::Resource),
        })?;
        if self.loses { Err("lost".into()) } else { Ok(answer.document.to_vec()) }
    }
}

#[test]
fn a_user_has_after_a_restart_what_it_has_fetched() {
    let place = Place::new();
    let mut server = Server::with_alice(&place);
    let mut alice = place.alice(0).expect("as it was set up");
    assert!(alice.sets.is_empty());
    alice.fetch(&mut server).expect("certificates and keys");
    assert_eq!(alice.sets.len(), 1);
    drop(alice);
    let mut alice = place.alice(100).expect("read");
    assert_eq!(alice.sets.len(), 1);
    assert_eq!(alice.people.me(server.clock().now).expect("its KMS").uri(), ALICE);

    // Only the certificates are due. Near the end of the period, the keys of the next period are due as well.
    let before = server.requests;
    alice.fetch(&mut server).expect("certificates");
    assert_eq!(server.requests, before + 2);
    server.seconds = PERIOD - 86_400;
    alice.fetch(&mut server).expect("keys of the next period");
    assert_eq!(alice.sets.len(), 2);
    drop(alice);

    // The old keys are deleted when no message of the old period can arrive any more.
    assert_eq!(place.alice(PERIOD + 299).expect("read").sets.len(), 2);
    assert_eq!(place.alice(PERIOD + 301).expect("read").sets.len(), 1);
    assert_eq!(place.alice(PERIOD + 301).expect("read").sets.len(), 1);
    let names = place.folder("alice").names().expect("listed");
    assert_eq!(names.iter().filter(|name| name.starts_with("keys ")).count(), 1, "{names:?}");
}

#[test]
fn who_asks_again_gets_the_same_keys() {
    let place = Place::new();
    let mut server = Server::with_alice(&place);
    let mut alice = place.alice(0).expect("as it was set up");
    server.loses = true;
    let lost = alice.ask(&mut server, &Resource::Init);
    assert!(matches!(lost, Err(Error::Line(_))), "{lost:?}");
    server.loses = false;
    alice.ask(&mut server, &Resource::Init).expect("a certificate");
    server.loses = true;
    assert!(alice.ask(&mut server, &Resource::KeyProv(None)).is_err());
    let made = |number: u64| {
        let (_, parts) =
            server.folder.read::<kms::KeySetParts>(&format!("{number} {ALICE}")).expect("made");
        parts.user_pub_token_pvt
    };
    let first = [made(1532), made(1533)];
    server.loses = false;
    alice.ask(&mut server, &Resource::KeyProv(None)).expect("keys");
    let held = alice.sets.iter().map(|set| kms::KeyContent::plain(&set.signing_key().pvt()));
    assert_eq!(held.collect::<Vec<_>>(), first);
}

#[test]
fn shared_keys_are_replaced_and_an_offer_that_the_kms_lost_is_kept() {
    let place = Place::new();
    let mut server = Server::with_alice(&place);
    let mut alice = place.alice(0).expect("as it was set up");
    let before = server.ring.clone();
    let (transport, integrity) = keys(3);
    server.ring.offer(transport, Some(integrity)).expect("offered");
    alice.ask(&mut server, &Resource::Init).expect("a certificate and the offer");
    drop(alice);
    let mut alice = place.alice(0).expect("read");
    assert_eq!(alice.ring().newest().transport().id(), SharedKeyId(3));

    // The KMS has lost the offer. Alice asks under the offered keys and then under the keys in use.
    let offered = std::mem::replace(&mut server.ring, before);
    let requests = server.requests;
    alice.ask(&mut server, &Resource::Init).expect("under the keys in use");
    assert_eq!(server.requests, requests + 2);
    assert!(alice.ring().offered().is_some());

    // The KMS finds the offer again.
    server.ring = offered;
    alice.ask(&mut server, &Resource::Init).expect("under the new keys");
    assert!(alice.ring().offered().is_none());
    drop(alice);
    let alice = place.alice(0).expect("read");
    assert_eq!(alice.ring().in_use().transport().id(), SharedKeyId(3));
}

#[test]
fn a_refusal_that_stays_is_told() {
    let place = Place::new();
    let mut server = Server::with_alice(&place);
    let mut alice = place.alice(0).expect("as it was set up");
    let refused = alice.ask(&mut server, &Resource::Redirect);
    let Err(Error::Refused(report)) = refused else { panic!("{refused:?}") };
    assert_eq!(report.code, ErrorReport::MISDIRECTED);
    assert_eq!(server.requests, 1);
    // A KMS that has just started refuses requests. If its clock stands still, Alice asks several times and then
    // reports it.
    server.seen =
        SeenRequests::new(100, &Clock { now: NtpTime::from_seconds(START + 100), skew: 5 });
    let refused = alice.ask(&mut server, &Resource::Init);
    let Err(Error::Refused(report)) = refused else { panic!("{refused:?}") };
    assert_eq!(report.code, ErrorReport::ASK_AGAIN);
    assert!(server.requests > 5, "{}", server.requests);
}

#[test]
fn nothing_is_used_that_could_not_be_written() {
    let place = Place::new();
    let mut server = Server::with_alice(&place);
    let mut alice = place.alice(0).expect("as it was set up");
    let (transport, integrity) = keys(3);
    server.ring.offer(transport, Some(integrity)).expect("offered");
    // A folder where the file is to be created makes the creation fail.
    let new = place.0.join("alice").join("ring.new");
    fs::create_dir(&new).expect("made");
    let failed = alice.ask(&mut server, &Resource::Init);
    assert!(matches!(failed, Err(Error::Io { .. })), "{failed:?}");
    assert!(alice.ring().offered().is_none());
    fs::remove_dir(&new).expect("removed");
    alice.ask(&mut server, &Resource::Init).expect("the offer again");
    assert!(alice.ring().offered().is_some());
}

#[test]
fn a_user_starts_with_what_is_left_and_asks_for_the_rest() {
    let place = Place::new();
    let mut server = Server::with_alice(&place);
    let mut alice = place.alice(0).expect("as it was set up");
    alice.fetch(&mut server).expect("keys");
    drop(alice);
    // A file cannot be opened.
    let name = place
        .folder("alice")
        .names()
        .expect("listed")
        .into_iter()
        .find(|name| name.starts_with("keys "))
        .expect("keys");
    let file = place.0.join("alice").join(format!("{}.record", name.replace(' ', "%20")));
    fs::write(&file, b"no record").expect("written");
    let mut alice = place.alice(0).expect("without its keys");
    assert!(alice.sets.is_empty());
    assert!(matches!(&alice.unusable[..], [(held, Error::Record { .. })] if *held == name));
    alice.fetch(&mut server).expect("the same keys");
    drop(alice);
    let alice = place.alice(0).expect("read");
    assert_eq!((alice.sets.len(), alice.unusable.len()), (1, 0));
    drop(alice);

    // The certificate is revoked, and another replaces it within the period.
    let parts = server.certificate.parts().clone();
    let revoked = CertificateParts { revoked: true, ..parts.clone() };
    server.certificate = revoked.try_into().expect("a certificate");
    let mut alice = place.alice(0).expect("read");
    alice.ask(&mut server, &Resource::Init).expect("a revocation");
    drop(alice);
    let mut alice = place.alice(0).expect("without usable keys");
    assert!(
        matches!(&alice.unusable[..], [(_, Error::Kms(kms::Error::Revoked))]),
        "{:?}",
        alice.unusable
    );
    server.ksak = eccsi::KmsSecretKey::generate(&mut rng()).expect("a key");
    server.z = sakke::KmsSecretKey::generate(&mut rng()).expect("a key");
    let periods = KeyPeriods::new(PERIOD).expect("a period");
    let parts =
        CertificateParts::new(KMS, periods, server.ksak.public_key(), server.z.public_key());
    let parts = CertificateParts { cert_uri: Some("second".into()), ..parts };
    server.certificate = parts.try_into().expect("a certificate");
    server.folder = place.folder("new kms");
    alice.fetch(&mut server).expect("keys under the new certificate");
    assert_eq!(alice.sets.len(), 1);
    alice
        .ask(&mut server, &Resource::KeyProv(None))
        .expect("the same again, and the next period's");
    assert_eq!(alice.sets.len(), 2);
}

#[test]
fn setting_up_can_be_done_again_if_it_was_interrupted() {
    let place = Place::new();
    let (transport, integrity) = keys(1);
    let ring = KeyRing::new(SharedKeys::new(transport, Some(integrity)));
    let store = || MemoryStore::new(MemoryCache::new(100), 100);
    // Every record except the last one has been created.
    KmsUser::create(&place.folder("alice"), &ring, 10, &store()).expect("created");
    place.folder("alice").remove("ring").expect("removed");
    KmsUser::create(&place.folder("alice"), &ring, 10, &store()).expect("created again");
    let again = KmsUser::create(&place.folder("alice"), &ring, 10, &store());
    assert!(matches!(again, Err(Error::Exists(_))), "{again:?}");
    assert!(place.alice(0).is_ok());
}

#[test]
fn a_kms_forgets_the_keys_of_periods_that_are_over() {
    let place = Place::new();
    let mut server = Server::with_alice(&place);
    let mut alice = place.alice(0).expect("as it was set up");
    alice.ask(&mut server, &Resource::Init).expect("a certificate");
    alice.ask(&mut server, &Resource::KeyProv(None)).expect("keys of two periods");
    assert_eq!(server.folder.names().expect("listed").len(), 2);
    forget_issued_before(&server.folder, 1533).expect("deleted");
    assert_eq!(server.folder.names().expect("listed"), [format!("1533 {ALICE}")]);
}
