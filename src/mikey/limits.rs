//! How large a message may be. The limits bound the work that a sender without a key can cause.

use super::Error;

/// How large a message may be. Decoding reads every octet once and stops when a limit is exceeded.
///
/// The defaults allow every message of the mission-critical profile. A message with one crypto session has about 700
/// octets.
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
    /// Octets of the message. The default is 131,072: enough for a general extension or a KEMAC of full length and as
    /// much again.
    pub octets: usize,
    /// Payloads of the message, and keys in its key data. The default is 512, twice the count of policy numbers.
    pub payloads: usize,
    /// Crypto sessions in the map. The default is 255, the maximum of #CS.
    pub sessions: usize,
    /// Security policies. The default is 256, one for each number.
    pub policies: usize,
    /// Groups that the parameters of a key name. The default is 255, the maximum of their count.
    pub groups: usize,
}

impl Limits {
    /// The defaults.
    pub const DEFAULT: Self =
        Self { octets: 1 << 17, payloads: 512, sessions: 255, policies: 256, groups: 255 };

    /// No limits, for data that was within the receiver's limits when it came.
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

/// The limit that a message exceeds.
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
                "message has more octets than Limits::octets allows: shorten it, or raise the limit"
            }
            Self::Payloads => {
                "message has more payloads than Limits::payloads allows: send fewer, or raise the limit"
            }
            Self::Sessions => {
                "message has more crypto sessions than Limits::sessions allows: send fewer, or raise the limit"
            }
            Self::Policies => {
                "message has more security policies than Limits::policies allows: send fewer, or raise the limit"
            }
            Self::Groups => {
                "parameters name more groups than Limits::groups allows: name fewer, or raise the limit"
            }
        }
    }

    /// Errors: [`Error::Limit`] for more than `most`.
    pub(crate) const fn check(self, count: usize, most: usize) -> Result<(), Error> {
        if count > most { Err(Error::Limit(self)) } else { Ok(()) }
    }
}
