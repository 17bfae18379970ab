//! A key that was received, with the description in its message: TS 33.180 5.7 and E.6.

use super::reception::Profiled;
use super::{
    CryptoSessions, CsId, Error, Key, KeyId, KeyParameters, Purpose, SealedParameters, SrtpKeys,
    Validity,
};
use crate::identifier::{NtpTime, UserUri};
use crate::mikey::{self, CsIdMap, Departure, Departures, Limits};

/// A key that was received, with everything that its message says about it.
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
            // A session may have no SPI (RFC 6043 section 6.1.1).
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

    /// The same key for another user, who has its own identifier for it.
    pub(super) fn of_another_user(self, user: UserUri<'_>) -> Result<Self, Error> {
        Ok(Self { user_id: self.key.user_id(user)?, ..self })
    }

    /// Checks that the parameters name this group, or that an accepted departure leaves the group to signalling.
    ///
    /// Errors: [`Error::Parameters`] if there are no parameters; [`Error::Group`].
    pub(super) fn check_group(&mut self, group: &[u8], accepted: Departures) -> Result<(), Error> {
        let (departure, error) = match &self.parameters {
            Some(parameters) if parameters.names(group) => return Ok(()),
            Some(parameters) if !parameters.groups.is_empty() => return Err(Error::Group),
            Some(_) => (Departure::NoGroupNamed, Error::Group),
            None => (Departure::GmkWithoutParameters, Error::Parameters),
        };
        if self.departures.used(departure, accepted) { Ok(()) } else { Err(error) }
    }

    /// Whether the message says that the key is revoked. If [`Departure::NoRevocation`] is accepted from its initiator,
    /// a status of 0 does not say that.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        let is_revoked =
            self.parameters.as_ref().is_some_and(|parameters| parameters.status.is_revoked());
        is_revoked && !self.departures.contains(Departure::NoRevocation)
    }

    /// A key from its parts: a received key that was stored in parts, or a key that was made here. `sessions` and
    /// `departures` are those of its message. For a key without a message, use the defaults, which are the standard's
    /// sessions under the standard's policy.
    ///
    /// Errors: [`Error::Purpose`] if the user's identifier or the parameters belong to another kind of key.
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

    /// The user's own identifier for the key: the GUK-ID of a GMK, and the identifier of any other key.
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

    /// The parameters of the key, if the message contains them.
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

    /// The time in which the key is in force.
    #[must_use]
    pub fn validity(&self) -> Validity {
        Validity::new(self.time, self.parameters.as_ref())
    }

    /// The SRTP master key and salt for sending media at the time `now`.
    ///
    /// Use [`Key::srtp`] for media under an expired key, such as recordings. That function also ignores the policy.
    ///
    /// Errors: [`Error::Expired`]; [`Error::NotYet`]; [`Error::Policy`]; those of [`Key::srtp`].
    pub fn srtp(&self, cs_id: CsId, now: NtpTime) -> Result<SrtpKeys, Error> {
        if self.validity().activation.is_some_and(|activation| now < activation) {
            return Err(Error::NotYet);
        }
        self.srtp_of(self.user_id, cs_id, now)
    }

    /// The SRTP master key and salt for receiving media from another member, whose GUK-ID is in the MKI. The other
    /// member's clock may be ahead, so a key that is not in force yet according to the own clock is accepted.
    ///
    /// Errors: [`Error::Expired`]; [`Error::Policy`]; those of [`Key::srtp`].
    pub fn srtp_of(&self, sender: KeyId, cs_id: CsId, now: NtpTime) -> Result<SrtpKeys, Error> {
        self.check_expiry(now)?;
        self.sessions.check_policy(cs_id, self.departures)?;
        self.key.srtp(sender, cs_id)
    }

    /// The SRTCP master key and salt for sending floor control or other SRTCP packets.
    ///
    /// Errors: [`Error::Expired`]; [`Error::Policy`]; those of [`Key::srtcp`].
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

/// The parameters if they are not sealed and that is accepted. Parameters in clear begin with the tag of a purpose, and
/// sealed parameters begin with a message type.
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

/// Decodes parameters that are not sealed. The parameters of a GMK may end before the list of groups, because older
/// releases do not define that list.
fn clear(data: &[u8], limits: &Limits) -> Result<KeyParameters, Error> {
    let decoded = KeyParameters::decode_within(data, limits);
    if decoded == Err(Error::Parameters) && data.first() == Some(&Purpose::Gmk.tag()) {
        // Append the length of an empty list, and its count.
        return KeyParameters::decode_within(&[data, &[0, 1, 0]].concat(), limits);
    }
    decoded
}

/// Opens parameters that are sealed under `key` and the identifier under which the key is sent.
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
