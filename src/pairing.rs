//! The Tate–Lichtenbaum pairing ⟨ , ⟩ of RFC 6508 section 3.2: E(𝔽_p)[q] × E(𝔽_p)[q] → PF_p[q].
//!
//! The first argument is the running one: the Miller loop takes it through its multiples up to \[q − 1\]P, and
//! collects the tangents and chords that it meets. They are evaluated at the second argument, after the
//! distortion map φ(x, y) = (−x, iy). The result is raised to (p + 1)/q = 4 and taken as a class of
//! PF_p = 𝔽_p²*/𝔽_p*. The quotient replaces the factor p − 1 of the usual final power, because the kernel of
//! that power is 𝔽_p*.
//!
//! ⟨P, Q⟩ = ⟨Q, P⟩, so the caller chooses which argument runs. The result is right if the running argument has
//! order q. If a point of order 2 or 4 is added to it, the result changes; if such a point is added to the second
//! argument, the result doesn't change. So the running argument is either known to have order q, or the end of the
//! loop is used to find out whether it has.

#[cfg(target_arch = "x86_64")]
mod ifma;
mod miller;
#[cfg(feature = "alloc")]
mod prepared;

#[cfg(feature = "alloc")]
pub(crate) use prepared::Prepared;

use subtle::Choice;

#[cfg(target_arch = "x86_64")]
use crate::backend::Ifma;
use crate::curve::Affine;
use crate::field::{Fp, Fp2};

/// ⟨running, evaluated⟩ as an element of 𝔽_p²* that represents its class in PF_p.
///
/// Secret: both arguments. Leaks: nothing. `running` must have order q. The result is never 0, because the
/// imaginary part of a line at φ(Q) is y_Q times the denominator of its slope, and neither is 0.
#[cfg(any(test, feature = "hazmat"))]
pub(crate) fn tate(running: &Affine<Fp>, evaluated: &Affine<Fp>) -> Fp2<Fp> {
    tate_and_order(running, evaluated).0
}

/// The pairing, and whether `running` has order q, which the end of the loop shows at almost no cost. The pairing is
/// right only if it has that order.
///
/// Secret: both arguments. Leaks: nothing. `running` may be any point but O and the point of order 2.
pub(crate) fn tate_and_order(running: &Affine<Fp>, evaluated: &Affine<Fp>) -> (Fp2<Fp>, Choice) {
    let (f, has_order_q) = miller_loop(running, evaluated);
    // f⁴: 4M
    (f.square().square(), has_order_q)
}

fn miller_loop(running: &Affine<Fp>, evaluated: &Affine<Fp>) -> (Fp2<Fp>, Choice) {
    #[cfg(target_arch = "x86_64")]
    if let Some(ifma) = Ifma::detect() {
        return ifma::schedule::miller_loop(ifma, running, evaluated);
    }
    let (f, end) = miller::windows::miller_loop(Fp2::ONE, running, evaluated, Fp::invert);
    (f, end.is_minus(running))
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
    fn the_order_comes_with_the_pairing() {
        let q = Affine::GENERATOR;
        let g = Edwards::from(&q);
        for k in 1..=12u8 {
            let point = g.mul(&Scalar::reduce(&[k; 128])).to_affine();
            assert!(bool::from(tate_and_order(&point, &q).1));
        }
        let order_4 = Edwards::of_order_4();
        let low = [order_4, order_4 + order_4, order_4 + order_4 + order_4];
        for other in [g + low[0], g + low[1], g + low[2], low[0], low[2]] {
            let point = other.to_affine();
            for plain in [true, false] {
                let (_, has_order_q) = if plain {
                    let loop_result =
                        miller::windows::miller_loop(Fp2::ONE, &point, &q, Fp::invert);
                    let (f, end) = loop_result;
                    (f, end.is_minus(&point))
                } else {
                    miller_loop(&point, &q)
                };
                assert!(!bool::from(has_order_q));
            }
        }
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

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn eight_pairings_in_eight_lanes() {
        use crate::backend::Ifma;
        use crate::field::ifma::Fp52x8;

        let Some(ifma) = Ifma::detect() else { return };
        let g = Edwards::generator();
        let points: [[Affine<Fp>; 2]; 8] = core::array::from_fn(|lane| {
            let lane = u8::try_from(lane).unwrap();
            [0x11, 0xe9].map(|seed| g.mul(&Scalar::reduce(&[seed ^ lane; 128])).to_affine())
        });
        let wide = |f: &dyn Fn(&[Affine<Fp>; 2]) -> Fp| {
            Fp52x8::enter(ifma, &core::array::from_fn(|lane| f(&points[lane])))
        };
        let one = Fp2 { re: Fp52x8::splat(ifma, Fp::ONE), im: Fp52x8::splat(ifma, Fp::ZERO) };
        let running = Affine { x: wide(&|[p, _]| p.x), y: wide(&|[p, _]| p.y) };
        let evaluated = Affine { x: wide(&|[_, q]| q.x), y: wide(&|[_, q]| q.y) };
        let f = miller::miller_loop(one, &running, &evaluated).0.square().square();
        for (lane, (re, im)) in f.re.leave().into_iter().zip(f.im.leave()).enumerate() {
            let [p, q] = &points[lane];
            assert_eq!(Torus::from(Fp2 { re, im }).to_bytes(), pair(p, q), "lane {lane}");
        }
    }
}
