//! Reads a MIKEY message or a document of a KMS and says in plain words what is in it, and which checks it passes.
//!
//! The documentation of the library says how it is called.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::time::SystemTime;
use std::{env, error, str};

use eccsi_sakke::NtpTime;
use eccsi_sakke_inspect::{Group, Keys, MAX_INPUT, Options, inspect, time, vector};

/// Octets of the largest file of vectors.
const MAX_VECTORS: u64 = 1 << 24;

type Result<T> = std::result::Result<T, Box<dyn error::Error>>;

const USAGE: &str = "\
usage: inspect [--keys FILE]... [--at TIME] [--check GROUP]... [--strict] [--json] INPUT
       inspect --vector FILE.json:ID [--at TIME] [--check GROUP]... [--strict] [--json]

INPUT      a file, or - for standard input: a message in binary, hexadecimal or base64, or a line of SDP
           or RTSP with it; or a document of a KMS in XML
--keys     KEYS.json, a KMS certificate, a key set, or a response of a KMS with these
--at       2027-01-15T08:00:00Z, or seconds since 1970; without, now
--check    structure, profile, signature or key; without, all of them
--strict   count deviations as failures
--json     give the report in JSON

exit status: 0 no check failed, 1 a check failed, 2 nothing was inspected, 3 not all checks could be made";

fn main() -> ExitCode {
    let arguments = env::args_os().skip(1).map(OsString::into_string);
    let arguments: Result<Vec<String>> = arguments
        .map(|argument| argument.map_err(|_| "an argument is not UTF-8: give another name".into()))
        .collect();
    match arguments.and_then(|arguments| run(arguments.into_iter())) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("inspect: {error}");
            ExitCode::from(2)
        }
    }
}

/// Prints the report; the exit status.
fn run(mut arguments: impl Iterator<Item = String>) -> Result<u8> {
    let (mut keys, mut asked, mut json, mut strict) = (Keys::new(), Vec::new(), false, false);
    let (mut input, mut of_vector, mut at, mut has_keys) = (None, None, None, false);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} takes a value\n\n{USAGE}"));
        match argument.as_str() {
            "--keys" => {
                has_keys = true;
                let path = value()?;
                keys.add(&read(&path)?).map_err(|error| format!("{path}: {error}"))?;
            }
            "--vector" => once(&mut of_vector, value()?, "--vector")?,
            "--at" => {
                let given = time(&value()?).map_err(|error| format!("--at: {error}"))?;
                once(&mut at, given, "--at")?;
            }
            "--check" => {
                let name = value()?;
                let group = Group::from_name(&name);
                asked.push(group.ok_or(format!("--check: no group is called {name}\n\n{USAGE}"))?);
            }
            "--strict" => strict = true,
            "--json" => json = true,
            "--help" => {
                println!("{USAGE}");
                return Ok(0);
            }
            "-" => once(&mut input, argument, "INPUT")?,
            option if option.starts_with('-') => {
                return Err(format!("there is no option {option}\n\n{USAGE}").into());
            }
            _ => once(&mut input, argument, "INPUT")?,
        }
    }
    let octets = match (input, of_vector) {
        (Some(path), None) => read(&path)?,
        (None, Some(_)) if has_keys => {
            return Err("a test of --vector has its own keys: leave --keys out".into());
        }
        (None, Some(test)) => {
            let (path, id) = test.rsplit_once(':').ok_or("--vector takes FILE.json:ID")?;
            let file = whole(path, MAX_VECTORS)?;
            let file = str::from_utf8(&file).map_err(|error| format!("{path}: {error}"))?;
            let message;
            (message, keys) = vector(file, id).map_err(|error| format!("{test}: {error}"))?;
            message.into_bytes()
        }
        _ => return Err(format!("give INPUT or --vector\n\n{USAGE}").into()),
    };
    let at = at.map_or_else(|| NtpTime::try_from(SystemTime::now()), Ok)?;
    let mut options = Options { strict, ..Options::at(at) };
    if !asked.is_empty() {
        options.asked = asked;
    }
    let report = inspect(&octets, &keys, &options)?;
    let shown = if json { report.to_json()? } else { report.to_string() };
    io::stdout().write_all(shown.as_bytes())?;
    Ok(report.verdict.exit_status())
}

/// Errors: it was given before.
fn once<T>(place: &mut Option<T>, value: T, name: &str) -> Result<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("{name} is given twice: give it once\n\n{USAGE}").into()),
    }
}

/// The octets of a file or of standard input, and no more than one more than is inspected.
fn read(path: &str) -> Result<Vec<u8>> {
    whole(path, MAX_INPUT as u64 + 1)
}

fn whole(path: &str, most: u64) -> Result<Vec<u8>> {
    let mut octets = Vec::new();
    let read = match path {
        "-" => io::stdin().take(most).read_to_end(&mut octets),
        _ => File::open(path).and_then(|file| file.take(most).read_to_end(&mut octets)),
    };
    read.map_err(|error| format!("{path}: {error}"))?;
    Ok(octets)
}
