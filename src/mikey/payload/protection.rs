//! KEMAC, V and SIGN: RFC 3830 sections 6.2, 6.9 and 6.5, with the algorithms of RFC 6043 section 6.3.

use alloc::vec::Vec;

use crate::mikey::Error;
use crate::mikey::octets::{Reader, write_long};

/// KEMAC: encrypted key data, and the MAC of the message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Kemac<'a> {
    /// The encryption algorithm: 1 is AES-CM-128, 3 is AES-CM-256.
    pub encryption: u8,
    /// The encrypted key data sub-payloads.
    pub data: &'a [u8],
    /// The MAC.
    pub mac: Mac<'a>,
}

impl<'a> Kemac<'a> {
    pub(super) fn decode(reader: &mut Reader<'a>) -> Result<Self, Error> {
        Ok(Self { encryption: reader.u8()?, data: reader.long()?, mac: Mac::decode(reader)? })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        out.push(self.encryption);
        write_long(out, self.data)?;
        self.mac.encode(out);
        Ok(())
    }
}

/// A MAC and its algorithm.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Mac<'a> {
    /// 1: HMAC-SHA-1-160.
    HmacSha1(&'a [u8; 20]),
    /// 2: HMAC-SHA-256-256.
    HmacSha256(&'a [u8; 32]),
}

impl<'a> Mac<'a> {
    /// The octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::HmacSha1(mac) => mac.as_slice(),
            Self::HmacSha256(mac) => mac.as_slice(),
        }
    }

    pub(in crate::mikey) const fn number(&self) -> u8 {
        match self {
            Self::HmacSha1(_) => 1,
            Self::HmacSha256(_) => 2,
        }
    }

    /// Errors: [`Error::Suite`] for an unknown algorithm, and for the null MAC, number 0, which protects nothing.
    pub(super) fn decode(reader: &mut Reader<'a>) -> Result<Self, Error> {
        match reader.u8()? {
            1 => Ok(Self::HmacSha1(reader.chunk()?)),
            2 => Ok(Self::HmacSha256(reader.chunk()?)),
            _ => Err(Error::Suite),
        }
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.number());
        out.extend_from_slice(self.as_bytes());
    }
}

/// SIGN: a signature that covers everything before it, including its own type and length.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Sign<'a> {
    /// The signature type, below 16; 2 is ECCSI.
    pub kind: u8,
    /// The signature, below 4,096 octets.
    pub signature: &'a [u8],
}

impl<'a> Sign<'a> {
    /// The length of the type and the length field.
    pub(in crate::mikey) const HEADER: usize = 2;
    /// ECCSI.
    pub(in crate::mikey) const ECCSI: u8 = 2;

    pub(super) fn decode(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let [high, low] = reader.array()?;
        let length = u16::from_be_bytes([high & 0x0f, low]);
        Ok(Self { kind: high >> 4, signature: reader.take(length.into())? })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let length = u16::try_from(self.signature.len()).ok().filter(|length| *length < 1 << 12);
        let length = length.ok_or(Error::Length)?;
        if self.kind >= 1 << 4 {
            return Err(Error::Value);
        }
        out.extend_from_slice(&(u16::from(self.kind) << 12 | length).to_be_bytes());
        out.extend_from_slice(self.signature);
        Ok(())
    }
}
