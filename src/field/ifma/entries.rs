//! Tables of 32 entries from which each lane takes its own: what the combs in lanes read.
//!
//! An entry's elements stand packed in 64-bit limbs, 128 octets each, and become digits when they
//! are looked up: a comb is read from the second-level cache, where octets are what costs.

use core::arch::x86_64::*;

use super::columns::{Vectors, broadcast_digit, columns, pick, take_in};
use super::digits::{BITS, DIGITS, MASK};
use super::eight::Fp52x8;
use crate::backend::Ifma;
use crate::field::Fp;
use crate::words::from_digits;

/// Limbs of an element.
const LIMBS: usize = 16;

/// Entries of a table.
pub(crate) const ENTRIES: usize = 32;

/// Tables as they stand in a file: limbs of 8 little-endian octets.
#[repr(C, align(64))]
pub(crate) struct Table<const OCTETS: usize>(pub(crate) [u8; OCTETS]);

/// 32 entries of C elements each, of R = 2¹⁰⁴⁰ and below p + 2¹⁰¹²: limb, element, entry.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Entries<const C: usize>([[[u64; ENTRIES]; C]; LIMBS]);

impl<const C: usize> Entries<C> {
    /// Octets of a table.
    pub(crate) const SIZE: usize = size_of::<Self>();

    /// Entry e has the elements `elements[..][e]`.
    pub(crate) fn new(ifma: Ifma, elements: &[[Fp; ENTRIES]; C]) -> Self {
        Self::of_values(|c, chunk| Fp52x8::enter(ifma, &elements[c].as_chunks().0[chunk]))
    }

    /// Element c of the eight entries from 8·chunk on is in the lanes of `value(c, chunk)`.
    pub(crate) fn of_values(value: impl Fn(usize, usize) -> Fp52x8) -> Self {
        let mut limbs = [[[0; ENTRIES]; C]; LIMBS];
        for c in 0..C {
            for chunk in 0..ENTRIES / 8 {
                let value = value(c, chunk);
                let integers = columns(&value.0);
                for lane in 0..8 {
                    let digits: [_; DIGITS] = core::array::from_fn(|i| integers[i][lane]);
                    let packed: [_; LIMBS] = from_digits::<BITS, _, _>(&digits);
                    for (limb, value) in limbs.iter_mut().zip(packed) {
                        limb[c][8 * chunk + lane] = value;
                    }
                }
            }
        }
        Self(limbs)
    }

    /// The tables of a file.
    pub(crate) fn from_table<const OCTETS: usize>(_: Ifma, table: &Table<OCTETS>) -> &[Self] {
        const { assert!(OCTETS.is_multiple_of(Self::SIZE) && cfg!(target_endian = "little")) };
        // SAFETY: field::ifma clause 2: the table is a whole number of them, aligned as they are.
        unsafe { core::slice::from_raw_parts(table.0.as_ptr().cast(), OCTETS / Self::SIZE) }
    }

    /// What [`from_table`](Self::from_table) reads.
    #[cfg(test)]
    pub(crate) fn to_table(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.as_flattened().as_flattened().iter().flat_map(|limb| limb.to_le_bytes())
    }

    /// Asks for one of 20 parts of the table, to be found in the first-level cache later.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn prefetch(&self, part: usize) {
        const LINE: usize = 8;
        let lines = self.0.as_flattened().as_flattened().as_chunks::<LINE>().0;
        let share = lines.len().div_ceil(20);
        for line in lines.iter().skip(part * share).take(share) {
            _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast());
        }
    }

    /// A limb of element `c` of each lane's entry, within registers, from vectors loaded whole.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn select(&self, limb: usize, c: usize, (wanted, upper): (__m512i, __mmask8)) -> __m512i {
        let entries = |eight: usize| {
            let entries = &self.0[limb][c].as_chunks::<8>().0[eight];
            // SAFETY: field::ifma clause 2; the load takes any alignment.
            unsafe { _mm512_loadu_si512(entries.as_ptr().cast()) }
        };
        let low = _mm512_permutex2var_epi64(entries(0), wanted, entries(1));
        let high = _mm512_permutex2var_epi64(entries(2), wanted, entries(3));
        take_in(upper, low, high)
    }
}

/// The integers, packed in limbs, that a look-up found.
pub(crate) struct PackedIntegers([__m512i; LIMBS]);

/// The entries that the lanes ask for: their indices, and which are 16 or above.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn wanted(indices: [u8; 8]) -> (__m512i, __mmask8) {
    let wanted = pick(indices.map(i64::from));
    (wanted, _mm512_test_epi64_mask(wanted, broadcast_digit(16)))
}

/// Lane l finds element `c` of entry `indices[l]`; all entries are read.
///
/// Secret: the indices. Leaks: nothing.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn look_up<const C: usize>(
    table: &Entries<C>,
    c: usize,
    indices: [u8; 8],
) -> PackedIntegers {
    let wanted = wanted(indices);
    PackedIntegers(core::array::from_fn(|limb| table.select(limb, c, wanted)))
}

/// Lane l finds an element of entry `indices[l]` of that table in whose `lanes` it is, and of that
/// element in whose `places` it is; all entries of all tables are read.
///
/// Secret: the indices. Leaks: nothing.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn look_up_each<const T: usize, const C: usize>(
    tables: [(&Entries<C>, u8); T],
    places: [u8; C],
    indices: [u8; 8],
) -> PackedIntegers {
    let wanted = wanted(indices);
    let mut found = [_mm512_setzero_si512(); LIMBS];
    for limb in 0..LIMBS {
        for (table, lanes) in tables {
            for c in 0..C {
                let element = table.select(limb, c, wanted);
                found[limb] = take_in(lanes & places[c], found[limb], element);
            }
        }
    }
    PackedIntegers(found)
}

impl PackedIntegers {
    /// `other` in these lanes.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn or_in(&self, lanes: __mmask8, other: &Self) -> Self {
        Self(core::array::from_fn(|limb| take_in(lanes, self.0[limb], other.0[limb])))
    }

    /// Digit i.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn digit(&self, i: usize) -> __m512i {
        const { assert!(BITS * DIGITS >= 64 * LIMBS) };
        let (limb, shift) = (BITS * i / 64, BITS * i % 64);
        let mut bits = _mm512_srlv_epi64(self.0[limb], broadcast_digit(shift as u64));
        if shift > 64 - BITS && limb + 1 < LIMBS {
            let above = _mm512_sllv_epi64(self.0[limb + 1], broadcast_digit(64 - shift as u64));
            bits = _mm512_or_si512(bits, above);
        }
        _mm512_and_si512(bits, broadcast_digit(MASK))
    }

    /// All digits.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn digits(&self) -> Vectors {
        core::array::from_fn(|i| self.digit(i))
    }
}
