//! What the adversary makes from the messages that it has seen and from the keys of one insider.

use eccsi_sakke::eccsi::{Signature, SigningKey};
use eccsi_sakke::mikey::psk::{KeyData, KeyKind, PskOutline, SignedPskMessage};
use eccsi_sakke::mikey::{
    Builder, Extension, Header, Identity, Kemac, Message, MessageType, Payload, Role, SakkePayload,
    Timestamp,
};

use super::Choices;
use super::attempt::Coverage;
use super::sender::{signed, unsigned};
use super::splice::{alike, built, edited, with_signature};
use super::world::{MALLORY, World, at};
use crate::Rng;

/// The order of P-256.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The number of octets that contain only the header, T and RAND.
const HEAD: usize = 40;

/// The message altered, perhaps with parts of another one.
pub fn altered(
    world: &World,
    message: usize,
    other: usize,
    now: u64,
    choices: &mut Choices<'_>,
) -> Vec<u8> {
    let [octets, other] = [message, other].map(|message| world.sent[message].octets.as_slice());
    let made = match choices.below(24) {
        0..3 => None,
        3 => Some(changed_octet(octets, HEAD, choices)),
        4 => Some(octets[..choices.below(octets.len())].to_vec()),
        5 => Some([octets, &other[..1 + choices.below(8)]].concat()),
        6 => crossed(octets, other, choices),
        7..10 => replaced(octets, other, choices),
        10 => dropped(octets, choices),
        11 => doubled(octets, other, choices),
        12 => swapped(octets, choices),
        13 => another_header(octets, other, choices),
        14 | 15 => retimed(octets, now, choices),
        16 => Some(other_signature(octets)),
        17 => other.last_chunk().map(|signature| with_signature(octets.to_vec(), signature)),
        18 => Some(moved_signature(octets, choices)),
        19 => Some(by_an_insider(world, octets, now, choices)),
        20 => renamed(world, octets, choices),
        21 => another_rand(octets, other, choices),
        22 => another_suite(octets, choices),
        _ => Some(another_type(octets, choices)),
    };
    made.unwrap_or_else(|| changed_octet(octets, octets.len(), choices))
}

/// The octets with one of the first `count` changed.
pub fn changed_octet(octets: &[u8], count: usize, choices: &mut Choices<'_>) -> Vec<u8> {
    let mut octets = octets.to_vec();
    let at = choices.below(count.min(octets.len()));
    octets[at] ^= choices.octet().max(1);
    octets
}

/// The beginning of one message and the end of the other.
fn crossed(octets: &[u8], other: &[u8], choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let at = choices.below(octets.len().min(other.len()));
    let from =
        if choices.once_in(2) { at } else { (other.len() + at).checked_sub(octets.len())? };
    Some([&octets[..at], &other[from..]].concat())
}

/// The message with one or more payloads of the other.
fn replaced(octets: &[u8], other: &[u8], choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let other = Message::decode(other).ok()?;
    let all = choices.once_in(4);
    edited(octets, |payload| {
        let counterpart = other.payloads().find(|found| alike(found, &payload));
        counterpart.filter(|_| choices.once_in(if all { 1 } else { 5 })).unwrap_or(payload)
    })
}

fn dropped(octets: &[u8], choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let message = Message::decode(octets).ok()?;
    let number = choices.below(message.payloads().count());
    let rest = message.payloads().enumerate().filter(|(i, _)| *i != number);
    built(message.header(), rest.map(|(_, payload)| payload))
}

/// The message with a payload twice, with a payload of the other, or also with hundreds that say nothing.
fn doubled(octets: &[u8], other: &[u8], choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let message = Message::decode(octets).ok()?;
    let from = if choices.once_in(2) { Message::decode(other).ok()? } else { message };
    let number = choices.below(from.payloads().count());
    let payload = from.payloads().nth(number)?;
    let at = choices.below(message.payloads().count());
    let mut payloads: Vec<_> = message.payloads().collect();
    if choices.once_in(16) {
        let nothing = Payload::Extension(Extension { kind: 200, data: &[] });
        payloads.splice(at..at, std::iter::repeat_n(nothing, choices.below(1000)));
    }
    payloads.insert(at, payload);
    built(message.header(), payloads)
}

fn swapped(octets: &[u8], choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let message = Message::decode(octets).ok()?;
    let mut payloads: Vec<_> = message.payloads().collect();
    let (one, two) = (choices.below(payloads.len()), choices.below(payloads.len()));
    payloads.swap(one, two);
    built(message.header(), payloads)
}

/// The payloads of the one under the header of the other, or under a part of that header.
fn another_header(octets: &[u8], other: &[u8], choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let [message, other] = [Message::decode(octets).ok()?, Message::decode(other).ok()?];
    let (own, others) = (*message.header(), *other.header());
    let header = match choices.below(5) {
        0 => Header { csb_id: others.csb_id, ..own },
        1 => Header { map: others.map, ..own },
        2 => Header { prf: others.prf, v: !own.v, ..own },
        3 => Header { csb_id: own.csb_id ^ 1 << choices.below(32), ..own },
        _ => others,
    };
    built(&header, message.payloads())
}

/// The message with T near now, perhaps of another type.
fn retimed(octets: &[u8], now: u64, choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let time = Timestamp::from_time(at(now + choices.below(600) as u64));
    let seconds = time.seconds()?;
    let time = match choices.octet() % 8 {
        0 => Timestamp::Ntp(u64::from(seconds) << 32),
        1 => Timestamp::Counter(choices.below(65_536) as u32),
        2 => Timestamp::NtpUtc32(seconds),
        3 => Timestamp::NtpUtc(u64::from(seconds) << 32 | 1),
        _ => time,
    };
    edited(octets, |payload| match payload {
        Payload::Timestamp(_) => Payload::Timestamp(time),
        payload => payload,
    })
}

/// The message with (r, q − s), the second valid signature that anybody can make from the first.
fn other_signature(octets: &[u8]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    if let Some(signature) = octets.last_chunk_mut::<{ Signature::LEN }>() {
        let mut borrow = false;
        for (s, q) in signature[32..64].iter_mut().zip(ORDER).rev() {
            let (less, first) = q.overflowing_sub(*s);
            let (less, second) = less.overflowing_sub(borrow.into());
            (*s, borrow) = (less, first || second);
        }
    }
    octets
}

/// The signature moved to where it would be with the other coverage: SIGN's type and length are signed, or they are
/// missing.
fn moved_signature(octets: &[u8], choices: &mut Choices<'_>) -> Vec<u8> {
    let (covered, signature) = octets.split_at(octets.len().saturating_sub(Signature::LEN));
    if choices.once_in(2) {
        let (covered, _) = covered.split_at(covered.len().saturating_sub(2));
        return [covered, signature].concat();
    }
    let header = &covered[covered.len().saturating_sub(2)..];
    [covered, header, signature].concat()
}

/// The message signed by the insider, perhaps under her own name.
fn by_an_insider(world: &World, octets: &[u8], now: u64, choices: &mut Choices<'_>) -> Vec<u8> {
    let keys: &SigningKey = &world.keys(MALLORY, now).signing;
    let uri = Identity::uri(world.people[MALLORY].uri);
    let under_her_name = choices.once_in(2);
    let octets = edited(octets, |payload| match payload {
        Payload::Role(Role::Initiator, _) if under_her_name => Payload::Role(Role::Initiator, uri),
        Payload::Timestamp(_) => Payload::Timestamp(Timestamp::from_time(at(now))),
        payload => payload,
    });
    let octets = under_a_group_key(world, &octets.unwrap_or_default(), now);
    if octets.len() < Signature::LEN + 2 {
        return octets;
    }
    let coverage = choices.of(&[Coverage::Full, Coverage::Full, Coverage::WithoutSignHeader]);
    signed(octets, keys, coverage, &mut Rng(now))
}

/// A message with another key under the group key, if the message is a signed one under a group key that the insider
/// has. Otherwise it is the same message.
fn under_a_group_key(world: &World, octets: &[u8], now: u64) -> Vec<u8> {
    let sealed = || {
        let message = SignedPskMessage::decode(octets).ok()?.without_its_signature();
        let psk = world.insiders.get(&message.csb_id())?;
        let identities: Vec<_> = message.identities().collect();
        let outline = PskOutline {
            prf: message.derivation().prf,
            v: message.v(),
            csb_id: message.csb_id(),
            map: *message.map(),
            timestamp: message.timestamp(),
            rand: message.rand(),
            identities: &identities,
            policies: &[],
        };
        let key = now.to_be_bytes();
        outline.seal_for_signature(psk, &[KeyData::new(KeyKind::Tgk, &key)]).ok()
    };
    sealed().map_or(octets.to_vec(), |message| unsigned(&message))
}

/// The message with an identity of somebody else, or with another scheme of identifiers.
fn renamed(world: &World, octets: &[u8], choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let person = choices.below(world.people.len());
    let user = world.user(person);
    let kms = user.kms().uri();
    let which = choices.below(5);
    edited(octets, |payload| match payload {
        Payload::Role(role @ (Role::Initiator | Role::Responder), _) if which == 0 => {
            Payload::Role(role, Identity::uri(user.uri()))
        }
        Payload::Role(role @ (Role::InitiatorKms | Role::ResponderKms), _) if which == 1 => {
            Payload::Role(role, Identity::uri(kms))
        }
        Payload::Role(Role::Initiator, identity) if which == 2 => {
            Payload::Role(Role::InitiatorUid, identity)
        }
        Payload::Identity(_) if which == 3 => Payload::Identity(Identity::uri(user.uri())),
        Payload::Sakke(sakke) if which == 4 => {
            Payload::Sakke(SakkePayload { id_scheme: 3 - sakke.id_scheme, ..sakke })
        }
        payload => payload,
    })
}

/// The message with a RAND of another length.
fn another_rand(octets: &[u8], other: &[u8], choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let count = choices.below(other.len().min(40));
    edited(octets, |payload| match payload {
        Payload::Rand(_) => Payload::Rand(&other[..count]),
        payload => payload,
    })
}

/// The message with another encryption beside the same MAC.
fn another_suite(octets: &[u8], choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    edited(octets, |payload| match payload {
        Payload::Kemac(kemac) => Payload::Kemac(Kemac { encryption: choices.octet() % 4, ..kemac }),
        payload => payload,
    })
}

/// The message with one of its first ten octets changed, or an error message.
fn another_type(octets: &[u8], choices: &mut Choices<'_>) -> Vec<u8> {
    let mut octets = octets.to_vec();
    let at = choices.below(10);
    octets[at] = choices.octet();
    if let (true, Ok(message)) = (choices.once_in(2), Message::decode(&octets)) {
        let header = Header { message_type: MessageType::Error, ..*message.header() };
        if let Ok(mut builder) = Builder::new(&header)
            && builder.push(&Payload::Error(choices.octet())).is_ok()
        {
            return builder.finish();
        }
    }
    octets
}
