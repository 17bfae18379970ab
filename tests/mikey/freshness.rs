//! A message must be fresh, and enters the replay cache only once and only if it is verified.

use eccsi_sakke::mikey::{
    Error, Expected, IMessage, MemoryCache, Remembered, ReplayCache, ReplayKey, Standing, Timestamp,
};
use eccsi_sakke::{NtpTime, sakke};

use super::world::{at, clock, home, rng};
use super::{ALICE, BOB, NOW, fresh, message, vectors};

/// A cache that remembers nothing and calls this function when a message enters.
pub struct Entering(fn(&Remembered, NtpTime) -> Result<(), Error>);

impl ReplayCache for Entering {
    fn skew(&self) -> u32 {
        300
    }
    fn floor(&self) -> Option<NtpTime> {
        None
    }
    fn standing(&self, _: &ReplayKey) -> Option<Standing> {
        None
    }
    fn enter(&mut self, message: &Remembered, now: NtpTime) -> Result<(), Error> {
        self.0(message, now)
    }
    fn settle(&mut self, _: &ReplayKey, _: bool) -> Result<(), Error> {
        Ok(())
    }
}

/// A cache that accepts everything, for messages that are opened more than once.
pub fn open() -> Entering {
    Entering(|_, _| Ok(()))
}

/// A message of the vectors with this T. Its signature is not valid then.
fn with_time(seconds: u32) -> Vec<u8> {
    let mut octets = vectors("i-message", "message").remove(2);
    let message = IMessage::decode(&octets).expect("a message");
    let Timestamp::NtpUtc(value) = message.timestamp() else { panic!("another timestamp") };
    let value = value.to_be_bytes();
    let at = octets.windows(8).position(|window| *window == value).expect("T");
    octets[at..at + 4].copy_from_slice(&seconds.to_be_bytes());
    octets
}

#[test]
fn the_skew_is_allowed_both_ways_and_across_the_end_of_an_era() {
    let check = |seconds: u32, now: u64| {
        let octets = with_time(seconds);
        let message = IMessage::decode(&octets).expect("a message");
        message.check_fresh(&clock(now), &MemoryCache::new(0)).map(|fresh| fresh.time())
    };
    let era = 1 << 32;
    for now in [NOW, era - 5, era, era + 5, 2 * era + 100] {
        for distance in [0, 1, 300] {
            for t in [now - distance, now + distance] {
                assert_eq!(check(t as u32, now), Ok(at(t)), "{now} {t}");
            }
        }
        for t in [now - 301, now + 301, now + (1 << 31), now - (1 << 31)] {
            assert_eq!(check(t as u32, now), Err(Error::Stale), "{now} {t}");
        }
    }
    assert_eq!(check(0, 3), Ok(at(0)));
    assert_eq!(check(u32::MAX, 3), Err(Error::Stale), "before 1900");
}

/// The message with q − s in place of s.
fn with_the_other_s(message: &[u8]) -> Vec<u8> {
    let q = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let mut twin = message.to_vec();
    let s = message.len() - 97;
    let mut borrow = 0;
    for (i, q) in q.expect("hex").into_iter().enumerate().rev() {
        let difference = i16::from(q) - i16::from(message[s + i]) - borrow;
        twin[s + i] = difference.rem_euclid(256) as u8;
        borrow = i16::from(difference < 0);
    }
    twin
}

#[test]
fn only_verified_messages_enter_the_cache() {
    let domain = home();
    let secret = sakke::SharedSecret::generate(&mut rng());
    let octets = message((&domain, ALICE), (&domain, BOB), NOW, &Vec::new(), &secret);
    let mut forged = octets.clone();
    forged[octets.len() - 70] ^= 1;
    let twin = with_the_other_s(&octets);
    let expected = Expected::new(domain.kms.user(ALICE), domain.kms.user(BOB));
    let key = domain.receiver_key(BOB, NOW);
    let mut cache = MemoryCache::new(1);
    let mut verify = |octets: &[u8], now| {
        let fresh = IMessage::decode(octets)?.check_fresh(&clock(now), &cache)?;
        fresh.verify(&expected, &mut cache)?.decapsulate(&key, &mut cache).map(drop)
    };
    assert_eq!(verify(&forged, NOW), Err(Error::Signature));
    assert_eq!(verify(&octets, NOW), Ok(()));
    assert_eq!(verify(&octets, NOW), Err(Error::Replayed));
    assert_eq!(verify(&octets, NOW + 300), Err(Error::Replayed));
    // With another valid signature it is still the same message.
    assert!(fresh(&twin).verify(&expected, &mut MemoryCache::new(1)).is_ok());
    assert_eq!(verify(&twin, NOW), Err(Error::Replayed));
    // The cache has no room for another message while the first one could be replayed.
    let later = message((&domain, ALICE), (&domain, BOB), NOW + 300, &Vec::new(), &secret);
    assert_eq!(verify(&later, NOW + 300), Err(Error::Full));
    assert_eq!(verify(&later, NOW + 301), Ok(()));
    assert_eq!(verify(&octets, NOW + 301), Err(Error::Stale), "the first is too old by now");
}

#[test]
fn a_lost_cache_refuses_what_could_have_been_in_it() {
    let check = |seconds: u64, now: u64| {
        let octets = with_time(seconds as u32);
        let cache = MemoryCache::new(10).lost_at(at(NOW));
        IMessage::decode(&octets)?.check_fresh(&clock(now), &cache).map(drop)
    };
    assert_eq!(check(NOW, NOW), Err(Error::Forgotten));
    // A message could have been accepted just before the loss from a sender whose clock was ahead.
    assert_eq!(check(NOW + 300, NOW + 1), Err(Error::Forgotten));
    assert_eq!(check(NOW + 300, NOW + 500), Err(Error::Forgotten));
    assert_eq!(check(NOW + 301, NOW + 1), Ok(()));
    assert_eq!(check(NOW + 301, NOW + 601), Ok(()));
    assert_eq!(check(NOW + 301, NOW + 602), Err(Error::Stale));
}

#[test]
fn a_shared_cache_decides_when_entering() {
    // Another thread settles every message after it was found fresh and before it enters.
    let mut raced = Entering(|message, now| {
        assert_ne!(message.key.as_bytes(), &[0; 32]);
        assert_eq!((message.time, now), (at(NOW), at(NOW)));
        Err(Error::Replayed)
    });
    let domain = home();
    let secret = sakke::SharedSecret::generate(&mut rng());
    let octets = message((&domain, ALICE), (&domain, BOB), NOW, &Vec::new(), &secret);
    let expected = Expected::new(domain.kms.user(ALICE), domain.kms.user(BOB));
    let fresh = IMessage::decode(&octets)
        .and_then(|message| message.check_fresh(&clock(NOW), &raced))
        .expect("fresh");
    assert_eq!(fresh.verify(&expected, &mut raced).err(), Some(Error::Replayed));
}
