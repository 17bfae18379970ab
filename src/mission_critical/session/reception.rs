//! Receiving a GSK.

use super::{GroupSession, SessionKey, check_gmk};
use crate::identifier::NtpTime;
use crate::mikey::psk::{FreshPsk, OpenedPsk, PskMessage, SignedPskMessage};
use crate::mikey::{
    self, Clock, CsIdMap, Identity, IdentityType, Limits, Payload, Prf, Seen, Timestamp, User,
};
use crate::mission_critical::crypto_sessions::{SRTP, is_of_aes_gcm};
use crate::mission_critical::{Error, Held, KeyId, KeyName, KeyStore, Purpose, Received};
use crate::wiped::stack_wiped;

/// The GMS and the group whose sessions are expected, and the receiver's clock.
///
/// Every function decodes the message completely, finds the named GMK among the stored keys of this GMS and group,
/// checks that the message is fresh, verifies its signature unless the caller waives it, and only then opens the
/// message (RFC 3830 section 5.3). The message enters the store's cache after its MAC is verified. Then the outcome is
/// final, so the message is accepted at most once. An earlier refusal changes nothing, and the message can be received
/// again.
#[derive(Clone, Copy, Debug)]
pub struct SessionReception<'a> {
    /// The URI of the GMS that made the GMK of the group.
    pub gms: &'a str,
    /// The group.
    pub group: &'a [u8],
    /// The receiver's clock.
    pub clock: Clock,
    /// How large a message may be.
    pub limits: Limits,
}

impl<'a> SessionReception<'a> {
    /// A reception of sessions of this group within the default limits.
    #[must_use]
    pub const fn new(gms: &'a str, group: &'a [u8], clock: Clock) -> Self {
        Self { gms, group, clock, limits: Limits::DEFAULT }
    }

    /// The URI of the initiator that the message claims, if it names one. Use it to choose the expected initiator among
    /// the users who may speak. **Nothing is verified.**
    ///
    /// Errors: [`Error::Message`] for a message that does not decode.
    pub fn claimed_initiator<'m>(&self, octets: &'m [u8]) -> Result<Option<&'m str>, Error> {
        let message = self.decode_signed_or_not(octets)?;
        let named = message.identities().next().filter(|named| named.kind == IdentityType::Uri);
        Ok(named.and_then(|named| core::str::from_utf8(named.data).ok()))
    }

    /// Receives a session that `initiator` has made and signed.
    ///
    /// Secret: the GMK and the GSK. Public: the outcome.
    ///
    /// Errors: [`Error::Message`] for refusals of MIKEY and the cache, with [`mikey::Error::Missing`] for a message
    /// without a signature, [`mikey::Error::Initiator`] for a message that names another initiator, and
    /// [`mikey::Error::Signature`] for a signature by another user or with a key of another period; [`Error::Purpose`]
    /// and [`Error::Profile`] for a message that does not follow this profile; [`Error::Gmk`] if no such GMK of this
    /// GMS and group is stored; [`Error::Revoked`] if the GMK was revoked or deleted; [`Error::Expired`].
    pub fn gsk<S: KeyStore + ?Sized>(
        &self,
        octets: &[u8],
        initiator: &User<'_>,
        store: &mut S,
    ) -> Result<GroupSession, Error> {
        let signed = SignedPskMessage::decode_within(octets, &self.limits)?;
        let gmk_id = check_profile(&signed.without_its_signature())?;
        let named = signed.identities().next();
        if named.is_some_and(|named| named != Identity::uri(initiator.uri())) {
            return Err(mikey::Error::Initiator.into());
        }
        stack_wiped(|| {
            let gmk = self.gmk(gmk_id, store)?;
            let fresh = signed.verify(initiator, &self.clock, store.cache())?;
            open(fresh, gmk_id, &gmk, store)
        })
    }

    /// Receives a session from a message without a signature, or without verifying its signature.
    ///
    /// **Any member of the group may have made the message**, in any name, and so may anybody who has left the group
    /// since the GMK was distributed. If you have a choice, use [`gsk`](Self::gsk).
    ///
    /// Secret: the GMK and the GSK. Public: the outcome.
    ///
    /// Errors: those of [`gsk`](Self::gsk) except for the initiator and the signature.
    pub fn gsk_of_any_member<S: KeyStore + ?Sized>(
        &self,
        octets: &[u8],
        store: &mut S,
    ) -> Result<GroupSession, Error> {
        let message = self.decode_signed_or_not(octets)?;
        let gmk_id = check_profile(&message)?;
        stack_wiped(|| {
            let gmk = self.gmk(gmk_id, store)?;
            let fresh = message.check_fresh(&self.clock, store.cache())?;
            open(fresh, gmk_id, &gmk, store)
        })
    }

    fn decode_signed_or_not<'m>(&self, octets: &'m [u8]) -> Result<PskMessage<'m>, Error> {
        Ok(match SignedPskMessage::decode_within(octets, &self.limits) {
            Err(mikey::Error::Missing) => PskMessage::decode_within(octets, &self.limits)?,
            signed => signed?.without_its_signature(),
        })
    }

    /// The stored GMK with this identifier.
    ///
    /// Errors: [`Error::Revoked`], [`Error::Gmk`], [`Error::Expired`].
    fn gmk<S: KeyStore + ?Sized>(&self, id: KeyId, store: &S) -> Result<Received, Error> {
        let name = KeyName { initiator: self.gms, group: Some(self.group), id };
        if store.held(&name) == Held::Gone {
            return Err(Error::Revoked);
        }
        let gmk = store.key(&name).ok_or(Error::Gmk)?;
        check_gmk(&gmk, self.clock.now)?;
        Ok(gmk)
    }
}

/// Verifies the MAC of a message that is fresh, and whose signature is verified or waived, and takes out the GSK.
fn open<S: KeyStore + ?Sized>(
    fresh: FreshPsk<'_>,
    gmk_id: KeyId,
    gmk: &Received,
    store: &mut S,
) -> Result<GroupSession, Error> {
    let opened = fresh.authenticate(gmk.key().secret().as_bytes(), store.cache_mut())?;
    GroupSession::received(&opened, gmk_id, gmk.validity().expiry)
}

impl GroupSession {
    /// Errors: [`Error::Profile`] unless the message carries exactly one key, which is a GSK.
    fn received(
        opened: &OpenedPsk<'_>,
        gmk_id: KeyId,
        expiry: Option<NtpTime>,
    ) -> Result<Self, Error> {
        let mut keys = opened.key_data();
        let (Some(data), None) = (keys.next(), keys.next()) else { return Err(Error::Profile) };
        Ok(Self {
            key: SessionKey::received(&data)?,
            gmk_id,
            rand: opened.message().rand().into(),
            time: opened.time().ok_or(mikey::Error::TimestampType)?,
            expiry,
        })
    }
}

/// The GMK-ID in a message that follows the profile, as far as that can be checked before it is opened:
/// PRF-HMAC-SHA-256, T in UTC, and crypto sessions of SRTP under AES-GCM. V is ignored, because nobody answers. An SPI
/// is ignored too, because it only matters for the packets of the sender.
///
/// Errors: [`Error::Purpose`] for an identifier of another kind of key; [`Error::Profile`].
fn check_profile(message: &PskMessage<'_>) -> Result<KeyId, Error> {
    let gmk_id = KeyId::try_from(message.csb_id())?;
    if gmk_id.purpose() != Purpose::Gmk {
        return Err(Error::Purpose);
    }
    // One pass over the policies, and then one over the crypto sessions.
    let (mut fitting, mut has_policies) = (Seen::default(), false);
    for payload in message.message().payloads() {
        let Payload::Policy(policy) = payload else { continue };
        has_policies = true;
        if is_of_aes_gcm(&policy) {
            fitting.once(policy.number)?;
        }
    }
    let sessions = match message.map() {
        // Signalling describes the crypto sessions and their policy.
        CsIdMap::Empty => !has_policies,
        CsIdMap::GenericId(sessions) => {
            !sessions.is_empty()
                && sessions.iter().all(|session| {
                    session.protocol == SRTP
                        && matches!(session.policies, [number] if fitting.contains(*number))
                })
        }
        CsIdMap::SrtpId(streams) => {
            !streams.is_empty() && streams.iter().all(|stream| fitting.contains(stream.policy))
        }
    };
    let follows = sessions
        && message.derivation().prf == Prf::HmacSha256
        && matches!(message.timestamp(), Timestamp::NtpUtc(_));
    if follows { Ok(gmk_id) } else { Err(Error::Profile) }
}
