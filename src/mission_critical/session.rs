//! A GSK under a GMK, one to many: ProSe, TS 33.303, with the messages of RFC 3830 section 3.1.
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

/// A GSK under its GMK, with the RAND that belongs to it: what its initiator sends and every other member
/// receives. Wiped on drop.
///
/// RAND is public, and all derive the keys of media with it, beside the GSK: it stays with the session, however
/// often a message brings it. The keys are for the media of the session's *initiator*: AES-GCM doesn't survive
/// two senders under one key who draw one SSRC, and another member who speaks makes a session of its own.
///
/// See [`SessionDelivery`] for how one is sent and received.
#[derive(Clone)]
pub struct GroupSession {
    key: SessionKey,
    gmk_id: KeyId,
    rand: Box<[u8]>,
    time: NtpTime,
    /// That of the GMK.
    expiry: Option<NtpTime>,
}

impl GroupSession {
    /// Octets that RAND is made of.
    pub const DRAWN: usize = 16;

    /// A session with a fresh GSK, from which the keys of SRTP are derived.
    ///
    /// Errors: as of [`new`](Self::new).
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

    /// A session with this GSK, made at `time` under the GMK. RAND, of 32 octets, is derived from 16 that were
    /// drawn, the GMK and the GSK ([`PskOutline::hedged_rand`]): a generator that repeats itself does no harm
    /// beyond repeating the GSK.
    ///
    /// Secret: the GSK and the GMK. Public: `drawn` and RAND.
    ///
    /// Errors: [`Error::Purpose`] for another key than a GMK; [`Error::Expired`] for one that has expired at
    /// `time`.
    pub fn new(
        key: &SessionKey,
        gmk: &Received,
        time: NtpTime,
        drawn: [u8; Self::DRAWN],
    ) -> Result<Self, Error> {
        check_gmk(gmk, time)?;
        // RAND is derived from nothing else of what a message says.
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

    /// RAND: 32 octets of a session that is made here, 16 to 255 of one that is received.
    #[must_use]
    pub fn rand(&self) -> &[u8] {
        &self.rand
    }

    /// T of the message that brought the session, in full seconds; of one's own when it was made.
    #[must_use]
    pub const fn time(&self) -> NtpTime {
        self.time
    }

    /// When the session is in force: it ends with its GMK. Of several sessions the one that was received last is
    /// found by [`last_received`](super::last_received).
    #[must_use]
    pub const fn validity(&self) -> Validity {
        Validity { activation: None, expiry: self.expiry, received: self.time }
    }

    /// The SRTP master key of 16 octets and salt of 12 for the initiator's media at the time `now`; those of
    /// SRTCP are the same.
    ///
    /// Errors: [`Error::Expired`] if the GMK has expired; [`Error::CsId`] for a crypto session that goes under
    /// another kind of key than a group's.
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
