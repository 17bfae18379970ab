//! Sums and differences, with the reasons of [`adx`](super) for their unsafe code.
//!
//! The choice at the end is made by the zero flag, which ADCX and ADOX leave alone.

use core::arch::naked_asm;
use core::mem::MaybeUninit;

use super::{Adx, Limbs, Modulus, WideLimbs, written};

/// x + y mod p for x, y < p.
#[inline]
pub(in crate::field) fn add(_: Adx, x: &Limbs, y: &Limbs, modulus: &Modulus) -> Limbs {
    // SAFETY: reasons 1 to 5.
    unsafe { written(|out| add_asm(out, x, y, modulus)) }
}

/// x − y mod p for x, y < p.
#[inline]
pub(in crate::field) fn sub(_: Adx, x: &Limbs, y: &Limbs, modulus: &Modulus) -> Limbs {
    // SAFETY: reasons 1 to 5.
    unsafe { written(|out| sub_asm(out, x, y, modulus)) }
}

/// t ← t + u mod pR for t, u < pR.
#[inline]
pub(in crate::field) fn wide_add(_: Adx, t: &mut WideLimbs, u: &WideLimbs, modulus: &Modulus) {
    // SAFETY: reasons 1 to 5.
    unsafe { wide_add_asm(t, u, modulus) }
}

/// t ← t − u mod pR for t, u < pR.
#[inline]
pub(in crate::field) fn wide_sub(_: Adx, t: &mut WideLimbs, u: &WideLimbs, modulus: &Modulus) {
    // SAFETY: reasons 1 to 5.
    unsafe { wide_sub_asm(t, u, modulus) }
}

/// The assembler's macros, for one routine.
macro_rules! linear {
    ($text:literal) => {
        naked_asm!(
            r"
            // The sum v = x + y + rax goes through CF to rdi, and v + (R − p) through OF to the stack. v is below
            // 2p. If one of the two reaches R, the second is the result.
            .macro add_modulo x, y, r
                sub rsp, 128
                neg rax
                .irp i, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
                    mov rax, [\x + \i]
                    adcx rax, [\y + \i]
                    mov [rdi + \i], rax
                    adox rax, [\r + 136 + \i]
                    mov [rsp + \i], rax
                .endr
                mov eax, 0
                mov r8d, 0
                adcx rax, r8
                adox rax, r8
                test rax, rax
                .irp i, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
                    mov rax, [rdi + \i]
                    cmovnz rax, [rsp + \i]
                    mov [rdi + \i], rax
                .endr
                add rsp, 128
            .endm
            // t ← t + p for the 16 limbs at rdi, if CF is set.
            .macro add_back p
                sbb rax, rax
                test rax, rax
                .irp i, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
                    mov eax, 0
                    cmovnz rax, [\p + \i]
                    adcx rax, [rdi + \i]
                    mov [rdi + \i], rax
                .endr
            .endm
            ",
            $text,
            r"
            .purgem add_modulo
            .purgem add_back
            "
        )
    };
}

#[unsafe(naked)]
unsafe extern "sysv64" fn add_asm(
    out: &mut MaybeUninit<Limbs>,
    x: &Limbs,
    y: &Limbs,
    modulus: &Modulus,
) {
    linear!(
        r"
        xor eax, eax
        add_modulo rsi, rdx, rcx
        ret
        "
    )
}

#[unsafe(naked)]
unsafe extern "sysv64" fn sub_asm(
    out: &mut MaybeUninit<Limbs>,
    x: &Limbs,
    y: &Limbs,
    modulus: &Modulus,
) {
    linear!(
        r"
        xor eax, eax
        .irp i, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
            mov rax, [rsi + \i]
            sbb rax, [rdx + \i]
            mov [rdi + \i], rax
        .endr
        add_back rcx
        ret
        "
    )
}

#[unsafe(naked)]
unsafe extern "sysv64" fn wide_add_asm(t: &mut WideLimbs, u: &WideLimbs, modulus: &Modulus) {
    linear!(
        r"
        xor eax, eax
        .irp i, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
            mov rax, [rdi + \i]
            adc rax, [rsi + \i]
            mov [rdi + \i], rax
        .endr
        mov eax, 0
        adc eax, 0
        lea rdi, [rdi + 128]
        lea rsi, [rsi + 128]
        add_modulo rdi, rsi, rdx
        ret
        "
    )
}

#[unsafe(naked)]
unsafe extern "sysv64" fn wide_sub_asm(t: &mut WideLimbs, u: &WideLimbs, modulus: &Modulus) {
    linear!(
        r"
        xor eax, eax
        .irp i, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
            mov rax, [rdi + \i]
            sbb rax, [rsi + \i]
            mov [rdi + \i], rax
        .endr
        .irp i, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
            mov rax, [rdi + 128 + \i]
            sbb rax, [rsi + 128 + \i]
            mov [rdi + 128 + \i], rax
        .endr
        lea rdi, [rdi + 128]
        add_back rdx
        ret
        "
    )
}
