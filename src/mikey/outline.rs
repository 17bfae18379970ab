//! RFC 6509 section 2.1, the initiator's side: what goes into an I_MESSAGE, and signing it.

use alloc::vec::Vec;

use rand_core::{CryptoRng, TryCryptoRng};

use super::octets::Seen;
use super::payload::Sign;
use super::{
    Builder, CsIdMap, Error, Extension, Header, Identity, MIN_RAND, MessageType, PARAMETER_SET,
    Payload, Prf, Role, SakkePayload, SecurityPolicy, Timestamp,
};
use crate::eccsi::{Signature, SigningKey};
use crate::error::TryError;
use crate::sakke::Encapsulation;

/// What an I_MESSAGE says, in the order it says it.
///
/// Nothing in it is chosen here: whoever sends one key to many members must give all the messages one
/// RAND, or the members can't compute each other's keys.
#[derive(Clone, Copy, Debug)]
pub struct Outline<'a> {
    /// What keys are derived with.
    pub prf: Prf,
    /// The crypto session bundle.
    pub csb_id: u32,
    /// The crypto sessions of the bundle.
    pub map: CsIdMap<'a>,
    /// T, of type [`NtpUtc`](Timestamp::NtpUtc) or [`Ntp`](Timestamp::Ntp).
    pub timestamp: Timestamp,
    /// RAND, 16 to 255 octets.
    pub rand: &'a [u8],
    /// IDRs, each role at most once.
    pub identities: &'a [(Role, Identity<'a>)],
    /// SPs, each number at most once.
    pub policies: &'a [SecurityPolicy<'a>],
    /// The scheme of the responder's identifier.
    pub id_scheme: u8,
    /// The secret, encapsulated to the responder.
    pub encapsulation: &'a Encapsulation,
    /// GENERAL-EXTs.
    pub extensions: &'a [Extension<'a>],
}

impl Outline<'_> {
    /// The message up to its signature.
    ///
    /// Errors: [`Error::Rand`], [`Error::TimestampType`], [`Error::Repeated`]; [`Error::Length`] for
    /// what doesn't fit its length field.
    pub fn encode(&self) -> Result<Unsigned, Error> {
        if self.rand.len() < MIN_RAND {
            return Err(Error::Rand);
        }
        if !matches!(self.timestamp, Timestamp::NtpUtc(_) | Timestamp::Ntp(_)) {
            return Err(Error::TimestampType);
        }
        let mut seen = Seen::default();
        self.identities.iter().try_for_each(|(role, _)| seen.once(role.number()))?;
        let mut seen = Seen::default();
        self.policies.iter().try_for_each(|policy| seen.once(policy.number))?;

        let mut builder = Builder::new(&Header {
            message_type: MessageType::Sakke,
            v: false,
            prf: self.prf,
            csb_id: self.csb_id,
            map: self.map,
        })?;
        builder.push(&Payload::Timestamp(self.timestamp))?;
        builder.push(&Payload::Rand(self.rand))?;
        for (role, identity) in self.identities {
            builder.push(&Payload::Role(*role, *identity))?;
        }
        for policy in self.policies {
            builder.push(&Payload::Policy(*policy))?;
        }
        builder.push(&Payload::Sakke(SakkePayload {
            parameters: PARAMETER_SET,
            id_scheme: self.id_scheme,
            data: self.encapsulation.as_bytes(),
        }))?;
        for extension in self.extensions {
            builder.push(&Payload::Extension(*extension))?;
        }
        builder
            .push(&Payload::Sign(Sign { kind: Sign::ECCSI, signature: &[0; Signature::LEN] }))?;
        let mut octets = builder.finish();
        octets.truncate(octets.len() - Signature::LEN);
        Ok(Unsigned::new(octets))
    }
}

/// An I_MESSAGE that lacks nothing but its signature.
///
/// It can be made in advance and signed when it is sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unsigned(Vec<u8>);

impl Unsigned {
    /// Octets up to the length of SIGN.
    pub(super) const fn new(octets: Vec<u8>) -> Self {
        Self(octets)
    }

    /// What is signed: every octet of the message before the signature, the type and length of
    /// SIGN included (RFC 3830 section 5.2, TS 33.180 E.1.2).
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

    /// The message with a signature made elsewhere over [`to_be_signed`](Self::to_be_signed), which is taken as
    /// it is: [`Sign::sign_as`](crate::eccsi::Sign::sign_as) gives one that is verified.
    #[must_use]
    pub fn attach(mut self, signature: &Signature) -> Vec<u8> {
        self.0.extend_from_slice(signature.as_bytes());
        self.0
    }
}
