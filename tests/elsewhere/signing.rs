//! A client whose SSK lives elsewhere.

use std::convert::Infallible;

use eccsi_sakke::eccsi::{Sign, Signature, SigningKey};
use eccsi_sakke::mikey::{self, Clock, Expected, IMessage, MemoryCache};
use eccsi_sakke::mission_critical::{
    Delivery, Distribution, Error, Group, GroupSession, Key, KeyParameters, MemoryStore,
    PreparedKms, Purpose, Reception, SessionDelivery, SessionReception,
};
use eccsi_sakke::{Error as Primitive, Identifier, NtpTime, TryError, eccsi};
use getrandom::rand_core::TryCryptoRng;

use super::keys::Signer;
use super::testing::{NoEntropy, failing};
use super::{ALICE, BOB, Home, NOW, next, rng};

/// The message of a call from Alice to Bob at this time, signed by `signer`.
fn message<S: Sign + ?Sized>(home: &Home, time: NtpTime, signer: &S) -> Result<Vec<u8>, Error> {
    let pck = Key::generate(Purpose::Pck, &mut rng());
    delivery(home, time).message(&pck, signer, &mut rng())
}

fn delivery(home: &Home, time: NtpTime) -> Delivery<'_> {
    Delivery::new(home.kms().user(ALICE), home.kms().user(BOB), time)
}

/// The signature of a message, which must be Alice's for this time.
fn verified(home: &Home, time: NtpTime, octets: &[u8]) -> Signature {
    let message = IMessage::decode(octets).expect("a message");
    let signed = &octets[..octets.len() - Signature::LEN];
    let verifier = home.certificate.kpak().verifying_key(home.uid(ALICE, time));
    verifier.verify(signed, message.signature()).expect("verified");
    *message.signature()
}

fn signer(home: &Home, key: &SigningKey) -> Signer {
    Signer::new(home.uid(ALICE, NOW), *home.certificate.kpak(), key)
}

#[test]
fn a_client_signs_where_its_key_is() {
    let home = Home::new();
    let set = home.key_set(ALICE, home.number());
    let signer = signer(&home, set.signing_key());
    let octets = message(&home, NOW, &signer).expect("signed");
    assert_eq!(verified(&home, NOW, &octets).pvt(), set.signing_key().pvt());

    let key = Key::generate(Purpose::Pck, &mut rng());
    let kmss = [PreparedKms::new(home.kms())];
    let sent = Distribution::new(&key, delivery(&home, NOW), &signer, &kmss).expect("its key");
    let members = [ALICE, BOB].map(|uri| home.kms().user(uri));
    let messages = sent.messages(&members, &mut rng()).expect("messages");
    assert_eq!(messages.len(), 2);
    messages.iter().for_each(|octets| _ = verified(&home, NOW, octets));
}

#[test]
fn no_signature_is_released_that_does_not_verify() {
    let home = Home::new();
    let own = home.key_set(ALICE, home.number());
    let others = home.key_set(BOB, home.number());
    let foreign = Home::new().key_set(ALICE, home.number());
    let honest = |key| signer(&home, key);
    let own = own.signing_key();
    // Wrong keys, changed messages and changed signatures.
    let spoilt: [(&str, Signer); 8] = [
        ("another's", honest(others.signing_key())),
        ("of another KMS", honest(foreign.signing_key())),
        ("of a shorter message", Signer { there: |message| _ = message.pop(), ..honest(own) }),
        ("of another message", Signer { there: |message| message[9] ^= 1, ..honest(own) }),
        ("another r", Signer { back: |octets| octets[31] ^= 1, ..honest(own) }),
        ("another s", Signer { back: |octets| octets[63] ^= 1, ..honest(own) }),
        ("another PVT", Signer { back: negate_pvt, ..honest(own) }),
        (
            "r and s exchanged",
            Signer { back: |octets| octets[..64].rotate_left(32), ..honest(own) },
        ),
    ];
    let (id, kpak) = (home.uid(ALICE, NOW), home.certificate.kpak());
    let pck = Key::generate(Purpose::Pck, &mut rng());
    for (what, signer) in &spoilt {
        let fault = Error::Message(mikey::Error::Primitive(Primitive::Fault));
        assert_eq!(message(&home, NOW, signer).err(), Some(fault), "{what}");
        let unsigned = delivery(&home, NOW).unsigned(&pck, &mut rng()).expect("unsigned");
        assert_eq!(unsigned.sign(signer, &mut rng()).err(), Some(fault), "{what}");
        let sent = Distribution::new(&pck, delivery(&home, NOW), signer, &[]).expect("its key");
        let refused = sent.messages(&[home.kms().user(BOB)], &mut rng()).expect_err("refused");
        assert_eq!((refused.member, refused.error), (0, fault), "{what}");

        let refused = Some(TryError::Refused(Primitive::Fault));
        let message = b"a message of some octets";
        assert_eq!(signer.sign_as(&mut rng(), &id, kpak, message).err(), refused, "{what}");
        // The same if the signer is wrapped.
        let (one, many) = ([signer], [signer, signer]);
        assert_eq!(one.sign_as(&mut rng(), &id, kpak, message).err(), refused, "{what}");
        let many = many.as_slice();
        assert_eq!(many.sign_as(&mut rng(), &id, kpak, message).err(), refused, "{what}");
        assert_eq!((&&signer).sign_as(&mut rng(), &id, kpak, message).err(), refused, "{what}");
        // The control: without the check the signature is returned.
        assert!(signer.signature(&mut rng(), &id, kpak, message).is_ok(), "{what}");
    }
    assert!(message(&home, NOW, &honest(own)).is_ok());
}

/// −PVT, another point of the curve.
fn negate_pvt(octets: &mut [u8; 129]) {
    let p = hex::decode("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    let mut borrow = 0;
    for (y, p) in octets[97..].iter_mut().zip(p.expect("hexadecimal")).rev() {
        let difference = 256 + i16::from(p) - i16::from(*y) - borrow;
        borrow = i16::from(difference < 256);
        *y = difference as u8;
    }
}

#[test]
fn the_key_of_the_time_signs() {
    let home = Home::new();
    let number = home.number();
    let sets = [home.key_set(ALICE, number), home.key_set(ALICE, number + 1)];
    for (set, time) in sets.iter().zip([NOW, next()]) {
        let octets = message(&home, time, sets.as_slice()).expect("signed");
        assert_eq!(verified(&home, time, &octets).pvt(), set.signing_key().pvt());
        let octets = message(&home, time, &sets).expect("signed");
        assert_eq!(verified(&home, time, &octets).pvt(), set.signing_key().pvt());
        let octets = message(&home, time, &[set.signing_key()]).expect("signed");
        assert_eq!(verified(&home, time, &octets).pvt(), set.signing_key().pvt());
    }
    // Of two keys for the same time, the one that was issued last signs.
    let sets = [home.key_set(ALICE, number), home.key_set(ALICE, number)];
    let octets = message(&home, NOW, sets.as_slice()).expect("signed");
    assert_eq!(verified(&home, NOW, &octets).pvt(), sets[1].signing_key().pvt());
}

#[test]
fn who_has_no_key_for_it_does_not_sign() {
    let home = Home::new();
    let set = home.key_set(ALICE, home.number());
    let signer = signer(&home, set.signing_key());
    let none: &[SigningKey] = &[];
    let pck = Key::generate(Purpose::Pck, &mut rng());
    let refused = Some(Error::SigningKey);
    assert_eq!(message(&home, next(), &signer).err(), refused);
    assert_eq!(message(&home, next(), set.signing_key()).err(), refused);
    assert_eq!(message(&home, next(), &set).err(), refused);
    assert_eq!(message(&home, NOW, none).err(), refused);
    assert_eq!(message(&home, NOW, &home.key_set(BOB, home.number())).err(), refused);
    let distribution = Distribution::new(&pck, delivery(&home, next()), &signer, &[]);
    assert_eq!(distribution.err(), refused);
    let unsigned = || delivery(&home, next()).unsigned(&pck, &mut rng()).expect("unsigned");
    assert_eq!(unsigned().sign(&signer, &mut rng()).err(), refused);
    assert_eq!(unsigned().sign(set.signing_key(), &mut rng()).err(), refused);
    assert_eq!(unsigned().sign(none, &mut rng()).err(), refused);

    // The same when the trait is used directly.
    let (id, kpak) = (home.uid(ALICE, next()), home.certificate.kpak());
    let mismatch = Some(TryError::Refused(Primitive::KeyMismatch));
    assert_eq!(signer.sign_as(&mut rng(), &id, kpak, b"").err(), mismatch);
    assert_eq!(set.sign_as(&mut rng(), &id, kpak, b"").err(), mismatch);
    assert_eq!(set.signature(&mut rng(), &id, kpak, b"").err(), mismatch);
    assert_eq!([set].signature(&mut rng(), &id, kpak, b"").err(), mismatch);
    assert_eq!(none.signature(&mut rng(), &id, kpak, b"").err(), mismatch);
}

#[test]
fn a_session_is_signed_where_the_key_is() {
    const GROUP: &[u8] = b"sip:group@example.org";
    let home = Home::new();
    let (alice, clock) = (home.kms().user(ALICE), Clock { now: NOW, skew: 300 });
    let set = home.key_set(ALICE, home.number());
    // Alice is the GMS of her own group.
    let group = Group::new(GROUP);
    let parameters = KeyParameters { groups: vec![group], ..KeyParameters::new(Purpose::Gmk) };
    let delivery = Delivery { parameters: Some(&parameters), ..Delivery::new(alice, alice, NOW) };
    let gmk = Key::generate(Purpose::Gmk, &mut rng());
    let octets = delivery.message(&gmk, &set, &mut rng()).expect("signed");
    let mut store = MemoryStore::new(MemoryCache::new(10), 10);
    let reception = Reception::new(Expected::new(alice, alice), clock);
    let gmk = reception.gmk(&octets, GROUP, &mut store, &set).expect("received");
    let session = GroupSession::generate(&gmk, NOW, &mut rng()).expect("a session");

    let sent = |time, signer: &Signer| {
        SessionDelivery::new(alice, time).message(&session, &gmk, signer, &mut rng())
    };
    let honest = signer(&home, set.signing_key());
    let octets = sent(NOW, &honest).expect("signed");
    let received = SessionReception::new(ALICE, GROUP, clock).gsk(&octets, &alice, &mut store);
    assert!(received.is_ok(), "{received:?}");
    let primitive = |error| Some(Error::Message(mikey::Error::Primitive(error)));
    assert_eq!(sent(next(), &honest).err(), Some(Error::SigningKey));
    honest.ssk.set_reachable(false);
    assert_eq!(sent(NOW, &honest).err(), primitive(Primitive::Unavailable));
    let others = signer(&home, home.key_set(BOB, home.number()).signing_key());
    assert_eq!(sent(NOW, &others).err(), primitive(Primitive::Fault));
}

#[test]
fn a_signer_out_of_reach_is_asked_again() {
    let home = Home::new();
    let signer = signer(&home, home.key_set(ALICE, home.number()).signing_key());
    signer.ssk.set_reachable(false);
    let unavailable = Error::Message(mikey::Error::Primitive(Primitive::Unavailable));
    assert_eq!(message(&home, NOW, &signer).err(), Some(unavailable));
    signer.ssk.set_reachable(true);
    verified(&home, NOW, &message(&home, NOW, &signer).expect("signed"));
}

#[test]
fn nothing_is_verified_twice() {
    /// A key that returns wrong signatures and claims that they are verified.
    struct Vouching(SigningKey);
    impl Sign for Vouching {
        fn has_signing_key(&self, _: &Identifier, _: &eccsi::KmsPublicKey) -> bool {
            true
        }
        fn signature<R: TryCryptoRng + ?Sized>(
            &self,
            rng: &mut R,
            _: &Identifier,
            _: &eccsi::KmsPublicKey,
            _: &[u8],
        ) -> Result<Signature, TryError<R::Error>> {
            self.0.try_sign(rng, b"another message")
        }
        fn sign_as<R: TryCryptoRng + ?Sized>(
            &self,
            rng: &mut R,
            identifier: &Identifier,
            kpak: &eccsi::KmsPublicKey,
            message: &[u8],
        ) -> Result<Signature, TryError<R::Error>> {
            self.signature(rng, identifier, kpak, message)
        }
    }
    // Collections and references call `sign_as` of the key, so nothing is verified twice.
    let home = Home::new();
    let (id, kpak) = (home.uid(ALICE, NOW), home.certificate.kpak());
    let key = Vouching(home.key_set(ALICE, home.number()).signing_key().clone());
    let keys = [&key, &key];
    assert!(keys.sign_as(&mut rng(), &id, kpak, b"message").is_ok());
    assert!(keys.as_slice().sign_as(&mut rng(), &id, kpak, b"message").is_ok());
    assert!((&&key).sign_as(&mut rng(), &id, kpak, b"message").is_ok());
    assert!(message(&home, NOW, &key).is_ok());
}

#[test]
fn several_keys_have_those_that_are_among_them() {
    let home = Home::new();
    let (id, kpak) = (home.uid(ALICE, NOW), home.certificate.kpak());
    let key = home.key_set(ALICE, home.number()).signing_key().clone();
    let of_bob = home.key_set(BOB, home.number()).signing_key().clone();
    let both = [key, of_bob.clone()];
    assert!(both.has_signing_key(&id, kpak) && both.as_slice().has_signing_key(&id, kpak));
    let other = [of_bob];
    assert!(!other.has_signing_key(&id, kpak) && !other.as_slice().has_signing_key(&id, kpak));
}

#[test]
fn who_signs_elsewhere_has_a_generator_there() {
    let home = Home::new();
    let set = home.key_set(ALICE, home.number());
    let (id, kpak) = (home.uid(ALICE, NOW), home.certificate.kpak());
    let empty = Some(TryError::Rng(NoEntropy));
    assert_eq!(set.sign_as(&mut failing(), &id, kpak, b"message").err(), empty);
    assert_eq!([set.clone()].sign_as(&mut failing(), &id, kpak, b"message").err(), empty);
    let signer = signer(&home, set.signing_key());
    assert!(signer.sign_as(&mut failing(), &id, kpak, b"message").is_ok());
    let certain: Result<Signature, TryError<Infallible>> =
        set.sign_as(&mut rng(), &id, kpak, b"message");
    assert!(certain.is_ok());
}
