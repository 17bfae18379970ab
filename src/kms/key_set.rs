//! TS 33.180 D.3.3: the keys that a KMS gives one user for one key period.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use rand_core::TryCryptoRng;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::certificate::is_uri;
use super::content::{PVT_LENS, RSK_LENS, SSK_LENS, integer};
use super::{Error, KeyContent, KmsCertificate, Protection, TransportKey, ValidPeriod, Wrapping};
use crate::ct;
use crate::eccsi::{self, Sign};
use crate::error::TryError;
use crate::identifier::{Identifier, KeyPeriods, KmsUri, NtpTime, UserUri};
use crate::sakke::{self, Decapsulate};

/// A key set as it was decoded, element by element: nothing of it is checked.
///
/// [`validate`](Self::validate) makes a [`KeySet`] of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeySetParts {
    /// `Version` of the document. Kept, not checked.
    pub version: String,
    /// `KmsUri`.
    pub kms_uri: String,
    /// `CertUri`: the certificate that the keys belong to.
    pub cert_uri: Option<String>,
    /// `Issuer`, a text.
    pub issuer: Option<String>,
    /// `UserUri`: whose keys they are.
    pub user_uri: String,
    /// `UserID`: the user's UID in the key period, 32 octets.
    pub user_id: Vec<u8>,
    /// `ValidFrom` and `ValidTo`.
    pub valid: ValidPeriod,
    /// `KeyPeriodNo`.
    pub key_period_no: u64,
    /// `Revoked`.
    pub revoked: bool,
    /// `UserDecryptKey`: RSK, 257 octets.
    pub user_decrypt_key: KeyContent,
    /// `UserSigningKeySSK`: SSK, 32 octets. It is an integer, so up to eight octets 00 may stand before them.
    pub user_signing_key_ssk: KeyContent,
    /// `UserPubTokenPVT`: PVT, 65 octets.
    pub user_pub_token_pvt: KeyContent,
}

/// What a key set must be: whose, of which KMS, and how it is protected. It comes from what the user
/// asked for, never from the message alone.
#[derive(Clone, Copy, Debug)]
pub struct KeySetCheck<'a> {
    /// The certificate of the KMS that was asked.
    pub certificate: &'a KmsCertificate,
    /// The user whose keys were asked for.
    pub user_uri: &'a str,
    /// How its keys are protected.
    pub protection: Protection<'a>,
    /// The time now.
    pub now: NtpTime,
}

impl KeySetParts {
    /// The version that key sets have.
    pub const VERSION: &'static str = "1.1.0";

    /// The key set, if all of it is right: of this KMS and certificate, for this user, its UID that of
    /// the key period, not revoked or expired, protected as demanded, the signing key that of the UID
    /// (RFC 6507 section 5.1.2), the receiver key too (RFC 6508 section 6.1.2).
    ///
    /// One that isn't valid yet, or whose certificate isn't, is accepted: key sets are given out ahead
    /// of their time. One whose key period is over is refused, whatever `ValidTo` says.
    ///
    /// Secret: RSK, SSK, the transport key. Public: everything else, and the outcome.
    ///
    /// Errors: of the certificate [`Error::Revoked`], [`Error::Expired`] and [`Error::Role`]; of the
    /// set [`Error::KmsUri`], [`Error::CertUri`], [`Error::UserUri`], [`Error::Revoked`],
    /// [`Error::Validity`], [`Error::Expired`], [`Error::KeyPeriod`], [`Error::PeriodOver`],
    /// [`Error::Uri`], [`Error::UserId`]; of its keys as they came [`Error::Protection`], [`Error::TransportKey`],
    /// [`Error::Length`]; then, of what is secret, [`Error::Unwrap`] and [`Error::Keys`].
    /// [`key_fault`](Self::key_fault) says which key it is.
    pub fn validate(&self, check: &KeySetCheck<'_>) -> Result<KeySet, Error> {
        let (uid, id) = self.check_public(check)?;
        let [mut rsk, ssk, pvt] = check.protection.open([
            (&self.user_decrypt_key, RSK_LENS),
            (&self.user_signing_key_ssk, SSK_LENS),
            (&self.user_pub_token_pvt, PVT_LENS),
        ])?;
        // The first octet of every point is the same.
        ct::publish_octets(&mut rsk[..1]);
        // The token is public, wrapped or not.
        let pvt: [u8; eccsi::SigningKey::PVT_LEN] =
            pvt.as_slice().try_into().map_err(|_| Error::Length)?;
        let pvt = ct::publish(pvt);
        let certificate = check.certificate;
        let (fits, ssk) = integer(&ssk)?;
        // All are checked before any outcome is told.
        let signing = eccsi::SigningKey::new(ssk, pvt, id, certificate.kpak());
        let receiving = sakke::ReceiverKey::new(&*rsk, &id, certificate.z());
        let (Ok(signing), Ok(receiver), true) = (&signing, &receiving, ct::declassify(fits)) else {
            return Err(Error::Keys);
        };
        let user = (self.user_uri.as_str(), self.key_period_no, uid);
        let set = KeySet::new(certificate, user, signing, receiver);
        Ok(KeySet { issuer: self.issuer.clone(), valid: self.valid, ..set })
    }

    /// Everything but the keys; the UID, and the identifier that its keys are for.
    pub(super) fn check_public(
        &self,
        check: &KeySetCheck<'_>,
    ) -> Result<(Identifier, Identifier), Error> {
        let certificate = check.certificate;
        not_over(certificate.check(check.now))?;
        if !certificate.role().provisions() {
            return Err(Error::Role);
        }
        if self.kms_uri != certificate.kms_uri() {
            return Err(Error::KmsUri);
        }
        if self.cert_uri.is_some() && self.cert_uri.as_deref() != certificate.cert_uri() {
            return Err(Error::CertUri);
        }
        if self.user_uri != check.user_uri {
            return Err(Error::UserUri);
        }
        if self.revoked {
            return Err(Error::Revoked);
        }
        self.valid.is_possible()?;
        not_over(self.valid.check(check.now))?;
        let number = self.key_period_no;
        certificate.periods().start(number).map_err(|_| Error::KeyPeriod)?;
        if is_past(certificate.periods(), number, check.now) {
            return Err(Error::PeriodOver);
        }
        let uid = uid(certificate, &self.user_uri, number).map_err(|_| Error::Uri)?;
        if self.user_id != uid.as_bytes() {
            return Err(Error::UserId);
        }
        Ok((uid, certificate.scheme().of_uid(uid)?))
    }
}

/// What will be valid is good enough.
fn not_over(outcome: Result<(), Error>) -> Result<(), Error> {
    match outcome {
        Err(Error::NotYetValid) => Ok(()),
        outcome => outcome,
    }
}

/// Whether key period `number` has ended.
fn is_past(periods: &KeyPeriods, number: u64, now: NtpTime) -> bool {
    periods.number(now).is_ok_and(|present| number < present)
}

/// The UID of the user in key period `number`, which must lie within all time.
///
/// Errors: [`crate::Error::Length`] for the URI, [`crate::Error::Range`] for the number.
pub(super) fn uid(
    certificate: &KmsCertificate,
    user_uri: &str,
    number: u64,
) -> Result<Identifier, crate::Error> {
    if !is_uri(user_uri) {
        return Err(crate::Error::Length);
    }
    certificate.periods().start(number)?;
    certificate.periods().uid(UserUri(user_uri), KmsUri(certificate.kms_uri()), number)
}

/// A user's keys for one key period: known to be of this user, UID, KMS and certificate. Wiped on
/// drop.
#[doc(alias("KmsKeySet", "S-KMSKeySet"))]
#[derive(Clone)]
pub struct KeySet {
    kms_uri: String,
    cert_uri: Option<String>,
    issuer: Option<String>,
    user_uri: String,
    uid: Identifier,
    valid: ValidPeriod,
    key_period_no: u64,
    periods: KeyPeriods,
    /// Apart, so that they stay where they are when the set is moved.
    keys: Box<Keys>,
}

#[derive(Clone)]
struct Keys {
    signing: eccsi::SigningKey,
    receiver: sakke::ReceiverKey,
}

impl KeySet {
    /// Keys known to be the user's, `uid` being its UID in key period `number` of the certificate.
    ///
    /// They are cloned to where they stay, for what is moved out isn't wiped.
    pub(super) fn new(
        certificate: &KmsCertificate,
        (user_uri, number, uid): (&str, u64, Identifier),
        signing: &eccsi::SigningKey,
        receiver: &sakke::ReceiverKey,
    ) -> Self {
        Self {
            kms_uri: certificate.kms_uri().into(),
            cert_uri: certificate.cert_uri().map(Into::into),
            issuer: None,
            user_uri: user_uri.into(),
            uid,
            valid: ValidPeriod::default(),
            key_period_no: number,
            periods: *certificate.periods(),
            keys: Box::new(Keys { signing: signing.clone(), receiver: receiver.clone() }),
        }
    }

    /// Of `sets`, the one for a message of this time: of several the last.
    ///
    /// ```
    /// # use eccsi_sakke::{NtpTime, kms::{Error, KeySet}};
    /// # let sets: &[KeySet] = &[];
    /// assert_eq!(KeySet::at(sets, NtpTime::from_unix(1_800_000_000)).err(), Some(Error::NoKeySet));
    /// ```
    ///
    /// Errors: [`Error::NoKeySet`] if none is of this time's key period, [`Error::NotYetValid`],
    /// [`Error::Expired`].
    pub fn at(sets: &[Self], time: NtpTime) -> Result<&Self, Error> {
        let mut outcome = Err(Error::NoKeySet);
        for set in sets.iter().rev().filter(|set| set.covers(time)) {
            outcome = set.valid.check(time).map(|()| set);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    /// The set with dates beside its key period.
    ///
    /// Errors: [`Error::Validity`].
    pub fn with_validity(self, valid: ValidPeriod) -> Result<Self, Error> {
        valid.is_possible()?;
        Ok(Self { valid, ..self })
    }

    /// The KMS.
    #[must_use]
    pub fn kms_uri(&self) -> &str {
        &self.kms_uri
    }

    /// The certificate that the keys belong to.
    #[must_use]
    pub fn cert_uri(&self) -> Option<&str> {
        self.cert_uri.as_deref()
    }

    /// The user.
    #[must_use]
    pub fn user_uri(&self) -> &str {
        &self.user_uri
    }

    /// The user's UID in the key period. The keys are for [`identifier`](Self::identifier).
    #[must_use]
    pub const fn uid(&self) -> &Identifier {
        &self.uid
    }

    /// The number of the key period.
    #[must_use]
    pub const fn key_period_no(&self) -> u64 {
        self.key_period_no
    }

    /// The identifier that the keys are for: the UID, or its digits for [`KmsCertificate::with_hex_uids`].
    #[must_use]
    pub fn identifier(&self) -> &Identifier {
        self.receiver_key().identifier()
    }

    /// From when until when the keys are valid, if the KMS says so beside the key period.
    #[must_use]
    pub const fn valid(&self) -> ValidPeriod {
        self.valid
    }

    /// Whether `time` is in the key period: a message of that time is for these keys.
    #[must_use]
    pub fn covers(&self, time: NtpTime) -> bool {
        self.periods.number(time) == Ok(self.key_period_no)
    }

    /// Whether its key period is over at `now`, or its `ValidTo` has passed.
    ///
    /// An RSK opens what was recorded in its period, so delete a set when it is over. Where messages
    /// arrive late, keep it for the skew that the [`Clock`](crate::mikey::Clock) allows them, and no
    /// longer:
    ///
    /// ```
    /// # use eccsi_sakke::{NtpTime, kms::KeySet, mikey::Clock};
    /// # let mut sets: Vec<KeySet> = Vec::new();
    /// # let clock = Clock { now: NtpTime::from_unix(1_800_000_000), skew: 300 };
    /// let earliest = NtpTime::from_seconds(clock.now.seconds().saturating_sub(clock.skew.into()));
    /// sets.retain(|set| !set.is_over(earliest));
    /// ```
    #[must_use]
    pub fn is_over(&self, now: NtpTime) -> bool {
        is_past(&self.periods, self.key_period_no, now) || self.valid.to.is_some_and(|to| to < now)
    }

    /// SSK and PVT.
    #[must_use]
    pub fn signing_key(&self) -> &eccsi::SigningKey {
        &self.keys.signing
    }

    /// RSK.
    #[must_use]
    pub fn receiver_key(&self) -> &sakke::ReceiverKey {
        &self.keys.receiver
    }

    /// The set as it is sent, in clear or wrapped.
    ///
    /// Secret: the keys, the transport key; the parts hide what is in clear.
    ///
    /// Errors: none; a set has keys that can be wrapped in every way.
    pub fn to_parts(
        &self,
        wrapped: Option<(&TransportKey, Wrapping)>,
    ) -> Result<KeySetParts, Error> {
        let content = |octets: &[u8]| -> Result<_, Error> {
            match wrapped {
                None => Ok(KeyContent::plain(octets)),
                Some((key, wrapping)) => key.wrap_named(octets, None, wrapping),
            }
        };
        // Written where it is wiped: what is moved leaves a copy behind.
        let mut rsk = Box::new(Zeroizing::new([0; sakke::ReceiverKey::LEN]));
        self.receiver_key().write_bytes(&mut rsk);
        Ok(KeySetParts {
            version: KeySetParts::VERSION.into(),
            kms_uri: self.kms_uri.clone(),
            cert_uri: self.cert_uri.clone(),
            issuer: self.issuer.clone(),
            user_uri: self.user_uri.clone(),
            user_id: self.uid.as_bytes().to_vec(),
            valid: self.valid,
            key_period_no: self.key_period_no,
            revoked: false,
            user_decrypt_key: content(rsk.as_slice())?,
            user_signing_key_ssk: content(self.signing_key().ssk().as_slice())?,
            user_pub_token_pvt: content(&self.signing_key().pvt())?,
        })
    }
}

/// A slice of key sets opens a message with the RSK of its T: see [`Decapsulate`].
///
/// `ValidFrom` and `ValidTo` aren't looked at, for a message may arrive late; remove a set that
/// [`is_over`](KeySet::is_over).
impl Decapsulate for KeySet {
    fn has(&self, identifier: &Identifier, z: &sakke::KmsPublicKey) -> bool {
        self.receiver_key().has(identifier, z)
    }

    fn open(
        &self,
        identifier: &Identifier,
        z: &sakke::KmsPublicKey,
        encapsulation: &sakke::Encapsulation,
    ) -> Result<sakke::SharedSecret, crate::Error> {
        self.receiver_key().open(identifier, z, encapsulation)
    }

    fn open_either(
        &self,
        identifier: &Identifier,
        z: &sakke::KmsPublicKey,
        encapsulation: &sakke::Encapsulation,
    ) -> Result<(sakke::SharedSecret, sakke::LeadingZeros), crate::Error> {
        self.receiver_key().open_either(identifier, z, encapsulation)
    }
}

/// A slice of key sets signs a message with the SSK of its T: see [`Sign`].
///
/// `ValidFrom` and `ValidTo` aren't looked at here either; [`KeySet::at`] does.
impl Sign for KeySet {
    fn has_signing_key(&self, identifier: &Identifier, kpak: &eccsi::KmsPublicKey) -> bool {
        self.signing_key().has_signing_key(identifier, kpak)
    }

    fn signature<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identifier: &Identifier,
        kpak: &eccsi::KmsPublicKey,
        message: &[u8],
    ) -> Result<eccsi::Signature, TryError<R::Error>> {
        self.signing_key().signature(rng, identifier, kpak, message)
    }

    fn sign_as<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identifier: &Identifier,
        kpak: &eccsi::KmsPublicKey,
        message: &[u8],
    ) -> Result<eccsi::Signature, TryError<R::Error>> {
        self.signing_key().sign_as(rng, identifier, kpak, message)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "kms::KeySet({:?}, {}, ..)", self.user_uri, self.key_period_no)
    }
}

impl ConstantTimeEq for KeySet {
    /// Of the keys; identifiers are public.
    fn ct_eq(&self, other: &Self) -> Choice {
        self.keys.signing.ct_eq(&other.keys.signing)
            & self.keys.receiver.ct_eq(&other.keys.receiver)
    }
}

impl ZeroizeOnDrop for KeySet {}
