//! The rounds of [`miller`](super): each an operand or two from the lanes of what came before, and
//! eight products.

use core::arch::x86_64::*;

use zeroize::Zeroizing;

use super::super::digits::{DIGITS, P, TWICE_P};
use super::super::eight::{Vectors, broadcast_digit};
use super::kernel::{Lift, carried, product, squared};
use super::{Addend, SLOTS};

/// a² − c², Z′, a² − c² + Z′, a² + c², a₀ + a² − c², k₁ + k₂, k₃ − k₁, k₂ + k₃, all squared, from
/// a² + 2p, c², Z′, –, –, k₁, k₂, k₃ + 2p and, in `before`, a₀ first.
///
/// They are X, Z, X + Z and X² + Z² of the point doubled, a₀ + X for the tangent, and f = α + iβ as
/// α, β and α + β. Below 5p; lifted by 0, 0, 3p, p, 5p, 5p, 0, 8p.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn squares(second: &Vectors, before: &Vectors, out: &mut Vectors) {
    const LIFT: Lift = Lift::new([0, 0, 3, 1, 5, 5, 0, 8]);
    let one = _mm512_setr_epi64(0, 2, 0, 0, 0, 5, 7, 6);
    let two = _mm512_setr_epi64(1, 1, 1, 1, 1, 6, 5, 7);
    let three = _mm512_setr_epi64(0, 0, 2, 0, 8, 0, 0, 0);
    let operand = carried(|i| {
        let sum = _mm512_permutexvar_epi64(one, second[i]);
        let term = _mm512_permutex2var_epi64(second[i], three, before[i]);
        let sum = _mm512_mask_add_epi64(sum, 0b0001_0100, sum, term);
        let term = _mm512_permutexvar_epi64(two, second[i]);
        let sum = _mm512_mask_add_epi64(sum, 0b1010_1000, sum, term);
        _mm512_mask_sub_epi64(sum, 0b0101_0101, sum, term)
    });
    squared(&operand, &LIFT, out);
}

/// a·a, c·c, 2m·Y, c·2x_Q, c·2y_Q and, for f² = α + iβ and the line r + is,
/// k₁ = (α − β)·r, k₂ = β·(r − s), k₃ = α·(r + s), from
/// a, c, (X + Z)² + 3p, (X² + Z²)² + p of the point before, –, and the squares of α, β, α + β
/// plus 5p, 0, 8p.
///
/// 2m = (X + Z)² − a − c and Y as in the doubling; after an addition it is the sum of lanes 3 and 4.
/// Left below 4p, in the last lane 7p, right below 6p; lifted by 2p, 0, 0, 0, 0, 0, 0, 2p.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn products<const ADDED: bool>(
    first: &Vectors,
    points: &Vectors,
    lines: &Vectors,
    slot: usize,
    out: &mut Vectors,
) {
    const LIFT: Lift = Lift::new([2, 0, 0, 0, 0, 0, 0, 2]);
    let one = _mm512_setr_epi64(0, 1, 2, 1, 1, 5, 7, 5);
    let two = _mm512_setr_epi64(0, 0, 0, 0, 0, 7, 5, 6);
    let three = _mm512_setr_epi64(0, 0, 1, 0, 0, 5, 6, 0);
    let left = carried(|i| {
        let sum = _mm512_permutexvar_epi64(one, first[i]);
        let term = _mm512_permutexvar_epi64(two, first[i]);
        let sum = _mm512_mask_sub_epi64(sum, 0b1110_0100, sum, term);
        let term = _mm512_permutexvar_epi64(three, first[i]);
        let sum = _mm512_mask_add_epi64(sum, 0b0010_0000, sum, term);
        _mm512_mask_sub_epi64(sum, 0b0100_0100, sum, term)
    });
    // Indices from 8 on are into the lines.
    let r = 8 + 2 * slot.cast_signed() as i64;
    let one = _mm512_setr_epi64(0, 1, 3, 0, 0, r, r, r);
    let two = _mm512_setr_epi64(0, 0, if ADDED { 4 } else { 0 }, 0, 0, 0, r + 1, r + 1);
    let right = carried(|i| {
        let term = _mm512_permutex2var_epi64(first[i], one, lines[i]);
        let sum = _mm512_mask_mov_epi64(term, 0b0001_1000, points[i]);
        let other = _mm512_permutex2var_epi64(first[i], two, lines[i]);
        if ADDED {
            let sum = _mm512_mask_add_epi64(sum, 0b1000_0100, sum, other);
            _mm512_mask_sub_epi64(sum, 0b0100_0000, sum, other)
        } else {
            let sum = _mm512_mask_add_epi64(sum, 0b0000_0100, sum, term);
            let sum = _mm512_mask_add_epi64(sum, 0b1000_0000, sum, other);
            _mm512_mask_sub_epi64(sum, 0b0100_0100, sum, other)
        }
    });
    product(&left, &right, &LIFT, out);
}

/// The lines r + is of four doublings,
/// r = 2aX′ + c·2x_Q·(3a² + c²), s = c·2y_Q·Z′, where 2aX′ = (a + X′)² − a² − X′².
///
/// (a + X′)² comes with 5p, a² with 2p, and X′² with nothing. So r is below
/// 6p + 2¹⁰¹⁴ and above s. Factors below 4p + 2¹⁰¹⁴, as 6p are taken from 3a².
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn merged_lines(
    first: &[Vectors; SLOTS],
    second: &[Vectors; SLOTS],
    lines: &mut Vectors,
) {
    const LIFT: Lift = Lift::new([1, 0, 1, 0, 1, 0, 1, 0]);
    const SIX: Lift = Lift::new([6, 0, 6, 0, 6, 0, 6, 0]);
    const EVEN: __mmask8 = 0b0101_0101;
    // Two lanes of each of four, the first in slot `turn`.
    let gather = |of: &[Vectors; SLOTS], i: usize, [even, odd]: [i64; 2], turn: usize| {
        let low = _mm512_setr_epi64(even, odd, even + 8, odd + 8, 0, 0, 0, 0);
        let high = _mm512_setr_epi64(0, 0, 0, 0, even, odd, even + 8, odd + 8);
        let low = _mm512_permutex2var_epi64(of[turn][i], low, of[(turn + 1) % SLOTS][i]);
        let [a, b] = [of[(turn + 2) % SLOTS][i], of[(turn + 3) % SLOTS][i]];
        _mm512_mask_mov_epi64(low, 0b1111_0000, _mm512_permutex2var_epi64(a, high, b))
    };
    let six = SIX.vectors();
    let left = carried(|i| gather(second, i, [3, 4], 0));
    let mut squares: Vectors = [_mm512_setzero_si512(); DIGITS];
    for i in 0..DIGITS {
        squares[i] = gather(second, i, [0, 2], 0);
    }
    let right = carried(|i| {
        let sum = squares[i];
        let twice = _mm512_add_epi64(sum, sum);
        let sum = _mm512_mask_add_epi64(sum, EVEN, sum, twice);
        let sum = _mm512_sub_epi64(sum, six[i]);
        _mm512_mask_add_epi64(sum, EVEN, sum, gather(second, i, [1, 1], 0))
    });
    product(&left, &right, &LIFT, lines);
    for i in 0..DIGITS {
        let both = gather(first, i, [4, 0], 1);
        let x_squared = _mm512_shuffle_epi32::<0x4e>(both);
        let sum = _mm512_mask_add_epi64(lines[i], EVEN, lines[i], both);
        let sum = _mm512_mask_sub_epi64(sum, EVEN, sum, x_squared);
        lines[i] = _mm512_mask_sub_epi64(sum, EVEN, sum, squares[i]);
    }
}

/// a₁a₂, c₁c₂, 2m₁·Y₂/2, Y₁·m₂, Y₁Y₂, 2m₁·m₂, c₁a₂, a₁c₂, from what [`products`] takes; with −Y₂ if
/// `negative`.                     Left below 4p, right 2p; lifted by 2p in lane 0
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn mixed_products<const ADDED: bool>(
    first: &Vectors,
    addend: &Addend,
    negative: bool,
    out: &mut Vectors,
) {
    const LIFT: Lift = Lift::new([2, 0, 0, 0, 0, 0, 0, 0]);
    let one = _mm512_setr_epi64(0, 1, 2, 3, 3, 2, 1, 0);
    let two = if ADDED {
        _mm512_setr_epi64(0, 0, 0, 4, 4, 0, 0, 0)
    } else {
        _mm512_setr_epi64(0, 0, 0, 0, 0, 0, 0, 0)
    };
    let three = _mm512_setr_epi64(0, 0, 1, 0, 0, 1, 0, 0);
    let left = carried(|i| {
        let term = _mm512_permutexvar_epi64(one, first[i]);
        let other = _mm512_permutexvar_epi64(two, first[i]);
        let sum = if ADDED {
            let sum = _mm512_mask_add_epi64(term, 0b0001_1000, term, other);
            _mm512_mask_sub_epi64(sum, 0b0010_0100, sum, other)
        } else {
            let sum = _mm512_mask_add_epi64(term, 0b0001_1000, term, term);
            _mm512_mask_sub_epi64(sum, 0b0011_1100, sum, other)
        };
        let term = _mm512_permutexvar_epi64(three, first[i]);
        _mm512_mask_sub_epi64(sum, 0b0010_0100, sum, term)
    });
    let lanes = if negative { 0b0001_0100 } else { 0 };
    let right = carried(|i| {
        let point = addend.point[i];
        _mm512_mask_sub_epi64(point, lanes, broadcast_digit(TWICE_P[i]), point)
    });
    product(&left, &right, &LIFT, out);
}

/// X², Z², (X + Z)² and the two terms of Y for the sum; 2m₁·Y₁, c₁², (2m₁)² for the chord.
///                                     Both sides below 5p; lifted by 3p in lane 2
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn sum_products<const ADDED: bool>(mixed: &Vectors, first: &Vectors, out: &mut Vectors) {
    const LIFT: Lift = Lift::new([0, 0, 3, 0, 0, 0, 0, 0]);
    // Indices from 8 on are into `first`.
    let y = if ADDED { 8 + 4 } else { 8 };
    let one = _mm512_setr_epi64(0, 2, 0, 0, 5, 8 + 2, 8 + 1, 8 + 2);
    let two = _mm512_setr_epi64(1, 3, 1, 1, 0, 8, 0, 8);
    let three = _mm512_setr_epi64(0, 0, 2, 0, 0, 8 + 1, 0, 8 + 1);
    let four = _mm512_setr_epi64(0, 0, 3, 0, 0, 8 + 3, 0, 0);
    let left = carried(|i| {
        let term = |index| _mm512_permutex2var_epi64(mixed[i], index, first[i]);
        let sum = term(one);
        let sum = _mm512_mask_add_epi64(sum, 0b0000_1010, sum, term(two));
        let sum = _mm512_mask_sub_epi64(sum, 0b1010_0101, sum, term(two));
        let sum = _mm512_mask_add_epi64(sum, 0b0000_0100, sum, term(three));
        let sum = _mm512_mask_sub_epi64(sum, 0b1010_0000, sum, term(three));
        _mm512_mask_add_epi64(sum, 0b0000_0100, sum, term(four))
    });
    let one = _mm512_setr_epi64(0, 2, 0, 4, 6, 8 + 3, 8 + 1, 8 + 2);
    let two = _mm512_setr_epi64(1, 3, 1, 0, 7, y, 0, 8);
    let three = _mm512_setr_epi64(0, 0, 2, 0, 0, 8 + 3, 0, 8 + 1);
    let right = carried(|i| {
        let term = |index| _mm512_permutex2var_epi64(mixed[i], index, first[i]);
        let sum = term(one);
        let (plus_two, minus_two, plus_three) = if ADDED {
            (0b0011_0010, 0b1000_0101, 0b0000_0100)
        } else {
            (0b0001_0010, 0b1010_0101, 0b0010_0100)
        };
        let sum = _mm512_mask_add_epi64(sum, plus_two, sum, term(two));
        let sum = _mm512_mask_sub_epi64(sum, minus_two, sum, term(two));
        let sum = _mm512_mask_sub_epi64(sum, 0b1000_0000, sum, term(three));
        let sum = _mm512_mask_add_epi64(sum, plus_three, sum, term(three));
        _mm512_mask_add_epi64(sum, 0b0000_0100, sum, term(four))
    });
    product(&left, &right, &LIFT, out);
}

/// r, i, i, r of the chord. A chord to −T₂ is the conjugate of that from −T₁ to T₂. Below 5p.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn chord_products(sum: &Vectors, addend: &Addend, negative: bool, chord: &mut Vectors) {
    let lanes = _mm512_setr_epi64(5, 5, 6, 6, 7, 7, 5, 5);
    let left = carried(|i| _mm512_permutexvar_epi64(lanes, sum[i]));
    product(&left, &addend.chord, &Lift::NONE, chord);
    let one = _mm512_setr_epi64(0, 1, 1, 0, 0, 0, 0, 0);
    let two = _mm512_setr_epi64(2, 3, 3, 2, 0, 0, 0, 0);
    let three = _mm512_setr_epi64(4, 5, 5, 4, 0, 0, 0, 0);
    // Signs of the real part's first term and of the imaginary part's other two.
    let (minus_one, minus_others) = if negative { (0b1001, 0b0110) } else { (0, 0) };
    for i in 0..DIGITS {
        let term = |lanes| _mm512_permutexvar_epi64(lanes, chord[i]);
        let signed = |sum, mask, term| {
            let sum = _mm512_mask_sub_epi64(sum, mask, sum, term);
            _mm512_mask_add_epi64(sum, !mask, sum, term)
        };
        let sum = broadcast_digit(if negative { 3 * P[i] } else { 0 });
        let sum = signed(sum, minus_one, term(one));
        chord[i] = signed(signed(sum, minus_others, term(two)), minus_others, term(three));
    }
}

/// The line in a slot becomes its product with a chord: r below 5p.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn line_by_chord(lines: &mut Vectors, chord: &Vectors, slot: usize) {
    let r = 2 * slot.cast_signed() as i64;
    let r_r_s_s = _mm512_setr_epi64(r, r, r + 1, r + 1, r, r, r, r);
    let left = carried(|i| _mm512_permutexvar_epi64(r_r_s_s, lines[i]));
    let right = carried(|i| chord[i]);
    let mut out = Zeroizing::new([_mm512_setzero_si512(); DIGITS]);
    product(&left, &right, &Lift::NONE, &mut out);
    let (even, odd) = (1u8 << r, 2u8 << r);
    let one = _mm512_setr_epi64(0, 1, 0, 1, 0, 1, 0, 1);
    let two = _mm512_setr_epi64(2, 3, 2, 3, 2, 3, 2, 3);
    for i in 0..DIGITS {
        let [one, two] = [one, two].map(|lanes| _mm512_permutexvar_epi64(lanes, out[i]));
        let sum = _mm512_mask_add_epi64(lines[i], even, one, broadcast_digit(4 * P[i]));
        let sum = _mm512_mask_sub_epi64(sum, even, sum, two);
        lines[i] = _mm512_mask_add_epi64(sum, odd, one, two);
    }
}
