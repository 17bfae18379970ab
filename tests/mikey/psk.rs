//! Messages under a pre-shared key, and the keys that they transport.

use eccsi_sakke::mikey::psk::{
    KeyData, KeyKind, MIN_PSK, OpenedPsk, PskMessage, PskOutline, SignedPskMessage, Validity,
    verify_response,
};
use eccsi_sakke::mikey::{
    Builder, Derivation, Error, Header, Identity, KeyUse, Mac, MemoryCache, Message, MessageType,
    Payload, Prf, Timestamp,
};

use super::world::{PSK, at, clock, home, psk_outline, rng};
use super::{ALICE, BOB, NOW};

/// Two parties that share a key both have the messages that they sent themselves.
#[test]
fn a_message_that_is_sent_back_is_told_by_its_names() {
    let names = [ALICE, BOB].map(Identity::uri);
    let outline = psk_outline(Timestamp::from_time(at(NOW)));
    let named = |identities: &[Identity<'_>], initiator, responder| {
        let octets = sealed(&PskOutline { identities, ..outline }, &TGK);
        decoded(&octets).from_to(initiator, responder).err()
    };
    assert_eq!(named(&names, ALICE, BOB), None);
    assert_eq!(named(&names, BOB, ALICE), Some(Error::Initiator));
    assert_eq!(named(&names, ALICE, ALICE), Some(Error::Responder));
    assert_eq!(named(&names[..1], ALICE, BOB), Some(Error::Responder));
    assert_eq!(named(&[], ALICE, BOB), Some(Error::Initiator));
}

#[test]
fn a_pre_shared_key_that_cancels_itself_is_refused() {
    let (k, other) = ([0x11; 32], [0x22; 32]);
    let derived = |psk: &[u8]| {
        let derivation = Derivation { prf: Prf::HmacSha256, csb_id: 1, rand: &[7; 16] };
        derivation.key::<16>(KeyUse::MessageAuthentication, psk, 0xff).map(|key| *key)
    };
    for psk in [&k[..16], &k, &[k, other].concat(), &[&k[..], &other[..8]].concat()] {
        assert_ne!(derived(psk).expect("a key"), [0; 16]);
    }
    let padded = [&[0x11; 20][..], &[0; 12], &[0x11; 20]].concat();
    for psk in [[k, k].concat(), [k, other, other, k].concat(), [other, k, k].concat(), padded] {
        assert_eq!(derived(&psk), Err(Error::PreSharedKey));
    }
}

#[test]
fn sessions_get_what_is_transported_or_derived() {
    let derivation = psk_outline(Timestamp::Counter(0));
    let derivation =
        Derivation { prf: derivation.prf, csb_id: derivation.csb_id, rand: derivation.rand };
    let data = |kind, salt| KeyData { salt, ..KeyData::new(kind, &[2; 16]) };
    let tek = derivation.key::<16>(KeyUse::Tek, &[2; 16], 3).expect("a key");
    let salt = derivation.key::<12>(KeyUse::Salt, &[2; 16], 3).expect("a salt");
    for kind in [KeyKind::Tgk, KeyKind::Gtgk] {
        assert_eq!(data(kind, None).master_key(&derivation, 3), Ok(tek.clone()));
        assert_eq!(data(kind, None).master_salt(&derivation, 3), Ok(salt.clone()));
        let salted = data(kind, Some(&[4; 12]));
        assert_eq!(salted.master_key(&derivation, 3), Ok(tek.clone()));
        assert_eq!(*salted.master_salt::<12>(&derivation, 3).expect("a salt"), [4; 12]);
        assert_eq!(salted.master_salt::<14>(&derivation, 3).err(), Some(Error::Length));
    }
    let tek = data(KeyKind::Tek, Some(&[4; 14]));
    assert_eq!(*tek.master_key::<16>(&derivation, 3).expect("a key"), [2; 16]);
    assert_eq!(tek.master_key::<32>(&derivation, 3).err(), Some(Error::Length));
    assert_eq!(*tek.master_salt::<14>(&derivation, 3).expect("a salt"), [4; 14]);
    let unsalted = data(KeyKind::Tek, None);
    assert_eq!(unsalted.master_salt::<14>(&derivation, 3).err(), Some(Error::Missing));
    let mpk = data(KeyKind::Mpk, None);
    assert_eq!(mpk.master_key::<16>(&derivation, 3).err(), Some(Error::Value));
    assert_eq!(mpk.master_salt::<14>(&derivation, 3).err(), Some(Error::Value));
}

/// A message under the pre-shared key with these keys.
fn sealed(outline: &PskOutline<'_>, keys: &[KeyData<'_>]) -> Vec<u8> {
    outline.seal(&PSK, keys).expect("sealed")
}

/// The message, opened with this key at NOW by a receiver with an empty cache.
fn opened<'a>(message: &PskMessage<'a>, psk: &[u8]) -> Result<OpenedPsk<'a>, Error> {
    let cache = &mut MemoryCache::new(1);
    message.check_fresh(&clock(NOW), cache)?.authenticate(psk, cache)
}

fn decoded(octets: &[u8]) -> PskMessage<'_> {
    PskMessage::decode(octets).expect("a message")
}

const TGK: [KeyData<'static>; 1] = [KeyData::new(KeyKind::Tgk, &[2; 16])];

#[test]
fn every_kind_of_key_data_arrives() {
    let kinds = [KeyKind::Tgk, KeyKind::Tek, KeyKind::Gtgk, KeyKind::Mpk];
    let salts = [None, Some([4; 14].as_slice()), Some(&[])];
    let validities = [
        Validity::Unlimited,
        Validity::Spi(&[1, 2, 3, 4]),
        Validity::Interval { from: &[0; 6], to: &[255; 6] },
    ];
    let mut sent = Vec::new();
    for kind in kinds {
        for salt in salts {
            for validity in validities {
                if kind != KeyKind::Mpk || salt.is_none() {
                    sent.push(KeyData { kind, key: &[2; 16], salt, validity });
                }
            }
        }
    }
    let outline = psk_outline(Timestamp::from_time(at(NOW)));
    let octets = sealed(&outline, &sent);
    let opened = opened(&decoded(&octets), &PSK).expect("opened");
    assert_eq!(opened.key_data().count(), sent.len());
    for (received, sent) in opened.key_data().zip(&sent) {
        assert_eq!((received.kind, received.key), (sent.kind, sent.key));
        assert!(received.salt == sent.salt && received.validity == sent.validity);
    }
    let seal = |key: KeyData<'_>| outline.seal(&PSK, &[key]).err();
    let mpk = KeyData { salt: Some(&[1]), ..KeyData::new(KeyKind::Mpk, &[1]) };
    assert_eq!(seal(mpk), Some(Error::Value));
    assert_eq!(seal(KeyData::new(KeyKind::Tgk, &[])), Some(Error::Length));
    assert_eq!(seal(KeyData::new(KeyKind::Tgk, &[0; 65_532])), Some(Error::Length));
    assert_eq!(outline.seal(&PSK, &[]).err(), Some(Error::Length));
}

#[test]
fn a_pre_shared_key_message_is_accepted_once() {
    let octets = sealed(&psk_outline(Timestamp::from_time(at(NOW))), &TGK);
    let mut cache = MemoryCache::new(1);
    let mut open = |psk: &[u8], now| {
        let fresh = PskMessage::decode(&octets)?.check_fresh(&clock(now), &cache)?;
        fresh.authenticate(psk, &mut cache).map(drop)
    };
    assert_eq!(open(&[7; 16], NOW), Err(Error::Mac));
    assert_eq!(open(&PSK, NOW - 301), Err(Error::Stale));
    assert_eq!(open(&PSK, NOW), Ok(()));
    assert_eq!(open(&PSK, NOW), Err(Error::Replayed));
    assert_eq!(decoded(&octets).check_counter(None).err(), Some(Error::TimestampType));

    let octets = sealed(&psk_outline(Timestamp::Counter(7)), &TGK);
    let message = decoded(&octets);
    for (last, accepted) in [(None, true), (Some(6), true), (Some(7), false), (Some(8), false)] {
        let opened = message
            .check_counter(last)
            .and_then(|fresh| fresh.authenticate(&PSK, &mut MemoryCache::new(0)));
        assert_eq!(opened.err(), (!accepted).then_some(Error::Stale));
    }
    let fresh = message.check_fresh(&clock(NOW), &MemoryCache::new(1));
    assert_eq!(fresh.err(), Some(Error::TimestampType));
}

#[test]
fn a_signed_message_is_verified_before_it_opens() {
    let domain = home();
    let key = domain.signing_key(ALICE, NOW);
    let names = [Identity::uri(ALICE)];
    let outline = psk_outline(Timestamp::from_time(at(NOW)));
    let outline = PskOutline { identities: &names, ..outline };
    let signed = outline
        .seal_for_signature(&PSK, &TGK)
        .and_then(|unsigned| unsigned.sign(&key, &mut rng()))
        .expect("signed");
    assert_eq!(PskMessage::decode(&signed).err(), Some(Error::Payload));
    let message = SignedPskMessage::decode(&signed).expect("a message");
    assert_eq!((message.csb_id(), message.timestamp()), (outline.csb_id, outline.timestamp));
    assert!(message.identities().eq(names));
    let cache = &mut MemoryCache::new(1);
    for (other, error) in [(BOB, Error::Signature), (ALICE, Error::Replayed)] {
        if other == ALICE {
            let fresh =
                message.verify(&domain.kms.user(ALICE), &clock(NOW), cache).expect("verified");
            let opened = fresh.authenticate(&PSK, cache).expect("opened");
            assert_eq!(opened.key_data().next().expect("a key").key, [2; 16]);
        }
        let refused = message.verify(&domain.kms.user(other), &clock(NOW), cache);
        assert_eq!(refused.err(), Some(error));
    }
    let late = message.verify(&domain.kms.user(ALICE), &clock(NOW + 301), cache);
    assert_eq!(late.err(), Some(Error::Stale));
    // A receiver can accept a message from any member of the group by name.
    assert!(opened(&message.without_its_signature(), &PSK).is_ok());

    let unsigned = sealed(&outline, &TGK);
    assert_eq!(SignedPskMessage::decode(&unsigned).err(), Some(Error::Missing));
    let counted = psk_outline(Timestamp::Counter(7));
    let counted = counted.seal_for_signature(&PSK, &TGK).expect("sealed");
    let counted = counted.sign(&key, &mut rng()).expect("signed");
    let counted = SignedPskMessage::decode(&counted).expect("a message");
    let refused = counted.verify(&domain.kms.user(ALICE), &clock(NOW), cache);
    assert_eq!(refused.err(), Some(Error::TimestampType));
}

#[test]
fn a_signed_message_takes_the_room_of_its_signer() {
    let domain = home();
    let cache = &mut MemoryCache::new(10).with_quota(1);
    let mut received = |from: &str, time| {
        let outline = psk_outline(Timestamp::from_time(at(time)));
        let signed = outline
            .seal_for_signature(&PSK, &TGK)
            .and_then(|unsigned| unsigned.sign(&domain.signing_key(from, NOW), &mut rng()));
        SignedPskMessage::decode(&signed.expect("signed"))
            .and_then(|message| message.verify(&domain.kms.user(from), &clock(NOW), cache))
            .and_then(|fresh| fresh.authenticate(&PSK, cache))
            .err()
    };
    assert_eq!(received(ALICE, NOW), None);
    assert_eq!(received(ALICE, NOW + 1), Some(Error::Quota));
    assert_eq!(received(BOB, NOW + 2), None, "under the same key");
}

#[test]
fn a_pre_shared_key_has_16_octets_at_least() {
    let outline = PskOutline { v: true, ..psk_outline(Timestamp::from_time(at(NOW))) };
    for len in [0, 1, 15, 16, 17, 32, 65] {
        let psk: Vec<u8> = (3..).take(len).collect();
        let expected = if len < MIN_PSK { Err(Error::PreSharedKey) } else { Ok(()) };
        assert_eq!(outline.seal(&psk, &TGK).map(drop), expected, "{len}");
        assert_eq!(outline.seal_for_signature(&psk, &TGK).map(drop), expected, "{len}");
        // A short key neither opens a message nor checks an answer.
        let used = if len < MIN_PSK { PSK.as_slice() } else { &psk };
        let octets = outline.seal(used, &TGK).expect("a message");
        let message = decoded(&octets);
        assert_eq!(opened(&message, &psk).map(drop), expected, "{len}");
        let opened = opened(&message, used).expect("opened");
        let answer = opened.verification(None, b"a", b"b").expect("an answer");
        assert_eq!(verify_response(&answer, &message, &psk, b"a", b"b"), expected, "{len}");
    }
}

#[test]
fn a_verification_message_answers_one_message() {
    let timestamp = Timestamp::from_time(at(NOW));
    let outline = PskOutline { v: true, ..psk_outline(timestamp) };
    let sent = sealed(&outline, &TGK);
    let sent = decoded(&sent);
    assert!(sent.v());
    let answer = |identity| {
        let opened = opened(&sent, &PSK).expect("opened");
        opened.verification(identity, b"initiator", b"responder").expect("an answer")
    };
    let check = |octets: &[u8], psk: &[u8], initiator: &[u8], responder: &[u8]| {
        verify_response(octets, &sent, psk, initiator, responder)
    };
    for identity in [None, Some(Identity::uri(b"responder".as_slice()))] {
        let octets = answer(identity);
        assert!(!Message::decode(&octets).expect("a message").header().v, "it asks for nothing");
        assert_eq!(check(&octets, &PSK, b"initiator", b"responder"), Ok(()));
        assert_eq!(check(&octets, &[7; 16], b"initiator", b"responder"), Err(Error::Mac));
        assert_eq!(check(&octets, &PSK, b"another", b"responder"), Err(Error::Mac));
        let error = if identity.is_some() { Error::Responder } else { Error::Mac };
        assert_eq!(check(&octets, &PSK, b"initiator", b"another"), Err(error));
        for place in 0..octets.len() {
            let mut altered = octets.clone();
            altered[place] ^= 1;
            assert!(check(&altered, &PSK, b"initiator", b"responder").is_err(), "octet {place}");
        }
    }
    // The answer does not fit another message.
    let octets = answer(None);
    let others = [
        (PskOutline { timestamp: Timestamp::from_time(at(NOW + 1)), ..outline }, Error::Value),
        (PskOutline { csb_id: 1, ..outline }, Error::Value),
        (PskOutline { prf: Prf::HmacSha1, ..outline }, Error::Suite),
        (PskOutline { rand: &[4; 16], ..outline }, Error::Mac),
    ];
    for (outline, error) in others {
        let other = sealed(&outline, &TGK);
        let refused = verify_response(&octets, &decoded(&other), &PSK, b"initiator", b"responder");
        assert_eq!(refused, Err(error));
    }
    assert_eq!(check(sent.as_bytes(), &PSK, b"", b""), Err(Error::MessageType));
}

#[test]
fn a_verification_message_has_its_payloads_and_no_others() {
    let timestamp = Timestamp::from_time(at(NOW));
    let sent = sealed(&PskOutline { v: true, ..psk_outline(timestamp) }, &TGK);
    let sent = decoded(&sent);
    let header = Header { message_type: MessageType::Verification, ..*sent.message().header() };
    let t = Payload::Timestamp(timestamp);
    let id = Payload::Identity(Identity::uri(b"responder".as_slice()));
    let v = Payload::Verification(Mac::HmacSha256(&[0; 32]));
    let sha1 = Payload::Verification(Mac::HmacSha1(&[0; 20]));
    let cases: [(&[Payload<'_>], Error); 11] = [
        (&[t, v], Error::Mac),
        (&[t, id, v], Error::Mac),
        (&[t], Error::Missing),
        (&[v], Error::Missing),
        (&[], Error::Missing),
        (&[t, t, v], Error::Repeated),
        (&[t, id, id, v], Error::Repeated),
        (&[t, v, id], Error::Payload),
        (&[t, v, v], Error::Payload),
        (&[t, Payload::Rand(&[3; 16]), v], Error::Payload),
        (&[t, sha1], Error::Suite),
    ];
    for (payloads, error) in cases {
        let mut builder = Builder::new(&header).expect("a header");
        payloads.iter().try_for_each(|payload| builder.push(payload)).expect("payloads");
        let octets = builder.finish();
        let refused = verify_response(&octets, &sent, &PSK, b"initiator", b"responder");
        assert_eq!(refused, Err(error), "{payloads:?}");
    }
}
