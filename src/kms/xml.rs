//! The documents of a KMS in XML: 3GPP TS 33.180 annex D.
//!
//! | clause | document | here |
//! |---|---|---|
//! | D.2.2 | `KmsRequest`, `SignedKmsRequest` | [`Request::from_xml`](super::Request::from_xml), [`Signed`] |
//! | D.3 | `KmsResponse`, `SignedKmsResponse` with `KmsInit`, `KmsKeyProv`, `KmsCertCache`, `KmsLookup` | [`Response::from_xml`](super::Response::from_xml), [`Signed`] |
//! | D.3.2 | `KmsCertificate` | [`CertificateParts::from_xml`](super::CertificateParts::from_xml) |
//! | D.3.3 | `KmsKeySet` | [`KeySetParts::from_xml`](super::KeySetParts::from_xml) |
//! | D.3.5 | keys in clear or as `xenc:EncryptedKey` | [`KeyContent`](super::KeyContent) |
//! | D.4 | `KmsRedirectResponse` | [`RedirectResponse`] |
//! | 9.3 | signatures of signalling | [`Signature`] |
//!
//! A client asks with [`Asking`], and a KMS answers with [`answer`]. Each makes all the checks of its end.
//!
//! Each document has `to_xml` beside `from_xml`. Decoding a document does not validate it. That is the next step, with
//! [`KmsCertificate`](super::KmsCertificate) and [`KeySetParts::validate`](super::KeySetParts::validate).
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
//! // the KMS verifies who asks, and answers with a key set that the transport key wraps,
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
//! // and the client verifies who answers, and validates every key.
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
//! # What is accepted
//!
//! The reader is strict. Elements must be in the schema's order, elements of other namespaces may only stand where the
//! schema allows them, unknown attributes are refused, and the version must be known. A document type is refused, and
//! so there are no entities of its own. Processing instructions are refused, and so are encodings other than UTF-8 and
//! documents beyond the [`Limits`]. Decoding takes no more memory than a small multiple of the document. An [`Error`]
//! says what is wrong, in which element and where, but contains nothing of the document's text.
//!
//! Keys in clear are decoded from hexadecimal and base64 in a time that depends only on their length, and they are only
//! copied to memory that is wiped. Before that, the reader searches their text for `<` and `&`, and the canonicaliser
//! for characters that a canonical form writes as references. The caller wipes the received document. What `to_xml`
//! returns wipes itself.
//!
//! # Signatures
//!
//! A signature covers a canonical form of the document, [`Canonicalisation`] 1.0, inclusive or exclusive. The sender
//! may therefore indent the document and choose its prefixes. [`Signed::verify`] makes that form, checks the MAC and
//! the digest, and **returns what it decodes from the octets that the digest covers**, never what the document says
//! elsewhere. A signature has one reference, to the message or to the element around it, by an `Id` that no other
//! element of the document has.
//!
//! This crate has its own canonicaliser, which works on the strict reader, for three reasons. Keys in clear pass
//! through it, and what it writes wipes itself. It accepts what the reader accepts, within the same limits and without
//! recursion, so no second parser can understand a document differently. And without document types and processing
//! instructions there is little for it to do. Tests compare its forms with those of two libraries.
//!
//! # Where the standard is silent or contradicts itself
//!
//! | matter | here |
//! |---|---|
//! | `Role`: the schema has Root and External, the text Home, Migration and External | all are read; Root, Migration and External are written. A certificate without a role is that of an external KMS, never of the home KMS |
//! | `UserID` | base64 of 32 octets, as D.3.3 requires, or 64 hexadecimal digits; base64 is written |
//! | `CipherValue` | base64, or hexadecimal, which one KMS sends; base64 is written |
//! | algorithm of wrapped keys | `kw-aes256`, which may mean RFC 3394 or RFC 5649: [`Reading`](super::Reading) chooses; `kw-aes-256-pad` is read too |
//! | `TrK-ID`, `Signature-ID` | the last elements; 4 octets in hexadecimal or base64; hexadecimal is written |
//! | `xsi:type` of keys | may be missing; it is written |
//! | times without a zone | are in UTC; a fraction of a second is cut off |
//! | times outside of 1900 to 9999 | `ValidFrom` before 1900 and `ValidTo` after 9999 set no bound. Neither does 0001-01-01T00:00:00, which some platforms write for a time that was never set. Every other such time is refused: a `ValidTo` before 1900 must not mean valid for ever, and nothing becomes valid after 9999 |
//! | versions | 1.0.0 and 1.1.0 of requests, responses and certificates; 1.1.0 of key sets; a missing version is the one that the schema fixes |
//! | `KmsLookup`, of unknown content | kept as received, with the namespaces in force around it: [`KmsMessage::Lookup`](super::KmsMessage::Lookup) |
//! | a signature on a certificate | skipped, because the standard does not say of which kind it is |
//! | signatures | HMAC-SHA-256 over one reference, with SHA-256; a signed request has an `Id` that nothing in it repeats |
//! | documents of older releases, without `Signature-ID` | the `KeyName` names the key; without it, only one key may be shared |
//! | `KrrList` | at most 64 redirect responses, each kept with the namespaces in force around it. A response that is written must declare all of its own |
//! | content of a redirect response (D.4) | elements by their names, texts and nested responses. Its signature must use the algorithms of D.4.2: [`RedirectResponse::verify`] |

#![expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "the list of elements passes every field by reference"
)]

mod answering;
mod asking;
mod canonical;
mod canonicalisation;
mod certificate;
mod date_time;
mod document;
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

pub use answering::{Answer, Served, answer};
pub use asking::{Asking, Question, Taken};
pub use canonicalisation::Canonicalisation;
pub use error::{Error, ErrorKind};
pub use redirect::RedirectResponse;
pub use redirect_signature::RedirectSignature;
pub use signature::{Signature, SignedInfo};
pub use signed::Signed;

/// How large a document may be. Every message of a KMS fits into the defaults: a certificate has about 2,000 octets,
/// and a key set about 3,000.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// The octets of the document.
    pub octets: usize,
    /// The depth of nested elements.
    pub depth: usize,
    /// The attributes of an element, and the namespaces in force.
    pub attributes: usize,
    /// The octets of a text, and of the value of an attribute.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { octets: 1 << 20, depth: 32, attributes: 32, text: 1 << 16 }
    }
}

impl Limits {
    /// The limits of a canonical form of a document within these limits.
    fn of_canonical(&self, octets: &[u8]) -> Self {
        Self {
            octets: octets.len(),
            depth: self.depth,
            // The outermost element of the form may inherit those of the elements around it.
            attributes: self.attributes.saturating_mul(4),
            text: octets.len(),
        }
    }
}
