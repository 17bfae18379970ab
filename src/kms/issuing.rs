//! RFC 6507 section 5.1.1 and RFC 6508 section 6.1.1: a KMS makes key sets.

use alloc::vec::Vec;

use rand_core::{CryptoRng, TryCryptoRng};

use super::key_set::uid;
use super::{Error, KeySet, KmsCertificate};
use crate::eccsi;
use crate::error::TryError;
use crate::sakke;

/// A KMS at work: its certificate, and the master keys that belong to it.
///
/// The master keys can make and open everything. This only borrows them.
#[derive(Clone, Copy, Debug)]
pub struct KeyIssuer<'a> {
    certificate: &'a KmsCertificate,
    authentication: &'a eccsi::KmsSecretKey,
    encryption: &'a sakke::KmsSecretKey,
}

impl<'a> KeyIssuer<'a> {
    /// `authentication` is KSAK, `encryption` z.
    ///
    /// Errors: [`Error::MasterKeys`] if KPAK or Z of the certificate is another's.
    pub fn new(
        certificate: &'a KmsCertificate,
        authentication: &'a eccsi::KmsSecretKey,
        encryption: &'a sakke::KmsSecretKey,
    ) -> Result<Self, Error> {
        let are_its = certificate.kpak() == authentication.public_key()
            && certificate.z() == encryption.public_key();
        if are_its {
            Ok(Self { certificate, authentication, encryption })
        } else {
            Err(Error::MasterKeys)
        }
    }

    /// The key set of the user `user_uri` for key period `number`. Every call gives another SSK; the
    /// RSK is always the same.
    ///
    /// Both keys are those of the user's UID. One UID in 256 starts with 00 and has a key as any other: no
    /// two UIDs share one. Give raw octets of 32 or fewer no receiver key under the same z, see
    /// [`sakke::KmsSecretKey::extract`].
    ///
    /// Secret: the master keys, the key set. Public: everything else.
    ///
    /// Errors: [`Error::Primitive`]: a URI of no octets or more than 65,535, a key period beyond all
    /// time, a broken generator.
    pub fn issue<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        user_uri: &str,
        number: u64,
    ) -> Result<KeySet, Error> {
        Ok(self.try_issue(rng, user_uri, number).map_err(crate::Error::from)?)
    }

    /// [`issue`](Self::issue) with a generator that can fail.
    pub fn try_issue<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        user_uri: &str,
        number: u64,
    ) -> Result<KeySet, TryError<R::Error>> {
        let mut sets = self.try_issue_all(rng, &[user_uri], number)?;
        sets.pop().ok_or(crate::Error::Fault.into())
    }

    /// [`issue`](Self::issue) for each of the users, in their order: up to eight RSKs at a time.
    pub fn issue_all<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        user_uris: &[&str],
        number: u64,
    ) -> Result<Vec<KeySet>, Error> {
        Ok(self.try_issue_all(rng, user_uris, number).map_err(crate::Error::from)?)
    }

    /// [`issue_all`](Self::issue_all) with a generator that can fail.
    pub fn try_issue_all<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        user_uris: &[&str],
        number: u64,
    ) -> Result<Vec<KeySet>, TryError<R::Error>> {
        let uid = |user_uri: &&str| uid(self.certificate, user_uri, number);
        let uids = user_uris.iter().map(uid).collect::<Result<Vec<_>, _>>()?;
        let receivers = self.encryption.extract_all(&uids)?;
        let mut sets = Vec::with_capacity(uids.len());
        for ((user_uri, uid), receiver) in user_uris.iter().zip(uids).zip(&receivers) {
            let signing = self.authentication.try_issue(rng, uid)?;
            let user = (*user_uri, number, uid);
            sets.push(KeySet::new(self.certificate, user, &signing, receiver));
        }
        Ok(sets)
    }
}
