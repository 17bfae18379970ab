//! TS 33.180 5.3.3: how the keys of a message are protected.

use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::wrap;
use super::{Error, KeyContent, Reading, UnwrapKey};

/// How the keys of a message are protected, beside the connection it comes over.
#[derive(Clone, Copy)]
pub enum Protection<'a> {
    /// Each is wrapped with this transport key, as public safety must have it (5.3.3). It may live elsewhere.
    Wrapped(&'a dyn UnwrapKey, Reading),
    /// None is wrapped.
    Clear,
}

impl Protection<'_> {
    /// The octets of keys, each as many as its range allows. What is public is checked of all of them first.
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
                        // That the key couldn't be used says nothing of what is wrapped.
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
