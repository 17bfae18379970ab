//! The CPU's time-stamp counter, with fences around the measurement.

use std::arch::x86_64::{__rdtscp, _mm_lfence, _rdtsc};

/// The number of ticks that `f` takes.
pub fn ticks<T>(f: impl FnOnce() -> T) -> f64 {
    let mut processor = 0;
    // SAFETY: every x86-64 CPU has LFENCE and RDTSC. CPUs of the last fifteen years have RDTSCP,
    // which writes to the variable that it is given.
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
