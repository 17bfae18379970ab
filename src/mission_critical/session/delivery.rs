//! Sending a GSK to a group.

use alloc::vec::Vec;

use rand_core::CryptoRng;

use super::{GroupSession, check_gmk};
use crate::eccsi::Sign;
use crate::identifier::NtpTime;
use crate::mikey::psk::{KeyData, PskOutline};
use crate::mikey::{self, Identity, Prf, Timestamp, User};
use crate::mission_critical::delivery::{
    check_signing_key, crypto_sessions, named, signed, srtp_policy,
};
use crate::mission_critical::{CsId, Error, GROUP_POLICY, Purpose, Received};
use crate::wiped::stack_wiped;

/// A session to be sent to everybody who has the GMK. One message is broadcast to all members, and nobody answers it.
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
/// // The GMS gives the GMK to both members.
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
    /// The sender, who signs the message. The message names it as IDi.
    pub from: User<'a>,
    /// T. It decides the key period of the sender's key.
    pub time: NtpTime,
    /// The crypto sessions to name, with the default policy of a group ([`GROUP_POLICY`]). If the list is empty,
    /// signalling must name them.
    pub cs_ids: &'a [CsId],
}

impl<'a> SessionDelivery<'a> {
    /// A delivery that names no crypto session.
    #[must_use]
    pub const fn new(from: User<'a>, time: NtpTime) -> Self {
        Self { from, time, cs_ids: &[] }
    }

    /// The signed message that carries `session` to everybody who has `gmk`.
    ///
    /// While the session lasts, you can make the message again with a later T for members who come late. The session
    /// and its media keys stay the same. The key stream of AES-CM repeats only if RAND and T both repeat, and then the
    /// encrypted data is the same too.
    ///
    /// Secret: `session`, `gmk`, the signing key. Public: the message.
    ///
    /// Errors: [`Error::SigningKey`] unless `signing_key` is the sender's key for the period of T, or contains it;
    /// those of [`message_without_signature`](Self::message_without_signature); [`Error::Message`] for a broken
    /// generator, a fault, or a key that lives elsewhere and cannot be reached.
    pub fn message(
        &self,
        session: &GroupSession,
        gmk: &Received,
        signing_key: &(impl Sign + ?Sized),
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        let signer = check_signing_key(signing_key, &self.from, self.time)?;
        let psk = gmk.key().secret().as_bytes();
        let unsigned =
            self.sealed(session, gmk, |outline, keys| outline.seal_for_signature(psk, keys))?;
        signed(unsigned, (&signer, self.from.kms().kpak()), signing_key, rng)
    }

    /// The message without a signature, which the standard makes optional. **Every member of the group could have made
    /// such a message**, and receivers must accept that
    /// ([`gsk_of_any_member`](super::SessionReception::gsk_of_any_member)).
    ///
    /// Secret: `session`, `gmk`. Public: the message.
    ///
    /// Errors: [`Error::Gmk`] if `gmk` is not the GMK of the session; [`Error::Purpose`]; [`Error::Expired`] if `gmk`
    /// has expired at T; [`Error::CsId`] for a crypto session that does not belong to a GMK; [`Error::Message`] for a
    /// crypto session that is named twice, or a value that does not fit its length field.
    pub fn message_without_signature(
        &self,
        session: &GroupSession,
        gmk: &Received,
    ) -> Result<Vec<u8>, Error> {
        let psk = gmk.key().secret().as_bytes();
        self.sealed(session, gmk, |outline, keys| outline.seal(psk, keys))
    }

    /// Calls `seal` with the outline and the GSK.
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
        let policy = [srtp_policy(GROUP_POLICY)];
        let sessions = crypto_sessions(self.cs_ids, Purpose::Gmk, &[])?;
        let (map, policies) = named(&sessions, &policy);
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
