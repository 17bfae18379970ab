//! The arithmetic, compared with that of the crate `p256`.

extern crate std;

use std::vec::Vec;

use crypto_bigint::U512;
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::group::Group;
use p256::elliptic_curve::point::{AffineCoordinates, DecompressPoint};
use p256::{AffinePoint, FieldBytes, ProjectivePoint};
use proptest::prelude::*;

#[cfg(target_arch = "x86_64")]
use super::adx::AdxFp;
use super::comb::{self, Comb, OfSigner, Small};
#[cfg(target_arch = "x86_64")]
use super::group::Element;
use super::group::{Coordinate, Fp};
use super::residue::{Limbs, Modulus, P, Q, Residue};
use super::wnaf::{self, Term};
use super::{Point, Scalar, SecretScalar, Summand, euclid, has_x_vartime, table};
use crate::cases;
use crate::error::Error;
#[cfg(target_arch = "x86_64")]
use crate::field::Field;
use crate::jacobian::{Affine, Jacobian};

impl Point {
    /// A point with this x-coordinate, if the curve has one.
    pub(crate) fn with_x(x: &[u8; 32]) -> Option<Self> {
        AffinePoint::decompress(&FieldBytes::from(*x), 0.into())
            .into_option()
            .map(|point| ours(&point.into()).unwrap())
    }
}

/// Limbs at the edges, where carries begin or end.
const EDGES: [u64; 6] = [0, 1, 1 << 63, u64::MAX, u64::MAX - 1, 0xffff_ffff];

/// Integers of 256 bits: any, those with limbs at the edges, and those near one of the moduli.
fn integer() -> impl Strategy<Value = Limbs> {
    let edge = || prop::sample::select(EDGES.to_vec());
    let near = |m: Limbs| {
        (0u64..8).prop_map(move |less| super::residue::sub_limbs(&m, &[less, 0, 0, 0]).0)
    };
    prop_oneof![
        any::<[u64; 4]>(),
        [edge(), edge(), edge(), edge()],
        near(P::M),
        near(Q::M),
        (0u64..8).prop_map(|small| [small, 0, 0, 0]),
        (0usize..256)
            .prop_map(|bit| core::array::from_fn(|i| u64::from(i == bit / 64) << (bit % 64))),
    ]
}

fn octets(integer: &Limbs) -> [u8; 32] {
    let mut octets = [0; 32];
    for (chunk, limb) in octets.as_chunks_mut::<8>().0.iter_mut().zip(integer.iter().rev()) {
        *chunk = limb.to_be_bytes();
    }
    octets
}

fn scalar(integer: &Limbs) -> Scalar {
    Scalar::reduce(&octets(integer))
}

fn peer_scalar(scalar: &Scalar) -> p256::Scalar {
    p256::Scalar::from_repr(scalar.to_be_bytes().into()).unwrap()
}

/// A point of the crate `p256` as one of ours.
fn ours(point: &ProjectivePoint) -> Option<Point> {
    let affine = point.to_affine();
    let mut octets = [4; 65];
    octets[1..33].copy_from_slice(&affine.x());
    octets[33..].copy_from_slice(&affine.y());
    (!bool::from(point.is_identity())).then(|| Point::from_bytes(&octets).unwrap())
}

/// Our point as octets, and infinity as none.
fn encoded(point: &Jacobian<Fp>) -> Option<[u8; 65]> {
    let affine = point.over(point.z.invert());
    (!point.is_infinity_vartime()).then(|| Point::from_affine(affine).octets)
}

fn peer(point: &Point) -> ProjectivePoint {
    AffinePoint::from_coordinates(
        &FieldBytes::try_from(&point.octets[1..33]).unwrap(),
        &FieldBytes::try_from(&point.octets[33..]).unwrap(),
    )
    .unwrap()
    .into()
}

fn peer_multiple(scalar: &Scalar) -> Option<[u8; 65]> {
    ours(&(ProjectivePoint::GENERATOR * peer_scalar(scalar))).map(|point| point.octets)
}

/// The plain arithmetic on crypto-bigint.
mod plain {
    use super::*;
    use crypto_bigint::{NonZero, U256};

    pub(super) fn uint(octets: &[u8; 32]) -> U256 {
        U256::from_be_slice(octets)
    }

    pub(super) fn checks<M: Modulus>(a: &Limbs, b: &Limbs) {
        let m = NonZero::new(uint(&octets(&M::M))).unwrap();
        let reduced = |x: &Limbs| uint(&octets(x)).rem_vartime(&m);
        let (x, y) = (reduced(a), reduced(b));
        let (r, s) = (Residue::<M>::new(a), Residue::<M>::reduce(&octets(b)));
        let value = |r: Residue<M>| uint(&r.to_be_bytes());
        assert_eq!(value(r), x);
        assert_eq!(value(s), y);
        assert_eq!(value(r + s), x.add_mod(&y, &m));
        assert_eq!(value(r - s), x.sub_mod(&y, &m));
        assert_eq!(value(-r), U256::ZERO.sub_mod(&x, &m));
        assert_eq!(value(r.double()), x.add_mod(&x, &m));
        assert_eq!(value(r * s), x.mul_mod(&y, &m));
        assert_eq!(value(r.square()), x.mul_mod(&x, &m));
        let half = r.halve();
        assert_eq!(value(half + half), x);
        let inverse = r.invert();
        let one = if x == U256::ZERO { U256::ZERO } else { U256::ONE };
        assert_eq!(value(inverse * r), one);
        // The limbs without a conversion, so that they stay at the edges.
        let (r, s) =
            (Residue::<M>::from_limbs(*x.as_words()), Residue::<M>::from_limbs(*y.as_words()));
        assert!((r * r).equals_vartime(&r.square()));
        assert!((r * s).equals_vartime(&(s * r)));
        assert_eq!(value(r * s), value(r).mul_mod(&value(s), &m));
        assert_eq!(
            Residue::<M>::from_be_bytes(&octets(a)).1.unwrap_u8() == 1,
            uint(&octets(a)) < *m.as_ref()
        );
    }
}

proptest! {
    #![proptest_config(cases::at_most(2000))]

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn the_kernel_works_like_the_plain_field(a in integer(), b in integer()) {
        if let Some(adx) = crate::backend::Adx::detect() {
            // The limbs are reduced and not converted, so that the edges are also edges for the kernel.
            let limbs = |x: &Limbs| {
                let (less_p, borrow) = super::residue::sub_limbs(x, &P::M);
                Fp::from_limbs(if borrow == 1 { *x } else { less_p })
            };
            let (a, b) = (limbs(&a), limbs(&b));
            let (x, y) = (AdxFp::enter(adx, &a), AdxFp::enter(adx, &b));
            let pairs = [
                (x + y, a + b),
                (x - y, a - b),
                (-x, -a),
                (x * y, a * b),
                (y * x, a * b),
                (Field::square(x), a.square()),
                (Field::double(x), a.double()),
                (Coordinate::halve(x), a.halve()),
                (Field::minus_twice(x, y), a - b.double()),
                (Coordinate::twice_minus(x, y), a.double() - b),
                (Coordinate::thrice_difference(x, y), (a - b).double() + (a - b)),
            ];
            for (i, (kernel, plain)) in pairs.into_iter().enumerate() {
                prop_assert_eq!(kernel.leave().to_limbs(), plain.to_limbs(), "operation {}", i);
            }
        }
    }

    #[test]
    fn residues_are_those_of_plain_integers(a in integer(), b in integer()) {
        plain::checks::<P>(&a, &b);
        plain::checks::<Q>(&a, &b);
    }

    #[test]
    fn halves_multiply_back(u in integer()) {
        let u = scalar(&u);
        let halves = euclid::halves_vartime(&u);
        let (c0, c1) = (Scalar::new(&halves.c0), Scalar::new(&halves.c1));
        let c1 = if halves.opposite { -c1 } else { c1 };
        prop_assert!((c0 * u).equals_vartime(&c1));
        prop_assert!(halves.c0 != [0; 4]);
        prop_assert_eq!([halves.c0[2], halves.c0[3], halves.c1[2], halves.c1[3]], [0; 4]);
    }
}

proptest! {
    #![proptest_config(cases::at_most(100))]

    #[test]
    fn multiples_of_g_are_those_of_p256(k in integer()) {
        let k = scalar(&k);
        let expected = peer_multiple(&k);
        prop_assert_eq!(encoded(&comb::GENERATOR.mul(&k)), expected);
        let exceptional = EXCEPTIONAL.iter().any(|other| Scalar::new(other).equals_vartime(&k));
        let incomplete = |product: Option<_>| product == expected || exceptional && product.is_none();
        let plain = comb::GENERATOR.mul_on::<Fp>((), &k, comb::lookup);
        prop_assert!(incomplete(encoded(&plain)));
        #[cfg(target_arch = "x86_64")]
        if let Some(adx) = crate::backend::Adx::detect() {
            let product = comb::GENERATOR.mul_on::<AdxFp>(adx, &k, comb::lookup).leave();
            prop_assert!(incomplete(encoded(&product)));
        }
        prop_assert_eq!(encoded(&comb::GENERATOR.mul_vartime(&k)), expected);
        prop_assert_eq!(encoded(&small().mul(&k)), expected);
        prop_assert_eq!(encoded(&signer().mul(&k)), expected);
        prop_assert_eq!(encoded(&signer().mul_vartime(&k)), expected);
    }

    #[test]
    fn sums_are_those_of_p256(a in integer(), b in integer(), c in integer(), p in integer()) {
        let (a, b, c) = (scalar(&a), scalar(&b), scalar(&c));
        let g = ProjectivePoint::GENERATOR;
        let Some(p) = ours(&(g * peer_scalar(&scalar(&p)))) else { return Ok(()) };
        let q = (1..64).find_map(|octet| Point::with_x(&[octet; 32])).unwrap();
        let sum = g * peer_scalar(&a) + peer(&p) * peer_scalar(&b) + peer(&q) * peer_scalar(&c);
        let expected = ours(&sum).map(|point| point.octets);
        let found = Point::lincomb_vartime(a, (b, &p), (c, &q)).map(|point| point.octets);
        prop_assert_eq!(found, expected);
        let multiples = p.odd_multiples();
        let terms = [
            Term::prepared(&a, &table::OF_GENERATOR),
            Term::prepared(&b, multiples.table()),
            Term::fresh(&c, &q.point),
        ];
        prop_assert_eq!(encoded(&wnaf::sum_vartime(&terms)), expected);
        prop_assert_eq!(encoded(&wnaf::sum_on::<Fp, 3>((), &terms)), expected);
        let comb = OfSigner::new_vartime(&q.point);
        let expected = ours(&(g * peer_scalar(&a) + peer(&q) * peer_scalar(&c))).map(|point| point.octets);
        let sum = comb::sum_with_signer_vartime(&a, &c, &comb);
        prop_assert_eq!(encoded(&sum), expected);
        prop_assert_eq!(encoded(&small().add_mul_on((), comb.mul_vartime(&c), &a)), expected);
        let expected = ours(&(peer(&p) * peer_scalar(&b) + peer(&q))).map(|point| point.octets);
        prop_assert_eq!(Point::sum_vartime((b, &p), &q).map(|point| point.octets), expected);
    }

    #[test]
    fn the_equation_of_a_key_is_decided_rightly(c in integer(), k in integer(), p in integer()) {
        // [k]G = [c]P + Q for Q = [k − cp]G.
        let (c, k, p) = (scalar(&c), scalar(&k), scalar(&p));
        let point = |scalar: &Scalar| SecretScalar::from_scalar(scalar).map(|k| Point::mul_base(&k));
        let (Some(p_point), Some(q)) = (point(&p), point(&(k - c * p))) else { return Ok(()) };
        let Some(key) = SecretScalar::from_scalar(&k) else { return Ok(()) };
        prop_assert!(bool::from(Point::is_sum(&key, (c, &p_point), Summand::Fresh(&q))));
        let multiples = q.odd_multiples();
        let prepared = Summand::Prepared(&multiples);
        prop_assert!(bool::from(Point::is_sum(&key, (c, &p_point), prepared)));
        if let Some(other) = SecretScalar::from_scalar(&(k + Scalar::ONE)) {
            prop_assert!(!bool::from(Point::is_sum(&other, (c, &p_point), prepared)));
        }
        prop_assert!(!bool::from(Point::is_sum(&key, (c + Scalar::ONE, &p_point), prepared)));
    }
}

/// Eight lanes, compared with one element at a time.
#[cfg(all(feature = "alloc", feature = "tables", target_arch = "x86_64"))]
mod lanes {
    use super::*;
    use crate::backend::Ifma;
    use crate::p256::ifma::eight;
    use crate::p256::ifma::lanes::Eight;
    use crate::p256::{OddMultiples, sums_have_x_vartime};

    fn element(x: &Limbs) -> Fp {
        let (less_p, borrow) = crate::p256::residue::sub_limbs(x, &P::M);
        Fp::from_limbs(if borrow == 1 { *x } else { less_p })
    }

    fn same(lanes: Eight, plain: [Fp; 8], what: &str) {
        let (lanes, plain) = (lanes.leave().map(Fp::to_limbs), plain.map(Fp::to_limbs));
        assert_eq!(lanes, plain, "{what}");
    }

    /// Each operation on elements as they enter, and on chains of sums, which may be above p.
    fn checks(ifma: Ifma, a: [Fp; 8], b: [Fp; 8]) {
        let (mut x, mut y) = (Eight::enter(ifma, a), Eight::enter(ifma, b));
        let (mut a, mut b) = (a, b);
        let each = |f: &dyn Fn(usize) -> Fp| core::array::from_fn(f);
        for _ in 0..6 {
            same(x + y, each(&|i| a[i] + b[i]), "+");
            same(x - y, each(&|i| a[i] - b[i]), "-");
            same(-x, each(&|i| -a[i]), "negation");
            same(x * y, each(&|i| a[i] * b[i]), "*");
            same(Field::square(x), each(&|i| a[i].square()), "square");
            same(x.halve(), each(&|i| a[i].halve()), "half");
            same(Eight::minus_twice(x, y), each(&|i| a[i] - b[i].double()), "a - 2b");
            same(Eight::twice_minus(x, y), each(&|i| a[i].double() - b[i]), "2a - b");
            let thrice = |i: usize| (a[i] - b[i]).double() + (a[i] - b[i]);
            same(Eight::thrice_difference(x, y), each(&thrice), "3(a - b)");
            (x, y) = (Eight::thrice_difference(x, y), Field::double(x + y));
            (a, b) = (each(&thrice), each(&|i| (a[i] + b[i]).double()));
        }
    }

    proptest! {
        #![proptest_config(cases::at_most(500))]

        #[test]
        fn compute_what_one_does(
            a in proptest::array::uniform8(integer()),
            b in proptest::array::uniform8(integer()),
        ) {
            if let Some(ifma) = Ifma::detect() {
                checks(ifma, a.map(|x| element(&x)), b.map(|x| element(&x)));
            }
        }
    }

    proptest! {
        #![proptest_config(cases::at_most(30))]

        #[test]
        fn sum_what_one_does(
            a in proptest::array::uniform8(integer()),
            b in proptest::array::uniform8(integer()),
            c in proptest::array::uniform8(integer()),
        ) {
            let Some(ifma) = Ifma::detect() else { return Ok(()) };
            let [a, b, c] = [a, b, c].map(|scalars| scalars.each_ref().map(scalar));
            let p = Jacobian::from(&g()).double_times(9);
            let p = p.over(p.z.invert());
            let q: [Affine<Fp>; 8] = core::array::from_fn(|i| {
                let q = Jacobian::from(&p).double_times(i + 1);
                q.over(q.z.invert())
            });
            let multiples = OddMultiples::new_vartime(&p);
            let sums = eight::sums_vartime(ifma, &a, (&b, multiples.table()), (&c, q));
            for i in 0..8 {
                let terms = [
                    Term::prepared(&a[i], &table::OF_GENERATOR),
                    Term::prepared(&b[i], multiples.table()),
                    Term::fresh(&c[i], &q[i]),
                ];
                let expected = encoded(&wnaf::sum_vartime(&terms));
                let found = encoded(&sums[i]);
                // All digits are odd. So even 0·Q adds points, and small scalars may meet an exception, which gives
                // infinity.
                let small = |k: &Scalar| k.to_integer()[2..] == [0; 2];
                prop_assert!(
                    found == expected || found.is_none() && [a[i], b[i], c[i]].iter().any(small)
                );
            }
        }
    }

    #[test]
    fn a_lane_that_meets_an_exception_is_infinite() {
        let Some(ifma) = Ifma::detect() else { return };
        let multiples = Point::generator().odd_multiples();
        // All three points are G, and the sum of lane 5 is infinity. Lane 3 has opposite multiples of G.
        let k = scalar(&[3, 1, 4, 1]);
        let (mut a, mut b, c) = ([k; 8], [k; 8], [scalar(&[2, 7, 1, 8]); 8]);
        b[3] = -k;
        a[5] = -c[0] - b[5];
        let sums = eight::sums_vartime(ifma, &a, (&b, multiples.table()), (&c, [g(); 8]));
        for i in 0..8 {
            let expected = peer_multiple(&(a[i] + b[i] + c[i]));
            let found = encoded(&sums[i]);
            assert!(found == expected || found.is_none());
            assert_eq!(found.is_none(), i == 5, "the sum is infinity");
        }
    }

    #[test]
    fn a_lane_that_meets_an_exception_is_decided_by_itself() {
        let generator = Point::generator();
        let multiples = generator.odd_multiples();
        let (a, b) = (scalar(&[3, 1, 4, 1]), scalar(&[5, 9, 2, 6]));
        // The sums [t]G. The last two digits are odd, e of a and f of b, and no more than 127: for
        // t = 2e + f, [e]G is added to itself.
        let two = Scalar::ONE.double();
        let t = core::iter::successors(Some(scalar(&[381, 0, 0, 0])), |t| Some(*t - two));
        let t: Vec<_> = t.take(48 * 8).collect();
        let mut exceptions = 0;
        for sums in t.as_chunks::<8>().0 {
            let c = sums.map(|sum| sum - a - b);
            let x = sums.map(|sum| *peer_multiple(&sum).unwrap()[1..].first_chunk().unwrap());
            let scalars = (&[b; 8], &multiples);
            let found = sums_have_x_vartime(&[a; 8], scalars, (&c, &[&generator; 8]), &x);
            assert_eq!(found, [true; 8]);
            if let Some(ifma) = Ifma::detect() {
                let lanes = eight::sums_vartime(
                    ifma,
                    &[a; 8],
                    (&[b; 8], multiples.table()),
                    (&c, [g(); 8]),
                );
                exceptions += lanes.iter().filter(|sum| encoded(sum).is_none()).count();
            }
        }
        assert_eq!(exceptions > 0, Ifma::detect().is_some());
    }
}

fn g() -> Affine<Fp> {
    Point::generator().point
}

fn small() -> Small {
    Comb::new_vartime(&g())
}

fn signer() -> OfSigner {
    Comb::new_vartime(&g())
}

#[test]
fn g_is_g() {
    assert_eq!(peer_multiple(&Scalar::ONE), Some(*Point::generator().as_bytes()));
}

#[test]
fn additions_are_complete_where_they_say_so() {
    let p = Jacobian::from(&g()).double_times(3);
    let affine = p.over(p.z.invert());
    let infinity = Jacobian::INFINITY;
    let expected = encoded(&p.double_times(1));
    let sums = |a: &Jacobian<Fp>, b: &Affine<Fp>| {
        [
            encoded(&a.add_affine_vartime((), b)),
            encoded(&a.add_cached_vartime((), &Jacobian::from(b).cached())),
        ]
    };
    assert_eq!(sums(&p, &affine), [expected; 2], "a double");
    assert_eq!(sums(&p, &affine.negate()), [None; 2], "opposite");
    assert_eq!(sums(&infinity, &affine), [encoded(&p); 2]);
    assert_eq!(encoded(&p.add_cached_vartime((), &infinity.cached())), encoded(&p));
    assert_eq!(encoded(&infinity.add_cached_vartime((), &infinity.cached())), None);
    // The incomplete additions pass infinity on.
    for exceptional in [&p, &Jacobian { y: -p.y, ..p }] {
        assert!(exceptional.add_affine(&affine).is_infinity_vartime());
        assert!(exceptional.add_cached(&p.cached()).is_infinity_vartime());
    }
    assert!(infinity.add_affine(&affine).is_infinity_vartime());
    assert!(infinity.double_times(5).is_infinity_vartime());
}

#[test]
fn equality_of_points_is_that_of_affine_ones() {
    let p = Jacobian::from(&g()).double_times(1);
    let same = {
        let a = p.over(p.z.invert());
        Jacobian::from(&a)
    };
    let infinity = Jacobian::INFINITY;
    let eq = |a: &Jacobian<Fp>, b: &Jacobian<Fp>| bool::from(a.ct_eq(b));
    assert!(eq(&p, &same) && eq(&same, &p));
    assert!(!eq(&p, &Jacobian { y: -p.y, ..p }) && !eq(&p, &p.double_times(1)));
    let zeros = Jacobian { x: Fp::ZERO, y: Fp::ZERO, z: Fp::ZERO };
    for none in [infinity, infinity.double_times(1), zeros, Jacobian { z: Fp::ZERO, ..p }] {
        for other in [p, same, infinity, zeros, none] {
            assert!(!eq(&none, &other) && !eq(&other, &none));
        }
    }
}

/// The exceptional scalar of the large comb, of the small one and of a signer's, as `docs/p256-comb.md` finds them. In
/// its last addition, the sum so far equals the entry.
const EXCEPTIONAL: [[u64; 4]; 3] = [
    [0xaa14_8b54_e6b6_0537, 0xaa50_dabf_91a5_55a2, 0xffff_ffff_ffff_ffff, 0xffff_ffff_0000_0000],
    [0xf3d9_cac2_fc63_2553, 0xbce6_f8ad_a717_9e84, 0x0000_0000_1fff_ffff, 0xffff_fffe_fffe_0001],
    [0, 0, 0, 0x0100_07ff_bffd_fff0],
];

#[test]
fn exceptional_scalars_are_multiplied_rightly() {
    fn check<const A: usize, const B: usize, const C: usize, const D: usize>(
        comb: &Comb<A, B, C, D>,
        exceptional: usize,
    ) {
        for (i, k) in EXCEPTIONAL.iter().map(Scalar::new).enumerate() {
            assert_eq!(comb.mul_incomplete(&k).is_infinity_vartime(), i == exceptional);
            assert_eq!(encoded(&comb.mul(&k)), peer_multiple(&k));
        }
    }
    check::<43, 6, 32, 1>(&Comb::new_vartime(&g()), 0);
    check(&small(), 1);
    check(&signer(), 2);
}

/// The search of `docs/p256-comb.md`, in its terms: no addition but the last meets a case, and that one for no
/// scalar but 0 and the exceptional one.
#[test]
fn no_other_scalar_is_exceptional() {
    let integer = |limbs: &Limbs| {
        limbs.iter().rev().fold(U512::ZERO, |sum, limb| sum.shl(64) | U512::from_u64(*limb))
    };
    let q = integer(&Q::M);
    let combs = [(43, 6, 1), (1, 5, 52), (4, 5, 13)];
    for ((tables, teeth, steps), exceptional) in combs.into_iter().zip(&EXCEPTIONAL) {
        let order: Vec<(u32, u32)> =
            (0..steps).rev().flat_map(|s| (0..tables).map(move |j| (s, j))).collect();
        let places = |entries: &[(u32, u32)]| {
            let all = entries
                .iter()
                .flat_map(|(s, j)| (0..teeth).map(move |t| s + steps * (t + teeth * j)));
            all.fold(U512::ZERO, |places, place| places | U512::ONE.shl(place))
        };
        // The places of the digits of S and of e, for each addition.
        let one_by_one = |entries: &[(u32, u32)]| -> Vec<[U512; 2]> {
            (1..entries.len()).map(|n| [places(&entries[..n]), places(&entries[n..=n])]).collect()
        };
        let additions = if steps == 1 {
            let (lower, upper) = order.split_at(order.len() / 2);
            [one_by_one(lower), one_by_one(upper), [[places(lower), places(upper)]].to_vec()]
                .concat()
        } else {
            one_by_one(&order)
        };
        let mut found = Vec::new();
        for (n, [summed, entry]) in additions.iter().enumerate() {
            let shift = (*summed | *entry).trailing_zeros_vartime();
            let (all, entry) = ((*summed | *entry).shr(shift), entry.shr(shift));
            let mut odd_multiple = q;
            while odd_multiple <= all {
                for digits in [all + odd_multiple, all - odd_multiple].map(|twice| twice.shr(1)) {
                    if digits & !all == U512::ZERO {
                        assert_eq!(n + 1, additions.len(), "{tables} tables");
                        found.extend([digits, digits ^ entry].into_iter().filter(|k| *k < q));
                    }
                }
                odd_multiple = odd_multiple + q + q;
            }
        }
        let all_set =
            (0..tables * teeth * steps).fold(Scalar::ZERO, |sum, _| sum.double() + Scalar::ONE);
        let digits = |k: Scalar| integer(&(k + all_set).halve().to_integer());
        let mut expected = [digits(Scalar::ZERO), digits(Scalar::new(exceptional))];
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{tables} tables");
    }
}

#[test]
fn decoding_is_strict() {
    let mut rng_x = [0u8; 32];
    let mut on_curve = 0;
    for i in 0..64 {
        rng_x[31] = i;
        let decompressed = Point::with_x(&rng_x);
        on_curve += usize::from(decompressed.is_some());
        if let Some(point) = decompressed {
            let mut octets = point.octets;
            assert!(Point::from_bytes(&octets).is_ok());
            octets[64] ^= 1;
            assert_eq!(Point::from_bytes(&octets).err(), Some(Error::NotOnCurve));
            octets[64] ^= 1;
            octets[0] = 6;
            assert_eq!(Point::from_bytes(&octets).err(), Some(Error::PointEncoding));
        }
    }
    assert!(on_curve > 16);
    // x + p is the same residue in another encoding: x is below 2²⁵⁶ − p for small x.
    let small = (0..64)
        .find_map(|i| {
            let mut x = [0; 32];
            x[31] = i;
            Point::with_x(&x)
        })
        .unwrap();
    let mut octets = small.octets;
    let x: [u8; 32] = octets[1..33].try_into().unwrap();
    let wrapped = plain::uint(&x).wrapping_add(&plain::uint(&super::P));
    octets[1..33].copy_from_slice(wrapped.to_be_bytes().as_ref());
    assert_eq!(Point::from_bytes(&octets).err(), Some(Error::PointEncoding));
}

#[test]
fn an_x_of_0_is_no_r() {
    let point = Point::with_x(&[0; 32]).unwrap();
    let jacobian = Jacobian::from(&point.point);
    assert!(!has_x_vartime(&jacobian, &[0; 32]));
    assert!(!has_x_vartime(&jacobian, &super::P));
    let g = Jacobian::from(&g()).double_times(2);
    let x: [u8; 32] = encoded(&g).unwrap()[1..33].try_into().unwrap();
    assert!(has_x_vartime(&g, &x));
    assert!(has_x_vartime(&Jacobian { y: -g.y, ..g }, &x), "either sign of s");
    assert!(!has_x_vartime(&Jacobian { z: Fp::ZERO, ..g }, &x));
}

mod costs {
    use super::*;
    use crate::field::counting::{Cost, Counted, cost_of};
    use crate::p256::group::Element;

    impl Coordinate for Counted<Fp> {
        fn halve(self) -> Self {
            Self(self.0.halve())
        }
    }

    impl Element for Counted<Fp> {
        type Token = ();

        fn enter((): (), element: &Fp) -> Self {
            Self(*element)
        }

        fn leave(self) -> Fp {
            self.0
        }
    }

    #[test]
    fn are_as_stated() {
        let f = Counted(Fp::ONE);
        let point = Jacobian { x: f, y: f, z: f };
        let affine = Affine { x: f, y: f };
        let cost = |products, squares| Cost { products, squares };
        assert_eq!(cost_of(|| _ = point.double_times(1)), cost(3, 6));
        assert_eq!(cost_of(|| _ = point.double_times(7)), cost(27, 30));
        assert_eq!(cost_of(|| _ = point.add_affine(&affine)), cost(8, 3));
        let cached = point.cached();
        assert_eq!(cost_of(|| _ = point.add_cached(&cached)), cost(11, 3));
        assert_eq!(cost_of(|| _ = point.cached()), cost(1, 1));
        assert_eq!(cost_of(|| _ = point.over(f)), cost(3, 1));
    }

    #[test]
    #[cfg(feature = "tables")]
    fn a_verification_costs_what_its_sum_says() {
        let (mut total, sums) = (Cost { products: 0, squares: 0 }, 64);
        let mut k = scalar(&[0x9e37_79b9_7f4a_7c15, 3, 1, 0xf39c_c060_5ced_c835]);
        let p = Jacobian::from(&g()).double_times(9);
        let p = p.over(p.z.invert());
        for _ in 0..sums {
            let [a, b, c] = [(); 3].map(|()| {
                k = k.square() + k;
                k
            });
            let terms = [
                Term::prepared(&a, &table::OF_GENERATOR),
                Term::fresh(&b, &p),
                Term::fresh(&c, &g()),
            ];
            let cost = cost_of(|| _ = wnaf::sum_on::<Counted<Fp>, 3>((), &terms));
            total.products += cost.products;
            total.squares += cost.squares;
        }
        for (total, stated) in [total.products, total.squares].into_iter().zip([2_270, 1_630]) {
            assert!(
                (total / sums).abs_diff(stated) < stated / 50,
                "{}, stated {stated}",
                total / sums
            );
        }
    }
}

/// The tables are derived from the coordinates of G in SP 800-186 section 3.2.1.3, and not from a table.
#[test]
fn the_files_are_the_tables_of_g() {
    fn check<'a>(name: &str, file: &[u8], points: impl IntoIterator<Item = &'a Affine<Fp>>) {
        let limbs = points.into_iter().flat_map(|point| [point.x.to_limbs(), point.y.to_limbs()]);
        let derived: Vec<u8> = limbs.flatten().flat_map(u64::to_le_bytes).collect();
        crate::tables::check(&std::format!("p256/comb/{name}"), file, &derived);
    }
    let g = ours(&ProjectivePoint::GENERATOR).unwrap();
    let comb = Comb::<43, 6, 32, 1>::new_vartime(&g.point);
    check("g-43x6x1.bin", include_bytes!("comb/g-43x6x1.bin"), comb.entries());
    let small = Small::new_vartime(&g.point);
    check("g-1x5x52.bin", include_bytes!("comb/g-1x5x52.bin"), small.entries());
    check("g-odd.bin", include_bytes!("comb/g-odd.bin"), g.odd_multiples().table());
}
