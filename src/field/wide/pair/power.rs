//! Powers whose exponent everybody knows: of one element, and of one of the extension.

use crypto_bigint::U1024;
use zeroize::Zeroize;

use super::Fp50x2;
use crate::backend::Ifma;
use crate::field::Fp;
#[cfg(feature = "alloc")]
use crate::field::Fp2;
use crate::field::power::sliding_windows;

/// See [`Fp::pow_public`]. The second half of the pair is idle.
pub(crate) fn pow_public(ifma: Ifma, base: Fp, exponent: &U1024) -> Fp {
    // SAFETY: field::wide clause 1, by the token.
    unsafe { pow(ifma, base, exponent) }
}

/// See `Fp2::pow_public`.
#[cfg(feature = "alloc")]
pub(crate) fn pow_public_fp2(ifma: Ifma, base: Fp2<Fp>, exponent: &U1024) -> Fp2<Fp> {
    // SAFETY: field::wide clause 1, by the token.
    unsafe { pow_fp2(ifma, base, exponent) }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn pow(ifma: Ifma, base: Fp, exponent: &U1024) -> Fp {
    let base = Fp50x2::enter(ifma, &base, &Fp::ONE);
    let power = sliding_windows(base, exponent, |x| x.square(), |x, y| x.mul(y));
    power.map_or(Fp::ONE, |power| power.leave().0)
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[cfg(feature = "alloc")]
fn pow_fp2(ifma: Ifma, base: Fp2<Fp>, exponent: &U1024) -> Fp2<Fp> {
    let base = Fp50x2::enter(ifma, &base.re, &base.im);
    let power = sliding_windows(base, exponent, |x| x.square_fp2(), |x, y| x.mul_fp2(y));
    power.map_or(Fp2::ONE, |power| {
        let (re, im) = power.leave();
        Fp2 { re, im }
    })
}

impl Zeroize for Fp50x2 {
    fn zeroize(&mut self) {
        // SAFETY: field::wide clause 2: zero is a value, and nothing is to be dropped.
        unsafe { zeroize::zeroize_flat_type(self) }
    }
}
