//! Montgomery arithmetic on 16 limbs of 64 bits with MULX, ADCX and ADOX: works like
//! [`portable`](super::portable), limb for limb.
//!
//! MULX leaves the flags alone, ADCX adds through the carry flag only, and ADOX through the overflow flag only. So the
//! low halves and the high halves of a row run through two carry chains side by side. The registers hold eight limbs of
//! an accumulator, so everything is built from blocks of 8 × 8 limbs. The blocks are subroutines, so that they stay
//! in the cache of decoded instructions, which straight-line code would overflow:
//!
//! | routine | accumulator a (8 limbs) | memory | MULX |
//! |---|---|---|---|
//! | [`block`] | a + x·y, the upper 8 limbs | the lower 8 limbs | 64 |
//! | [`reduce_block`] | (a + m·p₀)/2⁵¹² | the m that makes it whole | 64 |
//! | [`triangle`] | a + Σ xᵢxⱼ2⁶⁴⁽ⁱ⁺ʲ⁾ over i < j, the upper 8 limbs | the lower 8 limbs | 28 |
//! | [`diagonal`] | – | 2t + Σ xᵢ²2¹²⁸ⁱ, 8 limbs from 4 of x | 4 |
//!
//! Registers: r8 … r15 are the accumulator, least significant first at entry and at exit. rsi, rcx and rdi point to the
//! multiplicand, the multiplier and the output, and a block leaves them as they are unless it says otherwise. rdx is
//! the multiplier of a row, rax and rbx are the halves of a product, and rbp is 0.
//!
//! In the comments x₀, x₁ are the lower and upper 8 limbs of x, and t₀ … t₃ those of a product. A
//! routine's frame, in octets from rsp: 0 out, 8 modulus, 16 and 24 carries, 32 t (32 limbs).
//!
//! # Why the unsafe code is sound
//!
//! 1. *Instructions.* BMI2, ADX and AVX2 are there. Each routine takes an [`Adx`], which is made only when they were
//!    detected, or in a build with `eccsi_sakke_backend_unchecked`, whose builder promises them.
//! 2. *Memory.* A routine reads its arguments, 16 or 32 limbs each and a [`Modulus`] laid out by `repr(C)`. It writes
//!    the limbs of `out` and those of a `&mut`, and touches nothing else but its own stack frame. The wrappers pass
//!    references, and a fresh `out` that overlaps nothing. Every offset is a literal. Four limbs become a vector and
//!    back by value: the sizes agree, and every bit pattern is valid for both.
//! 3. *Initialisation.* A routine writes all limbs of `out` unconditionally.
//! 4. *Calling convention.* `sysv64` by declaration, on every system: arguments in rdi, rsi, rdx,
//!    rcx. The callee-saved rbx, rbp, r12 … r15 are pushed and popped, rsp comes back to where it
//!    was, the direction flag and the vector registers are not touched.
//! 5. *Control flow.* Calls, returns and tail jumps among these routines, none conditional; nothing
//!    unwinds or panics. The subroutines have a register interface of their own: only the assembly
//!    of this module calls them.
//! 6. *Constant time.* No branch, no address and no division depends on a limb. A choice that depends on a value is
//!    made by CMOV, which reads both operands in either case.

#![allow(unsafe_code, reason = "assembly; the module's documentation says why it is sound")]

use core::arch::naked_asm;
use core::mem::{MaybeUninit, offset_of};

use super::portable::{Limbs, Modulus, WideLimbs};
use crate::backend::Adx;
use block::{block, diagonal, reduce_block, triangle};

/// The assembler's macros, for one routine. They are purged after it, because the [`naked_asm!`] texts of one module
/// share their names.
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
            // A row for each of 8 limbs. The accumulator moves on by one register with each row.
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
                sub rsp, 288
            .endm
            .macro leave_frame
                add rsp, 288
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
mod linear;
mod lookup;

pub(in crate::field) use linear::{add, sub, wide_add, wide_sub};
pub(in crate::field) use lookup::masked;

/// The value that a routine writes to a fresh place.
///
/// # Safety
///
/// The routine writes all of it: reason 3.
#[inline]
unsafe fn written<T>(routine: impl FnOnce(&mut MaybeUninit<T>)) -> T {
    let mut out = MaybeUninit::uninit();
    routine(&mut out);
    // SAFETY: the promise above.
    unsafe { out.assume_init() }
}

/// x·y·R⁻¹ mod p for x < R and y < p.
#[inline]
pub(in crate::field) fn mul(_: Adx, x: &Limbs, y: &Limbs, modulus: &Modulus) -> Limbs {
    // SAFETY: reasons 1 to 5.
    unsafe { written(|out| mul_asm(out, x, y, modulus)) }
}

/// x²·R⁻¹ mod p for x < p.
#[inline]
pub(in crate::field) fn square(_: Adx, x: &Limbs, modulus: &Modulus) -> Limbs {
    // SAFETY: reasons 1 to 5.
    unsafe { written(|out| square_asm(out, x, modulus)) }
}

/// x·y.
#[inline]
pub(in crate::field) fn wide_mul(_: Adx, x: &Limbs, y: &Limbs) -> WideLimbs {
    // SAFETY: reasons 1 to 5.
    unsafe { written(|out| wide_mul_asm(out, x, y)) }
}

/// x².
#[inline]
pub(in crate::field) fn wide_square(_: Adx, x: &Limbs) -> WideLimbs {
    // SAFETY: reasons 1 to 5.
    unsafe { written(|out| wide_square_asm(out, x)) }
}

/// t·R⁻¹ mod p for t < pR. It spoils t.
#[inline]
pub(in crate::field) fn reduce(_: Adx, t: &mut WideLimbs, modulus: &Modulus) -> Limbs {
    // SAFETY: reasons 1 to 5.
    unsafe { written(|out| reduce_asm(out, t, modulus)) }
}

const _: () = assert!(
    offset_of!(Modulus, p) == 0
        && offset_of!(Modulus, minus_p_inverse) == 128
        && offset_of!(Modulus, r) == 136,
    "the assembly's offsets"
);

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
        mov [rsp], rdi
        mov [rsp + 8], rcx
        mov rcx, rdx
        lea rdi, [rsp + 32]
        call {product}
        lea rdi, [rsp + 32]
        mov rsi, [rsp + 8]
        jmp {reduction}
        ",
        product,
        reduction,
    )
}

#[unsafe(naked)]
unsafe extern "sysv64" fn square_asm(out: &mut MaybeUninit<Limbs>, x: &Limbs, modulus: &Modulus) {
    routine!(
        r"
        enter_frame
        mov [rsp], rdi
        mov [rsp + 8], rdx
        lea rdi, [rsp + 32]
        call {own_product}
        lea rdi, [rsp + 32]
        mov rsi, [rsp + 8]
        jmp {reduction}
        ",
        own_product,
        reduction,
    )
}

#[unsafe(naked)]
unsafe extern "sysv64" fn wide_mul_asm(out: &mut MaybeUninit<WideLimbs>, x: &Limbs, y: &Limbs) {
    routine!(
        r"
        enter_frame
        mov rcx, rdx
        call {product}
        leave_frame
        ",
        product,
    )
}

#[unsafe(naked)]
unsafe extern "sysv64" fn wide_square_asm(out: &mut MaybeUninit<WideLimbs>, x: &Limbs) {
    routine!(
        r"
        enter_frame
        call {own_product}
        leave_frame
        ",
        own_product,
    )
}

#[unsafe(naked)]
unsafe extern "sysv64" fn reduce_asm(
    out: &mut MaybeUninit<Limbs>,
    t: &mut WideLimbs,
    modulus: &Modulus,
) {
    routine!(
        r"
        enter_frame
        mov [rsp], rdi
        mov rdi, rsi
        mov rsi, rdx
        jmp {reduction}
        ",
        reduction,
    )
}

/// x·y of 16 limbs at rsi and 16 at rcx to 32 limbs at rdi.
#[unsafe(naked)]
unsafe extern "sysv64" fn product() {
    routine!(
        r"
        // t₀ and u = x₀·y₀/2⁵¹² + x₁·y₀
        .irp r, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
            xor \r, \r
        .endr
        call {block}
        add rsi, 64
        add rdi, 64
        call {block}
        store rdi + 64
        // t₁ from v = u₀ + x₀·y₁
        all mov, rdi
        sub rsi, 64
        add rcx, 64
        call {block}
        // t₂, t₃ = u₁ + v₁ + x₁·y₁; the carry of u₁ + v₁ is added after the product
        xor ebp, ebp
        all adcx, rdi + 64
        adcx rbp, rbp
        mov [rdi + 128], rbp
        add rsi, 64
        add rdi, 64
        call {block}
        add r8, [rdi + 64]
        .irp r, r9, r10, r11, r12, r13, r14, r15
            adc \r, 0
        .endr
        store rdi + 64
        ret
        ",
        block,
    )
}

/// x² of 16 limbs at rsi to 32 limbs at rdi: the products above the diagonal, then twice these and
/// the diagonal.
#[unsafe(naked)]
unsafe extern "sysv64" fn own_product() {
    routine!(
        r"
        .irp r, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
            xor \r, \r
        .endr
        call {triangle}
        add rdi, 64
        lea rcx, [rsi + 64]
        call {block}
        add rdi, 64
        add rsi, 64
        call {triangle}
        store rdi + 64
        sub rsi, 64
        sub rdi, 128
        xor ecx, ecx
        call {diagonal}
        .rept 3
            add rsi, 32
            add rdi, 64
            call {diagonal}
        .endr
        ret
        ",
        triangle,
        block,
        diagonal,
    )
}

/// out ← t·R⁻¹ mod p for t < pR of 32 limbs at rdi, which it spoils, and the modulus at rsi. It leaves the frame of the
/// routine that jumps here, and returns to that routine's caller.
///
/// Two rounds clear 512 bits each, and v = (t + m·p)/R < 2p is left. v + (R − p) goes to out. If neither v nor that sum
/// reaches R, then v < p, and v takes its place.
#[unsafe(naked)]
unsafe extern "sysv64" fn reduction() {
    routine!(
        r"
        // m in the place of t₀, and c = (t₀ + m·p₀)/2⁵¹² in the accumulator
        all mov, rdi
        call {reduce_block}
        // t₁ ← the lower half of t₁ + c + m·p₁; the carry of t₁ + c is added after the product
        xor ebp, ebp
        all adcx, rdi + 64
        adcx rbp, rbp
        mov [rsp + 16], rbp
        mov rcx, rdi
        add rdi, 64
        add rsi, 64
        call {block}
        // t₂ ← t₂ + the upper half, and a carry
        mov ebp, 0
        mov rax, [rsp + 16]
        add rax, -1
        all adcx, rdi + 64
        adcx rbp, rbp
        mov [rsp + 24], rbp
        store rdi + 64
        // once more: m in the place of t₁
        sub rsi, 64
        all mov, rdi
        call {reduce_block}
        xor ebp, ebp
        all adcx, rdi + 64
        adcx rbp, rbp
        mov [rsp + 16], rbp
        mov rcx, rdi
        add rdi, 64
        add rsi, 64
        call {block}
        // v: its lower half at rdi, its upper half in the accumulator, its top in rbp
        mov ebp, 0
        mov rax, [rsp + 16]
        add rax, -1
        adox r8, [rsp + 24]
        adcx r8, [rdi + 64]
        .irp k, 9, 10, 11, 12, 13, 14, 15
            adox r\k, rbp
            adcx r\k, [rdi + 64 + 8*\k - 64]
        .endr
        mov eax, 0
        adcx rbp, rax
        adox rbp, rax
        // v + (R − p)
        mov rdx, [rsp]
        xor eax, eax
        .irp i, 0, 8, 16, 24, 32, 40, 48, 56
            mov rax, [rdi + \i]
            adc rax, [rsi + 136 - 64 + \i]
            mov [rdx + \i], rax
        .endr
        .irp k, 8, 9, 10, 11, 12, 13, 14, 15
            mov rax, r\k
            adc rax, [rsi + 136 + 8*\k - 64]
            mov [rdx + 8*\k], rax
        .endr
        adc rbp, 0
        .irp i, 0, 8, 16, 24, 32, 40, 48, 56
            mov rax, [rdi + \i]
            cmovnz rax, [rdx + \i]
            mov [rdx + \i], rax
        .endr
        all cmovnz, rdx + 64
        store rdx + 64
        leave_frame
        ",
        reduce_block,
        block,
    )
}
