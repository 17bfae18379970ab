//! The MKI of media: made by the sender, read by the receiver.

use eccsi_sakke::mission_critical::{Error, Key, KeyId, Mki, Purpose};
use eccsi_sakke::{UserUri, mikey};

/// Every purpose, by its tag.
fn purposes() -> impl Iterator<Item = Purpose> {
    (0..7).map(|tag| KeyId::try_from(tag << 28).expect("assigned").purpose())
}

fn mki(octets: &[u8]) -> Result<Mki, Error> {
    Mki::try_from(octets)
}

const LENGTH: Result<Mki, Error> = Err(Error::Message(mikey::Error::Length));

#[test]
fn what_is_made_is_read() {
    for purpose in purposes() {
        let key = Key::without_rand(KeyId::new(purpose, 0x0123_4567), [1; 16].into());
        let sender = key.user_id(UserUri("sip:alice@example.org")).expect("an identifier");
        let made = key.mki(sender);
        let read = mki(made.as_ref()).expect("an MKI");
        assert_eq!(read, made);
        assert_eq!(read.key_id(), key.id());
        assert_eq!(read.user_id(), purpose.is_diversified().then_some(sender));
    }
}

#[test]
fn its_octets_are_its_identifiers() {
    let group = [0x01, 2, 3, 4, 0x05, 6, 7, 8];
    let read = mki(&group).expect("an MKI");
    assert_eq!(read.as_ref(), group);
    assert_eq!(
        (read.key_id().value(), read.user_id()),
        (0x0102_0304, Some(KeyId::new(Purpose::Gmk, 0x0506_0708)))
    );
    let call = [0x11, 2, 3, 4];
    let read = mki(&call).expect("an MKI");
    assert_eq!(read.as_ref(), call);
    assert_eq!((read.key_id().value(), read.user_id()), (0x1102_0304, None));
}

#[test]
fn a_gmk_has_8_octets_and_every_other_key_4() {
    for purpose in purposes() {
        let right = if purpose == Purpose::Gmk { 8 } else { 4 };
        // The second identifier, if the key has one, is a GUK-ID.
        let mut octets = [0; 9];
        octets[0] = purpose.tag() << 4;
        for len in 0..=octets.len() {
            let read = mki(&octets[..len]);
            if len == right {
                assert_eq!(read.map(|read| read.key_id().purpose()), Ok(purpose));
            } else {
                assert_eq!(read, LENGTH, "{purpose}, {len}");
            }
        }
    }
}

#[test]
fn a_purpose_must_be_assigned_and_that_of_the_key() {
    for tag in 7..16 {
        assert_eq!(mki(&[tag << 4, 0, 0, 1]), Err(Error::Purpose));
        assert_eq!(mki(&[tag << 4, 0, 0, 1, 0, 0, 0, 1]), Err(Error::Purpose));
    }
    for tag in 0..16 {
        let read = mki(&[0, 0, 0, 1, tag << 4, 0, 0, 1]);
        assert_eq!(read.err(), (tag != 0).then_some(Error::Purpose), "{tag}");
    }
}
