//! TS 33.180 5.3.3: the keys that a client and its KMS share for wrapping and signing.

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

/// The identifier of a transport or integrity key, 32 bits: TrK-ID or InK-ID. A Signature-ID is one of them.
#[doc(alias("TrK-ID", "InK-ID", "Signature-ID", "S-TrK-ID", "S-InK-ID"))]
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SharedKeyId(pub u32);

impl SharedKeyId {
    /// The identifier as 4 octets.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// The name of a key without a name of its own: the 4 octets in base64, as signatures of signalling name a key
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

    /// The identifier of a key with such a name. None for a name of another form.
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

/// A key of 32 octets with an identifier and perhaps a name.
#[derive(Clone)]
struct Key256 {
    id: SharedKeyId,
    name: Option<String>,
    /// In a box, so that moving the key does not copy them.
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
        // The library leaves the padded key on the stack.
        stack_wiped(|| hmac(&self.octets, signed))
    }

    fn verify(&self, signed: &[u8], mac: &[u8]) -> Result<(), Error> {
        let mac: &[u8; 32] = mac.try_into().map_err(|_| Error::Length)?;
        // The caller learns the outcome of the check.
        let is_own = ct::declassify(self.mac(signed).as_slice().ct_eq(mac));
        if is_own { Ok(()) } else { Err(Error::Mac) }
    }
}

/// HMAC-SHA-256.
#[inline(never)]
fn hmac(key: &[u8; 32], signed: &[u8]) -> Zeroizing<[u8; 32]> {
    // HMAC pads a key with zeros to a block of its hash.
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
            /// The octets of the key.
            pub const LEN: usize = 32;

            /// A key that was given out of band or has been stored.
            ///
            /// Errors: [`Error::Length`] if `octets` are not 32 octets.
            pub fn new(id: SharedKeyId, octets: impl AsRef<[u8]>) -> Result<Self, Error> {
                Key256::new(id, octets.as_ref()).map(Self)
            }

            /// A fresh key.
            #[must_use]
            pub fn generate<R: CryptoRng + ?Sized>(id: SharedKeyId, rng: &mut R) -> Self {
                let Ok(key) = Self::try_generate(id, rng);
                key
            }

            /// A fresh key from a generator that can fail.
            pub fn try_generate<R: TryCryptoRng + ?Sized>(
                id: SharedKeyId,
                rng: &mut R,
            ) -> Result<Self, R::Error> {
                Key256::try_generate(id, rng).map(Self)
            }

            /// The key with a name, as XML encryption and signatures use it.
            #[must_use]
            pub fn named(self, name: &str) -> Self {
                self.maybe_named(Some(name))
            }

            /// The key with this name or without one.
            pub(crate) fn maybe_named(mut self, name: Option<&str>) -> Self {
                self.0.name = name.map(Into::into);
                self
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

            /// HMAC-SHA-256 over canonicalised octets, not shortened.
            ///
            /// Secret: the key. Public: `signed`, the MAC.
            #[must_use]
            pub fn mac(&self, signed: &[u8]) -> [u8; 32] {
                ct::publish(*self.0.mac(signed))
            }

            /// Checks that `mac` is the MAC of `signed`, and not a shortened one.
            ///
            /// Secret: the key. Public: `signed`, `mac`, the outcome.
            ///
            /// Errors: [`Error::Length`] if `mac` does not have 32 octets; [`Error::Mac`].
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
    /// A transport key TrK: 256 bits that wrap what the KMS sends, and that sign where there is no integrity key. It is
    /// wiped on drop.
    #[doc(alias("TrK", "S-TrK"))]
    TransportKey
}

shared_key! {
    /// An integrity key InK: 256 bits that sign what client and KMS send. It is wiped on drop.
    #[doc(alias("InK", "S-InK"))]
    IntegrityKey
}

impl TransportKey {
    pub(super) fn octets(&self) -> &[u8; 32] {
        &self.0.octets
    }
}

/// The keys that a client and its KMS share. The integrity key signs if there is one, or else the transport key
/// (5.3.3). The receiver decides this, not the message.
///
/// The keys of a client may live elsewhere. Its transport key is any type that [unwraps](super::UnwrapKey) and
/// [signs](Mac), and its integrity key any type that signs.
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

    /// The key that wraps.
    #[must_use]
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// The key that signs, if the transport key does not.
    #[must_use]
    pub const fn integrity(&self) -> Option<&I> {
        self.integrity.as_ref()
    }
}

impl<T: Mac, I: Mac> SharedKeys<T, I> {
    /// The key that signs.
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

    /// The MAC of 32 octets over canonicalised octets. Send it with [`signature_id`](Self::signature_id).
    ///
    /// Secret: the keys. Public: `signed`, the MAC.
    ///
    /// Errors: [`Error::Primitive`] if a key that lives elsewhere could not be used.
    pub fn sign(&self, signed: &[u8]) -> Result<[u8; 32], Error> {
        Ok(self.signing().try_mac(signed)?)
    }

    /// Checks that the right key has signed.
    ///
    /// Secret: the keys. Public: everything else, and the outcome.
    ///
    /// Errors: [`Error::SignatureId`] if the message names another key or none; [`Error::Length`] if `mac` does not
    /// have 32 octets; [`Error::Mac`]; [`Error::Primitive`] if the key could not be used.
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
