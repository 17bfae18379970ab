//! Gives each decoder the worst that can be sent to it, in three sizes, each twice the one before. `run.py` has
//! callgrind count the instructions of every call of [`measured`], in the order of the lines that are printed here.

extern crate alloc;

#[path = "../../../src/kms/xml/worst.rs"]
mod documents;
#[path = "../../../fuzz/src/rng.rs"]
mod rng;
#[path = "../../../src/mikey/worst.rs"]
mod worst;

use std::hint::black_box;

use eccsi_sakke::kms::xml::{self, Signed};
use eccsi_sakke::kms::{IntegrityKey, Request, SharedKeyId, SharedKeys, TransportKey};
use eccsi_sakke::mikey::psk::{PskMessage, SignedPskMessage};
use eccsi_sakke::mikey::{Clock, CsIdMap, Departures, Expected, IMessage, MemoryCache, Message};
use eccsi_sakke::mission_critical::{
    Anonymous, CsId, Delivery, Key, KeyParameters, MemoryStore, Purpose, Reception,
};
use eccsi_sakke::{KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, mikey, sakke};

use rng::Rng;
use worst::{Domain, NOW, PSK, WIDE};

const CLOCK: Clock = Clock { now: NOW, skew: 300 };

/// callgrind counts while this function runs, which it knows by its name.
#[inline(never)]
fn measured(run: &mut dyn FnMut()) {
    run();
    // Without this, the call above would become a jump, which ends this function for callgrind.
    black_box(());
}

/// Prints what is counted next, and how many octets are sent.
fn line(what: &str, octets: usize, mut run: impl FnMut()) {
    println!("{what}\t{octets}");
    measured(&mut run);
}

fn messages(domain: &Domain, size: usize, rng: &mut Rng) {
    let delivery = domain.delivery(size, rng);
    let signature = *IMessage::decode_within(&delivery, &WIDE).expect("a message").signature();
    let (parameters, payloads) = (worst::parameters(size), worst::payloads(size));
    let extensions = worst::pre_shared_extensions(size);
    let (psk, prose) = (worst::pre_shared(size), worst::prose(size / 2, &signature));
    let [mut altered, mut altered_psk] = [delivery.clone(), psk.clone()];
    // Another lowest octet of the CSB ID keeps the purpose, but is not what was signed.
    altered[7] ^= 1;
    altered_psk[7] ^= 1;

    let decode = |octets: &[u8]| {
        let message = Message::decode_within(octets, &WIDE);
        assert!(black_box(message).is_ok());
    };
    line("Message, empty parameters of policies", parameters.len(), || decode(&parameters));
    line("Message, empty payloads", payloads.len(), || decode(&payloads));
    line("IMessage", delivery.len(), || {
        assert!(black_box(IMessage::decode_within(&delivery, &WIDE)).is_ok());
    });
    line("PskMessage", psk.len(), || {
        assert!(black_box(PskMessage::decode_within(&psk, &WIDE)).is_ok());
    });
    line("PskMessage, empty extensions", extensions.len(), || {
        assert!(black_box(PskMessage::decode_within(&extensions, &WIDE)).is_ok());
    });
    line("PskMessage of ProSe, empty extensions", extensions.len(), || {
        let read = SignedPskMessage::decode_within(&extensions, &WIDE);
        assert_eq!(black_box(read).err(), Some(mikey::Error::Missing));
    });
    line("PskMessage, empty extensions, its MAC refused", extensions.len(), || {
        let message = PskMessage::decode_within(&extensions, &WIDE).expect("a message");
        let mut cache = MemoryCache::new(1);
        let fresh = message.check_fresh(&CLOCK, &cache).expect("fresh");
        assert!(black_box(fresh.authenticate(&PSK, &mut cache)).is_err());
    });
    line("PskMessage of ProSe", prose.len(), || {
        assert!(black_box(SignedPskMessage::decode_within(&prose, &WIDE)).is_ok());
    });
    line("PskMessage, fresh, its MAC refused", psk.len(), || {
        let message = PskMessage::decode_within(&altered_psk, &WIDE).expect("a message");
        let mut cache = MemoryCache::new(1);
        let fresh = message.check_fresh(&CLOCK, &cache).expect("fresh");
        assert!(black_box(fresh.authenticate(&PSK, &mut cache)).is_err());
    });
    let (from, to) = domain.parties();
    let reception = Reception { limits: WIDE, ..Reception::new(Expected::new(from, to), CLOCK) };
    let late = Clock { now: NtpTime::from_seconds(NOW.seconds() + 1000), ..CLOCK };
    let receive = |octets: &[u8], clock| {
        let reception = Reception { clock, ..reception };
        let mut store = store();
        reception.receive(Purpose::Pck, octets, &mut store, &domain.receiver)
    };
    line("Reception, stale", delivery.len(), || {
        assert!(black_box(receive(&delivery, late)).is_err());
    });
    line("Reception, fresh, its signature refused", delivery.len(), || {
        assert!(black_box(receive(&altered, CLOCK)).is_err());
    });
    line("Anonymous, fresh, its signature refused", delivery.len(), || {
        let mut store = store();
        let who = (&domain.kms, to);
        let received = Anonymous::receive_within(
            Purpose::Pck,
            &altered,
            who,
            &CLOCK,
            &mut store,
            (&WIDE, Departures::NONE),
        );
        assert!(black_box(received).is_err());
    });
    line("sent by a holder of the key: Reception, opened", delivery.len(), || {
        assert!(black_box(receive(&delivery, CLOCK)).is_ok());
    });
    line(
        "sent by a holder of the key: Reception to the sender itself, opened",
        delivery.len(),
        || {
            let mut store = store();
            let received = reception.to_self(Purpose::Pck, &delivery, &mut store, &domain.own);
            assert!(black_box(received).is_ok());
        },
    );
    line("sent by a holder of the key: PskMessage, opened", psk.len(), || {
        let message = PskMessage::decode_within(&psk, &WIDE).expect("a message");
        let mut cache = MemoryCache::new(1);
        let fresh = message.check_fresh(&CLOCK, &cache).expect("fresh");
        assert!(black_box(fresh.authenticate(&PSK, &mut cache)).is_ok());
    });
    let about = worst::key_parameters(size / 4);
    line("sent by a holder of the key: KeyParameters", about.len(), || {
        let parameters = KeyParameters::decode_within(&about, &WIDE);
        assert!(black_box(parameters).is_ok());
    });
    // The policy of each session is looked for from the first payload on.
    line("control: searching", delivery.len(), || {
        let message = IMessage::decode_within(&delivery, &WIDE).expect("a message");
        let CsIdMap::GenericId(sessions) = message.map() else { panic!("sessions") };
        assert!(sessions.iter().all(|session| {
            message.message().payloads().any(|payload| {
                matches!(payload, mikey::Payload::Policy(policy) if session.policies == [policy.number])
            })
        }));
    });
}

/// The cost of a message that is as long as most are.
fn ordinary(domain: &Domain, rng: &mut Rng) {
    let (from, to) = domain.parties();
    let key = Key::generate(Purpose::Pck, rng);
    let delivery = Delivery {
        cs_ids: &[CsId::MCPTT_CALLER, CsId::MCPTT_CALLEE],
        ..Delivery::new(from, to, NOW)
    };
    let octets = delivery.message(&key, &domain.signing, rng).expect("a message");
    let mut altered = octets.clone();
    altered[7] ^= 1;
    let reception = Reception::new(Expected::new(from, to), CLOCK);
    line("an ordinary one: IMessage", octets.len(), || {
        assert!(black_box(IMessage::decode(&octets)).is_ok());
    });
    line("an ordinary one: Reception, fresh, its signature refused", octets.len(), || {
        let mut store = store();
        let received = reception.receive(Purpose::Pck, &altered, &mut store, &domain.receiver);
        assert!(black_box(received).is_err());
    });
    line("an ordinary one: Reception, opened", octets.len(), || {
        let mut store = store();
        let received = reception.receive(Purpose::Pck, &octets, &mut store, &domain.receiver);
        assert!(black_box(received).is_ok());
    });
}

fn requests(size: usize, rng: &mut Rng) {
    let limits = xml::Limits { octets: usize::MAX, ..xml::Limits::default() };
    let read = |document: &str| Signed::<Request>::from_xml_within(document.as_bytes(), &limits);
    for (what, document) in documents::requests(size) {
        line(&format!("XML, {what}"), document.len(), || {
            assert!(black_box(read(&document)).is_ok());
        });
    }
    let redirect = documents::redirect_response(size);
    line("XML, a redirect response", redirect.len(), || {
        let read = xml::RedirectResponse::from_xml_within(redirect.as_bytes(), &limits);
        assert!(black_box(read).is_ok());
    });
    line("XML, a canonical form", redirect.len(), || {
        let method = xml::Canonicalisation { exclusive: Some(Vec::new()), comments: true };
        assert!(black_box(method.canonicalise(redirect.as_bytes())).is_ok());
    });
    let keys = |rng: &mut Rng| {
        let (transport, integrity) = (SharedKeyId(1), SharedKeyId(2));
        let integrity = IntegrityKey::generate(integrity, rng);
        SharedKeys::new(TransportKey::generate(transport, rng), Some(integrity))
    };
    let (own, other) = (keys(rng), keys(rng));
    let mut request = Request::new(
        UserUri("sip:alice@example.org"),
        KmsUri("kms.example.org"),
        "https://kms",
        NOW,
    );
    request.client_id = Some("<".repeat(size / 4));
    let signed = Signed::<Request>::sign(request, &other).expect("signed");
    let document = signed.to_xml().expect("written");
    let document = core::str::from_utf8(&document).expect("UTF-8");
    line("XML, read, its MAC refused", document.len(), || {
        assert!(black_box(read(document).expect("a request").verify(&own)).is_err());
    });

    // The signature was made for another document with the right key. The message is canonicalised before the refusal.
    let mut request = Request::new(
        UserUri("sip:alice@example.org"),
        KmsUri("kms.example.org"),
        "https://kms",
        NOW,
    );
    request.id = Some("signed".into());
    let signed = Signed::<Request>::sign(request, &own).expect("signed");
    let document = signed.to_xml().expect("written");
    let document = core::str::from_utf8(&document).expect("UTF-8");
    let list = documents::worst_redirect_list(size);
    let document = document.replacen("<Signature-ID>", &format!("{list}<Signature-ID>"), 1);
    line("XML, read and canonicalised, its digest refused", document.len(), || {
        let request = read(&document).expect("a request");
        assert!(black_box(request.verify(&own)).is_err());
    });
}

/// The state with which a receiver starts.
fn store() -> MemoryStore {
    MemoryStore::new(MemoryCache::new(1), 1)
}

fn main() {
    let mut rng = Rng(1);
    let domain = Domain::new(&mut rng);
    for size in [1 << 15, 1 << 16, 1 << 17] {
        messages(&domain, size, &mut rng);
        requests(size / 4, &mut rng);
    }
    ordinary(&domain, &mut rng);
}
