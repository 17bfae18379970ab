//! Reads a MIKEY message and says in plain words what is in it, and which checks it passes.
//!
//! ```text
//! cargo run --features mission-critical --example inspect -- MESSAGE
//! cargo run --features mission-critical --example inspect -- --keys KEYS.json MESSAGE
//! ```
//!
//! MESSAGE is a file, or `-` for standard input: hexadecimal, or base64 with or without the words
//! before it, as in `a=key-mgmt:mikey AQ…`. **With `--keys` the secrets are printed.** KEYS.json is
//!
//! ```json
//! {
//!   "kms_uri": "kms.example.org", "period": 2592000, "offset": 0,
//!   "KPAK": "04…", "Z": "04…",
//!   "initiator": "sip:gms@example.org", "responder": "sip:alice@example.org",
//!   "RSK": "04…",
//!   "psk": "…"
//! }
//! ```
//!
//! in which everything may be left out: what is missing isn't checked. A test of
//! `test-vectors/mikey.json` has the same names.

#[path = "inspect/checks.rs"]
mod checks;
#[path = "inspect/words.rs"]
mod words;

use std::io::Read;
use std::process::ExitCode;
use std::time::SystemTime;
use std::{env, fs, io};

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey::Message;
use serde_json::Value;

pub type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["--keys", keys, message] => inspect(message, Some(keys)),
        [message] if !message.starts_with("--") => inspect(message, None),
        _ => {
            eprintln!("usage: inspect [--keys KEYS.json] MESSAGE");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Prints everything; whether no check failed.
fn inspect(message: &str, keys: Option<&str>) -> Result<bool> {
    let mut text = String::new();
    if message == "-" {
        io::stdin().read_to_string(&mut text)?;
    } else {
        text = fs::read_to_string(message).map_err(|error| format!("{message}: {error}"))?;
    }
    let octets = octets(&text).ok_or("neither hexadecimal nor base64")?;
    let keys = match keys {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
            serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?
        }
        None => Value::Null,
    };
    println!("{} octets", octets.len());
    let message = match Message::decode(&octets) {
        Ok(message) => message,
        Err(error) => {
            println!("no MIKEY message: {error}");
            return Ok(false);
        }
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let now = NtpTime::from_unix(now.as_secs());
    words::print(&message, now);
    println!("\nchecks");
    checks::print(&octets, &message, &keys, now)
}

/// The octets that the last word of `text` stands for, or all its words if they are hexadecimal.
fn octets(text: &str) -> Option<Vec<u8>> {
    let together: String = text.split_whitespace().collect();
    if let Ok(octets) = hex::decode(&together) {
        return Some(octets);
    }
    let word = text.split_whitespace().next_back()?;
    base64(word.trim_matches('"').rsplit(':').next()?)
}

/// RFC 4648 section 4, padding optional.
fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut octets, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for symbol in text.trim_end_matches('=').bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            octets.push((bits >> count & 0xff) as u8);
        }
    }
    Some(octets)
}
