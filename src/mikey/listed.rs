//! Lists of entries: the crypto sessions of a map and the parameters of a security policy.

use alloc::vec::Vec;

use super::Error;
use super::octets::{Reader, Seen};

/// How an entry of a list is encoded. The types outside of this crate cannot name the trait, so they cannot
/// implement it.
pub trait Codec<'a>: Copy {
    /// Decodes an entry. `seen` contains the numbers of the entries before it, which it must not repeat.
    #[doc(hidden)]
    fn decode(reader: &mut Reader<'a>, seen: &mut Seen) -> Result<Self, Error>;
    /// Encodes the entry. `seen` contains the numbers of the entries before it, which it must not repeat.
    #[doc(hidden)]
    fn encode(&self, out: &mut Vec<u8>, seen: &mut Seen) -> Result<(), Error>;
}

/// A list that the caller gave, or one that stands in the octets of a message.
#[derive(Clone, Copy)]
pub(super) enum Listed<'a, E> {
    Given(&'a [E]),
    /// Octets that are known to decode, and the number of entries in them.
    Encoded(&'a [u8], usize),
}

impl<'a, E: Codec<'a>> Listed<'a, E> {
    /// Decodes `count` entries, or, without a count, all entries up to the end.
    pub(super) fn decode(reader: &mut Reader<'a>, count: Option<usize>) -> Result<Self, Error> {
        let (mut rest, mut seen, mut found) = (*reader, Seen::default(), 0);
        while count.map_or(!rest.is_empty(), |count| found < count) {
            E::decode(&mut rest, &mut seen)?;
            found += 1;
        }
        let octets = reader.take(reader.left() - rest.left())?;
        Ok(Self::Encoded(octets, found))
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut seen = Seen::default();
        self.iter().try_for_each(|entry| entry.encode(out, &mut seen))
    }

    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Given(entries) => entries.len(),
            Self::Encoded(_, count) => *count,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = E> + use<'a, E> {
        let (given, octets) = match self {
            Self::Given(entries) => (*entries, [].as_slice()),
            Self::Encoded(octets, _) => ([].as_slice(), *octets),
        };
        let mut reader = Reader::new(octets);
        // The octets have been decoded before, so they decode again, and an error only means their end.
        let encoded =
            core::iter::from_fn(move || E::decode(&mut reader, &mut Seen::default()).ok());
        given.iter().copied().chain(encoded)
    }
}
