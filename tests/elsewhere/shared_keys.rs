//! A client whose TrK and InK live elsewhere.

use eccsi_sakke::Error as Primitive;
use eccsi_sakke::kms::{
    Error, IntegrityKey, KeyRing, KeySet, KeySetCheck, KeySetParts, Mac, Protection, Reading,
    SharedKey, SharedKeyId, SharedKeys, TransportKey, UnwrapKey, WrappedKey, Wrapping,
};
use subtle::ConstantTimeEq;

use super::keys::Slot;
use super::{ALICE, Home, NOW};

const UNAVAILABLE: Error = Error::Primitive(Primitive::Unavailable);
const TRK: SharedKeyId = SharedKeyId(7);
const INK: SharedKeyId = SharedKeyId(9);

fn trk() -> TransportKey {
    TransportKey::new(TRK, [1; 32]).expect("32 octets")
}

fn ink() -> IntegrityKey {
    IntegrityKey::new(INK, [2; 32]).expect("32 octets")
}

/// The keys of the KMS, and those of the client.
fn ends() -> (SharedKeys, SharedKeys<Slot, Slot>) {
    let client = SharedKeys::of(Slot::new(7, [1; 32]), Some(Slot::new(9, [2; 32])));
    (SharedKeys::new(trk(), Some(ink())), client)
}

fn check<'a>(home: &'a Home, key: &'a Slot, reading: Reading) -> KeySetCheck<'a> {
    KeySetCheck {
        certificate: &home.certificate,
        user_uri: ALICE,
        protection: Protection::Wrapped(key, reading),
        now: NOW,
    }
}

/// A key set in the form that is sent, and the key set itself.
fn sent(home: &Home, wrapping: Wrapping) -> (KeySetParts, KeySet) {
    let set = home.key_set(ALICE, home.number());
    (set.to_parts(Some((&trk(), wrapping))).expect("wrapped"), set)
}

const WRAPPINGS: [Wrapping; 3] = [Wrapping::Padded, Wrapping::PaddedPoints, Wrapping::Unpadded];

#[test]
fn a_key_set_is_unwrapped_where_its_transport_key_is() {
    let home = Home::new();
    let slot = Slot::new(7, [1; 32]);
    for wrapping in WRAPPINGS {
        let (parts, set) = sent(&home, wrapping);
        for reading in [wrapping.into(), Reading::Any] {
            let checked = parts.validate(&check(&home, &slot, reading)).expect("valid keys");
            assert!(bool::from(checked.ct_eq(&set)));
        }
    }
    // Another key with the same identifier does not open it.
    let (parts, _) = sent(&home, Wrapping::Padded);
    let other = Slot::new(7, [3; 32]);
    let refused = parts.validate(&check(&home, &other, Reading::default()));
    assert_eq!(refused.err(), Some(Error::Unwrap));
    // A key with another name is not tried.
    let named = Slot { name: Some("tk.2"), ..Slot::new(7, [1; 32]) };
    let set = home.key_set(ALICE, home.number());
    let parts = set.to_parts(Some((&trk().named("tk.1"), Wrapping::Padded))).expect("wrapped");
    let refused = parts.validate(&check(&home, &named, Reading::default()));
    assert_eq!(refused.err(), Some(Error::TransportKey));
    assert!(parts.validate(&check(&home, &slot, Reading::default())).is_ok());
}

#[test]
fn a_key_of_another_length_is_none() {
    let home = Home::new();
    for wrapping in WRAPPINGS {
        let (parts, _) = sent(&home, wrapping);
        let changes: [fn(&mut Vec<u8>); 3] = [|key| key.push(0), |key| _ = key.pop(), Vec::clear];
        for back in changes {
            let slot = Slot { back, ..Slot::new(7, [1; 32]) };
            let refused = parts.validate(&check(&home, &slot, wrapping.into()));
            assert_eq!(refused.err(), Some(Error::Unwrap));
            let octets = trk().wrap(&[5; 32], wrapping).expect("wrapped");
            let wrapped = WrappedKey { octets, ..WrappedKey::default() };
            assert_eq!(slot.unwrap(&wrapped, 32, wrapping.into()), Err(Error::Unwrap));
        }
    }
    // A key of the right length that is not the user's.
    let (parts, _) = sent(&home, Wrapping::Padded);
    let slot = Slot { back: |key| key.reverse(), ..Slot::new(7, [1; 32]) };
    let refused = parts.validate(&check(&home, &slot, Reading::default()));
    assert_eq!(refused.err(), Some(Error::Keys));
}

#[test]
fn a_transport_key_out_of_reach_says_nothing_of_what_it_wraps() {
    let home = Home::new();
    let slot = Slot::new(7, [1; 32]);
    for wrapping in WRAPPINGS {
        let (parts, _) = sent(&home, wrapping);
        for reading in [wrapping.into(), Reading::Any] {
            let check = check(&home, &slot, reading);
            slot.key.set_reachable(false);
            assert_eq!(parts.validate(&check).err(), Some(UNAVAILABLE));
            assert_eq!(parts.key_fault(&check).map(|fault| fault.error), Some(UNAVAILABLE));
            slot.key.set_reachable(true);
            assert!(parts.validate(&check).is_ok());
            assert_eq!(parts.key_fault(&check), None);
        }
    }
}

#[test]
fn requests_are_signed_where_the_integrity_key_is() {
    let (kms, client) = ends();
    assert_eq!(client.signature_id(), INK);
    let mac = client.sign(b"request").expect("a MAC");
    assert_eq!(kms.verify(b"request", Some(INK), &mac), Ok(()));
    assert_eq!(client.verify(b"request", Some(INK), &mac), Ok(()));
    // Without an integrity key, the transport key signs.
    let without = SharedKeys::of(Slot::new(7, [1; 32]), None::<Slot>);
    assert_eq!(without.signature_id(), TRK);
    let of_trk = without.sign(b"request").expect("a MAC");
    assert_eq!(of_trk, trk().mac(b"request"));

    // The MAC of another key, other octets, and a shorter MAC.
    assert_eq!(client.verify(b"request", Some(INK), &of_trk), Err(Error::Mac));
    assert_eq!(client.verify(b"request", Some(TRK), &of_trk), Err(Error::SignatureId));
    assert_eq!(client.verify(b"another", Some(INK), &mac), Err(Error::Mac));
    assert_eq!(client.verify_unnamed(b"request", &mac[..31]), Err(Error::Length));
    let wrong = SharedKeys::of(Slot::new(7, [1; 32]), Some(Slot::new(9, [3; 32])));
    let mac = wrong.sign(b"request").expect("a MAC");
    assert_eq!(kms.verify(b"request", Some(INK), &mac), Err(Error::Mac));

    let ink = client.integrity().expect("there is one");
    ink.key.set_reachable(false);
    assert_eq!(client.sign(b"request"), Err(UNAVAILABLE));
    assert_eq!(
        client.verify(b"request", Some(INK), &kms.sign(b"request").expect("a MAC")),
        Err(UNAVAILABLE)
    );
    assert_eq!(ink.try_mac(b"request"), Err(Primitive::Unavailable));
}

#[cfg(feature = "kms-xml")]
#[test]
fn documents_are_signed_where_the_integrity_key_is() {
    use eccsi_sakke::kms::xml::{ErrorKind, Signed};
    use eccsi_sakke::kms::{ErrorReport, Request};
    use eccsi_sakke::{KmsUri, UserUri};

    let (kms, client) = ends();
    let url = "https://kms.example.org/keymanagement/identity/v1/keyprov";
    let request = || Request::new(UserUri(ALICE), KmsUri("kms.example.org"), url, NOW);
    let signed = Signed::<Request>::sign(request(), &client).expect("signed");
    let document = signed.to_xml().expect("written");
    let read = Signed::<Request>::from_xml(&document).expect("read");
    assert_eq!(read.verify(&kms).expect("verified").signature_id, Some(INK));
    assert!(read.verify(&client).is_ok());
    let wrong = SharedKeys::of(Slot::new(7, [1; 32]), Some(Slot::new(9, [3; 32])));
    assert_eq!(read.verify(&wrong).expect_err("refused").kind(), ErrorKind::Mac);

    client.integrity().expect("there is one").key.set_reachable(false);
    let unreached = ErrorKind::Primitive(Primitive::Unavailable);
    let error = read.verify(&client).expect_err("out of reach");
    assert_eq!(error.kind(), unreached);
    let error = Signed::<Request>::sign(request(), &client).expect_err("out of reach");
    assert_eq!(error.kind(), unreached);
    let source = std::error::Error::source(&error).expect("the error of the key");
    assert_eq!(source.downcast_ref(), Some(&Primitive::Unavailable));
    // The error of the KMS layer is the same as for any key that is out of reach.
    assert_eq!(Error::from(error), UNAVAILABLE);
    assert_eq!(ErrorReport::from(Error::from(error)).code, ErrorReport::ASK_AGAIN);

    // A key with a name signs under that name.
    let named = Slot { name: Some("ink.1"), ..Slot::new(9, [2; 32]) };
    let client = SharedKeys::of(Slot::new(7, [1; 32]), Some(named));
    let unnamed = Request { signature_id: None, ..request() };
    let signed = Signed::<Request>::sign(unnamed, &client).expect("signed");
    let document = signed.to_xml().expect("written");
    let document = String::from_utf8(document.to_vec()).expect("UTF-8");
    assert!(document.contains("ink.1"), "{document}");
}

#[test]
fn a_key_that_lives_elsewhere_needs_no_name() {
    struct Nameless;
    impl SharedKey for Nameless {
        fn id(&self) -> SharedKeyId {
            TRK
        }
    }
    assert_eq!(Nameless.name(), None);
}

#[test]
fn what_stands_for_keys_shows_none() {
    let trk = Slot::new(7, [0xab; 32]);
    let shown = format!("{:?}", Protection::Wrapped(&trk, Reading::default()));
    assert!(shown.starts_with("Wrapped(SharedKeyId(00000007)"), "{shown}");
    assert_eq!(format!("{:?}", Protection::Clear), "Clear");
}

#[test]
fn keys_that_live_elsewhere_are_replaced_like_others() {
    let (kms, client) = ends();
    let (mut kms, mut client) = (KeyRing::new(kms), KeyRing::new(client));
    let new = TransportKey::new(SharedKeyId(8), [4; 32]).expect("32 octets");
    kms.offer(new, None).expect("another identifier");
    let sent = kms.new_keys(Wrapping::Padded).expect("wrapped");

    // The new key is unwrapped where the old one is, and gets its own slot.
    let old = client.in_use().transport();
    let taken = old.unwrap_transport_key(&sent.transport[0], SharedKeyId(8), Reading::default());
    let octets = *taken.expect("opens").to_bytes();
    client.offer(Slot::new(8, octets), None).expect("another identifier");
    // The same key can be offered again, but not under the identifier of the key in use.
    client.offer(Slot::new(8, octets), None).expect("the same");
    assert_eq!(client.offer(Slot::new(7, octets), None), Err(Error::TransportKey));

    let trk_id = Some(client.newest().transport().id);
    let mac = client.newest().sign(b"request").expect("a MAC");
    assert_eq!(kms.named(trk_id).and_then(|keys| keys.verify(b"request", Some(INK), &mac)), Ok(()));
    kms.confirm(trk_id);
    let mac = kms.in_use().sign(b"answer").expect("a MAC");
    let named = client.named(trk_id).expect("offered");
    assert_eq!(named.verify(b"answer", Some(INK), &mac), Ok(()));
    client.confirm(trk_id);
    assert_eq!(client.in_use().transport().id, SharedKeyId(8));
    assert_eq!(client.in_use().signature_id(), INK, "it stays");
    assert!(client.named(Some(TRK)).is_err());
}
