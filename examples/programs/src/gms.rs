//! A group management server, which is also the MCPTT server of its users: it distributes group keys and receives CSKs.
//!
//! ```text
//! gms FOLDER URI KMS new                   reads the keys that it shares with its KMS
//! gms FOLDER URI KMS fetch ADDRESS         asks its KMS for keys
//! gms FOLDER URI KMS rekey GROUP MEMBERS   makes a group key for the users in a file
//! gms FOLDER URI KMS serve MEMBERS PORT    answers its users
//! ```

use std::collections::BTreeMap;
use std::io::{Write, stdout};
use std::process::ExitCode;

use eccsi_sakke::UserUri;
use eccsi_sakke::mikey::{Expected, IMessage, Role};
use eccsi_sakke::mission_critical::{
    CsId, Delivery, Distribution, Group, Key, KeyParameters, PreparedKms, Purpose, Received,
    Reception,
};
use eccsi_sakke_files::KmsUser;
use programs::{Http, Result, clock, create, folder, now, rng, run, serve};

fn main() -> ExitCode {
    run(|arguments| {
        let [path, uri, kms, command, rest @ ..] = arguments else {
            return Err("unknown command: see the first lines of gms.rs".into());
        };
        let folder = folder(path, uri)?;
        if let ("new", []) = (*command, rest) {
            return create(&folder, 10_000);
        }
        let mut user = KmsUser::open(folder.clone(), uri, kms, now())?;
        match (*command, rest) {
            ("fetch", [address]) => Ok(user.fetch(&mut Http(address))?),
            ("rekey", [group, members]) => {
                let key = generate(group, uri)?;
                // Store the key before the first message is sent. This also finds members who cannot be served.
                folder.put("group key", &key)?;
                let members = read(members)?;
                let served = messages(&key, &user, &members.iter().collect::<Vec<_>>())?.len();
                Ok(writeln!(stdout(), "group key {} for {served} members", key.key().id())?)
            }
            ("serve", [members, port]) => {
                let (key, members) = (folder.read("group key")?.1, read(members)?);
                serve(port, |path, body| match path.split_once('?').unwrap_or((path, "")) {
                    ("/group", uri) => {
                        let member =
                            members.get_key_value(uri).ok_or("not a member of the group")?;
                        Ok(messages(&key, &user, &[member])?.remove(0))
                    }
                    ("/csk", _) => csk(&mut user, body, &members),
                    _ => Err("no such path".into()),
                })
            }
            _ => Err("unknown command: see the first lines of gms.rs".into()),
        }
    })
}

/// The members. Each line has the URI of a user and the URI of its KMS.
fn read(file: &str) -> Result<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(file)?;
    let member = |line: &str| line.split_once(' ').map(|(uri, kms)| (uri.into(), kms.into()));
    text.lines().map(|line| member(line).ok_or_else(|| format!("{file}: {line}").into())).collect()
}

/// A group key with its parameters, in the form in which the GMS itself would receive it.
fn generate(group: &str, gms: &str) -> Result<Received> {
    let group = Group::new(group);
    let parameters = KeyParameters { groups: vec![group], ..KeyParameters::new(Purpose::Gmk) };
    let key = Key::generate(Purpose::Gmk, &mut rng());
    let id = key.user_id(UserUri(gms))?;
    Ok(Received::from_parts(key, id, now(), Some(parameters), Default::default())?)
}

/// A message for each of the members.
fn messages(
    key: &Received,
    user: &KmsUser,
    members: &[(&String, &String)],
) -> Result<Vec<Vec<u8>>> {
    let peers = members.iter().map(|(uri, kms)| user.people.peer(uri, kms, now()));
    let mut peers = peers.collect::<Result<Vec<_>, _>>()?;
    // Members of one KMS are served fastest if they are neighbours, because they share what is prepared for the KMS.
    peers.sort_by(|one, other| one.kms().uri().cmp(other.kms().uri()));
    let mut kmss: Vec<_> = peers.iter().map(|peer| peer.kms()).collect();
    kmss.dedup();
    // Preparing a KMS takes as long as making a message, so it does not pay for a few members.
    kmss.retain(|_| peers.len() > 8);
    let prepared: Vec<_> = kmss.into_iter().map(PreparedKms::new).collect();
    let me = user.people.me(now())?;
    let cs_ids = &[CsId::MCPTT_GROUP];
    let delivery =
        Delivery { cs_ids, parameters: key.parameters(), ..Delivery::new(me, me, now()) };
    let distribution = Distribution::new(key.key(), delivery, user.sets.as_slice(), &prepared)?;
    let mut messages = Vec::with_capacity(peers.len());
    for some in peers.chunks(64) {
        messages.extend(distribution.messages(some, &mut rng())?);
        if peers.len() > 64 {
            println!("{} of {} members are served", messages.len(), peers.len());
        }
    }
    Ok(messages)
}

/// Receives the CSK of a member. The message names the member, and its signature proves the name.
fn csk(user: &mut KmsUser, message: &[u8], members: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let claimed = IMessage::decode(message)?.identity(Role::Initiator);
    let claimed = claimed.and_then(|claimed| str::from_utf8(claimed.data).ok());
    let (uri, kms) =
        claimed.and_then(|uri| members.get_key_value(uri)).ok_or("not a member of the group")?;
    let expected = Expected::new(user.people.peer(uri, kms, now())?, user.people.me(now())?);
    let reception = Reception::new(expected, clock(300));
    let received = reception.csk(message, &mut user.store, user.sets.as_slice())?;
    let id = received.key().id();
    user.store.keep_only(uri, id, now())?;
    Ok(id.to_string().into_bytes())
}
