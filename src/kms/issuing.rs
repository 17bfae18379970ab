//! RFC 6507 section 5.1.1 and RFC 6508 section 6.1.1: how a KMS makes key sets.

use alloc::vec::Vec;
use core::fmt;

use rand_core::{CryptoRng, TryCryptoRng};

use super::key_set::uid;
use super::{Error, KeySet, KmsCertificate};
use crate::eccsi::{self, Issue};
use crate::error::TryError;
use crate::identifier::Identifier;
use crate::sakke::{self, Extract};
use crate::wiped::stack_wiped;

/// A KMS that issues keys: its certificate, and the master keys that belong to it.
///
/// The master keys can make every key and open every message. They are only borrowed here. They may also live
/// elsewhere: any type that [issues](Issue) or [extracts](Extract) keys can stand for a master key.
///
/// Before a signing key is given out, it is checked in the same way as by its user. This protects KSAK from faults. A
/// fault in PVT changes HS. If a faulty pair were given out, and also the correct pair for the same v because the
/// generator repeats itself, both together would reveal KSAK. An SSK made with another v than its PVT would reveal KSAK
/// by itself, if that v is known.
///
/// A receiver key that comes from elsewhere is checked too ([`sakke::ReceiverKey::new`]), and it must be the one that
/// was asked for.
pub struct KeyIssuer<'a, I: ?Sized = eccsi::KmsSecretKey, X: ?Sized = sakke::KmsSecretKey> {
    certificate: &'a KmsCertificate,
    /// KPAK, prepared for the checks.
    kpak: eccsi::PreparedKmsPublicKey,
    authentication: &'a I,
    encryption: &'a X,
}

impl<'a, I: Issue + ?Sized, X: Extract + ?Sized> KeyIssuer<'a, I, X> {
    /// `authentication` is KSAK, and `encryption` is z. This costs half as much as verifying a signature.
    ///
    /// Errors: [`Error::MasterKeys`] if KPAK or Z of the certificate belongs to another master key.
    pub fn new(
        certificate: &'a KmsCertificate,
        authentication: &'a I,
        encryption: &'a X,
    ) -> Result<Self, Error> {
        let are_its =
            certificate.kpak() == authentication.kpak() && certificate.z() == encryption.z();
        if are_its {
            let kpak = certificate.kpak().prepare();
            Ok(Self { certificate, kpak, authentication, encryption })
        } else {
            Err(Error::MasterKeys)
        }
    }

    /// The key set of the user `user_uri` for key period `number`. Every call makes a new SSK, but the RSK is always
    /// the same.
    ///
    /// Both keys are those of the user's UID. One UID in 256 starts with 00. It has a key like any other, which no
    /// other UID shares. Never extract receiver keys for raw octets of 32 or fewer under the same z: see
    /// [`sakke::KmsSecretKey::extract`].
    ///
    /// Secret: the master keys, the key set. Public: everything else.
    ///
    /// Errors: [`Error::Primitive`] for a URI of no octets or of more than 65,535, for a key period that no time can
    /// reach, for a broken generator, for a fault in a computation, here or where a master key lives, and for a master
    /// key that cannot be reached.
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

    /// [`issue`](Self::issue) for each of the users, in their order. Up to eight RSKs are made at a time.
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
        let ids = uids.iter().map(|uid| self.certificate.scheme().of_uid(*uid));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        let receivers = self.encryption.extract_all(&ids)?;
        let is_asked_for =
            |(id, key): (&Identifier, &sakke::ReceiverKey)| key.is_for(id, self.certificate.z());
        if receivers.len() != ids.len() || !ids.iter().zip(&receivers).all(is_asked_for) {
            return Err(crate::Error::Fault.into());
        }
        let mut sets = Vec::with_capacity(uids.len());
        let users = user_uris.iter().zip(uids).zip(ids);
        for (((user_uri, uid), id), receiver) in users.zip(&receivers) {
            let signing = self.try_signing_key(rng, id)?;
            let user = (*user_uri, number, uid);
            sets.push(KeySet::new(self.certificate, user, &signing, receiver));
        }
        Ok(sets)
    }

    /// A signing key that its user will accept (RFC 6507 section 5.1.2).
    fn try_signing_key<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        id: Identifier,
    ) -> Result<eccsi::SigningKey, TryError<R::Error>> {
        // The octets of SSK are on the stack here.
        stack_wiped(|| {
            let pair = self.authentication.issue_pair(rng, &id)?;
            let accepted = self.kpak.signing_key(pair.ssk.as_slice(), pair.pvt, id);
            Ok(accepted.map_err(|_| crate::Error::Fault)?)
        })
    }
}

impl<I: ?Sized, X: ?Sized> Clone for KeyIssuer<'_, I, X> {
    fn clone(&self) -> Self {
        Self { kpak: self.kpak.clone(), ..*self }
    }
}

impl<I: ?Sized, X: ?Sized> fmt::Debug for KeyIssuer<'_, I, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("kms::KeyIssuer").field(&self.certificate.kms_uri()).finish()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::fault::injection::{Extent, Outcome, Tally, faults, outcomes_with};
    use crate::identifier::KeyPeriods;
    use crate::kms::CertificateParts;
    use crate::random::testing::repeating;

    #[test]
    fn no_key_is_given_out_that_its_user_refuses() {
        let ksak = eccsi::KmsSecretKey::try_from(&[0x51; 32]).unwrap();
        let z = sakke::KmsSecretKey::try_from(&[0x01; 128]).unwrap();
        let periods = KeyPeriods::new(2_592_000).unwrap();
        let kms = "kms.example.org";
        let parts = CertificateParts::new(kms, periods, ksak.public_key(), z.public_key());
        let certificate = KmsCertificate::try_from(parts).unwrap();
        let issuer = KeyIssuer::new(&certificate, &ksak, &z).unwrap();

        let uid = |number| uid(&certificate, "sip:alice@example.org", number).unwrap();
        let issue = |number| issuer.try_signing_key(&mut repeating(7), uid(number));
        let right = issue(1).unwrap().ssk();
        let extent = Extent { words: 64, passes: 12 };
        let faults = faults(extent, || issue(1), || issue(2));
        let judge = || match issue(1) {
            Err(TryError::Refused(crate::Error::Fault)) => Outcome::Refused,
            Err(_) => Outcome::Wrong,
            Ok(key) if *key.ssk() == *right => Outcome::Unharmed,
            Ok(key) => {
                let accepted = eccsi::SigningKey::new(
                    key.ssk().as_slice(),
                    key.pvt(),
                    uid(1),
                    certificate.kpak(),
                );
                if accepted.is_ok() { Outcome::Right } else { Outcome::Wrong }
            }
        };
        let tally = Tally::of_held("a signing key", &outcomes_with(&faults, judge));
        assert!(tally.refused > tally.all() / 4, "{tally:?}");
    }
}
