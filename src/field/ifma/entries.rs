//! Tables of 32 entries from which each lane takes its own: what the combs in lanes read.
//!
//! An entry's elements stand packed in 64-bit limbs, 128 octets each, and become digits when they
//! are looked up: a comb is read from the second-level cache, where octets are what costs.

use core::arch::x86_64::*;

use super::columns::{Vectors, broadcast_digit, columns, normalise, take_in};
use super::digits::{BITS, DIGITS, MASK};
use super::eight::{Fp52x8, Table};
use crate::backend::Ifma;
use crate::field::Fp;
use crate::words::from_digits;

/// Limbs of an element.
const LIMBS: usize = 16;

/// Entries of a table.
pub(crate) const ENTRIES: usize = 32;

/// 32 entries of C elements each, of R = 2¹⁰⁴⁰ and below p + 2¹⁰¹²: limb, element, entry.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Entries<const C: usize>([[[u64; ENTRIES]; C]; LIMBS]);

impl<const C: usize> Entries<C> {
    /// Octets of a table.
    pub(crate) const SIZE: usize = size_of::<Self>();

    /// Entry e has the elements `elements[..][e]`.
    pub(crate) fn new(ifma: Ifma, elements: &[[Fp; ENTRIES]; C]) -> Self {
        let mut limbs = [[[0; ENTRIES]; C]; LIMBS];
        for (c, element) in elements.iter().enumerate() {
            for (chunk, eight) in element.as_chunks().0.iter().enumerate() {
                let value = Fp52x8::enter(ifma, eight);
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

    /// Entries 8·quarter to 8·quarter + 7.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn load(&self, limb: usize, c: usize, quarter: usize) -> __m512i {
        let eight = &self.0[limb][c].as_chunks::<8>().0[quarter];
        // SAFETY: field::ifma clause 2; the load takes any alignment.
        unsafe { _mm512_loadu_si512(eight.as_ptr().cast()) }
    }
}

/// The integers, packed in limbs, that a look-up found.
pub(crate) struct PackedIntegers([__m512i; LIMBS]);

/// Lane l finds an element of entry `indices[l]` of that table in whose `lanes` it is, and of that
/// element in whose `places` it is; all entries of all tables are read.
///
/// Selection is within registers, between vectors loaded whole.
///
/// Secret: the indices. Leaks: nothing.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn look_up<const T: usize, const C: usize>(
    tables: [(&Entries<C>, u8); T],
    places: [u8; C],
    indices: [u8; 8],
) -> PackedIntegers {
    let [a, b, c, d, e, f, g, h] = indices.map(i64::from);
    let wanted = _mm512_setr_epi64(a, b, c, d, e, f, g, h);
    let upper = _mm512_test_epi64_mask(wanted, broadcast_digit(16));
    let zero = _mm512_setzero_si512();
    let mut found = [zero; LIMBS];
    for limb in 0..LIMBS {
        let mut all = zero;
        for (table, lanes) in tables {
            let (mut low, mut high) = (zero, zero);
            for c in 0..C {
                let quarter = |q| table.load(limb, c, q);
                let picked =
                    _mm512_maskz_permutex2var_epi64(places[c], quarter(0), wanted, quarter(1));
                low = _mm512_or_si512(low, picked);
                let picked =
                    _mm512_maskz_permutex2var_epi64(places[c], quarter(2), wanted, quarter(3));
                high = _mm512_or_si512(high, picked);
            }
            all = take_in(lanes & !upper, all, low);
            all = take_in(lanes & upper, all, high);
        }
        found[limb] = all;
    }
    PackedIntegers(found)
}

impl PackedIntegers {
    /// The integers that `digit` makes of digit i of what was found: it may be of either sign and
    /// below 2⁶² in size.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn normalise(&self, digit: impl Fn(usize, __m512i) -> __m512i) -> Vectors {
        let mask = broadcast_digit(MASK);
        normalise(|i| {
            let (limb, shift) = (BITS * i / 64, BITS * i % 64);
            let mut bits = _mm512_srlv_epi64(self.0[limb], broadcast_digit(shift as u64));
            if shift > 64 - BITS && limb + 1 < LIMBS {
                let above = _mm512_sllv_epi64(self.0[limb + 1], broadcast_digit(64 - shift as u64));
                bits = _mm512_or_si512(bits, above);
            }
            digit(i, _mm512_and_si512(bits, mask))
        })
    }
}

const _: () = assert!(BITS * DIGITS >= 64 * LIMBS);
