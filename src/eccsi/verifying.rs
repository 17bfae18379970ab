//! RFC 6507 section 5.2.2: the verification of a signature. Everything here is public.

use core::fmt;
use core::hint::black_box;

use sha2::Sha256;

use super::{KmsPublicKey, PreparedSigner, Signature, hash_of_signer, he, hs};
use crate::error::Error;
use crate::fault;
use crate::p256::{self, Point, SignerComb, Summand};

/// Verifies one signer's signatures: KPAK and the signer's identifier, which is kept as the state of
/// SHA-256 after G ‖ KPAK ‖ ID.
///
/// Make it once for each signer and period, and keep it. Its size doesn't depend on that of the identifier.
#[derive(Clone)]
pub struct VerifyingKey {
    pub(super) kpak: Point,
    signer: Sha256,
}

impl VerifyingKey {
    pub(super) fn new(kms: &KmsPublicKey, id: &[u8]) -> Self {
        Self { kpak: kms.kpak, signer: hash_of_signer(&kms.kpak, id) }
    }

    /// Section 5.2.2: whether `signature` is this signer's over `message`.
    ///
    /// Leaks: everything; verification has no secret.
    ///
    /// Errors: [`Error::Rejected`].
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), Error> {
        self.verify_parts(&[message], signature)
    }

    /// [`verify`](Self::verify) for a message in parts.
    pub fn verify_parts(&self, message: &[&[u8]], signature: &Signature) -> Result<(), Error> {
        let hashes = |signature: &Signature| hashes(self.signer.clone(), message, signature);
        outcome(is_valid_vartime(Summand::Fresh(&self.kpak), hashes, signature))
    }

    /// Computes the comb of the Y that belongs to `pvt`, which has 65 octets as in [`Signature::pvt`]. It pays
    /// if you verify more than a few signatures of this signer.
    ///
    /// Errors: [`Error::Length`] unless there are 65 octets; [`Error::PointEncoding`] and
    /// [`Error::NotOnCurve`]; [`Error::Rejected`] if Y is infinity, because then no signer can have this PVT.
    pub fn prepare(&self, pvt: impl AsRef<[u8]>) -> Result<PreparedSigner, Error> {
        PreparedSigner::new(self, pvt.as_ref().try_into().map_err(|_| Error::Length)?)
    }

    /// HS of this signer with this PVT.
    pub(super) fn hs_with(&self, pvt: &Point) -> [u8; 32] {
        hs(self.signer.clone(), pvt)
    }

    /// The intermediate values of a verification, whether the signature is valid or not.
    ///
    /// Errors: [`Error::Rejected`] if Y or J is infinity.
    #[cfg(feature = "hazmat")]
    #[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
    pub fn trace(&self, message: &[&[u8]], signature: &Signature) -> Result<VerifyingTrace, Error> {
        let [hs, he] = hashes(self.signer.clone(), message, signature);
        let y = Point::sum_vartime((p256::reduce(&hs), signature.pvt_point()), &self.kpak);
        let [s_he, s_r, s_r_hs] = scalars_of_j(&hs, &he, &signature.r(), signature.s_scalar());
        let pvt = signature.pvt_point();
        let j = Point::lincomb_vartime(s_he, (s_r, &self.kpak), (s_r_hs, pvt));
        Ok(VerifyingTrace {
            hs,
            he,
            y: *y.ok_or(Error::Rejected)?.as_bytes(),
            j: *j.ok_or(Error::Rejected)?.as_bytes(),
        })
    }
}

impl KmsPublicKey {
    /// Steps 3 to 6 of section 5.2.2 with given HS and HE, for which there need be no message. It is for test vectors
    /// below the hash, which may choose an r of q or more.
    ///
    /// Errors: [`Error::Rejected`].
    #[cfg(feature = "hazmat")]
    #[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
    pub fn verify_hashes(
        &self,
        hs: &[u8; 32],
        he: &[u8; 32],
        signature: &Signature,
    ) -> Result<(), Error> {
        outcome(is_valid_vartime(Summand::Fresh(&self.kpak), |_| [*hs, *he], signature))
    }
}

pub(super) fn outcome(valid: bool) -> Result<(), Error> {
    if valid { Ok(()) } else { Err(Error::Rejected) }
}

/// HS and HE of a signature, given SHA-256 after G ‖ KPAK ‖ ID.
pub(super) fn hashes(signer: Sha256, message: &[&[u8]], signature: &Signature) -> [[u8; 32]; 2] {
    let hs = fault::passed("HS", hs(signer, signature.pvt_point()));
    [hs, fault::passed("HE", he(&hs, &signature.r(), message))]
}

/// Steps 3 to 6 of section 5.2.2, given the hashes HS and HE of the signature.
///
/// Before the signature is accepted, its hashes and scalars are computed once more. Otherwise an attacker who knows
/// what a fault will make of them could choose r, s and PVT to match, without a key.
pub(super) fn is_valid_vartime(
    kpak: Summand<'_>,
    hashes: impl Fn(&Signature) -> [[u8; 32]; 2],
    signature: &Signature,
) -> bool {
    let scalars = || scalars_of_signature(&hashes, black_box(signature));
    accepts_vartime(kpak, signature.pvt_point(), &signature.r(), scalars)
}

/// [`is_valid_vartime`] by the comb of the Y that belongs to the signature's PVT.
pub(super) fn is_valid_of_known_vartime(
    y: &SignerComb,
    he: impl Fn(&Signature) -> [u8; 32],
    signature: &Signature,
) -> bool {
    let scalars = || {
        let signature = black_box(signature);
        let s = *signature.s_scalar();
        fault::passed("s·HE, s·r", [he(signature), signature.r()].map(|c| p256::reduce(&c) * s))
    };
    let [s_he, s_r] = scalars();
    y.sum_has_x_vartime(&s_he, &s_r, &signature.r()) && are_equal_vartime(&scalars(), &[s_he, s_r])
}

pub(super) fn are_equal_vartime(some: &[p256::Scalar], others: &[p256::Scalar]) -> bool {
    some.iter().zip(others).all(|(one, other)| one.equals_vartime(other))
}

/// The scalars of J for this signature, given a function that computes its HS and HE.
pub(super) fn scalars_of_signature(
    hashes: impl Fn(&Signature) -> [[u8; 32]; 2],
    signature: &Signature,
) -> [p256::Scalar; 3] {
    let [hs, he] = hashes(signature);
    scalars_of_j(&hs, &he, &signature.r(), signature.s_scalar())
}

/// Whether J has the x-coordinate r ≠ 0, and its scalars are the same when they are computed again.
fn accepts_vartime(
    kpak: Summand<'_>,
    pvt: &Point,
    r: &[u8; 32],
    scalars: impl Fn() -> [p256::Scalar; 3],
) -> bool {
    let [s_he, s_r, s_r_hs] = scalars();
    p256::sum_has_x_vartime(&s_he, (&s_r, kpak), (&s_r_hs, pvt), r)
        && are_equal_vartime(&scalars(), &[s_he, s_r, s_r_hs])
}

/// s·HE, s·r and s·r·HS, by which J = \[s\](\[HE\]G + \[r\]Y) with Y = \[HS\]PVT + KPAK is one sum
/// \[s·HE\]G + \[s·r\]KPAK + \[s·r·HS\]PVT.
fn scalars_of_j(hs: &[u8; 32], he: &[u8; 32], r: &[u8; 32], s: &p256::Scalar) -> [p256::Scalar; 3] {
    let s_r = p256::reduce(r) * *s;
    fault::passed("s·HE, s·r, s·r·HS", [p256::reduce(he) * *s, s_r, p256::reduce(hs) * s_r])
}

/// The intermediate values of a verification.
#[cfg(feature = "hazmat")]
#[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct VerifyingTrace {
    /// HS.
    pub hs: [u8; 32],
    /// HE.
    pub he: [u8; 32],
    /// Y = \[HS\]PVT + KPAK, 65 octets.
    pub y: [u8; 65],
    /// J = \[s\](\[HE\]G + \[r\]Y), 65 octets.
    pub j: [u8; 65],
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("eccsi::VerifyingKey(..)")
    }
}

#[cfg(feature = "signature")]
impl signature::Verifier<Signature> for VerifyingKey {
    fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), signature::Error> {
        self.verify_parts(&[message], signature).map_err(|_| signature::Error::new())
    }
}

#[cfg(feature = "signature")]
impl signature::MultipartVerifier<Signature> for VerifyingKey {
    fn multipart_verify(
        &self,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), signature::Error> {
        self.verify_parts(message, signature).map_err(|_| signature::Error::new())
    }
}

#[cfg(all(test, feature = "alloc"))]
mod faults;
/// Tests below the hash, with given values of HS, HE and r: nobody can find a message that leads to them.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::p256::{P, Scalar, SecretScalar, reduce};

    const ZERO: Scalar = Scalar::ZERO;
    const ONE: Scalar = Scalar::ONE;

    /// q, the order of G.
    const Q: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, //
        0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25,
        0x51,
    ];

    fn inverse(scalar: Scalar) -> Scalar {
        *SecretScalar::from_scalar(&scalar).unwrap().invert().as_scalar()
    }

    fn point(k: u8) -> Point {
        let mut octets = [0; 32];
        octets[31] = k;
        Point::mul_base(&SecretScalar::from_bytes(&octets).unwrap())
    }

    /// A KPAK for which [s]([HE]G + [r]([HS]PVT + KPAK)) = J.
    fn kpak_for(
        j: &Point,
        pvt: &Point,
        hs: &[u8; 32],
        he: &[u8; 32],
        r: &[u8; 32],
        s: Scalar,
    ) -> Point {
        let r_inverse = inverse(reduce(r));
        let minus_he = ZERO - reduce(he) * r_inverse;
        let y = Point::lincomb_vartime(minus_he, (inverse(s) * r_inverse, j), (ZERO, pvt)).unwrap();
        Point::lincomb_vartime(ZERO, (ONE, &y), (ZERO - reduce(hs), pvt)).unwrap()
    }

    fn accepts(
        kpak: &Point,
        pvt: &Point,
        hs: &[u8; 32],
        he: &[u8; 32],
        r: &[u8; 32],
        s: Scalar,
    ) -> bool {
        let accepts = |kpak| accepts_vartime(kpak, pvt, r, || scalars_of_j(hs, he, r, &s));
        let fresh = accepts(Summand::Fresh(kpak));
        assert_eq!(accepts(Summand::Prepared(&kpak.odd_multiples())), fresh);
        fresh
    }

    const HS: [u8; 32] = [0x11; 32];
    const HE: [u8; 32] = [0x22; 32];

    fn s() -> Scalar {
        reduce(&[0x33; 32])
    }

    #[test]
    fn r_is_the_unreduced_x_coordinate() {
        // The first x ≥ q on the curve. Its residue x − q must not be taken for x.
        let mut x = Q;
        let j = loop {
            x[31] += 1;
            if let Some(j) = Point::with_x(&x) {
                break j;
            }
        };
        assert!(x > Q && x < P);
        let pvt = point(7);
        let kpak = kpak_for(&j, &pvt, &HS, &HE, &x, s());
        assert!(accepts(&kpak, &pvt, &HS, &HE, &x, s()));
        let mut reduced = [0; 32];
        reduced[31] = x[31] - Q[31];
        assert!(reduce(&reduced).equals_vartime(&reduce(&x)));
        assert!(!accepts(&kpak, &pvt, &HS, &HE, &reduced, s()));
    }

    #[test]
    fn j_with_x_0_is_refused() {
        let j = Point::with_x(&[0; 32]).unwrap();
        let pvt = point(7);
        let kpak = kpak_for(&j, &pvt, &HS, &HE, &P, s());
        assert!(!accepts(&kpak, &pvt, &HS, &HE, &P, s()), "r = p is 0 modulo p");
    }

    #[test]
    fn j_at_infinity_is_refused() {
        // Y = −[HE/r]G with s ≠ 0.
        let r = [0x44; 32];
        let pvt = point(7);
        let y_scalar = ZERO - reduce(&HE) * inverse(reduce(&r));
        let kpak =
            Point::lincomb_vartime(y_scalar, (ZERO - reduce(&HS), &pvt), (ZERO, &pvt)).unwrap();
        assert!(!accepts(&kpak, &pvt, &HS, &HE, &r, s()));
        // s = 0 and r = 0 together. The decoder refuses them before this.
        assert!(!accepts(&kpak, &pvt, &HS, &HE, &[0; 32], ZERO));
    }

    #[test]
    fn hashes_of_0_modulo_q_are_just_numbers() {
        let pvt = point(7);
        for (hs, he) in [(Q, HE), (HS, Q), (Q, Q), ([0; 32], [0; 32])] {
            let j = point(9);
            let kpak = kpak_for(&j, &pvt, &hs, &he, &j.x(), s());
            assert!(accepts(&kpak, &pvt, &hs, &he, &j.x(), s()));
            assert!(!accepts(&kpak, &pvt, &HS, &HE, &j.x(), s()));
        }
    }

    #[test]
    fn both_signs_of_s_verify() {
        let (pvt, j) = (point(7), point(9));
        let kpak = kpak_for(&j, &pvt, &HS, &HE, &j.x(), s());
        assert!(accepts(&kpak, &pvt, &HS, &HE, &j.x(), ZERO - s()));
    }
}
