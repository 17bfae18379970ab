//! Integers in signed digits, which choose the entries of a table.
//!
//! The negative of a point, or the inverse of a power, costs next to nothing. So with digits of both signs a
//! table needs only half the entries. An integer stands as words of 64 bits, the least significant first. Its digits
//! stand in the same order.

#![expect(clippy::cast_possible_truncation, reason = "a window has few bits")]

use subtle::Choice;

use crate::words::bits;

/// The non-adjacent form of width w: k = Σ dᵢ·2ⁱ, where each dᵢ is 0, or odd with |dᵢ| < 2ʷ⁻¹. Of w neighbouring
/// digits at most one isn't 0, and of all digits one in w + 1 on average. For 2 ≤ w ≤ 8.
///
/// Leaks k.
pub(crate) const fn non_adjacent<const COUNT: usize>(k: &[u64], width: usize) -> [i8; COUNT] {
    debug_assert!(width >= 2 && width <= 8, "a digit is an i8");
    let mut digits = [0; COUNT];
    let (mut place, mut carry) = (0, 0);
    while place < COUNT {
        let window = bits(k, place, width) as i16 + carry;
        if window % 2 == 0 {
            // The digit is 0. A carry into a run of ones stays a carry.
            place += 1;
            continue;
        }
        // A window of the upper half becomes negative and carries.
        carry = window >> (width - 1);
        digits[place] = (window - (carry << width)) as i8;
        place += width;
    }
    debug_assert!(carry == 0 && is_below(k, place), "there is a place for every digit");
    digits
}

/// Windows of w bits: k = Σ dᵢ·2ʷⁱ, where −2ʷ⁻¹ < dᵢ ≤ 2ʷ⁻¹. For w ≤ 6.
///
/// They are written where they stay, as a result that is moved leaves a copy on the stack.
///
/// Secret: k. Leaks: nothing.
pub(crate) const fn windows<const COUNT: usize>(k: &[u64], width: usize, digits: &mut [i8; COUNT]) {
    debug_assert!(width <= 6, "a window and its carry are an i8");
    let (mut i, mut carry) = (0, 0);
    while i < COUNT {
        let window = bits(k, width * i, width) as i8 + carry;
        // 1 from 2ʷ⁻¹ + 1 on.
        carry = (window + (1 << (width - 1)) - 1) >> width;
        digits[i] = window - (carry << width);
        i += 1;
    }
    debug_assert!(carry == 0 && is_below(k, width * COUNT), "there is a place for every digit");
}

/// Whether k < 2ⁿ. For assertions.
const fn is_below(k: &[u64], n: usize) -> bool {
    let mut place = n;
    while place < 64 * k.len() {
        if bits(k, place, 1) == 1 {
            return false;
        }
        place += 1;
    }
    true
}

/// The digits with the most significant first.
pub(crate) const fn reversed<const COUNT: usize>(digits: [i8; COUNT]) -> [i8; COUNT] {
    let mut reversed = [0; COUNT];
    let mut i = 0;
    while i < COUNT {
        reversed[i] = digits[COUNT - 1 - i];
        i += 1;
    }
    reversed
}

/// Digits ±1 of a comb, as bits that are 1 for +1: every `distance`-th bit of k from `first` on, `teeth` of them.
///
/// Secret: k. Leaks: nothing.
#[inline]
pub(crate) fn teeth(k: &[u64], first: usize, distance: usize, teeth: usize) -> u64 {
    let bit = |place: usize| k.get(place / 64).map_or(0, |word| word >> (place % 64) & 1);
    (0..teeth).fold(0, |digits, t| digits | bit(first + distance * t) << t)
}

/// The entry of a [`table`] for `count` digits ±1, given as bits, and whether it is to be negated.
///
/// The top digit of an entry is +1. Bit t of its index is 1 if digit t has the sign of the top one.
///
/// Secret: the digits. Leaks: nothing.
#[inline]
pub(crate) fn entry(digits: u64, count: usize) -> (u8, Choice) {
    let negative = 1 ^ (digits >> (count - 1));
    let index = (digits ^ negative.wrapping_neg()) & ((1 << (count - 1)) - 1);
    (index as u8, Choice::from(negative as u8))
}

/// The indices of the entries of all lanes. Bit l of the mask tells whether that of lane l is to be negated.
#[cfg(target_arch = "x86_64")]
pub(crate) fn of_lanes<const N: usize>(entries: [(u8, Choice); N]) -> ([u8; N], u8) {
    let negative = entries.iter().rev().fold(0, |mask, (_, sign)| mask << 1 | sign.unwrap_u8());
    (entries.map(|(index, _)| index), negative)
}

/// The sums that [`entry`] chooses from. Entry e adds tooth t if bit t of e is 1, and subtracts it if not. The top
/// tooth is always added.
///
/// For n teeth it takes 2ⁿ⁻¹ + n − 2 sums and n − 1 doublings in the group. `sum` must handle every case that comes up.
pub(crate) fn table<T: Copy, const TEETH: usize, const ENTRIES: usize>(
    teeth: &[T; TEETH],
    sum: impl Fn(T, T) -> T,
    negate: impl Fn(T) -> T,
    double: impl Fn(T) -> T,
) -> [T; ENTRIES] {
    const { assert!(ENTRIES == 1 << (TEETH - 1)) };
    let (lower, top) = teeth.split_at(TEETH - 1);
    let lowest = lower.iter().fold(top[0], |total, tooth| sum(total, negate(*tooth)));
    let mut table = [lowest; ENTRIES];
    for (bit, tooth) in lower.iter().enumerate() {
        // A tooth that is added instead of subtracted adds twice itself.
        let twice = double(*tooth);
        for entry in 1 << bit..2 << bit {
            table[entry] = sum(table[entry ^ (1 << bit)], twice);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Integers with runs of ones and of zeros, in 80 bits.
    fn integers() -> impl Iterator<Item = u128> {
        let edges = [0, 1, 2, 0x5555, 0xaaaa, (1 << 80) - 1, 1 << 79, 0xffff_0000_ffff];
        edges
            .into_iter()
            .chain((1..200u128).map(|i| (i * 0x9e37_79b9_7f4a_7c15_f39c) >> 7 << 48 >> 48))
    }

    fn words(k: u128) -> [u64; 2] {
        [k as u64, (k >> 64) as u64]
    }

    /// Σ dᵢ·2ⁱˢ.
    fn value(digits: &[i8], step: usize) -> i128 {
        digits.iter().rev().fold(0, |value, digit| (value << step) + i128::from(*digit))
    }

    #[test]
    fn the_non_adjacent_form_is_the_integer() {
        for k in integers() {
            for width in 2..=8 {
                let digits: [i8; 90] = non_adjacent(&words(k), width);
                assert_eq!(value(&digits, 1), k.cast_signed());
                assert!(
                    digits
                        .iter()
                        .all(|d| *d == 0 || d % 2 != 0 && d.unsigned_abs() < 1 << (width - 1))
                );
                assert!(digits.windows(width).all(|w| w.iter().filter(|d| **d != 0).count() <= 1));
            }
        }
    }

    #[test]
    fn windows_are_the_integer() {
        for k in integers() {
            let (mut three, mut five) = ([0; 30], [0; 18]);
            windows(&words(k), 3, &mut three);
            windows(&words(k), 5, &mut five);
            assert_eq!((value(&three, 3), value(&five, 5)), (k.cast_signed(), k.cast_signed()));
            assert!(three.iter().all(|digit| (-3..=4).contains(digit)));
            assert!(five.iter().all(|digit| (-15..=16).contains(digit)));
            assert!(reversed(five).iter().rev().eq(&five));
        }
    }

    #[test]
    fn an_entry_is_the_sum_of_its_digits() {
        let of = |i: i32| 1 << (3 * i);
        let table: [i32; 16] = table(&[0, 1, 2, 3, 4].map(of), |a, b| a + b, |a| -a, |a| 2 * a);
        for digits in 0..32u64 {
            let sum: i32 = (0..5).map(|t| if digits >> t & 1 == 1 { of(t) } else { -of(t) }).sum();
            let (index, negative) = entry(digits, 5);
            let found = table[usize::from(index)];
            assert_eq!(if bool::from(negative) { -found } else { found }, sum);
        }
    }

    #[test]
    fn teeth_are_taken_at_their_distance() {
        let k = [0x8000_0000_0000_0001, 0b1001];
        assert_eq!(teeth(&k, 0, 63, 3), 0b011);
        assert_eq!(teeth(&k, 64, 1, 4), 0b1001);
        assert_eq!(teeth(&k, 67, 100, 2), 0b01);
    }
}
