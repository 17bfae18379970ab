//! RFC 6508 section 5.1: HashToIntegerRange with SHA-256.
//!
//! ```text
//! A = hash(s),  h₀ = 00…00,  hᵢ = hash(hᵢ₋₁),  vᵢ = hash(hᵢ ‖ A)
//! v = (v₁ ‖ … ‖ v_l) mod n,  l = ⌈lg n / 256⌉
//! ```
//!
//! Everything hashed has a fixed length: an SSV its 16 octets, an element of 𝔽_p its 128, leading
//! zeros included.

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::SharedSecret;
use crate::field::Fp;
use crate::identifier::Identifier;
use crate::scalar::Scalar;

/// r = HashToIntegerRange(SSV ‖ b, q): steps 2 of section 6.2.1 and 3 of section 6.2.2.
///
/// lg q is between 1021 and 1022, so l = 4, and 1024 bits are reduced modulo q.
pub(super) fn r(ssv: &SharedSecret, b: &Identifier) -> Scalar {
    let mut v = Zeroizing::new([0; 128]);
    expand(&[ssv.as_bytes(), b.as_bytes()], v.as_mut_slice());
    Scalar::reduce(&v)
}

/// The mask HashToIntegerRange(w, 2¹²⁸) of the SSV on 16 octets, for a w of PF_p as represented.
///
/// lg 2¹²⁸ = 128, so l = 1: v₁ modulo 2¹²⁸ is its last 16 octets.
pub(super) fn mask(w: Fp) -> SharedSecret {
    let mut v = Zeroizing::new([0; 32]);
    expand(&[Zeroizing::new(w.to_be_bytes()).as_slice()], v.as_mut_slice());
    let mut mask = [0; 16];
    mask.copy_from_slice(&v[16..]);
    let secret = SharedSecret::from(mask);
    mask.zeroize();
    secret
}

/// v₁ ‖ v₂ ‖ … for s in parts, as many whole hashes as `out` holds.
pub(crate) fn expand(s: &[&[u8]], out: &mut [u8]) {
    let mut hash = Sha256::new();
    for part in s {
        hash.update(part);
    }
    let mut a = hash.finalize();
    let mut h = [0; 32];
    for v in out.as_chunks_mut::<32>().0 {
        h = Sha256::digest(h).into();
        let mut block = Sha256::new().chain_update(h).chain_update(a).finalize();
        v.copy_from_slice(&block);
        block.as_mut_slice().zeroize();
    }
    a.as_mut_slice().zeroize();
}
