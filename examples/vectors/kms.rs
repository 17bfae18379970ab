//! The operations on what a KMS gives.

use eccsi_sakke::kms::{
    CertificateParts, Error, IntegrityKey, KeyContent, KeySetCheck, KeySetParts, KeyWrap,
    KmsCertificate, Protection, Reading, Role, SharedKeyId, SharedKeys, TransportKey, UnwrapKey,
    ValidPeriod, WrappedKey, Wrapping,
};
use eccsi_sakke::{KeyPeriods, NtpTime};
use serde_json::Value;

use super::operations::{own, same};
use super::{Case, Output, Stop};

pub(super) fn aes_kw(case: &mut Case<'_>) -> Result<(), Stop> {
    key_wrap(case, KeyWrap::Rfc3394)
}

pub(super) fn aes_kwp(case: &mut Case<'_>) -> Result<(), Stop> {
    key_wrap(case, KeyWrap::Rfc5649)
}

fn key_wrap(case: &mut Case<'_>, wrap: KeyWrap) -> Result<(), Stop> {
    let kek = case.octets("kek")?;
    let wrapped = case.octets("wrapped")?;
    case.outputs(&["plain"]);
    let plain = wrap.unwrap(&kek, &wrapped)?;
    case.computed("plain", plain.as_slice());
    same("wrapped", own(wrap.wrap(&kek, &plain), "plain")?, wrapped)
}

/// The lengths of an SSK or a shared key, and of a PVT and an RSK.
const SECRET: usize = 32;
const POINTS: [usize; 2] = [65, 257];

fn wrapping(mode: &str) -> Result<Wrapping, Stop> {
    match mode {
        "rfc5649" => Ok(Wrapping::Padded),
        "rfc3394" | "rfc3394-strip04" => Ok(Wrapping::Unpadded),
        "rfc3394-rfc5649" => Ok(Wrapping::PaddedPoints),
        _ => Err(Stop::Failed(format!("no mode {mode}"))),
    }
}

pub(super) fn kms_wrap(case: &mut Case<'_>) -> Result<(), Stop> {
    let (trk, mode) = (case.octets("TrK")?, case.text("mode")?);
    let lengths: &[usize] = match mode {
        "rfc3394" => &[SECRET],
        "rfc3394-strip04" => &POINTS,
        _ => &[SECRET, POINTS[0], POINTS[1]],
    };
    let wrapping = wrapping(mode)?;
    let octets = case.octets("wrapped")?;
    case.outputs(&["key"]);

    let trk = TransportKey::new(SharedKeyId(1), trk)?;
    let wrapped = WrappedKey { octets: octets.clone(), ..WrappedKey::default() };
    // The length tells which key it can be.
    let opened = |reading: Reading| {
        let outcomes = lengths.iter().map(|&len| trk.unwrap(&wrapped, len, reading));
        let mut possible = outcomes.filter(|outcome| *outcome != Err(Error::Length));
        possible.next().unwrap_or(Err(Error::Length))
    };
    let key = opened(Reading::Only(wrapping))?;
    case.computed("key", key.as_slice());
    same("key", own(opened(Reading::Any), "wrapped")?.as_slice(), key.as_slice())?;
    same("wrapped", own(trk.wrap(&key, wrapping), "key")?, octets)
}

/// An attribute that is null if there is no value.
fn optional<'a, T>(
    case: &mut Case<'a>,
    name: &'static str,
    parse: impl Fn(&'a Value) -> Option<T>,
) -> Result<Option<T>, Stop> {
    case.input(name, |value| if value.is_null() { Some(None) } else { parse(value).map(Some) })
}

fn octets(value: &Value) -> Option<Vec<u8>> {
    hex::decode(value.as_str()?).ok()
}

fn key_id(value: &Value) -> Option<SharedKeyId> {
    Some(<[u8; 4]>::try_from(octets(value)?).ok()?.into())
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(Into::into)
}

fn time(value: &Value) -> Option<NtpTime> {
    value.as_u64().map(NtpTime::from_seconds)
}

pub(super) fn kms_mac(case: &mut Case<'_>) -> Result<(), Stop> {
    let trk = (case.octets("TrK")?, case.input("TrK_ID", key_id)?);
    let ink = (optional(case, "InK", octets)?, optional(case, "InK_ID", key_id)?);
    let (signed, id) = (case.octets("signed")?, optional(case, "Signature_ID", key_id)?);
    let mac = case.octets("mac")?;

    let ink = match ink {
        (Some(octets), Some(id)) => Some(IntegrityKey::new(id, octets)?),
        (None, None) => None,
        _ => return Err(Stop::Failed("InK and InK_ID belong together".into())),
    };
    let keys = SharedKeys::new(TransportKey::new(trk.1, trk.0)?, ink);
    keys.verify(&signed, id, &mac)?;
    own(keys.verify_unnamed(&signed, &mac), "mac")?;
    if id != Some(keys.signature_id()) {
        return Err(Stop::Failed("another key signs".into()));
    }
    same("mac", own(keys.sign(&signed), "TrK")?, mac)
}

/// The certificate of a test, not checked.
fn certificate_parts(case: &mut Case<'_>) -> Result<CertificateParts, Stop> {
    let role = case.text("role")?;
    Ok(CertificateParts {
        version: CertificateParts::VERSION.into(),
        role: own(Role::from_name(role), "role")?,
        is_security_gateway: false,
        cert_uri: optional(case, "cert_uri", text)?,
        kms_uri: case.text("kms_uri")?.into(),
        issuer: None,
        valid: ValidPeriod {
            from: optional(case, "cert_valid_from", time)?,
            to: optional(case, "cert_valid_to", time)?,
        },
        revoked: case.input("cert_revoked", Value::as_bool)?,
        user_id_format: case.text("user_id_format")?.into(),
        user_key_period: case.number("period")?,
        user_key_offset: case.number("offset")?,
        pub_enc_key: case.octets("Z")?,
        pub_auth_key: case.octets("KPAK")?,
        parameter_set: optional(case, "parameter_set", Value::as_u64)?,
        domains: Vec::new(),
    })
}

pub(super) fn kms_certificate(case: &mut Case<'_>) -> Result<(), Stop> {
    let parts = certificate_parts(case)?;
    let (now, user_uri) = (NtpTime::from_seconds(case.number("now")?), case.text("user_uri")?);
    case.outputs(&["period_no", "uid"]);

    let certificate = KmsCertificate::try_from(parts.clone())?;
    let kms = certificate.kms(now)?;
    if *certificate.parts() != parts {
        return Err(Stop::Failed("the parts are others".into()));
    }
    let periods: &KeyPeriods = certificate.periods();
    case.computed.push(("period_no", Output::Number(own(periods.number(now), "now")?)));
    case.computed("uid", own(kms.user(user_uri).identifier(now), "user_uri")?);
    Ok(())
}

pub(super) fn key_set(case: &mut Case<'_>) -> Result<(), Stop> {
    let certificate = certificate_parts(case)?;
    let wrapped = case.input("wrapped", Value::as_array)?;
    let mut content = |name| {
        let octets = case.octets(name)?;
        let is_wrapped = wrapped.iter().any(|wrapped| wrapped == name);
        Ok::<_, Stop>(if is_wrapped {
            KeyContent::wrapped(&octets)
        } else {
            KeyContent::plain(&octets)
        })
    };
    let (rsk, ssk, pvt) = (content("RSK")?, content("SSK")?, content("PVT")?);
    let longer_ssk = match &ssk {
        KeyContent::Plain(octets) => octets.len() > 32,
        KeyContent::Wrapped(wrapped) => wrapped.octets.len() > 40,
    };
    let parts = KeySetParts {
        version: KeySetParts::VERSION.into(),
        kms_uri: case.text("set_kms_uri")?.into(),
        cert_uri: optional(case, "set_cert_uri", text)?,
        issuer: None,
        user_uri: case.text("set_user_uri")?.into(),
        user_id: case.octets("user_id")?,
        valid: ValidPeriod {
            from: optional(case, "valid_from", time)?,
            to: optional(case, "valid_to", time)?,
        },
        key_period_no: case.number("period_no")?,
        revoked: case.input("revoked", Value::as_bool)?,
        user_decrypt_key: rsk,
        user_signing_key_ssk: ssk,
        user_pub_token_pvt: pvt,
    };
    let (user_uri, now) = (case.text("user_uri")?, NtpTime::from_seconds(case.number("now")?));
    let (trk, mode) = (optional(case, "TrK", octets)?, optional(case, "mode", Value::as_str)?);
    case.outputs(&["decrypt_key", "signing_key", "token"]);

    let trk = trk.map(|trk| TransportKey::new(SharedKeyId(1), trk)).transpose()?;
    let protection = match (&trk, mode) {
        (None, None) => Protection::Clear,
        (Some(trk), Some("any")) => Protection::Wrapped(trk, Reading::Any),
        (Some(trk), Some(mode)) => Protection::Wrapped(trk, wrapping(mode)?.into()),
        _ => return Err(Stop::Failed("TrK and mode belong together".into())),
    };
    let has_hex_uids = case.has("hex_uids") && case.input("hex_uids", Value::as_bool)?;
    let mut certificate = KmsCertificate::try_from(certificate)?;
    if has_hex_uids {
        certificate = certificate.with_hex_uids();
    }
    let set =
        parts.validate(&KeySetCheck { certificate: &certificate, user_uri, protection, now })?;
    case.computed("decrypt_key", set.receiver_key().to_bytes().as_slice());
    case.computed("signing_key", set.signing_key().ssk().as_slice());
    case.computed("token", set.signing_key().pvt());

    // An accepted set is written as it came, because wrapping isn't random.
    let sent = match (&trk, mode) {
        (_, Some("any")) => return Ok(()),
        (Some(trk), Some(mode)) => own(set.to_parts(Some((trk, wrapping(mode)?))), "the set")?,
        _ => own(set.to_parts(None), "the set")?,
    };
    let mut expected = KeySetParts { cert_uri: sent.cert_uri.clone(), ..parts };
    // Leading octets of 00 before an SSK aren't written.
    if longer_ssk {
        expected.user_signing_key_ssk = sent.user_signing_key_ssk.clone();
    }
    let is_same = sent == expected;
    if is_same { Ok(()) } else { Err(Stop::Failed("sent as another".into())) }
}
