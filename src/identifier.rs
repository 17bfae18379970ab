//! The octets that name a user for a period of time.
//!
//! ECCSI signs for any octets of any length. SAKKE calculates with the identifier as an integer
//! and so restricts it; [`Identifier`] is what both accept. Two standards say how to build one:
//! [`Identifier::tel_monthly`] (RFC 6509) and [`KeyPeriods::uid`] (3GPP).

mod tel;
mod uid;

#[cfg(all(feature = "hazmat", feature = "alloc"))]
pub(crate) use uid::input_string;
pub use uid::{KeyPeriods, NtpTime};

use core::fmt;
use core::hash::{Hash, Hasher};

use crate::ct;
use crate::error::Error;
use crate::scalar::{self, Scalar};

/// An identifier in the form RFC 6508 section 2.2 gives it: 1 to 128 octets whose big-endian integer
/// lies in 2 ..= q − 1.
///
/// An integer outside that range is refused, never reduced. Leading zero octets belong to the
/// identifier: they are hashed, though they don't change the integer. Whoever normalises a URI
/// does so before it gets here; `gms@example.org` and `sip:gms@example.org` are different users.
///
/// Identifiers are personal data but no secrets. The octets are held inline.
///
/// ```
/// use eccsi_sakke::{Error, Identifier};
///
/// let id = Identifier::try_from(b"2011-02\0tel:+447700900123\0".as_slice())?;
/// assert_eq!(id, Identifier::tel_monthly(2011, 2, "tel:+447700900123")?);
/// assert_eq!(Identifier::try_from([0, 1].as_slice()), Err(Error::Identifier));
/// # Ok::<(), Error>(())
/// ```
#[doc(alias("UID", "ID", "a", "b"))]
#[derive(Clone, Copy)]
pub struct Identifier {
    /// The octets, right-aligned behind zeros: the integer as it stands.
    octets: [u8; scalar::OCTETS],
    len: u8,
}

impl Identifier {
    /// The most octets an identifier has: those of q.
    pub const MAX_LEN: usize = scalar::OCTETS;

    /// The octets, as they were given.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets[Self::MAX_LEN - usize::from(self.len)..]
    }

    /// The identifier as an integer: a and b of RFC 6508.
    pub(crate) fn to_scalar(self) -> Scalar {
        // In range since construction, so nothing is reduced.
        Scalar::reduce(&self.octets)
    }
}

impl TryFrom<&[u8]> for Identifier {
    type Error = Error;

    /// Errors: [`Error::Identifier`] if `octets` are none, more than 128, or their integer is 0, 1,
    /// or at least q.
    fn try_from(octets: &[u8]) -> Result<Self, Error> {
        let len = u8::try_from(octets.len()).map_err(|_| Error::Identifier)?;
        let mut integer = [0; Self::MAX_LEN];
        let start = Self::MAX_LEN.checked_sub(octets.len()).ok_or(Error::Identifier)?;
        integer[start..].copy_from_slice(octets);
        let scalar = Scalar::from_be_bytes(&integer);
        // Identifiers are public.
        if !ct::declassify(scalar.is_some()) {
            return Err(Error::Identifier);
        }
        let identifier = Self { octets: integer, len };
        if ct::declassify(identifier.to_scalar().is_at_least_two()) {
            Ok(identifier)
        } else {
            Err(Error::Identifier)
        }
    }
}

impl<const N: usize> TryFrom<&[u8; N]> for Identifier {
    type Error = Error;

    fn try_from(octets: &[u8; N]) -> Result<Self, Error> {
        Self::try_from(octets.as_slice())
    }
}

impl AsRef<[u8]> for Identifier {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl PartialEq for Identifier {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Identifier {}

impl Hash for Identifier {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier(\"{}\")", self.as_bytes().escape_ascii())
    }
}
