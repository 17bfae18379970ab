//! Checks that what a receiver accepts was sent to it, once, in a network that an adversary owns.
//!
//! `network DELIVERIES MESSAGES` takes the number of deliveries and the number of messages from which they are drawn.
//! The receivers live as many lives as that takes. `eccsi_sakke_fuzz::network` says what is checked. Each control
//! breaks something on purpose and must be found. Every reason of the layers to refuse a message must come up, because
//! otherwise the adversary is too weak.

use std::process::ExitCode;
use std::time::Instant;

use eccsi_sakke_fuzz::Rng;
use eccsi_sakke_fuzz::network::{Control, Refusal, Tally, Violation, World, live};
use rand_core::Rng as _;

/// Octets of choices in a life, which make about 160,000 deliveries.
const LIFE: usize = 2_000_000;

/// The number of octets of choices that suffices for a control to be found.
const CONTROL: usize = 1_000_000;

/// The reasons of the layers, or how they begin when they are printed. Reasons that concern a receiver's own pre-shared
/// key are left out.
const REASONS: [&str; 36] = [
    "Truncated",
    "Trailing",
    "Length",
    "Version",
    "MessageType",
    "Payload",
    "Missing",
    "Repeated",
    "Value",
    "TimestampType",
    "Rand",
    "Suite",
    "Stale",
    "Replayed",
    "Settled",
    "Retries",
    "Forgotten",
    "Full",
    "Quota",
    "Initiator",
    "Responder",
    "IdScheme",
    "Signature",
    "Mac",
    "Decapsulation",
    "Primitive",
    "Limit",
    "Purpose",
    "Profile",
    "Identity",
    "Spi",
    "Parameters",
    "Sealed",
    "Revoked",
    "Group",
    "Duplicate",
];

/// Every control, and how the violation begins to which it must lead.
const CONTROLS: [(Control, &str); 9] = [
    (Control::Unknown, "NotSent"),
    // Several violations follow from this one, and any of them may come first.
    (Control::Credulous, "Not"),
    (Control::Forgetful, "Twice"),
    (Control::Patient, "OutOfTime"),
    (Control::Mistold, "Another"),
    (Control::Unaware, "KnownKey"),
    (Control::Hasty, "Opened"),
    (Control::Nervous, "Revoked"),
    (Control::Jaded, "Refused"),
];

/// The choices of a life in which the receivers' time passes as fast as the messages come.
fn choices(seed: u64, length: usize) -> Vec<u8> {
    let mut octets = vec![0; length];
    Rng(seed).fill_bytes(&mut octets);
    octets[0] = 3;
    octets
}

/// The controls that were not found.
fn not_found(world: &World) -> Vec<Control> {
    let mut missed = Vec::new();
    for (control, expected) in CONTROLS {
        let mut tally = Tally::default();
        let outcome = live(world, &choices(1, CONTROL), control, &mut tally);
        let found = outcome.map_err(|violation| format!("{violation:?}"));
        match &found {
            Err(found) if found.starts_with(expected) => {
                println!("control found after {} deliveries: {control:?}", tally.deliveries);
            }
            _ => {
                println!(
                    "control NOT found in {} deliveries: {control:?}, {found:?}",
                    tally.deliveries
                );
                missed.push(control);
            }
        }
    }
    missed
}

fn lives(world: &World, deliveries: u64, tally: &mut Tally) -> Result<u64, Violation> {
    let mut lives = 0;
    while tally.deliveries < deliveries {
        lives += 1;
        live(world, &choices(1 << 32 | lives, LIFE), Control::None, tally)?;
    }
    Ok(lives)
}

/// Prints and returns how often each thing occurred, the most frequent first.
fn table<'a, K: 'a>(
    counts: impl IntoIterator<Item = (&'a K, &'a u64)>,
    name: impl Fn(&K) -> String,
) -> Vec<(String, u64)> {
    let mut rows: Vec<_> = counts.into_iter().map(|(key, n)| (name(key), *n)).collect();
    rows.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), name.clone()));
    for (name, count) in &rows {
        println!("{count:12}  {name}");
    }
    rows
}

fn name(refusal: &Refusal) -> String {
    let Refusal::Library(error) = refusal else { return format!("{refusal:?}") };
    let name = format!("{error:?}");
    let inner = name.strip_prefix("Message(").and_then(|name| name.strip_suffix(')'));
    inner.map_or(name.clone(), Into::into)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = arguments.iter().flat_map(|text| text.parse()).collect();
    let [deliveries, messages] = numbers[..] else { panic!("network DELIVERIES MESSAGES") };
    let start = Instant::now();
    let world = World::new(messages as usize);
    println!("{messages} messages made in {:.1?}", start.elapsed());
    let missed = not_found(&world);

    let mut tally = Tally::default();
    let lives = match lives(&world, deliveries, &mut tally) {
        Ok(lives) => lives,
        Err(violation) => {
            println!("after {} deliveries: {violation:?}", tally.deliveries);
            return ExitCode::FAILURE;
        }
    };
    println!("\naccepted:");
    let accepted = table(&tally.accepted, |entry| entry.to_string());
    println!("\nof these:");
    let special = table(&tally.special, |special| special.to_string());
    println!("\nrefused:");
    let refused = table(&tally.refused, name);
    let is_refused_for = |reason: &str| refused.iter().any(|(name, _)| name.starts_with(reason));
    let never: Vec<_> = REASONS.iter().filter(|reason| !is_refused_for(reason)).collect();
    println!("\nnever refused for: {never:?}");
    let total = |rows: &[(String, u64)]| rows.iter().map(|(_, count)| count).sum::<u64>();
    println!(
        "{} deliveries of {} messages in {lives} lives: {} accepted in {} ways, {} refused for {} reasons; {} \
         verified, {} opened; {} of {} controls found; {} s",
        tally.deliveries,
        tally.drawn.len(),
        total(&accepted),
        accepted.len(),
        total(&refused),
        refused.len(),
        tally.verified,
        tally.opened,
        CONTROLS.len() - missed.len(),
        CONTROLS.len(),
        start.elapsed().as_secs(),
    );
    // Every entry and every special case must have come up.
    let is_open = accepted.len() == 9 && special.len() == 5;
    let is_enough = tally.drawn.len() as u64 == messages && is_open && never.is_empty();
    if missed.is_empty() && is_enough { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
