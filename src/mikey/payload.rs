//! The payloads: RFC 3830 section 6, RFC 6043 section 6, RFC 6509 section 4.
//!
//! Every payload but SIGN starts with the type of the next payload. The functions here read and write what follows
//! that octet.

mod identity;
mod policy;
mod protection;
mod timestamp;

pub use identity::{Identity, IdentityType, Role};
pub use policy::{Parameters, SecurityPolicy};
pub use protection::{Kemac, Mac, Sign};
pub use timestamp::Timestamp;

use alloc::vec::Vec;

use super::Error;
use super::octets::{Reader, write_long, write_short};

/// The numbers of the payload types.
pub(super) mod number {
    pub(crate) const LAST: u8 = 0;
    pub(crate) const KEMAC: u8 = 1;
    pub(crate) const SIGN: u8 = 4;
    pub(crate) const T: u8 = 5;
    pub(crate) const ID: u8 = 6;
    pub(crate) const CERT: u8 = 7;
    pub(crate) const V: u8 = 9;
    pub(crate) const SP: u8 = 10;
    pub(crate) const RAND: u8 = 11;
    pub(crate) const ERR: u8 = 12;
    pub(crate) const IDR: u8 = 14;
    pub(crate) const KEY_DATA: u8 = 20;
    pub(crate) const GENERAL_EXT: u8 = 21;
    pub(crate) const SAKKE: u8 = 26;
}

/// A payload of a message.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Payload<'a> {
    /// T, type 5.
    Timestamp(Timestamp),
    /// RAND, type 11: at most 255 octets.
    Rand(&'a [u8]),
    /// ID, type 6.
    Identity(Identity<'a>),
    /// IDR, type 14: an identity with its role.
    Role(Role, Identity<'a>),
    /// CERT, type 7.
    Certificate(Certificate<'a>),
    /// SP, type 10.
    Policy(SecurityPolicy<'a>),
    /// SAKKE, type 26.
    Sakke(SakkePayload<'a>),
    /// GENERAL-EXT, type 21.
    Extension(Extension<'a>),
    /// KEMAC, type 1.
    Kemac(Kemac<'a>),
    /// V, type 9: the MAC of a verification message.
    Verification(Mac<'a>),
    /// ERR, type 12: an error number.
    Error(u8),
    /// SIGN, type 4, which is the last payload.
    Sign(Sign<'a>),
}

impl<'a> Payload<'a> {
    /// The number of its type.
    pub(super) const fn number(&self) -> u8 {
        match self {
            Self::Timestamp(_) => number::T,
            Self::Rand(_) => number::RAND,
            Self::Identity(_) => number::ID,
            Self::Role(..) => number::IDR,
            Self::Certificate(_) => number::CERT,
            Self::Policy(_) => number::SP,
            Self::Sakke(_) => number::SAKKE,
            Self::Extension(_) => number::GENERAL_EXT,
            Self::Kemac(_) => number::KEMAC,
            Self::Verification(_) => number::V,
            Self::Error(_) => number::ERR,
            Self::Sign(_) => number::SIGN,
        }
    }

    /// The payload of type `number` and the type of the next one.
    pub(super) fn decode(number: u8, reader: &mut Reader<'a>) -> Result<(Self, u8), Error> {
        if number == number::SIGN {
            return Ok((Self::Sign(Sign::decode(reader)?), number::LAST));
        }
        // An unknown type is refused first, because the octets that follow it have no meaning.
        let decode = match number {
            number::T => |reader: &mut _| Timestamp::decode(reader).map(Self::Timestamp),
            number::RAND => |reader: &mut Reader<'a>| reader.short().map(Self::Rand),
            number::ID => |reader: &mut _| Identity::decode(reader).map(Self::Identity),
            number::IDR => |reader: &mut Reader<'a>| {
                Ok(Self::Role(Role::from_number(reader.u8()?)?, Identity::decode(reader)?))
            },
            number::CERT => |reader: &mut Reader<'a>| {
                Ok(Self::Certificate(Certificate { kind: reader.u8()?, data: reader.long()? }))
            },
            number::SP => |reader: &mut _| SecurityPolicy::decode(reader).map(Self::Policy),
            number::SAKKE => |reader: &mut _| SakkePayload::decode(reader).map(Self::Sakke),
            number::GENERAL_EXT => |reader: &mut Reader<'a>| {
                Ok(Self::Extension(Extension { kind: reader.u8()?, data: reader.long()? }))
            },
            number::KEMAC => |reader: &mut _| Kemac::decode(reader).map(Self::Kemac),
            number::V => |reader: &mut _| Mac::decode(reader).map(Self::Verification),
            number::ERR => |reader: &mut Reader<'a>| match reader.array()? {
                [number, 0, 0] => Ok(Self::Error(number)),
                _ => Err(Error::Value),
            },
            _ => return Err(Error::Payload),
        };
        let next = reader.u8()?;
        Ok((decode(reader)?, next))
    }

    /// Writes the payload after an octet of 0, where the type of the next payload belongs. SIGN is written without
    /// that octet.
    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        if !matches!(self, Self::Sign(_)) {
            out.push(number::LAST);
        }
        match self {
            Self::Timestamp(timestamp) => timestamp.encode(out),
            Self::Rand(rand) => write_short(out, rand)?,
            Self::Identity(identity) => identity.encode(out)?,
            Self::Role(role, identity) => {
                out.push(role.number());
                identity.encode(out)?;
            }
            Self::Certificate(Certificate { kind, data })
            | Self::Extension(Extension { kind, data }) => {
                out.push(*kind);
                write_long(out, data)?;
            }
            Self::Policy(policy) => policy.encode(out)?,
            Self::Sakke(sakke) => sakke.encode(out)?,
            Self::Kemac(kemac) => kemac.encode(out)?,
            Self::Verification(mac) => mac.encode(out),
            Self::Error(number) => out.extend_from_slice(&[*number, 0, 0]),
            Self::Sign(sign) => sign.encode(out)?,
        }
        Ok(())
    }
}

/// SAKKE: a secret that is encapsulated to the responder.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct SakkePayload<'a> {
    /// The parameter set; 1 is the only one defined.
    pub parameters: u8,
    /// The identifier scheme: 1 of RFC 6509, 2 of TS 33.180.
    pub id_scheme: u8,
    /// The Encapsulated Data, 273 octets of parameter set 1.
    pub data: &'a [u8],
}

impl<'a> SakkePayload<'a> {
    pub(crate) fn decode(reader: &mut Reader<'a>) -> Result<Self, Error> {
        Ok(Self { parameters: reader.u8()?, id_scheme: reader.u8()?, data: reader.long()? })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        out.extend_from_slice(&[self.parameters, self.id_scheme]);
        write_long(out, self.data)
    }
}

/// CERT: a certificate, or the address of one (RFC 3830 section 6.7). An I_MESSAGE that is signed with ECCSI needs no
/// certificate.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Certificate<'a> {
    /// 0 for X.509v3, 1 for the URL of a certificate, 2 for a certificate to sign with, 3 for one to encrypt with.
    pub kind: u8,
    /// The octets, which are not decoded.
    pub data: &'a [u8],
}

/// GENERAL-EXT: data that no other payload carries.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Extension<'a> {
    /// The type of `data`. Extensions of unknown types are kept as they came.
    pub kind: u8,
    /// The octets.
    pub data: &'a [u8],
}

impl Extension<'_> {
    /// Type 6: a SAKKE payload with the same secret, encapsulated to the initiator itself (TS 33.180 E.5).
    pub const SAKKE_TO_SELF: u8 = 6;
    /// Type 7: the parameters of the key (TS 33.180 E.6).
    pub const KEY_PARAMETERS: u8 = 7;
}
