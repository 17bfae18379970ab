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
//! 2. **Memory and bit patterns.** What is read or written through a pointer is an array or vector
//!    type of the same size that the function borrows; its elements are `u64` or vectors of them,
//!    for which every bit pattern is a value. The alignment is any, or the pointee's own.
//! 3. **Assembly.** A block names as operands every register it writes, leaves the flags and the
//!    stack alone, and touches no memory.

pub(crate) mod pair;
