//! Key data sub-payloads: RFC 3830 section 6.13, RFC 6043 section 6.13.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::ct;
use crate::mikey::octets::{Reader, write_long, write_short};
use crate::mikey::payload::number;
use crate::mikey::{Error, Limit};

/// The kind of a transported key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum KeyKind {
    /// 0, or 1 with a salt: a TEK generation key, from which TEKs are derived.
    Tgk,
    /// 2, or 3 with a salt: a traffic encryption key.
    Tek,
    /// 4, or 5 with a salt: a group TGK (RFC 6043).
    Gtgk,
    /// 6: a MIKEY protection key (RFC 6043), which never has a salt.
    Mpk,
}

/// How long a key is valid, or for which packets.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Validity<'a> {
    /// 0: the key is valid as long as the bundle.
    Unlimited,
    /// 1: the key is valid for packets with this SPI or MKI.
    Spi(&'a [u8]),
    /// 2: the key is valid from one packet index to another.
    Interval {
        /// The first index.
        from: &'a [u8],
        /// The last index.
        to: &'a [u8],
    },
}

/// A transported key, which is secret.
#[derive(Clone, Copy)]
pub struct KeyData<'a> {
    /// The kind of the key.
    pub kind: KeyKind,
    /// The key.
    pub key: &'a [u8],
    /// The salt, if it is transported. Otherwise it is derived.
    pub salt: Option<&'a [u8]>,
    /// How long the key is valid, or for which packets.
    pub validity: Validity<'a>,
}

impl<'a> KeyData<'a> {
    /// A key without a salt that is valid without limit.
    #[must_use]
    pub const fn new(kind: KeyKind, key: &'a [u8]) -> Self {
        Self { kind, key, salt: None, validity: Validity::Unlimited }
    }

    /// The sub-payload at the start, and whether another one follows.
    fn decode(reader: &mut Reader<'a>) -> Result<(Self, bool), Error> {
        // The layout of the data is public: the MAC was right, and the caller learns the kind and the length of
        // each key.
        let more = match ct::publish(reader.u8()?) {
            number::LAST => false,
            number::KEY_DATA => true,
            _ => return Err(Error::Payload),
        };
        let kind_validity = ct::publish(reader.u8()?);
        let (kind, salted) = match kind_validity >> 4 {
            kind @ (0 | 1) => (KeyKind::Tgk, kind == 1),
            kind @ (2 | 3) => (KeyKind::Tek, kind == 3),
            kind @ (4 | 5) => (KeyKind::Gtgk, kind == 5),
            6 => (KeyKind::Mpk, false),
            _ => return Err(Error::Value),
        };
        let key = long(reader)?;
        if key.is_empty() {
            return Err(Error::Length);
        }
        let salt = if salted { Some(long(reader)?) } else { None };
        let validity = match kind_validity & 0x0f {
            0 => Validity::Unlimited,
            1 => Validity::Spi(short(reader)?),
            2 => Validity::Interval { from: short(reader)?, to: short(reader)? },
            _ => return Err(Error::Value),
        };
        Ok((Self { kind, key, salt, validity }, more))
    }

    fn encode(&self, more: bool, out: &mut Vec<u8>) -> Result<(), Error> {
        let kind: u8 = match (self.kind, self.salt.is_some()) {
            (KeyKind::Tgk, salted) => u8::from(salted),
            (KeyKind::Tek, salted) => 2 + u8::from(salted),
            (KeyKind::Gtgk, salted) => 4 + u8::from(salted),
            (KeyKind::Mpk, false) => 6,
            (KeyKind::Mpk, true) => return Err(Error::Value),
        };
        let validity = match self.validity {
            Validity::Unlimited => 0,
            Validity::Spi(_) => 1,
            Validity::Interval { .. } => 2,
        };
        if self.key.is_empty() {
            return Err(Error::Length);
        }
        out.extend_from_slice(&[
            if more { number::KEY_DATA } else { number::LAST },
            kind << 4 | validity,
        ]);
        write_long(out, self.key)?;
        if let Some(salt) = self.salt {
            write_long(out, salt)?;
        }
        match self.validity {
            Validity::Unlimited => Ok(()),
            Validity::Spi(spi) => write_short(out, spi),
            Validity::Interval { from, to } => {
                write_short(out, from)?;
                write_short(out, to)
            }
        }
    }

    /// The length of its sub-payload, if every length fits its field.
    fn encoded_len(&self) -> usize {
        let salt = self.salt.map_or(0, |salt| 2 + salt.len());
        let validity = match self.validity {
            Validity::Unlimited => 0,
            Validity::Spi(spi) => 1 + spi.len(),
            Validity::Interval { from, to } => 2 + from.len() + to.len(),
        };
        4 + self.key.len() + salt + validity
    }
}

impl fmt::Debug for KeyData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyData({:?}, ..)", self.kind)
    }
}

impl fmt::Debug for Validity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unlimited => "Unlimited",
            Self::Spi(_) => "Spi(..)",
            Self::Interval { .. } => "Interval(..)",
        })
    }
}

/// The same as [`Reader::long`], for secret octets of public length.
fn long<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Error> {
    let length = ct::publish(reader.u16()?);
    reader.take(length.into())
}

/// The same as [`Reader::short`], for secret octets of public length.
fn short<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Error> {
    let length = ct::publish(reader.u8()?);
    reader.take(length.into())
}

/// A chain of sub-payloads that is decrypted and known to decode.
#[derive(Clone)]
pub(super) struct Chain(Zeroizing<Vec<u8>>);

impl Chain {
    /// Errors: the error of any sub-payload that does not decode; [`Error::Trailing`] for octets after the last one;
    /// [`Error::Limit`] for more than `most` sub-payloads.
    pub(super) fn decode(octets: Zeroizing<Vec<u8>>, most: usize) -> Result<Self, Error> {
        let mut reader = Reader::new(&octets);
        let (mut count, mut more) = (0, true);
        while more {
            count += 1;
            Limit::Payloads.check(count, most)?;
            (_, more) = KeyData::decode(&mut reader)?;
        }
        reader.end()?;
        Ok(Self(octets))
    }

    /// Errors: [`Error::Length`] if there are no keys, or if a value does not fit its length field.
    pub(super) fn encode(keys: &[KeyData<'_>]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let last = keys.len().checked_sub(1).ok_or(Error::Length)?;
        // The Vec gets its full capacity at once, because a Vec that grows leaves copies of secrets behind.
        let length = keys.iter().map(KeyData::encoded_len).sum();
        let mut out = Zeroizing::new(Vec::with_capacity(length));
        for (i, key) in keys.iter().enumerate() {
            key.encode(i < last, &mut out)?;
        }
        debug_assert_eq!(out.len(), length);
        Ok(out)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = KeyData<'_>> {
        let mut reader = Reader::new(&self.0);
        core::iter::from_fn(move || Some(KeyData::decode(&mut reader).ok()?.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn again(octets: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let chain = Chain::decode(Zeroizing::new(octets.to_vec()), 512).ok()?;
        let keys: Vec<_> = chain.iter().collect();
        Some(Chain::encode(&keys).unwrap())
    }

    proptest! {
        #[test]
        fn decoded_octets_are_encoded_again(octets in vec(any::<u8>(), 0..40)) {
            if let Some(again) = again(&octets) {
                prop_assert_eq!(again.as_slice(), octets);
            }
        }

        /// The octets have a shape that decodes often.
        #[test]
        fn a_chain_is_encoded_again(
            keys in vec((0u8..8, 0u8..4, vec(any::<u8>(), 0..4), vec(any::<u8>(), 0..4)), 1..5),
        ) {
            let mut octets = Vec::new();
            for (i, (kind, validity, key, other)) in keys.iter().enumerate() {
                octets.push(if i + 1 < keys.len() { number::KEY_DATA } else { number::LAST });
                octets.push(kind << 4 | validity);
                write_long(&mut octets, key).unwrap();
                if [1, 3, 5].contains(kind) {
                    write_long(&mut octets, other).unwrap();
                }
                for _ in 0..*validity {
                    write_short(&mut octets, other).unwrap();
                }
            }
            let decodes = keys.iter().all(|(kind, validity, key, _)| {
                *kind < 7 && *validity < 3 && !key.is_empty()
            });
            let again = again(&octets);
            prop_assert_eq!(again.is_some(), decodes);
            if let Some(again) = again {
                prop_assert_eq!(again.as_slice(), octets);
            }
        }
    }
}
