//! A pre-shared-key message that is signed as well: a GSK in ProSe (TS 33.303 section 6.2.3.3).

use super::{FreshPsk, PskMessage};
use crate::eccsi::Signature;
use crate::identifier::NtpTime;
use crate::mikey::freshness::Freshness;
use crate::mikey::{Clock, Error, Identity, Limits, Message, ReplayCache, Timestamp, User};

/// A pre-shared-key message with a SIGN payload after KEMAC, decoded completely and not yet trusted in anything.
///
/// Whoever has the pre-shared key can make its MAC: every member of the group. Who of them made the message
/// only the signature says, so its keys come out after [`verify`](Self::verify).
#[derive(Clone, Copy, Debug)]
pub struct SignedPskMessage<'a> {
    message: PskMessage<'a>,
    signature: Signature,
}

impl<'a> SignedPskMessage<'a> {
    /// Decodes a whole message, which must have a signature.
    ///
    /// Errors: as of [`PskMessage::decode`]; [`Error::Missing`] for a message without a signature,
    /// [`Error::Value`] for another than ECCSI's, and [`Error::Primitive`] for a malformed one.
    pub fn decode(octets: &'a [u8]) -> Result<Self, Error> {
        Self::decode_within(octets, &Limits::default())
    }

    /// Decodes a whole message within these limits.
    ///
    /// Errors: as of [`decode`](Self::decode).
    pub fn decode_within(octets: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let (message, signature) = PskMessage::parse(octets, limits, true)?;
        Ok(Self { message, signature: signature.ok_or(Error::Missing)? })
    }

    /// The header and the payloads as they came.
    #[must_use]
    pub const fn message(&self) -> &Message<'a> {
        self.message.message()
    }

    /// The crypto session bundle, by which the pre-shared key is found.
    #[must_use]
    pub const fn csb_id(&self) -> u32 {
        self.message.csb_id()
    }

    /// T.
    #[must_use]
    pub const fn timestamp(&self) -> Timestamp {
        self.message.timestamp()
    }

    /// The identities, two at most: IDi and IDr. Whom to expect comes from elsewhere.
    pub fn identities(&self) -> impl Iterator<Item = Identity<'a>> + use<'a> {
        self.message.identities()
    }

    /// The signature.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// First: whether T is near the clock, the message new, and signed by the initiator that is expected,
    /// with its key of the period of T.
    ///
    /// Errors: as of [`PskMessage::check_fresh`], [`Error::Stale`] also for a key of a month that is no longer,
    /// or not yet, in use; [`Error::Signature`]; [`Error::Primitive`] for an initiator without an identifier.
    pub fn verify<C: ReplayCache + ?Sized>(
        self,
        initiator: &User<'_>,
        clock: &Clock,
        cache: &C,
    ) -> Result<FreshPsk<'a>, Error> {
        let fresh = self.message.check_fresh(clock, cache)?;
        let time = fresh.time().ok_or(Error::TimestampType)?;
        initiator.kms().check_month(time, clock.now)?;
        let signer = initiator.identifier(time)?;
        let octets = self.message.as_bytes();
        let covered = &octets[..octets.len() - Signature::LEN];
        let verifying_key = initiator.kms().kpak().verifying_key(signer);
        verifying_key.verify(covered, &self.signature).map_err(|_| Error::Signature)?;
        Ok(fresh.signed_by(&signer))
    }

    /// The message as if it had no signature.
    ///
    /// **Any member of the group may have made it**, in whoever's name: for a receiver that is content with
    /// that, and to show what a message holds.
    #[must_use]
    pub const fn without_its_signature(self) -> PskMessage<'a> {
        self.message
    }
}

impl FreshPsk<'_> {
    /// T in full seconds, unless it is a counter.
    #[must_use]
    pub fn time(&self) -> Option<NtpTime> {
        self.freshness().map(|Freshness { time, .. }| *time)
    }
}
