//! Messages that a member must not open, and the step that refuses each.

use std::io::Write;

use eccsi_sakke::eccsi::VerifyingKey;
use eccsi_sakke::sakke::Encapsulation;

use crate::message::{self, GroupKey, Step};
use crate::report::{self, Tally};
use crate::roles::{Calendar, KeyServer, User};
use crate::{GROUP_MANAGER, Result};

/// Messages of one kind, and what has become of them.
pub struct Attack {
    /// What reaches the target.
    pub what: &'static str,
    /// The step that should refuse it; none if it should be opened.
    pub expected: Option<Step>,
    pub tried: usize,
    pub opened: usize,
    /// The steps that refused, each named once.
    pub refused_at: Vec<Step>,
}

impl Attack {
    /// Sends `messages` to the target.
    fn new(
        what: &'static str,
        expected: Option<Step>,
        target: &Target,
        messages: impl IntoIterator<Item = Vec<u8>>,
    ) -> Self {
        let mut attack = Self { what, expected, tried: 0, opened: 0, refused_at: Vec::new() };
        for message in messages {
            attack.tried += 1;
            match message::open(&message, &target.manager, target.user.receiver_key()) {
                Ok(_) => attack.opened += 1,
                Err(step) if attack.refused_at.contains(&step) => {}
                Err(step) => attack.refused_at.push(step),
            }
        }
        attack
    }

    /// Whether all of it ended where it should.
    pub fn as_expected(&self) -> bool {
        match self.expected {
            None => self.opened == self.tried,
            Some(step) => self.opened == 0 && self.refused_at == [step],
        }
    }
}

/// The member under attack, and whom it takes for its group manager.
struct Target {
    user: User,
    manager: VerifyingKey,
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
    let enrol = |name| User::enrol(server, calendar.uid(name)?, &mut Tally::default());
    let attacker = enrol("sip:mallory@example.org")?;
    let user = enrol("sip:alice@example.org")?;
    let manager_uid = calendar.uid(GROUP_MANAGER)?;
    let manager_key = user.server().signatures.verifying_key(manager_uid);
    let target = Target { user, manager: manager_key };

    let genuine = message_from(manager, &target.user, group_key)?;
    let attacks = [
        Attack::new("as it was sent, to compare", None, &target, [genuine.clone()]),
        Attack::new(
            "one bit changed, in each octet in turn",
            Some(Step::Signature),
            &target,
            (0..genuine.len()).map(|octet| with_flipped_bit(&genuine, octet)),
        ),
        Attack::new(
            "the group manager's, but for somebody else",
            Some(Step::Recipient),
            &target,
            [message_from(manager, &attacker, group_key)?],
        ),
        Attack::new(
            "for Alice, but signed by another member",
            Some(Step::Signature),
            &target,
            [message_from_insider(&attacker, &target, calendar)?],
        ),
        Attack::new(
            "signed by the group manager, spoilt inside",
            Some(Step::Decapsulation),
            &target,
            [spoilt_message(manager, &target.user, group_key)?],
        ),
    ];
    report::attacks(out, &attacks)?;
    Ok(attacks.iter().all(Attack::as_expected))
}

/// A sound message from `sender` to `receiver`.
fn message_from(sender: &User, receiver: &User, group_key: &GroupKey) -> Result<Vec<u8>> {
    let recipient = sender.server().encapsulation.recipient(receiver.uid())?;
    let encapsulation = recipient.encapsulate(&group_key.secret)?;
    message::signed(sender.signing_key(), group_key.id, receiver.uid(), encapsulation.as_bytes())
}

/// A group key of the attacker's own making, sent by all the rules but for who sends it.
fn message_from_insider(attacker: &User, target: &Target, calendar: &Calendar) -> Result<Vec<u8>> {
    let message = message_from(attacker, &target.user, &GroupKey::generate()?)?;
    // It is the sender's name alone that is wrong: whoever expects the attacker opens the message.
    let uid = calendar.uid("sip:mallory@example.org")?;
    let sender = target.user.server().signatures.verifying_key(uid);
    message::open(&message, &sender, target.user.receiver_key())
        .map_err(|step| format!("the attacker's message is no good as its own: {step}"))?;
    Ok(message)
}

/// One bit of H is wrong, and the signature is right: what a broken group manager might send.
fn spoilt_message(manager: &User, receiver: &User, group_key: &GroupKey) -> Result<Vec<u8>> {
    let recipient = manager.server().encapsulation.recipient(receiver.uid())?;
    let encapsulation = recipient.encapsulate(&group_key.secret)?;
    let spoilt = with_flipped_bit(encapsulation.as_bytes(), Encapsulation::LEN - 1);
    message::signed(manager.signing_key(), group_key.id, receiver.uid(), &spoilt)
}

/// A copy of `octets` with the last bit of one of them flipped.
fn with_flipped_bit(octets: &[u8], which: usize) -> Vec<u8> {
    octets.iter().enumerate().map(|(i, octet)| octet ^ u8::from(i == which)).collect()
}
