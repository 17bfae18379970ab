//! [k]B for a new base in eight lanes, of which one half works: see [`EdwardsPair`].

use zeroize::Zeroizing;

use super::Edwards;
use crate::backend::Ifma;
use crate::field::Fp;
use crate::field::wide::{EdwardsPair, PairEntry};
use crate::scalar::Scalar;

/// Works like [`Edwards::mul`], whose windows it has.             1024 double, 256 mixed_add
pub(super) fn mul(ifma: Ifma, base: &Edwards<Fp>, k: &Scalar) -> Edwards<Fp> {
    let none = PairEntry::identity(ifma);
    let multiples = Zeroizing::new(base.multiples());
    let table = Edwards::normalize(*multiples)
        .map(|entry| PairEntry::enter(ifma, [[entry.x, entry.y], [Fp::ZERO, Fp::ONE]]));
    let table = Zeroizing::new(table);
    let mut sum = Zeroizing::new(EdwardsPair::identity(ifma));
    for octet in k.to_be_bytes().iter() {
        for digit in [octet >> 4, octet & 0xf] {
            *sum = sum.double().double().double().double();
            let entry = PairEntry::lookup(&none, table.as_slice(), [digit, 0]);
            *sum = sum.mixed_add(&entry);
        }
    }
    let [[x, y, t, z], _] = sum.leave();
    Edwards { x, y, t, z }
}
