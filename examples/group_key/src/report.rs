//! Counting, timing, and saying it in plain words.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use eccsi_sakke::eccsi::{self, SigningKey};
use eccsi_sakke::mission_critical::{Key, KeyId};
use eccsi_sakke::sakke::{self, ReceiverKey, SharedSecret};
use indicatif::{ProgressBar, ProgressStyle};

use crate::Outcome;
use crate::attacks::Attack;
use crate::group::GroupKey;
use crate::member::Step;
use crate::roles::Calendar;

/// A kind of work, one line of the table each, in this order.
#[derive(Clone, Copy)]
pub enum Task {
    SetUp,
    IssueSigningKey,
    IssueOpeningKey,
    CheckServer,
    CheckSigningKey,
    CheckOpeningKey,
    MakeGroupKey,
    Prepare,
    Send,
    Open,
}

/// How often each task was done, and how long it took altogether.
#[derive(Default)]
pub struct Tally([(u32, Duration); TASKS.len()]);

impl Tally {
    /// Does `work`, counts it and takes its time.
    pub fn measure<T>(&mut self, task: Task, work: impl FnOnce() -> T) -> T {
        self.measure_all(task, &[()], |_| work())
    }

    /// [`measure`](Self::measure) for a batch.
    pub fn measure_all<I, T>(
        &mut self,
        task: Task,
        items: &[I],
        work: impl FnOnce(&[I]) -> T,
    ) -> T {
        let started = Instant::now();
        let result = work(items);
        let (times, duration) = &mut self.0[task as usize];
        *times = times.saturating_add(items.len().try_into().unwrap_or(u32::MAX));
        *duration += started.elapsed();
        result
    }

    /// What another thread counted.
    pub fn add(&mut self, other: &Self) {
        for ((times, duration), (more, longer)) in self.0.iter_mut().zip(&other.0) {
            *times += more;
            *duration += *longer;
        }
    }

    fn of(&self, task: Task) -> (u32, Duration) {
        self.0[task as usize]
    }
}

/// Says what is about to happen.
pub fn opening(out: &mut impl Write, members: u32, calendar: &Calendar) -> io::Result<()> {
    let plural = if members == 1 { "" } else { "s" };
    let (number, day, days) = (calendar.number, calendar.day, Calendar::DAYS);
    writeln!(
        out,
        "\
One group key for {members} member{plural}

A key server gives every user two private keys, made for the user's name and for the
current key period (number {number}, day {day} of {days}): one signs, one opens. The group
manager makes a group key, locks it for each member by name, and signs: MIKEY-SAKKE, as
3GPP TS 33.180 has it. Every member checks who signed and opens it.
"
    )
}

/// A bar on standard error for large groups, if that is a terminal.
pub fn progress(members: u32) -> ProgressBar {
    if members <= 50 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(members.into());
    match ProgressStyle::with_template("{bar:40} {pos} of {len} members, {eta} to go") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// The table of what was done; `message` is the octets of the longest message.
pub fn work(out: &mut impl Write, tally: &Tally, message: usize) -> io::Result<()> {
    writeln!(
        out,
        "{:14} {:37} {:>6} {:>7} {:>8} {:>8}",
        "who", "what", "times", "octets", "total", "each"
    )?;
    rule(out)?;
    let mut last = "";
    for ((who, what, octets), (times, duration)) in TASKS.iter().zip(&tally.0) {
        let who = if *who == last { "" } else { who };
        let each = duration.checked_div(*times).unwrap_or_default();
        let octets = if *octets == MESSAGE { message } else { *octets };
        writeln!(
            out,
            "{who:14} {what:37} {times:>6} {octets:>7} {:>8} {:>8}",
            time(*duration),
            time(each)
        )?;
        last = if who.is_empty() { last } else { who };
    }
    rule(out)?;
    writeln!(
        out,
        "Users are the members and the group manager. Octets: what one such thing takes.\n"
    )
}

/// Members per second: of the group manager on one core, and of all roles together on all cores.
pub fn rates(
    out: &mut impl Write,
    tally: &Tally,
    members: u32,
    elapsed: Duration,
    threads: usize,
) -> io::Result<()> {
    let (_, sending) = tally.of(Task::Send);
    let per_second = |duration: Duration| f64::from(members) / duration.as_secs_f64();
    let plural = if threads == 1 { "" } else { "s" };
    writeln!(
        out,
        "\
Members per second: {:.0} for the group manager on one core, {:.0} for everybody's work
on {threads} core{plural}.
",
        per_second(sending),
        per_second(elapsed)
    )
}

/// How many members have the key, and why the first few others don't.
pub fn members(
    out: &mut impl Write,
    group_key: &GroupKey,
    outcome: &Outcome,
    members: u32,
) -> io::Result<()> {
    let id = hex::encode(group_key.key.id().to_bytes());
    let Outcome { holding, hearing, refusals, .. } = outcome;
    writeln!(
        out,
        "\
{holding} of {members} members hold the group key with the ID {id}.
{hearing} of {members} work out the media keys of what member 1 sends."
    )?;
    for refusal in refusals.iter().take(5) {
        writeln!(out, "  {refusal}")?;
    }
    writeln!(out)
}

/// The table of the attacks.
pub fn attacks(out: &mut impl Write, attacks: &[Attack]) -> io::Result<()> {
    writeln!(
        out,
        "Now attacks on Alice, one member more. These steps may refuse a message to her:"
    )?;
    for (step, question) in Step::ALL {
        writeln!(out, "  {:14} {question}", step.to_string())?;
    }
    writeln!(
        out,
        "\n{:45} {:>6} {:>7} {:>8}  refused by",
        "what reaches Alice", "sent", "opened", "refused"
    )?;
    rule(out)?;
    for attack in attacks {
        let steps = match attack.refused_at.as_slice() {
            [] => "-".to_owned(),
            [step] => step.to_string(),
            steps => format!("{} steps", steps.len()),
        };
        let mark = if attack.as_expected() { "" } else { "  WRONG" };
        let Attack { what, tried, opened, .. } = attack;
        writeln!(out, "{what:45} {tried:>6} {opened:>7} {:>8}  {steps}{mark}", tried - opened)?;
    }
    rule(out)?;
    writeln!(out)
}

/// The last lines.
pub fn closing(
    out: &mut impl Write,
    complete: bool,
    repelled: bool,
    elapsed: Duration,
) -> io::Result<()> {
    let members = if complete {
        "Every member has the group key"
    } else {
        "NOT EVERY MEMBER HAS THE GROUP KEY"
    };
    let attacks = if repelled {
        "every attack was refused where it should be"
    } else {
        "NOT EVERY ATTACK WAS REFUSED WHERE IT SHOULD BE"
    };
    writeln!(out, "{members}, {attacks}. {} in all.", time(elapsed))
}

fn rule(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", "─".repeat(WIDTH))
}

/// A duration with its unit.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1e-3 {
        format!("{:.0} µs", seconds * 1e6)
    } else if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{seconds:.1} s")
    }
}

/// Columns of the tables.
const WIDTH: usize = 85;

/// Both public keys of the key server.
const PUBLIC_KEYS: usize = eccsi::KmsPublicKey::LEN + sakke::KmsPublicKey::LEN;

const SIGNING_KEY: usize = SigningKey::SSK_LEN + SigningKey::PVT_LEN;

/// The key, its ID and RAND.
const GROUP_KEY: usize = SharedSecret::LEN + KeyId::LEN + Key::RAND_LEN;

/// In the table below: as many octets as a message has. That depends on the names in it.
const MESSAGE: usize = 0;

/// Who does it, what it is, and the size of what is made or checked, in the order of [`Task`].
const TASKS: [(&str, &str, usize); Task::Open as usize + 1] = [
    ("key server", "makes its master and public keys", PUBLIC_KEYS),
    ("key server", "makes a signing key for a user", SIGNING_KEY),
    ("key server", "makes an opening key for a user", ReceiverKey::LEN),
    ("every user", "checks the key server's public keys", PUBLIC_KEYS),
    ("every user", "checks its signing key", SIGNING_KEY),
    ("every user", "checks its opening key", ReceiverKey::LEN),
    ("group manager", "makes the group key, its ID and RAND", GROUP_KEY),
    ("group manager", "prepares the key server's public key", sakke::KmsPublicKey::LEN),
    ("group manager", "locks the key for a member and signs", MESSAGE),
    ("member", "verifies the message and opens it", MESSAGE),
];
