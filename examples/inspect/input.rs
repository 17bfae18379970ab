//! Octets from text.

use super::Result;

/// The octets that `text` stands for: hexadecimal, with or without spaces and colons, or base64, the
/// whole of it or what follows the word `mikey`.
pub fn octets(text: &str) -> Result<Vec<u8>> {
    let is_filler = |c: char| c.is_whitespace() || c == ':';
    let digits: String = text.trim().trim_start_matches("0x").split(is_filler).collect();
    if let Ok(octets) = hex::decode(&digits) {
        if octets.is_empty() {
            return Err("there is no message".into());
        }
        return Ok(octets);
    }
    // An SDP attribute, of a session or among others: the line with the word, from there on.
    let lines = text.lines().filter_map(|line| line.split_once("mikey"));
    let after: Vec<&str> = lines.map(|(_, after)| after).collect();
    let encoded = match after.as_slice() {
        [] => text,
        [one] => one,
        several => return Err(format!("{} lines say mikey: give one", several.len()).into()),
    };
    let encoded: String = encoded.split_whitespace().collect();
    base64(encoded.trim_matches('"'))
        .ok_or_else(|| "neither hexadecimal nor base64, with or without the word mikey".into())
}

/// RFC 4648 section 4, padding optional.
fn base64(text: &str) -> Option<Vec<u8>> {
    let symbols = text.trim_end_matches('=');
    if symbols.is_empty() || symbols.len() % 4 == 1 || text.len() - symbols.len() > 2 {
        return None;
    }
    let (mut octets, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for symbol in symbols.bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            octets.push((bits >> count & 0xff) as u8);
        }
    }
    Some(octets)
}
