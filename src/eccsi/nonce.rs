//! The ephemeral values j of section 5.2.1 and v of section 5.1.1, hedged: each is derived from a
//! secret key, from what it is for, and from fresh octets of the generator.
//!
//! j comes from HMAC_DRBG as in RFC 6979 section 3.2, with the additional input of its section 3.6: HS
//! and 32 fresh octets. A sound generator makes j unpredictable even to someone who knows SSK's other
//! uses. If the generator repeats itself or is known, j is as good as that of a deterministic signature: as
//! secret as SSK, and no two messages have the same j.
//!
//! v is an HMAC over KSAK, 32 fresh octets, KPAK and the identifier, see [`v`].

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::ct;
use crate::error::Error;
use crate::fault;
use crate::p256::{self, Point, SecretScalar};

/// The number of fresh random octets that go into a j or a v.
pub(super) const FRESH: usize = 32;

/// The key of the HMAC that gives v. It is public.
const V_LABEL: &[u8; 32] = b"v of RFC 6507 section 5.1.1, KMS";

/// The source of the values of j for one signature: HMAC keyed with K, and V. Wiped on drop.
///
/// j comes from both, and each is as secret as SSK. After a fault in one of them, j is still a value that nobody knows
/// and that no other message has.
pub(super) struct Nonces {
    key: Hmac<Sha256>,
    v: [u8; 32],
}

impl Nonces {
    /// RFC 6979 section 3.2 steps a to g; `additional` is k′ of its section 3.6.
    ///
    /// Secret: `ssk`, `additional`. Public: the message.
    pub(super) fn new(ssk: &SecretScalar, message: &[&[u8]], additional: [&[u8]; 2]) -> Self {
        let mut hash = Sha256::new();
        for part in message {
            hash.update(part);
        }
        let h1 = p256::reduce(&hash.finalize().into()).to_be_bytes();
        let ssk = ssk.to_bytes();
        let mut nonces = Self { key: keyed(&[0; 32]), v: [1; 32] };
        for step in 0..2 {
            nonces.update(&[&[step], ssk.as_slice(), &h1, additional[0], additional[1]]);
        }
        nonces
    }

    /// The next j, uniform in 1 ..= q − 1: step h.
    pub(super) fn next(&mut self) -> SecretScalar {
        loop {
            self.v = mac(&self.key, &[&self.v]);
            if let Some(j) = candidate(&self.v) {
                return j;
            }
            self.update(&[&[0]]);
        }
    }

    /// Confirms that `j` is the last one that [`next`](Self::next) gave. A fault may have put another in its place: one
    /// that an attacker knows, or that of another message. Either gives SSK away.
    ///
    /// Errors: [`Error::Fault`].
    pub(super) fn confirm(&self, j: &SecretScalar) -> Result<(), Error> {
        // It is the last one, unless there was a fault.
        if ct::declassify(j.to_bytes().ct_eq(&self.v)) { Ok(()) } else { Err(Error::Fault) }
    }

    /// K ← HMAC_K(V ‖ input), V ← HMAC_K(V).
    fn update(&mut self, input: &[&[u8]]) {
        let mut parts: [&[u8]; 6] = [&[]; 6];
        parts[0] = &self.v;
        for (part, input) in parts[1..].iter_mut().zip(input) {
            *part = input;
        }
        let mut k = Zeroizing::new(mac(&self.key, &parts));
        fault::at("K", &mut *k);
        self.key = keyed(&k);
        self.v = mac(&self.key, &[&self.v]);
        fault::at("V", &mut self.v);
    }
}

/// A v for the signer `id`; `None` if this attempt gives 0, or q or more, as one in 2³² does.
///
/// ```text
/// v = HMAC-SHA-256( label, KSAK ‖ fresh ‖ KPAK ‖ ID ‖ attempt )        attempt on one octet
/// ```
///
/// * **Uniform.** A candidate is taken as it is or thrown away, so v has no bias. To reduce modulo q without a bias
///   would take 64 octets, and so a second HMAC.
/// * **Hedged.** A sound generator alone makes v unpredictable. So does KSAK alone: with the fresh octets it fills the
///   first block of the hash, and that block keys the rest as the padded key of an HMAC does.
/// * **Not repeated.** Every field but ID has a fixed length, so no two inputs have the same encoding. Even if the
///   generator repeats itself, another identifier or another KMS gives another v. The same octets for
///   the same identifier give the same (SSK, PVT) again, which tells nobody anything new.
/// * **Separated.** The keys of the HMACs of j are zeros or outputs of their own, never the label. So a v is not a
///   j, even if the secret and the inputs are the same.
///
/// Secret: `ksak`, `fresh`, v. Public: `public`, which is KPAK, `id`, `attempt`.
pub(super) fn v(
    ksak: &SecretScalar,
    fresh: &[u8; FRESH],
    public: &Point,
    id: &[u8],
    attempt: u8,
) -> Option<SecretScalar> {
    let ksak = ksak.to_bytes();
    let parts = [ksak.as_slice(), fresh, public.as_bytes(), id, &[attempt]];
    candidate(&Zeroizing::new(mac(&keyed(V_LABEL), &parts)))
}

/// The scalar that these octets encode, if it is in 1 ..= q − 1.
fn candidate(octets: &[u8; 32]) -> Option<SecretScalar> {
    SecretScalar::from_bytes(octets).ok()
}

/// HMAC-SHA-256 with this key.                                      two blocks of the hash
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    // A key that has the length of SHA-256's block is taken as it is.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    Hmac::new((&*block).into())
}

/// The HMAC of the parts, one after the other.
fn mac(keyed: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = keyed.clone();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

impl Drop for Nonces {
    fn drop(&mut self) {
        // The HMAC wipes itself.
        self.v.zeroize();
    }
}

impl ZeroizeOnDrop for Nonces {}

#[cfg(test)]
mod tests {
    use super::*;
    use hex::decode;

    fn secret(text: &str) -> SecretScalar {
        SecretScalar::from_bytes(&decode(text).unwrap().try_into().unwrap()).unwrap()
    }

    /// The x of RFC 6979 appendix A.2.5.
    const X: &str = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";

    #[test]
    fn without_additional_input_it_is_rfc_6979() {
        for (message, k) in [
            (&b"sample"[..], "a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60"),
            (b"test", "d16b6ae827f17175e040871a1c7ec3500192c4c92677336ec2537acaee0008e0"),
        ] {
            let (first, second) = message.split_at(2);
            for parts in [&[message][..], &[first, second]] {
                let j = Nonces::new(&secret(X), parts, [&[], &[]]).next();
                assert_eq!(hex::encode(j.to_bytes()), k);
            }
        }
    }

    #[test]
    fn every_input_counts() {
        let other = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6722";
        let j = |x, message: &[u8], hs: &[u8], fresh: &[u8]| {
            let mut nonces = Nonces::new(&secret(x), &[message], [hs, fresh]);
            [*nonces.next().to_bytes(), *nonces.next().to_bytes()]
        };
        let (zeros, ones) = ([0; 32], [1; 32]);
        let all = [
            j(X, b"m", &zeros, &zeros),
            j(X, b"n", &zeros, &zeros),
            j(X, b"m", &ones, &zeros),
            j(X, b"m", &zeros, &ones),
            j(other, b"m", &zeros, &zeros),
        ];
        for (i, one) in all.as_flattened().iter().enumerate() {
            assert!(!all.as_flattened()[..i].contains(one), "no j twice");
        }
        assert_eq!(j(X, b"m", &zeros, &zeros), all[0]);
    }

    #[test]
    fn a_candidate_of_0_or_q_is_thrown_away() {
        let minus_1 = (p256::Scalar::ZERO - p256::Scalar::ONE).to_be_bytes();
        let mut q = minus_1;
        q[31] += 1;
        assert!(candidate(&minus_1).is_some());
        for none in [[0; 32], q, [0xff; 32]] {
            assert!(candidate(&none).is_none());
        }
    }

    #[test]
    fn v_is_no_j() {
        // KPAK and the identifier in every place in which j takes octets.
        let kpak = Point::mul_base(&secret(X));
        let (fresh, id) = ([7; FRESH], b"id".as_slice());
        let of_attempt = |attempt| v(&secret(X), &fresh, &kpak, id, attempt).unwrap();
        let vs = [0, 1].map(|attempt| *of_attempt(attempt).to_bytes());
        assert_ne!(vs[0], vs[1], "another attempt gives another v");
        let kpak = kpak.as_bytes();
        for (message, additional) in [
            ([kpak.as_slice(), id], [fresh.as_slice(), &[]]),
            ([kpak, id], [&[], &fresh]),
            ([id, &[]], [&fresh, kpak]),
            ([&[], &[]], [&fresh, &[kpak, id].concat()]),
            ([&fresh, kpak], [id, &[]]),
        ] {
            let mut nonces = Nonces::new(&secret(X), &message, additional);
            for _ in 0..4 {
                assert!(!vs.contains(&nonces.next().to_bytes()));
            }
        }
    }
}
