//! Sending a key: the message profiles of TS 33.180 E.2 to E.7.

use alloc::vec::Vec;

use rand_core::CryptoRng;

use super::crypto_sessions::SRTP;
use super::{CsId, Error, Key, KeyParameters, ParametersHeader, Purpose};
use crate::eccsi::{KmsPublicKey, Sign, Signature};
use crate::identifier::{Identifier, NtpTime, UserUri};
use crate::mikey::{
    self, CryptoSession, CsIdMap, Extension, IdScheme, Identity, Outline, Prf, Role, SakkePayload,
    SecurityPolicy, Timestamp, Unsigned, User,
};
use crate::sakke::Encapsulation;

/// The number of the only security policy that is sent.
const POLICY: u8 = 0;

/// The parameters of a security policy, type and value.
pub type Policy = [(u8, &'static [u8])];

/// The default policy for SRTP under a GMK: AES-GCM with keys of 16, salts of 12 and tags of 16
/// octets, AES-CM key derivation with rate 0, and RCCm3 with tags of 4 octets for the roll-over
/// counter.
pub const GROUP_POLICY: &Policy = &[
    (0, &[6]),
    (1, &[16]),
    (2, &[4]),
    (4, &[12]),
    (5, &[0]),
    (6, &[0]),
    (13, &[1]),
    (18, &[4]),
    (19, &[0]),
    (20, &[16]),
];

/// The default policy for SRTP and SRTCP under any other key: the same policy without roll-over counters.
pub const CALL_POLICY: &Policy =
    &[(0, &[6]), (1, &[16]), (4, &[12]), (5, &[0]), (6, &[0]), (20, &[16])];

/// The users whose URI the message leaves out and replaces with their UID (5.2.6, E.7).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Hiding {
    /// The URI of the initiator.
    pub initiator: bool,
    /// The URI of the responder.
    pub responder: bool,
}

/// A key to be sent: its sender, its receiver, and the content of its message.
///
/// | key | from | to |
/// |---|---|---|
/// | GMK (E.2) | the GMS | a member |
/// | PCK (E.3) | the calling user | the called user |
/// | CSK (E.4) | a user, or its server | the server, or the user |
/// | MuSiK (E.4) | the server | a user |
/// | MSCCK | the server | a user |
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The sender, who signs the message.
    pub from: User<'a>,
    /// The receiver.
    pub to: User<'a>,
    /// T. It decides the key period of the keys of both users.
    pub time: NtpTime,
    /// The users whose URI is hidden.
    pub hiding: Hiding,
    /// The crypto sessions to name. If the list is empty, the message has no policy and the standard's sessions apply.
    pub cs_ids: &'a [CsId],
    /// The policy of the named crypto sessions. `None` stands for the default policy of the key.
    pub policy: Option<&'a [(u8, &'a [u8])]>,
    /// The parameters of the key. A GMK must have parameters.
    ///
    /// They are sealed under a nonce that is drawn at random and hedged with the key and the parameters
    /// ([`ParametersHeader::hedged`]), so a generator that repeats itself does no harm.
    pub parameters: Option<&'a KeyParameters>,
    /// Whether the message also encapsulates the key to its sender (E.5).
    pub to_self: bool,
}

impl<'a> Delivery<'a> {
    /// A delivery in the simplest form: it hides no identity, uses the standard's crypto sessions, has no parameters,
    /// and does not encapsulate the key to the sender.
    #[must_use]
    pub const fn new(from: User<'a>, to: User<'a>, time: NtpTime) -> Self {
        Self {
            from,
            to,
            time,
            hiding: Hiding { initiator: false, responder: false },
            cs_ids: &[],
            policy: None,
            parameters: None,
            to_self: false,
        }
    }

    /// A fresh key that the receiver can open even if it hashes w without leading zero octets
    /// ([`Departure::StrippedW`](crate::mikey::Departure::StrippedW)). The function draws again if a key lacks this
    /// property, which happens for one key in 256.
    ///
    /// If the message also encapsulates the key [to its sender](Self::to_self), the key has the property for the
    /// sender's devices too. Draw the key for exactly the delivery that you send: for another receiver, time or
    /// `to_self` the key need not have the property.
    ///
    /// Errors: [`Error::Purpose`] for a GMK, which is not drawn for a single receiver, and for a key without a message
    /// profile; [`Error::Message`] for a user without an identifier, or a broken generator.
    pub fn key_read_alike<R: CryptoRng + ?Sized>(
        &self,
        purpose: Purpose,
        rng: &mut R,
    ) -> Result<Key, Error> {
        const DRAWS: usize = 128;
        has_profile(purpose)?;
        if purpose == Purpose::Gmk {
            return Err(Error::Purpose);
        }
        let users = if self.to_self { &[self.to, self.from][..] } else { &[self.to] };
        let mut recipients = Vec::with_capacity(users.len());
        for user in users {
            recipients.push(user.kms().z().recipient(&user.identifier(self.time)?)?);
        }
        for _ in 0..DRAWS {
            let key = Key::generate(purpose, rng);
            if recipients.iter().all(|recipient| recipient.is_read_alike(key.secret())) {
                return Ok(key);
            }
        }
        Err(crate::Error::Randomness.into())
    }

    /// The signed message that carries `key`. `signing_key` is the sender's key for the period of T, or a collection
    /// that contains it.
    ///
    /// Errors: those of [`unsigned`](Self::unsigned) and [`UnsignedDelivery::sign`].
    pub fn message<S, R>(&self, key: &Key, signing_key: &S, rng: &mut R) -> Result<Vec<u8>, Error>
    where
        S: Sign + ?Sized,
        R: CryptoRng + ?Sized,
    {
        check_signing_key(signing_key, &self.from, self.time)?;
        self.unsigned(key, rng)?.sign(signing_key, rng)
    }

    /// The message that carries `key`, without its signature.
    ///
    /// Errors: [`Error::Purpose`] for an SPK or MKFC, which have no message profile, and for parameters of another kind
    /// of key; [`Error::Parameters`] for a GMK without parameters; [`Error::Rand`] for a key without RAND;
    /// [`Error::CsId`] for a session of another kind of key; [`Error::Times`] for an activation or expiry that must be
    /// a mistake; [`Error::Message`] for a user without an identifier, a hidden user without a UID, a value that does
    /// not fit, or a broken generator.
    pub fn unsigned<R: CryptoRng + ?Sized>(
        &self,
        key: &Key,
        rng: &mut R,
    ) -> Result<UnsignedDelivery, Error> {
        let recipient = self.to.kms().z().recipient(&self.to.identifier(self.time)?)?;
        self.encapsulated(key, &recipient.encapsulate(key.secret())?, rng)
    }

    /// The same as [`unsigned`](Self::unsigned) with a key that is already encapsulated to the receiver's identifier at
    /// `time`.
    pub(super) fn encapsulated<R: CryptoRng + ?Sized>(
        &self,
        key: &Key,
        encapsulation: &Encapsulation,
        rng: &mut R,
    ) -> Result<UnsignedDelivery, Error> {
        has_profile(key.purpose())?;
        let rand = key.rand().ok_or(Error::Rand)?;
        let csb_id = key.user_id(UserUri(self.to.uri()))?;
        let mki = key.mki(csb_id);
        let default = if key.purpose() == Purpose::Gmk { GROUP_POLICY } else { CALL_POLICY };
        let policy = [srtp_policy(self.policy.unwrap_or(default))];
        let sessions = crypto_sessions(self.cs_ids, key.purpose(), mki.as_ref())?;
        let (map, policies) = named(&sessions, &policy);

        let (from, to) = (self.from.identifier(self.time)?, self.to.identifier(self.time)?);
        for (hidden, user) in
            [(self.hiding.initiator, &self.from), (self.hiding.responder, &self.to)]
        {
            // An identifier of another scheme would reveal the user.
            if hidden && !matches!(user.kms().scheme(), IdScheme::Uid(_)) {
                return Err(mikey::Error::IdScheme.into());
            }
        }
        let [initiator_uid, responder_uid] = [&from, &to].map(Identity::uri);
        let [initiator, responder] = [self.from, self.to].map(|user| Identity::uri(user.uri()));
        let identities = [
            if self.hiding.initiator {
                (Role::InitiatorUid, initiator_uid)
            } else {
                (Role::Initiator, initiator)
            },
            if self.hiding.responder {
                (Role::ResponderUid, responder_uid)
            } else {
                (Role::Responder, responder)
            },
            (Role::InitiatorKms, Identity::uri(self.from.kms().uri())),
            (Role::ResponderKms, Identity::uri(self.to.kms().uri())),
        ];

        let to_self = if self.to_self { self.encapsulated_to_self(key)? } else { Vec::new() };
        let parameters = self.sealed_parameters(key, csb_id.value(), rng)?;
        // The standard leaves their order free, but some receivers look for the parameters only in the first extension.
        let mut extensions = Vec::with_capacity(2);
        if !parameters.is_empty() {
            extensions.push(Extension { kind: Extension::KEY_PARAMETERS, data: &parameters });
        }
        if !to_self.is_empty() {
            extensions.push(Extension { kind: Extension::SAKKE_TO_SELF, data: &to_self });
        }
        let outline = Outline {
            prf: Prf::HmacSha256,
            csb_id: csb_id.value(),
            map,
            timestamp: Timestamp::from_time(self.time),
            rand,
            identities: &identities,
            policies,
            id_scheme: self.to.kms().scheme().number(),
            encapsulation,
            extensions: &extensions,
        };
        let unsigned = outline.encode()?;
        Ok(UnsignedDelivery { unsigned, signer: from, kpak: *self.from.kms().kpak() })
    }

    /// A whole SAKKE payload, with 0 as the type of the next payload.
    fn encapsulated_to_self(&self, key: &Key) -> Result<Vec<u8>, Error> {
        let recipient = self.from.kms().z().recipient(&self.from.identifier(self.time)?)?;
        let encapsulation = recipient.encapsulate(key.secret())?;
        let payload = SakkePayload {
            parameters: crate::mikey::PARAMETER_SET,
            id_scheme: self.from.kms().scheme().number(),
            data: encapsulation.as_bytes(),
        };
        let mut out = Vec::from([0]);
        payload.encode(&mut out)?;
        Ok(out)
    }

    /// The sealed parameters, or no octets if the key has no parameters.
    fn sealed_parameters<R: CryptoRng + ?Sized>(
        &self,
        key: &Key,
        csb_id: u32,
        rng: &mut R,
    ) -> Result<Vec<u8>, Error> {
        let Some(parameters) = self.parameters else {
            // The receiver of a GMK must learn the group, and whether the key is revoked.
            return if key.purpose() == Purpose::Gmk {
                Err(Error::Parameters)
            } else {
                Ok(Vec::new())
            };
        };
        if parameters.purpose != key.purpose() {
            return Err(Error::Purpose);
        }
        parameters.check_near(self.time)?;
        let date = self.time.seconds().saturating_sub(NtpTime::UNIX_EPOCH);
        let mut fresh = [0; 16];
        rng.fill_bytes(&mut fresh);
        let header = ParametersHeader::new(date, fresh, csb_id);
        header.hedged(parameters, key.secret())?.seal(parameters, key.secret())
    }
}

/// A complete message except for the signature of its sender. You can build it in advance and sign it when you send it.
#[derive(Clone, Debug)]
pub struct UnsignedDelivery {
    unsigned: Unsigned,
    signer: Identifier,
    kpak: KmsPublicKey,
}

impl UnsignedDelivery {
    /// The octets that the signature covers.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// The signed message.
    ///
    /// Errors: [`Error::SigningKey`] unless `key` is the sender's key for the period of T, or contains it;
    /// [`Error::Message`] for a broken generator, a fault, or a key that lives elsewhere and cannot be reached.
    pub fn sign<S, R>(self, key: &S, rng: &mut R) -> Result<Vec<u8>, Error>
    where
        S: Sign + ?Sized,
        R: CryptoRng + ?Sized,
    {
        signed(self.unsigned, (&self.signer, &self.kpak), key, rng)
    }

    /// The message with a signature that was made elsewhere over [`to_be_signed`](Self::to_be_signed). The signature is
    /// verified.
    ///
    /// Errors: [`Error::Message`] with [`mikey::Error::Signature`] if it is not the sender's signature.
    pub fn attach(self, signature: &Signature) -> Result<Vec<u8>, Error> {
        let signer = self.kpak.verifying_key(self.signer);
        let verified = signer.verify(self.to_be_signed(), signature);
        verified.map_err(|_| mikey::Error::Signature)?;
        Ok(self.unsigned.attach(signature))
    }
}

/// The security policy for SRTP with these parameters.
pub(super) fn srtp_policy<'a>(parameters: &'a [(u8, &'a [u8])]) -> SecurityPolicy<'a> {
    SecurityPolicy { number: POLICY, protocol: SRTP, parameters: parameters.into() }
}

/// The map of these crypto sessions with their policy, or an empty map without a policy if there are no sessions.
pub(super) fn named<'a>(
    sessions: &'a [CryptoSession<'a>],
    policy: &'a [SecurityPolicy<'a>],
) -> (CsIdMap<'a>, &'a [SecurityPolicy<'a>]) {
    if sessions.is_empty() {
        (CsIdMap::Empty, &[])
    } else {
        (CsIdMap::GenericId(sessions.into()), policy)
    }
}

/// Crypto sessions of SRTP under the only policy.
///
/// Errors: [`Error::CsId`] for a session of another kind of key.
pub(super) fn crypto_sessions<'a>(
    cs_ids: &[CsId],
    purpose: Purpose,
    spi: &'a [u8],
) -> Result<Vec<CryptoSession<'a>>, Error> {
    let mut sessions = Vec::with_capacity(cs_ids.len());
    for cs_id in cs_ids {
        cs_id.check(purpose)?;
        sessions.push(CryptoSession {
            cs_id: cs_id.number(),
            protocol: SRTP,
            s: false,
            policies: &[POLICY],
            session_data: &[],
            spi,
        });
    }
    Ok(sessions)
}

/// The identifier of `signer` at this time.
///
/// Errors: [`Error::SigningKey`] unless `key` is the signer's key for the period of that time, or contains it.
pub(super) fn check_signing_key<S: Sign + ?Sized>(
    key: &S,
    signer: &User<'_>,
    time: NtpTime,
) -> Result<Identifier, Error> {
    let identifier = signer.identifier(time)?;
    let is_there = key.has_signing_key(&identifier, signer.kms().kpak());
    if is_there { Ok(identifier) } else { Err(Error::SigningKey) }
}

/// The message, signed by this signer of the KMS with this KPAK.
///
/// Errors: [`Error::SigningKey`] unless `key` is the signer's key, or contains it; those of [`Sign::sign_as`].
pub(super) fn signed<S, R>(
    unsigned: Unsigned,
    (signer, kpak): (&Identifier, &KmsPublicKey),
    key: &S,
    rng: &mut R,
) -> Result<Vec<u8>, Error>
where
    S: Sign + ?Sized,
    R: CryptoRng + ?Sized,
{
    let signature = key.sign_as(rng, signer, kpak, unsigned.to_be_signed());
    let signature = signature.map_err(|error| match error.into() {
        crate::Error::KeyMismatch => Error::SigningKey,
        error => Error::from(error),
    })?;
    Ok(unsigned.attach(&signature))
}

/// Errors: [`Error::Purpose`] for keys without a message profile.
pub(super) const fn has_profile(purpose: Purpose) -> Result<(), Error> {
    match purpose {
        Purpose::Gmk | Purpose::Pck | Purpose::Csk | Purpose::Mscck | Purpose::MuSik => Ok(()),
        Purpose::Spk | Purpose::Mkfc => Err(Error::Purpose),
    }
}
