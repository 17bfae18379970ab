//! The script that drives the three programs and prints what happens.
//!
//! ```text
//! cargo run --release -p programs              two hundred members
//! cargo run --release -p programs -- 20        twenty members
//! ```
//!
//! Two key management servers, a group management server and radios take part. Each is a process with its state in a
//! folder. Before each step, and in the middle of some steps, the script kills the servers and starts them again. A
//! radio is a new process for each command.

mod attacks;
mod stage;

use std::fs;
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use eccsi_sakke::NtpTime;
use programs::{Result, now};

use stage::{Stage, free_port, pretender};

pub const HOME: &str = "kms.example.org";
pub const OTHER: &str = "kms.example.com";
pub const GMS: &str = "sip:gms@example.org";
pub const GROUP: &str = "sip:group@example.org";
pub const ALICE: &str = "sip:alice@example.org";
pub const BOB: &str = "sip:bob@example.com";
pub const CAROL: &str = "sip:carol@example.org";
/// A user of the home KMS who is not a member of the group.
pub const MGS: &str = "sip:mgs@example.org";
/// The length of a key period in seconds.
const PERIOD: u64 = 30 * 86_400;

fn main() -> ExitCode {
    programs::run(|arguments| {
        let members = arguments.first().map_or(Ok(200), |number| number.parse())?;
        if members < 3 {
            return Err("the group has at least three members: give a larger number".into());
        }
        let mut story = Story::begin(members)?;
        story.provision()?;
        story.distribute()?;
        story.leave()?;
        story.call("A private call")?;
        story.upload()?;
        story.speak()?;
        story.replace_shared_keys()?;
        story.change_period()?;
        story.stage.restart()?;
        let refused = attacks::try_all(&mut story)?;
        story.call("After the attacks, a private call")?;
        let seconds = story.started.elapsed().as_secs();
        Ok(writeln!(
            stdout(),
            "\nEvery user has its keys, and all {refused} attacks were refused. Total time: {seconds} s."
        )?)
    })
}

pub struct Story {
    pub stage: Stage,
    started: Instant,
    /// The addresses of the servers.
    pub home: String,
    pub other: String,
    pub gms: String,
    ports: [String; 3],
    members: usize,
}

/// Prints the heading of a step.
fn heading(text: &str) {
    println!("\n{text}");
}

fn say(text: &str) {
    println!("  {text}");
}

/// The name of a user's folder.
pub fn name(uri: &str) -> &str {
    uri.trim_start_matches("sip:").split('@').next().unwrap_or(uri)
}

/// The KMS of a user.
pub fn kms(uri: &str) -> &'static str {
    if uri.ends_with(".com") { OTHER } else { HOME }
}

impl Story {
    /// The present time of the story.
    pub fn now(&self) -> NtpTime {
        NtpTime::from_seconds(now().seconds() + self.stage.ahead)
    }

    fn begin(members: usize) -> Result<Self> {
        let stage = Stage::build()?;
        let ports = [free_port()?, free_port()?, free_port()?];
        let [home, other, gms] = ports.clone().map(|port| format!("http://127.0.0.1:{port}"));
        let started = Instant::now();
        Ok(Self { stage, started, home, other, gms, ports, members })
    }

    /// All members of the group: Alice, Bob, Carol, and other users of both domains.
    fn uris(&self) -> Vec<String> {
        let number = |number| match number % 2 {
            0 => format!("sip:member-{number}@example.org"),
            _ => format!("sip:member-{number}@example.com"),
        };
        let named = [ALICE, BOB, CAROL].map(Into::into);
        named.into_iter().chain((4..=self.members).map(number)).collect()
    }

    /// Runs a command of a radio.
    pub fn client(&self, uri: &str, words: &[&str]) -> Result<Vec<String>> {
        let path = self.stage.path(name(uri));
        self.stage.run(&[&["client", &path, uri, kms(uri)], words].concat())
    }

    /// Runs a command of a radio that must be refused.
    pub fn refuses(&self, uri: &str, words: &[&str]) -> Result<String> {
        let path = self.stage.path(name(uri));
        self.stage.refused(&[&["client", &path, uri, kms(uri)], words].concat())
    }

    fn gms(&self, words: &[&str]) -> Result<Vec<String>> {
        let path = self.stage.path("gms");
        self.stage.run(&[&["gms", &path, GMS, HOME], words].concat())
    }

    fn kms_command(&self, uri: &str, words: &[&str]) -> Result<Vec<String>> {
        self.stage.run(&[&["kms", &self.stage.path(uri), uri], words].concat())
    }

    pub fn address(&self, uri: &str) -> &str {
        if kms(uri) == HOME { &self.home } else { &self.other }
    }

    pub fn start_servers(&mut self, with_gms: bool) -> Result<()> {
        for (uri, port) in [HOME, OTHER].into_iter().zip(self.ports.clone()) {
            let path = self.stage.path(uri);
            self.stage.start(&["kms", &path, uri, "serve", &port])?;
        }
        if with_gms {
            let (path, members) = (self.stage.path("gms"), self.stage.path("members"));
            let port = self.ports[2].clone();
            self.stage.start(&["gms", &path, GMS, HOME, "serve", &members, &port])?;
        }
        Ok(())
    }

    fn provision(&mut self) -> Result<()> {
        heading(
            "Two key management servers make their master keys and exchange their certificates",
        );
        for uri in [HOME, OTHER] {
            let certificate = self.kms_command(uri, &["new"])?.join("\n");
            fs::write(self.stage.path(&format!("{uri}.xml")), certificate)?;
        }
        for (uri, other) in [(HOME, OTHER), (OTHER, HOME)] {
            self.kms_command(uri, &["also", &self.stage.path(&format!("{other}.xml"))])?;
            say(uri);
        }

        let mut users = self.uris();
        users.extend([GMS, MGS].map(Into::into));
        heading(&format!(
            "{} users receive the keys that they share with their KMS, out of band",
            users.len()
        ));
        for domain in [HOME, OTHER] {
            let mut words = vec!["user"];
            words.extend(users.iter().map(String::as_str).filter(|uri| kms(uri) == domain));
            for line in self.kms_command(domain, &words)? {
                let (uri, keys) = line.split_once(' ').ok_or("no keys")?;
                let (program, path) =
                    if uri == GMS { ("gms", "gms") } else { ("client", name(uri)) };
                let words = [program, &self.stage.path(path), uri, domain, "new"];
                self.stage.run_with(&words, keys)?;
            }
            say(&format!("the users of {domain}"));
        }

        heading("The users request certificates and their keys for this period from their KMS");
        self.start_servers(false)?;
        self.gms(&["fetch", &self.home])?;
        say("the GMS has its keys");
        for (count, uri) in users.iter().filter(|uri| *uri != GMS).enumerate() {
            let told = self.client(uri, &["fetch", self.address(uri)])?;
            match uri.as_str() {
                ALICE | BOB | CAROL | MGS => say(&format!("{uri}: {}", told[0])),
                _ if (count + 1) % 50 == 0 => {
                    say(&format!("{} of {} users have their keys", count + 1, users.len() - 1))
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes a new group key for these members. Each of them receives it.
    fn rekey(&mut self, members: &[String]) -> Result<()> {
        let lines = members.iter().map(|uri| format!("{uri} {}\n", kms(uri)));
        fs::write(self.stage.path("members"), lines.collect::<String>())?;
        self.stage.kill()?;
        for line in self.gms(&["rekey", GROUP, &self.stage.path("members")])? {
            say(&line);
        }
        self.start_servers(true)?;
        let mut held = String::new();
        for (count, uri) in members.iter().enumerate() {
            held = self.join(uri)?;
            if (count + 1) % 50 == 0 || count + 1 == members.len() {
                say(&format!("{} of {} members have {held}", count + 1, members.len()));
            }
        }
        // The server is killed, and still has its group key.
        self.stage.restart()?;
        let told = self.join(BOB)?;
        if told != "the group key is known" {
            return Err(format!("after a restart the GMS sends another key: {told}, {held}").into());
        }
        Ok(())
    }

    fn join(&self, uri: &str) -> Result<String> {
        Ok(self.client(uri, &["join", GMS, HOME, GROUP, &self.gms])?.concat())
    }

    fn distribute(&mut self) -> Result<()> {
        heading("The GMS makes a group key, and every member receives it in its own message");
        self.rekey(&self.uris())
    }

    fn leave(&mut self) -> Result<()> {
        heading("Carol leaves the group: the others get a new key");
        // Times are in seconds, so wait until the new key is later than the old one.
        thread::sleep(Duration::from_secs(1));
        let recorded = programs::post(&format!("{}/group?{ALICE}", self.gms), &[])?;
        let mut members = self.uris();
        members.retain(|uri| uri != CAROL);
        self.rekey(&members)?;
        let words = ["join", GMS, HOME, GROUP, &pretender(&recorded)?];
        say(&format!(
            "Alice receives the old key in a message that was held back: {}",
            self.refuses(ALICE, &words)?
        ));
        self.refuses(CAROL, &["join", GMS, HOME, GROUP, &self.gms])?;
        say(&format!("Carol requests the new key: {}", self.stage.refusal()?));
        Ok(())
    }

    pub fn call(&mut self, text: &str) -> Result<()> {
        self.stage.restart()?;
        heading(&format!(
            "{text}: Alice makes its key, and Bob, a user of the other KMS, receives it"
        ));
        let [sdp, sent] = &self.client(ALICE, &["call", BOB, OTHER])?[..] else {
            return Err("no line".into());
        };
        let heard = self.client(BOB, &["ring", ALICE, HOME, sdp])?;
        say(&format!("a={}…", &sdp[2..60.min(sdp.len())]));
        same(sent, &heard[0])
    }

    fn upload(&mut self) -> Result<()> {
        self.stage.restart()?;
        heading("Alice and Bob send the keys of their signalling (CSK) to their server");
        for uri in [ALICE, BOB] {
            say(&self.client(uri, &["upload", GMS, HOME, &self.gms])?.concat());
        }
        Ok(())
    }

    fn speak(&mut self) -> Result<()> {
        for (text, words) in [
            (
                "Alice speaks under the group key, in a message without a signature, and Bob hears her",
                &["unsigned"][..],
            ),
            ("The same with a signature, as in ProSe", &[]),
        ] {
            self.stage.restart()?;
            heading(text);
            let told = self.client(ALICE, &[&["speak", GMS, GROUP], words].concat())?;
            let [sdp, sent] = &told[..] else { return Err("no line".into()) };
            let from = if words.is_empty() { &[ALICE, HOME][..] } else { &[] };
            let heard = self.client(BOB, &[&["hear", GMS, GROUP, sdp], from].concat())?;
            same(sent, &heard[0])?;
        }
        Ok(())
    }

    fn replace_shared_keys(&mut self) -> Result<()> {
        heading(
            "The KMS replaces the keys that it shares with Alice, and is killed during the exchange",
        );
        self.stage.kill()?;
        say(&self.kms_command(HOME, &["offer", ALICE])?.concat());
        for text in
            ["they come with an answer, and sign the next request", "all later requests use them"]
        {
            self.start_servers(true)?;
            let told = self.client(ALICE, &["fetch", &self.home])?.concat();
            say(&format!("{text}: {told}"));
            self.stage.kill()?;
        }
        self.start_servers(true)
    }

    fn change_period(&mut self) -> Result<()> {
        heading(
            "The key period ends: users have the keys of both periods, and then those of the new one",
        );
        let left = PERIOD - self.now().seconds() % PERIOD;
        for (text, ahead) in
            [("a day before", left.saturating_sub(86_400)), ("a day after", left + 86_400)]
        {
            self.stage.ahead = ahead;
            self.stage.restart()?;
            for uri in [ALICE, BOB, CAROL, MGS] {
                say(&format!(
                    "{text}, {uri}: {}",
                    self.client(uri, &["fetch", self.address(uri)])?.concat()
                ));
            }
            self.stage.kill()?;
            self.start_servers(false)?;
            self.gms(&["fetch", &self.home])?;
            self.stage.kill()?;
            self.start_servers(true)?;
        }
        self.call("A private call in the new period")
    }
}

/// Errors: unless both ends have the same keys.
fn same(sent: &str, heard: &str) -> Result<()> {
    if sent != heard {
        return Err(format!("the sender has {sent}, but the receiver has {heard}").into());
    }
    say(&format!("{sent} at both ends"));
    Ok(())
}

/// Waits until a KMS that has just started answers requests.
pub fn wait() {
    thread::sleep(Duration::from_millis(2100));
}
