//! Builds the functions of the windows of a prepared argument, eight at a time, one in each lane.
//!
//! Once the slopes and the starting point of each window are known, no window depends on another. Windows with the
//! same digit take the same steps, so they can share the lanes.

use alloc::vec;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::backend::Ifma;
use crate::curve::Affine;
use crate::field::Fp;
use crate::field::ifma::Fp52x8;
use crate::jacobian::Jacobian;
use crate::pairing::prepared::build::{End, STEPS, Step, Walk, slopes};
use crate::pairing::prepared::{DIGITS_OF_Q, LAST, STARTS, WINDOWS};

/// Works like [`build`](crate::pairing::prepared::build::build). It costs [`slopes`], and the windows in eight lanes.
pub(in crate::pairing) fn build(
    ifma: Ifma,
    k: &Affine<Fp>,
    steps: &mut [Step<Fp>],
    out: &mut [Fp],
) -> End<Fp> {
    let mut starts = Zeroizing::new(vec![[Fp::ZERO; 2]; WINDOWS - 1]);
    let (multiples, z) = slopes(k, Fp::ZERO, Fp::ONE, Fp::invert, steps, &mut starts);

    multiples.function(DIGITS_OF_Q[0]).write(out);
    let in_lanes = multiples.map(|element| Fp52x8::splat(ifma, element));
    let [zero, one] = [Fp::ZERO, Fp::ONE].map(|element| Fp52x8::splat(ifma, element));
    for digit in -3..=4 {
        let windows = (1..LAST).filter(|window| DIGITS_OF_Q[*window] == digit).collect::<Vec<_>>();
        for block in windows.chunks(8) {
            // The lanes beyond the block repeat its last window.
            let enter = |of: &dyn Fn(usize) -> Fp| {
                let lane = |l: usize| of(block[l.min(block.len() - 1)]);
                Fp52x8::enter(ifma, &Zeroizing::new(core::array::from_fn(lane)))
            };
            let number = if digit == 0 { 3 } else { 4 };
            let slopes_of_block: [_; 4] = core::array::from_fn(|step| {
                let step = step.min(number - 1);
                Step::new(enter(&|window| steps[FIRST_STEPS[window] + step].slope), zero)
            });
            let [x, y] = [0, 1].map(|i| enter(&|window| starts[window - 1][i]));
            let inverse = enter(&|window| steps[FIRST_STEPS[window]].factor);
            let point = Jacobian { x, y, z: one }.over(inverse);
            let mut walk = Walk { point, steps: &slopes_of_block[..number], zero, one };
            let function = Zeroizing::new(walk.window(&in_lanes, digit));
            for (i, coefficient) in function.coefficients().enumerate() {
                let coefficient = Zeroizing::new(coefficient.leave());
                for (window, coefficient) in block.iter().zip(coefficient.iter()) {
                    out[STARTS[*window] + i] = *coefficient;
                }
            }
        }
    }

    let [x, y] = starts[LAST - 1];
    let steps = &steps[FIRST_STEPS[LAST]..];
    let point = Jacobian { x, y, z: Fp::ONE }.over(steps[0].factor);
    let mut walk = Walk { point, steps, zero: Fp::ZERO, one: Fp::ONE };
    walk.last_window(&multiples).write(&mut out[STARTS[LAST]..]);
    End { z, reached: walk.point, expected: multiples.point(-DIGITS_OF_Q[LAST]) }
}

/// Where the steps of each window begin.
const FIRST_STEPS: [usize; WINDOWS] = {
    let (mut firsts, mut window) = ([0; WINDOWS], 2);
    while window < WINDOWS {
        firsts[window] = firsts[window - 1] + 3 + (DIGITS_OF_Q[window - 1] != 0) as usize;
        window += 1;
    }
    assert!(firsts[LAST] + 3 == STEPS);
    firsts
};
