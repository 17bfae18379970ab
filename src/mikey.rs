//! MIKEY: the messages that carry keys, RFC 3830 with RFC 6043 and RFC 6509.
//!
//! ```text
//! I_MESSAGE (RFC 6509 section 2.1), in octets:
//!   HDR          10 and the map         V and PRF, CSB ID, crypto sessions
//!   T            10                     the time when the message was made
//!   RAND         18                     the random value from which media keys are derived
//!   {IDR}         5 and the identity    initiator, responder, their KMSs, or UIDs
//!   {SP}          5 and the parameters  how the crypto sessions are protected
//!   SAKKE       278                     the secret, encapsulated to the responder
//!   {EXT}         4 and the data        other data
//!   SIGN        131                     the initiator's ECCSI signature over everything before it
//! ```
//!
//! The module turns values into octets and octets into values. It has no clock and no storage, and only the signer
//! needs randomness. Decoding copies nothing, and a decoded message encodes to the same octets again.
//!
//! An initiator fills in an [`Outline`] and signs it. A responder takes four steps, and the types allow no other
//! order: [`IMessage::decode`] → [`IMessage::check_fresh`] → [`Fresh::verify`] → [`Verified::decapsulate`]. The
//! responder uses its secret key only after the signature of an *expected* initiator is verified, and only a verified
//! message enters the replay cache.
//!
//! ```
//! use eccsi_sakke::mikey::{
//!     Clock, CsIdMap, Expected, IMessage, IdScheme, Identity, KeyUse, Kms, MemoryCache, Outline, Prf,
//!     Role, Timestamp,
//! };
//! use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
//! use getrandom::{SysRng, rand_core::UnwrapErr};
//!
//! let mut rng = UnwrapErr(SysRng);
//! let now = NtpTime::from_unix(1_800_000_000);
//!
//! // A KMS, its public data, and the keys that it gives to both users for this month.
//! let (sign, enc) = (eccsi::KmsSecretKey::generate(&mut rng)?, sakke::KmsSecretKey::generate(&mut rng)?);
//! let scheme = IdScheme::Uid(KeyPeriods::new(2_592_000)?);
//! let kms = Kms::new("kms.example.org", scheme, *sign.public_key(), *enc.public_key());
//! let (alice, bob) = (kms.user("sip:alice@example.org"), kms.user("sip:bob@example.org"));
//! let alice_key = sign.issue(&mut rng, alice.identifier(now)?)?;
//! let bob_key = enc.extract(&bob.identifier(now)?)?;
//!
//! // Alice is the initiator.
//! let secret = sakke::SharedSecret::generate(&mut rng);
//! let encapsulation = kms.z().recipient(&bob.identifier(now)?)?.encapsulate(&secret)?;
//! let octets = Outline {
//!     prf: Prf::HmacSha256,
//!     csb_id: 0x1234_5678,
//!     map: CsIdMap::Empty,
//!     timestamp: Timestamp::from_time(now),
//!     rand: &[7; 16], // random
//!     identities: &[
//!         (Role::Initiator, Identity::uri(alice.uri())),
//!         (Role::Responder, Identity::uri(bob.uri())),
//!     ],
//!     policies: &[],
//!     id_scheme: scheme.number(),
//!     encapsulation: &encapsulation,
//!     extensions: &[],
//! }
//! .encode()?
//! .sign(&alice_key, &mut rng)?;
//!
//! // Bob is the responder. He expects a call from Alice.
//! let mut cache = MemoryCache::new(1000);
//! let opened = IMessage::decode(&octets)?
//!     .check_fresh(&Clock { now, skew: 300 }, &cache)?
//!     .verify(&Expected::new(alice, bob), &mut cache)?
//!     .decapsulate(&bob_key, &mut cache)?;
//! assert_eq!(opened.secret().as_bytes(), secret.as_bytes());
//! let tgk = opened.secret().as_bytes();
//! let master_key = opened.message().derivation().key::<16>(KeyUse::Tek, tgk, 0)?;
//! # Ok::<(), eccsi_sakke::mikey::Error>(())
//! ```
//!
//! Decoding is one pass over the octets, and it checks the [`Limits`] first. So a sender without a key can make a
//! receiver do at most a constant amount of work for each octet and verify one signature.
//!
//! # Where the standards are strict, silent or at odds
//!
//! | matter | here |
//! |---|---|
//! | octets that the signature covers | everything before it, including the type and the length of SIGN (RFC 3830 section 5.2); [`Departure::SignHeaderUnsigned`] leaves these two octets out |
//! | H of 15 octets, w hashed without leading zeros, and other differences from the standards | refused, unless a [`Departure`] accepts them from this initiator |
//! | RAND | at least 16 octets, as RFC 3830 section 6.11 recommends |
//! | pre-shared key | at least 16 octets |
//! | order of payloads | any, but SIGN is last (RFC 3830 section 5.2 recommends an order) |
//! | identities in a message | optional (RFC 6509); an identity that is present must equal the expected one octet for octet, and must be a URI or a UID |
//! | V of an I_MESSAGE | sent as 0; kept as it comes and ignored |
//! | a CERT payload in an I_MESSAGE (RFC 6509 section 2.1) | the signature covers it; kept and ignored, because ECCSI needs no certificate |
//! | unknown payload types | refused |
//! | unknown general extensions | kept |
//! | parameters of an SP, CS IDs, policy numbers | unique |
//! | null MAC and null encryption under a pre-shared key, mixed suites | refused (RFC 6043 section 12.1) |
//! | UIDs as hexadecimal text | refused: a UID has 32 octets |
//! | monthly keys around the end of a month (RFC 6509 section 3.3) | keys of the next month are valid from the last day but one, and keys of the last month through the 2nd; T decides which key applies |
//! | deferred delivery (RFC 6509 section 2.5) | set the skew and size the cache for the longest time that messages may wait, or send a message with the same secret for each period |
//! | GTGK | keys are derived from it as from a TGK |
//!
//! The modules depend on each other in this order: `received` and `psk` → `i_message`, `outline` → `kms`,
//! `freshness` → `replay`, `message` → `header`, `payload` → `keys`, `limits`, `listed` → `octets`; `sdp` uses only
//! `limits`.

mod departure;
mod error;
mod freshness;
mod header;
mod i_message;
mod keys;
mod kms;
mod limits;
mod listed;
mod message;
mod octets;
mod outline;
mod payload;
pub mod psk;
mod received;
mod replay;
mod sdp;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
pub(crate) mod worst;

pub use departure::{Departure, Departures};
pub use error::Error;
pub use freshness::Clock;
pub use header::{CryptoSession, CsIdMap, Entry, Header, MessageType, Sessions, SrtpStream};
pub use i_message::IMessage;
pub use keys::{Derivation, KeyUse, Prf};
pub use kms::{IdScheme, Kms, OwnedUser, User};
pub use limits::{Limit, Limits};
pub use message::{Builder, Message};
pub use outline::{Outline, Unsigned};
pub use payload::{
    Certificate, Extension, Identity, IdentityType, Kemac, Mac, Parameters, Payload, Role,
    SakkePayload, SecurityPolicy, Sign, Timestamp,
};
pub use received::{Expected, Fresh, Hidden, Opened, Verified};
pub use replay::{MemoryCache, Origin, Remembered, ReplayCache, ReplayKey, Standing};
pub use sdp::{from_sdp, from_sdp_within, to_sdp};

#[cfg(feature = "stored")]
pub(crate) use replay::CacheState;

#[cfg(feature = "mission-critical")]
pub(crate) use i_message::encapsulation;
#[cfg(feature = "mission-critical")]
pub(crate) use keys::hmac_sha256;
#[cfg(feature = "mission-critical")]
pub(crate) use octets::{Reader, Seen, write_long};

/// The length of the shortest RAND.
pub(crate) const MIN_RAND: usize = 16;

/// The SAKKE parameter set of RFC 6509 appendix A.
pub(crate) const PARAMETER_SET: u8 = 1;
