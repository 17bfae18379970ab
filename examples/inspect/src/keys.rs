//! The keys that the checks need.

mod json;

use std::fmt;

use eccsi_sakke::kms::xml::ErrorKind;
use eccsi_sakke::kms::{
    CertificateParts, IntegrityKey, KeySetParts, KmsCertificate, KmsMessage, TransportKey,
};
use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
use zeroize::Zeroizing;

use crate::document::{self, Document};
use crate::{Error, input};

/// The keys that the checks need, and their users. Without a key, its checks are not made, and the report says so.
///
/// The octets of keys wipe themselves. The files that they were decoded from do not.
#[derive(Clone, Default)]
pub struct Keys {
    pub(crate) kms_uri: Option<String>,
    pub(crate) periods: Option<KeyPeriods>,
    pub(crate) hex_uids: Option<bool>,
    pub(crate) kpak: Option<eccsi::KmsPublicKey>,
    pub(crate) z: Option<sakke::KmsPublicKey>,
    pub(crate) initiator: Option<String>,
    pub(crate) responder: Option<String>,
    pub(crate) rsk: Option<Zeroizing<Vec<u8>>>,
    pub(crate) own_rsk: Option<Zeroizing<Vec<u8>>>,
    pub(crate) initiator_z: Option<sakke::KmsPublicKey>,
    pub(crate) responder_kms_uri: Option<String>,
    pub(crate) responder_periods: Option<KeyPeriods>,
    pub(crate) responder_hex_uids: Option<bool>,
    pub(crate) psk: Option<Zeroizing<Vec<u8>>>,
    pub(crate) signer: Option<Zeroizing<Vec<u8>>>,
    pub(crate) user_uri: Option<String>,
    pub(crate) trk: Option<TransportKey>,
    pub(crate) ink: Option<IntegrityKey>,
    pub(crate) certificates: Vec<KmsCertificate>,
    pub(crate) key_sets: Vec<KeySetParts>,
}

impl Keys {
    /// No keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the keys of a file: KEYS.json, a KMS certificate, a key set, or a response of a KMS that contains some of
    /// these.
    ///
    /// Documents are not verified, so give only documents that you trust.
    ///
    /// Errors: those of [`Error`] for files of keys; [`Error::Twice`] for a name that was given before. Then nothing is
    /// added.
    pub fn add(&mut self, file: &[u8]) -> Result<(), Error> {
        if file.len() > input::MAX_INPUT {
            return Err(Error::TooLarge);
        }
        let text = input::text(file).ok_or(Error::NotKeys)?;
        if input::is_xml(text) { self.add_document(file) } else { self.add_json(text) }
    }

    fn add_document(&mut self, document: &[u8]) -> Result<(), Error> {
        match document::read(document) {
            Ok(Document::Certificate(parts)) => self.add_certificate(parts),
            Ok(Document::KeySet(set)) => {
                self.key_sets.push(set);
                Ok(())
            }
            Ok(Document::Response(response)) => {
                self.add_message(response.into_unverified().message)
            }
            Err(error) if error.kind() != ErrorKind::Root => Err(Error::Document(error)),
            _ => Err(Error::NotKeys),
        }
    }

    fn add_certificate(&mut self, parts: CertificateParts) -> Result<(), Error> {
        self.certificates.push(KmsCertificate::try_from(parts).map_err(Error::Certificate)?);
        Ok(())
    }

    fn add_message(&mut self, message: Option<KmsMessage>) -> Result<(), Error> {
        match message {
            Some(KmsMessage::Init { certificate, .. }) => self.add_certificate(certificate),
            Some(KmsMessage::KeyProv { key_sets, .. }) => {
                self.key_sets.extend(key_sets);
                Ok(())
            }
            Some(KmsMessage::CertCache { certificates, .. }) => {
                let certificates: Result<Vec<_>, _> =
                    certificates.into_iter().map(KmsCertificate::try_from).collect();
                self.certificates.extend(certificates.map_err(Error::Certificate)?);
                Ok(())
            }
            _ => Err(Error::NotKeys),
        }
    }

    /// The certificate of this KMS, or without a URI the only certificate. Of several, the one in force at `time`.
    pub(crate) fn certificate(&self, uri: Option<&str>, time: NtpTime) -> Option<&KmsCertificate> {
        let mut of_kms = self
            .certificates
            .iter()
            .filter(|one| uri.map_or(self.certificates.len() == 1, |uri| one.kms_uri() == uri));
        let first = of_kms.next()?;
        if first.check(time).is_ok() {
            return Some(first);
        }
        of_kms.find(|one| one.check(time).is_ok()).or(Some(first))
    }
}

/// Hides the keys.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}
