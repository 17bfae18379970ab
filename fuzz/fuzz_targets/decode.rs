//! Every decoder takes any octets. What it accepts encodes to the same octets, because a value has one encoding.
#![no_main]

use eccsi_sakke::{Identifier, eccsi, hazmat, sakke};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(key) = eccsi::KmsPublicKey::try_from(data) {
        assert_eq!(key.to_bytes(), data);
    }
    if let Ok(key) = eccsi::KmsSecretKey::try_from(data) {
        assert_eq!(&key.to_bytes()[..], data);
    }
    if let Ok(signature) = eccsi::Signature::try_from(data) {
        assert_eq!(signature.to_bytes(), data);
        assert_eq!([&signature.r()[..], &signature.s(), &signature.pvt()].concat(), data);
    }
    if let Ok(key) = sakke::KmsPublicKey::try_from(data) {
        assert_eq!(key.to_bytes(), data);
    }
    if let Ok(key) = sakke::KmsSecretKey::try_from(data) {
        assert_eq!(&key.to_bytes()[..], data);
    }
    if let Ok(sealed) = sakke::Encapsulation::try_from(data) {
        assert_eq!(sealed.to_bytes(), data);
    }
    if let Ok(ssv) = sakke::SharedSecret::try_from(data) {
        assert_eq!(ssv.as_bytes(), data);
    }
    if let Ok(point) = hazmat::Point::try_from(data) {
        assert_eq!(point.to_bytes(), data);
    }
    if let Ok(id) = Identifier::try_from(data) {
        assert_eq!(id.as_bytes(), data);
    }
    let (n, s) =
        data.split_at(data.len().min(130).min(data.first().map_or(0, |n| usize::from(*n))));
    let _ = hazmat::hash_to_integer_range(s, n);
});
