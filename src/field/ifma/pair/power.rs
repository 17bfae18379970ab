//! Powers whose exponent is public.

use crypto_bigint::U1024;
use zeroize::Zeroize;

use super::Fp50x2;
use crate::backend::Ifma;
use crate::field::Fp;
use crate::field::power::sliding_windows;

/// See [`Fp::pow_public`]. The second element of the pair is not used.
pub(crate) fn pow_public(ifma: Ifma, base: Fp, exponent: &U1024) -> Fp {
    // SAFETY: field::ifma clause 1, by the token.
    unsafe { pow(ifma, base, exponent) }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn pow(ifma: Ifma, base: Fp, exponent: &U1024) -> Fp {
    let base = Fp50x2::enter(ifma, &base, &Fp::ONE);
    let power = sliding_windows(base, exponent, |x| x.square(), |x, y| x.mul(y));
    power.map_or(Fp::ONE, |power| power.leave().0)
}

impl Zeroize for Fp50x2 {
    fn zeroize(&mut self) {
        // SAFETY: field::ifma clause 2: zero is a value, and nothing is to be dropped.
        unsafe { zeroize::zeroize_flat_type(self) }
    }
}
