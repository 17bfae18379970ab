//! Certificates and key sets.

use eccsi_sakke::kms::{
    CertificateParts, Error, KeyContent, KeySetCheck, KeySetParts, KmsCertificate, ValidPeriod,
};
use eccsi_sakke::{NtpTime, eccsi, sakke};

use super::{field, item, optional};
use crate::Keys;
use crate::mikey::{of_key_set, protection};
use crate::recorder::Recorder;
use crate::report::{Field, Group, Item, Shown};

/// Inspects a certificate.
pub(super) fn certificate(
    found: &mut Recorder,
    items: &mut Vec<Item>,
    parts: &CertificateParts,
    at: NtpTime,
) {
    let mut shown = item("KmsCertificate", format!("of {}", parts.kms_uri));
    let fields = [
        Some(field("Version", &parts.version)),
        Some(field("Role", parts.role)),
        Some(field("IsSecurityGateway", parts.is_security_gateway)),
        optional("CertUri", parts.cert_uri.as_ref()),
        Some(field("KmsUri", &parts.kms_uri)),
        optional("Issuer", parts.issuer.as_ref()),
    ];
    shown.fields.extend(fields.into_iter().flatten());
    shown.fields.extend(valid(parts.valid));
    shown.fields.extend([
        field("Revoked", parts.revoked),
        field("UserIdFormat", &parts.user_id_format),
        field("UserKeyPeriod", parts.user_key_period),
        field("UserKeyOffset", parts.user_key_offset),
        octets("PubEncKey, Z", &parts.pub_enc_key),
        octets("PubAuthKey, KPAK", &parts.pub_auth_key),
    ]);
    shown.fields.extend(optional("ParameterSet", parts.parameter_set));
    shown.fields.extend(parts.domains.iter().map(|domain| field("KmsDomain", domain)));
    items.push(shown);
    // Each key has its own check, whatever else is wrong with the certificate.
    let kpak = eccsi::KmsPublicKey::try_from(parts.pub_auth_key.as_slice());
    let on_curve = |name: &str, of: &str| format!("{name} of {} is a point of {of}", parts.kms_uri);
    found.check((Group::Structure, "point-kpak"), on_curve("KPAK", "P-256"), kpak);
    let z = sakke::KmsPublicKey::try_from(parts.pub_enc_key.as_slice());
    let what = on_curve("Z", "the curve of SAKKE and of order q");
    found.check((Group::Structure, "point-z"), what, z);
    let certificate = KmsCertificate::try_from(parts.clone());
    let what = "a certificate that can be used";
    if let Some(certificate) = found.check((Group::Profile, "certificate"), what, certificate) {
        let what = "the certificate is in force at the time of the inspection";
        found.check((Group::Profile, "in-force"), what, certificate.check(at));
        if let Ok(number) = certificate.periods().number(at) {
            found.note("period", format!("the time of the inspection is in key period {number}"));
        }
    }
}

/// Inspects a key set, and validates it if its certificate was given.
pub(super) fn key_set(
    found: &mut Recorder,
    items: &mut Vec<Item>,
    set: &KeySetParts,
    keys: &Keys,
    at: NtpTime,
) {
    let mut shown = item("KmsKeySet", format!("of {}", set.user_uri));
    let fields = [
        Some(field("Version", &set.version)),
        Some(field("KmsUri", &set.kms_uri)),
        optional("CertUri", set.cert_uri.as_ref()),
        optional("Issuer", set.issuer.as_ref()),
        Some(field("UserUri", &set.user_uri)),
        Some(octets("UserID", &set.user_id)),
    ];
    shown.fields.extend(fields.into_iter().flatten());
    shown.fields.extend(valid(set.valid));
    shown.fields.extend([
        field("KeyPeriodNo", set.key_period_no),
        field("Revoked", set.revoked),
        content("UserDecryptKey, RSK", &set.user_decrypt_key),
        content("UserSigningKeySSK, SSK", &set.user_signing_key_ssk),
        content("UserPubTokenPVT, PVT", &set.user_pub_token_pvt),
    ]);
    items.push(shown);
    let name = (Group::Key, "key-set");
    let what =
        format!("the keys are those of {} in key period {}", set.user_uri, set.key_period_no);
    let certificate = match of_kms(keys, set, at) {
        None => {
            let why = format!("give the certificate of {}", set.kms_uri);
            return found.missing(name, what, why);
        }
        Some(Err(error)) => return found.holds(name, what, false, error),
        Some(Ok(certificate)) => certificate,
    };
    if keys.user_uri.is_none() {
        let text = "the user of the key set was not given, so the user that it names is assumed";
        found.note("user", text);
    }
    let user_uri = keys.user_uri.as_deref().unwrap_or(&set.user_uri);
    let protection = protection(keys);
    let check = KeySetCheck { certificate: &certificate, user_uri, protection, now: at };
    let is_wrapped = matches!(set.user_decrypt_key, KeyContent::Wrapped(_));
    if is_wrapped && keys.trk.is_none() {
        let why = "its keys are wrapped: give TrK, the transport key";
        return found.missing(name, what, why);
    }
    let validated = set.validate(&check).map_err(|error| of_key_set(set, &check, error));
    let Some(validated) = found.check(name, what, validated) else { return };
    let mut shown = Shown::new("keys");
    shown.put("RSK", hex::encode(validated.receiver_key().to_bytes().as_slice()));
    shown.put("SSK", hex::encode(validated.signing_key().ssk().as_slice()));
    shown.put("PVT", hex::encode(validated.signing_key().pvt()));
    found.show(shown);
}

/// The certificate to validate the set with: one that was given, or one made from values that were given.
fn of_kms(keys: &Keys, set: &KeySetParts, at: NtpTime) -> Option<Result<KmsCertificate, Error>> {
    if let Some(certificate) = keys.certificate(Some(&set.kms_uri), at) {
        return Some(Ok(certificate.clone()));
    }
    let parts = CertificateParts {
        cert_uri: set.cert_uri.clone(),
        ..CertificateParts::new(
            keys.kms_uri.as_deref()?,
            keys.periods?,
            keys.kpak.as_ref()?,
            keys.z.as_ref()?,
        )
    };
    Some(KmsCertificate::try_from(parts))
}

fn valid(valid: ValidPeriod) -> impl Iterator<Item = Field> {
    [optional("ValidFrom", valid.from), optional("ValidTo", valid.to)].into_iter().flatten()
}

fn octets(name: &str, octets: &[u8]) -> Field {
    Field { octets: Some(hex::encode(octets)), ..field(name, "") }
}

/// Key content. Keys in clear are not shown.
pub(super) fn content(name: &str, content: &KeyContent) -> Field {
    match content {
        KeyContent::Plain(octets) => field(name, format!("{} octets in clear", octets.len())),
        KeyContent::Wrapped(wrapped) => {
            let name_of = |what: &str, name: &Option<String>| {
                name.as_ref().map_or(String::new(), |name| format!(", {what} {name}"))
            };
            let key = name_of("under", &wrapped.key_name);
            let carried = name_of("named", &wrapped.carried_key_name);
            field(name, format!("{} octets, wrapped{key}{carried}", wrapped.octets.len()))
        }
    }
}
