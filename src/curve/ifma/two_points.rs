//! Two points of the Edwards curve X² + Y² = 1 − X²Y² in eight lanes: one complete addition to each
//! costs two products of eight lanes, as its eight products come in two rounds of four.

#![allow(unsafe_code, reason = "AVX-512: the reasons are numbered in field::ifma")]
#![allow(clippy::wildcard_imports, reason = "the intrinsics have a prefix of their own")]

use core::arch::x86_64::*;

use zeroize::Zeroize;

use crate::backend::Ifma;
use crate::field::Fp;
use crate::field::ifma::digits::{THREE_P, TWICE_P};
use crate::field::ifma::eight::{
    Fp52x8, Vectors, broadcast_digit, mul, normalise, product, square,
};
use crate::field::ifma::entries::{self, Entries};

/// The lanes of the first of the two points.
const FIRST: u8 = 0x0f;

/// Two points in extended coordinates (X : Y : T : Z), T = XY/Z, in the lanes
/// X, Y, Z, T, X′, Y′, Z′, T′.
#[derive(Clone, Copy)]
pub(crate) struct EdwardsPair(Fp52x8);

/// A table of affine points (x, y) with t = xy.
pub(crate) type Points = Entries<3>;

/// Two affine points, ready to be added, in the lanes
/// y, x − y, x + y, t, y′, x′ − y′, x′ + y′, t′: factors below 4p + 2¹⁰¹⁴.
pub(crate) struct PairEntry(Vectors);

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
    pub(crate) fn double(&mut self) {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { double(&mut self.0.0) }
        self.0.check();
    }

    /// To each of the two points its own of `entry` is added.                 2 products of 8
    ///
    /// Meanwhile the tables of the `next` look-up come nearer.
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
    pub(crate) fn mixed_add(&mut self, entry: &PairEntry, next: [&Points; 2]) {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { mixed_add(&mut self.0.0, &entry.0, next) }
        self.0.check();
    }
}

impl Zeroize for EdwardsPair {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl PairEntry {
    /// ±`first[indices[0]]` and ±`second[indices[1]]`: minus the first where bit 0 of `negative` is
    /// set, minus the second where bit 1 is. Every entry is read.
    ///
    /// Secret: the indices and the signs. Leaks: nothing.
    #[inline]
    pub(crate) fn look_up(
        _: Ifma,
        [first, second]: [&Points; 2],
        indices: [u8; 2],
        negative: u8,
    ) -> Self {
        // SAFETY: field::ifma clause 1, by the token.
        Self(unsafe { look_up_pair(first, second, indices, negative) })
    }
}

/// See [`PairEntry::look_up`]. −(x, y) = (−x, y), with 2p for 0; the lanes x − y get 2p more.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn look_up_pair(first: &Points, second: &Points, [i, j]: [u8; 2], negative: u8) -> Vectors {
    const { assert!(FIRST == 0x0f) };
    // y, x, x, t.
    let places = [0b0110_0110, 0b0001_0001, 0b1000_1000];
    let found =
        entries::look_up([(first, FIRST), (second, !FIRST)], places, [i, i, i, i, j, j, j, j]);
    // All but y are negated.
    let negated = ((negative & 1) * 0b0000_1110) | (((negative >> 1) & 1) * 0b1110_0000);
    let y = half([0; 4]);
    found.normalise(|i, digit| {
        let twice_p = broadcast_digit(TWICE_P[i]);
        let digit = _mm512_mask_sub_epi64(digit, negated, twice_p, digit);
        let y = _mm512_maskz_permutexvar_epi64(0b0110_0110, y, digit);
        _mm512_add_epi64(digit, _mm512_mask_sub_epi64(y, 0b0010_0010, twice_p, y))
    })
}

/// See [`EdwardsPair::mixed_add`]. No sum is reduced: the factors are below 4p + 2¹⁰¹⁴ < 2¹⁰²⁶.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn mixed_add(point: &mut Vectors, entry: &Vectors, [first, second]: [&Points; 2]) {
    // X + Y, Y, X, T from X, Y, Z, T.
    let from_x_y = half([1, 1, 0, 3]);
    let left = normalise(|i| {
        let others = _mm512_maskz_mov_epi64(0b1011_1011, point[i]);
        let moved = _mm512_maskz_permutexvar_epi64(0b0101_0101, from_x_y, point[i]);
        _mm512_add_epi64(others, moved)
    });
    // K, L, M, C.
    let products = product(&left, entry, |row| first.prefetch(row));

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
    *point = product(&left, &right, |row| second.prefetch(row));
}

/// See [`EdwardsPair::double`]. With 3p added to each, the factors are positive and below 5p + 2¹⁰¹⁴,
/// and 25p² < 2²⁰⁵².
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn double(point: &mut Vectors) {
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
    *point = mul(&left, &right);
}

/// Indices into one half, repeated for the other; 8 and above are into the second operand.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn half([a, b, c, d]: [i64; 4]) -> __m512i {
    _mm512_setr_epi64(a, b, c, d, a + 4, b + 4, c + 4, d + 4)
}
