//! How messages of some initiators differ from the standards, and what it costs to take them.

use core::fmt;

use super::Error;

/// One way in which messages of some initiators differ from the standards.
///
/// None of them is accepted unless the receiver says so for that initiator, in
/// [`Expected::departures`](super::Expected::departures). What a message made use of is told with its key, by
/// [`Opened::departures`](super::Opened::departures) or `mission_critical::Received::departures`. The chapter of the
/// guide on the field says which kind of peer needs which.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Departure {
    /// The signature covers everything before SIGN's type and length, and not these two octets (against RFC 3830
    /// section 5.2 and TS 33.180 E.1.2).
    ///
    /// Nothing is lost: their values are fixed. A signature that covers them is accepted as well, and one that is refused
    /// costs twice as much.
    SignHeaderUnsigned,
    /// H has lost its first octet, which was 00: the Encapsulated Data has 272 octets (against RFC 6508 section 4).
    ///
    /// Nothing is lost: the octet is put back.
    ShortH,
    /// w was hashed without its leading octets of 00 (against RFC 6508 section 5.1).
    ///
    /// Nothing is lost. Both readings are computed for every message, so that the time says nothing of w. That
    /// takes longer.
    StrippedW,
    /// A crypto session names a security policy that is not in the message, or names none (against RFC 3830
    /// section 6.1.1 and RFC 6043 section 6.1.1).
    ///
    /// The sender's policy is a guess: it is taken to be the default of the profile.
    MissingPolicy,
    /// The crypto sessions of a key other than a GMK are listed by a map of type SRTP-ID (against TS 33.180 E.1.2).
    ///
    /// Such a map has no SPI that binds the sessions to the key; the signature covers it all the same.
    SrtpIdMap,
    /// The same for a GMK.
    SrtpIdMapOfGmk,
    /// The parameters of a key other than a GMK are not encrypted (against TS 33.180 E.6).
    ///
    /// Whoever sees the message reads them. They are as authentic as the signature.
    ParametersInClear,
    /// The same for a GMK: whoever sees the message learns which groups the key is for.
    GmkParametersInClear,
    /// A GMK comes without parameters.
    ///
    /// The message doesn't say which group it is for, which signalling must say, and the key never expires.
    GmkWithoutParameters,
    /// The parameters of a GMK name no group at all.
    ///
    /// Signalling must say which group it is for.
    NoGroupNamed,
    /// A status of 0, which says that the key is revoked, says nothing (against TS 33.180 E.6.9).
    ///
    /// **Revocation is lost**: this initiator can't revoke a key by such a message.
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
    /// None: messages are as the standards have them.
    pub const NONE: Self = Self(0);

    /// All of them, for tools that show which ones a message makes use of.
    pub const ALL: Self = Self::of(&Departure::ALL);

    /// The set of these.
    #[must_use]
    pub const fn of(departures: &[Departure]) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < departures.len() {
            bits |= departures[i].bit();
            i += 1;
        }
        Self(bits)
    }

    /// Whether it is among them.
    #[must_use]
    pub const fn contains(self, departure: Departure) -> bool {
        self.0 & departure.bit() != 0
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those of either set.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those of both sets.
    #[must_use]
    pub const fn of_both(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Errors: [`Error::Departure`] if there is one that isn't accepted.
    pub(crate) const fn check(self, accepted: Self) -> Result<(), Error> {
        if self.0 & !accepted.0 == 0 { Ok(()) } else { Err(Error::Departure) }
    }

    /// The departures in the order in which they are declared.
    pub fn iter(self) -> impl Iterator<Item = Departure> {
        Departure::ALL.into_iter().filter(move |departure| self.contains(*departure))
    }

    /// Makes use of a departure, if it is accepted.
    pub(crate) const fn used(&mut self, departure: Departure, accepted: Self) -> bool {
        let is_accepted = accepted.contains(departure);
        if is_accepted {
            self.0 |= departure.bit();
        }
        is_accepted
    }

    /// The set in a record: a bit for each departure, in the order in which they are declared.
    #[cfg(feature = "stored")]
    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    /// None for bits that stand for no departure.
    #[cfg(feature = "stored")]
    pub(crate) const fn from_bits(bits: u16) -> Option<Self> {
        if bits & !Self::ALL.0 == 0 { Some(Self(bits)) } else { None }
    }
}

/// As a set of names.
impl fmt::Debug for Departures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
