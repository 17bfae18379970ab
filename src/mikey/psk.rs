//! RFC 3830 section 3.1: messages under a pre-shared key. ProSe uses them to send a GSK under a GMK.
//!
//! ```text
//! initiator  HDR T RAND [IDi] [IDr] {SP} KEMAC            PskOutline::seal
//! responder  T fresh, MAC over all but the MAC            PskMessage, FreshPsk::authenticate
//!            T fresh, signature of the initiator, MAC     SignedPskMessage, FreshPsk::authenticate
//!            and then the key data
//! responder  HDR T [IDr] V, if the initiator asks for it  OpenedPsk::verification
//! initiator  MAC over that, both identities and T         verify_response
//! ```
//!
//! The keys that protect the message are derived from the pre-shared key, RAND and the CSB ID
//! (section 4.1.4). The PRF decides the algorithms (RFC 6043 section 12.1): MIKEY-1 requires AES-CM-128 and
//! HMAC-SHA-1-160, and PRF-HMAC-SHA-256 requires AES-CM-256 and HMAC-SHA-256-256. Any other combination is refused.
//! A pre-shared key must have at least [`MIN_PSK`] octets. With a key of that length, either combination gives 128
//! bits of security.
//!
//! AES-CM repeats its key stream if RAND, T and CSB ID repeat under one key, so RAND must be fresh for
//! every message. [`PskOutline::hedged_rand`] makes a fresh RAND even if the generator repeats itself.
//!
//! A message that updates a bundle has no RAND; such messages are refused.
//!
//! ```
//! use eccsi_sakke::NtpTime;
//! use eccsi_sakke::mikey::psk::{KeyData, KeyKind, PskMessage, PskOutline};
//! use eccsi_sakke::mikey::{Clock, CsIdMap, MemoryCache, Prf, Timestamp};
//!
//! let now = NtpTime::from_unix(1_800_000_000);
//! let (gmk, gsk, rand) = ([1; 16], [2; 16], [3; 16]); // random, all of them
//!
//! // The initiator sends the message to everybody who has the GMK. The CSB ID names the GMK.
//! let outline = PskOutline {
//!     prf: Prf::HmacSha256,
//!     v: false,
//!     csb_id: 0x0123_4567,
//!     map: CsIdMap::Empty,
//!     timestamp: Timestamp::from_time(now),
//!     rand: &rand,
//!     identities: &[],
//!     policies: &[],
//! };
//! let keys = [KeyData::new(KeyKind::Tgk, &gsk)];
//! let rand = outline.hedged_rand(&gmk, &keys)?;
//! let octets = PskOutline { rand: &rand, ..outline }.seal(&gmk, &keys)?;
//!
//! // Each receiver opens it.
//! let mut cache = MemoryCache::new(1000);
//! let opened = PskMessage::decode(&octets)?
//!     .check_fresh(&Clock { now, skew: 300 }, &cache)?
//!     .authenticate(&gmk, &mut cache)?;
//! assert_eq!(opened.key_data().next().map(|data| data.key), Some(gsk.as_slice()));
//! # Ok::<(), eccsi_sakke::mikey::Error>(())
//! ```

mod hedge;
mod key_data;
mod message;
mod outline;
mod session;
mod signed;
mod verification;

pub use super::keys::MIN_PSK;
pub use key_data::{KeyData, KeyKind, Validity};
pub use message::{FreshPsk, OpenedPsk, PskMessage};
pub use outline::PskOutline;
pub use signed::SignedPskMessage;
pub use verification::verify_response;

use aes::{Aes128, Aes256};
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::payload::{Kemac, Mac};
use super::{Derivation, Error, KeyUse, Prf, Timestamp};
use crate::ct;
use crate::wiped::stack_wiped;

/// The CS ID in the label of the keys that protect the message itself.
const WHOLE_MESSAGE: u8 = 0xff;

/// The length of the salt from which the IV is made.
const SALT: usize = 14;

impl Prf {
    /// The number of the encryption algorithm that belongs to it.
    const fn encryption(self) -> u8 {
        match self {
            Self::HmacSha1 => 1,
            Self::HmacSha256 => 3,
        }
    }

    /// The MAC that belongs to it, with zeros where the octets of the MAC are written later.
    const fn blank_mac(self) -> Mac<'static> {
        match self {
            Self::HmacSha1 => Mac::HmacSha1(&[0; 20]),
            Self::HmacSha256 => Mac::HmacSha256(&[0; 32]),
        }
    }

    /// The length of its MAC, which is also the length of the key of the MAC.
    const fn mac_len(self) -> usize {
        self.blank_mac().as_bytes().len()
    }
}

impl Mac<'_> {
    /// Errors: [`Error::Suite`] unless it is the MAC that belongs to `prf`.
    fn check(&self, prf: Prf) -> Result<(), Error> {
        if self.number() == prf.blank_mac().number() { Ok(()) } else { Err(Error::Suite) }
    }
}

impl Kemac<'_> {
    /// Errors: [`Error::Suite`] unless both algorithms are those that belong to `prf`.
    fn check(&self, prf: Prf) -> Result<(), Error> {
        if self.encryption != prf.encryption() {
            return Err(Error::Suite);
        }
        self.mac.check(prf)
    }
}

/// The key of a message's MAC.
#[derive(Clone)]
struct MacKey {
    prf: Prf,
    key: Zeroizing<[u8; 32]>,
}

impl MacKey {
    /// Section 4.2.4: the key is as long as the MAC.
    fn derive(derivation: &Derivation<'_>, psk: &[u8]) -> Result<Self, Error> {
        let mut key = Zeroizing::new([0; 32]);
        let used = &mut key[..derivation.prf.mac_len()];
        derivation.fill(KeyUse::MessageAuthentication, psk, WHOLE_MESSAGE, used)?;
        Ok(Self { prf: derivation.prf, key })
    }

    /// Writes the MAC of `parts` to the start of `out`.
    fn write(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<(), Error> {
        let mut mac = Zeroizing::new([0; 32]);
        let length = self.prf.hmac(&self.key[..self.prf.mac_len()], parts, &mut mac)?;
        out.get_mut(..length).ok_or(Error::Length)?.copy_from_slice(&mac[..length]);
        Ok(())
    }

    /// Checks in constant time that `mac` is the MAC of `parts`.
    fn verify(&self, parts: &[&[u8]], mac: &Mac<'_>) -> Result<(), Error> {
        mac.check(self.prf)?;
        let mut own = Zeroizing::new([0; 32]);
        self.write(parts, own.as_mut_slice())?;
        // The caller learns whether the message is accepted.
        if ct::declassify(own[..self.prf.mac_len()].ct_eq(mac.as_bytes())) {
            Ok(())
        } else {
            Err(Error::Mac)
        }
    }
}

/// Encrypts or decrypts key data: AES in counter mode with the key size of the suite, from IV = S·2¹⁶
/// ⊕ CSB ID·2⁸⁰ ⊕ T·2¹⁶ on (section 4.2.3).
fn aes_cm(
    derivation: &Derivation<'_>,
    psk: &[u8],
    timestamp: Timestamp,
    data: &mut [u8],
) -> Result<(), Error> {
    let mut iv = Zeroizing::new([0; 16]);
    derivation.fill(KeyUse::MessageSalt, psk, WHOLE_MESSAGE, &mut iv[..SALT])?;
    let varying =
        [[0; 2].as_slice(), &derivation.csb_id.to_be_bytes(), &timestamp.to_u64().to_be_bytes()];
    for (octet, varying) in iv.iter_mut().zip(varying.iter().copied().flatten()) {
        *octet ^= varying;
    }
    let iv = (&*iv).into();
    // Key data has fewer than 2¹⁶ octets, so the counter is far from repeating. The library leaves round keys on
    // the stack.
    stack_wiped(|| match derivation.prf {
        Prf::HmacSha1 => {
            let key = derivation.key::<16>(KeyUse::MessageEncryption, psk, WHOLE_MESSAGE)?;
            Ctr128BE::<Aes128>::new((&*key).into(), iv)
                .try_apply_keystream(data)
                .map_err(|_| Error::Length)
        }
        Prf::HmacSha256 => {
            let key = derivation.key::<32>(KeyUse::MessageEncryption, psk, WHOLE_MESSAGE)?;
            Ctr128BE::<Aes256>::new((&*key).into(), iv)
                .try_apply_keystream(data)
                .map_err(|_| Error::Length)
        }
    })
}
