//! Values that are the same in every run.

use sha2::{Digest, Sha256};

/// N octets that depend on the name and the number.
pub fn octets<const N: usize>(what: &str, number: u32) -> [u8; N] {
    let block = |i: u8| Sha256::digest([what.as_bytes(), &number.to_be_bytes(), &[i]].concat());
    let blocks: Vec<u8> = (0..4).flat_map(block).collect();
    blocks[..N].try_into().expect("at most 128")
}

/// The first number for which `fits` holds.
pub fn first(fits: impl Fn(u32) -> bool) -> u32 {
    (0..).find(|number| fits(*number)).expect("there is one")
}

/// 128 octets that are an integer below q of SAKKE.
pub fn below_q(what: &str, number: u32) -> [u8; 128] {
    let mut octets: [u8; 128] = octets(what, number);
    octets[0] &= 0x1f;
    octets
}
