//! The receivers: what each remembers and stores, and how it reads what is delivered to it.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use eccsi_sakke::mikey::psk::{PskMessage, SignedPskMessage, verify_response};
use eccsi_sakke::mikey::{
    self, Clock, Expected, IMessage, Identity, MemoryCache, Remembered, ReplayCache, ReplayKey,
    Role, Standing,
};
use eccsi_sakke::mission_critical::{
    Anonymous, Held, Key, KeyId, KeyName, KeyStore, Purpose, Received, Reception,
};
use eccsi_sakke::sakke::{Decapsulate, Encapsulation, KmsPublicKey, SharedSecret};
use eccsi_sakke::{Identifier, NtpTime};

use super::Control;
use super::attempt::{Accepted, Attempt, Entry, Refusal};
use super::world::{GROUPS, Person, SKEW, World, at};

/// The messages that a receiver remembers, and how the last delivery changed them.
pub struct Cache {
    pub messages: MemoryCache,
    /// The outcome of entering a verified message.
    pub entered: Option<Result<(), mikey::Error>>,
    /// Whether the message's outcome became final.
    pub settled: bool,
    control: Control,
}

impl Cache {
    pub fn new(messages: MemoryCache, control: Control) -> Self {
        let skew = if control == Control::Patient { 2 * SKEW } else { SKEW };
        Self { messages: messages.with_skew(skew), entered: None, settled: false, control }
    }
}

impl ReplayCache for Cache {
    fn skew(&self) -> u32 {
        self.messages.skew()
    }

    fn floor(&self) -> Option<NtpTime> {
        self.messages.floor()
    }

    fn standing(&self, key: &ReplayKey) -> Option<Standing> {
        match self.control {
            Control::Forgetful => None,
            Control::Jaded if key.as_bytes()[0] % 16 == 5 => Some(Standing::Accepted),
            _ => self.messages.standing(key),
        }
    }

    fn enter(&mut self, message: &Remembered, now: NtpTime) -> Result<(), mikey::Error> {
        let entered = match self.messages.enter(message, now) {
            Err(_) if self.control == Control::Forgetful => Ok(()),
            entered => entered,
        };
        self.entered = Some(entered);
        entered
    }

    fn settle(&mut self, key: &ReplayKey, refused: bool) -> Result<(), mikey::Error> {
        let settled = self.messages.settle(key, refused);
        self.settled |= settled.is_ok();
        if self.control == Control::Forgetful { Ok(()) } else { settled }
    }
}

/// The name of a group key: its GMS, its group and its identifier.
pub type Name = (String, Option<Vec<u8>>, KeyId);

fn owned(name: &KeyName<'_>) -> Name {
    (name.initiator.into(), name.group.map(Into::into), name.id)
}

/// The contents of a receiver's store, and how the last delivery changed them.
pub struct Store {
    pub cache: Cache,
    /// The keys of groups, with none where a key was revoked.
    pub keys: BTreeMap<Name, Option<Key>>,
    pub revoked: Option<(Name, Key)>,
    pub control: Control,
}

impl KeyStore for Store {
    type Cache = Cache;

    fn cache(&self) -> &Cache {
        &self.cache
    }

    fn cache_mut(&mut self) -> &mut Cache {
        &mut self.cache
    }

    fn held(&self, name: &KeyName<'_>) -> Held {
        match self.keys.get(&owned(name)) {
            _ if self.control == Control::Unaware => Held::Nothing,
            None => Held::Nothing,
            Some(None) => Held::Gone,
            Some(Some(_)) => Held::Key,
        }
    }

    /// No message in this model is protected with a stored key.
    fn key(&self, _: &KeyName<'_>) -> Option<Received> {
        None
    }

    fn accept(
        &mut self,
        name: &KeyName<'_>,
        received: &Received,
        message: &ReplayKey,
    ) -> Result<(), mikey::Error> {
        self.cache.settle(message, false)?;
        // A key of a call is for one call, so it is not stored.
        if name.group.is_some() {
            self.keys.insert(owned(name), Some(received.key().clone()));
        }
        Ok(())
    }

    fn revoke(
        &mut self,
        name: &KeyName<'_>,
        revoked: &Received,
        message: &ReplayKey,
    ) -> Result<(), mikey::Error> {
        self.cache.settle(message, true)?;
        let name = owned(name);
        self.keys.insert(name.clone(), None);
        self.revoked = Some((name, revoked.key().clone()));
        Ok(())
    }
}

/// The receiver's keys of some periods, and how often one of them was used.
struct Keyring<'w> {
    person: &'w Person,
    periods: &'w BTreeSet<u64>,
    used: Cell<u32>,
}

impl Keyring<'_> {
    fn period_of(&self, identifier: &Identifier) -> Option<&u64> {
        self.periods.iter().find(|period| self.person.keys[period].identifier == *identifier)
    }
}

impl Decapsulate for Keyring<'_> {
    fn has(&self, identifier: &Identifier, z: &KmsPublicKey) -> bool {
        let key = |period| &self.person.keys[period].receiver;
        self.period_of(identifier).is_some_and(|period| key(period).is_for(identifier, z))
    }

    fn open(
        &self,
        identifier: &Identifier,
        z: &KmsPublicKey,
        encapsulation: &Encapsulation,
    ) -> Result<SharedSecret, eccsi_sakke::Error> {
        let period = self.period_of(identifier).ok_or(eccsi_sakke::Error::Rejected)?;
        self.used.set(self.used.get() + 1);
        self.person.keys[period].receiver.open(identifier, z, encapsulation)
    }
}

/// One receiver, with everything that it keeps from one delivery to the next.
pub struct Receiver<'w> {
    world: &'w World,
    person: usize,
    /// The seconds by which its clock is ahead of the others, and those by which a T may differ from its clock.
    pub ahead: u64,
    pub skew: u32,
    /// The latest time that its clock showed at a delivery.
    pub latest: u64,
    pub store: Store,
    /// The periods whose keys it has.
    pub periods: BTreeSet<u64>,
    /// The last counter accepted under each pre-shared key.
    pub counters: BTreeMap<u32, u32>,
    /// How often the last delivery used a secret key of the receiver.
    pub used: u32,
    /// The answer to the message that was accepted last, if the message asks for one.
    pub answer: Option<Vec<u8>>,
}

impl<'w> Receiver<'w> {
    pub fn new(world: &'w World, person: usize, capacity: usize, control: Control) -> Self {
        let store = Store {
            cache: Cache::new(MemoryCache::new(capacity), control),
            keys: BTreeMap::new(),
            revoked: None,
            control,
        };
        Self {
            world,
            person,
            ahead: 0,
            latest: 0,
            skew: if control == Control::Patient { 2 * SKEW } else { SKEW },
            store,
            periods: BTreeSet::new(),
            counters: BTreeMap::new(),
            used: 0,
            answer: None,
        }
    }

    /// The pre-shared key that this CSB ID names, and its users, if they are a pair.
    pub fn psk(&self, csb_id: u32) -> Option<([u8; 16], Option<[usize; 2]>)> {
        if let Some((pair, secret)) = self.world.pairs.get(&csb_id) {
            return pair.contains(&self.person).then_some((*secret, Some(*pair)));
        }
        let id = KeyId::try_from(csb_id).ok()?;
        let key = self.store.keys.iter().find(|((.., held), _)| *held == id)?.1.as_ref()?;
        Some((*key.secret().as_bytes(), None))
    }

    /// Receives a delivery at `now`, and keeps the state that a receiver must keep.
    pub fn receive(
        &mut self,
        octets: &[u8],
        attempt: &Attempt,
        now: u64,
    ) -> Result<Accepted, Refusal> {
        (self.store.cache.entered, self.store.cache.settled) = (None, false);
        (self.store.revoked, self.answer) = (None, None);
        let world = self.world;
        let held = Keyring {
            person: &world.people[self.person],
            periods: &std::mem::take(&mut self.periods),
            used: Cell::new(0),
        };
        let clock = Clock { now: at(now + self.ahead), skew: self.skew };
        self.latest = self.latest.max(now + self.ahead);
        let accepted = match attempt.entry {
            Entry::Psk | Entry::Counter | Entry::ProSe => self.shared(octets, attempt, clock),
            Entry::Response(to) => self.response(octets, to),
            _ => self.key(octets, attempt, clock, &held),
        };
        self.used = held.used.get();
        self.periods = held.periods.clone();
        accepted
    }

    fn key(
        &mut self,
        octets: &[u8],
        attempt: &Attempt,
        clock: Clock,
        held: &Keyring<'_>,
    ) -> Result<Accepted, Refusal> {
        let (world, store) = (self.world, &mut self.store);
        let mut initiator = world.user(attempt.initiator);
        if store.control == Control::Credulous
            && let Some(named) = named(octets, world)
        {
            initiator = world.user(named);
        }
        let responder = world.user(attempt.responder);
        if store.control == Control::Hasty
            && let Ok(message) = IMessage::decode(octets)
        {
            let identifier = responder.identifier(clock.now)?;
            let _ = held.open(&identifier, responder.kms().z(), message.encapsulation());
        }
        let expected = Expected { initiator, responder, departures: attempt.coverage.departures() };
        let reception = Reception::new(expected, clock);
        let received = match attempt.entry {
            Entry::Gmk(group) => {
                let received = reception.gmk(octets, GROUPS[group], store, held)?;
                if store.control == Control::Nervous {
                    let key = received.key().clone();
                    let name = (initiator.uri().into(), Some(GROUPS[group].to_vec()), key.id());
                    store.revoked = Some((name, key));
                }
                received
            }
            Entry::Key(Purpose::Pck) => reception.pck(octets, store, held)?,
            Entry::Key(Purpose::Csk) => reception.csk(octets, store, held)?,
            Entry::Key(Purpose::MuSik) => reception.musik(octets, store, held)?,
            Entry::Key(Purpose::Gmk) => reception.gmk_of_any_group(octets, store, held)?,
            Entry::Key(purpose) => reception.receive(purpose, octets, store, held)?,
            Entry::ToSelf(purpose) => reception.to_self(purpose, octets, store, held)?,
            Entry::Anonymous(purpose) => {
                let of = (initiator.kms(), responder);
                let hidden = Anonymous::receive(purpose, octets, of, &clock, store)?;
                hidden.reveal(initiator.uri(), store, held)?
            }
            _ => {
                let message = IMessage::decode(octets)?;
                let cache = &mut store.cache;
                let verified = message.check_fresh(&clock, cache)?.verify(&expected, cache)?;
                let opened = verified.decapsulate(held, cache)?;
                return Ok(Accepted::Plain {
                    secret: *opened.secret().as_bytes(),
                    csb_id: opened.message().csb_id(),
                    rand: opened.message().rand().into(),
                    time: opened.time(),
                });
            }
        };
        Ok(Accepted::key(&received))
    }

    fn shared(
        &mut self,
        octets: &[u8],
        attempt: &Attempt,
        clock: Clock,
    ) -> Result<Accepted, Refusal> {
        let (message, signed) = match attempt.entry {
            Entry::ProSe => {
                let signed = SignedPskMessage::decode(octets)?;
                (signed.without_its_signature(), Some(signed))
            }
            _ => (PskMessage::decode(octets)?, None),
        };
        let csb_id = message.csb_id();
        let (secret, pair) = self.psk(csb_id).ok_or(Refusal::Application("no such key"))?;
        let world = self.world;
        if pair.is_some() {
            // Either of the two could have made it, so it must say that the other made it for this one.
            let [from, to] =
                [attempt.initiator, self.person].map(|person| world.people[person].uri);
            message.from_to(from, to)?;
        }
        let fresh = match (attempt.entry, signed) {
            (Entry::Counter, _) => message.check_counter(self.counters.get(&csb_id).copied())?,
            (_, Some(signed)) => {
                signed.verify(&world.user(attempt.initiator), &clock, &self.store.cache)?
            }
            _ => message.check_fresh(&clock, &self.store.cache)?,
        };
        let opened = fresh.authenticate(&secret, &mut self.store.cache)?;
        if let (Entry::Counter, mikey::Timestamp::Counter(counter)) =
            (attempt.entry, message.timestamp())
        {
            self.counters.insert(csb_id, counter);
        }
        if message.v() {
            let [initiator, own] =
                [attempt.initiator, self.person].map(|person| world.people[person].uri);
            let identity = Some(Identity::uri(own)).filter(|_| csb_id & 1 == 0);
            let answer = opened.verification(identity, initiator.as_bytes(), own.as_bytes())?;
            self.answer = Some(answer);
        }
        Ok(Accepted::psk(&opened))
    }

    /// Reads the answer to a message that the receiver sent to the other user of a pair.
    fn response(&self, octets: &[u8], to: usize) -> Result<Accepted, Refusal> {
        let sent = &self.world.sent[to];
        let none = Refusal::Application("no answer awaited");
        let (secret, pair) = self.psk(sent.csb_id).ok_or(none)?;
        let [one, other] = pair.ok_or(none)?;
        if sent.from != self.person {
            return Err(none);
        }
        let responder = if one == self.person { other } else { one };
        let [initiator, responder] =
            [self.person, responder].map(|person| self.world.people[person].uri.as_bytes());
        let sent = PskMessage::decode(&sent.octets)?;
        if !sent.v() {
            return Err(none);
        }
        verify_response(octets, &sent, &secret, initiator, responder)?;
        Ok(Accepted::Response)
    }
}

/// The person whom a message names as its initiator.
fn named(octets: &[u8], world: &World) -> Option<usize> {
    let message = IMessage::decode(octets).ok()?;
    let [uri, kms] = [Role::Initiator, Role::InitiatorKms].map(|role| message.identity(role));
    let is_named = |person: &usize| {
        let user = world.user(*person);
        uri == Some(Identity::uri(user.uri())) && kms == Some(Identity::uri(user.kms().uri()))
    };
    (0..world.people.len()).find(is_named)
}
