//! The initiator's side: what goes into a pre-shared-key message, and protecting it.

use alloc::vec::Vec;

use super::key_data::Chain;
use super::{KeyData, MacKey, aes_cm};
use crate::ct;
use crate::eccsi::Signature;
use crate::mikey::octets::Seen;
use crate::mikey::outline::Unsigned;
use crate::mikey::payload::{Kemac, Sign};
use crate::mikey::{
    Builder, CsIdMap, Derivation, Error, Header, Identity, MIN_RAND, Mac, MessageType, Payload,
    Prf, SecurityPolicy, Timestamp,
};

/// What a pre-shared-key message says beside its keys, in the order it says it.
#[derive(Clone, Copy, Debug)]
pub struct PskOutline<'a> {
    /// What keys are derived with; encryption and MAC go with it.
    pub prf: Prf,
    /// Whether a verification message is asked for: not of a group.
    pub v: bool,
    /// The crypto session bundle, by which the receiver finds the pre-shared key.
    pub csb_id: u32,
    /// The crypto sessions of the bundle.
    pub map: CsIdMap<'a>,
    /// T.
    pub timestamp: Timestamp,
    /// RAND, 16 to 255 octets, fresh for every message: see [`hedged_rand`](Self::hedged_rand).
    pub rand: &'a [u8],
    /// IDi and IDr, at most.
    pub identities: &'a [Identity<'a>],
    /// SPs, each number at most once.
    pub policies: &'a [SecurityPolicy<'a>],
}

impl PskOutline<'_> {
    /// The message that carries `keys` under the pre-shared key `psk`.
    ///
    /// Secret: `psk`, `keys`.
    ///
    /// Errors: [`Error::PreSharedKey`] for a `psk` of fewer than 16 octets; [`Error::Rand`],
    /// [`Error::Repeated`]; [`Error::Length`] for no keys, or what doesn't fit its length field;
    /// [`Error::Value`] for an MPK with a salt.
    pub fn seal(&self, psk: &[u8], keys: &[KeyData<'_>]) -> Result<Vec<u8>, Error> {
        self.protect(psk, keys, false)
    }

    /// The message with a SIGN payload after KEMAC, for the initiator to sign.
    ///
    /// RFC 3830 has no such message; ProSe (TS 33.303) asks for it. The MAC covers what it always
    /// covers, the signature everything before itself.
    pub fn seal_for_signature(&self, psk: &[u8], keys: &[KeyData<'_>]) -> Result<Unsigned, Error> {
        let mut octets = self.protect(psk, keys, true)?;
        octets.truncate(octets.len() - Signature::LEN);
        Ok(Unsigned::new(octets))
    }

    fn protect(&self, psk: &[u8], keys: &[KeyData<'_>], signed: bool) -> Result<Vec<u8>, Error> {
        if self.rand.len() < MIN_RAND {
            return Err(Error::Rand);
        }
        if self.identities.len() > 2 {
            return Err(Error::Repeated);
        }
        let mut seen = Seen::default();
        self.policies.iter().try_for_each(|policy| seen.once(policy.number))?;

        let mut builder = Builder::new(&Header {
            message_type: MessageType::PreSharedKey,
            v: self.v,
            prf: self.prf,
            csb_id: self.csb_id,
            map: self.map,
        })?;
        builder.push(&Payload::Timestamp(self.timestamp))?;
        builder.push(&Payload::Rand(self.rand))?;
        for identity in self.identities {
            builder.push(&Payload::Identity(*identity))?;
        }
        for policy in self.policies {
            builder.push(&Payload::Policy(*policy))?;
        }
        let derivation = Derivation { prf: self.prf, csb_id: self.csb_id, rand: self.rand };
        let mut data = Chain::encode(keys)?;
        aes_cm(&derivation, psk, self.timestamp, &mut data)?;
        // Encrypted, it is sent; and so is the MAC.
        ct::publish_octets(&mut data);
        let mac = match self.prf {
            Prf::HmacSha1 => Mac::HmacSha1(&[0; 20]),
            Prf::HmacSha256 => Mac::HmacSha256(&[0; 32]),
        };
        let encryption = self.prf.suite().0;
        builder.push(&Payload::Kemac(Kemac { encryption, data: &data, mac }))?;
        let covered = builder.len() - self.prf.mac_len();
        if signed {
            let signature = &[0; Signature::LEN];
            builder.push(&Payload::Sign(Sign { kind: Sign::ECCSI, signature }))?;
        }
        // Everything from the header to the MAC algorithm (section 5.2).
        let mut octets = builder.finish();
        let (covered, mac) = octets.split_at_mut(covered);
        MacKey::derive(&derivation, psk)?.write(&[covered], mac)?;
        ct::publish_octets(mac);
        Ok(octets)
    }
}
