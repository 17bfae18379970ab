//! Sums [a]A + [b]B + … of public scalars and points by interleaved wNAF (Möller, Algorithms for multi-exponentiation,
//! section 3). All terms share one chain of doublings. Variable time.

use super::Scalar;
#[cfg(target_arch = "x86_64")]
use super::adx::AdxFp;
use super::group::{Cached, Element, Fp};
#[cfg(target_arch = "x86_64")]
use crate::backend::Adx;
use crate::digits::non_adjacent;
use crate::jacobian::{Affine, Jacobian};

/// Digits of a scalar: one for each of 256 bits, and one for the last carry.
const DIGITS: usize = 257;

/// Odd multiples of a point that isn't prepared.
const FRESH: usize = 8;

/// A term \[k\]P of a sum.
pub(super) struct Term<'t> {
    digits: [i8; DIGITS],
    base: Base<'t>,
}

enum Base<'t> {
    /// P, 3P, 5P, …: 2ⁿ ≤ 64 multiples.
    Table(&'t [Affine<Fp>]),
    Fresh(Affine<Fp>),
}

impl<'t> Term<'t> {
    /// \[k\]P from the odd multiples of P, 2ⁿ ≤ 64 of them.
    pub(super) fn prepared(k: &Scalar, table: &'t [Affine<Fp>]) -> Self {
        debug_assert!(table.len().is_power_of_two() && table.len() <= 64, "a digit is an i8");
        let width = table.len().ilog2() as usize + 2;
        Self { digits: non_adjacent(&k.to_integer(), width), base: Base::Table(table) }
    }

    /// \[k\]P.
    pub(super) fn fresh(k: &Scalar, point: &Affine<Fp>) -> Self {
        let width = FRESH.ilog2() as usize + 2;
        Self { digits: non_adjacent(&k.to_integer(), width), base: Base::Fresh(*point) }
    }
}

/// The multiples of a term's point.
enum Multiples<'t, F> {
    Table(&'t [Affine<Fp>]),
    Fresh([Cached<F>; FRESH]),
}

impl<'t, F: Element> Multiples<'t, F> {
    /// For a fresh point 89M + 36S: a doubling (3M + 6S), 7 additions (11M + 3S), and 9 points made summands (M + S).
    fn new(token: F::Token, base: &Base<'t>) -> Self {
        match base {
            Base::Table(table) => Self::Table(table),
            Base::Fresh(point) => {
                let mut last = point.enter_jacobian::<F>(token);
                let twice = last.double_times(1).cached();
                let mut table = [last.cached(); FRESH];
                for entry in &mut table[1..] {
                    // They are never equal or opposite: [2i − 1]P and [2]P in a group of large prime order.
                    last = last.add_cached(&twice);
                    *entry = last.cached();
                }
                Self::Fresh(table)
            }
        }
    }

    fn add_to(&self, token: F::Token, sum: &Jacobian<F>, digit: i8) -> Jacobian<F> {
        let index = usize::from(digit.unsigned_abs() / 2);
        match self {
            Self::Table(table) => {
                let entry = table[index].enter(token);
                sum.add_affine_vartime(token, &if digit < 0 { entry.negate() } else { entry })
            }
            Self::Fresh(table) => {
                let entry = table[index];
                sum.add_cached_vartime(token, &if digit < 0 { entry.negate() } else { entry })
            }
        }
    }
}

/// The sum of the terms.
///
/// A term of k bits with a table of 2ʷ⁻² multiples has k/(w + 1) digits that aren't 0. Each is an addition of 8M + 3S,
/// or of 11M + 3S for a fresh point, whose table is 89M + 36S. A doubling is 4M + 4S, and each run of them 2S − M more.
///
/// So a verification, whose sum is [a]G + [b]KPAK + [c]PVT with 64 multiples of G (w = 8) and both others fresh
/// (w = 5), costs about 2,270M + 1,630S:
///
/// ```text
/// 256 doublings                                     1024M + 1024S
/// 256·(1 − 8/9·5/6·5/6) = 98 runs of them           − 98M +  196S
/// 256/9 = 28 additions for G                         228M +   85S
/// 256/6 = 43 additions each for KPAK and PVT         939M +  256S
/// two tables                                         178M +   72S
/// ```
pub(super) fn sum_vartime<const TERMS: usize>(terms: &[Term<'_>; TERMS]) -> Jacobian<Fp> {
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = Adx::detect() {
        return sum_on::<AdxFp, TERMS>(adx, terms).leave();
    }
    sum_on::<Fp, TERMS>((), terms)
}

/// [`sum_vartime`] in one form of the field.
pub(super) fn sum_on<F: Element, const TERMS: usize>(
    token: F::Token,
    terms: &[Term<'_>; TERMS],
) -> Jacobian<F> {
    let multiples = terms.each_ref().map(|term| Multiples::<F>::new(token, &term.base));
    let mut sum = Jacobian::infinity(token);
    let mut doublings = 0;
    for place in (0..DIGITS).rev() {
        doublings += 1;
        if place > 0 && terms.iter().all(|term| term.digits[place] == 0) {
            continue;
        }
        if !sum.is_infinity_vartime() {
            sum = sum.double_times(doublings);
        }
        doublings = 0;
        for (term, multiples) in terms.iter().zip(&multiples) {
            let digit = term.digits[place];
            if digit != 0 {
                sum = multiples.add_to(token, &sum, digit);
            }
        }
    }
    sum
}
