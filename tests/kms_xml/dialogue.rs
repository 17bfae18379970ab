//! A client asks its KMS, and takes an answer as a whole or not at all.

use eccsi_sakke::kms::xml::{Answer, Asking, Question, Served, Signed, Taken, answer};
use eccsi_sakke::kms::{
    Asked, CertificateParts, CertificateStore, Deviations, Error, ErrorReport, IntegrityKey,
    KeyIssuer, KeyRing, KeysOf, KmsCertificate, KmsMessage, Reading, Request, RequestCheck,
    Resource, Response, Role, SeenRequests, SharedKeyId, SharedKeys, TransportKey, Wrapping,
};
use eccsi_sakke::mikey::Clock;
use eccsi_sakke::{KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, sakke};
use getrandom::{SysRng, rand_core::UnwrapErr};

const KMS_URI: &str = "kms.example.org";
const ALICE: &str = "sip:alice@example.org";
/// Another identity of Alice.
const MOBILE: &str = "tel:+15550100";
const ADDRESS: &str = "https://kms.example.org";
const NOW: u64 = 1_800_000_000;

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn clock(seconds: u64) -> Clock {
    Clock { now: NtpTime::from_unix(NOW + seconds), skew: 5 }
}

fn keys(id: u32) -> (TransportKey, IntegrityKey) {
    let integrity = IntegrityKey::generate(SharedKeyId(id + 100), &mut rng());
    (TransportKey::generate(SharedKeyId(id), &mut rng()), integrity)
}

/// Whether two rings contain the same keys of both kinds.
fn is_same(one: &KeyRing, other: &KeyRing) -> bool {
    let keys = |ring: &KeyRing| {
        [Some(ring.in_use()), ring.offered()].map(|keys| {
            let keys = keys?;
            let integrity = keys.integrity().map(|key| (key.id(), *key.to_bytes()));
            Some((keys.transport().id(), *keys.transport().to_bytes(), integrity))
        })
    };
    keys(one) == keys(other)
}

/// A KMS, and Alice's ring there.
struct Kms {
    ksak: eccsi::KmsSecretKey,
    z: sakke::KmsSecretKey,
    certificate: KmsCertificate,
    seen: SeenRequests,
    ring: KeyRing,
    /// The user whose keys it gives out, whoever asks.
    gives_keys_of: &'static str,
    /// How it wraps the keys.
    wrapping: Wrapping,
    deviations: Deviations<'static>,
}

struct Alice {
    ring: KeyRing,
    certificates: CertificateStore,
}

const ASKING: Asking<'static> = Asking {
    user_uri: UserUri(ALICE),
    kms_uri: KmsUri(KMS_URI),
    address: ADDRESS,
    reading: Reading::Only(Wrapping::Padded),
};

/// A KMS that has run for some time, and Alice, who has only the keys that she shares with it.
fn both() -> (Kms, Alice) {
    let ksak = eccsi::KmsSecretKey::generate(&mut rng()).expect("a key");
    let z = sakke::KmsSecretKey::generate(&mut rng()).expect("a key");
    let periods = KeyPeriods::new(2_592_000).expect("a period");
    let parts = CertificateParts::new(KMS_URI, periods, ksak.public_key(), z.public_key());
    let started = Clock { now: NtpTime::from_unix(NOW - 1000), skew: 5 };
    let (transport, integrity) = keys(1);
    let ring = KeyRing::new(SharedKeys::new(transport, Some(integrity)));
    let kms = Kms {
        ksak,
        z,
        certificate: parts.try_into().expect("a certificate"),
        seen: SeenRequests::new(100, &started),
        ring: ring.clone(),
        gives_keys_of: ALICE,
        wrapping: Wrapping::Padded,
        deviations: Deviations::default(),
    };
    (kms, Alice { ring, certificates: CertificateStore::new(10) })
}

impl Kms {
    fn answer(&mut self, url: &str, document: &[u8], seconds: u64) -> Result<Answer, Error> {
        let Self { ksak, z, certificate, seen, ring, gives_keys_of, wrapping, deviations } = self;
        let issuer = KeyIssuer::new(certificate, ksak, z).expect("its keys");
        let check = RequestCheck {
            certificate,
            url,
            user_uris: &[ALICE, MOBILE],
            shared: None,
            periods_ahead: 1,
            clock: clock(seconds),
            deviations: *deviations,
        };
        answer(document, ring, *wrapping, &check, seen, |asked| match asked {
            Asked::Init => Ok(Served::Certificate),
            Asked::KeyProv { periods, .. } => {
                let issue = |number| issuer.issue(&mut rng(), gives_keys_of, number);
                periods.map(issue).collect::<Result<_, _>>().map(Served::KeySets)
            }
            Asked::CertCache(_) => {
                let other = Role::External;
                let parts = CertificateParts {
                    role: other,
                    kms_uri: "kms.example.com".into(),
                    ..certificate.parts().clone()
                };
                Ok(Served::Certificates(Some(1), vec![parts]))
            }
            _ => Err(Error::Resource),
        })
    }

    /// A copy for trying something.
    fn clone_of(&self) -> Self {
        Self {
            ksak: eccsi::KmsSecretKey::try_from(self.ksak.to_bytes().as_slice()).expect("the same"),
            z: sakke::KmsSecretKey::try_from(self.z.to_bytes().as_slice()).expect("the same"),
            certificate: self.certificate.clone(),
            seen: self.seen.clone(),
            ring: self.ring.clone(),
            ..*self
        }
    }

    fn answered(&mut self, question: &Question, seconds: u64) -> Answer {
        self.answer(question.url(), question.document(), seconds).expect("a request")
    }
}

impl Alice {
    fn question(&self, resource: &Resource, seconds: u64) -> Question {
        ASKING.ask(resource, self.ring.newest(), clock(seconds).now).expect("a question")
    }

    fn take(&mut self, question: &Question, answer: &[u8], seconds: u64) -> Result<Taken, Error> {
        let clock = clock(seconds);
        ASKING.take(question, answer, &mut self.ring, &mut self.certificates, &clock)
    }

    /// Asks the KMS and takes its answer.
    fn ask(&mut self, kms: &mut Kms, resource: &Resource, seconds: u64) -> Result<Taken, Error> {
        let question = self.question(resource, seconds);
        let answer = kms.answered(&question, seconds);
        assert_eq!(answer.refused, None);
        self.take(&question, &answer.document, seconds)
    }

    /// Checks that the answer of the KMS to a question is refused.
    fn refuses_answer(&mut self, kms: &mut Kms, resource: &Resource, seconds: u64, error: Error) {
        let question = self.question(resource, seconds);
        let answer = kms.answered(&question, seconds).document;
        self.refuses(&question, &answer, seconds, error);
    }

    /// Checks that the answer is refused, and that nothing of it is kept.
    fn refuses(&mut self, question: &Question, answer: &[u8], seconds: u64, error: Error) {
        let (ring, certificates) = (self.ring.clone(), self.certificates.clone());
        assert_eq!(self.take(question, answer, seconds).map(|_| ()), Err(error));
        assert!(is_same(&ring, &self.ring));
        assert!(certificates.iter().eq(self.certificates.iter()));
    }
}

#[test]
fn a_client_gets_certificates_and_the_keys_of_two_periods() {
    let (mut kms, mut alice) = both();
    let taken = alice.ask(&mut kms, &Resource::Init, 0);
    assert!(matches!(taken, Ok(Taken::Certificates(1))), "{taken:?}");
    let taken = alice.ask(&mut kms, &Resource::CertCache(None), 0);
    assert!(matches!(taken, Ok(Taken::Certificates(1))), "{taken:?}");
    assert_eq!(alice.certificates.iter().count(), 2);
    assert_eq!(alice.certificates.home(clock(0).now).expect("its home").kms_uri(), KMS_URI);
    let Ok(Taken::KeySets(sets)) = alice.ask(&mut kms, &Resource::KeyProv(None), 0) else {
        panic!("no key sets")
    };
    assert_eq!(sets.len(), 2);
    assert!(sets[0].covers(clock(0).now));
    assert!(sets.iter().all(|set| set.user_uri() == ALICE));
}

#[test]
fn shared_keys_are_replaced_on_the_way() {
    let (mut kms, mut alice) = both();
    alice.ask(&mut kms, &Resource::Init, 0).expect("a certificate");
    let (transport, integrity) = keys(7);
    kms.ring.offer(transport, Some(integrity)).expect("offered");
    alice.ask(&mut kms, &Resource::KeyProv(None), 1).expect("keys, and the offer");
    assert!(is_same(&alice.ring, &kms.ring));
    assert_eq!(alice.ring.newest().transport().id(), SharedKeyId(7));
    assert_eq!(alice.ring.newest().signature_id(), SharedKeyId(107));

    // The answer to the next question is lost. The KMS has only the new keys, and Alice has both.
    let question = alice.question(&Resource::Init, 2);
    assert_eq!(kms.answered(&question, 2).refused, None);
    assert_eq!(kms.ring.in_use().transport().id(), SharedKeyId(7));
    assert!(kms.ring.offered().is_none() && alice.ring.offered().is_some());
    alice.ask(&mut kms, &Resource::KeyProv(None), 3).expect("keys under the new one");
    assert!(is_same(&alice.ring, &kms.ring));
    assert!(alice.ring.offered().is_none());

    // Without a new integrity key, the old one stays.
    kms.ring.offer(keys(8).0, None).expect("offered");
    alice.ask(&mut kms, &Resource::Init, 4).expect("the offer");
    assert_eq!(alice.ring.newest().signature_id(), SharedKeyId(107));
}

#[test]
fn a_kms_that_has_lost_its_offer_is_asked_under_the_keys_in_use() {
    let (mut kms, mut alice) = both();
    let before = kms.ring.clone();
    kms.ring.offer(keys(7).0, None).expect("offered");
    alice.ask(&mut kms, &Resource::Init, 0).expect("the offer");
    kms.ring = before;
    let question = alice.question(&Resource::Init, 1);
    let answer = kms.answered(&question, 1);
    assert_eq!(answer.refused, Some(Error::TransportKey));
    let taken = alice.take(&question, &answer.document, 1);
    let Ok(Taken::Refused(report)) = taken else { panic!("{taken:?}") };
    assert_eq!(report.code, ErrorReport::OTHER_KEYS);
    let question =
        ASKING.ask(&Resource::Init, alice.ring.in_use(), clock(2).now).expect("a question");
    let answer = kms.answered(&question, 2);
    assert!(alice.take(&question, &answer.document, 2).is_ok());
    assert!(alice.ring.offered().is_some(), "it is kept");
}

#[test]
fn a_refusal_is_reported_and_says_what_helps() {
    let (mut kms, mut alice) = both();
    let question = alice.question(&Resource::Init, 0);
    kms.answered(&question, 0);
    let again = kms.answered(&question, 1);
    assert_eq!(again.refused, Some(Error::Replayed));
    let Ok(Taken::Refused(report)) = alice.take(&question, &again.document, 1) else { panic!() };
    assert_eq!(report.code, ErrorReport::ASK_AGAIN);
    let question = alice.question(&Resource::Redirect, 2);
    assert_eq!(kms.answered(&question, 2).refused, Some(Error::Resource));
    let garbage = kms.answer(ADDRESS, b"<KmsRequest/>", 3).map(|_| ());
    assert!(matches!(garbage, Err(Error::Document(_))), "{garbage:?}");
}

#[test]
fn a_request_is_answered_once_to_who_has_signed_it() {
    let (mut kms, alice) = both();
    let question = alice.question(&Resource::Init, 0);
    // A request that the keys of somebody else have signed, and one without a signature.
    let (transport, integrity) = keys(1);
    let other = SharedKeys::new(transport, Some(integrity));
    let forged = ASKING.ask(&Resource::Init, &other, clock(0).now).expect("a question");
    assert!(matches!(kms.answered(&forged, 0).refused, Some(Error::Document(_))));
    let request = Request::new(UserUri(ALICE), KmsUri(KMS_URI), question.url(), clock(0).now);
    let unsigned = kms.answer(question.url(), &request.to_xml().expect("written"), 0);
    assert!(matches!(unsigned.expect("a request").refused, Some(Error::Document(_))));
    // Neither was remembered in place of the right one.
    assert_eq!(kms.answered(&question, 0).refused, None);
}

/// With this switch a URL is a request, and TLS proves who asks.
#[test]
fn a_request_without_a_body_is_answered_where_that_is_switched_on() {
    let (mut kms, alice) = both();
    let url = format!("{ADDRESS}{}", Resource::KeyProv(None).path());
    let off = kms.answer(&url, b"", 0).map(|_| ());
    assert!(matches!(off, Err(Error::Document(_))), "{off:?}");
    kms.deviations.no_body_under_tls = true;
    let answer = kms.answer(&url, b"", 0).expect("answered");
    assert_eq!(answer.refused, None);
    // The client can verify it as an answer to the user's request at this URL, signed with the keys in use.
    let signed = Signed::<Response>::from_xml(&answer.document).expect("read");
    let response = signed.verify(alice.ring.in_use()).expect("signed");
    let asked = Request::new(UserUri(ALICE), KmsUri(KMS_URI), &url, clock(0).now);
    let Ok(Some(KmsMessage::KeyProv { key_sets, .. })) = response.check(&asked, &clock(0)) else {
        panic!("keys were asked for")
    };
    assert_eq!(key_sets.len(), 2);
    // Everything else is checked as before: the user's own keys, an existing resource, once a second.
    assert_eq!(kms.answer(&url, b"", 0).expect("answered").refused, Some(Error::Replayed));
    assert_eq!(kms.answer(&url, b"", 1).expect("answered").refused, None);
    let others = Resource::KeyProv(Some(KeysOf::new("sip:bob@example.org")));
    let others = format!("{ADDRESS}{}", others.path());
    assert_eq!(kms.answer(&others, b"", 2).expect("answered").refused, Some(Error::UserUri));
    assert_eq!(kms.answer(ADDRESS, b"", 2).expect("answered").refused, Some(Error::Resource));
    // A malformed body does not count as no body.
    assert!(matches!(kms.answer(&url, b" ", 2), Err(Error::Document(_))));
}

#[test]
fn an_answer_to_something_else_is_refused() {
    let (mut kms, mut alice) = both();
    let question = alice.question(&Resource::Init, 0);
    let answer = kms.answered(&question, 0).document;
    alice.refuses(&question, &answer, 6, Error::Stale);
    let other = alice.question(&Resource::KeyProv(None), 0);
    alice.refuses(&other, &answer, 0, Error::ClientReqUrl);
    let asking = Asking { kms_uri: KmsUri("kms.example.com"), ..ASKING };
    let other = asking.ask(&Resource::Init, alice.ring.newest(), clock(0).now).expect("a question");
    alice.refuses(&other, &answer, 0, Error::KmsUri);
    let asking = Asking { user_uri: UserUri("sip:bob@example.org"), ..ASKING };
    let other = asking.ask(&Resource::Init, alice.ring.newest(), clock(0).now).expect("a question");
    alice.refuses(&other, &answer, 0, Error::UserUri);
    assert!(alice.take(&question, &answer, 0).is_ok());
}

#[test]
fn an_answer_that_the_kms_has_not_signed_is_refused() {
    let (mut kms, mut alice) = both();
    let question = alice.question(&Resource::Init, 0);
    let answer = kms.answered(&question, 0).document;
    let signed = Signed::<Response>::from_xml(&answer).expect("read");
    let response = signed.into_unverified();
    let unsigned = response.to_xml().expect("written");
    let taken = alice.take(&question, &unsigned, 0).map(|_| ());
    assert!(matches!(taken, Err(Error::Document(_))), "{taken:?}");
    let (transport, integrity) = keys(1);
    let forged = Signed::<Response>::sign(response, &SharedKeys::new(transport, Some(integrity)));
    let forged = forged.expect("signed").to_xml().expect("written");
    let taken = alice.take(&question, &forged, 0).map(|_| ());
    assert!(matches!(taken, Err(Error::Document(_))), "{taken:?}");
    assert_eq!(alice.certificates.iter().count(), 0);
}

#[test]
fn nothing_is_kept_of_an_answer_that_is_wrong_in_part() {
    let (mut kms, mut alice) = both();
    alice.ask(&mut kms, &Resource::Init, 0).expect("a certificate");
    kms.ring.offer(keys(7).0, None).expect("offered");
    kms.gives_keys_of = "sip:bob@example.org";
    alice.refuses_answer(&mut kms, &Resource::KeyProv(None), 1, Error::UserUri);

    // The certificate of another KMS in place of the expected one.
    let question = alice.question(&Resource::Init, 2);
    let answer = changed(&kms, &question, 2, |message| {
        let KmsMessage::Init { certificate, .. } = message else { panic!("it was asked for") };
        certificate.kms_uri = "kms.example.com".into();
    });
    alice.refuses(&question, &answer, 2, Error::KmsUri);
}

/// The answer of the KMS, changed before it is signed.
fn changed(
    kms: &Kms,
    question: &Question,
    seconds: u64,
    change: impl FnOnce(&mut KmsMessage),
) -> Vec<u8> {
    let mut kms = kms.clone_of();
    let answer = kms.answered(question, seconds);
    assert_eq!(answer.refused, None);
    let signed = Signed::<Response>::from_xml(&answer.document).expect("read");
    let mut response = signed.into_unverified();
    change(response.message.as_mut().expect("a message"));
    let signed = Signed::<Response>::sign(response, kms.ring.in_use()).expect("signed");
    signed.to_xml().expect("written").to_vec()
}

#[test]
fn a_new_key_must_have_an_identifier_that_is_new() {
    let (mut kms, mut alice) = both();
    let named = keys(7).0.named("the key of seven");
    kms.ring.offer(named, None).expect("offered");
    alice.refuses_answer(&mut kms, &Resource::Init, 0, Error::TransportKey);

    let named = keys(8).0.named(&SharedKeyId(1).to_name());
    kms.ring.offer(named, None).expect("offered");
    alice.refuses_answer(&mut kms, &Resource::Init, 1, Error::TransportKey);

    // Two new keys at once are refused.
    kms.ring.offer(keys(9).0, None).expect("offered");
    let question = alice.question(&Resource::Init, 2);
    let answer = changed(&kms, &question, 2, |message| {
        let KmsMessage::Init { new_keys, .. } = message else { panic!("it was asked for") };
        new_keys.transport.push(new_keys.transport[0].clone());
    });
    alice.refuses(&question, &answer, 2, Error::TransportKey);
    for (name, id) in
        [("AAAAAQ==", Some(SharedKeyId(1))), ("AAAAAQ", None), ("AAAAAAE=", None), ("", None)]
    {
        assert_eq!(SharedKeyId::from_name(name), id, "{name}");
    }
}

#[test]
fn keys_come_wrapped_as_the_client_expects_them() {
    for wrapping in [Wrapping::Padded, Wrapping::PaddedPoints, Wrapping::Unpadded] {
        let (mut kms, mut alice) = both();
        kms.wrapping = wrapping;
        alice.ask(&mut kms, &Resource::Init, 0).expect("a certificate");
        kms.ring.offer(keys(7).0, None).expect("offered");
        for reading in [Reading::Only(wrapping), Reading::Any] {
            let asking = Asking { reading, ..ASKING };
            let question = asking.ask(&Resource::KeyProv(None), alice.ring.newest(), clock(1).now);
            let question = question.expect("a question");
            let answer = kms.clone_of().answered(&question, 1);
            let Alice { ring, certificates } = &alice;
            let (mut ring, mut certificates) = (ring.clone(), certificates.clone());
            let document = &answer.document;
            let taken = asking.take(&question, document, &mut ring, &mut certificates, &clock(1));
            assert!(matches!(taken, Ok(Taken::KeySets(sets)) if sets.len() == 2), "{wrapping:?}");
            assert_eq!(ring.newest().transport().id(), SharedKeyId(7), "{wrapping:?}");
        }
    }
}

#[test]
fn an_offer_comes_with_every_answer_until_it_is_confirmed() {
    let (mut kms, mut alice) = both();
    alice.ask(&mut kms, &Resource::Init, 0).expect("a certificate");
    let in_use = alice.ring.in_use().clone();
    kms.ring.offer(keys(7).0, None).expect("offered");
    for seconds in [1, 2] {
        let question =
            ASKING.ask(&Resource::Init, &in_use, clock(seconds).now).expect("a question");
        let answer = kms.answered(&question, seconds).document;
        alice.take(&question, &answer, seconds).expect("the same offer");
        assert!(is_same(&alice.ring, &kms.ring));
    }
    // An offer after a loss replaces the lost one.
    kms.ring.offer(keys(9).0, None).expect("offered");
    let question = ASKING.ask(&Resource::Init, &in_use, clock(3).now).expect("a question");
    let answer = kms.answered(&question, 3).document;
    alice.take(&question, &answer, 3).expect("the next offer");
    assert!(is_same(&alice.ring, &kms.ring));
}

#[test]
fn a_user_may_ask_for_the_keys_of_an_identity_of_its_own() {
    let (mut kms, mut alice) = both();
    alice.ask(&mut kms, &Resource::Init, 0).expect("a certificate");
    kms.gives_keys_of = MOBILE;
    let keys = Resource::KeyProv(Some(KeysOf::new(MOBILE)));
    let Ok(Taken::KeySets(sets)) = alice.ask(&mut kms, &keys, 1) else { panic!("no key sets") };
    assert!(sets.iter().all(|set| set.user_uri() == MOBILE));
    // But the client refuses keys that it has not asked for.
    alice.refuses_answer(&mut kms, &Resource::KeyProv(None), 2, Error::UserUri);
}

#[test]
fn nothing_comes_of_handing_something_in() {
    let (kms, mut alice) = both();
    let question = alice.question(&Resource::Redirect, 0);
    let request = Signed::<Request>::from_xml(question.document()).expect("read");
    let response = Response::new(request.unverified(), clock(0).now, None, None);
    let signed = Signed::<Response>::sign(response, kms.ring.in_use()).expect("signed");
    let taken = alice.take(&question, &signed.to_xml().expect("written"), 0);
    assert!(matches!(taken, Ok(Taken::Nothing)), "{taken:?}");
}
