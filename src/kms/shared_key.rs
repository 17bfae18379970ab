//! TS 33.180 5.3.3: the keys that a client shares with its KMS, to wrap and to sign with.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac as _};
use rand_core::{CryptoRng, TryCryptoRng};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{Error, Mac, SharedKey};
use crate::ct;
use crate::wiped::stack_wiped;

/// The identifier of a transport or integrity key, 32 bits: TrK-ID, InK-ID, and the Signature-ID
/// that is one of them.
#[doc(alias("TrK-ID", "InK-ID", "Signature-ID", "S-TrK-ID", "S-InK-ID"))]
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SharedKeyId(pub u32);

impl SharedKeyId {
    /// The 4 octets.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// The name of a key that was given no other: the 4 octets in base64, as signatures of signalling name a key
    /// (TS 33.180 9.3).
    ///
    /// ```
    /// use eccsi_sakke::kms::SharedKeyId;
    ///
    /// assert_eq!(SharedKeyId(7).to_name(), "AAAABw==");
    /// assert_eq!(SharedKeyId::from_name("AAAABw=="), Some(SharedKeyId(7)));
    /// ```
    #[must_use]
    pub fn to_name(self) -> String {
        Base64::encode_string(&self.to_bytes())
    }

    /// The identifier of a key that is called so; none for a name of another form.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut octets = [0; 4];
        let decoded = Base64::decode(name, &mut octets).ok()?;
        Some(Self::from(<[u8; 4]>::try_from(decoded).ok()?))
    }
}

impl From<[u8; 4]> for SharedKeyId {
    fn from(octets: [u8; 4]) -> Self {
        Self(u32::from_be_bytes(octets))
    }
}

impl fmt::Debug for SharedKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedKeyId({:08x})", self.0)
    }
}

/// 32 octets under an identifier.
#[derive(Clone)]
struct Key256 {
    id: SharedKeyId,
    name: Option<String>,
    /// Apart, so that they stay where they are when the key is moved.
    octets: Box<Zeroizing<[u8; 32]>>,
}

impl Key256 {
    fn try_generate<R: TryCryptoRng + ?Sized>(
        id: SharedKeyId,
        rng: &mut R,
    ) -> Result<Self, R::Error> {
        let mut key = Self { id, name: None, octets: Box::default() };
        rng.try_fill_bytes(key.octets.as_mut_slice())?;
        Ok(key)
    }

    fn new(id: SharedKeyId, octets: &[u8]) -> Result<Self, Error> {
        let octets: &[u8; 32] = octets.try_into().map_err(|_| Error::Length)?;
        let mut key = Self { id, name: None, octets: Box::default() };
        key.octets.copy_from_slice(octets);
        Ok(key)
    }

    fn mac(&self, signed: &[u8]) -> Zeroizing<[u8; 32]> {
        // The library leaves the padded key behind.
        stack_wiped(|| hmac(&self.octets, signed))
    }

    fn verify(&self, signed: &[u8], mac: &[u8]) -> Result<(), Error> {
        let mac: &[u8; 32] = mac.try_into().map_err(|_| Error::Length)?;
        // The outcome of the check is about to be told.
        let is_own = ct::declassify(self.mac(signed).as_slice().ct_eq(mac));
        if is_own { Ok(()) } else { Err(Error::Mac) }
    }
}

/// HMAC-SHA-256.
#[inline(never)]
fn hmac(key: &[u8; 32], signed: &[u8]) -> Zeroizing<[u8; 32]> {
    // HMAC fills a key up with zeros to the block of its hash.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    let mut hmac = Hmac::<Sha256>::new((&*block).into());
    hmac.update(signed);
    let mut mac = Zeroizing::new([0; 32]);
    mac.copy_from_slice(&hmac.finalize().into_bytes());
    mac
}

impl ConstantTimeEq for Key256 {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.octets.as_slice().ct_eq(other.octets.as_slice()) & self.id.0.ct_eq(&other.id.0)
    }
}

macro_rules! shared_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Key256);

        impl $name {
            /// Octets of the key.
            pub const LEN: usize = 32;

            /// A key that was given out of band, or has been stored.
            ///
            /// Errors: [`Error::Length`] unless `octets` are 32.
            pub fn new(id: SharedKeyId, octets: impl AsRef<[u8]>) -> Result<Self, Error> {
                Key256::new(id, octets.as_ref()).map(Self)
            }

            /// A fresh key.
            #[must_use]
            pub fn generate<R: CryptoRng + ?Sized>(id: SharedKeyId, rng: &mut R) -> Self {
                match Self::try_generate(id, rng) {
                    Ok(key) => key,
                    Err(never) => match never {},
                }
            }

            /// A fresh key from a generator that can fail.
            pub fn try_generate<R: TryCryptoRng + ?Sized>(
                id: SharedKeyId,
                rng: &mut R,
            ) -> Result<Self, R::Error> {
                Key256::try_generate(id, rng).map(Self)
            }

            /// The key under a name, as XML encryption has them.
            #[must_use]
            pub fn named(mut self, name: &str) -> Self {
                self.0.name = Some(name.into());
                self
            }

            /// The key under a name, if there is one.
            pub(crate) fn maybe_named(self, name: Option<&str>) -> Self {
                match name {
                    Some(name) => self.named(name),
                    None => self,
                }
            }

            /// Its identifier.
            #[must_use]
            pub const fn id(&self) -> SharedKeyId {
                self.0.id
            }

            /// Its name, if it has one.
            #[must_use]
            pub fn name(&self) -> Option<&str> {
                self.0.name.as_deref()
            }

            /// The 32 octets, in a copy that wipes itself.
            #[must_use]
            pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
                Zeroizing::clone(&self.0.octets)
            }

            /// HMAC-SHA-256 over octets that the caller has canonicalised, all 256 bits.
            ///
            /// Secret: the key. Public: `signed`, the MAC.
            #[must_use]
            pub fn mac(&self, signed: &[u8]) -> [u8; 32] {
                ct::publish(*self.0.mac(signed))
            }

            /// Whether `mac` is that of `signed`; a shortened one isn't.
            ///
            /// Secret: the key. Public: `signed`, `mac`, the outcome.
            ///
            /// Errors: [`Error::Length`] unless `mac` has 32 octets; [`Error::Mac`].
            pub fn verify(&self, signed: &[u8], mac: &[u8]) -> Result<(), Error> {
                self.0.verify(signed, mac)
            }
        }

        impl SharedKey for $name {
            fn id(&self) -> SharedKeyId {
                self.id()
            }

            fn name(&self) -> Option<&str> {
                self.name()
            }
        }

        impl Mac for $name {
            fn try_mac(&self, signed: &[u8]) -> Result<[u8; 32], crate::Error> {
                Ok(self.mac(signed))
            }

            fn verify(&self, signed: &[u8], mac: &[u8]) -> Result<(), Error> {
                self.verify(signed, mac)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "kms::{}({:?}, ..)", stringify!($name), self.0.id)
            }
        }

        impl ConstantTimeEq for $name {
            fn ct_eq(&self, other: &Self) -> Choice {
                self.0.ct_eq(&other.0)
            }
        }

        impl ZeroizeOnDrop for $name {}
    };
}

shared_key! {
    /// A transport key TrK: 256 bits that wrap what the KMS sends, and sign it where there is no
    /// integrity key. Wiped on drop.
    #[doc(alias("TrK", "S-TrK"))]
    TransportKey
}

shared_key! {
    /// An integrity key InK: 256 bits that sign what client and KMS send. Wiped on drop.
    #[doc(alias("InK", "S-InK"))]
    IntegrityKey
}

impl TransportKey {
    pub(super) fn octets(&self) -> &[u8; 32] {
        &self.0.octets
    }
}

/// The keys that a client shares with its KMS, and which of them signs: the integrity key if there
/// is one, else the transport key (5.3.3). The receiver decides that, not the message.
///
/// A client's may live elsewhere: what [unwraps](super::UnwrapKey) and [signs](Mac) is its transport key, what signs
/// its integrity key.
#[derive(Clone, Debug)]
pub struct SharedKeys<T = TransportKey, I = IntegrityKey> {
    transport: T,
    integrity: Option<I>,
}

impl SharedKeys {
    /// These keys.
    #[must_use]
    pub const fn new(transport: TransportKey, integrity: Option<IntegrityKey>) -> Self {
        Self::of(transport, integrity)
    }
}

impl<T, I> SharedKeys<T, I> {
    /// These keys, which may live elsewhere.
    #[must_use]
    pub const fn of(transport: T, integrity: Option<I>) -> Self {
        Self { transport, integrity }
    }

    /// What wraps.
    #[must_use]
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// What signs, unless the transport key does.
    #[must_use]
    pub const fn integrity(&self) -> Option<&I> {
        self.integrity.as_ref()
    }
}

impl<T: Mac, I: Mac> SharedKeys<T, I> {
    /// What signs.
    pub(super) fn signing(&self) -> &dyn Mac {
        match &self.integrity {
            Some(key) => key,
            None => &self.transport,
        }
    }

    /// Signature-ID: the identifier of the key that signs.
    #[must_use]
    pub fn signature_id(&self) -> SharedKeyId {
        self.signing().id()
    }

    /// The MAC over octets that the caller has canonicalised, 32 octets: to be sent with
    /// [`signature_id`](Self::signature_id).
    ///
    /// Secret: the keys. Public: `signed`, the MAC.
    ///
    /// Errors: none of keys that are here; [`Error::Primitive`] if the key that signs couldn't be used.
    pub fn sign(&self, signed: &[u8]) -> Result<[u8; 32], Error> {
        Ok(self.signing().try_mac(signed)?)
    }

    /// Whether the key that must sign has signed.
    ///
    /// Secret: the keys. Public: everything else, and the outcome.
    ///
    /// Errors: [`Error::SignatureId`] if the message names another key or none; [`Error::Length`]
    /// unless `mac` has 32 octets; [`Error::Mac`]; [`Error::Primitive`] if the key couldn't be used.
    pub fn verify(
        &self,
        signed: &[u8],
        signature_id: Option<SharedKeyId>,
        mac: &[u8],
    ) -> Result<(), Error> {
        if signature_id != Some(self.signature_id()) {
            return Err(Error::SignatureId);
        }
        self.verify_unnamed(signed, mac)
    }

    /// [`verify`](Self::verify) for messages of releases that have no Signature-ID.
    pub fn verify_unnamed(&self, signed: &[u8], mac: &[u8]) -> Result<(), Error> {
        self.signing().verify(signed, mac)
    }
}

impl<T: ZeroizeOnDrop, I: ZeroizeOnDrop> ZeroizeOnDrop for SharedKeys<T, I> {}
