//! RFC 6508 section 6.2.2 for senders that may hash w without its leading zero octets.
//!
//! One w in 256 begins with 00, and for such a w the two readings give different masks. Suppose that a receiver tried
//! the second reading only if the first fails, or only if w begins with 00. The time that it takes would tell how
//! w = ⟨R, K⟩ begins, for an R that anybody may choose. So both readings are computed for every w. The caller learns
//! which one opened.

use subtle::{Choice, ConstantTimeEq};

use super::{Opened, PreparedReceiverKey, ReceiverKey};
use crate::ct;
use crate::error::Error;
use crate::fault;
use crate::field::Fp;
use crate::identifier::Identifier;
use crate::sakke::{Encapsulation, SharedSecret, hash};
use crate::scalar::Scalar;
use crate::wiped::stack_wiped;

/// How a sender hashed a w that begins with octets of 00.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum LeadingZeros {
    /// It hashed all 128 octets, as RFC 6508 says.
    Kept,
    /// It hashed w without them.
    Stripped,
}

impl ReceiverKey {
    /// [`decapsulate`](Self::decapsulate) for a sender that may hash w without its leading octets of 00, of which at
    /// most 8 are left out. It takes longer than `decapsulate`, and the same time for any Encapsulated Data.
    ///
    /// Secret: K, w, the SSV, r. Public: `encapsulation` and the outcome, which includes the reading that opened. For a
    /// w that has no leading 00 the two readings are the same, and it is [`LeadingZeros::Kept`].
    ///
    /// Errors: [`Error::Rejected`], whatever the reason.
    pub fn decapsulate_either(
        &self,
        encapsulation: &Encapsulation,
    ) -> Result<(SharedSecret, LeadingZeros), Error> {
        stack_wiped(|| {
            self.with_value(encapsulation, |w, has_order_q| {
                let accepts = |w: &Fp, r: &Scalar| Self::is_g_to(w, r) & has_order_q;
                Opened::either(w, &self.id, encapsulation, accepts)
            })
        })
    }
}

impl PreparedReceiverKey {
    /// [`ReceiverKey::decapsulate_either`], with the same results.
    ///
    /// Errors: [`Error::Rejected`], whatever the reason.
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    pub fn decapsulate_either(
        &self,
        encapsulation: &Encapsulation,
    ) -> Result<(SharedSecret, LeadingZeros), Error> {
        stack_wiped(|| {
            self.with_value(encapsulation, |w| {
                let accepts = |_: &Fp, r: &Scalar| self.is_test(encapsulation, r);
                Opened::either(w, &self.key.id, encapsulation, accepts)
            })
        })
    }
}

impl Opened {
    /// The SSV of the reading of w that opens, if one does.
    fn either(
        w: &Fp,
        b: &Identifier,
        encapsulation: &Encapsulation,
        accepts: impl Fn(&Fp, &Scalar) -> Choice,
    ) -> Result<(SharedSecret, LeadingZeros), Error> {
        let kept = Self::new(hash::mask, w, b, encapsulation, &accepts);
        let stripped = Self::new(hash::mask_of_stripped, w, b, encapsulation, &accepts);
        let mut ssv = stripped.ssv.clone();
        ssv.conditional_assign(&kept.ssv, kept.opens);
        fault::at("SSV, chosen", &mut ssv);
        // The SSV that leaves must be the one that r was computed from: a fault may have spoilt it since.
        let r = hash::r(&ssv, b);
        let is_kept = kept.opens & r.ct_eq(&kept.r);
        let is_stripped = stripped.opens & r.ct_eq(&stripped.r);
        if !fault::verdict(ct::declassify(is_kept | is_stripped)) {
            return Err(Error::Rejected);
        }
        let is_kept = ct::declassify(is_kept);
        let zeros = if is_kept { LeadingZeros::Kept } else { LeadingZeros::Stripped };
        Ok((ssv, zeros))
    }
}
