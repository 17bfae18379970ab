//! MIKEY: secret are the SSV of an I_MESSAGE, pre-shared keys, the keys under them, and what is derived.

use eccsi_sakke::mikey::psk::{
    KeyData, KeyKind, PskMessage, PskOutline, Validity, verify_response,
};
use eccsi_sakke::mikey::{
    Clock, CsIdMap, Error, Expected, IMessage, IdScheme, Identity, KeyUse, Kms, MemoryCache,
    Outline, Prf, Role, Timestamp,
};
use eccsi_sakke::sakke::Decapsulate;
use eccsi_sakke::{Identifier, KeyPeriods, NtpTime, eccsi, sakke};

use crate::client::secret;
use crate::{Run, is_public, is_secret, secret_rng};

const RAND: [u8; 16] = [0x61; 16];
const PRFS: [Prf; 2] = [Prf::HmacSha1, Prf::HmacSha256];
const INITIATOR: &str = "sip:alice@example.org";
const RESPONDER: &str = "sip:bob@example.org";

/// The clock of every party.
pub fn now() -> NtpTime {
    NtpTime::from_unix(1_800_000_000)
}

pub fn clock() -> Clock {
    Clock { now: now(), skew: 300 }
}

/// A KMS with its secret keys, and the form in which its users know it.
pub struct Domain {
    pub sign: eccsi::KmsSecretKey,
    pub encapsulate: sakke::KmsSecretKey,
    pub kms: Kms,
}

impl Domain {
    pub fn new() -> Self {
        let sign = eccsi::KmsSecretKey::try_from(&secret([0x51; 32])).expect("in range");
        let encapsulate = sakke::KmsSecretKey::try_from(&secret([0x25; 128])).expect("in range");
        let scheme = IdScheme::Uid(KeyPeriods::new(2_592_000).expect("a period"));
        let kms = Kms::new("kms", scheme, *sign.public_key(), *encapsulate.public_key());
        Self { sign, encapsulate, kms }
    }

    pub fn signing_key(&self, uri: &str) -> eccsi::SigningKey {
        let id = self.kms.user(uri).identifier(now()).expect("an identifier");
        self.sign.issue(&mut secret_rng(20), id).expect("issued")
    }

    pub fn receiver_key(&self, uri: &str) -> sakke::ReceiverKey {
        let id = self.kms.user(uri).identifier(now()).expect("an identifier");
        self.encapsulate.extract(&id).expect("extracted")
    }
}

pub fn operations(run: &mut Run) {
    i_message(run, &Domain::new());
    for prf in PRFS {
        derivation(run, prf);
        pre_shared_key(run, prf);
    }
}

fn i_message(run: &mut Run, domain: &Domain) {
    let signing_key = domain.signing_key(INITIATOR);
    let receiver_key = domain.receiver_key(RESPONDER);
    let (initiator, responder) = (domain.kms.user(INITIATOR), domain.kms.user(RESPONDER));
    let mut octets = Vec::new();
    run.wanted("Outline::encode, Unsigned::sign", || {
        let id = responder.identifier(now()).expect("an identifier");
        let recipient = domain.kms.z().recipient(&id).expect("a recipient");
        let encapsulation = recipient.encapsulate(&secret([0x71; 16]).into()).expect("sealed");
        let outline = Outline {
            prf: Prf::HmacSha256,
            csb_id: 1,
            map: CsIdMap::Empty,
            timestamp: Timestamp::from_time(now()),
            rand: &RAND,
            identities: &[(Role::Initiator, Identity::uri(INITIATOR))],
            policies: &[],
            id_scheme: domain.kms.scheme().number(),
            encapsulation: &encapsulation,
            extensions: &[],
        };
        let unsigned = outline.encode().expect("encoded");
        octets = unsigned.sign(&signing_key, &mut secret_rng(21)).expect("signed");
        is_public(&octets);
    });
    let expected = Expected::new(initiator, responder);
    let opened = |key: &dyn Decapsulate| {
        let mut cache = MemoryCache::new(10);
        let message = IMessage::decode(&octets).expect("decoded");
        let fresh = message.check_fresh(&clock(), &cache).expect("fresh");
        fresh.verify(&expected, &mut cache).expect("signed").decapsulate(key, &mut cache)
    };
    run.wanted("Verified::decapsulate", || {
        let opened = opened(&receiver_key).expect("opened");
        is_secret(opened.secret().as_bytes());
        let (message, tgk) = (opened.message(), opened.secret().as_bytes());
        let key = message.derivation().key::<16>(KeyUse::Tek, tgk, 0).expect("derived");
        is_secret(key.as_slice());
    });
    let prepared = receiver_key.prepare().expect("prepared");
    run.wanted("Verified::decapsulate, prepared", || {
        let opened = opened(&prepared).expect("opened");
        is_secret(opened.secret().as_bytes());
    });
    // The key belongs to this identifier, but to another z.
    let other = sakke::KmsSecretKey::try_from(&secret([0x26; 128])).expect("in range");
    let wrong = Misnamed(other.extract(receiver_key.identifier()).expect("extracted"));
    run.wanted("Verified::decapsulate, refused", || {
        assert_eq!(opened(&wrong).err(), Some(Error::Decapsulation));
    });
}

/// A key that claims to belong to every identifier and KMS.
struct Misnamed(sakke::ReceiverKey);

impl Decapsulate for Misnamed {
    fn has(&self, _: &Identifier, _: &sakke::KmsPublicKey) -> bool {
        true
    }

    fn open(
        &self,
        _: &Identifier,
        _: &sakke::KmsPublicKey,
        encapsulation: &sakke::Encapsulation,
    ) -> Result<sakke::SharedSecret, eccsi_sakke::Error> {
        self.0.decapsulate(encapsulation)
    }
}

fn derivation(run: &mut Run, prf: Prf) {
    let session = eccsi_sakke::mikey::Derivation { prf, csb_id: 1, rand: &RAND };
    run.wanted(&format!("Derivation::key, fill: {prf:?}"), || {
        // The input key has two blocks, and so does the output.
        let key = session.key::<64>(KeyUse::Encryption, &secret([0x72; 40]), 3).expect("derived");
        is_secret(key.as_slice());
        let mut salt = [0; 14];
        session.fill(KeyUse::Salt, &secret([0x72; 16]), 3, &mut salt).expect("derived");
        is_secret(&salt);
    });
}

fn pre_shared_key(run: &mut Run, prf: Prf) {
    let outline = PskOutline {
        prf,
        v: true,
        csb_id: 2,
        map: CsIdMap::Empty,
        timestamp: Timestamp::from_time(now()),
        rand: &RAND,
        identities: &[],
        policies: &[],
    };
    let psk = secret([0x73; 16]);
    let mut octets = Vec::new();
    run.wanted(&format!("PskOutline::seal, hedged_rand: {prf:?}"), || {
        let (key, salt) = (secret([0x74; 16]), secret([0x75; 12]));
        let salted = KeyData {
            salt: Some(&salt),
            validity: Validity::Spi(&[1, 2]),
            ..KeyData::new(KeyKind::Tek, &key)
        };
        let keys = [salted, KeyData::new(KeyKind::Tgk, &key)];
        is_public(&outline.hedged_rand(&psk, &keys).expect("a RAND"));
        octets = outline.seal(&psk, &keys).expect("sealed");
        is_public(&octets);
        is_public(outline.seal_for_signature(&psk, &keys).expect("sealed").to_be_signed());
    });
    let message = PskMessage::decode(&octets).expect("decoded");
    let authenticate = |psk: &[u8]| {
        let mut cache = MemoryCache::new(10);
        let fresh = message.check_fresh(&clock(), &cache).expect("fresh");
        fresh.authenticate(psk, &mut cache)
    };
    let mut answer = Vec::new();
    run.wanted(&format!("FreshPsk::authenticate, OpenedPsk::verification: {prf:?}"), || {
        let opened = authenticate(&psk).expect("authentic");
        assert_eq!(opened.key_data().count(), 2);
        opened.key_data().for_each(|data| is_secret(data.key));
        opened.key_data().filter_map(|data| data.salt).for_each(is_secret);
        answer = opened.verification(None, b"initiator", b"responder").expect("made");
        is_public(&answer);
    });
    run.wanted(&format!("FreshPsk::authenticate, refused: {prf:?}"), || {
        assert_eq!(authenticate(&secret([0x76; 16])).err(), Some(Error::Mac));
    });
    run.wanted(&format!("verify_response: {prf:?}"), || {
        let verify =
            |psk: &[u8]| verify_response(&answer, &message, psk, b"initiator", b"responder");
        assert_eq!(verify(&psk), Ok(()));
        assert_eq!(verify(&secret([0x76; 16])), Err(Error::Mac));
    });
}
