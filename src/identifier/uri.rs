//! URIs that name a user or a KMS, told apart.

/// The URI of a user, exactly as provisioned: of TS 33.180 the MC service ID that the keys are of.
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
