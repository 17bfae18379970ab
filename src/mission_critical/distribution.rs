//! One key for many users (TS 33.180 5.7.1): a GMK for the members of its group, who may belong to several KMSs.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use rand_core::CryptoRng;

use super::delivery::check_signing_key;
use super::{Delivery, Error, Key};
use crate::eccsi::{Sign, SigningKey};
use crate::identifier::Identifier;
use crate::mikey::{Kms, User};
use crate::sakke::{Encapsulation, PreparedKmsPublicKey};

/// The number of members that are served together. Encapsulation works on eight of them at a time.
const TOGETHER: usize = 64;

/// A KMS with a prepared Z, for many messages to its users. Make it once for each KMS, and again when the certificate
/// of the KMS changes.
#[derive(Clone)]
pub struct PreparedKms<'k> {
    kms: &'k Kms,
    z: PreparedKmsPublicKey,
}

impl<'k> PreparedKms<'k> {
    /// Prepares Z of the KMS. This takes about as long as making one message.
    #[must_use]
    pub fn new(kms: &'k Kms) -> Self {
        Self { kms, z: kms.z().prepare() }
    }
}

impl fmt::Debug for PreparedKms<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("mission_critical::PreparedKms").field(&self.kms.uri()).finish()
    }
}

/// One key to be sent to many users. Each user receives its own message under its own identifier, and all messages have
/// the same RAND, T, sessions and parameters.
///
/// ```
/// # use eccsi_sakke::mikey::{IdScheme, Kms};
/// # use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
/// # use getrandom::{SysRng, rand_core::UnwrapErr};
/// use eccsi_sakke::mission_critical::{
///     CsId, Delivery, Distribution, Group, Key, KeyParameters, PreparedKms, Purpose,
/// };
///
/// # let mut rng = UnwrapErr(SysRng);
/// # let now = NtpTime::from_unix(1_800_000_000);
/// # let (sign, enc) = (eccsi::KmsSecretKey::generate(&mut rng)?, sakke::KmsSecretKey::generate(&mut rng)?);
/// # let scheme = IdScheme::Uid(KeyPeriods::new(2_592_000)?);
/// # let kms = Kms::new("kms.example.org", scheme, *sign.public_key(), *enc.public_key());
/// let gms = kms.user("sip:gms@example.org");
/// # let signing_key = sign.issue(&mut rng, gms.identifier(now)?)?;
/// let members = ["sip:alice@example.org", "sip:bob@example.org"].map(|uri| kms.user(uri));
///
/// let gmk = Key::generate(Purpose::Gmk, &mut rng);
/// let group = Group::new(b"sip:group@example.org");
/// let parameters = KeyParameters { groups: vec![group], ..KeyParameters::new(Purpose::Gmk) };
/// let delivery = Delivery {
///     cs_ids: &[CsId::MCPTT_GROUP],
///     parameters: Some(&parameters),
///     ..Delivery::new(gms, gms, now)
/// };
/// let prepared = [PreparedKms::new(&kms)];
/// let distribution = Distribution::new(&gmk, delivery, &signing_key, &prepared)?;
/// let messages = distribution.messages(&members, &mut rng)?;
/// assert_eq!(messages.len(), members.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Distribution<'a, S: ?Sized = SigningKey> {
    key: &'a Key,
    delivery: Delivery<'a>,
    signing_key: &'a S,
    kmss: &'a [PreparedKms<'a>],
}

impl<'a, S: Sign + ?Sized> Distribution<'a, S> {
    /// A distribution of `key` in messages like `delivery`, whose receiver is ignored. Users of a KMS that is not among
    /// `kmss` are served as well, but more slowly.
    ///
    /// Errors: [`Error::SigningKey`] unless the signing key is the sender's key for the period of T, or contains it.
    pub fn new(
        key: &'a Key,
        delivery: Delivery<'a>,
        signing_key: &'a S,
        kmss: &'a [PreparedKms<'a>],
    ) -> Result<Self, Error> {
        check_signing_key(signing_key, &delivery.from, delivery.time)?;
        Ok(Self { key, delivery, signing_key, kmss })
    }

    /// The messages for the members, in the order of the members. If one message cannot be made, none is returned.
    ///
    /// To spread a large group over threads, or to show progress, call it for slices of the members. It is fastest if
    /// the length of a slice is a multiple of 64 and members of one KMS are neighbours.
    ///
    /// Errors: the error of the first member who cannot be served, with the member's name.
    pub fn messages<R: CryptoRng + ?Sized>(
        &self,
        members: &[User<'_>],
        rng: &mut R,
    ) -> Result<Vec<Vec<u8>>, MemberError> {
        let mut messages = Vec::with_capacity(members.len());
        let mut first = 0;
        // Each slice contains neighbours of one KMS.
        for of_kms in members.chunk_by(|one, other| one.kms() == other.kms()) {
            for together in of_kms.chunks(TOGETHER) {
                self.serve(together, rng, &mut messages).map_err(|(place, error)| {
                    let uri = together.get(place).map_or("", User::uri).into();
                    MemberError { member: first + place, uri, error }
                })?;
                first += together.len();
            }
        }
        Ok(messages)
    }

    /// Adds the messages of members of one KMS. An error comes with the place of the member.
    fn serve<R: CryptoRng + ?Sized>(
        &self,
        members: &[User<'_>],
        rng: &mut R,
        messages: &mut Vec<Vec<u8>>,
    ) -> Result<(), (usize, Error)> {
        let mut ids = Vec::with_capacity(members.len());
        for (place, member) in members.iter().enumerate() {
            ids.push(member.identifier(self.delivery.time).map_err(|e| (place, e.into()))?);
        }
        let encapsulations = self.encapsulations(members, &ids)?;
        for (place, (member, encapsulation)) in members.iter().zip(&encapsulations).enumerate() {
            let delivery = Delivery { to: *member, ..self.delivery };
            let unsigned = delivery.encapsulated(self.key, encapsulation, rng);
            let message = unsigned.and_then(|unsigned| unsigned.sign(self.signing_key, rng));
            messages.push(message.map_err(|error| (place, error))?);
        }
        Ok(())
    }

    fn encapsulations(
        &self,
        members: &[User<'_>],
        ids: &[Identifier],
    ) -> Result<Vec<Encapsulation>, (usize, Error)> {
        let Some(kms) = members.first().map(User::kms) else { return Ok(Vec::new()) };
        let secret = self.key.secret();
        let alone = |id: &Identifier| kms.z().recipient(id).and_then(|to| to.encapsulate(secret));
        let mut prepared = self.kmss.iter();
        if let Some(prepared) = prepared.find(|prepared| prepared.kms == kms)
            && let Ok(all) = prepared.z.encapsulate_to_all(ids, secret)
        {
            return Ok(all);
        }
        // Encapsulating one by one also finds the member for whom it fails.
        let all = ids.iter().enumerate();
        all.map(|(place, id)| alone(id).map_err(|error| (place, error.into()))).collect()
    }
}

impl<S: ?Sized> Clone for Distribution<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: ?Sized> Copy for Distribution<'_, S> {}

impl<S: ?Sized> fmt::Debug for Distribution<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, delivery, kmss, signing_key: _ } = self;
        let mut shown = f.debug_struct("Distribution");
        shown
            .field("key", key)
            .field("delivery", delivery)
            .field("kmss", kmss)
            .finish_non_exhaustive()
    }
}

/// The member for whom a message could not be made, and the reason.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MemberError {
    /// The place of the member in the slice.
    pub member: usize,
    /// The member's URI.
    pub uri: String,
    /// The reason.
    pub error: Error,
}

impl fmt::Display for MemberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.uri, self.error)
    }
}

impl core::error::Error for MemberError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl From<MemberError> for Error {
    fn from(error: MemberError) -> Self {
        error.error
    }
}
