//! The subroutines on 8 limbs, with the registers, the frame and the macros of [`adx`](super).
//!
//! Each has a `row` of its own.

use core::arch::naked_asm;

/// a ← a + x·y for 8 limbs at rsi and 8 at rcx; the lower 8 limbs go to rdi.
///
/// a + x·y ≤ (2⁵¹² − 1) + (2⁵¹² − 1)² < 2¹⁰²⁴, and after every row the value fits likewise. The XOR clears flags that
/// are clear already, so that a row need not wait for the flags of the row before.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn block() {
    routine!(
        r"
        .macro row i, a, b, c, d, e, f, g, h
            mov rdx, [rcx + \i]
            xor ebp, ebp
            term 0, \a, \b
            mov [rdi + \i], \a
            terms 8, \b, \c, \d, \e, \f, \g, \h, \a
        .endm
        rows
        ret
        .purgem row
        "
    )
}

/// a ← (a + m·p₀)/2⁵¹² for the 8 limbs p₀ at rsi and −p⁻¹ after the 16 limbs there. The m for which the result is whole
/// goes to rdi, and rcx is spoiled.
///
/// Row i clears limb i by mᵢ = −aᵢ/p mod 2⁶⁴. The value fits as in [`block`]. Limb i becomes 0, and carries unless it
/// was 0. So the carry is that of aᵢ + (2⁶⁴ − 1), and need not wait for mᵢ.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn reduce_block() {
    routine!(
        r"
        .macro row i, a, b, c, d, e, f, g, h
            mov rdx, [rsi + 128]
            imul rdx, \a
            mov [rdi + \i], rdx
            xor ebp, ebp
            adcx \a, rcx
            mulx rbx, rax, [rsi]
            adox \b, rbx
            terms 8, \b, \c, \d, \e, \f, \g, \h, \a
        .endm
        mov rcx, -1
        rows
        ret
        .purgem row
        "
    )
}

/// a ← a + Σ xᵢ·xⱼ·2⁶⁴⁽ⁱ⁺ʲ⁾ over 0 ≤ i < j < 8 for the 8 limbs at rsi; the lower 8 limbs go to rdi.
///
/// Limb k is in the register r(8 + k mod 8). Row i adds to the limbs 2i + 1 … i + 8; after it the
/// value is at most (2⁵¹² − 1) + (2⁶⁴⁽ⁱ⁺¹⁾ − 1)(2⁵¹² − 1) < 2⁶⁴⁽ⁱ⁺⁹⁾. After row 6 limb 15 is thus 0.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn triangle() {
    routine!(
        r"
        .macro row i, low, more:vararg
            mov rdx, [rsi + \i]
            xor ebp, ebp
            terms (\i + 8), \low, \more
            .if \i < 32
                mov [rdi + 2*\i + 8], \low
            .endif
        .endm
        mov [rdi], r8
        row 0, r9, r10, r11, r12, r13, r14, r15, r8
        mov [rdi + 16], r10
        row 8, r11, r12, r13, r14, r15, r8, r9
        mov [rdi + 32], r12
        row 16, r13, r14, r15, r8, r9, r10
        mov [rdi + 48], r14
        row 24, r15, r8, r9, r10, r11
        row 32, r9, r10, r11, r12
        row 40, r11, r12, r13
        row 48, r13, r14
        xor r15d, r15d
        ret
        .purgem row
        "
    )
}

/// t ← 2t + Σ xᵢ²·2¹²⁸ⁱ + rcx for the 8 limbs t at rdi and 4 limbs of x at rsi. The carry out of t, at most 2, goes to
/// rcx for the next call. r8 … r15 are left alone.
///
/// Doubling runs through OF, adding the squares through CF. xᵢ² ≤ 2¹²⁸ − 2⁶⁵ + 1 has room for rcx.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn diagonal() {
    routine!(
        r"
        .macro row at, square
            mov rdx, [rdi + \at]
            adox rdx, rdx
            adcx rdx, \square
            mov [rdi + \at], rdx
        .endm
        mov rdx, [rsi]
        mulx rbx, rax, rdx
        add rax, rcx
        adc rbx, 0
        xor ecx, ecx
        row 0, rax
        row 8, rbx
        .irp i, 8, 16, 24
            mov rdx, [rsi + \i]
            mulx rbx, rax, rdx
            row (2*\i), rax
            row (2*\i + 8), rbx
        .endr
        mov eax, 0
        adcx rcx, rax
        adox rcx, rax
        ret
        .purgem row
        "
    )
}
