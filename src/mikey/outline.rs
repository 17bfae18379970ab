//! RFC 6509 section 2.1, the initiator's side: what goes into an I_MESSAGE, and signing it.

use alloc::vec::Vec;

use rand_core::{CryptoRng, TryCryptoRng};

use super::octets::Seen;
use super::{
    Builder, CsIdMap, Error, Extension, Header, Identity, MIN_RAND, MessageType, PARAMETER_SET,
    Payload, Prf, Role, SakkePayload, SecurityPolicy, Timestamp,
};
use crate::eccsi::{Signature, SigningKey};
use crate::error::TryError;
use crate::sakke::Encapsulation;

/// The content of an I_MESSAGE, in the order in which it is sent.
///
/// This type chooses nothing by itself. If you send one key to many members, give every message the same RAND:
/// otherwise the members cannot compute each other's keys.
#[derive(Clone, Copy, Debug)]
pub struct Outline<'a> {
    /// The function that keys are derived with.
    pub prf: Prf,
    /// The crypto session bundle.
    pub csb_id: u32,
    /// The crypto sessions of the bundle.
    pub map: CsIdMap<'a>,
    /// T, of type [`NtpUtc`](Timestamp::NtpUtc) or [`Ntp`](Timestamp::Ntp).
    pub timestamp: Timestamp,
    /// RAND, 16 to 255 octets.
    pub rand: &'a [u8],
    /// The IDR payloads, at most one for each role.
    pub identities: &'a [(Role, Identity<'a>)],
    /// The SP payloads, at most one for each number.
    pub policies: &'a [SecurityPolicy<'a>],
    /// The scheme of the responder's identifier.
    pub id_scheme: u8,
    /// The secret, encapsulated to the responder.
    pub encapsulation: &'a Encapsulation,
    /// The general extensions.
    pub extensions: &'a [Extension<'a>],
}

impl Outline<'_> {
    /// The message up to its signature.
    ///
    /// Errors: [`Error::Rand`], [`Error::TimestampType`], [`Error::Repeated`]; [`Error::Length`] if a value
    /// does not fit its length field.
    pub fn encode(&self) -> Result<Unsigned, Error> {
        if !matches!(self.timestamp, Timestamp::NtpUtc(_) | Timestamp::Ntp(_)) {
            return Err(Error::TimestampType);
        }
        let mut seen = Seen::default();
        self.identities.iter().try_for_each(|(role, _)| seen.once(role.number()))?;
        let header = Header {
            message_type: MessageType::Sakke,
            v: false,
            prf: self.prf,
            csb_id: self.csb_id,
            map: self.map,
        };
        let identities = self.identities.iter().map(|(role, data)| Payload::Role(*role, *data));
        let mut builder = begin(&header, (self.timestamp, self.rand), identities, self.policies)?;
        builder.push(&Payload::Sakke(SakkePayload {
            parameters: PARAMETER_SET,
            id_scheme: self.id_scheme,
            data: self.encapsulation.as_bytes(),
        }))?;
        for extension in self.extensions {
            builder.push(&Payload::Extension(*extension))?;
        }
        Ok(Unsigned(builder.finish_unsigned()?))
    }
}

/// The part that I_MESSAGEs and pre-shared-key messages share: header, T, RAND, identities and policies.
///
/// Errors: [`Error::Rand`]; [`Error::Repeated`] for two policies of one number; [`Error::Length`].
pub(super) fn begin<'a>(
    header: &Header<'_>,
    (timestamp, rand): (Timestamp, &'a [u8]),
    identities: impl Iterator<Item = Payload<'a>>,
    policies: &[SecurityPolicy<'a>],
) -> Result<Builder, Error> {
    if rand.len() < MIN_RAND {
        return Err(Error::Rand);
    }
    let mut seen = Seen::default();
    policies.iter().try_for_each(|policy| seen.once(policy.number))?;
    let mut builder = Builder::new(header)?;
    [Payload::Timestamp(timestamp), Payload::Rand(rand)]
        .into_iter()
        .chain(identities)
        .chain(policies.iter().copied().map(Payload::Policy))
        .try_for_each(|payload| builder.push(&payload))?;
    Ok(builder)
}

/// A complete message except for its signature.
///
/// You can build it in advance and sign it when you send it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unsigned(pub(super) Vec<u8>);

impl Unsigned {
    /// The octets that the signature covers: every octet of the message before the signature, including the type
    /// and the length of SIGN (RFC 3830 section 5.2, TS 33.180 E.1.2).
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.0
    }

    /// The message, signed by the initiator.
    ///
    /// Errors: [`Error::Primitive`] for a broken generator or a fault.
    pub fn sign<R: CryptoRng + ?Sized>(
        self,
        key: &SigningKey,
        rng: &mut R,
    ) -> Result<Vec<u8>, Error> {
        let signature = key.sign(rng, &self.0)?;
        Ok(self.attach(&signature))
    }

    /// [`sign`](Self::sign) with a generator that can fail.
    pub fn try_sign<R: TryCryptoRng + ?Sized>(
        self,
        key: &SigningKey,
        rng: &mut R,
    ) -> Result<Vec<u8>, TryError<R::Error>> {
        let signature = key.try_sign(rng, &self.0)?;
        Ok(self.attach(&signature))
    }

    /// The message with a signature that was made elsewhere over [`to_be_signed`](Self::to_be_signed).
    ///
    /// The signature is not verified here. [`Sign::sign_as`](crate::eccsi::Sign::sign_as) returns a verified one.
    #[must_use]
    pub fn attach(mut self, signature: &Signature) -> Vec<u8> {
        self.0.extend_from_slice(signature.as_bytes());
        self.0
    }
}
