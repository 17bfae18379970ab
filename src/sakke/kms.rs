//! RFC 6508 section 6.1.1: the keys of a KMS, and the extraction of receiver keys.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};

use rand_core::{CryptoRng, TryCryptoRng};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{ReceiverKey, Recipient};
use crate::ct;
use crate::curve::{self, Affine, Edwards};
use crate::error::{Error, TryError};
use crate::field::Fp;
use crate::identifier::Identifier;
use crate::scalar::{self, Scalar};
use crate::wiped::stack_wiped;

/// The KMS master secret z: an integer in 2 ..= q − 1.
///
/// Anyone who has it can open everything that was or will be sent to any user of this KMS, in every period. It is
/// wiped on drop, can't be cloned, and doesn't print itself.
#[doc(alias("z_T", "z"))]
pub struct KmsSecretKey {
    z: Scalar,
    public: KmsPublicKey,
}

impl KmsSecretKey {
    /// The length of an encoded z in octets.
    pub const LEN: usize = scalar::OCTETS;

    /// Generates a uniform z.
    ///
    /// Errors: [`Error::Randomness`].
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Result<Self, Error> {
        Ok(Self::try_generate(rng)?)
    }

    /// [`generate`](Self::generate) with a generator that can fail.
    pub fn try_generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, TryError<R::Error>> {
        Scalar::try_draw(rng).map(Self::new)
    }

    fn new(z: Scalar) -> Self {
        // z isn't a multiple of q, so Z isn't O.
        let public = Zeroizing::new(curve::mul_generator(&z));
        Self { z, public: ct::publish(KmsPublicKey { z: public.to_affine() }) }
    }

    /// z, 128 octets, big-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 128]> {
        self.z.to_be_bytes()
    }

    /// Z = \[z\]P.
    #[must_use]
    pub fn public_key(&self) -> &KmsPublicKey {
        &self.public
    }

    /// Extracts the receiver secret key K = \[1/(a + z)\]P of the identifier a.
    ///
    /// Identifiers that stand for the same integer have the same key. So raw octets that start with 00 are refused:
    /// their key is that of the identifier without the 00. A KMS that serves both UIDs and raw octets must do more,
    /// because raw octets can be a UID, or a UID without its leading zeros: **31 raw octets can have the key of a UID
    /// that starts with 00.** Such a KMS must accept raw octets only if there are more than 32 of them, or use
    /// another z for them.
    ///
    /// Secret: z, K. Public: `id`.
    ///
    /// Errors: [`Error::LeadingZero`] for raw octets that start with 00; [`Error::Identifier`] if a + z = 0
    /// modulo q, which means that the identifier has no key.
    #[doc(alias = "RSK")]
    pub fn extract(&self, id: &Identifier) -> Result<ReceiverKey, Error> {
        if id.is_ambiguous() { Err(Error::LeadingZero) } else { self.extract_ambiguous(id) }
    }

    /// [`extract`](Self::extract) for any identifier, even for raw octets that start with 00.
    ///
    /// **This key opens everything that is sent to the identifier without its leading zeros.** Use it for test
    /// vectors, or at a KMS that knows that no other user's identifier is the same integer
    /// ([`Identifier::shares_receiver_key`]).
    ///
    /// Errors: [`Error::Identifier`], as for [`extract`](Self::extract).
    pub fn extract_ambiguous(&self, id: &Identifier) -> Result<ReceiverKey, Error> {
        let k = Zeroizing::new(curve::mul_generator(&self.a_plus_z(id)?.invert()));
        Ok(self.receiver_key(id, k.to_affine()))
    }

    /// [`extract`](Self::extract) for each of the identifiers, in their order.
    ///
    /// Where AVX-512 IFMA runs, it computes eight at a time. To show progress, or to spread the work over
    /// cores, call it for chunks whose length is a multiple of eight.
    ///
    /// Errors: those of [`extract`](Self::extract), if any of the identifiers has one.
    #[cfg(feature = "alloc")]
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    pub fn extract_all(&self, ids: &[Identifier]) -> Result<Vec<ReceiverKey>, Error> {
        if ids.iter().any(Identifier::is_ambiguous) {
            return Err(Error::LeadingZero);
        }
        let mut keys = Vec::with_capacity(ids.len());
        for ids in ids.chunks(8) {
            // A single item has no inversion to share.
            if let [id] = ids {
                keys.push(self.extract(id)?);
                break;
            }
            let mut scalars = [Scalar::ONE; 8];
            for (scalar, id) in scalars.iter_mut().zip(ids) {
                *scalar = self.a_plus_z(id)?;
            }
            Scalar::invert_all(&mut scalars);
            let points = Zeroizing::new(curve::mul_generator_all(&scalars[..ids.len()]));
            let mut inverses = Zeroizing::new(points.each_ref().map(Edwards::affine_denominator));
            Fp::invert_all(&mut inverses);
            for ((id, point), inverse) in ids.iter().zip(points.iter()).zip(inverses.iter()) {
                keys.push(self.receiver_key(id, point.to_affine_over(*inverse)));
            }
        }
        Ok(keys)
    }

    /// a + z, or an error if it is 0.
    fn a_plus_z(&self, id: &Identifier) -> Result<Scalar, Error> {
        let sum = id.to_scalar().add(&self.z);
        // Anyone who can name this identifier knows z already.
        if ct::declassify(sum.is_zero()) { Err(Error::Identifier) } else { Ok(sum) }
    }

    fn receiver_key(&self, id: &Identifier, k: Affine<Fp>) -> ReceiverKey {
        ReceiverKey { k: Zeroizing::new(k), id: *id, kms: self.public }
    }
}

impl TryFrom<&[u8]> for KmsSecretKey {
    type Error = Error;

    /// Errors: [`Error::Length`] unless there are 128 octets, [`Error::Range`] unless z is in 2 ..= q − 1.
    fn try_from(octets: &[u8]) -> Result<Self, Error> {
        Self::try_from(<&[u8; 128]>::try_from(octets).map_err(|_| Error::Length)?)
    }
}

impl TryFrom<&[u8; 128]> for KmsSecretKey {
    type Error = Error;

    fn try_from(octets: &[u8; 128]) -> Result<Self, Error> {
        // Where this is inlined, copies of the octets stay on the stack.
        stack_wiped(|| {
            // The caller is about to learn the outcome of the import.
            let z = ct::reveal(Scalar::from_be_bytes(octets)).ok_or(Error::Range)?;
            if ct::declassify(z.is_at_least_two()) { Ok(Self::new(z)) } else { Err(Error::Range) }
        })
    }
}

impl ConstantTimeEq for KmsSecretKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.z.ct_eq(&other.z)
    }
}

impl fmt::Debug for KmsSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sakke::KmsSecretKey(..)")
    }
}

impl ZeroizeOnDrop for KmsSecretKey {}

/// The KMS public key Z: a point of order q. 3GPP calls it `PubEncKey`.
#[doc(alias("Z_T", "Z", "PubEncKey"))]
#[derive(Clone, Copy)]
pub struct KmsPublicKey {
    pub(super) z: Affine<Fp>,
}

impl KmsPublicKey {
    /// The length of an encoded Z in octets, as 04 ‖ x ‖ y.
    pub const LEN: usize = curve::OCTETS;

    /// Z, 257 octets.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 257] {
        self.z.to_bytes()
    }

    /// The recipient `id`, whose point is \[b\]P + Z. Make it once for each user and period, and keep it.
    ///
    /// Errors: [`Error::Identifier`] if that point is O, which means that the identifier has no key.
    pub fn recipient(&self, id: &Identifier) -> Result<Recipient, Error> {
        Recipient::new(*id, self.point_of(id))
    }

    /// Z.
    #[cfg(feature = "alloc")]
    pub(super) fn to_edwards(self) -> Edwards<Fp> {
        Edwards::from(&self.z)
    }

    /// \[b\]P + Z.
    pub(super) fn point_of(&self, id: &Identifier) -> Edwards<Fp> {
        curve::mul_generator(&id.to_scalar()) + Edwards::from(&self.z)
    }
}

impl TryFrom<&[u8]> for KmsPublicKey {
    type Error = Error;

    /// The check of the order costs about as much as a scalar multiplication. Import each KMS's key once.
    ///
    /// Errors: [`Error::Length`] unless there are 257 octets, [`Error::PointEncoding`],
    /// [`Error::NotOnCurve`], [`Error::WrongOrder`].
    fn try_from(octets: &[u8]) -> Result<Self, Error> {
        Self::try_from(<&[u8; 257]>::try_from(octets).map_err(|_| Error::Length)?)
    }
}

impl TryFrom<&[u8; 257]> for KmsPublicKey {
    type Error = Error;

    fn try_from(octets: &[u8; 257]) -> Result<Self, Error> {
        let z = Affine::from_bytes(octets)?;
        if z.has_order_q_vartime() { Ok(Self { z }) } else { Err(Error::WrongOrder) }
    }
}

impl PartialEq for KmsPublicKey {
    fn eq(&self, other: &Self) -> bool {
        ct::declassify(self.z.ct_eq(&other.z))
    }
}

impl Eq for KmsPublicKey {}

impl Hash for KmsPublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_bytes().hash(state);
    }
}

impl fmt::Debug for KmsPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::debug::octets(f, "sakke::KmsPublicKey", &self.to_bytes())
    }
}
