//! Every operation of [`Fp`] beside crypto-bigint's, on random values and on those where carries are likely to go
//! wrong.

extern crate std;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U1024};
use proptest::prelude::*;
use std::array;
use std::sync::LazyLock;
use std::vec::Vec;
use subtle::ConstantTimeEq;

use super::fp::{MODULUS, integer, limbs};
#[cfg(target_arch = "x86_64")]
use super::kernel::adx;
use super::kernel::portable::{self, Limbs, WideLimbs};
use super::{Field, Fp, Fp2, OCTETS};
#[cfg(target_arch = "x86_64")]
use crate::backend::Adx;
use crate::{cases, ct};

static PARAMS: LazyLock<FixedMontyParams<{ U1024::LIMBS }>> =
    LazyLock::new(|| FixedMontyParams::new_vartime(p()));

/// p, from −1 = p − 1.
fn p() -> Odd<U1024> {
    let p_minus_1 = U1024::from_be_slice(&(-Fp::ONE).to_be_bytes());
    Odd::new(p_minus_1.wrapping_add(&U1024::ONE)).expect("p is odd")
}

fn octets(integer: &U1024) -> [u8; OCTETS] {
    integer.to_be_bytes().into()
}

/// The integers whose limbs, in or out of Montgomery form, are extreme.
fn weird() -> Vec<U1024> {
    let p = *p().as_ref();
    let one = U1024::ONE;
    let r = U1024::ZERO.wrapping_sub(&p);
    let mut values = Vec::from([
        U1024::ZERO,
        one,
        p.wrapping_sub(&one),
        p.shr(1),
        r,
        r.shr(1),
        p.wrapping_sub(&r),
    ]);
    for bit in [1, 31, 32, 63, 64, 127, 512, 1022, 1023] {
        let power = one.shl(bit);
        values.extend([power, power.wrapping_sub(&one), p.wrapping_sub(&power)]);
    }
    values
}

/// The elements whose limbs are extreme.
#[cfg(target_arch = "x86_64")]
pub(super) fn weird_elements() -> Vec<Fp> {
    weird().iter().map(fp).collect()
}

/// Reduced integers.
fn element() -> impl Strategy<Value = U1024> {
    integer_1024().prop_map(|value| value.rem_vartime(p().as_nz_ref()))
}

/// Integers of 1024 bits: extreme ones, and those with limbs that are uniform or of a few patterns.
fn integer_1024() -> impl Strategy<Value = U1024> {
    let limb = prop_oneof![
        Just(0u64),
        Just(1),
        Just(1 << 32),
        Just(1 << 63),
        Just(u64::MAX),
        Just(u64::MAX - 1),
        Just(0x997a_bb1f_0a56_3fda),
        Just(0x6668_5414_f5a9_c026),
        any::<u64>(),
    ];
    let patterned = prop::collection::vec(limb, 16).prop_map(|limbs| {
        let octets: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_be_bytes()).collect();
        U1024::from_be_slice(&octets)
    });
    prop_oneof![prop::sample::select(weird()), patterned]
}

fn fp(value: &U1024) -> Fp {
    Option::from(Fp::from_be_bytes(&octets(value))).expect("reduced")
}

/// Compares each operation on (a, b) with that of crypto-bigint.
fn agrees(a: &U1024, b: &U1024) {
    let (x, y) = (fp(a), fp(b));
    let (big_x, big_y) = (FixedMontyForm::new(a, &PARAMS), FixedMontyForm::new(b, &PARAMS));
    let same = |ours: Fp, theirs: FixedMontyForm<{ U1024::LIMBS }>| {
        assert_eq!(ours.to_be_bytes(), octets(&theirs.retrieve()));
    };
    same(x * y, big_x * big_y);
    same(x.square(), big_x.square());
    same(x + y, big_x + big_y);
    same(x - y, big_x - big_y);
    same(-x, -big_x);
    let pairs = [(&x, &y), (&x, &x), (&y, &y), (&x, &y), (&y, &x), (&y, &y)];
    same(
        x.plus_products(pairs.into_iter()),
        big_x + big_x * big_x + (big_x * big_y + big_y * big_y).double() + big_x * big_y,
    );
    same(x.mul_minus_product(y, x, x), big_x * big_y - big_x * big_x);
    same(x.mul_minus_product(x, y, y), big_x * big_x - big_y * big_y);
    same(x.mul_minus_double_square(y, x), big_x * big_y - (big_x * big_x).double());
    let [re, im] = Fp::complex_product([x, y], [y, -x]);
    same(re, (big_x * big_y).double());
    same(im, big_y * big_y - big_x * big_x);
    same(x.double(), big_x.double());
    assert_eq!(bool::from(x.ct_eq(&y)), a == b);
    let product = x * x.invert();
    assert_eq!(bool::from(product.ct_eq(&Fp::ONE)), *a != U1024::ZERO);
}

/// The routines of one kernel, which are called directly and not through the choice in `kernel`.
struct Kernel {
    name: &'static str,
    mul: fn(&Limbs, &Limbs) -> Limbs,
    square: fn(&Limbs) -> Limbs,
    add: fn(&Limbs, &Limbs) -> Limbs,
    sub: fn(&Limbs, &Limbs) -> Limbs,
    wide_mul: fn(&Limbs, &Limbs) -> WideLimbs,
    wide_square: fn(&Limbs) -> WideLimbs,
    wide_add: fn(&mut WideLimbs, &WideLimbs),
    wide_sub: fn(&mut WideLimbs, &WideLimbs),
    reduce: fn(&mut WideLimbs) -> Limbs,
    masked: fn(&[Limbs], &[u64]) -> Limbs,
}

/// Every kernel that can run here.
static KERNELS: LazyLock<Vec<Kernel>> = LazyLock::new(|| {
    #[allow(unused_mut, reason = "one kernel where there is no x86-64")]
    let mut kernels = Vec::from([Kernel {
        name: "portable",
        mul: |x, y| portable::mul(x, y, &MODULUS),
        square: |x| portable::square(x, &MODULUS),
        add: |x, y| portable::add(x, y, &MODULUS),
        sub: |x, y| portable::sub(x, y, &MODULUS),
        wide_mul: portable::wide_mul,
        wide_square: portable::wide_square,
        wide_add: |t, u| portable::wide_add(t, u, &MODULUS),
        wide_sub: |t, u| portable::wide_sub(t, u, &MODULUS),
        reduce: |t| portable::reduce(t, &MODULUS),
        masked: |table, masks| {
            let [found] = ct::masked(table.iter().map(|entry| [entry]), masks.iter().copied());
            found
        },
    }]);
    #[cfg(target_arch = "x86_64")]
    if Adx::detect().is_some() {
        kernels.push(Kernel {
            name: "adx",
            mul: |x, y| adx::mul(Adx::detect().unwrap(), x, y, &MODULUS),
            square: |x| adx::square(Adx::detect().unwrap(), x, &MODULUS),
            add: |x, y| adx::add(Adx::detect().unwrap(), x, y, &MODULUS),
            sub: |x, y| adx::sub(Adx::detect().unwrap(), x, y, &MODULUS),
            wide_mul: |x, y| adx::wide_mul(Adx::detect().unwrap(), x, y),
            wide_square: |x| adx::wide_square(Adx::detect().unwrap(), x),
            wide_add: |t, u| adx::wide_add(Adx::detect().unwrap(), t, u, &MODULUS),
            wide_sub: |t, u| adx::wide_sub(Adx::detect().unwrap(), t, u, &MODULUS),
            reduce: |t| adx::reduce(Adx::detect().unwrap(), t, &MODULUS),
            masked: |table, masks| adx::masked(Adx::detect().unwrap(), table.iter(), masks),
        });
    }
    if kernels.len() == 1 {
        std::eprintln!("kernel adx: not tested, neither this CPU nor this build has it");
    }
    kernels
});

/// Compares each kernel's bare limbs: x·y/R for x < R and y < p, y²/R, and sums and differences.
fn kernels_agree(x: &U1024, y: &U1024) {
    let reduced = |value: &U1024| value.rem_vartime(p().as_nz_ref());
    let monty = |value: &U1024| FixedMontyForm::from_montgomery(reduced(value), &PARAMS);
    let (big_x, big_y) = (monty(x), monty(y));
    for kernel in KERNELS.iter() {
        let name = kernel.name;
        let same = |ours: &Limbs, theirs: FixedMontyForm<{ U1024::LIMBS }>, what| {
            assert_eq!(&integer(ours), theirs.as_montgomery(), "{name}: {x} {what} {y}");
        };
        let (x_limbs, y_limbs) = (limbs(x), limbs(y));
        same(&(kernel.mul)(&x_limbs, &y_limbs), big_x * big_y, "*");
        let mut wide = (kernel.wide_mul)(&x_limbs, &y_limbs);
        same(&(kernel.reduce)(&mut wide), big_x * big_y, "* unreduced");
        same(&(kernel.square)(&y_limbs), big_y.square(), "_, squared");
        let mut wide = (kernel.wide_square)(&y_limbs);
        same(&(kernel.reduce)(&mut wide), big_y.square(), "_, squared unreduced");
        let x_limbs = limbs(&reduced(x));
        same(&(kernel.add)(&x_limbs, &y_limbs), big_x + big_y, "+");
        same(&(kernel.sub)(&x_limbs, &y_limbs), big_x - big_y, "-");

        // yR + x and yR + (R − 1 − x) and others, all below pR.
        let complement = U1024::MAX.wrapping_sub(x);
        let join = |low: &U1024, high: &U1024| -> WideLimbs {
            let (low, high) = (limbs(low), limbs(high));
            array::from_fn(|i| if i < 16 { low[i] } else { high[i - 16] })
        };
        // t/R modulo p, of which these are the bare limbs.
        let over_r = |low: &U1024, high: &U1024| monty(low) * monty(&U1024::ONE) + monty(high);
        let x = reduced(x);
        for (t, u) in [((x, *y), (complement, *y)), ((x, *y), (*y, x)), ((*y, x), (*y, x))] {
            let (wide_u, over_t, over_u) =
                (join(&u.0, &u.1), over_r(&t.0, &t.1), over_r(&u.0, &u.1));
            let mut sum = join(&t.0, &t.1);
            (kernel.wide_add)(&mut sum, &wide_u);
            same(&(kernel.reduce)(&mut sum), over_t + over_u, "t + u");
            let mut difference = join(&t.0, &t.1);
            (kernel.wide_sub)(&mut difference, &wide_u);
            same(&(kernel.reduce)(&mut difference), over_t - over_u, "t - u");
        }
    }
}

#[test]
fn weird_values_in_all_pairs() {
    for a in weird() {
        for b in weird() {
            agrees(&a, &b);
            kernels_agree(&a, &b);
            kernels_agree(&U1024::MAX.wrapping_sub(&a), &b);
        }
    }
    assert!(bool::from(Fp::ZERO.invert().ct_eq(&Fp::ZERO)));
}

proptest! {
    #![proptest_config(cases::at_most(4096))]

    #[test]
    fn random_values(a in element(), b in element()) {
        agrees(&a, &b);
    }

    #[test]
    fn kernels_on_random_values(a in integer_1024(), b in element()) {
        kernels_agree(&a, &b);
    }

    #[test]
    fn fp2_is_a_ring(a in element(), b in element(), c in element(), d in element()) {
        let (x, y) = (Fp2 { re: fp(&a), im: fp(&b) }, Fp2 { re: fp(&c), im: fp(&d) });
        let product = x * y;
        prop_assert!(bool::from(product.re.ct_eq(&(x.re * y.re - x.im * y.im))));
        prop_assert!(bool::from(product.im.ct_eq(&(x.re * y.im + x.im * y.re))));
        let (square, by_product) = (x.square(), x * x);
        prop_assert!(bool::from(square.re.ct_eq(&by_product.re) & square.im.ct_eq(&by_product.im)));
    }
}

#[test]
fn a_scan_finds_the_entry_of_its_mask() {
    let table: Vec<Limbs> = weird().iter().map(limbs).collect();
    for Kernel { name, masked, .. } in KERNELS.iter() {
        for (index, entry) in (0u8..).zip(&table).take(32) {
            assert_eq!(masked(&table, &ct::masks::<32>(index)), *entry, "{name}: {index}");
        }
        assert_eq!(masked(&table, &ct::masks::<32>(32)), [0; 16], "{name}");
    }
}

#[test]
fn inverting_all_is_inverting_each() {
    let values = weird();
    let mut elements: [Fp; 8] = core::array::from_fn(|i| fp(&values[i]));
    let each = elements.map(Fp::invert);
    Fp::invert_all(&mut elements);
    assert!(elements.iter().zip(&each).all(|(one, other)| bool::from(one.ct_eq(other))));
}

#[test]
fn an_integer_of_p_or_more_is_no_element() {
    let p = *p().as_ref();
    for excess in [U1024::ZERO, U1024::ONE, U1024::MAX.wrapping_sub(&p)] {
        assert!(bool::from(Fp::from_be_bytes(&octets(&p.wrapping_add(&excess))).is_none()));
    }
}

/// The same as `kernels_on_random_values`, with as many values as a new kernel deserves.
#[test]
#[ignore = "a million pairs: for a change of a kernel"]
fn kernels_on_a_million_values() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(1_000_000));
    let pairs = (integer_1024(), element());
    let each = |(a, b)| {
        kernels_agree(&a, &b);
        Ok(())
    };
    runner.run(&pairs, each).unwrap();
}
