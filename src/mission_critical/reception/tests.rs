//! Receiving a key takes at most a constant number of steps for each octet of its message.

extern crate std;

use getrandom::{SysRng, rand_core::UnwrapErr};

use super::*;
use crate::mikey::tests::sizes;
use crate::mikey::worst::{self, Domain, WIDE};
use crate::mikey::{Departures, MemoryCache};
use crate::mission_critical::{KeyParameters, MemoryStore};
use crate::steps::steps_of;

/// Decoding takes two steps. The crypto sessions are checked once more when the policies are known, and again when the
/// key is known.
const PER_OCTET: usize = 4;

const CLOCK: Clock = Clock { now: worst::NOW, skew: 300 };

#[test]
fn the_worst_deliveries_take_steps_in_proportion() {
    let rng = &mut UnwrapErr(SysRng);
    let domain = Domain::new(rng);
    let (from, to) = domain.parties();
    let reception = Reception { limits: WIDE, ..Reception::new(Expected::new(from, to), CLOCK) };
    for size in sizes() {
        let octets = domain.delivery(size, rng);
        let store = || MemoryStore::new(MemoryCache::new(1), 1);
        for steps in [
            steps_of(|| {
                let strictly = (&WIDE, Departures::NONE);
                Profiled::decode(Purpose::Pck, &octets, strictly).unwrap();
            }),
            steps_of(|| {
                reception.receive(Purpose::Pck, &octets, &mut store(), &domain.receiver).unwrap()
            }),
            steps_of(|| {
                reception.to_self(Purpose::Pck, &octets, &mut store(), &domain.own).unwrap()
            }),
            steps_of(|| {
                let who = (&domain.kms, to);
                let (purpose, store) = (Purpose::Pck, &mut store());
                Anonymous::receive_within(
                    purpose,
                    &octets,
                    who,
                    &CLOCK,
                    store,
                    (&WIDE, Departures::NONE),
                )
                .and_then(|call| call.reveal(from.uri(), store, &domain.receiver))
                .unwrap()
            }),
        ] {
            assert!(steps > octets.len() / 8, "there is something to count");
            assert!(steps <= PER_OCTET * octets.len(), "{steps} steps for {} octets", octets.len());
        }
    }
}

#[test]
fn key_parameters_take_steps_in_proportion() {
    for size in [1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15, 1 << 16] {
        let octets = worst::key_parameters(size);
        let steps = steps_of(|| KeyParameters::decode_within(&octets, &WIDE).unwrap());
        assert!(steps <= octets.len(), "{steps} steps for {} octets", octets.len());
    }
}
