//! SP: RFC 3830 section 6.10.

use alloc::vec::Vec;
use core::fmt;

use crate::mikey::Error;
use crate::mikey::octets::{Reader, Seen, write_long, write_short};

/// SP: how a protocol is to be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SecurityPolicy<'a> {
    /// Its number, which crypto sessions name.
    pub number: u8,
    /// The security protocol; 0 is SRTP.
    pub protocol: u8,
    /// Its parameters.
    pub parameters: Parameters<'a>,
}

impl<'a> SecurityPolicy<'a> {
    pub(crate) fn decode(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let (number, protocol, octets) = (reader.u8()?, reader.u8()?, reader.long()?);
        let mut parameters = Reader::new(octets);
        let mut seen = Seen::default();
        while !parameters.is_empty() {
            seen.once(parameters.u8()?)?;
            parameters.short()?;
        }
        Ok(Self { number, protocol, parameters: Parameters(Source::Encoded(octets)) })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut octets = Vec::new();
        let mut seen = Seen::default();
        for (kind, value) in self.parameters.iter() {
            seen.once(kind)?;
            octets.push(kind);
            write_short(&mut octets, value)?;
        }
        out.extend_from_slice(&[self.number, self.protocol]);
        write_long(out, &octets)
    }
}

/// The parameters of a policy, type and value, each type at most once.
#[derive(Clone, Copy)]
pub struct Parameters<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Listed(&'a [(u8, &'a [u8])]),
    /// Octets known to decode.
    Encoded(&'a [u8]),
}

impl<'a> Parameters<'a> {
    /// The parameters.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &'a [u8])> + use<'a> {
        let (listed, octets) = match self.0 {
            Source::Listed(listed) => (listed, [].as_slice()),
            Source::Encoded(octets) => ([].as_slice(), octets),
        };
        let mut reader = Reader::new(octets);
        // What a message holds has been decoded once already.
        let encoded = core::iter::from_fn(move || Some((reader.u8().ok()?, reader.short().ok()?)));
        listed.iter().copied().chain(encoded)
    }

    /// The value of type `kind`.
    #[must_use]
    pub fn get(&self, kind: u8) -> Option<&'a [u8]> {
        self.iter().find(|(listed, _)| *listed == kind).map(|(_, value)| value)
    }
}

impl<'a> From<&'a [(u8, &'a [u8])]> for Parameters<'a> {
    fn from(listed: &'a [(u8, &'a [u8])]) -> Self {
        Self(Source::Listed(listed))
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
