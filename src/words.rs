//! Sums and products of 64-bit words with their carries, from which the fields of both schemes are
//! built.

#![expect(clippy::cast_possible_truncation, reason = "the halves of a double word are taken apart")]

/// a + b + carry as (low, carry out); carry is 0 or 1.
///
/// In this form, and not as a sum of double words, LLVM sees the carry chain.
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
/// By Newton's iteration x ← x(2 − mx), which doubles the correct bits: x = m is right to 3 bits,
/// and 3·2⁵ ≥ 64.
pub(crate) const fn minus_inverse(m: u64) -> u64 {
    let mut x = m;
    let mut step = 0;
    while step < 5 {
        x = x.wrapping_mul(2u64.wrapping_sub(m.wrapping_mul(x)));
        step += 1;
    }
    x.wrapping_neg()
}

/// The digits of an integer, of `BITS` bits each and so many as asked for, least significant first.
pub(crate) const fn to_digits<const BITS: usize, const WORDS: usize, const DIGITS: usize>(
    words: &[u64; WORDS],
) -> [u64; DIGITS] {
    let mut digits = [0; DIGITS];
    let mut i = 0;
    while i < DIGITS {
        let (word, shift) = (BITS * i / 64, BITS * i % 64);
        let here = if word < WORDS { words[word] } else { 0 };
        let above = if word + 1 < WORDS { words[word + 1] } else { 0 };
        // above << (64 - shift), which is 0 for shift 0.
        digits[i] = (here >> shift | (above << 1) << (63 - shift)) & ((1 << BITS) - 1);
        i += 1;
    }
    digits
}

/// The inverse of [`to_digits`], modulo 2^(64·`WORDS`); digits of 33 bits or more may each be larger than
/// `BITS` allow, up to 2⁶³.
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
