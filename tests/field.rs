//! Messages that other implementations published. Each is accepted, or refused for a reason that its test states.
//!
//! Messages that were published with all of their keys are also tests of `test-vectors/mikey.json`, with the flag
//! `Published`. The sources are listed in `field/messages.txt` and in `test-vectors/README.md`.

#[path = "field/release_13.rs"]
mod release_13;
#[path = "scenario/world.rs"]
#[expect(dead_code, reason = "each test uses a part of the world")]
mod world;

use eccsi_sakke::mikey::psk::PskMessage;
use eccsi_sakke::mikey::{
    self, Clock, CsIdMap, Departure, Departures, Expected, IMessage, IdScheme, Kms, MemoryCache,
    Prf, Role, User, from_sdp,
};
use eccsi_sakke::mission_critical::{
    CsId, Error, KeyId, MemoryStore, Purpose, Received, Reception,
};
use eccsi_sakke::sakke::{self, ReceiverKey};
use eccsi_sakke::{Identifier, KeyPeriods, KmsUri, NtpTime, UserUri, eccsi};
use serde_json::Value;

use world::{SKEW, store};

/// The value of this name in the file of messages.
fn text(name: &str) -> &'static str {
    let lines = include_str!("field/messages.txt").lines();
    let mut values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
    values.next().expect("a name of the file")
}

fn message(name: &str) -> Vec<u8> {
    from_sdp(&format!("a=key-mgmt:mikey {}", text(name))).expect("base64")
}

fn hexadecimal(digits: &str) -> Vec<u8> {
    hex::decode(digits).expect("hexadecimal")
}

/// A test of a file of vectors, by its identifier.
fn vector(file: &str, id: u64) -> Value {
    let path = format!("{}/test-vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let file: Value =
        serde_json::from_slice(&std::fs::read(path).expect("readable")).expect("JSON");
    let groups = file["groups"].as_array().expect("groups").iter();
    let mut tests = groups.flat_map(|group| group["tests"].as_array().expect("tests"));
    tests.find(|test| test["id"] == id).expect("a test of the file").clone()
}

fn of<'a>(test: &'a Value, name: &str) -> &'a str {
    test[name].as_str().expect("text")
}

fn octets(test: &Value, name: &str) -> Vec<u8> {
    hexadecimal(of(test, name))
}

fn periods(period: u64) -> KeyPeriods {
    KeyPeriods::new(period).expect("a period")
}

/// The KMS of a test, with this URI.
fn kms_of(test: &Value, uri: &str, scheme: IdScheme) -> Kms {
    let kpak = eccsi::KmsPublicKey::try_from(octets(test, "KPAK").as_slice()).expect("KPAK");
    let z = sakke::KmsPublicKey::try_from(octets(test, "Z").as_slice()).expect("Z");
    Kms::new(uri, scheme, kpak, z)
}

/// The time of the message by its T.
fn time(octets: &[u8]) -> NtpTime {
    let message = IMessage::decode(octets).expect("a message");
    NtpTime::from_seconds(message.timestamp().seconds().expect("seconds").into())
}

/// The result of a client that doesn't have the key yet, at the time of the message and with these departures.
fn received(
    (from, to): (User<'_>, User<'_>),
    octets: &[u8],
    key: &ReceiverKey,
    departures: Departures,
) -> Result<Received, Error> {
    let expected = Expected { departures, ..Expected::new(from, to) };
    let now = IMessage::decode(octets).ok().and_then(|message| message.timestamp().seconds());
    let now = NtpTime::from_seconds(now.unwrap_or_default().into());
    let reception = Reception::new(expected, Clock { now, skew: SKEW });
    let csb_id = u32::from_be_bytes(*octets[4..].first_chunk().expect("a CSB ID"));
    let store: &mut MemoryStore = &mut store();
    match KeyId::try_from(csb_id).expect("assigned").purpose() {
        Purpose::Gmk => reception.gmk_of_any_group(octets, store, key),
        purpose => reception.receive(purpose, octets, store, key),
    }
}

/// Published messages with all of their keys: the departure that each needs, and the error without it.
#[test]
fn messages_with_all_their_keys() {
    let by_header = Some(mikey::Error::Signature.into());
    for (id, departure, refusal) in [
        // A GMK and a CSK whose GENERIC-ID map lists a session.
        (212, None, None),
        (213, None, None),
        // A PCK with a policy beside the empty map.
        (559, None, None),
        // A GMK of message type 40, with its parameters before SAKKE and a status of 0, and a CSK of the same
        // implementation.
        (560, Some(Departure::NoRevocation), Some(Error::Revoked)),
        (561, None, None),
        // Two PCKs whose signatures leave out the type and length of SIGN.
        (562, Some(Departure::SignHeaderUnsigned), by_header),
        (563, Some(Departure::SignHeaderUnsigned), by_header),
    ] {
        let test = vector("mikey.json", id);
        assert!(test["flags"].as_array().expect("flags").contains(&"Published".into()));
        let scheme = IdScheme::Uid(periods(test["period"].as_u64().expect("a number")));
        let kms = kms_of(&test, of(&test, "kms_uri"), scheme);
        let users = (kms.user(of(&test, "initiator")), kms.user(of(&test, "responder")));
        let message = octets(&test, "message");
        let identifier = users.1.identifier(time(&message)).expect("a UID");
        let key = ReceiverKey::new(octets(&test, "RSK"), &identifier, kms.z()).expect("its RSK");
        let accepted = departure.map_or(Departures::NONE, |one| Departures::of(&[one]));
        assert_eq!(received(users, &message, &key, Departures::NONE).err(), refusal, "test {id}");
        let taken = received(users, &message, &key, accepted).expect("a key");
        assert_eq!(taken.departures(), accepted, "test {id}");
        assert_eq!(taken.key().secret().as_bytes(), octets(&test, "SSV").as_slice());
        assert_eq!(taken.key().id().to_string(), of(&test, "k_id"));
        let all = received(users, &message, &key, Departures::ALL).expect("a key");
        assert_eq!(all.departures(), accepted, "test {id}");
        // The policies that they send agree with the default policy, as far as they state anything.
        assert!(taken.srtcp(CsId::agreed(99), time(&message)).is_ok(), "test {id}");
    }
}

/// A GMK in an older format, with an SRTP-ID map, and with parameters in clear whose key type is 1, although the key
/// type of a GMK is 0.
///
/// Departures accept the map and the parameters. The key type contradicts the purpose tag of the CSB ID, and nothing
/// says which of them is right.
#[test]
fn an_older_format_for_a_gateway() {
    let known = vector("mikey.json", 212);
    let kms = kms_of(&known, of(&known, "kms_uri"), IdScheme::Uid(periods(16_777_215)));
    let message = message("older_gmk");
    let users =
        (kms.user("gms@streamwide.com"), kms.user("sip:iwf_legacy_v1.1.x_format@streamwide.com"));
    let identifier = users.1.identifier(time(&message)).expect("a UID");
    let rsk = hexadecimal(text("older_gmk_rsk"));
    let key = ReceiverKey::new(&rsk, &identifier, kms.z()).expect("its RSK");
    let [map, parameters] = [Departure::SrtpIdMapOfGmk, Departure::GmkParametersInClear];
    for (accepted, refusal) in [
        (Departures::NONE, Error::Profile),
        (Departures::of(&[parameters]), Error::Profile),
        (Departures::of(&[map]), Error::Parameters),
        (Departures::of(&[map, parameters]), Error::Purpose),
        (Departures::ALL, Error::Purpose),
    ] {
        let refused = received(users, &message, &key, accepted);
        assert_eq!(refused.err(), Some(refusal), "{accepted:?}");
    }
}

/// A GMK that was signed and encapsulated with the keys of a period other than that of T, to test how a receiver
/// selects the period. By TS 33.180 F.2.1 it is the period of T, and the UID of the initiator isn't that of this
/// period.
#[test]
fn keys_of_an_earlier_period() {
    let known = vector("mikey.json", 212);
    let kms = kms_of(&known, "kms.dev43.streamwide.com", IdScheme::Uid(periods(2_592_000)));
    let message = message("earlier_period");
    let users = (kms.user("gms@streamwide.com"), kms.user("alice@org.com"));
    let identifier = users.1.identifier(time(&message)).expect("a UID");
    let rsk = hexadecimal(text("earlier_period_rsk"));
    let key = ReceiverKey::new(&rsk, &identifier, kms.z()).expect("its RSK");
    for accepted in [Departures::NONE, Departures::ALL] {
        let refused = received(users, &message, &key, accepted);
        assert_eq!(refused.err(), Some(mikey::Error::Initiator.into()));
    }
    let decoded = IMessage::decode(&message).expect("a message");
    let uid = decoded.identity(Role::InitiatorUid).expect("a UID");
    let of_number = |number| {
        let uri = KmsUri("kms.dev43.streamwide.com");
        periods(2_592_000).uid(UserUri("gms@streamwide.com"), uri, number).expect("a UID")
    };
    assert_eq!(periods(2_592_000).number(time(&message)), Ok(1531));
    assert_eq!(uid.data, of_number(1518).as_bytes());
}

/// A PCK that its publisher doesn't verify either. It isn't signed by the key that belongs to its UID under the KPAK
/// of the other messages.
#[test]
fn a_signature_of_other_keys() {
    let known = vector("mikey.json", 560);
    let uri = of(&known, "kms_uri");
    let kms = kms_of(&known, uri, IdScheme::Uid(periods(914_544_000)));
    let users = ["sip:u1alea@veronica-cluster", "sip:u2alea@veronica-cluster"];
    let [from, to] = users.map(|uri| kms.user(uri));
    let octets = message("signed_otherwise");
    let decoded = IMessage::decode(&octets).expect("a message");
    assert!(matches!(decoded.map(), CsIdMap::GenericId(sessions) if sessions.iter().count() == 0));
    for departures in [Departures::NONE, Departures::ALL] {
        let expected = Expected { departures, ..Expected::new(from, to) };
        let mut cache = MemoryCache::new(1);
        let clock = Clock { now: time(&octets), skew: SKEW };
        let fresh = decoded.check_fresh(&clock, &cache).expect("fresh");
        let refused = fresh.verify(&expected, &mut cache);
        assert_eq!(refused.err(), Some(mikey::Error::Signature));
    }
}

/// The master keys of RFC 6507 and RFC 6508, which a test KMS in the field uses.
struct KmsOfTheRfcs {
    z: sakke::KmsSecretKey,
    kpak: eccsi::KmsPublicKey,
}

impl KmsOfTheRfcs {
    fn new() -> Self {
        let z = octets(&vector("rfc.json", 7), "z");
        let kpak = octets(&vector("rfc.json", 1), "KPAK");
        Self {
            z: sakke::KmsSecretKey::try_from(z.as_slice()).expect("z"),
            kpak: eccsi::KmsPublicKey::try_from(kpak.as_slice()).expect("KPAK"),
        }
    }

    fn named(&self, uri: &str, scheme: IdScheme) -> Kms {
        Kms::new(uri, scheme, self.kpak, *self.z.public_key())
    }
}

/// A CSK that is signed for the hexadecimal digits of the initiator's UID, without the type and length of SIGN, and
/// encapsulated to the 32 octets of the responder's UID. It is accepted if the KMS of each user has its own scheme.
#[test]
fn a_csk_signed_for_the_digits_of_a_uid() {
    let rfcs = KmsOfTheRfcs::new();
    let periods = periods(2_592_000);
    let [hex, uid] = [IdScheme::HexUid(periods), IdScheme::Uid(periods)]
        .map(|scheme| rfcs.named("kms.streamwide.com:8080", scheme));
    let octets = message("hex_uid");
    let initiator = "sip:33666000333@server-rbonamy-vm.streamwide.com";
    let to = uid.user("gms@streamwide.com");
    let key = rfcs.z.extract(&to.identifier(time(&octets)).expect("a UID")).expect("an RSK");
    let accepted = Departures::of(&[Departure::SignHeaderUnsigned]);
    for (kms, accepted) in [(&uid, accepted), (&hex, Departures::NONE), (&uid, Departures::ALL)] {
        let refused = received((kms.user(initiator), to), &octets, &key, accepted);
        assert_eq!(refused.err(), Some(mikey::Error::Signature.into()));
    }
    let taken = received((hex.user(initiator), to), &octets, &key, accepted).expect("a key");
    assert_eq!(taken.departures(), accepted);
    let secret = hexadecimal("a247c86734523c5930714f474461bb42");
    assert_eq!(taken.key().secret().as_bytes(), secret.as_slice());
    assert_eq!(taken.key().id().to_string(), "2d50d3d0");
    assert_eq!(taken.key().rand(), Some(&b"1ed3bfc9330e16ce"[..]), "digits too, but as they come");
}

/// A GMK and a PCK of an older profile: PRF 0, an SRTP-ID map, UIDs in place of URIs, a NUL after the URI of the KMS,
/// and parameters in clear with another layout.
///
/// The profile of TS 33.180 requires PRF-HMAC-SHA-256, and another PRF would give other media keys. The layer below
/// accepts PRF 0, but expects URIs in identities with the roles of URIs.
#[test]
fn messages_of_prf_0() {
    let rfcs = KmsOfTheRfcs::new();
    let kms = rfcs.named("streamwide.com\0", IdScheme::HexUid(periods(2_592_000)));
    for (name, secret) in [
        ("prf_0_gmk", "3b3c2543c666a834ad65431bbb86cc30"),
        ("prf_0_pck", "e90e5f4b36197ead88a90aca8c38f8cd"),
    ] {
        let octets = message(name);
        let decoded = IMessage::decode(&octets).expect("a message of RFC 6509");
        assert_eq!(decoded.derivation().prf, Prf::HmacSha1);
        // The digits of the UIDs that the message names sign it, and it is encapsulated to them.
        let named = |role| {
            let uid = decoded.identity(role).expect("named").data;
            Identifier::try_from(hex::encode(uid).as_bytes()).expect("an identifier")
        };
        let covered = &octets[..octets.len() - eccsi::Signature::LEN];
        let signer = rfcs.kpak.verifying_key(named(Role::Initiator));
        signer.verify(covered, decoded.signature()).expect("signed");
        let key = rfcs.z.extract(&named(Role::Responder)).expect("an RSK");
        let opened = key.decapsulate(decoded.encapsulation()).expect("opened");
        assert_eq!(opened.as_bytes(), hexadecimal(secret).as_slice());

        let users = (kms.user("alice@org.com"), kms.user("alice@org.com"));
        for accepted in [Departures::NONE, Departures::ALL] {
            assert_eq!(received(users, &octets, &key, accepted).err(), Some(Error::Profile));
        }
        let mut cache = MemoryCache::new(1);
        let clock = Clock { now: time(&octets), skew: SKEW };
        let fresh = decoded.check_fresh(&clock, &cache).expect("fresh");
        let refused = fresh.verify(&Expected::new(users.0, users.1), &mut cache);
        assert_eq!(refused.err(), Some(mikey::Error::Initiator));
    }
}

/// GMKs of PRF 2, which isn't assigned. V is the highest bit of its octet, but they set the lowest. Another PRF would
/// give other keys, so no departure accepts them.
#[test]
fn messages_of_a_prf_that_is_not_assigned() {
    for name in ["prf_2", "prf_2_of_128_bits", "prf_2_of_256_bits"] {
        let octets = message(name);
        assert_eq!(octets[3], 2);
        let limits = &mikey::Limits::DEFAULT;
        for departures in [Departures::NONE, Departures::ALL] {
            let refused = IMessage::decode_departing(&octets, limits, departures);
            assert_eq!(refused.err(), Some(mikey::Error::Value), "{name}");
        }
    }
    // With PRF 1, they name two KMSs in one role. One of them also has a secret of 256 bits, for which SAKKE has no
    // parameter set, in 289 octets of Encapsulated Data.
    let mut octets = message("prf_2_of_256_bits");
    octets[3] = 1;
    assert_eq!(IMessage::decode(&octets).err(), Some(mikey::Error::Repeated));
    for (next, role) in [(14, 6), (10, 7)] {
        let place = octets.windows(3).position(|three| three == [next, 3, 1]).expect("a KMS");
        octets[place + 1] = role;
    }
    let refused = mikey::Error::Primitive(eccsi_sakke::Error::Length);
    assert_eq!(IMessage::decode(&octets).err(), Some(refused));
}

/// The keys of a stream in a session description: a pre-shared-key message without encryption and without a MAC.
/// Everybody on the way can read and change its keys.
#[test]
fn keys_of_a_stream_without_encryption_and_mac() {
    for name in ["stream", "stream_padded"] {
        let octets = message(name);
        assert_eq!(IMessage::decode(&octets).err(), Some(mikey::Error::MessageType));
        assert_eq!(PskMessage::decode(&octets).err(), Some(mikey::Error::Suite), "{name}");
    }
}
