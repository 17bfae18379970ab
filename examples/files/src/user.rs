//! A user of a KMS, which is a GMS or a client, with all its state.

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

/// The prefix of the names of key sets.
const KEYS: &str = "keys ";

/// The name of the record with the keys that the user and its KMS share.
const RING: &str = "ring";

/// The pause before a question is repeated.
const PAUSE: Duration = Duration::from_millis(700);

/// The connection to a KMS, which is usually HTTP over TLS.
pub trait Line {
    /// The prefix of the URLs of the resources of the KMS.
    fn address(&self) -> &str;

    /// The present time, and how far the time of an answer may be from it.
    fn clock(&self) -> Clock;

    /// Sends a document to a URL and returns the answer.
    ///
    /// Errors: the reason why there is no answer.
    fn exchange(
        &mut self,
        url: &str,
        document: &[u8],
    ) -> Result<Vec<u8>, Box<dyn std::error::Error>>;
}

/// A user of a KMS: the keys that it shares with the KMS, certificates, key sets, and the store of received keys.
///
/// Everything is written to disk before it is used. The fields can be borrowed separately, because receiving a message
/// needs `store`, `sets` and `people` at the same time.
#[derive(Debug)]
pub struct KmsUser {
    folder: Folder,
    ring: (Record<KeyRing>, KeyRing),
    /// The user and the users that it knows.
    pub people: People,
    /// The key sets for this key period and the periods before and after it.
    pub sets: Vec<KeySet>,
    /// The names of key sets that could not be used at the start, with the reason, for example a revoked certificate or
    /// a file that does not open.
    pub unusable: Vec<(String, Error)>,
    /// The store of received keys.
    pub store: FileStore,
}

/// A user, and the certificates of the KMSs of its peers.
#[derive(Debug)]
pub struct People {
    uri: String,
    kms_uri: String,
    record: Record<CertificateStore>,
    certificates: CertificateStore,
}

impl KmsUser {
    /// Sets up a device once, with the keys that were brought to it out of band. If this is interrupted, call it again.
    ///
    /// Errors: those of [`Folder::create`].
    pub fn create(
        folder: &Folder,
        ring: &KeyRing,
        certificates: usize,
        store: &MemoryStore,
    ) -> Result<(), Error> {
        folder.must_lack(RING)?;
        folder.put("certificates", &CertificateStore::new(certificates))?;
        folder.put("store", store)?;
        // This record comes last, because it shows that the others exist.
        folder.create(RING, ring).map(drop)
    }

    /// The user as it was last written. Key sets whose period ended longer ago than messages may be late are deleted.
    ///
    /// Errors: those of [`Folder::read`], except for key sets, which the user can request again.
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

    /// How many seconds before the end of a key period the keys of the next period are due: two days.
    pub const EARLY: u64 = 2 * 86_400;

    /// Requests certificates and the keys that are due: those of this period, and those of the next period if it starts
    /// soon.
    ///
    /// Errors: those of [`ask`](Self::ask).
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

    /// Whether the user has keys for this time under the certificate of its KMS that is in force.
    fn has_keys_of(&self, time: NtpTime, now: NtpTime) -> Result<bool, Error> {
        let z = self.people.certificates.home(now)?.z();
        let is_its = |set: &KeySet| set.covers(time) && set.receiver_key().has(set.identifier(), z);
        Ok(self.sets.iter().any(is_its))
    }

    /// Requests a resource, stores the answer, and repeats the request if that can help.
    ///
    /// Errors: [`Error::Line`]; [`Error::Kms`] for an answer that is not valid; [`Error::Refused`] if the KMS refuses;
    /// those of writing.
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
        // A KMS that has just started answers no requests for a time as long as its skew.
        let mut patience = Duration::from_secs(u64::from(line.clock().skew) + 2);
        let mut is_in_use = false;
        loop {
            let question = asking.ask(resource, &shared, line.clock().now)?;
            let answer = line.exchange(question.url(), question.document()).map_err(Error::Line)?;
            // Change the disk first, and then the memory.
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
                // The KMS has lost the keys that it offered. The user keeps them anyway.
                ErrorReport::OTHER_KEYS if !is_in_use => {
                    (shared, is_in_use) = (self.ring.1.in_use().clone(), true);
                }
                _ => return Err(Error::Refused(report)),
            }
        }
    }

    /// Stores key sets. Each replaces the one for the same period and certificate.
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

    /// The keys that the user shares with its KMS.
    #[must_use]
    pub const fn ring(&self) -> &KeyRing {
        &self.ring.1
    }
}

impl People {
    /// The URI of the user.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Another user, whose KMS must have a certificate here.
    ///
    /// Errors: [`Error::Kms`] if there is no such certificate in force.
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
    /// Errors: those of [`peer`](Self::peer).
    pub fn me(&self, now: NtpTime) -> Result<User<'_>, Error> {
        self.peer(&self.uri, &self.kms_uri, now)
    }
}
