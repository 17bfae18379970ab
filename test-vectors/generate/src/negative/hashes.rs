//! ECCSI with given HS and HE, for signatures for which no message is known.

use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::{AffineCoordinates, DecompressPoint};
use p256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};
use serde_json::{Value, json};

use crate::file::Tests;
use crate::fixed::octets;

/// p and q of P-256.
const P: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
const Q: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

fn constant(digits: &str) -> [u8; 32] {
    hex::decode(digits).expect("hex").try_into().expect("32 octets")
}

fn reduce(octets: &[u8; 32]) -> Scalar {
    Scalar::reduce(&FieldBytes::from(*octets))
}

fn inverse(scalar: Scalar) -> Scalar {
    scalar.invert().expect("not 0")
}

fn encoded(point: ProjectivePoint) -> [u8; 65] {
    let affine = point.to_affine();
    let mut octets = [4; 65];
    octets[1..33].copy_from_slice(&affine.x());
    octets[33..].copy_from_slice(&affine.y());
    octets
}

/// a + n, or a − n for a negative n.
fn plus(a: &[u8; 32], n: i64) -> [u8; 32] {
    let mut sum = *a;
    let mut carry = i128::from(n);
    for octet in sum.iter_mut().rev() {
        carry += i128::from(*octet);
        *octet = carry.rem_euclid(256) as u8;
        carry = carry.div_euclid(256);
    }
    sum
}

/// a − b for a ≥ b.
fn minus(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut difference = [0; 32];
    let mut borrow = 0;
    for i in (0..32).rev() {
        let digit = i16::from(a[i]) - i16::from(b[i]) - borrow;
        difference[i] = digit.rem_euclid(256) as u8;
        borrow = i16::from(digit < 0);
    }
    difference
}

/// q − s.
pub fn negative(s: &[u8]) -> [u8; 32] {
    minus(&constant(Q), s.try_into().expect("32 octets"))
}

/// The first point of the curve whose abscissa is `x`, `x` + `step`, and so on.
fn point_near(mut x: [u8; 32], step: i64) -> ([u8; 32], ProjectivePoint) {
    loop {
        let point = AffinePoint::decompress(&FieldBytes::from(x), 0.into());
        if let Some(point) = point.into_option() {
            return (x, point.into());
        }
        x = plus(&x, step);
    }
}

/// A signature, and the hashes with which it is verified.
#[derive(Clone, Copy)]
struct Hashed {
    kpak: ProjectivePoint,
    pvt: ProjectivePoint,
    hs: [u8; 32],
    he: [u8; 32],
    r: [u8; 32],
    s: Scalar,
}

impl Hashed {
    /// Hashes, r, s and a KPAK for which [s]([HE]G + [r]([HS]PVT + KPAK)) is `j`.
    fn of(j: ProjectivePoint, r: [u8; 32], hs: [u8; 32], he: [u8; 32]) -> Self {
        let s = reduce(&octets("s", 0));
        let r_inverse = inverse(reduce(&r));
        let y =
            j * (inverse(s) * r_inverse) - ProjectivePoint::GENERATOR * (reduce(&he) * r_inverse);
        let pvt = ProjectivePoint::GENERATOR * reduce(&octets("v", 0));
        Self { kpak: y - pvt * reduce(&hs), pvt, hs, he, r, s }
    }

    /// The same with hashes of no special form.
    fn plain(j: ProjectivePoint, r: [u8; 32]) -> Self {
        Self::of(j, r, octets("HS", 0), octets("HE", 0))
    }

    fn attributes(&self) -> Value {
        let signature = [&self.r[..], &self.s.to_repr(), &encoded(self.pvt)].concat();
        json!({
            "KPAK": hex::encode(encoded(self.kpak)), "HS": hex::encode(self.hs),
            "HE": hex::encode(self.he), "signature": hex::encode(signature),
        })
    }
}

pub fn below_the_hash(tests: &mut Tests<'_>) {
    let (p, q) = (constant(P), constant(Q));
    let j = ProjectivePoint::GENERATOR * reduce(&octets("j", 0));
    let x: [u8; 32] = j.to_affine().x().into();
    let plain = Hashed::plain(j, x);
    let ordinary = tests.valid("control: an ordinary r", &["Control"], plain.attributes());
    let high = Hashed { s: -plain.s, ..plain };
    tests.valid("q - s for s", &["Malleability"], high.attributes());

    let unreduced = &["UnreducedR"];
    let controlled = &["Control", "UnreducedR"];
    for (what, from, step) in [
        ("the first x of q and above", q, 1),
        ("an x between q and p", plus(&q, 1 << 40), 1),
        ("the last x below p", plus(&p, -1), -1),
    ] {
        let (x, j) = point_near(from, step);
        let right = Hashed::plain(j, x);
        let comment = format!("control: r is {what}, and not reduced modulo q");
        let control = tests.valid(&comment, controlled, right.attributes());
        let reduced = Hashed { r: minus(&x, &q), ..right };
        let comment = format!("r is {what}, reduced modulo q");
        tests.invalid(&comment, unreduced, ("J-mismatch", control), reduced.attributes());
        let comment = format!("J is that of an ordinary r, but r is {what}");
        let other = Hashed { r: x, ..Hashed::plain(plain_j(), x) };
        tests.invalid(&comment, unreduced, ("J-mismatch", control), other.attributes());
    }
    for (what, from) in [("the first x above 0", 1), ("a small x", 1 << 40)] {
        let (x, j) = point_near(plus(&[0; 32], from), 1);
        let right = Hashed::plain(j, x);
        let comment = format!("control: r is {what}");
        let control = tests.valid(&comment, controlled, right.attributes());
        let more = Hashed { r: sum(&x, &q), ..right };
        let comment = format!("r is {what} plus q: equal to it modulo q");
        tests.invalid(&comment, unreduced, ("J-mismatch", control), more.attributes());
    }

    let flags = &["DegenerateSum"];
    let y_scalar = -(reduce(&plain.he) * inverse(reduce(&plain.r)));
    let y = ProjectivePoint::GENERATOR * y_scalar;
    let at_infinity = Hashed { kpak: y - plain.pvt * reduce(&plain.hs), ..plain };
    let comment = "J is the point at infinity: Y = -[HE/r]G";
    tests.invalid(comment, flags, ("J-mismatch", ordinary), at_infinity.attributes());
    let (_, of_x_0) = point_near([0; 32], 1);
    for (what, r, reason) in [("1", plus(&[0; 32], 1), "J-mismatch"), ("p", p, "r-range")] {
        let comment = format!("the x of J is 0, r = {what}");
        let of_r = Hashed::plain(of_x_0, r);
        tests.invalid(&comment, flags, (reason, ordinary), of_r.attributes());
    }
    let none = Hashed { kpak: -(plain.pvt * reduce(&plain.hs)), ..plain };
    let of_he = ProjectivePoint::GENERATOR * (reduce(&plain.he) * plain.s);
    let open = Hashed { r: of_he.to_affine().x().into(), ..none };
    let comment =
        "Y is the point at infinity, SSK being 0: anybody signs; the RFC doesn't look at Y";
    tests.acceptable(comment, flags, ("J-mismatch", ordinary), open.attributes());

    let flags = &["HashOfZero"];
    let (hs, he) = (plain.hs, plain.he);
    for (what, hs, he) in [
        ("HS = 0", [0; 32], he),
        ("HS = q", q, he),
        ("HE = 0", hs, [0; 32]),
        ("HE = q", hs, q),
        ("HS = HE = q", q, q),
        ("HS = q + 1", plus(&q, 1), he),
        ("HE = 2^256-1", hs, [0xff; 32]),
    ] {
        let right = Hashed::of(j, x, hs, he);
        let comment = format!("control: {what}, a number like others to the verifier");
        let control = tests.valid(&comment, &["Control", "HashOfZero"], right.attributes());
        let comment = format!("signed with {what}, verified with other hashes");
        let other = Hashed { hs: octets("HS", 1), he: octets("HE", 1), ..right };
        tests.invalid(&comment, flags, ("J-mismatch", control), other.attributes());
    }
}

/// A J of no special form.
fn plain_j() -> ProjectivePoint {
    ProjectivePoint::GENERATOR * reduce(&octets("j", 1))
}

/// a + b, which is below 2²⁵⁶.
fn sum(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    minus(b, &minus(&[0; 32], a))
}
