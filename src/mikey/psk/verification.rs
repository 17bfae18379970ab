//! The verification message: the responder's proof that it has the pre-shared key.
//!
//! Its MAC is over the message without the MAC, both identities and the timestamp (RFC 3830 section
//! 5.2), with the key of the initiator's MAC.

use alloc::vec::Vec;

use super::{MacKey, OpenedPsk, PskMessage};
use crate::ct;
use crate::mikey::i_message::once;
use crate::mikey::message::Walk;
use crate::mikey::{Builder, Error, Header, Identity, Mac, MessageType, Payload, Prf};

impl OpenedPsk<'_> {
    /// The responder's answer: HDR, T, IDr if `identity` is given, V.
    ///
    /// `initiator` and `responder` are the data of both identities, whether or not a message says
    /// them.
    ///
    /// Errors: [`Error::Length`] for an identity of more than 65,535 octets.
    pub fn verification(
        &self,
        identity: Option<Identity<'_>>,
        initiator: &[u8],
        responder: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let header = Header {
            message_type: MessageType::Verification,
            v: false,
            ..*self.message().message().header()
        };
        let mut builder = Builder::new(&header)?;
        builder.push(&Payload::Timestamp(self.message().timestamp()))?;
        if let Some(identity) = identity {
            builder.push(&Payload::Identity(identity))?;
        }
        builder.push(&Payload::Verification(match header.prf {
            Prf::HmacSha1 => Mac::HmacSha1(&[0; 20]),
            Prf::HmacSha256 => Mac::HmacSha256(&[0; 32]),
        }))?;
        let covered = builder.len() - header.prf.mac_len();
        let mut octets = builder.finish();
        let (covered, mac) = octets.split_at_mut(covered);
        let timestamp = timestamp(self.message());
        self.mac_key.write(&[covered, initiator, responder, &timestamp], mac)?;
        // It is sent.
        ct::publish_octets(mac);
        Ok(octets)
    }
}

/// Whether `octets` is the verification message that answers `sent` under the pre-shared key `psk`,
/// from `responder` to `initiator`, which are the data of their identities.
///
/// Secret: `psk`. Public: the outcome.
///
/// Errors: [`Error::PreSharedKey`] for a `psk` of fewer than 16 octets; whatever is wrong with an item
/// of it; [`Error::MessageType`], [`Error::Payload`], [`Error::Missing`], [`Error::Repeated`];
/// [`Error::Suite`] or [`Error::Value`] for another PRF, MAC, bundle or timestamp than in `sent`;
/// [`Error::Responder`] for another identity; [`Error::Limit`] beyond the limits that `sent` was decoded
/// within; [`Error::Mac`].
pub fn verify_response(
    octets: &[u8],
    sent: &PskMessage<'_>,
    psk: &[u8],
    initiator: &[u8],
    responder: &[u8],
) -> Result<(), Error> {
    let mut walk = Walk::begin(octets, sent.limits())?;
    let header = *walk.message().header();
    if header.message_type != MessageType::Verification {
        return Err(Error::MessageType);
    }
    if header.prf != sent.derivation().prf {
        return Err(Error::Suite);
    }
    let (mut found, mut identity, mut mac) = (None, None, None);
    while let Some((payload, _)) = walk.next()? {
        match payload {
            // V is the last payload.
            _ if mac.is_some() => return Err(Error::Payload),
            Payload::Timestamp(timestamp) => once(&mut found, timestamp)?,
            Payload::Identity(data) => once(&mut identity, data)?,
            Payload::Verification(verification) => mac = Some(verification),
            _ => return Err(Error::Payload),
        }
    }
    let mac = mac.ok_or(Error::Missing)?;
    if header.csb_id != sent.csb_id() || found.ok_or(Error::Missing)? != sent.timestamp() {
        return Err(Error::Value);
    }
    if identity.is_some_and(|identity: Identity<'_>| identity.data != responder) {
        return Err(Error::Responder);
    }
    let covered = &octets[..octets.len() - mac.as_bytes().len()];
    let mac_key = MacKey::derive(&sent.derivation(), psk)?;
    mac_key.verify(&[covered, initiator, responder, &timestamp(sent)], &mac)
}

/// The value of T, 8 or 4 octets.
fn timestamp(message: &PskMessage<'_>) -> Vec<u8> {
    let mut value = Vec::new();
    message.timestamp().encode_value(&mut value);
    value
}
