//! KPAK, PVT, SSK, J, s and the verifier's sum of ECCSI are those that the crate `p256` gives.
//!
//! The input is KSAK, v and j of 32 octets each, one octet with the length of the identifier, the identifier, and the
//! message.
#![no_main]

use eccsi_sakke::eccsi::KmsSecretKey;
use eccsi_sakke_fuzz::take;
use libfuzzer_sys::fuzz_target;
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::{FieldBytes, ProjectivePoint, Scalar};

fn scalar(octets: &[u8; 32]) -> Option<Scalar> {
    Scalar::from_repr(FieldBytes::from(*octets)).into_option().filter(|x| *x != Scalar::ZERO)
}

/// [k]G on 65 octets.
fn multiple(k: &Scalar) -> [u8; 65] {
    octets(ProjectivePoint::GENERATOR * *k)
}

fn octets(point: ProjectivePoint) -> [u8; 65] {
    let point = point.to_affine();
    let mut octets = [4; 65];
    octets[1..33].copy_from_slice(&point.x());
    octets[33..].copy_from_slice(&point.y());
    octets
}

fn reduce(octets: &[u8; 32]) -> Scalar {
    Scalar::reduce(&FieldBytes::from(*octets))
}

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let [ksak, v, j]: [[u8; 32]; 3] = [(); 3].map(|()| take(&mut data));
    let length = usize::from(take::<1>(&mut data)[0]).min(data.len());
    let (id, message) = data.split_at(length);

    let kms = KmsSecretKey::try_from(&ksak);
    assert_eq!(kms.is_ok(), scalar(&ksak).is_some());
    let (Ok(kms), Some(ksak)) = (kms, scalar(&ksak)) else { return };
    assert_eq!(kms.public_key().to_bytes(), multiple(&ksak));
    let issued = kms.issue_with_v(&v, id);
    assert_eq!(issued.is_ok(), scalar(&v).is_some());
    let (Ok(key), Some(v)) = (issued, scalar(&v)) else { return };
    assert_eq!(key.pvt(), multiple(&v));
    let traced = key.trace_with_j(&j, &[message]);
    assert_eq!(traced.is_ok(), scalar(&j).is_some());
    let (Ok(traced), Some(j)) = (traced, scalar(&j)) else { return };

    let ssk = ksak + reduce(&traced.hs) * v;
    assert_eq!(key.ssk()[..], ssk.to_repr()[..]);
    assert_eq!(traced.j, multiple(&j));
    let r = traced.signature.r();
    assert_eq!(r, traced.j[1..33]);
    let divisor = reduce(&traced.he) + reduce(&r) * ssk;
    assert_eq!(reduce(&traced.signature.s()) * divisor, j);

    let verifying = kms.public_key().verifying_key(id);
    verifying.verify(message, &traced.signature).expect("its own");
    let seen = verifying.trace(&[message], &traced.signature).expect("not infinity");
    let y = ProjectivePoint::GENERATOR * (reduce(&traced.hs) * v + ksak);
    assert_eq!((seen.y, seen.j), (octets(y), traced.j));
});
