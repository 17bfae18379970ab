//! RFC 6507 section 5.2.2: verifying a signature. Everything here is public.

use core::fmt;

use sha2::Sha256;

use super::curve::{self, Point};
use super::{KmsPublicKey, Signature, hash_of_signer, he, hs};
use crate::error::Error;

/// What verifies one signer's signatures: KPAK and the signer's identifier, as the state of
/// SHA-256 after G ‖ KPAK ‖ ID.
///
/// Make it once per signer and period and keep it; its size doesn't depend on the identifier's.
#[derive(Clone)]
pub struct VerifyingKey {
    kpak: Point,
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

    /// [`verify`](Self::verify) over the parts of a message, one after the other.
    pub fn verify_parts(&self, message: &[&[u8]], signature: &Signature) -> Result<(), Error> {
        let hs = self.hs(signature);
        let he = he(&hs, &signature.r(), message);
        match recovered_j_vartime(
            &self.kpak,
            signature.pvt(),
            &hs,
            &he,
            &signature.r(),
            signature.s(),
        ) {
            Some(j) if is_accepted(&j.x(), &signature.r()) => Ok(()),
            _ => Err(Error::Rejected),
        }
    }

    /// The values met while verifying; whether they verify is not looked at.
    ///
    /// Errors: [`Error::Rejected`] if Y or J is infinity.
    #[cfg(feature = "hazmat")]
    #[cfg_attr(docsrs, doc(cfg(feature = "hazmat")))]
    pub fn trace(&self, message: &[&[u8]], signature: &Signature) -> Result<VerifyingTrace, Error> {
        let hs = self.hs(signature);
        let he = he(&hs, &signature.r(), message);
        let (zero, one) = (curve::Scalar::ZERO, curve::Scalar::ONE);
        let y =
            Point::lincomb_vartime(zero, (curve::reduce(&hs), signature.pvt()), (one, &self.kpak));
        let j = recovered_j_vartime(
            &self.kpak,
            signature.pvt(),
            &hs,
            &he,
            &signature.r(),
            signature.s(),
        );
        Ok(VerifyingTrace {
            hs,
            he,
            y: *y.ok_or(Error::Rejected)?.as_bytes(),
            j: *j.ok_or(Error::Rejected)?.as_bytes(),
        })
    }

    fn hs(&self, signature: &Signature) -> [u8; 32] {
        hs(self.signer.clone(), signature.pvt())
    }
}

/// J = [s]([HE]G + [r]Y) with Y = [HS]PVT + KPAK, as one sum [s·HE]G + [s·r]KPAK + [s·r·HS]PVT;
/// none if J is infinity.
fn recovered_j_vartime(
    kpak: &Point,
    pvt: &Point,
    hs: &[u8; 32],
    he: &[u8; 32],
    r: &[u8; 32],
    s: &curve::Scalar,
) -> Option<Point> {
    let s_r = curve::reduce(r) * s;
    let s_r_hs = curve::reduce(hs) * s_r;
    Point::lincomb_vartime(curve::reduce(he) * s, (s_r, kpak), (s_r_hs, pvt))
}

/// J_x = r and J_x ≠ 0. Both are below p, so equality modulo p is equality.
fn is_accepted(j_x: &[u8; 32], r: &[u8; 32]) -> bool {
    j_x == r && *r != [0; 32]
}

/// The values met while verifying.
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
        crate::debug::octets(f, "eccsi::VerifyingKey, KPAK ", self.kpak.as_bytes())
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
