//! SP: RFC 3830 section 6.10.

use alloc::vec::Vec;
use core::fmt;

use crate::mikey::Error;
use crate::mikey::listed::{Codec, Listed};
use crate::mikey::octets::{Reader, Seen, write_long, write_short};

/// SP: how a security protocol is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SecurityPolicy<'a> {
    /// The number by which crypto sessions name the policy.
    pub number: u8,
    /// The security protocol; 0 is SRTP.
    pub protocol: u8,
    /// The parameters of the policy.
    pub parameters: Parameters<'a>,
}

impl<'a> SecurityPolicy<'a> {
    pub(crate) fn decode(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let (number, protocol, octets) = (reader.u8()?, reader.u8()?, reader.long()?);
        let parameters = Listed::decode(&mut Reader::new(octets), None).map(Parameters)?;
        Ok(Self { number, protocol, parameters })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut octets = Vec::new();
        self.parameters.0.encode(&mut octets)?;
        out.extend_from_slice(&[self.number, self.protocol]);
        write_long(out, &octets)
    }
}

/// The parameters of a policy, type and value, each type at most once.
#[derive(Clone, Copy)]
pub struct Parameters<'a>(Listed<'a, Parameter<'a>>);

/// The type of a parameter and its value.
type Parameter<'a> = (u8, &'a [u8]);

impl<'a> Codec<'a> for Parameter<'a> {
    fn decode(reader: &mut Reader<'a>, seen: &mut Seen) -> Result<Self, Error> {
        let kind = reader.u8()?;
        seen.once(kind)?;
        Ok((kind, reader.short()?))
    }

    fn encode(&self, out: &mut Vec<u8>, seen: &mut Seen) -> Result<(), Error> {
        seen.once(self.0)?;
        out.push(self.0);
        write_short(out, self.1)
    }
}

impl<'a> Parameters<'a> {
    /// The parameters.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &'a [u8])> + use<'a> {
        self.0.iter()
    }

    /// The value of the parameter of type `kind`.
    #[must_use]
    pub fn get(&self, kind: u8) -> Option<&'a [u8]> {
        self.iter().find(|(listed, _)| *listed == kind).map(|(_, value)| value)
    }
}

impl<'a> From<&'a [(u8, &'a [u8])]> for Parameters<'a> {
    fn from(listed: &'a [(u8, &'a [u8])]) -> Self {
        Self(Listed::Given(listed))
    }
}

impl PartialEq for Parameters<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Parameters<'_> {}

impl fmt::Debug for Parameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
