//! The functions of the windows, from K. They are merged from the lines of the chain from K to \[q − d\]K.
//!
//! K first goes through the chain in Jacobian coordinates, where the slope of a line is a fraction: see [`slopes`].
//! Then it goes through the chain again in affine coordinates, where a line costs little: see [`Walk`].
//! `docs/prepared-key.md` says how lines become functions.
//!
//! The steps depend on the constant q only: no branch and no address depends on K.

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

use super::monic::Monic;
use super::{DIGITS_OF_Q, LAST, WINDOWS};
use crate::curve::Affine;
use crate::field::{Field, Fp};
use crate::jacobian::Jacobian;

/// The end of the chain: \[q − d\]K for the last digit d.
pub(in crate::pairing) struct End<F> {
    /// Its Z, the product of all denominators.
    pub(in crate::pairing) z: F,
    pub(in crate::pairing) reached: Affine<F>,
    /// −\[d\]K, which equals \[q − d\]K if K has order q.
    pub(in crate::pairing) expected: Affine<F>,
}

impl End<Fp> {
    /// Whether K has order q.
    pub(in crate::pairing) fn has_order_q(&self) -> Choice {
        !self.z.ct_eq(&Fp::ZERO) & self.reached.ct_eq(&self.expected)
    }
}

/// Writes the coefficients for K to `out`.                        36,180M + 7,312S + 4I
///
/// For K of order q nothing is divided by 0. The chain meets \[m\]K for 2 ≤ m < q only, which is neither O nor of
/// order 2. Its chords join \[8m\]K and \[d\]K for 16 ≤ 8m < q − 4 and |d| ≤ 4, which are neither equal nor opposite.
///
/// For K of order 2q or 4q the same holds, but the end isn't the expected one, as \[q\]K ≠ O. For K of order 4 the
/// chain begins at \[2\]K, which has order 2. So z = 0, and the coefficients mean nothing.
pub(in crate::pairing) fn build<F: Field>(
    k: &Affine<F>,
    zero: F,
    one: F,
    invert: impl Fn(F) -> F,
    steps: &mut [Step<F>],
    mut out: &mut [F],
) -> End<F> {
    let (multiples, z) = slopes(k, zero, one, invert, steps, &mut []);
    out = multiples.function(DIGITS_OF_Q[0]).write(out);
    let mut walk = Walk { point: multiples.point(DIGITS_OF_Q[0]), steps, zero, one };
    for &digit in &DIGITS_OF_Q[1..LAST] {
        out = walk.window(&multiples, digit).write(out);
    }
    walk.last_window(&multiples).write(out);
    End { z, reached: walk.point, expected: multiples.point(-DIGITS_OF_Q[LAST]) }
}

/// The small multiples of K, and the Z of the chain's end.                      8,092M + 5,995S + 4I
///
/// Writes to `steps` the slope of every line, and the 1/Z of the point where it begins. Writes to `starts` X and Y at
/// the start of each window from the second on, for as many windows as there is room.
pub(in crate::pairing) fn slopes<F: Field>(
    k: &Affine<F>,
    zero: F,
    one: F,
    invert: impl Fn(F) -> F,
    steps: &mut [Step<F>],
    starts: &mut [[F; 2]],
) -> (Multiples<F>, F) {
    let multiples = Multiples::new(k, zero, one, &invert);
    let z = multiples.chain(steps, starts, one);
    divide(steps, invert(z));
    (multiples, z)
}

/// The number of lines in the chain: three tangents for each window but the first, and a chord for each digit that
/// isn't 0. The chord of the last window is vertical and doesn't count.
pub(in crate::pairing) const STEPS: usize = {
    let (mut steps, mut window) = (0, 1);
    while window < WINDOWS {
        steps += 3 + (DIGITS_OF_Q[window] != 0 && window != LAST) as usize;
        window += 1;
    }
    steps
};

/// One line of the chain.
#[derive(Clone, Copy)]
pub(in crate::pairing) struct Step<F> {
    /// At first the numerator of the slope, whose denominator is Z′ of the step. Then the slope.
    pub(in crate::pairing) slope: F,
    /// At first Z′/Z of the step. Then 1/Z.
    pub(in crate::pairing) factor: F,
}

impl<F: Field> Step<F> {
    pub(in crate::pairing) fn new(slope: F, factor: F) -> Self {
        Self { slope, factor }
    }
}

impl<F: Zeroize> Zeroize for Step<F> {
    fn zeroize(&mut self) {
        self.slope.zeroize();
        self.factor.zeroize();
    }
}

/// Turns numerators into slopes, given 1/Z of the chain's end.                      2M a step
///
/// Z begins as 1, and each step multiplies it by its factor. So the last Z is the product of all factors, and its
/// inverse gives 1/Z = factor/Z′ for each step, from the last to the first (Montgomery's trick).
fn divide<F: Field>(steps: &mut [Step<F>], mut inverse: F) {
    for step in steps.iter_mut().rev() {
        step.slope = step.slope * inverse;
        inverse = inverse * step.factor;
        step.factor = inverse;
    }
}

/// \[d\]K for d = 1 ..= 4, and the functions with divisors d(K) + (−\[d\]K) − (d + 1)(O).
pub(in crate::pairing) struct Multiples<F> {
    points: [Affine<F>; 4],
    functions: [Monic<F>; 4],
}

impl<F: Field> Multiples<F> {
    /// \[2\]K by a tangent, and the others by chords, with three inversions.
    fn new(k: &Affine<F>, zero: F, one: F, invert: impl Fn(F) -> F) -> Self {
        let three = one.double() + one;
        let mut points = [*k; 4];
        let mut functions = [Monic::vertical(k.x, zero, one); 4];
        for i in 1..4 {
            let last = points[i - 1];
            let slope = if i == 1 {
                three * (k.x.square() - one) * invert(k.y.double())
            } else {
                (last.y - k.y) * invert(last.x - k.x)
            };
            let line = Monic::line(&last, slope, zero, one);
            points[i] = third(&last, k.x, slope);
            functions[i] = functions[i - 1].times_over(&line, last.x);
        }
        Self { points, functions }
    }

    /// The same in another representation of the field.
    #[cfg(target_arch = "x86_64")]
    pub(in crate::pairing) fn map<G: Field>(&self, to: impl Fn(F) -> G + Copy) -> Multiples<G> {
        Multiples {
            points: self.points.map(|point| Affine { x: to(point.x), y: to(point.y) }),
            functions: self.functions.each_ref().map(|function| function.map(to)),
        }
    }

    /// \[d\]K for a digit d ≠ 0.
    pub(in crate::pairing) fn point(&self, digit: i8) -> Affine<F> {
        let point = self.points[index(digit)];
        if digit > 0 { point } else { Affine { x: point.x, y: -point.y } }
    }

    /// The function with the divisor |d|(±K) + (−\[d\]K) − (|d| + 1)(O).
    pub(in crate::pairing) fn function(&self, digit: i8) -> Monic<F> {
        let function = self.functions[index(digit)];
        if digit > 0 { function } else { function.mirrored() }
    }

    /// Goes through the chain in Jacobian coordinates, and returns Z at its end.
    ///
    /// Writes the slope of each line as a fraction, and X and Y at the start of each window.
    fn chain(&self, steps: &mut [Step<F>], starts: &mut [[F; 2]], one: F) -> F {
        let start = self.point(DIGITS_OF_Q[0]);
        let mut multiple = Jacobian { x: start.x, y: start.y, z: one };
        let (mut steps, mut starts) = (steps.iter_mut(), starts.iter_mut());
        let mut note = |slope, factor| {
            if let Some(step) = steps.next() {
                *step = Step { slope, factor };
            }
        };
        for (window, &digit) in DIGITS_OF_Q.iter().enumerate().skip(1) {
            if let Some(start) = starts.next() {
                *start = [multiple.x, multiple.y];
            }
            for _ in 0..3 {
                let (doubled, tangent) = multiple.double();
                note(tangent.alpha, multiple.y.double());
                multiple = doubled;
            }
            if digit != 0 && window != LAST {
                let (sum, chord) = multiple.add(&self.point(digit));
                note(chord.r, chord.h);
                multiple = sum;
            }
        }
        multiple.z
    }
}

/// The second way through the chain, in affine coordinates and along the slopes.
pub(in crate::pairing) struct Walk<'a, F> {
    pub(in crate::pairing) point: Affine<F>,
    pub(in crate::pairing) steps: &'a [Step<F>],
    pub(in crate::pairing) zero: F,
    pub(in crate::pairing) one: F,
}

impl<F: Field> Walk<'_, F> {
    /// From M to \[8\]M + \[d\]K: the function of a window.
    pub(in crate::pairing) fn window(&mut self, multiples: &Multiples<F>, digit: i8) -> Monic<F> {
        let function = self.eightfold();
        if digit == 0 {
            return function;
        }
        // f_8·(f_d·ℓ/v)/v′: f_8 leads from M to [8]M, and f_d from O to [d]K. ℓ is the chord through [8]M and [d]K, v
        // is the vertical line at [d]K and v′ the one at [8]M.
        let x = multiples.point(digit).x;
        let root = self.point.x;
        let chord = self.chord(x);
        let with_digit = multiples.function(digit).times_over(&chord, x);
        function.times_over(&with_digit, root)
    }

    /// From M to \[8\]M = −\[d\]K: the chord is vertical and left out.
    pub(in crate::pairing) fn last_window(&mut self, multiples: &Multiples<F>) -> Monic<F> {
        let function = self.eightfold();
        function.times_over(&multiples.function(DIGITS_OF_Q[LAST]), self.point.x)
    }

    /// From M to \[8\]M: the function with divisor 8(M) + (−\[8\]M) − 9(O).
    ///
    /// Let f have the divisor n(M) + (−\[n\]M) − (n + 1)(O), and let ℓ be the tangent and v the vertical line at
    /// \[n\]M. Then f·(f·ℓ/v)/v has the divisor for 2n. For n = 1, f is the tangent at M.
    fn eightfold(&mut self) -> Monic<F> {
        let mut function = self.tangent();
        for _ in 0..2 {
            let root = self.point.x;
            let tangent = self.tangent();
            function = function.times_over(&function.times_over(&tangent, root), root);
        }
        function
    }

    /// From T to \[2\]T: the tangent at T.
    fn tangent(&mut self) -> Monic<F> {
        self.chord(self.point.x)
    }

    /// From T to T + U, for the x of U: the chord through both.                     2M + S
    fn chord(&mut self, x: F) -> Monic<F> {
        let slope = self.steps[0].slope;
        self.steps = &self.steps[1..];
        let line = Monic::line(&self.point, slope, self.zero, self.one);
        self.point = third(&self.point, x, slope);
        line
    }
}

/// The sum of T and the point with this x, given the slope of the line through both: the third point of
/// that line, mirrored.                                                           M + S
fn third<F: Field>(t: &Affine<F>, x: F, slope: F) -> Affine<F> {
    let sum = slope.square() - t.x - x;
    Affine { x: sum, y: slope * (t.x - sum) - t.y }
}

fn index(digit: i8) -> usize {
    usize::from(digit.unsigned_abs()) - 1
}
