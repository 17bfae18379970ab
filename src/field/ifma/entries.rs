//! Tables of 32 entries, of which each lane looks up its own. The combs in lanes read them.
//!
//! In [`Entries`] the elements are packed in 64-bit limbs, 128 octets each, and become digits when they are looked up.
//! A comb is read from the second-level cache, so its cost is the number of octets.
//!
//! In [`DigitEntries`] the elements are digits, 160 octets each. An addition to eight points looks up three elements at
//! once: if it had to unpack them, a batch of multiplications would take 10 % longer.

use core::arch::x86_64::*;

use super::columns::{broadcast_digit, columns, pick, take_in};
use super::digits::{BITS, DIGITS, MASK};
use super::eight::Fp52x8;
use crate::backend::Ifma;
use crate::field::Fp;
use crate::words::from_digits;

/// The number of limbs in an element.
const LIMBS: usize = 16;

/// The number of entries in a table.
pub(crate) const ENTRIES: usize = 32;

/// Tables in the form that they have in a file: limbs of 8 little-endian octets.
#[repr(C, align(64))]
pub(crate) struct Table<const OCTETS: usize>(pub(crate) [u8; OCTETS]);

/// 32 entries of C elements each. The elements have R = 2¹⁰⁴⁰ and are below p + 2¹⁰¹². The array is indexed by limb,
/// element and entry.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Entries<const C: usize>([[[u64; ENTRIES]; C]; LIMBS]);

impl<const C: usize> Entries<C> {
    /// The size of a table in octets.
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
        // SAFETY: field::ifma clause 2: the file is a whole number of tables and has their alignment.
        unsafe { core::slice::from_raw_parts(table.0.as_ptr().cast(), OCTETS / Self::SIZE) }
    }

    /// The inverse of [`from_table`](Self::from_table).
    #[cfg(test)]
    pub(crate) fn to_table(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.as_flattened().as_flattened().iter().flat_map(|limb| limb.to_le_bytes())
    }

    /// Prefetches one of 20 parts of the table into the first-level cache.
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

    /// One limb of element `c` of each lane's entry. Whole vectors are loaded, and the selection is made in registers.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn select(&self, limb: usize, c: usize, (wanted, upper): Wanted) -> __m512i {
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

/// 32 entries of C elements each, as digits. The first index is the element, the second one
/// the quarter of the entries, which stand in the lanes of a value.
#[cfg(feature = "alloc")]
#[derive(Clone)]
pub(crate) struct DigitEntries<const C: usize>([[Fp52x8; ENTRIES / 8]; C]);

#[cfg(feature = "alloc")]
impl<const C: usize> DigitEntries<C> {
    /// Octets of a table.
    pub(crate) const SIZE: usize = size_of::<Self>();

    /// Entry e has the elements `elements[..][e]`.
    pub(crate) fn new(ifma: Ifma, elements: &[[Fp; ENTRIES]; C]) -> Self {
        Self::of_values(|c, chunk| Fp52x8::enter(ifma, &elements[c].as_chunks().0[chunk]))
    }

    /// Element c of the eight entries from 8·chunk on is in the lanes of `value(c, chunk)`.
    pub(crate) fn of_values(value: impl Fn(usize, usize) -> Fp52x8) -> Self {
        Self(core::array::from_fn(|c| core::array::from_fn(|chunk| value(c, chunk))))
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
        let digits = self.0.as_flattened().iter().flat_map(|value| *columns(&value.0));
        digits.flatten().flat_map(u64::to_le_bytes)
    }

    /// Digit i of element `c` of each lane's entry. Whole vectors are loaded, and the selection is made in registers.
    ///
    /// Secret: which entries are wanted. Leaks: nothing.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(crate) fn digit(&self, c: usize, i: usize, (wanted, upper): Wanted) -> __m512i {
        let [a, b, c, d] = &self.0[c];
        let low = _mm512_permutex2var_epi64(a.0[i], wanted, b.0[i]);
        let high = _mm512_permutex2var_epi64(c.0[i], wanted, d.0[i]);
        take_in(upper, low, high)
    }
}

/// The integers that a look-up found, packed in limbs.
pub(crate) struct PackedIntegers([__m512i; LIMBS]);

/// The indices of the entries that the lanes ask for, and the mask of those that are 16 or above.
pub(crate) type Wanted = (__m512i, __mmask8);

/// The entries with these indices.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(crate) fn wanted(indices: [u8; 8]) -> Wanted {
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

/// Lane l finds an element of entry `indices[l]`. The table is the one whose lanes contain l, and the element the one
/// whose `places` contain l. All entries of all tables are read.
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
}
