//! ECCSI signatures (RFC 6507) and SAKKE key encapsulation (RFC 6508): the identity-based
//! cryptography of 3GPP mission-critical services, for the KMS, the GMS and the client.
//!
//! A user's public key is its name. The **KMS** (key management server) publishes one pair of public
//! keys and gives every user the two private keys that belong to its identifier and month; anybody
//! who knows the KMS's public keys can then verify that user's signatures and send it secrets,
//! without certificates and without talking to it first.
//!
//! ```
//! use eccsi_sakke::{KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, sakke};
//! use getrandom::{SysRng, rand_core::UnwrapErr};
//!
//! let mut rng = UnwrapErr(SysRng);
//!
//! // The KMS: two master keys, and for each user two private keys for its UID of the period.
//! let (kms_sign, kms_enc) = (eccsi::KmsSecretKey::generate(&mut rng)?, sakke::KmsSecretKey::generate(&mut rng)?);
//! let periods = KeyPeriods::new(2_592_000)?;
//! let number = periods.number(NtpTime::from_unix(1_800_000_000))?;
//! let kms_uri = KmsUri("kms.example.org");
//! let gms = periods.uid(UserUri("sip:gms@example.org"), kms_uri, number)?;
//! let alice = periods.uid(UserUri("sip:alice@example.org"), kms_uri, number)?;
//! let gms_key = kms_sign.issue(&mut rng, gms)?;
//! let alice_key = kms_enc.extract(&alice)?;
//!
//! // The GMS: a group key, encapsulated to Alice and signed.
//! let gmk = sakke::SharedSecret::generate(&mut rng);
//! let sealed = kms_enc.public_key().recipient(&alice)?.encapsulate(&gmk)?;
//! let signature = gms_key.sign(&mut rng, sealed.as_bytes())?;
//!
//! // Alice: verify who sent it, then open it.
//! kms_sign.public_key().verifying_key(gms).verify(sealed.as_bytes(), &signature)?;
//! let opened = alice_key.decapsulate(&sealed)?;
//! assert_eq!(opened.as_bytes(), gmk.as_bytes());
//! # Ok::<(), eccsi_sakke::Error>(())
//! ```
//!
//! # Where to begin
//!
//! Who runs a KMS or a GMS, or builds a client, starts with the chapter of that role in the guide, copies its
//! program, and needs no more of this page: the layers for roles check what the primitives below leave to their
//! caller.
//!
//! | chapter | layer |
//! |---|---|
//! | KMS | `kms`, `kms::xml` |
//! | GMS | `mission_critical::Distribution` |
//! | client | `kms::CertificateStore`, `mission_critical::Reception` |
//! | life cycle, errors | what is due and over; what the operator does |
//!
#![cfg_attr(
    all(doc, feature = "kms-xml", feature = "stored"),
    doc = "The guide is the module [`guide`]."
)]
#![cfg_attr(
    not(all(doc, feature = "kms-xml", feature = "stored")),
    doc = "The guide is the module `guide` of a documentation with all features."
)]
//!
//! # Who needs what
//!
//! | role | RFC 6507 | RFC 6508 |
//! |---|---|---|
//! | KMS | [`eccsi::KmsSecretKey`]: KSAK; issues (SSK, PVT) | [`sakke::KmsSecretKey`]: z; extracts RSKs |
//! | everybody | [`eccsi::KmsPublicKey`]: KPAK | [`sakke::KmsPublicKey`]: Z |
//! | sender | [`eccsi::SigningKey`]: (SSK, PVT), signs | [`sakke::Recipient`]: \[b\]P + Z, encapsulates |
//! | receiver | [`eccsi::VerifyingKey`]: verifies | [`sakke::ReceiverKey`]: RSK, decapsulates |
//!
//! Every value of these types is validated: a point is on its curve and of the right order, a
//! scalar in its range, a user's key the one that belongs to its identifier. Private keys are
//! imported with `new(octets, identifier, KMS public key)`, everything else with `TryFrom`.
//!
//! # Keys that live elsewhere
//!
//! A secret key may be in an HSM, on a card, or in another process. The layers above the schemes take any type with
//! these traits, and the keys of this crate are the first that have them. The calls block; the guide shows a wrapper
//! for async callers. [`Error::Unavailable`] says that a key can't be reached: try again.
//!
//! | trait | key | taken by |
//! |---|---|---|
//! | [`eccsi::Issue`], [`sakke::Extract`] | KSAK, z | `kms::KeyIssuer`, which gives out no key that its user would refuse |
//! | [`eccsi::Sign`] | SSK | `mission_critical::Delivery`, `Distribution`, `SessionDelivery`; no signature is released that doesn't verify |
//! | [`sakke::Decapsulate`] | RSK | `mikey::Verified`, `mission_critical::Reception` |
//! | `kms::UnwrapKey`, `kms::Mac` | TrK, InK | `kms::Protection`, `kms::SharedKeys`, `kms::KeyRing` |
//!
//! # What is promised
//!
//! * No operation on a secret has a branch, an address or a division that depends on it, but for
//!   its outcome: a key accepted or refused, a ciphertext opened or not. Verifying signatures has no
//!   secret and takes variable time.
//! * Secret types wipe themselves on drop, don't print themselves, and compare in constant time.
//!   Temporaries of the arithmetic and copies the compiler makes on the stack are not all wiped.
//! * No input makes a function panic. Bad input is refused with an [`Error`] that says why; a
//!   decapsulation or a verification that fails has one answer for every reason. A build that forces a
//!   backend with `--cfg eccsi_sakke_backend` panics on a CPU that can't run it: see [`Backend::detect`].
//! * Randomness comes from the caller. A `try_` twin takes a generator that can fail.
//! * `no_std`, and no allocation: the feature `alloc` only adds what inherently needs a heap.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `alloc` | yes | prepared keys and batches |
//! | `tables` | yes | constants, the combs of P, g and G: 150 KiB, on x86-64 326 KiB; without them slower |
//! | `signature` | yes | the traits of the `signature` crate for the ECCSI types |
//! | `mikey` | no | MIKEY messages: RFC 3830, RFC 6043, RFC 6509 |
//! | `mission-critical` | no | keys of TS 33.180 and the messages that bring them |
//! | `kms` | no | what a KMS gives: certificates, key sets, wrapped keys of TS 33.180 |
//! | `kms-xml` | no | the documents of a KMS in XML; needs `std` |
//! | `std` | no | [`NtpTime`] of the operating system's clock |
//! | `stored` | no | sealed records of keys, certificates and caches, for state that survives a restart |
//! | `hazmat` | no | given ephemerals, bare pairing and hash, traces: for test vectors and reviewers |
//!
//! # Reading order
//!
//! From the schemes down to the limbs, a file uses only files that come after it: `kms`, `mission_critical` →
//! `mikey` → [`sakke`] → `sakke::sender`, `sakke::receiver` → `sakke::hash` → the floors of the table. [`eccsi`]
//! stands on `p256`, `jacobian`, `divsteps` and `digits`.
//!
//! Each row is a floor, and each of its files stands there once. The second column is the code of every CPU.
//! The third works like what stands to its left, and takes its place on a CPU that has ADX or AVX-512 IFMA: read
//! one column from the top to the bottom, then the other.
//!
//! | floor | on every CPU | on ADX or AVX-512 IFMA |
//! |---|---|---|
//! | `pairing` | `prepared` → `prepared::build` → `prepared::monic`; `miller::windows` → `miller` | `ifma` → `ifma::prepared`, `ifma::build`; `ifma::schedule` → `ifma::miller` → `ifma::miller::rounds` → `ifma::miller::lanes` |
//! | `torus` | `comb` | `ifma` → `ifma::comb_eight` → `ifma::comb` → `ifma::classes` |
//! | `curve` | `comb` → `comb::prepared`; `order`; `edwards` → `edwards::odd` → `edwards::windows` | `ifma` → `ifma::comb_eight` → `ifma::eight_points`; `ifma::comb` → `ifma::two_points`; `ifma::windows` → `ifma::one_point` |
//! | `p256` | `comb` → `wnaf` → `euclid` → `group` → `residue` → `table` | `adx`; `ifma` → `ifma::eight` → `ifma::lanes` |
//! | `jacobian` | | |
//! | `scalar` | `digits` | |
//! | `params` | | |
//! | `field` | `power`; `fp2`; `fp` → `fp::unreduced` → `kernel` → `kernel::portable` | `kernel::adx` → `kernel::adx::block`, `kernel::adx::linear`, `kernel::adx::lookup`; `ifma` → `ifma::sums`, `ifma::fp2x8`, `ifma::entries` → `ifma::eight` → `ifma::columns` → `ifma::digits`; `ifma::pair::power` → `ifma::pair` → `ifma::pair::kernel` → `ifma::pair::constants` |
//! | `divsteps` | | |
//! | `digits` | | |

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]
#![deny(missing_docs, unreachable_pub)]
#![warn(clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![warn(clippy::mod_module_files, clippy::dbg_macro, clippy::print_stdout)]
#![allow(
    clippy::missing_errors_doc,
    reason = "errors are listed in a line of their own, with what they mean"
)]
#![allow(
    clippy::doc_markdown,
    clippy::many_single_char_names,
    reason = "the notation is that of the standards"
)]
#![cfg_attr(not(feature = "alloc"), allow(dead_code, reason = "only prepared keys use it"))]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::cast_possible_truncation,
        clippy::print_stdout,
        reason = "a test fails by panicking, and may count in octets"
    )
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

// A chapter for each role, and tables of clauses and requirements: documentation alone.
#[cfg(all(any(doc, doctest), feature = "kms-xml", feature = "stored"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "kms-xml", feature = "stored"))))]
pub mod guide;
// One error for a program with several roles.
#[cfg(feature = "mikey")]
mod any_error;
// The pieces of the schemes, for vectors and reviewers.
#[cfg(feature = "hazmat")]
#[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
pub mod hazmat;
// State that survives a restart.
#[cfg(feature = "stored")]
#[cfg_attr(docsrs, doc(cfg(feature = "stored")))]
pub mod stored;
// TS 33.180 5.3 and annex D.
#[cfg(feature = "kms")]
#[cfg_attr(docsrs, doc(cfg(feature = "kms")))]
pub mod kms;
// TS 33.180 annexes E and F.
#[cfg(feature = "mission-critical")]
#[cfg_attr(docsrs, doc(cfg(feature = "mission-critical")))]
pub mod mission_critical;
// RFC 3830, RFC 6043, RFC 6509.
#[cfg(feature = "mikey")]
#[cfg_attr(docsrs, doc(cfg(feature = "mikey")))]
pub mod mikey;
// RFC 6507 and RFC 6508.
pub mod eccsi;
pub mod sakke;
// Who a key is for: RFC 6509 section 3.2, TS 33.180 annex F.2.1.
mod identifier;
// RFC 6508 section 3.2: the pairing, and the group it maps into.
mod pairing;
mod torus;
// RFC 6508 section 2.1: the curve,
mod curve;
// RFC 6507: the curve P-256,
mod p256;
// the coordinates that both compute in,
mod jacobian;

// integers modulo the order of its subgroup,
mod scalar;

// and the parameter set of RFC 6509 appendix A.
mod params;

// The field.
mod field;

// Inversion modulo any odd number.
mod divsteps;

// Beside the floors: named by any of them.
mod backend;
#[cfg(test)]
mod cases;
mod ct;
mod debug;
mod digits;
mod error;
mod fault;
mod random;
#[cfg(feature = "mikey")]
mod steps;
#[cfg(test)]
mod tables;
mod wiped;
mod words;

#[cfg(feature = "mikey")]
#[cfg_attr(docsrs, doc(cfg(feature = "mikey")))]
pub use any_error::AnyError;
pub use backend::Backend;
pub use error::{Error, TryError};
pub use identifier::{Identifier, IdentifierKind, KeyPeriods, KmsUri, NtpTime, UserUri};

/// The README's program, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Programs that must not compile, as tests.
#[cfg(all(doctest, feature = "kms", feature = "mission-critical"))]
#[doc = include_str!("../tests/misuse.md")]
struct Misuse;
