//! The CPU's time-stamp counter, behind fences.

use std::arch::x86_64::{__rdtscp, _mm_lfence, _rdtsc};

/// Ticks that `f` takes.
pub fn ticks<T>(f: impl FnOnce() -> T) -> f64 {
    let mut processor = 0;
    // SAFETY: every x86-64 CPU has LFENCE and RDTSC, and those of the last fifteen years RDTSCP,
    // which writes the variable it is given.
    let start = unsafe {
        _mm_lfence();
        _rdtsc()
    };
    std::hint::black_box(f());
    // SAFETY: as above.
    let end = unsafe {
        let end = __rdtscp(&raw mut processor);
        _mm_lfence();
        end
    };
    (end - start) as f64
}
