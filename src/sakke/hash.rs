//! RFC 6508 section 5.1: HashToIntegerRange with SHA-256.
//!
//! ```text
//! A = hash(s),  h₀ = 00…00,  hᵢ = hash(hᵢ₋₁),  vᵢ = hash(hᵢ ‖ A)
//! v = (v₁ ‖ … ‖ v_l) mod n,  l = ⌈lg n / 256⌉
//! ```
//!
//! Everything that is hashed has a fixed length: an SSV has 16 octets, an element of 𝔽_p has 128, including leading
//! zeros.

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use super::SharedSecret;
use crate::fault;
use crate::field::Fp;
use crate::identifier::Identifier;
use crate::scalar::Scalar;

/// r = HashToIntegerRange(SSV ‖ b, q): steps 2 of section 6.2.1 and 3 of section 6.2.2.
///
/// lg q is between 1021 and 1022, so l = 4, and 1024 bits are reduced modulo q.
pub(super) fn r(ssv: &SharedSecret, b: &Identifier) -> Scalar {
    let mut v = Zeroizing::new([0; 128]);
    expand(&[ssv.as_bytes(), b.as_bytes()], v.as_mut_slice());
    let mut r = Scalar::reduce(&v);
    fault::at("r", &mut r);
    r
}

/// The mask HashToIntegerRange(w, 2¹²⁸) of the SSV, 16 octets, for the representative w of a class of PF_p; and
/// whether the mask hides the SSV. w = 0 stands for the class of 1 and for a class without a representative, and
/// w = ±1 for the classes of 1 ± i, which have order 4. Everybody knows the hashes of these w. Only a fault gives
/// them.
///
/// lg 2¹²⁸ = 128, so l = 1: v₁ modulo 2¹²⁸ is its last 16 octets.
pub(super) fn mask(w: Fp) -> (SharedSecret, Choice) {
    let mut v = Zeroizing::new([[0; 16]; 2]);
    expand(&[Zeroizing::new(w.to_be_bytes()).as_slice()], v.as_flattened_mut());
    (SharedSecret::from(&v[1]), hides(&w))
}

/// The maximum number of leading zero octets of w that are stripped. One w in 2⁷² has more.
#[cfg(feature = "alloc")]
const STRIPPED: usize = 8;

/// [`mask`] of a w without its leading zero octets, as some senders compute it.
///
/// For every w, the mask is computed for each number of zeros that may be stripped, and then one is chosen.
#[cfg(feature = "alloc")]
pub(super) fn mask_of_stripped(w: Fp) -> (SharedSecret, Choice) {
    let octets = Zeroizing::new(w.to_be_bytes());
    let (mut mask, hides) = mask(w);
    let mut are_zeros = Choice::from(1);
    for (zeros, octet) in (1..=STRIPPED).zip(octets.iter()) {
        are_zeros &= octet.ct_eq(&0);
        let mut v = Zeroizing::new([[0; 16]; 2]);
        expand(&[&octets[zeros..]], v.as_flattened_mut());
        mask.conditional_assign(&SharedSecret::from(&v[1]), are_zeros);
    }
    (mask, hides)
}

fn hides(w: &Fp) -> Choice {
    !(w.ct_eq(&Fp::ZERO) | w.ct_eq(&Fp::ONE) | w.ct_eq(&-Fp::ONE))
}

/// Writes v₁ ‖ v₂ ‖ … for an s in parts: as many whole hashes as `out` holds.
pub(crate) fn expand(s: &[&[u8]], out: &mut [u8]) {
    let mut a = Zeroizing::new([0; 32]);
    digest(s, &mut a);
    let mut h = [0; 32];
    for v in out.as_chunks_mut::<32>().0 {
        h = Sha256::digest(h).into();
        digest(&[&h, a.as_slice()], v);
    }
}

/// The hash of the parts. The hasher is wiped in the place where it stands: `finalize` moves it, which would leave a
/// copy of what it has buffered behind.
fn digest(parts: &[&[u8]], out: &mut [u8; 32]) {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    Digest::finalize_into_reset(&mut hash, out.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_that_everybody_knows_does_not_hide() {
        let two = Fp::ONE + Fp::ONE;
        for (w, hides) in [(Fp::ZERO, 0), (Fp::ONE, 0), (-Fp::ONE, 0), (two, 1), (-two, 1)] {
            assert_eq!(mask(w).1.unwrap_u8(), hides);
        }
    }
}
