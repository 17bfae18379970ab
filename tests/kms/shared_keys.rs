//! Transport and integrity keys.

use eccsi_sakke::kms::{
    Error, IntegrityKey, KeyContent, KeyWrap, Reading, SharedKeyId, SharedKeys, TransportKey,
    UnwrapKey, WrappedKey, Wrapping,
};
use subtle::ConstantTimeEq;
use zeroize::ZeroizeOnDrop;

use super::rng;

const WRAPPINGS: [Wrapping; 3] = [Wrapping::Padded, Wrapping::PaddedPoints, Wrapping::Unpadded];

fn trk() -> TransportKey {
    TransportKey::new(SharedKeyId(7), [1; 32]).expect("32 octets")
}

fn wrapped(octets: &[u8]) -> WrappedKey {
    WrappedKey { octets: octets.to_vec(), ..WrappedKey::default() }
}

#[test]
fn nothing_too_short_opens() {
    // The integrity value alone would be a wrapped key of no octets.
    for octets in [vec![], vec![0xa6; 8], vec![0xa6; 16]] {
        for reading in WRAPPINGS.map(Reading::Only).into_iter().chain([Reading::Any]) {
            let refused = trk().unwrap(&wrapped(&octets), 0, reading);
            assert_eq!(refused, Err(Error::Length));
        }
        let refused = KeyWrap::Rfc3394.unwrap(&[1; 32], &octets);
        assert_eq!(refused, Err(Error::Length));
    }
    assert_eq!(KeyWrap::Rfc5649.unwrap(&[1; 32], &[0xa6; 8]), Err(Error::Length));
    assert_eq!(KeyWrap::Rfc5649.unwrap(&[1; 32], &[0xa6; 16]), Err(Error::Unwrap));
}

#[test]
fn what_cannot_be_wrapped_is_refused() {
    for wrapping in WRAPPINGS {
        assert_eq!(trk().wrap(&[], wrapping), Err(Error::Length));
    }
    for len in [1, 7, 8, 9, 15, 31, 33, 63, 66, 256 + 2] {
        assert_eq!(trk().wrap(&vec![3; len], Wrapping::Unpadded), Err(Error::Length), "{len}");
    }
    // Only points may be shortened by their first octet.
    let mut point = [4; 65];
    trk().wrap(&point, Wrapping::Unpadded).expect("begins with 04");
    point[0] = 2;
    assert_eq!(trk().wrap(&point, Wrapping::Unpadded), Err(Error::Length));
    for kek in [0, 15, 17, 31, 33] {
        let kek = vec![1; kek];
        for wrap in [KeyWrap::Rfc3394, KeyWrap::Rfc5649] {
            assert_eq!(wrap.wrap(&kek, &[2; 32]), Err(Error::Length));
            assert_eq!(wrap.unwrap(&kek, &[2; 40]), Err(Error::Length));
        }
    }
    let most = vec![2; 65_536];
    for wrap in [KeyWrap::Rfc3394, KeyWrap::Rfc5649] {
        let octets = wrap.wrap(&[1; 16], &most).expect("as long as may be");
        assert_eq!(*wrap.unwrap(&[1; 16], &octets).expect("opens"), most);
        assert_eq!(wrap.wrap(&[1; 16], &vec![2; 65_544]), Err(Error::Length));
        assert_eq!(wrap.unwrap(&[1; 16], &vec![2; 65_552]), Err(Error::Length));
    }
}

#[test]
fn keys_of_every_length_open_again() {
    for len in 1..=80 {
        let key: Vec<u8> = (0..len).map(|i| 4 + i as u8).collect();
        for wrapping in WRAPPINGS {
            let Ok(octets) = trk().wrap(&key, wrapping) else { continue };
            let wrapped = wrapped(&octets);
            assert_eq!(*trk().unwrap(&wrapped, len, wrapping.into()).expect("opens"), key);
            assert_eq!(*trk().unwrap(&wrapped, len, Reading::Any).expect("opens"), key);
            for other in [len - 1, len + 1] {
                let outcome = trk().unwrap(&wrapped, other, wrapping.into());
                // Without its 04, a point cannot be distinguished from a key that is one octet shorter.
                if wrapping == Wrapping::Unpadded && len.min(other) % 8 == 0 {
                    assert!(outcome.is_ok(), "{len} {other}");
                } else {
                    assert!(matches!(outcome, Err(Error::Unwrap | Error::Length)), "{len} {other}");
                }
            }
        }
    }
}

#[test]
fn new_keys_replace_the_old() {
    let old = trk().named("tk.12");
    let new = TransportKey::generate(SharedKeyId(8), &mut rng()).named("tk.13");
    let ink = IntegrityKey::generate(SharedKeyId(9), &mut rng()).named("ik.1");
    for wrapping in WRAPPINGS {
        let sent = old.wrap_transport_key(&new, wrapping).expect("wrapped");
        let got = old.unwrap_transport_key(&sent, new.id(), Reading::Any).expect("opens");
        assert!(bool::from(got.ct_eq(&new)));
        assert_eq!((got.id(), got.name()), (SharedKeyId(8), Some("tk.13")));
        let refused = new.unwrap_transport_key(&sent, new.id(), Reading::Any);
        assert_eq!(refused.expect_err("another key wraps"), Error::TransportKey);

        let sent = old.wrap_integrity_key(&ink, wrapping).expect("wrapped");
        let got = old.unwrap_integrity_key(&sent, ink.id(), Reading::Any).expect("opens");
        assert!(bool::from(got.ct_eq(&ink)));
        assert_eq!((got.id(), got.name()), (SharedKeyId(9), Some("ik.1")));
    }
    // A new key in clear is refused.
    let plain = KeyContent::plain(&[1; 32]);
    let refused = old.unwrap_transport_key(&plain, new.id(), Reading::Any);
    assert_eq!(refused.expect_err("in clear"), Error::Protection);
    let refused = old.unwrap_integrity_key(&plain, new.id(), Reading::Any);
    assert_eq!(refused.expect_err("in clear"), Error::Protection);
    // Another identifier makes another key.
    let other = TransportKey::new(SharedKeyId(1), *new.to_bytes()).expect("32 octets");
    assert!(!bool::from(other.ct_eq(&new)));
}

#[test]
fn the_receiver_decides_who_signs() {
    let ink = IntegrityKey::new(SharedKeyId(9), [2; 32]).expect("32 octets");
    let (with, without) = (SharedKeys::new(trk(), Some(ink.clone())), SharedKeys::new(trk(), None));
    assert_eq!((with.signature_id(), without.signature_id()), (SharedKeyId(9), SharedKeyId(7)));
    let signed = b"octets";
    assert_eq!(with.sign(signed), Ok(ink.mac(signed)));
    assert_eq!(without.sign(signed), Ok(trk().mac(signed)));
    let check = |keys: &SharedKeys, id: Option<u32>, mac: &[u8]| {
        keys.verify(signed, id.map(SharedKeyId), mac)
    };
    assert_eq!(check(&with, Some(9), &ink.mac(signed)), Ok(()));
    assert_eq!(check(&with, Some(7), &trk().mac(signed)), Err(Error::SignatureId));
    assert_eq!(check(&with, Some(9), &trk().mac(signed)), Err(Error::Mac));
    assert_eq!(check(&with, None, &ink.mac(signed)), Err(Error::SignatureId));
    assert_eq!(check(&without, Some(7), &trk().mac(signed)), Ok(()));
    assert_eq!(check(&without, Some(9), &ink.mac(signed)), Err(Error::SignatureId));
    assert_eq!(with.verify_unnamed(signed, &ink.mac(signed)), Ok(()));
    assert_eq!(with.verify_unnamed(signed, &trk().mac(signed)), Err(Error::Mac));
    for len in [0, 16, 31] {
        assert_eq!(check(&with, Some(9), &ink.mac(signed)[..len]), Err(Error::Length));
    }
}

#[test]
fn shared_keys_are_secret() {
    fn secret<T: ZeroizeOnDrop + ConstantTimeEq>() {}
    fn wiped<T: ZeroizeOnDrop>() {}
    secret::<TransportKey>();
    secret::<IntegrityKey>();
    wiped::<SharedKeys>();
    let ink = IntegrityKey::new(SharedKeyId(9), [0xbc; 32]).expect("32 octets");
    let trk = TransportKey::new(SharedKeyId(7), [0xab; 32]).expect("32 octets");
    let shown = format!("{:?}", SharedKeys::new(trk, Some(ink)));
    assert!(!shown.contains("abab") && !shown.contains("171") && !shown.contains("188"), "{shown}");
    assert!(shown.contains("SharedKeyId(00000007)"), "{shown}");
    assert_eq!(TransportKey::new(SharedKeyId(7), [1; 16]).expect_err("short"), Error::Length);
    assert_eq!(IntegrityKey::new(SharedKeyId(7), [1; 33]).expect_err("long"), Error::Length);
    assert_eq!(SharedKeyId::from([1, 2, 3, 4]).to_bytes(), [1, 2, 3, 4]);
}
