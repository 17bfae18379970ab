//! The senders: what each message says, and what its sender did wrong, if anything.

use std::collections::VecDeque;

use eccsi_sakke::UserUri;
use eccsi_sakke::eccsi::{Signature, SigningKey};
use eccsi_sakke::mikey::psk::{KeyData, KeyKind, PskOutline};
use eccsi_sakke::mikey::{CsIdMap, Identity, Outline, Prf, Timestamp, Unsigned};
use eccsi_sakke::mission_critical::{
    CsId, Delivery, Group, Hiding, Key, KeyParameters, Purpose, Status,
};
use rand_core::Rng as _;

use super::attempt::Coverage;
use super::flaw::{FLAWS, Flaw, changed, missealed, sealed_nested};
use super::splice::with_signature;
use super::world::{GMS, GROUPS, MALLORY, SERVER, SPAN, START, World, at};
use crate::Rng;

/// The number of group keys that are in use at a time.
const GROUP_KEYS: usize = 6;

/// A message, and everything that its sender knows about it.
#[derive(Clone)]
pub struct Sent {
    pub octets: Vec<u8>,
    /// The time at which it was sent. It is T, unless T is a counter.
    pub time: u64,
    pub from: usize,
    pub rand: [u8; 16],
    pub csb_id: u32,
    pub content: Content,
}

#[derive(Clone)]
pub enum Content {
    Key(SentKey),
    Psk(SentPsk),
}

/// A key in an I_MESSAGE.
#[derive(Clone)]
pub struct SentKey {
    pub to: usize,
    pub key: Key,
    pub group: usize,
    pub parameters: Option<KeyParameters>,
    /// Whether the message leaves out the initiator's URI.
    pub hidden: bool,
    pub to_self: bool,
    pub coverage: Coverage,
    /// Whether the parameters are sent as an element with type and length.
    pub nested: bool,
    pub flaw: Option<Flaw>,
}

/// Keys under a pre-shared key.
#[derive(Clone)]
pub struct SentPsk {
    /// The two users that share the key, or none for a group key, which every member has.
    pub pair: Option<[usize; 2]>,
    pub keys: Vec<[u8; 16]>,
    pub counter: Option<u32>,
    pub signed: bool,
    /// Whether the message asks for a verification message.
    pub asks: bool,
}

impl Sent {
    /// The number of octets before the signature.
    pub fn covered(&self) -> usize {
        match &self.content {
            Content::Psk(SentPsk { signed: false, .. }) => self.octets.len(),
            _ => self.octets.len() - Signature::LEN,
        }
    }

    /// The group key that the message carries to the insider, with its identifier.
    pub fn group_key_of_the_insider(&self) -> Option<(u32, [u8; 16])> {
        match &self.content {
            Content::Key(SentKey { to: MALLORY, key, .. }) if key.purpose() == Purpose::Gmk => {
                Some((key.id().value(), *key.secret().as_bytes()))
            }
            _ => None,
        }
    }
}

/// What the GMS keeps for a group key.
struct GroupKey {
    key: Key,
    group: usize,
}

/// All senders, which send one message after the other.
pub struct Senders<'a> {
    world: &'a World,
    rng: &'a mut Rng,
    count: usize,
    next: usize,
    group_keys: VecDeque<GroupKey>,
    counter: u32,
}

impl<'a> Senders<'a> {
    pub fn new(world: &'a World, count: usize, rng: &'a mut Rng) -> Self {
        Self { world, rng, count, next: 0, group_keys: VecDeque::new(), counter: 0 }
    }

    fn below(&mut self, count: usize) -> usize {
        self.rng.next_u32() as usize % count
    }

    fn once_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// Any user but the servers, the insider and `not`.
    fn client(&mut self, not: usize) -> usize {
        loop {
            let client = SERVER + 1 + self.below(MALLORY - SERVER - 1);
            if client != not {
                return client;
            }
        }
    }

    fn group_key(&mut self) -> usize {
        if self.group_keys.len() < GROUP_KEYS || self.once_in(8) {
            let group = self.below(GROUPS.len());
            let key = Key::generate(Purpose::Gmk, self.rng);
            self.group_keys.push_front(GroupKey { key, group });
            self.group_keys.truncate(GROUP_KEYS);
        }
        self.below(self.group_keys.len())
    }

    fn key(&mut self, purpose: Purpose, (from, to): (usize, usize), time: u64) -> Sent {
        let flaw = self.once_in(10).then(|| FLAWS[self.below(FLAWS.len())]);
        let (key, group) = if purpose == Purpose::Gmk {
            let chosen = self.group_key();
            let GroupKey { key, group } = &self.group_keys[chosen];
            (key.clone(), *group)
        } else {
            (Key::generate(purpose, self.rng), 0)
        };
        let rand = key.rand().and_then(|rand| rand.try_into().ok()).expect("16 octets");
        let mut parameters = KeyParameters::new(purpose);
        if purpose == Purpose::Gmk {
            parameters.groups.push(Group::new(GROUPS[group]));
        }
        if flaw == Some(Flaw::Revoked) {
            parameters.status = Status(0);
        }
        let about_it = purpose == Purpose::Gmk || flaw.is_some() || self.once_in(2);
        let nonce = random(self.rng);
        let cs_ids: &[CsId] = match purpose {
            Purpose::Gmk => &[CsId::MCPTT_GROUP],
            Purpose::Pck => &[CsId::MCPTT_CALLER, CsId::MCPTT_CALLEE],
            Purpose::Csk => &[CsId::MCPTT_CSK],
            Purpose::MuSik => &[CsId::MCPTT_MUSIK],
            // The table names no session for this key.
            _ => &[CsId::agreed(10)],
        };
        let delivery = Delivery {
            hiding: Hiding { initiator: self.once_in(3), responder: self.once_in(3) },
            cs_ids: if flaw == Some(Flaw::Spi) || !self.once_in(4) { cs_ids } else { &[] },
            parameters: about_it.then_some(&parameters),
            to_self: self.once_in(6),
            ..Delivery::new(self.world.user(from), self.world.user(to), at(time))
        };
        let encapsulated_to = match flaw {
            Some(Flaw::Elsewhere) => self.client(to),
            _ => to,
        };
        let [own, other] = [to, encapsulated_to].map(|person| {
            let recipient = &self.world.keys(person, time).recipient;
            recipient.encapsulate(key.secret()).expect("encapsulated").to_bytes()
        });
        let message = delivery.unsigned(&key, self.rng).expect("a message");
        let mut message = [message.to_be_signed(), &[0; Signature::LEN]].concat();
        let at = message.windows(own.len()).position(|octets| *octets == own).expect("its own");
        message[at..][..other.len()].copy_from_slice(&other);
        let nested = flaw.is_none() && about_it && self.once_in(6);
        let sealed = match flaw {
            Some(flaw @ (Flaw::Sealed | Flaw::Parameters | Flaw::Purpose)) => {
                Some(missealed(&key, delivery.to.uri(), flaw, self.rng))
            }
            _ => nested.then(|| sealed_nested(&key, delivery.to.uri(), &parameters, nonce)),
        };
        let octets = changed(&message, sealed.as_deref(), flaw).expect("a message");
        let coverage = match self.once_in(8) {
            true => Coverage::WithoutSignHeader,
            false => Coverage::Full,
        };
        let octets = signed(octets, &self.world.keys(from, time).signing, coverage, self.rng);
        let csb_id = key.user_id(UserUri(delivery.to.uri())).expect("an identifier").value();
        let content = SentKey {
            to,
            key,
            group,
            parameters: about_it.then_some(parameters.clone()),
            hidden: delivery.hiding.initiator,
            to_self: delivery.to_self,
            coverage,
            nested,
            flaw,
        };
        Sent { octets, time, from, rand, csb_id, content: Content::Key(content) }
    }

    /// A message of RFC 6509 that names no users.
    fn bare(&mut self, (from, to): (usize, usize), time: u64) -> Sent {
        let (key, rand) = (Key::generate(Purpose::Pck, self.rng), random(self.rng));
        let recipient = &self.world.keys(to, time).recipient;
        let outline = Outline {
            prf: Prf::HmacSha1,
            csb_id: key.id().value(),
            map: CsIdMap::Empty,
            timestamp: Timestamp::from_time(at(time)),
            rand: &rand,
            identities: &[],
            policies: &[],
            id_scheme: self.world.kms(to).scheme().number(),
            encapsulation: &recipient.encapsulate(key.secret()).expect("encapsulated"),
            extensions: &[],
        };
        let signing = &self.world.keys(from, time).signing;
        let octets = unsigned(&outline.encode().expect("a message"));
        let octets = signed(octets, signing, Coverage::Full, self.rng);
        let csb_id = key.id().value();
        let content = SentKey {
            to,
            key,
            group: 0,
            parameters: None,
            hidden: false,
            to_self: false,
            coverage: Coverage::Full,
            nested: false,
            flaw: Some(Flaw::Bare),
        };
        Sent { octets, time, from, rand, csb_id, content: Content::Key(content) }
    }

    /// A message under the key of a pair, or under a group key.
    fn psk(&mut self, kind: PskKind, time: u64) -> Sent {
        let (from, pair, csb_id, secret) = if kind == PskKind::Pair {
            let chosen = self.below(self.world.pairs.len());
            let (csb_id, (pair, secret)) = self.world.pairs.iter().nth(chosen).expect("a pair");
            let turned = self.once_in(2);
            let pair = if turned { [pair[1], pair[0]] } else { *pair };
            (pair[0], Some(pair), *csb_id, *secret)
        } else {
            let chosen = self.group_key();
            let key = self.group_keys[chosen].key.clone();
            (self.client(GMS), None, key.id().value(), *key.secret().as_bytes())
        };
        let counter = (kind == PskKind::Counter).then_some(self.counter + 1);
        self.counter = counter.unwrap_or(self.counter);
        let (rand, keys) = (random(self.rng), vec![random(self.rng); 1 + self.below(2)]);
        let asks = kind == PskKind::Pair && self.once_in(2);
        let uri = |person: usize| Identity::uri(self.world.people[person].uri);
        let identities: Vec<_> = pair.map_or(vec![uri(from)], |pair| pair.map(uri).to_vec());
        let outline = PskOutline {
            prf: if self.rng.next_u32() & 1 == 0 { Prf::HmacSha1 } else { Prf::HmacSha256 },
            v: asks,
            csb_id,
            map: CsIdMap::Empty,
            timestamp: counter.map_or(Timestamp::from_time(at(time)), Timestamp::Counter),
            rand: &rand,
            identities: &identities,
            policies: &[],
        };
        let data: Vec<_> = keys.iter().map(|key| KeyData::new(KeyKind::Tgk, key)).collect();
        let octets = if kind == PskKind::Signed {
            let octets = unsigned(&outline.seal_for_signature(&secret, &data).expect("sealed"));
            signed(octets, &self.world.keys(from, time).signing, Coverage::Full, self.rng)
        } else {
            outline.seal(&secret, &data).expect("sealed")
        };
        let signed = kind == PskKind::Signed;
        let content = Content::Psk(SentPsk { pair, keys, counter, signed, asks });
        Sent { octets, time, from, rand, csb_id, content }
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum PskKind {
    Group,
    Counter,
    Pair,
    Signed,
}

impl Iterator for Senders<'_> {
    type Item = Sent;

    fn next(&mut self) -> Option<Sent> {
        if self.next == self.count {
            return None;
        }
        let time = START + SPAN * self.next as u64 / self.count as u64;
        self.next += 1;
        let client = self.client(GMS);
        let other = self.client(client);
        Some(match self.below(100) {
            0..35 => {
                let to = SERVER + self.below(MALLORY);
                self.key(Purpose::Gmk, (GMS, to), time)
            }
            35..50 => self.key(Purpose::Pck, (client, other), time),
            50..56 => self.key(Purpose::Csk, (client, SERVER), time),
            56..60 => self.key(Purpose::Csk, (SERVER, client), time),
            60..64 => self.key(Purpose::MuSik, (SERVER, client), time),
            64..67 => self.key(Purpose::Mscck, (SERVER, client), time),
            67..72 => self.bare((client, other), time),
            72..80 => self.psk(PskKind::Group, time),
            80..84 => self.psk(PskKind::Counter, time),
            84..92 => self.psk(PskKind::Pair, time),
            _ => self.psk(PskKind::Signed, time),
        })
    }
}

pub fn random(rng: &mut Rng) -> [u8; 16] {
    let mut octets = [0; 16];
    rng.fill_bytes(&mut octets);
    octets
}

/// The message with a new signature.
pub fn signed(octets: Vec<u8>, key: &SigningKey, coverage: Coverage, rng: &mut Rng) -> Vec<u8> {
    let header = if coverage == Coverage::Full { 0 } else { 2 };
    let signature = key.sign(rng, &octets[..octets.len() - Signature::LEN - header]);
    with_signature(octets, signature.expect("a signature").as_bytes())
}

/// The message with a signature of zeros.
pub fn unsigned(message: &Unsigned) -> Vec<u8> {
    [message.to_be_signed(), &[0; Signature::LEN]].concat()
}
