//! [k]B for a base that is used again and again: G, or a known signer's Y.
//!
//! A comb of signed digits, all of them ±1 (Hamburg, Fast and compact elliptic-curve cryptography,
//! section 3.3): with m = TABLES·TEETH·STEPS ≥ 256 of them and k′ = (k + 2ᵐ − 1)/2 mod q,
//!
//! ```text
//! k ≡ Σ (2k′ᵢ − 1)·2ⁱ  (mod q),  i = 0 … m − 1
//! ```
//!
//! Digit s + STEPS·(t + TEETH·j) is tooth t of table j in step s. A table holds the sums of its
//! teeth with the top one positive, ENTRIES = 2ᵀᴱᴱᵀᴴ⁻¹ of them; the others are their negatives. No
//! digit is 0, so that every step adds a point of every table.
//!
//! # The cases the additions leave out
//!
//! [`Jacobian::add_affine`] does not add a point to itself or to its opposite, and gives Z = 0 for
//! ever after. For k = 0 that is right. Besides 0, each comb has one exceptional scalar: it meets
//! such a case in the last addition. [`Comb::mul`] looks at Z once, at the end, and takes another way
//! for it. `docs/p256-comb.md` proves this, and shows that nothing else depends on the scalar.

#![expect(clippy::cast_possible_truncation, reason = "a bit is taken out")]

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::Scalar;
#[cfg(target_arch = "x86_64")]
use super::adx::AdxFp;
use super::jacobian::{Affine, Element, Fp, Jacobian};
use super::residue::{Limbs, Modulus, Q, mask};
#[cfg(target_arch = "x86_64")]
use super::wide;
#[cfg(target_arch = "x86_64")]
use crate::backend::{Adx, Ifma};
use crate::ct;
use crate::fault;

/// The multiples of one base. Public.
#[derive(Clone)]
#[repr(C, align(64))]
pub(super) struct Comb<
    const TABLES: usize,
    const TEETH: usize,
    const ENTRIES: usize,
    const STEPS: usize,
>([[Affine<Fp>; ENTRIES]; TABLES]);

/// The comb of G: 43 tables of 32 entries, 86 KiB, and no doubling.
#[cfg(feature = "tables")]
pub(super) type OfGenerator = Comb<43, 6, 32, 1>;
/// The comb of G: one table of 16 entries, 1 KiB.
#[cfg(not(feature = "tables"))]
pub(super) type OfGenerator = Small;

/// One table of 16 entries, 1 KiB, and 51 doublings.
#[cfg(any(test, not(feature = "tables")))]
pub(super) type Small = Comb<1, 5, 16, 52>;

/// The comb of a known signer: 4 tables of 16 entries, 4 KiB, and 12 doublings.
pub(super) type OfSigner = Comb<4, 5, 16, 13>;

/// As `tests::write` made it.
#[cfg(feature = "tables")]
pub(super) static GENERATOR: OfGenerator = Comb::from_table(include_bytes!("comb/g-43x6x1.bin"));
#[cfg(not(feature = "tables"))]
pub(super) static GENERATOR: OfGenerator = Comb::from_table(include_bytes!("comb/g-1x5x52.bin"));

/// 2ᵐ − 1 mod q: 2²⁵⁶ mod q is below 2²²⁵, and m not much above 256.
const fn all_set(m: usize) -> Scalar {
    assert!(m >= 256 && m < 256 + 16);
    let mut power = super::residue::sub_limbs(&[0; 4], &Q::M).0;
    let mut i = 256;
    while i < m {
        power = super::residue::add_limbs(&power, &power).0;
        i += 1;
    }
    // 2ᵐ mod q isn't 0.
    Scalar::from_integer(super::residue::sub_limbs(&power, &[1, 0, 0, 0]).0)
}

/// k′ = (k + 2ᵐ − 1)/2 mod q.
fn all_set_digits(k: &Scalar, all_set: &Scalar) -> Limbs {
    Zeroizing::new((*k + *all_set).halve()).to_integer()
}

/// k′ for windows of `BITS` bits, m being the least multiple of them that holds 256: window i has
/// the value Σ (2k′ⱼ − 1)·2ʲ⁻ᴮᴵᵀˢ·ⁱ over its bits j, which is odd.
#[cfg(all(feature = "alloc", target_arch = "x86_64"))]
pub(super) fn all_odd<const BITS: usize>(k: &Scalar) -> Limbs {
    all_set_digits(k, &const { all_set(BITS * 256usize.div_ceil(BITS)) })
}

/// k′, see the module. Wiped on drop.
struct Digits(Zeroizing<Limbs>);

impl Digits {
    /// Digit `place` as 0 or 1; k′ has 256 bits.
    fn bit(&self, place: usize) -> u8 {
        self.0.get(place / 64).map_or(0, |limb| (limb >> (place % 64)) as u8 & 1)
    }
}

impl<const TABLES: usize, const TEETH: usize, const ENTRIES: usize, const STEPS: usize>
    Comb<TABLES, TEETH, ENTRIES, STEPS>
{
    /// m, see the module.
    const DIGITS: usize = {
        let digits = TABLES * TEETH * STEPS;
        assert!(ENTRIES == 1 << (TEETH - 1));
        digits
    };

    const ALL_SET: Scalar = all_set(Self::DIGITS);

    /// Entries as [`octets`](Self::octets) gives them.
    const fn from_table(file: &[u8]) -> Self {
        assert!(file.len() == size_of::<Self>());
        let zero = Affine { x: Fp::ZERO, y: Fp::ZERO };
        let mut tables = [[zero; ENTRIES]; TABLES];
        let mut i = 0;
        while i < TABLES * ENTRIES {
            tables[i / ENTRIES][i % ENTRIES] = super::table::entry(file, i);
            i += 1;
        }
        Self(tables)
    }

    /// The tables of a public base.
    ///
    /// m doublings, (TEETH + ENTRIES − 2)·TABLES additions, ENTRIES·TABLES points made affine with
    /// one inversion.
    pub(super) fn new_vartime(base: &Affine<Fp>) -> Self {
        let zero = Affine { x: Fp::ZERO, y: Fp::ZERO };
        let mut tables = [[zero; ENTRIES]; TABLES];
        let mut sums = [[Jacobian::INFINITY; ENTRIES]; TABLES];
        let mut power = Jacobian::from(base);
        for table in &mut sums {
            let mut teeth = [Jacobian::INFINITY; TEETH];
            for tooth in &mut teeth {
                *tooth = power;
                power = power.double_times(STEPS);
            }
            let (top, lower) = teeth.split_last().unwrap_or((&Jacobian::INFINITY, &[]));
            let mut lowest = *top;
            for tooth in lower {
                lowest = lowest.add_cached_vartime((), &tooth.cached().negate());
            }
            table[0] = lowest;
            for entry in 1..ENTRIES {
                // Turning the sign of a tooth adds it twice.
                let bit = entry.ilog2() as usize;
                let twice = lower[bit].double_times(1).cached();
                table[entry] = table[entry ^ (1 << bit)].add_cached_vartime((), &twice);
            }
        }
        super::normalize(sums.as_flattened(), tables.as_flattened_mut());
        Self(tables)
    }

    /// \[k\]B in constant time, infinity for k = 0.
    ///                       TABLES·STEPS additions (8M + 3S), STEPS − 1 doublings (3M + 6S)
    ///
    /// Secret: k. Leaks: whether it is 0 or the exceptional scalar.
    pub(super) fn mul(&self, k: &Scalar) -> Jacobian<Fp> {
        let product = self.mul_incomplete(k);
        if !is_infinity(&product) {
            return product;
        }
        // k/2 is another scalar, and there is one exceptional scalar only.
        self.mul_incomplete(&Zeroizing::new(k.halve())).double_times(1)
    }

    /// As [`mul`](Self::mul), but infinity for the exceptional scalar too.
    pub(super) fn mul_incomplete(&self, k: &Scalar) -> Jacobian<Fp> {
        #[cfg(target_arch = "x86_64")]
        if let Some(adx) = Adx::detect() {
            return match Ifma::detect() {
                Some(ifma) => {
                    self.mul_on::<AdxFp>(adx, k, |table, index| wide::lookup(ifma, table, index))
                }
                None => self.mul_on::<AdxFp>(adx, k, lookup),
            }
            .leave();
        }
        self.mul_on::<Fp>((), k, lookup)
    }

    /// [`mul_incomplete`](Self::mul_incomplete) in one form of the field, by one way to read a table
    /// whole.
    pub(super) fn mul_on<F: Element>(
        &self,
        token: F::Token,
        k: &Scalar,
        lookup: impl Fn(&[Affine<Fp>; ENTRIES], u8) -> Affine<Fp>,
    ) -> Jacobian<F> {
        let digits = Self::digits(k);
        let entry = |j: usize, step| {
            let (index, negative) = Self::entry(&digits, j, step);
            fault::passed("entry of the comb", lookup(&self.0[j], index).negate_if(negative))
        };
        if STEPS == 1 && TABLES > 1 {
            // The lower and the upper tables, side by side.
            let half = TABLES / 2;
            let mut lower = entry(0, 0).enter_jacobian::<F>(token);
            let mut upper = entry(half, 0).enter_jacobian::<F>(token);
            for j in 1..half {
                let entries = [&entry(j, 0).enter(token), &entry(half + j, 0).enter(token)];
                let sums = Jacobian::add_affine_two([&lower, &upper], entries);
                [lower, upper] = fault::passed("sums of entries", sums);
            }
            for j in 2 * half..TABLES {
                upper = upper.add_affine(&entry(j, 0).enter(token));
            }
            return lower.add_cached(&upper.cached());
        }
        let mut sum = entry(0, STEPS - 1).enter_jacobian::<F>(token);
        for step in (0..STEPS).rev() {
            if step < STEPS - 1 {
                sum = sum.double_times(1);
            }
            for j in usize::from(step == STEPS - 1)..TABLES {
                sum =
                    fault::passed("sums of entries", sum.add_affine(&entry(j, step).enter(token)));
            }
        }
        sum
    }

    /// \[k\]B. Leaks k.
    #[cfg(test)]
    pub(super) fn mul_vartime(&self, k: &Scalar) -> Jacobian<Fp> {
        self.add_mul_on::<Fp>((), Jacobian::INFINITY, k)
    }

    /// `sum` + \[k\]B in one form of the field. Leaks all of it.
    pub(super) fn add_mul_on<F: Element>(
        &self,
        token: F::Token,
        sum: Jacobian<F>,
        k: &Scalar,
    ) -> Jacobian<F> {
        if STEPS > 1 && !sum.is_infinity_vartime() {
            // The doublings are for the comb's own points.
            let product = self.add_mul_on(token, Jacobian::infinity(token), k);
            return product.add_cached_vartime(token, &sum.cached());
        }
        let digits = Self::digits(k);
        (0..STEPS).rev().fold(sum, |sum, step| {
            let sum = if STEPS > 1 { sum.double_times(1) } else { sum };
            self.0.iter().enumerate().fold(sum, |sum, (j, table)| {
                let (index, negative) = Self::entry(&digits, j, step);
                let entry = table[usize::from(index)].enter(token);
                // Public, like the index.
                let negative = ct::declassify(negative);
                sum.add_affine_vartime(token, &if negative { entry.negate() } else { entry })
            })
        })
    }

    fn digits(k: &Scalar) -> Digits {
        let mut digits = Zeroizing::new(all_set_digits(k, &Self::ALL_SET));
        fault::at("digits", &mut digits);
        Digits(digits)
    }

    /// The entry of table j in `step`, and whether it is to be negated.
    fn entry(digits: &Digits, j: usize, step: usize) -> (u8, Choice) {
        let tooth = |t| digits.bit(step + STEPS * (t + TEETH * j));
        let top = tooth(TEETH - 1);
        // In an entry, bit t is set if tooth t has the sign of the top one.
        let index = (0..TEETH - 1).fold(0, |index, t| index | (1 ^ top ^ tooth(t)) << t);
        (index, Choice::from(1 ^ top))
    }
}

#[cfg(test)]
extern crate std;

#[cfg(test)]
impl<const TABLES: usize, const TEETH: usize, const ENTRIES: usize, const STEPS: usize>
    Comb<TABLES, TEETH, ENTRIES, STEPS>
{
    pub(super) fn entries(&self) -> &[Affine<Fp>] {
        self.0.as_flattened()
    }

    /// What twice the last summand may be: if it is added to itself, the result is one of these.
    ///
    /// Without doublings it is the sum of the lower tables, an odd number l, |l| < 2ⁿ, to which
    /// the upper ones are equal, a multiple of 2ⁿ: their difference is a multiple of q. Otherwise
    /// it is an entry of the last table.
    pub(super) fn candidates() -> std::vec::Vec<Scalar> {
        if STEPS == 1 {
            let n = TEETH * (TABLES / 2);
            let power = Scalar::new(&[0, 1 << (n - 64), 0, 0]);
            let low_of_q = u128::from(Q::M[0]) | u128::from(Q::M[1]) << 64;
            return (1..8)
                .map(|t| low_of_q.wrapping_mul(t) % (1 << n))
                .map(|low| Scalar::new(&[low as u64, (low >> 64) as u64, 0, 0]))
                .flat_map(|low| [low, low - power].map(Scalar::double))
                .flat_map(|k| [k, -k])
                .collect();
        }
        let tooth = |t: usize| {
            let place = STEPS * (t + TEETH * (TABLES - 1));
            (0..place).fold(Scalar::ONE, |power, _| power.double())
        };
        (0..2 * ENTRIES)
            .map(move |signs| {
                (0..TEETH).fold(Scalar::ZERO, |sum, t| {
                    let tooth = tooth(t).double();
                    if signs >> t & 1 == 1 { sum + tooth } else { sum - tooth }
                })
            })
            .collect()
    }
}

/// Z = 0. The one bit that leaks of a scalar: see [`Comb::mul`].
fn is_infinity(point: &Jacobian<Fp>) -> bool {
    ct::declassify(point.z.ct_eq(&Fp::ZERO))
}

/// table[index], every entry read.
pub(super) fn lookup<const ENTRIES: usize>(table: &[Affine<Fp>; ENTRIES], index: u8) -> Affine<Fp> {
    let (mut x, mut y) = ([0; 4], [0; 4]);
    for (i, entry) in (0u8..).zip(table) {
        let here = !mask(i ^ index);
        for (found, limb) in x.iter_mut().zip(entry.x.to_limbs()) {
            *found |= limb & here;
        }
        for (found, limb) in y.iter_mut().zip(entry.y.to_limbs()) {
            *found |= limb & here;
        }
    }
    Affine { x: Fp::from_limbs(x), y: Fp::from_limbs(y) }
}

impl Affine<Fp> {
    fn negate_if(self, negative: Choice) -> Self {
        Self { x: self.x, y: Fp::conditional_select(&self.y, &-self.y, negative) }
    }
}

/// \[a\]G + \[b\]Y for a known signer's Y. Leaks the scalars.
pub(super) fn sum_with_signer_vartime(a: &Scalar, b: &Scalar, y: &OfSigner) -> Jacobian<Fp> {
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = Adx::detect() {
        return sum_with_signer_on::<AdxFp>(adx, a, b, y).leave();
    }
    sum_with_signer_on::<Fp>((), a, b, y)
}

fn sum_with_signer_on<F: Element>(
    token: F::Token,
    a: &Scalar,
    b: &Scalar,
    y: &OfSigner,
) -> Jacobian<F> {
    let of_y = y.add_mul_on(token, Jacobian::infinity(token), b);
    GENERATOR.add_mul_on(token, of_y, a)
}
