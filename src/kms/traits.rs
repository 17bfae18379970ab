//! TS 33.180 5.3.3 for keys that live elsewhere: TrK and InK of a client.
//!
//! A key may be in an HSM, on a card, or in another process. Whoever needs one takes any type with these traits,
//! and the keys of this crate are the first that have them. The calls block until the answer is there.

use alloc::vec::Vec;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::wrap;
use super::{
    Error, IntegrityKey, KeyContent, KeyWrap, Reading, SharedKeyId, TransportKey, WrappedKey,
};
use crate::ct;

/// What a key that client and KMS share is called, wherever it lives.
pub trait SharedKey {
    /// Its identifier: TrK-ID or InK-ID.
    fn id(&self) -> SharedKeyId;

    /// Its name, if it has one: XML encryption and signatures have them.
    fn name(&self) -> Option<&str> {
        None
    }
}

/// What unwraps: a transport key, or what stands for one that lives elsewhere.
///
/// The first function is what AES does, and what a key that lives elsewhere must do. The others are made of it. A new
/// transport key that isn't to enter the process either is unwrapped where the old one lives, from
/// [`WrappedKey::octets`].
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
    /// RFC 3394 or RFC 5649: the octets inside of `wrapped`, as many as there are.
    ///
    /// It is called once for each length that the key may have: nine times at most for an SSK, before which octets of 00
    /// may stand, and twice as often if the reading is open.
    ///
    /// Secret: both keys. Public: `wrapped`, the length of what is inside, the outcome.
    ///
    /// Errors: [`Error::Length`]; [`Error::Unwrap`] for whatever doesn't open; [`Error::Primitive`] if the key
    /// couldn't be used: [`Unavailable`](crate::Error::Unavailable) if it can't be reached.
    fn unwrap_key(&self, wrap: KeyWrap, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error>;

    /// The key of `len` octets inside of `wrapped`.
    ///
    /// Secret: both keys. Public: `wrapped`, `len`, the outcome.
    ///
    /// Errors: [`Error::TransportKey`] if another is named; [`Error::Length`] if no such key can be
    /// inside; [`Error::Unwrap`]; [`Error::Primitive`] if the key couldn't be used.
    fn unwrap(
        &self,
        wrapped: &WrappedKey,
        len: usize,
        reading: Reading,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        wrap::unwrap(self, wrapped, len..=len, reading)
    }

    /// The transport key that is to replace this one, as it came in a message.
    ///
    /// Errors: [`Error::Protection`] for one in clear; the others of [`unwrap`](Self::unwrap).
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

    /// The integrity key that is to be used from now on, as it came in a message.
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

/// What signs requests and answers: an integrity key, a transport key, or what stands for one that lives elsewhere.
pub trait Mac: SharedKey {
    /// HMAC-SHA-256 over octets that the caller has canonicalised, all 256 bits.
    ///
    /// Secret: the key; the MAC too, until it is sent. Public: `signed`.
    ///
    /// Errors: [`Unavailable`](crate::Error::Unavailable) if the key can't be reached,
    /// [`Fault`](crate::Error::Fault).
    fn try_mac(&self, signed: &[u8]) -> Result<[u8; 32], crate::Error>;

    /// Whether `mac` is that of `signed`; a shortened one isn't.
    ///
    /// Secret: the key. Public: `signed`, `mac`, the outcome.
    ///
    /// Errors: [`Error::Length`] unless `mac` has 32 octets; [`Error::Mac`]; [`Error::Primitive`] if the key
    /// couldn't be used.
    fn verify(&self, signed: &[u8], mac: &[u8]) -> Result<(), Error> {
        let mac: &[u8; 32] = mac.try_into().map_err(|_| Error::Length)?;
        let own = Zeroizing::new(self.try_mac(signed)?);
        // The outcome of the check is about to be told.
        if ct::declassify(own.as_slice().ct_eq(mac)) { Ok(()) } else { Err(Error::Mac) }
    }
}
