//! dudect (Reparaz, Balasch, Verbauwhede, "Dude, is my code constant time?"): each operation is timed on a fixed secret
//! and on random ones, in random order. Welch's t-test tells whether the two classes differ. Noise alone gives
//! |t| < 5. The |t| of a leak grows with the square root of the number of measurements.
//!
//! `timing BACKEND SIGNATURES OTHERS` takes the number of measurements of signing, and of each other operation. If a
//! case gives |t| between 5 and 10, it is measured once more and its second outcome counts. The controls take variable
//! time and must give |t| > 10, after 1000 measurements at most.

mod cases;
mod clock;
#[path = "../../points.rs"]
mod points;
#[path = "../../../src/random/testing.rs"]
mod testing;
mod welch;

use std::process::ExitCode;

use eccsi_sakke::Backend;

/// A larger |t| means a difference.
const NOISE: f64 = 5.0;
/// A larger |t| leaves no doubt.
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
