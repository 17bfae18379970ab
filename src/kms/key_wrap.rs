//! RFC 3394 and RFC 5649: AES key wrap, without and with padding.

use alloc::vec;
use alloc::vec::Vec;

use aes_kw::{AesKw, AesKwp, KeyInit, aes};
use zeroize::Zeroizing;

use super::Error;
use crate::ct;
use crate::wiped::stack_wiped;

/// The octets of a semiblock: wrapping works on multiples of it, and adds one.
pub(super) const SEMIBLOCK: usize = 8;

/// The octets of the longest key that is wrapped or unwrapped here.
const MAX: usize = 65_536;

/// The octets of a wrapped key of `len` octets.
pub(super) const fn wrapped_len(len: usize) -> usize {
    len.next_multiple_of(SEMIBLOCK) + SEMIBLOCK
}

/// AES key wrap.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum KeyWrap {
    /// RFC 3394: for a multiple of eight octets, at least 16.
    #[doc(alias("KW", "kw-aes256"))]
    Rfc3394,
    /// RFC 5649: for one octet or more.
    #[doc(alias = "KWP")]
    Rfc5649,
}

/// Calls a method of the cipher whose key has as many octets as `kek`: 16, 24 or 32.
macro_rules! with_cipher {
    ($mode:ident, $kek:expr, $method:ident($($argument:expr),*)) => {
        if let Ok(cipher) = $mode::<aes::Aes256>::new_from_slice($kek) {
            cipher.$method($($argument),*)
        } else if let Ok(cipher) = $mode::<aes::Aes192>::new_from_slice($kek) {
            cipher.$method($($argument),*)
        } else if let Ok(cipher) = $mode::<aes::Aes128>::new_from_slice($kek) {
            cipher.$method($($argument),*)
        } else {
            return Err(Error::Length);
        }
    };
}

impl KeyWrap {
    /// Whether a key may have this many octets.
    pub(super) fn takes(self, len: usize) -> bool {
        match self {
            Self::Rfc3394 => len.is_multiple_of(SEMIBLOCK) && (2 * SEMIBLOCK..=MAX).contains(&len),
            Self::Rfc5649 => (1..=MAX).contains(&len),
        }
    }

    /// Wraps `key` with the AES key `kek` of 16, 24 or 32 octets.
    ///
    /// Secret: `kek`, `key`. Public: their lengths, the wrapped octets.
    ///
    /// Errors: [`Error::Length`] for an impossible length of `kek` or `key`, and for a `key` of more than 65,536
    /// octets.
    pub fn wrap(self, kek: &[u8], key: &[u8]) -> Result<Vec<u8>, Error> {
        if !self.takes(key.len()) {
            return Err(Error::Length);
        }
        let mut out = vec![0; wrapped_len(key.len())];
        // The library leaves round keys on the stack.
        stack_wiped(|| self.seal(kek, key, &mut out))?;
        // The result is sent.
        ct::publish_octets(&mut out);
        Ok(out)
    }

    /// Fills `out` with the wrapped key.
    fn seal(self, kek: &[u8], key: &[u8], out: &mut [u8]) -> Result<(), Error> {
        match self {
            Self::Rfc3394 => with_cipher!(AesKw, kek, wrap_key(key, out)),
            Self::Rfc5649 => with_cipher!(AesKwp, kek, wrap_key(key, out)),
        }
        .map(drop)
        .map_err(|_| Error::Length)
    }

    /// Unwraps the key in `wrapped`.
    ///
    /// Secret: `kek`, the key. Public: the length of `kek`, `wrapped`, the length of the key, the
    /// outcome.
    ///
    /// Errors: [`Error::Length`] for an impossible length of `kek` or `wrapped`; [`Error::Unwrap`].
    pub fn unwrap(self, kek: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let len = wrapped.len().checked_sub(SEMIBLOCK).ok_or(Error::Length)?;
        if !len.is_multiple_of(SEMIBLOCK) || !self.takes(len) {
            return Err(Error::Length);
        }
        let mut out = Zeroizing::new(vec![0; len]);
        // The library leaves round keys on the stack, and the last block that it worked on, half of which is key.
        let outcome = stack_wiped(|| self.open(kek, wrapped, &mut out));
        // The caller learns the outcome and the length. The padding is at the end, and wiping covers it although it is
        // cut off.
        out.truncate(ct::publish(outcome)?);
        Ok(out)
    }

    /// Fills `out`, and returns how many octets of it are the key.
    fn open(self, kek: &[u8], wrapped: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        match self {
            Self::Rfc3394 => with_cipher!(AesKw, kek, unwrap_key(wrapped, out)),
            Self::Rfc5649 => with_cipher!(AesKwp, kek, unwrap_key(wrapped, out)),
        }
        .map(<[u8]>::len)
        .map_err(|_| Error::Unwrap)
    }
}
