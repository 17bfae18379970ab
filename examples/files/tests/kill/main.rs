//! Processes that are killed at any moment, and what is there afterwards.
//!
//! A child plays a KMS, a GMS and a client at once, each with a folder of its own: it gives group keys out and receives
//! them, replaces transport keys and issues key sets, and says on its output what has been done. It is killed with
//! SIGKILL after some milliseconds. Then everything is looked at, and the next child goes on with it.
//!
//! `KILLS=1000 cargo test -p eccsi-sakke-files --test kill` kills a thousand; 300 is what it does by itself. `KEPT=…` is
//! a folder to look into afterwards.

#![cfg_attr(not(unix), allow(dead_code))]

mod check;
mod child;
mod world;

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use check::{Checks, Said};

fn main() {
    let arguments: Vec<String> = env::args().collect();
    if let [_, child, place] = arguments.as_slice()
        && child == "child"
    {
        child::run(Path::new(place));
    }
    let kills = env::var("KILLS").map_or(300, |kills| kills.parse().expect("a number of kills"));
    let kept = env::var_os("KEPT");
    let place = kept.clone().map_or_else(
        || env::temp_dir().join(format!("eccsi-sakke-kill-{}", std::process::id())),
        Into::into,
    );
    let mut checks = Checks::default();
    for kill in 0..kills {
        let said = killed(&place, kill);
        checks.look(&place, &said);
    }
    if kept.is_none() {
        std::fs::remove_dir_all(&place).expect("removed");
    }
    checks.close(kills);
}

/// Starts a child, kills it after some time, and gives what it has said.
fn killed(place: &Path, kill: u32) -> Vec<Said> {
    let mut child = Command::new(env::current_exe().expect("this program"))
        .args(["child".as_ref(), place.as_os_str()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut ready = String::new();
    out.read_line(&mut ready).expect("read");
    assert_eq!(ready, "ready\n", "the child couldn't start with what was left");
    // From at once to long after, at moments that have nothing to do with what it does.
    let started = Instant::now();
    let micros = u64::from(kill.wrapping_mul(2_654_435_761) >> 8) % 40_000;
    let reader = thread::spawn(move || {
        let mut told = String::new();
        out.read_to_string(&mut told).map(|_| told)
    });
    thread::sleep(Duration::from_micros(micros).saturating_sub(started.elapsed()));
    child.kill().expect("killed");
    let status = child.wait().expect("ended");
    let told = reader.join().expect("read").expect("text");
    assert!(status.code().is_none(), "the child ended by itself: {status}\n{told}");
    // A line that isn't whole wasn't said.
    let whole = &told[..told.rfind('\n').map_or(0, |end| end + 1)];
    whole.lines().map(Said::parse).collect()
}
