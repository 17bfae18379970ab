//! A pre-shared-key message that is also signed: a GSK in ProSe (TS 33.303 section 6.2.3.3).

use super::{FreshPsk, PskMessage};
use crate::eccsi::Signature;
use crate::identifier::NtpTime;
use crate::mikey::{Clock, Error, Identity, Limits, Message, ReplayCache, Timestamp, User};

/// A pre-shared-key message with a SIGN payload after KEMAC, decoded completely. Nothing in it is trusted yet.
///
/// Every member of the group has the pre-shared key and can make the MAC. Only the signature shows which member made
/// the message, so [`verify`](Self::verify) comes before the keys.
#[derive(Clone, Copy, Debug)]
pub struct SignedPskMessage<'a> {
    message: PskMessage<'a>,
    signature: Signature,
}

impl<'a> SignedPskMessage<'a> {
    /// Decodes a whole message, which must have a signature.
    ///
    /// Errors: those of [`PskMessage::decode`]; [`Error::Missing`] for a message without a signature,
    /// [`Error::Value`] for a signature other than ECCSI, and [`Error::Primitive`] for a malformed one.
    pub fn decode(octets: &'a [u8]) -> Result<Self, Error> {
        Self::decode_within(octets, &Limits::default())
    }

    /// Decodes a whole message within these limits.
    ///
    /// Errors: those of [`decode`](Self::decode).
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

    /// The identities, at most two: IDi and IDr. They are only claims; learn from elsewhere whom to expect.
    pub fn identities(&self) -> impl Iterator<Item = Identity<'a>> + use<'a> {
        self.message.identities()
    }

    /// The signature.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The first step: checks that T is near the clock, that the message is new, and that the expected initiator
    /// signed it with its key for the period of T.
    ///
    /// Errors: those of [`PskMessage::check_fresh`], [`Error::Stale`] also for a key of a month that is not in
    /// use now; [`Error::Signature`]; [`Error::Primitive`] for an initiator without an identifier.
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

    /// The message as if it had no signature, for receivers that do not need to know who made it, and for tools that
    /// show the content of a message.
    ///
    /// **Any member of the group may have made it**, in any name.
    #[must_use]
    pub const fn without_its_signature(self) -> PskMessage<'a> {
        self.message
    }
}

impl FreshPsk<'_> {
    /// T in full seconds, or `None` if it is a counter.
    #[must_use]
    pub fn time(&self) -> Option<NtpTime> {
        self.freshness().map(|freshness| freshness.time)
    }
}
