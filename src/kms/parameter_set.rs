//! What a certificate selects: a parameter set, and a way of making UIDs.

use super::Error;
use crate::mikey;

/// The domain parameters of ECCSI and SAKKE, by their number in the registry of RFC 6509.
///
/// ```
/// use eccsi_sakke::kms::{Error, ParameterSet};
///
/// assert_eq!(ParameterSet::try_from(1), Ok(ParameterSet::One));
/// assert_eq!(ParameterSet::try_from(2), Err(Error::ParameterSet));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum ParameterSet {
    /// 1: P-256 with SHA-256, and the 1024-bit curve of RFC 6509 appendix A with SHA-256.
    #[default]
    One,
}

impl ParameterSet {
    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::One => mikey::PARAMETER_SET,
        }
    }
}

impl TryFrom<u64> for ParameterSet {
    type Error = Error;

    /// Errors: [`Error::ParameterSet`] for any number but 1.
    fn try_from(number: u64) -> Result<Self, Error> {
        if number == u64::from(mikey::PARAMETER_SET) {
            Ok(Self::One)
        } else {
            Err(Error::ParameterSet)
        }
    }
}

/// How a KMS makes UIDs from URIs: `UserIdFormat`.
#[doc(alias = "UID conversion")]
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum UserIdFormat {
    /// 2: the hash of TS 33.180 F.2.1, [`KeyPeriods::uid`](crate::KeyPeriods::uid).
    #[default]
    Uid,
}

impl UserIdFormat {
    /// Its name in a certificate.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uid => "2",
        }
    }
}

impl TryFrom<&str> for UserIdFormat {
    type Error = Error;

    /// Errors: [`Error::UserIdFormat`] for any name but 2.
    fn try_from(name: &str) -> Result<Self, Error> {
        if name == Self::Uid.name() { Ok(Self::Uid) } else { Err(Error::UserIdFormat) }
    }
}
