//! The state of a Miller loop on y² = x³ + x in eight lanes. A doubling, its tangent and f² · ℓ cost one square
//! and one and a quarter products of eight lanes.
//!
//! # The curve
//!
//! A point is (X, Y, Z) with x = X²/Z², y = XY/Z³ and Y² = X⁴ + Z⁴. These are the coordinates of a Jacobi quartic,
//! which maps to the points that are a double. With a = X², c = Z² and m = XZ:
//!
//! ```text
//! [2]T     X′ = a² − c²    Z′ = 2mY    Y′ = 2(a² + c²)² − X′²
//! T₁ + T₂  X = a₁a₂ − c₁c₂    Z = m₁Y₂ + Y₁m₂    Y = (a₁a₂ + c₁c₂)·Y₁Y₂ + 2m₁m₂·(c₁a₂ + a₁c₂)
//! ```
//!
//! (Billet and Joye, The Jacobi model of an elliptic curve and side-channel analysis, 2003, with
//! Z/X for their x.) The doubling has no exceptional case. The addition has one, T₂ = T₁ + (0, 0).
//! It gives X = Y = Z = 0, and every later result is then 0 as well.
//!
//! # The lines
//!
//! At φ(Q) = (−x_Q, i·y_Q), up to a factor in 𝔽_p*,
//!
//! ```text
//! tangent at T           2a·X′ + c·2x_Q·(3a² + c²) + i·c·2y_Q·Z′
//! chord to (x₂, y₂)      m₁Y₁·(x_Q + x₂) − c₁²·(y₂x_Q + i·x₂y_Q) − m₁²·(y₂ − i·y_Q)
//! ```
//!
//! # The rounds
//!
//! A doubling is [`squares`] and [`products`], and a quarter of [`merged_lines`]. An addition is
//! [`mixed_products`], [`sum_products`] and [`chords`]. These also multiply the chord of the previous addition
//! into its line, unless [`line_by_chord`] has done so.
//!
//! [`mod@lanes`] names the lanes of each round. `docs/ifma-miller.md` follows a doubling and an addition
//! through them. It derives the bounds of the factors, and explains why f runs eight doublings behind the points
//! and why the exception is not met.

#![allow(unsafe_code, reason = "AVX-512: the reasons are numbered in field::ifma")]
#![allow(clippy::wildcard_imports, reason = "the intrinsics have a prefix of their own")]
#![allow(clippy::needless_range_loop, reason = "the columns of several numbers run together")]

mod lanes;
mod rounds;
#[cfg(test)]
mod tests;

use core::arch::x86_64::*;

use zeroize::{Zeroize, Zeroizing};

use crate::backend::Ifma;
use crate::fault;
use crate::field::ifma::columns::{
    Lift, Vectors, columns, columns_mut, lanes, normalise, place, take_in, vectors,
};
use crate::field::ifma::digits::{DIGITS, MASK};
use crate::field::ifma::eight::Fp52x8;
use crate::field::{Field, Fp, Fp2};
use lanes::{factor, square};
use rounds::{
    Line, LineMut, chords, line_by_chord, merged_lines, mixed_products, products, squares,
    sum_products,
};

/// The number of tangents that one round of [`merged_lines`] makes.
pub(crate) const GROUP: usize = 4;

/// The number of lines that wait for their tangent or for f. f is this many doublings behind.
pub(crate) const SLOTS: usize = 2 * GROUP;

/// A point T₂ that is added to the running point: its coordinates, and what the chord to it is made of. The latter is
/// already multiplied by the value of the function that belongs to T₂.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Addend {
    /// a, c, Y/2, m, Y, –, a + c, m.
    point: Vectors,
    /// The factors of 2m₁Y₁, of c₁² and of (2m₁)² in the chord: the real and the imaginary part of each.
    chord: Vectors,
}

/// The state between two rounds. All of it is columns.
#[repr(C, align(64))]
pub(crate) struct Miller {
    /// What [`squares`] returned in the last four doublings, by their slots modulo [`GROUP`].
    squares: [Vectors; GROUP],
    /// What [`products`] returned in the last four doublings.
    products: [Vectors; GROUP],
    /// The sum of an addition, in the form of what [`squares`] returns.
    sum: Vectors,
    /// Whether `sum` is the running point.
    added: bool,
    /// r and s of the lines r + is that f is to be multiplied by: r is below 6p, |s| is below 2p and below r, and r − s
    /// and r + s are below 7p.
    lines: [Vectors; SLOTS / GROUP],
    /// 2x_Q in lane 3 and 2y_Q in lane 4.
    points: Vectors,
    /// u, v and u − v + 4p of the last chord u + iv in lanes 5, 6 and 7, ready to be multiplied.
    chord: Vectors,
    /// The slot of the line that this chord has still to be multiplied into.
    chord_slot: Option<usize>,
}

impl Addend {
    /// The addend with these lanes.
    pub(crate) fn enter(ifma: Ifma, point: &[Fp; 8], chord: &[Fp; 8]) -> Self {
        Self { point: Fp52x8::enter(ifma, point).0, chord: Fp52x8::enter(ifma, chord).0 }
    }

    /// Eight addends. `point[i]` and `chord[i]` hold lane i of all of them: that of addend l in their lane l.
    #[allow(clippy::large_stack_arrays, reason = "20 KiB: there may be no heap")]
    pub(crate) fn all(point: &[Fp52x8; 8], chord: &[Fp52x8; 8]) -> [Self; 8] {
        let mut all = [Self { point: point[0].0, chord: chord[0].0 }; 8];
        for (l, addend) in all.iter_mut().enumerate() {
            for (to, from) in [(&mut addend.point, point), (&mut addend.chord, chord)] {
                for (i, digit) in columns_mut(to).iter_mut().enumerate() {
                    *digit = core::array::from_fn(|lane| columns(&from[lane].0)[i][l]);
                }
            }
        }
        all
    }
}

/// T + \[k\]T₂ in lane k, for k = 0 … 7.
pub(crate) struct Progression {
    /// X².
    pub(crate) a: Fp52x8,
    /// Z².
    pub(crate) c: Fp52x8,
    /// 2XZ.
    pub(crate) two_m: Fp52x8,
    pub(crate) y: Fp52x8,
    /// The product of the chords of k additions, times the functions of their addends.
    pub(crate) f: Fp2<Fp52x8>,
}

impl Progression {
    /// T is given as a, c, (X + Z)² and Y.
    pub(crate) fn new(ifma: Ifma, [a, c, s, y]: [Fp; 4], addend: &Addend) -> Self {
        let (zero, one) = (Fp::ZERO, Fp::ONE);
        let start = Fp52x8::enter(ifma, &[a, c, s, y, zero, zero, zero, zero]);
        let chord = Fp52x8::enter(ifma, &[zero, zero, zero, zero, zero, one, zero, zero]);
        let mut sum = Zeroizing::new([lifted(start, &Miller::LIFT), start.0]);
        let mut chord = Zeroizing::new(chord.0);
        let one = Fp52x8::splat(ifma, one);
        let mut lanes = Zeroizing::new([one.0; 7]);
        let mut mixed = Zeroizing::new(one.0);
        // The free lanes multiply a line that nobody reads.
        let mut no_line = one.0;
        for k in 0..8 {
            // Lane k gets the point and the chord after k additions: a, c, S, the two terms of Y, u and v.
            for i in 0..DIGITS {
                let from = columns(&sum[0])[i];
                let chord = columns(&chord)[i];
                let [u, v] = [factor::U, factor::V].map(|lane| chord[place(lane)] & MASK);
                let values = [from[0], from[1], from[2], from[3], from[4], u, v];
                for (lanes, value) in lanes.iter_mut().zip(values) {
                    columns_mut(lanes)[i][k] = value;
                }
            }
            if k == 7 {
                break;
            }
            // SAFETY: field::ifma clause 1: the token.
            unsafe {
                let line = Line { lines: &no_line, slot: 0 };
                mixed_products::<true>(&sum[0], addend, false, line, &chord, &mut mixed);
                let [from, to] = &mut *sum;
                sum_products::<true>(&mixed, from, to);
                let line = &mut LineMut { lines: &mut no_line, slot: 0 };
                chords(to, &mixed, addend, false, line, false, &mut chord);
            }
            sum.swap(0, 1);
        }
        let value = |i: usize, lift: &Lift| {
            // SAFETY: field::ifma clause 1: the token.
            Fp52x8(unsafe { normalised(&lanes[i], lift) })
        };
        let product = |i: usize| Fp52x8::checked(value(i, &Lift::NONE).0);
        let (a, c) = (product(0), product(1));
        let two_m = Fp52x8::checked(value(2, &Lift::new([3; 8])).0) - a - c;
        let y = product(3) + product(4);
        // A chord is a sum of three products and may exceed the bound of a value. Times 1, it keeps it.
        let mut f = Fp2 { re: value(5, &Lift::NONE) * one, im: value(6, &Lift::NONE) * one };
        // Each lane becomes the product of the lanes up to it, in three steps.
        let zero = Fp52x8::splat(ifma, zero);
        for step in [1, 2, 4] {
            f = f * Fp2 { re: moved_up(&f.re, step, &one), im: moved_up(&f.im, step, &zero) };
        }
        Self { a, c, two_m, y, f }
    }
}

/// Lane l gets lane l − step of `value`; the lowest `step` lanes are those of `first`.
fn moved_up(value: &Fp52x8, step: usize, first: &Fp52x8) -> Fp52x8 {
    let mut out = *first;
    for (to, from) in columns_mut(&mut out.0).iter_mut().zip(columns(&value.0)) {
        to[step..].copy_from_slice(&from[..8 - step]);
    }
    out
}

impl Miller {
    /// The lift of `sum`.
    const LIFT: Lift = Lift::new([0, 0, 3, 0, 0, 5, 0, 8]);
    /// What [`products`] would return if all products were 0: its lift.
    const IDLE: Lift = Lift::new([2, 0, 0, 0, 0, 0, 0, 2]);
    /// The lift of a line that is set from outside.
    const LINE_LIFT: Lift = Lift::new([2, 0, 2, 0, 2, 0, 2, 0]);
    /// Added to the lines that leave, so that no s is negative.
    const LEFT_LIFT: Lift = Lift::new([0, 3, 0, 3, 0, 3, 0, 3]);

    /// f = 1 and T = `start`, which is given as a, c, (X + Z)² and Y. The lines in all slots are 1.
    pub(crate) fn new(ifma: Ifma, start: [Fp; 4], [x_q, y_q]: [Fp; 2]) -> Self {
        let (zero, one) = (Fp::ZERO, Fp::ONE);
        let [a, c, s, y] = start;
        let sum = lifted(Fp52x8::enter(ifma, &[a, c, s, y, zero, one, zero, one]), &Self::LIFT);
        let lines = core::array::from_fn(|i| if i % 2 == 0 { one } else { zero });
        let lines = lifted(Fp52x8::enter(ifma, &lines), &Self::LINE_LIFT);
        let points = [zero, zero, zero, x_q.double(), y_q.double(), zero, zero, zero];
        let points = Fp52x8::enter(ifma, &points).0;
        let empty = vectors([[0; 8]; DIGITS]);
        Self {
            squares: [empty; GROUP],
            // The first merging round reads them for slots that no doubling has filled.
            products: [*Self::IDLE.vectors(); GROUP],
            sum,
            added: true,
            lines: [lines; SLOTS / GROUP],
            points,
            chord: empty,
            chord_slot: None,
        }
    }

    /// Sets the line of a slot.
    pub(crate) fn set_line(&mut self, ifma: Ifma, slot: usize, line: &Fp2<Fp>) {
        let zero = Fp::ZERO;
        let line = [line.re, line.im, zero, zero, zero, zero, zero, zero];
        let line = lifted(Fp52x8::enter(ifma, &line), &Self::LINE_LIFT);
        let lines = columns_mut(&mut self.lines[slot / GROUP]);
        for (to, from) in lines.iter_mut().zip(columns(&line)) {
            to[2 * (slot % GROUP)] = from[0];
            to[2 * (slot % GROUP) + 1] = from[1];
        }
    }

    /// The first half of a doubling, and f ← f². `slot` is the slot of this doubling, the next after that of the last.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn begin(&mut self, slot: usize) {
        let before = (slot + GROUP - 1) % GROUP;
        let [zeroth, first, second, third] = &mut self.squares;
        let (point, out) = match slot % GROUP {
            0 => (third, zeroth),
            1 => (zeroth, first),
            2 => (first, second),
            _ => (second, third),
        };
        let point = if self.added { &self.sum } else { &*point };
        squares(&self.products[before], point, out);
        fault::at("first half of a doubling", out);
        self.added = false;
    }

    /// The second half of a doubling, and f ← f · ℓ, where ℓ is the line in its slot.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn end(&mut self, slot: usize) {
        if self.chord_slot == Some(slot) {
            self.multiply_by_chord();
        }
        let line = Line { lines: &self.lines[slot / GROUP], slot: slot % GROUP };
        let out = &mut self.products[slot % GROUP];
        if self.added {
            products::<true>(&self.sum, &self.points, line, out);
        } else {
            products::<false>(&self.squares[slot % GROUP], &self.points, line, out);
        }
        fault::at("second half of a doubling", out);
    }

    /// T ← T ± `addend`, between the halves of the doubling in `slot`.
    ///
    /// The chord, with the addend's function, belongs to the line of the previous doubling. It is multiplied into it
    /// after that line is [`merge`](Self::merge)d and before f reaches it: in the rounds of the next addition, or else
    /// in a round of its own.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn add(&mut self, addend: &Addend, negative: bool, slot: usize) {
        let squares = &self.squares[slot % GROUP];
        let before = self.chord_slot.replace((slot + SLOTS - 1) % SLOTS);
        let (lines, line_slot) = match before {
            Some(slot) => (&mut self.lines[slot / GROUP], slot % GROUP),
            // Factors within their bounds, for products that nobody reads.
            None => (&mut self.points, 0),
        };
        let mut mixed = Zeroizing::new([_mm512_setzero_si512(); DIGITS]);
        let line = Line { lines, slot: line_slot };
        mixed_products::<false>(squares, addend, negative, line, &self.chord, &mut mixed);
        sum_products::<false>(&mixed, squares, &mut self.sum);
        fault::at("sum", &mut self.sum);
        let line = &mut LineMut { lines, slot: line_slot };
        chords(&self.sum, &mixed, addend, negative, line, before.is_some(), &mut self.chord);
        fault::at("chord", &mut self.chord);
        for i in 0..DIGITS {
            self.sum[i] =
                take_in(lanes!(square::RE, square::IM, square::RE_IM), self.sum[i], squares[i]);
        }
        self.added = true;
    }

    /// Makes the lines of the last four doublings. The doubling in `slot`, which is the first of its group, has
    /// already begun.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn merge(&mut self, slot: usize) {
        debug_assert!(slot.is_multiple_of(GROUP), "the doublings of a group");
        let before = (slot + SLOTS - GROUP) % SLOTS;
        merged_lines(&self.squares, &self.products, &mut self.lines[before / GROUP]);
    }

    /// Multiplies the last chord into its line, unless this has been done.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn multiply_by_chord(&mut self) {
        if let Some(slot) = self.chord_slot.take() {
            let lines = &mut self.lines[slot / GROUP];
            let line = &mut LineMut { lines, slot: slot % GROUP };
            line_by_chord(line, &self.chord);
        }
    }

    /// f² after the last [`begin`](Self::begin), which was that of `slot`; the eight lines from that slot on; and a, c,
    /// (X + Z)² and Y of the running point.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn leave(&mut self, slot: usize) -> (Fp2<Fp>, [Fp2<Fp>; SLOTS], [Fp; 4]) {
        self.multiply_by_chord();
        let lift = Self::LEFT_LIFT.vectors();
        let [low, high] = self
            .lines
            .each_ref()
            .map(|lines| Fp52x8(normalise(|i| _mm512_add_epi64(lines[i], lift[i]))).leave());
        let point = if self.added { &self.sum } else { &self.squares[slot % GROUP] };
        let point = Fp52x8(normalised(point, &Self::LIFT)).leave();
        let [a, c, s, y, y_too, aa, bb, g] = point;
        let y = if self.added { y + y_too } else { y + y - a };
        let lines = core::array::from_fn(|i| {
            let slot = (slot + i) % SLOTS;
            let lines = if slot < GROUP { &low } else { &high };
            Fp2 { re: lines[2 * (slot % GROUP)], im: lines[2 * (slot % GROUP) + 1] }
        });
        (Fp2 { re: aa - bb, im: g - aa - bb }, lines, [a, c, s, y])
    }
}

impl Zeroize for Miller {
    fn zeroize(&mut self) {
        let others = [&mut self.sum, &mut self.points, &mut self.chord];
        let lines = self.lines.iter_mut().chain(others);
        for vectors in self.squares.iter_mut().chain(&mut self.products).chain(lines) {
            columns_mut(vectors).zeroize();
        }
    }
}

impl Zeroize for Progression {
    fn zeroize(&mut self) {
        for value in [&mut self.a, &mut self.c, &mut self.two_m, &mut self.y] {
            value.zeroize();
        }
        self.f.zeroize();
    }
}

impl Zeroize for Addend {
    fn zeroize(&mut self) {
        columns_mut(&mut self.point).zeroize();
        columns_mut(&mut self.chord).zeroize();
    }
}

/// The columns of a value plus a multiple of p.
fn lifted(value: Fp52x8, lift: &Lift) -> Vectors {
    let mut sum = value.0;
    let (columns, lift) = (columns_mut(&mut sum).as_flattened_mut(), lift.0.as_flattened());
    // An iterator over both would keep its pointers where secret vectors lay, and `assure/memory` would take them for
    // remains of these.
    for i in 0..8 * DIGITS {
        columns[i] += lift[i];
    }
    sum
}

/// The digits of columns less a multiple of p.
#[target_feature(enable = "avx512f,avx512ifma")]
fn normalised(columns: &Vectors, lift: &Lift) -> Vectors {
    let lift = lift.vectors();
    normalise(|i| _mm512_sub_epi64(columns[i], lift[i]))
}
