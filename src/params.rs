//! Parameter set 1 of RFC 6509 appendix A, except p, which stands with [`Fp`].

use crypto_bigint::{Odd, U1024};

use crate::field::Fp;

/// q in hexadecimal.
pub(crate) const Q_HEX: &str = "265eaec7c2958ff69971846636b4195e905b0338672d20986fa6b8d62cf8068b\
     bd02aac9f8bf03c6c8a1cc354c69672c39e46ce7fdf222864d5b49fd2999a9b4\
     389b1921cc9ad335144ab173595a07386dabfd2a0c614aa0a9f3cf14870f026a\
     a7e535abd5a5c7c7ff38fa08e2615f6c203177c42b1eb3a1d99b601ebfaa17fb";

/// q, the order of P: (p + 1)/4, a prime of 1022 bits.
pub(crate) const Q: Odd<U1024> = Odd::<U1024>::from_be_hex(Q_HEX);

/// P_x.
pub(crate) const P_X: Fp = Fp::from_hex(
    "53fc09ee332c29ad0a7990053ed9b52a2b1a2fd60aec69c698b2f204b6ff7cbf\
     b5edb6c0f6ce2308ab10db9030b09e1043d5f22cdb9dfa55718bd9e7406ce890\
     9760af765dd5bccb337c86548b72f2e1a702c3397a60de74a7c1514dba66910d\
     d5cfb4cc80728d87ee9163a5b63f73ec80ec46c4967e0979880dc8abeae63895",
);

/// P_y.
pub(crate) const P_Y: Fp = Fp::from_hex(
    "0a8249063f6009f1f9f1f0533634a135d3e82016029906963d778d821e141178\
     f5ea69f4654ec2b9e7f7f5e5f0de55f66b598ccf9a140b2e416cff0ca9e032b9\
     70dae117ad547c6ccad696b5b7652fe0ac6f1e80164aa989492d979fc5a4d5f2\
     13515ad7e9cb99a980bdad5ad5bb4636adb9b5706a67dcde75573fd71bef16d7",
);

/// g = ⟨P, P⟩, as its representative in 𝔽_p.
pub(crate) const G: Fp = Fp::from_hex(
    "66fc2a432b6ea392148f15867d623068c6a87bd1fb94c41e27fabe658e015a87\
     371e94744c96feda449ae9563f8bc446cbfda85d5d00ef577072da8f541721be\
     ee0faed1828eab90b99dfb0138c7843355df0460b4a9fd74b4f1a32bcafa1ffa\
     d682c033a7942bcce3720f20b9b7b0403c8cae87b7a0042acde0fab36461ea46",
);

/// The bits of a constant below its leading one, from the top down: the schedule of a double-and-add.
///
/// Leaks its operand, so it is only for constants of the parameter set.
#[cfg(test)]
pub(crate) fn bits_below_top(n: &U1024) -> impl Iterator<Item = bool> {
    let top = n.bit_width_vartime() - 1;
    (0..top).rev().map(|i| n.bit_vartime(i))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Affine, Edwards};
    use crate::pairing;
    use crate::torus::Torus;

    #[test]
    fn four_q_is_p_plus_one_and_p_is_3_mod_4() {
        let p_minus_1 = U1024::from_be_slice(&(-Fp::ONE).to_be_bytes());
        assert_eq!(p_minus_1.wrapping_add(&U1024::from(2u8)), Q.shl(2));
        assert_eq!(p_minus_1.as_words()[0] % 4, 2);
    }

    #[test]
    fn generator_is_on_the_curve_and_of_order_q() {
        let p = Affine::from_bytes(&Affine::GENERATOR.to_bytes()).expect("on the curve");
        assert!(bool::from(Edwards::from(&p).has_order_q()));
    }

    #[test]
    fn g_is_the_pairing_of_p_with_itself() {
        let w = Torus::from(pairing::tate(&Affine::GENERATOR, &Affine::GENERATOR));
        assert_eq!(w.to_bytes(), G.to_be_bytes());
    }
}
