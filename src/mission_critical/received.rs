//! A key that was received, with what its message said of it: TS 33.180 5.7 and E.6.

use super::reception::Profiled;
use super::{
    CryptoSessions, CsId, Error, Key, KeyId, KeyParameters, Purpose, SealedParameters, SrtpKeys,
    Validity,
};
use crate::identifier::{NtpTime, UserUri};
use crate::mikey::{self, CsIdMap, Departure, Departures, Limits};

/// A key that was received, with all that its message said of it.
#[derive(Clone, Debug)]
pub struct Received {
    key: Key,
    user_id: KeyId,
    time: NtpTime,
    parameters: Option<KeyParameters>,
    sessions: CryptoSessions,
    departures: Departures,
}

impl Received {
    pub(super) fn new(
        opened: &mikey::Opened<'_>,
        profiled: &Profiled<'_>,
        responder: UserUri<'_>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let message = opened.message();
        let csb_id = KeyId::try_from(message.csb_id())?;
        let key = Key::from_message(csb_id, opened.secret().clone(), message.rand(), responder)?;
        if let CsIdMap::GenericId(sessions) = message.map() {
            let mki = key.mki(csb_id);
            // An SPI may be left out (RFC 6043 section 6.1.1).
            if sessions.iter().any(|session| !session.spi.is_empty() && session.spi != mki.as_ref())
            {
                return Err(Error::Spi);
            }
        }
        let mut departures = opened.departures().and(profiled.departures);
        let parameters = match profiled.parameters {
            Some(data) => Some(match in_clear(data, &key, opened.accepted(), &mut departures) {
                Some(data) => clear(data, limits)?,
                None => unsealed(data, (&key, csb_id), limits)?,
            }),
            None => None,
        };
        if parameters.as_ref().is_some_and(|parameters| parameters.purpose != key.purpose()) {
            return Err(Error::Purpose);
        }
        if parameters.as_ref().is_some_and(|parameters| parameters.status.0 == 0) {
            departures.used(Departure::NoRevocation, opened.accepted());
        }
        let sessions = CryptoSessions::new(message.map(), profiled.policies.iter().copied())?;
        Ok(Self { key, user_id: csb_id, time: opened.time(), parameters, sessions, departures })
    }

    /// The same as another user has it, who sent it and has an identifier of its own for it.
    pub(super) fn of_another_user(self, user: UserUri<'_>) -> Result<Self, Error> {
        Ok(Self { user_id: self.key.user_id(user)?, ..self })
    }

    /// Whether the parameters name this group, or leave it to signalling as far as is accepted.
    ///
    /// Errors: [`Error::Parameters`] if there are none, [`Error::Group`].
    pub(super) fn check_group(&mut self, group: &[u8], accepted: Departures) -> Result<(), Error> {
        let (departure, error) = match &self.parameters {
            Some(parameters) if parameters.names(group) => return Ok(()),
            Some(parameters) if !parameters.groups.is_empty() => return Err(Error::Group),
            Some(_) => (Departure::NoGroupNamed, Error::Group),
            None => (Departure::GmkWithoutParameters, Error::Parameters),
        };
        if self.departures.used(departure, accepted) { Ok(()) } else { Err(error) }
    }

    /// Whether its message says that the key is revoked. The status of an initiator with
    /// [`Departure::NoRevocation`] doesn't.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        let is_revoked =
            self.parameters.as_ref().is_some_and(|parameters| parameters.status.is_revoked());
        is_revoked && !self.departures.contains(Departure::NoRevocation)
    }

    /// A key that was received and has been stored in its parts, or one's own. `sessions` and `departures` are those of
    /// its message; of a key without one they are the defaults: the standard's sessions under the standard's policy.
    ///
    /// Errors: [`Error::Purpose`] if the user's identifier or the parameters are those of another kind of key.
    pub fn from_parts(
        key: Key,
        user_id: KeyId,
        time: NtpTime,
        parameters: Option<KeyParameters>,
        (sessions, departures): (CryptoSessions, Departures),
    ) -> Result<Self, Error> {
        let purpose = key.purpose();
        let is_its = user_id.purpose() == purpose
            && (purpose.is_diversified() || user_id == key.id())
            && parameters.as_ref().is_none_or(|parameters| parameters.purpose == purpose);
        if !is_its {
            return Err(Error::Purpose);
        }
        Ok(Self { key, user_id, time, parameters, sessions, departures })
    }

    /// Errors: [`Error::Revoked`]; [`Error::Expired`].
    pub(super) fn in_force(self, now: NtpTime) -> Result<Self, Error> {
        if self.is_revoked() {
            return Err(Error::Revoked);
        }
        self.check_expiry(now).map(|()| self)
    }

    /// The key with its identifier.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// The user's own identifier for it: the GUK-ID of a GMK, of others the key's.
    #[doc(alias("GUK-ID", "UK-ID"))]
    #[must_use]
    pub const fn user_id(&self) -> KeyId {
        self.user_id
    }

    /// T in full seconds.
    #[must_use]
    pub const fn time(&self) -> NtpTime {
        self.time
    }

    /// What the message says of the key.
    #[must_use]
    pub const fn parameters(&self) -> Option<&KeyParameters> {
        self.parameters.as_ref()
    }

    /// The crypto sessions that the message names, with their policies and session data.
    #[must_use]
    pub const fn crypto_sessions(&self) -> &CryptoSessions {
        &self.sessions
    }

    /// The departures from the standards that the message made use of.
    #[must_use]
    pub const fn departures(&self) -> Departures {
        self.departures
    }

    /// When the key is in force.
    #[must_use]
    pub fn validity(&self) -> Validity {
        Validity::new(self.time, self.parameters.as_ref())
    }

    /// The SRTP master key and salt for sending media at the time `now`.
    ///
    /// Media of a key that has expired, such as recordings, are for [`Key::srtp`]. It asks no policy either.
    ///
    /// Errors: [`Error::Expired`]; [`Error::NotYet`]; [`Error::Policy`]; as of [`Key::srtp`].
    pub fn srtp(&self, cs_id: CsId, now: NtpTime) -> Result<SrtpKeys, Error> {
        if self.validity().activation.is_some_and(|activation| now < activation) {
            return Err(Error::NotYet);
        }
        self.srtp_of(self.user_id, cs_id, now)
    }

    /// The SRTP master key and salt of what another member sends, whose GUK-ID is in the MKI. The other's clock may
    /// be ahead: a key that isn't in force yet by the own is as good.
    ///
    /// Errors: [`Error::Expired`]; [`Error::Policy`]; as of [`Key::srtp`].
    pub fn srtp_of(&self, sender: KeyId, cs_id: CsId, now: NtpTime) -> Result<SrtpKeys, Error> {
        self.check_expiry(now)?;
        self.sessions.check_policy(cs_id, self.departures)?;
        self.key.srtp(sender, cs_id)
    }

    /// The SRTCP master key and salt for sending floor control, or what else goes by SRTCP.
    ///
    /// Errors: [`Error::Expired`]; [`Error::Policy`]; as of [`Key::srtcp`].
    pub fn srtcp(&self, cs_id: CsId, now: NtpTime) -> Result<SrtpKeys, Error> {
        self.check_expiry(now)?;
        self.sessions.check_policy(cs_id, self.departures)?;
        self.key.srtcp(self.user_id, cs_id)
    }

    /// Errors: [`Error::Expired`].
    fn check_expiry(&self, now: NtpTime) -> Result<(), Error> {
        if self.validity().has_expired(now) { Err(Error::Expired) } else { Ok(()) }
    }
}

/// Parameters that are not sealed, if they are accepted so: they begin with the tag of a purpose, sealed ones with a
/// message type.
fn in_clear<'p>(
    data: &'p [u8],
    key: &Key,
    accepted: Departures,
    used: &mut Departures,
) -> Option<&'p [u8]> {
    let departure = match key.purpose() {
        Purpose::Gmk => Departure::GmkParametersInClear,
        _ => Departure::ParametersInClear,
    };
    let is_tag = Purpose::from_tag(*data.first()?).is_ok();
    (is_tag && used.used(departure, accepted)).then_some(data)
}

/// Parameters that aren't sealed. Those of a GMK may end before the list of groups, which older ones haven't.
fn clear(data: &[u8], limits: &Limits) -> Result<KeyParameters, Error> {
    let decoded = KeyParameters::decode_within(data, limits);
    if decoded == Err(Error::Parameters) && data.first() == Some(&Purpose::Gmk.tag()) {
        // The length of a list of none, and its count.
        return KeyParameters::decode_within(&[data, &[0, 1, 0]].concat(), limits);
    }
    decoded
}

/// The parameters beside `key`, sealed under it and the identifier it travels under.
fn unsealed(
    data: &[u8],
    (key, csb_id): (&Key, KeyId),
    limits: &Limits,
) -> Result<KeyParameters, Error> {
    let sealed = SealedParameters::decode(data)?;
    if sealed.header().key_id != csb_id.value() {
        return Err(Error::Parameters);
    }
    sealed.open_within(key.secret(), limits)
}
