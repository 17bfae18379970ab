//! Two domains, each with its KMS: a user of one signs, and a user of the other opens.

use eccsi_sakke::kms::{
    CertificateParts, CertificateStore, KeySet, KeySetCheck, KmsCertificate, Protection, Reading,
    Role, SharedKeyId, TransportKey, Wrapping,
};
use eccsi_sakke::mikey::{
    self, Clock, CsIdMap, Expected, IMessage, Identity, MemoryCache, Outline, Prf, Role as IdRole,
    Timestamp, User,
};
use eccsi_sakke::{NtpTime, sakke};

use super::{ALICE, HOME, Kms, NOW, PERIOD, holding, later, rng};

const AWAY: &str = "kms.example.com";
const CAROL: &str = "sip:carol@example.com";

/// What a user stores: its keys, and the certificates of both KMSs.
struct Client {
    store: CertificateStore,
    keys: Vec<KeySet>,
}

/// A client of `own` that has received its wrapped keys for this period and the next.
fn client(own: &Kms, external: &Kms, user_uri: &str) -> Client {
    let mut store = holding(2, &[&own.certificate]);
    let parts = CertificateParts { role: Role::External, ..external.certificate.parts().clone() };
    store.insert(KmsCertificate::try_from(parts).expect("a certificate"), NOW).expect("room");

    let trk = TransportKey::generate(SharedKeyId(1), &mut rng());
    let keys = [own.number(), own.number() + 1].map(|number| {
        let set = own.issuer().issue(&mut rng(), user_uri, number).expect("a key set");
        let sent = set.to_parts(Some((&trk, Wrapping::Padded))).expect("wrapped");
        let check = KeySetCheck {
            certificate: store.of_key_set(&sent, NOW).expect("its certificate"),
            user_uri,
            protection: Protection::Wrapped(&trk, Reading::default()),
            now: NOW,
        };
        sent.validate(&check).expect("its keys")
    });
    Client { store, keys: keys.into() }
}

/// A message from one user to another at `time`, with the sender's keys for that time.
fn message(
    sender: &Client,
    initiator: User<'_>,
    responder: User<'_>,
    time: NtpTime,
) -> (Vec<u8>, sakke::SharedSecret) {
    let secret = sakke::SharedSecret::generate(&mut rng());
    let identifier = responder.identifier(time).expect("an identifier");
    let recipient = responder.kms().z().recipient(&identifier).expect("a recipient");
    let encapsulation = recipient.encapsulate(&secret).expect("encapsulated");
    let octets = Outline {
        prf: Prf::HmacSha256,
        csb_id: 7,
        map: CsIdMap::Empty,
        timestamp: Timestamp::from_time(time),
        rand: &[7; 16],
        identities: &[
            (IdRole::Initiator, Identity::uri(initiator.uri())),
            (IdRole::Responder, Identity::uri(responder.uri())),
            (IdRole::InitiatorKms, Identity::uri(initiator.kms().uri())),
            (IdRole::ResponderKms, Identity::uri(responder.kms().uri())),
        ],
        policies: &[],
        id_scheme: responder.kms().scheme().number(),
        encapsulation: &encapsulation,
        extensions: &[],
    };
    let key = KeySet::at(&sender.keys, time).expect("keys for then").signing_key();
    (octets.encode().expect("a message").sign(key, &mut rng()).expect("signed"), secret)
}

#[test]
fn a_message_goes_from_domain_to_domain() {
    let (home, away) = (Kms::new(HOME), Kms::new(AWAY));
    let (alice, carol) = (client(&home, &away, ALICE), client(&away, &home, CAROL));
    // In this key period, and in the next.
    for time in [NOW, later(PERIOD)] {
        let sends = |store: &CertificateStore| {
            let kms = |uri| store.active(uri, time).and_then(|held| held.kms(time)).cloned();
            (kms(HOME).expect("in force"), kms(AWAY).expect("in force"))
        };
        let (from, to) = sends(&alice.store);
        let (octets, secret) = message(&alice, from.user(ALICE), to.user(CAROL), time);

        // Carol has certificates of her own for both.
        let (from, to) = sends(&carol.store);
        let expected = Expected::new(from.user(ALICE), to.user(CAROL));
        let mut cache = MemoryCache::new(10);
        let clock = Clock { now: time, skew: 60 };
        let fresh = IMessage::decode(&octets).expect("a message");
        let fresh = fresh.check_fresh(&clock, &cache).expect("fresh");
        let verified = fresh.verify(&expected, &mut cache).expect("Alice's");
        let keys = KeySet::at(&carol.keys, verified.time()).expect("keys for then");
        let opened = verified.decapsulate(keys.receiver_key(), &mut cache).expect("opens");
        assert_eq!(opened.secret().as_bytes(), secret.as_bytes());

        // Neither certificate can replace the other, and no key set can replace that of another period.
        let check = |from: User<'_>, to: User<'_>| {
            let mut cache = MemoryCache::new(10);
            let fresh = IMessage::decode(&octets).expect("a message");
            let fresh = fresh.check_fresh(&clock, &cache).expect("fresh");
            fresh.verify(&Expected::new(from, to), &mut cache).map(drop)
        };
        assert_eq!(check(to.user(ALICE), to.user(CAROL)), Err(mikey::Error::Initiator));
        assert_eq!(check(from.user(ALICE), from.user(CAROL)), Err(mikey::Error::Responder));
        let other = carol.keys.iter().find(|keys| !keys.covers(time)).expect("two periods");
        let refused =
            verified.decapsulate(other.receiver_key(), &mut cache).expect_err("another period");
        assert_eq!(refused, mikey::Error::Responder);
    }
}
