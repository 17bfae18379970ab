//! Certificates and key sets of a key management service (KMS) and the keys that protect them: 3GPP TS 33.180, 5.3 and
//! annex D.
//!
//! | clause | what | here |
//! |---|---|---|
//! | D.3.2 | KMS certificate | [`CertificateParts`] → [`KmsCertificate`], [`CertificateStore`] |
//! | D.3.3 | key set | [`KeySetParts`] → [`KeySet`]; a KMS makes them with a [`KeyIssuer`] |
//! | D.3.5, 5.3.3 | transport key TrK | [`TransportKey`], [`Wrapping`], [`KeyWrap`] |
//! | 5.3.3 | integrity key InK, and which key signs | [`IntegrityKey`], [`SharedKeys`] |
//! | 5.3.3 | replacing TrK and InK | [`KeyRing`] |
//! | 5.3.3 | TrK and InK that live elsewhere | [`UnwrapKey`], [`Mac`] |
//! | D.2 | requests | [`Request`], [`RequestKind`], [`Resource`]; a KMS checks them: [`RequestCheck`], [`Deviations`], [`SeenRequests`] → [`Asked`]; in XML a client asks with `xml::Asking` |
//! | D.3 | responses | [`Response`], [`KmsMessage`]; errors: [`ErrorReport`]; in XML a KMS answers with `xml::answer` |
//!
//! Drafts of SEAL (TS 33.434) use the same messages under names with an S- in front. [`RequestKind`] knows both names.
//!
//! Decoding a message gives *parts*: octets and texts that nothing has checked. Checked values have other types, and
//! everything else accepts only these types. XML belongs to the feature `kms-xml`. HTTP and storage belong to the
//! application.
//!
//! ```
//! use eccsi_sakke::kms::{
//!     CertificateParts, CertificateStore, KeyIssuer, KeySetCheck, KmsCertificate, Protection, Reading,
//!     SharedKeyId, TransportKey, Wrapping,
//! };
//! use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
//! use getrandom::{SysRng, rand_core::UnwrapErr};
//!
//! let mut rng = UnwrapErr(SysRng);
//! let now = NtpTime::from_unix(1_800_000_000);
//! let alice = "sip:alice@example.org";
//!
//! // A KMS: two master keys and the certificate of their public keys.
//! let (ksak, z) = (eccsi::KmsSecretKey::generate(&mut rng)?, sakke::KmsSecretKey::generate(&mut rng)?);
//! let periods = KeyPeriods::new(2_592_000)?;
//! let parts = CertificateParts::new("kms.example.org", periods, ksak.public_key(), z.public_key());
//! let certificate = KmsCertificate::try_from(parts.clone())?;
//!
//! // It gives Alice her keys for this period, wrapped with the transport key that they share.
//! let trk = TransportKey::generate(SharedKeyId(1), &mut rng);
//! let issuer = KeyIssuer::new(&certificate, &ksak, &z)?;
//! let number = periods.number(now)?;
//! let sent = issuer.issue(&mut rng, alice, number)?.to_parts(Some((&trk, Wrapping::Padded)))?;
//!
//! // Alice holds the certificate, and checks the whole set at once.
//! let mut store = CertificateStore::new(100);
//! store.insert(KmsCertificate::try_from(parts)?, now)?;
//! let keys = sent.validate(&KeySetCheck {
//!     certificate: store.of_key_set(&sent, now)?,
//!     user_uri: alice,
//!     protection: Protection::Wrapped(&trk, Reading::default()),
//!     now,
//! })?;
//! assert!(keys.covers(now));
//! let signature = keys.signing_key().sign(&mut rng, b"message")?;
//! # Ok::<(), eccsi_sakke::kms::Error>(())
//! ```
//!
//! # Users of two KMSs
//!
//! The signature of a message is verified with the certificate of the initiator's KMS, and the secret in it is
//! encapsulated with the certificate of the responder's KMS. Each end has both certificates in its store, and passes
//! them to [`mikey::Expected`](crate::mikey::Expected) and the layers above:
//!
//! ```
//! # use eccsi_sakke::kms::{CertificateParts, CertificateStore, KmsCertificate, Role, Error};
//! # use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
//! # use getrandom::{SysRng, rand_core::UnwrapErr};
//! use eccsi_sakke::mikey::Expected;
//!
//! # let mut rng = UnwrapErr(SysRng);
//! # let now = NtpTime::from_unix(1_800_000_000);
//! # let mut store = CertificateStore::new(2);
//! # for (uri, role) in [("kms.example.org", Role::Home), ("kms.example.com", Role::External)] {
//! #     let (ksak, z) = (eccsi::KmsSecretKey::generate(&mut rng)?, sakke::KmsSecretKey::generate(&mut rng)?);
//! #     let periods = KeyPeriods::new(2_592_000)?;
//! #     let parts = CertificateParts::new(uri, periods, ksak.public_key(), z.public_key());
//! #     store.insert(KmsCertificate::try_from(CertificateParts { role, ..parts })?, now)?;
//! # }
//! // The certificates in force at the time of the message.
//! let own = store.home(now)?.kms(now)?;
//! let theirs = store.active("kms.example.com", now)?.kms(now)?;
//! let expected = Expected::new(theirs.user("sip:bob@example.com"), own.user("sip:alice@example.org"));
//! # Ok::<(), Error>(())
//! ```
//!
//! # Where the standard is silent or contradicts itself
//!
//! | matter | here |
//! |---|---|
//! | `kw-aes256` is RFC 3394, which wraps multiples of eight octets, but keys have 65 and 257 | RFC 5649 over the unchanged octets; other ways if [`Wrapping`] or [`Reading`] ask for them |
//! | roles: the schema has Root and External, the text Home, Migration and External | all names are read; Root is written for Home |
//! | `UserIdFormat` | 2, the hash of F.2.1; others are refused |
//! | `ParameterSet` | 1, or missing; others are refused |
//! | the ends of a validity | are included |
//! | which of several certificates of a KMS is in force | the one that began last: see [`CertificateStore`] |
//! | a revoked certificate whose KMS sends an older one with the same URIs and keys | stays revoked |
//! | a certificate that gives its KMS another role | is refused: to migrate, call [`CertificateStore::migrate`] |
//! | key sets and certificates that are not valid yet | are accepted, because they are given out ahead of time |
//! | key sets of a key period that is over, whatever their `ValidTo` says | are refused |
//! | requests for keys of the past, or of the far future | are refused |
//! | key sets of an external KMS | are refused |
//! | key sets with some keys wrapped and others not | are refused |
//! | octets 00 before the 32 octets of an SSK, which is an integer | up to eight are accepted; none are sent |
//! | requests of clients that differ from D.2.2 | are refused, unless [`Deviations`] allows them |
//! | when to delete the old transport key after sending a new one | when a message has named the new one: [`KeyRing`] |
//! | what an `ErrorCode` means | the constants of [`ErrorReport`] |
//! | messages without Signature-ID | are refused; [`SharedKeys::verify_unnamed`] verifies those of older releases, and in XML those are accepted that can only mean one key |
//!
//! The modules depend on each other in this order: `issuing`, `store`, `key_fault` → `key_set` → `certificate`,
//! `protection` → `wrap`, `traits` → `key_wrap`, `content`, `shared_key`; beside them `key_ring` → `shared_key`,
//! `asked` → `seen`, and `response` → `request` → `resource`.

mod asked;
mod certificate;
mod content;
mod error;
mod error_report;
mod issuing;
mod key_fault;
mod key_ring;
mod key_set;
mod key_wrap;
mod parameter_set;
mod protection;
mod request;
mod resource;
mod response;
mod seen;
mod shared_key;
mod store;
mod traits;
mod wrap;
#[cfg(feature = "kms-xml")]
#[cfg_attr(docsrs, doc(cfg(feature = "kms-xml")))]
pub mod xml;

pub use asked::{Asked, Deviations, RequestCheck};
pub use certificate::{CertificateParts, KmsCertificate, Role, ValidPeriod};
pub use content::{KeyContent, WrappedKey};
pub use error::Error;
pub use error_report::ErrorReport;
pub use issuing::KeyIssuer;
pub use key_fault::KeyFault;
pub use key_ring::KeyRing;
pub use key_set::{KeySet, KeySetCheck, KeySetParts};
pub use key_wrap::KeyWrap;
pub use parameter_set::{ParameterSet, UserIdFormat};
pub use protection::Protection;
pub use request::{Request, RequestKind};
pub use resource::{KeysOf, Resource};
pub use response::{KmsMessage, NewKeys, Response};
pub use seen::SeenRequests;
pub use shared_key::{IntegrityKey, SharedKeyId, SharedKeys, TransportKey};
pub use store::CertificateStore;
pub use traits::{Mac, SharedKey, UnwrapKey};
pub use wrap::{Reading, Wrapping};
