//! Compares two and eight points with the same formulas on single elements, with random values and with values at the
//! bounds.

use subtle::ConstantTimeEq;

#[cfg(feature = "alloc")]
use super::eight_points::{EightPoints, OddTable};
use super::two_points::{AffineTable, TwoEntries, TwoPoints};
use crate::backend::Ifma;
#[cfg(feature = "alloc")]
use crate::field::Field;
use crate::field::Fp;
#[cfg(feature = "alloc")]
use crate::field::ifma::Fp52x8;
#[cfg(feature = "alloc")]
use crate::field::ifma::tests::hold;
use crate::field::ifma::tests::{Random, ifma};

/// The mixed addition of `curve::edwards` with coordinates [X, Y, T, Z].
fn mixed_add([x, y, t, z]: [Fp; 4], [x2, y2]: [Fp; 2]) -> [Fp; 4] {
    let (e, h) = (x * y2 + y * x2, y * y2 - x * x2);
    let c = t * (x2 * y2);
    let (f, g) = (z + c, z - c);
    [e * f, g * h, e * h, f * g]
}

#[test]
fn a_pair_adds_as_the_points_one_by_one() {
    let Some(ifma) = ifma() else { return };
    let mut random = Random(6);
    let mut xy = || <[Fp; 2]>::try_from(&random.values().leave()[..2]).unwrap();
    let tables: [[[Fp; 2]; 32]; 2] = core::array::from_fn(|_| core::array::from_fn(|_| xy()));
    let mut expected = [xy(), xy()].map(|[x, y]| [x, y, x * y, Fp::ONE]);
    let mut pair = TwoPoints::enter(ifma, expected);
    let points = tables.map(|table| points(ifma, &table));
    for _ in 0..300 {
        let indices = [random.below(32), random.below(32)];
        let negative = [random.below(2), random.below(2)];
        for half in 0..2 {
            let [x, y] = tables[half][indices[half]];
            let entry = if negative[half] == 1 { [-x, y] } else { [x, y] };
            expected[half] = mixed_add(expected[half], entry);
        }
        let mask = u8::try_from(negative[0] | negative[1] << 1).unwrap();
        let indices = indices.map(|i| u8::try_from(i).unwrap());
        let found = TwoEntries::look_up(ifma, [&points[0], &points[1]], indices, mask);
        pair.mixed_add(&found, points.each_ref());
        for (ours, theirs) in pair.leave().as_flattened().iter().zip(expected.as_flattened()) {
            assert!(bool::from(ours.ct_eq(theirs)));
        }
    }
}

/// A table of these affine points.
fn points(ifma: Ifma, table: &[[Fp; 2]; 32]) -> AffineTable {
    let coordinates = [table.map(|[x, _]| x), table.map(|[_, y]| y), table.map(|[x, y]| x * y)];
    AffineTable::new(ifma, &coordinates)
}

#[cfg(feature = "alloc")]
#[test]
fn eight_points_in_place() {
    if ifma().is_none() {
        return;
    }
    let mut random = Random(9);
    for _ in 0..200 {
        let start: [Fp52x8; 4] = core::array::from_fn(|_| random.values());
        // Entries at the bound of a value, too.
        let entries = [(); 3].map(|()| [(); 4].map(|()| random.values()));
        let table = OddTable::of_values(|c, chunk| entries[c][chunk]);
        let entries = entries.map(|four| four.map(Fp52x8::leave));
        let indices = [0; 8].map(|_| u8::try_from(random.below(32)).unwrap());
        let negative = random.next().to_le_bytes()[0];
        let values = start.map(Fp52x8::leave);
        let entry = |c: usize, lane: usize| entries[c].as_flattened()[usize::from(indices[lane])];
        let is_negative = |lane: usize| negative >> lane & 1 == 1;

        let mut points = EightPoints::new(start);
        points.double();
        hold(points.leave(), |lane| {
            let [x, y, _, z] = values.map(|value| value[lane]);
            let (e, g) = ((x * y).double(), x.square() + y.square());
            let (f, h) = (g - z.square().double(), x.square() - y.square());
            [e * f, g * h, e * h, f * g]
        });

        let sum = |lane: usize| {
            let [x, y, t, z] = values.map(|value| value[lane]);
            let [minus, plus, double] = [0, 1, 2].map(|c| entry(c, lane));
            let (minus, plus, double) =
                if is_negative(lane) { (plus, minus, -double) } else { (minus, plus, double) };
            let (a, b, c) = ((z - t) * minus, (z + t) * plus, x * double);
            let (e, f, g, h) = (b - a, y.double() - c, y.double() + c, b + a);
            [e * h, f * g, e * f, g * h]
        };
        let mut points = EightPoints::new(start);
        points.add_entry::<true>(&table, indices, negative);
        hold(points.leave(), sum);
        let mut points = EightPoints::new(start);
        points.add_entry::<false>(&table, indices, negative);
        let without_t = |[x, y, _, z]: [Fp; 4]| [x, y, z];
        hold(points.leave().map(without_t), |lane| without_t(sum(lane)));
    }
}
