//! TS 33.180: secret are the 16 octets of every key, and what is derived from them.

use std::hint::black_box;

use eccsi_sakke::UserUri;
use eccsi_sakke::mikey::Expected;
use eccsi_sakke::mission_critical::{
    Anonymous, CsId, Delivery, Error, Group, GroupSession, Hiding, Key, KeyId, KeyParameters,
    ParametersHeader, Purpose, Reception, SealedParameters, SessionDelivery, SessionKey,
    SessionReception, derive,
};
use subtle::ConstantTimeEq;

use crate::client::secret;
use crate::mikey::{Domain, clock, now};
use crate::store::store;
use crate::{Run, is_public, is_secret, secret_rng};

const GMS: &str = "sip:gms@example.org";
const USER: &str = "sip:alice@example.org";
const GROUP: &[u8] = b"sip:group@example.org";
const RAND: [u8; 16] = [0x61; 16];
const NONCE: [u8; 16] = [0x62; 16];

fn key(purpose: Purpose) -> Key {
    let id = KeyId::new(purpose, 0x0123_4567);
    Key::new(id, secret([0x71; 16]).into(), RAND).expect("a key")
}

fn parameters(purpose: Purpose) -> KeyParameters {
    let group = Group::new(GROUP);
    KeyParameters { groups: vec![group], ..KeyParameters::new(purpose) }
}

pub fn operations(run: &mut Run) {
    derived(run);
    sealed(run);
    let domain = Domain::new();
    delivered(run, &domain);
    private(run, &domain);
    in_session(run, &domain);
}

fn derived(run: &mut Run) {
    run.wanted("Key::generate", || {
        let key = Key::generate(Purpose::Gmk, &mut secret_rng(30));
        is_secret(key.secret().as_bytes());
        is_public(&key.id().to_bytes());
    });
    let gmk = key(Purpose::Gmk);
    run.wanted("Key::user_id, from_message, mki", || {
        let guk_id = gmk.user_id(UserUri(USER)).expect("a URI");
        is_public(&guk_id.to_bytes());
        is_public(gmk.mki(guk_id).as_ref());
        let again = Key::from_message(guk_id, gmk.secret().clone(), &RAND, UserUri(USER));
        let again = again.expect("a URI");
        assert_eq!(again.id(), gmk.id());
    });
    run.wanted("Key::srtp", || {
        let keys = gmk.srtp(gmk.id(), CsId::MCPTT_GROUP).expect("derived");
        is_secret(keys.master_key.as_slice());
        is_secret(keys.master_salt.as_slice());
    });
    run.wanted("Key::payload_cipher_key", || {
        is_secret(gmk.payload_cipher_key(gmk.id()).expect("derived").as_slice());
    });
    run.wanted("Key::signalling_keys", || {
        for purpose in [Purpose::Csk, Purpose::Spk] {
            let keys = key(purpose).signalling_keys(UserUri(USER)).expect("derived");
            is_secret(keys.confidentiality.as_slice());
            is_secret(keys.integrity.as_slice());
        }
    });
    run.wanted("derive, of 32 octets", || {
        let from = secret([0x77; 32]);
        is_public(&derive::user_salt(&from, UserUri(USER)).expect("derived").to_be_bytes());
        is_secret(
            derive::confidentiality_key(&from, UserUri(USER), 1).expect("derived").as_slice(),
        );
        is_secret(derive::integrity_key(&from, UserUri(USER), 1).expect("derived").as_slice());
        is_secret(derive::payload_cipher_key(&from, 1).expect("derived").as_slice());
    });
    run.wanted("Key: ct_eq, clone, drop", || {
        black_box(gmk.ct_eq(&gmk.clone()));
    });
}

fn sealed(run: &mut Run) {
    let gmk = key(Purpose::Gmk);
    let header = ParametersHeader::new(1, NONCE, gmk.id().value());
    let mut octets = Vec::new();
    run.wanted("ParametersHeader::seal, hedged", || {
        let hedged = header.hedged(&parameters(Purpose::Gmk), gmk.secret()).expect("a nonce");
        is_public(&hedged.nonce);
        octets = header.seal(&parameters(Purpose::Gmk), gmk.secret()).expect("sealed");
        is_public(&octets);
    });
    let sealed = SealedParameters::decode(&octets).expect("decoded");
    run.wanted("SealedParameters::open, open_octets", || {
        assert!(sealed.open(gmk.secret()).expect("opened").names(GROUP));
        is_secret(&sealed.open_octets(gmk.secret()).expect("opened"));
    });
    run.wanted("SealedParameters::open, refused", || {
        let other = secret([0x78; 16]).into();
        assert_eq!(sealed.open(&other).err(), Some(Error::Sealed));
    });
}

/// A GMK with parameters, sent to a member and to the sender itself.
fn delivered(run: &mut Run, domain: &Domain) {
    let (gmk, parameters) = (key(Purpose::Gmk), parameters(Purpose::Gmk));
    let (from, to) = (domain.kms.user(GMS), domain.kms.user(USER));
    let signing_key = domain.signing_key(GMS);
    let mut octets = Vec::new();
    run.wanted("Delivery::message", || {
        let delivery = Delivery {
            cs_ids: &[CsId::MCPTT_GROUP],
            parameters: Some(&parameters),
            to_self: true,
            ..Delivery::new(from, to, now())
        };
        octets = delivery.message(&gmk, &signing_key, &mut secret_rng(31)).expect("made");
        is_public(&octets);
    });
    let reception = Reception::new(Expected::new(from, to), clock());
    let receiver_key = domain.receiver_key(USER);
    run.wanted("Reception::gmk, Received::srtp", || {
        let received =
            reception.gmk(&octets, GROUP, &mut store(), &receiver_key).expect("received");
        is_secret(received.key().secret().as_bytes());
        is_public(&received.key().id().to_bytes());
        let keys = received.srtp(CsId::MCPTT_GROUP, now()).expect("derived");
        is_secret(keys.master_key.as_slice());
        let keys = received.srtp_of(received.user_id(), CsId::MCPTT_GROUP, now()).expect("derived");
        is_secret(keys.master_salt.as_slice());
    });
    run.wanted("Reception::to_self", || {
        let own = domain.receiver_key(GMS);
        let received =
            reception.to_self(Purpose::Gmk, &octets, &mut store(), &own).expect("received");
        is_secret(received.key().secret().as_bytes());
    });
}

/// A PCK from a user who hides, and keys without parameters.
fn private(run: &mut Run, domain: &Domain) {
    let (from, to) = (domain.kms.user(GMS), domain.kms.user(USER));
    let (signing_key, receiver_key) = (domain.signing_key(GMS), domain.receiver_key(USER));
    let message = |purpose, initiator| {
        let hiding = Hiding { initiator, responder: false };
        let delivery = Delivery { hiding, ..Delivery::new(from, to, now()) };
        delivery.message(&key(purpose), &signing_key, &mut secret_rng(32)).expect("made")
    };
    let reception = Reception::new(Expected::new(from, to), clock());
    run.wanted("Reception::pck, csk, musik", || {
        let pck = message(Purpose::Pck, false);
        let received = reception.pck(&pck, &mut store(), &receiver_key).expect("received");
        is_secret(received.key().secret().as_bytes());
        let csk = message(Purpose::Csk, false);
        let received = reception.csk(&csk, &mut store(), &receiver_key).expect("received");
        is_secret(
            received.key().signalling_keys(UserUri(USER)).expect("derived").integrity.as_slice(),
        );
        let musik = message(Purpose::MuSik, false);
        let received = reception.musik(&musik, &mut store(), &receiver_key).expect("received");
        is_secret(received.key().secret().as_bytes());
    });
    run.wanted("Anonymous::receive, reveal", || {
        let pck = message(Purpose::Pck, true);
        let store = &mut store();
        let anonymous = Anonymous::receive(Purpose::Pck, &pck, (&domain.kms, to), &clock(), store);
        let received = anonymous.and_then(|message| message.reveal(GMS, store, &receiver_key));
        is_secret(received.expect("received").key().secret().as_bytes());
    });
}

/// A GSK under a GMK, sent by a member to the group.
fn in_session(run: &mut Run, domain: &Domain) {
    let (gms, user) = (domain.kms.user(GMS), domain.kms.user(USER));
    let parameters = parameters(Purpose::Gmk);
    let delivery = Delivery { parameters: Some(&parameters), ..Delivery::new(gms, user, now()) };
    let gms_key = domain.signing_key(GMS);
    let octets = delivery.message(&key(Purpose::Gmk), &gms_key, &mut secret_rng(33)).expect("made");
    let (store, receiver_key) = (&mut store(), domain.receiver_key(USER));
    let reception = Reception::new(Expected::new(gms, user), clock());
    let gmk = reception.gmk(&octets, GROUP, store, &receiver_key).expect("received");

    let (delivery, signing_key) = (SessionDelivery::new(user, now()), domain.signing_key(USER));
    let mut signed = Vec::new();
    run.wanted("GroupSession::generate, srtp, SessionDelivery::message", || {
        let session = GroupSession::generate(&gmk, now(), &mut secret_rng(34)).expect("made");
        is_secret(session.key().secret().as_bytes());
        is_public(session.rand());
        let keys = session.srtp(CsId::MCPTT_GROUP, now()).expect("derived");
        is_secret(keys.master_key.as_slice());
        is_secret(keys.master_salt.as_slice());
        signed = delivery.message(&session, &gmk, &signing_key, &mut secret_rng(35)).expect("made");
        is_public(&signed);
    });
    let tek = SessionKey::tek(&secret([0x79; 16]).into(), &secret([0x7a; 12]));
    let mut unsigned = Vec::new();
    run.wanted("SessionKey::tek, SessionDelivery::message_without_signature", || {
        let session = GroupSession::new(&tek, &gmk, now(), RAND).expect("made");
        is_public(session.rand());
        unsigned = delivery.message_without_signature(&session, &gmk).expect("made");
        is_public(&unsigned);
    });
    let reception = SessionReception::new(GMS, GROUP, clock());
    run.wanted("SessionReception::gsk, GroupSession::srtp", || {
        let session = reception.gsk(&signed, &user, store).expect("received");
        is_secret(session.key().secret().as_bytes());
        is_secret(session.srtp(CsId::MCPTT_GROUP, now()).expect("derived").master_key.as_slice());
    });
    run.wanted("SessionReception::gsk_of_any_member, SessionKey: ct_eq", || {
        let session = reception.gsk_of_any_member(&unsigned, store).expect("received");
        is_secret(session.key().salt().expect("a salt"));
        black_box(session.key().ct_eq(&tek));
        let keys = session.srtp(CsId::MCPTT_GROUP, now()).expect("derived");
        is_secret(keys.master_salt.as_slice());
    });
}
