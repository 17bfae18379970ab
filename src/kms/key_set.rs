//! TS 33.180 D.3.3: the keys that a KMS gives to one user for one key period.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::certificate::is_uri;
use super::content::{PVT_LENS, RSK_LENS, SSK_LENS, integer};
use super::{Error, KeyContent, KmsCertificate, Protection, TransportKey, ValidPeriod, Wrapping};
use crate::ct;
use crate::eccsi;
use crate::identifier::{Identifier, KeyPeriods, KmsUri, NtpTime, UserUri};
use crate::sakke;

/// A key set as it was decoded, element by element. Nothing in it has been checked.
///
/// [`validate`](Self::validate) makes a [`KeySet`] of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeySetParts {
    /// `Version` of the document. It is kept, but not checked.
    pub version: String,
    /// `KmsUri`.
    pub kms_uri: String,
    /// `CertUri`: the certificate that the keys belong to.
    pub cert_uri: Option<String>,
    /// `Issuer`, a text.
    pub issuer: Option<String>,
    /// `UserUri`: the user whose keys they are.
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
    /// `UserSigningKeySSK`: SSK, 32 octets. It is an integer, so up to eight octets 00 may precede them.
    pub user_signing_key_ssk: KeyContent,
    /// `UserPubTokenPVT`: PVT, 65 octets.
    pub user_pub_token_pvt: KeyContent,
}

/// What a key set is validated against: its user, its KMS, and its protection. Take these from what the user asked for,
/// never from the message alone.
#[derive(Clone, Copy, Debug)]
pub struct KeySetCheck<'a> {
    /// The certificate of the KMS that was asked.
    pub certificate: &'a KmsCertificate,
    /// The user whose keys were asked for.
    pub user_uri: &'a str,
    /// How the keys are protected.
    pub protection: Protection<'a>,
    /// The time now.
    pub now: NtpTime,
}

impl KeySetParts {
    /// The version of key sets.
    pub const VERSION: &'static str = "1.1.0";

    /// Validates the key set as a whole. It must be of this KMS and certificate, and for this user, with the UID of the
    /// key period. It must not be revoked or expired, and its keys must be protected as demanded. The signing key must
    /// belong to the UID (RFC 6507 section 5.1.2), and so must the receiver key (RFC 6508 section 6.1.2).
    ///
    /// A set is accepted before it is valid, and before its certificate is valid, because key sets are given out ahead
    /// of time. A set whose key period is over is refused, whatever its `ValidTo` says.
    ///
    /// Secret: RSK, SSK, the transport key. Public: everything else, and the outcome.
    ///
    /// Errors: for the certificate [`Error::Revoked`], [`Error::Expired`] and [`Error::Role`]; for the set
    /// [`Error::KmsUri`], [`Error::CertUri`], [`Error::UserUri`], [`Error::Revoked`], [`Error::Validity`],
    /// [`Error::Expired`], [`Error::KeyPeriod`], [`Error::PeriodOver`], [`Error::Uri`], [`Error::UserId`]; for the keys
    /// as they were received [`Error::Protection`], [`Error::TransportKey`], [`Error::Length`]; for what is secret
    /// about them only [`Error::Unwrap`] and [`Error::Keys`]. [`key_fault`](Self::key_fault) says which key is faulty.
    pub fn validate(&self, check: &KeySetCheck<'_>) -> Result<KeySet, Error> {
        let (uid, id) = self.check_public(check)?;
        let [mut rsk, ssk, pvt] = check.protection.open([
            (&self.user_decrypt_key, RSK_LENS),
            (&self.user_signing_key_ssk, SSK_LENS),
            (&self.user_pub_token_pvt, PVT_LENS),
        ])?;
        // The first octet of every point is the same.
        ct::publish_octets(&mut rsk[..1]);
        // The token is public, whether it is wrapped or not.
        let pvt: [u8; eccsi::SigningKey::PVT_LEN] =
            pvt.as_slice().try_into().map_err(|_| Error::Length)?;
        let pvt = ct::publish(pvt);
        let certificate = check.certificate;
        let (fits, ssk) = integer(&ssk)?;
        // Every key is checked before any outcome is used.
        let signing = eccsi::SigningKey::new(ssk, pvt, id, certificate.kpak());
        let receiving = sakke::ReceiverKey::new(&*rsk, &id, certificate.z());
        let (Ok(signing), Ok(receiver), true) = (&signing, &receiving, ct::declassify(fits)) else {
            return Err(Error::Keys);
        };
        let user = (self.user_uri.as_str(), self.key_period_no, uid);
        let set = KeySet::new(certificate, user, signing, receiver);
        Ok(KeySet { issuer: self.issuer.clone(), valid: self.valid, ..set })
    }

    /// Checks everything but the keys. Returns the UID, and the identifier of the keys.
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

/// Accepts what is not valid yet.
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

/// The UID of the user in key period `number`, which must be a period that a time can reach.
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

/// A user's keys for one key period, which have been validated: they belong to this user, UID, KMS and certificate.
/// They are wiped on drop.
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
    /// In a box, so that moving the set does not copy them.
    keys: Box<Keys>,
}

#[derive(Clone)]
struct Keys {
    signing: eccsi::SigningKey,
    receiver: sakke::ReceiverKey,
}

impl KeySet {
    /// A set of valid keys. `uid` is the UID of the user in key period `number` of the certificate.
    ///
    /// The keys are cloned into their final place, because moving them would leave copies that are not wiped.
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

    /// The one of `sets` for a message of this time. If there are several, it is the last.
    ///
    /// ```
    /// # use eccsi_sakke::{NtpTime, kms::{Error, KeySet}};
    /// # let sets: &[KeySet] = &[];
    /// assert_eq!(KeySet::at(sets, NtpTime::from_unix(1_800_000_000)).err(), Some(Error::NoKeySet));
    /// ```
    ///
    /// Errors: [`Error::NoKeySet`] if no set is of the key period of this time; [`Error::NotYetValid`],
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

    /// The set with a validity that further limits its key period.
    ///
    /// Errors: [`Error::Validity`].
    pub fn with_validity(self, valid: ValidPeriod) -> Result<Self, Error> {
        valid.is_possible()?;
        Ok(Self { valid, ..self })
    }

    /// The URI of the KMS.
    #[must_use]
    pub fn kms_uri(&self) -> &str {
        &self.kms_uri
    }

    /// The URI of the certificate that the keys belong to.
    #[must_use]
    pub fn cert_uri(&self) -> Option<&str> {
        self.cert_uri.as_deref()
    }

    /// The URI of the user.
    #[must_use]
    pub fn user_uri(&self) -> &str {
        &self.user_uri
    }

    /// The user's UID in the key period. The keys belong to [`identifier`](Self::identifier).
    #[must_use]
    pub const fn uid(&self) -> &Identifier {
        &self.uid
    }

    /// The number of the key period.
    #[must_use]
    pub const fn key_period_no(&self) -> u64 {
        self.key_period_no
    }

    /// The identifier that the keys belong to: the UID, or its digits for [`KmsCertificate::with_hex_uids`].
    #[must_use]
    pub fn identifier(&self) -> &Identifier {
        self.receiver_key().identifier()
    }

    /// The validity, if the KMS gives one beside the key period.
    #[must_use]
    pub const fn valid(&self) -> ValidPeriod {
        self.valid
    }

    /// Whether `time` is in the key period, so that these are the keys for a message of that time.
    #[must_use]
    pub fn covers(&self, time: NtpTime) -> bool {
        self.periods.number(time) == Ok(self.key_period_no)
    }

    /// Whether the key period is over at `now`, or `ValidTo` has passed.
    ///
    /// An RSK opens every recorded message of its period, so delete a set when it is over. Where messages arrive late,
    /// keep it for as long as the skew of the [`Clock`](crate::mikey::Clock), and no longer:
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

    /// The set in the form that is sent, in clear or wrapped.
    ///
    /// Secret: the keys, the transport key. The `Debug` output of the parts hides keys in clear.
    ///
    /// Errors: none, because every way of wrapping accepts the keys of a set.
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
        // Written directly into memory that is wiped, because a moved value leaves a copy behind.
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

sakke::opens_with! {
    /// A slice of key sets opens a message with the RSK of its T: see
    /// [`Decapsulate`](sakke::Decapsulate).
    ///
    /// `ValidFrom` and `ValidTo` are ignored, because a message may arrive late. Remove a set that
    /// [`is_over`](KeySet::is_over).
    [] KeySet, KeySet::receiver_key
}

eccsi::signs_with! {
    /// A slice of key sets signs a message with the SSK of its T: see [`Sign`](eccsi::Sign).
    ///
    /// `ValidFrom` and `ValidTo` are ignored here too. [`KeySet::at`] checks them.
    [] KeySet, KeySet::signing_key
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "kms::KeySet({:?}, {}, ..)", self.user_uri, self.key_period_no)
    }
}

impl ConstantTimeEq for KeySet {
    /// Compares the keys. Everything else is public.
    fn ct_eq(&self, other: &Self) -> Choice {
        self.keys.signing.ct_eq(&other.keys.signing)
            & self.keys.receiver.ct_eq(&other.keys.receiver)
    }
}

impl ZeroizeOnDrop for KeySet {}
