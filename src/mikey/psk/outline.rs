//! The initiator's side: what goes into a pre-shared-key message, and protecting it.

use alloc::vec::Vec;

use super::key_data::Chain;
use super::{KeyData, MacKey, aes_cm};
use crate::ct;
use crate::mikey::outline::{Unsigned, begin};
use crate::mikey::payload::Kemac;
use crate::mikey::{
    CsIdMap, Derivation, Error, Header, Identity, MessageType, Payload, Prf, SecurityPolicy,
    Timestamp,
};

/// The content of a pre-shared-key message except for its keys, in the order in which it is sent.
#[derive(Clone, Copy, Debug)]
pub struct PskOutline<'a> {
    /// The function that keys are derived with. It also decides the encryption and the MAC.
    pub prf: Prf,
    /// Whether the initiator asks for a verification message. Do not ask a group for one.
    pub v: bool,
    /// The crypto session bundle, by which the receiver finds the pre-shared key.
    pub csb_id: u32,
    /// The crypto sessions of the bundle.
    pub map: CsIdMap<'a>,
    /// T.
    pub timestamp: Timestamp,
    /// RAND, 16 to 255 octets, fresh for every message: see [`hedged_rand`](Self::hedged_rand).
    pub rand: &'a [u8],
    /// IDi and IDr, if the message names them.
    pub identities: &'a [Identity<'a>],
    /// The SP payloads, at most one for each number.
    pub policies: &'a [SecurityPolicy<'a>],
}

impl PskOutline<'_> {
    /// The message that carries `keys` under the pre-shared key `psk`.
    ///
    /// Secret: `psk`, `keys`.
    ///
    /// Errors: [`Error::PreSharedKey`] for a `psk` of fewer than 16 octets; [`Error::Rand`],
    /// [`Error::Repeated`]; [`Error::Length`] if there are no keys, or if a value does not fit its length field;
    /// [`Error::Value`] for an MPK with a salt.
    pub fn seal(&self, psk: &[u8], keys: &[KeyData<'_>]) -> Result<Vec<u8>, Error> {
        self.protect(psk, keys, false)
    }

    /// The message with a SIGN payload after KEMAC, for the initiator to sign.
    ///
    /// RFC 3830 does not define such a message; ProSe (TS 33.303) asks for it. The MAC covers what it covers in any
    /// message, and the signature covers everything before itself.
    pub fn seal_for_signature(&self, psk: &[u8], keys: &[KeyData<'_>]) -> Result<Unsigned, Error> {
        self.protect(psk, keys, true).map(Unsigned)
    }

    fn protect(&self, psk: &[u8], keys: &[KeyData<'_>], signed: bool) -> Result<Vec<u8>, Error> {
        if self.identities.len() > 2 {
            return Err(Error::Repeated);
        }
        let header = Header {
            message_type: MessageType::PreSharedKey,
            v: self.v,
            prf: self.prf,
            csb_id: self.csb_id,
            map: self.map,
        };
        let identities = self.identities.iter().copied().map(Payload::Identity);
        let mut builder = begin(&header, (self.timestamp, self.rand), identities, self.policies)?;
        let derivation = Derivation { prf: self.prf, csb_id: self.csb_id, rand: self.rand };
        let mut data = Chain::encode(keys)?;
        aes_cm(&derivation, psk, self.timestamp, &mut data)?;
        // The encrypted keys and the MAC are sent.
        ct::publish_octets(&mut data);
        let (encryption, mac) = (self.prf.encryption(), self.prf.blank_mac());
        builder.push(&Payload::Kemac(Kemac { encryption, data: &data, mac }))?;
        // The MAC covers everything from the header to the MAC algorithm (section 5.2).
        let covered = builder.len() - self.prf.mac_len();
        let mut octets = if signed { builder.finish_unsigned()? } else { builder.finish() };
        let (covered, rest) = octets.split_at_mut(covered);
        let mac = &mut rest[..self.prf.mac_len()];
        MacKey::derive(&derivation, psk)?.write(&[covered], mac)?;
        ct::publish_octets(mac);
        Ok(octets)
    }
}
