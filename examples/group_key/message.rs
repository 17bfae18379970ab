//! What the group manager sends to a member, and how the member opens it.
//!
//! ```text
//! GMK-ID ‖ UID of the receiver ‖ Encapsulated Data ‖ signature over all before it
//!    4              32                  273             129          = 438 octets
//! ```
//!
//! MIKEY, which 3GPP uses for this, has the same parts in other clothes.

use std::fmt;

use eccsi_sakke::eccsi::{Signature, SigningKey, VerifyingKey};
use eccsi_sakke::sakke::{Encapsulation, ReceiverKey, SharedSecret};
use eccsi_sakke::{Identifier, KeyPeriods};
use getrandom::SysRng;
use getrandom::rand_core::TryRng;
use subtle::ConstantTimeEq;

use crate::Result;

/// Octets of a GMK-ID.
pub const ID: usize = 4;

/// Octets of a UID.
const UID: usize = KeyPeriods::UID_LEN;

/// Octets of a message.
pub const LEN: usize = ID + UID + Encapsulation::LEN + Signature::LEN;

/// A group key (GMK) and what it is called (GMK-ID).
pub struct GroupKey {
    pub id: [u8; ID],
    pub secret: SharedSecret,
}

impl GroupKey {
    /// A fresh group key and ID. The top four bits of a key's ID say what it is for, 0 being a group
    /// key; the other 28 are random.
    pub fn generate() -> Result<Self> {
        let mut id = [0; ID];
        SysRng.try_fill_bytes(&mut id)?;
        id[0] &= 0x0f;
        Ok(Self { id, secret: SharedSecret::try_generate(&mut SysRng)? })
    }

    /// Whether both are the same, the secrets compared in constant time.
    pub fn is(&self, other: &Self) -> bool {
        self.id == other.id && bool::from(self.secret.ct_eq(&other.secret))
    }
}

/// The steps of [`open`], of which one refuses. A member may log which; the sender is told nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// Did the one I expect sign exactly this?
    Signature,
    /// Is it for me?
    Recipient,
    /// Does it open, and is the key inside intact?
    Decapsulation,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signature => "signature",
            Self::Recipient => "recipient",
            Self::Decapsulation => "decapsulation",
        })
    }
}

/// A message with the signature of whoever has `key`.
pub fn signed(
    key: &SigningKey,
    id: [u8; ID],
    receiver: &Identifier,
    encapsulation: &[u8],
) -> Result<Vec<u8>> {
    let mut message = [id.as_slice(), receiver.as_bytes(), encapsulation].concat();
    let signature = key.try_sign(&mut SysRng, &message)?;
    message.extend_from_slice(signature.as_bytes());
    Ok(message)
}

/// The group key in `message`, if `sender` signed it for the one who has `key`.
///
/// `sender` is whom the receiver expects, never a name taken from the message: any user of the key
/// server can sign as itself. The steps are in the order that matters. Nothing is looked at before
/// the signature is verified, and the private key isn't used on a message meant for somebody else.
pub fn open(message: &[u8], sender: &VerifyingKey, key: &ReceiverKey) -> Result<GroupKey, Step> {
    let (signed, signature) = message.split_last_chunk().ok_or(Step::Signature)?;
    let signature = Signature::try_from(signature).map_err(|_| Step::Signature)?;
    sender.verify(signed, &signature).map_err(|_| Step::Signature)?;

    let (&id, rest) = signed.split_first_chunk().ok_or(Step::Recipient)?;
    let (uid, encapsulation) = rest.split_first_chunk::<UID>().ok_or(Step::Recipient)?;
    if uid != key.identifier().as_bytes() {
        return Err(Step::Recipient);
    }

    let encapsulation = Encapsulation::try_from(encapsulation).map_err(|_| Step::Decapsulation)?;
    let secret = key.decapsulate(&encapsulation).map_err(|_| Step::Decapsulation)?;
    Ok(GroupKey { id, secret })
}
