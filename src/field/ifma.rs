//! Arithmetic of 𝔽_p and 𝔽_p² on AVX-512 IFMA, several elements at once.
//!
//! * [`Fp52x8`] holds eight elements, one in each 64-bit lane. It is a [`Field`](super::Field), so the
//!   formulas of the floors above run on it as they stand, in eight independent instances.
//! * [`pair::Fp50x2`] holds two elements, the digits of each spread across the lanes. It is for computations in which
//!   each product waits for the one before.
//! * [`columns`] has the products of eight lanes without their last carries, for formulas that add
//!   several products before they carry, and the selections of lanes that such formulas make.
//!
//! A value of the first two types is made from an [`Ifma`](crate::backend::Ifma) token or from other values:
//! there is no constant and no `Default`. So a value is the proof that the CPU runs the instructions.
//!
//! # Why there is unsafe code, and why it is sound
//!
//! Each `unsafe` block of the vector code cites the clause that it rests on. Those of P-256 cite the clauses of
//! `p256::ifma`.
//!
//! 1. **The CPU has the instructions.** A function with `#[target_feature(enable = "avx512f,avx512ifma")]` may be
//!    called where the CPU and the operating system support both. The caller is another such function, or it holds one
//!    of two things. The first is an `Ifma`, which is made only after both were found, or in a build with
//!    `eccsi_sakke_backend_unchecked`, whose builder promises them. The second is a value, which only such functions
//!    make. A vector alone proves nothing, because it may come from a constant.
//! 2. **Memory and bit patterns.** Whatever is read or written as another type is an array or vector
//!    of integers of the same size, which the function borrows or owns. It has no padding,
//!    every bit pattern is a value of it, and it is aligned as the type requires. Lane 0 of a vector is the
//!    integer at the lowest address. A type that is `repr(transparent)` over another may be read
//!    as that other type.
//! 3. **Assembly.** A block names every register that it writes as an operand, leaves the flags and the
//!    stack alone, and touches no memory. A block without an instruction hands a reference's pointer
//!    from a register to the same register: it is still the reference that it was made from.
//!
//! # Constant time
//!
//! No branch and no address depends on a value: loops have constant bounds, selections are masked
//! instructions, and tables are read whole. The IFMA multiplications take the same time for all
//! operands.

#![allow(unsafe_code, reason = "the clauses above")]
#![allow(clippy::wildcard_imports, reason = "the intrinsics have a prefix of their own")]
#![allow(clippy::needless_range_loop, reason = "the columns of several numbers run together")]
#![allow(clippy::large_types_passed_by_value, reason = "operators take values; calls are inlined")]

/// Repeats the body for each of these numbers, or for each digit of an element with its number as a constant. Arrays
/// then stay in registers.
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
/// the same for all pairs from one function. It is a factor in 𝔽_p*, which a pairing's final power removes.
#[cfg(feature = "alloc")]
pub(crate) type ScaledPair = [core::arch::x86_64::__m512i; 6];

pub(crate) use eight::Fp52x8;
pub(crate) use entries::Table;
#[cfg(feature = "alloc")]
pub(crate) use fp2x8::Fp2x8;
#[cfg(feature = "alloc")]
pub(crate) use sums::{EightDigits, SharedFactor, ZERO_PAIR, factor_digits, sums_of_products};
