//! Which checks a message passes, with as many of the keys as are there.

use eccsi_sakke::mikey::psk::PskMessage;
use eccsi_sakke::mikey::{
    Clock, CsIdMap, Expected, IMessage, IdScheme, Kms, MemoryCache, Message, MessageType, Role,
    Timestamp,
};
use eccsi_sakke::mission_critical::{KeyId, Received, Reception};
use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
use serde_json::Value;

use crate::Result;

/// Prints a check and its outcome.
fn check<T, E: std::fmt::Display>(what: &str, outcome: Result<T, E>) -> Option<T> {
    match outcome {
        Ok(value) => {
            println!("  yes  {what}");
            Some(value)
        }
        Err(error) => {
            println!("  NO   {what}: {error}");
            None
        }
    }
}

/// Prints the checks; whether none failed.
pub fn print(octets: &[u8], message: &Message<'_>, keys: &Value, now: NtpTime) -> Result<bool> {
    match message.header().message_type {
        MessageType::Sakke => i_message(octets, keys, now),
        MessageType::PreSharedKey => psk_message(octets, keys, now),
        _ => Ok(true),
    }
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

fn i_message(octets: &[u8], keys: &Value, now: NtpTime) -> Result<bool> {
    let Some(message) = check("an I_MESSAGE of RFC 6509", IMessage::decode(octets)) else {
        return Ok(false);
    };
    let mut good = true;
    // Only said: an old message is still worth a look.
    let cache = MemoryCache::new(1);
    check(
        "T is within five minutes of now",
        message.check_fresh(&Clock { now, skew: 300 }, &cache),
    );
    let complete = [
        [Role::Initiator, Role::InitiatorUid].as_slice(),
        &[Role::Responder, Role::ResponderUid],
        &[Role::InitiatorKms],
        &[Role::ResponderKms],
    ];
    let complete =
        complete.iter().all(|roles| roles.iter().any(|role| message.identity(*role).is_some()));
    let outcome = if complete { Ok(()) } else { Err("TS 33.180 E.1.2 asks for four") };
    good &= check("identities of both users and their KMSs", outcome).is_some();

    let (Some(kpak), Some(period), Some(kms_uri)) =
        (octets_of(keys, "KPAK")?, keys["period"].as_u64(), keys["kms_uri"].as_str())
    else {
        println!("  ?    signature: needs KPAK, kms_uri and period");
        return Ok(good);
    };
    let kpak = eccsi::KmsPublicKey::try_from(kpak.as_slice())?;
    let periods = KeyPeriods::new(period, keys["offset"].as_u64().unwrap_or(0))?;
    let clock = clock(message.timestamp(), now);
    println!("       key period of T: {}", periods.number(clock.now)?);
    let Some(initiator) = keys["initiator"].as_str() else {
        println!("  ?    signature: needs the initiator");
        return Ok(good);
    };
    let uid = periods.uid_at(initiator, kms_uri, clock.now)?;
    println!("       UID of the initiator: {}", hex::encode(uid.as_bytes()));
    let verifying_key = kpak.verifying_key(uid);
    let verify = |end: usize| verifying_key.verify(&octets[..end], message.signature());
    let end = octets.len() - eccsi::Signature::LEN;
    good &= check("signed by the initiator", verify(end)).is_some();
    if verify(end - 2).is_ok() {
        println!("       it is signed without type and length of SIGN, as older stacks do");
    }

    let (Some(z), Some(rsk), Some(responder)) =
        (octets_of(keys, "Z")?, octets_of(keys, "RSK")?, keys["responder"].as_str())
    else {
        println!("  ?    the key: needs Z, RSK and the responder");
        return Ok(good);
    };
    let z = sakke::KmsPublicKey::try_from(z.as_slice())?;
    let kms = Kms::new(kms_uri, IdScheme::Uid(periods), kpak, z);
    let (initiator, responder) = (kms.user(initiator), kms.user(responder));
    let uid = responder.identifier(clock.now)?;
    println!("       UID of the responder: {}", hex::encode(uid.as_bytes()));
    let key =
        check("RSK is the responder's for this period", sakke::ReceiverKey::new(&rsk, &uid, &z));
    let Some(key) = key else { return Ok(false) };
    let Ok(id) = KeyId::try_from(message.csb_id()) else {
        println!("  NO   the CSB ID has a purpose tag that isn't assigned");
        return Ok(false);
    };
    let reception = Reception::new(Expected::new(initiator, responder), clock);
    let received = reception.receive(id.purpose(), octets, &mut MemoryCache::new(1), &key);
    match check("as the profile of its key has it, and it opens", received) {
        Some(received) => print_key(&received, message.map())?,
        None => return Ok(false),
    }
    Ok(good)
}

fn print_key(received: &Received, map: &CsIdMap<'_>) -> Result<()> {
    let key = received.key();
    println!("\nkey");
    println!("  {:<10} {}", format!("{:?}", key.purpose()), hex::encode(key.secret().as_bytes()));
    println!("  {:<10} {}", "K-ID", hex::encode(key.id().to_bytes()));
    println!("  {:<10} {}", "UK-ID", hex::encode(received.user_id().to_bytes()));
    if let Some(parameters) = received.parameters() {
        let (activation, expiry) = (parameters.activation, parameters.expiry);
        println!(
            "  status     {:08x}, activation {activation}, expiry {expiry}",
            parameters.status.0
        );
        println!("  text       {}", String::from_utf8_lossy(&parameters.text));
        for group in &parameters.groups {
            println!("  group      {}", String::from_utf8_lossy(&group.identity));
        }
    }
    let CsIdMap::GenericId(sessions) = map else { return Ok(()) };
    for session in sessions.iter() {
        let keys = received.srtp(session.cs_id)?;
        println!("  CS {:<7} SRTP master key {}", session.cs_id, hex::encode(*keys.master_key));
        println!("  {:<10} SRTP master salt {}", "", hex::encode(*keys.master_salt));
    }
    Ok(())
}

fn psk_message(octets: &[u8], keys: &Value, now: NtpTime) -> Result<bool> {
    let message = PskMessage::decode_prose(octets);
    let Some(message) = check("a pre-shared-key message of RFC 3830", message) else {
        return Ok(false);
    };
    if message.signature().is_some() {
        println!("       it has the signature of ProSe, which isn't checked here");
    }
    let cache = MemoryCache::new(1);
    check(
        "T is within five minutes of now",
        message.check_fresh(&Clock { now, skew: 300 }, &cache),
    );
    let Some(psk) = octets_of(keys, "psk")? else {
        println!("  ?    MAC: needs psk");
        return Ok(true);
    };
    let fresh = match message.timestamp() {
        Timestamp::Counter(_) => message.check_counter(None),
        timestamp => message.check_fresh(&clock(timestamp, now), &cache),
    };
    let opened = fresh.and_then(|fresh| fresh.authenticate(&psk, &mut MemoryCache::new(1)));
    let Some(opened) = check("MAC is of the pre-shared key", opened) else { return Ok(false) };
    println!("\nkeys");
    for data in opened.key_data() {
        println!("  {:<10} {}", format!("{:?}", data.kind), hex::encode(data.key));
        if let Some(salt) = data.salt {
            println!("  {:<10} {}", "salt", hex::encode(salt));
        }
    }
    Ok(true)
}
