//! Sending a key: the message profiles of TS 33.180 E.2 to E.7.

use alloc::vec::Vec;

use rand_core::CryptoRng;

use super::crypto_sessions::SRTP;
use super::{CsId, Error, Key, KeyParameters, ParametersHeader, Purpose};
use crate::eccsi::{KmsPublicKey, Sign, Signature};
use crate::identifier::{Identifier, NtpTime, UserUri};
use crate::mikey::{
    self, CryptoSession, CsIdMap, Extension, IdScheme, Identity, Outline, Parameters, Prf, Role,
    SakkePayload, SecurityPolicy, Timestamp, Unsigned, User,
};
use crate::sakke::Encapsulation;

/// The number of the one security policy.
pub(super) const POLICY: u8 = 0;

/// Parameters of a security policy, type and value.
pub type Policy = [(u8, &'static [u8])];

/// The default policy for SRTP under a GMK: AES-GCM with keys of 16, salts of 12 and tags of 16
/// octets, AES-CM as key derivation with rate 0, RCCm3 with tags of 4 octets for the roll-over
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

/// The default policy for SRTP and SRTCP under any other key: the same without roll-over counters.
pub const CALL_POLICY: &Policy =
    &[(0, &[6]), (1, &[16]), (4, &[12]), (5, &[0]), (6, &[0]), (20, &[16])];

/// Whose URI a message leaves out, with the UID in its place (5.2.6, E.7).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Hiding {
    /// The initiator's.
    pub initiator: bool,
    /// The responder's.
    pub responder: bool,
}

/// A key on its way: from whom to whom, and what goes with it.
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
    /// Who signs.
    pub from: User<'a>,
    /// Who gets it.
    pub to: User<'a>,
    /// T; it says which key period the keys of both are of.
    pub time: NtpTime,
    /// Whose URI is hidden.
    pub hiding: Hiding,
    /// The sessions to name; none leaves the standard's to apply, without a policy.
    pub cs_ids: &'a [CsId],
    /// The policy of the crypto sessions named; none for the default of the key.
    pub policy: Option<&'a [(u8, &'a [u8])]>,
    /// What is said about the key. A GMK must have it.
    ///
    /// It is sealed under a nonce that is drawn, and hedged with the key and what is said
    /// ([`ParametersHeader::hedged`]): a generator that repeats itself does no harm.
    pub parameters: Option<&'a KeyParameters>,
    /// Whether the message also encapsulates the key to its sender (E.5).
    pub to_self: bool,
}

impl<'a> Delivery<'a> {
    /// A delivery in the plainest form: no identity hidden, the standard's crypto sessions, no
    /// parameters, nothing to the sender itself.
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

    /// A fresh key that the receiver opens though it hashes w without leading zero octets
    /// ([`Departure::StrippedW`](crate::mikey::Departure::StrippedW)): one key in 256 is drawn again. If the message
    /// encapsulates it [to its sender](Self::to_self), the sender's devices are such receivers too. Draw the key for the
    /// delivery as it is sent: with another receiver, time or `to_self` it is a key like any other.
    ///
    /// Errors: [`Error::Purpose`] for a GMK, which isn't drawn for one receiver, and for a key without a message profile; [`Error::Message`] for a user without
    /// an identifier, or a broken generator.
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

    /// The message that carries `key`, signed. `signing_key` is the sender's for the key period of T, or has it
    /// among others.
    ///
    /// Errors: as of [`unsigned`](Self::unsigned) and [`UnsignedDelivery::sign`].
    pub fn message<S, R>(&self, key: &Key, signing_key: &S, rng: &mut R) -> Result<Vec<u8>, Error>
    where
        S: Sign + ?Sized,
        R: CryptoRng + ?Sized,
    {
        self.check_signing_key(signing_key)?;
        self.unsigned(key, rng)?.sign(signing_key, rng)
    }

    /// Errors: [`Error::SigningKey`] unless it has the sender's of the period of T.
    pub(super) fn check_signing_key<S: Sign + ?Sized>(&self, key: &S) -> Result<(), Error> {
        let signer = self.from.identifier(self.time)?;
        let has_it = key.has_signing_key(&signer, self.from.kms().kpak());
        if has_it { Ok(()) } else { Err(Error::SigningKey) }
    }

    /// The message that carries `key`, to be signed.
    ///
    /// Errors: [`Error::Purpose`] for an SPK or MKFC, which have no profile here, and if the
    /// parameters are for another; [`Error::Parameters`] for a GMK without; [`Error::Rand`] for a key without
    /// RAND; [`Error::CsId`] for a session of another kind of key; [`Error::Times`] for an activation or expiry that
    /// can't be meant; [`Error::Message`] for a user without an
    /// identifier, one hidden without a UID, what doesn't fit, or a broken generator.
    pub fn unsigned<R: CryptoRng + ?Sized>(
        &self,
        key: &Key,
        rng: &mut R,
    ) -> Result<UnsignedDelivery, Error> {
        let recipient = self.to.kms().z().recipient(&self.to.identifier(self.time)?)?;
        self.encapsulated(key, &recipient.encapsulate(key.secret())?, rng)
    }

    /// [`unsigned`](Self::unsigned) with the key encapsulated already, to the receiver's identifier at
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
        let sessions = crypto_sessions(self.cs_ids, key.purpose(), mki.as_ref())?;
        let default = if key.purpose() == Purpose::Gmk { GROUP_POLICY } else { CALL_POLICY };
        let parameters = Parameters::from(self.policy.unwrap_or(default));
        let policy = [SecurityPolicy { number: POLICY, protocol: SRTP, parameters }];
        let (map, policies) = if sessions.is_empty() {
            (CsIdMap::Empty, [].as_slice())
        } else {
            (CsIdMap::GenericId(sessions.as_slice().into()), policy.as_slice())
        };

        let (from, to) = (self.from.identifier(self.time)?, self.to.identifier(self.time)?);
        for (hidden, user) in
            [(self.hiding.initiator, &self.from), (self.hiding.responder, &self.to)]
        {
            // Another identifier shows who it is.
            if hidden && !matches!(user.kms().scheme(), IdScheme::Uid(_)) {
                return Err(mikey::Error::IdScheme.into());
            }
        }
        let initiator = if self.hiding.initiator {
            (Role::InitiatorUid, Identity::uri(&from))
        } else {
            (Role::Initiator, Identity::uri(self.from.uri()))
        };
        let responder = if self.hiding.responder {
            (Role::ResponderUid, Identity::uri(&to))
        } else {
            (Role::Responder, Identity::uri(self.to.uri()))
        };
        let kms = |user: &User<'a>| Identity::uri(user.kms().uri());
        let identities = [
            initiator,
            responder,
            (Role::InitiatorKms, kms(&self.from)),
            (Role::ResponderKms, kms(&self.to)),
        ];

        let to_self = if self.to_self { self.encapsulated_to_self(key)? } else { Vec::new() };
        let parameters = self.sealed_parameters(key, csb_id.value(), rng)?;
        // Their order is free, and some receivers look at the first alone, for the parameters.
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

    /// A whole SAKKE payload whose next payload is 0.
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

    /// Empty if there are none.
    fn sealed_parameters<R: CryptoRng + ?Sized>(
        &self,
        key: &Key,
        csb_id: u32,
        rng: &mut R,
    ) -> Result<Vec<u8>, Error> {
        let Some(parameters) = self.parameters else {
            // A GMK's receiver has to learn the group, and whether the key is revoked.
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

/// A message that lacks nothing but the signature of its sender. It can be made in advance and signed when it
/// is sent.
#[derive(Clone, Debug)]
pub struct UnsignedDelivery {
    unsigned: Unsigned,
    signer: Identifier,
    kpak: KmsPublicKey,
}

impl UnsignedDelivery {
    /// What is signed.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// The message, signed.
    ///
    /// Errors: [`Error::SigningKey`] unless the key is the sender's of the period of T, or has it among others;
    /// [`Error::Message`] for a broken generator, a fault, or a key that lives elsewhere and can't be reached.
    pub fn sign<S, R>(self, key: &S, rng: &mut R) -> Result<Vec<u8>, Error>
    where
        S: Sign + ?Sized,
        R: CryptoRng + ?Sized,
    {
        signed(self.unsigned, (&self.signer, &self.kpak), key, rng)
    }

    /// The message with a signature that was made elsewhere over [`to_be_signed`](Self::to_be_signed), which
    /// is verified.
    ///
    /// Errors: [`Error::Message`] with [`mikey::Error::Signature`] if it isn't the sender's.
    pub fn attach(self, signature: &Signature) -> Result<Vec<u8>, Error> {
        let signer = self.kpak.verifying_key(self.signer);
        let verified = signer.verify(self.to_be_signed(), signature);
        verified.map_err(|_| mikey::Error::Signature)?;
        Ok(self.unsigned.attach(signature))
    }
}

/// Crypto sessions of SRTP under the one policy.
///
/// Errors: [`Error::CsId`] for one that goes under another kind of key.
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

/// The message, signed as this signer of that KMS.
///
/// Errors: [`Error::SigningKey`] if `key` isn't and hasn't the signer's; those of [`Sign::sign_as`].
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

/// Errors: [`Error::Purpose`] for keys that no message profile is known of.
pub(super) const fn has_profile(purpose: Purpose) -> Result<(), Error> {
    match purpose {
        Purpose::Gmk | Purpose::Pck | Purpose::Csk | Purpose::Mscck | Purpose::MuSik => Ok(()),
        Purpose::Spk | Purpose::Mkfc => Err(Error::Purpose),
    }
}
