//! Names for the lanes of [`miller`](super). Each row of the table is what one round leaves.
//!
//! | round | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 |
//! |---|---|---|---|---|---|---|---|---|
//! | [`square`] | X² = a | Z² = c | (X + Z)² | (a₋² + c₋²)² | (a₋ + X)² | α² | β² | (α + β)² |
//! | [`product`] | a² | c² | 2XZ·Y | c·2x_Q | c·2y_Q | k₁ | k₂ | k₃ |
//! | [`mixed`] | a₁a₂ | c₁c₂ | 2m₁·(Y₂/2) | Y₁m₂ | Y₁Y₂ | r·u | (a₁ + c₁)(a₂ + c₂) | 2m₁·m₂ |
//! | [`sum`] | X² = a | Z² = c | (X + Z)² | Y, first term | Y, second term | 2m₁·Y₁ | c₁² | (2m₁)² |
//! | [`chord`] | 2m₁Y₁, real | imaginary | c₁², real | imaginary | (2m₁)², real | imaginary | s·v | (r − s)(u − v) |
//!
//! [`square`] and [`product`] are the two rounds of a doubling. α + iβ is f; a₋ and c₋ belong to the point that was
//! doubled; k₁ + k₂ + i(k₃ − k₁) is f² times a line. The other three are the rounds of an addition. r + is is a
//! line and u + iv is the chord of the previous addition, which stands in lanes 5, 6 and 7 as the factors u, v
//! and u − v + 4p. An addition puts the first five lanes of [`sum`] in the place of those of [`square`].

use crate::field::ifma::columns::lane_names;

lane_names! {
    square: A C S H T RE IM RE_IM;
    product: AA CC Z CX CY K1 K2 K3;
    mixed: AA CC MY YM YY RU AC MM;
    sum: A C S Y1 Y2 MY CC MM;
    chord: MY_RE MY_IM CC_RE CC_IM MM_RE MM_IM SV RS_UV;
}

/// The factors u, v and u − v of a chord. Each stands in the lane of its product with a line.
pub(super) mod factor {
    use super::{chord, mixed};

    pub(crate) const U: i64 = mixed::RU;
    pub(crate) const V: i64 = chord::SV;
    pub(crate) const U_V: i64 = chord::RS_UV;
}
