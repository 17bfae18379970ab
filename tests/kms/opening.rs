//! Key sets open what was encapsulated to their user.

use eccsi_sakke::kms::KeySet;
use eccsi_sakke::sakke::{Decapsulate, Encapsulation, SharedSecret};
use eccsi_sakke::{Error, Identifier};
use subtle::ConstantTimeEq;

use super::{ALICE, BOB, HOME, Kms, rng};

fn secret() -> SharedSecret {
    [7; 16].into()
}

fn sealed(kms: &Kms, to: &Identifier) -> Encapsulation {
    let recipient = kms.certificate.z().recipient(to).expect("a recipient");
    recipient.encapsulate(&secret()).expect("encapsulated")
}

#[test]
fn of_several_sets_the_one_of_the_identifier_opens() {
    let kms = Kms::new(HOME);
    let number = kms.number();
    let of = |number| kms.issuer().issue(&mut rng(), ALICE, number).expect("a key set");
    let sets = [of(number), of(number + 1)];
    for set in &sets {
        let opened = sets.as_slice().open(set.uid(), kms.certificate.z(), &sealed(&kms, set.uid()));
        assert!(bool::from(opened.expect("opened").ct_eq(&secret())));
    }

    // No set is of another period, user or KMS.
    let other_kms = Kms::new(HOME);
    let bob = kms.keys(BOB);
    for (uid, kms_of) in
        [(of(number + 2).uid(), &kms), (bob.uid(), &kms), (sets[0].uid(), &other_kms)]
    {
        let z = kms_of.certificate.z();
        assert!(!sets.as_slice().has(uid, z));
        let opened = sets.as_slice().open(uid, z, &sealed(kms_of, uid));
        assert_eq!(opened.err(), Some(Error::Rejected));
        assert_eq!(sets[0].open(uid, z, &sealed(kms_of, uid)).err(), Some(Error::Rejected));
    }
    let none: &[KeySet] = &[];
    assert!(!none.has(sets[0].uid(), kms.certificate.z()));
}
