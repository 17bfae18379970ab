//! The parts below the public operations that the benches and the fuzz targets use. They are not part of the API.

#![allow(missing_docs, reason = "for the benches and fuzz targets alone")]
#![allow(unsafe_code, reason = "calls that cite their clause")]

use core::hint::black_box;

#[cfg(feature = "alloc")]
use super::Point;
use crate::backend::Adx;
#[cfg(target_arch = "x86_64")]
use crate::backend::Ifma;
#[cfg(feature = "alloc")]
use crate::error::Error;
use crate::field::{Field, Fp};
#[cfg(feature = "alloc")]
use crate::pairing::Prepared;
use crate::scalar::Scalar;
use crate::torus::Torus;

/// A routine for products in 𝔽_p. Each function runs a chain of the given number of calls, in which each call
/// waits for the result of the one before.
pub struct Kernel {
    pub name: &'static str,
    /// The number of elements that one call multiplies.
    pub elements: u32,
    pub mul: fn(u64),
    pub square: fn(u64),
}

/// The kernels that this build may choose on this CPU, and the portable kernel.
pub fn kernels() -> impl Iterator<Item = Kernel> {
    let portable = Kernel {
        name: "portable",
        elements: 1,
        mul: |n| _ = black_box((0..n).fold(operand(), |x, _| x.portable_mul(operand()))),
        square: |n| _ = black_box((0..n).fold(operand(), |x, _| x.portable_square())),
    };
    let adx = Kernel {
        name: "adx",
        elements: 1,
        mul: |n| _ = black_box((0..n).fold(operand(), |x, _| x * operand())),
        square: |n| _ = black_box((0..n).fold(operand(), |x, _| x.square())),
    };
    let adx = Adx::detect().map(|_| adx);
    [portable].into_iter().chain(adx).chain(of_ifma())
}

#[cfg(not(target_arch = "x86_64"))]
fn of_ifma() -> impl Iterator<Item = Kernel> {
    core::iter::empty()
}

#[cfg(target_arch = "x86_64")]
fn of_ifma() -> impl Iterator<Item = Kernel> {
    let all = [
        // A single element has no kernel of its own. It is half of a pair whose other half is idle.
        Kernel { name: "ifma-1", elements: 1, mul: pair::mul, square: pair::square },
        Kernel { name: "ifma-2", elements: 2, mul: pair::mul, square: pair::square },
        Kernel { name: "ifma-8", elements: 8, mul: eight::mul, square: eight::square },
    ];
    all.into_iter().filter(|_| Ifma::detect().is_some())
}

/// The given number of multiply-add instructions in one chain and in twelve, to compare a kernel's time with that of
/// its instructions. In one chain each instruction waits for the one before, for 4 cycles on the CPUs that are known to
/// have them. In twelve chains side by side, only the ports of the CPU limit them. `None` without AVX-512 IFMA.
#[must_use]
pub fn multiply_adds() -> Option<[fn(u64); 2]> {
    #[cfg(target_arch = "x86_64")]
    if Ifma::detect().is_some() {
        return Some([pair::multiply_adds::<1>, pair::multiply_adds::<12>]);
    }
    None
}

/// A chain of `n` inversions.
pub fn invert(n: u64) {
    black_box((0..n).fold(operand(), |x, _| x.invert()));
}

/// An element with limbs that look random and that the compiler doesn't know.
fn operand() -> Fp {
    black_box(crate::params::P_X)
}

#[cfg(target_arch = "x86_64")]
mod pair {
    use core::arch::x86_64::{_mm512_madd52lo_epu64, _mm512_set1_epi64};

    use super::{Ifma, black_box, operand};
    use crate::field::ifma::pair::Fp50x2;

    pub(super) fn mul(n: u64) {
        run(n, false);
    }

    pub(super) fn square(n: u64) {
        run(n, true);
    }

    fn run(n: u64, square: bool) {
        if let Some(ifma) = Ifma::detect() {
            // SAFETY: field::ifma clause 1, by the token.
            unsafe { chain(ifma, n, square) }
        }
    }

    pub(super) fn multiply_adds<const CHAINS: usize>(n: u64) {
        if Ifma::detect().is_some() {
            // SAFETY: field::ifma clause 1, by the token.
            unsafe { chains::<CHAINS>(n) }
        }
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn chains<const CHAINS: usize>(n: u64) {
        let y = black_box(_mm512_set1_epi64(3));
        let mut x = [y; CHAINS];
        for _ in 0..n.div_ceil(4 * CHAINS as u64) {
            for _ in 0..4 {
                for x in &mut x {
                    *x = _mm512_madd52lo_epu64(*x, y, y);
                }
            }
        }
        for x in x {
            black_box(x);
        }
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn chain(ifma: Ifma, n: u64, square: bool) {
        let y = black_box(Fp50x2::enter(ifma, &operand(), &operand()));
        let mut x = y;
        for _ in 0..n {
            x = if square { x.square() } else { x.mul(y) };
        }
        black_box(x);
    }
}

#[cfg(target_arch = "x86_64")]
mod eight {
    use super::{Field, Ifma, black_box, operand};
    use crate::field::ifma::Fp52x8;

    pub(super) fn mul(n: u64) {
        run(n, |x, y| *x *= y);
    }

    pub(super) fn square(n: u64) {
        run(n, |x, _| *x = x.square());
    }

    fn run(n: u64, step: impl Fn(&mut Fp52x8, &Fp52x8)) {
        if let Some(ifma) = Ifma::detect() {
            let y = black_box(Fp52x8::enter(ifma, &[operand(); 8]));
            let mut x = y;
            for _ in 0..n {
                step(&mut x, &y);
            }
            black_box(x);
        }
    }
}

/// gʳ as its representative, where r is `exponent` modulo q.
#[must_use]
pub fn pow_g(exponent: &[u8; 128]) -> [u8; 128] {
    Torus::pow_g(&Scalar::reduce(exponent)).to_bytes()
}

/// The first argument of a pairing, prepared.
#[cfg(feature = "alloc")]
pub struct PreparedPoint(Prepared);

#[cfg(feature = "alloc")]
impl PreparedPoint {
    pub fn new(point: &Point) -> Result<Self, Error> {
        Prepared::new(&point.0).into_option().map(Self).ok_or(Error::Fault)
    }

    /// The same result as that of [`pairing`](super::pairing).
    #[must_use]
    pub fn pairing(&self, q: &Point) -> [u8; 128] {
        Torus::from(self.0.tate(&q.0)).to_bytes()
    }
}

/// From now on, no backend better than `best` runs.
#[cfg(fuzzing)]
pub fn limit(best: crate::Backend) {
    crate::backend::limit(best);
}
