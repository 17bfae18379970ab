//! TS 33.180 5.3.3: how the keys that a client shares with its KMS are replaced.

use alloc::vec;
use alloc::vec::Vec;

use subtle::ConstantTimeEq;
use zeroize::ZeroizeOnDrop;

use super::{
    Error, IntegrityKey, NewKeys, SharedKey, SharedKeyId, SharedKeys, TransportKey, Wrapping,
};
use crate::ct;

/// The keys that a client and its KMS share: those in use, and while they are being replaced, those
/// that have been offered. Each end has one, and stores it whenever it changes.
///
/// | step | KMS | client |
/// |---|---|---|
/// | 1 | makes keys under new identifiers and [`offer`](Self::offer)s them, then sends them with every answer, wrapped with the transport key in use: [`new_keys`](Self::new_keys) | unwraps them, and offers them to its own ring |
/// | 2 | finds the keys that a request names, [`named`](Self::named), and verifies it with them | asks with the keys that were offered last, [`newest`](Self::newest) |
/// | 3 | a verified request names the new transport key: [`confirm`](Self::confirm) uses it from now on, and **the old keys go** | |
/// | 4 | wraps and signs its answer with the keys in use, which are the new ones | a verified answer names the new transport key: `confirm`, and **the old keys go** |
///
/// No end gives up its old keys before it has seen that the other has the new ones, so that a message
/// that is lost, at whatever step, locks nobody out. A KMS that has lost what it offered refuses a request under
/// it, with [`Error::TransportKey`]. The client then asks once more, under the keys in use, and **keeps the offer**: the
/// first request may still be on its way, and if the KMS receives it the offer is in use there. What the KMS offers
/// next takes the place of the offer.
///
/// The standard doesn't say where the identifier of a new key stands. Here it goes along as the key's `CarriedKeyName`,
/// unless the key has another name: [`SharedKeyId::from_name`] takes it out.
///
/// Only the TrK-ID tells old keys from new ones. A new integrity key comes with a new transport key, and
/// every device has keys of its own: of two that share them, one would make the KMS give up the other's.
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
/// // 2: a request under the new key. 3: once it is verified, the KMS has the new key alone.
/// let trk_id = Some(client.newest().transport().id());
/// let mac = client.newest().sign(b"request")?;
/// kms.named(trk_id)?.verify(b"request", trk_id, &mac)?;
/// kms.confirm(trk_id);
/// assert!(kms.offered().is_none());
///
/// // 4: so has the client, once the answer is verified.
/// let trk_id = Some(kms.in_use().transport().id());
/// let mac = kms.in_use().sign(b"answer")?;
/// client.named(trk_id)?.verify(b"answer", trk_id, &mac)?;
/// client.confirm(trk_id);
/// assert!(matches!(client.named(Some(SharedKeyId(1))), Err(Error::TransportKey)));
/// # Ok::<(), Error>(())
/// ```
///
/// A client's keys may live elsewhere. Its ring has what stands for them, and to replace them is to offer what stands
/// for the new ones.
#[derive(Clone, Debug)]
pub struct KeyRing<T = TransportKey, I = IntegrityKey> {
    in_use: SharedKeys<T, I>,
    offered: Option<SharedKeys<T, I>>,
}

impl<T: SharedKey, I> KeyRing<T, I> {
    /// These keys, known to both ends.
    #[must_use]
    pub const fn new(in_use: SharedKeys<T, I>) -> Self {
        Self { in_use, offered: None }
    }

    /// What both ends have.
    #[must_use]
    pub const fn in_use(&self) -> &SharedKeys<T, I> {
        &self.in_use
    }

    /// What the other end may not have yet.
    #[must_use]
    pub const fn offered(&self) -> Option<&SharedKeys<T, I>> {
        self.offered.as_ref()
    }

    /// What a client asks with: what was offered, or else what is in use.
    #[must_use]
    pub fn newest(&self) -> &SharedKeys<T, I> {
        self.offered.as_ref().unwrap_or(&self.in_use)
    }

    /// The keys of the transport key that a message names, which verify it: those in use if it names
    /// none.
    ///
    /// Errors: [`Error::TransportKey`] for an identifier that isn't known.
    pub fn named(&self, trk_id: Option<SharedKeyId>) -> Result<&SharedKeys<T, I>, Error> {
        let is_named =
            |keys: &&SharedKeys<T, I>| trk_id.is_none_or(|id| keys.transport().id() == id);
        [Some(&self.in_use), self.offered()]
            .into_iter()
            .flatten()
            .find(is_named)
            .ok_or(Error::TransportKey)
    }

    /// Keys that are to replace those in use, in the place of any offered before. Without a new integrity
    /// key the one in use stays.
    ///
    /// **An identifier is never given to two keys**, not after a crash or a restored backup either: by it the other end
    /// says which key it has. Draw it at random.
    ///
    /// Errors: [`Error::TransportKey`] if the transport key in use, or another that was offered, has the same
    /// identifier.
    pub fn offer(&mut self, transport: T, integrity: Option<I>) -> Result<(), Error>
    where
        T: ConstantTimeEq,
        I: Clone,
    {
        let is_taken = |keys: &SharedKeys<T, I>| {
            let other = keys.transport();
            // Whether it is offered again is about to be told.
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

    /// The other end has **verifiably** named this transport key. If it is the one offered, both ends
    /// have it: it is in use from now on, and the old keys are wiped.
    pub fn confirm(&mut self, trk_id: Option<SharedKeyId>) {
        if let Some(new) = self.offered.take_if(|new| trk_id == Some(new.transport().id())) {
            self.in_use = new;
        }
    }
}

impl KeyRing {
    /// What has been offered, as it goes into an answer: wrapped with the transport key in use. Nothing
    /// if nothing has been offered; no integrity key if it stays as it is.
    ///
    /// Secret: the keys. Public: the wrapped octets, whether the integrity key stays.
    ///
    /// Errors: none; 32 octets can be wrapped in every way.
    pub fn new_keys(&self, wrapping: Wrapping) -> Result<NewKeys, Error> {
        let Some(new) = &self.offered else { return Ok(NewKeys::default()) };
        let trk = self.in_use.transport();
        let old = self.in_use.integrity();
        // Whether there is a new one is seen in the message.
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
