//! Points of the SAKKE curve whose order isn't q, and other encodings of points of order q.

use crypto_bigint::{CheckedAdd, NonZero, U1024};
use eccsi_sakke::hazmat::{self, Point};
use eccsi_sakke::sakke;
use serde_json::{Value, json};

use crate::file::Tests;
use crate::fixed::{below_q, first};

/// q of RFC 6509 appendix A. p is 4q − 1.
pub const Q: &str = "265eaec7c2958ff69971846636b4195e905b0338672d20986fa6b8d62cf8068b\
                     bd02aac9f8bf03c6c8a1cc354c69672c39e46ce7fdf222864d5b49fd2999a9b4\
                     389b1921cc9ad335144ab173595a07386dabfd2a0c614aa0a9f3cf14870f026a\
                     a7e535abd5a5c7c7ff38fa08e2615f6c203177c42b1eb3a1d99b601ebfaa17fb";

pub fn q() -> U1024 {
    U1024::from_be_hex(Q)
}

pub fn p() -> U1024 {
    q().wrapping_mul(&U1024::from_u32(4)).wrapping_sub(&U1024::ONE)
}

/// A number modulo p.
#[derive(Clone, Copy, PartialEq)]
struct Element(U1024);

impl Element {
    fn p() -> NonZero<U1024> {
        NonZero::new(p()).expect("not 0")
    }

    fn small(n: u32) -> Self {
        Self(U1024::from_u32(n))
    }

    fn sub(self, other: Self) -> Self {
        Self(self.0.sub_mod(&other.0, &Self::p()))
    }

    fn mul(self, other: Self) -> Self {
        Self(self.0.mul_mod(&other.0, &Self::p()))
    }

    fn pow(self, exponent: &U1024) -> Self {
        let bits = (0..exponent.bit_width_vartime()).rev();
        bits.fold(Self::small(1), |power, bit| {
            let square = power.mul(power);
            if exponent.bit_vartime(bit) { square.mul(self) } else { square }
        })
    }

    fn invert(self) -> Self {
        self.pow(&Self::p().wrapping_sub(&U1024::from_u32(2)))
    }

    /// A square root, if there is one: (p + 1)/4 is q.
    fn sqrt(self) -> Option<Self> {
        let root = self.pow(&q());
        (root.mul(root) == self).then_some(root)
    }

    fn to_bytes(self) -> [u8; 128] {
        self.0.to_be_bytes().into()
    }
}

/// A point other than infinity.
#[derive(Clone, Copy)]
pub struct Affine {
    x: Element,
    y: Element,
}

impl Affine {
    pub fn decode(octets: &[u8; 257]) -> Self {
        let element = |octets| Element(U1024::from_be_slice(octets));
        Self { x: element(&octets[1..129]), y: element(&octets[129..]) }
    }

    pub fn encode(self) -> [u8; 257] {
        let mut octets = [4; 257];
        octets[1..129].copy_from_slice(&self.x.to_bytes());
        octets[129..].copy_from_slice(&self.y.to_bytes());
        octets
    }

    /// The sum of two points with different x.
    pub fn add(self, other: Self) -> Self {
        let slope = self.y.sub(other.y).mul(self.x.sub(other.x).invert());
        let x = slope.mul(slope).sub(self.x).sub(other.x);
        Self { x, y: slope.mul(self.x.sub(x)).sub(self.y) }
    }
}

/// The point of order 2, and the two points of order 4.
pub fn torsion() -> [(&'static str, Affine); 3] {
    let zero = Element::small(0);
    // x² = −3, and y² = x³ − 3x = −6x, which is a square for one of the two roots.
    let root = zero.sub(Element::small(3)).sqrt().expect("a square");
    let on_curve = |x: Element| zero.sub(Element::small(6)).mul(x).sqrt().map(|y| (x, y));
    let (x, y) = on_curve(root).or_else(|| on_curve(zero.sub(root))).expect("one of them");
    [
        ("the order-2 point", Affine { x: zero, y: zero }),
        ("the first order-4 point", Affine { x, y }),
        ("the second order-4 point", Affine { x, y: zero.sub(y) }),
    ]
}

/// [k]P.
pub fn multiple(k: &[u8; 128]) -> [u8; 257] {
    sakke::KmsSecretKey::try_from(k).expect("in range").public_key().to_bytes()
}

/// The encoding with p added to the 128 octets that begin at `at`, if the sum fits.
pub fn second_encoding(octets: &[u8; 257], at: usize) -> Option<[u8; 257]> {
    let sum =
        U1024::from_be_slice(&octets[at..at + 128]).checked_add(&Element::p()).into_option()?;
    let mut second = *octets;
    second[at..at + 128].copy_from_slice(sum.to_be_bytes().as_ref());
    Some(second)
}

pub fn pairing(tests: &mut Tests<'_>) {
    let has_second = |number: u32| {
        let point = multiple(&below_q("a", number));
        second_encoding(&point, 1).is_some() && second_encoding(&point, 129).is_some()
    };
    let (a, b) = (below_q("a", first(has_second)), below_q("b", 0));
    let (p, q) = (multiple(&a), multiple(&b));
    let attributes = |p: &[u8], q: &[u8], a: &[u8], b: &[u8]| -> Value {
        json!({
            "P": hex::encode(p), "Q": hex::encode(q), "a": hex::encode(a), "b": hex::encode(b),
        })
    };
    let decoded = |octets: &[u8; 257]| Point::try_from(&octets[..]).expect("a point");
    let mut right = attributes(&p, &q, &a, &b);
    right["w"] = hex::encode(hazmat::pairing(&decoded(&p), &decoded(&q))).into();
    let control = tests.valid("control: two points of order q", &["Control"], right);

    // Adds a test with this point in place of P, and one with it in place of Q, which should have the same logarithm.
    let mut wrong = |what: &str, flags: &[&str], reason: &str, point: &[u8]| {
        let comment = format!("first argument: {what}");
        tests.invalid(&comment, flags, (reason, control), attributes(point, &q, &a, &b));
        let comment = format!("second argument: {what}");
        tests.invalid(&comment, flags, (reason, control), attributes(&q, point, &b, &a));
    };
    let order = &["WrongOrder"];
    for (name, point) in torsion() {
        let small = &["WrongOrder", "SmallOrder"];
        wrong(&format!("{name} alone"), small, "wrong-order", &point.encode());
        let sum = Affine::decode(&p).add(point).encode();
        wrong(&format!("plus {name}"), order, "wrong-order", &sum);
    }
    for (name, at) in [("x", 1), ("y", 129)] {
        let second = second_encoding(&p, at).expect("found so");
        let what = format!("{name} + p, a second encoding of the same point");
        wrong(&what, &["Range", "SecondEncoding"], "coordinate-range", &second);
        let mut high = p;
        high[at..at + 128].copy_from_slice(&Element::p().to_be_bytes().as_ref()[..128]);
        wrong(&format!("{name} = p"), &["Range"], "coordinate-range", &high);
        let mut off = p;
        off[at + 127] ^= 1;
        wrong(&format!("last bit of {name} changed"), &["OffCurve"], "not-on-curve", &off);
    }
    for prefix in [0, 2, 3, 5, 6, 7] {
        let mut other = p;
        other[0] = prefix;
        wrong(&format!("prefix {prefix:02x}"), &["PointEncoding"], "point-prefix", &other);
    }
    wrong("257 zero octets", &["Infinity", "PointEncoding"], "point-prefix", &[0; 257]);
    wrong("one octet 00", &["Infinity", "Length"], "point-length", &[0]);
    wrong("an octet less", &["Length"], "point-length", &p[..256]);
    wrong("an octet more", &["Length"], "point-length", &[&p[..], &[0]].concat());
    let compressed = [&[2 + (p[256] & 1)], &p[1..129]].concat();
    wrong("compressed", &["Compressed", "Length"], "point-length", &compressed);
}
