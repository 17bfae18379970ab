//! [k]B for a base that is used again and again: G, or a known signer's Y.
//!
//! A comb of signed digits, all of them ±1 (Hamburg, Fast and compact elliptic-curve cryptography,
//! section 3.3). With m = TABLES·TEETH·STEPS ≥ 256 of them and k′ = (k + 2ᵐ − 1)/2 mod q,
//!
//! ```text
//! k ≡ Σ (2k′ᵢ − 1)·2ⁱ  (mod q),  i = 0 … m − 1
//! ```
//!
//! Digit s + STEPS·(t + TEETH·j) is tooth t of table j in step s. No digit is 0, so that every step adds a point of
//! every table.
//!
//! The additions leave out cases in which they give Z = 0. `docs/p256-comb.md` proves that only k = 0, for which this
//! is right, and one other scalar of each comb meet such a case, and that nothing else leaks of k.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::Scalar;
#[cfg(target_arch = "x86_64")]
use super::adx::AdxFp;
use super::group::{Element, Fp};
#[cfg(target_arch = "x86_64")]
use super::ifma;
use super::residue::{Limbs, Modulus, Q, sub_limbs};
#[cfg(target_arch = "x86_64")]
use crate::backend::{Adx, Ifma};
use crate::ct;
use crate::digits;
use crate::fault;
use crate::jacobian::{Affine, Jacobian};
use crate::words::doubled_modulo;

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

/// The comb of G. A test derives its file again.
#[cfg(feature = "tables")]
pub(super) static GENERATOR: OfGenerator = Comb::from_table(include_bytes!("comb/g-43x6x1.bin"));
#[cfg(not(feature = "tables"))]
pub(super) static GENERATOR: OfGenerator = Comb::from_table(include_bytes!("comb/g-1x5x52.bin"));

/// 2ᵐ − 1 mod q.
const fn all_set(m: usize) -> Scalar {
    let power = doubled_modulo(sub_limbs(&[0; 4], &Q::M).0, m - 256, &Q::M);
    // 2ᵐ mod q isn't 0.
    Scalar::from_integer(sub_limbs(&power, &[1, 0, 0, 0]).0)
}

/// k′ = (k + 2ᵐ − 1)/2 mod q.
fn all_set_digits(k: &Scalar, all_set: &Scalar) -> Limbs {
    Zeroizing::new((*k + *all_set).halve()).to_integer()
}

/// k′ for windows of `BITS` bits, where m is the least multiple of `BITS` from 256 on. Window i has the value
/// Σ (2k′ⱼ − 1)·2ʲ⁻ᴮᴵᵀˢ·ⁱ over its bits j, which is odd.
#[cfg(all(feature = "alloc", target_arch = "x86_64"))]
pub(super) fn all_odd<const BITS: usize>(k: &Scalar) -> Limbs {
    all_set_digits(k, &const { all_set(BITS * 256usize.div_ceil(BITS)) })
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

    /// The entries of a table file, table after table.
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
    /// m doublings for the teeth. (TEETH + ENTRIES − 2)·TABLES additions and (TEETH − 1)·TABLES doublings for the sums.
    /// ENTRIES·TABLES points are made affine with one inversion.
    pub(super) fn new_vartime(base: &Affine<Fp>) -> Self {
        let zero = Affine { x: Fp::ZERO, y: Fp::ZERO };
        let mut tables = [[zero; ENTRIES]; TABLES];
        let mut sums = [[Jacobian::INFINITY; ENTRIES]; TABLES];
        let mut power = Jacobian::from(base);
        for table in &mut sums {
            let teeth = [(); TEETH].map(|()| {
                let tooth = power;
                power = power.double_times(STEPS);
                tooth
            });
            *table = digits::table(
                &teeth,
                |a, b| a.add_cached_vartime((), &b.cached()),
                |a| Jacobian { y: -a.y, ..a },
                |a| a.double_times(1),
            );
        }
        super::normalize(sums.as_flattened_mut(), tables.as_flattened_mut());
        Self(tables)
    }

    /// \[k\]B in constant time, and infinity for k = 0.
    ///
    /// TABLES·STEPS − 1 additions (8M + 3S), STEPS − 1 doublings (3M + 6S). With one step the last addition takes
    /// 12M + 4S.
    ///
    /// Secret: k. Leaks: whether it is 0 or the exceptional scalar.
    pub(super) fn mul(&self, k: &Scalar) -> Jacobian<Fp> {
        let product = self.mul_incomplete(k);
        if !is_infinity(&product) {
            return product;
        }
        // k/2 is another scalar than k, and there is only one exceptional scalar.
        self.mul_incomplete(&Zeroizing::new(k.halve())).double_times(1)
    }

    /// Like [`mul`](Self::mul), but gives infinity for the exceptional scalar too.
    pub(super) fn mul_incomplete(&self, k: &Scalar) -> Jacobian<Fp> {
        #[cfg(target_arch = "x86_64")]
        if let Some(adx) = Adx::detect() {
            return match Ifma::detect() {
                Some(ifma) => {
                    self.mul_on::<AdxFp>(adx, k, |table, index| ifma::lookup(ifma, table, index))
                }
                None => self.mul_on::<AdxFp>(adx, k, lookup),
            }
            .leave();
        }
        self.mul_on::<Fp>((), k, lookup)
    }

    /// [`mul_incomplete`](Self::mul_incomplete) in one form of the field. `lookup` reads the whole table.
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
            // The sums over the lower and over the upper tables, side by side.
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

    /// `sum` + \[k\]B in one form of the field. Leaks both.
    pub(super) fn add_mul_on<F: Element>(
        &self,
        token: F::Token,
        sum: Jacobian<F>,
        k: &Scalar,
    ) -> Jacobian<F> {
        if STEPS > 1 && !sum.is_infinity_vartime() {
            // Only the comb's own points are doubled.
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

    /// k′, see the module.
    fn digits(k: &Scalar) -> Zeroizing<Limbs> {
        let mut digits = Zeroizing::new(all_set_digits(k, &Self::ALL_SET));
        fault::at("digits", &mut *digits);
        digits
    }

    /// The entry of table j in `step`, and whether it is to be negated.
    fn entry(digits: &Limbs, j: usize, step: usize) -> (u8, Choice) {
        digits::entry(digits::teeth(digits, step + STEPS * TEETH * j, STEPS, TEETH), TEETH)
    }
}

#[cfg(test)]
impl<const TABLES: usize, const TEETH: usize, const ENTRIES: usize, const STEPS: usize>
    Comb<TABLES, TEETH, ENTRIES, STEPS>
{
    pub(super) fn entries(&self) -> &[Affine<Fp>] {
        self.0.as_flattened()
    }
}

/// Whether Z = 0, the one bit that leaks of a scalar: see [`Comb::mul`].
fn is_infinity(point: &Jacobian<Fp>) -> bool {
    ct::declassify(point.z.ct_eq(&Fp::ZERO))
}

/// table[index]. Every entry is read.
pub(super) fn lookup<const ENTRIES: usize>(table: &[Affine<Fp>; ENTRIES], index: u8) -> Affine<Fp> {
    let entries = table.iter().map(|entry| [entry.x.as_limbs(), entry.y.as_limbs()]);
    let [x, y] = ct::masked(entries, ct::each_mask(index));
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
