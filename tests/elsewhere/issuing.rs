//! A KMS whose master keys live elsewhere.

use eccsi_sakke::eccsi::{Issue, SigningKey};
use eccsi_sakke::kms::{Error, KeyIssuer, KeySetCheck, Protection};
use eccsi_sakke::sakke::{self, Extract, ReceiverKey};
use eccsi_sakke::{Error as Primitive, Identifier, eccsi};
use subtle::ConstantTimeEq;

use super::keys::{Elsewhere, Extractor, Issuer};
use super::{ALICE, BOB, Home, NOW, rng};

fn issuer(home: &Home) -> Issuer {
    let ksak = eccsi::KmsSecretKey::try_from(&*home.ksak.to_bytes()).expect("KSAK");
    Issuer { kpak: *ksak.public_key(), ksak: Elsewhere::new(ksak), change: |_, _| () }
}

fn extractor(home: &Home) -> Extractor {
    let z = sakke::KmsSecretKey::try_from(&*home.z.to_bytes()).expect("z");
    Extractor { public: *z.public_key(), z: Elsewhere::new(z), instead: None }
}

#[test]
fn a_kms_needs_no_master_key_in_its_process() {
    let home = Home::new();
    let (ksak, z) = (issuer(&home), extractor(&home));
    let issuer = KeyIssuer::new(&home.certificate, &ksak, &z).expect("its keys");
    // More users than are extracted at once.
    let users: Vec<String> = (0..9).map(|i| format!("sip:user{i}@example.org")).collect();
    let uris: Vec<&str> = users.iter().map(String::as_str).collect();
    let sets = issuer.issue_all(&mut rng(), &uris, home.number()).expect("key sets");
    assert_eq!(sets.len(), users.len());
    for (user, set) in users.iter().zip(sets) {
        let uid = home.uid(user, NOW);
        assert_eq!(*set.uid(), uid);
        let own = home.z.extract(&uid).expect("a key");
        assert!(bool::from(set.receiver_key().ct_eq(&own)), "z is the same");
        let check = KeySetCheck {
            certificate: &home.certificate,
            user_uri: user,
            protection: Protection::Clear,
            now: NOW,
        };
        let parts = set.to_parts(None).expect("parts");
        assert!(parts.validate(&check).is_ok(), "its user accepts it");
    }
    let one = issuer.issue(&mut rng(), ALICE, home.number()).expect("a key set");
    assert_eq!(*one.uid(), home.uid(ALICE, NOW));
}

#[test]
fn master_keys_of_another_kms_are_refused() {
    let (home, other) = (Home::new(), Home::new());
    let new = |ksak: &Issuer, z: &Extractor| KeyIssuer::new(&home.certificate, ksak, z).map(drop);
    assert_eq!(new(&issuer(&home), &extractor(&home)), Ok(()));
    assert_eq!(new(&issuer(&other), &extractor(&home)), Err(Error::MasterKeys));
    assert_eq!(new(&issuer(&home), &extractor(&other)), Err(Error::MasterKeys));
}

/// The error of issuing a key set for Alice.
fn refused<I: Issue, X: Extract>(home: &Home, ksak: &I, z: &X) -> Option<Error> {
    let issuer = KeyIssuer::new(&home.certificate, ksak, z).expect("its keys");
    issuer.issue(&mut rng(), ALICE, home.number()).err()
}

#[test]
fn no_pair_is_given_out_that_its_user_would_refuse() {
    let home = Home::new();
    let fault = Some(Error::Primitive(Primitive::Fault));
    let mut ksak = issuer(&home);
    assert_eq!(refused(&home, &ksak, &home.z), None);
    // The pair of another identifier.
    ksak.change = |ksak, pair| {
        let key = ksak.issue(&mut rng(), b"another").expect("a key");
        (pair.ssk, pair.pvt) = (key.ssk(), key.pvt());
    };
    assert_eq!(refused(&home, &ksak, &home.z), fault);
    // The PVT of another pair, and a PVT that is not a point.
    ksak.change = |ksak, pair| pair.pvt = ksak.issue(&mut rng(), b"another").expect("a key").pvt();
    assert_eq!(refused(&home, &ksak, &home.z), fault);
    ksak.change = |_, pair| pair.pvt[64] ^= 1;
    assert_eq!(refused(&home, &ksak, &home.z), fault);
    // A wrong SSK, and an SSK of zeros.
    ksak.change = |_, pair| pair.ssk[31] ^= 1;
    assert_eq!(refused(&home, &ksak, &home.z), fault);
    ksak.change = |_, pair| *pair.ssk = [0; 32];
    assert_eq!(refused(&home, &ksak, &home.z), fault);
    // The control: the unchanged pair is accepted.
    ksak.change = |_, _| ();
    assert_eq!(refused(&home, &ksak, &home.z), None);
}

/// z, and a change to the keys on their way back.
struct Changed<'k>(&'k sakke::KmsSecretKey, fn(&mut Vec<ReceiverKey>));

impl Extract for Changed<'_> {
    fn z(&self) -> &sakke::KmsPublicKey {
        self.0.public_key()
    }

    fn extract(&self, id: &Identifier) -> Result<ReceiverKey, Primitive> {
        self.0.extract(id)
    }

    fn extract_all(&self, ids: &[Identifier]) -> Result<Vec<ReceiverKey>, Primitive> {
        let mut keys = self.0.extract_all(ids)?;
        (self.1)(&mut keys);
        Ok(keys)
    }
}

#[test]
fn nobody_gets_the_receiver_key_of_another() {
    let home = Home::new();
    let fault = Some(Error::Primitive(Primitive::Fault));
    let mut z = extractor(&home);
    assert_eq!(refused(&home, &home.ksak, &z), None);
    z.instead = Some(home.uid(BOB, NOW));
    assert_eq!(refused(&home, &home.ksak, &z), fault);

    let both = |change| {
        let z = Changed(&home.z, change);
        let issuer = KeyIssuer::new(&home.certificate, &home.ksak, &z).expect("its keys");
        issuer.issue_all(&mut rng(), &[ALICE, BOB], home.number()).map(|sets| sets.len())
    };
    assert_eq!(both(|_| ()), Ok(2));
    assert_eq!(both(|keys| keys.swap(0, 1)).err(), fault, "exchanged");
    assert_eq!(both(|keys| keys.truncate(1)).err(), fault, "too few");
    assert_eq!(both(|keys| keys.push(keys[0].clone())).err(), fault, "too many");

    // A key for the right identifier under another z.
    let other = Home::new();
    let theirs = other.z.extract(&home.uid(ALICE, NOW)).expect("a key");
    let octets = theirs.to_bytes();
    let own = home.z.public_key();
    let imported = ReceiverKey::new(octets.as_slice(), &home.uid(ALICE, NOW), own).err();
    assert_eq!(imported, Some(Primitive::KeyMismatch), "which importing refuses");
    struct Theirs<'k>(&'k sakke::KmsPublicKey, &'k ReceiverKey);
    impl Extract for Theirs<'_> {
        fn z(&self) -> &sakke::KmsPublicKey {
            self.0
        }
        fn extract(&self, _: &Identifier) -> Result<ReceiverKey, Primitive> {
            Ok(self.1.clone())
        }
    }
    assert_eq!(refused(&home, &home.ksak, &Theirs(own, &theirs)), fault);
    let right = home.z.extract(&home.uid(ALICE, NOW)).expect("a key");
    assert_eq!(refused(&home, &home.ksak, &Theirs(own, &right)), None);
}

#[test]
fn a_master_key_out_of_reach_is_asked_again() {
    let home = Home::new();
    let (ksak, z) = (issuer(&home), extractor(&home));
    let unavailable = Some(Error::Primitive(Primitive::Unavailable));
    ksak.ksak.set_reachable(false);
    assert_eq!(refused(&home, &ksak, &z), unavailable);
    ksak.ksak.set_reachable(true);
    z.z.set_reachable(false);
    assert_eq!(refused(&home, &ksak, &z), unavailable);
    z.z.set_reachable(true);
    assert_eq!(refused(&home, &ksak, &z), None);
}

#[test]
fn keys_that_are_here_do_what_they_always_did() {
    let home = Home::new();
    let id = home.uid(ALICE, NOW);
    assert_eq!(home.ksak.kpak(), home.ksak.public_key());
    let pair = home.ksak.issue_pair(&mut rng(), &id).expect("a pair");
    assert_eq!(format!("{pair:?}"), "eccsi::IssuedPair(..)");
    let kpak = home.certificate.kpak();
    assert!(SigningKey::new(pair.ssk.as_slice(), pair.pvt, id, kpak).is_ok());
    let master: &dyn Extract = &home.z;
    assert_eq!(master.z(), home.z.public_key());
    assert!(KeyIssuer::new(&home.certificate, &home.ksak, master).is_ok());
    let ids = [id, home.uid(BOB, NOW)];
    let all = master.extract_all(&ids).expect("keys");
    for (id, key) in ids.iter().zip(&all) {
        assert!(bool::from(key.ct_eq(&master.extract(id).expect("a key"))));
    }
    let zero = Identifier::try_from([0, 7].as_slice()).expect("an identifier");
    for refused in [master.extract(&zero).err(), master.extract_all(&[zero, id]).err()] {
        assert_eq!(refused, Some(Primitive::LeadingZero));
    }
}
