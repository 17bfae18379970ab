//! No input makes a decoder of messages panic, or allocate more than a small multiple of the length of the input,
//! regardless of the lengths and counts that it claims. Most decoders allocate nothing.

#[path = "scenario/world.rs"]
#[expect(dead_code, reason = "each test uses a part of the world")]
mod world;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::hint::black_box;
use std::path::Path;

use eccsi_sakke::mikey::psk::{
    KeyData, KeyKind, PskMessage, PskOutline, SignedPskMessage, verify_response,
};
use eccsi_sakke::mikey::{
    Builder, Clock, CsIdMap, Departures, Expected, Extension, Header, IMessage, Limits,
    MemoryCache, Message, MessageType, Payload, Prf, Timestamp,
};
use eccsi_sakke::mission_critical::{
    Anonymous, CsId, Delivery, Group, Hiding, Key, KeyId, KeyParameters, MemoryStore,
    ParametersHeader, Purpose, Reception, SealedParameters,
};
use eccsi_sakke::sakke::SharedSecret;
use proptest::collection::vec;
use proptest::prelude::*;

use world::{Client, Domain, altered, at, home, psk_outline, random, rng};

/// Records the most octets that a thread has had allocated at once.
struct Counting;

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator as it came.
#[allow(unsafe_code, reason = "an allocator")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.get() + layout.size();
        LIVE.set(live);
        PEAK.set(PEAK.get().max(live));
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // A thread may free what another thread allocated.
        LIVE.set(LIVE.get().saturating_sub(layout.size()));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The most octets that `run` has allocated at once, including its result.
fn peak<T>(run: impl FnOnce() -> T) -> usize {
    let before = LIVE.get();
    PEAK.set(before);
    black_box(run());
    PEAK.get() - before
}

/// A decoder that allocates may use this many octets for each octet of the input. A group of 4 octets takes 32, and
/// encrypted data is decrypted into a copy.
const PER_OCTET: usize = 12;

/// A decoder may use this many more octets, for RAND and for an entry of the replay cache.
const BESIDE: usize = 1024;

fn assert_small(what: &str, input: &[u8], size: usize) {
    let most = PER_OCTET * input.len() + BESIDE;
    assert!(size <= most, "{what}: {size} octets for {} of input", input.len());
}

/// No message is too large, so no limit prevents the decoding.
const WIDE: Limits = Limits {
    octets: usize::MAX,
    payloads: usize::MAX,
    sessions: usize::MAX,
    policies: usize::MAX,
    groups: usize::MAX,
};

/// Every decoder that needs no key, or only one of 16 octets.
fn decode_all(octets: &[u8]) {
    let copying_nothing = peak(|| {
        let message = Message::decode_within(octets, &WIDE);
        let payloads = message.map(|message| message.payloads().count());
        let i_message = IMessage::decode_within(octets, &WIDE);
        let psk = PskMessage::decode_within(octets, &WIDE);
        let prose = SignedPskMessage::decode_within(octets, &WIDE);
        let sealed = SealedParameters::decode(octets).map(|sealed| *sealed.header());
        (payloads.is_ok(), i_message.is_ok(), psk.is_ok(), prose.is_ok(), sealed.is_ok())
    });
    assert_eq!(copying_nothing, 0, "decoding copies nothing");

    let secret = SharedSecret::from([1; 16]);
    let size = peak(|| KeyParameters::decode_within(octets, &WIDE));
    assert_small("key parameters", octets, size);
    if let Ok(sealed) = SealedParameters::decode(octets) {
        assert_small("sealed", octets, peak(|| sealed.open_octets(&secret)));
        assert_small("sealed", octets, peak(|| sealed.open_within(&secret, &WIDE)));
    }
    let sent = PSK_MESSAGE.with(|sent| peak_of_response(octets, sent));
    assert_small("verification message", octets, sent);
    let signed = SignedPskMessage::decode_within(octets, &WIDE);
    let signed = signed.map(SignedPskMessage::without_its_signature);
    if let Ok(message) = signed.or_else(|_| PskMessage::decode_within(octets, &WIDE)) {
        let size = peak(|| {
            message
                .check_counter(None)
                .map(|fresh| fresh.authenticate(&[1; 16], &mut MemoryCache::new(0)).is_ok())
        });
        assert_small("pre-shared-key message", octets, size);
    }
    if let Ok(message) = IMessage::decode_within(octets, &WIDE) {
        let time = message.timestamp().seconds().map_or(at(0), |seconds| at(seconds.into()));
        let clock = Clock { now: time, skew: 300 };
        DOMAIN.with(|(domain, key)| {
            let (from, to) = (domain.kms.user(GMS), domain.kms.user(ALICE));
            let expected = Expected::new(from, to);
            let reception = Reception { limits: WIDE, ..Reception::new(expected, clock) };
            for purpose in [Purpose::Gmk, Purpose::Pck, Purpose::Csk, Purpose::MuSik] {
                let store = &mut MemoryStore::new(MemoryCache::new(0), 0);
                assert_small(
                    "delivery",
                    octets,
                    peak(|| reception.receive(purpose, octets, store, key).is_ok()),
                );
                assert_small(
                    "delivery",
                    octets,
                    peak(|| reception.to_self(purpose, octets, store, key).is_ok()),
                );
                let who = (&domain.kms, to);
                assert_small(
                    "delivery",
                    octets,
                    peak(|| {
                        let strictly = (&WIDE, Departures::NONE);
                        Anonymous::receive_within(purpose, octets, who, &clock, store, strictly)
                            .is_ok()
                    }),
                );
            }
        });
    }
}

fn peak_of_response(octets: &[u8], sent: &[u8]) -> usize {
    let sent = PskMessage::decode_within(sent, &WIDE).expect("a message");
    peak(|| verify_response(octets, &sent, &[1; 16], b"initiator", b"responder"))
}

const NOW: u64 = 3_968_536_648;
const GMS: &str = "sip:gms@example.org";
const ALICE: &str = "sip:alice@example.org";

thread_local! {
    static DOMAIN: (Domain, eccsi_sakke::sakke::ReceiverKey) = {
        let domain = home();
        let key = domain.receiver_key(ALICE, NOW);
        (domain, key)
    };
    static PSK_MESSAGE: Vec<u8> = psk_message(&[KeyData::new(KeyKind::Tgk, &[2; 16])]);
    static VECTORS: Vec<Vec<u8>> = vectors();
}

fn psk_message(keys: &[KeyData<'_>]) -> Vec<u8> {
    PskOutline { v: true, ..psk_outline(Timestamp::Counter(1)) }
        .seal(&[1; 16], keys)
        .expect("sealed")
}

/// Every message and every item of mikey.json, valid or not.
fn vectors() -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mikey.json");
    let document: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(path).expect("readable")).expect("JSON");
    let groups = document["groups"].as_array().expect("groups").iter();
    let tests = groups.flat_map(|group| group["tests"].as_array().expect("tests"));
    let names = ["message", "data", "plaintext", "key_parameters"];
    let values = tests.flat_map(|test| names.map(|name| test[name].as_str()));
    values.flatten().filter_map(|text| hex::decode(text).ok()).collect()
}

#[test]
fn the_vectors() {
    VECTORS.with(|all| {
        assert!(all.len() > 300);
        all.iter().for_each(|octets| decode_all(octets));
    });
}

proptest! {
    #[test]
    fn vectors_with_other_lengths_and_counts(octets in altered(VECTORS.with(Clone::clone))) {
        decode_all(&octets);
    }

    #[test]
    fn any_octets(octets in vec(any::<u8>(), 0..400)) {
        decode_all(&octets);
    }
}

#[test]
fn claims_without_substance() {
    // A header that announces 255 sessions but has none, and lengths of 65,535 and 255 without data.
    for (count, map) in [(255, 0), (255, 1), (255, 2), (0, 0), (0, 1), (0, 2)] {
        for next in 0..=255 {
            for tail in [[].as_slice(), &[0], &[0, 255], &[0, 255, 255], &[255; 40], &[0; 40]] {
                let header = [1, 26, next, 1, 0, 0, 0, 1, count, map];
                decode_all(&[header.as_slice(), tail].concat());
            }
        }
    }
    // Key parameters that announce 255 groups but have none, and key parameters that announce one group too many.
    let start = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    decode_all(&[start.as_slice(), &[0, 1, 255]].concat());
    for groups in [0u8, 1, 2, 100, 254] {
        let list = [7, 0, 1, 9].repeat(groups.into());
        let length = (1 + u16::try_from(list.len()).expect("short")).to_be_bytes();
        decode_all(&[start.as_slice(), &length, &[groups], &list].concat());
        decode_all(&[start.as_slice(), &length, &[groups + 1], &list].concat());
    }
}

/// A long message with the maximum number of small items.
#[test]
fn messages_that_are_long() {
    let header = Header {
        message_type: MessageType::Sakke,
        v: false,
        prf: Prf::HmacSha256,
        csb_id: 1,
        map: CsIdMap::Empty,
    };
    let mut builder = Builder::new(&header).expect("a header");
    for _ in 0..20_000 {
        let extension = Extension { kind: 9, data: &[] };
        builder.push(&Payload::Extension(extension)).expect("an extension");
    }
    builder.push(&Payload::Extension(Extension { kind: 9, data: &[7; 65_535] })).expect("long");
    decode_all(&builder.finish());

    // 10,000 keys under a pre-shared key.
    let message = psk_message(&[KeyData::new(KeyKind::Tgk, &[2]); 10_000]);
    decode_all(&message);
    let size = peak(|| {
        let decoded = PskMessage::decode_within(&message, &WIDE);
        let fresh = decoded.and_then(|message| message.check_counter(None));
        let opened = fresh.and_then(|fresh| fresh.authenticate(&[1; 16], &mut MemoryCache::new(0)));
        assert_eq!(opened.expect("opened").key_data().count(), 10_000);
    });
    assert_small("pre-shared-key message", &message, size);
    assert!(size >= 50_000, "it was decrypted");
}

/// Correct messages, from decoding to the key.
#[test]
fn deliveries_that_are_accepted() {
    let domain = home();
    let mut alice = Client::new(&domain, ALICE, NOW);
    let own_key = domain.receiver_key(GMS, NOW);
    let (gms, signing_key) = (domain.kms.user(GMS), domain.signing_key(GMS, NOW));
    let small = Group { element: 0, identity: vec![1] };
    let large = Group { element: 0, identity: vec![1; 60_000] };
    for (purpose, text, groups) in [
        (Purpose::Gmk, vec![], vec![small.clone(); 255]),
        (Purpose::Gmk, vec![], vec![large]),
        (Purpose::Gmk, vec![b'x'; 60_000], vec![small.clone()]),
        (Purpose::MuSik, vec![b'x'; 5000], vec![small; 255]),
        (Purpose::Pck, vec![], vec![]),
    ] {
        let key = Key::generate(purpose, &mut rng());
        let parameters = KeyParameters { text, groups, ..KeyParameters::new(purpose) };
        let delivery = Delivery {
            cs_ids: &[1, 2, 3].map(CsId::agreed),
            parameters: Some(&parameters),
            to_self: true,
            hiding: Hiding { initiator: true, responder: false },
            ..Delivery::new(gms, alice.user(), at(NOW))
        };
        let octets = delivery.message(&key, &signing_key, &mut rng()).expect("a message");
        let reception = alice.reception(gms, NOW);
        let (keys, store) = (alice.keys.as_slice(), &mut alice.store);
        let mut other = MemoryStore::new(MemoryCache::new(1), 1);
        let size = peak(|| match purpose {
            Purpose::Gmk => {
                reception.gmk_of_any_group(&octets, &mut other, keys).expect("received")
            }
            _ => reception.receive(purpose, &octets, &mut other, keys).expect("received"),
        });
        assert_small("delivery", &octets, size);
        assert!(size > parameters.text.len(), "the parameters were decrypted");
        let mut other = MemoryStore::new(MemoryCache::new(1), 1);
        let size = peak(|| reception.to_self(purpose, &octets, &mut other, &own_key).expect("own"));
        assert_small("delivery to self", &octets, size);
        if purpose == Purpose::Gmk {
            // Everything is correct except for the group.
            let size = peak(|| reception.gmk(&octets, b"another", store, keys).is_err());
            assert_small("delivery", &octets, size);
        } else {
            let who = (&domain.kms, domain.kms.user(ALICE));
            let other = &mut MemoryStore::new(MemoryCache::new(1), 1);
            let size = peak(|| {
                let call = Anonymous::receive(purpose, &octets, who, &reception.clock, other);
                call.and_then(|call| call.reveal(GMS, other, keys)).expect("revealed")
            });
            assert_small("anonymous delivery", &octets, size);
        }
    }
}

/// Parameters that are sealed under the key of [`decode_all`], so that it decodes their content.
#[test]
fn parameters_that_open() {
    let secret = SharedSecret::from([1; 16]);
    let groups = vec![Group { element: 0, identity: vec![1] }; 255];
    let parameters = KeyParameters { groups, ..KeyParameters::new(Purpose::Gmk) };
    let id = KeyId::new(Purpose::Gmk, 1).value();
    let sealed = ParametersHeader::new(0, random(), id).seal(&parameters, &secret).expect("sealed");
    assert!(SealedParameters::decode(&sealed).and_then(|sealed| sealed.open(&secret)).is_ok());
    decode_all(&sealed);
    let plain = parameters.encode().expect("encoded");
    let size = peak(|| KeyParameters::decode(&plain));
    assert!(
        (255 * size_of::<Group>()..PER_OCTET * plain.len() + BESIDE).contains(&size),
        "the counter counts: {size}"
    );
    // The list claims 255 groups, but has room for six.
    let one = vec![Group { element: 0, identity: vec![1; 21] }];
    let mut plain = KeyParameters { groups: one, ..parameters }.encode().expect("encoded");
    let count = plain.len() - 25;
    assert_eq!(plain[count], 1);
    plain[count] = 255;
    let size = peak(|| assert!(KeyParameters::decode(&plain).is_err()));
    assert!(size <= 10 * size_of::<Group>(), "{size}");
}
