//! The process that is killed: it does at random what the three do, and says what has been done.
//!
//! What it says is true from then on. Before it deletes something it says so.

use std::io::{Write, stdout};
use std::path::Path;

use eccsi_sakke::kms::{
    KeyContent, KeyRing, KeySetParts, Reading, SharedKeyId, SharedKeys, TransportKey, UnwrapKey,
    Wrapping,
};
use eccsi_sakke::mikey::{self, MemoryCache};
use eccsi_sakke::mission_critical::{Delivery, Error as Refused, Key, MemoryStore, Purpose};
use eccsi_sakke::stored::Stored;
use eccsi_sakke_files::{Error, FileStore, Folder, Record};
use getrandom::rand_core::Rng;

use crate::world::{
    GMS, GROUP, NUMBER, Network, SKEW, World, folder, hex, parameters, rng, time_of,
};

/// How many group keys the GMS keeps.
const KEPT: u32 = 20;

pub fn run(place: &Path) -> ! {
    let world = World::new();
    let network = Network::new(place);
    let mut gms = Gms::open(folder(place, "gms"));
    let mut alice = Alice::open(folder(place, "alice"));
    let mut kms = KeyServer::open(folder(place, "kms"));
    say("ready");
    loop {
        match rng().next_u32() % 8 {
            0 | 1 => gms.rekey(&world, &network),
            2..=4 => alice.receive(&world, &network, gms.last),
            5 => alice.tidy(gms.last),
            6 => replace(&mut kms, &mut alice),
            _ => kms.issue(&world),
        }
    }
}

fn say(what: &str) {
    let mut out = stdout().lock();
    writeln!(out, "{what}").and_then(|()| out.flush()).expect("said");
}

/// The record of this name, which is made if this is the first start.
fn kept<T: Stored>(folder: &Folder, name: &str, make: impl FnOnce() -> T) -> (Record<T>, T) {
    match folder.read(name) {
        Err(Error::Missing(_)) => {
            let made = make();
            (folder.create(name, &made).expect("created"), made)
        }
        read => read.expect("read"),
    }
}

struct Gms {
    folder: Folder,
    /// The number of the last group key.
    last: u32,
}

impl Gms {
    fn open(folder: Folder) -> Self {
        let names = folder.names().expect("listed");
        let last = names.iter().map(|name| name.parse().expect("a number")).max().unwrap_or(0);
        Self { folder, last }
    }

    /// A new group key, which is stored before it is sent.
    fn rekey(&mut self, world: &World, network: &Network) {
        let (key, number) = (Key::generate(Purpose::Gmk, &mut rng()), self.last + 1);
        self.folder.create(&number.to_string(), &key).expect("created");
        self.last = number;
        say(&format!("made {number} {}", hex(key.secret().as_bytes())));
        let parameters = parameters();
        let delivery = Delivery::new(world.gms(), world.alice(), time_of(number));
        let delivery = Delivery { parameters: Some(&parameters), ..delivery };
        let message = delivery.message(&key, &world.signing_key, &mut rng()).expect("a message");
        network.send(number, &message);
        if let Some(old) = number.checked_sub(KEPT) {
            say(&format!("removing {old}"));
            self.folder.remove(&old.to_string()).expect("removed");
        }
    }
}

struct Alice {
    store: FileStore,
    ring: KeyRing,
    ring_record: Record<KeyRing>,
}

impl Alice {
    fn open(folder: Folder) -> Self {
        let fresh =
            || MemoryStore::new(MemoryCache::new(1000).with_skew(SKEW).with_quota(1000), 500);
        let store = match FileStore::open(&folder, "store") {
            Err(Error::Missing(_)) => FileStore::create(&folder, "store", fresh()),
            opened => opened,
        };
        let (ring_record, ring) = kept(&folder, "ring", first_ring);
        Self { store: store.expect("a store"), ring, ring_record }
    }

    /// Receives a recent message, again or for the first time.
    fn receive(&mut self, world: &World, network: &Network, last: u32) {
        let messages = network.recent(last);
        let Some(place) = (rng().next_u32() as usize).checked_rem(messages.len()) else { return };
        let (number, message) = &messages[place];
        let reception = world.reception(last);
        match reception.gmk(message, GROUP, &mut self.store, &world.receiver_key) {
            Ok(received) => {
                say(&format!("held {number} {}", hex(received.key().secret().as_bytes())))
            }
            Err(Refused::Message(mikey::Error::Replayed)) => {}
            Err(error) => panic!("{number}: {error} {:?}", self.store.take_error()),
        }
    }

    /// Deletes the keys that the last one has superseded.
    fn tidy(&mut self, last: u32) {
        let held = self.store.memory().of_group(GMS, GROUP).map(|key| key.time());
        let Some(latest) = held.max() else { return };
        say(&format!("deleting {}", latest.seconds() - time_of(0).seconds()));
        let tidied = self.store.change(|store| store.delete_superseded(GMS, GROUP, time_of(last)));
        tidied.expect("written");
    }
}

struct KeyServer {
    folder: Folder,
    ring: KeyRing,
    ring_record: Record<KeyRing>,
}

fn first_ring() -> KeyRing {
    KeyRing::new(SharedKeys::new(TransportKey::new(SharedKeyId(1), [1; 32]).expect("a key"), None))
}

impl KeyServer {
    fn open(folder: Folder) -> Self {
        let (ring_record, ring) = kept(&folder, "ring", first_ring);
        Self { folder, ring, ring_record }
    }

    /// The key set of a user, which is made once and stored before it is given out.
    fn issue(&self, world: &World) {
        let user = format!("sip:user-{}@example.org", rng().next_u32() % 1000);
        let (_, parts) = kept(&self.folder, &format!("{NUMBER} {user}"), || {
            let set = world.issuer().issue(&mut rng(), &user, NUMBER).expect("a key set");
            set.to_parts(None).expect("in clear")
        });
        let parts: KeySetParts = parts;
        let KeyContent::Plain(pvt) = &parts.user_pub_token_pvt else { panic!("it is in clear") };
        say(&format!("issued {user} {}", hex(pvt)));
    }
}

/// The next step of replacing the transport key, each of them stored before the other end learns of it.
fn replace(kms: &mut KeyServer, alice: &mut Alice) {
    let in_use = kms.ring.in_use().transport();
    let Some(offered) = kms.ring.offered() else {
        // The KMS offers a new key.
        let id = SharedKeyId(in_use.id().0 + 1);
        kms.ring.offer(TransportKey::generate(id, &mut rng()), None).expect("a new identifier");
        kms.ring_record.write(&kms.ring).expect("written");
        let offered = kms.ring.offered().expect("offered").transport().to_bytes();
        return say(&format!("offered {} {}", id.0, hex(offered.as_slice())));
    };
    let id = offered.transport().id();
    let newest = alice.ring.newest().transport().id();
    if newest != id {
        // An answer brings it to Alice. That one names the key in use, which she may use as well from then on.
        alice.ring.confirm(Some(in_use.id()));
        let sent = kms.ring.new_keys(Wrapping::Padded).expect("wrapped").transport.remove(0);
        let trk = alice.ring.in_use().transport();
        let new = trk.unwrap_transport_key(&sent, id, Reading::default()).expect("unwrapped");
        alice.ring.offer(new, None).expect("a new identifier");
        return alice.ring_record.write(&alice.ring).expect("written");
    }
    // Alice asks under it, and the KMS uses it from now on.
    let mac = alice.ring.newest().sign(b"request").expect("signed");
    kms.ring.named(Some(id)).expect("known").verify(b"request", Some(id), &mac).expect("verified");
    kms.ring.confirm(Some(id));
    kms.ring_record.write(&kms.ring).expect("written");
    // The answer names it, and Alice gives the old one up.
    if rng().next_u32().is_multiple_of(2) {
        alice.ring.confirm(Some(id));
        alice.ring_record.write(&alice.ring).expect("written");
    }
}
