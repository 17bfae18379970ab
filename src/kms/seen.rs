//! Protection against replayed requests.

use alloc::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::request::recent;
use super::{Error, Request};
use crate::identifier::NtpTime;
use crate::mikey::Clock;

/// The requests that a KMS has accepted and whose time is still within the skew.
///
/// A request is identified by its user, KMS, URL, client, device, `Id` and `Time`. To ask once more, a client therefore
/// sends a new `Time`. Memory is bounded. Only requests that the skew has made too old are forgotten, and when there is
/// no room, new requests are refused. One user can take a quarter of the room.
///
/// Keep one for all users while the KMS runs. A KMS with several servers must send all requests of a user to the same
/// one.
#[derive(Clone, Debug)]
pub struct SeenRequests {
    /// The user of each request, ordered by time, so that the oldest requests are together.
    entries: BTreeMap<(NtpTime, [u8; 32]), [u8; 32]>,
    /// The number of requests of each user.
    counts: BTreeMap<[u8; 32], usize>,
    capacity: usize,
    /// How many seconds the time of a request may be from the clock.
    skew: u32,
    /// Requests of this time or an earlier one may have been accepted, whether or not they are in `entries`.
    forgotten: NtpTime,
}

impl SeenRequests {
    /// Makes room for `capacity` requests. Choose as many as can arrive within twice the skew. The skew of this clock
    /// stays the largest one that is accepted.
    ///
    /// When a KMS starts, it does not know which requests it has accepted before. It refuses requests up to the time
    /// now plus the skew, so it answers none until the skew has passed.
    #[must_use]
    pub fn new(capacity: usize, clock: &Clock) -> Self {
        let latest = clock.now.seconds().saturating_add(clock.skew.into());
        let forgotten = NtpTime::from_seconds(latest);
        let (entries, counts) = (BTreeMap::new(), BTreeMap::new());
        Self { entries, counts, capacity, skew: clock.skew, forgotten }
    }

    /// Sets the time up to which requests count as forgotten back to the clock plus the skew, as at a start. Call this
    /// if the clock of the KMS once ran ahead, and the KMS has refused every request since.
    ///
    /// **Accepted requests of a later time can be replayed once the clock reaches that time.** A replay gives the user
    /// the keys that it already has.
    pub fn lower_floor_and_risk_replays(&mut self, clock: &Clock) {
        *self = Self::new(self.capacity, &Clock { skew: self.skew, ..*clock });
    }

    /// Remembers a recent request.
    ///
    /// Errors: [`Error::Stale`] beyond the largest skew; [`Error::Replayed`], [`Error::Forgotten`], [`Error::Full`].
    pub(super) fn enter(&mut self, request: &Request, clock: &Clock) -> Result<(), Error> {
        let now = clock.now;
        recent(request.time, &Clock { now, skew: self.skew })?;
        self.forget(now);
        let entry = (request.time, digest(request));
        if self.entries.contains_key(&entry) {
            return Err(Error::Replayed);
        }
        if request.time <= self.forgotten {
            return Err(Error::Forgotten);
        }
        let user = Sha256::digest(&request.user_uri).into();
        let count = self.counts.get(&user).copied().unwrap_or(0);
        if self.entries.len() >= self.capacity || count >= self.capacity.div_ceil(4) {
            return Err(Error::Full);
        }
        self.entries.insert(entry, user);
        self.counts.insert(user, count + 1);
        Ok(())
    }

    /// Forgets what is too old at `now`. It stays too old, even if the clock is set back.
    fn forget(&mut self, now: NtpTime) {
        let oldest = now.seconds().saturating_sub(self.skew.into());
        let Some(too_old) = oldest.checked_sub(1).map(NtpTime::from_seconds) else { return };
        while let Some(first) = self.entries.first_entry()
            && first.key().0 <= too_old
        {
            let user = first.remove();
            if let Some(count) = self.counts.get_mut(&user) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(&user);
                }
            }
        }
        self.forgotten = self.forgotten.max(too_old);
    }
}

/// SHA-256 over everything that identifies a request, each text with its length.
fn digest(request: &Request) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in [
        Some(&request.user_uri),
        Some(&request.kms_uri),
        Some(&request.client_req_url),
        request.client_id.as_ref(),
        request.device_id.as_ref(),
        request.id.as_ref(),
    ] {
        let text = text.map_or("", |text| text);
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}
