//! One error type for a program with several roles.

use core::fmt;

#[cfg(feature = "kms")]
use crate::kms;
use crate::mikey;
#[cfg(feature = "mission-critical")]
use crate::mission_critical;
#[cfg(feature = "stored")]
use crate::stored;
use crate::{Error, TryError};

/// Any error of this crate, for `?` in a program with several roles, such as a client, or a GMS that fetches its keys
/// from a KMS.
///
/// ```
/// use eccsi_sakke::{AnyError, KeyPeriods, kms, mikey, mission_critical};
///
/// fn program(octets: &[u8]) -> Result<(), AnyError> {
///     let periods = KeyPeriods::new(2_592_000)?;
///     let message = mikey::IMessage::decode(octets)?;
///     let id = mission_critical::KeyId::try_from(message.csb_id())?;
///     let resource = kms::Resource::of_url("/keymanagement/identity/v1/init")?;
///     Ok(())
/// }
/// assert_eq!(program(&[]), Err(AnyError::Mikey(mikey::Error::Truncated)));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AnyError {
    /// An error of the schemes, identifiers and times.
    Primitive(Error),
    /// An error of MIKEY messages.
    Mikey(mikey::Error),
    /// An error of the keys of the mission-critical system.
    #[cfg(feature = "mission-critical")]
    #[cfg_attr(docsrs, doc(cfg(feature = "mission-critical")))]
    MissionCritical(mission_critical::Error),
    /// An error of certificates, key sets and requests.
    #[cfg(feature = "kms")]
    #[cfg_attr(docsrs, doc(cfg(feature = "kms")))]
    Kms(kms::Error),
    /// An error of records.
    #[cfg(feature = "stored")]
    #[cfg_attr(docsrs, doc(cfg(feature = "stored")))]
    Stored(stored::Error),
}

impl AnyError {
    /// The error inside.
    fn inner(&self) -> &(dyn core::error::Error + 'static) {
        match self {
            Self::Primitive(error) => error,
            Self::Mikey(error) => error,
            #[cfg(feature = "mission-critical")]
            Self::MissionCritical(error) => error,
            #[cfg(feature = "kms")]
            Self::Kms(error) => error,
            #[cfg(feature = "stored")]
            Self::Stored(error) => error,
        }
    }
}

/// The text of the error inside.
impl fmt::Display for AnyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.inner(), f)
    }
}

impl core::error::Error for AnyError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(self.inner())
    }
}

macro_rules! from {
    ($($(#[$cfg:meta])* $variant:ident: $error:ty),+ $(,)?) => {
        $(
            $(#[$cfg])*
            impl From<$error> for AnyError {
                fn from(error: $error) -> Self {
                    Self::$variant(error.into())
                }
            }
        )+
    };
}

from! {
    Primitive: Error,
    Primitive: TryError<core::convert::Infallible>,
    Mikey: mikey::Error,
    #[cfg(feature = "mission-critical")]
    MissionCritical: mission_critical::Error,
    #[cfg(feature = "mission-critical")]
    MissionCritical: mission_critical::MemberError,
    #[cfg(feature = "kms")]
    Kms: kms::Error,
    #[cfg(feature = "kms-xml")]
    Kms: kms::xml::Error,
    #[cfg(feature = "stored")]
    Stored: stored::Error,
}
