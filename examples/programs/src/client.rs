//! A user's radio. Each command reads the state that the command before has stored, does its work, and ends.
//!
//! ```text
//! client FOLDER URI KMS new                                reads the keys that it shares with its KMS
//! client FOLDER URI KMS fetch ADDRESS                      asks its KMS for keys
//! client FOLDER URI KMS join GMS GMS-KMS GROUP ADDRESS     fetches the group key from its GMS
//! client FOLDER URI KMS call USER USER-KMS                 prints a line of SDP
//! client FOLDER URI KMS ring USER USER-KMS SDP             receives a call that signalling announces
//! client FOLDER URI KMS upload SERVER SERVER-KMS ADDRESS   makes a CSK, and sends it to its server
//! client FOLDER URI KMS speak GMS GROUP [unsigned]         prints a line of SDP
//! client FOLDER URI KMS hear GMS GROUP SDP USER USER-KMS   hears this user
//! client FOLDER URI KMS hear GMS GROUP SDP                 hears anybody who has the group key
//! ```

use std::io::{Write, stdout};
use std::process::ExitCode;

use eccsi_sakke::mikey::{Expected, from_sdp, to_sdp};
use eccsi_sakke::mission_critical::{
    CsId, Delivery, Error, GroupSession, Key, KeyName, Purpose, Reception, SessionDelivery,
    SessionReception, SrtpKeys,
};
use eccsi_sakke_files::KmsUser;
use programs::{Http, Result, clock, create, folder, now, post, rng, run};
use sha2::{Digest, Sha256};

fn main() -> ExitCode {
    run(|arguments| {
        let [path, uri, kms, command, rest @ ..] = arguments else {
            return Err("unknown command: see the first lines of client.rs".into());
        };
        let folder = folder(path, uri)?;
        if let ("new", []) = (*command, rest) {
            return create(&folder, 1000);
        }
        let user = &mut KmsUser::open(folder, uri, kms, now())?;
        match (*command, rest) {
            ("fetch", [address]) => fetch(user, address),
            ("join", [gms, gms_kms, group, address]) => {
                let message = post(&format!("{address}/group?{uri}"), &[])?;
                join(user, (gms, gms_kms), group.as_bytes(), &message)
            }
            ("call", [to, to_kms]) => call(user, to, to_kms),
            ("ring", [from, from_kms, sdp]) => ring(user, (from, from_kms), &from_sdp(sdp)?),
            ("upload", [server, server_kms, address]) => {
                upload(user, (server, server_kms), address)
            }
            ("speak", [gms, group, how @ ..]) => speak(user, gms, group, *how != ["unsigned"]),
            ("hear", [gms, group, sdp, from @ ..]) => {
                hear(user, (gms, group), &from_sdp(sdp)?, from)
            }
            _ => Err("unknown command: see the first lines of client.rs".into()),
        }
    })
}

fn fetch(user: &mut KmsUser, address: &str) -> Result<()> {
    user.fetch(&mut Http(address))?;
    let shared = [Some(user.ring().in_use()), user.ring().offered()].into_iter().flatten();
    let ids: Vec<_> = shared.map(|keys| format!("{:08x}", keys.transport().id().0)).collect();
    Ok(writeln!(stdout(), "key sets: {}, transport keys: {}", user.sets.len(), ids.join(", "))?)
}

/// Receives a group key, and deletes the keys that it supersedes.
fn join(user: &mut KmsUser, gms: (&str, &str), group: &[u8], message: &[u8]) -> Result<()> {
    let expected = Expected::new(user.people.peer(gms.0, gms.1, now())?, user.people.me(now())?);
    let reception = Reception::new(expected, clock(300));
    match reception.gmk(message, group, &mut user.store, user.sets.as_slice()) {
        Err(Error::Duplicate) => return Ok(writeln!(stdout(), "the group key is known")?),
        received => println!("group key {}", received?.key().id()),
    }
    Ok(user.store.change(|store| store.delete_superseded(gms.0, group, now()))?)
}

fn call(user: &KmsUser, to: &str, to_kms: &str) -> Result<()> {
    let key = Key::generate(Purpose::Pck, &mut rng());
    let to = user.people.peer(to, to_kms, now())?;
    let delivery = Delivery::new(user.people.me(now())?, to, now());
    println!("{}", to_sdp(&delivery.message(&key, user.sets.as_slice(), &mut rng())?));
    media(&key.srtp(key.id(), CsId::MCPTT_CALLER)?)
}

/// Receives the key of a call, and deletes it when the call ends, which is at once here.
fn ring(user: &mut KmsUser, (from, from_kms): (&str, &str), message: &[u8]) -> Result<()> {
    let from = user.people.peer(from, from_kms, now())?;
    let reception = Reception::new(Expected::new(from, user.people.me(now())?), clock(300));
    let received = reception.pck(message, &mut user.store, user.sets.as_slice())?;
    media(&received.srtp(CsId::MCPTT_CALLER, now())?)?;
    let name = KeyName { initiator: from.uri(), group: None, id: received.key().id() };
    Ok(user.store.change(|store| store.delete(&name, now()))?)
}

fn upload(user: &KmsUser, (server, server_kms): (&str, &str), address: &str) -> Result<()> {
    let key = Key::generate(Purpose::Csk, &mut rng());
    let server = user.people.peer(server, server_kms, now())?;
    let delivery = Delivery::new(user.people.me(now())?, server, now());
    let message = delivery.message(&key, user.sets.as_slice(), &mut rng())?;
    let taken = post(&format!("{address}/csk"), &message)?;
    Ok(writeln!(stdout(), "the server has CSK {} as {}", key.id(), String::from_utf8(taken)?)?)
}

/// Makes a session under the last group key. Its message has a signature, as in ProSe, or none.
fn speak(user: &KmsUser, gms: &str, group: &str, signed: bool) -> Result<()> {
    let gmk =
        user.store.memory().last_received(gms, group.as_bytes(), now()).ok_or("no group key")?;
    let session = GroupSession::generate(gmk, now(), &mut rng())?;
    let delivery = SessionDelivery::new(user.people.me(now())?, now());
    let message = if signed {
        delivery.message(&session, gmk, user.sets.as_slice(), &mut rng())?
    } else {
        delivery.message_without_signature(&session, gmk)?
    };
    println!("{}", to_sdp(&message));
    media(&session.srtp(CsId::MCPTT_GROUP, now())?)
}

/// Hears the named user, or anybody who has the group key.
fn hear(user: &mut KmsUser, group: (&str, &str), message: &[u8], from: &[&str]) -> Result<()> {
    let reception = SessionReception::new(group.0, group.1.as_bytes(), clock(300));
    let session = if let [from, kms] = from {
        reception.gsk(message, &user.people.peer(from, kms, now())?, &mut user.store)?
    } else {
        reception.gsk_of_any_member(message, &mut user.store)?
    };
    media(&session.srtp(CsId::MCPTT_GROUP, now())?)
}

/// Prints a digest of the keys, which identifies them and does not reveal them.
fn media(keys: &SrtpKeys) -> Result<()> {
    let digest = Sha256::digest(keys.master_key.as_slice());
    Ok(writeln!(stdout(), "media keys {}", hex::encode(&digest[..4]))?)
}
