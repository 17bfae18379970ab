//! The operations, each of which drops everything that it makes, and the controls.

pub mod kms;
pub mod messages;
pub mod stored;

use std::collections::HashMap;
use std::fmt::Debug;
use std::hint::black_box;
use std::io::Read;

use eccsi_sakke::{Error, Identifier, eccsi, sakke};
use rand_core::{CryptoRng, Rng};
use zeroize::Zeroizing;

use crate::blocks;
use crate::forms::{Kind, Needle};
use crate::masked::Masked;
use crate::scan::{Found, Needles, search};
use crate::testing;

pub const ID: &[u8] = b"2011-02\0tel:+447700900123\0";
pub const UID: &[u8] = ID;
pub const MESSAGE: &[u8] = b"message";

pub const SEED_KSAK: u64 = 1;
pub const SEED_V: u64 = 2;
pub const SEED_SIGN: u64 = 3;
pub const SEED_Z: u64 = 4;
/// The seed of the SSV.
pub const SEED_SSV: u64 = 5;
pub const SEED_TGK: u64 = 7;

/// The first octets that are drawn. They are computed, so that the program doesn't contain them.
pub fn drawn<const N: usize>(seed: u64) -> [u8; N] {
    let mut out = [0; N];
    rng(seed).fill_bytes(&mut out);
    out
}

pub fn rng(mut seed: u64) -> impl CryptoRng {
    testing::filled_by(move |out| out.fill_with(|| black_box(testing::next(&mut seed))))
}

/// The output of `derive` for the cases.
pub struct Inputs(HashMap<String, Masked>);

impl Inputs {
    fn plain<const N: usize>(&self, name: &str) -> Zeroizing<[u8; N]> {
        self.0[name].plain()
    }

    fn ksak(&self) -> Result<eccsi::KmsSecretKey, Error> {
        eccsi::KmsSecretKey::try_from(&*self.plain::<32>("ksak"))
    }

    fn kpak(&self) -> eccsi::KmsPublicKey {
        eccsi::KmsPublicKey::try_from(&*self.plain::<65>("kpak")).expect("a point")
    }

    fn signer(&self) -> Result<eccsi::SigningKey, Error> {
        let (ssk, pvt) = (self.plain::<32>("ssk"), self.plain::<65>("pvt"));
        eccsi::SigningKey::new(&ssk[..], &pvt[..], ID, &self.kpak())
    }

    fn z(&self) -> Result<sakke::KmsSecretKey, Error> {
        sakke::KmsSecretKey::try_from(&*self.plain::<128>("z"))
    }

    fn public(&self) -> sakke::KmsPublicKey {
        sakke::KmsPublicKey::try_from(&*self.plain::<257>("Z")).expect("a point")
    }

    fn receiver(&self) -> Result<sakke::ReceiverKey, Error> {
        let rsk = self.plain::<257>("rsk");
        sakke::ReceiverKey::new(&rsk[..], &ids()[0], &self.public())
    }

    fn ssv(&self) -> sakke::SharedSecret {
        sakke::SharedSecret::from(&*self.plain::<16>("ssv"))
    }

    fn sealed(&self) -> sakke::Encapsulation {
        sakke::Encapsulation::try_from(&*self.plain::<273>("sealed")).expect("a point")
    }
}

/// The value of a result, left in its place. To move a secret out would leave a copy behind, which would be this
/// program's fault.
fn good<T, E: Debug>(result: &Result<T, E>) -> &T {
    black_box(result).as_ref().expect("right inputs")
}

/// Nine identifiers, which make a batch of eight and one alone.
fn ids() -> [Identifier; 9] {
    let id = |i| {
        if i == 0 {
            Identifier::try_from(UID)
        } else {
            Identifier::try_from(format!("2011-02\0tel:+44770090{i:04}\0").as_bytes())
        }
    };
    std::array::from_fn(|i| id(i).expect("an identifier"))
}

type Case = fn(&Inputs);

const CASES: &[(&str, Case)] = &[
    ("nothing", |inputs| {
        // The cases themselves do this with their inputs.
        for (name, octets) in &inputs.0 {
            match name.as_str() {
                "ksak" | "ssk" | "trk" | "set-ssk" => drop(octets.plain::<32>()),
                "z" => drop(octets.plain::<128>()),
                "rsk" | "set-rsk" => drop(octets.plain::<257>()),
                "ssv" | "psk" | "tgk" => drop(octets.plain::<16>()),
                _ => {}
            }
        }
    }),
    ("control: octets on the stack", |inputs| {
        let mut copy = [0u8; 32];
        copy.copy_from_slice(&inputs.plain::<32>("ksak")[..]);
        black_box(&copy);
    }),
    ("control: limbs on the stack", |inputs| {
        let mut copy = [0u8; 128];
        copy.copy_from_slice(&inputs.plain::<128>("z")[..]);
        copy.reverse();
        black_box(&copy);
    }),
    ("control: a freed block", |inputs| {
        let mut block = Box::new([0u8; 64]);
        block[48..].copy_from_slice(&inputs.plain::<16>("ssv")[..]);
        drop(black_box(block));
    }),
    (KEPT, |_| {}),
    ("eccsi::KmsSecretKey::generate", |_| {
        good(&eccsi::KmsSecretKey::generate(&mut rng(SEED_KSAK)));
    }),
    ("eccsi::KmsSecretKey::try_from", |inputs| _ = good(&inputs.ksak())),
    ("eccsi::KmsSecretKey::issue", |inputs| {
        good(&good(&inputs.ksak()).issue(&mut rng(SEED_V), ID));
    }),
    ("eccsi::SigningKey::new", |inputs| _ = good(&inputs.signer())),
    ("eccsi::SigningKey::sign", |inputs| {
        good(&good(&inputs.signer()).sign(&mut rng(SEED_SIGN), MESSAGE));
    }),
    ("eccsi::SigningKey::sign_unverified", |inputs| {
        good(&good(&inputs.signer()).sign_unverified(&mut rng(SEED_SIGN), &[MESSAGE]));
    }),
    ("eccsi::PreparedKmsPublicKey::signing_key", |inputs| {
        let (ssk, pvt) = (inputs.plain::<32>("ssk"), inputs.plain::<65>("pvt"));
        good(&inputs.kpak().prepare().signing_key(&ssk[..], &pvt[..], ID));
    }),
    ("sakke::KmsSecretKey::generate", |_| {
        good(&sakke::KmsSecretKey::generate(&mut rng(SEED_Z)));
    }),
    ("sakke::KmsSecretKey::try_from", |inputs| _ = good(&inputs.z())),
    ("sakke::KmsSecretKey::extract", |inputs| {
        good(&good(&inputs.z()).extract(&ids()[0]));
    }),
    ("sakke::KmsSecretKey::extract_all", |inputs| {
        good(&good(&inputs.z()).extract_all(&ids()));
    }),
    ("sakke::ReceiverKey::new", |inputs| _ = good(&inputs.receiver())),
    ("sakke::ReceiverKey::new, refused", |inputs| {
        let rsk = inputs.plain::<257>("rsk");
        let refused = sakke::ReceiverKey::new(&rsk[..], &ids()[1], &inputs.public());
        assert_eq!(refused.as_ref().err(), Some(&Error::KeyMismatch));
    }),
    ("sakke::ReceiverKey::decapsulate", |inputs| {
        good(&good(&inputs.receiver()).decapsulate(&inputs.sealed()));
    }),
    ("sakke::ReceiverKey::decapsulate, refused", |inputs| {
        // Except for one bit, this is still unmasked to the SSV.
        let mut sealed = inputs.sealed().to_bytes();
        sealed[272] ^= 1;
        let sealed = sakke::Encapsulation::try_from(&sealed).expect("a point");
        let refused = good(&inputs.receiver()).decapsulate(&sealed);
        assert_eq!(refused.as_ref().err(), Some(&Error::Rejected));
    }),
    ("sakke::ReceiverKey::decapsulate_either", |inputs| {
        good(&good(&inputs.receiver()).decapsulate_either(&inputs.sealed()));
    }),
    ("to_bytes of every secret key", |inputs| {
        black_box(&good(&inputs.ksak()).to_bytes());
        black_box(&good(&inputs.signer()).ssk());
        black_box(&good(&inputs.z()).to_bytes());
        black_box(&good(&inputs.receiver()).to_bytes());
    }),
    (PREPARE, |_| {}),
    ("sakke::PreparedReceiverKey::decapsulate", |inputs| {
        let receiver = inputs.receiver();
        good(&good(&good(&receiver).prepare()).decapsulate(&inputs.sealed()));
    }),
    ("sakke::PreparedReceiverKey::decapsulate_either", |inputs| {
        let receiver = inputs.receiver();
        good(&good(&good(&receiver).prepare()).decapsulate_either(&inputs.sealed()));
    }),
    ("sakke::Recipient::is_read_alike", |inputs| {
        let recipient = inputs.public().recipient(&ids()[0]);
        black_box(good(&recipient).is_read_alike(&inputs.ssv()));
    }),
    ("sakke::Recipient::encapsulate", |inputs| {
        let recipient = inputs.public().recipient(&ids()[0]);
        good(&good(&recipient).encapsulate(&inputs.ssv()));
    }),
    ("sakke::PreparedRecipient::encapsulate", |inputs| {
        let recipient = inputs.public().recipient(&ids()[0]);
        good(&good(&recipient).prepare().encapsulate(&inputs.ssv()));
    }),
    ("sakke::PreparedKmsPublicKey::encapsulate", |inputs| {
        good(&inputs.public().prepare().encapsulate(&ids()[0], &inputs.ssv()));
    }),
    ("sakke::PreparedKmsPublicKey::encapsulate_to_all", |inputs| {
        good(&inputs.public().prepare().encapsulate_to_all(&ids(), &inputs.ssv()));
    }),
    ("sakke::PreparedKmsPublicKey::encapsulate_each", |inputs| {
        // The pairs are made in place, on the heap.
        let each: Vec<_> = ids().iter().map(|id| (*id, inputs.ssv())).collect();
        good(&inputs.public().prepare().encapsulate_each(&each));
    }),
];

const PREPARE: &str = "sakke::ReceiverKey::prepare";
const KEPT: &str = "control: a prepared key that is kept";

fn all() -> impl Iterator<Item = &'static (&'static str, Case)> {
    CASES.iter().chain(messages::CASES).chain(kms::CASES).chain(stored::CASES)
}

pub fn names() -> impl Iterator<Item = &'static str> {
    all().map(|(name, _)| *name)
}

/// Runs one case on a stack of its own, below a frame that keeps what the case leaves from being overwritten.
pub fn run(name: &str) -> Found {
    const STACK: usize = 8 << 20;
    let (inputs, mut needles) = derived();
    let (case_name, case) = *all().find(|case| case.0 == name).expect("a case");
    blocks::keep_freed_blocks();
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        let here = 0u8;
        let top = (&raw const here).addr();
        below(|| {
            case(&inputs);
            if [PREPARE, KEPT].contains(&case_name) {
                prepare(&inputs, &mut needles, case_name == KEPT);
            }
        });
        search(&needles, &(top - STACK..top + (64 << 10)))
    });
    thread.expect("started").join().expect("ended")
}

/// Searches for the prepared key's own octets, without those of the public comb in it.
fn prepare(inputs: &Inputs, needles: &mut Needles, keeps: bool) {
    let recipient = inputs.public().recipient(&ids()[0]).expect("a recipient");
    let (public, of_public) = blocks::kept_by(|| recipient.prepare());
    let receiver = inputs.receiver();
    let (prepared, samples) = blocks::kept_by(|| good(&receiver).prepare());
    let is_public = |sample: &Needle| of_public.iter().any(|other| other.octets == sample.octets);
    let secret: Vec<_> = samples.into_iter().filter(|sample| !is_public(sample)).collect();
    assert!(secret.len() > 1000, "{} samples of a prepared key", secret.len());
    secret.into_iter().for_each(|sample| needles.add(sample));
    good(&prepared);
    black_box(&public);
    if keeps {
        std::mem::forget(prepared);
    }
}

#[inline(never)]
fn below(f: impl FnOnce()) {
    let pad = black_box([0u8; 256 << 10]);
    f();
    black_box(&pad);
}

fn derived() -> (Inputs, Needles) {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).expect("what derive printed");
    let (mut inputs, mut needles) = (HashMap::new(), Vec::new());
    for line in text.lines() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["input", name, hex] => _ = inputs.insert(name.to_owned(), Masked::from_hex(hex)),
            [kind, hex] => {
                let kind = if kind == "octets" { Kind::Octets } else { Kind::Words };
                needles.push(Needle { kind, octets: Masked::from_hex(hex) });
            }
            _ => panic!("a line of derive: {line}"),
        }
    }
    assert!(needles.len() > 1000, "{} needles", needles.len());
    (Inputs(inputs), Needles::new(needles))
}
