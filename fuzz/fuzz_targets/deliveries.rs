//! Messages of every shape, signed and encapsulated as they must be. Each is refused, or received once with the key
//! that was sent.

#![no_main]

use std::sync::LazyLock;

use eccsi_sakke::mikey::{
    Builder, Clock, CryptoSession, CsIdMap, Expected, Extension, Header, IMessage, IdScheme,
    Identity, Kms, MemoryCache, Payload, Role, SakkePayload, User,
};
use eccsi_sakke::mission_critical::{
    Anonymous, CsId, Error, Group, Key, KeyId, KeyParameters, MemoryStore, ParametersHeader,
    Purpose, Reception, SealedParameters, Status,
};
use eccsi_sakke::sakke::{Encapsulation, PreparedReceiverKey, SharedSecret};
use eccsi_sakke::{KeyPeriods, NtpTime, UserUri, eccsi, mikey, sakke};
use eccsi_sakke_fuzz::{Rng, attribute};
use libfuzzer_sys::fuzz_target;

const GMS: &str = "sip:gms@example.org";
const ALICE: &str = "sip:alice@example.org";
const GROUP: &[u8] = b"sip:group@example.org";
const SECRET: [u8; 16] = [7; 16];
const NOW: NtpTime = NtpTime::from_unix(1_800_000_000);

struct World {
    kms: Kms,
    signing_key: eccsi::SigningKey,
    /// The keys of Alice and of the GMS.
    keys: [PreparedReceiverKey; 2],
    encapsulations: [Encapsulation; 2],
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let sign = attribute("rfc6507-appendix-a", "KSAK");
    let sign = eccsi::KmsSecretKey::try_from(sign.as_slice()).expect("a key");
    let enc = attribute("rfc6508-appendix-a", "z");
    let enc = sakke::KmsSecretKey::try_from(enc.as_slice()).expect("a key");
    // One period contains all times.
    let scheme = IdScheme::Uid(KeyPeriods::new(u64::MAX).expect("a period"));
    let kms = Kms::new("kms.example.org", scheme, *sign.public_key(), *enc.public_key());
    let [alice, gms] = [ALICE, GMS].map(|uri| kms.user(uri).identifier(NOW).expect("a UID"));
    let keys =
        [alice, gms].map(|uid| enc.extract(&uid).and_then(|key| key.prepare()).expect("key"));
    let encapsulations = [alice, gms].map(|uid| {
        let recipient = kms.z().recipient(&uid).expect("a recipient");
        recipient.encapsulate(&SECRET.into()).expect("encapsulated")
    });
    let signing_key = sign.issue(&mut Rng(1), gms).expect("a key");
    World { kms, signing_key, keys, encapsulations }
});

fn empty() -> MemoryStore {
    MemoryStore::new(MemoryCache::new(1), 1)
}

/// Parameters that depend on the fields of a header.
fn parameters(header: &ParametersHeader, purpose: Purpose) -> KeyParameters {
    let has_groups = matches!(purpose, Purpose::Gmk | Purpose::Mkfc | Purpose::MuSik);
    let count = if has_groups { header.sequence % 3 } else { 0 };
    let group = |i| Group { element: i, identity: GROUP[usize::from(i)..].to_vec() };
    KeyParameters {
        status: Status(header.payload_id | 1),
        activation: (header.date != 0).then(|| NtpTime::from_unix(header.date)),
        groups: (0..count).map(group).collect(),
        ..KeyParameters::new(purpose)
    }
}

/// The message, rebuilt with the world's identities, encapsulations, SPIs, parameters and signature.
fn remade(message: &IMessage<'_>, key: &Key) -> Option<Vec<u8>> {
    let World { kms, signing_key, encapsulations, .. } = &*WORLD;
    let uid = |uri| kms.user(uri).identifier(NOW).expect("a UID");
    let (alice, gms) = (uid(ALICE), uid(GMS));
    let mki = key.mki(KeyId::try_from(message.csb_id()).ok()?);
    let sessions: Vec<CryptoSession<'_>>;
    let map = match message.map() {
        CsIdMap::GenericId(all) => {
            sessions = all
                .iter()
                .map(|session| match session.spi {
                    [] => session,
                    _ => CryptoSession { spi: mki.as_ref(), ..session },
                })
                .collect();
            CsIdMap::GenericId(sessions.as_slice().into())
        }
        map => *map,
    };
    let mut builder = Builder::new(&Header { map, ..*message.message().header() }).ok()?;
    for payload in message.message().payloads() {
        let (mut data, mut sealed) = (Vec::new(), Vec::new());
        let payload = match payload {
            Payload::Role(role, identity) => {
                let data = match role {
                    Role::Initiator => GMS.as_bytes(),
                    Role::Responder => ALICE.as_bytes(),
                    Role::InitiatorKms | Role::ResponderKms => kms.uri().as_bytes(),
                    Role::InitiatorUid => gms.as_bytes(),
                    Role::ResponderUid => alice.as_bytes(),
                    _ => identity.data,
                };
                Payload::Role(role, Identity { data, ..identity })
            }
            Payload::Sakke(sakke) => {
                let data = encapsulations[0].as_bytes();
                Payload::Sakke(SakkePayload { data, ..sakke })
            }
            Payload::Extension(Extension { kind: Extension::SAKKE_TO_SELF, data: found }) => {
                data.extend_from_slice(found);
                if let Some((_, own)) = data.split_at_mut_checked(5)
                    && let Ok(own) = <&mut [u8; 273]>::try_from(own)
                {
                    *own = encapsulations[1].to_bytes();
                }
                Payload::Extension(Extension { kind: Extension::SAKKE_TO_SELF, data: &data })
            }
            Payload::Extension(Extension { kind: Extension::KEY_PARAMETERS, data: found }) => {
                if let Ok(found) = SealedParameters::decode(found) {
                    let header = *found.header();
                    let header = ParametersHeader { key_id: message.csb_id(), ..header };
                    let parameters = parameters(&header, key.purpose());
                    sealed = header.seal(&parameters, key.secret()).expect("sealed");
                }
                let data = if sealed.is_empty() { found } else { &sealed };
                Payload::Extension(Extension { kind: Extension::KEY_PARAMETERS, data })
            }
            payload => payload,
        };
        builder.push(&payload).ok()?;
    }
    let mut octets = builder.finish();
    let (signed, signature) = octets.split_last_chunk_mut::<129>()?;
    *signature = signing_key.sign(&mut Rng(2), signed).expect("signed").to_bytes();
    Some(octets)
}

fuzz_target!(|octets: &[u8]| {
    let Ok(message) = IMessage::decode(octets) else { return };
    let Ok(csb_id) = KeyId::try_from(message.csb_id()) else { return };
    let secret = SharedSecret::from(SECRET);
    // A RAND of zeros gives no key.
    let Ok(key) = Key::from_message(csb_id, secret, message.rand(), UserUri(ALICE)) else {
        return;
    };
    let Some(octets) = remade(&message, &key) else { return };
    let World { kms, keys: [alice_key, gms_key], .. } = &*WORLD;
    let (gms, alice): (User<'_>, User<'_>) = (kms.user(GMS), kms.user(ALICE));
    let now = NtpTime::from_timestamp(message.timestamp().seconds().expect("a time"), NOW);
    let clock = Clock { now, skew: 0 };
    let reception = Reception::new(Expected::new(gms, alice), clock);
    let purpose = csb_id.purpose();
    let store = &mut empty();
    let receive = |store: &mut MemoryStore| match purpose {
        Purpose::Gmk => reception.gmk_of_any_group(&octets, store, alice_key),
        _ => reception.receive(purpose, &octets, store, alice_key),
    };
    let received = receive(store);
    if let Ok(received) = &received {
        assert_eq!(received.key().secret().as_bytes(), &SECRET);
        assert_eq!((received.key().id(), received.user_id()), (key.id(), csb_id));
        let again = receive(store);
        assert_eq!(again.err(), Some(Error::Message(mikey::Error::Replayed)));
        let session = CsId::agreed(1);
        let _ = (received.srtp(session, now), received.validity());
        // A policy with another cipher than AES-GCM gives no SRTCP keys.
        if let Err(error) = received.srtcp(session, now) {
            assert_eq!(error, Error::Policy);
        }
    }
    let gmk = reception.gmk(&octets, GROUP, &mut empty(), alice_key);
    assert!(gmk.is_err() || (purpose == Purpose::Gmk && received.is_ok()));
    let own = reception.to_self(purpose, &octets, &mut empty(), gms_key);
    if let Ok(own) = own {
        assert_eq!(own.key().secret().as_bytes(), &SECRET);
        assert_eq!(own.key().id(), key.id());
    }
    let store = &mut empty();
    let call = Anonymous::receive(purpose, &octets, (kms, alice), &clock, store);
    if let Ok(call) = call {
        assert!(purpose != Purpose::Gmk);
        assert!(call.reveal(ALICE, store, alice_key).is_err());
        let revealed = call.reveal(GMS, store, alice_key);
        assert_eq!(revealed.is_ok(), received.is_ok());
    }
});
