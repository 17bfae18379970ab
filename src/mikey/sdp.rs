//! RFC 4567 section 3.1: a message in a line of a session description.

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64, Encoding};

use super::{Error, Limit, Limits};

/// The text before the base64 in the lines that this module writes.
const LINE: &str = "a=key-mgmt:mikey ";

/// The line of a session description that carries a message: `a=key-mgmt:mikey `, followed by its octets in base64. The
/// line has no line ending.
///
/// ```
/// use eccsi_sakke::mikey::{from_sdp, to_sdp};
///
/// let line = to_sdp(&[1, 26, 0]);
/// assert_eq!(line, "a=key-mgmt:mikey ARoA");
/// assert_eq!(from_sdp(&line)?, [1, 26, 0]);
/// # Ok::<(), eccsi_sakke::mikey::Error>(())
/// ```
#[doc(alias("SDP", "key-mgmt"))]
#[must_use]
pub fn to_sdp(message: &[u8]) -> String {
    let mut line = String::from(LINE);
    line.push_str(&Base64::encode_string(message));
    line
}

/// The octets of the message in such a line. Decode them as the type of message that you expect.
///
/// The line may lack `a=`, because parsers of session descriptions return attributes without it, and it may end with a
/// line ending. Names may be in capitals, because the grammar of RFC 4567 follows RFC 4234.
///
/// Errors: those of [`from_sdp_within`].
pub fn from_sdp(line: &str) -> Result<Vec<u8>, Error> {
    from_sdp_within(line, &Limits::DEFAULT)
}

/// The same as [`from_sdp`] for a message within these limits.
///
/// Errors: [`Error::Sdp`] for another attribute or protocol, and for data that is not base64 with its padding;
/// [`Error::Limit`] for a message with more octets than [`Limits::octets`].
pub fn from_sdp_within(line: &str, limits: &Limits) -> Result<Vec<u8>, Error> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let attribute = line.strip_prefix("a=").unwrap_or(line);
    let (name, value) = attribute.split_once(':').ok_or(Error::Sdp)?;
    let (protocol, data) = value.split_once(' ').ok_or(Error::Sdp)?;
    if !name.eq_ignore_ascii_case("key-mgmt") || !protocol.eq_ignore_ascii_case("mikey") {
        return Err(Error::Sdp);
    }
    // Four characters encode three octets, and up to two of the last four are padding.
    let least = (data.len() / 4 * 3).saturating_sub(2);
    Limit::Octets.check(least, limits.octets)?;
    let octets = Base64::decode_vec(data).map_err(|_| Error::Sdp)?;
    Limit::Octets.check(octets.len(), limits.octets)?;
    if octets.is_empty() { Err(Error::Sdp) } else { Ok(octets) }
}
