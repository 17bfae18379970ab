//! The people who take part, their keys of every period, and all messages that were ever sent.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use eccsi_sakke::eccsi::SigningKey;
use eccsi_sakke::mikey::{IdScheme, Kms, User};
use eccsi_sakke::sakke::{PreparedReceiverKey, Recipient};
use eccsi_sakke::{Identifier, KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, sakke};

use super::sender::{Senders, Sent};
use crate::Rng;

/// The skew: the number of seconds by which T may differ from a receiver's clock.
pub const SKEW: u32 = 300;

/// The time when the first message is sent, an hour and a half before the 32-bit seconds of T wrap around.
pub const START: u64 = (1 << 32) - 5400;

/// The number of seconds from the first message to the last.
pub const SPAN: u64 = 10_800;

/// The groups, whose keys the GMS gives.
pub const GROUPS: [&[u8]; 3] =
    [b"sip:group-1@example.org", b"sip:group-2@example.org", b"sip:group-3@example.org"];

/// The KMS and the URI of each person. The last but one has the URI of another person under another KMS. The last is an
/// insider, who signs what she must not sign.
const PEOPLE: [(usize, &str); 8] = [
    (0, "sip:gms@example.org"),
    (0, "sip:server@example.org"),
    (0, "sip:alice@example.org"),
    (0, "sip:dave@example.org"),
    (1, "sip:bob@example.net"),
    (1, "sip:carol@example.net"),
    (1, "sip:alice@example.org"),
    (0, "sip:mallory@example.org"),
];
pub const GMS: usize = 0;
pub const SERVER: usize = 1;
pub const MALLORY: usize = PEOPLE.len() - 1;

pub fn at(seconds: u64) -> NtpTime {
    NtpTime::from_seconds(seconds)
}

/// A KMS with its secret keys.
struct Domain {
    kms: Kms,
    periods: KeyPeriods,
    sign: eccsi::KmsSecretKey,
    enc: sakke::KmsSecretKey,
}

impl Domain {
    fn new(uri: &str, periods: KeyPeriods, rng: &mut Rng) -> Self {
        let sign = eccsi::KmsSecretKey::generate(rng).expect("a key");
        let enc = sakke::KmsSecretKey::generate(rng).expect("a key");
        let kms = Kms::new(uri, IdScheme::Uid(periods), *sign.public_key(), *enc.public_key());
        Self { kms, periods, sign, enc }
    }
}

/// The keys of a person for one key period.
pub struct Keys {
    pub identifier: Identifier,
    pub signing: SigningKey,
    pub recipient: Recipient,
    /// It is made when it is first used.
    pub receiver: LazyLock<PreparedReceiverKey, Box<dyn Fn() -> PreparedReceiverKey + Send>>,
}

/// A user of a KMS.
pub struct Person {
    pub domain: usize,
    pub uri: &'static str,
    /// The keys, by the number of the key period.
    pub keys: BTreeMap<u64, Keys>,
}

/// Everything that exists before the life of the receivers begins.
pub struct World {
    domains: [Domain; 2],
    pub people: Vec<Person>,
    /// All messages, in the order of their times.
    pub sent: Vec<Sent>,
    /// The number of the message that has these octets without its signature.
    index: HashMap<Vec<u8>, usize>,
    /// The keys that the insider got from the GMS, by the CSB IDs of the messages under them.
    pub insiders: HashMap<u32, [u8; 16]>,
    /// The pre-shared keys of pairs of users, by the CSB IDs of their messages.
    pub pairs: BTreeMap<u32, ([usize; 2], [u8; 16])>,
}

impl World {
    /// A world in which `count` messages were sent. It is the same in every run.
    pub fn new(count: usize) -> Self {
        let mut rng = Rng(count as u64);
        let [hourly, others] = [(3600, 0), (3000, 777)].map(|(period, offset)| {
            let periods = KeyPeriods::new(period).and_then(|periods| periods.with_offset(offset));
            periods.expect("an offset below the period")
        });
        let domains = [
            Domain::new("kms.example.org", hourly, &mut rng),
            Domain::new("kms.example.net", others, &mut rng),
        ];
        let people =
            PEOPLE.map(|(domain, uri)| person(&domains[domain], domain, uri, &mut rng)).into();
        // No purpose has the tag 7, so these are not identifiers of keys.
        let pairs = [[2, 4], [3, 5], [6, 3]].map(|pair| (pair, super::sender::random(&mut rng)));
        let pairs = (0x7000_0000..).zip(pairs).collect();
        let mut world = Self {
            domains,
            people,
            sent: Vec::new(),
            index: HashMap::new(),
            insiders: HashMap::new(),
            pairs,
        };
        world.sent = Senders::new(&world, count, &mut rng).collect();
        world.index = world
            .sent
            .iter()
            .enumerate()
            .map(|(i, sent)| (sent.octets[..sent.covered()].to_vec(), i))
            .collect();
        assert_eq!(world.index.len(), count, "two messages are one");
        world.insiders = world.sent.iter().filter_map(Sent::group_key_of_the_insider).collect();
        world
    }

    pub fn kms(&self, person: usize) -> &Kms {
        &self.domains[self.people[person].domain].kms
    }

    pub fn user(&self, person: usize) -> User<'_> {
        self.kms(person).user(self.people[person].uri)
    }

    /// The key period of `time` for this user.
    pub fn period(&self, person: usize, time: u64) -> u64 {
        self.domains[self.people[person].domain].periods.number(at(time)).expect("a period")
    }

    /// The keys of this person for the period of `time`.
    pub fn keys(&self, person: usize, time: u64) -> &Keys {
        &self.people[person].keys[&self.period(person, time)]
    }

    /// The message that consists of these octets without its signature.
    pub fn find(&self, covered: &[u8]) -> Option<usize> {
        self.index.get(covered).copied()
    }
}

fn person(domain: &Domain, number: usize, uri: &'static str, rng: &mut Rng) -> Person {
    let mut keys = BTreeMap::new();
    let around = 2 * u64::from(SKEW);
    let [first, last] = [START - around, START + SPAN + around]
        .map(|time| domain.periods.number(at(time)).expect("a period"));
    for period in first..=last {
        let identifier =
            domain.periods.uid(UserUri(uri), KmsUri(domain.kms.uri()), period).expect("a UID");
        let receiver = domain.enc.extract(&identifier).expect("a key");
        let of_period = Keys {
            identifier,
            signing: domain.sign.issue(rng, identifier).expect("a key"),
            recipient: domain.kms.z().recipient(&identifier).expect("a recipient"),
            receiver: LazyLock::new(Box::new(move || receiver.prepare().expect("prepared"))),
        };
        keys.insert(period, of_period);
    }
    Person { domain: number, uri, keys }
}
