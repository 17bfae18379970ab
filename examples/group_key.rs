//! The main job of the crate, end to end: one group key reaches all members of a group.
//!
//! ```text
//! cargo run --release --example group_key            10 members
//! cargo run --release --example group_key -- 1000    1000 members
//! cargo run --release --example group_key -- --rfc   the values of RFC 6507 and RFC 6508 instead
//! ```
//!
//! A key server (KMS) gives everybody the two private keys that belong to their name and the current
//! key period. The group manager (GMS) makes a group key (GMK), encapsulates it to each member by
//! name and signs each message. Every member verifies who sent the message and opens it. In the end
//! four attacks are tried on a member.
//!
//! Read [`distribute`] first, then `roles` (who has which keys), `message` (what is sent, and how it
//! is opened) and `attacks`.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "group_key/attacks.rs"]
mod attacks;
#[path = "group_key/message.rs"]
mod message;
#[path = "group_key/report.rs"]
mod report;
#[path = "group_key/rfc.rs"]
mod rfc;
#[path = "group_key/rfc_values.rs"]
mod rfc_values;
#[path = "group_key/roles.rs"]
mod roles;

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::Instant;

use message::{GroupKey, Step};
use report::{Tally, Task};
use roles::{Calendar, KeyServer, User};

/// The example passes on the crate's errors, the generator's and those of output.
type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// The name the members know their group manager by. Each was told it beforehand.
const GROUP_MANAGER: &str = "sip:gms@example.org";

const USAGE: &str = "\
usage: group_key [N | --rfc]

  N      how many members the group has, from 1 (default: 10)
  --rfc  calculate the examples of RFC 6507 and RFC 6508 and compare
";

fn main() -> ExitCode {
    let arguments: Vec<String> =
        env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut out = io::stdout().lock();
    let outcome = match arguments[..] {
        [] => distribute(&mut out, 10),
        ["--rfc"] => rfc::compare(&mut out),
        ["--help" | "-h"] => write!(out, "{USAGE}").map(|()| true).map_err(Into::into),
        [argument] => match argument.parse::<NonZeroU32>() {
            Ok(members) => distribute(&mut out, members.get()),
            Err(_) => return usage(),
        },
        _ => return usage(),
    };
    match outcome.and_then(|good| out.flush().map(|()| good).map_err(Into::into)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // If even this can't be written, the exit status still tells.
            let _ = writeln!(io::stderr(), "group_key: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    let _ = write!(io::stderr(), "{USAGE}");
    ExitCode::from(2)
}

/// Brings one group key to `members` members, tries the attacks, and reports. Whether every member
/// got the key and every attack was refused where it should be.
fn distribute(out: &mut impl Write, members: u32) -> Result<bool> {
    let started = Instant::now();
    let mut tally = Tally::default();
    let calendar = Calendar::today()?;
    report::opening(out, members, &calendar)?;

    // The key server has one pair of master keys for each of the two schemes, and the group manager
    // is a user of it like the members.
    let server = tally.measure(Task::SetUp, KeyServer::set_up)?;
    let manager = User::enrol(&server, calendar.uid(GROUP_MANAGER)?, &mut tally)?;
    let group_key = tally.measure(Task::MakeGroupKey, GroupKey::generate)?;

    // One member after the other, from its enrolment to the group key in its hands. Nothing of it
    // is kept, so the size of the group doesn't matter.
    let progress = report::progress(members);
    let mut holding = 0;
    let mut refusals = Vec::new();
    for number in 1..=members {
        let uid = calendar.uid(&name(number))?;
        let member = User::enrol(&server, uid, &mut tally)
            .map_err(|error| format!("member {number}: {error}"))?;
        let message = send(&manager, &group_key, &member, &mut tally)?;
        match receive(&member, &calendar, &message, &mut tally)? {
            Ok(received) if received.is(&group_key) => holding += 1,
            Ok(_) => refusals.push(format!("member {number} has another group key")),
            Err(step) => refusals.push(format!("member {number} refused at the step: {step}")),
        }
        progress.inc(1);
    }
    progress.finish_and_clear();

    report::work(out, &tally)?;
    report::members(out, &group_key, holding, members, &refusals)?;
    let repelled = attacks::try_all(out, &server, &manager, &calendar, &group_key)?;
    report::closing(out, holding == members, repelled, started.elapsed())?;
    Ok(holding == members && repelled)
}

/// The group manager's part: the group key for one member, signed.
fn send(manager: &User, group_key: &GroupKey, member: &User, tally: &mut Tally) -> Result<Vec<u8>> {
    // All that the group manager needs of a member is its UID, and it could have worked that out
    // from the member's name and the date.
    let uid = member.uid();
    let encapsulation = tally.measure(Task::Encapsulate, || {
        manager.server().encapsulation.recipient(uid)?.encapsulate(&group_key.secret)
    })?;
    tally.measure(Task::Sign, || {
        message::signed(manager.signing_key(), group_key.id, uid, encapsulation.as_bytes())
    })
}

/// A member's part: it expects the group manager by name and nobody else.
fn receive(
    member: &User,
    calendar: &Calendar,
    message: &[u8],
    tally: &mut Tally,
) -> Result<Result<GroupKey, Step>> {
    let manager = member.server().signatures.verifying_key(calendar.uid(GROUP_MANAGER)?);
    Ok(tally.measure(Task::Open, || message::open(message, &manager, member.receiver_key())))
}

/// What member `number` is called.
fn name(number: u32) -> String {
    format!("sip:member-{number}@example.org")
}
