//! Two points of the Edwards curve X² + Y² = 1 − X²Y² in eight lanes: one complete addition to each
//! costs two products of eight lanes, as its eight products come in two rounds of four.

use core::arch::x86_64::*;

use zeroize::Zeroize;

use super::digits::{DIGITS, THREE_P, TWICE_P};
use super::eight::{Fp52x8, Table, Vectors, broadcast_digit, mul, normalise, square};
use crate::backend::Ifma;
use crate::field::Fp;

/// The lanes of the first of the two points.
const FIRST: u8 = 0x0f;

/// Two points in extended coordinates (X : Y : T : Z), T = XY/Z, in the lanes
/// X, Y, Z, T, X′, Y′, Z′, T′.
#[derive(Clone, Copy)]
pub(crate) struct EdwardsPair(Fp52x8);

/// Two affine points (x, y) with t = xy, ready to be added, in the lanes
/// y, x − y, x + y, t, y′, x′ − y′, x′ + y′, t′.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct PairEntry(Fp52x8);

impl EdwardsPair {
    /// The two points, each as [X, Y, T, Z].
    pub(crate) fn enter(ifma: Ifma, [p, q]: [[Fp; 4]; 2]) -> Self {
        let [[x, y, t, z], [x2, y2, t2, z2]] = [p, q];
        Self(Fp52x8::enter(ifma, &[x, y, z, t, x2, y2, z2, t2]))
    }

    /// The inverse of [`EdwardsPair::enter`].
    pub(crate) fn leave(self) -> [[Fp; 4]; 2] {
        let [x, y, z, t, x2, y2, z2, t2] = self.0.leave();
        [[x, y, t, z], [x2, y2, t2, z2]]
    }

    /// O twice.
    pub(crate) fn identity(ifma: Ifma) -> Self {
        Self::enter(ifma, [[Fp::ZERO, Fp::ONE, Fp::ZERO, Fp::ONE]; 2])
    }

    /// Each of the two points doubled.                               a product and a square of 8
    ///
    /// The formula of `curve::edwards`: of A = X², B = Y², C = Z² and S = (X + Y)²
    ///
    /// ```text
    /// E = S − A − B   F = A + B − 2C   G = A + B   H = A − B        (EF : GH : EH : FG)
    /// ```
    #[inline]
    pub(crate) fn double(self) -> Self {
        // SAFETY: field::wide clause 1, as self exists.
        Self(Fp52x8::checked(unsafe { double(&self.0.0) }))
    }

    /// Each of the two points plus its own of `entry`.                         2 products of 8
    ///
    /// E = X₁y₂ + Y₁x₂ and H = Y₁y₂ − X₁x₂ by three products, with C = T₁t₂ the fourth:
    ///
    /// ```text
    /// K = (X₁ + Y₁)y₂   L = Y₁(x₂ − y₂)   M = X₁(x₂ + y₂)      E = K + L   H = K − M
    /// F = Z₁ + C   G = Z₁ − C                                  (EF : GH : EH : FG)
    /// ```
    ///
    /// The same E, F, G, H as in `curve::edwards`, and complete as there.
    #[inline]
    pub(crate) fn mixed_add(self, entry: &PairEntry) -> Self {
        // SAFETY: field::wide clause 1, as self exists.
        Self(Fp52x8::checked(unsafe { mixed_add(&self.0.0, &entry.0.0) }))
    }
}

impl Zeroize for EdwardsPair {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Zeroize for PairEntry {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl PairEntry {
    /// The entries of a table file that `to_table` made.
    pub(crate) fn from_table<const OCTETS: usize>(ifma: Ifma, table: &Table<OCTETS>) -> &[Self] {
        let values = Fp52x8::from_table(ifma, table);
        // SAFETY: field::wide clause 2: an entry is transparent over a value.
        unsafe { core::slice::from_raw_parts(values.as_ptr().cast(), values.len()) }
    }

    /// What [`from_table`](Self::from_table) reads.
    #[cfg(test)]
    pub(crate) fn to_table(self) -> [[u64; 8]; DIGITS] {
        self.0.to_table()
    }

    /// The two points, each as [x, y].
    pub(crate) fn enter(ifma: Ifma, points: [[Fp; 2]; 2]) -> Self {
        let [[y, d, s, t], [y2, d2, s2, t2]] = points.map(|[x, y]| [y, x - y, x + y, x * y]);
        Self(Fp52x8::enter(ifma, &[y, d, s, t, y2, d2, s2, t2]))
    }

    /// (0, 1) twice: what adds nothing.
    pub(crate) fn identity(ifma: Ifma) -> Self {
        Self::enter(ifma, [[Fp::ZERO, Fp::ONE]; 2])
    }

    /// The first point of `table[indices[0]]` and the second of `table[indices[1]]`, every entry
    /// read; `none` for an index beyond the table.
    ///
    /// Secret: the indices. Leaks: nothing.
    pub(crate) fn lookup(none: &Self, table: &[Self], indices: [u8; 2]) -> Self {
        // SAFETY: field::wide clause 1, as none exists.
        Self(Fp52x8(unsafe { lookup(&none.0.0, table, indices) }))
    }

    /// Minus the first point where bit 0 of `mask` is set, minus the second where bit 1 is.
    ///
    /// −(x, y) = (−x, y): t changes its sign, and x − y and x + y their places and signs.
    ///
    /// Secret: the mask. Leaks: nothing.
    pub(crate) fn negate(self, mask: u8) -> Self {
        let lanes = ((mask & 1) * FIRST) | (((mask >> 1) & 1) * !FIRST);
        // Lanes 1, 2 and 3 of each half change, if it does.
        let exchanged = -self.0.permute([0, 2, 1, 3, 4, 6, 5, 7]);
        Self(Fp52x8::select(lanes & 0b1110_1110, &self.0, &exchanged))
    }
}

/// See [`EdwardsPair::mixed_add`]. No sum is reduced: the factors are below 2p + p + 2¹⁰¹² < 2¹⁰²⁶.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn mixed_add(point: &Vectors, entry: &Vectors) -> Vectors {
    // X + Y, Y, X, T from X, Y, Z, T.
    let from_x_y = half([1, 1, 0, 3]);
    let left = normalise(|i| {
        let others = _mm512_maskz_mov_epi64(0b1011_1011, point[i]);
        let moved = _mm512_maskz_permutexvar_epi64(0b0101_0101, from_x_y, point[i]);
        _mm512_add_epi64(others, moved)
    });
    // K, L, M, C.
    let products = mul(&left, entry);

    // E, H, F, E and F, G, G, H as a sum of two, or with 2p as a difference.
    let (k_k_z_k, l_m_c_l) = (half([0, 0, 8 + 2, 0]), half([1, 2, 3, 1]));
    let left = normalise(|i| {
        let to = _mm512_permutex2var_epi64(products[i], k_k_z_k, point[i]);
        let term = _mm512_permutexvar_epi64(l_m_c_l, products[i]);
        let twice_p = broadcast_digit(TWICE_P[i]);
        _mm512_add_epi64(to, _mm512_mask_sub_epi64(term, 0b0010_0010, twice_p, term))
    });
    let (z_z_z_k, c_c_c_m) = (half([8 + 2, 8 + 2, 8 + 2, 0]), half([3, 3, 3, 2]));
    let right = normalise(|i| {
        let to = _mm512_permutex2var_epi64(products[i], z_z_z_k, point[i]);
        let term = _mm512_permutexvar_epi64(c_c_c_m, products[i]);
        let twice_p = broadcast_digit(TWICE_P[i]);
        _mm512_add_epi64(to, _mm512_mask_sub_epi64(term, 0b1110_1110, twice_p, term))
    });
    // EF, HG, FG, EH.
    mul(&left, &right)
}

/// See [`EdwardsPair::double`]. With 3p added to each, the factors are positive and below 5p + 2¹⁰¹⁴,
/// and 25p² < 2²⁰⁵².
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn double(point: &Vectors) -> Vectors {
    // X, Y, Z, X + Y from X, Y, Z, T.
    let (x_y_z_x, y) = (half([0, 1, 2, 0]), half([1, 1, 1, 1]));
    let squares = square(&normalise(|i| {
        let to = _mm512_permutexvar_epi64(x_y_z_x, point[i]);
        let moved = _mm512_maskz_permutexvar_epi64(0b1000_1000, y, point[i]);
        _mm512_add_epi64(to, moved)
    }));
    // E, H, F, E and F, G, G, H from A, B, C, S.
    let (s_a_a_s, a_b_b_a, b_b_c_b) = (half([3, 0, 0, 3]), half([0, 1, 1, 0]), half([1, 1, 2, 1]));
    let left = normalise(|i| {
        let to = _mm512_permutexvar_epi64(s_a_a_s, squares[i]);
        let to = _mm512_add_epi64(to, broadcast_digit(THREE_P[i]));
        let term = _mm512_permutexvar_epi64(a_b_b_a, squares[i]);
        let to = _mm512_mask_sub_epi64(to, 0b1011_1011, to, term);
        let to = _mm512_mask_add_epi64(to, 0b0100_0100, to, term);
        let term = _mm512_permutexvar_epi64(b_b_c_b, squares[i]);
        let to = _mm512_mask_sub_epi64(to, 0b1101_1101, to, term);
        _mm512_mask_sub_epi64(to, 0b0100_0100, to, term)
    });
    let (a, b, c) = (half([0; 4]), half([1; 4]), half([2; 4]));
    let right = normalise(|i| {
        let to = _mm512_permutexvar_epi64(a, squares[i]);
        let to = _mm512_add_epi64(to, broadcast_digit(THREE_P[i]));
        let term = _mm512_permutexvar_epi64(b, squares[i]);
        let to = _mm512_mask_add_epi64(to, 0b0111_0111, to, term);
        let to = _mm512_mask_sub_epi64(to, 0b1000_1000, to, term);
        let term = _mm512_permutexvar_epi64(c, squares[i]);
        let to = _mm512_mask_sub_epi64(to, 0b0001_0001, to, term);
        _mm512_mask_sub_epi64(to, 0b0001_0001, to, term)
    });
    // EF, HG, FG, EH.
    mul(&left, &right)
}

/// Indices into one half, repeated for the other; 8 and above are into the second operand.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn half([a, b, c, d]: [i64; 4]) -> __m512i {
    _mm512_setr_epi64(a, b, c, d, a + 4, b + 4, c + 4, d + 4)
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn lookup(none: &Vectors, table: &[PairEntry], [first, second]: [u8; 2]) -> Vectors {
    let (f, s) = (i64::from(first), i64::from(second));
    let wanted = _mm512_setr_epi64(f, f, f, f, s, s, s, s);
    let mut found = *none;
    for (i, entry) in (0u64..).zip(table) {
        let here = _mm512_cmpeq_epi64_mask(wanted, broadcast_digit(i));
        for digit in 0..DIGITS {
            found[digit] = _mm512_mask_mov_epi64(found[digit], here, entry.0.0[digit]);
        }
    }
    found
}
