//! Messages in the form of a client of TS 33.179 release 13 (the Java package `net.kapsch.kmc.api.service.mikey`).
//! They are built here, because its repository contains no message.
//!
//! The header says that there are no crypto sessions, but lists one. The identifier scheme is 1, for the digits of
//! UIDs. The key parameters have an IV between the next payload and the type. The signature leaves out the type and
//! length of SIGN.

use eccsi_sakke::mikey::{self, Departure, Departures, IMessage, IdScheme};
use eccsi_sakke::mission_critical::{Error, Key, Purpose};

use super::world::{Domain, at, rng};
use super::{periods, received};

const KMS: &str = "kms.example.org";
const FROM: &str = "test3@example.org";
const TO: &str = "test4@example.org";
const NOW: u64 = 3_730_000_000;

/// The properties of this form that a message has.
#[derive(Clone, Copy)]
struct Form {
    /// A crypto session that #CS doesn't count.
    stray_session: bool,
    id_scheme: u8,
    parameters: bool,
}

/// The whole form, with a key without parameters.
const PCK: Form = Form { stray_session: true, id_scheme: 1, parameters: false };

struct Sender {
    domain: Domain,
}

impl Sender {
    fn new() -> Self {
        // A period of 28 days.
        Self { domain: Domain::new(KMS, IdScheme::HexUid(periods(2_419_200))) }
    }

    fn message(&self, key: &Key, form: Form) -> Vec<u8> {
        let kms = &self.domain.kms;
        let uid = kms.user(TO).identifier(at(NOW)).expect("an identifier");
        let sealed = kms.z().recipient(&uid).and_then(|to| to.encapsulate(key.secret()));
        let csb_id = key.user_id(eccsi_sakke::UserUri(TO)).expect("an identifier");
        let mut out = [&[1, 26, 5, 1][..], &csb_id.to_bytes(), &[0, 2]].concat();
        if form.stray_session {
            out.extend([0, 0, 1, 1, 0, 0, 0]);
        }
        out.extend([11, 0]);
        out.extend((NOW << 32).to_be_bytes());
        out.extend([14, 16]);
        out.extend(key.rand().expect("a RAND"));
        for (next, role, uri) in [(14, 1, FROM), (14, 2, TO), (14, 6, KMS), (10, 7, KMS)] {
            out.extend([next, role, 1, 0]);
            out.push(uri.len().try_into().expect("short"));
            out.extend(uri.as_bytes());
        }
        let policy = [[0, 1, 6], [1, 1, 16], [4, 1, 12], [5, 1, 0], [6, 1, 0], [20, 1, 16]];
        out.extend([26, 1, 0, 0, 18]);
        out.extend(policy.as_flattened());
        let next = if form.parameters { 21 } else { 4 };
        out.extend([next, 1, form.id_scheme, 1, 17]);
        out.extend(sealed.expect("encapsulated").as_bytes());
        if form.parameters {
            // Next payload, IV, type, length, data.
            out.extend([&[4][..], &[0xa5; 16], &[0, 0, 64], &[0x5a; 64]].concat());
        }
        let signature = self.domain.signing_key(FROM, NOW).sign(&mut rng(), &out).expect("signed");
        out.extend([0x20, 129]);
        out.extend(signature.to_bytes());
        out
    }

    /// The error for the message with these departures.
    fn refused(&self, purpose: Purpose, form: Form, accepted: Departures) -> Option<Error> {
        let key = Key::generate(purpose, &mut rng());
        let octets = self.message(&key, form);
        let kms = &self.domain.kms;
        let own = self.domain.receiver_key(TO, NOW);
        let taken = received((kms.user(FROM), kms.user(TO)), &octets, &own, accepted);
        if let Ok(taken) = &taken {
            assert_eq!(taken.key().secret().as_bytes(), key.secret().as_bytes());
        }
        taken.err()
    }
}

/// The header lists a session that it doesn't count. The list is read as T, which has no payload after it.
#[test]
fn a_session_that_the_header_does_not_count() {
    let sender = Sender::new();
    for accepted in [Departures::NONE, Departures::ALL] {
        let refused = sender.refused(Purpose::Pck, PCK, accepted);
        assert_eq!(refused, Some(mikey::Error::Trailing.into()));
    }
}

/// Without that list, an identifier scheme other than that of the KMS is refused. With scheme 2 a PCK would be
/// accepted with its signature as it is.
#[test]
fn an_identifier_scheme_for_telephone_numbers() {
    let sender = Sender::new();
    let form = Form { stray_session: false, ..PCK };
    let accepted = Departures::of(&[Departure::SignHeaderUnsigned]);
    let refused = sender.refused(Purpose::Pck, form, accepted);
    assert_eq!(refused, Some(mikey::Error::IdScheme.into()));
    let form = Form { id_scheme: 2, ..form };
    assert_eq!(
        sender.refused(Purpose::Pck, form, Departures::NONE),
        Some(mikey::Error::Signature.into())
    );
    assert_eq!(sender.refused(Purpose::Pck, form, accepted), None);
}

/// A general extension has its type and length where this form has the IV. So octets of the IV are read as type and
/// length, and a payload of that length isn't there.
#[test]
fn an_iv_before_the_type_of_an_extension() {
    let sender = Sender::new();
    let form = Form { stray_session: false, id_scheme: 2, parameters: true };
    let octets = sender.message(&Key::generate(Purpose::Gmk, &mut rng()), form);
    assert_eq!(IMessage::decode(&octets).err(), Some(mikey::Error::Truncated));
    assert_eq!(
        sender.refused(Purpose::Gmk, form, Departures::ALL),
        Some(mikey::Error::Truncated.into())
    );
}
