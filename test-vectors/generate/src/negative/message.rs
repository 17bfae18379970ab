//! I_MESSAGEs between users of one KMS, made octet by octet.

use eccsi_sakke::mikey::{Derivation, KeyUse, Prf};
use eccsi_sakke::{Identifier, eccsi, sakke};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::fixed::{below_q, octets};

/// The numbers of payload types.
pub const T: u8 = 5;
pub const SP: u8 = 10;
pub const RAND: u8 = 11;
pub const IDR: u8 = 14;
pub const SAKKE: u8 = 26;
pub const SIGN: u8 = 4;

/// The values from which a KMS makes UIDs: identifier, KMS URI, period, offset and number of the period.
pub struct UidInput<'a> {
    pub identifier: &'a [u8],
    pub kms_uri: &'a [u8],
    pub period: u64,
    pub offset: u64,
    pub number: u64,
}

/// A number in as few octets as possible, but at least one.
pub fn shortest(number: u64) -> Vec<u8> {
    let octets = number.to_be_bytes();
    let zeros = octets[..7].iter().take_while(|octet| **octet == 0).count();
    octets[zeros..].to_vec()
}

impl UidInput<'_> {
    /// P0 to P5.
    pub fn parameters(&self) -> Vec<Vec<u8>> {
        vec![
            b"MIKEY-SAKKE-UID".to_vec(),
            self.identifier.to_vec(),
            self.kms_uri.to_vec(),
            shortest(self.period),
            shortest(self.offset),
            shortest(self.number),
        ]
    }

    /// FC ‖ P0 ‖ L0 ‖ …
    pub fn string(&self) -> Vec<u8> {
        joined(&[0], &self.parameters(), |length| (length as u16).to_be_bytes().to_vec())
    }

    /// The UID of TS 33.180 F.2.1.
    pub fn uid(&self) -> [u8; 32] {
        Sha256::digest(self.string()).into()
    }
}

/// FC, and then each parameter followed by its length.
pub fn joined(fc: &[u8], parameters: &[Vec<u8>], length: fn(usize) -> Vec<u8>) -> Vec<u8> {
    let parts =
        parameters.iter().map(|parameter| [&parameter[..], &length(parameter.len())].concat());
    [fc, &parts.collect::<Vec<_>>().concat()].concat()
}

pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.chain_update(data).finalize().into_bytes().into()
}

/// The KDF of TS 33.220 B.2.
pub fn kdf(key: &[u8], fc: u8, parameters: &[&[u8]]) -> [u8; 32] {
    let parameters: Vec<_> = parameters.iter().map(|parameter| parameter.to_vec()).collect();
    hmac_sha256(key, &joined(&[fc], &parameters, |length| (length as u16).to_be_bytes().to_vec()))
}

/// A KMS and two of its users, one of whom sends the other a key.
#[derive(Clone)]
pub struct Users {
    pub kms_uri: String,
    pub initiator: String,
    pub responder: String,
    pub period: u64,
    pub offset: u64,
    /// Seconds of T since 1900, in any era.
    pub seconds: u64,
}

impl Users {
    /// The shortest encoding of this period differs from its encodings of a fixed length.
    pub fn new() -> Self {
        Self {
            kms_uri: "kms.example.org".into(),
            initiator: "sip:alice@example.org".into(),
            responder: "sip:bob@example.org".into(),
            period: 3600,
            offset: 1800,
            seconds: 3_999_999_999,
        }
    }

    pub fn number(&self) -> u64 {
        (self.seconds - self.offset) / self.period
    }

    pub fn uid_input<'a>(&'a self, uri: &'a str) -> UidInput<'a> {
        UidInput {
            identifier: uri.as_bytes(),
            kms_uri: self.kms_uri.as_bytes(),
            period: self.period,
            offset: self.offset,
            number: self.number(),
        }
    }

    pub fn uid(&self, uri: &str) -> [u8; 32] {
        self.uid_input(uri).uid()
    }

    fn sign_kms() -> eccsi::KmsSecretKey {
        eccsi::KmsSecretKey::try_from(&octets::<32>("KSAK", 1)).expect("in range")
    }

    fn encryption_kms() -> sakke::KmsSecretKey {
        sakke::KmsSecretKey::try_from(&below_q("z", 1)).expect("in range")
    }

    /// The signing key of an identifier, which need not be a UID.
    fn signing_key(id: &[u8]) -> eccsi::SigningKey {
        let v: [u8; 32] = Sha256::digest([b"v", id].concat()).into();
        Self::sign_kms().issue_with_v(&v, id).expect("a key")
    }

    /// The key encapsulated to an identifier, which need not be a UID. None if the identifier is out of range.
    pub fn encapsulated(&self, id: &[u8]) -> Option<[u8; 273]> {
        let id = Identifier::try_from(id).ok()?;
        let recipient = Self::encryption_kms().public_key().recipient(&id).ok()?;
        let ssv = sakke::SharedSecret::from(&Self::ssv());
        Some(recipient.encapsulate(&ssv).expect("sealed").to_bytes())
    }

    /// The receiver key of an identifier.
    pub fn rsk(id: &[u8]) -> [u8; 257] {
        let id = Identifier::try_from(id).expect("in range");
        *Self::encryption_kms().extract(&id).expect("a key").to_bytes()
    }

    /// gʳ of that encapsulation.
    pub fn g_r(&self, id: &[u8]) -> [u8; 128] {
        let id = Identifier::try_from(id).expect("in range");
        let recipient = Self::encryption_kms().public_key().recipient(&id).expect("a recipient");
        *recipient.trace(&Self::ssv().into()).expect("sealed").g_r
    }

    pub fn ssv() -> [u8; 16] {
        octets("SSV", 2)
    }

    pub fn rand() -> [u8; 16] {
        octets("RAND", 0)
    }

    /// The message `signed`, with the signature over `covered` by the key of `id`, and the j of that signature.
    pub fn signed(id: &[u8], signed: &[u8], covered: &[u8]) -> Signed {
        let j: [u8; 32] = Sha256::digest([b"j", id, covered].concat()).into();
        let signature = Self::signing_key(id).sign_with_j(&j, &[covered]).expect("signed");
        Signed { message: [signed, &signature.to_bytes()[..]].concat(), j }
    }

    /// The same with another j than in [`signed`](Self::signed).
    pub fn signed_again(id: &[u8], signed: &[u8]) -> Signed {
        let j = octets("j", 2);
        let signature = Self::signing_key(id).sign_with_j(&j, &[signed]).expect("signed");
        Signed { message: [signed, &signature.to_bytes()[..]].concat(), j }
    }

    /// The inputs of a test.
    pub fn inputs(&self, signed: &Signed) -> Value {
        let uid_r = Identifier::try_from(&self.uid(&self.responder)[..]).expect("a UID");
        let signing_key = Self::signing_key(&self.uid(&self.initiator));
        let rsk = Self::encryption_kms().extract(&uid_r).expect("a key").to_bytes();
        json!({
            "KPAK": hex::encode(Self::sign_kms().public_key().to_bytes()),
            "Z": hex::encode(Self::encryption_kms().public_key().to_bytes()),
            "SSK": hex::encode(&signing_key.ssk()[..]), "PVT": hex::encode(signing_key.pvt()),
            "j": hex::encode(signed.j), "RSK": hex::encode(&rsk[..]),
            "initiator": self.initiator, "responder": self.responder, "kms_uri": self.kms_uri,
            "period": self.period, "offset": self.offset, "srtp_cs_id": 0,
            "message": hex::encode(&signed.message),
        })
    }

    /// The inputs and the outputs of a test.
    pub fn answer(&self, outline: &Outline, signed: &Signed) -> Value {
        let mut answer = self.inputs(signed);
        let csb_id = outline.csb_id.to_be_bytes();
        let rand = Self::rand();
        let derivation = Derivation { prf: Prf::HmacSha256, csb_id: outline.csb_id, rand: &rand };
        let key = derivation.key::<16>(KeyUse::Tek, &Self::ssv(), 0).expect("a key");
        let salt = derivation.key::<12>(KeyUse::Salt, &Self::ssv(), 0).expect("a salt");
        let tag = outline.csb_id >> 28;
        let k_id = if tag == 0 { outline.csb_id ^ self.user_salt() } else { outline.csb_id };
        for (name, value) in [
            ("period_no", json!(self.number())),
            ("uid_i", hex::encode(self.uid(&self.initiator)).into()),
            ("uid_r", hex::encode(self.uid(&self.responder)).into()),
            ("SSV", hex::encode(Self::ssv()).into()),
            ("key_type", tag.into()),
            ("k_id", hex::encode(k_id.to_be_bytes()).into()),
            ("csb_id", hex::encode(csb_id).into()),
            ("rand", hex::encode(rand).into()),
            ("identity_hiding", false.into()),
            ("srtp_master_key", hex::encode(&key[..]).into()),
            ("srtp_master_salt", hex::encode(&salt[..]).into()),
        ] {
            answer[name] = value;
        }
        answer
    }

    /// The 28 bits in which a GMK-ID and the responder's GUK-ID differ.
    pub fn user_salt(&self) -> u32 {
        let low = kdf(&Self::ssv(), 0x50, &[self.responder.as_bytes()]);
        u32::from_be_bytes(low[28..].try_into().expect("4 octets")) & 0x0fff_ffff
    }
}

/// A message, and the j of its signature.
#[derive(Clone)]
pub struct Signed {
    pub message: Vec<u8>,
    pub j: [u8; 32],
}

/// A message without its signature.
#[derive(Clone)]
pub struct Outline {
    pub v: bool,
    pub csb_id: u32,
    /// #CS, the type of the map, and the map.
    pub map: Vec<u8>,
    /// Each payload with its number. It doesn't contain the number of the next one.
    pub payloads: Vec<(u8, Vec<u8>)>,
}

/// The octets after their length, which takes two octets.
pub fn long(octets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(octets.len()).expect("two octets");
    [&length.to_be_bytes(), octets].concat()
}

impl Outline {
    /// A message of `users` with the key encapsulated to `id`.
    pub fn new(users: &Users, csb_id: u32, encapsulated: &[u8; 273]) -> Self {
        let t = [&[0], &(users.seconds as u32).to_be_bytes()[..], &[0; 4]].concat();
        let identity =
            |role: u8, uri: &str| (IDR, [&[role, 1], &long(uri.as_bytes())[..]].concat());
        Self {
            v: false,
            csb_id,
            map: vec![0, 1],
            payloads: vec![
                (T, t),
                (RAND, [&[16], &Users::rand()[..]].concat()),
                identity(1, &users.initiator),
                identity(2, &users.responder),
                identity(6, &users.kms_uri),
                identity(7, &users.kms_uri),
                (SAKKE, [&[1, 2], &long(encapsulated)[..]].concat()),
            ],
        }
    }

    /// The octets up to the length of SIGN.
    pub fn encode(&self) -> Vec<u8> {
        let mut numbers = self.payloads.iter().map(|(number, _)| *number).chain([SIGN]);
        let mut next = || numbers.next().expect("one more");
        let mut octets = vec![1, SAKKE, next(), u8::from(self.v) << 7 | 1];
        octets.extend_from_slice(&self.csb_id.to_be_bytes());
        octets.extend_from_slice(&self.map);
        for (_, body) in &self.payloads {
            octets.push(next());
            octets.extend_from_slice(body);
        }
        // The type for ECCSI, and a length of 129 octets.
        octets.extend_from_slice(&[0x20, 129]);
        octets
    }
}
