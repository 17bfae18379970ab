//! A member's part: its store, and the steps that a message must pass.

use std::fmt;

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey::{self, Clock, Expected, MemoryCache};
use eccsi_sakke::mission_critical::{Error, MemoryStore, Received, Reception};

use crate::group::GROUP;
use crate::roles::User;

/// The number of seconds by which the clocks of sender and receiver may differ.
pub const SKEW: u32 = 300;

/// An empty store, with room for messages and for their keys.
pub const fn store() -> MemoryStore {
    MemoryStore::new(MemoryCache::new(100), 10)
}

/// The steps of [`receive`] in their order. A member may log the step that refuses a message, but must tell the sender
/// no more than a number.
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
    /// The question that each step answers.
    pub const ALL: [(Self, &str); 10] = [
        (Self::Form, "is it a whole MIKEY message that follows the standard?"),
        (Self::Clock, "was it made within five minutes of now?"),
        (Self::Replay, "is it a message that I have not accepted before?"),
        (Self::Sender, "does it name my group manager?"),
        (Self::Recipient, "does it name me?"),
        (Self::Signature, "did my group manager sign exactly this?"),
        (Self::Decapsulation, "does it open, and is the key inside intact?"),
        (Self::Group, "is it for my group?"),
        (Self::Status, "is the key in force and not revoked?"),
        (Self::Duplicate, "is the key new to me?"),
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
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

/// The group key in `message`, if the message passes every step.
///
/// `manager` is the name of the expected sender. The member must know it beforehand and must not take it from the
/// message, because any user of the key server can sign messages in its own name.
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
