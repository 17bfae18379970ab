//! TS 33.180 5.3.3: how the keys of a message are protected.

use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::wrap;
use super::{Error, KeyContent, Reading, UnwrapKey};

/// How the keys of a message are protected, in addition to the connection.
#[derive(Clone, Copy)]
pub enum Protection<'a> {
    /// Each is wrapped with this transport key, as public safety requires (5.3.3). The key may live elsewhere.
    Wrapped(&'a dyn UnwrapKey, Reading),
    /// They are in clear.
    Clear,
}

impl Protection<'_> {
    /// Opens keys, each with a number of octets in its range. The public properties of all keys are checked first.
    pub(super) fn open<const N: usize>(
        &self,
        contents: [(&KeyContent, RangeInclusive<usize>); N],
    ) -> Result<[Zeroizing<Vec<u8>>; N], Error> {
        for (content, lens) in &contents {
            match (self, content) {
                (Self::Wrapped(key, reading), KeyContent::Wrapped(wrapped)) => {
                    wrap::check_wrapped(*key, wrapped, lens.clone(), *reading)?;
                }
                (Self::Clear, KeyContent::Plain(octets)) if lens.contains(&octets.len()) => {}
                (Self::Clear, KeyContent::Plain(_)) => return Err(Error::Length),
                _ => return Err(Error::Protection),
            }
        }
        let mut opened = [const { None }; N];
        for ((content, lens), opened) in contents.into_iter().zip(&mut opened) {
            *opened = match (self, content) {
                (Self::Wrapped(key, reading), KeyContent::Wrapped(wrapped)) => {
                    match wrap::unwrap(*key, wrapped, lens, *reading) {
                        // An unusable transport key says nothing about what is wrapped.
                        Err(error @ Error::Primitive(_)) => return Err(error),
                        unwrapped => unwrapped.ok(),
                    }
                }
                (Self::Clear, KeyContent::Plain(octets)) => Some(octets.clone()),
                _ => None,
            };
        }
        if opened.iter().all(Option::is_some) {
            Ok(opened.map(Option::unwrap_or_default))
        } else {
            Err(Error::Unwrap)
        }
    }
}

impl fmt::Debug for Protection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrapped(key, reading) => {
                f.debug_tuple("Wrapped").field(&key.id()).field(reading).finish()
            }
            Self::Clear => f.write_str("Clear"),
        }
    }
}
