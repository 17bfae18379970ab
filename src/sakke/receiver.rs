//! RFC 6508 sections 6.1.2 and 6.2.2: a receiver's key, checked once, and opening with it.

use core::fmt;

use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{Encapsulation, KmsPublicKey, Recipient, SharedSecret, hash};
use crate::ct;
use crate::curve::{self, Affine, Edwards};
use crate::error::Error;
use crate::field::Fp;
use crate::identifier::Identifier;
use crate::pairing;
use crate::torus::Torus;

/// A receiver secret key K = \[1/(a + z)\]P, known to be its identifier's under this KMS.
///
/// Wiped on drop.
///
/// With the feature `alloc`, `prepare` makes a `PreparedReceiverKey` of it, which opens faster.
#[doc(alias("RSK", "K_(a,T)"))]
#[derive(Clone)]
pub struct ReceiverKey {
    pub(super) k: Affine<Fp>,
    /// The receiver as its senders see it, for TEST.
    pub(super) own: Recipient,
}

impl ReceiverKey {
    /// Octets of an encoded RSK, 04 ‖ x ‖ y.
    pub const LEN: usize = curve::OCTETS;

    /// Section 6.1.2: the key that a KMS delivered, if \[q\]K = O and ⟨\[a\]P + Z, K⟩ = g.
    ///
    /// The RFC asks for the equation alone. It holds as well for K plus a point of order 2 or 4,
    /// which isn't the identifier's key, and such a K is refused here.
    ///
    /// Secret: the RSK. Public: everything else, and the outcome.
    ///
    /// Errors: [`Error::Length`] unless 257 octets; [`Error::PointEncoding`],
    /// [`Error::NotOnCurve`], [`Error::WrongOrder`] for K; [`Error::Identifier`] if the identifier
    /// has no key under this KMS; [`Error::KeyMismatch`] if the equation doesn't hold.
    pub fn new(rsk: impl AsRef<[u8]>, id: &Identifier, kms: &KmsPublicKey) -> Result<Self, Error> {
        let k = Affine::from_bytes(rsk.as_ref().try_into().map_err(|_| Error::Length)?)?;
        let key = Self { k, own: kms.recipient(id)? };
        // The outcomes of validation are about to be told.
        if !ct::declassify(Edwards::from(&key.k).has_order_q()) {
            return Err(Error::WrongOrder);
        }
        let w = Torus::from(pairing::tate(&key.k, &key.own.to_affine()));
        if !ct::declassify(w.representative().ct_eq(&Torus::G.representative())) {
            return Err(Error::KeyMismatch);
        }
        Ok(key)
    }

    /// The identifier a.
    #[must_use]
    pub fn identifier(&self) -> &Identifier {
        self.own.identifier()
    }

    /// K, 257 octets.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 257]> {
        Zeroizing::new(self.k.to_bytes())
    }

    /// Section 6.2.2: the SSV, if it was encapsulated to this identifier under this KMS.
    ///
    /// Nothing of a candidate SSV leaves unless TEST = R, and everything up to that comparison
    /// takes the same time for any Encapsulated Data. RFC 6509 has the receiver verify the
    /// sender's signature first.
    ///
    /// Secret: K, w, the SSV, r. Public: `encapsulation`, the outcome.
    ///
    /// Errors: [`Error::Rejected`] for whatever reason.
    pub fn decapsulate(&self, encapsulation: &Encapsulation) -> Result<SharedSecret, Error> {
        // 2) w = ⟨R, K⟩ = ⟨K, R⟩: the argument known to have order q runs.
        let w = Torus::from(pairing::tate(&self.k, &encapsulation.r));
        self.open(&w, encapsulation)
    }

    /// [`decapsulate`](Self::decapsulate) with its intermediate values, which are secret. They
    /// too are given out only if TEST = R.
    #[cfg(feature = "hazmat")]
    #[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
    pub fn trace(&self, encapsulation: &Encapsulation) -> Result<DecapsulationTrace, Error> {
        let w = Torus::from(pairing::tate(&self.k, &encapsulation.r));
        let ssv = self.open(&w, encapsulation)?;
        let r = hash::r(&ssv, self.identifier());
        Ok(DecapsulationTrace {
            mask: hash::mask(&w),
            w: Zeroizing::new(w.to_bytes()),
            test: self.own.mul(&r).to_affine().to_bytes(),
            r: r.to_be_bytes(),
            ssv,
        })
    }

    /// Steps 3 to 6 of section 6.2.2.
    pub(super) fn open(
        &self,
        w: &Torus,
        encapsulation: &Encapsulation,
    ) -> Result<SharedSecret, Error> {
        // 3) SSV = H ⊕ HashToIntegerRange(w, 2ⁿ)
        let ssv = hash::mask(w).xor(&encapsulation.h());
        // 4) r = HashToIntegerRange(SSV ‖ b, q)
        let r = hash::r(&ssv, self.identifier());
        // 5) TEST = [r]([b]P + Z) must be R. TEST lies in the subgroup of order q, so an R that
        // doesn't is refused as well.
        let test = self.own.mul(&r);
        let opens = test.ct_eq(&Edwards::from(&encapsulation.r));
        // The one outcome of decapsulation.
        if ct::declassify(opens) { Ok(ssv) } else { Err(Error::Rejected) }
    }
}

impl ConstantTimeEq for ReceiverKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.k.ct_eq(&other.k) & Choice::from(u8::from(self.own == other.own))
    }
}

impl fmt::Debug for ReceiverKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sakke::ReceiverKey(..)")
    }
}

impl Drop for ReceiverKey {
    fn drop(&mut self) {
        self.k.zeroize();
    }
}

impl ZeroizeOnDrop for ReceiverKey {}

/// The values met while decapsulating. **All but TEST are secret.**
#[cfg(feature = "hazmat")]
#[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
#[non_exhaustive]
pub struct DecapsulationTrace {
    /// w, 128 octets.
    pub w: Zeroizing<[u8; 128]>,
    /// HashToIntegerRange(w, 2¹²⁸).
    pub mask: SharedSecret,
    /// The SSV.
    pub ssv: SharedSecret,
    /// r, 128 octets.
    pub r: Zeroizing<[u8; 128]>,
    /// TEST, 257 octets.
    pub test: [u8; 257],
}
