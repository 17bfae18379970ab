//! Sums [a]A + [b]B + … of public scalars and points: interleaved wNAF (Möller, Algorithms for
//! multi-exponentiation, section 3), all terms sharing one chain of doublings. Variable time.

use super::jacobian::{Affine, Cached, Fp, Jacobian};
use super::residue::Limbs;

/// Digits of a scalar: one more than bits, for the last carry.
const DIGITS: usize = 257;

/// Odd multiples of a point met for the first time.
const FRESH: usize = 8;

/// P, 3P, 5P, …
enum Multiples<'t> {
    /// From a table of 2ⁿ ≤ 64 multiples.
    Table(&'t [Affine<Fp>]),
    Fresh([Cached<Fp>; FRESH]),
}

/// \[k\]P of a sum.
pub(super) struct Term<'t> {
    digits: [i8; DIGITS],
    multiples: Multiples<'t>,
}

impl<'t> Term<'t> {
    /// \[k\]P from P's table of [`odd_multiples`], 2ⁿ ≤ 64 of them.
    pub(super) fn prepared(k: &Limbs, table: &'t [Affine<Fp>]) -> Self {
        debug_assert!(table.len().is_power_of_two() && table.len() <= 64, "a digit is an i8");
        Self { digits: recode(k, table.len().ilog2() + 2), multiples: Multiples::Table(table) }
    }

    /// \[k\]P.                                               7(11M + 3S) + 6M + 4S + 8(M + S)
    pub(super) fn fresh(k: &Limbs, point: &Affine<Fp>) -> Self {
        let point = Jacobian::from(point);
        let twice = point.double_times(1).cached();
        let mut last = point;
        let mut table = [point.cached(); FRESH];
        for entry in &mut table[1..] {
            // Not equal, not opposite: [2i + 1]P and [2]P in a group of large prime order.
            last = last.add_cached(&twice);
            *entry = last.cached();
        }
        Self { digits: recode(k, FRESH.ilog2() + 2), multiples: Multiples::Fresh(table) }
    }

    fn add_to(&self, sum: &Jacobian<Fp>, digit: i8) -> Jacobian<Fp> {
        let index = usize::from(digit.unsigned_abs() / 2);
        match &self.multiples {
            Multiples::Table(table) => {
                let entry = table[index];
                sum.add_affine_vartime(&if digit < 0 { entry.negate() } else { entry })
            }
            Multiples::Fresh(table) => {
                let entry = table[index];
                sum.add_cached_vartime(&if digit < 0 { entry.negate() } else { entry })
            }
        }
    }
}

/// The sum of the terms.
///
/// A term costs k/(w + 1) additions of 8M + 3S, or 11M + 3S for a fresh one, for a scalar of k bits
/// and a table of 2ʷ⁻² multiples; the doublings are 4M + 4S each.
pub(super) fn sum_vartime(terms: &[Term<'_>]) -> Jacobian<Fp> {
    let mut sum = Jacobian::INFINITY;
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
        for term in terms {
            let digit = term.digits[place];
            if digit != 0 {
                sum = term.add_to(&sum, digit);
            }
        }
    }
    sum
}

/// The digits of width w of k = Σ dᵢ·2ⁱ: each 0 or odd and |dᵢ| < 2ʷ⁻¹, and of w consecutive ones
/// one at most isn't 0. For 2 ≤ w ≤ 8.
fn recode(k: &Limbs, width: u32) -> [i8; DIGITS] {
    let mut digits = [0; DIGITS];
    let mut place = 0;
    let mut carry: i16 = 0;
    while place < DIGITS {
        let window = (bits(k, place) & ((1 << width) - 1)) + carry;
        if window % 2 == 0 {
            // Nothing here; a carry into a run of ones stays a carry.
            place += 1;
            continue;
        }
        // The upper half of the windows is negative, and carries.
        carry = window >> (width - 1);
        digits[place] = (window - (carry << width)) as i8;
        place += width as usize;
    }
    debug_assert_eq!(carry, 0, "2²⁵⁷ > k");
    digits
}

/// Eight bits of k from `place` on, 0 beyond its end.
fn bits(k: &Limbs, place: usize) -> i16 {
    let limb = |i: usize| k.get(i).copied().unwrap_or(0);
    let low = u128::from(limb(place / 64)) | u128::from(limb(place / 64 + 1)) << 64;
    i16::from((low >> (place % 64)) as u8)
}
