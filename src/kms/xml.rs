//! The documents of a KMS: 3GPP TS 33.180 annex D.

mod certificate;
mod date_time;
mod error;
mod error_report;
mod fields;
mod key_content;
mod key_set;
mod octets;
mod reader;
mod redirect;
mod request;
mod response;
mod signature;
mod signed;
mod tag;
mod text;
mod writer;

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

pub use error::{Error, ErrorKind};
use reader::Reader;
pub use redirect::RedirectResponse;
pub use signature::{Canonical, Canonicalisation, Signature, SignedInfo};
pub use signed::{SignatureKey, Signed};
use tag::Tag;
use writer::Writer;

use super::{CertificateParts, KeySetParts, Request, Response};

/// The versions that documents have.
const VERSIONS: [&str; 2] = ["1.0.0", "1.1.0"];

/// The version of an element: the one that its attribute says, or else what the schema fixes.
///
/// Errors: [`ErrorKind::Version`] if it isn't known.
fn known_version(
    value: Option<String>,
    fixed: Option<&str>,
    known: &[&str],
    tag: &Tag<'_>,
    element: &'static str,
) -> Result<String, Error> {
    match value {
        None => Ok(fixed.unwrap_or_default().into()),
        Some(version) if known.contains(&version.as_str()) => Ok(version),
        Some(_) => Err(tag.error(ErrorKind::Version, element)),
    }
}

/// The version as it is written; it may be empty, for none, if the schema fixes none.
///
/// Errors: [`ErrorKind::Version`].
fn written_version<'a>(
    version: &'a str,
    may_be_empty: bool,
    known: &[&str],
    element: &'static str,
) -> Result<Option<&'a str>, Error> {
    match version {
        "" if may_be_empty => Ok(None),
        _ if known.contains(&version) => Ok(Some(version)),
        _ => Err(Error::of_value(ErrorKind::Version, element)),
    }
}

macro_rules! document {
    ($type:ty, $module:ident) => {
        impl $type {
            /// Decodes the document. Secret: keys in clear; public: how long they are.
            ///
            /// Errors: of the document, with the element that is wrong and its position.
            pub fn from_xml(document: &[u8]) -> Result<Self, Error> {
                Self::from_xml_within(document, &Limits::default())
            }

            /// Decodes the document within these limits.
            ///
            /// Errors: as of [`from_xml`](Self::from_xml).
            pub fn from_xml_within(document: &[u8], limits: &Limits) -> Result<Self, Error> {
                let mut reader = Reader::new(document, limits)?;
                let tag = reader.root($module::NAME)?;
                let decoded = $module::read(&mut reader, &tag)?;
                reader.end()?;
                Ok(decoded)
            }

            /// Encodes the document, which wipes itself: keys in clear are in it if they are in this.
            ///
            /// Errors: a version that isn't known; [`ErrorKind::Value`] for a value that can't be
            /// written, such as a character that XML hasn't.
            pub fn to_xml(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
                let mut writer = Writer::document();
                $module::write(self, &mut writer)?;
                Ok(writer.finish())
            }
        }
    };
}

document!(Request, request);
document!(Response, response);
document!(CertificateParts, certificate);
document!(KeySetParts, key_set);

/// How large a document may be. The defaults hold every message of a KMS; a certificate has some two
/// thousand octets, a key set three thousand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Octets of the document.
    pub octets: usize,
    /// Elements inside of each other.
    pub depth: usize,
    /// Attributes of an element, and namespaces in force.
    pub attributes: usize,
    /// Octets of a text, or of an attribute's value.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { octets: 1 << 20, depth: 32, attributes: 32, text: 1 << 16 }
    }
}

impl Limits {
    /// For what a canonicaliser made of a document within the limits.
    fn of_canonical(octets: &[u8]) -> Self {
        let own = Self::default();
        Self {
            octets: octets.len(),
            depth: own.depth,
            // Each element may have those of all around it.
            attributes: 4 * own.attributes,
            text: octets.len(),
        }
    }
}
