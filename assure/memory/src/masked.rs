//! Octets under a mask, so that the search does not find what this program itself holds.

use std::hint::black_box;

use zeroize::Zeroizing;

/// No two neighbouring octets of the mask are equal, so that a shifted secret isn't its own mask.
fn mask(i: usize) -> u8 {
    black_box(0xa5u8).wrapping_add((i as u8).wrapping_mul(0x3b))
}

/// Octets that are stored masked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Masked(pub Vec<u8>);

impl Masked {
    pub fn new(plain: &[u8]) -> Self {
        Self(plain.iter().enumerate().map(|(i, octet)| octet ^ mask(i)).collect())
    }

    pub fn to_hex(&self) -> String {
        self.0.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    pub fn from_hex(hex: &str) -> Self {
        let digit = |i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex");
        Self((0..hex.len() / 2).map(digit).collect())
    }

    /// The plain octets, wiped when they are dropped.
    pub fn plain<const N: usize>(&self) -> Zeroizing<[u8; N]> {
        assert_eq!(self.0.len(), N);
        let mut plain = Zeroizing::new([0; N]);
        for (i, octet) in self.0.iter().enumerate() {
            // One octet at a time, because vectors of octets would be left in registers and spilled.
            plain[i] = black_box(octet ^ mask(i));
        }
        plain
    }

    /// The plain octets, for values that aren't secret.
    pub fn to_vec(&self) -> Vec<u8> {
        self.0.iter().enumerate().map(|(i, octet)| octet ^ mask(i)).collect()
    }

    /// Whether `memory` starts with these octets.
    pub fn is_at(&self, memory: &[u8]) -> bool {
        self.0.len() <= memory.len()
            && self
                .0
                .iter()
                .zip(memory)
                .enumerate()
                .all(|(i, (own, octet))| *own == octet ^ mask(i))
    }

    /// The first two octets of every plain text whose masked form starts like this one.
    pub fn start(&self) -> u16 {
        u16::from_be_bytes([self.0[0] ^ mask(0), self.0[1] ^ mask(1)])
    }
}
