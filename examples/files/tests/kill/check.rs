//! Checks what is on disk after a kill.

use std::collections::BTreeMap;
use std::path::Path;

use eccsi_sakke::kms::{KeyContent, KeyRing, KeySetParts};
use eccsi_sakke::mikey;
use eccsi_sakke::mission_critical::{Error as Refused, Held, Key, KeyName, KeyStore};
use eccsi_sakke_files::{Error, FileStore, Folder};

use crate::world::{GMS, GROUP, NUMBER, Network, SKEW, World, folder, hex};

/// A line that a child has printed.
#[derive(Debug)]
pub enum Said {
    /// The group key with this number has this value.
    Made(u32, String),
    /// The GMS is about to remove the group key with this number.
    Removing(u32),
    /// Alice has received the group key with this number.
    Held(u32, String),
    /// Alice is about to delete the group keys before this number.
    Deleting(u32),
    /// The KMS offers the transport key with this identifier.
    Offered(u32, String),
    /// The user's key set for the period has this PVT.
    Issued(String, String),
}

impl Said {
    pub fn parse(line: &str) -> Self {
        let words: Vec<&str> = line.split(' ').collect();
        let number = || words[1].parse().expect("a number");
        match words[0] {
            "made" => Self::Made(number(), words[2].into()),
            "removing" => Self::Removing(number()),
            "held" => Self::Held(number(), words[2].into()),
            "deleting" => Self::Deleting(number()),
            "offered" => Self::Offered(number(), words[2].into()),
            "issued" => Self::Issued(words[1].into(), words[2].into()),
            _ => panic!("{line:?}"),
        }
    }
}

/// Everything that the children have reported so far, and counts of what was seen.
#[derive(Default)]
pub struct Checks {
    made: BTreeMap<u32, String>,
    held: BTreeMap<u32, String>,
    offered: BTreeMap<u32, String>,
    issued: BTreeMap<String, String>,
    /// The GMS may have removed the group keys up to this number.
    removed: Option<u32>,
    /// Alice may have deleted the group keys before this number.
    deleted: u32,
    /// The number of keys and key sets that were on disk before their process could report them.
    unsaid: u32,
    /// The number of messages that arrived for the first time after a kill, and of those that had arrived before.
    new_and_known: [u32; 2],
}

impl Checks {
    /// Compares what a child has left on disk with what it has reported.
    pub fn look(&mut self, place: &Path, said: &[Said]) {
        for said in said {
            match said {
                Said::Made(number, key) => record(&mut self.made, *number, key),
                Said::Held(number, key) => record(&mut self.held, *number, key),
                Said::Offered(id, key) => record(&mut self.offered, *id, key),
                Said::Issued(user, pvt) => record(&mut self.issued, user.clone(), pvt),
                Said::Removing(number) => self.removed = Some(*number),
                Said::Deleting(number) => self.deleted = *number,
            }
        }
        let last = self.gms(&folder(place, "gms"));
        self.alice(&folder(place, "alice"), &Network::new(place), last);
        self.kms(&folder(place, "kms"), &folder(place, "alice"));
    }

    /// Checks that every group key is still stored with its value, and returns the number of the last one.
    fn gms(&mut self, gms: &Folder) -> u32 {
        for (number, key) in &self.made {
            match gms.read::<Key>(&number.to_string()) {
                Ok((_, read)) => assert_eq!(hex(read.secret().as_bytes()), *key, "GMK {number}"),
                Err(Error::Missing(_)) if Some(*number) <= self.removed => {}
                Err(error) => panic!("GMK {number}: {error}"),
            }
        }
        let names = gms.names().expect("listed");
        let last = names.iter().map(|name| name.parse().expect("a number")).max().unwrap_or(0);
        if last > self.made.keys().copied().max().unwrap_or(0) {
            self.unsaid += 1;
            // The key was stored but not reported. From now on its value must not change.
            let (_, key) = gms.read::<Key>(&last.to_string()).expect("whole");
            self.made.insert(last, hex(key.secret().as_bytes()));
        }
        last
    }

    /// Checks that every received key is stored together with the record of its message, and neither without the other.
    fn alice(&mut self, alice: &Folder, network: &Network, last: u32) {
        let store = match FileStore::open(alice, "store") {
            Err(Error::Missing(_)) if self.held.is_empty() => return,
            opened => opened.expect("a store"),
        };
        let world = World::new();
        for (_, received) in store.keys() {
            let key = hex(received.key().secret().as_bytes());
            let made = self.made.iter().find(|(_, made)| **made == key);
            let (number, _) = made.expect("a key that the GMS has lost");
            if self.held.insert(*number, key).is_none() {
                self.unsaid += 1;
            }
        }
        // This uses a copy in memory, which is discarded.
        let mut memory = store.memory().clone();
        for (number, message) in network.recent(last) {
            let is_said = self.held.contains_key(&number);
            let before: Vec<_> = memory.keys().map(|(name, _)| name.id).collect();
            match world.reception(last).gmk(&message, GROUP, &mut memory, &world.receiver_key) {
                Ok(received) => {
                    assert!(!is_said, "GMK {number} was received, and is no longer");
                    assert!(!before.contains(&received.key().id()));
                    self.new_and_known[0] += 1;
                }
                Err(Refused::Message(mikey::Error::Replayed)) => {
                    let Some(made) = self.made.get(&number) else { panic!("GMK {number}") };
                    let held =
                        memory.keys().any(|(_, key)| hex(key.key().secret().as_bytes()) == *made);
                    let gone = number < self.deleted;
                    assert!(held || gone, "the message of GMK {number} is there without its key");
                    self.new_and_known[1] += 1;
                }
                Err(error) => panic!("GMK {number}: {error}"),
            }
        }
        for (number, key) in self.held.range(last.saturating_sub(SKEW).max(self.deleted)..) {
            let mut keys = store.keys().map(|(_, received)| received.key());
            let found = keys.find(|found| hex(found.secret().as_bytes()) == *key);
            let name =
                found.map(|key| KeyName { initiator: GMS, group: Some(GROUP), id: key.id() });
            let held = name.map(|name| store.held(&name));
            assert_eq!(held, Some(Held::Key), "GMK {number} was received, and its key is gone");
        }
    }

    /// Checks that both ends still share a transport key, that no identifier has two, and that no key set was issued
    /// twice.
    fn kms(&mut self, kms: &Folder, alice: &Folder) {
        let read = |folder: &Folder| match folder.read::<KeyRing>("ring") {
            // This is possible only before the first start has finished.
            Err(Error::Missing(_)) if self.offered.is_empty() => None,
            read => Some(read.expect("a ring").1),
        };
        let (Some(server), Some(client)) = (read(kms), read(alice)) else { return };
        let key = |ring: &KeyRing, id| {
            let shared = ring.named(Some(id)).ok()?;
            Some(hex(shared.transport().to_bytes().as_slice()))
        };
        let shared = [client.newest(), client.in_use()].map(|shared| shared.transport().id());
        let shares = |id| key(&server, id).is_some_and(|theirs| key(&client, id) == Some(theirs));
        assert!(
            shared.into_iter().any(shares),
            "KMS and client share no key: {server:?}, {client:?}"
        );
        for ring in [&server, &client] {
            for shared in [Some(ring.in_use()), ring.offered()].into_iter().flatten() {
                let (id, key) = (shared.transport().id().0, shared.transport().to_bytes());
                if id > 1 {
                    record(&mut self.offered, id, &hex(key.as_slice()));
                }
            }
        }
        for (user, pvt) in &self.issued {
            let (_, parts) =
                kms.read::<KeySetParts>(&format!("{NUMBER} {user}")).expect("a key set");
            assert_eq!(pvt_of(&parts), *pvt, "the key set of {user}");
        }
        let prefix = format!("{NUMBER} ");
        for name in kms.names().expect("listed") {
            let Some(user) = name.strip_prefix(&prefix) else { continue };
            if !self.issued.contains_key(user) {
                let (_, parts) = kms.read::<KeySetParts>(&name).expect("whole");
                self.issued.insert(user.into(), pvt_of(&parts));
                self.unsaid += 1;
            }
        }
    }

    pub fn close(&self, kills: u32) {
        let [new, known] = self.new_and_known;
        println!(
            "{kills} kills: {} group keys made, {} received, {} transport keys offered, {} key sets issued: nothing \
             lost, nothing half, nothing twice; {} were stored and not yet said, {new} messages new and {known} known \
             after a kill",
            self.made.len(),
            self.held.len(),
            self.offered.len(),
            self.issued.len(),
            self.unsaid,
        );
        // A test that never hits the critical moments would show nothing.
        let enough = kills / 20;
        let counts = [self.made.len(), self.held.len(), self.offered.len(), self.issued.len()];
        assert!(counts.into_iter().all(|count| count >= enough as usize), "too little was done");
        assert!(new >= enough && known >= enough, "too few messages");
        assert!(self.unsaid >= kills / 100, "no kill hit the moment between disk and word");
    }
}

fn pvt_of(parts: &KeySetParts) -> String {
    let KeyContent::Plain(pvt) = &parts.user_pub_token_pvt else { panic!("it is in clear") };
    hex(pvt)
}

/// Records a value, which must equal any earlier value under the same name.
fn record<K: Ord + std::fmt::Debug + Clone>(known: &mut BTreeMap<K, String>, name: K, value: &str) {
    let before = known.insert(name.clone(), value.into());
    assert!(before.is_none_or(|before| before == value), "{name:?} had another value before");
}
