//! Choosing the key in force from several keys: TS 33.180 5.7.1 for groups, TS 33.303 for ProSe.

use super::KeyParameters;
use crate::identifier::NtpTime;

/// The time in which a key is in force.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Validity {
    /// The time from which the key is in force. `None` means at once, even if the sender's clock is ahead.
    pub activation: Option<NtpTime>,
    /// The time at which the key expires. `None` means never.
    pub expiry: Option<NtpTime>,
    /// T of the message that brought the key.
    pub received: NtpTime,
}

impl Validity {
    /// The validity of a key whose message had this T and these parameters.
    #[must_use]
    pub fn new(received: NtpTime, parameters: Option<&KeyParameters>) -> Self {
        let (activation, expiry) = parameters
            .map_or((None, None), |parameters| (parameters.activation, parameters.expiry));
        Self { activation, expiry, received }
    }

    /// The order of keys: of those in force, the key with the greatest rank is used. The rank is the time when the key
    /// comes into force, which is T if there is no activation, and then T.
    pub(super) fn rank(&self) -> (NtpTime, NtpTime) {
        (self.activation.unwrap_or(self.received), self.received)
    }

    /// Whether the key has expired at `now`.
    #[must_use]
    pub fn has_expired(&self, now: NtpTime) -> bool {
        self.expiry.is_some_and(|expiry| expiry <= now)
    }

    /// Whether the key is in force at `now`.
    #[must_use]
    pub fn contains(&self, now: NtpTime) -> bool {
        self.activation.is_none_or(|from| from <= now) && !self.has_expired(now)
    }
}

/// The index of the key of a group to send with at `now`. Of the keys in force, this is the one with the latest
/// activation; of several such keys it is the one that was received last.
///
/// ```
/// use eccsi_sakke::NtpTime;
/// use eccsi_sakke::mission_critical::{Validity, in_force};
///
/// let at = |seconds| NtpTime::from_seconds(seconds);
/// let key = |from| Validity { activation: Some(at(from)), expiry: None, received: at(10) };
/// let keys = [key(100), key(200), key(300)];
/// assert_eq!(in_force(&keys, at(250)), Some(1));
/// assert_eq!(in_force(&keys, at(99)), None);
/// ```
#[must_use]
pub fn in_force(keys: &[Validity], now: NtpTime) -> Option<usize> {
    let in_force = keys.iter().enumerate().filter(|(_, key)| key.contains(now));
    in_force.max_by_key(|(_, key)| key.rank()).map(|(i, _)| i)
}

/// The index of the key of a group that was received last, by T of its message, as ProSe requires. Keys that have
/// expired at `now` are ignored.
#[must_use]
pub fn last_received(keys: &[Validity], now: NtpTime) -> Option<usize> {
    let alive = keys.iter().enumerate().filter(|(_, key)| !key.has_expired(now));
    alive.max_by_key(|(_, key)| key.received).map(|(i, _)| i)
}
