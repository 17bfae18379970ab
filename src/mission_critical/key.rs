//! Keys and their identifiers: TS 33.180 5.2.2 and 5.2.3.

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

/// The purpose of a key, which is the four top bits of its identifier.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Purpose {
    /// 0: the group master key, for the media of a group.
    Gmk,
    /// 1: the private call key, for the media of a call between two users.
    Pck,
    /// 2: the client-server key, for floor control and XML between a user and its server.
    Csk,
    /// 3: the signalling protection key, between servers.
    Spk,
    /// 4: the MBMS floor control key, for multicast.
    Mkfc,
    /// 5: the MBMS subchannel control key.
    Mscck,
    /// 6: the multicast signalling key.
    MuSik,
}

impl Purpose {
    const ALL: [Self; 7] =
        [Self::Gmk, Self::Pck, Self::Csk, Self::Spk, Self::Mkfc, Self::Mscck, Self::MuSik];

    /// The purpose tag, which is also the key type in key parameters.
    #[must_use]
    pub const fn tag(self) -> u8 {
        self as u8
    }

    /// Errors: [`Error::Purpose`] for 7 and above, which are not assigned.
    pub(super) fn from_tag(tag: u8) -> Result<Self, Error> {
        Self::ALL.get(usize::from(tag)).copied().ok_or(Error::Purpose)
    }

    /// Whether the key may protect media. GMK and PCK are for SRTP and SRTCP; all others are only for SRTCP or
    /// signalling.
    #[must_use]
    pub const fn is_for_media(self) -> bool {
        matches!(self, Self::Gmk | Self::Pck)
    }

    /// Whether every user has its own identifier for the key (5.2.3). This is true for a GMK, and false for PCK, CSK,
    /// MSCCK and MuSiK. The sources disagree about the MKFC; this crate uses its ID as it is.
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

/// The identifier of a key: 4 bits of purpose and 28 other bits.
///
/// Examples are GMK-ID, PCK-ID and CSK-ID. The GUK-ID, which is GMK-ID ⊕ user salt, is a user's own identifier of a
/// group key.
#[doc(alias("K-ID", "GMK-ID", "PCK-ID", "CSK-ID", "SPK-ID", "MuSiK-ID", "GUK-ID", "UK-ID"))]
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyId(u32);

impl KeyId {
    /// The length of an identifier.
    pub const LEN: usize = 4;

    /// Every bit except for the purpose tag.
    const LOW: u32 = 0x0fff_ffff;

    /// The identifier with this purpose and the low 28 bits of `random`.
    #[must_use]
    pub const fn new(purpose: Purpose, random: u32) -> Self {
        Self((purpose.tag() as u32) << 28 | random & Self::LOW)
    }

    /// A random identifier.
    #[must_use]
    pub fn generate<R: CryptoRng + ?Sized>(purpose: Purpose, rng: &mut R) -> Self {
        // The identifier is sent in clear.
        Self::new(purpose, ct::publish(rng.next_u32()))
    }

    /// A random identifier from a generator that can fail.
    pub fn try_generate<R: TryCryptoRng + ?Sized>(
        purpose: Purpose,
        rng: &mut R,
    ) -> Result<Self, R::Error> {
        Ok(Self::new(purpose, ct::publish(rng.try_next_u32()?)))
    }

    /// The 32 bits, in the form of a CSB ID.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }

    /// The 4 octets.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// The purpose of the key that it names.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        Purpose::ALL[(self.0 >> 28) as usize]
    }

    /// Turns the identifier of a group key into the one of a user, or back (F.1.3). Identifiers of other keys stay the
    /// same.
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

    /// Errors: [`Error::Purpose`] if the purpose tag is not assigned.
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

/// A key of the mission-critical system: 16 octets, with an identifier and a RAND. It is wiped on drop.
///
/// RAND is public. Every user of the key derives media keys from RAND and the key. Therefore all members of a group,
/// including those who join later, must receive the GMK with the same RAND. Store it with the key.
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
    /// The length of the RAND that this crate draws. In messages of other implementations it is 16 to 255.
    pub const RAND_LEN: usize = 16;

    /// A key that was stored, with the RAND that was stored with it.
    ///
    /// Errors: [`Error::Rand`] for a RAND of fewer than 16 or more than 255 octets, or of zeros only.
    pub fn new(id: KeyId, secret: SharedSecret, rand: impl AsRef<[u8]>) -> Result<Self, Error> {
        let rand = Some(checked_rand(rand.as_ref())?);
        Ok(Self { id, secret, rand })
    }

    /// A key that no message carries, such as an SPK that two servers are configured with. Media keys cannot be derived
    /// from it.
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

    /// A RAND of zeros comes from a broken generator and is not used.
    fn drawn(id: KeyId, secret: SharedSecret, rand: [u8; Self::RAND_LEN]) -> Self {
        // RAND is sent in clear.
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

    /// The key that a user received in a message with this RAND and this CSB ID. The CSB ID is the GUK-ID of a GMK, and
    /// the own identifier of any other key.
    ///
    /// Errors: [`Error::Rand`] as in [`new`](Self::new); [`Error::Message`] for a URI of more than 65,535 octets.
    pub fn from_message(
        csb_id: KeyId,
        secret: SharedSecret,
        rand: &[u8],
        user_uri: UserUri<'_>,
    ) -> Result<Self, Error> {
        let rand = Some(checked_rand(rand)?);
        // A second exclusive or with the salt undoes the first.
        let id = csb_id.for_user(&secret, user_uri)?;
        Ok(Self { id, secret, rand })
    }

    /// The identifier of the key.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The purpose of the key.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.id.purpose()
    }

    /// The 16 octets of the key.
    #[must_use]
    pub const fn secret(&self) -> &SharedSecret {
        &self.secret
    }

    /// RAND, or `None` for a key without RAND, which comes from a configuration.
    #[must_use]
    pub fn rand(&self) -> Option<&[u8]> {
        self.rand.as_deref()
    }

    /// The identifier under which a user receives the key, which is the CSB ID of the message: the GUK-ID of a GMK, and
    /// the own identifier of any other key. The URI is that of the receiving user, as in its UID.
    ///
    /// Errors: [`Error::Message`] for a URI of more than 65,535 octets.
    #[doc(alias("GUK-ID", "UK-ID"))]
    pub fn user_id(&self, user_uri: UserUri<'_>) -> Result<KeyId, Error> {
        self.id.for_user(&self.secret, user_uri)
    }

    /// The SRTP master key and salt of a crypto session (7.5).
    ///
    /// For a GMK, `sender` is the GUK-ID of the member who sends the media; for any other key it is the identifier of
    /// the key. This function does not check the expiry of the key; [`Received::srtp`](super::Received::srtp) does.
    ///
    /// Errors: [`Error::Purpose`] if `sender` is an identifier of another purpose, and for a key that is not for media
    /// ([`Purpose::is_for_media`]); [`Error::CsId`] for a session of another kind of key; [`Error::Rand`] for a key
    /// without RAND.
    pub fn srtp(&self, sender: KeyId, cs_id: CsId) -> Result<SrtpKeys, Error> {
        if !self.purpose().is_for_media() {
            return Err(Error::Purpose);
        }
        self.srtcp(sender, cs_id)
    }

    /// The SRTCP master key and salt of a crypto session (7.5). For a GMK or PCK they are the same as for SRTP.
    ///
    /// Errors: those of [`srtp`](Self::srtp), but every kind of key is for SRTCP.
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

    /// The keys that protect signalling between a user and a server, or between servers (F.1.4). Both ends use the URI
    /// of the user, never that of the server.
    ///
    /// Errors: [`Error::Purpose`] unless the key is a CSK or SPK; [`Error::Message`] for a URI of more
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
    /// Errors: none; every key and identifier has a payload cipher key.
    #[doc(alias = "DPCK")]
    pub fn payload_cipher_key(&self, id: KeyId) -> Result<Zeroizing<[u8; 16]>, Error> {
        derive::payload_cipher_key(self.secret.as_bytes(), id.value())
    }
}

/// Errors: [`Error::Rand`] as in [`Key::new`].
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

/// The master key and salt of an SRTP or SRTCP stream under AES-GCM. They are wiped on drop.
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

/// The keys that protect signalling. They are wiped on drop.
#[derive(Clone)]
pub struct SignallingKeys {
    /// The key for XML encryption.
    pub confidentiality: Zeroizing<[u8; 16]>,
    /// The key for XML signatures.
    pub integrity: Zeroizing<[u8; 16]>,
}

impl fmt::Debug for SignallingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mission_critical::SignallingKeys(..)")
    }
}

impl ZeroizeOnDrop for SignallingKeys {}
