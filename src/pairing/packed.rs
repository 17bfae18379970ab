//! The Miller loop of [`miller`](super::miller) with two products at a time, on
//! [`Fp50x2`]: each step is a list of pairs of products that don't need each other.
//!
//! It keeps 2Y in place of Y, so that no formula needs more than twice a value, and takes the digits
//! of q in non-adjacent form: ⟨ , −P⟩ differs from the inverse of ⟨ , P⟩ by a vertical line, which
//! lies in 𝔽_p*.

#![allow(unsafe_code, reason = "AVX-512: the reasons are numbered in field::wide")]
#![allow(clippy::large_types_passed_by_value, reason = "inlined: the values are in registers")]

use crypto_bigint::U1024;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::backend::Ifma;
use crate::curve::Affine;
#[cfg(feature = "alloc")]
use crate::field::wide::ScaledPair;
use crate::field::wide::pair::{Fp50x2, mul_add};
use crate::field::{Field, Fp, Fp2};
use crate::params::Q;

/// f_{q,P}(φ(Q)) up to 𝔽_p*: RFC 6508 section 3.2 before its final power. And whether P has order q:
/// the loop ends at [q + 1]P, q having −1 for its last digit.
///
/// 1021 doublings and 351 additions: the last addition, of P to ∓P, would give a vertical line. Secret:
/// both arguments; leaks: nothing. The value is right for P of order q, as in [`miller`](super::miller);
/// the verdict is right for any, as Z stays 0 once it is.
pub(super) fn miller_loop(cpu: Ifma, p: &Affine<Fp>, q: &Affine<Fp>) -> (Fp2<Fp>, Choice) {
    // SAFETY: field::wide clause 1: the token.
    let (f, end) = unsafe { run(cpu, p, q) };
    let [x, twice_y, z] = *end;
    let zz = z.square();
    let is_p = x.ct_eq(&(p.x * zz)) & twice_y.ct_eq(&(p.y.double() * zz * z));
    (f, is_p & !z.ct_eq(&Fp::ZERO))
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn run(cpu: Ifma, p: &Affine<Fp>, q: &Affine<Fp>) -> (Fp2<Fp>, Zeroizing<[Fp; 3]>) {
    let points = Points::enter(cpu, p, q);
    let minus = points.negated();
    let one = Fp50x2::enter(cpu, &Fp::ONE, &Fp::ONE);
    let mut multiple = Multiple { xy: Fp50x2::enter(cpu, &p.x, &p.y.double()), zz: one };
    let mut f = Fp50x2::enter(cpu, &Fp::ONE, &Fp::ZERO);
    for (digit, last) in digits_below_top(&Q) {
        f = multiple.double(&points, f);
        if digit != 0 && !last {
            let line = multiple.add(if digit > 0 { &points } else { &minus });
            f = f.mul_fp2(line);
        }
    }
    let (re, im) = f.leave();
    let ((x, twice_y), (z, _)) = (multiple.xy.leave(), multiple.zz.leave());
    (Fp2 { re, im }, Zeroizing::new([x, twice_y, z]))
}

/// (f₀^(8ⁿ)·f₁^(8ⁿ⁻¹)⋯fₙ)⁴ up to 𝔽_p*, for the values of a prepared pairing's windows.
///                                                 3 squarings and a product in 𝔽_p² for each
#[cfg(feature = "alloc")]
pub(super) fn accumulate<'a>(cpu: Ifma, values: impl Iterator<Item = &'a ScaledPair>) -> Fp2<Fp> {
    // SAFETY: field::wide clause 1: the token.
    unsafe { run_accumulate(cpu, values) }
}

#[cfg(feature = "alloc")]
#[target_feature(enable = "avx512f,avx512ifma")]
fn run_accumulate<'a>(cpu: Ifma, values: impl Iterator<Item = &'a ScaledPair>) -> Fp2<Fp> {
    let one = Fp50x2::enter(cpu, &Fp::ONE, &Fp::ZERO);
    let f = values.fold(one, |f, value| {
        let f = f.square_fp2().square_fp2().square_fp2();
        f.mul_fp2(Fp50x2::enter_scaled(cpu, value))
    });
    let (re, im) = f.square_fp2().square_fp2().leave();
    Fp2 { re, im }
}

/// The digits −1, 0, 1 of an odd n in non-adjacent form below its leading 1, from the top, and
/// whether each is the last: digit i is bit i + 1 of 3n less bit i + 1 of n (Reitwiesner 1960).
///
/// Leaks its operand: for constants of the parameter set only.
fn digits_below_top(n: &U1024) -> impl Iterator<Item = (i8, bool)> {
    let thrice = n.wrapping_add(n).wrapping_add(n);
    let top = thrice.bits_vartime() - 1;
    (1..top).rev().map(move |i| {
        let digit = i8::from(thrice.bit_vartime(i)) - i8::from(n.bit_vartime(i));
        (digit, i == 1)
    })
}

/// Digits of q below its leading one.
#[cfg(test)]
const DOUBLINGS: usize = 1021;
/// Those that aren't 0, without the last.
#[cfg(test)]
const ADDITIONS: usize = 351;

/// What the formulas take of P and Q.
struct Points {
    /// (x_Q, –), the second coming from the step.
    x_q: Fp50x2,
    /// (–, 2y_Q).
    twice_y_q: Fp50x2,
    /// (x_P, 2y_P).
    p: Fp50x2,
    /// (x_Q + x_P, y_Q).
    sum: Fp50x2,
    /// (−y_P, 0).
    minus_y_p: Fp50x2,
}

impl Points {
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn enter(cpu: Ifma, p: &Affine<Fp>, q: &Affine<Fp>) -> Self {
        Self {
            x_q: Fp50x2::enter(cpu, &q.x, &Fp::ZERO),
            twice_y_q: Fp50x2::enter(cpu, &Fp::ZERO, &q.y.double()),
            p: Fp50x2::enter(cpu, &p.x, &p.y.double()),
            sum: Fp50x2::enter(cpu, &(q.x + p.x), &q.y),
            minus_y_p: Fp50x2::enter(cpu, &-p.y, &Fp::ZERO),
        }
    }

    /// The same for −P.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn negated(&self) -> Self {
        Self { p: self.p.blend(self.p.neg()), minus_y_p: self.minus_y_p.neg(), ..*self }
    }
}

/// A multiple of the running point, x = X/Z², 2y = Y/Z³: here Y is twice that of the plain loop.
struct Multiple {
    /// (X, Y).
    xy: Fp50x2,
    /// (Z, Z).
    zz: Fp50x2,
}

impl Multiple {
    /// T ← [2]T; f² times the tangent at T.            7 pairs of products and one sum of two
    ///
    /// With δ = Z², γ = Y², β = Xγ, α = 3(X − δ)(X + δ) the slope is α/(YZ), and
    ///
    /// ```text
    /// X′ = α² − 2β    Z′ = YZ    Y′ = 2α(β − X′) − γ²
    /// ```
    ///
    /// RFC 6508's λ(x_Q + x) − y + i·y_Q, times 2Z′Z² ∈ 𝔽_p*, is
    ///
    /// ```text
    /// 2α(δx_Q + X) − γ + i·Z′δ·2y_Q
    /// ```
    ///
    /// T of order 2 gives Z′ = 0, and T = O a line that is 0: both are excluded by the loop.
    ///
    /// A product that doesn't need the one before it starts while that one's last carries settle:
    /// this is why f² stands where it does.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn double(&mut self, points: &Points, f: Fp50x2) -> Fp50x2 {
        let x = self.xy.lo();
        // (δ, γ)
        let squares = self.zz.blend(self.xy).square();
        let f = f.square_fp2();
        let (delta, gamma) = (squares.lo(), squares.hi());
        // (X − δ, X)·(X + δ, γ) = (α/3, β)
        let left = x.minus(delta).blend(x.factor());
        let right = x.plus(delta).blend(gamma.factor());
        let products = left.mul(right);
        let (alpha, beta) = (products.triple().lo(), products.hi());
        let twice_alpha = alpha.plus(alpha);
        // (α, Y)·(α, Z) = (α², Z′)
        let xz = alpha.blend(self.xy).mul(alpha.blend(self.zz));
        // (x_Q, Z′)·(δ, δ)
        let by_delta = points.x_q.blend(xz).mul(delta);
        let x_new = xz.sub_double(beta);
        // (2α, γ)·(β − X′, γ) = (Y′ + γ², γ²)
        let left = twice_alpha.blend(gamma.factor());
        let right = beta.minus(x_new).blend(gamma.factor());
        let products = left.mul(right);
        let y_new = products.sub(products.swap());
        // (2α, Z′δ)·(δx_Q + X, 2y_Q)
        let left = twice_alpha.blend(by_delta.factor());
        let right = by_delta.plus(x).blend(points.twice_y_q.factor());
        let products = left.mul(right);
        let line = products.sub(gamma).blend(products);
        *self = Self { xy: x_new.blend(y_new.lo()), zz: xz.hi() };
        f.mul_fp2(line)
    }

    /// T ← T + P for affine P, and the chord through them.   6 pairs of products, one sum of two
    ///
    /// H = x_P·Z² − X, R = 2y_P·Z³ − Y, G = 2H: the slope is R/(ZG), and
    ///
    /// ```text
    /// X′ = R² − HG² − 2XG²    Z′ = ZG    Y′ = 2(R(XG² − X′) − Y·HG²)
    /// ```
    ///
    /// RFC 6508's λ(x_Q + x_P) − y_P + i·y_Q, times Z′ ∈ 𝔽_p*, is
    ///
    /// ```text
    /// R(x_Q + x_P) − Z′y_P + i·Z′y_Q
    /// ```
    ///
    /// T = ±P or T = O gives Z′ = 0: excluded by the loop.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn add(&mut self, points: &Points) -> Fp50x2 {
        // (Z², Z²), (x_P·Z², Z³)
        let delta = self.zz.square();
        let powers = points.p.blend(self.zz).mul(delta);
        let h = powers.sub(self.xy);
        // (G, 2y_P)·(G, Z³) = (G², 2y_P·Z³)
        let g = h.plus(h);
        let products = g.blend(points.p.factor()).mul(g.blend(powers.factor()));
        let r = products.sub(self.xy).hi();
        // (H, X)·(G², G²) = (HG², XG²)
        let by_gg = h.blend(self.xy.lo()).mul(products.lo());
        let xgg = by_gg.hi();
        // (R, Z)·(R, G) = (R², Z′)
        let xz = r.blend(self.zz).factor().mul(r.factor().blend(g.lo()));
        let x_new = xz.sub(by_gg).sub_double(xgg);
        // (R, Y)·(XG² − X′, HG²)
        let right = xgg.minus(x_new).blend(by_gg.lo().factor());
        let products = r.blend(self.xy).mul(right);
        let y_new = products.sub(products.swap()).double();
        let z_new = xz.hi();
        let line = mul_add(
            r.blend(z_new).factor(),
            points.sum.factor(),
            z_new.factor(),
            points.minus_y_p.factor(),
        );
        *self = Self { xy: x_new.blend(y_new.lo()), zz: z_new };
        line
    }
}

#[cfg(test)]
#[expect(clippy::print_stdout, reason = "a test that can't run says so, a timing what it found")]
mod tests {
    extern crate std;

    use super::*;
    use crate::curve::Edwards;
    use crate::scalar::Scalar;
    use crate::torus::Torus;
    use std::println;
    use std::time::{Duration, Instant};

    #[test]
    fn digits_are_those_of_q() {
        let (mut n, mut additions) = (U1024::ONE, 0);
        for (digit, last) in digits_below_top(&Q) {
            n = n.shl(1);
            match digit {
                1 => n = n.wrapping_add(&U1024::ONE),
                -1 => n = n.wrapping_sub(&U1024::ONE),
                _ => assert_eq!(digit, 0),
            }
            additions += usize::from(digit != 0 && !last);
        }
        assert_eq!(n, *Q.as_ref());
        assert_eq!((digits_below_top(&Q).count(), additions), (DOUBLINGS, ADDITIONS));
    }

    #[test]
    fn agrees_with_the_plain_loop() {
        let Some(cpu) = Ifma::detect() else {
            println!("not run: this CPU has no AVX-512 IFMA");
            return;
        };
        let g = Edwards::generator();
        for n in 0..16u8 {
            let scalars = [[0xa7 ^ n; 128], [0x5c ^ (17 * n); 128]].map(|o| Scalar::reduce(&o));
            let [p, q] = scalars.map(|scalar| g.mul(&scalar).to_affine());
            let (packed, has_order_q) = miller_loop(cpu, &p, &q);
            assert!(bool::from(has_order_q));
            let packed = packed.square().square();
            let plain = super::super::miller::miller_loop(Fp2::ONE, &p, &q).0.square().square();
            assert_eq!(Torus::from(packed).to_bytes(), Torus::from(plain).to_bytes());
        }
    }

    #[test]
    #[ignore = "timings, to be run with --release --nocapture"]
    fn timings() {
        let Some(cpu) = Ifma::detect() else { return };
        let p = Affine::GENERATOR;
        let mut least = [Duration::MAX; 2];
        for _ in 0..60 {
            let start = Instant::now();
            let mut x = p.x;
            for _ in 0..1000 {
                x = core::hint::black_box(x * p.y);
            }
            least[0] = least[0].min(start.elapsed());
            let start = Instant::now();
            core::hint::black_box(miller_loop(cpu, &p, &p).0.square().square());
            least[1] = least[1].min(start.elapsed());
        }
        println!("1000 portable products {:?}, packed Miller loop {:?}", least[0], least[1]);
    }
}
