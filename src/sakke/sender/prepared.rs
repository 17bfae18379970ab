//! Keys with their tables, for those who use one key many times.
//!
//! | prepared | KiB | with IFMA |
//! |---|---|---|
//! | [`PreparedKmsPublicKey`] | 48 | 156 |
//! | [`PreparedRecipient`] | 48 | 96 |
//!
//! Building either takes as long as one or two encapsulations with nothing prepared, so it pays from
//! the second or third message on.

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

/// A KMS public key with the comb of Z: fast for every recipient of that KMS, known or not.
///
/// 48 KiB on the heap beside the key, 156 KiB where AVX-512 IFMA runs. Public, like the key.
#[derive(Clone)]
pub struct PreparedKmsPublicKey {
    key: KmsPublicKey,
    comb: CombBesideP,
}

impl KmsPublicKey {
    /// This key with the comb of Z. It costs about as much as one encapsulation.
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
    /// The octets are those of [`Recipient::encapsulate`].
    ///
    /// Secret: the SSV, r, gʳ. Public: `id`, the result.
    ///
    /// Errors: [`Error::Identifier`] if \[b\]P + Z is O, when the identifier has no key;
    /// [`Error::Fault`] if the computation went wrong.
    pub fn encapsulate(&self, id: &Identifier, ssv: &SharedSecret) -> Result<Encapsulation, Error> {
        let r = hash::r(ssv, id);
        let big_r = Zeroizing::new(self.comb.mul(&r.mul(&id.to_scalar()), &r));
        let unsealed = Unsealed { ssv, b: id, r: &r, big_r: &big_r, g_r: &Torus::pow_g(&r) };
        unsealed.seal().map_err(|error| self.explain(error, id))
    }

    /// R is O too if the recipient's point is: then the identifier is at fault.
    fn explain(&self, error: Error, id: &Identifier) -> Error {
        self.key.recipient(id).err().unwrap_or(error)
    }

    /// One SSV to each of the recipients, in their order: a group key to its members.
    ///
    /// Eight at a time where AVX-512 IFMA runs. To show progress, or to spread the work over cores,
    /// call it for chunks of a multiple of eight.
    ///
    /// Errors: as of [`encapsulate`](Self::encapsulate), for any of them.
    pub fn encapsulate_to_all(
        &self,
        ids: &[Identifier],
        ssv: &SharedSecret,
    ) -> Result<Vec<Encapsulation>, Error> {
        self.encapsulate_all(ids, |id| (id, ssv))
    }

    /// To each of the recipients an SSV of its own, in their order; otherwise as
    /// [`encapsulate_to_all`](Self::encapsulate_to_all).
    ///
    /// Errors: as of [`encapsulate`](Self::encapsulate), for any of them.
    pub fn encapsulate_each(
        &self,
        recipients: &[(Identifier, SharedSecret)],
    ) -> Result<Vec<Encapsulation>, Error> {
        self.encapsulate_all(recipients, |(id, ssv)| (id, ssv))
    }

    /// `parts` tells an item's recipient and SSV.
    fn encapsulate_all<'i, T>(
        &self,
        items: &'i [T],
        parts: impl Fn(&'i T) -> (&'i Identifier, &'i SharedSecret),
    ) -> Result<Vec<Encapsulation>, Error> {
        let mut sealed = Vec::with_capacity(items.len());
        for chunk in items.chunks(8) {
            // Alone, it has no inversion to share.
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
            // One inversion for all: of the denominators of R, and after them of gʳ.
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
/// 48 KiB on the heap beside the recipient, 96 KiB where AVX-512 IFMA runs. Public.
#[derive(Clone)]
pub struct PreparedRecipient {
    recipient: Recipient,
    comb: PreparedComb,
}

impl Recipient {
    /// This recipient with the comb of its point. It costs about as much as one encapsulation.
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

    /// Section 6.2.1 with a chosen SSV; the octets are those of [`Recipient::encapsulate`].
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
