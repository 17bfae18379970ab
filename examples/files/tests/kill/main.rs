//! Kills processes at random moments and checks what is on disk afterwards.
//!
//! A child acts as a KMS, a GMS and a client at once, each with its own folder. It sends and receives group keys,
//! replaces transport keys and issues key sets, and prints each finished step. It is killed with
//! SIGKILL after some milliseconds. Then the folders are checked, and the next child continues with them.
//!
//! `KILLS=1000 cargo test -p eccsi-sakke-files --test kill` kills a thousand processes instead of 300. `KEPT=…` names
//! a folder that is kept for inspection.

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

/// Starts a child, kills it after some time, and returns what it has printed.
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
    // The delay may be zero or long, and does not depend on what the child is doing.
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
    // An incomplete line does not count.
    let whole = &told[..told.rfind('\n').map_or(0, |end| end + 1)];
    whole.lines().map(Said::parse).collect()
}
