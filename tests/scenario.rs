//! The whole system: two key management servers, a group management server and its members, from the first key to the
//! last, with everything that can go wrong.

#[path = "scenario/world.rs"]
#[expect(dead_code, reason = "each test uses a part of the world")]
mod world;

use eccsi_sakke::mikey::{self, Clock, Expected, IMessage, IdScheme, MemoryCache, Outline};
use eccsi_sakke::mission_critical::{
    Anonymous, CsId, Delivery, Error, Hiding, Key, KeyParameters, MemoryStore, Mki, Purpose,
    Received, Reception, Status,
};
use eccsi_sakke::{NtpTime, UserUri, sakke};

use world::{Client, Domain, GroupKey, PERIOD, SKEW, at, clock, equal, home, outline, random, rng};

const DAY: u64 = 86_400;
/// The first second of a key period of the home domain.
const START: u64 = 1532 * PERIOD;
/// Ten days before START.
const NOW: u64 = START - 10 * DAY;

const GMS: &str = "sip:gms@example.org";
const OTHER_GMS: &str = "sip:gms-2@example.org";
const SERVER: &str = "sip:mcptt-server@example.org";
const ALICE: &str = "sip:alice@example.org";
const DAVE: &str = "sip:dave@example.org";
const BOB: &str = "sip:bob@example.net";
const CAROL: &str = "sip:carol@example.net";
const GROUP: &[u8] = b"sip:group-1@example.org";
const OTHER_GROUP: &[u8] = b"sip:group-2@example.org";

/// The domain of a partner, with other key periods.
fn away() -> Domain {
    Domain::with_uids("kms.example.net", 7 * DAY, 12_345)
}

fn refused(error: mikey::Error) -> Option<Error> {
    Some(error.into())
}

/// Whether every member can compute the media keys of every other member from the GUK-ID in the MKI.
fn hear_each_other(members: &[&Received]) -> bool {
    members.iter().all(|sender| {
        let in_force = sender.validity().activation.unwrap_or(at(NOW));
        let own = sender.srtp(CsId::MCPTT_GROUP, in_force).expect("keys");
        let mki = sender.key().mki(sender.user_id());
        let mki = Mki::try_from(mki.as_ref()).expect("an MKI");
        members.iter().all(|member| {
            let sender = mki.user_id().expect("a GUK-ID");
            let heard = member.srtp_of(sender, CsId::MCPTT_GROUP, at(NOW)).expect("keys");
            member.key().id() == mki.key_id()
                && heard.master_key == own.master_key
                && heard.master_salt == own.master_salt
        })
    })
}

#[test]
fn the_life_of_a_group() {
    let (home, away) = (home(), away());
    let gms = home.kms.user(GMS);
    let signing_key = home.signing_key(GMS, NOW);
    let mut alice = Client::new(&home, ALICE, NOW);
    let mut bob = Client::new(&away, BOB, NOW);
    let mut carol = Client::new(&away, CAROL, NOW);

    // The first key reaches the members of both domains, each under its own identifier.
    let mut first = GroupKey::new(GROUP);
    let tomorrow = NOW + DAY;
    first.parameters.expiry = Some(at(tomorrow));
    let [to_alice, to_bob, to_carol] = [alice.user(), bob.user(), carol.user()]
        .map(|member| first.message(gms, &signing_key, member, NOW));
    let a = alice.gmk(gms, GROUP, &to_alice, NOW).expect("received");
    let b = bob.gmk(gms, GROUP, &to_bob, NOW + 5).expect("received");
    let c = carol.gmk(gms, GROUP, &to_carol, NOW - 5).expect("received");
    assert!([&a, &b, &c].iter().all(|received| equal(received.key(), &first.key)));
    assert!(a.user_id() != b.user_id() && b.user_id() != c.user_id() && a.user_id() != c.user_id());
    assert!(hear_each_other(&[&a, &b, &c]));

    // A member who receives the key with another RAND cannot hear the others, and they cannot hear that member.
    let another = Key::new(first.key.id(), first.key.secret().clone(), random());
    let another = GroupKey { key: another.expect("a key"), ..GroupKey::new(GROUP) };
    let message = another.message(gms, &signing_key, home.kms.user(DAVE), NOW);
    let dave = Client::new(&home, DAVE, NOW).gmk(gms, GROUP, &message, NOW).expect("received");
    assert!(!hear_each_other(&[&a, &dave]));

    // Carol is removed. From tomorrow on the others use a key that she does not receive.
    let mut second = GroupKey::new(GROUP);
    second.parameters.activation = Some(at(tomorrow));
    let [to_alice, to_bob] = [alice.user(), bob.user()]
        .map(|member| second.message(gms, &signing_key, member, NOW + 600));
    let a2 = alice.gmk(gms, GROUP, &to_alice, NOW + 600).expect("received");
    let b2 = bob.gmk(gms, GROUP, &to_bob, NOW + 600).expect("received");
    assert!(hear_each_other(&[&a2, &b2]));
    for client in [&alice, &bob] {
        assert!(equal(client.in_force(GMS, GROUP, tomorrow - 1).expect("a key").key(), &first.key));
        assert!(equal(client.in_force(GMS, GROUP, tomorrow).expect("a key").key(), &second.key));
    }
    for message in [&to_alice, &to_bob] {
        let error = carol.gmk(gms, GROUP, message, NOW + 600).err();
        assert_eq!(error, refused(mikey::Error::Responder));
        // The message does not open for her either if she ignores the rules.
        let encapsulation = *IMessage::decode(message).expect("a message").encapsulation();
        assert_eq!(
            carol.keys[0].decapsulate(&encapsulation).err(),
            Some(eccsi_sakke::Error::Rejected)
        );
    }
    assert!(carol.in_force(GMS, GROUP, tomorrow).is_none());
    let guess = c.srtp_of(a2.user_id(), CsId::MCPTT_GROUP, at(NOW)).expect("keys");
    assert_eq!(a2.srtp(CsId::MCPTT_GROUP, at(tomorrow - 1)).err(), Some(Error::NotYet));
    let in_force = a2.srtp(CsId::MCPTT_GROUP, at(tomorrow)).expect("keys");
    assert_ne!(guess.master_key, in_force.master_key);

    // Dave joins later and receives the key with the same RAND.
    let mut dave = Client::new(&home, DAVE, tomorrow);
    let message = second.message(gms, &signing_key, dave.user(), tomorrow);
    let d2 = dave.gmk(gms, GROUP, &message, tomorrow).expect("received");
    assert!(hear_each_other(&[&a2, &b2, &d2]));

    // The GMS revokes the second key.
    second.parameters.status = Status(0);
    let message = second.message(gms, &signing_key, alice.user(), tomorrow + 60);
    assert_eq!(alice.gmk(gms, GROUP, &message, tomorrow + 60).err(), Some(Error::Revoked));
    assert!(
        alice.in_force(GMS, GROUP, tomorrow + 60).is_none()
            && bob.in_force(GMS, GROUP, tomorrow + 60).is_some()
    );
}

#[test]
fn what_does_not_get_through() {
    let (home, away) = (home(), away());
    let gms = home.kms.user(GMS);
    let signing_key = home.signing_key(GMS, NOW);
    let mut bob = Client::new(&away, BOB, NOW);
    let group_key = GroupKey::new(GROUP);
    let octets = group_key.message(gms, &signing_key, bob.user(), NOW);
    let mut receive =
        |gms, group: &[u8], octets: &[u8], now| bob.gmk(gms, group, octets, now).err();

    // The wrong GMS: another user, the same name under another KMS, and a signature of another user.
    let other_gms = home.kms.user(OTHER_GMS);
    assert_eq!(receive(other_gms, GROUP, &octets, NOW), refused(mikey::Error::Initiator));
    assert_eq!(receive(away.kms.user(GMS), GROUP, &octets, NOW), refused(mikey::Error::Initiator));
    let other_key = home.signing_key(OTHER_GMS, NOW);
    let forged = group_key.message(gms, &other_key, away.kms.user(BOB), NOW);
    assert_eq!(receive(gms, GROUP, &forged, NOW), refused(mikey::Error::Signature));

    // The clock of the GMS or of Bob is wrong.
    let skew = u64::from(SKEW);
    for now in [NOW - skew - 1, NOW + skew + 1, NOW - PERIOD, NOW + PERIOD] {
        assert_eq!(receive(gms, GROUP, &octets, now), refused(mikey::Error::Stale));
    }

    // A change in any octet is refused.
    for i in 0..octets.len() {
        let mut altered = octets.clone();
        altered[i] ^= 1;
        assert!(receive(gms, GROUP, &altered, NOW).is_some(), "octet {i}");
    }

    // The refusals leave no trace: the genuine message is accepted once.
    assert_eq!(receive(gms, GROUP, &octets, NOW + skew), None);
    assert_eq!(receive(gms, GROUP, &octets, NOW + skew), refused(mikey::Error::Replayed));
    assert_eq!(receive(gms, GROUP, &octets, NOW + skew + 1), refused(mikey::Error::Stale));
    // The same key arrives in another message.
    let again = group_key.message(gms, &signing_key, away.kms.user(BOB), NOW + 1);
    assert_eq!(receive(gms, GROUP, &again, NOW + 1), Some(Error::Duplicate));

    // The key of another group, and a key that is revoked from the start.
    let other = GroupKey::new(OTHER_GROUP).message(gms, &signing_key, away.kms.user(BOB), NOW);
    assert_eq!(receive(gms, GROUP, &other, NOW), Some(Error::Group));
    let mut revoked = GroupKey::new(GROUP);
    revoked.parameters.status = Status(2);
    let revoked = revoked.message(gms, &signing_key, away.kms.user(BOB), NOW);
    assert_eq!(receive(gms, GROUP, &revoked, NOW), Some(Error::Revoked));
}

#[test]
fn a_call_from_one_domain_to_the_other() {
    let (home, away) = (home(), away());
    let (alice, bob) = (home.kms.user(ALICE), away.kms.user(BOB));
    let pck = Key::generate(Purpose::Pck, &mut rng());
    let parameters = KeyParameters::new(Purpose::Pck);
    for (hidden, to_self) in [(false, true), (true, false), (true, true)] {
        let delivery = Delivery {
            hiding: Hiding { initiator: hidden, responder: hidden },
            cs_ids: &[CsId::MCPTT_CALLER, CsId::MCPTT_CALLEE],
            parameters: Some(&parameters),
            to_self,
            ..Delivery::new(alice, bob, at(NOW))
        };
        let octets = delivery.message(&pck, &home.signing_key(ALICE, NOW), &mut rng()).expect("m");
        let mut callee = Client::new(&away, BOB, NOW);
        let received = if hidden {
            // The key is opened only after signalling has named the caller.
            let clock = clock(NOW);
            let (kms, store) = (&home.kms, &mut callee.store);
            let call = Anonymous::receive(Purpose::Pck, &octets, (kms, bob), &clock, store);
            let call = call.expect("verified");
            let error = call.reveal(DAVE, &mut callee.store, callee.keys.as_slice()).err();
            assert_eq!(error, refused(mikey::Error::Initiator));
            assert!(!octets.windows(ALICE.len()).any(|window| window == ALICE.as_bytes()));
            assert!(!octets.windows(BOB.len()).any(|window| window == BOB.as_bytes()));
            call.reveal(ALICE, &mut callee.store, callee.keys.as_slice())
        } else {
            let reception = callee.reception(alice, NOW);
            reception.pck(&octets, &mut callee.store, callee.keys.as_slice())
        };
        let received = received.expect("received");
        assert!(equal(received.key(), &pck));
        assert_eq!(received.parameters(), Some(&parameters));

        // Both directions of the call have their own keys, which Alice's other device has too.
        let other_device = Reception::new(Expected::new(alice, bob), clock(NOW)).to_self(
            Purpose::Pck,
            &octets,
            &mut world::store(),
            &home.receiver_key(ALICE, NOW),
        );
        if to_self {
            let other_device = other_device.expect("to herself");
            assert!(equal(other_device.key(), &pck));
            for cs_id in [CsId::MCPTT_CALLER, CsId::MCPTT_CALLEE] {
                let hers = other_device.srtp(cs_id, at(NOW)).expect("keys");
                assert_eq!(hers.master_key, received.srtp(cs_id, at(NOW)).expect("k").master_key);
            }
            let [caller, callee] = [CsId::MCPTT_CALLER, CsId::MCPTT_CALLEE]
                .map(|cs_id| received.srtp(cs_id, at(NOW)).expect("keys").master_key);
            assert_ne!(caller, callee);
        } else {
            assert_eq!(other_device.err(), Some(Error::Profile));
        }
    }
}

#[test]
fn a_client_and_a_server_of_another_domain() {
    let (home, away) = (home(), away());
    let (bob, server) = (away.kms.user(BOB), home.kms.user(SERVER));
    let up = Key::generate(Purpose::Csk, &mut rng());
    let delivery = Delivery { cs_ids: &[CsId::MCPTT_CSK], ..Delivery::new(bob, server, at(NOW)) };
    let octets = delivery.message(&up, &away.signing_key(BOB, NOW), &mut rng()).expect("m");
    let mut mcptt = Client::new(&home, SERVER, NOW);
    let reception = mcptt.reception(bob, NOW);
    let csk = reception.csk(&octets, &mut mcptt.store, mcptt.keys.as_slice()).expect("received");
    assert!(equal(csk.key(), &up));
    // The key is for floor control and signalling, not for media.
    assert_eq!(csk.srtp(CsId::MCPTT_CSK, at(NOW)).err(), Some(Error::Purpose));
    let floor = csk.srtcp(CsId::MCPTT_CSK, at(NOW)).expect("keys");
    let bobs = up.srtcp(up.id(), CsId::MCPTT_CSK).expect("keys");
    assert_eq!(floor.master_key, bobs.master_key);
    let [ours, theirs] =
        [csk.key(), &up].map(|key| key.signalling_keys(UserUri(BOB)).expect("keys"));
    assert_eq!(ours.confidentiality, theirs.confidentiality);
    assert_eq!(ours.integrity, theirs.integrity);

    // The server sends its multicast signalling key to Bob.
    let musik = Key::generate(Purpose::MuSik, &mut rng());
    let delivery = Delivery { cs_ids: &[CsId::MCPTT_MUSIK], ..Delivery::new(server, bob, at(NOW)) };
    let octets = delivery.message(&musik, &home.signing_key(SERVER, NOW), &mut rng()).expect("m");
    let mut client = Client::new(&away, BOB, NOW);
    let reception = client.reception(server, NOW);
    let received = reception.musik(&octets, &mut client.store, client.keys.as_slice());
    assert!(equal(received.expect("received").key(), &musik));
}

#[test]
fn the_period_rolls_over() {
    let home = home();
    let gms = home.kms.user(GMS);
    let (old, new) = (home.signing_key(GMS, START - 1), home.signing_key(GMS, START));
    let message = |signing_key, time| {
        GroupKey::new(GROUP).message(gms, signing_key, home.kms.user(ALICE), time)
    };
    let with = |times: &[u64]| {
        let mut alice = Client::new(&home, ALICE, START);
        alice.keys = times.iter().map(|time| home.receiver_key(ALICE, *time)).collect();
        alice
    };
    // Alice has the keys of both periods. Messages of both periods open, whether her clock is before or after the
    // change.
    let (last, first) = (message(&old, START - 1), message(&new, START));
    for now in [START - 100, START - 1, START, START + 100] {
        let mut alice = with(&[START - 1, START]);
        for octets in [&last, &first] {
            alice.gmk(gms, GROUP, octets, now).expect("received");
        }
        assert_eq!(alice.store.keys().count(), 2);
    }
    // With the key of one period, only messages of that period open.
    for (key, opens, not) in [(START - 1, &last, &first), (START, &first, &last)] {
        let mut alice = with(&[key]);
        let error = alice.gmk(gms, GROUP, not, START).err();
        assert_eq!(error, refused(mikey::Error::Responder));
        assert!(alice.gmk(gms, GROUP, opens, START).is_ok());
        // The other message is not lost: it opens when its key is there.
        alice.keys.push(home.receiver_key(ALICE, if key == START { START - 1 } else { START }));
        assert!(alice.gmk(gms, GROUP, not, START).is_ok());
    }
    // The GMS must sign with the key for the period of T.
    for octets in [message(&old, START), message(&new, START - 1)] {
        let error = with(&[START - 1, START]).gmk(gms, GROUP, &octets, START).err();
        assert_eq!(error, refused(mikey::Error::Signature));
    }
    // It gets an error if it uses another key.
    let group_key = GroupKey::new(GROUP);
    let parameters = Some(&group_key.parameters);
    for (time, key, of_period) in [
        (START, &new, true),
        (START - 1, &old, true),
        (START, &old, false),
        (START - 1, &new, false),
    ] {
        let user = home.kms.user(ALICE);
        let delivery = Delivery { parameters, ..Delivery::new(gms, user, at(time)) };
        let error = delivery.message(&group_key.key, key, &mut rng()).err();
        assert_eq!(error.is_none(), of_period);
        assert!(of_period || error == Some(Error::SigningKey));
    }
    assert!(!new.is_for(gms.identifier(at(START)).expect("a UID"), away().kms.kpak()));
    // Keys of other periods and other users do not open the message.
    let mut alice = with(&[START - PERIOD - 1, START + PERIOD]);
    alice.keys.push(home.receiver_key(DAVE, START));
    let error = alice.gmk(gms, GROUP, &first, START).err();
    assert_eq!(error, refused(mikey::Error::Responder));
    let mut none = with(&[]);
    assert_eq!(none.gmk(gms, GROUP, &first, START).err(), refused(mikey::Error::Responder));
}

#[test]
fn a_member_who_was_away() {
    // The GMS makes a message with the same key for each period, and the member collects one of them.
    let home = home();
    let gms = home.kms.user(GMS);
    let group_key = GroupKey::new(GROUP);
    let times = [START - PERIOD, START - 1, START + PERIOD - 1];
    let messages = times.map(|time| {
        group_key.message(gms, &home.signing_key(GMS, time), home.kms.user(ALICE), time)
    });
    let received = times.iter().zip(&messages).map(|(time, message)| {
        let mut alice = Client::new(&home, ALICE, *time);
        alice.gmk(gms, GROUP, message, time + 10).expect("received")
    });
    let received: Vec<_> = received.collect();
    assert!(hear_each_other(&received.iter().collect::<Vec<_>>()));

    // Alternatively a message waits for her. This works as long as the skew allows and she has the key of its period.
    let mut alice = Client::new(&home, ALICE, START);
    alice.keys.push(home.receiver_key(ALICE, START - 1));
    alice.store = MemoryStore::new(MemoryCache::new(100).with_skew(7 * 86_400), 100);
    let waiting = Clock { now: at(START + 2 * DAY), skew: 7 * 86_400 };
    let patient = Reception { clock: waiting, ..alice.reception(gms, 0) };
    let opened = patient.gmk(&messages[1], GROUP, &mut alice.store, alice.keys.as_slice());
    assert!(equal(opened.expect("received").key(), &group_key.key));
    let again = patient.gmk(&messages[1], GROUP, &mut alice.store, alice.keys.as_slice());
    assert_eq!(again.err(), refused(mikey::Error::Replayed));
}

/// A message under identifiers of telephone numbers and months.
fn monthly(domain: &Domain, from: &str, to: &str, time: u64) -> Vec<u8> {
    let secret = sakke::SharedSecret::generate(&mut rng());
    let encapsulation = domain.encapsulation(to, time, &secret);
    let outline = Outline {
        identities: &domain.identities(from, to)[..2],
        id_scheme: 1,
        ..outline(&encapsulation, time)
    };
    let unsigned = outline.encode().expect("encoded");
    unsigned.sign(&domain.signing_key(from, time), &mut rng()).expect("signed")
}

#[test]
fn monthly_keys_have_their_days() {
    let domain = Domain::new("kms.example.org", IdScheme::TelMonthly);
    let (from, to) = ("tel:+447700900123", "tel:+447700900124");
    // 2026-03-01T00:00Z, after a February of 28 days.
    let march = NtpTime::from_unix(1_772_323_200).seconds();
    assert_eq!(
        [march - 1, march].map(|time| at(time).year_month()),
        [Ok((2026, 2)), Ok((2026, 3))]
    );
    let february = monthly(&domain, from, to, march - 1);
    let first_of_march = monthly(&domain, from, to, march);
    let keys = [march - 1, march].map(|time| domain.receiver_key(to, time));
    let expected = Expected::new(domain.kms.user(from), domain.kms.user(to));
    let open = |octets: &[u8], now| {
        let mut cache = MemoryCache::new(1).with_skew(u32::MAX);
        IMessage::decode(octets)?
            .check_fresh(&Clock { now: at(now), skew: u32::MAX }, &cache)?
            .verify(&expected, &mut cache)?
            .decapsulate(&keys, &mut cache)
            .map(drop)
    };
    // Keys of February are valid through 2 March, and keys of March from 27 February on, regardless of the skew.
    for (octets, now, accepted) in [
        (&february, march - 28 * DAY, true),
        (&february, march - 28 * DAY - 2 * DAY, true),
        (&february, march - 28 * DAY - 2 * DAY - 1, false),
        (&february, march, true),
        (&february, march + 2 * DAY - 1, true),
        (&february, march + 2 * DAY, false),
        (&first_of_march, march - 2 * DAY - 1, false),
        (&first_of_march, march - 2 * DAY, true),
        (&first_of_march, march + 31 * DAY, true),
        (&first_of_march, march + 33 * DAY - 1, true),
        (&first_of_march, march + 33 * DAY, false),
        (&first_of_march, march + 365 * DAY, false),
    ] {
        let outcome = open(octets, now);
        assert_eq!(outcome, if accepted { Ok(()) } else { Err(mikey::Error::Stale) }, "{now}");
    }
}

#[test]
fn the_clock_of_timestamps_starts_again() {
    // In 2036, with T and the clock on either side of the second.
    let home = home();
    let gms = home.kms.user(GMS);
    let wrap = 1u64 << 32;
    for (time, now) in
        [(wrap - 5, wrap - 9), (wrap - 5, wrap + 5), (wrap + 5, wrap - 5), (wrap, wrap)]
    {
        let mut alice = Client::new(&home, ALICE, time);
        let group_key = GroupKey::new(GROUP);
        let signing_key = home.signing_key(GMS, time);
        let octets = group_key.message(gms, &signing_key, alice.user(), time);
        let received = alice.gmk(gms, GROUP, &octets, now).expect("received");
        assert_eq!(received.time(), at(time));
        assert_eq!(received.validity().received, at(time));
        // 136 years earlier, the same T is in another era.
        let mut alice = Client::new(&home, ALICE, time);
        if let Some(then) = now.checked_sub(wrap) {
            let refusal = alice.gmk(gms, GROUP, &octets, then);
            assert!(refusal.is_err());
        }
    }
}
