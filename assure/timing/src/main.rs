//! dudect (Reparaz, Balasch, Verbauwhede, "Dude, is my code constant time?"): each operation is
//! timed on a fixed secret and on random ones, in random order, and Welch's t-test asks whether the
//! two classes differ. |t| < 5 is what noise gives; a leak grows with the square root of the
//! measurements.
//!
//! `timing BACKEND SIGNATURES OTHERS`: how many measurements of signing, and of each other
//! operation. A case that comes out between 5 and 10 is measured once more, and its second outcome
//! counts. The controls take variable time and must come out above 10, after 1000 measurements at most.

mod cases;
mod clock;
#[path = "../../octets.rs"]
mod octets;
#[path = "../../points.rs"]
mod points;
mod welch;

use std::process::ExitCode;

use eccsi_sakke::Backend;

/// Above this, a difference.
const NOISE: f64 = 5.0;
/// Above this, no doubt about it.
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
