//! A GSK under a GMK, from one member to many: ProSe, TS 33.303, with the messages of RFC 3830 section 3.1.
//!
//! ```text
//! member  GSK, RAND                                  SessionKey, GroupSession
//!         HDR(CSB ID = GMK-ID, V = 0) T RAND IDi
//!         {SP} KEMAC(GSK) [SIGN]                     SessionDelivery
//! group   GMK by its name → T, replay → SIGN → MAC
//!         → GSK → SRTP master key and salt           SessionReception, GroupSession::srtp
//! ```

mod delivery;
mod key;
mod reception;

pub use delivery::SessionDelivery;
pub use key::SessionKey;
pub use reception::SessionReception;

use alloc::boxed::Box;
use core::fmt;

use rand_core::CryptoRng;
use zeroize::ZeroizeOnDrop;

use super::{CsId, Error, KeyId, Purpose, Received, SrtpKeys, Validity};
use crate::ct;
use crate::identifier::NtpTime;
use crate::mikey::psk::PskOutline;
use crate::mikey::{CsIdMap, Derivation, Prf, Timestamp};
use crate::wiped::stack_wiped;

/// A session: a GSK under its GMK, with the RAND that belongs to it. Its initiator sends it, and every other member
/// receives it. It is wiped on drop.
///
/// RAND is public, and all members derive media keys from RAND and the GSK. It stays the same even if several messages
/// carry the session. The keys are only for the media of the session's *initiator*, because AES-GCM is not secure if
/// two senders use one key and draw the same SSRC. Another member who wants to speak makes its own session.
///
/// [`SessionDelivery`] shows how to send and receive a session.
#[derive(Clone)]
pub struct GroupSession {
    key: SessionKey,
    gmk_id: KeyId,
    rand: Box<[u8]>,
    time: NtpTime,
    /// The expiry of the GMK.
    expiry: Option<NtpTime>,
}

impl GroupSession {
    /// The number of random octets from which RAND is derived.
    pub const DRAWN: usize = 16;

    /// A session with a fresh GSK, from which the keys of SRTP are derived.
    ///
    /// Errors: those of [`new`](Self::new).
    pub fn generate<R: CryptoRng + ?Sized>(
        gmk: &Received,
        time: NtpTime,
        rng: &mut R,
    ) -> Result<Self, Error> {
        stack_wiped(|| {
            let key = SessionKey::generate(rng);
            let mut drawn = [0; Self::DRAWN];
            rng.fill_bytes(&mut drawn);
            Self::new(&key, gmk, time, ct::publish(drawn))
        })
    }

    /// A session with this GSK, made at `time` under the GMK.
    ///
    /// RAND has 32 octets and is derived from the GMK, the GSK and 16 octets that were drawn
    /// ([`PskOutline::hedged_rand`]). So a generator that repeats itself does no harm unless it also repeats the GSK.
    ///
    /// Secret: the GSK and the GMK. Public: `drawn` and RAND.
    ///
    /// Errors: [`Error::Purpose`] if the key is not a GMK; [`Error::Expired`] if it has expired at `time`.
    pub fn new(
        key: &SessionKey,
        gmk: &Received,
        time: NtpTime,
        drawn: [u8; Self::DRAWN],
    ) -> Result<Self, Error> {
        check_gmk(gmk, time)?;
        // RAND depends on no other field of the outline.
        let outline = PskOutline {
            prf: Prf::HmacSha256,
            v: false,
            csb_id: gmk.key().id().value(),
            map: CsIdMap::Empty,
            timestamp: Timestamp::from_time(time),
            rand: &drawn,
            identities: &[],
            policies: &[],
        };
        let psk = gmk.key().secret().as_bytes();
        let rand = stack_wiped(|| outline.hedged_rand(psk, &[key.data()]))?;
        let expiry = gmk.validity().expiry;
        Ok(Self { key: key.clone(), gmk_id: gmk.key().id(), rand: rand.into(), time, expiry })
    }

    /// The GSK.
    #[must_use]
    pub const fn key(&self) -> &SessionKey {
        &self.key
    }

    /// The identifier of the GMK, which is the CSB ID of the session's messages.
    #[must_use]
    pub const fn gmk_id(&self) -> KeyId {
        self.gmk_id
    }

    /// RAND: 32 octets if this crate made the session, and 16 to 255 octets if the session was received.
    #[must_use]
    pub fn rand(&self) -> &[u8] {
        &self.rand
    }

    /// T of the message that carried the session, in full seconds. For an own session, the time when it was made.
    #[must_use]
    pub const fn time(&self) -> NtpTime {
        self.time
    }

    /// The time in which the session is in force. It ends when its GMK expires. To find the session that was received
    /// last, use [`last_received`](super::last_received).
    #[must_use]
    pub const fn validity(&self) -> Validity {
        Validity { activation: None, expiry: self.expiry, received: self.time }
    }

    /// The SRTP master key of 16 octets and salt of 12 octets for the initiator's media at the time `now`. SRTCP uses
    /// the same key and salt.
    ///
    /// Errors: [`Error::Expired`] if the GMK has expired; [`Error::CsId`] for a crypto session that does not belong to
    /// a GMK.
    pub fn srtp(&self, cs_id: CsId, now: NtpTime) -> Result<SrtpKeys, Error> {
        if self.validity().has_expired(now) {
            return Err(Error::Expired);
        }
        cs_id.check(Purpose::Gmk)?;
        let derivation =
            Derivation { prf: Prf::HmacSha256, csb_id: self.gmk_id.value(), rand: &self.rand };
        stack_wiped(|| {
            let data = self.key.data();
            Ok(SrtpKeys {
                master_key: data.master_key(&derivation, cs_id.number())?,
                master_salt: data.master_salt(&derivation, cs_id.number())?,
            })
        })
    }
}

impl fmt::Debug for GroupSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mission_critical::GroupSession({:?}, {:?}, ..)", self.gmk_id, self.time)
    }
}

impl ZeroizeOnDrop for GroupSession {}

/// Errors: [`Error::Purpose`] unless it is a GMK; [`Error::Expired`] if it has expired at `time`.
fn check_gmk(gmk: &Received, time: NtpTime) -> Result<(), Error> {
    if gmk.key().purpose() != Purpose::Gmk {
        return Err(Error::Purpose);
    }
    if gmk.validity().has_expired(time) { Err(Error::Expired) } else { Ok(()) }
}
