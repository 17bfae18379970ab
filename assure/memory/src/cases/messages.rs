//! MIKEY and the mission-critical keys: pre-shared keys and what they carry, what is derived from a GMK, and messages
//! that bring a GMK.

use std::hint::black_box;

use eccsi_sakke::mikey::psk::{KeyData, KeyKind, PskMessage, PskOutline, verify_response};
use eccsi_sakke::mikey::{
    Clock, CsIdMap, Derivation, Expected, IdScheme, KeyUse, Kms, MemoryCache, Prf, Timestamp, User,
};
use eccsi_sakke::mission_critical::{
    CsId, Delivery, Error, Group, GroupSession, Key, KeyId, KeyParameters, MemoryStore,
    ParametersHeader, Purpose, Received, Reception, SealedParameters, SessionDelivery, SessionKey,
    SessionReception,
};
use eccsi_sakke::{NtpTime, UserUri, eccsi, sakke};

use super::{Case, Inputs, SEED_SIGN, SEED_SSV, SEED_TGK, good, rng};
use crate::store::store;

pub const RAND: [u8; 16] = [0x61; 16];
pub const CS_ID: CsId = CsId::MCPTT_GROUP;
/// The URI in the identifier to which the keys of the cases belong.
pub const USER: &str = "tel:+447700900123";
pub const GROUP: &[u8] = b"sip:group@example.org";

/// A time in February 2011, the month of the identifier.
pub fn now() -> NtpTime {
    NtpTime::from_unix(1_297_728_000)
}

pub fn clock() -> Clock {
    Clock { now: now(), skew: 300 }
}

pub fn kms(kpak: &eccsi::KmsPublicKey, z: &sakke::KmsPublicKey) -> Kms {
    Kms::new("kms", IdScheme::TelMonthly, *kpak, *z)
}

pub fn key_id(purpose: Purpose) -> KeyId {
    KeyId::new(purpose, 0x0123_4567)
}

pub fn outline(prf: Prf) -> PskOutline<'static> {
    PskOutline {
        prf,
        v: true,
        csb_id: 1,
        map: CsIdMap::Empty,
        timestamp: Timestamp::from_time(now()),
        rand: &RAND,
        identities: &[],
        policies: &[],
    }
}

pub fn parameters() -> KeyParameters {
    let group = Group::new(GROUP);
    KeyParameters { groups: vec![group], ..KeyParameters::new(Purpose::Gmk) }
}

pub fn header(id: KeyId) -> ParametersHeader {
    ParametersHeader::new(1, [0x62; 16], id.value())
}

pub fn delivery<'a>(user: User<'a>, parameters: &'a KeyParameters) -> Delivery<'a> {
    Delivery { cs_ids: &[CS_ID], parameters: Some(parameters), ..Delivery::new(user, user, now()) }
}

/// The TGK as a GSK under the GMK.
pub fn session(tgk: &[u8; 16], gmk: &Received) -> Result<GroupSession, Error> {
    GroupSession::new(&SessionKey::tgk(&tgk.into()), gmk, now(), RAND)
}

pub fn session_delivery(user: User<'_>) -> SessionDelivery<'_> {
    SessionDelivery { cs_ids: &[CS_ID], ..SessionDelivery::new(user, now()) }
}

impl Inputs {
    pub(super) fn octets(&self, name: &str) -> Vec<u8> {
        self.0[name].to_vec()
    }

    fn kms(&self) -> Kms {
        kms(&self.kpak(), &self.public())
    }

    /// The SSV as a key of this purpose.
    pub(super) fn key(&self, purpose: Purpose) -> Key {
        Key::new(key_id(purpose), self.ssv(), RAND).expect("a key")
    }
}

/// 64 blocks, which are more than a cipher encrypts at once.
const MANY: usize = 100;

fn seal(inputs: &Inputs, prf: Prf, keys: usize) {
    // Both are not returned as a pair, because they would be moved into it.
    let psk = inputs.plain::<16>("psk");
    let tgk = inputs.plain::<16>("tgk");
    let keys = vec![KeyData::new(KeyKind::Tgk, &tgk[..]); keys];
    good(&outline(prf).hedged_rand(&psk[..], &keys));
    good(&outline(prf).seal(&psk[..], &keys));
}

fn authenticate(inputs: &Inputs, prf: Prf, message: &str) {
    let octets = inputs.octets(message);
    let mut cache = MemoryCache::new(1);
    let fresh = PskMessage::decode(&octets).and_then(|m| m.check_fresh(&clock(), &cache));
    // It contains nothing secret, so it may be moved.
    let opened = fresh.expect("fresh").authenticate(&inputs.plain::<16>("psk")[..], &mut cache);
    let opened = good(&opened);
    good(&opened.verification(None, b"initiator", b"responder"));
    let key = opened.key_data().next().expect("a key").key;
    let session = Derivation { prf, csb_id: 1, rand: &RAND };
    good(&session.key::<16>(KeyUse::Tek, key, CS_ID.number()));
    good(&session.key::<14>(KeyUse::Salt, key, CS_ID.number()));
}

fn verify(inputs: &Inputs, sent: &str, answer: &str) {
    let (sent, answer) = (inputs.octets(sent), inputs.octets(answer));
    let sent = PskMessage::decode(&sent);
    let psk = inputs.plain::<16>("psk");
    good(&verify_response(&answer, good(&sent), &psk[..], b"initiator", b"responder"));
}

/// The steps of a member with the GMK that it received.
fn with_gmk(inputs: &Inputs, then: impl FnOnce(User<'_>, &Received, &mut MemoryStore)) {
    let (kms, octets, mut store) = (inputs.kms(), inputs.octets("delivery"), store());
    let user = kms.user(USER);
    let receiver = inputs.receiver();
    let reception = Reception::new(Expected::new(user, user), clock());
    let gmk = reception.gmk(&octets, GROUP, &mut store, good(&receiver));
    then(user, good(&gmk), &mut store);
}

pub const CASES: &[(&str, Case)] = &[
    ("mikey::PskOutline::seal, SHA-1", |inputs| seal(inputs, Prf::HmacSha1, 1)),
    ("mikey::PskOutline::seal, SHA-1, many keys", |inputs| seal(inputs, Prf::HmacSha1, MANY)),
    ("mikey::PskOutline::seal, SHA-256", |inputs| seal(inputs, Prf::HmacSha256, 1)),
    ("mikey::PskOutline::seal, SHA-256, many keys", |inputs| seal(inputs, Prf::HmacSha256, MANY)),
    ("mikey::FreshPsk::authenticate, Derivation::key, SHA-1", |inputs| {
        authenticate(inputs, Prf::HmacSha1, "of-psk-sha-1");
    }),
    ("mikey::FreshPsk::authenticate, Derivation::key, SHA-256", |inputs| {
        authenticate(inputs, Prf::HmacSha256, "of-psk-sha-256");
    }),
    ("mikey::verify_response, SHA-1", |inputs| verify(inputs, "of-psk-sha-1", "answer-sha-1")),
    ("mikey::verify_response, SHA-256", |inputs| {
        verify(inputs, "of-psk-sha-256", "answer-sha-256");
    }),
    ("mission_critical::Key::generate", |_| {
        black_box(&Key::generate(Purpose::Gmk, &mut rng(SEED_SSV)));
    }),
    ("mission_critical::Key::srtp, payload_cipher_key, user_id", |inputs| {
        let gmk = inputs.key(Purpose::Gmk);
        good(&gmk.srtp(gmk.id(), CS_ID));
        good(&gmk.payload_cipher_key(gmk.id()));
        good(&gmk.user_id(UserUri(USER)));
    }),
    ("mission_critical::Key::from_message", |inputs| {
        good(&Key::from_message(key_id(Purpose::Gmk), inputs.ssv(), &RAND, UserUri(USER)));
    }),
    ("mission_critical::Key::signalling_keys", |inputs| {
        good(&inputs.key(Purpose::Csk).signalling_keys(UserUri(USER)));
    }),
    ("mission_critical::ParametersHeader::seal", |inputs| {
        good(&header(key_id(Purpose::Gmk)).hedged(&parameters(), &inputs.ssv()));
        good(&header(key_id(Purpose::Gmk)).seal(&parameters(), &inputs.ssv()));
    }),
    ("mission_critical::ParametersHeader::seal, many groups", |inputs| {
        let groups = vec![parameters().groups[0].clone(); MANY];
        let parameters = KeyParameters { groups, ..parameters() };
        good(&header(key_id(Purpose::Gmk)).seal(&parameters, &inputs.ssv()));
    }),
    ("mission_critical::SealedParameters::open", |inputs| {
        let octets = inputs.octets("parameters");
        let sealed = SealedParameters::decode(&octets);
        good(&good(&sealed).open(&inputs.ssv()));
    }),
    ("mission_critical::Delivery::message", |inputs| {
        let (kms, said) = (inputs.kms(), parameters());
        let (signer, key) = (inputs.signer(), inputs.key(Purpose::Gmk));
        good(&delivery(kms.user(USER), &said).message(&key, good(&signer), &mut rng(SEED_SIGN)));
    }),
    ("mission_critical::Reception::gmk, Received::srtp", |inputs| {
        let (kms, octets) = (inputs.kms(), inputs.octets("delivery"));
        let expected = Expected::new(kms.user(USER), kms.user(USER));
        let reception = Reception::new(expected, clock());
        let mut store = store();
        let receiver = inputs.receiver();
        let received = reception.gmk(&octets, GROUP, &mut store, good(&receiver));
        good(&good(&received).srtp(CS_ID, now()));
    }),
    ("mission_critical::GroupSession::generate", |inputs| {
        with_gmk(inputs, |_, gmk, _| {
            good(&GroupSession::generate(gmk, now(), &mut rng(SEED_TGK)));
        });
    }),
    ("mission_critical::SessionDelivery::message, GroupSession::srtp", |inputs| {
        with_gmk(inputs, |user, gmk, _| {
            let session = session(&inputs.plain::<16>("tgk"), gmk);
            let (session, signer) = (good(&session), inputs.signer());
            let delivery = session_delivery(user);
            good(&delivery.message(session, gmk, good(&signer), &mut rng(SEED_SIGN)));
            good(&delivery.message_without_signature(session, gmk));
            good(&session.srtp(CS_ID, now()));
        });
    }),
    ("mission_critical::SessionReception::gsk, GroupSession::srtp", |inputs| {
        with_gmk(inputs, |user, _, store| {
            let octets = inputs.octets("session");
            let reception = SessionReception::new(USER, GROUP, clock());
            good(&good(&reception.gsk(&octets, &user, store)).srtp(CS_ID, now()));
        });
    }),
    ("mission_critical::SessionReception::gsk_of_any_member", |inputs| {
        with_gmk(inputs, |_, _, store| {
            let reception = SessionReception::new(USER, GROUP, clock());
            good(&reception.gsk_of_any_member(&inputs.octets("session"), store));
        });
    }),
];
