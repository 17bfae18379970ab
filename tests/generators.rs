//! A generator that repeats itself or is known gives nothing away, neither about KSAK nor about the content of two
//! messages.

#[path = "../src/random/testing.rs"]
mod testing;

use eccsi_sakke::eccsi::{KmsSecretKey, Signature, SigningKey};
use eccsi_sakke::mikey::psk::{KeyData, KeyKind, PskMessage, PskOutline};
use eccsi_sakke::mikey::{
    self, CsIdMap, Extension, IMessage, IdScheme, Kms, MemoryCache, Prf, Timestamp,
};
use eccsi_sakke::mission_critical::{
    Delivery, Key, KeyId, KeyParameters, ParametersHeader, Purpose, SealedParameters,
};
use eccsi_sakke::{KeyPeriods, NtpTime, sakke};
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::{FieldBytes, Scalar};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use testing::repeating;

const ALICE: &[u8] = b"2026-11\0tel:+447700900123\0";
const BOB: &[u8] = b"2026-11\0tel:+447700900456\0";

/// A generator that is always in the same state, as if it were restored from a snapshot before each use.
fn snapshot() -> impl CryptoRng {
    repeating(0x5a)
}

/// The octets that it gives.
const FRESH: [u8; 32] = [0x5a; 32];

fn kms(octet: u8) -> KmsSecretKey {
    KmsSecretKey::try_from(&[octet; 32]).expect("in range")
}

fn issued(kms: &KmsSecretKey, id: &[u8]) -> SigningKey {
    kms.issue(&mut snapshot(), id).expect("a key")
}

fn scalar(octets: &[u8; 32]) -> Scalar {
    Scalar::reduce(&FieldBytes::from(*octets))
}

fn inverse(scalar: Scalar) -> Scalar {
    scalar.invert().into_option().expect("not 0")
}

/// HS = SHA-256( G ‖ KPAK ‖ ID ‖ PVT ), modulo q.
fn hs(kms: &KmsSecretKey, id: &[u8], key: &SigningKey) -> Scalar {
    let mut one = [0; 32];
    one[31] = 1;
    let g = KmsSecretKey::try_from(&one).expect("in range").public_key().to_bytes();
    let hash = Sha256::new().chain_update(g).chain_update(kms.public_key().to_bytes());
    scalar(&hash.chain_update(id).chain_update(key.pvt()).finalize().into())
}

/// KSAK from two keys with the same v: v = (SSK₁ − SSK₂)/(HS₁ − HS₂), KSAK = SSK₁ − HS₁·v.
fn by_division(kms: &KmsSecretKey, of: [(&[u8], &SigningKey); 2]) -> [u8; 32] {
    let [(ssk_1, hs_1), (ssk_2, hs_2)] = of.map(|(id, key)| (scalar(&key.ssk()), hs(kms, id, key)));
    let v = (ssk_1 - ssk_2) * inverse(hs_1 - hs_2);
    (ssk_1 - hs_1 * v).to_repr().into()
}

/// KSAK from one key whose v is known: KSAK = SSK − HS·v.
fn by_knowledge(kms: &KmsSecretKey, id: &[u8], key: &SigningKey, v: &[u8; 32]) -> [u8; 32] {
    (scalar(&key.ssk()) - hs(kms, id, key) * scalar(v)).to_repr().into()
}

/// v = (SSK − KSAK)/HS, which the KMS itself can compute.
fn v_of(kms: &KmsSecretKey, id: &[u8], key: &SigningKey) -> [u8; 32] {
    let v = (scalar(&key.ssk()) - scalar(&kms.to_bytes())) * inverse(hs(kms, id, key));
    v.to_repr().into()
}

#[test]
fn the_attacks_find_ksak_where_v_is_raw() {
    let kms = kms(0x4b);
    let [alice, bob] = [ALICE, BOB].map(|id| kms.issue_with_v(&FRESH, id).expect("a key"));
    assert_eq!(by_division(&kms, [(ALICE, &alice), (BOB, &bob)]), *kms.to_bytes());
    assert_eq!(by_knowledge(&kms, ALICE, &alice, &FRESH), *kms.to_bytes());
    assert_eq!(v_of(&kms, ALICE, &alice), FRESH);
}

#[test]
fn two_keys_of_a_repeating_generator_do_not_give_ksak() {
    let kms = kms(0x4b);
    let (alice, bob) = (issued(&kms, ALICE), issued(&kms, BOB));
    assert_ne!(by_division(&kms, [(ALICE, &alice), (BOB, &bob)]), *kms.to_bytes());
    assert_ne!(alice.pvt(), bob.pvt(), "another v for another identifier");
}

#[test]
fn one_key_of_a_known_generator_does_not_give_ksak() {
    let kms = kms(0x4b);
    let alice = issued(&kms, ALICE);
    assert_ne!(by_knowledge(&kms, ALICE, &alice, &FRESH), *kms.to_bytes());
}

#[test]
fn the_same_octets_for_the_same_identifier_give_the_same_key() {
    let kms = kms(0x4b);
    let (first, again) = (issued(&kms, ALICE), issued(&kms, ALICE));
    assert_eq!((first.ssk(), first.pvt()), (again.ssk(), again.pvt()));
    let fresh = kms.issue(&mut repeating(0x5b), ALICE).expect("a key");
    assert_ne!(first.pvt(), fresh.pvt(), "and other octets another");
}

/// HMAC-SHA-256 by its definition (RFC 2104), of a key of at most 64 octets.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(octet, key)| *octet ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

#[test]
fn v_is_the_stated_hmac() {
    for (octet, id) in [(0x4b, ALICE), (0x4b, BOB), (0x4c, ALICE), (0x4b, b""), (0x4b, &[7; 300])] {
        let kms = kms(octet);
        let input = [&kms.to_bytes()[..], &FRESH, &kms.public_key().to_bytes(), id, &[0]].concat();
        let v = hmac(b"v of RFC 6507 section 5.1.1, KMS", &input);
        assert_eq!(v_of(&kms, id, &issued(&kms, id)), v);
    }
}

/// Two deliveries of the same PCK with different parameters, under a generator that repeats itself.
#[test]
fn one_nonce_for_two_parameters_does_not_show_their_difference() {
    let kms = Kms::new(
        "kms.example.org",
        IdScheme::Uid(KeyPeriods::new(2_592_000).expect("a period")),
        *self::kms(0x4b).public_key(),
        *sakke::KmsSecretKey::try_from(&[0x25; 128]).expect("in range").public_key(),
    );
    let (alice, bob) = (kms.user("sip:alice@example.org"), kms.user("sip:bob@example.org"));
    let key = Key::new(KeyId::new(Purpose::Pck, 1), [7; 16].into(), [1; 16]).expect("a key");
    let signed = issued(&self::kms(0x4b), ALICE).sign(&mut snapshot(), b"another message");
    let signature: Signature = signed.expect("signed");
    let sealed = |text: &[u8]| {
        let parameters = KeyParameters { text: text.to_vec(), ..KeyParameters::new(Purpose::Pck) };
        let delivery = Delivery {
            parameters: Some(&parameters),
            ..Delivery::new(alice, bob, NtpTime::from_unix(1_800_000_000))
        };
        let unsigned = delivery.unsigned(&key, &mut snapshot()).expect("a message");
        let octets = [unsigned.to_be_signed(), signature.as_ref()].concat();
        let message = IMessage::decode(&octets).expect("decoded");
        let data =
            message.extensions().find(|extension| extension.kind == Extension::KEY_PARAMETERS);
        let data = data.expect("parameters").data.to_vec();
        let opened = SealedParameters::decode(&data).and_then(|sealed| sealed.open(key.secret()));
        assert_eq!(opened, Ok(parameters));
        data
    };
    let (attack, retreat) = (sealed(b"attack!"), sealed(b"retreat"));
    // With the same key stream, this would be the difference of the two texts.
    let difference = |at: usize| attack[at] ^ retreat[at];
    // The text stands behind the header, the content type and a length, and behind type, status, two times and a
    // length.
    let text = 35 + 17..35 + 24;
    let plain: Vec<u8> = b"attack!".iter().zip(b"retreat").map(|(a, b)| a ^ b).collect();
    assert_ne!(text.map(difference).collect::<Vec<_>>(), plain);
    assert_eq!(sealed(b"attack!"), attack, "the same again tells nobody anything");
}

const OUTLINE: PskOutline<'static> = PskOutline {
    prf: Prf::HmacSha256,
    v: false,
    csb_id: 1,
    map: CsIdMap::Empty,
    timestamp: Timestamp::Counter(1),
    rand: &[0x5a; 16],
    identities: &[],
    policies: &[],
};

/// Two pre-shared-key messages with the same RAND and T and with these keys of 16 octets.
fn messages(
    keys: [&[u8; 16]; 2],
    rand: impl Fn(&PskOutline<'_>, &[KeyData<'_>]) -> Vec<u8>,
) -> [Vec<u8>; 2] {
    keys.map(|key| {
        let keys = [KeyData::new(KeyKind::Tgk, key)];
        let rand = rand(&OUTLINE, &keys);
        let octets = PskOutline { rand: &rand, ..OUTLINE }.seal(&[9; 16], &keys).expect("sealed");
        let message = PskMessage::decode(&octets).and_then(|message| message.check_counter(None));
        let cache = &mut MemoryCache::new(1);
        let opened = message.and_then(|fresh| fresh.authenticate(&[9; 16], cache));
        assert_eq!(opened.expect("opened").key_data().next().expect("a key").key, key);
        octets
    })
}

/// The difference of the encrypted keys of two messages. They stand before a MAC of 32 octets and its algorithm.
fn difference([one, other]: &[Vec<u8>; 2]) -> Vec<u8> {
    let keys = |octets: &[u8]| octets[octets.len() - 49..octets.len() - 33].to_vec();
    keys(one).iter().zip(keys(other)).map(|(a, b)| a ^ b).collect()
}

#[test]
fn one_rand_for_two_keys_does_not_show_their_difference() {
    let keys = [&[0x11; 16], &[0x22; 16]];
    let raw = messages(keys, |outline, _| outline.rand.to_vec());
    assert_eq!(difference(&raw), [0x33; 16], "which it does where RAND is raw");
    let hedged = |outline: &PskOutline<'_>, keys: &[KeyData<'_>]| {
        outline.hedged_rand(&[9; 16], keys).expect("a RAND").to_vec()
    };
    assert_ne!(difference(&messages(keys, hedged)), [0x33; 16]);
    let [one, again] = messages([keys[0]; 2], hedged);
    assert_eq!(one, again, "the same again tells nobody anything");
}

#[test]
fn a_hedged_rand_is_the_stated_hmac() {
    let rands = [&[0x5a; 16][..], &[0x5a; 255]];
    for rand in rands {
        let outline = PskOutline { prf: Prf::HmacSha1, rand, ..OUTLINE };
        let keys = [KeyData::new(KeyKind::Tgk, &[0x11; 16])];
        // The payload is the last one and has a TGK of 16 octets, without a salt or a validity.
        let chain = [&[0, 0, 0, 16][..], &[0x11; 16]].concat();
        let length = u8::try_from(rand.len()).expect("short");
        let input = [b"RAND of RFC 3830 section 6.11", &[length][..], rand, &chain].concat();
        assert_eq!(outline.hedged_rand(&[9; 16], &keys), Ok(hmac(&[9; 16], &input)));
        assert_eq!(outline.hedged_rand(&[9; 16], &[]), Err(mikey::Error::Length));
        let long = PskOutline { rand: &[0; 256], ..outline };
        assert_eq!(long.hedged_rand(&[9; 16], &keys), Err(mikey::Error::Rand));
    }
}

#[test]
fn a_hedged_nonce_is_the_stated_hmac() {
    let secret = [7; 16].into();
    let parameters = KeyParameters { text: b"text".to_vec(), ..KeyParameters::new(Purpose::Pck) };
    let header = ParametersHeader::new(1_800_000_000, [0x5a; 16], 0x1000_0001);
    let hedged = header.hedged(&parameters, &secret).expect("a header");
    let id = KeyId::try_from(header.key_id).expect("a PCK");
    let key = Key::without_rand(id, secret.clone());
    let key = key.payload_cipher_key(key.id()).expect("a key");
    let sealed = header.seal(&parameters, &secret).expect("sealed");
    let input = [&sealed[..32], &parameters.encode().expect("octets")].concat();
    assert_eq!(hedged, ParametersHeader { nonce: hedged.nonce, ..header });
    assert_eq!(hedged.nonce, hmac(&*key, &input)[..16]);
}
