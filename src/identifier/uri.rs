//! Distinct types for the URI of a user and the URI of a KMS.

/// The URI of a user, exactly as provisioned. In TS 33.180 it is the MC service ID to which the keys belong.
///
/// ```
/// use eccsi_sakke::{KeyPeriods, KmsUri, UserUri};
///
/// let periods = KeyPeriods::new(2_592_000)?;
/// let alice = periods.uid(UserUri("sip:alice@example.org"), KmsUri("kms.example.org"), 1514)?;
/// # Ok::<(), eccsi_sakke::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UserUri<'a>(pub &'a str);

/// The URI of a KMS, exactly as in its certificate.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KmsUri<'a>(pub &'a str);
