//! Tells which mutant is active. The variable MUTANT in the environment has its id, with the mark.
//!
//! With MUTANT=1 no mutant is active, and the ids of the places that are reached are written to standard input, for
//! which run.py opens a file. Nothing here allocates, because some tests count allocations.

#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

const UNKNOWN: u32 = 0;
const RECORD: u32 = 1;
const MARK: u32 = 900_000_000;

static ACTIVE: AtomicU32 = AtomicU32::new(UNKNOWN);
static REACHED: [AtomicBool; 1 << 16] = [const { AtomicBool::new(false) }; 1 << 16];

/// The id of the active mutant. The code at the place of `first` and of the mutants after it asks for it.
#[inline(always)]
pub(crate) fn at(first: u32) -> u32 {
    let active = ACTIVE.load(Relaxed);
    if active <= RECORD { ask(first, active) } else { active }
}

unsafe extern "C" {
    fn getenv(name: *const i8) -> *const u8;
    fn write(file: i32, octets: *const u32, length: usize) -> isize;
}

#[cold]
#[inline(never)]
fn ask(first: u32, mut active: u32) -> u32 {
    if active == UNKNOWN {
        // SAFETY: the name and the value end in 0.
        unsafe {
            let mut digit = getenv(c"MUTANT".as_ptr());
            while !digit.is_null() && (*digit).is_ascii_digit() {
                active = active.wrapping_mul(10).wrapping_add(u32::from(*digit - b'0'));
                digit = digit.add(1);
            }
        }
        ACTIVE.store(active, Relaxed);
    }
    if active == RECORD && !REACHED[(first - MARK) as usize].swap(true, Relaxed) {
        // SAFETY: these are the four octets of a number on the stack.
        unsafe { write(0, &raw const first, 4) };
    }
    active
}
