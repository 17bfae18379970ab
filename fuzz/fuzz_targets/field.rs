//! The field of the backend that runs agrees with crypto-bigint. Powers in PF_p show that, which are products, squares,
//! sums and an inversion in 𝔽_p, and so does the decision whether a point is on the curve.
//!
//! The input is a base of 128 octets and an exponent.
#![no_main]

use crypto_bigint::{NonZero, Odd, U1024};
use eccsi_sakke::{Error, hazmat, sakke};
use eccsi_sakke_fuzz::take;
use libfuzzer_sys::fuzz_target;

const P: Odd<U1024> = Odd::<U1024>::from_be_hex(
    "997abb1f0a563fda65c61198dad0657a416c0ce19cb48261be9ae358b3e01a2e\
     f40aab27e2fc0f1b228730d531a59cb0e791b39ff7c88a19356d27f4a666a6d0\
     e26c6487326b4cd4512ac5cd65681ce1b6aff4a831852a82a7cf3c521c3c09aa\
     9f94d6af56971f1ffce3e82389857db080c5df10ac7ace87666d807afea85feb",
);

/// (a + ib)(c + id)
fn mul([a, b]: [U1024; 2], [c, d]: [U1024; 2], p: &NonZero<U1024>) -> [U1024; 2] {
    let times = |x: &U1024, y: &U1024| x.mul_mod(y, p);
    [times(&a, &c).sub_mod(&times(&b, &d), p), times(&a, &d).add_mod(&times(&b, &c), p)]
}

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let octets: [u8; 128] = take(&mut data);
    let exponent = &data[..data.len().min(24)];
    let (p, base) = (P.as_nz_ref(), U1024::from_be_slice(&octets));
    let power = hazmat::pf_pow(&octets, exponent);
    if base >= *P.as_ref() {
        assert_eq!(power, Err(Error::Range));
        return;
    }
    let mut expected = [U1024::ONE, U1024::ZERO];
    for bit in exponent.iter().flat_map(|octet| (0..8).rev().map(move |i| octet >> i & 1)) {
        expected = mul(expected, expected, p);
        if bit == 1 {
            expected = mul(expected, [U1024::ONE, base], p);
        }
    }
    let [a, b] = expected;
    let expected = a.invert_odd_mod(&P).into_option().map(|inverse| b.mul_mod(&inverse, p));
    match expected {
        Some(expected) => assert_eq!(power.map(|power| U1024::from_be_slice(&power)), Ok(expected)),
        None => assert_eq!(power, Err(Error::Range)),
    }

    // A point is on the curve if y² = x³ − 3x. Such a point is accepted or has the wrong order.
    let mut second = [0; 128];
    second[..exponent.len()].copy_from_slice(exponent);
    let (x, y) = (base, U1024::from_be_slice(&second));
    let times = |x: &U1024, y: &U1024| x.mul_mod(y, p);
    let right = times(&x, &times(&x, &x).sub_mod(&U1024::from_u8(3), p));
    let on_curve = y < *P.as_ref() && times(&y, &y) == right;
    let point = [&[4], &octets[..], &second, &[0; 16]].concat();
    let taken = sakke::Encapsulation::try_from(point.as_slice());
    assert_eq!(taken.is_ok() || taken == Err(Error::WrongOrder), on_curve);
});
