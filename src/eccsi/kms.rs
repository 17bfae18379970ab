//! RFC 6507 sections 4.2 and 5.1.1: the keys of a KMS, and the issue of signing keys.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::hint::black_box;

use rand_core::{CryptoRng, TryCryptoRng};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::nonce;
use super::{SigningKey, VerifyingKey, hash_of_signer, hs};
use crate::ct;
use crate::error::{Error, TryError};
use crate::fault;
use crate::p256::{self, Point, SecretScalar};
use crate::wiped::stack_wiped;

/// The number of values of v that are tried before issuing fails. Each is unusable with a probability of about 2⁻³².
const ATTEMPTS: u8 = 4;

/// The KMS secret authentication key KSAK: an integer in 1 ..= q − 1.
///
/// Anyone who has it can sign as every user of this KMS, in every period. It is wiped on drop, can't be cloned, and
/// doesn't print itself.
#[doc(alias = "KSAK")]
pub struct KmsSecretKey {
    ksak: SecretScalar,
    public: KmsPublicKey,
}

impl KmsSecretKey {
    /// The length of an encoded KSAK in octets.
    pub const LEN: usize = 32;

    /// Section 4.2: generates a uniform KSAK.
    ///
    /// Errors: [`Error::Randomness`].
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Result<Self, Error> {
        Ok(Self::try_generate(rng)?)
    }

    /// [`generate`](Self::generate) with a generator that can fail.
    pub fn try_generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, TryError<R::Error>> {
        SecretScalar::try_draw(rng).map(Self::new)
    }

    fn new(ksak: SecretScalar) -> Self {
        let public = KmsPublicKey { kpak: Point::mul_base(&ksak) };
        Self { ksak, public }
    }

    /// KSAK, 32 octets, big-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.ksak.to_bytes()
    }

    /// KPAK = \[KSAK\]G.
    #[must_use]
    pub fn public_key(&self) -> &KmsPublicKey {
        &self.public
    }

    /// Section 5.1.1: issues a new (SSK, PVT) to the signer `id`, which may be any octets.
    ///
    /// Every call gives another pair. An identity may have several pairs, and RFC 6509 section 2.3
    /// wants devices that share an identity to have different ones.
    ///
    /// The ephemeral v is as secret as KSAK, and is wiped here. Two keys with the same v, or one key whose v is
    /// known, would give KSAK away. So v is derived from KSAK, `id` and 32 octets of `rng`: it stays secret even
    /// if `rng` is known. If `rng` repeats its octets for the same identifier, the same pair comes out again.
    ///
    /// Secret: KSAK, v, SSK. Public: `id`, PVT. Errors: [`Error::Fault`].
    #[doc(alias = "SSK")]
    pub fn issue<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        id: impl AsRef<[u8]>,
    ) -> Result<SigningKey, Error> {
        Ok(self.try_issue(rng, id)?)
    }

    /// [`issue`](Self::issue) with a generator that can fail.
    pub fn try_issue<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        id: impl AsRef<[u8]>,
    ) -> Result<SigningKey, TryError<R::Error>> {
        let id = id.as_ref();
        let mut fresh = Zeroizing::new([0; nonce::FRESH]);
        rng.try_fill_bytes(fresh.as_mut_slice()).map_err(TryError::Rng)?;
        for attempt in 0..ATTEMPTS {
            let derived =
                || nonce::v(black_box(&self.ksak), &fresh, &self.public.kpak, id, attempt);
            let Some(mut v) = derived() else { continue };
            fault::at("v", &mut v);
            if let Some(key) = self.issue_with(&v, id) {
                // v is derived once more, because a fault may have replaced it with a value that somebody knows, or
                // with the v of another key.
                let again = stack_wiped(derived).ok_or(Error::Fault)?;
                let is_its = v.ct_eq(&again) & key.is_issued(&self.ksak, &again);
                return if ct::declassify(is_its) { Ok(key) } else { Err(Error::Fault.into()) };
            }
        }
        Err(Error::Fault.into())
    }

    /// [`issue`](Self::issue) with a given v, which is used as it is. It is for test vectors.
    ///
    /// **A v used twice, or known to anybody, gives KSAK away.**
    ///
    /// Errors: [`Error::Length`] unless `v` has 32 octets, [`Error::Range`] unless it is in
    /// 1 ..= q − 1 and fit for this identifier.
    #[cfg(feature = "hazmat")]
    #[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
    pub fn issue_with_v(&self, v: &[u8], id: impl AsRef<[u8]>) -> Result<SigningKey, Error> {
        let v = SecretScalar::from_bytes(v.try_into().map_err(|_| Error::Length)?)?;
        self.issue_with(&v, id.as_ref()).ok_or(Error::Range)
    }

    /// PVT = \[v\]G, SSK = KSAK + HS·v mod q; `None` if SSK or HS is 0 modulo q.
    fn issue_with(&self, v: &SecretScalar, id: &[u8]) -> Option<SigningKey> {
        let pvt = Point::mul_base(v);
        let hs = hs(hash_of_signer(&self.public.kpak, id), &pvt);
        let ssk = issued_ssk(&self.ksak, &hs, v)?;
        Some(SigningKey::from_parts(ssk, pvt, hs))
    }
}

impl SigningKey {
    /// Whether SSK is the one that follows from KSAK, HS and v.
    fn is_issued(&self, ksak: &SecretScalar, v: &SecretScalar) -> Choice {
        issued_ssk(ksak, self.hs(), v).map_or(Choice::from(0), |ssk| self.has_ssk(&ssk))
    }
}

/// SSK = KSAK + HS·v mod q; `None` if SSK or HS is 0 (steps 4 and 5 of section 5.1.1).
fn issued_ssk(ksak: &SecretScalar, hs: &[u8; 32], v: &SecretScalar) -> Option<SecretScalar> {
    let hs = p256::reduce(hs);
    // HS is public.
    if ct::declassify(hs.ct_eq(&p256::Scalar::ZERO)) {
        return None;
    }
    let hs_v =
        Zeroizing::new(fault::passed("HS·v", hs * fault::passed("v, used again", *v.as_scalar())));
    // HS·v hides KSAK. Only a fault makes it 0.
    if ct::declassify(hs_v.ct_eq(&p256::Scalar::ZERO)) {
        return None;
    }
    SecretScalar::from_scalar(&Zeroizing::new(*hs_v + *ksak.as_scalar()))
}

impl TryFrom<&[u8]> for KmsSecretKey {
    type Error = Error;

    /// Errors: [`Error::Length`] unless there are 32 octets, [`Error::Range`] unless KSAK is in 1 ..= q − 1.
    fn try_from(octets: &[u8]) -> Result<Self, Error> {
        Self::try_from(<&[u8; 32]>::try_from(octets).map_err(|_| Error::Length)?)
    }
}

impl TryFrom<&[u8; 32]> for KmsSecretKey {
    type Error = Error;

    fn try_from(octets: &[u8; 32]) -> Result<Self, Error> {
        SecretScalar::from_bytes(octets).map(Self::new)
    }
}

impl ConstantTimeEq for KmsSecretKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.ksak.ct_eq(&other.ksak)
    }
}

impl fmt::Debug for KmsSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("eccsi::KmsSecretKey(..)")
    }
}

impl ZeroizeOnDrop for KmsSecretKey {}

/// The KMS public authentication key KPAK: a point other than infinity. Import checks this, as
/// section 4.2 demands. 3GPP calls it `PubAuthKey`.
#[doc(alias("KPAK", "PubAuthKey"))]
#[derive(Clone, Copy)]
pub struct KmsPublicKey {
    pub(super) kpak: Point,
}

impl KmsPublicKey {
    /// The length of an encoded KPAK in octets, as 04 ‖ x ‖ y.
    pub const LEN: usize = p256::POINT;

    /// KPAK, 65 octets.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 65] {
        *self.kpak.as_bytes()
    }

    /// The key that verifies the signatures of the signer `id`, which may be any octets. Make it once for each
    /// signer and period, and keep it.
    #[must_use]
    pub fn verifying_key(&self, id: impl AsRef<[u8]>) -> VerifyingKey {
        VerifyingKey::new(self, id.as_ref())
    }
}

impl TryFrom<&[u8]> for KmsPublicKey {
    type Error = Error;

    /// Errors: [`Error::Length`] unless there are 65 octets, [`Error::PointEncoding`], [`Error::NotOnCurve`].
    fn try_from(octets: &[u8]) -> Result<Self, Error> {
        Self::try_from(<&[u8; 65]>::try_from(octets).map_err(|_| Error::Length)?)
    }
}

impl TryFrom<&[u8; 65]> for KmsPublicKey {
    type Error = Error;

    fn try_from(octets: &[u8; 65]) -> Result<Self, Error> {
        Ok(Self { kpak: Point::from_bytes(octets)? })
    }
}

impl PartialEq for KmsPublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.kpak.as_bytes() == other.kpak.as_bytes()
    }
}

impl Eq for KmsPublicKey {}

impl Hash for KmsPublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kpak.as_bytes().hash(state);
    }
}

impl AsRef<[u8]> for KmsPublicKey {
    fn as_ref(&self) -> &[u8] {
        self.kpak.as_bytes()
    }
}

impl fmt::Debug for KmsPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::debug::octets(f, "eccsi::KmsPublicKey", self.kpak.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use sha2::Digest;

    use super::*;
    use crate::fault::injection::{Change, Extent, Fault, Outcome, Tally, change, outcomes_with};
    use crate::random::testing::repeating;

    fn secret(octet: u8) -> SecretScalar {
        SecretScalar::from_bytes(&[octet; 32]).unwrap()
    }

    #[test]
    fn an_ssk_or_hs_of_0_asks_for_another_v() {
        let (v, hs) = (secret(0x61), [0x62; 32]);
        let minus_hs_v = p256::Scalar::ZERO - p256::reduce(&hs) * *v.as_scalar();
        let ksak = SecretScalar::from_scalar(&minus_hs_v).unwrap();
        assert!(issued_ssk(&ksak, &hs, &v).is_none(), "SSK = 0");
        assert!(issued_ssk(&v, &hs, &v).is_some());
        assert!(issued_ssk(&ksak, &[0; 32], &v).is_none(), "HS = 0");
        let q_minus_1 = SecretScalar::from_scalar(&(p256::Scalar::ZERO - p256::Scalar::ONE));
        let mut q = *q_minus_1.unwrap().to_bytes();
        q[31] += 1;
        assert!(issued_ssk(&ksak, &q, &v).is_none(), "HS = q");
    }

    /// v of a pair: SSK − KSAK = HS·v.
    fn v_of(kms: &KmsSecretKey, id: &[u8], key: &SigningKey) -> p256::Scalar {
        let ssk = p256::reduce(&key.ssk());
        // HS as a receiver of the pair computes it. PVT may be no point.
        let hs = hash_of_signer(&kms.public.kpak, id).chain_update(key.pvt()).finalize();
        let inverse = SecretScalar::from_scalar(&p256::reduce(&hs.into())).unwrap().invert();
        (ssk - *kms.ksak.as_scalar()) * *inverse.as_scalar()
    }

    /// No fault gives a second key the v of an earlier one, not even with the values that the earlier one left behind.
    /// KSAK would follow from the two.
    #[test]
    fn no_two_users_have_one_v() {
        let kms = KmsSecretKey::try_from(&[0x51; 32]).unwrap();
        let issue = |fresh, id: &[u8]| kms.issue(&mut repeating(fresh), id);
        let earlier = issue(1, b"a").unwrap();
        let extent = Extent { words: 64, passes: 12 };
        let v_of = |id: &[u8], key: &SigningKey| v_of(&kms, id, key);
        let v = v_of(b"a", &earlier);
        let judge = |issued: Result<SigningKey, _>| match issued {
            Err(Error::Fault) => Outcome::Refused,
            Err(_) => Outcome::Wrong,
            Ok(key) if v_of(b"b", &key).equals_vartime(&v) => Outcome::Wrong,
            Ok(_) => Outcome::Right,
        };
        Tally::of_all("an earlier v", extent, || issue(2, b"b"), || issue(1, b"a"), judge);
        // The control: two keys that are issued with the same v have the same v.
        let given = |id: &[u8]| kms.issue_with(&secret(0x61), id).unwrap();
        let [one, two] = [b"a", b"b"].map(|id| v_of(id, &given(id)));
        assert!(one.equals_vartime(&two));
    }

    /// The scalar that is left by a fault which sets all bits.
    fn ones() -> p256::Scalar {
        let mut ones = p256::Scalar::ONE;
        change(&mut ones, Change::Ones);
        ones * p256::Scalar::ONE
    }

    /// A v that a fault spoils after PVT was computed with it, so that SSK alone is wrong.
    #[test]
    fn an_ssk_of_another_v_stays_here() {
        let kms = KmsSecretKey::try_from(&[0x51; 32]).unwrap();
        let fault = |change| Fault { site: "v, used again", pass: 0, change };
        let judge = || match kms.issue(&mut repeating(7), b"a") {
            Err(Error::Fault) => Outcome::Refused,
            Err(_) => Outcome::Wrong,
            // SSK = KSAK is refused, and another v is taken.
            Ok(key) => match SigningKey::new(*key.ssk(), key.pvt(), b"a", &kms.public) {
                Ok(_) => Outcome::Right,
                Err(_) => Outcome::Wrong,
            },
        };
        let outcomes = [Change::ZERO, Change::Ones]
            .map(|change| Tally::of_held("SSK", &outcomes_with(&[fault(change)], judge)));
        assert_eq!((outcomes[0].right, outcomes[1].refused), (1, 1));
        // The control: such a pair has a v that everybody knows.
        let (hs, v) = ([0x62; 32], SecretScalar::from_scalar(&ones()).unwrap());
        let ssk = issued_ssk(&kms.ksak, &hs, &v).unwrap();
        let hs_v = p256::reduce(&hs) * ones();
        assert!((*ssk.as_scalar() - *kms.ksak.as_scalar()).equals_vartime(&hs_v));
    }

    /// No fault makes an SSK that hides KSAK behind a v that everybody knows.
    #[test]
    fn no_fault_gives_ksak_away() {
        let kms = KmsSecretKey::try_from(&[0x51; 32]).unwrap();
        let issue = |id: &[u8]| kms.issue(&mut repeating(7), id);
        let known = [p256::Scalar::ZERO, p256::reduce(&[0xff; 32]), ones()];
        let extent = Extent { words: 64, passes: 12 };
        let mut all = Tally::default();
        for id in [b"a", b"b"] {
            let right = *issue(id).unwrap().ssk();
            let judge = |issued: Result<SigningKey, _>| match issued {
                Err(Error::Fault) => Outcome::Refused,
                Err(_) => Outcome::Wrong,
                Ok(key) if *key.ssk() == right => Outcome::Unharmed,
                Ok(key) if known.iter().any(|v| v.equals_vartime(&v_of(&kms, id, &key))) => {
                    Outcome::Wrong
                }
                // Another pair, or an SSK and a PVT that don't belong together.
                Ok(_) => Outcome::Right,
            };
            all += Tally::of_all("issuing", extent, || issue(id), || issue(b"c"), judge);
        }
        all.report("issuing");
    }
}
