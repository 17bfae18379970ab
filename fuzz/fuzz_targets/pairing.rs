//! The pairing is bilinear and symmetric, and the pairing of a prepared point is the same. Two ways to a power of g
//! agree.
//!
//! The input is two exponents of 128 octets each.
#![no_main]

use eccsi_sakke::hazmat::{self, Point, bench};
use eccsi_sakke::sakke::KmsSecretKey;
use eccsi_sakke_fuzz::take;
use libfuzzer_sys::fuzz_target;

/// The point [a]P, and a.
fn multiple(mut a: [u8; 128]) -> Option<(Point, [u8; 128])> {
    // With three bits cleared, it is usually below q.
    a[0] &= 0x1f;
    let public = KmsSecretKey::try_from(&a).ok()?.public_key().to_bytes();
    Some((Point::try_from(public.as_slice()).expect("of order q"), a))
}

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let (Some((p, a)), Some((q, b))) = (multiple(take(&mut data)), multiple(take(&mut data)))
    else {
        return;
    };
    let w = hazmat::pairing(&p, &q);
    assert_eq!(hazmat::pairing(&q, &p), w);
    assert_eq!(bench::PreparedPoint::new(&p).expect("prepared").pairing(&q), w);
    let g_a = bench::pow_g(&a);
    assert_eq!(hazmat::pairing(&p, &Point::GENERATOR), g_a);
    assert_eq!(hazmat::pf_pow(&g_a, &b), Ok(w));
});
