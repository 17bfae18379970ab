//! Decodes the input, which is a binary file or text.

use base64ct::{Base64Unpadded, Encoding};

use crate::Error;
use crate::report::Form;

/// The octets of the largest input, which is also the largest document that is read.
pub const MAX_INPUT: usize = 1 << 20;

/// The form and the octets of the input: a document in XML, a binary message, a message in hexadecimal with or without
/// spaces and colons, or a message in base64. Base64 may be the whole input, or follow the word `mikey`.
pub(crate) fn decode(input: &[u8]) -> Result<(Form, Vec<u8>), Error> {
    if input.len() > MAX_INPUT {
        return Err(Error::TooLarge);
    }
    if input.starts_with(&[0xff, 0xfe]) || input.starts_with(&[0xfe, 0xff]) {
        return Err(Error::Utf16);
    }
    let Some(text) = text(input) else { return Ok((Form::Binary, input.into())) };
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(Error::Empty);
    }
    if is_xml(text) {
        return Ok((Form::Xml, input.into()));
    }
    let is_filler = |c: char| c.is_whitespace() || c == ':';
    let digits: String = text.trim_start_matches("0x").split(is_filler).collect();
    if let Ok(octets) = hex::decode(&digits) {
        return if octets.is_empty() { Err(Error::Empty) } else { Ok((Form::Hexadecimal, octets)) };
    }
    // Base64 may contain these letters by chance, but not as a word.
    let lines = text.lines().filter_map(|line| line.split_once("mikey"));
    let after = lines.map(|(_, after)| after);
    let is_word = |after: &&str| after.is_empty() || after.starts_with([' ', '\t', ';']);
    let after: Vec<&str> = after.filter(is_word).collect();
    let (form, encoded) = match after.as_slice() {
        [] => (Form::Base64, text),
        [one] => (Form::Attribute, header(one)),
        several => return Err(Error::Several(several.len())),
    };
    let encoded: String = encoded.split_whitespace().collect();
    let octets = base64(encoded.trim_matches('"')).ok_or(Error::Form)?;
    if octets.is_empty() { Err(Error::Empty) } else { Ok((form, octets)) }
}

/// Whether the text is XML.
pub(crate) fn is_xml(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

/// The input as text. None if it is binary: a message begins with its version 1, and no text does.
pub(crate) fn text(input: &[u8]) -> Option<&str> {
    let is_of_text = |octet: &u8| *octet >= b' ' || matches!(octet, b'\t' | b'\n' | b'\r');
    std::str::from_utf8(input).ok().filter(|_| input.iter().all(is_of_text))
}

/// The value of `data` in a KeyMgmt header of RTSP (RFC 4567 section 3.2), or all of an SDP attribute.
fn header(after: &str) -> &str {
    match after.split_once("data=") {
        Some((_, data)) => {
            data.trim_start_matches('"').split(['"', ';']).next().unwrap_or_default()
        }
        None => after,
    }
}

/// Decodes RFC 4648 section 4 with optional padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let symbols = text.trim_end_matches('=');
    if text.len() - symbols.len() > 2 {
        return None;
    }
    Base64Unpadded::decode_vec(symbols).ok()
}
