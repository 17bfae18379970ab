//! RFC 6508 section 6.1.2 with the pairing's work on P and Z done once.

use alloc::vec::Vec;
use core::fmt;

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use super::ReceiverKey;
use crate::ct;
use crate::curve::{Affine, have_order_q};
use crate::error::Error;
use crate::fault;
use crate::field::Fp;
use crate::identifier::Identifier;
use crate::pairing::Prepared;
use crate::sakke::KmsPublicKey;
use crate::torus::Torus;

/// A KMS public key with the functions of P and Z: checks receiver keys of that KMS faster.
///
/// 857 KiB on the heap, 1,198 KiB where AVX-512 IFMA runs. Public, like the key.
///
/// Made by [`KmsPublicKey::prepare_validation`].
#[doc(alias("RSK", "validate"))]
pub struct ReceiverKeyValidator {
    kms: KmsPublicKey,
    p: Prepared,
    z: Prepared,
}

impl KmsPublicKey {
    /// The key prepared for checking receiver secret keys.
    ///
    /// It takes as long as four of [`ReceiverKey::new`], eleven where AVX-512 IFMA runs, and takes a
    /// third off each, there a fifth: it pays from about the tenth key on, or from the sixtieth, as
    /// a KMS has them that checks its keys before it hands them out.
    ///
    /// Errors: [`Error::Fault`] if the computation doesn't end at \[q − 1\]Z = −Z, as it does for
    /// every KMS public key.
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    pub fn prepare_validation(&self) -> Result<ReceiverKeyValidator, Error> {
        // Always there: P has order q and Z was checked to have it.
        let prepare = |point| ct::reveal(Prepared::new(point)).ok_or(Error::Fault);
        let (p, z) = (prepare(&Affine::GENERATOR)?, prepare(&self.z)?);
        Ok(ReceiverKeyValidator { kms: *self, p, z })
    }
}

impl ReceiverKeyValidator {
    /// The KMS public key.
    #[must_use]
    pub fn public_key(&self) -> &KmsPublicKey {
        &self.kms
    }

    /// [`ReceiverKey::new`] for a key of this KMS, with the same outcome: \[q\]K = O and
    /// ⟨\[a\]P + Z, K⟩ = ⟨P, K⟩ᵃ·⟨Z, K⟩ = g.
    ///
    /// Secret: the RSK. Public: everything else, and the outcome.
    ///
    /// Errors: as of [`ReceiverKey::new`].
    pub fn validate(&self, rsk: impl AsRef<[u8]>, id: &Identifier) -> Result<ReceiverKey, Error> {
        let k = self.decode(rsk.as_ref(), id)?;
        let has_order_q = k.has_order_q();
        self.decide(&k, has_order_q, id)
    }

    /// [`validate`](Self::validate) for each of the keys, whose outcomes come in their order.
    ///
    /// Where AVX-512 IFMA runs, the orders of eight keys are found at a time. To show progress, or
    /// to spread the work over cores, call it for chunks of a multiple of eight.
    pub fn validate_all<K: AsRef<[u8]>>(
        &self,
        keys: &[(K, Identifier)],
    ) -> Vec<Result<ReceiverKey, Error>> {
        let mut outcomes = Vec::with_capacity(keys.len());
        for keys in keys.chunks(8) {
            let mut points = Zeroizing::new([Affine::GENERATOR; 8]);
            let mut decoded = [const { Ok(()) }; 8];
            for ((point, outcome), (rsk, id)) in points.iter_mut().zip(&mut decoded).zip(keys) {
                match self.decode(rsk.as_ref(), id) {
                    Ok(k) => *point = *k,
                    Err(error) => *outcome = Err(error),
                }
            }
            let have_order_q = have_order_q(&points[..keys.len()]);
            let checked = points.iter().zip(have_order_q).zip(decoded);
            for (((k, has_order_q), decoded), (_, id)) in checked.zip(keys) {
                // Apart, for a refusal that is moved as a whole takes along what an accepted key
                // left in its place.
                match decoded.and_then(|()| self.decide(k, has_order_q, id)) {
                    Ok(key) => outcomes.push(Ok(key)),
                    Err(error) => outcomes.push(Err(error)),
                }
            }
        }
        outcomes
    }

    /// K, a point of the curve.
    fn decode(&self, rsk: &[u8], id: &Identifier) -> Result<Zeroizing<Affine<Fp>>, Error> {
        let rsk = rsk.try_into().map_err(|_| Error::Length)?;
        let k = Affine::from_bytes(rsk).map_err(|error| self.explain(error, id))?;
        Ok(Zeroizing::new(k))
    }

    /// The receiver key, if K has order q and its pairing is g.
    fn decide(
        &self,
        k: &Affine<Fp>,
        has_order_q: Choice,
        id: &Identifier,
    ) -> Result<ReceiverKey, Error> {
        // The outcomes of validation are about to be told.
        if !ct::declassify(has_order_q) {
            return Err(self.explain(Error::WrongOrder, id));
        }
        let [with_p, with_z] = [&self.p, &self.z].map(|functions| Torus::from(functions.tate(k)));
        let mut w = &with_p.pow_public(&id.to_scalar()) * &with_z;
        fault::at("w", &mut w);
        if !ct::declassify(w.ct_eq(&Torus::G)) {
            return Err(self.explain(Error::KeyMismatch, id));
        }
        Ok(ReceiverKey { k: Zeroizing::new(*k), id: *id, kms: self.kms })
    }

    /// An identifier without a key under this KMS is itself at fault.
    fn explain(&self, error: Error, id: &Identifier) -> Error {
        self.kms.recipient(id).err().unwrap_or(error)
    }
}

impl fmt::Debug for ReceiverKeyValidator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("sakke::ReceiverKeyValidator").field(&self.kms).finish()
    }
}
