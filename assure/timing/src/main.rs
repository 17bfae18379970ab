//! The method of dudect (Reparaz, Balasch, Verbauwhede, "Dude, is my code constant time?"). Each operation is
//! timed with a fixed secret and with random ones, in random order, and Welch's t-test shows whether the
//! two classes differ. Noise gives |t| < 5. The t of a leak grows with the square root of the number of
//! measurements.
//!
//! `timing BACKEND SIGNATURES OTHERS` takes the number of measurements of signing, and that of each other
//! operation. A case whose |t| is between 5 and 10 is measured once more, and its second result
//! counts. The controls take variable time, and their |t| must be above 10 after at most 1000 measurements.

mod cases;
mod clock;
#[path = "../../octets.rs"]
mod octets;
#[path = "../../points.rs"]
mod points;
mod welch;

use std::process::ExitCode;

use eccsi_sakke::Backend;

/// From this |t| on, the classes differ.
const NOISE: f64 = 5.0;
/// From this |t| on, there is no doubt about it.
const LEAK: f64 = 10.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [backend, signatures, others] = &arguments[..] else {
        panic!("timing BACKEND SIGNATURES OTHERS");
    };
    assert_eq!(&Backend::detect().to_string(), backend, "another backend runs");
    let count = |text: &String| text.parse().expect("a number of measurements");
    let (signatures, others): (usize, usize) = (count(signatures), count(others));

    let (mut failed, mut worst) = (0, 0.0f64);
    for mut case in cases::all() {
        let n = match case.name {
            _ if case.leaks => others.min(1000),
            name if name.contains("sign") => signatures,
            _ => others,
        };
        let mut t = case.t(n);
        if !case.leaks && t.abs() > NOISE && t.abs() < LEAK {
            println!("{t:9.2}  once more: {}", case.name);
            t = case.t(n);
        }
        let pass = if case.leaks { t.abs() > LEAK } else { t.abs() < NOISE };
        if !case.leaks {
            worst = worst.max(t.abs());
        }
        failed += usize::from(!pass);
        println!(
            "{t:9.2}  {}  {}, {n} measurements",
            if pass { "pass" } else { "FAIL" },
            case.name
        );
    }
    println!(
        "{backend}: worst |t| {worst:.2}, {signatures} signatures, {others} others, {failed} failed"
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
