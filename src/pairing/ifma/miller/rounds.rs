//! The rounds of [`miller`](super): each an operand or two from the lanes of what came before, and
//! eight products.

use core::arch::x86_64::*;

use zeroize::Zeroizing;

use super::kernel::{Lift, carried, product, squared};
use super::{Addend, GROUP, columns};
use crate::field::ifma::digits::{DIGITS, P, TWICE_P};
use crate::field::ifma::eight::{Vectors, broadcast_digit};

/// Four lines, and which of them is meant.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) lines: &'a Vectors,
    pub(super) slot: usize,
}

/// [`Line`], to be changed.
pub(super) struct LineMut<'a> {
    pub(super) lines: &'a mut Vectors,
    pub(super) slot: usize,
}

impl Line<'_> {
    /// The lane of r, before that of s.
    const fn r(&self) -> i64 {
        2 * self.slot.cast_signed() as i64
    }
}

impl LineMut<'_> {
    /// As [`Line::r`].
    const fn r(&self) -> i64 {
        2 * self.slot.cast_signed() as i64
    }
}

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
/// Left below 4p, in the last lane 6p, right below 6p, in lane 6 7p; lifted by 2p, 0, 0, 0, 0, 0, 0, 2p.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn products<const ADDED: bool>(
    first: &Vectors,
    points: &Vectors,
    line: Line<'_>,
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
    let (lines, r) = (line.lines, 8 + line.r());
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
/// 6p + 2¹⁰¹⁴ and above s. Factors below p and 10p, each plus 2¹⁰¹⁴.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn merged_lines(
    first: &[Vectors; GROUP],
    second: &[Vectors; GROUP],
    lines: &mut Vectors,
) {
    const LIFT: Lift = Lift::new([1, 0, 1, 0, 1, 0, 1, 0]);
    const EVEN: __mmask8 = 0b0101_0101;
    // Two lanes of each of four, the first in slot `turn`.
    let gather = |of: &[Vectors; GROUP], i: usize, [even, odd]: [i64; 2], turn: usize| {
        let low = _mm512_setr_epi64(even, odd, even + 8, odd + 8, 0, 0, 0, 0);
        let high = _mm512_setr_epi64(0, 0, 0, 0, even, odd, even + 8, odd + 8);
        let low = _mm512_permutex2var_epi64(of[turn][i], low, of[(turn + 1) % GROUP][i]);
        let [a, b] = [of[(turn + 2) % GROUP][i], of[(turn + 3) % GROUP][i]];
        _mm512_mask_mov_epi64(low, 0b1111_0000, _mm512_permutex2var_epi64(a, high, b))
    };
    let left = carried(|i| gather(second, i, [3, 4], 0));
    let mut squares: Vectors = [_mm512_setzero_si512(); DIGITS];
    for i in 0..DIGITS {
        squares[i] = gather(second, i, [0, 2], 0);
    }
    let right = carried(|i| {
        let sum = squares[i];
        let twice = _mm512_add_epi64(sum, sum);
        let sum = _mm512_mask_add_epi64(sum, EVEN, sum, twice);
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

/// a₁a₂, c₁c₂, 2m₁·Y₂/2, Y₁·m₂, Y₁Y₂, –, (a₁ + c₁)(a₂ + c₂), 2m₁·m₂, from what [`products`] takes;
/// with −Y₂ if `negative`. And in lane 5 the first product of a line by a chord, see [`chords`].
///
/// Left below 4p, right 2p, in lane 5 6p and 3p; lifted by 2p in lane 0, 5p in lane 6.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn mixed_products<const ADDED: bool>(
    first: &Vectors,
    addend: &Addend,
    negative: bool,
    line: Line<'_>,
    chord: &Vectors,
    out: &mut Vectors,
) {
    const LIFT: Lift = Lift::new([2, 0, 0, 0, 0, 0, 5, 0]);
    // Indices from 8 on are into the lines.
    let one = _mm512_setr_epi64(0, 1, 2, 3, 3, 8 + line.r(), 0, 2);
    let left = carried(|i| {
        let sum = _mm512_permutex2var_epi64(first[i], one, line.lines[i]);
        let (a, c) = (lane(first, i, 0), lane(first, i, 1));
        let sum = if ADDED {
            let sum = _mm512_mask_add_epi64(sum, 0b0001_1000, sum, lane(first, i, 4));
            _mm512_mask_sub_epi64(sum, 0b1000_0100, sum, a)
        } else {
            let sum = _mm512_mask_add_epi64(sum, 0b0001_1000, sum, sum);
            _mm512_mask_sub_epi64(sum, 0b1001_1100, sum, a)
        };
        let sum = _mm512_mask_add_epi64(sum, 0b0100_0000, sum, c);
        _mm512_mask_sub_epi64(sum, 0b1000_0100, sum, c)
    });
    let lanes = if negative { 0b0001_0100 } else { 0 };
    let mut right = carried(|i| {
        let point = addend.point[i];
        _mm512_mask_sub_epi64(point, lanes, broadcast_digit(TWICE_P[i]), point)
    });
    for i in 0..DIGITS {
        right[i] = _mm512_mask_mov_epi64(right[i], 0b0010_0000, chord[i]);
    }
    product(&left, &right, &LIFT, out);
}

/// X², Z², (X + Z)² and the two terms of Y for the sum; 2m₁·Y₁, c₁², (2m₁)² for the chord.
///                                     Both sides below 5p; lifted by 3p in lane 2
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn sum_products<const ADDED: bool>(mixed: &Vectors, first: &Vectors, out: &mut Vectors) {
    const LIFT: Lift = Lift::new([0, 0, 3, 0, 0, 0, 0, 0]);
    // Indices from 8 on are into `first`.
    let one = _mm512_setr_epi64(0, 2, 0, 0, 7, 8 + 2, 8 + 1, 8 + 2);
    let two = _mm512_setr_epi64(1, 3, 1, 1, 0, 8, 0, 8);
    let mut columns: Vectors = [_mm512_setzero_si512(); DIGITS];
    for i in 0..DIGITS {
        let term = |index| _mm512_permutex2var_epi64(mixed[i], index, first[i]);
        let sum = term(one);
        let sum = _mm512_mask_add_epi64(sum, 0b0000_1010, sum, term(two));
        let sum = _mm512_mask_sub_epi64(sum, 0b1010_0101, sum, term(two));
        let sum = _mm512_mask_sub_epi64(sum, 0b1010_0000, sum, lane(first, i, 1));
        let sum = _mm512_mask_add_epi64(sum, 0b0000_0100, sum, lane(mixed, i, 2));
        columns[i] = _mm512_mask_add_epi64(sum, 0b0000_0100, sum, lane(mixed, i, 3));
    }
    let left = carried(|i| columns[i]);
    // Five lanes are squares.
    let others = _mm512_setr_epi64(0, 0, 0, 4, 6, 0, 0, 0);
    let right = carried(|i| {
        let sum = _mm512_mask_permutexvar_epi64(columns[i], 0b0001_1000, others, mixed[i]);
        let sum = _mm512_mask_sub_epi64(sum, 0b0001_0000, sum, lane(mixed, i, 0));
        let sum = _mm512_mask_sub_epi64(sum, 0b0001_0000, sum, lane(mixed, i, 1));
        let sum = _mm512_mask_mov_epi64(sum, 0b0010_0000, lane(first, i, 3));
        if ADDED {
            _mm512_mask_add_epi64(sum, 0b0010_0000, sum, lane(first, i, 4))
        } else {
            let sum = _mm512_mask_add_epi64(sum, 0b0010_0000, sum, sum);
            _mm512_mask_sub_epi64(sum, 0b0010_0000, sum, lane(first, i, 0))
        }
    });
    product(&left, &right, &LIFT, out);
}

/// r, s and r − s + 4p of the sum's chord in lanes 5, 6 and 7 of `chord`, as factors; and if there
/// `is_line`, it becomes its product with the chord before. r, s below 3p.
///
/// A chord to −T₂ is the conjugate of that from −T₁ to T₂.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn chords(
    sum: &Vectors,
    mixed: &Vectors,
    addend: &Addend,
    negative: bool,
    line: &mut LineMut<'_>,
    is_line: bool,
    chord: &mut Vectors,
) {
    let r = line.r();
    let lanes = _mm512_setr_epi64(5, 5, 6, 6, 7, 7, 8 + r + 1, 8 + r);
    let opposite = if negative { 0b0010_1001 } else { 0 };
    let left = carried(|i| {
        let sum = _mm512_permutex2var_epi64(sum[i], lanes, line.lines[i]);
        let s = lane(line.lines, i, 2 * line.slot + 1);
        let sum = _mm512_mask_sub_epi64(sum, 0b1000_0000, sum, s);
        _mm512_mask_sub_epi64(sum, opposite, broadcast_digit(TWICE_P[i]), sum)
    });
    for i in 0..DIGITS {
        chord[i] = _mm512_mask_mov_epi64(addend.chord[i], 0b1100_0000, chord[i]);
    }
    let mut out = Zeroizing::new([_mm512_setzero_si512(); DIGITS]);
    product(&left, chord, &Lift::NONE, &mut out);
    if is_line {
        set_product(line, mixed, &out);
    }
    let one = _mm512_setr_epi64(0, 0, 0, 0, 0, 0, 1, 0);
    let two = _mm512_setr_epi64(2, 2, 2, 2, 2, 2, 3, 2);
    let three = _mm512_setr_epi64(4, 4, 4, 4, 4, 4, 5, 4);
    let imaginary = _mm512_set1_epi64(6);
    *chord = carried(|i| {
        let term = |lanes| _mm512_permutexvar_epi64(lanes, out[i]);
        let sum = _mm512_add_epi64(_mm512_add_epi64(term(one), term(two)), term(three));
        let s = _mm512_permutexvar_epi64(imaginary, sum);
        let sum = _mm512_mask_add_epi64(sum, 0b1000_0000, sum, broadcast_digit(4 * P[i]));
        _mm512_mask_sub_epi64(sum, 0b1000_0000, sum, s)
    });
}

/// What [`mixed_products`] and [`chords`] do to a line, in a round of its own.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn line_by_chord(line: &mut LineMut<'_>, chord: &Vectors) {
    let r = line.r();
    let lanes = _mm512_setr_epi64(r, r, r, r, r, r, r + 1, r);
    let left = carried(|i| {
        let sum = _mm512_permutexvar_epi64(lanes, line.lines[i]);
        let s = lane(line.lines, i, 2 * line.slot + 1);
        _mm512_mask_sub_epi64(sum, 0b1000_0000, sum, s)
    });
    let mut out = Zeroizing::new([_mm512_setzero_si512(); DIGITS]);
    product(&left, chord, &Lift::NONE, &mut out);
    set_product(line, &out, &out);
}

/// (r + is)(u + iv) = ru − sv + i(ru + sv − (r − s)(u − v)) into a line, from ru in lane 5 of
/// `first`, the others in lanes 6 and 7 of `second`. Between 3p and 5p, and −2p and p.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn set_product(line: &mut LineMut<'_>, first: &Vectors, second: &Vectors) {
    const LIFT: Lift = Lift::new([4, 0, 4, 0, 4, 0, 4, 0]);
    let lift = LIFT.vectors();
    let (even, odd) = (1u8 << line.r(), 2u8 << line.r());
    for i in 0..DIGITS {
        let sum = _mm512_mask_add_epi64(line.lines[i], even | odd, lift[i], lane(first, i, 5));
        let sum = _mm512_mask_sub_epi64(sum, even, sum, lane(second, i, 6));
        let sum = _mm512_mask_add_epi64(sum, odd, sum, lane(second, i, 6));
        let sum = _mm512_mask_sub_epi64(sum, odd, sum, broadcast_digit(P[i]));
        line.lines[i] = _mm512_mask_sub_epi64(sum, odd, sum, lane(second, i, 7));
    }
}

/// A lane in all of them, from memory: no shuffle.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn lane(vectors: &Vectors, i: usize, lane: usize) -> __m512i {
    broadcast_digit(columns(vectors)[i][lane])
}
