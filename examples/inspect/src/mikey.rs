//! A MIKEY message: its content, and the checks that it passes.

mod i_message;
mod names;
mod opening;
mod parties;
mod profile;
mod psk;
mod structure;

use eccsi_sakke::mikey::{Clock, Message, Payload, Timestamp};
use eccsi_sakke::{NtpTime, eccsi, sakke};

use crate::Keys;
use crate::recorder::Recorder;
use crate::report::{Group, Item, Kind};
pub(crate) use parties::{of_key_set, protection};
use structure::{Facts, Structure};

/// Why the checks after a failed one are not made.
const REFUSED: &str = "the message was refused before that";

/// The kind of the message, its content, and the reason why that does not reach its end, if it does not.
pub(crate) fn inspect(
    found: &mut Recorder,
    octets: &[u8],
    keys: &Keys,
    at: NtpTime,
) -> (Kind, Vec<Item>, Option<String>) {
    let Structure { items, trouble, facts } = structure::of(octets, at);
    let message = Message::decode(octets).map_err(|error| match &trouble {
        Some(trouble) => format!("{error}. By the lengths alone, {trouble}"),
        None => format!("{error}. All lengths fit, so it is a value that is refused"),
    });
    let what = "a complete message of known payloads, with no octets after it";
    let message = found.check((Group::Structure, "message"), what, message);
    points(found, octets, &facts);
    let kind = match facts.message_type {
        Some(0) => Kind::PreSharedKey,
        Some(1) => Kind::Verification,
        Some(6) => Kind::Error,
        Some(26) => Kind::IMessage,
        _ => Kind::OtherMessage,
    };
    match (kind, message) {
        (Kind::IMessage, Some(message)) => i_message::inspect(found, &message, keys, at),
        (Kind::IMessage, None) => i_message::not_reached(found),
        (Kind::PreSharedKey, message) => psk::inspect(found, message.as_ref(), &facts, keys, at),
        (Kind::Verification, Some(message)) => verification(found, &message),
        (Kind::Error, Some(message)) => error(found, &message),
        _ => {}
    }
    (kind, items, trouble)
}

/// Checks each point, and the integers of the signature, even of a message that is refused.
fn points(found: &mut Recorder, octets: &[u8], facts: &Facts) {
    for (name, place) in &facts.encapsulations {
        let decoded = sakke::Encapsulation::try_from(&octets[place.clone()]);
        let what = format!("R of {name} is on the curve");
        found.check((Group::Structure, "point-r"), what, decoded);
    }
    let Some(place) = facts.signature.clone() else { return };
    let signature = &octets[place];
    let decoded = eccsi::Signature::try_from(signature);
    let in_range = !matches!(decoded, Err(eccsi_sakke::Error::Range));
    let what = "r and s of SIGN are in their ranges";
    let otherwise = "r is not below p, or s is not from 1 to q − 1";
    found.holds((Group::Structure, "integers"), what, in_range, otherwise);
    // With integers in their ranges, only PVT can be refused.
    let mut one = [0; 32];
    one[31] = 1;
    let pvt = signature.get(64..).unwrap_or_default();
    let decoded = eccsi::Signature::try_from([&one, &one, pvt].concat().as_slice());
    found.check((Group::Structure, "point-pvt"), "PVT of SIGN is on the curve", decoded);
}

/// Inspects a verification message of RFC 3830. Its MAC covers more than the message.
fn verification(found: &mut Recorder, message: &Message<'_>) {
    let payloads: Vec<_> = message.payloads().collect();
    let is_one = matches!(
        payloads.as_slice(),
        [Payload::Timestamp(_), Payload::Verification(_)]
            | [Payload::Timestamp(_), Payload::Identity(_), Payload::Verification(_)]
    );
    let what = "a verification message with T, an optional IDr, and V";
    found.holds((Group::Profile, "verification"), what, is_one, "it has other payloads");
    found.missing((Group::Signature, "mac"), "MAC", "this needs the message that it answers");
}

fn error(found: &mut Recorder, message: &Message<'_>) {
    let has_error = message.payloads().any(|payload| matches!(payload, Payload::Error(_)));
    found.holds((Group::Profile, "error"), "an error message with ERR", has_error, "there is none");
    found.note("hint", "an error message is no more than a hint, because anybody can send one");
}

/// A clock that shows the time of T.
fn clock(timestamp: Timestamp, at: NtpTime) -> Clock {
    let time = timestamp.seconds().map_or(at, |seconds| NtpTime::from_timestamp(seconds, at));
    Clock { now: time, skew: 0 }
}

/// Compares T with the time of the inspection. An old message may still be of interest, so this is not a check.
fn fresh(found: &mut Recorder, timestamp: Timestamp, at: NtpTime) {
    if timestamp.seconds().is_none() {
        return found
            .note("counter", "T is a counter, to be compared with that of the last message");
    }
    let time = clock(timestamp, at).now.seconds();
    let distance = time.abs_diff(at.seconds());
    let unit = match distance {
        0..=300 => {
            return found.note("fresh", "T is within five minutes of the time of the inspection");
        }
        301..=7200 => format!("{} minutes", distance / 60),
        7201..=172_800 => format!("{} hours", distance / 3600),
        _ => format!("{} days", distance / 86_400),
    };
    let which = if time < at.seconds() { "before" } else { "after" };
    let text = format!(
        "T is {unit} {which} the time of the inspection: a receiver would refuse it as stale"
    );
    found.deviation("stale", text);
}
