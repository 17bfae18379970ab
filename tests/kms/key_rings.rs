//! How transport and integrity keys are replaced, even if messages are lost.

use eccsi_sakke::kms::{
    Error, IntegrityKey, KeyRing, Reading, SharedKeyId, SharedKeys, TransportKey, UnwrapKey,
    Wrapping,
};
use zeroize::ZeroizeOnDrop;

use super::rng;

const OLD: SharedKeyId = SharedKeyId(1);
const NEW: SharedKeyId = SharedKeyId(2);
const INK: SharedKeyId = SharedKeyId(3);
const NEW_INK: SharedKeyId = SharedKeyId(4);

fn trk(id: SharedKeyId) -> TransportKey {
    TransportKey::generate(id, &mut rng())
}

fn ink(id: SharedKeyId) -> IntegrityKey {
    IntegrityKey::generate(id, &mut rng())
}

/// The rings of a KMS and of a client.
fn rings(integrity: Option<IntegrityKey>) -> (KeyRing, KeyRing) {
    let shared = SharedKeys::new(trk(OLD), integrity);
    (KeyRing::new(shared.clone()), KeyRing::new(shared))
}

/// The client takes the keys of an answer.
fn take(kms: &KeyRing, client: &mut KeyRing) {
    let sent = kms.new_keys(Wrapping::Padded).expect("wrapped");
    let old = client.in_use().transport();
    let reading = Reading::default();
    let [transport] = &*sent.transport else { panic!("one transport key") };
    let id = kms.offered().expect("an offer").transport().id();
    let transport = old.unwrap_transport_key(transport, id, reading).expect("the new one");
    let integrity = sent
        .integrity
        .first()
        .map(|content| old.unwrap_integrity_key(content, NEW_INK, reading).expect("the new one"));
    client.offer(transport, integrity).expect("another identifier");
}

/// One end sends a message under its newest keys, and the other end verifies it.
fn send(from: &SharedKeys, to: &mut KeyRing) -> Result<(), Error> {
    let (trk_id, mac) = (Some(from.transport().id()), from.sign(b"message")?);
    to.named(trk_id)?.verify(b"message", Some(from.signature_id()), &mac)?;
    to.confirm(trk_id);
    Ok(())
}

#[test]
fn the_old_keys_go_when_the_new_ones_are_confirmed() {
    for (integrity, new_ink) in [
        (None, None),
        (Some(ink(INK)), None),
        (Some(ink(INK)), Some(ink(NEW_INK))),
        (None, Some(ink(NEW_INK))),
    ] {
        let (mut kms, mut client) = rings(integrity.clone());
        let old = client.clone();
        assert_eq!(kms.new_keys(Wrapping::Padded), Ok(Default::default()), "nothing is offered");
        kms.offer(trk(NEW), new_ink.clone()).expect("another identifier");
        let sent = kms.new_keys(Wrapping::Padded).expect("wrapped");
        assert_eq!(sent.integrity.len(), usize::from(new_ink.is_some()));
        take(&kms, &mut client);

        // An answer is lost, and another request comes under the old keys: nothing changes.
        assert_eq!(send(old.newest(), &mut kms), Ok(()));
        assert_eq!(send(kms.in_use(), &mut client), Ok(()));
        assert!(kms.offered().is_some() && client.offered().is_some());

        assert_eq!(send(client.newest(), &mut kms), Ok(()));
        assert!(kms.offered().is_none());
        assert_eq!(kms.in_use().transport().id(), NEW);
        // The answer is lost: the client asks again, and still has both keys.
        assert!(client.named(Some(OLD)).is_ok());
        assert_eq!(send(client.newest(), &mut kms), Ok(()));
        assert_eq!(send(kms.in_use(), &mut client), Ok(()));
        assert!(client.offered().is_none());
        for ring in [&mut kms, &mut client] {
            assert_eq!(send(old.newest(), ring), Err(Error::TransportKey));
            let signs = new_ink.as_ref().or(integrity.as_ref()).map(IntegrityKey::id);
            assert_eq!(ring.in_use().signature_id(), signs.unwrap_or(NEW));
        }
    }
}

#[test]
fn an_offer_that_is_lost_locks_nobody_out() {
    let (mut kms, mut client) = rings(Some(ink(INK)));
    let stored = kms.clone();
    kms.offer(trk(NEW), None).expect("another identifier");
    take(&kms, &mut client);
    // The KMS restarts without its offer.
    let mut slow = kms;
    let mut kms = stored;
    assert_eq!(send(client.newest(), &mut kms), Err(Error::TransportKey));
    assert_eq!(send(client.in_use(), &mut kms), Ok(()));
    // Nobody is locked out either if the KMS was only slow, and the first request arrives after all.
    let mut of_slow = client.clone();
    assert_eq!(send(of_slow.in_use(), &mut slow), Ok(()));
    assert_eq!(send(slow.in_use(), &mut of_slow), Ok(()), "a verified answer under the old keys");
    assert_eq!(send(client.newest(), &mut slow), Ok(()));
    assert_eq!(send(of_slow.newest(), &mut slow), Ok(()));
    assert_eq!(send(slow.in_use(), &mut of_slow), Ok(()));
    assert!(slow.offered().is_none() && of_slow.offered().is_none());
    // Another offer replaces the first.
    kms.offer(trk(SharedKeyId(9)), None).expect("another identifier");
    let offered = trk(SharedKeyId(10));
    kms.offer(offered.clone(), None).expect("another identifier");
    take(&kms, &mut client);
    // But an identifier that the client may know must not get another key, because by it the client says what it has.
    assert_eq!(kms.offer(trk(SharedKeyId(10)), None), Err(Error::TransportKey));
    assert_eq!(kms.offer(offered, None), Ok(()));
    assert_eq!(send(client.newest(), &mut kms), Ok(()));
}

#[test]
fn only_the_key_that_was_offered_is_confirmed() {
    let (mut kms, _) = rings(None);
    assert_eq!(kms.offer(trk(OLD), None), Err(Error::TransportKey));
    assert!(kms.offered().is_none());
    kms.offer(trk(NEW), None).expect("another identifier");
    for trk_id in [None, Some(OLD), Some(INK)] {
        kms.confirm(trk_id);
        assert_eq!(kms.in_use().transport().id(), OLD);
    }
    let named = |trk_id| kms.named(trk_id).map(|keys| keys.transport().id());
    assert_eq!(named(None), Ok(OLD));
    assert_eq!(named(Some(OLD)), Ok(OLD));
    assert_eq!(named(Some(NEW)), Ok(NEW));
    assert_eq!(named(Some(INK)), Err(Error::TransportKey));
    // A message that names the offered key must be signed with it.
    let mac = kms.in_use().sign(b"message").expect("a MAC");
    let verified = kms.named(Some(NEW)).expect("offered").verify(b"message", Some(NEW), &mac);
    assert_eq!(verified, Err(Error::Mac));
}

#[test]
fn rings_are_secret() {
    fn wiped<T: ZeroizeOnDrop>() {}
    wiped::<KeyRing>();
    let trk = TransportKey::new(OLD, [0xab; 32]).expect("32 octets");
    let mut ring = KeyRing::new(SharedKeys::new(trk.clone(), None));
    ring.offer(TransportKey::new(NEW, *trk.to_bytes()).expect("32 octets"), None).expect("offered");
    let shown = format!("{ring:?}");
    assert!(!shown.contains("abab") && !shown.contains("171"), "{shown}");
}
