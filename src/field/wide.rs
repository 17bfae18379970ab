//! Several elements of 𝔽_p at once in the 512-bit registers of AVX-512 IFMA.
//!
//! # Why the unsafe code is sound
//!
//! Every `SAFETY` comment below this module, and in `pairing::packed`, names one of these reasons.
//!
//! 1. **Instructions.** A function marked `target_feature(enable = "avx512f,avx512ifma")` may only
//!    run where the CPU and the operating system have both. It is called from another such
//!    function, which the compiler checks, or with an [`Ifma`](crate::backend::Ifma) in hand, which
//!    is made only where they were found, or by the builder's promise.
//! 2. **Loads.** What is read through a pointer is a digit of an array that the function borrows;
//!    its index is a loop counter whose bound stands beside it, and is asserted in debug builds.
//! 3. **Alignment.** An aligned load or store goes to a value that `repr(align(64))` or its vector
//!    type aligns.
//! 4. **Bit patterns.** A vector of 512 bits and an array of eight `u64` have the same size, and
//!    every bit pattern is a value of both.
//! 5. **Assembly.** A block of assembly names as operands every register it writes, touches no
//!    stack, and accesses memory only at the operands its comment lists, within their types.

pub(crate) mod pair;
