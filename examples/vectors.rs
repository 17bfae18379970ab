//! Runs files of test vectors, or shows every intermediate value of one test.
//!
//! ```text
//! cargo run --release --features hazmat,mission-critical,kms-xml --example vectors -- test-vectors/rfc.json
//! cargo run --release --features hazmat,mission-critical,kms-xml --example vectors -- --show test-vectors/rfc.json:7
//! ```

#[path = "vectors/runner.rs"]
#[expect(dead_code, reason = "only tests/vectors.rs reads the details of passed tests")]
mod runner;

use std::env;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--show", test] => show(test),
        [] | ["--show", ..] => usage(),
        files => run(files),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: vectors FILE.json…\n       vectors --show FILE.json:ID");
    ExitCode::from(2)
}

fn show(test: &str) -> ExitCode {
    let Some((file, id)) = test.rsplit_once(':') else { return usage() };
    match runner::show(Path::new(file), id) {
        Ok(lines) => {
            print!("{lines}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(files: &[&str]) -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    let mut all_read = true;
    for file in files {
        match runner::run_file(Path::new(file)) {
            Ok(report) => {
                for failure in &report.failed {
                    println!("{failure}");
                }
                passed += report.passed.len();
                failed += report.failed.len();
            }
            Err(why) => {
                eprintln!("{why}");
                all_read = false;
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    if all_read && failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
