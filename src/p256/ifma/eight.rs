//! \[a\]G + \[b\]P + \[c\]Q for eight triples a, b, c and eight points Q, one in each lane, and one P that all share.
//! Variable time, for public values.
//!
//! All lanes take the same steps, because the scalars are recoded with signed digits that are all odd, as in
//! [`comb`](crate::p256::comb). The windows have 7 bits for G and P, and 5 for Q.
//!
//! The additions do not handle a point that is added to itself or to its negative. They give Z = 0
//! then, so the lane isn't accepted. The caller must decide such a lane again by itself.

use super::lanes::{self, Eight};
use crate::backend::Ifma;
use crate::digits;
use crate::jacobian::{Affine, Jacobian};
use crate::p256::comb::all_odd;
use crate::p256::group::Fp;
use crate::p256::{Scalar, table};
use crate::words::bits;

/// The number of bits in a window of G and P, which has 64 odd multiples.
const PREPARED: usize = 7;
/// The number of bits in a window of Q, which has 16 odd multiples.
const FRESH: usize = 5;
const FRESH_MULTIPLES: usize = 1 << (FRESH - 1);

/// The digits ±1 of eight scalars, for windows of `BITS` bits. Their number is the least multiple of `BITS` from 256
/// on.
struct Windows<const BITS: usize>([[u64; 4]; 8]);

impl<const BITS: usize> Windows<BITS> {
    const COUNT: usize = 256usize.div_ceil(BITS);

    fn new(scalars: &[Scalar; 8]) -> Self {
        Self(scalars.each_ref().map(all_odd::<BITS>))
    }

    /// The indices of the odd multiples of a window, one for each lane, and a mask of the lanes in which they are
    /// negative.
    fn entries(&self, window: usize) -> ([u8; 8], u8) {
        let entry = |k: &[u64; 4]| digits::entry(bits(k, window * BITS, BITS), BITS);
        digits::of_lanes(self.0.each_ref().map(entry))
    }
}

/// The sums, one in each lane.
///
/// They take 256 doublings (4M + 4S), 74 additions of 8M + 3S and 52 of 11M + 3S, besides the 16 multiples of Q.
pub(in crate::p256) fn sums_vartime(
    ifma: Ifma,
    a: &[Scalar; 8],
    (b, p): (&[Scalar; 8], &[Affine<Fp>; 64]),
    (c, q): (&[Scalar; 8], [Affine<Fp>; 8]),
) -> [Jacobian<Fp>; 8] {
    let prepared = [
        (Windows::<PREPARED>::new(a), &table::OF_GENERATOR[..]),
        (Windows::<PREPARED>::new(b), &p[..]),
    ];
    let fresh = Windows::<FRESH>::new(c);
    let one = Eight::splat(ifma, Fp::ONE);
    let mut last = Jacobian {
        x: Eight::enter(ifma, q.map(|q| q.x)),
        y: Eight::enter(ifma, q.map(|q| q.y)),
        z: one,
    };
    let twice = lanes::double_times(&last, 1).cached();
    let multiples: [_; FRESH_MULTIPLES] = core::array::from_fn(|i| {
        if i > 0 {
            last = lanes::add_cached(&last, &twice);
        }
        last.cached()
    });
    let fresh_entry = |window| {
        let (indices, negative) = fresh.entries(window);
        lanes::gather_cached_vartime(&multiples, indices, negative)
    };
    // The topmost window is one of Q's.
    let top = Windows::<FRESH>::COUNT - 1;
    let entry = fresh_entry(top);
    let mut sum = Jacobian { x: entry.x, y: entry.y, z: entry.z };
    let mut doublings = 0;
    for place in (0..top * FRESH).rev() {
        doublings += 1;
        let (is_fresh, is_prepared) = (place % FRESH == 0, place % PREPARED == 0);
        if !is_fresh && !is_prepared {
            continue;
        }
        // `sum` is assigned only once in a step, because that copies the whole point.
        let doubled = lanes::double_times(&sum, doublings);
        doublings = 0;
        let with_prepared = |sum: &Jacobian<Eight>| {
            let [g, p] = prepared.each_ref().map(|(windows, table)| {
                let (indices, negative) = windows.entries(place / PREPARED);
                lanes::gather_affine_vartime(ifma, table, indices, negative)
            });
            lanes::add_affine(&lanes::add_affine(sum, &g), &p)
        };
        sum = match (is_fresh, is_prepared) {
            (true, false) => lanes::add_cached(&doubled, &fresh_entry(place / FRESH)),
            (true, true) => {
                with_prepared(&lanes::add_cached(&doubled, &fresh_entry(place / FRESH)))
            }
            _ => with_prepared(&doubled),
        };
    }
    let (x, y, z) = (sum.x.leave(), sum.y.leave(), sum.z.leave());
    core::array::from_fn(|lane| Jacobian { x: x[lane], y: y[lane], z: z[lane] })
}
