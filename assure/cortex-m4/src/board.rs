//! The board: where execution starts, how it talks to the debugger (semihosting), and its stack.

use core::arch::asm;
use core::panic::PanicInfo;
use core::ptr::{read_volatile, write_volatile};

/// The word with which unused stack is painted.
const PAINT: u32 = 0xdead_beef;
/// How many octets of the stack are painted.
const STACK: usize = 1 << 20;

#[unsafe(no_mangle)]
extern "C" fn reset() -> ! {
    crate::main();
    exit(0)
}

#[unsafe(no_mangle)]
extern "C" fn hang() -> ! {
    exit(2)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(1)
}

/// The result of `f`, and how many octets of stack it took.
#[inline(never)]
pub fn stack_of<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let top: usize;
    // SAFETY: it reads a register.
    unsafe { asm!("mov {}, sp", out(reg) top, options(nomem, nostack)) };
    // This function's frame is above. The functions that it calls while painting fit in the gap.
    let painted = top - 256;
    let base = painted - STACK;
    for word in (base..painted).step_by(4) {
        // SAFETY: nobody uses this RAM below the stack pointer, because there are no interrupts.
        unsafe { write_volatile(word as *mut u32, PAINT) };
    }
    let value = f();
    // SAFETY: as above.
    let is_painted = |word: &usize| unsafe { read_volatile(*word as *const u32) } == PAINT;
    let untouched = (base..painted).step_by(4).take_while(is_painted).count();
    (value, top - (base + 4 * untouched))
}

pub fn print(text: &str) {
    for octet in text.bytes() {
        // SYS_WRITEC
        semihosting(3, (&raw const octet).addr());
    }
}

pub fn print_number(number: usize) {
    if number >= 10 {
        print_number(number / 10);
    }
    let digit = b'0' + (number % 10) as u8;
    semihosting(3, (&raw const digit).addr());
}

pub fn exit(code: usize) -> ! {
    // SYS_EXIT_EXTENDED, with ADP_Stopped_ApplicationExit.
    let block = [0x20026, code];
    semihosting(0x20, block.as_ptr().addr());
    loop {}
}

fn semihosting(operation: usize, argument: usize) {
    // SAFETY: the debugger reads the memory that `argument` points to, and writes r0.
    unsafe { asm!("bkpt 0xab", inout("r0") operation => _, in("r1") argument) };
}
