//! Leaks that must be found. If one of them gives no error, a run without errors proves nothing.

use std::hint::black_box;

use eccsi_sakke::hazmat;

use crate::client::secret;

/// A branch on a secret bit.
pub fn branch() {
    let octets = secret([5u8; 32]);
    if black_box(octets[3]) & 1 == 1 {
        black_box(&octets);
    }
}

/// A table that is read at a secret index.
pub fn index() {
    let table: [u8; 256] = black_box(std::array::from_fn(|i| (i * 37 % 251) as u8));
    let octets = secret([5u8; 32]);
    black_box(table[usize::from(octets[0])]);
}

/// A comparison that ends at the first difference.
pub fn early_exit() {
    let (a, b) = (secret([5u8; 100]), black_box([5u8; 100]));
    let mut same = true;
    for i in 0..100 {
        if a[i] != black_box(b[i]) {
            same = false;
            break;
        }
    }
    black_box(same);
}

/// Euclid's algorithm, whose number of rounds depends on the secret.
pub fn inversion() {
    let (mut a, mut b) = (secret(0x1234_5678_9abc_def1_u64), black_box(0xffff_ffff_ffff_ffc5));
    while black_box(a) != 0 {
        if black_box(a) & 1 == 0 {
            a >>= 1;
        } else {
            if black_box(a) < black_box(b) {
                std::mem::swap(&mut a, &mut b);
            }
            a -= b;
        }
    }
    black_box(b);
}

/// A quotient of a secret. valgrind doesn't notice it, and the search of the disassembly must.
#[inline(never)]
pub fn division(a: u64, b: u64) -> u64 {
    a / (b | 1)
}

/// A function of the crate that leaks its modulus, as its documentation says.
pub fn leaking_function() {
    let modulus = secret([0x80u8; 32]);
    let _ = black_box(hazmat::hash_to_integer_range(b"s", &modulus));
}
