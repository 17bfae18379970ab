//! No request is accepted twice.

use alloc::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::request::recent;
use super::{Error, Request};
use crate::identifier::NtpTime;
use crate::mikey::Clock;

/// The requests that a KMS has accepted and whose time is still within the skew.
///
/// A request is known by its user, KMS, URL, client, device, `Id` and `Time`, so a client that asks
/// once more does so with a new `Time`. Memory is bounded: what the skew makes too old goes, and nothing
/// else. When there is no room, requests are refused. A quarter of the room is one user's at most.
///
/// Keep one for all users, as long as the KMS runs. A KMS of several servers sends the requests of a
/// user to one of them.
#[derive(Clone, Debug)]
pub struct SeenRequests {
    /// By their time, so that the oldest are together; whose each is.
    entries: BTreeMap<(NtpTime, [u8; 32]), [u8; 32]>,
    /// How many each user has.
    counts: BTreeMap<[u8; 32], usize>,
    capacity: usize,
    /// Seconds that the time of a request may be from the clock at most.
    skew: u32,
    /// Requests of this time and before may have been accepted, whether or not they are here.
    forgotten: NtpTime,
}

impl SeenRequests {
    /// For as many requests: as many as may come within twice the skew, which stays the largest.
    ///
    /// A KMS that starts doesn't know what it has accepted before. Requests with a time up to now and the
    /// skew are refused: until the skew has gone by, it answers none.
    #[must_use]
    pub fn new(capacity: usize, clock: &Clock) -> Self {
        let latest = clock.now.seconds().saturating_add(clock.skew.into());
        let forgotten = NtpTime::from_seconds(latest);
        let (entries, counts) = (BTreeMap::new(), BTreeMap::new());
        Self { entries, counts, capacity, skew: clock.skew, forgotten }
    }

    /// Lowers what is taken to be forgotten to the skew after the clock, as at a start: for a KMS whose clock once
    /// ran ahead, and that refuses every request since.
    ///
    /// **Requests of a later time that were accepted can be replayed once the clock gets there.** They bring their user
    /// the keys that it has.
    pub fn lower_floor_and_risk_replays(&mut self, clock: &Clock) {
        *self = Self::new(self.capacity, &Clock { skew: self.skew, ..*clock });
    }

    /// Remembers a request that is recent.
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

    /// Forgets what is too old at `now`, and for good: a clock that is set back makes none of it new.
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

/// SHA-256 of what a request is known by, each with its length.
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
