//! The meanings of the numbers in a message.

use eccsi_sakke::NtpTime;
use eccsi_sakke::mission_critical::KeyId;

/// The name of a number in a table of numbers and names, or `unknown`.
fn named(table: &'static str, number: u8, unknown: &'static str) -> &'static str {
    let names = table.split('|').filter_map(|entry| entry.split_once(' '));
    let mut names = names.filter(|(known, _)| known.parse() == Ok(number));
    names.next().map_or(unknown, |(_, name)| name)
}

/// Makes a function of each table of numbers and names. It returns the name of a number, or the words that stand before
/// the table if the number isn't in it.
macro_rules! tables {
    ($($(#[$doc:meta])* $function:ident, $unknown:literal: $table:literal;)*) => {$(
        $(#[$doc])*
        pub(super) fn $function(number: u8) -> &'static str {
            named($table, number, $unknown)
        }
    )*};
}

tables! {
    /// The type of a payload.
    payload, "unknown type":
        "0 none|1 KEMAC|2 PKE|3 DH|4 SIGN|5 T|6 ID|7 CERT|8 CHASH|9 V|10 SP|11 RAND|12 ERR|13 TR|14 IDR|15 RANDR|\
        16 TP|17 TICKET|20 key data|21 GENERAL-EXT|26 SAKKE";
    prf, "unknown function": "0 MIKEY-1, HMAC-SHA-1|1 PRF-HMAC-SHA-256|2 PRF-HMAC-SHA-384|3 PRF-HMAC-SHA-512";
    map, "unknown type": "0 SRTP-ID|1 empty|2 GENERIC-ID";
    protocol, "unknown protocol": "0 SRTP";
    timestamp, "unknown type": "0 NTP-UTC|1 NTP|2 counter|3 NTP-UTC-32";
    role, "unknown role":
        "1 IDRi, initiator|2 IDRr, responder|3 IDRkms, KMS|4 IDRpsk, pre-shared key|5 IDRapp, application|\
        6 IDRkmsi, initiator's KMS|7 IDRkmsr, responder's KMS|8 IDRuidi, initiator's UID|9 IDRuidr, responder's UID";
    identity, "unknown type": "0 NAI|1 URI|2 octets";
    scheme, "unknown scheme": "1 telephone number and month|2 UID";
    encryption, "unknown algorithm": "0 none|1 AES-CM-128|2 AES-KW-128|3 AES-CM-256";
    mac, "unknown algorithm": "0 none|1 HMAC-SHA-1-160|2 HMAC-SHA-256-256";
    key_data, "unknown type": "0 TGK|1 TGK with salt|2 TEK|3 TEK with salt|4 GTGK|5 GTGK with salt|6 MPK";
    validity, "unknown type": "0 without limit|1 for an SPI or MKI|2 for an interval";
    signature, "unknown type": "0 RSA PKCS #1|1 RSA PSS|2 ECCSI";
    extension, "unknown type": "0 vendor's|1 SDP identifiers|6 SAKKE to the initiator itself|7 key parameters";
    /// The numbers of RFC 3830 section 6.12, RFC 6043 and RFC 6509.
    error, "unknown error":
        "0 authentication failure|1 invalid timestamp|2 PRF not supported|3 MAC not supported|\
        4 encryption not supported|5 hash not supported|6 DH group not supported|7 ID not supported|\
        8 certificate not supported|9 SP type not supported|10 SP parameters not supported|\
        11 data type not supported|12 unspecified|13 message type not supported|14 invalid ticket|\
        15 invalid ticket parameter";
}

/// The data type in the header, which is the kind of the message.
pub(super) fn message(number: u8) -> &'static str {
    const NAMES: &str = "0 pre-shared-key message|1 verification message|2 public-key message|\
        3 verification of a public-key message|4 Diffie-Hellman message|\
        5 response to a Diffie-Hellman message|6 error message|26 SAKKE I_MESSAGE";
    let is_ticket = (11..=18).contains(&number);
    named(NAMES, number, if is_ticket { "ticket message" } else { "unknown type" })
}

/// A parameter of a policy, with the meaning of its value.
pub(super) fn parameter(protocol: u8, kind: u8, value: &[u8]) -> String {
    const NAMES: &str = "0 encryption algorithm|1 octets of the session encryption key|\
        2 authentication algorithm|3 octets of the session authentication key|\
        4 octets of the session salt|5 pseudo-random function|6 key derivation rate|\
        7 SRTP encryption on or off|8 SRTCP encryption on or off|9 order of forward error correction|\
        10 SRTP authentication on or off|11 octets of the authentication tag|\
        12 octets of the SRTP prefix|13 rate of the roll-over counter|\
        18 octets of the SRTP authentication tag|19 octets of the SRTCP authentication tag|\
        20 octets of the AEAD tag";
    let name = named(if protocol == 0 { NAMES } else { "" }, kind, "parameter");
    let meaning = match (protocol, kind, value) {
        (0, 0 | 2, [0]) => " (none)",
        (0, 0, [1]) | (0, 5, [0]) => " (AES-CM)",
        (0, 0, [6]) => " (AES-GCM)",
        (0, 2, [1]) => " (HMAC-SHA-1)",
        (0, 2, [4]) => " (RCCm3)",
        _ => "",
    };
    match value {
        [octet] => format!("{name}: {octet}{meaning}"),
        octets => format!("{name}: {}", hex::encode(octets)),
    }
}

/// A CSB ID, with the kind of key that it identifies.
pub(super) fn key_id(octets: &[u8]) -> String {
    let Ok(octets) = <[u8; 4]>::try_from(octets) else { return String::new() };
    match KeyId::try_from(u32::from_be_bytes(octets)) {
        Ok(id) => format!("{id} (tag of {})", id.purpose()),
        Err(_) => format!("{} (no tag of TS 33.180)", hex::encode(octets)),
    }
}

/// The octets as text, or in hexadecimal if they are not text.
pub(super) fn text(octets: &[u8]) -> String {
    match std::str::from_utf8(octets) {
        Ok(text) if !text.contains(char::is_control) => text.into(),
        _ => hex::encode(octets),
    }
}

/// A T of this type, in the era nearest to `now`.
pub(super) fn time(kind: u8, value: &[u8], now: NtpTime) -> String {
    let Some(first) = value.first_chunk() else { return String::new() };
    let first = u32::from_be_bytes(*first);
    match kind {
        2 => first.to_string(),
        0 | 1 | 3 => {
            let time = NtpTime::from_timestamp(first, now);
            format!("{time}, {} seconds after 1900", time.seconds())
        }
        _ => String::new(),
    }
}
