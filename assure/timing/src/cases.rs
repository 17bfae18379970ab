//! The operations, and which inputs of each are fixed or random.

use std::hint::black_box;

use eccsi_sakke::{Identifier, eccsi, hazmat, sakke};
use rand_core::CryptoRng;

use crate::clock::ticks;
use crate::points;
use crate::testing::filled_by;
use crate::welch;

/// One operation, whose secret is fixed in one class of measurements and random in the other.
pub struct Case {
    pub name: &'static str,
    /// Whether this is a control, which takes variable time.
    pub leaks: bool,
    /// The ticks of one run with a fixed or a random secret.
    run: Run,
}

impl Case {
    /// The t of `n` measurements.
    pub fn t(&mut self, n: usize) -> f64 {
        let mut rng = Rng::new();
        for _ in 0..n.div_ceil(100).min(200) {
            (self.run)(&mut rng, true);
        }
        let mut one = || {
            let fixed = rng.word() & 1 == 1;
            (fixed, (self.run)(&mut rng, fixed))
        };
        let measurements: Vec<_> = (0..n).map(|_| one()).collect();
        welch::largest(&measurements)
    }
}

/// SplitMix64, seeded from the clock, which is good enough for secrets that are thrown away.
pub struct Rng(u64);

impl Rng {
    fn new() -> Self {
        Self(std::time::UNIX_EPOCH.elapsed().expect("a time").as_nanos() as u64)
    }

    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn octets<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.word() as u8)
    }

    /// The value, or as many random octets with the top bits clear. Both are always made and copied.
    fn choose<const N: usize>(&mut self, fixed: bool, value: [u8; N]) -> [u8; N] {
        let mut random = self.octets::<N>();
        random[0] &= 0x1f;
        let mask = black_box(0u8.wrapping_sub(u8::from(fixed)));
        std::array::from_fn(|i| value[i] & mask | random[i] & !mask)
    }
}

/// A new generator.
fn fresh() -> impl CryptoRng {
    let mut rng = Rng::new();
    filled_by(move |out| out.fill_with(|| rng.word() as u8))
}

/// A generator that always gives the same value, which is the ephemeral of a measurement.
fn given(value: [u8; 32]) -> impl CryptoRng {
    filled_by(move |out| out.copy_from_slice(&value[..out.len()]))
}

const ID: &[u8] = b"2011-02\0tel:+447700900123\0";

/// A short secret, which variable time shows best.
fn small<const N: usize>(value: u8) -> [u8; N] {
    let mut octets = [0; N];
    octets[N - 1] = value;
    octets
}

pub fn all() -> Vec<Case> {
    let case = |name, run| Case { name, leaks: false, run };
    let control = |name, run| Case { name, leaks: true, run };
    vec![
        control("control: an exponent whose bits are branched on", branching()),
        control("control: a comparison with an early exit", early_exit()),
        control("control: a modulus that leaks, in a function of the crate", modulus()),
        case("eccsi::SigningKey::sign, j", sign()),
        case("eccsi::SigningKey::sign, SSK", sign_with_keys()),
        case("eccsi::SigningKey::new, SSK", signing_key()),
        case("sakke::KmsSecretKey::extract, z", extract()),
        case("sakke::Recipient::encapsulate, SSV", encapsulate()),
        case("sakke::PreparedKmsPublicKey::encapsulate, SSV", encapsulate_prepared()),
        case("sakke::ReceiverKey::decapsulate, RSK", decapsulate()),
        case("sakke::PreparedReceiverKey::decapsulate, SSV", decapsulate_prepared()),
        case("sakke::PreparedReceiverKey::decapsulate_either, w", decapsulate_either()),
    ]
}

type Run = Box<dyn FnMut(&mut Rng, bool) -> f64>;

fn branching() -> Run {
    Box::new(|rng, fixed| {
        let exponent: [u8; 32] = rng.choose(fixed, small(3));
        ticks(|| {
            let mut power = 1u64;
            for octet in exponent {
                for i in 0..8 {
                    power = black_box(power.wrapping_mul(power));
                    if black_box(octet >> i & 1) == 1 {
                        power = black_box(power.wrapping_mul(0x1234_5678_9abc_def1));
                    }
                }
            }
            power
        })
    })
}

fn early_exit() -> Run {
    Box::new(|rng, fixed| {
        let octets: [u8; 32] = rng.choose(fixed, [7; 32]);
        ticks(|| octets.iter().all(|octet| black_box(*octet) == 7))
    })
}

fn modulus() -> Run {
    Box::new(|rng, fixed| {
        let modulus: [u8; 128] = rng.choose(fixed, small(251));
        ticks(|| hazmat::hash_to_integer_range(b"s", &modulus))
    })
}

/// Short ephemerals against any others.
fn sign() -> Run {
    let kms = eccsi::KmsSecretKey::generate(&mut fresh()).expect("drawn");
    let key = kms.issue(&mut fresh(), ID).expect("issued");
    Box::new(move |rng, fixed| {
        let mut short = small(1);
        short[24..].copy_from_slice(&rng.octets::<8>());
        let mut j = given(rng.choose(fixed, short));
        ticks(|| key.sign(&mut j, b"message").expect("signed"))
    })
}

/// One key against others of the same KMS.
fn sign_with_keys() -> Run {
    let kms = eccsi::KmsSecretKey::generate(&mut fresh()).expect("drawn");
    let keys: Vec<_> = (0..256).map(|_| kms.issue(&mut fresh(), ID).expect("issued")).collect();
    Box::new(move |rng, fixed| {
        let number = rng.choose(fixed, [0, 1])[1];
        let key = keys[usize::from(number)].clone();
        let mut octets: [u8; 32] = rng.octets();
        octets[0] &= 0x7f;
        let mut j = given(octets);
        ticks(|| key.sign(&mut j, b"message").expect("signed"))
    })
}

fn signing_key() -> Run {
    let kms = eccsi::KmsSecretKey::generate(&mut fresh()).expect("drawn");
    let key = kms.issue(&mut fresh(), ID).expect("issued");
    let (pvt, kms) = (key.pvt(), *kms.public_key());
    Box::new(move |rng, fixed| {
        let ssk: [u8; 32] = rng.choose(fixed, small(1));
        // Every one of them is refused, and only by the equation.
        ticks(|| assert!(eccsi::SigningKey::new(ssk, pvt, ID, &kms).is_err()))
    })
}

fn id() -> Identifier {
    Identifier::try_from(ID).expect("an identifier")
}

fn extract() -> Run {
    Box::new(|rng, fixed| {
        let kms = sakke::KmsSecretKey::try_from(&rng.choose(fixed, small(2))).expect("in range");
        ticks(|| kms.extract(&id()).expect("extracted"))
    })
}

fn encapsulate() -> Run {
    let kms = sakke::KmsSecretKey::generate(&mut fresh()).expect("drawn");
    let recipient = kms.public_key().recipient(&id()).expect("a recipient");
    Box::new(move |rng, fixed| {
        let ssv = sakke::SharedSecret::from(rng.choose(fixed, [0; 16]));
        ticks(|| recipient.encapsulate(&ssv).expect("sealed"))
    })
}

fn encapsulate_prepared() -> Run {
    let kms = sakke::KmsSecretKey::generate(&mut fresh()).expect("drawn");
    let public = kms.public_key().prepare();
    Box::new(move |rng, fixed| {
        let ssv = sakke::SharedSecret::from(rng.choose(fixed, [0; 16]));
        ticks(|| public.encapsulate(&id(), &ssv).expect("sealed"))
    })
}

/// The keys of one identifier under two KMSs, one of which has a short z. The data come from a third KMS, and their R
/// have every order in turn.
fn decapsulate() -> Run {
    let keys: Vec<_> = [small(2), Rng::new().choose(false, [0; 128])]
        .map(|z| sakke::KmsSecretKey::try_from(&z).expect("in range"))
        .iter()
        .map(|kms| kms.extract(&id()).expect("extracted"))
        .collect();
    let kms = sakke::KmsSecretKey::generate(&mut fresh()).expect("drawn");
    let recipient = kms.public_key().recipient(&id()).expect("a recipient");
    let sealed = recipient.encapsulate(&[9; 16].into()).expect("sealed");
    let others = points::of_other_orders().map(|(_, r)| {
        let mut octets = sealed.to_bytes();
        octets[..r.len()].copy_from_slice(&r);
        sakke::Encapsulation::try_from(&octets).expect("a point")
    });
    let mut turns = [&[sealed], &others[..]].concat().into_iter().cycle();
    Box::new(move |_, fixed| {
        // Both classes use the same place.
        let key = keys[usize::from(fixed)].clone();
        let sealed = turns.next().expect("endless");
        ticks(|| assert!(key.decapsulate(&sealed).is_err()))
    })
}

fn decapsulate_prepared() -> Run {
    let kms = sakke::KmsSecretKey::generate(&mut fresh()).expect("drawn");
    let recipient = kms.public_key().recipient(&id()).expect("a recipient");
    let prepared = kms.extract(&id()).and_then(|key| key.prepare()).expect("prepared");
    Box::new(move |rng, fixed| {
        let ssv = sakke::SharedSecret::from(rng.choose(fixed, [0; 16]));
        let sealed = recipient.encapsulate(&ssv).expect("sealed");
        ticks(|| prepared.decapsulate(&sealed).expect("opened"))
    })
}

/// Data whose w begins with 00 against other data.
fn decapsulate_either() -> Run {
    let kms = sakke::KmsSecretKey::generate(&mut fresh()).expect("drawn");
    let recipient = kms.public_key().recipient(&id()).expect("a recipient");
    let prepared = kms.extract(&id()).and_then(|key| key.prepare()).expect("prepared");
    let mut secrets = (0..).map(|number: u128| sakke::SharedSecret::from(number.to_be_bytes()));
    let read_otherwise = secrets.find(|ssv| !recipient.is_read_alike(ssv)).expect("one of 256");
    let read_otherwise = *read_otherwise.as_bytes();
    Box::new(move |rng, fixed| {
        let ssv = sakke::SharedSecret::from(rng.choose(fixed, read_otherwise));
        let sealed = recipient.encapsulate(&ssv).expect("sealed");
        ticks(|| prepared.decapsulate_either(&sealed).expect("opened"))
    })
}
