//! The store of a receiver: what it keeps, which keys a message changes, and which messages can be received again.

#[path = "scenario/world.rs"]
#[expect(dead_code, reason = "each test uses a part of the world")]
mod world;

use eccsi_sakke::mikey::{self, Clock, Expected, MemoryCache, ReplayCache, ReplayKey, User};
use eccsi_sakke::mission_critical::{
    Delivery, Error, Held, Key, KeyName, KeyStore, MemoryStore, Purpose, Received, Reception,
    Status,
};
use eccsi_sakke::{eccsi, sakke};
use subtle::ConstantTimeEq;

use world::{Client, Domain, GroupKey, SKEW, at, clock, home};

const NOW: u64 = 3_970_000_000;
const GMS: &str = "sip:gms@example.org";
const OTHER_GMS: &str = "sip:other-gms@example.org";
const ALICE: &str = "sip:alice@example.org";
const GROUP: &[u8] = b"sip:group@example.org";
const OTHER_GROUP: &[u8] = b"sip:other-group@example.org";

fn refused(error: mikey::Error) -> Option<Error> {
    Some(Error::Message(error))
}

fn sent(home: &Domain, key: &GroupKey, from: &str, time: u64) -> Vec<u8> {
    key.message(home.kms.user(from), &home.signing_key(from, time), home.kms.user(ALICE), time)
}

/// The message of a key without a group from the GMS to Alice.
fn brought(home: &Domain, key: &Key, time: u64) -> Vec<u8> {
    let delivery = Delivery::new(home.kms.user(GMS), home.kms.user(ALICE), at(time));
    delivery.message(key, &home.signing_key(GMS, time), &mut world::rng()).expect("a message")
}

/// A call from this user to Alice that ends at once, and the reason why its key is refused.
fn call(home: &Domain, alice: &mut Client<'_>, from: &str) -> Option<Error> {
    let (pck, octets) = home.call(Purpose::Pck, from, ALICE, NOW);
    let expected = Expected::new(home.kms.user(from), home.kms.user(ALICE));
    let reception = Reception::new(expected, clock(NOW));
    let received = reception.pck(&octets, &mut alice.store, alice.keys.as_slice());
    let name = KeyName { initiator: from, group: None, id: pck.id() };
    alice.store.delete(&name, at(NOW));
    received.err()
}

#[test]
fn another_group_that_was_configured_burns_no_message() {
    let home = home();
    let (gms, mut alice) = (home.kms.user(GMS), Client::new(&home, ALICE, NOW));
    let octets = sent(&home, &GroupKey::new(GROUP), GMS, NOW);
    for _ in 0..3 {
        assert_eq!(alice.gmk(gms, OTHER_GROUP, &octets, NOW).err(), Some(Error::Group));
    }
    assert!(alice.gmk(gms, GROUP, &octets, NOW).is_ok());
    assert_eq!(alice.gmk(gms, GROUP, &octets, NOW).err(), refused(mikey::Error::Replayed));
}

#[test]
fn a_key_that_has_expired_is_refused_until_the_clock_is_right() {
    let home = home();
    let (gms, mut alice) = (home.kms.user(GMS), Client::new(&home, ALICE, NOW));
    let mut key = GroupKey::new(GROUP);
    key.parameters.expiry = Some(at(NOW + 100));
    let octets = sent(&home, &key, GMS, NOW);
    for now in [NOW + 100, NOW + 200] {
        assert_eq!(alice.gmk(gms, GROUP, &octets, now).err(), Some(Error::Expired));
    }
    assert!(alice.gmk(gms, GROUP, &octets, NOW + 99).is_ok());
}

#[test]
fn a_refusal_that_stays_is_told_apart_from_a_replay() {
    let home = home();
    let (gms, mut alice) = (home.kms.user(GMS), Client::new(&home, ALICE, NOW));
    let mut key = GroupKey::new(GROUP);
    let [first, second] = [NOW, NOW + 1].map(|time| sent(&home, &key, GMS, time));
    alice.gmk(gms, GROUP, &first, NOW).expect("received");
    assert_eq!(alice.gmk(gms, GROUP, &second, NOW).err(), Some(Error::Duplicate));
    assert_eq!(alice.gmk(gms, GROUP, &second, NOW).err(), refused(mikey::Error::Settled));
    key.parameters.status = Status(0);
    let revoking = sent(&home, &key, GMS, NOW + 2);
    assert_eq!(alice.gmk(gms, GROUP, &revoking, NOW).err(), Some(Error::Revoked));
    assert_eq!(alice.gmk(gms, GROUP, &revoking, NOW).err(), refused(mikey::Error::Settled));
}

/// A message that its GMS signed, but that does not open, because one bit of its encapsulation is wrong.
#[test]
fn what_does_not_open_stays_refused() {
    let home = home();
    let (gms, mut alice) = (home.kms.user(GMS), Client::new(&home, ALICE, NOW));
    let key = GroupKey::new(GROUP);
    let mut octets = sent(&home, &key, GMS, NOW);
    let identifier = alice.user().identifier(at(NOW)).expect("a UID");
    let recipient = home.kms.z().recipient(&identifier).expect("a recipient");
    let sealed = recipient.encapsulate(key.key.secret()).expect("encapsulated");
    let sealed = sealed.as_bytes();
    let place = octets.windows(sealed.len()).position(|octets| octets == sealed).expect("there");
    octets[place + sealed.len() - 1] ^= 1;
    let covered = octets.len() - eccsi::Signature::LEN;
    let signature = home.signing_key(GMS, NOW).sign(&mut world::rng(), &octets[..covered]);
    octets[covered..].copy_from_slice(signature.expect("signed").as_bytes());

    let closed = refused(mikey::Error::Decapsulation);
    assert_eq!(alice.gmk(gms, GROUP, &octets, NOW).err(), closed);
    assert_eq!(alice.gmk(gms, GROUP, &octets, NOW).err(), refused(mikey::Error::Settled));
    // The same with the functions of MIKEY.
    let mut cache = MemoryCache::new(1);
    let clock = clock(NOW);
    let expected = Expected::new(gms, alice.user());
    let opened = |cache: &mut MemoryCache| {
        let fresh = mikey::IMessage::decode(&octets)?.check_fresh(&clock, cache)?;
        fresh.verify(&expected, cache)?.decapsulate(alice.keys.as_slice(), cache).map(drop)
    };
    assert_eq!(opened(&mut cache), Err(mikey::Error::Decapsulation));
    assert_eq!(opened(&mut cache), Err(mikey::Error::Settled));
}

/// A store whose first transactions fail.
struct Failing<'s>(&'s mut MemoryStore, u8);

impl KeyStore for Failing<'_> {
    type Cache = MemoryCache;
    fn cache(&self) -> &MemoryCache {
        self.0.cache()
    }
    fn cache_mut(&mut self) -> &mut MemoryCache {
        self.0.cache_mut()
    }
    fn held(&self, name: &KeyName<'_>) -> Held {
        self.0.held(name)
    }
    fn key(&self, name: &KeyName<'_>) -> Option<Received> {
        self.0.key(name)
    }
    fn accept(
        &mut self,
        name: &KeyName<'_>,
        received: &Received,
        message: &ReplayKey,
    ) -> Result<(), mikey::Error> {
        self.1 = self.1.checked_sub(1).map_or(Ok(0), |_| Err(mikey::Error::Store))?;
        self.0.accept(name, received, message)
    }
    fn revoke(
        &mut self,
        name: &KeyName<'_>,
        revoked: &Received,
        message: &ReplayKey,
    ) -> Result<(), mikey::Error> {
        self.1 = self.1.checked_sub(1).map_or(Ok(0), |_| Err(mikey::Error::Store))?;
        self.0.revoke(name, revoked, message)
    }
}

#[test]
fn a_store_that_fails_says_so_and_loses_nothing() {
    let home = home();
    let (gms, mut alice) = (home.kms.user(GMS), Client::new(&home, ALICE, NOW));
    let reception = alice.reception(gms, NOW);
    let mut key = GroupKey::new(GROUP);
    let bringing = sent(&home, &key, GMS, NOW);
    key.parameters.status = Status(0);
    let revoking = sent(&home, &key, GMS, NOW + 1);
    let Client { keys, store, .. } = &mut alice;
    let mut receive = |octets: &[u8], fails| {
        let mut store = Failing(store, fails);
        let received = reception.gmk(octets, GROUP, &mut store, keys.as_slice());
        (received.err(), store.0.keys().count())
    };
    assert_eq!(receive(&bringing, 1), (refused(mikey::Error::Store), 0));
    assert_eq!(receive(&bringing, 0), (None, 1));
    assert_eq!(receive(&revoking, 1), (refused(mikey::Error::Store), 1));
    assert_eq!(receive(&revoking, 0), (Some(Error::Revoked), 0));
}

#[test]
fn a_full_store_takes_the_key_once_there_is_room() {
    let home = home();
    let (gms, mut alice) = (home.kms.user(GMS), Client::new(&home, ALICE, NOW));
    alice.store = MemoryStore::new(MemoryCache::new(10).with_quota(10), 1);
    let (first, second) = (GroupKey::new(GROUP), GroupKey::new(GROUP));
    alice.gmk(gms, GROUP, &sent(&home, &first, GMS, NOW), NOW).expect("received");
    let octets = sent(&home, &second, GMS, NOW + 500);
    assert_eq!(
        alice.gmk(gms, GROUP, &octets, NOW + 500).err(),
        refused(mikey::Error::Full),
        "there is no room"
    );
    let name = KeyName { initiator: GMS, group: Some(GROUP), id: first.key.id() };
    alice.store.delete(&name, at(NOW + 500));
    assert_eq!(
        alice.gmk(gms, GROUP, &octets, NOW + 500).err(),
        refused(mikey::Error::Full),
        "a message of the first could still be fresh"
    );
    // The deleted key does not come back either.
    let again = sent(&home, &first, GMS, NOW + 501);
    assert_eq!(alice.gmk(gms, GROUP, &again, NOW + 500).err(), Some(Error::Revoked));
    // The tombstone stays as long as a message that was held back could be fresh.
    for (time, is_kept) in [(NOW + 1400, true), (NOW + 1401, false)] {
        let octets = sent(&home, &second, GMS, time);
        assert_eq!(alice.gmk(gms, GROUP, &octets, time).is_err(), is_kept);
    }
}

/// A GMS that is a member of another GMS's group has the key of that group, and can send any message about it in its
/// own name.
#[test]
fn a_gms_changes_its_own_keys_alone() {
    let home = home();
    let (gms, other_gms) = (home.kms.user(GMS), home.kms.user(OTHER_GMS));
    let key = GroupKey::new(GROUP);
    let held = |alice: &Client<'_>| {
        let mut keys = alice.store.of_group(GMS, GROUP);
        keys.any(|held| held.key().ct_eq(&key.key).into())
    };
    let same = |group: &[u8], status| {
        let mut same = GroupKey { key: key.key.clone(), ..GroupKey::new(group) };
        same.parameters.status = status;
        same
    };
    for group in [OTHER_GROUP, GROUP] {
        // It revokes the key, for its own group and for the other group.
        let mut alice = Client::new(&home, ALICE, NOW);
        alice.gmk(gms, GROUP, &sent(&home, &key, GMS, NOW), NOW).expect("received");
        let revoking = sent(&home, &same(group, Status(0)), OTHER_GMS, NOW);
        for expected in [GROUP, OTHER_GROUP] {
            let error = alice.gmk(other_gms, expected, &revoking, NOW).err();
            let settled = refused(mikey::Error::Settled);
            assert!(
                error == Some(Error::Revoked) || error == Some(Error::Group) || error == settled
            );
            assert!(held(&alice));
        }
        // It uses the identifier first.
        let mut alice = Client::new(&home, ALICE, NOW);
        let occupying = sent(&home, &same(group, Status::IN_FORCE), OTHER_GMS, NOW);
        alice.gmk(other_gms, group, &occupying, NOW).expect("a key of its own");
        assert!(!held(&alice));
        alice.gmk(gms, GROUP, &sent(&home, &key, GMS, NOW), NOW).expect("received");
        assert!(held(&alice));
    }
}

#[test]
fn a_message_that_does_not_name_the_group_revokes_nothing() {
    let home = home();
    let (gms, mut alice) = (home.kms.user(GMS), Client::new(&home, ALICE, NOW));
    let key = GroupKey::new(GROUP);
    alice.gmk(gms, GROUP, &sent(&home, &key, GMS, NOW), NOW).expect("received");
    let mut elsewhere = GroupKey { key: key.key.clone(), ..GroupKey::new(OTHER_GROUP) };
    elsewhere.parameters.status = Status(0);
    let revoking = sent(&home, &elsewhere, GMS, NOW + 1);
    assert_eq!(alice.gmk(gms, GROUP, &revoking, NOW).err(), Some(Error::Group));
    assert_eq!(alice.store.keys().count(), 1);
}

#[test]
fn no_message_brings_back_what_was_revoked_or_deleted() {
    let home = home();
    let gms = home.kms.user(GMS);
    for revoked in [true, false] {
        let mut alice = Client::new(&home, ALICE, NOW);
        let mut key = GroupKey::new(GROUP);
        let [first, recorded] = [NOW, NOW + 1].map(|time| sent(&home, &key, GMS, time));
        alice.gmk(gms, GROUP, &first, NOW).expect("received");
        if revoked {
            key.parameters.status = Status(0);
            let revoking = sent(&home, &key, GMS, NOW + 2);
            assert_eq!(alice.gmk(gms, GROUP, &revoking, NOW).err(), Some(Error::Revoked));
        } else {
            let name = KeyName { initiator: GMS, group: Some(GROUP), id: key.key.id() };
            alice.store.delete(&name, at(NOW));
        }
        assert_eq!(alice.gmk(gms, GROUP, &recorded, NOW).err(), Some(Error::Revoked));
        assert_eq!(alice.store.keys().count(), 0);
    }
    // The same for a key without a group.
    let mut alice = Client::new(&home, ALICE, NOW);
    let reception = alice.reception(gms, NOW);
    let csk = Key::generate(Purpose::Csk, &mut world::rng());
    let [first, recorded] = [NOW, NOW + 1].map(|time| brought(&home, &csk, time));
    let keys = alice.keys.as_slice();
    reception.csk(&first, &mut alice.store, keys).expect("received");
    alice.store.delete(&KeyName { initiator: GMS, group: None, id: csk.id() }, at(NOW));
    let refused = reception.csk(&recorded, &mut alice.store, keys).err();
    assert_eq!(refused, Some(Error::Revoked));
    // The key is revoked before it arrives.
    let mut alice = Client::new(&home, ALICE, NOW);
    let mut key = GroupKey::new(GROUP);
    let recorded = sent(&home, &key, GMS, NOW);
    key.parameters.status = Status(0);
    let revoking = sent(&home, &key, GMS, NOW + 1);
    assert_eq!(alice.gmk(gms, GROUP, &revoking, NOW).err(), Some(Error::Revoked));
    assert_eq!(alice.gmk(gms, GROUP, &recorded, NOW).err(), Some(Error::Revoked));
}

/// The tombstones of one caller's calls leave room for the keys of groups and for other callers.
#[test]
fn no_caller_fills_the_store() {
    let home = home();
    let (gms, mut alice) = (home.kms.user(GMS), Client::new(&home, ALICE, NOW));
    alice.store = MemoryStore::new(MemoryCache::new(400).with_quota(400), 16);
    let (one, other, third) = ("sip:one@example.org", "sip:other@example.org", "sip:3@example.org");
    for outcome in [None, None, None, None, refused(mikey::Error::Quota)] {
        assert_eq!(call(&home, &mut alice, one), outcome);
    }
    for outcome in [None, None, None, None, refused(mikey::Error::Quota)] {
        assert_eq!(call(&home, &mut alice, other), outcome);
    }
    assert_eq!(
        call(&home, &mut alice, third),
        refused(mikey::Error::Full),
        "half of the room is for groups"
    );
    for _ in 0..8 {
        alice
            .gmk(gms, GROUP, &sent(&home, &GroupKey::new(GROUP), GMS, NOW), NOW)
            .expect("received");
    }
    let octets = sent(&home, &GroupKey::new(GROUP), GMS, NOW);
    assert_eq!(alice.gmk(gms, GROUP, &octets, NOW).err(), refused(mikey::Error::Full));
}

/// A server may have a user who calls often.
#[test]
fn a_quota_can_be_another() {
    let home = home();
    let mut alice = Client::new(&home, ALICE, NOW);
    alice.store = MemoryStore::new(MemoryCache::new(400).with_quota(400), 16).with_quota(2);
    let calls = [(); 3].map(|()| call(&home, &mut alice, "sip:one@example.org"));
    assert_eq!(calls, [None, None, refused(mikey::Error::Quota)]);
}

/// A tombstone was removed to make room, and then the clock is set back.
#[test]
fn a_clock_that_is_set_back_brings_back_nothing_that_was_deleted() {
    let home = home();
    let (gms, mut alice) = (home.kms.user(GMS), Client::new(&home, ALICE, NOW));
    alice.store = MemoryStore::new(MemoryCache::new(100).with_quota(100), 1);
    let (first, second) = (GroupKey::new(GROUP), GroupKey::new(GROUP));
    let [bringing, recorded] = [NOW, NOW + 4].map(|time| sent(&home, &first, GMS, time));
    alice.gmk(gms, GROUP, &bringing, NOW).expect("received");
    let name = KeyName { initiator: GMS, group: Some(GROUP), id: first.key.id() };
    alice.store.delete(&name, at(NOW + 5));
    let later = NOW + 5 + 3 * u64::from(SKEW) + 1;
    alice.gmk(gms, GROUP, &sent(&home, &second, GMS, later), later).expect("there is room");
    let name = KeyName { id: second.key.id(), ..name };
    alice.store.delete(&name, at(later));
    let refusal = alice.gmk(gms, GROUP, &recorded, NOW + 5).err();
    assert_eq!(refusal, refused(mikey::Error::Forgotten));
}

/// A message came too often while the wrong group was configured.
#[test]
fn what_was_in_the_way_is_mended() {
    let home = home();
    let (gms, mut alice) = (home.kms.user(GMS), Client::new(&home, ALICE, NOW));
    let octets = sent(&home, &GroupKey::new(GROUP), GMS, NOW);
    for _ in 0..MemoryCache::TRIES {
        assert_eq!(alice.gmk(gms, OTHER_GROUP, &octets, NOW).err(), Some(Error::Group));
    }
    for group in [GROUP, OTHER_GROUP] {
        assert_eq!(alice.gmk(gms, group, &octets, NOW).err(), refused(mikey::Error::Retries));
    }
    assert_eq!(alice.store.cache().floor(), None);
    alice.store.cache_mut().retry_pending();
    alice.gmk(gms, GROUP, &octets, NOW).expect("received");
    alice.store.cache_mut().retry_pending();
    assert_eq!(alice.gmk(gms, GROUP, &octets, NOW).err(), refused(mikey::Error::Replayed));
}

/// A message with an old key that arrives late supersedes nothing, and a key that is not in force yet stays.
#[test]
fn a_key_that_comes_late_supersedes_nothing() {
    let home = home();
    let gms = home.kms.user(GMS);
    let [first, second, mut third] = [GROUP; 3].map(GroupKey::new);
    third.parameters.activation = Some(at(NOW + 1000));
    let messages = [
        sent(&home, &first, GMS, NOW),
        sent(&home, &second, GMS, NOW + 60),
        sent(&home, &third, GMS, NOW + 61),
    ];
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0]] {
        let mut alice = Client::new(&home, ALICE, NOW);
        for i in order {
            alice.gmk(gms, GROUP, &messages[i], NOW + 100).expect("received");
            alice.store.delete_superseded(GMS, GROUP, at(NOW + 100));
        }
        let held = |alice: &Client<'_>| {
            let mut held: Vec<_> =
                alice.store.of_group(GMS, GROUP).map(|key| key.key().id()).collect();
            held.sort();
            held
        };
        let mut expected = vec![second.key.id(), third.key.id()];
        expected.sort();
        assert_eq!(held(&alice), expected, "{order:?}");
        let in_force = alice.in_force(GMS, GROUP, NOW + 100).expect("a key");
        assert_eq!(in_force.key().id(), second.key.id());
        alice.store.delete_superseded(GMS, GROUP, at(NOW + 1000));
        assert_eq!(held(&alice), [third.key.id()]);
        alice.store.delete_superseded(GMS, b"another", at(NOW + 1000));
        assert_eq!(held(&alice), [third.key.id()]);
    }
}

/// A key that arrives again needs no additional room.
#[test]
fn a_full_store_takes_what_it_has() {
    let home = home();
    let (gms, mut alice) = (home.kms.user(GMS), Client::new(&home, ALICE, NOW));
    alice.store = MemoryStore::new(MemoryCache::new(10).with_quota(10), 1);
    let csk = Key::generate(Purpose::Csk, &mut world::rng());
    let name = KeyName { initiator: GMS, group: None, id: csk.id() };
    let reception = alice.reception(gms, NOW);
    assert!(alice.store.get(&name).is_none());
    for time in [NOW, NOW + 1] {
        let octets = brought(&home, &csk, time);
        reception.csk(&octets, &mut alice.store, alice.keys.as_slice()).expect("received");
        assert_eq!(alice.store.get(&name).expect("a key").time(), at(time));
    }
    alice.store.delete(&name, at(NOW));
    assert!(alice.store.get(&name).is_none());
}

/// A GMS revokes a key, but another key is stored under the same name.
#[test]
fn another_key_of_the_name_stays() {
    let home = home();
    let (gms, mut alice) = (home.kms.user(GMS), Client::new(&home, ALICE, NOW));
    let key = GroupKey::new(GROUP);
    alice.gmk(gms, GROUP, &sent(&home, &key, GMS, NOW), NOW).expect("received");
    let secret = sakke::SharedSecret::generate(&mut world::rng());
    let other = Key::new(key.key.id(), secret, world::random()).expect("a key");
    let mut other = GroupKey { key: other, ..GroupKey::new(GROUP) };
    other.parameters.status = Status(0);
    let revoking = sent(&home, &other, GMS, NOW + 1);
    assert_eq!(alice.gmk(gms, GROUP, &revoking, NOW).err(), Some(Error::Revoked));
    let name = KeyName { initiator: GMS, group: Some(GROUP), id: key.key.id() };
    let held = alice.store.get(&name).expect("the key");
    assert!(bool::from(held.key().ct_eq(&key.key)));
    assert_eq!(alice.gmk(gms, GROUP, &revoking, NOW).err(), refused(mikey::Error::Settled));
}

fn with_skew<'a>(reception: Reception<'a>, now: u64, skew: u32) -> Reception<'a> {
    Reception { clock: Clock { now: at(now), skew }, ..reception }
}

#[test]
fn a_skew_or_clock_that_varies_lets_nothing_in_twice() {
    let home = home();
    let (gms, day) = (home.kms.user(GMS), 86_400);
    let key = GroupKey::new(GROUP);
    let octets = sent(&home, &key, GMS, NOW);
    let mut alice = Client::new(&home, ALICE, NOW);
    alice.keys.push(home.receiver_key(ALICE, NOW + 30 * day));
    let reception = alice.reception(gms, NOW);
    // Later messages push the first message out of a small cache.
    let flood = |store: &mut MemoryStore, now: u64, skew| {
        for n in 0..4 {
            let octets = sent(&home, &GroupKey::new(GROUP), GMS, now + n);
            let reception = with_skew(reception, now, skew);
            reception.gmk(&octets, GROUP, store, alice.keys.as_slice()).expect("room for all");
        }
    };
    let again = |store: &mut MemoryStore, now, skew| {
        // The store has lost the key, so only the cache can refuse the message.
        let mut lost = MemoryStore::new(store.cache().clone(), 100);
        let reception = with_skew(reception, now, skew);
        reception.gmk(&octets, GROUP, &mut lost, alice.keys.as_slice()).err()
    };
    let small = |skew| {
        let cache = MemoryCache::new(4).with_quota(4).with_skew(skew);
        let mut store = MemoryStore::new(cache, 100);
        let reception = with_skew(reception, NOW, SKEW);
        reception.gmk(&octets, GROUP, &mut store, alice.keys.as_slice()).expect("received");
        store
    };
    // The message is evicted under a short skew and sent again under a long one. The skew of the cache bounds both.
    let mut store = small(SKEW);
    flood(&mut store, NOW + u64::from(SKEW) + 1, 60);
    let late = NOW + u64::from(SKEW) + 5;
    assert_eq!(again(&mut store, late, 3600), refused(mikey::Error::Stale));
    // The clock is set back.
    assert_eq!(again(&mut store, NOW, SKEW), refused(mikey::Error::Forgotten));
    // The clock runs ahead for a while and comes back.
    let mut store = small(3600);
    flood(&mut store, NOW + 30 * day, SKEW);
    for (now, skew) in [(NOW, 3600), (NOW, 60), (NOW + 10, 7200)] {
        assert_eq!(again(&mut store, now, skew), refused(mikey::Error::Forgotten));
    }
    // Messages may arrive in another order than they were sent.
    let mut store = MemoryStore::new(MemoryCache::new(100), 100);
    for time in [NOW, NOW - 60, NOW + 60, NOW - 299] {
        let octets = sent(&home, &GroupKey::new(GROUP), GMS, time);
        let received = reception.gmk(&octets, GROUP, &mut store, alice.keys.as_slice());
        assert!(received.is_ok(), "{time}");
    }
}

#[test]
fn one_user_fills_the_cache_for_itself_alone() {
    let home = home();
    let keys = [home.receiver_key(ALICE, NOW)];
    let mut store = MemoryStore::new(MemoryCache::new(12), 100);
    let clock = clock(NOW);
    let mut call = |from: User<'_>, n: u64| {
        let octets = sent(&home, &GroupKey::new(GROUP), from.uri(), NOW + n);
        let reception = Reception::new(Expected::new(from, home.kms.user(ALICE)), clock);
        reception.gmk(&octets, GROUP, &mut store, keys.as_slice()).err()
    };
    let (gms, insider) = (home.kms.user(GMS), home.kms.user("sip:mallory@example.org"));
    let answers: Vec<_> = (0..5).map(|n| call(insider, n)).collect();
    let quota = refused(mikey::Error::Quota);
    assert_eq!(answers, [None, None, None, quota, quota]);
    assert_eq!(call(gms, 0), None);
}
