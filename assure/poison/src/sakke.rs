//! SAKKE: secret are z, RSKs, SSVs, and what is computed from them.

use std::hint::black_box;

use eccsi_sakke::sakke::{Encapsulation, KmsSecretKey, ReceiverKey, SharedSecret};
use eccsi_sakke::{Error, Identifier, hazmat};
use subtle::ConstantTimeEq;

use crate::client::secret;
use crate::points;
use crate::{Run, is_public, is_secret, secret_rng};

const Z: [u8; 128] = [0x25; 128];
const SSV: [u8; 16] = [0x71; 16];

pub fn operations(run: &mut Run) {
    let kms = KmsSecretKey::try_from(&secret(Z)).expect("in range");
    let (ids, public) = (identifiers(), *kms.public_key());
    let id = ids[0];
    let key = kms.extract(&id).expect("extracted");
    let rsk = *key.to_bytes();
    let sealed = public.recipient(&id).and_then(|to| to.encapsulate(&ssv())).expect("sealed");

    run.wanted("KmsSecretKey::generate", || {
        let kms = KmsSecretKey::generate(&mut secret_rng(1)).expect("drawn");
        is_secret(kms.to_bytes().as_slice());
        is_public(&kms.public_key().to_bytes());
    });
    run.wanted("KmsSecretKey::try_from", || {
        is_secret(KmsSecretKey::try_from(&secret(Z)).expect("in range").to_bytes().as_slice());
        assert_eq!(KmsSecretKey::try_from(&secret([0; 128])).err(), Some(Error::Range));
        assert_eq!(KmsSecretKey::try_from(&secret([0xff; 128])).err(), Some(Error::Range));
    });
    run.wanted("KmsSecretKey::extract", || {
        is_secret(&kms.extract(&id).expect("extracted").to_bytes()[1..]);
    });
    run.wanted("KmsSecretKey::extract_all, 9", || {
        for key in kms.extract_all(&ids).expect("extracted") {
            is_secret(&key.to_bytes()[1..]);
        }
    });
    key_checks(run, &kms, &rsk, id);
    opening(run, &key, &sealed);
    sealing(run, &kms, &ids);
    run.wanted("ct_eq, clone, drop", || {
        black_box(key.ct_eq(&key.clone()));
        black_box(kms.ct_eq(&KmsSecretKey::try_from(&secret(Z)).expect("in range")));
        black_box(ssv().ct_eq(&ssv()));
        is_secret(SharedSecret::generate(&mut secret_rng(2)).to_bytes().as_slice());
    });
    run.wanted("hazmat::pairing, pf_pow", || {
        let k = hazmat::Point::try_from(rsk_of(&rsk).as_slice()).expect("of order q");
        let w = hazmat::pairing(&hazmat::Point::GENERATOR, &k);
        is_secret(&w);
        is_secret(&hazmat::pf_pow(&w, &secret([0x77; 16])).expect("not i"));
    });
}

fn key_checks(run: &mut Run, kms: &KmsSecretKey, rsk: &[u8; 257], id: Identifier) {
    let public = *kms.public_key();
    let wrong = *kms.extract(&identifiers()[1]).expect("extracted").to_bytes();
    let mut off_curve = *rsk;
    off_curve[256] ^= 1;
    let mut out_of_range = [0xff; 257];
    out_of_range[0] = 4;
    let [order_4, order_2q, order_4q] = points::of_other_orders().map(|(_, point)| point);
    let refusals = [
        (wrong, Error::KeyMismatch),
        (hazmat::Point::GENERATOR.to_bytes(), Error::KeyMismatch),
        (off_curve, Error::NotOnCurve),
        (order_4, Error::WrongOrder),
        (order_2q, Error::WrongOrder),
        (order_4q, Error::WrongOrder),
        (out_of_range, Error::PointEncoding),
    ];
    run.wanted("ReceiverKey::new", || {
        let key = ReceiverKey::new(rsk_of(rsk), &id, &public).expect("its own");
        is_secret(&key.to_bytes()[1..]);
    });
    run.wanted("ReceiverKey::new, refused", || {
        for (rsk, error) in &refusals {
            assert_eq!(ReceiverKey::new(rsk_of(rsk), &id, &public).err(), Some(*error));
        }
    });
}

fn opening(run: &mut Run, key: &ReceiverKey, sealed: &Encapsulation) {
    // Another H, and another R of every order.
    let mut wrong_h = sealed.to_bytes();
    wrong_h[272] ^= 1;
    let with_r = |r: [u8; 257]| {
        let mut octets = sealed.to_bytes();
        octets[..257].copy_from_slice(&r);
        octets
    };
    let [order_4, order_2q, order_4q] = points::of_other_orders().map(|(_, r)| with_r(r));
    let refused =
        [wrong_h, with_r(hazmat::Point::GENERATOR.to_bytes()), order_4, order_2q, order_4q]
            .map(|octets| Encapsulation::try_from(&octets).expect("a point"));

    run.wanted("ReceiverKey::decapsulate", || {
        is_secret(key.decapsulate(sealed).expect("opened").as_bytes());
    });
    run.wanted("ReceiverKey::decapsulate, refused", || {
        for sealed in &refused {
            assert_eq!(key.decapsulate(sealed).err(), Some(Error::Rejected));
        }
    });
    run.wanted("ReceiverKey::decapsulate_either", || {
        is_secret(key.decapsulate_either(sealed).expect("opened").0.as_bytes());
        for sealed in &refused {
            assert_eq!(key.decapsulate_either(sealed).err(), Some(Error::Rejected));
        }
    });
    run.wanted("ReceiverKey::trace", || {
        is_secret(key.trace(sealed).w.as_slice());
    });
    run.wanted("ReceiverKey::prepare", || {
        black_box(key.prepare().expect("prepared"));
    });
    let prepared = key.prepare().expect("prepared");
    run.wanted("PreparedReceiverKey::decapsulate", || {
        is_secret(prepared.decapsulate(sealed).expect("opened").as_bytes());
    });
    run.wanted("PreparedReceiverKey::decapsulate, refused", || {
        for sealed in &refused {
            assert_eq!(prepared.decapsulate(sealed).err(), Some(Error::Rejected));
        }
    });
    run.wanted("PreparedReceiverKey::decapsulate_either", || {
        is_secret(prepared.decapsulate_either(sealed).expect("opened").0.as_bytes());
        for sealed in &refused {
            assert_eq!(prepared.decapsulate_either(sealed).err(), Some(Error::Rejected));
        }
    });
}

fn sealing(run: &mut Run, kms: &KmsSecretKey, ids: &[Identifier; 9]) {
    let recipient = kms.public_key().recipient(&ids[0]).expect("a recipient");
    run.wanted("Recipient::encapsulate", || {
        is_public(recipient.encapsulate(&ssv()).expect("sealed").as_bytes());
    });
    run.wanted("Recipient::is_read_alike", || {
        assert!(recipient.is_read_alike(&ssv()));
    });
    run.wanted("Recipient::encapsulate_with_rng", || {
        let (sealed, ssv) = recipient.encapsulate_with_rng(&mut secret_rng(3)).expect("sealed");
        is_public(sealed.as_bytes());
        is_secret(ssv.as_bytes());
    });
    run.wanted("Recipient::trace", || {
        is_secret(recipient.trace(&ssv()).expect("sealed").g_r.as_slice());
    });
    let prepared = recipient.prepare();
    run.wanted("PreparedRecipient::encapsulate", || {
        is_public(prepared.encapsulate(&ssv()).expect("sealed").as_bytes());
    });
    let prepared = kms.public_key().prepare();
    run.wanted("PreparedKmsPublicKey::encapsulate", || {
        is_public(prepared.encapsulate(&ids[0], &ssv()).expect("sealed").as_bytes());
    });
    run.wanted("PreparedKmsPublicKey::encapsulate_to_all, 9", || {
        for sealed in prepared.encapsulate_to_all(ids, &ssv()).expect("sealed") {
            is_public(sealed.as_bytes());
        }
    });
    run.wanted("PreparedKmsPublicKey::encapsulate_each, 9", || {
        let each = ids.map(|id| (id, ssv()));
        for sealed in prepared.encapsulate_each(&each).expect("sealed") {
            is_public(sealed.as_bytes());
        }
    });
}

/// Nine identifiers, which make a batch of eight and one alone.
fn identifiers() -> [Identifier; 9] {
    std::array::from_fn(|i| {
        Identifier::try_from(format!("2011-02\0tel:+44770090012{i}\0").as_bytes())
            .expect("an identifier")
    })
}

fn ssv() -> SharedSecret {
    SharedSecret::from(secret(SSV))
}

/// An RSK with secret coordinates. The first octet is not secret, as it is 04 in every RSK.
fn rsk_of(octets: &[u8; 257]) -> [u8; 257] {
    let mut rsk = secret(*octets);
    rsk[0] = 4;
    rsk
}
