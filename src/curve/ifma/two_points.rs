//! Two points of the Edwards curve X² + Y² = 1 − X²Y² in eight lanes. A complete addition has eight products in two
//! rounds of four, so an addition to each of the two points costs two products of eight lanes.

#![allow(unsafe_code, reason = "AVX-512: the reasons are numbered in field::ifma")]
#![allow(clippy::wildcard_imports, reason = "the intrinsics have a prefix of their own")]

use core::arch::x86_64::*;

use zeroize::Zeroize;

use crate::backend::Ifma;
use crate::field::Fp;
use crate::field::ifma::columns::{
    ANY, OTHER, Vectors, add_in, broadcast_digit, lane_names, lanes, mask, normalise, pick, sub_in,
};
use crate::field::ifma::digits::{THREE_P, TWICE_P};
use crate::field::ifma::eight::{Fp52x8, mul, product_beside, square};
use crate::field::ifma::entries::{self, Entries};

/// The lanes of the first point.
const FIRST: u8 = lanes!(0, 1, 2, 3);

// The lanes of the first point, of its entry and of its products and squares. The second point has the next four lanes.
lane_names! {
    point: X Y Z T;
    entry: Y X_LESS_Y X_AND_Y XY;
    product: K L M C;
    square: A B C S;
}

/// The mask of these lanes in both halves.
macro_rules! both {
    ($($lane:expr),+) => { const { mask([$($lane),+]) | mask([$($lane),+]) << 4 } };
}

/// Two points in extended coordinates (X : Y : T : Z), T = XY/Z, in the lanes
/// X, Y, Z, T, X′, Y′, Z′, T′.
#[derive(Clone, Copy)]
pub(crate) struct TwoPoints(Fp52x8);

/// A table of affine points (x, y) with t = xy.
pub(crate) type AffineTable = Entries<3>;

/// Two affine points, ready to be added, in the lanes
/// y, x − y, x + y, t, y′, x′ − y′, x′ + y′, t′. All lanes are factors below 4p + 2¹⁰¹⁴.
pub(crate) struct TwoEntries(Vectors);

impl TwoPoints {
    /// The two points, each as [X, Y, T, Z].
    pub(crate) fn enter(ifma: Ifma, [p, q]: [[Fp; 4]; 2]) -> Self {
        let [[x, y, t, z], [x2, y2, t2, z2]] = [p, q];
        Self(Fp52x8::enter(ifma, &[x, y, z, t, x2, y2, z2, t2]))
    }

    /// The inverse of [`TwoPoints::enter`].
    pub(crate) fn leave(self) -> [[Fp; 4]; 2] {
        let [x, y, z, t, x2, y2, z2, t2] = self.0.leave();
        [[x, y, t, z], [x2, y2, t2, z2]]
    }

    /// O twice.
    pub(crate) fn identity(ifma: Ifma) -> Self {
        Self::enter(ifma, [[Fp::ZERO, Fp::ONE, Fp::ZERO, Fp::ONE]; 2])
    }

    /// Doubles each of the two points.                               a product and a square of 8
    ///
    /// The formula of `curve::edwards`:
    ///
    /// ```text
    /// A = X²   B = Y²   C = Z²   S = (X + Y)²
    /// E = S − A − B   F = A + B − 2C   G = A + B   H = A − B        (EF : GH : EH : FG)
    /// ```
    #[inline]
    pub(crate) fn double(&mut self) {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { double(&mut self.0.0) }
        self.0.check();
    }

    /// Adds to each of the two points its part of `entry`.                    2 products of 8
    ///
    /// Meanwhile the tables of the `next` look-up are prefetched.
    ///
    /// E = X₁y₂ + Y₁x₂ and H = Y₁y₂ − X₁x₂ take three products, and C = T₁t₂ is the fourth:
    ///
    /// ```text
    /// K = (X₁ + Y₁)y₂   L = Y₁(x₂ − y₂)   M = X₁(x₂ + y₂)      E = K + L   H = K − M
    /// F = Z₁ + C   G = Z₁ − C                                  (EF : GH : EH : FG)
    /// ```
    ///
    /// E, F, G and H are those of `curve::edwards`, and the formula is complete like that one.
    #[inline]
    pub(crate) fn mixed_add(&mut self, entry: &TwoEntries, next: [&AffineTable; 2]) {
        // SAFETY: field::ifma clause 1, as self exists.
        unsafe { mixed_add(&mut self.0.0, &entry.0, next) }
        self.0.check();
    }
}

impl Zeroize for TwoPoints {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl TwoEntries {
    /// ±`first[indices[0]]` and ±`second[indices[1]]`: minus the first where bit 0 of `negative` is
    /// set, minus the second where bit 1 is. Every entry is read.
    ///
    /// Secret: the indices and the signs. Leaks: nothing.
    #[inline]
    pub(crate) fn look_up(
        _: Ifma,
        [first, second]: [&AffineTable; 2],
        indices: [u8; 2],
        negative: u8,
    ) -> Self {
        // SAFETY: field::ifma clause 1, by the token.
        Self(unsafe { look_up_pair(first, second, indices, negative) })
    }
}

/// See [`TwoEntries::look_up`]. −(x, y) = (−x, y). A negated x or xy is taken from 2p, and x − y gets 2p so that it is
/// positive.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn look_up_pair(
    first: &AffineTable,
    second: &AffineTable,
    [i, j]: [u8; 2],
    negative: u8,
) -> Vectors {
    use entry::{X_AND_Y, X_LESS_Y, XY, Y};
    let places = [both!(X_LESS_Y, X_AND_Y), both!(Y), both!(XY)];
    let found =
        entries::look_up_each([(first, FIRST), (second, !FIRST)], places, [i, i, i, i, j, j, j, j]);
    let of_first = (negative & 1).wrapping_neg() & FIRST;
    let of_second = (negative >> 1 & 1).wrapping_neg() & !FIRST;
    let negated = (of_first | of_second) & both!(X_LESS_Y, X_AND_Y, XY);
    let y = half([Y; 4]);
    normalise(|i| {
        let digit = found.digit(i);
        let twice_p = broadcast_digit(TWICE_P[i]);
        let digit = _mm512_mask_sub_epi64(digit, negated, twice_p, digit);
        let y = _mm512_maskz_permutexvar_epi64(both!(X_LESS_Y, X_AND_Y), y, digit);
        _mm512_add_epi64(digit, _mm512_mask_sub_epi64(y, both!(X_LESS_Y), twice_p, y))
    })
}

/// See [`TwoPoints::mixed_add`]. No sum is reduced: the factors are below 4p + 2¹⁰¹⁴ < 2¹⁰²⁶.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn mixed_add(point: &mut Vectors, entry: &Vectors, [first, second]: [&AffineTable; 2]) {
    use point::{T, X, Y, Z};
    use product::{C, K, L, M};
    // The left factors: X + Y, Y, X, T.
    let y_x = half([Y, ANY, X, ANY]);
    let left = normalise(|i| {
        let others = _mm512_maskz_mov_epi64(both!(K, L, C), point[i]);
        let moved = _mm512_maskz_permutexvar_epi64(both!(K, M), y_x, point[i]);
        _mm512_add_epi64(others, moved)
    });
    let products = product_beside(&left, entry, |row| first.prefetch(row));

    // The left factors E, H, F, E and the right ones F, G, G, H. Each is a sum of two lanes, or a difference plus 2p.
    let (k_k_z_k, l_m_c_l) = (half([K, K, OTHER + Z, K]), half([L, M, C, L]));
    let left = normalise(|i| {
        let to = _mm512_permutex2var_epi64(products[i], k_k_z_k, point[i]);
        let term = _mm512_permutexvar_epi64(l_m_c_l, products[i]);
        let twice_p = broadcast_digit(TWICE_P[i]);
        _mm512_add_epi64(to, _mm512_mask_sub_epi64(term, both!(Y), twice_p, term))
    });
    let z = OTHER + Z;
    let (z_z_z_k, c_c_c_m) = (half([z, z, z, K]), half([C, C, C, M]));
    let right = normalise(|i| {
        let to = _mm512_permutex2var_epi64(products[i], z_z_z_k, point[i]);
        let term = _mm512_permutexvar_epi64(c_c_c_m, products[i]);
        let twice_p = broadcast_digit(TWICE_P[i]);
        _mm512_add_epi64(to, _mm512_mask_sub_epi64(term, both!(Y, Z, T), twice_p, term))
    });
    // EF, HG, FG, EH.
    *point = product_beside(&left, &right, |row| second.prefetch(row));
}

/// See [`TwoPoints::double`]. 3p is added to each factor of the second round. So these are positive and below
/// 5p + 2¹⁰¹⁴, and 25p² < 2²⁰⁵².
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn double(point: &mut Vectors) {
    use point::{T, X, Y, Z};
    use square::{A, B, C, S};
    // X, Y, Z, X + Y.
    let (x_y_z_x, y) = (half([X, Y, Z, X]), half([Y; 4]));
    let squares = square(&normalise(|i| {
        let to = _mm512_permutexvar_epi64(x_y_z_x, point[i]);
        let moved = _mm512_maskz_permutexvar_epi64(both!(S), y, point[i]);
        _mm512_add_epi64(to, moved)
    }));
    // The left factors E, H, F, E and the right ones F, G, G, H.
    let (s_a_a_s, a_b_b_a, b_b_c_b) = (half([S, A, A, S]), half([A, B, B, A]), half([B, B, C, B]));
    let left = normalise(|i| {
        let to = _mm512_permutexvar_epi64(s_a_a_s, squares[i]);
        let to = _mm512_add_epi64(to, broadcast_digit(THREE_P[i]));
        let term = _mm512_permutexvar_epi64(a_b_b_a, squares[i]);
        let to = add_in!(both!(Z), sub_in!(both!(X, Y, T), to, term), term);
        let term = _mm512_permutexvar_epi64(b_b_c_b, squares[i]);
        sub_in!(both!(Z), sub_in!(both!(X, Z, T), to, term), term)
    });
    let (a, b, c) = (half([A; 4]), half([B; 4]), half([C; 4]));
    let right = normalise(|i| {
        let to = _mm512_permutexvar_epi64(a, squares[i]);
        let to = _mm512_add_epi64(to, broadcast_digit(THREE_P[i]));
        let term = _mm512_permutexvar_epi64(b, squares[i]);
        let to = sub_in!(both!(T), add_in!(both!(X, Y, Z), to, term), term);
        let term = _mm512_permutexvar_epi64(c, squares[i]);
        sub_in!(both!(X), sub_in!(both!(X), to, term), term)
    });
    // EF, HG, FG, EH.
    *point = mul(&left, &right);
}

/// The index vector of [`pick`] for the first half, repeated for the second.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn half([a, b, c, d]: [i64; 4]) -> __m512i {
    pick([a, b, c, d, a + 4, b + 4, c + 4, d + 4])
}
