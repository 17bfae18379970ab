//! Computes `zeros.json`: values with leading zeros or with their top bit set. In the refused tests they were hashed
//! or sent as numbers, that is, without the zeros or with an octet for the sign.

use eccsi_sakke::hazmat::{self, Point};
use eccsi_sakke::{Identifier, eccsi, sakke};
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::{FieldBytes, Scalar};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::file::{File, Tests};
use crate::fixed::{below_q, first, octets};

const ID: &[u8] = b"2026-11\0tel:+447700900456\0";
const MESSAGE: &[u8] = b"a message";

/// q of RFC 6509 appendix A.
const Q: &str = "265eaec7c2958ff69971846636b4195e905b0338672d20986fa6b8d62cf8068b\
                 bd02aac9f8bf03c6c8a1cc354c69672c39e46ce7fdf222864d5b49fd2999a9b4\
                 389b1921cc9ad335144ab173595a07386dabfd2a0c614aa0a9f3cf14870f026a\
                 a7e535abd5a5c7c7ff38fa08e2615f6c203177c42b1eb3a1d99b601ebfaa17fb";

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

/// The octets without leading zeros, as an unsigned number is encoded.
fn without_zeros(octets: &[u8]) -> &[u8] {
    &octets[octets.iter().take_while(|octet| **octet == 0).count()..]
}

/// The octets with 00 in front if the top bit is set, as a signed number is encoded.
fn with_sign(octets: &[u8]) -> Vec<u8> {
    if octets[0] < 0x80 { octets.to_vec() } else { [&[0], octets].concat() }
}

fn starts_with_zero(octets: &[u8]) -> bool {
    octets[0] == 0 && octets[1] != 0
}

fn has_top_bit(octets: &[u8]) -> bool {
    octets[0] >= 0x80
}

/// A signer that computes ECCSI by its equations, because the crate itself can't make these mistakes.
struct Signer {
    ksak: Scalar,
    v: Scalar,
    kpak: [u8; 65],
    pvt: [u8; 65],
}

fn reduce(octets: &[u8; 32]) -> Scalar {
    Scalar::reduce(&FieldBytes::from(*octets))
}

impl Signer {
    fn new(ksak: &[u8; 32], v: &[u8; 32]) -> Self {
        let point = |k| {
            let kms = eccsi::KmsSecretKey::try_from(k).expect("in range");
            kms.public_key().to_bytes()
        };
        Self { ksak: reduce(ksak), v: reduce(v), kpak: point(ksak), pvt: point(v) }
    }

    /// HS, computed over the points as given.
    fn hs(kpak: &[u8], pvt: &[u8]) -> [u8; 32] {
        let one = eccsi::KmsSecretKey::try_from(&{
            let mut one = [0; 32];
            one[31] = 1;
            one
        });
        let g = one.expect("in range").public_key().to_bytes();
        sha256(&[&g, kpak, ID, pvt])
    }

    /// r ‖ s ‖ PVT for this HS, and for the HE that `he` computes from HS and r.
    fn sign(&self, hs: &[u8; 32], j: &[u8; 32], he: impl Fn(&[u8], &[u8]) -> [u8; 32]) -> Vec<u8> {
        let ssk = self.ksak + reduce(hs) * self.v;
        let big_j = eccsi::KmsSecretKey::try_from(j).expect("in range").public_key().to_bytes();
        let r: [u8; 32] = big_j[1..33].try_into().expect("32 octets");
        let divisor = reduce(&he(hs, &r)) + reduce(&r) * ssk;
        let s = reduce(j) * divisor.invert().expect("not 0");
        [&r[..], &s.to_repr(), &self.pvt].concat()
    }

    fn attributes(&self, signature: &[u8]) -> Value {
        json!({
            "KPAK": hex::encode(self.kpak), "ID": hex::encode(ID), "M": hex::encode(MESSAGE),
            "signature": hex::encode(signature),
        })
    }

    /// Adds a valid signature, and wrong ones with a comment and a reason.
    fn control(
        &self,
        tests: &mut Tests<'_>,
        (what, flag): (&str, &str),
        good: &[u8],
        wrong: &[(&str, &str, &[u8])],
    ) {
        let comment = format!("control: {what}");
        let control = tests.valid(&comment, &["Control", flag], self.attributes(good));
        for (comment, reason, signature) in wrong {
            tests.invalid(comment, &[flag], (reason, control), self.attributes(signature));
        }
    }
}

const ZEROS: &str = "LeadingZeros";
const TOP_BIT: &str = "TopBit";

fn he(hs: &[u8], r: &[u8]) -> [u8; 32] {
    sha256(&[hs, r, MESSAGE])
}

fn verify(tests: &mut Tests<'_>) {
    let signer = Signer::new(&octets("KSAK", 0), &octets("v", 0));
    let hs = Signer::hs(&signer.kpak, &signer.pvt);
    let signed = |number| signer.sign(&hs, &octets("j", number), he);

    let j = octets("j", first(|number| starts_with_zero(&signed(number))));
    let good = signer.sign(&hs, &j, he);
    let bad = signer.sign(&hs, &j, |hs, r| he(hs, without_zeros(r)));
    let wrong = [
        ("signer computed HE with r without its leading zero octet", "J-mismatch", &bad[..]),
        ("r without its leading zero octet", "sig-length", &good[1..]),
    ];
    signer.control(tests, ("r starts with a zero octet", ZEROS), &good, &wrong);

    let j = octets("j", first(|number| has_top_bit(&signed(number))));
    let good = signer.sign(&hs, &j, he);
    let bad = signer.sign(&hs, &j, |hs, r| he(hs, &with_sign(r)));
    let wrong = [("signer computed HE with an octet 00 in front of r", "J-mismatch", &bad[..])];
    signer.control(tests, ("r has its top bit set", TOP_BIT), &good, &wrong);

    let good = signed(first(|number| starts_with_zero(&signed(number)[32..64])));
    let short = [&good[..32], &good[33..]].concat();
    let wrong = [("s without its leading zero octet", "sig-length", &short[..])];
    signer.control(tests, ("s starts with a zero octet", ZEROS), &good, &wrong);

    hs_as_a_number(tests);
    coordinates_as_numbers(tests);
}

/// HS, which HE hashes again.
fn hs_as_a_number(tests: &mut Tests<'_>) {
    let signer = |number| Signer::new(&octets("KSAK", 0), &octets("v", number));
    let hs = |signer: &Signer| Signer::hs(&signer.kpak, &signer.pvt);
    let j = octets("j", 0);

    let of_zeros = signer(first(|number| starts_with_zero(&hs(&signer(number)))));
    let good = of_zeros.sign(&hs(&of_zeros), &j, he);
    let bad = of_zeros.sign(&hs(&of_zeros), &j, |hs, r| he(without_zeros(hs), r));
    let comment = "signer computed HE with HS without its leading zero octet";
    let wrong = [(comment, "J-mismatch", &bad[..])];
    of_zeros.control(tests, ("HS starts with a zero octet", ZEROS), &good, &wrong);

    let of_top_bit = signer(first(|number| has_top_bit(&hs(&signer(number)))));
    let good = of_top_bit.sign(&hs(&of_top_bit), &j, he);
    let bad = of_top_bit.sign(&hs(&of_top_bit), &j, |hs, r| he(&with_sign(hs), r));
    let wrong = [("signer computed HE with an octet 00 in front of HS", "J-mismatch", &bad[..])];
    of_top_bit.control(tests, ("HS has its top bit set", TOP_BIT), &good, &wrong);
}

/// KPAK and PVT, which HS hashes.
fn coordinates_as_numbers(tests: &mut Tests<'_>) {
    let j = octets("j", 0);
    let stripped = |point: &[u8; 65]| {
        [&[4], without_zeros(&point[1..33]), without_zeros(&point[33..])].concat()
    };
    for (name, at) in [("x", 1), ("y", 33)] {
        for (point, of_kpak) in [("KPAK", true), ("PVT", false)] {
            let signer = |number| {
                let (ksak, v) = if of_kpak { (number, 0) } else { (0, number) };
                Signer::new(&octets("KSAK", ksak), &octets("v", v))
            };
            let octets_of = |signer: &Signer| if of_kpak { signer.kpak } else { signer.pvt };
            let found = first(|number| starts_with_zero(&octets_of(&signer(number))[at..]));
            let signer = signer(found);
            let good = signer.sign(&Signer::hs(&signer.kpak, &signer.pvt), &j, he);
            let hs = if of_kpak {
                Signer::hs(&stripped(&signer.kpak), &signer.pvt)
            } else {
                Signer::hs(&signer.kpak, &stripped(&signer.pvt))
            };
            let bad = signer.sign(&hs, &j, he);
            let what = format!("{name} of {point} starts with a zero octet");
            let comment =
                format!("signer computed HS with {name} of {point} without its leading zero octet");
            let wrong = [(comment.as_str(), "J-mismatch", &bad[..])];
            signer.control(tests, (&what, ZEROS), &good, &wrong);
        }
    }
}

/// A KMS and a receiver.
struct Sakke {
    kms: sakke::KmsSecretKey,
    id: Identifier,
}

impl Sakke {
    fn new() -> Self {
        let kms = sakke::KmsSecretKey::try_from(&below_q("z", 0)).expect("below q");
        Self { kms, id: Identifier::try_from(ID).expect("an identifier") }
    }

    fn trace(&self, ssv: &[u8; 16]) -> sakke::EncapsulationTrace {
        let recipient = self.kms.public_key().recipient(&self.id).expect("a recipient");
        recipient.trace(&ssv.into()).expect("sealed")
    }

    /// The Encapsulated Data of a sender that hashes `hashed` to r and encodes gʳ with `of_g_r`.
    fn seal(&self, ssv: &[u8; 16], hashed: &[u8], of_g_r: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let q = hex::decode(Q).expect("hex");
        let r = hazmat::hash_to_integer_range(hashed, &q).expect("a modulus");
        let g = hazmat::pairing(&Point::GENERATOR, &Point::GENERATOR);
        let g_r = hazmat::pf_pow(&g, &r).expect("a power of g");
        let mask = hazmat::hash_to_integer_range(&of_g_r(&g_r), &[&[1][..], &[0; 16]].concat());
        let h: Vec<u8> =
            mask.expect("a modulus")[112..].iter().zip(ssv).map(|(a, b)| a ^ b).collect();
        [&self.point(&r)[..], &h].concat()
    }

    /// [r]([b]P + Z) = [r(b + z)]P, which is the public key of a KMS with the secret r(b + z).
    fn point(&self, r: &[u8; 128]) -> [u8; 257] {
        use crypto_bigint::{NonZero, U1024};
        let q = NonZero::new(U1024::from_be_hex(Q)).expect("not 0");
        let id = [&[0; 128][..], self.id.as_bytes()].concat();
        let b = U1024::from_be_slice(&id[id.len() - 128..]);
        let sum = b.add_mod(&U1024::from_be_slice(&self.kms.to_bytes()[..]), &q);
        let product = U1024::from_be_slice(r).mul_mod(&sum, &q);
        let octets: [u8; 128] = product.to_be_bytes().into();
        sakke::KmsSecretKey::try_from(&octets).expect("in range").public_key().to_bytes()
    }

    fn attributes(&self, encapsulated: &[u8], ssv: Option<&[u8; 16]>) -> Value {
        let rsk = self.kms.extract(&self.id).expect("a key").to_bytes();
        let mut attributes = json!({
            "Z": hex::encode(self.kms.public_key().to_bytes()), "ID": hex::encode(self.id.as_bytes()),
            "RSK": hex::encode(&rsk[..]), "encapsulated": hex::encode(encapsulated),
        });
        if let Some(ssv) = ssv {
            attributes["SSV"] = hex::encode(ssv).into();
        }
        attributes
    }

    /// Adds a control, and a test with the same secret encapsulated wrongly.
    fn pair(
        &self,
        tests: &mut Tests<'_>,
        (what, flag): (&str, &str),
        ssv: &[u8; 16],
        (how, wrong): (&str, &[u8]),
    ) {
        let sealed = *self.trace(ssv).encapsulation.as_bytes();
        let control = tests.valid(
            &format!("control: {what}"),
            &["Control", flag],
            self.attributes(&sealed, Some(ssv)),
        );
        assert_ne!(wrong, sealed, "{what}");
        let reason = if wrong.len() == 273 { "TEST-mismatch" } else { "enc-length" };
        tests.invalid(how, &[flag], (reason, control), self.attributes(wrong, None));
    }
}

fn decapsulate(tests: &mut Tests<'_>) {
    let sakke = Sakke::new();
    let ssv = |number| octets::<16>("SSV", number);
    let hashed = |ssv: &[u8; 16]| [&ssv[..], ID].concat();
    let as_it_is = |g_r: &[u8]| g_r.to_vec();

    let found = ssv(first(|number| starts_with_zero(&sakke.trace(&ssv(number)).g_r[..])));
    // Without a mistake, this sender gives the same octets as the crate.
    let own = sakke.seal(&found, &hashed(&found), as_it_is);
    assert_eq!(own, sakke.trace(&found).encapsulation.as_bytes());
    let wrong = sakke.seal(&found, &hashed(&found), |g_r| without_zeros(g_r).to_vec());
    let how = "sender computed the mask from g^r without its leading zero octet";
    sakke.pair(tests, ("g^r starts with a zero octet", ZEROS), &found, (how, &wrong));

    let found = ssv(first(|number| has_top_bit(&sakke.trace(&ssv(number)).g_r[..])));
    let wrong = sakke.seal(&found, &hashed(&found), with_sign);
    let how = "sender computed the mask from g^r with an octet 00 in front";
    sakke.pair(tests, ("g^r has its top bit set", TOP_BIT), &found, (how, &wrong));

    for zero_octets in [1, 8] {
        let mut found = ssv(0);
        found[..zero_octets].fill(0);
        let wrong = sakke.seal(&found, &[without_zeros(&found), ID].concat(), as_it_is);
        let what = format!("SSV starts with {zero_octets} zero octets");
        let how =
            format!("sender computed r from the SSV without its {zero_octets} leading zero octets");
        sakke.pair(tests, (&what, ZEROS), &found, (&how, &wrong));
    }

    let found = ssv(first(|number| has_top_bit(&ssv(number))));
    let wrong = sakke.seal(&found, &[&with_sign(&found), ID].concat(), as_it_is);
    let how = "sender computed r from the SSV with an octet 00 in front";
    sakke.pair(tests, ("SSV has its top bit set", TOP_BIT), &found, (how, &wrong));

    let found = ssv(first(|number| starts_with_zero(sakke.trace(&ssv(number)).mask.as_bytes())));
    let right = sakke.trace(&found);
    let mask = [without_zeros(right.mask.as_bytes()), &[0]].concat();
    let h: Vec<u8> = mask.iter().zip(&found).map(|(a, b)| a ^ b).collect();
    let wrong = [&right.encapsulation.as_bytes()[..257], &h].concat();
    let how = "sender masked with the mask without its leading zero octet";
    sakke.pair(tests, ("the mask starts with a zero octet", ZEROS), &found, (how, &wrong));

    let h = |number| sakke.trace(&ssv(number)).encapsulation.as_bytes()[257..].to_vec();
    let found = ssv(first(|number| starts_with_zero(&h(number))));
    let right = sakke.trace(&found).encapsulation.to_bytes();
    let wrong = [&right[..257], &right[258..]].concat();
    let how = "H without its leading zero octet";
    sakke.pair(tests, ("H starts with a zero octet", ZEROS), &found, (how, &wrong));

    for (name, at) in [("x", 1), ("y", 129)] {
        let r = |number| sakke.trace(&ssv(number)).encapsulation.to_bytes();
        let found = ssv(first(|number| starts_with_zero(&r(number)[at..])));
        let right = r(first(|number| starts_with_zero(&r(number)[at..])));
        let wrong = [&right[..at], &right[at + 1..]].concat();
        let what = format!("{name} of R starts with a zero octet");
        let how = format!("{name} of R without its leading zero octet");
        sakke.pair(tests, (&what, ZEROS), &found, (&how, &wrong));
    }
}

/// The text of the file.
pub fn text() -> String {
    let mut file = File::default();
    file.group("verify", "eccsi-verify", "KPAK ID M signature -> accept or refuse", verify);
    let fields = "Z ID RSK encapsulated -> SSV, or refuse";
    file.group("decapsulate", "sakke-decaps", fields, decapsulate);
    file.text(
        "Leading zeros and top bits: octet strings that are hashed or sent as numbers",
        "computed by tests/leading_zeros.rs of this repository from the RFCs' equations, on its \
         own pairing and points; values with the property are found by search",
    )
}
