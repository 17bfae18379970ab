//! The process that is killed. It performs random steps of the KMS, the GMS and the client, and prints each finished
//! step.
//!
//! Whatever it prints stays true afterwards. It announces each deletion before it deletes.

use std::io::{Write, stdout};
use std::path::Path;

use eccsi_sakke::NtpTime;
use eccsi_sakke::kms::xml::{Served, answer};
use eccsi_sakke::kms::{
    Deviations, KeyRing, RequestCheck, Resource, SeenRequests, SharedKeyId, SharedKeys,
    TransportKey, Wrapping,
};
use eccsi_sakke::mikey::{self, Clock, MemoryCache};
use eccsi_sakke::mission_critical::{Delivery, Error as Refused, Key, MemoryStore, Purpose};
use eccsi_sakke_files::{Error, Folder, KmsUser, Line, Record, issued};
use getrandom::rand_core::Rng;

use crate::world::{
    ALICE, GMS, GROUP, KMS, NUMBER, Network, SKEW, World, folder, hex, parameters, rng, time_of,
};

/// The number of group keys that the GMS keeps.
const KEPT: u32 = 20;

pub fn run(place: &Path) -> ! {
    let world = World::new();
    let network = Network::new(place);
    let mut gms = Gms::open(folder(place, "gms"));
    let mut alice = Alice::open(folder(place, "alice"));
    let mut kms = KeyServer::open(folder(place, "kms"));
    say("ready");
    let mut seconds = 0;
    loop {
        match rng().next_u32() % 8 {
            0 | 1 => gms.rekey(&world, &network),
            2..=4 => alice.receive(&world, &network, gms.last),
            5 => alice.tidy(gms.last),
            6 => replace(&mut kms, &mut alice, &world, &mut seconds),
            _ => kms.issue(&world),
        }
    }
}

fn say(what: &str) {
    let mut out = stdout().lock();
    writeln!(out, "{what}").and_then(|()| out.flush()).expect("said");
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

    /// Creates a group key and stores it before it is sent.
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
    user: KmsUser,
}

impl Alice {
    fn open(folder: Folder) -> Self {
        let store = MemoryStore::new(MemoryCache::new(1000).with_skew(SKEW).with_quota(1000), 500);
        match KmsUser::create(&folder, &first_ring(), 10, &store) {
            Ok(()) | Err(Error::Exists(_)) => {}
            Err(error) => panic!("{error}"),
        }
        Self { user: KmsUser::open(folder, ALICE, KMS, time_of(0)).expect("a user") }
    }

    /// Receives a recent message, which may have been received before.
    fn receive(&mut self, world: &World, network: &Network, last: u32) {
        let messages = network.recent(last);
        let Some(place) = (rng().next_u32() as usize).checked_rem(messages.len()) else { return };
        let (number, message) = &messages[place];
        let reception = world.reception(last);
        match reception.gmk(message, GROUP, &mut self.user.store, &world.receiver_key) {
            Ok(received) => {
                say(&format!("held {number} {}", hex(received.key().secret().as_bytes())))
            }
            Err(Refused::Message(mikey::Error::Replayed)) => {}
            Err(error) => panic!("{number}: {error} {:?}", self.user.store.take_error()),
        }
    }

    /// Deletes the keys that the last key has superseded.
    fn tidy(&mut self, last: u32) {
        let held = self.user.store.memory().of_group(GMS, GROUP).map(|key| key.time());
        let Some(latest) = held.max() else { return };
        say(&format!("deleting {}", latest.seconds() - time_of(0).seconds()));
        let tidied =
            self.user.store.change(|store| store.delete_superseded(GMS, GROUP, time_of(last)));
        tidied.expect("written");
    }
}

struct KeyServer {
    folder: Folder,
    ring: KeyRing,
    ring_record: Record<KeyRing>,
    seen: SeenRequests,
}

fn first_ring() -> KeyRing {
    KeyRing::new(SharedKeys::new(TransportKey::new(SharedKeyId(1), [1; 32]).expect("a key"), None))
}

impl KeyServer {
    fn open(folder: Folder) -> Self {
        let ring = folder.read_or_create::<_, Error>("ring", || Ok(first_ring()));
        let (ring_record, ring) = ring.expect("a ring");
        // The KMS must appear to have run for some time.
        let started = NtpTime::from_seconds(time_of(0).seconds() - 1000);
        let seen = SeenRequests::new(1000, &Clock { now: started, skew: SKEW });
        Self { folder, ring, ring_record, seen }
    }

    /// Issues the key set of a user, which is made only once and is stored before it leaves the KMS.
    fn issue(&self, world: &World) {
        let user = format!("sip:user-{}@example.org", rng().next_u32() % 1000);
        let (certificate, now) = (world.certificate(), time_of(0));
        let set = issued(&self.folder, &world.issuer(), certificate, (&user, NUMBER), now);
        let pvt = set.expect("a key set").signing_key().pvt();
        say(&format!("issued {user} {}", hex(&pvt)));
    }
}

/// The connection from Alice to the KMS, with its own time.
struct Desk<'a> {
    kms: &'a mut KeyServer,
    world: &'a World,
    seconds: &'a mut u32,
}

impl Line for Desk<'_> {
    fn address(&self) -> &'static str {
        "https://kms.example.org"
    }

    fn clock(&self) -> Clock {
        Clock { now: time_of(*self.seconds), skew: SKEW }
    }

    fn exchange(
        &mut self,
        url: &str,
        document: &[u8],
    ) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let check = RequestCheck {
            certificate: self.world.certificate(),
            url,
            user_uris: &[ALICE],
            shared: None,
            periods_ahead: 0,
            clock: self.clock(),
            deviations: Deviations::default(),
        };
        *self.seconds += 1;
        let KeyServer { ring, ring_record, seen, .. } = &mut *self.kms;
        let serve = |_| Ok(Served::Certificate);
        let answer = answer(document, ring, Wrapping::Padded, &check, seen, serve)?;
        assert_eq!(answer.refused, None);
        ring_record.write(ring)?;
        Ok(answer.document.to_vec())
    }
}

/// Lets the KMS offer a new transport key, or lets Alice ask under her newest one.
fn replace(kms: &mut KeyServer, alice: &mut Alice, world: &World, seconds: &mut u32) {
    if kms.ring.offered().is_none() {
        let id = SharedKeyId(kms.ring.in_use().transport().id().0 + 1);
        kms.ring.offer(TransportKey::generate(id, &mut rng()), None).expect("a new identifier");
        kms.ring_record.write(&kms.ring).expect("written");
        let offered = kms.ring.offered().expect("offered").transport().to_bytes();
        return say(&format!("offered {} {}", id.0, hex(offered.as_slice())));
    }
    alice.user.ask(&mut Desk { kms, world, seconds }, &Resource::Init).expect("an answer");
}
