//! Ways in which messages of some initiators differ from the standards, and what it costs to accept them.

use core::fmt;

use super::Error;

/// One way in which messages of some initiators differ from the standards.
///
/// A receiver accepts a departure only from initiators for which it says so in
/// [`Expected::departures`](super::Expected::departures). [`Opened::departures`](super::Opened::departures) and
/// `mission_critical::Received::departures` show which departures a message made use of. The field chapter of the
/// guide says which kind of peer needs which departure.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Departure {
    /// The signature covers everything before the type and the length of SIGN, but not these two octets (against RFC
    /// 3830 section 5.2 and TS 33.180 E.1.2).
    ///
    /// Accepting this costs no security, because the values of the two octets are fixed. A signature that covers them
    /// is accepted as well. Refusing a signature takes twice as long.
    SignHeaderUnsigned,
    /// H lacks its first octet, which was 00, so the Encapsulated Data has 272 octets (against RFC 6508 section 4).
    ///
    /// Accepting this costs no security: the receiver puts the octet back.
    ShortH,
    /// w was hashed without its leading octets of 00 (against RFC 6508 section 5.1).
    ///
    /// Accepting this costs no security, but time: both readings are computed for every message, so that the time
    /// reveals nothing about w.
    StrippedW,
    /// A crypto session names a security policy that is not in the message, or it names no policy (against RFC 3830
    /// section 6.1.1 and RFC 6043 section 6.1.1).
    ///
    /// The receiver then has to guess the sender's policy, and assumes the default of the profile.
    MissingPolicy,
    /// A map of type SRTP-ID lists the crypto sessions of a key other than a GMK (against TS 33.180 E.1.2).
    ///
    /// Such a map has no SPI that binds the sessions to the key, but the signature still covers it.
    SrtpIdMap,
    /// The same for a GMK.
    SrtpIdMapOfGmk,
    /// The parameters of a key other than a GMK are not encrypted (against TS 33.180 E.6).
    ///
    /// Anybody who sees the message can read them. They are as authentic as the signature.
    ParametersInClear,
    /// The same for a GMK: anybody who sees the message learns which groups the key is for.
    GmkParametersInClear,
    /// A GMK comes without parameters.
    ///
    /// The message does not say which group the key is for, so signalling must say it. The key never expires.
    GmkWithoutParameters,
    /// The parameters of a GMK name no group.
    ///
    /// Signalling must say which group the key is for.
    NoGroupNamed,
    /// A status of 0 does not mean that the key is revoked (against TS 33.180 E.6.9).
    ///
    /// **Revocation is lost**: this initiator cannot revoke a key by such a message.
    NoRevocation,
}

impl Departure {
    const ALL: [Self; 11] = [
        Self::SignHeaderUnsigned,
        Self::ShortH,
        Self::StrippedW,
        Self::MissingPolicy,
        Self::SrtpIdMap,
        Self::SrtpIdMapOfGmk,
        Self::ParametersInClear,
        Self::GmkParametersInClear,
        Self::GmkWithoutParameters,
        Self::NoGroupNamed,
        Self::NoRevocation,
    ];

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of [`Departure`]s.
///
/// ```
/// use eccsi_sakke::mikey::{Departure, Departures};
///
/// let departures = Departures::of(&[Departure::ShortH, Departure::StrippedW]);
/// assert!(departures.contains(Departure::ShortH));
/// assert!(!Departures::NONE.contains(Departure::ShortH));
/// ```
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct Departures(u16);

impl Departures {
    /// No departures: messages follow the standards.
    pub const NONE: Self = Self(0);

    /// All departures, for tools that show which ones a message makes use of.
    pub const ALL: Self = Self::of(&Departure::ALL);

    /// The set of these departures.
    #[must_use]
    pub const fn of(departures: &[Departure]) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < departures.len() {
            bits |= departures[i].bit();
            i += 1;
        }
        Self(bits)
    }

    /// Whether the set contains this departure.
    #[must_use]
    pub const fn contains(self, departure: Departure) -> bool {
        self.0 & departure.bit() != 0
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The union of both sets.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// The intersection of both sets.
    #[must_use]
    pub const fn of_both(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Errors: [`Error::Departure`] if the set contains a departure that is not accepted.
    pub(crate) const fn check(self, accepted: Self) -> Result<(), Error> {
        if self.0 & !accepted.0 == 0 { Ok(()) } else { Err(Error::Departure) }
    }

    /// The departures in the order in which they are declared.
    pub fn iter(self) -> impl Iterator<Item = Departure> {
        Departure::ALL.into_iter().filter(move |departure| self.contains(*departure))
    }

    /// Adds a departure to the set if it is accepted, and returns whether it is.
    pub(crate) const fn used(&mut self, departure: Departure, accepted: Self) -> bool {
        let is_accepted = accepted.contains(departure);
        if is_accepted {
            self.0 |= departure.bit();
        }
        is_accepted
    }

    /// The set as a record stores it: a bit for each departure, in the order of declaration.
    #[cfg(feature = "stored")]
    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    /// `None` if one of the bits stands for no departure.
    #[cfg(feature = "stored")]
    pub(crate) const fn from_bits(bits: u16) -> Option<Self> {
        if bits & !Self::ALL.0 == 0 { Some(Self(bits)) } else { None }
    }
}

/// The set of the names.
impl fmt::Debug for Departures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
