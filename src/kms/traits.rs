//! TS 33.180 5.3.3 for keys that live elsewhere: TrK and InK of a client.
//!
//! A key may live in an HSM, on a card, or in another process. Functions that use a key accept any type with these
//! traits, which the keys of this crate implement too. The calls block until the result is there.

use alloc::vec::Vec;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::wrap;
use super::{
    Error, IntegrityKey, KeyContent, KeyWrap, Reading, SharedKeyId, TransportKey, WrappedKey,
};
use crate::ct;

/// The names of a key that client and KMS share, wherever the key lives.
pub trait SharedKey {
    /// Its identifier: TrK-ID or InK-ID.
    fn id(&self) -> SharedKeyId;

    /// Its name, if it has one, as XML encryption and signatures use it.
    fn name(&self) -> Option<&str> {
        None
    }
}

/// A transport key, or a type that stands for one that lives elsewhere.
///
/// The first function is AES key unwrapping, which a key that lives elsewhere must implement. The other functions are
/// made from it. If a new transport key must not enter the process either, unwrap [`WrappedKey::octets`] where the old
/// key lives.
///
/// ```
/// use eccsi_sakke::kms::{
///     Error, KeyWrap, Mac, Reading, SharedKey, SharedKeyId, SharedKeys, TransportKey, UnwrapKey, WrappedKey,
///     Wrapping,
/// };
/// use zeroize::Zeroizing;
///
/// /// An HSM with one key.
/// struct Hsm {
///     // Its connection.
///     # key: [u8; 32],
/// }
///
/// impl SharedKey for Hsm {
///     fn id(&self) -> SharedKeyId {
///         SharedKeyId(7)
///     }
/// }
///
/// impl UnwrapKey for Hsm {
///     fn unwrap_key(&self, wrap: KeyWrap, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
///         // Over the connection; if that is down: Err(eccsi_sakke::Error::Unavailable.into())
///         # wrap.unwrap(&self.key, wrapped)
///     }
/// }
///
/// impl Mac for Hsm {
///     fn try_mac(&self, signed: &[u8]) -> Result<[u8; 32], eccsi_sakke::Error> {
///         // Over the connection.
///         # Ok(TransportKey::new(self.id(), self.key).map_err(|_| eccsi_sakke::Error::Fault)?.mac(signed))
///     }
/// }
///
/// # let key = [1; 32];
/// # let hsm = Hsm { key };
/// let kms = SharedKeys::new(TransportKey::new(SharedKeyId(7), key)?, None);
/// let client = SharedKeys::of(hsm, None::<Hsm>);
///
/// let octets = kms.transport().wrap(&[2; 32], Wrapping::Padded)?;
/// let wrapped = WrappedKey { octets, ..WrappedKey::default() };
/// assert_eq!(*client.transport().unwrap(&wrapped, 32, Reading::default())?, [2; 32]);
/// kms.verify(b"request", Some(client.signature_id()), &client.sign(b"request")?)?;
/// # Ok::<(), Error>(())
/// ```
pub trait UnwrapKey: SharedKey {
    /// RFC 3394 or RFC 5649: unwraps the octets in `wrapped`, however many there are.
    ///
    /// This is called once for each possible length of the key. For an SSK, which octets 00 may precede, that is up to
    /// nine times, and twice as often with [`Reading::Any`].
    ///
    /// Secret: both keys. Public: `wrapped`, the length of the unwrapped key, the outcome.
    ///
    /// Errors: [`Error::Length`]; [`Error::Unwrap`] for anything that does not unwrap; [`Error::Primitive`] if the key
    /// could not be used, with [`Unavailable`](crate::Error::Unavailable) if it cannot be reached.
    fn unwrap_key(&self, wrap: KeyWrap, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error>;

    /// Unwraps a key of `len` octets.
    ///
    /// Secret: both keys. Public: `wrapped`, `len`, the outcome.
    ///
    /// Errors: [`Error::TransportKey`] if `wrapped` names another transport key; [`Error::Length`] if it cannot contain
    /// a key of this length; [`Error::Unwrap`]; [`Error::Primitive`] if the key could not be used.
    fn unwrap(
        &self,
        wrapped: &WrappedKey,
        len: usize,
        reading: Reading,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        wrap::unwrap(self, wrapped, len..=len, reading)
    }

    /// Unwraps a transport key from a message, which is to replace this one.
    ///
    /// Errors: [`Error::Protection`] for a key in clear; the others of [`unwrap`](Self::unwrap).
    #[doc(alias = "NewTransportKey")]
    fn unwrap_transport_key(
        &self,
        content: &KeyContent,
        id: SharedKeyId,
        reading: Reading,
    ) -> Result<TransportKey, Error> {
        let (octets, name) = wrap::unwrap_shared(self, content, reading)?;
        Ok(TransportKey::new(id, octets.as_slice())?.maybe_named(name))
    }

    /// Unwraps an integrity key from a message, which is to be used from now on.
    ///
    /// Errors: as of [`unwrap_transport_key`](Self::unwrap_transport_key).
    #[doc(alias = "NewIntegrityKey")]
    fn unwrap_integrity_key(
        &self,
        content: &KeyContent,
        id: SharedKeyId,
        reading: Reading,
    ) -> Result<IntegrityKey, Error> {
        let (octets, name) = wrap::unwrap_shared(self, content, reading)?;
        Ok(IntegrityKey::new(id, octets.as_slice())?.maybe_named(name))
    }
}

/// A key that signs requests and answers: an integrity key, a transport key, or a type that stands for one that lives
/// elsewhere.
pub trait Mac: SharedKey {
    /// HMAC-SHA-256 over canonicalised octets, not shortened.
    ///
    /// Secret: the key; the MAC too, until it is sent. Public: `signed`.
    ///
    /// Errors: [`Unavailable`](crate::Error::Unavailable) if the key cannot be reached,
    /// [`Fault`](crate::Error::Fault).
    fn try_mac(&self, signed: &[u8]) -> Result<[u8; 32], crate::Error>;

    /// Checks that `mac` is the MAC of `signed`, and not a shortened one.
    ///
    /// Secret: the key. Public: `signed`, `mac`, the outcome.
    ///
    /// Errors: [`Error::Length`] if `mac` does not have 32 octets; [`Error::Mac`]; [`Error::Primitive`] if the key
    /// could not be used.
    fn verify(&self, signed: &[u8], mac: &[u8]) -> Result<(), Error> {
        let mac: &[u8; 32] = mac.try_into().map_err(|_| Error::Length)?;
        let own = Zeroizing::new(self.try_mac(signed)?);
        // The caller learns the outcome of the check.
        if ct::declassify(own.as_slice().ct_eq(mac)) { Ok(()) } else { Err(Error::Mac) }
    }
}
