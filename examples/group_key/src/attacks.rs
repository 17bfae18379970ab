//! Messages that a member must refuse, and the step that refuses each of them.

use std::io::Write;

use eccsi_sakke::NtpTime;
use eccsi_sakke::eccsi::Signature;
use eccsi_sakke::mission_critical::{MemoryStore, Status};
use eccsi_sakke::sakke::Encapsulation;
use getrandom::SysRng;

use crate::group::{GROUP, GroupKey};
use crate::member::{self, SKEW, Step, store};
use crate::report::{self, Tally};
use crate::roles::{Calendar, KeyServer, User};
use crate::{GROUP_MANAGER, Result};

/// Messages of one kind, and their outcomes.
pub struct Attack {
    /// A description of the messages.
    pub what: &'static str,
    /// The expected outcome.
    expected: Fate,
    pub tried: usize,
    pub opened: usize,
    /// The steps that refused messages, without duplicates.
    pub refused_at: Vec<Step>,
}

/// The expected outcome of messages.
enum Fate {
    Opened,
    RefusedAt(Step),
    /// Any step may refuse the messages.
    Refused,
}

impl Attack {
    /// Sends `messages` to the target, who uses `store`.
    fn new(
        what: &'static str,
        expected: Fate,
        (target, now): (&User, NtpTime),
        store: &mut MemoryStore,
        messages: impl IntoIterator<Item = Vec<u8>>,
    ) -> Self {
        let mut attack = Self { what, expected, tried: 0, opened: 0, refused_at: Vec::new() };
        for message in messages {
            attack.tried += 1;
            match member::receive(target, GROUP_MANAGER, now, &message, store) {
                Ok(_) => attack.opened += 1,
                Err(step) if attack.refused_at.contains(&step) => {}
                Err(step) => attack.refused_at.push(step),
            }
        }
        attack.refused_at.sort_unstable();
        attack
    }

    /// Whether all messages had the expected outcome.
    pub fn as_expected(&self) -> bool {
        match self.expected {
            Fate::Opened => self.opened == self.tried,
            Fate::Refused => self.opened == 0,
            Fate::RefusedAt(step) => self.opened == 0 && self.refused_at == [step],
        }
    }
}

/// Tries every attack and prints a table. Returns whether all attacks had the expected outcome.
///
/// The target and the attacker are normal members: the key server knows them, and they have valid keys.
pub fn try_all(
    out: &mut impl Write,
    server: &KeyServer,
    manager: &User,
    calendar: &Calendar,
    group_key: &GroupKey,
) -> Result<bool> {
    let enrol = |name| User::enrol(server, calendar, name, &mut Tally::default());
    let attacker = enrol("sip:mallory@example.org")?;
    let user = enrol("sip:alice@example.org")?;
    let now = calendar.now;
    let (target, alice) = ((&user, now), user.user());

    let genuine = group_key.message(manager, alice, now)?;
    let changed: Vec<_> =
        (0..genuine.len()).map(|octet| with_flipped_bit(&genuine, octet)).collect();
    let shortened: Vec<_> = (0..genuine.len()).map(|length| genuine[..length].to_vec()).collect();
    let to_other = group_key.message(manager, attacker.user(), now)?;
    let (as_itself, as_manager) = messages_from_insider(&attacker, manager, &user, now)?;
    let skew = u64::from(SKEW) + 1;
    let clocks = [now.seconds() - skew, now.seconds() + skew].map(NtpTime::from_seconds);
    let ill_timed = clocks.map(|clock| group_key.message(manager, alice, clock));
    let ill_timed = ill_timed.into_iter().collect::<Result<Vec<_>>>()?;
    let spoilt = spoilt_message(manager, &user, group_key, now)?;
    let another_group = GroupKey::generate("sip:another-group@example.org")?;
    let another_group = another_group.message(manager, alice, now)?;
    let mut revoked = GroupKey::generate(GROUP)?;
    revoked.parameters.status = Status(0);
    let revoked = revoked.message(manager, alice, now)?;
    let again = group_key.message(manager, alice, now)?;

    let mut store = store();
    let mut attacks = Vec::new();
    let mut attack = |what, fate, messages| {
        attacks.push(Attack::new(what, fate, target, &mut store, messages));
    };
    // The genuine message comes after the refused ones, which shows that they leave no trace.
    attack("one bit changed, for each octet", Fate::Refused, changed);
    attack("cut off after each octet", Fate::Refused, shortened);
    attack("for another member", Fate::RefusedAt(Step::Recipient), vec![to_other]);
    attack("from another member, in its own name", Fate::RefusedAt(Step::Sender), vec![as_itself]);
    attack(
        "from another member, in the manager's name",
        Fate::RefusedAt(Step::Signature),
        vec![as_manager],
    );
    attack("more than five minutes old or ahead", Fate::RefusedAt(Step::Clock), ill_timed);
    attack(
        "from the group manager, with a damaged key",
        Fate::RefusedAt(Step::Decapsulation),
        vec![spoilt],
    );
    attack("the key of another group", Fate::RefusedAt(Step::Group), vec![another_group]);
    attack("a key that is revoked", Fate::RefusedAt(Step::Status), vec![revoked]);
    attack("the genuine message, for comparison", Fate::Opened, vec![genuine.clone()]);
    attack("the same message again", Fate::RefusedAt(Step::Replay), vec![genuine]);
    attack("the same key in a new message", Fate::RefusedAt(Step::Duplicate), vec![again]);
    report::attacks(out, &attacks)?;
    Ok(attacks.iter().all(Attack::as_expected))
}

/// Messages with a group key that the attacker made. Only their sender is wrong: one is in the attacker's own name, and
/// one is in the name of the group manager.
fn messages_from_insider(
    attacker: &User,
    manager: &User,
    target: &User,
    now: NtpTime,
) -> Result<(Vec<u8>, Vec<u8>)> {
    let group_key = GroupKey::generate(GROUP)?;
    let as_itself = group_key.message(attacker, target.user(), now)?;
    // A member who expects the attacker opens the message, which shows that only the sender is wrong.
    let name = attacker.user().uri();
    member::receive(target, name, now, &as_itself, &mut store()).map_err(|step| {
        format!("the attacker's message is refused even from the attacker, at the step: {step}")
    })?;
    let as_manager = group_key.message(manager, target.user(), now)?;
    Ok((as_itself, signed_again(as_manager, attacker)?))
}

/// The message with its signature replaced by one of `signer`.
fn signed_again(mut message: Vec<u8>, signer: &User) -> Result<Vec<u8>> {
    message.truncate(message.len() - Signature::LEN);
    let signature = signer.signing_key().try_sign(&mut SysRng, &message)?;
    message.extend_from_slice(signature.as_bytes());
    Ok(message)
}

/// A message with one wrong bit in H and a valid signature, as a faulty group manager might send.
fn spoilt_message(
    manager: &User,
    receiver: &User,
    group_key: &GroupKey,
    now: NtpTime,
) -> Result<Vec<u8>> {
    let recipient = manager.server().z().recipient(&receiver.user().identifier(now)?)?;
    let encapsulation = recipient.encapsulate(group_key.key.secret())?;
    let message = group_key.message(manager, receiver.user(), now)?;
    let mut places = message.windows(Encapsulation::LEN);
    let place = places.position(|octets| octets == encapsulation.as_bytes());
    let place = place.ok_or("the message does not contain the encapsulation")?;
    signed_again(with_flipped_bit(&message, place + Encapsulation::LEN - 1), manager)
}

/// A copy of `octets` in which the last bit of one octet is flipped.
fn with_flipped_bit(octets: &[u8], which: usize) -> Vec<u8> {
    octets.iter().enumerate().map(|(i, octet)| octet ^ u8::from(i == which)).collect()
}
