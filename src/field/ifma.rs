//! Arithmetic of 𝔽_p and 𝔽_p² on AVX-512 IFMA, several elements at once.
//!
//! * [`Fp52x8`] holds eight elements, one in each 64-bit lane. It is a [`Field`](super::Field), so the
//!   formulas of the floors above run on it as they stand, in eight independent instances.
//! * [`pair::Fp50x2`] holds two elements across the lanes. It serves a computation in which each product
//!   waits for the one before.
//! * [`columns`] has the products of eight lanes without their last carries, for formulas that add
//!   several of them first, and the selections of lanes that such formulas make.
//!
//! A value of the first two is made from an [`Ifma`](crate::backend::Ifma) token or from other values:
//! there is no constant and no `Default`. So a value is the proof that the CPU runs the instructions.
//!
//! # Why there is unsafe code, and why it is sound
//!
//! Each `unsafe` block in the modules `ifma` of the floors cites the clause it rests on.
//!
//! 1. **The CPU has the instructions.** A function with `#[target_feature(enable =
//!    "avx512f,avx512ifma")]` may be called where the CPU and the operating system support both.
//!    The caller is another such function, or holds an `Ifma`, which is made only after they were
//!    found (or in a build with `eccsi_sakke_backend_unchecked`, whose builder promises them), or a
//!    value, which only such functions make. Vectors alone prove nothing: they may come from constants.
//! 2. **Memory and bit patterns.** What is read or written as another type is an array or vector
//!    of integers of the same size that the function borrows or owns, without padding, for which
//!    every bit pattern is a value, and aligned as the type asks. Lane 0 of a vector is the
//!    integer of the lowest address. A type that is `repr(transparent)` over another may be read
//!    as it.
//! 3. **Assembly.** A block names as operands every register it writes, leaves the flags and the
//!    stack alone, and touches no memory. One without an instruction hands a reference's pointer
//!    from one register to the same register: it is still the reference it was made from.
//!
//! # Constant time
//!
//! No branch and no address depends on a value: loops have constant bounds, selections are masked
//! instructions, tables are read whole. The IFMA multiplications take the same time for all
//! operands.

#![allow(unsafe_code, reason = "the clauses above")]
#![allow(clippy::wildcard_imports, reason = "the intrinsics have a prefix of their own")]
#![allow(clippy::needless_range_loop, reason = "the columns of several numbers run together")]
#![allow(clippy::large_types_passed_by_value, reason = "operators take values; calls are inlined")]

/// The body once for each of these numbers, or with a constant for each digit of an element: so arrays
/// stay in registers.
macro_rules! unroll {
    ($i:ident in $($number:literal)+ => $body:block) => {$({ let $i: usize = $number; $body })+};
    ($i:ident => $body:block) => {
        unroll!(const $i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 => $body)
    };
    (const $i:ident in $($number:literal)+ => $body:block) => {
        $({ const $i: usize = $number; $body })+
    };
}

pub(crate) mod columns;
pub(crate) mod digits;
pub(crate) mod eight;
pub(crate) mod entries;
#[cfg(feature = "alloc")]
mod fp2x8;
pub(crate) mod pair;
#[cfg(feature = "alloc")]
mod sums;
#[cfg(test)]
pub(crate) mod tests;

/// Two elements in the digits of [`pair::Fp50x2`], each digit below 2⁵⁰, times a power of 2. The power is
/// the same for all that come from one function, so it is a factor in 𝔽_p* that their products forget.
#[cfg(feature = "alloc")]
pub(crate) type ScaledPair = [core::arch::x86_64::__m512i; 6];

pub(crate) use eight::Fp52x8;
pub(crate) use entries::Table;
#[cfg(feature = "alloc")]
pub(crate) use fp2x8::Fp2x8;
#[cfg(feature = "alloc")]
pub(crate) use sums::{EightDigits, SharedFactor, ZERO_PAIR, factor_digits, sums_of_products};
