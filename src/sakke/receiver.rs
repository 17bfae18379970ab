//! RFC 6508 sections 6.1.2 and 6.2.2: a receiver's key, which is checked once, and decapsulation.
//!
//! # A check equivalent to TEST = R
//!
//! Step 5 of section 6.2.2 computes TEST = \[r\](\[b\]P + Z) and compares it with R. [`ReceiverKey::decapsulate`]
//! doesn't compute TEST: it accepts if and only if **R has order q and w = gʳ**, where w = ⟨R, K⟩ is the value
//! that was hashed. The two checks agree, because [`ReceiverKey::new`] accepted K or the KMS extracted it: K has
//! order q, and ⟨\[b\]P + Z, K⟩ = g, which is not 1.
//!
//! 1. Let R have order q. ⟨ , K⟩ is a homomorphism from the group of order q into PF_p. It isn't constant,
//!    because it maps \[b\]P + Z to g. As q is prime, it is injective. It maps TEST = \[r\](\[b\]P + Z) to gʳ.
//!    So ⟨R, K⟩ = gʳ if and only if R = TEST.
//! 2. Let R have another order. R isn't O, which has no encoding. As TEST lies in the group of order q, R ≠ TEST.
//!
//! The loop of the pairing tells the order of its running argument at no cost. So R is the running argument here;
//! R is public. If R has another order, the value of the loop may be anything, and it is not used. The value that
//! is compared is the representative of w that was hashed.
//!
//! It is compared with g⁻ʳ, whose inverse it must be. So if a fault leaves a value on the way to w in the place of
//! g⁻ʳ, nothing opens. A class without a representative is the inverse of nothing.
//!
//! In a [`PreparedReceiverKey`], K is the running argument: its functions are computed in advance, and so is a comb
//! of \[b\]P + Z. TEST by that comb takes less time than gʳ and a check of R's order. There, too, the opposite is
//! computed: −TEST.
//!
//! # The cost of a decapsulation
//!
//! M and S are a product and a square in 𝔽_p, I is an inversion. The costs are those of single elements, with the
//! feature `tables`. Where AVX-512 IFMA runs, several elements are computed at once.
//!
//! | step | [`ReceiverKey`] | `PreparedReceiverKey` |
//! |---|---|---|
//! | the loop of the pairing | 14,971M + 5,593S + 2I | 6,158M |
//! | its fourth power, and the representative w | 5M + I | 5M + I |
//! | octets of w for the mask | 1M | 1M |
//! | order of R, g⁻ʳ by its comb, comparison with w | 434M + S | – |
//! | −TEST by its comb, R as a point, comparison | – | 1,347M + 172S |
//! | sum | 15,411M + 5,594S + 3I | 7,511M + 172S + I |

#[cfg(feature = "alloc")]
mod either;
#[cfg(all(test, feature = "alloc"))]
mod faults;
#[cfg(feature = "alloc")]
mod prepared;

#[cfg(feature = "alloc")]
pub use either::LeadingZeros;
#[cfg(feature = "alloc")]
pub use prepared::PreparedReceiverKey;

use core::fmt;

use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{Encapsulation, KmsPublicKey, SharedSecret, hash};
use crate::ct;
#[cfg(feature = "hazmat")]
use crate::curve::Edwards;
use crate::curve::{self, Affine};
use crate::error::Error;
use crate::fault;
use crate::field::Fp;
use crate::identifier::Identifier;
use crate::pairing;
use crate::scalar::Scalar;
use crate::torus::Torus;
use crate::wiped::stack_wiped;

/// A receiver secret key K = \[1/(a + z)\]P that is known to belong to its identifier under this KMS.
///
/// It is wiped on drop. With the feature `alloc`, `prepare` makes a `PreparedReceiverKey` of it, which decapsulates
/// faster.
#[doc(alias("RSK", "K_(a,T)"))]
#[derive(Clone)]
pub struct ReceiverKey {
    pub(super) k: Zeroizing<Affine<Fp>>,
    pub(super) id: Identifier,
    pub(super) kms: KmsPublicKey,
}

impl ReceiverKey {
    /// The length of an encoded RSK in octets, as 04 ‖ x ‖ y.
    pub const LEN: usize = curve::OCTETS;

    /// Section 6.1.2: accepts the key that a KMS delivered if \[q\]K = O and ⟨\[a\]P + Z, K⟩ = g.
    ///
    /// The RFC asks for the second equation alone. It holds as well for the sum of K and a point of order 2 or 4.
    /// Such a sum isn't the identifier's key, and it is refused here.
    ///
    /// Secret: the RSK. Public: everything else, and the outcome.
    ///
    /// Errors: [`Error::Length`] unless there are 257 octets; [`Error::PointEncoding`],
    /// [`Error::NotOnCurve`], [`Error::WrongOrder`] for K; [`Error::Identifier`] if the identifier
    /// has no key under this KMS; [`Error::KeyMismatch`] if the equation doesn't hold.
    pub fn new(rsk: impl AsRef<[u8]>, id: &Identifier, kms: &KmsPublicKey) -> Result<Self, Error> {
        let rsk = rsk.as_ref().try_into().map_err(|_| Error::Length)?;
        let own = kms.recipient(id)?;
        let key = Self { k: Zeroizing::new(Affine::from_bytes(rsk)?), id: *id, kms: *kms };
        let own = fault::passed("[a]P + Z", own.to_affine());
        let (w, has_order_q) = pairing::tate_and_order(&key.k, &own);
        let mut w = Torus::from(w);
        fault::at("w", &mut w);
        // The caller is about to learn the outcomes of the validation.
        if !ct::declassify(has_order_q) {
            return Err(Error::WrongOrder);
        }
        if !ct::declassify(w.ct_eq(&Torus::G)) {
            return Err(Error::KeyMismatch);
        }
        Ok(key)
    }

    /// The identifier a.
    #[must_use]
    pub fn identifier(&self) -> &Identifier {
        &self.id
    }

    /// Whether this is the key of that identifier under that KMS.
    #[must_use]
    pub fn is_for(&self, id: &Identifier, kms: &KmsPublicKey) -> bool {
        self.id == *id && self.kms == *kms
    }

    /// K, 257 octets.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 257]> {
        stack_wiped(|| {
            let mut octets = Zeroizing::new([0; Self::LEN]);
            self.k.write_bytes(&mut octets);
            octets
        })
    }

    /// Writes [`to_bytes`](Self::to_bytes) to the place where they stay: a value that is moved leaves a copy behind.
    #[cfg(feature = "kms")]
    pub(crate) fn write_bytes(&self, octets: &mut [u8; Self::LEN]) {
        self.k.write_bytes(octets);
    }

    /// Section 6.2.2: the SSV, if it was encapsulated to this identifier under this KMS.
    ///
    /// No part of a candidate SSV is given out unless TEST = R. The check is an equivalent one, as the module proves: R
    /// has order q, and w = gʳ. Everything up to that comparison takes the same time for any Encapsulated Data. RFC
    /// 6509 has the receiver verify the sender's signature first.
    ///
    /// Secret: K, w, the SSV, r. Public: `encapsulation`, the outcome.
    ///
    /// Errors: [`Error::Rejected`], whatever the reason.
    pub fn decapsulate(&self, encapsulation: &Encapsulation) -> Result<SharedSecret, Error> {
        // The compiler may spill to the stack what passes through closures.
        stack_wiped(|| {
            self.with_value(encapsulation, |w, has_order_q| {
                let accepts = |w: &Fp, r: &Scalar| Self::is_g_to(w, r) & has_order_q;
                Opened::new(hash::mask, w, &self.id, encapsulation, accepts).ssv()
            })
        })
    }

    /// Step 2: the representative of w = ⟨R, K⟩, and whether R has order q. It passes them to `then`, because a value
    /// that is returned leaves a copy which isn't wiped.
    fn with_value<T>(
        &self,
        encapsulation: &Encapsulation,
        then: impl FnOnce(&Fp, Choice) -> T,
    ) -> T {
        let (w, has_order_q) = pairing::tate_and_order(&encapsulation.r, &self.k);
        let mut w = Torus::from(w);
        fault::at("w", &mut w);
        let mut w = Zeroizing::new(w.representative());
        fault::at("w, represented", &mut *w);
        then(&w, has_order_q)
    }

    /// Step 5, for an R of order q: w = gʳ instead of TEST = R.
    fn is_g_to(w: &Fp, r: &Scalar) -> Choice {
        Torus::pow_g(&r.negate()).is_inverse_of(w)
    }

    /// [`decapsulate`](Self::decapsulate) with its intermediate values, which are secret.
    ///
    /// **Never use the SSV of a trace in which `opens` is false: it is nobody's.**
    #[cfg(feature = "hazmat")]
    #[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
    #[must_use]
    pub fn trace(&self, encapsulation: &Encapsulation) -> DecapsulationTrace {
        // As the RFC does it: w = ⟨R, K⟩ = ⟨K, R⟩ for an R of any order, and TEST.
        let w = Torus::from(pairing::tate(&self.k, &encapsulation.r));
        let mut test = Zeroizing::new(self.kms.point_of(&self.id));
        let represented = Zeroizing::new(w.representative());
        let accepts = |_: &Fp, r: &Scalar| {
            *test = test.mul(r);
            test.ct_eq(&Edwards::from(&encapsulation.r))
        };
        let Opened { ssv, r, opens, .. } =
            Opened::new(hash::mask, &represented, &self.id, encapsulation, accepts);
        DecapsulationTrace {
            mask: hash::mask(*represented).0,
            w: Zeroizing::new(w.to_bytes()),
            ssv,
            r: r.to_be_bytes(),
            test: test.to_affine().to_bytes(),
            opens: ct::declassify(opens),
        }
    }
}

/// The results of steps 3 to 5 of section 6.2.2.
struct Opened {
    ssv: SharedSecret,
    b: Identifier,
    r: Scalar,
    opens: Choice,
}

impl Opened {
    /// Takes the representative of w. `mask` computes the mask of w and whether it hides the SSV. `accepts` is step 5,
    /// a function of w and r.
    fn new(
        mask: impl FnOnce(Fp) -> (SharedSecret, Choice),
        w: &Fp,
        b: &Identifier,
        encapsulation: &Encapsulation,
        accepts: impl FnOnce(&Fp, &Scalar) -> Choice,
    ) -> Self {
        // 3) SSV = H ⊕ HashToIntegerRange(w, 2ⁿ)
        let (mut mask, hides) = mask(*w);
        fault::at("mask", &mut mask);
        let mut ssv = mask.unmask(&fault::passed("H", encapsulation.h()));
        fault::at("SSV", &mut ssv);
        // 4) r = HashToIntegerRange(SSV ‖ b, q)
        let r = hash::r(&ssv, b);
        // 5) TEST = [r]([b]P + Z) must be R
        let opens = hides & accepts(w, &r);
        fault::at("SSV, hashed", &mut ssv);
        // Cloned, because a value that is moved out leaves a copy which isn't wiped.
        Self { ssv: ssv.clone(), b: *b, r, opens }
    }

    /// 6) The one outcome of decapsulation.
    fn ssv(&self) -> Result<SharedSecret, Error> {
        // The SSV that leaves must be the one that r was computed from: a fault may have spoilt it since.
        let opens = self.opens & hash::r(&self.ssv, &self.b).ct_eq(&self.r);
        // Cloned, because a value that is moved out leaves a copy which isn't wiped.
        if fault::verdict(ct::declassify(opens)) {
            Ok(self.ssv.clone())
        } else {
            Err(Error::Rejected)
        }
    }
}

impl ConstantTimeEq for ReceiverKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.k.ct_eq(&other.k)
            & Choice::from(u8::from(self.id == other.id && self.kms == other.kms))
    }
}

impl fmt::Debug for ReceiverKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sakke::ReceiverKey(..)")
    }
}

impl ZeroizeOnDrop for ReceiverKey {}

/// The intermediate values of a decapsulation. **All but TEST are secret.**
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
    /// TEST, 257 octets. Infinity is 04 and zeros.
    pub test: [u8; 257],
    /// Whether TEST = R.
    pub opens: bool,
}

#[cfg(all(test, feature = "alloc", feature = "tables"))]
mod tests {
    use crate::backend::Backend;
    use crate::field::counting::{Cost, cost_in_kernel};
    use crate::identifier::Identifier;
    use crate::sakke::KmsSecretKey;

    #[test]
    fn costs_are_as_stated() {
        if Backend::detect() == Backend::Ifma {
            return;
        }
        let kms = KmsSecretKey::try_from(&[0x25; 128]).unwrap();
        let bob = Identifier::try_from(&b"bob"[..]).unwrap();
        let key = kms.extract(&bob).unwrap();
        let prepared = key.prepare().unwrap();
        let recipient = kms.public_key().recipient(&bob).unwrap();
        let sealed = recipient.encapsulate(&[0x5a; 16].into()).unwrap();
        let costs = [
            cost_in_kernel(|| _ = key.decapsulate(&sealed)),
            cost_in_kernel(|| _ = prepared.decapsulate(&sealed)),
        ];
        let stated = [(15_411, 5_594), (7_511, 172)];
        assert_eq!(costs, stated.map(|(products, squares)| Cost { products, squares }));
    }
}
