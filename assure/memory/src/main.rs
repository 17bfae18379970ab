//! Searches for what operations leave in memory. After each operation everything is dropped. Then the memory of the
//! process is searched for the secrets of the operation, in every form that they are known to take.
//!
//! There are three kinds of processes, so that none finds what another left:
//!
//! * `memory` runs the others and prints a line for each operation;
//! * `memory derive` computes the secrets and their forms, and prints them masked;
//! * `memory run CASE` does one operation and searches its own memory.
//!
//! A run fails if a secret remains on the heap, in a static, or as octets on the stack. Limbs and digits on the stack
//! are temporaries that the compiler spilled, and they are only counted. The controls leave a secret in each of these
//! places, and must be found.

mod blocks;
mod cases;
mod derive;
mod forms;
mod masked;
mod scan;
#[path = "../../store.rs"]
mod store;
#[path = "../../../src/random/testing.rs"]
mod testing;

use std::io::Write;
use std::process::{Command, ExitCode, Stdio};

use eccsi_sakke::Backend;
use scan::Found;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => all(),
        ["derive"] => {
            print!("{}", derive::everything());
            ExitCode::SUCCESS
        }
        ["run", name] => {
            let Found { elsewhere, stack_octets, stack_words } = cases::run(name);
            println!("{elsewhere} {stack_octets} {stack_words}");
            ExitCode::SUCCESS
        }
        _ => ExitCode::FAILURE,
    }
}

/// Runs every case, and gives the verdict.
fn all() -> ExitCode {
    let derived = child(&["derive"], "");
    println!("heap, statics   stack: octets   limbs, digits");
    let (mut operations, mut controls, mut failed, mut spilled) = (0, 0, 0, 0);
    for name in cases::names() {
        let found = Found::parse(&child(&["run", name], &derived));
        let Found { elsewhere, stack_octets, stack_words } = found;
        let pass = if let Some(control) = name.strip_prefix("control: ") {
            controls += 1;
            match control {
                "octets on the stack" => stack_octets > 0,
                "limbs on the stack" => stack_words > 0,
                _ => elsewhere > 0,
            }
        } else {
            operations += 1;
            spilled += stack_words;
            elsewhere == 0 && stack_octets == 0
        };
        failed += usize::from(!pass);
        let verdict = if pass { "pass" } else { "FAIL" };
        println!("{elsewhere:13} {stack_octets:15} {stack_words:15}  {verdict}  {name}");
    }
    println!(
        "{operations} operations on {}, {controls} controls, {failed} failed, {spilled} spilled words",
        Backend::detect()
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The output of another process of this program.
fn child(arguments: &[&str], input: &str) -> String {
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("ended");
    assert!(output.status.success(), "{arguments:?} failed");
    String::from_utf8(output.stdout).expect("text")
}
