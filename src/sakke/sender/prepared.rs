//! Public keys and recipients with precomputed tables: prepare one that you use many times.
//!
//! | prepared | KiB | with IFMA |
//! |---|---|---|
//! | [`PreparedKmsPublicKey`] | 48 | 156 |
//! | [`PreparedRecipient`] | 48 | 96 |
//!
//! To prepare either takes as long as one or two encapsulations without preparation. It pays from the
//! second or third message on.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::{Inverses, Recipient, Unsealed};
use crate::curve::{CombBesideP, PreparedComb};
use crate::error::Error;
use crate::field::Fp;
use crate::identifier::Identifier;
use crate::sakke::{Encapsulation, KmsPublicKey, SharedSecret, hash};
use crate::scalar::Scalar;
use crate::torus::Torus;

/// A KMS public key with the comb of Z. It encapsulates fast to every recipient of that KMS, even to one that it
/// meets for the first time.
///
/// The comb takes 48 KiB on the heap, or 156 KiB where AVX-512 IFMA runs. It is public, like the key.
#[derive(Clone)]
pub struct PreparedKmsPublicKey {
    key: KmsPublicKey,
    comb: CombBesideP,
}

impl KmsPublicKey {
    /// Computes the comb of Z. It takes about as long as one encapsulation.
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    #[must_use]
    pub fn prepare(&self) -> PreparedKmsPublicKey {
        PreparedKmsPublicKey { key: *self, comb: CombBesideP::new(&self.to_edwards()) }
    }
}

impl PreparedKmsPublicKey {
    /// The key itself.
    #[must_use]
    pub fn public_key(&self) -> &KmsPublicKey {
        &self.key
    }

    /// Section 6.2.1 with a chosen SSV, to the recipient `id`: R = \[rb\]P + \[r\]Z, which is
    /// \[r\](\[b\]P + Z).
    ///
    /// The result has the same octets as that of [`Recipient::encapsulate`].
    ///
    /// Secret: the SSV, r, gʳ. Public: `id`, the result.
    ///
    /// Errors: [`Error::Identifier`] if \[b\]P + Z is O, which means that the identifier has no key;
    /// [`Error::Fault`] if the computation went wrong.
    pub fn encapsulate(&self, id: &Identifier, ssv: &SharedSecret) -> Result<Encapsulation, Error> {
        let r = hash::r(ssv, id);
        let big_r = Zeroizing::new(self.comb.mul(&r.mul(&id.to_scalar()), &r));
        let unsealed = Unsealed { ssv, b: id, r: &r, big_r: &big_r, g_r: &Torus::pow_g(&r) };
        unsealed.seal().map_err(|error| self.explain(error, id))
    }

    /// If the recipient's point is O, then so is R, and the identifier is at fault.
    fn explain(&self, error: Error, id: &Identifier) -> Error {
        self.key.recipient(id).err().unwrap_or(error)
    }

    /// Encapsulates one SSV to each of the recipients, in their order: a group key to the members of its group.
    ///
    /// Where AVX-512 IFMA runs, it computes eight at a time. To show progress, or to spread the work over
    /// cores, call it for chunks whose length is a multiple of eight.
    ///
    /// Errors: those of [`encapsulate`](Self::encapsulate), if any of the recipients has one.
    pub fn encapsulate_to_all(
        &self,
        ids: &[Identifier],
        ssv: &SharedSecret,
    ) -> Result<Vec<Encapsulation>, Error> {
        self.encapsulate_all(ids, |id| (id, ssv))
    }

    /// Encapsulates to each of the recipients an SSV of its own, in their order. Otherwise it is like
    /// [`encapsulate_to_all`](Self::encapsulate_to_all).
    ///
    /// Errors: those of [`encapsulate`](Self::encapsulate), if any of the recipients has one.
    pub fn encapsulate_each(
        &self,
        recipients: &[(Identifier, SharedSecret)],
    ) -> Result<Vec<Encapsulation>, Error> {
        self.encapsulate_all(recipients, |(id, ssv)| (id, ssv))
    }

    /// `parts` gives the recipient and the SSV of an item.
    fn encapsulate_all<'i, T>(
        &self,
        items: &'i [T],
        parts: impl Fn(&'i T) -> (&'i Identifier, &'i SharedSecret),
    ) -> Result<Vec<Encapsulation>, Error> {
        let mut sealed = Vec::with_capacity(items.len());
        for chunk in items.chunks(8) {
            // A single item has no inversion to share.
            if let [item] = chunk {
                let (id, ssv) = parts(item);
                sealed.push(self.encapsulate(id, ssv)?);
                break;
            }
            let mut k = [Scalar::ZERO; 8];
            let mut r = [Scalar::ZERO; 8];
            for ((k, r), (id, ssv)) in k.iter_mut().zip(&mut r).zip(chunk.iter().map(&parts)) {
                *r = hash::r(ssv, id);
                *k = r.mul(&id.to_scalar());
            }
            let (k, r) = (&k[..chunk.len()], &r[..chunk.len()]);
            let big_r = Zeroizing::new(self.comb.mul_all(k, r));
            let g_r = Torus::pow_g_all(r);
            // One inversion for all denominators: those of the R come first, then those of the gʳ.
            let mut inverses = Zeroizing::new([Fp::ZERO; 16]);
            let (of_r, of_g_r) = inverses.split_at_mut(8);
            for lane in 0..8 {
                of_r[lane] = big_r[lane].affine_denominator();
                of_g_r[lane] = g_r[lane].denominator();
            }
            Fp::invert_all(&mut inverses);
            for (lane, (id, ssv)) in chunk.iter().map(&parts).enumerate() {
                let unsealed =
                    Unsealed { ssv, b: id, r: &r[lane], big_r: &big_r[lane], g_r: &g_r[lane] };
                let inverses = Inverses { of_big_r: inverses[lane], of_g_r: inverses[lane + 8] };
                let one = unsealed.seal_over(inverses);
                sealed.push(one.map_err(|error| self.explain(error, id))?);
            }
        }
        Ok(sealed)
    }
}

/// A recipient with the comb of \[b\]P + Z.
///
/// The comb takes 48 KiB on the heap, or 96 KiB where AVX-512 IFMA runs. It is public.
#[derive(Clone)]
pub struct PreparedRecipient {
    recipient: Recipient,
    comb: PreparedComb,
}

impl Recipient {
    /// Computes the comb of this recipient's point. It takes about as long as one encapsulation.
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    #[must_use]
    pub fn prepare(&self) -> PreparedRecipient {
        PreparedRecipient { recipient: *self, comb: PreparedComb::new(self.as_edwards()) }
    }
}

impl PreparedRecipient {
    /// The recipient itself.
    #[must_use]
    pub fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    /// Section 6.2.1 with a chosen SSV. The result has the same octets as that of [`Recipient::encapsulate`].
    ///
    /// Secret: the SSV, r, gʳ. Public: the result.
    ///
    /// Errors: [`Error::Fault`] if the computation went wrong.
    pub fn encapsulate(&self, ssv: &SharedSecret) -> Result<Encapsulation, Error> {
        let b = self.recipient.identifier();
        let r = hash::r(ssv, b);
        let big_r = Zeroizing::new(self.comb.mul(&r));
        Unsealed { ssv, b, r: &r, big_r: &big_r, g_r: &Torus::pow_g(&r) }.seal()
    }
}

impl fmt::Debug for PreparedKmsPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("sakke::PreparedKmsPublicKey").field(&self.key).finish()
    }
}

impl fmt::Debug for PreparedRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("sakke::PreparedRecipient").field(&self.recipient).finish()
    }
}
