//! What may be accepted, what must be accepted, and what each message promises to its receiver.

use eccsi_sakke::UserUri;
use eccsi_sakke::mikey::{self, ReplayCache};
use eccsi_sakke::mission_critical::{Key, Purpose};
use subtle::ConstantTimeEq;

use super::Control;
use super::attempt::{Accepted, Attempt, Coverage, Entry, Refusal};
use super::flaw::Flaw;
use super::receiver::{Name, Receiver};
use super::sender::{Content, Sent, SentKey, SentPsk};
use super::world::{GROUPS, SKEW, World, at};

/// A violation of what must hold.
#[derive(Debug)]
pub enum Violation {
    /// Something was accepted or remembered although nobody sent it.
    NotSent(Attempt),
    /// This message was accepted or remembered by somebody to whom it was not sent, or who expected another sender or
    /// form.
    NotForThis(Attempt, usize),
    /// A message was accepted for the second time.
    Twice(Attempt, usize),
    /// A message was accepted while it was not fresh.
    OutOfTime(Attempt, usize),
    /// A message gave something else than it promised.
    Another { message: usize, promised: Box<Accepted>, got: Box<Accepted> },
    /// A receiver accepted a group key that it already had.
    KnownKey(Attempt, usize),
    /// A secret key was used for a message that was not verified.
    Opened(Attempt),
    /// A key was revoked by a message that doesn't say so.
    Revoked(Attempt),
    /// A message was refused although it had to be accepted.
    Refused(Attempt, usize, Refusal),
}

impl Sent {
    /// How the receiver to whom it was sent receives it. If there are several ways, the choice is among them.
    pub fn attempt(&self, choice: usize) -> Attempt {
        let (receiver, responder, entry, coverage) = match &self.content {
            Content::Key(sent) => {
                let purpose = sent.key.purpose();
                let entry = match (choice % 8, sent.flaw) {
                    (_, Some(Flaw::Bare)) | (6, _) => Entry::Plain,
                    (7, _) if sent.to_self => Entry::ToSelf(purpose),
                    (0..5, _) if purpose == Purpose::Gmk => Entry::Gmk(sent.group),
                    (1..6, _) if purpose != Purpose::Gmk && sent.hidden => {
                        Entry::Anonymous(purpose)
                    }
                    _ => Entry::Key(purpose),
                };
                let to_self = matches!(entry, Entry::ToSelf(_));
                let receiver = if to_self { self.from } else { sent.to };
                (receiver, sent.to, entry, sent.coverage)
            }
            Content::Psk(sent) => {
                // Any of those who share a group key may be the receiver.
                let to = sent.pair.map_or(1 + choice % 6, |[_, to]| to);
                let entry = match sent {
                    SentPsk { counter: Some(_), .. } => Entry::Counter,
                    SentPsk { signed: true, .. } => Entry::ProSe,
                    _ => Entry::Psk,
                };
                (to, to, entry, Coverage::Full)
            }
        };
        Attempt { receiver, entry, initiator: self.from, responder, coverage }
    }

    /// Whether the receiver may remember the message, because it has the sender, the receiver and the form that the
    /// application expects.
    fn is_verified(&self, attempt: &Attempt, world: &World) -> bool {
        match (&self.content, attempt.entry) {
            (Content::Key(sent), entry) => {
                let receiver = match entry {
                    Entry::ToSelf(_) => self.from,
                    _ => sent.to,
                };
                let from = match entry {
                    // At first the sender may be any user of the KMS.
                    Entry::Anonymous(_) => {
                        let [from, expected] = [self.from, attempt.initiator]
                            .map(|person| world.people[person].domain);
                        from == expected && sent.hidden && sent.coverage == Coverage::Full
                    }
                    _ => self.from == attempt.initiator && attempt.coverage.takes(sent.coverage),
                };
                let form = match entry {
                    Entry::Gmk(_) => sent.is_profiled(Purpose::Gmk),
                    Entry::Key(purpose) => sent.is_profiled(purpose),
                    Entry::Anonymous(purpose) => {
                        purpose != Purpose::Gmk && sent.is_profiled(purpose)
                    }
                    Entry::ToSelf(purpose) => sent.is_profiled(purpose) && sent.to_self,
                    Entry::Plain => true,
                    _ => false,
                };
                // A message that names nobody is for everybody who can open it.
                let to = sent.flaw == Some(Flaw::Bare)
                    || attempt.receiver == receiver && attempt.responder == sent.to;
                from && form && to
            }
            (Content::Psk(sent), entry) => {
                let form = match entry {
                    Entry::Psk => !sent.signed && sent.counter.is_none(),
                    Entry::Counter => !sent.signed && sent.counter.is_some(),
                    // ProSe refuses a message without a signature.
                    Entry::ProSe => sent.signed && attempt.initiator == self.from,
                    _ => false,
                };
                // The two know each other by their URIs alone, without their KMSs.
                let uri = |person: usize| world.people[person].uri;
                let pair = sent.pair.is_none_or(|[from, to]| {
                    uri(from) == uri(attempt.initiator) && to == attempt.receiver
                });
                form && pair
            }
        }
    }

    /// Whether the content of the verified message is right.
    fn is_sound(&self, attempt: &Attempt) -> bool {
        let Content::Key(sent) = &self.content else { return true };
        let (from, flaw) = (attempt.initiator == self.from, sent.flaw);
        match attempt.entry {
            Entry::Gmk(group) => group == sent.group && flaw.is_none(),
            Entry::Anonymous(_) => from && flaw.is_none(),
            Entry::Plain => flaw != Some(Flaw::Elsewhere) && attempt.receiver == sent.to,
            Entry::ToSelf(_) => matches!(flaw, None | Some(Flaw::Elsewhere)),
            _ => flaw.is_none(),
        }
    }

    /// What the receiver must get from the message.
    fn promises(&self, attempt: &Attempt, world: &World) -> Accepted {
        let (rand, csb_id) = (self.rand.to_vec(), self.csb_id);
        match &self.content {
            Content::Key(SentKey { key, .. }) if attempt.entry == Entry::Plain => {
                let secret = *key.secret().as_bytes();
                Accepted::Plain { secret, csb_id, rand, time: at(self.time) }
            }
            Content::Key(SentKey { key, parameters, .. }) => Accepted::Key {
                secret: *key.secret().as_bytes(),
                id: key.id(),
                user_id: key
                    .user_id(UserUri(world.people[attempt.receiver].uri))
                    .expect("an identifier"),
                rand,
                time: at(self.time),
                parameters: parameters.clone(),
            },
            Content::Psk(sent) => Accepted::Psk {
                keys: sent.keys.iter().map(|key| key.to_vec()).collect(),
                csb_id,
                rand,
                time: sent.counter.is_none().then_some(at(self.time)),
            },
        }
    }
}

impl SentKey {
    /// Whether the message has the form of the profile for this purpose.
    fn is_profiled(&self, purpose: Purpose) -> bool {
        self.key.purpose() == purpose && !matches!(self.flaw, Some(Flaw::Bare | Flaw::Prf))
    }
}

/// What is known, before a delivery, about the message that it may be.
#[derive(Clone, Copy)]
pub struct Before {
    /// Whether the receiver's cache contains the message.
    pub remembered: bool,
    /// Whether the receiver has accepted the message.
    pub accepted: bool,
    /// Whether the receiver has the key that the message brings, if that is a group key.
    pub held: bool,
    /// Whether it must be accepted.
    pub must_be_accepted: bool,
}

/// Whether `receiver` must accept the message at `now` if it arrives unaltered.
pub fn must_be_accepted(
    world: &World,
    sent: &Sent,
    attempt: &Attempt,
    receiver: &Receiver<'_>,
    now: u64,
) -> bool {
    let time = match &sent.content {
        Content::Psk(SentPsk { counter: Some(counter), .. }) => {
            receiver.counters.get(&sent.csb_id).is_none_or(|last| counter > last)
        }
        _ => {
            let floor = receiver.store.cache.floor();
            floor.is_none_or(|floor| sent.time > floor.seconds())
                && is_fresh(sent.time, now)
                && sent.time.abs_diff(now) <= u64::from(receiver.skew)
        }
    };
    let key = match &sent.content {
        Content::Key(_) => receiver.periods.contains(&world.period(attempt.receiver, sent.time)),
        Content::Psk(_) => receiver.psk(sent.csb_id).is_some(),
    };
    let new = !matches!(attempt.entry, Entry::Gmk(_)) || !sent.is_held(receiver, world);
    time && key && new && sent.is_verified(attempt, world) && sent.is_sound(attempt)
}

fn is_fresh(time: u64, now: u64) -> bool {
    time.abs_diff(now) <= u64::from(SKEW)
}

/// The effects of a delivery, seen from outside.
pub struct Delivered<'a> {
    pub world: &'a World,
    pub attempt: &'a Attempt,
    /// The message that was delivered, if it is one that was sent, and what was known about it.
    pub message: Option<(usize, Before)>,
    pub outcome: Result<Accepted, Refusal>,
    /// The receiver after the delivery.
    pub receiver: &'a Receiver<'a>,
    pub now: u64,
    pub control: Control,
}

impl Delivered<'_> {
    /// Whether the receiver's cache has taken the message, or would have taken it if there were room.
    pub fn is_verified(&self) -> bool {
        self.receiver.store.cache.entered.is_some()
    }

    /// Whether the cache takes no more messages, no more from the initiator, or this one no more often.
    fn is_without_room(&self) -> bool {
        use mikey::Error::{Full, Quota, Retries};
        matches!(self.receiver.store.cache.entered, Some(Err(Full | Quota | Retries)))
    }

    /// Errors: the violation, if there is one.
    pub fn check(self) -> Result<(), Violation> {
        let Self { world, attempt, message, .. } = self;
        let (attempt, store) = (*attempt, &self.receiver.store);
        if self.receiver.used > 0 && store.cache.entered != Some(Ok(())) {
            return Err(Violation::Opened(attempt));
        }
        let entered = self.is_verified();
        if !entered && self.outcome.is_err() && store.revoked.is_none() {
            return match (message, self.outcome) {
                (Some((message, Before { must_be_accepted: true, .. })), Err(refusal)) => {
                    Err(Violation::Refused(attempt, message, refusal))
                }
                _ => Ok(()),
            };
        }
        let (message, before) = message.ok_or(Violation::NotSent(attempt))?;
        let sent = &world.sent[message];
        if !sent.is_verified(&attempt, world) {
            return Err(Violation::NotForThis(attempt, message));
        }
        if let Some((name, revoked)) = &store.revoked
            && !sent.revokes(name, revoked, world)
        {
            return Err(Violation::Revoked(attempt));
        }
        match self.outcome {
            Ok(got) => {
                if !sent.is_sound(&attempt) {
                    return Err(Violation::NotForThis(attempt, message));
                }
                if before.accepted || before.remembered {
                    return Err(Violation::Twice(attempt, message));
                }
                if before.held && matches!(attempt.entry, Entry::Gmk(_)) {
                    return Err(Violation::KnownKey(attempt, message));
                }
                if attempt.entry != Entry::Counter && !is_fresh(sent.time, self.now) {
                    return Err(Violation::OutOfTime(attempt, message));
                }
                // With this control, the outcome is compared with the promise of another message.
                let mistold = usize::from(self.control == Control::Mistold);
                let promised = match world.sent.get(message + mistold) {
                    Some(sent) => sent.promises(&attempt, world),
                    None => sent.promises(&attempt, world),
                };
                if promised != got {
                    let (promised, got) = (promised.into(), got.into());
                    return Err(Violation::Another { message, promised, got });
                }
                Ok(())
            }
            Err(refusal) if before.must_be_accepted && !self.is_without_room() => {
                Err(Violation::Refused(attempt, message, refusal))
            }
            Err(_) => Ok(()),
        }
    }
}

impl Sent {
    /// Whether the receiver has the group key that the message brings, or had it until it was revoked.
    pub fn is_held(&self, receiver: &Receiver<'_>, world: &World) -> bool {
        match &self.content {
            Content::Key(sent) => receiver.store.keys.contains_key(&self.name(sent, world)),
            Content::Psk(_) => false,
        }
    }

    /// The name of a group key in the stores of its receivers.
    fn name(&self, sent: &SentKey, world: &World) -> Name {
        let gms = world.people[self.from].uri;
        (gms.into(), Some(GROUPS[sent.group].to_vec()), sent.key.id())
    }

    /// Whether the message says that this key is revoked.
    fn revokes(&self, name: &Name, revoked: &Key, world: &World) -> bool {
        match &self.content {
            Content::Key(sent) if sent.flaw == Some(Flaw::Revoked) => {
                *name == self.name(sent, world) && bool::from(sent.key.ct_eq(revoked))
            }
            _ => false,
        }
    }
}
