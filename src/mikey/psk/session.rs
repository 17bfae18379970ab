//! The key and the salt of a crypto session, from a transported key: RFC 3830 sections 4.1.3 and 6.13.

use zeroize::Zeroizing;

use super::{KeyData, KeyKind};
use crate::mikey::{Derivation, Error, KeyUse};

impl KeyData<'_> {
    /// The TEK of crypto session `cs_id`, which is the master key of SRTP. It is derived from a TGK or GTGK; a
    /// transported TEK is returned as it is.
    ///
    /// Errors: [`Error::Length`] for a TEK that does not have N octets, [`Error::Value`] for an MPK.
    #[doc(alias("TEK", "GSK"))]
    pub fn master_key<const N: usize>(
        &self,
        derivation: &Derivation<'_>,
        cs_id: u8,
    ) -> Result<Zeroizing<[u8; N]>, Error> {
        match self.kind {
            KeyKind::Tgk | KeyKind::Gtgk => derivation.key(KeyUse::Tek, self.key, cs_id),
            KeyKind::Tek => copied(self.key),
            KeyKind::Mpk => Err(Error::Value),
        }
    }

    /// The salt of crypto session `cs_id`, which is the master salt of SRTP. A transported salt is returned as it is;
    /// otherwise the salt is derived from a TGK or GTGK.
    ///
    /// Errors: [`Error::Length`] for a transported salt that does not have N octets, [`Error::Missing`] for a
    /// TEK without a salt, [`Error::Value`] for an MPK.
    pub fn master_salt<const N: usize>(
        &self,
        derivation: &Derivation<'_>,
        cs_id: u8,
    ) -> Result<Zeroizing<[u8; N]>, Error> {
        match (self.kind, self.salt) {
            (KeyKind::Mpk, _) => Err(Error::Value),
            (_, Some(salt)) => copied(salt),
            (KeyKind::Tgk | KeyKind::Gtgk, None) => derivation.key(KeyUse::Salt, self.key, cs_id),
            (KeyKind::Tek, None) => Err(Error::Missing),
        }
    }
}

/// Errors: [`Error::Length`] unless there are N octets.
fn copied<const N: usize>(octets: &[u8]) -> Result<Zeroizing<[u8; N]>, Error> {
    if octets.len() != N {
        return Err(Error::Length);
    }
    // The octets are copied into their place, because an array that is moved there may leave a copy on the stack.
    let mut out = Zeroizing::new([0; N]);
    out.copy_from_slice(octets);
    Ok(out)
}
