//! The main use of the crate from end to end: one group key reaches all members of a group.
//!
//! ```text
//! cargo run --release -p group_key            10 members
//! cargo run --release -p group_key -- 10000   10,000 members, on all cores
//! cargo run --release -p group_key -- --rfc   recalculates the values of RFC 6507 and RFC 6508
//! ```
//!
//! A key server (KMS) gives every user the two private keys that belong to the user's name and the current key period.
//! The group manager (GMS) makes a group key (GMK), encapsulates it to each member by name and signs each message. This
//! is MIKEY-SAKKE in the profile of 3GPP TS 33.180. Every member verifies the sender of its message and opens it. At
//! the end, the program tries attacks on a member.
//!
//! The key server and the group manager work in batches, and each member works alone. The crate itself uses no threads;
//! this program spreads chunks of members over one thread for each core.
//!
//! Read [`distribute`] first, then `roles` (which keys each role has), `group` (the messages), `member` (receiving
//! them) and `attacks`.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attacks;
mod group;
mod member;
mod report;
mod rfc;
mod rfc_values;
mod roles;

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Instant;

use eccsi_sakke::UserUri;
use eccsi_sakke::mission_critical::{CsId, Distribution, KeyId, PreparedKms, SrtpKeys};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use subtle::ConstantTimeEq;

use group::{GROUP, GroupKey};
use report::{Tally, Task};
use roles::{Calendar, KeyServer, User};

/// Errors come from the crate, from the random generator, and from output.
type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// The name of the group manager. Every member knows it beforehand.
const GROUP_MANAGER: &str = "sip:gms@example.org";

const USAGE: &str = "\
usage: group_key [N | --rfc]

  N      the number of members, at least 1 (default: 10)
  --rfc  recalculate the examples of RFC 6507 and RFC 6508 and compare them
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
            // If this cannot be written either, the exit status still shows the failure.
            let _ = writeln!(io::stderr(), "group_key: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    let _ = write!(io::stderr(), "{USAGE}");
    ExitCode::from(2)
}

/// Distributes one group key to `members` members, tries the attacks, and prints a report. Returns whether every member
/// received the key and every attack had the expected outcome.
fn distribute(out: &mut impl Write, members: u32) -> Result<bool> {
    let started = Instant::now();
    let mut tally = Tally::default();
    let calendar = Calendar::today()?;
    report::opening(out, members, &calendar)?;

    // The key server has a pair of master keys for each of the two schemes. The group manager is a user of the key
    // server, like the members.
    let server = tally.measure(Task::SetUp, KeyServer::set_up)?;
    let manager = User::enrol(&server, &calendar, GROUP_MANAGER, &mut tally)?;
    let group_key = tally.measure(Task::MakeGroupKey, || GroupKey::generate(GROUP))?;

    // All cores serve the members chunk by chunk, from enrolment to receiving the group key. No chunk is kept, so the
    // group can have any size.
    let prepared_servers = tally.measure(Task::Prepare, || [PreparedKms::new(manager.server())]);
    let speaker = Speaker::new(&group_key, &name(1))?;
    let progress = report::progress(members);
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let outcome = spread(members.div_ceil(CHUNK), threads, |chunk| {
        let first = chunk * CHUNK + 1;
        let numbers = first..=members.min(first.saturating_add(CHUNK - 1));
        let chunk = Chunk {
            manager: &manager,
            servers: &prepared_servers,
            group_key: &group_key,
            speaker: &speaker,
        };
        let outcome = chunk.serve(&server, &calendar, numbers)?;
        progress.inc((outcome.holding + outcome.refusals.len()) as u64);
        Ok(outcome)
    })?;
    progress.finish_and_clear();
    tally.add(&outcome.tally);

    report::work(out, &tally, outcome.octets)?;
    let elapsed = started.elapsed();
    report::rates(out, &tally, members, elapsed, threads)?;
    report::members(out, &group_key, &outcome, members)?;
    let repelled = attacks::try_all(out, &server, &manager, &calendar, &group_key)?;
    let complete = [outcome.holding, outcome.hearing] == [members as usize; 2];
    report::closing(out, complete, repelled, started.elapsed())?;
    Ok(complete && repelled)
}

/// The number of members that are served together. Batches are fastest from eight members on, and small chunks keep all
/// cores busy.
const CHUNK: u32 = 64;

/// Does the `work` of all chunks on this number of threads. The first error stops all threads.
fn spread(
    chunks: u32,
    threads: usize,
    work: impl Fn(u32) -> Result<Outcome> + Sync,
) -> Result<Outcome> {
    let next = AtomicU32::new(0);
    let take = || {
        let mut sum = Outcome::default();
        loop {
            let chunk = next.fetch_add(1, Ordering::Relaxed);
            if chunk >= chunks {
                return Ok(sum);
            }
            match work(chunk) {
                Ok(outcome) => sum = sum.and(outcome),
                Err(error) => {
                    next.store(chunks, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
        let outcomes =
            threads.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked")?);
        outcomes
            .reduce(|sum, outcome| Ok(sum?.and(outcome?)))
            .unwrap_or_else(|| Ok(Outcome::default()))
    })
}

/// The state of the group manager while it serves a chunk of members.
struct Chunk<'a> {
    manager: &'a User,
    servers: &'a [PreparedKms<'a>],
    group_key: &'a GroupKey,
    speaker: &'a Speaker,
}

/// The outcome for the members of a chunk.
#[derive(Default)]
struct Outcome {
    tally: Tally,
    holding: usize,
    hearing: usize,
    /// The length of the longest message.
    octets: usize,
    refusals: Vec<String>,
}

impl Outcome {
    fn and(mut self, other: Self) -> Self {
        self.tally.add(&other.tally);
        self.holding += other.holding;
        self.hearing += other.hearing;
        self.octets = self.octets.max(other.octets);
        self.refusals.extend(other.refusals);
        self
    }
}

impl Chunk<'_> {
    /// Enrols the members with these numbers, sends the group key to each, and lets each member open it.
    fn serve(
        &self,
        server: &KeyServer,
        calendar: &Calendar,
        numbers: RangeInclusive<u32>,
    ) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let tally = &mut outcome.tally;
        let names: Vec<String> = numbers.clone().map(name).collect();
        let members = User::enrol_all(server, calendar, &names, tally)
            .map_err(|error| format!("members {numbers:?}: {error}"))?;
        let messages = self.send(&names, calendar, tally)?;
        for ((number, member), message) in numbers.zip(&members).zip(messages) {
            outcome.octets = outcome.octets.max(message.len());
            let received = tally.measure(Task::Open, || {
                member::receive(member, GROUP_MANAGER, calendar.now, &message, &mut member::store())
            });
            match received {
                Ok(received) if bool::from(received.key().ct_eq(&self.group_key.key)) => {
                    outcome.holding += 1;
                    let heard =
                        received.srtp_of(self.speaker.id, CsId::MCPTT_GROUP, calendar.now)?;
                    outcome.hearing += usize::from(self.speaker.is_heard_with(&heard));
                }
                Ok(_) => outcome.refusals.push(format!("member {number} has another group key")),
                Err(step) => {
                    outcome.refusals.push(format!("member {number} refused at the step: {step}"));
                }
            }
        }
        Ok(outcome)
    }

    /// The group manager's part: a signed message with the group key for each member. It only needs the names of the
    /// members.
    fn send(
        &self,
        names: &[String],
        calendar: &Calendar,
        tally: &mut Tally,
    ) -> Result<Vec<Vec<u8>>> {
        let members: Vec<_> = names.iter().map(|name| self.manager.user_called(name)).collect();
        let delivery =
            self.group_key.delivery(self.manager.user(), self.manager.user(), calendar.now);
        let (key, signing_key) = (&self.group_key.key, self.manager.signing_key());
        let distribution = Distribution::new(key, delivery, signing_key, self.servers)?;
        tally.measure_all(Task::Send, &members, |members| {
            Ok(distribution.messages(members, &mut UnwrapErr(SysRng))?)
        })
    }
}

/// A member who speaks: the identifier in its packets (GUK-ID), and the keys that encrypt them.
struct Speaker {
    id: KeyId,
    keys: SrtpKeys,
}

impl Speaker {
    fn new(group_key: &GroupKey, name: &str) -> Result<Self> {
        let id = group_key.key.user_id(UserUri(name))?;
        Ok(Self { id, keys: group_key.key.srtp(id, CsId::MCPTT_GROUP)? })
    }

    fn is_heard_with(&self, keys: &SrtpKeys) -> bool {
        let key = self.keys.master_key.ct_eq(&*keys.master_key);
        (key & self.keys.master_salt.ct_eq(&*keys.master_salt)).into()
    }
}

/// The name of member `number`.
fn name(number: u32) -> String {
    format!("sip:member-{number}@example.org")
}
