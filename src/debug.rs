//! `Debug` of public octets.

use core::fmt;

/// `name(octets in hexadecimal)`.
pub(crate) fn octets(f: &mut fmt::Formatter<'_>, name: &str, octets: &[u8]) -> fmt::Result {
    write!(f, "{name}(")?;
    for octet in octets {
        write!(f, "{octet:02x}")?;
    }
    f.write_str(")")
}
