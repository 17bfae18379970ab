//! The two ends of a message, as far as the given keys tell.

use eccsi_sakke::kms::{
    CertificateParts, KeySet, KeySetCheck, KeySetParts, KmsCertificate, Protection, Reading,
};
use eccsi_sakke::mikey::{IMessage, IdScheme, Kms, Role};
use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};

use crate::Keys;

/// One end: its user and its KMS, as far as they were given.
pub(super) struct Party<'k> {
    pub(super) user: Option<&'k str>,
    pub(super) kms_uri: Option<&'k str>,
    pub(super) scheme: Option<IdScheme>,
    pub(super) kpak: Option<eccsi::KmsPublicKey>,
    pub(super) z: Option<sakke::KmsPublicKey>,
    /// The certificate that provides some of these values.
    pub(super) certificate: Option<&'k KmsCertificate>,
}

impl<'k> Party<'k> {
    /// The initiator. Its certificate is that of the given KMS, or else of the KMS that the message names.
    pub(super) fn initiator(keys: &'k Keys, message: &IMessage<'_>, time: NtpTime) -> Self {
        let named = keys.kms_uri.as_deref().or_else(|| text(message, Role::InitiatorKms));
        let certificate = keys.certificate(named, time);
        let kms_uri = keys.kms_uri.as_deref().or(certificate.map(KmsCertificate::kms_uri));
        let periods = keys.periods.or(certificate.map(|one| *one.periods()));
        // Without another KMS, Z belongs to this one.
        let own_z = if keys.responder_kms_uri.is_none() { keys.z } else { None };
        Self {
            user: keys.initiator.as_deref(),
            kms_uri,
            scheme: periods.map(scheme_of(keys.hex_uids)),
            kpak: keys.kpak.or(certificate.map(|one| *one.kpak())),
            z: keys.initiator_z.or(own_z).or(certificate.map(|one| *one.z())),
            certificate,
        }
    }

    /// The responder. Its KMS is that of the initiator, unless another one was given.
    pub(super) fn responder(
        keys: &'k Keys,
        message: &IMessage<'_>,
        time: NtpTime,
        initiator: &Self,
    ) -> Self {
        let given = keys.responder_kms_uri.as_deref();
        let named = given.or_else(|| text(message, Role::ResponderKms));
        let certificate = named
            .and_then(|uri| keys.certificate(Some(uri), time))
            .or(if given.is_none() { initiator.certificate } else { None });
        let kms_uri = given.or(certificate.map(KmsCertificate::kms_uri)).or(initiator.kms_uri);
        let is_one_kms = kms_uri == initiator.kms_uri;
        let periods = keys.responder_periods.or(certificate.map(|one| *one.periods()));
        let of_one_kms = if is_one_kms { keys.hex_uids } else { None };
        let scheme = periods.map(scheme_of(keys.responder_hex_uids.or(of_one_kms)));
        let scheme = scheme.or(if is_one_kms { initiator.scheme } else { None });
        let mut users: Vec<&str> = keys
            .key_sets
            .iter()
            .filter(|set| Some(set.kms_uri.as_str()) == kms_uri)
            .map(|set| set.user_uri.as_str())
            .filter(|user| Some(*user) != initiator.user)
            .collect();
        users.sort_unstable();
        users.dedup();
        let only = if let [one] = users.as_slice() { Some(*one) } else { None };
        Self {
            user: keys.responder.as_deref().or(only),
            kms_uri,
            scheme,
            kpak: certificate.map(|one| *one.kpak()).or(initiator.kpak),
            z: keys.z.or(certificate.map(|one| *one.z())),
            certificate,
        }
    }

    /// The KMS, if everything about it was given.
    pub(super) fn kms(&self) -> Option<Kms> {
        Some(Kms::new(self.kms_uri?, self.scheme?, self.kpak?, self.z?))
    }

    /// The values that were not given, by their names in KEYS.json.
    pub(super) fn lacks(&self, names: [&'static str; 4]) -> Vec<&'static str> {
        let given = [
            self.user.is_some(),
            self.kms_uri.is_some(),
            self.scheme.is_some(),
            self.kpak.is_some(),
        ];
        let named = names.into_iter().zip(given);
        named.filter(|(_, given)| !given).map(|(name, _)| name).collect()
    }

    /// Its key set for the key period of `time`, if there is one: validated, or the reason why it is not valid.
    pub(super) fn key_set(&self, keys: &Keys, time: NtpTime) -> Option<Result<KeySet, String>> {
        let (user, kms_uri, Some(IdScheme::Uid(periods) | IdScheme::HexUid(periods))) =
            (self.user?, self.kms_uri?, self.scheme)
        else {
            return None;
        };
        let number = periods.number(time).ok()?;
        let set = keys.key_sets.iter().find(|set| {
            set.user_uri == user && set.kms_uri == kms_uri && set.key_period_no == number
        })?;
        Some(self.validate(set, user, periods, keys, time))
    }

    fn validate(
        &self,
        set: &KeySetParts,
        user: &str,
        periods: KeyPeriods,
        keys: &Keys,
        time: NtpTime,
    ) -> Result<KeySet, String> {
        let made;
        let certificate = match (self.certificate, self.kms_uri, self.kpak, self.z) {
            (Some(certificate), ..) => certificate,
            (None, Some(uri), Some(kpak), Some(z)) => {
                let parts = CertificateParts {
                    cert_uri: set.cert_uri.clone(),
                    ..CertificateParts::new(uri, periods, &kpak, &z)
                };
                made = KmsCertificate::try_from(parts).map_err(|error| error.to_string())?;
                &made
            }
            _ => return Err("the certificate of its KMS was not given".into()),
        };
        let of_hex_uids = certificate.clone().with_hex_uids();
        let has_hex_uids = matches!(self.scheme, Some(IdScheme::HexUid(_)));
        let certificate = if has_hex_uids { &of_hex_uids } else { certificate };
        let protection = protection(keys);
        let check = KeySetCheck { certificate, user_uri: user, protection, now: time };
        set.validate(&check).map_err(|error| of_key_set(set, &check, error))
    }
}

/// How a KMS makes identifiers: from UIDs or from their digits.
fn scheme_of(hex_uids: Option<bool>) -> fn(KeyPeriods) -> IdScheme {
    if hex_uids == Some(true) { IdScheme::HexUid } else { IdScheme::Uid }
}

/// The protection of key sets, according to the given keys.
pub(crate) fn protection(keys: &Keys) -> Protection<'_> {
    keys.trk.as_ref().map_or(Protection::Clear, |trk| Protection::Wrapped(trk, Reading::Any))
}

/// The reason why a key set is not valid, with the faulty key.
pub(crate) fn of_key_set(
    set: &KeySetParts,
    check: &KeySetCheck<'_>,
    error: eccsi_sakke::kms::Error,
) -> String {
    match set.key_fault(check) {
        Some(fault) => format!("{} ({}): {}", fault.element, key_name(fault.element), fault.error),
        None => error.to_string(),
    }
}

/// The name of the key in an element in RFC 6507 or RFC 6508.
fn key_name(element: &str) -> &'static str {
    match element {
        "UserDecryptKey" => "RSK",
        "UserSigningKeySSK" => "SSK",
        _ => "PVT",
    }
}

fn text<'a>(message: &IMessage<'a>, role: Role) -> Option<&'a str> {
    message.identity(role).and_then(|identity| std::str::from_utf8(identity.data).ok())
}
