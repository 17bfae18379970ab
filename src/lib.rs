//! ECCSI signatures (RFC 6507) and SAKKE key encapsulation (RFC 6508): the identity-based
//! cryptography of 3GPP mission-critical services, for key management servers, group management servers and clients.
//!
//! A user's public key is the user's identifier. The key management server (**KMS**) publishes one
//! pair of public keys, and gives each user the two private keys that belong to the user's identifier and key period.
//! Anyone who knows the public keys of the KMS can then verify that user's signatures and send secrets
//! to that user, without certificates and without earlier contact.
//!
//! ```
//! use eccsi_sakke::{KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, sakke};
//! use getrandom::{SysRng, rand_core::UnwrapErr};
//!
//! let mut rng = UnwrapErr(SysRng);
//!
//! // The KMS makes two master keys, and two private keys for each user's UID of the key period.
//! let (kms_sign, kms_enc) = (eccsi::KmsSecretKey::generate(&mut rng)?, sakke::KmsSecretKey::generate(&mut rng)?);
//! let periods = KeyPeriods::new(2_592_000)?;
//! let number = periods.number(NtpTime::from_unix(1_800_000_000))?;
//! let kms_uri = KmsUri("kms.example.org");
//! let gms = periods.uid(UserUri("sip:gms@example.org"), kms_uri, number)?;
//! let alice = periods.uid(UserUri("sip:alice@example.org"), kms_uri, number)?;
//! let gms_key = kms_sign.issue(&mut rng, gms)?;
//! let alice_key = kms_enc.extract(&alice)?;
//!
//! // The group management server encapsulates a group key to Alice and signs it.
//! let gmk = sakke::SharedSecret::generate(&mut rng);
//! let sealed = kms_enc.public_key().recipient(&alice)?.encapsulate(&gmk)?;
//! let signature = gms_key.sign(&mut rng, sealed.as_bytes())?;
//!
//! // Alice verifies the signature of the sender she expects. Then she opens the group key.
//! kms_sign.public_key().verifying_key(gms).verify(sealed.as_bytes(), &signature)?;
//! let opened = alice_key.decapsulate(&sealed)?;
//! assert_eq!(opened.as_bytes(), gmk.as_bytes());
//! # Ok::<(), eccsi_sakke::Error>(())
//! ```
//!
//! # Where to begin
//!
//! If you run a KMS or a GMS, or build a client, start with the guide's chapter for that role and copy its program. You
//! need no more of this page, because the layers for these roles check what the schemes below leave to their caller.
//!
//! | chapter | layer |
//! |---|---|
//! | `kms`: key management server | `kms`, `kms::xml` |
//! | `gms`: group management server | `mission_critical::Distribution` |
//! | `client` | `kms::CertificateStore`, `mission_critical::Reception` |
//! | `prose`: a group without a server | `mission_critical::GroupSession` |
//! | `life_cycle`, `errors` | what to do when, and what to do about each error |
//! | `schemes` | this page's types alone, in one program with three roles |
//!
#![cfg_attr(
    all(doc, feature = "kms-xml", feature = "stored"),
    doc = "The guide is the module [`guide`]."
)]
#![cfg_attr(
    not(all(doc, feature = "kms-xml", feature = "stored")),
    doc = "The guide is the module `guide` in documentation that is built with all features."
)]
//!
//! # The types of each role
//!
//! | role | RFC 6507 | RFC 6508 |
//! |---|---|---|
//! | KMS | [`eccsi::KmsSecretKey`] is KSAK, and issues (SSK, PVT) | [`sakke::KmsSecretKey`] is z, and extracts RSKs |
//! | everyone | [`eccsi::KmsPublicKey`] is KPAK | [`sakke::KmsPublicKey`] is Z |
//! | sender | [`eccsi::SigningKey`] is (SSK, PVT), and signs | [`sakke::Recipient`] is \[b\]P + Z, and encapsulates an SSV |
//! | receiver | [`eccsi::VerifyingKey`] verifies | [`sakke::ReceiverKey`] is the RSK, and decapsulates |
//!
//! [`sakke::SharedSecret`] is the SSV, and [`sakke::Encapsulation`] is the Encapsulated Data. An [`Identifier`] is the
//! identifier of either RFC, and [`KeyPeriods::uid`] makes one as TS 33.180 F.2.1 defines it. Both schemes have types
//! of the same name, so name them with their module.
//!
//! Every value of these types has been validated: a point is on its curve and has the right order, a scalar is in its
//! range, and a user's key belongs to its identifier. Import private keys with `new(octets, identifier, KMS public
//! key)`, and everything else with `TryFrom`.
//!
//! # Keys that you use many times
//!
//! `prepare` turns a key into a larger and faster one (feature `alloc`): [`sakke::KmsPublicKey`] and
//! [`sakke::Recipient`] to encapsulate, [`sakke::ReceiverKey`] to decapsulate, [`eccsi::KmsPublicKey`] and
//! [`eccsi::VerifyingKey`] to verify. Some prepared keys also take batches, as slices. They leave
//! threads to the caller.
//!
//! # Keys that live elsewhere
//!
//! A secret key may live in an HSM, on a card, or in another process. The layers above the schemes take any type that
//! implements these traits, and the keys of this crate implement them too. The calls block; the guide shows a
//! wrapper for async callers. [`Error::Unavailable`] says that a key can't be reached: try again.
//!
//! | trait | stands for | what takes it |
//! |---|---|---|
//! | [`eccsi::Issue`], [`sakke::Extract`] | KSAK, z | `kms::KeyIssuer`, which releases no key that its user would refuse |
//! | [`eccsi::Sign`] | SSK | `mission_critical::Delivery`, `Distribution` and `SessionDelivery`, which release no signature that doesn't verify |
//! | [`sakke::Decapsulate`] | RSK | `mikey::Verified`, `mission_critical::Reception` |
//! | `kms::UnwrapKey`, `kms::Mac` | TrK, InK | `kms::Protection`, `kms::SharedKeys`, `kms::KeyRing` |
//!
//! # What is promised
//!
//! * No branch, no address and no division depends on a secret, except where XML contains a key in clear. An operation
//!   reveals only its outcome: a key was accepted or refused, an encapsulation was opened or not. Verification of
//!   signatures involves no secret and takes variable time.
//! * Secret types wipe themselves on drop, don't print themselves, and compare in constant time.
//!   Temporary values of the arithmetic, and copies that the compiler makes on the stack, are not all wiped.
//! * No input makes a function panic. Bad input is refused with an [`Error`] that says why. Every
//!   failed decapsulation returns the same error, and so does every failed verification. A build that forces a
//!   backend with `--cfg eccsi_sakke_backend` panics on a CPU that can't run it: see [`Backend::detect`].
//! * The caller passes in the random number generator. Each function that draws from it has a `try_` form for
//!   generators that can fail.
//! * The crate is `no_std`, except with the features `std` and `kms-xml`. It allocates only with the feature `alloc`.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `alloc` | yes | prepared keys and batches |
//! | `tables` | yes | tables of constants for P, g and G: 150 KiB, and 338 KiB on x86-64. Without them everything works, but slower |
//! | `signature` | yes | the traits of the `signature` crate for the ECCSI types |
//! | `mikey` | no | MIKEY messages: RFC 3830, RFC 6043, RFC 6509 |
//! | `mission-critical` | no | the keys of TS 33.180 and the messages that carry them |
//! | `kms` | no | what a KMS gives to its users: certificates, key sets, and wrapped keys of TS 33.180 |
//! | `kms-xml` | no | the documents of a KMS in XML; needs the standard library |
//! | `stored` | no | sealed records of keys, certificates and caches, for state that survives a restart |
//! | `std` | no | [`NtpTime`] from the operating system's clock |
//! | `hazmat` | no | operations with given v and j, the bare pairing and hash, and traces, for test vectors and reviewers |
//!
//! # Reading order
//!
//! Read from the schemes down to the limbs. A file uses only files that come after it: `kms`, `mission_critical` →
//! `mikey` → [`sakke`] → `sakke::sender`, `sakke::receiver` → `sakke::hash` → the floors of the table. [`eccsi`] uses
//! the floors `p256`, `jacobian`, `divsteps` and `digits`.
//!
//! Each row of the table is a floor, and names each of its files once. The second column is the code for every CPU. The
//! third column gives the same results, and replaces the second on a CPU that has ADX or AVX-512 IFMA. Read the second
//! column from top to bottom, and then the third.
//!
//! | floor | on every CPU | on ADX or AVX-512 IFMA |
//! |---|---|---|
//! | `pairing` | `prepared` → `prepared::build` → `prepared::monic`; `miller::windows` → `miller` | `ifma` → `ifma::prepared`, `ifma::build`; `ifma::schedule` → `ifma::miller` → `ifma::miller::rounds` → `ifma::miller::lanes` |
//! | `torus` | `comb` | `ifma` → `ifma::comb_eight` → `ifma::comb` → `ifma::classes` |
//! | `curve` | `comb` → `comb::prepared`; `order`; `edwards` → `edwards::odd` → `edwards::windows` | `ifma` → `ifma::comb_eight` → `ifma::eight_points`; `ifma::comb` → `ifma::two_points`; `ifma::windows` → `ifma::one_point` |
//! | `p256` | `comb`; `wnaf`; `table`; `euclid`; `group` → `residue` | `adx`; `ifma` → `ifma::eight` → `ifma::lanes` |
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

// Documentation only: a chapter for each role, and tables of clauses and requirements.
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
// Records of state that survives a restart.
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
// The identifiers that keys belong to: RFC 6509 section 3.2, TS 33.180 annex F.2.1.
mod identifier;
// RFC 6508 section 3.2: the pairing, and the group it maps into.
mod pairing;
mod torus;
// RFC 6508 section 2.1: the curve of SAKKE.
mod curve;
// RFC 6507: the curve of ECCSI, P-256.
mod p256;
// Coordinates in which both curves compute.
mod jacobian;

// RFC 6508: integers modulo q, the order of P.
mod scalar;

// RFC 6509 appendix A: the parameter set.
mod params;

// RFC 6508 section 2.1: the field.
mod field;

// Inversion modulo any odd number.
mod divsteps;

// These modules are beside the floors, and any floor may use them.
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
