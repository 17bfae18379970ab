//! What a KMS gives away under a generator that repeats itself or is known: nothing of KSAK.

use core::convert::Infallible;

use eccsi_sakke::eccsi::{KmsSecretKey, SigningKey};
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::{FieldBytes, Scalar};
use rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};

const ALICE: &[u8] = b"2026-11\0tel:+447700900123\0";
const BOB: &[u8] = b"2026-11\0tel:+447700900456\0";

/// A generator that is in the same state whenever it is asked: a snapshot that is restored each time.
struct Snapshot([u8; 32]);

impl TryRng for Snapshot {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes([self.0[0]; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes([self.0[0]; 8]))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for (octet, repeated) in out.iter_mut().zip(self.0.iter().cycle()) {
            *octet = *repeated;
        }
        Ok(())
    }
}

impl TryCryptoRng for Snapshot {}

const FRESH: [u8; 32] = [0x5a; 32];

fn kms(octet: u8) -> KmsSecretKey {
    KmsSecretKey::try_from(&[octet; 32]).expect("in range")
}

fn issued(kms: &KmsSecretKey, id: &[u8]) -> SigningKey {
    kms.issue(&mut Snapshot(FRESH), id).expect("a key")
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

/// KSAK of two keys that have one v: v = (SSK₁ − SSK₂)/(HS₁ − HS₂), KSAK = SSK₁ − HS₁·v.
fn by_division(kms: &KmsSecretKey, of: [(&[u8], &SigningKey); 2]) -> [u8; 32] {
    let [(ssk_1, hs_1), (ssk_2, hs_2)] = of.map(|(id, key)| (scalar(&key.ssk()), hs(kms, id, key)));
    let v = (ssk_1 - ssk_2) * inverse(hs_1 - hs_2);
    (ssk_1 - hs_1 * v).to_repr().into()
}

/// KSAK of one key whose v is known: KSAK = SSK − HS·v.
fn by_knowledge(kms: &KmsSecretKey, id: &[u8], key: &SigningKey, v: &[u8; 32]) -> [u8; 32] {
    (scalar(&key.ssk()) - hs(kms, id, key) * scalar(v)).to_repr().into()
}

/// v = (SSK − KSAK)/HS, as the KMS itself may compute it.
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
fn two_kms_never_share_a_v() {
    let [one, other] = [0x4b, 0x4c].map(kms);
    assert_ne!(issued(&one, ALICE).pvt(), issued(&other, ALICE).pvt());
}

#[test]
fn the_same_octets_for_the_same_identifier_give_the_same_key() {
    let kms = kms(0x4b);
    let (first, again) = (issued(&kms, ALICE), issued(&kms, ALICE));
    assert_eq!((first.ssk(), first.pvt()), (again.ssk(), again.pvt()));
    let fresh = kms.issue(&mut Snapshot([0x5b; 32]), ALICE).expect("a key");
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
