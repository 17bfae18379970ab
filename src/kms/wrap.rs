//! TS 33.180 D.3.5: how keys are wrapped with a transport key.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::key_wrap::{KeyWrap, SEMIBLOCK, wrapped_len};
use super::{Error, IntegrityKey, KeyContent, SharedKey, TransportKey, UnwrapKey, WrappedKey};

/// The first octet of every point.
const UNCOMPRESSED: u8 = 4;

/// How a KMS wraps keys. TS 33.180 names RFC 3394 (`kw-aes256`), which wraps multiples of eight octets. An SSK and a
/// transport key have 32 octets, but a PVT has 65 and an RSK 257.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Wrapping {
    /// RFC 5649 for every key. One KMS is known to do this.
    #[default]
    Padded,
    /// RFC 3394 for keys of 32 octets, RFC 5649 for points.
    PaddedPoints,
    /// RFC 3394 for every key, with points shortened by their first octet 04.
    Unpadded,
}

impl Wrapping {
    const ALL: [Self; 3] = [Self::Padded, Self::PaddedPoints, Self::Unpadded];

    /// The key wrap for a key of `len` octets, and how many octets of the key it wraps: all, or one less for a point
    /// without its 04.
    const fn of(self, len: usize) -> (KeyWrap, usize) {
        match self {
            Self::Padded => (KeyWrap::Rfc5649, len),
            _ if len.is_multiple_of(SEMIBLOCK) => (KeyWrap::Rfc3394, len),
            Self::Unpadded if len % SEMIBLOCK == 1 => (KeyWrap::Rfc3394, len - 1),
            Self::Unpadded => (KeyWrap::Rfc3394, len),
            Self::PaddedPoints => (KeyWrap::Rfc5649, len),
        }
    }
}

/// How a received key may have been wrapped.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Reading {
    /// Only in this way.
    Only(Wrapping),
    /// In any way. The integrity values of the key wraps tell them apart.
    Any,
}

impl Reading {
    /// The ways in which a key of `len` octets has `wrapped` octets when it is wrapped. There are two at most.
    fn of(self, len: usize, wrapped: usize) -> impl Iterator<Item = Wrapping> {
        Wrapping::ALL.into_iter().filter(move |wrapping| {
            let (wrap, octets) = wrapping.of(len);
            let allowed = match self {
                Self::Only(only) => only == *wrapping,
                // `PaddedPoints` wraps every key in the same way as one of the others.
                Self::Any => *wrapping != Wrapping::PaddedPoints,
            };
            allowed && wrap.takes(octets) && wrapped_len(octets) == wrapped
        })
    }
}

impl Default for Reading {
    fn default() -> Self {
        Self::Only(Wrapping::default())
    }
}

impl From<Wrapping> for Reading {
    fn from(wrapping: Wrapping) -> Self {
        Self::Only(wrapping)
    }
}

impl UnwrapKey for TransportKey {
    fn unwrap_key(&self, wrap: KeyWrap, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        wrap.unwrap(self.octets(), wrapped)
    }
}

impl TransportKey {
    /// Wraps a key.
    ///
    /// Secret: both keys. Public: their lengths, the wrapped octets.
    ///
    /// Errors: [`Error::Length`] for a key of no octets, and for one that [`Wrapping::Unpadded`] cannot wrap. That
    /// wraps multiples of eight octets, and one octet more if the first is 04.
    pub fn wrap(&self, key: &[u8], wrapping: Wrapping) -> Result<Vec<u8>, Error> {
        let (wrap, wrapped) = wrapping.of(key.len());
        match key.split_at_checked(key.len() - wrapped) {
            Some(([] | [UNCOMPRESSED], key)) => wrap.wrap(self.octets(), key),
            _ => Err(Error::Length),
        }
    }

    /// Wraps a transport key that is to replace this one, in the form that a message contains.
    ///
    /// Secret: both keys. Public: the wrapped octets.
    ///
    /// Errors: none, because every way of wrapping accepts 32 octets.
    pub fn wrap_transport_key(
        &self,
        key: &TransportKey,
        wrapping: Wrapping,
    ) -> Result<KeyContent, Error> {
        self.wrap_named(&*key.to_bytes(), Some(&name_of(key)), wrapping)
    }

    /// Wraps an integrity key that is to be used from now on, in the form that a message contains.
    ///
    /// Errors: none, because every way of wrapping accepts 32 octets.
    pub fn wrap_integrity_key(
        &self,
        key: &IntegrityKey,
        wrapping: Wrapping,
    ) -> Result<KeyContent, Error> {
        self.wrap_named(&*key.to_bytes(), Some(&name_of(key)), wrapping)
    }

    /// A wrapped key in the form that a message contains, with its name and the name of this transport key.
    pub(super) fn wrap_named(
        &self,
        key: &[u8],
        name: Option<&str>,
        wrapping: Wrapping,
    ) -> Result<KeyContent, Error> {
        let wrapped = WrappedKey {
            octets: self.wrap(key, wrapping)?,
            key_name: self.name().map(Into::into),
            carried_key_name: name.map(Into::into),
        };
        Ok(wrapped.into())
    }
}

/// The name of a new key in a message: its own, or else its identifier, which has no other place there.
fn name_of(key: &dyn SharedKey) -> String {
    key.name().map_or_else(|| key.id().to_name(), Into::into)
}

/// Unwraps a key whose number of octets is in `lens`: see [`UnwrapKey::unwrap`].
pub(super) fn unwrap<K: UnwrapKey + ?Sized>(
    key: &K,
    wrapped: &WrappedKey,
    lens: RangeInclusive<usize>,
    reading: Reading,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    check_wrapped(key, wrapped, lens.clone(), reading)?;
    for len in lens {
        for wrapping in reading.of(len, wrapped.octets.len()) {
            match unwrap_as(key, &wrapped.octets, len, wrapping) {
                // An unusable transport key says nothing about what is wrapped.
                Err(error @ Error::Primitive(_)) => return Err(error),
                Err(_) => {}
                // The way that unwraps it is no secret.
                opened => return opened,
            }
        }
    }
    Err(Error::Unwrap)
}

/// Checks what can be checked of a wrapped key without unwrapping it.
///
/// Errors: [`Error::TransportKey`], [`Error::Length`].
pub(super) fn check_wrapped<K: UnwrapKey + ?Sized>(
    key: &K,
    wrapped: &WrappedKey,
    mut lens: RangeInclusive<usize>,
    reading: Reading,
) -> Result<(), Error> {
    if let (Some(name), Some(own)) = (wrapped.key_name.as_deref(), key.name())
        && name != own
    {
        return Err(Error::TransportKey);
    }
    let possible = lens.any(|len| reading.of(len, wrapped.octets.len()).next().is_some());
    if possible { Ok(()) } else { Err(Error::Length) }
}

fn unwrap_as<K: UnwrapKey + ?Sized>(
    key: &K,
    octets: &[u8],
    len: usize,
    wrapping: Wrapping,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (wrap, wrapped) = wrapping.of(len);
    let opened = key.unwrap_key(wrap, octets)?;
    if opened.len() != wrapped {
        return Err(Error::Unwrap);
    }
    if wrapped == len {
        return Ok(opened);
    }
    let mut point = Zeroizing::new(vec![UNCOMPRESSED; len]);
    point[1..].copy_from_slice(&opened);
    Ok(point)
}

/// The octets and the name of a key that is to be shared from now on.
pub(super) fn unwrap_shared<'a, K: UnwrapKey + ?Sized>(
    key: &K,
    content: &'a KeyContent,
    reading: Reading,
) -> Result<(Zeroizing<Vec<u8>>, Option<&'a str>), Error> {
    let KeyContent::Wrapped(wrapped) = content else { return Err(Error::Protection) };
    let octets = unwrap(key, wrapped, TransportKey::LEN..=TransportKey::LEN, reading)?;
    Ok((octets, wrapped.carried_key_name.as_deref()))
}
