//! Sending a GSK to the group.

use alloc::vec::Vec;

use rand_core::CryptoRng;

use super::{GroupSession, check_gmk};
use crate::eccsi::Sign;
use crate::identifier::NtpTime;
use crate::mikey::psk::{KeyData, PskOutline};
use crate::mikey::{self, CsIdMap, Identity, Parameters, Prf, SecurityPolicy, Timestamp, User};
use crate::mission_critical::crypto_sessions::SRTP;
use crate::mission_critical::delivery::{POLICY, crypto_sessions, signed};
use crate::mission_critical::{CsId, Error, GROUP_POLICY, Purpose, Received};
use crate::wiped::stack_wiped;

/// A session on its way to everybody who has the GMK: one message for all, broadcast, and answered by nobody.
///
/// ```
/// use eccsi_sakke::mikey::{Clock, Expected, IdScheme, Kms, MemoryCache};
/// use eccsi_sakke::mission_critical::{
///     CsId, Delivery, Group, GroupSession, Key, KeyParameters, MemoryStore, Purpose, Reception,
///     SessionDelivery, SessionReception,
/// };
/// use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
/// use getrandom::{SysRng, rand_core::UnwrapErr};
///
/// const GMS: &str = "sip:gms@example.org";
/// const GROUP: &[u8] = b"sip:group@example.org";
///
/// let mut rng = UnwrapErr(SysRng);
/// let now = NtpTime::from_unix(1_800_000_000);
/// let (sign, enc) = (eccsi::KmsSecretKey::generate(&mut rng)?, sakke::KmsSecretKey::generate(&mut rng)?);
/// let scheme = IdScheme::Uid(KeyPeriods::new(2_592_000)?);
/// let kms = Kms::new("kms.example.org", scheme, *sign.public_key(), *enc.public_key());
/// let [gms, alice, bob] = [GMS, "sip:alice@example.org", "sip:bob@example.org"].map(|uri| kms.user(uri));
///
/// // The GMS gives both members the GMK.
/// let gmk = Key::generate(Purpose::Gmk, &mut rng);
/// let group = Group::new(GROUP);
/// let parameters = KeyParameters { groups: vec![group], ..KeyParameters::new(Purpose::Gmk) };
/// let gms_key = sign.issue(&mut rng, gms.identifier(now)?)?;
/// let clock = Clock { now, skew: 300 };
/// let mut stores = [alice, bob].map(|_| MemoryStore::new(MemoryCache::new(100), 10));
/// for (member, store) in [alice, bob].into_iter().zip(&mut stores) {
///     let delivery = Delivery { parameters: Some(&parameters), ..Delivery::new(gms, member, now) };
///     let octets = delivery.message(&gmk, &gms_key, &mut rng)?;
///     let key = enc.extract(&member.identifier(now)?)?;
///     Reception::new(Expected::new(gms, member), clock).gmk(&octets, GROUP, store, &key)?;
/// }
/// let [of_alice, of_bob] = &mut stores;
///
/// // Alice makes a session under the GMK that she received last, and signs.
/// let held = of_alice.last_received(GMS, GROUP, now).ok_or("no GMK")?;
/// let session = GroupSession::generate(held, now, &mut rng)?;
/// let alice_key = sign.issue(&mut rng, alice.identifier(now)?)?;
/// let octets = SessionDelivery::new(alice, now).message(&session, held, &alice_key, &mut rng)?;
///
/// // Bob expects one from Alice.
/// let received = SessionReception::new(GMS, GROUP, clock).gsk(&octets, &alice, of_bob)?;
/// let sent = session.srtp(CsId::MCPTT_GROUP, now)?;
/// assert_eq!(received.srtp(CsId::MCPTT_GROUP, now)?.master_key, sent.master_key);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SessionDelivery<'a> {
    /// Who sends, and signs: the IDi of the message.
    pub from: User<'a>,
    /// T; it says which key period the sender's key is of.
    pub time: NtpTime,
    /// The crypto sessions to name, with the default policy of a group ([`GROUP_POLICY`]); none leaves them to
    /// signalling.
    pub cs_ids: &'a [CsId],
}

impl<'a> SessionDelivery<'a> {
    /// A delivery that names no crypto session.
    #[must_use]
    pub const fn new(from: User<'a>, time: NtpTime) -> Self {
        Self { from, time, cs_ids: &[] }
    }

    /// The message that brings `session` to everybody who has `gmk`, signed.
    ///
    /// While the session lasts it can be made again, with a later T, for members who come late: the session and
    /// its media keys stay the same. The key stream of AES-CM repeats only where RAND and T both do, and then what
    /// it encrypts is the same.
    ///
    /// Secret: `session`, `gmk`, the signing key. Public: the message.
    ///
    /// Errors: [`Error::SigningKey`] unless the key is the sender's of the period of T, or has it among others; as
    /// of [`message_without_signature`](Self::message_without_signature); [`Error::Message`] for a broken
    /// generator, a fault, or a key that lives elsewhere and can't be reached.
    pub fn message<S, R>(
        &self,
        session: &GroupSession,
        gmk: &Received,
        signing_key: &S,
        rng: &mut R,
    ) -> Result<Vec<u8>, Error>
    where
        S: Sign + ?Sized,
        R: CryptoRng + ?Sized,
    {
        let (signer, kpak) = (self.from.identifier(self.time)?, self.from.kms().kpak());
        if !signing_key.has_signing_key(&signer, kpak) {
            return Err(Error::SigningKey);
        }
        let psk = gmk.key().secret().as_bytes();
        let unsigned =
            self.sealed(session, gmk, |outline, keys| outline.seal_for_signature(psk, keys))?;
        signed(unsigned, (&signer, kpak), signing_key, rng)
    }

    /// The message with no signature, which the standard leaves to the sender: **every member of the group could
    /// have made it**, and receivers have to be content with that
    /// ([`gsk_of_any_member`](super::SessionReception::gsk_of_any_member)).
    ///
    /// Secret: `session`, `gmk`. Public: the message.
    ///
    /// Errors: [`Error::Gmk`] if `gmk` isn't the one that the session is under; [`Error::Purpose`];
    /// [`Error::Expired`] at T; [`Error::CsId`] for a crypto session of another kind of key than a group's;
    /// [`Error::Message`] for a crypto session named twice, or what doesn't fit its length field.
    pub fn message_without_signature(
        &self,
        session: &GroupSession,
        gmk: &Received,
    ) -> Result<Vec<u8>, Error> {
        let psk = gmk.key().secret().as_bytes();
        self.sealed(session, gmk, |outline, keys| outline.seal(psk, keys))
    }

    /// What `seal` makes of the outline and the GSK under the GMK.
    fn sealed<T>(
        &self,
        session: &GroupSession,
        gmk: &Received,
        seal: impl FnOnce(&PskOutline<'_>, &[KeyData<'_>]) -> Result<T, mikey::Error>,
    ) -> Result<T, Error> {
        check_gmk(gmk, self.time)?;
        if gmk.key().id() != session.gmk_id() {
            return Err(Error::Gmk);
        }
        let sessions = crypto_sessions(self.cs_ids, Purpose::Gmk, &[])?;
        let parameters = Parameters::from(GROUP_POLICY);
        let policy = [SecurityPolicy { number: POLICY, protocol: SRTP, parameters }];
        let (map, policies) = if sessions.is_empty() {
            (CsIdMap::Empty, [].as_slice())
        } else {
            (CsIdMap::GenericId(sessions.as_slice().into()), policy.as_slice())
        };
        let outline = PskOutline {
            prf: Prf::HmacSha256,
            v: false,
            csb_id: session.gmk_id().value(),
            map,
            timestamp: Timestamp::from_time(self.time),
            rand: session.rand(),
            identities: &[Identity::uri(self.from.uri())],
            policies,
        };
        Ok(stack_wiped(|| seal(&outline, &[session.key().data()]))?)
    }
}
