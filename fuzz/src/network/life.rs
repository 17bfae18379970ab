//! One life of the receivers, step by step.

use std::collections::{HashMap, HashSet};

use eccsi_sakke::mikey::MemoryCache;
use eccsi_sakke::mission_critical::Purpose;

use super::Choices;
use super::adversary;
use super::attempt::{Accepted, Attempt, Coverage, Entry, Refusal};
use super::oracle::{Before, Delivered, Violation, must_be_accepted};
use super::receiver::{Cache, Receiver};
use super::sender::{Content, SentKey};
use super::world::{GROUPS, MALLORY, SKEW, START, World, at};

/// What is broken on purpose, and must be found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Control {
    /// Nothing.
    None,
    /// Some of the messages are not recorded as sent.
    Unknown,
    /// Receivers expect any initiator that a message names.
    Credulous,
    /// Caches remember nothing.
    Forgetful,
    /// Receivers allow twice the skew.
    Patient,
    /// Some of the messages are recorded with another key than the one that they carry.
    Mistold,
    /// Stores don't know which group keys they contain.
    Unaware,
    /// Receivers try their keys before they verify.
    Hasty,
    /// Receivers revoke the keys that they receive.
    Nervous,
    /// Caches claim to have seen some messages that are new.
    Jaded,
}

/// The deliveries, and their outcomes.
#[derive(Default)]
pub struct Tally {
    pub deliveries: u64,
    /// The messages that were drawn at least once.
    pub drawn: HashSet<usize>,
    pub accepted: HashMap<&'static str, u64>,
    /// Special properties of accepted messages, and how often each occurred.
    pub special: HashMap<&'static str, u64>,
    pub refused: HashMap<Refusal, u64>,
    /// The number of messages with a valid signature or MAC.
    pub verified: u64,
    /// The number of uses of a secret key.
    pub opened: u64,
}

/// Runs the life of the receivers that these octets choose.
///
/// Errors: the violation, if something happened that must never happen.
pub fn live(
    world: &World,
    octets: &[u8],
    control: Control,
    tally: &mut Tally,
) -> Result<(), Violation> {
    let mut choices = Choices::new(octets);
    let mut life = Life::new(world, &mut choices, control, tally);
    while !choices.is_empty() {
        life.step(&mut choices)?;
    }
    Ok(())
}

struct Life<'a> {
    world: &'a World,
    control: Control,
    tally: &'a mut Tally,
    /// The time, which goes forward in steps of up to 2^`pace` seconds.
    now: u64,
    pace: u8,
    receivers: Vec<Receiver<'a>>,
    /// Pairs of a receiver and a message that its cache took, and of a receiver and a message that it accepted.
    remembered: HashSet<(usize, usize)>,
    accepted: HashSet<(usize, usize)>,
    /// The messages that were accepted most recently, and those that may be tried again.
    recent: Vec<usize>,
    /// Each answer with the message that it answers, and the messages whose answers were accepted.
    answers: Vec<(usize, Vec<u8>)>,
    answered: HashSet<usize>,
}

impl<'a> Life<'a> {
    fn new(
        world: &'a World,
        choices: &mut Choices<'_>,
        control: Control,
        tally: &'a mut Tally,
    ) -> Self {
        let pace = choices.octet() % 12;
        let receivers = (0..world.people.len()).map(|person| {
            // The cache has room for a few messages only, or for all.
            let capacity = if choices.once_in(8) { 8 } else { 100_000 };
            let mut receiver = Receiver::new(world, person, capacity, control);
            receiver.ahead = (choices.octet() / 2).into();
            receiver.periods.insert(world.period(person, START));
            receiver
        });
        Self {
            world,
            control,
            tally,
            now: START,
            pace,
            receivers: receivers.collect(),
            remembered: HashSet::new(),
            accepted: HashSet::new(),
            recent: Vec::new(),
            answers: Vec::new(),
            answered: HashSet::new(),
        }
    }

    /// The next step. The time only goes forward, but a receiver's clock may be set back.
    fn step(&mut self, choices: &mut Choices<'_>) -> Result<(), Violation> {
        match choices.octet() {
            0..4 => {
                self.now = self.last_second().min(self.now + choices.below(1 << self.pace) as u64)
            }
            4..7 => self.provision(choices),
            7 if choices.once_in(4) => self.set_clock(choices),
            7 => self.restart(choices),
            8..12 => return self.deliver_answer(choices),
            _ => return self.deliver(choices),
        }
        Ok(())
    }

    /// The last time for which there are keys.
    fn last_second(&self) -> u64 {
        self.world.sent.last().map_or(START, |sent| sent.time) + u64::from(SKEW)
    }

    /// A receiver gets its key of a period near the present one, or deletes it.
    fn provision(&mut self, choices: &mut Choices<'_>) {
        let person = choices.below(self.receivers.len());
        let now = self.world.period(person, self.now);
        let periods = &mut self.receivers[person].periods;
        let about = choices.of(&[now, now, now + 1, now.saturating_sub(1)]);
        if choices.once_in(6) {
            periods.remove(&about);
        } else if self.world.people[person].keys.contains_key(&about) {
            periods.insert(about);
        }
    }

    /// A receiver restarts. Once in 32 times it has lost its cache.
    fn restart(&mut self, choices: &mut Choices<'_>) {
        let person = choices.below(self.receivers.len());
        if choices.once_in(32) {
            let receiver = &mut self.receivers[person];
            let latest = receiver.latest.max(self.now + receiver.ahead);
            let lost = MemoryCache::new(100_000).lost_at(at(latest));
            receiver.store.cache = Cache::new(lost, self.control);
        }
    }

    /// A receiver's clock is set forward or back, and so is the distance that a T may have from it.
    fn set_clock(&mut self, choices: &mut Choices<'_>) {
        let person = choices.below(self.receivers.len());
        let receiver = &mut self.receivers[person];
        // Far ahead, what the cache remembers is too old. It is fresh again when the clock is set back.
        let far = if choices.once_in(3) { 64 } else { 1 };
        receiver.ahead = u64::from(choices.octet() / 2) * far;
        if self.control != Control::Patient {
            receiver.skew = choices.of(&[SKEW / 8, SKEW, SKEW, 20 * SKEW]);
        }
    }

    /// Draws a message that was accepted lately, one that is fresh, or any.
    fn draw(&self, choices: &mut Choices<'_>) -> usize {
        let sent = &self.world.sent;
        match choices.octet() {
            0..32 if !self.recent.is_empty() => {
                self.recent[self.recent.len() - 1 - choices.below(self.recent.len().min(16))]
            }
            0..224 => {
                let around = u64::from(SKEW) + 20;
                let first = sent.partition_point(|sent| sent.time + around < self.now);
                let last = sent.partition_point(|sent| sent.time < self.now + around);
                (first + choices.below(last - first)).min(sent.len() - 1)
            }
            _ => choices.below(sent.len()),
        }
    }

    fn deliver(&mut self, choices: &mut Choices<'_>) -> Result<(), Violation> {
        let message = self.draw(choices);
        let sent = &self.world.sent[message];
        let mut attempt = sent.attempt(choices.octet().into());
        let what = choices.octet();
        if what % 4 == 1 {
            self.turn(&mut attempt, choices);
        }
        let octets = if what < 96 {
            sent.octets.clone()
        } else {
            let other = self.draw(choices);
            adversary::altered(self.world, message, other, self.now, choices)
        };
        self.tally.drawn.insert(message);
        self.delivered(&octets, &attempt)
    }

    /// Changes the receiver, or what its application expects.
    fn turn(&self, attempt: &mut Attempt, choices: &mut Choices<'_>) {
        let person = choices.below(self.receivers.len());
        match choices.below(8) {
            0 | 1 => attempt.receiver = person,
            // Nobody expects the insider, because she may sign anything as herself.
            2 => attempt.initiator = choices.below(MALLORY),
            3 => attempt.responder = person,
            4 | 5 => {
                attempt.coverage = match attempt.coverage {
                    Coverage::Full => Coverage::WithoutSignHeader,
                    Coverage::WithoutSignHeader => Coverage::Full,
                }
            }
            _ => {
                let group = choices.below(GROUPS.len());
                let purpose = choices.of(&[
                    Purpose::Gmk,
                    Purpose::Pck,
                    Purpose::Csk,
                    Purpose::Spk,
                    Purpose::Mscck,
                    Purpose::MuSik,
                ]);
                attempt.entry = choices.of(&[
                    Entry::Gmk(group),
                    Entry::Key(purpose),
                    Entry::ToSelf(purpose),
                    Entry::Anonymous(purpose),
                    Entry::Plain,
                    Entry::Psk,
                    Entry::Counter,
                    Entry::ProSe,
                ]);
            }
        }
        // Every application knows its own identity.
        match attempt.entry {
            Entry::ToSelf(_) => {
                attempt.receiver = attempt.receiver.min(MALLORY - 1);
                attempt.initiator = attempt.receiver;
            }
            _ => attempt.responder = attempt.receiver,
        }
    }

    fn delivered(&mut self, octets: &[u8], attempt: &Attempt) -> Result<(), Violation> {
        let (world, person) = (self.world, attempt.receiver);
        let receiver = &mut self.receivers[person];
        let now = self.now + receiver.ahead;
        let covered = match attempt.entry {
            Entry::Psk | Entry::Counter => octets.len(),
            _ => octets.len().saturating_sub(eccsi_sakke::eccsi::Signature::LEN),
        };
        let message = world.find(&octets[..covered]).map(|message| {
            let sent = &world.sent[message];
            let remembered = self.remembered.contains(&(person, message));
            let accepted = self.accepted.contains(&(person, message));
            let must_be_accepted = !(remembered || accepted)
                && sent.octets == octets
                && must_be_accepted(world, sent, attempt, receiver, now);
            let held = sent.is_held(receiver, world);
            (message, Before { remembered, accepted, held, must_be_accepted })
        });
        let unknown = self.control == Control::Unknown;
        let message = message.filter(|(message, _)| !unknown || message % 16 != 5);
        let outcome = receiver.receive(octets, attempt, self.now);
        self.tally.count(attempt, &outcome, receiver.used);
        let delivered =
            Delivered { world, attempt, message, outcome, receiver, now, control: self.control };
        self.tally.verified += u64::from(delivered.is_verified());
        let remembered = receiver.store.cache.settled;
        let is_pending = receiver.store.cache.entered == Some(Ok(())) && !remembered;
        let accepted = delivered.outcome.is_ok();
        delivered.check()?;
        let Some((message, _)) = message else { return Ok(()) };
        if remembered {
            self.remembered.insert((person, message));
        }
        if is_pending {
            self.recent.push(message);
        }
        if accepted {
            for special in special(world, message, octets, attempt) {
                *self.tally.special.entry(special).or_default() += 1;
            }
            self.accepted.insert((person, message));
            self.recent.push(message);
            if let Some(answer) = receiver.answer.take() {
                self.answers.push((message, answer));
            }
        }
        Ok(())
    }

    /// Delivers an answer to a message under the key of a pair, or something like an answer.
    fn deliver_answer(&mut self, choices: &mut Choices<'_>) -> Result<(), Violation> {
        if self.answers.is_empty() {
            return Ok(());
        }
        let (message, answer) = &self.answers[choices.below(self.answers.len())];
        let (mut to, mut octets) = (*message, answer.clone());
        match choices.below(8) {
            0 => (to, _) = self.answers[choices.below(self.answers.len())],
            1 => to = self.draw(choices),
            2 | 3 => {
                octets = adversary::changed_octet(&octets, octets.len(), choices);
            }
            4 => octets.truncate(choices.below(octets.len())),
            _ => {}
        }
        let sent = &self.world.sent[to];
        let attempt =
            Attempt { entry: Entry::Response(to), receiver: sent.from, ..sent.attempt(0) };
        let is_answer = self.answers.contains(&(to, octets.clone()));
        let outcome = if self.answered.contains(&to) {
            Err(Refusal::Application("answered"))
        } else {
            self.receivers[sent.from].receive(&octets, &attempt, self.now)
        };
        self.tally.count(&attempt, &outcome, 0);
        match outcome {
            Ok(_) if !is_answer => Err(Violation::NotSent(attempt)),
            Ok(_) => {
                self.answered.insert(to);
                Ok(())
            }
            Err(refusal @ Refusal::Library(_)) if is_answer => {
                Err(Violation::Refused(attempt, to, refusal))
            }
            Err(_) => Ok(()),
        }
    }
}

/// What is special about a message that was accepted in this form.
fn special(
    world: &World,
    message: usize,
    octets: &[u8],
    attempt: &Attempt,
) -> impl Iterator<Item = &'static str> {
    let sent = &world.sent[message];
    let is_signed_otherwise = matches!(
        &sent.content,
        Content::Key(SentKey { coverage: Coverage::WithoutSignHeader, .. })
    );
    let is_nested = attempt.entry != Entry::Plain
        && matches!(&sent.content, Content::Key(SentKey { nested: true, .. }));
    let skew = u64::from(SKEW);
    let [before, after] =
        [sent.time - skew, sent.time + skew].map(|time| world.period(attempt.receiver, time));
    let all = [
        (is_signed_otherwise, "signed without SIGN's header"),
        (is_nested, "with parameters in an element"),
        (sent.octets != octets, "with another valid signature than the sender's"),
        (before != after, "within the skew of a change of the period"),
        (sent.time >= 1 << 32, "after the seconds of T started again"),
    ];
    all.into_iter().filter_map(|(is_so, name)| is_so.then_some(name))
}

impl Tally {
    fn count(&mut self, attempt: &Attempt, outcome: &Result<Accepted, Refusal>, used: u32) {
        self.deliveries += 1;
        self.opened += u64::from(used);
        match outcome {
            Ok(_) => *self.accepted.entry(attempt.entry.name()).or_default() += 1,
            Err(refusal) => *self.refused.entry(*refusal).or_default() += 1,
        }
    }
}
