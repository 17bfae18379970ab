//! The rounds of [`miller`](super): each an operand or two from the lanes of what came before, and
//! eight products.

use core::arch::x86_64::*;

use zeroize::Zeroizing;

use super::lanes::{chord, factor, mixed, product, square, sum};
use super::{Addend, GROUP};
use crate::field::ifma::columns::{
    self, ANY, Lift, OTHER, Vectors, add_in, broadcast_digit, carried, columns, lanes, pick,
    sub_in, take_in,
};
use crate::field::ifma::digits::{DIGITS, P, TWICE_P};

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

/// The lanes of r and s of the line in a slot.
#[expect(clippy::cast_possible_truncation, reason = "one of four")]
const fn r_s(slot: usize) -> [u8; 2] {
    let r = 2 * slot as u8;
    [r, r + 1]
}

/// The lanes of r of all four lines.
const ALL_R: __mmask8 = lanes([0, 2, 4, 6]);

/// What the lanes of a round's factors are below, in multiples of p and up to a slack of 2¹⁰¹⁴.
/// `docs/ifma-miller.md` derives them.
struct Bounds {
    left: [u64; 8],
    right: [u64; 8],
}

impl Bounds {
    /// With the slack, products up to 44p² are below 2²⁰⁵².
    const fn new(left: [u64; 8], right: [u64; 8]) -> Self {
        let mut lane = 0;
        while lane < 8 {
            assert!(left[lane] * right[lane] <= 44);
            lane += 1;
        }
        Self { left, right }
    }

    /// Judged by the top digits, which count 2⁹⁸⁸. For assertions.
    fn hold(&self, left: &Vectors, right: &Vectors) -> bool {
        [(left, self.left), (right, self.right)].iter().all(|(factor, multiples)| {
            let tops = columns(factor)[DIGITS - 1];
            let bound = |multiple| multiple * (P[DIGITS - 1] + 1) + (1 << (1014 - 988));
            tops.iter().zip(multiples).all(|(&top, &multiple)| top <= bound(multiple))
        })
    }
}

/// a² − c², Z′, a² − c² + Z′, a² + c², a₀ + a² − c², k₁ + k₂, k₃ − k₁, k₂ + k₃, all squared, from
/// a² + 2p, c², Z′, –, –, k₁, k₂, k₃ + 2p and, in `before`, a₀ first.
///
/// They are X, Z, X + Z and X² + Z² of the point doubled, a₀ + X for the tangent, and f = α + iβ as
/// α, β and α + β.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn squares(products: &Vectors, before: &Vectors, out: &mut Vectors) {
    const BOUNDS: Bounds = Bounds::new([3, 1, 4, 4, 4, 2, 3, 4], [3, 1, 4, 4, 4, 2, 3, 4]);
    const LIFT: Lift = Lift::new([0, 0, 3, 1, 5, 5, 0, 8]);
    use product::{AA, CC, K1, K2, K3, Z};
    use square::{A, H, IM, RE, RE_IM, S, T};
    let one = pick([AA, Z, AA, AA, AA, K1, K3, K2]);
    let two = pick([CC, ANY, CC, CC, CC, K2, K1, K3]);
    let three = pick([ANY, ANY, Z, ANY, OTHER + A, ANY, ANY, ANY]);
    let operand = carried(|i| {
        let sum = _mm512_permutexvar_epi64(one, products[i]);
        let term = _mm512_permutex2var_epi64(products[i], three, before[i]);
        let sum = add_in(lanes([S, T]), sum, term);
        let term = _mm512_permutexvar_epi64(two, products[i]);
        let sum = add_in(lanes([H, RE, RE_IM]), sum, term);
        sub_in(lanes([A, S, T, IM]), sum, term)
    });
    debug_assert!(BOUNDS.hold(&operand, &operand), "a factor above its bound");
    *out = columns::square(&operand, |row| LIFT.vectors()[row]);
}

/// a·a, c·c, 2m·Y, c·2x_Q, c·2y_Q and, for f² = α + iβ and the line r + is,
/// k₁ = (α − β)·r, k₂ = β·(r − s), k₃ = α·(r + s), from
/// a, c, (X + Z)² + 3p, (X² + Z²)² + p of the point before, –, and the squares of α, β, α + β
/// plus 5p, 0, 8p.
///
/// 2m = (X + Z)² − a − c and Y as in the doubling; after an addition it is the sum of lanes 3 and 4.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn products<const ADDED: bool>(
    squares: &Vectors,
    points: &Vectors,
    line: Line<'_>,
    out: &mut Vectors,
) {
    const BOUNDS: Bounds = Bounds::new([1, 1, 4, 1, 1, 4, 4, 6], [1, 1, 4, 1, 1, 6, 7, 7]);
    const LIFT: Lift = Lift::new([2, 0, 0, 0, 0, 0, 0, 2]);
    use product::{CX, CY, K1, K2, K3, Z};
    use square::{A, C, H, IM, RE, RE_IM, S};
    use sum::{Y1, Y2};
    let one = pick([A, C, S, C, C, RE, RE_IM, RE]);
    let two = pick([ANY, ANY, A, ANY, ANY, RE_IM, RE, IM]);
    let three = pick([ANY, ANY, C, ANY, ANY, RE, IM, ANY]);
    let left = carried(|i| {
        let sum = _mm512_permutexvar_epi64(one, squares[i]);
        let term = _mm512_permutexvar_epi64(two, squares[i]);
        let sum = sub_in(lanes([Z, K1, K2, K3]), sum, term);
        let term = _mm512_permutexvar_epi64(three, squares[i]);
        let sum = add_in(lanes([K1]), sum, term);
        sub_in(lanes([Z, K2]), sum, term)
    });
    let [r, s] = r_s(line.slot).map(|lane| OTHER + lane);
    let one = pick([A, C, if ADDED { Y1 } else { H }, ANY, ANY, r, r, r]);
    let two = pick([ANY, ANY, if ADDED { Y2 } else { A }, ANY, ANY, ANY, s, s]);
    let right = carried(|i| {
        let term = _mm512_permutex2var_epi64(squares[i], one, line.lines[i]);
        let sum = take_in(lanes([CX, CY]), term, points[i]);
        let other = _mm512_permutex2var_epi64(squares[i], two, line.lines[i]);
        if ADDED {
            sub_in(lanes([K2]), add_in(lanes([Z, K3]), sum, other), other)
        } else {
            let sum = add_in(lanes([Z]), sum, term);
            sub_in(lanes([Z, K2]), add_in(lanes([K3]), sum, other), other)
        }
    });
    multiply(&left, &right, &BOUNDS, &LIFT, out);
}

/// The lines r + is of four doublings,
/// r = 2aX′ + c·2x_Q·(3a² + c²), s = c·2y_Q·Z′, where 2aX′ = (a + X′)² − a² − X′².
///
/// (a + X′)² comes with 5p, a² with 2p, and X′² with nothing. So r is below 6p and above s.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn merged_lines(
    squares: &[Vectors; GROUP],
    products: &[Vectors; GROUP],
    lines: &mut Vectors,
) {
    const BOUNDS: Bounds = Bounds::new([1; 8], [10, 1, 10, 1, 10, 1, 10, 1]);
    const LIFT: Lift = Lift::new([1, 0, 1, 0, 1, 0, 1, 0]);
    use product::{AA, CC, CX, CY, Z};
    use square::{A, T};
    // Two lanes of each of four, the first in slot `turn`.
    let gather = |of: &[Vectors; GROUP], i: usize, [even, odd]: [u8; 2], turn: usize| {
        let low = pick([even, odd, OTHER + even, OTHER + odd, ANY, ANY, ANY, ANY]);
        let high = pick([ANY, ANY, ANY, ANY, even, odd, OTHER + even, OTHER + odd]);
        let low = _mm512_permutex2var_epi64(of[turn][i], low, of[(turn + 1) % GROUP][i]);
        let [a, b] = [of[(turn + 2) % GROUP][i], of[(turn + 3) % GROUP][i]];
        take_in(lanes([4, 5, 6, 7]), low, _mm512_permutex2var_epi64(a, high, b))
    };
    let left = carried(|i| gather(products, i, [CX, CY], 0));
    let mut aa_z: Vectors = [_mm512_setzero_si512(); DIGITS];
    for i in 0..DIGITS {
        aa_z[i] = gather(products, i, [AA, Z], 0);
    }
    let right = carried(|i| {
        let sum = add_in(ALL_R, aa_z[i], _mm512_add_epi64(aa_z[i], aa_z[i]));
        add_in(ALL_R, sum, gather(products, i, [CC, CC], 0))
    });
    multiply(&left, &right, &BOUNDS, &LIFT, lines);
    for i in 0..DIGITS {
        // (a + X′)² and X′² come from the doubling after.
        let t_a = gather(squares, i, [T, A], 1);
        let a_t = _mm512_shuffle_epi32::<0x4e>(t_a);
        let sum = sub_in(ALL_R, add_in(ALL_R, lines[i], t_a), a_t);
        lines[i] = sub_in(ALL_R, sum, aa_z[i]);
    }
}

/// a₁a₂, c₁c₂, 2m₁·Y₂/2, Y₁·m₂, Y₁Y₂, –, (a₁ + c₁)(a₂ + c₂), 2m₁·m₂, from what [`products`] takes;
/// with −Y₂ if `negative`. And in lane 5 the first product of a line by a chord, see [`chords`].
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn mixed_products<const ADDED: bool>(
    squares: &Vectors,
    addend: &Addend,
    negative: bool,
    line: Line<'_>,
    chord: &Vectors,
    out: &mut Vectors,
) {
    const BOUNDS: Bounds = Bounds::new([1, 1, 4, 4, 4, 6, 2, 4], [1, 1, 2, 1, 2, 3, 1, 1]);
    const LIFT: Lift = Lift::new([2, 0, 0, 0, 0, 0, 5, 0]);
    use mixed::{AC, MM, MY, RU, YM, YY};
    use square::{A, C, H, S};
    use sum::{Y1, Y2};
    let [r, _] = r_s(line.slot);
    let y = if ADDED { Y1 } else { H };
    let one = pick([A, C, S, y, y, OTHER + r, A, S]);
    let left = carried(|i| {
        let sum = _mm512_permutex2var_epi64(squares[i], one, line.lines[i]);
        let (a, c) = (lane(squares, i, A), lane(squares, i, C));
        let sum = if ADDED {
            let sum = add_in(lanes([YM, YY]), sum, lane(squares, i, Y2));
            sub_in(lanes([MY, MM]), sum, a)
        } else {
            let sum = add_in(lanes([YM, YY]), sum, sum);
            sub_in(lanes([MY, YM, YY, MM]), sum, a)
        };
        sub_in(lanes([MY, MM]), add_in(lanes([AC]), sum, c), c)
    });
    let negated = if negative { lanes([MY, YY]) } else { 0 };
    let mut right = carried(|i| {
        let point = addend.point[i];
        _mm512_mask_sub_epi64(point, negated, broadcast_digit(TWICE_P[i]), point)
    });
    for i in 0..DIGITS {
        right[i] = take_in(lanes([RU]), right[i], chord[i]);
    }
    multiply(&left, &right, &BOUNDS, &LIFT, out);
}

/// X², Z², (X + Z)² and the two terms of Y for the sum; 2m₁·Y₁, c₁², (2m₁)² for the chord.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn sum_products<const ADDED: bool>(
    mixed: &Vectors,
    squares: &Vectors,
    out: &mut Vectors,
) {
    const BOUNDS: Bounds = Bounds::new([3, 2, 5, 4, 1, 4, 1, 4], [3, 2, 5, 1, 4, 4, 1, 4]);
    const LIFT: Lift = Lift::new([0, 0, 3, 0, 0, 0, 0, 0]);
    use mixed::{AA, AC, CC, MM, MY, YM, YY};
    use square::H;
    use sum::{Y1, Y2};
    let [a, c, s] = [square::A, square::C, square::S];
    let one = pick([AA, MY, AA, AA, MM, OTHER + s, OTHER + c, OTHER + s]);
    let two = pick([CC, YM, CC, CC, ANY, OTHER + a, ANY, OTHER + a]);
    let mut columns: Vectors = [_mm512_setzero_si512(); DIGITS];
    for i in 0..DIGITS {
        let term = |index| _mm512_permutex2var_epi64(mixed[i], index, squares[i]);
        let sum = add_in(lanes([sum::C, sum::Y1]), term(one), term(two));
        let sum = sub_in(lanes([sum::A, sum::S, sum::MY, sum::MM]), sum, term(two));
        let sum = sub_in(lanes([sum::MY, sum::MM]), sum, lane(squares, i, c));
        let sum = add_in(lanes([sum::S]), sum, lane(mixed, i, MY));
        columns[i] = add_in(lanes([sum::S]), sum, lane(mixed, i, YM));
    }
    let left = carried(|i| columns[i]);
    // The other five lanes are squares.
    let others = pick([ANY, ANY, ANY, YY, AC, ANY, ANY, ANY]);
    let right = carried(|i| {
        let other = _mm512_permutexvar_epi64(others, mixed[i]);
        let sum = take_in(lanes([sum::Y1, sum::Y2]), columns[i], other);
        let sum = sub_in(lanes([sum::Y2]), sum, lane(mixed, i, AA));
        let sum = sub_in(lanes([sum::Y2]), sum, lane(mixed, i, CC));
        if ADDED {
            let sum = take_in(lanes([sum::MY]), sum, lane(squares, i, Y1));
            add_in(lanes([sum::MY]), sum, lane(squares, i, Y2))
        } else {
            let sum = take_in(lanes([sum::MY]), sum, lane(squares, i, H));
            let sum = add_in(lanes([sum::MY]), sum, sum);
            sub_in(lanes([sum::MY]), sum, lane(squares, i, a))
        }
    });
    multiply(&left, &right, &BOUNDS, &LIFT, out);
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
    const BOUNDS: Bounds = Bounds::new([2, 2, 2, 2, 2, 2, 1, 6], [1, 1, 1, 1, 1, 1, 3, 7]);
    use chord::{CC_IM, CC_RE, MM_IM, MM_RE, MY_IM, MY_RE, RS_UV, SV};
    use sum::{CC, MM, MY};
    let [r, s] = r_s(line.slot);
    let one = pick([MY, MY, CC, CC, MM, MM, OTHER + s, OTHER + r]);
    let opposite = if negative { lanes([MY_RE, CC_IM, MM_IM]) } else { 0 };
    let left = carried(|i| {
        let sum = _mm512_permutex2var_epi64(sum[i], one, line.lines[i]);
        let sum = sub_in(lanes([RS_UV]), sum, lane(line.lines, i, s));
        _mm512_mask_sub_epi64(sum, opposite, broadcast_digit(TWICE_P[i]), sum)
    });
    for i in 0..DIGITS {
        chord[i] = take_in(lanes([SV, RS_UV]), addend.chord[i], chord[i]);
    }
    let mut out = Zeroizing::new([_mm512_setzero_si512(); DIGITS]);
    multiply(&left, chord, &BOUNDS, &Lift::NONE, &mut out);
    if is_line {
        set_product(line, mixed, &out);
    }
    // u in all lanes but that of v.
    let [one, two, three] = [[MY_RE, MY_IM], [CC_RE, CC_IM], [MM_RE, MM_IM]]
        .map(|[re, im]| pick([re, re, re, re, re, re, im, re]));
    let imaginary = pick([factor::V; 8]);
    *chord = carried(|i| {
        let term = |index| _mm512_permutexvar_epi64(index, out[i]);
        let sum = _mm512_add_epi64(_mm512_add_epi64(term(one), term(two)), term(three));
        let v = _mm512_permutexvar_epi64(imaginary, sum);
        let sum = add_in(lanes([factor::U_V]), sum, broadcast_digit(4 * P[i]));
        sub_in(lanes([factor::U_V]), sum, v)
    });
}

/// What [`mixed_products`] and [`chords`] do to a line, in a round of its own.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn line_by_chord(line: &mut LineMut<'_>, factors: &Vectors) {
    const BOUNDS: Bounds = Bounds::new([6, 6, 6, 6, 6, 6, 1, 6], [3, 3, 3, 3, 3, 3, 3, 7]);
    let [r, s] = r_s(line.slot);
    let one = pick([r, r, r, r, r, r, s, r]);
    let left = carried(|i| {
        let sum = _mm512_permutexvar_epi64(one, line.lines[i]);
        sub_in(lanes([chord::RS_UV]), sum, lane(line.lines, i, s))
    });
    let mut out = Zeroizing::new([_mm512_setzero_si512(); DIGITS]);
    multiply(&left, factors, &BOUNDS, &Lift::NONE, &mut out);
    set_product(line, &out, &out);
}

/// (r + is)(u + iv) = ru − sv + i(ru + sv − (r − s)(u − v)) into a line, from ru in lane 5 of
/// `first`, the others in lanes 6 and 7 of `second`. Between 3p and 5p, and −2p and p.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn set_product(line: &mut LineMut<'_>, first: &Vectors, second: &Vectors) {
    const LIFT: Lift = Lift::new([4, 0, 4, 0, 4, 0, 4, 0]);
    let lift = LIFT.vectors();
    let [r, s] = r_s(line.slot).map(|lane| lanes([lane]));
    for i in 0..DIGITS {
        let (ru, sv) = (lane(first, i, mixed::RU), lane(second, i, chord::SV));
        let sum = _mm512_mask_add_epi64(line.lines[i], r | s, lift[i], ru);
        let sum = add_in(s, sub_in(r, sum, sv), sv);
        let sum = sub_in(s, sum, broadcast_digit(P[i]));
        line.lines[i] = sub_in(s, sum, lane(second, i, chord::RS_UV));
    }
}

/// A lane in all of them, from memory: no shuffle.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn lane(vectors: &Vectors, i: usize, lane: u8) -> __m512i {
    broadcast_digit(columns(vectors)[i][usize::from(lane)])
}

/// a·b·R⁻¹ as columns, and a multiple of p that keeps later differences positive.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn multiply(a: &Vectors, b: &Vectors, bounds: &Bounds, lift: &Lift, out: &mut Vectors) {
    debug_assert!(bounds.hold(a, b), "a factor above its bound");
    *out = columns::product(a, b, |row| lift.vectors()[row]);
}
