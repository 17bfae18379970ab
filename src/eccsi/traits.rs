//! RFC 6507 sections 5.1.1 and 5.2.1 for keys that live elsewhere: KSAK at a KMS, SSK at a signer.
//!
//! A key may be in an HSM, on a card, or in another process. The layers above the schemes take any type that implements
//! these traits, as the keys of this crate do. The calls block until the answer is there.

use core::fmt;
use core::ops::Deref;
use core::slice;

use rand_core::TryCryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{KmsPublicKey, KmsSecretKey, Signature, SigningKey};
use crate::error::{Error, TryError};
use crate::identifier::Identifier;

/// SSK and PVT in octets, as they come from the place where KSAK is. They are nobody's key until
/// [`SigningKey::new`] has validated them. SSK is wiped on drop.
pub struct IssuedPair {
    /// SSK, 32 octets, big-endian.
    pub ssk: Zeroizing<[u8; SigningKey::SSK_LEN]>,
    /// PVT, 04 ‖ x ‖ y.
    pub pvt: [u8; SigningKey::PVT_LEN],
}

impl fmt::Debug for IssuedPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("eccsi::IssuedPair(..)")
    }
}

impl ZeroizeOnDrop for IssuedPair {}

/// Issues signing keys. [`KmsSecretKey`] implements it, and so may a type that stands for a KSAK that lives elsewhere.
///
/// `kms::KeyIssuer` takes any type with this trait, and gives out no key that its user would refuse. The guide's
/// chapter on the KMS has an HSM for an example.
pub trait Issue {
    /// KPAK = \[KSAK\]G.
    fn kpak(&self) -> &KmsPublicKey;

    /// Section 5.1.1: a new (SSK, PVT) for this identifier.
    ///
    /// v is made in the place where KSAK is, and never leaves it. It must be hedged there, as
    /// [`KmsSecretKey::issue`] does it: two keys with the same v give KSAK away. `rng` is the caller's generator. An
    /// implementation that has a generator of its own beside KSAK need not use it.
    ///
    /// Secret: SSK. Public: the identifier, PVT.
    ///
    /// Errors: [`Error::Fault`]; [`Error::Unavailable`] if KSAK can't be reached.
    fn issue_pair<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identifier: &Identifier,
    ) -> Result<IssuedPair, TryError<R::Error>>;
}

impl Issue for KmsSecretKey {
    fn kpak(&self) -> &KmsPublicKey {
        self.public_key()
    }

    fn issue_pair<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identifier: &Identifier,
    ) -> Result<IssuedPair, TryError<R::Error>> {
        let key = self.try_issue(rng, identifier)?;
        Ok(IssuedPair { ssk: key.ssk(), pvt: key.pvt() })
    }
}

/// Signs. [`SigningKey`] implements it, and so may a type that stands for a key that lives elsewhere.
///
/// Signing is **one call**: the whole message goes to the place where SSK is, and the signature comes back. There, j is
/// derived from SSK, the message and fresh octets, and r and HE are computed, as
/// [`SigningKey::sign`](SigningKey::sign) does it. There is no trait for a signer of two steps, which gives J before it
/// knows the message. If the state of such a signer is restored from a snapshot, the same j signs two messages, and the
/// two signatures give SSK away.
///
/// Callers call [`sign_as`](Self::sign_as), which verifies the signature that comes back before it releases it.
///
/// A slice or an array of keys is for the change of a key period. The key with the identifier and the KMS that the
/// caller asks for signs. If there are several such keys, the last one signs.
///
/// ```
/// use std::sync::mpsc;
/// use std::thread;
///
/// use eccsi_sakke::eccsi::{KmsPublicKey, KmsSecretKey, Sign, Signature};
/// use eccsi_sakke::{Error, Identifier, TryError};
/// # use getrandom::{SysRng, rand_core::UnwrapErr};
/// use rand_core::TryCryptoRng;
///
/// /// A message, and where its signature goes.
/// type Order = (Vec<u8>, mpsc::Sender<Result<Signature, Error>>);
///
/// /// The key of one identifier, which another thread holds.
/// struct Elsewhere { identifier: Identifier, kpak: KmsPublicKey, thread: mpsc::Sender<Order> }
///
/// impl Sign for Elsewhere {
///     fn has_signing_key(&self, identifier: &Identifier, kpak: &KmsPublicKey) -> bool {
///         self.identifier == *identifier && self.kpak == *kpak
///     }
///
///     fn signature<R: TryCryptoRng + ?Sized>(
///         &self,
///         _rng: &mut R, // that thread has its own
///         _: &Identifier,
///         _: &KmsPublicKey,
///         message: &[u8],
///     ) -> Result<Signature, TryError<R::Error>> {
///         let (answer, signature) = mpsc::channel();
///         self.thread.send((message.to_vec(), answer)).map_err(|_| Error::Unavailable)?;
///         Ok(signature.recv().map_err(|_| Error::Unavailable)??)
///     }
/// }
///
/// # let mut rng = UnwrapErr(SysRng);
/// # let identifier = Identifier::tel_monthly(2026, 11, "tel:+447700900123")?;
/// # let kms = KmsSecretKey::generate(&mut rng)?;
/// # let kpak = *kms.public_key();
/// # let key = kms.issue(&mut rng, identifier)?;
/// let (thread, orders) = mpsc::channel::<Order>();
/// thread::spawn(move || {
///     for (message, answer) in orders {
///         _ = answer.send(key.sign(&mut UnwrapErr(SysRng), &message));
///     }
/// });
/// let key = Elsewhere { identifier, kpak, thread };
/// let signature = key.sign_as(&mut rng, &identifier, &kpak, b"message")?;
/// kpak.verifying_key(identifier).verify(b"message", &signature)?;
/// # Ok::<(), Error>(())
/// ```
pub trait Sign {
    /// Whether this is, or has, the key of this identifier under the KMS with this KPAK. An implementation answers
    /// without the key itself, which may be out of reach.
    fn has_signing_key(&self, identifier: &Identifier, kpak: &KmsPublicKey) -> bool;

    /// Section 5.2.1: the signature as it comes from the place where SSK is, verified or not. Call
    /// [`sign_as`](Self::sign_as) instead.
    ///
    /// `rng` is the caller's generator. An implementation that has a generator of its own beside SSK need not use it.
    ///
    /// Secret: SSK, j. Public: everything else.
    ///
    /// Errors: [`Error::KeyMismatch`] if there is no such key; [`Error::Unavailable`] if SSK can't be reached;
    /// [`Error::Fault`].
    fn signature<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identifier: &Identifier,
        kpak: &KmsPublicKey,
        message: &[u8],
    ) -> Result<Signature, TryError<R::Error>>;

    /// A signature over `message` that verifies as this identifier's under that KMS. A signature that doesn't verify is
    /// withheld, because one that a fault spoilt could give SSK away.
    ///
    /// A type that verifies its signatures itself need not do it twice: it implements this method too.
    ///
    /// Errors: those of [`signature`](Self::signature); [`Error::Fault`] if the signature doesn't verify.
    fn sign_as<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identifier: &Identifier,
        kpak: &KmsPublicKey,
        message: &[u8],
    ) -> Result<Signature, TryError<R::Error>> {
        if !self.has_signing_key(identifier, kpak) {
            return Err(Error::KeyMismatch.into());
        }
        let signature = self.signature(rng, identifier, kpak, message)?;
        let verified = kpak.verifying_key(identifier).verify(message, &signature);
        verified.map_err(|_| Error::Fault)?;
        Ok(signature)
    }
}

impl Sign for SigningKey {
    fn has_signing_key(&self, identifier: &Identifier, kpak: &KmsPublicKey) -> bool {
        self.is_for(identifier, kpak)
    }

    fn signature<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identifier: &Identifier,
        kpak: &KmsPublicKey,
        message: &[u8],
    ) -> Result<Signature, TryError<R::Error>> {
        key_of(slice::from_ref(self), identifier, kpak)?.try_sign(rng, message)
    }

    fn sign_as<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identifier: &Identifier,
        kpak: &KmsPublicKey,
        message: &[u8],
    ) -> Result<Signature, TryError<R::Error>> {
        // `try_sign` has checked it before its release.
        self.signature(rng, identifier, kpak, message)
    }
}

impl<K: Sign> Sign for [K] {
    fn has_signing_key(&self, identifier: &Identifier, kpak: &KmsPublicKey) -> bool {
        key_of(self, identifier, kpak).is_ok()
    }

    fn signature<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identifier: &Identifier,
        kpak: &KmsPublicKey,
        message: &[u8],
    ) -> Result<Signature, TryError<R::Error>> {
        key_of(self, identifier, kpak)?.signature(rng, identifier, kpak, message)
    }

    fn sign_as<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identifier: &Identifier,
        kpak: &KmsPublicKey,
        message: &[u8],
    ) -> Result<Signature, TryError<R::Error>> {
        key_of(self, identifier, kpak)?.sign_as(rng, identifier, kpak, message)
    }
}

/// The last of the keys that belong to this identifier.
fn key_of<'k, K: Sign>(
    keys: &'k [K],
    identifier: &Identifier,
    kpak: &KmsPublicKey,
) -> Result<&'k K, Error> {
    let key = keys.iter().rfind(|key| key.has_signing_key(identifier, kpak));
    key.ok_or(Error::KeyMismatch)
}

/// Implements [`Sign`] for a type that passes each call on to another.
macro_rules! signs_with {
    ($(#[$doc:meta])* [$($generics:tt)*] $from:ty, $to:expr) => {
        $(#[$doc])*
        impl<$($generics)*> $crate::eccsi::Sign for $from {
            fn has_signing_key(
                &self,
                identifier: &$crate::Identifier,
                kpak: &$crate::eccsi::KmsPublicKey,
            ) -> bool {
                $to(self).has_signing_key(identifier, kpak)
            }

            fn signature<R: rand_core::TryCryptoRng + ?Sized>(
                &self,
                rng: &mut R,
                identifier: &$crate::Identifier,
                kpak: &$crate::eccsi::KmsPublicKey,
                message: &[u8],
            ) -> Result<$crate::eccsi::Signature, $crate::TryError<R::Error>> {
                $to(self).signature(rng, identifier, kpak, message)
            }

            fn sign_as<R: rand_core::TryCryptoRng + ?Sized>(
                &self,
                rng: &mut R,
                identifier: &$crate::Identifier,
                kpak: &$crate::eccsi::KmsPublicKey,
                message: &[u8],
            ) -> Result<$crate::eccsi::Signature, $crate::TryError<R::Error>> {
                $to(self).sign_as(rng, identifier, kpak, message)
            }
        }
    };
}

signs_with!([K: Sign, const N: usize] [K; N], <[K; N]>::as_slice);
signs_with!([K: Sign + ?Sized] &K, Deref::deref);

#[cfg(feature = "kms")]
pub(crate) use signs_with;
