//! TS 33.180 D.3.2: the certificate that a KMS publishes.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Error, ParameterSet, UserIdFormat};
use crate::eccsi;
use crate::identifier::{KeyPeriods, NtpTime};
use crate::mikey::{IdScheme, Kms};
use crate::sakke;

/// The octets of the longest URI: a UID hashes the length of a URI as two octets.
const MAX_URI: usize = 65_535;

/// The role of a KMS for the holder of its certificate.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Role {
    /// The KMS that provides the user's keys; `Root` in the XML schema.
    #[doc(alias = "Root")]
    #[default]
    Home,
    /// The KMS of a system to which the user has migrated. It provides the user's keys there.
    Migration,
    /// A KMS that provides keys only for other users.
    External,
}

/// Writes its [`name`](Role::name), which is Root for [`Home`](Role::Home).
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Role {
    /// Its name in a certificate: the one of the XML schema, if that has one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Home => "Root",
            Self::Migration => "Migration",
            Self::External => "External",
        }
    }

    /// The role with this name in the XML schema or in clause 5.3.1.
    ///
    /// Errors: [`Error::Role`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        match name {
            "Root" | "Home" => Ok(Self::Home),
            "Migration" => Ok(Self::Migration),
            "External" => Ok(Self::External),
            _ => Err(Error::Role),
        }
    }

    /// Whether a KMS with this role provides keys for the holder.
    #[must_use]
    pub const fn provisions(self) -> bool {
        !matches!(self, Self::External)
    }
}

/// The time during which something is valid, with both ends included. An end that is missing sets no bound.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct ValidPeriod {
    /// `ValidFrom`.
    pub from: Option<NtpTime>,
    /// `ValidTo`.
    pub to: Option<NtpTime>,
}

impl ValidPeriod {
    /// Checks that `now` is within the period.
    ///
    /// Errors: [`Error::NotYetValid`], [`Error::Expired`].
    pub fn check(&self, now: NtpTime) -> Result<(), Error> {
        if self.from.is_some_and(|from| now < from) {
            return Err(Error::NotYetValid);
        }
        if self.to.is_some_and(|to| to < now) { Err(Error::Expired) } else { Ok(()) }
    }

    pub(super) fn is_possible(&self) -> Result<(), Error> {
        match (self.from, self.to) {
            (Some(from), Some(to)) if to < from => Err(Error::Validity),
            _ => Ok(()),
        }
    }
}

/// A KMS certificate as it was decoded, element by element. Nothing in it has been checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateParts {
    /// `Version` of the document. It is kept, but not checked.
    pub version: String,
    /// `Role`.
    pub role: Role,
    /// `IsSecurityGateway`: whether the KMS is that of a gateway, which decrypts what it forwards.
    pub is_security_gateway: bool,
    /// `CertUri`: the URI of the certificate.
    pub cert_uri: Option<String>,
    /// `KmsUri`: the URI of the KMS, which is hashed into UIDs.
    pub kms_uri: String,
    /// `Issuer`, a text.
    pub issuer: Option<String>,
    /// `ValidFrom` and `ValidTo`.
    pub valid: ValidPeriod,
    /// `Revoked`.
    pub revoked: bool,
    /// `UserIdFormat`.
    pub user_id_format: String,
    /// `UserKeyPeriod`, in seconds.
    pub user_key_period: u64,
    /// `UserKeyOffset`, in seconds since 1900.
    pub user_key_offset: u64,
    /// `PubEncKey`: Z, 257 octets.
    pub pub_enc_key: Vec<u8>,
    /// `PubAuthKey`: KPAK, 65 octets.
    pub pub_auth_key: Vec<u8>,
    /// `ParameterSet`. If it is missing, set 1 applies.
    pub parameter_set: Option<u64>,
    /// `KmsDomainList`: the domains of the users for whom the KMS provides keys.
    pub domains: Vec<String>,
}

impl CertificateParts {
    /// The version of new certificates.
    pub const VERSION: &'static str = "1.1.0";

    /// The certificate of a home KMS without optional elements.
    #[must_use]
    pub fn new(
        kms_uri: &str,
        periods: KeyPeriods,
        kpak: &eccsi::KmsPublicKey,
        z: &sakke::KmsPublicKey,
    ) -> Self {
        Self {
            version: Self::VERSION.into(),
            role: Role::Home,
            is_security_gateway: false,
            cert_uri: None,
            kms_uri: kms_uri.into(),
            issuer: None,
            valid: ValidPeriod::default(),
            revoked: false,
            user_id_format: UserIdFormat::Uid.name().into(),
            user_key_period: periods.period(),
            user_key_offset: periods.offset(),
            pub_enc_key: z.to_bytes().to_vec(),
            pub_auth_key: kpak.to_bytes().to_vec(),
            parameter_set: Some(ParameterSet::One.number().into()),
            domains: Vec::new(),
        }
    }
}

/// A KMS certificate whose points are on their curves, and whose parameter set and UID format are supported.
///
/// This does not prove that the certificate is that of the KMS. Before you decode a certificate, verify the signature
/// around it, or authenticate the sender by the connection.
#[doc(alias("S-KMSCert", "KMS certificate"))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KmsCertificate {
    /// Contains both keys. The other fields contain decoded values that are needed often.
    parts: CertificateParts,
    kms: Kms,
    periods: KeyPeriods,
    parameter_set: ParameterSet,
}

impl KmsCertificate {
    /// Its parts.
    #[must_use]
    pub const fn parts(&self) -> &CertificateParts {
        &self.parts
    }

    /// The URI of the KMS.
    #[must_use]
    pub fn kms_uri(&self) -> &str {
        &self.parts.kms_uri
    }

    /// The URI of the certificate.
    #[must_use]
    pub fn cert_uri(&self) -> Option<&str> {
        self.parts.cert_uri.as_deref()
    }

    /// The role of the KMS for the holder.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.parts.role
    }

    /// The time during which the certificate is valid.
    #[must_use]
    pub const fn valid(&self) -> ValidPeriod {
        self.parts.valid
    }

    /// The domain parameters.
    #[must_use]
    pub const fn parameter_set(&self) -> ParameterSet {
        self.parameter_set
    }

    /// Whether the KMS is that of a gateway.
    #[must_use]
    pub const fn is_security_gateway(&self) -> bool {
        self.parts.is_security_gateway
    }

    /// This certificate as one of a KMS that issues keys for the hexadecimal digits of UIDs ([`IdScheme::HexUid`]). No
    /// certificate says so itself. Configure it for the KMSs that are known to do it. A
    /// [`CertificateStore`](super::CertificateStore) remembers it.
    #[must_use]
    pub fn with_hex_uids(self) -> Self {
        self.of_hex_uids(true)
    }

    pub(super) fn of_hex_uids(self, has_hex_uids: bool) -> Self {
        let scheme = if has_hex_uids { IdScheme::HexUid } else { IdScheme::Uid };
        let kms = Kms::new(self.kms_uri(), scheme(self.periods), *self.kpak(), *self.z());
        Self { kms, ..self }
    }

    /// How the KMS makes identifiers from URIs.
    pub(super) const fn scheme(&self) -> &IdScheme {
        self.kms.scheme()
    }

    /// Whether the KMS issues keys for the hexadecimal digits of UIDs: see [`with_hex_uids`](Self::with_hex_uids).
    #[must_use]
    pub const fn has_hex_uids(&self) -> bool {
        matches!(self.kms.scheme(), IdScheme::HexUid(_))
    }

    /// Its key periods.
    #[must_use]
    pub const fn periods(&self) -> &KeyPeriods {
        &self.periods
    }

    /// KPAK.
    #[must_use]
    pub const fn kpak(&self) -> &eccsi::KmsPublicKey {
        self.kms.kpak()
    }

    /// Z.
    #[must_use]
    pub const fn z(&self) -> &sakke::KmsPublicKey {
        self.kms.z()
    }

    /// Whether the certificate is revoked, so that it must never be used again.
    #[must_use]
    pub const fn is_revoked(&self) -> bool {
        self.parts.revoked
    }

    pub(super) const fn revoke(&mut self) {
        self.parts.revoked = true;
    }

    pub(super) const fn set_role(&mut self, role: Role) {
        self.parts.role = role;
    }

    pub(super) fn has_keys_of(&self, other: &Self) -> bool {
        self.kpak() == other.kpak() && self.z() == other.z()
    }

    /// Checks that the certificate may be used at the time `now`.
    ///
    /// Errors: [`Error::Revoked`], [`Error::NotYetValid`], [`Error::Expired`].
    pub fn check(&self, now: NtpTime) -> Result<(), Error> {
        if self.is_revoked() {
            return Err(Error::Revoked);
        }
        self.parts.valid.check(now)
    }

    /// The KMS in the form that messages need, if the certificate may be used at the time `now`.
    ///
    /// Errors: as of [`check`](Self::check).
    pub fn kms(&self, now: NtpTime) -> Result<&Kms, Error> {
        self.check(now)?;
        Ok(&self.kms)
    }
}

impl TryFrom<CertificateParts> for KmsCertificate {
    type Error = Error;

    /// The check that Z has order q costs a scalar multiplication.
    ///
    /// Errors: [`Error::Uri`] for `KmsUri`, and for an empty `CertUri`; [`Error::UserIdFormat`],
    /// [`Error::ParameterSet`], [`Error::KeyPeriod`], [`Error::Validity`], [`Error::PubAuthKey`],
    /// [`Error::PubEncKey`].
    fn try_from(parts: CertificateParts) -> Result<Self, Error> {
        if !is_uri(&parts.kms_uri) || !parts.cert_uri.as_deref().is_none_or(is_uri) {
            return Err(Error::Uri);
        }
        let UserIdFormat::Uid = UserIdFormat::try_from(parts.user_id_format.as_str())?;
        let parameter_set =
            parts.parameter_set.map_or(Ok(ParameterSet::One), ParameterSet::try_from)?;
        let periods = KeyPeriods::new(parts.user_key_period)
            .and_then(|periods| periods.with_offset(parts.user_key_offset))
            .map_err(|_| Error::KeyPeriod)?;
        parts.valid.is_possible()?;
        let kpak = parts.pub_auth_key.as_slice().try_into().map_err(Error::PubAuthKey)?;
        let z = parts.pub_enc_key.as_slice().try_into().map_err(Error::PubEncKey)?;
        let kms = Kms::new(&parts.kms_uri, IdScheme::Uid(periods), kpak, z);
        Ok(Self { parts, kms, periods, parameter_set })
    }
}

/// Whether the URI has at least one octet, and no more than a UID can hash.
pub(super) const fn is_uri(uri: &str) -> bool {
    !uri.is_empty() && uri.len() <= MAX_URI
}
