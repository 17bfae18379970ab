//! RFC 6508 section 6.2.2 with the part of the pairing that depends on K alone computed in advance.

use core::fmt;

use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{Opened, ReceiverKey};
use crate::ct;
use crate::curve::{Edwards, PreparedComb};
use crate::error::Error;
use crate::fault;
use crate::field::Fp;
use crate::identifier::Identifier;
use crate::pairing::Prepared;
use crate::sakke::{Encapsulation, KmsPublicKey, SharedSecret, hash};
use crate::scalar::Scalar;
use crate::torus::Torus;

/// A [`ReceiverKey`] that decapsulates faster and takes more memory: 488,064 octets on the heap, or 711,424
/// where AVX-512 IFMA runs.
///
/// [`ReceiverKey::prepare`] makes it. All of it is secret and wiped on drop. Don't store it: make it again from the
/// RSK.
pub struct PreparedReceiverKey {
    pub(super) key: ReceiverKey,
    pub(super) functions: Prepared,
    /// The comb of the receiver's own point, for TEST. It is public.
    pub(super) own: PreparedComb,
}

impl ReceiverKey {
    /// Computes the functions of the pairing that belong to K.
    ///
    /// It takes as long as two and a half decapsulations, or six where AVX-512 IFMA runs. The decapsulations that
    /// follow are nearly three times as fast. So it pays from the fourth message on, or from the ninth.
    ///
    /// Secret: K. Leaks: nothing.
    ///
    /// Errors: [`Error::Fault`] if the computation doesn't end at \[q − 1\]K = −K. For every receiver key it does,
    /// unless a fault spoils it.
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    pub fn prepare(&self) -> Result<PreparedReceiverKey, Error> {
        // They are always there, because K was found to have order q.
        let functions = ct::reveal(Prepared::new(&self.k)).ok_or(Error::Fault)?;
        let own = PreparedComb::new(&self.kms.point_of(&self.id));
        Ok(PreparedReceiverKey { key: self.clone(), functions, own })
    }
}

impl PreparedReceiverKey {
    /// The identifier a.
    #[must_use]
    pub fn identifier(&self) -> &Identifier {
        self.key.identifier()
    }

    /// Whether this is the key of that identifier under that KMS.
    #[must_use]
    pub fn is_for(&self, id: &Identifier, kms: &KmsPublicKey) -> bool {
        self.key.is_for(id, kms)
    }

    /// Section 6.2.2. The results are those of [`ReceiverKey::decapsulate`].
    ///
    /// Secret: K, w, the SSV, r. Public: `encapsulation`, the outcome.
    ///
    /// Errors: [`Error::Rejected`], whatever the reason.
    pub fn decapsulate(&self, encapsulation: &Encapsulation) -> Result<SharedSecret, Error> {
        self.with_value(encapsulation, |w| {
            let accepts = |_: &Fp, r: &Scalar| self.is_test(encapsulation, r);
            Opened::new(hash::mask, w, &self.key.id, encapsulation, accepts).ssv()
        })
    }

    /// Step 2: the representative of w = ⟨R, K⟩ = ⟨K, R⟩.
    pub(super) fn with_value<T>(
        &self,
        encapsulation: &Encapsulation,
        then: impl FnOnce(&Fp) -> T,
    ) -> T {
        let mut w = Torus::from(self.functions.tate(&encapsulation.r));
        fault::at("w", &mut w);
        let mut w = Zeroizing::new(w.representative());
        fault::at("w, represented", &mut *w);
        then(&w)
    }

    /// Step 5. TEST lies in the group of order q, so this refuses an R of another order as well.
    pub(super) fn is_test(&self, encapsulation: &Encapsulation, r: &Scalar) -> Choice {
        let big_r = fault::passed("R", Edwards::from(&encapsulation.r));
        // The opposite of TEST. If a fault leaves R in its place, they differ, because R isn't its own opposite.
        let mut minus_test = Zeroizing::new(self.own.mul(&r.negate()));
        fault::at("−TEST", &mut *minus_test);
        minus_test.is_minus(&big_r)
    }
}

impl ConstantTimeEq for PreparedReceiverKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.key.ct_eq(&other.key)
    }
}

impl fmt::Debug for PreparedReceiverKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sakke::PreparedReceiverKey(..)")
    }
}

impl ZeroizeOnDrop for PreparedReceiverKey {}
