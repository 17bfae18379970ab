//! RFC 3830 sections 4.1.2 to 4.1.4: keys derived from the key that a message carries, with HMAC-SHA-1, or with
//! HMAC-SHA-256 as RFC 6043 section 6.1 defines it.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use super::Error;
use crate::ct;
use crate::wiped::stack_wiped;

/// The length of the longest HMAC.
const LONGEST: usize = 32;

/// The length of the blocks into which the PRF splits an input key. Each block is the key of an HMAC.
const BLOCK: usize = 32;

/// The length of the shortest pre-shared key. Anybody who has a message could try every value of a shorter key.
///
/// Agree on 16 or 32 random octets. The PRF splits a longer key into blocks, whose order does not matter, and zeros at
/// the end of a block do not change the result.
pub const MIN_PSK: usize = 16;

/// The pseudo-random function named in the header.
#[doc(alias = "PRF func")]
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Prf {
    /// 0: MIKEY-1, HMAC-SHA-1 (RFC 3830).
    HmacSha1,
    /// 1: PRF-HMAC-SHA-256 (RFC 6043), which the mission-critical profile uses throughout.
    HmacSha256,
}

impl Prf {
    /// The number in the header.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::HmacSha1 => 0,
            Self::HmacSha256 => 1,
        }
    }

    pub(super) const fn from_number(number: u8) -> Result<Self, Error> {
        match number {
            0 => Ok(Self::HmacSha1),
            1 => Ok(Self::HmacSha256),
            _ => Err(Error::Value),
        }
    }

    /// Writes the HMAC of the concatenated parts to the start of `out`, and returns its length.
    pub(super) fn hmac(
        self,
        key: &[u8],
        parts: &[&[u8]],
        out: &mut [u8; LONGEST],
    ) -> Result<usize, Error> {
        // The libraries leave the padded key and the last output on the stack.
        stack_wiped(|| match self {
            Self::HmacSha1 => hmac::<Hmac<Sha1>>(key, parts, out),
            Self::HmacSha256 => hmac::<Hmac<Sha256>>(key, parts, out),
        })
    }
}

fn hmac<M: KeyInit + Mac>(
    key: &[u8],
    parts: &[&[u8]],
    out: &mut [u8; LONGEST],
) -> Result<usize, Error> {
    // HMAC accepts keys of any length, so this does not fail.
    let mut mac = M::new_from_slice(key).map_err(|_| crate::Error::Fault)?;
    for part in parts {
        mac.update(part);
    }
    let mut tag = mac.finalize().into_bytes();
    let length = tag.len();
    out.get_mut(..length).ok_or(crate::Error::Fault)?.copy_from_slice(&tag);
    tag.as_mut_slice().zeroize();
    Ok(length)
}

/// HMAC-SHA-256 of the concatenated parts.
#[cfg(feature = "mission-critical")]
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Result<Zeroizing<[u8; 32]>, Error> {
    let mut out = Zeroizing::new([0; LONGEST]);
    Prf::HmacSha256.hmac(key, parts, &mut out)?;
    Ok(out)
}

/// The use of a derived key (RFC 3830 sections 4.1.3 and 4.1.4).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum KeyUse {
    /// The traffic encryption key, which is the master key of SRTP.
    Tek,
    /// The salt that belongs to a TEK, which is the master salt of SRTP.
    Salt,
    /// The authentication key of a crypto session.
    Authentication,
    /// The encryption key of a crypto session.
    Encryption,
    /// The key that encrypts key data in a pre-shared-key message.
    MessageEncryption,
    /// The key of the MAC of a pre-shared-key message.
    MessageAuthentication,
    /// The salt of the encryption in a pre-shared-key message.
    MessageSalt,
}

impl KeyUse {
    const fn constant(self) -> u32 {
        match self {
            Self::Tek => 0x2ad0_1c64,
            Self::Salt => 0x39a2_c14b,
            Self::Authentication => 0x1b5c_7973,
            Self::Encryption => 0x1579_8cef,
            Self::MessageEncryption => 0x1505_33e1,
            Self::MessageAuthentication => 0x2d22_ac75,
            Self::MessageSalt => 0x29b8_8916,
        }
    }

    /// Checks that a key for this use may be derived from `inkey`. The sender of a transported key chooses its length
    /// and its content.
    ///
    /// Secret: the key. Leaks: its length, and the outcome.
    ///
    /// Errors: [`Error::PreSharedKey`]; [`Error::Length`].
    fn check_inkey(self, inkey: &[u8]) -> Result<(), Error> {
        match self {
            Self::MessageEncryption | Self::MessageAuthentication | Self::MessageSalt => {
                let is_good = inkey.len() >= MIN_PSK && !has_equal_blocks(inkey);
                if is_good { Ok(()) } else { Err(Error::PreSharedKey) }
            }
            Self::Tek | Self::Salt | Self::Authentication | Self::Encryption => {
                if inkey.is_empty() { Err(Error::Length) } else { Ok(()) }
            }
        }
    }
}

/// Whether two blocks of a key are equal. Equal blocks cancel each other in the PRF, so anybody could compute what is
/// derived from a key that is one block twice. HMAC pads a shorter block with zeros.
fn has_equal_blocks(inkey: &[u8]) -> bool {
    let block = |octets: &[u8]| {
        let mut block = Zeroizing::new([0; BLOCK]);
        block[..octets.len()].copy_from_slice(octets);
        block
    };
    let mut equal = Choice::from(0);
    for (i, one) in inkey.chunks(BLOCK).enumerate() {
        for other in inkey.chunks(BLOCK).skip(i + 1) {
            equal |= block(one).as_slice().ct_eq(block(other).as_slice());
        }
    }
    // The caller learns whether the key is refused.
    ct::declassify(equal)
}

/// The values from which the keys of one crypto session bundle are derived, in addition to the input key.
///
/// Every member of a group must use the same RAND; otherwise their keys differ (RFC 3830 sections 6.11
/// and 8.1).
///
/// ```
/// use eccsi_sakke::mikey::{Derivation, Prf, KeyUse};
///
/// let session = Derivation { prf: Prf::HmacSha256, csb_id: 0x06a1_2aea, rand: &[7; 16] };
/// let master_key = session.key::<16>(KeyUse::Tek, &[1; 16], 4)?;
/// let master_salt = session.key::<12>(KeyUse::Salt, &[1; 16], 4)?;
/// # Ok::<(), eccsi_sakke::mikey::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Derivation<'a> {
    /// The function named in the header.
    pub prf: Prf,
    /// The crypto session bundle.
    pub csb_id: u32,
    /// The random value that the message brought.
    pub rand: &'a [u8],
}

impl Derivation<'_> {
    /// The key of crypto session `cs_id` for `key_use`, derived from `inkey`, which is a TGK or a pre-shared key.
    ///
    /// Errors: [`Error::Length`] if `inkey` is empty; [`Error::PreSharedKey`] if the derived key protects a message
    /// itself and `inkey` has fewer than 16 octets, or two equal blocks of 32 octets.
    #[doc(alias("TGK", "TEK"))]
    pub fn key<const N: usize>(
        &self,
        key_use: KeyUse,
        inkey: &[u8],
        cs_id: u8,
    ) -> Result<Zeroizing<[u8; N]>, Error> {
        let mut key = Zeroizing::new([0; N]);
        self.fill(key_use, inkey, cs_id, key.as_mut_slice())?;
        Ok(key)
    }

    /// The same as [`key`](Self::key) for a key of any length.
    ///
    /// Section 4.1.2: the exclusive or of P(s, label, m) over the blocks s of `inkey`.
    ///
    /// Errors: those of [`key`](Self::key).
    pub fn fill(
        &self,
        key_use: KeyUse,
        inkey: &[u8],
        cs_id: u8,
        out: &mut [u8],
    ) -> Result<(), Error> {
        key_use.check_inkey(inkey)?;
        // label = constant ‖ CS ID ‖ CSB ID ‖ RAND
        let mut fixed = [0; 9];
        fixed[..4].copy_from_slice(&key_use.constant().to_be_bytes());
        fixed[4] = cs_id;
        fixed[5..].copy_from_slice(&self.csb_id.to_be_bytes());
        let label = [fixed.as_slice(), self.rand];
        out.fill(0);
        for block in inkey.chunks(BLOCK) {
            self.add_p(block, label, out)?;
        }
        Ok(())
    }

    /// out ← out ⊕ P(s, label, m), where P = HMAC(s, A_1 ‖ label) ‖ HMAC(s, A_2 ‖ label) ‖ …, A_0 = label and
    /// A_i = HMAC(s, A_(i−1)).
    fn add_p(&self, s: &[u8], label: [&[u8]; 2], mut out: &mut [u8]) -> Result<(), Error> {
        let mut a = Zeroizing::new([0; LONGEST]);
        let mut length = self.prf.hmac(s, &label, &mut a)?;
        let (mut piece, mut next) = (a.clone(), a.clone());
        loop {
            length = self.prf.hmac(s, &[&a[..length], label[0], label[1]], &mut piece)?;
            let (now, later) = out.split_at_mut(length.min(out.len()));
            for (octet, mask) in now.iter_mut().zip(piece.iter()) {
                *octet ^= mask;
            }
            if later.is_empty() {
                return Ok(());
            }
            out = later;
            self.prf.hmac(s, &[&a[..length]], &mut next)?;
            core::mem::swap(&mut a, &mut next);
        }
    }
}
