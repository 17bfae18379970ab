//! A member's part: what it stores, and the steps that a message has to pass.

use std::fmt;

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey::{self, Clock, Expected, MemoryCache};
use eccsi_sakke::mission_critical::{Error, MemoryStore, Received, Reception};

use crate::group::GROUP;
use crate::roles::User;

/// Seconds that the clocks of sender and receiver may differ.
pub const SKEW: u32 = 300;

/// The store that a member starts with has room for the messages that it accepts, and for their keys.
pub const fn store() -> MemoryStore {
    MemoryStore::new(MemoryCache::new(100), 10)
}

/// The steps of [`receive`] in their order. A member may log which of them refused; the sender
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
    /// The question that each step asks.
    pub const ALL: [(Self, &str); 10] = [
        (Self::Form, "is it a complete MIKEY message, as the standard defines it?"),
        (Self::Clock, "was it made within five minutes of now?"),
        (Self::Replay, "is it one that I haven't accepted before?"),
        (Self::Sender, "does it name my group manager?"),
        (Self::Recipient, "does it name me?"),
        (Self::Signature, "did my group manager sign exactly this?"),
        (Self::Decapsulation, "does it open, and is the key inside intact?"),
        (Self::Group, "is it for my group?"),
        (Self::Status, "is the key still valid, and not revoked?"),
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
/// `manager` is the name of the expected sender. The member knows it beforehand and never takes it
/// from the message, because any user of the key server can sign in its own name.
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
