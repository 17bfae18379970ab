//! Every operation with a secret, with the secret poisoned. What memcheck takes for undefined is what nobody may learn
//! here. It reports each branch and each address that depends on it.
//!
//! `.ci/assure poison` runs this program under valgrind, once for each backend and optimisation level that valgrind can
//! execute. `poison_i686` and `poison_armv7` run it on 32 bits. A run fails unless every wanted operation gives no
//! error, every control gives some, secret results are still secret, and the named backend runs.

mod client;
mod controls;
mod eccsi;
#[cfg(not(target_arch = "x86_64"))]
mod heap;
mod kms;
mod mikey;
mod mission_critical;
#[path = "../../points.rs"]
mod points;
mod sakke;
#[path = "../../store.rs"]
mod store;
mod stored;
#[path = "../../../src/random/testing.rs"]
mod testing;
#[cfg(target_arch = "x86_64")]
mod wide_controls;

use std::process::ExitCode;

use eccsi_sakke::Backend;
use rand_core::CryptoRng;

/// What ran, and how many operations and controls failed.
#[derive(Default)]
pub struct Run {
    operations: usize,
    controls: usize,
    failed: usize,
}

impl Run {
    /// Runs an operation that must not leak anything.
    pub fn wanted(&mut self, name: &str, operation: impl FnOnce()) {
        let errors = errors_in(operation);
        self.operations += 1;
        self.tell(name, errors, errors == 0);
    }

    /// Runs a leak that must be found.
    fn control(&mut self, name: &str, leak: impl FnOnce()) {
        let errors = errors_in(leak);
        self.controls += 1;
        self.tell(&format!("control: {name}"), errors, errors > 0);
    }

    fn tell(&mut self, name: &str, errors: usize, pass: bool) {
        self.failed += usize::from(!pass);
        println!("{errors:8}  {}  {name}", if pass { "pass" } else { "FAIL" });
    }
}

fn errors_in(f: impl FnOnce()) -> usize {
    let before = client::errors();
    f();
    client::errors() - before
}

/// Fails unless the octets depend on a secret. A secret that got lost on the way can't be watched.
pub fn is_secret(octets: &[u8]) {
    assert!(client::secret_octets(octets) > octets.len() / 2, "the secret got lost");
}

/// Fails if the octets depend on a secret. Once they are published, they must not.
pub fn is_public(octets: &[u8]) {
    assert_eq!(client::secret_octets(octets), 0, "not published");
}

/// A generator of which every octet is a secret.
pub fn secret_rng(mut seed: u64) -> impl CryptoRng {
    testing::filled_by(move |out| {
        out.fill_with(|| testing::next(&mut seed));
        client::make_secret(out);
    })
}

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1).expect("an argument: the backend that is to run");
    let backend = Backend::detect().to_string();
    assert_eq!(backend, wanted, "another backend runs");
    assert!(client::is_there(), "not under valgrind");

    std::hint::black_box(controls::division as fn(u64, u64) -> u64);
    #[cfg(target_arch = "x86_64")]
    wide_controls::link();

    let mut run = Run::default();
    run.control("a branch", controls::branch);
    run.control("an index", controls::index);
    run.control("a comparison with an early exit", controls::early_exit);
    run.control("an inversion in variable time", controls::inversion);
    run.control("a function of the crate that leaks", controls::leaking_function);
    println!("ECCSI");
    eccsi::operations(&mut run);
    println!("SAKKE");
    sakke::operations(&mut run);
    println!("MIKEY");
    mikey::operations(&mut run);
    println!("Mission-critical keys");
    mission_critical::operations(&mut run);
    println!("Keys that a KMS gives");
    kms::operations(&mut run);
    println!("State as records");
    stored::operations(&mut run);
    // Errors must be found after the operations too.
    run.control("a branch", controls::branch);

    let Run { operations, controls, failed } = run;
    println!("{operations} operations on {backend}, {controls} controls, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
