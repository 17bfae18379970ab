//! Shows public octets.

use core::fmt;

/// Writes `name(octets in hexadecimal)`.
pub(crate) fn octets(f: &mut fmt::Formatter<'_>, name: &str, octets: &[u8]) -> fmt::Result {
    write!(f, "{name}(")?;
    hexadecimal(f, octets)?;
    f.write_str(")")
}

/// Writes two digits for each octet.
pub(crate) fn hexadecimal(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
}
