//! Keys with their tables, for those who use one key many times.
//!
//! | prepared | KiB | with IFMA |
//! |---|---|---|
//! | [`PreparedKmsPublicKey`] | 48 | 160 |
//! | [`PreparedRecipient`] | 48 | 80 |
//!
//! Building either takes about as long as an encapsulation with nothing prepared, so it pays from
//! the second message on.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::{Recipient, seal};
use crate::curve::{CombBesideP, PreparedComb};
use crate::error::Error;
use crate::identifier::Identifier;
use crate::sakke::{Encapsulation, KmsPublicKey, SharedSecret, hash};
use crate::torus::Torus;

/// A KMS public key with the comb of Z: fast for every recipient of that KMS, known or not.
///
/// 48 KiB on the heap beside the key, 160 KiB where AVX-512 IFMA runs. Public, like the key.
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
    /// [`Error::Fault`] if R comes out as no point of the curve.
    pub fn encapsulate(&self, id: &Identifier, ssv: &SharedSecret) -> Result<Encapsulation, Error> {
        let r = hash::r(ssv, id);
        let big_r = Zeroizing::new(self.comb.mul(&r.mul(&id.to_scalar()), &r));
        seal(ssv, &big_r, &Torus::pow_g(&r)).or_else(|error| {
            // R is O too if the recipient's point is.
            self.key.recipient(id)?;
            Err(error)
        })
    }

    /// One SSV to each of the recipients, in their order: a group key to its members.
    ///
    /// To show progress, or to spread the work over cores, call it for chunks of them.
    ///
    /// Errors: as of [`encapsulate`](Self::encapsulate), for any of them.
    pub fn encapsulate_to_all(
        &self,
        ids: &[Identifier],
        ssv: &SharedSecret,
    ) -> Result<Vec<Encapsulation>, Error> {
        ids.iter().map(|id| self.encapsulate(id, ssv)).collect()
    }
}

/// A recipient with the comb of \[b\]P + Z.
///
/// 48 KiB on the heap beside the recipient, 80 KiB where AVX-512 IFMA runs. Public.
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
    /// Errors: [`Error::Fault`] if R comes out as no point of the curve.
    pub fn encapsulate(&self, ssv: &SharedSecret) -> Result<Encapsulation, Error> {
        let r = hash::r(ssv, self.recipient.identifier());
        let big_r = Zeroizing::new(self.comb.mul(&r));
        seal(ssv, &big_r, &Torus::pow_g(&r))
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
