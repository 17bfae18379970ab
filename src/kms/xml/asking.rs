//! TS 33.180 5.3 and D.2, the client's side: how a client asks its KMS and takes the answers.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::Signed;
use crate::identifier::{KmsUri, NtpTime, UserUri};
use crate::kms::{
    CertificateStore, Error, ErrorReport, KeyContent, KeyRing, KeySet, KeySetCheck, KmsCertificate,
    KmsMessage, NewKeys, Protection, Reading, Request, Resource, Response, SharedKeyId, SharedKeys,
    UnwrapKey,
};
use crate::mikey::Clock;

/// A user, its KMS, and the address of the KMS: the key management client of TS 33.180.
///
/// The user keeps a [`KeyRing`] and a [`CertificateStore`], which [`take`](Self::take) changes, and the key sets that
/// it returns. Store them before you use them. **Ask one question at a time**: an offer in the answer to an older
/// question would replace what the KMS has offered since.
///
/// ```
/// use eccsi_sakke::kms::xml::{Asking, Taken};
/// use eccsi_sakke::kms::{CertificateStore, KeyRing, Reading, Resource};
/// use eccsi_sakke::mikey::Clock;
/// use eccsi_sakke::{KmsUri, UserUri};
///
/// /// Asks the KMS for something. `send` is HTTP.
/// fn ask(
///     resource: &Resource,
///     ring: &mut KeyRing,
///     certificates: &mut CertificateStore,
///     clock: &Clock,
///     send: impl FnOnce(&str, &[u8]) -> Vec<u8>,
/// ) -> Result<Taken, eccsi_sakke::kms::Error> {
///     let asking = Asking {
///         user_uri: UserUri("sip:alice@example.org"),
///         kms_uri: KmsUri("kms.example.org"),
///         address: "https://kms.example.org",
///         reading: Reading::default(),
///     };
///     let question = asking.ask(resource, ring.newest(), clock.now)?;
///     let answer = send(question.url(), question.document());
///     asking.take(&question, &answer, ring, certificates, clock)
/// }
/// ```
#[doc(alias("KMC", "key management client"))]
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The user who asks.
    pub user_uri: UserUri<'a>,
    /// The KMS that is asked.
    pub kms_uri: KmsUri<'a>,
    /// The beginning of the URLs of its resources: scheme and host, without a slash at the end.
    pub address: &'a str,
    /// How the KMS wraps keys.
    pub reading: Reading,
}

/// A request, and the document that contains it.
#[derive(Clone, Debug)]
pub struct Question {
    request: Request,
    document: Zeroizing<Vec<u8>>,
}

impl Question {
    /// The URL to send the document to.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.request.client_req_url
    }

    /// The document. It also contains the URL.
    #[must_use]
    pub fn document(&self) -> &[u8] {
        &self.document
    }
}

/// The result of a verified answer.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum Taken {
    /// Nothing, as for [`Resource::Redirect`].
    Nothing,
    /// This number of certificates was put into the store.
    Certificates(usize),
    /// Key sets of the user, or of the identity that was asked for. Each has been validated as a whole.
    KeySets(Vec<KeySet>),
    /// The element that names the KMS of a user, as of [`KmsMessage::Lookup`]. The KMS has signed it, and nothing else
    /// in it has been checked.
    Lookup(Vec<u8>),
    /// The KMS refuses. [`ErrorReport::ASK_AGAIN`] and [`ErrorReport::OTHER_KEYS`] say what to do.
    Refused(ErrorReport),
}

impl Asking<'_> {
    /// Makes the request for a resource, signed with `shared`. Use [`KeyRing::newest`], or [`KeyRing::in_use`] after
    /// the KMS has refused that with [`ErrorReport::OTHER_KEYS`].
    ///
    /// Secret: the keys.
    ///
    /// Errors: [`Error::Document`] for a URI that cannot be written.
    pub fn ask(
        &self,
        resource: &Resource,
        shared: &SharedKeys,
        now: NtpTime,
    ) -> Result<Question, Error> {
        let url = format!("{}{}", self.address, resource.path());
        let mut request = Request::new(self.user_uri, self.kms_uri, &url, now);
        request.trk_id = Some(shared.transport().id());
        let signed = Signed::<Request>::sign(request, shared)?;
        Ok(Question { document: signed.to_xml()?, request: signed.into_unverified() })
    }

    /// Takes an answer of the KMS: verifies it, uses the shared keys that it confirms, keeps those that it offers,
    /// stores certificates, and validates key sets. If any of this is refused, nothing is changed.
    ///
    /// The names of the offered keys contain their identifiers, as of [`SharedKeyId::to_name`].
    ///
    /// Secret: the shared keys, the key sets. Public: the document, the outcome.
    ///
    /// Errors: [`Error::Document`] for octets that are no document, and for a document that no shared key has signed;
    /// those of [`Response::check`], [`KmsCertificate`], [`CertificateStore::insert`] and
    /// [`KeySetParts::validate`](crate::kms::KeySetParts::validate); [`Error::TransportKey`] for a new key without an
    /// identifier, or with one that is in use.
    pub fn take(
        &self,
        question: &Question,
        answer: &[u8],
        ring: &mut KeyRing,
        certificates: &mut CertificateStore,
        clock: &Clock,
    ) -> Result<Taken, Error> {
        let signed = Signed::<Response>::from_xml(answer)?;
        let shared = ring.named(signed.unverified().trk_id)?;
        let response = signed.verify(shared)?;
        let resource = Resource::of_url(question.url())?;
        let message = match (response.check(&question.request, clock), &response.error) {
            (Err(Error::Reported), Some(report)) => Err(report),
            (checked, _) => Ok(checked?),
        };
        // Changes are made to copies, which replace the originals when nothing can fail any more.
        let (mut next_ring, mut next_certificates) = (ring.clone(), certificates.clone());
        next_ring.confirm(response.trk_id);
        let taken = match message {
            Err(report) => Taken::Refused(report.clone()),
            Ok(None) => Taken::Nothing,
            Ok(Some(KmsMessage::Init { certificate, new_keys })) => {
                let certificate = KmsCertificate::try_from(certificate.clone())?;
                // The answers to other questions may contain the certificate of another KMS.
                if resource == Resource::Init && certificate.kms_uri() != self.kms_uri.0 {
                    return Err(Error::KmsUri);
                }
                next_certificates.insert(certificate, clock.now)?;
                self.offered(&mut next_ring, new_keys)?;
                Taken::Certificates(1)
            }
            Ok(Some(KmsMessage::KeyProv { key_sets, new_keys })) => {
                let protection = Protection::Wrapped(shared.transport(), self.reading);
                let user_uri = match &resource {
                    Resource::KeyProv(Some(keys)) => &keys.user_uri,
                    _ => self.user_uri.0,
                };
                let mut sets = Vec::with_capacity(key_sets.len());
                for parts in key_sets {
                    let certificate = certificates.of_key_set(parts, clock.now)?;
                    if certificate.kms_uri() != self.kms_uri.0 {
                        return Err(Error::KmsUri);
                    }
                    sets.push(parts.validate(&KeySetCheck {
                        certificate,
                        user_uri,
                        protection,
                        now: clock.now,
                    })?);
                }
                self.offered(&mut next_ring, new_keys)?;
                Taken::KeySets(sets)
            }
            Ok(Some(KmsMessage::CertCache { certificates: parts, .. })) => {
                for parts in parts {
                    let certificate = KmsCertificate::try_from(parts.clone())?;
                    next_certificates.insert(certificate, clock.now)?;
                }
                Taken::Certificates(parts.len())
            }
            Ok(Some(KmsMessage::Lookup(element))) => Taken::Lookup(element.clone()),
        };
        (*ring, *certificates) = (next_ring, next_certificates);
        Ok(taken)
    }

    /// Offers the keys of an answer to the client's ring. The transport key in use there has wrapped them.
    fn offered(&self, ring: &mut KeyRing, new: &NewKeys) -> Result<(), Error> {
        let (transport, integrity) = match (new.transport.as_slice(), new.integrity.as_slice()) {
            ([], []) => return Ok(()),
            ([transport], []) => (transport, None),
            ([transport], [integrity]) => (transport, Some(integrity)),
            _ => return Err(Error::TransportKey),
        };
        let trk = ring.in_use().transport();
        let transport = trk.unwrap_transport_key(transport, id_of(transport)?, self.reading)?;
        let integrity = integrity
            .map(|content| trk.unwrap_integrity_key(content, id_of(content)?, self.reading))
            .transpose()?;
        ring.offer(transport, integrity)
    }
}

/// The identifier of a new key.
///
/// Errors: [`Error::TransportKey`], [`Error::Protection`].
fn id_of(content: &KeyContent) -> Result<SharedKeyId, Error> {
    let KeyContent::Wrapped(wrapped) = content else { return Err(Error::Protection) };
    let name: Option<&String> = wrapped.carried_key_name.as_ref();
    name.and_then(|name| SharedKeyId::from_name(name)).ok_or(Error::TransportKey)
}
