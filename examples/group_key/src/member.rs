//! A member's part: what it stores, and the steps a message has to pass.

use std::fmt;

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey::{self, Clock, Expected, MemoryCache};
use eccsi_sakke::mission_critical::{Error, MemoryStore, Received, Reception};

use crate::group::GROUP;
use crate::roles::User;

/// Seconds that the clocks of sender and receiver may differ.
pub const SKEW: u32 = 300;

/// What a member starts with: room for messages that it accepts, and for the keys in them.
pub const fn store() -> MemoryStore {
    MemoryStore::new(MemoryCache::new(100), 10)
}

/// The steps of [`receive`] in their order, of which one refuses. A member may log which; the sender
/// is told no more than a number.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Step {
    Form,
    Clock,
    Replay,
    Sender,
    Recipient,
    Signature,
    Decapsulation,
    Group,
    Status,
    Duplicate,
}

impl Step {
    /// What each of them asks.
    pub const ALL: [(Self, &str); 10] = [
        (Self::Form, "is it a whole MIKEY message, as the standard has it?"),
        (Self::Clock, "was it made within five minutes of now?"),
        (Self::Replay, "have I not accepted it before?"),
        (Self::Sender, "does it name my group manager?"),
        (Self::Recipient, "does it name me?"),
        (Self::Signature, "did my group manager sign exactly this?"),
        (Self::Decapsulation, "does it open, and is the key inside intact?"),
        (Self::Group, "is it for my group?"),
        (Self::Status, "is the key not revoked?"),
        (Self::Duplicate, "is it new to me?"),
    ];

    /// The step that refused with this error.
    const fn of(error: Error) -> Self {
        match error {
            Error::Message(mikey::Error::Stale) => Self::Clock,
            Error::Message(mikey::Error::Replayed) => Self::Replay,
            Error::Message(mikey::Error::Initiator) => Self::Sender,
            Error::Message(mikey::Error::Responder) => Self::Recipient,
            Error::Message(mikey::Error::Signature) => Self::Signature,
            Error::Message(mikey::Error::Decapsulation) | Error::Sealed => Self::Decapsulation,
            Error::Revoked => Self::Status,
            Error::Group => Self::Group,
            Error::Duplicate => Self::Duplicate,
            _ => Self::Form,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "form",
            Self::Clock => "clock",
            Self::Replay => "replay",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Signature => "signature",
            Self::Decapsulation => "decapsulation",
            Self::Status => "status",
            Self::Group => "group",
            Self::Duplicate => "duplicate",
        })
    }
}

/// The group key in `message`, if it passes every step.
///
/// `manager` is whom the member expects, by a name that it knows beforehand and never from the
/// message: any user of the key server can sign as itself.
pub fn receive(
    member: &User,
    manager: &str,
    now: NtpTime,
    message: &[u8],
    store: &mut MemoryStore,
) -> Result<Received, Step> {
    let expected = Expected::new(member.user_called(manager), member.user());
    let reception = Reception::new(expected, Clock { now, skew: SKEW });
    let received = reception.gmk(message, GROUP.as_bytes(), store, member.receiver_key());
    received.map_err(Step::of)
}
