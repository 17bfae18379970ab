//! A client whose RSK lives elsewhere.

use eccsi_sakke::Error as Primitive;
use eccsi_sakke::mikey::{self, Clock, Expected, IMessage, MemoryCache};
use eccsi_sakke::mission_critical::{
    Anonymous, Delivery, Error, Hiding, Key, MemoryStore, Purpose, Received, Reception,
};
use subtle::ConstantTimeEq;

use super::keys::Receiver;
use super::{ALICE, BOB, Home, NOW, next, rng};

const CLOCK: Clock = Clock { now: NOW, skew: 300 };
const UNAVAILABLE: mikey::Error = mikey::Error::Primitive(Primitive::Unavailable);

fn store() -> MemoryStore {
    MemoryStore::new(MemoryCache::new(10), 10)
}

/// A message from Alice to Bob, and its key.
fn message(home: &Home, change: impl Fn(Delivery<'_>) -> Delivery<'_>) -> (Vec<u8>, Key) {
    let pck = Key::generate(Purpose::Pck, &mut rng());
    let delivery = Delivery::new(home.kms().user(ALICE), home.kms().user(BOB), NOW);
    let set = home.key_set(ALICE, home.number());
    (change(delivery).message(&pck, &set, &mut rng()).expect("signed"), pck)
}

fn reception(home: &Home) -> Reception<'_> {
    Reception::new(Expected::new(home.kms().user(ALICE), home.kms().user(BOB)), CLOCK)
}

fn receiver(home: &Home, user: &str) -> Receiver {
    let set = home.key_set(user, home.number());
    Receiver::new(*set.uid(), *home.certificate.z(), set.receiver_key())
}

fn is_key(received: &Received, key: &Key) -> bool {
    received.key().secret().ct_eq(key.secret()).into()
}

#[test]
fn a_message_opens_where_its_key_is() {
    let home = Home::new();
    let (octets, pck) = message(&home, |delivery| delivery);
    let bob = receiver(&home, BOB);
    let received = reception(&home).pck(&octets, &mut store(), &bob).expect("opened");
    assert!(is_key(&received, &pck));
    // The key in a collection with a key for another period.
    let other = Receiver::new(
        home.uid(BOB, next()),
        *home.certificate.z(),
        home.key_set(BOB, home.number() + 1).receiver_key(),
    );
    let both = [other, bob];
    assert!(is_key(&reception(&home).pck(&octets, &mut store(), &both).expect("opened"), &pck));
    let later = Some(mikey::Error::Responder.into());
    assert_eq!(reception(&home).pck(&octets, &mut store(), &both[..1]).err(), later);
}

#[test]
fn a_key_out_of_reach_burns_no_message() {
    let home = Home::new();
    let (octets, pck) = message(&home, |delivery| delivery);
    let (bob, reception, mut store) = (receiver(&home, BOB), reception(&home), store());
    for _ in 0..2 {
        bob.rsk.set_reachable(false);
        let refused = reception.pck(&octets, &mut store, &bob).err();
        assert_eq!(refused, Some(Error::Message(UNAVAILABLE)));
    }
    assert_eq!(store.keys().count(), 0);
    bob.rsk.set_reachable(true);
    assert!(is_key(&reception.pck(&octets, &mut store, &bob).expect("opened"), &pck));
    assert_eq!(store.keys().count(), 1);
    let again = reception.pck(&octets, &mut store, &bob).err();
    assert_eq!(again, Some(mikey::Error::Replayed.into()));
}

/// The control: a message that does not open stays refused.
#[test]
fn a_key_that_does_not_open_a_message_burns_it() {
    let home = Home::new();
    let (octets, _) = message(&home, |delivery| delivery);
    let (bob, alice) = (receiver(&home, BOB), receiver(&home, ALICE));
    let misnamed = Receiver { rsk: alice.rsk, ..receiver(&home, BOB) };
    let (reception, mut store) = (reception(&home), store());
    let refused = reception.pck(&octets, &mut store, &misnamed).err();
    assert_eq!(refused, Some(mikey::Error::Decapsulation.into()));
    let again = reception.pck(&octets, &mut store, &bob).err();
    assert_eq!(again, Some(mikey::Error::Settled.into()));
}

#[test]
fn a_message_of_mikey_waits_for_its_key() {
    let home = Home::new();
    let (octets, pck) = message(&home, |delivery| delivery);
    let expected = Expected::new(home.kms().user(ALICE), home.kms().user(BOB));
    let (bob, mut cache) = (receiver(&home, BOB), MemoryCache::new(10));
    let mut receive = |bob: &Receiver| {
        let fresh = IMessage::decode(&octets)?.check_fresh(&CLOCK, &cache)?;
        fresh.verify(&expected, &mut cache)?.decapsulate(bob, &mut cache)
    };
    bob.rsk.set_reachable(false);
    assert_eq!(receive(&bob).err(), Some(UNAVAILABLE));
    bob.rsk.set_reachable(true);
    assert!(bool::from(receive(&bob).expect("opened").secret().ct_eq(pck.secret())));
    assert_eq!(receive(&bob).err(), Some(mikey::Error::Replayed));
}

#[test]
fn so_do_hidden_callers_and_other_devices() {
    let home = Home::new();
    let hiding = Hiding { initiator: true, responder: false };
    let (octets, pck) = message(&home, |delivery| Delivery { hiding, ..delivery });
    let (bob, mut keys) = (receiver(&home, BOB), store());
    let users = (home.kms(), home.kms().user(BOB));
    let mut receive = |bob: &Receiver| {
        let call = Anonymous::receive(Purpose::Pck, &octets, users, &CLOCK, &mut keys)?;
        call.reveal(ALICE, &mut keys, bob)
    };
    bob.rsk.set_reachable(false);
    assert_eq!(receive(&bob).err(), Some(Error::Message(UNAVAILABLE)));
    bob.rsk.set_reachable(true);
    assert!(is_key(&receive(&bob).expect("opened"), &pck));

    let (octets, pck) = message(&home, |delivery| Delivery { to_self: true, ..delivery });
    let (alice, mut keys, reception) = (receiver(&home, ALICE), store(), reception(&home));
    let mut receive = |alice: &Receiver| reception.to_self(Purpose::Pck, &octets, &mut keys, alice);
    alice.rsk.set_reachable(false);
    assert_eq!(receive(&alice).err(), Some(Error::Message(UNAVAILABLE)));
    alice.rsk.set_reachable(true);
    assert!(is_key(&receive(&alice).expect("opened"), &pck));
}
