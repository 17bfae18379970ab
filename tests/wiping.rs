//! When a secret is dropped, none of its words remains in its place.

use std::alloc::Layout;
use std::mem::MaybeUninit;

use eccsi_sakke::mission_critical::{Key, KeyId, Purpose, SessionKey};
use eccsi_sakke::{Identifier, eccsi, sakke};
use getrandom::{SysRng, rand_core::UnwrapErr};

const ID: &[u8] = b"2011-02\0tel:+447700900123\0";

/// The words of 4 octets of a value before and after it is dropped in its place.
#[allow(unsafe_code, reason = "reads what was dropped")]
fn words_around_drop<T>(value: T) -> [Vec<u32>; 2] {
    let mut place = Box::new(MaybeUninit::new(value));
    let count = Layout::new::<T>().size() / 4;
    let start = place.as_ptr().cast::<u32>();
    // SAFETY: the box stays alive and has this number of octets. The value isn't used after it is dropped.
    unsafe {
        let words = || (0..count).map(|i| start.add(i).read_volatile()).collect();
        let before = words();
        place.assume_init_drop();
        [before, words()]
    }
}

/// The number of words that are 0 now and weren't 0 before the value was dropped.
fn wiped<T>(value: T) -> usize {
    let [before, after] = words_around_drop(value);
    before.iter().zip(&after).filter(|(before, after)| **before != 0 && **after == 0).count()
}

#[test]
fn what_is_not_wiped_is_found() {
    let [before, after] = words_around_drop([0x5a5a_5a5a_u32; 4]);
    assert_eq!((before.as_slice(), after), ([0x5a5a_5a5a; 4].as_slice(), before.clone()));
    assert_eq!(wiped([7u8; 64]), 0);
}

#[test]
fn every_secret_type_wipes_itself() {
    let mut rng = UnwrapErr(SysRng);
    let id = Identifier::try_from(ID).expect("an identifier");
    let sign = || eccsi::KmsSecretKey::try_from(&[0x5a; 32]).expect("a key");
    let enc = || sakke::KmsSecretKey::try_from(&[0x25; 128]).expect("a key");
    let signer = sign().issue(&mut rng, ID).expect("a key");
    let receiver = enc().extract(&id).expect("a key");
    let secret = sakke::SharedSecret::from([0x5a; 16]);
    let key = Key::without_rand(KeyId::new(Purpose::Csk, 7), secret.clone());
    let gsk = SessionKey::tek(&secret, &[0x5b; 12]);
    // A word has 4 octets, so a word of a random number is 0 by chance once in four billion.
    assert_eq!(wiped(secret), 4);
    assert_eq!(wiped(key), 4);
    // The kind of the key is beside the salt and isn't wiped. Two words contain parts of both.
    assert!(wiped(gsk) >= 5, "GSK and salt");
    assert!(wiped(sign()) >= 8, "KSAK");
    assert!(wiped(signer) >= 8, "SSK");
    assert!(wiped(enc()) >= 31, "z");
    assert!(wiped(receiver) >= 63, "x and y of K");
}
