//! Sums and products of 64-bit words with their carries. The fields of both schemes are built from them.

#![expect(clippy::cast_possible_truncation, reason = "the halves of a double word are taken apart")]

/// a + b + carry as (low, carry out); carry is 0 or 1.
///
/// LLVM finds the carry chain in this form, but not in a sum of double words.
#[inline]
pub(crate) const fn adc(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry);
    (sum, (first | second) as u64)
}

/// a − b − borrow as (low, borrow out); borrow is 0 or 1.
#[inline]
pub(crate) const fn sbb(a: u64, b: u64, borrow: u64) -> (u64, u64) {
    let (difference, first) = a.overflowing_sub(b);
    let (difference, second) = difference.overflowing_sub(borrow);
    (difference, (first | second) as u64)
}

/// acc + x·y + carry as (low, high): at most (2⁶⁴−1) + (2⁶⁴−1)² + (2⁶⁴−1) = 2¹²⁸ − 1.
#[inline]
pub(crate) const fn mac(acc: u64, x: u64, y: u64, carry: u64) -> (u64, u64) {
    let sum = acc as u128 + x as u128 * y as u128 + carry as u128;
    (sum as u64, (sum >> 64) as u64)
}

/// −1/m mod 2⁶⁴ for an odd m.
///
/// Newton's iteration x ← x(2 − mx) doubles the number of correct bits. x = m is correct in 3 bits, and 3·2⁵ ≥ 64.
pub(crate) const fn minus_inverse(m: u64) -> u64 {
    let mut x = m;
    let mut step = 0;
    while step < 5 {
        x = x.wrapping_mul(2u64.wrapping_sub(m.wrapping_mul(x)));
        step += 1;
    }
    x.wrapping_neg()
}

/// `count` bits of x from `place` on, 0 beyond its end; 1 ≤ count ≤ 64.
#[inline]
pub(crate) const fn bits(x: &[u64], place: usize, count: usize) -> u64 {
    let (word, shift) = (place / 64, place % 64);
    let low = if word < x.len() { x[word] >> shift } else { 0 };
    // A shift by 1 comes first, because there is none by 64.
    let high = if word + 1 < x.len() { x[word + 1] << 1 << (63 - shift) } else { 0 };
    (low | high) & (u64::MAX >> (64 - count))
}

/// The lowest `DIGITS` digits of an integer, with `BITS` bits each, least significant first.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) const fn to_digits<const BITS: usize, const WORDS: usize, const DIGITS: usize>(
    words: &[u64; WORDS],
) -> [u64; DIGITS] {
    let mut digits = [0; DIGITS];
    let mut i = 0;
    while i < DIGITS {
        digits[i] = bits(words, BITS * i, BITS);
        i += 1;
    }
    digits
}

/// The integer of these digits, least significant first, modulo 2^(64·`WORDS`). `BITS` is at least 33, and a digit may
/// be larger than its bits allow, up to 2⁶³.
pub(crate) const fn from_digits<const BITS: usize, const DIGITS: usize, const WORDS: usize>(
    digits: &[u64; DIGITS],
) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    let (mut sum, mut digit, mut word) = (0u128, 0, 0);
    while word < WORDS {
        while digit < DIGITS && BITS * digit < 64 * (word + 1) {
            sum += (digits[digit] as u128) << (BITS * digit - 64 * word);
            digit += 1;
        }
        words[word] = sum as u64;
        sum >>= 64;
        word += 1;
    }
    words
}

/// 2ⁿ·x mod m for x < m. It branches: for compile time only.
pub(crate) const fn doubled_modulo<const N: usize>(
    mut x: [u64; N],
    n: usize,
    m: &[u64; N],
) -> [u64; N] {
    let mut doublings = 0;
    while doublings < n {
        let (mut twice, mut less_m) = ([0; N], [0; N]);
        let (mut carry, mut borrow) = (0, 0);
        let mut i = 0;
        while i < N {
            (twice[i], carry) = adc(x[i], x[i], carry);
            (less_m[i], borrow) = sbb(twice[i], m[i], borrow);
            i += 1;
        }
        x = if carry == 0 && borrow == 1 { twice } else { less_m };
        doublings += 1;
    }
    x
}

/// Integer `index` of a table file: N words of 8 octets, each with the least significant first.
pub(crate) const fn from_table<const N: usize>(file: &[u8], index: usize) -> [u64; N] {
    let mut words = [0; N];
    let mut octet = 0;
    while octet < 8 * N {
        words[octet / 8] |= (file[8 * N * index + octet] as u64) << (8 * (octet % 8));
        octet += 1;
    }
    words
}
