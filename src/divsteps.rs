//! Inversion modulo a fixed odd number, in constant time: the divsteps of Bernstein and Yang
//! ("Fast constant-time gcd computation and modular inversion", 2019), from δ = 1/2.
//!
//! A divstep takes (δ, f, g), where f is odd, to
//!
//! ```text
//! (1 − δ, g, (g − f)/2)                   if δ > 0 and g is odd
//! (1 + δ, f, (g + (g mod 2)·f)/2)         otherwise
//! ```
//!
//! From (1/2, m, x), enough of them lead to g = 0 and f = ±gcd(m, x). `docs/divsteps.md` explains how batches of 62
//! divsteps make an inversion, and derives the number of divsteps and every bound of this file.
//!
//! No branch and no address depends on x. In the divsteps, masks are computed from whole words, so that the compiler
//! has no single bit to branch on. At the end they come from [`ct::mask`].

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "words are taken as signed, or apart"
)]
#![allow(clippy::inline_always, reason = "measured: 6 % of an inversion")]

use zeroize::Zeroize;

use crate::ct;
use crate::words;

/// Divsteps of a batch, and bits of a limb. The top limb is signed, and the others are not.
const BITS: u32 = 62;
const LIMB: u64 = (1 << BITS) - 1;

/// Σ limb·2⁶²ⁱ, where the limbs below the top are in 0 ..= 2⁶² − 1.
type Signed<const N: usize> = [i64; N];

/// 2ᵏ times the linear map of k divsteps, 62 in a batch. Its rows give f and g, and the absolute values in a row
/// sum to 2ᵏ at most.
type Matrix = [[i64; 2]; 2];

/// x ↦ c/x modulo an odd m of `WORDS` words of 64 bits, on `N` limbs of 62 bits.
pub(crate) struct Inverter<const WORDS: usize, const N: usize> {
    modulus: Signed<N>,
    /// −1/m mod 2⁶².
    minus_inverse: u64,
    /// c·2⁶², because [`settle`](Self::settle) divides by 2⁶² once more than there are batches.
    start: Signed<N>,
    batches: u32,
}

impl<const WORDS: usize, const N: usize> Inverter<WORDS, N> {
    /// For an odd `modulus` and c = `factor`, below it.
    ///
    /// c = 1 inverts integers. c = R² inverts values in Montgomery form: R²/(xR) = (1/x)·R.
    pub(crate) const fn new(modulus: &[u64; WORDS], factor: &[u64; WORDS]) -> Self {
        let bits = 64 * WORDS as u32 - modulus[WORDS - 1].leading_zeros();
        // Room for five bits more than m has: see `update_de`.
        assert!(modulus[0] & 1 == 1 && bits + 5 <= BITS * N as u32);
        let batches = divsteps(bits).div_ceil(BITS);
        // (1 + batches/2)m < 2⁵m.
        assert!(batches < 62);
        Self {
            modulus: to_limbs(modulus),
            minus_inverse: words::minus_inverse(modulus[0]) & LIMB,
            start: to_limbs(&words::doubled_modulo(*factor, BITS as usize, modulus)),
            batches,
        }
    }

    /// c/x mod m for x < m, and 0 for 0.
    ///
    /// Secret: `x` and the result. Leaks: nothing.
    pub(crate) fn invert(&self, x: &[u64; WORDS]) -> [u64; WORDS] {
        let mut f = self.modulus;
        let mut g = to_limbs(x);
        let mut d = [0; N];
        let mut e = self.start;
        let mut zeta = 0;
        for _ in 0..self.batches {
            let mut matrix = batch(&mut zeta, f[0], g[0]);
            update_fg(&mut f, &mut g, &matrix);
            self.update_de(&mut d, &mut e, &matrix);
            matrix.zeroize();
        }
        debug_assert!(g.iter().all(|&limb| limb == 0), "the divsteps sufficed");
        let inverse = self.settle(&d, f[N - 1]);
        for number in [&mut f, &mut g, &mut d, &mut e] {
            number.zeroize();
        }
        inverse
    }

    /// (d, e) ← matrix·(d, e)/2⁶² mod m.
    ///
    /// The sums become divisible by adding k·m with |k| ≤ 2⁶¹. So |d′| ≤ (2⁶²·max(|d|, |e|) + 2⁶¹·m)/2⁶²: the bound is
    /// m at the start, and a batch adds m/2 to it.
    #[inline]
    fn update_de(&self, d: &mut Signed<N>, e: &mut Signed<N>, [[u, v], [q, r]]: &Matrix) {
        let mut sum_d = product(*u, d[0]) + product(*v, e[0]);
        let mut sum_e = product(*q, d[0]) + product(*r, e[0]);
        let multiple_d = self.clearing(sum_d);
        let multiple_e = self.clearing(sum_e);
        sum_d = (sum_d + product(multiple_d, self.modulus[0])) >> BITS;
        sum_e = (sum_e + product(multiple_e, self.modulus[0])) >> BITS;
        for i in 1..N {
            sum_d += product(*u, d[i]) + product(*v, e[i]) + product(multiple_d, self.modulus[i]);
            sum_e += product(*q, d[i]) + product(*r, e[i]) + product(multiple_e, self.modulus[i]);
            d[i - 1] = low(sum_d);
            e[i - 1] = low(sum_e);
            sum_d >>= BITS;
            sum_e >>= BITS;
        }
        d[N - 1] = top(sum_d);
        e[N - 1] = top(sum_e);
    }

    /// The k in −2⁶¹ ..= 2⁶¹ − 1 for which sum + km is divisible by 2⁶².
    #[inline]
    fn clearing(&self, sum: i128) -> i64 {
        let k = (low(sum) as u64).wrapping_mul(self.minus_inverse);
        ((k << (64 - BITS)) as i64) >> (64 - BITS)
    }

    /// d/2⁶² mod m, or its opposite if the top limb `sign` is negative, for |d| < 2⁵m.
    ///
    /// After the division |d| ≤ m(1/2 + 2⁻⁵⁷) < m, so a negative number is in range once m is added.
    fn settle(&self, d: &Signed<N>, sign: i64) -> [u64; WORDS] {
        debug_assert!(d[N - 1].abs() <= (self.modulus[N - 1] + 1) << 5, "d is below 2^5 m");
        let multiple = self.clearing(i128::from(d[0]));
        let mut out = *d;
        let mut sum = (i128::from(d[0]) + product(multiple, self.modulus[0])) >> BITS;
        for i in 1..N {
            sum += i128::from(d[i]) + product(multiple, self.modulus[i]);
            out[i - 1] = low(sum);
            sum >>= BITS;
        }
        out[N - 1] = top(sum);
        // −d = (d ^ −1) + 1, where −1 is all ones in every limb.
        let negate = mask(sign);
        let mut carry = negate & 1;
        for limb in &mut out[..N - 1] {
            let sum = ((*limb ^ negate) & LIMB as i64) + carry;
            *limb = sum & LIMB as i64;
            carry = sum >> BITS;
        }
        out[N - 1] = (out[N - 1] ^ negate) + carry;
        let negative = mask(out[N - 1]);
        carry = 0;
        for (limb, m) in out.iter_mut().zip(&self.modulus) {
            let sum = *limb + (m & negative) + carry;
            *limb = sum & LIMB as i64;
            carry = sum >> BITS;
        }
        let words = to_words(&out);
        out.zeroize();
        words
    }
}

/// Inverts the value that `of` finds in each element, with one inversion (Montgomery's trick). None may be 0.
///                                                                            3 products each, I
///
/// `before` has as many elements, and the value that `room` finds in each is overwritten.
pub(crate) fn invert_all<A, B, T: Clone>(
    elements: &mut [A],
    of: impl Fn(&mut A) -> &mut T,
    before: &mut [B],
    room: impl Fn(&mut B) -> &mut T,
    one: T,
    mul: impl Fn(&T, &T) -> T,
    invert: impl FnOnce(&T) -> T,
) {
    debug_assert!(elements.len() == before.len(), "there is room for each element");
    // before[i] becomes the product of the elements before i. Then its inverse is found from the last i to the first.
    let mut product = one;
    for (element, before) in elements.iter_mut().zip(before.iter_mut()) {
        *room(before) = product.clone();
        product = mul(&product, of(element));
    }
    let mut inverse = invert(&product);
    for (element, before) in elements.iter_mut().zip(before).rev() {
        let inverted = mul(&inverse, room(before));
        inverse = mul(&inverse, of(element));
        *of(element) = inverted;
    }
}

/// Divsteps after which g = 0, for any odd f and any g of so many bits: ⌊(45907·bits + 30179)/19929⌋.
///
/// P. Wuille proves it in "Bounds on divsteps iterations in safegcd" for δ = 1/2 at the start: see `docs/divsteps.md`.
const fn divsteps(bits: u32) -> u32 {
    (45907 * bits + 30179) / 19929
}

/// The matrix of 62 divsteps on the low limbs of f and g; ζ = 1/2 − δ.
///
/// It is the product of the matrices of four runs. The entries of a product of k divsteps are within ±2ᵏ.
#[inline]
fn batch(zeta: &mut i64, f: i64, g: i64) -> Matrix {
    let (mut low_f, mut low_g) = (f, g);
    let mut matrix = run::<16>(zeta, low_f, low_g);
    (low_f, low_g) = advance::<16>(&matrix, low_f, low_g);
    let next = run::<16>(zeta, low_f, low_g);
    matrix = times(&next, &matrix);
    (low_f, low_g) = advance::<16>(&next, low_f, low_g);
    let next = run::<15>(zeta, low_f, low_g);
    matrix = times(&next, &matrix);
    (low_f, low_g) = advance::<15>(&next, low_f, low_g);
    let next = run::<15>(zeta, low_f, low_g);
    times(&next, &matrix)
}

/// The matrix of K ≤ 16 divsteps, given f and g modulo 2ᴷ.
///
/// A row of the matrix and its f or g stand in one word f + 2²⁰u + 2⁴²v, where |f| < 2¹⁶ and |u|, |v| ≤ 2¹⁶. The matrix
/// starts as 2ᴷ times the identity, so that a divstep halves the row of g exactly, and one sum and one shift act on all
/// three parts. The row of f is odd, and h = (f − 1)/2 stands for it, so that fewer instructions wait for each other:
///
/// ```text
/// (g + f)/2 = (g − 1)/2 + 1 + h
/// (g − f)/2 = (g − 1)/2 − h  =  (g − 1)/2 + 1 + ~h
/// ```
#[inline(always)]
fn run<const K: u32>(zeta: &mut i64, f: i64, g: i64) -> Matrix {
    const { assert!(K <= 16) };
    let signed = |x: i64| (x << (64 - K)) >> (64 - K);
    let mut half_f = (signed(f) + (1 << (K + U))) >> 1;
    let mut row_g = signed(g) + (1 << (K + V));
    for _ in 0..K {
        // All ones if δ > 0, and if g is odd.
        *zeta -= 1;
        let positive = *zeta >> 63;
        let odd = -(row_g & 1);
        let swap = positive & odd;
        let half_g = row_g >> 1;
        row_g = (half_g - odd) + ((half_f ^ positive) & odd);
        half_f ^= (half_f ^ half_g) & swap;
        // ~(−δ − 1/2) = 1/2 − (1 − δ).
        *zeta ^= swap;
    }
    [split(2 * half_f + 1), split(row_g)]
}

/// The places of u and v in a word.
const U: u32 = 20;
const V: u32 = 42;

/// u and v of a word. The part below each is signed, and rounding removes it.
#[inline(always)]
fn split(row: i64) -> [i64; 2] {
    let above_f = row + (1 << (U - 1));
    let u = (above_f << (64 - V)) >> (64 - V + U);
    let v = (row + (1 << (V - 1))) >> V;
    [u, v]
}

/// The low bits of f and g after K divsteps.
#[inline(always)]
fn advance<const K: u32>([[u, v], [q, r]]: &Matrix, f: i64, g: i64) -> (i64, i64) {
    let next_f = u.wrapping_mul(f).wrapping_add(v.wrapping_mul(g));
    let next_g = q.wrapping_mul(f).wrapping_add(r.wrapping_mul(g));
    (next_f >> K, next_g >> K)
}

/// The map of `first`, then of `then`.
#[inline(always)]
fn times([[u, v], [q, r]]: &Matrix, first: &Matrix) -> Matrix {
    let [[a, b], [c, d]] = first;
    [[u * a + v * c, u * b + v * d], [q * a + r * c, q * b + r * d]]
}

/// (f, g) ← matrix·(f, g)/2⁶², exactly. |f| and |g| never exceed m.
#[inline]
fn update_fg<const N: usize>(f: &mut Signed<N>, g: &mut Signed<N>, [[u, v], [q, r]]: &Matrix) {
    debug_assert!(
        [u.abs() + v.abs(), q.abs() + r.abs()].iter().all(|&sum| sum <= 1 << BITS),
        "the rows of 62 divsteps sum to 2^62 at most"
    );
    let mut sum_f = product(*u, f[0]) + product(*v, g[0]);
    let mut sum_g = product(*q, f[0]) + product(*r, g[0]);
    debug_assert!(low(sum_f) == 0 && low(sum_g) == 0, "divsteps halve even numbers");
    sum_f >>= BITS;
    sum_g >>= BITS;
    for i in 1..N {
        sum_f += product(*u, f[i]) + product(*v, g[i]);
        sum_g += product(*q, f[i]) + product(*r, g[i]);
        f[i - 1] = low(sum_f);
        g[i - 1] = low(sum_g);
        sum_f >>= BITS;
        sum_g >>= BITS;
    }
    f[N - 1] = top(sum_f);
    g[N - 1] = top(sum_g);
}

#[inline(always)]
fn product(x: i64, y: i64) -> i128 {
    i128::from(x) * i128::from(y)
}

/// The lowest limb of a sum.
#[inline(always)]
fn low(sum: i128) -> i64 {
    (sum as i64) & LIMB as i64
}

/// A sum as the top limb.
#[inline(always)]
fn top(sum: i128) -> i64 {
    debug_assert_eq!(sum >> BITS, sum >> 127, "a number fits its limbs");
    sum as i64
}

/// All ones for a negative number, and else 0. It is hidden from the compiler, which makes a branch of `(x >> 63) & y`.
fn mask(x: i64) -> i64 {
    ct::mask(((x as u64) >> 63) as u8) as i64
}

/// The limbs of an integer.
const fn to_limbs<const WORDS: usize, const N: usize>(words: &[u64; WORDS]) -> Signed<N> {
    let mut limbs = [0; N];
    let mut i = 0;
    while i < N {
        limbs[i] = words::bits(words, BITS as usize * i, BITS as usize) as i64;
        i += 1;
    }
    limbs
}

/// The inverse of [`to_limbs`], for a number that fits the words.
fn to_words<const WORDS: usize, const N: usize>(limbs: &Signed<N>) -> [u64; WORDS] {
    words::from_digits::<{ BITS as usize }, _, _>(&limbs.map(|limb| limb as u64))
}

#[cfg(test)]
mod tests;
