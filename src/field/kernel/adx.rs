//! Montgomery arithmetic on 16 limbs of 64 bits with MULX, ADCX and ADOX: works like
//! [`portable`](super::portable), limb for limb.
//!
//! MULX leaves the flags alone, ADCX adds through the carry flag only, ADOX through the overflow
//! flag only: a row's low halves and its high halves run through two carry chains side by side.
//! Eight accumulators are what the registers hold, so [`mul`] and [`square`] are built from blocks
//! of 8 × 8 limbs. The blocks are subroutines, so that they stay in the cache of decoded
//! instructions, which straight-line code would overflow:
//!
//! | routine | accumulator a (8 limbs) | memory | MULX |
//! |---|---|---|---|
//! | [`block`] | a + x·y, the upper 8 limbs | the lower 8 limbs | 64 |
//! | [`reduce`] | (a + m·p₀)/2⁵¹² | the m that makes it whole | 64 |
//! | [`triangle`] | a + Σ xᵢxⱼ2⁶⁴⁽ⁱ⁺ʲ⁾ over i < j, the upper 8 limbs | the lower 8 limbs | 28 |
//! | [`diagonal`] | – | 2t + Σ xᵢ²2¹²⁸ⁱ, 8 limbs from 4 of x | 4 |
//!
//! Registers: r8 … r15 are the accumulator, least significant first at entry and at exit; rsi, rcx
//! and rdi point to the multiplicand, the multiplier and the output, which they keep; rdx is a
//! row's multiplier, rax and rbx are the halves of a product, rbp is 0.
//!
//! In the comments x₀, x₁ are the lower and upper 8 limbs of x, likewise for the others. Both
//! routines clear 512 bits twice, and add up what is left as v + w, then as e + f < 2p. Their frame,
//! in octets from rsp: 0 out, 8 x, 16 y, 24 modulus, 32 a carry, 64 f₀ (8 limbs), 256 m (8), 320 w₀
//! (8), 512 e (16), 640 c (8), 704 w₁ (8); the rest is their own.
//!
//! # Why the unsafe code is sound
//!
//! 1. *Instructions.* BMI2 and ADX are there: each routine takes an [`Adx`], which only their
//!    detection makes, or a builder who promised them.
//! 2. *Memory.* A routine reads its arguments, 16 limbs each and a [`Modulus`] laid out by
//!    `repr(C)`, writes 16 limbs through `out`, and else touches its own stack frame. The wrappers
//!    pass references, and a fresh `out` that overlaps nothing. Every offset is a literal.
//! 3. *Initialisation.* The last part of a routine writes all 16 limbs of `out` unconditionally.
//! 4. *Calling convention.* `sysv64` by declaration, on every system: arguments in rdi, rsi, rdx,
//!    rcx. The callee-saved rbx, rbp, r12 … r15 are pushed and popped, rsp comes back to where it
//!    was, the direction flag and the vector registers are not touched.
//! 5. *Control flow.* Calls, returns and tail jumps among these routines, none conditional; nothing
//!    unwinds or panics. The subroutines have a register interface of their own: only the assembly
//!    of this module calls them.
//! 6. *Constant time.* It follows: no branch, no address and no divide depends on a limb. What is
//!    chosen by a value is chosen by CMOV, whose two operands are read either way.

#![allow(unsafe_code, reason = "assembly; the module's documentation says why it is sound")]

use core::arch::naked_asm;
use core::mem::{MaybeUninit, offset_of};

use super::portable::{Limbs, Modulus};
use crate::backend::Adx;
use block::{block, diagonal, finish, reduce, triangle, upper_reduce};

/// The assembler's macros, for one routine: [`naked_asm!`] texts of one module share their names.
macro_rules! routine {
    ($text:literal $(, $name:ident)* $(,)?) => {
        naked_asm!(
            r"
            // low, high += rdx·[rsi + j]
            .macro term j, low, high
                mulx rbx, rax, [rsi + \j]
                adcx \low, rax
                adox \high, rbx
            .endm
            // The rest of a row, from j to the last limb. The last product makes the top limb, where
            // both chains end: the row's value fits, so both flags are 0 afterwards.
            .macro terms j, low, high, more:vararg
                .ifnb \more
                    term \j, \low, \high
                    terms (\j + 8), \high, \more
                .else
                    mulx \high, rax, [rsi + \j]
                    adcx \low, rax
                    adox \high, rbp
                    adcx \high, rbp
                .endif
            .endm
            // A row for each of 8 limbs: the accumulator moves on by one register a time.
            .macro rows
                row 0, r8, r9, r10, r11, r12, r13, r14, r15
                row 8, r9, r10, r11, r12, r13, r14, r15, r8
                row 16, r10, r11, r12, r13, r14, r15, r8, r9
                row 24, r11, r12, r13, r14, r15, r8, r9, r10
                row 32, r12, r13, r14, r15, r8, r9, r10, r11
                row 40, r13, r14, r15, r8, r9, r10, r11, r12
                row 48, r14, r15, r8, r9, r10, r11, r12, r13
                row 56, r15, r8, r9, r10, r11, r12, r13, r14
            .endm
            // The instruction for each limb of the accumulator and of the memory.
            .macro all instruction, memory
                .irp k, 8, 9, 10, 11, 12, 13, 14, 15
                    \instruction r\k, [\memory + 8*\k - 64]
                .endr
            .endm
            .macro store memory
                .irp k, 8, 9, 10, 11, 12, 13, 14, 15
                    mov [\memory + 8*\k - 64], r\k
                .endr
            .endm
            .macro enter_frame
                .irp r, rbx, rbp, r12, r13, r14, r15
                    push \r
                .endr
                sub rsp, 776
                mov [rsp], rdi
                mov [rsp + 8], rsi
            .endm
            .macro leave_frame
                add rsp, 776
                .irp r, r15, r14, r13, r12, rbp, rbx
                    pop \r
                .endr
                ret
            .endm
            ",
            $text,
            r"
            .irp name, term, terms, rows, all, store, enter_frame, leave_frame
                .purgem \name
            .endr
            ",
            $($name = sym $name,)*
        )
    };
}

mod block;

/// x·y·R⁻¹ mod p for x < R and y < p.
#[inline]
pub(in crate::field) fn mul(_: Adx, x: &Limbs, y: &Limbs, modulus: &Modulus) -> Limbs {
    let mut out = MaybeUninit::uninit();
    // SAFETY: reasons 1 to 5.
    unsafe {
        mul_asm(&mut out, x, y, modulus);
        out.assume_init()
    }
}

/// x²·R⁻¹ mod p for x < p.
#[inline]
pub(in crate::field) fn square(_: Adx, x: &Limbs, modulus: &Modulus) -> Limbs {
    let mut out = MaybeUninit::uninit();
    // SAFETY: reasons 1 to 5.
    unsafe {
        square_asm(&mut out, x, modulus);
        out.assume_init()
    }
}

const _: () = assert!(
    offset_of!(Modulus, p) == 0
        && offset_of!(Modulus, minus_p_inverse) == 128
        && offset_of!(Modulus, r) == 136,
    "the assembly's offsets"
);

/// The rest of the frame: 128 u (16 limbs), 384 the lower half of x₀·y₀, 448 v₁; at 64 v₀ before f₀.
#[unsafe(naked)]
unsafe extern "sysv64" fn mul_asm(
    out: &mut MaybeUninit<Limbs>,
    x: &Limbs,
    y: &Limbs,
    modulus: &Modulus,
) {
    routine!(
        r"
        enter_frame
        mov [rsp + 16], rdx
        mov [rsp + 24], rcx
        // u = x₀·y₀/2⁵¹² + x₀·y₁
        .irp r, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
            xor \r, \r
        .endr
        mov rcx, rdx
        lea rdi, [rsp + 384]
        call {block}
        add rcx, 64
        lea rdi, [rsp + 128]
        call {block}
        store rsp + 192
        // m and c from the lower limbs of x₀·y₀
        all mov, rsp + 384
        call {reduce}
        // v = u₀ + x₁·y₀
        all mov, rsp + 128
        mov rsi, [rsp + 8]
        add rsi, 64
        mov rcx, [rsp + 16]
        lea rdi, [rsp + 64]
        call {block}
        store rsp + 448
        // w = c + m·p₁
        lea rdi, [rsp + 320]
        call {upper_reduce}
        store rsp + 704
        // m and c from v₀ + w₀
        all mov, rsp + 64
        xor ebp, ebp
        all adcx, rsp + 320
        adcx rbp, rbp
        mov [rsp + 32], rbp
        call {reduce}
        // e = u₁ + v₁ + w₁ + carry + x₁·y₁; what passes 2⁵¹² before the product is added after it
        all mov, rsp + 704
        xor ebp, ebp
        mov rax, [rsp + 32]
        add rax, -1
        .irp k, 8, 9, 10, 11, 12, 13, 14, 15
            adcx r\k, [rsp + 448 + 8*\k - 64]
            adox r\k, [rsp + 192 + 8*\k - 64]
        .endr
        mov eax, 0
        adcx rbp, rax
        adox rbp, rax
        mov [rsp + 32], rbp
        mov rsi, [rsp + 8]
        add rsi, 64
        mov rcx, [rsp + 16]
        add rcx, 64
        lea rdi, [rsp + 512]
        call {block}
        add r8, [rsp + 32]
        .irp r, r9, r10, r11, r12, r13, r14, r15
            adc \r, 0
        .endr
        store rsp + 576
        // f = c + m·p₁
        lea rdi, [rsp + 64]
        call {upper_reduce}
        jmp {finish}
        ",
        block,
        reduce,
        upper_reduce,
        finish,
    )
}

/// The rest of the frame: 40 the diagonal's carry, 384 x² (32 limbs), whose upper half becomes e.
#[unsafe(naked)]
unsafe extern "sysv64" fn square_asm(out: &mut MaybeUninit<Limbs>, x: &Limbs, modulus: &Modulus) {
    routine!(
        r"
        enter_frame
        mov [rsp + 24], rdx
        // x², limbs 0 to 7
        .irp r, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
            xor \r, \r
        .endr
        lea rdi, [rsp + 384]
        call {triangle}
        store rsp + 448
        xor ecx, ecx
        call {diagonal}
        mov [rsp + 40], rcx
        // m and c from them
        all mov, rsp + 384
        call {reduce}
        // x², limbs 8 to 15
        all mov, rsp + 448
        mov rsi, [rsp + 8]
        lea rcx, [rsi + 64]
        lea rdi, [rsp + 448]
        call {block}
        store rsp + 512
        add rsi, 32
        mov rcx, [rsp + 40]
        call {diagonal}
        mov [rsp + 40], rcx
        // w = c + m·p₁
        lea rdi, [rsp + 320]
        call {upper_reduce}
        store rsp + 704
        // m and c from limbs 8 to 15 and w₀
        all mov, rsp + 448
        xor ebp, ebp
        all adcx, rsp + 320
        adcx rbp, rbp
        mov [rsp + 32], rbp
        call {reduce}
        // x², limbs 16 to 31
        all mov, rsp + 512
        mov rsi, [rsp + 8]
        add rsi, 64
        lea rdi, [rsp + 512]
        call {triangle}
        store rsp + 576
        mov rcx, [rsp + 40]
        call {diagonal}
        add rsi, 32
        add rdi, 64
        call {diagonal}
        // e = them + w₁ + carry
        all mov, rsp + 704
        mov rax, [rsp + 32]
        add rax, -1
        all adcx, rsp + 512
        store rsp + 512
        .irp i, 0, 8, 16, 24, 32, 40, 48, 56
            adc qword ptr [rsp + 576 + \i], 0
        .endr
        // f = c + m·p₁
        lea rdi, [rsp + 64]
        call {upper_reduce}
        jmp {finish}
        ",
        triangle,
        diagonal,
        block,
        reduce,
        upper_reduce,
        finish,
    )
}
