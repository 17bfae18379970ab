//! The checks of an I_MESSAGE, as far as the given keys allow.

use eccsi_sakke::mikey::{Clock, Departures, Expected, IMessage, IdScheme, Limits, Message, Role};
use eccsi_sakke::{Identifier, KmsUri, NtpTime, UserUri, eccsi};

use super::names::text;
use super::parties::Party;
use super::{REFUSED, clock, fresh, opening, profile};
use crate::Keys;
use crate::recorder::{Name, Recorder};
use crate::report::Group;

const SIGNATURE: Name = (Group::Signature, "signature");
const SIGNED: &str = "signed by the initiator";
const KEY: Name = (Group::Key, "open");

/// Records the checks that are not made because the message was refused before.
pub(super) fn not_reached(found: &mut Recorder) {
    found.missing(SIGNATURE, SIGNED, REFUSED);
    found.missing(KEY, opening::OPENS, REFUSED);
}

pub(super) fn inspect(found: &mut Recorder, message: &Message<'_>, keys: &Keys, at: NtpTime) {
    let octets = message.as_bytes();
    let strictly = IMessage::decode(octets);
    found.check((Group::Structure, "i-message"), "an I_MESSAGE of RFC 6509", strictly);
    // Messages that depart from the standards in a way that a receiver may accept are inspected too.
    let decoded = IMessage::decode_departing(octets, &Limits::DEFAULT, Departures::ALL).ok();
    let is_monthly = decoded.as_ref().is_some_and(|message| is_monthly(message, keys));
    if is_monthly {
        let text = "the identifiers are those of RFC 6509, for a month, so this is not the profile of TS 33.180";
        found.note("monthly", text);
    } else {
        profile::check(found, message);
    }
    let Some(message) = decoded else { return not_reached(found) };
    fresh(found, message.timestamp(), at);
    let clock = clock(message.timestamp(), at);
    let mut initiator = Party::initiator(keys, &message, clock.now);
    let mut responder = Party::responder(keys, &message, clock.now, &initiator);
    if is_monthly {
        (initiator.scheme, responder.scheme) =
            (Some(IdScheme::TelMonthly), Some(IdScheme::TelMonthly));
    }
    if signature(found, &message, &initiator, clock).is_none() {
        let why = "nothing is opened before the signature has been checked";
        return found.missing(KEY, opening::OPENS, why);
    }
    // It is only needed when the initiator opens what it has encapsulated to itself.
    initiator.z = initiator.z.or(responder.z);
    let mut lacks = responder.lacks(["responder", "responder_kms_uri", "responder_period", "KPAK"]);
    if responder.z.is_none() {
        lacks.push("Z");
    }
    let kmss = initiator.kms().zip(responder.kms());
    let (Some((from, to)), Some(initiator_uri), Some(responder_uri)) =
        (&kmss, initiator.user, responder.user)
    else {
        let lacks = lacks.join(", ");
        let why = format!(
            "give {lacks} in KEYS.json, or the certificate and the key set of the responder"
        );
        return found.missing(KEY, opening::OPENS, why);
    };
    let opening = opening::Opening {
        message: &message,
        expected: Expected::new(from.user(initiator_uri), to.user(responder_uri)),
        parties: (&initiator, &responder),
        keys,
        clock,
        at,
    };
    if is_monthly { opening.monthly(found) } else { opening.inspect(found) }
}

/// Whether its identifiers are those of RFC 6509 section 3.2. If a key period was given, they are UIDs, which older
/// messages have under the same number.
fn is_monthly(message: &IMessage<'_>, keys: &Keys) -> bool {
    message.id_scheme() == IdScheme::TelMonthly.number()
        && keys.periods.is_none()
        && keys.certificates.is_empty()
}

/// Checks that the initiator signed the message. None if that could not be checked.
fn signature(
    found: &mut Recorder,
    message: &IMessage<'_>,
    party: &Party<'_>,
    clock: Clock,
) -> Option<()> {
    let (Some(uri), Some(kms_uri), Some(scheme), Some(kpak)) =
        (party.user, party.kms_uri, party.scheme, party.kpak)
    else {
        let lacks = party.lacks(["initiator", "kms_uri", "period", "KPAK"]).join(", ");
        let why = format!(
            "give {lacks} in KEYS.json, or the KMS's certificate for the values of the KMS"
        );
        found.missing(SIGNATURE, SIGNED, why);
        return None;
    };
    in_force(found, Group::Signature, party, clock.now);
    let uid = match scheme {
        IdScheme::Uid(periods) | IdScheme::HexUid(periods) => {
            if let Ok(number) = periods.number(clock.now) {
                found.note("period", format!("T is in key period {number} of {kms_uri}"));
            }
            let uid = periods.uid_at(UserUri(uri), KmsUri(kms_uri), clock.now);
            match scheme {
                IdScheme::HexUid(_) => {
                    uid.and_then(|uid| Identifier::try_from(uid.to_string().as_bytes()))
                }
                _ => uid,
            }
        }
        IdScheme::TelMonthly => clock
            .now
            .year_month()
            .and_then(|(year, month)| Identifier::tel_monthly(year, month, uri)),
    };
    let what = format!("{uri} has an identifier at the time of T");
    let uid = found.check((Group::Signature, "initiator-id"), what, uid)?;
    identifier(found, uri, &uid);
    named(found, message, (Group::Signature, Role::Initiator), uri.as_bytes());
    named(found, message, (Group::Signature, Role::InitiatorUid), uid.as_bytes());
    named(found, message, (Group::Signature, Role::InitiatorKms), kms_uri.as_bytes());
    let (verifying_key, octets) = (kpak.verifying_key(uid), message.as_bytes());
    let verify = |end: usize| verifying_key.verify(&octets[..end], message.signature());
    // A decoded message has at least this many octets.
    let end = octets.len() - eccsi::Signature::LEN;
    found.check(SIGNATURE, SIGNED, verify(end));
    if verify(end - 2).is_ok() {
        let text = "the signature does not cover type and length of SIGN, as in older stacks";
        found.deviation("coverage", text);
    }
    Some(())
}

/// Checks that the chosen certificate may be used at the time of T.
pub(super) fn in_force(found: &mut Recorder, group: Group, party: &Party<'_>, time: NtpTime) {
    if let Some(certificate) = party.certificate {
        let what =
            format!("the certificate of {} is in force at the time of T", certificate.kms_uri());
        found.check((group, "in-force"), what, certificate.check(time));
    }
}

/// A user's identifier in hexadecimal.
pub(super) fn identifier(found: &mut Recorder, uri: &str, id: &Identifier) {
    let octets = hex::encode(id.as_bytes());
    found.note("identifier", format!("identifier of {uri}: {octets}"));
}

/// Checks the identity in this role, if the message contains one.
pub(super) fn named(
    found: &mut Recorder,
    message: &IMessage<'_>,
    (group, role): (Group, Role),
    expected: &[u8],
) {
    let Some(identity) = message.identity(role) else { return };
    let what = format!("the identity of the {role} is the expected one");
    let otherwise = format!("it is {}, not {}", text(identity.data), text(expected));
    found.holds((group, "identity"), what, identity.data == expected, otherwise);
}
