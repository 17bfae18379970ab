//! The ephemeral j of section 5.2.1, hedged: HMAC_DRBG as in RFC 6979 section 3.2, with the
//! additional input of its section 3.6, HS and 32 octets of fresh randomness.
//!
//! A sound generator makes j unpredictable even to someone who knows SSK's other uses. Under a
//! generator that repeats itself or is known, j is that of deterministic signatures: as secret as
//! SSK, and one message's j is never another's.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::curve::{self, SecretScalar};
use crate::ct;
use crate::error::Error;
use crate::fault;

/// Octets of fresh randomness that go into a j.
pub(super) const FRESH: usize = 32;

/// The source of the values of j for one signature. Wiped on drop.
pub(super) struct Nonces {
    k: [u8; 32],
    v: [u8; 32],
}

impl Nonces {
    /// RFC 6979 section 3.2 steps a to g; `additional` is k′ of its section 3.6.
    ///
    /// Secret: `ssk`, `additional`. Public: the message.
    pub(super) fn new(ssk: &SecretScalar, message: &[&[u8]], additional: [&[u8]; 2]) -> Self {
        let mut hash = Sha256::new();
        for part in message {
            hash.update(part);
        }
        let h1 = curve::reduce(&hash.finalize().into()).to_be_bytes();
        let ssk = ssk.to_bytes();
        let mut nonces = Self { k: [0; 32], v: [1; 32] };
        for step in 0..2 {
            nonces.update(&[&[step], ssk.as_slice(), &h1, additional[0], additional[1]]);
        }
        fault::at("K and V", &mut nonces);
        nonces
    }

    /// The next j, uniform in 1 ..= q − 1: step h.
    pub(super) fn next(&mut self) -> SecretScalar {
        loop {
            self.v = hmac(&self.k, &[&self.v]);
            // A candidate that is no scalar, one of 2³², is thrown away.
            if let Ok(j) = SecretScalar::from_bytes(&self.v) {
                return j;
            }
            self.update(&[&[0]]);
        }
    }

    /// That `j` is the last one that [`next`](Self::next) gave, from a K that is no constant. One that a
    /// fault made may be known to who made the fault, and a signature with a known j gives SSK away.
    ///
    /// Errors: [`Error::Fault`].
    pub(super) fn confirm(&self, j: &SecretScalar) -> Result<(), Error> {
        let is_constant = self.k.ct_eq(&[0; 32]) | self.k.ct_eq(&[0xff; 32]);
        // It is the last one, but for a fault.
        if ct::declassify(j.to_bytes().ct_eq(&self.v) & !is_constant) {
            Ok(())
        } else {
            Err(Error::Fault)
        }
    }

    /// K ← HMAC_K(V ‖ input), V ← HMAC_K(V).
    fn update(&mut self, input: &[&[u8]]) {
        let mut parts: [&[u8]; 6] = [&[]; 6];
        parts[0] = &self.v;
        for (part, input) in parts[1..].iter_mut().zip(input) {
            *part = input;
        }
        self.k = hmac(&self.k, &parts);
        self.v = hmac(&self.k, &[&self.v]);
    }
}

/// HMAC-SHA-256 of the parts, one after the other.
fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // The block of SHA-256: a key of this length is taken as it is.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

impl Drop for Nonces {
    fn drop(&mut self) {
        self.k.zeroize();
        self.v.zeroize();
    }
}

impl ZeroizeOnDrop for Nonces {}

#[cfg(test)]
mod tests {
    use super::*;
    use hex::decode;

    fn secret(text: &str) -> SecretScalar {
        SecretScalar::from_bytes(&decode(text).unwrap().try_into().unwrap()).unwrap()
    }

    /// The x of RFC 6979 appendix A.2.5.
    const X: &str = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";

    #[test]
    fn without_additional_input_it_is_rfc_6979() {
        for (message, k) in [
            (&b"sample"[..], "a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60"),
            (b"test", "d16b6ae827f17175e040871a1c7ec3500192c4c92677336ec2537acaee0008e0"),
        ] {
            let (first, second) = message.split_at(2);
            for parts in [&[message][..], &[first, second]] {
                let j = Nonces::new(&secret(X), parts, [&[], &[]]).next();
                assert_eq!(hex::encode(j.to_bytes()), k);
            }
        }
    }

    #[test]
    fn every_input_counts() {
        let other = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6722";
        let j = |x, message: &[u8], hs: &[u8], fresh: &[u8]| {
            let mut nonces = Nonces::new(&secret(x), &[message], [hs, fresh]);
            [*nonces.next().to_bytes(), *nonces.next().to_bytes()]
        };
        let (zeros, ones) = ([0; 32], [1; 32]);
        let all = [
            j(X, b"m", &zeros, &zeros),
            j(X, b"n", &zeros, &zeros),
            j(X, b"m", &ones, &zeros),
            j(X, b"m", &zeros, &ones),
            j(other, b"m", &zeros, &zeros),
        ];
        for (i, one) in all.as_flattened().iter().enumerate() {
            assert!(!all.as_flattened()[..i].contains(one), "no j twice");
        }
        assert_eq!(j(X, b"m", &zeros, &zeros), all[0]);
    }
}
