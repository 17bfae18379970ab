//! Which checks a message passes, with as many of the keys as are there.

use std::fmt::Display;

use eccsi_sakke::mikey::psk::{OpenedPsk, PskMessage, SignedPskMessage, Validity};
use eccsi_sakke::mikey::{
    Clock, CsIdMap, Expected, Extension, IMessage, IdScheme, Kms, MemoryCache, Message,
    MessageType, Payload, Prf, Role, Timestamp, User,
};
use eccsi_sakke::mission_critical::{CsId, KeyId, MemoryStore, Purpose, Received, Reception};
use eccsi_sakke::{Identifier, KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, mikey, sakke};
use serde_json::Value;

use super::words::role_name;
use super::{Page, Result};

/// Prints checks, and remembers whether one has failed.
struct Checks<'p> {
    page: &'p mut Page,
    good: bool,
}

impl Checks<'_> {
    /// A check and its outcome.
    fn check<T, E: Display>(&mut self, what: &str, outcome: Result<T, E>) -> Option<T> {
        match outcome {
            Ok(value) => {
                self.page.line(format_args!("  yes  {what}"));
                Some(value)
            }
            Err(error) => {
                self.good = false;
                self.page.line(format_args!("  NO   {what}: {error}"));
                None
            }
        }
    }

    /// A check of which a number or a word is to be told if it fails.
    fn holds(&mut self, what: &str, holds: bool, otherwise: impl Display) {
        self.check(what, if holds { Ok(()) } else { Err(otherwise) });
    }

    /// What is only said.
    fn say(&mut self, what: impl Display) {
        self.page.line(format_args!("       {what}"));
    }

    /// A check that can't be made.
    fn missing(&mut self, what: &str, needs: &str) {
        self.page.line(format_args!("  ?    {what}: needs {needs}"));
    }

    /// Whether T is near the clock. An old message may be worth a look: it is no failure here.
    fn fresh(&mut self, timestamp: Timestamp, now: NtpTime) {
        let Some(seconds) = timestamp.seconds() else {
            return self.say("T is a counter, to be compared with that of the last message");
        };
        let time = NtpTime::from_timestamp(seconds, now).seconds();
        let distance = time.abs_diff(now.seconds());
        let unit = match distance {
            0..=300 => return self.say("T is within five minutes of now"),
            301..=7200 => format!("{} minutes", distance / 60),
            7201..=172_800 => format!("{} hours", distance / 3600),
            _ => format!("{} days", distance / 86_400),
        };
        let which = if time < now.seconds() { "ago" } else { "ahead" };
        self.say(format_args!("T is {unit} {which}: a receiver would refuse it as stale"));
    }
}

/// Prints the checks; whether none failed.
pub fn print(
    page: &mut Page,
    octets: &[u8],
    message: &Message<'_>,
    keys: &Value,
    now: NtpTime,
) -> Result<bool> {
    let mut checks = Checks { page, good: true };
    match message.header().message_type {
        MessageType::Sakke => i_message(&mut checks, octets, keys, now)?,
        MessageType::PreSharedKey => psk_message(&mut checks, octets, keys, now)?,
        MessageType::Verification => {
            let payloads: Vec<_> = message.payloads().collect();
            let is_one = matches!(
                payloads.as_slice(),
                [Payload::Timestamp(_), Payload::Verification(_)]
                    | [Payload::Timestamp(_), Payload::Identity(_), Payload::Verification(_)]
            );
            checks.holds("a verification message: T, perhaps IDr, and V", is_one, "it has others");
            checks.missing("MAC", "the message that it answers");
        }
        _ => {
            let has_error = message.payloads().any(|payload| matches!(payload, Payload::Error(_)));
            checks.holds("an error message: ERR", has_error, "there is none");
            checks.say("whatever it says is a hint at most");
        }
    }
    Ok(checks.good)
}

/// A member of the key set in hexadecimal, if it is there.
fn octets_of(keys: &Value, name: &str) -> Result<Option<Vec<u8>>> {
    let Some(text) = keys[name].as_str() else { return Ok(None) };
    Ok(Some(hex::decode(text).map_err(|error| format!("{name}: {error}"))?))
}

/// A clock that shows the time of T.
fn clock(timestamp: Timestamp, now: NtpTime) -> Clock {
    let time = timestamp.seconds().map_or(now, |seconds| NtpTime::from_timestamp(seconds, now));
    Clock { now: time, skew: 0 }
}

fn i_message(checks: &mut Checks<'_>, octets: &[u8], keys: &Value, now: NtpTime) -> Result<()> {
    let message = IMessage::decode(octets);
    let Some(message) = checks.check("an I_MESSAGE of RFC 6509", message) else { return Ok(()) };
    checks.fresh(message.timestamp(), now);
    let monthly = is_monthly(&message, keys);
    if monthly {
        checks.say("identifiers of RFC 6509, of a month: not the profile of TS 33.180");
    } else {
        profile(checks, &message);
    }

    // The signature.
    let scheme = if monthly {
        Some(IdScheme::TelMonthly)
    } else {
        periods_of(keys, "period", "offset")?.map(IdScheme::Uid)
    };
    let (Some(kpak), Some(scheme), Some(kms_uri)) =
        (octets_of(keys, "KPAK")?, scheme, keys["kms_uri"].as_str())
    else {
        checks.missing("signature", "KPAK, kms_uri and period");
        return Ok(());
    };
    let kpak =
        eccsi::KmsPublicKey::try_from(kpak.as_slice()).map_err(|error| format!("KPAK: {error}"))?;
    let clock = clock(message.timestamp(), now);
    if let IdScheme::Uid(periods) = &scheme {
        checks.say(format_args!("T is in key period {} of {kms_uri}", periods.number(clock.now)?));
    }
    let Some(initiator) = keys["initiator"].as_str() else {
        checks.missing("signature", "the initiator");
        return Ok(());
    };
    let uid = match &scheme {
        IdScheme::Uid(periods) | IdScheme::HexUid(periods) => {
            periods.uid_at(UserUri(initiator), KmsUri(kms_uri), clock.now)?
        }
        IdScheme::TelMonthly => {
            let (year, month) = clock.now.year_month()?;
            Identifier::tel_monthly(year, month, initiator)?
        }
    };
    identifier(checks, initiator, &uid);
    named(checks, &message, Role::Initiator, initiator.as_bytes());
    named(checks, &message, Role::InitiatorUid, uid.as_bytes());
    named(checks, &message, Role::InitiatorKms, kms_uri.as_bytes());
    let verifying_key = kpak.verifying_key(uid);
    let verify = |end: usize| verifying_key.verify(&octets[..end], message.signature());
    let end = octets.len() - eccsi::Signature::LEN;
    checks.check("signed by the initiator", verify(end));
    if verify(end - 2).is_ok() {
        checks.say("it is signed without type and length of SIGN, as older stacks do");
    }

    // The key.
    let (Some(z), Some(responder)) = (octets_of(keys, "Z")?, keys["responder"].as_str()) else {
        checks.missing("the key", "Z and the responder");
        return Ok(());
    };
    let z = sakke::KmsPublicKey::try_from(z.as_slice()).map_err(|error| format!("Z: {error}"))?;
    let own_z = match octets_of(keys, "initiator_Z")? {
        Some(z) => sakke::KmsPublicKey::try_from(z.as_slice())
            .map_err(|error| format!("initiator_Z: {error}"))?,
        None => z,
    };
    let initiators = Kms::new(kms_uri, scheme, kpak, own_z);
    let responders = match keys["responder_kms_uri"].as_str() {
        Some(uri) if monthly => Kms::new(uri, scheme, kpak, z),
        Some(uri) => {
            let periods = periods_of(keys, "responder_period", "responder_offset")?
                .ok_or("responder_period: missing")?;
            Kms::new(uri, IdScheme::Uid(periods), kpak, z)
        }
        None => initiators.clone(),
    };
    let (initiator, responder) = (initiators.user(initiator), responders.user(responder));
    if monthly {
        return open_monthly(checks, &message, (initiator, responder), keys, clock);
    }
    open(checks, octets, &message, (initiator, responder), keys, clock)
}

/// Whether its identifiers are those of RFC 6509 section 3.2. A key period speaks of UIDs: older
/// messages have them under the same number.
fn is_monthly(message: &IMessage<'_>, keys: &Value) -> bool {
    message.id_scheme() == IdScheme::TelMonthly.number() && keys["period"].is_null()
}

/// Key periods of these members of the key set, if they are there.
fn periods_of(keys: &Value, period: &str, offset: &str) -> Result<Option<KeyPeriods>> {
    let Some(length) = keys[period].as_u64() else { return Ok(None) };
    let periods = KeyPeriods::new(length)
        .and_then(|periods| periods.with_offset(keys[offset].as_u64().unwrap_or(0)));
    Ok(Some(periods.map_err(|error| format!("{period}: {error}"))?))
}

/// A user's identifier in hexadecimal.
fn identifier(checks: &mut Checks<'_>, uri: &str, id: &Identifier) {
    checks.say(format_args!("identifier of {uri}: {}", hex::encode(id.as_bytes())));
}

/// As the responder would open it, by RFC 6509 alone.
fn open_monthly(
    checks: &mut Checks<'_>,
    message: &IMessage<'_>,
    (initiator, responder): (User<'_>, User<'_>),
    keys: &Value,
    clock: Clock,
) -> Result<()> {
    let id = responder.identifier(clock.now)?;
    identifier(checks, responder.uri(), &id);
    named(checks, message, Role::Responder, responder.uri().as_bytes());
    named(checks, message, Role::ResponderKms, responder.kms().uri().as_bytes());
    let Some(rsk) = octets_of(keys, "RSK")? else {
        checks.missing("the key", "RSK");
        return Ok(());
    };
    let key = sakke::ReceiverKey::new(&rsk, &id, responder.kms().z());
    let Some(key) = checks.check("RSK is the responder's for this month", key) else {
        return Ok(());
    };
    let mut cache = MemoryCache::new(1);
    let opened = message
        .check_fresh(&clock, &cache)
        .and_then(|fresh| fresh.verify(&Expected::new(initiator, responder), &mut cache))
        .and_then(|verified| verified.decapsulate(&key, &mut cache));
    if let Some(opened) = checks.check("the responder accepts and opens it", opened) {
        checks.page.line("\nkey");
        checks.page.named("TGK", hex::encode(opened.secret().as_bytes()));
    }
    Ok(())
}

/// What the message says in this role, if it says something, must be this.
fn named(checks: &mut Checks<'_>, message: &IMessage<'_>, role: Role, expected: &[u8]) {
    let Some(identity) = message.identity(role) else { return };
    let what = format!("{} is the expected one", role_name(role));
    let found = format_args!("it is {identity:?}");
    checks.holds(&what, identity.data == expected, found);
}

/// The profile of TS 33.180, point by point.
fn profile(checks: &mut Checks<'_>, message: &IMessage<'_>) {
    let id = KeyId::try_from(message.csb_id());
    let tag = message.csb_id() >> 28;
    checks.holds("CSB ID with the tag of a key of TS 33.180", id.is_ok(), format_args!("{tag}"));
    let roles = [
        ("initiator", [Role::Initiator, Role::InitiatorUid].as_slice()),
        ("responder", &[Role::Responder, Role::ResponderUid]),
        ("initiator's KMS", &[Role::InitiatorKms]),
        ("responder's KMS", &[Role::ResponderKms]),
    ];
    let absent = roles
        .iter()
        .filter(|(_, roles)| roles.iter().all(|role| message.identity(*role).is_none()));
    let absent: Vec<_> = absent.map(|(who, _)| *who).collect();
    checks.holds(
        "identities of both users and their KMSs",
        absent.is_empty(),
        format_args!("none of the {}", absent.join(", ")),
    );
    let prf = message.derivation().prf;
    checks.holds("PRF-HMAC-SHA-256", prf == Prf::HmacSha256, "another PRF");
    let is_utc = matches!(message.timestamp(), Timestamp::NtpUtc(_));
    checks.holds("T of type 0, NTP-UTC", is_utc, "another type");
    let scheme = message.id_scheme();
    checks.holds("identifier scheme 2, UIDs", scheme == 2, format_args!("{scheme}"));
    match message.map() {
        CsIdMap::SrtpId(_) => checks.holds("map of type GENERIC-ID or empty", false, "SRTP-ID"),
        CsIdMap::GenericId(sessions) if !sessions.is_empty() => {
            for session in sessions.iter() {
                let what =
                    format!("session {} is SRTP under one policy that is there", session.cs_id);
                let one = matches!(session.policies, [number] if message.policy(*number).is_some());
                checks.holds(&what, session.protocol == 0 && one, "it isn't");
            }
        }
        CsIdMap::Empty | CsIdMap::GenericId(_) => {
            checks.holds("no session named: the standard's apply", true, "");
        }
    }
    for (what, kind) in [
        ("SAKKE to self once at most", Extension::SAKKE_TO_SELF),
        ("key parameters once at most", Extension::KEY_PARAMETERS),
    ] {
        let count = message.extensions().filter(|extension| extension.kind == kind).count();
        if count > 0 {
            checks.holds(what, count == 1, format_args!("{count} times"));
        }
    }
}

/// As the responder would open it, and the initiator.
fn open(
    checks: &mut Checks<'_>,
    octets: &[u8],
    message: &IMessage<'_>,
    (initiator, responder): (User<'_>, User<'_>),
    keys: &Value,
    clock: Clock,
) -> Result<()> {
    let z = responder.kms().z();
    let uid = responder.identifier(clock.now)?;
    identifier(checks, responder.uri(), &uid);
    named(checks, message, Role::Responder, responder.uri().as_bytes());
    named(checks, message, Role::ResponderUid, uid.as_bytes());
    named(checks, message, Role::ResponderKms, responder.kms().uri().as_bytes());
    let Ok(id) = KeyId::try_from(message.csb_id()) else { return Ok(()) };
    let expected = Expected::new(initiator, responder);
    let reception = Reception::new(expected, clock);
    let store = || MemoryStore::new(MemoryCache::new(1), 1);
    if let Some(rsk) = octets_of(keys, "RSK")? {
        let key = sakke::ReceiverKey::new(&rsk, &uid, z);
        let key = checks.check("RSK is the responder's for this period", key);
        if let Some(key) = key {
            let received = match id.purpose() {
                Purpose::Gmk => reception.gmk_of_any_group(octets, &mut store(), &key),
                purpose => reception.receive(purpose, octets, &mut store(), &key),
            };
            if let Some(received) = checks.check("the responder accepts and opens it", received) {
                print_key(checks.page, &received, message.map())?;
            }
        }
    } else {
        checks.missing("the key", "RSK");
    }
    if message.extensions().all(|extension| extension.kind != Extension::SAKKE_TO_SELF) {
        return Ok(());
    }
    let Some(rsk) = octets_of(keys, "own_RSK")? else {
        checks.missing("the key, encapsulated to the initiator itself", "own_RSK");
        return Ok(());
    };
    let uid = initiator.identifier(clock.now)?;
    let key = sakke::ReceiverKey::new(&rsk, &uid, initiator.kms().z());
    let Some(key) = checks.check("own_RSK is the initiator's for this period", key) else {
        return Ok(());
    };
    let received = reception.to_self(id.purpose(), octets, &mut store(), &key);
    if let Some(received) = checks.check("the initiator opens it too", received) {
        print_key(checks.page, &received, message.map())?;
    }
    Ok(())
}

fn print_key(page: &mut Page, received: &Received, map: &CsIdMap<'_>) -> Result<()> {
    let key = received.key();
    page.line("\nkey");
    page.named(&format!("{:?}", key.purpose()), hex::encode(key.secret().as_bytes()));
    page.named("ID", hex::encode(key.id().to_bytes()));
    if key.purpose().is_diversified() {
        page.named("user's ID", hex::encode(received.user_id().to_bytes()));
    }
    page.named("MKI", hex::encode(key.mki(received.user_id())));
    if let Some(parameters) = received.parameters() {
        let status = parameters.status;
        let gateway = if status.is_shared_with_gateway() { ", shared with a gateway" } else { "" };
        page.named("status", format_args!("{:08x}, not revoked{gateway}", status.0));
        let seconds = |time: NtpTime| time.to_unix().unwrap_or(0);
        let (activation, expiry) =
            (parameters.activation.map(seconds), parameters.expiry.map(seconds));
        page.named(
            "in force",
            match (activation, expiry) {
                (None, None) => "at once and for ever".into(),
                (None, Some(expiry)) => format!("at once, until {expiry} seconds after 1970"),
                (Some(activation), None) => format!("from {activation} seconds after 1970 on"),
                (Some(activation), Some(expiry)) => {
                    format!("from {activation} to {expiry} seconds after 1970")
                }
            },
        );
        if !parameters.text.is_empty() {
            page.named("text", String::from_utf8_lossy(&parameters.text));
        }
        for group in &parameters.groups {
            page.named("group", String::from_utf8_lossy(&group.identity));
        }
    } else {
        page.named("parameters", "none");
    }
    let protocol = if key.purpose().is_for_media() { "SRTP" } else { "SRTCP" };
    let CsIdMap::GenericId(sessions) = map else { return Ok(()) };
    for session in sessions.iter() {
        let keys = key.srtcp(received.user_id(), CsId::agreed(session.cs_id))?;
        let name = format!("CS {}", session.cs_id);
        let key = hex::encode(*keys.master_key);
        page.named(&name, format_args!("{protocol} master key {key}"));
        page.named("", format_args!("{protocol} master salt {}", hex::encode(*keys.master_salt)));
    }
    Ok(())
}

fn psk_message(checks: &mut Checks<'_>, octets: &[u8], keys: &Value, now: NtpTime) -> Result<()> {
    let signed = SignedPskMessage::decode(octets).ok();
    // What a message holds is shown whoever made it.
    let message = match signed {
        Some(signed) => Ok(signed.without_its_signature()),
        None => PskMessage::decode(octets),
    };
    let Some(message) = checks.check("a pre-shared-key message of RFC 3830", message) else {
        return Ok(());
    };
    checks.say("PRF, encryption and MAC are one suite");
    checks.fresh(message.timestamp(), now);
    if let Some(signed) = signed {
        checks.say("it is signed, as in ProSe; a message of RFC 3830 isn't");
        match (octets_of(keys, "KPAK")?, octets_of(keys, "signer")?) {
            (Some(kpak), Some(signer)) => {
                let kpak = eccsi::KmsPublicKey::try_from(kpak.as_slice())
                    .map_err(|error| format!("KPAK: {error}"))?;
                let covered = octets.len() - eccsi::Signature::LEN;
                let verifying_key = kpak.verifying_key(signer);
                let verified = verifying_key.verify(&octets[..covered], signed.signature());
                let verified = verified.map_err(|_| mikey::Error::Signature);
                checks.check("signed by the signer", verified);
            }
            _ => checks.missing("signature", "KPAK and the signer"),
        }
    }
    let Some(psk) = octets_of(keys, "psk")? else {
        checks.missing("MAC", "psk");
        return Ok(());
    };
    let fresh = match message.timestamp() {
        Timestamp::Counter(_) => message.check_counter(None),
        timestamp => message.check_fresh(&clock(timestamp, now), &MemoryCache::new(1)),
    };
    let opened = fresh.and_then(|fresh| fresh.authenticate(&psk, &mut MemoryCache::new(1)));
    let opened =
        checks.check("MAC is right under the pre-shared key, and the keys are whole", opened);
    if let Some(opened) = opened {
        print_key_data(checks.page, &opened);
    }
    Ok(())
}

fn print_key_data(page: &mut Page, opened: &OpenedPsk<'_>) {
    let derivation = opened.message().derivation();
    page.line("\nkeys");
    for data in opened.key_data() {
        page.named(&format!("{:?}", data.kind).to_uppercase(), hex::encode(data.key));
        if let Some(salt) = data.salt {
            page.named("salt", hex::encode(salt));
        }
        match data.validity {
            Validity::Unlimited => {}
            Validity::Spi(spi) => page.named("for SPI", hex::encode(spi)),
            Validity::Interval { from, to } => {
                page.named("from", hex::encode(from));
                page.named("to", hex::encode(to));
            }
        }
        let sessions: Vec<u8> = match opened.message().map() {
            CsIdMap::Empty => Vec::new(),
            CsIdMap::SrtpId(streams) => (1..=255).take(streams.len()).collect(),
            CsIdMap::GenericId(sessions) => sessions.iter().map(|session| session.cs_id).collect(),
        };
        for cs_id in sessions {
            if let Ok(key) = data.master_key::<16>(&derivation, cs_id) {
                let key = hex::encode(*key);
                page.named(&format!("CS {cs_id}"), format_args!("TEK of 16 octets {key}"));
            }
            if let Ok(salt) = data.master_salt::<14>(&derivation, cs_id) {
                page.named("", format_args!("salt of 14 octets {}", hex::encode(*salt)));
            }
        }
    }
}
