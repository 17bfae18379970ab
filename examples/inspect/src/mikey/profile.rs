//! The message profile of TS 33.180, point by point.

use eccsi_sakke::mikey::{CsIdMap, Extension, Identity, Message, Payload, Prf, Role, Timestamp};
use eccsi_sakke::mission_critical::{KeyId, SealedParameters};

use crate::recorder::Recorder;
use crate::report::Group;

/// The identity that the message claims in this role.
pub(super) fn identity<'a>(message: &Message<'a>, role: Role) -> Option<Identity<'a>> {
    message.payloads().find_map(|payload| match payload {
        Payload::Role(of, identity) if of == role => Some(identity),
        _ => None,
    })
}

pub(super) fn check(found: &mut Recorder, message: &Message<'_>) {
    let header = message.header();
    let mut holds = |id, what: &str, holds, otherwise: String| {
        found.holds((Group::Profile, id), what, holds, otherwise);
    };
    let tag = header.csb_id >> 28;
    let is_known = KeyId::try_from(header.csb_id).is_ok();
    holds(
        "csb-id",
        "CSB ID with the tag of a key of TS 33.180",
        is_known,
        format!("its tag is {tag}"),
    );
    let roles = [
        ("initiator", [Role::Initiator, Role::InitiatorUid].as_slice()),
        ("responder", &[Role::Responder, Role::ResponderUid]),
        ("initiator's KMS", &[Role::InitiatorKms]),
        ("responder's KMS", &[Role::ResponderKms]),
    ];
    let is_absent = |roles: &[Role]| roles.iter().all(|role| identity(message, *role).is_none());
    let absent = roles.iter().filter(|(_, roles)| is_absent(roles)).map(|(who, _)| *who);
    let absent: Vec<_> = absent.collect();
    let what = "identities of both users and their KMSs";
    holds(
        "identities",
        what,
        absent.is_empty(),
        format!("there is none of the {}", absent.join(", ")),
    );
    let is_sha_256 = header.prf == Prf::HmacSha256;
    holds("prf", "PRF-HMAC-SHA-256", is_sha_256, "it is another function".into());
    let is_utc = message
        .payloads()
        .any(|payload| matches!(payload, Payload::Timestamp(Timestamp::NtpUtc(_))));
    holds("timestamp", "T of type 0, NTP-UTC", is_utc, "it is of another type".into());
    let scheme = message.payloads().find_map(|payload| match payload {
        Payload::Sakke(sakke) => Some(sakke.id_scheme),
        _ => None,
    });
    let other = scheme.map_or("there is no SAKKE".into(), |scheme| format!("it is {scheme}"));
    holds("id-scheme", "identifier scheme 2, UIDs", scheme == Some(2), other);
    sessions(found, message);
    for (id, what, kind) in [
        ("to-self-once", "SAKKE to self at most once", Extension::SAKKE_TO_SELF),
        ("parameters-once", "key parameters at most once", Extension::KEY_PARAMETERS),
    ] {
        let count = message
            .payloads()
            .filter(|payload| matches!(payload, Payload::Extension(one) if one.kind == kind))
            .count();
        if count > 0 {
            found.holds((Group::Profile, id), what, count == 1, format!("there are {count}"));
        }
    }
    for payload in message.payloads() {
        if let Payload::Extension(Extension { kind: Extension::KEY_PARAMETERS, data }) = payload {
            let what = "key parameters in the form of TS 33.180 E.6";
            found.check((Group::Profile, "parameters"), what, SealedParameters::decode(data));
        }
    }
    if header.v {
        found
            .deviation("v", "V is set in an I_MESSAGE, to which there is no answer: it is ignored");
    }
}

fn sessions(found: &mut Recorder, message: &Message<'_>) {
    let numbers: Vec<u8> = message
        .payloads()
        .filter_map(|payload| match payload {
            Payload::Policy(policy) => Some(policy.number),
            _ => None,
        })
        .collect();
    match message.header().map {
        CsIdMap::SrtpId(_) => {
            let what = "map of type GENERIC-ID or empty";
            found.holds((Group::Profile, "map"), what, false, "it is of type SRTP-ID");
        }
        CsIdMap::GenericId(sessions) if !sessions.is_empty() => {
            for session in sessions.iter() {
                let (id, policies) = (session.cs_id, session.policies);
                let what = format!("session {id} is SRTP with one policy of the message");
                let one = matches!(policies, [number] if numbers.contains(number));
                let otherwise = format!("protocol {}, policies {policies:?}", session.protocol);
                let holds = session.protocol == 0 && one;
                found.holds((Group::Profile, "session"), what, holds, otherwise);
                if session.spi.is_empty() {
                    found.note(
                        "spi",
                        format!("session {id} has no SPI, which RFC 6043 leaves open"),
                    );
                }
            }
        }
        map => {
            let what = "no session is named, so those of the standard apply";
            found.holds((Group::Profile, "map"), what, true, "");
            if map != CsIdMap::Empty {
                let text = "the map of type GENERIC-ID lists no session: the empty map would do";
                found.deviation("map", text);
            }
            if !numbers.is_empty() {
                let text = "there is a policy, but the map names no session, so the policy of the standard applies";
                found.note("policy-beside", text);
            }
        }
    }
}
