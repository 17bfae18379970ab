//! A KMS as its users see it, and a user of a KMS.

use alloc::string::String;
use alloc::sync::Arc;

use super::Error;
use crate::eccsi;
use crate::identifier::{Identifier, KeyPeriods, KmsUri, NtpTime, UserUri};
use crate::sakke;

/// How a KMS makes identifiers from URIs.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum IdScheme {
    /// 1: a telephone number and a month (RFC 6509 section 3.2).
    TelMonthly,
    /// 2: a UID (TS 33.180 F.2.1).
    Uid(KeyPeriods),
    /// 2: the 64 lower-case hexadecimal digits of a UID instead of its 32 octets.
    ///
    /// Some KMSs issue keys for such identifiers, against F.2.1, and their users cannot use any others. A message
    /// cannot hide a user behind such an identifier, because no source says how a message would carry it.
    HexUid(KeyPeriods),
}

impl IdScheme {
    /// The number in a SAKKE payload.
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self {
            Self::TelMonthly => 1,
            Self::Uid(_) | Self::HexUid(_) => 2,
        }
    }

    /// The identifier of the keys that belong to this UID.
    pub(crate) fn of_uid(&self, uid: Identifier) -> Result<Identifier, crate::Error> {
        match self {
            Self::TelMonthly | Self::Uid(_) => Ok(uid),
            Self::HexUid(_) => Identifier::try_from(alloc::format!("{uid}").as_bytes()),
        }
    }
}

/// The public data of a KMS, as its users know it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Kms {
    uri: String,
    scheme: IdScheme,
    signatures: eccsi::KmsPublicKey,
    encapsulation: sakke::KmsPublicKey,
}

impl Kms {
    /// A KMS with this URI, exactly as it stands in the certificate, and with KPAK and Z.
    #[must_use]
    pub fn new(
        uri: &str,
        scheme: IdScheme,
        kpak: eccsi::KmsPublicKey,
        z: sakke::KmsPublicKey,
    ) -> Self {
        Self { uri: uri.into(), scheme, signatures: kpak, encapsulation: z }
    }

    /// The URI of the KMS.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// How the KMS makes identifiers.
    #[must_use]
    pub const fn scheme(&self) -> &IdScheme {
        &self.scheme
    }

    /// KPAK: the public key that verifies the signatures of its users.
    #[must_use]
    pub const fn kpak(&self) -> &eccsi::KmsPublicKey {
        &self.signatures
    }

    /// Z: the public key that encapsulates secrets to its users.
    #[must_use]
    pub const fn z(&self) -> &sakke::KmsPublicKey {
        &self.encapsulation
    }

    /// Checks that monthly keys of the time T are in use, however large the skew is (RFC 6509 section 3.3).
    ///
    /// Errors: [`Error::Stale`] if T is in a month whose keys are not in use at `now`.
    pub(super) fn check_month(&self, time: NtpTime, now: NtpTime) -> Result<(), Error> {
        match self.scheme {
            IdScheme::TelMonthly if !time.is_of_month_in_use(now)? => Err(Error::Stale),
            IdScheme::TelMonthly | IdScheme::Uid(_) | IdScheme::HexUid(_) => Ok(()),
        }
    }

    /// The user of this KMS with the URI `uri`, exactly as provisioned.
    #[must_use]
    pub const fn user<'a>(&'a self, uri: &'a str) -> User<'a> {
        User { uri, kms: self }
    }
}

/// A user: a URI under a KMS. A program that stores users uses [`OwnedUser`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct User<'a> {
    uri: &'a str,
    kms: &'a Kms,
}

impl<'a> User<'a> {
    /// The URI of the user.
    #[must_use]
    pub const fn uri(&self) -> &'a str {
        self.uri
    }

    /// The KMS of the user.
    #[must_use]
    pub const fn kms(&self) -> &'a Kms {
        self.kms
    }

    /// The identifier of the user in the key period that contains `time`.
    ///
    /// Errors: [`Error::Primitive`] for a time outside of all periods, or a URI that cannot be made into an identifier.
    pub fn identifier(&self, time: NtpTime) -> Result<Identifier, Error> {
        let (user, kms) = (UserUri(self.uri), KmsUri(&self.kms.uri));
        match &self.kms.scheme {
            IdScheme::TelMonthly => {
                let (year, month) = time.year_month()?;
                Ok(Identifier::tel_monthly(year, month, self.uri)?)
            }
            scheme @ (IdScheme::Uid(periods) | IdScheme::HexUid(periods)) => {
                Ok(scheme.of_uid(periods.uid_at(user, kms, time)?)?)
            }
        }
    }
}

/// A user that owns its URI and shares its KMS, for programs that store users.
///
/// ```
/// # use eccsi_sakke::mikey::{IdScheme, Kms, OwnedUser};
/// # use eccsi_sakke::{KeyPeriods, eccsi, sakke};
/// # use getrandom::{SysRng, rand_core::UnwrapErr};
/// use std::sync::Arc;
///
/// # let mut rng = UnwrapErr(SysRng);
/// # let (sign, enc) = (eccsi::KmsSecretKey::generate(&mut rng)?, sakke::KmsSecretKey::generate(&mut rng)?);
/// # let scheme = IdScheme::Uid(KeyPeriods::new(2_592_000)?);
/// # let kms = Kms::new("kms.example.org", scheme, *sign.public_key(), *enc.public_key());
/// let kms = Arc::new(kms);
/// let members = ["sip:alice@example.org", "sip:bob@example.org"].map(|uri| OwnedUser::new(uri, &kms));
/// assert_eq!(members[0].user(), kms.user("sip:alice@example.org"));
/// # Ok::<(), eccsi_sakke::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OwnedUser {
    uri: String,
    kms: Arc<Kms>,
}

impl OwnedUser {
    /// The user of this KMS with the URI `uri`, exactly as provisioned.
    #[must_use]
    pub fn new(uri: impl Into<String>, kms: &Arc<Kms>) -> Self {
        Self { uri: uri.into(), kms: Arc::clone(kms) }
    }

    /// The user in the form that functions take.
    #[must_use]
    pub fn user(&self) -> User<'_> {
        self.kms.user(&self.uri)
    }
}

impl From<User<'_>> for OwnedUser {
    /// The user with a copy of the KMS. To share one KMS among many users, use [`new`](OwnedUser::new).
    fn from(user: User<'_>) -> Self {
        Self { uri: user.uri.into(), kms: Arc::new(user.kms.clone()) }
    }
}
