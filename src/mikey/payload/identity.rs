//! ID and IDR: RFC 3830 section 6.7, RFC 6043 section 6.6, RFC 6509 section 4.4.

use alloc::vec::Vec;
use core::fmt;

use crate::mikey::Error;
use crate::mikey::octets::{Reader, write_long};

/// The type of an identity.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum IdentityType {
    /// 0: a network access identifier.
    Nai,
    /// 1: a URI; in the mission-critical profile also a UID.
    Uri,
    /// 2: octets.
    Octets,
}

/// The data of an ID or IDR payload.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Identity<'a> {
    /// The type of `data`.
    pub kind: IdentityType,
    /// The octets, as they came.
    pub data: &'a [u8],
}

impl<'a> Identity<'a> {
    /// A URI, or a UID.
    #[must_use]
    pub fn uri<T: AsRef<[u8]> + ?Sized>(uri: &'a T) -> Self {
        Self { kind: IdentityType::Uri, data: uri.as_ref() }
    }

    pub(super) fn decode(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let kind = match reader.u8()? {
            0 => IdentityType::Nai,
            1 => IdentityType::Uri,
            2 => IdentityType::Octets,
            _ => return Err(Error::Value),
        };
        Ok(Self { kind, data: reader.long()? })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        out.push(match self.kind {
            IdentityType::Nai => 0,
            IdentityType::Uri => 1,
            IdentityType::Octets => 2,
        });
        write_long(out, self.data)
    }
}

impl fmt::Debug for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}(\"{}\")", self.kind, self.data.escape_ascii())
    }
}

/// The party whose identity an IDR payload holds.
#[doc(alias = "ID role")]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Role {
    /// 1, IDRi: the initiator, who signs the message.
    Initiator,
    /// 2, IDRr: the responder, who opens the message.
    Responder,
    /// 3: the KMS of RFC 6043.
    Kms,
    /// 4: the pre-shared key.
    PreSharedKey,
    /// 5: the application.
    Application,
    /// 6, IDRkmsi: the KMS under which the signature is verified.
    InitiatorKms,
    /// 7, IDRkmsr: the KMS under which the secret is encapsulated.
    ResponderKms,
    /// 8, IDRuidi: the initiator's UID instead of its URI.
    InitiatorUid,
    /// 9, IDRuidr: the responder's UID instead of its URI.
    ResponderUid,
}

impl Role {
    const ALL: [Self; 9] = [
        Self::Initiator,
        Self::Responder,
        Self::Kms,
        Self::PreSharedKey,
        Self::Application,
        Self::InitiatorKms,
        Self::ResponderKms,
        Self::InitiatorUid,
        Self::ResponderUid,
    ];

    pub(in crate::mikey) const COUNT: usize = Self::ALL.len();

    pub(in crate::mikey) const fn index(self) -> usize {
        self as usize
    }

    pub(in crate::mikey) const fn number(self) -> u8 {
        self as u8 + 1
    }

    pub(super) fn from_number(number: u8) -> Result<Self, Error> {
        let index = usize::from(number).checked_sub(1);
        index.and_then(|index| Self::ALL.get(index)).copied().ok_or(Error::Value)
    }
}

/// The role in words, such as `responder's KMS`.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Initiator => "initiator",
            Self::Responder => "responder",
            Self::Kms => "KMS",
            Self::PreSharedKey => "pre-shared key",
            Self::Application => "application",
            Self::InitiatorKms => "initiator's KMS",
            Self::ResponderKms => "responder's KMS",
            Self::InitiatorUid => "initiator's UID",
            Self::ResponderUid => "responder's UID",
        })
    }
}
