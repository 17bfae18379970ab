//! Compares each round with its formulas on [`Fp`], with operands at their bounds.

use super::*;
use crate::field::ifma::digits::{MASK, P};
use crate::field::ifma::tests::Random;
use subtle::ConstantTimeEq;

impl Random {
    /// Eight values with a lift, as a round would leave them, and the same values as elements.
    fn lanes(&mut self, lift: [u64; 8]) -> (Vectors, [Fp; 8]) {
        let lanes: [_; 8] = core::array::from_fn(|_| self.value());
        let integers = core::array::from_fn(|i| core::array::from_fn(|l| lanes[l][i]));
        let value = Fp52x8(vectors(integers));
        (lifted(value, &Lift::new(lift)), value.leave())
    }

    /// A chord u + iv as [`chords`] leaves it, with u and v up to 3p, and its u and v as elements.
    fn chord(&mut self) -> (Vectors, [Fp; 2]) {
        let lift = [0, 2 * (self.next() % 2), 2 * (self.next() % 2)];
        let (mut lanes, mut elements) = self.lanes([0, 0, 0, 0, 0, lift[1], lift[2], 0]);
        for (column, p) in columns_mut(&mut lanes).iter_mut().zip(P) {
            column[7] = (4 * p + column[5]).wrapping_sub(column[6]);
        }
        elements[7] = elements[5] - elements[6];
        // SAFETY: field::ifma clause 1: the tests have a token.
        (unsafe { normalised(&lanes, &Lift::NONE) }, [elements[5], elements[6]])
    }
}

/// The lift of what [`mixed_products`] leaves.
const MIXED_LIFT: [u64; 8] = [2, 0, 0, 0, 0, 0, 5, 0];

fn same(columns: &Vectors, lift: [u64; 8], expected: [Fp; 8], lanes: u8) {
    // SAFETY: field::ifma clause 1: the tests have a token.
    let digits = unsafe { normalised(columns, &Lift::new(lift)) };
    for (lane, (ours, expected)) in Fp52x8(digits).leave().iter().zip(expected).enumerate() {
        assert!(lanes >> lane & 1 == 0 || bool::from(ours.ct_eq(&expected)), "lane {lane}");
    }
}

const SQUARES_LIFT: [u64; 8] = [0, 0, 3, 1, 5, 5, 0, 8];
const SUM_LIFT: [u64; 8] = [0, 0, 3, 0, 0, 5, 0, 8];
const PRODUCTS_LIFT: [u64; 8] = [2, 0, 0, 0, 0, 0, 0, 2];
const LINES_LIFT: [u64; 8] = [5, 0, 5, 0, 5, 0, 5, 0];

/// The same lines in the form that a product with a chord leaves: r with a lift of 4p, s with one from −2p to 0.
fn multiplied_lines(lines: &Vectors) -> Vectors {
    let mut out = *lines;
    for (column, p) in columns_mut(&mut out).iter_mut().zip(P) {
        for (lane, multiple) in (0..).zip([1, 2, 1, 1, 1, 2, 1, 0]) {
            column[lane] = column[lane].wrapping_sub(multiple * p);
        }
    }
    out
}

fn rounds_of_a_doubling(random: &mut Random) {
    let mut out = random.lanes([0; 8]).0;
    let (second, [aa, cc, z, _, _, k1, k2, k3]) = random.lanes(PRODUCTS_LIFT);
    let (first, x) = random.lanes(SQUARES_LIFT);
    let (sum, y) = random.lanes(SUM_LIFT);
    let d = aa - cc;
    for (before, a) in [(&first, x[0]), (&sum, y[0])] {
        // SAFETY: field::ifma clause 1: the tests have a token, here and below.
        unsafe { squares(&second, before, &mut out) };
        let roots = [d, z, d + z, aa + cc, a + d, k1 + k2, k3 - k1, k2 + k3];
        same(&out, SQUARES_LIFT, roots.map(Fp::square), 0xff);
    }

    let (points, [_, _, _, x_q, y_q, ..]) = random.lanes([0; 8]);
    let (lines, line) = random.lanes(LINES_LIFT);
    let multiplied = multiplied_lines(&lines);
    for (slot, lines) in (0..GROUP).flat_map(|slot| [(slot, &lines), (slot, &multiplied)]) {
        let line_of_slot = Line { lines, slot };
        let (r, s) = (line[2 * slot], line[2 * slot + 1]);
        for added in [false, true] {
            let [a, c, t, k, l, aa, bb, g] = if added { y } else { x };
            unsafe {
                if added {
                    products::<true>(&sum, &points, line_of_slot, &mut out);
                } else {
                    products::<false>(&first, &points, line_of_slot, &mut out);
                }
            }
            let y = if added { k + l } else { k + k - a };
            let f = [(aa + aa - g) * r, (g - aa - bb) * (r - s), (aa - bb) * (r + s)];
            let point = [a.square(), c.square(), (t - a - c) * y, c * x_q, c * y_q];
            let expected = core::array::from_fn(|i| if i < 5 { point[i] } else { f[i - 5] });
            same(&out, PRODUCTS_LIFT, expected, 0xff);
        }
    }

    let firsts = [(); GROUP].map(|()| random.lanes(SQUARES_LIFT));
    let seconds = [(); GROUP].map(|()| random.lanes(PRODUCTS_LIFT));
    let mut merged = out;
    unsafe { merged_lines(&firsts.map(|f| f.0), &seconds.map(|s| s.0), &mut merged) };
    let mut expected = [Fp::ZERO; 8];
    for slot in 0..GROUP {
        let (first, second) = (firsts[(slot + 1) % GROUP].1, seconds[slot].1);
        let n = second[0].double() + second[0] + second[1];
        expected[2 * slot] = second[3] * n + first[4] - first[0] - second[0];
        expected[2 * slot + 1] = second[4] * second[2];
    }
    same(&merged, [0; 8], expected, 0xff);
}

fn rounds_of_an_addition(random: &mut Random) {
    let mut out = random.lanes([0; 8]).0;
    let (first, x) = random.lanes(SQUARES_LIFT);
    let (sum, y) = random.lanes(SUM_LIFT);
    let ((point, p), (chord, c)) = (random.lanes([0; 8]), random.lanes([0; 8]));
    let addend = Addend { point, chord };
    let (lines, line) = random.lanes(LINES_LIFT);
    let (before, u) = random.chord();
    for (slot, negative) in (0..GROUP).flat_map(|slot| [(slot, false), (slot, true)]) {
        let read = Line { lines: &lines, slot };
        let (r, s) = (line[2 * slot], line[2 * slot + 1]);
        let sign = |e: Fp| if negative { -e } else { e };
        for added in [false, true] {
            unsafe {
                if added {
                    mixed_products::<true>(&sum, &addend, negative, read, &before, &mut out);
                } else {
                    mixed_products::<false>(&first, &addend, negative, read, &before, &mut out);
                }
            }
            let [a, c, t, k, l, ..] = if added { y } else { x };
            let (two_m, y) = (t - a - c, if added { k + l } else { k + k - a });
            let expected = [
                a * p[0],
                c * p[1],
                two_m * sign(p[2]),
                y * p[3],
                y * sign(p[4]),
                r * u[0],
                (a + c) * p[6],
                two_m * p[7],
            ];
            same(&out, MIXED_LIFT, expected, 0xff);

            let (mixed, e) = random.lanes(MIXED_LIFT);
            unsafe {
                if added {
                    sum_products::<true>(&mixed, &sum, &mut out);
                } else {
                    sum_products::<false>(&mixed, &first, &mut out);
                }
            }
            let (x, z) = (e[0] - e[1], e[2] + e[3]);
            let expected = [
                x.square(),
                z.square(),
                (x + z).square(),
                (e[0] + e[1]) * e[4],
                e[7] * (e[6] - e[0] - e[1]),
                two_m * y,
                c.square(),
                two_m.square(),
            ];
            same(&out, [0, 0, 3, 0, 0, 0, 0, 0], expected, 0xff);
        }
        let (sum, t) = random.lanes([0, 0, 3, 0, 0, 0, 0, 0]);
        let re = sign(t[5] * c[0]) + t[6] * c[2] + t[7] * c[4];
        let im = t[5] * c[1] + sign(t[6] * c[3] + t[7] * c[5]);
        let mut product = line;
        (product[2 * slot], product[2 * slot + 1]) = (r * u[0] - s * u[1], r * u[1] + s * u[0]);
        let mut mixed = lines;
        let mut alone = lines;
        unsafe {
            mixed_products::<true>(&sum, &addend, negative, read, &before, &mut mixed);
            line_by_chord(&mut LineMut { lines: &mut alone, slot }, &before);
        }
        for (is_line, expected) in [(true, product), (false, line)] {
            let (mut chord, mut lines) = (before, lines);
            let changed = &mut LineMut { lines: &mut lines, slot };
            unsafe { chords(&sum, &mixed, &addend, negative, changed, is_line, &mut chord) };
            same(
                &masked(&chord),
                [0, 0, 0, 0, 0, 0, 0, 1],
                [re, re, re, re, re, re, im, re - im],
                0xe0,
            );
            same_lines(&lines, expected);
        }
        same_lines(&alone, product);
    }
}

/// Compares lines whose s, in the odd lanes, are above −3p.
fn same_lines(lines: &Vectors, expected: [Fp; 8]) {
    let mut lines = *lines;
    for (column, p) in columns_mut(&mut lines).iter_mut().zip(P) {
        for lane in [1, 3, 5, 7] {
            column[lane] = column[lane].wrapping_add(3 * p);
        }
    }
    same(&lines, [0; 8], expected, 0xff);
}

/// The digits of a factor.
fn masked(factor: &Vectors) -> Vectors {
    let mut out = *factor;
    columns_mut(&mut out).as_flattened_mut().iter_mut().for_each(|digit| *digit &= MASK);
    out
}

#[test]
fn rounds_are_their_formulas() {
    if Ifma::detect().is_some() {
        let mut random = Random(0x6d69_6c6c_6572);
        for _ in 0..500 {
            rounds_of_a_doubling(&mut random);
            rounds_of_an_addition(&mut random);
        }
    }
}
