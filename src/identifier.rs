//! The octets that name a user for a period of time.
//!
//! ECCSI signs for any octets of any length. SAKKE calculates with the identifier as an integer
//! and so restricts it; [`Identifier`] is what both accept. Two standards say how to build one:
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

/// An identifier in the form RFC 6508 section 2.2 gives it: 1 to 128 octets whose big-endian integer
/// lies in 2 ..= q − 1.
///
/// An integer outside that range is refused, never reduced. Whoever normalises a URI does so before it
/// gets here; `gms@example.org` and `sip:gms@example.org` are different users.
///
/// Leading zero octets belong to the identifier: they are hashed, though they don't change the integer.
/// **Identifiers that differ in leading zeros alone have one receiver key**, since RFC 6508 computes keys
/// from the integer ([`shares_receiver_key`](Self::shares_receiver_key)). An identifier therefore knows
/// its [`kind`](Self::kind), and a KMS extracts no key for raw octets that start with 00: UIDs all have
/// 32 octets, so that those among them that start with 00 share no key with each other, and dated numbers
/// start with a digit. Take the octets of a stored UID back with [`from_uid`](Self::from_uid).
///
/// Two identifiers are equal if their octets are, whatever their kinds: who it is doesn't depend on how
/// the octets got here, and a receiver compares what came with what it computes.
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
    kind: IdentifierKind,
}

/// Where an identifier comes from.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum IdentifierKind {
    /// Octets of any meaning.
    Raw,
    /// A number and a month, of [`Identifier::tel_monthly`].
    TelMonthly,
    /// A hash of 32 octets, of [`KeyPeriods::uid`] or [`Identifier::from_uid`].
    Uid,
}

impl Identifier {
    /// The most octets an identifier has: those of q.
    pub const MAX_LEN: usize = scalar::OCTETS;

    /// A UID of TS 33.180 F.2.1 that has been stored or received.
    ///
    /// The caller knows that it is one. Octets that a user chose are no UID: use `try_from` for them,
    /// so that a KMS refuses them if another identifier would have their key.
    ///
    /// Errors: [`Error::Identifier`] if the integer is 0 or 1, which no hash is.
    pub fn from_uid(uid: &[u8; KeyPeriods::UID_LEN]) -> Result<Self, Error> {
        Self::of_kind(IdentifierKind::Uid, uid)
    }

    fn of_kind(kind: IdentifierKind, octets: &[u8]) -> Result<Self, Error> {
        Ok(Self { kind, ..Self::try_from(octets)? })
    }

    /// Where it comes from.
    #[must_use]
    pub const fn kind(&self) -> IdentifierKind {
        self.kind
    }

    /// Whether both are the same integer, and so have the same receiver key under every KMS (RFC 6508
    /// section 2.2). Signing keys, for which the octets are hashed, are never shared.
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

    /// Whether it may share its receiver key with an identifier that was given out: raw octets of which
    /// the first is 00.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.kind == IdentifierKind::Raw && self.as_bytes().first() == Some(&0)
    }

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

    /// Raw octets.
    ///
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

/// A dated number as its text, with a space for the 00 octet between its parts; everything else in
/// hexadecimal, which may be long.
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
        // ASCII, of which the last octet is 00.
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
