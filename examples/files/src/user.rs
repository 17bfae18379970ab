//! A user of a KMS, a GMS or a client, with everything that it keeps.

use std::thread;
use std::time::Duration;

use eccsi_sakke::kms::xml::{Asking, Taken};
use eccsi_sakke::kms::{
    self, CertificateStore, ErrorReport, KeyRing, KeySet, KeySetCheck, KeySetParts, KeysOf,
    Protection, Resource,
};
use eccsi_sakke::mikey::ReplayCache;
use eccsi_sakke::mikey::{Clock, User};
use eccsi_sakke::mission_critical::{KeyStore, MemoryStore};
use eccsi_sakke::{KmsUri, NtpTime, UserUri};

use crate::{Error, FileStore, Folder, Record};

/// What the names of key sets begin with.
const KEYS: &str = "keys ";

/// How often a question is asked.
const TRIES: usize = 5;

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
    /// Sets a device up, once, with the keys that were brought to it out of band.
    ///
    /// Errors: as of [`Folder::create`].
    pub fn create(
        folder: &Folder,
        ring: &KeyRing,
        certificates: usize,
        store: MemoryStore,
    ) -> Result<(), Error> {
        folder.create("ring", ring)?;
        folder.create("certificates", &CertificateStore::new(certificates))?;
        FileStore::create(folder, "store", store).map(drop)
    }

    /// The user as it was when something was written last. Key sets are deleted that are over, for longer than
    /// messages may be late.
    ///
    /// Errors: as of [`Folder::read`]; [`Error::Kms`] for a key set that isn't valid any more.
    pub fn open(folder: Folder, uri: &str, kms_uri: &str, now: NtpTime) -> Result<Self, Error> {
        let (record, certificates) = folder.read::<CertificateStore>("certificates")?;
        let store = FileStore::open(&folder, "store")?;
        let skew = store.memory().cache().skew();
        let earliest = NtpTime::from_seconds(now.seconds().saturating_sub(skew.into()));
        let mut sets = Vec::new();
        for name in folder.names()?.iter().filter(|name| name.starts_with(KEYS)) {
            let (_, parts) = folder.read::<KeySetParts>(name)?;
            let set = certificates.of_key_set(&parts, earliest).and_then(|certificate| {
                let protection = Protection::Clear;
                parts.validate(&KeySetCheck {
                    certificate,
                    user_uri: uri,
                    protection,
                    now: earliest,
                })
            });
            match set {
                Err(kms::Error::PeriodOver) => folder.remove(name)?,
                set => sets.push(set?),
            }
        }
        let people = People { uri: uri.into(), kms_uri: kms_uri.into(), record, certificates };
        Ok(Self { ring: folder.read("ring")?, folder, people, sets, store })
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
            if !self.sets.iter().any(|set| set.covers(time)) {
                let keys = KeysOf::new(&self.people.uri).at(time, now)?;
                self.ask(line, &Resource::KeyProv(Some(keys)))?;
            }
        }
        Ok(())
    }

    /// Asks, stores what came, and asks again where that helps.
    ///
    /// Errors: [`Error::Line`]; [`Error::Kms`] for an answer that isn't right; [`Error::Refused`] if the KMS refuses; those
    /// of writing.
    pub fn ask(&mut self, line: &mut dyn Line, resource: &Resource) -> Result<(), Error> {
        let People { uri, kms_uri, record, certificates } = &mut self.people;
        let address = line.address().to_owned();
        let asking = Asking { user_uri: UserUri(uri), kms_uri: KmsUri(kms_uri), address: &address };
        let mut shared = self.ring.1.newest().clone();
        for tried in 1.. {
            let question = asking.ask(resource, &shared, line.clock().now)?;
            let answer = line.exchange(question.url(), question.document()).map_err(Error::Line)?;
            let (ring_record, ring) = &mut self.ring;
            let taken = asking.take(&question, &answer, ring, certificates, &line.clock())?;
            ring_record.write(ring)?;
            record.write(certificates)?;
            let report = match taken {
                Taken::KeySets(sets) => {
                    for set in sets {
                        let parts = set.to_parts(None)?;
                        self.folder.put(&format!("{KEYS}{}", parts.key_period_no), &parts)?;
                        self.sets.push(set);
                    }
                    return Ok(());
                }
                Taken::Refused(report) => report,
                _ => return Ok(()),
            };
            match report.code {
                _ if tried == TRIES => return Err(Error::Refused(report)),
                // The KMS has just started, or is busy.
                ErrorReport::ASK_AGAIN => thread::sleep(Duration::from_millis(700)),
                // It has lost what it had offered. That is kept all the same.
                ErrorReport::OTHER_KEYS => shared = self.ring.1.in_use().clone(),
                _ => return Err(Error::Refused(report)),
            }
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
