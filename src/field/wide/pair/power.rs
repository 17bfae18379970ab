//! Two elements raised to the same power, whose exponent everybody knows.

use crypto_bigint::U1024;
use zeroize::Zeroize;

use super::Fp50x2;
use crate::backend::Ifma;
use crate::field::Fp;
use crate::field::power::sliding_windows;

/// See [`Fp::pow_public`].
pub(crate) fn pow_public(ifma: Ifma, bases: [Fp; 2], exponent: &U1024) -> [Fp; 2] {
    // SAFETY: field::wide clause 1, by the token.
    unsafe { pow(ifma, bases, exponent) }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn pow(ifma: Ifma, [a, b]: [Fp; 2], exponent: &U1024) -> [Fp; 2] {
    let bases = Fp50x2::enter(ifma, &a, &b);
    let (a, b) = sliding_windows(bases, exponent, |x| x.square(), |x, y| x.mul(y)).leave();
    [a, b]
}

impl Zeroize for Fp50x2 {
    fn zeroize(&mut self) {
        // SAFETY: field::wide clause 2: zero is a value, and nothing is to be dropped.
        unsafe { zeroize::zeroize_flat_type(self) }
    }
}
