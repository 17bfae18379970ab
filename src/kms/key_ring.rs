//! TS 33.180 5.3.3: how the keys that a client shares with its KMS are replaced.

use alloc::vec;
use alloc::vec::Vec;

use subtle::ConstantTimeEq;
use zeroize::ZeroizeOnDrop;

use super::{
    Error, IntegrityKey, NewKeys, SharedKey, SharedKeyId, SharedKeys, TransportKey, Wrapping,
};
use crate::ct;

/// The keys that a client and its KMS share: those in use and, while they are being replaced, those that have been
/// offered. Each end has a ring, and stores it whenever it changes.
///
/// | step | KMS | client |
/// |---|---|---|
/// | 1 | makes keys with new identifiers and [`offer`](Self::offer)s them, then sends them with every answer, wrapped with the transport key in use: [`new_keys`](Self::new_keys) | unwraps them, and offers them to its own ring |
/// | 2 | finds the keys that a request names, [`named`](Self::named), and verifies the request with them | asks with the keys that were offered last, [`newest`](Self::newest) |
/// | 3 | a verified request names the new transport key: [`confirm`](Self::confirm) uses it from now on, and **deletes the old keys** | |
/// | 4 | wraps and signs its answer with the keys in use, which are the new ones | a verified answer names the new transport key: `confirm` **deletes the old keys** |
///
/// Neither end deletes its old keys before it has seen that the other end has the new ones. So a lost message locks
/// nobody out, at whatever step it is lost. A KMS that has lost its offer refuses a request under the offered keys,
/// with [`Error::TransportKey`]. The client then asks once more, under the keys in use, and **keeps the offer**. The
/// first request may still arrive, and then the offered keys are in use at the KMS. The next offer of the KMS replaces
/// this one.
///
/// The standard does not say where the identifier of a new key is sent. Here it is the key's `CarriedKeyName`, unless
/// the key has another name. [`SharedKeyId::from_name`] decodes it.
///
/// Only the TrK-ID distinguishes old keys from new ones. A new integrity key comes with a new transport key. Every
/// device needs keys of its own: if two devices shared them, a request of one would make the KMS delete the keys of the
/// other.
///
/// ```
/// use eccsi_sakke::kms::{
///     Error, KeyRing, Reading, SharedKeyId, SharedKeys, TransportKey, UnwrapKey, Wrapping,
/// };
/// # use getrandom::{SysRng, rand_core::UnwrapErr};
///
/// # let mut rng = UnwrapErr(SysRng);
/// let old = SharedKeys::new(TransportKey::generate(SharedKeyId(1), &mut rng), None);
/// let (mut kms, mut client) = (KeyRing::new(old.clone()), KeyRing::new(old));
///
/// // 1: the KMS offers a key, and the client takes it out of an answer.
/// kms.offer(TransportKey::generate(SharedKeyId(2), &mut rng), None)?;
/// let sent = kms.new_keys(Wrapping::Padded)?;
/// let trk = client.in_use().transport();
/// let new = trk.unwrap_transport_key(&sent.transport[0], SharedKeyId(2), Reading::default())?;
/// client.offer(new, None)?;
///
/// // 2: the client asks under the new key. 3: the KMS verifies the request and keeps only the new key.
/// let trk_id = Some(client.newest().transport().id());
/// let mac = client.newest().sign(b"request")?;
/// kms.named(trk_id)?.verify(b"request", trk_id, &mac)?;
/// kms.confirm(trk_id);
/// assert!(kms.offered().is_none());
///
/// // 4: the client verifies the answer and keeps only the new key too.
/// let trk_id = Some(kms.in_use().transport().id());
/// let mac = kms.in_use().sign(b"answer")?;
/// client.named(trk_id)?.verify(b"answer", trk_id, &mac)?;
/// client.confirm(trk_id);
/// assert!(matches!(client.named(Some(SharedKeyId(1))), Err(Error::TransportKey)));
/// # Ok::<(), Error>(())
/// ```
///
/// A client's keys may live elsewhere. Its ring then contains the types that stand for them, and an offer contains the
/// types that stand for the new keys.
#[derive(Clone, Debug)]
pub struct KeyRing<T = TransportKey, I = IntegrityKey> {
    in_use: SharedKeys<T, I>,
    offered: Option<SharedKeys<T, I>>,
}

impl<T: SharedKey, I> KeyRing<T, I> {
    /// A ring with these keys, which both ends know.
    #[must_use]
    pub const fn new(in_use: SharedKeys<T, I>) -> Self {
        Self { in_use, offered: None }
    }

    /// The keys that both ends have.
    #[must_use]
    pub const fn in_use(&self) -> &SharedKeys<T, I> {
        &self.in_use
    }

    /// The keys that the other end may not have yet.
    #[must_use]
    pub const fn offered(&self) -> Option<&SharedKeys<T, I>> {
        self.offered.as_ref()
    }

    /// The keys to ask with: those that were offered, or else those in use.
    #[must_use]
    pub fn newest(&self) -> &SharedKeys<T, I> {
        self.offered.as_ref().unwrap_or(&self.in_use)
    }

    /// The keys that verify a message, given the transport key that it names. If it names none, the keys in use.
    ///
    /// Errors: [`Error::TransportKey`] for an unknown identifier.
    pub fn named(&self, trk_id: Option<SharedKeyId>) -> Result<&SharedKeys<T, I>, Error> {
        let is_named =
            |keys: &&SharedKeys<T, I>| trk_id.is_none_or(|id| keys.transport().id() == id);
        [Some(&self.in_use), self.offered()]
            .into_iter()
            .flatten()
            .find(is_named)
            .ok_or(Error::TransportKey)
    }

    /// Offers keys that are to replace those in use. They replace any earlier offer. Without a new integrity key, the
    /// one in use stays.
    ///
    /// **Never give the same identifier to two keys**, not even after a crash or with a restored backup. The other end
    /// says by the identifier which key it has. Draw it at random.
    ///
    /// Errors: [`Error::TransportKey`] if the transport key in use, or a different key that was offered, has the same
    /// identifier.
    pub fn offer(&mut self, transport: T, integrity: Option<I>) -> Result<(), Error>
    where
        T: ConstantTimeEq,
        I: Clone,
    {
        let is_taken = |keys: &SharedKeys<T, I>| {
            let other = keys.transport();
            // The caller learns whether the same key is offered again.
            other.id() == transport.id() && !ct::declassify(other.ct_eq(&transport))
        };
        let is_in_use = transport.id() == self.in_use.transport().id();
        if is_in_use || self.offered().is_some_and(is_taken) {
            return Err(Error::TransportKey);
        }
        let integrity = integrity.or_else(|| self.in_use.integrity().cloned());
        self.offered = Some(SharedKeys::of(transport, integrity));
        Ok(())
    }

    /// Call this when a **verified** message of the other end has named this transport key. If it is the offered one,
    /// both ends have it: it is in use from now on, and the old keys are wiped.
    pub fn confirm(&mut self, trk_id: Option<SharedKeyId>) {
        if let Some(new) = self.offered.take_if(|new| trk_id == Some(new.transport().id())) {
            self.in_use = new;
        }
    }
}

impl KeyRing {
    /// The offered keys in the form that an answer contains: wrapped with the transport key in use. Empty if nothing
    /// has been offered, and without an integrity key if that does not change.
    ///
    /// Secret: the keys. Public: the wrapped octets, and whether the integrity key changes.
    ///
    /// Errors: none, because every way of wrapping accepts 32 octets.
    pub fn new_keys(&self, wrapping: Wrapping) -> Result<NewKeys, Error> {
        let Some(new) = &self.offered else { return Ok(NewKeys::default()) };
        let trk = self.in_use.transport();
        let old = self.in_use.integrity();
        // The message shows whether there is a new integrity key.
        let is_new = |new: &&IntegrityKey| !old.is_some_and(|old| ct::declassify(new.ct_eq(old)));
        let integrity = match new.integrity().filter(is_new) {
            Some(new) => vec![trk.wrap_integrity_key(new, wrapping)?],
            None => Vec::new(),
        };
        Ok(NewKeys {
            transport: vec![trk.wrap_transport_key(new.transport(), wrapping)?],
            integrity,
        })
    }
}

impl<T: ZeroizeOnDrop, I: ZeroizeOnDrop> ZeroizeOnDrop for KeyRing<T, I> {}
