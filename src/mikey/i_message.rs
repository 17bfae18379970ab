//! RFC 6509 section 2.1: an I_MESSAGE, decoded.

use super::message::{Shared, Walk, once};
use super::octets::Seen;
use super::payload::Sign;
use super::{
    CryptoSession, CsIdMap, Departure, Departures, Derivation, Error, Extension, Identity, Limits,
    Message, MessageType, PARAMETER_SET, Payload, Role, SakkePayload, SecurityPolicy, Timestamp,
};
use crate::eccsi::Signature;
use crate::sakke::Encapsulation;

/// An I_MESSAGE, decoded completely. Nothing in it is trusted yet.
///
/// You can read its content to find out whom to expect. To get its secret, call
/// [`check_fresh`](Self::check_fresh), [`Fresh::verify`](super::Fresh::verify) and
/// [`Verified::decapsulate`](super::Verified::decapsulate), in this order.
#[derive(Clone, Copy, Debug)]
pub struct IMessage<'a> {
    message: Message<'a>,
    timestamp: Timestamp,
    rand: &'a [u8],
    identities: [Option<Identity<'a>>; Role::COUNT],
    policies: Seen,
    id_scheme: u8,
    encapsulation: Encapsulation,
    signature: Signature,
    departures: Departures,
}

impl<'a> IMessage<'a> {
    /// Decodes a whole message. T, RAND and SAKKE must be present, and SIGN must be the last payload; the payloads
    /// before it may come in any order.
    ///
    /// RFC 3830 section 6.11 recommends at least 16 octets for RAND; this function requires them. V is ignored.
    ///
    /// Errors: the error of any item that does not decode; [`Error::MessageType`], [`Error::Payload`],
    /// [`Error::Missing`], [`Error::Repeated`], [`Error::TimestampType`], [`Error::Rand`];
    /// [`Error::Value`] for another parameter set or signature type; [`Error::Primitive`] for malformed
    /// Encapsulated Data or a malformed signature; [`Error::Limit`] beyond the default [`Limits`].
    pub fn decode(octets: &'a [u8]) -> Result<Self, Error> {
        Self::decode_within(octets, &Limits::default())
    }

    /// Decodes a whole message within these limits.
    ///
    /// Errors: those of [`decode`](Self::decode).
    pub fn decode_within(octets: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        Self::decode_departing(octets, limits, Departures::NONE)
    }

    /// Decodes a whole message that may differ from the standards in these ways.
    ///
    /// Of all departures only [`Departure::ShortH`] affects decoding; the others matter in later steps.
    ///
    /// Errors: those of [`decode`](Self::decode).
    pub fn decode_departing(
        octets: &'a [u8],
        limits: &Limits,
        departures: Departures,
    ) -> Result<Self, Error> {
        Self::decode_showing(octets, limits, departures, |_| {})
    }

    /// Decodes a whole message and passes each of its payloads to `show`.
    pub(crate) fn decode_showing(
        octets: &'a [u8],
        limits: &Limits,
        accepted: Departures,
        mut show: impl FnMut(Payload<'a>),
    ) -> Result<Self, Error> {
        let mut walk = Walk::begin(octets, limits)?;
        if walk.message().header().message_type != MessageType::Sakke {
            return Err(Error::MessageType);
        }
        let (mut shared, mut sakke, mut sign) = (Shared::default(), None, None);
        let mut identities = [None; Role::COUNT];
        while let Some((payload, _)) = walk.next()? {
            show(payload);
            match payload {
                Payload::Sakke(found) => once(&mut sakke, found)?,
                Payload::Sign(found) => once(&mut sign, found)?,
                Payload::Role(role, found) => once(&mut identities[role.index()], found)?,
                // RFC 6509 section 2.1 allows a certificate for signatures other than ECCSI. The signature covers
                // it, but an ECCSI signature does not need it.
                Payload::Certificate(_) => {}
                other => shared.take(&other)?,
            }
        }
        let timestamp = shared.timestamp()?;
        if !matches!(timestamp, Timestamp::NtpUtc(_) | Timestamp::Ntp(_)) {
            return Err(Error::TimestampType);
        }
        let rand = shared.rand()?;
        let sakke: SakkePayload<'_> = sakke.ok_or(Error::Missing)?;
        let sign: Sign<'_> = sign.ok_or(Error::Missing)?;
        if sign.kind != Sign::ECCSI {
            return Err(Error::Value);
        }
        let mut departures = Departures::NONE;
        let encapsulation = encapsulation(&sakke, accepted, &mut departures)?;
        Ok(Self {
            message: *walk.message(),
            timestamp,
            rand,
            identities,
            policies: shared.policies,
            id_scheme: sakke.id_scheme,
            encapsulation,
            signature: Signature::try_from(sign.signature)?,
            departures,
        })
    }

    /// The octets that it was decoded from.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.message.as_bytes()
    }

    /// The header and the payloads as they came.
    #[must_use]
    pub const fn message(&self) -> &Message<'a> {
        &self.message
    }

    /// The crypto session bundle.
    #[must_use]
    pub const fn csb_id(&self) -> u32 {
        self.message.header().csb_id
    }

    /// The crypto sessions of the bundle.
    #[must_use]
    pub const fn map(&self) -> &CsIdMap<'a> {
        &self.message.header().map
    }

    /// The crypto session with this CS ID, if the map is of type GENERIC-ID and lists it.
    #[must_use]
    pub fn session(&self, cs_id: u8) -> Option<CryptoSession<'a>> {
        match self.map() {
            CsIdMap::GenericId(sessions) => sessions.get(cs_id),
            _ => None,
        }
    }

    /// T.
    #[must_use]
    pub const fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// RAND, 16 to 255 octets.
    #[must_use]
    pub const fn rand(&self) -> &'a [u8] {
        self.rand
    }

    /// The identifier scheme of the SAKKE payload.
    #[must_use]
    pub const fn id_scheme(&self) -> u8 {
        self.id_scheme
    }

    /// The Encapsulated Data.
    #[must_use]
    pub const fn encapsulation(&self) -> &Encapsulation {
        &self.encapsulation
    }

    /// The signature. Do not identify a message by these octets: anybody can turn a valid signature into another one.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The departures that decoding the message made use of.
    #[must_use]
    pub const fn departures(&self) -> Departures {
        self.departures
    }

    /// The identity that the message claims in this role.
    #[must_use]
    pub const fn identity(&self, role: Role) -> Option<Identity<'a>> {
        self.identities[role.index()]
    }

    /// The numbers of the security policies.
    #[cfg(feature = "mission-critical")]
    pub(crate) const fn policy_numbers(&self) -> &Seen {
        &self.policies
    }

    /// The security policy with this number. Each call searches the payloads from the first one on.
    #[must_use]
    pub fn policy(&self, number: u8) -> Option<SecurityPolicy<'a>> {
        if !self.policies.contains(number) {
            return None;
        }
        self.policies().find(|policy| policy.number == number)
    }

    /// The security policies.
    pub fn policies(&self) -> impl Iterator<Item = SecurityPolicy<'a>> + use<'a> {
        self.message.payloads().filter_map(|payload| match payload {
            Payload::Policy(policy) => Some(policy),
            _ => None,
        })
    }

    /// The general extensions.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        self.message.payloads().filter_map(|payload| match payload {
            Payload::Extension(extension) => Some(extension),
            _ => None,
        })
    }

    /// The values that the keys of the crypto sessions are derived with.
    #[must_use]
    pub const fn derivation(&self) -> Derivation<'a> {
        Derivation { prf: self.message.header().prf, csb_id: self.csb_id(), rand: self.rand }
    }
}

/// The Encapsulated Data of a SAKKE payload.
///
/// Errors: [`Error::Value`] unless the payload is of parameter set 1; [`Error::Primitive`].
pub(crate) fn encapsulation(
    sakke: &SakkePayload<'_>,
    accepted: Departures,
    used: &mut Departures,
) -> Result<Encapsulation, Error> {
    if sakke.parameters != PARAMETER_SET {
        return Err(Error::Value);
    }
    if let Some(short) = sakke.data.first_chunk::<{ Encapsulation::LEN - 1 }>()
        && sakke.data.len() == short.len()
        && used.used(Departure::ShortH, accepted)
    {
        return Ok(Encapsulation::with_short_h(short)?);
    }
    Ok(Encapsulation::try_from(sakke.data)?)
}
