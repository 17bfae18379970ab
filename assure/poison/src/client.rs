//! Client requests of valgrind's memcheck. This is the one unsafe module.

use std::arch::asm;
use std::hint::black_box;

const RUNNING_ON_VALGRIND: usize = 0x1001;
const COUNT_ERRORS: usize = 0x1201;
const MAKE_MEM_UNDEFINED: usize = 0x4d43_0001;
const GET_VBITS: usize = 0x4d43_0008;

/// Whether this program runs under valgrind.
pub fn is_there() -> bool {
    request(RUNNING_ON_VALGRIND, 0, 0, 0) != 0
}

/// The number of errors found so far, which includes repeated ones.
pub fn errors() -> usize {
    request(COUNT_ERRORS, 0, 0, 0)
}

/// The value, every bit of which is now a secret.
///
/// It goes by value, through steps that the compiler can't see through. If the compiler could keep the value elsewhere,
/// it would use that defined copy, and nothing would be found.
#[inline(never)]
pub fn secret<T: Copy>(value: T) -> T {
    let mut value = black_box(value);
    request(MAKE_MEM_UNDEFINED, black_box(&raw mut value).addr(), size_of::<T>(), 0);
    black_box(value)
}

/// Like [`secret`], for octets that only their owner reads.
pub fn make_secret(octets: &mut [u8]) {
    let octets = black_box(octets);
    request(MAKE_MEM_UNDEFINED, octets.as_mut_ptr().addr(), octets.len(), 0);
}

/// How many of the octets have a bit that depends on a secret.
pub fn secret_octets(octets: &[u8]) -> usize {
    let mut bits = vec![0u8; octets.len()];
    let octets = black_box(octets);
    request(GET_VBITS, octets.as_ptr().addr(), bits.as_mut_ptr().addr(), octets.len());
    black_box(bits).iter().filter(|bits| **bits != 0).count()
}

/// The answer of valgrind, or 0 without valgrind.
#[inline(never)]
fn request(code: usize, a: usize, b: usize, c: usize) -> usize {
    let arguments = [code, a, b, c, 0, 0];
    let mut answer = 0;
    // SAFETY: the four rotations add up to twice the width of the register and leave rdi as it was, rbx is exchanged
    // with itself, and rax is read. Valgrind knows the sequence. It writes rdx, its own notes on which memory is
    // defined, and for GET_VBITS `c` octets at `b`, where there is room for them.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") arguments.as_ptr(), inout("rdx") answer, options(nostack),
        );
    }
    // SAFETY: the same holds for edi, ebx, eax and edx.
    #[cfg(target_arch = "x86")]
    unsafe {
        asm!(
            "rol edi, 3", "rol edi, 13", "rol edi, 29", "rol edi, 19", "xchg ebx, ebx",
            in("eax") arguments.as_ptr(), inout("edx") answer, options(nostack),
        );
    }
    // SAFETY: the same holds for r12, r10, r4 and r3.
    #[cfg(target_arch = "arm")]
    unsafe {
        asm!(
            "mov r12, r12, ror #3", "mov r12, r12, ror #13", "mov r12, r12, ror #29", "mov r12, r12, ror #19",
            "orr r10, r10, r10",
            in("r4") arguments.as_ptr(), inout("r3") answer, options(nostack),
        );
    }
    answer
}
