//! Reads a MIKEY message and says in plain words what is in it, and which checks it passes.
//!
//! ```text
//! cargo run --release --example inspect -- MESSAGE
//! cargo run --release --example inspect -- --keys KEYS.json MESSAGE
//! cargo run --release --example inspect -- --vector test-vectors/mikey.json:ID
//! ```
//!
//! MESSAGE is a file, or `-` for standard input: hexadecimal, or base64, alone or in a line of SDP as in
//! `a=key-mgmt:mikey AQ…`. **With keys the secrets are printed.** KEYS.json is
//!
//! ```json
//! {
//!   "kms_uri": "kms.example.org", "period": 2592000, "offset": 0,
//!   "KPAK": "04…", "Z": "04…",
//!   "initiator": "sip:gms@example.org", "responder": "sip:alice@example.org",
//!   "RSK": "04…", "own_RSK": "04…", "initiator_Z": "04…",
//!   "responder_kms_uri": "kms.example.net", "responder_period": 604800, "responder_offset": 0,
//!   "psk": "…", "signer": "…"
//! }
//! ```
//!
//! in which everything may be left out: what is missing isn't checked, and that is said. `RSK` is the
//! responder's, `own_RSK` the initiator's, for what it encapsulates to itself. Z and the `responder_…`
//! values are those of the responder's KMS, if it isn't the initiator's, whose is `initiator_Z`. Without
//! `period` a message of identifier scheme 1 is one of RFC 6509, whose identifiers are telephone numbers
//! and months. `signer` is an identifier in
//! hexadecimal, for the signature of ProSe. A test of `test-vectors/mikey.json` has the same names:
//! `--vector` takes message and keys of one.
//!
//! The exit status is 0 if no check failed, 1 if one did, 2 if there is nothing to check.

#[path = "inspect/inspection.rs"]
mod inspection;

use std::io::Read;
use std::process::ExitCode;
use std::time::SystemTime;
use std::{env, fs, io};

use serde_json::Value;

use inspection::{Result, inspect};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let input = match arguments.as_slice() {
        ["--vector", test] => vector(test),
        ["--keys", keys, message] => text(message).and_then(|message| Ok((message, json(keys)?))),
        [message] if !message.starts_with("--") => text(message).map(|text| (text, Value::Null)),
        _ => {
            eprintln!(
                "usage: inspect [--keys KEYS.json] MESSAGE\n       inspect --vector FILE.json:ID"
            );
            return ExitCode::from(2);
        }
    };
    let outcome =
        input.and_then(|(message, keys)| inspect(&message, &keys, SystemTime::now().try_into()?));
    match outcome {
        Ok(inspected) => {
            print!("{}", inspected.page);
            if inspected.good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("inspect: {error}");
            ExitCode::from(2)
        }
    }
}

/// The text of a file, or of standard input.
fn text(path: &str) -> Result<String> {
    let mut text = String::new();
    if path == "-" {
        io::stdin().read_to_string(&mut text)?;
    } else {
        text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(text)
}

fn json(path: &str) -> Result<Value> {
    Ok(serde_json::from_str(&text(path)?).map_err(|error| format!("{path}: {error}"))?)
}

/// Message and keys of a test in a file of vectors.
fn vector(test: &str) -> Result<(String, Value)> {
    let (path, id) = test.rsplit_once(':').ok_or("--vector takes FILE.json:ID")?;
    let document = json(path)?;
    let groups = document["groups"].as_array().into_iter().flatten();
    let mut tests = groups.flat_map(|group| group["tests"].as_array().into_iter().flatten());
    let number = id.parse::<u64>();
    let is_it = |test: &&Value| {
        test["id"] == *id || number.as_ref().is_ok_and(|number| test["id"] == *number)
    };
    let test = tests.find(is_it).ok_or_else(|| format!("{path} has no test {id}"))?;
    let message = test["message"].as_str().ok_or_else(|| format!("test {id} has no message"))?;
    Ok((message.into(), test.clone()))
}
