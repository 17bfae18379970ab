//! The messages that cost their receiver the most for their length. The tests here count the receiver's steps, and
//! `assure/cost`, which shares this file, counts its instructions.

use alloc::vec::Vec;

use rand_core::CryptoRng;

use crate::eccsi::{KmsSecretKey as Signatures, Signature, SigningKey};
use crate::mikey::psk::{KeyData, KeyKind, PskOutline};
use crate::mikey::{
    Builder, CryptoSession, CsIdMap, Extension, Header, IdScheme, Identity, Kemac, Kms, Limits,
    Mac, MessageType, Payload, Prf, Role, SakkePayload, SecurityPolicy, Sign, Timestamp, User,
};
use crate::sakke::{KmsSecretKey as Encapsulations, ReceiverKey, SharedSecret};
use crate::{KeyPeriods, NtpTime};

/// No message is too large, so the limits do not hide any cost.
pub(crate) const WIDE: Limits = Limits {
    octets: usize::MAX,
    payloads: usize::MAX,
    sessions: usize::MAX,
    policies: usize::MAX,
    groups: usize::MAX,
};

/// The time of every message.
pub(crate) const NOW: NtpTime = NtpTime::from_unix(1_800_000_000);

/// The pre-shared key.
pub(crate) const PSK: [u8; 16] = [1; 16];

/// The identifier of the key in a delivery: a PCK.
const CSB_ID: u32 = 0x1000_0001;

/// A KMS and the keys of two users.
pub(crate) struct Domain {
    pub(crate) kms: Kms,
    pub(crate) signing: SigningKey,
    pub(crate) receiver: ReceiverKey,
    /// The signer's own receiver key, for secrets that it sends to itself.
    pub(crate) own: ReceiverKey,
}

impl Domain {
    pub(crate) const INITIATOR: &str = "sip:alice@example.org";
    pub(crate) const RESPONDER: &str = "sip:bob@example.org";

    pub(crate) fn new<R: CryptoRng>(rng: &mut R) -> Self {
        let (sign, enc) =
            (Signatures::generate(rng).unwrap(), Encapsulations::generate(rng).unwrap());
        let scheme = IdScheme::Uid(KeyPeriods::new(2_592_000).unwrap());
        let kms = Kms::new("kms.example.org", scheme, *sign.public_key(), *enc.public_key());
        let identifier = |uri| kms.user(uri).identifier(NOW).unwrap();
        let (from, to) = (identifier(Self::INITIATOR), identifier(Self::RESPONDER));
        Self {
            signing: sign.issue(rng, from).unwrap(),
            receiver: enc.extract(&to).unwrap(),
            own: enc.extract(&from).unwrap(),
            kms,
        }
    }

    pub(crate) fn parties(&self) -> (User<'_>, User<'_>) {
        (self.kms.user(Self::INITIATOR), self.kms.user(Self::RESPONDER))
    }

    fn sakke(&self, to: User<'_>) -> [u8; 273] {
        let recipient = self.kms.z().recipient(&to.identifier(NOW).unwrap()).unwrap();
        *recipient.encapsulate(&SharedSecret::from([2; 16])).unwrap().as_bytes()
    }

    /// A correct message with a key, of about `octets` octets. It has the maximum number of crypto sessions, each with
    /// its own policy, and the policies come after empty extensions.
    pub(crate) fn delivery<R: CryptoRng>(&self, octets: usize, rng: &mut R) -> Vec<u8> {
        let (from, to) = self.parties();
        let numbers: Vec<u8> = (0..255).collect();
        let session = |cs_id: &u8| CryptoSession {
            cs_id: *cs_id,
            protocol: 0,
            s: false,
            policies: &numbers[usize::from(*cs_id)..=usize::from(*cs_id)],
            session_data: &[],
            spi: &[],
        };
        let sessions: Vec<_> = numbers.iter().map(session).collect();
        let map = CsIdMap::GenericId(sessions.as_slice().into());
        let mut builder = Builder::new(&header(MessageType::Sakke, map)).unwrap();
        let mut push = |payload: Payload<'_>| builder.push(&payload).unwrap();
        push(Payload::Timestamp(Timestamp::from_time(NOW)));
        push(Payload::Rand(&[3; 16]));
        let uid = from.identifier(NOW).unwrap();
        let kms = Identity::uri(self.kms.uri());
        for (role, identity) in [
            (Role::InitiatorUid, Identity::uri(&uid)),
            (Role::Responder, Identity::uri(to.uri())),
            (Role::InitiatorKms, kms),
            (Role::ResponderKms, kms),
        ] {
            push(Payload::Role(role, identity));
        }
        push(Payload::Sakke(SakkePayload { parameters: 1, id_scheme: 2, data: &self.sakke(to) }));
        // A whole SAKKE payload: type of the next payload, parameter set, scheme, length.
        let to_self = [&[0, 1, 2, 1, 17], self.sakke(from).as_slice()].concat();
        push(Payload::Extension(Extension { kind: Extension::SAKKE_TO_SELF, data: &to_self }));
        for _ in 0..octets.saturating_sub(4096) / 4 {
            push(Payload::Extension(Extension { kind: 0, data: &[] }));
        }
        for number in numbers.iter().copied() {
            push(Payload::Policy(policy(number, &[])));
        }
        push(Payload::Sign(Sign { kind: 2, signature: &[0; Signature::LEN] }));
        let mut message = builder.finish();
        message.truncate(message.len() - Signature::LEN);
        let signature = self.signing.sign(rng, &message).unwrap();
        message.extend_from_slice(signature.as_bytes());
        message
    }
}

const fn header(message_type: MessageType, map: CsIdMap<'_>) -> Header<'_> {
    Header { message_type, v: false, prf: Prf::HmacSha256, csb_id: CSB_ID, map }
}

fn policy<'a>(number: u8, parameters: &'a [(u8, &'a [u8])]) -> SecurityPolicy<'a> {
    SecurityPolicy { number, protocol: 0, parameters: parameters.into() }
}

/// About `octets` octets of policies with the maximum number of empty parameters.
pub(crate) fn parameters(octets: usize) -> Vec<u8> {
    let all: Vec<(u8, &[u8])> = (0..=255).map(|kind| (kind, [].as_slice())).collect();
    let mut builder = Builder::new(&header(MessageType::Error, CsIdMap::Empty)).unwrap();
    for number in 0..octets / 517 {
        builder.push(&Payload::Policy(policy(number as u8, &all))).unwrap();
    }
    builder.finish()
}

/// About `octets` octets of the shortest payload, an empty RAND.
pub(crate) fn payloads(octets: usize) -> Vec<u8> {
    let mut builder = Builder::new(&header(MessageType::Error, CsIdMap::Empty)).unwrap();
    for _ in 0..octets / 2 {
        builder.push(&Payload::Rand(&[])).unwrap();
    }
    builder.finish()
}

/// The outline of a pre-shared-key message with `policies`.
pub(crate) fn under_psk<'a>(policies: &'a [SecurityPolicy<'a>]) -> PskOutline<'a> {
    PskOutline {
        prf: Prf::HmacSha256,
        v: true,
        csb_id: CSB_ID,
        map: CsIdMap::Empty,
        timestamp: Timestamp::from_time(NOW),
        rand: &[3; 16],
        identities: &[],
        policies,
    }
}

/// A correct pre-shared-key message of about `octets` octets: policies, and the key data of the shortest keys.
pub(crate) fn pre_shared(octets: usize) -> Vec<u8> {
    let all: Vec<(u8, &[u8])> = (0..=255).map(|kind| (kind, [].as_slice())).collect();
    let half = octets / 2;
    let policies: Vec<_> = (0..half / 517).map(|number| policy(number as u8, &all)).collect();
    // The keys fill the other half.
    let keys = alloc::vec![KeyData::new(KeyKind::Tgk, &[4]); (half / 5).clamp(1, 13_107)];
    under_psk(&policies[..policies.len().min(256)]).seal(&PSK, &keys).unwrap()
}

/// A message of about `octets` octets under an unknown pre-shared key: empty extensions.
pub(crate) fn pre_shared_extensions(octets: usize) -> Vec<u8> {
    let mut builder = Builder::new(&header(MessageType::PreSharedKey, CsIdMap::Empty)).unwrap();
    builder.push(&Payload::Timestamp(Timestamp::from_time(NOW))).unwrap();
    builder.push(&Payload::Rand(&[3; 16])).unwrap();
    for _ in 0..octets / 4 {
        builder.push(&Payload::Extension(Extension { kind: 0, data: &[] })).unwrap();
    }
    let kemac = Kemac { encryption: 3, data: &[1; 5], mac: Mac::HmacSha256(&[0; 32]) };
    builder.push(&Payload::Kemac(kemac)).unwrap();
    builder.finish()
}

/// A signed message of ProSe, with a signature that nobody verifies.
pub(crate) fn prose(octets: usize, signature: &Signature) -> Vec<u8> {
    let keys = alloc::vec![KeyData::new(KeyKind::Tgk, &[4]); (octets / 5).clamp(1, 13_107)];
    under_psk(&[]).seal_for_signature(&PSK, &keys).unwrap().attach(signature)
}

/// The content of key parameters of about `octets` octets: the maximum number of groups, and a text.
pub(crate) fn key_parameters(octets: usize) -> Vec<u8> {
    let mut out = alloc::vec![0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let groups = octets.saturating_sub(20).min(255 * 4) / 4;
    let text = octets.saturating_sub(out.len() + 5 + 4 * groups).min(65_535);
    out.extend_from_slice(&(text as u16).to_be_bytes());
    out.resize(out.len() + text, b'a');
    out.extend_from_slice(&(4 * groups as u16 + 1).to_be_bytes());
    out.push(groups as u8);
    for _ in 0..groups {
        out.extend_from_slice(&[0, 0, 1, b'g']);
    }
    out
}
