//! The Tate–Lichtenbaum pairing ⟨ , ⟩ of RFC 6508 section 3.2: E(𝔽_p)[q] × E(𝔽_p)[q] → PF_p[q].
//!
//! The first argument runs: the Miller loop takes it through its multiples up to [q − 1]P and
//! collects the tangents and chords it meets. The second is where these are evaluated, after the
//! distortion map φ(x, y) = (−x, iy). The result is raised to (p² − 1)/q; of it (p − 1) vanishes
//! in PF_p = 𝔽_p²*/𝔽_p*, and (p + 1)/q = 4 is left.
//!
//! ⟨P, Q⟩ = ⟨Q, P⟩, so the caller chooses which argument runs. It must be the one known to have
//! order q: an admixture of order 2 or 4 changes the result in the first argument and doesn't in
//! the second.

mod miller;
#[cfg(target_arch = "x86_64")]
#[cfg_attr(not(test), expect(dead_code, reason = "dispatch comes with the backends"))]
mod packed;

use crate::curve::Affine;
use crate::field::{Fp, Fp2};

/// ⟨running, evaluated⟩ as an element of 𝔽_p²*, whose class in PF_p is meant.
///
/// Secret: both arguments; leaks: nothing. `running` must have order q. The result is never 0: the
/// imaginary part of a line at φ(Q) is y_Q times the non-zero denominator of its slope.
pub(crate) fn tate(running: &Affine<Fp>, evaluated: &Affine<Fp>) -> Fp2<Fp> {
    let f = miller::miller_loop(Fp2::ONE, running, evaluated);
    // f⁴
    f.square().square()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::Edwards;
    use crate::scalar::Scalar;
    use crate::torus::Torus;

    fn pair(p: &Affine<Fp>, q: &Affine<Fp>) -> [u8; 128] {
        Torus::from(tate(p, q)).to_bytes()
    }

    #[test]
    fn bilinear_and_symmetric() {
        let g = Edwards::generator();
        let (a, b) = (Scalar::reduce(&[0xa7; 128]), Scalar::reduce(&[0x5c; 128]));
        let (p, q) = (g.mul(&a).to_affine(), g.mul(&b).to_affine());
        assert_eq!(pair(&p, &q), pair(&q, &p));
        assert_eq!(pair(&p, &q), pair(&g.mul(&a).mul(&b).to_affine(), &Affine::GENERATOR));
        let g_a = Torus::G.pow(a.to_be_bytes().as_slice());
        assert_eq!(pair(&p, &Affine::GENERATOR), g_a.to_bytes());
        let sum = (g.mul(&a) + g.mul(&b)).to_affine();
        let product = Torus::from(tate(&p, &Affine::GENERATOR) * tate(&q, &Affine::GENERATOR));
        assert_eq!(pair(&sum, &Affine::GENERATOR), product.to_bytes());
    }
}
