//! RFC 6507 sections 4.2 and 5.1.1: the KMS's keys, and issuing a signer's.

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

/// Values of v tried before issuing is given up; each is unusable with a probability of about 2⁻³².
const ATTEMPTS: u8 = 4;

/// The KMS secret authentication key KSAK: an integer in 1 ..= q − 1.
///
/// Whoever has it can sign as every user of this KMS, in every period. Wiped on drop; there is no
/// `Clone` and no way to print it.
#[doc(alias = "KSAK")]
pub struct KmsSecretKey {
    ksak: SecretScalar,
    public: KmsPublicKey,
}

impl KmsSecretKey {
    /// Octets of an encoded KSAK.
    pub const LEN: usize = 32;

    /// Section 4.2: a uniform KSAK.
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

    /// Section 5.1.1: a new (SSK, PVT) for the signer `id`, whose octets may be any.
    ///
    /// Every call gives another pair; several for one identity are legal, and RFC 6509 section 2.3
    /// wants devices that share an identity to have different ones.
    ///
    /// The ephemeral v is as secret as KSAK and is wiped here. Two keys with one v, or a key whose v is
    /// known, would give KSAK away, so v is derived from KSAK, `id` and 32 octets of `rng`. If `rng`
    /// repeats itself, the same octets for the same identifier give the same pair again, and v stays
    /// secret even if `rng` is known.
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
                // Derived once more: a fault may have left a v there that somebody knows, or another key's.
                let again = stack_wiped(derived).ok_or(Error::Fault)?;
                let is_its = v.ct_eq(&again) & key.is_issued(&self.ksak, &again);
                return if ct::declassify(is_its) { Ok(key) } else { Err(Error::Fault.into()) };
            }
        }
        Err(Error::Fault.into())
    }

    /// [`issue`](Self::issue) with a given v, which is used as it is, for test vectors.
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

    /// PVT = \[v\]G, SSK = KSAK + HS·v mod q; none if SSK or HS is 0 modulo q.
    fn issue_with(&self, v: &SecretScalar, id: &[u8]) -> Option<SigningKey> {
        let pvt = Point::mul_base(v);
        let hs = hs(hash_of_signer(&self.public.kpak, id), &pvt);
        let ssk = issued_ssk(&self.ksak, &hs, v)?;
        Some(SigningKey::from_parts(ssk, pvt, hs))
    }
}

impl SigningKey {
    /// Whether SSK is what KSAK, HS and v give.
    fn is_issued(&self, ksak: &SecretScalar, v: &SecretScalar) -> Choice {
        issued_ssk(ksak, self.hs(), v).map_or(Choice::from(0), |ssk| self.has_ssk(&ssk))
    }
}

/// SSK = KSAK + HS·v mod q, none if it or HS is 0 (steps 4 and 5 of section 5.1.1).
fn issued_ssk(ksak: &SecretScalar, hs: &[u8; 32], v: &SecretScalar) -> Option<SecretScalar> {
    let hs = p256::reduce(hs);
    // HS is public.
    if ct::declassify(hs.ct_eq(&p256::Scalar::ZERO)) {
        return None;
    }
    let hs_v =
        Zeroizing::new(fault::passed("HS·v", hs * fault::passed("v, used again", *v.as_scalar())));
    // It hides KSAK, and is 0 only by a fault.
    if ct::declassify(hs_v.ct_eq(&p256::Scalar::ZERO)) {
        return None;
    }
    SecretScalar::from_scalar(&Zeroizing::new(*hs_v + *ksak.as_scalar()))
}

impl TryFrom<&[u8]> for KmsSecretKey {
    type Error = Error;

    /// Errors: [`Error::Length`] unless 32 octets, [`Error::Range`] unless in 1 ..= q − 1.
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

/// The KMS public authentication key KPAK: a point other than infinity, checked at import as
/// section 4.2 demands. 3GPP calls it `PubAuthKey`.
#[doc(alias("KPAK", "PubAuthKey"))]
#[derive(Clone, Copy)]
pub struct KmsPublicKey {
    pub(super) kpak: Point,
}

impl KmsPublicKey {
    /// Octets of an encoded KPAK, 04 ‖ x ‖ y.
    pub const LEN: usize = p256::POINT;

    /// KPAK, 65 octets.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 65] {
        *self.kpak.as_bytes()
    }

    /// What verifies the signatures of the signer `id`, whose octets may be any. Make it once per
    /// signer and period and keep it.
    #[must_use]
    pub fn verifying_key(&self, id: impl AsRef<[u8]>) -> VerifyingKey {
        VerifyingKey::new(self, id.as_ref())
    }
}

impl TryFrom<&[u8]> for KmsPublicKey {
    type Error = Error;

    /// Errors: [`Error::Length`] unless 65 octets, [`Error::PointEncoding`], [`Error::NotOnCurve`].
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
    use crate::fault::injection::{
        Change, Extent, Fault, Outcome, Tally, change, faults, outcomes_with,
    };
    use crate::random::testing::Repeat;

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
        // As a receiver of the pair computes HS, of a PVT that may be none.
        let hs = hash_of_signer(&kms.public.kpak, id).chain_update(key.pvt()).finalize();
        let inverse = SecretScalar::from_scalar(&p256::reduce(&hs.into())).unwrap().invert();
        (ssk - *kms.ksak.as_scalar()) * *inverse.as_scalar()
    }

    /// With what an earlier key left behind, no second one has its v: KSAK would follow from the two.
    #[test]
    fn no_two_users_have_one_v() {
        let kms = KmsSecretKey::try_from(&[0x51; 32]).unwrap();
        let issue = |fresh, id: &[u8]| kms.issue(&mut Repeat(fresh), id);
        let earlier = issue(1, b"a").unwrap();
        let extent = Extent { words: 64, passes: 12 };
        let faults = faults(extent, || issue(2, b"b"), || issue(1, b"a"));
        let v_of = |id: &[u8], key: &SigningKey| v_of(&kms, id, key);
        let v = v_of(b"a", &earlier);
        let outcomes = outcomes_with(&faults, || match issue(2, b"b") {
            Err(Error::Fault) => Outcome::Refused,
            Err(_) => Outcome::Wrong,
            Ok(key) if v_of(b"b", &key).equals_vartime(&v) => Outcome::Wrong,
            Ok(_) => Outcome::Right,
        });
        Tally::of_held("an earlier v", &outcomes);
        // The control: given it, both have it.
        let given = |id: &[u8]| kms.issue_with(&secret(0x61), id).unwrap();
        let [one, two] = [b"a", b"b"].map(|id| v_of(id, &given(id)));
        assert!(one.equals_vartime(&two));
    }

    /// The scalar that a fault of ones leaves.
    fn ones() -> p256::Scalar {
        let mut ones = p256::Scalar::ONE;
        change(&mut ones, Change::Ones);
        ones * p256::Scalar::ONE
    }

    /// A v that is spoilt for SSK alone, when PVT was computed with the right one.
    #[test]
    fn an_ssk_of_another_v_stays_here() {
        let kms = KmsSecretKey::try_from(&[0x51; 32]).unwrap();
        let fault = |change| Fault { site: "v, used again", pass: 0, change };
        let judge = || match kms.issue(&mut Repeat(7), b"a") {
            Err(Error::Fault) => Outcome::Refused,
            Err(_) => Outcome::Wrong,
            // SSK = KSAK asks for another v.
            Ok(key) => match SigningKey::new(*key.ssk(), key.pvt(), b"a", &kms.public) {
                Ok(_) => Outcome::Right,
                Err(_) => Outcome::Wrong,
            },
        };
        let outcomes = [Change::ZERO, Change::Ones]
            .map(|change| Tally::of_held("SSK", &outcomes_with(&[fault(change)], judge)));
        assert_eq!((outcomes[0].right, outcomes[1].refused), (1, 1));
        // The control: such a pair is of a known v.
        let (hs, v) = ([0x62; 32], SecretScalar::from_scalar(&ones()).unwrap());
        let ssk = issued_ssk(&kms.ksak, &hs, &v).unwrap();
        let hs_v = p256::reduce(&hs) * ones();
        assert!((*ssk.as_scalar() - *kms.ksak.as_scalar()).equals_vartime(&hs_v));
    }

    /// Under no fault does SSK hide KSAK behind a v that everybody knows.
    #[test]
    fn no_fault_gives_ksak_away() {
        let kms = KmsSecretKey::try_from(&[0x51; 32]).unwrap();
        let issue = |id: &[u8]| kms.issue(&mut Repeat(7), id);
        let known = [p256::Scalar::ZERO, p256::reduce(&[0xff; 32]), ones()];
        let extent = Extent { words: 64, passes: 12 };
        let mut all = Tally::default();
        let right = [b"a", b"b"].map(|id| *issue(id).unwrap().ssk());
        let faults = faults(extent, || issue(b"a"), || issue(b"c"));
        for (i, id) in [b"a", b"b"].into_iter().enumerate() {
            let judge = || match issue(id) {
                Err(Error::Fault) => Outcome::Refused,
                Err(_) => Outcome::Wrong,
                Ok(key) if *key.ssk() == right[i] => Outcome::Unharmed,
                Ok(key) if known.iter().any(|v| v.equals_vartime(&v_of(&kms, id, &key))) => {
                    Outcome::Wrong
                }
                // Another pair, or none that belongs together.
                Ok(_) => Outcome::Right,
            };
            let outcomes = outcomes_with(&faults, judge);
            all += Tally::of_held("issuing", &outcomes);
        }
        all.report("issuing");
    }
}
