//! The faulty key of a set is named.

use eccsi_sakke::Error as Primitive;
use eccsi_sakke::kms::{Error, KeySetCheck, KeySetParts, Protection, Reading, Wrapping};

use super::key_sets::{octets_mut, trk};
use super::{ALICE, BOB, HOME, Kms};

#[test]
fn the_key_at_fault_is_named() {
    let kms = Kms::new(HOME);
    let set = kms.keys(ALICE);
    let good = set.to_parts(None).expect("parts");
    let bobs = kms.keys(BOB).to_parts(None).expect("parts");
    let fault = |change: &dyn Fn(&mut KeySetParts)| {
        let mut set = good.clone();
        change(&mut set);
        let refused = set.validate(&kms.check(ALICE)).err();
        let fault = set.key_fault(&kms.check(ALICE)).map(|fault| (fault.element, fault.error));
        assert!(fault.is_none() || refused.is_some());
        fault
    };
    let [rsk, ssk, pvt] = ["UserDecryptKey", "UserSigningKeySSK", "UserPubTokenPVT"];
    let below = |element, error| Some((element, Error::Primitive(error)));
    assert_eq!(fault(&|_| {}), None);
    assert_eq!(fault(&|set| set.revoked = true), None, "not the keys");
    let others = |set: &mut KeySetParts| set.user_decrypt_key = bobs.user_decrypt_key.clone();
    assert_eq!(fault(&others), below(rsk, Primitive::KeyMismatch));
    let changed = |set: &mut KeySetParts| octets_mut(&mut set.user_decrypt_key)[256] ^= 1;
    assert_eq!(fault(&changed), below(rsk, Primitive::NotOnCurve));
    let others =
        |set: &mut KeySetParts| set.user_signing_key_ssk = bobs.user_signing_key_ssk.clone();
    assert_eq!(fault(&others), below(ssk, Primitive::KeyMismatch));
    let zero = |set: &mut KeySetParts| octets_mut(&mut set.user_signing_key_ssk).fill(0);
    assert_eq!(fault(&zero), below(ssk, Primitive::Range));
    let changed = |set: &mut KeySetParts| octets_mut(&mut set.user_pub_token_pvt)[0] = 5;
    assert_eq!(fault(&changed), below(pvt, Primitive::PointEncoding));
    let short = |set: &mut KeySetParts| octets_mut(&mut set.user_pub_token_pvt).truncate(64);
    assert_eq!(fault(&short), Some((pvt, Error::Length)));

    // Wrapped keys have errors of their own.
    let trk = trk();
    let sent = set.to_parts(Some((&trk, Wrapping::Padded))).expect("parts");
    let check = KeySetCheck {
        protection: Protection::Wrapped(&trk, Reading::default()),
        ..kms.check(ALICE)
    };
    assert_eq!(sent.key_fault(&check), None);
    let in_clear =
        KeySetParts { user_pub_token_pvt: good.user_pub_token_pvt.clone(), ..sent.clone() };
    let fault = in_clear.key_fault(&check).expect("in clear");
    assert_eq!((fault.element, fault.error), (pvt, Error::Protection));
    let mut spoilt = sent;
    octets_mut(&mut spoilt.user_signing_key_ssk)[39] ^= 1;
    let fault = spoilt.key_fault(&check).expect("spoilt");
    assert_eq!((fault.element, fault.error), (ssk, Error::Unwrap));
}
