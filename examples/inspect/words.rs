//! What is in a message, line by line.

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey::{
    CsIdMap, Extension, Identity, Mac, Message, MessageType, Payload, Prf, Role, SecurityPolicy,
    Timestamp,
};
use eccsi_sakke::mission_critical::{KeyId, SealedParameters};

use super::Page;
use super::layout::Item;

/// Prints header and payloads, each with the octet it starts at.
pub fn print(page: &mut Page, message: &Message<'_>, items: &[Item], now: NtpTime) {
    let header = message.header();
    let kind = match header.message_type {
        MessageType::PreSharedKey => "pre-shared-key message",
        MessageType::Verification => "verification message",
        MessageType::Error => "error message",
        MessageType::Sakke => "SAKKE I_MESSAGE",
        _ => "another message",
    };
    let prf = match header.prf {
        Prf::HmacSha1 => "0, MIKEY-1 (HMAC-SHA-1)",
        Prf::HmacSha256 => "1, PRF-HMAC-SHA-256",
        _ => "another",
    };
    page.line("\noctet  payload");
    page.item(0, "HDR", kind);
    page.named("V", if header.v { "1, a verification message is asked for" } else { "0" });
    page.named("PRF", prf);
    page.named("CSB ID", format_args!("{:08x}{}", header.csb_id, purpose(header.csb_id)));
    match &header.map {
        CsIdMap::Empty => page.named("CS", "none named"),
        CsIdMap::SrtpId(streams) => {
            for (i, stream) in streams.iter().enumerate() {
                let (policy, ssrc, roc) = (stream.policy, stream.ssrc, stream.roc);
                let line = format_args!("SRTP, policy {policy}, SSRC {ssrc:08x}, ROC {roc}");
                page.named(&format!("CS {}", i + 1), line);
            }
        }
        CsIdMap::GenericId(sessions) => {
            for session in sessions.iter() {
                let policies: Vec<String> = session.policies.iter().map(u8::to_string).collect();
                page.named(
                    &format!("CS {}", session.cs_id),
                    format_args!(
                        "{}, policy {}, session data {}, SPI {}",
                        protocol(session.protocol),
                        if policies.is_empty() { "none".into() } else { policies.join(" ") },
                        shown(session.session_data),
                        shown(session.spi),
                    ),
                );
            }
        }
    }
    // The header is the first item.
    for (payload, item) in message.payloads().zip(items.iter().skip(1)) {
        print_payload(page, item.start, &payload, now);
    }
}

fn print_payload(page: &mut Page, start: usize, payload: &Payload<'_>, now: NtpTime) {
    match payload {
        Payload::Timestamp(timestamp) => page.item(start, "T", time(*timestamp, now)),
        Payload::Rand(rand) => {
            page.item(start, "RAND", format_args!("{} octets", rand.len()));
            page.named("", hex::encode(rand));
        }
        Payload::Identity(identity) => page.item(start, "ID", who(identity)),
        Payload::Role(role, identity) => page.item(start, role_name(*role), who(identity)),
        Payload::Policy(policy) => print_policy(page, start, policy),
        Payload::Sakke(sakke) => {
            let (set, scheme) = (sakke.parameters, sakke.id_scheme);
            let scheme = match scheme {
                1 => "1 (telephone number and month)".into(),
                2 => "2 (UID)".into(),
                _ => format!("{scheme} (unknown)"),
            };
            let line = format_args!("parameter set {set}, identifier scheme {scheme}");
            page.item(start, "SAKKE", line);
            page.named("R, H", shown(sakke.data));
        }
        Payload::Extension(extension) => print_extension(page, start, extension),
        Payload::Kemac(kemac) => {
            let encryption = match kemac.encryption {
                0 => "0 (none)",
                1 => "1 (AES-CM-128)",
                2 => "2 (AES-KW-128)",
                3 => "3 (AES-CM-256)",
                _ => "unknown",
            };
            let line = format_args!("encryption {encryption}, {}", mac(&kemac.mac));
            page.item(start, "KEMAC", line);
            page.named("data", shown(kemac.data));
            page.named("MAC", hex::encode(kemac.mac.as_bytes()));
        }
        Payload::Verification(verification) => {
            page.item(start, "V", mac(verification));
            page.named("MAC", hex::encode(verification.as_bytes()));
        }
        Payload::Error(number) => {
            page.item(start, "ERR", format_args!("number {number}, {}", error(*number)));
        }
        Payload::Sign(sign) => {
            let name = match sign.kind {
                0 => "RSA PKCS #1",
                1 => "RSA PSS",
                2 => "ECCSI",
                _ => "unknown",
            };
            let line = format_args!("type {} ({name}), {} octets", sign.kind, sign.signature.len());
            page.item(start, "SIGN", line);
            if let (2, Some((rs, pvt))) = (sign.kind, sign.signature.split_at_checked(64)) {
                page.named("r", hex::encode(&rs[..32]));
                page.named("s", hex::encode(&rs[32..]));
                page.named("PVT", shown(pvt));
            } else {
                page.named("", shown(sign.signature));
            }
        }
        _ => page.item(start, "?", "another payload"),
    }
}

fn print_policy(page: &mut Page, start: usize, policy: &SecurityPolicy<'_>) {
    page.item(start, "SP", format_args!("number {}, {}", policy.number, protocol(policy.protocol)));
    for (kind, value) in policy.parameters.iter() {
        let name = match kind {
            _ if policy.protocol != 0 => "parameter",
            0 => "encryption algorithm",
            1 => "octets of the session encryption key",
            2 => "authentication algorithm",
            3 => "octets of the session authentication key",
            4 => "octets of the session salt",
            5 => "pseudo-random function",
            6 => "key derivation rate",
            7 => "SRTP encryption on or off",
            8 => "SRTCP encryption on or off",
            9 => "order of forward error correction",
            10 => "SRTP authentication on or off",
            11 => "octets of the authentication tag",
            12 => "octets of the SRTP prefix",
            13 => "rate of the roll-over counter",
            18 => "octets of the SRTP authentication tag",
            19 => "octets of the SRTCP authentication tag",
            20 => "octets of the AEAD tag",
            _ => "parameter",
        };
        let meaning = match (policy.protocol, kind, value) {
            (0, 0, [0]) => " (none)",
            (0, 0, [1]) => " (AES-CM)",
            (0, 0, [6]) => " (AES-GCM)",
            (0, 2, [0]) => " (none)",
            (0, 2, [1]) => " (HMAC-SHA-1)",
            (0, 2, [4]) => " (RCCm3)",
            (0, 5, [0]) => " (AES-CM)",
            _ => "",
        };
        let value = match value {
            [octet] => octet.to_string(),
            octets => shown(octets),
        };
        page.named(&format!("{kind}"), format_args!("{name}: {value}{meaning}"));
    }
}

fn print_extension(page: &mut Page, start: usize, extension: &Extension<'_>) {
    let name = match extension.kind {
        0 => "vendor's",
        1 => "SDP identifiers",
        Extension::SAKKE_TO_SELF => "SAKKE to the initiator itself",
        Extension::KEY_PARAMETERS => "key parameters",
        _ => "unknown, kept as it is",
    };
    let (kind, length) = (extension.kind, extension.data.len());
    page.item(start, "EXT", format_args!("type {kind} ({name}), {length} octets"));
    if extension.kind == Extension::KEY_PARAMETERS {
        match SealedParameters::decode(extension.data) {
            Ok(sealed) => {
                let header = sealed.header();
                page.named("date", format_args!("{} seconds after 1970", header.date));
                page.named("nonce", hex::encode(header.nonce));
                let id = format_args!("{:08x}{}", header.key_id, purpose(header.key_id));
                page.named("under", id);
                return;
            }
            Err(error) => page.named("", format_args!("NOT as TS 33.180 E.6 has them: {error}")),
        }
    }
    page.named("data", shown(extension.data));
}

/// Octets in hexadecimal, the middle of long ones left out.
fn shown(octets: &[u8]) -> String {
    match octets {
        [] => "none".into(),
        [first @ .., _, _, _, _] if first.len() > 60 => format!(
            "{}…{}, {} octets",
            hex::encode(&octets[..24]),
            hex::encode(&octets[octets.len() - 4..]),
            octets.len()
        ),
        _ => hex::encode(octets),
    }
}

fn purpose(id: u32) -> String {
    match KeyId::try_from(id) {
        Ok(id) => format!(", by its tag of a {:?}", id.purpose()),
        Err(_) => ", with a tag that no key of TS 33.180 has".into(),
    }
}

fn protocol(number: u8) -> String {
    if number == 0 { "SRTP".into() } else { format!("protocol {number}") }
}

const fn mac(mac: &Mac<'_>) -> &'static str {
    match mac {
        Mac::HmacSha1(_) => "HMAC-SHA-1-160",
        Mac::HmacSha256(_) => "HMAC-SHA-256-256",
    }
}

/// The numbers of RFC 3830 section 6.12, RFC 6043 and RFC 6509.
const fn error(number: u8) -> &'static str {
    match number {
        0 => "authentication failure",
        1 => "invalid timestamp",
        2 => "PRF not supported",
        3 => "MAC not supported",
        4 => "encryption not supported",
        5 => "hash not supported",
        6 => "DH group not supported",
        7 => "ID not supported",
        8 => "certificate not supported",
        9 => "SP type not supported",
        10 => "SP parameters not supported",
        11 => "data type not supported",
        12 => "unspecified",
        13 => "message type not supported",
        14 => "invalid ticket",
        15 => "invalid ticket parameter",
        _ => "unknown",
    }
}

pub const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Initiator => "IDRi",
        Role::Responder => "IDRr",
        Role::Kms => "IDRkms",
        Role::PreSharedKey => "IDRpsk",
        Role::Application => "IDRapp",
        Role::InitiatorKms => "IDRkmsi",
        Role::ResponderKms => "IDRkmsr",
        Role::InitiatorUid => "IDRuidi",
        Role::ResponderUid => "IDRuidr",
    }
}

/// Text where it is text.
fn who(identity: &Identity<'_>) -> String {
    let kind = format!("{:?}", identity.kind).to_lowercase();
    match std::str::from_utf8(identity.data) {
        Ok(text) if !text.contains(char::is_control) => format!("{text} ({kind})"),
        _ => format!("{} ({kind}, {} octets)", hex::encode(identity.data), identity.data.len()),
    }
}

/// A T, as the seconds that a calendar shows.
fn time(timestamp: Timestamp, now: NtpTime) -> String {
    let kind = match timestamp {
        Timestamp::NtpUtc(_) => "type 0, NTP-UTC",
        Timestamp::Ntp(_) => "type 1, NTP",
        Timestamp::Counter(counter) => return format!("{counter} (type 2, counter)"),
        Timestamp::NtpUtc32(_) => "type 3, NTP-UTC-32",
    };
    let time = timestamp.seconds().map_or(now, |seconds| NtpTime::from_timestamp(seconds, now));
    let (day, second) = (time.seconds() / 86_400, time.seconds() % 86_400);
    let date = time.year_month().map_or_else(
        |_| format!("day {day} after 1900"),
        |(year, month)| {
            // Days back to the first of the month.
            let of_month = (0..31.min(day + 1)).take_while(|days| {
                NtpTime::from_seconds((day - days) * 86_400).year_month() == Ok((year, month))
            });
            format!("{year:04}-{month:02}-{:02}", of_month.count())
        },
    );
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let seconds = time.seconds();
    format!("{date} {hour:02}:{minute:02}:{second:02} UTC, {seconds} seconds after 1900 ({kind})")
}
