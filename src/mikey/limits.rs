//! How large a message may be, which bounds what somebody without a key can make a receiver read.

use super::Error;

/// How large a message may be. Decoding looks at every octet once and stops where a limit is exceeded.
///
/// The defaults hold every message of the mission-critical profile, whatever it is made of: a message of
/// one crypto session has some 700 octets.
///
/// ```
/// use eccsi_sakke::mikey::{Error, IMessage, Limit, Limits};
///
/// let limits = Limits { octets: 4096, ..Limits::default() };
/// let refused = IMessage::decode_within(&[0; 4097], &limits);
/// assert_eq!(refused.err(), Some(Error::Limit(Limit::Octets)));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Limits {
    /// Octets of the message: 131,072, a general extension or KEMAC of the longest and as much again.
    pub octets: usize,
    /// Payloads of the message, and keys in the key data of one: 512, twice as many as there are numbers
    /// of policies.
    pub payloads: usize,
    /// Crypto sessions in the map: 255, as many as #CS can say.
    pub sessions: usize,
    /// Security policies: 256, one of each number.
    pub policies: usize,
    /// Groups that the parameters of a key name: 255, as many as their count can say.
    pub groups: usize,
}

impl Limits {
    /// The defaults.
    pub const DEFAULT: Self =
        Self { octets: 1 << 17, payloads: 512, sessions: 255, policies: 256, groups: 255 };

    /// No limits, for what was within the receiver's when it came.
    #[cfg(feature = "mission-critical")]
    pub(crate) const NONE: Self = Self {
        octets: usize::MAX,
        payloads: usize::MAX,
        sessions: usize::MAX,
        policies: usize::MAX,
        groups: usize::MAX,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What a message has more of than the [`Limits`] allow.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Limit {
    /// [`Limits::octets`].
    Octets,
    /// [`Limits::payloads`].
    Payloads,
    /// [`Limits::sessions`].
    Sessions,
    /// [`Limits::policies`].
    Policies,
    /// [`Limits::groups`].
    Groups,
}

impl Limit {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Octets => {
                "more octets than Limits::octets allows: shorten the message or widen that"
            }
            Self::Payloads => {
                "more payloads than Limits::payloads allows: send fewer or widen that"
            }
            Self::Sessions => {
                "more crypto sessions than Limits::sessions allows: send fewer or widen that"
            }
            Self::Policies => {
                "more security policies than Limits::policies allows: send fewer or widen that"
            }
            Self::Groups => "more groups than Limits::groups allows: name fewer or widen that",
        }
    }

    /// Errors: [`Error::Limit`] for more than `most`.
    pub(crate) const fn check(self, count: usize, most: usize) -> Result<(), Error> {
        if count > most { Err(Error::Limit(self)) } else { Ok(()) }
    }
}
