//! The verification of many signatures at once.

use alloc::vec::Vec;
use core::hint::black_box;

use super::verifying::{are_equal_vartime, scalars_of_signature};
use super::{PreparedKmsPublicKey, Signature};
use crate::p256::{self, Scalar};

/// The least number of signatures for which eight lanes pay, on a CPU that has them. They cost as much as two
/// signatures.
const LANES_PAY_FROM: usize = 3;

/// A signature to be verified, with its signer and its message.
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
    /// Section 5.2.2 for each of the messages, which may have different signers. The error holds the indices of the
    /// messages whose signatures aren't valid.
    ///
    /// Each signature is verified on its own: a wrong one doesn't affect the others.
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

    /// Up to eight messages. The lanes beyond them repeat the first.
    fn verify_together(&self, messages: &[SignedMessage<'_>]) -> [bool; 8] {
        let item = |i: usize| messages.get(i).unwrap_or(&messages[0]);
        let of_item = |item: &SignedMessage<'_>| {
            let SignedMessage { signer, message, signature } = black_box(item);
            scalars_of_signature(|signature| self.hashes(signer, &[message], signature), signature)
        };
        let mut scalars = [[Scalar::ZERO; 8]; 3];
        for (i, item) in messages.iter().enumerate() {
            for (lanes, scalar) in scalars.iter_mut().zip(of_item(item)) {
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
        let mut valid = p256::sums_have_x_vartime(a, (b, self.multiples()), (c, &pvt), &r);
        // The scalars are computed once more, as for a single signature: see `is_valid_vartime`.
        for ((i, item), valid) in messages.iter().enumerate().zip(&mut valid) {
            *valid = *valid && are_equal_vartime(&of_item(item), &[a[i], b[i], c[i]]);
        }
        valid
    }
}
