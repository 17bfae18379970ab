//! \[k\]B for a base that is used once, in pairs of elements: see [`OnePoint`].

use subtle::ConditionallySelectable;
use zeroize::Zeroizing;

use super::one_point::OnePoint;
use crate::backend::Ifma;
use crate::curve::Edwards;
use crate::fault;
use crate::field::Fp;
use crate::scalar::Scalar;
use crate::scalar::digits::{ENTRIES, TEETH, Windows};

/// [k]`base` in constant time, in windows of six signed digits.         1021 double, 202 add
///
/// Secret: k and the base. Leaks: nothing; every entry of the table is read for every window.
#[expect(clippy::large_stack_arrays, reason = "24 KiB, without an allocator")]
pub(in crate::curve) fn mul(ifma: Ifma, base: &Edwards<Fp>, k: &Scalar) -> Edwards<Fp> {
    let digits = Windows::new(k);
    let enter = |point: &Edwards<Fp>| OnePoint::enter(ifma, &[point.x, point.y, point.t, point.z]);
    let mut twice = Zeroizing::new(enter(base));
    twice.double();
    // Entry e is [2e + 1]B.
    let mut table = Zeroizing::new([enter(base); ENTRIES]);
    for e in 1..ENTRIES {
        table[e] = table[e - 1];
        table[e].add(&twice);
    }
    let entry = |window| {
        let (index, negative) = digits.entry(window);
        Zeroizing::new(fault::passed("[d]B", OnePoint::look_up(&table, index, negative)))
    };
    let mut sum = entry(Windows::COUNT - 1);
    for window in (0..Windows::COUNT - 1).rev() {
        for _ in 0..TEETH {
            sum.double();
        }
        sum.add(&entry(window));
        fault::at("[k]B so far", &mut *sum);
    }
    // The digits are odd and stand for an odd number. For an even k that is k + 1.
    let less = Edwards::conditional_select(&Edwards::IDENTITY, &-*base, digits.is_one_more());
    sum.add(&Zeroizing::new(enter(&less)));
    let [x, y, t, z] = sum.leave();
    Edwards { x, y, t, z }
}
