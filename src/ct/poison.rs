//! Marks for valgrind, in the builds of `assure/poison` alone (`--cfg eccsi_sakke_poison`).
//!
//! There, memcheck is told that secrets are undefined memory, and reports every branch and address that depends on one.
//! A value that becomes public is marked as defined again, here and nowhere else.

#![allow(unsafe_code, reason = "valgrind is spoken to by instructions without an effect")]

use core::arch::asm;
use core::hint::black_box;

use subtle::CtOption;

/// The requests of memcheck.h: 'M', 'C' and a number.
const MAKE_MEM_DEFINED: usize = 0x4d43_0002;
const GET_VBITS: usize = 0x4d43_0008;

/// The value, defined.
pub(super) fn defined<T>(value: T) -> T {
    let mut value = black_box(value);
    define(black_box(&raw mut value).cast(), size_of::<T>());
    black_box(value)
}

/// Marks the octets as defined in their place.
#[cfg(feature = "mikey")]
pub(super) fn define_octets(octets: &mut [u8]) {
    let octets = black_box(octets);
    define(octets.as_mut_ptr(), octets.len());
}

/// The option, marked as defined in the flag that says whether there is a value, and left as it was in the value.
///
/// The flag is before the value or right after it. Each place is marked in turn, until `is_some` is defined.
pub(super) fn with_defined_outcome<T>(option: CtOption<T>) -> CtOption<T> {
    let mut option = black_box(option);
    let start = black_box(&raw mut option).cast::<u8>();
    let after_value = size_of::<T>();
    for offset in [after_value, 0] {
        if is_defined(&black_box(&option).is_some()) {
            break;
        }
        define(start.wrapping_add(offset), 1);
    }
    black_box(option)
}

/// Whether memcheck regards all bits of a value as defined.
fn is_defined<T>(value: &T) -> bool {
    let mut bits = [0u8; 8];
    assert!(size_of::<T>() <= bits.len());
    request(
        GET_VBITS,
        black_box(&raw const *value).addr(),
        bits.as_mut_ptr().addr(),
        size_of::<T>(),
    );
    black_box(bits) == [0; 8]
}

fn define(start: *mut u8, octets: usize) {
    request(MAKE_MEM_DEFINED, start.addr(), octets, 0);
}

/// A client request of valgrind.h for x86-64, x86 and ARM. Outside valgrind it does nothing.
#[inline(never)]
fn request(code: usize, a: usize, b: usize, c: usize) {
    let arguments = [code, a, b, c, 0, 0];
    // SAFETY: the four rotations add up to twice the register and leave rdi as it was, rbx is exchanged
    // with itself, and rax is read. Valgrind, which knows the sequence, changes rdx and its own notes on
    // which memory is defined; GET_VBITS writes as many octets as `b` points to.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") arguments.as_ptr(), inout("rdx") 0usize => _, options(nostack),
        );
    }
    // SAFETY: the same of edi, ebx, eax and edx.
    #[cfg(target_arch = "x86")]
    unsafe {
        asm!(
            "rol edi, 3", "rol edi, 13", "rol edi, 29", "rol edi, 19", "xchg ebx, ebx",
            in("eax") arguments.as_ptr(), inout("edx") 0usize => _, options(nostack),
        );
    }
    // SAFETY: the same of r12, r10, r4 and r3.
    #[cfg(target_arch = "arm")]
    unsafe {
        asm!(
            "mov r12, r12, ror #3", "mov r12, r12, ror #13", "mov r12, r12, ror #29", "mov r12, r12, ror #19",
            "orr r10, r10, r10",
            in("r4") arguments.as_ptr(), inout("r3") 0usize => _, options(nostack),
        );
    }
}
