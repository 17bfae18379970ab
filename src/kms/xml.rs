//! The documents of a KMS in XML: 3GPP TS 33.180 annex D.
//!
//! | clause | document | here |
//! |---|---|---|
//! | D.2.2 | `KmsRequest`, `SignedKmsRequest` | [`Request::from_xml`], [`Signed`] |
//! | D.3 | `KmsResponse`, `SignedKmsResponse` with `KmsInit`, `KmsKeyProv`, `KmsCertCache`, `KmsLookup` | [`Response::from_xml`], [`Signed`] |
//! | D.3.2 | `KmsCertificate` | [`CertificateParts::from_xml`] |
//! | D.3.3 | `KmsKeySet` | [`KeySetParts::from_xml`] |
//! | D.3.5 | keys in clear or as `xenc:EncryptedKey` | [`KeyContent`](super::KeyContent) |
//! | D.4 | `KmsRedirectResponse` | [`RedirectResponse`] |
//! | 9.3 | signatures of signalling | [`Signature`] |
//!
//! A client asks with [`Asking`], and a KMS [`answer`]s: each makes all checks of its end.
//!
//! Each document has a `to_xml` beside its `from_xml`. What is decoded is what the document says and no more:
//! validating it is the next step, with [`KmsCertificate`](super::KmsCertificate) and
//! [`KeySetParts::validate`].
//!
//! ```
//! use eccsi_sakke::kms::xml::Signed;
//! use eccsi_sakke::kms::{
//!     Asked, CertificateParts, Deviations, IntegrityKey, KeyIssuer, KeySetCheck, KmsCertificate, KmsMessage,
//!     NewKeys, Protection, Reading, Request, RequestCheck, Response, SeenRequests, SharedKeyId,
//!     SharedKeys, TransportKey, Wrapping,
//! };
//! use eccsi_sakke::mikey::Clock;
//! use eccsi_sakke::{KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, sakke};
//! use getrandom::{SysRng, rand_core::UnwrapErr};
//!
//! let mut rng = UnwrapErr(SysRng);
//! let now = NtpTime::from_unix(1_800_000_000);
//! let clock = Clock { now, skew: 5 };
//! let url = "https://kms.example.org/keymanagement/identity/v1/keyprov";
//!
//! // A KMS, its certificate, and the keys that it shares with one client.
//! let (sign, enc) = (eccsi::KmsSecretKey::generate(&mut rng)?, sakke::KmsSecretKey::generate(&mut rng)?);
//! let periods = KeyPeriods::new(2_592_000)?;
//! let parts = CertificateParts::new("kms.example.org", periods, sign.public_key(), enc.public_key());
//! let certificate = KmsCertificate::try_from(CertificateParts::from_xml(&parts.to_xml()?)?)?;
//! let trk = TransportKey::generate(SharedKeyId(1), &mut rng);
//! let ink = IntegrityKey::generate(SharedKeyId(2), &mut rng);
//! let shared = SharedKeys::new(trk, Some(ink));
//!
//! // The client asks for its keys,
//! let mut request = Request::new(UserUri("sip:alice@example.org"), KmsUri("kms.example.org"), url, now);
//! request.trk_id = Some(shared.transport().id());
//! let to_kms = Signed::<Request>::sign(request.clone(), &shared)?.to_xml()?;
//!
//! // the KMS makes sure who asks, and answers with a key set under the transport key,
//! let received = Signed::<Request>::from_xml(&to_kms)?;
//! let asked = received.verify(&shared)?;
//! let check = RequestCheck {
//!     certificate: &certificate,
//!     url,
//!     user_uris: &["sip:alice@example.org"],
//!     shared: Some(&shared),
//!     periods_ahead: 1,
//!     clock,
//!     deviations: Deviations::default(),
//! };
//! # let started = Clock { now: NtpTime::from_unix(1_700_000_000), skew: 5 };
//! let mut seen = SeenRequests::new(1000, &started);
//! let asked_for = asked.check(&check, &mut seen)?;
//! let Asked::KeyProv { user_uri, periods } = asked_for else { panic!("not keys") };
//! let issuer = KeyIssuer::new(&certificate, &sign, &enc)?;
//! let key_set = issuer.issue(&mut rng, &user_uri, *periods.start())?;
//! let key_sets = vec![key_set.to_parts(Some((shared.transport(), Wrapping::Padded)))?];
//! let message = KmsMessage::KeyProv { key_sets, new_keys: NewKeys::default() };
//! let response = Response::new(&asked, now, Some(message), Some(shared.transport()));
//! let to_client = Signed::<Response>::sign(response, &shared)?.to_xml()?;
//!
//! // and the client makes sure who answers, and of every key.
//! let received = Signed::<Response>::from_xml(&to_client)?;
//! let response = received.verify(&shared)?;
//! let answer = response.check(&request, &clock)?;
//! let Some(KmsMessage::KeyProv { key_sets, .. }) = answer else { panic!("keys were asked for") };
//! let keys = key_sets[0].validate(&KeySetCheck {
//!     certificate: &certificate,
//!     user_uri: "sip:alice@example.org",
//!     protection: Protection::Wrapped(shared.transport(), Reading::default()),
//!     now,
//! })?;
//! assert_eq!(keys.uid(), key_set.uid());
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # What is read
//!
//! Strictly: elements in the schema's order, elements of other namespaces only where the schema has them,
//! no attribute that it hasn't, versions that are known. No document type and so no entity, no processing
//! instruction, no encoding but UTF-8, nothing deeper, longer or wider than the [`Limits`]. Decoding takes
//! no more memory than a small multiple of the document. An [`Error`] says what is wrong, in which element
//! and where, and nothing of the text.
//!
//! Keys in clear are decoded from hexadecimal and base64 in constant time but for their length, and
//! copied only to what wipes itself. Before that the reader looks for `<` and `&` in their text, and the
//! canonicaliser for what a canonical form writes as a reference.
//! The document itself is the caller's to wipe; what `to_xml` gives wipes itself.
//!
//! # Signatures
//!
//! A signature covers the canonical form of a document, [`Canonicalisation`] 1.0, inclusive or exclusive, and
//! whoever writes it may indent it and choose prefixes. `verify` of [`Signed`] makes that form, checks the MAC and
//! the digest, and **gives what it decodes from the octets that the digest covers**, never what the document
//! says elsewhere. There is one reference, to the message or to the element around it, by an `Id` that nothing
//! else in the document has.
//!
//! The canonicaliser is the strict reader's own, for three reasons. Keys in clear go through it, and what it
//! writes wipes itself. It takes what the reader takes, within the same limits and without recursion, so that no
//! second parser understands a document in another way. And without document types and processing instructions
//! there is little for it to do. Its forms are compared with those of two libraries.
//!
//! # Where the standard is silent or at odds
//!
//! | matter | here |
//! |---|---|
//! | `Role`: Root and External in the schema, Home, Migration and External in the text | all are read; Root, Migration, External are written. A certificate without one is that of an external KMS, never of the home |
//! | `UserID` | base64 of 32 octets, which D.3.3 demands, or 64 hexadecimal digits; the first is written |
//! | `CipherValue` | base64, or hexadecimal as a KMS sends it; base64 is written |
//! | algorithm of wrapped keys | `kw-aes256`, which doesn't say whether RFC 3394 or RFC 5649: [`Reading`](super::Reading) does; `kw-aes-256-pad` is read too |
//! | `TrK-ID`, `Signature-ID` | after everything else; 4 octets in hexadecimal or base64; the first is written |
//! | `xsi:type` of keys | may be missing; it is written |
//! | times without a zone | UTC; a fraction of a second is cut off |
//! | times outside of 1900 to 9999 | `ValidFrom` before 1900 and `ValidTo` after 9999 are no bound. Nor is 0001-01-01T00:00:00 in either, which is written for a time that was never set. Every other one is refused: something that ended before 1900 isn't valid for ever, and nothing is valid from 10000 on |
//! | versions | requests, responses and certificates 1.0.0 and 1.1.0; key sets 1.1.0; one that is missing is what the schema fixes |
//! | `KmsLookup`, of unknown content | kept as it came, with the namespaces in force around it: [`KmsMessage::Lookup`](super::KmsMessage::Lookup). Who signs one, or verifies it, brings a canonicaliser |
//! | a signature on a certificate | skipped: of which kind it is, isn't said |
//! | signatures | HMAC-SHA-256 over one reference, with SHA-256; a request that is signed has an `Id` that nothing in it has |
//! | `Signature-ID` of older releases, which have none | the `KeyName`; without it only one key may be shared |
//! | `KrrList` | redirect responses, at most 64, each kept with the namespaces in force around it. One that is written declares all of its own |
//! | content of a redirect response (D.4) | elements by their names, texts and nested responses. Its signature is read with the algorithms of D.4.2 alone: [`RedirectResponse::verify`] |

mod answering;
mod asking;
mod canonical;
mod canonicalisation;
mod certificate;
mod date_time;
mod error;
mod error_report;
mod fields;
mod key_content;
mod key_set;
mod octets;
mod reader;
mod redirect;
mod redirect_signature;
mod request;
mod response;
mod signature;
mod signed;
mod syntax;
mod tag;
#[cfg(test)]
mod tests;
mod text;
#[cfg(test)]
pub(crate) mod worst;
mod writer;

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

pub use answering::{Answer, Served, answer};
pub use asking::{Asking, Question, Taken};
pub use canonicalisation::Canonicalisation;
pub use error::{Error, ErrorKind};
use reader::Reader;
pub use redirect::RedirectResponse;
pub use redirect_signature::RedirectSignature;
pub use signature::{Signature, SignedInfo};
pub use signed::Signed;
use tag::Tag;
use writer::Writer;

use super::{CertificateParts, KeySetParts, Request, Response};

/// The versions that documents have.
const VERSIONS: [&str; 2] = ["1.0.0", "1.1.0"];

/// The version of an element: the one that its attribute says, or else what the schema fixes.
///
/// Errors: [`ErrorKind::Version`] if it isn't known.
fn known_version(
    value: Option<String>,
    fixed: Option<&str>,
    known: &[&str],
    tag: &Tag<'_>,
    element: &'static str,
) -> Result<String, Error> {
    match value {
        None => Ok(fixed.unwrap_or_default().into()),
        Some(version) if known.contains(&version.as_str()) => Ok(version),
        Some(_) => Err(tag.error(ErrorKind::Version, element)),
    }
}

/// The version as it is written; it may be empty, for none, if the schema fixes none.
///
/// Errors: [`ErrorKind::Version`].
fn written_version<'a>(
    version: &'a str,
    may_be_empty: bool,
    known: &[&str],
    element: &'static str,
) -> Result<Option<&'a str>, Error> {
    match version {
        "" if may_be_empty => Ok(None),
        _ if known.contains(&version) => Ok(Some(version)),
        _ => Err(Error::of_value(ErrorKind::Version, element)),
    }
}

macro_rules! document {
    ($type:ty, $module:ident) => {
        impl $type {
            /// Decodes the document. Secret: keys in clear; public: how long they are.
            ///
            /// Errors: of the document, with the element that is wrong and its position.
            pub fn from_xml(document: &[u8]) -> Result<Self, Error> {
                Self::from_xml_within(document, &Limits::default())
            }

            /// Decodes the document within these limits.
            ///
            /// Errors: as of [`from_xml`](Self::from_xml).
            pub fn from_xml_within(document: &[u8], limits: &Limits) -> Result<Self, Error> {
                let mut reader = Reader::new(document, limits)?;
                let tag = reader.root($module::NAME)?;
                let decoded = $module::read(&mut reader, &tag)?;
                reader.end()?;
                Ok(decoded)
            }

            /// Encodes the document, which wipes itself: keys in clear are in it if they are in this.
            ///
            /// Errors: a version that isn't known; [`ErrorKind::Value`] for a value that can't be
            /// written, such as a character that XML hasn't.
            pub fn to_xml(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
                let mut writer = Writer::document();
                $module::write(self, &mut writer)?;
                Ok(writer.finish())
            }
        }
    };
}

document!(Request, request);
document!(Response, response);
document!(CertificateParts, certificate);
document!(KeySetParts, key_set);

/// How large a document may be. The defaults hold every message of a KMS; a certificate has some two
/// thousand octets, a key set three thousand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Octets of the document.
    pub octets: usize,
    /// Elements inside of each other.
    pub depth: usize,
    /// Attributes of an element, and namespaces in force.
    pub attributes: usize,
    /// Octets of a text, or of an attribute's value.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { octets: 1 << 20, depth: 32, attributes: 32, text: 1 << 16 }
    }
}

impl Limits {
    /// For the canonical form of what is within these.
    fn of_canonical(&self, octets: &[u8]) -> Self {
        Self {
            octets: octets.len(),
            depth: self.depth,
            // Its outermost element may have those of all around it.
            attributes: self.attributes.saturating_mul(4),
            text: octets.len(),
        }
    }
}
