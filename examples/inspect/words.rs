//! What is in a message, line by line.

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey::{
    CsIdMap, Extension, Identity, Mac, Message, MessageType, Payload, Prf, Role, SecurityPolicy,
    Timestamp,
};
use eccsi_sakke::mission_critical::{KeyId, SealedParameters};

pub fn print(message: &Message<'_>, now: NtpTime) {
    let header = message.header();
    let kind = match header.message_type {
        MessageType::PreSharedKey => "pre-shared-key message",
        MessageType::Verification => "verification message",
        MessageType::Error => "error message",
        MessageType::Sakke => "SAKKE I_MESSAGE",
        _ => "message",
    };
    let prf = match header.prf {
        Prf::HmacSha1 => "0, MIKEY-1 (HMAC-SHA-1)",
        Prf::HmacSha256 => "1, PRF-HMAC-SHA-256",
        _ => "another",
    };
    println!("\nHDR         {kind}");
    println!("  V         {}", if header.v { "a verification message is asked for" } else { "0" });
    println!("  PRF       {prf}");
    println!("  CSB ID    {:08x}{}", header.csb_id, purpose(header.csb_id));
    match &header.map {
        CsIdMap::Empty => println!("  CS        none named"),
        CsIdMap::SrtpId(streams) => {
            for (i, stream) in streams.iter().enumerate() {
                let (policy, ssrc, roc) = (stream.policy, stream.ssrc, stream.roc);
                println!("  CS {:<6} SRTP, policy {policy}, SSRC {ssrc:08x}, ROC {roc}", i + 1);
            }
        }
        CsIdMap::GenericId(sessions) => {
            for session in sessions.iter() {
                println!(
                    "  CS {:<6} {}, policies {:?}, session data {}, SPI {}",
                    session.cs_id,
                    protocol(session.protocol),
                    session.policies,
                    shown(session.session_data),
                    shown(session.spi),
                );
            }
        }
    }
    for payload in message.payloads() {
        print_payload(&payload, now);
    }
}

fn print_payload(payload: &Payload<'_>, now: NtpTime) {
    match payload {
        Payload::Timestamp(timestamp) => println!("T           {}", time(*timestamp, now)),
        Payload::Rand(rand) => println!("RAND        {}", hex::encode(rand)),
        Payload::Identity(identity) => println!("ID          {}", who(identity)),
        Payload::Role(role, identity) => println!("{:<11} {}", role_name(*role), who(identity)),
        Payload::Policy(policy) => print_policy(policy),
        Payload::Sakke(sakke) => {
            let (set, scheme) = (sakke.parameters, sakke.id_scheme);
            println!("SAKKE       parameter set {set}, identifier scheme {scheme}");
            println!("  data      {}", shown(sakke.data));
        }
        Payload::Extension(extension) => print_extension(extension),
        Payload::Kemac(kemac) => {
            println!("KEMAC       encryption {}, {}", kemac.encryption, mac(&kemac.mac));
            println!("  data      {}", shown(kemac.data));
            println!("  MAC       {}", hex::encode(kemac.mac.as_bytes()));
        }
        Payload::Verification(verification) => {
            println!("V           {}", mac(verification));
            println!("  MAC       {}", hex::encode(verification.as_bytes()));
        }
        Payload::Error(number) => println!("ERR         number {number}"),
        Payload::Sign(sign) => {
            let name = if sign.kind == 2 { "ECCSI" } else { "not ECCSI" };
            println!("SIGN        type {}, {name}, {} octets", sign.kind, sign.signature.len());
            if let [r @ .., _, _, _] = sign.signature.chunks(32).collect::<Vec<_>>().as_slice() {
                for (name, part) in ["r", "s"].iter().zip(r) {
                    println!("  {name}         {}", hex::encode(part));
                }
                println!("  PVT       {}", hex::encode(&sign.signature[64..]));
            }
        }
        _ => println!("another payload"),
    }
}

fn print_policy(policy: &SecurityPolicy<'_>) {
    println!("SP          number {}, {}", policy.number, protocol(policy.protocol));
    for (kind, value) in policy.parameters.iter() {
        let name = match kind {
            0 => "encryption algorithm",
            1 => "octets of the session encryption key",
            2 => "authentication algorithm",
            3 => "octets of the session authentication key",
            4 => "octets of the session salt",
            5 => "pseudo-random function",
            6 => "key derivation rate",
            13 => "rate of the roll-over counter",
            18 => "octets of the SRTP authentication tag",
            19 => "octets of the SRTCP authentication tag",
            20 => "octets of the AEAD tag",
            _ => "parameter",
        };
        println!("  {kind:<9} {}, {name}", hex::encode(value));
    }
}

fn print_extension(extension: &Extension<'_>) {
    let name = match extension.kind {
        0 => "vendor's",
        1 => "SDP identifiers",
        Extension::SAKKE_TO_SELF => "SAKKE to self",
        Extension::KEY_PARAMETERS => "key parameters",
        _ => "unknown",
    };
    println!("EXT         type {}, {name}, {} octets", extension.kind, extension.data.len());
    if extension.kind == Extension::KEY_PARAMETERS {
        match SealedParameters::decode(extension.data) {
            Ok(sealed) => {
                let header = sealed.header();
                println!("  date      {} seconds after 1970", header.date);
                println!("  nonce     {}", hex::encode(header.nonce));
                println!("  under     {:08x}{}", header.key_id, purpose(header.key_id));
            }
            Err(error) => println!("  {error}"),
        }
    } else {
        println!("  data      {}", shown(extension.data));
    }
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
    KeyId::try_from(id).map_or(String::new(), |id| format!(", a {:?}'s by its tag", id.purpose()))
}

fn protocol(number: u8) -> String {
    if number == 0 { "SRTP".into() } else { format!("protocol {number}") }
}

fn mac(mac: &Mac<'_>) -> &'static str {
    match mac {
        Mac::HmacSha1(_) => "HMAC-SHA-1-160",
        Mac::HmacSha256(_) => "HMAC-SHA-256-256",
    }
}

const fn role_name(role: Role) -> &'static str {
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
        _ => format!("{} ({kind})", hex::encode(identity.data)),
    }
}

fn time(timestamp: Timestamp, now: NtpTime) -> String {
    let Some(seconds) = timestamp.seconds() else { return format!("{timestamp:?}") };
    let time = NtpTime::from_timestamp(seconds, now);
    let (day, second) = (time.seconds() / 86_400, time.seconds() % 86_400);
    let month = time.year_month().map_or(String::new(), |(year, month)| {
        let first = (0..31).take_while(|days| {
            let start = NtpTime::from_seconds((day - days.min(&day)) * 86_400);
            start.year_month() == Ok((year, month))
        });
        format!("{year:04}-{month:02}-{:02}", first.count())
    });
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{month} {hour:02}:{minute:02}:{:02} UTC, {timestamp:x?}", second % 60)
}
