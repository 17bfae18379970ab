//! The octets that name a user for a period of time.
//!
//! ECCSI accepts identifiers of any octets and any length. SAKKE calculates with the identifier as an integer, and
//! therefore restricts it. Both accept an [`Identifier`]. Two standards define how to build one:
//! [`Identifier::tel_monthly`] (RFC 6509) and [`KeyPeriods::uid`] (3GPP).

mod calendar;
#[cfg(feature = "std")]
mod system_time;
mod tel;
mod uid;
mod uri;

#[cfg(feature = "kms-xml")]
pub(crate) use calendar::rfc3339;
#[cfg(all(feature = "hazmat", feature = "alloc"))]
pub(crate) use uid::input_string;
pub use uid::{KeyPeriods, NtpTime};
pub use uri::{KmsUri, UserUri};

use core::fmt::{self, Write as _};
use core::hash::{Hash, Hasher};

use crate::ct;
use crate::debug;
use crate::error::Error;
use crate::scalar::{self, Scalar};

/// An identifier in the form of RFC 6508 section 2.2: 1 to 128 octets whose big-endian integer
/// lies in 2 ..= q − 1.
///
/// An integer outside that range is refused, never reduced. If you normalise URIs, do so before you make identifiers:
/// `gms@example.org` and `sip:gms@example.org` are different users.
///
/// Leading zero octets belong to the identifier: they are hashed, although they do not change the integer.
/// **Identifiers that differ only in leading zeros have the same receiver key**, because RFC 6508 computes keys from
/// the integer ([`shares_receiver_key`](Self::shares_receiver_key)). Therefore an identifier knows its
/// [`kind`](Self::kind), and a KMS extracts no key for raw octets that start with 00. UIDs that start with 00 share no
/// key with each other, because all UIDs have 32 octets, and dated numbers start with a digit. To read a stored UID,
/// use [`from_uid`](Self::from_uid).
///
/// Two identifiers are equal if their octets are equal, regardless of their kinds. So a receiver can compare an
/// identifier that it received with one that it computed.
///
/// Identifiers are personal data but not secret. The octets are stored inline.
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
    /// The octets, right-aligned after zeros, which is the encoding of the integer.
    octets: [u8; scalar::OCTETS],
    len: u8,
    kind: IdentifierKind,
}

/// The origin of an identifier.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum IdentifierKind {
    /// Octets of any meaning.
    Raw,
    /// A number and a month, from [`Identifier::tel_monthly`].
    TelMonthly,
    /// A hash of 32 octets, from [`KeyPeriods::uid`] or [`Identifier::from_uid`].
    Uid,
}

impl Identifier {
    /// The length of the longest identifier, which is that of q.
    pub const MAX_LEN: usize = scalar::OCTETS;

    /// A UID of TS 33.180 F.2.1 that was stored or received.
    ///
    /// The caller must know that the octets are a UID. Octets that a user chose are not a UID: use `try_from` for them,
    /// so that a KMS refuses them if another identifier has the same key.
    ///
    /// Errors: [`Error::Identifier`] if the integer is 0 or 1, which a hash never is in practice.
    pub fn from_uid(uid: &[u8; KeyPeriods::UID_LEN]) -> Result<Self, Error> {
        Self::of_kind(IdentifierKind::Uid, uid)
    }

    fn of_kind(kind: IdentifierKind, octets: &[u8]) -> Result<Self, Error> {
        Ok(Self { kind, ..Self::try_from(octets)? })
    }

    /// The origin of the identifier.
    #[must_use]
    pub const fn kind(&self) -> IdentifierKind {
        self.kind
    }

    /// Whether both identifiers are the same integer, and therefore have the same receiver key under every KMS (RFC
    /// 6508 section 2.2). Signing keys are never shared, because they depend on a hash of the octets.
    ///
    /// ```
    /// use eccsi_sakke::Identifier;
    ///
    /// let [bob, other] = [b"bob".as_slice(), b"\0bob"].map(Identifier::try_from);
    /// let (bob, other) = (bob?, other?);
    /// assert!(bob.shares_receiver_key(&other) && bob != other);
    /// # Ok::<(), eccsi_sakke::Error>(())
    /// ```
    #[must_use]
    pub fn shares_receiver_key(&self, other: &Self) -> bool {
        self.octets == other.octets
    }

    /// Whether the identifier is raw octets that start with 00. Another user may already have the receiver key of such
    /// an identifier.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.kind == IdentifierKind::Raw && self.as_bytes().first() == Some(&0)
    }

    /// The octets as they were given.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets[Self::MAX_LEN - usize::from(self.len)..]
    }

    /// The identifier as an integer: a and b of RFC 6508.
    pub(crate) fn to_scalar(self) -> Scalar {
        // The integer is in range since construction, so this does not reduce it.
        Scalar::reduce(&self.octets)
    }
}

impl TryFrom<&[u8]> for Identifier {
    type Error = Error;

    /// An identifier of raw octets.
    ///
    /// Errors: [`Error::Identifier`] if `octets` is empty or has more than 128 octets, or if the integer is 0, 1, or at
    /// least q.
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
        let identifier = Self { octets: integer, len, kind: IdentifierKind::Raw };
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

/// A dated number is shown as text, with a space instead of the 00 octet between its parts. Any other identifier is
/// shown in hexadecimal, which may be long.
///
/// ```
/// use eccsi_sakke::Identifier;
///
/// let id = Identifier::tel_monthly(2011, 2, "tel:+447700900123")?;
/// assert_eq!(id.to_string(), "2011-02 tel:+447700900123");
/// assert_eq!(Identifier::try_from(b"bob")?.to_string(), "626f62");
/// # Ok::<(), eccsi_sakke::Error>(())
/// ```
impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != IdentifierKind::TelMonthly {
            return debug::hexadecimal(f, self.as_bytes());
        }
        // The octets are ASCII, and the last one is 00.
        let text = self.as_bytes().strip_suffix(&[0]).unwrap_or_default();
        text.iter().try_for_each(|octet| match octet {
            0 => f.write_char(' '),
            _ => f.write_char(char::from(*octet)),
        })
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier(\"{}\")", self.as_bytes().escape_ascii())
    }
}
