//! The verification message: the responder's proof that it has the pre-shared key.
//!
//! Its MAC covers the message without the MAC, both identities and the timestamp (RFC 3830 section 5.2). The key
//! of the MAC is the one that the initiator used.

use alloc::vec::Vec;

use super::{MacKey, OpenedPsk, PskMessage};
use crate::ct;
use crate::mikey::message::{Walk, once};
use crate::mikey::{Builder, Error, Header, Identity, MessageType, Payload};

impl OpenedPsk<'_> {
    /// The responder's answer: HDR, T, IDr if `identity` is given, V.
    ///
    /// `initiator` and `responder` are the data of both identities. Give them even if no message names them.
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
        builder.push(&Payload::Verification(header.prf.blank_mac()))?;
        let covered = builder.len() - header.prf.mac_len();
        let mut octets = builder.finish();
        let (covered, mac) = octets.split_at_mut(covered);
        let timestamp = timestamp(self.message());
        self.mac_key.write(&[covered, initiator, responder, &timestamp], mac)?;
        // The MAC is sent.
        ct::publish_octets(mac);
        Ok(octets)
    }
}

/// Checks that `octets` is the verification message that answers `sent` under the pre-shared key `psk`, from
/// `responder` to `initiator`, which are the data of their identities.
///
/// Secret: `psk`. Public: the outcome.
///
/// Errors: [`Error::PreSharedKey`] for a `psk` of fewer than 16 octets; the error of any item that does not decode;
/// [`Error::MessageType`], [`Error::Payload`], [`Error::Missing`], [`Error::Repeated`];
/// [`Error::Suite`] or [`Error::Value`] if the PRF, the MAC, the bundle or the timestamp is not that of `sent`;
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
