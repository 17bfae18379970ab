//! Many messages at once.

use alloc::vec::Vec;

use rand_core::{CryptoRng, TryCryptoRng};

use super::curve::{self, Point, Scalar, SecretScalar};
use super::signing::s_of;
use super::verifying::scalars_of_j;
use super::{PreparedKmsPublicKey, PreparedSigningKey, Signature, he};
use crate::error::{Error, TryError};
use crate::fault;

/// Messages signed together: as many as share an inversion, which then costs little.
const SIGNED_TOGETHER: usize = 16;

/// Signatures from which eight lanes pay where the CPU has them: they cost as much as two.
const LANES_PAY_FROM: usize = 3;

/// A signature to be verified: whose, over what.
#[derive(Clone, Copy, Debug)]
pub struct SignedMessage<'m> {
    /// The signer's identifier.
    pub signer: &'m [u8],
    /// The message.
    pub message: &'m [u8],
    /// The signature.
    pub signature: &'m Signature,
}

impl PreparedKmsPublicKey {
    /// Section 5.2.2 for each of the messages, whoever signed them; the indices of those whose
    /// signature isn't valid are the error.
    ///
    /// Each signature is verified for itself: a wrong one spoils no other.
    ///
    /// Leaks: everything; verification has no secret.
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    pub fn verify_all(&self, messages: &[SignedMessage<'_>]) -> Result<(), Vec<usize>> {
        let mut invalid = Vec::new();
        for (start, chunk) in (0..).step_by(8).zip(messages.chunks(8)) {
            let valid = if chunk.len() < LANES_PAY_FROM {
                let alone = |item: &SignedMessage<'_>| {
                    self.verify(item.signer, item.message, item.signature).is_ok()
                };
                core::array::from_fn(|i| chunk.get(i).is_none_or(alone))
            } else {
                self.verify_together(chunk)
            };
            invalid.extend((0..chunk.len()).filter(|i| !valid[*i]).map(|i| start + i));
        }
        if invalid.is_empty() { Ok(()) } else { Err(invalid) }
    }

    /// Up to eight messages; what lies beyond them repeats the first.
    fn verify_together(&self, messages: &[SignedMessage<'_>]) -> [bool; 8] {
        let item = |i: usize| messages.get(i).unwrap_or(&messages[0]);
        let mut scalars = [[Scalar::ZERO; 8]; 3];
        for (i, SignedMessage { signer, message, signature }) in messages.iter().enumerate() {
            let hs = self.hs(signer, signature);
            let he = he(&hs, &signature.r(), &[message]);
            let of_j = scalars_of_j(&hs, &he, &signature.r(), signature.s_scalar());
            for (lanes, scalar) in scalars.iter_mut().zip(of_j) {
                lanes[i] = scalar;
            }
        }
        for of_lane in &mut scalars {
            let first = of_lane[0];
            of_lane[messages.len()..].fill(first);
        }
        let pvt = core::array::from_fn(|i| item(i).signature.pvt_point());
        let r = core::array::from_fn(|i| item(i).signature.r());
        let [a, b, c] = &scalars;
        curve::sums_have_x_vartime(a, (b, self.multiples()), (c, &pvt), &r)
    }
}

impl PreparedSigningKey {
    /// A signature over each of the messages, in their order. Each has a j of its own, and each
    /// signature is verified before any is given out.
    ///
    /// Secret: SSK, every j. Public: the messages, the signatures.
    ///
    /// Errors: [`Error::Fault`] if a signature doesn't verify.
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    pub fn sign_all<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        messages: &[&[u8]],
    ) -> Result<Vec<Signature>, Error> {
        Ok(self.try_sign_all(rng, messages)?)
    }

    /// [`sign_all`](Self::sign_all) with a generator that can fail.
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    pub fn try_sign_all<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        messages: &[&[u8]],
    ) -> Result<Vec<Signature>, TryError<R::Error>> {
        let mut signatures = Vec::with_capacity(messages.len());
        for chunk in messages.chunks(SIGNED_TOGETHER) {
            self.sign_together(rng, chunk, &mut signatures)?;
        }
        Ok(signatures)
    }

    /// One inversion for the points J, and one for the divisors of s.
    fn sign_together<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        messages: &[&[u8]],
        signatures: &mut Vec<Signature>,
    ) -> Result<(), TryError<R::Error>> {
        let key = self.signing_key();
        let mut j = Vec::with_capacity(messages.len());
        let mut sources = Vec::with_capacity(messages.len());
        for message in messages {
            let mut nonces = key.nonces(rng, &[message]).map_err(TryError::Rng)?;
            j.push(nonces.next());
            sources.push(nonces);
        }
        fault::at("j", j.as_mut_slice());
        let big_j = Point::mul_base_all(&j);
        let mut divisors = Vec::with_capacity(messages.len());
        let mut hashes = Vec::with_capacity(messages.len());
        for (big_j, message) in big_j.iter().zip(messages) {
            // A j is unusable with probability 2⁻²⁵⁵.
            let (divisor, he) = key.divisor(big_j, &[message]).ok_or(Error::Fault)?;
            divisors.push(divisor);
            hashes.push(he);
        }
        SecretScalar::invert_all(&mut divisors);
        let points = j.iter().zip(big_j).zip(messages);
        for (((j, big_j), message), (he, inverse)) in points.zip(hashes.iter().zip(&divisors)) {
            let s = s_of(j, inverse).ok_or(Error::Fault)?;
            let signed = key.signed(big_j, *he, &s).ok_or(Error::Fault)?;
            signatures.push(self.verified(&signed, &[message])?);
        }
        sources.iter().zip(&j).try_for_each(|(nonces, j)| nonces.confirm(j))?;
        Ok(())
    }
}
