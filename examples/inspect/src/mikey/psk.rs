//! The checks of a message under a pre-shared key, and why a message of a camera brings no key.

use eccsi_sakke::kms::KmsCertificate;
use eccsi_sakke::mikey::psk::{OpenedPsk, PskMessage, SignedPskMessage, Validity};
use eccsi_sakke::mikey::{self, CsIdMap, MemoryCache, Message, Timestamp};
use eccsi_sakke::{Identifier, KmsUri, NtpTime, UserUri, eccsi};

use super::structure::Facts;
use super::{REFUSED, clock, fresh, names};
use crate::Keys;
use crate::recorder::{Name, Recorder};
use crate::report::{Group, Shown};

const SIGNATURE: Name = (Group::Signature, "signature");
const SIGNED: &str = "signed by the signer";
const MAC: Name = (Group::Signature, "mac");
const AUTHENTIC: &str = "the MAC is right under the pre-shared key, and the keys are complete";

pub(super) fn inspect(
    found: &mut Recorder,
    message: Option<&Message<'_>>,
    facts: &Facts,
    keys: &Keys,
    at: NtpTime,
) {
    suite(found, facts);
    let Some(octets) = message.map(Message::as_bytes) else {
        return found.missing(MAC, AUTHENTIC, REFUSED);
    };
    let signed = SignedPskMessage::decode(octets).ok();
    // The content of a message is shown whoever made it.
    let message = match signed {
        Some(signed) => Ok(signed.without_its_signature()),
        None => PskMessage::decode(octets),
    };
    let what = "a pre-shared-key message of RFC 3830";
    let Some(message) = found.check((Group::Structure, "pre-shared-key"), what, message) else {
        return found.missing(MAC, AUTHENTIC, REFUSED);
    };
    fresh(found, message.timestamp(), at);
    let clock = clock(message.timestamp(), at);
    signature(found, octets, signed.as_ref(), keys, clock.now);
    let Some(psk) = &keys.psk else {
        return found.missing(MAC, AUTHENTIC, "give psk in KEYS.json");
    };
    let fresh = match message.timestamp() {
        Timestamp::Counter(_) => message.check_counter(None),
        _ => message.check_fresh(&clock, &MemoryCache::new(1)),
    };
    let opened = fresh.and_then(|fresh| fresh.authenticate(psk, &mut MemoryCache::new(1)));
    if let Some(opened) = found.check(MAC, AUTHENTIC, opened) {
        show(found, &opened);
    }
}

/// Checks that encryption and MAC go with the PRF (RFC 6043 section 12.1).
fn suite(found: &mut Recorder, facts: &Facts) {
    let (Some(prf), Some((encryption, mac))) = (facts.prf, facts.kemac) else { return };
    let what = "PRF, encryption and MAC form one suite";
    let holds = matches!((prf, encryption, mac), (0, 1, 1) | (1, 3, 2));
    let otherwise = match (encryption, mac) {
        (0, 0) => "it has neither encryption nor MAC, so anybody who sees it knows its keys, and anybody can make \
            another. Its keys are shown above, octet by octet, but none of them is accepted"
            .into(),
        (0, _) => "it has no encryption, so anybody who sees it knows its keys. They are shown above, but none \
            of them is accepted"
            .into(),
        (_, 0) => "it has no MAC, so anybody can change it, and none of its keys is accepted".into(),
        _ => format!(
            "it has {}, {} and {}. RFC 6043 section 12.1 requires AES-CM-128 and HMAC-SHA-1-160 with MIKEY-1, \
             AES-CM-256 and HMAC-SHA-256-256 with PRF-HMAC-SHA-256",
            names::prf(prf),
            names::encryption(encryption),
            names::mac(mac)
        ),
    };
    found.holds((Group::Profile, "suite"), what, holds, otherwise);
}

/// Checks that the signer signed the message, if there is a signature or there should be one.
fn signature(
    found: &mut Recorder,
    octets: &[u8],
    signed: Option<&SignedPskMessage<'_>>,
    keys: &Keys,
    time: NtpTime,
) {
    let certificate = keys.certificate(keys.kms_uri.as_deref(), time);
    let kpak = keys.kpak.or(certificate.map(|one| *one.kpak()));
    let Some(signed) = signed else {
        if kpak.is_some() || keys.signer.is_some() {
            let otherwise = "there is no signature, but keys to verify one were given";
            found.holds(SIGNATURE, SIGNED, false, otherwise);
        }
        return;
    };
    found.note("signed", "it is signed, as in ProSe: messages of RFC 3830 are not");
    match (kpak, signer(keys, certificate, time)) {
        (Some(kpak), Some(Ok(signer))) => {
            let covered = octets.len() - eccsi::Signature::LEN;
            let verifying_key = kpak.verifying_key(signer);
            let verified = verifying_key.verify(&octets[..covered], signed.signature());
            found.check(SIGNATURE, SIGNED, verified.map_err(|_| mikey::Error::Signature));
        }
        (_, Some(Err(error))) => found.holds(SIGNATURE, SIGNED, false, error),
        _ => {
            let why = "give KPAK or the KMS's certificate, and signer, or else initiator, kms_uri and period";
            found.missing(SIGNATURE, SIGNED, why);
        }
    }
}

/// The identifier of the signer, which was given as it is or as a user of a KMS.
fn signer(
    keys: &Keys,
    certificate: Option<&KmsCertificate>,
    time: NtpTime,
) -> Option<Result<Identifier, eccsi_sakke::Error>> {
    if let Some(signer) = &keys.signer {
        return Some(Identifier::try_from(signer.as_slice()));
    }
    let kms_uri = keys.kms_uri.as_deref().or(certificate.map(KmsCertificate::kms_uri))?;
    let periods = keys.periods.or(certificate.map(|one| *one.periods()))?;
    Some(periods.uid_at(UserUri(keys.initiator.as_deref()?), KmsUri(kms_uri), time))
}

fn show(found: &mut Recorder, opened: &OpenedPsk<'_>) {
    let derivation = opened.message().derivation();
    for data in opened.key_data() {
        let mut shown = Shown::new("key");
        shown.put(format!("{:?}", data.kind).to_uppercase(), hex::encode(data.key));
        if let Some(salt) = data.salt {
            shown.put("salt", hex::encode(salt));
        }
        match data.validity {
            Validity::Unlimited => {}
            Validity::Spi(spi) => shown.put("for SPI", hex::encode(spi)),
            Validity::Interval { from, to } => {
                shown.put("from", hex::encode(from));
                shown.put("to", hex::encode(to));
            }
        }
        let sessions: Vec<u8> = match opened.message().map() {
            CsIdMap::Empty => Vec::new(),
            CsIdMap::SrtpId(streams) => (1..=255).take(streams.len()).collect(),
            CsIdMap::GenericId(sessions) => sessions.iter().map(|session| session.cs_id).collect(),
        };
        for cs_id in sessions {
            if let Ok(key) = data.master_key::<16>(&derivation, cs_id) {
                shown.put(format!("CS {cs_id}, TEK of 16"), hex::encode(*key));
            }
            if let Ok(salt) = data.master_salt::<14>(&derivation, cs_id) {
                shown.put(format!("CS {cs_id}, salt of 14"), hex::encode(*salt));
            }
        }
        found.show(shown);
    }
}
