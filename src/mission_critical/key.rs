//! Keys and what they are called: TS 33.180 5.2.2 and 5.2.3.

mod cs_id;
mod mki;

pub use cs_id::CsId;
pub use mki::Mki;

use alloc::boxed::Box;
use core::fmt;

use rand_core::{CryptoRng, TryCryptoRng};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{Error, derive};
use crate::ct;
use crate::error::TryError;
use crate::identifier::UserUri;
use crate::mikey::{Derivation, KeyUse, MIN_RAND, Prf};
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
    fn for_user(self, secret: &SharedSecret, user_uri: UserUri<'_>) -> Result<Self, Error> {
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

/// A key of the mission-critical system, 16 octets, with its identifier and its RAND. Wiped on drop.
///
/// RAND is public, and is what every user of the key derives the keys of media with, beside the key itself. All
/// members of a group therefore get a GMK with one RAND, those who join later too. Store it with the key.
///
/// ```
/// use eccsi_sakke::mission_critical::{Key, Purpose};
/// use getrandom::{SysRng, rand_core::UnwrapErr};
///
/// let gmk = Key::generate(Purpose::Gmk, &mut UnwrapErr(SysRng));
/// let rand = gmk.rand().unwrap_or_default();
/// let stored = Key::new(gmk.id(), gmk.secret().clone(), rand)?;
/// assert_eq!(stored.rand(), gmk.rand());
/// # Ok::<(), eccsi_sakke::mission_critical::Error>(())
/// ```
#[doc(alias("GMK", "PCK", "CSK", "SPK", "MKFC", "MSCCK", "MuSiK"))]
#[derive(Clone)]
pub struct Key {
    id: KeyId,
    secret: SharedSecret,
    rand: Option<Box<[u8]>>,
}

impl Key {
    /// Octets of the RAND that is drawn here. In messages of others it has 16 to 255.
    pub const RAND_LEN: usize = 16;

    /// A key that has been stored, with the RAND that was stored with it.
    ///
    /// Errors: [`Error::Rand`] for a RAND of fewer than 16 or more than 255 octets, or of zeros.
    pub fn new(id: KeyId, secret: SharedSecret, rand: impl AsRef<[u8]>) -> Result<Self, Error> {
        let rand = Some(checked_rand(rand.as_ref())?);
        Ok(Self { id, secret, rand })
    }

    /// A key that no message brought and none is to take, such as an SPK that two servers are configured with.
    /// No keys of media come of it.
    #[must_use]
    pub const fn without_rand(id: KeyId, secret: SharedSecret) -> Self {
        Self { id, secret, rand: None }
    }

    /// A fresh key with a random identifier and a RAND of 16 random octets.
    #[must_use]
    pub fn generate<R: CryptoRng + ?Sized>(purpose: Purpose, rng: &mut R) -> Self {
        let id = KeyId::generate(purpose, rng);
        let secret = SharedSecret::generate(rng);
        let mut rand = [0; Self::RAND_LEN];
        rng.fill_bytes(&mut rand);
        Self::drawn(id, secret, rand)
    }

    /// What a broken generator gives, zeros, is no RAND.
    fn drawn(id: KeyId, secret: SharedSecret, rand: [u8; Self::RAND_LEN]) -> Self {
        // It is sent in clear.
        let rand = ct::publish(rand);
        Self { id, secret, rand: (rand != [0; Self::RAND_LEN]).then(|| rand.into()) }
    }

    /// A fresh key from a generator that can fail.
    pub fn try_generate<R: TryCryptoRng + ?Sized>(
        purpose: Purpose,
        rng: &mut R,
    ) -> Result<Self, TryError<R::Error>> {
        let id = KeyId::try_generate(purpose, rng).map_err(TryError::Rng)?;
        let secret = SharedSecret::try_generate(rng)?;
        let mut rand = [0; Self::RAND_LEN];
        rng.try_fill_bytes(&mut rand).map_err(TryError::Rng)?;
        Ok(Self::drawn(id, secret, rand))
    }

    /// The key that a user got in a message with this RAND under this identifier: the GUK-ID of a GMK, of others
    /// the key's own.
    ///
    /// Errors: [`Error::Rand`] as of [`new`](Self::new); [`Error::Message`] for a URI of more than 65,535 octets.
    pub fn from_message(
        csb_id: KeyId,
        secret: SharedSecret,
        rand: &[u8],
        user_uri: UserUri<'_>,
    ) -> Result<Self, Error> {
        let rand = Some(checked_rand(rand)?);
        // The exclusive or with the salt undoes itself.
        let id = csb_id.for_user(&secret, user_uri)?;
        Ok(Self { id, secret, rand })
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

    /// RAND; none of a key that has none, and comes from a configuration.
    #[must_use]
    pub fn rand(&self) -> Option<&[u8]> {
        self.rand.as_deref()
    }

    /// The identifier under which the user gets the key, the CSB ID of its message: the GUK-ID of a
    /// GMK, of others the key's own. The URI is the receiving user's, as in its UID.
    ///
    /// Errors: [`Error::Message`] for a URI of more than 65,535 octets.
    #[doc(alias("GUK-ID", "UK-ID"))]
    pub fn user_id(&self, user_uri: UserUri<'_>) -> Result<KeyId, Error> {
        self.id.for_user(&self.secret, user_uri)
    }

    /// The SRTP master key and salt of a crypto session (7.5).
    ///
    /// `sender` is the GUK-ID of the member who sends, with a GMK; otherwise the key's own identifier.
    /// The key doesn't know when it expires: [`Received::srtp`](super::Received::srtp) does.
    ///
    /// Errors: [`Error::Purpose`] if `sender` is an identifier of another purpose, and for a key that
    /// is for SRTCP only: see [`Purpose::is_for_media`]; [`Error::CsId`] for a session that goes under
    /// another kind of key; [`Error::Rand`] for a key without RAND.
    pub fn srtp(&self, sender: KeyId, cs_id: CsId) -> Result<SrtpKeys, Error> {
        if !self.purpose().is_for_media() {
            return Err(Error::Purpose);
        }
        self.srtcp(sender, cs_id)
    }

    /// The SRTCP master key and salt of a crypto session (7.5), with any key; of a GMK or PCK they are
    /// those of SRTP.
    ///
    /// Errors: as of [`srtp`](Self::srtp), but that every key is for SRTCP.
    pub fn srtcp(&self, sender: KeyId, cs_id: CsId) -> Result<SrtpKeys, Error> {
        if sender.purpose() != self.purpose() {
            return Err(Error::Purpose);
        }
        cs_id.check(self.purpose())?;
        let (rand, cs_id) = (self.rand().ok_or(Error::Rand)?, cs_id.number());
        let derivation = Derivation { prf: Prf::HmacSha256, csb_id: sender.value(), rand };
        let secret = self.secret.as_bytes();
        stack_wiped(|| {
            Ok(SrtpKeys {
                master_key: derivation.key(KeyUse::Tek, secret, cs_id)?,
                master_salt: derivation.key(KeyUse::Salt, secret, cs_id)?,
            })
        })
    }

    /// The keys of signalling protection between user and server, or between servers (F.1.4). The URI is the
    /// user's at both ends, never the server's.
    ///
    /// Errors: [`Error::Purpose`] unless it is a CSK or SPK; [`Error::Message`] for a URI of more
    /// than 65,535 octets.
    #[doc(alias = "XPK")]
    pub fn signalling_keys(&self, user_uri: UserUri<'_>) -> Result<SignallingKeys, Error> {
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

/// Errors: [`Error::Rand`] as of [`Key::new`].
fn checked_rand(rand: &[u8]) -> Result<Box<[u8]>, Error> {
    let fits = (MIN_RAND..=u8::MAX.into()).contains(&rand.len());
    if fits && rand.iter().any(|octet| *octet != 0) { Ok(rand.into()) } else { Err(Error::Rand) }
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
