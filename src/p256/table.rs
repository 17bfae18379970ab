//! The odd multiples of G and of a KPAK, and the points of a table file. A point there is x and y, each of them 4
//! little-endian limbs of 8 octets in Montgomery form.

use super::group::Fp;
use crate::jacobian::{Affine, Jacobian};
use crate::words::from_table;

/// Odd multiples P, 3P, … of a point that is used often.
const ODD: usize = 64;

/// G, 3G, …: 64 of them with the feature `tables`, else 8.
pub(super) static OF_GENERATOR: [Affine<Fp>; if cfg!(feature = "tables") { ODD } else { 8 }] = {
    let file = include_bytes!("comb/g-odd.bin");
    let mut table = [entry(file, 0); if cfg!(feature = "tables") { ODD } else { 8 }];
    let mut i = 0;
    while i < table.len() {
        table[i] = entry(file, i);
        i += 1;
    }
    table
};

/// P, 3P, … 127P, 4 KiB.
#[derive(Clone)]
pub(crate) struct OddMultiples([Affine<Fp>; ODD]);

impl OddMultiples {
    /// A doubling (3M + 6S) and 63 additions (11M + 3S). 64 points are made affine with one inversion.
    pub(super) fn new_vartime(point: &Affine<Fp>) -> Self {
        let mut last = Jacobian::from(point);
        let twice = last.double_times(1).cached();
        let mut multiples = [last; ODD];
        for multiple in &mut multiples[1..] {
            // They are never equal or opposite: [2i − 1]P and [2]P in a group of large prime order.
            last = last.add_cached(&twice);
            *multiple = last;
        }
        let mut table = [*point; ODD];
        super::normalize(&mut multiples, &mut table);
        Self(table)
    }

    pub(super) fn table(&self) -> &[Affine<Fp>; ODD] {
        &self.0
    }
}

/// Point `index` of a file.
pub(super) const fn entry(file: &[u8], index: usize) -> Affine<Fp> {
    Affine {
        x: Fp::from_limbs(from_table(file, 2 * index)),
        y: Fp::from_limbs(from_table(file, 2 * index + 1)),
    }
}
