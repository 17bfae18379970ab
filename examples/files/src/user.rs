//! A user of a KMS, a GMS or a client, with everything that it keeps.

use std::thread;
use std::time::Duration;

use eccsi_sakke::kms::xml::{Asking, Taken};
use eccsi_sakke::kms::{
    self, CertificateStore, ErrorReport, KeyRing, KeySet, KeySetCheck, KeySetParts, KeysOf,
    Protection, Reading, Resource,
};
use eccsi_sakke::mikey::{Clock, ReplayCache, User};
use eccsi_sakke::mission_critical::{KeyStore, MemoryStore};
use eccsi_sakke::sakke::Decapsulate;
use eccsi_sakke::{KmsUri, NtpTime, UserUri};

use crate::{Error, FileStore, Folder, Record};

/// What the names of key sets begin with.
const KEYS: &str = "keys ";

/// The name of the keys that user and KMS share.
const RING: &str = "ring";

/// Between a question and the same one once more.
const PAUSE: Duration = Duration::from_millis(700);

/// The way to a KMS: HTTP over TLS, usually.
pub trait Line {
    /// What the URLs of the KMS's resources begin with.
    fn address(&self) -> &str;

    /// The time now, and how far from it the time of an answer may be.
    fn clock(&self) -> Clock;

    /// Sends a document to a URL, and gives what comes back.
    ///
    /// Errors: whatever kept the answer from coming.
    fn exchange(
        &mut self,
        url: &str,
        document: &[u8],
    ) -> Result<Vec<u8>, Box<dyn std::error::Error>>;
}

/// A user of a KMS: the keys that they share, certificates, key sets, and the store of what is received.
///
/// Everything is on disk before it is used. The parts can be borrowed beside each other: a message is received into
/// `store`, opened with `sets`, and verified with what `people` has.
#[derive(Debug)]
pub struct KmsUser {
    folder: Folder,
    ring: (Record<KeyRing>, KeyRing),
    /// The user, and whom it knows.
    pub people: People,
    /// The key sets, of this key period and its neighbours.
    pub sets: Vec<KeySet>,
    /// The names of key sets that couldn't be used at the start, and why: of a certificate that was revoked, or in a
    /// file that doesn't open.
    pub unusable: Vec<(String, Error)>,
    /// What was received.
    pub store: FileStore,
}

/// A user, and the KMSs of those that it talks to.
#[derive(Debug)]
pub struct People {
    uri: String,
    kms_uri: String,
    record: Record<CertificateStore>,
    certificates: CertificateStore,
}

impl KmsUser {
    /// Sets a device up, once, with the keys that were brought to it out of band. If it is interrupted, it can be done
    /// again.
    ///
    /// Errors: as of [`Folder::create`].
    pub fn create(
        folder: &Folder,
        ring: &KeyRing,
        certificates: usize,
        store: &MemoryStore,
    ) -> Result<(), Error> {
        folder.must_lack(RING)?;
        folder.put("certificates", &CertificateStore::new(certificates))?;
        folder.put("store", store)?;
        // Last, for it says that all is there.
        folder.create(RING, ring).map(drop)
    }

    /// The user as it was when something was written last. Key sets are deleted that are over, for longer than
    /// messages may be late.
    ///
    /// Errors: as of [`Folder::read`], but for key sets, which are asked for again.
    pub fn open(folder: Folder, uri: &str, kms_uri: &str, now: NtpTime) -> Result<Self, Error> {
        let (record, certificates) = folder.read::<CertificateStore>("certificates")?;
        let store = FileStore::open(&folder, "store")?;
        let skew = store.memory().cache().skew();
        let earliest = NtpTime::from_seconds(now.seconds().saturating_sub(skew.into()));
        let (mut sets, mut unusable) = (Vec::new(), Vec::new());
        for name in folder.names()?.iter().filter(|name| name.starts_with(KEYS)) {
            let read = |now| {
                let (_, parts) = folder.read::<KeySetParts>(name)?;
                let certificate = certificates.of_key_set(&parts, now)?;
                let protection = Protection::Clear;
                Ok(parts.validate(&KeySetCheck { certificate, user_uri: uri, protection, now })?)
            };
            match read(earliest).or_else(|_: Error| read(now)) {
                Ok(set) => sets.push(set),
                Err(Error::Kms(kms::Error::PeriodOver)) => folder.remove(name)?,
                Err(error) => unusable.push((name.clone(), error)),
            }
        }
        let people = People { uri: uri.into(), kms_uri: kms_uri.into(), record, certificates };
        Ok(Self { ring: folder.read(RING)?, folder, people, sets, unusable, store })
    }

    /// Seconds before the end of a key period from which on the keys of the next are due: two days.
    pub const EARLY: u64 = 2 * 86_400;

    /// Asks for certificates, and for the keys that are due: of this period, and when it is near of the next.
    ///
    /// Errors: as of [`ask`](Self::ask).
    pub fn fetch(&mut self, line: &mut dyn Line) -> Result<(), Error> {
        self.ask(line, &Resource::Init)?;
        self.ask(line, &Resource::CertCache(None))?;
        let now = line.clock().now;
        let periods = *self.people.certificates.home(now)?.periods();
        let next = periods.number(now).and_then(|number| periods.start(number + 1));
        let next = next.map_err(kms::Error::from)?;
        let is_near = now.checked_add(Self::EARLY).is_none_or(|later| later >= next);
        for time in [Some(now), is_near.then_some(next)].into_iter().flatten() {
            if !self.has_keys_of(time, now)? {
                let keys = KeysOf::new(&self.people.uri).at(time, now)?;
                self.ask(line, &Resource::KeyProv(Some(keys)))?;
                if !self.has_keys_of(time, now)? {
                    return Err(kms::Error::NoKeySet.into());
                }
            }
        }
        Ok(())
    }

    /// Whether there are keys of this time, under the certificate of its KMS that is in force.
    fn has_keys_of(&self, time: NtpTime, now: NtpTime) -> Result<bool, Error> {
        let z = self.people.certificates.home(now)?.z();
        let is_its = |set: &KeySet| set.covers(time) && set.receiver_key().has(set.identifier(), z);
        Ok(self.sets.iter().any(is_its))
    }

    /// Asks, stores what came, and asks again where that helps.
    ///
    /// Errors: [`Error::Line`]; [`Error::Kms`] for an answer that isn't right; [`Error::Refused`] if the KMS refuses; those
    /// of writing.
    pub fn ask(&mut self, line: &mut dyn Line, resource: &Resource) -> Result<(), Error> {
        let People { uri, kms_uri, record, certificates } = &mut self.people;
        let address = line.address().to_owned();
        let asking = Asking {
            user_uri: UserUri(uri),
            kms_uri: KmsUri(kms_uri),
            address: &address,
            reading: Reading::Any,
        };
        let mut shared = self.ring.1.newest().clone();
        // A KMS that has just started answers nobody for its skew.
        let mut patience = Duration::from_secs(u64::from(line.clock().skew) + 2);
        let mut is_in_use = false;
        loop {
            let question = asking.ask(resource, &shared, line.clock().now)?;
            let answer = line.exchange(question.url(), question.document()).map_err(Error::Line)?;
            // First on disk, then here.
            let (ring_record, ring) = &mut self.ring;
            let (mut next_ring, mut next_certificates) = (ring.clone(), certificates.clone());
            let clock = line.clock();
            let taken =
                asking.take(&question, &answer, &mut next_ring, &mut next_certificates, &clock)?;
            ring_record.write(&next_ring)?;
            *ring = next_ring;
            record.write(&next_certificates)?;
            *certificates = next_certificates;
            let report = match taken {
                Taken::KeySets(sets) => return self.keep(sets),
                Taken::Refused(report) => report,
                _ => return Ok(()),
            };
            match report.code {
                ErrorReport::ASK_AGAIN if patience >= PAUSE => {
                    thread::sleep(PAUSE);
                    patience -= PAUSE;
                }
                // It has lost what it had offered. That is kept all the same.
                ErrorReport::OTHER_KEYS if !is_in_use => {
                    (shared, is_in_use) = (self.ring.1.in_use().clone(), true);
                }
                _ => return Err(Error::Refused(report)),
            }
        }
    }

    /// Stores key sets, each in the place of the one of its period and certificate.
    fn keep(&mut self, sets: Vec<KeySet>) -> Result<(), Error> {
        for set in sets {
            let parts = set.to_parts(None)?;
            let cert_uri = parts.cert_uri.as_deref().unwrap_or_default();
            self.folder.put(&format!("{KEYS}{} {cert_uri}", parts.key_period_no), &parts)?;
            self.sets.retain(|held| held.uid() != set.uid() || held.cert_uri() != set.cert_uri());
            self.sets.push(set);
        }
        Ok(())
    }

    /// The keys that it shares with its KMS.
    #[must_use]
    pub const fn ring(&self) -> &KeyRing {
        &self.ring.1
    }
}

impl People {
    /// The user's URI.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// A user of a KMS whose certificate is here, as messages name it.
    ///
    /// Errors: [`Error::Kms`] if there is no such certificate, or none in force.
    pub fn peer<'a>(
        &'a self,
        uri: &'a str,
        kms_uri: &str,
        now: NtpTime,
    ) -> Result<User<'a>, Error> {
        Ok(self.certificates.active(kms_uri, now)?.kms(now)?.user(uri))
    }

    /// The user itself.
    ///
    /// Errors: as of [`peer`](Self::peer).
    pub fn me(&self, now: NtpTime) -> Result<User<'_>, Error> {
        self.peer(&self.uri, &self.kms_uri, now)
    }
}
