//! The field of the curve with MULX, ADCX and ADOX. Works like [`Fp`], in the same Montgomery form.
//!
//! # Why there is unsafe code, and why it is sound
//!
//! Each block cites these clauses.
//!
//! 1. **The CPU has the instructions.** An [`AdxFp`] is made only from an [`Adx`] token or from another [`AdxFp`]. The
//!    token is made only after the CPU was found to have BMI2 and ADX.
//! 2. **Registers and memory.** A block names as operands all registers that it writes. It leaves the stack alone and
//!    writes no memory. It reads four limbs at each pointer, which is that of a borrowed array. RBX and RBP, which the
//!    compiler may need, aren't used by name.
//!
//! # Constant time
//!
//! There is no branch, and no address depends on a limb.

#![allow(unsafe_code, reason = "the clauses above")]
#![expect(clippy::inline_always, reason = "an operand on the stack costs more than the sum")]

use core::arch::asm;
use core::ops::{Add, Mul, Neg, Sub};

use zeroize::Zeroize;

use super::group::{Coordinate, Element, Fp};
use super::residue::{Limbs, Modulus, P};
use crate::backend::Adx;
use crate::field::Field;

/// An element of 𝔽_p, below p.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct AdxFp(Limbs);

impl Element for AdxFp {
    type Token = Adx;

    #[inline(always)]
    fn enter(_: Adx, element: &Fp) -> Self {
        Self(element.to_limbs())
    }

    #[inline(always)]
    fn leave(self) -> Fp {
        Fp::from_limbs(self.0)
    }
}

/// p₃, the one limb of p that takes a multiplication: the others are p₀ = 2⁶⁴ − 1, p₁ = 2³² − 1 and p₂ = 0.
const P3: u64 = P::M[3];

/// The assembler's macros, around the text of one routine. They are purged after it, because the texts of one module
/// share their names.
macro_rules! routine {
    ($text:literal; $($operands:tt)*) => {
        asm!(
            r"
            // t₁ … t₄ ← (t + k·p)/2⁶⁴, and a carry. k = t₀.
            .macro round t0, t1, t2, t3, t4
                shlx {l}, \t0, {s}
                shrx {h}, \t0, {s}
                mov rdx, \t0
                add \t1, {l}
                adc \t2, {h}
                mulx {h}, {l}, {p3}
                adc \t3, {l}
                adc \t4, {h}
            .endm
            // t₀ … t₃ ← t mod p for t < 2p, where t₄ is a carry of 0 or 1.
            .macro subtract_p t0, t1, t2, t3, t4, free
                mov rdx, \t0
                mov {l}, \t1
                mov {h}, \t2
                mov \free, \t3
                mov {a:e}, -1
                sub \t0, -1
                sbb \t1, {a}
                sbb \t2, 0
                sbb \t3, {p3}
                sbb \t4, 0
                cmovc \t0, rdx
                cmovc \t1, {l}
                cmovc \t2, {h}
                cmovc \t3, \free
            .endm",
            $text,
            ".purgem round",
            ".purgem subtract_p",
            s = in(reg) 32u64,
            p3 = in(reg) P3,
            l = out(reg) _,
            h = out(reg) _,
            $($operands)*
        )
    };
}

/// a·b/R mod p, like [`Fp`]'s product.
#[inline(always)]
fn mul(a: &Limbs, b: &Limbs) -> Limbs {
    let (c0, c1, c2, c3);
    // SAFETY: clause 1, as operands are limbs of an AdxFp; clause 2.
    unsafe {
        routine!(
            r"
            // t ← (t + a·bᵢ + k·p)/2⁶⁴. t₅ is free before, and t₀ afterwards. Two carry chains take the halves
            // of the products.
            .macro row i, t0, t1, t2, t3, t4, t5
                mov rdx, [{b} + \i]
                xor \t5, \t5
                mulx {h}, {l}, [{a}]
                adox \t0, {l}
                adcx \t1, {h}
                mulx {h}, {l}, [{a} + 8]
                adox \t1, {l}
                adcx \t2, {h}
                mulx {h}, {l}, [{a} + 16]
                adox \t2, {l}
                adcx \t3, {h}
                mulx {h}, {l}, [{a} + 24]
                adox \t3, {l}
                adcx \t4, {h}
                mov {l:e}, 0
                adox \t4, {l}
                adcx \t5, {l}
                adox \t5, {l}
                round \t0, \t1, \t2, \t3, \t4
                adc \t5, 0
            .endm
            mov rdx, [{b}]
            mulx r9, r8, [{a}]
            mulx r10, {l}, [{a} + 8]
            add r9, {l}
            mulx r11, {l}, [{a} + 16]
            adc r10, {l}
            mulx r12, {l}, [{a} + 24]
            adc r11, {l}
            adc r12, 0
            round r8, r9, r10, r11, r12
            mov r13d, 0
            adc r13, 0
            row 8, r9, r10, r11, r12, r13, r8
            row 16, r10, r11, r12, r13, r8, r9
            row 24, r11, r12, r13, r8, r9, r10
            subtract_p r12, r13, r8, r9, r10, {b}
            .purgem row";
            a = inout(reg) a.as_ptr() => _,
            b = inout(reg) b.as_ptr() => _,
            out("rdx") _, out("r10") _, out("r11") _,
            out("r12") c0, out("r13") c1, out("r8") c2, out("r9") c3,
            options(pure, readonly, nostack)
        );
    }
    [c0, c1, c2, c3]
}

/// a²/R mod p, like [`Fp`]'s square: the products above the diagonal, which are doubled while the diagonal is added,
/// and then four rounds on the lower half.
#[inline(always)]
fn square(a: &Limbs) -> Limbs {
    let (c0, c1, c2, c3);
    // SAFETY: clause 1, as the operand is limbs of an AdxFp; clause 2.
    unsafe {
        routine!(
            r"
            // r9 … r14: the products above the diagonal.
            mov rdx, [{a}]
            mulx r10, r9, [{a} + 8]
            mulx r11, {l}, [{a} + 16]
            add r10, {l}
            mulx r12, {l}, [{a} + 24]
            adc r11, {l}
            mov rdx, [{a} + 8]
            mulx {h}, {l}, [{a} + 16]
            adc r12, 0
            xor r14d, r14d
            adox r11, {l}
            adcx r12, {h}
            mulx r13, {l}, [{a} + 24]
            mov rdx, [{a} + 16]
            adox r12, {l}
            mulx {h}, {l}, [{a} + 24]
            adcx r13, {l}
            adox r13, r14
            adcx r14, {h}
            mov {h:e}, 0
            adox r14, {h}
            // r8 … r14, u: twice that and the diagonal.
            mov rdx, [{a}]
            xor {u:e}, {u:e}
            mulx {h}, r8, rdx
            adcx r9, r9
            adox r9, {h}
            mov rdx, [{a} + 8]
            mulx {h}, {l}, rdx
            adcx r10, r10
            adox r10, {l}
            adcx r11, r11
            adox r11, {h}
            mov rdx, [{a} + 16]
            mulx {h}, {l}, rdx
            adcx r12, r12
            adox r12, {l}
            adcx r13, r13
            adox r13, {h}
            mov rdx, [{a} + 24]
            mulx {h}, {l}, rdx
            adcx r14, r14
            adox r14, {l}
            adcx {u}, {u}
            adox {u}, {h}
            // The lower half is reduced by itself: it stays below 2²⁵⁶.
            mov {a:e}, 0
            round r8, r9, r10, r11, {a}
            mov r8d, 0
            round r9, r10, r11, {a}, r8
            mov r9d, 0
            round r10, r11, {a}, r8, r9
            mov r10d, 0
            round r11, {a}, r8, r9, r10
            add r12, {a}
            adc r13, r8
            adc r14, r9
            adc r10, {u}
            mov r8d, 0
            adc r8, 0
            subtract_p r12, r13, r14, r10, r8, {u}";
            a = inout(reg) a.as_ptr() => _,
            u = out(reg) _,
            out("rdx") _, out("r8") _, out("r9") _, out("r11") _,
            out("r12") c0, out("r13") c1, out("r14") c2, out("r10") c3,
            options(pure, readonly, nostack)
        );
    }
    [c0, c1, c2, c3]
}

/// a + b mod p.
#[inline(always)]
fn add(a: Limbs, b: Limbs) -> Limbs {
    let [mut c0, mut c1, mut c2, mut c3] = a;
    // SAFETY: clause 2. Every x86-64 has these instructions.
    unsafe {
        asm!(
            "add {c0}, {b0}",
            "adc {c1}, {b1}",
            "adc {c2}, {b2}",
            "adc {c3}, {b3}",
            "mov {top:e}, 0",
            "adc {top}, 0",
            "mov {b0}, {c0}",
            "mov {b1}, {c1}",
            "mov {b2}, {c2}",
            "mov {b3}, {c3}",
            "sub {c0}, -1",
            "sbb {c1}, {p1}",
            "sbb {c2}, 0",
            "sbb {c3}, {p3}",
            "sbb {top}, 0",
            "cmovc {c0}, {b0}",
            "cmovc {c1}, {b1}",
            "cmovc {c2}, {b2}",
            "cmovc {c3}, {b3}",
            c0 = inout(reg) c0, c1 = inout(reg) c1, c2 = inout(reg) c2, c3 = inout(reg) c3,
            b0 = inout(reg) b[0] => _, b1 = inout(reg) b[1] => _,
            b2 = inout(reg) b[2] => _, b3 = inout(reg) b[3] => _,
            top = out(reg) _,
            p1 = in(reg) P::M[1],
            p3 = in(reg) P3,
            options(pure, nomem, nostack)
        );
    }
    [c0, c1, c2, c3]
}

/// a − b mod p: p is added where the difference is negative.
#[inline(always)]
fn sub(a: Limbs, b: Limbs) -> Limbs {
    let [mut c0, mut c1, mut c2, mut c3] = a;
    // SAFETY: clause 2. Every x86-64 has these instructions.
    unsafe {
        asm!(
            "sub {c0}, {b0}",
            "sbb {c1}, {b1}",
            "sbb {c2}, {b2}",
            "sbb {c3}, {b3}",
            // All ones after a borrow, and p made of it.
            "sbb {b0}, {b0}",
            "mov {b1:e}, {b0:e}",
            "and {p3}, {b0}",
            "add {c0}, {b0}",
            "adc {c1}, {b1}",
            "adc {c2}, 0",
            "adc {c3}, {p3}",
            c0 = inout(reg) c0, c1 = inout(reg) c1, c2 = inout(reg) c2, c3 = inout(reg) c3,
            b0 = inout(reg) b[0] => _, b1 = inout(reg) b[1] => _,
            b2 = in(reg) b[2], b3 = in(reg) b[3],
            p3 = inout(reg) P3 => _,
            options(pure, nomem, nostack)
        );
    }
    [c0, c1, c2, c3]
}

impl Add for AdxFp {
    type Output = Self;

    #[inline(always)]
    fn add(self, rhs: Self) -> Self {
        Self(add(self.0, rhs.0))
    }
}

impl Sub for AdxFp {
    type Output = Self;

    #[inline(always)]
    fn sub(self, rhs: Self) -> Self {
        Self(sub(self.0, rhs.0))
    }
}

impl Mul for AdxFp {
    type Output = Self;

    #[inline(always)]
    fn mul(self, rhs: Self) -> Self {
        Self(mul(&self.0, &rhs.0))
    }
}

impl Neg for AdxFp {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(sub([0; 4], self.0))
    }
}

impl Field for AdxFp {
    #[inline(always)]
    fn square(self) -> Self {
        Self(square(&self.0))
    }

    #[inline(always)]
    fn double(self) -> Self {
        self + self
    }
}

impl Coordinate for AdxFp {
    #[inline(always)]
    fn halve(self) -> Self {
        Self(self.leave().halve().to_limbs())
    }
}

impl Zeroize for AdxFp {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}
