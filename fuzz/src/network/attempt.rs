//! A delivery from the side of the application: what it expects, and what it gets.

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey::psk::OpenedPsk;
use eccsi_sakke::mikey::{Departure, Departures};
use eccsi_sakke::mission_critical::{Error, KeyId, KeyParameters, Purpose, Received};

/// How an application receives a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Entry {
    /// A key of this group.
    Gmk(usize),
    /// Any key of the profile.
    Key(Purpose),
    /// A key that another device of the receiver sent.
    ToSelf(Purpose),
    /// A key from somebody whose name is given later.
    Anonymous(Purpose),
    /// An I_MESSAGE of RFC 6509.
    Plain,
    /// Keys under a pre-shared key.
    Psk,
    /// The same with a counter for T.
    Counter,
    /// The same, signed by the initiator.
    ProSe,
    /// The answer to this message.
    Response(usize),
}

impl Entry {
    /// What is received in this way.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gmk(_) => "group key",
            Self::Key(_) => "key",
            Self::ToSelf(_) => "key to self",
            Self::Anonymous(_) => "key of an anonymous initiator",
            Self::Plain => "plain I_MESSAGE",
            Self::Psk => "pre-shared key",
            Self::Counter => "pre-shared key, with a counter",
            Self::ProSe => "pre-shared key, signed",
            Self::Response(_) => "answer",
        }
    }
}

/// The receiver of a delivery, and what its application expects.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    pub receiver: usize,
    pub entry: Entry,
    pub initiator: usize,
    /// The one for whom the message is: the receiver, unless the receiver sent it.
    pub responder: usize,
    pub coverage: Coverage,
}

/// The octets that a signature covers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Coverage {
    /// Everything before it.
    Full,
    /// Everything before SIGN's type and length.
    WithoutSignHeader,
}

impl Coverage {
    /// Whether an application that expects this coverage takes a message with that one.
    pub fn takes(self, signed: Self) -> bool {
        self == Self::WithoutSignHeader || signed == Self::Full
    }

    /// The departures that an application accepts if it expects this coverage.
    pub fn departures(self) -> Departures {
        match self {
            Self::Full => Departures::NONE,
            Self::WithoutSignHeader => Departures::of(&[Departure::SignHeaderUnsigned]),
        }
    }
}

/// The reason of a refusal.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Refusal {
    /// The library refused.
    Library(Error),
    /// The application refused it, as it must.
    Application(&'static str),
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Library(error.into())
    }
}

/// What an application gets from a message.
#[derive(Debug, Eq, PartialEq)]
pub enum Accepted {
    Key {
        secret: [u8; 16],
        id: KeyId,
        user_id: KeyId,
        rand: Vec<u8>,
        time: NtpTime,
        parameters: Option<KeyParameters>,
    },
    Plain {
        secret: [u8; 16],
        csb_id: u32,
        rand: Vec<u8>,
        time: NtpTime,
    },
    Psk {
        keys: Vec<Vec<u8>>,
        csb_id: u32,
        rand: Vec<u8>,
        time: Option<NtpTime>,
    },
    Response,
}

impl Accepted {
    pub fn key(received: &Received) -> Self {
        Self::Key {
            secret: *received.key().secret().as_bytes(),
            id: received.key().id(),
            user_id: received.user_id(),
            rand: received.key().rand().expect("of its message").into(),
            time: received.time(),
            parameters: received.parameters().cloned(),
        }
    }

    pub fn psk(opened: &OpenedPsk<'_>) -> Self {
        Self::Psk {
            keys: opened.key_data().map(|data| data.key.to_vec()).collect(),
            csb_id: opened.message().csb_id(),
            rand: opened.message().rand().into(),
            time: opened.time(),
        }
    }
}
