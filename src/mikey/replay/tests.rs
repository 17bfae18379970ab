//! Tests of what a cache in memory keeps, forgets and refuses.

use super::*;

const SKEW: u64 = 300;

fn at(seconds: u64) -> NtpTime {
    NtpTime::from_seconds(10_000 + seconds)
}

/// Message `n` of initiator `of`.
fn message(n: u16, of: u8, time: u64) -> Remembered {
    let mut key = [0; 32];
    key[..2].copy_from_slice(&n.to_be_bytes());
    Remembered { key: ReplayKey(key), time: at(time), origin: Origin([of; 32]) }
}

fn entered(cache: &mut MemoryCache, message: Remembered, now: u64) -> Result<(), Error> {
    cache.enter(&message, at(now))
}

#[test]
fn an_outcome_is_final_once() {
    let mut cache = MemoryCache::new(9);
    let [one, two] = [message(1, 1, 0), message(2, 1, 0)];
    assert_eq!(cache.standing(&one.key), None);
    assert_eq!(cache.settle(&one.key, false), Err(Error::Replayed), "nobody verified it");
    for _ in 0..3 {
        assert_eq!(entered(&mut cache, one, 0), Ok(()));
        assert_eq!(cache.standing(&one.key), Some(Standing::Pending));
    }
    assert_eq!(cache.settle(&one.key, false), Ok(()));
    assert_eq!(cache.standing(&one.key), Some(Standing::Accepted));
    assert_eq!(cache.settle(&one.key, true), Err(Error::Replayed));
    assert_eq!(entered(&mut cache, one, 0), Err(Error::Replayed));
    assert_eq!(entered(&mut cache, two, 0), Ok(()));
    assert_eq!(cache.settle(&two.key, true), Ok(()));
    assert_eq!(cache.standing(&two.key), Some(Standing::Refused));
    assert_eq!(entered(&mut cache, two, 0), Err(Error::Settled));
}

#[test]
fn a_pending_message_is_tried_so_often_and_no_more() {
    let mut cache = MemoryCache::new(9);
    for _ in 0..MemoryCache::TRIES {
        assert_eq!(entered(&mut cache, message(1, 1, 0), 0), Ok(()));
    }
    assert_eq!(entered(&mut cache, message(1, 1, 0), 0), Err(Error::Retries));
}

#[test]
fn what_is_too_old_makes_room_and_leaves_the_floor() {
    let mut cache = MemoryCache::new(2).with_quota(2);
    assert_eq!(entered(&mut cache, message(1, 1, 10), 10), Ok(()));
    assert_eq!(entered(&mut cache, message(2, 2, 20), 10), Ok(()));
    let third = message(3, 3, 300);
    assert_eq!(entered(&mut cache, third, 10 + SKEW), Err(Error::Full), "one can be replayed");
    assert_eq!(cache.floor(), None);
    assert_eq!(entered(&mut cache, third, 11 + SKEW), Ok(()));
    assert_eq!(cache.floor(), Some(at(10)));
    assert_eq!(cache.standing(&message(1, 1, 10).key), None);
    // Forgetting a message that is older than the floor does not lower the floor.
    let mut cache = MemoryCache::new(1).with_quota(1);
    for (n, time, now) in [(1, 500, 500), (2, 900, 900), (3, 1300, 1300)] {
        assert_eq!(entered(&mut cache, message(n, 1, time), now), Ok(()));
    }
    assert_eq!(cache.floor(), Some(at(900)));
    // A message that was forgotten between the look-up and this call does not enter.
    for time in [500, 900] {
        assert_eq!(entered(&mut cache, message(4, 1, time), 1700), Err(Error::Forgotten));
    }
}

#[test]
fn a_full_quota_refuses_one_initiator() {
    let mut cache = MemoryCache::new(8);
    for n in 0..2 {
        assert_eq!(entered(&mut cache, message(n, 1, 0), 0), Ok(()), "a quarter of the room");
    }
    assert_eq!(entered(&mut cache, message(4, 1, 0), 0), Err(Error::Quota));
    for n in 10..16 {
        assert_eq!(entered(&mut cache, message(n, n as u8, 0), 0), Ok(()));
    }
    assert_eq!(entered(&mut cache, message(20, 20, 0), 0), Err(Error::Full));
    // Only a message of the same initiator makes room for its next one.
    let now = SKEW + 1;
    assert_eq!(entered(&mut cache, message(5, 1, now), now), Ok(()));
    assert_eq!(cache.standing(&message(0, 1, 0).key), None);
    assert!(cache.standing(&message(1, 1, 0).key).is_some());
    assert!((10..16).all(|n| cache.standing(&message(n, 1, 0).key).is_some()));
    assert_eq!(entered(&mut MemoryCache::new(0), message(1, 1, 0), 0), Err(Error::Full));
}

#[test]
fn the_floor_is_lowered_by_name_alone() {
    let mut cache = MemoryCache::new(8).lost_at(at(1000)).with_skew(60);
    assert_eq!((cache.floor(), cache.skew()), (Some(at(1060)), 60));
    cache.lower_floor_and_risk_replays(Some(at(5)));
    assert_eq!(cache.floor(), Some(at(5)));
}

/// A full cache finds the oldest message by its order and does not search all messages.
#[test]
fn entering_takes_no_longer_in_a_full_cache() {
    let capacity = 20_000;
    let mut cache = MemoryCache::new(usize::from(capacity)).with_quota(usize::from(capacity));
    for n in 0..capacity {
        assert_eq!(entered(&mut cache, message(n, 1, n.into()), 0), Ok(()));
    }
    for n in 0..capacity {
        let (again, now) = (message(n + capacity, 1, 100_000), SKEW + 1 + u64::from(n));
        assert_eq!(entered(&mut cache, again, now - 1), Err(Error::Full));
        assert_eq!(entered(&mut cache, again, now), Ok(()));
    }
    assert_eq!(cache.floor(), Some(at(u64::from(capacity) - 1)));
    assert_eq!(cache.by_time.len(), usize::from(capacity));
    assert_eq!(cache.count(&Origin([1; 32])), usize::from(capacity));
    assert_eq!(cache.by_origin.len(), 1);
}
