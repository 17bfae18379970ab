//! Domains, their users, the stores of the users, and the simplest messages between them.

use eccsi_sakke::mikey::psk::PskOutline;
use eccsi_sakke::mikey::{
    Clock, CsIdMap, Expected, IdScheme, Identity, Kms, MemoryCache, Outline, Prf, Role, Timestamp,
    User,
};
use eccsi_sakke::mission_critical::{
    CsId, Delivery, Error, Group, Key, KeyParameters, MemoryStore, Purpose, Received, Reception,
    Validity, in_force,
};
use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
use getrandom::SysRng;
use getrandom::rand_core::{Rng, UnwrapErr};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use subtle::ConstantTimeEq;

/// The number of seconds by which clocks may differ.
pub const SKEW: u32 = 300;

/// The length of a key period of the home domain: thirty days.
pub const PERIOD: u64 = 2_592_000;

/// A pre-shared key.
pub const PSK: [u8; 16] = [1; 16];

pub fn at(seconds: u64) -> NtpTime {
    NtpTime::from_seconds(seconds)
}

pub fn clock(now: u64) -> Clock {
    Clock { now: at(now), skew: SKEW }
}

pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

pub fn random() -> [u8; 16] {
    let mut octets = [0; 16];
    rng().fill_bytes(&mut octets);
    octets
}

/// A KMS with its secret keys.
pub struct Domain {
    pub kms: Kms,
    sign: eccsi::KmsSecretKey,
    enc: sakke::KmsSecretKey,
}

/// The domain of most tests.
pub fn home() -> Domain {
    Domain::with_uids("kms.example.org", PERIOD, 0)
}

impl Domain {
    pub fn new(uri: &str, scheme: IdScheme) -> Self {
        Self::with_z(uri, scheme, sakke::KmsSecretKey::generate(&mut rng()).expect("a key"))
    }

    pub fn with_z(uri: &str, scheme: IdScheme, enc: sakke::KmsSecretKey) -> Self {
        let sign = eccsi::KmsSecretKey::generate(&mut rng()).expect("a key");
        let kms = Kms::new(uri, scheme, *sign.public_key(), *enc.public_key());
        Self { kms, sign, enc }
    }

    pub fn with_uids(uri: &str, period: u64, offset: u64) -> Self {
        let periods = KeyPeriods::new(period).and_then(|periods| periods.with_offset(offset));
        Self::new(uri, IdScheme::Uid(periods.expect("periods")))
    }

    /// The user's key for the period that contains `time`.
    pub fn signing_key(&self, uri: &str, time: u64) -> eccsi::SigningKey {
        let id = self.kms.user(uri).identifier(at(time)).expect("an identifier");
        self.sign.issue(&mut rng(), id).expect("a key")
    }

    /// The user's key for the period that contains `time`.
    pub fn receiver_key(&self, uri: &str, time: u64) -> sakke::ReceiverKey {
        let id = self.kms.user(uri).identifier(at(time)).expect("an identifier");
        self.enc.extract(&id).expect("a key")
    }

    /// A secret that is encapsulated to a user for the period that contains `time`.
    pub fn encapsulation(
        &self,
        uri: &str,
        time: u64,
        secret: &sakke::SharedSecret,
    ) -> sakke::Encapsulation {
        let id = self.kms.user(uri).identifier(at(time)).expect("an identifier");
        let encapsulation = self.kms.z().recipient(&id).and_then(|to| to.encapsulate(secret));
        encapsulation.expect("encapsulated")
    }

    /// The identities in a message between two users of the domain.
    pub fn identities<'a>(&'a self, from: &'a str, to: &'a str) -> [(Role, Identity<'a>); 4] {
        [
            (Role::Initiator, Identity::uri(from)),
            (Role::Responder, Identity::uri(to)),
            (Role::InitiatorKms, Identity::uri(self.kms.uri())),
            (Role::ResponderKms, Identity::uri(self.kms.uri())),
        ]
    }

    /// A PCK or CSK from one user to another, and its message.
    pub fn call(&self, purpose: Purpose, from: &str, to: &str, time: u64) -> (Key, Vec<u8>) {
        let key = Key::generate(purpose, &mut rng());
        let delivery = Delivery::new(self.kms.user(from), self.kms.user(to), at(time));
        let octets = delivery.message(&key, &self.signing_key(from, time), &mut rng());
        (key, octets.expect("a message"))
    }
}

/// An I_MESSAGE without any optional content.
pub fn outline(encapsulation: &sakke::Encapsulation, time: u64) -> Outline<'_> {
    Outline {
        prf: Prf::HmacSha256,
        csb_id: 5,
        map: CsIdMap::Empty,
        timestamp: Timestamp::from_time(at(time)),
        rand: &[9; 16],
        identities: &[],
        policies: &[],
        id_scheme: 2,
        encapsulation,
        extensions: &[],
    }
}

/// A pre-shared-key message without any optional content.
pub fn psk_outline(timestamp: Timestamp) -> PskOutline<'static> {
    PskOutline {
        prf: Prf::HmacSha256,
        v: false,
        csb_id: 0x0123_4567,
        map: CsIdMap::Empty,
        timestamp,
        rand: &[3; 16],
        identities: &[],
        policies: &[],
    }
}

/// One of the messages, which may be cut short and have other octets.
pub fn altered(messages: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let changes = vec((any::<Index>(), prop_oneof![Just(0xff), any::<u8>()]), 0..6);
    let parts = (select(messages), option::of(any::<Index>()), changes);
    parts.prop_map(|(mut octets, cut, changes)| {
        octets.truncate(cut.map_or(octets.len(), |cut| cut.index(octets.len() + 1)));
        for (at, value) in changes {
            if !octets.is_empty() {
                let at = at.index(octets.len());
                octets[at] = value;
            }
        }
        octets
    })
}

/// An empty store.
pub fn store() -> MemoryStore {
    MemoryStore::new(MemoryCache::new(100), 100)
}

/// A user who receives keys: its receiver keys for several periods, and its store.
pub struct Client<'a> {
    pub domain: &'a Domain,
    pub uri: &'a str,
    pub keys: Vec<sakke::ReceiverKey>,
    pub store: MemoryStore,
}

impl<'a> Client<'a> {
    /// A client with the key for the period that contains `time`.
    pub fn new(domain: &'a Domain, uri: &'a str, time: u64) -> Self {
        Self { domain, uri, keys: vec![domain.receiver_key(uri, time)], store: store() }
    }

    pub fn user(&self) -> User<'a> {
        self.domain.kms.user(self.uri)
    }

    pub fn reception(&self, from: User<'a>, now: u64) -> Reception<'a> {
        Reception::new(Expected::new(from, self.user()), clock(now))
    }

    /// Receives a group key from the GMS of the group.
    pub fn gmk(
        &mut self,
        gms: User<'a>,
        group: &[u8],
        octets: &[u8],
        now: u64,
    ) -> Result<Received, Error> {
        let reception = self.reception(gms, now);
        reception.gmk(octets, group, &mut self.store, self.keys.as_slice())
    }

    /// The group key to send with.
    pub fn in_force(&self, gms: &str, group: &[u8], now: u64) -> Option<&Received> {
        let keys: Vec<_> = self.store.of_group(gms, group).collect();
        let validities: Vec<Validity> = keys.iter().map(|key| key.validity()).collect();
        Some(keys[in_force(&validities, at(now))?])
    }
}

/// A group key at its GMS, with its parameters.
pub struct GroupKey {
    pub key: Key,
    pub parameters: KeyParameters,
}

impl GroupKey {
    pub fn new(group: &[u8]) -> Self {
        let group = Group::new(group);
        let parameters = KeyParameters { groups: vec![group], ..KeyParameters::new(Purpose::Gmk) };
        Self { key: Key::generate(Purpose::Gmk, &mut rng()), parameters }
    }

    /// The message for a member.
    pub fn message(
        &self,
        from: User<'_>,
        signing_key: &eccsi::SigningKey,
        to: User<'_>,
        time: u64,
    ) -> Vec<u8> {
        let delivery = Delivery {
            cs_ids: &[CsId::MCPTT_GROUP],
            parameters: Some(&self.parameters),
            ..Delivery::new(from, to, at(time))
        };
        // The key may belong to another user than the sender.
        let unsigned = delivery.unsigned(&self.key, &mut rng()).expect("a message");
        let signature = signing_key.sign(&mut rng(), unsigned.to_be_signed()).expect("signed");
        [unsigned.to_be_signed(), signature.as_ref()].concat()
    }
}

pub fn equal(one: &Key, other: &Key) -> bool {
    one.ct_eq(other).into()
}
