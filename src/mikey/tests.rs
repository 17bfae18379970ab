//! The decoders of messages take at most a constant number of steps for each octet.

extern crate std;

use std::vec::Vec;

use getrandom::{SysRng, rand_core::UnwrapErr};
use proptest::collection::vec;
use proptest::prelude::*;

use super::psk::{KeyData, KeyKind, PskMessage, SignedPskMessage, verify_response};
use super::worst::{self, Domain, WIDE};
use super::{Clock, Error, IMessage, Limit, Limits, MemoryCache, Message};
use crate::steps::steps_of;

/// Every read of a field is a step. An empty parameter of a policy and an empty payload take the most steps: three
/// reads for two octets.
const PER_OCTET: usize = 2;

/// Sizes that double each time.
pub(crate) fn sizes() -> impl Iterator<Item = usize> {
    (12..=20).map(|exponent| 1 << exponent)
}

/// The steps of each decoder that accepts messages from anybody.
fn all_steps(octets: &[u8], limits: &Limits) -> [usize; 5] {
    let keys = [KeyData::new(KeyKind::Tgk, &[1])];
    let sent = worst::under_psk(&[]).seal(&worst::PSK, &keys).unwrap();
    let sent = PskMessage::decode_within(&sent, limits).unwrap();
    [
        steps_of(|| Message::decode_within(octets, limits)),
        steps_of(|| IMessage::decode_within(octets, limits)),
        steps_of(|| PskMessage::decode_within(octets, limits)),
        steps_of(|| SignedPskMessage::decode_within(octets, limits)),
        steps_of(|| verify_response(octets, &sent, &worst::PSK, b"initiator", b"responder")),
    ]
}

fn assert_linear(what: &str, octets: &[u8]) {
    for steps in all_steps(octets, &WIDE) {
        let most = PER_OCTET * octets.len();
        assert!(steps <= most, "{what}: {steps} steps for {} octets", octets.len());
    }
}

#[test]
fn the_worst_messages_take_steps_in_proportion() {
    let rng = &mut UnwrapErr(SysRng);
    let domain = Domain::new(rng);
    for size in sizes() {
        let delivery = domain.delivery(size, rng);
        let decoded = IMessage::decode_within(&delivery, &WIDE).unwrap();
        assert!(delivery.len() >= size.min(3_000), "{} octets", delivery.len());
        let prose = worst::prose(size, decoded.signature());
        assert!(SignedPskMessage::decode_within(&prose, &WIDE).is_ok());
        let psk = worst::pre_shared(size.min(1 << 17));
        assert!(PskMessage::decode_within(&psk, &WIDE).is_ok());
        for octets in [&delivery, &worst::parameters(size), &worst::payloads(size)] {
            assert!(all_steps(octets, &WIDE)[0] > octets.len() / 8, "there are steps to count");
        }
        for (what, octets) in [
            ("delivery", delivery),
            ("parameters", worst::parameters(size)),
            ("payloads", worst::payloads(size)),
            ("pre-shared key", psk),
            ("pre-shared key, extensions", worst::pre_shared_extensions(size)),
            ("ProSe", prose),
        ] {
            assert!(Message::decode_within(&octets, &WIDE).is_ok(), "{what} is read to its end");
            assert_linear(what, &octets);
        }
    }
}

#[test]
fn key_data_takes_steps_in_proportion() {
    for size in [1 << 12, 1 << 13, 1 << 14, 1 << 15, 1 << 16, 1 << 17] {
        let octets = worst::pre_shared(size);
        let clock = Clock { now: worst::NOW, skew: 300 };
        let mut cache = MemoryCache::new(1);
        let message = PskMessage::decode_within(&octets, &WIDE).unwrap();
        let fresh = message.check_fresh(&clock, &cache).unwrap();
        let steps = steps_of(|| fresh.authenticate(&worst::PSK, &mut cache).unwrap());
        assert!(steps > octets.len() / 4, "the keys are read");
        assert!(steps <= PER_OCTET * octets.len(), "{steps} steps for {} octets", octets.len());
    }
}

proptest! {
    /// Payloads of every kind. Most of them are as short as possible.
    #[test]
    fn no_chain_of_payloads_takes_more(
        kind in prop::sample::select(std::vec![0u8, 1, 6, 26]),
        map in prop_oneof![
            Just(std::vec![0, 1]),
            vec(0u8..3, 0..40).prop_map(|tail| [std::vec![4, 0], tail].concat()),
            vec(0u8..3, 0..80).prop_map(|tail| [std::vec![9, 2], tail].concat()),
        ],
        payloads in vec(
            (prop::sample::select(std::vec![1u8, 4, 5, 6, 9, 10, 11, 12, 14, 20, 21, 26]), vec(0u8..3, 1..12)),
            0..60,
        ),
    ) {
        let mut octets: Vec<u8> = std::vec![1, kind, 0, 1, 0, 0, 0, 1];
        octets.extend_from_slice(&map);
        octets[2] = payloads.first().map_or(0, |(number, _)| *number);
        for (i, (_, body)) in payloads.iter().enumerate() {
            octets.push(payloads.get(i + 1).map_or(0, |(number, _)| *number));
            octets.extend_from_slice(body);
        }
        assert_linear("chain", &octets);
    }
}

#[test]
fn limits_come_before_anything_else() {
    let rng = &mut UnwrapErr(SysRng);
    let domain = Domain::new(rng);
    let octets = domain.delivery(0, rng);
    let message = IMessage::decode(&octets).unwrap();
    let payloads = message.message().payloads().count();
    let least = Limits { octets: octets.len(), payloads, sessions: 255, policies: 255, groups: 0 };
    assert!(IMessage::decode_within(&octets, &least).is_ok(), "255 sessions are legal");
    for (limits, limit) in [
        (Limits { octets: octets.len() - 1, ..least }, Limit::Octets),
        (Limits { payloads: payloads - 1, ..least }, Limit::Payloads),
        (Limits { sessions: 254, ..least }, Limit::Sessions),
        (Limits { policies: 254, ..least }, Limit::Policies),
    ] {
        let error = Some(Error::Limit(limit));
        assert_eq!(Message::decode_within(&octets, &limits).err(), error);
        assert_eq!(IMessage::decode_within(&octets, &limits).err(), error);
    }
    // A message that is too long is not read, and a message with too many sessions is read up to their number.
    assert_eq!(all_steps(&[0; 100], &Limits { octets: 99, ..WIDE })[..4], [0; 4]);
    let steps = steps_of(|| Message::decode_within(&octets, &Limits { sessions: 254, ..WIDE }));
    assert!(steps < 10, "{steps} steps");
}

#[test]
fn limits_of_keys_under_a_pre_shared_key() {
    let octets = worst::pre_shared(4096);
    let clock = Clock { now: worst::NOW, skew: 300 };
    let outcome = |payloads| {
        let message = PskMessage::decode_within(&octets, &Limits { payloads, ..WIDE })?;
        let mut cache = MemoryCache::new(1);
        let fresh = message.check_fresh(&clock, &cache)?;
        fresh.authenticate(&worst::PSK, &mut cache).map(|opened| opened.key_data().count())
    };
    assert_eq!(outcome(409), Ok(409));
    assert_eq!(outcome(408), Err(Error::Limit(Limit::Payloads)));
    let long = std::vec![0; Limits::DEFAULT.octets + 1];
    let error = Some(Error::Limit(Limit::Octets));
    assert_eq!(PskMessage::decode(&long).err(), error);
    assert_eq!(SignedPskMessage::decode(&long).err(), error);
}
