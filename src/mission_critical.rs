//! The keys of the mission-critical system and the messages that carry them: the MIKEY-SAKKE profile of 3GPP
//! TS 33.180.
//!
//! | clause | subject | items |
//! |---|---|---|
//! | 5.2.2 | keys and their identifiers, purpose tags | [`Key`], [`KeyId`], [`Purpose`] |
//! | 5.2.3, F.1.3 | GMK-ID and GUK-ID, in both directions | [`Key::user_id`], [`Key::from_message`] |
//! | F.1.4, F.1.5 | signalling keys, payload cipher key | [`Key::signalling_keys`], [`Key::payload_cipher_key`], [`mod@derive`] |
//! | 7.5, E.1.3 | SRTP and SRTCP master key and salt, sessions, MKI | [`Key::srtp`], [`Key::srtcp`], [`CsId`], [`Key::mki`] |
//! | E.2 to E.4 | messages with GMK, PCK, CSK, MuSiK | [`Delivery`], [`Distribution`] to many members, [`Reception`] |
//! | E.5 | SAKKE to self | [`Delivery::to_self`], [`Reception::to_self`] |
//! | E.6, 8.5.4 | key parameters | [`KeyParameters`], [`SealedParameters`] |
//! | E.7, 5.2.6 | hidden identities | [`Hiding`], [`Anonymous`] |
//! | 5.7 | checks of a GMK, the receiver's store, the key that is in force | [`Reception::gmk`], [`KeyStore`], [`in_force`] |
//! | TS 33.303 | a GSK under a GMK, one to many (ProSe) | [`GroupSession`], [`SessionDelivery`], [`SessionReception`] |
//!
//! A key has 16 octets, and a RAND belongs to it. Every member receives a GMK in its own message and under its own
//! identifier, the GUK-ID. All these messages must have **the same RAND**, so store it with the key. Otherwise the
//! members cannot compute each other's media keys.
//!
//! ```
//! use eccsi_sakke::mikey::{Clock, Expected, IdScheme, Kms, MemoryCache};
//! use eccsi_sakke::mission_critical::{
//!     CsId, Delivery, Group, Key, KeyParameters, MemoryStore, Purpose, Reception,
//! };
//! use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
//! use getrandom::{SysRng, rand_core::UnwrapErr};
//!
//! let mut rng = UnwrapErr(SysRng);
//! let now = NtpTime::from_unix(1_800_000_000);
//!
//! // A KMS, and the keys of a GMS and a member for this period.
//! let (sign, enc) = (eccsi::KmsSecretKey::generate(&mut rng)?, sakke::KmsSecretKey::generate(&mut rng)?);
//! let scheme = IdScheme::Uid(KeyPeriods::new(2_592_000)?);
//! let kms = Kms::new("kms.example.org", scheme, *sign.public_key(), *enc.public_key());
//! let (gms, alice) = (kms.user("sip:gms@example.org"), kms.user("sip:alice@example.org"));
//! let gms_key = sign.issue(&mut rng, gms.identifier(now)?)?;
//! let alice_key = enc.extract(&alice.identifier(now)?)?;
//!
//! // The GMS makes one group key, and a message for each member.
//! let gmk = Key::generate(Purpose::Gmk, &mut rng);
//! let group = Group::new("sip:group@example.org");
//! let parameters = KeyParameters { groups: vec![group], ..KeyParameters::new(Purpose::Gmk) };
//! let delivery = Delivery {
//!     cs_ids: &[CsId::MCPTT_GROUP],
//!     parameters: Some(&parameters),
//!     ..Delivery::new(gms, alice, now)
//! };
//! let octets = delivery.message(&gmk, &gms_key, &mut rng)?;
//!
//! // Alice expects group keys from this GMS. Her store remembers messages and keys.
//! let mut store = MemoryStore::new(MemoryCache::new(1000), 100);
//! let reception = Reception::new(Expected::new(gms, alice), Clock { now, skew: 300 });
//! let received = reception.gmk(&octets, b"sip:group@example.org", &mut store, &alice_key)?;
//! assert_eq!(received.key().id(), gmk.id());
//! let keys = received.srtp(CsId::MCPTT_GROUP, now)?; // the keys of the media that she sends
//! # Ok::<(), eccsi_sakke::mission_critical::Error>(())
//! ```
//!
//! # Where the standard is silent or at odds
//!
//! | matter | here |
//! |---|---|
//! | length of SIGN: E.1.2 prints 32 | 129, as RFC 6507 defines it |
//! | identifier scheme of hashed UIDs | 2 |
//! | key parameters: an element with type and length (E.6.1), or only its content | the content is sent, as implementations do; both forms are received |
//! | octets after the key parameters | none are sent; received octets are kept and have no effect |
//! | message type of sealed parameters | 43 in hexadecimal is sent; 40 is also received |
//! | an octet for a signalling algorithm in sealed parameters (8.5.4.1) | not sent; when received, it is recognised by the length and has no effect |
//! | type of a group's element | [`Group::new`] sends 7B in hexadecimal, an MCData group ID; any type is received |
//! | content type in front of sealed parameters | sent as 0, kept as it comes |
//! | date, payload ID, sequence in sealed parameters | sent as the time of T, 0, 0; authenticated on reception, but without effect |
//! | lengths 00 17 in F.1 | these are examples; the actual lengths are used |
//! | MKFC: its own ID, or one ID for each user | its own ID; this crate has no message profile for an MKFC |
//! | type 13 in the default policy of a GMK | sent, not required |
//! | a policy beside the empty map, or a map that lists no session | not sent; accepted on reception, and the standard's sessions and their policy apply |
//! | keys for SRTCP only | CSK and MuSiK by E.4; also SPK, MKFC and MSCCK |
//! | a GSK: TGK or TEK, its PRF and policy | a TGK is sent, both kinds are received, under the algorithms of this profile; see `guide::prose` |
//! | a crypto session without an SPI | accepted (RFC 6043 section 6.1.1); an SPI other than the key's is refused |

mod crypto_sessions;
mod delivery;
pub mod derive;
mod distribution;
mod error;
mod key;
mod parameters;
mod received;
mod reception;
mod sealed;
mod selection;
mod session;
mod store;

pub use crypto_sessions::CryptoSessions;
pub use delivery::{CALL_POLICY, Delivery, GROUP_POLICY, Hiding, Policy, UnsignedDelivery};
pub use distribution::{Distribution, MemberError, PreparedKms};
pub use error::Error;
pub use key::{CsId, Key, KeyId, Mki, Purpose, SignallingKeys, SrtpKeys};
pub use parameters::{Group, KeyParameters, Status};
pub use received::Received;
pub use reception::{Anonymous, Reception};
pub use sealed::{ParametersHeader, SealedParameters};
pub use selection::{Validity, in_force, last_received};
pub use session::{GroupSession, SessionDelivery, SessionKey, SessionReception};
pub use store::{Held, KeyName, KeyStore, MemoryStore};
