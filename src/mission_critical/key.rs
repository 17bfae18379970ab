//! Keys and what they are called: TS 33.180 5.2.2 and 5.2.3.

mod mki;

pub use mki::Mki;

use core::fmt;

use rand_core::{CryptoRng, TryCryptoRng};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{Error, derive};
use crate::ct;
use crate::error::TryError;
use crate::mikey::{Derivation, KeyUse, Prf};
use crate::sakke::SharedSecret;
use crate::wiped::stack_wiped;

/// What a key is for: the four top bits of its identifier.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Purpose {
    /// 0: group master key, for group media.
    Gmk,
    /// 1: private call key, for the media of a call between two users.
    Pck,
    /// 2: client-server key, for floor control and XML between a user and its server.
    Csk,
    /// 3: signalling protection key, between servers.
    Spk,
    /// 4: MBMS floor control key, multicast.
    Mkfc,
    /// 5: MBMS subchannel control key.
    Mscck,
    /// 6: multicast signalling key.
    MuSik,
}

impl Purpose {
    const ALL: [Self; 7] =
        [Self::Gmk, Self::Pck, Self::Csk, Self::Spk, Self::Mkfc, Self::Mscck, Self::MuSik];

    /// The purpose tag, and the key type in key parameters.
    #[must_use]
    pub const fn tag(self) -> u8 {
        self as u8
    }

    /// Errors: [`Error::Purpose`] for 7 and above, which aren't assigned.
    pub(super) fn from_tag(tag: u8) -> Result<Self, Error> {
        Self::ALL.get(usize::from(tag)).copied().ok_or(Error::Purpose)
    }

    /// Whether media may go under the key. GMK and PCK are for SRTP and SRTCP, all others for SRTCP or
    /// signalling alone.
    #[must_use]
    pub const fn is_for_media(self) -> bool {
        matches!(self, Self::Gmk | Self::Pck)
    }

    /// Whether every user has its own identifier for the key (5.2.3): a GMK's users do, those of PCK,
    /// CSK, MSCCK and MuSiK don't. For the MKFC the sources disagree; here its ID is used as it is.
    #[must_use]
    pub const fn is_diversified(self) -> bool {
        matches!(self, Self::Gmk)
    }
}

/// The name of the key in TS 33.180.
impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gmk => "GMK",
            Self::Pck => "PCK",
            Self::Csk => "CSK",
            Self::Spk => "SPK",
            Self::Mkfc => "MKFC",
            Self::Mscck => "MSCCK",
            Self::MuSik => "MuSiK",
        })
    }
}

/// The identifier of a key, or of a user's end of a group key: 4 bits of purpose and 28 others.
///
/// GMK-ID, PCK-ID, CSK-ID and so on; also GUK-ID, the GMK-ID ⊕ user salt.
#[doc(alias("K-ID", "GMK-ID", "PCK-ID", "CSK-ID", "SPK-ID", "MuSiK-ID", "GUK-ID", "UK-ID"))]
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyId(u32);

impl KeyId {
    /// Octets of an identifier.
    pub const LEN: usize = 4;

    /// Every bit but the purpose tag.
    const LOW: u32 = 0x0fff_ffff;

    /// The identifier of this purpose with the low 28 bits of `random`.
    #[must_use]
    pub const fn new(purpose: Purpose, random: u32) -> Self {
        Self((purpose.tag() as u32) << 28 | random & Self::LOW)
    }

    /// A random identifier.
    #[must_use]
    pub fn generate<R: CryptoRng + ?Sized>(purpose: Purpose, rng: &mut R) -> Self {
        // It is sent in clear.
        Self::new(purpose, ct::publish(rng.next_u32()))
    }

    /// A random identifier from a generator that can fail.
    pub fn try_generate<R: TryCryptoRng + ?Sized>(
        purpose: Purpose,
        rng: &mut R,
    ) -> Result<Self, R::Error> {
        Ok(Self::new(purpose, ct::publish(rng.try_next_u32()?)))
    }

    /// The 32 bits, as a CSB ID is.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }

    /// The 4 octets.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// What it names.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        Purpose::ALL[(self.0 >> 28) as usize]
    }

    /// From the identifier of a group key to that of one user's end of it, or back (F.1.3); of others
    /// the same.
    fn for_user(self, secret: &SharedSecret, user_uri: &str) -> Result<Self, Error> {
        if !self.purpose().is_diversified() {
            return Ok(self);
        }
        let salt = derive::user_salt(secret.as_bytes(), user_uri)?;
        Ok(Self(self.0 ^ salt & Self::LOW))
    }
}

impl TryFrom<u32> for KeyId {
    type Error = Error;

    /// Errors: [`Error::Purpose`] if the purpose tag isn't assigned.
    fn try_from(value: u32) -> Result<Self, Error> {
        Purpose::from_tag((value >> 28) as u8)?;
        Ok(Self(value))
    }
}

impl TryFrom<[u8; 4]> for KeyId {
    type Error = Error;

    fn try_from(octets: [u8; 4]) -> Result<Self, Error> {
        Self::try_from(u32::from_be_bytes(octets))
    }
}

/// Eight hexadecimal digits.
impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({:08x})", self.0)
    }
}

/// A key of the mission-critical system, 16 octets, with its identifier. Wiped on drop.
///
/// ```
/// use eccsi_sakke::mission_critical::{Key, Purpose};
/// use getrandom::{SysRng, rand_core::UnwrapErr};
///
/// let gmk = Key::generate(Purpose::Gmk, &mut UnwrapErr(SysRng));
/// let guk_id = gmk.user_id("sip:alice@example.org")?;
/// let again = Key::from_user_id(guk_id, gmk.secret().clone(), "sip:alice@example.org")?;
/// assert_eq!(again.id(), gmk.id());
/// # Ok::<(), eccsi_sakke::mission_critical::Error>(())
/// ```
#[doc(alias("GMK", "PCK", "CSK", "SPK", "MKFC", "MSCCK", "MuSiK"))]
#[derive(Clone)]
pub struct Key {
    id: KeyId,
    secret: SharedSecret,
}

impl Key {
    /// A key that has been stored.
    #[must_use]
    pub const fn new(id: KeyId, secret: SharedSecret) -> Self {
        Self { id, secret }
    }

    /// A fresh key with a random identifier.
    #[must_use]
    pub fn generate<R: CryptoRng + ?Sized>(purpose: Purpose, rng: &mut R) -> Self {
        Self::new(KeyId::generate(purpose, rng), SharedSecret::generate(rng))
    }

    /// A fresh key from a generator that can fail.
    pub fn try_generate<R: TryCryptoRng + ?Sized>(
        purpose: Purpose,
        rng: &mut R,
    ) -> Result<Self, TryError<R::Error>> {
        let id = KeyId::try_generate(purpose, rng).map_err(TryError::Rng)?;
        Ok(Self::new(id, SharedSecret::try_generate(rng)?))
    }

    /// The key that a user got under this identifier: the GUK-ID of a GMK, of others the key's own.
    ///
    /// Errors: [`Error::Message`] for a URI of more than 65,535 octets.
    pub fn from_user_id(id: KeyId, secret: SharedSecret, user_uri: &str) -> Result<Self, Error> {
        // The exclusive or with the salt undoes itself.
        let id = id.for_user(&secret, user_uri)?;
        Ok(Self { id, secret })
    }

    /// Its identifier.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What it is for.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.id.purpose()
    }

    /// The 16 octets.
    #[must_use]
    pub const fn secret(&self) -> &SharedSecret {
        &self.secret
    }

    /// The identifier under which the user gets the key, the CSB ID of its message: the GUK-ID of a
    /// GMK, of others the key's own. `user_uri` is the receiving user's MC service ID as in its UID.
    ///
    /// Errors: [`Error::Message`] for a URI of more than 65,535 octets.
    #[doc(alias("GUK-ID", "UK-ID"))]
    pub fn user_id(&self, user_uri: &str) -> Result<KeyId, Error> {
        self.id.for_user(&self.secret, user_uri)
    }

    /// The SRTP master key and salt of a crypto session (7.5).
    ///
    /// `sender` is the GUK-ID of the member who sends, with a GMK; otherwise the key's own identifier.
    /// `rand` is that of the message which brought the key: with a GMK all members have the same.
    ///
    /// Errors: [`Error::Purpose`] if `sender` is an identifier of another purpose, and for a key that
    /// is for SRTCP only: see [`Purpose::is_for_media`].
    pub fn srtp(&self, sender: KeyId, cs_id: u8, rand: &[u8]) -> Result<SrtpKeys, Error> {
        if !self.purpose().is_for_media() {
            return Err(Error::Purpose);
        }
        self.srtcp(sender, cs_id, rand)
    }

    /// The SRTCP master key and salt of a crypto session (7.5), with any key; of a GMK or PCK they are
    /// those of SRTP. Arguments and errors are those of [`srtp`](Self::srtp).
    ///
    /// Errors: [`Error::Purpose`] if `sender` is an identifier of another purpose.
    pub fn srtcp(&self, sender: KeyId, cs_id: u8, rand: &[u8]) -> Result<SrtpKeys, Error> {
        if sender.purpose() != self.purpose() {
            return Err(Error::Purpose);
        }
        let derivation = Derivation { prf: Prf::HmacSha256, csb_id: sender.value(), rand };
        let secret = self.secret.as_bytes();
        stack_wiped(|| {
            Ok(SrtpKeys {
                master_key: derivation.key(KeyUse::Tek, secret, cs_id)?,
                master_salt: derivation.key(KeyUse::Salt, secret, cs_id)?,
            })
        })
    }

    /// The keys of signalling protection between user and server, or between servers (F.1.4).
    ///
    /// Errors: [`Error::Purpose`] unless it is a CSK or SPK; [`Error::Message`] for a URI of more
    /// than 65,535 octets.
    #[doc(alias = "XPK")]
    pub fn signalling_keys(&self, user_uri: &str) -> Result<SignallingKeys, Error> {
        if !matches!(self.purpose(), Purpose::Csk | Purpose::Spk) {
            return Err(Error::Purpose);
        }
        let (secret, id) = (self.secret.as_bytes(), self.id.value());
        stack_wiped(|| {
            Ok(SignallingKeys {
                confidentiality: derive::confidentiality_key(secret, user_uri, id)?,
                integrity: derive::integrity_key(secret, user_uri, id)?,
            })
        })
    }

    /// The MCData payload cipher key (F.1.5) for payloads under the identifier `id`.
    ///
    /// Errors: none; every key and identifier has one.
    #[doc(alias = "DPCK")]
    pub fn payload_cipher_key(&self, id: KeyId) -> Result<Zeroizing<[u8; 16]>, Error> {
        derive::payload_cipher_key(self.secret.as_bytes(), id.value())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mission_critical::Key({:?}, {:?}, ..)", self.purpose(), self.id)
    }
}

impl ConstantTimeEq for Key {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.secret.ct_eq(&other.secret) & self.id.0.ct_eq(&other.id.0)
    }
}

impl ZeroizeOnDrop for Key {}

/// The master key and salt of an SRTP or SRTCP stream under AES-GCM. Wiped on drop.
#[derive(Clone)]
pub struct SrtpKeys {
    /// 16 octets.
    pub master_key: Zeroizing<[u8; 16]>,
    /// 12 octets.
    pub master_salt: Zeroizing<[u8; 12]>,
}

impl fmt::Debug for SrtpKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mission_critical::SrtpKeys(..)")
    }
}

impl ZeroizeOnDrop for SrtpKeys {}

/// The keys of signalling protection. Wiped on drop.
#[derive(Clone)]
pub struct SignallingKeys {
    /// For XML encryption.
    pub confidentiality: Zeroizing<[u8; 16]>,
    /// For XML signatures.
    pub integrity: Zeroizing<[u8; 16]>,
}

impl fmt::Debug for SignallingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mission_critical::SignallingKeys(..)")
    }
}

impl ZeroizeOnDrop for SignallingKeys {}
