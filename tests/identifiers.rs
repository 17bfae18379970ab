//! Identifiers with the same integer have the same receiver key, and a KMS gives that key only to one of them.

use eccsi_sakke::{Error, Identifier, IdentifierKind, KeyPeriods, KmsUri, UserUri, sakke};

const BOB: &[u8] = b"bob@example.org";
const KMS: &str = "kms.example.org";

fn raw(octets: &[u8]) -> Identifier {
    Identifier::try_from(octets).expect("an identifier")
}

fn with_zeros(zeros: usize, octets: &[u8]) -> Identifier {
    raw(&[&vec![0; zeros], octets].concat())
}

fn kms() -> sakke::KmsSecretKey {
    sakke::KmsSecretKey::try_from(&[0x25; 128]).expect("in range")
}

/// Tries to open a message to `bob` with the key of another user.
fn opened_as_bob(key: &sakke::ReceiverKey, bob: &Identifier) -> Result<[u8; 16], Error> {
    let kms = kms();
    let sent = kms.public_key().recipient(bob)?.encapsulate(&[7; 16].into())?;
    let own = sakke::ReceiverKey::new(&key.to_bytes()[..], bob, kms.public_key())?;
    Ok(*own.decapsulate(&sent)?.as_bytes())
}

/// The first key period for which the user's UID starts with 00.
fn uid_from_00() -> Identifier {
    let periods = KeyPeriods::new(2_592_000).expect("a period");
    let uids = (0..).map(|number| {
        periods.uid(UserUri("sip:bob@example.org"), KmsUri(KMS), number).expect("a UID")
    });
    uids.into_iter().find(|uid| uid.as_bytes()[0] == 0).expect("one in 256")
}

#[test]
fn nobody_gets_the_key_of_bob_by_a_leading_zero() {
    let bob = raw(BOB);
    for zeros in [1, 2, 17, 128 - BOB.len()] {
        let mallory = with_zeros(zeros, BOB);
        let key = kms().extract(&mallory);
        let opened = key.and_then(|key| opened_as_bob(&key, &bob));
        assert_eq!(opened.err(), Some(Error::LeadingZero), "bob's message stays closed");
        #[cfg(feature = "alloc")]
        for ids in [vec![mallory], vec![bob, mallory], [vec![bob; 8], vec![mallory]].concat()] {
            assert_eq!(kms().extract_all(&ids).err(), Some(Error::LeadingZero));
        }
    }
    assert!(kms().extract(&bob).is_ok());
}

#[test]
fn whoever_asks_by_name_gets_the_shared_key() {
    let (bob, mallory) = (raw(BOB), with_zeros(1, BOB));
    let key = kms().extract_ambiguous(&mallory).expect("a key");
    assert_eq!(key.to_bytes(), kms().extract(&bob).expect("a key").to_bytes());
    assert_eq!(key.identifier(), &mallory);
    assert_eq!(opened_as_bob(&key, &bob), Ok([7; 16]), "which is why extract refuses");
    // A message to one identifier does not open for the other.
    let sent = kms().public_key().recipient(&bob).and_then(|to| to.encapsulate(&[7; 16].into()));
    assert_eq!(key.decapsulate(&sent.expect("sealed")).err(), Some(Error::Rejected));
}

#[test]
fn identifiers_share_a_key_if_their_integers_are_equal() {
    let bob = raw(BOB);
    for (other, expected) in [
        (bob, true),
        (with_zeros(1, BOB), true),
        (with_zeros(9, BOB), true),
        (raw(b"bob@example.or"), false),
        (raw(b"bob@example.org\0"), false),
        (raw(b"boc@example.org"), false),
    ] {
        assert_eq!(bob.shares_receiver_key(&other), expected, "{other:?}");
        assert_eq!(other.shares_receiver_key(&bob), expected, "{other:?}");
        let keys = [bob, other].map(|id| kms().extract_ambiguous(&id).expect("a key").to_bytes());
        assert_eq!(keys[0] == keys[1], expected, "{other:?}");
        assert_eq!(bob == other, bob.as_bytes() == other.as_bytes());
    }
}

#[test]
fn a_uid_that_starts_with_00_is_legal() {
    let uid = uid_from_00();
    assert_eq!(uid.kind(), IdentifierKind::Uid);
    let key = kms().extract(&uid).expect("a key");
    assert_eq!(opened_as_bob(&key, &uid), Ok([7; 16]));
    // A UID that was stored is read again.
    let stored: [u8; 32] = uid.as_bytes().try_into().expect("32 octets");
    let back = Identifier::from_uid(&stored).expect("a UID");
    assert_eq!((back, back.kind()), (uid, IdentifierKind::Uid));
    assert_eq!(kms().extract(&back).expect("a key").to_bytes(), key.to_bytes());
    // The octets alone do not show that it is a UID.
    let octets = raw(&stored);
    assert_eq!((octets, octets.kind()), (uid, IdentifierKind::Raw), "it is the same identity");
    assert_eq!(kms().extract(&octets).err(), Some(Error::LeadingZero));
    assert_eq!(kms().extract_ambiguous(&octets).expect("a key").to_bytes(), key.to_bytes());
}

#[test]
fn thirty_one_raw_octets_can_be_a_uid() {
    let uid = uid_from_00();
    let raw = raw(&uid.as_bytes()[1..]);
    // The documentation warns of this case, which no leading zero reveals.
    assert!(raw.shares_receiver_key(&uid) && raw != uid);
    assert_eq!(opened_as_bob(&kms().extract(&raw).expect("a key"), &uid), Ok([7; 16]));
}

#[test]
fn identifiers_know_where_they_come_from() {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let hash = |id: &Identifier| {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        hasher.finish()
    };
    let tel = Identifier::tel_monthly(2026, 11, "tel:+447700900123").expect("an identifier");
    assert_eq!(tel.kind(), IdentifierKind::TelMonthly);
    let same = raw(tel.as_bytes());
    assert_eq!(same.kind(), IdentifierKind::Raw);
    assert!(tel == same && hash(&tel) == hash(&same), "equal octets are equal identities");
    let mut none = [0; 32];
    assert_eq!(Identifier::from_uid(&none), Err(Error::Identifier));
    none[31] = 1;
    assert_eq!(Identifier::from_uid(&none), Err(Error::Identifier));
    none[31] = 2;
    assert_eq!(Identifier::from_uid(&none).map(|id| kms().extract(&id).is_ok()), Ok(true));
}

#[cfg(feature = "std")]
#[test]
fn a_clock_gives_full_seconds_since_1900() {
    use std::time::{Duration, SystemTime};

    use eccsi_sakke::NtpTime;

    let epoch = SystemTime::UNIX_EPOCH;
    let time = |seconds| Ok(NtpTime::from_seconds(seconds));
    let at = |unix| NtpTime::try_from(epoch + Duration::from_millis(unix));
    assert_eq!(at(1_800_000_000_999), Ok(NtpTime::from_unix(1_800_000_000)));
    assert_eq!(at(0), Ok(NtpTime::from_unix(0)));
    // Times before 1970, which a Unix time cannot express.
    let before = |millis| NtpTime::try_from(epoch - Duration::from_millis(millis));
    assert_eq!(before(1), time(NtpTime::UNIX_EPOCH - 1));
    assert_eq!(before(1_000), time(NtpTime::UNIX_EPOCH - 1));
    assert_eq!(before(1_001), time(NtpTime::UNIX_EPOCH - 2));
    assert_eq!(before(NtpTime::UNIX_EPOCH * 1_000), time(0));
    assert_eq!(before(NtpTime::UNIX_EPOCH * 1_000 + 1), Err(Error::Range));
}
