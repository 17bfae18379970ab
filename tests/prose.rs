//! A GSK under a GMK, from one member to many: sending, receiving, and refusals.

#[path = "scenario/world.rs"]
#[expect(dead_code, reason = "each test uses a part of the world")]
mod world;

use eccsi_sakke::mikey::psk::{KeyData, KeyKind, PskOutline, Validity as KeyValidity};
use eccsi_sakke::mikey::{
    self, CryptoSession, CsIdMap, Expected, Identity, MemoryCache, Message, Prf, SecurityPolicy,
    SrtpStream, Timestamp,
};
use eccsi_sakke::mission_critical::{
    CsId, Error, GROUP_POLICY, GroupSession, Key, KeyName, KeyStore, MemoryStore, Policy, Purpose,
    Received, Reception, SessionDelivery, SessionKey, SessionReception, last_received,
};
use eccsi_sakke::{eccsi, sakke};
use subtle::ConstantTimeEq;
use zeroize::ZeroizeOnDrop;

use world::{Client, Domain, GroupKey, PERIOD, SKEW, at, clock, home, psk_outline, random, rng};

/// The first second of a key period.
const START: u64 = 1532 * PERIOD;
const NOW: u64 = START + 1000;
const GMS: &str = "sip:gms@example.org";
const OTHER_GMS: &str = "sip:other-gms@example.org";
const ALICE: &str = "sip:alice@example.org";
const BOB: &str = "sip:bob@example.org";
const MALLORY: &str = "sip:mallory@example.org";
const GROUP: &[u8] = b"sip:group@example.org";
const OTHER_GROUP: &[u8] = b"sip:other-group@example.org";

fn refused(error: mikey::Error) -> Option<Error> {
    Some(Error::Message(error))
}

/// The length of SIGN, which has a type and a length field, but no type of a next payload.
const SIGN: usize = 2 + eccsi::Signature::LEN;

/// A domain with a group key.
struct Prose {
    home: Domain,
    group_key: GroupKey,
}

impl Prose {
    fn new() -> Self {
        Self { home: home(), group_key: GroupKey::new(GROUP) }
    }

    /// Gives this group key of this GMS to a member.
    fn give(
        &self,
        member: &mut Client<'_>,
        key: &GroupKey,
        (gms, group): (&str, &[u8]),
        time: u64,
    ) {
        let (from, to) = (self.home.kms.user(gms), member.user());
        let octets = key.message(from, &self.home.signing_key(gms, time), to, time);
        let reception = Reception::new(Expected::new(from, to), clock(time));
        let Client { store, keys, .. } = member;
        reception.gmk(&octets, group, store, keys.as_slice()).expect("received");
    }

    fn member<'a>(&'a self, uri: &'a str) -> Client<'a> {
        let mut member = Client::new(&self.home, uri, NOW);
        self.give(&mut member, &self.group_key, (GMS, GROUP), NOW);
        member
    }

    fn delivery<'a>(&'a self, from: &'a str, time: u64) -> SessionDelivery<'a> {
        SessionDelivery::new(self.home.kms.user(from), at(time))
    }

    /// A session of this member, and its signed message.
    fn sent(&self, from: &Client<'_>, time: u64) -> (GroupSession, Vec<u8>) {
        let held = gmk(from);
        let session = GroupSession::generate(held, at(time), &mut rng()).expect("a session");
        let signing_key = self.home.signing_key(from.uri, time);
        let octets =
            self.delivery(from.uri, time).message(&session, held, &signing_key, &mut rng());
        (session, octets.expect("a message"))
    }

    /// The outline of a correct message under the group key.
    fn outline(&self) -> PskOutline<'static> {
        PskOutline {
            csb_id: self.group_key.key.id().value(),
            rand: random().to_vec().leak(),
            ..psk_outline(Timestamp::from_time(at(NOW)))
        }
    }

    fn sealed(&self, outline: &PskOutline<'_>, keys: &[KeyData<'_>]) -> Vec<u8> {
        outline.seal(self.group_key.key.secret().as_bytes(), keys).expect("sealed")
    }

    fn signed(
        &self,
        outline: &PskOutline<'_>,
        keys: &[KeyData<'_>],
        signing_key: &eccsi::SigningKey,
    ) -> Vec<u8> {
        let psk = self.group_key.key.secret().as_bytes();
        let unsigned = outline.seal_for_signature(psk, keys).expect("sealed");
        unsigned.sign(signing_key, &mut rng()).expect("signed")
    }

    fn receive(
        &self,
        by: &mut Client<'_>,
        octets: &[u8],
        from: &str,
    ) -> Result<GroupSession, Error> {
        reception(NOW).gsk(octets, &self.home.kms.user(from), &mut by.store)
    }
}

fn reception(now: u64) -> SessionReception<'static> {
    SessionReception::new(GMS, GROUP, clock(now))
}

fn any_member(by: &mut Client<'_>, octets: &[u8]) -> Result<GroupSession, Error> {
    reception(NOW).gsk_of_any_member(octets, &mut by.store)
}

fn gmk<'c>(of: &'c Client<'_>) -> &'c Received {
    of.store.last_received(GMS, GROUP, at(NOW)).expect("a group key")
}

fn tgk(octets: &[u8]) -> KeyData<'_> {
    KeyData::new(KeyKind::Tgk, octets)
}

fn same(one: &GroupSession, other: &GroupSession, cs_id: CsId) -> bool {
    let [one, other] = [one, other].map(|session| session.srtp(cs_id, at(NOW)).expect("keys"));
    one.master_key == other.master_key && one.master_salt == other.master_salt
}

#[test]
fn what_a_member_sends_every_other_receives() {
    let prose = Prose::new();
    let alice = prose.member(ALICE);
    let (session, octets) = prose.sent(&alice, NOW);
    for uri in [BOB, MALLORY, ALICE] {
        let mut member = prose.member(uri);
        let received = prose.receive(&mut member, &octets, ALICE).expect("received");
        assert!(bool::from(received.key().ct_eq(session.key())));
        assert_eq!(received.gmk_id(), prose.group_key.key.id());
        assert_eq!(received.rand(), session.rand());
        assert_eq!(received.rand().len(), 32);
        assert_eq!(received.time(), at(NOW));
        for cs_id in [CsId::MCPTT_GROUP, CsId::MCVIDEO_GROUP, CsId::agreed(1)] {
            assert!(same(&session, &received, cs_id));
        }
    }
    let message = Message::decode(&octets).expect("a message");
    assert_eq!(message.header().csb_id, prose.group_key.key.id().value(), "the GMK-ID");
    assert!(!message.header().v, "nobody answers");
    let keys = [CsId::MCPTT_GROUP, CsId::MCVIDEO_GROUP]
        .map(|cs_id| session.srtp(cs_id, at(NOW)).expect("keys"));
    assert_ne!(keys[0].master_key, keys[1].master_key, "each crypto session has its own");
    let pck = session.srtp(CsId::MCPTT_CALLER, at(NOW));
    assert_eq!(pck.err(), Some(Error::CsId));
}

#[test]
fn a_tek_is_the_master_key() {
    let prose = Prose::new();
    let (alice, mut bob) = (prose.member(ALICE), prose.member(BOB));
    let (secret, salt) = (random(), [9; 12]);
    let key = SessionKey::tek(&secret.into(), &salt);
    let session = GroupSession::new(&key, gmk(&alice), at(NOW), random()).expect("a session");
    let octets = prose.delivery(ALICE, NOW).message_without_signature(&session, gmk(&alice));
    let received = any_member(&mut bob, &octets.expect("a message")).expect("received");
    assert!(received.key().is_tek());
    assert_eq!(received.key().salt(), Some(&salt));
    assert_eq!(received.key().secret().as_bytes(), &secret);
    for cs_id in [CsId::MCPTT_GROUP, CsId::MCVIDEO_GROUP] {
        let keys = received.srtp(cs_id, at(NOW)).expect("keys");
        assert_eq!((*keys.master_key, *keys.master_salt), (secret, salt));
    }
    // A TGK may have a salt too.
    let keys = [KeyData { salt: Some(&salt), ..tgk(&secret) }];
    let octets = prose.sealed(&prose.outline(), &keys);
    let received = any_member(&mut bob, &octets).expect("received");
    let keys = received.srtp(CsId::MCPTT_GROUP, at(NOW)).expect("keys");
    assert_ne!(*keys.master_key, secret);
    assert_eq!(*keys.master_salt, salt);
}

#[test]
fn a_message_is_accepted_once() {
    let prose = Prose::new();
    let (alice, mut bob) = (prose.member(ALICE), prose.member(BOB));
    let (_, octets) = prose.sent(&alice, NOW);
    assert!(prose.receive(&mut bob, &octets, ALICE).is_ok());
    for _ in 0..2 {
        let again = prose.receive(&mut bob, &octets, ALICE);
        assert_eq!(again.err(), refused(mikey::Error::Replayed));
        assert_eq!(any_member(&mut bob, &octets).err(), refused(mikey::Error::Replayed));
    }
    let (_, octets) = prose.sent(&alice, NOW);
    assert!(prose.receive(&mut bob, &octets, ALICE).is_ok(), "another of the same T");
}

#[test]
fn a_session_is_sent_again_for_who_comes_late() {
    let prose = Prose::new();
    let (alice, mut bob) = (prose.member(ALICE), prose.member(BOB));
    let (session, first) = prose.sent(&alice, NOW);
    let later = NOW + u64::from(SKEW) + 1;
    let signing_key = prose.home.signing_key(ALICE, later);
    let again =
        prose.delivery(ALICE, later).message(&session, gmk(&alice), &signing_key, &mut rng());
    let again = again.expect("a message");
    let mut late = prose.member(MALLORY);
    let alice = prose.home.kms.user(ALICE);
    let missed = reception(later).gsk(&first, &alice, &mut late.store);
    assert_eq!(missed.err(), refused(mikey::Error::Stale));
    let received = reception(later).gsk(&again, &alice, &mut late.store).expect("received");
    assert!(same(&session, &received, CsId::MCPTT_GROUP));
    // A member who has the session receives it again with a later time.
    assert!(prose.receive(&mut bob, &first, ALICE).is_ok());
    let received = reception(later).gsk(&again, &alice, &mut bob.store).expect("received");
    assert!(same(&session, &received, CsId::MCPTT_GROUP));
    assert_eq!(received.time(), at(later));
}

#[test]
fn nobody_signs_for_another() {
    let prose = Prose::new();
    let (mallory, mut bob) = (prose.member(MALLORY), prose.member(BOB));
    let session = GroupSession::generate(gmk(&mallory), at(NOW), &mut rng()).expect("a session");
    let its_key = prose.home.signing_key(MALLORY, NOW);
    let in_her_name = prose.delivery(ALICE, NOW);
    let refusal = in_her_name.message(&session, gmk(&mallory), &its_key, &mut rng());
    assert_eq!(refusal.err(), Some(Error::SigningKey));
    // Messages that Mallory builds, in Alice's name and without a name.
    let named = [Identity::uri(ALICE)];
    for identities in [named.as_slice(), &[]] {
        let outline = PskOutline { identities, ..prose.outline() };
        let octets = prose.signed(&outline, &[tgk(&[2; 16])], &its_key);
        for _ in 0..2 {
            let refusal = prose.receive(&mut bob, &octets, ALICE);
            assert_eq!(refusal.err(), refused(mikey::Error::Signature));
        }
        // The refused message did not enter the cache.
        assert!(any_member(&mut bob, &octets).is_ok());
    }
    // In his own name, Mallory is not the expected initiator.
    let (_, octets) = prose.sent(&mallory, NOW);
    let refusal = prose.receive(&mut bob, &octets, ALICE);
    assert_eq!(refusal.err(), refused(mikey::Error::Initiator));
    assert!(prose.receive(&mut bob, &octets, MALLORY).is_ok());
}

#[test]
fn the_signature_is_of_the_period_of_t() {
    let prose = Prose::new();
    let (alice, mut bob) = (prose.member(ALICE), prose.member(BOB));
    let session = GroupSession::generate(gmk(&alice), at(NOW), &mut rng()).expect("a session");
    let earlier = prose.home.signing_key(ALICE, START - 1);
    let delivery = prose.delivery(ALICE, NOW);
    let refusal = delivery.message(&session, gmk(&alice), &earlier, &mut rng());
    assert_eq!(refusal.err(), Some(Error::SigningKey));
    let octets = delivery.message_without_signature(&session, gmk(&alice)).expect("a message");
    assert_eq!(prose.receive(&mut bob, &octets, ALICE).err(), refused(mikey::Error::Missing));
    let octets = prose.signed(&prose.outline(), &[tgk(&[2; 16])], &earlier);
    assert_eq!(prose.receive(&mut bob, &octets, ALICE).err(), refused(mikey::Error::Signature));
}

#[test]
fn a_signature_is_waived_by_name_alone_and_never_stripped() {
    let prose = Prose::new();
    let (alice, mut bob) = (prose.member(ALICE), prose.member(BOB));
    let (_, signed) = prose.sent(&alice, NOW);
    let mut stripped = signed[..signed.len() - SIGN].to_vec();
    let kemac = stripped.len() - (1 + 1 + 2 + 20 + 1 + 32);
    assert_eq!(stripped[kemac], 4, "SIGN follows KEMAC");
    stripped[kemac] = 0;
    assert_eq!(prose.receive(&mut bob, &stripped, ALICE).err(), refused(mikey::Error::Missing));
    assert_eq!(any_member(&mut bob, &stripped).err(), refused(mikey::Error::Mac));
    // A changed signature.
    let mut octets = signed.clone();
    *octets.last_mut().expect("octets") ^= 1;
    assert!(prose.receive(&mut bob, &octets, ALICE).is_err());
    // The right message can still be received.
    assert!(prose.receive(&mut bob, &signed, ALICE).is_ok());

    let session = GroupSession::generate(gmk(&alice), at(NOW), &mut rng()).expect("a session");
    let delivery = prose.delivery(ALICE, NOW);
    let octets = delivery.message_without_signature(&session, gmk(&alice)).expect("a message");
    assert_eq!(prose.receive(&mut bob, &octets, ALICE).err(), refused(mikey::Error::Missing));
    let received = any_member(&mut bob, &octets).expect("received");
    assert!(same(&session, &received, CsId::MCPTT_GROUP));
    let (session, signed) = prose.sent(&alice, NOW);
    let received = any_member(&mut bob, &signed).expect("received");
    assert!(same(&session, &received, CsId::MCPTT_GROUP));
}

#[test]
fn the_gmk_is_found_by_its_gms_group_and_identifier() {
    let prose = Prose::new();
    let (alice, mut bob) = (prose.member(ALICE), Client::new(&prose.home, BOB, NOW));
    let (_, octets) = prose.sent(&alice, NOW);
    // Other keys with the same identifier, from another GMS and for another group.
    let id = prose.group_key.key.id();
    let namesake = |group: &[u8]| {
        let secret = sakke::SharedSecret::generate(&mut rng());
        let key = Key::new(id, secret, random()).expect("a key");
        GroupKey { key, ..GroupKey::new(group) }
    };
    prose.give(&mut bob, &namesake(GROUP), (OTHER_GMS, GROUP), NOW);
    prose.give(&mut bob, &namesake(OTHER_GROUP), (GMS, OTHER_GROUP), NOW);
    assert_eq!(prose.receive(&mut bob, &octets, ALICE).err(), Some(Error::Gmk));
    assert_eq!(any_member(&mut bob, &octets).err(), Some(Error::Gmk));
    for reception in [
        SessionReception { gms: OTHER_GMS, ..reception(NOW) },
        SessionReception { group: OTHER_GROUP, ..reception(NOW) },
    ] {
        let refusal = reception.gsk(&octets, &prose.home.kms.user(ALICE), &mut bob.store);
        assert_eq!(refusal.err(), refused(mikey::Error::Mac));
    }
    // The message can be received when its key is there.
    prose.give(&mut bob, &prose.group_key, (GMS, GROUP), NOW);
    assert!(prose.receive(&mut bob, &octets, ALICE).is_ok());
}

#[test]
fn a_gmk_that_is_gone_brings_no_session() {
    let prose = Prose::new();
    let (alice, mut bob) = (prose.member(ALICE), prose.member(BOB));
    let (_, octets) = prose.sent(&alice, NOW);
    let name = KeyName { initiator: GMS, group: Some(GROUP), id: prose.group_key.key.id() };
    bob.store.delete(&name, at(NOW));
    assert_eq!(prose.receive(&mut bob, &octets, ALICE).err(), Some(Error::Revoked));
    assert_eq!(any_member(&mut bob, &octets).err(), Some(Error::Revoked));
}

#[test]
fn a_session_ends_with_its_gmk() {
    let mut prose = Prose::new();
    prose.group_key.parameters.expiry = Some(at(NOW + 100));
    let (alice, mut bob) = (prose.member(ALICE), prose.member(BOB));
    let (session, octets) = prose.sent(&alice, NOW);
    let from = prose.home.kms.user(ALICE);
    let late = reception(NOW + 100).gsk(&octets, &from, &mut bob.store);
    assert_eq!(late.err(), Some(Error::Expired));
    let received = reception(NOW + 99).gsk(&octets, &from, &mut bob.store).expect("received");
    for session in [&session, &received] {
        assert!(session.srtp(CsId::MCPTT_GROUP, at(NOW + 99)).is_ok());
        let late = session.srtp(CsId::MCPTT_GROUP, at(NOW + 100));
        assert_eq!(late.err(), Some(Error::Expired));
        assert!(session.validity().has_expired(at(NOW + 100)));
    }
    let late = GroupSession::generate(gmk(&alice), at(NOW + 100), &mut rng());
    assert_eq!(late.err(), Some(Error::Expired));
    let delivery = prose.delivery(ALICE, NOW + 100);
    let late = delivery.message_without_signature(&session, gmk(&alice));
    assert_eq!(late.err(), Some(Error::Expired));
}

#[test]
fn t_is_near_the_clock() {
    let prose = Prose::new();
    let (alice, mut bob) = (prose.member(ALICE), prose.member(BOB));
    let (_, octets) = prose.sent(&alice, NOW);
    let from = prose.home.kms.user(ALICE);
    let skew = u64::from(SKEW);
    for now in [NOW - skew - 1, NOW + skew + 1] {
        let refusal = reception(now).gsk(&octets, &from, &mut bob.store);
        assert_eq!(refusal.err(), refused(mikey::Error::Stale));
        let refusal = reception(now).gsk_of_any_member(&octets, &mut bob.store);
        assert_eq!(refusal.err(), refused(mikey::Error::Stale));
    }
    assert!(reception(NOW + skew).gsk(&octets, &from, &mut bob.store).is_ok());
    // A lost cache cannot know whether the message is new.
    let mut carol = prose.member(MALLORY);
    let lost = carol.store.cache().clone().lost_at(at(NOW));
    *carol.store.cache_mut() = lost;
    let refusal = reception(NOW).gsk(&octets, &from, &mut carol.store);
    assert_eq!(refusal.err(), refused(mikey::Error::Forgotten));
}

#[test]
fn a_message_follows_the_profile() {
    let prose = Prose::new();
    let mut bob = prose.member(BOB);
    let policy = |parameters: &'static Policy| SecurityPolicy {
        number: 3,
        protocol: 0,
        parameters: parameters.into(),
    };
    let session = CryptoSession {
        cs_id: 4,
        protocol: 0,
        s: false,
        policies: &[3],
        session_data: &[],
        spi: &[],
    };
    let stream = SrtpStream { policy: 3, ssrc: 7, roc: 0 };
    let good = [policy(GROUP_POLICY)];
    // AES-CM with salts of 14 octets, AES-GCM with keys of 32, no cipher, which means AES-CM, and a policy not for
    // SRTP.
    let aes_cm = [policy(&[(0, &[1]), (1, &[16]), (4, &[14])])];
    let aes_256 = [policy(&[(0, &[6]), (1, &[32]), (4, &[12])])];
    let unsaid = [policy(&[(1, &[16]), (4, &[12])])];
    let no_lengths = [policy(&[(0, &[6])])];
    let no_srtp = [SecurityPolicy { protocol: 1, ..good[0] }];
    let signing_key = prose.home.signing_key(ALICE, NOW);
    let mut error = |outline: &PskOutline<'_>| {
        let octets = prose.signed(outline, &[tgk(&[2; 16])], &signing_key);
        let signed = prose.receive(&mut bob, &octets, ALICE).err();
        let waived = any_member(&mut bob, &octets).err();
        assert_eq!(waived, signed.or(refused(mikey::Error::Replayed)));
        signed
    };
    macro_rules! error {
        ($($field:ident: $value:expr),*) => {
            error(&PskOutline { $($field: $value,)* ..prose.outline() })
        };
    }
    let profile = Some(Error::Profile);
    assert_eq!(error!(), None);
    assert_eq!(error!(v: true), None, "nobody answers all the same");
    assert_eq!(error!(prf: Prf::HmacSha1), profile);
    for timestamp in [
        Timestamp::Counter(1),
        Timestamp::Ntp(NOW << 32),
        Timestamp::NtpUtc32(u32::try_from(NOW).expect("of this era")),
    ] {
        assert_eq!(error!(timestamp: timestamp), profile);
    }
    assert_eq!(error!(csb_id: 0x1123_4567), Some(Error::Purpose), "a PCK-ID");
    assert_eq!(error!(csb_id: 0x7123_4567), Some(Error::Purpose), "a tag that is not assigned");
    assert_eq!(error!(csb_id: prose.group_key.key.id().value() ^ 1), Some(Error::Gmk));
    let [plain, with_spi] = [[session], [CryptoSession { spi: b"its MKI", ..session }]];
    let (plain, with_spi) =
        (CsIdMap::GenericId((&plain).into()), CsIdMap::GenericId((&with_spi).into()));
    let streams = [stream];
    let streams = CsIdMap::SrtpId((&streams).into());
    for map in [plain, with_spi, streams] {
        assert_eq!(error!(map: map, policies: &good), None);
        assert_eq!(error!(map: map, policies: &no_lengths), None);
        assert_eq!(error!(map: map), profile, "no policy");
        for policies in [&aes_cm, &aes_256, &unsaid, &no_srtp] {
            assert_eq!(error!(map: map, policies: policies), profile);
        }
    }
    assert_eq!(error!(policies: &good), profile, "beside the empty map");
    let other = [
        [CryptoSession { protocol: 1, ..session }],
        [CryptoSession { policies: &[], ..session }],
        [CryptoSession { policies: &[4], ..session }],
    ];
    for sessions in other.iter().map(<[_; 1]>::as_slice).chain([[].as_slice()]) {
        let map = CsIdMap::GenericId(sessions.into());
        assert_eq!(error!(map: map, policies: &good), profile);
    }
    let other = [SrtpStream { policy: 4, ..stream }];
    for streams in [other.as_slice(), &[]] {
        let map = CsIdMap::SrtpId(streams.into());
        assert_eq!(error!(map: map, policies: &good), profile);
    }
}

#[test]
fn a_message_carries_one_gsk() {
    let prose = Prose::new();
    let mut bob = prose.member(BOB);
    let signing_key = prose.home.signing_key(ALICE, NOW);
    let key = [2; 16];
    let of = |kind, salt| KeyData { salt, ..KeyData::new(kind, &key) };
    let (salt, long) = ([3; 12], [3; 14]);
    for good in [tgk(&key), of(KeyKind::Tgk, Some(&salt)), of(KeyKind::Tek, Some(&salt))] {
        let octets = prose.signed(&prose.outline(), &[good], &signing_key);
        assert!(prose.receive(&mut bob, &octets, ALICE).is_ok(), "{good:?}");
    }
    for bad in [
        vec![tgk(&key), tgk(&key)],
        vec![tgk(&key[..15])],
        vec![tgk(&[2; 32])],
        vec![of(KeyKind::Tek, None)],
        vec![of(KeyKind::Tek, Some(&long))],
        vec![of(KeyKind::Tgk, Some(&long))],
        vec![of(KeyKind::Gtgk, None)],
        vec![of(KeyKind::Mpk, None)],
        vec![KeyData { validity: KeyValidity::Spi(b"MKI"), ..tgk(&key) }],
        vec![KeyData { validity: KeyValidity::Interval { from: &[0], to: &[1] }, ..tgk(&key) }],
    ] {
        let octets = prose.signed(&prose.outline(), &bad, &signing_key);
        let refusal = prose.receive(&mut bob, &octets, ALICE);
        assert_eq!(refusal.err(), Some(Error::Profile), "{bad:?}");
        // The message is authentic, so its outcome is final.
        let again = prose.receive(&mut bob, &octets, ALICE);
        assert_eq!(again.err(), refused(mikey::Error::Replayed));
    }
}

#[test]
fn a_delivery_names_sessions_of_the_group() {
    let prose = Prose::new();
    let (alice, mut bob) = (prose.member(ALICE), prose.member(BOB));
    let session = GroupSession::generate(gmk(&alice), at(NOW), &mut rng()).expect("a session");
    let send = |cs_ids: &[CsId]| {
        let delivery = SessionDelivery { cs_ids, ..prose.delivery(ALICE, NOW) };
        let signing_key = prose.home.signing_key(ALICE, NOW);
        delivery.message(&session, gmk(&alice), &signing_key, &mut rng())
    };
    let octets = send(&[CsId::MCPTT_GROUP, CsId::agreed(1)]).expect("a message");
    let message = Message::decode(&octets).expect("a message");
    let CsIdMap::GenericId(sessions) = message.header().map else { panic!("another map") };
    let numbers: Vec<_> = sessions.iter().map(|session| session.cs_id).collect();
    assert_eq!(numbers, [4, 1]);
    assert!(prose.receive(&mut bob, &octets, ALICE).is_ok());
    assert_eq!(send(&[CsId::MCPTT_CALLER]).err(), Some(Error::CsId));
    let twice = send(&[CsId::MCPTT_GROUP, CsId::agreed(4)]);
    assert_eq!(twice.err(), refused(mikey::Error::Repeated));
}

#[test]
fn a_session_goes_under_the_gmk_it_was_made_for() {
    let prose = Prose::new();
    let mut alice = prose.member(ALICE);
    let session = GroupSession::generate(gmk(&alice), at(NOW), &mut rng()).expect("a session");
    let second = GroupKey::new(GROUP);
    prose.give(&mut alice, &second, (GMS, GROUP), NOW + 1);
    assert_eq!(gmk(&alice).key().id(), second.key.id(), "the one received last");
    let delivery = prose.delivery(ALICE, NOW);
    let other = delivery.message_without_signature(&session, gmk(&alice));
    assert_eq!(other.err(), Some(Error::Gmk));
    // Another kind of key is not a GMK.
    let (_, octets) = prose.home.call(Purpose::Pck, BOB, ALICE, NOW);
    let reception = alice.reception(prose.home.kms.user(BOB), NOW);
    let Client { store, keys, .. } = &mut alice;
    let pck = reception.pck(&octets, store, keys.as_slice()).expect("received");
    let refusal = GroupSession::generate(&pck, at(NOW), &mut rng());
    assert_eq!(refusal.err(), Some(Error::Purpose));
    let refusal = delivery.message_without_signature(&session, &pck);
    assert_eq!(refusal.err(), Some(Error::Purpose));
}

#[test]
fn the_group_key_and_the_session_received_last_are_used() {
    let prose = Prose::new();
    let (alice, mut bob) = (prose.member(ALICE), prose.member(BOB));
    // The messages arrive in the reverse order.
    let [first, second] = [NOW, NOW + 5].map(|time| prose.sent(&alice, time).1);
    let received = [second, first]
        .map(|octets| prose.receive(&mut bob, &octets, ALICE).expect("received").validity());
    assert_eq!(last_received(&received, at(NOW)), Some(0));

    let mut later = GroupKey::new(GROUP);
    later.parameters.expiry = Some(at(NOW + 100));
    prose.give(&mut bob, &later, (GMS, GROUP), NOW + 10);
    prose.give(&mut bob, &GroupKey::new(OTHER_GROUP), (GMS, OTHER_GROUP), NOW + 20);
    let last = |now| bob.store.last_received(GMS, GROUP, at(now)).map(|gmk| gmk.key().id());
    assert_eq!(last(NOW + 99), Some(later.key.id()));
    assert_eq!(last(NOW + 100), Some(prose.group_key.key.id()), "the later one has expired");
    assert!(bob.store.last_received(OTHER_GMS, GROUP, at(NOW)).is_none());
}

#[test]
fn one_member_does_not_take_the_room_of_another() {
    let prose = Prose::new();
    let (alice, mallory) = (prose.member(ALICE), prose.member(MALLORY));
    let mut bob = Client::new(&prose.home, BOB, NOW);
    bob.store = MemoryStore::new(MemoryCache::new(100).with_quota(2), 10);
    prose.give(&mut bob, &prose.group_key, (GMS, GROUP), NOW);
    for (i, expected) in [(0, None), (1, None), (2, refused(mikey::Error::Quota))] {
        let (_, octets) = prose.sent(&mallory, NOW + i);
        assert_eq!(prose.receive(&mut bob, &octets, MALLORY).err(), expected);
    }
    let (_, octets) = prose.sent(&alice, NOW);
    assert!(prose.receive(&mut bob, &octets, ALICE).is_ok());
    // Without signatures, all holders of the GMK share one quota.
    for (i, expected) in [(0, None), (1, None), (2, refused(mikey::Error::Quota))] {
        let (_, octets) = prose.sent(&alice, NOW + 10 + i);
        assert_eq!(any_member(&mut bob, &octets).err(), expected);
    }
}

#[test]
fn who_a_message_says_made_it_is_a_hint() {
    let prose = Prose::new();
    let alice = prose.member(ALICE);
    let (session, signed) = prose.sent(&alice, NOW);
    let unsigned = prose.delivery(ALICE, NOW).message_without_signature(&session, gmk(&alice));
    for octets in [signed, unsigned.expect("a message")] {
        assert_eq!(reception(NOW).claimed_initiator(&octets), Ok(Some(ALICE)));
    }
    let unnamed = prose.sealed(&prose.outline(), &[tgk(&[2; 16])]);
    assert_eq!(reception(NOW).claimed_initiator(&unnamed), Ok(None));
    let odd = [Identity::uri(b"\xff".as_slice())];
    let odd = PskOutline { identities: &odd, ..prose.outline() };
    let odd = prose.sealed(&odd, &[tgk(&[2; 16])]);
    assert_eq!(reception(NOW).claimed_initiator(&odd), Ok(None));
    let refusal = reception(NOW).claimed_initiator(&[1]);
    assert_eq!(refusal.err(), refused(mikey::Error::Truncated));
}

#[test]
fn limits_are_kept() {
    let prose = Prose::new();
    let (alice, mut bob) = (prose.member(ALICE), prose.member(BOB));
    let (_, octets) = prose.sent(&alice, NOW);
    let limits = mikey::Limits { octets: octets.len() - 1, ..mikey::Limits::DEFAULT };
    let narrow = SessionReception { limits, ..reception(NOW) };
    let large = refused(mikey::Error::Limit(mikey::Limit::Octets));
    let from = prose.home.kms.user(ALICE);
    assert_eq!(narrow.gsk(&octets, &from, &mut bob.store).err(), large);
    assert_eq!(narrow.gsk_of_any_member(&octets, &mut bob.store).err(), large);
    assert_eq!(narrow.claimed_initiator(&octets).err(), large);
}

#[test]
fn rand_repeats_where_the_gsk_repeats() {
    let prose = Prose::new();
    let alice = prose.member(ALICE);
    let drawn = random();
    let session =
        |key: SessionKey| GroupSession::new(&key, gmk(&alice), at(NOW), drawn).expect("a session");
    let secret = sakke::SharedSecret::generate(&mut rng());
    let first = session(SessionKey::tgk(&secret));
    assert_eq!(session(SessionKey::tgk(&secret)).rand(), first.rand());
    assert_ne!(session(SessionKey::generate(&mut rng())).rand(), first.rand());
    let [one, other] = [[1; 12], [2; 12]].map(|salt| session(SessionKey::tek(&secret, &salt)));
    assert_ne!(one.rand(), other.rand(), "what the message encrypts is another");
    assert_ne!(one.rand(), first.rand());
}

#[test]
fn a_gsk_is_a_secret() {
    fn secret<T: ZeroizeOnDrop>() {}
    secret::<SessionKey>();
    secret::<GroupSession>();
    let prose = Prose::new();
    let alice = prose.member(ALICE);
    let key = SessionKey::tek(&[0xab; 16].into(), &[0xcd; 12]);
    let session = GroupSession::new(&key, gmk(&alice), at(NOW), random()).expect("one");
    for text in [format!("{key:?}"), format!("{session:?}")] {
        for octet in ["ab, ", "171", "cd, ", "205"] {
            assert!(!text.to_lowercase().contains(octet), "{text}");
        }
    }
    assert_eq!(format!("{key:?}"), "mission_critical::SessionKey(..)");
    assert!(format!("{session:?}").starts_with("mission_critical::GroupSession(KeyId("));
    assert!(key.is_tek() && !SessionKey::tgk(&[0xab; 16].into()).is_tek());
    let equal = |one: &SessionKey, other: &SessionKey| bool::from(one.ct_eq(other));
    assert!(equal(&key, &key.clone()));
    for other in [
        SessionKey::tgk(&[0xab; 16].into()),
        SessionKey::tek(&[0xaa; 16].into(), &[0xcd; 12]),
        SessionKey::tek(&[0xab; 16].into(), &[0xcc; 12]),
    ] {
        assert!(!equal(&key, &other));
    }
    let drawn = SessionKey::try_generate(&mut rng()).expect("drawn");
    assert!(!equal(&drawn, &SessionKey::generate(&mut rng())));
}
