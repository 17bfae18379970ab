//! The rounds of [`miller`](super). Each one adds and subtracts lanes of earlier results, which gives the two factors
//! of every lane, or the one that is squared. Then it makes the eight products.
//!
//! The letters are those of `docs/ifma-miller.md`. "x + 5p" means that the lane holds x with a lift of 5p.

use core::arch::x86_64::*;

use zeroize::Zeroizing;

use super::lanes::{chord, factor, mixed, product, square, sum};
use super::{Addend, GROUP};
use crate::field::ifma::columns::{
    self, ANY, Lift, OTHER, Vectors, add_in, broadcast_digit, carried, columns, lanes, mask, pick,
    place, sub_in, take_in,
};
use crate::field::ifma::digits::{DIGITS, P, TWICE_P};

/// One line of a group of four.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) lines: &'a Vectors,
    pub(super) slot: usize,
}

/// Like [`Line`], but may be changed.
pub(super) struct LineMut<'a> {
    pub(super) lines: &'a mut Vectors,
    pub(super) slot: usize,
}

/// The lanes of r and s of the line in a slot.
const fn r_s(slot: usize) -> [i64; 2] {
    let r = 2 * slot.cast_signed() as i64;
    [r, r + 1]
}

/// The lanes of all four r.
const ALL_R: __mmask8 = lanes!(0, 2, 4, 6);

/// The bounds of a round's factors, lane by lane. A factor is below this multiple of p and a slack of 2¹⁰¹⁴.
/// `docs/ifma-miller.md` derives the bounds.
struct Bounds {
    left: [u64; 8],
    right: [u64; 8],
}

impl Bounds {
    /// A product of factors may be up to 44p². With the slack it is then below 2²⁰⁵².
    const fn new(left: [u64; 8], right: [u64; 8]) -> Self {
        let mut lane = 0;
        while lane < 8 {
            assert!(left[lane] * right[lane] <= 44);
            lane += 1;
        }
        Self { left, right }
    }

    /// Whether the factors are within the bounds, judged by their top digits, which count 2⁹⁸⁸. A negative factor is
    /// not: read without a sign, its top digit is above every bound. For assertions.
    fn hold(&self, left: &Vectors, right: &Vectors) -> bool {
        [(left, self.left), (right, self.right)].iter().all(|(factor, multiples)| {
            let tops = columns(factor)[DIGITS - 1];
            let bound = |multiple| multiple * (P[DIGITS - 1] + 1) + (1 << (1014 - 988));
            tops.iter().zip(multiples).all(|(&top, &multiple)| top <= bound(multiple))
        })
    }
}

/// The first round of a doubling T′ = \[2\]T: the squares of
///
/// ```text
/// X′ = a² − c²   Z′   X′ + Z′   a² + c²   a + X′   α = k₁ + k₂   β = k₃ − k₁   α + β = k₂ + k₃
/// ```
///
/// `products` holds a² + 2p, c², Z′, –, –, k₁, k₂, k₃ + 2p, and lane 0 of `before` holds a. The square of a + X′ is for
/// the tangent at T. The new f is α + iβ.
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
        let sum = add_in!(lanes!(S, T), sum, term);
        let term = _mm512_permutexvar_epi64(two, products[i]);
        let sum = add_in!(lanes!(H, RE, RE_IM), sum, term);
        sub_in!(lanes!(A, S, T, IM), sum, term)
    });
    debug_assert!(BOUNDS.hold(&operand, &operand), "a factor above its bound");
    columns::square(&operand, |row| LIFT.vectors()[row], out);
}

/// The second round of a doubling:
///
/// ```text
/// a·a   c·c   Z′ = 2m·Y   c·2x_Q   c·2y_Q   k₁ = (u − v)·r   k₂ = v·(r − s)   k₃ = u·(r + s)
/// 2m = S − a − c   Y = 2H − a   u = α² − β²   v = (α + β)² − α² − β²
/// ```
///
/// `squares` holds a, c, S + 3p, H + p, –, α² + 5p, β², (α + β)² + 8p. If `ADDED`, Y is the sum of its lanes 3 and 4
/// instead. `points` holds 2x_Q and 2y_Q, `line` is r + is, and u + iv is f².
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
        let sum = sub_in!(lanes!(Z, K1, K2, K3), sum, term);
        let term = _mm512_permutexvar_epi64(three, squares[i]);
        let sum = add_in!(lanes!(K1), sum, term);
        sub_in!(lanes!(Z, K2), sum, term)
    });
    let [r, s] = r_s(line.slot).map(|lane| OTHER + lane);
    let one = pick([A, C, if ADDED { Y1 } else { H }, ANY, ANY, r, r, r]);
    let two = pick([ANY, ANY, if ADDED { Y2 } else { A }, ANY, ANY, ANY, s, s]);
    let right = carried(|i| {
        let term = _mm512_permutex2var_epi64(squares[i], one, line.lines[i]);
        let sum = take_in(lanes!(CX, CY), term, points[i]);
        let other = _mm512_permutex2var_epi64(squares[i], two, line.lines[i]);
        if ADDED {
            sub_in!(lanes!(K2), add_in!(lanes!(Z, K3), sum, other), other)
        } else {
            let sum = add_in!(lanes!(Z), sum, term);
            sub_in!(lanes!(Z, K2), add_in!(lanes!(K3), sum, other), other)
        }
    });
    multiply(&left, &right, &BOUNDS, &LIFT, out);
}

/// The lines r + is of four doublings:
///
/// ```text
/// r = 2aX′ + c·2x_Q·(3a² + c²)   s = c·2y_Q·Z′   2aX′ = (a + X′)² − a² − X′²
/// ```
///
/// (a + X′)² comes with a lift of 5p, a² with 2p, X′² with none, and the product gets p. So r lies between 2p and 6p,
/// and s between 0 and p.
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
    // The two given lanes of each of the four slots, which are taken from slot `turn` on.
    let gather = |of: &[Vectors; GROUP], i: usize, [even, odd]: [i64; 2], turn: usize| {
        let low = pick([even, odd, OTHER + even, OTHER + odd, ANY, ANY, ANY, ANY]);
        let high = pick([ANY, ANY, ANY, ANY, even, odd, OTHER + even, OTHER + odd]);
        let low = _mm512_permutex2var_epi64(of[turn][i], low, of[(turn + 1) % GROUP][i]);
        let [a, b] = [of[(turn + 2) % GROUP][i], of[(turn + 3) % GROUP][i]];
        take_in(lanes!(4, 5, 6, 7), low, _mm512_permutex2var_epi64(a, high, b))
    };
    let left = carried(|i| gather(products, i, [CX, CY], 0));
    let mut aa_z: Vectors = [_mm512_setzero_si512(); DIGITS];
    for i in 0..DIGITS {
        aa_z[i] = gather(products, i, [AA, Z], 0);
    }
    let right = carried(|i| {
        let sum = add_in!(ALL_R, aa_z[i], _mm512_add_epi64(aa_z[i], aa_z[i]));
        add_in!(ALL_R, sum, gather(products, i, [CC, CC], 0))
    });
    multiply(&left, &right, &BOUNDS, &LIFT, lines);
    for i in 0..DIGITS {
        // (a + X′)² and X′² come from the next doubling.
        let t_a = gather(squares, i, [T, A], 1);
        let a_t = _mm512_shuffle_epi32::<0x4e>(t_a);
        let sum = sub_in!(ALL_R, add_in!(ALL_R, lines[i], t_a), a_t);
        lines[i] = sub_in!(ALL_R, sum, aa_z[i]);
    }
}

/// The first round of an addition:
///
/// ```text
/// a₁a₂   c₁c₂   2m₁·(Y₂/2)   Y₁·m₂   Y₁·Y₂   r·u   (a₁ + c₁)(a₂ + c₂)   2m₁·m₂
/// ```
///
/// `squares` holds T₁ as [`products`] takes it, `addend` is T₂, and `negative` takes −Y₂ for Y₂. r is of `line`, and u
/// of the previous `chord`: see [`set_product`].
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
            let sum = add_in!(lanes!(YM, YY), sum, lane(squares, i, Y2));
            sub_in!(lanes!(MY, MM), sum, a)
        } else {
            let sum = add_in!(lanes!(YM, YY), sum, sum);
            sub_in!(lanes!(MY, YM, YY, MM), sum, a)
        };
        sub_in!(lanes!(MY, MM), add_in!(lanes!(AC), sum, c), c)
    });
    let negated = if negative { lanes!(MY, YY) } else { 0 };
    let mut right = carried(|i| {
        let point = addend.point[i];
        _mm512_mask_sub_epi64(point, negated, broadcast_digit(TWICE_P[i]), point)
    });
    for i in 0..DIGITS {
        right[i] = take_in(lanes!(RU), right[i], chord[i]);
    }
    multiply(&left, &right, &BOUNDS, &LIFT, out);
}

/// The second round of an addition: X², Z², (X + Z)² and the two terms of Y of the sum, and 2m₁·Y₁, c₁², (2m₁)² for the
/// chord.
///
/// ```text
/// X = a₁a₂ − c₁c₂   Z = m₁Y₂ + Y₁m₂   Y = (a₁a₂ + c₁c₂)·Y₁Y₂ + 2m₁m₂·(c₁a₂ + a₁c₂)
/// ```
///
/// `mixed` is what [`mixed_products`] left, and `squares` what it took.
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
        let sum = add_in!(lanes!(sum::C, sum::Y1), term(one), term(two));
        let sum = sub_in!(lanes!(sum::A, sum::S, sum::MY, sum::MM), sum, term(two));
        let sum = sub_in!(lanes!(sum::MY, sum::MM), sum, lane(squares, i, c));
        let sum = add_in!(lanes!(sum::S), sum, lane(mixed, i, MY));
        columns[i] = add_in!(lanes!(sum::S), sum, lane(mixed, i, YM));
    }
    let left = carried(|i| columns[i]);
    // The right factors of Y₁, Y₂ and MY. The other five lanes are squares.
    let others = pick([ANY, ANY, ANY, YY, AC, ANY, ANY, ANY]);
    let right = carried(|i| {
        let other = _mm512_permutexvar_epi64(others, mixed[i]);
        let sum = take_in(lanes!(sum::Y1, sum::Y2), columns[i], other);
        let sum = sub_in!(lanes!(sum::Y2), sum, lane(mixed, i, AA));
        let sum = sub_in!(lanes!(sum::Y2), sum, lane(mixed, i, CC));
        if ADDED {
            let sum = take_in(lanes!(sum::MY), sum, lane(squares, i, Y1));
            add_in!(lanes!(sum::MY), sum, lane(squares, i, Y2))
        } else {
            let sum = take_in(lanes!(sum::MY), sum, lane(squares, i, H));
            let sum = add_in!(lanes!(sum::MY), sum, sum);
            sub_in!(lanes!(sum::MY), sum, lane(squares, i, a))
        }
    });
    multiply(&left, &right, &BOUNDS, &LIFT, out);
}

/// The third round of an addition: the six products of its chord u + iv, and the last two of a line by the previous
/// chord.
///
/// Leaves u, v and u − v + 4p in lanes 5, 6 and 7 of `chord`, ready to be multiplied; u and v are below 3p. If
/// `is_line`, the line becomes its product with the chord that stood there before.
///
/// The chord to −T₂ is the conjugate of the chord from −T₁ to T₂.
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
    let opposite = if negative { lanes!(MY_RE, CC_IM, MM_IM) } else { 0 };
    let left = carried(|i| {
        let sum = _mm512_permutex2var_epi64(sum[i], one, line.lines[i]);
        let sum = sub_in!(lanes!(RS_UV), sum, lane(line.lines, i, s));
        _mm512_mask_sub_epi64(sum, opposite, broadcast_digit(TWICE_P[i]), sum)
    });
    for i in 0..DIGITS {
        chord[i] = take_in(lanes!(SV, RS_UV), addend.chord[i], chord[i]);
    }
    let mut out = Zeroizing::new([_mm512_setzero_si512(); DIGITS]);
    multiply(&left, chord, &BOUNDS, &Lift::NONE, &mut out);
    if is_line {
        set_product(line, mixed, &out);
    }
    // All lanes but that of v become u.
    let [one, two, three] = [[MY_RE, MY_IM], [CC_RE, CC_IM], [MM_RE, MM_IM]]
        .map(|[re, im]| pick([re, re, re, re, re, re, im, re]));
    let imaginary = pick([factor::V; 8]);
    *chord = carried(|i| {
        let term = |index| _mm512_permutexvar_epi64(index, out[i]);
        let sum = _mm512_add_epi64(_mm512_add_epi64(term(one), term(two)), term(three));
        let v = _mm512_permutexvar_epi64(imaginary, sum);
        let sum = add_in!(lanes!(factor::U_V), sum, broadcast_digit(4 * P[i]));
        sub_in!(lanes!(factor::U_V), sum, v)
    });
}

/// Multiplies a line by a chord in a round of its own, with the result that [`mixed_products`] and [`chords`] give.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
pub(super) fn line_by_chord(line: &mut LineMut<'_>, factors: &Vectors) {
    const BOUNDS: Bounds = Bounds::new([6, 6, 6, 6, 6, 6, 1, 6], [3, 3, 3, 3, 3, 3, 3, 7]);
    let [r, s] = r_s(line.slot);
    let one = pick([r, r, r, r, r, r, s, r]);
    let left = carried(|i| {
        let sum = _mm512_permutexvar_epi64(one, line.lines[i]);
        sub_in!(lanes!(chord::RS_UV), sum, lane(line.lines, i, s))
    });
    let mut out = Zeroizing::new([_mm512_setzero_si512(); DIGITS]);
    multiply(&left, factors, &BOUNDS, &Lift::NONE, &mut out);
    set_product(line, &out, &out);
}

/// The line becomes (r + is)(u + iv) = ru − sv + i(ru + sv − (r − s)(u − v)), from r·u in lane 5 of `first`, and
/// s·v and (r − s)(u − v + 4p) in lanes 6 and 7 of `second`. The new r lies between 3p and 5p, s between −2p and p.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn set_product(line: &mut LineMut<'_>, first: &Vectors, second: &Vectors) {
    const LIFT: Lift = Lift::new([4, 0, 4, 0, 4, 0, 4, 0]);
    let lift = LIFT.vectors();
    let [r, s] = r_s(line.slot).map(|lane| mask([lane]));
    for i in 0..DIGITS {
        let (ru, sv) = (lane(first, i, mixed::RU), lane(second, i, chord::SV));
        let sum = _mm512_mask_add_epi64(line.lines[i], r | s, lift[i], ru);
        let sum = add_in!(s, sub_in!(r, sum, sv), sv);
        let sum = sub_in!(s, sum, broadcast_digit(P[i]));
        line.lines[i] = sub_in!(s, sum, lane(second, i, chord::RS_UV));
    }
}

/// One lane in all eight. It is loaded from memory, which takes no shuffle.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn lane(vectors: &Vectors, i: usize, lane: i64) -> __m512i {
    broadcast_digit(columns(vectors)[i][place(lane)])
}

/// a·b·R⁻¹ plus the lift, as columns.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn multiply(a: &Vectors, b: &Vectors, bounds: &Bounds, lift: &Lift, out: &mut Vectors) {
    debug_assert!(bounds.hold(a, b), "a factor above its bound");
    columns::product(a, b, |row| lift.vectors()[row], out);
}
