//! Which mutant is active: that whose id is in the environment's MUTANT; none for 0.
//!
//! With MUTANT=4294967294, none is, and the ids of the places that were reached are written to the
//! file named by REACHED when the process ends. Nothing here allocates, for some tests count that.

#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

const UNKNOWN: u32 = u32::MAX;
const RECORD: u32 = u32::MAX - 1;
const MARK: u32 = 900_000_000;

static ACTIVE: AtomicU32 = AtomicU32::new(UNKNOWN);
static REACHED: [AtomicBool; MOST] = [const { AtomicBool::new(false) }; MOST];

/// The id of the active mutant, asked at the place of `first` and those after it.
#[inline(always)]
pub(crate) fn at(first: u32) -> u32 {
    let active = ACTIVE.load(Relaxed);
    if active >= RECORD { ask(first, active) } else { active }
}

unsafe extern "C" {
    fn getenv(name: *const i8) -> *const u8;
    fn atexit(run: extern "C" fn()) -> i32;
}

#[cold]
#[inline(never)]
fn ask(first: u32, mut active: u32) -> u32 {
    if active == UNKNOWN {
        active = 0;
        // SAFETY: the name ends in 0, and so does the value.
        unsafe {
            let mut digit = getenv(c"MUTANT".as_ptr());
            while !digit.is_null() && (*digit).is_ascii_digit() {
                active = active.wrapping_mul(10).wrapping_add(u32::from(*digit - b'0'));
                digit = digit.add(1);
            }
        }
        if active != 0 && active != RECORD {
            active = active.wrapping_add(MARK);
        }
        if ACTIVE.swap(active, Relaxed) == UNKNOWN && active == RECORD {
            // SAFETY: the function stays as long as the process.
            unsafe { atexit(write) };
        }
    }
    if active == RECORD {
        REACHED[(first - MARK) as usize].store(true, Relaxed);
    }
    active
}

extern "C" fn write() {
    use std::io::Write;
    let Some(path) = std::env::var_os("REACHED") else { return };
    let Ok(mut file) = std::fs::File::create(path) else { return };
    for (id, reached) in REACHED.iter().enumerate() {
        if reached.load(Relaxed) {
            let _ = writeln!(file, "{id}");
        }
    }
}
