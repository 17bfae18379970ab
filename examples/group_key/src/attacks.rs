//! Messages that a member must not open, and the step that refuses each.

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

/// Messages of one kind, and what has become of them.
pub struct Attack {
    /// What reaches the target.
    pub what: &'static str,
    /// What should become of them.
    expected: Fate,
    pub tried: usize,
    pub opened: usize,
    /// The steps that refused, each named once.
    pub refused_at: Vec<Step>,
}

/// What should become of messages.
enum Fate {
    Opened,
    RefusedAt(Step),
    /// Refused, at whichever step looks at what is wrong first.
    Refused,
}

impl Attack {
    /// Sends `messages` to the target, who has `store`.
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

    /// Whether all of it ended where it should.
    pub fn as_expected(&self) -> bool {
        match self.expected {
            Fate::Opened => self.opened == self.tried,
            Fate::Refused => self.opened == 0,
            Fate::RefusedAt(step) => self.opened == 0 && self.refused_at == [step],
        }
    }
}

/// Tries every attack and prints a table of them. Whether all ended as they should.
///
/// The target and the attacker are members like the others: known to the key server, and with valid
/// keys of their own.
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
    // What is refused leaves no trace: the genuine message comes after.
    attack("one bit changed, in each octet in turn", Fate::Refused, changed);
    attack("cut off, after each octet in turn", Fate::Refused, shortened);
    attack("for somebody else", Fate::RefusedAt(Step::Recipient), vec![to_other]);
    attack("from another member, as itself", Fate::RefusedAt(Step::Sender), vec![as_itself]);
    attack(
        "from another member, as the group manager",
        Fate::RefusedAt(Step::Signature),
        vec![as_manager],
    );
    attack("made over five minutes ago or ahead", Fate::RefusedAt(Step::Clock), ill_timed);
    attack(
        "the group manager's, but spoilt inside",
        Fate::RefusedAt(Step::Decapsulation),
        vec![spoilt],
    );
    attack("the key of another group", Fate::RefusedAt(Step::Group), vec![another_group]);
    attack("a key that is revoked", Fate::RefusedAt(Step::Status), vec![revoked]);
    attack("as it was sent, to compare", Fate::Opened, vec![genuine.clone()]);
    attack("the same message again", Fate::RefusedAt(Step::Replay), vec![genuine]);
    attack("the same key in a new message", Fate::RefusedAt(Step::Duplicate), vec![again]);
    report::attacks(out, &attacks)?;
    Ok(attacks.iter().all(Attack::as_expected))
}

/// Group keys of the attacker's own making, sent by all the rules but for who sends them: in the
/// attacker's own name, and in the group manager's.
fn messages_from_insider(
    attacker: &User,
    manager: &User,
    target: &User,
    now: NtpTime,
) -> Result<(Vec<u8>, Vec<u8>)> {
    let group_key = GroupKey::generate(GROUP)?;
    let as_itself = group_key.message(attacker, target.user(), now)?;
    // It is the sender's name alone that is wrong: whoever expects the attacker opens the message.
    let name = attacker.user().uri();
    member::receive(target, name, now, &as_itself, &mut store())
        .map_err(|step| format!("the attacker's message is no good as its own: {step}"))?;
    let as_manager = group_key.message(manager, target.user(), now)?;
    Ok((as_itself, signed_again(as_manager, attacker)?))
}

/// The message with a signature of `signer` in the place of its own.
fn signed_again(mut message: Vec<u8>, signer: &User) -> Result<Vec<u8>> {
    message.truncate(message.len() - Signature::LEN);
    let signature = signer.signing_key().try_sign(&mut SysRng, &message)?;
    message.extend_from_slice(signature.as_bytes());
    Ok(message)
}

/// One bit of H is wrong, and the signature is right: what a broken group manager might send.
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
    let place = place.ok_or("the encapsulation isn't in the message")?;
    signed_again(with_flipped_bit(&message, place + Encapsulation::LEN - 1), manager)
}

/// A copy of `octets` with the last bit of one of them flipped.
fn with_flipped_bit(octets: &[u8], which: usize) -> Vec<u8> {
    octets.iter().enumerate().map(|(i, octet)| octet ^ u8::from(i == which)).collect()
}
