//! xs:hexBinary and xs:base64Binary, in a time that depends only on lengths, because keys are decoded here too.

use alloc::string::String;
use alloc::vec;

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use super::syntax::is_space;

/// Octets that wipe themselves.
pub(super) type Octets = Zeroizing<alloc::vec::Vec<u8>>;

/// The octets of a hexadecimal text of either case.
pub(super) fn from_hex(text: &str) -> Option<Octets> {
    let mut out = Zeroizing::new(vec![0; base16ct::decoded_len(text.as_bytes()).ok()?]);
    base16ct::mixed::decode(text, &mut out).ok()?;
    Some(out)
}

/// The octets of a base64 text, which may have several lines.
pub(super) fn from_base64(text: &str) -> Option<Octets> {
    let mut joined = Zeroizing::new(vec![0; text.len()]);
    let mut len = 0;
    for octet in text.bytes().filter(|octet| !is_space(*octet)) {
        joined[len] = octet;
        len += 1;
    }
    let joined = &joined[..len];
    let mut out = Zeroizing::new(vec![0; len / 4 * 3]);
    let decoded = Base64::decode(joined, &mut out).ok()?.len();
    out.truncate(decoded);
    Some(out)
}

/// The octets of a text that is either. It is hexadecimal if it can be. Which of them it is, is public.
pub(super) fn from_hex_or_base64(text: &str) -> Option<Octets> {
    from_hex(text).or_else(|| from_base64(text))
}

/// `octets` in hexadecimal, lower case.
pub(super) fn to_hex(octets: &[u8]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(vec![0; base16ct::encoded_len(octets)]);
    // The buffer has exactly this length.
    let text = base16ct::lower::encode_str(octets, &mut out).unwrap_or_default();
    Zeroizing::new(text.into())
}

/// `octets` in base64.
pub(super) fn to_base64(octets: &[u8]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(vec![0; Base64::encoded_len(octets)]);
    let text = Base64::encode(octets, &mut out).unwrap_or_default();
    Zeroizing::new(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_codecs_undo_themselves() {
        let octets = (0..=255).collect::<alloc::vec::Vec<u8>>();
        for len in 0..octets.len() {
            let octets = &octets[..len];
            assert_eq!(from_hex(&to_hex(octets)).unwrap().as_slice(), octets);
            assert_eq!(from_hex(&to_hex(octets).to_uppercase()).unwrap().as_slice(), octets);
            assert_eq!(from_base64(&to_base64(octets)).unwrap().as_slice(), octets);
            assert_eq!(from_hex_or_base64(&to_hex(octets)).unwrap().as_slice(), octets);
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in ["0", "0g", "0x", "00 00", "é", "00000"] {
            assert_eq!(from_hex(text), None, "{text}");
        }
        for text in ["A", "AA", "AAA", "AA=A", "AA==AA==", "AB==", "AA*=", "=", "é"] {
            assert_eq!(from_base64(text), None, "{text}");
        }
        assert_eq!(from_base64(" AA\n=\t=\r\n").unwrap().as_slice(), [0]);
        assert_eq!(from_hex_or_base64("AAAA").unwrap().as_slice(), [0xaa, 0xaa]);
        assert_eq!(from_hex_or_base64("AAAAA").as_ref(), None);
    }
}
